"""The tangent kernel of a given network: its features, autodiff, blocks and hard geometry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import reference
from whp.kernels import ntk_features, ntk_gram, on_sphere, sample_network

Array = NDArray[np.float64]


def problem(m: int, d: int, n: int, seed: int = 0) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng([seed, m, d, n])
    W, a = sample_network(m, d, rng)
    return W, a, on_sphere(rng.standard_normal((n, d)), normalize=True)


@pytest.mark.parametrize(("m", "d", "n"), [(1, 1, 1), (3, 2, 5), (40, 7, 12), (300, 5, 60)])
def test_features_are_the_parameter_gradients(m: int, d: int, n: int) -> None:
    W, a, X = problem(m, d, n)
    expected = np.array([reference.tangent_features(W, a, x) for x in X])
    np.testing.assert_allclose(ntk_features(W, a, X), expected, rtol=1e-12, atol=1e-14)


def test_features_and_kernel_agree_with_autodiff() -> None:
    W, a, X = problem(23, 6, 9)

    def outputs(theta: Any) -> Any:
        return anp.dot(anp.maximum(anp.dot(X, anp.reshape(theta[23:], (23, 6)).T), 0.0), theta[:23])

    jacobian = autograd.jacobian(outputs)(np.concatenate([a, W.ravel()]))
    np.testing.assert_allclose(ntk_features(W, a, X), jacobian, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ntk_gram(W, a, X), jacobian @ jacobian.T, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(ntk_gram(W, a, X[:4], X[3:]), jacobian[:4] @ jacobian[3:].T, rtol=1e-12, atol=1e-13)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_kernel_equals_inner_products_of_features(m: int, d: int, n: int, k: int, seed: int) -> None:
    W, a, X = problem(m, d, n, seed)
    Y = np.random.default_rng(seed).standard_normal((k, d))
    features, others = ntk_features(W, a, X), ntk_features(W, a, Y)
    scale = np.linalg.norm(features, axis=1)
    across = np.outer(scale, np.linalg.norm(others, axis=1))
    assert (np.abs(ntk_gram(W, a, X) - features @ features.T) <= 1e-12 * np.outer(scale, scale)).all()
    assert (np.abs(ntk_gram(W, a, X, Y) - features @ others.T) <= 1e-12 * across).all()


def test_kernel_does_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    W, a, X = problem(200, 5, 33)
    whole = ntk_gram(W, a, X), ntk_gram(W, a, X, X[:7])
    monkeypatch.setattr("whp.kernels.ntk.BLOCK_ENTRIES", 33 * 60)
    monkeypatch.setattr("whp.kernels.ntk.SUM_ROWS", 10)
    monkeypatch.setattr("whp.kernels.masks.TILE_ROWS", 8)
    monkeypatch.setattr("whp.kernels.masks.TILE_ENTRIES", 8 * 60)
    np.testing.assert_allclose(ntk_gram(W, a, X), whole[0], rtol=1e-13)
    np.testing.assert_allclose(ntk_gram(W, a, X, X[:7]), whole[1], rtol=1e-13)
    np.testing.assert_allclose(ntk_features(W, a, X) @ ntk_features(W, a, X).T, whole[0], rtol=1e-12)


def test_kernel_among_the_same_inputs_is_symmetric() -> None:
    W, a, X = problem(50, 6, 150)
    gram = ntk_gram(W, a, X)
    assert (gram == gram.T).all()
    np.testing.assert_allclose(gram, ntk_gram(W, a, X, X), rtol=1e-13)


def test_kernel_at_repeated_antipodal_and_zero_inputs() -> None:
    W, a, X = problem(31, 4, 3)
    gram = ntk_gram(W, a, np.vstack([X, X, -X, np.zeros((1, 4))]))
    np.testing.assert_allclose(gram[:3, 3:6], gram[:3, :3], rtol=1e-13)
    # x and −x share no active neuron.
    assert (np.diag(gram[:3, 6:9]) == 0.0).all()
    assert (gram[9] == 0.0).all()
    assert np.isfinite(gram).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda W, a, X: ntk_gram(W, a, X, X[:, :2]), r"Y has shape \(5, 2\), but shape \(·, 3\) is needed"),
        (lambda W, a, X: ntk_gram(W, a[:1], X), r"a has shape \(1,\)"),
        (lambda W, a, X: ntk_features(W, a, X * np.nan), "X must be finite"),
    ],
)
def test_bad_input_gives_one_clear_error(call: Callable[..., Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call(*problem(4, 3, 5))
