"""Relations on whole intervals: what textbooks state is proved, and what is false at a named point is not."""

import os
import random
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Rational,
    S,
    Symbol,
    cosh,
    erf,
    erfc,
    exp,
    lambdify,
    log,
    oo,
    pi,
    sqrt,
    symbols,
    tanh,
)
from whp.theory.proofs.expressions import Effort
from whp.theory.proofs.intervals import prove_integer_relation, prove_relation

d, e, p, q, t, u = symbols("d e p q t u", positive=True)
x = Symbol("x", real=True)
m = Symbol("m", integer=True, positive=True)

SIZES = {d: (1, oo, "left")}
UNIT = {p: (0, 1, "")}
PHI = exp(-(t**2) / 2) / sqrt(2 * pi)
TAIL = erfc(t / sqrt(2)) / 2


def dec(text):
    return Rational(text)


def chi_square(size, two):
    """The logarithm of the Chernoff bound of a chi-square at Laurent and Massart's threshold."""
    threshold = size + 2 * sqrt(size * t) + two * t
    return size / 2 * log(threshold / size) + (size - threshold) / 2


def kl(a, b):
    return a * log(a / b) + (1 - a) * log((1 - a) / (1 - b))


def lemma(c):
    return p * x + x**2 / c - log(1 - p + p * exp(x))


LOWER = d / 2 * log((d - 2 * sqrt(d * t)) / d) + sqrt(d * t)
"""The same for the lower tail, at d − 2√(dt)."""

TRUE = {
    **{f"chi-square, d = {n}": (chi_square(S(n), 2), "<=", -t, t, 0, oo) for n in (1, 2, 3, 7, 64, 2**20)},
    "chi-square, all d": (chi_square(d, 2), "<=", -t, t, 0, oo, "", SIZES),
    "chi-square, as a product": (
        exp(-(2 * sqrt(d * t) + 2 * t) / 2) * ((d + 2 * sqrt(d * t) + 2 * t) / d) ** (d / 2),
        "<=",
        exp(-t),
        *(t, 0, oo, "", SIZES),
    ),
    "lower Chernoff": (-e - log(1 - e), ">=", e**2 / 2, e, 0, 1, "left"),
    "third order": (log(1 + u), "<=", u - u**2 / 2 + u**3 / 3, u, 0, oo, "left"),
    "Bernstein from Bennett": ((1 + u) * log(1 + u) - u, ">=", u**2 / (2 + 2 * u / 3), u, 0, oo, "left"),
    "Dasgupta and Gupta": (e - log(1 + e), ">=", e**2 / 2 - e**3 / 3, e, 0, 1),
    "Pinsker at 1/3": (kl(dec("1/3") + t, dec("1/3")), ">=", 2 * t**2, t, 0, dec("2/3")),
    "Pinsker, all p": (kl(p + t, p), ">", 2 * t**2, t, 0, 1 - p, "", UNIT),
    "Pinsker, both sides": (kl(q, p), ">=", 2 * (q - p) ** 2, q, 0, 1, "", UNIT),
    "normal tail": (erfc(t / sqrt(2)), "<=", exp(-(t**2) / 2), t, 0, oo, "left"),
    "Mills, lower": (t / (1 + t**2) * PHI, "<=", TAIL, t, 0, oo),
    "Mills, upper": (TAIL, "<=", PHI / t, t, 0, oo),
    "flips": (2 * t / sqrt(2 * pi), ">=", erf(t / sqrt(2)), t, 0, oo),
    "Birnbaum": (TAIL, ">", (sqrt(4 + t**2) - t) / 2 * PHI, t, 0, oo),
    "Gordon": (TAIL, "<", PHI * (1 / t - 1 / t**3 + 3 / t**5), t, 0, oo),
    "hyperbola": (sqrt(1 + u**2), ">=", (1 + u) / sqrt(2), u, 0, oo),
    "Bernstein, all variances and ranges": (
        p / q**2 * ((1 + q * t / p) * log(1 + q * t / p) - q * t / p),
        ">",
        t**2 / (2 * (p + q * t / 3)),
        *(t, 0, oo, "", {p: (0, oo, ""), q: (0, oo, "")}),
    ),
    "chi-square, lower": (LOWER, "<=", -t, t, 0, d / 4, "", SIZES),
    "normal tail, all variances": (
        erfc(t / (p * sqrt(2))),
        "<=",
        exp(-(t**2) / (2 * p**2)),
        t,
        0,
        oo,
        "left",
        {p: (0, oo, "")},
    ),
    "an end that depends on a parameter": (t * p, "<=", 1, t, 0, 1 / p, "both", {p: (0, oo, "")}),
    "a symbolic power": (2**t, ">", 3 ** (t / 2), t, 0, oo),
    "high powers": ((1 + t) ** 500, ">", 1 + 500 * t, t, 0, oo),
    "large exponents at a cut": (log(1 + t**2) + 3 * exp(-(t**2)) - exp(-t) / 3 - exp(-1 / t), ">", 0, t, 0, oo),
    "exponential, quadratic": (exp(x), "<=", 1 + x + x**2, x, -1, 1, "both"),
    "cosh": (cosh(x), "<=", exp(x**2 / 2), x, -oo, oo),
    "log cosh": (log(cosh(x)), "<=", x**2 / 2, x, -oo, oo),
    "Hoeffding's lemma": (lemma(8), ">=", 0, x, -oo, oo, "", {p: (0, 1, "both")}),
    "contact at the end": (u - log(1 + u), ">=", 0, u, 0, oo, "left"),
    "strict inside": (u - log(1 + u), ">", 0, u, 0, oo),
    "contact inside": (log(u), "<=", u - 1, u, 0, oo),
    "irrational end": (log(1 + u), "<=", u, u, 0, sqrt(2), "both"),
    "roots": (sqrt(1 + u), "<=", 1 + u / 2, u, 0, oo),
    "tanh": (tanh(u), "<", u, u, 0, oo),
    "means": (sqrt(u * p), "<=", (u + p) / 2, u, 0, oo, "", {p: (0, oo, "")}),
    "Bernoulli": ((1 + u) ** p, "<=", 1 + p * u, u, 0, oo, "", {p: (0, 1, "both")}),
    "entropy": (-q * log(q) - (1 - q) * log(1 - q), "<=", log(2) - 2 * (q - dec("1/2")) ** 2, q, 0, 1),
    "upper multiplicative Chernoff": (
        (exp(e) / (1 + e) ** (1 + e)) ** d,
        "<=",
        exp(-d * e**2 / 3),
        *(e, 0, 1, "right", {d: (0, oo, "")}),
    ),
    "lower multiplicative Chernoff": (
        (exp(-e) / (1 - e) ** (1 - e)) ** d,
        "<=",
        exp(-d * e**2 / 2),
        *(e, 0, 1, "", {d: (0, oo, "")}),
    ),
    "a power below the exponential": (exp(u), ">", u**10 / 454000, u, 0, oo),
    "Stirling's step": ((t + dec("1/2")) * log(1 + 1 / t), ">", 1, t, 1, oo),
    "minimum at an irrational point": (u * log(u), ">", -dec("0.368"), u, 0, 1),
    "enclosures away from the ends": (2 * u**2 + u * log(u) + (1 + u) * log(1 + u) / 6 + 2 * erfc(u), ">", 0, u, 0, 1),
}

# Each with a point at which it fails.
FALSE = {
    "chi-square, 1.96 t": (chi_square(S(7), dec("1.96")), "<=", -t, {t: 10**5}, t, 0, oo),
    "chi-square, all d, 1.96 t": (chi_square(d, dec("1.96")), "<=", -t, {t: 10**5, d: 1}, t, 0, oo, "", SIZES),
    "chi-square, rate 1.02": (chi_square(S(3), 2), "<=", -dec("1.02") * t, {t: 10**5}, t, 0, oo),
    "lower Chernoff, 1.02/2": (-e - log(1 - e), ">=", dec("0.51") * e**2, {e: dec("1/100")}, e, 0, 1),
    "third order, 0.98/3": (log(1 + u), "<=", u - u**2 / 2 + dec("0.98") * u**3 / 3, {u: dec("1/100")}, u, 0, oo),
    "Bernstein, 0.98/3": (
        (1 + u) * log(1 + u) - u,
        ">=",
        u**2 / (2 + dec("1.96") * u / 3),
        {u: dec("1/100")},
        *(u, 0, oo),
    ),
    "Dasgupta and Gupta, 0.98/3": (
        e - log(1 + e),
        ">=",
        e**2 / 2 - dec("0.98") * e**3 / 3,
        {e: dec("1/100")},
        *(e, 0, 1),
    ),
    "Pinsker at 1/2, 2.04": (
        kl(dec("1/2") + t, dec("1/2")),
        ">=",
        dec("2.04") * t**2,
        {t: dec("1/100")},
        t,
        0,
        dec("1/2"),
    ),
    "Pinsker, all p, 2.04": (
        kl(p + t, p),
        ">=",
        dec("2.04") * t**2,
        {t: dec("1/100"), p: dec("1/2")},
        *(t, 0, 1 - p, "", UNIT),
    ),
    "normal tail, 0.98": (erfc(t / sqrt(2)), "<=", dec("0.98") * exp(-(t**2) / 2), {t: dec("1/1000")}, t, 0, oo),
    "normal tail, rate 1.02": (erfc(t / sqrt(2)), "<=", exp(-dec("0.51") * t**2), {t: 40}, t, 0, oo),
    "Mills, lower, 0.98": (t / (dec("0.98") + t**2) * PHI, "<=", TAIL, {t: 20}, t, 0, oo),
    "Mills, upper, 1.02": (TAIL, "<=", PHI / (dec("1.02") * t), {t: 20}, t, 0, oo),
    "Birnbaum, 3.92": (TAIL, ">", (sqrt(dec("3.92") + t**2) - t) * dec("1.03") / 2 * PHI, {t: 20}, t, 0, oo),
    "Bernstein, 0.98/3, all variances": (
        p * ((1 + t / p) * log(1 + t / p) - t / p),
        ">",
        t**2 / (2 * (p + dec("0.98") * t / 3)),
        {t: dec("1/100"), p: 1},
        *(t, 0, oo, "", {p: (0, oo, "")}),
    ),
    "flips, 1.96": (dec("1.96") * t / sqrt(2 * pi), ">=", erf(t / sqrt(2)), {t: dec("1/100")}, t, 0, oo),
    "exponential, 0.98/2": (exp(x), ">=", 1 + x + dec("0.51") * x**2, {x: dec("1/100")}, x, -1, 1),
    "cosh, 0.98/2": (cosh(x), "<=", exp(dec("0.49") * x**2), {x: dec("1/10")}, x, -oo, oo),
    "log cosh, 0.98/2": (log(cosh(x)), "<=", dec("0.49") * x**2, {x: dec("1/10")}, x, -oo, oo),
    "Hoeffding's lemma, 8.16": (lemma(dec("8.16")), ">=", 0, {x: dec("1/10"), p: dec("1/2")}, x, -oo, oo, "", UNIT),
    "strict at a contact": (u - log(1 + u), ">", 0, {u: 0}, u, 0, oo, "left"),
    "strict at a contact inside": (log(u), "<", u - 1, {u: 1}, u, 0, oo),
    "strict at an end": (exp(x), "<", 1 + x + x**2, {x: 0}, x, -1, 1),
    "strict, with parameters": (kl(q, p), ">", 2 * (q - p) ** 2, {q: dec("1/3"), p: dec("1/3")}, q, 0, 1, "", UNIT),
    "one too many in the middle": ((u - 1) ** 2, ">", dec("1/10000"), {u: 1}, u, 0, oo),
    "roots, 0.98": (sqrt(1 + u), "<=", 1 + dec("0.49") * u, {u: dec("1/100")}, u, 0, oo),
    "tanh, 0.98": (tanh(u), "<=", dec("0.98") * u, {u: dec("1/100")}, u, 0, oo),
    "means, 0.98": (sqrt(u * p), "<=", dec("0.49") * (u + p), {u: 1, p: 1}, u, 0, oo, "", {p: (0, oo, "")}),
    "Bernoulli beyond one": (
        (1 + u) ** p,
        "<=",
        1 + p * u,
        {u: 1, p: dec("1.02")},
        u,
        0,
        oo,
        "",
        {p: (0, dec("1.02"), "right")},
    ),
    "entropy, 2.04": (
        -q * log(q) - (1 - q) * log(1 - q),
        "<=",
        log(2) - dec("2.04") * (q - dec("1/2")) ** 2,
        {q: dec("51/100")},
        *(q, 0, 1),
    ),
    "upper Chernoff, 0.39": ((1 + e) * log(1 + e) - e, ">=", dec("0.39") * e**2, {e: 1}, e, 0, 1, "right"),
    "lower Chernoff for products, 1.02/2": (
        (1 - e) * log(1 - e) + e,
        ">=",
        dec("0.51") * e**2,
        {e: dec("1/100")},
        *(e, 0, 1),
    ),
    "Stirling's step, 1.02": ((t + dec("1/2")) * log(1 + 1 / t), ">", dec("1.02"), {t: 100}, t, 1, oo),
    "minimum at an irrational point, below it": (u * log(u), ">", -dec("0.3678"), {u: dec("0.3679")}, u, 0, 1),
    "a pole inside": (1 / (1 - u), ">", 0, {u: 2}, u, 0, oo),
    "false far out": (exp(u), ">", u**10 / 453000, {u: 10}, u, 0, oo),
}


def asked(lhs, relation, rhs, variable, low, high, closed="", parameters=None, **more):
    return prove_relation(lhs, relation, rhs, variable, low, high, closed=closed, parameters=parameters, **more)


@pytest.mark.parametrize("name", TRUE)
def test_true_relations_are_proved(name):
    assert asked(*TRUE[name]) is not None


@pytest.mark.parametrize("name", FALSE)
def test_false_relations_are_not_proved(name):
    lhs, relation, rhs, point, *domain = FALSE[name]
    with mpmath.workdps(50):
        left, right = (mpmath.mpf(sympy.N(sympy.sympify(side).subs(point), 50)) for side in (lhs, rhs))
    holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[relation]
    assert not holds or abs(left - right) <= mpmath.mpf(10) ** -40 * max(abs(left), abs(right))
    assert asked(lhs, relation, rhs, *domain) is None


def test_strictness_is_said():
    weak = asked(*TRUE["contact at the end"])
    assert not weak.strict
    assert asked(*TRUE["strict inside"]).strict
    assert asked(u - log(1 + u), ">=", 0, u, 0, oo).strict
    assert not asked(*TRUE["contact inside"]).strict
    assert not asked((u - p) ** 2, ">=", 0, u, 0, oo, "", {p: (0, oo, "")}).strict


def test_a_proof_says_what_it_does():
    assert "1 derivative of known sign in u, ends by exact series" in asked(*TRUE["strict inside"]).method
    assert "logarithms of both sides" in asked(*TRUE["chi-square, as a product"]).method


def test_two_real_variables_of_both_signs():
    y = Symbol("y", real=True)
    plane = {y: (-oo, oo, "")}
    assert asked(exp(x * y), "<=", exp((x**2 + y**2) / 2), x, -oo, oo, "", plane) is not None
    assert asked(x * y, "<=", dec("0.49") * (x**2 + y**2), x, -oo, oo, "", plane) is None


def test_expressions_that_are_not_read():
    assert asked(sqrt(x), "<=", 1, x, -1, 1) is None
    assert asked(sympy.Min(u, 1), "<=", 1, u, 0, oo) is not None
    assert asked(sympy.floor(u), "<=", u, u, 0, oo) is None
    assert asked(sympy.sin(u), "<=", u, u, 0, oo) is None
    assert asked(sympy.Float(0.5) * u, "<=", u, u, 0, oo) is None
    assert asked(u * p, "<=", u, u, 0, oo) is None
    assert asked(log(u), "<=", u, u, -1, oo) is None
    with pytest.raises(ValueError, match="the relation is '=='"):
        asked(u, "==", u, u, 0, oo)


def test_names_that_mean_something_else_are_renamed():
    lam, function = Symbol("lambda", positive=True), Symbol("exp", positive=True)
    assert asked(lam - log(1 + lam), ">", 0, lam, 0, oo).claim["domain"] == {"v0": ["0", "oo", ""]}
    assert asked(exp(function), ">", 1 + function, function, 0, oo) is not None
    assert asked(exp(Symbol("λ", positive=True)), ">", 1, Symbol("λ", positive=True), 0, oo) is not None


INTEGERS = {
    "powers and exponentials": (2 * m**2 * exp(-m / 7), "<=", exp(-m / 8), 786),
    "three exponentials": (1 - exp(-m / 8) - exp(-m / 11) - exp(-m / 7), ">", 1 - 3 * exp(-m / 11), 1),
    "a base": (1 - (exp(dec("1/2")) / 2) ** (m / 2), ">", 1 - exp(-m / 11), 1),
    "only at integers": ((2 * m - 5) ** 2 * exp(-m / 7), ">", exp(-2 * m), 1),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_from_the_least_on(name):
    lhs, relation, rhs, least = INTEGERS[name]
    proof = prove_integer_relation(lhs, relation, rhs, m, least)
    assert proof.claim["domain"]["m"] == [str(least), "oo", "integers"]


@pytest.mark.parametrize(
    ("lhs", "rhs", "least", "fails"),
    [
        (2 * m**2 * exp(-m / 7), exp(-m / 8), 785, 785),
        (2 * m**2 * exp(-m / 7), exp(-m / 8), 1, 1),
        (exp(-m / 12) + exp(-m / 7), 2 * exp(-m / 11), 1, 100),
        (m**2 * exp(-m / 10) / 1000, exp(-m / 11), 1, 200),
    ],
)
def test_integers_among_which_one_fails(lhs, rhs, least, fails):
    assert sympy.N((lhs - rhs).subs(m, fails), 30) > 0
    assert prove_integer_relation(lhs, "<=", rhs, m, least) is None


PIECES = [
    *(S(1), u, u**2, 1 / (1 + u), 1 / u, sqrt(u)),
    *(log(u), log(1 + u), u * log(u), u * log(1 + u), (1 + u) * log(1 + u), log(1 + u) ** 2, log(1 + 2 * u)),
    *(exp(u), exp(-u), u * exp(-u), exp(-(u**2)), exp(-1 / u), erfc(u), cosh(u)),
]
COEFFICIENTS = [S(c) for c in (-3, -2, -1, 1, 2, 3)] + [dec(c) for c in ("1/2", "-1/2", "-1/3", "1/6")]


def violated(f, high):
    """Whether a value on a dense grid is negative beyond the precision of mpmath."""
    with mpmath.workdps(30):
        value = lambdify(u, f, "mpmath")
        near = [mpmath.mpf(2) ** -k for k in range(1, 60)]
        grid = (
            near + [1 - c for c in near]
            if high == 1
            else near + [mpmath.mpf(2) ** (mpmath.mpf(k) / 8) for k in range(-30, 60)]
        )
        return any(value(c) < -(mpmath.mpf(10) ** -20) for c in grid)


def random_statement(seed):
    rng = random.Random(seed)
    high = rng.choice([1, oo])
    f = sum(rng.choice(COEFFICIENTS) * piece for piece in rng.sample(PIECES, rng.randint(2, 4)))
    if rng.random() < 0.5:
        # Near-tangencies: the value at a point of the interval is moved to almost zero.
        c = rng.choice([dec("1/7"), dec("1/2"), dec("9/10")] + [S(3)] * (high == oo))
        f = f - Rational(str(sympy.N(f.subs(u, c), 12))) + rng.choice([-1, 1]) * dec("1/1000")
    return f, high


def test_no_random_statement_is_proved_against_the_grid():
    proved = 0
    for seed in range(250):
        f, high = random_statement(seed)
        if asked(f, ">", 0, u, 0, high, effort=200_000) is not None:
            proved += 1
            assert not violated(f, high), f
    assert proved >= 25


@settings(deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=4, max_size=4), st.integers(1, 9), st.integers(1, 9))
def test_two_variables_agree_with_values(coefficients, a, b):
    c0, c1, c2, c3 = coefficients
    f = c0 * u * p + c1 * log(1 + u) + c2 * p + c3 * u
    if asked(f, ">=", 0, u, 0, oo, "", UNIT, effort=200_000) is not None:
        assert sympy.N(f.subs({u: Rational(a, 2), p: Rational(b, 10)}), 30) > -1e-20


@pytest.mark.parametrize("k", [5, 20, 21, 1000, 2**20 - 1, 2**20])
def test_chernoff_for_many_degrees_of_freedom_as_logarithms_and_as_products(k):
    for sides, high, closed in ((2, oo, "left"), (-2, S(k) / 4, "")):
        threshold = k + sides * sqrt(k * t) + (2 * t if sides > 0 else 0)
        rate = S(k) / 2 * log(threshold / k) + (k - threshold) / 2
        product = (threshold / k) ** (S(k) / 2) * exp((k - threshold) / 2)
        assert asked(rate, "<=", -t, t, 0, high, closed) is not None
        assert asked(sympy.expand_log(sympy.expand(rate), force=True), "<=", -t, t, 0, high, closed) is not None
        assert asked(product, "<=", exp(-t), t, 0, high, closed) is not None
        assert asked(rate, "<=", -dec("1.02") * t, t, 0, high, closed) is None or sides < 0


def test_a_root_of_zero_at_a_closed_end_is_zero():
    assert asked(sqrt(u), "<=", (1 + u) / 2, u, 0, oo, "left") is not None
    assert asked((1 - u) ** Rational(5, 2), "<=", exp(-2 * u), u, 0, 1, "both") is not None
    assert asked(sqrt(u), "<", u + dec("1/4"), u, 0, oo, "left") is None
    assert asked(1 / sqrt(u), ">", 0, u, 0, 1, "both") is None


ENDLESS = {
    "Bernoulli beyond one": FALSE["Bernoulli beyond one"][:3] + FALSE["Bernoulli beyond one"][4:],
    "Birnbaum, 3.92": FALSE["Birnbaum, 3.92"][:3] + FALSE["Birnbaum, 3.92"][4:],
    "products of tails": (erfc(u) * erfc(u / 2) * erfc(u / 3), "<=", exp(-(u**2)), u, 0, oo),
    "a long expansion": (
        (1 + u + p + q) ** 40,
        ">=",
        1 + 40 * (u + p + q),
        u,
        0,
        oo,
        "",
        {p: (0, oo, ""), q: (0, oo, "")},
    ),
    "nested": (tanh(tanh(tanh(tanh(tanh(tanh(tanh(tanh(u)))))))), "<=", u, u, 0, oo),
    "digits": (u * S(10) ** 5000, ">=", 0, u, 0, oo),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_search_without_end_stops_at_the_steps_it_is_given(name, monkeypatch):
    made = []
    start = Effort.__init__

    def counted(self, *args):
        start(self, *args)
        made.append(self)

    monkeypatch.setattr(Effort, "__init__", counted)
    for _ in range(2):
        assert asked(*ENDLESS[name], effort=300_000) is None
    first, second = made
    assert first.spent == second.spent <= 2 * 300_000


def test_more_steps_prove_more():
    assert asked(*TRUE["Pinsker, both sides"], effort=3000) is None
    assert asked(*TRUE["Pinsker, both sides"]) is not None


RUN = """
import json
from flint import ctx
from test_chains import FALSE, TRUE, asked
ctx.prec = {precision}
for name in ("Pinsker, both sides", "entropy", "Mills, lower", "chi-square, as a product", "log cosh", "roots"):
    print(json.dumps(asked(*TRUE[name]).to_json()))
print(asked(*(part for i, part in enumerate(FALSE["Birnbaum, 3.92"]) if i != 3), effort=200_000), ctx.prec)
"""


def test_a_proof_is_the_same_text_in_every_run():
    texts = []
    for seed, precision in (("0", 53), ("4242", 53), ("1", 200)):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
        code = RUN.format(precision=precision)
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        *proofs, last = done.stdout.splitlines()
        assert last == f"None {precision}"
        texts.append(proofs)
    assert len(texts[0]) == 6
    assert texts[0] == texts[1] == texts[2]
