"""A test client that returns parsed pages and checks what every page must obey (style 3)."""

from typing import Any

from bs4 import BeautifulSoup
from flask import Flask

from clinic import db
from clinic.access import sessions
from clinic.models import User
from clinic.web.sessions import COOKIE


class Browser:
    """`get` and `post` want the status they expect, follow nothing, and parse what came."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._client = app.test_client()
        self.response: Any = None

    def sign_in(self, user: User) -> None:
        """Sign a user in without the form, as the form's second step would."""
        data = {"_user_id": str(user.id), "_fresh": True}
        with db.transaction() as session:
            token = sessions.create(session, data, user.id, "127.0.0.1")
        self.user = user
        self._client.set_cookie(COOKIE, token, secure=True, path="/")

    def get(self, url: str, *, status: int = 200, htmx: bool = False, **kw: Any) -> BeautifulSoup:
        return self._open("GET", url, status, htmx, **kw)

    def post(
        self, url: str, data: dict[str, Any] | None = None, *, status: int, htmx: bool = False, **kw: Any
    ) -> BeautifulSoup:
        return self._open("POST", url, status, htmx, data=data or {}, **kw)

    def _open(self, method: str, url: str, status: int, htmx: bool, **kw: Any) -> BeautifulSoup:
        # What the test has set up stands, whatever the request takes back: both use one session here.
        db.session.commit()
        headers = {"HX-Request": "true", **kw.pop("headers", {})} if htmx else kw.pop("headers", {})
        self.response = self._client.open(
            url, method=method, headers=headers, base_url="https://localhost", **kw
        )
        text = self.response.get_data(as_text=True) if "html" in (self.response.mimetype or "") else ""
        assert self.response.status_code == status, (self.response.status_code, text[:3000])
        page = BeautifulSoup(text, "html.parser")
        if not text:
            return page
        if htmx:
            assert page.html is None, "an htmx request must get a fragment"
        else:
            assert len(page.select("h1")) == 1, "a page has one h1"
            assert all(form.get("action") is not None for form in page.select("form")), (
                "a form names its action"
            )
        ids = [element["id"] for element in page.select("[id]")]
        twice = {name for name in ids if ids.count(name) > 1}
        assert not twice, f"ids used twice: {sorted(twice)}"
        assert not page.select("[style]"), "no inline styles under the CSP"
        assert all(button.get("type") for button in page.select("button")), "a button names its type"
        return page

    @property
    def location(self) -> str:
        return str(self.response.headers.get("Location", ""))
