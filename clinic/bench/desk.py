"""Rows 1 to 4: the day, one visit changed on it, the patient search, booking."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
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
# The rows of the page that the bench's days give, eight to four.
FRAME = "480x32"
ACCEPTED = "past,hours,block,elsewhere,coverage"
OVERLAPS = """
SELECT count(*) FROM appointment a JOIN appointment b ON b.provider_id = a.provider_id AND b.id > a.id
   AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
 WHERE a.starts_at >= %s AND b.starts_at >= %s AND a.status = 'booked' AND b.status = 'booked'"""


def day_row(house: House) -> Row:
    """Row 1: a full page of 120 appointments, against the bare page and the bare rows; 10 years against one."""
    url = f"/schedule/{house.today}"
    ours, browser = house.client("front_desk"), house.browser("front_desk").ready()
    begins, ends = clock.day_bounds(house.today)

    def grown() -> None:
        with house.in_grown():
            ours.get(url)

    times = in_turns(
        {
            "ours": lambda: ours.get(url),
            "grown": grown,
            "raw": lambda: bare.day_raw(house.raw, begins, ends),
            "commit": lambda: bare.commit_raw(house.raw),
        },
        house.scale.rounds,
    )
    served = over_http(
        house, lambda: browser.get(url), lambda: house.bare.send("GET", f"/day/{house.today}"), 200
    )
    with counting(house.year) as statements:
        page = ours.get(url)
    return Row(
        1,
        against_bare("Day calendar, 120 appointments, full page, p95", served, DAY_BOUND),
        also=[
            medians(served),
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


def change_row(house: House) -> Row:
    """Row 2: what a desk is sent for a change against the whole page, each by a GET over HTTP; a full day against a thin one.

    The column of one provider is what a change draws. What every request of ours costs before anything is drawn
    (session, permission, the commit of the look) is measured by a question that draws nothing, and taken off both
    sides of the judged ratio; the whole requests stand beside it, and what storing the change costs.
    """
    ours, browser = house.client("front_desk"), house.browser("front_desk").ready()
    full, thin = house.today + timedelta(days=200), house.today + timedelta(days=201)
    visits = {day: _filled(house, day, many) for day, many in ((full, PROVIDERS), (thin, 1))}
    column = {day: f"/schedule/{day}/grid?provider={house.providers[1]}" for day in visits}

    def step(name: str) -> tuple[str, dict[str, object]]:
        found = house.raw.execute("SELECT version FROM appointment WHERE public_id = %s", (visits[full],))
        form = {"version": found.fetchall()[0][0], "shown": f"{full}", "view": "day", "frame": FRAME}
        return f"/schedule/appointments/{visits[full]}/{name}", form

    steps = itertools.cycle(("confirmation", "undo"))
    stored = in_turns(
        {
            "change": lambda: ours.post(*step(next(steps)), status=200, htmx=True),
            "page": lambda: ours.get(f"/schedule/{full}"),
            "commit": lambda: bare.commit_raw(house.raw),
        },
        house.scale.rounds,
    )
    times = in_turns(
        {
            "rest": house.served.rest,
            "fragment": lambda: browser.get(column[full], htmx=True),
            "thin": lambda: browser.get(column[thin], htmx=True),
            "page": lambda: browser.get(f"/schedule/{full}"),
            "nothing": lambda: browser.get("/kept", status=303),
        },
        house.scale.rounds * 2,
    )
    characters = len(browser.get(column[full], htmx=True))
    page = len(ours.get(f"/schedule/{full}"))
    nothing = times["nothing"].p50 + stored["commit"].p50
    with counting(house.year) as statements:
        ours.post(*step(next(steps)), status=200, htmx=True)
    return Row(
        2,
        Measure("One visit's column drawn and sent, p50", times["fragment"].p50 - nothing, times["page"].p50 - nothing,
                "PAGE", "ms", at_most=0.33),
        also=[
            Measure("… the whole requests, p50", times["fragment"].p50, times["page"].p50, "PAGE", "ms"),
            Measure("… characters sent", characters, page, "PAGE", "characters", at_most=0.33),
            Measure(
                f"… on a day of {PROVIDERS * VISITS_A_DAY} visits ÷ of {VISITS_A_DAY}, p50",
                times["fragment"].p50,
                times["thin"].p50,
                "THIN",
                "ms",
                at_most=1.15,
            ),
            Measure("… the change stored and its column drawn, in process, p50", stored["change"].p50,
                    stored["page"].p50, "PAGE", "ms"),
        ],
        queries=len(statements),
        facts={"ms of a request that draws nothing, p50": round(times["nothing"].p50, 2)} | a_commit(stored),
        notes=[
            "PAGE and the column are GETs over HTTP; from both is taken off what a request of ours costs that draws "
            "nothing and stores its look."
        ],
    )  # fmt: skip


def _filled(house: House, day: date, providers: int) -> str:
    """The first providers' whole day, booked; the address of the first visit."""
    opening = clock.at(day, time(8))
    for provider in range(1, providers + 1):
        for place in range(VISITS_A_DAY):
            begins = opening + timedelta(minutes=MINUTES * place)
            patient = 1 + provider * VISITS_A_DAY + place
            bare.book_raw(house.raw, patient, provider, begins, begins + timedelta(minutes=MINUTES))
    found = house.raw.execute(
        "SELECT public_id FROM appointment WHERE provider_id = 1 AND starts_at = %s", (opening,)
    ).fetchone()
    return str(found[0]) if found else ""


def find_row(house: House) -> Row:
    """Row 3: three letters typed, the first fifty drawn."""
    ours, browser = house.client("front_desk"), house.browser("front_desk").ready()
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
            "raw": lambda: bare.find_raw(house.raw, typed),
            "turn": next_turn,
            "commit": lambda: bare.commit_raw(house.raw),
        },
        house.scale.rounds,
    )
    served = over_http(
        house,
        lambda: browser.post("/patients/search", {"q": typed}, status=200, htmx=True),
        lambda: house.bare.send("POST", "/find", {"q": typed}),
        200,
        before=next_turn,
    )
    with counting(house.year) as statements:
        search()
    scale = house.scale
    return Row(
        3,
        against_bare("Find a patient, 3 letters, first 50, p95", served, FIND_BOUND),
        also=[
            medians(served),
            against_raw(times),
            growth(f"{scale.grown_patients:,} ÷ {scale.patients:,} patients, p50", times, 1.3),
        ],
        queries=len(statements),
        facts={"rows found": bare.find_raw(house.raw, typed), **a_commit(times)},
        notes=[because(FIND_BOUND, "1/8", 136, 7.5)],
    )


def book_row(house: House) -> Row:
    """Row 4: one booking through the form, and eight desks at random for some seconds: nobody is booked twice."""
    ours, browser = house.client("front_desk"), house.browser("front_desk").ready()
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

    def at_the_browser() -> None:
        browser.post("/schedule/appointments", _form(house, *place()), status=303)

    def on_the_prototype() -> tuple[int, str]:
        patient, provider, begins = place()
        data = {"patient": patient, "provider": provider, "begins": begins.isoformat(), "minutes": MINUTES}
        return house.bare.send("POST", "/book", data)

    def raw() -> None:
        patient, provider, begins = place()
        bare.book_raw(house.raw, patient, provider, begins, begins + timedelta(minutes=MINUTES))

    def with_its_column() -> None:
        form = _form(house, *place()) | {"frame": FRAME}
        ours.post("/schedule/appointments", form, status=200, htmx=True)

    times = in_turns(
        {
            "ours": through_the_form,
            "grown": grown,
            "raw": raw,
            "htmx": with_its_column,
            "commit": lambda: bare.commit_raw(house.raw),
            "flashes": ours.read_flashes,
        },
        house.scale.rounds,
    )
    served = over_http(house, at_the_browser, on_the_prototype, 303, before=lambda: browser.get("/patients"))
    with counting(house.year) as statements:
        through_the_form()
    facts, wrong = _eight_clients(house)
    return Row(
        4,
        against_bare("Book: conflict check, insert, audit, p95", served, BOOK_BOUND),
        also=[
            medians(served),
            against_raw(times),
            growth(f"{house.scale.years} years of appointments ÷ 1 year, p50", times, 1.15),
            Measure(
                "… with its column and panel drawn for htmx, p50",
                times["htmx"].p50,
                times["ours"].p50,
                "ours",
                "ms",
            ),
        ],
        queries=len(statements),
        facts=facts | a_commit(times),
        wrong=wrong,
        notes=[because(BOOK_BOUND, "3/4", 21, 9.4)],
    )


def against_bare(name: str, times: dict[str, Times], bound: float) -> Measure:
    return Measure(name, times["ours"].p95, times["bare"].p95, "BARE", "ms", at_most=round(bound, 2))


def over_http(
    house: House,
    ours: Callable[[], object],
    prototype: Callable[[], tuple[int, str]],
    status: int,
    *,
    before: Callable[[], object] | None = None,
) -> dict[str, Times]:
    """`ours` and `bare` in turns, each behind gunicorn; `before` runs before each turn and is not counted."""

    def reference() -> None:
        answered, text = prototype()
        if answered != status:
            raise AssertionError(f"the prototype answered {answered}: {text[:500]}")

    def rest() -> None:
        if before is not None:
            before()
        house.served.rest()
        house.bare.rest()

    # Two calls of `rest`, so that each of the two has one before it, whichever comes first.
    calls = {"rest": rest, "ours": ours, "again": rest, "bare": reference}
    return in_turns(calls, house.scale.rounds * 2)


def medians(served: dict[str, Times]) -> Measure:
    return Measure("… p50", served["ours"].p50, served["bare"].p50, "BARE", "ms")


def against_raw(times: dict[str, Times]) -> Measure:
    return Measure(
        "… in process against the bare driver, p50", times["ours"].p50, times["raw"].p50, "RAW", "ms"
    )


def a_commit(times: dict[str, Times]) -> dict[str, float]:
    """Every view and change writes an audit row to disk before it answers; the references that only read do not."""
    return {"ms of one bare commit on this disk, p50": round(times["commit"].p50, 2)}


def growth(name: str, times: dict[str, Times], bound: float) -> Measure:
    return Measure(name, times["grown"].p50, times["ours"].p50, "now", "ms", at_most=bound)


def because(bound: float, share: str, gnu_health: float, prototype: float) -> str:
    """Why the bound is what it is: GNU Health is not installed for every run."""
    return (
        f"Target {share} of GNU Health's p95; there it took {gnu_health:g} ms and the bare prototype {prototype:g}, "
        f"so {bound:.2f} × BARE. All four over HTTP: ours and BARE behind the same gunicorn, one connection each."
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
