"""The list of edits, and the run over them."""

import ast
import inspect
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from clinic.scrub import EDITS, FIELDS, ClaimDraft, Edit, Severity, Tables, blocks, run
from clinic.scrub import edits as edits_module
from tests.scrub.drafts import BILLING, SEEN_ON, TODAY, make_draft, make_line, make_tables

HERE = Path(__file__).parent
TEST_NAMES = [
    node.name
    for path in sorted(HERE.glob("test_*.py"))
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.FunctionDef)
]
PRIORITY = [
    "S01",
    "S03",
    "S09",
    "P01",
    "P04",
    "P06",
    "D01",
    "D02",
    "L01",
    "L02",
    "L03",
    "L07",
    "L09",
    "L13",
    "L18",
    "K01",
    "K02",
    "K04",
    "K05",
    "K11",
]


def test_the_twenty_priority_edits_are_there_each_once() -> None:
    assert sorted(edit.id for edit in EDITS) == sorted(PRIORITY)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.id)
def test_every_edit_explains_itself_and_has_both_kinds_of_test(edit: Edit) -> None:
    assert edit.title
    assert edit.reference
    assert edit.version >= 1
    summary, _, body = inspect.getdoc(edit.function).partition("\n\n")  # type: ignore[union-attr]
    assert summary.endswith("."), (
        f"{edit.id}: the docstring is its documentation page and starts with one sentence"
    )
    assert body, f"{edit.id}: the docstring must say what happens to a claim that breaks the rule"
    accepting = [name for name in TEST_NAMES if "_accept" in name and f"_{edit.id.lower()}_" in name]
    flagging = [name for name in TEST_NAMES if "_flag" in name and f"_{edit.id.lower()}_" in name]
    assert accepting, f"{edit.id} needs a test named test_{edit.id.lower()}_accepts_…"
    assert flagging, f"{edit.id} needs a test named test_{edit.id.lower()}_flags_…"


def test_a_clean_claim_has_no_findings() -> None:
    assert run(make_draft(), make_tables()) == ()


def test_without_any_table_a_clean_claim_goes_out_and_says_what_was_not_checked() -> None:
    findings = run(make_draft(), Tables())
    assert not blocks(findings)
    assert [(finding.edit, finding.severity) for finding in findings] == [
        (edit, Severity.INFO) for edit in ("D01", "D02", "L01", "L13")
    ]


def test_findings_come_worst_first_then_the_claim_s_own_then_line_by_line() -> None:
    lines = make_line(1, modifiers=("25",)), make_line(2, "99999", service_on=date(2026, 3, 4), pointers=())
    draft = make_draft(*lines, member_id="", filing_days_original=None)
    findings = run(draft, make_tables())
    assert [(finding.edit, finding.severity.value, finding.line) for finding in findings] == [
        ("S01", "Block", None),
        ("L01", "Block", 2),
        ("L02", "Block", 2),
        ("L09", "Warn", 1),
        ("K04", "Info", None),
    ]


def test_the_same_draft_gives_the_same_findings() -> None:
    draft = make_draft(make_line(1), make_line(2), member_id="A-1", diagnoses=("M25.56",))
    assert run(draft, make_tables()) == run(draft, make_tables())


@pytest.mark.parametrize(
    ("changes", "blocked"),
    [({}, False), ({"filing_days_original": None}, False), ({"filing_days_original": 10}, False), ({"member_id": ""}, True)],
)  # fmt: skip
def test_only_a_block_stops_a_claim(changes: dict[str, Any], blocked: bool) -> None:
    assert blocks(run(make_draft(**changes), make_tables())) is blocked


def test_a_void_repeats_the_original_so_only_edits_about_sending_look_at_it() -> None:
    draft = make_draft(
        make_line(1, pointers=(), charge=Decimal("0.00")),
        frequency="8",
        diagnoses=("E11",),
        terminated_on=date(2026, 1, 31),
        today=TODAY + timedelta(days=900),
        billing=replace(BILLING, npi="1", zip_code="60601"),
        enrolment=None,
        electronic_id="",
    )
    assert {finding.edit for finding in run(draft, make_tables())} == {"P01", "P06", "K01", "K05", "K11"}


def test_an_edit_works_from_its_first_through_its_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    edit = replace(EDITS[0], effective_on=SEEN_ON, ends_on=TODAY)
    monkeypatch.setattr(edits_module, "EDITS", (edit,))
    draft = make_draft(member_id="")
    day = timedelta(days=1)
    fired = [bool(run(draft, make_tables(), on)) for on in (SEEN_ON - day, SEEN_ON, TODAY, TODAY + day)]
    assert fired == [False, True, True, False]
    assert run(draft, make_tables()) == run(draft, make_tables(), TODAY)


def test_an_edit_that_raises_stops_the_run_instead_of_letting_the_claim_pass() -> None:
    def broken(code: str, on: date) -> None:
        raise LookupError(code)

    with pytest.raises(LookupError):
        run(make_draft(), make_tables(procedures=broken))


def test_the_rules_import_nothing_but_the_standard_library_and_each_other() -> None:
    for path in Path(edits_module.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").startswith("clinic.scrub") or node.module in STANDARD, (
                    f"{path.name}: {node.module}"
                )
            elif isinstance(node, ast.Import):
                assert {name.name for name in node.names} <= STANDARD, path.name


STANDARD = {"collections.abc", "dataclasses", "datetime", "decimal", "enum", "itertools", "re"}


def test_every_field_that_the_source_names_is_one_that_the_screens_know() -> None:
    """Tests check the fields that fired; this reads them all, so that a path nobody triggered is known too."""
    for edit in EDITS:
        source = inspect.getsource(inspect.getmodule(edit.function))  # type: ignore[arg-type]
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                head = node.value.partition(".")[0]
                if head in {"coverage", "authorization", "payer", "claim"} and " " not in node.value:
                    assert any(fnmatchcase(node.value, pattern) for pattern in FIELDS), node.value


def test_a_draft_cannot_be_changed_by_an_edit() -> None:
    draft: ClaimDraft = make_draft()
    with pytest.raises(AttributeError):
        draft.frequency = "7"  # type: ignore[misc]
