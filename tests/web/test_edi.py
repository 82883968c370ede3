"""The EDI screens: the list and its search, one file in words, what it concerns, and a file that is only looked at."""

import base64
import hashlib
import io
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from clinic import clock, db, files, x12
from clinic.files import listing
from clinic.models import AuditEvent, EligibilityCheck, FileKey, StoredFile
from tests import factories
from tests.remittances import house
from tests.remittances.house import answer, claim_at_payer, paid_line
from tests.x12 import samples


def _text(page):
    return " ".join(page.get_text(" ").split())


def _stored(session, content, kind="835", direction="in", name="file.x12", **state):
    file = files.store(session, content, kind=kind, direction=direction, name=name)
    for key, value in state.items():
        setattr(file, key, value)
    session.flush()
    return file


def _remittance(number=42, trace="EFT7788", **changes):
    envelope = replace(samples.ENVELOPE, control_number=number)
    return x12.write_835(envelope, [samples.remittance(trace=trace, **changes)])


def _claims(number=43):
    return x12.write_837p(replace(samples.ENVELOPE, control_number=number), [samples.batch()])


@pytest.fixture
def claim(session):
    return claim_at_payer(session, last_name="Whitfield", first_name="Daniel")


@pytest.fixture
def paid(session, claim):
    """A remittance of ours, taken in from its file."""
    lines = [
        paid_line(claim, 0, "73.60", ("CO", "45", "61.40")),
        paid_line(claim, 1, "30.00", ("CO", "45", "5.00")),
    ]
    return house.pay(session, claim, answer(claim, *lines))


@pytest.fixture
def file(session, paid):
    return session.get_one(StoredFile, paid.file_id)


def _long(claims=60):
    """One remittance of many claims: more segments than a stretch shows."""
    made = [samples.payment(control_number=f"{1000 + number}-1") for number in range(claims)]
    return x12.write_835(samples.ENVELOPE, [samples.remittance(*made)])


# --- What is noted when a file is stored -----------------------------------------


def test_a_stored_file_notes_its_counts_its_money_and_its_numbers(session):
    file = _stored(session, _remittance())
    assert (file.control_number, file.payer_name) == ("000000042", "BLUE EXAMPLE")
    assert (file.set_count, file.claim_count, str(file.amount), file.balances) == (1, 1, "80.00", True)
    query = select(FileKey.kind, FileKey.value).where(FileKey.file_id == file.id)
    keys = {(kind, value) for kind, value in session.execute(query)}
    assert {("isa", "42"), ("gs", "42"), ("st", "1"), ("claim", "1042-1"), ("trace", "EFT7788")} <= keys
    assert ("payer", "BLUE EXAMPLE") in keys
    assert not {kind for kind, value in keys if "DOE" in value}, "no person's name is a key"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no X12",
        b"ISA*00*",
        b"\x00\xff" * 400,
        _remittance().replace(b"*80*C*", b"*9999999999999999.999*C*"),
    ],
)
def test_any_bytes_can_be_stored(session, content):
    """Trust T1: what came is kept, whatever it is; a sum that no check can have is left out."""
    file = _stored(session, content)
    assert file.content() == content
    assert file.amount is None


# --- The list --------------------------------------------------------------------


def test_the_list_shows_kind_partner_number_claims_money_and_state(session, biller, file):
    page = biller.get("/edi/")
    row = page.select_one("tbody tr")
    words = _text(row)
    assert "Remittance (835)" in words
    assert "$103.60" in words
    assert "Taken in" in words
    assert file.control_number in words
    assert row.select_one("a[data-open]")["href"] == f"/edi/{file.public_id}"


def test_an_empty_list_says_why(session, biller):
    assert "No file was exchanged yet" in _text(biller.get("/edi/"))
    assert "Nothing to look at" in _text(biller.get("/edi/?view=look"))
    biller.get("/edi/?view=other", status=404)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=42", 1),
        ("q=000000042", 1),
        ("q=1042-1", 2),
        ("q=1042", 2),
        ("q=eft77", 1),
        ("q=blue+ex", 2),
        ("q=%25", 0),
        ("q=10", 0),
        ("view=in", 1),
        ("view=out&q=1042-1", 1),
        ("kind=837P", 1),
        ("state=refused", 0),
        ("from=01/01/2099", 0),
        ("to=t", 2),
    ],
)
def test_the_list_is_searched_and_narrowed_in_the_address(session, biller, query, count):
    """By control number whole; by claim, trace and payer also in part."""
    _stored(session, _remittance())
    _stored(session, _claims(), kind="837P", direction="out")
    page = biller.get(f"/edi/?{query}")
    assert len(page.select("tbody tr")) == count
    if not count:
        assert "No file fits" in _text(page)


def test_a_filter_that_cannot_be_read_says_so_at_its_field(session, biller):
    _stored(session, _remittance())
    page = biller.get("/edi/?from=soon", status=422)
    assert "Enter a date" in _text(page)


def test_what_was_rendered_for_patients_is_not_in_the_list(session, biller):
    files.store(
        session, b"%PDF", kind="statement", direction="made", name="s.pdf", media_type="application/pdf"
    )
    assert "No file was exchanged yet" in _text(biller.get("/edi/"))


def test_the_list_goes_back_and_forth_without_losing_a_file(session, biller, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 3)
    names = [_stored(session, _remittance(n), name=f"f{n}.x12").name for n in range(1, 8)][::-1]

    def shown(page):
        return [row.select("td")[1].get_text(strip=True) for row in page.select("tbody tr")]

    first = biller.get("/edi/")
    second = biller.get(first.select_one("a[rel=next]")["href"])
    third = biller.get(second.select_one("a[rel=next]")["href"])
    assert shown(first) + shown(second) + shown(third) == names
    assert third.select_one("a[rel=next]") is None
    back = biller.get(third.select_one("a[rel=prev]")["href"])
    assert shown(back) == shown(second)
    assert "7 files" in _text(first)


def test_ten_thousand_files_cost_what_fifty_do(session, biller, count_queries):
    """The list asks a fixed number of questions."""
    for number in range(60):
        _stored(session, b"ISA*%d" % number)
    biller.get("/edi/")
    with count_queries() as few:
        biller.get("/edi/?q=1042")
    assert len(few) <= 12


@pytest.mark.parametrize("role", ["front_desk", "clinician", "admin"])
def test_other_roles_see_no_files(cast, file, role):
    visitor = cast(role)
    for path in ("", "open", file.public_id, f"{file.public_id}/content"):
        visitor.get(f"/edi/{path}", status=403)
    visitor.post(f"/edi/{file.public_id}/find", {"text": "x"}, status=403)
    visitor.post("/edi/open", {}, status=403)


# --- One file --------------------------------------------------------------------


def test_a_file_stands_in_words_beside_its_segments_with_what_it_concerns(session, biller, file, claim, paid):
    page = biller.get(f"/edi/{file.public_id}")
    words = _text(page)
    assert "Balances" in words
    assert f"Claim {claim.control_number}: Processed as primary" in words
    assert any(code.get_text().startswith("CLP*") for code in page.select(".seg-raw"))
    links = {a["href"] for a in page.select(".panel a, .seg-words a")}
    assert f"/remittances/{paid.public_id}" in links
    assert f"/claims/{claim.public_id}" in links
    assert file.sha256 in words


def test_the_view_of_a_file_is_on_record_with_the_patients_it_shows(session, biller, file, claim):
    """Trust T4: one row a view."""
    biller.get("/edi/")
    with db.transaction():
        pass
    before = session.scalar(select(func.count()).select_from(AuditEvent))
    biller.get(f"/edi/{file.public_id}")
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).all()
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == before + 1
    assert events[0].action == "edi.view"
    assert events[0].patient_ids == [claim.patient_id]
    assert events[0].subject == f"stored_file:{file.public_id}"


def test_a_finding_stands_at_its_segment_and_in_the_list_beside(session, biller):
    content = _claims().replace(b"DTP*472*D8*20260302", b"DTP*472*D8*20260231", 1)
    page = biller.get(f"/edi/{_stored(session, content, kind='837P').public_id}")
    segment = page.select_one(".segment.has-finding:has(.chip-danger)")
    assert "20260231" in segment.select_one(".seg-raw").get_text()
    assert "is not a date" in _text(segment.select_one(".seg-findings"))
    assert page.select_one(f".panel a[href='#{segment['id']}']")
    assert page.select_one("[data-next-finding]")


def test_a_file_that_does_not_balance_says_where(session, biller):
    content = _remittance().replace(b"*125*80*20*", b"*125*81*20*")
    page = biller.get(f"/edi/{_stored(session, content).public_id}")
    assert "Does not balance" in _text(page.select_one(".who"))
    assert "it differs by 1.00" in _text(page.select_one(".panel"))
    assert "Differs" in _text(biller.get("/edi/?view=look"))


def test_a_long_file_comes_in_stretches_with_and_without_htmx(session, biller):
    file = _stored(session, _long())
    page = biller.get(f"/edi/{file.public_id}")
    assert len(page.select(".segment")) == 200
    more = page.select_one(".edi-more a")
    part = biller.get(more["hx-get"], htmx=True)
    assert part.select_one(".segment")["id"] == "s201"
    assert part.select_one("section")["id"] == "part-201"
    whole = biller.get(more["href"])
    assert whole.select_one(".segment")["id"] == "s201"
    assert whole.select_one(".who h1")
    biller.get(f"/edi/{file.public_id}?from=999999", status=404)
    biller.get(f"/edi/{file.public_id}?from=0", status=404)


def test_a_large_file_opens_before_it_is_checked(session, biller, monkeypatch):
    """The page asks for the findings by itself; without JavaScript a link does."""
    monkeypatch.setattr("clinic.blueprints.edi.reading.CHECKED_AT_ONCE", 100)
    file = _stored(session, _remittance(77).replace(b"*20260302~", b"*20260232~"))
    page = biller.get(f"/edi/{file.public_id}")
    assert "it is being checked" in _text(page)
    assert not page.select(".has-finding")
    checked = biller.get(page.select_one("[hx-trigger=load]")["hx-get"], htmx=True)
    assert checked.select(".has-finding")
    assert "it is being checked" not in _text(biller.get(f"/edi/{file.public_id}"))


@pytest.mark.parametrize("htmx", [True, False])
def test_text_is_found_in_a_file_wherever_it_stands(session, biller, htmx):
    file = _stored(session, _long())
    page = biller.post(f"/edi/{file.public_id}/find", {"text": "1059-1"}, status=200, htmx=htmx)
    found = page.select_one(".segment.is-found")
    assert "CLP*1059-1" in found.select_one(".seg-raw").get_text()
    assert page.select_one("input[name=after]")["value"] == found["id"][1:]
    assert "1059" not in biller.location


def test_text_that_is_not_there_says_so(session, biller, file):
    page = biller.post(f"/edi/{file.public_id}/find", {"text": "xyzzy"}, status=422)
    assert "xyzzy does not stand in this file" in _text(page)
    assert "Type what to look for" in _text(
        biller.post(f"/edi/{file.public_id}/find", {"text": " "}, status=422)
    )


def test_finding_twice_goes_on_and_changes_nothing(session, biller):
    file = _stored(session, _long())
    places = []
    after = "0"
    for _ in range(2):
        page = biller.post(f"/edi/{file.public_id}/find", {"text": "clp*", "after": after}, status=200)
        after = page.select_one("input[name=after]")["value"]
        places.append(int(after))
    assert places[0] < places[1]


def test_the_bytes_are_downloaded_as_they_came(session, biller, file, claim):
    biller.get(f"/edi/{file.public_id}/content")
    answered = biller.response
    assert answered.data == file.content()
    assert answered.headers["X-Content-SHA256"] == hashlib.sha256(answered.data).hexdigest()
    digest = base64.b64encode(hashlib.sha256(answered.data).digest()).decode()
    assert answered.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert answered.headers["Content-Disposition"].startswith("attachment; filename=")
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert event.patient_ids == [claim.patient_id]


def test_a_name_that_is_no_file_name_harms_no_header(session, biller):
    file = _stored(session, _remittance(), name='../"x"\r\nSet-Cookie: a=b;.835')
    biller.get(f"/edi/{file.public_id}/content")
    assert "Set-Cookie: a" not in str(biller.response.headers)


def test_a_statement_is_no_edi_file(session, biller):
    pdf = files.store(
        session, b"%PDF", kind="statement", direction="made", name="s.pdf", media_type="application/pdf"
    )
    biller.get(f"/edi/{pdf.public_id}", status=404)
    biller.get(f"/edi/{pdf.public_id}/content", status=404)


def test_a_file_that_is_no_x12_shows_how_it_begins(session, biller):
    file = _stored(
        session, b"Dear Sir, <script>alert(1)</script>", state="unreadable", reason="This is not X12."
    )
    page = biller.get(f"/edi/{file.public_id}")
    assert "Dear Sir" in page.select_one("pre").get_text()
    assert not page.select("pre script")


def test_a_file_and_the_999_that_answers_it_lead_to_each_other(session, biller):
    sent = _stored(session, _claims(43), kind="837P", direction="out", state="sent")
    back = replace(samples.ENVELOPE, sender_id="PAYER01", receiver_id="CLINIC01", control_number=9)
    answer_file = _stored(
        session, x12.acknowledge(sent.content(), back).text_999, kind="999", state="taken_in"
    )
    assert biller.get(f"/edi/{sent.public_id}").select_one(f".panel a[href='/edi/{answer_file.public_id}']")
    page = biller.get(f"/edi/{answer_file.public_id}")
    assert page.select_one(f".panel a[href='/edi/{sent.public_id}']")
    assert "accepted" in _text(page.select_one(".panel"))


def test_a_page_of_a_file_asks_a_fixed_number_of_questions(session, biller, count_queries):
    """Whatever the file names: claims are looked up together."""
    small, large = _stored(session, _remittance()), _stored(session, _long())
    biller.get(f"/edi/{small.public_id}")
    with count_queries() as few:
        biller.get(f"/edi/{small.public_id}")
    with count_queries() as many:
        biller.get(f"/edi/{large.public_id}")
    assert len(many) <= len(few) <= 20


# --- A file from disk ------------------------------------------------------------


def _upload(content, name="vendor.835"):
    return {"file": (io.BytesIO(content), name)}


def _counts():
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (StoredFile, FileKey)]


def test_a_file_from_disk_is_explained_and_nothing_is_kept(session, biller, claim):
    before = _counts()
    content = _remittance().replace(b"CLP*1042-1", f"CLP*{claim.control_number}".encode())
    page = biller.post("/edi/open", _upload(content), status=200)
    words = _text(page)
    assert "Only looked at" in words
    assert "nothing of it was posted, sent or kept" in words
    assert "$25.00 for CO-45" in words
    assert page.select_one(f".seg-words a[href='/claims/{claim.public_id}']")
    assert _counts() == before
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.patient_ids) == ("edi.view", [claim.patient_id])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "PDF document"),
        (bytes(range(1, 255)) * 9, "binary data"),
        (b"ISA*00*          *00*    ", "cut short"),
        (b"Dear Sir", "not X12"),
    ],
)
def test_a_file_that_cannot_be_opened_says_why(session, biller, content, sentence):
    before = _counts()
    page = biller.post("/edi/open", _upload(content), status=422)
    assert sentence in _text(page.select_one(".field-error"))
    assert _counts() == before


def test_no_file_is_asked_for_again(session, biller):
    assert "Choose a file." in _text(biller.post("/edi/open", {}, status=422))


def test_a_cut_file_is_shown_as_far_as_it_goes(session, biller):
    """A truncated file is read to its end, and says what is missing."""
    content = _remittance()
    page = biller.post("/edi/open", _upload(content[: len(content) // 2]), status=200)
    assert "SE is missing" in _text(page.select_one(".panel"))


def test_a_file_opened_twice_is_shown_twice(session, biller):
    for _ in range(2):
        page = biller.post("/edi/open", _upload(_claims()), status=200)
        assert len(page.select(".segment")) == 36


def test_a_long_file_from_disk_shows_its_beginning_and_says_so(session, biller):
    page = biller.post("/edi/open", _upload(_long(200)), status=200)
    assert len(page.select(".segment")) == 1000
    assert "The first 1,000 segments are shown" in _text(page)


def test_the_bar_leads_billers_and_managers_here(biller, manager, front_desk):
    assert biller.get("/claims/").select_one(".bar-nav a[href='/edi/']")
    assert manager.get("/claims/").select_one(".bar-nav a[href='/edi/']")
    assert not front_desk.get("/schedule").select(".bar-nav a[href='/edi/']")


def test_a_question_leads_to_the_patient_and_puts_the_view_on_record(session, biller):
    """E1: the 270 that is stored speaks of the patient it asks about."""
    patient = factories.make_patient(session, last_name="Rossi", first_name="Elena")
    coverage = factories.make_coverage(session, patient)
    content = x12.write_270(samples.ENVELOPE, [samples.request()])
    file = _stored(session, content, kind="270", direction="out", state="sent")
    session.add(
        EligibilityCheck(
            coverage_id=coverage.id,
            service_on=clock.today(),
            trace="T900",
            question_file_id=file.id,
            asked_at=clock.now(),
        )
    )
    session.flush()
    page = biller.get(f"/edi/{file.public_id}")
    assert "ROSSI, Elena" in _text(page.select_one(f".panel a[href='/patients/{patient.public_id}']"))
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert event.patient_ids == [patient.id]
