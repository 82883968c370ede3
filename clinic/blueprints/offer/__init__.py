"""The public page behind an offer's link (A9)."""
