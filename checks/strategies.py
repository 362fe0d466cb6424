"""Hypothesis strategies for property tests: networks, inputs, labels, cells of statements, random variables and claims.

They are for tests: Hypothesis chooses and shrinks examples, it does not sample a law, so no probability is estimated
from them. Weights are dyadic rationals with few bits, so that sums and products of a few of them are exact in float64
and algebraic identities may be tested with ``==``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np
import sympy
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from numpy.typing import NDArray
from sympy import Expr, Poly, Rational, oo

from ..theory.calculus.exact import exact_fraction, rational
from ..theory.language.arrays import ARRAYS, GaussianVector, iid, quadratic_form
from ..theory.language.claims import claim
from ..theory.language.events import related
from ..theory.language.families import FAMILIES, Family
from ..theory.language.heads import P
from ..theory.language.parameters import Parameter
from ..theory.language.statements import Link, Statement

__all__ = [
    "Inputs",
    "Network",
    "cells",
    "claim_texts",
    "claims",
    "dyadics",
    "inputs",
    "labels",
    "networks",
    "random_variables",
    "signed_permutations",
]

Array = NDArray[np.float64]
Kind = Literal["generic", "repeated", "antipodal", "orthogonal", "clustered", "near-collinear"]
Readout = Literal["dyadic", "signs", "positive"]
Cell = dict[str, int | Fraction]
# The least and the largest value of a size, or a real parameter.
Domain = tuple[int, int] | Parameter

KINDS: tuple[Kind, ...] = ("generic", "repeated", "antipodal", "orthogonal", "clustered", "near-collinear")
READOUTS: tuple[Readout, ...] = ("dyadic", "signs", "positive")


class Network(NamedTuple):
    """A two-layer network with exact dyadic weights.

    Attributes
    ----------
    W : ndarray, shape (m, d), float64
    a : ndarray, shape (m,), float64
    """

    W: Array
    a: Array


class Inputs(NamedTuple):
    """Inputs of norm √d (to rounding), and how they were made.

    Attributes
    ----------
    X : ndarray, shape (n, d), float64
    kind : str
    """

    X: Array
    kind: Kind


def dyadics(largest: int = 4, bits: int = 4) -> SearchStrategy[float]:
    """Floats k / 2**bits with |value| ≤ `largest`, shrinking towards 0.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(dyadics(), lambda x: x > 1)
    1.0625
    """
    return st.integers(-largest << bits, largest << bits).map(lambda k: k / 2.0**bits)


@st.composite
def networks(
    draw: DrawFn,
    *,
    m: SearchStrategy[int] | int = st.integers(1, 8),  # noqa: B008
    d: SearchStrategy[int] | int = st.integers(1, 6),  # noqa: B008
    readout: Readout | None = None,
    dead: bool = True,
    duplicates: bool = True,
) -> Network:
    """Two-layer networks f(x) = Σ a_r σ(w_r·x) whose weights are dyadic with four fractional bits.

    Parameters
    ----------
    m, d : strategy or int
        Width and input dimension, dimensionless.
    readout : {"dyadic", "signs", "positive"}, optional
        Arbitrary dyadics, ±1, or positive dyadics; by default any of the three.
    dead : bool
        Allow neurons with w_r = 0 or a_r = 0.
    duplicates : bool
        Allow neurons with another one's weights.

    Examples
    --------
    >>> from hypothesis import find
    >>> W, a = find(networks(), lambda net: len(net.a) == 2)
    >>> W.shape, a.shape
    ((2, 1), (2,))
    """
    width = m if isinstance(m, int) else draw(m)
    dimension = d if isinstance(d, int) else draw(d)
    chosen: str = readout or draw(st.sampled_from(READOUTS))
    entry = {"dyadic": dyadics(), "signs": st.sampled_from([1.0, -1.0]), "positive": dyadics().map(abs)}[chosen]
    nonzero = entry.filter(bool)
    W = _vectors(draw, width, dimension)
    a = np.array([draw(nonzero) for _ in range(width)])
    for r in range(width):
        fate = draw(st.sampled_from(["plain", *(["dead", "mute"] if dead else []), *(["twin"] if duplicates else [])]))
        if fate == "dead":
            W[r] = 0.0
        elif fate == "mute" and chosen == "dyadic":
            a[r] = 0.0
        elif fate == "twin":
            W[r] = W[draw(st.integers(0, width - 1))]
    return Network(W, a)


@st.composite
def inputs(
    draw: DrawFn,
    *,
    n: SearchStrategy[int] | int = st.integers(1, 8),  # noqa: B008
    d: SearchStrategy[int] | int = st.integers(1, 6),  # noqa: B008
    kinds: tuple[Kind, ...] = KINDS,
) -> Inputs:
    """Sets of n inputs on the sphere ‖x‖ = √d.

    Parameters
    ----------
    n, d : strategy or int
        Number and dimension, dimensionless. Orthogonal sets have at most d inputs.
    kinds : tuple of str
        What to draw from: ``generic`` (any directions), ``repeated`` (equal inputs, bit for bit), ``antipodal``
        (x and −x, bit for bit), ``orthogonal`` (±√d times axes), ``clustered`` (around at most three centres) and
        ``near-collinear`` (angles of 2**−10 to 2**−40 about one line).

    Examples
    --------
    >>> from hypothesis import find
    >>> import numpy as np
    >>> X, kind = find(inputs(n=3, d=2, kinds=("antipodal",)), lambda found: True)
    >>> bool(np.allclose((X**2).sum(axis=1), 2))
    True
    """
    count = n if isinstance(n, int) else draw(n)
    dimension = d if isinstance(d, int) else draw(d)
    kind = draw(st.sampled_from(kinds))
    if kind == "orthogonal":
        axes = draw(st.permutations(range(dimension)))[: min(count, dimension)]
        X = np.zeros((len(axes), dimension))
        X[np.arange(len(axes)), axes] = [draw(st.sampled_from([1.0, -1.0])) for _ in axes]
        return Inputs(X * np.sqrt(dimension), kind)
    if kind == "generic":
        return Inputs(_normalised(_vectors(draw, count, dimension)), kind)
    if kind == "near-collinear":
        line = _normalised(_vectors(draw, 1, dimension))
        angle = 2.0 ** -draw(st.integers(10, 40))
        signs = np.array([[draw(st.sampled_from([1.0, -1.0]))] for _ in range(count)])
        return Inputs(_normalised(signs * (line + angle * _vectors(draw, count, dimension))), kind)
    centres = _normalised(_vectors(draw, draw(st.integers(1, 3)), dimension))
    members = [draw(st.integers(0, len(centres) - 1)) for _ in range(count)]
    if kind == "clustered":
        return Inputs(_normalised(centres[members] + _vectors(draw, count, dimension) / 64), kind)
    if kind == "repeated":
        return Inputs(centres[members], kind)
    signs = np.array([[1.0 if i % 2 == 0 else -1.0] for i in range(count)])
    return Inputs(signs * centres[[members[i - i % 2] for i in range(count)]], kind)


def labels(n: int, *, classes: int | None = None) -> SearchStrategy[NDArray[Any]]:
    """Label vectors of length n: signs as float64, or the integers below `classes`, at least two of them.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(labels(3), lambda y: y.sum() == 1).tolist()
    [1.0, 1.0, -1.0]
    """
    if classes is None:
        return st.lists(st.sampled_from([1.0, -1.0]), min_size=n, max_size=n).map(np.array)
    if classes < 2 or n < 2:
        raise ValueError(f"classes = {classes} and n = {n}, but two classes need at least two samples")
    several = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n).filter(lambda y: len(set(y)) > 1)
    return several.map(np.array)


@st.composite
def signed_permutations(draw: DrawFn, d: int) -> Array:
    """Orthogonal (d, d) matrices with entries −1, 0, 1: rotations that float64 applies without rounding.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(signed_permutations(2), lambda Q: True).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    Q = np.zeros((d, d))
    Q[np.arange(d), draw(st.permutations(range(d)))] = [draw(st.sampled_from([1.0, -1.0])) for _ in range(d)]
    return Q


def cells(
    statement: Statement | None = None,
    *,
    sizes: Sequence[str] = (),
    largest: int = 2**20,
    **others: SearchStrategy[Any],
) -> SearchStrategy[Cell]:
    """Cells of a statement: its sizes up to `largest`, its reals, and what else is named; only where it applies.

    A real parameter without listed values takes exact values of its domain: simple ones, ones near its ends, the ends
    that belong to it, and large ones where it has no end.

    Parameters
    ----------
    statement : Statement, optional
        Draw only cells at which ``statement.applies(cell)`` reports nothing that fails.
    sizes : sequence of str
        Names of sizes to draw, from 1; default those of the statement, from their least values to their largest ones.
    largest : int
        Bound of the sizes, dimensionless.
    **others : strategy
        Further entries such as ``delta=st.just(Fraction(1, 100))``; they may also replace sizes and reals.

    Raises
    ------
    ValueError
        When neither a statement nor sizes are given, or no cell of a coarse search meets the hypotheses.

    Examples
    --------
    >>> from hypothesis import find
    >>> found = find(cells(sizes=("width", "depth"), largest=64), lambda cell: cell["width"] > 6 * cell["depth"])
    >>> sorted(found), found["width"] <= 64
    (['depth', 'width'], True)
    >>> from whp.theory import claim, real, size
    >>> n, t = size("n", 1, 100), real("t", 0, 1, closed="right")
    >>> narrow = claim("P(Binomial(n, 1/2) >= n*(1 + t)/2) <= exp(-n*t**2/2)", where=[n * t >= 90], parameters=[n, t])
    >>> find(cells(narrow), lambda cell: cell["t"] < 1)
    {'n': 100, 't': Fraction(9, 10)}
    """
    if statement is None and not sizes and not others:
        raise ValueError("cells need a statement or the names of sizes; pass a statement, or sizes=('k',)")
    domains = {} if statement is None else _domains(statement, sizes, largest)
    domains |= {name: (1, largest) for name in sizes if name not in domains}
    drawn = {name: _reals(of) if isinstance(of, Parameter) else _sizes(*of) for name, of in domains.items()}
    anywhere: SearchStrategy[Cell] = st.fixed_dictionaries({**drawn, **others})
    if statement is None:
        return anywhere
    meets = anywhere.filter(lambda cell: not statement.applies(cell))
    if others:
        return meets
    anchors, why = _anchors(statement, domains)
    if not anchors:
        names = ", ".join(name for name, of in domains.items() if not isinstance(of, Parameter))
        raise ValueError(
            f"no cell{f' with {names} ≤ {largest}' if names else ''} meets the hypotheses ({'; '.join(why)}); raise "
            "largest, or name the missing entries"
        )
    if not statement.hypotheses:
        return st.just(anchors[0]) | meets
    # Hypotheses such as m ≥ 1000 d leave few of the drawn cells; known ones keep the filter from starving.
    near = st.sampled_from(anchors).flatmap(lambda anchor: _near(anchor, domains))
    return st.sampled_from(anchors) | near.filter(lambda cell: not statement.applies(cell))


def random_variables(
    *,
    sizes: Sequence[Parameter] = (),
    reals: Sequence[Parameter] = (),
    depth: int = 2,
    families: Sequence[str] | None = None,
) -> SearchStrategy[Expr]:
    """Expressions of independent random variables, shrinking towards Normal(0, 1).

    An atom is a variable of a family, a norm, an inner product or a coordinate of vectors, or a quadratic form. On them
    are built c X + b with c of both signs, abs, squares, X + Y, X Y, Max, Min, and sums, means, extremes and order
    statistics of copies.

    Parameters
    ----------
    sizes : sequence of Parameter
        What may stand for a count: degrees of freedom, copies, lengths of vectors.
    reals : sequence of Parameter
        What may stand for another parameter of a law whose domain has all its values, for a scale and for a shift.
    depth : int
        The most such steps between the expression and an atom.
    families : sequence of str, optional
        What atoms are made of: families, vectors and "quadratic_form", by name; it shrinks towards the first one.

    Raises
    ------
    ValueError
        For another name.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(random_variables(), lambda X: True)
    Normal(0, 1)
    >>> from whp.theory import size
    >>> find(random_variables(sizes=[size("n")], families=["Sign"]), lambda X: "iid" in str(X))
    sum(iid(Sign(), 1))
    """
    return _typed_variables(_Algebra.of(sizes, reals, families), depth).map(lambda typed: typed.value)


def claims(
    *,
    sizes: Sequence[Parameter] = (),
    reals: Sequence[Parameter] = (),
    depth: int = 1,
    families: Sequence[str] | None = None,
) -> SearchStrategy[Statement]:
    """Claims P(X relation threshold) relation bound of such random variables, as `claim` makes them.

    Parameters
    ----------
    sizes, reals, depth, families
        As of `random_variables`; the parameters may also stand in thresholds and bounds.

    Examples
    --------
    >>> from hypothesis import find
    >>> print(find(claims(), lambda statement: True).links[0])
    P(Normal(0, 1) >= 0) <= 1/2
    """
    return _typed_claims(_Algebra.of(sizes, reals, families), depth).map(lambda typed: claim(typed.value))


def claim_texts(
    *,
    sizes: Sequence[Parameter] = (),
    reals: Sequence[Parameter] = (),
    depth: int = 1,
    families: Sequence[str] | None = None,
) -> SearchStrategy[str]:
    """The same claims as texts that ``claim(text, parameters=[*sizes, *reals])`` reads.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(claim_texts(), lambda text: "Sign" in text)
    'P(Sign() >= 0) <= 1/2'
    """
    return _typed_claims(_Algebra.of(sizes, reals, families), depth).map(lambda typed: typed.text)


class _Typed(NamedTuple):
    """What is typed in Python, and as text."""

    text: str
    value: Any


VECTORS = ("gaussian_vector", "sphere", "rademacher")
_NUMBERS = tuple(Rational(p, q) for p, q in [(0, 1), (1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (3, 4), (5, 2), (7, 1)])
_SCALES = tuple(Rational(p, q) for p, q in [(2, 1), (-1, 1), (1, 2), (-3, 1), (-1, 3), (5, 4)])
_SHIFTS = tuple(Rational(p, q) for p, q in [(0, 1), (1, 1), (-1, 1), (1, 2), (-7, 3), (4, 1)])
_BOUNDS = tuple(Rational(p, q) for p, q in [(1, 2), (1, 4), (3, 4), (1, 10), (9, 10), (1, 1000), (1, 1), (0, 1)])
_MOST = 5


@dataclass(frozen=True)
class _Algebra:
    """What random variables are made of."""

    sizes: tuple[Parameter, ...]
    reals: tuple[Parameter, ...]
    families: tuple[str, ...]

    @classmethod
    def of(cls, sizes: Sequence[Parameter], reals: Sequence[Parameter], families: Sequence[str] | None) -> _Algebra:
        known = (*FAMILIES, *VECTORS, "quadratic_form")
        chosen = known if families is None else tuple(families)
        unknown = [name for name in chosen if name not in known]
        if unknown or not chosen:
            found = ", ".join(map(repr, unknown)) or "none"
            raise ValueError(f"families are some of {', '.join(known)}, found {found}")
        return cls(tuple(sizes), tuple(reals), chosen)

    def count(self, draw: DrawFn) -> Expr:
        """A number of copies or a length: a small integer, or a size from 1."""
        return draw(st.sampled_from([*map(sympy.Integer, range(1, _MOST + 1)), *(s for s in self.sizes if s.low >= 1)]))

    def admitted(self, domain: Parameter) -> list[Expr]:
        """What a law's parameter may be: numbers of its domain, and parameters all of whose values are."""
        numbers = [x for x in _NUMBERS if domain.admits(x)]
        # The ends of a domain, such as p = 0, come after what is inside.
        numbers.sort(key=lambda x: x in (domain.low, domain.high))
        return [*numbers, *(p for p in (*self.sizes, *self.reals) if _within(p, domain))]


def _within(parameter: Parameter, domain: Parameter) -> bool:
    """Whether every value of a parameter lies in a domain."""
    if domain.is_size and not parameter.is_size:
        return False
    own = "both" if parameter.is_size else parameter.closed
    wide = "both" if domain.is_size else domain.closed
    ends = [(parameter.low - domain.low, "left"), (domain.high - parameter.high, "right")]
    if domain.low == -oo:
        ends.pop(0)
    if domain.high == oo:
        ends.pop()
    return all(gap > 0 or (gap == 0 and (wide in (side, "both") or own not in (side, "both"))) for gap, side in ends)


def _text(value: Expr) -> str:
    return f"({value})" if value.is_number and not (value.is_Integer and value >= 0) else str(value)


def _of_family(family: Family, values: list[Expr]) -> _Typed:
    names = [p.name for p in family.parameters]
    for smaller, larger, strict in family.ordered:
        i, j = names.index(smaller), names.index(larger)
        gap = values[j] - values[i]
        if not (gap.is_positive or (gap.is_nonnegative and not strict)):
            values[j if strict else i] = values[i] + 1 if strict else values[j]
    return _Typed(f"{family.name}({', '.join(map(str, values))})", family(*values))


def _of_vector(draw: DrawFn, algebra: _Algebra, kind: str) -> _Typed:
    length = algebra.count(draw)
    text = f"{kind}({length})"
    vector = ARRAYS[kind](length)
    assert isinstance(vector, GaussianVector)
    taken = draw(st.sampled_from(["coordinate", "inner", *(["norm"] if kind == "gaussian_vector" else [])]))
    if taken == "norm":
        return _Typed(f"{text}.norm", vector.norm)
    if taken == "coordinate":
        return _Typed(f"{text}.coordinate(1)", vector.coordinate(1))
    other = draw(st.sampled_from([name for name in algebra.families if name in VECTORS]))
    return _Typed(f"{text}.inner({other}({length}))", vector.inner(ARRAYS[other](length)))


def _atom(draw: DrawFn, algebra: _Algebra) -> _Typed:
    kind = draw(st.sampled_from(algebra.families))
    if kind in FAMILIES:
        values = [draw(st.sampled_from(algebra.admitted(p))) for p in FAMILIES[kind].parameters]
        return _of_family(FAMILIES[kind], values)
    if kind in VECTORS:
        return _of_vector(draw, algebra, kind)
    weights = draw(st.lists(st.sampled_from([1, 2, 3, -1]), min_size=1, max_size=3))
    return _Typed(f"quadratic_form({', '.join(map(str, weights))})", quadratic_form(*weights))


def _simplest(algebra: _Algebra) -> _Typed:
    kind = algebra.families[0]
    if kind in FAMILIES:
        return _of_family(FAMILIES[kind], [algebra.admitted(p)[0] for p in FAMILIES[kind].parameters])
    if kind in VECTORS:
        vector = ARRAYS[kind](2)
        assert isinstance(vector, GaussianVector)
        return _Typed(f"{kind}(2).coordinate(1)", vector.coordinate(1))
    return _Typed("quadratic_form(1)", quadratic_form(1))


def _of_copies(draw: DrawFn, algebra: _Algebra, inner: _Typed) -> _Typed:
    n = algebra.count(draw)
    copies, text = iid(inner.value, n), f"iid({inner.text}, {n})"
    taken = draw(st.sampled_from(["sum", "mean", "max", "min", "order"]))
    if taken != "order":
        return _Typed(f"{taken}({text})", getattr(copies, taken))
    k = draw(st.integers(1, int(n))) if n.is_Integer else draw(st.sampled_from([1, n]))
    return _Typed(f"order({text}, {k})", copies.order(k))


def _variable(draw: DrawFn, algebra: _Algebra, depth: int) -> _Typed:
    steps = ("affine", "abs", "square", "copies", "+", "*", "Max", "Min") if depth > 0 else ()
    step = draw(st.sampled_from(["simplest", "atom", *steps]))
    if step == "simplest":
        # One choice and no more: Hypothesis takes what needs the fewest of them for the simplest.
        return _simplest(algebra)
    if step == "atom":
        return _atom(draw, algebra)
    X = _variable(draw, algebra, depth - 1)
    if step == "affine":
        scale = draw(st.sampled_from([*_SCALES, *(p for p in (*algebra.sizes, *algebra.reals) if p.is_positive)]))
        shift = draw(st.sampled_from([*_SHIFTS, *algebra.reals]))
        return _Typed(f"{_text(scale)}*({X.text}) + {_text(shift)}", scale * X.value + shift)
    if step == "abs":
        return _Typed(f"abs({X.text})", sympy.Abs(X.value))
    if step == "square":
        return _Typed(f"({X.text})**2", X.value**2)
    if step == "copies":
        return _of_copies(draw, algebra, X)
    Y = _variable(draw, algebra, depth - 1)
    if step == "+":
        return _Typed(f"({X.text}) + ({Y.text})", X.value + Y.value)
    if step == "*":
        return _Typed(f"({X.text})*({Y.text})", X.value * Y.value)
    return _Typed(f"{step}({X.text}, {Y.text})", (sympy.Max if step == "Max" else sympy.Min)(X.value, Y.value))


@st.composite
def _typed_variables(draw: DrawFn, algebra: _Algebra, depth: int) -> _Typed:
    return _variable(draw, algebra, depth)


@st.composite
def _typed_claims(draw: DrawFn, algebra: _Algebra, depth: int) -> _Typed:
    X = _variable(draw, algebra, depth)
    parameters = (*algebra.reals, *algebra.sizes)
    inside, outside = draw(st.sampled_from([">=", "<=", ">", "<"])), draw(st.sampled_from(["<=", ">=", "<", ">"]))
    threshold: Expr = draw(st.sampled_from([*_SHIFTS, sympy.sqrt(2), *parameters]))
    if threshold in parameters:
        threshold = draw(st.sampled_from([1, 2, Rational(-1, 2)])) * threshold + draw(st.sampled_from(_SHIFTS))
    decays = [p for p in parameters if p.is_positive]
    bound: Expr = draw(st.sampled_from([*_BOUNDS, *(f(p) for p in decays for f in (_decay, _inverse))]))
    link = Link(P(related(X.value, inside, threshold)), outside, bound)
    return _Typed(f"P({X.text} {inside} {threshold}) {outside} {bound}", link)


def _decay(p: Expr) -> Expr:
    return sympy.exp(-p / 2)


def _inverse(p: Expr) -> Expr:
    return 1 / p


def _vectors(draw: DrawFn, count: int, d: int) -> Array:
    """`count` nonzero dyadic vectors of length d."""
    vector = st.lists(dyadics(), min_size=d, max_size=d).filter(any)
    return np.array([draw(vector) for _ in range(count)])


def _normalised(X: Array) -> Array:
    """Rows scaled to norm √d."""
    norms: Array = np.linalg.norm(X, axis=1, keepdims=True)
    scaled: Array = X * (np.sqrt(X.shape[1]) / norms)
    return scaled


def _sizes(least: int, largest: int) -> SearchStrategy[int]:
    """Integers from `least`, small ones and ones of every magnitude."""
    if largest - least < 16:
        return st.integers(least, largest)
    magnitudes = st.integers(max(least, 1).bit_length() - 1, largest.bit_length() - 1)
    of_magnitude = magnitudes.flatmap(lambda k: st.integers(max(least, 1 << k), min(largest, (2 << k) - 1)))
    return st.integers(least, max(least, min(16, largest))) | of_magnitude | st.just(largest)


def _domains(statement: Statement, sizes: Sequence[str], largest: int) -> dict[str, Domain]:
    """Least and largest value of each size, and the reals without listed values."""
    of = {p.name: p for p in statement.parameters}
    found: dict[str, Domain] = {}
    for name in sizes or statement.sizes:
        low, high = (of[name].low, of[name].high) if name in of else (1, oo)
        found[name] = int(low), max(int(low), largest if high == oo else min(largest, int(high)))
    listed = {symbol for symbol in statement.parameters if all(symbol in point for point in statement.points)}
    return found | {p.name: p for p in statement.parameters if not p.is_size and p not in listed}


def _rational_ends(of: Parameter) -> tuple[Fraction | None, Fraction | None]:
    """The ends of an interval, an irrational one moved inside a little; None where there is none."""
    found: list[Fraction | None] = []
    for end, inward in ((of.low, 1), (of.high, -1)):
        if end in (oo, -oo):
            found.append(None)
        elif end.is_Rational:
            found.append(Fraction(int(end.p), int(end.q)))
        else:
            near = Rational(str(end.evalf(40)))
            found.append(exact_fraction(near + inward * (1 + abs(near)) / 10**30))
    return found[0], found[1]


def _multiples(of: Parameter, q: int) -> tuple[int, int]:
    """The range of k for which k/q lies in an interval, those nearest to 0 where there are many."""
    low, high = _rational_ends(of)
    first = None if low is None else math.ceil(low * q)
    last = None if high is None else math.floor(high * q)
    if first is not None and not of.admits(Fraction(first, q)):
        first += 1
    if last is not None and not of.admits(Fraction(last, q)):
        last -= 1
    middle = max(0 if first is None else first, 0) if last is None or last >= 0 else last
    least, most = middle - 16 * q, middle + 16 * q
    return (least if first is None else max(first, least)), (most if last is None else min(last, most))


def _reals(of: Parameter) -> SearchStrategy[Fraction]:
    """Exact values of an interval: simple ones first, its ends where they belong to it, near them, and far out."""
    low, high = _rational_ends(of)
    ranges = {q: _multiples(of, q) for q in (1, 2, 3, 4, 5, 8, 10, 64, 1000)}
    open_to = [q for q, (first, last) in ranges.items() if first <= last]
    ways: list[SearchStrategy[Fraction]] = []
    if open_to:
        simple = st.sampled_from(open_to).flatmap(lambda q: st.tuples(st.integers(*ranges[q]), st.just(q)))
        ways.append(simple.map(lambda kq: Fraction(*kq)))
    ends = [end for end in (low, high) if end is not None and of.admits(end)]
    if ends:
        ways.append(st.sampled_from(ends))
    if low is None or high is None:
        powers = st.integers(1, 60).map(lambda k: Fraction(2**k)) | st.integers(1, 18).map(lambda k: Fraction(10**k))
        if high is None:
            ways.append(powers.map(lambda x: x if low is None else low + x))
        if low is None:
            ways.append(powers.map(lambda x: -x if high is None else high - x))
    width = Fraction(1) if low is None or high is None else high - low
    small = st.integers(1, 60).map(lambda k: width / 2**k) | st.integers(1, 18).map(lambda k: width / 10**k)
    if width:
        if low is not None:
            ways.append(small.map(lambda x: low + x))
        if high is not None:
            ways.append(small.map(lambda x: high - x))
        if low is None and high is None:
            ways.append(small | small.map(lambda x: -x))
    return st.one_of(ways).filter(of.admits)


def _near(anchor: Cell, domains: Mapping[str, Domain]) -> SearchStrategy[Cell]:
    """Cells up to a factor of 4 above an anchor in each size, with its reals or others."""
    return st.fixed_dictionaries(
        {
            name: st.just(k) | _reals(of)
            if isinstance(of := domains[name], Parameter)
            else st.integers(int(k), min(of[1], 4 * max(1, int(k))))
            for name, k in anchor.items()
        }
    )


def _samples(of: Parameter, count: int) -> list[Fraction]:
    """A few values of an interval: the simplest, then ones near its ends and far out."""
    low, high = _rational_ends(of)
    found: list[Fraction] = []
    for q in (1, 2, 3, 4, 8, 64):
        first, last = _multiples(of, q)
        found += [Fraction(min(max(0, first), last), q)] if first <= last else []
    if low is not None and high is not None:
        found = [*found[:1], *(low + (high - low) * x for x in _PLACES)]
    else:
        signs = [1] * (high is None) + [-1] * (low is None)
        start = low if low is not None else high if high is not None else Fraction(0)
        found = [*found[:1], *(start + sign * x for x in _DISTANCES for sign in signs)]
    return list(dict.fromkeys(x for x in found if of.admits(x)))[:count]


_PLACES = tuple(Fraction(p, q) for p, q in [(1, 2), (1, 64), (63, 64), (0, 1), (1, 1), (1, 2**12), (2**12 - 1, 2**12)])
_DISTANCES = tuple(Fraction(p, q) for p, q in [(1, 1), (64, 1), (1, 64), (0, 1), (2**12, 1), (1, 2**12), (2**20, 1)])


def _anchors(statement: Statement, domains: Mapping[str, Domain]) -> tuple[list[Cell], list[str]]:
    """A few applicable cells, with powers of 4 as sizes, smallest first, and the reasons of the last failure."""
    reals = sum(isinstance(of, Parameter) for of in domains.values())
    per = {0: 0, 1: 9, 2: 5}.get(reals, 3)

    def candidates() -> Iterator[Cell]:
        entries: list[list[int | Fraction]] = []
        for of in domains.values():
            if isinstance(of, Parameter):
                entries.append([*_samples(of, per)])
            else:
                powers = [max(of[0], 4**k if k else of[0]) for k in range((of[1].bit_length() + 1) // 2)]
                entries.append(list(dict.fromkeys([*(p for p in powers if p <= of[1]), of[1]])))
        places = itertools.product(*[range(len(values)) for values in entries])
        for place in sorted(places, key=lambda place: (sum(place), place)):
            yield {name: values[i] for name, values, i in zip(domains, entries, place, strict=True)}

    found: list[Cell] = []
    why: list[str] = []
    for cell in itertools.islice(candidates(), _TRIED):
        failed = statement.applies(cell)
        if failed:
            why = failed
        for near in ([] if failed else [cell]) + [*_on_the_edge(statement, cell, domains)]:
            if near not in found and not statement.applies(near):
                found.append(near)
        if len(found) >= _ANCHORS:
            break
    return found, why


_TRIED, _ANCHORS = 20_000, 8


def _on_the_edge(statement: Statement, cell: Cell, domains: Mapping[str, Domain]) -> Iterator[Cell]:
    """A cell with a real parameter moved to where a hypothesis that is linear in it becomes an equation."""
    reals = [of for of in domains.values() if isinstance(of, Parameter)]
    for of, hypothesis in itertools.product(reals, statement.hypotheses):
        relation = hypothesis.relation
        others = {s.name for s in relation.free_symbols if s != of}
        if of not in relation.free_symbols or not others <= set(cell):
            continue
        gap = relation.lhs - relation.rhs
        gap = gap.xreplace({s: rational(cell[s.name]) for s in gap.free_symbols if s != of})
        if not gap.is_polynomial(of) or Poly(gap, of).degree() != 1:
            continue
        slope, constant = Poly(gap, of).all_coeffs()
        edge = sympy.simplify(-constant / slope)
        if edge.is_Rational and of.admits(edge):
            yield {**cell, of.name: exact_fraction(edge)}
