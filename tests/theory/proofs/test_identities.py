"""Identities of index sums for all sizes: what is proved, what is not, and what its referee rejects."""

import copy
import json

import pytest
from sympy import Abs, Symbol
from whp.theory import RV, Form, Model, Tensor, sizes
from whp.theory.proofs.identities import prove_identity
from whp.theory.proofs.referee_identities import rejection

m, d = sizes("m d")
NETWORK = Model(
    "network",
    (m, d),
    "",
    (
        *(Tensor(name, (m, d)) for name in ("W", "Ws", "dW")),
        *(Tensor(name, (m,)) for name in ("a", "D", "Dbar")),
        Tensor("x", (d,)),
        Tensor("Pi", (d, d)),
        Tensor("U", (d, d - 1)),
        Tensor("y", ()),
    ),
    identities=(
        "Ws_ik = W_ik + dW_ik",
        "Dbar_i = I_i - D_i",
        "D_i*D_i = D_i",
        "Pi_kl = Pi_lk",
        "Pi_kl*Pi_lj = Pi_kj",
        "Pi_kl*x_l = 0",
        "Pi_kk = d - 1",
        "x_k*x_k = d",
        "U_kp*U_lp = Pi_kl",
        "U_kp*U_kq = I_pq",
        "y*y = 1",
    ),
)


def rv(text, free="", name="X", scale=1):
    first, *more = text.split(" + ")
    form = Form.parse(first, free=free, coefficient=scale)
    for part in more:
        form = form + Form.parse(part, free=free)
    return RV(name, NETWORK, name, form)


MARGIN = "a_i W_ik W_jk D_j a_j"
TRUE = {
    "dummies": (rv(MARGIN), rv("D_p a_p W_pz W_qz a_q")),
    "transposed": (rv("a_i D_i W_ik W_jk a_j"), rv(MARGIN)),
    "complement": (rv(MARGIN), rv("a_i D_i W_ik W_jk D_j a_j") + rv("a_i Dbar_i W_ik W_jk D_j a_j")),
    "disjoint masks": (rv("a_i D_i Dbar_i a_i"), rv("a_i a_i", scale=0)),
    "sum of tensors": (rv("a_i Ws_ik x_k"), rv("a_i W_ik x_k") + rv("a_i dW_ik x_k")),
    "projection squared": (rv("x_i Pi_ij", "j"), rv("x_j y", "j", scale=0)),
    "three projections": (rv("W_ik Pi_kl Pi_ml Pi_mp W_jp", "ij"), rv("W_jp Pi_pk W_ik", "ij")),
    "basis": (rv("W_ik U_kp U_lp W_jl", "ij"), rv("W_ik Pi_kl W_jl", "ij")),
    "norm": (rv("x_k x_k a_i a_i y y"), d * rv("a_i a_i")),
    "ones": (rv("D_i + Dbar_i"), m + 0 * rv("a_i")),
    "rank": (rv("Pi_kk"), rv("U_kp U_kp")),
    "trace of a basis": (rv("U_kp U_kp y"), (d - 1) * rv("y")),
    "product": (rv("a_i W_ik x_k") * rv("D_i a_i"), rv("D_j a_j a_i W_ik x_k")),
    "square": (rv("a_i D_i") ** 2, rv("a_i a_j D_i D_j")),
}
FALSE = {
    "mask dropped": (rv("a_i D_i W_ik W_jk D_j a_j"), rv(MARGIN)),
    "sign": (rv(MARGIN), rv("a_i D_i W_ik W_jk D_j a_j") - rv("a_i Dbar_i W_ik W_jk D_j a_j")),
    "index": (rv("a_i W_ik W_jk D_j a_j"), rv("a_i W_ik W_jk D_i a_i")),
    "mask and complement": (rv("a_i D_i a_i"), rv("a_i Dbar_i a_i")),
    "no transpose": (rv("W_ik Pi_kl W_jl x_k", "ij"), rv("W_ik Pi_kl W_jl x_l", "ij")),
    "other size": (rv("x_k x_k a_i a_i"), m * rv("a_i a_i")),
    "rank and dimension": (rv("U_kp U_kp y"), d * rv("y")),
    "free index": (rv("W_ij x_j a_i", "i"), rv("W_kj x_j a_k", "")),
    "square of a sum": (rv("a_i D_i") ** 2, rv("a_i a_i D_i")),
    "not its own square": (rv("D_i D_i a_i a_i"), rv("D_i a_i")),
    "coefficient": (rv("x_k x_k"), d * rv("y y", scale=2)),
    "basis the other way": (rv("U_kp U_kq", "pq"), rv("Pi_pq", "pq")),
    "length of an index": (rv("D_i + Dbar_i"), d + 0 * rv("a_i")),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_true_identity_is_proved_and_its_object_accepted_as_a_file(name):
    found = prove_identity(*TRUE[name], NETWORK)
    assert found is not None
    assert rejection(json.loads(json.dumps(found))) is None


@pytest.mark.parametrize("name", FALSE)
def test_a_false_one_is_not_proved(name):
    assert prove_identity(*FALSE[name], NETWORK) is None


def test_without_its_fact_a_true_one_is_not_proved():
    bare = Model("bare", NETWORK.sizes, "", NETWORK.tensors)
    left, right = (RV("X", bare, "X", Form.parse(text)) for text in ("a_i D_i D_i a_i", "a_i D_i a_i"))
    assert prove_identity(left, right, bare) is None


def test_absolute_values_are_equal_by_what_is_inside_up_to_its_sign():
    whole, first, second = rv("a_i W_ik x_k y"), rv("y"), rv("a_i W_ik x_k", scale=-1)
    assert prove_identity(Abs(whole) / d, Abs(first) * Abs(second) / d, NETWORK) is not None
    assert prove_identity(Abs(whole) / d, Abs(first) * Abs(second), NETWORK) is None
    assert prove_identity(Abs(whole), -Abs(first) * Abs(second), NETWORK) is None
    assert prove_identity(Abs(whole), first * second, NETWORK) is None


def test_a_symbol_that_is_no_size_is_named_and_is_no_divisor():
    c = Symbol("c")
    found = prove_identity(c * rv("D_i"), c * rv("D_j"), NETWORK)
    assert found["claim"]["symbols"] == ["c"]
    assert prove_identity(rv("D_i") / c, rv("D_j") / c, NETWORK) is None


def parts(tree, path=()):
    if isinstance(tree, dict | list):
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, inner in list(items):
            yield from parts(inner, (*path, key))
    else:
        yield path, tree


def put(tree, path, value):
    out = copy.deepcopy(tree)
    spot = out
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return out


@pytest.mark.parametrize("name", ["complement", "three projections", "basis", "norm"])
def test_an_object_with_another_step_or_order_is_rejected_unless_it_still_proves_the_claim(name):
    found = prove_identity(*TRUE[name], NETWORK)
    changes = 0
    for path, value in parts(found["proof"]):
        for other in (value + 1, -1) if isinstance(value, int) else ("z",):
            changes += rejection({**found, "proof": put(found["proof"], path, other)}) is not None
    assert changes > 5
    for missing in ("steps", "orders"):
        assert rejection({**found, "proof": {**found["proof"], missing: found["proof"][missing][:-1]}}) is not None
    assert rejection({**found, "claim": {**found["claim"], "left": found["claim"]["right"] + " + 1"}}) is not None
    assert rejection({**found, "claim": {**found["claim"], "kind": "relation"}}) == "the kind of the claim"


def test_a_summed_letter_of_a_fact_must_occur_nowhere_else():
    claim = {
        "kind": "identity",
        "sizes": ["m", "d"],
        "tensors": {"x": ["d"], "W": ["m", "d"]},
        "facts": ["x_k*x_k = d"],
        "free": "i",
    }
    claim |= {"forms": {"long": "x_k*x_k*W_ik", "short": "d*W_ik"}, "left": "long", "right": "short"}
    node = {"rule": "steps", "steps": [[0, 0, {"k": 0}]], "orders": [[1], [0]]}
    assert rejection({"claim": claim, "proof": node}) == "a summed letter that occurs elsewhere"


@pytest.mark.parametrize(
    ("forms", "facts"),
    [
        ({"u": "a_i/(m - 1)", "v": "a_i/(m - 1)"}, []),
        ({"u": "a_i/y", "v": "a_i/y"}, []),
        ({"u": "a_ik", "v": "a_ik"}, []),
        ({"u": "W_ik*x_i", "v": "W_ik*x_i"}, []),
        ({"u": "sqrt(y)", "v": "sqrt(y)"}, []),
        ({"u": "2.0*a_i", "v": "2.0*a_i"}, []),
        ({"u": "b_i*a_i", "v": "b_i*a_i"}, []),
        ({"u": "c*a_i", "v": "c*a_i"}, []),
        ({"u": "a_i", "v": "0*a_i"}, ["2*a_i = 0"]),
    ],
)
def test_what_a_form_may_not_say_is_rejected_even_where_both_sides_agree(forms, facts):
    tensors = {"a": ["m"], "W": ["m", "d"], "x": ["d"]}
    claim = {"kind": "identity", "sizes": ["m", "d"], "tensors": tensors, "facts": facts, "free": "", "forms": forms}
    node = {"rule": "steps", "steps": [], "orders": [[0], [1]]}
    assert rejection({"claim": {**claim, "left": "u", "right": "v"}, "proof": node}) is not None
