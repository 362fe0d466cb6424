"""Verdicts, sweeps, certificates, figures and reports."""
