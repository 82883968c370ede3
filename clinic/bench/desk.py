"""Rows 1, 3 and 4: the day, the patient search, booking."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from time import monotonic

from clinic import clock
from clinic.bench import bare
from clinic.bench.house import CLIENTS, Client, House
from clinic.bench.measuring import Measure, Row, Times, counting, in_turns
from clinic.bench.scale import MINUTES, PROVIDERS, VISITS_A_DAY

# From the first table of performance.md, p95 over HTTP: GNU Health, and the bare prototype of our stack. A target
# against GNU Health, which is not installed here, becomes one against BARE, measured in the same run.
DAY_BOUND = (117 / 4) / 14.6
FIND_BOUND = (136 / 8) / 7.5
BOOK_BOUND = (21 * 3 / 4) / 9.4
ACCEPTED = "past,hours,block,elsewhere,coverage"
OVERLAPS = """
SELECT count(*) FROM appointment a JOIN appointment b ON b.provider_id = a.provider_id AND b.id > a.id
   AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
 WHERE a.starts_at >= %s AND b.starts_at >= %s AND a.status = 'booked' AND b.status = 'booked'"""


def day_row(house: House) -> Row:
    """Row 1: a full page of 120 appointments, against the bare page and the bare rows; 10 years against one."""
    url = f"/schedule/{house.today}"
    ours = house.client("front_desk")
    prototype = bare.prototype(house.year).test_client()
    begins, ends = clock.day_bounds(house.today)

    def grown() -> None:
        with house.in_grown():
            ours.get(url)

    times = in_turns(
        {
            "ours": lambda: ours.get(url),
            "grown": grown,
            "bare": lambda: prototype.get(f"/day/{house.today}"),
            "raw": lambda: bare.day_raw(house.raw, begins, ends),
            "commit": lambda: bare.commit_raw(house.raw),
        },
        house.scale.rounds,
    )
    with counting(house.year) as statements:
        page = ours.get(url)
    return Row(
        1,
        against_bare("Day calendar, 120 appointments, full page, p95", times, DAY_BOUND),
        also=[
            against_raw(times),
            growth(f"{house.scale.years} years of appointments ÷ 1 year, p50", times, 1.15),
        ],
        queries=len(statements),
        queries_at_most=6,
        facts={
            "appointments on the page": bare.day_raw(house.raw, begins, ends),
            "characters": len(page),
            **a_commit(times),
        },
        notes=[because(DAY_BOUND, "1/4", 117, 14.6)],
    )


def find_row(house: House) -> Row:
    """Row 3: three letters typed, the first fifty drawn."""
    ours = house.client("front_desk")
    prototype = bare.prototype(house.year).test_client()
    letters = itertools.cycle(("bar", "whi", "har", "san", "kel"))
    typed = ""

    def next_turn() -> str:
        nonlocal typed
        typed = next(letters)
        return typed

    def search() -> str:
        return ours.post("/patients/search", {"q": typed}, status=200, htmx=True)[1]

    def grown() -> None:
        with house.in_grown():
            search()

    next_turn()
    times = in_turns(
        {
            "ours": search,
            "grown": grown,
            "bare": lambda: prototype.post("/find", data={"q": typed}),
            "raw": lambda: bare.find_raw(house.raw, typed),
            "turn": next_turn,
            "commit": lambda: bare.commit_raw(house.raw),
        },
        house.scale.rounds,
    )
    with counting(house.year) as statements:
        search()
    scale = house.scale
    return Row(
        3,
        against_bare("Find a patient, 3 letters, first 50, p95", times, FIND_BOUND),
        also=[
            against_raw(times),
            growth(f"{scale.grown_patients:,} ÷ {scale.patients:,} patients, p50", times, 1.3),
        ],
        queries=len(statements),
        facts={"rows found": bare.find_raw(house.raw, typed), **a_commit(times)},
        notes=[because(FIND_BOUND, "1/8", 136, 7.5)],
    )


def book_row(house: House) -> Row:
    """Row 4: one booking through the form, and eight desks at random for some seconds: nobody is booked twice."""
    ours = house.client("front_desk")
    prototype = bare.prototype(house.year).test_client()
    chance = random.Random(house.scale.seed)
    places = _places(house.today + timedelta(days=30))

    def place() -> tuple[int, int, datetime]:
        provider, begins = next(places)
        return chance.randint(1, house.scale.patients), provider, begins

    def through_the_form() -> None:
        ours.post("/schedule/appointments", _form(house, *place()), status=303)

    def grown() -> None:
        with house.in_grown():
            through_the_form()

    def on_the_prototype() -> None:
        patient, provider, begins = place()
        data = {"patient": patient, "provider": provider, "begins": begins.isoformat(), "minutes": MINUTES}
        assert prototype.post("/book", data=data).status_code == 303  # noqa: S101

    def raw() -> None:
        patient, provider, begins = place()
        bare.book_raw(house.raw, patient, provider, begins, begins + timedelta(minutes=MINUTES))

    def with_the_page() -> None:
        ours.post("/schedule/appointments", _form(house, *place()), status=200, htmx=True)

    times = in_turns(
        {
            "ours": through_the_form,
            "grown": grown,
            "bare": on_the_prototype,
            "raw": raw,
            "htmx": with_the_page,
            "commit": lambda: bare.commit_raw(house.raw),
            "flashes": ours.read_flashes,
        },
        house.scale.rounds,
    )
    with counting(house.year) as statements:
        through_the_form()
    facts, wrong = _eight_clients(house)
    return Row(
        4,
        against_bare("Book: conflict check, insert, audit, p95", times, BOOK_BOUND),
        also=[
            against_raw(times),
            growth(f"{house.scale.years} years of appointments ÷ 1 year, p50", times, 1.15),
            Measure(
                "… with the day drawn anew for htmx, p50", times["htmx"].p50, times["ours"].p50, "ours", "ms"
            ),
        ],
        queries=len(statements),
        facts=facts | a_commit(times),
        wrong=wrong,
        notes=[because(BOOK_BOUND, "3/4", 21, 9.4)],
    )


def against_bare(name: str, times: dict[str, Times], bound: float) -> Measure:
    return Measure(name, times["ours"].p95, times["bare"].p95, "BARE", "ms", at_most=round(bound, 2))


def against_raw(times: dict[str, Times]) -> Measure:
    return Measure("… against the bare driver, p50", times["ours"].p50, times["raw"].p50, "RAW", "ms")


def a_commit(times: dict[str, Times]) -> dict[str, float]:
    """Every view and change writes an audit row to disk before it answers; the references that only read do not."""
    return {"ms of one bare commit on this disk, p50": round(times["commit"].p50, 2)}


def growth(name: str, times: dict[str, Times], bound: float) -> Measure:
    return Measure(name, times["grown"].p50, times["ours"].p50, "now", "ms", at_most=bound)


def because(bound: float, share: str, gnu_health: float, prototype: float) -> str:
    """Why the bound is what it is: GNU Health is not installed for every run."""
    return (
        f"Target {share} of GNU Health's p95; there it took {gnu_health:g} ms and the bare prototype {prototype:g}, "
        f"so {bound:.2f} × BARE."
    )


def _places(first: date) -> Iterator[tuple[int, datetime]]:
    """Free places of providers, one after another."""
    for number in itertools.count():
        opening = clock.at(first + timedelta(days=number), time(8))
        for slot in range(VISITS_A_DAY):
            for provider in range(1, PROVIDERS + 1):
                yield provider, opening + timedelta(minutes=MINUTES * slot)


def _form(
    house: House, patient: int, provider: int, begins: datetime, minutes: int = MINUTES
) -> dict[str, object]:
    local = clock.local(begins)
    return {
        "patient": f"p{patient:021d}",
        "provider": house.providers[provider],
        "visit_type": house.visit_type,
        "day": f"{local:%m/%d/%Y}",
        "time": f"{local:%H:%M}",
        "minutes": minutes,
        "accepted": ACCEPTED,
        "shown": f"{local:%Y-%m-%d}",
    }


def _eight_clients(house: House) -> tuple[dict[str, int], list[str]]:
    """Eight signed-in desks book overlapping places of three days; what each got, and whether anybody was booked twice."""
    first = house.today + timedelta(days=7)
    answers: Counter[int] = Counter()
    failures: list[str] = []
    until = monotonic() + house.scale.seconds

    def desk(number: int, client: Client) -> None:
        chance = random.Random(house.scale.seed + number)
        while monotonic() < until:
            opening = clock.at(first + timedelta(days=chance.randrange(3)), time(8))
            begins = opening + timedelta(minutes=5 * chance.randrange(90))
            form = _form(house, chance.randint(1, house.scale.patients), chance.randint(1, PROVIDERS), begins)
            status, text = client.post("/schedule/appointments", form, status=None)
            answers[status] += 1
            if answers[303] % 25 == 0:
                client.read_flashes()
            if status not in (303, 409):
                failures.append(f"a booking was answered with {status}: {text[:200]}")

    desks = [
        threading.Thread(target=desk, args=(number, house.desk_of_its_own(number)))
        for number in range(CLIENTS)
    ]
    for one in desks:
        one.start()
    for one in desks:
        one.join()
    since = clock.at(first, time(0))
    row = house.raw.execute(OVERLAPS, (since, since)).fetchone()
    twice = row[0] if row else -1
    facts = {
        "clients": CLIENTS,
        "double bookings": twice,
        "booked": answers[303],
        "refused with who has the place": answers[409],
    }
    if twice:
        failures.insert(0, f"{twice} places were booked twice")
    return facts, failures[:3]
