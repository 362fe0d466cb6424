"""The parameters shared by all statements: sizes, free parameters and unnamed constants."""

from __future__ import annotations

from typing import Any

from sympy import Min

from ..language.parameters import constant, real, sizes

__all__ = ["C", "c1", "c2", "d", "delta", "gamma", "least", "m", "mu4", "n", "rho", "tau", "z"]

# The width, the input dimension and the number of samples.
m, d, n = sizes("m d n")
delta = real("delta", 0)
gamma = real("gamma", 0)
rho = real("rho", 0)
tau = real("tau", 0)
mu4 = real("mu_4", 0)
z = real("z")
C = constant("C")
c1 = constant("c_1")
c2 = constant("c_2")


def least(*of: Any) -> Min:
    """The least of expressions none of which is least everywhere: SymPy is not asked to prove that one is.

    Examples
    --------
    >>> least(m, d) == Min(m, d), least(m / 11, d / 4)
    (True, Min(d/4, m/11))
    """
    return Min(*of, evaluate=False)
