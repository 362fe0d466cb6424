"""Scalar steps of known theorems, each proved for all values of its variables; with a sharper constant none is."""

import json

import mpmath
import pytest
import sympy
from oracles.second_referee import objection
from oracles.tampering import counterexample
from sympy import Abs, Max, Min, Rational, S, Symbol, cosh, diff, erfc, exp, log, oo, pi, sqrt, symbols
from whp.theory.proofs.intervals import prove_relation
from whp.theory.proofs.referee import rejection
from whp.theory.zhang2023.margin.sharp import J_expr, product_rate_expr, threshold_cost_expr

d, e, h, p, q, s, t, u, x, z = symbols("d e h p q s t u x z", positive=True)
lam = Symbol("lam", real=True)
rho = Symbol("rho", positive=True)
UNIT = {p: (0, 1, "")}
CLOSED = {p: (0, 1, "both")}
TAIL, DENSITY = erfc(t / sqrt(2)) / 2, exp(-(t**2) / 2) / sqrt(2 * pi)
C_STAR = product_rate_expr(2 / pi)


def dec(text):
    return Rational(text)


def kl(a, b):
    return a * log(a / b) + (1 - a) * log((1 - a) / (1 - b))


def rate(c_d, c_m=None):
    """c_d times the exponent of P(Q ≤ 0) per dimension, where m/d = c_m/c_d, as a minimum over s³ = ρ/(1 − ρ)."""
    return c_d * log(1 + s**3) / 2 + (c_m or c_d) * log(4 * (1 - s + s**2) / (1 + s) ** 2) / 2


def threshold(size, at, norm):
    """C (c_t(ρ) + J(ρ)) ≥ 1, so that I^q_t(1) ≥ 1/C: the sizes of S6."""
    ratio = dec(at) / dec(norm)
    return dec(size) * (threshold_cost_expr(rho, ratio) + J_expr(rho)), ">=", 1, rho, ratio, Rational(1, 2)


def upper(two, one=1):
    """Laurent and Massart's upper threshold d(1 + 2u + 2u²), x = du²."""
    return 2 * one * u + two * u**2 - log(1 + 2 * one * u + two * u**2), ">=", 2 * u**2, u, 0, oo


PROVED = {
    "S5: 5.457": (rate(dec("5.457")), ">=", 1, s, 0, 1),
    **{f"S5.pairs: {m}, {n}": (rate(S(n), S(m)), ">=", 1, s, 0, 1) for m, n in ((81, 3), (11, 4), (7, 5), (5, 6))},
    **{f"S5.pairs: {m}, {n}": (rate(S(n), S(m)), ">=", 1, s, 0, 1) for m, n in ((4, 8), (3, 12), (2, 39))},
    "S6: 7.03": threshold("7.03", "1/64", "211/500"),
    "S6: 8.66": threshold("8.66", "1/32", "929/2000"),
    "S6: 12.34": threshold("12.34", "1/16", "533/1000"),
    "S6: 7.03, the norm": (dec("7.03") * (s - 1 - log(s)) / 2, ">=", 1, s, 0, dec("211/500"), "right"),
    "S6: 8.66, the norm": (dec("8.66") * (s - 1 - log(s)) / 2, ">=", 1, s, 0, dec("929/2000"), "right"),
    "S6: 12.34, the norm": (dec("12.34") * (s - 1 - log(s)) / 2, ">=", 1, s, 0, dec("533/1000"), "right"),
    "S6.convex: J": (diff(J_expr(rho), rho, 2), ">", 0, rho, 0, 1),
    "S6.convex: c": (diff(threshold_cost_expr(rho, t), rho, 2), ">=", 0, t, 0, rho, "", {rho: (0, 1, "")}),
    "S7.product-sharp": (product_rate_expr(2 * x / pi), ">=", C_STAR * Min(x**2, x), x, 0, oo),
    "J is positive": (log(4 * (1 - s + s**2) / (1 + s) ** 2), ">", 0, s, 0, 1),
    "chi-square, upper": (z * (1 - 1 / z) / 2 - log(z) / 2, ">=", (z - 1 - log(z)) / 2, z, 1, oo),
    "chi-square, e^{-u²/8}": (u - log(1 + u), ">=", u**2 / 4, u, 0, 1),
    "Laurent-Massart, upper": upper(2),
    "Laurent-Massart, lower": (-2 * u - log(1 - 2 * u), ">=", 2 * u**2, u, 0, dec("1/2")),
    "Laurent-Massart, generating function": (-log(1 - 2 * u) / 2 - u, "<=", u**2 / (1 - 2 * u), u, 0, dec("1/2")),
    "Dasgupta-Gupta, upper": (e - log(1 + e), ">=", e**2 / 2 - e**3 / 3, e, 0, 1),
    "Dasgupta-Gupta, lower": (-e - log(1 - e), ">=", e**2 / 2, e, 0, 1),
    "Hoeffding's lemma": (
        p * exp(lam * (1 - p)) + (1 - p) * exp(-lam * p),
        "<=",
        exp(lam**2 / 8),
        *(lam, -oo, oo, "", CLOSED),
    ),
    "Chernoff, ε²/3": ((1 + e) * log(1 + e) - e, ">=", e**2 / 3, e, 0, 1, "both"),
    "Chernoff, ε²/(2 + ε)": ((1 + e) * log(1 + e) - e, ">=", e**2 / (2 + e), e, 0, oo, "left"),
    "Chernoff, lower": ((1 - e) * log(1 - e) + e, ">=", e**2 / 2, e, 0, 1),
    "Chernoff, 2^{-R}": ((1 + e) * log(1 + e) - e, ">=", (1 + e) * log(2), e, 5, oo, "left"),
    "Chernoff, with the mean": (
        (exp(e) / (1 + e) ** (1 + e)) ** d,
        "<=",
        exp(-d * e**2 / 3),
        *(e, 0, 1, "right", {d: (0, oo, "")}),
    ),
    "Bennett to Bernstein": ((1 + u) * log(1 + u) - u, ">=", u**2 / (2 + 2 * u / 3), u, 0, oo, "left"),
    "Poisson, upper": ((1 + u) * log(1 + u) - u, ">=", u**2 / (2 + 2 * u), u, 0, oo, "left"),
    "Poisson, lower": ((1 - u) * log(1 - u) + u, ">=", u**2 / 2, u, 0, 1, "left"),
    "Mills, upper": (TAIL, "<=", DENSITY / t, t, 0, oo),
    "Mills, lower": (t / (1 + t**2) * DENSITY, "<=", TAIL, t, 0, oo),
    "KL, 2(q - p)²": (kl(q, p), ">=", 2 * (q - p) ** 2, q, 0, 1, "", UNIT),
    "KL, upper": (kl(q, p), ">=", (q - p) ** 2 / (2 * q), q, p, 1, "", UNIT),
    "KL, lower": (kl(q, p), ">=", (q - p) ** 2 / (2 * p), q, 0, p, "", UNIT),
    "cosh": (cosh(lam), "<=", exp(lam**2 / 2), lam, -oo, oo),
    "|u| by its square": (2 * Abs(lam), "<=", 1 + lam**2, lam, -oo, oo),
    "a maximum": (log(1 + Max(u, 1)), "<=", Max(u, 1), u, 0, oo),
    "a minimum of two variables": (Min(u, p), "<=", sqrt(u * p), u, 0, oo, "", {p: (0, oo, "")}),
    "a root on an interval of parameters": (sqrt(u**2 + p**2), "<=", u + p, u, 0, oo, "", {p: (0, oo, "")}),
}

# The constant moved by a thousandth across the sharp one, a relation turned, or one variable for another.
NOT_PROVED = {
    "S5: 5.456": (rate(dec("5.456")), ">=", 1, s, 0, 1),
    "S5.pairs: 3, 11": (rate(S(11), S(3)), ">=", 1, s, 0, 1),
    "S5.pairs: the sizes exchanged": (rate(S(2), S(39)), ">=", 1, s, 0, 1),
    "S6: 7.02": threshold("7.02", "1/64", "211/500"),
    "S6: 12.32": threshold("12.32", "1/16", "533/1000"),
    "S6: 8.6, the norm": (dec("8.6") * (s - 1 - log(s)) / 2, ">=", 1, s, 0, dec("929/2000"), "right"),
    "S7.product-sharp, 1.001 c*": (product_rate_expr(2 * x / pi), ">=", dec("1.001") * C_STAR * Min(x**2, x), x, 0, oo),
    "S7.product-sharp, a maximum": (product_rate_expr(2 * x / pi), ">=", C_STAR * Max(x**2, x), x, 0, oo),
    "J is not convex enough": (diff(J_expr(rho), rho, 2), ">", 10, rho, 0, 1),
    "Laurent-Massart, 1.999 x": upper(dec("1.999")),
    "Laurent-Massart, 1.999 √": upper(S(2), dec("0.9995")),
    "Laurent-Massart, lower, 1.999": (-dec("1.999") * u - log(1 - dec("1.999") * u), ">=", 2 * u**2, u, 0, dec("1/2")),
    "Dasgupta-Gupta, 0.501": (e - log(1 + e), ">=", dec("0.501") * e**2 - e**3 / 3, e, 0, 1),
    "Dasgupta-Gupta, 0.332": (e - log(1 + e), ">=", e**2 / 2 - dec("0.332") * e**3, e, 0, 1),
    "Hoeffding's lemma, 8.01": (
        p * exp(lam * (1 - p)) + (1 - p) * exp(-lam * p),
        "<=",
        exp(lam**2 / dec("8.01")),
        *(lam, -oo, oo, "", CLOSED),
    ),
    "Hoeffding's lemma, turned": (exp(lam**2 / 8), "<=", p * exp(lam * (1 - p)), lam, -oo, oo, "", CLOSED),
    "Chernoff, 0.3873 ε²": ((1 + e) * log(1 + e) - e, ">=", dec("0.3873") * e**2, e, 0, 1, "both"),
    "Chernoff, ε²/(1.999 + ε)": ((1 + e) * log(1 + e) - e, ">=", e**2 / (dec("1.999") + e), e, 0, oo),
    "Chernoff, lower, 0.501": ((1 - e) * log(1 - e) + e, ">=", dec("0.501") * e**2, e, 0, 1),
    "Bennett to Bernstein, 0.332": ((1 + u) * log(1 + u) - u, ">=", u**2 / (2 + 2 * dec("0.332") * u), u, 0, oo),
    "Poisson, 0.5005": ((1 + u) * log(1 + u) - u, ">=", dec("0.5005") * u**2 / (1 + u), u, 0, oo),
    "Mills, upper, 1.001": (TAIL, "<=", DENSITY / (dec("1.001") * t), t, 0, oo),
    "Mills, lower, 0.999": (t / (dec("0.999") + t**2) * DENSITY, "<=", TAIL, t, 0, oo),
    "KL, 2.001": (kl(q, p), ">=", dec("2.001") * (q - p) ** 2, q, 0, 1, "", UNIT),
    "KL, strict": (kl(q, p), ">", 2 * (q - p) ** 2, q, 0, 1, "", UNIT),
    "KL, the variables exchanged": (kl(q, p), ">=", (q - p) ** 2 / (2 * p), q, p, 1, "", UNIT),
    "cosh, 0.4995": (cosh(lam), "<=", exp(dec("0.4995") * lam**2), lam, -oo, oo),
    "|u| by its square, 1.999": (2 * Abs(lam), "<=", 1 + dec("0.999") * lam**2, lam, -oo, oo),
    "a minimum that is no maximum": (Max(u, p), "<=", sqrt(u * p), u, 0, oo, "", {p: (0, oo, "")}),
}


def asked(lhs, relation, rhs, variable, low, high, closed="", parameters=None):
    return prove_relation(lhs, relation, rhs, variable, low, high, closed=closed, parameters=parameters)


@pytest.mark.parametrize("name", PROVED)
def test_the_scalar_step_of_a_theorem_is_proved_and_two_referees_agree(name):
    proof = asked(*PROVED[name])
    assert proof is not None
    assert objection(json.loads(json.dumps(proof.to_json()))) is None


@pytest.mark.parametrize("name", NOT_PROVED)
def test_beyond_the_sharp_constant_nothing_is_proved(name):
    assert asked(*NOT_PROVED[name]) is None


@pytest.mark.parametrize("name", PROVED)
def test_turned_around_no_theorem_is_proved_unless_both_sides_agree(name):
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    lhs, relation, rhs, variable, low, high, *rest = PROVED[name]
    proof = prove_relation(
        *(lhs, turned[relation], rhs, variable, low, high),
        closed=rest[0] if rest else "",
        parameters=rest[1] if len(rest) > 1 else None,
        effort=100_000,
    )
    assert proof is None or sympy.simplify(lhs - rhs) == 0


def test_what_is_claimed_sharp_is_sharp():
    """At the constants that are not proved the relation fails, where that shows at a point."""
    shown = 0
    with mpmath.workdps(40):
        for lhs, relation, rhs, variable, low, high, *rest in NOT_PROVED.values():
            if len(rest) > 1 or not (sympy.sympify(low).is_Rational or low == -oo):
                continue
            gap = sympy.lambdify(variable, (lhs - rhs) * (1 if relation[0] == ">" else -1), "mpmath")
            start = mpmath.mpf(low) if low != -oo else mpmath.mpf(0)
            steps = [mpmath.mpf(2) ** (mpmath.mpf(k) / 16) for k in range(-200, 120)]
            width = mpmath.mpf(high - low) if high != oo else None
            points = [start + (c if width is None else width * c / (1 + c)) for c in steps]
            shown += any(mpmath.mpf(gap(point)) < 0 for point in points)
    assert shown >= 20


def test_a_changed_proof_of_a_theorem_proves_nothing_false():
    proof = json.loads(json.dumps(asked(*PROVED["|u| by its square"]).to_json()))
    for text in ("2*Max(lam, -lam)", "2*Min(lam, -lam)", "3*Abs(lam)"):
        changed = {**proof, "claim": {**proof["claim"], "left": text}}
        assert rejection(changed) is not None or counterexample(changed["claim"]) is None
