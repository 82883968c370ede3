"""The remittance screens: what a payer said, proved and posted, and each decision with and without htmx."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import remittances, x12
from clinic.models import Account, Posting, StoredFile
from tests.remittances import house
from tests.remittances.house import answer, balances, claim_at_payer, era, paid_line
from tests.web.remittances_scene import claim, posted
from tests.web.remittances_scene import entries as _entries
from tests.web.remittances_scene import key_of as _key
from tests.web.remittances_scene import strange as _strange
from tests.web.remittances_scene import url as _url
from tests.web.remittances_scene import words as _text
from tests.x12 import samples

__all__ = ["claim", "posted"]
D = Decimal


@pytest.fixture
def differs(session, claim):
    """A set with one cent missing in one claim, and one that is sound."""
    other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
    wrong = answer(
        claim,
        paid_line(claim, 0, "98.60", ("CO", "45", "36.39")),
        paid_line(claim, 1, "16.10", ("CO", "45", "18.90")),
    )
    right = answer(other, paid_line(other, 0, "98.60", ("CO", "45", "36.40")))
    return house.pay(session, claim, wrong, right)


def test_the_list_shows_what_is_to_be_settled_with_its_counts(session, biller, posted, differs):
    page = biller.get("/remittances/")
    words = _text(page)
    assert "To settle 2" in words
    assert "Out of balance 1" in words
    assert posted.payer_name in words
    assert "off by −$0.01" in words
    assert _text(biller.get("/remittances/?tab=posted")).count("Posted") >= 1
    biller.get("/remittances/?tab=nothing", status=404)


def test_a_remittance_shows_its_proofs_its_grid_and_what_is_to_be_done(session, biller, posted):
    """Step 8: the three proofs, the unapplied money, the denial, the nearest claim of the unmatched."""
    page = biller.get(_url(posted))
    words = _text(page)
    assert [chip.get_text() for chip in page.select(".proof .chip")] == ["Balances"] * 4
    assert "3 of 3: billed − adjustments = paid" in words
    assert page.select_one(".unapplied b").get_text() == "$98.60"
    assert "Denied line" in words
    assert "stands in denials with $35.00 at risk" in words
    assert f"Match to {posted.other.control_number}" in words
    assert "HOLT, Martin" in words
    foot = page.select_one(".post tfoot").get_text(" ", strip=True).split()
    assert foot[:4] == ["2", "claims,", "3", "lines"]
    assert "172.20" in foot


def test_the_claim_panel_shows_the_raw_segments(session, biller, posted):
    payment = posted.claim_payments[0]
    page = biller.get(_url(posted) + f"?claim={payment.public_id}")
    assert "CLP*" in page.select_one("#panel pre").get_text()


def test_what_differs_names_segment_and_cents_and_offers_no_posting_to_a_biller(
    session, biller, manager, differs
):
    """R6: posting of the sound claims is a manager's."""
    page = biller.get(_url(differs))
    assert "Differs" in _text(page)
    assert "(CLP) : paid for the claim should be $114.71, the payer wrote $114.70, off by −$0.01" in _text(
        page
    )
    assert "Post what balances" not in _text(page)
    assert "Post what balances" in _text(manager.get(_url(differs)))


@pytest.mark.parametrize("role", ["front_desk", "clinician", "admin"])
def test_the_wrong_role_sees_no_remittance(cast, posted, role):
    cast(role).get("/remittances/", status=403)
    cast(role).get(_url(posted), status=403)


# ---- Taking in a file by hand ----


def _upload(session, claim, **changes):
    line = paid_line(claim, 0, "98.60", ("CO", "45", "36.40"))
    other = paid_line(claim, 1, "35.00")
    said = era(session, claim.payer, answer(claim, line, other), **changes)
    return x12.write_835(house.ENVELOPE, [said])


def _form(content, name="today.835"):
    return {"data": {"file": (io.BytesIO(content), name)}, "content_type": "multipart/form-data"}


def test_a_file_is_taken_in_by_hand(session, biller, claim):
    content = _upload(session, claim)
    sent = _form(content)
    biller.post("/remittances/file", sent["data"], status=303, content_type=sent["content_type"])
    assert "/remittances/" in biller.location
    assert balances(session, claim) == (D("0.00"), D("0.00"))


def test_a_file_is_taken_in_with_htmx(session, biller, claim):
    sent = _form(_upload(session, claim))
    biller.post("/remittances/file", sent["data"], status=204, htmx=True, content_type=sent["content_type"])
    assert "/remittances/" in biller.response.headers["HX-Redirect"]
    assert balances(session, claim)[0] == D("0.00")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02PNG\r\n", b"hello", b"ISA*00*"],
    ids=["empty", "binary", "text", "truncated"],
)
def test_what_is_no_835_is_refused_and_kept_for_inspection(session, biller, content):
    before = _entries(session)
    sent = _form(content, "odd.bin")
    page = biller.post("/remittances/file", sent["data"], status=422, content_type=sent["content_type"])
    assert "Refused" in page.select_one("#file-error").get_text()
    assert _entries(session) == before
    kept = session.scalars(select(StoredFile).order_by(StoredFile.id.desc())).first()
    assert kept.content() == content
    looked = biller.get(f"/remittances/file/{kept.public_id}")
    assert kept.reason in _text(looked)
    assert "odd.bin" in _text(biller.get("/remittances/?tab=unreadable"))


def test_a_missing_file_is_asked_for(biller):
    page = biller.post("/remittances/file", {}, status=422)
    assert "Choose a file." in _text(page)


def test_a_truncated_835_is_refused_with_its_place(session, biller, claim):
    content = _upload(session, claim)
    sent = _form(content[: content.index(b"SVC*")])
    biller.post("/remittances/file", sent["data"], status=303, content_type=sent["content_type"])
    page = biller.get(biller.location)
    assert "Unreadable" in _text(page)
    assert "segment" in _text(page)
    assert balances(session, claim)[0] == D("170.00")


def test_only_billing_takes_in_files(manager, front_desk):
    manager.post("/remittances/file", {}, status=403)
    front_desk.get("/remittances/file", status=403)


def test_the_same_file_again_changes_nothing(session, biller, claim):
    content = _upload(session, claim)
    for _ in range(2):
        sent = _form(content)
        biller.post("/remittances/file", sent["data"], status=303, content_type=sent["content_type"])
        count = _entries(session)
    assert _entries(session) == count
    assert "The same remittance came on" in _text(biller.get(biller.location))


# ---- Matching what nobody could match ----


def test_an_unmatched_claim_is_matched_with_htmx(session, biller, posted):
    url = _url(posted, "claims", _strange(posted).public_id, "match")
    page = biller.post(url, {"key": "k1", "claim": posted.other.control_number}, status=200, htmx=True)
    assert page.select_one("#remittance") is not None
    assert page.select_one("#flash[hx-swap-oob]") is not None
    assert page.select_one(".unapplied b").get_text() == "$0.00"
    assert balances(session, posted.other) == (D("0.00"), D("0.00"))


def test_an_unmatched_claim_is_matched_without_javascript_once(session, biller, posted):
    url = _url(posted, "claims", _strange(posted).public_id, "match")
    for _ in range(2):
        biller.post(url, {"key": "k1", "claim": posted.other.control_number.lower()}, status=303)
        count = _entries(session)
    assert _entries(session) == count
    house.assert_verified(session)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [("", "Enter the number of one of our claims."), ("R99-1", "is none of our claims")],
)
def test_a_match_needs_a_claim_of_ours(session, biller, posted, number, sentence):
    before = _entries(session)
    url = _url(posted, "claims", _strange(posted).public_id, "match")
    page = biller.post(url, {"key": "k1", "claim": number}, status=422, htmx=True)
    assert sentence in _text(page)
    assert _entries(session) == before


def test_a_match_whose_lines_are_not_on_the_claim_is_refused(session, biller, posted):
    before = _entries(session)
    wrong = claim_at_payer(session, ("20610", "212.00"))
    before = _entries(session)
    url = _url(posted, "claims", _strange(posted).public_id, "match")
    page = biller.post(url, {"key": "k1", "claim": wrong.control_number}, status=422)
    assert "is not on claim" in _text(page)
    assert _entries(session) == before


def test_only_billing_matches(manager, posted):
    manager.post(_url(posted, "claims", _strange(posted).public_id, "match"), {}, status=403)


def test_a_claim_of_another_remittance_is_not_found(session, biller, posted, differs):
    biller.post(_url(differs, "claims", _strange(posted).public_id, "match"), {}, status=404)


# ---- Parking and not ours ----


def test_unmatched_money_is_parked_and_stays_unapplied(session, biller, posted):
    url = _url(posted, "claims", _strange(posted).public_id, "parking")
    before = _entries(session)
    biller.post(url, {"key": "k"}, status=303)
    page = biller.post(url, {"key": "k"}, status=200, htmx=True)
    assert page.select_one(".unapplied b").get_text() == "$98.60"
    assert "Parked" in _text(page)
    assert _entries(session) == before


def test_the_rest_is_parked_at_once(session, biller, manager, posted):
    manager.post(_url(posted, "parking"), {"key": "k"}, status=403)
    biller.post(_url(posted, "parking"), {"key": "k"}, status=303)
    assert _strange(posted).state == "parked"


def test_what_is_not_ours_needs_a_word(session, biller, posted):
    url = _url(posted, "claims", _strange(posted).public_id, "not-ours")
    page = biller.post(url, {"key": "k", "reason": " "}, status=422)
    assert page.select_one("#panel .field-error"), "the refusal stands on the form it came from"
    assert _strange(posted).state == "unmatched"
    biller.post(url, {"key": "k", "reason": "The clinic next door"}, status=303)
    biller.post(url, {"key": "k", "reason": "The clinic next door"}, status=303)
    assert _strange(posted).state == "not_ours"


@pytest.mark.parametrize("decision", ["parking", "not-ours"])
def test_what_was_parked_or_called_not_ours_is_matched_when_its_claim_is_found(
    session, biller, posted, decision
):
    """R10: the money stays unapplied until somebody knows whose it is."""
    url = _url(posted, "claims", _strange(posted).public_id)
    biller.post(f"{url}/{decision}", {"key": "k", "reason": "The clinic next door"}, status=303)
    form = biller.get(_url(posted)).select_one(f"form[action='{url}/match']")
    data = {"key": form.select_one("[name=key]")["value"], "claim": "R26-999999"}
    page = biller.post(form["action"], data, status=422)
    assert "none of our claims" in page.select_one("#match-error").text
    biller.post(form["action"], data | {"claim": posted.other.control_number}, status=303)
    assert _strange(posted).state == "posted"
    house.assert_verified(session)


def test_a_page_from_before_does_not_park_what_was_called_not_ours(session, biller, posted):
    url = _url(posted, "claims", _strange(posted).public_id)
    biller.post(f"{url}/not-ours", {"key": "k", "reason": "The clinic next door"}, status=303)
    page = biller.post(f"{url}/parking", {"key": "other"}, status=422)
    assert "is not ours" in _text(page)
    assert (_strange(posted).state, _strange(posted).reason) == ("not_ours", "Not ours: The clinic next door")


def test_a_claim_that_was_paid_is_offered_no_further_payment(session, biller, posted):
    """R8: it is found by its number by who knows better."""
    words = f"Match to {posted.other.control_number}"
    assert words in _text(biller.get(_url(posted)))
    posted.other.state = "paid"
    session.flush()
    assert words not in _text(biller.get(_url(posted)))


def test_a_posted_claim_offers_no_match_when_taking_it_back_was_refused(session, biller, posted):
    known = next(each for each in posted.claim_payments if each.state == "posted")
    page = biller.post(
        _url(posted, "claims", known.public_id, "reversal"), {"key": "k", "reason": ""}, status=422
    )
    assert page.select_one("#panel .field-error")
    assert not page.select(
        f"form[action$='{known.public_id}/match'], form[action$='{known.public_id}/parking']"
    )


# ---- Taking back ----


def test_a_posting_is_taken_back_and_posted_again(session, biller, claim, posted):
    page = biller.get(_url(posted) + "?panel=reversal")
    data = {"key": _key(page, "#panel"), "reason": "Posted on the wrong day"}
    biller.post(_url(posted, "reversal"), data, status=303)
    count = _entries(session)
    biller.post(_url(posted, "reversal"), data, status=303)
    assert _entries(session) == count, "the second click takes nothing back"
    assert balances(session, claim) == (D("170.00"), D("0.00"))
    biller.post(_url(posted, "reposting"), {"key": "k"}, status=200, htmx=True)
    assert balances(session, claim) == (D("35.00"), D("25.00"))
    house.assert_verified(session)


def test_taking_back_needs_a_reason_and_the_right_role(session, biller, front_desk, posted):
    before = _entries(session)
    page = biller.post(_url(posted, "reversal"), {"key": "k", "reason": ""}, status=422)
    assert "Say why." in _text(page)
    biller.post(_url(posted, "reversal"), {"key": "k", "reason": ""}, status=422, htmx=True)
    front_desk.post(_url(posted, "reversal"), {"key": "k", "reason": "x"}, status=403)
    assert _entries(session) == before


def test_one_claim_is_taken_back_and_waits(session, biller, claim, posted):
    url = _url(posted, "claims", posted.claim_payments[0].public_id, "reversal")
    for _ in range(2):
        biller.post(url, {"key": "k", "reason": "Wrong patient"}, status=303)
    assert balances(session, claim) == (D("170.00"), D("0.00"))
    held = select(func.sum(Posting.amount)).where(Posting.account == Account.UNAPPLIED_INSURANCE)
    assert session.scalar(held) == D("-172.20")
    biller.post(url, {"key": "k2", "reason": ""}, status=422)
    house.assert_verified(session)


# ---- Check number, difference, conflict ----


def test_a_missing_check_number_is_filled_in(session, biller, manager, claim):
    content = _upload(session, claim).replace(b"TRN*1*EFT8840027713*", b"TRN*1**")
    (made,) = remittances.take_in(session, house.stored(session, content))
    assert "missing" in _text(biller.get(_url(made)))
    biller.post(_url(made, "trace"), {"trace": "  "}, status=422)
    manager.post(_url(made, "trace"), {"trace": "1"}, status=403)
    assert balances(session, claim)[0] == D("170.00")
    page = biller.post(_url(made, "trace"), {"trace": "CHK 7"}, status=200, htmx=True)
    assert "CHK 7" in _text(page)
    count = _entries(session)
    biller.post(_url(made, "trace"), {"trace": "CHK 7"}, status=303)
    assert _entries(session) == count
    assert balances(session, claim)[0] == D("0.00")


def test_a_manager_posts_what_balances_and_the_rest_stands_in_suspense(
    session, manager, biller, claim, differs
):
    biller.post(_url(differs, "posting"), {"key": "k", "reason": "x"}, status=403)
    manager.post(_url(differs, "posting"), {"key": "k", "reason": ""}, status=422)
    assert differs.state == "out_of_balance"
    for _ in range(2):
        manager.post(_url(differs, "posting"), {"key": "k", "reason": "Confirmed by phone"}, status=303)
    assert balances(session, claim)[0] == D("170.00")
    suspense = select(func.sum(Posting.amount)).where(Posting.account == Account.SUSPENSE)
    assert session.scalar(suspense) == D("-114.70")
    page = manager.get(_url(differs))
    assert "Posted although it differs: Confirmed by phone" in _text(page)
    house.assert_verified(session)


def test_a_conflict_links_to_the_first_and_is_set_aside(session, biller, claim, posted):
    line = paid_line(claim, 0, "10.00", ("CO", "45", "125.00"))
    odd = era(session, claim.payer, answer(claim, line), amount=posted.amount)
    odd = replace(odd, claims=(replace(odd.claims[0], amount_paid=posted.amount),))
    (made,) = house.take_in(session, odd)
    page = biller.get(_url(made))
    assert page.select_one(f'a[href="{_url(posted)}"]') is not None
    biller.post(_url(made, "duplicate"), {"key": "k", "reason": "Sent again"}, status=303)
    assert made.state == "duplicate"


def test_the_proofs_of_a_file_that_is_cut_are_not_proven_and_never_green(biller):
    """R1, R4: what is there may add up; what is missing cannot."""
    whole = x12.write_835(samples.ENVELOPE, [samples.remittance()])
    for cut in (whole[: whole.index(b"CLP*")], whole[: whole.index(b"SE*")]):
        sent = _form(cut, "cut.835")
        biller.post("/remittances/file", sent["data"], status=303, content_type=sent["content_type"])
        page = biller.get(biller.response.headers["Location"])
        proofs = page.select(".proofs .proof")
        assert len(proofs) == 3
        assert not [one for one in proofs if one.select_one(".chip-ok")]
        assert "Not proven" in _text(page)
