"""Scalar inequalities: logarithms, binomial coefficients, entropy."""

from __future__ import annotations

from sympy import oo
from whp.theory import real, size

from .entry import typed

__all__ = ["ENTRIES"]

_ENTROPY = "h(x) = -x*log2(x) - (1 - x)*log2(1 - x)"

ENTRIES = (
    typed(
        "pl07",
        True,
        "a in [1,inf); b in (0,inf); x in (0,inf)",
        "x >= a*log(x) + b",
        parameters=(real("a", 1, oo, "left"), real("b", 0, oo), real("x", 0, oo)),
        where=("x >= 4*a*log(2*a) + 2*b",),
    ),
    typed(
        "pl22",
        False,
        "n in {2,3,...}; k in {1..n-1}",
        "binomial(n, k) <= sqrt(n/(2*pi*k*(n - k)))*exp(-n*h(k/n))",
        let=(_ENTROPY,),
        parameters=(size("n", 2), size("k")),
        where=("k <= n - 1",),
    ),
    typed(
        "pl24",
        False,
        "m,n in {1,2,...}",
        "m <= 2*n*log2(exp(1)*n)",
        parameters=(size("m"), size("n")),
        where=("2**m <= (exp(1)*m)**n",),
    ),
    typed(
        "pl64",
        True,
        "n,k positive integers with 2k<n",
        "2**(n*h(k/n))/sqrt(8*k*(1 - k/n)) <= Sum(binomial(n, i), (i, 0, k)) <= 2**(n*h(k/n))",
        let=(_ENTROPY,),
        parameters=(size("n"), size("k")),
        where=("2*k < n",),
    ),
)
