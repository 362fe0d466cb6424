"""Means, variances and quantiles from draws, with limits that hold at every number of draws.

The mean of a variable that is bounded below has a lower limit without any moment: what is cut off at a level has a
range. An upper limit needs a range. Quantiles lie between order statistics by the binomial law of ranks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from flint import arb
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc
from sympy import Abs, Dummy, Expr, Max, Min, exp

from ...theory.calculus.enclosure import Enclosure
from ...theory.calculus.evaluate import enclose, number
from ...theory.language.cells import Cell
from ...theory.language.heads import E, Head, Median, Quantile
from ...theory.language.models import RV, model_of
from ..verdict import Evidence, Outcome, Verdict
from .failures import evaluate_drawn
from .moment import computed, decided
from .question import Question, outcome
from .stats import at_look
from .tails import law_at

__all__ = ["Limits", "by_draws", "mean_limits", "quantile_limits", "range_of"]

Array = NDArray[np.float64]

# By which share a drawn value may be wrong.
_ROUNDING = 1e-12
# One of so many draws chooses the level at which the others are cut off.
_FIRST_PART = 4
_LEVELS = (0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
_BISECTIONS = 80
_FEWEST = 8
# Larger distances are cut off: their squares overflow.
_LARGEST = 1e150
# What sums of floats may lose, outwards.
_LOST = 1e-11


@dataclass(frozen=True)
class Limits:
    """Two limits of which either is infinite where none is known."""

    low: float
    high: float

    @property
    def enclosure(self) -> Enclosure:
        """As an enclosure, which holds with the limits' probability."""
        return Enclosure(arb(self.low), arb(self.high))


def _kl(p: float, q: float) -> float:
    """Relative entropy of Bernoulli(p) to Bernoulli(q)."""
    if q <= 0.0 or q >= 1.0:
        return 0.0 if p == q else math.inf
    first = p * math.log(p / q) if p > 0 else 0.0
    return first + ((1 - p) * math.log((1 - p) / (1 - q)) if p < 1 else 0.0)


def _hoeffding(mean: float, count: int, alpha: float) -> float:
    """A lower limit of the mean of a variable in [0, 1]: P(mean of draws ≥ x) ≤ exp(−N KL(x, µ)) for x ≥ µ."""
    if mean <= 0:
        return 0.0
    low, high = 0.0, mean
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if count * _kl(mean, middle) > -math.log(alpha) else (low, middle)
    return low


def _bernstein(values: Array, alpha: float) -> float:
    """A lower limit of the mean of a variable in [0, 1] (Maurer and Pontil 2009, Theorem 4)."""
    count, log_term = values.size, math.log(2 / alpha)
    spread = float(values.var(ddof=1))
    return float(values.mean()) - math.sqrt(2 * spread * log_term / count) - 7 * log_term / (3 * (count - 1))


def _lower(values: Array, alpha: float) -> float:
    """The better of two lower limits of the mean of a variable in [0, 1], each at half of the error."""
    best = max(_hoeffding(float(values.mean()), values.size, alpha / 2), _bernstein(values, alpha / 2))
    return max(0.0, best - _LOST)


def mean_limits(low: Array, high: Array, support: tuple[float, float], alpha: float) -> Limits:
    """Limits of the mean of independent draws, each of which lies between `low` and `high`.

    Parameters
    ----------
    low, high : ndarray
        The drawn values up to rounding.
    support : (float, float)
        Ends of an interval outside which the variable has no mass.
    alpha : float
        Each limit fails with probability at most half of it.

    Examples
    --------
    >>> values = np.random.default_rng(0).exponential(size=4000)
    >>> found = mean_limits(values, values, (0.0, math.inf), 1e-6)
    >>> 0.8 < found.low < 1.0, found.high
    (True, inf)
    """
    first, last = support
    if low.size < _FEWEST:
        return Limits(first, last)
    if math.isfinite(first) and math.isfinite(last):
        if first == last:
            return Limits(first, last)
        width = last - first
        below = np.clip((low - first) / width, 0.0, 1.0)
        above = np.clip((last - high) / width, 0.0, 1.0)
        ends = first + width * _lower(below, alpha / 2), last - width * _lower(above, alpha / 2)
        slack = _LOST * max(abs(first), abs(last))
        return Limits(ends[0] - slack, ends[1] + slack)
    if math.isfinite(first):
        return Limits(_cut(low - first, alpha / 2) + first - _LOST * abs(first), math.inf)
    if math.isfinite(last):
        return Limits(-math.inf, last - _cut(last - high, alpha / 2) + _LOST * abs(last))
    return Limits(-math.inf, math.inf)


def _cut(values: Array, alpha: float) -> float:
    """A lower limit of the mean of a nonnegative variable: of the variable cut off at a level.

    A first part of the draws chooses the level, the others give the limit.
    """
    part = values.size // _FIRST_PART
    first, rest = np.maximum(values[:part], 0.0), np.maximum(values[part:], 0.0)
    if not part or not np.any(first > 0):
        return 0.0

    def at(level: float, drawn: Array) -> float:
        return level * _lower(np.minimum(drawn, level) / level, alpha)

    chosen = sorted({float(level) for q in _LEVELS if (level := np.quantile(first, q)) > 0})
    # With more draws than the first part has the range costs less.
    chosen += [level for scale in (2.0, 4.0) if math.isfinite(level := chosen[-1] * scale)]
    repeated = np.tile(first, _FIRST_PART - 1)
    level = max(chosen, key=lambda m: at(m, repeated))
    return at(level, rest) * (1 - _LOST)


def quantile_limits(low: Array, high: Array, level: tuple[float, float], alpha: float) -> Limits:
    """Limits of the least t with P(X ≤ t) ≥ q: order statistics, by the binomial law of how many draws lie below it.

    Parameters
    ----------
    low, high : ndarray
        The drawn values up to rounding.
    level : (float, float)
        Numbers between which q lies.
    alpha : float
        Each limit fails with probability at most half of it.

    Examples
    --------
    >>> values = np.random.default_rng(0).exponential(size=4000)
    >>> found = quantile_limits(values, values, (0.5, 0.5), 1e-6)
    >>> found.low < math.log(2) < found.high
    True
    """
    count = low.size
    # t < x_(r) says that fewer than r draws are at most t, and x_(r) < t that r draws or more are below it.
    ranks, rare = range(count + 1), alpha / 2 * (1 - 1e-9)
    least = bisect_left(ranks, True, key=lambda k: bool(bdtr(k, count, level[0]) > rare))
    most = 1 + bisect_left(ranks, True, key=lambda k: bool(bdtrc(k, count, level[1]) <= rare))
    return Limits(
        float(np.sort(low)[least - 1]) if least >= 1 else -math.inf,
        float(np.sort(high)[most - 1]) if most <= count else math.inf,
    )


def range_of(expr: Expr, cell: Cell) -> tuple[float, float]:
    """Ends between which an expression of random variables lies, from supports of laws and from its form.

    Examples
    --------
    >>> from whp.theory import Model
    >>> X = RV("X", Model("some", (), ""), "X")
    >>> range_of(3 - X**2, {}), range_of(X, {})
    ((-inf, 3.0), (-inf, inf))
    """
    if isinstance(expr, RV):
        return _range_of_rv(expr, cell)
    if not expr.atoms(RV):
        value = enclose(expr, cell)
        return float(value.lower()) * 1.0, float(value.upper())
    if isinstance(expr, sympy.Add):
        ends = [range_of(a, cell) for a in expr.args]
        return sum(e[0] for e in ends), sum(e[1] for e in ends)
    if isinstance(expr, sympy.Mul):
        found = (1.0, 1.0)
        for a in expr.args:
            corners = [_times(x, y) for x in found for y in range_of(a, cell)]
            found = min(corners), max(corners)
        return found
    inner = range_of(expr.args[0], cell) if expr.args else (-math.inf, math.inf)
    if isinstance(expr, Abs):
        least = max(0.0, inner[0], -inner[1])
        return least, max(abs(inner[0]), abs(inner[1]))
    if isinstance(expr, exp):
        return tuple(_power(math.exp, x) for x in inner)  # type: ignore[return-value]
    if isinstance(expr, Max | Min):
        ends = [range_of(a, cell) for a in expr.args]
        choose = max if isinstance(expr, Max) else min
        return choose(e[0] for e in ends), choose(e[1] for e in ends)
    if isinstance(expr, sympy.Pow) and not expr.exp.atoms(RV):
        return _raised(inner, number(expr.exp, cell), even=bool(expr.exp.is_even))
    return -math.inf, math.inf


def _range_of_rv(rv: RV, cell: Cell) -> tuple[float, float]:
    least = 0.0 if rv.is_extended_nonnegative else -math.inf
    try:
        low, high = law_at(rv, cell).support()
    except (NotImplementedError, ValueError):
        return least, math.inf
    return max(least, _down(low)), -_down(-high)


def _down(end: Fraction | float) -> float:
    """A float that is at most an exact number."""
    found = float(end)
    return math.nextafter(found, -math.inf) if math.isfinite(found) and Fraction(found) > end else found


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def _power(f: Any, x: float) -> float:
    try:
        return float(f(x))
    except OverflowError:
        return math.inf


def _raised(inner: tuple[float, float], power: float, *, even: bool) -> tuple[float, float]:
    low, high = inner
    if power > 0 and low >= 0:
        return _power(lambda x: x**power, low), _power(lambda x: x**power, high)
    if power < 0 and low >= 0:
        return _power(lambda x: x**power, high) if high else 0.0, low**power if low > 0 else math.inf
    if even:
        size = max(abs(low), abs(high))
        return 0.0, _power(lambda x: x**power, size) if power > 0 else math.inf
    return -math.inf, math.inf


def by_draws(question: Question, cell: Cell) -> Outcome | None:
    """Decide a relation between means, variances, medians and quantiles at a cell from draws; None without any."""
    link = question.link
    if link.given or link.relation == "~":
        return None
    names: dict[Head, Dummy] = {}

    def leaf(head: Head) -> Expr:
        return names.setdefault(head, Dummy(str(head), real=True))

    try:
        left, right = computed(link.lhs, leaf), computed(link.rhs, leaf)
    except (NotImplementedError, ValueError, ArithmeticError):
        return None
    if not names:
        return None
    found: dict[Any, Enclosure] = {}
    texts: list[str] = []
    trials = 0
    for head, symbol in names.items():
        limits = _limits(head, question, cell, len(names))
        if limits is None:
            return None
        trials = max(trials, limits[1])
        found[symbol] = limits[0].enclosure
        texts.append(f"{head} {_between(limits[0])}")
    known = decided(link.relation, left, right, found, cell)
    shown = f"{'; '.join(texts)} in {trials} draws"
    bound = known.right if not right.has(*names.values()) else ""
    if known.truth is False:
        why = "the limits of the draws exclude it"
        return outcome(Verdict.REFUTED, Evidence.SAMPLED, cell, shown, bound, why)
    if known.truth is True and link.relation != "=":
        return outcome(Verdict.HOLDS, Evidence.SAMPLED, cell, shown, bound, "the limits of the draws lie inside")
    if known.bounded and link.relation == "=":
        why = f"the limits of {trials} draws contain it"
        return outcome(Verdict.CONSISTENT, Evidence.SAMPLED, cell, shown, bound, why)
    if not known.bounded:
        why = "; ".join(_needed(head, found[s]) for head, s in names.items() if not _finite(found[s]))
        return outcome(Verdict.UNDETERMINED, None, cell, shown, bound, f"trials: {why}")
    why = "trials: the limits contain the bound; more trials would narrow them"
    return outcome(Verdict.UNDETERMINED, None, cell, shown, bound, why)


def _finite(value: Enclosure) -> bool:
    return bool(value.lower.is_finite() and value.upper.is_finite())


def _between(limits: Limits) -> str:
    if not math.isfinite(limits.high):
        return f"at least {limits.low:.6g}" if math.isfinite(limits.low) else "without limits"
    return f"in [{limits.low:.6g}, {limits.high:.6g}]" if math.isfinite(limits.low) else f"at most {limits.high:.6g}"


def _needed(head: Head, known: Enclosure) -> str:
    if isinstance(head, Median | Quantile):
        return f"{head} from draws needs more of them"
    if known.lower.is_finite():
        return f"an upper limit of {head} from draws needs a range or a law"
    if known.upper.is_finite():
        return f"a lower limit of {head} from draws needs a range or a law"
    return f"{head} from draws needs a range, a nonnegative variable or a law"


def _limits(head: Head, question: Question, cell: Cell, count: int) -> tuple[Limits, int] | None:
    """Limits of a mean, variance, median or quantile at its share of the error budget, and the draws they are of."""
    body = head.args[0]
    rvs = sorted(body.atoms(RV), key=lambda rv: rv.name)
    # Draws say something at cells with a value for every parameter only.
    if model_of(rvs) is None or any(s.name not in cell for s in body.free_symbols if s not in rvs):
        return None
    values: dict[Any, Array] = {}
    looks = 1
    for rv in rvs:
        drawn = question.draws_at(rv, cell)
        if not drawn:
            return None
        values[rv], looks = drawn[0].first, max(looks, drawn[0].looks)
    support = range_of(body, cell)
    # What overflows in a draw lies in the range, and no more is known of it.
    with np.errstate(over="ignore", invalid="ignore"):
        made = evaluate_drawn(body, values, cell, _ROUNDING)
    low, high = (
        np.where(np.isfinite(made.low), made.low, support[0]),
        np.where(np.isfinite(made.high), made.high, support[1]),
    )
    alpha = at_look(question.alpha, looks) / count
    if isinstance(head, Median | Quantile):
        ball = enclose(head.args[1], cell) if isinstance(head, Quantile) else arb("0.5")
        level = _down_float(ball.lower()), -_down_float(-ball.upper())
        return quantile_limits(low, high, level, alpha), low.size
    if isinstance(head, E):
        return mean_limits(low, high, support, alpha), low.size
    # Half the square of the difference of two independent draws has the variance as its mean, and is nonnegative.
    pairs = low.size // 2
    ends = [side[: 2 * pairs].reshape(pairs, 2) for side in (low, high)]
    least = np.maximum(np.maximum(ends[0][:, 0] - ends[1][:, 1], ends[0][:, 1] - ends[1][:, 0]), 0.0)
    most = np.maximum(np.abs(ends[1][:, 0] - ends[0][:, 1]), np.abs(ends[1][:, 1] - ends[0][:, 0]))
    width = support[1] - support[0] if all(map(math.isfinite, support)) else math.inf
    least = np.minimum(least, _LARGEST)
    with np.errstate(over="ignore"):
        return mean_limits(least**2 / 2, most**2 / 2, (0.0, width**2 / 2), alpha), low.size


def _down_float(ball: arb) -> float:
    return (
        math.nextafter(float(ball.mid()), -math.inf)
        if not ball.is_exact() or ball != float(ball.mid())
        else float(ball.mid())
    )
