"""The exact failure probability in ball arithmetic, by a finite sum in steps of two in d (whp S3, route i).

Nothing is truncated: the sum is exact for every parity of m and d, and only rounding makes the radius. About
log2(1/p) bits cancel, so the working precision follows the size of the answer.
"""

from __future__ import annotations

import math

from flint import arb, fmpz

from ...calculus.enclosure import Enclosure, workprec

__all__ = ["LARGEST_COST", "failure_enclosure"]

LARGEST_COST = 10**8
"""Largest m·d of the certified recurrence, which takes m·d/2 ball multiplications and keeps m balls."""

_WANTED_BITS = 96


def failure_enclosure(m: int, d: int, readout: str, log_guess: float) -> Enclosure:
    """Enclose p₀(m, d) = P(Q ≤ 0) for ReLU.

    Parameters
    ----------
    m, d : int
        Width and input dimension, m·d at most `LARGEST_COST`.
    readout : {"gaussian", "rademacher"}
    log_guess : float
        Rough log p₀; it only chooses the working precision, never the result's validity.

    Returns
    -------
    Enclosure
        Relative radius below 2**-96.

    Raises
    ------
    ValueError
        If m·d exceeds `LARGEST_COST`.
    """
    if m > 1 and d > 1 and m * d > LARGEST_COST:
        raise ValueError(
            f"a certified failure probability needs m·d of at most {LARGEST_COST}, found {m}·{d} = {m * d}; "
            "use certified=False, or bound it by exponent(m, d)"
        )
    bits = _WANTED_BITS + 32 + 2 * (m + d).bit_length() + math.ceil(-log_guess / math.log(2))
    while True:
        with workprec(bits):
            ball = _failure_ball(m, d, readout)
            if ball.rel_accuracy_bits() >= _WANTED_BITS:
                return Enclosure.of(ball)
        bits += bits // 2


def _failure_ball(m: int, d: int, readout: str) -> arb:
    if m == 1:
        return arb(1) / 2
    start = d % 2
    total = _power_of_two(-1) if start == 0 else _power_of_two(-2) + _power_of_two(-m - 1)
    if d == start:
        return total
    if readout == "gaussian":
        terms, common = _gaussian_terms(m, start)
    else:
        terms, common = _rademacher_terms(m, start)
    for j in range(start, d, 2):
        total -= common * sum(terms, arb(0))
        if j + 2 < d:
            # (d/2) B(d/2, 1/2) grows by (d + 2)/(d + 1) from d to d + 2.
            common = common * (j + 1) / (j + 2)
            if readout == "gaussian":
                # B((k+1)/2, (m-k+d)/2) shrinks by (m-k+d)/(m+1+d).
                terms = [t * factor for t, factor in zip(terms, range(m - 1 + j, j, -1), strict=True)]
                common = common / (m + 1 + j)
            else:
                terms = [t * factor for t, factor in zip(terms, range(m - 1, 0, -1), strict=True)]
                common = common / m
    return total


def _gaussian_terms(m: int, start: int) -> tuple[list[arb], arb]:
    """Terms k = 1..m-1 of the first step and their common factor, at d = start in {0, 1}."""
    # g[k] = Γ((k+1)/2)/Γ(k/2) carries every Gamma function of the sum at d = 0 and d = 1.
    root = arb.pi().sqrt()
    g = [arb(0), 1 / root, root / 2]
    for k in range(3, m + 1):
        g.append(g[k - 2] * (k - 1) / (k - 2))
    weight = _power_of_two(-m - 1)
    terms = []
    for k in range(1, m):
        weight = weight * (m - k + 1) / k
        terms.append(weight * g[k] if start == 0 else weight * g[k] * g[m - k])
    common = 1 / g[m] if start == 0 else arb(2) / m / (arb.pi() / 2)
    return terms, common


def _rademacher_terms(m: int, start: int) -> tuple[list[arb], arb]:
    """The same for a readout of signs, where ρ = k/m is not random given k."""
    weight = _power_of_two(-m - 1)
    terms = []
    for k in range(1, m):
        weight = weight * (m - k + 1) / k
        terms.append(weight * arb(k if start == 0 else k * (m - k)).sqrt())
    common = 1 / arb(m).sqrt() if start == 0 else arb(1) / m / (arb.pi() / 2)
    return terms, common


def _power_of_two(exponent: int) -> arb:
    return arb(2) ** fmpz(exponent)
