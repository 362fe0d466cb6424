"""Expensive cells get fewer trials, and draws are found again by their random variable and cell."""

import numpy as np
import pytest
from whp.checks import Engine
from whp.checks.sweep.draws import BUDGET, Drawn, Draws, DrawTask, trials_for
from whp.theory import RV, Model, sizes

k, r = sizes("k r")
WALK = Model("walk", (k, r), "a walk")
COSTLY = Engine(
    lambda cell, rng, draws, data: rng.standard_normal((draws, cell["k"])).sum(axis=1),
    {"end": lambda block: block, "ends": lambda block: np.stack([block, -block], axis=1)},
    lambda cell: 64,
    cost=lambda cell: float(cell["k"] * cell["r"]),
)


def test_expensive_cells_get_fewer_trials():
    cheap, middle, dear = {"k": 16, "r": 16}, {"k": 10**6, "r": 10**3}, {"k": 10**9, "r": 10**9}
    assert trials_for(COSTLY, cheap, 1000) == 1000
    assert trials_for(COSTLY, dear, 1000) == 32
    assert trials_for(COSTLY, dear, 7) == 7
    assert trials_for(COSTLY, middle, 10**6) == int(BUDGET / COSTLY.cost(middle)) == 100


def _task(trials, seed=0, label="walk/8"):
    return DrawTask("a name in the store", label, COSTLY, {"k": 8, "r": 1}, None, trials, seed)


def test_a_task_keeps_the_first_sample_and_the_extremes_over_the_samples():
    drawn = _task(100).read(_task(100).run())
    end, ends = drawn.of("end"), drawn.of("ends")
    assert end.first.shape == (100,)
    assert np.array_equal(end.first, end.least)
    assert np.array_equal(ends.largest, np.abs(end.first))
    assert np.array_equal(ends.least, -np.abs(end.first))
    assert drawn.summary("end")["nonpositive"] == np.count_nonzero(end.first <= 0)
    assert drawn.summary("ends")["some_nonpositive"] == 100


def test_streams_hang_on_label_and_seed_and_more_trials_begin_with_the_fewer():
    first = _task(64).run()["end/first"]
    assert np.array_equal(_task(200).run()["end/first"][:64], first)
    assert not np.array_equal(_task(64, seed=1).run()["end/first"], first)
    assert not np.array_equal(_task(64, label="walk/9").run()["end/first"], first)


@pytest.fixture
def draws():
    made = [(WALK, {"k": size}, "end", Drawn({"end/first": np.full(3, float(size))})) for size in (1, 2)]
    return Draws(made)


def test_draws_are_found_by_the_sizes_they_were_made_at(draws):
    end = RV("end", WALK, "X_k")
    assert [float(found.first[0]) for found in draws.at(end, {"k": 2, "r": 9})] == [2.0]
    assert draws.at(end, {"k": 3}) == ()
    # A cell that does not name a size is met by the draws at each of its values.
    assert len(draws.at(end, {"r": 9})) == 2


def test_draws_of_another_model_or_name_are_not_taken(draws):
    other = Model("walk", (k, r), "a walk", paper="another")
    assert draws.at(RV("end", other, "X_k"), {"k": 2}) == ()
    assert draws.at(RV("start", WALK, "X_0"), {"k": 2}) == ()
