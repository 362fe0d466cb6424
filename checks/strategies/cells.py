"""Strategies of cells: sizes and exact reals at which a statement applies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sympy import Poly, Rational, oo

from ...theory.calculus.exact import exact_fraction, rational
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Statement

__all__ = ["cells"]

Cell = dict[str, int | Fraction]
# The least and the largest value of a size, or a real parameter.
Domain = tuple[int, int] | Parameter


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
