"""Products of rounded rows are exact, their bound covers what the rounding changes, and a smaller bound would not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from whp.kernels import activation_masks, integers, masks

Array = NDArray[np.float64]
SHAPES = [(1, 1, 1), (5, 40, 3), (12, 32, 8), (37, 77, 33), (40, 130, integers.DIMENSION)]


def rounded(W: Array, X: Array) -> tuple[Array, Array, Array, Array]:
    """Rounded inputs and neurons as matrices, the product, and the bounds."""
    (m, d), n = W.shape, len(X)
    Q, P = integers.room(n, m, d)
    errors = np.empty(n)
    worst = integers.round_neurons(W, masks.row_norms(W, "W"), P)
    integers.round_inputs(X, masks.row_norms(X, "X"), Q, errors)
    H = np.empty((n, m), np.float32)
    integers.multiply(Q, P, H, 0, n)
    neurons = P.reshape(len(P), -1, integers.LANES, 2).swapaxes(1, 2).reshape(len(P) * integers.LANES, -1)[:m]
    return Q[:n].astype(float), neurons.astype(float), H, integers.bounds(errors, worst)


@pytest.mark.parametrize(("n", "m", "d"), SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_products_are_exact_and_within_their_bound(n: int, m: int, d: int, dtype: Any) -> None:
    rng = np.random.default_rng([n, m, d])
    W = (rng.standard_normal((m, d)) * 10.0 ** rng.integers(-9, 9, (m, 1))).astype(dtype)
    X = (rng.standard_normal((n, d)) * 10.0 ** rng.integers(-9, 9, (n, 1))).astype(dtype)
    X[0] = 0.0
    Q, P, H, limits = rounded(W, X)
    np.testing.assert_array_equal(H, (Q @ P.T).astype(np.float32))
    scales = [46_000.0 / masks.row_norms(A, "A") for A in (W, X[1:])]
    # One entry that outweighs the others is what limits the scale.
    for A, scale in zip((W, X[1:]), scales, strict=True):
        np.minimum(scale, 32_766.0 / np.abs(A).max(axis=1, initial=0.0), out=scale)
    exact = (X[1:] * scales[1][:, None]) @ (W * scales[0][:, None]).T
    assert (np.abs(exact - H[1:]) <= limits[1:, None]).all()
    assert limits[0] == 0.0
    assert not H[0].any()


def test_rows_of_one_entry_and_of_equal_ones_stay_below_the_limits_of_their_types() -> None:
    d = integers.DIMENSION
    rows = np.vstack([np.eye(d)[:3], -np.eye(d)[:2], np.ones((2, d)), -np.ones((1, d)), np.full((1, d), 1e-100)])
    Q, P, H, limits = rounded(rows, rows)
    assert np.abs(Q).max() <= 32_767
    assert np.abs(Q @ P.T).max() < 2**31
    np.testing.assert_array_equal(H, (Q @ P.T).astype(np.float32))
    sure = np.abs(H) > limits[:, None]
    np.testing.assert_array_equal(np.sign(H)[sure], np.sign(np.sign(rows) @ np.sign(rows).T)[sure])
    assert sure.mean() > 0.5


def test_a_bound_that_is_too_small_gives_wrong_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    W, X = rng.standard_normal((200, 60)), rng.standard_normal((200, 60))
    # Inputs near the hyperplanes, on the side that the rounding hides.
    for i, x in enumerate(X):
        x -= (W[i] @ x / (W[i] @ W[i])) * (1.0 - 1e-9) * W[i]
    monkeypatch.setattr(integers, "fast", lambda: True)
    monkeypatch.setattr(masks, "_INTEGER_PRODUCTS", 1)
    truth = X @ W.T > 0
    np.testing.assert_array_equal(activation_masks(W, X), truth)
    monkeypatch.setattr(integers, "bounds", lambda errors, worst: np.full(len(errors), 1.0, np.float32))
    assert (activation_masks(W, X) != truth).any()


def test_the_bound_leaves_few_signs_open() -> None:
    rng = np.random.default_rng(4)
    W, X = rng.standard_normal((96, 512)), rng.standard_normal((50, 512))
    _, _, H, limits = rounded(W, X)
    assert 0.001 < (np.abs(H) <= limits[:, None]).mean() < 0.01
    Q, P = integers.room(50, 96, 512)
    errors = np.empty(50)
    integers.round_neurons(W, masks.row_norms(W, "W"), P)
    integers.round_inputs(X, masks.row_norms(X, "X"), Q, errors)
    assert integers.share_open(Q, P, 50, 96, limits) < 0.05
    assert integers.share_open(Q, P, 50, 96, 1e9 * limits) == 1.0
