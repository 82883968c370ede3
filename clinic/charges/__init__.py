"""Charge slips: encounters, their lines, the fees and the diagnosis codes."""
