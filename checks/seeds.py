"""One root seed, one stream per named piece of work, whatever the order and the number of workers."""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["seed_sequence"]


def seed_sequence(seed: int, label: str, block: int | None = None) -> np.random.SeedSequence:
    """The stream of block `block` of the work called `label` under the root `seed`.

    Examples
    --------
    >>> a = seed_sequence(0, "init/16", 3).generate_state(1)
    >>> b = seed_sequence(0, "init/16", 3).generate_state(1)
    >>> bool(a == b), bool(a == seed_sequence(0, "init/16", 4).generate_state(1))
    (True, False)
    """
    words = np.frombuffer(hashlib.sha256(label.encode()).digest()[:16], dtype="<u4")
    key = [int(w) for w in words] + ([] if block is None else [block])
    return np.random.SeedSequence(entropy=seed, spawn_key=tuple(key))
