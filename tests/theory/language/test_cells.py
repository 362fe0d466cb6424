"""The order of cells, the paths of regimes, and statements with sizes of any name and number."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from flint import arb
from sympy import Abs, Rational, exp
from whp.checks import Engine, Grid, check
from whp.theory import RV, Claim, Event, Hypothesis, Link, Model, P, Regime, Source, Statement, real, size, sizes
from whp.theory.language.cells import (
    cell_order,
    cell_text,
    corner_paths,
    decades,
    doublings,
    largest_size,
    layered,
    paths,
    smallest_cells,
    staggered,
)
from whp.theory.language.law_of import LawOf
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, NormalLaw


@pytest.mark.parametrize("least", [{"k": 1}, {"k": 0}, {"k": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 0, "c": 1}])
def test_layers_are_all_cells_in_order(least):
    found = list(layered(least, 5))
    assert sorted(found, key=lambda c: cell_order(c, tuple(least))) == found
    assert len(found) == len(list(product(*[range(low, 6) for low in least.values()])))
    assert all(c[s] >= least[s] for c in found for s in least)


def test_without_a_size_the_only_cell_is_the_empty_one():
    assert list(layered({}, 5)) == [{}]


@pytest.mark.parametrize(("least", "small"), [({"k": 1}, 64), ({"a": 1, "b": 1}, 64), ({"a": 1, "b": 1, "c": 2}, 16)])
def test_small_cells_come_first_and_complete(least, small):
    found = list(smallest_cells(least))
    count = len(list(product(*[range(low, small + 1) for low in least.values()])))
    assert found[:count] == sorted(found[:count], key=lambda c: cell_order(c, tuple(least)))
    assert all(largest_size(c, tuple(least)) <= small for c in found[:count])
    assert all(min(c.values()) >= 128 for c in found[count:])
    assert len({tuple(c.items()) for c in found}) == len(found)


def test_no_size_has_one_cell_and_a_late_size_no_earlier_doublings():
    assert list(smallest_cells({})) == [{}]
    assert all(c["k"] >= 1000 for c in smallest_cells({"k": 1000}))


def test_the_order_is_largest_then_sum_then_as_declared_then_the_rest_by_name():
    cells = [
        {"b": 1, "a": 3, "t": 0},
        {"a": 2, "b": 2, "t": 0},
        {"a": 2, "b": 1, "t": 0},
        {"a": 1, "b": 2, "t": Fraction(1, 2)},
        {"a": 1, "b": 2, "t": 0},
    ]
    found = sorted(cells, key=lambda c: cell_order(c, ("a", "b")))
    assert [(c["a"], c["b"], c["t"]) for c in found] == [
        (1, 2, 0),
        (1, 2, Fraction(1, 2)),
        (2, 1, 0),
        (2, 2, 0),
        (3, 1, 0),
    ]
    assert [c["a"] for c in sorted(cells[2:], key=lambda c: cell_order(c, ("b", "a")))] == [2, 1, 1]
    assert cell_text({"a": 1, "t": Fraction(1, 2)}) == "a = 1, t = 1/2"


def test_doublings_go_out_with_each_further_size_behind():
    far = list(doublings(("a", "b", "c")))
    assert far[0] == {"a": 16, "b": 4, "c": 1}
    assert all(y["a"] == 2 * x["a"] for x, y in pairwise(far))
    assert next(doublings(())) == {}


def test_corners_are_the_diagonal_and_each_size_alone():
    assert [name for name, _ in corner_paths(("k",))] == ["k -> oo"]
    named = dict(corner_paths(("a", "b", "c")))
    assert list(named) == ["a = b = c", "c -> oo at a = b = 4", "b -> oo at a = c = 4", "a -> oo at b = c = 4"]
    assert {(c["a"], c["c"]) for c in named["b -> oo at a = c = 4"]} == {(4, 4)}


def test_sizes_nobody_gave_have_fewer_values_the_more_there_are():
    assert (
        len(staggered({"k": 1})["k"])
        > len(staggered({"k": 1, "r": 1})["k"])
        > len(staggered(dict.fromkeys("abc", 1))["a"])
    )
    assert min(staggered({"k": 100})["k"]) == 100


a, b, c = sizes("a b c")
share = real("share", 0)


def test_a_regime_groups_cells_by_what_stays_fixed():
    cells = [{"a": x, "b": y, "c": 1, "t": t} for x in (4, 2) for y in (1, 2) for t in (0, 1)]
    alone = paths(cells, Regime(a, fixed=(b, c)))
    assert len(alone) == 4
    assert all([c["a"] for c in along] == [2, 4] for along in alone.values())
    tied = paths(cells, Regime(a, tied={b: share}))
    assert {dict(key)["b/a"] for key in tied} == {Fraction(1, 4), Fraction(1, 2), Fraction(1)}
    assert [len(along) for key, along in tied.items() if dict(key)["b/a"] == Fraction(1, 2)] == [2, 2]
    assert paths([{"b": 1}], Regime(a)) == {}
    assert decades([{"a": 2}, {"a": 200}], "a") == 2.0


def test_a_regime_has_a_cell_for_each_value_of_its_size():
    regime = Regime(a, fixed=(c,), tied={b: share})
    assert str(regime) == "a -> oo at fixed b/a, c"
    assert regime.cell(8, {"share": Fraction(1, 2)}) == {"b": 4, "a": 8}
    assert regime.cell(8, {"share": Fraction(1, 100)}) == {"b": 1, "a": 8}


# Statements of any sizes, checked without a size that they do not have.
k, eps = size("k"), real("eps", 0)


def stated(*links, **fields):
    return Statement("asked", "printed", "t", Source("test", "here"), (Claim(links),), **fields)


def counterexample(statement, **options):
    result = check(statement, **options)
    assert result.verdict == "refuted", result.reason
    return dict(result.links[0].counterexample.cell)


def _mean_square(cell):
    return AffineLaw(ChiSquareLaw(int(cell["k"])), Fraction(1, int(cell["k"])), Fraction(-1))


GAUSS = Model("gauss", (k,), "")
deviation = RV("deviation", GAUSS, "S", law=_mean_square)
measured = RV("deviation", GAUSS, "S")
DRAWN = {
    GAUSS: Engine(
        lambda cell, rng, draws, data: rng.chisquare(cell["k"], draws) / cell["k"] - 1,
        {"deviation": lambda block: block},
        lambda cell: 512,
    )
}
LISTED = ({eps: Rational(1, 2)},)
SWEEP = Grid({"k": (8, 64, 256)})


def test_a_law_in_k_and_eps_holds_and_its_wrong_constant_has_a_smallest_counterexample():
    event = P(Event(Abs(deviation), ">=", eps))
    right = check(stated(Link(event, "<=", 2 * exp(-(eps**2 / 2 - eps**3 / 3) * k / 2)), points=LISTED), SWEEP)
    assert (right.verdict, right.evidence) == ("holds", "certified")
    wrong = stated(Link(event, "<=", 2 * exp(-(eps**2) * k / 2)), points=LISTED)
    found = counterexample(wrong, grid=SWEEP)
    assert set(found) == {"k", "eps"}
    # No smaller size breaks it, by the law itself.
    bound = wrong.links[0].rhs
    assert all(_below(bound, size) for size in range(1, found["k"]))
    assert not _below(bound, found["k"])


def _below(bound, value):
    from scipy.stats import chi2

    truth = chi2.sf(1.5 * value, value) + chi2.cdf(0.5 * value, value)
    return truth <= float(bound.subs({k: value, eps: Rational(1, 2)}))


def test_draws_in_k_and_eps_decide_both_ways():
    event = P(Event(Abs(measured), ">=", eps))
    right, wrong = (stated(Link(event, "<=", bound), points=LISTED) for bound in (Rational(9, 10), exp(-k)))
    assert check(right, SWEEP, engines=DRAWN, trials=2000).evidence == "sampled"
    found = check(wrong, SWEEP, engines=DRAWN, trials=2000)
    assert (found.verdict, found.evidence) == ("refuted", "sampled")
    assert dict(found.links[0].counterexample.cell) == {"k": 1, "eps": Fraction(1, 2)}


def test_a_scalar_relation_in_k_and_eps():
    assert check(stated(Link((1 + eps) ** 2, ">=", 1 + 2 * eps))).evidence == "proved"
    assert counterexample(stated(Link(k * eps, "<=", 3), points=LISTED)) == {"k": 7, "eps": Fraction(1, 2)}


ALONE = Model("alone", (), "")
standard = RV("N", ALONE, "N", law=lambda cell: NormalLaw(arb(1)))


def test_a_claim_in_eps_alone_has_no_size_at_all():
    points = ({eps: 1}, {eps: 2})
    right = check(stated(Link(P(Event(standard, ">", eps)), "<=", exp(-(eps**2) / 2)), points=points))
    assert (right.verdict, right.evidence) == ("holds", "certified")
    assert counterexample(stated(Link(exp(-eps), ">=", 1 / (1 + eps)), points=points)) == {"eps": 1}
    draws = {ALONE: Engine(lambda cell, rng, draws, data: rng.standard_normal(draws), {"N": lambda block: block})}
    drawn = stated(Link(P(Event(RV("N", ALONE, "N"), ">", eps)), "<=", Rational(1, 20)), points=points)
    assert counterexample(drawn, engines=draws, trials=2000) == {"eps": 1}


def test_a_law_refutes_a_claim_in_eps_alone():
    wrong = stated(Link(P(Event(standard, ">", eps)), "<=", exp(-(eps**2))), points=({eps: 2},))
    assert counterexample(wrong) == {"eps": 2}


def test_a_probability_in_a_parameter_without_listed_values_needs_a_law():
    draws = {ALONE: Engine(lambda cell, rng, draws, data: rng.standard_normal(draws), {"N": lambda block: block})}
    link = Link(P(Event(RV("N", ALONE, "N"), ">", eps)), "<=", exp(-(eps**2) / 2))
    found = check(stated(link), engines=draws, trials=50)
    assert found.verdict == "undetermined"
    assert "no law decides it for every eps" in found.reason
    known = RV("N", ALONE, "N", law=LawOf(NormalLaw, 1))
    assert check(stated(Link(P(Event(known, ">", eps)), "<=", exp(-(eps**2) / 2)))).verdict == "holds"


@pytest.mark.parametrize(
    "link", [Link(a * b * c, "<=", 20), Link(a + 2 * b, "<=", 9 + c), Link(c, "<=", 5 + a)], ids=str
)
def test_several_sizes_have_a_smallest_counterexample_over_all_of_them(link):
    used = [p for p in (a, b, c) if link.lhs.has(p) or link.rhs.has(p)]
    every = [dict(zip(used, values, strict=True)) for values in product(range(1, 9), repeat=len(used))]
    broken = [{p.name: v for p, v in cell.items()} for cell in every if link.lhs.subs(cell) > link.rhs.subs(cell)]
    assert counterexample(stated(link)) == min(broken, key=lambda cell: cell_order(cell, ("a", "b", "c")))


def test_three_sizes_with_a_law_have_their_smallest_counterexample():
    model = Model("three", (a, b, c), "")
    total = RV("T", model, "T", law=lambda cell: AffineLaw(ChiSquareLaw(2), Fraction(1, 2)))
    claim = stated(Link(P(Event(total, ">", a + b + c)), ">=", Rational(1, 1000)))
    # e^{-7} < 1/1000 < e^{-6}.
    assert counterexample(claim, grid=Grid({"a": (16,), "b": (16,), "c": (16,)})) == {"a": 1, "b": 3, "c": 3}


def test_a_draw_of_three_sizes_needs_no_other():
    model = Model("three", (a, b, c), "")
    engine = Engine(
        lambda cell, rng, draws, data: rng.standard_normal((draws, cell["a"] + cell["b"] + cell["c"])).max(axis=1),
        {"largest": lambda block: block},
        lambda cell: 256,
    )
    largest = RV("largest", model, "M")
    grid = Grid({"a": (1, 2), "b": (1,), "c": (1, 5)})
    right, wrong = (stated(Link(P(Event(largest, "<=", bound)), ">=", Rational(1, 2))) for bound in (4, 0))
    assert check(right, grid, engines={model: engine}, trials=500).verdict == "holds"
    assert counterexample(wrong, grid=grid, engines={model: engine}, trials=500) == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize(("least", "smallest"), [(0, 0), (1, 1), (2, 2), (70, 70)])
def test_a_size_that_starts_late_or_at_nothing_is_asked_from_there(least, smallest):
    start = size("start", least)
    assert counterexample(stated(Link(start**2, ">=", start**2 + 1))) == {"start": smallest}
    assert check(stated(Link(start + 1, ">=", 1))).verdict == "holds"


def test_a_law_at_a_late_size_is_asked_from_there():
    start = size("start", 3)
    wait = RV("T", Model("late", (start,), ""), "T", law=lambda cell: AffineLaw(ChiSquareLaw(2), Fraction(1, 2)))
    claim = stated(Link(P(Event(wait, ">", start)), ">=", Rational(1, 2)))
    assert counterexample(claim, grid=Grid({"start": (9,)})) == {"start": 3}
    assert min(o.cell["start"] for o in check(claim).links[0].outcomes) == 3


def test_hypotheses_and_sizes_of_any_name_make_the_cells_of_a_default_sweep():
    low, high = size("low", 2), size("high")
    claim = stated(Link(exp(low), "<=", exp(high)), hypotheses=(Hypothesis(high >= low, "high ≥ low"),))
    assert check(claim).verdict == "holds"
    assert counterexample(replace_hypotheses(claim)) == {"low": 2, "high": 1}


def replace_hypotheses(statement):
    return stated(*statement.links)


def test_the_trials_of_a_cell_do_not_depend_on_the_name_of_its_size():
    found = []
    for name in ("k", "zeta"):
        s = size(name)
        model = Model("renamed", (s,), "")
        engine = Engine(lambda cell, rng, draws, data: np.ones(draws), {"x": lambda block: block}, lambda cell: 64)
        result = check(
            stated(Link(P(Event(RV("x", model, "x"), ">", s)), "<=", Rational(1, 2))),
            Grid({name: (2, 3)}),
            engines={model: engine},
            trials=100,
        )
        found.append([(str(o.verdict), list(o.cell.values()), o.value) for o in result.links[0].outcomes])
    assert found[0] == found[1]
