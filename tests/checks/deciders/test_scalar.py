"""Scalar relations: proved on the whole domain, else a smallest counterexample, else certified where they are asked."""

import pytest
from sympy import Min, Rational, exp, log, sqrt
from whp.checks.deciders import scalar
from whp.theory import Hypothesis, Link, real, size, sizes
from whp.theory.proofs.referee_claims import rejection

k, r = sizes("k r")
t = real("t", 0)


def decided(question, *link, **fields):
    (found,) = scalar.decide(question(Link(*link), **fields)).outcomes
    return found


def cell(found):
    return dict(found.cell)


def test_both_sides_equal_identically_are_proved(question):
    found = decided(question, (k + r) ** 2, "=", k**2 + 2 * k * r + r**2)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    broken = decided(question, (k + r) ** 2, "=", k**2 + k * r + r**2)
    assert (broken.verdict, broken.evidence, cell(broken)) == ("refuted", "certified", {"k": 1, "r": 1})
    assert (broken.value, broken.bound) == ("4", "3")


def test_logarithms_of_algebraic_numbers_are_compared_by_their_exponentials(question):
    assert decided(question, log(3 + 2 * sqrt(2)), "=", 2 * log(1 + sqrt(2))).evidence == "proved"
    assert decided(question, log(3 + 2 * sqrt(2)), "=", 2 * log(2)).verdict == "refuted"


def test_nonnegative_coefficients_after_a_shift_prove_an_inequality(question):
    wide = (Hypothesis(k > 2 * r, "k > 2 r"),)
    found = decided(question, 1 / r, ">", 1 / k, hypotheses=wide)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert "k = 2*r + t" in found.reason
    broken = decided(question, 1 / r, ">", Rational(7, 2) / k, hypotheses=wide)
    assert (broken.verdict, cell(broken)) == ("refuted", {"k": 3, "r": 1})


def test_exponents_with_minima_are_put_in_order(question):
    right = decided(question, exp(-Min(t**2, t / 2)), "<=", exp(-Min(t**2, t) / 4))
    assert (right.verdict, right.evidence) == ("holds", "proved")
    assert "logarithms of both sides" in right.reason
    assert decided(question, exp(-Min(t**2, t / 2)), "<=", exp(-Min(t**2, t))).verdict == "refuted"


def test_the_first_counterexample_in_order_is_the_smallest(question):
    found = decided(question, k * r, "<=", 20)
    assert cell(found) == {"k": 5, "r": 5}
    assert decided(question, k * r, ">=", 1).evidence == "proved"


def test_a_counterexample_far_out_is_bisected_down(question):
    found = decided(question, k**2, "<=", 200 * k)
    assert (found.verdict, cell(found)) == ("refuted", {"k": 201})
    listed = decided(question, k**2, "<=", 2**21 * k)
    assert (listed.verdict, listed.evidence) == ("holds", "certified")
    assert "the largest k = 1048576" in listed.reason


def test_a_whole_domain_is_proved_whatever_is_listed(question):
    for points in (({t: 1}, {t: 2}), ({},)):
        whole = decided(question, exp(-t), "<=", 1 / (1 + t), points=points)
        assert (whole.verdict, whole.evidence, cell(whole)) == ("holds", "proved", {})
        assert rejection(whole.proof) is None
    listed = decided(question, exp(-t), "<=", Rational(1, 2), points=({t: 1}, {t: 2}))
    assert (listed.verdict, listed.evidence, cell(listed)) == ("holds", "certified", {"t": 2})
    assert listed.proof is None
    assert decided(question, exp(-t), ">=", 1 / (1 + t), points=({t: 1},)).verdict == "refuted"


def test_a_statements_own_grid_is_all_that_is_asked(question):
    assert decided(question, exp(k), "<=", 100, grid={"k": (3, 4)}).verdict == "holds"
    assert cell(decided(question, exp(k), "<=", 100, grid={"k": (5, 4)})) == {"k": 5}


def test_shared_terms_do_not_hide_a_difference(question):
    tiny = decided(question, 1 - exp(-100 * k), ">", 1 - exp(-50 * k))
    assert tiny.verdict == "holds"
    assert decided(question, 1 - exp(-100 * k), "<", 1 - exp(-50 * k)).verdict == "refuted"


def test_cells_outside_the_hypotheses_are_not_asked(question):
    few = (Hypothesis(k * r <= 20, "k r ≤ 20"),)
    assert all(c["k"] * c["r"] <= 20 for c in scalar.cells(question(Link(k, ">", 0), hypotheses=few), k, r))
    assert (
        scalar.decide(
            question(Link(exp(k + r), "<", 0), hypotheses=(Hypothesis(k - r > k * r, "k - r > k r"),))
        ).outcomes
        == ()
    )


@pytest.mark.parametrize(
    ("sides", "where"), [((k, ">", 1), 1), ((2 * k, ">", k + 1), 1), ((2**k / 3, ">", (k + 1) / 3), 1)]
)
def test_a_strict_claim_that_fails_by_equality_is_refuted_there(question, sides, where):
    found = decided(question, *sides)
    assert (found.verdict, cell(found), found.remark) == ("refuted", {"k": where}, "true with ≥")


def test_the_remark_is_left_out_where_the_weak_claim_fails_too(question):
    found = decided(question, (k - 2) * (k - 3), ">", (2 - k) * 10 + 10 - 8)
    assert (found.verdict, found.remark) == ("refuted", "")
    assert decided(question, k**2, ">", k).remark == "true with ≥"


def test_numbers_that_agree_to_all_digits_prove_no_equality(question):
    tiny = exp(-(10**4) * k) if False else sqrt(2) * sqrt(3) * k
    assert decided(question, tiny, "=", sqrt(6) * k).evidence == "proved"


def test_equality_at_a_cell_of_exact_balls_refutes_a_strict_claim(question):
    assert cell(decided(question, 2**k, ">", k + 1)) == {"k": 1}


def test_the_same_claim_with_equality_allowed_is_proved(question):
    assert decided(question, 2 * k, ">=", k + 1).evidence == "proved"


def test_sizes_begin_where_they_are_declared_to(question):
    late, none = size("late", 2), size("none", 0)
    assert decided(question, late**2, ">=", 2 * late).evidence == "proved"
    assert cell(decided(question, late**2, ">=", 3 * late)) == {"late": 2}
    assert cell(decided(question, none * 2, ">=", 1)) == {"none": 0}


def test_both_sides_of_a_failure_are_shown_exactly_where_they_are_rational(question):
    found = decided(question, Rational(1, 3) * k, ">=", Rational(1, 2))
    assert (found.value, found.bound) == ("1/3", "1/2")


def test_a_side_without_a_value_at_a_cell_is_undetermined_there(question):
    assert decided(question, 1 / size("none", 0), ">", 0).verdict == "undetermined"
