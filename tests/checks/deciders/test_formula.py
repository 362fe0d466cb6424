"""Sides that are any expressions of probabilities, and events put together by and, or, given."""

from fractions import Fraction
from math import comb

import pytest
from scipy import stats
from sympy import Eq, Max, Min, Rational, exp, log, sqrt
from whp.checks.deciders import formula
from whp.theory import RV, Link, Model, P, real, size
from whp.theory.language.law_of import LawOf
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ChiSquareLaw, NormalLaw
from whp.theory.laws.hull import Hull, Piece

n, k = size("n"), size("k", 0)
b = RV("B", Model("coins", (n,), "fair coins"), "B", law=LawOf(BinomialLaw, n, Rational(1, 2)))
c = RV("C", Model("chi-square", (n,), "a chi-square variable"), "C", law=LawOf(ChiSquareLaw, n))
z = RV("Z", Model("normal", (), "a normal variable"), "Z", law=LawOf(NormalLaw, 1))


class Made(RV):
    """A random variable that says what it is made of."""

    origins: frozenset[str]


def made(name):
    rv = Made(name, Model(name, (), name), name, law=LawOf(BinomialLaw, 2, Rational(1, 2)))
    rv.origins = frozenset({name})
    return rv


def decided(question, left, relation, right, **cell):
    return formula.at_cell(question(Link(left, relation, right)), cell)


def test_a_binomial_tail_against_a_normal_one(question):
    claim = (P(b >= k), ">=", P(z >= (k - n / 2) / sqrt(n / 4)))
    wrong = decided(question, *claim, n=12, k=12)
    assert (wrong.verdict, wrong.evidence) == ("refuted", "certified")
    assert stats.binom.sf(11, 12, 0.5) < stats.norm.sf(6 / 3**0.5)
    assert decided(question, *claim, n=12, k=8).verdict == "holds"


def test_exact_rationals_hold_an_equality_and_one_atom_more_refutes_it(question):
    right = decided(question, P((b >= 3) | (b <= 1)), "=", 1 - P(Eq(b, 2)), n=12)
    assert (right.verdict, right.evidence) == ("holds", "certified")
    assert decided(question, P((b >= 3) | (b < 1)), "=", 1 - P(Eq(b, 2)), n=12).verdict == "refuted"
    assert decided(question, 2 * P(b >= 3) ** 2, "<", 2 * P(b > 2) ** 2, n=5).remark == "true with ≤"


def test_copies_have_one_probability_and_another_event_has_its_own(question):
    copy = RV("Y", Model("another normal", (), "a normal variable"), "Y", law=LawOf(NormalLaw, 1))
    same = decided(question, P(z > 1), "<=", P(copy > 1))
    assert (same.verdict, same.evidence) == ("holds", "certified")
    assert decided(question, P(z > 1), "<", P(copy > 1)).remark == "true with ≤"
    assert decided(question, P(z > 1), "<=", P(copy > Rational(11, 10))).verdict == "refuted"
    wider = RV("V", Model("a wider normal", (), "a normal variable"), "V", law=LawOf(NormalLaw, 2))
    assert decided(question, P(wider > 1), "<=", P(z > 1)).verdict == "refuted"


@pytest.mark.parametrize("size_", [2, 5, 9])
def test_a_conditional_probability_is_a_quotient(question, size_):
    ways = [comb(size_, j) for j in range(size_ + 1)]
    truth = Fraction(sum(ways[2:]), sum(ways[1:]))
    right = decided(question, P(b >= 2, given=b >= 1), "=", Rational(truth.numerator, truth.denominator), n=size_)
    assert right.verdict == "holds"
    assert decided(question, P(b >= 2, given=b > 1), "=", 1, n=size_).verdict == "holds"
    assert "has probability 0" in decided(question, P(b >= 2, given=b > size_), "<=", 1, n=size_).reason


def test_inverted_images_agree_with_events_typed_plainly(question):
    pairs = [
        (P(1 / z <= 2), 1 - P((z > 0) & (z < Rational(1, 2)))),
        (P(-3 / z > 1), P((z < 0) & (z > -3))),
        (P(Max(z, 0) <= 1), P(z <= 1)),
        (P(Max(z, 0) > 0), P(z > 0)),
        (P(Min(c, 5) >= 2), P(c >= 2)),
        (P(sqrt(c) <= 2), P(c <= 4)),
        (P(log(c) <= 2), P(c <= exp(2))),
        (P(log(c) > -1), P(c > exp(-1))),
        (P(c ** Rational(-3, 2) <= 2), P(c >= 2 ** Rational(-2, 3))),
        (P(sqrt(abs(z)) < 1), P(abs(z) < 1)),
    ]
    for left, right in pairs:
        assert decided(question, left, "=", right, n=3).verdict in ("consistent", "holds"), left
        assert decided(question, left, "=", right + Rational(1, 10**6), n=3).verdict == "refuted", left


def test_an_image_that_is_undefined_with_positive_probability_is_refused(question):
    found = decided(question, P(1 / b <= 2), "<=", Rational(1, 2), n=3)
    assert found.verdict == "undetermined"
    assert "1/B may be undefined" in found.reason


def test_logarithms_scales_and_quotients_of_probabilities(question):
    assert decided(question, log(P(b >= n)), "<=", -n * log(2) + Rational(1, 10**9), n=30).verdict == "holds"
    assert decided(question, log(P(b > n)), "<=", -(n**3), n=4).verdict == "holds"
    assert decided(question, P(b >= 3) / P(b >= 2), ">=", Rational(1, 2), n=4).verdict == "refuted"
    assert decided(question, 1 - P(c >= 400), "<", 1, n=2).verdict == "holds"  # 1 − e^{−200} < 1


def test_several_variables_are_bounded_for_any_dependence_and_known_if_independent(question):
    first, second = made("U"), made("W")
    both = P((first >= 1) & (second >= 1))
    assert decided(question, both, "=", Rational(9, 16)).verdict == "holds"
    assert decided(question, both, "=", Rational(3, 4)).verdict == "refuted"
    assert decided(question, P((first >= 1) | (second >= 1)), "=", Rational(15, 16)).verdict == "holds"
    assert decided(question, P((b >= 1) & (z >= 0)), "<=", Rational(51, 100), n=1).verdict == "holds"
    assert decided(question, P((b >= 1) & (z >= 0)), "<=", Rational(1, 3), n=1).verdict == "undetermined"


def test_what_cannot_be_read_is_named(question):
    found = decided(question, P(b + z >= 2), "<=", Rational(1, 2), n=3)
    assert "B + Z >= 2" in found.reason


def test_a_law_at_a_parameter_that_is_not_rational_lies_between_two():
    p = 1 / sqrt(n)
    law = LawOf(BinomialLaw, 3, p)({"n": 2})
    assert isinstance(law, Hull)
    truth = stats.binom.sf(0, 3, 0.5**0.5)
    found = law.enclose_at(">=", Fraction(1))
    assert found.relative_radius < 1e-30
    assert abs(float(found) - truth) < 1e-12
    assert LawOf(BinomialLaw, 3, p)({"n": 4}).fraction(">=", Fraction(3)) == Fraction(1, 8)


def test_a_law_over_an_interval_contains_those_inside_it():
    q = real("q", 0, 1)
    law = LawOf(BinomialLaw, n, (1 - q) / 2)({"n": 5, "q": Piece(Fraction(0), Fraction(1, 2), False)})
    for value in (0.01, 0.2, 0.5):
        truth = stats.binom.sf(2, 5, (1 - value) / 2)
        found = law.enclose_at(">=", Fraction(3))
        assert float(found.lower) <= truth + 1e-12
        assert truth <= float(found.upper) + 1e-12
    with pytest.raises(NotImplementedError, match="not defined on all of the box"):
        LawOf(BinomialLaw, n, 2 * q)({"n": 5, "q": Piece(Fraction(0), Fraction(1))})
