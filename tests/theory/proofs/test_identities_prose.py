"""Proofs about index sums in words: every rule names what it is about, every step its fact."""

import json

import pytest
from whp.theory import Law
from whp.theory.language.models import model_of
from whp.theory.proofs.identities import prove_identity
from whp.theory.proofs.identities_laws import prove_law, prove_moment, prove_norm
from whp.theory.proofs.objects import stored
from whp.theory.proofs.prose import in_words
from whp.theory.proofs.referee_claims import digest, rejection
from whp.theory.zhang2023.ledger import LEDGER


def lines(key, number=0):
    link = LEDGER[key][0].links[number]
    if isinstance(link.lhs, Law):
        return in_words(prove_law(link.lhs, link.rhs, link.given))
    prove = prove_moment if link.kind == "moment" else prove_identity
    return in_words(prove(link.lhs, link.rhs, model_of(link.rvs)))


def test_an_identity_shows_its_forms_and_the_facts_that_are_used():
    found = lines("eq24")
    assert found[0] == "Claim: margin = cross_D + image_norm2 for all m, d"
    assert "Here margin = a_i*W_ik*W_jk*D_j*a_j." in found
    assert any(line.startswith("By Dbar_i = I_i - D_i the term ") for line in found)
    assert found[-1] == "The 4 terms that are left cancel."


@pytest.mark.parametrize(
    ("key", "number", "words"),
    [
        ("eq12", 0, "What is inside the absolute values is equal:"),
        ("eq8", 0, "The mean over the entries"),
        ("eq12.laws", 0, "Affine in normal entries"),
        ("eq10", 1, "Both sides are affine in normal entries"),
        ("a-norm", 0, "Times 1 it is Σ L_i² with the normal L_i = a_i"),
        ("eq28", 0, "A sum of independent entries that are 0 or 1"),
        ("lem3.2", 0, "Pone·X and Qone·X are independent"),
        ("S1", 0, "a_i has an independent fair sign e_i"),
    ],
)
def test_each_rule_is_said_with_what_it_is_about(key, number, words):
    assert any(line.startswith(words) for line in lines(key, number))


def test_a_law_says_which_identities_it_rests_on():
    found = lines("S1")
    assert found[0].startswith("Claim: margin has the law of ")
    assert "P 1/m times chi-square with k degrees of freedom" in found[0]
    parts = [line.strip() for line in found if line.startswith("  ") and line.endswith(":")]
    assert parts == [
        "the sum:",
        "the covariance of A:",
        "the covariance of B:",
        "the covariance 0 of A and B:",
        "the square of the projection:",
        "its trace:",
    ]


def test_a_norm_is_said_with_its_factors():
    link = LEDGER["eq30.norm"][0].links[0]
    found = in_words(prove_norm(*link.lhs.args[0].args, link.rhs, link.given))
    assert found[0].startswith("Claim: the product of off_k and on_k has sub-exponential norm 2*sqrt(norm_aD2)")
    assert any(line.startswith("Independent centred normal factors") for line in found)


def stored_again(obj, **changes):
    """A stored proof with another claim, and the hash that goes with it."""
    claim = {**obj["claim"], **changes}
    return {**obj, "claim": claim, "sha256": digest(obj["statement"], claim)}


def test_a_claim_may_take_from_the_model_only_what_its_statement_says():
    statement = LEDGER["S1"][0]
    link = statement.links[0]
    obj = json.loads(json.dumps(stored(statement, link, prove_law(link.lhs, link.rhs))))
    claim = obj["claim"]
    assert rejection(obj) is None
    assert rejection(stored_again(obj)) is None
    why = "what the model of the statement says"
    assert rejection(stored_again(obj, facts=[*claim["facts"], "D_i = I_i"])) == why
    assert rejection(stored_again(obj, facts=[f.replace("= d", "= m") for f in claim["facts"]])) == why
    assert rejection(stored_again(obj, tensors={**claim["tensors"], "a": ["d"]})) == why
    assert rejection(stored_again(obj, entries={**claim["entries"], "D": ["mask", "1/2"]})) == why
    assert "model: D_i*D_i = D_i" in obj["trusted"]
    assert "model: D marks (h)" in obj["trusted"]
