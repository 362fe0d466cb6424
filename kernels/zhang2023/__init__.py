"""Kernels that only zhang2023 needs: its exact scalar law, certified radii and attacks on them, its eight terms."""
