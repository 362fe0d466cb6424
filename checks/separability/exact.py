"""Exact integers behind separability: dyadic scaling, verification, and a rational dual simplex that always decides.

With rows g_i (the samples times their labels) exactly one of two systems has a solution (Gordan):
G v > 0, or λ ≥ 0, λ ≠ 0, Gᵀλ = 0. Both are homogeneous, so every row and every column may be multiplied by a power
of two, which turns float64 data into integers without any rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from flint import fmpq, fmpz_mat, nmod_mat
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Ranks are guessed modulo these primes; a bad guess can only fail the exact verification, never pass it.
PRIMES = (2**61 - 1, 2**64 - 59, 2**63 - 25)
# Pivots per basis row that follow generic prices, fast but able to stall on ties, before Bland's rule takes over.
PRICED_PIVOTS = 20


class Decision(NamedTuple):
    """Integers solving one of Gordan's two systems for an integer matrix."""

    kind: Literal["separable", "inseparable"]
    numbers: list[int]


def decompose(values: Array) -> tuple[Ints, Ints]:
    """Write finite floats exactly as ``mantissa * 2**exponent`` with odd mantissas (zero: 0 and 0)."""
    fraction, exponent = np.frexp(values)
    mantissa = (fraction * 2.0**53).astype(np.int64)
    zero = mantissa == 0
    lowest_bit = np.where(zero, 1, mantissa & -mantissa)
    trailing = np.frexp(lowest_bit.astype(np.float64))[1].astype(np.int64) - 1
    return mantissa >> trailing, np.where(zero, 0, exponent.astype(np.int64) - 53 + trailing)


def dyadic_integers(mantissa: Ints, exponent: Ints) -> tuple[list[int], int]:
    """Write dyadic numbers as Python integers times one common power of two."""
    nonzero = mantissa != 0
    base = int(exponent[nonzero].min()) if nonzero.any() else 0
    shifts = np.where(nonzero, exponent - base, 0)
    return [m << s for m, s in zip(mantissa.ravel().tolist(), shifts.ravel().tolist(), strict=True)], base


class Dyadics(NamedTuple):
    """A table of dyadic numbers, mantissa · 2**exponent, next to its rounding, fraction · 2**size.

    Attributes
    ----------
    mantissa : ndarray, shape (n, d)
        Odd, or 0: int64 where 53 bits are enough, else Python integers.
    exponent : ndarray of int64, shape (n, d)
    fraction : ndarray of float64, shape (n, d)
        In [1/2, 1) up to sign, or 0.
    size : ndarray of int64, shape (n, d)
    """

    mantissa: NDArray[Any]
    exponent: Ints
    fraction: Array
    size: Ints

    @classmethod
    def of_floats(cls, values: Array) -> Dyadics:
        """Exactly the given finite floats."""
        fraction, size = np.frexp(values)
        return cls(*decompose(values), fraction, size.astype(np.int64))

    @classmethod
    def of_integers(cls, rows: Sequence[Sequence[int]]) -> Dyadics:
        """Exactly the given integers, of any length."""
        shape = len(rows), len(rows[0])
        flat = [x for row in rows for x in row]
        trailing = [(x & -x).bit_length() - 1 if x else 0 for x in flat]
        odd = [x >> t for x, t in zip(flat, trailing, strict=True)]
        lengths = [x.bit_length() for x in odd]
        # Beyond 60 bits a float of the leading ones is as good.
        leading = [x >> max(0, length - 60) for x, length in zip(odd, lengths, strict=True)]
        fraction = np.array([math.ldexp(x, -min(n, 60)) for x, n in zip(leading, lengths, strict=True)])
        fraction, over = np.frexp(fraction)
        mantissa: NDArray[Any] = np.empty(len(odd), dtype=np.int64 if max(lengths) <= 53 else object)
        mantissa[:] = odd
        exponent = np.array(trailing, dtype=np.int64)
        size = exponent + np.array(lengths, dtype=np.int64) + over
        size = np.where(fraction == 0, 0, size)
        return cls(mantissa.reshape(shape), exponent.reshape(shape), fraction.reshape(shape), size.reshape(shape))

    def take(self, rows: Any, signs: NDArray[np.int64] | None = None) -> Dyadics:
        """Some of the rows, each times a sign if there are any."""
        found = Dyadics(*(part[rows] for part in self))
        if signs is None:
            return found
        return found._replace(mantissa=found.mantissa * signs[:, None], fraction=found.fraction * signs[:, None])


@dataclass(frozen=True)
class ScaledRows:
    """Rows of G as integers and as well-scaled floats, both equal to G up to powers of two.

    Attributes
    ----------
    integers : flint.fmpz_mat, shape (n, d)
        ``integers[i, j] = G[i, j] * 2**(row[i] + column[j])``, exactly.
    floats : ndarray, shape (n, d)
        ``G[i, j] * 2**(float_row[i] + column[j])``, entries in [-1, 1]; what underflows becomes 0.
    row, float_row : ndarray of int64, shape (n,)
    column : ndarray of int64, shape (d,)
    """

    integers: fmpz_mat
    floats: Array
    row: Ints
    float_row: Ints
    column: Ints


def scale_rows(G: Dyadics) -> ScaledRows:
    """Scale rows and columns of G (n, d) by powers of two so that exponents are as equal as they can be."""
    mantissa, exponent, fraction, whole = G
    nonzero = fraction != 0
    size = np.where(nonzero, whole, np.nan)
    n, d = size.shape
    row, column = np.zeros((n, 1)), np.zeros((1, d))
    for _ in range(3):
        row = -_mid_range(size + column, axis=1)
        column = -_mid_range(size + row, axis=0)
    shift = column.astype(np.int64)
    shifted = np.where(nonzero, exponent + shift, np.iinfo(np.int64).max)
    integer_row = -shifted.min(axis=1)
    integer_row[~nonzero.any(axis=1)] = 0
    magnitude = np.where(nonzero, whole + shift, np.iinfo(np.int64).min)
    float_row = -magnitude.max(axis=1)
    float_row[~nonzero.any(axis=1)] = 0
    bits = np.where(nonzero, exponent + shift + integer_row[:, None], 0)
    entries = [m << s for m, s in zip(mantissa.ravel().tolist(), bits.ravel().tolist(), strict=True)]
    power = np.where(nonzero, magnitude + float_row[:, None], 0).clip(-4000, 0).astype(np.int32)
    return ScaledRows(fmpz_mat(n, d, entries), np.ldexp(fraction, power), integer_row, float_row, shift.ravel())


def _mid_range(size: Array, axis: int) -> Array:
    """Middle of the finite exponents along an axis, 0 where there are none."""
    low = np.where(np.isnan(size), np.inf, size).min(axis=axis, keepdims=True)
    high = np.where(np.isnan(size), -np.inf, size).max(axis=axis, keepdims=True)
    empty = ~np.isfinite(low)
    return np.where(empty, 0.0, np.floor((np.where(empty, 0, low) + np.where(empty, 0, high)) / 2))


def column_vector(numbers: Sequence[int]) -> fmpz_mat:
    """An integer column."""
    return fmpz_mat(len(numbers), 1, list(numbers))


def is_witness(rows: fmpz_mat, v: Sequence[int]) -> bool:
    """Whether every entry of ``rows @ v`` is positive, in exact integers."""
    return all(entry > 0 for entry in (rows * column_vector(v)).entries())


def is_gordan(rows: fmpz_mat, weights: Sequence[int]) -> bool:
    """Whether weights are nonnegative, not all zero and annihilate the rows, in exact integers."""
    if min(weights) < 0 or max(weights) == 0:
        return False
    support = [i for i, w in enumerate(weights) if w]
    chosen = fmpz_mat([[rows[i, j] for j in range(rows.ncols())] for i in support])
    combination = fmpz_mat(1, len(support), [weights[i] for i in support]) * chosen
    return all(entry == 0 for entry in combination.entries())


def decide_exactly(rows: fmpz_mat, order: Sequence[int], max_pivots: int | None = None) -> Decision | None:
    """Solve Gordan's alternative exactly by a dual simplex on {λ ≥ 0, rowsᵀλ = 0, Σλ = 1}.

    Parameters
    ----------
    rows : flint.fmpz_mat, shape (n, d)
        Integer rows.
    order : permutation of range(n)
        The starting basis prefers rows that come first; a linear program's final basis put first makes the very
        first step the exact solution of both systems on that basis.
    max_pivots : int, optional
        Give up (None) after this many basis changes; without it the method always decides, because Bland's rule
        does not cycle.

    Notes
    -----
    A basis is a set of rows; x are its weights. If x ≥ 0 they are Gordan's λ. Otherwise some weight is negative, and
    its row (u, t) of the inverse basis has rows @ u + t ≥ 0 with t < 0 (a witness) unless some row can replace it.
    Feasibility alone gives no sense of direction, so artificial prices that are optimal at the start choose the
    replacement (dual ratio test): every change then improves the objective and no basis returns, but for ties.
    """
    attempts = [*PRIMES, None]
    for prime in attempts:
        decision = _dual_simplex(rows, order, max_pivots, prime)
        if decision is None:
            return None
        verify = is_witness if decision.kind == "separable" else is_gordan
        if verify(rows, decision.numbers):
            return decision
    raise ArithmeticError("the exact simplex contradicts its own verification; this is a defect, please report it")


def _dual_simplex(rows: fmpz_mat, order: Sequence[int], max_pivots: int | None, prime: int | None) -> Decision | None:
    n, d = rows.nrows(), rows.ncols()
    columns = independent_columns(rows, prime)
    r = len(columns)
    # Column k of the system is row order[k] of the data, restricted to independent coordinates, with a 1 below.
    table = rows.table()
    system = fmpz_mat([[table[i][j] for i in order] for j in columns] + [[1] * n])
    basis = independent_columns(system, prime)
    if len(basis) == r:
        # (1, …, 1) is in the column space of the data: some v has all margins exactly equal.
        square = fmpz_mat([[table[order[k]][j] for j in columns] for k in basis])
        v, _ = solve_integers(square, column_vector([1] * r))
        return Decision("separable", scatter(v, columns, d))
    entries = system.table()
    right = column_vector([0] * r + [1])
    prices = _prices(n, basis)
    pivots = 0
    while True:
        square = fmpz_mat([[line[k] for k in basis] for line in entries])
        x, _ = solve_integers(square, right)
        negative = [p for p in range(r + 1) if x[p] < 0]
        if not negative:
            return Decision("inseparable", scatter(x, [order[k] for k in basis], n))
        priced = pivots < PRICED_PIVOTS * (r + 1)
        leave = min(negative, key=(x if priced else basis).__getitem__)
        unit_and_prices = fmpz_mat([[int(p == leave), prices[basis[p]]] for p in range(r + 1)])
        solution, denominator = solve_integers(square.transpose(), unit_and_prices)
        u, shadow = solution[::2], solution[1::2]
        change = (fmpz_mat(1, r + 1, u) * system).entries()
        candidates = [k for k in range(n) if change[k] < 0]
        if not candidates:
            return Decision("separable", scatter(u[:r], columns, d))
        if max_pivots is not None and pivots >= max_pivots:
            return None
        if priced:
            paid = (fmpz_mat(1, r + 1, shadow) * system).entries()
            ratio = {k: fmpq(denominator * prices[k] - paid[k], -change[k]) for k in candidates}
            basis[leave] = min(candidates, key=ratio.__getitem__)
        else:
            basis[leave] = candidates[0]
        pivots += 1


def _prices(n: int, basis: Sequence[int]) -> list[int]:
    """Costs that make every basis change improve an objective: 0 in the first basis, generic and positive elsewhere."""
    prices: list[int] = np.random.default_rng(0).integers(1, 2**30, n).tolist()
    for k in basis:
        prices[k] = 0
    return prices


def solve_integers(square: fmpz_mat, right: fmpz_mat) -> tuple[list[int], int]:
    """Numerators, row by row, and common positive denominator of the solution of a nonsingular integer system."""
    solution: Any = square.solve(right)
    numerators, denominator = solution.numer_denom()
    return [int(entry) for entry in numerators.entries()], int(denominator)


def scatter(values: Sequence[int], where: Sequence[int], size: int) -> list[int]:
    """A list of zeros but for the given values at the given places."""
    full = [0] * size
    for position, value in zip(where, values, strict=True):
        full[position] = value
    return full


def independent_columns(matrix: fmpz_mat, prime: int | None = PRIMES[0]) -> list[int]:
    """Columns, leftmost first, that are linearly independent (modulo a prime, hence over the rationals too)."""
    reduced: Any
    if prime is None:
        reduced, _, rank = matrix.rref()
    else:
        reduced, rank = nmod_mat(matrix, prime).rref()
    pivots, column = [], 0
    for line in range(rank):
        while reduced[line, column] == 0:
            column += 1
        pivots.append(column)
        column += 1
    return pivots


def shorten(rows: fmpz_mat, v: Sequence[int]) -> list[int]:
    """Drop low bits of a witness as long as it stays one: 53 bits if they are enough, else twice as many, and so on."""
    longest = max(abs(x).bit_length() for x in v)
    kept = 53
    while kept < longest:
        short = [x >> (longest - kept) for x in v]
        if is_witness(rows, short):
            return short
        kept *= 2
    return list(v)
