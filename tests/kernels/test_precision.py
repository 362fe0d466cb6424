"""float32 in and out: values near the float64 ones, masks of the rounded numbers exact, extreme numbers widened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles import reference
from whp.kernels import forward, input_gradients, margins, ntk_gram, sample_network
from whp.kernels import masks as certified
from whp.kernels.direct import stored

Array = NDArray[np.float64]
CALLS = {"forward": forward, "margins": margins, "input_gradients": input_gradients, "ntk_gram": ntk_gram}


def problem(m: int, d: int, n: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng([m, d, n])
    W, a = sample_network(m, d, rng)
    return W.astype(np.float32), a.astype(np.float32), rng.standard_normal((n, d)).astype(np.float32)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("m", "d", "n"), [(1, 1, 1), (40, 7, 12), (700, 33, 90)])
def test_float32_is_kept_and_right_to_its_precision(name: str, m: int, d: int, n: int) -> None:
    W, a, X = problem(m, d, n)
    call = CALLS[name]
    low, high = call(W, a, X, dtype=np.float32), call(W, a, X)
    assert (low.dtype, high.dtype) == (np.float32, np.float64)
    assert np.abs(low - high).max() <= 2e-6 * max(np.abs(high).max(), 1e-3)
    # Given in float64, the numbers are rounded first.
    again = call(W.astype(np.float64), a.astype(np.float64), X.astype(np.float64), dtype=np.float32)
    np.testing.assert_array_equal(again, low)


def test_the_kernel_between_two_sets_is_kept_in_float32() -> None:
    W, a, X = problem(300, 20, 40)
    low = ntk_gram(W, a, X, X[:7], dtype=np.float32)
    assert low.dtype == np.float32
    np.testing.assert_allclose(low, ntk_gram(W, a, X)[:, :7], rtol=1e-4, atol=1e-3)
    gram = ntk_gram(W, a, X, dtype=np.float32)
    assert (gram == gram.T).all()


def test_masks_are_those_of_the_rounded_numbers() -> None:
    rng = np.random.default_rng(1)
    W = rng.standard_normal((40, 9)).astype(np.float32)
    X = rng.standard_normal((60, 9)).astype(np.float32)
    # Inputs nearly on the hyperplanes: float32 products get many of these signs wrong.
    for i, x in enumerate(X):
        w = W[i % 40].astype(np.float64)
        X[i] = (x - (x @ w) / (w @ w) * w).astype(np.float32)
    exact = reference.exact_masks(W.astype(np.float64), X.astype(np.float64))
    plain = X @ W.T > 0
    assert (plain != exact).sum() > 5
    tagged = np.hstack([W, np.eye(40, dtype=np.float32)])
    padded = np.hstack([X, np.zeros((60, 40), np.float32)])
    found = input_gradients(tagged, np.ones(40), padded, dtype=np.float32)[:, 9:] > 0.5
    np.testing.assert_array_equal(found, exact)
    for r in range(40):
        tag = np.eye(49)[9 + r]
        np.testing.assert_array_equal(margins(tagged, np.ones(40), padded, tag, dtype=np.float32) > 0.5, exact[:, r])


def test_numbers_beyond_the_safe_range_are_widened() -> None:
    W, a, X = problem(30, 5, 8)
    small, large = (1e-25 * W).astype(np.float32), (1e25 * X).astype(np.float32)
    low = forward(small, a, large, dtype=np.float32)
    assert low.dtype == np.float32
    np.testing.assert_allclose(low, forward(small, a, large), rtol=1e-6)
    np.testing.assert_allclose(ntk_gram(small, a, X, X, dtype=np.float32), ntk_gram(small, a, X, X), rtol=1e-6)
    with pytest.raises(ValueError, match="the output overflows"):
        forward((1e25 * W).astype(np.float32), a, large, dtype=np.float32)
    with pytest.raises(ValueError, match=r"W must be finite, found -?inf"):
        forward(1e200 * W.astype(np.float64), a, X, dtype=np.float32)
    with pytest.raises(ValueError, match="dtype must be float64 or float32, found float16"):
        forward(W, a, X, dtype=np.float16)


def test_a_wide_network_is_multiplied_in_float32() -> None:
    W, a, X = problem(5000, 2, 3)
    assert stored(W, a, X, np.float32).W.dtype == np.float32
    assert stored(1e25 * W, a, X, np.float32).W.dtype == np.float64


def test_rows_are_shared_among_threads_without_a_change_of_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    W, a, X = problem(300, 6, 37)
    whole = [call(W, a, X) for call in (margins, input_gradients)]
    monkeypatch.setattr(certified, "_SHARED", 1)
    for threads in (1, 2, 5, 64):
        monkeypatch.setattr(certified.numba, "get_num_threads", lambda threads=threads: threads)
        for call, expected in zip((margins, input_gradients), whole, strict=True):
            np.testing.assert_array_equal(call(W, a, X), expected)
