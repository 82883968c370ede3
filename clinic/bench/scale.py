"""How large the bench's clinic is and how often each thing is measured."""

from dataclasses import dataclass

PROVIDERS = 5
VISITS_A_DAY = 24
MINUTES = 20


@dataclass(frozen=True)
class Scale:
    """`days` is the clinic's year in working days; the grown clinic has `years` of them and more patients, and
    `ledger_years` of ledger.

    `seconds` is how long eight clients book at random; `claims` how many the measured remittance holds, `copies` how
    often the one whose memory is measured holds them.
    """

    patients: int
    grown_patients: int
    days: int
    years: int
    ledger_years: int
    rounds: int
    seconds: float
    claims: int
    pyx_claims: int
    written_claims: int
    copies: int
    seed: int = 20260310


# One year of a full clinic: 20,000 patients, 250 days of 120 visits, two or three lines a visit.
YEAR = Scale(
    patients=20_000,
    grown_patients=50_000,
    days=250,
    years=10,
    ledger_years=4,
    rounds=60,
    seconds=5,
    claims=10_000,
    pyx_claims=150,
    written_claims=5_000,
    copies=24,
)
# The same shape for a test: what is counted is true, what is timed means nothing.
TINY = Scale(
    patients=600,
    grown_patients=800,
    days=5,
    years=2,
    ledger_years=2,
    rounds=3,
    seconds=1,
    claims=50,
    pyx_claims=5,
    written_claims=20,
    copies=4,
)
