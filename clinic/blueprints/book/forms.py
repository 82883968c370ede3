"""What a visitor types, read and answered in his language: every problem at once, nothing cut off unseen."""

from collections.abc import Mapping
from datetime import date

from wtforms import BooleanField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from clinic import clock, formats, online
from clinic.patients.fields import person_faults
from clinic.web.fields import Key, Version
from clinic.web.forms import ClinicForm

LONGEST = {
    "reason": 200,
    "answer": 500,
    "insurance": 80,
    "member_id": 40,
    "email": 120,
    "address": 120,
    "city": 60,
}
OLDEST = 120
PERSON = ("first_name", "last_name", "phone", "email")
HOME = ("sex", "address", "city", "state", "zip")
EXTRA = ("insurance", "member_id", "reason", "answer")
# The sentence of a field that is empty or cannot be read: English, Spanish.
SENTENCES: dict[str, tuple[str, str]] = {
    "first_name": (
        "Enter the first name with letters, at most 60 of them.",
        "Escriba el nombre con letras, 60 como máximo.",
    ),
    "last_name": (
        "Enter the last name with letters, at most 60 of them.",
        "Escriba el apellido con letras, 60 como máximo.",
    ),
    "born_on": (
        "Enter the birth date as month, day and year, like 3 15 1984. It must be a real day in the past.",
        "Escriba la fecha de nacimiento como mes, día y año, por ejemplo 3 15 1984. Debe ser un día real del pasado.",
    ),
    "phone": (
        "Enter the phone number with area code, like (555) 010-0147. A number from abroad begins with +.",
        "Escriba el teléfono con código de área, como (555) 010-0147. Un número de otro país empieza con +.",
    ),
    "sms": (
        "We can text the code to US numbers only. Choose e-mail for the code.",
        "Solo podemos enviar el código a números de EE. UU. Elija el correo electrónico.",
    ),
    "email": ("Enter an e-mail address like name@example.com.", "Escriba un correo como nombre@example.com."),
    "sex": ("Choose one: your plan asks for it.", "Elija uno: su seguro lo pide."),
    "address": ("Enter the street and number.", "Escriba la calle y el número."),
    "city": ("Enter the city.", "Escriba la ciudad."),
    "state": ("Enter the state as two letters, like OR.", "Escriba el estado con dos letras, como OR."),
    "zip": ("Enter the ZIP code, 5 digits.", "Escriba el código postal, 5 cifras."),
    "long": ("Keep this to {most} characters.", "Escriba {most} caracteres como máximo."),
}


class DetailsForm(ClinicForm):
    """Who the visit is for; the place and the visit type travel with it, so that a lost session loses no words."""

    key = Key()
    type = StringField()
    been = StringField()
    provider = StringField()
    at = StringField()
    first_name = StringField()
    last_name = StringField()
    month = StringField()
    day = StringField()
    year = StringField()
    phone = StringField()
    email = StringField()
    sex = StringField()
    address = StringField()
    city = StringField()
    state = StringField()
    zip = StringField()
    insurance = StringField()
    member_id = StringField()
    reason = StringField()
    answer = StringField()
    code_by = StringField()
    texts = BooleanField()
    mails = BooleanField()
    website = StringField()  # no person sees it; a program that fills in every box does

    @property
    def says_new(self) -> bool:
        return bool(self.been.data == "no")

    def channel(self, *, texts_ready: bool) -> str:
        return "sms" if texts_ready and self.code_by.data == "sms" else "email"

    def born_on(self) -> date | None:
        parts = [(box.data or "").strip() for box in (self.month, self.day, self.year)]
        if not all(part.isdigit() and part.isascii() for part in parts) or len(parts[2]) != 4:
            return None
        try:
            day = date(int(parts[2]), int(parts[0]), int(parts[1]))
        except ValueError:
            return None
        return day if clock.today().year - OLDEST <= day.year and day <= clock.today() else None

    def read(self, language: str, channel: str) -> tuple[dict[str, str], dict[str, str]]:
        """What was typed, cleaned, and what is wrong with it: field → sentence."""
        names = (*PERSON, *(HOME if self.says_new else ()), *EXTRA)
        typed = {name: " ".join((self[name].data or "").split()) for name in names}
        born = self.born_on()
        wrong = {
            name: "long" for name, most in LONGEST.items() if len(typed.get(name, "")) > most
        } | self._faults(typed, born)
        if channel == "email" and not typed["email"]:
            wrong["email"] = "email"
        if "phone" not in wrong:
            typed["phone"] = formats.parse_phone(typed["phone"])
            if channel == "sms" and not typed["phone"].startswith("+1"):
                wrong["phone"] = "sms"
        typed["born_on"] = born.isoformat() if born else ""
        for name in ("state", "zip"):
            typed[name] = "".join(typed.get(name, "").upper().split())
        which = 1 if language == "es" else 0
        return typed, {
            name: SENTENCES[word][which].format(most=LONGEST.get(name)) for name, word in wrong.items()
        }

    def _faults(self, typed: Mapping[str, str], born: date | None) -> dict[str, str]:
        person: dict[str, object] = {
            name: typed[name] for name in (*PERSON, *(HOME if self.says_new else ()))
        }
        needed = (*PERSON[:3], *(HOME if self.says_new else ()))
        wrong = {name: name for name in needed if not typed[name]}
        wrong |= {fault.field: fault.field for fault in person_faults(person)}
        return wrong if born else wrong | {"born_on": "born_on"}


class PolicyForm(ClinicForm):
    """Whether, how soon and how far ahead."""

    version = Version()
    active = BooleanField("People may book visits online")
    notice_hours = IntegerField("Hours before a visit", validators=[InputRequired(), NumberRange(0, 720)])
    ahead_days = IntegerField("Days ahead", validators=[InputRequired(), NumberRange(1, 180)])
    book_new = BooleanField("Register and book unknown people without the desk")


class WordsForm(ClinicForm):
    """What the public page says of one visit type."""

    name_en = StringField("Name, English", validators=[Length(max=80)])
    name_es = StringField("Name, Spanish", validators=[Length(max=80)])
    question_en = TextAreaField("Question, English", validators=[Length(max=240)])
    question_es = TextAreaField("Question, Spanish", validators=[Length(max=240)])
    takes = SelectMultipleField(
        "Who takes it", coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def values(self) -> dict[str, str]:
        return {name: " ".join((self[name].data or "").split()) for name in online.WORDS}


class DecisionForm(ClinicForm):
    """What the desk says of a request; for a new person also what registration asks for."""

    version = Version()
    patient = StringField()
    accepted = StringField()
    sex = StringField("Sex")
    address = StringField("Street address")
    city = StringField("City")
    state = StringField("State")
    zip = StringField("ZIP")
    note = StringField("Why", validators=[Length(max=200)])
