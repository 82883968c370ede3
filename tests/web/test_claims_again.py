"""Claims that go out once more: sent again, replaced, voided; and the denials (C2, C4)."""

from decimal import Decimal

import pytest

from clinic import audit, claims, clock, db, ledger
from clinic.models import Claim, Submission
from tests import factories
from tests.claims.answers import send_all
from tests.web.claims_scene import clinic, exchange, panel_text

__all__ = ["clinic", "exchange"]


def denied(session, group="CO", reason="197"):
    claim = factories.make_claim(session)
    send_all(session, [claim])
    claim.state, claim.payer_claim_number, claim.adjudicated_at = "denied", "26065008812", clock.now()
    for line in claim.lines:
        claims.open_denial(
            session,
            claim,
            charge_id=line.charge_id,
            group_code=group,
            reason_code=reason,
            amount=line.charge.amount,
        )
    session.flush()
    return claim


class TestResubmission:
    def rejected(self, session):
        claim = factories.make_claim(session)
        send_all(session, [claim])
        claim.state = "rejected_277CA"
        session.flush()
        return claim

    def test_a_rejected_claim_goes_out_again_with_and_without_javascript(self, session, clinic, biller):
        one, two = self.rejected(session), self.rejected(session)
        biller.post(f"/claims/{one.public_id}/resubmission", status=303)
        biller.post(f"/claims/{two.public_id}/resubmission", status=204, htmx=True)
        assert {session.get(Claim, each.id).state for each in (one, two)} == {"queued"}
        assert {session.get(Claim, each.id).frequency for each in (one, two)} == {"1"}

    def test_only_a_rejected_claim_and_only_a_biller(self, session, clinic, biller, manager):
        claim = factories.make_claim(session)
        biller.post(f"/claims/{claim.public_id}/resubmission", status=422)
        manager.post(f"/claims/{self.rejected(session).public_id}/resubmission", status=403)

    def test_the_second_click_sends_once(self, session, clinic, biller):
        claim = self.rejected(session)
        for _ in range(2):
            biller.post(f"/claims/{claim.public_id}/resubmission", status=303)
        assert session.query(Submission).filter_by(state="building").count() == 1


class TestReplacement:
    def test_a_denied_claim_becomes_a_replacement_with_the_payers_number_c4(self, session, clinic, biller):
        claim = denied(session)
        assert "Correct and resend" in panel_text(biller.get("/claims/denials"))
        for _ in range(2):
            biller.post(f"/claims/{claim.public_id}/replacement", status=303)
        made = session.query(Claim).filter_by(replaces_id=claim.id).one()
        assert (made.frequency, made.state) == ("7", "ready")
        assert biller.location.endswith(made.public_id)
        assert claim.control_number in biller.get(biller.location).text
        assert session.get(Claim, claim.id).state == "corrected"
        assert "No denial is open" in biller.get("/claims/denials").text

    def test_with_htmx_the_new_claim_is_opened(self, session, clinic, biller):
        claim = denied(session)
        biller.post(f"/claims/{claim.public_id}/replacement", status=204, htmx=True)
        made = session.query(Claim).filter_by(replaces_id=claim.id).one()
        assert biller.response.headers["HX-Redirect"].endswith(made.public_id)

    def test_without_the_payers_number_it_is_refused_and_nothing_changes(
        self, session, clinic, biller, manager
    ):
        claim = denied(session)
        claim.payer_claim_number = ""
        session.flush()
        page = biller.post(f"/claims/{claim.public_id}/replacement", status=422)
        assert "not known" in page.text
        assert session.get(Claim, claim.id).state == "denied"
        manager.post(f"/claims/{claim.public_id}/replacement", status=403)


class TestVoid:
    DATA = {"void-reason": "Billed to the wrong patient"}

    @pytest.mark.parametrize("htmx", [False, True])
    def test_a_decided_claim_is_voided_once_with_the_reason_on_its_timeline_c4(
        self, session, clinic, biller, htmx
    ):
        claim = denied(session)
        assert biller.get(f"/claims/{claim.public_id}").select_one("form[action$='/void']")
        for _ in range(2):
            status = 204 if htmx else 303
            biller.post(f"/claims/{claim.public_id}/void", self.DATA, status=status, htmx=htmx)
        made = session.query(Claim).filter_by(replaces_id=claim.id).one()
        assert (made.frequency, made.state) == ("8", "ready")
        assert session.get(Claim, claim.id).state == "voided"
        page = biller.get(f"/claims/{claim.public_id}")
        assert "Billed to the wrong patient" in page.text
        assert page.select_one("form[action$='/void']") is None
        assert ledger.patient_balance(session, claim.patient_id).insurance == Decimal("170.00")

    def test_without_a_reason_a_role_or_the_payers_number_nothing_is_voided(
        self, session, clinic, biller, manager
    ):
        with db.transaction() as current:
            claim = denied(current)
        url = f"/claims/{claim.public_id}/void"
        assert biller.post(url, {"void-reason": ""}, status=422).select_one("#void-reason-error")
        manager.post(url, self.DATA, status=403)
        with db.transaction() as current:
            current.get_one(Claim, claim.id).payer_claim_number = ""
        assert "not known" in biller.post(url, self.DATA, status=422).text
        assert session.get(Claim, claim.id).state == "denied"


class TestDenials:
    def test_the_list_shows_reason_money_deadline_and_next_step(self, session, clinic, biller):
        claim = denied(session)
        page = biller.get("/claims/denials")
        row = page.select_one("#list tbody tr").get_text(" ", strip=True)
        for part in ("CO-197", "$170.00", "365", "Correct", claim.control_number):
            assert part in row
        assert "$170.00 at risk" in page.select_one(".tools").get_text(" ", strip=True)
        assert biller.get("/claims/denials?owner=me").select_one(".empty")

    def test_work_next_opens_the_one_due_first(self, session, clinic, biller):
        denied(session)
        soon = denied(session)
        for denial in claims.open_denials(session, soon):
            denial.due_on = clock.today()
        session.flush()
        biller.get("/claims/denials/next", status=303)
        assert f"open={soon.public_id}" in biller.location
        assert soon.control_number in panel_text(biller.get(biller.location))

    def test_a_write_off_moves_the_money_once_and_closes_the_claim(self, session, clinic, biller):
        claim = denied(session)
        url = f"/claims/{claim.public_id}/write-off"
        data = {"write_off-kind": "denial", "write_off-reason": "Not worth it", "write_off-key": "k"}
        biller.post(url, data, status=303)
        biller.post(url, data, status=422)
        assert ledger.patient_balance(session, claim.patient_id).total == Decimal("0.00")
        assert session.get(Claim, claim.id).state == "closed"

    def test_a_write_off_works_with_htmx_and_needs_a_reason_and_a_role(
        self, session, clinic, biller, clinician
    ):
        claim = denied(session)
        url = f"/claims/{claim.public_id}/write-off"
        page = biller.post(url, {"write_off-kind": "denial", "write_off-reason": ""}, status=422, htmx=True)
        assert page.select_one("#write_off-reason-error")
        clinician.post(url, {"write_off-kind": "denial", "write_off-reason": "x"}, status=403)
        assert ledger.patient_balance(session, claim.patient_id).insurance == Decimal("170.00")
        data = {"write_off-kind": "denial", "write_off-reason": "x", "write_off-key": "k"}
        biller.post(url, data, status=204, htmx=True)
        assert session.get(Claim, claim.id).state == "closed"

    def test_only_what_the_payer_put_on_the_patient_is_billed_to_the_patient_r11(
        self, session, clinic, biller, manager
    ):
        clinics = denied(session)
        data = {"bill-reason": "Notice signed", "bill-key": "k"}
        page = biller.post(f"/claims/{clinics.public_id}/patient-bill", data, status=422)
        assert "may not be billed" in page.text
        patients = denied(session, "PR", "204")
        manager.post(f"/claims/{patients.public_id}/patient-bill", data, status=403)
        biller.post(f"/claims/{patients.public_id}/patient-bill", data, status=303)
        biller.post(f"/claims/{patients.public_id}/patient-bill", data, status=422)
        assert ledger.patient_balance(session, patients.patient_id).patient == Decimal("170.00")
        assert ledger.patient_balance(session, clinics.patient_id).patient == Decimal("0.00")


def test_every_page_with_a_patient_is_on_record(session, clinic, biller):
    claim = factories.make_claim(session)
    biller.get(f"/claims/{claim.public_id}")
    actions = [event.action for event in audit.events_of_patient(session, claim.patient_id)]
    assert "claim.view" in actions
