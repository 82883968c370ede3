"""What a trainer may ask of the clock and of the practice payer."""

from wtforms import SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, Optional, Regexp

from clinic import sandbox
from clinic.web.fields import Key
from clinic.web.forms import ClinicForm

STEPS = {1: "1 day", 7: "7 days", 14: "14 days", 30: "30 days"}
MODES = {"answers": "Answers", "down": "Says it is down", "silent": "Says nothing"}


class AdvanceForm(ClinicForm):
    """How many days the clinic's date goes forward; it never goes back."""

    key = Key()
    days = SelectField(
        "Days",
        choices=STEPS,
        coerce=int,
        validate_choice=False,
        validators=[AnyOf(list(STEPS), "The date goes forward 1, 7, 14 or 30 days.")],
    )


class RunForm(ClinicForm):
    """One turn of the practice payer, now."""

    key = Key()


class ModeForm(ClinicForm):
    """How one payer behaves."""

    mode = SelectField(
        "Behaves",
        choices=MODES,
        validate_choice=False,
        validators=[AnyOf(list(MODES), "Choose one of the three ways to behave.")],
    )


class InstructionForm(ClinicForm):
    """What to do with one claim, or with the next one of a payer."""

    key = Key()
    control_number = StringField(
        "Claim number",
        filters=[lambda text: (text or "").strip().upper()],
        validators=[
            Optional(),
            Length(max=20, message="A claim number has 20 characters at most."),
            Regexp(r"^[A-Z0-9.\-]+$", message="A claim number has letters, digits, dots and dashes."),
        ],
    )
    # The view fills in the payers.
    edi_id = SelectField("Payer", choices={"": "Any payer"}, validate_choice=False)
    action = SelectField(
        "What it does",
        choices=dict(sandbox.ACTIONS),
        validate_choice=False,
        validators=[
            InputRequired("Choose what the payer does."),
            AnyOf(list(sandbox.ACTIONS), "Choose what the payer does."),
        ],
    )
    reason_code = StringField(
        "Reason",
        filters=[lambda text: (text or "").strip()],
        validators=[Optional(), Length(max=10, message="A reason has 10 characters at most.")],
    )
