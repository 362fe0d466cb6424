"""Sign-certified ReLU masks: ``h_r > 0`` as exact arithmetic on the stored numbers would decide it.

A product of floats, or of the rows rounded to integers, proposes the sign of ``h = ⟨w_r, x_i⟩`` and a rigorous bound on
its rounding error says whether the proposal is final. The few entries within the bound are recomputed by a float64 dot
product with its own bound, and those still open by exact integer arithmetic, so a mask never depends
on the BLAS, its threads or the tile sizes, and a tie is an exact zero: σ'(0) = 0.

The bound is |fl(⟨w, x⟩) − ⟨w, x⟩| ≤ γ_d ‖w‖‖x‖, γ_k = k u/(1 − k u), for any order of summation
(Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., eq. 3.5); rounding the operands to
float32 first makes it γ_{d+2}. For integers it is in `whp.kernels.integers`.

See Also
--------
whp.kernels.direct : the gradients and margins built on these tiles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import integers
from .jit import kernel
from .validate import Array, inputs, real_array, require_finite

# Inside this range neither a product of two entries nor a sum of `_SINGLE_DIMENSION` of them over- or underflows in
# float32, so the relative bound is the whole bound.
_SINGLE_SMALLEST, _SINGLE_LARGEST = np.float32(1e-15), np.float32(1e15)
# Beyond this dimension the worst-case float32 bound leaves too many entries open to be worth the faster product.
_SINGLE_DIMENSION = 4096
# With fewer inputs the conversion of W to float32 costs more than it saves.
_SINGLE_INPUTS = 32
# Large enough for the BLAS, small enough for a cache; with the buffers of inputs and weights 44 MiB in all.
TILE_ROWS = 1024
TILE_ENTRIES = 2**20
_INPUT_BYTES = 24 * 2**20
_WEIGHT_BYTES = 8 * 2**20
_CHUNK = 64
# Below so many additions a thread takes longer to start than its part, and to certify an entry takes as long as some.
_SHARED, _CERTIFIED = 2**22, 16
# Rows of about this many entries are certified and used before they leave the cache.
_CACHED_ENTRIES = 2**17
# Below this the product of two norms, or of a norm and the other's error bound, is far from overflowing.
_SAFE_PRODUCT = 1e200

# Integers are worth their rounding from so many multiply-adds on, while they leave at most this share of signs open.
_INTEGER_PRODUCTS = 2**22
_MOST_OPEN = 1 / 16

Block = NDArray[Any]
"""float32 or float64, as the first product is; int16 where it is of integers."""

_LIMB_BITS = 27
_LIMB_MASK = (1 << _LIMB_BITS) - 1
# Exponents of a product of two doubles span 4092 bits, its mantissa 106 more, and a sum of up to 2**53 terms 53 more.
_LIMBS = (4092 + 106 + 53) // _LIMB_BITS + 3
# A limb grows by less than 2**55 per product, so int64 holds 2**7 of them beside a normalised limb.
_CARRY_EVERY = 128


class Tile(NamedTuple):
    """One block of preactivations: inputs `rows` against neurons `columns`.

    Attributes
    ----------
    rows, columns : slice
        The inputs and neurons of the block.
    operands : tuple of 7 ndarray
        X and W of the block as the first product takes them, X and W of the block as they were given, the two factors
        of the error bound, and the buffer for the product.
    """

    rows: slice
    columns: slice
    operands: tuple[Block, Block, Array, Array, Block, Block, Block]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of inputs and of neurons in the block."""
        return self.operands[-1].shape[0], self.operands[-1].shape[1]


@kernel(reassociate=True)
def _row_norms(A: Array, norms: Array) -> bool:
    # Upper bounds on the row norms (0 exactly for a zero row, inf where a bound could overflow); whether all is finite.
    finite = True
    for r in range(A.shape[0]):
        row, square = A[r], 0.0
        for k in range(len(row)):
            v = np.float64(row[k])
            square += v * v
        if 1e-260 < square < 1e260:
            norms[r] = math.sqrt(square) * (1.0 + 1e-6)
            continue
        largest = 0.0
        for k in range(len(row)):
            v = abs(np.float64(row[k]))
            if not v < np.inf:
                finite = False
            largest = max(largest, v)
        norms[r] = 0.0 if largest == 0.0 else (1e-120 if largest < 1.0 else np.inf)
    return finite


@kernel
def _outside(row: Array) -> np.int32:
    # Entries that the float32 product could not take.
    count = np.int32(0)
    for k in range(len(row)):
        v = abs(row[k])
        count += np.int32((v < _SINGLE_SMALLEST) & (v > 0.0)) + np.int32(v > _SINGLE_LARGEST)
    return count


@kernel
def _rows_outside(A: Array) -> int:
    total = 0
    for r in range(A.shape[0]):
        total += int(_outside(A[r]))
    return total


@kernel
def _narrow(A: Array, out: Block) -> int:
    total = 0
    for r in range(A.shape[0]):
        row, low = A[r], out[r]
        total += int(_outside(row))
        for k in range(len(row)):
            low[k] = row[k]
    return total


@kernel
def _exact_sign(w: Array, x: Array) -> int:
    # Sum of products in a fixed-point integer wide enough for every double, so nothing rounds, over- or underflows.
    limbs = np.zeros(_LIMBS, np.int64)
    u, v = w.view(np.int64), x.view(np.int64)
    pending = 0
    for k in range(w.shape[0]):
        if w[k] == 0.0 or x[k] == 0.0:
            continue
        p, q = u[k], v[k]
        e, f = (p >> 52) & 0x7FF, (q >> 52) & 0x7FF
        a, b = p & 0xFFFFFFFFFFFFF, q & 0xFFFFFFFFFFFFF
        if e == 0:
            e = 1
        else:
            a |= 1 << 52
        if f == 0:
            f = 1
        else:
            b |= 1 << 52
        shift = e + f - 2
        at, by = shift // _LIMB_BITS, shift % _LIMB_BITS
        low = (a & _LIMB_MASK) << by
        middle = ((a >> _LIMB_BITS) << by) + (low >> _LIMB_BITS)
        a0, a1, a2 = low & _LIMB_MASK, middle & _LIMB_MASK, middle >> _LIMB_BITS
        b0, b1 = b & _LIMB_MASK, b >> _LIMB_BITS
        if (p ^ q) < 0:
            b0, b1 = -b0, -b1
        limbs[at] += a0 * b0
        limbs[at + 1] += a0 * b1 + a1 * b0
        limbs[at + 2] += a1 * b1 + a2 * b0
        limbs[at + 3] += a2 * b1
        pending += 1
        if pending == _CARRY_EVERY:
            pending = 0
            for j in range(_LIMBS - 1):
                limbs[j + 1] += limbs[j] >> _LIMB_BITS
                limbs[j] &= _LIMB_MASK
    nonzero = False
    for j in range(_LIMBS - 1):
        limbs[j + 1] += limbs[j] >> _LIMB_BITS
        nonzero |= (limbs[j] & _LIMB_MASK) != 0
    top = limbs[_LIMBS - 1]
    return -1 if top < 0 else (1 if nonzero or top > 0 else 0)


@kernel(reassociate=True)
def _is_positive(w: Array, x: Array) -> bool:
    total, size = 0.0, 0.0
    for k in range(w.shape[0]):
        # Exact where the numbers are float32; Numba's float() would leave them so.
        t = np.float64(w[k]) * np.float64(x[k])
        total += t
        size += abs(t)
    # `size` bounds every partial sum, so nothing overflowed if it is finite; each product may have lost 2**-1022.
    bound = 1.01 * (w.shape[0] + 2) * (2.0**-53 * size + 2.0**-1021)
    if size < 1e300 and abs(total) > bound:
        return total > 0.0
    return _exact_sign(w.astype(np.float64), x.astype(np.float64)) > 0


@kernel
def _product(X: Block, W: Block, H: Block) -> None:
    np.dot(X, W.T, H)


@kernel(reassociate=True)
def _unsure(size: float, t: Block, h: Block) -> np.int32:
    count = np.int32(0)
    for j in range(len(h)):
        count += np.int32(not abs(h[j]) > size * t[j])
    return count


# Loops over slices vectorise where indices into the matrix do not; with 256 entries a second look at a slice is rare.


@kernel(reassociate=True)
def _settle(X: Array, W: Array, bx: Block, bw: Block, H: Block, first: int, last: int) -> None:
    # Give the entries within the bound their true signs, so that h > 0 is the mask from here on.
    m = H.shape[1]
    # Neurons outside, for the few weights that are needed are then at hand for every input.
    for start in range(0, m, _CHUNK):
        stop = min(start + _CHUNK, m)
        t = bw[start:stop]
        for i in range(first, last):
            h = H[i, start:stop]
            if _unsure(bx[i], t, h) == 0:
                continue
            for j in range(len(h)):
                if not abs(h[j]) > bx[i] * t[j]:
                    if not (bx[i] > 0.0 and t[j] > 0.0 and _is_positive(W[start + j], X[i])):
                        h[j] = 0.0
                    elif not h[j] > 0.0:
                        h[j] = np.nextafter(h.dtype.type(0.0), h.dtype.type(1.0))


def share(part: Callable[[int, int], None], count: int, work: float, least: float | None = None) -> None:
    """Let threads share independent pieces, as many as Numba may use: ``part(first, last)``.

    Parameters
    ----------
    part : callable
        What a thread does.
    count : int
        The number of pieces.
    work : float
        About as many additions as all of them take.
    least : float, optional
        Less work is not worth a thread; default some tenths of a millisecond's.
    """
    threads = min(numba.get_num_threads(), count) if work >= (_SHARED if least is None else least) else 1
    if threads == 1:
        part(0, count)
        return
    ends = [count * k // threads for k in range(threads + 1)]
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(part, *pair) for pair in itertools.pairwise(ends[1:])]
        part(0, ends[1])
    for other in others:
        other.result()


def each_signed(tile: Tile, use: Callable[..., None], *arguments: Any, out: Block | None = None) -> None:
    """Compute a tile's preactivations with certified signs and hand them on.

    Parameters
    ----------
    tile : Tile
    use : callable
        ``use(H, *arguments, first, last)`` takes rows `first` to `last` of the preactivations H, in which ``h > 0``
        holds just where it does in exact arithmetic; threads may call it for different rows at once.
    out : ndarray, optional
        Where H goes; by default the tile's buffer.
    """
    Xl, Wl, X, W, bx, bw, buffer = tile.operands
    H = buffer if out is None else out
    rounded = Xl.dtype == np.int16
    if not rounded:
        _product(Xl, Wl, H)
    n, m = H.shape
    step = max(1, _CACHED_ENTRIES // m)

    def part(first: int, last: int) -> None:
        for start in range(first, last, step):
            stop = min(start + step, last)
            if rounded:
                integers.multiply(Xl, Wl, H, start, stop)
            _settle(X, W, bx, bw, H, start, stop)
            use(H, *arguments, start, stop)

    share(part, n, n * m * (_CERTIFIED + rounded * X.shape[1]))


@kernel
def _fill_active(H: Block, active: NDArray[np.bool_], first: int, last: int) -> None:
    for i in range(first, last):
        h, row = H[i], active[i]
        for r in range(len(h)):
            row[r] = h[r] > 0.0


@kernel
def fill_gates(H: Block, v: Array, M: Array, first: int, last: int) -> None:
    """``M[i, r] = 1[h_ir > 0] v_r``."""
    for i in range(first, last):
        h, gates = H[i], M[i]
        for r in range(len(h)):
            gates[r] = v[r] if h[r] > 0.0 else 0.0


def row_norms(A: Array, name: str) -> Array:
    """Upper bounds of the row norms, or ``ValueError`` where an entry of `A` is not finite."""
    norms = np.empty(len(A))
    if not _row_norms(A, norms):
        require_finite(A, name)
    return norms


def in_range(A: Array) -> bool:
    """Whether float32 products of such rows of numbers neither over- nor underflow and certify nearly every sign."""
    return A.shape[1] <= _SINGLE_DIMENSION and _rows_outside(A) == 0


def _refuse_overflow(x: Array, w: Array, i: int, j: int) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        bad = np.argwhere(~np.isfinite(x @ w.T))
    if len(bad):
        raise ValueError(
            f"the preactivation of input {i + bad[0, 0]} and neuron {j + bad[0, 1]} overflows float64; scale the "
            "weights or the inputs down"
        )


def certified_tiles(
    W: Array, X: Array, norms: tuple[Array, Array] | None = None, *, keep: bool = False
) -> Iterator[Tile]:
    """Cut the preactivations of validated `X` (n, d) and `W` (m, d) into tiles with certified error bounds.

    Parameters
    ----------
    W, X : ndarray of float64
        Hidden weights (m, d) and inputs (n, d); both float32 and `in_range` for a float32 product.
    norms : tuple of ndarray, optional
        `row_norms` of `W` and `X`.
    keep : bool
        The caller reads the product itself, so it must be that of the numbers given, and an overflow is an error.

    Yields
    ------
    Tile
        Row blocks in order, within each the column blocks in order. The buffers are reused: a tile is valid until
        the next one is asked for. The sizes depend on n, m, d and the range of the entries only.
    """
    (m, d), n = W.shape, X.shape[0]
    given = W.dtype == np.float32
    try_single = not given and not keep and d <= _SINGLE_DIMENSION and n >= _SINGLE_INPUTS
    height = max(1, min(n, TILE_ROWS, _INPUT_BYTES // (4 * try_single * d + 1)))
    across = min(m, TILE_ENTRIES // height)
    if try_single:
        across = min(across, _WEIGHT_BYTES // (4 * d))
    w_norms, x_norms = (row_norms(W, "W"), row_norms(X, "X")) if norms is None else norms
    try_integers = (
        not keep
        and n >= _SINGLE_INPUTS
        and n * m * d >= _INTEGER_PRODUCTS
        and d <= integers.DIMENSION
        and integers.fast()
        and integers.usable(w_norms)
        and integers.usable(x_norms)
    )
    rounded_x, rounded_w = integers.room(height, across, d) if try_integers else integers.room(0, 0, 0)
    errors, worst = np.empty(height), 0.0
    x_outside = w_outside = 0
    narrow_x = np.empty((height if try_single else 0, d), np.float32)
    narrow_w = np.empty((across if try_single else 0, d), np.float32)
    # Where the rows lie in X and W that are rounded or narrowed at present.
    at = dict.fromkeys(("rounded x", "rounded w", "narrow x", "narrow w"), -1)
    buffers: dict[type[np.floating[Any]], Block] = {}

    def buffer(kind: type[np.floating[Any]], shape: tuple[int, int]) -> Block:
        if kind not in buffers:
            buffers[kind] = np.empty(height * across, kind)
        return buffers[kind][: shape[0] * shape[1]].reshape(shape)

    def moved(what: str, start: int) -> bool:
        before, at[what] = at[what], start
        return before != start

    for i, j in itertools.product(range(0, n, height), range(0, m, across)):
        rows, columns = slice(i, min(i + height, n)), slice(j, min(j + across, m))
        x, w = X[rows], W[columns]
        shape = len(x), len(w)
        if try_integers:
            panels = rounded_w[: integers.panels(len(w))]
            new_inputs = moved("rounded x", i)
            if new_inputs:
                integers.round_inputs(x, x_norms[rows], rounded_x, errors)
            if moved("rounded w", j):
                worst = integers.round_neurons(w, w_norms[columns], panels)
            limits = integers.bounds(errors[: len(x)], worst)
            try_integers = not new_inputs or integers.share_open(rounded_x, panels, *shape, limits) <= _MOST_OPEN
            if try_integers:
                nonzero = (w_norms[columns] > 0.0).astype(np.float32)
                yield Tile(rows, columns, (rounded_x, panels, x, w, limits, nonzero, buffer(np.float32, shape)))
                continue
        low_x, low_w = narrow_x[: len(x)], narrow_w[: len(w)]
        if try_single and moved("narrow x", i):
            x_outside = _narrow(x, low_x)
        if try_single and moved("narrow w", j):
            w_outside = _narrow(w, low_w)
        single = try_single and w_outside == x_outside == 0
        kind: type[np.floating[Any]] = np.float32 if single or given else np.float64
        unit = 2.0**-24 if single or given else 2.0**-53
        # 1% covers γ against k u and the roundings of the norms; the factors being 0 or above 1e-146, it covers
        # underflow.
        x_bounds = x_norms[rows].astype(kind, copy=False)
        w_bounds = (w_norms[columns] * (1.01 * (d + 3) * unit)).astype(kind, copy=False)
        first_x, first_w = (low_x, low_w) if single else (x, w)
        if keep and not float(x_bounds.max()) * float(w_bounds.max()) < _SAFE_PRODUCT:
            _refuse_overflow(first_x, first_w, i, j)
        yield Tile(rows, columns, (first_x, first_w, x, w, x_bounds, w_bounds, buffer(kind, shape)))


def activation_masks(W: ArrayLike, X: ArrayLike) -> NDArray[np.bool_]:
    """Certified activation masks ``D_x = diag(σ'(Wx))`` with σ'(0) = 0.

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.

    Returns
    -------
    ndarray of bool, shape (n, m)
        True where ``⟨w_r, x_i⟩ > 0`` in exact arithmetic on the stored numbers.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels import activation_masks
    >>> W = np.array([[1.0, 2.0**-60, -1.0], [1.0, 1.0, -2.0]])
    >>> activation_masks(W, np.ones((1, 3)))
    array([[ True, False]])
    """
    W = real_array(W, "W", (None, None))
    X = inputs(X, W.shape[1])
    out = np.empty((X.shape[0], W.shape[0]), np.bool_)
    for tile in certified_tiles(W, X):
        each_signed(tile, _fill_active, out[tile.rows, tile.columns])
    return out
