"""Engines, grids, data, seeds, draws, and the processes that make them."""
