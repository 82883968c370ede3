"""What the registration form answers while it is typed: people like this one, the town of a ZIP code, the post's form."""

from typing import Any

from flask import Response, abort, request

from clinic import db, patients
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.forms import PersonForm, RegisterForm
from clinic.patients import FieldRefused
from clinic.patients.fields import clean_person
from clinic.web import render, requires, see_other, viewed, wants_fragment

ADDRESS = ("address", "address2", "city", "state", "zip")
SAID = ("first_name", "last_name", "born_on", "phone", "ssn")


@bp.post("/look-alikes")
@requires("patient.edit")
def look_alikes() -> Response:
    """Records like the person who is being typed; a half-typed field counts as not typed."""
    form = RegisterForm()
    form.fill(db.session())
    found = patients.look_alikes(db.session(), _said(form))
    viewed("demographics", *(each.patient.id for each in found))
    return render(
        "patients/new.html", "patients/_look_alikes.html", form=form, found=found, stopped=False, kin=None
    )


@bp.post("/place")
@requires("patient.edit")
def place() -> Response:
    """The address fields again: town and state of a ZIP code filled in, and the post's form beside or in their place."""
    if not wants_fragment():
        return see_other(".new")
    prefix = request.args.get("part", "")
    if prefix not in ("", "guarantor-"):
        abort(404)
    form: Any = RegisterForm() if prefix else PersonForm()
    part = form.guarantor.form if prefix else form
    typed = {name: (part[name].data or "").strip()[:80] for name in ADDRESS}
    filled, elsewhere = _fill(typed, request.form.get(f"{prefix}filled", ""))
    postal = patients.postal(*(typed[name] for name in ADDRESS))
    shown = {name: getattr(postal, name) for name in ADDRESS}
    if request.args.get("take"):
        typed = shown
    for name in ADDRESS:
        part[name].data = typed[name]
    differs = bool(typed["address"] and typed["city"]) and any(shown[name] != typed[name] for name in ADDRESS)
    return render(
        "patients/_place.html",
        "patients/_place.html",
        part=part,
        postal=postal if differs else None,
        filled=filled,
        elsewhere=elsewhere,
    )


def _fill(typed: dict[str, str], filled: str) -> tuple[str, str]:
    """Fill city and state from the ZIP code where they are empty or came from an earlier one; typed ones stay.

    `filled` is "city|state" as an earlier ZIP code gave them. Returns the same of this one, and a sentence where the
    ZIP code belongs to another state.
    """
    known = patients.place(db.session(), typed["zip"])
    if known is None:
        return filled, ""
    city, _, state = filled.partition("|")
    ours = {}
    for name, before, now in (("city", city, known.city), ("state", state, known.state)):
        if not typed[name] or typed[name].upper() == before.upper():
            typed[name] = ours[name] = now
    elsewhere = ""
    if typed["state"].upper() != known.state:
        elsewhere = f"{typed['zip'][:5]} belongs to {known.state}, not {typed['state'].upper()}."
    return f"{ours.get('city', '')}|{ours.get('state', '')}", elsewhere


def _said(form: RegisterForm) -> dict[str, Any]:
    """What can be read of who somebody is."""
    said = {}
    for name in SAID:
        value = form[name].data
        if value:
            try:
                said |= clean_person({name: value})
            except FieldRefused:
                continue
    return said
