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
    known = patients.place(db.session(), typed["zip"])
    if known:
        typed["city"] = typed["city"] or known.city
        typed["state"] = typed["state"] or known.state
    postal = patients.postal(*(typed[name] for name in ADDRESS))
    shown = {name: getattr(postal, name) for name in ADDRESS}
    if request.args.get("take"):
        typed = shown
    for name in ADDRESS:
        part[name].data = typed[name]
    differs = bool(typed["address"] and typed["city"]) and any(shown[name] != typed[name] for name in ADDRESS)
    return render(
        "patients/_place.html", "patients/_place.html", part=part, postal=postal if differs else None
    )


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
