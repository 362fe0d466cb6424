"""Linear separability decided exactly, with certificates anyone can recheck.

{(r_i, y_i)} is separable iff some v has y_i⟨v, r_i⟩ > 0 for all i; several classes in the argmax sense, by stacking.
Floating point only proposes; integer arithmetic decides about the stored float64 numbers, which are dyadic rationals.
A witness v proves separability, a Gordan combination λ ≥ 0, λ ≠ 0, Σ λ_i y_i r_i = 0 proves that none exists.

See Also
--------
whp.checks.separability.recheck : the referee, one file of integer arithmetic, which accepts or rejects a certificate.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from flint import arb
from numpy.typing import ArrayLike, NDArray

from ...kernels.validate import real_array
from ...theory.calculus.enclosure import Enclosure, workprec
from . import recheck as referee
from ._coordinates import row_coordinates
from ._kesler import kesler_rows, read_samples
from ._margins import IntegerRows, bound_maximum_margin, witness_margin
from ._proposals import float_numerators, nearest_point, refine
from .exact import Decision, ScaledRows, decide_exactly, is_witness, scale_rows, shorten

__all__ = ["Certificate", "MaximumMargin", "WitnessMargin", "margin_of", "maximum_margin", "separate"]

Pair = tuple[int, int]
# Data of this size are always decided.
_EXACT_SIZE = 10_000
# Work of the exact simplex, about columns³ per basis change, on data too large for the promise that it always decides.
WORK_BEYOND = 10**8
# Up to this many columns the exact solution of a basis takes about a second, so every new basis is tried.
_CHEAP_COLUMNS = 300


@dataclass(frozen=True)
class Certificate:
    """The exact answer to "is this data set linearly separable?" and its proof.

    Attributes
    ----------
    kind : {"separable", "inseparable", "undetermined"}
    n, d : int
        Samples and dimension, dimensionless.
    classes : tuple of int
        ``(-1, 1)`` for signs, else the sorted distinct labels.
    numbers : tuple of (mantissa, exponent)
        The number mantissa · 2**exponent for each coordinate: the witness v, class by class, or the combination λ,
        sample by sample (with K > 2 classes: for each sample its K − 1 rivals in increasing order). Empty when
        undetermined.
    data_sha256 : str
        Digest of R and y in canonical bytes.
    method : str
        Which step settled it; not part of the file.
    """

    kind: Literal["separable", "inseparable", "undetermined"]
    n: int
    d: int
    classes: tuple[int, ...]
    numbers: tuple[Pair, ...]
    data_sha256: str
    method: str = ""

    @property
    def separable(self) -> bool | None:
        """True, False, or None when undetermined."""
        return {"separable": True, "inseparable": False}.get(self.kind)

    @property
    def witness(self) -> NDArray[np.float64] | None:
        """The witness rounded to float64 and scaled to largest entry about 1: (d,), or (K, d) for K classes."""
        if self.kind != "separable":
            return None
        v = _rounded(self.numbers)
        return v if self.classes == (-1, 1) else v.reshape(len(self.classes), self.d)

    @property
    def combination(self) -> NDArray[np.float64] | None:
        """Gordan's λ rounded to float64, largest entry about 1: (n,), or (n, K − 1) for K classes."""
        if self.kind != "inseparable":
            return None
        weights = _rounded(self.numbers)
        return weights if self.classes == (-1, 1) else weights.reshape(self.n, len(self.classes) - 1)

    def document(self) -> dict[str, Any]:
        """The certificate as a JSON-ready dictionary; every number is a pair of a hexadecimal integer and exponent."""
        if self.separable is None:
            raise ValueError("an undetermined data set has no certificate; raise rounds or exact_size in separate")
        content: dict[str, Any] = {
            "format": referee.FORMAT,
            "version": referee.VERSIONS[-1],
            "kind": self.kind,
            "n": self.n,
            "d": self.d,
            "classes": list(self.classes),
            "data_sha256": self.data_sha256,
            "numbers": [[hex(mantissa), exponent] for mantissa, exponent in self.numbers],
        }
        return content | {"certificate_sha256": referee.digest(content)}

    def to_json(self, path: str | Path | None = None) -> str:
        """The certificate file's text; with `path`, also write it there."""
        text = json.dumps(self.document(), separators=(",", ":")) + "\n"
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """Read a certificate file's text; its content is trusted only after `recheck`."""
        document = referee.parse(text)
        try:
            numbers = tuple((int(mantissa, 16), int(exponent)) for mantissa, exponent in document["numbers"])
            fields = {key: document[key] for key in ("kind", "n", "d", "data_sha256")}
            return cls(**fields, classes=tuple(document["classes"]), numbers=numbers)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the certificate is malformed: {error!r}") from None

    def recheck(self, R: ArrayLike, y: ArrayLike) -> bool:
        """Whether the referee accepts this certificate for the data R (n, d), y (n,)."""
        return referee.recheck(self.document(), R, y).accepted


def separate(R: ArrayLike, y: ArrayLike, *, rounds: int = 10, exact_size: int = _EXACT_SIZE) -> Certificate:
    """Decide exactly whether the rows of R with labels y are linearly separable, through the origin.

    Parameters
    ----------
    R : array_like, shape (n, d), float64
        Samples; any other real type is converted first, and the answer is about the converted numbers.
    y : array_like, shape (n,)
        Labels −1 and +1, or one integer per class: then the question is whether some v_1, …, v_K have
        ⟨v_{y_i}, r_i⟩ > ⟨v_k, r_i⟩ for all i and k ≠ y_i (Kesler's construction).
    rounds : int
        Most rounds of iterative refinement of the linear program.
    exact_size : int
        Up to n·d of this size the answer is never undetermined; beyond, the last, exact method may give up.

    Returns
    -------
    Certificate
        Already accepted by the referee.

    Raises
    ------
    ValueError, TypeError
        Wrong shapes, entries that are not finite, labels that are not integers, a single class.

    Notes
    -----
    Rows and columns are scaled by powers of two, which is exact and changes nothing. Then, until an exact check
    passes: the nearest point of the convex hull and its support, in the given coordinates and in those of a basis of
    rows; a linear program, its final basis solved exactly, and up to `rounds` refinements from integer residuals; an
    exact dual simplex started from the last basis.

    Examples
    --------
    >>> import numpy as np
    >>> R = np.array([[1.0, 2.0], [2.0, 1.0], [-1.0, 1e-300]])
    >>> separate(R, [1, 1, -1]).separable
    True
    >>> certificate = separate(R, [1, 1, 1])
    >>> certificate.kind, certificate.recheck(R, [1, 1, 1]), certificate.recheck(R, [1, 1, -1])
    ('separable', True, False)
    >>> separate(np.vstack([R, R[:1]]), [1, 1, -1, -1]).kind
    'inseparable'
    """
    data = read_samples(R, y)
    decision, rows, method = _decide(kesler_rows(data, reference=True), rounds, data.rows.size <= exact_size)
    n, d = data.rows.shape
    if decision is None:
        return Certificate("undetermined", n, d, data.classes, (), data.data_sha256, method)
    if decision.kind == "separable":
        numbers = _pairs(shorten(rows.integers, decision.numbers), rows.column)
        if not data.signs:
            numbers += [(0, 0)] * d
    else:
        numbers = _pairs(decision.numbers, rows.row)
    certificate = Certificate(decision.kind, n, d, data.classes, tuple(numbers), data.data_sha256, method)
    if not certificate.recheck(R, y):
        raise ArithmeticError("the referee rejects a certificate made here; this is a defect, please report it")
    return certificate


@dataclass(frozen=True)
class MaximumMargin:
    """Certified bounds of max_v min_i y_i⟨v, r_i⟩/‖v‖, in the units of R.

    Attributes
    ----------
    bounds : Enclosure
        Lower end from the witness, upper end from the convex combination, both rounded outwards.
    witness : tuple of int
        Direction of v, (d,), or class by class (K d,).
    weights : tuple of int
        λ up to a positive factor, in the order of `Certificate.numbers` of an inseparable set.
    """

    bounds: Enclosure
    witness: tuple[int, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True)
class WitnessMargin:
    """The margin min_i y_i⟨v, r_i⟩/‖v‖ of one witness next to the best possible one.

    Attributes
    ----------
    margin : Enclosure
        In the units of R; negative or zero when v does not separate.
    best : Enclosure
        The maximum margin.
    relative : Enclosure or None
        margin / best, dimensionless, at most 1; None when no positive best margin is certified.
    """

    margin: Enclosure
    best: Enclosure
    relative: Enclosure | None


def maximum_margin(R: ArrayLike, y: ArrayLike) -> MaximumMargin:
    """Bound the maximum margin max_v min_i y_i⟨v, r_i⟩/‖v‖ (0 for inseparable data) from both sides.

    Parameters
    ----------
    R : array_like, shape (n, d), float64
    y : array_like, shape (n,)
        Signs, or integer classes: then ‖v‖ is the Frobenius norm of (v_1, …, v_K) and the minimum runs over
        ⟨v_{y_i} − v_k, r_i⟩.

    Returns
    -------
    MaximumMargin
        Both ends are 0 for inseparable data; the lower end is positive for data found separable.

    Notes
    -----
    The maximum margin is the distance of 0 from conv{y_i r_i}. A floating-point active set proposes v and λ, which
    are then evaluated in integers; up to n·d = 10⁴ an exact active-set method closes a relative gap above 1e-9.

    Examples
    --------
    >>> best = maximum_margin([[3.0, 4.0], [-3.0, 4.0]], [1, 1])
    >>> round(float(best.bounds), 12), best.bounds.relative_radius < 1e-9
    (4.0, True)
    """
    data = read_samples(R, y)
    certificate = separate(R, y)
    G = kesler_rows(data)
    rows = IntegerRows.of(G)
    if certificate.separable is False:
        zero = Enclosure(arb(0), arb(0))
        return MaximumMargin(zero, (0,) * rows.integers.ncols(), tuple(_common_integers(certificate.numbers)))
    exact = data.rows.size <= _EXACT_SIZE
    known = _common_integers(certificate.numbers) if certificate.separable else None
    bounds, witness, weights = bound_maximum_margin(rows, G, known, exact)
    return MaximumMargin(bounds, tuple(witness), tuple(weights))


def margin_of(v: ArrayLike, R: ArrayLike, y: ArrayLike, *, best: MaximumMargin | None = None) -> WitnessMargin:
    """The exact margin min_i y_i⟨v, r_i⟩/‖v‖ of a stored witness, and its share of the best margin.

    Parameters
    ----------
    v : array_like, shape (d,) or (K, d), float64, nonzero
        Such as −Wᵀa for the adversarial noises of a random network (W, a).
    R, y : array_like
        As in `separate`.
    best : MaximumMargin, optional
        ``maximum_margin(R, y)`` if already known.

    Raises
    ------
    ValueError
        A zero witness, or one whose shape does not fit the data.

    Examples
    --------
    >>> found = margin_of([1.0, 1.0], [[1.0, 0.0], [0.0, 1.0]], [1, 1])
    >>> print(found.margin.decimal(6), round(float(found.relative), 12))
    [7.07106e-1, 7.07107e-1] 1.0
    """
    data = read_samples(R, y)
    d = data.rows.shape[1]
    witness = real_array(v, "v", (d,) if data.signs else (len(data.classes), d))
    if not witness.any():
        raise ValueError("the witness v is 0 and has no direction; pass a nonzero vector")
    margin = witness_margin(IntegerRows.of(kesler_rows(data)), float_numerators(witness.ravel()))
    bounds = (maximum_margin(R, y) if best is None else best).bounds
    relative = None
    if bounds.lower > 0:
        with workprec(128):
            quotient = Enclosure.of(margin.ball / bounds.ball)
        relative = Enclosure(quotient.lower, quotient.upper.min(arb(1)))
    return WitnessMargin(margin, bounds, relative)


def _decide(G: NDArray[np.float64], rounds: int, always: bool) -> tuple[Decision | None, ScaledRows, str]:
    """Run the proposals in order of cost until integer arithmetic accepts one."""
    rows = scale_rows(G)
    zero = np.flatnonzero(~G.any(axis=1))
    if zero.size:
        unit = [0] * len(G)
        unit[zero[0]] = 1
        return Decision("inseparable", unit), rows, "zero row"
    order = np.arange(len(G))
    nearest = nearest_point(rows.floats)
    if nearest is not None:
        v, weights = nearest
        candidate = float_numerators(v)
        if is_witness(rows.integers, candidate):
            return Decision("separable", candidate), rows, "nearest point"
        order = np.argsort(-weights, kind="stable")
        decision = decide_exactly(rows.integers, order.tolist(), max_pivots=0)
        if decision is not None:
            return decision, rows, "exact solution on the nearest point's support"
    coordinates = row_coordinates(rows.integers, order.tolist())
    nearest = None if coordinates is None else nearest_point(coordinates.scaled.floats)
    if coordinates is not None and nearest is not None:
        w, weights = nearest
        candidate = coordinates.witness(float_numerators(w), G.shape[1])
        if is_witness(rows.integers, candidate):
            return Decision("separable", candidate), rows, "nearest point in row coordinates"
        order = np.argsort(-weights, kind="stable")
        decision = decide_exactly(rows.integers, order.tolist(), max_pivots=0)
        if decision is not None:
            return decision, rows, "exact solution on the nearest point's support in row coordinates"
    tried: list[int] = []
    for step, proposal in enumerate(refine(rows, rounds)):
        name = f"refinement {step}" if step else "linear program"
        if is_witness(rows.integers, proposal.v):
            return Decision("separable", proposal.v), rows, name
        first = set(proposal.support)
        order = np.array(proposal.support + [i for i in order.tolist() if i not in first])
        if proposal.support != tried and (step == 0 or G.shape[1] <= _CHEAP_COLUMNS):
            tried = proposal.support
            decision = decide_exactly(rows.integers, order.tolist(), max_pivots=0)
            if decision is not None:
                return decision, rows, f"exact solution on the basis of {name}"
    budget = None if always else max(2, WORK_BEYOND // G.shape[1] ** 3)
    decision = decide_exactly(rows.integers, order.tolist(), budget)
    return decision, rows, "exact simplex"


def _pairs(numbers: Sequence[int], shifts: NDArray[np.int64]) -> list[Pair]:
    """Scaled integers as (odd mantissa, exponent) in the data's own units."""
    pairs = []
    for number, shift in zip(numbers, shifts.tolist(), strict=True):
        trailing = (number & -number).bit_length() - 1 if number else 0
        pairs.append((number >> trailing, shift + trailing) if number else (0, 0))
    return pairs


def _common_integers(pairs: Sequence[Pair]) -> list[int]:
    """Integers proportional to the numbers, by one positive power of two."""
    return referee.fixed_point(list(pairs))


def _rounded(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """The numbers as float64 after one common power of two has brought the largest near 1."""
    top = max(mantissa.bit_length() + exponent for mantissa, exponent in pairs if mantissa)
    return np.array([float(Fraction(mantissa) * Fraction(2) ** (exponent - top)) for mantissa, exponent in pairs])
