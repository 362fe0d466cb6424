"""Statements, exact laws and sharp bounds: no randomness."""
