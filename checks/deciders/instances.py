"""Random exact instances of a model: the one loop over them that every decider of identities shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.calculus.exact import Number
from ...theory.language.models import Model
from .question import Question

__all__ = ["ExactInstance", "exact_instances", "largest_instance"]


@dataclass(frozen=True)
class ExactInstance:
    """Exact tensors of a model at some sizes, with the values of a listed point in place."""

    cell: dict[str, Number]
    tensors: dict[str, Any]


def exact_instances(question: Question, model: Model, *, points: bool = False) -> Iterator[ExactInstance]:
    """Instances at the engine's sizes that the statement admits (and at its points); none where the model offers none.

    A scalar tensor with listed values (a label) takes them in turn: drawn at random it might be the same in all
    instances. A listed value whose symbol names a tensor is put in its place.
    """
    engine = question.engines.get(model)
    if engine is None or engine.instance is None:
        return
    rng = np.random.default_rng(np.random.SeedSequence(question.seed))
    for k, sizes in enumerate(engine.instances):
        for listed in question.statement.exact_points if points else ({},):
            tensors = dict(engine.instance(sizes, rng))
            for tensor in model.tensors:
                if tensor.values and tensor.name in tensors:
                    tensors[tensor.name] = np.array(tensor.values[k % len(tensor.values)], dtype=object)
            tensors |= {name: np.array(v, dtype=object) for name, v in listed.items() if name in tensors}
            cell = {**sizes, **listed}
            if not _excluded(question, cell):
                yield ExactInstance(cell, tensors)


def _excluded(question: Question, cell: dict[str, Number]) -> bool:
    """Whether a domain or a hypothesis fails; one with symbols that no cell of an instance has excludes nothing."""
    statement = question.statement
    if any(p.name in cell and not p.admits(cell[p.name]) for p in statement.parameters):
        return True
    known = [h for h in statement.hypotheses if {s.name for s in h.relation.free_symbols} <= {*cell}]
    return any(h.failure(cell) is not None for h in known)


def largest_instance(question: Question, model: Model) -> tuple[dict[str, Number], int]:
    """The sizes of the last instance, and how many sizes there are."""
    sizes = question.engines[model].instances
    return dict(sizes[-1]), len(sizes)
