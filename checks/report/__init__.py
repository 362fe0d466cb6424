"""The audit of a run: one HTML page, a LaTeX appendix and JSON."""
