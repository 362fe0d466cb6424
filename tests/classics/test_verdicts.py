"""Every row of the classics is judged as its truth is known: no true one refuted, every misprint refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from classics.truths import FALSE, OPEN, SLOW, TRUE
from sympy import Rational
from whp.checks import check
from whp.theory import Statement
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


def moved(key: str, factor: str) -> Statement:
    """The row with the exponent of its bound times a factor."""
    (statement,) = LEDGER[key]
    (claim,) = statement.claims
    (link,) = claim.links
    # A factor in front stays: it is what moves apart from the exponent.
    front, power = link.rhs.as_coeff_Mul()
    return replace(statement, claims=(replace(claim, links=(replace(link, rhs=front * power ** Rational(factor)),)),))


@pytest.mark.parametrize(
    ("key", "factor"),
    [
        ("laurent-massart.upper", "2"),
        ("dasgupta-gupta.lower", "3/2"),
        ("chi-square.chernoff", "3/2"),
        ("chi-square.eighth", "2"),
        ("chi-square.twice", "6/5"),
        ("normal.half", "3/2"),
        ("normal.two-sided", "3/2"),
        ("hoeffding.fair", "3/2"),
        ("hoeffding.two-sided", "3/2"),
        ("signs.upper", "2"),
        ("poisson.chernoff", "2"),
        ("poisson.hundred", "3/2"),
        ("dkw", "2"),
        ("cap.gaussian", "3/2"),
        ("gaussian-norm.upper", "3"),
        ("bennett-to-bernstein", "2"),
        ("cosh.gaussian", "1/2"),
        ("euler.upper", "11/10"),
        ("exp.quadratic", "2"),
    ],
)
def test_a_bound_with_too_large_an_exponent_is_refuted(key: str, factor: str) -> None:
    assert str(check(moved(key, factor)).verdict) == "refuted"


@pytest.mark.parametrize(
    "key",
    ["chi-square.chernoff", "normal.half", "hoeffding.fair", "signs.upper", "poisson.chernoff", "gaussian-norm.upper"],
)
def test_a_weaker_bound_holds(key: str) -> None:
    assert str(check(moved(key, "9/10")).verdict) == "holds"
