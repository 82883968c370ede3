"""Synthetic clinic-years through COPY: patients, coverages, appointments, charges and the journal behind them.

Deterministic by seed. Invented people only. The ledger's rows are loaded without their triggers, which would take
longer than the measuring, and one statement at the end shows what the triggers would have.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import psycopg

from clinic import clock
from clinic.formats import fold
from clinic.models.database_rules import RULES
from clinic.patients import names

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
# The share of lines still open, by the age of their visit in days; performance.md, "Data".
OPEN = ((30, 0.85), (60, 0.40), (120, 0.12))
OPEN_OLDER = 0.015
ANSWERED, PAID = 21, 40  # days until the payer has answered and the patient has paid
NULL = "\\N"
PLACES_A_DAY, MINUTES = 24, 20
# Of all visits 78 % take place, 12 % are cancelled in time, 2 % late, 8 % are missed.
SEEN, CANCELLED, LATE = 0.78, 0.90, 0.92
FEW, OFTEN = 0.2, 0.6  # a fifth of the patients makes three fifths of the visits
TOP_PAYERS, TOP_SHARE = 5, 14  # the five largest payers cover 14 patients of 20
EXCLUSIONS = [rule for rule in RULES if rule.kind == "constraint" and rule.table == "appointment"]


@dataclass(frozen=True)
class Shape:
    """What the rows refer to, by id, and how full a provider's day of 24 places is."""

    providers: Sequence[int]
    payers: Sequence[int]
    visit_type: int
    seed: int
    visits_a_day: int = PLACES_A_DAY

    def payer_of(self, patient: int) -> int:
        """The primary payer of a patient, by number."""
        top, rest = self.payers[:TOP_PAYERS], self.payers[TOP_PAYERS:] or self.payers
        place = patient % 20
        return top[place % len(top)] if place < TOP_SHARE else rest[patient // 20 % len(rest)]


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


def load_patients(connection: psycopg.Connection, shape: Shape, first: int, last: int) -> None:
    """Patients `first` to `last` by id, each with a guarantor and a primary coverage."""
    chance = random.Random(shape.seed + first)
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
            f"{number}\tp{number:021d}\t{10_000 + number}\t{given}\t\t{family}\t\t{fold(family)}\t{fold(given)}"
            f"\t{names.tail(family)}\t{names.sound_key(given, family)}\t{born}\t{chance.choice('FM')}\t+1{phone}\t{phone}\t\t{where}\ten\t\t{number}\tself\t{now}\t1"
        )
        coverages.append(
            f"{number}\tc{number:021d}\t{number}\t{shape.payer_of(number)}\t1\tPPO\tM{number:09d}\t\t18\t\t\t\t2015-01-01\t2500\t1"
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
        "id, public_id, mrn, first_name, middle_name, last_name, suffix, name_key, first_key, tail_key, "
        "sound_key, born_on, sex, phone, "
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


def thinned(shape: Shape, share: float) -> Shape:
    """The same clinic with days of which only a share is booked."""
    return replace(shape, visits_a_day=max(round(shape.visits_a_day * share), 1))


@contextmanager
def without_exclusions(connection: psycopg.Connection) -> Iterator[None]:
    """Years of appointments enter ten times faster without the exclusion constraints; they stand again at the end."""
    for rule in EXCLUSIONS:
        connection.execute(rule.drop)
    yield
    for rule in EXCLUSIONS:
        connection.execute(rule.create)


def load_appointments(
    connection: psycopg.Connection, shape: Shape, days: Sequence[date], today: date, first: int, patients: int
) -> list[Visit]:
    """Every provider's day for each of `days`; ids from `first`. Returns the visits that took place."""
    chance = random.Random(shape.seed * 31 + first)
    few = max(1, int(patients * FEW))
    kept: list[Visit] = []

    def rows() -> Iterator[str]:
        number = first
        for day in days:
            opening = clock.at(day, time(8))
            for provider in shape.providers:
                for place in _places(chance, shape.visits_a_day):
                    status = _status(chance, day, today, place)
                    patient = chance.randint(1, few if chance.random() < OFTEN else patients)
                    start = opening + timedelta(minutes=MINUTES * place)
                    yield _appointment(number, patient, provider, shape.visit_type, start, status)
                    if status == "checked_out":
                        kept.append(Visit(number, patient, provider, day))
                    number += 1

    copy(
        connection,
        "appointment",
        "id, public_id, patient_id, provider_id, visit_type_id, starts_at, ends_at, reason, status, overbooked, "
        "overbook_reason, cancel_reason, booked_at, arrived_at, checked_in_at, roomed_at, out_at, version",
        rows(),
    )
    return kept


def _places(chance: random.Random, wanted: int) -> Iterable[int]:
    return (
        range(PLACES_A_DAY) if wanted >= PLACES_A_DAY else sorted(chance.sample(range(PLACES_A_DAY), wanted))
    )


def _status(chance: random.Random, day: date, today: date, place: int) -> str:
    if day > today:
        return "booked"
    if day == today:
        return ("checked_out", "roomed", "arrived", "confirmed", "booked")[min(place // 5, 4)]
    drawn = chance.random()
    if drawn < SEEN:
        return "checked_out"
    return "cancelled_patient" if drawn < CANCELLED else "late_cancel" if drawn < LATE else "no_show"


def _appointment(
    number: int, patient: int, provider: int, visit_type: int, start: datetime, status: str
) -> str:
    end = start + timedelta(minutes=MINUTES)
    came = start.isoformat()
    arrived = came if status in ("arrived", "roomed", "checked_out") else NULL
    roomed = came if status in ("roomed", "checked_out") else NULL
    out = end.isoformat() if status == "checked_out" else NULL
    booked = (start - timedelta(days=14)).isoformat()
    return (
        f"{number}\ta{number:021d}\t{patient}\t{provider}\t{visit_type}\t{came}\t{end.isoformat()}\tFollow-up\t"
        f"{status}\tf\t\t\t{booked}\t{arrived}\t{arrived}\t{roomed}\t{out}\t1"
    )


class Books:
    """The ledger's rows of past visits while they are written: ids are counted here, from the `last` ones on."""

    def __init__(self, shape: Shape, today: date, last: Mapping[str, int]) -> None:
        self.shape = shape
        self.today = today
        self.last = last
        self.chance = random.Random(shape.seed * 7 + last["encounter"])
        self.encounters: list[str] = []
        self.charges: list[str] = []
        self.entries: list[str] = []
        self.postings: list[str] = []
        self.open: list[str] = []
        self.receipts: list[str] = []
        self.unapplied: list[str] = []

    def visit(self, visit: Visit) -> None:
        """One visit with two lines or three."""
        number = self.last["encounter"] + len(self.encounters) + 1
        self.encounters.append(
            f"{number}\te{number:021d}\t{visit.id}\t{visit.patient}\t{visit.provider}\t{visit.on}\t11\t{{I10}}\tsigned\t1"
        )
        for position in range(1, 3 + (self.chance.random() < 0.5)):
            self._charge(visit, number, position)

    def _charge(self, visit: Visit, encounter: int, position: int) -> None:
        charge = self.last["charge"] + len(self.charges) + 1
        amount = self.chance.choice(FEES)
        payer = self.shape.payer_of(visit.patient)
        self.charges.append(
            f"{charge}\tl{charge:021d}\t{encounter}\t{position}\t99213\t{{}}\tA\t1\t{amount}\t{amount}"
        )
        owes = f"\t{charge}\t{payer}\t{NULL}\t"
        self._entry(
            visit, "charge", visit.on, f"insurance_receivable\t{amount}{owes}", f"revenue\t{-amount}{owes}"
        )
        insurance, patient = amount, 0
        age = (self.today - visit.on).days
        answered = visit.on + timedelta(days=min(ANSWERED, age))
        waits = self.chance.random() < next((share for days, share in OPEN if age < days), OPEN_OLDER)
        # Of the young lines one in ten waits for the patient, of the older ones two in five.
        at_payer = waits and self.chance.random() < (0.9 if age < ANSWERED else 0.6)
        if not at_payer:
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
        if not waits:
            self._paid(visit, charge, payer, patient, visit.on + timedelta(days=min(PAID, age)))
            patient = 0
        for bucket, left in (("insurance", insurance), ("patient", patient)):
            self.open.append(
                f"{self.last['open_item'] + len(self.open) + 1}\t{charge}\t{bucket}\t{visit.patient}\t{visit.patient}\t"
                f"{payer if bucket == 'insurance' else NULL}\t{left}\t{visit.on}\t{answered}"
            )

    def _paid(self, visit: Visit, charge: int, payer: int, amount: int, on: date) -> None:
        receipt = self.last["receipt"] + len(self.receipts) + 1
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
        entry = self.last["journal_entry"] + len(self.entries) + 1
        self.entries.append(
            f"{entry}\tj{entry:021d}\t{kind}\t{visit.patient}\t{visit.patient}\t{visit.on}\t{on}\t{on} 12:00+00\tLoaded"
            f"\t{{}}\tload:{entry}"
        )
        self.postings += [f"{entry}\t{posting}" for posting in postings]

    def load(self, connection: psycopg.Connection) -> None:
        """COPY everything; raises ValueError where an entry would not have balanced."""
        with connection.cursor() as cursor:
            # Triggers and foreign keys of 600,000 postings take longer than all else; see the check below. An owner
            # who may not leave them out waits for them.
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if (cursor.fetchone() or (False,))[0]:
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


NUMBERED = ("encounter", "charge", "open_item", "receipt", "journal_entry")
AT_ONCE = 50_000  # visits whose rows are held in memory together


def load_ledger(
    connection: psycopg.Connection, shape: Shape, visits: Sequence[Visit], today: date
) -> dict[str, int]:
    """Charges of each visit, paid but for what is still open by its age; what was written, by name."""
    written = {"charges": 0, "entries": 0, "postings": 0}
    for first in range(0, len(visits), AT_ONCE):
        books = Books(shape, today, {table: _last(connection, table) for table in NUMBERED})
        for visit in visits[first : first + AT_ONCE]:
            books.visit(visit)
        books.load(connection)
        written["charges"] += len(books.charges)
        written["entries"] += len(books.entries)
        written["postings"] += len(books.postings)
    return written


def _last(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608  a name of ours
    return int(found[0] or 0) if found else 0
