"""Beside the schedule the whole appointment is one click away: plan, money, things to do, every change with who and why."""

from clinic import clock, scheduling
from clinic.models import Task
from tests import factories
from tests.web.desk_scene import DAY, _tuesday_morning, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]


def test_the_card_tells_every_move_with_who_when_and_why_newest_first_a1(
    front_desk, session, visit, provider
):
    front_desk.post(
        f"/schedule/appointments/{visit.public_id}/time",
        {
            "day": "03/10/2026",
            "time": "2:00p",
            "provider": provider.public_id,
            "version": visit.version,
            "reason": "Her bus comes late",
            "shown": "2026-03-10",
        },
        status=303,
    )
    session.refresh(visit)
    scheduling.confirm(session, visit, visit.version)
    told = [line.text for line in front_desk.get(f"{DAY}?appointment={visit.public_id}").select("ol.time li")]
    assert told[0].startswith("Confirmed")
    assert "Moved from Tue 03/10/2026, 11:00 AM" in told[1]
    assert front_desk.user.name in told[1]
    assert "Her bus comes late" in told[1]
    assert told[-1].startswith("Booked")


def test_the_card_names_the_insurance_with_its_number_and_what_is_to_do_for_the_visit(
    front_desk, session, visit, chen
):
    coverage = factories.make_coverage(session, chen, plan_name="Silver PPO")
    session.add(
        Task(
            key="test:1",
            kind="undeliverable",
            sentence="The reminder came back: ask for another number.",
            patient_id=chen.id,
            appointment_id=visit.id,
            due_on=clock.today(),
            created_at=clock.now(),
        )
    )
    session.flush()
    panel = front_desk.get(f"{DAY}?appointment={visit.public_id}").select_one("#panel")
    assert "Silver PPO" in panel.text
    link = panel.find("a", string=coverage.member_id)
    assert link["href"].endswith(f"/coverages/{coverage.public_id}")
    assert "The reminder came back: ask for another number." in panel.text
