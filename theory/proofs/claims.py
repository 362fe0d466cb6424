"""Relations on boxes as text, and the steps that turn one into simpler ones: cases, changes of variable, logarithms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from .expressions import logarithm, names_in, rational_text, substituted, swapped

__all__ = ["Claim"]

Domain = tuple[str, str, str]
Step = dict[str, Any]
FAR = ("oo", "-oo")


@dataclass(frozen=True)
class Claim:
    """``left relation right`` for all values of variables in their intervals.

    Attributes
    ----------
    left, right : str
    relation : {"<", "<=", ">", ">="}
    domain : dict of str to (low, high, closed)
        Ends as text, "-oo" and "oo" among them; which ends belong: "", "left", "right" or "both". The first variable is
        the one that chains of derivatives try first. An end may name a variable that stands later.

    Examples
    --------
    >>> claim = Claim("x", "<=", "exp(x) - 1", {"x": ("0", "oo", "left")})
    >>> [(part, c.domain) for part, c in claim.cases("x", ["0"])]
    [({'at': '0'}, {}), ({'from': '0', 'to': 'oo'}, {'x': ('0', 'oo', '')})]
    """

    left: str
    relation: str
    right: str
    domain: dict[str, Domain]

    @property
    def strict(self) -> bool:
        """Whether equality is excluded."""
        return self.relation in ("<", ">")

    @property
    def difference(self) -> str:
        """What the claim says to be positive, or nonnegative."""
        large, small = (self.right, self.left) if self.relation[0] == "<" else (self.left, self.right)
        return f"({large}) - ({small})"

    def put(self, name: str, value: str, new: dict[str, Domain]) -> Claim:
        """The claim with an expression in the place of a variable, also in the ends of the others."""
        values, domain = {name: value}, dict(new)
        for other, (low, high, closed) in self.domain.items():
            if other != name:
                domain[other] = (_end(low, values), _end(high, values), closed)
        left, right = (substituted(side, values) for side in (self.left, self.right))
        return replace(self, left=left, right=right, domain=domain)

    def cases(self, name: str, points: list[str]) -> Iterator[tuple[Step, Claim]]:
        """The points and open intervals into which points split the domain of a variable; ends count if they belong."""
        low, high, closed = self.domain[name]
        marks = list(dict.fromkeys([low, *points, high]))
        for i, mark in enumerate(marks):
            inside = 0 < i < len(marks) - 1
            if inside or (i == 0 and closed in ("left", "both")) or (i and not inside and closed in ("right", "both")):
                yield {"at": mark}, self.put(name, mark, {})
            if i + 1 < len(marks):
                part = {k: (mark, marks[i + 1], "") if k == name else v for k, v in self.domain.items()}
                yield {"from": mark, "to": marks[i + 1]}, replace(self, domain=part)

    def affine(self, name: str, new: str, scale: str = "1") -> tuple[Step, Claim]:
        """Put ``low + width·s`` for a variable, s in (0, 1) or (0, ∞); ``high − s`` where there is no lower end."""
        low, high, _ = self.domain[name]
        if low == "-oo":
            return self.fraction(name, new, f"({high}) - {new}", "1", ("0", "oo"), turned=True)
        width, end = (scale, "oo") if high == "oo" else (f"({high}) - ({low})", "1")
        top = f"({low}) + ({width})*{new}" if low != "0" else f"({width})*{new}"
        return self.fraction(name, new, top, "1", ("0", end))

    def shift(self, name: str, new: str, start: Fraction, width: Fraction) -> tuple[Step, Claim]:
        """Put ``start + width·s`` for a variable in an open interval with rational ends; the width may be negative."""
        at = [end if end in FAR else str((Fraction(end) - start) / width) for end in self.domain[name][:2]]
        if width < 0:
            at = [{"oo": "-oo", "-oo": "oo"}.get(end, end) for end in reversed(at)]
        return self.fraction(name, new, f"({start}) + ({width})*{new}", "1", (at[0], at[1]), turned=width < 0)

    def fraction(
        self, name: str, new: str, top: str, bottom: str, ends: tuple[str, str], *, turned: bool = False
    ) -> tuple[Step, Claim]:
        """Put a fraction of polynomials in a new variable, which has the ends of the old one as limits at its ends.

        The step lacks the proofs of what `referee.onto` says to be positive.
        """
        step: Step = {"step": "put", "of": name, "new": new, "top": top, "bottom": bottom, "ends": list(ends)}
        step |= {"turned": turned, "positive": [None, None, None]}
        return step, self.put(name, f"({top})/({bottom})", {new: (*ends, "")})

    def choice(self, call: str, arguments: list[str]) -> list[Claim]:
        """The claims with each of the arguments in the place of a Min, Max or Abs."""
        return [replace(self, left=swapped(self.left, call, a), right=swapped(self.right, call, a)) for a in arguments]

    def named(self, new: str, low: str, high: str) -> tuple[Step, Claim]:
        """A variable in the place of pi, on an interval around it."""
        step = {"step": "constant", "new": new, "between": [low, high]}
        inner = self.put("pi", new, {})
        return step, replace(inner, domain={**inner.domain, new: (low, high, "")})

    def wider(self, name: str, low: str, high: str) -> tuple[Step, Claim]:
        """The claim on a larger open interval with rational ends."""
        part = {k: (low, high, "") if k == name else v for k, v in self.domain.items()}
        return {"step": "wider", "of": name, "to": [low, high]}, replace(self, domain=part)

    def power(self, name: str, new: str, n: int) -> tuple[Step, Claim]:
        """Put ``s**n`` for a variable that is not negative."""
        low, high, closed = self.domain[name]
        ends = [end if end in ("0", "1", "oo") else f"({end})**(1/{n})" for end in (low, high)]
        step = {"step": "power", "of": name, "new": new, "degree": n}
        return step, self.put(name, f"{new}**{n}", {new: (ends[0], ends[1], closed)})

    def exponential(self, name: str, new: str, rate: Fraction) -> tuple[Step, Claim]:
        """Put ``log(s)/rate`` for a variable, so that exponentials of it become powers."""
        ends = []
        for end in self.domain[name][:2]:
            ends.append({"0": "1", "-oo": "0", "oo": "oo"}.get(end, f"exp(({end})*({rate}))"))
        step = {"step": "exponential", "of": name, "new": new, "rate": str(rate)}
        return step, self.put(name, f"log({new})/({rate})", {new: (ends[0], ends[1], self.domain[name][2])})

    def logs(self) -> Claim:
        """The claim between the logarithms of its two sides."""
        return replace(self, left=logarithm(self.left), right=logarithm(self.right))


def _end(end: str, values: dict[str, str]) -> str:
    if end in FAR or not (names_in(end) | ({"pi"} if "pi" in end else set())) & values.keys():
        return end
    return rational_text(substituted(end, values))
