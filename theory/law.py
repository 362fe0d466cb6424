"""The exact law of the margin of one fixed input at initialisation, in floats and in ball arithmetic.

Q = ⟨∇f(x), Wᵀa⟩ for a two-layer ReLU network of width m on inputs of norm √d: W has iid N(0, 1/d) entries, a has iid
N(0, 1/m) entries ("gaussian") or iid signs over √m ("rademacher"). Its law is that of

    Q = (P + cN) G/d + (1−c) √(PN) √G Z/d,   G ~ χ²_d,  Z ~ N(0, 1),  mP | k ~ χ²_k,  mN | k ~ χ²_{m−k},  k ~ Bin(m, ½),

with c the slope of a leaky ReLU (0 for ReLU); for a readout of signs P = k/m and N = 1 − k/m (whp S1, S8). Whether the
activation pattern depends on W does not matter: e_i w_i is Gaussian for the independent fair sign e_i of a_i.
"""

from __future__ import annotations

import math

from ._law_ball import failure_enclosure
from ._law_float import log_failure
from ._validate import size
from .enclosure import Enclosure

__all__ = ["failure_probability"]


def failure_probability(
    m: int,
    d: int,
    *,
    threshold: float = 0.0,
    samples: int = 1,
    projected: int = 0,
    readout: str = "gaussian",
    leak: float = 0.0,
    log: bool = False,
    certified: bool = False,
) -> float | Enclosure:
    """P(Q ≤ 0)."""
    m, d = size(m, "width m"), size(d, "input dimension d")
    value = log_failure(m, d, readout, leak)
    if certified:
        return failure_enclosure(m, d, readout, value)
    return value if log else math.exp(value)
