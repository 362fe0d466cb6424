"""After a refutation: the smallest cell that shows it, and the best constants with which the claim would hold."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
from flint import arb
from sympy import Rational, exp
from whp.checks import Evidence, Outcome, Verdict
from whp.checks.deciders import probability, smallest
from whp.theory import RV, Event, Joint, Link, Model, P, real, size, sizes
from whp.theory.language.heads import Tunable
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, NormalLaw
from whp.theory.laws.protocol import ScalarLaw

k, r, count = sizes("k r count")
t = real("t", 0)
MODEL = Model("tails", (k, r, count), "", samples=count)


def _exponential(cell):
    # P(T > t) = e^{-t}.
    return AffineLaw(ChiSquareLaw(2), Fraction(1, 2))


T = RV("T", MODEL, "T", law=_exponential)
PLAIN = RV("X", MODEL, "X")


def refuted(question, link, cell, **fields):
    asked = question(link, **fields)
    known = probability.at_cell(asked, cell)
    assert known.verdict is Verdict.REFUTED
    return asked, known


def test_the_first_refuting_cell_in_order_is_found(question):
    # e^{-k-r} < 1/100 from k + r = 5.
    asked, known = refuted(question, Link(P(Event(T, ">", k + r)), ">=", Rational(1, 100)), {"k": 40, "r": 40})
    assert dict(smallest.counterexample(asked, known).cell) == {"k": 2, "r": 3}


def test_there_is_none_below_the_smallest(question):
    asked, known = refuted(question, Link(P(Event(T, ">", k + r)), ">=", Rational(1, 100)), {"k": 2, "r": 3})
    assert smallest.counterexample(asked, known) == replace(known, smallest=True)


def test_a_counterexample_beyond_the_cells_that_are_asked_is_bisected(question):
    asked, known = refuted(question, Link(P(Event(T, ">", k)), ">=", exp(-100)), {"k": 4096, "r": 1})
    found = smallest.counterexample(asked, known)
    assert found.cell["k"] == 101


def test_listed_points_stay_and_sizes_begin_where_they_may(question):
    late = size("late", 3)
    model = Model("late", (late,), "")
    wait = RV("T", model, "T", law=_exponential)
    link = Link(P(Event(wait, ">", late * t)), ">=", Rational(1, 2))
    asked, known = refuted(question, link, {"late": 9, "t": 2}, points=({t: 2},))
    assert dict(smallest.counterexample(asked, known).cell) == {"late": 3, "t": 2}


def test_draws_are_not_asked_again(question):
    link = Link(P(Event(PLAIN, ">", k)), ">=", Rational(1, 2))
    known = Outcome(Verdict.REFUTED, Evidence.SAMPLED, {"k": 9, "r": 1})
    assert smallest.counterexample(question(link), known) is None


def test_a_claim_without_a_size_has_no_smaller_cell(question):
    law = RV("N", Model("one", (), ""), "N", law=lambda cell: NormalLaw(arb(1)))
    asked, known = refuted(question, Link(P(Event(law, ">", t)), "<=", exp(-(t**2))), {"t": 2}, points=({t: 2},))
    assert smallest.counterexample(asked, known) == replace(known, smallest=True)


def test_every_listed_point_is_asked_before_a_cell_is_called_the_smallest(question):
    points = ({t: Rational(1, 4)}, {t: 3})
    link = Link(P(Event(T, ">", k * t)), ">=", exp(-5))
    asked, known = refuted(question, link, {"k": 40, "r": 1, "t": Fraction(1, 4)}, points=points)
    found = smallest.counterexample(asked, known)
    assert (dict(found.cell), found.smallest) == ({"k": 2, "r": 1, "t": 3}, True)


def test_small_cells_are_asked_whether_or_not_the_sweep_looks_fine(question):
    # e^{-k} <= 1/(2 k²) fails at k = 2 and 3 only... and at k = 1 it holds.
    asked = question(Link(P(Event(T, ">", k)), "<=", Rational(48, 100) / k))
    found = smallest.small_cells(asked).outcomes[0]
    assert (found.verdict, found.evidence, found.cell) == ("holds", "certified", {})
    assert "at all 256 cells of sizes up to 16" in found.reason
    asked = question(Link(P(Event(T, ">", k)), "<=", Rational(36, 100) / k))
    (found,) = smallest.small_cells(asked).outcomes
    assert (found.verdict, dict(found.cell), found.smallest) == ("refuted", {"k": 1, "r": 1}, True)


def test_a_law_that_answers_slowly_is_asked_at_fewer_cells(question):
    class Slow(AffineLaw):
        def seconds(self, t):
            return 1.0

    slow = RV("T", MODEL, "T", law=lambda cell: Slow(ChiSquareLaw(2), Fraction(1, 2)))
    (found,) = smallest.small_cells(question(Link(P(Event(slow, ">", k)), "<=", Rational(48, 100) / k))).outcomes
    assert "at all 4 cells of sizes up to 2" in found.reason


def best(question, link, *cells, **fields):
    asked = question(link, **fields)
    return smallest.best_constant(asked, tuple(Outcome(Verdict.REFUTED, Evidence.CERTIFIED, cell) for cell in cells))


def test_the_best_constant_of_a_tail_is_the_largest_with_which_it_holds_everywhere(question):
    link = Link(P(Event(T, ">", k)), "<=", exp(-Tunable(Rational(3, 2), "largest") * k))
    row = best(question, link, {"k": 4, "r": 1}, {"k": 9, "r": 1})
    low, high = (float(x) for x in row["best"].strip("[]").split(","))
    assert low <= 1 <= high
    assert high - low < 1e-6
    assert (row["printed"], row["sense"], row["cells"]) == ("3/2", "largest", "2")


def test_a_smallest_constant_is_attained_at_its_cell(question):
    # e^{-k} <= C/k: C = k e^{-k}, largest at k = 1.
    link = Link(P(Event(T, ">", k)), "<=", Tunable(Rational(1, 100), "smallest") / k)
    row = best(question, link, {"k": 1, "r": 1}, {"k": 5, "r": 1})
    assert row["cell"] == "k = 1, r = 1"
    assert row["best"].startswith("[3.67879")


def test_a_scalar_relation_has_its_best_constant_too(question):
    row = best(question, Link(k, "<=", Tunable(Rational(1, 2), "smallest") * k**2))
    assert row["best"].startswith("[9.999") or row["best"].startswith("[1")
    assert row["cell"] == "k = 1"


def test_none_is_said_where_no_constant_helps(question):
    row = best(question, Link(-k, ">=", Tunable(Rational(1, 2), "largest") * k))
    assert row["best"] == "none"


def test_without_a_marked_constant_or_with_an_equality_there_is_none(question):
    assert best(question, Link(P(Event(T, ">", k)), "<=", exp(-2 * k)), {"k": 1, "r": 1}) is None
    assert best(question, Link(k, "=", Tunable(2, "largest") * k)) is None


def thresholds(question, drawn, body, *blocks):
    cells = [cell for _, cell, _ in blocks]
    return smallest.best_thresholds(question(Link(P(body), ">=", 1 - exp(-k)), cells=cells, draws=drawn(*blocks)))


def test_a_threshold_is_the_smallest_that_no_draw_leaves(question, drawn):
    event = Event(PLAIN, "<=", 1 + Tunable(2, "smallest") * k)
    (row,) = thresholds(
        question, drawn, event, (PLAIN, {"k": 2, "r": 1}, [1.0, 6.0]), (PLAIN, {"k": 4, "r": 1}, [1.0, 9.0])
    )
    assert (row["best"], row["cell"], row["cells"], row["printed"]) == ("2.5", "k = 2, r = 1", "2", "2")


def test_for_all_samples_the_largest_one_counts(question, drawn):
    values = np.array([[1.0, 8.0], [2.0, 3.0]])
    one, every = (Event(PLAIN, "<=", Tunable(2, "smallest") * k, *over) for over in ((), (count,)))
    (row,) = thresholds(question, drawn, one, (PLAIN, {"k": 2, "r": 1, "count": 2}, values))
    assert row["best"] == "1"
    (row,) = thresholds(question, drawn, every, (PLAIN, {"k": 2, "r": 1, "count": 2}, values))
    assert row["best"] == "4"


def test_each_event_of_several_has_its_own(question, drawn):
    other = RV("Y", MODEL, "Y")
    both = Joint(Event(PLAIN, "<=", Tunable(1, "smallest")), Event(other, "<", k))
    rows = thresholds(question, drawn, both, (PLAIN, {"k": 2, "r": 1}, [3.0]), (other, {"k": 2, "r": 1}, [1.0]))
    assert [row["best"] for row in rows] == ["3"]


def test_nothing_marked_or_nothing_drawn_gives_no_threshold(question, drawn):
    assert thresholds(question, drawn, Event(PLAIN, "<=", k), (PLAIN, {"k": 2, "r": 1}, [3.0])) == []
    marked = Event(PLAIN, "<=", Tunable(1, "smallest"))
    assert smallest.best_thresholds(question(Link(P(marked), ">=", 1 - exp(-k)), cells=[{"k": 2, "r": 1}])) == []


class _Same(ScalarLaw):
    """An exponential variable in floats whose samples are one and the same; it notes when it is asked for those."""

    def __init__(self, noted):
        self.noted = noted

    def log_probability(self, relation, t):
        return -t if relation in (">", ">=") else math.log(-math.expm1(-t))

    def log_any(self, relation, t, samples):
        self.noted.append(samples)
        return self.log_probability(relation, t)


def _of_all_samples(question, factor):
    """P(S_i ≤ k for all i) ≥ 1 − `factor` e^{−k}/k, which one sample refutes from k > `factor` on."""
    noted = []
    same = RV("S", Model("same", (k, count), "", samples=count), "S", law=lambda cell: _Same(noted))
    asked, known = refuted(
        question, Link(P(Event(same, "<=", k, count)), ">=", 1 - exp(-k) * factor / k), {"k": 9, "count": 1}
    )
    noted.clear()
    return smallest.counterexample(asked, known), noted


def test_what_samples_share_is_asked_at_a_few_smaller_cells(question):
    found, noted = _of_all_samples(question, Rational(3, 2))
    assert dict(found.cell) == {"k": 2, "count": 1}
    assert found.smallest
    assert noted == [2]  # at k = 1, count = 2


def test_what_samples_share_is_not_asked_at_many(question):
    found, noted = _of_all_samples(question, Rational(11, 2))
    assert dict(found.cell) == {"k": 6, "count": 1}
    assert not found.smallest
    assert noted == []


def test_a_tail_in_floats_is_computed_once_whatever_the_number_of_samples(question, monkeypatch):
    points = []
    asked = _Same.log_probability
    monkeypatch.setattr(_Same, "log_probability", lambda self, *at: points.append(at) or asked(self, *at))
    monkeypatch.setattr(_Same, "__hash__", lambda self: 1)
    monkeypatch.setattr(_Same, "__eq__", lambda self, other: self.noted is other.noted)
    _of_all_samples(question, Rational(11, 2))
    assert len(points) == len(set(points)) < 20
