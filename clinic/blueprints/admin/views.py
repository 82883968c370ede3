"""Overview, audit trail and verification; users, payers and fees stand beside this file."""

from datetime import timedelta
from typing import Any

from flask import Response, request
from sqlalchemy import func, select

from clinic import audit, clock, db, formats, verify
from clinic.blueprints.admin import (
    fees,
    payers,
    practice,
    schedule_days,
    schedule_hours,
    schedule_places,
    schedule_types,
    users,
)
from clinic.blueprints.admin.blueprint import bp
from clinic.models import AuditEvent, Patient, StoredFile, User, UserSession, Work
from clinic.web import audit_words, render, requires, viewed

__all__ = [
    "bp",
    "fees",
    "payers",
    "practice",
    "schedule_days",
    "schedule_hours",
    "schedule_places",
    "schedule_types",
    "users",
]
PAGE = 50


@bp.get("/")
@requires("user.edit")
def index() -> Response:
    """What an administrator looks at first: who is in, what failed, whether the records hold."""
    now = clock.wall_now()
    signed_in = db.session.scalar(
        select(func.count(func.distinct(UserSession.user_id))).where(
            UserSession.seen_at > now - timedelta(minutes=15)
        )
    )
    locked = db.session.scalars(select(User).where(User.locked_until > now).order_by(User.name)).all()
    failed = db.session.scalars(
        select(Work).where(Work.state == "failed").order_by(Work.id.desc()).limit(20)
    ).all()
    waiting = db.session.scalar(select(func.count()).where(Work.state.in_(("waiting", "running"))))
    unread = db.session.scalars(
        select(StoredFile)
        .where(StoredFile.state.in_(("unreadable", "refused")))
        .order_by(StoredFile.id.desc())
        .limit(20)
    ).all()
    return render(
        "admin/index.html",
        signed_in=signed_in or 0,
        users=db.session.scalar(select(func.count()).where(User.active)) or 0,
        locked=locked,
        failed=failed,
        waiting=waiting or 0,
        unread=unread,
        tail=audit.tail_code(db.session()),
    )


@bp.get("/audit", endpoint="audit")
@requires("audit.view")
def audit_trail() -> Response:
    """Who saw and changed what, newest first; the filters stand in the address."""
    wanted = {name: request.args.get(name, "").strip() for name in ("user", "mrn", "action", "on", "before")}
    query = select(AuditEvent).order_by(AuditEvent.id.desc())
    error = ""
    if wanted["user"]:
        query = query.join(User, User.id == AuditEvent.user_id).where(User.public_id == wanted["user"])
    patient = None
    if wanted["mrn"]:
        patient = db.session.scalar(select(Patient).where(Patient.mrn == wanted["mrn"]))
        query = query.where(AuditEvent.patient_ids.contains([patient.id if patient else 0]))
    if wanted["action"]:
        query = query.where(AuditEvent.action.contains(wanted["action"], autoescape=True))
    if wanted["on"]:
        try:
            start, end = clock.day_bounds(formats.parse_date(wanted["on"]))
            query = query.where(AuditEvent.at >= start, AuditEvent.at < end)
        except ValueError as wrong:
            error = str(wrong)
    before = formats.whole(wanted["before"])
    if before is not None:
        query = query.where(AuditEvent.id < before)
    rows = list(db.session.scalars(query.limit(PAGE + 1)))
    # The page names two patients of each event, so only they are looked up and on record as seen.
    seen = {number for row in rows[:PAGE] for number in row.patient_ids[:2]}
    people = {
        found.id: found for found in db.session.scalars(select(Patient).where(Patient.id.in_(seen or {0})))
    }
    if patient is not None:
        seen.add(patient.id)
    if seen:
        viewed("audit", *seen)
    return render(
        "admin/audit.html",
        "admin/_audit_rows.html",
        422 if error else 200,
        rows=rows[:PAGE],
        more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        wanted=wanted,
        error=error,
        people=people,
        words=audit_words.words,
        detail=audit_words.detail,
        who=audit_words.who,
        **clock_of_the_trail(),
        users=db.session.scalars(select(User).order_by(User.name)).all(),
        result=None,
    )


def clock_of_the_trail() -> dict[str, Any]:
    """What `rehearsal/_true_time.html` says of the trail: no rehearsal may move its time (T3)."""
    return {
        "days_ahead": clock.days_ahead(),
        "true_now": clock.wall_now(),
        "kept": "The audit trail and the times of signing in keep",
    }


@bp.get("/verify", endpoint="verify")
@requires("audit.verify")
def verify_page() -> Response:
    return render("admin/verify.html", results=None, checked_at=None)


@bp.post("/verify")
@requires("audit.verify")
def run_verify() -> Response:
    """Recompute every promise and show each; what is broken names its first wrong row."""
    results = list(verify.checks(db.session()))
    good = all(result.ok for result in results)
    with db.transaction() as session:
        audit.record(session, "verify.run", outcome="done" if good else "broken")
    return render("admin/verify.html", "admin/_verify.html", results=results, checked_at=clock.wall_now())
