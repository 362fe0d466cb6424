"""A radius within which no change of the weights can turn a margin (whp S12).

With g = Wᵀa, p = Wg, h = Wx, ε = (W* − W)g, δ = a* − a, ‖W* − W‖₂ ≤ ρ_W, ‖a* − a‖ ≤ ρ_a and
Q = ⟨g, ∇f(x)⟩ = Σ D_r p_r a_r

    Q* = Q + Σ (D* − D)_r p_r a_r + Σ D*_r (ε_r a_r + p_r δ_r + ε_r δ_r)
       ≥ Q − K(B) − ρ_W ‖g‖ A − ρ_a P̂ − ρ_W ρ_a ‖g‖,        B = ρ_W² ‖x‖²,

because a neuron that flips has |h_r| ≤ |((W* − W)x)_r|, so the flipped ones satisfy Σ h_r² ≤ B. K is the fractional
knapsack of capacity B and weights h_r² over the neurons whose flip does harm, A² = ‖Da‖² + κ_a and P̂² = ‖Dp‖² + κ_p
with κ those over the inactive neurons with values a_r² and p_r². A fractional knapsack is also
min_{λ≥0} λB + Σ (v_r − λh_r²)₊.

Gradient descent on X moves W within span X, where ‖ε‖ ≤ ρ_W ‖Π_X g‖: that sharpens the bound for what training does.

See Also
--------
whp.kernels.zhang2023.radius_attack : an upper bound on the radius.
whp.kernels.training : networks whose displacement the radius is compared with.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..conditioned import ConditionedDraw
from ..factor import span_basis
from ..jit import kernel
from ..masks import activation_masks
from ..validate import Array, network_at

_UNIT = 2.0**-53
_BISECTIONS = 60
# The price is first looked for by factors of this, at one pass over all items each.
_STRIDE = 16.0
# The projection on span X comes from a singular value decomposition, whose rounding this covers.
_PROJECTION_SLACK = 1e-9

Knapsack = Callable[[float], float]


@kernel(reassociate=True)
def _weight_above(values: Array, weights: Array, price: float) -> float:
    total = 0.0
    for r in range(values.size):
        total += weights[r] if values[r] > price * weights[r] else 0.0
    return total


@kernel(reassociate=True)
def _surplus(values: Array, weights: Array, price: float) -> float:
    total = 0.0
    for r in range(values.size):
        total += max(values[r] - price * weights[r], 0.0)
    return total


@kernel(reassociate=True)
def _items(
    h: Array, active: NDArray[np.bool_], p: Array, a: Array, h_error: Array, p_error: Array, up: float
) -> tuple[tuple[float, float, float, float, float], Array, Array, Array, Array, Array]:
    # Sums over the active neurons (a_r p_r, its modulus, its error, a_r², p_r²); weights and harms of all, rounded
    # towards harm; squares of a and p and weights of the silent ones.
    m = h.size
    weights, harm = np.empty(m), np.empty(m)
    off_a, off_p, off_weights = np.empty(m), np.empty(m), np.empty(m)
    products, absolute, slack, on_a, on_p = 0.0, 0.0, 0.0, 0.0, 0.0
    silent = 0
    for r in range(m):
        size = max(abs(h[r]) - (h_error[r] if h_error.size > 1 else h_error[0]), 0.0)
        weights[r] = size * size / up
        error = p_error[r] if p_error.size > 1 else p_error[0]
        product, uncertain = p[r] * a[r], abs(a[r]) * error
        largest = abs(p[r]) + error
        harm[r] = up * max((product if active[r] else -product) + uncertain, 0.0)
        if active[r]:
            products += product
            absolute += abs(product)
            slack += uncertain
            on_a += a[r] * a[r]
            on_p += largest * largest
        else:
            off_a[silent], off_p[silent], off_weights[silent] = a[r] * a[r], largest * largest, weights[r]
            silent += 1
    sums = (products, absolute, slack, on_a, on_p)
    return sums, weights, harm, off_a[:silent], off_p[:silent], off_weights[:silent]


@kernel
def _worthwhile(values: Array, weights: Array, price: float) -> tuple[Array, Array]:
    # The items that some price of at least this one still takes.
    kept_values, kept_weights = np.empty(values.size), np.empty(values.size)
    count = 0
    for r in range(values.size):
        if values[r] > price * weights[r]:
            kept_values[count], kept_weights[count] = values[r], weights[r]
            count += 1
    return kept_values[:count].copy(), kept_weights[:count].copy()


@kernel
def _priced(values: Array, weights: Array, capacity: float, steps: int) -> float:
    # Whatever the price, λB + Σ (v − λw)₊ is an upper bound: bisection only makes it tight.
    if _weight_above(values, weights, 0.0) <= capacity:
        return _surplus(values, weights, 0.0)
    low, high = 0.0, 1.0
    while _weight_above(values, weights, high) > capacity and high < 1e300:
        low, high = high, _STRIDE * high
    values, weights = _worthwhile(values, weights, low)
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if _weight_above(values, weights, middle) > capacity:
            low = middle
        else:
            high = middle
    return min(low * capacity + _surplus(values, weights, low), high * capacity + _surplus(values, weights, high))


def knapsack_by_sort(values: Array, weights: Array) -> Knapsack:
    """Fractional knapsack ``B ↦ max Σ x_r v_r`` over 0 ≤ x ≤ 1 with Σ x_r w_r ≤ B, from one sort.

    Parameters
    ----------
    values, weights : ndarray of float64, shape (k,)
        Nonnegative; items without weight are always taken.

    Returns
    -------
    callable
        The value at a capacity, in O(log k).

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.zhang2023.radius import knapsack_by_price, knapsack_by_sort
    >>> v, w = np.array([3.0, 2.0, 1.0]), np.array([1.0, 1.0, 4.0])
    >>> knapsack_by_sort(v, w)(1.5), knapsack_by_price(v, w)(1.5)
    (4.0, 4.0)
    """
    free = float(values[weights == 0.0].sum())
    kept = (weights > 0.0) & (values > 0.0)
    v, w = values[kept], weights[kept]
    with np.errstate(over="ignore"):
        order = np.argsort(-v / w)
    v, w = v[order], w[order]
    total_value, total_weight = np.concatenate([[0.0], np.cumsum(v)]), np.concatenate([[0.0], np.cumsum(w)])

    def value(capacity: float) -> float:
        k = int(np.searchsorted(total_weight, capacity, side="right")) - 1
        part = v[k] * ((capacity - total_weight[k]) / w[k]) if k < len(v) else 0.0
        return free + float(total_value[k] + part)

    return value


def knapsack_by_price(values: Array, weights: Array) -> Knapsack:
    """The same as `knapsack_by_sort` as ``min_{λ≥0} λB + Σ (v_r − λw_r)₊``: slower per capacity, no sort, no memory."""
    return lambda capacity: float(_priced(values, weights, capacity, _BISECTIONS))


_KNAPSACKS = {"sort": knapsack_by_sort, "price": knapsack_by_price}


class Seen(NamedTuple):
    """One input's view of a network, with bounds on the rounding of each part (0 where the numbers are exact)."""

    h: Array
    active: NDArray[np.bool_]
    p: Array
    a: Array
    gradient: float
    length: float
    cosine: float
    h_error: Array | float
    p_error: Array | float


def _power(A: Array) -> float:
    largest = float(np.abs(A).max())
    return math.ldexp(1.0, math.frexp(largest)[1]) if largest > 0.0 else 1.0


def scaled(W: Array, a: Array, X: Array) -> tuple[Array, Array, Array, float, float]:
    """(W, a, X) divided by powers of two, so that no square over- or underflows, and those of `W` and `a`."""
    w, r = _power(W), _power(a)
    return W / w, a / r, X / _power(X), w, r


def seen_directly(W: Array, a: Array, X: Array, span: bool) -> list[Seen]:
    """Views of a network stored in full, one per input."""
    m, d = W.shape
    gamma = 1.01 * (max(m, d) + 4) * _UNIT
    g = W.T @ a
    g_error = gamma * float(np.linalg.norm(np.abs(W).T @ np.abs(a)))
    rows = np.linalg.norm(W, axis=1)
    length = float(np.linalg.norm(g))
    p_error = (1.0 + gamma) * rows * (gamma * length + g_error)
    p = W @ g
    if span:
        basis = span_basis(X)
        reach = length if basis is None else float(np.linalg.norm(basis @ g)) * (1.0 + _PROJECTION_SLACK)
    else:
        reach = length
    reach = reach * (1.0 + gamma) + g_error
    active = activation_masks(W, X)
    seen = []
    for x, mask in zip(X, active, strict=True):
        size = float(np.linalg.norm(x)) * (1.0 + gamma)
        cosine = float(x @ g) / (size * length) if size * length > 0.0 else 0.0
        seen.append(Seen(W @ x, mask, p, a, reach, size, cosine, gamma * size * rows, p_error))
    return seen


def seen_by_draw(draw: ConditionedDraw, span: bool) -> list[Seen]:
    """Views of a conditioned draw, one per input."""
    L, d = draw.network.factor, draw.network.d
    inside = draw.Z.T @ draw.a / math.sqrt(d)
    length = math.sqrt(max(float(draw.a @ draw.p), 0.0))
    reach = float(np.linalg.norm(inside)) if span else length
    seen = []
    for h, row in zip(draw.preactivations, L, strict=True):
        size = math.sqrt(d) * float(np.linalg.norm(row))
        cosine = math.sqrt(d) * float(row @ inside) / (size * length) if length > 0.0 else 0.0
        seen.append(Seen(h, h > 0.0, draw.p, draw.a, reach, size, cosine, 0.0, 0.0))
    return seen


def _margin_bounds(seen: Seen, method: str) -> tuple[float, Callable[[float, float], float]]:
    """A lower bound on Q, and (ρ_W, ρ_a) ↦ a lower bound on Q* over the ball; both safe against rounding."""
    up = 1.0 + 4.0 * (len(seen.a) + 16) * _UNIT
    errors = np.atleast_1d(np.asarray(seen.h_error, dtype=float)), np.atleast_1d(np.asarray(seen.p_error, dtype=float))
    sums, weights, harm, *silent = _items(seen.h, seen.active, seen.p, seen.a, *errors, up)
    products, absolute, slack, on_a, on_p = sums
    margin = float(products - (up - 1.0) * absolute - up * slack)
    build = _KNAPSACKS[method]
    K = build(harm, weights)
    off_a, off_p, off_weights = silent
    kappa_a, kappa_p = build(off_a, off_weights), build(off_p, off_weights)

    def bound(rho_W: float, rho_a: float) -> float:
        reach = rho_W * seen.length
        capacity = reach * reach * up
        A = math.sqrt((on_a + kappa_a(capacity)) * up)
        loss = K(capacity) + rho_W * seen.gradient * A + rho_W * rho_a * seen.gradient
        if rho_a > 0.0:
            loss += rho_a * math.sqrt((on_p + kappa_p(capacity)) * up)
        return margin - up * loss

    return margin, bound


def largest_radius(seen: Seen, method: str, readout: float) -> float:
    """Largest radius, up to bisection from below, at which the lower bound is still positive."""
    margin, bound = _margin_bounds(seen, method)
    if not bound(0.0, 0.0) > 0.0:
        return 0.0
    on = seen.active
    slope = seen.gradient * float(np.linalg.norm(seen.a[on])) + readout * float(np.linalg.norm(seen.p[on]))
    low, high = 0.0, margin / slope if slope > 0.0 else math.inf
    # Where hardly anything but flips does harm, all of them have happened long before.
    every = 2.0 * float(np.linalg.norm(seen.h)) / seen.length
    if every < high and not bound(every, readout * every) > 0.0:
        high = every
    if high == math.inf:
        return high
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if bound(middle, readout * middle) > 0.0:
            low = middle
        else:
            high = middle
    return low


def check_options(method: str, readout: float) -> None:
    """Raise unless the method is known and the ratio of the radii makes sense."""
    if method not in _KNAPSACKS:
        raise ValueError(f'method must be "sort" or "price", found {method!r}; choose one of them')
    if not 0.0 <= readout < math.inf:
        raise ValueError(f"readout must be a finite number of at least 0, found {readout!r}; pass the ratio ρ_a/ρ_W")


def certified_radius(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, *, method: str = "sort", readout: float = 1.0, span: bool = False
) -> Array:
    """Radius within which every (W*, a*) keeps ``⟨Wᵀa, ∇f(x_i; W*, a*)⟩ > 0`` (whp S12).

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights at the centre of the ball, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights at the centre of the ball, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    method : {"sort", "price"}
        How the knapsacks are solved; "price" needs no sort and no memory.
    readout : float
        The ball is ``‖W* − W‖₂ ≤ ρ``, ``‖a* − a‖ ≤ readout · ρ``; 0 certifies changes of W alone.
    span : bool
        Consider only W* − W with rows in span X, as gradient descent on X makes them: a larger radius.

    Returns
    -------
    ndarray of float64, shape (n,)
        One radius per input, 0 where the margin is not positive to begin with; the smallest one certifies the whole
        sample. Rounding is accounted for by bounds on every product and sum over certified masks (with `span`, the
        projection on span X is allowed a relative error of 1e-9).

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import sample_network
    >>> from whp.kernels.zhang2023 import attacked_radius, certified_radius
    >>> W, a = sample_network(400, 16, np.random.default_rng(0))
    >>> x = np.ones((1, 16))
    >>> bool(0 < certified_radius(W, a, x)[0] < attacked_radius(W, a, x)[0])
    True
    """
    W, a, X = network_at(W, a, X)
    check_options(method, readout)
    W, a, X, w, r = scaled(W, a, X)
    return w * np.array([largest_radius(seen, method, readout * (w / r)) for seen in seen_directly(W, a, X, span)])


def conditioned_radius(
    draw: ConditionedDraw, *, method: str = "sort", readout: float = 1.0, span: bool = False
) -> Array:
    """`certified_radius` of a conditioned draw, in plain float64 at a cost independent of the input dimension.

    Parameters
    ----------
    draw : ConditionedDraw
        Centre of the ball.
    method, readout, span
        As for `certified_radius`.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    check_options(method, readout)
    return np.array([largest_radius(seen, method, readout) for seen in seen_by_draw(draw, span)])


def margin_lower_bounds(
    network_or_draw: tuple[ArrayLike, ArrayLike, ArrayLike] | ConditionedDraw,
    rho_W: float,
    rho_a: float,
    *,
    method: str = "sort",
    span: bool = False,
) -> Array:
    """Lower bounds on ``⟨Wᵀa, ∇f(x_i; W*, a*)⟩`` over the ball ``‖W* − W‖₂ ≤ ρ_W``, ``‖a* − a‖ ≤ ρ_a`` (whp S12).

    Parameters
    ----------
    network_or_draw : tuple (W, a, X) or ConditionedDraw
        Centre of the ball and inputs, as for `certified_radius` or `conditioned_radius`.
    rho_W, rho_a : float
        Radii, at least 0.
    method, span
        As for `certified_radius`.

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed.
    """
    check_options(method, 0.0)
    for value, name in ((rho_W, "rho_W"), (rho_a, "rho_a")):
        if not 0.0 <= value < math.inf:
            raise ValueError(f"{name} must be a finite number of at least 0, found {value!r}; pass a radius")
    if isinstance(network_or_draw, ConditionedDraw):
        return np.array([_margin_bounds(seen, method)[1](rho_W, rho_a) for seen in seen_by_draw(network_or_draw, span)])
    W, a, X, w, r = scaled(*network_at(*network_or_draw))
    bounds = [_margin_bounds(seen, method)[1](rho_W / w, rho_a / r) for seen in seen_directly(W, a, X, span)]
    return np.array(bounds) * w**2 * r**2
