"""Exact instances come at every size of the engine, with listed values and labels in their places."""

import numpy as np
from whp.checks import Engine
from whp.checks.deciders.instances import exact_instances, largest_instance
from whp.theory import RV, Form, Link, Model, Tensor, real, size

k, label = size("k"), real("y")
LABELLED = Model("labelled", (k,), "", (Tensor("v", (k,)), Tensor("y", (), values=(1, -1)), Tensor("t", ())))
X = RV("x", LABELLED, "x", Form.parse("y v_i"))
t = real("t")


def _instance(cell, rng):
    v = np.array([int(x) for x in rng.integers(1, 2**31, cell["k"])], dtype=object)
    return {"v": v, "y": np.array(7, dtype=object), "t": np.array(7, dtype=object)}


ENGINE = Engine(lambda *_: None, {}, instance=_instance, instances=({"k": 2}, {"k": 3}, {"k": 5}))


def test_there_is_one_instance_for_each_size_and_a_label_takes_its_values_in_turn(question):
    asked = question(Link(X, "=", X), engines={LABELLED: ENGINE})
    found = list(exact_instances(asked, LABELLED))
    assert [i.cell for i in found] == [{"k": 2}, {"k": 3}, {"k": 5}]
    assert [len(i.tensors["v"]) for i in found] == [2, 3, 5]
    assert [i.tensors["y"].item() for i in found] == [1, -1, 1]
    assert largest_instance(asked, LABELLED) == ({"k": 5}, 3)


def test_listed_values_take_the_place_of_a_tensor_of_their_name(question):
    asked = question(Link(t * X, "=", X), engines={LABELLED: ENGINE}, points=({t: 2}, {t: -3}))
    listed = list(exact_instances(asked, LABELLED, points=True))
    assert [i.tensors["t"].item() for i in listed] == [2, -3] * 3
    assert listed[1].cell == {"k": 2, "t": -3}
    assert [i.tensors["t"].item() for i in exact_instances(asked, LABELLED)] == [7] * 3


def test_instances_hang_on_the_seed_alone(question):
    first, again, other = (
        [
            i.tensors["v"].tolist()
            for i in exact_instances(question(Link(X, "=", X), seed=s, engines={LABELLED: ENGINE}), LABELLED)
        ]
        for s in (0, 0, 1)
    )
    assert first == again != other


def test_a_model_without_an_engine_or_whose_engine_has_none_has_no_instances(question):
    blind = Engine(lambda *_: None, {})
    assert list(exact_instances(question(Link(X, "=", X)), LABELLED)) == []
    assert list(exact_instances(question(Link(X, "=", X), engines={LABELLED: blind}), LABELLED)) == []
