"""The laws on the integers, one family a file."""

from __future__ import annotations

from .binomial_law import BinomialLaw
from .geometric_law import GeometricLaw
from .hypergeometric_law import HypergeometricLaw
from .lattice_law import LatticeLaw
from .lattice_sum_law import LatticeSumLaw
from .negative_binomial_law import NegativeBinomialLaw
from .poisson_law import PoissonLaw
from .sign_sum_law import SignSumLaw

__all__ = [
    "BinomialLaw",
    "GeometricLaw",
    "HypergeometricLaw",
    "LatticeLaw",
    "LatticeSumLaw",
    "NegativeBinomialLaw",
    "PoissonLaw",
    "SignSumLaw",
]
