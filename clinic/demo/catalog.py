"""What the demo clinic has before anybody comes: itself, its people, payers, plans, codes and fees. All invented.

Descriptions of procedures are our own plain words; NPIs are made up with a right check digit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

BEGIN = date(2025, 1, 1)


def npi(number: int) -> str:
    """A made-up NPI whose check digit is right (P01)."""
    base = f"{199_000_000 + number:09d}"
    digits = [int(c) for c in "80840" + base]
    total = sum(sum(divmod(d * 2, 10)) if i % 2 == 0 else d for i, d in enumerate(reversed(digits)))
    return base + str(-total % 10)


PRACTICE = {
    "name": "Riverside Family Medicine",
    "legal_name": "Riverside Family Medicine PC",
    "npi": npi(1),
    "tax_id": "931234567",
    "taxonomy": "261QP2300X",
    "address": "1200 River Road",
    "address2": "Suite 200",
    "city": "Portland",
    "state": "OR",
    "zip": "972050120",
    "phone": "+15550100100",
    "email": "billing@riverside.example.com",
    "edi_sender_id": "RIVERSIDE01",
}

PROVIDERS = (
    ("Helen", "Adams", "MD", "207Q00000X"),
    ("Samuel", "Okoye", "DO", "207Q00000X"),
    ("Carla", "Diaz", "NP", "363LF0000X"),
    ("Jin", "Park", "PT", "225100000X"),
)
ROOMS = ("Room 1", "Room 2")
# Name, role, and for the clinician the provider's place in PROVIDERS.
STAFF = (
    ("front_desk", "Rosa Delgado", None),
    ("clinician", "Samuel Okoye, DO", 1),
    ("biller", "Priya Nair", None),
    ("manager", "Monica Weber", None),
    ("admin", "Alan Ito", None),
)
# Name, minutes, service type asked of payers (E1), takes a copay.
VISIT_TYPES = (
    ("Follow-up", 30, "98", True),
    ("Sick visit", 15, "98", True),
    ("New patient", 45, "98", True),
    ("Annual physical", 45, "98", False),
    ("Procedure", 45, "98", True),
    ("Lab draw", 15, "5", False),
    ("PT visit", 45, "PT", True),
    ("PT evaluation", 60, "PT", True),
    ("Ultrasound", 30, "98", True),
)
# Taken by the therapists alone; everything else by the others.
THERAPY = ("PT visit", "PT evaluation")
FEES = {"no_show_fee": Decimal("50.00"), "late_cancel_fee": Decimal("25.00")}
# What a visit type has besides (A3, A5, A10).
VISIT_RULES: Mapping[str, Mapping[str, Any]] = {
    "Follow-up": {"online": True, **FEES},
    "Sick visit": {"online": True, "color": "warn"},
    "New patient": {"online": True, "patient_kind": "new", "color": "info", **FEES},
    "Annual physical": {"color": "ok", **FEES},
    "Procedure": {"room_kind": "procedure", "color": "danger", "late_cancel_hours": 48, **FEES},
    "PT evaluation": {"fee_grace": 0, **FEES},
    "Ultrasound": {
        "device_kind": "ultrasound", "provider_from": 10, "provider_until": 25, "buffer_minutes": 5, **FEES,
    },
}  # fmt: skip
DEVICES = (("Ultrasound 1", "ultrasound"), ("Spirometer 1", "spirometer"))


@dataclass(frozen=True)
class DemoPayer:
    """One payer of the demo, its plan, and how it pays."""

    name: str
    edi_id: str
    kind: str
    indicator: str
    plan: str
    prefix: str
    allowed_percent: int
    copay: str
    deductible: str
    out_of_pocket: str
    coinsurance: int
    filing_days: int
    days_to_pay: int
    share: int
    needs_authorization: tuple[str, ...] = ()

    def sandbox_plan(self) -> Mapping[str, Any]:
        """The keywords of the practice payer's plan."""
        return {
            "plan_name": self.plan,
            "copay": Decimal(self.copay),
            "deductible": Decimal(self.deductible),
            "family_deductible": Decimal(self.deductible) * 2,
            "out_of_pocket": Decimal(self.out_of_pocket),
            "coinsurance_percent": self.coinsurance,
            "allowed_percent": self.allowed_percent,
            "filing_days": self.filing_days,
            "days_to_pay": self.days_to_pay,
            "needs_authorization": self.needs_authorization,
        }


PAYERS = (
    DemoPayer(
        "Meridian Health PPO", "MERID", "commercial", "12", "Choice 2000", "MHP", 68, "25", "500", "4000",
        20, 180, 9, 30,
    ),
    DemoPayer(
        "Evergreen HMO", "EVGRN", "hmo", "HM", "Evergreen Select", "EVG", 62, "30", "250", "3500", 10, 120, 12,
        20, ("97110", "97140", "97161"),
    ),
    DemoPayer(
        "Cascade Blue Shield", "CASBL", "bcbs", "BL", "Blue Silver", "CBS", 71, "20", "1000", "6000", 20, 365,
        14, 18,
    ),
    DemoPayer(
        "Summit Medicare Advantage", "SUMMA", "medicare_advantage", "16", "Summit Freedom", "SMA", 55, "15",
        "0", "3000", 20, 365, 16, 14,
    ),
    DemoPayer("Medicare Part B", "MEDIB", "medicare", "MB", "Part B", "", 52, "0", "240", "0", 20, 365, 15, 12),
    DemoPayer(
        "Oregon Community Medicaid", "ORCMD", "medicaid", "MC", "Community Care", "OCM", 41, "0", "0", "0", 0,
        120, 18, 6,
    ),
)  # fmt: skip

# Whose contract the clinic has typed in; what the others allow is known from their payments (E8).
CONTRACTS = ("MERID", "EVGRN")

# Who has a card that its payer knows, and was never here: to register in a rehearsal. Born, then cards by payer.
NEWCOMERS = (
    ("Nora", "Ostrom", date(1984, 3, 15), (("MERID", "MHP300418264"), ("CASBL", "CBS300418265"))),
    ("Victor", "Hale", date(1979, 11, 2), (("MERID", "MHP300418272"),)),
    ("Ida", "Quist", date(1991, 7, 28), (("EVGRN", "EVG300418281"),)),
    ("Omar", "Haddad", date(1966, 1, 9), (("CASBL", "CBS300418299"),)),
)

# Code, our own words, fee, global days, may be charged at zero.
PROCEDURES = (
    ("99202", "New patient visit, short", "165.00", "XXX", False),
    ("99203", "New patient visit, medium", "215.00", "XXX", False),
    ("99212", "Office visit, brief", "95.00", "XXX", False),
    ("99213", "Office visit, follow-up", "135.00", "XXX", False),
    ("99214", "Office visit, longer follow-up", "185.00", "XXX", False),
    ("99395", "Yearly check-up, adult", "230.00", "XXX", False),
    ("99396", "Yearly check-up, age 40 to 64", "245.00", "XXX", False),
    ("99024", "Check after a procedure", "0.00", "XXX", True),
    ("20610", "Injection into a large joint", "212.00", "000", False),
    ("11102", "Skin sample", "188.00", "000", False),
    ("11103", "Skin sample, each further one", "92.00", "ZZZ", False),
    ("17110", "Wart removal", "165.00", "010", False),
    ("36415", "Blood draw", "14.00", "XXX", False),
    ("80053", "Blood chemistry panel", "48.00", "XXX", False),
    ("81002", "Urine test strip", "18.00", "XXX", False),
    ("83036", "Blood sugar average (A1c)", "35.00", "XXX", False),
    ("85025", "Blood count", "32.00", "XXX", False),
    ("87880", "Strep throat test", "38.00", "XXX", False),
    ("90471", "Giving a vaccine", "38.00", "XXX", False),
    ("90686", "Flu vaccine", "42.00", "XXX", False),
    ("93000", "Heart tracing (ECG)", "72.00", "XXX", False),
    ("97110", "Exercise therapy, 15 minutes", "74.00", "XXX", False),
    ("97140", "Hands-on therapy, 15 minutes", "68.00", "XXX", False),
    ("97161", "Physical therapy evaluation", "168.00", "XXX", False),
    ("J3301", "Triamcinolone, 10 mg", "20.00", "XXX", False),
)
SPANISH = {
    "99202": "Primera visita, corta",
    "99203": "Primera visita, media",
    "99212": "Consulta breve",
    "99213": "Consulta de seguimiento",
    "99214": "Consulta de seguimiento, larga",
    "99395": "Chequeo anual, adultos",
    "99396": "Chequeo anual, de 40 a 64 años",
    "99024": "Revisión después de un procedimiento",
    "20610": "Inyección en una articulación grande",
    "11102": "Muestra de piel",
    "11103": "Muestra de piel, cada una más",
    "17110": "Quitar verrugas",
    "36415": "Toma de sangre",
    "80053": "Química de la sangre",
    "81002": "Tira de orina",
    "83036": "Promedio de azúcar en la sangre (A1c)",
    "85025": "Conteo de sangre",
    "87880": "Prueba de garganta (estreptococo)",
    "90471": "Poner una vacuna",
    "90686": "Vacuna contra la gripe",
    "93000": "Trazado del corazón (ECG)",
    "97110": "Terapia con ejercicios, 15 minutos",
    "97140": "Terapia manual, 15 minutos",
    "97161": "Evaluación de fisioterapia",
    "J3301": "Triamcinolona, 10 mg",
}
ADD_ONS = (("11103", "11102"),)
# Column 1, column 2, indicator: a few pairs so that the edit has something to read.
CODE_PAIRS = (
    ("20610", "99213", "1"),
    ("20610", "99214", "1"),
    ("97140", "97161", "1"),
    ("97110", "97161", "1"),
    ("80053", "85025", "9"),
    ("11102", "17110", "1"),
    ("93000", "36415", "9"),
    ("87880", "81002", "9"),
    ("99214", "99213", "0"),
)

# Diagnosis codes are public; each visit type has its usual ones with what is charged.
SLIPS: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "Follow-up": (
        (("I10",), ("99213",)),
        (("E11.9", "I10"), ("99214", "83036", "36415")),
        (("E78.5",), ("99213", "80053", "36415")),
        (("J45.909",), ("99213",)),
        (("M54.50",), ("99213",)),
        (("E03.9",), ("99213", "36415")),
    ),
    "Sick visit": (
        (("J02.9",), ("99213", "87880")),
        (("J06.9",), ("99212",)),
        (("N39.0",), ("99213", "81002")),
        (("R05.9",), ("99212",)),
        (("H66.90",), ("99213",)),
    ),
    "New patient": (
        (("I10",), ("99203",)),
        (("R53.83",), ("99202", "85025", "36415")),
        (("M25.561",), ("99203",)),
    ),
    "Annual physical": (
        (("Z00.00",), ("99396", "80053", "36415")),
        (("Z00.00",), ("99395", "90686", "90471")),
    ),
    "Procedure": (
        (("M17.11",), ("20610", "J3301")),
        (("L57.0",), ("17110",)),
        (("D48.5",), ("11102", "11103")),
    ),
    "Lab draw": (
        (("E11.9",), ("36415", "83036")),
        (("E78.5",), ("36415", "80053")),
    ),
    "PT visit": (
        (("M25.561",), ("97110", "97140")),
        (("M54.50",), ("97110", "97110")),
    ),
    "PT evaluation": ((("M25.562",), ("97161",)), (("M54.2",), ("97161",))),
}
REASONS: dict[str, tuple[str, ...]] = {
    "Follow-up": ("Blood pressure", "Diabetes check", "Medication review", "Asthma, follow-up", "Back pain"),
    "Sick visit": ("Sore throat", "Cough and fever", "Rash", "Ear pain", "Burning urine"),
    "New patient": ("New patient", "New in town", "Second opinion"),
    "Annual physical": ("Annual physical", "Yearly check-up"),
    "Procedure": ("Joint injection", "Skin check", "Wart removal"),
    "Lab draw": ("Lab draw", "Blood test"),
    "PT visit": ("PT visit, knee", "PT visit, back"),
    "PT evaluation": ("PT evaluation",),
}
FIRST_NAMES = (
    ("Maria", "F"), ("James", "M"), ("Ana", "F"), ("Robert", "M"), ("Linh", "F"), ("Wei", "M"), ("Ngozi", "F"),
    ("Paul", "M"), ("Elena", "F"), ("Luis", "M"), ("Claire", "F"), ("Martin", "M"), ("Keisha", "F"), ("Bo", "M"),
    ("Petra", "F"), ("Imran", "M"), ("Sofia", "F"), ("Walter", "M"), ("Bettina", "F"), ("Hector", "M"),
    ("Olive", "F"), ("Tyler", "M"), ("Nadia", "F"), ("Sean", "M"), ("Pilar", "F"), ("Gio", "M"), ("Karin", "F"),
    ("Chidi", "M"), ("Emi", "F"), ("Raj", "M"), ("Amy", "F"), ("Daniel", "M"), ("Ursula", "F"), ("Tola", "M"),
    ("Gail", "F"), ("Álvaro", "M"), ("Inés", "F"), ("Soo", "M"), ("Maeve", "F"), ("Rui", "M"),
)  # fmt: skip
LAST_NAMES = (
    "Whitfield", "Garcia", "Nguyen", "Okafor", "Smith", "Lindqvist", "Abara", "Reyes", "Holt", "Tran", "Lee",
    "Patel", "Wong", "Morales", "Fischer", "Adeyemi", "Novak", "Khan", "Stewart", "Diaz", "Kim", "Rossi",
    "Johnson", "O'Brien", "Vargas", "Santos", "Meyer", "Ismail", "Bowman", "Grant", "Huang", "Perez", "Dunn",
    "Ferrari", "Cole", "de la Cruz", "Sato", "Murphy", "Álvarez", "Beck", "McDonald", "Brandt", "Chen",
    "Delgado Ruiz", "Weiss", "Zeta",
)  # fmt: skip
STREETS = ("N Alder St", "SE Oak St", "NW Birch Ave", "SW Cedar Ln", "NE Maple Dr", "Larkspur Ln", "River Rd")
