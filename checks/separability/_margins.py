"""Certified bounds of the maximum margin max_v min_i ⟨v, g_i⟩/‖v‖ of given rows g_i.

Any v bounds it from below, any convex combination from above: min_i ⟨v, g_i⟩/‖v‖ ≤ maximum ≤ ‖Σ λ_i g_i‖, with
equality at the nearest point of the convex hull to 0. Both sides are evaluated in integers; only the final square root
and quotient are rounded, outwards. Of K classes only the rows that matter are written out (cutting planes).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpz, fmpz_mat
from numpy.typing import NDArray

from ...theory.calculus.enclosure import Enclosure, workprec
from ._proposals import float_numerators, nearest_point
from ._samples import Samples, kesler_rows
from .exact import Dyadics, column_vector, dyadic_integers, independent_columns

Array = NDArray[np.float64]
Positions = NDArray[np.int64]
_PRECISION = 128
# Changes of the active set that float proposals missed.
_STEPS = 1000
# Bits of the balls in which the active set is walked before the last, exact steps.
_BITS = 1024
# Bounds this close to each other are good enough.
_GOOD_SHARE = 1 - 1e-10


class MarginRows:
    """The rows g_i of a data set in its own units: integers times ``2**exponent / denominator``."""

    def __init__(self, data: Samples) -> None:
        table = data.table if not data.two else data.table.take(slice(None), data.signs)
        self.labels, self.K, self.table = data.labels, len(data.classes), table
        self.denominator = math.lcm(*data.factors)
        entries, self.exponent = dyadic_integers(table.mantissa, table.exponent)
        samples, d = table.size.shape
        factors = [self.denominator // f for f in data.factors for _ in range(d)]
        self.samples = fmpz_mat(samples, d, [x * f for x, f in zip(entries, factors, strict=True)])
        self.each = 1 if data.two else self.K - 1
        self.n, self.columns = samples * self.each, d * (1 if data.two else self.K)

    def products(self, v: Sequence[int]) -> list[int]:
        """⟨v, g_i⟩ of every row, in units of the integers."""
        d = self.samples.ncols()
        scores = (self.samples * fmpz_mat(len(v) // d, d, list(v)).transpose()).table()
        if self.each == 1:
            return [int(line[0]) for line in scores]
        found = []
        for line, own in zip(scores, self.labels.tolist(), strict=True):
            found += [int(line[own] - line[k]) for k in range(self.K) if k != own]
        return found

    def margin(self, v: Sequence[int]) -> Enclosure:
        """Enclosure of min_i ⟨v, g_i⟩/‖v‖ for an integer direction v ≠ 0."""
        least = min(self.products(v))
        with workprec(_PRECISION):
            return Enclosure.of(arb(least) / arb(sum(x * x for x in v)).sqrt() * self._unit())

    def hull_norm(self, point: Sequence[int], total: int) -> Enclosure:
        """Enclosure of ‖point‖/total for a combination of rows with integer weights of that sum."""
        with workprec(_PRECISION):
            return Enclosure.of(arb(sum(x * x for x in point)).sqrt() / arb(total) * self._unit())

    def _unit(self) -> arb:
        return arb(2) ** self.exponent / arb(self.denominator)

    def first(self, v: Sequence[int] | None) -> Positions:
        """The rows to start with: all of two classes, else those with the least products with a direction."""
        if self.each == 1 or v is None:
            return np.arange(self.n)
        products = self.products(v)
        order = sorted(range(self.n), key=products.__getitem__)
        return np.array(sorted(order[: 2 * self.columns]))

    def chosen(self, positions: Positions) -> tuple[fmpz_mat, Dyadics]:
        """Some rows, written out as integers and as floats with their exponents."""
        if self.each == 1:
            return self.samples, self.table
        dyadics = kesler_rows(self.table, self.labels, self.K, positions, self.K)
        table, d = self.samples.table(), self.samples.ncols()
        lines = []
        for k in positions.tolist():
            i, j = divmod(k, self.each)
            own = int(self.labels[i])
            rival = j + (j >= own)
            line: list[Any] = [0] * self.columns
            line[own * d : (own + 1) * d] = table[i]
            line[rival * d : (rival + 1) * d] = [-x for x in table[i]]
            lines.append(line)
        return fmpz_mat(lines), dyadics


def bound_maximum_margin(
    rows: MarginRows, witness: Sequence[int] | None, exact: bool
) -> tuple[Enclosure, list[int], list[int]]:
    """Best certified bounds found, with the integer witness and weights that give them.

    Parameters
    ----------
    rows : MarginRows
    witness : sequence of int, optional
        A direction known to separate; it competes with the floating-point one.
    exact : bool
        Close a remaining gap in exact arithmetic.
    """
    positions = rows.first(witness)
    lower, v = (arb(0), [0] * rows.columns) if witness is None else (rows.margin(witness).lower, list(witness))
    while True:
        integers, dyadics = rows.chosen(positions)
        found = _nearest(integers, dyadics, exact)
        upper = rows.hull_norm(found.point, sum(found.weights)).upper
        for candidate in found.directions:
            margin = rows.margin(candidate).lower
            if margin > lower:
                lower, v = margin, candidate
        missed = _missed(rows, positions, found.directions[-1]) if found.directions else np.array([], dtype=np.int64)
        if lower > upper * _GOOD_SHARE or not missed.size:
            weights = [0] * rows.n
            for k, w in zip(positions.tolist(), found.weights, strict=True):
                weights[k] = w
            return Enclosure(lower, upper), v, weights
        positions = np.union1d(positions, missed)


def _missed(rows: MarginRows, positions: Positions, v: Sequence[int]) -> Positions:
    """Rows not written out so far on which a direction is less than on those, the worst of them."""
    if len(positions) == rows.n:
        return np.array([], dtype=np.int64)
    products = rows.products(v)
    least = min(products[k] for k in positions.tolist())
    worse = sorted((p, k) for k, p in enumerate(products) if p < least)
    return np.array([k for _, k in worse[: rows.columns]], dtype=np.int64)


class _Nearest:
    """Weights (n,) of a point of the hull close to 0, that point, and directions that may separate, the best last."""

    def __init__(self, integers: fmpz_mat, weights: list[int], directions: list[list[int]]) -> None:
        self.weights = weights
        self.point = [int(x) for x in (fmpz_mat(1, len(weights), weights) * integers).entries()]
        self.directions = [*directions, self.point] if any(self.point) else directions

    def closed(self, integers: fmpz_mat) -> bool:
        """Whether the point itself shows that no point is nearer by more than a tiny share."""
        square = sum(x * x for x in self.point)
        least = int(min((integers * column_vector(self.point)).entries()))
        return square > 0 and least * sum(self.weights) * 10**10 >= square * (10**10 - 1)


def _nearest(integers: fmpz_mat, rows: Dyadics, exact: bool) -> _Nearest:
    # Rows of any size become rows of size 1, which only changes the heights that the nearest point must reach.
    top = np.where(rows.fraction != 0, rows.size, np.iinfo(np.int64).min).max(axis=1)
    scaled = np.ldexp(rows.fraction, (rows.size - top[:, None]).clip(-4000, 0).astype(np.int32))
    above = top - top.min()
    nearest = nearest_point(scaled, np.ldexp(1.0, -above.clip(0, 4000).astype(np.int32)))
    if nearest is None:
        weights = [0] * len(scaled)
        weights[int(np.argmin(top))] = 1
        found = _Nearest(integers, weights, [])
    else:
        direction = [float_numerators(nearest[0])] if nearest[0].any() else []
        shifts = (above.max() - above).tolist()
        weights = [w << s for w, s in zip(float_numerators(nearest[1]), shifts, strict=True)]
        found = _Nearest(integers, weights, direction)
    if not exact or found.closed(integers):
        return found
    polished = nearest_point_exactly(integers, found.weights)
    return found if polished is None else _Nearest(integers, polished, found.directions)


def nearest_point_exactly(rows: fmpz_mat, weights: Sequence[int]) -> list[int] | None:
    """Integer weights of the exact nearest point of conv{g_i} to 0, from good starting weights (Wolfe's algorithm).

    The way is found in balls of many bits, which only propose; the last steps are rational. None when steps run out.
    """
    start = _walk(rows, weights, _BITS)
    return _walk(rows, weights if start is None else start, None)


def _walk(rows: fmpz_mat, weights: Sequence[int], bits: int | None) -> list[int] | None:
    table = rows.table()
    lengths = [max(int(abs(x)).bit_length() for x in line) for line in table]
    heaviest = sorted((i for i, w in enumerate(weights) if w), key=lambda i: -weights[i] << lengths[i])
    lifted = fmpz_mat([[*table[i], fmpz(1)] for i in heaviest]).transpose()
    # Affinely independent to begin with, and so they stay.
    kept = [heaviest[k] for k in independent_columns(lifted)]
    total = sum(weights[i] for i in kept)
    current = {i: Fraction(weights[i], total) for i in kept}
    for _ in range(_STEPS):
        target = _nearest_on_affine_hull(fmpz_mat([table[i] for i in current]), bits)
        if target is None:
            return None
        goal = dict(zip(current, target, strict=True))
        blocking = {i: w / (w - goal[i]) for i, w in current.items() if goal[i] < 0}
        step = min(blocking.values(), default=Fraction(1))
        moved = {i: w + step * (goal[i] - w) for i, w in current.items()}
        left = {i for i, share in blocking.items() if share == step}
        current = {i: _rounded(w, bits) for i, w in moved.items() if w > 0 and i not in left}
        if blocking:
            continue
        scale = math.lcm(*(w.denominator for w in current.values()))
        full = [0] * len(weights)
        for i, w in current.items():
            full[i] = int(w * scale)
        # The point p is scaled by `scale`; ⟨p, g_i⟩ ≥ ‖p‖² for all i makes it the nearest one.
        point = fmpz_mat(1, len(full), full) * rows
        square = sum(int(x) * int(x) for x in point.entries())
        total = sum(full)
        short = [square - int(p) * total for p in (rows * point.transpose()).entries()]
        # The row that is missed by most for its size enters.
        enter = max(range(len(full)), key=lambda i: short[i] >> lengths[i])
        if short[enter] <= 0 or enter in current:
            return full
        current[enter] = Fraction(0)
    return None


def _rounded(weight: Fraction, bits: int | None) -> Fraction:
    """A weight with so many bits, or as it is."""
    if bits is None:
        return weight
    shift = bits + weight.denominator.bit_length() - weight.numerator.bit_length()
    return Fraction((weight.numerator << max(shift, 0)) // weight.denominator + 1, 1 << max(shift, 0))


def _nearest_on_affine_hull(block: fmpz_mat, bits: int | None) -> list[Fraction] | None:
    """Barycentric coordinates of the point of the rows' affine hull nearest to 0 (None: affinely dependent rows)."""
    size = block.nrows()
    gram = (block * block.transpose()).table()
    bordered = fmpz_mat([[*line, fmpz(1)] for line in gram] + [[fmpz(1)] * size + [fmpz(0)]])
    right = column_vector([0] * size + [1])
    try:
        if bits is not None:
            with workprec(bits):
                balls = arb_mat(bordered).solve(arb_mat(right), algorithm="approx")
            return [_dyadic(x) for x in balls.entries()[:size]]
        solution: Any = bordered.solve(right)
    except ZeroDivisionError:
        return None
    numerators, denominator = solution.numer_denom()
    return [Fraction(int(x), int(denominator)) for x in numerators.entries()[:size]]


def _dyadic(ball: arb) -> Fraction:
    """The midpoint of a ball."""
    mantissa, exponent = ball.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
