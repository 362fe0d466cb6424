"""The failure probability of given inputs: limits that hold, and the sampler behind them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles.samples import degenerate_inputs, on_sphere
from scipy import stats
from whp.checks.zhang2023.studies import failure as checked
from whp.checks.zhang2023.studies.failure import failure_probability_for, trained_failure_probability
from whp.kernels import ConditionedNetwork

Array = NDArray[np.float64]


def frequency(network: ConditionedNetwork, size: int, projected: bool, rng: np.random.Generator) -> tuple[int, int]:
    sample = network.sample(size, rng)
    values = sample.projected_margins if projected else sample.margins
    return int((values <= 0.0).any(axis=1).sum()), size


@pytest.mark.parametrize("projected", [False, True])
@pytest.mark.parametrize(("m", "d"), [(10, 7), (3, 8), (40, 8)])
def test_failure_probability_of_given_inputs_is_the_frequency_of_failure(m: int, d: int, projected: bool) -> None:
    rng = np.random.default_rng(13)
    X = degenerate_inputs(d, rng)
    result = failure_probability_for(X, m, projected=projected, draws=3000, rng=rng)
    failures, size = frequency(ConditionedNetwork(X, m), 20_000, projected, rng)
    interval = stats.binomtest(failures, size).proportion_ci(1 - 1e-6, "exact")
    assert result.lower <= interval.high
    assert interval.low <= result.upper
    assert result.log_single <= result.log_lower <= result.log_estimate
    assert result.log_upper <= result.log_single + math.log(6) + 1e-12


def test_the_union_bound_is_told_apart_from_the_truth() -> None:
    rng = np.random.default_rng(14)
    x = on_sphere(1, 12, rng)
    near = np.vstack([x, x + 0.3 * on_sphere(3, 12, rng)])
    result = failure_probability_for(near, 30, draws=3000, rng=rng)
    union = result.log_single + math.log(4)
    assert result.log_upper < union - 0.1
    assert result.log_lower > result.log_single + 0.1


def test_copies_fail_together_and_rare_failures_apart() -> None:
    rng = np.random.default_rng(15)
    x = on_sphere(1, 6, rng)
    copies = failure_probability_for(np.vstack([x, x, x]), 20, draws=500, rng=rng)
    assert copies.log_estimate == copies.log_single
    rare = failure_probability_for(None, 2000, gram=np.eye(5), d=2000, draws=300, rng=rng)
    assert rare.log_estimate == pytest.approx(rare.log_single + math.log(5), abs=1e-12)
    assert rare.log_single < -300
    assert rare.log_upper - rare.log_lower < 0.06
    alone = failure_probability_for(x, 20, rng=rng)
    assert alone.log_lower == alone.log_upper == alone.log_single


@pytest.mark.parametrize(("mean", "draws", "error"), [(2e-7, 10**4, 1e-6), (1 - 6e-7, 10**6, 1e-6), (0.3, 50, 1e-3)])
def test_limits_of_a_mean_exist_close_to_zero_and_one(mean: float, draws: int, error: float) -> None:
    lower, upper = checked._mean_limits(mean, draws, error)
    assert 0.0 <= lower < mean < upper <= 1.0
    # Near 0 the limit that is left is where nothing at all would be seen with probability error/2.
    zero = checked._mean_limits(0.0, draws, error)
    assert zero[0] == 0.0
    assert zero[1] == pytest.approx(1.0 - (error / 2) ** (1 / draws), rel=1e-9)


def test_nearly_equal_inputs_that_hardly_ever_fail_apart() -> None:
    rng = np.random.default_rng(19)
    x = on_sphere(1, 8, rng)
    result = failure_probability_for(x + 1e-5 * rng.standard_normal((25, 8)), 20, draws=2000, rng=rng)
    assert result.log_single <= result.log_lower <= result.log_estimate < result.log_single + 0.1
    assert result.log_upper < result.log_single + 0.5


def test_a_probability_stays_at_most_one_where_the_union_bound_does_not() -> None:
    # At width 1 one of two antipodal inputs always fails.
    result = failure_probability_for(
        np.array([[1.0], [-1.0], [1.0], [1.0]]), 1, draws=1000, rng=np.random.default_rng(20)
    )
    assert result.log_single == pytest.approx(math.log(0.5))
    assert result.lower > 0.8
    assert result.upper == 1.0 >= result.estimate > 0.9


def test_projected_failure_is_sure_when_the_inputs_span_everything() -> None:
    rng = np.random.default_rng(16)
    assert failure_probability_for(on_sphere(5, 4, rng), 9, projected=True, rng=rng).lower == 1.0


@pytest.mark.parametrize(("m", "d"), [(1, 3), (2, 1), (2, 5), (3, 2), (50, 40), (30, 400), (1000, 1000)])
def test_the_acceptance_rate_of_the_sampler_is_the_exact_failure_probability(m: int, d: int) -> None:
    proposal = checked._Proposal(m, d)
    size = 4000
    _, proposed = proposal.draw(size, np.random.default_rng(17))
    rate = math.exp(checked.failure_probability(m, d, log=True) - proposal.log_mass)
    # Proposals until `size` acceptances: negative binomial, two-sided at 1e-5 each.
    law = stats.nbinom(size, min(rate, 1.0))
    assert law.ppf(5e-6) <= proposed - size <= law.ppf(1 - 5e-6)


def test_failure_given_the_preactivations_is_fishers_tail() -> None:
    r = np.array([-0.999, -0.3, 0.0, 0.4, 0.99])
    for freedom in (1, 8, 51):
        exact = stats.f(freedom, freedom).cdf((1 - r) / (1 + r))
        np.testing.assert_allclose(trained_failure_probability(r, freedom), exact, rtol=1e-10)
        positive = r > 0
        bound = 0.5 * (1 - r[positive] ** 2) ** (freedom / 2)
        assert (exact[positive] <= bound).all()
    assert trained_failure_probability([0.9], 10**4, log=True)[0] < -1000
    assert (trained_failure_probability([0.5, np.nan], 0) == 1.0).all()
    assert (trained_failure_probability([np.nan], 3) == 1.0).all()
    with pytest.raises(ValueError, match="cosines must lie"):
        trained_failure_probability([1.5], 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": None, "m": 3}, "exactly one of X and gram"),
        ({"X": None, "m": 3, "gram": np.eye(2)}, "d is missing"),
        ({"X": np.eye(2), "m": 3, "d": 5}, "disagrees"),
        ({"X": np.eye(2), "m": 3, "draws": 0}, "draws must be a positive integer"),
        ({"X": np.eye(2), "m": 3, "error": 1.0}, "error must lie"),
    ],
)
def test_failure_probability_rejects_bad_input(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        failure_probability_for(**arguments, rng=np.random.default_rng(0))  # type: ignore[arg-type]
