"""`clinic edi`: look into X12 files without a database. Every input ends in words, never in a traceback.

0 is success, 1 a file with errors or one that is no X12, 2 a path that cannot be read. `-` is standard input.
"""

import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import click

from clinic import clock, x12
from clinic.formats import usd
from clinic.x12.codes import terms

SHOWN = 20
HIGHEST_NUMBER = 999_999_999  # what ISA13 holds
# As elsewhere, a dash is what comes through a pipe.
PIPED = "-"
FILES = click.argument("files", nargs=-1, required=True)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, one per file.")


def here(path: str | Path) -> Path:
    """A path as whoever called names it: `./run` leaves the folder that it was called from (CLINIC_CALLED_FROM)."""
    return Path(os.environ.get("CLINIC_CALLED_FROM", ""), path)


@click.group()
def edi() -> None:
    """Look into X12 files."""


@edi.command()
@FILES
@AS_JSON
def inspect(files: tuple[str, ...], as_json: bool) -> None:
    """What each of FILES is, who sent it to whom, how much it holds, and whether it balances; - is standard input."""
    unread = False
    for path in files:
        content, found = _read(path)
        unread = unread or content is None
        if content is not None:
            found = x12.inspect(content, path)
        if as_json:
            click.echo(json.dumps(found, default=str))
            continue
        click.echo(_plain(f"{path}: {'not read' if content is None else _kind(found)}"))
        if content is not None:
            wrong = {each["position"] for each in found["findings"] if each["severity"] == "error"}
            for line in _about(content, wrong):
                click.echo(f"  {line}")
        _list(found["findings"], SHOWN)
    sys.exit(2 if unread else 0)


@edi.command()
@FILES
@AS_JSON
@click.option(
    "--ours", is_flag=True, help="A file of ours before it leaves: what only we can mend is an error too."
)
def validate(files: tuple[str, ...], as_json: bool, ours: bool) -> None:
    """What the implementation guide says against a file: where, what is wrong, what to do. Exit 1 for an error."""
    code = 0
    for path in files:
        content, found = _read(path)
        findings = found["findings"]
        if content is None:
            code = 2
        else:
            try:
                findings = [each.as_dict() for each in x12.validate(content, "out" if ours else "in")]
            except x12.X12Error as error:
                findings = [error.as_finding().as_dict()]
        counted = Counter(finding["severity"] for finding in findings)
        if counted["error"]:
            code = max(code, 1)
        if as_json:
            said = {
                "path": path,
                "errors": counted["error"],
                "warnings": counted["warning"],
                "findings": findings,
            }
            click.echo(json.dumps(said))
            continue
        click.echo(_plain(f"{path}: {_counts(counted)}"))
        _list(findings, None)
    sys.exit(code)


@edi.command()
@click.argument("file")
@click.option("--no-check", is_flag=True, help="The words alone: for large files.")
def explain(file: str, no_check: bool) -> None:
    """A file in plain words, segment by segment, loops indented, findings at their place."""
    try:
        with _opened(file) as source:
            findings: tuple[x12.Finding, ...] = ()
            if not no_check:
                try:
                    findings = x12.validate(source)
                except x12.X12Error as error:
                    findings = (error.as_finding(),)
                source.seek(0)
            for line in x12.explain(source, findings):
                _say(line)
    except BrokenPipeError:
        raise  # Whoever read along has gone: click ends quietly.
    except OSError as error:
        click.echo(f"{file}: {_unopened(error)}", err=True)
        sys.exit(2)
    except x12.X12Error as error:
        click.echo(_plain(f"{file}: {error}"), err=True)
        sys.exit(1)


@edi.command()
@click.argument("file")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="A folder to write the answers to."
)
@click.option("--control-number", default=1, show_default=True, type=click.IntRange(1, HIGHEST_NUMBER),
              help="ISA13 of the first answer; the second has the next one.")  # fmt: skip
def ack(file: str, out: Path | None, control_number: int) -> None:
    """The TA1 and 999 that answer a file."""
    content, found = _read(file)
    if content is None:
        click.echo(f"{file}: {found['findings'][0]['message']}", err=True)
        sys.exit(2)
    try:
        envelope = _answering(content, control_number)
        answer = x12.acknowledge(content, envelope)
    except x12.X12Error as error:
        click.echo(_plain(f"{file}: {error} There is nobody to answer."), err=True)
        sys.exit(1)
    # Two interchanges of one sender never bear the same number; after the last one comes 1.
    envelope = replace(envelope, control_number=control_number % HIGHEST_NUMBER + 1)
    texts = {
        "TA1": answer.ta1_text,
        "999": x12.write_999(envelope, answer.groups) if answer.groups else b"",
    }
    try:
        for name, text in texts.items():
            if not text:
                continue
            if out is None:
                click.echo(_plain(text.decode("utf-8", "replace").rstrip()))
            else:
                folder = here(out)
                folder.mkdir(parents=True, exist_ok=True)
                target = folder / f"{'answer' if file == PIPED else Path(file).name}.{name}.x12"
                target.write_bytes(text)
                click.echo(str(target))
    except OSError as error:
        click.echo(f"{out}: cannot be written: {error.strerror or error}", err=True)
        sys.exit(2)


def _answering(content: bytes, control_number: int) -> x12.Envelope:
    """The answering side: who received the file, in the sender's own usage."""
    asked = next(iter(x12.read_interchanges(content))).envelope
    return x12.Envelope(
        sender_id=asked.receiver_id,
        receiver_id=asked.sender_id,
        sender_qualifier=asked.receiver_qualifier or "ZZ",
        receiver_qualifier=asked.sender_qualifier or "ZZ",
        control_number=control_number,
        created_at=clock.local(clock.now()).replace(tzinfo=None),
        usage="T" if asked.usage == "T" else "P",
    )


def _opened(path: str) -> BinaryIO:
    """A file, or what comes through a pipe, which is read twice and so has to be held."""
    return io.BytesIO(sys.stdin.buffer.read()) if path == PIPED else here(path).open("rb")


def _unopened(error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        return "cannot be opened: this is a folder; name the files in it."
    return f"cannot be opened: {getattr(error, 'strerror', None) or error}"


def _read(path: str) -> tuple[bytes | None, dict[str, Any]]:
    try:
        with _opened(path) as source:
            return source.read(), {"path": path, "kind": None, "findings": []}
    except (OSError, ValueError) as error:
        finding = {"severity": "error", "position": 0, "message": _unopened(error)}
        return None, {"path": path, "kind": None, "findings": [finding]}


def _kind(found: dict[str, Any]) -> str:
    kind = found.get("kind")
    if not kind:
        return "not X12"
    return f"{terms.KINDS[kind]} ({kind})" if kind in terms.KINDS else str(kind)


def _about(content: bytes, wrong: set[int]) -> Iterator[str]:
    """Who, how many, how much, and whether it adds up; a place that is `wrong` is named by its finding below."""
    try:
        found = x12.summarize(content)
    except x12.X12Error:
        return
    envelope = found.envelope
    if envelope is not None:
        made = f", {found.created_at:%m/%d/%Y %H:%M}" if found.created_at else ""
        usage = ", test data" if envelope.usage == "T" else ""
        said = f"From {envelope.sender_id} to {envelope.receiver_id}{made}, interchange {envelope.control_number:09d}"
        yield _plain(said + usage)
    if found.payers:
        yield _plain(f"Payer: {', '.join(found.payers)}")
    if found.traces:
        more = f" and {len(found.traces) - 3} more" if len(found.traces) > 3 else ""
        yield _plain(f"Trace: {', '.join(found.traces[:3])}{more}")
    parts = [_many(len(found.envelopes), "interchange"), _many(found.groups, "group"),
             _many(found.sets, "transaction set"), _many(found.segments, "segment")]  # fmt: skip
    yield ", ".join(parts)
    if found.claims:
        lines = f", {_many(found.lines, 'line')}" if found.lines else ""
        yield f"{_many(found.claims, 'claim')}{lines}{_money(found)}"
    elif found.amount is not None:
        yield f"no claims{_money(found)}"
    for kind, code in found.answers[:SHOWN]:
        yield _plain(f"{kind}: {terms.ANSWERS.get(code, code)}")
    if found.balances is True:
        yield "It balances."
    elif found.balances is False:
        yield f"It does not balance in {_many(found.differing, 'place')}:"
        for each in found.differences[:SHOWN]:
            if each.position not in wrong:
                yield _plain(
                    f"  segment {each.position} ({each.segment}): {each.label}, off by {usd(each.amount)}"
                )


def _money(found: x12.Summary) -> str:
    if found.amount is None:
        return ""
    if found.billed is None:
        return f", {usd(found.amount)} billed"
    kept = found.adjusted or Decimal(0)
    plb = f", {usd(abs(kept))} {'kept back' if kept > 0 else 'added'} at provider level" if kept else ""
    return f", {usd(found.billed)} billed, {usd(found.amount)} paid{plb}"


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _counts(counted: Counter[str]) -> str:
    parts = [
        _many(counted[severity], severity) for severity in ("error", "warning", "note") if counted[severity]
    ]
    return ", ".join(parts) or "no findings"


def _list(findings: list[dict[str, Any]], most: int | None) -> None:
    for finding in findings[:most]:
        click.echo(_plain(f"  {_finding(finding)}"))
    if most is not None and len(findings) > most:
        click.echo(f"  … and {len(findings) - most} more: clinic edi validate lists all")


def _finding(finding: dict[str, Any]) -> str:
    """`error: segment 12, loop 2300, CLM05-1, value 'X': what is wrong. What to do.`"""
    place = [f"segment {finding['position']}" if finding.get("position") else "file"]
    if finding.get("loop"):
        place.append(f"loop {finding['loop']}")
    if finding.get("element") or finding.get("segment"):
        place.append(finding.get("element") or finding["segment"])
    if finding.get("value"):
        place.append(f"value {finding['value'][:40]!r}")
    advice = f" {finding['advice']}" if finding.get("advice") else ""
    return f"{finding['severity']}: {', '.join(place)}: {finding['message']}{advice}"


def _say(line: x12.Explained) -> None:
    """One segment: its number, its id and its words; before it the loop's name, behind it what is wrong with it."""
    indent = "  " * line.depth
    if line.opens:
        name = f"{line.opens} ({line.loop})" if line.opens != line.loop else f"Loop {line.loop}"
        click.echo(_plain(f"{'':13}{indent}{name}"))
    deeper = "  " if line.loop else ""
    click.echo(_plain(f"{line.segment.position:>7}  {line.segment.id[:3]:<4}{indent}{deeper}{line.said}"))
    for finding in line.findings:
        click.echo(_plain(f"{'':13}{indent}{deeper}^ {finding.severity}: {finding.message} {finding.advice}"))


def _plain(text: str) -> str:
    """What a terminal may be sent: a file's own control characters are shown as dots."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "·" for letter in text)
