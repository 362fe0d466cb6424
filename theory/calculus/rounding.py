"""Numbers as a person reads them: short, and never rounded past what was established.

A lower bound is rounded down, an upper bound up, an enclosure outwards; of two numbers that decide, each is rounded
towards the other, with as many digits as keep them apart.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from flint import arb
from sympy import Expr, Rational, Symbol

from .enclosure import Enclosure
from .evaluate import number
from .exact import exact_fraction

__all__ = ["Towards", "against", "against_words", "exact_first", "in_short", "rounded", "safe_side"]

Towards = Literal["down", "up", "out"]

_DIGITS = 4
_MOST_DIGITS = 4096
_SHORT = 12  # characters of an exact form that stands for itself
_PLAIN_ONE = 8  # digits beyond which a number close to 1 is given by its distance from 1
_MODES = {"down": decimal.ROUND_FLOOR, "up": decimal.ROUND_CEILING}

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_EXACT = re.compile(r"[-+]?\d+(?:/\d+)?")
_INTERVAL = re.compile(rf"\[({_NUMBER}), ({_NUMBER})\]", re.IGNORECASE)
_LIMITS = re.compile(rf"(.*limits )\[({_NUMBER}), ({_NUMBER})\]", re.IGNORECASE)

# One end of a number: exact in each of these forms.
_End = Decimal | Fraction | arb


def rounded(value: Any, digits: int = _DIGITS, towards: Towards = "out") -> str:
    """A number in decimal with so many significant digits, rounded to the side that keeps what it says true.

    Parameters
    ----------
    value : Fraction, int, float, Decimal, ball, Enclosure or str
        Text is a decimal, a fraction or ``"[a, b]"``; a float is the shortest decimal that stands for it.
    digits : int
    towards : {"down", "up", "out"}
        A lower bound goes down, an upper bound up, and an enclosure out: both ends, or one number where it is exact.

    Raises
    ------
    ValueError
        For text that is no number.

    Examples
    --------
    >>> rounded("[1.8326479847e-1, 1.83264798471e-1]", towards="down"), rounded(Fraction(1, 3), towards="up")
    ('0.1832', '0.3334')
    >>> rounded(Fraction(1, 3)), rounded("5/2"), rounded("[9.9996e-7, 9.9997e-7]"), rounded(-1 / 3, 2, "up")
    ('[0.3333, 0.3334]', '2.5', '[9.999e-7, 1e-6]', '-0.33')
    """
    low, high = _ends(value)
    if towards != "out":
        return _plain(_round(low if towards == "down" else high, digits, towards), digits)
    below, above = _round(low, digits, "down"), _round(high, digits, "up")
    return _plain(below, digits) if below == above else f"[{_plain(below, digits)}, {_plain(above, digits)}]"


def in_short(text: str, digits: int = _DIGITS) -> str:
    """Text of a deciding number: short exact forms as they are, enclosures and limits outwards, words untouched.

    Examples
    --------
    >>> in_short("21/8"), in_short("[9.832707078e-3, 9.832707079e-3]"), in_short("0 in the limit")
    ('21/8', '[0.009832, 0.009833]', '0 in the limit')
    >>> in_short("57/100, limits [3.116757e-01, 8.038222e-01]")
    '57/100, limits [0.3116, 0.8039]'
    """
    if _short_exact(text):
        return text
    try:
        return rounded(text, digits)
    except ValueError:
        return _INTERVAL.sub(lambda m: _interval(m[1], m[2], digits), text)


def exact_first(value: Any, text: str, digits: int = _DIGITS, towards: Towards = "out") -> str:
    """A constant with its exact form first, where that is a short rational, and its decimal, rounded, beside it.

    Parameters
    ----------
    value : Expr, Fraction, int or None
        The constant itself; None where only an enclosure is known.
    text : str
        Its enclosure.

    Examples
    --------
    >>> exact_first(Rational(1, 3), "[3.33e-1, 3.34e-1]", towards="up"), exact_first(Rational(1, 2), "[5e-1, 5e-1]")
    ('1/3 (0.3334 rounded up)', '1/2')
    >>> from sympy import log
    >>> exact_first(log(2), "[6.93147e-1, 6.93148e-1]", towards="down")
    '0.6931 (rounded down)'
    """
    exact = _rational(value)
    if exact is not None and len(str(exact)) <= _SHORT:
        ends = _round(exact, digits, "down"), _round(exact, digits, "up")
        if ends[0] == ends[1] or towards == "out":
            return str(exact)
        return f"{exact} ({rounded(exact, digits, towards)} rounded {towards})"
    shown = rounded(text if exact is None else exact, digits, towards)
    return shown if towards == "out" else f"{shown} (rounded {towards})"


def against(value: Any, bound: Any, digits: int = _DIGITS) -> tuple[str, str]:
    """Two numbers that decide, each rounded towards the other, with as many digits as keep them apart.

    So the gap that is shown is at most the true one. Numbers too close to 1 for that are given by their distance from
    it. A wide enclosure keeps both ends; exact forms stay; words stay.

    Examples
    --------
    >>> against("[9.487135619e-6, 9.48713562e-6]", "[9.166087736e-6, 9.166087737e-6]")
    ('9.487e-6', '9.167e-6')
    >>> against("[1.0001234e-1, 1.0001235e-1]", "[1.0001238e-1, 1.0001239e-1]")
    ('0.10001235', '0.10001238')
    >>> against(1 - Fraction(1, 10**12), 1 - Fraction(3, 10**12)), against("5/2", "21/8")
    (('1 - 1e-12', '1 - 3e-12'), ('5/2', '21/8'))
    >>> against("57/100, limits [3.116757e-01, 8.038222e-01]", "[6.666666666e-1, 6.666666667e-1]")
    ('57/100, limits [0.3116, 0.8039]', '[0.6666, 0.6667]')
    """
    if _short_exact(value) and _short_exact(bound):
        return str(value), str(bound)
    try:
        (words, a), (_, b) = _parts(value), _parts(bound)
    except ValueError:
        return in_short(str(value), digits), in_short(str(bound), digits)
    below = _less(a[1], b[0])
    if not below and not _less(b[1], a[0]):
        return words + _outward(a, digits), _outward(b, digits)
    sides: tuple[Towards, Towards] = ("up", "down") if below else ("down", "up")
    near = (a[1], b[0]) if below else (a[0], b[1])
    n = digits
    while n <= _MOST_DIGITS:
        x, y = (_round(end, n, side) for end, side in zip(near, sides, strict=True))
        if x < y if below else x > y:
            break
        n += 1 if n < 40 else n // 4
    if n > _PLAIN_ONE and not words and all(abs(end - 1) < Decimal("1e-4") for end in (x, y)):
        return _beside_one(x, y, digits, n)
    first = f"{words}{_outward(a, n)}" if words or _wide(a) else _plain(x, n)
    return first, _outward(b, n) if _wide(b) else _plain(y, n)


def against_words(value: str, bound: str, digits: int = _DIGITS) -> str:
    """`against` as words; two enclosures that do not tell the numbers apart are one, and said to be.

    Examples
    --------
    >>> against_words("5/2", "21/8"), against_words("[5e-1, 5e-1]", "[5e-1, 5e-1]")
    ('5/2 against 21/8', '0.5 on both sides')
    >>> against_words("[9.999999999e-1, 1.000000001]", "[9.999999999e-1, 1.000000001]")
    'both sides in [0.9999999999, 1.000000001], the same in these digits'
    """
    shown = against(value, bound, digits)
    try:
        (words, a), (_, b) = _parts(value), _parts(bound)
    except ValueError:
        return f"{shown[0]} against {shown[1]}"
    if words or _less(a[1], b[0]) or _less(b[1], a[0]):
        return f"{shown[0]} against {shown[1]}"
    if all(_same(end, a[0]) for end in (a[1], *b)):
        return f"{shown[0]} on both sides"
    if _wide(a) or _wide(b):
        return f"{shown[0]} against {shown[1]}"
    least, most = min(_round(e, 10, "down") for e in (a[0], b[0])), max(_round(e, 10, "up") for e in (a[1], b[1]))
    return f"both sides in [{_plain(least, 10)}, {_plain(most, 10)}], the same in these digits"


def safe_side(bound: Expr, constant: Symbol, *, upper: bool = True) -> Towards:
    """The side to which a constant of a bound is rounded so that the claim gets weaker, never stronger.

    Parameters
    ----------
    bound : Expr
        What the claim says of something: that it is at most this, or at least this.
    constant : Symbol
    upper : bool
        Whether the bound is one from above.

    Returns
    -------
    {"down", "up", "out"}
        ``"out"`` where the bound does not go one way at the places tried.

    Examples
    --------
    >>> from sympy import exp
    >>> C, c, m = Symbol("C"), Symbol("c"), Symbol("m")
    >>> safe_side(C * exp(-c * m), C), safe_side(C * exp(-c * m), c), safe_side(C * m, m, upper=False)
    ('up', 'down', 'down')
    """
    rises = set()
    for place in (Rational(1), Rational(3), Rational(7, 2), Rational(9)):
        others = {s: place for s in bound.free_symbols if s != constant}
        for at in (Rational(1, 8), Rational(1, 2), Rational(2)):
            try:
                a, b = (number(bound.subs({**others, constant: x}), {}) for x in (at, at * 5 / 4))
            except (ArithmeticError, TypeError, ValueError, NotImplementedError):
                return "out"
            if a != b:
                rises.add(a < b)
    if len(rises) != 1:
        return "out"
    return "up" if rises.pop() == upper else "down"


def _short_exact(value: Any) -> bool:
    if isinstance(value, int | Fraction):
        value = str(value)
    return isinstance(value, str) and len(value) <= _SHORT and _EXACT.fullmatch(value) is not None


def _rational(value: Any) -> Fraction | None:
    try:
        return None if value is None or isinstance(value, float | str) else exact_fraction(value)
    except (ValueError, TypeError):
        return None


def _ends(value: Any) -> tuple[_End, _End]:
    """Both ends of a number, exactly."""
    if isinstance(value, Enclosure):
        return value.lower, value.upper
    if isinstance(value, arb):
        return _ends(Enclosure.of(value))
    if isinstance(value, str):
        found = _INTERVAL.fullmatch(value)
        return (_end(found[1]), _end(found[2])) if found else (_end(value),) * 2
    if isinstance(value, float):
        return (_end(repr(value)),) * 2
    if isinstance(value, Decimal):
        return (_end(str(value)),) * 2
    return (exact_fraction(value),) * 2


def _end(text: str) -> _End:
    try:
        if "/" in text:
            return Fraction(text)
        found = Decimal(text)
    except (ArithmeticError, ValueError):
        raise ValueError(f"a number is needed, found {text!r}") from None
    if not found.is_finite():
        raise ValueError(f"a finite number is needed, found {text!r}")
    return found


def _parts(value: Any) -> tuple[str, tuple[_End, _End]]:
    """Words before the limits of a sample, if it is one, and both ends."""
    found = _LIMITS.fullmatch(value) if isinstance(value, str) else None
    return ("", _ends(value)) if found is None else (found[1], (_end(found[2]), _end(found[3])))


def _context(digits: int, towards: Towards) -> decimal.Context:
    return decimal.Context(digits, _MODES[towards], decimal.MIN_EMIN, decimal.MAX_EMAX, traps=[])


def _round(end: _End, digits: int, towards: Towards) -> Decimal:
    context = _context(digits, towards)
    if isinstance(end, arb):
        low, high = Enclosure(end, end).decimal(digits)[1:-1].split(", ")
        return Decimal(low if towards == "down" else high)
    if isinstance(end, Fraction):
        return context.divide(Decimal(end.numerator), Decimal(end.denominator))
    return context.plus(end)


def _less(a: _End, b: _End) -> bool:
    """Whether a < b, to as many digits as are ever shown."""
    digits = 20
    while digits <= _MOST_DIGITS:
        if _round(a, digits, "up") < _round(b, digits, "down"):
            return True
        if _round(a, digits, "down") > _round(b, digits, "up") or (isinstance(a, Decimal) and isinstance(b, Decimal)):
            return isinstance(a, Decimal) and isinstance(b, Decimal) and a < b
        digits *= 4
    return False


def _same(a: _End, b: _End) -> bool:
    return _round(a, 50, "down") == _round(b, 50, "down") and _round(a, 50, "up") == _round(b, 50, "up")


def _wide(ends: tuple[_End, _End]) -> bool:
    """Whether both ends are worth showing: they differ by more than a thousandth."""
    low, high = _round(ends[0], 12, "down"), _round(ends[1], 12, "up")
    with decimal.localcontext(_context(20, "up")):
        return high - low > max(abs(low), abs(high)) / 1000


def _outward(ends: tuple[_End, _End], digits: int) -> str:
    below, above = _round(ends[0], digits, "down"), _round(ends[1], digits, "up")
    return _plain(below, digits) if below == above else f"[{_plain(below, digits)}, {_plain(above, digits)}]"


def _interval(low: str, high: str, digits: int) -> str:
    return f"[{rounded(low, digits, 'down')}, {rounded(high, digits, 'up')}]"


def _beside_one(x: Decimal, y: Decimal, digits: int, n: int) -> tuple[str, str]:
    """Two numbers close to 1, each rounded towards the other, as 1 and what is missing."""
    with decimal.localcontext(_context(n + 8, "down")):
        first, second = against(1 - x, 1 - y, digits)
    return _from_one(first), _from_one(second)


def _from_one(missing: str) -> str:
    if missing == "0":
        return "1"
    return f"1 + {missing[1:]}" if missing.startswith("-") else f"1 - {missing}"


def _plain(value: Decimal, digits: int) -> str:
    """As people write it: powers of ten only where the number is far from 1."""
    if value == 0:
        return "0"
    power = value.adjusted()
    if -4 <= power < max(6, digits):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    sign, figures, _ = value.as_tuple()
    mantissa = "".join(map(str, figures)).rstrip("0")
    point = f".{mantissa[1:]}" if len(mantissa) > 1 else ""
    return f"{'-' if sign else ''}{mantissa[0]}{point}e{power}"
