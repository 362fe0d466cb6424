"""Rigorous enclosures of real numbers over any exponent range, and three-valued comparison.

A probability such as exp(-10 000) is a number here: an enclosure keeps python-flint's arbitrary exponent, prints
decimal strings rounded outwards and never turns "not proved" into "false".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flint import arb, ctx, fmpq, fmpz

__all__ = ["Enclosure", "compare", "workprec"]


@contextmanager
def workprec(bits: int) -> Iterator[None]:
    """Set the working precision of ball arithmetic to `bits` inside a ``with`` block.

    Examples
    --------
    >>> with workprec(256):
    ...     (arb(1) / 3).rel_accuracy_bits() > 200
    True
    """
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def compare(left: arb, relation: str, right: arb) -> bool | None:
    """Decide ``left relation right`` for two balls: True, False, or None when they overlap.

    Parameters
    ----------
    left, right : flint.arb
        Enclosures of two fixed real numbers.
    relation : {"<", "<=", ">", ">="}

    Examples
    --------
    >>> from flint import arb
    >>> compare(arb(1) / 3, "<", arb(1) / 2), compare(arb(1) / 3, ">=", arb(1) / 2)
    (True, False)
    >>> compare(arb(1) / 3, "<", arb(1) / 3) is None
    True
    """
    if relation in (">", ">="):
        return compare(right, "<" if relation == ">" else "<=", left)
    if relation == "<":
        return True if left < right else False if left >= right else None
    if relation == "<=":
        return True if left <= right else False if left > right else None
    raise ValueError(f"relation must be one of < <= > >=, found {relation!r}")


@dataclass(frozen=True)
class Enclosure:
    """A closed interval [lower, upper] certified to contain one real number.

    Attributes
    ----------
    lower, upper : flint.arb
        Exact end points, dimensionless, with unlimited exponent; a ball given as an end counts with its outer end.

    Examples
    --------
    >>> from flint import arb
    >>> third = Enclosure.of(arb(1) / 3)
    >>> third.lower < third.upper
    True
    >>> print(Enclosure.of(arb(-10000).exp()).decimal(3))
    [1.13e-4343, 1.14e-4343]
    """

    lower: arb
    upper: arb

    def __post_init__(self) -> None:
        # An end that is itself a ball is replaced by the outer end of that ball.
        if not self.lower.is_exact():
            object.__setattr__(self, "lower", self.lower.lower())
        if not self.upper.is_exact():
            object.__setattr__(self, "upper", self.upper.upper())
        if not self.lower <= self.upper:
            raise ValueError(f"an enclosure needs lower <= upper, found {self.lower} and {self.upper}")

    @classmethod
    def of(cls, ball: arb) -> Enclosure:
        """The end points of a ball (``ValueError`` when the ball is not finite)."""
        if not ball.is_finite():
            raise ValueError(f"an enclosure needs a finite ball, found {ball}; raise the working precision")
        if ball.is_exact():
            return cls(ball, ball)
        with workprec(max(_bits(ball.mid()), ball.rel_accuracy_bits()) + 64):
            return cls(ball.lower(), ball.upper())

    @property
    def ball(self) -> arb:
        """The interval as one ball (slightly wider, still rigorous, at the end points' own precision)."""
        with workprec(max(_bits(self.lower), _bits(self.upper)) + 32):
            return self.lower.union(self.upper)

    @property
    def relative_radius(self) -> float:
        """(upper - lower) / (2 |midpoint|), rounded up; infinite when the interval contains 0 and is not {0}."""
        if self.lower == self.upper:
            return 0.0
        magnitude = self.lower if self.lower > 0 else -self.upper
        if not magnitude > 0:
            return math.inf
        return float(((self.upper - self.lower) / (2 * magnitude)).upper())

    def log(self) -> Enclosure:
        """Enclosure of the natural logarithm; the interval must be positive."""
        if not self.lower > 0:
            raise ValueError(f"log needs a positive enclosure, found lower end {self.lower}")
        return Enclosure.of(self.ball.log())

    def compare(self, relation: str, other: Enclosure | arb | int | fmpq) -> bool | None:
        """Three-valued comparison of the enclosed number with another: True, False or None (undecided)."""
        low, high = (other.lower, other.upper) if isinstance(other, Enclosure) else (arb(other), arb(other))
        surely = compare(
            self.upper if relation in ("<", "<=") else self.lower, relation, low if "<" in relation else high
        )
        if surely:
            return True
        never = compare(
            self.lower if relation in ("<", "<=") else self.upper, relation, high if "<" in relation else low
        )
        return False if never is False else None

    def __float__(self) -> float:
        return float(self.ball.mid())

    def decimal(self, digits: int = 17) -> str:
        """Both end points in decimal, rounded outwards to `digits` significant digits."""
        return f"[{_decimal(self.lower, digits, -1)}, {_decimal(self.upper, digits, +1)}]"


def _bits(x: arb) -> int:
    return int(x.man_exp()[0]).bit_length()


def _decimal(x: arb, digits: int, direction: int) -> str:
    """Decimal string of the exact number `x`, rounded towards -inf (direction -1) or +inf (+1)."""
    if x == 0:
        return "0"
    man, exp = (int(part) for part in x.man_exp())
    sign, man = (-1 if man < 0 else 1), abs(man)
    if abs(exp) > _LONG:
        text, exponent = _scaled(x, digits, up=sign == direction)
        return _written(sign, text, exponent)
    # Enough of the binary exponent is turned into a decimal one by exact integers; the guess is off by at most one.
    power = math.floor((man.bit_length() + exp) * math.log10(2)) - digits
    while True:
        num = man * (1 << exp if exp >= 0 else 1) * (10**-power if power < 0 else 1)
        den = (1 << -exp if exp < 0 else 1) * (10**power if power > 0 else 1)
        quotient, rest = divmod(num, den)
        if rest and sign == direction:
            quotient += 1
        text = str(quotient)
        if len(text) <= digits or (len(text) == digits + 1 and quotient == 10**digits):
            break
        power += len(text) - digits
    return _written(sign, text, power + len(text) - 1)


# Beyond so many binary places a number is scaled in balls: its exact decimal has as many digits as its exponent.
_LONG = 1 << 14


def _scaled(x: arb, digits: int, *, up: bool) -> tuple[str, int]:
    """The first `digits` decimal digits of a magnitude, rounded up or down, and its decimal exponent."""
    with workprec(_bits(x) + 4 * digits + 128):
        x = abs(x)
        power = _whole((x.log() / arb(10).log()).floor().mid()) - digits + 1
        while True:
            scaled = x / arb(10) ** fmpz(power)
            whole = _whole(scaled.upper().ceil() if up else scaled.lower().floor())
            if whole < 10**digits or (up and whole == 10**digits):
                break
            power += 1
    text = str(whole)
    return text, power + len(text) - 1


def _whole(x: arb) -> int:
    """An integer that is known exactly."""
    found = x.unique_fmpz()
    if found is None:
        raise ValueError(f"an integer is needed, found {x}")
    return int(found)


def _written(sign: int, text: str, exponent: int) -> str:
    text = text.rstrip("0") or "0"
    body = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{'-' if sign < 0 else ''}{body}" + (f"e{exponent:+d}" if exponent else "")
