"""Pages ship only what is in the repository, with its licence, and ask nobody else for anything."""

import base64
import hashlib
import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "clinic" / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = ROOT / "clinic" / "templates"
ENTRIES = json.loads((VENDOR / "vendor.json").read_text())
FILES = [(entry["folder"], name) for entry in ENTRIES for name in entry["files"]]
PAGES = sorted(TEMPLATES.rglob("*.html"))
SCREENS = [page for page in PAGES if page.name != "print.html" and "print" not in page.parts]


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_a_vendored_file_is_the_one_that_was_fetched(folder: str, name: str) -> None:
    promised = next(e for e in ENTRIES if e["folder"] == folder)["files"][name]["sha384"]
    digest = hashlib.sha384((VENDOR / folder / name).read_bytes()).digest()
    assert promised == "sha384-" + base64.b64encode(digest).decode()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["folder"])
def test_a_vendored_package_has_its_licence_and_its_origin(
    entry: dict[str, str],
) -> None:
    assert len((VENDOR / entry["folder"] / "LICENSE").read_text()) > 200
    assert entry["folder"].endswith("-" + entry["version"])
    assert entry["integrity"].startswith("sha512-")
    assert entry["licence"] in {"MIT", "0BSD", "OFL-1.1"}


def test_nothing_lies_in_vendor_that_is_not_written_down() -> None:
    found = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file()}
    known = {f"{folder}/{name}" for folder, name in FILES}
    licences = {f"{entry['folder']}/LICENSE" for entry in ENTRIES}
    assert found == known | licences | {"vendor.json"}


def own_text() -> list[Path]:
    sheets = [*STATIC.glob("*.css"), *STATIC.glob("*.js")]
    return [*PAGES, *sheets]


@pytest.mark.parametrize("path", own_text(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_names_no_other_host(path: Path) -> None:
    links = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text())
    assert [link for link in links if not link.endswith("www.w3.org")] == []


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_screen_has_no_inline_style_and_no_inline_script(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:|js:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_form_says_where_it_goes_and_every_button_what_it_does(
    path: Path,
) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    for form in re.findall(r"<form\b[^>]*>", text):
        assert " method=" in form, form
        assert " action=" in form, form
    for button in re.findall(r"<button\b[^>]*>", text):
        assert " type=" in button, button


@pytest.mark.parametrize(
    "sheet",
    [s for s in STATIC.glob("*.css") if s.name != "tokens.css"],
    ids=lambda s: s.name,
)
def test_colours_stand_in_tokens_only(sheet: Path) -> None:
    rules = re.sub(r"/\*.*?\*/|@(top|bottom)-[^}]*}", "", sheet.read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*})|\brgb\(", rules) == []


def test_every_file_a_style_sheet_names_is_there() -> None:
    for sheet in STATIC.glob("*.css"):
        for target in re.findall(r"url\([\"']?([^)\"']+)", sheet.read_text()):
            assert target.startswith("data:") or (STATIC / target).is_file(), (
                sheet.name,
                target,
            )


def test_the_places_of_the_schedule_are_up_to_date() -> None:
    script = ROOT / "docs" / "scripts" / "grid.py"
    spec = importlib.util.spec_from_file_location("grid", script)
    assert spec
    assert spec.loader
    grid = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(grid)
    assert (STATIC / "grid.css").read_text() == grid.css()


def relative_luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tone", ["ok", "warn", "danger", "info", "mute"])
def test_status_words_reach_four_and_a_half_to_one_on_their_tint(tone: str, theme: str) -> None:
    light, _, dark = (STATIC / "tokens.css").read_text().partition('[data-bs-theme="dark"]')
    values = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", light if theme == "light" else dark))
    for ground in (f"{tone}-tint", "surface", "ground", "raised", "hover"):
        assert contrast(values[tone], values[ground]) >= 4.5, (tone, ground)
    assert contrast(values["ink-soft"], values[f"{tone}-tint"]) >= 4.5
