"""Estimates: what a visit will cost, good-faith estimates, and how close the estimates came."""
