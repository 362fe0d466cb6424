"""Unnamed constants that are proved: true claims hold with constants that the exact law confirms, false ones do not."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from scipy import stats
from whp.checks import check
from whp.checks.deciders.corners import corner
from whp.checks.deciders.existence import existence
from whp.checks.report import html
from whp.checks.verdict import Evidence, Verdict
from whp.theory import (
    Binomial,
    Claim,
    Hypothesis,
    Implication,
    Link,
    Normal,
    P,
    Source,
    Statement,
    claim,
    constant,
    real,
    size,
)
from whp.theory.proofs.referee_claims import rejection

n = size("n")
HALF = sympy.Rational(1, 2)
COIN = "P(Binomial(n, 1/2) >= (1 + eps)*n/2) <= C*exp(-c*n)"


def asked(text, *domains, exists="C, c"):
    return check(text, real=list(domains), exists=exists)


def said(result):
    return str(result.verdict), None if result.evidence is None else str(result.evidence)


PROVED = [
    (COIN, ["eps in (1/50, 1/2)"], "C, c(eps)", "C = 1, c(eps) = "),
    (COIN, ["eps in (0, oo)"], "C, c(eps)", "C = 1, c(eps) = "),
    (COIN, ["eps in [1/50, 1/2]"], "C, c", "C = 1, c = "),
    ("P(Binomial(n, 1/2) >= (1 + eps)*n/2) <= C*exp(-c*n*eps**2)", ["eps in (0, 1]"], "C, c", "C = 1, c = 1/2"),
    ("P(abs(Binomial(n, 1/2) - n/2) >= eps*n/2) <= C*exp(-c*n)", ["eps in (0, 1)"], "C, c(eps)", "C = 2, c(eps) = "),
    ("P(abs(Binomial(n, 1/2) - n/2) >= t) <= 2*exp(-c*t**2/n)", ["t in (0, oo)"], "c", "c = 2"),
    ("P(Binomial(n, p) >= n*(p + eps)) <= exp(-c*n)", ["eps in (0, 1)", "p in (0, 1)"], "c(eps, p)", "c(eps, p) = "),
    ("P(Binomial(n, 1/2) >= 3*n/4) <= C*exp(-c*n)/n**2", [], "C, c", "C = 64, c = 1/32"),
    ("P(chi2(d) >= d*(1 + eps)) <= C*exp(-c*d*Min(eps, eps**2))", ["eps in (0, oo)"], "C, c", "C = 1, c = "),
    ("P(chi2(m*d) >= 2*m*d) <= C*exp(-c*m*d)", [], "C, c", "C = 1, c = 1/2 - log(2)/2"),
    ("P(chi2(d) >= C*d) <= exp(-c*d)", [], "C, c", "C = 2, c = 1/2 - log(2)/2"),
    ("P(Poisson(lam) >= lam*(1 + u)) <= C*exp(-c*lam)", ["lam in (0, oo)", "u in (0, oo)"], "C, c(u)", "C = 1, c(u) ="),
    ("P(Normal(0, 1) >= t) <= C*exp(-c*t)", ["t in (0, oo)"], "C, c", "C = 2, c = 1"),
    ("P(abs(Normal(0, 1)) >= t) < C*exp(-c*t**2)", ["t in [0, oo)"], "C, c", "C = 4, c = 1/2"),
    ("P(Exponential(1) >= t) <= C*exp(-c*t)", ["t in (0, oo)"], "C, c", "C = 1, c = 1"),
    ("P(Normal(0, 1) >= C*sqrt(log(n))) <= n**(-2)", [], "C", "C = 2"),
    # Where the law is that of a number, and at the ends of its support.
    ("P(Poisson(lam) >= 2*lam) <= C*exp(-c*lam)", ["lam in [0, oo)"], "C, c", "C = 1, c = -1 + 2*log(2)"),
    ("P(Binomial(n, 1/2) >= n) <= C*exp(-c*n)", [], "C, c", "C = 1, c = log(2)"),
    ("P(Poisson(lam) <= 0) <= C*exp(-c*lam)", ["lam in (0, oo)"], "C, c", "C = 1, c = 1"),
]


@pytest.mark.parametrize(("text", "domains", "exists", "words"), PROVED, ids=[f"{t} {e}" for t, _, e, _ in PROVED])
def test_constants_that_chernoffs_bound_gives_are_proved_and_shown(text, domains, exists, words):
    found = asked(text, *domains, exists=exists)
    assert said(found) == ("holds", "proved"), found.reason
    assert found.reason.startswith(words)
    assert all(f"{name} = " in found.reason for name in found.constants["named"])


FALSE = [
    # The least rate over eps is 0: a path to that end.
    (COIN, ["eps in (0, 1/2]"], "C, c"),
    ("P(Binomial(n, 1/2) >= n/2 + sqrt(n)) <= C*exp(-c*n)", [], "C, c"),
    ("P(Normal(0, 1) >= t) <= C*exp(-c*t**3)", ["t in (0, oo)"], "C, c"),
    # Below the mean, where Chernoff's bound says nothing.
    ("P(Binomial(n, 1/2) >= (1 - eps)*n/2) <= C*exp(-c*n)", ["eps in (0, 1/2)"], "C, c(eps)"),
    ("P(chi2(d) >= d) <= C*exp(-c*d)", [], "C, c"),
    # At eps = 0 the threshold is the mean.
    (COIN, ["eps in [0, 1/2]"], "C, c(eps)"),
    # Two tails need the prefactor 2 at t = 0.
    ("P(Normal(0, 1) >= t) <= C*exp(-c*t**2)", ["t in (-oo, oo)"], "C, c"),
    # Beyond the support the bound is negative.
    ("P(Binomial(n, 1/2) >= (1 + eps)*n/2) <= C*(2 - eps)*exp(-c*n*eps**2)", ["eps in (0, 3)"], "C, c"),
    ("P(Poisson(lam) >= lam*(1 + u)) <= C*exp(-c*lam*u**2)", ["lam in (0, oo)", "u in (0, oo)"], "C, c"),
    ("P(chi2(d) >= d*(1 + eps)) <= C*exp(-c*d*eps**2)", ["eps in (0, oo)"], "C, c"),
]


@pytest.mark.parametrize(("text", "domains", "exists"), FALSE, ids=[f"{t} {d}" for t, d, _ in FALSE])
def test_a_false_claim_is_refuted_by_a_proof(text, domains, exists):
    found = asked(text, *domains, exists=exists)
    assert "named" not in found.constants
    assert said(found) == ("refuted", "proved"), found.reason
    (proof,) = found.proofs
    assert proof["claim"]["kind"] == "fails"
    assert rejection(proof) is None


def test_a_cell_at_which_every_bound_is_too_small_refutes():
    text = "P(Normal(0, 1) >= x) <= exp(-c*x)/3"
    found = asked(text, "x in [0, oo)", exists="c")
    assert said(found) == ("refuted", "proved"), found.reason
    proof = found.links[0].proof
    assert proof["proof"]["put"] == {"x": "0"}
    # Without that end, or with half of it, constants may exist.
    assert asked(text.replace("/3", "/2"), "x in [0, oo)", exists="c").verdict is not Verdict.REFUTED
    for change in ({"lower": "1/3"}, {"lower": "3/5"}, {"put": {"x": "1"}}, {"tail": {"rule": "trivial"}}):
        assert rejection({**proof, "proof": {**proof["proof"], **change}}) is not None
    with_constant = {**proof["claim"]["claim"], "bound": "exp(c*x)/3 + c"}
    assert rejection({**proof, "claim": {**proof["claim"], "claim": with_constant}}) is not None


def test_listed_values_and_hypotheses_are_those_of_the_path():
    e, C, c = real("eps", 0, 1, "left"), constant("C"), constant("c")
    link = claim(P(Binomial(n, HALF) >= (1 + e) * n / 2) <= C * sympy.exp(-c * n)).links[0]

    def of(*values, hypotheses=()):
        claims = (Claim((link,), exists=(C, c)),)
        points = tuple({e: v} for v in values) or ({},)
        return check(Statement("s", "printed", "", Source("me", "p. 1"), claims, hypotheses, points=points))

    assert said(of(0)) == said(of(HALF, 0)) == ("refuted", "proved")
    assert of(HALF).verdict is Verdict.HOLDS
    assert said(of(hypotheses=(Hypothesis(e <= HALF, "ε ≤ 1/2"),))) == ("refuted", "proved")
    assert of(hypotheses=(Hypothesis(e >= HALF, "ε ≥ 1/2"),)).verdict is Verdict.HOLDS
    # "For n large enough" is another claim, and as false.
    late = Hypothesis(n >= 1000, "n ≥ 1000")
    assert of(0, hypotheses=(late,)).links[0].proof["claim"]["if"] == [["n", ">=", "1000"]]


@pytest.mark.parametrize("eps", [Fraction(1, 50), Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)])
def test_the_rate_of_a_coin_is_confirmed_by_scipy(question, eps):
    e, coin = real("eps", 0, 1), Binomial(n, HALF)
    exists = (constant("C"), constant("c", of=e))
    bound = exists[0] * sympy.exp(-exists[1] * n)
    link = claim(P(coin >= (1 + e) * n / 2) <= bound).links[0]
    found = existence(question(link, exists=exists))
    rate = float(sympy.sympify(found.named["c(eps)"]).subs("eps", sympy.Rational(eps.numerator, eps.denominator)))
    assert rate == pytest.approx(stats.entropy([float(1 + eps) / 2, float(1 - eps) / 2], [0.5, 0.5]), rel=1e-9)
    for sizes in (1, 7, 100, 1200):
        truth = stats.binom.logsf(math.ceil((1 + eps) * sizes / 2) - 1, sizes, 0.5)
        assert truth <= -rate * sizes + 1e-9
        # Twice the rate is too much.
        assert rate * sizes < 6 or truth > -2 * rate * sizes


def test_a_constant_in_a_threshold_is_not_chosen_for_one_link_alone(question):
    C = constant("C")
    links = claim(P(Normal(0, 1) >= C * sympy.sqrt(sympy.log(n))) <= n**-2).links
    alone = question(links[0], exists=(C,))
    assert existence(alone).outcome.evidence is Evidence.PROVED
    both = Claim((*links, Link(C, "<=", sympy.Integer(1))), exists=(C,))
    assert existence(replace(alone, claim=both, statement=replace(alone.statement, claims=(both,)))) is None


def test_what_another_statement_implies_is_left_to_it(question):
    C, c = constant("C"), constant("c")
    link = claim(P(Normal(0, 1) >= n) <= C * sympy.exp(-c * n)).links[0]
    implied = (Implication("other", {C: 1, c: 1}, ()),)
    assert existence(question(link, exists=(C, c), implied_by=implied)) is None
    assert existence(question(link, exists=(C, c))) is not None


def test_a_broken_implication_does_not_hide_what_speaks_against_a_claim(question):
    C, c, t = constant("C"), constant("c"), real("t", 0)
    link = claim(P(Normal(0, 1) >= t) <= C * sympy.exp(-c * t**3)).links[0]
    implied = (Implication("other", {C: 1, c: 1}, ()),)
    found = corner(question(link, exists=(C, c), implied_by=implied))
    assert found.reason.startswith("trend: along the corner t -> oo")


def test_what_is_not_proved_is_consistent_with_constants_that_fit():
    text = "P(Poisson(lam) >= lam*(1 + u)) <= C*exp(-lam*h(u))/sqrt(1 + lam*Min(u, u**2))"
    let = "h(x) = (1 + x)*log(1 + x) - x"
    found = check(text, let=let, real=["lam in (0, oo)", "u in [0, oo)"], exists="C")
    assert said(found) == ("consistent", "trend")
    assert found.reason.startswith("C = 1 fit all ")
    # Chernoff's bound alone, without the root, is proved.
    found = check(text.partition("/sqrt")[0], let=let, real=["lam in (0, oo)", "u in [0, oo)"], exists="C")
    assert said(found) == ("holds", "proved")


@pytest.mark.parametrize("c", ["c", "c(eps)"])
def test_reports_show_constants_that_depend_on_a_parameter(c):
    found = asked(COIN, "eps in [1/50, 1/2]", exists=f"C, {c}")
    assert f"true with C = 1, {c} = " in found._repr_html_()
    assert [str(part).partition("=")[0] for part in html._named(found)]


@pytest.mark.parametrize(
    ("true", "false", "exists"),
    [
        ("sqrt(m*d) <= C*(m + d)", "m*d <= C*(m + d)", "C"),
        ("c*n <= n**2 - n + 1 <= C*n**2", "c*n**2 <= n**2 - n + 1 <= C*n", "C, c"),
        ("log(n) <= C*sqrt(n)", "n*log(n) <= C*n", "C"),
    ],
)
def test_constants_of_a_relation_are_simple_numbers(true: str, false: str, exists: str) -> None:
    found = check(true, exists=exists)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert found.constants["named"].keys() == set(exists.split(", "))
    for proof in found.proofs:
        assert rejection(proof) is None
        assert rejection({**proof, "claim": {**proof["claim"], "constants": {"B": []}}}) is not None
    assert check(false, exists=exists).verdict == "refuted"


def test_a_constant_of_two_relations_is_chosen_for_neither_alone() -> None:
    assert check("n <= exp(c*n) <= C*n", exists="C, c").verdict != "holds"
