"""Exponents of failure of networks with several outputs and of deep networks at m = d, enclosed (whp S20, S21).

One mask takes a pair (b, u) of correlation ρ to the cosine of Db and u. As the geometric mean of |Db|² and |u|² is at
most (t|Db|² + |u|²/t)/2, Chernoff's inequality gives for r ≥ 0 and all λ, t > 0, at every width m,

    P(cos∠(Db, u) ≤ r | ρ) ≤ M^m,   M = ½ A^{−1/2} + ½ B^{−1/2},   A = 1 − λr/t,
    B = 1 + 2ρλ − λr(t + 1/t) − (1−ρ²)(1−r²)λ²   where A, B > 0,

and K(r | ρ) = sup −log M is the exponent. In the input dimension no mask is left, which costs −½ log(1 − ρ²). The least
cost of a path ρ₀ → ρ₁ → … → ρ_L is the exponent of a failure. A path below 0 costs no less than one that stops at 0.

The minimum is bounded from above by tilted laws, whose relative entropies are exact, and from below on boxes: −log M
falls in r and rises in ρ, and the middle value of a box is at most what its slopes allow above the least one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import scipy
from flint import arb, fmpq

from ...calculus.enclosure import Enclosure, workprec
from ...calculus.evaluate import CertifiedFunction
from ...calculus.exact import exact_integer

__all__ = ["angle_exponent", "angle_rate"]

_BITS = 64
_BOXES = 200_000


class _Tilt(NamedTuple):
    """λ and t of one mask."""

    rate: float
    scale: float


class angle_exponent(CertifiedFunction):
    """The exponent of a failure per unit of m = d in (L, ρ₀), L the number of masks (whp S20, S21).

    Examples
    --------
    >>> from sympy import Rational
    >>> from ...calculus.evaluate import number
    >>> round(1 / number(angle_exponent(1, Rational(1, 2))), 1)
    29.0
    """

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        masks, start = (printer._print(a) for a in self.args)
        body = rf"I_{{{masks}}}\left({start}\right)"
        return body if exp is None else f"{body}^{{{exp}}}"

    @staticmethod
    def in_balls(masks: arb, start: arb) -> arb:
        return _exponent(
            exact_integer(masks, "L"), start.lower().str(40, radius=False), start.upper().str(40, radius=False)
        )


def angle_rate(masks: int, start: float | Fraction | arb = 1, *, slack: float = 1e-4) -> Enclosure:
    """Exponent per unit of m = d of the failure of a network with so many masked layers.

    Parameters
    ----------
    masks : int
        L, the number of hidden layers, each of width d.
    start : float, Fraction or arb
        ρ₀ ∈ (0, 1]: 1 for one output, the cosine of e_y − e_k and e_y − p for several.
    slack : float
        Relative width of the enclosure, above 1e-9; the work grows as it shrinks.

    Raises
    ------
    ValueError
        If an argument is out of range, or the minimum was not enclosed.

    Examples
    --------
    >>> one = angle_rate(1)
    >>> bool(1 / one.upper > 5.456), bool(1 / one.lower < 5.458)
    (True, True)
    """
    with workprec(_BITS):
        rho = start if isinstance(start, arb) else arb(fmpq(*Fraction(start).as_integer_ratio()))
        if masks < 1 or not (rho > 0 and rho <= 1) or not 1e-9 < slack < 1:
            raise ValueError(
                f"masks >= 1, start in (0, 1] and slack in (1e-9, 1) needed, found {masks}, {start}, {slack}"
            )
        path = _path(masks, float(rho))
        most = _attained(path, rho)
        least = (most * (1 - arb(slack))).lower()
        _below(path, rho, least)
        return Enclosure(least, most.upper())


def _log_mean(rho: float, r: float, tilt: Sequence[float]) -> float:
    """log M in floats, infinite outside its domain; λ and t by their logarithms."""
    lam, t = math.exp(min(tilt[0], 50.0)), math.exp(max(-50.0, min(tilt[1], 50.0)))
    a = 1.0 - lam * r / t
    b = 1.0 + 2.0 * rho * lam - lam * r * (t + 1.0 / t) - (1.0 - rho * rho) * (1.0 - r * r) * lam * lam
    return math.log(0.5 / math.sqrt(a) + 0.5 / math.sqrt(b)) if a > 0.0 and b > 0.0 else math.inf


def _best(rho: float, r: float, guess: _Tilt | None = None) -> _Tilt:
    """λ and t with the least M."""
    first = (math.log(guess.rate), math.log(guess.scale)) if guess and guess.rate else (-1.0, 0.5)
    found = scipy.optimize.minimize(
        lambda x: _log_mean(rho, r, x), first, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-10}
    )
    return _Tilt(math.exp(found.x[0]), math.exp(found.x[1])) if found.fun < 0.0 else _Tilt(0.0, 1.0)


def _path(masks: int, start: float) -> list[tuple[float, _Tilt]]:
    """The cheapest path, each cosine with the multipliers that lead to it."""

    def steps(cosines: Sequence[float]) -> list[tuple[float, _Tilt]]:
        before = [start, *cosines]
        return [(r, _best(rho, r)) for rho, r in zip(before, cosines, strict=False)]

    def cost(cosines: Sequence[float]) -> float:
        if not all(0.0 < r < 1.0 for r in cosines):
            return math.inf
        found = steps(cosines)
        paid = (
            _log_mean(rho, r, (math.log(x.rate), math.log(x.scale))) if x.rate else 0.0
            for rho, (r, x) in zip([start, *cosines], found, strict=False)
        )
        return -sum(paid) - 0.5 * math.log1p(-(cosines[-1] ** 2))

    first = [0.6 * start * 0.5 ** (0.5 * k) for k in range(masks)]
    found = scipy.optimize.minimize(
        cost, first, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-12, "maxiter": 2000}
    )
    return steps(found.x)


def _attained(path: list[tuple[float, _Tilt]], rho: arb) -> arb:
    """The cost of a path of tilted laws: their relative entropies, at the cosines they have."""
    total = arb(0)
    for r, tilt in path:
        lam, a, b = arb(tilt.rate), arb(tilt.rate * r * tilt.scale), arb(tilt.rate * r / tilt.scale)
        across = 1 - rho**2
        dets = 1 - b, 1 + 2 * rho * lam - a - b + across * (a * b - lam**2)
        weights = [1 / (2 * det.sqrt()) for det in dets]
        mean = weights[0] + weights[1]

        def slope(first: arb, second: arb, dets: tuple[arb, arb] = dets, weights: list[arb] = weights) -> arb:
            return -(weights[0] * first / dets[0] + weights[1] * second / dets[1]) / (2 * (weights[0] + weights[1]))

        inner = -slope(arb(0), 2 * rho - 2 * lam * across)
        squares = 2 * slope(arb(0), across * b - 1), 2 * slope(arb(-1), across * a - 1)
        total += -lam * inner + (a * squares[0] + b * squares[1]) / 2 - mean.log()
        rho = inner / (squares[0] * squares[1]).sqrt()
    return total - (1 - rho**2).log() / 2


def _dets(rho: arb, r: arb, lam: arb, t: arb) -> tuple[arb, arb]:
    """A and B."""
    return 1 - lam * r / t, 1 + 2 * rho * lam - lam * r * (t + 1 / t) - (1 - rho**2) * (1 - r**2) * lam**2


def _cost(rho: arb, r: arb, tilt: _Tilt) -> arb:
    """−log M, and 0 where λ and t are not in its domain."""
    a, b = _dets(rho, r, arb(tilt.rate), arb(tilt.scale))
    return -(1 / (2 * a.sqrt()) + 1 / (2 * b.sqrt())).log() if a > 0 and b > 0 else arb(0)


def _slopes(rho: arb, r: arb, tilt: _Tilt) -> tuple[arb, arb] | None:
    """The derivatives of −log M in ρ and in r."""
    lam, t = arb(tilt.rate), arb(tilt.scale)
    a, b = _dets(rho, r, lam, t)
    if not (a > 0 and b > 0):
        return None
    first, second = 1 / (2 * a.sqrt()), 1 / (2 * b.sqrt())
    scale = 2 * (first + second)
    along = 2 * lam + 2 * rho * (1 - r**2) * lam**2
    across = -lam * (t + 1 / t) + 2 * r * (1 - rho**2) * lam**2
    return second / b * along / scale, (second / b * across - first / a * lam / t) / scale


def _below(path: list[tuple[float, _Tilt]], start: arb, least: arb) -> None:
    """Raise unless every path costs at least so much."""
    pending = [[(0.0, 1.0)] * len(path)]
    for _ in range(_BOXES):
        if not pending:
            return
        box = pending.pop()
        widest = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
        low, high = box[widest]
        if (_corner if high - low > 0.1 else _middle)(box, start) >= least:
            continue
        cut = (low + high) / 2
        pending += [[*box[:widest], part, *box[widest + 1 :]] for part in ((low, cut), (cut, high))]
    raise ValueError(f"the least cost of a path was not enclosed within {_BOXES} boxes; a larger slack is needed")


def _corner(box: list[tuple[float, float]], start: arb) -> arb:
    """What every path in a box costs at least, as −log M falls in r and rises in ρ."""
    total, before = arb(0), start
    for low, high in box:
        total += _cost(before, arb(high), _best(float(before.mid()), high))
        before = arb(low)
    return total - (1 - before**2).log() / 2


def _middle(box: list[tuple[float, float]], start: arb) -> arb:
    """The same by the cost of the path in the middle and the slopes with its multipliers."""
    middles = [(low + high) / 2 for low, high in box]
    hulls = [arb(c, (high - low) / 2) for c, (low, high) in zip(middles, box, strict=True)]
    slopes, total = [arb(0)] * len(box), arb(0)
    before = start, start
    for i, (c, hull) in enumerate(zip(middles, hulls, strict=True)):
        tilt = _best(float(before[0].mid()), c)
        found = _slopes(before[1], hull, tilt)
        if found is None:
            return arb(0)
        total += _cost(before[0], arb(c), tilt)
        slopes[i] += found[1]
        if i:
            slopes[i - 1] += found[0]
        before = arb(c), hull
    total -= (1 - before[0] ** 2).log() / 2
    slopes[-1] += before[1] / (1 - before[1] ** 2)
    for slope, (low, high) in zip(slopes, box, strict=True):
        total -= abs(slope) * (high - low) / 2
    return total


@lru_cache(maxsize=64)
def _exponent(masks: int, low: str, high: str) -> arb:
    found = angle_rate(masks, arb(low).union(arb(high)))
    return found.lower.union(found.upper)
