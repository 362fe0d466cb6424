"""Failure after descent follows Fisher's law of the readout's cosines, and not after Adam."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles.samples import labels, network, on_sphere
from scipy import stats
from whp.checks.zhang2023.studies.failure import trained_failure_probability
from whp.kernels import train

Array = NDArray[np.float64]

# False-alarm probability of each statistical test below; with fixed seeds it was paid once.
LEVEL = 1e-4


def retrain(W: Array, a: Array, X: Array, update: str) -> Any:
    rate = None if update == "gradient" else 0.02
    return train(W, a, X, labels(len(X)), steps=40, update=update, learning_rate=rate)


def outside(X: Array) -> Array:
    """Projector on the orthogonal complement of the inputs."""
    basis = np.linalg.svd(X, full_matrices=False)[2]
    return np.eye(X.shape[1]) - basis.T @ basis


def redraw(W: Array, projector: Array, rng: np.random.Generator) -> Array:
    """Another network with the same X Wᵀ."""
    fresh = rng.standard_normal(W.shape) / math.sqrt(W.shape[1])
    return W - W @ projector + fresh @ projector


def tail(failures: Array, chances: Array) -> float:
    """Two-sided p-value of a count of independent events with these probabilities (refined normal approximation)."""
    mean, sd = chances.sum(), math.sqrt((chances * (1 - chances)).sum())
    skew = (chances * (1 - chances) * (1 - 2 * chances)).sum() / sd**3
    z = (failures.sum() - mean) / sd
    z -= skew * (z * z - 1) / 6
    return float(2 * stats.norm.sf(abs(z)))


SHAPE = {"n": 6, "d": 14, "m": 400}


def test_failure_after_descent_follows_fishers_law_over_resampled_networks() -> None:
    rng = np.random.default_rng(14)
    X = on_sphere(SHAPE["n"], SHAPE["d"], rng)
    W, a = network(SHAPE["m"], SHAPE["d"], rng)
    trained = retrain(W, a, X, "gradient")
    freedom = SHAPE["d"] - SHAPE["n"]
    predicted = trained_failure_probability(trained.readout_cosines, freedom)
    B = np.where(X @ trained.W.T > 0, trained.a, 0.0)
    draws, failures = 40_000, np.zeros(SHAPE["n"])
    # Given (X W_0ᵀ, a_0) the trained a, masks and coefficients are fixed, so only the part of W_0 outside is redrawn.
    for _ in range(draws // 500):
        part = rng.standard_normal((500, freedom, SHAPE["m"]))
        failures += (np.einsum("tkr,r,tkj->tj", part, a, part @ B.T, optimize=True) <= 0).sum(axis=0)
    for count, chance in zip(failures, predicted, strict=True):
        assert stats.binomtest(int(count), draws, chance).pvalue > LEVEL / SHAPE["n"]
        # The test could have failed: a law with one degree of freedom more or less is refused.
    for other in (freedom - 1, freedom + 1):
        wrong = trained_failure_probability(trained.readout_cosines, other)
        values = [stats.binomtest(int(c), draws, q).pvalue for c, q in zip(failures, wrong, strict=True)]
        assert min(values) < 1e-6


def test_networks_retrained_from_the_same_preactivations_keep_masks_and_readout() -> None:
    rng = np.random.default_rng(15)
    X = on_sphere(SHAPE["n"], SHAPE["d"], rng)
    W, a = network(SHAPE["m"], SHAPE["d"], rng)
    projector = outside(X)
    first = retrain(W, a, X, "gradient")
    for _ in range(5):
        again = retrain(redraw(W, projector, rng), a, X, "gradient")
        np.testing.assert_allclose(again.a, first.a, atol=1e-12)
        np.testing.assert_allclose(again.outputs, first.outputs, atol=1e-11)
        np.testing.assert_allclose(again.readout_cosines, first.readout_cosines, atol=1e-12)
        assert not np.allclose(again.projected_margins, first.projected_margins, atol=1e-3)


def retrained_failures(update: str, count: int, seed: int) -> tuple[Array, Array]:
    """Failures of one random input per retrained network (independent events), and their predicted probabilities."""
    rng = np.random.default_rng(seed)
    X = on_sphere(SHAPE["n"], SHAPE["d"], rng)
    failures, chances = np.zeros(count), np.zeros(count)
    for k in range(count):
        trained = retrain(*network(SHAPE["m"], SHAPE["d"], rng), X, update)
        i = int(rng.integers(SHAPE["n"]))
        failures[k] = trained.projected_margins[i] <= 0.0
        cosine = trained.readout_cosines[i : i + 1]
        chances[k] = trained_failure_probability(cosine, SHAPE["d"] - SHAPE["n"])[0]
    return failures, chances


def test_failure_after_descent_follows_fishers_law_over_retrained_networks() -> None:
    failures, chances = retrained_failures("gradient", 1000, 16)
    assert 3.0 < chances.sum() < 100.0
    assert tail(failures, chances) > LEVEL


@pytest.mark.slow
def test_fishers_law_over_many_retrained_networks() -> None:
    failures, chances = retrained_failures("gradient", 10_000, 17)
    assert tail(failures, chances) > LEVEL


def test_adam_leaves_the_span_and_violates_fishers_law() -> None:
    rng = np.random.default_rng(18)
    X = on_sphere(SHAPE["n"], SHAPE["d"], rng)
    projector = outside(X)
    W, a = network(SHAPE["m"], SHAPE["d"], rng)
    adam, descent = retrain(W, a, X, "adam"), retrain(W, a, X, "gradient")
    assert np.linalg.norm((descent.W - W) @ projector) < 1e-12
    assert np.linalg.norm((adam.W - W) @ projector) > 0.1
    freedom = SHAPE["d"] - SHAPE["n"]
    draws, failures = 1500, np.zeros(SHAPE["n"])
    for _ in range(draws):
        failures += retrain(redraw(W, projector, rng), a, X, "adam").projected_margins <= 0.0
    predicted = trained_failure_probability(adam.readout_cosines, freedom)
    values = [stats.binomtest(int(c), draws, q).pvalue for c, q in zip(failures, predicted, strict=True)]
    assert min(values) < 1e-8


def test_fishers_law_returns_once_adams_own_directions_are_projected_out() -> None:
    rng = np.random.default_rng(25)
    X = on_sphere(3, SHAPE["d"], rng)
    W, a = network(SHAPE["m"], SHAPE["d"], rng)
    adam = retrain(W, a, X, "adam")
    B = np.where(X @ adam.W.T > 0, adam.a, 0.0)
    complement = np.linalg.svd(X)[2][3:]
    moved = complement @ (adam.W - W).T @ B.T
    rest = np.linalg.svd(moved.T)[2][3:]
    freedom = len(complement) - 3
    draws, failures = 40_000, np.zeros(3)
    for _ in range(draws // 500):
        # Given (X W_0ᵀ, a_0) Adam's change of W is fixed too, and is added to what is redrawn.
        part = rng.standard_normal((500, len(complement), SHAPE["m"])) / math.sqrt(SHAPE["d"])
        witness, gradients = (part @ a) @ rest.T, rest @ (part @ B.T + moved)
        failures += (np.einsum("tk,tkj->tj", witness, gradients) <= 0).sum(axis=0)
    predicted = trained_failure_probability(adam.readout_cosines, freedom)
    for count, chance in zip(failures, predicted, strict=True):
        assert stats.binomtest(int(count), draws, chance).pvalue > LEVEL / 3
