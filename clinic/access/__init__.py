"""Staff accounts: roles and permissions, sign-in, sessions."""

from clinic.access.guesses import guessed_too_often, note_guess
from clinic.access.permissions import HOMES, PERMISSIONS, ROLES, allows
from clinic.access.sign_in import (
    AccountLocked,
    SignInRefused,
    WeakPassword,
    check_code,
    check_password,
    hash_password,
)

__all__ = [
    "HOMES",
    "PERMISSIONS",
    "ROLES",
    "AccountLocked",
    "SignInRefused",
    "WeakPassword",
    "allows",
    "check_code",
    "check_password",
    "guessed_too_often",
    "hash_password",
    "note_guess",
]
