"""The billers' screens: work list, panel, sending, holds, notes, replacements, denials."""

from sqlalchemy import event

from clinic import claims, formats, scrub
from clinic.blueprints.claims.links import field_link
from clinic.models import Authorization, Claim, ClaimEvent, Submission
from tests import factories
from tests.web.claims_scene import clinic, exchange, panel_text

__all__ = ["clinic", "exchange"]


class TestList:
    def test_each_tab_shows_its_claims_and_its_count(self, session, clinic, biller):
        ready = factories.make_claim(session)
        patient = factories.make_patient(session, last_name="Dunn")
        factories.make_coverage(session, patient, member_id="")
        blocked = factories.make_claim(session, patient)
        page = biller.get("/claims/")
        assert ready.control_number in page.select_one("#list").text
        assert blocked.control_number not in page.select_one("#list").text
        tabs = {
            link.contents[0].strip(): link.select_one(".count").text
            for link in page.select(".views a")
            if link.select_one(".count")
        }
        assert (tabs["Ready"], tabs["Blocked"], tabs["Held"]) == ("1", "1", "0")
        page = biller.get("/claims/?tab=blocked")
        assert "S01" in page.select_one("#list").text

    def test_an_empty_tab_says_why_it_is_empty(self, session, clinic, biller):
        for tab in claims.GROUPS:
            assert biller.get(f"/claims/?tab={tab}").select_one(".empty h2").text
        assert "No denial is open" in biller.get("/claims/denials").text
        assert "Every answer" in biller.get("/claims/answers").text

    def test_filters_stand_in_the_address_and_can_be_taken_off(self, session, clinic, biller):
        one, two = factories.make_payer(session), factories.make_payer(session)
        mine = factories.make_claim(session, payer=one)
        other = factories.make_claim(session, payer=two, lines=(("99214", "185.00"),))
        page = biller.get(f"/claims/?payer={one.public_id}")
        assert mine.control_number in page.select_one("#list").text
        assert other.control_number not in page.select_one("#list").text
        off = page.select_one(".filter-on")
        assert one.name in off.text
        assert other.control_number in biller.get(off["href"]).select_one("#list").text
        page = biller.get("/claims/?over=175")
        assert mine.control_number not in page.select_one("#list").text
        assert other.control_number in page.select_one("#list").text
        page = biller.get("/claims/?from=t%2B1")
        assert "Nothing fits these filters" in page.text

    def test_a_filter_that_cannot_be_read_says_so_at_its_field(self, session, clinic, biller):
        page = biller.get("/claims/?over=1e5", status=422)
        assert "dollars and cents" in page.select_one(".filter-menu[open] .field-error").text

    def test_sorting_turns_round_and_says_so_to_readers(self, session, clinic, biller):
        factories.make_claim(session)
        factories.make_claim(session, lines=(("99214", "185.00"),))
        page = biller.get("/claims/?sort=-amount")
        amounts = [cell.text for cell in page.select("#list tbody td.strong")]
        assert amounts == ["$185.00", "$170.00"]
        assert page.select_one("th[aria-sort=descending]")

    def test_a_row_opens_its_claim_in_the_panel_with_htmx_and_without(self, session, clinic, biller):
        factories.make_claim(session)
        patient = factories.make_patient(session, last_name="Dunn")
        second = factories.make_claim(session, patient)
        url = f"/claims/?open={second.public_id}"
        assert "DUNN" in panel_text(biller.get(url))
        fragment = biller.get(url, htmx=True)
        assert fragment.select_one("#panel")["hx-swap-oob"] == "true"
        assert "DUNN" in panel_text(fragment)
        assert fragment.select_one("tr[aria-selected=true]").select_one("a.target").text.startswith("DUNN")

    def test_the_list_takes_the_same_queries_for_one_claim_and_for_twenty(self, session, clinic, biller):
        seen = []

        def note(connection, cursor, statement, *rest):
            seen.append(statement)

        def queries(url):
            session.expire_all()
            seen.clear()
            biller.get(url)
            return len(seen)

        engine = session.get_bind()
        payer, provider = factories.make_payer(session), factories.make_provider(session)
        factories.make_claim(session, payer=payer, provider=provider)
        event.listen(engine, "before_cursor_execute", note)
        try:
            queries("/claims/")  # the first page also reads what stays in memory
            few = queries("/claims/")
            for _ in range(20):
                factories.make_claim(session, payer=payer, provider=provider)
            many = queries("/claims/")
        finally:
            event.remove(engine, "before_cursor_execute", note)
        # Twenty times the rows, and no query more for any of them.
        assert 0 < many <= few + 3
        assert many < 60

    def test_the_front_desk_may_not_open_claims(self, session, clinic, front_desk, outsider):
        front_desk.get("/claims/", status=403)
        outsider.get("/claims/", status=303)

    def test_a_managers_panel_shows_no_work_that_would_be_refused(self, session, clinic, manager):
        factories.make_claim(session)
        page = manager.get("/claims/")
        assert "Add note" not in page.text
        assert "Send all clean" not in page.text


class TestFindings:
    def test_every_field_of_the_scrubber_has_its_place(self, session, clinic):
        claim = factories.make_claim(session)
        for path in scrub.FIELDS:
            field = (
                path.replace("lines.*", "lines.2").replace("diagnoses.*", "diagnoses.B").replace("*", "ncci")
            )
            assert field_link(claim, field).endpoint
        assert field_link(claim, "coverage.member_id") == (
            "patients.edit_coverage",
            {"public_id": claim.patient.public_id, "coverage_id": claim.coverage.public_id},
            "member_id",
        )
        assert field_link(claim, "lines.2.modifiers").fragment == "lines-2-modifiers"
        assert field_link(claim, "payer.enrolment").fragment == "enrolment-837"

    def test_a_finding_links_to_the_field_that_mends_it(self, session, clinic, biller):
        claim = factories.make_claim(session, diagnoses=["E11"])
        links = [link["href"] for link in biller.get(f"/claims/{claim.public_id}").select(".found a")]
        assert f"/charge-slips/{claim.encounter.public_id}#diagnosis-A" in links

    def test_check_again_frees_a_claim_that_was_mended(self, session, clinic, biller):
        patient = factories.make_patient(session)
        coverage = factories.make_coverage(session, patient, member_id="")
        claim = factories.make_claim(session, patient)
        coverage.member_id = "MHP123"
        session.flush()
        biller.post(f"/claims/{claim.public_id}/check", status=303)
        assert session.get(Claim, claim.id).state == "ready"


class TestSending:
    def test_all_clean_claims_are_previewed_and_sent_without_javascript(self, session, clinic, biller):
        made = [factories.make_claim(session) for _ in range(2)]
        page = biller.get("/claims/submission")
        assert "Send 2 claims" in page.text
        form = page.select_one("main form.foot")
        chosen = [field["value"] for field in form.select("input[name=claim]")]
        assert set(chosen) == {claim.public_id for claim in made}
        biller.post("/claims/submission", {"claim": chosen}, status=303)
        assert {session.get(Claim, claim.id).state for claim in made} == {"queued"}
        assert "2 claims in line, $340.00" in biller.get(biller.location).text

    def test_sending_works_with_htmx(self, session, clinic, biller):
        claim = factories.make_claim(session)
        biller.post("/claims/submission", {"claim": claim.public_id}, status=204, htmx=True)
        assert biller.response.headers["HX-Redirect"].startswith("/claims/")
        assert session.get(Claim, claim.id).state == "queued"

    def test_selected_claims_go_and_a_blocked_one_stays_with_its_reason(self, session, clinic, biller):
        good = factories.make_claim(session)
        patient = factories.make_patient(session)
        factories.make_coverage(session, patient, member_id="")
        blocked = factories.make_claim(session, patient)
        url = f"/claims/submission?claim={good.public_id}&claim={blocked.public_id}"
        page = biller.get(url)
        assert "These stay" in page.text
        biller.post("/claims/submission", {"claim": [good.public_id, blocked.public_id]}, status=303)
        assert "1 stayed" in biller.get(biller.location).text
        assert session.get(Claim, blocked.id).state == "scrub_failed"

    def test_sending_nothing_is_refused(self, session, clinic, biller):
        page = biller.post("/claims/submission", {"claim": "nonsense"}, status=422)
        assert "Choose at least one claim" in page.text
        assert session.query(Submission).count() == 0

    def test_a_manager_may_look_but_not_send(self, session, clinic, manager):
        claim = factories.make_claim(session)
        manager.post("/claims/submission", {"claim": claim.public_id}, status=403)
        assert session.get(Claim, claim.id).state == "ready"

    def test_the_second_click_sends_nothing_twice(self, session, clinic, biller):
        claim = factories.make_claim(session)
        for _ in range(2):
            biller.post("/claims/submission", {"claim": claim.public_id}, status=303)
        assert session.query(Submission).count() == 1


class TestHold:
    def data(self, **changes):
        return {"hold-reason": "Waiting for documentation", "hold-until": "t+7"} | changes

    def test_a_claim_is_held_without_javascript(self, session, clinic, biller):
        claim = factories.make_claim(session)
        biller.post(f"/claims/{claim.public_id}/hold", self.data(), status=303)
        assert biller.location.endswith(f"/claims/{claim.public_id}")
        held = session.get(Claim, claim.id)
        assert (held.state, held.hold_reason) == ("held", "Waiting for documentation")
        biller.post(f"/claims/{claim.public_id}/release", status=303)
        assert session.get(Claim, claim.id).state == "ready"

    def test_with_htmx_the_list_is_read_afresh(self, session, clinic, biller):
        claim = factories.make_claim(session)
        headers = {"HX-Current-URL": "https://localhost/claims/?tab=ready"}
        biller.post(f"/claims/{claim.public_id}/hold", self.data(), status=204, htmx=True, headers=headers)
        assert biller.response.headers["HX-Redirect"] == "/claims/?tab=ready"
        assert session.get(Claim, claim.id).state == "held"

    def test_a_day_that_is_no_day_or_gone_is_refused_at_the_field(self, session, clinic, biller):
        claim = factories.make_claim(session)
        url = f"/claims/{claim.public_id}/hold"
        for until in ("13/45/2026", "", "t-1"):
            page = biller.post(url, self.data(**{"hold-until": until}), status=422)
            assert page.select_one("#hold-until-error")
            fragment = biller.post(url, self.data(**{"hold-until": until}), status=422, htmx=True)
            assert fragment.select_one("#panel #hold-until-error")
        assert session.get(Claim, claim.id).state == "ready"

    def test_a_manager_may_not_hold(self, session, clinic, manager):
        claim = factories.make_claim(session)
        manager.post(f"/claims/{claim.public_id}/hold", self.data(), status=403)

    def test_the_second_click_holds_once(self, session, clinic, biller):
        claim = factories.make_claim(session)
        for _ in range(2):
            biller.post(f"/claims/{claim.public_id}/hold", self.data(), status=303)
        assert session.query(ClaimEvent).filter_by(claim_id=claim.id, kind="held").count() == 1
        for _ in range(2):
            biller.post(f"/claims/{claim.public_id}/release", status=303)
        assert session.query(ClaimEvent).filter_by(claim_id=claim.id, kind="released").count() == 1


class TestNote:
    def test_a_note_is_kept_without_javascript_and_with_htmx(self, session, clinic, biller):
        claim = factories.make_claim(session)
        url = f"/claims/{claim.public_id}/notes"
        biller.post(url, {"note-text": "Called, ref. 88-20417.", "note-key": "a"}, status=303)
        assert "88-20417" in biller.get(biller.location).select_one("ol.time").text
        fragment = biller.post(url, {"note-text": "Second call.", "note-key": "b"}, status=200, htmx=True)
        assert "Second call." in panel_text(fragment)
        assert "announce" in biller.response.headers["HX-Trigger"]

    def test_what_happened_is_read_newest_first_with_the_time(self, session, clinic, biller):
        claim = factories.make_claim(session)
        for text in ("The first.", "The second.", "The third."):
            claims.note(session, claim, text)
        last = session.query(ClaimEvent).filter_by(claim_id=claim.id).order_by(ClaimEvent.id.desc()).first()
        rows = biller.get(f"/claims/{claim.public_id}").select("ol.time > li")
        said = [row.select_one("p").text for row in rows]
        assert said[:3] == ["The third.", "The second.", "The first."]
        assert rows[0].time.text == f"{formats.mdy(last.at)} {formats.wall(last.at)}"

    def test_an_empty_note_is_refused(self, session, clinic, biller):
        claim = factories.make_claim(session)
        page = biller.post(f"/claims/{claim.public_id}/notes", {"note-text": "  "}, status=422)
        assert page.select_one("#note-text-error")
        assert session.query(ClaimEvent).filter_by(kind="note").count() == 0

    def test_a_manager_may_not_write_notes(self, session, clinic, manager):
        claim = factories.make_claim(session)
        manager.post(f"/claims/{claim.public_id}/notes", {"note-text": "x"}, status=403)

    def test_the_second_click_writes_one_note(self, session, clinic, biller):
        claim = factories.make_claim(session)
        for _ in range(2):
            biller.post(f"/claims/{claim.public_id}/notes", {"note-text": "x", "note-key": "k"}, status=303)
        assert session.query(ClaimEvent).filter_by(kind="note").count() == 1


class TestNextStep:
    def test_owner_and_next_step_are_kept(self, session, clinic, biller):
        claim = factories.make_claim(session)
        data = {"next-owner": biller.user.public_id, "next-action": "Call payer", "next-on": "t+2"}
        biller.post(f"/claims/{claim.public_id}/next-step", data, status=303)
        fragment = biller.post(f"/claims/{claim.public_id}/next-step", data, status=200, htmx=True)
        assert "Call payer" in panel_text(fragment)
        kept = session.get(Claim, claim.id)
        assert (kept.owner_id, kept.next_action) == (biller.user.id, "Call payer")
        assert session.query(ClaimEvent).filter_by(kind="next_action").count() == 1
        assert claim.control_number in biller.get("/claims/?owner=me").select_one("#list").text

    def test_a_stranger_as_owner_is_refused(self, session, clinic, biller, manager):
        claim = factories.make_claim(session)
        biller.post(f"/claims/{claim.public_id}/next-step", {"next-owner": "nobody-such"}, status=422)
        assert session.get(Claim, claim.id).owner_id is None
        manager.post(f"/claims/{claim.public_id}/next-step", {"next-owner": ""}, status=403)


class TestAuthorization:
    def test_choosing_an_authorization_frees_the_claim_k02(self, session, clinic, biller, manager):
        payer = factories.make_payer(session, needs_authorization=["99213"])
        claim = factories.make_claim(session, payer=payer)
        row = Authorization(
            coverage_id=claim.coverage_id, number="AUTH66120471", codes=[], starts_on=claim.service_on,
            ends_on=claim.service_on, visits_allowed=3,
        )  # fmt: skip
        session.add(row)
        session.flush()
        url = f"/claims/{claim.public_id}/authorization"
        manager.post(url, {"authorization-authorization": row.public_id}, status=403)
        biller.post(url, {"authorization-authorization": "other"}, status=422)
        assert session.get(Claim, claim.id).state == "scrub_failed"
        for _ in range(2):
            biller.post(url, {"authorization-authorization": row.public_id}, status=303)
        assert session.get(Claim, claim.id).state == "ready"
