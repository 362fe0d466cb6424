"""An attack on the weights that turns a margin: an upper bound on every certified radius (whp S12).

For one input x and g = Wᵀa the margin ⟨g, ∇f(x; W*, a*)⟩ sees W* − W only through (W* − W)x and (W* − W)g, so the
attack has rank 2: along x it flips the neurons of a greedy knapsack, along the rest of g it pushes Wg against D*a*,
with orthogonal left factors, so that either may have the whole norm. This alternates with the best a*.

See Also
--------
whp.kernels.zhang2023.radius : the lower bound, and the notation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from ..conditioned import ConditionedDraw
from ..validate import Array, network, network_at, real_array
from .radius import Seen, check_options, largest_radius, scaled, seen_by_draw, seen_directly

_ALTERNATIONS = 8
_TOLERANCE = 1e-7
_ZERO = 1e-300
_STALLED = 1e-9
_OVERSHOOT = 1e-9


class _Perturbation(NamedTuple):
    """W* − W = along_x x̂ᵀ + along_g ĝ⊥ᵀ (ĝ⊥: g without its part along x, normalised), a* − a, and what it leaves."""

    along_x: Array
    along_g: Array
    delta: Array
    margin: float


def _length(v: Array) -> float:
    # Not BLAS: hundreds of short threaded products in a row cost more in synchronisation than in arithmetic.
    return max(math.sqrt(float(np.sum(v * v))), 1e-300)


def _attack(seen: Seen, rho: float, readout: float) -> _Perturbation:
    h, p, a, length = seen.h, seen.p, seen.a, seen.length
    weights = np.square(h)
    capacity = (rho * length) ** 2 * (1.0 - 4 * _OVERSHOOT)
    sine = math.sqrt(max(1.0 - seen.cosine**2, 0.0))
    delta, epsilon = np.zeros_like(a), np.zeros_like(a)
    best: _Perturbation | None = None
    for _ in range(_ALTERNATIONS):
        product = (p + epsilon) * (a + delta)
        harm = np.where(seen.active, product, -product)
        candidates = np.flatnonzero(harm > 0.0)
        with np.errstate(divide="ignore"):
            order = candidates[np.argsort(-harm[candidates] / weights[candidates])]
        flipped = order[np.cumsum(weights[order]) <= capacity]
        s = np.zeros_like(a)
        # A tie switches a neuron off, so one that is to be switched on needs a push past zero whatever its h.
        s[flipped] = -(1.0 + _OVERSHOOT) * h[flipped] / length + np.where(seen.active[flipped], 0.0, 1e-300)
        on = seen.active.copy()
        on[flipped] = ~on[flipped]
        t = np.where(on, -(a + delta), 0.0)
        if flipped.size:
            t -= s * (float(np.sum(t * s)) / max(float(np.sum(s * s)), 1e-300))
        t *= rho * (1.0 - _OVERSHOOT) / _length(t)
        epsilon = seen.gradient * (seen.cosine * s + sine * t)
        if readout > 0.0:
            delta = np.where(on, -(p + epsilon), 0.0)
            delta *= readout * rho / _length(delta)
        margin = float(np.sum((p + epsilon) * (a + delta), where=h + length * s > 0.0))
        previous = math.inf if best is None else best.margin
        if best is None or margin < previous:
            best = _Perturbation(s, t, delta, margin)
        if previous - margin <= _STALLED * abs(margin):
            break
    assert best is not None
    return best


def _attacked(seen: Seen, readout: float) -> tuple[float, _Perturbation]:
    margin = float(np.sum(seen.p * seen.a, where=seen.active))
    zero = np.zeros_like(seen.a)
    if margin <= 0.0:
        return 0.0, _Perturbation(zero, zero, zero, margin)
    margins: dict[float, float] = {}
    least, found = math.inf, _Perturbation(zero, zero, zero, margin)

    def margin_at(rho: float) -> float:
        nonlocal least, found
        if rho not in margins:
            trial = _attack(seen, rho, readout)
            margins[rho] = trial.margin
            if trial.margin <= 0.0 and rho < least:
                least, found = rho, trial
        # An attack that just reaches 0 has turned the margin; a root met exactly would end the search.
        return margins[rho] or -_ZERO

    low = high = largest_radius(seen, "sort", readout)
    while margin_at(high) > 0.0:
        # A margin within its own rounding has no certified radius; start where rounding could turn a neuron.
        rounding = float(np.finfo(float).eps) * _length(seen.h) / seen.length
        low, high = high, (1.3 if len(margins) > 1 else 1.1) * high or rounding
    if low < high:
        # Brackets the root down to the tolerance; the radius is the end from which an attack turned the margin.
        scipy.optimize.brentq(margin_at, low, high, xtol=_TOLERANCE * high, rtol=_TOLERANCE)
    return least, found


def attacked_radius(W: ArrayLike, a: ArrayLike, X: ArrayLike, *, readout: float = 1.0) -> Array:
    """Radius at which an explicit (W*, a*) has turned the margin: an upper bound on what can be certified.

    Parameters
    ----------
    W, a, X, readout
        As for `certified_radius`.

    Returns
    -------
    ndarray of float64, shape (n,)
        One radius per input, 0 where the margin is not positive to begin with.

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed.
    """
    W, a, X = network_at(W, a, X)
    check_options("sort", readout)
    W, a, X, w, r = scaled(W, a, X)
    return w * np.array([_attacked(seen, readout * (w / r))[0] for seen in seen_directly(W, a, X, False)])


def conditioned_attacked_radius(draw: ConditionedDraw, *, readout: float = 1.0) -> Array:
    """`attacked_radius` of a conditioned draw: the attack needs (H, a, p) only, whatever the input dimension.

    Parameters
    ----------
    draw : ConditionedDraw
        Centre of the ball.
    readout : float
        As for `certified_radius`.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    check_options("sort", readout)
    return np.array([_attacked(seen, readout)[0] for seen in seen_by_draw(draw, False)])


def worst_perturbation(W: ArrayLike, a: ArrayLike, x: ArrayLike, *, readout: float = 1.0) -> tuple[float, Array, Array]:
    """The network that `attacked_radius` finds at one input.

    Parameters
    ----------
    W, a, readout
        As for `certified_radius`.
    x : array_like of float64, shape (d,)
        Input, dimensionless.

    Returns
    -------
    radius : float
        ``‖W* − W‖₂ ≤ radius`` and ``‖a* − a‖ ≤ readout · radius``.
    W_star, a_star : ndarray of float64, shapes (m, d) and (m,)
        A network with ``⟨Wᵀa, ∇f(x; W*, a*)⟩ ≤ 0`` up to rounding.

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed.
    """
    W, a = network(W, a)
    x = real_array(x, "x", (W.shape[1],))
    check_options("sort", readout)
    W, a, X, w, r = scaled(W, a, x[np.newaxis])
    radius, found = _attacked(seen_directly(W, a, X, False)[0], readout * (w / r))
    unit = X[0] / max(float(np.linalg.norm(X)), 1e-300)
    g = W.T @ a
    rest = g - unit * (unit @ g)
    rest /= max(float(np.linalg.norm(rest)), 1e-300)
    change = np.outer(found.along_x, unit) + np.outer(found.along_g, rest)
    return w * radius, w * (W + change), r * (a + found.delta)
