"""What an adjustment means, and who may say otherwise (R12, R13)."""

from datetime import date, timedelta

from clinic import clock, remittances
from clinic.models import AdjustmentRule
from clinic.remittances import rules
from tests import factories


def test_the_default_rules_are_written_once_and_mean_what_the_code_means(session):
    """R12: the rows and the list in code agree, so that an unseeded clinic posts alike."""
    bare = rules.load(session)
    assert remittances.seed_rules(session) == len(rules.DEFAULTS)
    assert remittances.seed_rules(session) == 0
    seeded = rules.load(session)
    for group, reason in rules.DEFAULTS:
        assert seeded.meaning(None, group, reason) == bare.meaning(None, group, reason)


def test_only_five_reasons_are_written_off_by_default(session):
    """R13: one wrong default here silently loses money."""
    written_off = {key for key, action in rules.DEFAULTS.items() if action == rules.WRITE_OFF}
    assert written_off == {("CO", reason) for reason in ("45", "253", "131", "144", "237")}
    found = rules.load(session)
    for group in ("CO", "PI", "OA", "PR", "CR"):
        for reason in ("16", "18", "22", "29", "50", "97", "197", "252", "1234"):
            assert found.meaning(None, group, reason).action != rules.WRITE_OFF


def test_a_payers_own_rule_speaks_first_and_only_in_its_time(session):
    """R12: effective-dated."""
    payer = factories.make_payer(session)
    yesterday = clock.today() - timedelta(days=1)
    row = AdjustmentRule(
        payer_id=payer.id,
        group_code="CO",
        reason_code="97",
        action="write_off",
        effective_on=date(2020, 1, 1),
    )
    session.add(row)
    session.flush()
    assert rules.load(session).meaning(payer, "CO", "97").action == "write_off"
    assert rules.load(session).meaning(None, "CO", "97").action == "denial"
    row.ended_on = yesterday
    session.flush()
    assert rules.load(session).meaning(payer, "CO", "97").action == "denial"


def test_a_default_that_the_clinic_ended_is_asked_about(session):
    """R12: hidden defaults must not come back."""
    remittances.seed_rules(session)
    row = session.query(AdjustmentRule).filter_by(group_code="CO", reason_code="253").one()
    row.ended_on = clock.today() - timedelta(days=1)
    session.flush()
    assert rules.load(session).meaning(None, "CO", "253").action == rules.REVIEW
