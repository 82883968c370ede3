"""What a clinic would send: 837P and 270 as bytes, with invented people."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from clinic import sandbox, x12
from clinic.clearinghouse import FolderTransport, file_name

MERIDIAN = "MERID"
CASCADE = "CASCD"
# An envelope carries the sender's wall clock, without a zone.
WRITTEN = datetime(2026, 3, 3, 9, 30)  # noqa: DTZ001
DAY = date(2026, 3, 2)
BORN = date(1971, 4, 22)
CLINIC = x12.Provider(
    last_name="RIVERSIDE FAMILY MEDICINE PC",
    npi="1234567893",
    tax_id="931234567",
    taxonomy="207Q00000X",
    address=x12.Address(line1="1200 RIVER RD", city="PORTLAND", state="OR", zip_code="972050001"),
    contact=x12.Contact(name="BILLING", phone="5035550100"),
)
ADAMS = x12.Provider(
    last_name="ADAMS", first_name="HELEN", is_person=True, npi="1679576722", taxonomy="207Q00000X"
)
WHITFIELD = x12.Person(
    last_name="WHITFIELD",
    first_name="DANIEL",
    member_id="MHP448201",
    birth_date=BORN,
    sex="M",
    address=x12.Address(line1="418 N ALDER ST", city="PORTLAND", state="OR", zip_code="972051234"),
)
OKAFOR = x12.Person(
    last_name="OKAFOR",
    first_name="ANN",
    member_id="CHM700",
    birth_date=date(1985, 2, 3),
    sex="F",
    address=WHITFIELD.address,
)


def seed(session):
    """One payer with a plain plan, one where the office visit costs a copay alone, and their members."""
    sandbox.seed(
        session,
        [
            sandbox.PayerSeed(
                edi_id=MERIDIAN,
                name="MERIDIAN HEALTH PPO",
                plans=(
                    {
                        "plan_name": "PPO 80",
                        "copay": Decimal(25),
                        "copay_only": False,
                        "deductible": Decimal(50),
                        "out_of_pocket": Decimal(1000),
                        "needs_authorization": ("97110",),
                        "filing_days": 90,
                    },
                ),
                fees={"99213": Decimal(120), "85025": Decimal(20)},
            ),
            sandbox.PayerSeed(
                edi_id=CASCADE,
                name="CASCADE HMO",
                plans=(
                    {
                        "plan_name": "HMO",
                        "copay": Decimal(30),
                        "deductible": Decimal(500),
                        "family_deductible": Decimal(900),
                    },
                ),
            ),
        ],
    )
    sandbox.enrol_member(
        session, MERIDIAN, "PPO 80", "MHP448201", "Daniel", "Whitfield", BORN, date(2025, 1, 1)
    )
    sandbox.enrol_member(
        session,
        MERIDIAN,
        "PPO 80",
        "MHP500500",
        "Rosa",
        "Lindqvist",
        date(1980, 5, 5),
        date(2025, 1, 1),
        date(2025, 12, 31),
    )
    for first, born in (("Ann", date(1985, 2, 3)), ("Theo", date(2019, 8, 9))):
        sandbox.enrol_member(session, CASCADE, "HMO", "CHM700", first, "Okafor", born, date(2025, 1, 1))


def line(procedure="99213", billed="185.00", number="L1", **changes):
    return x12.ServiceLine(
        procedure=procedure,
        amount_billed=Decimal(billed),
        service_from=DAY,
        control_number=number,
        pointers=(1,),
        **changes,
    )


def claim(control_number="1042-1", lines=None, **changes):
    lines = (line(number=f"{control_number}-1"),) if lines is None else tuple(lines)
    values = {
        "control_number": control_number,
        "amount_billed": sum((item.amount_billed for item in lines), Decimal(0)),
        "place_of_service": "11",
        "billing_provider": CLINIC,
        "rendering_provider": ADAMS,
        "subscriber": WHITFIELD,
        "payer": x12.Payer(name="MERIDIAN HEALTH PPO", id=MERIDIAN),
        "filing_code": "CI",
        "diagnoses": ("J069",),
        "lines": lines,
    }
    return x12.Claim(**(values | changes))


def envelope(number, **changes):
    values = {
        "sender_id": "RIVERSIDE01",
        "receiver_id": "PRACTICEPAYER",
        "control_number": number,
        "created_at": WRITTEN,
        "usage": "T",
        "acknowledgment_requested": True,
    }
    return x12.Envelope(**(values | changes))


def batch(*claims, number="0001"):
    return x12.ClaimBatch(
        control_number=number,
        reference=f"B{number}",
        created_at=WRITTEN,
        submitter=x12.TradingPartner(
            name="RIVERSIDE FAMILY MEDICINE PC",
            id="RIVERSIDE01",
            contact=x12.Contact(name="BILLING", phone="5035550100"),
        ),
        receiver=x12.TradingPartner(name="PRACTICE PAYER", id="PRACTICEPAYER"),
        claims=claims,
    )


def claims_file(number, *claims, **changes):
    """One 837P with one set."""
    return x12.write_837p(envelope(number, **changes), [batch(*claims)])


def question(payer=MERIDIAN, subscriber=WHITFIELD, **changes):
    values = {
        "reference": "Q1",
        "trace": "T0001",
        "trace_originator": "9RIVERSIDE",
        "payer": x12.Payer(name="PAYER", id=payer),
        "provider": replace(CLINIC, taxonomy="", contact=None, address=None, tax_id=""),
        "subscriber": replace(subscriber, address=None),
        "service_types": ("30", "98"),
        "service_on": DAY,
    }
    return x12.EligibilityRequest(**(values | changes))


class Exchange:
    """The clinic's side of a temporary exchange folder, and the payer's turns at it."""

    def __init__(self, session, folder: Path) -> None:
        self.session = session
        self.transport = FolderTransport(folder)

    def send(self, content: bytes) -> None:
        self.transport.send(file_name(content), content)

    def turn(self, content: bytes | None = None) -> dict[str, bytes]:
        """Send a file where one is given, let the payer act, and fetch: {kind: bytes}, one file a kind."""
        if content is not None:
            self.send(content)
        sandbox.run(self.session, self.transport.outbound, self.transport.inbound)
        found: dict[str, bytes] = {}
        for arrived in self.transport.fetch():
            self.transport.acknowledge(arrived.name)
            kind = arrived.name.split("_")[0]
            assert kind not in found, f"two files of kind {kind} in one turn"
            found[kind] = arrived.content
        return found
