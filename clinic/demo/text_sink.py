"""The demo's text service: Twilio's interface for messages, every text kept as a file, none delivered to a phone.

It takes and lists messages, tells the clinic by signed request what became of each, and carries what somebody types
as a patient's reply back to the clinic, signed the same way. One code path with production; only the address differs.
"""

import html
import json
import re
import secrets
import threading
import time
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from clinic import log
from clinic.config import Config
from clinic.messages.sms import signature

# What the service answers for them, as a code; the numbers are of the range that no telephone has.
REFUSED = {"+15550100190": 21211, "+15550100191": 21614}
UNDELIVERED = {"+15550100192": 30003}
TIMEOUT = 10
STEPS = (0.2, 0.6)  # seconds until a message counts as sent, then as delivered


class Texts:
    """The kept texts of one account, and the clinic's addresses to tell."""

    def __init__(self, folder: Path, settings: Config) -> None:
        self.folder = folder
        self.account, self.token = settings.sms_account, settings.sms_token
        self.reply_url = f"{settings.base_url}/messages/sms/reply"
        self.lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, **fields: str) -> dict[str, str]:
        """Write one text down; newer ones sort last."""
        row = {"sid": f"SM{secrets.token_hex(16)}", **fields}
        with self.lock:
            name = f"{time.time_ns()}.json"
            part = self.folder / f"{name}.part"
            part.write_text(json.dumps(row))
            part.rename(self.folder / name)
        return row

    def kept(self, to: str) -> list[dict[str, str]]:
        """The newest texts to one phone."""
        paths = sorted(self.folder.glob("*.json"), key=lambda path: int(path.stem), reverse=True)
        rows = (json.loads(path.read_text()) for path in paths)
        return [row for row in rows if row["to"] == to][:50]

    def tell(self, url: str, fields: dict[str, str]) -> requests.Response | None:
        """One signed request to the clinic; None when it does not answer."""
        head = {"X-Twilio-Signature": signature(self.token, url, fields.items())}
        try:
            return requests.post(url, data=fields, headers=head, timeout=TIMEOUT)
        except requests.RequestException as error:
            log.failure("clinic_silent", error)
            return None

    def outcome(self, row: dict[str, str], callback: str) -> None:
        """What a network tells after a while: sent, then delivered or not."""
        code = UNDELIVERED.get(row["to"])
        for wait, status in zip(STEPS, ("sent", "undelivered" if code else "delivered"), strict=True):
            time.sleep(wait)
            fields = {"MessageSid": row["sid"], "MessageStatus": status, "To": row["to"], "From": row["from"]}
            if status == "undelivered":
                fields["ErrorCode"] = str(code)
            self.tell(callback, fields)

    def reply(self, sender: str, to: str, text: str) -> str:
        """Carry a patient's reply to the clinic and keep what it answers; the answer, or ""."""
        row = self.keep(**{"from": sender, "to": to, "body": text, "direction": "in"})
        fields = {
            "MessageSid": row["sid"],
            "AccountSid": self.account,
            "From": sender,
            "To": to,
            "Body": text,
        }
        answer = self.tell(self.reply_url, fields)
        found = re.search(r"<Message>(.*?)</Message>", answer.text, re.DOTALL) if answer is not None else None
        said = html.unescape(found[1]) if found else ""
        if said:
            self.keep(**{"from": to, "to": sender, "body": said, "direction": "out"})
        return said


def create(texts: Texts) -> Flask:
    """The service's endpoints that the clinic needs."""
    app = Flask("clinic.demo.text_sink")

    @app.before_request
    def known() -> ResponseReturnValue | None:
        who = request.authorization
        if who is None or (who.username, who.password) != (texts.account, texts.token):
            return jsonify(code=20003, message="Authenticate", status=401), 401
        return None

    @app.post("/2010-04-01/Accounts/<account>/Messages.json")
    def take(account: str) -> ResponseReturnValue:
        to, text = request.form.get("To", ""), request.form.get("Body", "")
        code = REFUSED.get(to) or (0 if re.fullmatch(r"\+\d{8,15}", to) else 21211) or (0 if text else 21602)
        if code:
            return jsonify(code=code, message="Refused", status=400), 400
        row = texts.keep(**{"from": request.form.get("From", ""), "to": to, "body": text, "direction": "out"})
        callback = request.form.get("StatusCallback", "")
        if callback:
            threading.Thread(target=texts.outcome, args=(row, callback), daemon=True).start()
        return jsonify(_shown(account, row)), 201

    @app.get("/2010-04-01/Accounts/<account>/Messages.json")
    def listed(account: str) -> ResponseReturnValue:
        rows = texts.kept(request.args.get("To", ""))
        return jsonify(messages=[_shown(account, row) for row in rows if row["direction"] == "out"])

    @app.post("/replies")
    def replied() -> Response:
        said = texts.reply(request.form["From"], request.form["To"], request.form["Body"])
        return jsonify(answer=said)

    return app


def _shown(account: str, row: dict[str, str]) -> dict[str, Any]:
    return {
        "sid": row["sid"],
        "account_sid": account,
        "to": row["to"],
        "from": row["from"],
        "body": row["body"],
        "status": "queued",
        "direction": "outbound-api",
        "error_code": None,
    }


def run(settings: Config, port: int) -> None:
    """Serve on 127.0.0.1 until told to stop."""
    log.configure()
    texts = Texts(settings.data_folder / "texts", settings)
    make_server("127.0.0.1", port, create(texts), threaded=True).serve_forever()
