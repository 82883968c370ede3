"""Who gets in where: every role on every route with every method, and every object under its own parent (trust T5)."""

import re

import pytest
from flask import Flask

from clinic import access
from clinic.app import SIGNED
from clinic.models import User
from tests import factories
from tests.browser import Browser
from tests.conftest import ROLES
from tests.rules import everything, golden

HTMX = {"HX-Request": "true"}
BASE = "https://localhost"
pytestmark = pytest.mark.usefixtures("plain_paper")


class Visitor:
    """Raw requests of one role: the status is what is asked about, not the page."""

    def __init__(self, app: Flask, user: User | None) -> None:
        self.app, self.user = app, user
        self.browser = Browser(app)
        self.sign_in()

    def sign_in(self) -> None:
        if self.user is not None:
            self.browser.sign_in(self.user)

    def ask(self, method, url, **kw):
        """The answer, and a sign-in anew where the request may have ended it."""
        answer = self.browser._client.open(url, method=method, base_url=BASE, **kw)
        if url.startswith("/sign-"):
            self.sign_in()
        return answer


@pytest.fixture(autouse=True)
def as_it_answers(app, monkeypatch):
    """Failures are answered with 500, as in a server, so that each one is counted here."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.config, "PROPAGATE_FAILURES", False)


@pytest.fixture
def visitor(app, session):
    def make(role: str) -> Visitor:
        return Visitor(app, None if role == "outsider" else factories.make_user(session, role))

    return make


def made_up(app, rule):
    return everything.address(app, rule, {name: "0" * 22 for name, _, _ in everything.parts(rule)})


def asked(app):
    """Every request there is: (method, address with made-up ids, permission, rule)."""
    for rule in everything.rules(app):
        for method in everything.methods(rule):
            yield method, made_up(app, rule), everything.permission(app, rule), rule


def heads(app):
    """The twin of every GET that answers without a body."""
    return [("HEAD", url, *rest) for method, url, *rest in asked(app) if method == "GET"]


def test_permissions_are_held_by_the_settled_roles():
    assert not golden.changes(golden.PERMISSIONS, golden.permissions()), golden.RENEW


def test_every_route_needs_the_settled_permission(app):
    assert not golden.changes(golden.ROUTES, golden.routes(app)), golden.RENEW


def test_every_permission_guards_a_route_or_a_choice_in_a_screen():
    """A permission that nothing asks for is a promise that nobody keeps."""
    words = "".join(
        path.read_text()
        for folder in ("clinic/blueprints", "clinic/templates", "clinic/web")
        for path in (golden.HERE.parents[1] / folder).rglob("*.*")
        if path.suffix in (".py", ".html")
    )
    idle = {name for name in access.PERMISSIONS if f'"{name}"' not in words and f"'{name}'" not in words}
    assert not idle, f"take off the table in clinic/access/permissions.py, or ask for: {sorted(idle)}"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_let_in_where_it_holds_the_permission_and_nowhere_else(app, visitor, session, role):
    wrong = []
    who = visitor(role)
    factories.make_practice(session)
    for method, url, permission, _ in [*asked(app), *heads(app)]:
        if permission is None:
            continue
        status = who.ask(method, url).status_code
        may = access.allows(role, permission)
        if (status == 403) == may or (may and status >= 500):
            wrong.append(f"{method} {url} ({permission}): {status}")
    assert not wrong, f"{role}: " + "; ".join(wrong)


def test_a_refusal_is_on_record_and_says_nothing_of_what_it_guards(app, visitor, session):
    """The same 403 for an id that exists and one that does not."""
    admin = visitor("admin")
    real = admin.ask("GET", f"/patients/{factories.make_patient(session).public_id}")
    other = admin.ask("GET", f"/patients/{'0' * 22}")
    assert (real.status_code, other.status_code) == (403, 403)
    assert real.data == other.data


def test_an_outsider_is_sent_to_sign_in_by_every_route(app, visitor):
    wrong = []
    who = visitor("outsider")
    for method, url, permission, _ in asked(app):
        if permission is None:
            continue
        page, part = who.ask(method, url), who.ask(method, url, headers=HTMX)
        if page.status_code != 303 or not page.location.startswith("/sign-in"):
            wrong.append(f"{method} {url}: {page.status_code}")
        if part.status_code != 401 or not part.headers.get("HX-Redirect", "").startswith("/sign-in"):
            wrong.append(f"{method} {url} with htmx: {part.status_code}")
        if len(page.data) > 1000 or part.data:
            wrong.append(f"{method} {url}: answers with a body")
    assert not wrong, "; ".join(wrong)


def nested(app):
    return [
        rule
        for rule in everything.rules(app)
        if len(list(everything.parts(rule))) > 1
        and not everything.PLACES[list(everything.parts(rule))[-1][2]].startswith("=")
    ]


def test_an_object_answers_under_its_own_parent_only(app, visitor, session, environment):
    one, other = everything.furnish(session)
    wrong, seen = [], 0
    for rule in nested(app):
        who = visitor(everything.holder(app, rule))
        for method in everything.methods(rule):
            for first, second in ((one, other), (other, one)):
                crossed = who.ask(method, everything.address(app, rule, everything.of(rule, first, second)))
                own = who.ask(method, everything.address(app, rule, everything.of(rule, first, first)))
                seen += 1
                if crossed.status_code != 404:
                    wrong.append(f"{method} {rule.rule}: {crossed.status_code} under another parent")
                if own.status_code in (404, 500):
                    wrong.append(f"{method} {rule.rule}: {own.status_code} under its own")
    assert seen
    assert not wrong, "load it with get_or_404(…, parent=…): " + "; ".join(wrong)


def test_a_drawer_is_counted_by_its_owner_only(app, visitor, session, environment):
    one, _ = everything.furnish(session)
    desk = visitor("front_desk")
    assert desk.ask("POST", f"/drawer/{one.public['drawer']}/count").status_code == 404


# --- Headers, cookies, forged forms ---------------------------------------------


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def faults_of(answer):
    """What a response lacks."""
    policy = answer.headers.get("Content-Security-Policy", "")
    faults = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    if "unsafe" in policy or "*" in policy or "default-src 'self'" not in policy:
        faults.append("Content-Security-Policy")
    if "frame-ancestors 'none'" not in policy or "object-src 'none'" not in policy:
        faults.append("frame-ancestors, object-src")
    for cookie in answer.headers.getlist("Set-Cookie"):
        words = {word.strip().lower() for word in cookie.split(";")[1:]}
        if not cookie.startswith("__Host-") or not words >= {"secure", "httponly", "samesite=lax", "path=/"}:
            faults.append(f"cookie {cookie.split('=')[0]}")
        if any(word.startswith("domain") for word in words):
            faults.append("a cookie with a domain")
    return faults


@pytest.mark.parametrize("role", ["outsider", "biller", "manager"])
def test_every_answer_has_the_strict_headers(app, visitor, role):
    """Pages, parts, refusals, redirects and failures alike."""
    who, wrong = visitor(role), []
    for method, url, _, _ in asked(app):
        for headers in ({}, HTMX):
            answer = who.ask(method, url, headers=headers)
            wrong += [f"{method} {url} ({answer.status_code}): {fault}" for fault in faults_of(answer)]
    for url in ("/nowhere", "/static/nowhere.css", "/patients/%00"):
        answer = who.ask("GET", url)
        wrong += [f"{url}: {fault}" for fault in faults_of(answer) if url[:7] != "/static"]
    assert not wrong, "; ".join(wrong)


def test_static_files_are_kept_by_the_browser_and_still_have_the_policy(app, visitor):
    answer = visitor("outsider").ask("GET", "/static/app.css")
    answer.close()
    assert "immutable" in answer.headers["Cache-Control"]
    assert "'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.headers.getlist("Set-Cookie")


def test_the_session_cookie_is_given_to_this_host_alone(app, visitor, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = visitor("outsider").ask("GET", "/sign-in")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-clinic=")
    assert not faults_of(answer)


# What a refused form says, to staff and to a patient; a bill that closed meanwhile is asked for anew.
FROM_ELSEWHERE = (b"came from elsewhere", b"page was open for a long time")
SENT_BACK = {"pay.checkout": "/pay?ended=1"}


def test_a_form_from_elsewhere_is_refused_by_every_route(app, session, visitor, monkeypatch):
    """Without our token a POST is 400, even of somebody who may do it; the processor signs its own."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    factories.make_practice(session)
    wrong, cast = [], {}
    for method, url, _, rule in asked(app):
        if method == "GET" or rule.endpoint in SIGNED:
            continue
        role = everything.holder(app, rule)
        who = cast.get(role) or cast.setdefault(role, visitor(role))
        for form in ({}, {"csrf_token": "made-up"}):
            answer = who.ask(method, url, data=form)
            refused = answer.status_code == 400 and any(words in answer.data for words in FROM_ELSEWHERE)
            sent_back = answer.status_code == 303 and answer.location == SENT_BACK.get(rule.endpoint)
            if not refused and not sent_back:
                wrong.append(f"{method} {url}: {answer.status_code}")
    assert not wrong, "; ".join(wrong)


def test_our_own_form_passes_and_a_token_of_another_browser_does_not(app, visitor, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    one, other = visitor("outsider"), visitor("outsider")

    def token(who):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', who.ask("GET", "/sign-in").text)[1]

    mine, theirs = token(one), token(other)
    headers = {"Referer": f"{BASE}/sign-in"}
    assert one.ask("POST", "/sign-in", data={"csrf_token": theirs}, headers=headers).status_code == 400
    assert one.ask("POST", "/sign-in", data={"csrf_token": mine}, headers=headers).status_code == 422
