"""`clinic bench` on a clinic as small as a test allows: what is counted is judged here, what is timed never is."""

import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from clinic import x12
from clinic.bench import intake, split
from clinic.bench.measuring import Measure, Row, lines_of

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import sys
from pathlib import Path
from clinic import bench
sys.exit(bench.main(Path(sys.argv[1]), as_json=sys.argv[2] == "json", scale=getattr(bench, sys.argv[3])))
"""
KEYS = {"row", "name", "ours", "reference", "ratio", "target", "ok", "queries", "unit", "reference_name"}


def run(scale: str, form: str = "json") -> subprocess.CompletedProcess[str]:
    """The bench in a process of its own, for it takes the process's keys, clock and database."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT), form, scale],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture(scope="module")
def rows():
    done = run("TINY")
    assert done.stdout.startswith("{"), done.stderr[-3000:]
    return {row["row"]: row for row in json.loads(done.stdout)["rows"]}


def test_one_json_object_holds_the_rows_of_the_table(rows):
    assert list(rows) == [1, 2, 3, 4, 6, 7, 10, "10b", "10c", "10d"]
    for row in rows.values():
        assert row.keys() >= KEYS
        assert row["ours"] > 0
        assert row["reference"] > 0
        assert row["target"], "a row without a target is no row"
        assert all(one.keys() >= KEYS - {"row", "queries"} for one in row["also"])


def test_the_day_costs_few_statements_and_shows_every_appointment(rows):
    day = rows[1]
    assert day["facts"]["appointments on the page"] == 120
    assert day["queries"] <= day["queries_at_most"] == 6


def test_a_search_and_the_aged_receivables_cost_few_statements(rows):
    assert rows[3]["queries"] <= 2
    assert rows[7]["queries"] <= 6


def test_the_aged_receivables_agree_with_the_journal_to_the_cent(rows):
    assert rows[7]["wrong"] == []
    assert rows[7]["facts"]["open items"] > 0


def test_a_changed_visit_sends_less_than_a_third_of_the_page(rows):
    sent = next(one for one in rows[2]["also"] if "characters" in one["name"])
    assert sent["ratio"] < 1 / 3


def test_the_bench_leaves_no_server_behind(rows):
    # Its servers are told apart by the checkout's own Python and the application that only the bench serves.
    found = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    ours = [line for line in found if line.startswith(sys.executable.encode())]
    assert not [line for line in ours if b"clinic.bench.bare_server" in line]


def test_eight_desks_book_nobody_twice_A4(rows):
    facts = rows[4]["facts"]
    assert facts["clients"] == 8
    assert facts["booked"] > 0
    assert facts["double bookings"] == 0
    assert rows[4]["wrong"] == []


def test_ours_and_the_plain_loop_read_the_same_claims(rows):
    assert rows[10]["wrong"] == []


def test_the_plain_loop_writes_the_claims_that_we_write(rows):
    assert rows["10b"]["wrong"] == []


def test_the_benchs_own_files_have_no_error(rows):
    assert rows["10c"]["wrong"] == []


def test_the_benchs_remittance_is_whole_and_balances_R4():
    data = intake.remittance(30, 7).encode()
    (found,) = x12.read_835(data)
    assert [finding for finding in found.findings if finding.severity == "error"] == []
    assert x12.prove(found).ok
    assert split.read(io.BytesIO(data)) == (30, 30)
    lines = [line for claim in found.claims for line in claim.lines]
    assert sum(line.amount_paid for line in lines) == found.amount > Decimal(0)


def test_the_plain_loop_sees_a_missing_cent():
    whole = intake.remittance(5, 7)
    start = whole.index("CAS*CO*45*") + len("CAS*CO*45*")
    end = whole.index("~", start)
    changed = whole[:start] + "0.01" + whole[end:]
    assert split.read(io.BytesIO(changed.encode())) == (5, 4)


@pytest.mark.parametrize(
    ("bounds", "ok"),
    [
        ({"at_most": 1.9}, False),
        ({"at_most": 2.1}, True),
        ({"at_least": 2.1}, False),
        ({"at_least": 1.9}, True),
        ({}, True),
    ],
)
def test_a_ratio_is_judged_by_its_bound(bounds, ok):
    assert Measure("a page", 20, 10, "BARE", "ms", **bounds).ok is ok


def test_a_row_is_met_only_when_all_of_it_is():
    met = Measure("a page", 10, 10, "BARE", "ms", at_most=2)
    missed = Measure("the same, grown", 30, 10, "now", "ms", at_most=2)
    assert Row(1, met, queries=6, queries_at_most=6).ok
    assert not Row(1, met, queries=7, queries_at_most=6).ok
    assert not Row(1, met, also=[missed]).ok
    assert not Row(1, met, wrong=["one place was booked twice"]).ok
    assert any("NOT MET" in line for line in lines_of(Row(1, met, also=[missed])))


@pytest.mark.long
def test_the_whole_clinic_year_is_measured_without_a_double_booking():
    done = run("YEAR")
    rows = {row["row"]: row for row in json.loads(done.stdout)["rows"]}
    assert list(rows) == [1, 2, 3, 4, 6, 7, 10, "10b", "10c", "10d"]
    assert rows[4]["facts"]["double bookings"] == 0
    assert all(row["wrong"] == [] for row in rows.values())
