"""A question as a decider gets it, without a sweep; and draws made by hand."""

import numpy as np
import pytest
from whp.checks import Engines
from whp.checks.deciders.question import Question
from whp.checks.sweep.draws import Drawn, Draws
from whp.theory import Claim, Source, Statement


def _question(link, *, cells=(), draws=None, engines=None, alpha=1e-6, seed=0, exists=(), regime=None, **fields):
    claim = Claim((link,), exists=exists, regime=regime)
    statement = Statement("asked", "printed", "what is asked", Source("test", "here"), (claim,), **fields)
    return Question(statement, claim, link, tuple(cells), alpha, seed, Engines(engines or {}), draws or Draws())


def _drawn(*blocks):
    made = []
    for rv, cell, values in blocks:
        array = np.asarray(values, dtype=float).reshape(len(values), -1)
        parts = {"first": array[:, 0], "least": array.min(axis=1), "largest": array.max(axis=1)}
        made.append((rv.model, cell, rv.name, Drawn({f"{rv.name}/{part}": found for part, found in parts.items()})))
    return Draws(made)


@pytest.fixture(scope="session")
def question():
    """``question(link, cells=..., draws=..., ...)``; what is left are fields of the statement."""
    return _question


@pytest.fixture(scope="session")
def drawn():
    """``drawn((rv, cell, values), ...)`` with values of shape (draws,) or (draws, samples)."""
    return _drawn
