"""Strategies of networks, inputs, labels and rotations, small ones entry by entry and large ones from few draws.

An array of many entries is drawn as a seed that makes it, a block of rows and columns outside which it is the simplest
of its kind, and a few entries that are different. So a 100 × 64 array costs Hypothesis about ten draws, and shrinks as
quickly: the block to what matters, the seed to 0, which makes the simplest array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeVar, get_args

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from numpy.typing import NDArray

__all__ = [
    "KINDS",
    "READOUTS",
    "Inputs",
    "Network",
    "dyadics",
    "inputs",
    "labels",
    "networks",
    "signed_permutations",
]

_T = TypeVar("_T")
Array = NDArray[np.float64]
Kind = Literal["generic", "repeated", "antipodal", "orthogonal", "clustered", "near-collinear"]
Readout = Literal["dyadic", "signs", "positive"]

KINDS: tuple[Kind, ...] = get_args(Kind)
READOUTS: tuple[Readout, ...] = get_args(Readout)
# Arrays of at most so many entries, in at most so many rows, are drawn entry by entry.
_FEW, _SHORT = 64, 16
_EXCEPTIONS = 3
_LARGEST, _BITS = 4, 4


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


def dyadics(largest: int = _LARGEST, bits: int = _BITS) -> SearchStrategy[float]:
    """Floats k / 2**bits with |value| ≤ `largest`, shrinking towards 0.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(dyadics(), lambda x: x > 1)
    1.0625
    """
    return st.integers(-largest << bits, largest << bits).map(lambda k: k / 2.0**bits)


def networks(
    *,
    m: SearchStrategy[int] | int = st.integers(1, 8),  # noqa: B008
    d: SearchStrategy[int] | int = st.integers(1, 6),  # noqa: B008
    readout: Readout | None = None,
    dead: bool = True,
    duplicates: bool = True,
) -> SearchStrategy[Network]:
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

    Raises
    ------
    ValueError, TypeError
        For a size below 1 or another readout.

    Examples
    --------
    >>> from hypothesis import find
    >>> W, a = find(networks(), lambda net: len(net.a) == 2)
    >>> W.shape, a.shape
    ((2, 1), (2,))
    >>> find(networks(m=64, d=64), lambda net: net.a[3] > 1).W.shape
    (64, 64)
    """
    if readout is not None and readout not in READOUTS:
        raise ValueError(f"readout must be one of {', '.join(READOUTS)}, found {readout!r}")
    return _networks(_size(m, "m"), _size(d, "d"), readout, dead, duplicates)


@st.composite
def _networks(
    draw: DrawFn,
    m: SearchStrategy[int] | int,
    d: SearchStrategy[int] | int,
    readout: Readout | None,
    dead: bool,
    duplicates: bool,
) -> Network:
    width, dimension = _drawn(draw, m, "m"), _drawn(draw, d, "d")
    chosen: Readout = draw(st.sampled_from(READOUTS)) if readout is None else readout
    W = _vectors(draw, width, dimension)
    if chosen == "signs":
        a = np.array(_choices(draw, (1.0, -1.0), width))
    else:
        a = _vectors(draw, width, 1)[:, 0]
        a = np.abs(a) if chosen == "positive" else a
    fates = ["plain", *(["dead", "mute"] if dead else []), *(["twin"] if duplicates else [])]
    for r, fate in enumerate(_choices(draw, fates, width)):
        if fate == "dead":
            W[r] = 0.0
        elif fate == "mute" and chosen == "dyadic":
            a[r] = 0.0
        elif fate == "twin":
            W[r] = W[draw(st.integers(0, width - 1)) if width <= _SHORT else r // 2]
    return Network(W, a)


def inputs(
    *,
    n: SearchStrategy[int] | int = st.integers(1, 8),  # noqa: B008
    d: SearchStrategy[int] | int = st.integers(1, 6),  # noqa: B008
    kinds: Sequence[Kind] = KINDS,
) -> SearchStrategy[Inputs]:
    """Sets of n inputs on the sphere ‖x‖ = √d.

    Parameters
    ----------
    n, d : strategy or int
        Number and dimension, dimensionless. Orthogonal sets have at most d inputs.
    kinds : sequence of str
        What to draw from: ``generic`` (any directions), ``repeated`` (equal inputs, bit for bit), ``antipodal``
        (x and −x, bit for bit), ``orthogonal`` (±√d times axes), ``clustered`` (around at most three centres) and
        ``near-collinear`` (angles of 2**−10 to 2**−40 about one line).

    Raises
    ------
    ValueError, TypeError
        For a size below 1, another kind, or no kind.

    Examples
    --------
    >>> from hypothesis import find
    >>> import numpy as np
    >>> X, kind = find(inputs(n=3, d=2, kinds=("antipodal",)), lambda found: True)
    >>> bool(np.allclose((X**2).sum(axis=1), 2))
    True
    """
    unknown = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        found = ", ".join(map(repr, unknown)) or "none"
        raise ValueError(f"kinds are a tuple of some of {', '.join(KINDS)}, found {found}")
    return _inputs(_size(n, "n"), _size(d, "d"), tuple(kinds))


@st.composite
def _inputs(
    draw: DrawFn, n: SearchStrategy[int] | int, d: SearchStrategy[int] | int, kinds: tuple[Kind, ...]
) -> Inputs:
    count, dimension = _drawn(draw, n, "n"), _drawn(draw, d, "d")
    kind = draw(st.sampled_from(kinds))
    if kind == "orthogonal":
        axes = _permutation(draw, dimension)[: min(count, dimension)]
        X = np.zeros((len(axes), dimension))
        X[np.arange(len(axes)), axes] = _choices(draw, (1.0, -1.0), len(axes))
        return Inputs(X * np.sqrt(dimension), kind)
    if kind == "generic":
        return Inputs(_normalised(_vectors(draw, count, dimension)), kind)
    if kind == "near-collinear":
        line = _normalised(_vectors(draw, 1, dimension))
        angle = 2.0 ** -draw(st.integers(10, 40))
        signs = np.array(_choices(draw, (1.0, -1.0), count))[:, np.newaxis]
        return Inputs(_normalised(signs * (line + angle * _vectors(draw, count, dimension))), kind)
    centres = _normalised(_vectors(draw, draw(st.integers(1, 3)), dimension))
    members = _choices(draw, range(len(centres)), count)
    if kind == "clustered":
        return Inputs(_normalised(centres[members] + _vectors(draw, count, dimension) / 64), kind)
    if kind == "repeated":
        return Inputs(centres[members], kind)
    signs = np.array([[1.0 if i % 2 == 0 else -1.0] for i in range(count)])
    return Inputs(signs * centres[[members[i - i % 2] for i in range(count)]], kind)


def labels(n: int, *, classes: int | None = None) -> SearchStrategy[NDArray[Any]]:
    """Label vectors of length n: signs as float64, or the integers below `classes`, at least two of them.

    Raises
    ------
    ValueError, TypeError
        For a length below 1, or too few samples or classes for two of them.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(labels(3), lambda y: y.sum() == 1).tolist()
    [1.0, 1.0, -1.0]
    """
    _size(n, "n")
    if classes is None:
        return _several(n, (1.0, -1.0))
    if classes < 2 or n < 2:
        raise ValueError(f"classes = {classes} and n = {n}, but two classes need at least two samples")
    return _several(n, tuple(range(classes))).filter(lambda y: bool((y != y[0]).any()))


@st.composite
def _several(draw: DrawFn, n: int, values: Sequence[Any]) -> NDArray[Any]:
    return np.array(_choices(draw, values, n))


def signed_permutations(d: int) -> SearchStrategy[Array]:
    """Orthogonal (d, d) matrices with entries −1, 0, 1: rotations that float64 applies without rounding.

    Raises
    ------
    ValueError, TypeError
        For a dimension below 1.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(signed_permutations(2), lambda Q: True).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    _size(d, "d")
    return _signed_permutations(d)


@st.composite
def _signed_permutations(draw: DrawFn, d: int) -> Array:
    Q = np.zeros((d, d))
    Q[np.arange(d), _permutation(draw, d)] = _choices(draw, (1.0, -1.0), d)
    return Q


def _size(value: SearchStrategy[int] | int, name: str) -> SearchStrategy[int] | int:
    """A size, or what draws one, if it may be one."""
    if isinstance(value, SearchStrategy):
        return value
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer or a strategy of integers, found {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, found {value}; an array without entries has nothing to test")
    return int(value)


def _drawn(draw: DrawFn, value: SearchStrategy[int] | int, name: str) -> int:
    drawn = _size(draw(value) if isinstance(value, SearchStrategy) else value, name)
    assert isinstance(drawn, int)
    return drawn


_SEEDS = st.integers(0, 2**32 - 1)


def _span(draw: DrawFn, length: int) -> list[int]:
    """Places that follow one another, around the end if need be: more often than not all of them."""
    count = min(draw(st.integers(0, 3 * length)), length)
    start = draw(st.integers(0, length - 1))
    return [(start + k) % length for k in range(count)]


def _choices(draw: DrawFn, values: Sequence[_T], count: int) -> list[_T]:
    """One of the values for each of `count` places, shrinking towards the first."""
    if count <= _SHORT:
        return [draw(st.sampled_from(values)) for _ in range(count)]
    seed, span = draw(_SEEDS), _span(draw, count)
    found = [values[0]] * count
    if seed:
        rng = np.random.default_rng(seed)
        # Among many, the simplest prevails as often as not.
        picked = rng.integers(0, len(values), count) * (rng.random(count) < rng.choice([0.1, 0.5, 1.0]))
        for place in span:
            found[place] = values[picked[place]]
    for _ in range(draw(st.integers(0, _EXCEPTIONS))):
        found[draw(st.integers(0, count - 1))] = values[draw(st.integers(0, len(values) - 1))]
    return found


def _permutation(draw: DrawFn, d: int) -> list[int]:
    if d <= _SHORT:
        return draw(st.permutations(range(d)))
    seed, span = draw(_SEEDS), _span(draw, d)
    order = np.arange(d)
    order[span] = np.random.default_rng(seed).permutation(span) if seed else span
    return [int(k) for k in order]


def _vectors(draw: DrawFn, count: int, d: int) -> Array:
    """`count` nonzero dyadic vectors of length d."""
    if count * d <= _FEW and count <= _SHORT:
        vector = st.lists(dyadics(), min_size=d, max_size=d).filter(any)
        return np.array([draw(vector) for _ in range(count)])
    X = np.eye(d)[np.arange(count) % d]
    seed, block = draw(_SEEDS), np.ix_(_span(draw, count), _span(draw, d))
    if seed:
        X[block] = _of_seed(seed, count, d)[block]
    bound = _LARGEST << _BITS
    for _ in range(draw(st.integers(0, _EXCEPTIONS))):
        i, k = divmod(draw(st.integers(0, count * d - 1)), d)
        X[i, k] = draw(st.integers(-bound, bound)) * 2.0**-_BITS
    zero = np.flatnonzero(~X.any(axis=1))
    X[zero, zero % d] = 2.0**-_BITS
    return X


def _of_seed(seed: int, count: int, d: int) -> Array:
    """A dyadic array, dense or sparse, of all values or of few."""
    rng = np.random.default_rng(seed)
    largest = int(rng.choice([1, 1 << _BITS, _LARGEST << _BITS]))
    unit = 1.0 if largest == 1 else 2.0**-_BITS
    X = unit * rng.integers(-largest, largest + 1, (count, d))
    return np.where(rng.random((count, d)) < rng.choice([0.1, 0.5, 1.0]), X, 0.0)


def _normalised(X: Array) -> Array:
    """Rows scaled to norm √d."""
    norms: Array = np.linalg.norm(X, axis=1, keepdims=True)
    scaled: Array = X * (np.sqrt(X.shape[1]) / norms)
    return scaled
