"""Provers over whole domains."""
