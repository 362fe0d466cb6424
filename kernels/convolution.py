"""Two-layer convolutional networks with several classes: their input noises, attacks and descent.

With filters W (k, s, s, C), s odd, and a readout A (K, h', w', k), an image x (h, w, C), stride t and zero padding
(s − 1)/2, so that h = t h' and w = t w',

    H_{uvj}  = Σ_{pqc} W_{jpqc} x_{tu+p−(s−1)/2, tv+q−(s−1)/2, c},
    f_l(x)   = Σ_{uvj} A_{luvj} σ(H_{uvj}),
    r_x      = ∂ℓ/∂x,   ℓ(x, y) = −log softmax(f/T)_y.

Images enter flattened, one per row, in the order (height, width, channel). A patch of the image is a row of a matrix
(im2col), so that every sum above is a matrix product; the gates of r_x are certified as those of dense networks are.
At initialisation W has independent N(0, 1/(s²C)) entries and A independent N(0, 1/(k h' w')) ones: with ‖x‖ = √d a
preactivation is of order 1, as in the dense network with N(0, 1/d) and N(0, 1/m).

See Also
--------
whp.kernels.multiclass : the dense network, with the same names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._ball import climb
from ._class_attacks import directions, followed, noises
from ._class_descent import ClassTraining, Perturb, descend
from ._patches import overlaid, patches
from .jit import kernel
from .masks import activation_masks
from .multiclass import residuals
from .validate import (
    Array,
    Labels,
    class_labels,
    finite_result,
    generator,
    inputs,
    positive_int,
    real_array,
)

__all__ = [
    "convolution_directions",
    "convolution_matrix",
    "convolution_noises",
    "convolution_outputs",
    "convolution_pgd",
    "sample_convolution",
    "train_convolution",
]

# Entries of patches and hidden units that are held at a time.
_PIECE = 2**22


class _Network(NamedTuple):
    W: Array
    A: Array
    stride: int

    @property
    def image(self) -> tuple[int, int, int]:
        return self.A.shape[1] * self.stride, self.A.shape[2] * self.stride, self.W.shape[3]

    @property
    def filters(self) -> Array:
        return self.W.reshape(len(self.W), -1)

    @property
    def readout(self) -> Array:
        return self.A.reshape(len(self.A), -1)

    def pieces(self, n: int) -> Iterator[slice]:
        """Rows of as many images as fit into `_PIECE` entries."""
        each = self.A[0, :, :, 0].size * (len(self.W) + self.W[0].size)
        size = max(1, _PIECE // each)
        return (slice(start, start + size) for start in range(0, n, size))


@kernel
def _forward(rows: Array, filters: Array, readout: Array) -> tuple[Array, Array]:
    hidden = np.dot(rows, filters.T)
    for i in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            # A NaN stays one: the outputs tell of it.
            hidden[i, j] = 0.0 if hidden[i, j] <= 0.0 else hidden[i, j]
    return hidden, np.dot(hidden.reshape(-1, readout.shape[1]), readout.T)


@kernel
def _pull_back(q: Array, gates: NDArray[np.bool_], filters: Array, readout: Array) -> Array:
    back = np.dot(q, readout).reshape(-1, filters.shape[0])
    for i in range(back.shape[0]):
        for j in range(back.shape[1]):
            if not gates[i, j]:
                back[i, j] = 0.0
    rows: Array = np.dot(back, filters)
    return rows


@kernel
def _add_gradients(q: Array, rows: Array, hidden: Array, readout: Array, GW: Array, GA: Array) -> None:
    n, k = q.shape[0], hidden.shape[1]
    GA += np.dot(q.T, hidden.reshape(n, -1))
    back = np.dot(q, readout).reshape(-1, k)
    for i in range(back.shape[0]):
        for j in range(k):
            if not hidden[i, j] > 0.0:
                back[i, j] = 0.0
    GW += np.dot(back.T, rows)


def _network(W: ArrayLike, A: ArrayLike, stride: int) -> _Network:
    W = real_array(W, "W", (None, None, None, None))
    if W.shape[1] != W.shape[2] or W.shape[1] % 2 == 0:
        raise ValueError(f"W has filters of {W.shape[1]}×{W.shape[2]} pixels, but squares of odd side are needed")
    A = real_array(A, "A", (None, None, None, W.shape[0]))
    if len(A) < 2:
        raise ValueError(f"A has {len(A)} row, but one row per class and at least 2 are needed")
    return _Network(W, A, positive_int(stride, "stride"))


def _images(net: _Network, X: ArrayLike) -> Array:
    return inputs(X, math.prod(net.image))


def _rows(net: _Network, X: Array) -> Array:
    rows: Array = patches(X, *net.image, net.W.shape[1], net.stride)
    return rows


def _all_outputs(net: _Network, X: Array) -> Array:
    parts = [_forward(_rows(net, X[piece]), net.filters, net.readout)[1] for piece in net.pieces(len(X))]
    return finite_result(np.concatenate(parts), "the output")


def _rays(net: _Network, X: Array, y: Labels, temperature: float, direction: bool) -> tuple[Array, Array]:
    """r(y), and the z of every input whose loss log(1 + e^z) it raises."""
    found, excess = np.empty_like(X), np.empty(len(X))
    for piece in net.pieces(len(X)):
        rows = _rows(net, X[piece])
        q = finite_result(_forward(rows, net.filters, net.readout)[1], "the output")
        residuals(q, y[piece], temperature, direction, excess[piece])
        pulled = _pull_back(q, activation_masks(net.filters, rows), net.filters, net.readout)
        found[piece] = overlaid(pulled, len(q), *net.image, net.W.shape[1], net.stride)
    return finite_result(found, "the gradient"), excess


def sample_convolution(
    filters: int,
    shape: tuple[int, int, int],
    classes: int,
    rng: np.random.Generator,
    *,
    side: int = 3,
    stride: int = 1,
) -> tuple[Array, Array]:
    """Draw a convolutional network at random initialisation.

    Parameters
    ----------
    filters : int
        Their number k.
    shape : (int, int, int)
        Height, width and channels C of the images; height and width are multiples of `stride`.
    classes : int
        Number of classes K.
    rng : numpy.random.Generator
    side : int
        Side s of a filter in pixels, odd.
    stride : int
        Pixels from one position to the next.

    Returns
    -------
    W : ndarray of float64, shape (k, s, s, C)
        Independent N(0, 1/(s²C)) entries.
    A : ndarray of float64, shape (K, height/stride, width/stride, k)
        Independent N(0, stride²/(k · height · width)) entries, independent of `W`.

    Raises
    ------
    ValueError, TypeError
        If a size is malformed, `side` is even, or there are fewer than two classes.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.convolution import sample_convolution
    >>> W, A = sample_convolution(4, (32, 32, 3), 10, np.random.default_rng(0), side=5, stride=2)
    >>> W.shape, A.shape
    ((4, 5, 5, 3), (10, 16, 16, 4))
    """
    k, K, side, stride = (
        positive_int(value, name)
        for value, name in ((filters, "filters"), (classes, "classes"), (side, "side"), (stride, "stride"))
    )
    if len(shape) != 3:
        raise ValueError(f"shape must be (height, width, channels), found {shape!r}")
    h, w, C = (positive_int(length, "shape") for length in shape)
    if h % stride or w % stride:
        raise ValueError(f"stride must divide height and width, found {stride} for {h}×{w} pixels")
    if side % 2 == 0:
        raise ValueError(f"side must be odd, found {side}")
    if K < 2:
        raise ValueError(f"classes must be at least 2, found {K}")
    generator(rng)
    W = rng.standard_normal((k, side, side, C))
    A = rng.standard_normal((K, h // stride, w // stride, k))
    return W / math.sqrt(W[0].size), A / math.sqrt(A[0].size)


def convolution_outputs(W: ArrayLike, A: ArrayLike, X: ArrayLike, *, stride: int = 1) -> Array:
    """Outputs f(x), one row per image.

    Parameters
    ----------
    W : array_like of float64, shape (k, s, s, C)
        Filters of odd side, dimensionless.
    A : array_like of float64, shape (K, h', w', k)
        Readout weights of every position, dimensionless.
    X : array_like of float64, shape (n, d)
        Images of (h' · stride, w' · stride, C), flattened in this order, dimensionless.
    stride : int

    Returns
    -------
    ndarray of float64, shape (n, K)

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, or there are fewer than two classes.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.convolution import convolution_outputs
    >>> W, A = np.ones((1, 3, 3, 1)), np.stack([np.ones((2, 2, 1)), np.eye(2)[:, :, None]])
    >>> convolution_outputs(W, A, [[1.0, 2.0, 3.0, 4.0]])
    array([[40., 20.]])
    """
    net = _network(W, A, stride)
    return _all_outputs(net, _images(net, X))


def convolution_noises(
    W: ArrayLike, A: ArrayLike, X: ArrayLike, y: ArrayLike, *, temperature: float = 1.0, stride: int = 1
) -> Array:
    """One-step adversarial noises ``r = ∂ℓ/∂x`` of the softmax cross-entropy, with certified gates.

    Parameters
    ----------
    W, A, X, stride
        As for `convolution_outputs`.
    y : array_like of int, shape (n,)
        Classes, from 0 to K − 1.
    temperature : float
        T > 0 in p = softmax(f/T).

    Returns
    -------
    ndarray of float64, shape (n, d)
        One noise per row, flattened as the images are.

    Raises
    ------
    ValueError, TypeError
        If an array, a label or an option is malformed.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.convolution import convolution_noises
    >>> W, A = np.ones((1, 1, 1, 1)), np.array([[[[1.0]]], [[[-1.0]]]])
    >>> convolution_noises(W, A, [[0.0], [1e-300]], [0, 0])
    array([[ 0.],
           [-1.]])
    """
    net = _network(W, A, stride)
    return noises(partial(_rays, net), _images(net, X), y, len(net.A), temperature)


def convolution_directions(
    W: ArrayLike,
    A: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    temperature: float = 1.0,
    target: ArrayLike | None = None,
    stride: int = 1,
) -> Array:
    """Directions of one attack step: r(y), or −r(t) towards the labels `target`, each times a positive number.

    Parameters
    ----------
    W, A, X, y, temperature, stride
        As for `convolution_noises`.
    target : array_like of int, shape (n,), optional
        Classes to reach: the step then descends their loss instead of climbing that of `y`.

    Returns
    -------
    ndarray of float64, shape (n, d)
        A positive factor per row changes no sign and no direction; these rows do not underflow.

    Raises
    ------
    ValueError, TypeError
        As for `convolution_noises`.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.convolution import convolution_directions
    >>> W, A = np.ones((1, 1, 1, 1)), np.array([[[[500.0]]], [[[-500.0]]]])
    >>> convolution_directions(W, A, [[2.0]], [0])
    array([[-1000.]])
    """
    net = _network(W, A, stride)
    return directions(partial(_rays, net), _images(net, X), y, len(net.A), target, temperature)


def convolution_pgd(
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
    stride: int = 1,
) -> Array:
    """Projected gradient descent in a ball around every image; the best point met is kept, the image among them.

    Parameters
    ----------
    W, A, X, y, target, stride
        As for `convolution_directions`.
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
    >>> from whp.kernels.convolution import convolution_outputs, convolution_pgd, sample_convolution
    >>> W, A = sample_convolution(8, (4, 4, 3), 3, np.random.default_rng(0))
    >>> x = np.ones((1, 48))
    >>> moved = convolution_pgd(W, A, x, [1], radius=0.1, step=0.03, steps=5)
    >>> before, after = convolution_outputs(W, A, np.vstack([x, moved]))
    >>> bool(after[1] - after.max() <= before[1] - before.max()), bool(abs(moved - x).max() <= 0.1)
    (True, True)
    """
    net = _network(W, A, stride)
    X = _images(net, X)
    look = followed(partial(_rays, net), y, len(X), len(net.A), target)
    return climb(look, X, radius=radius, step=step, steps=steps, norm=norm, bounds=bounds, rng=rng, restarts=restarts)


def convolution_matrix(W: ArrayLike, A: ArrayLike, *, stride: int = 1) -> Array:
    """The network without its ReLU as one matrix M: f(x) would be Mx. For a dense network it is AW.

    Parameters
    ----------
    W, A, stride
        As for `convolution_outputs`.

    Returns
    -------
    ndarray of float64, shape (K, d)

    Raises
    ------
    ValueError, TypeError
        If an array or the stride is malformed.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.convolution import convolution_matrix
    >>> convolution_matrix(np.ones((1, 3, 3, 1)), np.stack([np.ones((2, 2, 1)), np.zeros((2, 2, 1))]))
    array([[4., 4., 4., 4.],
           [0., 0., 0., 0.]])
    """
    net = _network(W, A, stride)
    K = len(net.A)
    rows = _pull_back(np.eye(K), np.ones((net.A[..., 0].size, len(net.W)), np.bool_), net.filters, net.readout)
    return finite_result(overlaid(rows, K, *net.image, net.W.shape[1], net.stride), "the matrix")


def train_convolution(
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
    stride: int = 1,
) -> ClassTraining:
    """Gradient descent on filters and readout of the mean softmax cross-entropy.

    Parameters
    ----------
    W, A, X, y, stride
        As for `convolution_noises`; the weights before training.
    learning_rate, epochs, momentum, batch_size, rng, snapshots, perturb, progress
        As for `whp.kernels.multiclass.train_classes`.

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
    >>> from whp.kernels.convolution import sample_convolution, train_convolution
    >>> W, A = sample_convolution(16, (2, 2, 1), 3, np.random.default_rng(0))
    >>> X = [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]]
    >>> trained = train_convolution(W, A, X, [0, 1, 2], learning_rate=0.2, epochs=80, momentum=0.5)
    >>> bool(trained.losses[-1] < 0.1 * trained.losses[0])
    True
    """
    net = _network(W, A, stride)
    X = _images(net, X)

    def gradients(W: Array, A: Array, x: Array, y: Labels, GW: Array, GA: Array) -> float:
        now, loss, excess = _Network(W, A, net.stride), 0.0, np.empty(len(x))
        filters, readout = now.filters, now.readout
        flat_W, flat_A = GW.reshape(filters.shape), GA.reshape(readout.shape)
        flat_W[:], flat_A[:] = 0.0, 0.0
        for piece in now.pieces(len(x)):
            rows = _rows(now, x[piece])
            hidden, q = _forward(rows, filters, readout)
            loss += residuals(q, y[piece], 1.0, False, excess[piece]) * len(q) / len(x)
            q /= len(x)
            _add_gradients(q, rows, hidden, readout, flat_W, flat_A)
        return loss

    return descend(
        net.W,
        net.A,
        X,
        class_labels(y, len(X), len(net.A)),
        gradients,
        learning_rate=learning_rate,
        epochs=epochs,
        momentum=momentum,
        batch_size=batch_size,
        rng=rng,
        snapshots=snapshots,
        perturb=perturb,
        progress=progress,
    )
