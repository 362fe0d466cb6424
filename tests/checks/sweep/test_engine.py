"""Engines that load when they are asked for, and what of them does not fit their paper."""

from __future__ import annotations

from importlib import import_module

import pytest
from whp.checks import Engine, Engines, Paper, Reference
from whp.theory import RV, Claim, Event, Ledger, Link, Model, P, Source, Statement, size

K = size("k")
COIN = Model("coin", (K,), "a coin")
TOSS = Engine(lambda cell, rng, size, data: rng.integers(0, 2, size), {"heads": lambda block: block})


def ledger(name: str) -> Ledger:
    claim = Claim((Link(P(Event(RV(name, COIN, "X"), "<=", 0)), "<=", 1 / K),))
    return Ledger([Statement("lem1", "printed", "", Source("me", "p. 1"), (claim,))])


def test_engines_load_once_and_when_they_are_asked_for() -> None:
    loaded: list[str] = []

    def load() -> Engines:
        loaded.append("now")
        return Engines({COIN: TOSS})

    paper = Paper("me2031", Reference("me"), ledger("heads"), Engines.later(load))
    assert loaded == []
    assert paper.engines[COIN] is TOSS
    assert (len(paper.engines), loaded) == (1, ["now"])


def test_what_does_not_fit_is_said_when_the_paper_is_made_or_its_engines_load() -> None:
    words = "me2031, lem1: the engine of model 'coin' has no measure 'tails'; the nearest is 'heads'"
    with pytest.raises(ValueError, match=words):
        Paper("me2031", Reference("me"), ledger("tails"), Engines({COIN: TOSS}))
    paper = Paper("me2031", Reference("me"), ledger("tails"), Engines.later(lambda: Engines({COIN: TOSS})))
    with pytest.raises(ValueError, match=words):
        list(paper.engines)
    with pytest.raises(ValueError, match="the engines cannot be loaded: No module named"):
        list(Engines.later(lambda: import_module("no_such_module_at_all").ENGINES))
