"""What a run took is told by statement and part of the work."""

from whp.checks.sweep.store import Spent, Store
from whp.checks.verify import tasks
from whp.checks.verify.check import check_all
from whp.checks.verify.costs import DRAWS, cost_rows, costs
from whp.theory import ChiSquare, Normal, P, claim, size


def test_pieces_are_told_by_statement_and_part():
    d = size("d")
    proved = claim(P(ChiSquare(d) >= 2 * d) <= 1, key="proved", source="me")
    drawn = claim(P(Normal(0, 1) + Normal(0, 1) ** 3 > 2) <= 1 / d, key="drawn", source="me")
    with Store(None, {}) as store:
        check_all([proved, drawn], store=store, trials=50)
        found = costs([proved, drawn], store.spent())
    assert {*found} == {"proved printed", "drawn printed", DRAWS}
    assert {*found["proved printed"]} >= {"whole domain"}
    assert {*found[DRAWS]} == {DRAWS}
    assert all(seconds >= 0 for parts in found.values() for seconds in parts.values())


def test_what_is_of_no_statement_at_hand_keeps_its_name():
    found = costs([], [("me/lost/printed/0", Spent("DomainTask", 1.5)), ("me/lost/printed/0", Spent("Other", 0.25))])
    assert found == {"me/lost/printed/0": {"whole domain": 1.5, "Other": 0.25}}


def test_every_part_of_the_work_is_told_in_words():
    kinds = [name for name in tasks.__all__ if name.endswith("Task")]
    found = costs([], [(name, Spent(name, 1.0)) for name in kinds])
    assert len(kinds) > 9
    assert [part for parts in found.values() for part in parts if part.endswith("Task")] == []


def test_the_most_expensive_statement_stands_first_and_the_sum_last():
    rows = cost_rows({"a": {"whole domain": 0.01}, "b": {"small cells": 2.0, DRAWS: 0.04}, "c": {DRAWS: 3.0}})
    assert rows == [
        ("c", "3.0", "draws 3.0"),
        ("b", "2.0", "small cells 2.0"),
        ("all", "5.0", "draws 3.0, small cells 2.0"),
    ]
