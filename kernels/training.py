"""Gradient descent on the mean logistic loss, on a network stored in full and on a conditioned one.

With S_ir = −y_i (1 − s(y_i f_i)) 1[h_ir > 0] a_r / n

    ∂L/∂W = Sᵀ X,     ∂L/∂a_r = −(1/n) Σ_i y_i (1 − s(y_i f_i)) max(h_ir, 0).

The gradient in W has its rows in span X and sees W through H = X Wᵀ alone, so W_t = c_t W_0 + C_t X with (C_t, a_t)
functions of (X W_0ᵀ, a_0) and c_t = Π(1 − ηλ). In orthonormal coordinates of span X, where X is √d L and W_0 is Z/√d,
the very same descent costs O(m n r₀) per step whatever the input dimension: `train_conditioned` runs it there.

See Also
--------
whp.kernels.conditioned : where the conditioned draws come from.
whp.kernels.trained : what can be asked of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .conditioned import ConditionedDraw
from .factor import span_basis
from .jit import kernel
from .trained import ConditionedTraining, TrainedNetwork, spectral_norm
from .validate import Array, network_at, positive_int, sign_labels

# A stable descent never comes near this multiple of the loss it starts from; a diverging one soon passes it.
_DIVERGENCE = 100.0
# The default is half of what is stable. Beyond that a silent network was thrown there, below it it may have walked.
_STABLE_LIMIT = 2.0
# Products this small stay in cache and below what BLAS splits over threads, whose rendezvous would cost more than it
# saves; where not even a few rows fit, one large product is better.
_PRODUCT = 2**18
_FEWEST_ROWS = 16
_MOMENT_DECAYS = (0.9, 0.999)
_MOMENT_FLOOR = 1e-8


@kernel
def _rows(m: int, X: Array) -> int:
    rows = _PRODUCT // X.size
    return rows if rows >= _FEWEST_ROWS else m


@kernel
def _loss(W: Array, a: Array, X: Array, y: Array, H: Array, weights: Array) -> float:
    # Fills H = W Xᵀ, (m, n), and weights_i = −y_i (1 − s(y_i f_i)) / n; returns the mean logistic loss.
    m, n = H.shape
    f = np.zeros(n)
    rows = _rows(m, X)
    for start in range(0, m, rows):
        stop = min(start + rows, m)
        np.dot(W[start:stop], X.T, H[start:stop])
        for r in range(start, stop):
            for i in range(n):
                f[i] += a[r] * max(H[r, i], 0.0)
    loss = 0.0
    for i in range(n):
        z = y[i] * f[i]
        e = math.exp(-abs(z))
        loss += (math.log1p(e) + max(-z, 0.0)) / n
        weights[i] = -y[i] * (e if z > 0.0 else 1.0) / ((1.0 + e) * n)
    return loss


@kernel(reassociate=True)
def _gradients(W: Array, a: Array, X: Array, y: Array, H: Array, GW: Array, ga: Array) -> float:
    m, n = H.shape
    weights = np.empty(n)
    loss = _loss(W, a, X, y, H, weights)
    rows = _rows(m, X)
    for start in range(0, m, rows):
        stop = min(start + rows, m)
        for r in range(start, stop):
            slope = 0.0
            for i in range(n):
                h = H[r, i]
                slope += weights[i] * max(h, 0.0)
                H[r, i] = weights[i] * a[r] if h > 0.0 else 0.0
            ga[r] = slope
        np.dot(H[start:stop], X, GW[start:stop])
    return loss


@kernel(reassociate=True)
def heavy_ball(value: Array, gradient: Array, velocity: Array, rate: float, momentum: float, decay: float) -> None:
    if momentum == 0.0:
        for k in range(value.size):
            value[k] = decay * value[k] - rate * gradient[k]
        return
    for k in range(value.size):
        velocity[k] = momentum * velocity[k] + gradient[k]
        value[k] = decay * value[k] - rate * velocity[k]


@kernel
def _adapt(value: Array, gradient: Array, first: Array, second: Array, rate: float, decay: float, step: int) -> None:
    b1, b2 = _MOMENT_DECAYS
    c1, c2 = 1.0 - b1**step, 1.0 - b2**step
    for k in range(value.size):
        first[k] = b1 * first[k] + (1.0 - b1) * gradient[k]
        second[k] = b2 * second[k] + (1.0 - b2) * gradient[k] * gradient[k]
        value[k] = decay * value[k] - rate * (first[k] / c1) / (math.sqrt(second[k] / c2) + _MOMENT_FLOOR)


@dataclass(frozen=True)
class Descent:
    """Options of `train` and `train_conditioned`.

    Attributes
    ----------
    layers : {"both", "hidden"}
        Train both layers or W alone.
    learning_rate : float, optional
        By default ``8/((m + d) max‖x‖²/d)`` (W alone: m absent), half of what the tangent kernel at initialisation
        allows at any width.
    momentum, weight_decay : float
        Heavy-ball momentum μ in [0, 1) and decoupled decay λ: ``V ← μV + ∂L/∂W``, ``W ← (1 − ηλ)W − ηV``.
    batch_size : int, optional
        Batches of a fresh permutation per epoch, drawn from `rng`; by default all samples in every step.
    steps : int
        Largest number of updates.
    loss : float, optional
        Stop once the mean loss is at most this, in nats (looked at once per epoch).
    displacement : float, optional
        Stop once ``max(‖W_t − c_tW_0‖₂, ‖a_t − a_0‖)`` is at least this.
    snapshots : collection of int
        Numbers of steps after which to keep a copy.
    progress : callable, optional
        Called with the step and the loss whenever the loss is looked at.
    rng : numpy.random.Generator, optional
        Needed with `batch_size`.
    update : {"gradient", "adam"}
        "adam" leaves the span of the inputs, so `train` alone offers it.

    Raises
    ------
    ValueError, TypeError
        If an option is malformed.

    Examples
    --------
    >>> from whp.kernels.training import Descent
    >>> Descent(momentum=1.0)
    Traceback (most recent call last):
    ...
    ValueError: momentum must lie in [0.0, 1.0), found 1.0; pass such a number
    """

    layers: str = "both"
    learning_rate: float | None = None
    momentum: float = 0.0
    weight_decay: float = 0.0
    batch_size: int | None = None
    steps: int = 1000
    loss: float | None = None
    displacement: float | None = None
    snapshots: Collection[int] = ()
    progress: Callable[[int, float], object] | None = None
    rng: np.random.Generator | None = None
    update: str = "gradient"

    def __post_init__(self) -> None:
        _one_of(self.layers, "layers", ("both", "hidden"))
        _one_of(self.update, "update", ("gradient", "adam"))
        _number(self.momentum, "momentum", 0.0, 1.0)
        for name in ("learning_rate", "weight_decay", "loss", "displacement"):
            if getattr(self, name) is not None:
                _number(getattr(self, name), name, 0.0)
        if self.update == "adam" and self.learning_rate is None:
            raise ValueError("learning_rate is needed with Adam, whose step does not scale with the gradient; pass one")
        positive_int(self.steps, "steps")
        for step in self.snapshots:
            if step != 0 and positive_int(step, "snapshot") > self.steps:
                raise ValueError(f"snapshots must be at most steps = {self.steps}, found {step}; raise steps")
        if self.batch_size is not None:
            positive_int(self.batch_size, "batch_size")
            if not isinstance(self.rng, np.random.Generator):
                raise TypeError(f"rng must be a numpy Generator to draw batches, found {self.rng!r}; pass one")


class _State(NamedTuple):
    W: Array
    a: Array
    scale: float
    steps: int
    losses: Array
    stopped: str
    snapshots: dict[int, tuple[Array, Array, float]]


def _one_of(value: object, name: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, found {value!r}; choose one of them")


def _number(value: object, name: str, low: float, high: float = math.inf) -> None:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a real number, found {value!r}; pass a float")
    if not low <= value < high:
        raise ValueError(f"{name} must lie in [{low}, {high}), found {value}; pass such a number")


def _check_labels(y: Array) -> None:
    if np.all(y == y[0]):
        raise ValueError(
            f"all {len(y)} labels are {y[0]:+.0f}: the loss has no second class to separate; pass labels of both signs"
        )


def _stable_rate(m: int, d: int, square: float, layers: str) -> float:
    # The tangent kernel's largest eigenvalue is about n(m + d)/2 · max‖x‖²/d at most and the logistic loss bends by at
    # most 1/4, so descent is stable below 16/(m + d): half of that leaves room for the kernel to grow.
    return 8.0 / ((m + d if layers == "both" else d) * square)


def _batches(n: int, options: Descent) -> Iterator[NDArray[np.int64] | None]:
    while options.batch_size is None or options.rng is None:
        yield None
    while True:
        order = options.rng.permutation(n)
        for start in range(0, n, options.batch_size):
            yield order[start : start + options.batch_size]


def _moved(W: Array, a: Array, W0: Array, a0: Array, scale: float, basis: Array | None) -> float:
    change = W - scale * W0
    if basis is not None:
        change = change @ basis.T
    return max(spectral_norm(change), float(np.linalg.norm(a - a0)))


def _is_silent(loss: float, W: Array, X: Array) -> bool:
    return abs(loss - math.log(2.0)) < 1e-12 and not (np.dot(X, W.T) > 0.0).any()


def _descend_from(W0: Array, a0: Array, X: Array, y: Array, options: Descent, stable: float) -> _State:
    _check_labels(y)
    rate = stable if options.learning_rate is None else float(options.learning_rate)
    decay = 1.0 - rate * options.weight_decay
    if decay <= 0.0:
        raise ValueError(
            f"learning_rate · weight_decay must stay below 1, found {1.0 - decay:.6g}: one step would erase or reverse "
            "the initial weights; lower one of them"
        )
    size = len(y) if options.batch_size is None else options.batch_size
    if size > len(y):
        raise ValueError(f"batch_size must be at most n = {len(y)}, found {size}; lower it or pass None")
    epoch = -(-len(y) // size)
    W, a = W0.copy(), a0.copy()
    GW, ga, weights = np.empty_like(W), np.empty_like(a), np.empty(len(y))
    # Fresh pages for the preactivations would cost as much per step as the products.
    H = np.empty((len(W), len(y)))
    buffer = np.empty(0 if options.batch_size is None else len(W) * size)
    trained = [(W.reshape(-1), GW.reshape(-1), np.zeros(W.size), np.zeros(W.size))]
    if options.layers == "both":
        trained.append((a, ga, np.zeros(a.size), np.zeros(a.size)))
    basis = span_basis(X) if options.displacement is not None and options.update == "gradient" else None
    batches = _batches(len(y), options)
    scale, step, losses, stopped = 1.0, 0, [], "steps"
    snapshots: dict[int, tuple[Array, Array, float]] = {}
    while True:
        batch = next(batches) if step < options.steps else None
        if step in options.snapshots:
            snapshots[step] = W.copy(), a.copy(), scale
        if batch is None:
            loss = _gradients(W, a, X, y, H, GW, ga)
        else:
            loss = _loss(W, a, X, y, H, weights) if step % epoch == 0 else math.nan
            part = buffer[: len(W) * len(batch)].reshape(len(W), len(batch))
            _gradients(W, a, X[batch], y[batch], part, GW, ga)
        if step % epoch == 0 or step == options.steps:
            losses.append(loss)
            if not loss <= _DIVERGENCE * max(losses[0], math.log(2.0)):
                raise ValueError(
                    f"training diverged: the loss went from {losses[0]:.6g} to {loss:.6g} in {step} steps at "
                    f"learning_rate = {rate:.6g}; a rate of {stable:.6g} is stable at this size"
                )
            if rate > _STABLE_LIMIT * stable and step and _is_silent(loss, W, X):
                raise ValueError(
                    f"training diverged: no neuron is active on any input after {step} steps at learning_rate = "
                    f"{rate:.6g}; a rate of {stable:.6g} is stable at this size"
                )
            if options.progress is not None:
                options.progress(step, loss)
            if options.loss is not None and loss <= options.loss:
                stopped = "loss"
                break
        moved = options.displacement is not None and _moved(W, a, W0, a0, scale, basis)
        if options.displacement is not None and moved >= options.displacement:
            stopped = "displacement"
            break
        if step == options.steps:
            break
        step += 1
        for value, gradient, first, second in trained:
            if options.update == "adam":
                _adapt(value, gradient, first, second, rate, decay, step)
            else:
                heavy_ball(value, gradient, first, rate, options.momentum, decay)
        scale *= decay
    return _State(W, a, scale, step, np.array(losses), stopped, snapshots)


def train(W: ArrayLike, a: ArrayLike, X: ArrayLike, y: ArrayLike, **options: Any) -> TrainedNetwork:
    """Train a two-layer network on the mean logistic loss.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Initial hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Initial readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Nonzero inputs, dimensionless.
    y : array_like of float64, shape (n,)
        Labels −1 and +1, both present.
    **options
        Fields of `Descent`.

    Returns
    -------
    TrainedNetwork

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed, an input is zero, all labels agree, or the descent diverges.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import sample_network
    >>> from whp.kernels.training import train
    >>> W, a = sample_network(50, 4, np.random.default_rng(0))
    >>> trained = train(W, a, 2 * np.eye(4), [1, -1, 1, -1], loss=0.1)
    >>> trained.stopped, bool(trained.loss <= 0.1), trained.margins.shape
    ('loss', True, (4,))
    """
    W, a, X = network_at(W, a, X)
    y = sign_labels(y, len(X))
    squares = np.einsum("ik,ik->i", X, X) / X.shape[1]
    if not squares.all():
        raise ValueError(f"input {int(np.argmin(squares))} is zero: its output never moves; remove it")
    settings = Descent(**options)
    stable = _stable_rate(len(W), X.shape[1], float(squares.max()), settings.layers)
    state = _descend_from(W, a, X, y, settings, stable)
    kept = {step: (Wt, at) for step, (Wt, at, _) in state.snapshots.items()}
    return TrainedNetwork(W, a, state.W, state.a, X, y, state.scale, state.steps, state.losses, state.stopped, kept)


def train_conditioned(draw: ConditionedDraw, y: ArrayLike, **options: Any) -> ConditionedTraining:
    """Train a conditioned draw: the law of `train` at a cost independent of the input dimension.

    Parameters
    ----------
    draw : ConditionedDraw
        The network before training.
    y : array_like of float64, shape (n,)
        Labels −1 and +1, both present.
    **options
        Fields of `Descent`.

    Returns
    -------
    ConditionedTraining

    Raises
    ------
    ValueError, TypeError
        If the labels or an option are malformed, all labels agree, or the descent diverges.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.conditioned import ConditionedNetwork
    >>> from whp.kernels.training import train_conditioned
    >>> draw = ConditionedNetwork.from_gram(np.eye(4), m=50, d=10**6).draw(np.random.default_rng(0))
    >>> trained = train_conditioned(draw, [1, -1, 1, -1], loss=0.1)
    >>> trained.stopped, bool(trained.loss <= 0.1), trained.change.shape
    ('loss', True, (50, 4))
    """
    if not isinstance(draw, ConditionedDraw):
        raise TypeError(f"draw must be a ConditionedDraw, found {type(draw).__name__}; use ConditionedNetwork.draw")
    sizes = draw.network
    y = sign_labels(y, sizes.n)
    settings = Descent(**options)
    if settings.update == "adam":
        raise ValueError(
            'update = "adam" leaves the span of the inputs, so a conditioned draw does not determine it; use train'
        )
    L = sizes.factor
    stable = _stable_rate(sizes.m, sizes.d, float(np.einsum("ik,ik->i", L, L).max()), settings.layers)
    W = draw.Z / math.sqrt(sizes.d)
    state = _descend_from(W, draw.a, math.sqrt(sizes.d) * L, y, settings, stable)
    kept = {step: (Wt - scale * W, at) for step, (Wt, at, scale) in state.snapshots.items()}
    change = state.W - state.scale * W
    return ConditionedTraining(draw, change, state.a, y, state.scale, state.steps, state.losses, state.stopped, kept)
