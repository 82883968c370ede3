"""The signed-in user as flask-login and the templates see them."""

from typing import Any

from sqlalchemy import Row

from clinic import access
from clinic.models import User


class SignedIn:
    """The signed-in user as flask-login and the templates see them."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: User | Row[Any]) -> None:
        self.id = user.id
        self.public_id = user.public_id
        self.name = user.name
        self.role = user.role
        self.role_label = access.ROLES[user.role]
        self.theme = user.theme
        self.single_keys = user.single_keys
        self.rendering_provider_id = user.rendering_provider_id

    def get_id(self) -> str:
        return str(self.id)
