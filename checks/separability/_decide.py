"""The chain of proposals for one homogeneous system G v > 0: floats propose, integers decide."""

from __future__ import annotations

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from ._coordinates import row_coordinates
from ._proposals import float_numerators, nearest_point, refine
from .exact import Decision, Dyadics, ScaledRows, decide_exactly, is_witness, scale_rows, shorten

# Work of the exact simplex, about columns³ per basis change, on data too large for the promise that it always decides.
WORK_BEYOND = 10**8
# Up to this many columns the exact solution of a basis takes about a second, so every new basis is tried.
_CHEAP_COLUMNS = 300


def decide(rows: ScaledRows, rounds: int, always: bool) -> tuple[Decision | None, str]:
    """Run the proposals in order of cost until integer arithmetic accepts one; with the name of what settled it.

    The weights of an inseparable system are those of a basic solution, so no fewer rows are inseparable.
    """
    G = rows.floats
    zero = np.flatnonzero(~G.any(axis=1))
    if zero.size:
        unit = [0] * len(G)
        unit[zero[0]] = 1
        return Decision("inseparable", unit), "zero row"
    order = np.arange(len(G))
    nearest = nearest_point(G)
    if nearest is not None:
        v, weights = nearest
        candidate = float_numerators(v)
        if is_witness(rows.integers, candidate):
            return Decision("separable", candidate), "nearest point"
        order = np.argsort(-weights, kind="stable")
        decision = decide_exactly(rows.integers, order.tolist(), max_pivots=0)
        if decision is not None:
            return decision, "exact solution on the nearest point's support"
    coordinates = row_coordinates(rows.integers, order.tolist())
    nearest = None if coordinates is None else nearest_point(coordinates.scaled.floats)
    if coordinates is not None and nearest is not None:
        w, weights = nearest
        candidate = coordinates.witness(float_numerators(w), G.shape[1])
        if is_witness(rows.integers, candidate):
            return Decision("separable", candidate), "nearest point in row coordinates"
        order = np.argsort(-weights, kind="stable")
        decision = decide_exactly(rows.integers, order.tolist(), max_pivots=0)
        if decision is not None:
            return decision, "exact solution on the nearest point's support in row coordinates"
    return _by_program(rows, order, rounds, always)


def _by_program(rows: ScaledRows, order: NDArray[np.int64], rounds: int, always: bool) -> tuple[Decision | None, str]:
    columns = rows.floats.shape[1]
    tried: list[int] = []
    for step, proposal in enumerate(refine(rows, rounds)):
        name = f"refinement {step}" if step else "linear program"
        if is_witness(rows.integers, proposal.v):
            return Decision("separable", proposal.v), name
        first = set(proposal.support)
        order = np.array(proposal.support + [i for i in order.tolist() if i not in first])
        if proposal.support != tried and (step == 0 or columns <= _CHEAP_COLUMNS):
            tried = proposal.support
            decision = decide_exactly(rows.integers, order.tolist(), max_pivots=0)
            if decision is not None:
                return decision, f"exact solution on the basis of {name}"
    budget = None if always else max(2, WORK_BEYOND // columns**3)
    return decide_exactly(rows.integers, order.tolist(), budget), "exact simplex"


def decide_integers(rows: fmpz_mat, rounds: int, always: bool) -> Decision | None:
    """The same for integer rows of any size, with numbers for these very rows."""
    scaled = scale_rows(Dyadics.of_integers([[int(x) for x in line] for line in rows.table()]))
    decision, _ = decide(scaled, rounds, always)
    if decision is None:
        return None
    numbers, shifts = decision.numbers, scaled.row
    if decision.kind == "separable":
        numbers, shifts = shorten(scaled.integers, numbers), scaled.column
    least = int(shifts.min())
    return Decision(decision.kind, [x << (s - least) for x, s in zip(numbers, shifts.tolist(), strict=True)])
