"""Patches of images as rows of a matrix (im2col), with zeros outside the image, and the adjoint of that."""

from __future__ import annotations

import numpy as np

from .jit import kernel
from .validate import Array


@kernel
def patches(X: Array, h: int, w: int, C: int, side: int, stride: int) -> Array:
    # Row (i, u, v) is the patch of image i around (stride·u, stride·v), zero outside the image.
    n, reach = X.shape[0], side // 2
    images = X.reshape(n, h, w, C)
    rows = np.zeros((n * (h // stride) * (w // stride), side * side * C))
    at = 0
    for i in range(n):
        for top in range(-reach, h - reach, stride):
            for left in range(-reach, w - reach, stride):
                for p in range(max(0, -top), min(side, h - top)):
                    for q in range(max(0, -left), min(side, w - left)):
                        for c in range(C):
                            rows[at, (p * side + q) * C + c] = images[i, top + p, left + q, c]
                at += 1
    return rows


@kernel
def overlaid(rows: Array, n: int, h: int, w: int, C: int, side: int, stride: int) -> Array:
    # The adjoint of `patches`: every patch is added where it was taken.
    reach = side // 2
    images = np.zeros((n, h, w, C))
    at = 0
    for i in range(n):
        for top in range(-reach, h - reach, stride):
            for left in range(-reach, w - reach, stride):
                for p in range(max(0, -top), min(side, h - top)):
                    for q in range(max(0, -left), min(side, w - left)):
                        for c in range(C):
                            images[i, top + p, left + q, c] += rows[at, (p * side + q) * C + c]
                at += 1
    return images.reshape(n, h * w * C)
