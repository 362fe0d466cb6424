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
def _aligned(count: int, numbers: Array) -> Array:
    # Rows of one piece each, where no vector spans two lines of the cache.
    size = count * _PIECE
    room = np.zeros(size + _VECTOR, np.uint8)
    start = -room.ctypes.data % _VECTOR
    return room[start : start + size].view(numbers.dtype).reshape(count, _PIECE // numbers.itemsize)


@kernel
def _add_each(codes: Codes, factors: Array, V: Array, out: Array) -> None:
    for i in range(len(codes)):
        row = out[i]
        for r in range(len(V)):
            if (codes[i, r // NEURONS] >> np.uint32(r % NEURONS)) & np.uint32(1):
                factor, v = factors[r], V[r]
                for k in range(len(row)):
                    row[k] += factor * v[k]


@kernel
def add_chosen(codes: Codes, factors: Array, V: Array, out: Array, first: int, last: int) -> None:
    """``out[i] += Σ_r 1[bit r of codes[i] is set] factors[r] V[r]``, in pieces `first` to `last` of the rows of V."""
    (n, count), (m, d) = codes.shape, V.shape
    tables, rows, totals = _aligned(_GROUPS * _SUMS, V), _aligned(_FOUR, V), _aligned(n, V)
    width = rows.shape[1]
    if n < _TABULATED:
        _add_each(codes, factors, V[:, first * width : last * width], out[:, first * width : last * width])
        return
    for piece in range(first, last):
        start, stop = piece * width, min((piece + 1) * width, d)
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
def _from_both_ends(number: int, count: int) -> int:
    # The first, the last, the second, the last but one, …: of a triangle all pairs are as much work.
    return number // 2 if number % 2 == 0 else count - 1 - number // 2


@kernel
def weigh_common(codes: Codes, others: Codes, weights: Array, out: Array, lower: bool, first: int, last: int) -> None:
    """``out[i, j] = Σ_r weights[r]`` over the set bits r that `codes[i]` and `others[j]` share.

    In pieces `first` to `last` of the rows of `out`, in an order of their own; with `lower` only j up to i, and a few
    above, are written.
    """
    (n, count), m, ends = codes.shape, len(weights), others.shape[0]
    tables, rows, totals = _aligned(_GROUPS * _SUMS, out), _aligned(_FOUR, out), _aligned(n, out)
    width = rows.shape[1]
    every = -(-ends // width)
    words = np.zeros(width, np.uint32)
    for number in range(first, last):
        piece = _from_both_ends(number, every)
        start, stop = piece * width, min((piece + 1) * width, ends)
        above = start if lower else 0
        words[:] = np.uint32(0)
        totals[:] = out.dtype.type(0.0)
        for w in range(count):
            for k in range(stop - start):
                words[k] = others[start + k, w]
            for g in range(_GROUPS):
                for b in range(_FOUR):
                    r = w * NEURONS + g * _FOUR + b
                    _choose(words, g * _FOUR + b, weights[r] if r < m else out.dtype.type(0.0), rows[b])
                _tabulate(rows, tables, g * _TABLE)
            for i in range(above, n):
                _add(codes[i, w], tables, totals, i * _PIECE)
        for i in range(above, n):
            for k in range(stop - start):
                out[i, start + k] = totals[i, k]
