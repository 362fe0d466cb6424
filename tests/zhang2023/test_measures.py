"""Measurements of noises and their controls: against independent numbers, and with what they measure taken away."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats
from whp.checks.separability import maximum_margin, separate
from whp.checks.zhang2023.experiments import margins
from whp.checks.zhang2023.experiments.controls import (
    CONTROLS,
    Attacked,
    chance_limit,
    controlled,
    paired,
    rank_of,
)
from whp.checks.zhang2023.experiments.margins import one_against_rest
from whp.checks.zhang2023.experiments.measures import class_means, measured, quantities
from whp.checks.zhang2023.experiments.probes import STEPS, fit, gap, on_common_sphere
from whp.kernels.multiclass import class_directions, class_outputs, sample_class_network


def clouds(n, d, K, spread, seed=0):
    """Points around K centres, with their classes."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % K
    return np.eye(K, d)[y] + spread * rng.standard_normal((n, d)), y


class Made:
    """One network of width 300 in dimension 40, three classes, and labelled points without structure."""

    def __init__(self, n=120, seed=0, m=300, d=40):
        self.rng = np.random.default_rng(seed)
        self.W, self.A = sample_class_network(m, d, 3, self.rng)
        self.X, self.y = self.rng.standard_normal((n + 60, d)), self.rng.integers(0, 3, n + 60)
        self.n = n

    def attack(self, X, labels):
        return class_directions(self.W, self.A, X, labels)

    def parts(self):
        return self.X[: self.n], self.y[: self.n], self.X[self.n :], self.y[self.n :]

    def noises(self):
        X, y, X_test, y_test = self.parts()
        return self.attack(X, y), y, self.attack(X_test, y_test), y_test

    def attacked(self, own=None):
        return Attacked(self.attack, self.X[: self.n], self.X[self.n :], own)

    def own(self, X):
        return np.argmax(class_outputs(self.W, self.A, X), axis=1)


@pytest.fixture(scope="module")
def controls():
    made = Made()
    options = {"controls": CONTROLS, "attacked": made.attacked(made.own), "counts": (1, 5), "witness": -made.A @ made.W}
    return controlled(*made.noises(), 3, rng=made.rng, **options)


def test_every_name_is_measured_and_in_the_order_said():
    R, y = clouds(40, 6, 3, 0.3)
    for exact, witness in product((True, False), (None, np.eye(3, 6))):
        found = measured(R, y, R, y, 3, rng=np.random.default_rng(0), counts=(1, 3), exact=exact, witness=witness)
        names = quantities(40, (1, 3), witness=witness is not None, exact=exact)
        assert tuple(found.values) == names
        assert all(type(v) is float and math.isfinite(v) for v in found.values.values())


def test_a_model_of_few_vectors_sees_few_vectors():
    # The second coordinate tells the classes only among vectors that come late: one of each class is not enough.
    rng = np.random.default_rng(0)
    R, y = clouds(600, 30, 3, 0.6)
    values = measured(R[:300], y[:300], R[300:], y[300:], 3, rng=rng, counts=(1, 10, 100), exact=False).values
    assert values["test_1"] < values["test_10"] - 0.05 < values["test_100"] - 0.05
    assert values["mean_1"] < values["mean_10"] < values["mean"]
    # All of 100 of a class are all there are.
    assert values["test_100"] == values["test"]
    assert values["mean_100"] == values["mean"]


def test_the_test_vectors_are_not_fitted():
    R, y = clouds(60, 40, 3, 0.5)
    random = np.random.default_rng(1).integers(0, 3, 600)
    far = np.random.default_rng(2).standard_normal((600, 40))
    values = measured(R, y, far, random, 3, rng=np.random.default_rng(0), counts=(1,), exact=False).values
    assert max(values[name] for name in ("test", "test_1", "mean", "mean_1")) < chance_limit(600, 3)


def test_steps_that_never_separate_are_the_last():
    R, y = clouds(90, 6, 3, 0.2)
    assert fit(R, y, 3).steps is not None
    mixed = np.random.default_rng(0).permutation(y)
    assert fit(R, mixed, 3).steps is None
    found = measured(R, mixed, R, y, 3, rng=np.random.default_rng(0), counts=(), exact=False).values
    assert (found["steps"], found["gap"] < 0) == (STEPS, True)


def test_steps_are_those_of_a_slower_separation():
    # The classes differ in one small coordinate beside large ones.
    rng = np.random.default_rng(0)
    y = np.arange(100) % 2
    R = np.column_stack([2.0 * y - 1.0 + 0.1 * rng.standard_normal(100), 5.0 * rng.standard_normal((100, 4))])
    found = fit(R, y, 2)
    assert 1 < found.steps < STEPS
    assert gap(fit(R, y, 2, steps=found.steps - 1).V, R, y) <= 0 < gap(found.V, R, y)


def test_the_gap_is_the_least_sine_of_all_pairs():
    rng = np.random.default_rng(0)
    V, R, y = rng.standard_normal((3, 4)), rng.standard_normal((20, 4)), rng.integers(0, 3, 20)
    expected = min(
        (V[c] - V[k]) @ r / np.linalg.norm(V[c] - V[k]) / np.linalg.norm(r)
        for r, c in zip(R, y, strict=True)
        for k in range(3)
        if k != c
    )
    assert gap(V, R, y) == pytest.approx(expected)
    assert gap(V[[0, 0, 1]], R, np.zeros(20, dtype=int)) <= 0


def test_margins_enclose_the_exact_maximum():
    R, y = clouds(60, 8, 3, 0.25)
    R = on_common_sphere(R)
    for k, bounds in enumerate(one_against_rest(R, y, 3, rng=np.random.default_rng(0))):
        best = maximum_margin(R, np.where(y == k, 1, -1)).bounds
        truth = float(best.lower) / math.sqrt(8)
        assert bounds.low <= truth * (1 + 1e-9)
        assert truth <= bounds.high * (1 + 1e-9)
        assert 0.98 * bounds.high < bounds.low


def test_margins_of_inseparable_vectors_have_no_lower_bound():
    R, y = clouds(60, 3, 2, 2.0)
    R = on_common_sphere(R)
    assert separate(R, y).separable is False
    (bounds,) = one_against_rest(R, y, 2, rng=np.random.default_rng(0))
    assert bounds.low == 0.0
    assert 0.0 < bounds.high < 1e-3


def test_margin_bounds_turn_with_the_label_of_one_vector():
    R, y = clouds(40, 30, 2, 0.05)
    R = on_common_sphere(R)
    (right,) = one_against_rest(R, y, 2, rng=np.random.default_rng(0))
    R[1] = R[0]
    (wrong,) = one_against_rest(R, y, 2, rng=np.random.default_rng(0))
    assert right.low > 0.4
    assert (wrong.low, wrong.high < 0.01) == (0.0, True)


def test_margin_bounds_allow_for_rounding():
    # The bounds of one vector are its norm from both sides, and neither may touch it.
    R = on_common_sphere(np.random.default_rng(0).standard_normal((1, 50)))
    (bounds,) = one_against_rest(R, np.array([0]), 2, rng=np.random.default_rng(0))
    assert bounds.low < 1.0 < bounds.high
    assert bounds.high - bounds.low < 1e-12
    assert one_against_rest(0.0 * R, np.array([0]), 2, rng=np.random.default_rng(0)) == [(0.0, 0.0)]


def test_too_many_vectors_are_refused_and_left_out():
    many = margins.MARGIN_ROWS + 1
    with pytest.raises(ValueError, match="found 4097 vectors"):
        one_against_rest(np.ones((many, 1)), np.zeros(many, dtype=int), 2, rng=np.random.default_rng(0))
    assert "margin_low" not in quantities(many)


def test_separation_of_each_class_from_the_rest_proves_what_fifty_steps_do_not_find(monkeypatch):
    R, y = clouds(60, 20, 3, 0.3)
    monkeypatch.setattr("whp.checks.zhang2023.experiments.measures.accuracy", lambda V, R, y: 0.5)
    found = measured(R, y, R, y, 3, rng=np.random.default_rng(0), counts=())
    assert (found.values["train"], found.values["exact"]) == (0.5, 1.0)
    shuffled = measured(R[:, :3], np.random.default_rng(3).permutation(y), R[:, :3], y, 3, rng=np.random.default_rng(0))
    assert shuffled.values["exact"] == 0.0


def test_margins_do_not_touch_the_stream_of_what_is_measured_besides():
    R, y = clouds(40, 6, 3, 0.3)
    after = []
    for exact in (True, False):
        rng = np.random.default_rng(0)
        measured(R, y, R, y, 3, rng=rng, counts=(1,), exact=exact)
        after.append(rng.random())
    assert after[0] == after[1]


def test_what_transfers_is_the_label_given_to_the_attack(controls):
    assert tuple(controls) == CONTROLS
    random = controls["random labels"].values
    assert min(random[name] for name in ("train", "test", "mean", "exact")) == 1.0
    assert random["mean_1"] > 0.9
    assert controls["own label"].values["test"] > 0.9


def test_noises_with_other_labels_than_the_attacks_fall_to_chance(controls):
    permuted = controls["permuted labels"].values
    assert permuted["chance"] == 1 / 3
    assert max(permuted[name] for name in ("test", "test_1", "test_5", "mean")) <= permuted["limit"]
    assert permuted["exact"] == 0.0
    # The same numbers of noises with their own labels are far beyond that limit.
    assert controls["random labels"].values["test"] > permuted["limit"]


def test_gaussian_vectors_keep_the_norms_and_lose_the_classes(controls):
    gaussian = controls["gaussian"].values
    assert gaussian["test"] <= gaussian["limit"] == chance_limit(60, 3)
    R, y, R_test, y_test = Made().noises()
    fresh = np.random.default_rng(0)
    wide = controlled(R[:20], y[:20], R_test, y_test, 3, rng=fresh, controls=("gaussian", "rank"), counts=())
    # Twenty vectors of forty dimensions are separable with any labels.
    assert (wide["gaussian"].values["exact"], wide["rank"].values["algebra"]) == (1.0, 1.0)


def test_chance_is_that_of_uniform_labels_where_one_class_is_rare():
    rng = np.random.default_rng(0)
    R, y = 3.0 + rng.standard_normal((400, 5)), (np.arange(400) % 20 == 0).astype(int)
    found = controlled(R[:200], y[:200], R[200:], y[200:], 2, rng=rng, counts=(), exact=False)
    # A model that always says the common class has nearly all training labels right, and half of uniform ones.
    assert found["permuted labels"].values["train"] > 0.9
    for name in ("permuted labels", "gaussian"):
        assert found[name].values["test"] <= found[name].values["limit"] < 0.7


def test_rank_tells_algebra_from_labels(controls):
    rank = controls["rank"].values
    assert (rank["rank"], rank["n"], rank["algebra"]) == (40.0, 120.0, 0.0)
    R = np.random.default_rng(0).standard_normal((30, 12)) @ np.random.default_rng(1).standard_normal((12, 50))
    assert rank_of(R) == 12
    # Stored in single precision they are independent by rounding alone.
    single = R.astype(np.float32).astype(np.float64)
    assert np.linalg.matrix_rank(single) == 30
    assert rank_of(single) == 12
    assert rank_of(np.zeros((3, 4))) == 0


def test_unknown_controls_and_a_missing_network_are_said():
    made = Made(n=10)
    with pytest.raises(ValueError, match="found control 'shuffle'; one of random labels"):
        controlled(*made.noises(), 3, rng=made.rng, controls=("shuffle",), attacked=made.attacked())
    with pytest.raises(ValueError, match='"own label" needs own='):
        controlled(*made.noises(), 3, rng=made.rng, controls=("own label",), attacked=made.attacked())
    with pytest.raises(ValueError, match="one of permuted labels, gaussian, rank"):
        controlled(*made.noises(), 3, rng=made.rng, controls=("own label",))


def test_the_chance_limit_is_the_binomials():
    for trials, K in ((60, 3), (1000, 10)):
        hits = round(chance_limit(trials, K) * trials)
        assert stats.binom.sf(hits, trials, 1 / K) <= 1e-6 < stats.binom.sf(hits - 1, trials, 1 / K)


def test_paired_tests_are_those_of_scipy():
    rng = np.random.default_rng(0)
    for _ in range(5):
        first, second = rng.integers(0, 8, (2, 9)) / 8
        found = paired(first, second)
        wins, losses = int((first > second).sum()), int((first < second).sum())
        assert (found.wins, found.losses, found.ties) == (wins, losses, 9 - wins - losses)
        if wins + losses:
            assert found.p_value == pytest.approx(stats.binomtest(wins, wins + losses, alternative="greater").pvalue)
        flips = [np.dot(signs, first - second) for signs in product((1, -1), repeat=9)]
        assert found.p_permuted == pytest.approx(np.mean(np.array(flips) >= (first - second).sum()))


def test_paired_tests_turn_when_the_pairs_do():
    high, low = [0.9, 0.95, 0.91, 0.99, 0.92, 0.97], [0.5, 0.6, 0.4, 0.55, 0.52, 0.48]
    assert paired(high, low).decided
    assert not paired(low, high).decided
    assert not paired(high, high).decided
    assert paired(high, high).p_value == 1.0
    # Five of six are no evidence at 5 %.
    assert not paired(high, [*low[:5], 1.0]).decided


def test_ties_of_differences_are_counted_exactly():
    # In floats 0.3 - 0.2 and 0.2 - 0.1 differ; as stored numbers their difference decides, without rounding of sums.
    found = paired([0.3, 0.2, 0.1, 0.0, 0.5], [0.2, 0.3, 0.0, 0.1, 0.4], level=0.5)
    assert 0 < found.p_permuted < 1
    assert paired([1.0] * 3, [0.5] * 3, level=0.2).p_permuted == 1 / 8
    assert paired([1.0] * 21, [0.5] * 21).p_permuted is None


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ([1.0] * 4, [0.0] * 4, "found 4 pairs; at level 0.05 at least 5"),
        ([1.0] * 6, [0.0] * 5, "found 6 and 5 numbers"),
        ([math.nan] * 6, [0.0] * 6, "not finite"),
    ],
)
def test_pairs_that_can_decide_nothing_are_refused(first, second, words):
    with pytest.raises(ValueError, match=words):
        paired(first, second)


def test_means_of_classes_are_plain_means():
    R, y = clouds(20, 4, 3, 1.0)
    expected = [R[y == k].mean(axis=0) for k in range(3)]
    np.testing.assert_allclose(class_means(R, y, 3), expected)
    assert not class_means(R, y, 4)[3].any()


@pytest.mark.slow
def test_full_size_takes_seconds_and_random_labels_transfer_from_one_noise_a_class():
    rng = np.random.default_rng(0)
    W, A = sample_class_network(1024, 3072, 10, rng)
    X, y = rng.standard_normal((4000, 3072)), rng.integers(0, 10, 4000)
    R = class_directions(W, A, X, y)
    values = measured(R[:3000], y[:3000], R[3000:], y[3000:], 10, rng=rng, counts=(1,), witness=-A @ W).values
    assert min(values[name] for name in ("train", "test", "test_1", "mean_1", "witness", "exact")) == 1.0
    assert 0 < values["margin_low"] <= values["margin_high"] < 0.2
