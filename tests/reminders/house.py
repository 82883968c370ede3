"""A patient who agreed to messages, a visit to come, and a text service on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.orm import Session

from clinic import clock, db, reminders
from clinic.models import Appointment, Patient
from tests import factories

PHONE = "+15550100147"
TOKEN = "text-token"


def agreed(session: Session, **changes: Any) -> Patient:
    now = clock.now()
    return factories.make_patient(session, **({"sms_consent_at": now, "email_consent_at": now} | changes))


def visit(
    session: Session, starts_at: datetime, patient: Patient | None = None, **changes: Any
) -> Appointment:
    values = {"booked_at": starts_at - timedelta(days=30)} | changes
    return factories.make_appointment(session, patient or agreed(session), starts_at=starts_at, **values)


def ready(session: Session) -> None:
    """A clinic with the usual rules."""
    factories.make_practice(session)
    reminders.seed_rules(session)


def write_due(*, texts: bool = True) -> int:
    with db.transaction() as current:
        return reminders.write_due(current, "https://clinic.example.com", texts=texts)


@dataclass
class Service:
    """What the service was asked, and how it answers: `refuse` a code, `status` of every answer."""

    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)
    refuse: int = 0
    status: int = 201
    port: int = 0

    def environment(self) -> dict[str, str]:
        return {
            "TWILIO_ACCOUNT_SID": "ACtest",
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": "+15550100100",
            "TWILIO_API_BASE": f"http://127.0.0.1:{self.port}",
            "CLINIC_BASE_URL": "https://clinic.example.com",
        }


@contextmanager
def text_service() -> Iterator[Service]:
    """An HTTP server of its own that answers as the text service's documents say."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            fields = dict(parse_qsl(self.rfile.read(length).decode()))
            service.paths.append(self.path)
            service.authorized.append(self.headers.get("Authorization", ""))
            if service.refuse:
                self._answer(400, f'{{"code": {service.refuse}, "message": "no", "status": 400}}')
                return
            if service.status < 300:
                service.asked.append(fields)
            self._answer(service.status, f'{{"sid": "SM{len(service.asked):032d}", "status": "queued"}}')

        def do_GET(self) -> None:
            to = dict(parse_qsl(urlsplit(self.path).query)).get("To")
            rows = ", ".join(
                f'{{"sid": "SM{number:032d}", "to": "{each["To"]}", "body": {_json(each["Body"])}}}'
                for number, each in enumerate(service.asked, 1)
                if each["To"] == to
            )
            self._answer(200, f'{{"messages": [{rows}]}}')

        def _answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
