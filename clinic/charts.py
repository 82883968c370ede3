"""Charts as SVG bytes, for `<img>` on a page and for a PDF: the same numbers stand in a table beside them.

Pure drawing: numbers in, bytes out. pygal lays out scales, bars and labels; what it draws is then stripped
of scripts, tooltips and random ids and dressed in the colours of `static/tokens.css`, light or dark. An image
cannot see the page's font, so each chart carries a small cut of Inter. The same numbers give the same bytes.
"""

import base64
import functools
import math
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pygal
from pygal.etree import etree
from pygal.style import Style

# pygal hooks a finder for its map plug-ins into every later import of the process; it lacks find_spec, so each
# import that finds nothing warns. We draw no maps.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]

STATIC = Path(__file__).parent / "static"
FONT = STATIC / "vendor" / "inter-5.3.0" / "inter-chart-wght-normal.woff2"
WIDTH, HEIGHT = 620, 168

Number = float
Format = Callable[[Number], str]


def dollars(value: Number) -> str:
    """1234.5 as "$1,234", −5 as "−$5"; for the words at bars, never for a table."""
    return f"{'−' if value < 0 else ''}${abs(value):,.0f}"


def short_dollars(value: Number) -> str:
    """25000 as "$25k", 2500000 as "$2.5M": the words under an axis."""
    for unit, letter in ((1_000_000, "M"), (1000, "k")):
        if abs(value) >= unit:
            return f"{'−' if value < 0 else ''}${abs(value) / unit:.4g}{letter}"
    return dollars(value)


def thousands(value: Number) -> str:
    """89320 as "$89k": the words above a bar, where the table has the cents."""
    return dollars(value / 1000) + "k" if abs(value) >= 10_000 else dollars(value)


def percent(value: Number) -> str:
    """85 as "85%", 7.4 as "7.4%"."""
    return f"{value:.4g}%"


def plain(value: Number) -> str:
    """36.2 as "36.2", 1200 as "1,200"."""
    return f"{value:,.1f}".removesuffix(".0")


def stacked(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[Number]]],
    *,
    dark: bool = False,
    words: Format = dollars,
    axis: Format = short_dollars,
    height: int = HEIGHT,
) -> bytes:
    """Horizontal stacked bars, first label on top, the total written at each end: aged A/R.

    `series` is (name, one number a label), two at most; their names belong in the page's `.key`, not here.
    Numbers below zero are refused with ValueError: credits stand apart in the table (B10).
    """
    if any(value < 0 for _, values in series for value in values):
        raise ValueError("a stacked bar holds no number below zero")
    totals = [sum(values[i] for _, values in series) for i in range(len(labels))]
    highest = max(totals, default=0) or 1
    top = highest * 1.18  # Room for the total behind the longest bar.
    ticks = [tick for tick in scale(0, highest) if tick <= top]
    chart = pygal.HorizontalStackedBar(config(dark, height, axis, ticks, range=(0, top)))
    chart.x_labels = list(reversed(labels))
    for name, values in series:
        chart.add(name, [float(value) for value in reversed(values)])
    return draw(
        chart,
        dark,
        lambda root: write_at_ends(root, [words(t) for t in reversed(totals)]),
    )


def bars(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[Number]]],
    *,
    dark: bool = False,
    words: Format = thousands,
    axis: Format = short_dollars,
    height: int = HEIGHT,
) -> bytes:
    """Upright bars side by side with the number above each: charges and payments by month."""
    highest = max((value for _, values in series for value in values), default=0)
    ticks = scale(0, (highest or 1) * 1.1)
    chart = pygal.Bar(config(dark, height, axis, ticks, print_values=True))
    chart.x_labels = list(labels)
    for name, values in series:
        chart.add(name, [float(value) for value in values], formatter=words)
    return draw(chart, dark)


def line(
    labels: Sequence[str],
    values: Sequence[Number | None],
    target: Number | None = None,
    *,
    dark: bool = False,
    words: Format = percent,
    height: int = HEIGHT,
) -> bytes:
    """One line over time with its last number written at its end, and a dashed target that is named."""
    known = [value for value in values if value is not None]
    ends = [*known, *([target] if target is not None else [])]
    low, high = min(ends, default=0), max(ends, default=0)
    pad = (high - low) * 0.15 or 1
    ticks = scale(max(0, low - pad) if low >= 0 else low - pad, high + pad)
    chart = pygal.Line(config(dark, height, words, ticks, margin_right=24))
    chart.x_labels = list(labels)
    chart.add("value", list(values))
    if target is not None:
        chart.add("target", [target] * len(values))
    last = words(known[-1]) if known else ""
    return draw(chart, dark, lambda root: name_lines(root, last, f"target {words(target or 0)}"))


def spark(values: Sequence[Number | None], target: Number | None = None, *, dark: bool = False) -> bytes:
    """The small line in a tile, 180 by 32, without words; stretched to the tile's width."""
    ends = [value for value in [*values, target] if value is not None]
    low, high = min(ends, default=0), max(ends, default=1)
    pad = (high - low) * 0.2 or 1
    options = config(dark, 32, plain, [low - pad, high + pad], width=180, margin=2)
    for part in ("show_x_labels", "show_y_labels", "show_x_guides", "show_y_guides"):
        setattr(options, part, False)
    chart = pygal.Line(options)
    chart.add("value", list(values))
    if target is not None:
        chart.add("target", [target] * max(len(values), 2))

    def stretch(root: Any) -> None:
        root.set("preserveAspectRatio", "none")
        for path in root.iter("path"):
            path.set("vector-effect", "non-scaling-stroke")

    return draw(chart, dark, stretch, font=False)


def scale(low: Number, high: Number, most: int = 6) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, at most `most` of them."""
    if high <= low:
        return [low, low + 1]
    rough = (high - low) / (most - 1)
    power = 10 ** math.floor(math.log10(rough))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = factor * power
        first = math.floor(low / step)
        last = math.ceil(high / step - 1e-9)
        if last - first + 1 <= most:
            break
    return [round(n * step, 6) for n in range(first, last + 1)]


def config(dark: bool, height: int, axis: Format, ticks: list[float], **more: Any) -> pygal.Config:
    """What all our charts have in common; pygal's own legend, dots and scripts stay off."""
    colours = tokens(dark)
    style = Style(
        font_family="Inter, sans-serif",
        background="transparent",
        plot_background="transparent",
        colors=(colours["accent"], colours["chart-2"]),
        # Without these pygal writes white numbers on what it believes is a dark bar, white on white beside it.
        value_colors=(colours["ink"], colours["ink"]),
        label_font_size=12,
        major_label_font_size=12,
        value_font_size=12,
        value_label_font_size=12,
    )
    options: dict[str, Any] = {
        "width": WIDTH,
        "margin": 4,
        "show_dots": False,
        "y_labels": ticks,
        "range": (ticks[0], ticks[-1]),
        "print_values_position": "top",
    }
    return pygal.Config(
        style=style,
        height=height,
        js=[],
        show_legend=False,
        no_data_text="Nothing to show yet",
        value_formatter=axis,
        disable_xml_declaration=True,
        **{**options, **more},
    )


def draw(
    chart: Any,
    dark: bool,
    finish: Callable[[Any], None] | None = None,
    *,
    font: bool = True,
) -> bytes:
    """Render, strip, dress; `finish` may change the tree last."""

    def clean(root: Any) -> Any:
        strip(root)
        if finish:
            finish(root)
        style = root.find("defs/style")
        style.text = (font_face() if font else "") + rules(tokens(dark))
        return root

    chart.add_xml_filter(clean)
    svg: str = chart.render(is_unicode=True)
    return svg.encode()


def strip(root: Any) -> None:
    """Take out what an image has no use for: scripts, tooltips, comments with dates, random ids."""
    for parent in list(root.iter()):
        for child in list(parent):
            unused = child.tag in ("script", "desc", "title") or not isinstance(child.tag, str)
            if unused or child.get("class") in (
                "plot overlay",
                "background",
                "tooltip",
            ):
                parent.remove(child)
    for name in ("id", "xmlns:xlink", "class"):
        root.attrib.pop(name, None)


def write_at_ends(root: Any, words: Sequence[str]) -> None:
    """The total of each stacked bar, just after its last part."""
    plots = [node for node in root.iter("g") if node.get("class") == "plot"]
    parts = [group.findall("g/g/rect") for group in plots[0].findall("g") if "series" in group.get("class")]
    for i, text in enumerate(words):
        row = [series[i] for series in parts if series[i].get("x")]
        if not row:  # pygal lays nothing out when every number is zero.
            continue
        for rect in row:
            rect.set("y", f"{float(rect.get('y')) + 3:.1f}")
            rect.set("height", f"{float(rect.get('height')) - 6:.1f}")
        end = max(float(rect.get("x")) + float(rect.get("width", 0)) for rect in row)
        middle = float(row[0].get("y")) + float(row[0].get("height")) / 2
        write(plots[0], end + 8, middle + 4, text, "total")


def name_lines(root: Any, last: str, target: str) -> None:
    """A dot and the number where the line ends; the target's name at its start."""
    plot = next(node for node in root.iter("g") if node.get("class") == "plot")
    for path in plot.findall("g/path"):
        points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d"))
        (x, y), (end_x, end_y) = [(float(a), float(b)) for a, b in (points[0], points[-1])]
        kind = next((g.get("class") for g in plot if path in list(g)), "")
        if "serie-0" in kind:
            etree.SubElement(plot, "circle", cx=f"{end_x:.1f}", cy=f"{end_y:.1f}", r="4")
            write(plot, end_x, end_y - 10, last, "total middle")
        elif "serie-1" in kind:
            write(plot, x - 4, y - 6, target, "")


def write(parent: Any, x: float, y: float, text: str, kind: str) -> None:
    """Words at a place in the drawing."""
    node = etree.SubElement(parent, "text", x=f"{x:.1f}", y=f"{y:.1f}")
    node.set("class", kind)
    node.text = text


@functools.cache
def tokens(dark: bool) -> dict[str, str]:
    """The colours of tokens.css by name, without the two dashes."""
    light, _, night = (STATIC / "tokens.css").read_text().partition('[data-bs-theme="dark"]')
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", light))
    return {**found, **dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", night))} if dark else found


@functools.cache
def font_face() -> str:
    """The small cut of Inter as a data: address, weights 400 to 600."""
    data = base64.b64encode(FONT.read_bytes()).decode()
    return f"@font-face{{font-family:Inter;font-weight:400 600;src:url(data:font/woff2;base64,{data}) format('woff2')}}"


def rules(colours: dict[str, str]) -> str:
    """Our own style in place of pygal's: quiet guides, soft axis words, strong numbers."""
    return (
        # No `font:` shorthand: WeasyPrint takes its first number for the size, and a 400 would make letters of 400 px.
        f"text{{font-family:Inter,sans-serif;font-size:12px;font-weight:400;fill:{colours['ink-soft']}}}"
        ".axis.y text{text-anchor:end}.axis.x text{text-anchor:middle}"
        f".horizontal .axis.y text{{fill:{colours['ink']}}}"
        f".guides .line,.guides .guide{{fill:none;stroke:{colours['line-soft']}}}"
        ".vertical .axis.x path{stroke:none}"
        f".axis>.line{{fill:none;stroke:{colours['line-strong']}}}"
        f".total,.text-overlay text{{font-weight:600;fill:{colours['ink']}}}"
        ".text-overlay text,.middle,.no_data{text-anchor:middle}"
        f".rect{{stroke:{colours['surface']}}}.serie-0 .rect,circle{{fill:{colours['accent']}}}"
        f".serie-1 .rect{{fill:{colours['chart-2']}}}"
        f".serie-0 .line{{fill:none;stroke:{colours['accent']};stroke-width:2}}"
        f".serie-1 .line{{fill:none;stroke:{colours['line-strong']};stroke-dasharray:4 4}}"
    )
