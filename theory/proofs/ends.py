"""Values at a finite end of an interval, exactly, and short intervals around a change of sign."""

from __future__ import annotations

from fractions import Fraction

from .expressions import NotProved, sign_of
from .fields import Field, Fraction2, Poly

__all__ = ["at_end", "crossing"]

HALVINGS = 70


def at_end(field: Field, poly: Poly, x: str, high: bool) -> tuple[dict[str, list[str]], Poly, Poly]:
    """The value at a finite end as a fraction, after the values there of the atoms that move.

    Examples
    --------
    >>> from whp.theory.proofs.expressions import parsed
    >>> ring = Field({"x": (Fraction(0), Fraction(1)), "p": (Fraction(0), Fraction(1))})
    >>> top, _ = ring.read(parsed("log(p + x) - x"))
    >>> [str(part) for part in at_end(ring, top, "x", False)[1:]]
    ['L1', '1']
    """
    end = field.box[x][1 if high else 0]
    if end is None:
        raise NotProved("no value at infinity")
    point: dict[str, Fraction2] = {x: (field.number(end), field.one)}
    values: dict[str, list[str]] = {}
    for name in field.used(poly):
        _moved(field, name, x, point, values)
    top, bottom = _put(field, poly, point)
    return values, top, bottom


def _moved(field: Field, name: str, x: str, point: dict[str, Fraction2], values: dict[str, list[str]]) -> None:
    atom = field.by_name.get(name)
    if atom is None or x not in atom.free or name in point:
        return
    for inner in sorted({n for p in atom.argument for n in field.used(p)}):
        _moved(field, inner, x, point, values)
    top, below = (_put(field, p, point) for p in atom.argument)
    if below[0].is_zero() or not all(field.positive(n) for n in field.used(below[0])) or len(below[0]) > 1:
        raise NotProved("an atom with a pole at the end")
    argument = field.times(top, (below[1], below[0]))
    if atom.kind in ("log", "root") and argument[0].is_zero():
        raise NotProved("a singular atom at the end")
    if atom.kind == "root":
        value = field.of_power(argument, Fraction(1, atom.degree))
    else:
        value = getattr(field, "of_" + atom.kind)(argument)
    point[name] = value
    values[name] = [str(p) for p in value]


def _put(field: Field, poly: Poly, point: dict[str, Fraction2]) -> Fraction2:
    out = (field.zero, field.one)
    field.effort.spend(20 * len(poly))
    for mono, c in poly.to_dict().items():
        term = (field.ring.constant(c), field.one)
        for e, name in zip(mono, field.names, strict=True):
            if e:
                factor = point.get(name, (field.gen[name], field.one))
                term = field.times(term, field.power(factor, int(e)))
        out = field.plus(out, term)
    return out


def crossing(
    field: Field, poly: Poly, x: str, left: Fraction | None, right: Fraction | None, before: int, after: int
) -> tuple[Fraction, Fraction]:
    """A short interval with the two signs at its ends, on a piece where the quotient is monotone."""
    low, high = field.box[x]

    def sign(c: Fraction) -> int:
        return sign_of(field.ball(poly, {x: (c, c)}))

    if left is None:
        bound = right if right is not None else high if high is not None else low + 1
        left = next((c for c in (low + (bound - low) / 2**k for k in range(1, 100)) if sign(c) == before), None)
    if left is None:
        raise NotProved("no point with the sign of the lower end")
    if right is None:
        start = max(left, Fraction(1))
        tries = (start * 2**k if high is None else high - (high - left) / 2**k for k in range(1, 100))
        right = next((c for c in tries if sign(c) == after), None)
    if right is None:
        raise NotProved("no point with the sign of the upper end")
    for _ in range(HALVINGS):
        middle = (left + right) / 2
        s = sign(middle)
        if s == 0:
            break
        left, right = (middle, right) if s == before else (left, middle)
    return left, right
