"""From results to X12: one module per transaction, all through `clinic.x12.writer`."""
