"""The tables of Section 3.2 are counts and quantiles of stored draws, and reach every format of the report."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
from whp.checks import Result, check_all
from whp.checks.report.audit import Audit
from whp.checks.report.html import page
from whp.checks.report.latex import appendix
from whp.checks.verify.run import Run
from whp.checks.zhang2023 import PAPER, network_grid
from whp.checks.zhang2023.tables import study_tables

BOOK = PAPER.ledger


def _row(model, rv, cell, values):
    """What a run stores of the values (networks, samples) of a random variable."""
    values = np.asarray(values, dtype=float)
    least = values.min(axis=1)
    return {
        "model": model,
        "rv": rv,
        "data": "-",
        **cell,
        "trials": float(len(values)),
        "q05": float(np.quantile(values[:, 0], 0.05)),
        "median": float(np.median(values[:, 0])),
        "q95": float(np.quantile(values[:, 0], 0.95)),
        "worst": float(least.min()),
        "mean": float(values[:, 0].mean()),
        "nonpositive": float((values[:, 0] <= 0).sum()),
        "some_nonpositive": float((least <= 0).sum()),
    }


def _result(key, *rows):
    return Result(BOOK[key][0], (), {}, rows)


def test_shares_are_those_of_the_draws():
    cell = {"m": 32, "d": 4, "n": 4}
    margins = [[1.0, 2.0], [1.0, -1.0], [3.0, 1.0], [-1.0, -2.0]]
    # One witness, two certificates of inseparability, one network undecided.
    decided = [[1.0], [0.0], [0.0], [0.5]]
    results = [
        _result("thm3.6", _row("trained", "margin", cell, margins)),
        _result("S16.few", _row("trained", "separable", cell, decided)),
        _result("S16.full", _row("trained", "projected_margin", cell, np.zeros((4, 2)))),
        _result("S16.pairs", _row("antipodal", "separable", {"m": 300, "d": 10, "n": 80}, np.zeros((5, 1)))),
    ]
    (table,) = study_tables(results)
    assert table.rows == (
        ("random", "4", "4", "32", "4", "0.500", "0.000", "0.250", "0.500"),
        ("antipodal pairs", "10", "80", "300", "5", "", "", "0.000", "1.000"),
    )
    assert list(csv.reader(io.StringIO(table.to_csv()))) == [list(table.columns), *map(list, table.rows)]


def test_nothing_is_shown_without_draws():
    assert study_tables([_result("S16.few")]) == ()
    assert study_tables([_result("S16.few", _row("trained", "loss", {"m": 4, "d": 2, "n": 2}, [[0.1]]))]) == ()


def test_a_run_of_radii_reaches_csv_html_latex_and_json(tmp_path, monkeypatch):
    monkeypatch.setattr("whp.checks.zhang2023.engines.trained._RADII_DIMS", (2,))
    monkeypatch.setattr("whp.checks.zhang2023.engines.trained._RADII_WIDTHS", (4, 16))
    monkeypatch.setattr("whp.checks.zhang2023.engines.trained._PAIRS", ((12, 2, 12),))
    statements = tuple(s for key in ("S12.ratio", "S16.pairs") for s in BOOK[key])
    grid = network_grid(widths=(16,), dims=(4,), samples=(2,))
    run = Run(folder=tmp_path, statements=statements, paper=PAPER, grid=grid, trials=100, seed=0, jobs=1)
    results = run.execute()
    conclusion, radius = study_tables(results)
    assert [row[:2] for row in radius.rows] == [("2", "4"), ("2", "16")]
    assert all(0.0 < float(row[3]) <= float(row[5]) <= 1.0 for row in radius.rows)
    assert conclusion.rows[0][:4] == ("antipodal pairs", "2", "12", "12")
    for table in (conclusion, radius):
        assert (tmp_path / "tables" / f"{table.name}.csv").read_text(encoding="utf-8") == table.to_csv()
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "ntk.terms.svg").write_text(
        '<svg width="486pt" height="9pt"><path d="M0 0L1 1"/></svg>', encoding="utf-8"
    )
    (figures / "ntk.terms.txt").write_text("The eight terms, $n = 16$.\n", encoding="utf-8")
    audit = Audit(run, results)
    html, tex = page(audit, figures), appendix(audit)
    for table in (conclusion, radius):
        assert table.title in html
    assert 'id="figure-ntk.terms"' in html
    assert "The eight terms, n = 16." in html
    assert "figure-ntk.witnesses" not in html
    assert f"\\newcommand{{\\whpNtkRadiusTwoMedian}}{{${radius.rows[1][5]}$}}" in tex["numbers.tex"]
    assert r"\whpNtkRadiusTwoLow{} & \whpNtkRadiusTwoMedian{}" in tex["appendix.tex"]
    assert r"\newcommand{\whpNtkConclusionOneInputs}{antipodal pairs}" in tex["numbers.tex"]
    document = json.loads(json.dumps(audit.to_dict()))
    assert document["tables"]["ntk.radius"]["rows"] == [list(row) for row in radius.rows]


def test_the_same_seed_gives_the_same_tables(monkeypatch):
    monkeypatch.setattr("whp.checks.zhang2023.engines.trained._RADII_DIMS", (2,))
    monkeypatch.setattr("whp.checks.zhang2023.engines.trained._RADII_WIDTHS", (4,))
    grid = network_grid(widths=(16,), dims=(4,), samples=(2,))
    first, again = (
        study_tables(check_all(BOOK["S12.ratio"], grid, engines=PAPER.engines, book=BOOK, trials=60, seed=5))
        for _ in range(2)
    )
    assert first == again
