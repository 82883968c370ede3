"""Visits that repeat: the rule in wall time with its exceptions, and every change of many visits at once (A7, A8)."""

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.access import User
    from clinic.models.patients import Patient
    from clinic.models.practice import RenderingProvider
    from clinic.models.scheduling import VisitType


class AppointmentSeries(Base):
    """One patient's visits by a rule: local wall time and zone, weekdays, every so many weeks, so often or until a day.

    The rule is what was booked and stays so; `skipped` are its dates without a visit, and a visit that stands
    elsewhere than on its `series_on` is the other kind of exception. Later rules stand in the changes. `key` is the
    form's: the second click brings the first one's series.
    """

    __tablename__ = "appointment_series"
    __table_args__ = (
        CheckConstraint("every > 0", name="every_positive"),
        CheckConstraint("(times IS NULL) <> (until_on IS NULL)", name="one_end"),
        CheckConstraint("cardinality(weekdays) > 0", name="weekdays_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("patient_case.id"))
    self_pay: Mapped[bool] = mapped_column(default=False, server_default="false")  # the plan is not used
    minutes: Mapped[int]
    zone: Mapped[str]  # IANA name
    wall_time: Mapped[time]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer))  # 0 Monday
    every: Mapped[int]  # weeks
    first_on: Mapped[date]
    times: Mapped[int | None]
    until_on: Mapped[date | None]
    skipped: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list, server_default="{}")
    reason: Mapped[str] = mapped_column(default="")
    booked_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped["Patient"] = relationship()
    provider: Mapped["RenderingProvider"] = relationship()
    visit_type: Mapped["VisitType"] = relationship()
    __mapper_args__ = {"version_id_col": version}


class SeriesChange(Base):
    """One thing done to many visits of a series: `kind` is book, extend, move or cancel, `scope` this, following or all.

    `rule` is what a move put in place of the rule from `from_on` on (wall_time, weekdays, provider_id, and by our own
    numbers the visits that it `reached`), or the new end that further visits gave it (times or until_on; `key` is their
    form's). `seen` is the mark of the form that moved or cancelled: its second click is known by it. The visits' own
    history names the change, so that it is taken back as one: `undone_at`.
    """

    __tablename__ = "series_change"
    __table_args__ = (
        CheckConstraint("kind in ('book', 'extend', 'move', 'cancel')", name="kind_known"),
        CheckConstraint("scope in ('this', 'following', 'all')", name="scope_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    series_id: Mapped[int] = mapped_column(ForeignKey("appointment_series.id"), index=True)
    kind: Mapped[str]
    scope: Mapped[str]
    from_on: Mapped[date]
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    visits: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_at: Mapped[datetime | None]
    user: Mapped["User | None"] = relationship()
