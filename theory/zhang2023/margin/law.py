"""The exact law of the margin of one fixed input at initialisation, in floats and in ball arithmetic.

Q = ⟨∇f(x), Wᵀa⟩ for a two-layer ReLU network of width m on inputs of norm √d: W has iid N(0, 1/d) entries, a has iid
N(0, 1/m) entries ("gaussian") or iid signs over √m ("rademacher"). Its law is that of

    Q = (P + cN) G/d + (1−c) √(PN) √G Z/d,   G ~ χ²_d,  Z ~ N(0, 1),  mP | k ~ χ²_k,  mN | k ~ χ²_{m−k},  k ~ Bin(m, ½),

with c the slope of a leaky ReLU (0 for ReLU); for a readout of signs P = k/m and N = 1 − k/m (whp S1, S8). Whether the
activation pattern depends on W does not matter: e_i w_i is Gaussian for the independent fair sign e_i of a_i.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, overload

import numpy as np
from flint import arb
from numpy.typing import ArrayLike, NDArray

from ...calculus.enclosure import Enclosure, workprec
from ...calculus.validate import exact, nonnegative_int, probability, real, size
from ._ball import failure_enclosure
from ._cdf import Margin
from ._floats import log_failure
from ._moments import raw_moments
from ._quantile import quantile
from ._shared_norm import log_any_below
from ._sign_ball import sign_failure_enclosure
from ._sign_floats import log_sign_failure
from ._threshold_ball import enclose_any_below
from ._validate import leak_slope, noise_name, readout_name

__all__ = [
    "failure_probability",
    "margin_cdf",
    "margin_logcdf",
    "margin_logsf",
    "margin_moments",
    "margin_pdf",
    "margin_quantile",
]


_BITS = 192


@overload
def failure_probability(
    m: int,
    d: int,
    *,
    threshold: Any = ...,
    samples: int = ...,
    projected: int = ...,
    readout: str = ...,
    leak: Any = ...,
    noise: str = ...,
    log: bool = ...,
    certified: Literal[False] = ...,
) -> float: ...
@overload
def failure_probability(
    m: int,
    d: int,
    *,
    threshold: Any = ...,
    samples: int = ...,
    projected: int = ...,
    readout: str = ...,
    leak: Any = ...,
    noise: str = ...,
    log: bool = ...,
    certified: Literal[True],
) -> Enclosure: ...
def failure_probability(
    m: int,
    d: int,
    *,
    threshold: Any = 0,
    samples: int = 1,
    projected: int = 0,
    readout: str = "gaussian",
    leak: Any = 0,
    noise: str = "gradient",
    log: bool = False,
    certified: bool = False,
) -> float | Enclosure:
    """Probability that a margin is at most `threshold`: exact for one sample, the union bound for several.

    Parameters
    ----------
    m, d : int
        Width and input dimension, at most 2**53.
    threshold : float or rational
        t in P(Q ≤ t), dimensionless (E Q = ½ for ReLU).
    samples : int
        n. Above 1 the result bounds the probability that any of n margins is at most t, for inputs in any position:
        min(1, n P(Q ≤ t)) at t ≤ 0 or for a readout of signs, and E min(1, n P(Q ≤ t | ‖a‖)) at t > 0 for a Gaussian
        readout, because all samples share ‖a‖ and pay for it once (whp S6).
    projected : int
        R: the witness is −Π⊥Wᵀa with Π⊥ the projection onto the orthogonal complement of R-dimensional inputs. The law
        is that of dimension d − R at threshold t·d/(d − R); at R = d the margin is 0 and the probability 1 (whp S10).
    readout : {"gaussian", "rademacher"}
    leak : float or rational
        Slope c in [0, 1) of a leaky ReLU.
    noise : {"gradient", "sign"}
        "sign" is one step along the sign of the gradient: the probability that ⟨Wᵀa, sign ∇f(x)⟩ ≤ 0, at threshold 0
        for ReLU and the witness of Theorem 3.1 (whp S17).
    log : bool
        Return the natural logarithm; with `certified`, its enclosure.
    certified : bool
        Return an `Enclosure` computed in ball arithmetic (ReLU, m·d up to 10^8). At threshold 0 its relative radius
        is below 1e-20 (for sign noise 1e-11, sizes up to 4096). For a Gaussian readout and 0 < t < ½ it is certified
        but not tight: it runs from p₀(m, d) to
        the bound of whp S6, which has the right exponent and shares ‖a‖ among the samples.

    Returns
    -------
    float or Enclosure
        A probability, or its natural logarithm if `log`.

    Raises
    ------
    TypeError, ValueError
        For sizes that are not integers in [1, 2**53], a NaN or infinite threshold, a slope outside [0, 1), an unknown
        readout, R > d, or a certified request outside its scope.

    Examples
    --------
    >>> failure_probability(1, 7)
    0.5
    >>> round(failure_probability(1024, 64, samples=50_000, log=True), 6)
    -12.654263
    >>> print(failure_probability(1024, 64, certified=True).decimal(8))
    [6.3878318e-11, 6.3878319e-11]
    >>> round(failure_probability(1024, 64, noise="sign", log=True), 6)
    -17.262289
    """
    m, d = size(m, "width m"), size(d, "input dimension d")
    n, rank = size(samples, "samples"), nonnegative_int(projected, "projected rank R")
    t, c, readout = exact(threshold, "threshold"), leak_slope(leak), readout_name(readout)
    if rank > d:
        raise ValueError(
            f"projected rank R must be at most d, found R = {rank} with d = {d}; inputs in R^d span at most d"
        )
    if rank == d:
        one = Enclosure.of(arb(0 if log else 1))
        return one if certified else (0.0 if log else 1.0)
    if noise_name(noise) == "sign":
        return _of_sign_step(m, d, n, readout, (t, c, rank), log=log, certified=certified)
    t, d = t * d / (d - rank), d - rank
    if certified:
        enclosure = _certified(m, d, t, n, readout, c)
        return _logarithm(enclosure) if log else enclosure
    if n > 1 and t > 0 and readout == "gaussian":
        value = log_any_below(m, d, float(t), n, c)
    else:
        value = min(Margin(m, d, readout, c).logcdf(float(t)) + math.log(n), 0.0)
    return value if log else math.exp(value)


def margin_logcdf(m: int, d: int, t: float, *, readout: str = "gaussian", leak: float = 0.0) -> float:
    """log P(Q ≤ t), natural logarithm, accurate in both tails.

    Examples
    --------
    >>> round(margin_logcdf(1000, 1000, 1 / 64), 6)
    -168.142469
    """
    return _margin(m, d, readout, leak).logcdf(real(t, "t", infinite=True))


def margin_logsf(m: int, d: int, t: float, *, readout: str = "gaussian", leak: float = 0.0) -> float:
    """log P(Q > t), natural logarithm, accurate in both tails.

    Examples
    --------
    >>> round(margin_logsf(1000, 1000, 2.0), 4)
    -183.9077
    """
    return _margin(m, d, readout, leak).logsf(real(t, "t", infinite=True))


def margin_cdf(
    m: int, d: int, t: ArrayLike, *, readout: str = "gaussian", leak: float = 0.0
) -> float | NDArray[np.float64]:
    """P(Q ≤ t), elementwise in `t`; the law has an atom 2^{−m} at 0 when `leak` is 0.

    Examples
    --------
    >>> margin_cdf(1, 3, [-1.0, 0.0]).tolist()
    [0.0, 0.5]
    """
    margin = _margin(m, d, readout, leak)
    return _elementwise(lambda x: math.exp(margin.logcdf(real(x, "t", infinite=True))), t)


def margin_pdf(
    m: int, d: int, t: ArrayLike, *, readout: str = "gaussian", leak: float = 0.0
) -> float | NDArray[np.float64]:
    """Density of Q at `t` without the atom at 0, elementwise; infinite at 0 where the density has a pole.

    Examples
    --------
    >>> abs(margin_pdf(1, 2, 1.0, readout="rademacher") - 0.5 * math.exp(-1)) < 1e-12
    True
    """
    margin = _margin(m, d, readout, leak)
    return _elementwise(lambda x: math.exp(margin.logpdf(real(x, "t", infinite=True))), t)


def margin_quantile(m: int, d: int, q: float, *, readout: str = "gaussian", leak: float = 0.0) -> float:
    """Smallest t with P(Q ≤ t) ≥ q, for q strictly between 0 and 1, to a relative accuracy of about 1e-9.

    Examples
    --------
    >>> round(margin_quantile(256, 64, 0.5), 6)
    0.489423
    """
    return quantile(_margin(m, d, readout, leak), probability(q, "q"))


def margin_moments(m: int, d: int, *, order: int = 4, readout: str = "gaussian", leak: Any = 0) -> tuple[Fraction, ...]:
    """Raw moments (E Q, E Q², …, E Q^order) as exact rationals.

    For a Gaussian readout and ReLU, E Q = ½ and Var Q = 5/(4m) + 3/(4d) + 9/(4md) (whp S2).

    Examples
    --------
    >>> first, second = margin_moments(8, 4, order=2)
    >>> first, second - first**2
    (Fraction(1, 2), Fraction(53, 128))
    """
    m, d, order = size(m, "width m"), size(d, "input dimension d"), size(order, "order")
    leak_slope(leak)
    return raw_moments(m, d, order, readout_name(readout), exact(leak, "leak"))


def _margin(m: int, d: int, readout: str, leak: float) -> Margin:
    return Margin(size(m, "width m"), size(d, "input dimension d"), readout_name(readout), leak_slope(leak))


def _elementwise(function: Callable[[float], float], t: ArrayLike) -> float | NDArray[np.float64]:
    points = np.asarray(t, dtype=np.float64)
    values = np.array([function(x) for x in points.ravel()]).reshape(points.shape)
    return float(values) if points.ndim == 0 else values


def _of_sign_step(
    m: int, d: int, n: int, readout: str, rest: tuple[Any, ...], *, log: bool, certified: bool
) -> float | Enclosure:
    if any(rest) or (certified and readout != "gaussian"):
        raise ValueError(
            "sign noise needs threshold 0, ReLU and the unprojected witness, certified a Gaussian readout; found "
            f"threshold {float(rest[0])}, leak {rest[1]}, projected {rest[2]}, readout {readout}"
        )
    value = log_sign_failure(m, d, readout)
    if certified:
        enclosure = _times(sign_failure_enclosure(m, d, value), n)
        return _logarithm(enclosure) if log else enclosure
    value = min(value + math.log(n), 0.0)
    return value if log else math.exp(value)


def _certified(m: int, d: int, t: Fraction, n: int, readout: str, leak: float) -> Enclosure:
    if leak != 0.0 or (t != 0 and (readout != "gaussian" or not 0 < t < Fraction(1, 2))):
        raise ValueError(
            "a certified probability needs ReLU, and a threshold of 0 or (for a Gaussian readout) between 0 and 1/2; "
            f"found threshold {float(t)}, readout {readout}, leak {leak}; use certified=False"
        )
    log_guess = log_failure(m, d, readout)
    if t != 0:
        return enclose_any_below(m, d, n, t, log_guess)
    return _times(failure_enclosure(m, d, readout, log_guess), n)


def _logarithm(enclosure: Enclosure) -> Enclosure:
    """End point by end point: a wide interval's ball may reach 0 although the interval does not."""
    with workprec(_BITS):
        return Enclosure(enclosure.lower.log().lower(), enclosure.upper.log().upper())


def _times(enclosure: Enclosure, n: int) -> Enclosure:
    """min(1, n p), outwards."""
    with workprec(_BITS):
        one = arb(1)
        return Enclosure((n * enclosure.lower).lower().min(one), (n * enclosure.upper).upper().min(one))
