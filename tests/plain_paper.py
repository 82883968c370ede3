"""A PDF whose one page says these words in one line: for tests that ask who gets a paper, not how it looks."""

import io

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}


def sheet(words: str) -> bytes:
    """`words` in Latin letters; what is beyond them is a question mark."""
    written = words.encode("cp1252", "replace")
    for special in (b"\\", b"(", b")"):
        written = written.replace(special, b"\\" + special)
    writer = PdfWriter()
    page = writer.add_blank_page(612, 792)
    font = DictionaryObject({NameObject(key): NameObject(value) for key, value in FONT.items()})
    fonts = DictionaryObject({NameObject("/F1"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    line = DecodedStreamObject()
    line.set_data(b"BT /F1 9 Tf (" + written + b") Tj ET")
    page[NameObject("/Contents")] = line
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
