"""Check-in: one screen from the arrival to the receipt."""
