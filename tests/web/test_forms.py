"""Every form speaks the clinic's words, never the library's (ux 6)."""

import ast
import importlib
import pkgutil
from pathlib import Path

import wtforms
from flask_wtf import FlaskForm
from wtforms import Form, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from clinic import blueprints
from clinic.web.forms import SENTENCES, ClinicForm, PartForm


def library_sentences() -> set[str]:
    """Every literal that WTForms hands to its translations."""
    said = set()
    for path in Path(wtforms.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(node, "func", None), "attr", "")
            if isinstance(node, ast.Call) and name in ("gettext", "ngettext"):
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                said |= {text for text in texts if isinstance(text, str)}
    return said


def every(kind: type) -> set[type]:
    return {each for child in kind.__subclasses__() for each in ({child} | every(child))}


def test_each_sentence_of_the_library_has_one_of_ours():
    stock = library_sentences()
    assert len(stock) > 30
    assert stock - SENTENCES.keys() == set()
    assert not set(SENTENCES.values()) & stock


def test_every_form_of_the_product_is_one_that_speaks_our_words():
    for found in pkgutil.walk_packages(blueprints.__path__, "clinic.blueprints."):
        importlib.import_module(found.name)
    ours = {each for each in every(Form) if each.__module__.startswith("clinic.")}
    assert len(ours) > 30
    stray = {each for each in ours if not issubclass(each, (ClinicForm, PartForm))}
    assert stray == set(), "derive it from clinic.web.forms.ClinicForm or PartForm"
    assert not [each for each in every(FlaskForm) if each.__module__ == "clinic.web.fields"]


def test_a_form_answers_in_our_words(app):
    class Sample(ClinicForm):
        name = StringField(validators=[Length(max=3)])
        need = StringField(validators=[InputRequired()])
        days = IntegerField()
        kind = RadioField(choices=[SelectChoice("a", "A")])

    with app.test_request_context("/", method="POST", data={"name": "four", "days": "1e5", "kind": "z"}):
        form = Sample()
        assert not form.validate()
        assert form.errors == {
            "name": ["Keep it to 3 characters or fewer."],
            "need": ["Fill this in."],
            "days": ["Enter a whole number, like 30."],
            "kind": ["Choose one of those offered."],
        }
