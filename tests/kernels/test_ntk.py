"""The tangent kernel at finite width and in expectation: features, autodiff, hard geometry, the rate of the limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import reference
from whp.kernels import limit_ntk_gram, ntk_features, ntk_gram, on_sphere, sample_network

Array = NDArray[np.float64]


def problem(m: int, d: int, n: int, seed: int = 0) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng([seed, m, d, n])
    W, a = sample_network(m, d, rng)
    return W, a, on_sphere(rng.standard_normal((n, d)), normalize=True)


def hard_inputs(d: int) -> Array:
    """Repeated, antipodal, nearly parallel and nearly antipodal inputs."""
    X = np.random.default_rng(0).standard_normal((3, d))
    nudge = np.random.default_rng(1).standard_normal((3, d))
    return on_sphere(np.vstack([X, X, -X, X + 1e-9 * nudge, -X + 1e-9 * nudge]), normalize=True)


def expected_entry(x: Array, y: Array, m: int) -> float:
    """The expectation in 60 digits; at x = ±y the angle itself is exact."""
    with mpmath.workdps(60):
        p, q = mpmath.matrix(x.tolist()), mpmath.matrix(y.tolist())
        inner, norms = mpmath.fdot(p, q), mpmath.norm(p) * mpmath.norm(q)
        angle = mpmath.acos(max(min(inner / norms, mpmath.mpf(1)), mpmath.mpf(-1)))
        arc = (mpmath.sin(angle) + (mpmath.pi - angle) * mpmath.cos(angle)) / (2 * mpmath.pi)
        gates = len(x) * mpmath.cos(angle) * (mpmath.pi - angle) / (2 * mpmath.pi)
        return float(norms / len(x) * (m * arc + gates))


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
    monkeypatch.setattr("whp.kernels.ntk.TRIANGLE_ROWS", 7)
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


@pytest.mark.parametrize("d", [1, 2, 40])
def test_expectation_is_right_at_hard_geometry(d: int) -> None:
    X = np.vstack([hard_inputs(d), np.random.default_rng(2).standard_normal((3, d)), 1e-150 * hard_inputs(d)[:1]])
    m = 1000
    expected = np.array([[expected_entry(x, y, m) for y in X] for x in X])
    found = limit_ntk_gram(X, m=m)
    scale = np.outer(np.sqrt(np.diag(expected)), np.sqrt(np.diag(expected)))
    assert (np.abs(found - expected) <= 1e-14 * d * scale).all()
    np.testing.assert_allclose(limit_ntk_gram(X, X[:2], m=m), found[:, :2], rtol=1e-13)


def test_expectation_on_the_diagonal_and_between_antipodes_is_exact() -> None:
    X = on_sphere(np.random.default_rng(3).standard_normal((5, 16)), normalize=True)
    found = limit_ntk_gram(np.vstack([X, -X]), m=64)
    np.testing.assert_allclose(np.diag(found), (64 + 16) / 2, rtol=1e-15 * 16)
    assert (np.diag(found[:5, 5:]) == 0.0).all()
    zero = limit_ntk_gram(np.vstack([X, np.zeros(16)]), m=64)
    assert (zero[5] == 0.0).all()
    assert (zero[:, 5] == 0.0).all()


def test_expectation_is_homogeneous() -> None:
    X = np.random.default_rng(4).standard_normal((6, 8))
    np.testing.assert_allclose(limit_ntk_gram(3.0 * X, X, m=5), 3.0 * limit_ntk_gram(X, m=5), rtol=1e-14)


@pytest.mark.parametrize(("m", "d"), [(1, 2), (7, 3), (3, 9)])
def test_expectation_is_the_mean_over_networks(m: int, d: int) -> None:
    rng = np.random.default_rng(5)
    X = on_sphere(rng.standard_normal((4, d)), normalize=True)
    draws = np.array([ntk_gram(*sample_network(m, d, rng), X) for _ in range(6000)])
    error = draws.std(axis=0) / np.sqrt(len(draws))
    # Six standard errors in each of ten entries: false alarm below 1e-7.
    assert (np.abs(draws.mean(axis=0) - limit_ntk_gram(X, m=m)) < 6 * error).all()
    # A planted error: the wrong width is seen.
    assert (np.abs(draws.mean(axis=0) - limit_ntk_gram(X, m=m + 1)) > 6 * error).any()


@pytest.mark.slow
def test_kernel_approaches_its_expectation_at_rate_one_over_root_m() -> None:
    d, widths = 24, np.array([100, 300, 1000, 3000, 10_000, 30_000, 100_000])
    X = hard_inputs(d)
    errors = []
    for m in widths:
        limit = limit_ntk_gram(X, m=int(m)) / m
        rng = np.random.default_rng([6, m])
        gaps = [np.abs(ntk_gram(*sample_network(int(m), d, rng), X) / m - limit).mean() for _ in range(12)]
        errors.append(np.mean(gaps))
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    # The mean of twelve gaps has about 15% spread, the slope over three decades then about 0.03.
    assert abs(slope + 0.5) < 0.08
    assert errors[-1] < 0.01


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda W, a, X: ntk_gram(W, a, X, X[:, :2]), r"Y has shape \(5, 2\), but shape \(·, 3\) is needed"),
        (lambda W, a, X: ntk_gram(W, a[:1], X), r"a has shape \(1,\)"),
        (lambda W, a, X: ntk_features(W, a, X * np.nan), "X must be finite"),
        (lambda W, a, X: limit_ntk_gram(X, m=0), "m must lie in"),
        (lambda W, a, X: limit_ntk_gram(X[0], m=1), r"X has shape \(3,\)"),
        (lambda W, a, X: limit_ntk_gram(X, X[:, :1], m=1), r"Y has shape \(5, 1\), but shape \(·, 3\) is needed"),
    ],
)
def test_bad_input_gives_one_clear_error(call: Callable[..., Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call(*problem(4, 3, 5))
