"""`clinic era import FILE` as one process does it: no Redis, real commits, one sentence a set."""

from dataclasses import replace
from decimal import Decimal

import pytest
from click.testing import CliRunner

from clinic import db, queue, verify, x12
from clinic.cli import main
from clinic.demo import era
from tests.remittances import house

D = Decimal


@pytest.fixture
def files(committed, tmp_path, monkeypatch):
    """A known claim paid, an unknown one, one with a cent missing, and what is no 835."""
    monkeypatch.setattr(queue, "_redis", None)
    with db.transaction() as session:
        claim = house.claim_at_payer(session, ("99213", "135.00"))
        line = house.paid_line(claim, 0, "98.60", ("CO", "45", "36.40"))
        paid = house.answer(claim, line)
        strange = replace(paid, control_number="X-1", payer_control_number="")
        wrong = house.answer(claim, house.paid_line(claim, 0, "98.60", ("CO", "45", "36.39")))
        sets = {
            "paid": house.era(session, claim.payer, paid),
            "strange": house.era(session, claim.payer, strange, trace="E2"),
            "wrong": house.era(session, claim.payer, wrong, trace="E3"),
        }
        for name, said in sets.items():
            (tmp_path / f"{name}.835").write_bytes(x12.write_835(house.ENVELOPE, [said]))
    (tmp_path / "empty.835").write_bytes(b"")
    return tmp_path


def _import(path):
    return list(era.take_in(path))


def test_each_set_says_how_it_ended_with_its_proof_or_its_cents(files):
    """Step 8: unmatched with its proof, out of balance with segment and cents, duplicate, unreadable."""
    (paid,) = _import(files / "paid.835")
    assert (paid["outcome"], paid["set"]) == ("posted", 1)
    assert "claims $98.60 less provider level $0.00 = $98.60" in paid["words"]
    (strange,) = _import(files / "strange.835")
    assert strange["outcome"] == "unmatched"
    assert "it balances: lines 1 of 1, claims 1 of 1" in strange["words"]
    (wrong,) = _import(files / "wrong.835")
    assert wrong["outcome"] == "out of balance"
    assert "Segment 14 (CLP)" in wrong["words"]
    assert "off by −$0.01" in wrong["words"]
    (again,) = _import(files / "paid.835")
    assert again["outcome"] == "duplicate"
    (empty,) = _import(files / "empty.835")
    assert (empty["outcome"], empty["set"]) == ("unreadable", 0)
    assert "kept for inspection" in empty["words"]
    (absent,) = _import(files / "absent.835")
    assert absent["outcome"] == "unreadable"
    broken = [result for result in verify.checks(db.session()) if not result.ok]
    assert not broken


def test_the_command_prints_json_and_fails_on_what_cannot_be_read(files, monkeypatch, committed, tmp_path):
    """0 when everything could be read, 1 when not."""
    monkeypatch.setenv("DATABASE_URL", committed.app_url)
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(db, "connect", lambda url: None)
    run = CliRunner().invoke(main, ["era", "import", "--json", str(files / "strange.835")])
    assert run.exit_code == 0, run.output
    assert '"outcome": "unmatched"' in run.output
    run = CliRunner().invoke(main, ["era", "import", str(files / "empty.835")])
    assert run.exit_code == 1
    assert "unreadable" in run.output
