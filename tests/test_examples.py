"""The worked examples: theorems that are not this paper's, checked by the same engine."""

import pytest
from repository import ROOT
from whp.checks import Grid, check_all
from whp.checks.paper import load_paper

EXAMPLES = ROOT / "examples"


def _verdicts(name, grid, trials):
    paper = load_paper(EXAMPLES / name)
    results = check_all(paper.ledger.statements, grid, engines=paper.engines, book=paper.ledger, trials=trials)
    return {(r.statement.key, r.statement.form): (str(r.verdict), str(r.evidence)) for r in results}


def test_the_lecture_note_constant_is_refuted_and_the_cubic_form_certified():
    grid = Grid({"d": (8, 64, 128)})
    found = _verdicts("gaussian_norm.py", grid, trials=10)
    assert found == {
        ("norm.notes", "printed"): ("refuted", "certified"),
        ("norm.notes", "repaired"): ("holds", "certified"),
    }


@pytest.mark.slow
def test_one_gradient_step_flips_the_sign_with_the_tail_claimed():
    found = _verdicts("gradient_step.py", Grid({"m": (64, 256), "d": (64,)}), trials=1500)
    assert found["step.flips", "printed"] == ("holds", "sampled")
    assert found["step.vanishing", "printed"] == ("refuted", "sampled")
    assert found["output.order", "printed"][0] == "undetermined"


@pytest.mark.slow
def test_output_and_gradient_are_of_order_one_over_two_decades():
    found = _verdicts("gradient_step.py", Grid({"m": tuple(2**j for j in range(4, 13)), "d": (64,)}), trials=6000)
    assert found["output.order", "printed"] == ("holds", "sampled")
    assert found["gradient.order", "printed"] == ("holds", "sampled")
