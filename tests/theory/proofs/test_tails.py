"""Tails are proved for all sizes with objects that the referee accepts; what is false by a thousandth is not proved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from whp.theory.proofs.prose import in_words
from whp.theory.proofs.referee_tails import rejection
from whp.theory.proofs.tails import prove_tail

SIZE = ["1", "oo", "left"]
D, M, N = {"d": SIZE}, {"m": SIZE}, {"n": SIZE}
CHI = {"family": "chi-square", "dof": "d"}
CHI_MEAN = {"family": "affine", "of": {"family": "chi-square", "dof": "m"}, "scale": "1/m", "shift": "0"}
FAIR = {"family": "binomial", "n": "m", "p": "1/2"}
COIN = {"family": "binomial", "n": "n", "p": "p"}
NORMAL = {"family": "normal", "mean": "0", "variance": "1"}
SQUARE = {"family": "chi-square", "dof": "1"}
POISSON = {"family": "poisson", "mean": "l"}
PRODUCTS = {"family": "normal products", "n": "d"}
SIGNS = {"family": "signs", "n": "n"}
MASKED = {
    "family": "affine",
    "of": {"family": "copies", "of": {"family": "masked", "p": "1/2", "of": SQUARE}, "n": "m"},
    "scale": "1/m",
    "shift": "0",
}
IMAGE = {"family": "scaled", "by": MASKED, "of": {"family": "affine", "of": CHI, "scale": "1/d", "shift": "0"}}
SHARE = {"family": "ratio", "p": "1/2", "of": SQUARE, "n": "m"}
SPHERE = {"family": "sphere coordinate", "d": "d"}
SQUARES = {"family": "squares' ratio", "a": "v", "b": "v"}
GAP = {"family": "largest", "of": {"family": "spacing", "n": "n"}, "n": "n + 1"}
MAXIMUM = {"family": "maximum", "of": NORMAL, "n": "n"}
UNIT, POSITIVE = ["0", "1", ""], ["0", "oo", ""]

Claim = tuple[dict[str, Any], str, str, str, str, str, dict[str, list[str]]]

# Law, value, relation of the event, threshold, relation, bound, domain.
TRUE: dict[str, Claim] = {
    "chi-square below": (CHI, "X", "<", "z*d", "<=", "(z*exp(1 - z))**(d/2)", {"z": UNIT, **D}),
    "chi-square above": (CHI, "X", ">", "z*d", "<=", "(z*exp(1 - z))**(d/2)", {"z": ["1", "oo", ""], **D}),
    "at half the mean": (CHI, "X", "<=", "d/2", "<", "exp(-9657*d/100000)", D),
    "at twice the mean": (CHI, "X", ">=", "2*d", "<", "exp(-15342*d/100000)", D),
    "two sides": (CHI, "Abs(X/d - 1)", ">=", "e", "<=", "2*exp(-d*e**2/8)", {"e": UNIT, **D}),
    "laurent-massart": (CHI, "X", ">=", "d + 2*sqrt(d*t) + 2*t", "<=", "exp(-t)", {"t": POSITIVE, **D}),
    "laurent-massart below": (CHI, "X", "<=", "d - 2*sqrt(d*t)", "<=", "exp(-t)", {"t": POSITIVE, **D}),
    "mean of squares": (CHI_MEAN, "X", "<", "2", ">", "1 - exp(-m*153/1000)", M),
    "hoeffding": (FAIR, "X", "<", "z*m", "<", "exp(-2*m*(1/2 - z)**2)", {"z": ["-oo", "1/2", ""], **M}),
    "quarter of the coins": (FAIR, "X", ">", "m/4", ">=", "1 - exp(-m*13/100)", M),
    "bernoulli by poisson": (COIN, "X", ">=", "2*n*p", "<=", "exp(-386*n*p/1000)", {"p": ["0", "1/2", ""], **N}),
    "signs": (SIGNS, "X", ">=", "t", "<=", "exp(-t**2/(2*n))", {"t": POSITIVE, **N}),
    "poisson": (POISSON, "X", ">=", "l + t", "<=", "exp(-t**2/(2*(l + t/3)))", {"t": POSITIVE, "l": POSITIVE}),
    "normal": (NORMAL, "X", ">=", "t", "<", "exp(-t**2/2)/2", {"t": POSITIVE}),
    "normal, both sides": (NORMAL, "Abs(X)", ">=", "t", "<", "exp(-t**2/2)", {"t": POSITIVE}),
    "mills": (NORMAL, "X", ">", "t", ">=", "t/(1 + t**2)*exp(-t**2/2)/sqrt(2*pi)", {"t": POSITIVE}),
    "near zero": (NORMAL, "Abs(X)", "<=", "t", "<", "2*t/sqrt(2*pi)", {"t": POSITIVE}),
    "maximum": (MAXIMUM, "X", ">=", "sqrt(2*log(n)) + t", "<=", "exp(-t**2/2)", {"t": POSITIVE, **N}),
    "products": (PRODUCTS, "Abs(X)", ">=", "d/32", "<=", "2*exp(-d/2060)", D),
    "masked norm": (MASKED, "X", "<=", "1/8", "<=", "exp(-m*112/1000)", M),
    "image of a mask": (IMAGE, "X", ">", "1/16", ">=", "1 - exp(-m/9) - exp(-d/11)", {**M, **D}),
    "share": (SHARE, "X", "<", "1/15", "<=", "exp(-m*21/100)", M),
    "cap": (SPHERE, "X", ">=", "t", "<=", "exp(-d*t**2/2)", {"t": UNIT, **D}),
    "gaps": (GAP, "X", ">", "t", "<=", "(n + 1)*exp(-n*t)", {"t": POSITIVE, **N}),
    "as many squares": (SQUARES, "X", "<=", "(1 - r)/(1 + r)", "<=", "(1 - r**2)**(v/2)/2", {"r": UNIT, "v": POSITIVE}),
    "symmetry": (FAIR, "X", ">=", "m/2", ">=", "1/2", M),
    "bounded": (COIN, "X/n - p", ">=", "e", "<=", "exp(-2*n*e**2)", {"e": POSITIVE, "p": UNIT, **N}),
    "all coins": (COIN, "X", ">=", "n", "<=", "p**n", {"p": UNIT, **N}),
    "no coins": (COIN, "X", "<=", "0", ">=", "(1 - p)**n", {"p": UNIT, **N}),
    "no events": (POISSON, "X", "<=", "0", ">=", "exp(-l)", {"l": POSITIVE}),
}

# The same with one thing changed that makes it false: somewhere, or in the limit of large sizes.
FALSE: dict[str, Claim] = {
    "chi-square below": (CHI, "X", "<", "z*d", "<=", "(z*exp(1 - z))**(d*1001/2000)", {"z": UNIT, **D}),
    "chi-square of fewer": (CHI, "X", "<", "z*d", "<=", "(z*exp(1 - z))**(m/2)", {"z": UNIT, **D, **M}),
    "chi-square on the other side": (CHI, "X", ">", "z*d", "<=", "(z*exp(1 - z))**(d/2)", {"z": UNIT, **D}),
    "at half the mean": (CHI, "X", "<=", "d/2", "<=", "exp(-9667*d/100000)", D),
    "at twice the mean": (CHI, "X", ">=", "2*d", "<=", "exp(-15353*d/100000)", D),
    "two sides": (CHI, "Abs(X/d - 1)", ">=", "e", "<=", "2*exp(-d*e**2/4)", {"e": UNIT, **D}),
    "one side for both": (CHI, "Abs(X/d - 1)", ">=", "e", "<=", "exp(-d*e**2/4)", {"e": UNIT, **D}),
    "laurent-massart": (CHI, "X", ">=", "d + 1999/1000*sqrt(d*t) + 2*t", "<=", "exp(-t)", {"t": POSITIVE, **D}),
    "mean of squares": (CHI_MEAN, "X", "<", "2", ">=", "1 - exp(-m*15353/100000)", M),
    "hoeffding": (FAIR, "X", "<", "z*m", "<", "exp(-2002*m*(1/2 - z)**2/1000)", {"z": ["-oo", "1/2", ""], **M}),
    "quarter of the coins": (FAIR, "X", ">", "m/4", ">=", "1 - exp(-m*1309/10000)", M),
    "bernoulli by poisson": (COIN, "X", ">=", "2*n*p", "<=", "exp(-387*n*p/1000)", {"p": ["0", "1/2", ""], **N}),
    "signs": (SIGNS, "X", ">=", "t", "<=", "exp(-t**2*1001/(2000*n))", {"t": POSITIVE, **N}),
    "poisson": (POISSON, "X", ">=", "l + t", "<=", "exp(-t**2/(2*(l + t*332/1000)))", {"t": POSITIVE, "l": POSITIVE}),
    "normal": (NORMAL, "X", ">=", "t", "<=", "exp(-t**2/2)*499/1000", {"t": ["0", "oo", "left"]}),
    "equality at 0": (NORMAL, "X", ">=", "t", "<", "exp(-t**2/2)/2", {"t": ["0", "oo", "left"]}),
    "mills": (NORMAL, "X", ">", "t", ">=", "1001/1000*t/(1 + t**2)*exp(-t**2/2)/sqrt(2*pi)", {"t": POSITIVE}),
    "near zero": (NORMAL, "Abs(X)", "<=", "t", "<=", "1999/1000*t/sqrt(2*pi)", {"t": POSITIVE}),
    "maximum": (MAXIMUM, "X", ">=", "sqrt(log(n)) + t", "<=", "exp(-t**2/2)", {"t": POSITIVE, **N}),
    "products": (PRODUCTS, "Abs(X)", ">=", "d/32", "<=", "2*exp(-d/2048)", D),
    "masked norm": (MASKED, "X", "<=", "1/8", "<=", "exp(-m*113/1000)", M),
    "a kept coin": (MASKED, "X", "<=", "0", "<", "(1/2)**m", M),
    "image of a mask": (IMAGE, "X", ">", "1/16", ">=", "1 - exp(-m/8) - 2*exp(-m/11)", {**M, **D}),
    "share": (SHARE, "X", "<", "1/15", "<=", "exp(-m*215/1000)", M),
    "cap": (SPHERE, "X", ">=", "t", "<=", "exp(-d*t**2/2)/2", {"t": UNIT, **D}),
    "gaps": (GAP, "X", ">", "t", "<=", "exp(-n*t)", {"t": POSITIVE, **N}),
    "as many squares": (SQUARES, "X", "<=", "1/(1 + r)", "<=", "(1 - r**2)**(v/2)/2", {"r": UNIT, "v": POSITIVE}),
    "fewer squares": (
        {**SQUARES, "b": "w"},
        *("X", "<=", "(1 - r)/(1 + r)", "<=", "(1 - r**2)**(v/2)/2"),
        {"r": UNIT, "v": POSITIVE, "w": POSITIVE},
    ),
    "symmetry": (FAIR, "X", ">=", "m/2", ">", "1/2", M),
    "bounded": (COIN, "X/n - p", ">=", "e", "<=", "exp(-2002*n*e**2/1000)", {"e": POSITIVE, "p": UNIT, **N}),
    "all coins": (COIN, "X", ">=", "n", "<", "p**n", {"p": UNIT, **N}),
    "no coins": (COIN, "X", "<=", "0", "<=", "(1 - p)**n*999/1000", {"p": UNIT, **N}),
    "no events": (POISSON, "X", "<", "0", ">=", "exp(-l)", {"l": POSITIVE}),
}


@cache
def _proved(name: str, truth: bool = True) -> dict[str, Any] | None:
    law, value, sign, at, relation, bound, domain = (TRUE if truth else FALSE)[name]
    event = {"value": value, "relation": sign, "bound": at}
    found = prove_tail(event, relation, bound, domain, {"X": law})
    return None if found is None else found.to_json()


@pytest.mark.parametrize("name", TRUE)
def test_true_tails_are_proved_and_accepted_after_a_round_trip(name: str) -> None:
    proof = _proved(name)
    assert proof is not None
    assert rejection(json.loads(json.dumps(proof))) is None
    # Each relation that a rule needs is told with its proof.
    told = in_words(proof)
    assert sum("It needs " in line for line in told) == _asks(proof["proof"])


def _asks(part: Any) -> int:
    if isinstance(part, dict):
        return len(part.get("asks", ())) + sum(map(_asks, part.values()))
    return sum(map(_asks, part)) if isinstance(part, list) else 0


@pytest.mark.parametrize("name", FALSE)
def test_false_tails_are_not_proved(name: str) -> None:
    assert _proved(name, False) is None


@pytest.mark.parametrize("name", sorted(TRUE.keys() & FALSE.keys()))
def test_the_proof_of_a_true_tail_is_none_of_the_false_one_beside_it(name: str) -> None:
    proof = _proved(name)
    assert proof is not None
    law, value, sign, at, relation, bound, domain = FALSE[name]
    event = {"value": value, "relation": sign, "bound": at}
    claim = {**proof["claim"], "event": event, "relation": relation, "bound": bound, "domain": domain}
    assert rejection({"claim": {**claim, "laws": {"X": law}}, "proof": proof["proof"]}) is not None


def _places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(part, dict | list):
        items = part.items() if isinstance(part, dict) else enumerate(part)
        for key, inner in items:
            yield from _places(inner, (*path, key))
    elif isinstance(part, str):
        yield path


@pytest.mark.parametrize("name", ["at twice the mean", "hoeffding", "masked norm", "image of a mask", "gaps"])
def test_a_tampered_number_is_rejected(name: str) -> None:
    """A larger rate in the bound, a threshold nearer to the mean, another law: each claims more than was proved."""
    proof = _proved(name)
    assert proof is not None
    changed = 0
    for path in _places(proof["proof"]):
        if path[-1] not in ("bound", "w", "at", "scale", "factor"):
            continue
        text = json.loads(json.dumps(proof))
        place = text["proof"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = f"({place[path[-1]]})*3/2"
        changed += 1
        assert rejection(text) is not None, path
    assert changed
