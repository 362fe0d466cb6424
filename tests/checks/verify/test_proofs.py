"""Proofs of whole statements, constants that exist among them, and their files beside a run."""

from __future__ import annotations

import json

import pytest
from sympy import Rational, exp
from whp.checks.paper import load_paper
from whp.checks.sweep.grid import Grid
from whp.checks.verify.check import check
from whp.checks.verify.proofs import proofs_by_key, prove_all
from whp.checks.verify.run import Run
from whp.theory import ChiSquare, P, constant, size
from whp.theory.language.ledger import Ledger
from whp.theory.language.statements import Claim, Implication, Link, Source, Statement
from whp.theory.proofs.referee_claims import rejection

d = size("d")
c = constant("c")
X = ChiSquare(d)
TAIL = Link(P(2 * d <= X), "<=", exp(-d / 7))
SHARP = Statement("named", "printed", "", Source("me", "p. 1"), (Claim((TAIL,)),))


def unnamed(value, bound=None):
    bound = exp(-c * d) if bound is None else bound
    link = Link(P(2 * d <= X), "<=", bound)
    step = Link(exp(-d / 7), "<=", bound.subs(c, value))
    implication = Implication(by="named", constants={c: value}, steps=(step,))
    return Statement(
        "unnamed", "printed", "", Source("me", "p. 2"), (Claim((link,), exists=(c,)),), implied_by=(implication,)
    )


@pytest.mark.parametrize("value", [Rational(1, 7), exp(-2)])
def test_constants_exist_because_named_ones_are_proved(value):
    s = unnamed(value)
    (found,) = prove_all([s])
    assert rejection(found.proof) is None
    assert found.proof["claim"]["kind"] == "exists"
    result = check(s, Grid({"d": (4,)}), book=Ledger([SHARP, s]))
    assert (str(result.verdict), str(result.evidence)) == ("holds", "proved")
    assert result.proofs[0]["claim"] == found.proof["claim"]


def test_constants_that_are_too_large_are_made_smaller():
    s = unnamed(Rational(1, 3))
    (found,) = prove_all([s])
    assert found.why == "with c = 1/1000"


def test_constants_that_do_not_exist_are_proved_not_to():
    s = unnamed(Rational(1, 7), exp(-c * d**2))
    (found,) = prove_all([s])
    assert found.fails
    assert found.proof["claim"]["kind"] == "fails"
    assert rejection(found.proof) is None
    assert not prove_all([unnamed(Rational(1, 7))])[0].fails


def test_files_are_named_by_keys():
    proven = prove_all([SHARP])
    assert list(proofs_by_key(proven)) == ["named"]


FILE = """
from sympy import exp
from whp.theory import ChiSquare, P, claim, size
d = size("d")
STATEMENTS = [claim(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7), key="twice", source="me")]
"""


def test_a_run_keeps_its_proofs(tmp_path, monkeypatch):
    file = tmp_path / "mine.py"
    file.write_text(FILE, encoding="utf-8")
    paper = load_paper(file)
    run = Run(tmp_path / "run", paper.ledger.statements, paper, Grid({"d": (4,)}), 20, 0, 1)
    run.execute()
    (proof,) = json.loads((run.folder / "proofs" / "twice.json").read_text(encoding="utf-8"))
    assert rejection(proof) is None
    assert (run.folder / "proofs" / "recheck_proof.py").is_file()
    # What is stored is not looked for again.
    monkeypatch.setattr("whp.checks.verify.tasks.settle_domain", lambda question: pytest.fail("searched again"))
    (again,) = run.execute(resume=True)
    assert again.proofs == (proof,)
