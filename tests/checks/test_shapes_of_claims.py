"""Claims of shapes that once ended in an error or undecided, each beside one that is false by a hair."""

from __future__ import annotations

from typing import Any

import pytest
from whp.checks import check

HALF_LINE: dict[str, Any] = {"real": "t=0:oo"}

CLAIMS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a law without parameters": (
        "P(Cauchy() >= t) <= 1/(pi*t)",
        "P(Cauchy() >= t) <= 0.3183/t",
        HALF_LINE,
        "certified",
    ),
    "a sum of two lattices": (
        "P(2*Binomial(4,1/2) - 3*Binomial(6,1/3) >= 2) <= 5/27",
        *("P(2*Binomial(4,1/2) - 3*Binomial(6,1/3) >= 2) < 5/27", {}, "certified"),
    ),
    "a product of two lattices": (
        "P(Binomial(4,1/2)*Binomial(3,1/3) == 0) <= 49/144",
        *("P(Binomial(4,1/2)*Binomial(3,1/3) == 0) < 49/144", {}, "certified"),
    ),
    "a difference of infinite lattices": (
        "P(Geometric(1/3) > Geometric(1/4)) <= 0.333333333334",
        *("P(Geometric(1/3) > Geometric(1/4)) <= 0.333333333333", {}, "certified"),
    ),
    "a bound above 1 beyond every value of a law's parameter": (
        *("P(Poisson(lam) >= 1) <= lam", "P(Poisson(lam) >= 1) <= 0.999*lam", {}, "certified"),
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_is_true_holds_and_what_is_false_by_a_hair_is_refuted(name: str) -> None:
    true, false, options, evidence = CLAIMS[name]
    held, refuted = check(true, **options), check(false, **options)
    assert (str(held.verdict), str(held.evidence)) == ("holds", evidence), held.reason
    assert str(refuted.verdict) == "refuted", refuted.reason


def test_an_unnamed_constant_in_the_threshold_of_a_maximum_is_no_error() -> None:
    found = check("P(max(iid(Normal(0,1),n)) >= C*sqrt(log(n+1))) <= 1/n", exists="C")
    assert "error" not in found.reason
