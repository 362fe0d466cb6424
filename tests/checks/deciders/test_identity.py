"""Identities of index sums, on exact random instances."""

import numpy as np
import pytest
from whp.checks import Engine
from whp.checks.deciders import identity
from whp.theory import RV, Form, Link, Model, Tensor, sizes
from whp.theory.proofs.referee_identities import rejection

k, r = sizes("k r")
PAIR = Model("pair", (k, r), "two matrices", (Tensor("A", (k, r)), Tensor("B", (k, r)), Tensor("v", (r,))))


def _instance(cell, rng):
    def draw(*shape):
        flat = [int(x) for x in rng.integers(1, 2**31, int(np.prod(shape)))]
        return np.array(flat, dtype=object).reshape(shape)

    return {"A": draw(cell["k"], cell["r"]), "B": draw(cell["k"], cell["r"]), "v": draw(cell["r"])}


ENGINES = {PAIR: Engine(lambda *_: None, {}, instance=_instance, instances=({"k": 2, "r": 3}, {"k": 4, "r": 3}))}


def rv(name, text, **options):
    return RV(name, PAIR, name, Form.parse(text, **options))


inner, swapped = rv("inner", "A_ij B_ij"), rv("swapped", "B_ij A_ij")
crossed = rv("crossed", "A_ij B_ik")
image, other = rv("image", "A_ij v_j", free="i"), rv("other", "B_ij v_j", free="i")


def decided(question, left, right, relation="=", **more):
    return identity.decide(question(Link(left, relation, right), engines=ENGINES, **more))


def test_equal_sums_are_proved_for_all_sizes(question):
    found = decided(question, inner, swapped).outcomes[0]
    assert (found.verdict, found.evidence, dict(found.cell)) == ("holds", "proved", {})
    assert rejection(found.proof) is None


def test_what_only_the_instances_know_is_certified_with_the_error_of_the_test(question):
    # That A is B in every instance is no identity of the model.
    def same(cell, rng):
        tensors = _instance(cell, rng)
        return {**tensors, "B": tensors["A"]}

    engines = {PAIR: Engine(lambda *_: None, {}, instance=same, instances=({"k": 2, "r": 3}, {"k": 4, "r": 3}))}
    found = identity.decide(question(Link(inner, "=", rv("square", "A_ij A_ij")), engines=engines)).outcomes[0]
    assert (found.verdict, found.evidence, dict(found.cell)) == ("holds", "certified", {"k": 4, "r": 3})
    assert "at 2 sizes" in found.reason
    assert "Schwartz-Zippel" in found.reason


def test_different_sums_are_refuted_at_the_first_size_with_both_values(question):
    found = decided(question, inner, crossed).outcomes[0]
    assert (found.verdict, found.evidence, dict(found.cell)) == ("refuted", "certified", {"k": 2, "r": 3})
    assert found.value != found.bound


def test_sizes_of_the_claim_are_put_in(question):
    assert decided(question, k * inner, inner * (k + r) - r * swapped).outcomes[0].verdict == "holds"
    assert decided(question, k * inner, inner * (k + r)).outcomes[0].verdict == "refuted"


def test_arrays_are_compared_entry_by_entry(question):
    assert decided(question, image + other, other + image).outcomes[0].verdict == "holds"
    assert decided(question, image + other, 2 * image).outcomes[0].verdict == "refuted"


@pytest.mark.parametrize("relation", ["<=", ">"])
def test_an_inequality_is_another_deciders(question, relation):
    assert decided(question, inner, swapped, relation) is None


def test_without_instances_or_forms_or_with_two_models_nothing_is_said(question):
    assert identity.decide(question(Link(inner, "=", crossed))) is None
    assert decided(question, inner, RV("inner", PAIR, "no form")) is None
    elsewhere = Model("elsewhere", (k, r), "", PAIR.tensors)
    assert decided(question, inner, RV("inner", elsewhere, "i", Form.parse("A_ij B_ij"))) is None
