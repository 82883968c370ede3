from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from clinic import claims
from clinic.models import Authorization, Claim, Payer, RenderingProvider, User
from clinic.web.fields import ClinicDate, Key, Money
from clinic.web.forms import ClinicForm, PartForm

WRITE_OFF_KINDS = (
    ("denial", "Denied, not worth an appeal"),
    ("timely_filing", "Filed too late"),
    ("contractual", "Contract"),
    ("administrative", "Administrative"),
    ("courtesy", "Courtesy"),
)


class FilterForm(PartForm):
    """What narrows the list; it stands in the address, so a view can be kept as a link."""

    payer = SelectField("Payer", choices=[], default="")
    provider = SelectField("Provider", choices=[], default="")
    from_ = ClinicDate("Visit from", name="from")
    to = ClinicDate("Visit to")
    over = Money("Over")
    owner = SelectField("Owner", choices=[], default="")
    silent = BooleanField("No answer in 30 days")
    soon = BooleanField("Due in 7 days")

    @classmethod
    def of_request(cls, session: Session) -> "FilterForm":
        form = cls(request.args)
        form.payer.choices = [
            SelectChoice("", "Any payer"),
            *(
                SelectChoice(row.public_id, row.name)
                for row in session.execute(select(Payer.public_id, Payer.name).order_by(Payer.name))
            ),
        ]
        providers = session.scalars(select(RenderingProvider).order_by(RenderingProvider.position))
        form.provider.choices = [
            SelectChoice("", "Any provider"),
            *(SelectChoice(row.public_id, row.name) for row in providers),
        ]
        form.owner.choices = [
            SelectChoice("", "Anyone"),
            SelectChoice("me", "Me"),
            SelectChoice("none", "Nobody"),
            *billers(session),
        ]
        return form


class HoldForm(ClinicForm):
    reason = SelectField("Reason", choices=[SelectChoice(each, each) for each in claims.HOLD_REASONS])
    until = ClinicDate("Until", validators=[InputRequired("Say until when.")])


class NoteForm(ClinicForm):
    text = TextAreaField("Note", validators=[InputRequired("Write something first."), Length(max=2000)])
    key = Key()


class NextForm(ClinicForm):
    owner = SelectField("Owner", choices=[])
    action = StringField("Next step", validators=[Optional(), Length(max=60)])
    on = ClinicDate("On", validators=[Optional()])


class AuthorizationForm(ClinicForm):
    authorization = SelectField("Authorization on the claim", choices=[])


class WriteOffForm(ClinicForm):
    kind = SelectField("Kind", choices=[SelectChoice(*each) for each in WRITE_OFF_KINDS])
    reason = StringField("Reason", validators=[InputRequired("Say why."), Length(max=200)])
    patient_share = BooleanField("Give up the patient's share too")
    key = Key()


class BillForm(ClinicForm):
    reason = StringField("Reason", validators=[InputRequired("Say why."), Length(max=200)])
    key = Key()


class VoidForm(ClinicForm):
    reason = StringField("Reason", validators=[InputRequired("Say why."), Length(max=200)])


class PlainForm(ClinicForm):
    """A button: the token alone."""


def billers(session: Session) -> list[SelectChoice]:
    """Who may own a claim."""
    query = select(User.public_id, User.name).where(User.role.in_(("biller", "manager")), User.active)
    return [SelectChoice(row.public_id, row.name) for row in session.execute(query.order_by(User.name))]


def forms_of(session: Session, claim: Claim, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every form of the panel, fresh or as it was refused."""
    owner = session.get(User, claim.owner_id) if claim.owner_id else None
    made: dict[str, Any] = {
        "hold": HoldForm(prefix="hold", formdata=None),
        "note": NoteForm(prefix="note", formdata=None),
        "next": NextForm(
            prefix="next",
            formdata=None,
            owner=owner.public_id if owner else "",
            action=claim.next_action,
            on=claim.next_action_on,
        ),
        "authorization": AuthorizationForm(prefix="authorization", formdata=None),
        "write_off": WriteOffForm(prefix="write_off", formdata=None),
        "bill": BillForm(prefix="bill", formdata=None),
        "void": VoidForm(prefix="void", formdata=None),
    }
    made.update(given or {})
    fill_choices(session, claim, made)
    return made


def fill_choices(session: Session, claim: Claim, forms: dict[str, Any]) -> None:
    """Choices that depend on rows."""
    if "next" in forms:
        forms["next"].owner.choices = [SelectChoice("", "Nobody"), *billers(session)]
    if "authorization" in forms:
        rows = authorizations_of(session, claim)
        field = forms["authorization"].authorization
        field.choices = [
            SelectChoice("", "None"),
            *(SelectChoice(row.public_id, _label(row)) for row in rows),
        ]
        if field.raw_data is None:
            field.data = next((row.public_id for row in rows if row.id == claim.authorization_id), "")


def authorizations_of(session: Session, claim: Claim) -> list[Authorization]:
    """The authorizations on file under the claim's coverage."""
    query = select(Authorization).where(Authorization.coverage_id == claim.coverage_id)
    return list(session.scalars(query.order_by(Authorization.starts_on.desc())))


def _label(row: Authorization) -> str:
    codes = ", ".join(row.codes) or "any code"
    left = f"{max(row.visits_allowed - row.visits_used, 0)} of {row.visits_allowed} {row.counts} left"
    return f"{row.number} ({codes}, {row.starts_on:%m/%d/%Y} to {row.ends_on:%m/%d/%Y}, {left})"
