"""Adversarial attacks on a two-layer network: one gradient step, one sign step, and projected gradient descent.

With r_x = ∂ℓ/∂x = −(1 − s(y f(x))) y ∇f(x)

    untargeted   x + η r_x(y),            x + η sign(r_x(y)),
    targeted     x − η r_x(t),            x − η sign(r_x(t)),          t the label to reach,

and `pgd` repeats such steps, projecting on a ball around x, and keeps the best point met. Only the label's sign enters
the direction of r_x, so sign and normalised steps are taken along ∓y∇f(x) itself, which does not underflow where the
network is confident.

See Also
--------
whp.kernels.direct.adversarial_noises : r_x itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._ball import climb
from .direct import adversarial_noises, forward, input_gradients
from .validate import Array, finite_result, network_at, positive_number, sign_labels

__all__ = ["fooled", "gradient_step", "pgd", "sign_step"]


def _prepare(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, y: ArrayLike, target: ArrayLike | None
) -> tuple[Array, Array, Array, Array, float]:
    """Validated arrays, the label whose loss is followed, and +1 to climb or −1 to descend it."""
    W, a, X = network_at(W, a, X)
    y = sign_labels(y, len(X))
    if target is None:
        return W, a, X, y, 1.0
    try:
        return W, a, X, sign_labels(target, len(X)), -1.0
    except ValueError as error:
        raise ValueError(f"target: {error}") from None


def _directions(W: Array, a: Array, X: Array, label: Array, sense: float) -> Array:
    # Parallel to sense · r_x; the factor 1 − s(y f) is left out because only the direction is used.
    return -sense * label[:, None] * input_gradients(W, a, X)


def gradient_step(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, y: ArrayLike, step: float, *, target: ArrayLike | None = None
) -> Array:
    """One step along the loss gradient.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    y : array_like of float64, shape (n,)
        Labels, each −1 or +1.
    step : float
        η > 0.
    target : array_like of float64, shape (n,), optional
        Labels to reach: the step then descends their loss instead of climbing that of `y`.

    Returns
    -------
    ndarray of float64, shape (n, d)
        The adversarial examples.

    Raises
    ------
    ValueError, TypeError
        If an array is malformed, a label is not ±1 or `step` is not positive.

    Examples
    --------
    >>> from whp.kernels.attacks import gradient_step, sign_step
    >>> W, a, X = [[1.0, 2.0]], [1.0], [[0.0, 1e-9]]
    >>> gradient_step(W, a, X, [1], 2.0).round(6)
    array([[-1., -2.]])
    >>> sign_step(W, a, X, [1], 2.0).round(6)
    array([[-2., -2.]])
    """
    W, a, X, label, sense = _prepare(W, a, X, y, target)
    with np.errstate(over="ignore"):
        moved: Array = X + sense * positive_number(step, "step") * adversarial_noises(W, a, X, label)
    return finite_result(moved, "the step")


def sign_step(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, y: ArrayLike, step: float, *, target: ArrayLike | None = None
) -> Array:
    """One step along the sign of the loss gradient, the best one in L∞ to first order; sign(0) = 0.

    Parameters
    ----------
    W, a, X, y, step, target
        As for `gradient_step`.

    Returns
    -------
    ndarray of float64, shape (n, d)
        The adversarial examples.

    Raises
    ------
    ValueError, TypeError
        As for `gradient_step`.
    """
    W, a, X, label, sense = _prepare(W, a, X, y, target)
    with np.errstate(over="ignore"):
        moved: Array = X + positive_number(step, "step") * np.sign(_directions(W, a, X, label, sense))
    return finite_result(moved, "the step")


def fooled(
    W: ArrayLike, a: ArrayLike, X: ArrayLike, y: ArrayLike, *, target: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Where an attack has succeeded: ``y f(x) > 0`` fails or, targeted, ``t f(x) > 0`` holds.

    Parameters
    ----------
    W, a, X, y, target
        As for `gradient_step`, with `X` the attacked inputs.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    ValueError, TypeError
        If an array is malformed, a label is not ±1 or an output overflows.

    Examples
    --------
    >>> from whp.kernels.attacks import fooled
    >>> fooled([[1.0, 2.0]], [1.0], [[1.0, 0.0], [0.0, 0.0]], [1, 1])
    array([False,  True])
    """
    W, a, X, label, sense = _prepare(W, a, X, y, target)
    right: NDArray[np.bool_] = label * forward(W, a, X) > 0.0
    return ~right if sense > 0.0 else right


def pgd(
    W: ArrayLike,
    a: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    radius: ArrayLike,
    step: ArrayLike,
    steps: int,
    norm: str = "linf",
    target: ArrayLike | None = None,
    bounds: tuple[ArrayLike, ArrayLike] | None = None,
    restarts: int = 1,
    rng: np.random.Generator | None = None,
) -> Array:
    """Projected gradient descent in a ball around every input; the best point met is kept, the input among them.

    Parameters
    ----------
    W, a, X, y, target
        As for `gradient_step`.
    radius : float or array_like of float64, shape (n,)
        Radius of the ball, in `norm`, at least 0; an input with radius 0 stays as it is.
    step : float or array_like of float64, shape (n,)
        Length of one step, in `norm`.
    steps : int
        Number of steps.
    norm : {"linf", "l2"}
        "linf" steps along the sign of the gradient, "l2" along the normalised gradient.
    bounds : pair of array_like, optional
        Least and largest value of every entry, as numbers or arrays; the inputs must lie within.
    restarts : int
        Number of runs, each from a start of its own; more than one needs `rng`.
    rng : numpy.random.Generator, optional
        Start uniformly in the ball instead of at its centre.

    Returns
    -------
    ndarray of float64, shape (n, d)
        The adversarial examples. In "linf" ``max |x' − x| ≤ radius`` holds exactly, in float64 and in rationals; in
        "l2" ``‖x' − x‖ ≤ radius`` does in rationals and in float64 whatever the order of its sum, the squares being in
        range.

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed, or an output or a gradient overflows.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import forward, sample_network
    >>> from whp.kernels.attacks import pgd
    >>> W, a = sample_network(100, 16, np.random.default_rng(0))
    >>> x = np.ones((1, 16))
    >>> moved = pgd(W, a, x, [1], radius=0.1, step=0.03, steps=5)
    >>> bool(forward(W, a, moved)[0] < forward(W, a, x)[0]), bool(abs(moved - x).max() <= 0.1)
    (True, True)
    """
    W, a, X, label, sense = _prepare(W, a, X, y, target)

    def look(at: Array) -> tuple[Array, Array]:
        G = _directions(W, a, at, label, sense)
        # f is homogeneous: ⟨x, ∇f(x)⟩ is its value.
        with np.errstate(over="ignore", invalid="ignore"):
            return G, finite_result(np.vecdot(at, G), "the output")

    return climb(look, X, radius=radius, step=step, steps=steps, norm=norm, bounds=bounds, rng=rng, restarts=restarts)
