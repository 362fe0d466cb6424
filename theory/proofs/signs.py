"""Signs of polynomials in variables on an open box: real roots in one variable, Bernstein coefficients in several."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_poly

from .expressions import NotProved, fraction, rational, sign_of
from .fields import End, Field, Poly

__all__ = ["Box", "Roots", "Tree", "orthant", "real_roots"]

Box = Mapping[str, tuple[Fraction, End]]
Roots = list[tuple[Fraction, Fraction]]
Tree = Any


def real_roots(field: Field, poly: Poly, x: str) -> Roots:
    """Disjoint rational intervals around the roots, inside the box, of an irreducible polynomial in one variable.

    Examples
    --------
    >>> ring = Field({"x": (Fraction(0), Fraction(2))})
    >>> x = ring.gen["x"]
    >>> [(round(float(a), 6), round(float(b), 6)) for a, b in real_roots(ring, x**2 - 2, "x")]
    [(1.414214, 1.414214)]
    """
    place, coefficients = field.place[x], {}
    for mono, c in poly.to_dict().items():
        coefficients[int(mono[place])] = c
    dense: Any = fmpq_poly([coefficients.get(i, fmpq(0)) for i in range(max(coefficients) + 1)]).numer()
    low, high = field.box[x]
    field.effort.spend(20 + dense.degree() ** 3 * (1 + dense.height_bits() // 64) // 8)
    found: Roots = []
    if dense.degree() == 1:
        root = fraction(fmpq(-dense[0], dense[1]))
        found = [(root, root)]
    else:
        for place_in_plane, _ in dense.complex_roots():
            if place_in_plane.imag == 0:
                real: Any = place_in_plane.real
                middle, radius = _exact(real.mid()), _exact(real.rad())
                found.append((middle - radius, middle + radius))
    inside = []
    for a, b in found:
        if a > low and (high is None or b < high):
            inside.append((a, b))
        elif b > low and (high is None or a < high):
            raise NotProved("a root not separated from an end")
    return sorted(inside)


def _exact(ball: Any) -> Fraction:
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def orthant(field: Field, poly: Poly, box: Box, depth: int = 4) -> tuple[int, Tree] | None:
    """The sign of a polynomial on an open box, and the splittings that show it.

    Each variable is put in terms of one on (0, ∞): v = low + y, or v = (low + high·y)/(1 + y). Coefficients of one
    sign then decide; else the box is cut in its widest variable. Coefficients may hold constants.

    Examples
    --------
    >>> ring = Field({"x": (Fraction(0), None), "y": (Fraction(0), Fraction(1))})
    >>> x, y = ring.gen["x"], ring.gen["y"]
    >>> orthant(ring, 1 + x - y, ring.box)
    (1, None)
    >>> orthant(ring, x - y, ring.box) is None
    True
    """
    if poly.is_zero() or not all(n in field.box or not field.by_name[n].free for n in field.used(poly)):
        return None
    field.effort.spend(15 * len(poly))
    terms = _terms(field, poly)
    free = [v for v in box if any(m[field.place[v]] for m in terms)]
    signs, corners = _coefficient_signs(field, terms, box, free)
    if len(signs - {0}) == 1:
        return max(signs, key=abs), None
    if {1, -1} <= corners or depth == 0 or not free:
        return None
    widest = max(free, key=lambda v: _width(*box[v]))
    low, high = box[widest]
    cut = max(Fraction(1), 2 * low, low + 1) if high is None else (low + high) / 2
    pieces = [(widest, low, cut), (widest, cut, high)]
    rest = {v: ends for v, ends in box.items() if v != widest}
    middle = orthant(field, poly.subs({widest: rational(cut)}), rest, depth - 1)
    if middle is None:
        return None
    trees = []
    for _, a, b in pieces:
        part = orthant(field, poly, {**rest, widest: (a, b)}, depth - 1)
        if part is None or part[0] != middle[0]:
            return None
        trees.append(part[1])
    return middle[0], [widest, str(cut), trees[0], middle[1], trees[1]]


def _width(low: Fraction, high: End) -> Fraction:
    return Fraction(10**6) if high is None else high - low


def _terms(field: Field, poly: Poly) -> dict[tuple[int, ...], Any]:
    """Coefficients by the exponents of the variables: rational where no constant occurs, else polynomials."""
    n = len(field.box)
    if field.plain(poly):
        return {tuple(map(int, m[:n])): c for m, c in poly.to_dict().items()}
    out: dict[tuple[int, ...], Any] = {}
    for m, c in poly.to_dict().items():
        key = tuple(map(int, m[:n]))
        out[key] = out.get(key, field.zero) + field.ring.from_dict({(*[0] * n, *m[n:]): c})
    return out


def _coefficient_signs(
    field: Field, terms: dict[tuple[int, ...], Any], box: Box, free: list[str]
) -> tuple[set[int], set[int]]:
    degrees = {}
    for v in free:
        place = field.place[v]
        degree = degrees[place] = max(m[place] for m in terms)
        field.effort.spend((degree + 1) * (2 * len(terms) + degree * (1 + degree // 16)) // 2)
        rows = _rows(degree, *box[v])
        grouped: dict[tuple[int, ...], Any] = {}
        for m, c in terms.items():
            for j, factor in enumerate(rows[m[place]]):
                if factor:
                    key = (*m[:place], j, *m[place + 1 :])
                    grouped[key] = grouped[key] + c * factor if key in grouped else c * factor
        terms = grouped
    signs, corners = set(), set()
    for m, c in terms.items():
        s = _sign(field, c)
        if s is None:
            return {1, -1}, {0}
        signs.add(s)
        if all(m[p] in (0, d) for p, d in degrees.items()):
            corners.add(s)
    return signs, corners


def _rows(degree: int, low: Fraction, high: End) -> list[list[Any]]:
    """Coefficients of (low + high·y)^e (1 + y)^(degree − e), or of (low + y)^e, for each e."""
    y = fmpq_poly([0, 1])
    up, down = (y + rational(low), fmpq_poly([1])) if high is None else (y * rational(high) + rational(low), y + 1)
    out = []
    for e in range(degree + 1):
        row = up**e * down ** (degree - e)
        out.append([row[j] for j in range(degree + 1)])
    return out


def _sign(field: Field, c: Any) -> int | None:
    if isinstance(c, fmpq):
        return (c > 0) - (c < 0)
    if c.is_zero():
        return 0
    if c.is_constant():
        return 1 if c.leading_coefficient() > 0 else -1
    return sign_of(field.ball(c, {})) or None
