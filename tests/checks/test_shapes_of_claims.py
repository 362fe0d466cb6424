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
    "a mean with the name of a size": ("P(Poisson(n) >= n) > 1/2", "P(Poisson(n) >= n) > 0.52", {}, "certified"),
    "a rate that fails beyond all sizes that are asked": (
        *("P(ChiSquare(k) >= 2*k) <= exp(-0.15342*k)", "P(ChiSquare(k) >= 2*k) <= exp(-0.15343*k)", {}, "proved"),
    ),
    "a factor that fails far out": (
        "P(Normal(0,1) >= t) <= exp(-t**2/2)/2",
        *("P(Normal(0,1) >= t) <= exp(-t**2/2 - t/10**6)/2", HALF_LINE, "proved"),
    ),
}


# The search goes over many paths.
LONG = {"a factor that fails far out"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n in LONG)) for n in CLAIMS])
def test_what_is_true_holds_and_what_is_false_by_a_hair_is_refuted(name: str) -> None:
    true, false, options, evidence = CLAIMS[name]
    held, refuted = check(true, **options), check(false, **options)
    assert (str(held.verdict), str(held.evidence)) == ("holds", evidence), held.reason
    assert str(refuted.verdict) == "refuted", refuted.reason


@pytest.mark.parametrize(
    ("text", "exists"),
    [
        ("P(max(iid(Normal(0,1),n)) >= C*sqrt(log(n+1))) <= 1/n", "C"),
        # The bound has no value at an end that belongs to the domain.
        ("P(Poisson(lam) == 2) <= C/lam", "C"),
        # Both sides have more digits than anybody reads.
        ("factorial(n) >= 2.5067*sqrt(n)*(n/exp(1))**n", None),
    ],
)
def test_what_is_not_decided_or_not_written_out_is_no_error(text: str, exists: str | None) -> None:
    found = check(text, exists=exists)
    assert "error" not in " ".join([found.reason, *(o.reason for link in found.links for o in link.outcomes)])
