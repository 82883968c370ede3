"""Staff accounts: roles and permissions, sign-in, sessions; and links that are opened without an account."""

from clinic.access.guesses import find_by_token
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
    "find_by_token",
    "hash_password",
]
