"""The networks that the experiments train, dense and convolutional, with one set of names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ....kernels.convolution import (
    convolution_directions,
    convolution_matrix,
    convolution_outputs,
    convolution_pgd,
    sample_convolution,
    train_convolution,
)
from ....kernels.multiclass import (
    ClassTraining,
    class_directions,
    class_outputs,
    class_pgd,
    sample_class_network,
    train_classes,
)

__all__ = ["CONV", "DENSE", "NETWORKS", "Network", "NetworkName"]

Array = NDArray[np.float64]
Shape = tuple[int, ...] | None
NetworkName = Literal["dense", "conv"]


@dataclass(frozen=True)
class Network:
    """Functions of weights (W, A) of one kind of two-layer network.

    Attributes
    ----------
    name : str
    words : str
        What it is, with a place for its width.
    sample : callable
        ``sample(m, d, shape, classes, rng)`` draws (W, A) at initialisation.
    matrix : callable
        ``matrix(W, A)``, shape (K, d): the network without its ReLU; its rows are minus the theory's witnesses.
    outputs, directions, pgd, train : callable
        As those of `whp.kernels.multiclass`.
    """

    name: NetworkName
    words: str
    sample: Callable[[int, int, Shape, int, np.random.Generator], tuple[Array, Array]]
    matrix: Callable[[Array, Array], Array]
    outputs: Callable[[Array, Array, Array], Array]
    directions: Callable[..., Array]
    pgd: Callable[..., Array]
    train: Callable[..., ClassTraining]


def _dense(m: int, d: int, shape: Shape, classes: int, rng: np.random.Generator) -> tuple[Array, Array]:
    return sample_class_network(m, d, classes, rng)


def _dense_matrix(W: Array, A: Array) -> Array:
    product: Array = A @ W
    return product


def _convolution(m: int, d: int, shape: Shape, classes: int, rng: np.random.Generator) -> tuple[Array, Array]:
    if shape is None:
        raise ValueError(
            "found points that are no images; a convolutional network needs height, width and channels: --network dense"
        )
    height, width, channels = shape
    # Every second position: a quarter of the work, and the layer is still wider than its input.
    return sample_convolution(m, (height, width, channels), classes, rng, stride=_STRIDE)


_STRIDE = 2


def _strided(call: Callable[..., Any]) -> Callable[..., Any]:
    def strided(*arrays: Any, **options: Any) -> Any:
        return call(*arrays, **options, stride=_STRIDE)

    return strided


DENSE = Network(
    "dense",
    "two-layer ReLU network of width {m}",
    _dense,
    _dense_matrix,
    class_outputs,
    class_directions,
    class_pgd,
    train_classes,
)

CONV = Network(
    "conv",
    "two-layer ReLU network of {m} convolutional filters of 3×3 pixels, stride 2",
    _convolution,
    _strided(convolution_matrix),
    _strided(convolution_outputs),
    _strided(convolution_directions),
    _strided(convolution_pgd),
    _strided(train_convolution),
)

NETWORKS: dict[str, Network] = {network.name: network for network in (DENSE, CONV)}
