"""The masks are those of exact arithmetic on the stored numbers, whatever the preactivations look like."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import reference
from whp.kernels import activation_masks, forward, input_gradients, integers, margins, masks, ntk_features, ntk_gram
from whp.kernels.masks import certified_tiles

Array = NDArray[np.float64]


def gradient_masks(W: Array, X: Array) -> NDArray[np.bool_]:
    """Masks as `input_gradients` applies them: with W's rows tagged in an extra coordinate that X ignores."""
    m, d = W.shape
    tagged = np.hstack([W, np.eye(m)])
    padded = np.hstack([X, np.zeros((len(X), m))])
    # A small readout keeps the gradient's other coordinates from overflowing.
    return input_gradients(tagged, np.full(m, 1 / 16), padded)[:, d:] > 1 / 32


def margin_masks(W: Array, X: Array) -> NDArray[np.bool_]:
    """Masks as `margins` applies them, one neuron's tag at a time."""
    m, d = W.shape
    tagged = np.hstack([W, np.eye(m)])
    padded = np.hstack([X, np.zeros((len(X), m))])
    return np.array([margins(tagged, np.ones(m), padded, u) > 0.5 for u in np.eye(d + m)[d:]]).T


def assert_exact(W: Array, X: Array) -> None:
    expected = reference.exact_masks(W, X)
    # 32 inputs or more take the float32 product where the range of the entries allows it, fewer the float64 one.
    many = np.tile(X, (-(-40 // len(X)), 1))
    repeats = len(many) // len(X)
    np.testing.assert_array_equal(activation_masks(W, X), expected)
    np.testing.assert_array_equal(activation_masks(W, many), np.tile(expected, (repeats, 1)))
    np.testing.assert_array_equal(gradient_masks(W, many), np.tile(expected, (repeats, 1)))
    np.testing.assert_array_equal(margin_masks(W, many), np.tile(expected, (repeats, 1)))


@pytest.fixture(autouse=True, params=["floats", "integers"])
def product(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What proposes the signs of 32 inputs or more, whatever the processor, the sizes and the share left open."""
    monkeypatch.setattr(integers, "fast", lambda: request.param == "integers")
    monkeypatch.setattr(masks, "_INTEGER_PRODUCTS", 1)
    monkeypatch.setattr(masks, "_MOST_OPEN", 1.0)
    return str(request.param)


def proposer(W: Array, X: Array) -> Any:
    return next(certified_tiles(W, X)).operands[0].dtype.type


def test_every_product_is_exercised(product: str) -> None:
    rng = np.random.default_rng(0)
    W, X = rng.standard_normal((5, 7)), rng.standard_normal((40, 7))
    assert proposer(W, X[:4]) == np.float64
    assert proposer(W, X) == (np.int16 if product == "integers" else np.float32)
    assert proposer(W, X * 1e-16) == (np.int16 if product == "integers" else np.float64)
    assert proposer(W * 1e16, X) == (np.int16 if product == "integers" else np.float64)
    assert proposer(W, X * 1e-130) == proposer(W * 1e130, X) == np.float64
    assert proposer(np.tile(W, 300), np.tile(X, 300)) == np.float32


def test_integers_are_left_where_they_leave_many_signs_open(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    half, x = rng.standard_normal((64, 20)), rng.standard_normal((64, 20))
    W, ties, X = np.hstack([half, half]), np.hstack([x, -x]), rng.standard_normal((64, 40))
    monkeypatch.setattr(integers, "fast", lambda: True)
    monkeypatch.setattr(masks, "_MOST_OPEN", 1 / 16)
    assert proposer(W, X) == np.int16
    assert proposer(W, ties) == np.float32
    np.testing.assert_array_equal(activation_masks(W, X), X @ W.T > 1e-9)
    assert not activation_masks(W, ties).any()
    # Blocks of inputs of either kind; from the first with ties on, floats decide.
    monkeypatch.setattr(masks, "TILE_ROWS", 33)
    mixed = np.vstack([X[:33], ties, X[33:]])
    kinds = [tile.operands[0].dtype.type for tile in certified_tiles(W, mixed)]
    assert kinds == [np.int16, np.float32, np.float32, np.float32]
    np.testing.assert_array_equal(activation_masks(W, mixed), mixed @ W.T > 1e-9)


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e14, 1e-40, 1e40, 1e-300, 1e300])
def test_exact_ties_are_inactive(scale: float) -> None:
    rng = np.random.default_rng(1)
    half = rng.standard_normal((6, 9)) * scale
    x = rng.standard_normal((3, 9))
    W = np.hstack([half, half])
    X = np.hstack([x, -x])
    assert not activation_masks(W, X).any()
    assert_exact(W, X)


@pytest.mark.parametrize("scale", [1.0, 1e-40, 1e150])
def test_one_ulp_either_side_of_a_tie(scale: float) -> None:
    rng = np.random.default_rng(2)
    half = rng.standard_normal((8, 16)) * scale
    x = rng.standard_normal((2, 16))
    W = np.hstack([half, half])
    for r in range(8):
        W[r, 3 * r % 32] = np.nextafter(W[r, 3 * r % 32], np.inf if r % 2 else -np.inf)
    assert_exact(W, np.hstack([x, -x]))


def test_bits_far_below_the_leading_term_decide() -> None:
    W = np.array(
        [
            [1.0, 2.0**-60, 2.0**-130, -1.0, -(2.0**-60)],
            [1.0, 2.0**-60, -(2.0**-130), -1.0, -(2.0**-60)],
            [1.0, 2.0**-60, 0.0, -1.0, -(2.0**-60)],
            [2.0**1000, 1.0, 2.0**-1000, -(2.0**1000), -1.0],
            [2.0**1000, 1.0, -(2.0**-1000), -(2.0**1000), -1.0],
        ]
    )
    X = np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [-1.0, -1.0, -1.0, -1.0, -1.0]])
    assert activation_masks(W, X).tolist() == [[True, False, False, True, False], [False, True, False, False, True]]
    assert_exact(W, X)


@pytest.mark.parametrize("last", [0.0, 2.0**-200, -(2.0**-200)])
def test_cancelling_sum_of_a_hundred_thousand_terms(last: float) -> None:
    rng = np.random.default_rng(3)
    half = rng.standard_normal(50_000) * 10.0 ** rng.uniform(-8, 8, 50_000)
    w = np.concatenate([half, half, [1.0]])
    x = rng.standard_normal(50_000)
    order = rng.permutation(100_001)
    W = w[order][None, :]
    X = np.concatenate([x, -x, [last]])[order][None, :]
    expected = [[last > 0.0]]
    assert activation_masks(W, X).tolist() == expected
    assert activation_masks(W, np.tile(X, (40, 1))).tolist() == expected * 40


def test_denormal_and_huge_entries() -> None:
    tiny, huge = 5e-324, np.finfo(float).max
    W = np.array(
        [
            [tiny, 0.0, 0.0],
            [-tiny, 0.0, 0.0],
            [huge, huge, huge],
            [huge, -huge, tiny],
            [huge, -huge, -tiny],
            [0.0, 0.0, 0.0],
            [1e-310, -1e-310, tiny],
        ]
    )
    X = np.array([[tiny, tiny, tiny], [1.0, 1.0, 1.0], [huge, huge, -huge], [0.0, 0.0, 0.0], [-tiny, 1e-160, 1e160]])
    assert_exact(W, X)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_random_ties_match_rational_arithmetic(data: st.DataObject) -> None:
    entry = st.sampled_from([0.0, 1.0, -1.0, 3.0, -3.0, 0.1, -0.1, 1e-17, -1e-17, 2.0**60, -(2.0**60), 1e-200, 1e200])
    anything = st.floats(allow_nan=False, allow_infinity=False, width=64)
    d = data.draw(st.integers(1, 6))
    row = st.lists(st.one_of(entry, anything), min_size=d, max_size=d)
    W = np.array(data.draw(st.lists(row, min_size=1, max_size=4)))
    X = np.array(data.draw(st.lists(row, min_size=1, max_size=3)))
    np.testing.assert_array_equal(activation_masks(W, X), reference.exact_masks(W, X))
    np.testing.assert_array_equal(
        activation_masks(W, np.tile(X, (32, 1))), np.tile(reference.exact_masks(W, X), (32, 1))
    )


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.floats(-1.0, 1.0))
def test_near_ties_in_float32_match_rational_arithmetic(seed: int, d: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((6, d))
    X = rng.standard_normal((40, d))
    # Each input is pushed onto the hyperplane of one neuron, up to a rounding or a float32 rounding.
    for i, x in enumerate(X):
        w = W[i % 6]
        x -= (w @ x / (w @ w)) * w
        x += offset * 10.0 ** rng.uniform(-18, -6) * w
    np.testing.assert_array_equal(activation_masks(W, X), reference.exact_masks(W, X))


def test_plain_float32_signs_would_fail_these_tests() -> None:
    rng = np.random.default_rng(4)
    W = rng.standard_normal((6, 30))
    X = rng.standard_normal((60, 30))
    for i, x in enumerate(X):
        x -= (W[i % 6] @ x / (W[i % 6] @ W[i % 6])) * W[i % 6]
    expected = reference.exact_masks(W, X)
    np.testing.assert_array_equal(activation_masks(W, X), expected)
    assert ((X.astype(np.float32) @ W.T.astype(np.float32) > 0) != expected).any()
    assert ((X @ W.T > 0) != expected).any()


def test_masks_do_not_depend_on_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    W, X = rng.integers(-3, 4, (300, 6)) * 0.1, rng.integers(-3, 4, (100, 6)) * 0.1
    whole = activation_masks(W, X)
    monkeypatch.setattr(masks, "TILE_ROWS", 33)
    monkeypatch.setattr(masks, "TILE_ENTRIES", 33 * 70)
    assert next(certified_tiles(W, X)).shape == (33, 70)
    np.testing.assert_array_equal(activation_masks(W, X), whole)


@pytest.mark.parametrize("scale", [1.0, 1e-40, 1e-150])
def test_preactivations_are_positive_just_where_the_masks_are_active(scale: float) -> None:
    rng = np.random.default_rng(8)
    half, x = rng.standard_normal((30, 16)) * scale, rng.standard_normal((5, 16))
    W, X = np.hstack([half, half]), np.hstack([x, -x])
    W[::2, 3] = np.nextafter(W[::2, 3], np.inf)
    active = reference.exact_masks(W, X)
    assert ((X @ W.T > 0) != active).any()
    features = ntk_features(W, np.ones(30), X)
    np.testing.assert_array_equal(features[:, :30] > 0.0, active)
    # The sign is put right, the value stays within its rounding.
    assert features[:, :30].max() <= 1e-13 * scale
    np.testing.assert_array_equal(features[:, 30:].reshape(5, 30, 32).any(axis=2), active)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_not_finite_is_refused_where_it_is(bad: float, dtype: type[np.floating[Any]]) -> None:
    rng = np.random.default_rng(9)
    W, X, a = rng.standard_normal((70, 300)), rng.standard_normal((40, 300)), np.ones(70)
    for name, array, other in (("W", W, (a, X)), ("X", X, (W, a))):
        broken = array.copy()
        broken[33, 257] = bad
        arguments = (broken, *other) if name == "W" else (*other, broken)
        for call in (forward, margins, input_gradients, ntk_gram):
            with pytest.raises(ValueError, match=rf"{name} must be finite, found {bad} at index \(33, 257\)"):
                call(*arguments, dtype=dtype)
        with pytest.raises(ValueError, match=rf"{name} must be finite"):
            activation_masks(arguments[0], arguments[-1])
    with pytest.raises(ValueError, match="Y must be finite"):
        ntk_gram(W, a, X, broken, dtype=dtype)


def test_dead_neurons_and_zero_inputs_are_inactive() -> None:
    rng = np.random.default_rng(6)
    W, X = rng.standard_normal((50, 8)), rng.standard_normal((40, 8))
    W[::2], X[::3] = 0.0, -0.0
    active = activation_masks(W, X)
    assert not active[:, ::2].any()
    assert not active[::3].any()
    np.testing.assert_array_equal(active, reference.exact_masks(W, X))


def test_a_network_of_ties_takes_microseconds_per_entry() -> None:
    rng = np.random.default_rng(7)
    half, x = rng.standard_normal((200, 128)), rng.standard_normal((100, 128))
    W, X = np.hstack([half, half]), np.hstack([x, -x])
    activation_masks(W[:2], X)
    start = time.process_time()
    assert not activation_masks(W, X).any()
    # 20,000 ties of 256 products: about 0.1 s on an idle core; the limit only catches a change of order.
    assert time.process_time() - start < 5.0
