"""What no constants make true is refuted by a path or a cell; what some constants make true never is."""

from __future__ import annotations

import ast
import copy
import math
import runpy
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from whp.theory.proofs.failing import prove_failure, refute_at
from whp.theory.proofs.referee_claims import rejection
from whp.theory.proofs.referee_limits import at_least, exact_at
from whp.theory.proofs.referee_series import Far
from whp.theory.proofs.standalone import referee_text

SIZE = ["1", "oo", "integers"]
COIN = {"family": "binomial", "n": "n", "p": "1/2"}
SQUARES = {"family": "chi-square", "dof": "d"}
NORMAL = {"family": "normal", "mean": "0", "variance": "1"}
POISSON = {"family": "poisson", "mean": "lam"}
BOTH: dict[str, list[str]] = {"C": [], "c": []}

Node = dict[str, Any]


def claim(relation: str, at: str, bound: str, law: Node, domain: Node, sign: str = "<=") -> Node:
    event = {"value": "X", "relation": relation, "bound": at}
    sides = {"event": event, "relation": sign, "bound": bound, "laws": {"X": law}}
    return {"kind": "statement", **sides, "domain": domain}


EPS = {"n": SIZE, "eps": ["0", "1/2", "both"]}
OPEN = {"n": SIZE, "eps": ["0", "1/2", "right"]}
LINE, HALF_LINE = {"t": ["-oo", "oo", ""]}, {"t": ["0", "oo", ""]}
RATES = {"lam": ["0", "oo", ""], "u": ["0", "oo", ""]}

# Each false claim beside one that is true: of another threshold, bound, domain or dependence.
PAIRS = {
    "the median": (
        (claim(">=", "n/2", "C*exp(-c*n)", COIN, {"n": SIZE}), BOTH),
        (claim(">=", "n/2 + n/10", "C*exp(-c*n)", COIN, {"n": SIZE}), BOTH),
    ),
    "a rate that vanishes at an end that belongs": (
        (claim(">=", "(1 + eps)*n/2", "C*exp(-c*n)", COIN, EPS), {"C": [], "c": ["eps"]}),
        (claim(">=", "(1 + eps)*n/2", "C*exp(-c*n)", COIN, OPEN), {"C": [], "c": ["eps"]}),
    ),
    "a rate that vanishes towards an open end": (
        (claim(">=", "(1 + eps)*n/2", "C*exp(-c*n)", COIN, OPEN), BOTH),
        (claim(">=", "(1 + eps)*n/2", "C*exp(-c*n*eps**2)", COIN, OPEN), BOTH),
    ),
    "a threshold within fluctuations": (
        (claim(">=", "n/2 + sqrt(n)", "C*exp(-c*n)", COIN, {"n": SIZE}), BOTH),
        (claim(">=", "n/2 + sqrt(n)", "C*exp(-c)", COIN, {"n": SIZE}), BOTH),
    ),
    "a rate that is faster than the law": (
        (claim(">=", "2*d", "C*exp(-c*d**2)", SQUARES, {"d": SIZE}), BOTH),
        (claim(">=", "2*d", "C*exp(-c*d)", SQUARES, {"d": SIZE}), BOTH),
    ),
    "a rate that is named and too large": (
        (claim(">=", "2*d", "C*exp(-d/6)", SQUARES, {"d": SIZE}), {"C": []}),
        (claim(">=", "2*d", "C*exp(-d/7)", SQUARES, {"d": SIZE}), {"C": []}),
    ),
    "a lower tail": (
        (claim("<=", "d/2", "C*exp(-c*d**2)", SQUARES, {"d": SIZE}), BOTH),
        (claim("<=", "d/2", "C*exp(-c*d)", SQUARES, {"d": SIZE}), BOTH),
    ),
    "a threshold with a constant": (
        (claim(">=", "C*d", "exp(-c*d**2)", SQUARES, {"d": SIZE}), BOTH),
        (claim(">=", "C*d", "exp(-c*d)", SQUARES, {"d": SIZE}), BOTH),
    ),
    "a cube in a normal tail": (
        (claim(">=", "t", "C*exp(-c*t**3)", NORMAL, HALF_LINE), BOTH),
        (claim(">=", "t", "C*exp(-c*t**2)", NORMAL, HALF_LINE), BOTH),
    ),
    "both sides of zero": (
        (claim(">=", "t", "C*exp(-c*t**2)", NORMAL, LINE), BOTH),
        (claim(">=", "t", "C*exp(-c*t)", NORMAL, LINE), BOTH),
    ),
    "a prefactor": (
        (claim(">=", "t", "C*exp(-t**2/2)/t**2", NORMAL, HALF_LINE), {"C": []}),
        (claim(">=", "t", "C*exp(-t**2/2)/t", NORMAL, HALF_LINE), {"C": []}),
    ),
    "a square in a Poisson tail": (
        (claim(">=", "lam*(1 + u)", "C*exp(-c*lam*u**2)", POISSON, RATES), BOTH),
        (claim(">=", "lam*(1 + u)", "C*exp(-c*lam*u)", POISSON, {**RATES, "u": ["1", "oo", "left"]}), BOTH),
    ),
    "the other side of a relation": (
        (claim("<", "n/2", "1 - C*exp(-c*n)", COIN, {"n": SIZE}, ">="), BOTH),
        (claim("<", "2*n/3", "1 - C*exp(-c*n)", COIN, {"n": SIZE}, ">="), BOTH),
    ),
    "signs": (
        (claim(">=", "n/2", "C*exp(-c*n**2)", {"family": "signs", "n": "n"}, {"n": SIZE}), BOTH),
        (claim(">=", "n/2", "C*exp(-c*n)", {"family": "signs", "n": "n"}, {"n": SIZE}), BOTH),
    ),
    "an exponential tail": (
        (claim(">=", "t", "C*exp(-c*t**2)", {"family": "exponential", "rate": "1"}, HALF_LINE), BOTH),
        (claim(">=", "t", "C*exp(-c*t)", {"family": "exponential", "rate": "1"}, HALF_LINE), BOTH),
    ),
}


OPEN_END = "a rate that vanishes towards an open end"


@cache
def _first() -> Node | None:
    return prove_failure(*PAIRS[OPEN_END][0])


def _proved() -> Node:
    found = _first()
    assert found is not None
    return copy.deepcopy(found)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The referee that stands alone."""
    path = Path(tmp_path_factory.mktemp("alone")) / "recheck_proof.py"
    path.write_text(referee_text(), encoding="utf-8")
    return runpy.run_path(str(path), run_name="recheck")["claims_rejection"]


@pytest.mark.parametrize("name", PAIRS)
def test_what_no_constants_make_true_is_refuted_and_what_is_true_is_not(name: str, alone: Any) -> None:
    (false, constants), (true, others) = PAIRS[name]
    found = _proved() if name == OPEN_END else prove_failure(false, constants)
    assert found is not None
    assert alone(found) is None
    # The same path proves nothing of the claim that is true.
    moved = {**found["claim"], "claim": true, "domain": true["domain"], "constants": others}
    assert alone({**found, "claim": moved}) is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["the median", "a named rate", "a normal tail"])
def test_no_path_refutes_what_is_true(name: str) -> None:
    key = {"a named rate": "a rate that is named and too large", "a normal tail": "a prefactor"}.get(name, name)
    true, constants = PAIRS[key][1]
    assert prove_failure(true, constants) is None


def test_hypotheses_hold_on_the_path() -> None:
    d, m = SIZE, SIZE
    tail = claim(">=", "2*d", "C*exp(-c*m)", SQUARES, {"d": d, "m": m})
    assert prove_failure(tail, BOTH)["proof"]["put"]["m"] != "1"
    assert prove_failure(tail, BOTH, [["m", "<=", "d"]]) is None
    found = prove_failure(tail, BOTH, [["m", ">=", "d**2"]])
    assert rejection(found) is None
    found["claim"]["if"] = [["m", "<=", "d"]]
    assert rejection(found) is not None


TAMPERED = {
    "a path of halves": lambda p: p["proof"]["put"].update(n="s/2"),
    "a path outside": lambda p: p["proof"]["put"].update(eps="s"),
    "a path to the other side": lambda p: p["proof"]["put"].update(eps="-1/s"),
    "a path that stays": lambda p: p["proof"]["put"].update(n="4", eps="1/2"),
    "a name of the claim": lambda p: p["proof"]["put"].update(eps="1/n"),
    "another value": lambda p: p["proof"]["tail"].update(point="2*s"),
    "a value before the threshold": lambda p: p["proof"]["tail"].update(point="s - 1"),
    "half a value": lambda p: p["proof"]["tail"].update(point="s + 1/2"),
    "a constant that depends": lambda p: p["claim"]["constants"].update(c=["eps"]),
    "a constant of all sizes": lambda p: p["claim"]["constants"].update(C=["n"]),
    "a parameter without a value": lambda p: p["proof"]["put"].pop("eps"),
    "a constant called like a parameter": lambda p: p["claim"]["constants"].update(eps=[]),
    "another domain inside": lambda p: p["claim"].update(
        domain={**p["claim"]["domain"], "eps": ["1/10", "1/2", "both"]}
    ),
    "a condition": lambda p: p["claim"]["if"].append(["eps", ">=", "1/10"]),
    "another rule": lambda p: p["proof"]["tail"].update(rule="half"),
    "a coin that is not fair": lambda p: p["claim"]["claim"]["laws"]["X"].update(p="1/3"),
    "a bound that falls with eps": lambda p: p["claim"]["claim"].update(bound="C*exp(-c*n*eps**2)"),
    "a bound that stays": lambda p: p["claim"]["claim"].update(bound="C"),
    "a bound from below": lambda p: p["claim"]["claim"].update(relation=">="),
    "one more key": lambda p: p["claim"].update(regime="n"),
    "a random variable in the bound": lambda p: p["claim"]["claim"].update(bound="C*exp(-c*X)"),
}


@pytest.mark.parametrize("change", TAMPERED)
def test_a_changed_object_is_rejected(change: str, alone: Any) -> None:
    found = _proved()
    assert alone(found) is None
    TAMPERED[change](found)
    assert alone(found) is not None
    assert rejection(found) is not None


def test_a_tail_is_at_least_what_the_rules_say() -> None:
    """Each rule's lower bound, against SciPy's laws."""
    far = Far("s", [], 5)

    def exact(number: float) -> str:
        return str(Fraction(str(number)))

    def value(law: Node, relation: str, at: int | float, node: Node) -> float:
        text = at_least({"law": law, "relation": relation, "at": exact(at)}, node, lambda *_: None, set())
        return float(eval(text, {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "pi": math.pi}))

    for n in (1, 2, 5, 40):
        for p in (0.1, 0.5, 0.9):
            for j in range(n + 1):
                law = {"family": "binomial", "n": str(n), "p": exact(p)}
                least = value(law, ">=", j, {"rule": "point", "point": str(j)})
                assert 0 < least <= stats.binom.pmf(j, n, p) * (1 + 1e-12)
    for mean in (0.2, 3.0, 50.0):
        for j in (0, 1, 2, 7, 60):
            least = value({"family": "poisson", "mean": exact(mean)}, ">=", j, {"rule": "point", "point": str(j)})
            assert 0 < least <= stats.poisson.pmf(j, mean) * (1 + 1e-12)
    for k in (1, 2, 9):
        for t in (0.5, 4.0, 30.0):
            for relation, points in ((">=", range(k)), ("<=", range(k, k + 4))):
                tail = stats.chi2.sf(t, 2 * k) if relation == ">=" else stats.chi2.cdf(t, 2 * k)
                for j in points:
                    node = {"rule": "shape", "shape": str(k), "point": str(j)}
                    least = value({"family": "chi-square", "dof": str(2 * k)}, relation, t, node)
                    assert 0 < least <= tail * (1 + 1e-12)
    for z in (0.01, 0.5, 2.0, 9.0):
        assert 0 < value(NORMAL, ">=", z, {"rule": "mills"}) <= stats.norm.sf(z)
        assert 0 < value({**SQUARES, "dof": "1"}, ">=", z, {"rule": "square"}) <= stats.chi2.sf(z, 1)
    assert far.sign(far.series(ast.parse("s - 5", mode="eval").body)) == 1


def test_shapes_on_the_wrong_side_are_not_taken() -> None:
    ask = Far("s", [], 5).ask
    even = {"law": {"family": "chi-square", "dof": "2*s"}, "relation": ">=", "at": "s"}
    assert at_least(even, {"rule": "shape", "shape": "s", "point": "s - 1"}, ask, {"s"})
    for changed in (
        {"rule": "shape", "shape": "s + 1", "point": "s"},
        {"rule": "shape", "shape": "s", "point": "s"},
        {"rule": "shape", "shape": "s/2", "point": "1"},
    ):
        with pytest.raises(Exception, match=r"<=|whole|chi-square"):
            at_least(even, changed, ask, {"s"})


CELLS = {
    "a normal tail": (claim(">=", "t", "exp(-t**2)", NORMAL, HALF_LINE), {"t": "2"}, "exp(-t**2/2)"),
    "a coin": (claim(">=", "3*n/4", "exp(-n/2)", COIN, {"n": SIZE}), {"n": "8"}, "exp(-n/8)"),
    "a chi-square tail": (claim(">", "2*d", "exp(-d/4)", SQUARES, {"d": SIZE}), {"d": "30"}, "exp(-d/7)"),
    "a Poisson tail": (claim("<=", "lam/2", "exp(-lam)", POISSON, {"lam": ["0", "oo", ""]}), {"lam": "10"}, "1"),
    "what is not excluded": (claim("<", "n/2", "1 - exp(-n)", COIN, {"n": SIZE}, ">="), {"n": "4"}, "0"),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_refutes_a_bound_that_fails_there_and_no_other(name: str, alone: Any) -> None:
    false, cell, bound = CELLS[name]
    found = refute_at(false, cell)
    assert found is not None
    assert alone(found) is None
    assert refute_at({**false, "bound": bound}, cell) is None
    for key, value in cell.items():
        for other in ("1/2", f"-{value}", "s"):
            if other != "1/2" or key in ("n", "d"):
                assert alone({**found, "proof": {**found["proof"], "put": {key: other}}}) is not None


def test_a_bound_of_a_tail_refutes_nothing_at_a_cell() -> None:
    cap = {"law": {"family": "sphere coordinate", "d": "3"}, "relation": ">=", "at": "1/2"}
    with pytest.raises(Exception, match="a bound of a tail"):
        exact_at(cap, {"rule": "exact"})
    assert exact_at({**cap, "law": {"family": "uniform", "low": "0", "high": "1"}}, {"rule": "exact"}).contains(0.5)


def test_a_relation_fails_at_a_cell_and_on_a_path() -> None:
    square = {"kind": "relation", "left": "2*x", "relation": "<=", "right": "x**2", "domain": {"x": ["0", "oo", ""]}}
    assert refute_at(square, {"x": "1"})["proof"]["rule"] == "cell"
    assert refute_at(square, {"x": "2"}) is None
    assert refute_at({**square, "relation": "<"}, {"x": "2"}) is not None
    assert refute_at({**square, "relation": "<"}, {"x": "3"}) is None
    log = {**square, "left": "sqrt(x)", "right": "3*log(x)", "domain": {"x": ["2", "oo", "left"]}}
    assert prove_failure(log, {})["proof"]["put"] == {"x": "2 + s**2"}
    assert prove_failure({**log, "left": "log(x)**3", "right": "3*x"}, {}) is None
