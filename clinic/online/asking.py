"""A request from the form to the desk: what was typed, the code that shows whose contact it is, the place (A10)."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, keys, messages, scheduling, tasks
from clinic.db import ClinicError, new_public_id
from clinic.models import Appointment, OnlineRequest
from clinic.online import limits, reviewing, texts
from clinic.online.times import HELD_FOR, UNTIL_DECIDED, PlaceGone, keep, live

CODE_LASTS = timedelta(minutes=10)
WRONG_CODES, CODES = 5, 4


class RequestGone(ClinicError):
    """There is no such request any more."""


class TooManyCodes(ClinicError):
    """No more codes for this request or this contact."""


@dataclass(frozen=True)
class Asked:
    """What the form brings: `typed` as cleaned text, and the choices beside it."""

    typed: dict[str, str]
    says_new: bool
    channel: str
    language: str
    agreed_sms: bool
    agreed_email: bool

    @property
    def contact(self) -> str:
        return self.typed["phone" if self.channel == "sms" else "email"]


def begin(session: Session, held: Appointment, asked: Asked, *, key: str) -> OnlineRequest:
    """Keep what was typed and send a code; raises limits.TooMany for a contact that got too many.

    The same `key` again (a second click, the back button) is the same request: what was mended is kept, and a new
    code goes out only to another contact. Nothing is compared with any record before the code was right.
    """
    request = session.scalar(select(OnlineRequest).where(OnlineRequest.key == key).with_for_update())
    if request is not None and request.state != "typing":
        return request
    contact = messages.address_index(asked.channel, asked.contact)
    known = request is not None and request.contact_index == contact
    request = request or OnlineRequest(public_id=new_public_id(), key=key, made_at=clock.now())
    request.keep_typed(asked.typed)
    request.visit_type_id, request.provider_id = held.visit_type_id, held.provider_id
    request.starts_at, request.ends_at, request.hold_id = held.starts_at, held.ends_at, held.id
    request.says_new, request.language, request.channel = asked.says_new, asked.language, asked.channel
    request.agreed_sms, request.agreed_email = asked.agreed_sms, asked.agreed_email
    request.contact_index = contact
    # The code is on its way: the time to type it counts anew.
    held.held_until = clock.now() + HELD_FOR
    session.add(request)
    session.flush()
    if not known:
        request.verified_at = None
        _send_code(session, request)
    audit.record(
        session, "online_request.type", subject=f"online_request:{request.public_id}", category="schedule"
    )
    return request


def send_again(session: Session, public_id: str) -> OnlineRequest:
    """A new code, which ends the older one; raises TooManyCodes when there were enough."""
    request = _locked(session, public_id)
    if request.state != "typing":
        return request
    if request.codes_sent >= CODES:
        raise TooManyCodes("No more codes for this request.")
    try:
        _send_code(session, request)
    except limits.TooMany as many:
        raise TooManyCodes("No more codes for this contact.") from many
    return request


def check_code(session: Session, public_id: str, code: str, base_url: str) -> tuple[OnlineRequest, str]:
    """ "done", "wrong" (also for an old code), "used_up" from the fifth wrong try on, or "gone" when the place was lost meanwhile.

    The caller commits in any case: a wrong try is counted. A second click finds it done.
    """
    request = _locked(session, public_id)
    if request.state != "typing":
        return request, "done"
    if request.verified_at is None and not _is_right(request, code):
        request.wrong_codes += 1
        audit.record(
            session,
            "online_request.wrong_code",
            subject=f"online_request:{request.public_id}",
            category="schedule",
            outcome="refused",
        )
        return request, "used_up" if request.wrong_codes >= WRONG_CODES else "wrong"
    request.verified_at = request.verified_at or clock.now()
    request.code_index = None
    held = session.get(Appointment, request.hold_id) if request.hold_id else None
    if held is None or live(session, held.public_id) is None:
        try:
            held = scheduling.hold(
                session,
                request.provider,
                request.visit_type,
                request.starts_at,
                lasts=HELD_FOR,
                why=UNTIL_DECIDED,
            )
        except scheduling.SchedulingError:
            return request, "gone"
    _hand_in(session, request, held, base_url)
    return request, "done"


def choose_again(session: Session, public_id: str, at: str, *, key: str, base_url: str) -> OnlineRequest:
    """Another time for a request whose place was lost while the code was on its way; raises PlaceGone."""
    request = _locked(session, public_id)
    if request.state != "typing":
        return request
    if request.verified_at is None:
        raise PlaceGone("The code comes first.")
    held = keep(session, request.visit_type, at, key=key)
    request.provider_id, request.starts_at, request.ends_at = held.provider_id, held.starts_at, held.ends_at
    session.flush()
    session.expire(request, ["provider"])
    _hand_in(session, request, held, base_url)
    return request


def _hand_in(session: Session, request: OnlineRequest, held: Appointment, base_url: str) -> None:
    """The request stands: its place is kept until the desk has looked, and the person has a link."""
    held.held_until, held.held_for = request.starts_at, UNTIL_DECIDED
    token = secrets.token_urlsafe(16)
    request.hold_id, request.state = held.id, "requested"
    request.token_index = keys.blind_index(token, "online_request")
    session.flush()
    audit.record(
        session, "online_request.make", subject=f"online_request:{request.public_id}", category="schedule"
    )
    texts.write(
        session,
        request,
        texts.RECEIVED,
        key=f"online-received-{request.public_id}",
        link=f"{base_url}/book/{token}",
    )
    if not reviewing.book_unknown(session, request):
        tasks.add(
            session,
            "online",
            "A visit was asked for online. Say who it is.",
            key=f"online-{request.public_id}",
            subject=f"online_request:{request.public_id}",
            due_on=clock.today(),
        )


def _send_code(session: Session, request: OnlineRequest) -> None:
    limits.count_contact(session, request.contact_index)
    code = f"{secrets.randbelow(1_000_000):06d}"
    request.code_index = _digest(request, code)
    request.code_until = clock.wall_now() + CODE_LASTS
    request.codes_sent = (request.codes_sent or 0) + 1
    request.wrong_codes = 0
    session.flush()
    texts.write(
        session,
        request,
        texts.CODE,
        kind="online_code",
        key=f"online-code-{request.public_id}-{request.codes_sent}",
        code=code,
    )


def _is_right(request: OnlineRequest, code: str) -> bool:
    digits = "".join(each for each in code if each.isascii() and each.isdigit())
    if request.code_index is None or request.code_until is None or request.wrong_codes >= WRONG_CODES:
        return False
    if request.code_until < clock.wall_now():
        return False
    return hmac.compare_digest(request.code_index, _digest(request, digits))


def _digest(request: OnlineRequest, code: str) -> bytes:
    return keys.blind_index(f"{request.public_id}:{code}", "online_code")


def _locked(session: Session, public_id: str) -> OnlineRequest:
    found = session.scalar(
        select(OnlineRequest)
        .where(OnlineRequest.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise RequestGone("This request is no longer here.")
    return found
