"""Objects that once passed for proofs of what is false, one for each side condition that nobody asked."""

from __future__ import annotations

import builtins
import dis
import json
import sys
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from whp.theory.proofs.intervals import prove_relation
from whp.theory.proofs.referee_claims import digest, rejection
from whp.theory.proofs.standalone import referee_text

FALSE = json.loads(Path(__file__).with_name("false_objects.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def alone():
    """The referee that is one file."""
    module = ModuleType("recheck_proof")
    sys.modules[module.__name__] = module
    exec(compile(referee_text(), "recheck_proof.py", "exec"), module.__dict__)
    yield module
    del sys.modules[module.__name__]


@pytest.mark.parametrize("name", sorted(FALSE))
def test_what_is_false_is_not_proved(name, alone):
    assert rejection(FALSE[name]) is not None
    assert alone.claims_rejection(FALSE[name]) is not None


def globals_of(code):
    """The names that some code and the code inside it look up beyond its own."""
    found = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return found.union(*(globals_of(part) for part in code.co_consts if isinstance(part, CodeType)))


def test_every_name_of_the_file_is_defined(alone):
    names = globals_of(compile(referee_text(), "recheck_proof.py", "exec"))
    assert names - vars(alone).keys() - vars(builtins).keys() - {"__module__", "__qualname__"} == set()


@pytest.fixture(scope="module")
def good():
    from sympy import exp, oo, symbols

    x = symbols("x", positive=True)
    found = prove_relation(1 + x, "<", exp(x), x, 0, oo).to_json()
    about = {"key": "k", "form": "printed", "link": 1, "text": "claim x + 1 < exp(x)\nfor x > 0"}
    return {**found, "statement": about, "sha256": digest(about, found["claim"])}


def judged(alone, capsys, tmp_path, text):
    path = tmp_path / "proof.json"
    path.write_text(text, encoding="utf-8")
    return alone.main([str(path)]), capsys.readouterr().out


def test_a_file_with_a_proof_is_accepted(alone, capsys, tmp_path, good):
    code, out = judged(alone, capsys, tmp_path, json.dumps(good))
    assert code == 0
    assert out.startswith("accepted\n  claim x + 1 < exp(x)\n  for x > 0\n  proved: ")


@pytest.mark.parametrize("text", ["[]", "", "{", "1", "[[]]", '{"sha256": 1}', '{"a": 1, "a": 2}', "[" * 100_000])
def test_a_file_without_a_proof_is_rejected_in_one_line(alone, capsys, tmp_path, text):
    code, out = judged(alone, capsys, tmp_path, text)
    assert code == 1
    assert out.startswith("rejected: ")


def test_a_name_twice_is_rejected(alone, capsys, tmp_path, good):
    """The reader sees one claim, the referee the other."""
    text = json.dumps(good)
    twice = '{"claim": {"left": "0", "relation": "<", "right": "-1", "domain": {}}, ' + text[1:]
    assert json.loads(twice) == good
    assert judged(alone, capsys, tmp_path, twice)[0] == 1


def test_a_text_cannot_hide_the_verdict(alone, capsys, tmp_path, good):
    about = {**good["statement"], "text": "\x1b[1A\raccepted\naccepted"}
    code, out = judged(alone, capsys, tmp_path, json.dumps({**good, "statement": about}))
    assert code == 1
    assert out.startswith("rejected: the hash")
    assert "\x1b" not in out
    assert "\r" not in out
    assert "\naccepted" not in out
