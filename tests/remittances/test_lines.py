"""Which of our charges a paid line speaks of (R9)."""

from decimal import Decimal

from clinic.models import Charge, Claim, ClaimLine, ServicePayment
from clinic.remittances.lines import match_lines
from tests.factories import SPRING

D = Decimal


def _claim(*charges):
    claim = Claim(service_on=SPRING)
    for place, (code, modifiers, amount) in enumerate(charges, start=1):
        charge = Charge(id=place, code=code, modifiers=modifiers, amount=D(amount))
        claim.lines.append(ClaimLine(position=place, control_number=f"R.{place}", charge=charge))
    return claim


def _service(code, amount, *modifiers, number="", billed="", billed_modifiers=()):
    return ServicePayment(
        code=code,
        modifiers=list(modifiers),
        amount_billed=D(amount),
        control_number=number,
        billed_code=billed,
        billed_modifiers=list(billed_modifiers),
        service_on=SPRING,
    )


def _matched(claim, *services):
    unknown = match_lines(services, claim)
    return [service.charge_id for service in services], unknown


def test_our_line_number_wins_over_everything_else():
    claim = _claim(("97110", [], "50.00"), ("97110", [], "50.00"))
    assert _matched(
        claim, _service("97110", "50.00", number="R.2"), _service("97110", "50.00", number="R.1")
    )[0] == [2, 1]


def test_modifiers_tell_two_lines_of_one_code_apart():
    claim = _claim(("20610", ["RT"], "90.00"), ("20610", ["LT"], "90.00"))
    assert _matched(claim, _service("20610", "90.00", "LT"), _service("20610", "90.00", "RT"))[0] == [2, 1]


def test_a_dropped_modifier_does_not_lose_the_line():
    """Ask 5."""
    claim = _claim(("99213", ["25"], "135.00"), ("87880", ["QW"], "38.00"))
    assert _matched(claim, _service("99213", "135.00"), _service("87880", "38.00"))[0] == [1, 2]


def test_lines_that_the_payer_split_add_up_to_ours():
    claim = _claim(("97110", [], "100.00"), ("97140", [], "60.00"))
    services = (_service("97110", "50.00"), _service("97110", "50.00"), _service("97140", "60.00"))
    assert _matched(claim, *services)[0] == [1, 1, 2]


def test_a_bundled_line_is_found_by_what_we_billed():
    """SVC06 shows our code."""
    claim = _claim(("82947", [], "12.00"), ("84443", [], "30.00"))
    services = (
        _service("80050", "12.00", billed="82947"),
        _service("80050", "30.00", billed="84443"),
    )
    assert _matched(claim, *services)[0] == [1, 2]


def test_the_last_line_is_the_last_line_only_when_the_amount_agrees():
    claim = _claim(("99213", [], "135.00"))
    assert _matched(claim, _service("99214", "135.00"))[0] == [1]
    found, unknown = _matched(_claim(("99213", [], "135.00")), _service("36415", "9.00"))
    assert found == [None]
    assert len(unknown) == 1


def test_two_equal_lines_are_taken_in_their_order_and_a_stranger_is_left():
    claim = _claim(("97110", [], "50.00"), ("97110", [], "50.00"))
    found, unknown = _matched(
        claim, _service("97110", "50.00"), _service("97110", "50.00"), _service("99999", "1.00")
    )
    assert found[:2] == [1, 2]
    assert [service.code for service in unknown] == ["99999"]


def test_a_reversed_line_carries_the_charge_negated():
    """R19."""
    claim = _claim(("99213", [], "135.00"))
    assert _matched(claim, _service("99213", "-135.00"))[0] == [1]
