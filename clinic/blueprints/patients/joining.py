"""A household on one page, and one more of a family registered from what is known of another (T1)."""

from decimal import Decimal

from flask import Response

from clinic import db
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.forms import RegisterForm
from clinic.models import Guarantor, Patient
from clinic.patients import households
from clinic.web import get_or_404, may, render, requires, viewed

COPIED = ("last_name", "phone", "address", "address2", "zip", "city", "state", "language")


@bp.get("/<public_id>/household")
@requires("patient.view")
def household(public_id: str) -> Response:
    """Everybody whose bills the same person pays, with their next visits and what is open."""
    patient = record.find(public_id)
    members = households.household(db.session(), patient.guarantor_id)
    ids = [member.patient.id for member in members]
    viewed("demographics", *ids)
    if may("ledger.view"):
        viewed("ledger", *ids)
    zero = Decimal("0.00")
    return render(
        "patients/household.html",
        None,
        patient=patient,
        members=members,
        owed=sum((member.balance.patient for member in members), zero),
        insurance=sum((member.balance.insurance for member in members), zero),
    )


def relative(public_id: str) -> Patient:
    """Whose household somebody joins; shown on the form, so on record."""
    patient = get_or_404(Patient, public_id)
    viewed("demographics", patient.id)
    viewed("coverage", patient.id)
    return patient


def fill(form: RegisterForm, kin: Patient) -> None:
    """Name, address, who pays and the family's plans as the relative has them; all of it can still be changed."""
    form.household.data = kin.public_id
    for name in COPIED:
        form[name].data = getattr(kin, name)
    own = kin.guarantor_relationship
    form.guarantor_relationship.data = "parent" if own == "self" else own
    shared = households.shared_coverages(db.session(), kin)
    for part, coverage in zip(("primary", "secondary"), shared, strict=False):
        form[part].form.payer.data = coverage.payer.public_id
        for name, value in households.copied_coverage(coverage, kin, "19").items():
            if name in form[part].form:
                form[part].form[name].data = value


def guarantor(form: RegisterForm) -> Guarantor | None:
    """The guarantor of the household that is joined; None where the patient pays for himself or somebody new does."""
    if not form.household.data or form.guarantor_relationship.data == "self":
        return None
    return relative(form.household.data).guarantor
