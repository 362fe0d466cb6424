"""What the models say of their tensors for all sizes, on exact instances."""

from fractions import Fraction

import numpy as np
import pytest
from whp.checks.zhang2023.engines.instances import exact, matrices, perturbed_network, rational_network
from whp.theory.proofs.identities import tensors_of
from whp.theory.proofs.referee_identities import Sums
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
