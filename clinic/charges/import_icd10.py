"""Write the release of ICD-10-CM that `simple_icd_10_cm` carries as flat rows: `python -m clinic.charges.import_icd10`.

The package builds a tree of some 150 MB in every process that imports it; the flat file is a hundredth of that on
disk and is read in a fraction of a second. Run this after the package was updated, and mend the days in
`diagnoses.py` with it. The code set is the work of CMS and NCHS and in the public domain.
"""

import gzip
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("icd10cm-2026.tsv.gz")


def rows(book: Any) -> list[tuple[str, str, str, str]]:
    """Code with its dot, "1" for a complete code, the letters its seventh place must get, text; by plain code."""
    made = []
    for code in book.get_all_codes(with_dots=True):
        # Blocks (A00-A09) and chapters are ranges of codes, not codes.
        if book.is_chapter_or_block(code):
            continue
        children = book.get_children(code)
        letters = "".join(child[-1] for child in children if book.is_extended_subcategory(child))
        made.append((code, "" if children else "1", letters, " ".join(book.get_description(code).split())))
    return sorted(made, key=lambda row: row[0].replace(".", ""))


def main() -> None:
    import simple_icd_10_cm as book  # noqa: PLC0415  the heavy import belongs to this command alone

    text = "".join("\t".join(row) + "\n" for row in rows(book))
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))
    sys.stdout.write(f"{text.count(chr(10))} codes, {FILE.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
