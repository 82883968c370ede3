"""The kinds of visits, and the rooms and devices they need: written here, with before and after on record (A5)."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.models import Device, RenderingProvider, Room, VisitType
from clinic.scheduling.errors import SchedulingError


class VisitTypeRefused(SchedulingError):
    """What cannot be saved; `field` is the form field the sentence speaks of."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def save(session: Session, row: VisitType, version: int | None = None, **values: Any) -> VisitType:
    """Write a visit type, new or known; visits that are booked keep their length, room and device.

    Raises VisitTypeRefused for a taken name or a provider's part outside the visit, and for an old `version`.
    """
    minutes, start, end = values["minutes"], values["provider_from"], values["provider_until"]
    if start >= minutes:
        raise VisitTypeRefused(
            f"The visit lasts {minutes} minutes: the provider must begin before.", "provider_from"
        )
    if end is not None and not start < end <= minutes:
        raise VisitTypeRefused(
            f"The provider's part ends after it begins, and within the {minutes} minutes.", "provider_until"
        )
    if row.id is not None:
        session.refresh(row, with_for_update=True)
        if row.version != version:
            raise VisitTypeRefused("Somebody changed this visit type meanwhile. Open it again.", "name")
    else:
        row.position = (session.scalar(select(func.max(VisitType.position))) or 0) + 1
    _free_name(session, VisitType, row.id, values["name"])
    _write(session, row, "visit_type.save", values)
    return row


def retire(session: Session, row: VisitType, active: bool) -> None:
    """A retired type is offered no more; its visits stay. The same again changes nothing."""
    if row.active != active:
        _write(session, row, "visit_type.retire", {"active": active})


def save_place(session: Session, row: Room | Device, **values: Any) -> Room | Device:
    """Write a room or a device; raises VisitTypeRefused for a name that is taken."""
    _free_name(session, type(row), row.id, values["name"])
    if row.id is None:
        row.position = (session.scalar(select(func.max(type(row).position))) or 0) + 1
    _write(session, row, f"{row.__tablename__}.save", values)
    return row


def takers(session: Session, kind: VisitType | None) -> list[RenderingProvider]:
    """Who works here and takes visits of a type, or (None) of any, as the calendar has them in order (A5)."""
    query = select(RenderingProvider).where(RenderingProvider.active)
    if kind is not None and kind.provider_ids:
        query = query.where(RenderingProvider.id.in_(kind.provider_ids))
    return list(session.scalars(query.order_by(RenderingProvider.position, RenderingProvider.id)))


def kinds(session: Session, table: type[Room] | type[Device]) -> list[str]:
    """The kinds of rooms or devices that there are."""
    return list(session.scalars(select(table.kind).where(table.active).distinct().order_by(table.kind)))


def _free_name(
    session: Session, table: type[VisitType] | type[Room] | type[Device], own: int | None, name: str
) -> None:
    with session.no_autoflush:
        other = session.scalar(
            select(table.id).where(func.lower(table.name) == name.lower(), table.id != (own or 0))
        )
    if other is not None:
        raise VisitTypeRefused(
            f"There is a {table.__tablename__.replace('_', ' ')} named {name} already.", "name"
        )


def _write(session: Session, row: VisitType | Room | Device, action: str, values: dict[str, Any]) -> None:
    changes = {
        name: [_plain(getattr(row, name)), _plain(value)]
        for name, value in values.items()
        if getattr(row, name) != value
    }
    if not changes and row.id is not None:
        return
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    audit.record(session, action, subject=f"{row.__tablename__}:{row.public_id}", changes=changes)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool | list) else str(value)
