"""Figures of results: one view per result, one panel per question."""
