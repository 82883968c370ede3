"""Addresses where a calendar program reads a provider's visits: shown once, hashed, revocable at once."""

import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, keys
from clinic.models import Appointment, CalendarFeed, RenderingProvider
from clinic.models.scheduling import NO_VISIT

PAST = timedelta(days=14)
AHEAD = timedelta(days=120)


def make_feed(session: Session, provider: RenderingProvider, label: str) -> tuple[CalendarFeed, str]:
    """A new feed and its token; the token is shown now and never again."""
    token = secrets.token_urlsafe(24)
    feed = CalendarFeed(
        provider_id=provider.id,
        token_index=keys.blind_index(token, "calendar_feed"),
        label=label.strip(),
        made_by=audit.actor().user_id,
        made_at=clock.now(),
    )
    session.add(feed)
    session.flush()
    audit.record(
        session, "calendar_feed.make", subject=f"calendar_feed:{feed.public_id}", category="schedule"
    )
    return feed, token


def revoke_feed(session: Session, feed: CalendarFeed) -> None:
    """Make the address worthless at once; a second click changes nothing."""
    session.refresh(feed, with_for_update=True)
    if feed.revoked_at is None:
        feed.revoked_at = clock.now()
        audit.record(
            session, "calendar_feed.revoke", subject=f"calendar_feed:{feed.public_id}", category="schedule"
        )


def open_feed(session: Session, token: str) -> tuple[CalendarFeed, list[Appointment]] | None:
    """The feed behind a token with its visits; None for an unknown or revoked one."""
    feed = session.scalar(
        select(CalendarFeed)
        .where(
            CalendarFeed.token_index == keys.blind_index(token, "calendar_feed"),
            CalendarFeed.revoked_at.is_(None),
        )
        .options(joinedload(CalendarFeed.provider))
    )
    if feed is None:
        return None
    now = clock.now()
    feed.read_at = now
    visits = session.scalars(
        select(Appointment)
        .where(
            Appointment.provider_id == feed.provider_id,
            Appointment.starts_at > now - PAST,
            Appointment.starts_at < now + AHEAD,
            Appointment.status.not_in(NO_VISIT),
        )
        .options(joinedload(Appointment.patient))
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    return feed, list(visits)
