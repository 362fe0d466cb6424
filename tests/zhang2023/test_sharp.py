"""Closed forms, their optimality conditions, and the constants that follow from them, certified."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol, log, pi, sqrt
from whp.theory import number
from whp.theory.calculus.evaluate import enclosure
from whp.theory.zhang2023.margin._route_bounds import (
    S5_PAIRS,
    log_chebyshev,
    log_printed,
    log_repaired,
    log_repaired_direct,
    log_sharp,
    log_sizes,
    threshold_cost,
    threshold_slope,
)
from whp.theory.zhang2023.margin.law import failure_probability
from whp.theory.zhang2023.margin.sharp import (
    BOUNDS,
    J,
    J_curvature_expr,
    J_expr,
    admits,
    bernstein_constant_expr,
    entropy_expr,
    exponent,
    exponent_expr,
    frontier,
    leaky_bound_expr,
    log_threshold_bound,
    mask_rate_expr,
    prefactor_expr,
    product_rate_expr,
    rate,
    rate_expr,
    required_size,
    required_sizes,
    sign_exponent,
    tau,
    tau_expr,
    threshold_constant,
    threshold_cost_expr,
    threshold_curvature_expr,
    threshold_rate,
    threshold_slope_expr,
)

# τ in (0, 1) is written 1/(1+p), ρ in (0, ½) as 1/(2+p): a fraction with positive coefficients is then positive.
p, q, s, t = sympy.symbols("p q s t", positive=True)
rho, gamma = Symbol("rho", positive=True), Symbol("gamma", positive=True)


def positive(expression: sympy.Expr) -> bool:
    """Whether a rational function of the positive symbols p and q is positive: no coefficient changes sign."""
    parts = [sympy.Poly(sympy.expand(part), p, q) for part in sympy.fraction(sympy.together(sympy.cancel(expression)))]
    signs = [{bool(c > 0) for c in part.coeffs()} for part in parts]
    return signs[0] == signs[1] and len(signs[0]) == 1


def positive_on_the_half_line(expression: sympy.Expr, x: Symbol) -> bool:
    """Whether a rational function of one symbol is positive on (0, ∞): no root there (Sturm), and positive at 1."""
    parts = [sympy.Poly(part, x) for part in sympy.fraction(sympy.cancel(expression))]
    roots = sum(part.count_roots(0, sympy.oo) - (part.eval(0) == 0) for part in parts)
    return roots == 0 and bool(expression.subs(x, 1) > 0)


def vanishes(expression: sympy.Expr) -> bool:
    return sympy.simplify(expression) == 0


def test_J_is_the_rate_of_a_mixture_of_chi_squares():
    # J(ρ) = min over the share r of active units of KL(r ‖ ½) + ½ KL(r ‖ ρ), attained at r ∝ ρ^{1/3}.
    r, u = sympy.symbols("r u", positive=True)
    cost = log(2) + r * log(r) + (1 - r) * log(1 - r) + (r * log(r / rho) + (1 - r) * log((1 - r) / (1 - rho))) / 2
    best = u / (1 + u)
    at_best = sympy.expand_log(sympy.diff(cost, r).subs({r: best, rho: u**3 / (1 + u**3)}), force=True)
    assert vanishes(at_best)
    value = (cost.subs(r, best) - J_expr(rho)).subs(rho, u**3 / (1 + u**3))
    for point in (Rational(1, 7), Rational(3, 4), Rational(1)):
        assert abs(sympy.N(value.subs(u, point), 50)) < 1e-48
    # Convex in r: the second derivative is (3/2)/(r(1−r)).
    assert vanishes(sympy.diff(cost, r, 2) - Rational(3, 2) / (r * (1 - r)))


def test_J_is_convex_and_lowest_at_one_half():
    # With ρ = u³/(1+u³), u in (0, 1]: dJ/dρ = (dJ/du)/(dρ/du).
    u = Symbol("u", positive=True)
    ratio = u**3 / (1 + u**3)
    value = log(2) - Rational(3, 2) * log((1 + u) / (1 + u**3) ** Rational(1, 3))
    for point in (Rational(1, 5), Rational(4, 5)):
        assert abs(sympy.N(value.subs(u, point) - J_expr(ratio.subs(u, point)), 50)) < 1e-48
    slope = sympy.cancel(sympy.diff(value, u) / sympy.diff(ratio, u))
    assert slope.subs(u, 1) == 0
    second = sympy.cancel(sympy.diff(slope, u) / sympy.diff(ratio, u))
    assert positive_on_the_half_line(second, u)
    assert J_expr(Rational(1, 2)).equals(0)


def test_rate_is_the_minimum_of_its_variational_form():
    # γ = τ²/(1−τ) solves τ = τ(γ); ρ* = τ³/(1+τ³) is where the derivative of −½ log(1−ρ) + γ J(ρ) vanishes.
    u = Symbol("u", positive=True)
    ratio, cost = u**3 / (1 + u**3), log(2) - Rational(3, 2) * log((1 + u) / (1 + u**3) ** Rational(1, 3))
    objective = log(1 + u**3) / 2 + gamma * cost
    at = u**2 / (1 - u)
    assert vanishes(sympy.cancel((sympy.diff(objective, u) / sympy.diff(ratio, u)).subs(gamma, at)))
    assert vanishes(tau_expr(gamma) ** 2 + gamma * tau_expr(gamma) - gamma)
    # Convex: −½ log(1−ρ) and J both are.
    assert vanishes(sympy.diff(-log(1 - rho) / 2, rho, 2) - 1 / (2 * (1 - rho) ** 2))
    for g in (Rational(1, 100), Rational(1), Rational(37, 3)):
        root = tau_expr(g)
        minimum = -log(1 - root**3 / (1 + root**3)) / 2 + g * J_expr(root**3 / (1 + root**3))
        assert abs(sympy.N(minimum - rate_expr(g), 50)) < 1e-47


def test_rate_rises_and_rate_per_width_falls():
    # By the envelope theorem I'(γ) = J(ρ*) > 0 and (I/γ)' = ½ log(1−ρ*)/γ² < 0.
    for g in (Rational(1, 50), Rational(2), Rational(90)):
        root = tau_expr(g)
        ratio = root**3 / (1 + root**3)
        slope = sympy.diff(rate_expr(gamma), gamma).subs(gamma, g)
        assert abs(sympy.N(slope - J_expr(ratio), 50)) < 1e-46
        per_width = sympy.diff(rate_expr(gamma) / gamma, gamma).subs(gamma, g)
        assert abs(sympy.N(per_width - log(1 - ratio) / (2 * g**2), 50)) < 1e-46


def test_threshold_cost_is_stationary_in_its_tilt():
    # g(σ) = −σt + ½ log(1 + 2σρ − σ²ρ(1−ρ)) is concave; its maximiser is (2t−x)/(2t(1−ρ)), modulo x's equation.
    x, tilt = sympy.symbols("x sigma", positive=True)
    inner = 1 + 2 * tilt * rho - tilt**2 * rho * (1 - rho)
    equation = rho * x**2 + 2 * (1 - rho) * rho * x - 4 * t**2
    best = (2 * t - x) / (2 * t * (1 - rho))
    for expression in (
        sympy.diff(-tilt * t + log(inner) / 2, tilt).subs(tilt, best),
        inner.subs(tilt, best) - rho * x / (2 * t**2),
    ):
        assert sympy.rem(sympy.numer(sympy.together(expression)), equation, x) == 0
    # ½ log of a concave quadratic is concave where it is positive: (log f)'' = f''/f − (f'/f)² with f'' = −2ρ(1−ρ).
    assert vanishes(sympy.diff(inner, tilt, 2) + 2 * rho * (1 - rho))
    for r, level in ((Rational(1, 3), Rational(1, 9)), (Rational(2, 5), Rational(1, 50))):
        root = sympy.sqrt((1 - r) ** 2 + 4 * level**2 / r) - (1 - r)
        sigma = (2 * level - root) / (2 * level * (1 - r))
        direct = -sigma * level + log(1 + 2 * sigma * r - sigma**2 * r * (1 - r)) / 2
        assert abs(sympy.N(direct - threshold_cost_expr(r, level), 50)) < 1e-47


def test_threshold_cost_rises_and_is_convex():
    # 2t = xw makes x = 2ρ(1−ρ)/(w²−ρ) rational, and t < ρ is w > 1: put ρ = 1/(1+q), w = 1 + p.
    w = Symbol("w", positive=True)
    x = 2 * rho * (1 - rho) / (w**2 - rho)
    level = x * w / 2
    slope = (x * (3 * rho - 1) + 2 * rho * (1 - rho) - 4 * level * rho) / (4 * rho * (1 - rho) ** 2)
    assert positive(slope.subs({rho: 1 / (1 + q), w: 1 + p}))
    cost = -(2 * level - x) / (2 * (1 - rho)) + log(rho * x / (2 * level**2)) / 2
    # At fixed t, dw/dρ = −(∂t/∂ρ)/(∂t/∂w).
    along = -sympy.diff(level, rho) / sympy.diff(level, w)
    assert vanishes(sympy.cancel(sympy.diff(cost, rho) + sympy.diff(cost, w) * along - slope))
    assert positive(
        sympy.cancel(sympy.diff(slope, rho) + sympy.diff(slope, w) * along).subs({rho: 1 / (1 + q), w: 1 + p})
    )
    for r, at in ((Rational(1, 3), Rational(1, 9)), (Rational(2, 5), Rational(1, 50))):
        derivative = sympy.diff(threshold_cost_expr(rho, at), rho).subs(rho, r)
        assert abs(sympy.N(derivative - threshold_slope_expr(r, at), 50)) < 1e-46
        curvature = sympy.diff(threshold_slope_expr(rho, at), rho).subs(rho, r)
        assert abs(sympy.N(curvature - threshold_curvature_expr(r, at), 50)) < 1e-46
        assert abs(sympy.N(sympy.diff(J_expr(rho), rho, 2).subs(rho, r) - J_curvature_expr(r), 50)) < 1e-46


def test_product_rate_is_stationary_in_its_tilt():
    # λε + ½ log(1−λ²) is concave in λ, with derivative ε − λ/(1−λ²).
    lam, epsilon = Symbol("lambda", positive=True), Symbol("epsilon", positive=True)
    rate_at = lam * epsilon + log(1 - lam**2) / 2
    best = (sqrt(1 + 4 * epsilon**2) - 1) / (2 * epsilon)
    assert vanishes(sympy.diff(rate_at, lam).subs(lam, best))
    assert vanishes(rate_at.subs(lam, best) - product_rate_expr(epsilon))
    assert vanishes(sympy.diff(rate_at, lam, 2) + (1 + lam**2) / (1 - lam**2) ** 2)
    # c* ε² ≤ I_×(ε) up to ε = 2/π (in units of K = 2/π): I_×(ε)/ε² falls, so its end point is the constant.
    points = [Rational(k, 20) * 2 / pi for k in range(1, 21)]
    values = [number(product_rate_expr(x) / x**2) for x in points]
    assert values == sorted(values, reverse=True)


def test_entropy_and_leaky_forms():
    assert entropy_expr(Rational(1, 2)).equals(0)
    assert vanishes(sympy.diff(entropy_expr(rho), rho, 2) - 1 / (rho * (1 - rho)))
    # The least favourable ρ of a leaky network has P/N = c, where noise²/(signal² + noise²) = ((1−c)/(1+c))².
    c = Symbol("c", positive=True)
    worst = (rho + c * (1 - rho)) ** 2 / (rho * (1 - rho))
    at = c / (1 + c)
    assert vanishes(sympy.diff(worst, rho).subs(rho, at))
    v = (1 - c) ** 2 / ((1 - c) ** 2 + worst.subs(rho, at))
    assert vanishes(v - ((1 - c) / (1 + c)) ** 2)
    assert leaky_bound_expr(Rational(1, 3), 2) == Rational(1, 8)


@pytest.mark.parametrize("g", [Fraction(1, 10**6), Fraction(1, 7), Fraction(1), Fraction(50), Fraction(10**9)])
def test_floats_agree_with_the_expressions_at_fifty_digits(g):
    point = Rational(g.numerator, g.denominator)
    with mpmath.workdps(60):
        exact_rate, exact_tau = (mpmath.mpf(str(sympy.N(f(point), 60))) for f in (rate_expr, tau_expr))
        assert abs(rate(float(g)) / exact_rate - 1) < 1e-14
        assert abs(tau(float(g)) / exact_tau - 1) < 1e-14


@given(st.fractions(Fraction(1, 1000), Fraction(1, 2)))
@settings(deadline=None, max_examples=30)
def test_J_in_floats_agrees_with_its_expression(r):
    assert J(float(r)) == pytest.approx(number(J_expr(r)), rel=1e-10, abs=1e-15)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
@settings(deadline=None, max_examples=30)
@example(1, 1)
def test_exponent_in_floats_agrees_with_its_expression(m, d):
    assert exponent(m, d) == pytest.approx(number(exponent_expr(m, d)), rel=1e-13)


def test_equal_constants_in_closed_form():
    golden = (1 + sqrt(5)) / 2
    assert abs(sympy.N(rate_expr(1) - log(16 * golden**-5) / 2, 50)) < 1e-48
    assert rate(1e12) == pytest.approx(math.log(2) / 2, rel=1e-9)
    assert rate(1e-12) == pytest.approx(1e-12 * math.log(2), rel=1e-5)


def test_prefactor_is_that_of_the_exact_law():
    for g in (Fraction(1, 2), 1, 4):
        d = 20_000
        truth = failure_probability(int(g * d), d, log=True) + exponent(int(g * d), d)
        assert truth == pytest.approx(math.log(number(prefactor_expr(g, d))), abs=1e-3)


def test_frontier_separates_true_constants_from_false_ones():
    for g in (Fraction(1, 3), Fraction(1), Fraction(8)):
        c1, c2 = frontier(g, certified=True)
        below, above = Fraction(999, 1000), Fraction(1001, 1000)
        first, second = Fraction(float(c1)), Fraction(float(c2))
        assert admits(below * first, below * second) is True
        assert admits(above * first, above * second) is False
        assert frontier(float(g)) == pytest.approx((float(c1), float(c2)), rel=1e-13)


@given(st.integers(1, 3000), st.integers(1, 3000), st.floats(0.01, 20))
@settings(deadline=None, max_examples=30)
def test_admitted_constants_bound_the_exact_law(m, d, g):
    c1, c2 = frontier(g)
    bound = max(-c1 * d, -c2 * m) + math.log1p(math.exp(-abs(c1 * d - c2 * m)))
    assert failure_probability(m, d, log=True) <= bound


@pytest.mark.parametrize(("t", "printed", "better"), [
    (Fraction(1, 64), Fraction(71, 10), Fraction(703, 100)),
    (Fraction(1, 32), Fraction(9), Fraction(866, 100)),
    (Fraction(1, 16), Fraction(124, 10), Fraction(1234, 100)),
])  # fmt: skip
def test_threshold_constants_are_certified(t, printed, better):
    best = threshold_constant(t, certified=True)
    for value in (printed, better):
        assert best.compare("<=", fmpq(value.numerator, value.denominator)) is True
    short = better - Fraction(2, 100)
    assert best.compare("<=", fmpq(short.numerator, short.denominator)) is False
    assert best.relative_radius < 1e-12
    assert threshold_constant(t) == pytest.approx(float(best), rel=1e-10)


def test_pairs_of_constants_are_certified():
    for c_m, c_d in S5_PAIRS:
        first, second = Rational(str(c_m)), Rational(str(c_d))
        assert enclosure(exponent_expr(first, second), prec=256).compare(">=", 1) is True
    # 5.5 is the first decimal that will do, and no pair can do with less than 2/log 2 and 1/log 2.
    assert enclosure(exponent_expr(Rational(54, 10), Rational(54, 10))).compare(">=", 1) is False
    assert enclosure(rate_expr(10**9)).compare("<", arb(2).log() / 2) is True


def test_the_constants_of_the_repaired_route_are_certified():
    """Every exponent of whp S7, from the exact rate it rounds down."""
    c_star = bernstein_constant_expr()
    rates = {
        # Chernoff for χ²: (z e^{1−z})^{k/2} at z = 2 with k = m, and at z = ½ with k = m/4 and k = d.
        Fraction(1, 7): (1 - log(2)) / 2,
        Fraction(1, 42): (log(2) - Rational(1, 2)) / 8,
        Fraction(1, 11): (log(2) - Rational(1, 2)) / 2,
        # Hoeffding for Tr D ≤ m/4, and the tail of a normal with c₂ = 1/64.
        Fraction(1, 8): 2 * Rational(1, 4) ** 2,
        Fraction(1, 256): Rational(1, 64) / 4,
        # Bernstein with the sharp constant: c* π²/960 per dimension.
        Fraction(1, 557): c_star * pi**2 / 960,
        # ‖Da‖² ≤ 1/8 directly; λ = 1 is close to the best tilt.
        Fraction(1, 9): mask_rate_expr(1, Rational(1, 8)),
    }
    for rounded, exact in rates.items():
        found = enclosure(exact, prec=200)
        assert found.compare(">=", fmpq(rounded.numerator, rounded.denominator)) is True, rounded
    assert enclosure(c_star).compare(">=", fmpq(17467, 100_000)) is True
    assert enclosure(c_star).compare("<=", fmpq(17468, 100_000)) is True
    # The roundings are the best with an integer below the line.
    for integer, exact in ((41, rates[Fraction(1, 42)]), (8, rates[Fraction(1, 9)]), (556, rates[Fraction(1, 557)])):
        assert enclosure(exact, prec=200).compare(">=", fmpq(1, integer)) is False


def test_no_tilt_beats_one_eighth_for_the_mask():
    # mask_rate is concave in λ (a log moment generating function is convex) and turns between 0.9 and 1.1.
    lam = Symbol("lambda", positive=True)
    slope = sympy.diff(mask_rate_expr(lam, Rational(1, 8)), lam)
    low, high = Rational(9, 10), Rational(11, 10)
    assert sympy.N(slope.subs(lam, low), 30) > 0 > sympy.N(slope.subs(lam, high), 30)
    assert sympy.N(mask_rate_expr(low, Rational(1, 8)) + slope.subs(lam, low) * (high - low), 30) < Rational(1, 8)


def test_threshold_rates_in_floats_and_balls_agree():
    for level in (Fraction(1, 64), Fraction(1, 5)):
        for g in (Fraction(1, 9), 1, 30):
            ball = threshold_rate(level, g, certified=True)
            assert ball.relative_radius < 1e-40
            assert threshold_rate(float(level), float(g)) == pytest.approx(float(ball), rel=1e-11)
    assert threshold_rate(1e-9, 2.0) == pytest.approx(rate(2.0), abs=1e-8)


@pytest.mark.parametrize("ratio", [0.05, 0.3, 0.49])
def test_threshold_cost_in_floats_agrees_with_its_expression(ratio):
    r, level = Fraction(ratio), Fraction(1, 30)
    assert threshold_cost(ratio, 1 / 30) == pytest.approx(number(threshold_cost_expr(r, level)), rel=1e-8)
    assert threshold_slope(ratio, 1 / 30) == pytest.approx(number(threshold_slope_expr(r, level)), rel=1e-9)
    assert threshold_cost(1 / 40, 1 / 30) == 0.0


def test_sign_exponent_is_the_minimum_of_its_form():
    for m, d in ((5, 90), (64, 64), (3000, 2)):
        shares = [k / 8000 for k in range(1, 4001)]
        costs = [math.log(2) + r * math.log(r) + (1 - r) * math.log1p(-r) for r in shares]
        least = min(m * cost - d / 2 * math.log1p(-r) for r, cost in zip(shares, costs, strict=True))
        assert sign_exponent(m, d) <= least + 1e-12
        assert sign_exponent(m, d) == pytest.approx(least, rel=1e-3)
    assert number(entropy_expr(Fraction(1, 80))) == pytest.approx(costs[99], rel=1e-13)


SIZES_FROM = {
    # The least m = d from which each bound is below 1, at n = 1, 10³ and 5·10⁴ samples.
    1: {"exact": 1, "S4": 1, "S5": 1, "S7": 626, "S7.direct": 387, "printed": 480},
    1000: {"exact": 27, "S4": 34, "S5": 38, "S7": 4235, "S7.direct": 4234, "printed": 4233},
    50_000: {"exact": 47, "S4": 56, "S5": 60, "S7": 6414, "S7.direct": 6413, "printed": 6412},
}


@pytest.mark.parametrize("n", [1, 1000, 50_000])
def test_sizes_from_which_each_form_says_something(n):
    rows = {row.bound: row for row in required_sizes(n, 1)}
    assert {name: rows[name].m for name in SIZES_FROM[n]} == SIZES_FROM[n]
    assert rows["printed.chebyshev"].m is None
    for name, row in rows.items():
        if row.m is not None:
            assert BOUNDS[name].log_bound(row.m, row.d, n, 0.0) < 0
            assert row.m == 1 or BOUNDS[name].log_bound(row.m - 1, row.d - 1, n, 0.0) >= 0


@given(st.integers(2, 20_000), st.integers(2, 20_000), st.sampled_from([1, 1000, 50_000]))
@settings(deadline=None, max_examples=30)
def test_every_guarantee_is_above_the_exact_law(m, d, n):
    exact = failure_probability(m, d, log=True) + math.log(n)
    for bound in (log_sharp, log_sizes, log_repaired, log_repaired_direct):
        assert bound(m, d, n) >= exact - 1e-9


@pytest.mark.parametrize(("n", "delta"), [(1, 0.1), (50_000, 0.01)])
def test_required_sizes_are_the_smallest(n, delta):
    for where in ({}, {"d": 90}, {"m": 120}):
        found = required_size(n, delta, **where)
        assert found.log_failure <= math.log(delta)
        m, d = found.m - (0 if "m" in where else 1), found.d - (0 if "d" in where else 1)
        if min(m, d) >= 1:
            assert failure_probability(m, d, log=True) + math.log(n) > math.log(delta)


def test_required_sizes_that_do_not_exist_are_none():
    assert required_size(50_000, 0.01, d=10).m is None
    assert required_size(10, 0.1, d=64, bound="S7").m is None
    assert required_size(10, 0.5, bound="printed.chebyshev", m=400).d == 160
    assert required_size(10, 0.5, bound="printed.chebyshev", m=150).d is None
    assert required_size(10, 0.5, bound="printed.chebyshev", d=160).m == 195


def test_required_size_at_a_threshold():
    threshold = 1 / 32
    sharp = required_size(1000, 0.01, bound="S6", threshold=threshold)
    assert log_threshold_bound(sharp.m, sharp.d, 1000, threshold) <= math.log(0.01)
    assert log_threshold_bound(sharp.m - 1, sharp.d - 1, 1000, threshold) > math.log(0.01)
    # S6's corollary asks for more, and the repaired route for far more.
    assert sharp.m <= 9 * math.log(1001 / 0.01)
    assert required_size(1000, 0.01, bound="S7.direct", threshold=threshold).m > 10 * sharp.m
    assert failure_probability(sharp.m, sharp.d, samples=1000, threshold=threshold) < 0.01


def test_printed_bounds_are_the_printed_formulas():
    m, d, n = 300, 700, 20
    c = number(bernstein_constant_expr())
    each = math.exp(-m / 8) + 2 * math.exp(-m / 11) + 4 * math.exp(-m / 7) + math.exp(-d / 256)
    assert math.exp(log_printed(m, d, n)) == pytest.approx(n * (each + 2 * math.exp(-c * math.pi**2 * d / 960)))
    assert math.exp(log_chebyshev(900, d, n)) == pytest.approx(2 * n / (0.25 * d))
    assert log_chebyshev(840, d, n) == math.inf


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: rate(0), ValueError, "gamma = m/d must be positive"),
        (lambda: rate(math.nan), ValueError, "gamma must be a finite number"),
        (lambda: J(1.5), ValueError, r"rho must lie in \[0, 1\]"),
        (lambda: exponent(0, 4), ValueError, "width m must lie in"),
        (lambda: threshold_rate(0.5, 1), ValueError, "strictly between 0 and 1/2"),
        (lambda: threshold_rate(0.1, -1), ValueError, "gamma must be positive"),
        (lambda: log_threshold_bound(4, 4, 1, 0.5), ValueError, "strictly between 0 and 1/2"),
        (lambda: threshold_constant(0.7), ValueError, "strictly between 0 and 1/2"),
        (lambda: admits(0, 1), ValueError, "c1 must be positive"),
        (lambda: required_size(0, 0.1), ValueError, "samples n must lie in"),
        (lambda: required_size(1, 0.0), ValueError, "delta must lie in"),
        (lambda: required_size(1, 0.1, bound="S99"), ValueError, "bound must be one of"),
        (lambda: required_size(1, 0.1, m=2, d=2), ValueError, "at most one of m and d"),
        (lambda: required_size(1, 0.1, bound="S4", threshold=0.1), ValueError, "does not cover the threshold"),
        (lambda: required_size(1, 0.1, threshold=0.5), ValueError, "strictly between 0 and 1/2"),
        (lambda: required_size(1, 0.1, m=2.5), TypeError, "width m must be an integer"),
    ],
)
def test_bad_input_is_one_clear_error(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
