"""No check of a random small statement with known truth says what is false; and a wrong decider is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from whp.checks import Evidence, Outcome, Result, Verdict, check, deciders
from whp.checks.deciders.question import Question, outcome
from whp.theory.language.cells import Cell

from soundness.cases import Case, Judged, run
from soundness.generators import KINDS, cases, make

DECIDED = ("holds", "refuted", "vacuous")
# How many of each kind the default suite asks; the full run asks for `KINDS[kind][1]`.
QUICK = {"tails": 150, "floats": 30, "drawn": 30, "scalar": 40, "chain": 8, "limit": 10}
QUICK_OF_OTHERS = 20


def _faulty(judged: list[Judged]) -> str:
    return "\n".join(str(j) for j in judged if j.faults)


def _sweep(kind: str, count: int) -> None:
    judged = [run(case) for case in cases(kind, count)]
    assert not _faulty(judged), f"{sum(bool(j.faults) for j in judged)} of {count}:\n{_faulty(judged)}"
    clear = [j for j in judged if j.case.clear]
    decided = sum(j.verdict in DECIDED for j in clear)
    still_open = "\n".join(f"{j.reason} :: {j.case}" for j in clear if j.verdict not in DECIDED)
    assert decided >= 0.95 * len(clear), f"{decided} of {len(clear)} clear ones are decided; open:\n{still_open}"


@pytest.mark.parametrize("kind", KINDS)
def test_no_verdict_is_wrong(kind: str) -> None:
    _sweep(kind, QUICK.get(kind, QUICK_OF_OTHERS))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_verdict_of_the_full_run_is_wrong(kind: str) -> None:
    _sweep(kind, KINDS[kind][1])


def test_a_case_is_the_same_for_the_same_seed() -> None:
    for kind in KINDS:
        assert str(make(kind, 7)) == str(make(kind, 7))


def _changed(change: Callable[[Any], Any]) -> Callable[..., Result]:
    """A check whose outcomes are changed."""

    def planted(*args: Any, **options: Any) -> Result:
        result = check(*args, **options)
        links = tuple(replace(link, outcomes=tuple(map(change, link.outcomes))) for link in result.links)
        return replace(result, links=links)

    return planted


def _flipped(o: Any) -> Any:
    other = {Verdict.HOLDS: Verdict.REFUTED, Verdict.REFUTED: Verdict.HOLDS}
    return replace(o, verdict=other.get(o.verdict, o.verdict))


def _emptied(o: Any) -> Any:
    return replace(o, verdict=Verdict.VACUOUS)


def _moved(o: Any) -> Any:
    return replace(o, cell={k: v + 1000 for k, v in o.cell.items()}) if o.verdict is Verdict.REFUTED else o


def _guessed(o: Any) -> Any:
    return replace(o, verdict=Verdict.HOLDS)


def _decided(kind: str, verdict: str) -> Case:
    """The first case of a kind that a check gives this verdict at its one cell."""
    for case in cases(kind, 200):
        if len(case.domain) == 1 and case.domain[0] and run(case).verdict == verdict:
            return case
    raise AssertionError(f"no case of kind {kind} is {verdict}")


@pytest.mark.parametrize(
    ("verdict", "change", "words"),
    [
        ("holds", _flipped, "refuted"),
        ("refuted", _flipped, "holds"),
        ("holds", _emptied, "vacuous"),
        ("refuted", _moved, "outside"),
        ("refuted", _guessed, "but it is false"),
    ],
)
@pytest.mark.parametrize("kind", ["tails", "scalar"])
def test_a_wrong_decider_is_noticed(kind: str, verdict: str, change: Callable[[Any], Any], words: str) -> None:
    case = _decided(kind, verdict)
    assert not run(case).faults
    found = run(case, _changed(change))
    assert any(words in fault for fault in found.faults)
    assert f"python -m soundness {kind} {case.seed}" in str(found)


def test_a_decider_that_always_agrees_fails_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def agree(question: Question, cell: Cell) -> Outcome:
        return outcome(Verdict.HOLDS, Evidence.CERTIFIED, cell, reason="planted")

    monkeypatch.setitem(deciders._CELL, "probability", (agree,))
    with pytest.raises(AssertionError, match=r"holds .*it is false"):
        _sweep("tails", 8)


def test_a_traceback_is_noticed() -> None:
    def broken(*args: Any, **options: Any) -> Result:
        raise ZeroDivisionError("by zero")

    assert "ZeroDivisionError" in run(make("tails", 0), broken).faults[0]


def test_a_counterexample_that_is_not_the_smallest_is_noticed() -> None:
    for case in cases("scalar", 400):
        false = [cell for cell in case.domain if not case.true_at(cell)]
        if len(false) < 2 or set(case.domain[0]) != {"m"}:
            continue
        last = {"m": max(cell["m"] for cell in false)}
        change = lambda o, last=last: replace(o, cell=last, smallest=True)  # noqa: E731
        found = run(case, _changed(change))
        assert any("smaller" in fault for fault in found.faults)
        return
    raise AssertionError("no case has two counterexamples")
