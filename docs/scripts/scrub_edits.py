"""Write docs/scrub-edits.md from the docstrings of the edits: `python docs/scripts/scrub_edits.py`.

A test fails while the page and the code differ.
"""

import inspect
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from clinic.scrub import EDITS, RULESET_VERSION, Edit  # noqa: E402  (the script runs from anywhere)

PAGE = ROOT / "docs" / "scrub-edits.md"

FAMILIES = {"S": "Subscriber", "P": "Providers", "D": "Diagnoses", "L": "Lines", "K": "Claim"}

HEAD = f"""# What is checked before a claim goes out

Written by `docs/scripts/scrub_edits.py` from the code; change the docstring there. Rule set {RULESET_VERSION}.

**Block** stops the claim, **Warn** asks for a look, **Info** says what was not checked and which table to load.
Every finding leads to the field to mend. A void (frequency 8) repeats the original as it was sent, so only the edits
marked *also on voids* look at it.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for letter, family in FAMILIES.items():
        parts.append(f"## {family}\n")
        parts += [_section(edit) for edit in EDITS if edit.id.startswith(letter)]
    return "\n".join(parts)


def _section(edit: Edit) -> str:
    marks = [edit.severity.value, f"version {edit.version}", f"reference: {edit.reference}"]
    if edit.on_void:
        marks.append("also on voids")
    return f"### {edit.id} {edit.title}\n\n*{' · '.join(marks)}*\n\n{inspect.getdoc(edit.function)}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
