"""The rehearsal screen: the date, the practice payer, its instructions (Z1)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic import clearinghouse, clock, db, sandbox
from clinic.models import AuditEvent, RehearsalClock, Work
from clinic.sandbox.tables import SandboxInstruction, SandboxPayer
from jobs import sandbox as payer_jobs
from tests.sandbox.clinic_files import MERIDIAN, claim, claims_file
from tests.sandbox.clinic_files import seed as seed_payers


@pytest.fixture(autouse=True)
def exchange(config, session, tmp_path):
    """An exchange folder of the test's own, two practice payers, and the real date afterwards."""
    clearinghouse.connect(replace(config, exchange_folder=tmp_path / "exchange"))
    with db.transaction() as current:
        seed_payers(current)
    yield clearinghouse.exchange_folder()
    clearinghouse.connect(config)
    clock.set_days_ahead(0)


def days_ahead(session):
    return session.scalar(select(RehearsalClock.days_ahead)) or 0


def turns(session):
    return session.scalar(select(func.count()).select_from(Work).where(Work.job == "jobs.sandbox.tick"))


def audited(session, action):
    return session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all()


def key_of(page, address):
    return page.select_one(f'form[action="{address}"] input[name=key]')["value"]


# --- The page -------------------------------------------------------------


def test_the_page_shows_the_date_the_payers_and_what_waits(manager, session):
    page = manager.get("/rehearsal")
    assert f"{clock.today():%A, %B %-d, %Y}" in page.select_one("#rehearsal").text
    assert [row.select_one("td").text for row in page.select("#rehearsal table")[0].select("tbody tr")] == [
        "CASCADE HMO",
        "MERIDIAN HEALTH PPO",
    ]
    assert "No file yet" in page.text


def test_every_role_but_manager_and_administrator_is_refused(cast):
    for role in ("front_desk", "clinician", "biller"):
        cast(role).get("/rehearsal", status=403)
    cast("outsider").get("/rehearsal", status=303)
    cast("admin").get("/rehearsal")


def test_a_clinic_that_works_for_real_gets_a_clear_page_and_nothing_moves(manager, session, config):
    clearinghouse.connect(replace(config, rehearsal=False))
    page = manager.get("/rehearsal", status=403)
    assert "works for real" in page.text
    fragment = manager.post("/rehearsal/clock", {"days": "7", "key": "k"}, status=403, htmx=True)
    assert "works for real" in fragment.text
    assert manager.response.headers["HX-Retarget"] == "#flash"
    assert (days_ahead(session), turns(session)) == (0, 0)


def test_files_of_both_directions_are_listed_with_their_state(manager, session, exchange):
    exchange.inbound.mkdir(parents=True)
    (exchange.inbound / "999_000000001.x12").write_bytes(b"ISA")
    with db.transaction() as current:
        clearinghouse.fetch(current)
    row = manager.get("/rehearsal").select("#exchange table")[0].select_one("tbody tr")
    assert "Came" in row.text
    assert "999_000000001.x12" in row.text
    assert "Stored" in row.text


def test_while_the_payer_works_the_files_are_asked_for_again_and_then_no_more(manager, session):
    with db.transaction() as current:
        current.add(
            Work(job="jobs.sandbox.tick", subject_id=0, due_at=clock.wall_now(), created_at=clock.wall_now())
        )
    assert manager.get("/rehearsal").select_one("#exchange")["hx-get"] == "/rehearsal/files"
    assert manager.get("/rehearsal/files", htmx=True).select_one("#exchange")["hx-trigger"] == "every 2s"
    # Alone the part is no page: an address that is opened again leads to the whole screen.
    manager.get("/rehearsal/files", status=303)
    with db.transaction() as current:
        current.execute(Work.__table__.update().values(state="done"))
    assert not manager.get("/rehearsal/files", htmx=True).select_one("#exchange").has_attr("hx-get")


# --- Moving the date ------------------------------------------------------


@pytest.mark.parametrize("days", [1, 7, 14, 30])
def test_the_date_goes_forward_without_javascript(manager, session, days):
    before = clock.today()
    manager.post("/rehearsal/clock", {"days": str(days), "key": "k1"}, status=303)
    assert days_ahead(session) == days
    assert turns(session) == 1
    page = manager.get("/rehearsal")
    assert f"{before + timedelta(days=days):%B %-d, %Y}" in page.text
    (event,) = audited(session, "clock.advance")
    assert event.changes == {"today": [before.isoformat(), (before + timedelta(days=days)).isoformat()]}


def test_the_date_goes_forward_with_htmx_and_the_whole_page_with_its_banner_follows(manager, session):
    page = manager.get("/rehearsal")
    key = key_of(page, "/rehearsal/clock")
    manager.post("/rehearsal/clock", {"days": "14", "key": key}, status=204, htmx=True)
    assert manager.response.headers["HX-Redirect"] == "/rehearsal"
    page = manager.get("/rehearsal")
    assert f"{clock.today():%A, %B %-d, %Y}" in page.select_one("#rehearsal").text
    assert f"{clock.today():%m/%d/%Y}" in page.select_one(".rehearsal").text
    assert "14 days ahead" in page.text
    assert key_of(page, "/rehearsal/clock") != key, "the next press is another one"


@pytest.mark.parametrize("days", ["-7", "365", "x", "", "1e2"])
def test_a_step_that_is_not_offered_changes_nothing(manager, session, days):
    page = manager.post("/rehearsal/clock", {"days": days, "key": "k"}, status=422)
    assert page.select_one(".field-error")
    assert (days_ahead(session), turns(session)) == (0, 0)


def test_only_who_may_advance_the_clock_does(biller, session):
    biller.post("/rehearsal/clock", {"days": "7", "key": "k"}, status=403)
    assert (days_ahead(session), turns(session)) == (0, 0)


def test_a_second_click_moves_the_date_once(manager, session):
    for _ in range(2):
        manager.post("/rehearsal/clock", {"days": "7", "key": "same"}, status=303)
    assert (days_ahead(session), turns(session)) == (7, 1)
    manager.post("/rehearsal/clock", {"days": "7", "key": "another"}, status=303)
    assert (days_ahead(session), turns(session)) == (14, 2)


# --- Running the payer ----------------------------------------------------


def test_run_now_without_javascript_leaves_work_and_a_record(manager, session):
    manager.post("/rehearsal/turns", {"key": "k"}, status=303)
    assert turns(session) == 1
    assert audited(session, "practice_payer.run")


def test_run_now_with_htmx_says_that_the_payer_is_at_work(manager, session):
    board = manager.post("/rehearsal/turns", {"key": "k"}, status=200, htmx=True)
    assert "at work" in board.text
    assert turns(session) == 1


def test_run_now_by_the_wrong_role_is_refused(front_desk, session):
    front_desk.post("/rehearsal/turns", {"key": "k"}, status=403)
    assert turns(session) == 0


def test_run_now_twice_with_one_key_is_one_turn(manager, session):
    for _ in range(2):
        manager.post("/rehearsal/turns", {"key": "k"}, status=303)
    assert turns(session) == 1


def test_the_turn_that_was_asked_for_answers_what_the_clinic_sent(manager, session, exchange):
    """The whole way round: a claim in the folder, a turn, answers in the folder, the next date, a payment."""
    exchange.send("837P_PRACTICEPAYER_000000001.x12", claims_file(1, claim()))
    with db.transaction() as current:
        payer_jobs.tick(current, 0)
    assert not exchange.inbound.exists(), "answers leave only after they are committed"
    with db.transaction() as current:
        payer_jobs.deliver(current, 0)
    kinds = sorted(path.name.split("_")[0] for path in exchange.inbound.iterdir())
    assert kinds == ["277CA", "999", "TA1"]
    board = manager.get("/rehearsal")
    assert "1042-1" in board.select_one("#exchange").text


# --- Instructions ---------------------------------------------------------

DENY = {"action": "deny", "edi_id": MERIDIAN, "reason_code": "197", "control_number": "", "key": "k1"}


def instructions(session):
    return session.scalars(select(SandboxInstruction).order_by(SandboxInstruction.id)).all()


def test_an_instruction_is_given_without_javascript(manager, session):
    manager.post("/rehearsal/instructions", DENY, status=303)
    (told,) = instructions(session)
    assert (told.action, told.edi_id, told.reason_code, told.used_at) == ("deny", MERIDIAN, "197", None)
    assert audited(session, "practice_payer.instruct")[0].changes["action"] == [None, "deny"]
    assert "Deny with a reason" in manager.get("/rehearsal").text


def test_an_instruction_is_given_with_htmx_and_stands_in_the_list(manager, session):
    board = manager.post(
        "/rehearsal/instructions", DENY | {"control_number": "1042-1"}, status=200, htmx=True
    )
    assert "1042-1" in board.select_one("#rehearsal").text
    assert "Waiting" in board.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason_code": ""}, "needs its reason code"),
        ({"reason_code": "because"}, "no reason code"),
        ({"action": "explode"}, "Choose what the payer does"),
        ({"edi_id": ""}, "Name a claim, or the payer"),
        ({"edi_id": "NOBODY"}, "Name a claim, or the payer"),
        ({"control_number": "<script>"}, "letters, digits, dots and dashes"),
        ({"control_number": "X" * 21}, "20 characters"),
        ({"action": "reverse"}, "Write correct for a correction"),
    ],
)
def test_an_instruction_that_makes_no_sense_is_refused_at_its_field(manager, session, wrong, sentence):
    page = manager.post("/rehearsal/instructions", DENY | wrong, status=422)
    assert sentence in " ".join(error.text for error in page.select(".field-error"))
    assert instructions(session) == []
    kept = page.select_one("input[name=reason_code]")["value"]
    assert kept == (DENY | wrong)["reason_code"], "what was typed stays"


def test_an_instruction_by_the_wrong_role_is_refused(biller, session):
    biller.post("/rehearsal/instructions", DENY, status=403)
    assert instructions(session) == []


def test_a_second_click_gives_one_instruction(manager, session):
    for _ in range(2):
        manager.post("/rehearsal/instructions", DENY, status=303)
    assert len(instructions(session)) == 1


def test_an_instruction_is_taken_back_once_with_htmx_and_without(manager, session):
    manager.post("/rehearsal/instructions", DENY, status=303)
    board = manager.post("/rehearsal/instructions/k1/withdrawal", {}, status=200, htmx=True)
    assert "was taken back" in board.text
    assert instructions(session) == []
    manager.post("/rehearsal/instructions/k1/withdrawal", {}, status=303)
    assert "taken back already" in manager.get("/rehearsal").text
    assert len(audited(session, "practice_payer.withdraw")) == 1


def test_an_instruction_that_was_followed_cannot_be_taken_back(manager, session):
    manager.post("/rehearsal/instructions", DENY, status=303)
    with db.transaction() as current:
        sandbox.instructions.use(instructions(current)[0], "1042-1")
    manager.post("/rehearsal/instructions/k1/withdrawal", {}, status=303)
    assert len(instructions(session)) == 1
    assert "Followed" in manager.get("/rehearsal").text


def test_taking_back_by_the_wrong_role_is_refused(manager, clinician, session):
    manager.post("/rehearsal/instructions", DENY, status=303)
    clinician.post("/rehearsal/instructions/k1/withdrawal", {}, status=403)
    assert len(instructions(session)) == 1


# --- How a payer behaves --------------------------------------------------

MODE = f"/rehearsal/payers/{MERIDIAN}/mode"


def mode(session):
    session.expire_all()
    return session.get(SandboxPayer, MERIDIAN).mode


def test_a_payer_goes_down_without_javascript_and_comes_back_with_htmx(manager, session):
    manager.post(MODE, {"mode": "down"}, status=303)
    assert mode(session) == "down"
    assert "Down" in manager.get("/rehearsal").select("#rehearsal table")[0].text
    board = manager.post(MODE, {"mode": "answers"}, status=200, htmx=True)
    assert mode(session) == "answers"
    assert "answers again" in board.text
    assert [event.changes["mode"] for event in audited(session, "practice_payer.mode")] == [
        ["answers", "down"],
        ["down", "answers"],
    ]


def test_another_way_to_behave_is_refused_and_changes_nothing(manager, session):
    page = manager.post(MODE, {"mode": "asleep"}, status=422)
    assert "one of the three ways" in page.text
    assert mode(session) == "answers"


def test_an_unknown_payer_is_not_found(manager):
    manager.post("/rehearsal/payers/NOBODY/mode", {"mode": "down"}, status=404)


def test_the_wrong_role_does_not_silence_a_payer(front_desk, session):
    front_desk.post(MODE, {"mode": "silent"}, status=403)
    assert mode(session) == "answers"


def test_the_same_mode_twice_is_the_same_mode(manager, session):
    for _ in range(2):
        manager.post(MODE, {"mode": "silent"}, status=303)
    assert mode(session) == "silent"


def test_the_practice_payer_refuses_to_work_in_a_clinic_that_works_for_real(session, config):
    """Z1, the hard wall."""
    clearinghouse.connect(replace(config, rehearsal=False))
    for job in (payer_jobs.tick, payer_jobs.deliver):
        with pytest.raises(clearinghouse.SendingRefused, match="rehearsal only"):
            job(session, 0)
    with pytest.raises(clearinghouse.SendingRefused):
        payer_jobs.turn()
