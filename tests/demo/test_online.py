"""The demo's online requests are made as a visitor makes them, and wait for the desk (A10)."""

from sqlalchemy import select

from clinic import online
from clinic.demo import online as seed
from clinic.models import OnlineRequest
from tests import factories


def test_three_requests_wait_one_of_them_for_another_time_and_none_with_the_therapist(session):
    factories.make_practice(session)
    therapist = factories.make_provider(session, credential="PT")
    factories.make_provider(session)
    for name in seed.WORDS:
        factories.make_visit_type(session, name=name, online=True)
    for number in range(2):
        factories.make_patient(session, email=f"p{number}@example.com")
    seed.fill("https://clinic.example.com")
    found = online.waiting(session)
    assert len(found) == 3
    assert [each.wants_move for each in sorted(found, key=lambda each: each.id)] == [False, False, True]
    assert therapist.id not in set(session.scalars(select(OnlineRequest.provider_id)))
