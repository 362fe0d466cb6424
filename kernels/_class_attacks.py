"""The attack steps that networks with several classes share: noises, directions of a step, and what a climb follows."""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from ._ball import Look
from .validate import Array, Labels, class_labels, positive_number

Rays = Callable[[Array, Labels, float, bool], tuple[Array, Array]]
"""``rays(X, y, temperature, direction)``: r(y), or rows parallel to it, and the z of the losses log(1 + e^z)."""


def noises(rays: Rays, X: Array, y: ArrayLike, classes: int, temperature: float) -> Array:
    """r(y) of every row of `X`."""
    label = class_labels(y, len(X), classes)
    return rays(X, label, positive_number(temperature, "temperature"), False)[0]


def directions(rays: Rays, X: Array, y: ArrayLike, classes: int, target: ArrayLike | None, temperature: float) -> Array:
    """r(y), or −r(t) towards `target`, each times a positive number."""
    label, sense = aim(y, target, len(X), classes)
    return sense * rays(X, label, positive_number(temperature, "temperature"), True)[0]


def followed(rays: Rays, y: ArrayLike, n: int, classes: int, target: ArrayLike | None) -> Look:
    """What `climb` looks at to raise the loss of `y`, or to lower that of `target`."""
    label, sense = aim(y, target, n, classes)

    def look(at: Array) -> tuple[Array, Array]:
        G, scores = rays(at, label, 1.0, True)
        return sense * G, sense * scores

    return look


def aim(y: ArrayLike, target: ArrayLike | None, n: int, classes: int) -> tuple[Labels, float]:
    """The classes whose loss is followed, and +1 to climb or −1 to descend it."""
    label = class_labels(y, n, classes)
    return (label, 1.0) if target is None else (class_labels(target, n, classes, "target"), -1.0)
