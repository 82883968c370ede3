"""Sign-in, second factor, lock-outs, sessions (trust T6)."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import delete, select

from clinic import access, clock, db
from clinic.access import sessions, users
from clinic.models import SignInAttempt, User, UserSession
from tests import factories

PASSWORD = "a short sentence"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def user(session) -> User:
    with db.transaction() as current:
        made = factories.make_user(current, "biller", password_hash=access.hash_password(PASSWORD))
        made.set_totp_seed(SEED)
    return made


def enter_password(browser, user, password=PASSWORD, status=303):
    return browser.post("/sign-in", {"sign_in_name": user.sign_in_name, "password": password}, status=status)


def test_password_and_code_lead_to_the_roles_own_home(browser, user):
    enter_password(browser, user)
    browser.post("/sign-in/code", {"code": pyotp.TOTP(SEED).now()}, status=303)
    browser.get("/", status=303)
    assert browser.location.endswith(("/claims", "/claims/", "claims.index"))


def test_the_same_code_does_not_work_twice(browser, user, app):
    code = pyotp.TOTP(SEED).now()
    enter_password(browser, user)
    browser.post("/sign-in/code", {"code": code}, status=303)
    other = type(browser)(app)
    enter_password(other, user)
    page = other.post("/sign-in/code", {"code": code}, status=422)
    assert "used already" in page.select_one(".field-error").text


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(browser, user):
    wrong = enter_password(browser, user, "not the password", 422).select_one(".field-error").text
    unknown = browser.post("/sign-in", {"sign_in_name": "nobody", "password": "x" * 14}, status=422)
    assert unknown.select_one(".field-error").text == wrong


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(browser, user, session):
    for _ in range(5):
        enter_password(browser, user, "wrong wrong wrong", 422)
    page = enter_password(browser, user, status=423)
    assert "locked" in page.h1.text.lower()
    assert session.scalar(select(User.locked_until).where(User.id == user.id)) > clock.wall_now()
    assert len(session.scalars(select(SignInAttempt)).all()) == 5


def test_a_name_that_nobody_has_locks_as_an_account_does_and_reads_alike(browser, user):
    def answers(name):
        for _ in range(4):
            browser.post("/sign-in", {"sign_in_name": name, "password": "wrong wrong wrong"}, status=422)
        fifth = browser.post("/sign-in", {"sign_in_name": name, "password": "wrong wrong wrong"}, status=422)
        sixth = browser.post("/sign-in", {"sign_in_name": name, "password": "wrong wrong wrong"}, status=423)
        return fifth.select_one(".field-error").text, sixth.select_one("main").get_text(" ", strip=True)

    assert answers("nobody.here") == answers(user.sign_in_name)


@pytest.mark.parametrize("known", [True, False])
def test_tries_far_apart_lock_nobody_and_a_lock_ends(browser, user, known):
    name = user.sign_in_name if known else "nobody.here"
    wrong = {"sign_in_name": name, "password": "wrong wrong wrong"}
    start = clock.wall_now()
    with time_machine.travel(start, tick=False) as machine:
        for _ in range(7):
            browser.post("/sign-in", wrong, status=422)
            machine.shift(timedelta(minutes=4))
        machine.shift(timedelta(minutes=20))
        for _ in range(5):
            browser.post("/sign-in", wrong, status=422)
        machine.shift(timedelta(minutes=14))
        browser.post("/sign-in", wrong, status=423)
        machine.shift(timedelta(minutes=1))
        browser.post("/sign-in", wrong, status=422)


def test_an_unlocked_account_has_all_its_tries_again(browser, user):
    for _ in range(5):
        enter_password(browser, user, "wrong wrong wrong", 422)
    with db.transaction() as current:
        users.unlock(current, current.get_one(User, user.id))
    for _ in range(4):
        enter_password(browser, user, "wrong wrong wrong", 422)
    enter_password(browser, user)


def test_a_password_alone_opens_nothing(browser, user):
    enter_password(browser, user)
    browser.post("/account/theme", {"theme": "dark"}, status=303)
    assert "/sign-in" in browser.location


def test_an_idle_session_ends_with_a_clear_page(biller, session):
    for row in session.scalars(select(UserSession)):
        row.seen_at = clock.wall_now() - timedelta(minutes=16)
    session.flush()
    biller.post("/account/theme", {"theme": "dark"}, status=303)
    assert biller.location.endswith("/sign-in?expired=1")
    assert "signed out" in biller.get("/sign-in?expired=1").select_one(".note").text


def test_an_expired_session_answers_htmx_with_a_redirect_of_the_whole_page(biller, session):
    for row in session.scalars(select(UserSession)):
        row.seen_at = clock.wall_now() - timedelta(hours=1)
    session.flush()
    biller.post("/account/theme", {"theme": "dark"}, status=401, htmx=True)
    assert biller.response.headers["HX-Redirect"].endswith("/sign-in?expired=1")


def test_a_page_whose_session_is_gone_altogether_reads_that_it_was_signed_out(biller, session):
    session.execute(delete(UserSession))
    biller.post("/account/theme", {"theme": "dark"}, status=401, htmx=True)
    assert biller.response.headers["HX-Redirect"].endswith("/sign-in?expired=1")


def test_a_form_sent_after_the_session_ended_is_asked_to_sign_in(app, biller, session, monkeypatch):
    """Its token went with the session, and is not what the person is to hear about."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    biller.post("/account/theme", {"theme": "dark", "csrf_token": "x"}, status=400)
    for row in session.scalars(select(UserSession)):
        row.seen_at = clock.wall_now() - timedelta(minutes=16)
    session.flush()
    biller.post("/account/theme", {"theme": "dark", "csrf_token": "x"}, status=401, htmx=True)
    assert biller.response.headers["HX-Redirect"].endswith("/sign-in?expired=1")
    biller.post("/account/theme", {"theme": "dark", "csrf_token": "x"}, status=303)
    assert "/sign-in" in biller.location


def test_a_session_ends_after_twelve_hours_however_busy(biller, session):
    for row in session.scalars(select(UserSession)):
        row.created_at = clock.wall_now() - timedelta(hours=12, minutes=1)
    session.flush()
    biller.post("/account/theme", {"theme": "dark"}, status=303)
    assert "/sign-in" in biller.location


def test_a_copied_cookie_is_worth_nothing_after_sign_out(biller, app):
    thief = type(biller)(app)
    cookie = biller._client.get_cookie("__Host-clinic", domain="localhost", path="/")
    thief._client.set_cookie("__Host-clinic", cookie.value, secure=True, path="/")
    biller.post("/sign-out", status=303)
    thief.post("/account/theme", {"theme": "dark"}, status=303)
    assert "/sign-in" in thief.location


def test_the_token_itself_is_not_in_the_database(biller, session):
    cookie = biller._client.get_cookie("__Host-clinic", domain="localhost", path="/")
    for row in session.scalars(select(UserSession)):
        assert cookie.value.encode() not in row.token_hash
        assert cookie.value not in row.data


def test_the_theme_is_kept_with_the_account(biller, session):
    biller.post("/account/theme", {"theme": "dark"}, status=303)
    assert session.get(User, biller.user.id).theme == "dark"
    biller.post("/account/theme", {"theme": "mauve"}, status=303)
    assert session.get(User, biller.user.id).theme == "dark"
    biller.post("/account/theme", {"theme": ""}, status=303)
    assert session.get(User, biller.user.id).theme == ""


@pytest.mark.parametrize("password", ["short", "passwordpassword", "aaaaaaaaaaaaaa"])
def test_a_weak_password_is_refused_with_what_is_expected(password):
    with pytest.raises(access.WeakPassword):
        access.hash_password(password)


def test_what_a_session_knows_is_sealed_and_opens_in_its_own_row_only(session):
    limits = sessions.Limits(timedelta(minutes=15), timedelta(hours=12))
    one, two = (sessions.create(session, {"who": f"Whitfield {n}"}, None, "127.0.0.1") for n in (1, 2))
    session.flush()
    rows = {row.token_hash: row for row in session.scalars(select(UserSession))}
    assert not any("Whitfield" in row.data or "who" in row.data for row in rows.values())
    assert sessions.find(session, one, limits).data == {"who": "Whitfield 1"}
    sessions.save(session, one, {"who": "Chen"}, None)
    assert sessions.find(session, one, limits).data == {"who": "Chen"}
    rows[sessions.digest(two)].data = session.scalar(
        select(UserSession.data).where(UserSession.token_hash == sessions.digest(one))
    )
    session.flush()
    assert sessions.find(session, two, limits).id is None
    rows[sessions.digest(two)].data = '{"who": "by hand"}'
    session.flush()
    assert sessions.find(session, two, limits).id is None


@pytest.mark.parametrize("role", ["front_desk", "biller", "manager"])
def test_who_works_tasks_reaches_them_from_the_bar(cast, role):
    page = cast(role).get("/tasks")
    assert page.select_one("nav[aria-label=Main] a[aria-current=page]").text.strip() == "Tasks"
