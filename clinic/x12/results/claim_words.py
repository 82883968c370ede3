"""Which field of a claim or line stands in which DTP, REF or AMT: one table for the reader and the writer.

The order is that of the guide, so the writer walks a table from its start to its end.
"""

from __future__ import annotations

CLAIM_DATES = {
    "431": "onset_on",
    "454": "initial_treatment_on",
    "304": "last_seen_on",
    "453": "acute_manifestation_on",
    "439": "accident_on",
    "484": "last_menstrual_period_on",
    "455": "last_xray_on",
    "471": "lenses_prescribed_on",
}
# Between the two stands the disability, which is a range (314) or one end of it (360, 361).
LATER_CLAIM_DATES = {
    "297": "last_worked_on",
    "296": "return_to_work_on",
    "435": "admitted_on",
    "096": "discharged_on",
    "090": "care_assumed_on",
    "091": "care_relinquished_on",
    "444": "first_contact_on",
    "050": "repricer_received_on",
}
CLAIM_REFERENCES = {
    "4N": "service_authorization_exception",
    "F5": "medicare_crossover",
    "EW": "mammography_number",
    "9F": "referral_number",
    "G1": "prior_authorization",
    "F8": "payer_control_number",
    "X4": "clia_number",
    "9A": "repriced_claim_number",
    "9C": "adjusted_repriced_claim_number",
    "LX": "investigational_device",
    "D9": "clearinghouse_number",
    "EA": "medical_record_number",
    "P4": "demonstration_project",
    "1J": "care_plan_oversight",
}
LINE_DATES = {
    "471": "prescribed_on",
    "607": "certification_revised_on",
    "463": "therapy_began_on",
    "461": "last_certified_on",
    "304": "last_seen_on",
    "738": "hemoglobin_tested_on",
    "739": "creatinine_tested_on",
    "011": "shipped_on",
    "455": "last_xray_on",
    "454": "initial_treatment_on",
}
LINE_REFERENCES_BEFORE_AUTHORIZATION = {
    "9B": "repriced_line_number",
    "9D": "adjusted_repriced_line_number",
}
LINE_REFERENCES_BEFORE_REFERRAL = {
    "6R": "control_number",
    "EW": "mammography_number",
    "X4": "clia_number",
    "F4": "referring_clia_number",
    "BT": "immunization_batch",
}
OTHER_PAYER_AMOUNTS = {"D": "amount_paid", "A8": "non_covered", "EAF": "patient_liability"}
LINE_AMOUNTS = {"T": "sales_tax", "F4": "postage"}
LINE_QUANTITIES = {"PT": "ambulance_patients", "FL": "obstetric_units"}
