"""Means, variances and quantiles from draws: limits cover the truth, decide what they exclude, and no more."""

import math

import numpy as np
import pytest
from scipy.stats import binom, expon
from sympy import Max, Min, Rational, exp, sin, sqrt
from whp.checks import Engine, check
from whp.checks.deciders import means
from whp.checks.deciders.means import mean_limits, quantile_limits, range_of
from whp.theory import RV, Claim, E, Link, Median, Model, Quantile, Source, Statement, Var, real
from whp.theory.language.law_of import LawOf
from whp.theory.laws.uniform_law import UniformLaw

SOME = Model("some", (), "some variable")
X = RV("X", SOME, "X")
U = RV("U", SOME, "U", law=LawOf(UniformLaw, -1, 2))


class Nonnegative(RV):
    """A variable that is declared to be nonnegative."""

    is_extended_nonnegative = True


N = Nonnegative("N", SOME, "N")


def _asked(question, drawn, link, rv, values, alpha=1e-6):
    return means.by_draws(question(link, draws=drawn((rv, {}, values)), alpha=alpha), {})


@pytest.fixture(scope="module")
def exponential():
    return np.random.default_rng(7).exponential(size=20_000)


@pytest.mark.parametrize(
    ("draw", "support", "truth"),
    [
        (lambda rng, n: rng.exponential(size=n), (0, math.inf), 1.0),
        (lambda rng, n: rng.lognormal(0, 1.5, size=n), (0, math.inf), math.exp(1.125)),
        (lambda rng, n: (rng.random(n) < 0.02) * 50.0, (0, math.inf), 1.0),
        (lambda rng, n: (rng.random(n) < 0.02) * 1.0, (0, 1), 0.02),
        (lambda rng, n: -rng.exponential(size=n), (-math.inf, 0), -1.0),
        (lambda rng, n: rng.beta(0.2, 3, size=n) * 2 - 1, (-1, 1), 2 * 0.2 / 3.2 - 1),
    ],
)
def test_limits_of_means_of_skewed_laws_cover_them(draw, support, truth):
    rng, alpha, runs = np.random.default_rng(11), 0.2, 400
    missed = 0
    for _ in range(runs):
        values = draw(rng, 200)
        found = mean_limits(values, values, support, alpha)
        missed += not found.low <= truth <= found.high
    assert missed <= binom.isf(1e-6, runs, alpha)


def test_limits_close_in_on_the_mean(exponential):
    found = mean_limits(exponential, exponential, (0.0, math.inf), 1e-6)
    assert 0.93 < found.low < 1
    cut = np.minimum(exponential, 3.0)
    found = mean_limits(cut, cut, (0.0, 3.0), 1e-6)
    truth = 1 - math.exp(-3)
    assert truth - 0.05 < found.low < truth < found.high < truth + 0.05


@pytest.mark.parametrize("q", [0.02, 0.5, 0.9])
def test_limits_of_quantiles_cover_them_and_are_as_narrow_as_ranks_allow(q):
    rng, alpha, runs = np.random.default_rng(3), 0.1, 400
    missed = [0, 0]
    for _ in range(runs):
        values = rng.exponential(size=300)
        found = quantile_limits(values, values, (q, q), alpha)
        missed[0] += found.low > expon.ppf(q)
        missed[1] += found.high < expon.ppf(q)
    assert max(missed) <= binom.isf(1e-6, runs, alpha / 2)
    # Exact limits: the next order statistic would fail too often, so these do fail at times.
    assert sum(missed) >= 1


def test_quantiles_on_a_lattice_are_the_least_ones():
    coin = np.repeat([0.0, 1.0], 500)
    found = quantile_limits(coin, coin, (0.5, 0.5), 1e-6)
    assert (found.low, found.high) == (0, 1)
    few = np.arange(3.0)
    assert quantile_limits(few, few, (0.5, 0.5), 1e-6) == means.Limits(-math.inf, math.inf)


def test_ranges_come_from_supports_and_forms():
    assert range_of(U, {}) == (-1, 2)
    assert range_of(3 - 2 * U, {}) == (-1, 5)
    assert range_of(abs(U), {}) == (0, 2)
    assert range_of(U**2, {}) == (0, 4)
    assert range_of(exp(U), {}) == (math.exp(-1), math.exp(2))
    assert range_of(Max(U, 0) + Min(U, 1), {}) == (-1, 3)
    assert range_of(sqrt(N), {}) == (0, math.inf)
    assert range_of(1 / N, {}) == (0, math.inf)
    assert range_of(X, {}) == (-math.inf, math.inf)


def test_a_lower_limit_refutes_and_holds(question, drawn, exponential):
    for link, verdict in (
        (Link(E(N), "<", Rational(9, 10)), "refuted"),
        (Link(E(N), "=", Rational(9, 10)), "refuted"),
        (Link(E(N), ">", Rational(9, 10)), "holds"),
        (Link(E(N), "<=", Rational(11, 10)), "undetermined"),
        (Link(E(N), "=", 1), "undetermined"),
        (Link(2 * E(N) + 1, "<=", Rational(28, 10)), "refuted"),
        (Link(1 / E(N), "<=", Rational(12, 10)), "holds"),
    ):
        found = _asked(question, drawn, link, N, exponential)
        assert found.verdict == verdict, link
    assert found.evidence == "sampled"
    found = _asked(question, drawn, Link(E(N), "<=", Rational(11, 10)), N, exponential)
    assert "an upper limit of E(N) from draws needs a range or a law" in found.reason


def test_of_a_variable_of_which_nothing_is_known_no_mean_is_read_off_draws(question, drawn, exponential):
    found = _asked(question, drawn, Link(E(X), "<", Rational(1, 10)), X, exponential)
    assert (found.verdict, found.evidence) == ("undetermined", None)
    assert "E(X) from draws needs a range, a nonnegative variable or a law" in found.reason
    # Its square is nonnegative by its form.
    assert _asked(question, drawn, Link(E(X**2), "<", 1), X, exponential).verdict == "refuted"


def test_a_range_gives_both_limits_and_no_equality_holds_by_draws(question, drawn):
    values = np.random.default_rng(5).uniform(-1, 2, size=50_000)
    link = Link(E(sqrt(U + 1)), "<=", Rational(12, 10))
    assert _asked(question, drawn, link, U, values).verdict == "holds"
    true = 2 * sqrt(3) / 3
    equal = _asked(question, drawn, Link(E(sqrt(U + 1)), "=", true), U, values)
    assert (equal.verdict, equal.evidence) == ("consistent", "sampled")
    for share in (Rational(98, 100), Rational(102, 100)):
        assert _asked(question, drawn, Link(E(sqrt(U + 1)), "=", share * true), U, values).verdict == "refuted"


def test_variances_have_lower_limits_by_pairs(question, drawn, exponential):
    assert _asked(question, drawn, Link(Var(X), "<", Rational(7, 10)), X, exponential).verdict == "refuted"
    assert _asked(question, drawn, Link(Var(X), "<", Rational(11, 10)), X, exponential).verdict == "undetermined"


def test_medians_and_quantiles_are_decided_by_ranks(question, drawn, exponential):
    for link, verdict in (
        (Link(Median(X), "<=", Rational(74, 100)), "holds"),
        (Link(Median(X), "<=", Rational(64, 100)), "refuted"),
        (Link(Median(X), "=", Rational(64, 100)), "refuted"),
        (Link(Median(X), "=", Rational(69, 100)), "consistent"),
        (Link(Quantile(X, Rational(9, 10)), ">", Rational(21, 10)), "holds"),
    ):
        assert _asked(question, drawn, link, X, exponential).verdict == verdict, link


def test_the_error_budget_is_spent_by_what_is_asked(question, drawn, exponential):
    # At a generous budget the limits are narrower: at 1e-12 they no longer refute.
    link = Link(E(N), "<=", Rational(97, 100))
    assert _asked(question, drawn, link, N, exponential, 0.2).verdict == "refuted"
    assert _asked(question, drawn, link, N, exponential, 1e-12).verdict == "undetermined"


def _condition(cell, rng, size, data):
    return np.linalg.svd(rng.standard_normal((size, 2, 2)), compute_uv=False)


def _quotient(values):
    return values[:, 0] / values[:, 1]


GAUSS = Model("two by two", (), "a Gaussian matrix of order two")
KAPPA = Nonnegative("kappa", GAUSS, r"\kappa")


@pytest.mark.parametrize(("link", "verdict"), [(Link(E(KAPPA), "<", 5), "refuted"), (Link(E(KAPPA), ">", 2), "holds")])
def test_the_mean_condition_number_of_gaussian_matrices_is_drawn(link, verdict):
    statement = Statement("kappa", "printed", "", Source("test", "here"), (Claim((link,)),))
    result = check(statement, engines={GAUSS: Engine(_condition, {"kappa": _quotient})}, seed=1)
    assert (result.verdict, result.evidence) == (verdict, "sampled")


def test_draws_say_nothing_where_a_parameter_has_no_value(question, drawn, exponential):
    t = real("t", 0, 1)
    assert _asked(question, drawn, Link(E(sin(t * N)), "<=", Rational(1, 10)), N, exponential) is None


def test_draws_that_overflow_are_cut_off_without_a_warning(question, drawn, exponential):
    for body in (exp(N**4), exp(exp(N)) * N):
        found = _asked(question, drawn, Link(E(body), "<", 10**6), N, 8 * exponential)
        assert (found.verdict, found.evidence) == ("refuted", "sampled")
        found = _asked(question, drawn, Link(Var(body), "<", 10**6), N, 8 * exponential)
        assert found.verdict == "refuted"
    signed = _asked(question, drawn, Link(E(exp(N**4) * sin(N)), "<", 1), N, 8 * exponential)
    assert signed.verdict == "undetermined"
