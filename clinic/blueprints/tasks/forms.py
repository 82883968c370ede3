"""What came of a task."""

from wtforms import StringField
from wtforms.validators import Length

from clinic.web.fields import Version
from clinic.web.forms import ClinicForm


class DoneForm(ClinicForm):
    version = Version()
    note = StringField("What came of it", [Length(max=500)])


class ReopenForm(ClinicForm):
    version = Version()
