"""The invented people of the demo."""

import pytest

from clinic.demo.people import address_of


@pytest.mark.parametrize(
    ("first", "last", "address"),
    [
        ("Álvaro", "Beck", "alvaro.beck@example.com"),
        ("Zoë", "O'Brien", "zoe.obrien@example.com"),
        ("María José", "de la Peña", "mariajose.delapena@example.com"),
    ],
)
def test_an_address_keeps_every_letter_of_a_name_with_accents(first, last, address):
    assert address_of(first, last) == address
