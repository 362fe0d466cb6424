"""The referee of tails accepts a rule only with its side conditions: each trap lacks one of them."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pytest
from whp.theory.proofs.referee_laws import less
from whp.theory.proofs.referee_tails import rejection
from whp.theory.proofs.tails import prove_tail

SIZE, POSITIVE = ["1", "oo", "left"], ["0", "oo", ""]
NORMAL = {"family": "normal", "mean": "0", "variance": "1"}
SQUARE = {"family": "chi-square", "dof": "1"}
VARIANCE = {"family": "chi-square", "dof": "m", "name": "V"}
SCALE = {"family": "root", "of": {"family": "affine", "of": VARIANCE, "scale": "1/m", "shift": "0"}}
MIXED = {"family": "scaled", "by": SCALE, "of": NORMAL}
BELOW = {"family": "dominated", "by": SCALE, "of": NORMAL}
DOMAIN = {"t": POSITIVE, "m": SIZE}

Proof = dict[str, Any]


def _proof(event: Any, relation: str, bound: str, domain: dict[str, list[str]], **laws: Any) -> Proof:
    found = prove_tail(event, relation, bound, domain, laws)
    assert found is not None
    assert rejection(found.to_json()) is None
    return copy.deepcopy(found.to_json())


def _tail(at: str, relation: str = ">=", value: str = "X") -> dict[str, str]:
    return {"value": value, "relation": relation, "bound": at}


def _either() -> Proof:
    both = ["any", _tail("t", ">=", "Abs(X)"), _tail("t", ">=", "Abs(Y)")]
    return _proof(both, "<=", "exp(-m/7) + 4*exp(-t**2/4)", DOMAIN, X=MIXED, Y=BELOW)


def _given() -> Proof:
    event = ["given", _tail("t", ">=", "Abs(X)"), _tail("2*m", "<=", "V")]
    return _proof(event, "<", "2*Phi(-t/sqrt(2))", DOMAIN, X=MIXED, V=VARIANCE)


def _chernoff() -> Proof:
    law = {"family": "chi-square", "dof": "m"}
    return _proof(_tail("2*m"), "<=", "exp(-3*m/20)", {"m": SIZE}, X=law)


def _strict() -> Proof:
    law = {"family": "binomial", "n": "m", "p": "1/2"}
    return _proof(_tail("m/4", "<="), "<", "exp(-m/8)", {"m": SIZE}, X=law)


def test_a_scale_that_two_variables_share_is_counted_once_only_if_it_is_one_variable() -> None:
    proof = _either()
    assert len(proof["proof"]["parts"]) == 3
    for law in proof["claim"]["laws"].values():
        law["by"] = {"family": "root", "of": {**SCALE["of"], "of": {"family": "chi-square", "dof": "m"}}}
    assert rejection(proof) == "a scale that is shared"


def test_scales_of_two_names_are_two_variables() -> None:
    proof = _either()
    proof["claim"]["laws"]["Y"]["by"] = {**SCALE, "of": {**SCALE["of"], "of": {**VARIANCE, "name": "U"}}}
    assert rejection(proof) == "the same scale"


def test_what_is_given_bounds_the_scale_of_which_it_speaks() -> None:
    proof = _given()
    other = {**VARIANCE, "name": "U"}
    proof["claim"]["event"][2]["value"] = "U"
    proof["claim"]["laws"]["U"] = other
    assert rejection(proof) is not None
    proof = _given()
    proof["claim"]["event"][2]["bound"] = "3*m"
    assert rejection(proof) is not None


def test_a_name_is_that_of_its_variable() -> None:
    proof = _given()
    proof["claim"]["laws"]["W"] = proof["claim"]["laws"].pop("V")
    proof["claim"]["event"][2]["value"] = "W"
    assert rejection(proof) == "two names of one variable"


def test_strictness_given_a_scale_needs_a_density() -> None:
    proof = _given()
    union = proof["proof"]
    assert union["strict"]
    del union["strict"]
    assert rejection(proof) is not None


def test_strictness_needs_a_variable_that_varies() -> None:
    proof = _strict()
    assert proof["proof"]["strict"]
    proof["claim"]["laws"]["X"]["p"] = "0"
    assert rejection(proof) is not None
    proof = _strict()
    proof["proof"]["strict"] = False
    assert rejection(proof) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"multiplier": "plain"},
        {"multiplier": "log"},
        {"w": "1/2"},
        {"w": "-2"},
        {"by": "poisson", "w": "4"},
        {"asks": []},
    ],
)
def test_a_multiplier_lies_in_the_domain_on_the_right_side(change: dict[str, Any]) -> None:
    proof = _chernoff()
    proof["proof"].update(change)
    assert rejection(proof) is not None


def test_beyond_the_pole_there_is_no_generating_function() -> None:
    """(1 − 2λ) (1 − 4λ) is positive at λ = 1 again."""
    two = {"family": "affine", "of": SQUARE, "scale": "2", "shift": "0"}
    law = {"family": "sum", "of": [SQUARE, two]}
    claim = {"kind": "tail", "event": _tail("9"), "relation": "<=", "bound": "1/2", "domain": {}, "laws": {"X": law}}
    node = {"rule": "chernoff", "multiplier": "plain", "w": "1", "by": "exact", "strict": False}
    one = _chernoff()["proof"]["asks"]
    assert rejection({"claim": claim, "proof": {**node, "asks": one}}) is not None


@pytest.mark.parametrize(
    "law",
    [
        {"family": "masked", "p": "1/2", "of": SQUARE, "else": SQUARE},
        {"family": "chi-square", "dof": "m", "scale": "2"},
        {"family": "chi-square"},
        {"family": "cauchy"},
        {"family": "absolute", "of": {"family": "normal", "mean": "0"}},
    ],
)
def test_a_law_has_the_parameters_of_its_family(law: Any) -> None:
    proof = _chernoff()
    proof["claim"]["laws"]["X"] = law
    assert rejection(proof) is not None


def test_a_scale_is_not_negative() -> None:
    law = {"family": "scaled", "by": NORMAL, "of": NORMAL}
    assert prove_tail(_tail("t"), "<=", "2*exp(-t**2/8)", DOMAIN, {"X": law}) is None


def test_a_lower_tail_of_what_is_dominated_is_unknown() -> None:
    scale = {"family": "chi-square", "dof": "m"}
    small = _tail("m/4", "<=")
    bound = "exp(-m*9/100) + exp(-m*9/100)"
    law = {"by": scale, "of": {"family": "affine", "of": scale, "scale": "1/m", "shift": "0"}}
    scaled, dominated = {"family": "scaled", **law}, {"family": "dominated", **law}
    assert prove_tail(small, "<=", bound, {"m": SIZE}, {"X": scaled}) is not None
    assert prove_tail(small, "<=", bound, {"m": SIZE}, {"X": dominated}) is None


def test_the_largest_of_dependent_variables_has_no_power_of_a_distribution_function() -> None:
    law = {"family": "maximum", "of": {"family": "uniform", "low": "0", "high": "1"}, "n": "n"}
    proof = _proof(_tail("1 - t", "<="), "<=", "(1 - t)**n", {"t": ["0", "1", ""], "n": SIZE}, X=law)
    proof["claim"]["laws"]["X"]["family"] = "largest"
    assert rejection(proof) is not None


def test_an_exponential_variable_has_a_positive_rate() -> None:
    law = {"family": "exponential", "rate": "r"}
    proof = _proof(_tail("t"), "<=", "exp(-r*t)", {"t": POSITIVE, "r": POSITIVE}, X=law)
    proof["claim"]["domain"]["r"] = ["-1", "oo", ""]
    assert rejection(proof) is not None


@pytest.mark.parametrize("extra", [{"domain": {"exp": POSITIVE, "m": SIZE}}, {"note": "", "domain": {"m": SIZE}}])
def test_a_claim_has_its_parts_and_plain_names(extra: dict[str, Any]) -> None:
    proof = _chernoff()
    proof["claim"].update(extra)
    assert rejection(proof) is not None


def test_a_symbol_without_a_domain_is_not_proved_about() -> None:
    proof = _chernoff()
    proof["claim"]["domain"] = {}
    assert rejection(proof) is not None


def test_integers_are_not_put_as_multiples_of_integers() -> None:
    laws = {"X": {"family": "chi-square", "dof": "d"}}
    event = _tail("d + 2*sqrt(d*t) + 2*t")
    found = prove_tail(event, "<=", "exp(-t)", {"t": POSITIVE, "d": SIZE}, laws)
    assert found is not None
    proof = found.to_json()
    proof["claim"]["domain"]["t"] = ["0", "oo", "integers"]
    if proof["proof"]["rule"] == "put":
        assert rejection(proof) is not None


def test_what_is_left_of_a_bound_has_no_double_difference() -> None:
    assert less("1 - exp(-m) - 2*exp(-d)") == "exp(-m) + 2 * exp(-d)"
    assert less("exp(-m)") == "1 - (exp(-m))"


PAIR = {"family": "masked pair", "n": "m", "p": "1/2", "d": "d", "norm": "S"}
PAIR_DOMAIN = {"d": SIZE, "m": SIZE}


@cache
def _found(bound: str, at: str, p: str) -> Proof | None:
    found = prove_tail(_tail(at, "<="), "<=", bound, PAIR_DOMAIN, {"X": {**PAIR, "p": p}})
    return None if found is None else found.to_json()


def _pair(bound: str, at: str = "0", p: str = "1/2") -> Proof | None:
    return copy.deepcopy(_found(bound, at, p))


def test_a_masked_pair_fails_as_often_as_its_sharp_rate_allows() -> None:
    """The rate at equal sizes is 0.18326."""
    proof = _pair("exp(-17*d/100) + exp(-17*m/100)")
    assert proof is not None
    assert rejection(proof) is None
    assert _pair("exp(-184*d/1000) + exp(-184*m/1000)") is None
    assert _pair("exp(-17*d/100)") is None
    assert _pair("exp(-17*m/100)") is None
    assert _pair("exp(-17*d/100) + exp(-17*m/100)", p="1/3") is None


def _nodes(part: Any, rule: str) -> list[dict[str, Any]]:
    found = [part] if isinstance(part, dict) and part.get("rule") == rule else []
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return found + [node for one in inner for node in _nodes(one, rule)]


@pytest.mark.parametrize("change", [{"size": "2*d"}, {"tilt": "9/10"}, {"first": "-d"}, {"last": "-m"}, {"half": True}])
def test_a_transfer_needs_its_tilt_and_sizes(change: dict[str, Any]) -> None:
    proof = _pair("exp(-17*d/100) + exp(-17*m/100)")
    assert proof is not None
    _nodes(proof["proof"], "transfer")[-1].update(change)
    assert rejection(proof) is not None


@pytest.mark.slow
def test_a_threshold_is_paid_by_the_norm_and_a_tangent() -> None:
    """The rate at the threshold 1/32 and equal sizes is 1/8.65."""
    proof = _pair("2*exp(-d/9) + 2*exp(-m/9)", "1/32")
    assert proof is not None
    assert rejection(proof) is None
    assert _pair("2*exp(-d/8) + 2*exp(-m/8)", "1/32") is None


@pytest.mark.parametrize(
    "change",
    [
        {"cost": "7/100"},
        {"slope": "-1/2"},
        {"at": "1/2"},
        {"size": "2*d"},
        {"cells": [["1", "0"]]},
        {"cells": [["1/2", "0"]]},
        {"cells": []},
    ],
)
def test_a_tangent_lies_below_the_cost_on_cells_that_cover_the_ratio(change: dict[str, Any]) -> None:
    proof = _pair("2*exp(-d/9) + 2*exp(-m/9)", "1/32")
    assert proof is not None
    _nodes(proof["proof"], "tangent")[-1].update(change)
    assert rejection(proof) is not None


@cache
def _margins(bound: str, at: str = "1/32", p: str = "1/2") -> dict[str, Any] | None:
    """That some of n masked pairs is at most `at`."""
    laws = {"Q": {"family": "masked pair", "n": "m", "p": p, "d": "d", "norm": "the norm"}}
    event, domain = ["some", "n", _tail(at, "<=", "Q")], {"m": SIZE, "d": SIZE, "n": SIZE}
    proof = prove_tail(event, "<=", bound, domain, laws, effort=1_500_000)
    return None if proof is None else proof.to_json()


PIECES = "exp(-m/7) + n*(exp(-m/9) + exp(-d/11) + 2*exp(-d/557))"


def test_a_threshold_is_paid_by_four_events() -> None:
    proof = _margins(PIECES)
    assert proof is not None
    assert rejection(proof) is None
    assert len(_nodes(proof["proof"], "pieces")) == 1


@pytest.mark.slow
def test_four_events_are_not_paid_less_than_they_cost() -> None:
    """The last one may cost 1/416."""
    for old, new in (("m/7", "m/2"), ("m/9", "m/5"), ("d/11", "d/3"), ("d/557", "d/300")):
        assert _margins(PIECES.replace(old, new)) is None
    assert _margins(PIECES, p="1/3") is None


@pytest.mark.parametrize(
    "change",
    [
        {"norm": "3/2"},
        {"norm": "1/16"},
        {"norm": "4"},
        {"kept": "1/4"},
        {"kept": "1/16"},
        {"inputs": "3/5"},
        {"inputs": "1/4"},
        {"cross": "1/8"},
        {"cross": "1/32"},
        {"cross": "-1/32"},
    ],
)
def test_each_number_of_the_four_events_counts(change: dict[str, str]) -> None:
    proof = copy.deepcopy(_margins(PIECES))
    assert proof is not None
    _nodes(proof["proof"], "pieces")[0].update(change)
    assert rejection(proof) is not None


def test_one_of_the_four_events_happens() -> None:
    """Of draws at or below t none escapes all four, and near the ends of the other three the last is as large."""
    rng = np.random.default_rng(0)
    n, d, count = 4, 2, 400_000
    squares, mask = rng.standard_normal((count, n)) ** 2 / n, rng.integers(0, 2, (count, n))
    P, N = (squares * mask).sum(1), (squares * (1 - mask)).sum(1)
    R, Z = rng.chisquare(d, count), rng.standard_normal(count)
    Q, products = (P * R + np.sqrt(P * N * R) * Z) / d, -np.sqrt(R) * Z / d
    for t, kept, share, norm in ((0.0, 0.1, 0.3, 1.5), (1 / 32, 0.2, 0.4, 2.0), (0.1, 0.3, 0.5, 1.2)):
        cross = (share * kept - t) / np.sqrt(kept * (norm - kept))
        low = (Q <= t) & (norm > P + N) & (kept < P) & (share * d < R)
        assert low.sum() > 100
        assert (products[low] > cross).all()
        near = 1 + 1e-9
        p, r = kept * near, share * near
        assert (p * r - t) / np.sqrt(p * (norm / near - p)) == pytest.approx(cross, rel=1e-6)


def test_products_of_normals_have_a_bernstein_bound() -> None:
    laws = {"X": {"family": "normal products", "n": "d"}}
    domain = {"x": POSITIVE, "d": SIZE}
    event = _tail("2/pi*x*d", ">=", "Abs(X)")
    assert prove_tail(event, "<=", "2*exp(-3*d*Min(x, x**2)/20)", domain, laws) is not None
    assert prove_tail(event, "<=", "2*exp(-18*d*Min(x, x**2)/100)", domain, laws) is None


COUNT = {"family": "binomial", "n": "m", "p": "1/2", "name": "K"}
KEPT = {"family": "copies", "of": {"family": "masked", "p": "1/2", "of": SQUARE}, "n": "m", "count": COUNT}


def _kept(bound: str, at: str = "m/4") -> Proof | None:
    event = ["given", _tail("m/8", "<="), {"value": "K", "relation": ">", "bound": at}]
    found = prove_tail(event, "<", bound, {"m": SIZE}, {"X": KEPT, "K": COUNT})
    return None if found is None else copy.deepcopy(found.to_json())


def test_given_how_many_are_kept_the_law_is_that_of_so_many() -> None:
    proof = _kept("exp(-m*24/1000)")
    assert proof is not None
    assert rejection(proof) is None
    assert _kept("exp(-m*25/1000)") is None
    assert _kept("exp(-m*24/1000)", "m/5") is None
    proof["claim"]["laws"]["X"]["count"] = {**COUNT, "name": "L"}
    assert rejection(proof) is not None
