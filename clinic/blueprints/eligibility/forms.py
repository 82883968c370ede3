"""What is typed to ask a payer by hand."""

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from clinic.web.fields import ClinicDate
from clinic.web.forms import ClinicForm
from clinic.x12 import codes

SERVICE_TYPES = ("98", "UC", "MH", "PT", "33", "1", "4", "5", "47", "48", "50", "86")


class AskForm(ClinicForm):
    service_on = ClinicDate("Date of service", validators=[InputRequired("Enter the date of service.")])
    service_type = SelectField(
        "Service",
        choices=[SelectChoice(code, codes.describe_service_type(code)) for code in SERVICE_TYPES],
        default="98",
    )
