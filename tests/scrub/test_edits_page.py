"""docs/scrub-edits.md is generated; this keeps it true."""

import runpy
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "scripts" / "scrub_edits.py"


def test_the_page_of_edits_says_what_the_docstrings_say() -> None:
    script = runpy.run_path(str(SCRIPT))
    written = script["PAGE"].read_text(encoding="utf-8")
    assert written == script["page"](), "run: python docs/scripts/scrub_edits.py"
