"""Charts are images: the same bytes for the same numbers, nothing that runs, nothing fetched."""

import re
import sys
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from clinic import charts

AGES = ["0 to 30", "31 to 60", "61 to 90", "91 to 120", "over 120"]
INSURANCE = [86420, 41180, 18240, 8730, 9610]
PATIENT = [9310, 7420, 5160, 3940, 6220]
WEEKS = ["12/16", "12/23", "12/30", "01/06"]

DRAWINGS: dict[str, Callable[[bool], bytes]] = {
    "stacked": lambda dark: charts.stacked(AGES, [("Insurance", INSURANCE), ("Patient", PATIENT)], dark=dark),
    "bars": lambda dark: charts.bars(
        ["May", "June"],
        [("Charges", [148210, 151940]), ("Payments", [89320, 92105])],
        dark=dark,
    ),
    "line": lambda dark: charts.line(WEEKS, [61, None, 72, 86], 85, dark=dark),
    "spark": lambda dark: charts.spark([41, 39.5, 38, 36.2], 35, dark=dark),
}


def tree(svg: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def words(svg: bytes) -> list[str]:
    return [node.text or "" for node in tree(svg).iter() if node.tag.endswith("text")]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", DRAWINGS)
def test_a_chart_runs_nothing_and_fetches_nothing(name: str, dark: bool) -> None:
    svg = DRAWINGS[name](dark)
    root = tree(svg)
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert not tags & {"script", "foreignObject", "image", "a", "desc", "title"}
    for node in root.iter():
        assert not [attribute for attribute in node.attrib if attribute.startswith("on")]
        assert "style" not in node.attrib
    addresses = re.findall(rb"url\(([^)]{0,30})|(https?://[^\"]*)|@import", svg)
    for url, link in addresses:
        assert url.startswith(b"data:font/woff2") or link == b"http://www.w3.org/2000/svg"


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_numbers_give_the_same_bytes(name: str) -> None:
    assert DRAWINGS[name](False) == DRAWINGS[name](False)


@pytest.mark.parametrize("name", DRAWINGS)
def test_light_and_dark_differ_in_colours_only(name: str) -> None:
    def colourless(svg: bytes) -> bytes:
        return re.sub(rb"#[0-9a-f]{6}", b"", svg)

    light, dark = DRAWINGS[name](False), DRAWINGS[name](True)
    assert light != dark
    assert colourless(light) == colourless(dark)


@pytest.mark.parametrize("name", ["stacked", "bars", "line"])
def test_words_carry_their_own_font(name: str) -> None:
    assert b"@font-face" in DRAWINGS[name](False)


def test_each_stacked_bar_ends_in_its_total_first_label_on_top() -> None:
    shown = words(DRAWINGS["stacked"](False))
    assert [w for w in shown if w in AGES] == list(reversed(AGES))
    assert [w for w in shown if "," in w] == [
        "$15,830",
        "$12,670",
        "$23,400",
        "$48,600",
        "$95,730",
    ]


def test_an_empty_age_has_its_zero_written() -> None:
    shown = words(charts.stacked(["0 to 30", "over 30"], [("Insurance", [100, 0])]))
    assert [w for w in shown if w in {"$100", "$0"}][-2:] == ["$0", "$100"]


def test_numbers_above_bars_are_written_in_ink_on_any_bar() -> None:
    svg = DRAWINGS["bars"](False)
    assert {"$148k", "$152k", "$89k", "$92k"} <= set(words(svg))
    assert b".text-overlay text{font-weight:600;fill:#17212b}" in svg
    assert b"fill:white" not in svg


def test_a_line_names_its_target_and_where_it_stands() -> None:
    shown = words(DRAWINGS["line"](False))
    assert "target 85%" in shown
    assert "86%" in shown


def test_a_line_without_target_names_none() -> None:
    assert not [w for w in words(charts.line(WEEKS, [1, 2, 3, 4])) if "target" in w]


def test_a_credit_is_refused_in_a_stacked_bar() -> None:
    with pytest.raises(ValueError, match="below zero"):
        charts.stacked(["0 to 30"], [("Insurance", [-1])])


@pytest.mark.parametrize(
    "empty",
    [
        lambda: charts.stacked(AGES, [("Insurance", [0] * 5), ("Patient", [0] * 5)]),
        lambda: charts.bars(["May"], [("Charges", [0])]),
        lambda: charts.line(WEEKS, [None] * 4, 85),
        lambda: charts.line(WEEKS, [0, 0, 0, 0]),
        lambda: charts.spark([None, None], 35),
        lambda: charts.spark([5.0]),
    ],
)
def test_a_new_clinic_without_numbers_still_gets_its_charts(
    empty: Callable[[], bytes],
) -> None:
    assert tree(empty()).tag.endswith("svg")


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 95730, [0, 20000, 40000, 60000, 80000, 100000]),
        (0, 7, [0, 2, 4, 6, 8]),
        (61, 86, [60, 70, 80, 90]),
        (0, 0, [0, 1]),
    ],
)
def test_axis_numbers_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert charts.scale(low, high) == ticks


def test_drawing_leaves_no_hook_in_the_imports_of_the_process() -> None:
    assert "PluginImportFixer" not in {type(finder).__name__ for finder in sys.meta_path}


def test_figures_use_the_true_minus() -> None:
    assert charts.dollars(-5) == "\u2212$5"
    assert charts.short_dollars(-25000) == "\u2212$25k"
    assert charts.short_dollars(2_500_000) == "$2.5M"
    assert charts.thousands(89_320) == "$89k"
    assert charts.percent(7.4) == "7.4%"
    assert charts.plain(36.2) == "36.2"
