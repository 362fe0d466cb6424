"""Verdicts on S17-S21 whose evidence is draws, and on mutants of them: one sweep at reduced sizes."""

from __future__ import annotations

import pytest
from whp.checks import Evidence, Verdict, check_all
from whp.checks.zhang2023 import PAPER, network_grid
from zhang2023.mutants import MUTANTS

BOOK = PAPER.ledger
GRID = network_grid(widths=(16, 64), dims=(16,), samples=(3,))
DRAWN = [mutant for mutant in MUTANTS if mutant.draws and mutant.beyond]
EXPECTED = {
    "S17.law": ("consistent", "sampled"),
    "S17.agreement": ("consistent", "sampled"),
    "S17.pgd": ("consistent", "sampled"),
    "S17.derivative": ("holds", "proved"),
    "S17.convex": ("holds", "proved"),
    "S17.constants": ("holds", "certified"),
    "S17.limit": ("consistent", "trend"),
    "S18.identity": ("holds", "certified"),
    "S18.pinv": ("consistent", "sampled"),
    "S18.failure": ("holds", "certified"),
    "S18.trained": ("consistent", "sampled"),
    "S18.descent": ("consistent", "sampled"),
    "S18.few": ("consistent", "sampled"),
    "S18.cover": ("consistent", "sampled"),
    "S18.classes": ("holds", "certified"),
    "S18.control": ("holds", "sampled"),
    "S18.digits": ("consistent", "sampled"),
    "S19.moments": ("holds", "proved"),
    "S19.mean": ("holds", "proved"),
    "S19.constants": ("holds", "certified"),
    "S19.orthogonal": ("holds", "sampled"),
    "S19": ("holds", "sampled"),
    "S19.sphere": ("consistent", "trend"),
    "S20.law": ("consistent", "sampled"),
    "S20.two": ("consistent", "sampled"),
    "S20.angle": ("holds", "proved"),
    "S20": ("holds", "sampled"),
    "S20.warm": ("holds", "sampled"),
    "S20.constants": ("holds", "certified"),
    "S19.angle": ("holds", "proved"),
    "S19.pair": ("holds", "sampled"),
    "S19.labels": ("holds", "sampled"),
    "S19.labels.size": ("holds", "sampled"),
    "S19.labels.means": ("holds", "sampled"),
    "S21.law": ("consistent", "sampled"),
    "S21.cosine": ("consistent", "trend"),
    "S21": ("holds", "sampled"),
    "S21.constants": ("holds", "certified"),
}
TRIALS = 400


@pytest.fixture(scope="module")
def verdicts():
    asked = [BOOK[key][0] for key in EXPECTED] + [mutant.statement for mutant in DRAWN]
    found = check_all(asked, GRID, engines=PAPER.engines, book=BOOK, trials=TRIALS, base=TRIALS, small=3)
    return {result.statement.key: result for result in found}


@pytest.mark.slow
@pytest.mark.parametrize("key", EXPECTED)
def test_every_statement_has_its_verdict(verdicts, key):
    found = verdicts[key]
    assert (found.verdict.value, found.evidence.value) == EXPECTED[key], found.reason


@pytest.mark.slow
@pytest.mark.parametrize("mutant", DRAWN, ids=lambda mutant: mutant.name)
def test_a_mutant_that_draws_decide_is_refuted(verdicts, mutant):
    found = verdicts[mutant.statement.key]
    trend = found.verdict is Verdict.UNDETERMINED and found.reason.startswith("trend: ")
    assert found.verdict is Verdict.REFUTED or trend, found.reason
    assert trend or found.evidence is Evidence.SAMPLED


def test_every_statement_beyond_the_paper_has_a_mutant():
    numbered = {key for key in BOOK if key.partition(".")[0] in {"S17", "S18", "S19", "S20", "S21"}}
    assert numbered == {mutant.key for mutant in MUTANTS if mutant.beyond}
    assert set(EXPECTED) <= numbered
