"""Changes of variable that make roots and exponentials rational, and points where two sides touch or cross."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import Any

from .claims import Claim
from .expressions import Effort, NotProved, fraction, names_in, parsed
from .fields import Field, Poly

__all__ = [
    "choices",
    "crossings",
    "is_rational",
    "odds",
    "outwards",
    "partner",
    "rate",
    "rationalised",
    "root_degree",
    "touching",
]

Step = dict[str, Any]
CUTS = 48
GOLDEN = 40
LARGEST = 1000


def is_rational(end: str) -> bool:
    return end == "oo" or re.fullmatch(r"-?\d+(/\d+)?", end) is not None


def outwards(low: str, high: str, effort: Effort) -> tuple[str, str] | None:
    """Rational ends a little outside an interval some of whose ends are irrational numbers."""
    ends = []
    for end, side in ((low, -1), (high, 1)):
        if is_rational(end):
            ends.append(end)
            continue
        if end == "-oo" or names_in(end):
            return None
        field = Field({}, effort=effort)
        top, bottom = field.read(parsed(end))
        value = float((field.ball(top, {}) / field.ball(bottom, {})).mid())
        ends.append(str(Fraction(value + side * max(1.0, abs(value)) / 2000).limit_denominator(3000)))
    return ends[0], ends[1]


def root_degree(claim: Claim, name: str, effort: Effort) -> tuple[int, tuple[Fraction, Fraction] | None]:
    """The n for which s^n removes roots of a variable; where there are none, how to move a root a + b·v to one."""
    degree, shift = 1, None
    field = _first_reading(claim, effort)
    for atom in field.atoms if field else ():
        if field and atom.kind == "root" and field.used(atom.argument[0]) == [name]:
            terms = {sum(map(int, m)): fraction(c) for m, c in atom.argument[0].to_dict().items()}
            if set(terms) == {1}:
                degree = lcm(degree, atom.degree)
            elif set(terms) == {0, 1}:
                shift = -terms[0] / terms[1], 1 / terms[1]
    return degree, shift


def partner(claim: Claim, name: str, effort: Effort) -> str | None:
    """The w for which v = w·s leaves no other variable than s in a root of a·v + b·w, v being any positive number."""
    field = _first_reading(claim, effort) if claim.domain[name][:2] == ("0", "oo") else None
    for atom in field.atoms if field else ():
        if field and atom.kind == "root" and field.plain(atom.argument[0]):
            others = [v for v in field.used(atom.argument[0]) if v != name]
            linear = all(sum(map(int, m)) == 1 for m in atom.argument[0].to_dict())
            if len(others) == 1 and others[0] in claim.domain and linear:
                return others[0]
    return None


def rate(claim: Claim, name: str, effort: Effort) -> Fraction | None:
    field = _first_reading(claim, effort)
    rate = field.common_bases().get(f"{name}|1") if field else None
    return abs(rate) if rate else None


def _first_reading(claim: Claim, effort: Effort) -> Field | None:
    """The claim read before its variables have rational ends: good for a look at its atoms, not for a proof."""
    box = {}
    for name, (low, high, _) in claim.domain.items():
        rational = is_rational(low) and is_rational(high)
        box[name] = (Fraction(low), None if high == "oo" else Fraction(high)) if rational else (Fraction(0), None)
    for in_logs in (False, True):
        try:
            field = Field(box, effort=effort)
            # Powers too high to be read are read in the logarithm.
            field.read(parsed((claim.logs() if in_logs else claim).difference))
        except NotProved:
            continue
        return field
    return None


def odds(claim: Claim, name: str, effort: Effort) -> tuple[tuple[str, str], int] | None:
    """Ends a little outside and n, for v = s^n/(1 + s^n), where n-th roots of v and of 1 − v occur."""
    low, high, closed = claim.domain[name]
    if closed or not (is_rational(low) and is_rational(high)) or Fraction(low) < 0:
        return None
    field = _first_reading(claim, effort)
    roots = [(a.degree, a.argument[0]) for a in field.atoms if a.kind == "root"] if field else []
    n = next((n for n, f in roots if str(f) == name and (n, 1 - f) in roots), 0)
    if not n or high == "oo" or Fraction(high) > 1:
        return None
    ends = []
    for end, side in ((Fraction(low), -1), (Fraction(high), 1)):
        s = float(end / (1 - end)) ** (1 / n) if end < 1 else 0.0
        exact = end in (0, 1, Fraction(1, 2))
        near = Fraction(s) if exact else Fraction(s + side / 2000).limit_denominator(3000)
        ends.append("oo" if end == 1 else str(near))
    return (ends[0], ends[1]), n


def rationalised(claim: Claim, name: str, new: str, effort: Effort) -> tuple[Step, Claim] | None:
    """A fraction of k in the place of v that makes the root of c₂v² + c₁v + q² the fraction q + kv."""
    field = _first_reading(claim, effort)
    if field is None or claim.domain[name][0] == "-oo":
        return None
    for atom in field.atoms:
        f = atom.argument[0]
        if atom.kind == "root" and atom.degree == 2 and field.plain(f) and f.degrees()[field.place[name]] == 2:
            found = _by_chord(field, f, claim, name, new)
            if found:
                return found
    return None


def _by_chord(field: Field, f: Poly, claim: Claim, name: str, new: str) -> tuple[Step, Claim] | None:
    low, high, _ = claim.domain[name]
    zero, first, second = (_coefficient(field, f, name, k) for k in range(3))
    q = _square_root(field, zero)
    if q is None or zero.is_zero():
        return None
    slopes = []
    for end in (low, high):
        if end == "0":
            slopes.append(f"({first})/(2*({q}))")
        elif end == "oo":
            k = _square_root(field, second)
            slopes.append(str(k) if k is not None else "")
        else:
            top, bottom = field.read(parsed(end))
            whole = sum(
                (field.product(_coefficient(field, f, name, k), top**k * bottom ** (2 - k)) for k in range(3)),
                field.zero,
            )
            value = _square_root(field, whole)
            slopes.append(f"(({value})/({bottom}) - ({q}))*({bottom})/({top})" if value is not None else "")
    if not all(slopes):
        return None
    a, b = (text.replace("^", "**") for text in slopes)
    k = f"({a} + (({b}) - ({a}))*{new})" if a not in ("(0)/(2*(1))",) else f"({b})*{new}"
    top, bottom = (text.replace("^", "**") for text in (f"{first} - 2*({q})*{k}", f"{k}**2 - ({second})"))
    inner = Field({**field.box, new: (Fraction(0), Fraction(1))}, effort=field.effort)
    up, down = inner.read(parsed(f"({top})/({bottom})"))
    if inner.sample(down) < 0:
        up, down = -up, -down
    up, down = (str(p).replace("^", "**") for p in (up, down))
    return claim.fraction(name, new, up, down, ("0", "1"))


def _coefficient(field: Field, f: Poly, name: str, k: int) -> Poly:
    i = field.place[name]
    return field.ring.from_dict({(*m[:i], 0, *m[i + 1 :]): c for m, c in f.to_dict().items() if int(m[i]) == k})


def _square_root(field: Field, f: Poly) -> Poly | None:
    """The polynomial, positive in the middle of the box, whose square a polynomial is."""
    if f.is_zero():
        return f
    constant, factors = field.factored(f)
    c = fraction(constant)
    roots = [Fraction(int(whole) ** 0.5).limit_denominator(1) for whole in (abs(c.numerator), c.denominator)]
    root = roots[0] / roots[1]
    if root * root != c or any(int(e) % 2 for _, e in factors):
        return None
    out = field.number(root)
    for g, e in factors:
        out = out * g ** (int(e) // 2)
    return out if field.sample(out) > 0 else -out


def choices(text: str) -> list[str]:
    """The innermost Min, Max and Abs of a text."""
    found = []
    for node in ast.walk(ast.parse(text, mode="eval")):
        named = isinstance(node, ast.Call) and ast.unparse(node.func) in ("Min", "Max", "Abs")
        if isinstance(node, ast.Call) and named and not any(choices(ast.unparse(a)) for a in node.args):
            found.append(ast.unparse(node))
    return list(dict.fromkeys(found))


def _values(text: str, claim: Claim, name: str, effort: Effort) -> Iterator[tuple[Fraction, Any]]:
    """Values of an expression in one variable at points across its interval, as a function and at first a grid."""
    low, high, _ = claim.domain[name]
    field = Field({name: (Fraction(low), None if high == "oo" else Fraction(high))}, effort=effort)
    top, bottom = field.read(parsed(text))
    for i in range(1, CUTS):
        w = Fraction(i, CUTS)
        c = field.box[name][0] + (w / (1 - w) if high == "oo" else w * (Fraction(high) - field.box[name][0]))
        yield c, lambda at: float((field.ball(top, {name: (at, at)}) / field.ball(bottom, {name: (at, at)})).mid())


def crossings(text: str, claim: Claim, name: str, effort: Effort) -> list[str]:
    """Rational points at which an expression in one variable changes its sign.

    Examples
    --------
    >>> crossings("x**2 - x", Claim("x", "<", "x", {"x": ("0", "oo", "")}), "x", Effort())
    ['1']
    """
    before, out = None, []
    for c, value in _values(text, claim, name, effort):
        here = value(c)
        if before and here * before[1] <= 0 and here != before[1]:
            a, b = before[0], c
            for _ in range(GOLDEN):
                middle = (a + b) / 2
                a, b = (middle, b) if value(middle) * before[1] > 0 else (a, middle)
            out.append(str(b.limit_denominator(LARGEST)))
        if here:
            before = c, here
    return list(dict.fromkeys(out))


def touching(text: str, claim: Claim, name: str, effort: Effort) -> Iterator[str]:
    """Rational points near which an expression in one variable has a least value of about zero."""
    rows = [(c, value(c), value) for c, value in _values(text, claim, name, effort)]
    for (a, left, _), (_, middle, value), (b, right, _) in zip(rows, rows[1:], rows[2:], strict=False):
        if middle <= left and middle <= right:
            low, high = float(a), float(b)
            for _ in range(GOLDEN):
                x, y = low + 0.382 * (high - low), low + 0.618 * (high - low)
                low, high = (low, y) if value(Fraction(x)) < value(Fraction(y)) else (x, high)
            at = Fraction((low + high) / 2)
            if abs(value(at)) < 1e-7 * (1 + abs(left) + abs(right)):
                yield str(at.limit_denominator(LARGEST))
