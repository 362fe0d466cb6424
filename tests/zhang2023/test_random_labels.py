"""Transfer with random labels (S19): the bound on one product, its steps, and verdicts that turn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from whp.checks import check
from whp.checks.zhang2023 import PAPER
from whp.checks.zhang2023.engines.random_labels import _drawn, _margin, _sample_means, _sample_one
from whp.kernels.multiclass import class_noises
from whp.theory import number
from whp.theory.zhang2023.ours.transfer import pair_bound
from zhang2023.mutants import MUTANTS

BOOK = PAPER.ledger


def pairs(m, d, draws, seed=0):
    """Masks, readouts and both gradients at two orthogonal inputs."""
    rng = np.random.default_rng(seed)
    W, a = rng.standard_normal((draws, m, d)), rng.standard_normal((draws, m))
    first, second = W[:, :, 0] > 0, W[:, :, 1] > 0
    gradients = [np.einsum("bi,bid->bd", a * mask, W) for mask in (first, second)]
    return first, second, a, *gradients


def test_one_product_obeys_its_bound():
    for m, d in ((1, 3), (2, 5), (8, 6), (16, 16), (32, 16)):
        *_, B, C = pairs(m, d, 20_000)
        failures = int((np.vecdot(B, C) <= 0).sum())
        bound = number(pair_bound(m, d))
        # A false alarm in 10⁶.
        assert stats.binomtest(failures, 20_000).proportion_ci(1 - 1e-6).low <= bound
    # One neuron leaves nothing over: it is active at both with probability 1/4.
    assert number(pair_bound(1, 3)) == pytest.approx(0.75)
    # Twice the exponent is too much.
    assert number(pair_bound(64, 32)) ** 2 < np.mean(np.vecdot(*pairs(64, 32, 4000)[3:]) <= 0)


def test_the_step_in_the_plane_of_both_inputs_costs_nothing():
    """E e^{-λS} ≤ 1 over the two coordinates in the plane, at the λ that is best outside of it."""
    first, second, a, B, C = pairs(6, 4, 100_000)
    p, q, c = ((a**2 * mask).sum(axis=1) for mask in (first, second, first & second))
    gap = p * q - c**2
    used = (c > 0) & (gap > 1e-9 * p * q)
    shift = c[used] / gap[used]
    plane = np.vecdot(B[used, :2], C[used, :2])
    values = np.exp(-shift * plane)
    assert values.mean() - 6 * values.std() / len(values) ** 0.5 < 1
    # Far beyond that λ there is no such mean.
    assert np.exp(-4 * shift * plane).mean() > 1
    outside = np.exp(-shift * np.vecdot(B[used, 2:], C[used, 2:]))
    expected = 1 - c[used] ** 2 / (p * q)[used]
    assert abs((outside - expected).mean()) < 6 * (outside - expected).std() / len(outside) ** 0.5


def test_the_sampler_draws_labels_that_know_nothing_of_the_network():
    W, A, X, y = _drawn(12, 9, 4, np.random.default_rng(0))
    assert sorted(y[:-1]) == [0] * 4 + [1] * 4
    np.testing.assert_allclose(X @ X.T, 9 * np.eye(9), atol=1e-12)
    assert {int(_drawn(12, 9, 4, np.random.default_rng(s))[3][-1]) for s in range(20)} == {0, 1}
    margins = _sample_one({"m": 48, "d": 48}, np.random.default_rng(1), 60, None)
    assert np.mean(margins > 0) > 0.9
    # The margin is that of the last noise's own label.
    R = class_noises(W, A, X, y, temperature=1e18)
    assert _margin(R, y) == -_margin(R, np.append(y[:-1], 1 - y[-1]))


def test_a_margin_has_mean_a_quarter_over_both_halves():
    """⟨r̄_1 − r̄_0, ±r⟩ = ½·½·2·⟨mean gradient, gradient⟩ at readouts of variance 2/m: its mean is 1/4."""
    margins = _sample_means({"m": 24, "d": 16, "n": 2}, np.random.default_rng(0), 1500, None)
    assert abs(margins.mean() - 0.25) < 6 * margins.std() / 1500**0.5
    kappa = 1 / 4 + 1 / 16
    variance = (23 / 24) * (kappa / 32 + 1 / 256 + 1 / (8 * np.pi**2 * 256)) - 1 / 384 + 3 / 24 * 1.125 * kappa / 2
    squares = (margins - margins.mean()) ** 2
    assert abs(squares.mean() - variance) < 6 * squares.std() / 1500**0.5


@pytest.mark.parametrize("key", ["S19.angle", "S19.labels.means"])
def test_a_verdict_turns_with_a_wrong_constant(key):
    right = check(BOOK[key][0], PAPER.grid, engines=PAPER.engines, book=BOOK, trials=250, small=3)
    assert right.verdict.value == "holds", right.reason
    mutant = next(mutant for mutant in MUTANTS if mutant.key == key)
    wrong = check(mutant.statement, PAPER.grid, engines=PAPER.engines, book=BOOK, trials=300, small=3)
    assert wrong.verdict.value == "refuted", wrong.reason


@pytest.mark.slow
@pytest.mark.parametrize("key", ["S19.pair", "S19.labels", "S19.labels.size"])
def test_statements_hold_at_their_own_sizes(key):
    found = check(BOOK[key][0], PAPER.grid, engines=PAPER.engines, book=BOOK, trials=1000)
    assert (found.verdict.value, found.evidence.value) == ("holds", "sampled"), found.reason
