from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from clinic.web.forms import ClinicForm


class SignInForm(ClinicForm):
    sign_in_name = StringField(
        "Sign-in name",
        validators=[InputRequired("Enter your sign-in name.")],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        validators=[InputRequired("Enter your password.")],
        render_kw={"autocomplete": "current-password"},
    )


class CodeForm(ClinicForm):
    code = StringField(
        "Code from your authenticator",
        validators=[InputRequired("Enter the six digits.")],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True},
    )
