"""The margin's exact law: routes against each other, bounds, monotonicity, special cases, bad input, speed.

Statistical tests state their false-alarm level; seeds are fixed, so each either always passes or always fails.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats
from whp.kernels.zhang2023 import sample_margin_law
from whp.theory.zhang2023.margin._cdf import Margin
from whp.theory.zhang2023.margin._floats import log_failure_contour, log_failure_mixture
from whp.theory.zhang2023.margin._shared_norm import log_ratio_cdf
from whp.theory.zhang2023.margin.law import (
    failure_probability,
    margin_cdf,
    margin_logcdf,
    margin_logsf,
    margin_moments,
    margin_pdf,
    margin_quantile,
)
from whp.theory.zhang2023.margin.sharp import exponent, log_threshold_bound, sign_exponent

FALSE_ALARM = 1e-6
sizes = st.integers(1, 300)


def log_failure(m: int, d: int, **options: Any) -> float:
    return failure_probability(m, d, log=True, **options)


@pytest.mark.parametrize(
    ("m", "d"), [(101, 3), (120, 10**5), (1000, 1000), (4096, 512), (10**5, 10**5), (10**6, 10**5)]
)
def test_contour_and_mixture_agree(m, d):
    assert log_failure_contour(m, d) == pytest.approx(log_failure_mixture(m, d), rel=1e-13)


@given(st.integers(1, 80), st.integers(1, 80), st.sampled_from(["gaussian", "rademacher"]))
@settings(deadline=None, max_examples=60)
def test_enclosures_hold_the_float(m, d, readout):
    enclosure = failure_probability(m, d, readout=readout, certified=True)
    assert enclosure.relative_radius < 1e-20
    logs = failure_probability(m, d, readout=readout, certified=True, log=True)
    assert float(logs) == pytest.approx(log_failure(m, d, readout=readout), rel=1e-12)


def test_closed_forms():
    assert failure_probability(1, 17) == 0.5
    for m in (2, 9, 400):
        assert failure_probability(m, 1) == pytest.approx(0.25 + 2.0 ** (-m - 1), rel=1e-14)
        assert failure_probability(m, 1, readout="rademacher") == pytest.approx(0.25 + 2.0 ** (-m - 1), rel=1e-14)
    # m = 2, k = 1: ρ is arcsine, and at d = 2 I_{1−ρ}(1, ½) = 1 − √ρ with mean 1 − 2/π.
    assert failure_probability(2, 2) == pytest.approx(0.25 + 0.25 * (1 - 2 / math.pi), rel=1e-14)


@pytest.mark.parametrize("leak", [0.0, 0.2, 0.9])
@pytest.mark.parametrize(("m", "d"), [(1, 3), (6, 4), (30, 11)])
def test_sign_readout_agrees_with_its_sum(m, d, leak):
    direct = (2.0**-m) * (leak == 0)
    for k in range(1, m):
        rho = k / m
        slope = (rho + leak * (1 - rho)) / ((1 - leak) * math.sqrt(rho * (1 - rho)))
        direct += math.comb(m, k) * 2.0**-m * special.stdtr(d, -math.sqrt(d) * slope)
    assert failure_probability(m, d, readout="rademacher", leak=leak) == pytest.approx(direct, rel=1e-12)


def test_ranges_far_beyond_floats():
    assert log_failure(10**6, 10**6) < -10_000 * math.log(10)
    assert failure_probability(10**6, 10**6) == 0.0
    assert math.isfinite(log_failure(2**53, 2**53))
    assert 0 < float(failure_probability(3000, 3000, certified=True).log().upper) + exponent(3000, 3000) + 10 < 10


@given(st.integers(1, 10**6), st.integers(1, 10**6))
@settings(deadline=None, max_examples=60)
@example(1, 1)
@example(1, 10**6)
@example(10**6, 1)
def test_failure_stays_below_the_sharp_bound(m, d):
    bound = np.logaddexp(-exponent(m, d) - math.log(2), -(m + 1) * math.log(2))
    assert log_failure(m, d) <= bound * (1 - 1e-13) <= 1e-12 - exponent(m, d) * (1 - 1e-12)


@given(st.integers(1, 400), st.integers(1, 400))
@settings(deadline=None, max_examples=40)
def test_sign_readout_stays_below_its_bound_and_below_the_gaussian_one(m, d):
    signs = log_failure(m, d, readout="rademacher")
    assert signs <= -sign_exponent(m, d) + 1e-9
    if d >= 2:
        assert signs <= log_failure(m, d) + 1e-12


@given(sizes, sizes, st.floats(0.01, 0.99))
@settings(deadline=None, max_examples=40)
def test_leaky_failure_stays_below_its_bound(m, d, leak):
    assert log_failure(m, d, leak=leak) <= d * math.log((1 - leak) / (1 + leak)) - math.log(2) + 1e-9


@given(st.integers(1, 100), st.integers(1, 100))
@settings(deadline=None, max_examples=40)
@example(100, 1)
@example(1, 100)
def test_failure_falls_in_the_dimension_and_in_the_width(m, d):
    here = failure_probability(m, d, certified=True)
    assert failure_probability(m + 1, d, certified=True).compare("<", here)
    longer_input = failure_probability(m, d + 1, certified=True)
    assert longer_input.compare("<", here) if m >= 2 else longer_input == here


@given(st.integers(1, 60), st.integers(1, 60), st.floats(-2, 3), st.floats(1e-3, 1))
@settings(deadline=None, max_examples=12)
@example(2, 1, 0.0, 0.5)
@example(1, 1, -0.5, 0.5)
def test_distribution_function_rises(m, d, t, step):
    lower, upper = margin_logcdf(m, d, t), margin_logcdf(m, d, t + step)
    assert lower <= upper + 1e-9
    assert margin_logsf(m, d, t) >= margin_logsf(m, d, t + step) - 1e-9


@given(st.integers(2, 60), st.integers(1, 60), st.floats(0.0, 0.05))
@settings(deadline=None, max_examples=12)
@example(2, 1, 5e-324)
@example(2, 2, 2.2e-308)
@example(2, 1, 1e-300)
@example(3, 7, 1e-20)
def test_small_margins_get_rarer_with_the_dimension_and_the_width(m, d, t):
    here = failure_probability(m, d, threshold=t)
    assert failure_probability(m, d + 1, threshold=t) < here + 1e-9
    if d >= 2:
        assert failure_probability(m + 1, d, threshold=t) < here + 1e-9


TINY_TO_HUGE = (5e-324, 2.2e-308, 1e-20, 1e-8, 0.3, 1e3, 1e300)


@pytest.mark.parametrize(
    ("m", "d", "readout", "leak"),
    [(1, 3, "gaussian", 0.0), (3, 2, "gaussian", 0.0), (4, 3, "rademacher", 0.0), (5, 9, "gaussian", 0.2)],
)
def test_every_threshold_of_a_float_has_its_place(m, d, readout, leak):
    options = {"readout": readout, "leak": leak}
    points = [*(-t for t in reversed(TINY_TO_HUGE)), 0.0, *TINY_TO_HUGE]
    below = [margin_logcdf(m, d, t, **options) for t in points]
    above = [margin_logsf(m, d, t, **options) for t in points]
    assert np.all(np.diff([max(v, -1e305) for v in below]) >= -1e-9)
    assert np.all(np.diff([max(v, -1e305) for v in above]) <= 1e-9)
    np.testing.assert_allclose(np.exp(below) + np.exp(above), 1.0, atol=1e-9)
    assert np.all(np.isfinite(below[len(TINY_TO_HUGE) :]))
    assert -math.inf < above[-1] < -1e140


@pytest.mark.parametrize(("m", "d", "t"), [(1, 4, 1e-300), (1, 1, 1e-30), (1, 2, 1e-12)])
def test_product_of_two_chi_squares_near_zero(m, d, t):
    # m = 1: Q = χ²_1 χ²_d/d with probability ½, and P(χ²_1 χ²_d/d ≤ t) = E erf(√(td/(2χ²_d))).
    with mpmath.workdps(30):
        log_root = (mpmath.log(t) + mpmath.log(d)) / 2
        weight = mpmath.mpf(2) ** (1 - mpmath.mpf(d) / 2) / mpmath.gamma(mpmath.mpf(d) / 2)

        def chi(y: mpmath.mpf) -> mpmath.mpf:
            return (
                weight
                * mpmath.exp(d * y - mpmath.exp(2 * y) / 2)
                * mpmath.erf(mpmath.exp(log_root - y) / mpmath.sqrt(2))
            )

        exact = mpmath.quad(chi, [2 * log_root - 50, log_root - 5, log_root, log_root + 5, -10, -2, 0, 1, 3, 5])
    assert math.exp(Margin(m, d)._all_active(math.log(t), "cdf")) == pytest.approx(float(exact), rel=1e-11)


@pytest.mark.parametrize(("m", "d", "t"), [(2, 1, 1e100), (3, 7, 1e300), (60, 60, 1e200)])
def test_far_tails_fall_like_a_product_of_exponentials(m, d, t):
    # As t → ∞ all units are active at best: log P(S G/d > t) ~ −√(m d t).
    assert margin_logsf(m, d, t) == pytest.approx(-math.sqrt(m * d) * math.sqrt(t), rel=1e-9)


@given(st.integers(1, 200), st.integers(1, 200), st.floats(-1, 3), st.sampled_from([0.0, 0.3]))
@settings(deadline=None, max_examples=12)
@example(1, 1, 0.0, 0.3)
def test_two_tails_add_up_to_one(m, d, t, leak):
    total = math.exp(margin_logcdf(m, d, t, leak=leak)) + math.exp(margin_logsf(m, d, t, leak=leak))
    assert total == pytest.approx(1.0, abs=1e-9)


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 50), st.floats(0, 0.4))
@settings(deadline=None, max_examples=8)
def test_projection_is_a_smaller_dimension_and_a_larger_threshold(m, d, rank, t):
    projected = failure_probability(m, d + rank, projected=rank, threshold=Fraction(t), log=True)
    assert projected == log_failure(m, d, threshold=Fraction(t) * (d + rank) / d)
    assert failure_probability(m, rank, projected=rank) == 1.0


@pytest.mark.parametrize(
    ("m", "d", "t"), [(64, 64, 0.05), (200, 200, 0.1), (5, 100, 0.2), (3, 70, 0.01), (40, 300, 0.3)]
)
def test_normal_and_polar_forms_agree(m, d, t):
    # Φ given (ρ, G) against χ²_{d+1} given (ρ, φ): two different integrals for P(Q ≤ t‖a‖²).
    assert log_ratio_cdf(m, d, t, 0.0) == pytest.approx(Margin(m, d, unit_scale=True).logcdf(t), rel=1e-9)


@pytest.mark.parametrize("n", [1, 7, 10**4])
def test_union_bound_is_n_times_one_sample_at_threshold_zero(n):
    expected = min(log_failure(50, 60) + math.log(n), 0.0)
    assert log_failure(50, 60, samples=n) == pytest.approx(expected, rel=1e-13)
    enclosure = failure_probability(50, 60, samples=n, certified=True)
    assert enclosure.lower <= min(1.0, n * failure_probability(50, 60)) * (1 + 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("d", [63, 64])
def test_shared_norm_is_paid_for_once(d):
    m, n, t = 10, 20, 0.08
    shared, separate = log_failure(m, d, samples=n, threshold=t), log_failure(m, d, threshold=t) + math.log(n)
    assert shared < min(separate, 0.0) - 0.1
    assert shared >= log_failure(m, d, threshold=t)

    def conditional(s: float) -> float:
        return min(1.0, n * math.exp(log_ratio_cdf(m, d, t / s, 0.0))) * stats.chi2.pdf(m * s, m) * m

    grid = np.exp(np.linspace(-4, 1.8, 40))
    reference = integrate.simpson([conditional(s) * s for s in grid], x=np.log(grid))
    assert math.exp(shared) == pytest.approx(reference, rel=3e-3)


@pytest.mark.parametrize(
    ("m", "d", "n", "t"), [(300, 300, 1000, 1 / 32), (1024, 64, 50_000, 1 / 64), (80, 500, 3, 1 / 16)]
)
def test_thresholded_failure_stays_below_its_bound(m, d, n, t):
    exact = log_failure(m, d, samples=n, threshold=t)
    assert exact <= log_threshold_bound(m, d, n, t)
    enclosure = failure_probability(m, d, samples=n, threshold=t, certified=True, log=True)
    assert enclosure.lower < exact < enclosure.upper


@pytest.mark.parametrize("readout", ["gaussian", "rademacher"])
@pytest.mark.parametrize(("m", "d", "t"), [(1, 4, 0.7), (6, 3, 0.4), (6, 3, -0.2), (40, 25, 0.6), (500, 80, 0.45)])
def test_density_is_the_slope_of_the_distribution_function(m, d, t, readout):
    step = 1e-3
    values = margin_cdf(m, d, [t - 2 * step, t - step, t + step, t + 2 * step], readout=readout)
    slope = float(np.dot([1, -8, 8, -1], values)) / (12 * step)
    assert margin_pdf(m, d, t, readout=readout) == pytest.approx(slope, rel=2e-6, abs=1e-9)


@pytest.mark.parametrize("t", [-1e-300, 5e-324, 1e-120])
def test_density_next_to_zero(t):
    # Rademacher: continuous at 0. One active unit of a Gaussian readout: a pole like log(1/|t|).
    assert margin_pdf(7, 9, t, readout="rademacher") == pytest.approx(
        margin_pdf(7, 9, 0.0, readout="rademacher"), rel=1e-9
    )
    near, nearer = (margin_pdf(3, 7, s) for s in (math.copysign(1e-24, t), math.copysign(1e-36, t)))
    slope = (nearer - near) / (12 * math.log(10))
    assert margin_pdf(3, 7, t) == pytest.approx(near + slope * (math.log(1e-24) - math.log(abs(t))), rel=1e-5)


@pytest.mark.parametrize(("m", "d"), [(10_552, 32), (5, 3)])
def test_far_tail_of_a_sign_readout(m, d):
    # P(Q > t) ~ P(χ²_d > t d) with all units active.
    assert margin_logsf(m, d, 1e75, readout="rademacher") == pytest.approx(-d * 1e75 / 2, rel=1e-9)


def test_density_at_zero():
    assert margin_pdf(5, 4, 0.0) == math.inf
    assert margin_pdf(5, 4, 0.0, leak=0.2) == pytest.approx(margin_pdf(5, 4, 1e-7, leak=0.2), rel=1e-4)
    both = margin_pdf(5, 4, [-1e-7, 0.0, 1e-7], readout="rademacher")
    assert both[1] == pytest.approx((both[0] + both[2]) / 2, rel=1e-4)


@pytest.mark.parametrize(("m", "d", "q"), [(256, 64, 0.5), (40, 9, 1e-7), (1, 4, 1 - 1e-9)])
def test_quantiles_invert_the_distribution_function(m, d, q):
    t = margin_quantile(m, d, q)
    assert margin_cdf(m, d, t) == pytest.approx(q, rel=1e-8) if q < 0.9 else True
    assert math.exp(margin_logsf(m, d, t)) == pytest.approx(1 - q, rel=1e-6)


def test_quantiles_stop_at_the_atom():
    assert margin_quantile(2, 3, 0.3) == 0.0


@pytest.mark.parametrize("readout", ["gaussian", "rademacher"])
@pytest.mark.parametrize("leak", [0, Fraction(1, 4)])
def test_moments_are_those_of_the_law(readout, leak):
    m, d = 7, 5
    moments = margin_moments(m, d, order=4, readout=readout, leak=leak)
    fourth = 3 if readout == "gaussian" else 1
    if leak == 0:
        variance = Fraction(2 * fourth - 1, 4 * m) + Fraction(3, 4 * d) + Fraction(4 * fourth - 3, 4 * m * d)
        assert moments[0] == Fraction(1, 2)
        assert moments[1] - moments[0] ** 2 == variance
    draws = sample_margin_law(m, d, 10**6, np.random.default_rng(0), readout=readout, leak=float(leak))
    for power, exact in enumerate(moments, start=1):
        spread = np.std(draws**power) / 1000
        # Five standard errors: a false alarm of 6e-7 each where the power is close to normal.
        assert abs(np.mean(draws**power) - float(exact)) < 5 * spread


@pytest.mark.slow
@pytest.mark.parametrize(("m", "d"), [(20, 30), (64, 16), (8, 200)])
def test_thresholds_agree_with_ten_million_draws(m, d):
    draws = sample_margin_law(m, d, 10**7, np.random.default_rng(m))
    for t in (0.0, 1 / 64, 1 / 32, 1 / 16, 0.5):
        count = int(np.count_nonzero(draws <= t))
        assert stats.binomtest(count, 10**7, float(margin_cdf(m, d, t))).pvalue > FALSE_ALARM
        if t:
            assert stats.binomtest(count, 10**7, float(margin_cdf(m + 8, d, t))).pvalue < FALSE_ALARM


@pytest.mark.parametrize("readout", ["gaussian", "rademacher"])
@pytest.mark.parametrize("leak", [0.0, 0.3])
@pytest.mark.parametrize(("m", "d"), [(1, 2), (5, 3), (60, 20)])
def test_distribution_function_is_that_of_the_draws(m, d, readout, leak):
    draws = sample_margin_law(m, d, 10**5, np.random.default_rng(3), readout=readout, leak=leak)
    for t in (-0.2, 0.0, 0.1, 0.5, 1.5):
        expected = min(float(margin_cdf(m, d, t, readout=readout, leak=leak)), 1.0)
        assert stats.binomtest(int(np.count_nonzero(draws <= t)), 10**5, expected).pvalue > FALSE_ALARM


def test_a_wrong_law_is_caught_by_the_draws():
    draws = sample_margin_law(60, 20, 10**5, np.random.default_rng(3))
    count = int(np.count_nonzero(draws <= 0.1))
    assert stats.binomtest(count, 10**5, float(margin_cdf(20, 60, 0.1))).pvalue < FALSE_ALARM


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: failure_probability(0, 3), ValueError, "width m must lie in"),
        (lambda: failure_probability(3, 2**53 + 1), ValueError, "input dimension d must lie in"),
        (lambda: failure_probability(3.0, 3), TypeError, "width m must be an integer"),  # type: ignore[call-overload]
        (lambda: failure_probability(True, 3), TypeError, "width m must be an integer"),
        (lambda: failure_probability(3, 3, samples=0), ValueError, "samples must lie in"),
        (lambda: failure_probability(3, 3, threshold=math.nan), ValueError, "threshold must be a finite number"),
        (lambda: failure_probability(3, 3, threshold="0"), TypeError, "threshold must be a real number"),
        (lambda: failure_probability(3, 3, leak=1.0), ValueError, "leak must lie in"),
        (lambda: failure_probability(3, 3, projected=4), ValueError, "projected rank R must be at most d"),
        (lambda: failure_probability(3, 3, readout="uniform"), ValueError, "readout must be one of"),
        (lambda: failure_probability(10**5, 10**5, certified=True), ValueError, "certified=False"),
        (lambda: failure_probability(3, 3, threshold=0.7, certified=True), ValueError, "certified=False"),
        (lambda: failure_probability(3, 3, leak=0.1, certified=True), ValueError, "certified=False"),
        (lambda: margin_cdf(3, 3, math.nan), ValueError, "t must be a real number"),
        (lambda: margin_quantile(3, 3, 1.0), ValueError, "q must lie strictly between 0 and 1"),
        (lambda: margin_moments(3, 3, order=0), ValueError, "order must lie in"),
    ],
)
def test_bad_input_is_one_clear_error(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_infinite_points_are_the_ends_of_the_law():
    assert margin_cdf(3, 3, [-math.inf, math.inf]).tolist() == [0.0, 1.0]
    assert margin_pdf(3, 3, math.inf) == 0.0


def fastest(call: Callable[[], Any], repeats: int = 3) -> float:
    """Least processor time of a call: other work on the machine does not count."""
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        call()
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.slow
@pytest.mark.parametrize(("m", "d"), [(64, 64), (100, 10**6), (10**6, 100), (10**6, 1), (10**6, 10**6), (3000, 40)])
def test_failure_probability_is_fast(m, d):
    assert fastest(lambda: failure_probability(m, d, log=True)) < 0.2
    assert fastest(lambda: failure_probability(m, d, threshold=1 / 32, log=True), 2) < 5


@pytest.mark.slow
@pytest.mark.parametrize(("m", "d"), [(1000, 1000), (10, 10**5), (10**5, 10), (500_000, 2)])
def test_certified_failure_probability_is_fast(m, d):
    assert failure_probability(m, d, certified=True).relative_radius < 1e-20
    assert fastest(lambda: failure_probability(m, d, certified=True), 2) < 2
