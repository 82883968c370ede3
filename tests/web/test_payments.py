"""Money by hand: a mailed check, a refund, a reversal, a paper EOB; each once, however often it is clicked."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import ledger
from clinic.models import Account, Drawer, EntryKind, JournalEntry, Receipt, Remittance
from tests import factories
from tests.ledger.house import account_sums, post_visit
from tests.remittances import house
from tests.remittances.house import balances, claim_at_payer

D = Decimal


def _entries(session):
    return session.scalar(select(func.count()).select_from(JournalEntry))


def _text(page):
    return " ".join(page.get_text(" ").split())


@pytest.fixture
def patient(session):
    """Owes 40.00 of an older visit and 60.00 of a newer one."""
    found = factories.make_patient(session)
    found.older = post_visit(session, found, None, "40.00", key="older").charges[0]
    found.newer = post_visit(session, found, None, "60.00", key="newer").charges[0]
    return found


def _url(patient):
    return f"/payments/households/{patient.guarantor.public_id}"


def _check(amount="50.00", **changes):
    return {"key": "k-1", "amount": amount, "method": "check", "reference": "2041", "how": "oldest"} | changes


def _owed(session, *charges):
    found = ledger.charge_balances(session, [charge.id for charge in charges])
    return [found[charge.id].patient for charge in charges]


@pytest.fixture
def receipt(session, patient):
    """A check of 130.00: both visits paid, 30.00 left."""
    return ledger.receive_and_apply(
        session,
        guarantor_id=patient.guarantor_id,
        amount=D("130.00"),
        method="check",
        reference="2041",
        key="check",
    )


# ---- A mailed check ----


def test_the_page_lists_unapplied_money_with_its_age(session, biller, receipt):
    page = biller.get("/payments/")
    assert receipt.number in _text(page)
    assert "$30.00" in _text(page)


def test_a_household_is_found_by_a_part_of_the_name(session, biller, patient):
    page = biller.post("/payments/search", {"who": "whitf"}, status=200, htmx=True)
    assert page.select_one(f'a[href="{_url(patient)}"]') is not None
    assert "Nobody is found" in _text(biller.post("/payments/search", {"who": "zzzz"}, status=200))


def test_a_mailed_check_pays_the_oldest_first(session, biller, patient):
    biller.get(_url(patient))
    biller.post(_url(patient), _check(), status=303)
    assert _owed(session, patient.older, patient.newer) == [D("0.00"), D("50.00")]
    page = biller.get(biller.location)
    assert "2041" in _text(page)
    house.assert_verified(session)


def test_a_mailed_check_pays_the_chosen_charges_with_htmx(session, biller, patient):
    data = _check(amount="70.00", how="chosen") | {f"pay-{patient.newer.public_id}": "60.00"}
    biller.post(_url(patient), data, status=204, htmx=True)
    assert "HX-Redirect" in biller.response.headers
    assert _owed(session, patient.older, patient.newer) == [D("40.00"), D("0.00")]
    (left,) = ledger.unapplied_items(session, patient.guarantor_id)
    assert left.amount == D("10.00")


@pytest.mark.parametrize("method", ["cash", "card_terminal"])
def test_cash_and_cards_open_the_drawer_that_counts_them(session, biller, patient, method):
    """B12: what somebody takes in by hand is counted at the end of the day, whoever took it."""
    biller.post(_url(patient), _check(method=method, reference="T000191"), status=303)
    (drawer,) = session.scalars(select(Drawer))
    assert ledger.expected(session, drawer)[method] == D("50.00")


def test_cash_goes_into_no_drawer_that_was_counted(session, biller, patient):
    """B12."""
    drawer = ledger.open_drawer(session, biller.user.id)
    ledger.close_drawer(session, drawer, {"cash": D("0"), "check": D("0"), "card_terminal": D("0")})
    before = _entries(session)
    page = biller.post(_url(patient), _check(method="cash"), status=422)
    assert "is counted and closed" in _text(page)
    assert _entries(session) == before


def test_a_refund_in_cash_comes_out_of_an_open_drawer(session, biller, receipt):
    """B12, B6."""
    data = {"key": "r-2", "amount": "10.00", "method": "cash", "reason": "Paid too much"}
    page = biller.post(_receipt_url(receipt, "refund"), data, status=422)
    assert "open yours first" in _text(page)
    assert account_sums(session)[Account.CASH] == D("130.00")
    drawer = ledger.open_drawer(session, biller.user.id, D("100.00"))
    for _ in range(2):
        biller.post(_receipt_url(receipt, "refund"), data, status=303)
    assert ledger.expected(session, drawer)["cash"] == D("90.00")


def test_the_second_click_takes_nothing_in(session, biller, patient):
    for how in ({}, {"how": "oldest"}):
        biller.post(_url(patient), _check() | how, status=303)
        count = _entries(session)
    assert _entries(session) == count
    assert session.scalar(select(func.count()).select_from(Receipt)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": ""}, "Enter the amount."),
        ({"amount": "1e5"}, "like 25.00"),
        ({"amount": "-3"}, "like 25.00"),
        ({"amount": "0"}, "more than $0.00"),
        ({"reference": ""}, "number of the check"),
        ({"reference": "4111 1111 1111 1111"}, "card number"),
    ],
)
def test_a_wrong_payment_is_refused_and_nothing_is_taken_in(session, biller, patient, changes, sentence):
    before = _entries(session)
    page = biller.post(_url(patient), _check() | changes, status=422, htmx=True)
    assert sentence in _text(page)
    assert _entries(session) == before


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("60.01", "more than the payment"), ("x", "like 25.00"), ("45.00", "owes $40.00")],
)
def test_a_wrong_choice_is_refused(session, biller, patient, typed, sentence):
    before = _entries(session)
    data = _check(how="chosen") | {f"pay-{patient.older.public_id}": typed}
    assert sentence in _text(biller.post(_url(patient), data, status=422))
    assert _entries(session) == before
    assert session.scalar(select(func.count()).select_from(Receipt)) == 0


def test_who_may_not_collect_is_refused(session, clinician, admin, patient):
    for role in (clinician, admin):
        role.post(_url(patient), _check(), status=403)
        role.get("/payments/", status=403)


# ---- A receipt and its corrections ----


def _receipt_url(receipt, *parts):
    return "/".join(["/payments/receipts", receipt.public_id, *parts])


def test_a_credit_is_refunded_once_and_never_above_it(session, biller, receipt):
    """B6."""
    data = {"key": "r-1", "amount": "30.01", "method": "check", "reason": "Paid too much"}
    page = biller.post(_receipt_url(receipt, "refund"), data, status=422)
    assert "Only $30.00" in _text(page)
    assert account_sums(session)[Account.CASH] == D("130.00")
    data["amount"] = "30.00"
    page = biller.post(_receipt_url(receipt, "refund"), data, status=200, htmx=True)
    assert "is paid back" in _text(page)
    biller.post(_receipt_url(receipt, "refund"), data, status=303)
    assert account_sums(session)[Account.CASH] == D("100.00")
    house.assert_verified(session)


def test_a_receipt_that_went_back_whole_says_so_and_is_not_offered_to_reverse(session, biller, front_desk):
    """B6, B8."""
    person = factories.make_patient(session)
    whole = ledger.receive(
        session, guarantor_id=person.guarantor_id, amount=D("30.00"), method="check", key="whole"
    )
    assert biller.get(_receipt_url(whole)).select_one(f"form[action='{_receipt_url(whole, 'reversal')}']")
    data = {"key": "r-9", "amount": "30.00", "method": "check", "reason": "Paid twice"}
    biller.post(_receipt_url(whole, "refund"), data, status=303)
    page = biller.get(_receipt_url(whole))
    assert page.select_one("#receipt .tools .chip").get_text(strip=True) == "Refunded"
    assert not page.select_one(f"form[action='{_receipt_url(whole, 'reversal')}']")


def test_a_refund_needs_a_reason_and_the_right_role(session, biller, front_desk, receipt):
    data = {"key": "r-1", "amount": "30.00", "method": "check", "reason": ""}
    assert "Say why." in _text(biller.post(_receipt_url(receipt, "refund"), data, status=422))
    front_desk.post(_receipt_url(receipt, "refund"), data | {"reason": "x"}, status=403)
    assert account_sums(session)[Account.CASH] == D("130.00")


def test_a_returned_check_opens_everything_it_paid_again(session, biller, patient, receipt):
    """B8."""
    data = {"key": "v-1", "reason": "Returned by the bank"}
    biller.post(_receipt_url(receipt, "reversal"), data, status=303)
    count = _entries(session)
    biller.post(_receipt_url(receipt, "reversal"), data, status=200, htmx=True)
    assert _entries(session) == count
    assert _owed(session, patient.older, patient.newer) == [D("40.00"), D("60.00")]
    assert "Reversed" in _text(biller.get(_receipt_url(receipt)))
    house.assert_verified(session)


def test_a_reversal_needs_a_reason_and_the_right_role(session, biller, front_desk, receipt):
    before = _entries(session)
    biller.post(_receipt_url(receipt, "reversal"), {"key": "v", "reason": " "}, status=422)
    front_desk.post(_receipt_url(receipt, "reversal"), {"key": "v", "reason": "x"}, status=403)
    assert _entries(session) == before


def test_money_is_taken_off_a_charge_and_applied_again(session, biller, patient, receipt):
    """B4: a wrong posting of a right receipt."""
    data = {"key": "o-1", "charge": patient.older.public_id, "amount": "40.00", "reason": "Wrong visit"}
    for _ in range(2):
        biller.post(_receipt_url(receipt, "removal"), data, status=303)
    assert _owed(session, patient.older) == [D("40.00")]
    page = biller.post(
        _receipt_url(receipt, "removal"), data | {"key": "o-2", "amount": "99.00"}, status=422, htmx=True
    )
    assert "not $99.00" in _text(page)
    biller.post(_receipt_url(receipt, "application"), {"key": "a-1"}, status=303)
    assert _owed(session, patient.older) == [D("0.00")]
    house.assert_verified(session)


def test_the_desk_takes_nothing_off_and_applies_nothing(front_desk, patient, receipt):
    front_desk.get(_receipt_url(receipt))
    for what in ("removal", "application"):
        front_desk.post(_receipt_url(receipt, what), {"key": "x"}, status=403)


# ---- An entry ----


@pytest.fixture
def write_off(session, patient):
    return ledger.write_off(
        session, patient.older.id, ledger.PATIENT, D("40.00"), "courtesy", "Wrong patient", key="w"
    )


def test_a_wrong_write_off_is_taken_back_once(session, biller, patient, write_off):
    """R27: by a linked entry, never a change."""
    url = f"/payments/entries/{write_off.public_id}"
    assert "Written off" in _text(biller.get(url))
    for _ in range(2):
        biller.post(f"{url}/reversal", {"key": "e-1", "reason": "It was the other patient"}, status=303)
        count = _entries(session)
    assert _entries(session) == count
    assert _owed(session, patient.older) == [D("40.00")]
    page = biller.post(f"{url}/reversal", {"key": "e-2", "reason": "Again"}, status=422, htmx=True)
    assert "reversed already" in _text(page)
    house.assert_verified(session)


def test_an_entry_needs_a_reason_the_right_role_and_its_own_place(
    session, biller, front_desk, patient, write_off
):
    ledger.receive(session, guarantor_id=patient.guarantor_id, amount=D("5.00"), method="cash", key="five")
    kept = select(JournalEntry).where(JournalEntry.kind == EntryKind.PATIENT_RECEIPT)
    taken = f"/payments/entries/{session.scalars(kept).one().public_id}"
    url = f"/payments/entries/{write_off.public_id}/reversal"
    before = _entries(session)
    biller.post(url, {"key": "e", "reason": ""}, status=422)
    front_desk.post(url, {"key": "e", "reason": "x"}, status=403)
    biller.post(f"{taken}/reversal", {"key": "e", "reason": "x"}, status=422)
    assert "where it was posted" in _text(biller.get(taken))
    assert _entries(session) == before


# ---- A paper EOB ----


@pytest.fixture
def claim(session):
    return claim_at_payer(session)


def _paper(claim, **changes):
    data = {
        "key": "p-1",
        "payer": claim.payer.public_id,
        "method": "CHK",
        "trace": "5512",
        "paid_on": "t",
        "amount": "100.00",
        "lines-0-line": claim.lines[0].control_number,
        "lines-0-payer_number": "P-77",
        "lines-0-allowed": "98.60",
        "lines-0-copay": "25.00",
        "lines-0-paid": "73.60",
        "lines-1-line": claim.lines[1].control_number,
        "lines-1-contractual": "18.90",
        "lines-1-paid": "16.10",
    }
    return data | {name.replace("__", "-"): value for name, value in changes.items()}


def test_a_claim_is_added_to_a_paper_eob(session, biller, claim):
    page = biller.get(f"/payments/paper?claim={claim.control_number}")
    assert len(page.select(".paper-lines .line")) == 2
    page = biller.post("/payments/paper/claims", {"add": claim.control_number.lower()}, status=200, htmx=True)
    assert "WHITFIELD" in _text(page)
    page = biller.post("/payments/paper/claims", {"add": "R99-1"}, status=422)
    assert "none of our claims" in _text(page)


def test_the_totals_follow_the_typing(session, biller, claim):
    page = biller.post("/payments/paper/totals", _paper(claim), status=200, htmx=True)
    assert _text(page) == "2 of 2 lines balance Paid $89.70 Unapplied $10.30"
    page = biller.post("/payments/paper/totals", _paper(claim, lines__1__paid=""), status=200, htmx=True)
    assert "83036 $16.10 left" in _text(page)


def test_a_paper_eob_is_posted_and_the_rest_is_parked(session, biller, claim):
    """R30: contractual is billed − allowed where it is left empty."""
    biller.post("/payments/paper", _paper(claim), status=303)
    assert balances(session, claim) == (D("0.00"), D("25.00"))
    assert account_sums(session)[Account.CONTRACTUAL] == D("55.30")
    page = biller.get(biller.location)
    assert page.select_one(".unapplied b").get_text() == "$10.30"
    assert "Paper" in _text(page)
    assert claim.payer_claim_number == "P-77"
    house.assert_verified(session)


def test_a_paper_eob_is_posted_with_htmx_once(session, biller, claim):
    for _ in range(2):
        biller.post("/payments/paper", _paper(claim), status=204, htmx=True)
        count = _entries(session)
    assert _entries(session) == count
    assert session.scalar(select(func.count()).select_from(Remittance)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"trace": ""}, "Enter the check or EFT number."),
        ({"paid_on": "13/45/2026"}, "not a day of the calendar"),
        ({"paid_on": "01/15/2099"}, "too far ahead"),
        ({"amount": "1e5"}, "like 25.00"),
        ({"amount": "80.00"}, "$9.70 more than the check"),
        ({"payer": ""}, "Choose the payer."),
        ({"lines__1__paid": "16.00"}, "$0.10 of $35.00"),
        ({"lines__1__other": "1.00", "lines__1__reason": "45"}, "Write the reason like"),
        ({"lines__0__paid": "-73.60"}, "like 25.00"),
    ],
)
def test_a_wrong_paper_eob_is_refused_and_nothing_is_posted(session, biller, claim, changes, sentence):
    before = _entries(session)
    page = biller.post("/payments/paper", _paper(claim, **changes), status=422)
    assert sentence in _text(page)
    assert _entries(session) == before


@pytest.mark.parametrize("htmx", [True, False])
def test_each_line_that_does_not_balance_says_so_at_the_line(session, biller, claim, htmx):
    """R4, ux 6: the sentence stands where the cents are mended, and the amount of the check is not blamed."""
    data = _paper(claim, lines__0__paid="73.00", lines__1__paid="17.00")
    page = biller.post("/payments/paper", data, status=422, htmx=htmx)
    assert "$0.60 of $135.00 is neither paid nor adjusted." in page.select_one("#lines-0-paid-error").text
    assert "$0.90 more than the $35.00 that was billed." in page.select_one("#lines-1-paid-error").text
    assert page.select_one("#lines-0-paid")["value"] == "73.00"
    assert not page.select("#amount-error")
    links = [link["href"] for link in page.select(".error-list a")]
    assert links == ["#lines-0-paid", "#lines-1-paid"]


def test_a_paper_eob_without_claims_is_refused(session, biller, claim):
    data = {name: value for name, value in _paper(claim).items() if not name.startswith("lines")}
    assert "Add the claims" in _text(biller.post("/payments/paper", data, status=422, htmx=True))


def test_only_billing_enters_paper_eobs(manager, front_desk, claim):
    for role in (manager, front_desk):
        role.get("/payments/paper", status=403)
        role.post("/payments/paper", _paper(claim), status=403)
        role.post("/payments/paper/claims", {}, status=403)
