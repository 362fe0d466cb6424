"""Exact laws of random scalars and their combinators, one protocol."""
