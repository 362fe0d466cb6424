"""Sums over a lattice settle, or say that they do not."""

from __future__ import annotations

import numpy as np
import pytest
from whp.theory.laws.lattice import log_lattice_integral


def test_an_integral_without_end_is_an_error():
    with pytest.raises(ValueError, match="did not settle"):
        log_lattice_integral(lambda x, y: np.where(x * y > 0, 0.0, -1e6), [(-1.0, 1.0), (-1.0, 1.0)])
