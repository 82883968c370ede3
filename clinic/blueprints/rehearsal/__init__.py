"""The rehearsal screen: the clinic's movable date and the practice payer (Z1)."""
