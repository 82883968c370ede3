"""A patient and a payer, and what one types about a person."""

import pytest
from sqlalchemy import func, select

from tests import factories


@pytest.fixture
def patient(session):
    return factories.make_patient(session)


@pytest.fixture
def payer(session):
    return factories.make_payer(session, name="Meridian Health PPO")


def count(session, model) -> int:
    return session.scalar(select(func.count(model.id)))
