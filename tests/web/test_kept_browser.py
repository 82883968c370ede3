"""A page that hears of the session's end while somebody types in it hands the form over before it goes (ux 6)."""

from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import expect

from clinic import access, clock, db
from clinic.models import UserSession
from tests import factories
from tests.web.running import IN_A_BROWSER, faults, serving, signed_in

pytestmark = IN_A_BROWSER
PASSWORD = "a short sentence"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def biller(committed, config, open_window):
    with db.transaction() as session:
        factories.make_practice(session)
        user, token = signed_in(session, "biller", password_hash=access.hash_password(PASSWORD))
        user.set_totp_seed(SEED)
        name = user.sign_in_name
    with serving(config) as base:
        yield base, open_window(token), name


def end_sessions():
    with db.transaction() as session:
        session.query(UserSession).update({"seen_at": clock.wall_now() - timedelta(minutes=16)})


def test_typing_goes_on_after_the_end_and_comes_back_after_the_sign_in(biller):
    base, page, name = biller
    page.goto(f"{base}/payments/paper")
    page.get_by_label("Check or EFT number").fill("7731")
    end_sessions()
    # The totals are asked for while typing: it is they who hear of it, and the whole form that is kept.
    page.get_by_label("Amount of the check").press_sequentially("125.00")
    page.wait_for_url("**/sign-in?expired=1")
    expect(page.get_by_role("status")).to_contain_text("is kept")
    page.get_by_label("Sign-in name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code from your authenticator").fill(pyotp.TOTP(SEED).now())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    expect(page.locator("dl.facts").first).to_contain_text("7731")
    assert faults(page) == []
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_label("Check or EFT number")).to_have_value("7731")
    expect(page.locator(".note-danger")).to_contain_text("Nothing was posted")
