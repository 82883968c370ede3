"""What a report says: the words of a page, of a PDF and of a workbook."""

import io
import re
from decimal import Decimal

from openpyxl import load_workbook
from pypdf import PdfReader

MONEY = re.compile(r"−?\$[\d,]+\.\d\d")


def paper(browser, url):
    """The words of a PDF, spaces made one."""
    browser.get(url)
    assert browser.response.mimetype == "application/pdf"
    pages = PdfReader(io.BytesIO(browser.response.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def sheet(browser, url):
    browser.get(url)
    return [
        list(row)
        for row in load_workbook(io.BytesIO(browser.response.data)).active.iter_rows(values_only=True)
    ]


def cents(value):
    return Decimal(str(value)).quantize(Decimal("0.01"))


def seen(page, selector):
    return [" ".join(node.get_text(" ").split()) for node in page.select(selector)]
