"""The symbols shared by all statements: sizes, free parameters and unnamed constants."""

from __future__ import annotations

from sympy import Symbol

__all__ = ["C", "c1", "c2", "c_d", "c_m", "d", "delta", "gamma", "m", "mu4", "n", "rho", "tau", "z"]

m = Symbol("m", integer=True, positive=True)
d = Symbol("d", integer=True, positive=True)
n = Symbol("n", integer=True, positive=True)
delta = Symbol("delta", positive=True)
gamma = Symbol("gamma", positive=True)
rho = Symbol("rho", positive=True)
tau = Symbol("tau", positive=True)
mu4 = Symbol("mu_4", positive=True)
z = Symbol("z", real=True)
C = Symbol("C", positive=True)
c1 = Symbol("c_1", positive=True)
c2 = Symbol("c_2", positive=True)
c_m = Symbol("c_m", positive=True)
c_d = Symbol("c_d", positive=True)
