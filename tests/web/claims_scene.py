"""A clinic with a folder to its clearinghouse, and claims in it."""

import pytest

from clinic import clearinghouse
from tests import factories


@pytest.fixture(autouse=True)
def exchange(config, tmp_path):
    clearinghouse.connect(factories.with_exchange(config, tmp_path))


@pytest.fixture
def clinic(session):
    factories.make_fees(session)
    return factories.make_practice(session)


def panel_text(page):
    return page.select_one("#panel").get_text(" ", strip=True)


def form_of(page, action):
    """The filled fields of the form whose action ends so."""
    form = next(each for each in page.select("form") if each.get("action", "").endswith(action))
    data = {}
    for field in form.select("input[name], textarea[name]"):
        if field.get("type") not in ("checkbox", "radio"):
            data[field["name"]] = field.get("value", "")
    for field in form.select("select[name]"):
        chosen = field.select_one("option[selected]") or field.select_one("option")
        data[field["name"]] = chosen["value"]
    return data
