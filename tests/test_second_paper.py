"""The paper in docs/new-paper, as a reader copies it: it fits together, its verdicts are right, errors show."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import replace
from importlib import import_module

import pytest
from repository import ROOT
from sympy import exp
from whp.checks import Engine, Engines, Grid, Paper, check, check_all
from whp.theory import RV, Claim, Event, P

FOLDER = ROOT / "docs" / "new-paper"
SMALL = Grid({"k": (1, 16)})
EXPECTED = {
    ("lem1.geometric", "printed"): ("holds", "sampled"),
    ("eq4.3", "printed"): ("holds", "proved"),
    ("eq4.4", "printed"): ("holds", "proved"),
    ("quoted", "printed"): ("refuted", "certified"),
    ("quoted", "repaired"): ("holds", "proved"),
}


@pytest.fixture(scope="module")
def paper():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        for name in [name for name in sys.modules if name.split(".")[0] == "laurent2000"]:
            patch.delitem(sys.modules, name)
        yield import_module("laurent2000.paper").PAPER


def verdicts(statements, paper):
    found = check_all(statements, SMALL, engines=paper.engines, book=paper.ledger, trials=50)
    return {(r.statement.key, r.statement.form): (str(r.verdict), str(r.evidence)) for r in found}


def test_its_entry_points_name_what_there_is(paper):
    offered = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert offered["whp.papers"] == {paper.key: "laurent2000.paper:PAPER"}
    for target in offered["whp.commands"].values():
        module, name = target.split(":")
        assert callable(getattr(import_module(module), name))


def test_it_is_a_valid_paper_of_no_other_paper_s_sizes(paper):
    assert isinstance(paper, Paper)
    assert tuple(paper.grid.sizes) == ("k",)
    assert all(statement.sizes == ("k",) for statement in paper.ledger.statements)
    assert {model.paper for statement in paper.ledger.statements for model in statement.models} == {paper.key}


def test_every_statement_has_the_verdict_its_page_promises(paper):
    assert verdicts(paper.ledger.statements, paper) == EXPECTED


def test_the_misquotation_is_refuted_at_its_smallest_counterexample(paper):
    found = check(paper.ledger["quoted"][0], SMALL, engines=paper.engines).links[0].counterexample
    assert (dict(found.cell), found.value[:9], found.bound[:9]) == ({"k": 1, "x": 4}, "[2.534731", "[1.831563")


@pytest.mark.parametrize("key", ["eq4.3", "eq4.4"])
def test_draws_say_of_both_tails_what_the_exact_law_says(paper, key):
    claim = paper.ledger[key][0]
    (link,) = claim.links
    (event,) = link.lhs.args
    drawn = Event(RV("X", event.value.model, "X"), event.relation, event.bound)
    sampled = replace(claim, claims=(Claim((replace(link, lhs=P(drawn)),)),), points=claim.points[:3])
    assert verdicts([sampled], paper)[key, "printed"] == ("holds", "sampled")


@pytest.mark.parametrize(("key", "times"), [("eq4.3", 2), ("lem1.geometric", 6)])
def test_a_bound_with_too_large_an_exponent_is_refuted(paper, key, times):
    claim = paper.ledger[key][0]
    (link,) = claim.links
    (x,) = claim.points[0]
    broken = replace(claim, claims=(Claim((replace(link, rhs=exp(-times * x)),)),))
    assert verdicts([broken], paper)[key, "printed"][0] == "refuted"


def test_the_repair_needs_its_hypothesis(paper):
    bare = replace(paper.ledger["quoted"][1], hypotheses=())
    assert verdicts([bare], paper)["quoted", "repaired"] == ("refuted", "certified")


def test_an_engine_without_the_measure_is_an_error_that_names_both(paper):
    weighted = next(model for model in paper.engines if model.name == "weighted-squares")
    engine = Engine(paper.engines[weighted].sample, {"Y": lambda block: block})
    with pytest.raises(ValueError, match="'weighted-squares' has no measure 'Z'"):
        replace(paper, engines=paper.engines.replaced({weighted: engine}))
    with pytest.raises(ValueError, match="main key 'eq5'"):
        replace(paper, main=("eq5",))


def test_without_engines_the_law_decides_and_draws_are_missed(paper):
    found = check_all(paper.ledger.statements, SMALL, engines=Engines(), book=paper.ledger)
    assert [str(r.verdict) for r in found] == ["undetermined", "holds", "holds", "refuted", "holds"]
    assert "no engine (its model is weighted-squares)" in found[0].reason
