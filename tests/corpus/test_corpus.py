"""No verdict contradicts the known truth of a statement of another source, and each is typed with its whole domain."""

from __future__ import annotations

import re
import statistics

import pytest
from sympy import oo, sympify
from whp.checks import check
from whp.theory import claim

from corpus import ENTRIES, Entry

_RIGHT = {True: "holds", False: "refuted"}


def _check(entry: Entry) -> None:
    result = entry.check()
    assert str(result.verdict) in (_RIGHT[entry.truth], "undetermined", "consistent"), result.reason


@pytest.mark.parametrize("entry", [e for e in ENTRIES if not e.slow], ids=lambda e: e.key)
def test_no_verdict_contradicts_the_truth(entry: Entry) -> None:
    _check(entry)


@pytest.mark.slow
@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.slow], ids=lambda e: e.key)
def test_no_verdict_of_the_costly_ones_contradicts_the_truth(entry: Entry) -> None:
    _check(entry)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "text", "truth"),
    [pytest.param(e, text, truth, id=f"{e.key}-{i}") for e in ENTRIES for i, (text, truth) in enumerate(e.moved)],
)
def test_a_constant_moved_by_two_per_cent_turns_no_verdict_wrong(entry: Entry, text: str, truth: bool) -> None:
    """The oracle's word on the moved claim is in the entry, with the point where it fails."""
    hypotheses = [h.words for h in entry.statement.hypotheses]
    moved = claim(text, parameters=entry.statement.parameters, where=hypotheses, let=entry.let, key=entry.key)
    assert str(check(moved, **entry.more).verdict) in (_RIGHT[truth], "undetermined", "consistent")


def test_each_statement_is_there_once() -> None:
    keys = [e.key for e in ENTRIES]
    assert len(keys) == len(set(keys)) == 32
    assert sum(e.truth for e in ENTRIES) == 17


def test_most_are_typed_in_a_few_lines_and_without_a_sampler_of_their_own() -> None:
    assert sum(not e.engines for e in ENTRIES) >= 28
    assert statistics.median(e.lines for e in ENTRIES) <= 4


# "n in {2,3,...}", "eps in (0,1/sqrt2)", "1<=n<=N", "k in {1..n}", "2k<n", ...
_INTEGERS = re.compile(r"([a-zA-Z]\w*(?:,[a-zA-Z]\w*)*) in \{(\d+)(?:,\d+)*,\.\.\.\}")
_INTERVAL = re.compile(r"(\w+) in ([\[(])([^,]+),([^,\])]+)([\])])")
# What of a domain is said by a hypothesis, and how.
_HYPOTHESES = {
    "1<=n<=N, 0<=K<=N integers": {"n": 1, "N": 1, "K": 0},
    "k integer in [np,n]": {"k": 0},
    "k in {1..n}": {"k": 1},
    "k in {1..n-1}": {"k": 1},
    "n,k positive integers with 2k<n": {"n": 1, "k": 1},
}
_REDUCED = {"pl21": ("N", "b"), "pl06": (), "pl14": ("d",), "pl60": ("d",), "pl62": ("d",), "pl48": ()}


def _end(text: str) -> object:
    return oo if text == "inf" else sympify(text.replace("sqrt2", "sqrt(2)"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.key)
def test_what_is_typed_ranges_over_the_whole_domain(entry: Entry) -> None:
    known = {p.name: p for p in entry.statement.parameters}
    left_out = _REDUCED.get(entry.key, ())
    for names, least in _INTEGERS.findall(entry.quantifier):
        for name in names.split(","):
            if name not in left_out:
                assert known[name].is_size
                assert (known[name].low, known[name].high) == (int(least), oo)
    for name, left, low, high, right in _INTERVAL.findall(entry.quantifier):
        if name in ("C",) and "exists" in entry.quantifier:
            continue
        if name in left_out or name == "integer":
            continue
        p = known[name]
        closed = {("[", "]"): "both", ("[", ")"): "left", ("(", "]"): "right", ("(", ")"): ""}[left, right]
        assert (p.low, p.high, p.closed) == (_end(low), _end(high), closed)
    for words, least_of in _HYPOTHESES.items():
        if words in entry.quantifier:
            assert entry.statement.hypotheses
            assert all(known[name].low == least for name, least in least_of.items())
    if not entry.reading:
        assert entry.statement.points == ({},)
        assert not entry.statement.grid
