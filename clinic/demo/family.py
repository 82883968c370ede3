"""The demo's family: a child on both parents' plans, a work injury with its insurer, a card scan, a confidential address."""

import io
from datetime import date, timedelta

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, patients, sandbox
from clinic.demo import catalog
from clinic.models import Appointment, Coverage, Patient, Payer
from clinic.patients import cases, circle, consents

LATER = timedelta(days=5)  # behind the visits whose plans were asked and estimated
HOME = {
    "address": "318 SE Ankeny St",
    "city": "Portland",
    "state": "OR",
    "zip": "97214",
    "phone": "(555) 010-0171",
    "language": "es",
}


def fill(session: Session) -> None:
    """One household and what registration keeps beside it; called once, when the calendar is full."""
    payers = {payer.edi_id: payer for payer in session.scalars(select(Payer))}
    mother = _parent(session, payers[catalog.PAYERS[0].edi_id], "Elena", "F", date(1988, 9, 14), "ALV4410021")
    father = _parent(
        session, payers[catalog.PAYERS[1].edi_id], "Tomás", "M", date(1985, 3, 2), "ALV5520087", mother
    )
    _child(session, mother, father)
    _injured(session)
    _confidential(session, mother)


def _parent(
    session: Session,
    payer: Payer,
    first: str,
    sex: str,
    born_on: date,
    member_id: str,
    spouse: Patient | None = None,
) -> Patient:
    made = patients.register(
        session,
        guarantor=spouse.guarantor if spouse else None,
        guarantor_relationship="spouse" if spouse else "self",
        accept_duplicates=True,
        first_name=first,
        last_name="Álvarez Ruiz",
        born_on=born_on,
        sex=sex,
        **HOME,
    )
    _cover(session, made, made, payer, member_id, 1)
    consents.sign(session, made, "privacy_notice", method="paper")
    consents.sign(session, made, "financial", method="paper", expires_on=clock.today() + timedelta(days=365))
    return made


def _child(session: Session, mother: Patient, father: Patient) -> None:
    """Mateo is on both plans: the earlier birthday in the year, the father's, has yet to be put first (C9)."""
    child = patients.register(
        session,
        guarantor=mother.guarantor,
        guarantor_relationship="parent",
        accept_duplicates=True,
        first_name="Mateo",
        last_name="Álvarez Ruiz",
        born_on=date(2018, 6, 21),
        sex="M",
        **HOME,
    )
    for position, parent in ((1, mother), (2, father)):
        held = parent.coverages[0]
        row = _cover(session, child, parent, held.payer, held.member_id, position)
        for kind, side in (("card_front", "front"), ("card_back", "back")):
            patients.add_scan(
                session, child, kind, _card(held.payer.name, held.member_id, side), coverage=row
            )
    patients.add_scan(session, child, "photo", _portrait())
    circle.add_contact(
        session,
        child,
        kind="emergency",
        name="Rosa Ruiz",
        phone="(555) 010-0172",
        may_know=True,
        note="Grandmother",
    )


def _cover(
    session: Session, patient: Patient, holder: Patient, payer: Payer, member_id: str, position: int
) -> Coverage:
    plan = next(one.plan for one in catalog.PAYERS if one.edi_id == payer.edi_id)
    since = date(clock.today().year, 1, 1)
    subscriber = (
        {}
        if holder is patient
        else {
            "relationship_code": "19",
            "subscriber_first_name": holder.first_name,
            "subscriber_last_name": holder.last_name,
            "subscriber_born_on": holder.born_on,
            "subscriber_sex": holder.sex,
        }
    )
    row = patients.add_coverage(
        session,
        patient,
        payer=payer,
        member_id=member_id,
        position=position,
        effective_on=since,
        plan_name=plan,
        **subscriber,
    )
    sandbox.enrol_member(
        session, payer.edi_id, plan, member_id, patient.first_name, patient.last_name, patient.born_on, since
    )
    return row


def _injured(session: Session) -> None:
    """Somebody with a visit to come was hurt at work: that visit goes to the insurer of the case."""
    visit = session.scalars(
        select(Appointment)
        .where(
            Appointment.starts_at > clock.day_bounds(clock.today() + LATER)[1], Appointment.status == "booked"
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(1)
    ).first()
    if visit is None:
        return
    insurer = Payer(
        name="State Accident Fund",
        edi_id="STACC",
        kind="workers_comp",
        filing_indicator="WC",
        filing_days=365,
        corrected_days=365,
        limits_source="Demo contract, 2026",
        phone="+15550100191",
    )
    session.add(insurer)
    session.flush()
    case = cases.open_case(
        session,
        session.get_one(Patient, visit.patient_id),
        insurer,
        kind="work",
        injured_on=clock.today() - timedelta(days=9),
        state="OR",
        claim_number="WC26-004417",
        adjuster="Nadia Holm",
        adjuster_phone="+15550100192",
        employer="Alder Mill",
        note="Fall from a ladder",
    )
    cases.set_case(session, visit, case)


def _confidential(session: Session, but: Patient) -> None:
    """One patient asked for bills and messages at another address."""
    chosen = session.scalars(
        select(Patient)
        .where(
            Patient.guarantor_relationship == "self", Patient.id != but.id, Patient.merged_into_id.is_(None)
        )
        .order_by(Patient.id)
        .offset(3)
        .limit(1)
    ).first()
    if chosen is not None:
        circle.prefer(
            session,
            chosen,
            0,
            channel="mail",
            confidential=True,
            address="PO Box 411",
            city="Portland",
            state="OR",
            zip="97207",
        )


def _card(payer: str, member_id: str, side: str) -> bytes:
    """A made-up insurance card."""
    image = Image.new("RGB", (640, 404), "#0b6670" if side == "front" else "#e3f1f2")
    draw = ImageDraw.Draw(image)
    ink = "white" if side == "front" else "#17212b"
    lines = (
        (payer, f"Member {member_id}", "Group 20417")
        if side == "front"
        else ("Claims: clearinghouse only", "Members: (555) 010-0190", "A card of the demo clinic")
    )
    for number, line in enumerate(lines):
        draw.text((36, 48 + number * 96), line, fill=ink, font=ImageFont.load_default(34))
    return _png(image)


def _portrait() -> bytes:
    """A face that is nobody's."""
    image = Image.new("RGB", (400, 400), "#e3f1f2")
    draw = ImageDraw.Draw(image)
    draw.ellipse((110, 60, 290, 260), fill="#c99b76")
    draw.ellipse((40, 270, 360, 560), fill="#0b6670")
    return _png(image)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
