"""Rank and several outputs (S18): what of one output's algebra is left for Figure 3's ten, and where it ends."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb
from scipy import special, stats
from whp.checks import Result, Verdict, check
from whp.checks.separability import separate
from whp.checks.zhang2023 import PAPER
from whp.checks.zhang2023.engines.rank_classes import class_vectors, sample_narrow_classes
from whp.checks.zhang2023.tables import cover_share, study_tables
from whp.kernels.multiclass import class_directions, sample_class_network
from whp.theory.zhang2023.margin.class_laws import MaskedProductLaw
from zhang2023.mutants import MUTANTS

BOOK = PAPER.ledger


def failure(m: int) -> float:
    """Σ C(m, k) 2^{-m} P(F_{k,k} ≤ 1/3), and 2^{-m} where no neuron is active."""
    k = np.arange(1, m + 1)
    return float(2.0**-m + (special.binom(m, k) * 2.0**-m * special.betainc(k / 2, k / 2, 0.25)).sum())


@pytest.mark.parametrize("m", [1, 2, 3, 7, 64, 300])
def test_the_recursion_over_active_neurons_is_the_law(m):
    found = MaskedProductLaw(m).enclose("<=", arb(0))
    assert float(found.lower) == pytest.approx(failure(m), rel=1e-12)
    assert float(found.upper) == pytest.approx(failure(m), rel=1e-12)
    assert MaskedProductLaw(m).enclose("<", arb(0)).compare("<", found.lower)


def test_the_law_is_that_of_networks_of_any_input_dimension():
    m = 3
    found = sample_narrow_classes({"m": m, "d": 4}, np.random.default_rng(m), 100_000, None)
    failures = int((found <= 0).sum())
    assert stats.binomtest(failures, 100_000, failure(m)).pvalue > 1e-6
    # Neither one output's 2^-m nor the law of another width is.
    assert stats.binomtest(failures, 100_000, 2.0**-m).pvalue < 1e-6
    assert stats.binomtest(failures, 100_000, failure(m + 1)).pvalue < 1e-6


def test_below_the_input_dimension_the_noises_are_separable_iff_the_masked_readouts_are():
    rng = np.random.default_rng(0)
    seen = set()
    for n in (5, 6, 9, 40):
        for _ in range(3):
            W, A = sample_class_network(3, 5, 4, rng)
            X, y, labels = rng.standard_normal((n, 5)), rng.integers(4, size=n), rng.permutation([-1, 1] * n)[:n]
            R, noises = class_vectors(W, A, X, y), class_directions(W, A, X, y)
            alive = np.any(noises != 0, axis=1)
            np.testing.assert_array_equal(alive, np.any(R != 0, axis=1))
            assert np.linalg.matrix_rank(noises) <= 3
            if len(set(labels[alive])) == 2:
                found = separate(R[alive], labels[alive]).separable
                seen.add(found)
                # The noises are rounded and span five dimensions, which helps a few of them and not forty.
                if found or n == 40:
                    assert separate(noises[alive], labels[alive]).separable == found
    assert seen == {True, False}


def test_no_vectors_have_more_separable_labellings_than_covers_count():
    """All labellings of vectors in general position, and of masked ones, which have fewer."""
    rng, n, r = np.random.default_rng(1), 6, 3
    labellings = 1 - 2 * (np.arange(2 ** (n - 1))[:, None] >> np.arange(n) & 1)
    for masked in (False, True):
        R = rng.standard_normal((n, r)) * (np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]] * 2) if masked else 1)
        count = 0
        for y in labellings:
            points = R * y[:, None]
            count += bool(separate(np.vstack([points, -points]), [1] * n + [-1] * n).separable)
        share = count / len(labellings)
        assert share <= cover_share(n, r)
        assert masked or share == cover_share(n, r) > cover_share(n, r - 1)


def test_the_table_of_figure_3_says_where_algebra_ends():
    def row(model, rv, m, mean, trials=4.0):
        cell = {"model": model, "rv": rv, "data": "-", "m": m, "d": 64, "n": 150}
        return {**cell, "trials": trials, "mean": mean, "nonpositive": trials * (1 - mean)}

    drawn = [("two_outputs", 4, 1.0), ("separable", 4, 0.0), ("shuffled", 64, 0.0), ("separable", 64, 0.75)]
    rows = tuple(row("digits-classes", rv, m, mean) for rv, m, mean in drawn)
    (table,) = study_tables([Result(BOOK["S18.digits"][0], (), {}, rows)])
    assert table.name == "fig3.rank"
    assert [(r[3], *r[5:]) for r in table.rows] == [
        ("4", "1.000", "0.000", ""),
        ("4", "0.000", "1.000", ""),
        ("64", "0.750", "0.250", ""),
        ("64", "0.000", "1.000", "0.036"),
    ]
    assert "S18.classes" in table.caption


@pytest.mark.parametrize("key", ["S18.classes", "S18.identity"])
def test_a_verdict_turns_with_a_wrong_claim(key):
    right = check(BOOK[key][0], PAPER.grid, engines=PAPER.engines, book=BOOK, trials=400, small=3)
    assert right.verdict is Verdict.HOLDS, right.reason
    for mutant in (mutant for mutant in MUTANTS if mutant.key == key):
        wrong = check(mutant.statement, PAPER.grid, engines=PAPER.engines, book=BOOK, trials=400, small=3)
        assert wrong.verdict is Verdict.REFUTED, wrong.reason
