"""Coordinates in which hidden small directions are visible to floating point.

Data of low rank plus rounding noise look singular in float64, though the noise may decide separability. Writing every
row in the basis of r of the rows (A = F A_P) turns such directions into entries of ordinary size: F is computed with
hundreds of bits and rounded once, so each of its entries has full relative accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb_mat, fmpz_mat

from ...theory.calculus.enclosure import workprec
from .exact import Dyadics, ScaledRows, column_vector, independent_columns, scale_rows, scatter, solve_integers

# Bits beyond those of the entries; near-cancellation of float64 data seldom eats more.
_GUARD_BITS = 256
# Multiplications of long numbers, a few seconds of work.
_LARGEST_WORK = 10**8


@dataclass(frozen=True)
class RowCoordinates:
    """Rows in the basis of some of them.

    Attributes
    ----------
    scaled : ScaledRows
        The coordinates F, rounded and scaled by powers of two; nothing exact depends on them.
    basis : flint.fmpz_mat, shape (r, r)
        The basis rows restricted to `columns`.
    columns : list of int
        Independent columns of the data.
    """

    scaled: ScaledRows
    basis: fmpz_mat
    columns: list[int]

    def witness(self, w: Sequence[int], d: int) -> list[int]:
        """Integers v (d,) whose margins are those of w in the scaled coordinates: the exact solution of A_P v = w."""
        shifts = (self.scaled.column - self.scaled.column.min()).tolist()
        v, _ = solve_integers(self.basis, column_vector([x << s for x, s in zip(w, shifts, strict=True)]))
        return scatter(v, self.columns, d)


def row_coordinates(rows: fmpz_mat, order: Sequence[int]) -> RowCoordinates | None:
    """Coordinates of integer rows (n, d) in the first independent rows of `order`; None when it would cost too much."""
    table = rows.table()
    columns = independent_columns(rows)
    chosen = independent_columns(fmpz_mat([[table[i][j] for i in order] for j in columns]))
    if len(chosen) != len(columns) or len(chosen) ** 2 * len(table) > _LARGEST_WORK:
        return None
    basis = fmpz_mat([[table[order[k]][j] for j in columns] for k in chosen])
    everything = fmpz_mat([[line[j] for line in table] for j in columns])
    bits = max(int(abs(x)).bit_length() for x in everything.entries())
    with workprec(_GUARD_BITS + bits):
        try:
            solution = arb_mat(basis.transpose()).solve(arb_mat(everything), algorithm="approx")
        except ZeroDivisionError:
            return None
        floats = np.array([[float(x.mid()) for x in line] for line in solution.table()]).T
    if not np.isfinite(floats).all():
        return None
    return RowCoordinates(scale_rows(Dyadics.of_floats(np.ascontiguousarray(floats))), basis, columns)
