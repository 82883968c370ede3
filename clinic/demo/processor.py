"""The demo's card processor: the endpoints that hosted Checkout needs, with the official SDK at the other end.

It speaks the processor's protocol (bracketed form fields, idempotency keys, signed webhooks), keeps everything in
memory, and takes no card number: its page has buttons only. One code path with production; only the address differs.
"""

import hashlib
import hmac
import html
import http.client
import json
import re
import secrets
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.serving import make_server

from clinic import log
from clinic.config import Config

API_VERSION = "2026-10-28.endive"
RETRIES = (0.2, 1, 3, 8, 20)
BANK_SECONDS = 20  # a bank takes days; a demo does not
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css"></head><body><main>
<p class="demo">DEMO. This stands in for Stripe's hosted page. No card is asked for and no money moves.</p>
<h1>{amount}</h1><p>{name}</p>
<form method="post" action="/c/{id}/pay">
<label for="email">{email_label}</label><input id="email" name="email" type="email" value="{email}" autocomplete="email">
<button type="submit" name="method" value="card">{card}</button>
<button type="submit" name="method" value="us_bank_account">{bank}</button>
<button type="submit" name="method" value="refusing_bank" class="quiet">{refusing}</button>
<button type="submit" name="method" value="decline" class="quiet">{decline}</button>
</form>{note}<p><a href="{cancel}">{back}</a></p></main></body></html>"""
CSS = """body{font:18px/1.5 system-ui,sans-serif;margin:0;color:#1b2733;background:#fff}main{max-width:26rem;margin:3rem auto;
padding:0 1rem}h1{font-size:2.5rem;margin:.5rem 0}.demo{background:#fdf0d5;color:#6b4a00;padding:.75rem 1rem}label{display:block}
input,button{font:inherit;width:100%;box-sizing:border-box;min-height:52px;margin:.4rem 0;border-radius:6px;border:1px solid #6b7a86;
padding:0 1rem}button{background:#0b666a;color:#fff;border-color:#0b666a;cursor:pointer}.quiet{background:#fff;color:#8a1c1c;
border-color:#8a1c1c}.error{color:#8a1c1c}:focus-visible{outline:3px solid #0b666a;outline-offset:2px}"""
WORDS = {
    "en": {
        "title": "Pay by card",
        "email_label": "E-mail for the receipt",
        "card": "Pay with the demo card",
        "bank": "Pay from the demo bank account",
        "refusing": "Pay from a bank account that refuses",
        "decline": "Try a card that is declined",
        "back": "Back to the clinic",
        "declined": "The card was declined. Nothing was paid. Try another way.",
    },
    "es": {
        "title": "Pagar con tarjeta",
        "email_label": "Correo para el recibo",
        "card": "Pagar con la tarjeta de prueba",
        "bank": "Pagar con la cuenta bancaria de prueba",
        "refusing": "Pagar con una cuenta que no tiene fondos",
        "decline": "Probar una tarjeta rechazada",
        "back": "Volver a la clínica",
        "declined": "La tarjeta fue rechazada. No se pagó nada. Pruebe otra forma.",
    },
}


def nested(fields: Any) -> dict[str, Any]:
    """`line_items[0][price_data][unit_amount]=5` as nested dictionaries."""
    result: dict[str, Any] = {}
    for name, value in fields.items(multi=True):
        parts = re.findall(r"[^\[\]]+", name)
        place = result
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return result


class Processor:
    """The state of one stand-in: sessions, refunds, idempotent answers, and whom to tell."""

    def __init__(self, webhook_url: str, webhook_secret: str) -> None:
        self.webhook_url = webhook_url
        self.webhook_secret = webhook_secret
        self.sessions: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.names: dict[str, str] = {}
        self.deliveries: list[threading.Thread] = []

    def event(self, kind: str, thing: dict[str, Any]) -> bytes:
        body = {
            "id": _new("evt_"),
            "object": "event",
            "api_version": API_VERSION,
            "type": kind,
            "created": int(time.time()),
            "livemode": False,
            "data": {"object": dict(thing)},
            "pending_webhooks": 1,
            "request": None,
        }
        return json.dumps(body).encode()

    def sign(self, body: bytes, at: int | None = None) -> str:
        """The header that the SDK's `construct_event` checks."""
        stamp = int(time.time()) if at is None else at
        digest = hmac.new(self.webhook_secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
        return f"t={stamp},v1={digest}"

    def settle(self, number: str, *, good: bool) -> tuple[str, dict[str, Any]]:
        """What a bank answers after some days: the event's kind and the session as it is from then on."""
        found = self.sessions[number]
        if good:
            found["payment_status"] = "paid"
        word = "succeeded" if good else "failed"
        return f"checkout.session.async_payment_{word}", found

    def bank_answers(self, number: str, *, good: bool) -> None:
        """Let the bank answer some seconds from now."""

        def answer() -> None:
            time.sleep(BANK_SECONDS)
            self.tell(*self.settle(number, good=good))

        threading.Thread(target=answer, daemon=True).start()

    def tell(self, kind: str, thing: dict[str, Any]) -> None:
        """Deliver an event as the real one does: again and again until the answer is 2xx."""
        if not self.webhook_url:
            return
        body = self.event(kind, thing)

        def deliver() -> None:
            for pause in RETRIES:
                time.sleep(pause)
                if self._post(body):
                    return

        thread = threading.Thread(target=deliver, daemon=True)
        self.deliveries = [one for one in self.deliveries if one.is_alive()] + [thread]
        thread.start()

    def _post(self, body: bytes) -> bool:
        to = urlsplit(self.webhook_url)
        connection = http.client.HTTPConnection(to.hostname or "127.0.0.1", to.port or 80, timeout=10)
        headers = {"Content-Type": "application/json", "Stripe-Signature": self.sign(body)}
        try:
            connection.request("POST", to.path, body, headers)
            return connection.getresponse().status < 300
        except OSError:
            return False
        finally:
            connection.close()


def _new(prefix: str) -> str:
    return prefix + secrets.token_hex(12)


def _error(code: str, message: str, status: int = 400) -> tuple[Response, int]:
    return jsonify(error={"type": "invalid_request_error", "code": code, "message": message}), status


def create(processor: Processor, address: str) -> Flask:
    """The stand-in as a web application; `address` is where browsers reach it."""
    app = Flask("clinic.demo.processor")

    @app.before_request
    def key() -> tuple[Response, int] | None:
        if request.path.startswith("/v1") and not request.headers.get("Authorization", "").startswith(
            "Bearer sk_test_"
        ):
            return _error("api_key_invalid", "No such API key.", 401)
        return None

    @app.post("/v1/checkout/sessions")
    def make_session() -> Any:
        idempotency = request.headers.get("Idempotency-Key", "")
        if idempotency in processor.answers:
            return processor.answers[idempotency]
        fields = nested(request.form)
        items = fields.get("line_items", {}).values()
        total = sum(int(item["price_data"]["unit_amount"]) * int(item.get("quantity", 1)) for item in items)
        if total < 50:
            return _error("amount_too_small", "Amount must be at least $0.50 usd.")
        number = _new("cs_test_")
        made: dict[str, Any] = {
            "id": number,
            "object": "checkout.session",
            "mode": fields.get("mode", "payment"),
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": total,
            "currency": "usd",
            "url": f"{address}/c/{number}",
            "success_url": fields["success_url"],
            "cancel_url": fields.get("cancel_url"),
            "metadata": fields.get("metadata", {}),
            "client_reference_id": fields.get("client_reference_id"),
            "customer_email": fields.get("customer_email"),
            "customer_details": None,
            "locale": fields.get("locale"),
            "payment_intent": None,
            "livemode": False,
            "created": int(time.time()),
            "expires_at": int(time.time()) + 86400,
        }
        if idempotency:
            # Of two questions at once under one key, both get the session of the first, in one step of the interpreter.
            made = processor.answers.setdefault(idempotency, made)
        processor.sessions[made["id"]] = made
        processor.names[made["id"]] = next(iter(items))["price_data"]["product_data"]["name"]
        return made

    @app.get("/v1/checkout/sessions/<number>")
    def read_session(number: str) -> Any:
        return processor.sessions.get(number) or _error("resource_missing", "No such checkout.session.", 404)

    @app.post("/v1/checkout/sessions/<number>/expire")
    def expire(number: str) -> Any:
        found = processor.sessions.get(number)
        if found is None:
            return _error("resource_missing", "No such checkout.session.", 404)
        if found["status"] != "open":
            return _error("", "Only Checkout Sessions with a status of open can be expired.")
        found["status"] = "expired"
        processor.tell("checkout.session.expired", found)
        return found

    @app.post("/v1/refunds")
    def refund() -> Any:
        fields = nested(request.form)
        idempotency = request.headers.get("Idempotency-Key", "")
        if idempotency in processor.answers:
            return processor.answers[idempotency]
        made: dict[str, Any] = {
            "id": _new("re_"),
            "object": "refund",
            "amount": int(fields.get("amount", 0)),
            "payment_intent": fields.get("payment_intent"),
            "status": "succeeded",
            "metadata": fields.get("metadata", {}),
        }
        if idempotency:
            made = processor.answers.setdefault(idempotency, made)
        processor.refunds[made["id"]] = made
        return made

    @app.get("/c/<number>")
    def page(number: str) -> Any:
        found = processor.sessions.get(number)
        if found is None or found["status"] != "open":
            return Response("This payment page is no longer open.", status=410, mimetype="text/plain")
        return _page(found, processor.names[number], "declined" in request.args)

    @app.post("/c/<number>/pay")
    def pay(number: str) -> Any:
        found = processor.sessions.get(number)
        if found is None or found["status"] != "open":
            return Response("This payment page is no longer open.", status=410, mimetype="text/plain")
        method = request.form.get("method")
        if method == "decline":
            return redirect(f"/c/{number}?declined=1", 303)
        email = request.form.get("email") or found["customer_email"]
        by_bank = method in ("us_bank_account", "refusing_bank")
        found.update(
            status="complete",
            payment_intent=_new("pi_"),
            payment_status="unpaid" if by_bank else "paid",
            customer_details={"email": email or None},
        )
        processor.tell("checkout.session.completed", found)
        if by_bank:
            processor.bank_answers(number, good=method == "us_bank_account")
        return redirect(found["success_url"].replace("{CHECKOUT_SESSION_ID}", number), 303)

    @app.get("/page.css")
    def style() -> Response:
        return Response(CSS, mimetype="text/css")

    return app


def _page(found: dict[str, Any], name: str, declined: bool) -> str:
    words = WORDS.get(found["locale"] or "en", WORDS["en"])
    note = f'<p class="error" role="alert">{words["declined"]}</p>' if declined else ""
    return PAGE.format(
        lang="es" if words is WORDS["es"] else "en",
        amount=f"${found['amount_total'] / 100:,.2f}",
        name=html.escape(name),
        id=found["id"],
        email=html.escape(found["customer_email"] or ""),
        cancel=html.escape(found["cancel_url"] or "#", quote=True),
        note=note,
        **words,
    )


def run(settings: Config, port: int) -> None:
    """Serve on 127.0.0.1 until told to stop."""
    log.configure()
    processor = Processor(f"{settings.base_url}/pay/events", settings.stripe_webhook_secret)
    app = create(processor, settings.stripe_api_base or f"http://127.0.0.1:{port}")
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()
