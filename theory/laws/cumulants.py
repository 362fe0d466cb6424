"""Moments from cumulants and back, and the moments of sums of independent copies, for any number of copies."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Integer, binomial, expand, factor

__all__ = ["cumulants_of", "moments_of", "sum_moments"]


def moments_of(cumulants: Sequence[Expr]) -> list[Expr]:
    """The raw moments m_1, …, m_p of cumulants κ_1, …, κ_p: m_p = Σ_{j ≤ p} C(p−1, j−1) κ_j m_{p−j}.

    The recursion is M' = K' M for the generating functions M = e^K.

    Examples
    --------
    >>> moments_of([Integer(0), Integer(1), Integer(0), Integer(0)])
    [0, 1, 0, 3]
    """
    moments: list[Expr] = [Integer(1)]
    for p in range(1, len(cumulants) + 1):
        terms = (binomial(p - 1, j - 1) * cumulants[j - 1] * moments[p - j] for j in range(1, p + 1))
        moments.append(expand(sum(terms, Integer(0))))
    return moments[1:]


def cumulants_of(moments: Sequence[Expr]) -> list[Expr]:
    """The cumulants of raw moments, by the same recursion.

    Examples
    --------
    >>> cumulants_of([Integer(1), Integer(2), Integer(6), Integer(24)])
    [1, 1, 2, 6]
    """
    known: list[Expr] = [Integer(1), *moments]
    found: list[Expr] = []
    for p in range(1, len(known)):
        terms = (binomial(p - 1, j - 1) * found[j - 1] * known[p - j] for j in range(1, p))
        found.append(expand(known[p] - sum(terms, Integer(0))))
    return found


def sum_moments(moments: Sequence[Expr], count: Expr) -> list[Expr]:
    """The raw moments of a sum of `count` independent copies of a variable with these ones.

    Cumulants of independent variables add up, so those of the sum are `count` times those of one. The identity is one
    between polynomials in finitely many moments and needs no more of them to exist.

    Examples
    --------
    >>> from sympy import Symbol
    >>> sum_moments([Integer(0), Integer(1), Integer(0), Integer(1)], Symbol("n"))
    [0, n, 0, n*(3*n - 2)]
    """
    return [factor(m) for m in moments_of([expand(count * k) for k in cumulants_of(moments)])]
