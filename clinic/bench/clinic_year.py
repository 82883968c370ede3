"""A synthetic clinic-year through COPY: patients, coverages, appointments, charges and the journal behind them.

Deterministic by seed. Invented people only. The ledger's rows are loaded without their triggers, which would take
longer than the measuring, and one statement at the end shows what the triggers would have.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import psycopg

from clinic import clock
from clinic.bench.scale import MINUTES, PROVIDERS, VISITS_A_DAY, Scale
from clinic.formats import fold

FIRST = [
    "Ana",
    "Ben",
    "Carla",
    "Daniel",
    "Elena",
    "Frank",
    "Grace",
    "Hugo",
    "Iris",
    "James",
    "Karen",
    "Liam",
    "Maria",
    "Noah",
    "Olivia",
    "Paul",
    "Quinn",
    "Rosa",
]
STARTS = [
    "Al",
    "Bar",
    "Car",
    "Dor",
    "Es",
    "Fer",
    "Gar",
    "Har",
    "Jo",
    "Kel",
    "Lin",
    "Mor",
    "New",
    "Or",
    "Par",
    "Ros",
    "San",
    "Tor",
    "Wal",
    "Whit",
]
MIDDLES = ["a", "an", "ber", "cas", "den", "el", "fi", "gan", "han", "in"]
ENDS = ["son", "ton", "field", "man", "ez", "ley", "ford", "well", "ini", "berg"]
FEES = (8_500, 12_500, 16_000, 21_000, 3_200)
UNPAID_BY_INSURANCE, UNPAID_BY_PATIENT = 0.015, 0.03
NULL = "\\N"


@dataclass(frozen=True)
class Visit:
    """What an appointment of the past gives to charges."""

    id: int
    patient: int
    provider: int
    on: date


def connect(url: str) -> psycopg.Connection:
    """A bare connection of the driver to one of our addresses."""
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))


def working_days(before: date, count: int) -> list[date]:
    """The last `count` working days before a day, oldest first."""
    found: list[date] = []
    day = before
    while len(found) < count:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            found.append(day)
    return found[::-1]


def copy(connection: psycopg.Connection, table: str, columns: str, rows: Iterable[str]) -> None:
    """Rows as tab-separated text, in blocks, then the table's own numbering set behind them."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as sink:
            block: list[str] = []
            for row in rows:
                block.append(row)
                if len(block) == 5_000:
                    sink.write("\n".join(block) + "\n")
                    block = []
            if block:
                sink.write("\n".join(block) + "\n")
        if columns.startswith("id,"):
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM " + table + "))",  # noqa: S608
                (table,),
            )


def load_patients(connection: psycopg.Connection, scale: Scale, first: int, last: int) -> None:
    """Patients `first` to `last` by id, each with a guarantor and a primary coverage."""
    chance = random.Random(scale.seed + first)
    now = clock.now().isoformat()
    guarantors, patients, coverages = [], [], []
    for number in range(first, last + 1):
        given = chance.choice(FIRST)
        family = chance.choice(STARTS) + chance.choice(MIDDLES) + chance.choice(ENDS)
        born = date(1935, 1, 1) + timedelta(days=chance.randrange(32_000))
        where = f"{100 + number % 900} N Alder St\t\tPortland\tOR\t972051234"
        phone = f"55501{number % 10_000:05d}"
        guarantors.append(
            f"{number}\tg{number:021d}\t{given}\t{family}\t{born}\t{where}\t+1{phone}\t\ten\tf\t\t1"
        )
        patients.append(
            f"{number}\tp{number:021d}\t{10_000 + number}\t{given}\t\t{family}\t\t{fold(family)}\t{fold(given)}\t{born}"
            f"\t{chance.choice('FM')}\t+1{phone}\t{phone}\t\t{where}\ten\t\t{number}\tself\t{now}\t1"
        )
        coverages.append(
            f"{number}\tc{number:021d}\t{number}\t{1 + number % 6}\t1\tPPO\tM{number:09d}\t\t18\t\t\t\t2015-01-01\t2500\t1"
        )
    copy(
        connection,
        "guarantor",
        "id, public_id, first_name, last_name, born_on, address, address2, city, state, zip, phone, email, language, "
        "bad_address, statement_hold, version",
        guarantors,
    )
    copy(
        connection,
        "patient",
        "id, public_id, mrn, first_name, middle_name, last_name, suffix, name_key, first_key, born_on, sex, phone, "
        "phone_digits, email, address, address2, city, state, zip, language, emergency_contact, guarantor_id, "
        "guarantor_relationship, created_at, version",
        patients,
    )
    copy(
        connection,
        "coverage",
        "id, public_id, patient_id, payer_id, position, plan_name, member_id, group_number, relationship_code, "
        "subscriber_first_name, subscriber_last_name, subscriber_sex, effective_on, copay, version",
        coverages,
    )


def load_appointments(
    connection: psycopg.Connection, scale: Scale, days: list[date], today: date, first: int, patients: int
) -> list[Visit]:
    """Every provider's full day for each of `days`; ids from `first`. Returns the visits that took place."""
    chance = random.Random(scale.seed * 31 + first)
    rows: list[str] = []
    kept: list[Visit] = []
    number = first
    for day in days:
        opening = clock.at(day, time(8))
        for provider in range(1, PROVIDERS + 1):
            for place in range(VISITS_A_DAY):
                status = _status(chance, day, today, place)
                patient = chance.randint(1, patients)
                rows.append(
                    _appointment(
                        number, patient, provider, opening + timedelta(minutes=MINUTES * place), status
                    )
                )
                if status == "checked_out":
                    kept.append(Visit(number, patient, provider, day))
                number += 1
    copy(
        connection,
        "appointment",
        "id, public_id, patient_id, provider_id, visit_type_id, starts_at, ends_at, reason, status, overbooked, "
        "overbook_reason, cancel_reason, booked_at, arrived_at, checked_in_at, roomed_at, out_at, version",
        rows,
    )
    return kept


def _status(chance: random.Random, day: date, today: date, place: int) -> str:
    if day > today:
        return "booked"
    if day == today:
        return ("checked_out", "roomed", "arrived", "confirmed", "booked")[min(place // 5, 4)]
    drawn = chance.random()
    return "checked_out" if drawn < 0.8 else "cancelled_patient" if drawn < 0.92 else "no_show"


def _appointment(number: int, patient: int, provider: int, start: datetime, status: str) -> str:
    end = start + timedelta(minutes=MINUTES)
    came = start.isoformat()
    arrived = came if status in ("arrived", "roomed", "checked_out") else NULL
    roomed = came if status in ("roomed", "checked_out") else NULL
    out = end.isoformat() if status == "checked_out" else NULL
    booked = (start - timedelta(days=14)).isoformat()
    return (
        f"{number}\ta{number:021d}\t{patient}\t{provider}\t1\t{came}\t{end.isoformat()}\tFollow-up\t{status}\tf\t\t\t"
        f"{booked}\t{arrived}\t{arrived}\t{roomed}\t{out}\t1"
    )


class Books:
    """The ledger's rows of past visits while they are written: ids are counted here."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.encounters: list[str] = []
        self.charges: list[str] = []
        self.entries: list[str] = []
        self.postings: list[str] = []
        self.open: list[str] = []
        self.receipts: list[str] = []
        self.unapplied: list[str] = []

    def visit(self, visit: Visit) -> None:
        """One visit with two lines or three."""
        number = len(self.encounters) + 1
        self.encounters.append(
            f"{number}\te{number:021d}\t{visit.id}\t{visit.patient}\t{visit.provider}\t{visit.on}\t11\t{{I10}}\tsigned\t1"
        )
        for position in range(1, 3 + (self.chance.random() < 0.5)):
            self._charge(visit, number, position)

    def _charge(self, visit: Visit, encounter: int, position: int) -> None:
        charge = len(self.charges) + 1
        amount = self.chance.choice(FEES)
        payer = 1 + visit.patient % 6
        self.charges.append(
            f"{charge}\tl{charge:021d}\t{encounter}\t{position}\t99213\t{{}}\tA\t1\t{amount}\t{amount}"
        )
        owes = f"\t{charge}\t{payer}\t{NULL}\t"
        self._entry(
            visit, "charge", visit.on, f"insurance_receivable\t{amount}{owes}", f"revenue\t{-amount}{owes}"
        )
        insurance, patient = amount, 0
        answered = visit.on + timedelta(days=21)
        drawn = self.chance.random()
        if drawn >= UNPAID_BY_INSURANCE:
            paid, written_off = amount * 64 // 100, amount // 5
            insurance, patient = 0, amount - paid - written_off
            self._entry(
                visit,
                "insurance_payment",
                answered,
                f"cash\t{paid}{owes}",
                f"contractual\t{written_off}{owes}CO-45",
                f"patient_receivable\t{patient}{owes}PR-1",
                f"insurance_receivable\t{-amount}{owes}",
            )
        if drawn >= UNPAID_BY_PATIENT:
            self._paid(visit, charge, payer, patient, visit.on + timedelta(days=40))
            patient = 0
        for bucket, left in (("insurance", insurance), ("patient", patient)):
            self.open.append(
                f"{len(self.open) + 1}\t{charge}\t{bucket}\t{visit.patient}\t{visit.patient}\t"
                f"{payer if bucket == 'insurance' else NULL}\t{left}\t{visit.on}\t{answered}"
            )

    def _paid(self, visit: Visit, charge: int, payer: int, amount: int, on: date) -> None:
        receipt = len(self.receipts) + 1
        self.receipts.append(
            f"{receipt}\tr{receipt:021d}\tR-{receipt:06d}\t{visit.patient}\t{visit.patient}\t{amount}\tcheck\t\tstatement\t{on}"
            f"\t{on} 12:00+00"
        )
        self.unapplied.append(f"{receipt}\t{visit.patient}\t{visit.patient}\t0")
        money = f"\t{NULL}\t{NULL}\t{receipt}\t"
        self._entry(
            visit, "patient_receipt", on, f"cash\t{amount}{money}", f"unapplied_patient\t{-amount}{money}"
        )
        self._entry(
            visit,
            "application",
            on,
            f"unapplied_patient\t{amount}\t{charge}\t{payer}\t{receipt}\t",
            f"patient_receivable\t{-amount}\t{charge}\t{payer}\t{receipt}\t",
        )

    def _entry(self, visit: Visit, kind: str, on: date, *postings: str) -> None:
        entry = len(self.entries) + 1
        self.entries.append(
            f"{entry}\tj{entry:021d}\t{kind}\t{visit.patient}\t{visit.patient}\t{visit.on}\t{on}\t{on} 12:00+00\tLoaded"
            f"\t{{}}\tload:{entry}"
        )
        self.postings += [f"{entry}\t{posting}" for posting in postings]

    def load(self, connection: psycopg.Connection) -> None:
        """COPY everything; raises ValueError where an entry would not have balanced."""
        with connection.cursor() as cursor:
            # Triggers and foreign keys of 600,000 postings take longer than the measuring; see the check below.
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table, columns, rows in (
            ("encounter", "id, public_id, appointment_id, patient_id, provider_id, service_on, place_of_service, "
             "diagnoses, state, version", self.encounters),
            ("charge", "id, public_id, encounter_id, position, code, modifiers, pointers, units, fee, amount", self.charges),
            ("receipt", "id, public_id, number, guarantor_id, patient_id, amount, method, reference, purpose, received_on, "
             "received_at", self.receipts),
            ("unapplied_item", "receipt_id, guarantor_id, patient_id, amount", self.unapplied),
            ("journal_entry", "id, public_id, kind, patient_id, guarantor_id, service_on, posted_on, created_at, memo, "
             "cause, idempotency_key", self.entries),
            ("posting", "entry_id, account, amount, charge_id, payer_id, receipt_id, reason", self.postings),
            ("open_item", "id, charge_id, bucket, patient_id, guarantor_id, payer_id, amount, service_on, responsible_on",
             self.open),
        ):  # fmt: skip
            copy(connection, table, columns, rows)
        wrong = connection.execute(
            "SELECT entry_id FROM posting GROUP BY entry_id HAVING sum(amount) <> 0 OR count(*) < 2 LIMIT 1"
        ).fetchone()
        if wrong is not None:
            raise ValueError(f"the loaded entry {wrong[0]} does not balance")


def load_ledger(connection: psycopg.Connection, scale: Scale, visits: Iterable[Visit]) -> dict[str, int]:
    """Charges of each visit, paid but for 3 %; what was written, by name."""
    books = Books(random.Random(scale.seed * 7))
    for visit in visits:
        books.visit(visit)
    books.load(connection)
    return {"charges": len(books.charges), "entries": len(books.entries), "postings": len(books.postings)}
