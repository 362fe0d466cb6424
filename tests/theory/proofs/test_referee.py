"""The referee of proof objects: it accepts what the provers find, and nothing that has been tampered with."""

import ast
import copy
import json
import random
import re
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from flint import arb, fmpq
from sympy import Rational, Symbol, cosh, erfc, exp, log, oo, sqrt, symbols
from whp.theory.proofs import referee, referee_atoms, referee_ends, referee_rules
from whp.theory.proofs.intervals import prove_integer_relation, prove_relation
from whp.theory.proofs.referee import recheck, rejection

p, t, u = symbols("p t u", positive=True)
x = Symbol("x", real=True)
m = Symbol("m", integer=True, positive=True)

HALF = Rational(1, 2)
SOURCES = {
    "one logarithm": (u - log(1 + u), ">=", HALF * u**2 - u**3 / 3, u, 0, oo, "left", {}),
    "a minimum inside": (u * log(u), ">", -Rational(37, 100), u, 0, 1, "", {}),
    "exponentials": (cosh(x), "<=", exp(x**2 / 2), x, 0, oo, "", {}),
    "a tail": (erfc(t / sqrt(2)), "<", exp(-(t**2) / 2), t, 0, oo, "", {}),
    "roots": (3 * log(1 + 2 * sqrt(3 * t) / 3 + 2 * t / 3) / 2 - sqrt(3 * t), "<=", 0, t, 0, oo, "", {}),
    "two variables": (log(1 + p * u), ">=", p * log(1 + u), u, 0, oo, "", {p: (0, 1, "")}),
    "a square with parameters": (-p * log(t) - (1 - p) * log(2 - t), ">=", -log(2), t, 1, 2, "", {p: (0, HALF, "")}),
    "pieces": (2 * u**2 + u * log(u) + 2 * erfc(u), ">", 0, u, 0, 1, "", {}),
    "a polynomial": (u**4 + 1, ">", u, u, 0, oo, "", {}),
}


@pytest.fixture(scope="module")
def proofs():
    found = {}
    for name, (lhs, relation, rhs, variable, low, high, closed, parameters) in SOURCES.items():
        proof = prove_relation(lhs, relation, rhs, variable, low, high, closed=closed, parameters=parameters)
        found[name] = json.loads(json.dumps(proof.to_json()))
    integers = prove_integer_relation((2 * m - 5) ** 2 * exp(-m / 7), ">", exp(-2 * m), m, 1)
    return found | {"integers": json.loads(json.dumps(integers.to_json()))}


def changed(tree, path, value):
    out = copy.deepcopy(tree)
    spot = out
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return out


def texts(tree, path=()):
    """The paths of all texts and numbers of a proof object."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from texts(value, (*path, key))
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield (*path, key), value


def one_number_moved(proof):
    """Every way to add one to one number of a proof object; keys and names of atoms stay."""
    for path, value in texts(proof):
        if isinstance(value, int):
            yield path, value + 1
            continue
        for match in re.finditer(r"(?<![A-Za-z0-9_])[0-9]+(?![A-Za-z0-9_])", value):
            yield path, value[: match.start()] + str(int(match.group()) + 1) + value[match.end() :]


def value_in_balls(text, point):
    return referee.enclosed(referee._plain(text), {k: arb(fmpq(c.numerator, c.denominator)) for k, c in point.items()})


def still_true(claim, count=60):
    """No point of a grid at which the relation fails beyond its enclosure."""
    rng = random.Random(1)
    for _ in range(count):
        point = {}
        for name, (low, high, closed) in claim["domain"].items():
            a = Fraction(low)
            c = Fraction(rng.randint(1, 999), 1000)
            point[name] = a + (c / (1 - c) if high == "oo" else c * (Fraction(high) - a))
            if closed == "integers":
                point[name] = a + rng.randint(0, 200)
        gap = value_in_balls(claim["right"], point) - value_in_balls(claim["left"], point)
        if (gap < 0) if claim["relation"][0] == "<" else (gap > 0):
            return False
    return True


def test_proofs_are_accepted(proofs):
    for name, proof in proofs.items():
        assert rejection(proof) is None, name


def test_nothing_of_the_search_is_imported():
    for module in (referee, referee_atoms, referee_ends, referee_rules):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.module.startswith("referee"), module.__name__


@pytest.mark.parametrize("name", [*SOURCES, "integers"])
def test_a_number_moved_is_rejected_or_leaves_a_true_claim(proofs, name):
    mutants = list(one_number_moved(proofs[name]))
    random.Random(0).shuffle(mutants)
    rejected = 0
    for path, value in mutants[:300]:
        mutant = changed(proofs[name], path, value)
        if recheck(mutant):
            assert path[0] == "proof" or still_true(mutant["claim"]), (path, value)
        else:
            rejected += 1
    assert rejected >= len(mutants[:300]) // 2


def test_another_relation_is_rejected(proofs):
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    for name, proof in proofs.items():
        assert not recheck(changed(proof, ("claim", "relation"), turned[proof["claim"]["relation"]])), name
    touching = proofs["one logarithm"]
    assert not recheck(changed(touching, ("claim", "relation"), ">"))


def test_a_larger_domain_is_rejected_or_leaves_a_true_claim(proofs):
    for name, proof in proofs.items():
        for variable, (low, high, closed) in proof["claim"]["domain"].items():
            wide = [str(Fraction(low) - 1), high, closed]
            mutant = changed(proof, ("claim", "domain", variable), wide)
            assert not recheck(mutant) or still_true(mutant["claim"]), name
            if high != "oo":
                wide = [low, str(Fraction(high) + 1), closed]
                mutant = changed(proof, ("claim", "domain", variable), wide)
                assert not recheck(mutant) or still_true(mutant["claim"]), name
    minimum = proofs["a minimum inside"]
    assert not recheck(changed(minimum, ("claim", "domain", "u"), ["0", "1", "left"]))


def test_another_claim_is_rejected(proofs):
    for name, proof in proofs.items():
        for side in ("left", "right"):
            for text in (f"({proof['claim'][side]}) + 1", f"2*({proof['claim'][side]}) - 3", "0"):
                mutant = changed(proof, ("claim", side), text)
                assert proof["claim"][side] == text or not recheck(mutant), (name, side, text)


@pytest.mark.parametrize("name", SOURCES)
def test_a_step_left_out_is_rejected(proofs, name):
    """Each node in turn becomes one that only asserts."""
    proof = proofs[name]
    for path, _ in texts(proof):
        if path[-1] == "rule":
            spot = proof
            for key in path[:-1]:
                spot = spot[key]
            if spot["rule"] in ("chain", "product", "sum") and len(spot.get("factors", [1, 2])) > 1:
                for rule in ("positive", "boxes", "orthant"):
                    node = {"rule": rule, "of": spot["of"], "cuts": None, "slopes": {}}
                    mutant = changed(proof, path[:-1], node)
                    if recheck(mutant):
                        # The shorter node may prove the same; then it must be a polynomial that it can read.
                        assert not re.search("[LT][0-9]", spot["of"]), (path, rule)


def sign_step(above, node, *, inside=("x",), atoms=(), reads=None):
    one = {"rule": "positive", "of": "1"}
    return {
        "step": "sign",
        "in": list(inside),
        "atoms": list(atoms),
        "reads": reads or {},
        "above": above,
        "below": "1",
        "proofs": [node, one],
    }


def positive(left, right, domain=("0", "oo", ""), relation="<"):
    return {"left": left, "relation": relation, "right": right, "domain": {"x": list(domain)}}


@pytest.mark.parametrize(
    ("claim", "proof"),
    [
        # log of what is negative on part of the interval
        (
            positive("0", "2 + log(x - 1) - log(x - 1)"),
            sign_step(
                "2",
                {"rule": "positive", "of": "2"},
                atoms=[
                    {
                        "name": "L0",
                        "kind": "log",
                        "argument": ["x - 1", "1"],
                        "positive": {"rule": "orthant", "of": "x - 1", "cuts": None},
                    }
                ],
                reads={"log(x - 1)": ["L0", "1"]},
            ),
        ),
        # the negative root
        (
            positive("0", "-x**(1/2)"),
            sign_step(
                "R0",
                {"rule": "positive", "of": "R0"},
                atoms=[
                    {
                        "name": "R0",
                        "kind": "root",
                        "degree": 2,
                        "argument": ["x", "1"],
                        "positive": {"rule": "positive", "of": "x"},
                    }
                ],
                reads={"x ** (1 / 2)": ["-R0", "1"]},
            ),
        ),
        # a pole inside
        (
            positive("0", "(1 - x)/(1 - x)"),
            sign_step("1", {"rule": "positive", "of": "1"}),
        ),
        # an atom that proves its own argument positive
        (
            positive("0", "1 + log(x - 1) - log(x - 1)"),
            sign_step(
                "1",
                {"rule": "positive", "of": "1"},
                atoms=[
                    {
                        "name": "E0",
                        "kind": "exp",
                        "argument": ["x", "1"],
                    },
                    {
                        "name": "L0",
                        "kind": "log",
                        "argument": ["x - 1", "1"],
                        "positive": {"rule": "sum", "of": "x - 1", "parts": [["L0", {"rule": "positive", "of": "L0"}]]},
                    },
                ],
                reads={"log(x - 1)": ["L0", "1"]},
            ),
        ),
        # a polynomial with a root, of which one is kept silent
        (
            positive("0", "x**2 - 3*x + 2"),
            sign_step(
                "x^2 - 3*x + 2",
                {"rule": "roots", "of": "x^2 - 3*x + 2", "in": "x", "roots": [], "cuts": [None], "slopes": []},
            ),
        ),
        # an even factor is not strict
        (
            positive("0", "(x - 1)**2"),
            sign_step(
                "x^2 - 2*x + 1",
                {"rule": "product", "of": "x^2 - 2*x + 1", "constant": "1", "factors": [["x - 1", 2, None]]},
            ),
        ),
        # cases that leave a point out
        (
            positive("0", "x", ("0", "oo", "left")),
            {
                "step": "cases",
                "of": "x",
                "pieces": [{"from": "0", "to": "oo", "proof": sign_step("x", {"rule": "positive", "of": "x"})}],
            },
        ),
        (
            positive("0", "x"),
            {
                "step": "cases",
                "of": "x",
                "pieces": [{"from": "0", "to": "1", "proof": sign_step("x", {"rule": "positive", "of": "x"})}],
            },
        ),
        # a change of variable that does not reach the whole interval
        (
            positive("0", "x + 1", ("-1", "oo", "")),
            {
                "step": "power",
                "of": "x",
                "new": "y",
                "degree": 2,
                "proof": sign_step("y^2 + 1", {"rule": "positive", "of": "y^2 + 1"}, inside=("y",)),
            },
        ),
    ],
)
def test_arguments_that_prove_nothing(claim, proof):
    assert not recheck({"claim": claim, "proof": proof})


def test_the_same_arguments_made_right():
    square = {"rule": "product", "of": "x^2 - 2*x + 1", "constant": "1", "factors": [["x - 1", 2, None]]}
    assert recheck({"claim": positive("0", "(x - 1)**2", relation="<="), "proof": sign_step("x^2 - 2*x + 1", square)})
    cuts = ["x", "1", None, None, ["x", "2", None, None, None]]
    roots = {"rule": "roots", "of": "x^2 - 3*x + 3", "in": "x", "roots": [], "cuts": [cuts], "slopes": []}
    assert recheck({"claim": positive("0", "x**2 - 3*x + 3"), "proof": sign_step("x^2 - 3*x + 3", roots)})


@pytest.mark.parametrize("junk", [None, {}, [], "proof", {"claim": {}}, {"claim": positive("0", "x"), "proof": {}}])
def test_junk_is_rejected(junk):
    assert not recheck(junk)


def test_nothing_is_executed():
    claim = positive("0", "__import__('os').system('true') + x")
    assert not recheck({"claim": claim, "proof": sign_step("x", {"rule": "positive", "of": "x"})})


@pytest.mark.parametrize(
    ("text", "high", "sign"),
    [
        ("x^2 - x", False, -1),
        ("L0 - x", False, -1),
        ("L0*x^3 - 1", True, 1),
        ("E0*x^5 - 1", True, -1),
        ("x - L1", False, 1),
        ("2*x - 2*L1 - x^2", False, -1),
        ("T0 - E0", True, -1),
        ("x*T0*L0 + E0", True, 1),
    ],
)
def test_signs_at_ends_agree_with_values(text, high, sign):
    """L0 = log x, L1 = log(1 + x), E0 = exp(−x²), T0 = erfc x."""
    node = {"rule": "positive", "of": "x"}
    atoms = [
        {"name": "K0", "kind": "kappa", "argument": ["1", "1"]},
        {"name": "L0", "kind": "log", "argument": ["x", "1"], "positive": node},
        {"name": "L1", "kind": "log", "argument": ["x + 1", "1"], "positive": {"rule": "positive", "of": "x + 1"}},
        {"name": "E0", "kind": "exp", "argument": ["-x^2", "1"]},
        {"name": "T0", "kind": "erfc", "argument": ["x", "1"], "gauss": ["E0", "1"]},
    ]
    rules = referee_rules.Rules({"x": (Fraction(0), None)}, atoms, {})
    assert referee_ends.sign_at_end(rules, rules.poly(text), "x", high) == sign
    names = {"L0": log(u), "L1": log(1 + u), "E0": exp(-(u**2)), "T0": erfc(u), "x": u}
    f = sympy.sympify(text.replace("^", "**")).subs({Symbol(k): v for k, v in names.items()})
    assert sympy.sign(sympy.N(f.subs(u, 100 if high else Rational(1, 1000)), 50)) == sign


@pytest.mark.parametrize(
    ("power", "value", "relation", "accepted"),
    [
        ("0**(1/2)", "0", "<=", True),
        ("0**(1/2)", "0", "<", False),
        ("0**(1/2)", "1", "<=", False),
        ("0**(-1/2)", "0", "<=", False),
        ("0**(-1/2)", "1", "<=", False),
    ],
)
def test_a_root_of_zero_is_zero_and_nothing_else(power, value, relation, accepted):
    key = ast.unparse(ast.parse(power))
    node = {"rule": "zero"} if value == "0" else {"rule": "positive", "of": value}
    step = sign_step(value, node, inside=(), reads={key: [value, "1"]})
    claim = {"left": "0", "relation": relation, "right": power, "domain": {}}
    assert recheck({"claim": claim, "proof": step}) == accepted


def test_roots_of_a_polynomial_of_high_degree_are_counted():
    f = "x^90 - 3*x^41 + x^7 + x^3 - 1/3*x + 1/20"
    found = prove_relation(u**90 - 3 * u**41 + u**7 + u**3 - u / 3 + 4, ">", 0, u, 0, oo)
    assert found is not None
    assert recheck(found.to_json())
    silent = {"rule": "roots", "of": f, "in": "x", "roots": [], "cuts": [None], "slopes": []}
    assert not recheck({"claim": positive("0", f.replace("^", "**")), "proof": sign_step(f, silent)})
