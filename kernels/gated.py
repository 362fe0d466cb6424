"""Products of masks, B of zeros and ones: ``B V`` and ``B diag(v) B'ᵀ``, in a quarter of a product's additions.

Four rows of V have sixteen sums. They are tabulated, and four bits of a row of B pick one of them (the method of
Arlazarov, Dinic, Kronrod and Faradzhev, 1970), so a sum over m rows takes m/4 additions and no multiplication. It is
taken in one order, whatever the threads.

See Also
--------
whp.kernels.masks : the signs that are packed into bits here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from .jit import kernel
from .validate import Array

ir: Any = import_module("llvmlite.ir")
arrays: Any = import_module("numba.np.arrayobj")

Codes = NDArray[np.uint32]
Block = NDArray[Any]

NEURONS = 32
"""Signs in a word, of which each four choose a sum."""
GAIN = _FOUR = 4
"""How many multiply-adds of a product one addition stands for."""
_SUMS = 2**_FOUR
_GROUPS = NEURONS // _FOUR
# Rows are taken in pieces of so many bytes: the tables of a word then fit the first cache, and an input's sums the
# registers.
_PIECE, _VECTOR = 256, 64
_TABLE = _SUMS * _PIECE
# Fewer inputs take fewer additions than the tables do.
_TABULATED = 8


class _Memory:
    """An array's numbers as vectors of 64 bytes, at offsets in bytes."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        self._builder, self._size = builder, kind.dtype.bitwidth // 8
        self.element = ir.FloatType() if self._size == 4 else ir.DoubleType()
        self.vector = ir.VectorType(self.element, _VECTOR // self._size)
        data = arrays.make_array(kind)(context, builder, value).data
        self._base = builder.ptrtoint(data, ir.IntType(64))

    def _pointer(self, offsets: tuple[Any, ...], kind: Any) -> Any:
        address = self._base
        for offset in offsets:
            address = self._builder.add(address, ir.IntType(64)(offset) if isinstance(offset, int) else offset)
        return self._builder.inttoptr(address, kind.as_pointer())

    def load(self, *offsets: Any, kind: Any = None) -> Any:
        loaded = self._builder.load(self._pointer(offsets, kind or self.vector))
        loaded.align = self._size
        return loaded

    def store(self, value: Any, *offsets: Any) -> None:
        self._builder.store(value, self._pointer(offsets, value.type)).align = self._size


# Written in LLVM's language, for no loop of Numba's keeps an input's sums in registers.


def _positive_bits(typingctx: Any, numbers: Any, offset: Any) -> tuple[Any, Any]:
    # A bit for each of 32 numbers, set where it is positive.
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        memory = _Memory(context, builder, numbers, args[0])
        row = ir.VectorType(memory.element, NEURONS)
        positive = builder.fcmp_ordered(">", memory.load(args[1], kind=row), ir.Constant(row, [0.0] * NEURONS))
        return builder.bitcast(positive, ir.IntType(NEURONS))

    return types.uint32(numbers, types.intp), codegen


def _all_sums(typingctx: Any, rows: Any, tables: Any, offset: Any) -> tuple[Any, Any]:
    # The sums of four rows; sum c has row b where bit b of c is set.
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        four = _Memory(context, builder, rows, args[0])
        table = _Memory(context, builder, tables, args[1])
        for at in range(0, _PIECE, _VECTOR):
            sums = [ir.Constant(four.vector, [0.0] * four.vector.count)]
            for b in range(_FOUR):
                row = four.load(b * _PIECE + at)
                sums += [row, *(builder.fadd(total, row) for total in sums[1:])]
            for c, total in enumerate(sums):
                table.store(total, args[2], c * _PIECE + at)
        return context.get_dummy_value()

    return types.void(rows, tables, types.intp), codegen


def _chosen_sums(typingctx: Any, word: Any, tables: Any, totals: Any, offset: Any) -> tuple[Any, Any]:
    # Add what a word chooses from its tables to one input's sums.
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        table = _Memory(context, builder, tables, args[1])
        kept = _Memory(context, builder, totals, args[2])
        long, pieces = ir.IntType(64), range(0, _PIECE, _VECTOR)
        scaled = builder.mul(builder.zext(args[0], long), long(_PIECE))
        sums = [kept.load(args[3], at) for at in pieces]
        for g in range(_GROUPS):
            chosen = builder.and_(builder.lshr(scaled, long(_FOUR * g)), long((_SUMS - 1) * _PIECE))
            sums = [
                builder.fadd(total, table.load(chosen, g * _TABLE + at)) for total, at in zip(sums, pieces, strict=True)
            ]
        for total, at in zip(sums, pieces, strict=True):
            kept.store(total, args[3], at)
        return context.get_dummy_value()

    return types.void(types.uint32, tables, totals, types.intp), codegen


_bits: Any = intrinsic(_positive_bits)
_tabulate: Any = intrinsic(_all_sums)
_add: Any = intrinsic(_chosen_sums)


def words(m: int) -> int:
    """How many words the signs of `m` neurons take."""
    return -(-m // NEURONS)


def pieces(rows: Array) -> int:
    """How many pieces the rows of an array have."""
    size: int = rows.shape[1] * rows.itemsize
    return -(-size // _PIECE)


@kernel
def pack(H: Block, codes: Codes, first: int, last: int) -> None:
    """Write the signs of rows `first` to `last`: a bit is set where ``h > 0``, and none beyond the last neuron."""
    m = H.shape[1]
    whole = m // NEURONS
    for i in range(first, last):
        for w in range(whole):
            codes[i, w] = _bits(H, i * H.strides[0] + w * NEURONS * H.itemsize)
        if whole < codes.shape[1]:
            rest = np.uint32(0)
            for r in range(NEURONS * whole, m):
                rest |= np.uint32(H[i, r] > 0.0) << np.uint32(r - NEURONS * whole)
            codes[i, whole] = rest


@kernel
def _scale(row: Array, factor: float, out: Array) -> None:
    for k in range(len(row)):
        out[k] = factor * row[k]


@kernel
def _add_each(codes: Codes, factors: Array, V: Array, out: Array, start: int, stop: int) -> None:
    for i in range(len(codes)):
        row = out[i, start:stop]
        for r in range(len(V)):
            if (codes[i, r // NEURONS] >> np.uint32(r % NEURONS)) & np.uint32(1):
                factor, v = factors[r], V[r, start:stop]
                for k in range(len(row)):
                    row[k] += factor * v[k]


@kernel
def _add_piece(
    codes: Codes, factors: Array, V: Array, out: Array, start: int, tables: Array, rows: Array, totals: Array
) -> None:
    (n, count), (m, d) = codes.shape, V.shape
    stop = min(start + rows.shape[1], d)
    rows[:] = 0.0
    totals[:] = 0.0
    for w in range(count):
        for g in range(_GROUPS):
            for b in range(_FOUR):
                r = w * NEURONS + g * _FOUR + b
                if r < m:
                    _scale(V[r, start:stop], factors[r], rows[b, : stop - start])
                else:
                    rows[b] = 0.0
            _tabulate(rows, tables, g * _TABLE)
        for i in range(n):
            _add(codes[i, w], tables, totals, i * _PIECE)
    for i in range(n):
        for k in range(stop - start):
            out[i, start + k] += totals[i, k]


@kernel
def _choose(words: Codes, b: int, weight: float, row: Array) -> None:
    # weight where bit b of an input's word is set
    for k in range(len(row)):
        row[k] = weight if (words[k] >> np.uint32(b)) & np.uint32(1) else row.dtype.type(0.0)


@kernel
def _weigh_piece(
    codes: Codes,
    others: Codes,
    weights: Array,
    out: Array,
    above: int,
    start: int,
    tables: Array,
    rows: Array,
    totals: Array,
) -> None:
    (n, count), m = codes.shape, len(weights)
    stop = min(start + rows.shape[1], len(others))
    words = np.zeros(rows.shape[1], np.uint32)
    totals[:] = 0.0
    for w in range(count):
        for k in range(stop - start):
            words[k] = others[start + k, w]
        for g in range(_GROUPS):
            for b in range(_FOUR):
                r = w * NEURONS + g * _FOUR + b
                _choose(words, g * _FOUR + b, weights[r] if r < m else rows.dtype.type(0.0), rows[b])
            _tabulate(rows, tables, g * _TABLE)
        for i in range(above, n):
            _add(codes[i, w], tables, totals, i * _PIECE)
    for i in range(above, n):
        for k in range(stop - start):
            out[i, start + k] = totals[i, k]


def _room(n: int, kind: np.dtype[Any]) -> tuple[Array, Array, Array]:
    """Room for the tables of a word, four rows, and the sums of n inputs; no vector spans two lines of the cache."""

    def aligned(count: int) -> Array:
        room = np.empty(count * _PIECE + _VECTOR, np.uint8)
        start = -room.ctypes.data % _VECTOR
        return room[start : start + count * _PIECE].view(kind).reshape(count, -1)

    return aligned(_GROUPS * _SUMS), aligned(_FOUR), aligned(n)


def add_chosen(codes: Codes, factors: Array, V: Array, out: Array, first: int, last: int) -> None:
    """``out[i] += Σ_r 1[bit r of codes[i] is set] factors[r] V[r]``, in pieces `first` to `last` of the rows of V."""
    width = _PIECE // V.itemsize
    if len(codes) < _TABULATED:
        _add_each(codes, factors, V, out, first * width, last * width)
        return
    room = _room(len(codes), V.dtype)
    for piece in range(first, last):
        _add_piece(codes, factors, V, out, piece * width, *room)


def weigh_common(codes: Codes, others: Codes, weights: Array, out: Array, lower: bool, first: int, last: int) -> None:
    """``out[i, j] = Σ_r weights[r]`` over the set bits r that `codes[i]` and `others[j]` share.

    In pieces of the rows of `out`: those that come `first` to `last` when the first is followed by the last, the second
    by the last but one, and so on. With `lower` only j up to i, and a few above, are written; all such pairs of pieces
    are then as much work.
    """
    room, width, count = _room(len(codes), out.dtype), _PIECE // out.itemsize, pieces(out)
    for number in range(first, last):
        start = width * (count - 1 - number // 2 if number % 2 else number // 2)
        _weigh_piece(codes, others, weights, out, start if lower else 0, start, *room)
