"""Expensive cells get fewer trials, looks are pieces of one stream, draws are found again by what they are of."""

from dataclasses import replace

import numpy as np
import pytest
from whp.checks import Engine
from whp.checks.sweep.draws import BUDGET, Drawn, Draws, DrawTask, looks_for, trials_for
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
    assert trials_for(COSTLY, middle, 10**6) == int(BUDGET / COSTLY.cost(middle)) == 90


def _task(trials, seed=0, label="walk/8"):
    return DrawTask("a name in the store", label, COSTLY, {"k": 8, "r": 1}, None, trials, seed, 2)


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


def _pieces(*counts):
    """The pieces of one stream that end at these numbers of draws."""
    sizes = np.diff([0, *counts])
    tasks = [replace(_task(int(now)), earlier=tuple(int(n) for n in sizes[:i])) for i, now in enumerate(sizes)]
    return [task.read(task.run()) for task in tasks]


def test_looks_double_from_a_quarter_of_the_fixed_number_and_stop_at_the_most():
    engine = replace(COSTLY, cost=lambda cell: 1.0)
    assert looks_for(engine, {}, 20_000, 1000).draws == (250, 500, 1000, 2000, 4000, 8000, 16_000, 20_000)
    assert looks_for(engine, {}, 20_000, 1000).base == 3
    assert looks_for(engine, {}, 1000, 50).draws == (50, 100, 200, 400, 800, 1000)
    assert looks_for(engine, {}, 40, 40).draws == (40,)
    assert looks_for(replace(engine, draws_per_trial=1 / 50), {}, 1000, 50).draws == (1, 2, 4, 8, 16, 20)
    dear = looks_for(COSTLY, {"k": 10**9, "r": 10**9}, 20_000, 1000)
    assert (dear.draws, dear.base) == ((32,), 1)


def test_a_longer_run_begins_with_a_shorter_one_and_draws_no_block_twice():
    short, long = Drawn.joined(_pieces(100, 200)), Drawn.joined(_pieces(100, 200, 400))
    assert np.array_equal(long.of("ends").largest[:200], short.of("ends").largest)
    assert len(np.unique(long.of("end").first)) == 400
    assert long.of("end").looks == 1
    assert Drawn.joined(_pieces(100, 200), 2).of("end").looks == 2


def test_the_summary_of_all_looks_is_that_of_all_draws():
    pieces = _pieces(100, 200, 400)
    joined, first = Drawn.joined(pieces), np.concatenate([p.of("end").first for p in pieces])
    found = joined.summary("end")
    assert found["trials"] == 400
    assert found["nonpositive"] == np.count_nonzero(first <= 0)
    assert np.allclose(
        [found[q] for q in ("q05", "median", "q95", "mean", "variance")],
        [*np.quantile(first, [0.05, 0.5, 0.95]), first.mean(), first.var()],
    )
    cut = [Drawn({**p.arrays, "end/first": p.of("end").first[:50]}) for p in pieces]
    assert abs(Drawn.joined(cut).summary("end")["median"] - found["median"]) < 1


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (lambda block: np.where(np.arange(len(block)) == 5, np.nan, block), "gives NaN in draw 106 at k = 8, r = 1"),
        (lambda block: block[:3], r"shape \(3,\) for 50 draws at k = 8, r = 1, from draw 101 on"),
        (lambda block: 1.0, r"shape \(\) for 50 draws"),
        (lambda block: block + 1j, "complex numbers"),
        (lambda block: block[:, None][:, :0], "gives 0 values a draw"),
    ],
)
def test_a_measure_that_gives_no_number_for_a_draw_is_named_with_the_draw_and_the_cell(measure, said):
    task = replace(_task(50), engine=replace(COSTLY, measures={"end": measure}), earlier=(100,))
    with pytest.raises(ValueError, match=f"the measure of 'end' .*{said}"):
        task.run()


def test_the_only_draw_of_a_block_may_come_without_an_axis():
    alone = replace(COSTLY, measures={"end": lambda block: block[0]}, block_size=lambda cell: 1)
    assert replace(_task(3), engine=alone).run()["end/first"].shape == (3,)


def test_a_cost_that_cannot_be_told_is_an_error_of_its_cell():
    broken = replace(COSTLY, cost=lambda cell: 1.0 / (cell["k"] - 8))
    assert trials_for(broken, {"k": 8, "r": 1}, 1000) == 32
    task = replace(_task(3), engine=broken)
    assert task.seconds == 0
    with pytest.raises(ZeroDivisionError):
        task.run()
