"""What decides a verdict decides identity: models by all they hold, random variables by form and law too."""

import pickle
from dataclasses import dataclass, replace

import cloudpickle
import pytest
from flint import arb
from sympy import Integer, Rational
from whp.checks import Engine, Grid, check, check_all
from whp.theory import RV, Claim, E, Event, Form, Link, Model, P, Source, Statement, Tensor, size, sizes
from whp.theory.language.models import model_of
from whp.theory.laws.elementary import NormalLaw

k, r = sizes("k r")


def fair(p):
    return Integer(1) if p == 0 else Rational(1, 2)


def unfair(p):
    return Integer(1) if p == 0 else Rational(1, 3)


def together(powers):
    return Rational(1, 2)


def apart(powers):
    return Rational(1, 4)


def narrow(cell):
    return NormalLaw(arb(1))


def broad(cell):
    return NormalLaw(arb(100))


@dataclass(frozen=True)
class Scaled:
    """A law given by its variance: two of the same variance are one."""

    variance: int

    def __call__(self, cell):
        return NormalLaw(arb(self.variance))


COIN = Model("coin", (k,), "coins", (Tensor("b", (k,), fair, group="g"),), {"g": together}, None, "paper")
HEADS = Form.parse("b_i")

OTHERS = {
    "name": replace(COIN, name="other"),
    "sizes": replace(COIN, sizes=(k, r)),
    "tensors": replace(COIN, tensors=()),
    "shape": replace(COIN, tensors=(Tensor("b", (2 * k,), fair, group="g"),)),
    "moment": replace(COIN, tensors=(Tensor("b", (k,), unfair, group="g"),)),
    "variance": replace(COIN, tensors=(Tensor("b", (k,), fair, group="g", variance=Integer(1)),)),
    "joint": replace(COIN, joint={"g": apart}),
    "samples": replace(COIN, samples=k),
    "paper": replace(COIN, paper="another"),
    "least size": replace(COIN, sizes=(size("k", 2),)),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_model_with_something_else_is_another_model_and_so_are_its_variables(what):
    other = OTHERS[what]
    assert other != COIN
    assert RV("X", other, "X", HEADS) != RV("X", COIN, "X", HEADS)
    assert RV("X", replace(other), "X", HEADS) == RV("X", other, "X", HEADS)


def test_a_model_with_another_joint_law_has_an_engine_of_its_own():
    toss = Engine(lambda *_: None, {})
    assert OTHERS["joint"] not in {COIN: toss}


VARIABLES = [
    RV("X", COIN, "X"),
    RV("X", COIN, "X", HEADS),
    RV("X", COIN, "X", Form.parse("b_i b_i")),
    RV("X", COIN, "X", law=narrow),
    RV("X", COIN, "X", law=broad),
    RV("X", COIN, "X", HEADS, narrow),
    RV("X", COIN, "Y"),
    RV("Y", COIN, "X"),
]


def test_variables_of_one_name_with_other_forms_or_laws_are_different():
    assert len(set(VARIABLES)) == len(VARIABLES)
    for i, one in enumerate(VARIABLES):
        for j, other in enumerate(VARIABLES):
            assert (one == other) == (i == j)
            assert (one - other == 0) == (i == j)


def test_laws_of_equal_content_make_equal_variables():
    assert RV("X", COIN, "X", law=Scaled(4)) == RV("X", COIN, "X", law=Scaled(4))
    assert RV("X", COIN, "X", law=Scaled(4)) != RV("X", COIN, "X", law=Scaled(5))


# What a module defines by name is found by name again.
@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_a_pickle_keeps_models_and_variables_equal(dumps):
    for model in (COIN, *OTHERS.values()):
        assert pickle.loads(dumps(model)) == model
    for rv in (*VARIABLES, RV("X", COIN, "X", law=Scaled(4))):
        back = pickle.loads(dumps(rv))
        assert back == rv
        assert hash(back) == hash(rv)
        assert back - rv == 0
    event = Event(VARIABLES[4], ">", k)
    assert pickle.loads(dumps(P(event))) == P(event) != P(Event(VARIABLES[3], ">", k))


def test_a_model_that_travels_by_value_meets_its_engine_in_the_same_parcel():
    local = Model("local", (k,), "", (Tensor("b", (k,), lambda p: Integer(1)),))
    model, engines = cloudpickle.loads(cloudpickle.dumps((local, {local: "engine"})))
    assert engines[model] == "engine"


def _tail(rv, key="asked"):
    claim = Claim((Link(P(Event(rv, ">", 2)), "<=", Rational(1, 20)),))
    return Statement(key, "printed", "t", Source("test", "here"), (claim,))


PLAIN = Model("plain", (), "")
# P(N(0, 1) > 2) = 0.0228, P(N(0, 100) > 2) = 0.421.
WITHOUT, NARROW, BROAD = (RV("X", PLAIN, "X", law=law) for law in (None, narrow, broad))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_each_law_has_its_own_verdict_whichever_comes_first(order):
    cases = [(WITHOUT, "undetermined"), (NARROW, "holds")]
    for rv, verdict in (cases[i] for i in order):
        assert check(_tail(rv)).verdict == verdict


def _at(law):
    return RV("X", Model("sized", (k,), ""), "X", law=law)


@pytest.mark.parametrize("laws", [(narrow, broad), (broad, narrow), (Scaled(1), Scaled(100)), (None, broad)])
def test_two_laws_of_one_name_are_judged_each_by_itself(laws):
    expected = {narrow: "holds", broad: "refuted", Scaled(1): "holds", Scaled(100): "refuted", None: "undetermined"}
    grid = Grid({"k": (4,)})
    asked = [_tail(_at(law), f"asked{i}") for i, law in enumerate(laws)]
    assert [str(check(s, grid).verdict) for s in asked] == [expected[law] for law in laws]
    assert [str(result.verdict) for result in check_all(asked, grid)] == [expected[law] for law in laws]


def test_two_laws_of_one_name_in_one_claim_are_two_variables():
    both = Statement(
        "asked", "printed", "t", Source("test", "here"), tuple(_tail(_at(law)).claims[0] for law in (narrow, broad))
    )
    assert [str(link.verdict) for link in check(both, Grid({"k": (4,)})).links] == ["holds", "refuted"]


def test_a_moment_is_that_of_its_own_model():
    for model, verdict in ((COIN, "holds"), (OTHERS["moment"], "refuted")):
        bare = replace(model, tensors=tuple(replace(t, group=None) for t in model.tensors), joint={})
        claim = Claim((Link(E(RV("X", bare, "X", HEADS)), "=", k / 2),))
        assert check(Statement("s", "printed", "t", Source("test", "here"), (claim,))).verdict == verdict


def test_draws_of_two_models_of_one_name_in_one_sweep_are_refused():
    engine = Engine(lambda cell, rng, draws, data: rng.standard_normal(draws), {"X": lambda block: block})
    first, second = Model("same", (k,), "one"), Model("same", (k,), "another")
    asked = [_tail(RV("X", model, "X"), key) for key, model in (("one", first), ("two", second))]
    with pytest.raises(ValueError, match="two different models are called 'same'"):
        check_all(asked, Grid({"k": (4,)}), engines={first: engine, second: engine}, trials=20)


def test_what_is_no_size_is_refused():
    with pytest.raises(TypeError, match=r"must be made by size\(\.\.\.\), found 'k'"):
        Model("wrong", ("k",), "")


def test_a_missing_tensor_is_named_with_those_there_are():
    with pytest.raises(KeyError, match="has no tensor 'c'; it has"):
        COIN.tensor("c")


def test_one_model_of_several_variables_or_none():
    assert model_of(VARIABLES) == COIN
    assert model_of([VARIABLES[0], RV("X", OTHERS["paper"], "X")]) is None
    assert model_of([]) is None
