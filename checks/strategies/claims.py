"""Strategies of random variables and of claims about them, as values and as texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sympy
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from sympy import Expr, Rational, oo

from ...theory.language.arrays import ARRAYS, GaussianVector, iid, quadratic_form
from ...theory.language.claims import claim
from ...theory.language.events import related
from ...theory.language.families import FAMILIES, Family
from ...theory.language.heads import P
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Link, Statement

__all__ = ["VECTORS", "claim_texts", "claims", "random_variables"]


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
