"""The clinic itself: its legal identity, its rendering providers, its rooms."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import Base, public_id_column


class Practice(Base):
    """The one clinic: what stands in loop 2010AA of its claims and at the head of its statements."""

    __tablename__ = "practice"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    legal_name: Mapped[str]
    npi: Mapped[str]
    tax_id: Mapped[str]
    tax_id_kind: Mapped[str] = mapped_column(default="EI")
    taxonomy: Mapped[str]
    address: Mapped[str]
    address2: Mapped[str] = mapped_column(default="")
    city: Mapped[str]
    state: Mapped[str]
    zip: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    edi_sender_id: Mapped[str]
    statement_min_days: Mapped[int] = mapped_column(default=30)
    statement_max_count: Mapped[int] = mapped_column(default=4)
    statement_due_days: Mapped[int] = mapped_column(default=21)
    # Minutes after which the flow board raises its voice: late, waiting, alone in the room, over the booked time.
    alert_late_minutes: Mapped[int] = mapped_column(default=10, server_default="10")
    alert_wait_minutes: Mapped[int] = mapped_column(default=15, server_default="15")
    alert_room_minutes: Mapped[int] = mapped_column(default=15, server_default="15")
    alert_over_minutes: Mapped[int] = mapped_column(default=10, server_default="10")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class RenderingProvider(Base):
    """Who sees patients and stands in loop 2310B."""

    __tablename__ = "rendering_provider"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    first_name: Mapped[str]
    last_name: Mapped[str]
    credential: Mapped[str] = mapped_column(default="")
    npi: Mapped[str]
    taxonomy: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    active_from: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    overlap_limit: Mapped[int] = mapped_column(default=1)  # how many visits at once without overbooking (A4)

    @property
    def name(self) -> str:
        """As on the calendar's column: "Helen Adams, MD"."""
        return provider_name(self.first_name, self.last_name, self.credential)


def provider_name(first_name: str, last_name: str, credential: str) -> str:
    """`Helen Adams, MD`."""
    return f"{first_name} {last_name}" + (f", {credential}" if credential else "")


class Room(Base):
    """A room holds one visit at a time; a visit type asks for its `kind` (A4, A5)."""

    __tablename__ = "room"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default="exam")
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)


class RehearsalClock(Base):
    """How many days a rehearsing clinic lives ahead of the wall; one row, id 1."""

    __tablename__ = "rehearsal_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    days_ahead: Mapped[int] = mapped_column(default=0)


class ControlNumber(Base):
    """The last control number used with a partner, per kind (`isa`, `group`, `trace`, `claim`, …)."""

    __tablename__ = "control_number"

    partner: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
