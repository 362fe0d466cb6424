"""Two referees of one format: they accept the same proofs, and neither accepts a changed one that claims what fails."""

import json
import random

import pytest
from oracles.random_relations import covered, judged, random_relation
from oracles.second_referee import objection
from oracles.tampering import counterexample, mutants
from sympy import Max, Rational, Symbol, cosh, erfc, exp, log, oo, pi, sqrt, symbols
from whp.theory.proofs.intervals import prove_integer_relation, prove_relation
from whp.theory.proofs.referee import rejection

p, t, u = symbols("p t u", positive=True)
x = Symbol("x", real=True)
m = Symbol("m", integer=True, positive=True)
HALF = Rational(1, 2)

RELATIONS = {
    "a logarithm": (u - log(1 + u), ">=", HALF * u**2 - u**3 / 3, u, 0, oo, "left", {}),
    "a minimum inside": (u * log(u), ">", -Rational(37, 100), u, 0, 1, "", {}),
    "exponentials": (cosh(x), "<=", exp(x**2 / 2), x, -oo, oo, "", {}),
    "a tail": (erfc(t / sqrt(2)), "<", exp(-(t**2) / 2), t, 0, oo, "", {}),
    "roots": (3 * log(1 + 2 * sqrt(3 * t) / 3 + 2 * t / 3) / 2 - sqrt(3 * t), "<=", 0, t, 0, oo, "", {}),
    "two variables": (log(1 + p * u), ">=", p * log(1 + u), u, 0, oo, "", {p: (0, 1, "")}),
    "an end with a parameter": (t * p, "<=", 1, t, 0, 1 / p, "both", {p: (0, oo, "")}),
    "pieces": (2 * u**2 + u * log(u) + 2 * erfc(u), ">", 0, u, 0, 1, "", {}),
    "boxes": (exp(p * u) + p * log(1 + u), ">", HALF + u * p, u, 0, 1, "", {p: (0, 1, "")}),
    "a polynomial": (u**4 + 1, ">", u, u, 0, oo, "", {}),
    "a maximum": (log(1 + Max(u, 1)), "<=", Max(u, 1), u, 0, oo, "", {}),
    "a root of a square": (sqrt(1 + u**2), "<=", 1 + u**2 / 2, u, 0, oo, "", {}),
    "a number near pi": (sqrt(1 + u**2 / pi**2), "<=", 1 + u / pi, u, 0, oo, "", {}),
    "an irrational end": (log(1 + u), "<=", u, u, 0, sqrt(2), "both", {}),
}


@pytest.fixture(scope="module")
def proofs():
    found = {}
    for name, (lhs, relation, rhs, variable, low, high, closed, parameters) in RELATIONS.items():
        found[name] = prove_relation(lhs, relation, rhs, variable, low, high, closed=closed, parameters=parameters)
    found["integers"] = prove_integer_relation((2 * m - 5) ** 2 * exp(-m / 7), ">", exp(-2 * m), m, 1)
    found["a leading term"] = prove_integer_relation(exp(-m / 557) + 3 * exp(-m / 16), ">", exp(-m / 42), m, 1)
    return {name: json.loads(json.dumps(proof.to_json())) for name, proof in found.items()}


@pytest.mark.parametrize("name", [*RELATIONS, "integers", "a leading term"])
def test_both_referees_accept_the_proof_and_no_change_that_makes_it_claim_what_fails(proofs, name):
    proof = proofs[name]
    assert rejection(proof) is None
    assert objection(proof) is None
    refused = 0
    for path, mutant in mutants(proof, name, 25):
        accepted = [judge(mutant) is None for judge in (rejection, objection)]
        refused += not any(accepted)
        if any(accepted):
            assert path[0] == "proof" or counterexample(mutant["claim"]) is None, (path, mutant["claim"])
    assert refused >= 12


def test_the_oracle_of_changed_claims_finds_what_fails(proofs):
    claim = proofs["a minimum inside"]["claim"]
    assert counterexample(claim) is None
    assert counterexample({**claim, "relation": "<"}) is not None
    assert counterexample({**claim, "right": "-36/100"}) is not None
    assert counterexample({**proofs["integers"]["claim"], "right": "exp(-m/8)"}) is not None


def check(seed):
    """What the prover, both referees and the oracle say of one random relation."""
    relation = random_relation(seed)
    verdict = judged(relation)
    (variable, (low, high)), *rest = relation.box.items()
    proof = prove_relation(
        *(relation.f, relation.relation, 0, variable, low, high),
        parameters={v: (a, b, "") for v, (a, b) in rest},
        effort=1_000_000,
    )
    if proof is not None:
        assert verdict.truth != "false", seed
        written = json.loads(json.dumps(proof.to_json()))
        assert rejection(written) is None, seed
        assert objection(written) is None, seed
        for path, mutant in mutants(written, seed, 2):
            if rejection(mutant) is None or objection(mutant) is None:
                assert path[0] == "proof" or counterexample(mutant["claim"]) is None, (seed, path)
    return verdict.truth, proof is not None


def test_random_relations_are_proved_only_if_true():
    found = [check(seed) for seed in range(40)]
    assert found.count(("true", True)) >= 0.8 * sum(truth == "true" for truth, _ in found)
    assert found.count(("false", False)) >= 10


@pytest.mark.slow
def test_hundreds_of_random_relations_are_proved_only_if_true():
    found = [check(seed) for seed in range(1000, 1400)]
    assert found.count(("true", True)) >= 0.8 * sum(truth == "true" for truth, _ in found)
    assert found.count(("false", False)) >= 100


def test_the_minimisation_of_the_oracle_is_confirmed_by_enclosures():
    verdicts = {seed: judged(random_relation(seed)) for seed in range(60)}
    true = [seed for seed, v in verdicts.items() if v.truth == "true" and v.margin > 0.01]
    false = [seed for seed, v in verdicts.items() if v.truth == "false"]
    assert len(true) >= 5
    assert sum(covered(random_relation(seed), 300) for seed in true) >= 4
    assert len(false) >= 10
    assert not any(covered(random_relation(seed), 300) and verdicts[seed].margin > 1 for seed in false[:10])


@pytest.mark.parametrize("seed", range(12))
def test_sums_of_exponentials_of_an_integer_are_decided(seed):
    rng = random.Random(seed)
    rates = [Rational(1, rng.choice([2, 3, 5, 8, 11, 16, 42, 64, 256, 557])) for _ in range(rng.randint(2, 4))]
    scales = [rng.choice([1, 2, 3, -1, -2, Rational(1, 10), -Rational(1, 1000)]) for _ in rates]
    f = sum(c * m ** rng.choice([0, 0, 1, 2]) * exp(-r * m) for c, r in zip(scales, rates, strict=True))
    least = rng.choice([1, 1, 5, 50])
    true = all(f.subs(m, k).evalf(30) > 0 for k in (*range(least, 400), 1000, 5000, 20000))
    assert (prove_integer_relation(f, ">", 0, m, least) is not None) == true


def test_a_proof_for_integers_proves_nothing_of_the_reals(proofs):
    proof = proofs["integers"]
    between = {**proof["claim"], "domain": {"m": ["1", "oo", "left"]}}
    for judge in (rejection, objection):
        assert judge({**proof, "claim": between}) is not None


def over(text, domain=("0", "oo", ""), relation="<"):
    return {"left": "0", "relation": relation, "right": text, "domain": {"x": list(domain)}}


def positive_step(above, below="1", name="x"):
    parts = [{"rule": "positive", "of": text} for text in (above, below)]
    atoms = [{"divisor": below, "proof": parts[1]}]
    return {"step": "sign", "in": [name], "atoms": atoms, "reads": {}, "above": above, "below": below, "proofs": parts}


def put(top, bottom, ends, proof, positive=(None, None, None), **more):
    step = {"step": "put", "of": "x", "new": "y", "top": top, "bottom": bottom, "ends": list(ends), "turned": False}
    return {**step, "positive": list(positive), "proof": proof, **more}


Y, ONE = positive_step("y", name="y"), positive_step("1", name="y")
INSIDE = positive_step("y + 1", name="y")
LINE = positive_step("x")

PROVE_NOTHING = {
    "a change of variable that ends at one": (
        over("2 - x"),
        put("y", "1 + y", ("0", "oo"), positive_step("y + 2", "y + 1", "y"), (INSIDE, None, None)),
    ),
    "a change of variable that starts late": (over("x - 1"), put("1 + y", "1", ("0", "oo"), Y)),
    "a change of variable with a pole inside": (over("1", relation="<="), put("y", "1 - y", ("0", "2"), ONE)),
    "a change of variable with one end for two": (over("1 - x"), put("y*(2 - y)/2", "1", ("0", "2"), Y)),
    "the wrong way round": (over("x - 1", ("0", "1", "")), put("y", "1", ("0", "1"), Y, turned=True)),
    "an argument of a minimum left out": (
        over("Min(x, 2 - x)"),
        {"step": "choice", "of": "Min(x, 2 - x)", "order": [], "take": ["x"], "proofs": [LINE]},
    ),
    "an argument dropped for another that is dropped": (
        over("Min(x, 2 - x)"),
        {
            "step": "choice",
            "of": "Min(x, 2 - x)",
            "order": [{"for": "x", "drop": "2 - x", "proof": LINE}, {"for": "2 - x", "drop": "x", "proof": LINE}],
            "take": [],
            "proofs": [],
        },
    ),
    "a number that is not near": (
        over("x*(31/10 - pi)"),
        {"step": "constant", "new": "c", "between": ["3", "31/10"], "proof": LINE},
    ),
    "a part for the whole": (over("x - 2"), {"step": "sum", "parts": [["0", "x", LINE]]}),
    "a part that is not defined": (
        over("x + log(x - 1) - log(x - 1)"),
        {"step": "sum", "parts": [["0", "x", LINE]]},
    ),
    "a case with a free variable": (
        over("x", ("-1", "oo", "")),
        {"step": "cases", "of": "x", "pieces": [{"from": "-1", "to": "y", "proof": LINE}]},
    ),
    "integers for reals": (over("x", ("-1", "oo", "")), {"step": "integers", "of": "x", "from": "1", "proof": LINE}),
    "a root kept silent": (
        over("x^2 - 3*x + 2".replace("^", "**")),
        {
            **positive_step("x^2 - 3*x + 2"),
            "proofs": [
                {"rule": "roots", "of": "x^2 - 3*x + 2", "in": "x", "roots": [], "cuts": [None], "slopes": []},
                {"rule": "positive", "of": "1"},
            ],
        },
    ),
    "an operator that is none": (over("x // 1"), LINE),
}

PROVE = {
    "a change of variable": (
        over("1 - x", ("0", "1", "")),
        put("y", "1 + y", ("0", "oo"), positive_step("1", "y + 1", "y"), (INSIDE, None, None)),
    ),
    "the other way round": (over("x", ("0", "1", "")), put("1 - y", "1", ("0", "1"), None, turned=True)),
    "a sum": (over("x + x**2"), {"step": "sum", "parts": [["0", "x", LINE], ["0", "x**2", positive_step("x^2")]]}),
    "a maximum": (
        over("Max(x, 2*x)"),
        {
            "step": "choice",
            "of": "Max(x, 2*x)",
            "order": [{"for": "2 * x", "drop": "x", "proof": LINE}],
            "take": ["2 * x"],
            "proofs": [positive_step("2*x")],
        },
    ),
    "a number near pi": (
        over("x*(pi - 3)"),
        {
            "step": "constant",
            "new": "c",
            "between": ["3", "22/7"],
            "proof": {**positive_step("x*c - 3*x"), "in": ["x", "c"]},
        },
    ),
}
PROVE["the other way round"][1]["proof"] = {
    **positive_step("-y + 1", name="y"),
    "proofs": [{"rule": "orthant", "of": "-y + 1", "cuts": None}, {"rule": "positive", "of": "1"}],
}
PROVE["a number near pi"][1]["proof"]["proofs"][0] = {"rule": "orthant", "of": "x*c - 3*x", "cuts": None}


@pytest.mark.parametrize("name", PROVE_NOTHING)
def test_arguments_with_one_fault_are_refused_by_both(name):
    claim, proof = PROVE_NOTHING[name]
    assert rejection({"claim": claim, "proof": proof}) is not None
    assert objection({"claim": claim, "proof": proof}) is not None


@pytest.mark.parametrize("name", PROVE)
def test_the_same_arguments_without_fault_are_accepted_by_both(name):
    claim, proof = PROVE[name]
    assert rejection({"claim": claim, "proof": proof}) is None
    assert objection({"claim": claim, "proof": proof}) is None
