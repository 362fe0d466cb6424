"""Every row of the classics is judged as its truth is known: no true one refuted, every misprint refuted."""

from __future__ import annotations

import pytest
from classics.truths import FALSE, OPEN, SLOW, TRUE
from whp.checks import check
from whp.theory.classics import LEDGER

KEYS = [pytest.param(key, marks=pytest.mark.slow) if key in SLOW else key for key in LEDGER]


def verdict(key: str) -> str:
    return str(check(LEDGER[key][0], book=LEDGER).verdict)


def allowed(key: str) -> set[str]:
    """What may be said of a row: what is open may be found at any time, but never wrongly."""
    if key in FALSE:
        return {"refuted"}
    return {"holds", "consistent", "undetermined"} if key in OPEN else {"holds"}


@pytest.mark.parametrize("key", KEYS)
def test_a_row_is_judged_as_it_is(key: str) -> None:
    assert verdict(key) in allowed(key)


def test_the_lists_name_rows_and_forty_are_decided() -> None:
    assert set(LEDGER) >= FALSE | OPEN | SLOW
    assert not FALSE & OPEN
    assert len(LEDGER) - len(OPEN) >= 40
    assert set(LEDGER) == TRUE | FALSE
