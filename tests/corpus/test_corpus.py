"""No verdict contradicts the known truth of a statement of another source."""

from __future__ import annotations

import pytest

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


def test_each_statement_is_there_once() -> None:
    keys = [e.key for e in ENTRIES]
    assert len(keys) == len(set(keys)) == 32
    assert sum(e.truth for e in ENTRIES) == 17
