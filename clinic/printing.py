"""HTML templates to PDF bytes: WeasyPrint with `data:` addresses only (design 2, trust T8)."""

import base64
import importlib
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from clinic import clock, formats

ROOT = Path(__file__).parent
MEDIA = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png", ".css": "text/css"}

FACES = (
    (
        "inter-latin-ext-wght-normal.woff2",
        " unicode-range: U+0100-02BA, U+1E00-1E9F, U+1EF2-1EFF, U+20A0-20AB;",
    ),
    ("inter-latin-wght-normal.woff2", ""),
)


@cache
def vendored() -> dict[str, tuple[str, str]]:
    """Bare file name → (path under static, sha384) of every vendored file."""
    packages = json.loads((ROOT / "static/vendor/vendor.json").read_text())
    return {
        name: (f"vendor/{package['folder']}/{name}", facts["sha384"])
        for package in packages
        for name, facts in package["files"].items()
    }


@cache
def data_url(name: str) -> str:
    """A static file as a `data:` address, the only kind a PDF may load."""
    path = ROOT / "static" / vendored().get(name, (name, ""))[0]
    body = base64.b64encode(path.read_bytes()).decode()
    return f"data:{MEDIA[path.suffix]};base64,{body}"


def svg_url(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


def qr_url(text: str) -> str:
    """A QR code as a `data:` SVG."""
    return str(segno.make(text, error="m").svg_data_uri(scale=4, border=2))


FILTERS = {
    "usd": formats.usd,
    "usd_bare": formats.usd_bare,
    "mdy": formats.mdy,
    "clock": formats.wall,
    "phone": formats.phone,
    "ago": formats.ago,
}


@cache
def environment() -> Environment:
    """Jinja without the web: strict, escaped, the same filters as the screens."""
    made = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals.update(data_url=data_url, svg_url=svg_url, qr_url=qr_url, today=clock.today)
    return made


def html(template: str, **context: Any) -> str:
    context.setdefault("watermark", None)
    return environment().get_template(template).render(**context)


@cache
def _engine() -> tuple[ModuleType, Any, Any, list[Any]]:
    """WeasyPrint, a fetcher for `data:` only, and the house's fonts and styles, parsed once a process.

    WeasyPrint loads pango when it is imported; a machine without it must still run everything else.
    """
    weasyprint = importlib.import_module("weasyprint")
    fetcher = importlib.import_module("weasyprint.urls").URLFetcher(allowed_protocols=["data"])
    fonts = importlib.import_module("weasyprint.text.fonts").FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "Inter"; font-weight: 100 900; src: url({data_url(name)});{extra} }}'
        for name, extra in FACES
    )
    texts = [faces, *((ROOT / "static" / name).read_text() for name in ("tokens.css", "print.css"))]
    styles = [weasyprint.CSS(string=text, font_config=fonts, url_fetcher=fetcher) for text in texts]
    return weasyprint, fetcher, fonts, styles


def pdf(template: str, **context: Any) -> bytes:
    """Render a print template to a tagged PDF (pdf/ua-1); raises OSError where pango is missing."""
    weasyprint, fetcher, fonts, styles = _engine()
    document = weasyprint.HTML(string=html(template, dressed=True, **context), url_fetcher=fetcher)
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1", stylesheets=styles, font_config=fonts))
