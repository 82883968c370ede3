"""What narrows the list of files, what is looked for in one, and a file from disk."""

from typing import Any

from flask import request
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from clinic.files import listing
from clinic.web.fields import ClinicDate
from clinic.web.forms import ClinicForm, PartForm
from clinic.x12.codes import terms


def _trimmed(text: Any) -> str:
    return (text or "").strip()


# A 278 asks when we send it and answers when it comes.
_BY_DIRECTION = {("278", "in"): "Authorization answer", ("278", "out"): "Authorization request"}


def kind_words(kind: str, direction: str = "") -> str:
    """`Remittance (835)`; a kind that no envelope says stands as it is."""
    if kind in terms.KINDS:
        return f"{_BY_DIRECTION.get((kind, direction)) or terms.KINDS[kind]} ({kind})"
    return {"unread": "Not read yet", "unknown": "Not X12"}.get(kind, kind)


class FilterForm(PartForm):
    """What narrows the list; it stands in the address, so a view can be kept as a link."""

    kind = SelectField("Kind", choices=[], default="")
    state = SelectField("State", choices=[], default="")
    from_ = ClinicDate("From", name="from")
    to = ClinicDate("To")
    q = StringField("Number or payer", filters=[_trimmed], validators=[Length(max=80)])

    @classmethod
    def of_request(cls, session: Session) -> "FilterForm":
        form = cls(request.args)
        form.kind.choices = [
            SelectChoice("", "Any kind"),
            *(SelectChoice(kind, kind_words(kind)) for kind in listing.kinds(session)),
        ]
        form.state.choices = [
            SelectChoice("", "Any state"),
            *(SelectChoice(state, words) for state, (words, _) in listing.STATES.items()),
        ]
        return form


class FindForm(ClinicForm):
    """Text to look for in a file. It may be a name, so it never stands in an address."""

    text = StringField(
        "Find in this file",
        filters=[_trimmed],
        validators=[
            DataRequired("Type what to look for."),
            Length(max=100, message="At most 100 characters."),
        ],
    )


class OpenForm(ClinicForm):
    """A file from disk, to be looked at."""

    file = FileField("File", validators=[FileRequired("Choose a file.")])
