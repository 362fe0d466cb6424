"""A row of the classics whose constant is moved: too far is refuted, the other way holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Rational
from whp.checks import check
from whp.theory import Statement
from whp.theory.classics import LEDGER


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
        pytest.param("hoeffding.fair", "3/2", marks=pytest.mark.slow),
        ("hoeffding.two-sided", "3/2"),
        pytest.param("signs.upper", "2", marks=pytest.mark.slow),
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
