"""The built-in practice payer: the other side, which sees only files."""
