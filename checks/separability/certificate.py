"""Linear separability decided exactly, with certificates anyone can recheck.

{(r_i, y_i)} is separable iff some v has y_i⟨v, r_i⟩ > 0 for all i; several classes in the argmax sense, by stacking.
Where it is not, the maximum-likelihood estimate of logistic regression still is infinite iff some v has y_i⟨v, r_i⟩ ≥ 0
for all i and > 0 for some (quasi), and finite iff strictly positive weights have Σ λ_i y_i r_i = 0 (overlap).
Floating point only proposes; integer arithmetic decides about the stored numbers, whatever their type.

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
from ._classes import Answer, decide_classes, decide_two
from ._margins import MarginRows, bound_maximum_margin
from ._proposals import float_numerators
from ._samples import Samples, read_samples
from .exact import ScaledRows, scale_rows, shorten

__all__ = ["Certificate", "MaximumMargin", "WitnessMargin", "margin_of", "maximum_margin", "separate"]

Pair = tuple[int, int]
Kind = Literal["separable", "quasi", "overlap", "inseparable", "undetermined"]
# Data of this size are always decided.
_EXACT_SIZE = 10_000


@dataclass(frozen=True)
class Certificate:
    """The exact answer to "is this data set linearly separable?" and its proof.

    Attributes
    ----------
    kind : {"separable", "quasi", "overlap", "inseparable", "undetermined"}
        "inseparable" where data are too large to say which of "quasi" and "overlap" they are.
    n, d : int
        Samples and dimension without the intercept, dimensionless.
    intercept : bool
        Whether a 1 was appended to every row; without, the question is about hyperplanes through the origin.
    classes : tuple of int or str
        ``(-1, 1)`` for signs, else the sorted distinct labels; of two, the first counts as −1.
    witness_numbers : tuple of (mantissa, exponent) or None
        The numbers mantissa · 2**exponent of v, class by class, the intercept last; None but for separable and quasi.
    weight_numbers : tuple of (mantissa, exponent) or None
        λ sample by sample (with K > 2 classes: for each sample its K − 1 rivals in increasing order); for quasi and
        overlap, positive wherever v is not and zero elsewhere.
    conflict_numbers : tuple of (position, mantissa, exponent) or None
        Of a minimal conflicting set, the positions among the weights and weights of its own.
    data_sha256 : str
        Digest of the exact numbers and the labels.
    method : str
        Which step settled it; not part of the file.
    """

    kind: Kind
    n: int
    d: int
    intercept: bool
    classes: tuple[int | str, ...]
    witness_numbers: tuple[Pair, ...] | None
    weight_numbers: tuple[Pair, ...] | None
    conflict_numbers: tuple[tuple[int, int, int], ...] | None
    data_sha256: str
    method: str = ""

    @property
    def separable(self) -> bool | None:
        """True, False, or None when undetermined."""
        return None if self.kind == "undetermined" else self.kind == "separable"

    @property
    def question(self) -> str:
        """``"with intercept"`` or ``"through the origin"``."""
        return "with intercept" if self.intercept else "through the origin"

    @property
    def _blocks(self) -> int:
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def witness(self) -> NDArray[np.float64] | None:
        """The direction v rounded to float64 with largest entry about 1: (d,), or (K, d); the intercept comes last."""
        if self.witness_numbers is None:
            return None
        v = _rounded(self.witness_numbers)
        return v if self._blocks == 1 else v.reshape(self._blocks, -1)

    @property
    def signs(self) -> NDArray[np.int64] | None:
        """Exact signs of v, shaped as `witness`: along v the estimates go to ±∞, and those with sign 0 stay."""
        if self.witness_numbers is None:
            return None
        found = np.array([(m > 0) - (m < 0) for m, _ in self.witness_numbers], dtype=np.int64)
        return found if self._blocks == 1 else found.reshape(self._blocks, -1)

    @property
    def weights(self) -> NDArray[np.float64] | None:
        """λ rounded to float64, largest entry about 1: (n,), or (n, K − 1) for K classes."""
        if self.weight_numbers is None:
            return None
        weights = _rounded(self.weight_numbers)
        return weights if self._blocks == 1 else weights.reshape(self.n, self._blocks - 1)

    @property
    def conflict(self) -> tuple[int, ...] | None:
        """Samples of a minimal conflicting set: not separable, but separable when one of its conditions is dropped."""
        if self.conflict_numbers is None:
            return None
        return tuple(sorted({k // max(1, self._blocks - 1) for k, _, _ in self.conflict_numbers}))

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
            "intercept": self.intercept,
            "classes": list(self.classes),
            "data_sha256": self.data_sha256,
            "witness": _hexadecimal(self.witness_numbers),
            "weights": _hexadecimal(self.weight_numbers),
            "conflict": _hexadecimal(self.conflict_numbers),
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
            fields = {key: document[key] for key in ("kind", "n", "d", "intercept", "data_sha256")}
            numbers = {name: _integers(document[key]) for key, name in _PROOFS.items()}
            return cls(**fields, classes=tuple(document["classes"]), **numbers)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ValueError(f"the certificate is malformed: {error!r}") from None

    def recheck(self, R: ArrayLike, y: ArrayLike) -> bool:
        """Whether the referee accepts this certificate for the data R (n, d), y (n,)."""
        return referee.recheck(self.document(), R, y).accepted


# Entries of the file, and the fields that hold them.
_PROOFS = {"witness": "witness_numbers", "weights": "weight_numbers", "conflict": "conflict_numbers"}


def separate(
    R: ArrayLike, y: ArrayLike, intercept: bool = False, *, rounds: int = 10, exact_size: int = _EXACT_SIZE
) -> Certificate:
    """Decide exactly whether the rows of R with labels y are linearly separable, quasi-separable or overlap.

    Parameters
    ----------
    R : array_like, shape (n, d)
        Samples, taken as they are stored: every integer and floating-point type of NumPy, bool, objects that are
        integers, fractions, decimals or floats, data frames. Masked arrays and missing values are errors.
    y : array_like, shape (n,)
        Labels −1 and +1, or one integer or string per class. Of two classes the first in sorted order counts as −1;
        with K classes the question is whether some v_1, …, v_K have ⟨v_{y_i}, r_i⟩ > ⟨v_k, r_i⟩ for all i and k ≠ y_i
        (Kesler's construction).
    intercept : bool
        Append a 1 to every row; without, all hyperplanes go through the origin.
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
        Wrong shapes, entries that are missing or not finite, labels that are neither integers nor strings, a single
        class.

    Notes
    -----
    Rows and columns are scaled by powers of two, which is exact and changes nothing. Then, until an exact check
    passes: the nearest point of the convex hull and its support, in the given coordinates and in those of a basis of
    rows; a linear program, its final basis solved exactly, and up to `rounds` refinements from integer residuals; an
    exact dual simplex started from the last basis. Rows that cancel are tight for every v that is nowhere negative, so
    the same question is asked in the quotient by their span until it tells quasi from overlap.

    Examples
    --------
    >>> import numpy as np
    >>> R = np.array([[1.0, 2.0], [2.0, 1.0], [-1.0, 1e-300]])
    >>> separate(R, [1, 1, -1]).kind
    'separable'
    >>> certificate = separate(R, [1, 1, 1])
    >>> certificate.kind, certificate.recheck(R, [1, 1, 1]), certificate.recheck(R, [1, 1, -1])
    ('separable', True, False)
    >>> touching = separate([[1], [2], [2], [3]], [-1, -1, 1, 1], intercept=True)
    >>> touching.kind, touching.signs.tolist(), touching.conflict
    ('quasi', [1, -1], (1, 2))
    >>> separate([[2**53 + 1, 1], [2**53, 1]], [1, -1]).kind
    'separable'
    """
    data = read_samples(R, y, intercept)
    always = data.n * data.d <= exact_size
    if data.two:
        rows = scale_rows(data.table.take(slice(None), data.signs))
        answer = decide_two(rows, rounds, always)
    else:
        rows = scale_rows(data.table)
        answer = decide_classes(rows, data.labels, len(data.classes), rounds, always)
    certificate = _certificate(data, rows, answer)
    if answer.kind != "undetermined":
        ruling = referee.recheck(certificate.document(), R, y)
        if not ruling.accepted:
            raise ArithmeticError(
                f"the referee rejects a certificate made here ({ruling.reason}); this is a defect, please report it"
            )
    return certificate


def _certificate(data: Samples, rows: ScaledRows, answer: Answer) -> Certificate:
    """The answer in the data's own units."""
    each = max(1, len(data.classes) - 1) if not data.two else 1
    blocks = 1 if data.two else len(data.classes)
    witness = weights = conflict = None
    if answer.direction is not None:
        direction = answer.direction
        if answer.kind == "separable" and data.two:
            direction = shorten(rows.integers, direction)
        witness = tuple(_pairs(direction, rows.column.tolist() * blocks))
    samples = [i for i in range(data.n) for _ in range(each)]
    if answer.weights is not None:
        scaled = [w * data.factors[i] for w, i in zip(answer.weights, samples, strict=True)]
        weights = tuple(_pairs(scaled, rows.row[samples].tolist()))
    if answer.conflict is not None:
        order = sorted(answer.conflict)
        scaled = [answer.conflict[k] * data.factors[samples[k]] for k in order]
        pairs = _pairs(scaled, [int(rows.row[samples[k]]) for k in order])
        conflict = tuple((k, m, e) for k, (m, e) in zip(order, pairs, strict=True))
    kind: Any = answer.kind
    sizes = data.n, data.d, data.intercept, data.classes
    return Certificate(kind, *sizes, witness, weights, conflict, data.data_sha256, answer.method)


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
        λ up to a positive factor, sample by sample; for K > 2 classes each sample's rivals in increasing order.
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
    data = read_samples(R, y, False)
    certificate = separate(R, y)
    rows = MarginRows(data)
    if certificate.separable is False:
        zero = Enclosure(arb(0), arb(0))
        weights = [0] * rows.n
        for k, m, e in _conflict_integers(certificate):
            weights[k] = m << e
        return MaximumMargin(zero, (0,) * rows.columns, tuple(weights))
    exact = data.n * data.d <= _EXACT_SIZE
    known = None
    if certificate.witness_numbers is not None:
        known = referee.fixed_point(list(certificate.witness_numbers))
    bounds, witness, found = bound_maximum_margin(rows, known, exact)
    return MaximumMargin(bounds, tuple(witness), tuple(found))


def _conflict_integers(certificate: Certificate) -> list[tuple[int, int, int]]:
    """Positions and weights of the conflicting set with exponents of at least 0."""
    found = certificate.conflict_numbers or ()
    least = min((e for _, _, e in found), default=0)
    return [(k, m, e - least) for k, m, e in found]


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
    data = read_samples(R, y, False)
    witness = real_array(v, "v", (data.d,) if data.two else (len(data.classes), data.d))
    if not witness.any():
        raise ValueError("the witness v is 0 and has no direction; pass a nonzero vector")
    margin = MarginRows(data).margin(float_numerators(witness.ravel()))
    bounds = (maximum_margin(R, y) if best is None else best).bounds
    relative = None
    if bounds.lower > 0:
        with workprec(128):
            quotient = Enclosure.of(margin.ball / bounds.ball)
        relative = Enclosure(quotient.lower, quotient.upper.min(arb(1)))
    return WitnessMargin(margin, bounds, relative)


def _pairs(numbers: Sequence[int], shifts: Sequence[int]) -> list[Pair]:
    """Scaled integers as (odd mantissa, exponent) in the data's own units."""
    pairs = []
    for number, shift in zip(numbers, shifts, strict=True):
        trailing = (number & -number).bit_length() - 1 if number else 0
        pairs.append((number >> trailing, shift + trailing) if number else (0, 0))
    return pairs


def _hexadecimal(numbers: Sequence[tuple[int, ...]] | None) -> list[list[Any]] | None:
    """Numbers as a certificate writes them, the position of a conflicting row first."""
    return None if numbers is None else [[*entry[:-2], hex(entry[-2]), entry[-1]] for entry in numbers]


def _integers(numbers: Any) -> Any:
    return None if numbers is None else tuple((*map(int, e[:-2]), int(e[-2], 16), int(e[-1])) for e in numbers)


def _rounded(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """The numbers as float64 after one common power of two has brought the largest near 1."""
    top = max(mantissa.bit_length() + exponent for mantissa, exponent in pairs if mantissa)
    return np.array([float(Fraction(mantissa) * Fraction(2) ** (exponent - top)) for mantissa, exponent in pairs])
