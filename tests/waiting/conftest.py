"""A Monday morning at 10:40 with one provider and one visit type; text messages are set up."""

import pytest
import time_machine

from tests.waiting import house


@pytest.fixture(autouse=True)
def _text_service(environment, monkeypatch):
    for name, value in {
        "TWILIO_ACCOUNT_SID": "ACtest",
        "TWILIO_AUTH_TOKEN": "text-token",
        "TWILIO_FROM": "+15550100100",
        "CLINIC_BASE_URL": "https://clinic.example.com",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def now():
    with time_machine.travel(house.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clinic(session, now):
    return house.ready(session)


@pytest.fixture
def provider(clinic):
    return clinic[0]


@pytest.fixture
def kind(clinic):
    return clinic[1]
