"""Eligibility of a coverage: every question that was asked about it, and asking by hand."""
