"""Limits and tests keep their levels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from whp.checks.deciders.stats import clopper_pearson, frequency_text, ks_two_sample, trials_needed


@given(st.integers(1, 200), st.data())
def test_clopper_pearson_covers_exactly(trials, data):
    failures = data.draw(st.integers(0, trials))
    alpha = 1e-3
    low, high = clopper_pearson(failures, trials, alpha)
    assert low <= failures / trials <= high
    if failures:
        assert binom.sf(failures - 1, trials, low) == pytest.approx(alpha / 2, rel=1e-6)
    if failures < trials:
        assert binom.cdf(failures, trials, high) == pytest.approx(alpha / 2, rel=1e-6)


def test_trials_needed_is_the_first_that_decides():
    needed = trials_needed(0.01, 1e-6)
    assert clopper_pearson(0, needed, 1e-6)[1] <= 0.01 < clopper_pearson(0, needed - 1, 1e-6)[1]
    assert trials_needed(0.0, 1e-6) is None


def test_the_two_sample_test_keeps_its_level_and_its_power():
    """200 repetitions at level 0.05: more than 30 false alarms would have probability below 1e-6."""
    rng = np.random.default_rng(1)
    alarms = sum(ks_two_sample(rng.random(200), rng.random(300), 0.05).rejected for _ in range(200))
    assert alarms <= 30
    test = ks_two_sample(rng.random(2000), rng.random(2000), 1e-6)
    shifted = ks_two_sample(rng.random(2000), rng.random(2000) + test.missed, 1e-6)
    assert not test.rejected
    assert shifted.rejected


@pytest.mark.parametrize(("failures", "trials"), [(0, 1000), (3, 10), (57, 100), (10, 10), (1, 7)])
def test_limits_are_shown_rounded_outwards(failures, trials):
    low, high = clopper_pearson(failures, trials, 1e-6)
    shown = frequency_text(failures, trials, 1e-6).split("[")[1].rstrip("]").split(", ")
    assert float(shown[0]) <= low <= high <= float(shown[1])
