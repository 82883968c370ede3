"""Statement runs on screen: preview with reasons, batch with progress, PDFs, revoked codes, holds (T2 to T6)."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic import clock, db, payments, statements
from clinic.blueprints.statements import pages
from clinic.models import AuditEvent, Guarantor, PayLink, Statement, StatementBatch, UserSession, Work
from jobs import work
from tests import factories
from tests.payments.house import household, visit


@pytest.fixture
def practice(session):
    return factories.make_practice(session)


def owing(session, amount="40.00", **changes):
    patient = factories.make_patient(session, **changes)
    visit(session, patient, (("PR-1", amount),))
    return patient


@pytest.fixture
def patient(session, practice, environment):
    return owing(session, last_name="Alder")


def key_of(page):
    return page.select_one("form[action='/statements/batches'] input[name=key]")["value"]


def start(biller):
    biller.post("/statements/batches", {"key": key_of(biller.get("/statements"))}, status=303)
    return biller.location


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def names(page):
    return [link.text for link in page.select("#list a.target")]


# --- The preview -----------------------------------------------------------


def test_the_preview_says_who_gets_one_the_sum_and_who_does_not_and_why(biller, session, patient):
    owing(session, "4.99", last_name="Birch")
    page = biller.get("/statements")
    assert names(page) == ["ALDER, Daniel"]
    assert "$40.00 to ask for" in page.select_one(".tools").text
    left = biller.get("/statements?view=left")
    assert names(left) == ["BIRCH, Daniel"]
    assert "Less than $5.00" in left.select_one("#list").text


def test_the_panel_shows_why_a_household_owes(biller, session, patient):
    panel = biller.get("/statements").select_one("#panel")
    assert "deductible $40.00" in panel.text
    assert patient.mrn in panel.text


def test_a_long_preview_is_paged(biller, session, practice):
    for number in range(52):
        owing(session, last_name=f"Name{number:02}")
    first, second = biller.get("/statements"), biller.get("/statements?page=2")
    for odd in ("9" * 5000, "²", "0"):
        assert biller.get(f"/statements?page={odd}").h1
    assert (len(names(first)), names(second)) == (50, ["NAME50, Daniel", "NAME51, Daniel"])
    assert "51 to 52 of 52" in second.select_one(".pager").text


def test_empty_views_say_why_and_what_comes_next(biller, practice):
    assert "Nobody is to get a statement today" in biller.get("/statements").text
    assert "Nobody is left out" in biller.get("/statements?view=left").text
    assert "No run yet" in biller.get("/statements?view=batches").text
    biller.get("/statements?view=nonsense", status=404)


def test_a_row_opens_in_the_panel_with_htmx(biller, session, patient):
    other = owing(session, last_name="Birch")
    page = biller.get(f"/statements?open={other.guarantor.public_id}", htmx=True)
    assert page.select_one("#panel")["hx-swap-oob"] == "true"
    assert "BIRCH" in page.select_one("#panel .panel-name").text


def test_whose_balances_were_seen_is_on_record(biller, session, patient):
    biller.get("/statements")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "statement.view")).one()
    assert event.patient_ids == [patient.id]


# --- Starting a run --------------------------------------------------------


def test_a_run_starts_without_javascript_and_shows_its_progress(biller, session, patient):
    page = biller.get(start(biller))
    assert "0 of 1 made" in page.select_one("#progress").text
    assert "Being made" in page.select_one("#list").text
    work.drain()
    page = biller.get(biller.response.request.path)
    assert "1 made" in page.select_one("#progress").text
    assert page.select_one("#list a.target")["href"].endswith("/pdf")


def test_a_run_starts_with_htmx(biller, session, patient):
    key = key_of(biller.get("/statements"))
    biller.post("/statements/batches", {"key": key}, status=204, htmx=True)
    batch = session.scalars(select(StatementBatch)).one()
    assert biller.response.headers["HX-Redirect"] == f"/statements/batches/{batch.public_id}"


def test_the_second_click_opens_the_first_ones_run(biller, session, patient):
    key = key_of(biller.get("/statements"))
    for _ in range(2):
        biller.post("/statements/batches", {"key": key}, status=303)
    assert (count(session, StatementBatch), count(session, Statement)) == (1, 1)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_page_that_is_older_than_a_run_opens_that_run_and_says_whose_it_is(
    biller, cast, session, patient, htmx
):
    other = cast("biller")
    stale = key_of(other.get("/statements"))
    batch_url = start(biller)
    other.post("/statements/batches", {"key": stale}, status=204 if htmx else 303, htmx=htmx)
    assert (other.response.headers["HX-Redirect"] if htmx else other.location).endswith(batch_url)
    assert f"made by {biller.user.name} at" in other.get(batch_url).select_one("#flash").text
    assert (count(session, StatementBatch), count(session, Statement)) == (1, 1)
    assert "Make " not in other.get("/statements").select_one(".tools").text


def test_a_run_for_nobody_is_refused_and_nothing_changes(biller, session, practice):
    page = biller.post("/statements/batches", {"key": "k"}, status=422)
    assert "Nobody is to get a statement today" in page.text
    biller.post("/statements/batches", {"key": "k"}, status=422, htmx=True)
    biller.post("/statements/batches", {}, status=422)
    assert count(session, StatementBatch) == 0


def test_who_may_not_run_statements_is_refused_everywhere(cast, session, patient, biller):
    batch_url = start(biller)
    statement = session.scalars(select(Statement)).one()
    person = patient.guarantor.public_id
    reads = [
        "/statements",
        batch_url,
        f"{batch_url}/progress",
        f"{batch_url}/print",
        f"/statements/{statement.public_id}/pdf",
    ]
    writes = [
        "/statements/batches",
        f"/statements/{statement.public_id}/link-revocation",
        f"/statements/guarantors/{person}/hold",
        f"/statements/guarantors/{person}/release",
    ]
    for role in ("front_desk", "clinician", "admin"):
        browser = cast(role)
        for url in reads:
            browser.get(url, status=403)
        for url in writes:
            browser.post(url, {"reason": "x", "key": "x"}, status=403)
    outsider = cast("outsider")
    for url in reads:
        outsider.get(url, status=303)
    assert count(session, StatementBatch) == 1
    assert session.scalars(select(PayLink)).one().revoked_at is None


def test_the_progress_asks_again_until_all_is_made_and_then_brings_the_list(biller, session, patient):
    url = f"{start(biller)}/progress"
    running = biller.get(url, htmx=True)
    assert running.select_one("#progress")["hx-get"] == url
    assert '"X-Clinic-Poll": "1"' in running.select_one("#progress")["hx-headers"]
    assert running.select_one("#progress")["hx-trigger"].startswith("every"), (
        "one lost answer must not end it"
    )
    assert not running.select("#list, #print a")
    assert running.select_one("noscript a")["href"] == url.removesuffix("/progress")
    work.drain()
    done = biller.get(url, htmx=True)
    assert not done.select_one("#progress").get("hx-get")
    assert "Ready" in done.select_one("#list").text
    assert "Print all" in done.select_one("#print").text
    assert not biller.get(f"{url}?view=left", htmx=True).select("#list"), "whom it left out stays on the page"
    biller.get(url)


def test_polling_does_not_keep_a_session_alive(biller, session, patient):
    url = f"{start(biller)}/progress"
    row = session.scalars(select(UserSession).where(UserSession.user_id == biller.user.id)).one()
    before = row.seen_at = clock.wall_now() - timedelta(minutes=5)
    session.flush()
    biller.get(url, htmx=True, headers={"X-Clinic-Poll": "1"})
    session.refresh(row)
    assert row.seen_at == before


def test_a_statement_that_cannot_be_made_is_said_and_the_asking_ends(biller, session, patient):
    url = start(biller)
    session.scalars(select(Work).where(Work.job == "jobs.statements.render")).one().state = "failed"
    session.flush()
    page = biller.get(url)
    assert "1 could not be made" in page.select_one("#progress").text
    assert not page.select_one("#progress").get("hx-get")
    assert "Failed" in page.select_one("#list").text


def test_a_run_keeps_whom_it_left_out_and_why(biller, session, patient):
    owing(session, "4.99", last_name="Birch")
    page = biller.get(f"{start(biller)}?view=left")
    (row,) = page.select("#list tbody tr")
    assert "BIRCH" in row.text
    assert "Less than $5.00" in row.text
    (past,) = biller.get("/statements?view=batches").select("#list tbody tr")
    assert [cell.text for cell in past.select("td")[2:5]] == ["1", "$40.00", "1"]


# --- Paper -----------------------------------------------------------------


@pytest.fixture
def rendered(biller, session, patient, environment):
    owing(session, last_name="Birch")
    url = start(biller)
    work.drain()
    return url


def test_one_statement_opens_as_a_pdf_and_is_on_record(biller, session, rendered, patient):
    statement = session.scalars(select(Statement).where(Statement.guarantor_id == patient.guarantor_id)).one()
    biller.get(f"/statements/{statement.public_id}/pdf")
    assert biller.response.mimetype == "application/pdf"
    assert biller.response.headers["Content-Disposition"].startswith("inline")
    assert "Alder" in PdfReader(BytesIO(biller.response.data)).pages[0].extract_text()
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.subject == f"statement:{statement.number}")
    ).one()
    assert event.patient_ids == [patient.id]


def test_all_statements_print_as_one_pdf_each_on_its_own_sheet(biller, session, rendered):
    biller.get(f"{rendered}/print")
    pages = PdfReader(BytesIO(biller.response.data)).pages
    assert len(pages) == 4
    assert "Alder" in pages[0].extract_text()
    assert "Birch" in pages[2].extract_text()


def test_a_long_run_prints_in_stacks(biller, rendered, monkeypatch):
    monkeypatch.setattr(pages, "STACK", 1)
    links = [link for link in biller.get(rendered).select(".tools a") if "/print" in link["href"]]
    assert [link.text for link in links] == ["Print 1 to 1", "Print 2 to 2"]
    biller.get(links[1]["href"])
    sheets = PdfReader(BytesIO(biller.response.data)).pages
    assert len(sheets) == 2
    assert "Birch" in sheets[0].extract_text()


def test_what_is_not_made_yet_is_said_as_such(biller, session, patient):
    url = start(biller)
    statement = session.scalars(select(Statement)).one()
    assert "still being made" in biller.get(f"/statements/{statement.public_id}/pdf", status=409).text
    biller.get(f"{url}/print", status=409)
    biller.get("/statements/AAAAAAAAAAAAAAAAAAAAAA/pdf", status=404)
    biller.get("/statements/batches/AAAAAAAAAAAAAAAAAAAAAA", status=404)


# --- Codes and holds -------------------------------------------------------


@pytest.mark.parametrize(("htmx", "status"), [(False, 303), (True, 204)])
def test_a_revoked_code_opens_nothing_and_twice_is_once(biller, session, practice, htmx, status):
    house = household(session)
    for _ in range(2):
        biller.post(f"/statements/{house.statement.public_id}/link-revocation", status=status, htmx=htmx)
    assert payments.knows(session, house.token) is None
    batch = session.get_one(StatementBatch, house.statement.batch_id)
    assert "Revoked" in biller.get(f"/statements/batches/{batch.public_id}").select_one("#list").text


def hold(biller, person, status=303, **changes):
    data = {"reason": "Disputed", "version": str(person.version)} | changes
    return biller.post(f"/statements/guarantors/{person.public_id}/hold", data, status=status)


def test_a_hold_keeps_a_household_out_of_the_next_run_until_it_is_lifted(biller, session, patient):
    person = patient.guarantor
    hold(biller, person)
    (left,) = statements.preview(session).left_out
    assert left.reason == "On hold: Disputed"
    page = biller.get(f"/statements?view=left&open={person.public_id}")
    assert "Disputed" in page.select_one("#panel").text
    release = f"/statements/guarantors/{person.public_id}/release"
    biller.post(release, {"version": str(person.version)}, status=303)
    biller.post(release, {"version": str(person.version)}, status=303)
    assert [one.guarantor.id for one in statements.preview(session).ready] == [person.id]
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.category == "statement")).all()
    assert [each for each in actions if not each.endswith("view")] == ["statement.hold", "statement.release"]


@pytest.mark.parametrize(("reason", "words"), [("  ", "Say why"), ("x" * 81, "80 characters")])
def test_a_hold_without_a_reason_is_refused_and_nothing_changes(biller, session, patient, reason, words):
    person = patient.guarantor
    page = hold(biller, person, 422, reason=reason)
    assert words in page.select_one("#reason-error").text
    fragment = biller.post(
        f"/statements/guarantors/{person.public_id}/hold",
        {"reason": reason, "version": str(person.version)},
        status=422,
        htmx=True,
    )
    assert words in fragment.select_one("#panel #reason-error").text
    session.expire_all()
    assert session.get_one(Guarantor, person.id).statement_hold == ""


def test_of_two_who_hold_one_household_the_second_is_told(biller, session, patient):
    person = patient.guarantor
    version = str(person.version)
    hold(biller, person, version=version)
    page = hold(biller, person, 409, version=version, reason="Estate")
    assert "Somebody else changed" in page.text
    assert session.get_one(Guarantor, person.id).statement_hold == "Disputed"


def test_the_same_hold_twice_is_one(biller, session, patient):
    person = patient.guarantor
    version = str(person.version)
    hold(biller, person, version=version)
    hold(biller, person, version=version)
    with db.transaction() as current:
        holds = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "statement.hold")
        assert current.scalar(holds) == 1


def test_two_clicks_whose_page_never_came_tell_their_sentence_once(biller, session, patient):
    first = start(biller)
    for key in ("old-1", "old-2"):
        biller.post("/statements/batches", {"key": key}, status=303)
    assert len(biller.get(first).select("#flash .note")) == 1
