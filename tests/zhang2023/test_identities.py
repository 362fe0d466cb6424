"""What the models say of their tensors for all sizes, on exact instances."""

import json
from fractions import Fraction

import numpy as np
import pytest
from whp.checks.deciders import law
from whp.checks.zhang2023.engines.instances import exact, matrices, perturbed_network, rational_network
from whp.theory import Law
from whp.theory.language.models import model_of
from whp.theory.proofs.identities import prove_identity, tensors_of
from whp.theory.proofs.identities_laws import prove_law, prove_moment
from whp.theory.proofs.referee_identities import rejection
from whp.theory.proofs.referee_sums import Sums
from whp.theory.zhang2023.ledger import STATEMENTS
from whp.theory.zhang2023.models import initial, trained

MODELS = [
    (initial.INIT, rational_network),
    (initial.SIMPLIFIED, rational_network),
    (initial.MATRIX, matrices),
    (trained.PERTURBED, perturbed_network),
]


def value(terms, free, tensors, cell, lengths):
    """A sum of products over the letters that are not free."""
    total = np.zeros([lengths[x] for x in free], dtype=object)
    for coefficient, sizes, factors in terms:
        scale = coefficient
        for name, power in sizes:
            scale = scale * Fraction(cell[name]) ** power
        operands = [(np.ones(lengths[x], dtype=object), x) for x in free]
        for name, letters in factors:
            array = (
                np.eye(lengths[letters[0]], dtype=object) if name == "I" else np.asarray(tensors[name], dtype=object)
            )
            operands.append((np.diag(array) if name == "I" and len(letters) == 1 else array, letters))
        arrays = [array for array, _ in operands] or [np.array(1, dtype=object)]
        total = total + scale * np.einsum(f"{','.join(''.join(x) for _, x in operands)}->{free}", *arrays)
    return total


@pytest.mark.parametrize(("model", "draw"), MODELS, ids=lambda x: getattr(x, "name", ""))
@pytest.mark.parametrize("cell", [{"m": 1, "d": 4, "n": 2}, {"m": 3, "d": 9, "n": 2}], ids=str)
def test_every_declared_identity_holds(model, draw, cell):
    tensors = exact(draw)(cell, np.random.default_rng(1))
    claim = tensors_of(model, (t.name for t in model.tensors))
    assert claim["facts"] == list(model.identities)
    sums = Sums({**claim, "forms": {}, "free": ""})
    for text, (left, right, found) in zip(model.identities, sums.facts, strict=True):
        free = "".join(sorted(found))
        lengths = {}
        for _, _, factors in (left, *right):
            for name, letters in factors:
                lengths |= {} if name == "I" else dict(zip(letters, np.shape(tensors[name]), strict=True))
        sides = [value(terms, free, tensors, cell, lengths) for terms in ([left], right)]
        assert np.all(sides[0] == sides[1]), text


PROVED = {
    *("thm3.1.reduction", "eq8", "eq9", "eq9.second-moment", "lem3.2", "eq10", "eq11", "eq12", "eq12.laws", "eq24"),
    *("eq24.law", "a-norm", "eq28", "eq30", "eq30.laws", "cor3.4.1.step", "eq16", "eq17"),
    *("S1", "S2", "S10", "S12.identity", "S16"),
}


def _proofs():
    """For each statement, each link about index sums with its proof object or None."""
    for s in STATEMENTS:
        for link in () if s.form == "definition" else s.links:
            model = model_of(link.rvs)
            if isinstance(link.lhs, Law):
                yield s, link, prove_law(link.lhs, link.rhs, link.given)
            elif link.relation == "=" and model is not None and all(rv.form is not None for rv in link.rvs):
                prove = prove_moment if link.kind == "moment" else prove_identity
                yield s, link, prove(link.lhs, link.rhs, model)


def test_identities_laws_and_moments_of_the_paper_are_proved_and_what_is_misprinted_is_not():
    found = [(s, link, proof) for s, link, proof in _proofs()]
    assert {s.key for s, _, proof in found if proof is not None} >= PROVED
    assert all(rejection(json.loads(json.dumps(proof))) is None for _, _, proof in found if proof is not None)
    misprinted = {("eq9", "printed"), ("eq9.second-moment", "printed"), ("cor3.4.1.step", "printed")}
    open_ = {(s.key, s.form) for s, _, proof in found if proof is None and s.key in PROVED}
    assert open_ == misprinted
    assert {proof["proof"]["rule"] for s, link, proof in found if proof is not None and link.kind == "law"} <= {
        *law._WORDS
    }
