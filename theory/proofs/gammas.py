"""Relations with gamma functions, factorials and binomial coefficients: the ways to a proof.

The difference of the sides, or of their logarithms, is Σ c log Γ(u) and what is elementary. Arguments that differ by
whole numbers become one, by Γ(x + 1) = xΓ(x). What is left of log Γ is bounded by its convexity, between two arguments
or between whole numbers, or by Stirling's series; or it cancels between n and n + 1, for a proof by induction.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any, Protocol

from flint import arb

from .claims import Claim
from .expressions import Effort, NotProved, rational_text
from .referee import _fractions, _log_text, _number, _plain, enclosed, facts_of_gamma, names_of, plain_text, put_in
from .referee_ends import Rejected

__all__ = ["FUNCTIONS", "Gammas", "has_gammas"]

Step = dict[str, Any]

FUNCTIONS = ("gamma", "loggamma", "factorial", "binomial")
# Terms of Stirling's series from below and from above, and by how much its argument is moved up.
SERIES = ((0, 1, 0), (2, 1, 0), (2, 3, 0), (2, 3, 2))
STARTS = (1, 2, 4, 8, 16, 32, 64)
# Where a relation is looked at before a proof is looked for: distances from an end, or from both their ratio.
LOOKS = (Fraction(0), Fraction(1, 99), Fraction(1, 3), Fraction(2), Fraction(17), Fraction(999), Fraction(99999))
FAULTS = (NotProved, Rejected, ArithmeticError, ValueError)


def has_gammas(*texts: str) -> bool:
    """Whether a gamma function, a factorial or a binomial coefficient occurs.

    Examples
    --------
    >>> has_gammas("1 + gamma(x)"), has_gammas("1 + gamma")
    (True, False)
    """
    if not any(f"{name}(" in text for text in texts for name in FUNCTIONS):
        return False
    calls = (n.func for t in texts for n in ast.walk(ast.parse(t, mode="eval")) if isinstance(n, ast.Call))
    return any(isinstance(f, ast.Name) and f.id in FUNCTIONS for f in calls)


class Prover(Protocol):
    """What proves relations without gamma functions."""

    effort: Effort
    strict: bool

    def proof(self, claim: Claim, splits: int = ...) -> Step:
        """The proof of a claim, or NotProved."""
        ...

    def around(self, step: Step, inner: Claim, splits: int, outer: Claim | None = ...) -> Step:
        """A change of variable and the proof of the claim that it leads to."""
        ...

    def fresh(self, claim: Claim, name: str) -> str:
        """A name that is not in use."""
        ...

    def part(self, share: int) -> AbstractContextManager[None]:
        """One attempt with a part of the steps that are left."""
        ...


@dataclass(frozen=True)
class _Term:
    """c log Γ(u), with the sign of c."""

    argument: str
    factor: str
    sign: int = 1

    @property
    def call(self) -> str:
        return f"loggamma({self.argument})"

    @property
    def weight(self) -> str:
        """The factor without its sign."""
        return self.factor if self.sign > 0 else _simple(f"-({self.factor})")


@dataclass(frozen=True)
class _Fact:
    """What may stand for log Γ(u), as a step: `low` and `high` differ by as much, and are in order as `order` says."""

    step: Step
    value: str
    low: str
    high: str
    order: int


class Gammas:
    """Proofs of relations with gamma functions, for a prover of those without."""

    def __init__(self, prover: Prover) -> None:
        self.prover = prover
        self.held: dict[tuple[str, str, bool, str], Step] = {}

    def proof(self, claim: Claim, splits: int) -> Step:
        """The proof of a claim, one of whose variables may stand for integers, or NotProved."""
        name = next((n for n, ends in claim.domain.items() if ends[2] == "integers"), None)
        if name is not None:
            return self._of_integers(claim, name, splits)
        for around, inner in _written(claim):
            try:
                self.read(inner, inner.difference)
            except FAULTS:
                continue
            _looked_at(inner)
            for way in (self._by_pairs, self._by_chords, self._by_series):
                try:
                    with self.prover.part(2):
                        return _within(around, way(inner))
                except FAULTS:
                    continue
        return self._by_cases(claim, splits)

    def read(self, claim: Claim, text: str) -> tuple[list[_Term], list[str]]:
        """The terms with log Γ of an expression, and the arguments of those that cancel in it."""
        ((top, bottom),) = _fractions(text)
        names, found, gone = top.context().names(), [], []
        calls = {f"({ast.unparse(n)})": n for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Call)}
        for i, name in enumerate(names):
            if "loggamma" not in names_of(name) or name == "(loggamma)":
                continue
            call, used = calls.get(name), max(top.degrees()[i], bottom.degrees()[i]) > 0
            if call is None or ast.unparse(call.func) != "loggamma":
                if used:
                    raise NotProved("log Γ within another function")
                continue
            argument, slope = ast.unparse(call.args[0]), top.derivative(i)
            more = [n for e, n in zip(slope.degrees(), names, strict=True) if e > 0 and "loggamma" in names_of(n)]
            if more or bottom.degrees()[i] > 0:
                raise NotProved("no sum of terms with log Γ")
            if used:
                factor = _simple(_quotient(slope, bottom))
                found.append(_Term(argument, factor, self._sign(factor, claim)))
            else:
                gone.append(argument)
        return found, gone

    def _sign(self, factor: str, claim: Claim) -> int:
        for sign, text in ((1, factor), (-1, f"-({factor})")):
            if self._positive(text, claim):
                return sign
        raise NotProved("a factor without a sign")

    def holds(self, small: str, large: str, claim: Claim, *, strict: bool = False) -> Step:
        """The proof of a relation on the domain of a claim, if one is found at once; else NotProved."""
        key, before = (small, large, strict, str(claim.domain)), self.prover.strict
        if key not in self.held:
            try:
                with self.prover.part(8):
                    self.held[key] = self.prover.proof(Claim(small, "<" if strict else "<=", large, claim.domain), 0)
            finally:
                self.prover.strict = before
        return self.held[key]

    def _positive(self, text: str, claim: Claim) -> bool:
        number = _number(text)
        try:
            return number > 0 if number is not None else bool(self.holds("0", text, claim, strict=True))
        except FAULTS:
            return False

    def _asked(self, claim: Claim, step: Step) -> Step:
        """A fact with the proofs of what it asks."""
        proofs = [self.holds(small, large, claim, strict=strict) for small, large, strict in facts_of_gamma(step)[2]]
        return {**step, "step": "gamma", "proofs": proofs}

    def moved(self, claim: Claim, argument: str, to: str) -> _Fact:
        """log Γ(u) by log Γ(v), where the arguments differ by a whole number."""
        k = _number(f"({argument}) - ({to})")
        if k is not None and k >= 0:
            step = {"fact": "shift", "of": argument, "and": to}
            here, value = facts_of_gamma(step)[0][0]
            return _Fact(self._asked(claim, step), value, value, here, 0)
        step = {"fact": "shift", "of": to, "and": argument}
        here, value = facts_of_gamma(step)[0][0]
        logs = value.removeprefix(f"loggamma({argument}) + ")
        return _Fact(self._asked(claim, step), f"{here} - ({logs})", here, value, 0)

    def series(self, claim: Claim, argument: str, terms: int) -> _Fact:
        """log Γ(u) by Stirling's series."""
        step = {"fact": "series", "of": argument, "terms": terms}
        (sides,), order = facts_of_gamma(step)[0], 1 if terms % 2 == 0 else -1
        value, here = sides[::order]
        return _Fact(self._asked(claim, step), value, value, here, order)

    def chord(self, claim: Claim, argument: str, at: str, side: str) -> _Fact:
        """log Γ(u) by the line through log Γ at v and v + 1."""
        step = {"fact": "chord", "of": argument, "and": at, "side": side, "sharp": claim.strict}
        (sides,), order = facts_of_gamma(step)[0], -1 if side == "inside" else 1
        value, here = sides[::order]
        return _Fact(self._asked(claim, step), value, value, here, order)

    def _classes(self, terms: list[_Term]) -> list[tuple[str, list[_Term], str]]:
        """Terms whose arguments differ by whole numbers: the least argument, and the sum of the factors."""
        found: list[list[_Term]] = []
        for term in terms:
            for group in found:
                k = _number(f"({term.argument}) - ({group[0].argument})")
                if k is not None and k.denominator == 1:
                    group.insert(0 if k < 0 else len(group), term)
                    break
            else:
                found.append([term])
        return [(g[0].argument, g, _simple(" + ".join(f"({t.factor})" for t in g))) for g in found]

    def _joined(self, claim: Claim, *, down: bool) -> _Sum:
        """The difference of the sides with one argument for all that differ by whole numbers."""
        found = _Sum(self, claim, claim.difference)
        found.again()
        for least, group, factor in self._classes(found.terms):
            number, to = _number(least), _simple(least)
            if number is not None and number.denominator <= 2 and number > 0:
                to = "1" if number.denominator == 1 else "1 / 2"
            elif down and factor != "0" and self._positive(f"{least} - 1", claim):
                to = _simple(f"{least} - 1")
            for term in group:
                if term.argument != to or to in ("1", "1 / 2"):
                    found.put(term, self.moved(claim, term.argument, to))
        found.again()
        return found

    def _by_series(self, claim: Claim) -> Step:
        """Stirling's series, with as few terms as are enough."""
        for down in (True, False):
            joined = self._joined(claim, down=down)
            if not joined.terms:
                return joined.step()
            for below, above, up in SERIES:
                found = replace(joined, parts=[*joined.parts])
                try:
                    for term in joined.terms:
                        argument = term.argument
                        if up:
                            argument = _simple(f"{argument} + {up}")
                            found.put(term, self.moved(claim, term.argument, argument))
                        terms = below if term.sign > 0 else above
                        found.put(replace(term, argument=argument), self.series(claim, argument, terms))
                    with self.prover.part(2):
                        return found.step()
                except FAULTS:
                    continue
        raise NotProved("Stirling's series")

    def _by_pairs(self, claim: Claim) -> Step:
        """Two arguments whose terms have opposite factors: one log Γ lies below a chord from the other on."""
        found = self._joined(claim, down=True)
        at = _inside(claim)
        for _ in range(len(found.terms)):
            pair = next(
                (
                    (u, v)
                    for u in found.terms
                    for v in found.terms
                    if u.sign < 0 < v.sign and _number(f"({u.factor}) + ({v.factor})") == 0
                ),
                None,
            )
            if pair is None:
                break
            u, v = pair
            k = floor(_value(f"({u.argument}) - ({v.argument})", at))
            if k < 0:
                up = _simple(f"{u.argument} + {-k}")
                found.put(u, self.moved(claim, u.argument, up))
                u, k = replace(u, argument=up), 0
            start = _simple(f"{v.argument} + {k}")
            found.put(u, self.chord(claim, u.argument, start, "inside"))
            if start != v.argument:
                found.put(replace(u, argument=start), self.moved(claim, start, v.argument))
            found.again()
        if found.terms:
            raise NotProved("arguments without another")
        return found.step()

    def _by_chords(self, claim: Claim) -> Step:
        """On an interval between whole arguments, the chord between these; beyond, the line through two of them."""
        found = self._joined(claim, down=False)
        (name,) = claim.domain or ("",)
        ends = [Fraction(end) for end in claim.domain[name][:2]] if name else []
        for term in found.terms:
            low = floor(min(_value(term.argument, {name: end}) for end in ends))
            at = low if term.sign < 0 else low - 1
            if at < 1:
                raise NotProved("no whole number below")
            found.put(term, self.chord(claim, term.argument, str(at), "inside" if term.sign < 0 else "beyond"))
            if at > 1:
                found.put(replace(term, argument=str(at)), self.moved(claim, str(at), "1"))
        return found.step()

    def _by_cases(self, claim: Claim, splits: int) -> Step:
        """The first stretch of an interval without an end apart."""
        if len(claim.domain) != 1 or not splits:
            raise NotProved("no bound of the gamma functions is close enough")
        ((name, (low, high, _)),) = claim.domain.items()
        if high != "oo" or _number(low) is None:
            raise NotProved("no bound of the gamma functions is close enough")
        pieces = []
        for part, inner in claim.cases(name, [str(Fraction(low) + 1)]):
            pieces.append({**part, "proof": self.proof(inner, splits - 1)})
        return {"step": "cases", "of": name, "pieces": pieces}

    def _of_integers(self, claim: Claim, name: str, splits: int) -> Step:
        """Integers one by one up to some, then all reals, or induction."""
        for other, (low, high, closed) in claim.domain.items():
            if other != name and name in names_of(low) | names_of(high):
                if closed:
                    pieces = [{**part, "proof": self.proof(inner, splits)} for part, inner in claim.cases(other, [])]
                    return {"step": "cases", "of": other, "pieces": pieces}
                return self.prover.around(*claim.affine(other, self.prover.fresh(claim, other)), splits, claim)
        for around, inner in _written(claim):
            try:
                self.read(_of_reals(inner, name), inner.difference)
            except FAULTS:
                continue
            _looked_at(inner)
            return _within(around, self._counted(inner, name, splits))
        raise NotProved("no sum of terms with log Γ")

    def _counted(self, claim: Claim, name: str, splits: int) -> Step:
        least = int(claim.domain[name][0])
        points: dict[str, Step] = {}
        done = least
        for start in (least, *(least + s for s in STARTS)):
            for n in range(done, start):
                ball = enclosed(_plain(claim.difference), {name: arb(n)}) if len(claim.domain) == 1 else arb(0)
                if ball < 0:
                    raise NotProved("false at an integer")
                if not ball > 0:
                    points[str(n)] = self.proof(claim.put(name, str(n), {}), 0)
            done = start
            step: Step = {"step": "integers", "of": name, "from": str(start)}
            if points:
                step["points"] = dict(points)
            try:
                if start > least:
                    with self.prover.part(4):
                        return {**step, "rise": self._rise(claim, name, start - 1)}
            except FAULTS:
                pass
            try:
                with self.prover.part(4):
                    return {**step, "proof": self.proof(_of_reals(claim, name, start), 0)}
            except FAULTS:
                continue
        raise NotProved("no induction")

    def _rise(self, claim: Claim, name: str, start: int) -> Step:
        gap = claim.difference
        inner = _of_reals(replace(claim, left=gap, relation="<=", right=put_in(gap, name, f"{name} + 1")), name, start)
        found = self._joined(inner, down=False)
        return found.step() if not found.terms else self._by_series(inner)


@dataclass
class _Sum:
    """Facts whose sum is the difference of two sides, and what is left to show."""

    gammas: Gammas
    claim: Claim
    rest: str
    parts: list[list[Any]] = field(default_factory=list)
    terms: list[_Term] = field(default_factory=list)

    def again(self) -> None:
        """Read the terms anew; those that cancel leave a word that they have values."""
        self.terms, gone = self.gammas.read(self.claim, self.rest)
        for argument in gone:
            fact = self.gammas.moved(self.claim, argument, argument)
            self.parts.append([fact.low, fact.high, fact.step])
            self.rest = put_in(self.rest, f"loggamma({argument})", "0")

    def put(self, term: _Term, fact: _Fact) -> None:
        """Put what a fact says in the place of a term with log Γ."""
        if fact.order * term.sign < 0:
            raise NotProved("a bound from the wrong side")
        part = [fact.low, fact.high, fact.step] if term.sign > 0 else [fact.high, fact.low, fact.step]
        if term.weight != "1":
            part += [term.weight, self.gammas.holds("0", term.weight, self.claim, strict=True)]
        self.parts.append(part)
        self.rest = put_in(self.rest, term.call, fact.value)

    def step(self) -> Step:
        """The sum of the facts and of the rest, which is proved without gamma functions."""
        parts = sorted(self.parts, key=lambda part: part[2]["fact"] == "shift")
        sharp = self.claim.strict and not any(part[2]["fact"] != "shift" for part in parts)
        own = ["0", self.rest, self._proof(Claim("0", "<" if sharp else "<=", self.rest, self.claim.domain))]
        return {"step": "sum", "parts": [own, *parts] if sharp else [*parts, own]}

    def _proof(self, claim: Claim) -> Step:
        """The proof of the rest; of several variables one is bounded first, so that both its ends are numbers."""
        _looked_at(claim)
        prover = self.gammas.prover
        far = [v for v, ends in claim.domain.items() if ends == ("0", "oo", "")] if len(claim.domain) > 1 else []
        for name in far:
            new = prover.fresh(claim, name)
            step, inner = claim.fraction(name, new, f"1 - {new}", new, ("0", "1"), turned=True)
            try:
                with prover.part(1 + len(far)):
                    return prover.around(step, inner, 1, claim)
            except NotProved:
                continue
        return prover.proof(claim, 1)


def _within(around: list[Step], proof: Step) -> Step:
    for step in reversed(around):
        proof = {**step, "proof": proof}
    return proof


def _written(claim: Claim) -> Iterator[tuple[list[Step], Claim]]:
    """The claim with log Γ in the place of other functions, and that of the logarithms of its sides."""
    for kind, told in (("plain", plain_text), ("logs", _log_text)):
        try:
            sides = [told(side) for side in (claim.left, claim.right)]
        except (Rejected, ValueError) as error:
            raise NotProved("a function") from error
        same = sides == [ast.unparse(ast.parse(side, mode="eval").body) for side in (claim.left, claim.right)]
        yield [] if same else [{"step": kind}], replace(claim, left=sides[0], right=sides[1])


def _of_reals(claim: Claim, name: str, start: int | None = None) -> Claim:
    """The claim for all reals from a number on."""
    low = claim.domain[name][0] if start is None else str(start)
    return replace(claim, domain={**claim.domain, name: (low, "oo", "left")})


def _quotient(top: Any, bottom: Any) -> str:
    return f"({top})/({bottom})".replace("^", "**")


def _simple(text: str) -> str:
    """A text of arithmetic in lowest terms, as far as names and calls stand for themselves."""
    ((top, bottom),) = _fractions(text)
    common = top.gcd(bottom) if not top.is_zero() else bottom
    top, bottom = top // common, bottom // common
    lead = bottom.leading_coefficient()
    top, bottom = top / lead, bottom / lead
    whole = str(top) if bottom == 1 else f"({top})/({bottom})"
    text = ast.unparse(ast.parse(whole.replace("^", "**"), mode="eval").body)
    return rational_text(re.sub(r"\b1 / (\d+) \* (\w+)\b(?! \*\*)", r"\2 / \1", text))


def _value(text: str, at: Mapping[str, Fraction]) -> float:
    """The value of an expression at a point, about."""
    return float(enclosed(_plain(text), {name: arb(float(c)) for name, c in at.items()}).mid())


def _looked_at(claim: Claim) -> None:
    """NotProved where a relation is false at some point."""
    for look in LOOKS:
        values = {name: arb(c.numerator) / c.denominator for name, c in _inside(claim, look).items()}
        if enclosed(_plain(claim.difference), values) < 0:
            raise NotProved("false at a point")


def _inside(claim: Claim, look: Fraction = Fraction(2)) -> dict[str, Fraction]:
    """A point inside a domain; an end may name a variable that stands later."""
    at: dict[str, Fraction] = {}
    for name, (low, high, closed) in reversed(claim.domain.items()):
        a, b = (None if end in ("oo", "-oo") else Fraction(_value(end, at)) for end in (low, high))
        if a is not None and b is not None:
            at[name] = a + (b - a) * look / (1 + look)
        else:
            at[name] = a + look if a is not None else b - look if b is not None else look
        if closed == "integers":
            at[name] = Fraction(ceil(at[name]))
    return at
