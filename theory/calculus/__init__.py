"""Exact numbers, enclosures, evaluation in ball arithmetic, and index sums."""
