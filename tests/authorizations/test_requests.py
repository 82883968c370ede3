"""A 278 to the practice payer and back: approved, cut down, pended, denied, refused unreviewed (K02, E5)."""

from datetime import date

import pytest
from sqlalchemy import func, select

from clinic import authorizations, clearinghouse, clock, db, x12
from clinic.models import Authorization, AuthorizationRequest, Coverage, StoredFile, Task
from jobs import work

THERAPY = {"plan": {"needs_authorization": ["97110"]}}


def ask(here, visits=12, key="one", **changes):
    values = {
        "codes": ["97110"],
        "diagnoses": ["M54.50"],
        "starts_on": clock.today(),
        "ends_on": date(clock.today().year, 12, 31),
    }
    with db.transaction() as session:
        coverage = session.get_one(Coverage, here.coverage.id)
        return authorizations.ask(session, coverage, key=key, visits=visits, **(values | changes)).id


def row(request_id):
    return db.session.get_one(AuthorizationRequest, request_id, populate_existing=True)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_an_approval_becomes_an_authorization_on_file_with_number_visits_and_days(desk):
    here = desk(**THERAPY)
    asked = ask(here)
    here.payer_turn()
    got = row(asked)
    assert (got.state, got.reason) == ("approved", "")
    kept = db.session.get_one(Authorization, got.authorization_id)
    assert (kept.number, kept.codes, kept.visits_allowed, kept.left) == (got.number, ["97110"], 12, 12)
    assert (kept.kind, kept.starts_on) == ("authorization", clock.today())


def test_two_windows_ask_the_payer_once_for_the_same_services_and_days(desk):
    here = desk(**THERAPY)
    ask(here)
    with pytest.raises(authorizations.NotRequested, match="has not answered yet: see Requests"):
        ask(here, key="two")
    assert count(AuthorizationRequest) == 1
    ask(here, key="three", codes=["97140"])
    here.payer_turn()
    # What was answered may be asked again: for more visits, or otherwise.
    ask(here, key="four")
    assert count(AuthorizationRequest) == 3


def test_the_278_that_went_out_says_what_was_asked_and_carries_our_trace(desk):
    here = desk(**THERAPY)
    asked = ask(here, message="Fall at home")
    work.drain()
    sent = row(asked)
    assert sent.state == "sent"
    (read,) = x12.read_278(db.session.get_one(StoredFile, sent.question_file_id).content())
    assert not [finding for finding in read.findings if finding.severity == "error"]
    assert read.reference == sent.trace == read.event.trace
    assert [(each.procedure, each.quantity, each.delivery.quantity) for each in read.event.services] == [
        ("97110", 12, 12)
    ]
    assert [each.code for each in read.event.diagnoses] == ["M5450"]
    assert read.event.messages == ("FALL AT HOME",)


def test_fewer_visits_than_asked_for_are_kept_as_granted_and_become_a_task(desk):
    here = desk(**THERAPY)
    asked = ask(here, visits=16)
    here.payer_turn()
    got = row(asked)
    assert got.state == "changed"
    assert got.next_step == "12 of 16 visits are granted: plan the visits by that."
    assert db.session.get_one(Authorization, got.authorization_id).visits_allowed == 12
    assert db.session.scalars(select(Task)).one().kind == "authorization"


def test_a_pended_request_keeps_the_payers_reference_and_waits(desk):
    here = desk(**THERAPY)
    asked = ask(here, visits=30)
    here.payer_turn()
    got = row(asked)
    assert (got.state, got.number[0]) == ("pended", "R")
    assert got.authorization_id is None
    assert "decides later" in got.next_step
    assert count(Authorization) == 0


def test_the_final_decision_of_a_pended_request_is_taken_and_a_late_pending_does_not_undo_it(desk):
    here = desk(**THERAPY)
    asked = ask(here, visits=30)
    here.payer_turn()
    (request,) = x12.read_278(db.session.get_one(StoredFile, row(asked).question_file_id).content())
    say(request, x12.Decision(action="A1", number="LATER77"))
    assert (row(asked).state, row(asked).number) == ("approved", "LATER77")
    say(request, x12.Decision(action="A4", number="LATER78"))
    assert (row(asked).state, row(asked).number) == ("approved", "LATER77")
    assert count(Authorization) == 1


def say(request, decision):
    """A file of the payer as the transport finds it."""
    envelope = x12.Envelope(
        sender_id="PAYER", receiver_id="US", control_number=int(decision.number[-2:]), created_at=clock.now()
    )
    content = x12.write_278_response(envelope, [request.answered(decision)])
    (clearinghouse.exchange_folder().inbound / f"278_{decision.number}.x12").write_bytes(content)
    with db.transaction() as session:
        clearinghouse.fetch(session)
    work.drain()


def test_a_denial_is_a_word_a_reason_and_a_task(desk):
    here = desk(**THERAPY)
    asked = ask(here, visits=60)
    here.payer_turn()
    got = row(asked)
    assert got.state == "denied"
    assert got.reason == "MORE VISITS THAN THE RECORDS SHOW A NEED FOR (Reason 05 of the payer.)"
    assert "appeal" in got.next_step
    assert db.session.scalars(select(Task)).one().patient_id == here.patient.id


def test_a_denial_without_words_says_to_ask_for_them(desk):
    here = desk(**THERAPY)
    asked = ask(here, visits=30)
    here.payer_turn()
    (request,) = x12.read_278(db.session.get_one(StoredFile, row(asked).question_file_id).content())
    say(request, x12.Decision(action="A3", number="N55", reasons=("05", "25")))
    got = row(asked)
    assert (got.state, got.reason) == (
        "denied",
        "Only reason 05, and no words: ask the payer. Not looked at because of other errors.",
    )


def test_what_the_payer_did_not_review_says_what_to_mend_and_is_sent_again_in_a_new_file(desk):
    here = desk(**THERAPY, enrol=False)
    asked = ask(here)
    here.payer_turn()
    refused = row(asked)
    assert refused.state == "refused"
    assert "AAA 75" in refused.reason or "AAA 72" in refused.reason
    assert refused.next_step
    first = refused.question_file_id
    with db.transaction() as session:
        authorizations.again(session, session.get_one(AuthorizationRequest, asked))
    work.drain()
    assert row(asked).state == "sent"
    assert row(asked).question_file_id != first


def test_what_never_left_is_written_anew_with_the_payer_and_member_as_they_are_now(desk):
    here = desk(**THERAPY)
    asked = ask(here)
    with db.transaction() as session:
        authorizations.build(session, asked)
    with db.transaction() as session:
        request = session.get_one(AuthorizationRequest, asked)
        request.state = "failed"
        request.coverage.payer.edi_id, request.coverage.member_id = "NEWID7", "NEWMEMBER1"
        authorizations.again(session, request)
    work.drain()
    file = db.session.get_one(StoredFile, row(asked).question_file_id)
    assert (row(asked).state, file.partner) == ("sent", "NEWID7")
    assert b"NEWID7" in file.content()
    assert b"NEWMEMBER1" in file.content()


def test_a_service_that_needs_none_says_so(desk):
    here = desk(**THERAPY)
    asked = ask(here, codes=["99213"])
    here.payer_turn()
    assert row(asked).state == "not_needed"


def test_a_referral_is_kept_as_one(desk):
    here = desk(**THERAPY)
    asked = ask(here, category="SC")
    here.payer_turn()
    assert db.session.get_one(Authorization, row(asked).authorization_id).kind == "referral"


def test_the_same_key_asks_once_and_the_same_file_decides_once(desk):
    here = desk(**THERAPY)
    assert ask(here) == ask(here)
    here.payer_turn()
    assert count(AuthorizationRequest) == count(Authorization) == 1
    with db.transaction() as session:
        file = session.get_one(
            StoredFile, row(db.session.scalar(select(AuthorizationRequest.id))).answer_file_id
        )
        assert authorizations.take_in_answer(session, file) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"codes": ["1"]}, "not a procedure code"),
        ({"diagnoses": []}, "at least one diagnosis"),
        ({"visits": 0}, "between 1 and 999"),
        ({"ends_on": date(2020, 1, 1)}, "last day"),
        ({"starts_on": date(2020, 1, 1)}, "does not cover"),
    ],
)
def test_nonsense_is_refused_in_a_sentence_and_nothing_is_asked(desk, wrong, sentence):
    here = desk(**THERAPY)
    with pytest.raises(authorizations.NotRequested, match=sentence):
        ask(here, **wrong)
    assert count(AuthorizationRequest) == 0
