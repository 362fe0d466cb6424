"""Every number that an audit prints of a theorem's constants and counterexamples is on the safe side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from whp.checks import Evidence, LinkResult, Outcome, Result, Verdict
from whp.checks.cli.tables import verdict_table
from whp.checks.figures import View
from whp.checks.figures.captions import caption
from whp.checks.figures.frontier import plot_frontier
from whp.checks.report.audit import Audit
from whp.checks.report.html import page
from whp.checks.report.latex import appendix
from whp.checks.verify.explain import constant_sides, explanation
from whp.checks.verify.run import Run
from whp.checks.zhang2023 import PAPER, network_grid
from whp.theory.zhang2023 import LEDGER

NUMBER = r"-?\d+(?:\.\d+)?(?:/\d+)?(?:\\cdot 10\^\{-?\d+\})?"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, tuple[Result, ...]]:
    """Statements with named constants, with best constants and with counterexamples."""
    wanted = {"S1", "S4", "thm3.1", "eq9", "lem6.1.sum", "eq27"}
    chosen = tuple(s for s in LEDGER.statements if s.key in wanted)
    grid = network_grid(widths=(4, 16), dims=(4,), samples=(3,))
    run = Run(
        folder=tmp_path_factory.mktemp("numbers"), statements=chosen, paper=PAPER, grid=grid, trials=10, seed=0, jobs=1
    )
    return run, run.execute()


def with_constants(results: tuple[Result, ...], key: str, **constants: Any) -> tuple[Result, ...]:
    return tuple(replace(r, constants={**r.constants, **constants}) if r.statement.key == key else r for r in results)


def number(tex: str) -> Fraction:
    mantissa, _, power = tex.strip("$").partition(r"\cdot 10^")
    return Fraction(mantissa) * Fraction(10) ** int(power.strip("{}") or 0)


def macros(run: Run, results: tuple[Result, ...]) -> dict[str, str]:
    text = appendix(Audit(run, results))["numbers.tex"]
    return dict(re.findall(r"\\newcommand\{\\(\w+)\}\{(.*)\}", text))


def ends(text: str) -> tuple[Fraction, Fraction]:
    low, _, high = text.strip("[]").partition(", ")
    return Fraction(low), Fraction(high or low)


def constants_of(result: Result) -> Iterator[tuple[str, str, str]]:
    """Macro (without the key), what is known of the number, and the side it must be on."""
    sides = constant_sides(result.statement)
    digits = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    short = {"C": "C", "c_1": "COne", "c_2": "CTwo"}
    for name, text in result.constants.get("named", {}).items():
        yield short[name], text, sides[name]
    for i, row in enumerate(result.constants.get("frontier", ()), 1):
        yield from ((f"Frontier{digits[i]}{short[name]}", row[name], "down") for name in ("c_1", "c_2"))
    for i, row in enumerate(result.constants.get("best", ()), 1):
        yield f"Best{digits[i]}Best", row["best"], "down" if row["sense"] == "largest" else "up"


def assert_safe(run: Run, results: tuple[Result, ...], key: str, stem: str) -> int:
    found, checked = macros(run, results), 0
    for result in results:
        if result.statement.key == key:
            for name, text, side in constants_of(result):
                shown, (low, high) = number(found[f"whp{stem}{name}"]), ends(text)
                assert shown <= high if side == "down" else shown >= low
                # Beyond the enclosure only on the safe side, unless it is the exact form within it.
                assert low <= shown <= high or (shown < low if side == "down" else shown > high)
                assert abs(shown - low) <= abs(low) / 1000 + (high - low)
                checked += 1
    return checked


def test_the_constants_of_theorems_are_on_the_safe_side_in_every_macro(
    finished: tuple[Run, tuple[Result, ...]],
) -> None:
    run, results = finished
    assert constant_sides(LEDGER["thm3.1"][0]) == {"C": "up", "c_1": "down", "c_2": "down"}
    assert assert_safe(run, results, "thm3.1", "ThmThreePointOne") == 3 + 2 * 9
    assert assert_safe(run, results, "eq27", "EqTwoSeven") >= 1
    assert assert_safe(run, results, "lem6.1.sum", "LemSixPointOneSum") >= 1
    found = macros(run, results)
    assert found["whpThmThreePointOneC"] == "$1/3$"
    assert found["whpThmThreePointOneCOne"] == "$0.1832$"


@pytest.mark.parametrize(
    ("text", "down", "up"),
    [
        ("[1.83300000001e-1, 1.83300000002e-1]", "0.1833", "0.1834"),
        ("[1.83299999998e-1, 1.83299999999e-1]", "0.1832", "0.1833"),
        ("[1.8335e-1, 1.8335e-1]", "0.1833", "0.1834"),
        ("[9.99999999e-1, 1]", "0.9999", "1"),
    ],
)
def test_a_planted_value_beside_an_edge_turns_the_last_digit(
    finished: tuple[Run, tuple[Result, ...]], tmp_path: Path, text: str, down: str, up: str
) -> None:
    run, results = finished
    thm = next(r for r in results if r.statement.key == "thm3.1")
    bare = replace(thm.statement, implied_by=())
    best = [{"link": "x", "printed": "1", "best": text, "cell": "m = 4", "sense": s} for s in ("largest", "smallest")]
    planted = tuple(replace(r, statement=bare) if r is thm else r for r in results)
    planted = with_constants(planted, "thm3.1", named={"C": text, "c_1": text, "c_2": text}, frontier=[], best=best)
    found = macros(run, planted)
    wanted = {"C": up, "COne": down, "CTwo": down, "BestOneBest": down, "BestTwoBest": up}
    assert {name: found[f"whpThmThreePointOne{name}"] for name in wanted} == {k: f"${v}$" for k, v in wanted.items()}
    shown = re.sub(r"<[^>]+>", "", unescape(page(Audit(run, planted), tmp_path)))
    assert f"{up} (rounded up)" in shown
    assert shown.count(f"{down} (rounded down)") >= 3


def test_figures_round_constants_to_the_safe_side(finished: tuple[Run, tuple[Result, ...]]) -> None:
    result = next(r for r in finished[1] if r.statement.key == "thm3.1")
    labels = plot_frontier(result).get_legend_handles_labels()[1]
    assert "equal constants, 0.1832 (rounded down)" in labels
    view = View(result, PAPER.guides, PAPER.words)
    titles = [printed.label for printed in view.drawn().printed]
    assert titles == ["printed form, $C = 1/3$, $c_{1} = c_{2} = 0.183$"]


def test_no_place_sets_two_equal_texts_against_each_other(
    finished: tuple[Run, tuple[Result, ...]], tmp_path: Path
) -> None:
    run, results = finished
    same = "[9.999999999e-1, 1.000000001]"
    eq9 = next(r for r in results if r.statement.key == "eq9")
    found = Outcome(Verdict.REFUTED, Evidence.CERTIFIED, {"m": 2**20, "d": 3}, value=same, bound=same)
    planted = tuple(replace(r, links=(LinkResult(eq9.links[0].link, (found,)),)) if r is eq9 else r for r in results)
    texts = [
        re.sub(r"<[^>]+>", "", unescape(page(Audit(run, planted), tmp_path))),
        terminal(planted),
        str([explanation(r) for r in planted if r.statement.key == "eq9"]),
    ]
    for text in texts:
        assert not re.search(r"(\[[^]]+\])\S* (against|claimed|[a-z ]+side) \1", text)
    assert "the same in these digits" in texts[1]


def terminal(results: tuple[Result, ...], width: int = 200) -> str:
    console = Console(width=width, file=StringIO())
    console.print(verdict_table(results, width))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("width", [80, 200])
def test_the_table_says_smallest_only_where_every_smaller_cell_was_asked(
    finished: tuple[Run, tuple[Result, ...]], width: int
) -> None:
    eq9 = next(r for r in finished[1] if r.statement.key == "eq9" and r.statement.form == "printed")
    for smallest, word in ((True, "smallest counterexample"), (False, "a counterexample")):
        found = Outcome(
            Verdict.REFUTED, Evidence.CERTIFIED, {"m": 2, "d": 1}, value="5/2", bound="21/8", smallest=smallest
        )
        told = replace(eq9, links=(LinkResult(eq9.links[0].link, (found,)),))
        text = " ".join(terminal((told,), width).split())
        assert f"{word}: m = 2, d = 1, true 5/2, claimed 21/8" in text
        assert ("smallest" in text) == smallest
        assert ("smallest" in caption(told, trials=1, seed=0, version="1")) == smallest
        assert ("The smallest counterexample" in caption(told, trials=1, seed=0, version="1")) == smallest


@pytest.mark.parametrize("width", [80, 200])
def test_the_reading_and_the_words_of_a_verdict_are_in_every_headline(
    finished: tuple[Run, tuple[Result, ...]], tmp_path: Path, width: int
) -> None:
    run, results = finished
    stored = "for every outcome of the given event; averaged over it: holds, [4.46130e-2, 4.46131e-2]"
    reading = "for every outcome of the given event; averaged over it: holds, [0.04461, 0.04462]"
    eq9 = next(r for r in results if r.statement.key == "eq9" and r.statement.form == "printed")
    found = Outcome(Verdict.CONSISTENT, Evidence.TREND, {"m": 2, "d": 1}, reason="up to m = 9", reading=stored)
    planted = tuple(replace(r, links=(LinkResult(eq9.links[0].link, (found,)),)) if r is eq9 else r for r in results)
    told = next(r for r in planted if r.statement.key == "eq9" and r.statement.form == "printed")
    assert told.verdict is Verdict.CONSISTENT
    text = " ".join(terminal((told,), width).split())
    assert "not refuted" in text
    assert "trend" in text
    assert f"{reading}; up to m = 9" in text
    assert f"not refuted, trend ({reading})" in caption(told, trials=1, seed=0, version="1")
    assert explanation(told)["headline"] == f"not refuted, trend ({reading})"
    shown = page(Audit(run, planted), tmp_path)
    badge = '<span class="badge consistent">not refuted</span> <span class="evidence">trend</span>'
    assert f'{badge} <span class="reading">{reading}</span>' in shown
    assert "Not refuted, and what was tried" in shown
    tex = appendix(Audit(run, planted))
    assert "not refuted, trend (for every outcome" in tex["appendix.tex"]
    assert r"\newcommand{\whpConsistent}{1}" in tex["numbers.tex"]
    assert r"\newcommand{\whpConsistentTrend}{1}" in tex["numbers.tex"]
    kept = Audit(run, planted).to_dict()
    assert [(row["key"], row["reading"]) for row in kept["consistent"]] == [("eq9", stored)]
    assert next(s for s in kept["statements"] if s["key"] == "eq9")["verdict"] == "consistent"
