"""Relations with gamma functions, factorials and binomial coefficients, proved for all sizes; near misses are not."""

import json
import random
import subprocess
import sys

import mpmath
import pytest
from oracles.second_referee import objection
from oracles.tampering import counterexample, mutants
from sympy import E, Rational, binomial, exp, factorial, gamma, log, loggamma, oo, pi, sqrt, symbols
from whp.checks.deciders.whole import proved_relation
from whp.checks.paper import paper_of
from whp.checks.verify.proofs import prove_all
from whp.theory import Claim, Link, Source, Statement, real, size
from whp.theory.proofs.intervals import prove_relation
from whp.theory.proofs.prose import in_short, in_words
from whp.theory.proofs.referee import facts_of_gamma, rejection
from whp.theory.proofs.standalone import referee_text

n, k, s, x = symbols("n k s x", positive=True)
STIRLING = sqrt(2 * pi * n) * (n / E) ** n
HALF = Rational(1, 2)
REALS, WHOLE = {n: (1, oo, "left")}, {n: (1, oo, "integers")}
POSITIVE, UNIT = (0, oo, ""), (0, 1, "")
CHOOSE = {n: (k, oo, "left"), k: (1, oo, "integers")}

PROVED = {
    "Robbins, lower": (STIRLING, "<", factorial(n), REALS),
    "Robbins, upper": (factorial(n), "<", STIRLING * exp(1 / (12 * n)), REALS),
    "n! to three terms": (factorial(n), ">", STIRLING * exp(1 / (12 * n) - 1 / (360 * n**3)), REALS),
    "(n/e)^n": (factorial(n), ">=", (n / E) ** n, REALS),
    "e sqrt(n) (n/e)^n, equal at 1": (factorial(n), "<=", E * sqrt(n) * (n / E) ** n, WHOLE),
    "the mean of factors, equal at 1": (factorial(n), "<=", ((n + 1) / 2) ** n, WHOLE),
    "powers of 2, equal at 1 and 2": (factorial(n), ">=", 2 ** (n - 1), WHOLE),
    "a root of n!": (factorial(n) ** (1 / n), ">=", n / E, REALS),
    "in logarithms": (n * log(n), "<=", n + loggamma(n + 1), REALS),
    "the logarithm of a factorial": (log(factorial(n)), "<=", (n + 1) * log(n + 1) - n, REALS),
    "central, equal at 1": (binomial(2 * n, n), "<=", 4**n / sqrt(3 * n + 1), WHOLE),
    "central, lower, equal at 1": (binomial(2 * n, n), ">=", 4**n / (2 * sqrt(n)), WHOLE),
    "central, far out": (binomial(2 * n, n), "<", 4**n / sqrt(pi * n), REALS),
    "a coefficient, equal at k = 1 and k = n": ((n / k) ** k, "<=", binomial(n, k), CHOOSE),
    "a coefficient by entropy": (
        binomial(n, k),
        "<=",
        sqrt(n / (2 * pi * k * (n - k))) * n**n / (k**k * (n - k) ** (n - k)),
        {n: (k + 1, oo, "left"), k: (1, oo, "left")},
    ),
    "Gautschi": (gamma(x + 1) / gamma(x + s), ">", x ** (1 - s), {s: UNIT, x: POSITIVE}),
    "Wendel": (gamma(x + 1) / gamma(x + s), "<", (x + s) ** (1 - s), {s: UNIT, x: POSITIVE}),
    "a power, equal at 1": (gamma(x + 1), "<=", x**x, {x: (1, oo, "left")}),
    "a power of 2, equal at 2": (gamma(x + 1), ">=", 2 ** (x - 1), {x: (2, oo, "left")}),
    "the least value": (gamma(x), ">", Rational(885, 1000), {x: POSITIVE}),
}

NOT_PROVED = {
    "Robbins, 13 for 12": (factorial(n), "<=", STIRLING * exp(1 / (13 * n)), WHOLE),
    "Robbins, 11.99, below": (factorial(n), ">=", STIRLING * exp(1 / (12 * n + Rational(1, 10))), WHOLE),
    "central, 2 for 1": (binomial(2 * n, n), "<=", 4**n / sqrt(3 * n + 2), WHOLE),
    "central, false from 94 on": (binomial(2 * n, n), "<=", 4**n / sqrt(Rational(315, 100) * n), WHOLE),
    "central, false far out": (binomial(2 * n, n), "<=", 4**n / sqrt(Rational(31416, 10000) * n), WHOLE),
    "Gautschi, 1/3": (gamma(1 + n / 2) / gamma(HALF + n / 2), ">=", sqrt(n / 2 + Rational(1, 3)), WHOLE),
    "Gautschi, turned": (gamma(x + 1) / gamma(x + s), "<=", x ** (1 - s), {s: UNIT, x: POSITIVE}),
    "a coefficient, 1.01": ((n / k) ** k * Rational(101, 100), "<=", binomial(n, k), CHOOSE),
    "an equality that is denied": (factorial(n), "<", n**n, WHOLE),
    "beyond the least value": (gamma(x), ">=", Rational(8857, 10000), {x: POSITIVE}),
}


def asked(lhs, relation, rhs, domain, effort=1_000_000):
    (first, (low, high, closed)), *rest = domain.items()
    return prove_relation(
        *(lhs, relation, rhs, first, low, high), closed=closed, parameters=dict(rest) or None, effort=effort
    )


@pytest.fixture(scope="module")
def proofs():
    found = {name: asked(*claim) for name, claim in PROVED.items()}
    return {name: proof and json.loads(json.dumps(proof.to_json())) for name, proof in found.items()}


@pytest.mark.parametrize("name", PROVED)
def test_a_relation_with_gamma_functions_is_proved_and_two_referees_agree(proofs, name):
    assert proofs[name] is not None
    assert rejection(proofs[name]) is None
    assert objection(proofs[name]) is None


@pytest.mark.parametrize("name", NOT_PROVED)
def test_a_near_miss_is_not_proved(name):
    assert asked(*NOT_PROVED[name], effort=100_000) is None


# Of each kind of step one proof; the others take longer.
CHANGED = ("Robbins, upper", "powers of 2, equal at 1 and 2", "a root of n!", "Gautschi", "in logarithms")


@pytest.mark.parametrize("name", [pytest.param(k, marks=[] if k in CHANGED else pytest.mark.slow) for k in PROVED])
def test_no_change_of_a_proof_makes_it_prove_what_fails_and_the_referees_agree_on_each(proofs, name):
    refused = 0
    for path, mutant in mutants(proofs[name], name, 16 if name in CHANGED else 100):
        accepted = {judge(mutant) is None for judge in (rejection, objection)}
        assert len(accepted) == 1, (path, mutant["claim"])
        refused += accepted == {False}
        if accepted == {True}:
            assert path[0] == "proof" or counterexample(mutant["claim"]) is None, (path, mutant["claim"])
    assert refused >= 12


def test_the_facts_are_true_of_gamma_functions():
    rng = random.Random(5)
    with mpmath.workdps(60):

        def value(text, **at):
            return mpmath.mpf(eval(text.replace("1 / 2", "mpf(1) / 2"), {**vars(mpmath), **at}))

        for _ in range(40):
            u, v = (mpmath.mpf(rng.uniform(0.5, 6)) for _ in range(2))
            for terms in range(6):
                ((small, large),), strict, _ = facts_of_gamma({"fact": "series", "of": "u", "terms": terms})
                assert strict
                assert value(small, u=u) < value(large, u=u), terms
            for side, true in (("inside", 0 <= u - v <= 1), ("beyond", u - v >= 1)):
                step = {"fact": "chord", "of": "u", "and": "v", "side": side, "sharp": False}
                ((small, large),), _, asked_for = facts_of_gamma(step)
                assert all(value(a, u=u, v=v) <= value(b, u=u, v=v) for a, b, _ in asked_for) == true
                assert not true or value(small, u=u, v=v) <= value(large, u=u, v=v)
        for v in ("1", "1/2", "5/2"):
            left, right = facts_of_gamma({"fact": "shift", "of": f"{v} + 3", "and": v})[0][0]
            assert abs(value(left) - value(right)) < 1e-50


def line(large, domain, relation="<"):
    return {"left": "0", "relation": relation, "right": large, "domain": domain}


def fact(small, large, step, proofs=()):
    return [small, large, {"step": "gamma", **step, "proofs": list(proofs)}]


def positive(text, name="x"):
    rule = [{"rule": "positive", "of": text}, {"rule": "positive", "of": "1"}]
    return {"step": "sign", "in": [name], "atoms": [], "reads": {}, "above": text, "below": "1", "proofs": rule}


ALL, FROM_1 = {"x": ["0", "oo", ""]}, {"x": ["1", "oo", "integers"]}
SERIES = "(x - 1 / 2) * log(x) - x + log(2 * pi) / 2"
X = positive("x")
ZERO = {**positive("0"), "proofs": [{"rule": "zero"}, {"rule": "positive", "of": "1"}]}
BELOW_2 = positive("-y + 2", "y")
BELOW_2["proofs"][0] = {"rule": "orthant", "of": "-y + 2", "cuts": None}
LOW = {"fact": "series", "of": "x", "terms": 0}
MOVE = {"fact": "shift", "of": "x + 1", "and": "x"}
CHORD = {"fact": "chord", "of": "x + 1/2", "and": "x", "side": "inside", "sharp": False}

FALSE = {
    "Stirling's series from the wrong side": (
        line(f"{SERIES} - loggamma(x)", ALL),
        {"step": "sum", "parts": [fact("loggamma(x)", SERIES, LOW, [X])]},
    ),
    "Stirling's series with another sign": (
        line(f"loggamma(x) - ({SERIES} + 1 / 12 / x ** 1)", ALL),
        {"step": "sum", "parts": [fact(f"{SERIES} + 1 / 12 / x ** 1", "loggamma(x)", {**LOW, "terms": 1}, [X])]},
    ),
    "the recurrence with a wrong step": (
        line("loggamma(x + 1) - loggamma(x) - 2*log(x)", ALL, "<="),
        {"step": "sum", "parts": [fact("loggamma(x) + 2*log(x)", "loggamma(x + 1)", MOVE, [X])]},
    ),
    "the recurrence made strict": (
        line("loggamma(x + 1) - loggamma(x) - log(x + 0)", ALL),
        {"step": "sum", "parts": [fact("loggamma(x) + log(x + 0)", "loggamma(x + 1)", MOVE, [X])]},
    ),
    "a fact whose argument is two expressions": (
        line("loggamma(x) + 1 - loggamma(x) - log(x + 0)", ALL, "<="),
        {
            "step": "sum",
            "parts": [fact("loggamma(x) + log(x + 0)", "loggamma(x) + (1)", {**MOVE, "of": "x) + (1"}, [X])],
        },
    ),
    "an argument that may be negative": (
        line("loggamma(x + 1) - loggamma(x) - log(x + 0)", {"x": ["-1", "oo", ""]}, "<="),
        {"step": "sum", "parts": [fact("loggamma(x) + log(x + 0)", "loggamma(x + 1)", MOVE, [X])]},
    ),
    "a chord that is too short": (
        line("loggamma(x) + 3*log(x)/2 - loggamma(x + 3/2)", ALL, "<="),
        {
            "step": "sum",
            "parts": [
                fact(
                    "loggamma(x + 3 / 2)",
                    "loggamma(x) + (x + 3 / 2 - x) * log(x)",
                    {**CHORD, "of": "x + 3/2"},
                    [X, positive("3/2"), positive("1/2")],
                )
            ],
        },
    ),
    "a part multiplied by what is negative": (
        line(f"{SERIES} - loggamma(x)", ALL),
        {"step": "sum", "parts": [[*fact(SERIES, "loggamma(x)", LOW, [X]), "-1", positive("1")]]},
    ),
    "a part multiplied by what is two expressions": (
        line("1 + x*(x - 2)", ALL),
        {"step": "sum", "parts": [["2", "x", X, "1) + (x", positive("x + 1")]]},
    ),
    "a strict part that is not the first": (
        line("log(x + 0) + loggamma(x) - loggamma(x + 1)", ALL),
        {
            "step": "sum",
            "parts": [fact("loggamma(x + 1)", "loggamma(x) + log(x + 0)", MOVE, [X]), ["0", "x - x", ZERO]],
        },
    ),
    "a divisor that is cancelled": (
        line("(x - 1)/(x - 1)", ALL),
        {"step": "sum", "parts": [["0", "1 + x - x", positive("1")]]},
    ),
    "an induction without a first case": (
        line("x - 2", FROM_1, "<="),
        {"step": "integers", "of": "x", "from": "1", "rise": positive("1")},
    ),
    "an induction from later on": (
        line("(x - 2)**2 - 1", FROM_1, "<="),
        {"step": "integers", "of": "x", "from": "2", "points": {"1": {**ZERO, "in": []}}, "rise": positive("2*x - 3")},
    ),
    "an induction on an interval that moves": (
        line("2 - y", {"y": ["0", "x", ""], "x": ["1", "oo", "integers"]}, "<="),
        {"step": "integers", "of": "x", "from": "2", "points": {"1": BELOW_2}, "rise": positive("1")},
    ),
    "an equality at an integer that is denied": (
        line("(x - 1)*x", FROM_1),
        {"step": "integers", "of": "x", "from": "2", "proof": positive("x^2 - x")},
    ),
    "a function without a meaning": (line("gamma(x, x)", ALL), X),
    "the name of a function for a variable": (
        line("loggamma(loggamma)", {"loggamma": ["3", "oo", ""]}),
        {**positive("loggamma", "loggamma")},
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_an_argument_with_one_fault_is_refused_by_both(name):
    claim, proof = FALSE[name]
    assert rejection({"claim": claim, "proof": proof}) is not None
    assert objection({"claim": claim, "proof": proof}) is not None


def test_a_parameter_may_be_called_gamma():
    g = real("gamma", 0)
    link = Link(g, "<=", 1 + g)
    statement = Statement("own", "printed", "", Source("me", "p. 1"), (Claim((link,)),))
    assert proved_relation(statement, link.lhs, link.relation, link.rhs)["claim"]["domain"]["gamma"] == ["0", "oo", ""]


def test_a_typed_size_is_an_integer_where_it_has_to_be():
    m = size("m")
    link = Link(binomial(2 * m, m), "<=", 4**m / sqrt(3 * m + 1))
    statement = Statement("own", "printed", "", Source("me", "p. 1"), (Claim((link,)),))
    found = proved_relation(statement, link.lhs, link.relation, link.rhs)
    assert found["claim"]["domain"]["m"] == ["1", "oo", "integers"]
    assert "induction from there on" in in_short(found)
    assert proved_relation(statement, link.lhs, link.relation, 4**m / sqrt(3 * m + 2)) is None


def test_a_proof_is_written_as_a_person_writes_it(proofs):
    words = "\n".join(in_words(proofs["Gautschi"]))
    assert "log Γ is convex: log Γ(s + x) ≤ log Γ(x) + (s + x - x)*log(x), where x > 0." in words
    assert "log Γ(x + 1) = log Γ(x) + log(x), where x > 0." in words
    words = "\n".join(in_words(proofs["Robbins, upper"]))
    assert "Stirling's series: log Γ(n) ≤ (n - 1/2)*log(n) - n + log(2*pi)/2 + 1/(12*n), where n > 0." in words
    assert "By induction in n" in "\n".join(in_words(proofs["central, equal at 1"]))


def test_the_file_of_one_statement_accepts_its_proofs_alone(tmp_path):
    (proven,) = prove_all(paper_of("classics").ledger["gamma.gautschi"])
    (tmp_path / "recheck_proof.py").write_text(referee_text([proven.proof]), encoding="utf-8")
    (tmp_path / "proof.json").write_text(json.dumps([proven.proof]), encoding="utf-8")
    command = [sys.executable, "-I", "recheck_proof.py", "proof.json"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("accepted")
