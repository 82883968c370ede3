"""Which plan pays first: the questions, the order they lead to, and its confirmation from a day on (C9)."""

from typing import Any

from flask import Response, flash, request
from sqlalchemy import select
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from clinic import clock, db, formats
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.changes import rescrub
from clinic.blueprints.patients.forms import choices, put, safe_key
from clinic.db import new_public_id
from clinic.models import BenefitOrder, Patient, User
from clinic.patients import ChangedMeanwhile, FieldRefused, benefits, ordering
from clinic.patients.benefits import Answers, Plan
from clinic.patients.coverages import sentences_on
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.fields import ClinicDate
from clinic.web.forms import ClinicForm

INJURIES = {
    "no": "No",
    "work": "At work",
    "auto": "By an automobile",
    "other": "Another accident",
}
BECAUSE = {"age": "Age, 65 or over", "disability": "A disability", "kidney": "Kidney failure"}
WORKS = {
    "self": "The patient's",
    "spouse": "The spouse's",
    "family": "Another family member's",
    "no": "Nobody's: retired, or bought alone",
}
EMPLOYEES = {"under20": "Fewer than 20", "20to99": "20 to 99", "100up": "100 or more"}
PARENTS = {
    "together": "They live together",
    "apart": "They live apart, one has custody",
    "joint": "They live apart and share custody",
}


class Ticks(SelectMultipleField):
    """Several boxes, each with its own label."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class QuestionForm(ClinicForm):
    """What decides who pays first; only what these plans raise is shown and read."""

    key = HiddenField(default=new_public_id)
    injury = RadioField("Is this care for an injury?", choices=choices(INJURIES), default="no")
    because = RadioField(
        "Why does the patient have Medicare?", choices=choices(BECAUSE), validate_choice=False
    )
    works = RadioField(
        "Through whose present work is the other plan?", choices=choices(WORKS), validate_choice=False
    )
    employees = RadioField(
        "How many people work for that employer?", choices=choices(EMPLOYEES), validate_choice=False
    )
    kidney_since = ClinicDate("First month of Medicare because of kidney failure")
    parents = RadioField("The parents", choices=choices(PARENTS), validate_choice=False)
    court_plan = SelectField("A court order makes this plan pay first", validate_choice=False)
    custody_plan = SelectField("Plan of the parent with custody", validate_choice=False)
    former = Ticks("Which plans come from former work (retired, laid off, continued)?", validate_choice=False)

    def fill(self, plans: list[Plan]) -> None:
        named = {plan.key: f"{plan.name} ({plan.holder})" for plan in plans}
        of_parents = {plan.key: named[plan.key] for plan in plans if plan.relationship == "19"}
        for field in (self.court_plan, self.custody_plan):
            field.choices = [SelectChoice("", "None"), *choices(of_parents)]
        self.former.choices = choices({plan.key: named[plan.key] for plan in plans if plan.is_group})

    def answers(self, wanted: set[str]) -> Answers:
        """What was answered among the questions that were asked."""
        said: dict[str, Any] = {"injury": self.injury.data or "no"}
        if "medicare" in wanted:
            said["because"] = self.because.data or ""
            if self.because.data == "kidney":
                said["kidney_since"] = self.kidney_since.data
            else:
                said |= {"works": self.works.data or "", "employees": self.employees.data or ""}
        if "parents" in wanted:
            for name in ("parents", "court_plan", "custody_plan"):
                said[name] = self[name].data or ""
        if "former" in wanted:
            said["former"] = tuple(self.former.data or ())
        return Answers(**said)


class ApplyForm(ClinicForm):
    """From which day the order holds."""

    on = ClinicDate("From", validators=[InputRequired("Enter the first day of this order.")])


@bp.route("/<public_id>/order-of-benefits", methods=["GET", "POST"])
@requires("patient.edit")
def questions(public_id: str) -> Response:
    """The questions that these plans raise; a POST keeps the answers and leads to the order they propose."""
    patient = record.find(public_id)
    viewed("coverage", patient.id)
    session = db.session()
    today = clock.today()
    plans = ordering.plans_on(session, patient, today)
    earlier = ordering.asked(session, patient.id)
    form = QuestionForm(data=_last(earlier[0]) if earlier else None)
    form.fill(plans)
    if request.method == "GET":
        return _questions(patient, form, plans, earlier)
    if not form.validate_on_submit():
        return _questions(patient, form, plans, earlier, 422)
    wanted = benefits.asks(plans)
    aged = benefits.is_aged(patient.born_on, today)
    faults = benefits.faults(plans, form.answers(wanted), aged=aged, today=today)
    if faults:
        for name, sentence in faults.items():
            put(form, FieldRefused(name, sentence))
        return _questions(patient, form, plans, earlier, 422)
    with db.transaction() as current:
        order = ordering.ask(current, patient, form.answers(wanted), today, public_id=safe_key(form.key.data))
    return see_other(".proposal", public_id=patient.public_id, order_id=order.public_id)


@bp.route("/<public_id>/order-of-benefits/<order_id>", methods=["GET", "POST"])
@requires("patient.edit")
def proposal(public_id: str, order_id: str) -> Response:
    """The proposed order with its rules; nothing changes before it is confirmed."""
    patient = record.find(public_id)
    viewed("coverage", patient.id)
    order = get_or_404(BenefitOrder, order_id, patient_id=patient.id)
    form = ApplyForm()
    if request.method == "GET":
        form.on.data = clock.today()
        return _proposal(patient, order, form)
    if not form.validate_on_submit():
        return _proposal(patient, order, form, 422)
    try:
        with db.transaction() as session:
            ordering.apply(session, patient, order, form.on.data)
            rescrub(patient.id)
    except FieldRefused as refused:
        form.on.errors = [str(refused)]
        return _proposal(patient, order, form, 422)
    except ChangedMeanwhile as changed:
        return _anew(patient, order, form, str(changed))
    flash(f"The order holds from {formats.mdy(order.applies_from)}.", "ok")
    return see_other(".show", public_id=patient.public_id)


def _anew(patient: Patient, order: BenefitOrder, form: ApplyForm, faster: str) -> Response:
    """After somebody changed a coverage: the order that the same answers lead to now, with the typed day."""
    session = db.session()
    plans = ordering.plans_on(session, patient, clock.today())
    try:
        with db.transaction() as current:
            newer = ordering.ask(current, patient, ordering.answers_of(order), clock.today())
    except FieldRefused as refused:
        asked = QuestionForm(formdata=None, data=_last(order))
        asked.fill(plans)
        put(asked, refused)
        flash(faster, "danger")
        return _questions(patient, asked, plans, ordering.asked(session, patient.id), 409)
    form.faster = faster
    return _proposal(patient, newer, form, 409)


def _last(order: BenefitOrder) -> dict[str, Any]:
    """The last answers, so that only what changed is typed again."""
    answers = ordering.answers_of(order)
    return {name: getattr(answers, name) for name in order.answers} | {"key": new_public_id(), "injury": "no"}


def _questions(
    patient: Patient, form: QuestionForm, plans: list[Plan], earlier: Any, status: int = 200
) -> Response:
    return render(
        "patients/questions.html",
        None,
        status,
        patient=patient,
        form=form,
        plans=plans,
        wanted=benefits.asks(plans),
        earlier=earlier,
        sentences=sentences_on(db.session(), patient.id),
        names=_names(earlier),
    )


def _proposal(patient: Patient, order: BenefitOrder, form: ApplyForm, status: int = 200) -> Response:
    return render(
        "patients/proposal.html",
        None,
        status,
        patient=patient,
        order=order,
        form=form,
        notes=ordering.notes_of(db.session(), patient, order),
        changes=any(each["before"] != each["position"] for each in order.proposal),
        said=_said(order),
        names=_names([order]),
    )


def _said(order: BenefitOrder) -> list[tuple[str, str]]:
    """The answers in words, as they were asked."""
    payers = {each["coverage"]: each["payer"] for each in order.proposal}
    answers = ordering.answers_of(order)
    lists = {
        "injury": INJURIES,
        "because": BECAUSE,
        "works": WORKS,
        "employees": EMPLOYEES,
        "parents": PARENTS,
        "court_plan": payers,
        "custody_plan": payers,
    }
    labels = {field.short_name: field.label.text for field in QuestionForm(formdata=None)}
    words = []
    for name in (each for each in labels if each in order.answers):
        value = getattr(answers, name)
        if name == "kidney_since":
            words.append((labels[name], f"{value:%m/%Y}"))
        elif name == "former":
            words.append((labels[name], ", ".join(payers.get(key, "") for key in value)))
        else:
            words.append((labels[name], lists[name].get(value, value)))
    return words


def _names(orders: Any) -> dict[int, str]:
    ids = {number for order in orders for number in (order.asked_by, order.applied_by) if number is not None}
    return dict(db.session().execute(select(User.id, User.name).where(User.id.in_(ids))).all())
