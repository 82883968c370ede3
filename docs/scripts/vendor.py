"""Fetch what the pages ship from others, and write down what was fetched.

    python docs/scripts/vendor.py

Runs `npm pack` with whatever registry npm is configured for, unpacks the named files into
`clinic/static/vendor/<name>-<version>/` beside their licence, draws the small font for charts,
and writes `vendor.json`. For developers only: nothing at run time needs npm.
"""

import base64
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

VENDOR = Path(__file__).parents[2] / "clinic" / "static" / "vendor"

PACKAGES: list[dict[str, Any]] = [
    {
        "npm": "htmx.org",
        "version": "4.0.1",
        "folder": "htmx-4.0.1",
        "licence": "0BSD",
        "files": ["dist/htmx.min.js"],
    },
    {
        "npm": "bootstrap",
        "version": "5.3.9",
        "folder": "bootstrap-5.3.9",
        "licence": "MIT",
        "files": ["dist/css/bootstrap.min.css"],
    },
    {
        "npm": "@fontsource-variable/inter",
        "version": "5.3.0",
        "folder": "inter-5.3.0",
        "licence": "OFL-1.1",
        "files": [
            "files/inter-latin-wght-normal.woff2",
            "files/inter-latin-ext-wght-normal.woff2",
        ],
    },
]

# An SVG shown by <img> sees no font of the page, so each chart carries this one.
CHART_FONT = "inter-chart-wght-normal.woff2"
CHART_FONT_FROM = "inter-latin-wght-normal.woff2"
CHART_LETTERS = [*range(0x20, 0x7F), 0x00B7, 0x00D7, 0x00F7, 0x2013, 0x2026, 0x2212]


def sha384(content: bytes) -> str:
    """The `integrity` value a browser compares: "sha384-" and the digest in base64."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def chart_font(source: bytes, target: Path) -> None:
    """Keep plain English letters and figures, in the weights 400 to 600, tabular figures too."""
    font = TTFont(io.BytesIO(source))
    options = subset.Options(flavor="woff2", layout_features=["kern", "tnum", "mark", "ccmp"])
    options.notdef_outline = True
    smaller = subset.Subsetter(options)
    smaller.populate(unicodes=CHART_LETTERS)
    smaller.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": (400, 600)})
    subset.save_font(font, str(target), options)


def fetch(package: dict[str, Any], into: Path) -> dict[str, Any]:
    """One package's files, unpacked; returns its entry for vendor.json."""
    command = [
        "npm",
        "pack",
        f"{package['npm']}@{package['version']}",
        "--json",
        "--silent",
    ]
    answer = subprocess.run(command, cwd=into, check=True, capture_output=True, text=True)
    packed = json.loads(answer.stdout)[0]
    tarball = into / packed["filename"]
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if packed["integrity"] != f"sha512-{digest}":
        raise SystemExit(f"{package['npm']}: the tarball is not what the registry promised")
    folder = VENDOR / package["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    with tarfile.open(tarball) as archive:
        for name in ["LICENSE", *package["files"]]:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise SystemExit(f"{package['npm']}: no {name} in the tarball")
            content = member.read()
            target = folder / Path(name).name
            target.write_bytes(content)
            if name != "LICENSE":
                files[target.name] = {"sha384": sha384(content)}
                if target.name == CHART_FONT_FROM:
                    chart_font(content, folder / CHART_FONT)
                    files[CHART_FONT] = {
                        "sha384": sha384((folder / CHART_FONT).read_bytes()),
                        "made_from": CHART_FONT_FROM,
                    }
    return {
        "npm": package["npm"],
        "version": package["version"],
        "integrity": packed["integrity"],
        "licence": package["licence"],
        "folder": package["folder"],
        "files": files,
    }


def main() -> None:
    """Fetch every package and write vendor.json."""
    with tempfile.TemporaryDirectory() as folder:
        entries = [fetch(package, Path(folder)) for package in PACKAGES]
    (VENDOR / "vendor.json").write_text(json.dumps(entries, indent=2) + "\n")


if __name__ == "__main__":
    main()
