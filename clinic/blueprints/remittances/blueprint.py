from decimal import Decimal

from flask import Blueprint

from clinic.formats import usd
from clinic.x12 import codes

bp = Blueprint("remittances", __name__, url_prefix="/remittances")

# Codes in words, and the amounts of stored proofs, which are text.
bp.add_app_template_filter(lambda amount: usd(Decimal(amount)), "dollars")
bp.add_app_template_filter(codes.describe_plb, "plb")
bp.add_app_template_filter(codes.describe_carc, "carc")
bp.add_app_template_filter(codes.describe_rarc, "rarc")
bp.add_app_template_filter(codes.describe_claim_status, "claim_status")
