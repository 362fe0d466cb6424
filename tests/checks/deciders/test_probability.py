"""Probability links: Chebyshev's proof, laws in balls and floats, equalities, draws, and where a claim tells."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from sympy import Abs, Integer, Rational, exp
from whp.checks.deciders import probability
from whp.theory import RV, Enclosure, Event, Form, Hypothesis, Joint, Link, Model, P, ScalarLaw, Tensor, real, sizes
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, NormalLaw
from whp.theory.laws.moments import gaussian_moment

k, count = sizes("k count")
t = real("t", 0)
MODEL = Model("normals", (k, count), "", (Tensor("g", (k,), gaussian_moment(Integer(1))),), samples=count)
mean = RV("mean", MODEL, "S", Form.parse("g_i g_i", coefficient=1 / k))
exponential = RV("exponential", MODEL, "T", law=lambda cell: AffineLaw(ChiSquareLaw(2), Fraction(1, 2)))
normal = RV("normal", MODEL, "N", law=lambda cell: NormalLaw(arb(1)))
plain = RV("plain", MODEL, "X")


class Floats(ScalarLaw):
    """An exponential variable that answers in floats, and knows that its samples are one and the same."""

    def log_probability(self, relation, t):
        return -t if relation in (">", ">=") else math.log(-math.expm1(-t))

    def log_any(self, relation, t, samples):
        return self.log_probability(relation, t)


class Alone(Floats):
    def log_any(self, relation, t, samples):
        raise NotImplementedError("nothing is known of several")


floats = RV("floats", MODEL, "F", law=lambda cell: Floats())
alone = RV("alone", MODEL, "G", law=lambda cell: Alone())


class TestChebyshev:
    """Var S = 2/k: P(S >= 1 + t) <= 2/(k t²)."""

    def decided(self, question, bound, threshold=2, relation="<", **fields):
        cells = [{"k": 64, "count": 5}]
        link = Link(P(Event(mean, relation, threshold, *fields.pop("over", ()))), ">=", 1 - bound)
        return probability.chebyshev(question(link, cells=cells, **fields))

    def test_the_computed_variance_proves_the_bound(self, question):
        found = self.decided(question, 2 / k).outcomes[0]
        assert (found.verdict, found.evidence) == ("holds", "proved")
        assert "the computed variance 2/k" in found.reason

    def test_a_smaller_bound_is_left_open(self, question):
        assert self.decided(question, Rational(19, 10) / k) is None

    def test_hypotheses_count(self, question):
        tall = (Hypothesis(k >= 2 * count, "k ≥ 2 count"),)
        assert self.decided(question, 1 / count, hypotheses=tall) is not None
        assert self.decided(question, 1 / count) is None

    def test_all_samples_cost_a_union_bound(self, question):
        found = self.decided(question, 2 * count / k, over=(count,))
        assert "and a union bound" in found.outcomes[0].reason
        assert self.decided(question, 2 / k, over=(count,)) is None

    def test_the_lower_tail_and_not_the_bulk(self, question):
        assert self.decided(question, 8 / k, Rational(1, 2), ">") is not None
        assert self.decided(question, 2 / k, Rational(1, 2)) is None

    def test_a_bound_that_never_tells_is_no_proof(self, question):
        assert self.decided(question, 2 + 0 * k) is None

    def test_other_variables_are_left_open(self, question):
        assert probability.chebyshev(question(Link(P(Event(normal, "<", 3)), ">=", Rational(1, 2)))) is None


def at_cell(question, event, relation, bound, cell=None):
    return probability.at_cell(question(Link(P(event), relation, bound)), cell or {"k": 4, "count": 10})


@pytest.mark.parametrize(
    ("relation", "bound", "verdict"),
    [
        ("<=", exp(-k), "holds"),
        ("<=", exp(-k) * Rational(999, 1000), "refuted"),
        ("<", exp(-k) * Rational(1001, 1000), "holds"),
        (">=", Rational(1, 100), "holds"),
        (">=", Rational(1, 50), "refuted"),
        ("<=", 1, "vacuous"),
        (">=", 0, "vacuous"),
    ],
)
def test_balls_decide_on_both_sides(question, relation, bound, verdict):
    # P(T > k) = e^-k, and -log(e^-k) = k is not exact: equality is met by a threshold a little further out.
    threshold = k + Rational(1, 10**9) if (relation, bound) == ("<=", exp(-k)) else k
    found = at_cell(question, Event(exponential, ">", threshold), relation, bound)
    assert (found.verdict, found.evidence) == (verdict, "certified")


def test_a_bound_that_is_met_exactly_is_left_undetermined(question):
    found = at_cell(question, Event(exponential, ">", k), "<=", exp(-k))
    assert (found.verdict, found.evidence) == ("undetermined", None)
    assert found.reason.startswith("numerics")


def test_two_tails_are_added(question):
    # P(|N| > 2) = 0.0455.
    assert at_cell(question, Event(Abs(normal), ">", 2), "<=", Rational(46, 1000)).verdict == "holds"
    assert at_cell(question, Event(Abs(normal), ">", 2), "<=", Rational(45, 1000)).verdict == "refuted"
    assert at_cell(question, Event(normal, ">", 2), "<=", Rational(45, 1000)).verdict == "holds"


@pytest.mark.parametrize(
    ("bound", "verdict"), [(10 * exp(-4), "holds"), (exp(-4) / 2, "refuted"), (5 * exp(-4), "undetermined")]
)
def test_of_several_samples_the_truth_lies_between_one_and_their_sum(question, bound, verdict):
    bound = bound * Rational(1001, 1000)
    found = at_cell(question, Event(exponential, "<=", k, count), ">=", 1 - bound)
    assert found.verdict == verdict
    if verdict == "undetermined":
        assert found.reason.startswith("gap")


def test_of_a_joint_event_each_part_counts(question):
    both = Joint(Event(exponential, "<=", k), Event(normal, "<=", 2))
    # e^-4 + 0.02275 = 0.0411.
    assert at_cell(question, both, ">=", 1 - Rational(42, 1000)).verdict == "holds"
    assert at_cell(question, both, ">=", 1 - Rational(4, 100)).verdict == "undetermined"
    assert at_cell(question, both, ">=", 1 - Rational(2, 100)).verdict == "refuted"


@pytest.mark.parametrize(("factor", "verdict"), [(Rational(101, 100), "holds"), (Rational(99, 100), "refuted")])
def test_floats_decide_beyond_the_gap(question, factor, verdict):
    found = at_cell(question, Event(alone, ">", k), "<=", factor * exp(-k))
    assert (found.verdict, found.evidence) == (verdict, "computed")


def test_floats_do_not_decide_within_the_gap(question):
    found = at_cell(question, Event(alone, ">", k), "<=", exp(-k) * (1 + Rational(1, 10**8)))
    assert (found.verdict, found.evidence) == ("undetermined", None)
    assert found.reason.startswith("numerics")


def test_a_bound_that_is_not_positive_is_refuted_by_any_law(question):
    assert at_cell(question, Event(alone, ">", k), "<=", -exp(-k)).verdict == "refuted"


def test_what_samples_share_decides_where_their_sum_does_not(question):
    bound = 1 - 2 * exp(-k)
    assert at_cell(question, Event(floats, "<=", k, count), ">=", bound).verdict == "holds"
    assert at_cell(question, Event(alone, "<=", k, count), ">=", bound).reason.startswith("gap")


def test_an_equality_is_two_independent_enclosures(question):
    found = at_cell(question, Event(exponential, ">", k), "=", exp(-k))
    assert (found.verdict, found.evidence) == ("consistent", "certified")
    assert found.reason.startswith("equal to 5")
    assert at_cell(question, Event(exponential, ">", k), "=", exp(-k) * (1 + Rational(1, 10**12))).verdict == "refuted"
    assert at_cell(question, Event(alone, ">", k), "=", exp(-k)).verdict == "consistent"
    assert at_cell(question, Event(alone, ">", k), "=", exp(-k) * Rational(99, 100)).verdict == "refuted"


def test_a_wide_law_refutes_and_confirms_by_its_ends_only(question):
    class Wide(ScalarLaw):
        def enclose(self, relation, t):
            return Enclosure(arb(1) / 8, arb(1) / 4) if relation == ">" else Enclosure(arb(3) / 4, arb(7) / 8)

    wide = RV("wide", MODEL, "W", law=lambda cell: Wide())
    assert at_cell(question, Event(wide, ">", 0), "<=", Rational(1, 4)).verdict == "holds"
    assert at_cell(question, Event(wide, ">", 0), "<=", Rational(1, 9)).verdict == "refuted"
    between = at_cell(question, Event(wide, ">", 0), "<=", Rational(1, 5))
    assert (between.verdict, between.reason[:8]) == ("undetermined", "numerics")
    assert at_cell(question, Event(wide, ">", 0), "=", Rational(1, 5)).verdict == "undetermined"


def test_a_law_whose_tails_do_not_add_up_is_an_error(question):
    class Torn(ScalarLaw):
        def enclose(self, relation, t):
            return Enclosure(arb(1) / 8, arb(1) / 4)

    torn = RV("torn", MODEL, "W", law=lambda cell: Torn())
    with pytest.raises(ValueError, match="contradicts itself"):
        at_cell(question, Event(torn, ">", 0), "<=", Rational(1, 5))


def test_without_a_law_or_given_an_event_nothing_is_said(question):
    assert at_cell(question, Event(plain, ">", 0), "<=", Rational(1, 2)) is None
    given = Link(P(Event(normal, ">", 0)), "<=", Rational(1, 2), given=(Event(exponential, ">", 1),))
    assert probability.at_cell(question(given), {"k": 4, "count": 1}) is None


CELL = {"k": 4, "count": 2}


def by_draws(question, drawn, failed, bound, trials=1000):
    values = np.where(np.arange(trials) < failed, 1.0, -1.0)
    asked = question(Link(P(Event(plain, ">", 0)), "<=", bound), draws=drawn((plain, CELL, values)))
    return probability.by_draws(asked, CELL)


@pytest.mark.parametrize(
    ("failed", "bound", "verdict", "evidence"),
    [
        (0, Rational(1, 50), "holds", "sampled"),
        (0, Rational(1, 100), "undetermined", None),
        (200, Rational(1, 10), "refuted", "sampled"),
        (200, Rational(1, 5), "undetermined", None),
        (200, Rational(3, 10), "holds", "sampled"),
    ],
)
def test_limits_of_the_frequency_decide_or_say_what_would(question, drawn, failed, bound, verdict, evidence):
    found = by_draws(question, drawn, failed, bound)
    assert (found.verdict, found.evidence) == (verdict, evidence)
    if verdict == "undetermined":
        assert ("trials without a failure would decide" in found.reason) == (failed == 0)


def test_no_number_of_draws_shows_that_something_never_happens(question, drawn):
    assert by_draws(question, drawn, 0, 0).verdict == "consistent"
    assert by_draws(question, drawn, 1, 0).verdict == "refuted"


def test_a_later_look_spends_less_of_the_budget(question, drawn):
    values = np.full(1000, -1.0)
    asked = question(Link(P(Event(plain, ">", 0)), "<=", Rational(148, 10_000)), draws=drawn((plain, CELL, values)))
    assert probability.by_draws(asked, CELL).verdict == "undetermined"
    assert probability.by_draws(replace(asked, alpha=2e-6), CELL).verdict == "holds"


def test_without_draws_nothing_is_decided(question):
    assert probability.by_draws(question(Link(P(Event(plain, ">", 0)), "<=", Rational(1, 2))), CELL) is None


def telling(question, bound, cells=(), **fields):
    return probability.telling_cells(question(Link(P(Event(plain, ">", t)), "<=", bound), cells=cells, **fields))


def test_a_sweep_that_tells_is_left_as_it_is(question):
    cells = ({"k": 4, "t": 1}, {"k": 8, "t": 1})
    assert telling(question, exp(-k * t) * 100, cells, points=({t: 1},)) == cells


def test_a_sweep_that_says_nothing_is_widened_to_the_first_doublings_that_do(question):
    points = ({t: 1}, {t: Rational(1, 4)})
    found = telling(question, exp(-k * t) * 100, ({"k": 2, "t": 1},), points=points)
    assert found[0] == {"k": 2, "t": 1}
    assert [(c["k"], c["t"]) for c in found[1:]] == [
        *((2**j, 1) for j in (4, 5, 6)),
        *((2**j, Fraction(1, 4)) for j in (5, 6, 7)),
    ]


def test_a_claim_that_never_tells_or_has_its_own_grid_is_not_widened(question):
    assert telling(question, 1 + exp(-k * t), points=({t: 1},)) == ()
    assert telling(question, exp(-k * t) * 100, points=({t: 1},), grid={"k": (2,)}) == ()


def test_hypotheses_keep_their_cells_out(question):
    few = (Hypothesis(k <= 20, "k ≤ 20"),)
    assert [c["k"] for c in telling(question, exp(-k * t) * 100, points=({t: 1},), hypotheses=few)] == [16]
