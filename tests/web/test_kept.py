"""What was typed when the session ended comes back to the person who typed it, and to nobody else (trust T6, T7, ux 6)."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import delete, select

from clinic import access, clock, db
from clinic.models import User, UserSession
from tests import factories

PASSWORD = "a short sentence"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SENTENCE = "Called the plan, reference 7731"


def make_user(role):
    with db.transaction() as current:
        made = factories.make_user(current, role, password_hash=access.hash_password(PASSWORD))
        made.set_totp_seed(SEED)
    return made


@pytest.fixture
def user(session) -> User:
    return make_user("biller")


@pytest.fixture
def biller(browser, user):
    browser.sign_in(user)
    return browser


def leave_alone(session):
    for row in session.scalars(select(UserSession)):
        row.seen_at = clock.wall_now() - timedelta(minutes=16)
    session.flush()


def come_back(browser, user):
    form = {"sign_in_name": user.sign_in_name, "password": PASSWORD}
    browser.post("/sign-in", form, status=303)
    browser.post("/sign-in/code", {"code": pyotp.TOTP(SEED).now()}, status=303)


def task(**more):
    return {
        "csrf_token": "x",
        "key": "k" * 22,
        "title": SENTENCE,
        "note": "Ask for Ms. Hill",
        "new_password": "secret!",
    } | more


@pytest.mark.parametrize("htmx", [True, False])
def test_what_was_typed_is_kept_through_the_sign_in_and_offered_again(biller, user, session, htmx):
    leave_alone(session)
    biller.post("/payments/paper?claim=R26-1", task(), status=401 if htmx else 303, htmx=htmx)
    assert "is kept" in biller.get("/sign-in?expired=1").select_one(".note").text
    come_back(biller, user)
    assert biller.location.endswith("/kept")
    page = biller.get("/kept")
    form = page.select_one("form[action='/payments/paper?claim=R26-1']")
    fields = {each["name"]: each["value"] for each in form.select("input")}
    assert (fields["title"], fields["key"]) == (SENTENCE, "k" * 22)
    assert not {"new_password"} & fields.keys()
    assert fields["csrf_token"] != "x"
    told = page.select_one("dl.facts").text
    assert SENTENCE in told
    assert "kkk" not in told


def test_sent_again_it_is_saved_as_if_nothing_had_been_between(biller, user, session):
    leave_alone(session)
    biller.post("/account/theme", {"theme": "dark"}, status=303)
    come_back(biller, user)
    form = biller.get("/kept").select_one("main form[action='/account/theme']")
    biller.post("/account/theme", {each["name"]: each["value"] for each in form.select("input")}, status=303)
    session.refresh(user)
    assert user.theme == "dark"
    biller.get("/kept", status=303)  # and there is nothing to be sent a second time


def test_a_form_that_is_wrong_comes_back_with_its_text_and_the_draft_is_done_with(biller, user, session):
    leave_alone(session)
    biller.post("/payments/paper", {"trace": SENTENCE, "amount": "1e5"}, status=303)
    come_back(biller, user)
    form = biller.get("/kept").select_one("form[action='/payments/paper']")
    page = biller.post(
        "/payments/paper", {each["name"]: each["value"] for each in form.select("input")}, status=422
    )
    assert page.select_one("input[name=trace]")["value"] == SENTENCE
    biller.get("/kept", status=303)


def test_thrown_away_it_is_gone(biller, user, session):
    leave_alone(session)
    biller.post("/payments/paper", task(), status=303)
    come_back(biller, user)
    biller.post("/kept/discard", status=303)
    biller.get("/kept", status=303)


def test_another_person_at_the_same_browser_does_not_get_it(biller, session):
    leave_alone(session)
    biller.post("/payments/paper", task(), status=303)
    other = make_user("manager")
    come_back(biller, other)
    assert not biller.location.endswith("/kept")
    biller.get("/kept", status=303)
    biller.post("/kept/discard", status=303)


def test_the_tab_that_learns_of_the_end_second_loses_nothing_either(biller, user, session):
    """A calendar that asks by itself hears of it first; the form in the other tab is sent later."""
    leave_alone(session)
    biller.get("/claims/?poll=1", status=401, htmx=True)
    biller.post("/payments/paper", task(), status=303)
    come_back(biller, user)
    assert biller.location.endswith("/kept")


def test_it_stands_nowhere_in_the_database_to_be_read(biller, session):
    leave_alone(session)
    biller.post("/payments/paper", task(), status=303)
    db.session.commit()
    assert all(SENTENCE not in row.data for row in session.scalars(select(UserSession)))


@pytest.mark.parametrize("form", [{}, {"title": "  "}, {"title": "x" * 70_000}])
def test_nothing_typed_and_more_than_a_form_holds_are_not_kept(biller, user, session, form):
    leave_alone(session)
    biller.post("/payments/paper", form, status=303)
    come_back(biller, user)
    assert not biller.location.endswith("/kept")


def test_who_was_never_signed_in_or_signed_out_leaves_no_draft(biller, outsider, user):
    outsider.post("/payments/paper", task(), status=303)
    come_back(outsider, user)
    assert not outsider.location.endswith("/kept")
    biller.post("/sign-out", status=303)
    biller.post("/payments/paper", task(), status=303)
    assert "expired" not in biller.location


@pytest.mark.parametrize(
    ("page", "to"),
    [
        ("https://localhost/claims/?state=open", "/claims/?state=open"),
        ("https://localhost/admin/users", "/"),
        ("https://localhost/nowhere", "/"),
        ("https://elsewhere.example.com/claims", "/"),
    ],
)
@pytest.mark.parametrize("gone", [True, False])
def test_signing_in_again_leads_back_to_the_page_where_the_session_ended(
    biller, user, session, page, to, gone
):
    if gone:
        session.execute(delete(UserSession))
    else:
        leave_alone(session)
    biller.get("/tasks", status=401, htmx=True, headers={"HX-Current-URL": page})
    come_back(biller, user)
    assert biller.location == to


def test_a_page_that_was_opened_after_the_end_is_come_back_to_and_by_nobody_else(biller, user, session):
    leave_alone(session)
    biller.get("/claims/?state=open", status=303)
    come_back(biller, make_user("manager"))
    assert biller.location == "/"
    biller.sign_in(user)
    leave_alone(session)
    biller.get("/claims/?state=open", status=303)
    come_back(biller, user)
    assert biller.location == "/claims/?state=open"
