"""What a biller says of a remittance."""

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from clinic.web.fields import Key
from clinic.web.forms import ClinicForm

MOST_BYTES = 16 * 1024 * 1024


class UploadForm(ClinicForm):
    file = FileField("File", validators=[FileRequired("Choose a file.")])


class TraceForm(ClinicForm):
    trace = StringField(
        "Check or EFT number",
        filters=[lambda text: (text or "").strip()],
        validators=[
            InputRequired("Enter the check or EFT number."),
            Length(max=50, message="At most 50 characters."),
        ],
    )


class ReasonForm(ClinicForm):
    key = Key()
    reason = StringField(
        "Reason",
        filters=[lambda text: (text or "").strip()],
        validators=[InputRequired("Say why."), Length(max=200, message="At most 200 characters.")],
    )


class RefundForm(ReasonForm):
    """Money that is not ours goes back to the payer."""

    method = SelectField(
        "Paid back by", choices=[SelectChoice("check", "Check"), SelectChoice("eft", "EFT")], default="check"
    )


class MatchForm(ClinicForm):
    key = Key()
    claim = StringField(
        "Claim number",
        filters=[lambda text: (text or "").strip().upper()],
        validators=[InputRequired("Enter the number of one of our claims.")],
    )


class PlainForm(ClinicForm):
    key = Key()
