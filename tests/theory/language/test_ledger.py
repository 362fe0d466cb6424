"""Keys of a ledger resolve, its dependencies are complete, and its statements travel."""

import pickle

import cloudpickle
import pytest
from whp.theory import Claim, Ledger, Link, Source, Statement
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.symbols import m


def _statement(**changes):
    given = {
        "key": "s",
        "form": "sharp",
        "title": "t",
        "source": Source("test", "here"),
        "claims": (Claim((Link(m, ">", 0),)),),
    }
    return Statement(**(given | changes))


def test_a_ledger_refuses_duplicates_and_dangling_references():
    with pytest.raises(ValueError, match="already has s"):
        Ledger([_statement(), _statement()])
    with pytest.raises(ValueError, match="refers to"):
        Ledger([_statement(uses=("gone",))])


def test_keys_resolve_by_alias_and_suggest_the_nearest():
    book = LEDGER
    assert book["eq13"][0].key == "lem3.3"
    assert [s.form for s in book["lem3.3"]] == ["printed", "repaired"]
    with pytest.raises(KeyError, match=r"nearest key is 'lem3\.3'"):
        book["lem33"]


def test_dependencies_are_complete_and_in_the_papers_order():
    book = LEDGER
    keys = book.with_dependencies(["thm3.1"])
    assert {"eq8", "eq9", "chebyshev.union", "lem3.2", "lem3.4.use", "S1", "S3", "S4"} <= set(keys)
    order = list(book)
    assert [order.index(k) for k in keys] == sorted(order.index(k) for k in keys)


def test_every_statement_travels_to_a_worker_and_back():
    for s in LEDGER.statements:
        back = pickle.loads(cloudpickle.dumps(s))
        assert back.claims == s.claims
        assert all(a.law is None or callable(a.law) for link in back.links for a in link.rvs)


def test_every_statement_has_latex_and_a_source():
    for s in LEDGER.statements:
        assert s.latex.strip()
        assert s.source.cite in ("zhang2023", "whp")
        assert s.title
