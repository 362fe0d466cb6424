"""Certified bounds of the maximum margin max_v min_i ⟨v, g_i⟩/‖v‖ of given rows g_i.

Any v bounds it from below, any convex combination from above: min_i ⟨v, g_i⟩/‖v‖ ≤ maximum ≤ ‖Σ λ_i g_i‖, with
equality at the nearest point of the convex hull to 0. Both sides are evaluated in integers; only the final square root
and quotient are rounded, outwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from flint import arb, fmpz, fmpz_mat
from numpy.typing import NDArray

from ...theory.calculus.enclosure import Enclosure, workprec
from ._proposals import float_numerators, nearest_point
from .exact import column_vector, decompose, dyadic_integers

Array = NDArray[np.float64]
_PRECISION = 128
# Exact active-set changes after the floating-point proposal; each solves one integer system.
_EXACT_STEPS = 60
# Floating-point bounds this close to each other are good enough.
_GOOD_SHARE = 1 - 1e-9


class IntegerRows(NamedTuple):
    """Rows as integers times one power of two: ``integers * 2**exponent``."""

    integers: fmpz_mat
    exponent: int

    @classmethod
    def of(cls, G: Array) -> IntegerRows:
        entries, exponent = dyadic_integers(*decompose(G))
        return cls(fmpz_mat(G.shape[0], G.shape[1], entries), exponent)


def witness_margin(rows: IntegerRows, v: Sequence[int]) -> Enclosure:
    """Enclosure of min_i ⟨v, g_i⟩/‖v‖ for an integer direction v ≠ 0."""
    least = int(min((rows.integers * column_vector(v)).entries()))
    with workprec(_PRECISION):
        return Enclosure.of(arb(least) / arb(sum(x * x for x in v)).sqrt() * arb(2) ** rows.exponent)


def hull_norm(rows: IntegerRows, weights: Sequence[int]) -> Enclosure:
    """Enclosure of ‖Σ λ_i g_i‖ for integer weights ≥ 0, normalised to sum 1."""
    point = (fmpz_mat(1, len(weights), list(weights)) * rows.integers).entries()
    square = sum(int(x) * int(x) for x in point)
    with workprec(_PRECISION):
        return Enclosure.of(arb(square).sqrt() / arb(sum(weights)) * arb(2) ** rows.exponent)


def bound_maximum_margin(
    rows: IntegerRows, G: Array, witness: Sequence[int] | None, exact: bool
) -> tuple[Enclosure, list[int], list[int]]:
    """Best certified bounds found, with the integer witness and weights that give them.

    Parameters
    ----------
    rows : IntegerRows
    G : ndarray, shape (n, d)
        The same rows in floating point.
    witness : sequence of int, optional
        A direction known to separate; it competes with the floating-point one.
    exact : bool
        Close a remaining gap in exact arithmetic.
    """
    scaled = np.ldexp(G, -int(np.frexp(np.abs(G).max())[1]))
    nearest = nearest_point(scaled)
    if nearest is None:
        weights = [0] * len(G)
        weights[int(np.argmin(np.square(scaled).sum(axis=1)))] = 1
        candidates = []
    else:
        weights = float_numerators(nearest[1])
        candidates = [float_numerators(nearest[0])] if nearest[0].any() else []
    if witness is not None:
        candidates.append(list(witness))
    lower, v = _best_witness(rows, candidates)
    upper = hull_norm(rows, weights).upper
    if exact and not lower > upper * _GOOD_SHARE:
        polished = nearest_point_exactly(rows, weights)
        if polished is not None:
            weights = polished
            upper = hull_norm(rows, weights).upper
            point = [int(x) for x in (fmpz_mat(1, len(weights), weights) * rows.integers).entries()]
            if any(point):
                lower, v = _best_witness(rows, [v, point] if any(v) else [point])
    return Enclosure(lower, upper), v, weights


def _best_witness(rows: IntegerRows, candidates: list[list[int]]) -> tuple[arb, list[int]]:
    """The largest certified lower margin; the zero vector, with margin 0, when none is positive."""
    best, chosen = arb(0), [0] * rows.integers.ncols()
    for v in candidates:
        lower = witness_margin(rows, v).lower
        if lower > best:
            best, chosen = lower, v
    return best, chosen


def nearest_point_exactly(rows: IntegerRows, weights: Sequence[int]) -> list[int] | None:
    """Integer weights of the exact nearest point of conv{g_i} to 0, from good starting weights (Wolfe's algorithm).

    None when the support becomes affinely dependent or the steps run out.
    """
    table = rows.integers.table()
    total = sum(weights)
    current = {i: Fraction(w, total) for i, w in enumerate(weights) if w > 0}
    for _ in range(_EXACT_STEPS):
        target = _nearest_on_affine_hull(fmpz_mat([table[i] for i in current]))
        if target is None:
            return None
        goal = dict(zip(current, target, strict=True))
        blocking = [w / (w - goal[i]) for i, w in current.items() if goal[i] < 0]
        step = min(blocking, default=Fraction(1))
        moved = {i: w + step * (goal[i] - w) for i, w in current.items()}
        current = {i: w for i, w in moved.items() if w > 0}
        if blocking:
            continue
        scale = math.lcm(*(w.denominator for w in current.values()))
        full = [0] * len(weights)
        for i, w in current.items():
            full[i] = int(w * scale)
        # The point p is scaled by `scale`; ⟨p, g_i⟩ ≥ ‖p‖² for all i makes it the nearest one.
        point = fmpz_mat(1, len(full), full) * rows.integers
        products = (rows.integers * point.transpose()).entries()
        enter = min(range(len(full)), key=products.__getitem__)
        if products[enter] * scale >= sum(x * x for x in point.entries()):
            return full
        current[enter] = Fraction(0)
    return None


def _nearest_on_affine_hull(block: fmpz_mat) -> list[Fraction] | None:
    """Barycentric coordinates of the point of the rows' affine hull nearest to 0 (None: affinely dependent rows)."""
    size = block.nrows()
    gram = (block * block.transpose()).table()
    bordered = fmpz_mat([[*line, fmpz(1)] for line in gram] + [[fmpz(1)] * size + [fmpz(0)]])
    try:
        solution: Any = bordered.solve(column_vector([0] * size + [1]))
    except ZeroDivisionError:
        return None
    numerators, denominator = solution.numer_denom()
    return [Fraction(int(x), int(denominator)) for x in numerators.entries()[:size]]
