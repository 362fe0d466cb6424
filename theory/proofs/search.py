"""The search behind `prove_relation`: cases, changes of variable, logarithms, then chains on open intervals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from .chains import Budget, Chains
from .claims import Claim
from .expressions import Effort, NotProved, fraction, names_in, parsed, sign_of
from .fields import Atom, Field
from .referee import onto
from .referee_ends import Rejected

__all__ = ["Search"]

Step = dict[str, Any]

READING = 300
DEEPEST = 7
SHALLOW = 2
SPLITS = 2
HALVINGS = 10


class Refuted(NotProved):
    """The relation is false at a point, or somewhere in an interval."""


@dataclass
class _Form:
    """One way to write a normalised claim: steps around it, and what reading it gave."""

    around: list[Step]
    chains: Chains
    top: Any
    bottom: Any
    x: str


class Search:
    """Turn a claim into cases on open intervals with rational ends, and look for chains there."""

    def __init__(self, effort: Effort) -> None:
        self.effort, self.strict, self.count = effort, True, 0

    def steps(self, claim: Claim, splits: int = SPLITS) -> Step:
        """The proof of a claim, or NotProved."""
        self.effort.spend(READING)
        used = names_in(claim.left, claim.right)
        for name, (low, high, closed) in claim.domain.items():
            if name not in used:
                continue
            if low == "-oo" and high == "oo":
                return self._cases(claim, name, ["0"], splits)
            if closed:
                return self._cases(claim, name, [], splits)
        for name, (low, high, _) in claim.domain.items():
            if name not in used:
                continue
            n, shift = _root_degree(claim, name, self.effort)
            if n > 1 and low != "-oo":
                return self._around(*claim.power(name, self._fresh(claim, name), n), splits)
            if shift and _is_rational(low) and _is_rational(high):
                return self._around(*claim.shift(name, self._fresh(claim, name), *shift), splits, claim)
            if low == "-oo" or not (_is_rational(low) and _is_rational(high)):
                if outer := _outwards(low, high, self.effort):
                    try:
                        with self._part(2):
                            return self._around(*claim.wider(name, *outer), 0)
                    except NotProved:
                        pass
                return self._around(*claim.affine(name, self._fresh(claim, name)), splits, claim)
        return self._core(claim, splits)

    @contextmanager
    def _part(self, share: int) -> Iterator[None]:
        """One attempt with a part of the steps that are left."""
        most = self.effort.most
        self.effort.most = self.effort.spent + max(0, most - self.effort.spent) // share
        try:
            yield
        finally:
            self.effort.most = most

    def _fresh(self, claim: Claim, name: str) -> str:
        self.count += 1
        return next(
            n for n in (f"{name.rstrip('0123456789_')}_{i}" for i in range(self.count, 99)) if n not in claim.domain
        )

    def _around(self, step: Step, inner: Claim, splits: int, outer: Claim | None = None) -> Step:
        if outer:
            self._continuous(step, outer, splits)
        return {**step, "proof": self.steps(inner, splits)}

    def _continuous(self, step: Step, outer: Claim, splits: int) -> None:
        """Prove what makes a change of variable reach every value of the old one."""
        try:
            needed = onto(step, outer.domain)
        except (Rejected, ValueError, ZeroDivisionError) as error:
            raise NotProved("a change of variable") from error
        for i, (text, box) in enumerate(needed):
            if not (_is_rational(text) and Fraction(text) > 0):
                step["positive"][i] = Search(self.effort).steps(Claim("0", "<", text, box), splits)

    def _cases(self, claim: Claim, name: str, points: list[str], splits: int) -> Step:
        pieces = [{**part, "proof": self.steps(inner, splits)} for part, inner in claim.cases(name, points)]
        return {"step": "cases", "of": name, "pieces": pieces}

    def _core(self, claim: Claim, splits: int) -> Step:
        forms: list[_Form] = []
        failures = 0
        for around, inner in self._forms(claim):
            try:
                form = self._read(around, inner)
            except NotProved as error:
                if isinstance(error, Refuted):
                    raise
                failures += 1
                continue
            if form.top.is_zero():
                if claim.strict:
                    raise Refuted("equality")
                self.strict = False
                return self._sign(form, {"rule": "zero"})
            self._sampled(form, claim)
            forms.append(form)
        for depth in range(1, DEEPEST + 1):
            for form in forms:
                try:
                    return self._decided(form, claim, depth)
                except Refuted:
                    raise
                except NotProved:
                    continue
            if depth == SHALLOW and splits and not claim.strict:
                for name, point in self._equalities(claim, forms):
                    try:
                        return self._cases(claim, name, [point], splits - 1)
                    except NotProved:
                        continue
            if depth == SHALLOW and splits:
                try:
                    with self._part(2):
                        return self._halves(claim, 0)
                except Refuted:
                    raise
                except NotProved:
                    pass
        raise NotProved("no chain to the greatest depth")

    def _halves(self, claim: Claim, level: int) -> Step:
        """Cut the interval of a variable, and prove each part by enclosures and short chains, or cut it again."""
        used = names_in(claim.left, claim.right)
        if not used or level == HALVINGS or self.effort.over:
            raise NotProved("too many cuts")
        ends = {v: (Fraction(low), high) for v, (low, high, _) in claim.domain.items() if v in used}
        name = max(ends, key=lambda v: 10**6 if ends[v][1] == "oo" else Fraction(ends[v][1]) - ends[v][0])
        low, high = ends[name]
        cut = max(Fraction(1), 2 * low, low + 1) if high == "oo" else (low + Fraction(high)) / 2
        pieces = []
        for part, inner in claim.cases(name, [str(cut)]):
            if "at" in part:
                pieces.append({**part, "proof": self.steps(inner, 0)})
            else:
                pieces.append({**part, "proof": self._piece(inner, level + 1)})
        return {"step": "cases", "of": name, "pieces": pieces}

    def _piece(self, claim: Claim, level: int) -> Step:
        form = self._read([], claim)
        self._sampled(form, claim)
        form.chains.balls, form.chains.budget.most = True, 100
        for depth in (0, 1, 2)[: 2 + (level > 3)]:
            try:
                return self._decided(form, claim, depth)
            except Refuted:
                raise
            except NotProved:
                continue
        return self._halves(claim, level)

    def _forms(self, claim: Claim) -> Iterator[tuple[list[Step], Claim]]:
        logs = None
        if any(mark in claim.left + claim.right for mark in ("exp", "**")):
            try:
                logs = claim.logs()
            except NotProved:
                logs = None
        if logs and logs.left + logs.right != f"log({claim.left})log({claim.right})":
            yield [{"step": "logs"}], logs
        yield [], claim
        first = next(iter(claim.domain), None)
        if first and first in names_in(claim.left, claim.right) and "exp(" in claim.left + claim.right:
            rate = _rate(claim, first, self.effort)
            if rate:
                step, inner = claim.exponential(first, self._fresh(claim, first), rate)
                if all(_is_rational(end) for end in inner.domain[step["new"]][:2]):
                    yield [step], inner
        if first and claim.domain[first][:2] == ("0", "oo"):
            for other, (low, _high, _) in claim.domain.items():
                if (
                    other != first
                    and low != "-oo"
                    and other in names_in(claim.left, claim.right)
                    and Fraction(low) >= 0
                ):
                    step, inner = claim.affine(first, self._fresh(claim, first), scale=other)
                    self._continuous(step, claim, 0)
                    yield [step], inner

    def _read(self, around: list[Step], claim: Claim) -> _Form:
        used = names_in(claim.left, claim.right)
        box = {
            name: (Fraction(low), None if high == "oo" else Fraction(high))
            for name, (low, high, _) in claim.domain.items()
            if name in used
        }
        tree = parsed(claim.difference)
        self.effort.spend(READING + 4 * len(claim.difference))
        first = Field(box, effort=self.effort)
        first.read(tree)
        field = first.again()
        top, bottom = field.read(tree)
        chains = Chains(field, Budget(self.effort))
        x = next(iter(box), "")
        for atom in list(field.atoms):
            self._positive(atom, chains, x)
        return _Form(around, chains, top, bottom, x)

    def _positive(self, atom: Atom, chains: Chains, x: str) -> None:
        if atom.kind in ("log", "root") and atom.node is None:
            chains.budget.nodes = 0
            for depth in (1, 2, 4):
                try:
                    s, atom.node = chains.sure(atom.argument[0], x, depth)
                except NotProved:
                    continue
                if s < 0:
                    raise NotProved("the logarithm of what is not positive")
                return
            raise NotProved("an argument not shown to be positive")

    def _sampled(self, form: _Form, claim: Claim) -> None:
        """Stop where a point shows that the relation is false."""
        field = form.chains.field
        for values in field.points():
            point = {v: (c, c) for v, c in values.items()}
            s = sign_of(field.ball(form.top, point)) * sign_of(field.ball(form.bottom, point))
            if s < 0:
                raise Refuted("a point")

    def _decided(self, form: _Form, claim: Claim, depth: int) -> Step:
        chains = form.chains
        chains.budget.nodes = 0
        found = chains.pattern(form.top, form.x, depth)
        below = chains.pattern(form.bottom, form.x, depth)
        if not below.sure:
            raise NotProved("a denominator that vanishes")
        if found.roots or found.signs[0] * below.signs[0] < 0:
            raise Refuted("a sign")
        if found.weak and claim.strict:
            raise NotProved("equality inside is not excluded")
        self.strict &= not found.weak
        return self._sign(form, found.node, below.node)

    def _sign(self, form: _Form, node: Step, below: Step | None = None) -> Step:
        chains, field = form.chains, form.chains.field
        divisors: list[list[Any]] = []
        met: list[Any] = []
        for divisor in [form.bottom, *field.divisors]:
            for f, _ in field.factored(divisor)[1]:
                if f not in met and -f not in met:
                    met.append(f)
                    chains.budget.nodes = 0
                    s, proof = chains.sure(f, form.x, DEEPEST)
                    if s < 0:
                        # A root of f² is −f, which the referee takes only from what is listed as positive.
                        f, proof = -f, chains.sure(-f, form.x, DEEPEST)[1]
                    divisors.append([str(f), proof])
        for atom in list(field.atoms):
            self._positive(atom, chains, form.x)
        step: Step = {
            "step": "sign",
            "in": list(field.box),
            "atoms": [_written(atom) for atom in field.atoms],
            "reads": {key: [str(p) for p in value] for key, value in field.reads.items()},
            "divisors": divisors,
            "above": str(form.top),
            "below": str(form.bottom),
            "proofs": [node, below or chains.sure(form.bottom, form.x, DEEPEST)[1]],
        }
        for around in reversed(form.around):
            step = {**around, "proof": step}
        return step

    def _equalities(self, claim: Claim, forms: list[_Form]) -> Iterator[tuple[str, str]]:
        """Inner points at which both sides are the same: simple rationals, or another variable."""
        for name, (low, high, _) in list(claim.domain.items())[:1]:
            points = ["1", "1/2", "2", "0", "-1", "1/3", "2/3", "3", "1/4", "3/4", "4"]
            others = [k for k, ends in claim.domain.items() if k != name and ends[:2] == (low, high)]
            for point in [*others, *points]:
                if point in points and not (
                    Fraction(low) < Fraction(point) and (high == "oo" or Fraction(point) < Fraction(high))
                ):
                    continue
                try:
                    inner = claim.put(name, point, {})
                    same = self._read([], inner).top.is_zero()
                except NotProved:
                    continue
                if same:
                    yield name, point


def _is_rational(end: str) -> bool:
    return end == "oo" or re.fullmatch(r"-?\d+(/\d+)?", end) is not None


def _outwards(low: str, high: str, effort: Effort) -> tuple[str, str] | None:
    """Rational ends a little outside an interval some of whose ends are irrational numbers."""
    ends = []
    for end, side in ((low, -1), (high, 1)):
        if _is_rational(end):
            ends.append(end)
            continue
        if end == "-oo" or names_in(end):
            return None
        field = Field({}, effort=effort)
        top, bottom = field.read(parsed(end))
        value = float((field.ball(top, {}) / field.ball(bottom, {})).mid())
        ends.append(str(Fraction(value + side * max(1.0, abs(value)) / 2000).limit_denominator(3000)))
    return ends[0], ends[1]


def _root_degree(claim: Claim, name: str, effort: Effort) -> tuple[int, tuple[Fraction, Fraction] | None]:
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


def _rate(claim: Claim, name: str, effort: Effort) -> Fraction | None:
    field = _first_reading(claim, effort)
    rate = field.common_bases().get(f"{name}|1") if field else None
    return abs(rate) if rate else None


def _first_reading(claim: Claim, effort: Effort) -> Field | None:
    """The claim read before its variables have rational ends: good for a look at its atoms, not for a proof."""
    box = {}
    for name, (low, high, _) in claim.domain.items():
        rational = _is_rational(low) and _is_rational(high)
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


def _written(atom: Atom) -> dict[str, Any]:
    out: dict[str, Any] = {"name": atom.name, "kind": atom.kind, "argument": [str(p) for p in atom.argument]}
    if atom.kind == "root":
        out["degree"] = atom.degree
    if atom.gauss is not None:
        out["gauss"] = [str(p) for p in atom.gauss]
    if atom.node is not None:
        out["positive"] = atom.node
    return out
