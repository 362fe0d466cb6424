"""A finished run is read back as it was, and no verdict rests on a proof that the referee of today rejects."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner
from whp.checks import Evidence, Grid, LinkResult, Outcome, Result, Verdict
from whp.checks.cli.main import app
from whp.checks.paper import load_paper
from whp.checks.verify import run as runs
from whp.checks.verify.kept import drawn, held_to_referee, no_longer_accepted, note_drawn
from whp.checks.verify.run import Run, open_run
from whp.theory import Claim, Implication, Ledger, Link, Source, Statement, constant, size

FILE = """
from whp.theory import ChiSquare, E, claim, size
k = size("k")
STATEMENTS = [claim(k <= k**2, key="square", source="me"), claim(E(ChiSquare(k)) <= k + 1, key="mean", source="me")]
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, tuple[Result, ...]]:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "mine.py").write_text(FILE, encoding="utf-8")
    paper = load_paper(folder / "mine.py")
    run = Run(folder / "run", paper.ledger.statements, paper, Grid({"k": (4, 8)}), 20, 0, 1)
    return run, run.execute()


def told(results: Sequence[Result]) -> list[Any]:
    """All that results say: a number that is none is not equal to itself."""
    return [[[o.to_dict() for o in link.outcomes] for link in r.links] + [r.constants, r.draws] for r in results]


def changed(run: Run, name: str, change: Any) -> None:
    """Another value in the store of a run."""
    assert run.folder is not None
    with sqlite3.connect(run.folder / "results.sqlite") as db:
        for at, payload in db.execute("SELECT name, payload FROM finished WHERE name LIKE ?", (name,)).fetchall():
            value = change(json.loads(payload))
            db.execute("UPDATE finished SET payload = ? WHERE name = ?", (json.dumps(value).encode(), at))
    db.close()


def spoilt(value: Any) -> Any:
    """A stored value whose proofs say that all claims are plain."""
    if isinstance(value, dict):
        return {k: {**v, "proof": {"rule": "identical"}} if k == "proof" and v else spoilt(v) for k, v in value.items()}
    return [spoilt(v) for v in value] if isinstance(value, list) else value


def test_a_finished_run_is_read_back_without_a_plan(
    finished: tuple[Run, tuple[Result, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, results = finished
    assert run.folder is not None
    monkeypatch.setattr(runs, "check_all", lambda *_, **__: pytest.fail("computed again"))
    verdicts = (run.folder / "verdicts.json").read_bytes()
    assert told(run.execute(resume=True)) == told(results) == told(open_run(run.folder, run.paper)[1])
    assert (run.folder / "verdicts.json").read_bytes() == verdicts
    assert [r.proofs for r in open_run(run.folder, run.paper)[1]] == [r.proofs for r in results]
    (mean,) = open_run(run.folder, run.paper, keys=["mean"])[1]
    assert told([mean]) == told(results[1:])


def test_another_statement_under_the_key_is_not_taken_for_it(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, _ = finished
    assert run.folder is not None
    other = load_paper(run.folder.parent / "mine.py")
    k = size("k")
    s = replace(other.ledger["square"][0], claims=(Claim((Link(k, ">=", k**2),)),))
    paper = replace(other, ledger=Ledger([s, other.ledger["mean"][0]]))
    with pytest.raises(ValueError, match="the stored run has ledger = "):
        open_run(run.folder, paper, keys=["square"])


def test_a_rejected_proof_carries_no_verdict_and_is_looked_for_again(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    assert run.folder is not None
    assert results[0].evidence is Evidence.PROVED
    before = (run.folder / "verdicts.json").read_bytes()
    changed(run, "%square%", spoilt)
    changed(run, "referee", lambda _: "of yesterday")
    square, mean = open_run(run.folder, run.paper)[1]
    assert (square.verdict, square.evidence, square.proofs) == (Verdict.UNDETERMINED, None, ())
    assert told([mean]) == told(results[1:])
    ((statement, number, why),) = no_longer_accepted([square, mean])
    assert (statement.key, number) == ("square", 1)
    assert why.startswith("the proof that is stored is no longer accepted (")
    file = run.folder.parent / "mine.py"
    shown = CliRunner().invoke(app, ["show", f"{file}:square", "--proof", "--out", str(run.folder)])
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(
        "square (printed), link 1: not proved: the proof that is stored is no longer accepted"
    )
    # What rests on it is computed anew, and no older file stays.
    assert told(run.execute(resume=True)) == told(results)
    assert (run.folder / "verdicts.json").read_bytes() == before
    assert told(open_run(run.folder, run.paper)[1]) == told(results)


def test_what_only_a_fallen_statement_carries_falls_with_it() -> None:
    k, C = size("k"), constant("C")
    source = Source("me", "p. 1")
    named = Statement("named", "printed", "", source, (Claim((Link(k, "<=", 2 * k),)),))
    wanted = Statement(
        "wanted", "printed", "", source, (Claim((Link(k, "<=", C * k),), exists=(C,)),),
        implied_by=(Implication("named", {C: 2}, ()),),
    )  # fmt: skip
    wrong = {"claim": {"left": "k", "relation": "<=", "right": "2*k"}, "proof": {"rule": "identical"}}
    proved = Outcome(Verdict.HOLDS, Evidence.PROVED, proof=wrong)
    carried = Outcome(Verdict.HOLDS, Evidence.PROVED, reason="implied by named with C = 2")
    first = Result(named, (LinkResult(named.links[0], (proved,)),))
    second = Result(wanted, (LinkResult(wanted.links[0], (carried,)),))
    assert held_to_referee([second]) == (second,)
    assert [str(r.verdict) for r in held_to_referee([first, second])] == ["undetermined", "undetermined"]
    held = Result(named, (LinkResult(named.links[0], (replace(proved, proof=None),)),))
    assert held_to_referee([held, second]) == (held, second)


def test_an_error_is_tried_again(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished

    def erred(kept: Any) -> Any:
        kept["links"][0][0]["remark"] = "error: ValueError: too small"
        return kept

    changed(run, "result/%/mean/%", erred)
    assert run.folder is not None
    assert told(open_run(run.folder, run.paper)[1]) != told(results)
    assert told(run.execute(resume=True)) == told(results)


def test_figures_are_there_until_one_is_missing_or_results_are_new(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, _ = finished
    folder = run.folder
    assert folder is not None
    figure = folder / "figures" / "square.pdf"
    figure.parent.mkdir()
    figure.touch()
    assert not drawn(folder)
    note_drawn(folder)
    assert drawn(folder)
    figure.unlink()
    assert not drawn(folder)
