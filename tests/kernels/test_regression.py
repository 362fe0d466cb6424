"""Kernel regression against plain linear algebra, conditioning of Gaussians, and networks trained by gradient flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from whp.kernels import LinearisedNetwork, ntk_features, ntk_gram, sample_network
from whp.kernels.limits import limit_diagonals, limit_kernels
from whp.kernels.regression import kernel_regression

Array = NDArray[np.float64]


def problem(n: int = 12, k: int = 5, d: int = 4) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, d)), rng.standard_normal((k, d)), rng.standard_normal((n, 2))


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_mean_and_variance_are_those_of_a_conditioned_gaussian(noise: float) -> None:
    X, new, y = problem()
    options = {"hidden": 2, "weight_scale": 1.3, "bias_scale": 0.2}
    gram, cross, diagonal = (
        limit_kernels(X, **options).nngp,
        limit_kernels(new, X, **options).nngp,
        limit_diagonals(new, **options).nngp,
    )
    found = kernel_regression(gram, y, cross, diagonal, noise=noise)
    inverse = np.linalg.inv(gram + noise * np.eye(len(X)))
    np.testing.assert_allclose(found.mean, cross @ inverse @ y, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.variance, diagonal - np.diag(cross @ inverse @ cross.T), rtol=1e-8, atol=1e-10)
    one = kernel_regression(gram, y[:, 0], cross, diagonal, noise=noise)
    np.testing.assert_allclose(one.mean, found.mean[:, 0], rtol=1e-12)
    np.testing.assert_array_equal(one.variance, found.variance)


def test_without_noise_the_targets_are_met_and_nothing_is_uncertain_there() -> None:
    X, _, y = problem()
    gram, diagonal = limit_kernels(X).ntk, limit_diagonals(X).ntk
    found = kernel_regression(gram, y, gram, diagonal)
    np.testing.assert_allclose(found.mean, y, atol=1e-10)
    np.testing.assert_allclose(found.variance, 0.0, atol=1e-12)
    assert found.rank == len(X)


def test_repeated_inputs_are_averaged() -> None:
    X, new, y = problem()
    twice = np.vstack([X, X[:1]])
    targets = np.vstack([y, y[:1] + 2.0])
    cross = limit_kernels(new, X).nngp
    found = kernel_regression(
        limit_kernels(twice).nngp, targets, limit_kernels(new, twice).nngp, limit_diagonals(new).nngp
    )
    assert found.rank == len(X)
    y[0] += 1.0
    once = kernel_regression(limit_kernels(X).nngp, y, cross, limit_diagonals(new).nngp)
    np.testing.assert_allclose(found.mean, once.mean, rtol=1e-8)
    np.testing.assert_allclose(found.variance, once.variance, atol=1e-12)


def test_the_tangent_kernel_predicts_what_gradient_flow_learns() -> None:
    X, new, y = problem()
    W, a = sample_network(60, 4, np.random.default_rng(1))
    linear = LinearisedNetwork(W, a, X)
    learnt = linear.outputs(linear.squared_flow(y[:, 0], np.inf), new)
    start = linear.outputs(np.zeros(len(X)), new)
    found = kernel_regression(
        ntk_gram(W, a, X), y[:, 0] - linear.initial, ntk_gram(W, a, new, X), np.diag(ntk_gram(W, a, new))
    )
    np.testing.assert_allclose(start + found.mean, learnt, rtol=1e-8)


def test_the_ensembles_variance_is_that_of_linear_networks_from_random_starts() -> None:
    # Features φ fixed, start f₀ = ψᵀβ with β ~ N(0, 1): after training f = f₀ + θ Θ⁻¹ (y − f₀(X)).
    rng = np.random.default_rng(4)
    X, new, y = problem(n=6, k=3)
    W, a = sample_network(40, 4, rng)
    phi, phi_new = ntk_features(W, a, X), ntk_features(W, a, new)
    psi, psi_new = rng.standard_normal((6, 9)), rng.standard_normal((3, 9))
    found = kernel_regression(
        phi @ phi.T,
        y[:, 0],
        phi_new @ phi.T,
        np.diag(psi_new @ psi_new.T),
        prior=(psi @ psi.T, psi_new @ psi.T),
    )
    weights = phi_new @ phi.T @ np.linalg.inv(phi @ phi.T)
    spread = psi_new - weights @ psi
    np.testing.assert_allclose(found.variance, (spread**2).sum(axis=1), rtol=1e-8)
    np.testing.assert_allclose(found.mean, weights @ y[:, 0], rtol=1e-8)


GRAM, CROSS = np.eye(3), np.ones((2, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernel_regression(GRAM[:2], [1, 2, 3], CROSS, [1, 1]), r"gram has shape \(2, 3\)"),
        (lambda: kernel_regression(GRAM, [1, 2], CROSS, [1, 1]), r"y has shape \(2,\)"),
        (lambda: kernel_regression(GRAM, [1, 2, 3], CROSS[:, :2], [1, 1]), r"cross has shape \(2, 2\)"),
        (lambda: kernel_regression(GRAM, [1, 2, 3], CROSS, [1]), r"diagonal has shape \(1,\)"),
        (lambda: kernel_regression(-GRAM, [1, 2, 3], CROSS, [1, 1]), "gram must be positive semidefinite, found"),
        (lambda: kernel_regression(np.tri(3), [1, 2, 3], CROSS, [1, 1]), "gram must be symmetric, found"),
        (lambda: kernel_regression(GRAM, [1, 2, 3], CROSS, [1, 1], noise=-1.0), "noise must be a variance"),
        (
            lambda: kernel_regression(GRAM, [1, 2, 3], CROSS, [1, 1], prior=(np.tri(3), CROSS)),
            "prior gram must be symmetric",
        ),
    ],
)
def test_bad_input_gives_one_clear_error(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
