"""The references: a bare prototype of our stack, and the bare driver.

BARE is what performance.md calls the bare prototype: Flask, SQLAlchemy and Jinja on the same rows, without login,
permission, audit or the clinic's rules. RAW is the driver alone: the same rows read or written, nothing drawn.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

import psycopg
from flask import Flask, Response, request
from jinja2 import DictLoader
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.db import new_public_id
from clinic.models import (
    Account,
    Appointment,
    AppointmentMove,
    EntryKind,
    JournalEntry,
    OpenItem,
    Patient,
    Posting,
    Receipt,
    RenderingProvider,
    UnappliedItem,
    VisitType,
)

ENDED = (
    "cancelled_patient",
    "cancelled_clinic",
    "late_cancel",
    "no_show",
    "rescheduled",
    "left_without_being_seen",
)
TEMPLATES = {
    "page.html": """<!doctype html><html lang="en"><head><title>{{ title }}</title></head><body><header><nav>
{% for item in ("Schedule", "Check-in", "Patients", "Payments", "Day close") %}<a href="/">{{ item }}</a>{% endfor %}
</nav></header><main><h1>{{ title }}</h1>{% block main %}{% endblock %}</main></body></html>""",
    "day.html": """{% extends "page.html" %}{% block main %}{% for name, visits in columns %}<section><h2>{{ name }}</h2>
{% for v in visits %}<article class="visit {{ v.status }}" id="a{{ v.id }}" data-version="{{ v.version }}">
<a href="/appointments/{{ v.public_id }}"><time>{{ v.starts_at.astimezone(zone).strftime("%H:%M") }}</time>
<b>{{ v.last_name|upper }}, {{ v.first_name }}</b> <span>{{ v.born_on.strftime("%m/%d/%Y") }} {{ v.mrn }}
{{ v.phone }}</span><span>{{ v.reason }}</span> <i>{{ v.status }}</i></a>
<form method="post" action="/appointments/{{ v.public_id }}/arrival"><input type="hidden" name="version"
value="{{ v.version }}"><button type="submit">Arrived</button></form></article>{% endfor %}</section>{% endfor %}
{% endblock %}""",
    "found.html": """<table><tbody>{% for p in found %}<tr><td><a href="/patients/{{ p.public_id }}">
{{ p.last_name|upper }}, {{ p.first_name }}</a></td><td>{{ p.born_on.strftime("%m/%d/%Y") }}</td><td>{{ p.sex }}</td>
<td>{{ p.mrn }}</td><td>{{ p.phone }}</td></tr>{% endfor %}</tbody></table>""",
}
DAY_SQL = """
SELECT a.id, a.public_id, a.provider_id, a.starts_at, a.ends_at, a.status, a.reason, a.version, p.first_name,
       p.last_name, p.born_on, p.sex, p.mrn, p.phone, v.name, payer.name, c.effective_on, c.terminated_on, c.copay, owed.amount
  FROM appointment a JOIN patient p ON p.id = a.patient_id JOIN visit_type v ON v.id = a.visit_type_id
  LEFT JOIN LATERAL (SELECT * FROM coverage WHERE patient_id = a.patient_id AND position = 1
                     ORDER BY effective_on DESC LIMIT 1) c ON true
  LEFT JOIN payer ON payer.id = c.payer_id
  LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM open_item
                     WHERE patient_id = a.patient_id AND bucket = 'patient' AND amount <> 0) owed ON true
 WHERE a.starts_at >= %s AND a.starts_at < %s ORDER BY a.starts_at, a.id"""
FIND_SQL = """
SELECT p.public_id, p.mrn, p.first_name, p.middle_name, p.last_name, p.suffix, p.born_on, p.sex, p.phone,
       (SELECT max(starts_at) FROM appointment a WHERE a.patient_id = p.id AND a.out_at IS NOT NULL)
  FROM patient p WHERE p.name_key LIKE %s ORDER BY p.name_key USING ~<~, p.first_key, p.id LIMIT 50"""
BUSY_SQL = """
SELECT 1 FROM appointment WHERE provider_id = %s AND starts_at < %s AND ends_at > %s AND status <> ALL (%s) LIMIT 1"""
BOOK_SQL = """
INSERT INTO appointment (public_id, patient_id, provider_id, visit_type_id, starts_at, ends_at, reason, status,
                         overbooked, overbook_reason, cancel_reason, booked_at, version)
VALUES (%s, %s, %s, 1, %s, %s, 'Follow-up', 'booked', false, '', '', now(), 1) RETURNING id"""
MOVE_SQL = """
INSERT INTO appointment_move (appointment_id, at, from_status, to_status, note) VALUES (%s, now(), '', 'booked', '')"""
ITEMS_SQL = """
SELECT id, charge_id, amount FROM open_item WHERE guarantor_id = %s AND bucket = 'patient' AND amount > 0
 ORDER BY responsible_on, id FOR UPDATE"""


def day_raw(raw: psycopg.Connection, begins: datetime, ends: datetime) -> int:
    return len(raw.execute(DAY_SQL, (begins, ends)).fetchall())


def find_raw(raw: psycopg.Connection, start: str) -> int:
    return len(raw.execute(FIND_SQL, (f"{start}%",)).fetchall())


def book_raw(raw: psycopg.Connection, patient: int, provider: int, begins: datetime, ends: datetime) -> None:
    """Conflict check, insert, committed."""
    with raw.transaction():
        if raw.execute(BUSY_SQL, (provider, ends, begins, list(ENDED))).fetchone():
            raise ValueError("the place was taken")
        row = raw.execute(BOOK_SQL, (new_public_id(), patient, provider, begins, ends)).fetchone()
        raw.execute(MOVE_SQL, row)


def pay_raw(raw: psycopg.Connection, guarantor: int, cents: int, number: int) -> None:
    """A receipt, its entry and its application to the oldest open items, committed."""
    with raw.transaction():
        today = clock.today()
        items = raw.execute(ITEMS_SQL, (guarantor,)).fetchall()
        receipt = _one(
            raw,
            "INSERT INTO receipt (public_id, number, guarantor_id, amount, method, reference, purpose, received_on, "
            "received_at) VALUES (%s, %s, %s, %s, 'cash', '', 'statement', %s, now()) RETURNING id",
            (new_public_id(), f"RAW-{number}", guarantor, cents, today),
        )
        entry = _entry(raw, "patient_receipt", guarantor, receipt, f"raw:{number}")
        _postings(raw, entry, [("cash", cents, None, receipt), ("unapplied_patient", -cents, None, receipt)])
        left = cents
        entry = _entry(raw, "application", guarantor, receipt, f"raw:{number}:apply")
        for item, charge, amount in items:
            part = min(left, amount)
            _postings(
                raw,
                entry,
                [
                    ("unapplied_patient", part, charge, receipt),
                    ("patient_receivable", -part, charge, receipt),
                ],
            )
            raw.execute("UPDATE open_item SET amount = amount - %s WHERE id = %s", (part, item))
            left -= part
            if not left:
                break
        raw.execute(
            "INSERT INTO unapplied_item (receipt_id, guarantor_id, amount) VALUES (%s, %s, %s)",
            (receipt, guarantor, left),
        )


def commit_raw(raw: psycopg.Connection) -> None:
    """The smallest change there is, committed: what this disk takes for it."""
    raw.execute(
        "INSERT INTO control_number (partner, kind, last) VALUES ('bench', 'commit', 1) "
        "ON CONFLICT (partner, kind) DO UPDATE SET last = control_number.last + 1"
    )


def _entry(raw: psycopg.Connection, kind: str, guarantor: int, receipt: int, key: str) -> int:
    return _one(
        raw,
        "INSERT INTO journal_entry (public_id, kind, guarantor_id, receipt_id, posted_on, created_at, memo, cause, "
        "idempotency_key) VALUES (%s, %s, %s, %s, %s, now(), 'Payment', '{}', %s) RETURNING id",
        (new_public_id(), kind, guarantor, receipt, clock.today(), key),
    )


def _postings(raw: psycopg.Connection, entry: int, lines: list[tuple[str, int, int | None, int]]) -> None:
    with raw.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO posting (entry_id, account, amount, charge_id, receipt_id, reason) VALUES (%s, %s, %s, %s, %s, '')",
            [(entry, *line) for line in lines],
        )


def _one(raw: psycopg.Connection, statement: str, values: tuple[object, ...]) -> int:
    row = raw.execute(statement, values).fetchone()
    assert row is not None  # noqa: S101  an INSERT … RETURNING gives its row
    return int(row[0])


def prototype(engine: Engine) -> Flask:
    """The bare prototype: `/day`, `/find`, `/book`, `/pay` on the given database."""
    app = Flask("bare")
    app.jinja_env.loader = DictLoader(TEMPLATES)

    def draw(name: str, **context: object) -> str:
        return app.jinja_env.get_template(name).render(**context)

    @app.get("/day/<day>")
    def day(day: str) -> str:
        begins, ends = clock.day_bounds(datetime.fromisoformat(day).date())
        with Session(engine) as session:
            providers = session.execute(select(RenderingProvider.id, RenderingProvider.last_name)).all()
            names = {row.id: row.last_name for row in providers}
            rows = session.execute(
                select(
                    Appointment.id, Appointment.public_id, Appointment.provider_id, Appointment.starts_at,
                    Appointment.status, Appointment.reason, Appointment.version, Patient.first_name,
                    Patient.last_name, Patient.born_on, Patient.mrn, Patient.phone, VisitType.name,
                )
                .join(Patient, Patient.id == Appointment.patient_id)
                .join(VisitType, VisitType.id == Appointment.visit_type_id)
                .where(Appointment.starts_at >= begins, Appointment.starts_at < ends)
                .order_by(Appointment.provider_id, Appointment.starts_at)
            ).all()  # fmt: skip
        columns = [
            (names[key], list(visits)) for key, visits in groupby(rows, key=lambda row: row.provider_id)
        ]
        return draw("day.html", title=f"Schedule {day}", columns=columns, zone=clock.zone())

    @app.post("/find")
    def find() -> str:
        with Session(engine) as session:
            found = session.scalars(
                select(Patient)
                .where(Patient.name_key.startswith(request.form["q"]))
                .order_by(Patient.name_key, Patient.first_key)
                .limit(50)
            ).all()
            return draw("found.html", found=found)

    @app.post("/book")
    def book() -> Response:
        begins = datetime.fromisoformat(request.form["begins"])
        ends = begins + timedelta(minutes=int(request.form["minutes"]))
        provider = int(request.form["provider"])
        with Session(engine) as session, session.begin():
            busy = select(Appointment.id).where(
                Appointment.provider_id == provider, Appointment.starts_at < ends, Appointment.ends_at > begins,
                Appointment.status.not_in(ENDED),
            )  # fmt: skip
            if session.scalar(busy.limit(1)):
                return Response("taken", 409)
            made = Appointment(
                patient_id=int(request.form["patient"]), provider_id=provider, visit_type_id=1, starts_at=begins,
                ends_at=ends, reason="Follow-up", booked_at=clock.now(),
            )  # fmt: skip
            session.add(made)
            session.flush()
            session.add(
                AppointmentMove(appointment_id=made.id, at=clock.now(), from_status="", to_status="booked")
            )
        return Response("", 303, {"Location": f"/day/{begins:%Y-%m-%d}"})

    @app.post("/pay")
    def pay() -> Response:
        amount, guarantor = Decimal(request.form["amount"]), int(request.form["guarantor"])
        with Session(engine) as session, session.begin():
            _pay(session, guarantor, amount, request.form["key"])
        return Response("", 303, {"Location": "/"})

    return app


def _pay(session: Session, guarantor: int, amount: Decimal, key: str) -> None:
    """A payment on the oldest open items as a prototype would write it."""
    number = session.scalar(select(func.nextval(func.pg_get_serial_sequence("receipt", "id"))))
    receipt = Receipt(id=number, number=f"B-{number}", guarantor_id=guarantor, amount=amount, method="cash",
                      received_on=clock.today(), received_at=clock.now())  # fmt: skip
    unapplied = UnappliedItem(receipt_id=number, guarantor_id=guarantor, amount=amount)
    session.add_all([receipt, unapplied])
    session.flush()
    taken = JournalEntry(kind=EntryKind.PATIENT_RECEIPT, guarantor_id=guarantor, receipt_id=number, memo="Payment",
                         posted_on=clock.today(), created_at=clock.now(), idempotency_key=key)  # fmt: skip
    taken.postings = [
        Posting(account=Account.CASH, amount=amount, receipt_id=number),
        Posting(account=Account.UNAPPLIED_PATIENT, amount=-amount, receipt_id=number),
    ]
    applied = JournalEntry(kind=EntryKind.APPLICATION, guarantor_id=guarantor, receipt_id=number, memo="Payment",
                           posted_on=clock.today(), created_at=clock.now(), idempotency_key=f"{key}:apply")  # fmt: skip
    items = session.scalars(
        select(OpenItem)
        .where(OpenItem.guarantor_id == guarantor, OpenItem.bucket == "patient", OpenItem.amount > 0)
        .order_by(OpenItem.responsible_on, OpenItem.id)
        .with_for_update()
    )
    for item in items:
        part = min(unapplied.amount, item.amount)
        applied.postings += [
            Posting(
                account=Account.UNAPPLIED_PATIENT, amount=part, receipt_id=number, charge_id=item.charge_id
            ),
            Posting(
                account=Account.PATIENT_RECEIVABLE, amount=-part, receipt_id=number, charge_id=item.charge_id
            ),
        ]
        item.amount -= part
        unapplied.amount -= part
        if not unapplied.amount:
            break
    session.add_all([taken, applied])
