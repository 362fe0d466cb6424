"""Products of rows rounded to integers of 16 bits, exact and with a bound on what the rounding changes.

A row x becomes q = ⌊s x + 1/2⌋ with s ‖x‖ ≤ 46 000 and s |x_k| < 32 767, and δ = s x − q is measured. By Cauchy and
Schwarz every partial sum of ⟨q, q'⟩ lies below 2³¹, so 32 bits hold the product exactly, and

    |ss'⟨x, x'⟩ − ⟨q, q'⟩| ≤ ‖δ‖ ‖q'‖ + ‖s x‖ ‖δ'‖.

Processors that multiply and add pairs of such integers in one instruction take half the time of a float32 product; at
dimension 512 the bound leaves one sign in 200 open.

See Also
--------
whp.kernels.masks : what decides the signs that are left open.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numba import types
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numpy.typing import NDArray

from .jit import kernel
from .validate import Array

ir: Any = import_module("llvmlite.ir")

Rounded = NDArray[np.int16]
Block = NDArray[Any]

DIMENSION = 2048
"""Up to it the norm of a rounded row stays below √(2³¹), and the bound leaves few signs open."""
LANES = 16
"""Neurons that lie side by side in a panel."""
_NORM, _LARGEST = 46_000.0, 32_766.0
# A block of inputs and two panels of neurons fill the 32 registers that such processors have.
_INPUTS, _PANELS = 12, 2
_WIDTH = _PANELS * LANES


@cache
def fast() -> bool:
    """Whether the processor that Numba compiles for multiplies pairs of 16-bit integers in one instruction."""
    return "+avx512vnni" in cpu_target.target_context.codegen().magic_tuple()[2]


def _multiplication(
    typingctx: Any, x: Any, w: Any, h: Any, pairs: Any, x_stride: Any, w_stride: Any, h_stride: Any
) -> tuple[Any, Any]:
    # Addresses and strides in bytes. Written in LLVM's language because no loop of Numba's becomes this instruction;
    # processors without it compute the same from what they have.
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        x, w, h, pairs, x_stride, w_stride, h_stride = args
        word, long = ir.IntType(32), ir.IntType(64)
        sums, entries = ir.VectorType(word, LANES), ir.VectorType(ir.IntType(16), 2 * LANES)
        wide, floats = ir.VectorType(word, 2 * LANES), ir.VectorType(ir.FloatType(), LANES)
        first = ir.Constant(sums, [0] * LANES)
        even, odd = (ir.Constant(sums, list(range(start, 2 * LANES, 2))) for start in (0, 1))

        def load(kind: Any, base: Any, offset: Any, align: int) -> Any:
            loaded = builder.load(builder.inttoptr(builder.add(base, offset), kind.as_pointer()))
            loaded.align = align
            return loaded

        def rows(base: Any, stride: Any, count: int) -> list[Any]:
            return [builder.add(base, builder.mul(stride, long(k))) for k in range(count)]

        before, loop, after = builder.block, *(builder.function.append_basic_block() for _ in range(2))
        inputs, panels = rows(x, x_stride, _INPUTS), rows(w, w_stride, _PANELS)
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(long)
        k.add_incoming(long(0), before)
        totals = [[builder.phi(sums) for _ in range(_PANELS)] for _ in range(_INPUTS)]
        at_x, at_w = builder.mul(k, long(4)), builder.mul(k, long(4 * LANES))
        weights = [builder.sext(load(entries, panel, at_w, 2), wide) for panel in panels]
        added = []
        for row, held in zip(inputs, totals, strict=True):
            pair = builder.insert_element(ir.Constant(sums, ir.Undefined), load(word, row, at_x, 2), word(0))
            pair = builder.shuffle_vector(pair, ir.Constant(sums, ir.Undefined), first)
            pair = builder.sext(builder.bitcast(pair, entries), wide)
            products = [builder.mul(pair, weight) for weight in weights]
            halves = [
                [builder.shuffle_vector(p, ir.Constant(wide, ir.Undefined), half) for half in (even, odd)]
                for p in products
            ]
            added.append([builder.add(total, builder.add(*half)) for total, half in zip(held, halves, strict=True)])
        following = builder.add(k, long(1))
        k.add_incoming(following, loop)
        for held, more in zip(totals, added, strict=True):
            for total, value in zip(held, more, strict=True):
                total.add_incoming(first, before)
                total.add_incoming(value, loop)
        builder.cbranch(builder.icmp_signed("<", following, pairs), loop, after)
        builder.position_at_end(after)
        for row, values in zip(rows(h, h_stride, _INPUTS), added, strict=True):
            for panel, value in enumerate(values):
                target = builder.inttoptr(builder.add(row, long(4 * LANES * panel)), floats.as_pointer())
                builder.store(builder.sitofp(value, floats), target).align = 4
        return context.get_dummy_value()

    return types.void(*[types.intp] * 7), codegen


_multiply: Any = intrinsic(_multiplication)


@kernel
def multiply(Q: Rounded, P: Rounded, H: Block, first: int, last: int) -> None:
    """``H[i, j] = ⟨q_i, p_j⟩`` in float32, for inputs `first` to `last` and all neurons, as rounded."""
    m, pairs = H.shape[1], P.shape[1]
    room = np.empty((_INPUTS, _WIDTH), H.dtype)
    x_stride, w_stride, h_stride = Q.strides[0], P.strides[0], H.strides[0]
    x, w, h = Q.ctypes.data, P.ctypes.data, H.ctypes.data
    for j in range(0, m, _WIDTH):
        panel = w + (j // LANES) * w_stride
        for i in range(first, last, _INPUTS):
            if i + _INPUTS <= last and j + _WIDTH <= m:
                _multiply(x + i * x_stride, panel, h + i * h_stride + 4 * j, pairs, x_stride, w_stride, h_stride)
                continue
            _multiply(x + i * x_stride, panel, room.ctypes.data, pairs, x_stride, w_stride, room.strides[0])
            for r in range(i, min(i + _INPUTS, last)):
                for c in range(j, min(j + _WIDTH, m)):
                    H[r, c] = room[r - i, c - j]


@kernel(reassociate=True)
def _round_row(row: Array, scale: float, out: Rounded) -> tuple[float, np.int32]:
    # ‖δ‖² and how many entries are too large; where there are some, what is written means nothing.
    square, large = 0.0, np.int32(0)
    for k in range(len(row)):
        v = np.float64(row[k]) * scale
        q = np.floor(v + 0.5)
        square += (v - q) * (v - q)
        large += np.int32(abs(v) > _LARGEST)
        out[k] = np.int16(np.int32(q))
    return square, large


@kernel
def _round_within(row: Array, norm: float, out: Rounded) -> float:
    # An upper bound on ‖δ‖; `norm` is one on ‖row‖, positive and far from the ends of the range.
    square, large = _round_row(row, _NORM / norm, out)
    if large > 0:
        largest = 0.0
        for k in range(len(row)):
            largest = max(largest, abs(np.float64(row[k])))
        square, _ = _round_row(row, _LARGEST / largest * (1.0 - 1e-9), out)
    # An entry's own rounding is below 2**-37.
    return math.sqrt(square) * (1.0 + 1e-6) + 1e-6


@kernel
def round_inputs(X: Array, norms: Array, Q: Rounded, errors: Array) -> None:
    """Write inputs rounded to `Q`, and upper bounds on their ‖δ‖; `norms` are `usable`."""
    d = X.shape[1]
    for i in range(X.shape[0]):
        if norms[i] > 0.0:
            errors[i] = _round_within(X[i], norms[i], Q[i, :d])
        else:
            Q[i] = 0
            errors[i] = 0.0


@kernel
def round_neurons(W: Array, norms: Array, P: Rounded) -> float:
    """Write neurons rounded to the panels `P` and return an upper bound on every ‖δ‖; `norms` are `usable`."""
    m, d = W.shape
    row = np.zeros(2 * P.shape[1], np.int16)
    pairs, panels, worst = row.view(np.int32), P.view(np.int32), 0.0
    for j in range(P.shape[0] * LANES):
        if j < m and norms[j] > 0.0:
            worst = max(worst, _round_within(W[j], norms[j], row[:d]))
        else:
            row[:] = 0
        panel, lane = panels[j // LANES], j % LANES
        for k in range(len(pairs)):
            panel[k, lane] = pairs[k]
    return worst


def panels(m: int) -> int:
    """How many panels `m` neurons take."""
    return _PANELS * -(-m // _WIDTH)


def room(height: int, across: int, d: int) -> tuple[Rounded, Rounded]:
    """Room for up to `height` inputs and for up to `across` neurons."""
    pairs = -(-d // 2)
    # A block of inputs may reach beyond the last one; an odd dimension has a zero beyond it.
    return np.zeros((height + _INPUTS, 2 * pairs), np.int16), np.empty((panels(across), pairs, 2 * LANES), np.int16)


def usable(norms: Array) -> bool:
    """Whether rows with these upper bounds on their norms can be scaled without overflow or loss."""
    return bool(norms.max() < 1e120 and norms[norms > 0.0].min(initial=1.0) > 1e-119)


def bounds(errors: Array, worst: float) -> Block:
    """For each input a bound on what the rounding changes in a product, a float32 with 1% to spare; 0 for a zero input.

    Parameters
    ----------
    errors : ndarray of float64, shape (n,)
        From `round_inputs`.
    worst : float
        From `round_neurons`.
    """
    changed = 1.01 * (errors * (_NORM + worst) + _NORM * worst)
    return np.where(errors > 0.0, changed, 0.0).astype(np.float32)


def share_open(Q: Rounded, P: Rounded, n: int, m: int, limits: Block) -> float:
    """Of a few inputs and neurons spread over n and m, how many signs their `bounds` leave open."""
    few = np.linspace(0, n - 1, min(n, _INPUTS)).astype(int)
    ends = np.array([0, max(0, m // LANES - 1)])
    found = np.empty((len(few), min(m, _WIDTH)), np.float32)
    multiply(Q[np.append(few, [n] * _INPUTS)], P[ends], found, 0, len(few))
    return float(np.mean(np.abs(found) <= limits[few, np.newaxis]))
