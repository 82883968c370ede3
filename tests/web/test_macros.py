"""Every macro renders with plain data under StrictUndefined, and says what a screen reader needs."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from wtforms import (
    BooleanField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired

from tests.web.gallery import environment

PATIENT = SimpleNamespace(
    name="WHITFIELD, Daniel R.",
    born_on=dt.date(1971, 4, 22),
    mrn="10482",
    sex="M",
    age_on=lambda day: day.year - 1972,
)


class Line(Form):
    code = StringField("Code", [InputRequired("Enter a code")])


class Coverage(Form):
    key = HiddenField(default="k1")
    member = StringField("Member ID", [InputRequired("Enter the member ID")])
    plan = SelectField("Plan", choices=[SelectChoice("1", "Evergreen HMO")])
    copay = DecimalField("Copay", [InputRequired("Enter the copay")])
    primary = BooleanField("Pays first", [InputRequired("Say who pays first")])
    paid_by = RadioField("Paid by", choices=[SelectChoice("card", "Card"), SelectChoice("cash", "Cash")])
    lines = FieldList(FormField(Line), min_entries=1)

    def hidden_tag(self) -> str:
        return self.key()


def html(source: str, **context: object) -> BeautifulSoup:
    """A small template that imports what it draws, rendered with the real macros."""
    rendered = environment().from_string(source).render(**context)
    return BeautifulSoup(rendered, "html.parser")


def refused() -> Coverage:
    form = Coverage()
    form.validate()
    return form


def test_a_field_ties_its_hint_and_its_error_to_the_control() -> None:
    page = html(
        '{% from "macros/forms.html" import field %}{{ field(form.member, hint="11 characters") }}',
        form=refused(),
    )
    control = page.find(id="member")
    assert control["aria-invalid"] == "true"
    assert control["aria-describedby"] == "member-hint member-error"
    assert "has-error" in control["class"]
    assert page.find(id="member-error").text == "Enter the member ID"
    assert page.find("label", attrs={"for": "member"}).text.strip() == "Member ID"


def test_a_field_without_errors_carries_no_trace_of_one() -> None:
    page = html(
        '{% from "macros/forms.html" import field %}{{ field(form.member) }}',
        form=Coverage(),
    )
    control = page.find(id="member")
    assert "aria-invalid" not in control.attrs
    assert "aria-describedby" not in control.attrs
    assert page.find(class_="field-error") is None


def test_the_server_speaks_first_about_what_is_missing() -> None:
    page = html(
        '{% from "macros/forms.html" import field, checkbox %}'
        "{{ field(form.member) }}{{ checkbox(form.primary) }}",
        form=Coverage(),
    )
    assert page.find(id="member")["aria-required"] == "true"
    assert page.find_all(attrs={"required": True}) == []


def test_a_select_and_an_amount_get_their_own_dress() -> None:
    page = html(
        '{% from "macros/forms.html" import select, money %}{{ select(form.plan) }}{{ money(form.copay) }}',
        form=Coverage(copay=Decimal(25)),
    )
    assert page.find(id="plan")["class"] == ["form-select"]
    copay = page.find(id="copay")
    assert copay["inputmode"] == "decimal"
    assert "num" in copay["class"]
    assert copay["value"] == "25.00"


def test_further_attributes_reach_the_control_and_win() -> None:
    page = html(
        '{% from "macros/forms.html" import money, date, control %}'
        '{{ money(form.copay, attrs={"hx-get": "/x", "autocomplete": "on"}) }}'
        '{{ date(form.member, hint="Type 063026, t, or t+30") }}'
        '{{ control(form.lines[0].form.code, "form-control-sm code", label="Line 1 code") }}',
        form=Coverage(),
    )
    assert page.find(id="copay")["hx-get"] == "/x"
    assert page.find(id="copay")["autocomplete"] == "on"
    assert page.find(id="lines-0-code")["aria-label"] == "Line 1 code"


def test_choices_are_radio_buttons_under_one_legend() -> None:
    for macro in ("choice", "radios"):
        page = html(
            '{% from "macros/forms.html" import ' + macro + " %}{{ " + macro + "(form.paid_by) }}",
            form=Coverage(),
        )
        assert page.find("fieldset").find("legend").text == "Paid by"
        buttons = page.find_all("input", type="radio")
        assert [page.find("label", attrs={"for": b["id"]}).text for b in buttons] == [
            "Card",
            "Cash",
        ]


def test_a_checkbox_says_what_is_wrong_with_it() -> None:
    page = html(
        '{% from "macros/forms.html" import checkbox %}{{ checkbox(form.primary) }}',
        form=refused(),
    )
    assert page.find(id="primary")["aria-describedby"] == "primary-error"
    assert page.find(id="primary-error").text == "Say who pays first"


def test_the_error_summary_links_to_every_field_even_inside_lines() -> None:
    page = html(
        '{% from "macros/forms.html" import error_summary, hidden %}'
        "{{ hidden(form) }}{{ error_summary(form) }}",
        form=refused(),
    )
    summary = page.find(attrs={"data-errors": True})
    assert summary["role"] == "alert"
    assert summary["tabindex"] == "-1"
    targets = {a["href"] for a in summary.find_all("a")}
    assert {"#member", "#copay", "#primary", "#lines-0-code"} <= targets
    assert page.find("input", attrs={"name": "key"})["value"] == "k1"


def test_a_good_form_has_no_summary() -> None:
    page = html(
        '{% from "macros/forms.html" import error_summary %}{{ error_summary(form) }}',
        form=Coverage(),
    )
    assert page.find() is None


def test_a_status_is_a_word_and_a_tone() -> None:
    page = html(
        '{% from "macros/ui.html" import chip, count %}'
        '{{ chip("Denied", "danger") }}{{ chip("Closed") }}{{ count(3, "warn") }}'
    )
    first, second = page.find_all(class_="chip")
    assert (first.text, first["class"]) == ("Denied", ["chip", "chip-danger"])
    assert second["class"] == ["chip"]


@pytest.mark.parametrize(("severity", "word"), [("block", "Stops"), ("Warn", "Look"), ("INFO", "Note")])
def test_a_finding_is_a_chip_a_sentence_a_reason_and_a_fix(severity: str, word: str) -> None:
    page = html(
        '{% from "macros/ui.html" import finding %}'
        '{% call finding(severity, "Needs modifier 25.", "edit L07", id="fi1") %}'
        '<button type="button">Add 25</button>{% endcall %}',
        severity=severity,
    )
    row = page.find(id="fi1")
    assert row.find(class_="chip").text == word
    assert row.find(class_="soft").text == "edit L07"
    assert row.find("button").text == "Add 25"


def test_a_finding_takes_an_enumeration_and_needs_no_fix() -> None:
    page = html(
        '{% from "macros/ui.html" import finding %}{{ finding(severity, "Look here.") }}',
        severity=SimpleNamespace(value="warn"),
    )
    assert page.find(class_="chip").text == "Look"


def test_the_strip_shows_two_identifiers() -> None:
    page = html(
        '{% from "macros/ui.html" import who, identify %}'
        '{% call who(patient, "Arrived 4 min", "warn", [("Plan", "Meridian PPO")]) %}'
        '<a class="btn btn-plain" href="#">Open patient</a>{% endcall %}{{ identify(patient) }}',
        patient=PATIENT,
    )
    strip = page.find(class_="who")
    assert strip.find("h1").text == "WHITFIELD, Daniel R."
    assert [dd.text for dd in strip.find_all("dd")] == [
        "04/22/1971 (54, M)",
        "10482",
        "Meridian PPO",
    ]
    assert "MRN 10482" in page.find_all("span")[-1].text


def test_money_uses_a_true_minus_and_soft_zero() -> None:
    page = html(
        '{% from "macros/ui.html" import money, money_cell %}'
        "{{ money(owed) }}{{ money(zero) }}<table><tr>{{ money_cell(owed, bare=true) }}</tr></table>",
        owed=Decimal("-1234.50"),
        zero=Decimal("0.00"),
    )
    shown, zero = page.find_all("span")
    assert shown.text == "\u2212$1,234.50"
    assert "soft" in zero["class"]
    assert page.find("td").text == "\u22121,234.50"


def test_an_empty_place_says_why_and_where_to_go() -> None:
    page = html(
        '{% from "macros/ui.html" import empty, note %}'
        '{{ empty("Nothing yet", "New ones come at 7.", "/claims", "See claims") }}'
        '{{ note("warn", "Evergreen did not answer.", "Check-in can go on.") }}'
    )
    assert page.find("h2").text == "Nothing yet"
    assert page.find("a")["href"] == "/claims"
    assert page.find(class_="note-warn").find("b").text == "Evergreen did not answer."


def test_proofs_say_balances_or_differs() -> None:
    page = html(
        '{% from "macros/ui.html" import proofs %}{{ proofs(items) }}',
        items=[
            ("Lines", True, "15 of 15"),
            ("Check", False, "$0.01 short"),
            ("Bank", True, "", "Matched"),
        ],
    )
    assert [c.text for c in page.find_all(class_="chip")] == [
        "Balances",
        "Differs",
        "Matched",
    ]


def test_facts_tiles_charts_hints_and_history_render() -> None:
    page = html(
        '{% from "macros/ui.html" import facts, tile, chart, hints, details_raw, happened %}'
        '{{ facts([("Copay", "$35.00"), ("Old", "$18.20", "visit 01/16")], ("Total", "$53.20")) }}'
        '{{ tile("Days in A/R", "36.2", "open ÷ daily", "/x", "Near", "warn", "target 35") }}'
        '{{ chart("/a.svg", "/b.svg", "Falls from 41 to 36.2.") }}'
        '{{ hints([("Ctrl Enter", "sign")]) }}{{ details_raw("CLP*1~SVC*2~") }}'
        '<ol class="time">{{ happened("Denied", day, "Paid nothing.", "danger", raw="CAS*CO~") }}</ol>',
        day=dt.date(2026, 3, 6),
    )
    assert page.find(class_="facts-total").find("dd").text == "$53.20"
    assert page.find("a", class_="tile").find(class_="tile-value").text == "36.2"
    assert [img["alt"] for img in page.find_all("img")] == ["Falls from 41 to 36.2."] * 2
    assert [k.text for k in page.find_all("kbd")] == ["Ctrl", "Enter"]
    assert page.find("pre").text == "CLP*1~\nSVC*2~"
    assert page.find("time")["datetime"] == "2026-03-06"


def test_raw_segments_are_text_never_markup() -> None:
    page = html(
        '{% from "macros/ui.html" import details_raw %}{{ details_raw(x12) }}',
        x12="NM1*<script>alert(1)</script>~",
    )
    assert page.find("script") is None


def test_lists_have_views_filters_sorting_and_pages() -> None:
    page = html(
        '{% from "macros/table.html" import views, filter_on, filter, seg, sort_head, clip_cell, pager %}'
        '{{ views([("Mine", "/a", true, 4, "danger"), ("All", "/b", false)]) }}'
        '{{ filter_on("Status", "Denied", "/off") }}{{ filter("Payer", "any", "/p") }}'
        '{{ seg([("Day", "/d", true), ("Week", "/w", false)]) }}'
        '<table><tr>{{ sort_head("At risk", "/s", "descending", num=true) }}{{ clip_cell("Long words") }}</tr></table>'
        '{{ pager(51, 100, 212, "/1", "/3") }}{{ pager(0, 0, 0) }}'
    )
    assert page.find("nav", class_="views").find("a", attrs={"aria-current": "page"}).text == "Mine 4"
    assert page.find(class_="filter-on")["aria-label"] == "Remove filter: Status Denied"
    assert page.find("th")["aria-sort"] == "descending"
    assert page.find("td")["title"] == "Long words"
    first, second = page.find_all(class_="pager")
    assert first.find("span").text == "51 to 100 of 212"
    assert second.find("span").text == "none"
