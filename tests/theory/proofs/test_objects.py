"""Proof objects as files: tied to a statement by a hash, re-checked by one file without whp, and never by luck."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys

import pytest
from sympy import Min, Rational, exp, log, sqrt
from whp.checks.deciders.whole import proved_relation, proved_text
from whp.theory.calculus.functions import Phi
from whp.theory.language.models import RV, Model
from whp.theory.language.parameters import real, size
from whp.theory.language.statements import Claim, Hypothesis, Link, Source, Statement
from whp.theory.proofs.objects import canonical_text, stored, trusted
from whp.theory.proofs.referee_claims import digest, rejection, same_text
from whp.theory.proofs.standalone import modules, referee_text

m, d, n = size("m"), size("d"), size("n")
t, c = real("t", 0), real("c", 0)


def statement(lhs, relation, rhs, *hypotheses):
    link = Link(lhs, relation, rhs)
    found = tuple(Hypothesis(h, str(h)) for h in hypotheses)
    return Statement("key", "printed", "a title", Source("me", "p. 1"), (Claim((link,)),), found)


RELATIONS = [
    statement(1 / m, "<=", 1),
    statement(2 / d - Rational(5, 4) / m, ">", 0, m > Rational(6, 5) * d + 2),
    statement(1 - 2 * exp(-m / 7), ">", 1 - 3 * exp(-m / 11)),
    statement(1 - 2 * Phi(-sqrt(c * d / 2)), ">", 1 - 2 * exp(-c * d / 4)),
    statement(exp(-Min(m, d) / 9), "<=", exp(-m / 9) + exp(-d / 9)),
    statement(2 * exp(-n * Min(t**2 / 8, t / 4)), "<=", 2 * exp(-n * Min(t**2, t) / 8)),
    statement(log(1 + t), "=", log(t + 1)),
]


def proof_of(s):
    link = s.links[0]
    return stored(s, link, proved_relation(s, link.lhs, link.relation, link.rhs))


@pytest.fixture(scope="module")
def proofs():
    return json.loads(json.dumps([proof_of(s) for s in RELATIONS]))


def test_every_kind_of_relation_is_proved_and_accepted(proofs):
    assert [rejection(p) for p in proofs] == [None] * len(proofs)
    assert all(p["sha256"] == digest(p["statement"], p["claim"]) for p in proofs)


@pytest.mark.parametrize(
    ("lhs", "relation", "rhs", "hypotheses"),
    [
        (2 / d - Rational(5, 4) / m, ">", 0, ()),
        (2 / d - Rational(5, 2) / m, ">", 0, (m > Rational(6, 5) * d + 2,)),
        (1 - 2 * exp(-m / 7), ">", 1 - 3 * exp(-m / 6), ()),
        (1 - 2 * Phi(-sqrt(c * d / 2)), ">", 1 - exp(-c * d / 3), ()),
        (exp(-Min(m, d) / 9), "<=", exp(-m / 9) + exp(-d / 8), ()),
        (2 * exp(-n * Min(t**2 / 9, t / 4)), "<=", 2 * exp(-n * Min(t**2, t) / 8), ()),
        (1 / m, "<", 1, ()),
        (log(1 + t), "=", log(t + 2), ()),
    ],
)
def test_nothing_false_is_proved(lhs, relation, rhs, hypotheses):
    s = statement(lhs, relation, rhs, *hypotheses)
    assert proved_relation(s, s.links[0].lhs, relation, s.links[0].rhs) is None


def test_the_text_says_everything_a_link_means():
    X = RV("X", Model("coin", (m,), "a fair coin"), "X")
    s = statement(X, "<=", m, m > 2)
    text = canonical_text(s, s.links[0])
    assert "for m an integer from 1" in text
    assert "if m > 2" in text
    assert "claim X <= m" in text
    assert "model coin: a fair coin" in text


def _numbers(part, path=()):
    """The places of numbers in texts of a proof object."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _numbers(value, (*path, key))
    elif isinstance(part, list):
        for i, value in enumerate(part):
            yield from _numbers(value, (*path, i))
    elif isinstance(part, str):
        yield from ((path, found.span()) for found in re.finditer(r"(?<![\w.])\d+(?![\w.])", part))


def _changed(proof, path, span):
    found = copy.deepcopy(proof)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    text = inner[path[-1]]
    inner[path[-1]] = f"{text[: span[0]]}{int(text[span[0] : span[1]]) + 1}{text[span[1] :]}"
    return found


def test_a_changed_number_is_rejected_or_the_claim_is_the_same(proofs):
    """The hash covers the claim and the text; what is changed in the steps must still prove that very claim."""
    refused = 0
    for proof in proofs:
        for path, span in _numbers({"claim": proof["claim"], "statement": proof["statement"]}):
            assert rejection(_changed(proof, path, span)) is not None
        for path, span in list(_numbers(proof["proof"], ("proof",)))[:40]:
            changed = _changed(proof, path, span)
            assert changed["claim"] == proof["claim"]
            refused += rejection(changed) is not None
    assert refused > 50


@pytest.mark.parametrize("part", ["number", "relation", "domain"])
def test_a_false_claim_with_a_true_hash_is_rejected(proofs, part):
    """The claims are made false and hashed anew: nothing that is left proves them."""
    changes = {
        "number": {"right": "1 - 3*exp(-m/6)"},
        "relation": {"relation": "<"},
        "domain": {"domain": {"m": ["-30", "oo", "integers"]}},
    }
    proof = copy.deepcopy(proofs[2])
    proof["claim"].update(changes[part])
    proof["sha256"] = digest(proof["statement"], proof["claim"])
    assert rejection(proof) is not None


def test_a_proof_of_another_statement_is_rejected(proofs):
    stolen = {**proofs[0], "statement": proofs[1]["statement"]}
    assert rejection(stolen) == "the hash of the statement and its claim"
    assert rejection({**proofs[0], "proof": proofs[1]["proof"]}) is not None
    assert rejection({**proofs[0], "proof": {"rule": "identical"}}) is not None


EVENT = {"value": "X", "relation": ">=", "bound": "t"}
DOMAIN = {"t": ["0", "oo", ""], "n": ["1", "oo", "integers"]}


def claim(event, relation, bound, **changes):
    about = {"event": event, "relation": relation, "bound": bound, "domain": DOMAIN, "laws": {}}
    return {"kind": "statement", **about, **changes}


def vacuous(event, relation, bound):
    return {"claim": claim(event, relation, bound), "proof": {"rule": "vacuous"}}


BASE = vacuous(EVENT, "<=", "1")


@pytest.mark.parametrize(
    ("right", "wrong", "node"),
    [
        (claim(EVENT, "<=", "2"), claim(EVENT, "<=", "1/2"), {"rule": "same", "of": [BASE]}),
        (
            claim(["some", "n", EVENT], "<=", "n"),
            claim(["every", "n", EVENT], "<=", "n"),
            {"rule": "samples", "of": [BASE]},
        ),
        (
            claim({**EVENT, "bound": "2 * n"}, "<=", "1"),
            claim({**EVENT, "bound": "n"}, "<=", "1"),
            {"rule": "instance", "parameter": "t", "value": "2*n", "of": [BASE], "ends": "positive"},
        ),
    ],
)
def test_rules_of_events(right, wrong, node):
    if node.get("ends") == "positive":
        node = {**node, "ends": [proved_text("0", "<", "2*n", DOMAIN)]}
    assert rejection({"claim": right, "proof": node}) is None
    assert rejection({"claim": wrong, "proof": node}) is not None


def test_constants_are_positive_and_depend_on_nothing():
    inner = claim(EVENT, "<=", "c*2")
    exists = {"kind": "exists", "constants": {"c": []}, "claim": inner, "domain": DOMAIN}
    named = {"claim": claim(EVENT, "<=", "(1/2)*2"), "proof": {"rule": "same", "of": [BASE]}}
    node = {"rule": "named", "values": {"c": "1/2"}, "of": [named]}
    assert rejection({"claim": exists, "proof": node}) is None
    assert rejection({"claim": exists, "proof": {**node, "values": {"c": "1/3"}}}) is not None
    assert rejection({"claim": exists, "proof": {**node, "values": {"c": "n/2"}}}) == "a constant that depends"
    below = {"claim": claim(EVENT, ">=", "(-1/2)*2"), "proof": {"rule": "vacuous"}}
    lower = {**exists, "claim": claim(EVENT, ">=", "c*2")}
    negative = {"rule": "named", "values": {"c": "-1/2"}, "of": [below]}
    assert rejection({"claim": lower, "proof": negative}) == "0 < -1/2"


def test_a_claim_of_another_kind_is_no_relation():
    """Claims about index sums have sides, too: their names are no formulas."""
    sums = {"kind": "identity", "sizes": [], "tensors": {}, "facts": [], "free": "", "left": "a", "right": "b"}
    sums |= {"forms": {"a": "1", "b": "1"}, "relation": "<=", "domain": {}}
    known = {"claim": sums, "proof": {"rule": "steps", "steps": [], "orders": [[], []]}}
    wanted = {"left": "a", "relation": "=", "right": "b", "domain": {}}
    node = {"rule": "sides", "of": [known, known]}
    assert rejection({"claim": wanted, "proof": node}) is not None
    inner = claim(EVENT, "<=", "c*2")
    exists = {"kind": "exists", "constants": {"c": []}, "claim": inner, "domain": {"t": ["0", "oo", ""]}}
    named = {"claim": claim(EVENT, "<=", "(1/2)*2"), "proof": {"rule": "same", "of": [BASE]}}
    found = {"claim": exists, "proof": {"rule": "named", "values": {"c": "1/2"}, "of": [named]}}
    assert rejection(found) == "a claim of the same kind"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("a*b + 1", "1 + b*a", True),
        ("2*exp(-n*m/2)", "exp(-(1/2)*m*n)*2", True),
        ("x/x", "1", False),
        ("x - x", "0", True),
        ("exp(a)", "exp(b)", False),
        ("sqrt(a*b)", "sqrt(a)*sqrt(b)", False),
    ],
)
def test_texts_of_one_fraction(left, right, same):
    assert same_text(left, right) is same


def test_what_is_trusted_is_listed():
    node = {"rule": "union", "of": [{"rule": "lemma", "name": "x"}, {"rule": "lemma", "name": "x"}]}
    assert trusted(node) == ["lemma: name x"]


def test_the_referee_is_one_file_that_needs_nothing_of_whp(proofs, tmp_path):
    text = referee_text()
    imports = set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE))
    assert imports <= {*sys.stdlib_module_names, "flint", "__future__"}
    (tmp_path / "recheck_proof.py").write_text(text, encoding="utf-8")
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(proofs), encoding="utf-8")
    wrong = copy.deepcopy(proofs[0])
    wrong["claim"]["right"] = "1/2"
    bad.write_text(json.dumps(wrong), encoding="utf-8")
    for file, code, word in ((good, 0, "accepted"), (bad, 1, "rejected: the hash of the statement and its claim")):
        command = [sys.executable, "-I", "recheck_proof.py", file.name]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (code, "")
        assert ran.stdout.startswith(word)
        assert ran.stdout.count("\n  proved: ") == (len(proofs) if code == 0 else 1)


def test_the_file_has_every_module():
    text = referee_text()
    assert "whp" not in re.sub(r'"""Re-check proofs of `whp prove`.*?without whp', "", text.split("def ", 1)[1])
    assert {"referee", "referee_tails", "referee_identities", "referee_claims"} <= {*modules()}
    assert text.count("sys.exit(main") == 1
