"""Figures that only zhang2023 has, and what its margin's law adds to those of any paper."""
