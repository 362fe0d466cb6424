"""The same proof objects, byte for byte, whatever the order of hashes and whatever was proved before."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from whp.theory.proofs.expressions import names_in

SCRIPT = """
import json
from whp.checks.deciders.theorem import proved_tail
from whp.theory.proofs.tails import prove_tail
from whp.theory.zhang2023.ledger import LEDGER

SIZE = ["1", "oo", "left"]
PAIR = {"family": "masked pair", "n": "m", "p": "1/2", "d": "d", "norm": "S"}
SQUARES = {"family": "chi-square", "dof": "d"}
SUM = {"family": "normal products", "n": "d"}
GOALS = [
    ("X", "<=", "0", "exp(-17*d/100) + exp(-17*m/100)", {"d": SIZE, "m": SIZE}, PAIR),
    ("X", "<=", "0", "exp(-184*d/1000) + exp(-184*m/1000)", {"d": SIZE, "m": SIZE}, PAIR),
    ("Abs(X/d - 1)", ">=", "e", "2*exp(-d*e**2/8)", {"e": ["0", "1", ""], "d": SIZE}, SQUARES),
    ("Abs(X)", ">=", "d/32", "2*exp(-d/2060)", {"d": SIZE}, SUM),
]


def found():
    for value, relation, at, bound, domain, law in GOALS:
        yield prove_tail({"value": value, "relation": relation, "bound": at}, "<=", bound, domain, {"X": law})
    yield proved_tail(LEDGER["chebyshev.union"][0], LEDGER["chebyshev.union"][0].links[0])


for _ in range(2):
    print(json.dumps([proof and proof.to_json() for proof in found()]))
"""


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """What a fresh process prints for each order of hashes: a line before anything was proved, and one after it."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    lines = [line for run in runs for line in run.communicate()[0].splitlines()]
    assert [run.returncode for run in runs] == [0, 0]
    return lines


@pytest.mark.slow
def test_proofs_are_the_same_in_any_order_of_hashes_and_after_others(printed: list[str]) -> None:
    assert len(printed) == 4
    assert len(set(printed)) == 1
    assert [proof is None for proof in json.loads(printed[0])] == [False, True, False, False, False]


def test_the_names_in_texts_do_not_depend_on_where_their_trees_lie() -> None:
    """A freed node's place is taken by the next text's: its name was once lost in one call of ten."""
    texts = "(exp(-17 * m / 100))", "(exp(-17 * d / 100) + exp(-17 * m / 100))"
    assert all(names_in(*texts) == {"d", "m"} for _ in range(400))
    assert names_in("exp(x)*Phi(pi*E)", "log") == {"x", "log"}
