"""Rank and test noises (S18, S19): reasons and conflicts, exact moments and the bound against draws, wrong variants."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from scipy import stats
from whp.checks.separability import separate
from whp.checks.zhang2023.figures.beyond import SECTIONS, beyond_figures
from whp.checks.zhang2023.studies.beyond import rank_study, transfer_study, why_separable
from whp.checks.zhang2023.tables import cover_share
from whp.kernels import input_gradients, sample_network
from whp.theory import number
from whp.theory.zhang2023.models.transfer import cone_moment
from whp.theory.zhang2023.ours.transfer import pair_bound


def products(m: int, d: int, angle: float, draws: int, seed: int = 0) -> np.ndarray:
    """⟨∇f(x), ∇f(x')⟩ of plain networks."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(0, draws, 10_000):
        W, a = rng.standard_normal((10_000, m, d)) / d**0.5, rng.standard_normal((10_000, m)) / m**0.5
        masks = W[:, :, 0] > 0, math.cos(angle) * W[:, :, 0] + math.sin(angle) * W[:, :, 1] > 0
        first, second = (np.einsum("bi,bid->bd", a * mask, W) for mask in masks)
        found.append((first * second).sum(axis=1))
    return np.concatenate(found)


def variance(m: int, d: int, angle: float) -> float:
    p = (math.pi - angle) / (2 * math.pi)
    pairs = 1 / (4 * d) + p * p / d + math.sin(angle) ** 2 / (2 * math.pi**2 * d * d)
    return (1 - 1 / m) * pairs - p * p / m + 3 * p * (1 + 2 / d) / m


@pytest.mark.parametrize("angle", [0.3, math.pi / 2, 2.5])
def test_mean_and_variance_are_those_of_networks(angle):
    m, d, draws = 6, 4, 100_000
    found = products(m, d, angle, draws)
    # Six standard errors: a false alarm in 10⁹.
    assert abs(found.mean() - (math.pi - angle) / (2 * math.pi)) < 6 * found.std() / math.sqrt(draws)
    squares = (found - found.mean()) ** 2
    error = 6 * squares.std() / math.sqrt(draws)
    assert abs(squares.mean() - variance(m, d, angle)) < error
    # Twice the term 1/(4d), or m and d exchanged where that matters, is seen.
    assert abs(squares.mean() - variance(m, d, angle) - (1 - 1 / m) / (4 * d)) > error
    assert angle > 2 or abs(squares.mean() - variance(d, m, angle)) > error


def test_mean_and_variance_of_a_mean_of_gradients_are_those_of_networks():
    m, d, n, draws = 6, 4, 2, 100_000
    rng = np.random.default_rng(4)
    W, a = rng.standard_normal((draws, m, d)) / d**0.5, rng.standard_normal((draws, m)) / m**0.5
    mean = (W[:, :, 1 : n + 1] > 0).mean(axis=2)
    first, second = (np.einsum("bi,bid->bd", a * mask, W) for mask in (W[:, :, 0] > 0, mean))
    found = np.vecdot(first, second)
    assert abs(found.mean() - 0.25) < 6 * found.std() / math.sqrt(draws)
    kappa = 1 / 4 + 1 / (4 * n)
    exact = (1 - 1 / m) * (kappa / (2 * d) + 1 / (16 * d) + 1 / (2 * math.pi**2 * n * d**2)) - 1 / (16 * m)
    exact += 3 / m * (1 + 2 / d) * kappa / 2
    squares = (found - found.mean()) ** 2
    error = 6 * squares.std() / math.sqrt(draws)
    assert abs(squares.mean() - exact) < error
    # Without the last factor 1/2 the variance is another.
    assert abs(squares.mean() - exact - 3 / m * (1 + 2 / d) * kappa / 2) > error


def test_below_the_input_dimension_one_output_fails_where_no_neuron_is_active():
    m, d, draws = 3, 5, 100_000
    rng = np.random.default_rng(5)
    W, a = rng.standard_normal((draws, m, d)), rng.standard_normal((draws, m))
    masked = np.where(W[:, :, 0] > 0, a, 0)
    # W⁺a = Wᵀ(WWᵀ)⁻¹a.
    witness = np.einsum("bid,bi->bd", W, np.linalg.solve(W @ W.transpose(0, 2, 1), a[:, :, None])[:, :, 0])
    margins = np.vecdot(witness, np.einsum("bid,bi->bd", W, masked))
    fails = int((margins <= 1e-12 * (masked**2).sum(axis=1)).sum())
    assert stats.binomtest(fails, draws, 2.0**-m).pvalue > 1e-6
    assert stats.binomtest(fails, draws, 2.0 ** -(m + 1)).pvalue < 1e-6


def test_moments_of_the_plane_agree_with_draws():
    rng = np.random.default_rng(1)
    g, h = rng.standard_normal((2, 1_000_000))
    for angle in (0.4, 1.5, 2.8):
        moment = cone_moment(sympy.Float(angle))
        masks = {"D": g > 0, "Dp": math.cos(angle) * g + math.sin(angle) * h > 0}
        for powers in ({}, {"D": 1}, {"Dp": 2}, {"D": 1, "Dp": 1}):
            kept = np.prod([masks[name] for name in powers], axis=0) if powers else np.ones(len(g))
            for p, q in ((0, 0), (1, 1), (2, 0), (0, 2), (3, 1), (4, 0), (2, 2)):
                values = kept * g**p * h**q
                exact = float(moment({"g": p, "h": q, **powers}))
                assert abs(values.mean() - exact) < 6 * values.std() / 1000 + 1e-12


def test_the_constants_follow_from_the_bound_on_one_product():
    for m, d in ((1, 3), (8, 6), (32, 16), (48, 96)):
        each = 2 * math.exp(-(d - 2) / 35.3) + math.exp(-m / 35.3)
        assert number(pair_bound(m, d)) <= each
    # A third of the constant is too little.
    assert number(pair_bound(48, 96)) > 2 * math.exp(-94 / 12) + math.exp(-48 / 12)


def test_reasons_are_told_apart():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((30, 8))
    W, a = sample_network(6, 8, rng)
    X_alive = X[np.any(input_gradients(W, a, X) != 0, axis=1)]
    found = why_separable(W, a, X_alive)
    assert found.by == "rank"
    masked = np.where(X_alive @ W.T > 0, a, 0)
    v = np.linalg.pinv(W) @ a
    np.testing.assert_allclose(input_gradients(W, a, X_alive) @ v, found.margins, rtol=1e-9)
    np.testing.assert_allclose((masked**2).sum(axis=1), found.margins, rtol=1e-12)
    # Few samples at a large width: by rank too, but not with W⁺a.
    W, a = sample_network(500, 8, rng)
    assert why_separable(W, a, X[:5]) == why_separable(W, a, X[:5]).__class__("rank")
    W, a = sample_network(600, 40, rng)
    X = rng.standard_normal((60, 40))
    assert why_separable(W, a, X).by == why_separable(W, -a, X).by == "witness"


def test_a_conflict_is_minimal():
    rng = np.random.default_rng(3)
    W, a = sample_network(100, 4, rng)
    X, y = rng.standard_normal((24, 4)), rng.choice([-1.0, 1.0], 24)
    found = why_separable(W, a, X, y)
    assert found.by == "none"
    gradients, rows = input_gradients(W, a, X), list(found.conflict)
    assert 2 <= len(rows) <= 5
    assert separate(gradients[rows], y[rows]).separable is False
    for left_out in rows:
        rest = [row for row in rows if row != left_out]
        assert separate(gradients[rest], y[rest]).separable is True


def test_another_witness_may_exist_where_the_papers_fails():
    rng = np.random.default_rng(4)
    for _ in range(200):
        W, a = sample_network(12, 8, rng)
        X = rng.standard_normal((12, 8))
        gradients = input_gradients(W, a, X)
        by = why_separable(W, a, X).by
        if by == "other":
            assert (gradients @ (W.T @ a) <= 0).any()
            break
    else:
        pytest.fail("no network was separable by another witness only")


def test_covers_count_is_half_at_twice_the_dimension():
    assert cover_share(2 * 16, 16) == 0.5
    assert cover_share(16, 16) == 1.0
    assert cover_share(3, 1) == 0.25


def test_studies_are_reproducible():
    first, again = (rank_study((4, 32), d=8, n=20, networks=2, steps=10, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.shuffled, again.shuffled)
    assert first.reasons["rank"].tolist() == [1.0, 0.0]
    one, two = (transfer_study((4, 8), (2,), networks=3, seed=s) for s in (5, 6))
    assert (one.mean != two.mean).any() or (one.fitted != two.fitted).any() or one.mean.min() == 1.0


@pytest.mark.slow
def test_every_section_has_a_figure():
    found = beyond_figures(trials=400)
    assert set(found) == {f"beyond.{section}" for section in SECTIONS}
    assert all(picture.panels and words for picture, words in found.values())
