"""Floating-point proposals for separability: a nearest-point solver and a refined linear program. They decide nothing.

The linear program is max t subject to ⟨v, g_i⟩ ≥ t for all i and |v_j| ≤ 1, always feasible and bounded: t > 0 iff the
rows are separable, and its dual λ lies in the simplex with Σ λ_i g_i = 0 iff they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import highspy
import numpy as np
import scipy
from flint import fmpz_mat
from numpy.typing import NDArray

from .exact import ScaledRows, column_vector, decompose, dyadic_integers

Array = NDArray[np.float64]

# HiGHS treats 1e20 as infinity; far beyond any slack that could bind, and far below overflow.
_FAR = 1e12
# Each refinement gains at most this many bits, so that a residual of exactly 0 does not scale to infinity.
_LARGEST_STEP = 40


def nearest_point(G: Array, heights: Array | None = None) -> tuple[Array, Array] | None:
    """Propose the point of conv{g_i} nearest to 0 by nonnegative least squares (Lawson and Hanson's LDP).

    Returns ``(v, weights)`` with weights in the simplex and v close to Σ weights_i g_i up to scale, or None when the
    iteration does not settle. In exact arithmetic v = 0 iff the rows are inseparable. With heights h_i > 0 the points
    are g_i / h_i, and the weights are those of the points times 1 / h_i, up to scale.
    """
    n, d = G.shape
    system = np.vstack([G.T, np.ones((1, n)) if heights is None else heights])
    target = np.zeros(d + 1)
    target[-1] = 1.0
    try:
        weights, _ = scipy.optimize.nnls(system, target, maxiter=10 * (n + d))
    except (RuntimeError, np.linalg.LinAlgError):
        return None
    total = weights.sum()
    if not (np.isfinite(weights).all() and total > 0):
        return None
    return (target - system @ weights)[:d] * -1.0, weights / total


@dataclass(frozen=True)
class Proposal:
    """One answer of the linear program.

    Attributes
    ----------
    v : list of int
        Candidate witness in scaled coordinates, up to a positive factor.
    support : list of int
        Rows that are tight in the final basis: the candidate support of λ.
    margin : float
        The float t; positive when the program believes the rows are separable.
    """

    v: list[int]
    support: list[int]
    margin: float


_Status = highspy.HighsModelStatus


class _Silent(highspy.Highs):
    """HiGHS without its banner, which the constructor prints before any option can be set."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class _BoxedProgram:
    """HiGHS on ``min cost·(v, t, s)`` with ``G v − t − s = 0`` and bounds; later solves start from the last basis.

    The slacks s are columns, so that a refinement can give them costs of their own.
    """

    def __init__(self, G: Array) -> None:
        n, d = G.shape
        self._highs = _Silent()
        for name, value in (
            ("threads", 1),
            ("solver", "simplex"),
            # Presolve returns bases full of fixed logicals, which say nothing about the support of λ.
            ("presolve", "off"),
            ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
            # On data of numerically low rank the simplex can wander for minutes; the exact method takes over then.
            ("simplex_iteration_limit", 5 * (n + d) + 100),
            ("small_matrix_value", 1e-12),
        ):
            self._highs.setOptionValue(name, value)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = d + 1 + n, n
        program.col_cost_ = np.concatenate([np.zeros(d), [-1.0], np.zeros(n)])
        program.col_lower_ = np.concatenate([-np.ones(d), [-np.inf], np.zeros(n)])
        program.col_upper_ = np.concatenate([np.ones(d), [np.inf], np.full(n, np.inf)])
        program.row_lower_ = program.row_upper_ = np.zeros(n)
        # Column by column: the data, −1 for the margin t, −1 for each slack.
        present = G.T != 0.0
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lengths = np.concatenate([[0], present.sum(axis=1), [n], np.ones(n)])
        program.a_matrix_.start_ = np.cumsum(lengths).astype(np.int32)
        every = np.arange(n)
        program.a_matrix_.index_ = np.concatenate([np.nonzero(present)[1], every, every]).astype(np.int32)
        program.a_matrix_.value_ = np.concatenate([G.T[present], -np.ones(2 * n)])
        self._highs.passModel(program)
        self._split = d + 1
        self.finished = False

    def change(self, cost: Array, lower: Array, upper: Array) -> None:
        columns = np.arange(len(cost), dtype=np.int32)
        self._highs.changeColsCost(len(cost), columns, cost)
        self._highs.changeColsBounds(len(cost), columns, lower, upper)

    def solve(self) -> tuple[Array, Array, list[int]] | None:
        """The last (v, t), the rows' multipliers, and the rows whose slack is not basic; None without an answer."""
        self._highs.run()
        status = self._highs.getModelStatus()
        self.finished = status == _Status.kOptimal
        if not self.finished and status != _Status.kIterationLimit:
            return None
        solution = self._highs.getSolution()
        basis, basic = self._highs.getBasis(), highspy.HighsBasisStatus.kBasic
        statuses = zip(basis.col_status[self._split :], basis.row_status, strict=True)
        support = [i for i, (slack, row) in enumerate(statuses) if slack != basic and row != basic]
        return np.array(solution.col_value[: self._split]), np.array(solution.row_dual), support


def refine(rows: ScaledRows, rounds: int) -> Iterator[Proposal]:
    """Yield the linear program's answer, then up to `rounds` refinements from exact integer residuals.

    The caller checks each answer exactly and stops as soon as one is right. Residuals of the answer so far are
    computed in integers, blown up by a power of two, and given back to the same program as new bounds and costs
    (iterative refinement of linear programs).
    """
    program = _BoxedProgram(rows.floats)
    answer = program.solve()
    if answer is None:
        return
    d = rows.floats.shape[1]
    point, dual, support = answer
    x = [Fraction(value) for value in point.tolist()]
    multipliers = [Fraction(value) for value in dual.tolist()]
    yield Proposal(_numerators(x[:d]), support, float(point[d]))
    bits = 0
    for _ in range(rounds):
        if not program.finished:
            return
        slack = _slacks(rows, x)
        cost = _reduced_costs(rows, multipliers)
        worst = max(
            -min(slack),
            max(abs(v) for v in x[:d]) - 1,
            -min(multipliers),
            max((abs(c) for c, v in zip(cost[:d], x[:d], strict=True) if abs(v) < 1), default=Fraction(0)),
            abs(cost[d]),
        )
        bits = min(bits + _LARGEST_STEP, _negative_log2(worst)) if worst > 0 else bits + _LARGEST_STEP
        scale = Fraction(2) ** bits
        # At an optimal vertex one of bound and cost is 0, so clipping the other at _FAR changes no decision.
        program.change(
            np.array([_clipped(scale * c) for c in [*cost, *multipliers]]),
            np.array([_clipped(scale * (-1 - v)) for v in x[:d]] + [-np.inf] + [_clipped(-scale * s) for s in slack]),
            np.array([_clipped(scale * (1 - v)) for v in x[:d]] + [np.inf] * (1 + len(slack))),
        )
        answer = program.solve()
        if answer is None:
            return
        point, dual, support = answer
        x = [old + Fraction(new) / scale for old, new in zip(x, point.tolist(), strict=True)]
        multipliers = [old + Fraction(new) / scale for old, new in zip(multipliers, dual.tolist(), strict=True)]
        yield Proposal(_numerators(x[:d]), support, float(x[d]))


def _clipped(value: Fraction) -> float:
    return min(max(float(value), -_FAR), _FAR)


def float_numerators(values: Array) -> list[int]:
    """Integers proportional to the floats, by one positive power of two."""
    return dyadic_integers(*decompose(np.asarray(values, dtype=np.float64)))[0]


def _numerators(values: Sequence[Fraction]) -> list[int]:
    """Integers proportional to dyadic fractions."""
    scale = max(v.denominator for v in values)
    return [v.numerator * (scale // v.denominator) for v in values]


def _slacks(rows: ScaledRows, x: Sequence[Fraction]) -> list[Fraction]:
    """Exact ⟨v, g_i⟩ − t of the scaled rows."""
    scale = max(value.denominator for value in x)
    v = [value.numerator * (scale // value.denominator) for value in x[:-1]]
    shift = (rows.float_row - rows.row).tolist()
    products = (rows.integers * column_vector(v)).entries()
    return [Fraction(int(p)) * Fraction(2) ** s / scale - x[-1] for p, s in zip(products, shift, strict=True)]


def _reduced_costs(rows: ScaledRows, multipliers: Sequence[Fraction]) -> list[Fraction]:
    """Exact cost minus the multipliers' combination of the constraint rows."""
    shift = (rows.float_row - rows.row).tolist()
    scaled = [m * Fraction(2) ** s for m, s in zip(multipliers, shift, strict=True)]
    scale = max(value.denominator for value in scaled)
    integers = [value.numerator * (scale // value.denominator) for value in scaled]
    combination = (fmpz_mat(1, len(integers), integers) * rows.integers).entries()
    return [Fraction(-int(c), scale) for c in combination] + [sum(multipliers, Fraction(0)) - 1]


def _negative_log2(value: Fraction) -> int:
    """Largest k with 2**k * value ≤ 2, at least 0."""
    return max(0, value.denominator.bit_length() - value.numerator.bit_length())
