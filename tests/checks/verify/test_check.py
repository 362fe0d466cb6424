"""The verdicts of Theorem 3.1 and its steps, how links add up, and the same bytes at any number of workers."""

import json
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from whp.checks import Evidence, Grid, LinkResult, Outcome, Result, Verdict
from whp.checks import check as check_anything
from whp.checks import check_all as check_any
from whp.checks.sweep.draws import KEPT
from whp.checks.sweep.store import Store
from whp.checks.verify.run import verdicts_json
from whp.checks.zhang2023 import PAPER, network_grid
from whp.theory import Link
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.symbols import d, m

BOOK = LEDGER
SMALL = network_grid(widths=(16, 64), dims=(16,), samples=(5,))
check, check_all = (partial(f, engines=PAPER.engines) for f in (check_anything, check_any))


@pytest.fixture(scope="module")
def theorem():
    return check(BOOK["thm3.1"][0], SMALL, book=BOOK, trials=20)


def test_theorem_3_1_holds_and_is_proved_with_constants(theorem):
    assert (theorem.verdict, theorem.evidence) == (Verdict.HOLDS, Evidence.PROVED)
    assert "with C = " in theorem.reason
    assert theorem.links[0].proof is not None


def test_the_admitted_constants_are_computed_not_guessed(theorem):
    constants = theorem.constants
    assert constants["condition"].startswith("c_1 <= ")
    assert constants["named"]["c_1"].startswith("[1.83264")
    assert constants["named"]["C"].startswith("[3.333")
    for point in constants["frontier"]:
        inside, outside = (float(point[side].split()[2]) for side in ("inside", "outside"))
        assert inside <= 0 < outside
    firsts = [float(point["c_1"].strip("[]").split(",")[0]) for point in constants["frontier"]]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize(
    ("key", "form", "verdict", "evidence"),
    [
        ("eq8", "printed", "holds", "proved"),
        ("eq9", "printed", "refuted", "certified"),
        ("eq9", "repaired", "holds", "proved"),
        ("eq9.second-moment", "printed", "refuted", "certified"),
        ("eq9.second-moment", "repaired", "holds", "proved"),
        ("chebyshev", "printed", "holds", "proved"),
        ("chebyshev.union", "printed", "holds", "proved"),
        ("thm3.1.reduction", "printed", "holds", "proved"),
        ("lem3.2", "printed", "holds", "proved"),
        ("eq10", "printed", "holds", "proved"),
        ("eq11", "printed", "holds", "proved"),
        ("eq12", "printed", "holds", "proved"),
        ("eq12.laws", "printed", "holds", "proved"),
        ("lem3.3", "printed", "vacuous", "proved"),
        ("lem3.3", "repaired", "holds", "proved"),
        ("lem3.4", "printed", "holds", "proved"),
        ("lem3.4.use", "printed", "holds", "computed"),
        ("S2", "sharp", "holds", "proved"),
        ("S3.in-d", "sharp", "holds", "certified"),
        ("S3.in-m", "sharp", "holds", "certified"),
        ("S4", "sharp", "holds", "proved"),
        ("S4.equal", "sharp", "holds", "proved"),
    ],
)
def test_what_the_checks_find(key, form, verdict, evidence):
    statement = next(s for s in BOOK[key] if s.form == form)
    result = check(statement, SMALL, book=BOOK, trials=20)
    assert (result.verdict, result.evidence) == (verdict, evidence)


def test_the_smallest_counterexample_to_the_printed_variance():
    worst = check(BOOK["eq9"][0], SMALL).links[0].counterexample
    assert (dict(worst.cell), worst.value, worst.bound) == ({"m": 2, "d": 1}, "5/2", "21/8")


def test_direct_networks_agree_with_the_exact_law():
    """False-alarm level 1e-6; 4000 networks against 16384 law draws at each size."""
    result = check(BOOK["S1"][0], network_grid(widths=(8, 64), dims=(5,), samples=(2,)), trials=4000)
    assert (result.verdict, result.evidence) == ("holds", "proved")
    rows = {(r["model"], r["m"]): r for r in result.draws}
    for width in (8, 64):
        direct, law = rows["init", width], rows["scalar-law", width]
        assert abs(direct["mean"] - law["mean"]) < 6 * np.sqrt(law["variance"] / direct["trials"])


def _outcome(verdict, evidence=Evidence.CERTIFIED, **cell):
    return Outcome(Verdict(verdict), evidence, cell)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ((), "undetermined"),
        (("holds", "vacuous"), "holds"),
        (("vacuous", "vacuous"), "vacuous"),
        (("holds", "undetermined"), "undetermined"),
        (("holds", "undetermined", "refuted"), "refuted"),
    ],
)
def test_the_worst_cell_wins(outcomes, verdict):
    assert LinkResult(Link(m, ">", d), tuple(_outcome(v) for v in outcomes)).verdict == verdict


def test_the_smallest_counterexample_is_by_maximum_then_sum_then_order():
    cells = [{"m": 3, "d": 1}, {"m": 2, "d": 2}, {"m": 1, "d": 2}, {"m": 2, "d": 1}]
    link = LinkResult(Link(m, ">", d), tuple(_outcome("refuted", **c) for c in cells), ("m", "d"))
    assert link.counterexample.cell == {"m": 1, "d": 2}


def test_evidence_is_the_weakest_among_deciding_links():
    link = Link(m, ">", d)
    result = Result(
        BOOK["S4"][0],
        (
            LinkResult(link, (_outcome("holds", Evidence.COMPUTED),)),
            LinkResult(link, (_outcome("holds", Evidence.PROVED),)),
        ),
    )
    assert result.evidence is Evidence.COMPUTED


def test_outcomes_survive_storage_exactly():
    outcome = Outcome(
        Verdict.HOLDS, Evidence.COMPUTED, {"m": 3, "delta": Fraction(1, 3)}, "a", "b", "c", "d", 0.1, -1e300
    )
    assert Outcome.from_dict(json.loads(json.dumps(outcome.to_dict()))) == outcome


def test_verdicts_do_not_depend_on_workers_or_on_what_else_runs(tmp_path):
    wanted = [s for key in ("S1", "lem3.3", "lem3.4") for s in BOOK[key]]
    alone = check_all(wanted, SMALL, book=BOOK, trials=40, jobs=1)
    both = check_all(wanted, SMALL, book=BOOK, trials=40, jobs=2)
    more = check_all([*wanted, BOOK["S5"][0]], SMALL, book=BOOK, trials=40, jobs=1)
    assert verdicts_json(alone) == verdicts_json(both) == verdicts_json(more[: len(wanted)])
    assert alone[0].draws == both[0].draws


def test_a_stored_run_is_not_computed_again(tmp_path):
    with Store(tmp_path / "results.sqlite", {"seed": 0}) as store:
        first = check(BOOK["S1"][0], SMALL, trials=40, store=store)
    calls = []
    with Store(tmp_path / "results.sqlite", {"seed": 0}, resume=True) as store:
        again = check(
            BOOK["S1"][0], SMALL, trials=40, store=store, progress=lambda done, total, name: calls.append(name)
        )
    assert again.to_json() == first.to_json()
    assert not any(calls)


def test_results_render_for_paper_notebook_and_table(theorem):
    assert r"\toprule" in theorem.to_latex()
    assert "<table>" in theorem._repr_html_()
    frame = check(BOOK["S4"][0], SMALL, book=BOOK, trials=5).to_dataframe()
    assert set(frame["verdict"]) == {"holds"}
    assert json.loads(theorem.to_json())["verdict"] == "holds"


def test_kept_draws_are_bounded():
    result = check(BOOK["S1"][0], network_grid(widths=(4,), dims=(3,), samples=(1,)), trials=50)
    law = next(r for r in result.draws if r["model"] == "scalar-law")
    assert law["trials"] == 50_000 > KEPT


def test_bad_requests_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        check(BOOK["S1"][0], SMALL, trials=0)
    with pytest.raises(ValueError, match="integers of at least 0"):
        Grid({"m": (-1,)})
    with pytest.raises(ValueError, match="needs data: sphere"):
        network_grid(sphere=False)


def test_cells_beside_a_proof_do_not_weaken_it_and_what_is_not_proved_does():
    link = BOOK["lem6.1.E1"][0].links[0]
    proof, cell = Outcome(Verdict.HOLDS, Evidence.PROVED), Outcome(Verdict.HOLDS, Evidence.CERTIFIED, {"m": 16})
    assert LinkResult(link, (cell, proof)).evidence is Evidence.PROVED
    part = Outcome(Verdict.HOLDS, Evidence.CERTIFIED)
    assert LinkResult(link, (cell, proof, part)).evidence is Evidence.CERTIFIED
    assert LinkResult(link, (cell,)).evidence is Evidence.CERTIFIED
