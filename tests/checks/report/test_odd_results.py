"""Results of any shape become figures, tables, pages and appendices: no size, one size, no draws, errors, trends."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sympy import Integer, Rational, Symbol, exp
from whp.checks import Evidence, Grid, LinkResult, Outcome, Paper, Reference, Result, Verdict
from whp.checks.cli.tables import verdict_table
from whp.checks.figures import View, caption, figure_for
from whp.checks.figures.write import write_figures
from whp.checks.report.write import write_report
from whp.checks.verify.explain import explanation
from whp.checks.verify.run import Run
from whp.theory import RV, Claim, E, Event, Ledger, Link, Model, P, Source, Statement, Var, real, size

k = size("k")
t = real("t", 0, 1)
C, c = Symbol("C", positive=True), Symbol("c", positive=True)
VECTOR, DIE = Model("vector", (k,), "g"), Model("die", (), "D")
X, D = RV("X", VECTOR, r"\|g\|^2"), RV("D", DIE, "D")
CERTIFIED, COMPUTED, SAMPLED, TREND = (
    Evidence.CERTIFIED,
    Evidence.COMPUTED,
    Evidence.SAMPLED,
    Evidence.TREND,
)
LIMITS = "4/9, limits [1.2e-01, 7e-01]"


def row(rv: RV, **sizes: int) -> dict[str, Any]:
    numbers = {"q05": 1.0, "median": 2.0, "q95": 3.0, "worst": 0.5, "mean": 2.0, "variance": 1.0}
    counts = {"trials": 50, "nonpositive": 0, "some_nonpositive": 0}
    return {"model": rv.model.name, "rv": rv.name, "data": "-", **sizes, **numbers, **counts}


def made(
    key: str, link: Link, *outcomes: Outcome, draws: tuple[Any, ...] = (), exists: Any = (), **found: Any
) -> Result:
    claim = Claim((link,), exists=exists)
    free = {s for side in (link.lhs, link.rhs) for s in side.free_symbols if s == t}
    points = ({t: Rational(1, 2)},) if free else ({},)
    statement = Statement(key, "printed", f"the claim {key}", Source("me", "eq. 1"), (claim,), points=points)
    return Result(statement, (LinkResult(link, outcomes, statement.sizes),), draws=draws, **found)


TAIL = Link(P(Event(X, ">=", 2 * k)), "<=", exp(-k / 5))
ROWS = tuple(row(X, k=at) for at in (4, 8))
BARE = {"model": "vector", "rv": "X", "data": "-", "k": 4, "trials": 50}


def at(verdict: Verdict, evidence: Evidence | None, value: str, bound: str, reason: str = "", **cell: Any) -> Outcome:
    return Outcome(verdict, evidence, cell, value, bound, reason, value_float=-2.0, bound_float=-3.0)


RESULTS = (
    made("one", TAIL, at(Verdict.REFUTED, CERTIFIED, "[2e-1, 3e-1]", "[1e-1, 1e-1]", k=4)),
    made(
        "ball", TAIL, at(Verdict.REFUTED, COMPUTED, "1.2e-1", "1.1e-1", k=4), at(Verdict.HOLDS, CERTIFIED, "", "", k=8)
    ),
    made("limits", TAIL, at(Verdict.REFUTED, SAMPLED, LIMITS, "[1e-1, 1e-1]", k=4), draws=ROWS),
    made("none", Link(P(Event(D, ">=", 6)), "<=", Rational(1, 9)), at(Verdict.REFUTED, SAMPLED, LIMITS, "1/9")),
    made("scalar", Link(Integer(2), "<=", Integer(1)), at(Verdict.REFUTED, CERTIFIED, "2", "1")),
    made("silent", Link(k**2, "<=", k), Outcome(Verdict.REFUTED, CERTIFIED, {"k": 2})),
    made(
        "constants",
        Link(P(Event(X, ">=", k)), "<=", C * exp(-c * k)),
        Outcome(Verdict.REFUTED, CERTIFIED),
        exists=(C, c),
    ),
    made(
        "trend",
        Link(P(Event(X, ">=", k)), "<=", C * exp(-c * k)),
        Outcome(Verdict.CONSISTENT, TREND, reason="fits every cell"),
        exists=(C, c),
        constants={"named": {"C": "[1.0000001, 1.0000002]"}, "fits": [{"C": "2", "c": "[1e-1, 2e-1]"}]},
    ),
    made("open", TAIL, Outcome(Verdict.CONSISTENT, TREND, {"k": 64}, "1.2e-118", "0 in the limit", "up to k = 64")),
    made("error", TAIL, Outcome(Verdict.UNDETERMINED, None, {"k": 4}, reason="error: norm2 gives NaN at draw 3")),
    made(
        "errors", TAIL, Outcome(Verdict.UNDETERMINED, None, reason="error: RuntimeError: <b>|x|_2</b> & 5 % \\broken")
    ),
    made("nothing", TAIL),
    made("mean", Link(E(X), "=", k), Outcome(Verdict.CONSISTENT, SAMPLED, {"k": 4}, "2", "4"), draws=ROWS),
    made("die", Link(E(D), "<=", Integer(3)), at(Verdict.REFUTED, SAMPLED, "[3.4, 3.6]", "3"), draws=(row(D),)),
    made("cube", Link(E(X**3), "<=", k), Outcome(Verdict.UNDETERMINED, None, reason="trials"), draws=ROWS),
    made("twice", Link(E(2 * X), "<=", k), Outcome(Verdict.UNDETERMINED, None, reason="trials"), draws=ROWS),
    made("other", Link(E(X), "<=", E(X**2)), Outcome(Verdict.CONSISTENT, SAMPLED, reason="drawn"), draws=ROWS),
    made("square", Link(Var(X), "=", 2 * k), Outcome(Verdict.HOLDS, SAMPLED, {"k": 4}), draws=(*ROWS, BARE)),
    made("bare", Link(E(X), "=", k), Outcome(Verdict.UNDETERMINED, None, reason="trials"), draws=(BARE,)),
    made("odd", Link(E(X), "=", k), Outcome(Verdict.UNDETERMINED, None), draws=({**ROWS[0], "mean": math.nan},)),
    made(
        "real",
        Link(P(Event(X, ">=", k)), "<=", 1 - t),
        at(Verdict.REFUTED, CERTIFIED, "[6e-1, 7e-1]", "1/2", k=4, t=Fraction(1, 2)),
    ),
    made(
        "far",
        TAIL,
        Outcome(Verdict.HOLDS, CERTIFIED, {"k": 4}, "0", "1", value_float=-1e13, bound_float=-1e12),
        Outcome(Verdict.HOLDS, CERTIFIED, {"k": 2}, "1e-1", "1", value_float=-2.0, bound_float=0.0),
    ),
    made("slashed/key", TAIL, at(Verdict.HOLDS, CERTIFIED, "[1e-2, 2e-2]", "[1e-1, 1e-1]", k=4)),
)


@pytest.mark.parametrize("result", RESULTS, ids=lambda r: r.statement.key)
def test_a_result_of_any_shape_has_a_figure_or_none_a_caption_and_a_row(result: Result) -> None:
    figure = figure_for(result)
    if figure is not None:
        figure.draw_without_rendering()
        text = caption(View(result), trials=50, seed=0, version="1")
        assert result.verdict.words in text
        assert "consistent" not in text
    for width in (80, 200):
        console = Console(width=width, record=True)
        with console.capture() as told:
            console.print(verdict_table((result,), width))
        text = told.get()
        assert result.verdict.words in text
        assert "nan" not in text.lower().replace("gives nan", "")
    assert explanation(result)["words"] == result.verdict.words


def test_moments_that_no_panel_shows_are_left_out() -> None:
    shown = {r.statement.key: View(r).moments for r in RESULTS}
    assert {key: shown[key] for key in ("mean", "die", "square", "cube", "twice", "bare", "odd")} == {
        "mean": (0,),
        "die": (0,),
        "square": (0,),
        "cube": (),
        "twice": (),
        "bare": (),
        "odd": (),
    }


def test_all_of_them_together_become_figures_and_a_report(tmp_path: Path) -> None:
    ledger = Ledger(r.statement for r in RESULTS)
    paper = Paper("me", Reference("me"), ledger)
    run = Run(folder=tmp_path, statements=ledger.statements, paper=paper, grid=Grid(), trials=50, seed=0, jobs=1)
    written = {path.name for path in write_figures(run, RESULTS)}
    assert {"limits.pdf", "die.pdf", "mean.pdf", "slashed-key.pdf"} <= written
    page, *_ = write_report(run, RESULTS)
    text = page.read_text(encoding="utf-8")
    assert "error: norm2 gives NaN at draw 3" in text
    assert "&lt;b&gt;" in text
    assert '<span class="badge consistent">not refuted</span>' in text
    assert "not refuted" in (tmp_path / "report" / "latex" / "appendix.tex").read_text(encoding="utf-8")
    assert r"\newcommand{\whpTrendC}" in (tmp_path / "report" / "latex" / "numbers.tex").read_text(encoding="utf-8")
