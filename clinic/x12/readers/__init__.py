"""From loops to results: one module per transaction."""
