"""The parameters shared by all statements: sizes, free parameters and unnamed constants."""

from __future__ import annotations

from ..language.parameters import constant, real, sizes

__all__ = ["C", "c1", "c2", "d", "delta", "gamma", "m", "mu4", "n", "rho", "tau", "z"]

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
