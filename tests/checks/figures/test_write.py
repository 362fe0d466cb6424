"""The figure files of a run: those of its statements, and those its paper adds or puts in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.figure import Figure
from PIL import Image
from whp.checks import Evidence, Grid, LinkResult, Outcome, Result, Verdict
from whp.checks.figures import write
from whp.checks.figures.compose import picture_of
from whp.checks.figures.names import figure_names
from whp.checks.figures.picture import Picture
from whp.checks.figures.sheet import write_sheets
from whp.checks.figures.view import View
from whp.checks.figures.write import NUMBERS, Look, write_figures
from whp.checks.paper import Drawing, Paper, Reference
from whp.theory import RV, Claim, Event, Ledger, Link, Model, P, Source, Statement, size

K = size("k")
X = RV("X", Model("mine", (K,), "mine"), "X")


def statement(key: str, **options: Any) -> Statement:
    claim = Claim((Link(P(Event(X, "<=", 0)), "<=", 1 / K),))
    return Statement(key, options.pop("form", "printed"), "A claim", Source("me", "p. 1"), (claim,), **options)


def result(s: Statement, draws: Sequence[dict[str, Any]] = ()) -> Result:
    cells = [Outcome(Verdict.HOLDS, Evidence.COMPUTED, {"k": k}, f"{k}e-4", bound_float=-3.0) for k in (8, 32)]
    return Result(s, (LinkResult(s.links[0], tuple(cells), ("k",)),), {}, tuple(draws))


def _draw(name: str) -> Iterator[tuple[str, Figure, str]]:
    figure = Figure()
    figure.subplots().plot([1, 2])
    yield name, figure, "Drawn by the paper."


def _drawings(results: Sequence[Result], grid: Grid, trials: int, seed: int) -> tuple[Drawing, ...]:
    assert (grid.sizes["k"], trials, seed) == ((8, 32), 5, 3)
    return (
        Drawing("a study", partial(_draw, "study")),
        Drawing("a picture", partial(_draw, "two"), frozenset({"two"})),
    )


@pytest.fixture
def run(tmp_path: Path) -> Any:
    statements = (statement("one"), statement("two"), statement("three"))
    paper = Paper("me2031", Reference("me"), Ledger(statements), words={"k": "rank"}, drawings=_drawings)
    return SimpleNamespace(folder=tmp_path, paper=paper, grid=Grid({"k": (8, 32)}), trials=5, at_once=5, seed=3, jobs=1)


def test_a_paper_adds_figures_and_replaces_those_of_statements(run: Any) -> None:
    results = [result(s) for s in run.paper.ledger.statements]
    told: list[tuple[int, int, str]] = []
    written = write_figures(run, results, lambda *progress: told.append(progress))
    assert [path.name for path in written] == ["one.pdf", "study.pdf", "three.pdf", "two.pdf"]
    captions = {path.stem: path.with_suffix(".txt").read_text(encoding="utf-8") for path in written}
    assert captions["two"] == captions["study"] == "Drawn by the paper.\n"
    for path in written:
        tex = path.with_suffix(".tex").read_text(encoding="utf-8")
        assert f"{{{{{path.stem}}}.pdf}}" in tex
        assert rf"\label{{fig:whp:{path.stem}}}" in tex
    # A drawing that is a finished figure has no table.
    assert sorted(p.stem for p in run.folder.glob("figures/*.csv")) == ["one", "three"]
    assert captions["one"].startswith("A claim (one, printed; me, p. 1): holds")
    assert "Seed 3" in captions["one"]
    assert [(done, total) for done, total, _ in told] == [(i, 4) for i in (1, 2, 3, 4)]


def test_a_figure_that_cannot_be_drawn_is_named_and_costs_no_other(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(view: View, kind: str | None) -> Picture | None:
        if view.statement.key == "one":
            raise ValueError("math domain error")
        return picture_of(view, kind)

    monkeypatch.setattr(write, "picture_of", failing)
    with pytest.raises(
        RuntimeError, match=r"no figure could be drawn of one \(ValueError: math domain error\); all others"
    ):
        write_figures(run, [result(s) for s in run.paper.ledger.statements])
    folder = run.folder / "figures"
    assert sorted(path.stem for path in folder.glob("*.pdf")) == ["study", "three", "two"]
    assert (folder / NUMBERS).exists()


def test_draws_at_one_value_of_a_size_that_was_swept_over_are_not_shown(run: Any) -> None:
    summary = dict.fromkeys(("q05", "median", "q95", "worst", "mean", "variance"), 0.5)
    rows = [
        {"model": "mine", "rv": "X", "data": "-", "k": k, "trials": 5.0, **summary, "nonpositive": 0.0} for k in (8, 32)
    ]
    one, _, three = run.paper.ledger.statements
    written = write_figures(run, [result(one, rows[:1]), result(three, rows)])
    assert [path.stem for path in written] == ["study", "three", "two"]


def test_figures_are_named_by_key_and_form() -> None:
    assert figure_names(statement("one")) == ("one", "one.constants")
    repaired = statement("one", form="repaired", repairs="one")
    assert figure_names(repaired) == ("one.repaired", "one.repaired.constants")


def test_formats_kinds_and_styles_are_those_asked_for(run: Any) -> None:
    results = [result(s) for s in run.paper.ledger.statements]
    look = Look("slack", ("svg",), {"column": "half", "style": "grey"})
    written = write_figures(run, results, folder=run.folder / "out", look=look)
    assert [path.name for path in written] == ["one.slack.svg", "three.slack.svg", "two.slack.svg"]
    assert not list((run.folder / "out").glob("*.pdf"))
    assert 'width="234pt"' in written[0].read_text(encoding="utf-8")


def test_numbers_are_macros_that_are_safe_in_captions(run: Any) -> None:
    write_figures(run, [result(s) for s in run.paper.ledger.statements])
    text = (run.folder / "figures" / NUMBERS).read_text(encoding="utf-8")
    named = dict(re.findall(r"^\\newcommand\{\\(whpFig[A-Za-z]+)\}\{(.*)\}$", text, re.M))
    assert named["whpFigOneVerdict"] == "holds"
    assert named["whpFigOneOneTightest"].startswith(r"\ensuremath{")
    assert len(named) == len(text.splitlines()) - 1
    assert "$" not in text


def test_figures_are_put_on_sheets(run: Any) -> None:
    written = write_figures(run, [result(s) for s in run.paper.ledger.statements])
    (page,) = write_sheets(run.folder / "figures", [path.stem for path in written], grey=True)
    with Image.open(page) as sheet:
        assert sheet.mode == "L"
        assert sheet.getextrema()[0] < 128
    assert write_sheets(run.folder / "figures", ["none"]) == []


def test_figures_need_a_folder(run: Any) -> None:
    run.folder = None
    with pytest.raises(ValueError, match="need a run with an output folder"):
        write_figures(run, [])
