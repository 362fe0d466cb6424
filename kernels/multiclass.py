"""Two-layer networks with several classes: softmax cross-entropy, its input noises, its attacks and its descent.

With hidden weights W (m, d), a readout A (K, m), f(x) = Aσ(Wx) ∈ R^K and p = softmax(f/T) at temperature T

    ℓ(x, y)  = −log p_y,
    r_x      = ∂ℓ/∂x  = Wᵀ D_x Aᵀ q,        q = (p − e_y)/T,
    ∂ℓ/∂W    = (D_x Aᵀ q) xᵀ,               ∂ℓ/∂A = q σ(Wx)ᵀ.

For K = 2 this is the logistic loss of the output difference, so r_x is parallel to the noise of one output with the
readout A_2 − A_1 whatever p is. For K ≥ 3 its direction depends on p, hence on T.

See Also
--------
whp.kernels.direct : the network with one output.
whp.kernels.attacks : its attacks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._ball import climb
from ._class_attacks import aim, directions, followed, noises
from ._class_descent import ClassTraining, Perturb, descend
from .jit import kernel
from .masks import activation_masks
from .validate import Array, Labels, class_labels, finite_result, generator, inputs, positive_int, real_array

__all__ = [
    "ClassTraining",
    "class_directions",
    "class_fooled",
    "class_noises",
    "class_outputs",
    "class_pgd",
    "sample_class_network",
    "train_classes",
]


@kernel
def _outputs(W: Array, A: Array, X: Array) -> Array:
    F: Array = np.dot(np.maximum(np.dot(X, W.T), 0.0), A.T)
    return F


@kernel
def residuals(F: Array, y: Labels, temperature: float, direction: bool, excess: Array) -> float:
    # Turns outputs into q = (p − e_y)/T, or into a positive multiple of it that neither underflows nor vanishes; the
    # entry of the label is minus the sum of the others, which keeps its relative accuracy where p_y is close to 1.
    # Returns the mean loss.
    n, K = F.shape
    loss = 0.0
    for i in range(n):
        rival = -math.inf
        for k in range(K):
            F[i, k] /= temperature
            if k != y[i] and F[i, k] > rival:
                rival = F[i, k]
        label = F[i, y[i]]
        others = 0.0
        for k in range(K):
            if k != y[i]:
                F[i, k] = math.exp(F[i, k] - rival)
                others += F[i, k]
        # ℓ = log(1 + e^{z}), z = log Σ_{k ≠ y} e^{f_k/T} − f_y/T.
        z = rival + math.log(others) - label
        excess[i] = z
        e = math.exp(-abs(z))
        loss += (math.log1p(e) + max(z, 0.0)) / n
        scale = 1.0 if direction else (1.0 if z > 0.0 else e) / ((1.0 + e) * others * temperature)
        for k in range(K):
            F[i, k] *= scale
        F[i, y[i]] = -others * scale
    return loss


@kernel
def _gradients(W: Array, A: Array, X: Array, y: Labels, GW: Array, GA: Array) -> float:
    n = X.shape[0]
    hidden = np.maximum(np.dot(X, W.T), 0.0)
    q = np.dot(hidden, A.T)
    loss = residuals(q, y, 1.0, False, np.empty(n))
    q /= n
    GA[:] = np.dot(q.T, hidden)
    back = np.dot(q, A)
    for i in range(n):
        for r in range(back.shape[1]):
            if not hidden[i, r] > 0.0:
                back[i, r] = 0.0
    GW[:] = np.dot(back.T, X)
    return loss


@kernel
def _pull_back(q: Array, masks: NDArray[np.bool_], W: Array, A: Array) -> Array:
    back = np.dot(q, A)
    for i in range(back.shape[0]):
        for r in range(back.shape[1]):
            if not masks[i, r]:
                back[i, r] = 0.0
    rays: Array = np.dot(back, W)
    return rays


def class_network(W: ArrayLike, A: ArrayLike) -> tuple[Array, Array]:
    """Validate hidden weights `W` (m, d) and readout `A` (K, m), K ≥ 2, together."""
    W = real_array(W, "W", (None, None))
    A = real_array(A, "A", (None, W.shape[0]))
    if len(A) < 2:
        raise ValueError(f"A has {len(A)} row, but one row per class and at least 2 are needed")
    return W, A


def sample_class_network(m: int, d: int, classes: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw a network with several outputs at random initialisation.

    Parameters
    ----------
    m, d, classes : int
        Width, input dimension and number of classes K.
    rng : numpy.random.Generator

    Returns
    -------
    W : ndarray of float64, shape (m, d)
        Independent N(0, 1/d) entries.
    A : ndarray of float64, shape (K, m)
        Independent N(0, 1/m) entries, independent of `W`.

    Raises
    ------
    ValueError, TypeError
        If a size is not a positive integer, there are fewer than two classes or `rng` is not a Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.multiclass import sample_class_network
    >>> W, A = sample_class_network(8, 3, 10, np.random.default_rng(0))
    >>> W.shape, A.shape
    ((8, 3), (10, 8))
    """
    m, d, K, rng = positive_int(m, "m"), positive_int(d, "d"), positive_int(classes, "classes"), generator(rng)
    if K < 2:
        raise ValueError(f"classes must be at least 2, found {K}")
    W = rng.standard_normal((m, d))
    A = rng.standard_normal((K, m))
    return W / math.sqrt(d), A / math.sqrt(m)


def class_outputs(W: ArrayLike, A: ArrayLike, X: ArrayLike) -> Array:
    """Outputs ``f(x) = Aσ(Wx)``, one row per input.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    A : array_like of float64, shape (K, m)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.

    Returns
    -------
    ndarray of float64, shape (n, K)

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, or there are fewer than two classes.

    Examples
    --------
    >>> from whp.kernels.multiclass import class_outputs
    >>> class_outputs([[1.0, 2.0]], [[1.0], [-1.0]], [[3.0, 1.0]])
    array([[ 5., -5.]])
    """
    W, A = class_network(W, A)
    return finite_result(_outputs(W, A, inputs(X, W.shape[1])), "the output")


def class_fooled(
    W: ArrayLike, A: ArrayLike, X: ArrayLike, y: ArrayLike, *, target: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Where an attack has succeeded: another output reaches that of the class or, targeted, the target's is largest.

    Parameters
    ----------
    W, A, X, y
        As for `class_noises`, with `X` the attacked inputs.
    target : array_like of int, shape (n,), optional
        Classes to reach.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    ValueError, TypeError
        If an array or a label is malformed, or an output overflows.

    Examples
    --------
    >>> from whp.kernels.multiclass import class_fooled
    >>> class_fooled([[1.0, 2.0]], [[1.0], [-1.0]], [[3.0, 1.0], [0.0, 0.0]], [0, 0])
    array([False,  True])
    """
    F = class_outputs(W, A, X)
    wanted, sense = aim(y, target, len(F), F.shape[1])
    rivals = F.copy()
    rivals[np.arange(len(F)), wanted] = -np.inf
    first: NDArray[np.bool_] = F[np.arange(len(F)), wanted] > rivals.max(axis=1)
    return ~first if sense > 0.0 else first


def _rays(W: Array, A: Array, X: Array, y: Labels, temperature: float, direction: bool) -> tuple[Array, Array]:
    """r(y), and the z of every input whose loss log(1 + e^z) it raises."""
    F, excess = finite_result(_outputs(W, A, X), "the output"), np.empty(len(X))
    residuals(F, y, temperature, direction, excess)
    return finite_result(_pull_back(F, activation_masks(W, X), W, A), "the gradient"), excess


def class_noises(W: ArrayLike, A: ArrayLike, X: ArrayLike, y: ArrayLike, *, temperature: float = 1.0) -> Array:
    """One-step adversarial noises ``r = Wᵀ D_x Aᵀ (p − e_y)/T`` of the softmax cross-entropy, with certified masks.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    A : array_like of float64, shape (K, m)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    y : array_like of int, shape (n,)
        Classes, from 0 to K − 1.
    temperature : float
        T > 0 in p = softmax(f/T).

    Returns
    -------
    ndarray of float64, shape (n, d)
        One noise per row; it underflows where the network is confident beyond about e^{−745}.

    Raises
    ------
    ValueError, TypeError
        If an array, a label or the temperature is malformed.

    Examples
    --------
    >>> from whp.kernels.multiclass import class_noises
    >>> class_noises([[1.0, 0.0]], [[1.0], [-1.0]], [[0.0, 2.0], [1e-300, 2.0]], [0, 0])
    array([[ 0.,  0.],
           [-1.,  0.]])
    """
    W, A = class_network(W, A)
    return noises(partial(_rays, W, A), inputs(X, W.shape[1]), y, len(A), temperature)


def class_directions(
    W: ArrayLike,
    A: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    temperature: float = 1.0,
    target: ArrayLike | None = None,
) -> Array:
    """Directions of one attack step: r(y), or −r(t) towards the labels `target`, each times a positive number.

    Parameters
    ----------
    W, A, X, y, temperature
        As for `class_noises`.
    target : array_like of int, shape (n,), optional
        Classes to reach: the step then descends their loss instead of climbing that of `y`.

    Returns
    -------
    ndarray of float64, shape (n, d)
        A positive factor per row changes no sign and no direction; these rows do not underflow.

    Raises
    ------
    ValueError, TypeError
        As for `class_noises`.

    Examples
    --------
    >>> from whp.kernels.multiclass import class_directions
    >>> class_directions([[1.0, 0.0]], [[500.0], [-500.0]], [[1.0, 2.0]], [0])
    array([[-1000.,     0.]])
    >>> class_directions([[1.0, 0.0]], [[500.0], [-500.0]], [[1.0, 2.0]], [0], target=[1])
    array([[-1000.,    -0.]])
    """
    W, A = class_network(W, A)
    return directions(partial(_rays, W, A), inputs(X, W.shape[1]), y, len(A), target, temperature)


def class_pgd(
    W: ArrayLike,
    A: ArrayLike,
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
    W, A, X, y, target
        As for `class_directions`.
    radius, step, steps, norm, bounds, restarts, rng
        As for `whp.kernels.attacks.pgd`.

    Returns
    -------
    ndarray of float64, shape (n, d)
        The adversarial examples, within `radius` of `X` as there.

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed, or an output or a gradient overflows.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.multiclass import class_outputs, class_pgd, sample_class_network
    >>> W, A = sample_class_network(100, 16, 3, np.random.default_rng(0))
    >>> x = np.ones((1, 16))
    >>> moved = class_pgd(W, A, x, [1], radius=0.1, step=0.03, steps=5)
    >>> before, after = class_outputs(W, A, np.vstack([x, moved]))
    >>> bool(after[1] - after.max() <= before[1] - before.max()), bool(abs(moved - x).max() <= 0.1)
    (True, True)
    """
    W, A = class_network(W, A)
    X = inputs(X, W.shape[1])
    look = followed(partial(_rays, W, A), y, len(X), len(A), target)
    return climb(look, X, radius=radius, step=step, steps=steps, norm=norm, bounds=bounds, rng=rng, restarts=restarts)


def train_classes(
    W: ArrayLike,
    A: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    learning_rate: float,
    epochs: int,
    momentum: float = 0.0,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    snapshots: Collection[int] = (),
    perturb: Perturb | None = None,
    progress: Callable[[int, float], object] | None = None,
) -> ClassTraining:
    """Gradient descent on both layers of the mean softmax cross-entropy.

    Parameters
    ----------
    W, A, X, y
        As for `class_noises`; the weights before training.
    learning_rate : float
    epochs : int
        Passes over the samples.
    momentum : float
        Heavy-ball momentum μ in [0, 1): ``V ← μV + ∂ℓ/∂W``, ``W ← W − ηV``, and so for A.
    batch_size : int, optional
        Batches of a fresh permutation per epoch, drawn from `rng`; by default all samples in one step per epoch.
    rng : numpy.random.Generator, optional
        Needed with `batch_size`.
    snapshots : collection of int
        Numbers of epochs after which to keep a copy; 0 keeps the start.
    perturb : callable, optional
        ``perturb(W, A, X_batch, y_batch)`` returns what the step is taken on: an attack makes it adversarial training.
    progress : callable, optional
        Called with the epoch and its loss.

    Returns
    -------
    ClassTraining

    Raises
    ------
    ValueError, TypeError
        If an array or option is malformed, or the descent diverges.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.multiclass import sample_class_network, train_classes
    >>> W, A = sample_class_network(50, 3, 3, np.random.default_rng(0))
    >>> trained = train_classes(W, A, 2 * np.eye(3), [0, 1, 2], learning_rate=0.1, epochs=50)
    >>> bool(trained.losses[-1] < 0.1 * trained.losses[0])
    True
    """
    W, A = class_network(W, A)
    X = inputs(X, W.shape[1])
    y = class_labels(y, len(X), len(A))
    return descend(
        W,
        A,
        X,
        y,
        _gradients,
        learning_rate=learning_rate,
        epochs=epochs,
        momentum=momentum,
        batch_size=batch_size,
        rng=rng,
        snapshots=snapshots,
        perturb=perturb,
        progress=progress,
    )
