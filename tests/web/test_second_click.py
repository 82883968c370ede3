"""The second click on every form that a page shows: one effect, and a plain answer (trust T1, T5)."""

from collections import Counter
from contextlib import contextmanager

import pytest
from bs4 import BeautifulSoup

from clinic import access, db
from clinic.models import User
from tests import factories
from tests.conftest import ROLES
from tests.rules import everything
from tests.rules.test_matrix import Visitor, as_it_answers

__all__ = ["as_it_answers"]
pytestmark = pytest.mark.usefixtures("plain_paper")
# What a person would type where the form stands empty; by the end of the field's name.
TYPED = {
    "amount": "5.00",
    "reason": "They asked by phone",
    "note": "Called the payer",
    "text": "Called the payer",
    "next_action": "Call the payer",
    "on": "t+7",
    "until": "t+7",
    "days": "1",
    "name": "Second",
    "password": "correct horse battery staple",
    "reference": "1042",
    "code": "99213",
    "sign_in_name": "second.click",
    "born_on": "03151980",
    "starts_on": "t",
    "ends_on": "t+30",
    "terminated_on": "",
    "visits_allowed": "4",
    "codes": "99213",
    "number": "AUTH9",
    "member_id": "SEC770012",
    "address": "9 Oak St",
    "city": "Portland",
    "state": "OR",
    "zip": "97205",
    "edi_id": "SECOND1",
    "time": "15:30",
    "minutes": "30",
    "cash": "100.00",
}
# Rows that a request writes about itself.
BESIDE = {"audit_event", "user_session", "sign_in_attempt", "control_number"}
# Each press is an act of its own, and its page says so.
EACH_PRESS_COUNTS: set[str] = set()
PAGES_WITH_QUERY = {
    "/patients/new",
    "/claims/denials",
    "/statements?open={guarantor}",
    "/remittances/{remittance}?claim={claim_payment}",
    "/schedule/{day}/new?patient={patient}",
    "/schedule/appointments/{appointment}",
}


@contextmanager
def undone(session):
    """Whatever happens inside is taken back, so that each form meets the same clinic."""
    db.session.remove()
    point = session.get_bind().begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        point.rollback()


def filled(form) -> dict[str, str]:
    """The form as a browser would send it, with something typed where it is empty."""
    sent: dict[str, str] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        name, kind = field["name"], field.get("type", field.name)
        if kind in ("submit", "button", "file") or field.has_attr("disabled"):
            continue
        if kind in ("checkbox", "radio"):
            if field.has_attr("checked") or (kind == "radio" and name not in sent):
                sent[name] = field.get("value", "on")
            continue
        if kind == "select":
            options = field.select("option[selected]") or [
                each for each in field.select("option") if each.get("value", each.text)
            ]
            sent[name] = options[0].get("value", options[0].text) if options else ""
            continue
        value = field.text.strip() if kind == "textarea" else field.get("value", "")
        ends = [end for end in TYPED if name.endswith(end)]
        hint = TYPED[max(ends, key=len)] if ends else ""
        sent[name] = value or ("" if kind == "hidden" else hint)
    button = next((each for each in form.select("button[name]") if not each.get("formaction")), None)
    if button is not None:
        sent[button["name"]] = button.get("value", "")
    return sent


def rows(session) -> Counter:
    """How many rows each table has, in one question: it is asked hundreds of times."""
    connection = session.get_bind()
    counts = [
        f"select '{table.name}', count(*) from \"{table.name}\""
        for table in db.Base.metadata.sorted_tables
        if table.name not in BESIDE
    ]
    found = connection.exec_driver_sql(" union all ".join(counts))
    return Counter(dict(found.all()))


def pages(app, home, cast):
    """(role, address) of every page, by every role that may open it: each sees other forms."""
    for rule in everything.rules(app):
        if "GET" not in everything.methods(rule):
            continue
        url = everything.address(app, rule, everything.of(rule, home))
        asked = [query.format(**home.public) for query in PAGES_WITH_QUERY]
        permission = everything.permission(app, rule)
        for role in sorted(access.PERMISSIONS[permission]) if permission else ["outsider"]:
            for page in [url, *(query for query in asked if query.split("?")[0] == url)]:
                answer = cast[role].ask("GET", page)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    yield role, page, answer.text


def forms(app, home, cast):
    """Every POST form: (endpoint, role, address, what is sent), each kind once."""
    seen, where = set(), app.url_map.bind("localhost")
    for role, page, body in pages(app, home, cast):
        for form in BeautifulSoup(body, "html.parser").select("form[method=post]:not([hidden])"):
            # A hidden one is given its address by a script when something is dragged.
            action, data = form["action"] or page, filled(form)
            path = action.split("?")[0]
            assert where.test(path, "POST"), f"a form on {page} posts to {path}, which takes none: {form}"
            endpoint, _ = where.match(path, "POST")
            if (endpoint, path, tuple(sorted(data))) not in seen:
                seen.add((endpoint, path, tuple(sorted(data))))
                yield endpoint, role, action, data


@pytest.fixture
def clinic(app, session, environment):
    one, _ = everything.furnish(session)
    users = {role: factories.make_user(session, role) for role in ROLES}
    with db.transaction():
        session.flush()
    return one, {role: Visitor(app, users.get(role)) for role in (*ROLES, "outsider")}


def test_a_second_click_has_no_second_effect(app, session, clinic):
    """As a page and as a part, for the answer differs."""
    home, cast = clinic
    wrong, counted, wrote = [], Counter(), Counter()
    before = rows(session)
    for endpoint, role, action, data in list(forms(app, home, cast)):
        if endpoint.startswith("access."):
            continue
        who = cast[role]
        for way, headers in (("page", {}), ("htmx", {"HX-Request": "true"})):
            with undone(session):
                first = who.ask("POST", action, data=data, headers=headers).status_code
                after_one = rows(session)
                second = who.ask("POST", action, data=data, headers=headers).status_code
                after_two = rows(session)
            what = f"{endpoint}, {way}"
            if first >= 500 or second >= 500:
                wrong.append(f"{what}: {first} then {second} for {sorted(data)}")
            if first >= 400 and before != after_one:
                wrong.append(f"{what}: refused with {first} and still wrote {after_one - before}")
            if first == 403:
                wrong.append(f"{what}: {role} is shown a form and may not send it")
            if first < 400:
                counted[way, endpoint] += 1
                wrote[way, endpoint] += after_one != before
                if after_two != after_one and endpoint not in EACH_PRESS_COUNTS:
                    wrong.append(f"{what}: the second click wrote {dict(after_two - after_one)}")
        assert rows(session) == before, f"{endpoint}: what a click did is not undone"
    assert not wrong, "give the form a key: " + "; ".join(wrong)
    for way in ("page", "htmx"):
        assert sum(one == way for one, _ in counted) >= 25, sorted(counted)
        # Or nothing was clicked that has an effect, and the comparison above says nothing.
        assert sum(one == way and times > 0 for (one, _), times in wrote.items()) >= 12, sorted(wrote)


def test_a_session_that_was_ended_cannot_click_at_all(app, session, clinic):
    """The second tab of somebody who signed out."""
    home, cast = clinic
    who = cast["manager"]
    user = session.get_one(User, who.user.id)
    user.active = False
    with db.transaction():
        session.flush()
    answer = who.ask("POST", f"/check-in/{home.public['appointment']}/arrival")
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")
