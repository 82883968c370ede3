"""How offers are made, and after which visits patients come again: the manager's page."""

from flask import Response, flash

from clinic import db, waiting
from clinic.blueprints.waiting.blueprint import bp
from clinic.blueprints.waiting.forms import PolicyForm, RuleForm
from clinic.blueprints.waiting.showing import tabs
from clinic.policies import PolicyChanged
from clinic.waiting import WaitingError, recalls
from clinic.web import render, requires, see_other


@bp.get("/rules")
@requires("schedule.rules")
def rules() -> Response:
    """Both forms."""
    return _page()


@bp.post("/rules/offers")
@requires("schedule.rules")
def set_policy() -> Response:
    """Whether places are offered by themselves, and for how long one is held."""
    form = PolicyForm()
    if not form.validate_on_submit():
        return _page(422, policy=form)
    try:
        with db.transaction() as session:
            waiting.set_policy(
                session,
                version=form.version.data or 0,
                active=form.active.data,
                hold_minutes=form.hold_minutes.data,
            )
    except (PolicyChanged, WaitingError) as error:
        form.form_errors = [*form.form_errors, str(error)]
        return _page(409, policy=form)
    flash("Saved.", "ok")
    return see_other("waiting.rules")


@bp.post("/rules/recalls")
@requires("schedule.rules")
def set_rule() -> Response:
    """Come again in so many months after a visit type; no months take the rule away."""
    form = RuleForm()
    form.fill(db.session())
    if not form.validate_on_submit():
        return _page(422, rule=form)
    with db.transaction() as session:
        recalls.set_rule(
            session, form.types[form.after.data], form.months.data, form.types[form.visit_type.data]
        )
    flash("Saved.", "ok")
    return see_other("waiting.rules")


def _page(status: int = 200, policy: PolicyForm | None = None, rule: RuleForm | None = None) -> Response:
    session = db.session()
    if policy is None:
        policy = PolicyForm(formdata=None, obj=waiting.policy(session))
    if rule is None:
        rule = RuleForm(formdata=None)
        rule.fill(session)
    return render(
        "waiting/rules.html",
        "waiting/_rules.html",
        status,
        policy=policy,
        rule=rule,
        known=recalls.rules(session),
        **tabs("waiting.rules"),
    )
