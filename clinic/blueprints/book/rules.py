"""The rules of online booking: whether, how soon, how far ahead, and what the public page says of a visit type."""

from collections.abc import Sequence

from flask import Response, flash

from clinic import db, online
from clinic.blueprints.book.blueprint import bp
from clinic.blueprints.book.forms import PolicyForm, WordsForm
from clinic.models import RenderingProvider, VisitType
from clinic.policies import PolicyChanged
from clinic.scheduling import visit_types
from clinic.web import get_or_404, render, requires, see_other, settings


@bp.get("/online-booking")
@requires("schedule.rules")
def rules() -> Response:
    """The policy, and each visit type that may be booked online with its words."""
    return _show()


@bp.post("/online-booking")
@requires("schedule.rules")
def save_rules() -> Response:
    form = PolicyForm()
    if not form.validate_on_submit():
        return _show(422, policy_form=form)
    try:
        with db.transaction() as session:
            online.save_policy(
                session,
                form.version.data or 0,
                active=form.active.data,
                notice_hours=form.notice_hours.data,
                ahead_days=form.ahead_days.data,
                book_new=form.book_new.data,
            )
    except PolicyChanged as old:
        form.notice_hours.errors = [str(old)]
        return _show(422, policy_form=form)
    flash("The rules of online booking are saved.", "ok")
    return see_other(".rules")


@bp.post("/online-booking/<public_id>")
@requires("schedule.rules")
def save_words(public_id: str) -> Response:
    """What the public page says of one visit type."""
    kind = get_or_404(VisitType, public_id)
    form = WordsForm(prefix=public_id)
    form.takes.choices = _people(visit_types.takers(db.session(), None), kind)
    if not form.validate_on_submit():
        return _show(422, words_form=form, of=kind)
    with db.transaction() as session:
        online.save_words(session, kind, takes=form.takes.data or [], **form.values())
    flash(f"The words for {kind.name} are saved.", "ok")
    return see_other(".rules")


def _show(
    status: int = 200,
    *,
    policy_form: PolicyForm | None = None,
    words_form: WordsForm | None = None,
    of: VisitType | None = None,
) -> Response:
    session = db.session()
    policy = online.policy(session)
    kept = online.words(session)
    everybody = visit_types.takers(session, None)
    forms = []
    for each in online.offers(session, "en"):
        said = kept.get(each.kind.id)
        form = WordsForm(
            formdata=None, obj=said, takes=said.provider_ids if said else [], prefix=each.kind.public_id
        )
        form.takes.choices = _people(everybody, each.kind)
        forms.append((each.kind, words_form if words_form is not None and each.kind is of else form))
    return render(
        "book/rules.html",
        status=status,
        policy=policy,
        policy_form=policy_form or PolicyForm(formdata=None, obj=policy),
        kinds=forms,
        address=f"{settings().base_url}/book",
    )


def _people(everybody: Sequence[RenderingProvider], kind: VisitType) -> list[tuple[int, str]]:
    """Who takes such visits at all: online may keep one to fewer of them, never give it to more."""
    return [(each.id, each.name) for each in everybody if kind.taken_by(each.id)]
