"""Laws and moments of index sums for all sizes: what is proved, what is not, and what the referee rejects."""

import copy
import json

import pytest
from sympy import Integer, Rational, Symbol, sqrt
from whp.theory import RV, E, Form, Law, Model, Tensor, Var, sizes
from whp.theory.language.heads import Binomial, ChiSquare, Normal
from whp.theory.laws.moments import bernoulli_moment, gaussian_moment, half_space_moment, symmetric_moment
from whp.theory.proofs.identities_laws import prove_law, prove_moment
from whp.theory.proofs.referee_identities import rejection

m, d = sizes("m d")
mu = Symbol("mu", positive=True)
HALF = Rational(1, 2)
TENSORS = (
    Tensor("W", (m, d), gaussian_moment(1 / d), variance=1 / d),
    Tensor("V", (m, d), gaussian_moment(1 / d), variance=1 / d),
    Tensor("Z", (m, d - 1), gaussian_moment(1 / d), variance=1 / d),
    Tensor("a", (m,), gaussian_moment(1 / m), variance=1 / m),
    Tensor("b", (m,), symmetric_moment(1 / m, mu)),
    Tensor("x", (d,), of=()),
    Tensor("h", (m,), of=("W", "x")),
    Tensor("D", (m,), marks="h"),
    Tensor("M", (m,), bernoulli_moment(HALF)),
    Tensor("N", (m,), of=("M",)),
    Tensor("Pi", (d, d), of=()),
    Tensor("U", (d, d - 1), of=()),
    Tensor("T", (m, d)),
)
FACTS = (
    "h_i = W_ik*x_k",
    "D_i*D_i = D_i",
    "M_i*M_i = M_i",
    "N_i = I_i - M_i",
    "x_k*x_k = d",
    "Pi_kl = Pi_lk",
    "Pi_kl*Pi_lj = Pi_kj",
    "Pi_kl*x_l = 0",
    "Pi_kk = d - 1",
    "U_kp*U_lp = Pi_kl",
    "U_kp*U_kq = I_pq",
    "x_k*U_kp = 0",
)
NET = Model("net", (m, d), "", TENSORS, identities=FACTS)
k, P, N, R = (Symbol(name, nonnegative=True) for name in "kPNR")
Z = Symbol("Z", real=True)


def scalar(value, dof=d, part=m - k, chance=HALF):
    drawn = ((k, Binomial(m, chance)), (P, ChiSquare(1 / m, k)), (N, ChiSquare(1 / m, part)))
    laws = (*drawn, (R, ChiSquare(1, dof)), (Z, Normal(0, 1)))
    return RV("q", Model("scalars", (m, d), "", scalars=laws, values={"q": value}), "q")


def rv(text, free="", name="X", scale=1, net=NET):
    return RV(name, net, name, Form.parse(text, free=free, coefficient=scale))


a, mask, hidden, rows = (
    rv("a_i", "i", "a"),
    rv("M_i", "i", "mask"),
    rv("W_ik x_k", "i", "hidden"),
    rv("W_ik", "ik", "W"),
)
on2, off2, h2, x2 = rv("a_i M_i a_i"), rv("a_i N_i a_i", name="off"), rv("h_i h_i", name="h2"), rv("x_k x_k", name="x2")
on, off = rv("W_ik M_i a_i", "k", "on"), rv("W_ik N_i a_i", "k", "off")
MARGIN = "a_i W_ik W_jk D_j a_j"
VALUE = P * R / d + sqrt(P * N * R) * Z / d
TRUE = {
    "linear": (rv("a_i h_i"), Normal(0, h2 / m), (hidden,)),
    "masked linear": (rv("a_i D_i h_i"), Normal(0, rv("h_i D_i h_i", name="n") / m), (hidden,)),
    "entries": (on, Normal(0, on2 / d), (mask, a)),
    "an image of rows": (rv("W_ik x_k", "i"), Normal(0, x2 / d), ()),
    "disjoint masks": ((off, on), (off, rv("V_ik M_i a_i", "k")), (mask, a)),
    "fresh across x": ((rv("W_ik Pi_kl", "il"), hidden), (rv("V_ik Pi_kl", "il"), hidden), ()),
    "basis": ((rv("W_ik U_kp", "ip"), hidden, a), (rv("Z_ip", "ip"), hidden, a), ()),
    "chi-square": (rv("a_i a_i"), ChiSquare(1 / m, m), ()),
    "image": (rv("a_i M_i W_ik W_jk M_j a_j"), ChiSquare(on2 / d, d), (mask, a)),
    "projected": (rv("a_i W_ik Pi_kl W_jl a_j"), ChiSquare(rv("a_i a_i") / d, d - 1), (a,)),
    "count": (rv("M_i"), Binomial(m, HALF), ()),
    "margin": (rv(MARGIN), scalar(VALUE), ()),
    "margin of coins": (rv("a_i W_ik W_jk M_j a_j"), scalar(VALUE), ()),
    "projected margin": (rv("a_i W_ik Pi_kl W_jl D_j a_j"), scalar(VALUE, d - 1), ()),
}
FALSE = {
    "twice the variance": (rv("a_i h_i"), Normal(0, 2 * h2 / m), (hidden,)),
    "d for m": (rv("a_i h_i"), Normal(0, h2 / d), (hidden,)),
    "a mean": (rv("a_i h_i"), Normal(1, h2 / m), (hidden,)),
    "the mask dropped": (rv("a_i D_i h_i"), Normal(0, h2 / m), (hidden,)),
    "the other mask": (on, Normal(0, off2 / d), (mask, a)),
    "nothing given": (on, Normal(0, on2 / d), ()),
    "only the mask given": (on, Normal(0, on2 / d), (mask,)),
    "what is given is not fixed by it": (rv("a_i D_i h_i"), Normal(0, rv("h_i D_i h_i", name="n") / m), (mask,)),
    "rows that are observed": (rv("W_ik a_i", "k"), Normal(0, rv("a_i a_i") / d), (hidden, a)),
    "the same mask": ((on, on), (on, rv("V_ik M_i a_i", "k")), (mask, a)),
    "not projected": ((rows, hidden), (rv("V_ik", "ik"), hidden), ()),
    "projected on one side": ((rv("W_ik Pi_kl", "il"), hidden), (rv("V_il", "il"), hidden), ()),
    "another size": ((rv("W_ik Pi_kl", "il"),), (rv("Z_ip", "ip"),), ()),
    "a sign": ((rv("W_ik", "ik"), rows), (rv("W_ik", "ik", scale=-1, name="minus"), rows), ()),
    "a tensor of which nothing is said": (rv("T_ik", "ik"), (rv("W_ik", "ik"),), ()),
    "dof m - 1": (rv("a_i a_i"), ChiSquare(1 / m, m - 1), ()),
    "dof m": (rv("a_i M_i W_ik W_jk M_j a_j"), ChiSquare(on2 / d, m), (mask, a)),
    "scale d": (rv("a_i a_i"), ChiSquare(1 / d, m), ()),
    "rank d": (rv("a_i W_ik Pi_kl W_jl a_j"), ChiSquare(rv("a_i a_i") / d, d), (a,)),
    "no square": (rv(MARGIN), ChiSquare(on2 / d, d), (mask, a)),
    "a chance of a third": (rv("M_i"), Binomial(m, Rational(1, 3)), ()),
    "d entries": (rv("M_i"), Binomial(d, HALF), ()),
    "a count of marks that depend": (rv("D_i"), Binomial(m, HALF), ()),
    "a square counted": (rv("M_i M_j"), Binomial(m, HALF), ()),
    "the margin with m": (rv(MARGIN), scalar(VALUE, m), ()),
    "the margin with a sign": (rv(MARGIN), scalar(-P * R / d + sqrt(P * N * R) * Z / d), ()),
    "the margin with N for P": (rv(MARGIN), scalar(N * R / d + sqrt(P * N * R) * Z / d), ()),
    "twice the margin": (rv(MARGIN, scale=2), scalar(VALUE), ()),
    "the margin of all neurons": (rv(MARGIN), scalar(VALUE, part=m), ()),
    "an uneven coin": (rv(MARGIN), scalar(VALUE, chance=Rational(1, 3)), ()),
    "unprojected": (rv("a_i W_ik Pi_kl W_jl D_j a_j"), scalar(VALUE, d), ()),
    "an odd sign": (rv("W_ik D_i", "k"), (rv("W_ik M_i", "k"),), ()),
    "no readout": (rv("W_ik W_ik D_i"), (rv("W_ik W_ik M_i"),), ()),
    "the mask's own readout": (rv("a_i D_i h_i"), (rv("a_i M_i h_i"),), ()),
    "half of the signs": (rv("a_i a_i W_ik D_i x_k"), (rv("a_i a_i W_ik M_i x_k"),), ()),
}


def proved(case):
    left, right, given = case
    left = Law(*left) if isinstance(left, tuple) else Law(left)
    right = Law(*right) if isinstance(right, tuple) else Law(right) if isinstance(right, RV) else right
    return prove_law(left, right, given)


@pytest.mark.parametrize("name", TRUE)
def test_a_true_law_is_proved_and_its_object_accepted_as_a_file(name):
    found = proved(TRUE[name])
    assert found is not None
    assert rejection(json.loads(json.dumps(found))) is None


def test_rows_times_a_unit_vector_have_the_law_of_a_readout_only_where_the_variances_agree():
    same = Model(
        "same", (m, d), "", (*TENSORS[:3], Tensor("a", (m,), variance=Integer(1)), *TENSORS[4:]), identities=FACTS
    )
    assert prove_law(Law(rv("W_ik x_k", "i", net=same)), Law(rv("a_i", "i", net=same))) is not None
    assert prove_law(Law(rv("W_ik x_k", "i")), Law(rv("a_i", "i"))) is None


@pytest.mark.parametrize("name", FALSE)
def test_a_false_or_unsupported_law_is_not_proved(name):
    assert proved(FALSE[name]) is None


@pytest.mark.parametrize("missing", ["x_k*x_k = d", "h_i = W_ik*x_k", "D_i*D_i = D_i"])
def test_the_margin_needs_every_fact_about_its_mask(missing):
    bare = Model("bare", (m, d), "", TENSORS, identities=tuple(f for f in FACTS if f != missing))
    assert prove_law(Law(rv(MARGIN, net=bare)), Law(scalar(VALUE))) is None


def test_a_mask_of_something_else_or_rows_that_are_not_normal_keep_the_margin_open():
    for old, new in (("D", Tensor("D", (m,), marks="a")), ("W", Tensor("W", (m, d))), ("x", Tensor("x", (d,)))):
        other = Model("other", (m, d), "", tuple(new if t.name == old else t for t in TENSORS), identities=FACTS)
        assert prove_law(Law(rv(MARGIN, net=other)), Law(scalar(VALUE))) is None


r, s = sizes("r s")
OBSERVED = (
    Tensor("X", (m, d), variance=Integer(1)),
    Tensor("Y", (m, d), variance=Integer(1)),
    Tensor("A", (r, m), of=()),
    Tensor("AX", (r, d), of=("A", "X")),
    Tensor("B", (d, s), of=("AX",)),
    Tensor("P", (m, m), of=()),
    Tensor("Q", (m, m), of=()),
    Tensor("R", (d, d), of=("B",)),
    Tensor("S", (d, d), of=("B",)),
)
SEEN = (
    "AX_pj = A_pi*X_ij",
    "P_ij = P_ji",
    "P_ij*P_jk = P_ik",
    "R_ij = R_ji",
    "R_ij*R_jk = R_ik",
    "A_pi*P_ij = A_pj",
    "R_ij*B_jq = B_iq",
    "Q_ij = I_ij - P_ij",
    "S_ij = I_ij - R_ij",
)


def conditioned(*parts, tensors=OBSERVED, facts=SEEN):
    net = Model("observed", (m, d), "", tensors, identities=facts)
    form = Form.parse(parts[0], free="ij")
    for part in parts[1:]:
        form = form + Form.parse(part, free="ij")
    seen = (rv("A_pi X_ij", "pj", "AX", net=net), rv("X_ij B_jq", "iq", "XB", net=net))
    return prove_law(Law(rv("X_ij", "ij", "X", net=net), *seen), Law(RV("Z", net, "Z", form), *seen))


def replaced(name, new):
    return tuple(new if t.name == name else t for t in OBSERVED)


WHOLE = ("Q_ik Y_kl S_lj", "Q_ik X_kl R_lj", "P_ik X_kl S_lj", "P_ik X_kl R_lj")


def test_what_is_not_observed_of_a_normal_matrix_is_a_fresh_copy_although_what_is_asked_depends_on_answers():
    found = conditioned(*WHOLE)
    assert found is not None
    assert found["proof"]["rule"] == "fresh"
    assert rejection(json.loads(json.dumps(found))) is None
    assert conditioned("Q_ik Y_kl S_lj", "Q_ik X_kl R_lj", "P_ik X_kj") is not None


@pytest.mark.parametrize(
    "parts",
    [
        WHOLE[:3],
        WHOLE[1:],
        ("Y_kl S_lj Q_ik", *WHOLE[2:]),
        ("Q_ik Y_kl R_lj", "Q_ik X_kl S_lj", *WHOLE[2:]),
        ("P_ik Y_kl S_lj", "Q_ik X_kl R_lj", "Q_ik X_kl S_lj", "P_ik X_kl R_lj"),
        ("Y_ij",),
        ("Q_ik Y_kj", "P_ik X_kj"),
    ],
)
def test_another_combination_of_observed_and_fresh_parts_is_not_proved(parts):
    assert conditioned(*parts) is None


def test_a_question_that_depends_on_more_than_the_answers_is_not_covered():
    assert conditioned(*WHOLE, tensors=replaced("B", Tensor("B", (d, s), of=("X",)))) is None
    assert conditioned(*WHOLE, tensors=replaced("B", Tensor("B", (d, s), of=("AX", "X")))) is None
    assert conditioned(*WHOLE, tensors=replaced("B", Tensor("B", (d, s)))) is None
    assert conditioned(*WHOLE, tensors=replaced("A", Tensor("A", (r, m), of=("X",)))) is None
    assert conditioned(*WHOLE, facts=tuple(f for f in SEEN if f != "A_pi*P_ij = A_pj")) is None
    assert conditioned(*WHOLE, facts=tuple(f for f in SEEN if f != "R_ij*B_jq = B_iq")) is None


COINS = "a_i W_ik W_jk M_j a_j"
MEANS = {
    "margin": (E(rv(COINS)), HALF),
    "variance": (Var(rv(COINS)), Rational(5, 4) / m + Rational(3, 4) / d + Rational(9, 4) / (m * d)),
    "fourth": (E(rv("a_i a_i") ** 2), 1 + 2 / m),
    "kurtosis": (Var(rv("b_i b_i")), (mu - 1) / m),
    "mask": (Var(rv("M_i")), m / Integer(4)),
    "two": (E(rv("a_i a_i") * rv("M_i", name="Y")), m / Integer(2)),
    "odd": (E(rv("a_i b_i M_i")), Integer(0)),
}
NOT_MEANS = {
    "printed": (Var(rv(COINS)), Rational(5, 4) / m + 1 / d + 2 / (m * d)),
    "m and d exchanged": (Var(rv(COINS)), Rational(5, 4) / d + Rational(3, 4) / m + Rational(9, 4) / (m * d)),
    "mean": (E(rv(COINS)), Integer(1)),
    "normal kurtosis": (Var(rv("b_i b_i")), 2 / m),
    "dependent": (E(rv("a_i D_i W_ik W_ik a_i")), HALF),
    "function": (E(rv("N_i")), m / Integer(2)),
    "order six": (E(rv("b_i b_i") ** 3), Integer(1)),
}


@pytest.mark.parametrize("name", MEANS)
def test_a_true_moment_is_proved(name):
    found = prove_moment(*MEANS[name], NET)
    assert found is not None
    assert rejection(json.loads(json.dumps(found))) is None


@pytest.mark.parametrize("name", NOT_MEANS)
def test_a_false_or_unsupported_moment_is_not_proved(name):
    assert prove_moment(*NOT_MEANS[name], NET) is None


def half_space(*tensors):
    joint = {"half-space": half_space_moment("h", "D")}
    group = (Tensor("h", (m,), group="half-space"), Tensor("D", (m,), group="half-space"))
    return Model("half", (m, d), "", (*group, *TENSORS[3:5], *tensors), joint=joint)


def test_a_mask_halves_even_powers_of_what_it_marks_and_odd_ones_are_left_open():
    half = half_space()
    assert prove_moment(E(rv("h_i h_i D_i", net=half)), m / Integer(2), half) is not None
    assert prove_moment(Var(rv("h_i h_i D_i b_i", net=half)), Rational(3, 2), half) is not None
    assert prove_moment(E(rv("h_i D_i a_i", net=half)), Integer(0), half) is not None
    assert prove_moment(E(rv("h_i D_i", net=half)), Integer(0), half) is None
    assert prove_moment(E(rv("h_i D_i h_j", net=half)), Integer(0), half) is None
    twice = half_space(Tensor("C", (m,), marks="h"))
    assert prove_moment(E(rv("C_i D_i", net=twice)), m / Integer(4), twice) is None


def parts(tree, path=()):
    if isinstance(tree, dict | list) and tree:
        for key, inner in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
            yield from parts(inner, (*path, key))
    elif isinstance(tree, int | str):
        yield path, tree


def put(tree, path, value):
    out = copy.deepcopy(tree)
    spot = out
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return out


OTHER_LAWS = ("1/m", "1/d", "2/d", "k", "m", "d", "n", "W", "V", "a", "b", "D", "M", "x", "h")


@pytest.mark.parametrize("name", ["linear", "basis", "projected", "count", "margin"])
def test_a_claim_with_another_law_size_or_tensor_is_rejected(name):
    found = proved(TRUE[name])
    tried = 0
    for path, value in parts({"right": found["claim"]["right"], "entries": found["claim"]["entries"]}):
        for other in OTHER_LAWS if isinstance(value, str) else ():
            broken = put(found, ("claim", *path), other)
            # A claim with other entries may be true; it is not this one, and the mean and the law stay bound to it.
            if path[0] == "right" and other != value and rejection(broken) is None:
                raise AssertionError(f"{path}: {value} -> {other}")
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("name", ["linear", "image", "basis", "margin", "projected margin"])
def test_a_proof_with_another_word_or_number_is_rejected_unless_it_still_proves_the_claim(name):
    found = proved(TRUE[name])
    rejected = kept = 0
    for path, value in parts(found["proof"]):
        for other in (value + 1, value - 1) if isinstance(value, int) else ("a", "W", "d", "1/m", "W_ik*a_i"):
            if rejection({**found, "proof": put(found["proof"], path, other)}) is None:
                kept += other != value
            else:
                rejected += 1
    assert rejected > 10
    assert kept <= rejected / 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("given", []),
        ("given", ["M"]),
        ("left", ["X", "X"]),
        ("kind", "identity"),
        ("kind", "moment"),
        ("facts", []),
        ("sizes", []),
    ],
)
def test_a_claim_with_less_given_or_known_is_rejected(key, value):
    found = proved(TRUE["image"])
    assert rejection({**found, "claim": {**found["claim"], key: value}}) is not None
