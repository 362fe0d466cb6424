"""Claims in real parameters without listed values: decided on whole intervals, or refuted at simple values."""

from fractions import Fraction

import pytest
from scipy import stats
from sympy import Rational, ceiling, exp, log, oo, pi, sqrt
from whp.checks import check
from whp.checks.deciders import interval
from whp.checks.deciders.interval import simplest
from whp.checks.deciders.question import Question
from whp.theory import RV, Claim, Hypothesis, Link, Model, P, Source, Statement, real, size
from whp.theory.language.law_of import LawOf
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ChiSquareLaw, NormalLaw
from whp.theory.laws.kolmogorov import OneSidedKolmogorovLaw

n, m, d = size("n"), size("m"), size("d")
t, u = real("t", 0, oo), real("u", 0, oo)
eps = real("eps", 0, 1)
z = RV("Z", Model("normal", (), "a normal variable"), "Z", law=LawOf(NormalLaw, 1))
x = RV("X", Model("chi-square", (d,), "a chi-square variable"), "X", law=LawOf(ChiSquareLaw, d))
b = RV("B", Model("coins", (n,), "fair coins"), "B", law=LawOf(BinomialLaw, n, Rational(1, 2)))
v = RV("V", Model("votes", (m,), "votes of a noisy majority"), "V", law=LawOf(BinomialLaw, m, (1 - eps) / 2))


def decided(question, *link, **fields):
    (found,) = interval.decide(question(Link(*link), **fields)).outcomes
    return found


def cell(found):
    return dict(found.cell)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ((P(abs(z) >= u), "<=", exp(-(u**2) / 2)), "holds"),  # both sides are 1 at u = 0
        ((P(abs(z) >= u), "<=", Rational(98, 100) * exp(-(u**2) / 2)), "refuted"),
        ((P(z >= u), "<=", exp(-(u**2) / 2) / 2), "holds"),  # both sides are 1/2 at u = 0
        ((P(z >= u), "<=", Rational(49, 100) * exp(-(u**2) / 2)), "refuted"),
        ((P(abs(z) <= u), "<=", 2 * u / sqrt(2 * pi)), "holds"),  # contact of third order at 0
        ((P(abs(z) <= u), "<=", Rational(98, 100) * 2 * u / sqrt(2 * pi)), "refuted"),
        ((P(abs(z) <= u), "<=", Rational(102, 100) * 2 * u / sqrt(2 * pi)), "holds"),
        ((P(z > u), ">=", (1 / u - 1 / u**3) * exp(-(u**2) / 2) / sqrt(2 * pi)), "holds"),
        ((P(z > u), ">=", (1 / u - 1 / u**3) * exp(-(u**2) / 2)), "refuted"),
        ((P(z > u), ">=", (1 / u - Rational(98, 100) / u**3) * exp(-(u**2) / 2) / sqrt(2 * pi)), "refuted"),
    ],
    ids=str,
)
def test_tails_of_a_normal_variable_on_the_half_line(question, claim, verdict):
    found = decided(question, *claim)
    assert found.verdict == verdict
    if verdict == "holds":
        assert "on all of u in (0, oo)" in found.reason


def test_a_counterexample_is_a_simple_value_at_which_another_library_agrees(question):
    found = decided(question, P(abs(z) >= u), "<=", exp(-(u**2)))
    value = cell(found)["u"]
    assert Fraction(value).denominator <= 4
    assert 2 * stats.norm.sf(float(value)) > float(exp(-(Rational(value) ** 2)))


def test_laurent_and_massart_hold_for_all_sizes_at_once(question):
    claim = (P(x >= d + 2 * sqrt(d * t) + 2 * t), "<=", exp(-t))
    found = decided(question, *claim)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    wrong = decided(question, P(x >= d + 2 * sqrt(d * t) + t), "<=", exp(-t))
    assert wrong.verdict == "refuted"
    at = cell(wrong)
    assert stats.chi2.sf(at["d"] + 2 * float(at["d"] * at["t"]) ** 0.5 + float(at["t"]), at["d"]) > float(
        exp(-Rational(at["t"]))
    )


def test_a_constant_of_lecture_notes_is_refuted_at_its_smallest_size_and_repaired(question):
    below = (Hypothesis(t < 1, "t < 1"),)
    wrong = decided(question, P(abs(x / d - 1) >= t), "<=", 2 * exp(-(t**2) * d / 4), hypotheses=below)
    assert (wrong.verdict, wrong.smallest, cell(wrong)["d"]) == ("refuted", True, 33)
    assert 0.99 < float(cell(wrong)["t"]) < 1
    right = decided(question, P(abs(x / d - 1) >= t), "<=", 2 * exp(-(t**2) * d / 8), hypotheses=below)
    assert (right.verdict, right.evidence) == ("holds", "proved")


def test_hoeffding_holds_beyond_the_support_too(question):
    assert decided(question, P(b >= n / 2 + t), "<=", exp(-2 * t**2 / n)).evidence == "proved"
    assert decided(question, P(b >= n / 2 + t), "<=", exp(-Rational(22, 10) * t**2 / n)).verdict == "refuted"


def test_steps_of_a_lattice_law_are_told_apart_at_both_ends(question):
    one = {"grid": {"n": (1,)}}
    # P(b ≥ t) is 1/2 on (0, 1] and 0 beyond.
    assert decided(question, P(b >= t), "<=", Rational(1, 2), **one).verdict == "holds"
    assert decided(question, P(b > t), "<=", Rational(1, 2) * exp(-t), **one).verdict == "refuted"
    at_step = decided(question, P(b >= t), "<=", (2 - t) / 2, hypotheses=(Hypothesis(t <= 1, ""),), **one)
    assert at_step.verdict == "holds"
    missed = decided(question, P(b >= t), "<", (2 - t) / 2, hypotheses=(Hypothesis(t <= 1, ""),), **one)
    assert (missed.verdict, cell(missed)) == ("refuted", {"n": 1, "t": 1})
    inside = decided(question, P(b >= t), "<", (2 - t) / 2, hypotheses=(Hypothesis(t < 1, ""),), **one)
    assert inside.verdict == "holds"


def test_a_law_with_a_real_parameter_meets_its_bound_at_an_end(question):
    bound = (1 - sqrt(1 - exp(-m * eps**2 / (1 - eps**2)))) / 2
    few = {"grid": {"m": (1, 2, 3, 8)}}
    assert decided(question, P(v >= m / 2), ">=", bound, **few).verdict == "holds"
    lower = (1 - sqrt(1 - exp(-Rational(98, 100) * m * eps**2 / (1 - eps**2)))) / 2
    wrong = decided(question, P(v >= m / 2), ">=", lower, **few)
    assert (wrong.verdict, cell(wrong)["m"]) == ("refuted", 1)


def test_relations_without_probabilities_are_decided_on_the_interval(question):
    assert decided(question, exp(-t), "<=", 1 / (1 + t)).verdict == "holds"
    assert decided(question, exp(-t), "<", 1 / (1 + t)).verdict == "holds"
    assert decided(question, exp(-t), "<=", 1 / (1 + Rational(102, 100) * t)).verdict == "refuted"
    closed = real("t", 0, oo, closed="left")
    (found,) = interval.decide(question(Link(exp(-closed), "<", 1 / (1 + closed)))).outcomes
    assert (found.verdict, cell(found)) == ("refuted", {"t": 0})
    assert decided(question, log(1 + t), "<=", t * n).verdict == "holds"


def test_two_parameters_are_asked_over_boxes(question):
    a, c = real("a", 0, 1), real("c", 0, 1)
    assert decided(question, P(z >= a + c), "<=", Rational(51, 100)).verdict == "holds"
    assert decided(question, P(z >= a + c), "<=", Rational(2, 5)).verdict == "refuted"
    e = real("e", 0, 1)
    three = decided(question, P(z >= a + c + e), "<=", Rational(51, 100) + a * c * e / 10**6 - a * c * e / 10**5)
    assert three.verdict == "undetermined"
    assert three.reason.startswith("scope: not decided for every a, c, e")
    assert decided(question, P(z >= a + c + e), "<=", Rational(1, 4)).verdict == "refuted"


def test_positive_parameters_that_a_change_of_units_fixes_are_one(question):
    s, w = real("s", 0, oo), real("w", 0, oo)
    y = RV("Y", Model("scaled", (), "a normal variable"), "Y", law=LawOf(NormalLaw, s**2 * w))
    bound = exp(-(u**2) / (2 * s**2 * w))
    found = decided(question, P(abs(y) >= u), "<=", bound)
    assert found.verdict == "holds"
    assert "s = w = 1" in found.reason
    wrong = decided(question, P(abs(y) >= u), "<=", Rational(98, 100) * bound)
    assert (wrong.verdict, cell(wrong)["s"], cell(wrong)["w"]) == ("refuted", 1, 1)
    # Both sides scale differently here: nothing is fixed, and nothing is claimed.
    other = decided(question, P(abs(y) >= u), "<=", exp(-(u**2) / (2 * s * w)))
    assert other.verdict != "holds"


def test_a_refutation_beyond_open_cells_is_found(question):
    k = size("k", 0)
    p = real("p", 0, Rational(1, 2), closed="right")
    c = RV("C", Model("biased", (n,), "coins"), "C", law=LawOf(BinomialLaw, n, p))
    few = (Hypothesis(k >= n * p, ""), Hypothesis(k <= n, ""))
    found = decided(question, P(c >= k), ">=", P(z >= (k - n * p) / sqrt(n * p * (1 - p))), hypotheses=few)
    assert (found.verdict, found.smallest) == ("refuted", False)
    at = cell(found)
    margin = (at["k"] - at["n"] * at["p"]) / float(at["n"] * at["p"] * (1 - at["p"])) ** 0.5
    assert stats.binom.sf(at["k"] - 1, at["n"], float(at["p"])) < stats.norm.sf(float(margin))


def test_ceilings_of_the_parameter_are_asked_at_each_of_their_integers(question):
    k = ceiling(2 / eps)
    c = RV("W", Model("steps", (), "a chi-square variable"), "W", law=LawOf(ChiSquareLaw, k))
    least = (Hypothesis(eps > Rational(1, 4), ""),)
    # Markov's inequality for a variable of mean k.
    assert decided(question, P(c >= 4 * k), "<=", Rational(1, 4), hypotheses=least).verdict == "holds"
    wrong = decided(question, P(c >= k), "<=", Rational(2, 5), hypotheses=least)
    assert wrong.verdict == "refuted"
    at = float(cell(wrong)["eps"])
    degrees = -(-2 // at)
    assert stats.chi2.sf(degrees, degrees) > 0.4


def test_the_largest_deviation_of_a_sample_meets_its_bound_at_zero(question):
    largest = RV("D", Model("sample", (n,), "a sample"), "D", law=LawOf(OneSidedKolmogorovLaw, n))
    few = {"grid": {"n": (1, 2, 5)}}
    assert decided(question, P(largest > t), "<=", exp(-2 * n * t**2), **few).verdict == "holds"
    assert decided(question, P(largest > t), "<=", exp(-2 * n * t**2 - t), **few).verdict == "refuted"


def _asked(statement):
    return Question(statement, statement.claims[0], statement.links[0], (), 1e-9, 0)


def test_the_end_of_a_size_is_asked():
    statement = Statement(
        "s", "printed", "", Source("laurent2000", "Lemma 1"), (Claim((Link(size("i", 1, 100000), ">", 0),)),)
    )
    asked = [c["i"] for c, far in interval.sizes_asked(_asked(statement)) if far]
    assert asked[-2:] == [65536, 100000]


def test_a_parameter_from_some_value_on_is_shifted_and_its_logarithm_bounded_by_a_tangent(question):
    a, y = real("a", 1, oo, closed="left"), real("y", 0, oo)
    enough = (Hypothesis(y >= 4 * a * log(2 * a) + 2 * t, ""),)
    found = decided(question, y, ">=", a * log(y) + t, hypotheses=enough)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert "by log y <=" in found.reason
    few = (Hypothesis(y >= a * log(2 * a) / 2 + t, ""),)
    assert decided(question, y, ">=", a * log(y) + t, hypotheses=few).verdict != "holds"


def test_what_is_left_open_is_said(question):
    found = decided(question, P(abs(z) >= u), "<=", P(abs(z) >= u * (2 - exp(-u))) * exp(u**2))
    assert found.verdict in ("undetermined", "refuted", "holds")
    equal = decided(question, P(abs(z) >= u), "=", 2 * P(z >= u))
    assert equal.verdict == "undetermined"
    assert "an equality over an interval needs a proof" in equal.reason


def test_a_statement_is_checked_on_its_interval():
    upper = Claim((Link(P(x >= d + 2 * sqrt(d * t) + 2 * t), "<=", exp(-t)),))
    result = check(Statement("upper", "printed", "", Source("laurent2000", "Lemma 1"), (upper,)))
    assert (str(result.verdict), str(result.evidence)) == ("holds", "proved")
    listed = check(Statement("upper", "printed", "", Source("laurent2000", "Lemma 1"), (upper,), points=({t: 1},)))
    assert (str(listed.verdict), str(listed.evidence)) == ("holds", "proved")


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [("314/100", "315/100", "22/7"), ("-3", "5", "0"), ("-7/2", "-5/2", "-3"), ("1/3", "1/3", "1/3")],
)
def test_the_simplest_fraction_of_an_interval(low, high, found):
    assert simplest(Fraction(low), Fraction(high)) == Fraction(found)
