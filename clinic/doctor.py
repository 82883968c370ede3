"""What is missing or unsafe on this machine, and the line that mends it. Run before the demo, and as `clinic doctor`.

Only the standard library is imported: the first run of `./run` asks it before anything else works.
"""

import ctypes
import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

# What WeasyPrint loads, by the names it tries (Debian's first, then macOS's).
LIBRARIES = {
    "gobject": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"),
    "pango": ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    "harfbuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    "harfbuzz-subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
    "fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib"),
    "pangoft2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
}
APT_LINE = "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
BREW_LINE = "brew install pango"
# Homebrew on Apple silicon installs where the loader does not look by itself.
BREW_FOLDER = Path("/opt/homebrew/lib")
FONTS = Path(__file__).parent / "static"
OLDEST_PYTHON = (3, 11)
DISK_ANSWER = "disk-encryption.json"


@dataclass(frozen=True)
class Check:
    """One thing looked at. `message` says what was found; `how_to_mend` is empty where nothing need be done.

    `required` tells what the clinic cannot start without from what it only does less well without.
    """

    name: str
    ok: bool
    message: str
    how_to_mend: str = ""
    required: bool = True


def check(
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    redis: Path | str | None = None,
    disk_encrypted: bool | None = None,
    disk_said_on: str = "",
    fonts: Path = FONTS,
) -> list[Check]:
    """Look at everything, in the order a person would mend it.

    `port` None: nothing is about to listen. `redis`: the server found (`embedded.find_redis()`)
    or the URL of somebody else's. `disk_encrypted` and `disk_said_on` are the operator's recorded answer
    (`recorded_disk`), None when never asked (trust T7: we cannot see it from inside).
    """
    found = [_python(), _pdf_libraries(), _fonts(fonts), _redis(redis)]
    if port is not None:
        found.append(_port(host, port))
    found.append(_disk(disk_encrypted, disk_said_on))
    return found


def missing_libraries() -> list[str]:
    """The libraries of LIBRARIES that cannot be loaded; without them no PDF is made."""
    return [name for name, files in LIBRARIES.items() if not any(_loads(file) for file in files)]


def _loads(file: str) -> bool:
    for name in (file, str(BREW_FOLDER / file)):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def _python() -> Check:
    version = ".".join(str(number) for number in sys.version_info[:3])
    if sys.version_info >= OLDEST_PYTHON:
        return Check("python", True, f"Python {version}")
    return Check("python", False, f"Python {version} is too old", "Install Python 3.11 or later.")


def _pdf_libraries() -> Check:
    missing = missing_libraries()
    if not missing:
        return Check("pango", True, "PDF libraries found", required=False)
    mend = BREW_LINE if sys.platform == "darwin" else f"As root: {APT_LINE}"
    return Check("pango", False, f"No PDF can be made without {', '.join(missing)}", mend, required=False)


def _fonts(folder: Path) -> Check:
    """WeasyPrint crashes the whole process on a machine without any font, so ours must be there."""
    fonts = sorted(folder.rglob("*.woff2")) + sorted(folder.rglob("*.ttf"))
    if fonts:
        return Check("fonts", True, f"{len(fonts)} fonts of our own")
    return Check(
        "fonts", False, f"No font file under {folder}", "Restore the files: git checkout clinic/static"
    )


def _redis(found: Path | str | None) -> Check:
    if found:
        return Check(
            "redis", True, "A Redis server is given" if isinstance(found, str) else f"{found.name} found"
        )
    mend = "Install one (apt-get install redis-server, or brew install redis), or set REDIS_URL."
    return Check("redis", False, "There is no Redis server", mend)


def _port(host: str, port: int) -> Check:
    with socket.socket() as listener:
        # As the web server does: a port whose last connections are only fading counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            mend = f"Stop what listens there, or choose another: ./run demo --port {port + 1}"
            return Check("port", False, f"Port {port} cannot be used: {os.strerror(error.errno or 0)}", mend)
    return Check("port", True, f"Port {port} is free")


def record_disk(folder: Path, encrypted: bool, said_on: str) -> None:
    """Keep the operator's answer, with its day (2026-03-10), in the data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DISK_ANSWER).write_text(json.dumps({"encrypted": encrypted, "said_on": said_on}) + "\n")


def recorded_disk(folder: Path) -> tuple[bool | None, str]:
    """What was answered about this data folder's disk, and on which day; (None, "") when never."""
    try:
        answer = json.loads((folder / DISK_ANSWER).read_text())
        return bool(answer["encrypted"]), str(answer["said_on"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, ""


def _disk(encrypted: bool | None, said_on: str) -> Check:
    on = f" on {said_on}" if said_on else ""
    if encrypted:
        return Check("disk encryption", True, f"The disk is encrypted, by your word{on}", required=False)
    said = (
        "Nobody has said yet whether the disk is encrypted"
        if encrypted is None
        else f"The disk is not encrypted, by your word{on}"
    )
    return Check(
        "disk encryption",
        False,
        said,
        "Encrypt it (LUKS, FileVault, BitLocker), then record it: ./run doctor --disk-encrypted yes",
        required=False,
    )


def main() -> int:
    """For `./run`, before anything else can be imported: exit 1 when a PDF library is missing, and name it."""
    missing = missing_libraries()
    if missing:
        print(f"Not found on this machine: {', '.join(missing)} (needed for PDF files).", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
