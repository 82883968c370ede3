"""What X12 files say, as frozen dataclasses in a biller's words. Money is Decimal with two places, days are dates."""
