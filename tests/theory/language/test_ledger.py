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


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Theorem 3.1", "thm3.1"),
        ("theorem 3.1", "thm3.1"),
        ("thm 3.1", "thm3.1"),
        ("Thm. 3.1", "thm3.1"),
        ("THM3.1", "thm3.1"),
        ("Lemma 6.2", "lem6.2"),
        ("eq. 9", "eq9"),
        ("Eq. (9)", "eq9"),
        ("equation 25", "lem6.2"),
        ("s3", "S3"),
        ("lem6.1.e1", "lem6.1.E1"),
        ("corollary 3.4.1", "cor3.4.1"),
        ("Simplified Model", "simplified-model"),
    ],
)
def test_keys_resolve_regardless_of_case_and_as_papers_write_them(typed, key):
    assert LEDGER.resolve(typed) == key
    assert typed in LEDGER
    assert LEDGER[typed][0].key == key


def test_every_key_and_alias_resolves_in_any_case_to_its_own_statement():
    for s in LEDGER.statements:
        assert {LEDGER.resolve(name) for name in (s.key, s.key.upper(), *s.aliases)} == {s.key}


def test_a_number_is_never_guessed():
    for typed in ("Theorem 31", "Theorem 3", "eq 99", "9", "theorem"):
        assert typed not in LEDGER
        with pytest.raises(KeyError, match="the nearest key is"):
            LEDGER.resolve(typed)
    with pytest.raises(KeyError, match=r"nearest key is 'thm3\.6'"):
        LEDGER.resolve("Theorem 3.66")


def test_keys_that_differ_in_case_alone_are_told_apart_or_refused():
    book = Ledger([_statement(key="t1"), _statement(key="T1")])
    assert (book.resolve("t1"), book.resolve("T1")) == ("t1", "T1")
    both = Ledger([_statement(key="lemA"), _statement(key="LemA")])
    assert "lema" not in both
    with pytest.raises(KeyError, match="'LemA' or 'lemA'"):
        both.resolve("lema")


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
