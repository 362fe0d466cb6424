"""Sharp constants for all sizes: known ones are found, and each of their two proofs is of the claim that it names."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from sympy import Min, Rational, exp, log
from whp.checks import check
from whp.checks.deciders import interval
from whp.checks.deciders.question import Question
from whp.checks.deciders.sharp import Sharp, _enclosing, _exactly, sharp
from whp.theory import Binomial, ChiSquare, Event, P, claim, real, size
from whp.theory.language.heads import Tunable
from whp.theory.language.parameters import oo
from whp.theory.language.statements import Claim, Link, Source, Statement
from whp.theory.proofs.referee_claims import rejection
from whp.theory.zhang2023.margin.sharp import J_expr, threshold_cost_expr
from whp.theory.zhang2023.models.initial import margin
from whp.theory.zhang2023.symbols import d, m

n, k = size("n"), size("k")
p, q, t, a = (real(name, 0, 1) for name in "pqta")
x, b = real("x", 0, oo), real("b", 1, oo)
START = real("x", 0, oo, "left")

Found = Sharp | None


def of(statement: Statement) -> Found:
    question = Question(statement, statement.claims[0], statement.links[0], (), 1e-9, 0)
    return sharp(question, interval.decide)


def marked(link: Link, **more: object) -> Found:
    return of(Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), **more))


def checked(found: Found, least: float, most: float, apart: float = 2e-6) -> None:
    """Both proofs are accepted, the constant lies in an interval, and each proof is of its own constant."""
    assert found is not None
    assert found.proved is not None
    known = found.proved
    assert least <= float(known.holds) <= most
    assert 0 < abs(known.fails - known.holds) <= apart * known.holds
    assert (known.fails > known.holds) == (found.sense == "largest")
    assert rejection(known.proof) is None
    assert rejection(known.refutation) is None
    assert known.refutation["claim"]["kind"] == "fails"
    # Neither proof is of the other's claim.
    inner = {**known.refutation["claim"]["claim"]}
    sides = [key for key in ("bound", "left", "right") if key in inner]
    inner |= {key: known.proof["claim"][key] for key in sides}
    assert rejection({**known.refutation, "claim": {**known.refutation["claim"], "claim": inner}}) is not None


QUICK = {
    "Hoeffding, a coin": ("P(Binomial(n, 1/2) >= n*(1/2 + t)) <= exp(-n*t**2)", (n, t), 2),
    "a chi-square tail": ("P(chi2(k) >= 2*k) <= exp(-k/7)", (k,), 7 * (1 - float(log(2).evalf())) / 2),
    "its lower tail": ("P(chi2(k) <= k/2) <= exp(-k/16)", (k,), 16 * (float(log(2).evalf()) - 0.5) / 2),
    "a normal tail": ("P(Normal(0, 1) >= x) <= exp(-x**2)", (START,), 0.5),
    "both sides of it": ("P(abs(Normal(0, 1)) >= x) <= 2*exp(-x**2/2)", (START,), 1),
}
SLOW = {
    "Hoeffding, any mean": ("P(Binomial(n, p) >= n*(p + t)) <= exp(-2*n*t**2)", (n, t, p), 1),
    "Laurent and Massart": ("P(chi2(k) >= k + 2*sqrt(k*x) + 2*x) <= exp(-x)", (k, x), 1),
    "Laurent and Massart, below": ("P(chi2(k) <= k - 2*sqrt(k*x)) <= exp(-x)", (k, x), 1),
    "Dasgupta and Gupta": ("P(chi2(k) >= b*k) <= (b*exp(1 - b))**(k/2)", (k, b), 1),
    "Chernoff, a third": (
        "P(Binomial(n, p) >= (1 + a)*n*p) <= exp(-a**2*n*p/3)",
        (n, real("a", 0, 1, "right"), p),
        3 * (2 * float(log(2).evalf()) - 1),
    ),
    "Chernoff, a half": ("P(Binomial(n, p) <= (1 - a)*n*p) <= exp(-a**2*n*p/2)", (n, a, p), 1),
    "Mills, above": ("P(Normal(0, 1) > x) <= exp(-x**2/2)/x/sqrt(2*pi)", (x,), 1),
    "Mills, below": ("P(Normal(0, 1) > x) >= (1/x - 1/x**3)*exp(-x**2/2)/sqrt(2*pi)", (x,), 1),
}


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_known_constants_are_proved_on_both_sides(name: str) -> None:
    text, parameters, constant = {**QUICK, **SLOW}[name]
    found = of(claim(text, parameters=parameters))
    checked(found, constant * (1 - 1e-6), constant * (1 + 1e-6))
    words = found.row(claim(text, parameters=parameters).links[0])["words"]
    assert words.startswith("constant c = ")
    assert "(proved for all sizes: holds with " in words


def test_marked_constants() -> None:
    link = Link(P(ChiSquare(k) >= 2 * k), "<=", exp(-k / Tunable(7, "smallest")))
    checked(marked(link), 6.517782, 6.517784)
    relation = Link(q * log(q / p) + (1 - q) * log((1 - q) / (1 - p)), ">=", Tunable(1, "largest") * (q - p) ** 2)
    checked(marked(relation), 2, 2)
    assert found_at(marked(relation))["p"] == "1/2"


def found_at(found: Found) -> dict[str, str]:
    assert found is not None
    assert found.proved is not None
    return dict(found.proved.refutation["proof"]["put"])


# The sizes of S6: what is paid for the norm, and for the ratio, at the shares of the norm that are listed there.
SIZES = {"7.03": ("1/64", "211/500"), "8.66": ("1/32", "929/2000"), "12.34": ("1/16", "533/1000")}


@pytest.mark.parametrize("size_", SIZES)
def test_sizes_at_a_threshold(size_: str) -> None:
    norm = Rational(SIZES[size_][1])
    s = real("s", 0, 1)
    found = marked(Link(1, "<=", Tunable(Rational(size_), "smallest") * (s - 1 - log(s)) / 2), points=({s: norm},))
    least = float(2 / (norm - 1 - log(norm)))
    checked(found, least, least * (1 + 1e-6))
    assert float(size_) - 0.02 < least < float(size_)


@pytest.mark.slow
@pytest.mark.parametrize("size_", SIZES)
def test_sizes_at_a_threshold_for_the_ratio(size_: str) -> None:
    at, norm = map(Rational, SIZES[size_])
    rho = real("rho", at / norm, Rational(1, 2), "right")
    cost = threshold_cost_expr(rho, at / norm) + J_expr(rho)
    found = marked(Link(1, "<=", Tunable(Rational(size_), "smallest") * cost))
    checked(found, float(size_) - 0.02, float(size_), 2e-3)
    assert found is not None
    assert found.fails >= Fraction(size_) - Fraction(1, 100)


@pytest.mark.slow
def test_the_sizes_that_separate() -> None:
    found = marked(Link(P(Event(margin, "<=", 0)), "<=", exp(-Min(m, d) / Tunable(Rational(11, 2), "smallest"))))
    checked(found, 5.4566, 5.457, 2e-4)
    assert found is not None
    assert found.proved is not None
    assert found.proved.holds == Fraction(5457, 1000)
    assert found.proved.fails == Fraction(5456, 1000)


@pytest.mark.parametrize(
    "link",
    [
        # A mean that is not the law's: no constant is sharp by Chernoff's bound.
        Link(P(Binomial(n, Rational(1, 2)) >= n / 2), "<=", exp(-Tunable(1, "largest") * n)),
        Link(P(Binomial(n, Rational(1, 2)) >= n * (Rational(1, 2) + t)), "<=", exp(-Tunable(1, "largest") * n * t**3)),
    ],
)
def test_where_no_constant_holds_or_none_is_sharp_nothing_is_said(link: Link) -> None:
    found = marked(link)
    assert found is None or found.proved is None


def test_a_proved_constant_is_never_rounded_across_what_is_proved() -> None:
    assert _exactly(Fraction(1, 3)) == "1/3"
    assert _exactly(Fraction(3862943, 10**7)) == "0.3862943"
    # Ten digits would be more than the number.
    assert _exactly(Fraction(200000, 300001)) == "200000/300001"
    assert _enclosing(Fraction(2, 3), Fraction(1, 3)) == "[0.3333333333, 0.6666666667]"
    (best,) = check("P(chi2(d) >= 2*d) <= exp(-d/7)").constants["best"]
    low, high = map(Fraction, best["best"].strip("[]").split(", "))
    # The exponent of the tail is (1 - log 2)/2, seven times that of the bound.
    assert low < 7 * (1 - math.log(2)) / 2 < high
