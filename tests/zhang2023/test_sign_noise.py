"""Sign steps and projected descent (S17): the law against draws, enclosures and mpmath, its bound, wrong variants."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import sympy
from flint import arb
from mpmath import mp, mpf
from scipy import stats
from whp.checks import Verdict, check
from whp.checks.sweep.engine import Engine
from whp.checks.zhang2023 import PAPER, network_grid
from whp.checks.zhang2023.engines.beyond import BEYOND, pgd_draw
from whp.kernels import input_gradients, margins, sample_network
from whp.kernels.zhang2023 import (
    sample_sign_agreement_law,
    sample_sign_margin_law,
    separation_radius,
    sign_margins,
)
from whp.kernels.zhang2023.radius import knapsack_by_sort
from whp.theory import number
from whp.theory.calculus.evaluate import enclose
from whp.theory.zhang2023 import failure_probability
from whp.theory.zhang2023.margin._sign_ball import normal_below
from whp.theory.zhang2023.margin._sign_floats import (
    log_agreement_failure,
    sign_noise_cost,
    sign_noise_exponent,
    sign_noise_rate,
)
from whp.theory.zhang2023.margin.sharp import J
from whp.theory.zhang2023.margin.sign_rates import agreement_rate, hazard_expr, sign_cost_expr
from whp.theory.zhang2023.margin.sign_rates import sign_noise_rate as certified_rate
from whp.theory.zhang2023.models import sign_noise as models

FALSE_ALARM = 1e-6
GRID = network_grid(widths=(16, 64), dims=(16,), samples=(3,))
BOOK = PAPER.ledger


def log_failure(m: int, d: int) -> float:
    return failure_probability(m, d, noise="sign", log=True)


def direct(m: int, d: int, draws: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Margins of sign steps of plain networks at x = √d e₁, with the witnesses Wᵀa and sign(Wᵀa)."""
    rng = np.random.default_rng(seed)
    found, signs = [], []
    for _ in range(0, draws, 5000):
        W, a = rng.standard_normal((5000, m, d)) / math.sqrt(d), rng.standard_normal((5000, m)) / math.sqrt(m)
        v = np.einsum("bi,bid->bd", a, W)
        g = np.sign(np.einsum("bi,bid->bd", a * (W[:, :, 0] > 0), W))
        found.append((g * v).sum(axis=1))
        signs.append((g * np.sign(v)).sum(axis=1))
    return np.concatenate(found), np.concatenate(signs)


def assert_frequency(failures: int, draws: int, probability: float) -> None:
    assert stats.binomtest(failures, draws, probability).pvalue > FALSE_ALARM


@pytest.mark.parametrize(("m", "d"), [(2, 3), (8, 6)])
def test_the_law_is_that_of_networks(m, d):
    found, signs = direct(m, d, 100_000)
    assert_frequency(int((found <= 0).sum()), 100_000, math.exp(log_failure(m, d)))
    assert_frequency(int((signs <= 0).sum()), 100_000, math.exp(log_agreement_failure(m, d)))
    rng = np.random.default_rng(1)
    assert stats.ks_2samp(found, sample_sign_margin_law(m, d, 100_000, rng)).pvalue > FALSE_ALARM
    agreeing = sample_sign_agreement_law(m, d, 100_000, rng)
    assert_frequency(int((2 * agreeing - d <= 0).sum()), 100_000, math.exp(log_agreement_failure(m, d)))


@pytest.mark.slow
@pytest.mark.parametrize(("m", "d"), [(5, 2), (16, 12), (40, 3), (30, 30)])
def test_the_law_is_that_of_a_million_networks(m, d):
    found, signs = direct(m, d, 1_000_000, seed=2)
    assert_frequency(int((found <= 0).sum()), 1_000_000, math.exp(log_failure(m, d)))
    assert_frequency(int((signs <= 0).sum()), 1_000_000, math.exp(log_agreement_failure(m, d)))


def test_closed_forms():
    for d in (1, 7, 4096):
        assert failure_probability(1, d, noise="sign") == 0.5
    for m in (2, 9, 400):
        # In one dimension the sign is along the gradient.
        assert failure_probability(m, 1, noise="sign") == pytest.approx(0.25 + 2.0 ** (-m - 1), rel=1e-13)


@pytest.mark.parametrize(("m", "d"), [(2, 3), (40, 3), (3, 40), (64, 64), (256, 3072), (512, 300)])
def test_enclosures_hold_the_float(m, d):
    enclosure = failure_probability(m, d, noise="sign", certified=True, log=True)
    assert enclosure.lower - arb("1e-12") <= log_failure(m, d) <= enclosure.upper + arb("1e-12")
    assert failure_probability(m, d, noise="sign", certified=True).relative_radius < 1e-11


def test_an_enclosure_does_not_depend_on_its_tilt():
    value = normal_below(arb(1) / 3, 5, 3.0, arb("1e-20"))
    for tilt in (1.5, 2.0, 4.0):
        other = normal_below(arb(1) / 3, 5, tilt, arb("1e-20"))
        assert value.overlaps(other)
        assert other.rel_accuracy_bits() > 20


def oracle(m: int, d: int) -> mpf:
    """log p_∞ at 30 digits, from whp S17's formulas: a lattice in x = logit ρ over lattices on the saddle's contour."""
    with mp.workdps(30):

        def hazard(u: mpf) -> mpf:
            return mp.sqrt(2 / mp.pi) * mp.exp(-u * u / 2) / mp.erfc(u / mp.sqrt(2))

        def saddle(rho: mpf) -> mpf:
            return mp.findroot(lambda u: u / hazard(u) - rho, (rho, 2 * rho), solver="illinois", tol=mpf(10) ** -20)

        def inner(rho: mpf) -> mpf:
            u, width = saddle(rho), mp.sqrt(rho / d)
            total = mpf(0)
            for j in range(80):
                z = u + 1j * width * j / 4
                value = mp.exp(d * (z * z / (2 * rho) + mp.log(mp.erfc(z / mp.sqrt(2))))) / z
                total += value.real / (2 if j == 0 else 1)
                if abs(value) < abs(total) * mpf(10) ** -25:
                    break
            return total * width / (4 * mp.pi)

        def density(rho: mpf) -> mpf:
            share = rho ** (mpf(1) / 3) / (rho ** (mpf(1) / 3) + (1 - rho) ** (mpf(1) / 3))
            stride = max(1, int(mp.sqrt(m) / 6))
            total = mpf(0)
            for sign in (1, -1):
                k = int(m * share) - (stride if sign < 0 else 0)
                while 1 <= k <= m - 1:
                    term = mp.exp(
                        mp.loggamma(m + 1) - mp.loggamma(k + 1) - mp.loggamma(m - k + 1) - m * mp.log(2)
                        + mp.loggamma(mpf(m) / 2) - mp.loggamma(mpf(k) / 2) - mp.loggamma(mpf(m - k) / 2)
                        + mpf(k) / 2 * mp.log(rho) + mpf(m - k) / 2 * mp.log(1 - rho)
                    )  # fmt: skip
                    total += term * stride
                    if term < total * mpf(10) ** -25:
                        break
                    k += sign * stride
            return total

        def slope(u: mpf) -> mpf:
            h = hazard(u)
            a, b = (u / h) ** (mpf(1) / 3), (1 - u / h) ** (mpf(1) / 3)
            return d * h * h - m * (a**-2 - b**-2) / (a + b)

        u = mp.findroot(slope, (mpf("0.01"), mpf("0.61")), solver="illinois", tol=mpf(10) ** -15)
        peak = mp.log(u / hazard(u) / (1 - u / hazard(u)))
        step, total = mpf("0.8") / mp.sqrt(m + d), mpf(0)
        for sign in (1, -1):
            x = peak if sign == 1 else peak - step
            while True:
                rho = 1 / (1 + mp.exp(-x))
                term = density(rho) * inner(rho)
                total += term
                if term < total * mpf(10) ** -16:
                    break
                x += sign * step
        return mp.log(total * step + mpf(2) ** -m)


@pytest.mark.parametrize(("m", "d"), [(64, 64), (10**5, 10**5)])
def test_floats_agree_with_mpmath(m, d):
    assert abs(log_failure(m, d) - oracle(m, d)) < 1e-10 * max(1, -log_failure(m, d))


@pytest.mark.parametrize(("m", "d"), [(1, 1), (40, 3), (64, 64), (256, 3072), (4096, 512), (10**5, 10**5)])
def test_a_failure_probability_takes_less_than_a_second(m, d):
    start = time.process_time()
    log_failure(m, d)
    assert time.process_time() - start < 1


@pytest.mark.slow
@pytest.mark.parametrize(("m", "d"), [(256, 3072), (4096, 512)])
def test_floats_agree_with_mpmath_at_more_sizes(m, d):
    assert abs(log_failure(m, d) - oracle(m, d)) < 1e-10


def test_the_bound_is_never_violated_and_the_gradient_never_fails_more_often():
    for m in (1, 2, 3, 5, 16, 100, 1000, 30_000):
        for d in (1, 2, 3, 5, 16, 100, 1000, 30_000):
            truth, exponent = log_failure(m, d), sign_noise_exponent(m, d)
            assert truth <= np.logaddexp(-exponent - math.log(2), -(m + 1) * math.log(2)) + 1e-10
            assert truth >= failure_probability(m, d, log=True) - 1e-10
            assert log_agreement_failure(m, d) <= -d * number(agreement_rate(sympy.Rational(m, d))) + 1e-10


def test_the_exponent_is_sharp_and_a_larger_one_is_false():
    for ratio in (0.25, 1, 4):
        gaps = [-log_failure(int(ratio * d), d) / d / sign_noise_rate(ratio) - 1 for d in (100, 1000, 10_000)]
        assert gaps[0] > gaps[1] > gaps[2] > 0
        assert gaps[2] < 0.01
    # Twice the variance of z, or N and P swapped, would give another exponent.
    assert -log_failure(4000, 4000) < 1.02 * sign_noise_exponent(4000, 4000) < 2 * sign_noise_exponent(4000, 4000)


def test_the_rate_is_the_least_of_cost_and_mask_and_certified():
    rho = np.linspace(1e-3, 0.5, 5000)
    for ratio in (0.1, 1.0, 10.0):
        least = min(sign_noise_cost(r) + ratio * J(r) for r in rho)
        assert sign_noise_rate(ratio) == pytest.approx(least, rel=1e-6)
        assert sign_noise_rate(ratio) == pytest.approx(number(certified_rate(sympy.Rational(ratio))), rel=1e-13)
    assert sign_noise_cost(0.5) == pytest.approx(0.240646787618, rel=1e-10)


def test_the_slope_of_the_cost_is_half_the_squared_hazard():
    u = sympy.Symbol("u", positive=True)
    h = hazard_expr(u)
    assert sympy.simplify(h.diff(u) - h * (h - u)) == 0
    assert sympy.simplify(sign_cost_expr(u).diff(u) - h**2 / 2 * (u / h).diff(u)) == 0
    assert sympy.simplify(sign_cost_expr(u).diff(u) - h**2 * (u / h).diff(u)) != 0
    assert enclose(sign_cost_expr(sympy.Rational(1, 2))).overlaps(
        enclose(sign_cost_expr(sympy.Rational(1, 2)), prec=300)
    )


@pytest.mark.parametrize("name", ["sign_margin", "agreement"])
def test_a_law_with_p_and_n_swapped_or_a_doubled_variance_is_refuted(name):
    def swapped(cell, rng, size, data):
        m, d = int(cell["m"]), int(cell["d"])
        k = rng.binomial(m, 0.5, size)
        on, off = (2 * rng.standard_gamma(j / 2) / m for j in (m - k, k))
        chance = 1 - np.arctan2(np.sqrt(off), 2 * np.sqrt(on)) / np.pi
        lengths = np.abs(rng.standard_normal((size, d))).sum(axis=1)
        margin = np.sqrt(on / d) * lengths + np.sqrt(2 * off) * rng.standard_normal(size)
        return {"sign_margin": margin, "agreement": rng.binomial(d, chance).astype(float)}

    engine = BEYOND[models.SIGN_LAW]
    wrong = Engine(swapped, engine.measures, engine.block_size, draws_per_trial=100, places=engine.places)
    engines = PAPER.engines.replaced({models.SIGN_LAW: wrong})
    key = {"sign_margin": "S17.law", "agreement": "S17.agreement"}[name]
    found = check(BOOK[key][0], GRID, engines=engines, book=BOOK, trials=300)
    assert found.verdict is Verdict.REFUTED
    assert check(BOOK[key][0], GRID, engines=PAPER.engines, book=BOOK, trials=300).verdict is Verdict.CONSISTENT


def test_sign_margins_are_inner_products_with_signs():
    rng = np.random.default_rng(3)
    W, a = sample_network(9, 5, rng)
    X, u = rng.standard_normal((4, 5)), rng.standard_normal(5)
    signs = np.sign(input_gradients(W, a, X))
    np.testing.assert_allclose(sign_margins(W, a, X), signs @ (W.T @ a), rtol=1e-12)
    np.testing.assert_allclose(sign_margins(W, a, X, u), signs @ u, rtol=1e-12)
    np.testing.assert_array_equal(sign_margins(-np.ones((2, 1)), [1, 1], [[1.0]]), [0.0])
    with pytest.raises(ValueError, match="u has shape"):
        sign_margins(W, a, X, u[:3])


def test_descent_within_the_certified_radius_is_separated_and_the_radius_is_the_knapsacks():
    rng = np.random.default_rng(4)
    assert all(pgd_draw(m, d, rng) > 0 for m, d in ((64, 16), (256, 8)) for _ in range(20))
    # The radius is where the knapsack reaches the margin.
    W, a = sample_network(200, 10, np.random.default_rng(5))
    X = rng.standard_normal((6, 10))
    for x, radius, margin in zip(X, separation_radius(W, a, X), margins(W, a, X), strict=True):
        h, p = W @ x, W @ (W.T @ a)
        harm = np.maximum(np.where(h > 0, p * a, -p * a), 0)
        K = knapsack_by_sort(harm, h * h)
        if margin <= 0:
            assert radius == 0
        else:
            assert K((np.linalg.norm(W, 2) * radius) ** 2) == pytest.approx(margin, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise": "l2"}, "noise must be one of gradient, sign"),
        ({"noise": "sign", "threshold": 0.1}, "sign noise needs threshold 0"),
        ({"noise": "sign", "leak": 0.1}, "sign noise needs threshold 0"),
        ({"noise": "sign", "projected": 2}, "sign noise needs threshold 0"),
        ({"noise": "sign", "readout": "rademacher", "certified": True}, "Gaussian readout"),
    ],
)
def test_what_sign_noise_does_not_cover_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        failure_probability(8, 8, **options)


def test_sizes_beyond_the_certified_ones_are_refused():
    with pytest.raises(ValueError, match="of at most 4096"):
        failure_probability(5000, 8, noise="sign", certified=True)


def test_a_readout_of_signs_agrees_with_its_draws():
    rng, m, d, draws = np.random.default_rng(6), 6, 5, 100_000
    W, a = rng.standard_normal((draws, m, d)), rng.choice([-1.0, 1.0], (draws, m))
    v, g = np.einsum("bi,bid->bd", a, W), np.einsum("bi,bid->bd", a * (W[:, :, 0] > 0), W)
    failures = int(((np.sign(g) * v).sum(axis=1) <= 0).sum())
    assert_frequency(failures, draws, failure_probability(m, d, noise="sign", readout="rademacher"))
