"""The script of docs/screens knows every page that a person sees."""

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_page_is_photographed_or_it_is_said_why_not():
    shown = runpy.run_path(str(ROOT / "docs/scripts/screens_list.py"))
    golden = json.loads((ROOT / "tests/rules/golden_routes.json").read_text())
    routes = {shown["plain"](line.removeprefix("GET ")) for line in golden if line.startswith("GET ")}
    listed = {
        screen.route
        for table in (shown["STAFF"], shown["PAPERS"])
        for each in table.values()
        for screen in each
    }
    known = listed | shown["ON_THE_WAY"] | shown["NO_PICTURE"].keys()
    assert sorted(routes - known) == [], "add them to docs/scripts/screens_list.py"
    assert sorted(known - routes) == [], "these are gone"
    names = [screen.name for each in shown["STAFF"].values() for screen in each]
    assert len(names) == len(set(names))
    assert shown["MOST_USED"] <= {*names, "chargeslip", "checkin", "claim", "desk", "patient", "patient-ledger", "patients", "remittance"}  # fmt: skip
