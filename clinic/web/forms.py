"""The base of every form: what WTForms says of its own accord is said in our words (ux 6)."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form

# The library's sentence, and ours; a form's own message always goes before either.
SENTENCES = {
    "This field is required.": "Fill this in.",
    "Not a valid choice.": "Choose one of those offered.",
    "Invalid Choice: could not coerce.": "Choose one of those offered.",
    "'%(value)s' is not a valid choice for this field.": "Choose only among those offered.",
    "'%(value)s' are not valid choices for this field.": "Choose only among those offered.",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Choose only among those offered.",
    "Choices cannot be None.": "There is nothing to choose yet.",
    "Not a valid integer value.": "Enter a whole number, like 30.",
    "Not a valid decimal value.": "Enter a number, like 12.50.",
    "Not a valid float value.": "Enter a number, like 12.50.",
    "Not a valid date value.": "Enter a date, like 03/15/2026.",
    "Not a valid time value.": "Enter a time, like 9:15 AM.",
    "Not a valid datetime value.": "Enter a date and a time, like 03/15/2026 9:15 AM.",
    "Not a valid week value.": "Enter a week, like 2026-W11.",
    "Field must be at least %(min)d character long.": "Write at least %(min)d character.",
    "Field must be at least %(min)d characters long.": "Write at least %(min)d characters.",
    "Field cannot be longer than %(max)d character.": "Keep it to %(max)d character.",
    "Field cannot be longer than %(max)d characters.": "Keep it to %(max)d characters or fewer.",
    "Field must be exactly %(max)d character long.": "Write exactly %(max)d character.",
    "Field must be exactly %(max)d characters long.": "Write exactly %(max)d characters.",
    "Field must be between %(min)d and %(max)d characters long.": "Write %(min)d to %(max)d characters.",
    "Number must be at least %(min)s.": "Enter %(min)s or more.",
    "Number must be at most %(max)s.": "Enter %(max)s or less.",
    "Number must be between %(min)s and %(max)s.": "Enter a number from %(min)s to %(max)s.",
    "Date must be at least %(min)s.": "Enter a day from %(min)s on.",
    "Date must be at most %(max)s.": "Enter a day up to %(max)s.",
    "Date must be between %(min)s and %(max)s.": "Enter a day from %(min)s to %(max)s.",
    "Field must be equal to %(other_name)s.": "Write the same in both fields.",
    "Invalid field name '%s'.": "There is nothing to compare this with (%s).",
    "Invalid input.": "This is not written as it is asked for.",
    "Invalid email address.": "Enter an address like name@example.com.",
    "Invalid IP address.": "Enter an address like 192.0.2.1.",
    "Invalid Mac address.": "Enter an address like 00:00:5E:00:53:01.",
    "Invalid URL.": "Enter an address like https://example.com.",
    "Invalid UUID.": "Open the page again: its number was changed on the way.",
    "Invalid value, must be one of: %(values)s.": "Enter one of %(values)s.",
    "Invalid value, can't be any of: %(values)s.": "Enter something other than %(values)s.",
    "This field cannot be edited.": "This cannot be changed here.",
    "This field is disabled and cannot have a value.": "This cannot be filled in here.",
    "Invalid CSRF Token.": "Open the page again and send it once more.",
    "CSRF token missing.": "Open the page again and send it once more.",
    "CSRF failed.": "Open the page again and send it once more.",
    "CSRF token expired.": "Open the page again and send it once more.",
}


class _Words:
    """WTForms asks its translations for every sentence; these answer in our words."""

    def gettext(self, string: str) -> str:
        return SENTENCES.get(string, string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


WORDS = _Words()


class ClinicForm(FlaskForm):
    """A form of a page."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, form: Any) -> _Words:
            return WORDS


class PartForm(Form):
    """A form within a form."""

    class Meta:
        def get_translations(self, form: Any) -> _Words:
            return WORDS
