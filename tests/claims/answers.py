"""The other side, in a few lines: answers about a file of ours, as a payer would write them."""

from clinic import claims, clock, files, x12
from clinic.models import StoredFile, Submission


def send_all(session, ready):
    """Submit claims and do the jobs' work here and now; returns the submissions with what was sent."""
    result = claims.submit(session, ready)
    made = session.query(Submission).filter_by(state="building").order_by(Submission.id).all()
    for submission in made:
        claims.build(session, submission.id)
        claims.send(session, submission.id)
    return result, made


def content_of(session, submission):
    return session.get(StoredFile, submission.file_id).content()


def envelope(submission, number=900):
    return x12.Envelope(
        sender_id=submission.partner,
        receiver_id="RIVERSIDE01",
        control_number=number,
        created_at=clock.local(clock.now()).replace(tzinfo=None),
        usage="T",
    )


def arrive(session, content, kind):
    return files.store(session, content, kind=kind, direction="in", name=f"{kind}.x12")


def ta1(session, submission, code="A", note="000"):
    answer = x12.InterchangeAcknowledgment(
        control_number=submission.interchange_number,
        sent_at=clock.local(clock.now()).replace(tzinfo=None),
        code=code,
        note=note,
    )
    return arrive(session, x12.write_ta1(envelope(submission), [answer]), "TA1")


def ack_999(session, submission, codes, group=None):
    """`codes`: IK501 by set number."""
    sets = tuple(
        x12.SetAcknowledgment(
            transaction="837",
            control_number=number,
            code=code,
            version="005010X222A1",
            errors=() if code in "AE" else (x12.SegmentError(segment="NM1", set_position=8, code="8"),),
            syntax_codes=() if code in "AE" else ("5",),
        )
        for number, code in codes.items()
    )
    good = sum(code in "AE" for code in codes.values())
    answer = x12.Acknowledgment999(
        control_number="0001",
        functional_id="HC",
        group_control_number=str(group or submission.group_number),
        version="005010X222A1",
        code="A" if good == len(sets) else "P" if good else "R",
        sets=sets,
        sets_included=len(sets),
        sets_received=len(sets),
        sets_accepted=good,
    )
    return arrive(session, x12.write_999(envelope(submission, 901), [answer]), "999")


def ack_277ca(session, submission, words, *, role="PR", refuse_batch=False, reference=None, number=902):
    """`words`: by CLM01, (category, status, action, payer's number)."""
    statuses = tuple(
        x12.ClaimStatus(
            control_number=control_number,
            payer_control_number=payer_number,
            patient=x12.Person(last_name="WHITFIELD", first_name="DANIEL", member_id="MHP1"),
            service_from=clock.today(),
            statuses=(
                x12.Status(
                    codes=(x12.StatusCode(category=category, code=status),),
                    effective_on=clock.today(),
                    action=action,
                    amount=submission.amount,
                ),
            ),
        )
        for control_number, (category, status, action, payer_number) in words.items()
    )
    batch = (
        x12.Status(
            codes=(
                x12.StatusCode(category="A3" if refuse_batch else "A1", code="21" if refuse_batch else "19"),
            ),
            effective_on=clock.today(),
            action="U" if refuse_batch else "WQ",
            amount=submission.amount,
        ),
    )
    practice = x12.Provider(last_name="RIVERSIDE FAMILY MEDICINE PC", npi="1000000012")
    answer = x12.ClaimAcknowledgment(
        control_number="0001",
        reference="REF1",
        source=x12.Payer(name="MERIDIAN", id=submission.partner),
        source_role=role,
        source_trace="T1",
        received_on=clock.today(),
        processed_on=clock.today(),
        receiver=x12.Provider(
            last_name="RIVERSIDE FAMILY MEDICINE PC", other_id="RIVERSIDE01", other_id_kind="46"
        ),
        batch_reference=reference or f"{submission.interchange_number:09d}-0001",
        statuses=batch,
        providers=(x12.ProviderAcknowledgment(provider=practice, claims=statuses),) if statuses else (),
        created_at=clock.local(clock.now()).replace(tzinfo=None),
    )
    return arrive(session, x12.write_277ca(envelope(submission, number), [answer]), "277CA")
