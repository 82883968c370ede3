"""Authorizations: what is missing, what runs out, and asking a payer for one."""
