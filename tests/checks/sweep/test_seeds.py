"""Streams of random numbers are distinct and repeatable."""

import numpy as np
from whp.checks.sweep.seeds import seed_sequence


def test_streams_differ_by_label_and_block_and_repeat():
    states = {
        tuple(seed_sequence(seed, label, block).generate_state(4))
        for seed in (0, 1)
        for label in ("a", "b")
        for block in (None, 0, 1)
    }
    assert len(states) == 12
    assert np.array_equal(seed_sequence(3, "x", 2).generate_state(4), seed_sequence(3, "x", 2).generate_state(4))
