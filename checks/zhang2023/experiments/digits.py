"""scikit-learn's digits with their ten classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....kernels import on_sphere

__all__ = ["DigitClasses", "load_digit_classes"]


@dataclass(frozen=True)
class DigitClasses:
    """scikit-learn's digits with their ten classes.

    Attributes
    ----------
    X : ndarray of float64, shape (1797, 64)
        Images on the sphere of radius √d.
    y : ndarray of int64, shape (1797,)
        Classes 0 to 9.
    pixel : float
        What the range of a pixel, from black to white, has become in the rescaled images, on average.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    pixel: float


def load_digit_classes() -> DigitClasses:
    """scikit-learn's 1797 digits (d = 64) scaled to ‖x‖ = √d, with their classes.

    Examples
    --------
    >>> digits = load_digit_classes()
    >>> digits.X.shape, int(digits.y.max()), round(digits.pixel, 2)
    ((1797, 64), 9, 2.08)
    """
    from sklearn.datasets import load_digits as bundled  # scikit-learn takes a second: keeps the command line light

    raw, digit = bundled(return_X_y=True)
    X = on_sphere(raw, normalize=True)
    return DigitClasses(X, digit.astype(np.int64), float(np.mean(16.0 * X.max(axis=1) / raw.max(axis=1))))
