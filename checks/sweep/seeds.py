"""One root seed, one stream per named piece of work, whatever the order and the number of workers."""

from __future__ import annotations

import hashlib

import numpy as np

from ...theory.language.cells import Cell

__all__ = ["draw_label", "seed_sequence"]


def seed_sequence(seed: int, label: str, block: int | None = None) -> np.random.SeedSequence:
    """The stream of block `block` of the work called `label` under the root `seed`.

    Examples
    --------
    >>> a = seed_sequence(0, "walk/16", 3).generate_state(1)
    >>> b = seed_sequence(0, "walk/16", 3).generate_state(1)
    >>> bool(a == b), bool(a == seed_sequence(0, "walk/16", 4).generate_state(1))
    (True, False)
    """
    words = np.frombuffer(hashlib.sha256(label.encode()).digest()[:16], dtype="<u4")
    key = [int(w) for w in words] + ([] if block is None else [block])
    return np.random.SeedSequence(entropy=seed, spawn_key=tuple(key))


def draw_label(model: str, data: str, cell: Cell) -> str:
    """The name of the draws of a model at one place, which fixes their streams.

    Examples
    --------
    >>> draw_label("walk", "-", {"steps": 16, "r": 4})
    'draws/walk/-/steps=16/r=4'
    """
    return f"draws/{model}/{data}/" + "/".join(f"{k}={v}" for k, v in cell.items())
