"""A patient's reply in the demo."""

from wtforms import StringField
from wtforms.validators import DataRequired, Length, Regexp

from clinic.web.forms import ClinicForm


class ReplyForm(ClinicForm):
    phone = StringField("From phone", [Regexp(r"\+1\d{10}$", message="Enter a phone like +15550100147.")])
    text = StringField("Text", [DataRequired("Write the reply."), Length(max=500)])
