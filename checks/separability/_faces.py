"""Which rows can be made positive: Stiemke's alternative on the face where a system of rows is tight.

For rows g_i let C = {v: ⟨v, g_i⟩ ≥ 0 for all i}. Some v in C is positive on as many rows as any (the rows P), and some
weights, positive on just the others (the tight rows T), have Σ λ_i g_i = 0. Each proves the other to be largest.

A Gordan combination shows that its rows are tight; then so is every row that they span. All v in C vanish on that span,
so the question goes on in the quotient by it, a space of fewer dimensions, until what is left can be made positive or
nothing is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy
from flint import fmpz_mat

from .exact import PRIMES, Decision, ScaledRows, column_vector, independent_columns, scatter, solve_integers

# Weights that a basis leaves free are rounded to this many bits after the point.
_WEIGHT_BITS = 8
# A float combination below this share of its weights is worth an exact solution.
_VANISHED = 1e-9

Decide = Callable[[fmpz_mat], Decision | None]


class Face(NamedTuple):
    """A direction that is positive on the rows P (None when there are none), and weights of the tight rows, 0 on P."""

    direction: list[int] | None
    weights: list[int]


class Basis(NamedTuple):
    """Independent rows of an integer matrix, and columns on which they are independent."""

    rows: list[int]
    columns: list[int]


def find_face(rows: fmpz_mat, circuit: Sequence[int], decide: Decide) -> Face | None:
    """The face of integer rows (n, d) of which a Gordan combination is known; None when a decision gives up."""
    n = rows.nrows()
    table = rows.table()
    weights, basis = [0] * n, Basis([], [])
    while True:
        support = {i: w for i, w in enumerate(circuit) if w}
        weights = absorb(rows, weights, basis, support)
        basis, null = span_of(rows, [*basis.rows, *support])
        left = [i for i in range(n) if not weights[i]]
        images = (fmpz_mat([table[i] for i in left]) * null).table() if left and null.ncols() else []
        spanned = [i for i, line in zip(left, images, strict=True) if not any(line)] if null.ncols() else left
        weights = absorb(rows, weights, basis, dict.fromkeys(spanned, 1))
        rest = [(i, line) for i, line in zip(left, images, strict=False) if any(line)]
        if not rest:
            return Face(None, weights)
        quotient = fmpz_mat([_primitive(line) for _, line in rest])
        decision = decide(quotient)
        if decision is None:
            return None
        if decision.kind == "separable":
            w = _generic(quotient, null, decision.numbers)
            v = [int(x) for x in (null * column_vector(w)).entries()]
            common = math.gcd(*v)
            return Face([x // common for x in v], weights)
        contents = [math.gcd(*(int(x) for x in line)) for _, line in rest]
        common = math.lcm(*contents)
        numbers = [w * (common // content) for w, content in zip(decision.numbers, contents, strict=True)]
        circuit = scatter(numbers, [i for i, _ in rest], n)


def positive_weights(rows: ScaledRows) -> list[int] | None:
    """Positive weights of all rows whose combination vanishes, from floats and one exact solution; None without luck.

    Weights 1 + μ with μ ≥ 0 and least ‖Σ (1 + μ_i) g_i‖ vanish iff there are any. All but those of a basis of rows are
    rounded to short integers, and those of the basis follow.
    """
    G = rows.floats
    try:
        extra, residual = scipy.optimize.nnls(G.T, -G.sum(axis=0), maxiter=3 * (len(G) + G.shape[1]))
    except (RuntimeError, np.linalg.LinAlgError):
        return None
    rounded = np.rint(np.ldexp(1.0 + extra, _WEIGHT_BITS))
    if not residual <= _VANISHED * (1.0 + extra).sum() or not np.isfinite(rounded).all():
        return None
    shifts = rows.float_row - rows.row
    weights = [int(x) << s for x, s in zip(rounded.tolist(), (shifts - shifts.min()).tolist(), strict=True)]
    basis = basis_of(rows.integers, np.argsort(-extra, kind="stable").tolist())
    if not basis.rows:
        return None
    for i in basis.rows:
        weights[i] = 0
    total = (fmpz_mat(1, len(weights), weights) * rows.integers).entries()
    solved, scale = express(rows.integers, basis, [-int(x) for x in total])
    if min(solved) <= 0:
        return None
    found = [scale * w for w in weights]
    for i, w in zip(basis.rows, solved, strict=True):
        found[i] = w
    if any((fmpz_mat(1, len(found), found) * rows.integers).entries()):
        return None
    common = math.gcd(*found)
    return [w // common for w in found]


def span_of(rows: fmpz_mat, among: Sequence[int]) -> tuple[Basis, fmpz_mat]:
    """A basis of the span of some rows, and integer columns that span what is orthogonal to it."""
    for prime in (PRIMES[0], None):
        basis = basis_of(rows, among, prime)
        null = null_space(rows, basis)
        # Modulo a prime a rank may be too low, and then some row is not orthogonal.
        if not among or not any((_chosen(rows, among) * null).entries()):
            return basis, null
    raise ArithmeticError("the span of some rows was not found; this is a defect, please report it")


def basis_of(rows: fmpz_mat, among: Sequence[int], prime: int | None = PRIMES[0]) -> Basis:
    """The first independent ones among some rows modulo a prime (None: over the rationals), with columns that show it.

    They are independent over the rationals too; only their number may be too small.
    """
    if not among:
        return Basis([], [])
    first = [among[k] for k in independent_columns(_chosen(rows, among).transpose(), prime)]
    return Basis(first, independent_columns(_chosen(rows, first), prime) if first else [])


def _chosen(rows: fmpz_mat, among: Sequence[int]) -> fmpz_mat:
    return fmpz_mat([[rows[i, j] for j in range(rows.ncols())] for i in among])


def absorb(rows: fmpz_mat, weights: list[int], basis: Basis, extra: Mapping[int, int]) -> list[int]:
    """Weights that are positive where the given ones or `extra` are, and whose combination still vanishes.

    The combination of `extra` must lie in the span of the basis, on which the given weights are positive.
    """
    if not extra:
        return weights
    total = (fmpz_mat(1, len(extra), list(extra.values())) * _chosen(rows, list(extra))).entries()
    correction, scale = ([0] * len(basis.rows), 1) if not any(total) else express(rows, basis, [-int(x) for x in total])
    times = 1
    for i, c in zip(basis.rows, correction, strict=True):
        times = max(times, -c // weights[i] + 1)
    found = [times * w for w in weights]
    for i, c in zip(basis.rows, correction, strict=True):
        found[i] += c
    for i, e in extra.items():
        found[i] += scale * e
    common = math.gcd(*found)
    return [x // common for x in found]


def express(rows: fmpz_mat, basis: Basis, target: Sequence[int]) -> tuple[list[int], int]:
    """Coefficients of the basis rows, and the positive factor, with Σ coefficient · row = factor · target."""
    square = fmpz_mat([[rows[i, j] for i in basis.rows] for j in basis.columns])
    return solve_integers(square, column_vector([target[j] for j in basis.columns]))


def null_space(rows: fmpz_mat, basis: Basis) -> fmpz_mat:
    """Integer columns that span {v: ⟨v, g_i⟩ = 0 for the basis rows}, shape (d, d − rank)."""
    d = rows.ncols()
    free = [j for j in range(d) if j not in set(basis.columns)]
    if not free or not basis.rows:
        return fmpz_mat(d, len(free), [int(i == j) for i in range(d) for j in free])
    square = fmpz_mat([[rows[i, j] for j in basis.columns] for i in basis.rows])
    flat, scale = solve_integers(square, fmpz_mat([[rows[i, j] for j in free] for i in basis.rows]))
    solved = [flat[k * len(free) : (k + 1) * len(free)] for k in range(len(basis.rows))]
    columns = []
    for c, j in enumerate(free):
        v = scatter([-line[c] for line in solved], basis.columns, d)
        v[j] = scale
        columns.append(_primitive(v))
    return fmpz_mat([[column[j] for column in columns] for j in range(d)])


def _primitive(line: Sequence[Any]) -> list[int]:
    numbers = [int(x) for x in line]
    common = math.gcd(*numbers) or 1
    return [x // common for x in numbers]


def _generic(quotient: fmpz_mat, null: fmpz_mat, w: list[int]) -> list[int]:
    """A witness of the quotient that gives no coefficient the value 0 unless all witnesses do."""
    lines = fmpz_mat([line for line in null.table() if any(line)])
    values = (lines * column_vector(w)).entries()
    if all(values):
        return w
    # 1, t, t², … leaves every hyperplane for some t ≤ columns · lines, as a polynomial has few roots.
    for t in range(1, len(w) * len(values) + 2):
        push = column_vector([t**k for k in range(len(w))])
        pushed = (lines * push).entries()
        if all(x or y for x, y in zip(values, pushed, strict=True)):
            break
    least = 1 + max(abs(int(x)) for x in [*pushed, *(quotient * push).entries()])
    return [least * x + int(p) for x, p in zip(w, push.entries(), strict=True)]
