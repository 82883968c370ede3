"""The words: two languages, zone beside the time, and nothing about what the visit is for (A8, A11, H4)."""

import json
from datetime import date, time

import pytest
import time_machine
from sqlalchemy import select

from clinic import clock, messages, reminders
from clinic.models import Message, ReminderText
from clinic.reminders import texts
from clinic.waiting import texts as offered
from tests import factories
from tests.reminders.house import agreed, ready, visit, write_due


@pytest.fixture
def clinic(session):
    ready(session)
    return session


def text_of(session, language, channel="sms"):
    with time_machine.travel(clock.at(date(2027, 6, 6), time(12)), tick=False):
        patient = agreed(session, language=language)
        visit(session, clock.at(date(2027, 6, 9 if channel == "email" else 7), time(9)), patient)
        write_due()
    return json.loads(session.scalars(select(Message)).one().body())


def test_a_reminder_tells_day_time_zone_and_link_in_english(clinic):
    text = text_of(clinic, "en")["text"]
    assert "Monday, June 7, 9:00 AM PDT" in text
    assert "https://clinic.example.com/visit/" in text


def test_a_reminder_is_in_the_patients_language(clinic):
    body = text_of(clinic, "es", "email")
    assert body["subject"] == "Su cita del miércoles 9 de junio"
    assert "miércoles 9 de junio, 9:00 a.m. PDT" in body["text"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_reminder_names_nobody_and_nothing_of_the_visit_h4(clinic, language, channel):
    body = text_of(clinic, language, channel)
    said = (body["subject"] + body["text"]).lower()
    visit_type = factories.make_visit_type(clinic).name.lower()
    for word in ("whitfield", "daniel", "follow-up", visit_type, "adams", " md"):
        assert word not in said


def test_our_words_pass_our_own_rules(clinic):
    for channel in reminders.CHANNELS:
        for language in reminders.LANGUAGES:
            subject, text = reminders.words_of(clinic, channel, language)
            assert reminders.problems(clinic, channel, subject, text) == []


def test_the_clinics_own_words_are_sent(clinic):
    clinic.add(ReminderText(channel="sms", language="en", text="{day} {time} {clinic} STOP"))
    assert text_of(clinic, "en")["text"] == "Monday, June 7 9:00 AM PDT Riverside Family Medicine STOP"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{day} {time} {reason} STOP", "Only these places"),
        ("{day.__class__} {time} STOP", "Only these places"),
        ("{day!r} {time} STOP", "Only these places"),
        ("{} {day} {time} STOP", "Only these places"),
        ("{day} {time", "A brace is open"),
        ("{day} STOP", "The text must tell {time}"),
        ("{day} {time}", "STOP ends the messages"),
        ("{day} {time} STOP" + "x" * 480, "Keep it to 480"),
    ],
)
def test_words_that_cannot_be_sent_are_refused_with_a_sentence(clinic, text, sentence):
    assert any(sentence in each for each in reminders.problems(clinic, "sms", "", text))


def test_words_that_tell_what_the_visit_is_for_are_refused_a11(clinic):
    name = factories.make_visit_type(clinic, name="Physical exam").name
    found = reminders.problems(clinic, "sms", "", f"Your {name.upper()} is on {{day}} {{time}}. STOP")
    assert found == ["A reminder does not say what the visit is for: take out “Physical exam”."]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_the_number_of_text_messages_is_counted_as_they_are_billed(text, count):
    assert messages.segments(text) == count


@pytest.mark.parametrize(
    "words", [texts.OURS["sms", "es"], offered.OFFER["sms", "es"], offered.RECALL["sms", "es"]]
)
def test_our_spanish_texts_cost_no_more_than_the_english_ones_but_for_what_a_day_is_called(words):
    told = {
        "clinic": "Riverside",
        "day": "lunes 9 de marzo",
        "time": "9:00 a.m. PDT",
        "until": "el lunes 9 de marzo",
    }
    text = texts.filled(
        words, told | {"link": "https://x.example.com/visit/" + "x" * 22, "phone": "(555) 010-0100"}
    )[1]
    assert messages.segments(text) <= 2
