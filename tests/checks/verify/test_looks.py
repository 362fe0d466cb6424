"""Cells are drawn until valid limits decide them; errors are rows; laws and draws that disagree are no verdict."""

import sys
from dataclasses import replace

import cloudpickle
import numpy as np
import pytest
from sympy import Integer, Rational, Symbol
from whp.checks import Engine, Grid, Verdict, check, check_all
from whp.checks.deciders.stats import ALPHA
from whp.checks.sweep.engine import Engines
from whp.checks.sweep.store import Store
from whp.checks.verify.plan import plan
from whp.checks.verify.run import verdicts_json
from whp.theory import RV, Claim, Event, LawOf, Link, Model, P, Source, Statement, size
from whp.theory.laws.elementary import ChiSquareLaw

# A worker that another test has started may not find this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

k = size("k")
SQUARES = Model("squares", (k,), "chi-square")
X = RV("X", SQUARES, "X")
LAWFUL = RV("X", SQUARES, "X", law=LawOf(ChiSquareLaw, k))
GRID = Grid({"k": (4, 16, 64)})


def _draw(cell, rng, size, data):
    return rng.chisquare(cell["k"], size)


def _all(block):
    return block


ENGINE = Engine(_draw, {"X": _all})


def _says(bound, rv=X, threshold=2 * k, key="tail", relation="<=", **fields):
    link = Link(P(Event(rv, ">=", threshold)), relation, bound)
    return Statement(key, "printed", "", Source("me", "p. 1"), (Claim((link,)),), **fields)


def _check(statement, engine=ENGINE, **options):
    return check(statement, GRID, engines={SQUARES: engine}, **options)


def _trials(result):
    return {row["k"]: int(row["trials"]) for row in result.draws}


def test_a_cell_is_drawn_until_it_is_decided_and_no_longer():
    """P(X >= 2k) is 0.09, 0.01 and 1e-6: 0.2 is far off where the first is drawn longest."""
    result = _check(_says(Rational(1, 5)))
    assert (result.verdict, result.evidence) == (Verdict.HOLDS, "sampled")
    drawn = _trials(result)
    assert drawn[4] > drawn[64] == 250


def test_a_false_claim_is_refuted_though_few_draws_would_not_tell():
    false = _says(Rational(6, 100))
    assert _check(false, trials=250).verdict is Verdict.UNDETERMINED
    assert _check(false).verdict is Verdict.REFUTED


def test_the_budget_is_spent_where_nothing_decides():
    result = _check(_says(Rational(1, 10**9)), trials=4000)
    assert result.links[0].outcomes[-1].verdict is Verdict.UNDETERMINED
    assert _trials(result)[64] == 4000


def test_a_cell_that_a_law_decides_is_drawn_for_the_figure_only():
    assert set(_trials(_check(_says(Rational(1, 5), LAWFUL))).values()) == {250}


def test_half_of_the_error_budget_is_for_listed_cells():
    planned = plan([_says(Rational(1, 5))], GRID, Engines({SQUARES: ENGINE}), trials=9, seed=0)
    assert {a.question.alpha for a in planned.asked} == {ALPHA / 2 / 64}


def test_looks_do_not_depend_on_workers_on_a_restart_or_on_what_else_is_asked(tmp_path):
    easy, hard = _says(Rational(1, 2), key="easy"), _says(Rational(1, 10**9), key="hard")
    options = {"engines": {SQUARES: ENGINE}, "trials": 4000}
    alone = check_all([easy], GRID, **options)
    both = check_all([easy, hard], GRID, **options)
    spread = check_all([easy, hard], GRID, jobs=2, **options)
    assert verdicts_json(alone) == verdicts_json(both[:1])
    assert verdicts_json(both) == verdicts_json(spread)
    with Store(tmp_path / "x.sqlite", {}) as store:
        first = check_all([easy, hard], GRID, store=store, **options)
    drawn = []

    def watched(cell, rng, size, data):
        drawn.append(cell)
        return _draw(cell, rng, size, data)

    with Store(tmp_path / "x.sqlite", {}, resume=True) as store:
        options["engines"] = {SQUARES: replace(ENGINE, sample=watched)}
        again = check_all([easy, hard], GRID, store=store, **options)
    assert verdicts_json(first) == verdicts_json(again) == verdicts_json(both)
    assert not drawn


def _breaks_at_16(cell, rng, size, data):
    if cell["k"] == 16:
        raise ZeroDivisionError("no draws here")
    return rng.chisquare(cell["k"], size)


def test_an_error_in_a_sampler_is_the_row_of_its_cell_and_stops_nothing():
    result = _check(_says(Rational(1, 5)), replace(ENGINE, sample=_breaks_at_16))
    by_cell = {o.cell["k"]: o for o in result.links[0].outcomes}
    assert by_cell[4].verdict is by_cell[64].verdict is Verdict.HOLDS
    assert by_cell[16].verdict is Verdict.UNDETERMINED
    assert by_cell[16].reason.startswith("error: ZeroDivisionError: no draws here (test_looks.py, line ")
    assert result.reason == by_cell[16].reason


def test_an_error_in_a_sampler_is_said_where_a_law_decides():
    result = _check(_says(Rational(1, 5), LAWFUL), replace(ENGINE, sample=_breaks_at_16))
    assert result.verdict is Verdict.HOLDS
    said = [o.remark for o in result.links[0].outcomes if dict(o.cell) == {"k": 16}]
    assert said[0].startswith("error: ZeroDivisionError")


def _not_a_number(block):
    return np.full(len(block), np.nan)


def test_a_measure_without_a_number_is_an_error_not_a_verdict():
    result = _check(_says(Rational(1, 5)), Engine(_draw, {"X": _not_a_number}))
    assert result.verdict is Verdict.UNDETERMINED
    assert "the measure of 'X' gives NaN in draw 1 at k = " in result.reason


def _broken_law(cell):
    raise RuntimeError("no law")


def test_an_error_in_a_law_is_the_row_of_its_cell():
    result = check_all(
        [_says(Rational(1, 5), RV("X", SQUARES, "X", law=_broken_law)), _says(Rational(1, 5), LAWFUL, key="other")],
        GRID,
        engines={SQUARES: ENGINE},
    )
    assert result[0].verdict is Verdict.UNDETERMINED
    assert result[0].reason.startswith("error: RuntimeError: no law (test_looks.py, line ")
    assert result[1].verdict is Verdict.HOLDS


def test_a_law_that_its_draws_contradict_decides_nothing():
    double = RV("X", SQUARES, "X", law=LawOf(ChiSquareLaw, 2 * k))
    result = _check(_says(Rational(4, 5), double))
    assert result.verdict is Verdict.UNDETERMINED
    assert "error: the law of X and its draws contradict each other at " in result.reason
    assert {o.verdict for o in result.links[0].outcomes} == {Verdict.UNDETERMINED}
    assert _check(_says(Rational(4, 5), LAWFUL)).verdict is Verdict.HOLDS


def test_small_cells_are_asked_beside_the_listed_ones():
    """P(X >= 2k) is e^{-2} at k = 2: a bound of 1/9 is false there and true from k = 4 on."""
    false = _says(Rational(1, 9), LAWFUL)
    result = _check(false)
    assert result.verdict is Verdict.REFUTED
    worst = result.links[0].counterexample
    assert (dict(worst.cell), worst.smallest) == ({"k": 1}, True)


def test_what_a_link_lacks_is_said_of_each_random_variable():
    bare = check(_says(Rational(1, 5)), GRID)
    assert "X has no law, no form, no engine (its model is squares)" in bare.reason
    other = _check(_says(Rational(1, 5), RV("Y", SQUARES, "Y")))
    assert "Y has no law, no form, no measure (its model squares has an engine)" in other.reason


def test_one_key_in_two_papers_is_two_statements():
    mine, theirs = _says(Rational(1, 5), LAWFUL), _says(Rational(1, 10**9), LAWFUL)
    theirs = replace(theirs, source=Source("them", "p. 1"))
    found = check_all([mine, theirs], GRID)
    assert [r.verdict for r in found] == [Verdict.HOLDS, Verdict.REFUTED]
    with pytest.raises(ValueError, match="two different printed statements have the key 'tail'"):
        check_all([mine, replace(theirs, source=mine.source)], GRID)


def test_a_size_called_as_a_column_keeps_its_table():
    trials = size("trials")
    model = Model("squares", (trials,), "chi-square")
    Y = RV("X", model, "X")
    statement = _says(Rational(1, 5), Y, 2 * trials)

    def draw(cell, rng, size, data):
        return rng.chisquare(cell["trials"], size)

    result = check(statement, Grid({"trials": (4, 16)}), engines={model: Engine(draw, {"X": _all})})
    assert {row["size trials"] for row in result.draws} == {4, 16}
    assert min(row["trials"] for row in result.draws) >= 250


def test_symbols_with_listed_values_only_may_be_implied():
    from whp.checks.verify.plan import _step

    a = Symbol("a")
    s = _says(a, points=({a: Integer(1)}, {a: Integer(1)}, {a: Integer(2)}))
    step = _step(s, Link(a, "<=", 3 * a), 1e-6, 0, Engines())
    assert [dict(p) for p in step.statement.points] == [{a: 1}, {a: 2}]


def test_a_parameter_called_as_a_column_keeps_the_table_of_outcomes():
    verdict = size("verdict")
    s = Statement("square", "printed", "", Source("me", "p. 1"), (Claim((Link(verdict**2, "<=", 5 * verdict),)),))
    frame = check(s).to_dataframe()
    assert "6" in set(frame["size verdict"])
    assert "refuted" in set(frame["verdict"])
