"""The statements as their sources print them, a topic in each file."""

from . import chi_square, counts, geometry, normal, samples, scalars

__all__ = ["chi_square", "counts", "geometry", "normal", "samples", "scalars"]
