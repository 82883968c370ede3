"""A patient's reply in the demo."""

from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length

from clinic.web.fields import Phone
from clinic.web.forms import ClinicForm


class ReplyForm(ClinicForm):
    phone = Phone("From phone", validators=[InputRequired("Enter the phone, like (555) 010-0147.")])
    text = StringField("Text", [DataRequired("Write the reply."), Length(max=500)])
