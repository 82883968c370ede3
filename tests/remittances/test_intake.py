"""Files as they come: proved, compared with what came before, refused with the place and the reason (R1 to R6)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import db, remittances, x12
from clinic.models import Account, JournalEntry, Remittance
from tests.ledger.house import account_sums
from tests.remittances import house
from tests.remittances.house import answer, balances, claim_at_payer, era, paid_line

D = Decimal


def _set(session, claim, **changes):
    line = paid_line(claim, 0, "98.60", ("CO", "45", "36.40"))
    return era(session, claim.payer, answer(claim, line), **changes)


def _entries(session):
    return session.scalar(select(func.count()).select_from(JournalEntry))


@pytest.fixture
def claim(session):
    return claim_at_payer(session, ("99213", "135.00"))


def test_the_same_file_again_changes_nothing(session, claim):
    """R2: refused as a duplicate, linked to the first."""
    content = x12.write_835(house.ENVELOPE, [_set(session, claim)])
    (first,) = remittances.take_in(session, house.stored(session, content))
    before = _entries(session)
    file = house.stored(session, content)
    (again,) = remittances.take_in(session, file)
    assert (again.state, again.duplicate_of_id, file.state) == ("duplicate", first.id, "duplicate")
    assert _entries(session) == before
    assert remittances.take_in(session, file) == [again], "the same job twice is one effect"
    house.assert_verified(session)


def test_the_same_remittance_in_another_envelope_is_a_duplicate(session, claim):
    """R2: other ISA, other delimiters, other set number."""
    said = _set(session, claim)
    house.take_in(session, said)
    before = _entries(session)
    other = replace(house.ENVELOPE, control_number=777, sender_id="HUB")
    content = x12.write_835(other, [replace(said, control_number="0042")])
    rewrapped = content.replace(b"*", b"|").replace(b"~", b"\n")
    (again,) = remittances.take_in(session, house.stored(session, rewrapped))
    assert again.state == "duplicate", again.reason
    assert _entries(session) == before


def test_the_same_number_with_other_content_goes_to_a_person(session, claim):
    """R2: a conflict posts nothing; called another payment, it is posted."""
    house.take_in(session, _set(session, claim))
    other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
    before = _entries(session)
    (made,) = house.take_in(session, _set(session, other))
    assert made.state == "conflict"
    assert _entries(session) == before
    remittances.post_anyway(session, made, "Two checks of one day")
    assert made.state == "posted"
    assert balances(session, other)[0] == D("0.00")
    house.assert_verified(session)


def test_a_conflict_that_is_the_same_payment_is_set_aside(session, claim):
    """R2: and can never be posted after that."""
    house.take_in(session, _set(session, claim))
    line = paid_line(claim, 0, "98.60", ("CO", "45", "36.40"), remarks=("N1",))
    (made,) = house.take_in(session, era(session, claim.payer, answer(claim, line)))
    remittances.set_aside(session, made, "The payer sent it again with a remark")
    assert made.state == "duplicate"
    with pytest.raises(remittances.WrongState):
        remittances.post_anyway(session, made, "no")


def test_a_set_that_does_not_balance_is_not_posted_and_names_segment_and_cents(session, claim):
    """R6: the whole set waits, the other claim too."""
    other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
    wrong = answer(claim, paid_line(claim, 0, "98.60", ("CO", "45", "36.39")))
    right = answer(other, paid_line(other, 0, "98.60", ("CO", "45", "36.40")))
    (made,) = house.take_in(session, era(session, claim.payer, wrong, right))
    assert made.state == "out_of_balance"
    assert "off by −$0.01" in made.reason
    failure = made.proofs["failures"][0]
    assert (failure["segment"], failure["difference"], failure["claim"]) == ("CLP", "-0.01", 1)
    assert balances(session, claim)[0] == balances(session, other)[0] == D("135.00")
    house.assert_verified(session)


def test_a_check_that_differs_from_its_claims_names_the_payment(session, claim):
    """R4: BPR02 = Σ CLP04 − Σ PLB."""
    said = _set(session, claim)
    (made,) = house.take_in(session, replace(said, amount=said.amount + D("10.00")))
    assert made.state == "out_of_balance"
    assert "(BPR)" in made.reason
    assert "off by $10.00" in made.reason


def test_the_sound_claims_of_a_broken_set_are_posted_on_a_persons_word(session, claim):
    """R6: what is missing to the check stands in suspense until it is cleared."""
    other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
    wrong = answer(claim, paid_line(claim, 0, "98.60", ("CO", "45", "36.39")))
    right = answer(other, paid_line(other, 0, "90.00", ("CO", "45", "45.00")))
    (made,) = house.take_in(session, era(session, claim.payer, wrong, right))
    with pytest.raises(remittances.RemittanceError):
        remittances.post_anyway(session, made, " ")
    remittances.post_anyway(session, made, "The payer confirmed by phone")
    assert made.state == "posted"
    assert balances(session, claim)[0] == D("135.00")
    assert balances(session, other)[0] == D("0.00")
    sums = account_sums(session)
    assert sums[Account.CASH] == made.amount == D("188.60")
    assert sums[Account.SUSPENSE] == D("-98.60")
    house.assert_verified(session)


def test_a_missing_check_number_is_asked_for(session, claim):
    """R2 (ask 8): posted as soon as somebody supplies it."""
    content = x12.write_835(house.ENVELOPE, [_set(session, claim)])
    content = content.replace(b"TRN*1*EFT8840027713*", b"TRN*1**")
    (made,) = remittances.take_in(session, house.stored(session, content))
    assert made.state == "needs_review", made.reason
    assert balances(session, claim)[0] == D("135.00")
    remittances.supply_trace(session, made, "CHK 100")
    assert (made.state, made.trace) == ("posted", "CHK 100")
    assert balances(session, claim)[0] == D("0.00")
    before = _entries(session)
    remittances.supply_trace(session, made, "CHK 100")
    assert _entries(session) == before
    house.assert_verified(session)


def test_another_currency_is_refused(session, claim):
    """R3."""
    content = x12.write_835(house.ENVELOPE, [_set(session, claim)])
    content = content.replace(b"TRN*1*", b"CUR*PR*EUR~TRN*1*")
    assert b"CUR*PR*EUR" in content
    (made,) = remittances.take_in(session, house.stored(session, content))
    assert made.state == "unreadable"
    assert "US dollars" in made.reason
    assert balances(session, claim)[0] == D("135.00")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02PNG", b"hello", b"ISA*00*", b"<xml/>"],
    ids=["empty", "binary", "text", "cut header", "xml"],
)
def test_what_is_no_x12_is_kept_with_its_reason_and_posts_nothing(session, content):
    """R1: kept for inspection."""
    file = house.stored(session, content)
    assert remittances.take_in(session, file) == []
    assert file.state == "unreadable"
    assert file.reason
    assert file.content() == content


@pytest.mark.parametrize("kind", ["no X12", "cut", "one of two"])
def test_the_same_unreadable_bytes_again_are_a_duplicate_and_add_nothing(session, claim, kind):
    """R2 by SHA-256."""
    content = b"hello"
    if kind != "no X12":
        other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
        foreign = era(
            session, other.payer, answer(other, paid_line(other, 0, "98.60", ("CO", "45", "36.40")))
        )
        sets = (
            [_set(session, claim)]
            if kind == "cut"
            else [_set(session, claim), replace(foreign, trace="T2", control_number="0002")]
        )
        content = x12.write_835(house.ENVELOPE, sets)
        content = content.replace(b"TRN*1*", b"CUR*PR*EUR~TRN*1*", 1)
    first = house.stored(session, content)
    made = remittances.take_in(session, first)
    rows = _rows(session)
    again = house.stored(session, content)
    second = remittances.take_in(session, again)
    assert again.state == "duplicate"
    if kind == "one of two":
        assert [each.state for each in made] == ["unreadable", "posted"]
        assert [each.state for each in second] == ["duplicate"]
        return
    assert first.state == "unreadable"
    assert second == []
    assert _rows(session) == rows
    assert again.reason.startswith("The same file came on")
    assert first.reason in again.reason


def test_another_transaction_is_refused(session):
    """R1: an eligibility answer is no remittance."""
    envelope = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260309*0800*^*00501*000000001*0*T*:~"
    content = (
        envelope
        + b"GS*FA*A*B*20260309*0800*1*X*005010X231A1~ST*999*0001*005010X231A1~SE*2*0001~GE*1*1~IEA*1*000000001~"
    )
    file = house.stored(session, content)
    assert remittances.take_in(session, file) == []
    assert "no remittance" in file.reason


def test_a_truncated_file_is_refused_with_its_position(session, claim):
    """R1: nothing commits until the whole set is there."""
    content = x12.write_835(house.ENVELOPE, [_set(session, claim)])
    file = house.stored(session, content[: content.index(b"SVC*")])
    made = remittances.take_in(session, file)
    assert [each.state for each in made] == ["unreadable"]
    assert "segment" in made[0].reason
    assert file.state == "unreadable"
    assert balances(session, claim)[0] == D("135.00")


def test_two_sets_in_one_file_stand_each_for_itself(session, claim):
    """R1: one posts, the other waits."""
    other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
    wrong = replace(_set(session, other), control_number="0002", trace="EFT2", amount=D("1.00"))
    made = house.take_in(session, _set(session, claim), wrong)
    assert [each.state for each in made] == ["posted", "out_of_balance"]
    assert session.scalar(select(func.count()).select_from(Remittance)) == 2


def test_a_failure_while_posting_leaves_nothing(session, claim):
    """R1: the set is one transaction."""
    content = x12.write_835(house.ENVELOPE, [_set(session, claim)])
    with db.transaction() as current:
        file = house.stored(current, content)

    def interrupted():
        with db.transaction() as current:
            remittances.take_in(current, file)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        interrupted()
    assert balances(session, claim)[0] == D("135.00")
    assert session.scalar(select(func.count()).select_from(Remittance)) == 0


def _rows(session):
    return session.scalar(select(func.count(Remittance.id)))
