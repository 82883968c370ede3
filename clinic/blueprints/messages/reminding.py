"""When reminders go out, in which hours not, and in what words."""

from typing import Any

from flask import Response, flash, request
from sqlalchemy import select

from clinic import clock, db, messages, reminders
from clinic.blueprints.messages.blueprint import bp
from clinic.blueprints.messages.forms import PolicyForm, RevokeForm, RuleForm, TextForm
from clinic.models import Practice
from clinic.reminders import changing
from clinic.web import render, requires, see_other, settings

PREVIEW_LINK = "/visit/xxxxxxxxxxxxxxxxxxxxxx"


@bp.get("/reminders", endpoint="reminders")
@requires("reminder.edit")
def show_reminders() -> Response:
    return _show()


@bp.post("/reminders/policy")
@requires("reminder.edit")
def policy() -> Response:
    """On or off, the quiet hours, the name."""
    form = PolicyForm()
    if not form.validate_on_submit():
        return _show(422, policy_form=form)
    with db.transaction() as session:
        changing.set_policy(
            session,
            version=int(form.version.data or 0),
            active=bool(form.active.data),
            sender_name=form.sender_name.data or "",
            quiet_from=form.quiet_from.data,
            quiet_until=form.quiet_until.data,
        )
    flash("The rules for reminders are saved.", "ok")
    return see_other(".reminders")


@bp.post("/reminders/rules")
@requires("reminder.edit")
def add_rule() -> Response:
    """One more reminder; the same one twice is one."""
    form = RuleForm()
    if not form.validate_on_submit():
        return _show(422, rule_form=form)
    with db.transaction() as session:
        changing.add_rule(session, int(form.amount.data or 0), form.unit.data, form.channel.data)
    return see_other(".reminders")


@bp.post("/reminders/rules/<public_id>/remove")
@requires("reminder.edit")
def remove_rule(public_id: str) -> Response:
    """One reminder less; one that is gone already stays gone."""
    if not RevokeForm().validate_on_submit():
        return _show(422)
    with db.transaction() as session:
        changing.remove_rule(session, public_id)
    return see_other(".reminders")


@bp.post("/reminders/texts/<any(sms,email):channel>/<any(en,es):language>")
@requires("reminder.edit")
def text(channel: str, language: str) -> Response:
    """The clinic's own words, tried first on what they would say; or back to ours."""
    form = TextForm()
    usual = request.form.get("usual") == "1"
    if not usual:
        if not form.validate_on_submit():
            return _show(422, text_form=form, at=(channel, language))
        wrong = reminders.problems(db.session(), channel, form.subject.data or "", form.text.data or "")
        if wrong:
            form.text.errors = wrong
            return _show(422, text_form=form, at=(channel, language))
    with db.transaction() as session:
        changing.set_words(
            session, channel, language, None if usual else (form.subject.data or "", form.text.data or "")
        )
    flash("The words are saved.", "ok")
    return see_other(".reminders", text=f"{channel}-{language}")


def _show(
    status: int = 200,
    *,
    policy_form: PolicyForm | None = None,
    rule_form: RuleForm | None = None,
    text_form: TextForm | None = None,
    at: tuple[str, str] | None = None,
) -> Response:
    session = db.session()
    asked = tuple(request.args.get("text", "").split("-"))
    known = [(channel, language) for channel in reminders.CHANNELS for language in reminders.LANGUAGES]
    place = at or next((each for each in known if each == asked), known[0])
    words = reminders.words_of(session, *place)
    how = reminders.policy(session)
    return render(
        "messages/reminders.html",
        status=status,
        policy_form=policy_form or PolicyForm(formdata=None, obj=how),
        rule_form=rule_form or RuleForm(formdata=None),
        text_form=text_form or TextForm(formdata=None, subject=words[0], text=words[1]),
        revoke_form=RevokeForm(formdata=None),
        rules=reminders.rules(session),
        place=place,
        places=reminders.PLACES,
        channels=reminders.CHANNELS,
        languages=reminders.LANGUAGES,
        preview=_preview(place, words),
        texts_ready=reminders.text_service(settings()) is not None,
        zone=f"{clock.local(clock.now()):%Z}",
    )


def _preview(place: tuple[str, str], words: tuple[str, str]) -> dict[str, Any]:
    """The saved words as a patient with a visit tomorrow at this hour would read them."""
    channel, language = place
    session = db.session()
    practice = session.scalars(select(Practice)).one()
    link = settings().base_url + PREVIEW_LINK
    start = clock.day_bounds(clock.today())[1].replace(minute=0)
    told = reminders.facts(
        session, practice, start + (start - clock.day_bounds(clock.today())[0]) * 0.4, language, link
    )
    subject, body = reminders.filled(words, told)
    return {"subject": subject, "text": body, "parts": messages.segments(body) if channel == "sms" else 0}
