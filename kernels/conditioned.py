"""Networks conditioned on what their inputs see: exact draws at a cost that does not depend on the input dimension.

Everything the theory needs of W is H = X Wᵀ and one m-vector. With G = XXᵀ/d = LLᵀ, L (n, r₀) rank-revealing, Z (m, r₀)
independent N(0, 1), ν = d − r₀, r² ~ χ²_ν, z ~ N(0, I_m) and z⊥ = z − a(aᵀz)/‖a‖² (Gaussian conditioning, exactly
and for all inputs at once)

    H = L Zᵀ,
    p̄ = (r²/d) a + (‖a‖ r/d) z⊥      has the conditional law of W Π⊥_X Wᵀ a given (H, a),
    p = (1/d) Z Zᵀ a + p̄             has the conditional law of W Wᵀ a given (H, a),

so the margin ⟨Wᵀa, ∇f(x_i)⟩ is Σ_r 1[h_ir > 0] a_r p_r, and with p̄ it is ⟨Π⊥_X Wᵀa, ∇f(x_i)⟩.

See Also
--------
whp.kernels.training : gradient descent on such a draw.
whp.kernels.direct : the same quantities on a network that is stored in full.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .factor import factor_gram, factor_inputs
from .jit import kernel
from .validate import Array, generator, network_at, positive_int, real_array

# A block of Z holds about this many numbers, so a draw of any width fits in a few dozen MiB.
BLOCK_ENTRIES = 2**20
# Products this small stay in cache and below what BLAS splits over threads, whose rendezvous would cost more than it
# saves; where not even a few rows fit, one large product is better.
_PRODUCT = 2**18
_FEWEST_ROWS = 16


@kernel(reassociate=True)
def _accumulate(
    Z: Array, L: Array, a: Array, z: Array, T: Array, s: Array, squares: Array, crossed: Array, outputs: Array
) -> tuple[float, float]:
    # Adds one block of neurons to T_i = Zᵀ D_i a, s = Zᵀ a, ‖D_i a‖², zᵀ D_i a and f_i = aᵀ σ(h_i); returns its part of
    # ‖a‖² and aᵀz.
    rows = _PRODUCT // L.size
    rows = rows if rows >= _FEWEST_ROWS else Z.shape[0]
    for start in range(0, Z.shape[0], rows):
        stop = min(start + rows, Z.shape[0])
        Y = Z[start:stop]
        H = np.dot(L, Y.T)
        for i in range(L.shape[0]):
            square, cross, output = 0.0, 0.0, 0.0
            for r in range(stop - start):
                h, v = H[i, r], a[start + r]
                output += v * max(h, 0.0)
                b = v if h > 0.0 else 0.0
                square += b * b
                cross += b * z[start + r]
                H[i, r] = b
            squares[i] += square
            crossed[i] += cross
            outputs[i] += output
        T += np.dot(H, Y)
        s += np.dot(Y.T, a[start:stop])
    square, cross = 0.0, 0.0
    for r in range(Z.shape[0]):
        square += a[r] * a[r]
        cross += a[r] * z[r]
    return square, cross


@kernel
def _preactivations(L: Array, Z: Array) -> Array:
    H: Array = np.dot(L, Z.T)
    return H


@kernel
def _span_product(Z: Array, a: Array) -> Array:
    p: Array = np.dot(Z, np.dot(Z.T, a))
    return p


@kernel(reassociate=True)
def gated_sums(H: Array, v: Array) -> Array:
    """Sums ``Σ_r 1[h_ir > 0] v_r`` of every row of preactivations `H` (n, m)."""
    out = np.empty(H.shape[0])
    for i in range(H.shape[0]):
        total = 0.0
        for r in range(H.shape[1]):
            total += v[r] if H[i, r] > 0.0 else 0.0
        out[i] = total
    return out


@kernel(reassociate=True)
def relu_sums(H: Array, a: Array) -> Array:
    """Outputs ``Σ_r a_r max(h_ir, 0)`` of every row of preactivations `H` (n, m)."""
    out = np.empty(H.shape[0])
    for i in range(H.shape[0]):
        total = 0.0
        for r in range(H.shape[1]):
            total += a[r] * max(H[i, r], 0.0)
        out[i] = total
    return out


class MarginSample(NamedTuple):
    """Independent draws of what a random network does on the inputs.

    Attributes
    ----------
    margins : ndarray of float64, shape (size, n)
        ``⟨Wᵀa, ∇f(x_i)⟩``, dimensionless.
    projected_margins : ndarray of float64, shape (size, n)
        ``⟨Π⊥_X Wᵀa, ∇f(x_i)⟩``, dimensionless; exactly 0 where d equals the rank.
    outputs : ndarray of float64, shape (size, n)
        ``f(x_i)``, dimensionless.
    """

    margins: Array
    projected_margins: Array
    outputs: Array


class ConditionedNetwork:
    """A random network of width m seen through n fixed inputs only, for all inputs at once.

    Parameters
    ----------
    X : array_like of float64, shape (n, d)
        Inputs, none of them zero; repeated, antipodal and linearly dependent ones are fine.
    m : int
        Width.

    Attributes
    ----------
    m, d, n, rank : int
        Width, input dimension, number of inputs and their rank r₀ ≤ min(n, d).
    factor : ndarray of float64, shape (n, rank)
        L with ``LLᵀ = XXᵀ/d``, dimensionless. Repeated inputs have equal rows, antipodal ones opposite rows.

    Raises
    ------
    ValueError, TypeError
        If an array is empty, not real, not finite or of the wrong shape, an input is zero, or `m` is not a positive
        integer.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.conditioned import ConditionedNetwork
    >>> network = ConditionedNetwork.from_gram(np.eye(3), m=50, d=10**9)
    >>> network
    ConditionedNetwork(m=50, d=1000000000, n=3, rank=3)
    >>> network.sample(2, np.random.default_rng(0)).margins.shape
    (2, 3)
    """

    __slots__ = ("d", "factor", "m")

    m: int
    d: int
    factor: Array

    def __init__(self, X: ArrayLike, m: int) -> None:
        X = real_array(X, "X", (None, None))
        self.m, self.d, self.factor = positive_int(m, "m"), X.shape[1], factor_inputs(X)

    @classmethod
    def from_gram(cls, gram: ArrayLike, m: int, d: int) -> ConditionedNetwork:
        """Build the network from the Gram matrix of its inputs alone.

        Parameters
        ----------
        gram : array_like of float64, shape (n, n)
            ``XXᵀ/d``: symmetric, positive semidefinite, unit diagonal.
        m, d : int
            Width and input dimension; `d` must be at least the rank of `gram`.

        Returns
        -------
        ConditionedNetwork

        Raises
        ------
        ValueError, TypeError
            If `gram` is not such a matrix, or its rank exceeds `d`.
        """
        gram = real_array(gram, "gram", (None, None))
        if gram.shape[0] != gram.shape[1]:
            raise ValueError(f"gram has shape {gram.shape}, but a square matrix is needed; pass XXᵀ/d")
        m, d = positive_int(m, "m"), positive_int(d, "d")
        L = factor_gram(gram)
        if L.shape[1] > d:
            raise ValueError(
                f"Gram matrix has rank {L.shape[1]} but d = {d}: inputs in R^d have rank at most d; "
                "raise d or pass the inputs X"
            )
        self = cls.__new__(cls)
        self.m, self.d, self.factor = m, d, L
        return self

    @property
    def n(self) -> int:
        """Number of inputs."""
        return len(self.factor)

    @property
    def rank(self) -> int:
        """Rank r₀ of the inputs."""
        return int(self.factor.shape[1])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(m={self.m}, d={self.d}, n={self.n}, rank={self.rank})"

    def draw(self, rng: np.random.Generator) -> ConditionedDraw:
        """Draw one network, keeping what training needs: O(m (n + r₀)) numbers.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ConditionedDraw
        """
        rng = generator(rng)
        Z = rng.standard_normal((self.m, self.rank))
        a = rng.standard_normal(self.m) / math.sqrt(self.m)
        return ConditionedDraw(self, Z, a, self._outside(a, rng))

    def _outside(self, a: Array, rng: np.random.Generator) -> Array:
        freedom = self.d - self.rank
        if freedom == 0:
            return np.zeros(self.m)
        z = rng.standard_normal(self.m)
        square = float(a @ a)
        r = math.sqrt(rng.chisquare(freedom))
        z -= a * (float(a @ z) / square)
        return (r * r / self.d) * a + (math.sqrt(square) * r / self.d) * z

    def sample(self, size: int, rng: np.random.Generator) -> MarginSample:
        """Draw margins, projected margins and outputs of `size` independent networks, Z passing through in blocks.

        Parameters
        ----------
        size : int
            Number of networks.
        rng : numpy.random.Generator
            Source of randomness; it spawns one Generator per block of neurons, and the blocks depend on (m, n) only.

        Returns
        -------
        MarginSample

        Examples
        --------
        >>> import numpy as np
        >>> from whp.kernels.conditioned import ConditionedNetwork
        >>> x = np.ones((1, 4))
        >>> draws = ConditionedNetwork(np.vstack([x, x, -x]), m=20).sample(3, np.random.default_rng(1))
        >>> bool(np.allclose(draws.margins[:, 0], draws.margins[:, 1]))
        True
        """
        size, rng = positive_int(size, "size"), generator(rng)
        shape = (size, self.n)
        result = MarginSample(np.empty(shape), np.empty(shape), np.empty(shape))
        for k in range(size):
            self._sample_one(rng, *(block[k] for block in result))
        return result

    def _sample_one(self, rng: np.random.Generator, margins: Array, projected: Array, outputs: Array) -> None:
        rows = max(1, BLOCK_ENTRIES // self.n)
        starts = range(0, self.m, rows)
        last, *blocks = rng.spawn(len(starts) + 1)
        T, s = np.zeros((self.n, self.rank)), np.zeros(self.rank)
        squares, crossed = np.zeros(self.n), np.zeros(self.n)
        outputs[:] = 0.0
        square = cross = 0.0
        for start, block in zip(starts, blocks, strict=True):
            count = min(rows, self.m - start)
            Z = block.standard_normal((count, self.rank))
            a = block.standard_normal(count) / math.sqrt(self.m)
            z = block.standard_normal(count)
            more = _accumulate(Z, self.factor, a, z, T, s, squares, crossed, outputs)
            square, cross = square + more[0], cross + more[1]
        freedom = self.d - self.rank
        projected[:] = 0.0
        if freedom:
            r = math.sqrt(last.chisquare(freedom))
            projected += (r * r / self.d) * squares
            projected += (math.sqrt(square) * r / self.d) * (crossed - squares * (cross / square))
        margins[:] = T @ s / self.d + projected


@dataclass(frozen=True, eq=False)
class ConditionedDraw:
    """One random network, as far as its inputs can tell.

    Attributes
    ----------
    network : ConditionedNetwork
        Sizes and inputs.
    Z : ndarray of float64, shape (m, rank)
        √d times the hidden weights in orthonormal coordinates of span X: standard normal at initialisation.
    a : ndarray of float64, shape (m,)
        Readout weights.
    p_outside : ndarray of float64, shape (m,)
        ``p̄ = W Π⊥_X Wᵀ a``; exactly 0 where d equals the rank.
    """

    network: ConditionedNetwork
    Z: Array
    a: Array
    p_outside: Array

    @classmethod
    def from_network(cls, W: ArrayLike, a: ArrayLike, X: ArrayLike) -> ConditionedDraw:
        """Reduce a network stored in full to what its inputs can tell.

        Parameters
        ----------
        W : array_like of float64, shape (m, d)
            Hidden weights, dimensionless.
        a : array_like of float64, shape (m,)
            Readout weights, dimensionless.
        X : array_like of float64, shape (n, d)
            Nonzero inputs, dimensionless.

        Returns
        -------
        ConditionedDraw
            Its preactivations, margins and whole training agree with the network's up to rounding.

        Raises
        ------
        ValueError, TypeError
            If an array is empty, not real, not finite or of the wrong shape, or an input is zero.
        """
        W, a, X = network_at(W, a, X)
        reduced = ConditionedNetwork(X, W.shape[0])
        d, rank = reduced.d, reduced.rank
        # X = √d L E determines the first directions well and the last ones badly where inputs nearly coincide, so E is
        # made orthonormal in that order.
        sizes = np.abs(reduced.factor).max(axis=1, keepdims=True)
        solution = np.linalg.lstsq(reduced.factor / sizes, X / sizes / math.sqrt(d), rcond=None)[0]
        Q, R = np.linalg.qr(solution.T)
        basis = (Q * np.sign(np.diag(R))).T
        g = W.T @ a
        outside = W @ (g - basis.T @ (basis @ g)) if d > rank else np.zeros(len(a))
        return cls(reduced, np.ascontiguousarray(math.sqrt(d) * (W @ basis.T)), a, outside)

    @cached_property
    def preactivations(self) -> Array:
        """H = X Wᵀ, shape (n, m), dimensionless."""
        return _preactivations(self.network.factor, self.Z)

    @cached_property
    def p(self) -> Array:
        """``W Wᵀ a``, shape (m,), dimensionless."""
        return _span_product(self.Z, self.a) / self.network.d + self.p_outside

    @property
    def margins(self) -> Array:
        """``⟨Wᵀa, ∇f(x_i)⟩``, shape (n,)."""
        return gated_sums(self.preactivations, self.a * self.p)

    @property
    def projected_margins(self) -> Array:
        """``⟨Π⊥_X Wᵀa, ∇f(x_i)⟩``, shape (n,)."""
        return gated_sums(self.preactivations, self.a * self.p_outside)

    @property
    def outputs(self) -> Array:
        """``f(x_i)``, shape (n,)."""
        return relu_sums(self.preactivations, self.a)

    def coordinates(self, B: ArrayLike, rng: np.random.Generator) -> Array:
        """Coordinates of the vectors ``Wᵀ b_j`` in some orthonormal basis of R^d, jointly exact in law with the draw.

        Parameters
        ----------
        B : array_like of float64, shape (m, k)
            Columns b_j, functions of the preactivations and the readout only.
        rng : numpy.random.Generator
            Source of the part of W that the draw has not fixed (Bartlett's decomposition of W̄ on span{a, B}). Another
            Generator means another network with the same preactivations, readout and p̄.

        Returns
        -------
        ndarray of float64, shape (k, rank + q)
            The first `rank` columns lie in span X. Inner products are those of the vectors ``Wᵀ b_j``, and with b = a
            among the columns those with ``Wᵀa``: margins come out as computed from `p`.

        Raises
        ------
        ValueError, TypeError
            If `B` does not have m rows or `rng` is not a Generator.
        """
        B = real_array(B, "B", (self.network.m, None))
        inside = self.Z.T @ B / math.sqrt(self.network.d)
        return np.hstack([inside.T, self._outside_coordinates(B, generator(rng))])

    def _outside_coordinates(self, B: Array, rng: np.random.Generator) -> Array:
        d, freedom = self.network.d, self.network.d - self.network.rank
        if freedom == 0:
            return np.zeros((B.shape[1], 0))
        # Q starts with a/‖a‖, so the first column of Bartlett's factor is what p̄ already fixes.
        Q, R = np.linalg.qr(np.column_stack([self.a, B]))
        q = Q.shape[1]
        width = min(q, freedom)
        T = np.tril(rng.standard_normal((q, width)), -1)
        np.fill_diagonal(T, np.sqrt(rng.chisquare(freedom - np.arange(width))))
        T /= math.sqrt(d)
        along = Q.T @ self.p_outside
        # A readout that is 0 fixes nothing; one that W̄ᵀ maps to 0 fixes no more than that.
        if R[0, 0] != 0.0:
            T[0, 0] = math.sqrt(along[0] / R[0, 0])
            if T[0, 0] > 0.0:
                T[1:, 0] = along[1:] / (R[0, 0] * T[0, 0])
        return R[:, 1:].T @ T

    def gradient_gram(self, rng: np.random.Generator) -> Array:
        """Inner products of ``Wᵀa, ∇f(x_1), …, ∇f(x_n)``, shape (1 + n, 1 + n); see `coordinates` for `rng`.

        Examples
        --------
        >>> import numpy as np
        >>> from whp.kernels.conditioned import ConditionedNetwork
        >>> rng = np.random.default_rng(2)
        >>> draw = ConditionedNetwork.from_gram(np.eye(2), m=30, d=40).draw(rng)
        >>> bool(np.allclose(draw.gradient_gram(rng)[0, 1:], draw.margins))
        True
        """
        B = np.where(self.preactivations > 0.0, self.a, 0.0)
        vectors = self.coordinates(np.column_stack([self.a, B.T]), rng)
        return vectors @ vectors.T
