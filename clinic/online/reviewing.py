"""The desk says who asked: a known person, a new one, or nobody we can see. Nothing is merged by itself (A10)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats, messages, patients, reminders, scheduling, tasks
from clinic.db import ClinicError
from clinic.models import OnlineRequest, Patient
from clinic.online import texts
from clinic.online.offers import policy

# What a second yes is given for: the record may be somebody else's.
UNLIKE = "unlike"
FORGOTTEN_AFTER = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
WISHES = ("move", "late_cancel")
"""What a person may ask of the desk about a request: each is a task of its own."""
PERSON = ("first_name", "last_name", "sex", "phone", "email", "address", "city", "state", "zip")


class RequestChanged(ClinicError):
    """Somebody at another desk was faster with this request, or the person gave it up."""


def waiting(session: Session) -> list[OnlineRequest]:
    """The requests that wait for the desk, the soonest visit first."""
    query = (
        select(OnlineRequest)
        .where(OnlineRequest.state == "requested")
        .options(joinedload(OnlineRequest.visit_type), joinedload(OnlineRequest.provider))
        .order_by(OnlineRequest.starts_at, OnlineRequest.id)
    )
    return list(session.scalars(query))


def look_alikes(session: Session, request: OnlineRequest) -> list[patients.LookAlike]:
    """The records that may be the person, the likeliest first."""
    typed = request.typed
    known = {name: typed[name] for name in ("first_name", "last_name", "phone")}
    return patients.look_alikes(session, known | {"born_on": date.fromisoformat(typed["born_on"])})


def same_person(
    session: Session,
    request: OnlineRequest,
    version: int,
    patient: Patient,
    *,
    accepted: Collection[str] = (),
    base_url: str,
) -> OnlineRequest:
    """The request is this patient's: the visit is booked, and nothing on the record changes but consent to messages.

    Raises RequestChanged, NeedsConfirmation "unlike" for a record that is no likely match, and what `scheduling.book`
    raises; on those nothing has changed. A second click finds it done.
    """
    if _lock(session, request, version, "booked", patient.id):
        return request
    if patient.merged_into_id is not None:
        raise RequestChanged("That record was merged into another one meanwhile. Look at the request again.")
    doubt = _doubt(session, request, patient)
    if doubt and UNLIKE not in accepted:
        raise scheduling.NeedsConfirmation([scheduling.Caution(UNLIKE, doubt)])
    return _book(session, request, patient, [code for code in accepted if code != UNLIKE], base_url)


def register_and_book(
    session: Session,
    request: OnlineRequest,
    version: int,
    person: Mapping[str, Any],
    *,
    accepted: Collection[str] = (),
    base_url: str,
) -> OnlineRequest:
    """The person is new: a record is made of `person` (as patients.register takes it), and the visit is booked.

    The caller has shown who looks alike. Raises patients.FieldRefused, RequestChanged and what `scheduling.book` raises.
    """
    if _lock(session, request, version, "booked"):
        return request
    patient = _register(session, request, person)
    return _book(session, request, patient, accepted, base_url)


def decline(
    session: Session, request: OnlineRequest, version: int, note: str, *, tell: bool = True
) -> OnlineRequest:
    """The desk does not book it: the place is free again, and the person is asked to call."""
    if _lock(session, request, version, "declined"):
        return request
    _let_go(session, request)
    _decided(session, request, "declined", note)
    if tell:
        texts.write(session, request, texts.DECLINED, key=f"online-declined-{request.public_id}")
    return request


def book_unknown(session: Session, request: OnlineRequest) -> bool:
    """Where the clinic wants it so: register and book at once a person whom no record resembles.

    The person is told the same words as everybody else, so that nobody learns who has a record here.
    """
    typed = request.typed
    if not policy(session).book_new or not typed.get("address") or look_alikes(session, request):
        return False
    try:
        with session.begin_nested():
            person: dict[str, Any] = {name: typed.get(name, "") for name in PERSON}
            person["born_on"] = date.fromisoformat(typed["born_on"])
            _book(session, request, _register(session, request, person), (), "")
    except (patients.PatientError, scheduling.SchedulingError):
        session.refresh(request)
        return False
    return True


def clear_old(session: Session) -> int:
    """Forget what was typed and never shown to be anybody's, and end requests whose time has come; how many."""
    forgotten = session.scalars(
        delete(OnlineRequest)
        .where(OnlineRequest.state == "typing", OnlineRequest.made_at < clock.now() - FORGOTTEN_AFTER)
        .returning(OnlineRequest.id)
    ).all()
    late = session.scalars(
        select(OnlineRequest).where(
            OnlineRequest.state == "requested", OnlineRequest.starts_at < clock.now() - FORGOTTEN_AFTER
        )
    ).all()
    for request in late:
        request.state = "lapsed"
    session.flush()
    return len(forgotten) + len(late)


def _doubt(session: Session, request: OnlineRequest, patient: Patient) -> str:
    """Why a record takes a second yes before it is booked for: no likely match, or another birth date or last name."""
    typed, born_on = request.typed, date.fromisoformat(request.typed["born_on"])
    like = next((each for each in look_alikes(session, request) if each.patient.id == patient.id), None)
    same_name = formats.fold(typed["last_name"]) == patient.name_key
    if like is not None and like.word != "Possible" and same_name and born_on == patient.born_on:
        return ""
    pairs = [
        ("first name", typed["first_name"], patient.first_name),
        ("last name", typed["last_name"], patient.last_name),
        ("birth date", formats.mdy(born_on), formats.mdy(patient.born_on)),
        ("phone", typed["phone"], patient.phone),
        ("e-mail", typed.get("email", ""), patient.email),
    ]
    differs = [
        f"{name} (typed {formats.phone(one) if name == 'phone' else one}, on file "
        f"{formats.phone(other) if name == 'phone' else other})"
        for name, one, other in pairs
        if one and other and one.casefold() != other.casefold()
    ]
    score = f"{like.score} of 100" if like else "not like what was typed"
    what = f"these differ: {', '.join(differs)}." if differs else f"only this speaks for it: {_why(like)}."
    return f"MRN {patient.mrn} may be somebody else ({score}); {what} The visit would stand in that record."


def _why(like: patients.LookAlike | None) -> str:
    return ", ".join(like.reasons) if like and like.reasons else "nothing"


def _register(session: Session, request: OnlineRequest, person: Mapping[str, Any]) -> Patient:
    known = {"language": request.language} | dict(person)
    return patients.register(session, accept_duplicates=True, public_id=request.public_id, **known)


def _book(
    session: Session, request: OnlineRequest, patient: Patient, accepted: Collection[str], base_url: str
) -> OnlineRequest:
    """`base_url` "" writes no message."""
    _let_go(session, request)
    visit = scheduling.book(
        session,
        patient,
        request.provider,
        request.visit_type,
        request.starts_at,
        minutes=(request.ends_at - request.starts_at) // MINUTE,
        reason=request.typed.get("reason", ""),
        accepted=accepted,
        closed_reason="Asked for online before the time was closed" if accepted else "",
    )
    _consent(session, request, patient)
    request.patient_id, request.appointment_id = patient.id, visit.id
    _decided(session, request, "booked", "")
    if base_url and not policy(session).book_new:
        # Where unknown people are booked at once, a second message would tell whom the clinic knew.
        token = reminders.make_link(session, visit, request.language)
        texts.write(
            session,
            request,
            texts.BOOKED,
            key=f"online-booked-{request.public_id}",
            link=f"{base_url}/visit/{token}",
            appointment=visit,
        )
    return request


def _consent(session: Session, request: OnlineRequest, patient: Patient) -> None:
    """A yes to messages counts for the record only where the record has the very contact that was typed."""
    typed = request.typed
    if request.agreed_sms and typed["phone"] and patient.phone == typed["phone"]:
        messages.agree(session, patient, "sms", yes=True)
    if request.agreed_email and typed["email"] and patient.email.lower() == typed["email"].lower():
        messages.agree(session, patient, "email", yes=True)


def _let_go(session: Session, request: OnlineRequest) -> None:
    if request.hold_id is not None:
        scheduling.release(session, request.hold_id)
        request.hold_id = None
        session.flush()


def _decided(session: Session, request: OnlineRequest, state: str, note: str) -> None:
    before, request.state, request.note = request.state, state, note.strip()
    request.decided_at, request.decided_by = clock.now(), audit.actor().user_id
    session.flush()
    audit.record(
        session,
        f"online_request.{state}",
        patients=[request.patient_id] if request.patient_id else [],
        subject=f"online_request:{request.public_id}",
        category="schedule",
        changes={"state": [before, state]},
    )
    end_task(session, request, state)


def end_task(session: Session, request: OnlineRequest, what: str) -> None:
    """The request needs nobody any more: its task is done, and unless it was booked, so is a wish for another time."""
    wishes = () if what == "booked" else (f"online-{kind}-{request.public_id}" for kind in WISHES)
    tasks.end(session, what.capitalize(), f"online-{request.public_id}", *wishes)


def release_place(session: Session, request: OnlineRequest) -> None:
    """Let the place of a request go that its own person gives up."""
    _let_go(session, request)
    _decided(session, request, "withdrawn", "Given up by the person")


def _lock(
    session: Session, request: OnlineRequest, version: int, word: str, patient_id: int | None = None
) -> bool:
    """Lock the request; true when the same click has done it already."""
    session.scalars(
        select(OnlineRequest)
        .where(OnlineRequest.id == request.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if request.state == "requested":
        if request.version != version:
            raise RequestChanged("This request changed since you opened it. Look at it again.")
        return False
    mine = request.decided_at is not None and request.decided_by == audit.actor().user_id
    same = {"booked": patient_id in (None, request.patient_id), "declined": True}
    if mine and word == request.state and same[word]:
        return True
    words = {
        "booked": "was booked",
        "declined": "was declined",
        "withdrawn": "was given up by the person",
        "lapsed": "has lapsed",
    }
    raise RequestChanged(f"This request {words.get(request.state, 'is no longer here')} meanwhile.")


def alike(session: Session, requests: Sequence[OnlineRequest]) -> dict[int, patients.LookAlike]:
    """The likeliest record of each request, by the request's number; a request without any is missing."""
    found = {each.id: look_alikes(session, each) for each in requests}
    return {number: likes[0] for number, likes in found.items() if likes}
