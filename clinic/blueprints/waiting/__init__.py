"""Who waits, who is due again, whose visit was lost (A9)."""
