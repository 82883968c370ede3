"""What a biller may ask of statements."""

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from clinic.web.fields import Key, Version
from clinic.web.forms import ClinicForm


class StartForm(ClinicForm):
    """Make the statements of the preview."""

    key = Key()


class HoldForm(ClinicForm):
    """Stop a guarantor's statements, with the reason that every later run will show."""

    version = Version()
    reason = StringField(
        "Why no statement goes out",
        filters=[lambda text: " ".join((text or "").split())],
        validators=[
            DataRequired("Say why: every later run shows it."),
            Length(max=80, message="Say it in 80 characters or fewer."),
        ],
    )


class ReleaseForm(ClinicForm):
    """Let statements go out again."""

    version = Version()
