"""Hypothesis strategies for property tests: networks, inputs on the sphere, labels, cells where a statement applies.

They are for tests: Hypothesis chooses and shrinks examples, it does not sample a law, so no probability is estimated
from them. Weights are dyadic rationals with few bits, so that sums and products of a few of them are exact in float64
and algebraic identities may be tested with ``==``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from numpy.typing import NDArray

from ..theory.language.statements import Statement

__all__ = ["Inputs", "Network", "cells", "dyadics", "inputs", "labels", "networks", "signed_permutations"]

Array = NDArray[np.float64]
Kind = Literal["generic", "repeated", "antipodal", "orthogonal", "clustered", "near-collinear"]
Readout = Literal["dyadic", "signs", "positive"]
Cell = dict[str, int | Fraction]

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
    """Cells of a statement: its sizes up to `largest`, and what else is named; only where it applies.

    Parameters
    ----------
    statement : Statement, optional
        Draw only cells at which ``statement.applies(cell)`` reports nothing that fails.
    sizes : sequence of str
        Names of sizes to draw, from 1; default those of the statement, from their least values.
    largest : int
        Bound of the sizes, dimensionless.
    **others : strategy
        Further entries such as ``delta=st.just(Fraction(1, 100))``; they may also replace sizes.

    Raises
    ------
    ValueError
        When neither a statement nor sizes are given, or no cell of a coarse search meets the hypotheses.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(cells(sizes=("width", "depth"), largest=64), lambda cell: cell["width"] > 6 * cell["depth"])
    {'width': 7, 'depth': 1}
    """
    least = {} if statement is None else dict(statement.least)
    least = {name: least.get(name, 1) for name in (sizes or least)}
    if not least and not others:
        raise ValueError("cells need a statement or the names of sizes; pass a statement, or sizes=('k',)")
    drawn = {name: _sizes(low, largest) for name, low in least.items()}
    anywhere: SearchStrategy[Cell] = st.fixed_dictionaries({**drawn, **others})
    if statement is None:
        return anywhere
    meets = anywhere.filter(lambda cell: not statement.applies(cell))
    if others:
        return meets
    anchors, why = _anchors(statement, least, largest)
    if not anchors:
        names = ", ".join(least)
        raise ValueError(
            f"no cell with {names} ≤ {largest} meets the hypotheses ({'; '.join(why)}); raise largest, or name the "
            "missing entries"
        )
    # Hypotheses such as m ≥ 1000 d leave few of the drawn cells; known ones keep the filter from starving.
    near = st.sampled_from(anchors).flatmap(lambda anchor: _near(anchor, largest))
    return st.sampled_from(anchors) | near.filter(lambda cell: not statement.applies(cell))


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
    magnitudes = st.integers(0, largest.bit_length() - 1).flatmap(lambda k: st.integers(1 << k, (2 << k) - 1))
    return st.integers(least, max(least, min(16, largest))) | magnitudes.filter(lambda size: least <= size <= largest)


def _near(anchor: Cell, largest: int) -> SearchStrategy[Cell]:
    """Cells up to a factor of 4 above an anchor in each entry."""
    return st.fixed_dictionaries(
        {name: st.integers(int(k), min(largest, 4 * max(1, int(k)))) for name, k in anchor.items()}
    )


def _anchors(statement: Statement, least: Mapping[str, int], largest: int) -> tuple[list[Cell], list[str]]:
    """A few applicable cells with powers of 4 as entries, smallest first, and the reasons of the last failure."""

    def candidates() -> Iterator[Cell]:
        exponents = range(0, largest.bit_length(), 2)
        for ks in sorted(itertools.product(exponents, repeat=len(least)), key=lambda ks: (sum(ks), ks)):
            yield {name: max(low, 2**k if k else low) for (name, low), k in zip(least.items(), ks, strict=True)}

    found: list[Cell] = []
    why: list[str] = []
    for cell in candidates():
        failed = statement.applies(cell)
        if failed:
            why = failed
        elif cell not in found:
            found.append(cell)
        if len(found) == 8:
            break
    return found, why
