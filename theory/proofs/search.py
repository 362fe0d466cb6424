"""The search behind `prove_relation`: cases, changes of variable, logarithms, then chains on open intervals."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, count, product
from typing import Any

from .chains import Budget, Chains, Pattern
from .changes import choices, crossings, is_rational, odds, outwards, partner, rate, rationalised, root_degree, touching
from .claims import Claim
from .expressions import Effort, NotProved, names_in, parsed, sign_of
from .fields import Atom, Field
from .gammas import Gammas, has_gammas
from .referee import onto
from .referee_ends import Rejected

__all__ = ["Search"]

Step = dict[str, Any]

READING = 300
DEEPEST = 7
SHALLOW = 2
SPLITS = 2
HALVINGS = 10
PIECES = 400


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

    def proof(self, claim: Claim, splits: int = SPLITS) -> Step:
        """The proof of a claim, or of what remains true with any number near pi in its place, or NotProved."""
        sides = claim.left + claim.right
        if "pi" not in sides or has_gammas(claim.left, claim.right) or choices(f"{claim.left} + {claim.right}"):
            return self.steps(claim, splits)
        name = self.fresh(claim, "c_1")
        step, inner = claim.named(name, "3", "22/7")
        # Where a root of the number becomes rational, the claim is asked for all positive numbers.
        wide, larger = inner.wider(name, "0", "oo")
        found = rationalised(larger, name, self.fresh(claim, name), self.effort)
        ways: list[Callable[[], Step]] = [lambda: self.steps(claim, splits)]
        if found:
            change, rational = found
            ways.insert(0, lambda: {**step, "proof": {**wide, "proof": self.around(change, rational, splits, larger)}})
        for way in ways:
            try:
                with self.part(2):
                    return way()
            except NotProved as error:
                if isinstance(error, Refuted) and way is ways[-1]:
                    raise
                self.strict = True
        return {**step, "proof": self.steps(inner, splits)}

    def steps(self, claim: Claim, splits: int = SPLITS) -> Step:
        """The proof of a claim, or NotProved."""
        self.effort.spend(READING)
        used = names_in(claim.left, claim.right)
        ends = [end for name in used & claim.domain.keys() for end in claim.domain[name][:2]]
        if (calls := choices(f"{claim.left} + {claim.right}")) and not any(map(choices, ends)):
            return self._chosen(claim, calls[0], splits)
        if has_gammas(claim.left, claim.right):
            return Gammas(self).proof(claim, splits)
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
            if any(end not in ("oo", "-oo") and names_in(end) for end in (low, high)):
                return self.around(*claim.affine(name, self.fresh(claim, name)), splits, claim)
            if share := odds(claim, name, self.effort):
                return self._by_odds(claim, name, *share, splits)
            if len(used) == 2 and (other := partner(claim, name, self.effort)):
                try:
                    with self.part(2):
                        scaled = claim.affine(name, self.fresh(claim, name), scale=other)
                        return self.around(*scaled, splits, claim)
                except NotProved:
                    pass
            n, shift = root_degree(claim, name, self.effort)
            # A root of what is positive up to the ends is as good as a power.
            alone = len(used) == 1 and is_rational(low) and is_rational(high)
            if n > 1 and alone and splits and not claim.strict:
                # A rational point of equality may become an irrational one.
                for _, point in self._equalities(claim):
                    return self._cases(claim, name, [point], splits - 1)
            if n > 1 and low != "-oo" and (low == "0" or not alone):
                return self.around(*claim.power(name, self.fresh(claim, name), n), splits)
            if shift and is_rational(low) and is_rational(high) and (not alone or str(shift[0]) in (low, high)):
                return self.around(*claim.shift(name, self.fresh(claim, name), *shift), splits, claim)
            if low == "-oo" or not (is_rational(low) and is_rational(high)):
                if outer := outwards(low, high, self.effort):
                    try:
                        with self.part(2):
                            return self.around(*claim.wider(name, *outer), 0)
                    except NotProved:
                        pass
                return self.around(*claim.affine(name, self.fresh(claim, name)), splits, claim)
        for name in claim.domain:
            if name in used and (found := rationalised(claim, name, self.fresh(claim, name), self.effort)):
                try:
                    with self.part(2):
                        return self.around(*found, splits, claim)
                except NotProved:
                    continue
        return self._core(claim, splits)

    def _by_odds(self, claim: Claim, name: str, ends: tuple[str, str], n: int, splits: int) -> Step:
        to = ["1" if end == "oo" else str(Fraction(end) ** n / (1 + Fraction(end) ** n)) for end in ends]
        step, wide = claim.wider(name, *to)
        new = self.fresh(claim, name)
        inner = self.around(*wide.fraction(name, new, f"{new}**{n}", f"1 + {new}**{n}", ends), splits, wide)
        return {**step, "proof": inner} if to != list(claim.domain[name][:2]) else inner

    def _chosen(self, claim: Claim, call: str, splits: int) -> Step:
        """Cases by which argument a Min, Max or Abs takes; else the claim with each of them."""
        node = ast.parse(call, mode="eval").body
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        arguments = [ast.unparse(a) for a in node.args]
        if node.func.id == "Abs":
            arguments.append(f"-({arguments[0]})")
        arguments = list(dict.fromkeys(arguments))
        step: Step = {"step": "choice", "of": call, "order": [], "take": arguments}
        if len(arguments) == 2:
            used = names_in(*arguments)
            name = next((n for n in claim.domain if n in used), "")
            if used == {name} and all(is_rational(end) for end in claim.domain[name][:2]):
                marks = crossings(f"({arguments[0]}) - ({arguments[1]})", claim, name, self.effort)
                low, high, closed = claim.domain[name]
                if closed or [m for m in marks if m not in (low, high)]:
                    return self._cases(claim, name, marks, splits)
            for name, other in combinations(sorted(used), 2):
                equal = Claim(arguments[0], "<=", arguments[1], claim.domain).put(name, other, {})
                if claim.domain[name] == claim.domain[other] and self._read([], equal).top.is_zero():
                    return self._cases(claim, name, [other], splits)
            for keep, drop in (arguments, arguments[::-1]):
                small, large = (drop, keep) if node.func.id != "Min" else (keep, drop)
                try:
                    with self.part(3):
                        order = Search(self.effort).steps(Claim(small, "<=", large, claim.domain), 0)
                except NotProved:
                    continue
                step |= {"order": [{"for": keep, "drop": drop, "proof": order}], "take": [keep]}
                break
        proofs = [self.proof(inner, splits) for inner in claim.choice(call, step["take"])]
        return {**step, "proofs": proofs}

    @contextmanager
    def part(self, share: int) -> Iterator[None]:
        """One attempt with a part of the steps that are left."""
        most = self.effort.most
        self.effort.most = self.effort.spent + max(0, most - self.effort.spent) // share
        try:
            yield
        finally:
            self.effort.most = most

    def fresh(self, claim: Claim, name: str) -> str:
        """A name like another that is not in use."""
        self.count += 1
        stem = name.rstrip("0123456789_")
        return next(n for n in (f"{stem}_{i}" for i in count(self.count)) if n not in claim.domain)

    def around(self, step: Step, inner: Claim, splits: int, outer: Claim | None = None) -> Step:
        """A step and the proof of the claim that it leads to; of the outer claim where that has to be continuous."""
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
            if not (is_rational(text) and Fraction(text) > 0):
                step["positive"][i] = Search(self.effort).steps(Claim("0", "<", text, box), splits)

    def _cases(self, claim: Claim, name: str, points: list[str], splits: int) -> Step:
        pieces = [{**part, "proof": self.steps(inner, splits)} for part, inner in claim.cases(name, points)]
        return {"step": "cases", "of": name, "pieces": pieces}

    def _core(self, claim: Claim, splits: int) -> Step:
        forms: list[_Form] = []
        failures = 0
        for around, inner in self._forms(claim):
            try:
                with self.part(8 if around == [{"step": "logs"}] else 1):
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
                    if depth == 1 and (boxes := self._by_boxes(form)):
                        return self._decided(form, claim, DEEPEST, boxes)
                    return self._decided(form, claim, depth)
                except Refuted:
                    raise
                except NotProved:
                    continue
            if depth == SHALLOW and splits and not claim.strict:
                for name, point in self._equalities(claim):
                    try:
                        return self._cases(claim, name, [point], splits - 1)
                    except NotProved:
                        continue
            if depth == SHALLOW and splits:
                try:
                    with self.part(2):
                        return self._halves(claim, 0)
                except Refuted:
                    raise
                except NotProved:
                    pass
        raise NotProved("no chain to the greatest depth")

    def _by_boxes(self, form: _Form) -> Pattern | None:
        """Enclosures alone, where they decide at the corners."""
        field = form.chains.field
        box = {v: ends for v, ends in field.box.items() if v in field.free(form.top)}
        if any(high is None for _, high in box.values()):
            return None
        for corner in product(*box.values()):
            at = {v: (c, c) for v, c in zip(box, corner, strict=True)}
            if not sign_of(field.ball(form.top, at)):  # type: ignore[arg-type]
                return None
        return form.chains.by_boxes(form.top, PIECES)

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
        told = logs and logs.left + logs.right != f"log({claim.left})log({claim.right})"
        if logs and told and not _nested(logs.left) and not _nested(logs.right):
            yield [{"step": "logs"}], logs
        yield [], claim
        first = next(iter(claim.domain), None)
        exponentials = first in names_in(claim.left, claim.right) and "exp(" in claim.left + claim.right
        if first and exponentials and (by := rate(claim, first, self.effort)):
            step, inner = claim.exponential(first, self.fresh(claim, first), by)
            if all(is_rational(end) for end in inner.domain[step["new"]][:2]):
                yield [step], inner
        if first and claim.domain[first][:2] == ("0", "oo"):
            for other, (low, _high, _) in claim.domain.items():
                if (
                    other != first
                    and low != "-oo"
                    and other in names_in(claim.left, claim.right)
                    and Fraction(low) >= 0
                ):
                    step, inner = claim.affine(first, self.fresh(claim, first), scale=other)
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

    def _decided(self, form: _Form, claim: Claim, depth: int, known: Pattern | None = None) -> Step:
        chains = form.chains
        chains.budget.nodes = 0
        found = known or chains.pattern(form.top, form.x, depth)
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
            "atoms": _in_order([_written(atom) for atom in field.atoms], divisors),
            "reads": {key: [str(p) for p in value] for key, value in field.reads.items()},
            "above": str(form.top),
            "below": str(form.bottom),
            "proofs": [node, below or chains.sure(form.bottom, form.x, DEEPEST)[1]],
        }
        for around in reversed(form.around):
            step = {**around, "proof": step}
        return step

    def _equalities(self, claim: Claim) -> Iterator[tuple[str, str]]:
        """Inner points at which both sides are the same: simple rationals, or another variable."""
        for name, (low, high, _) in list(claim.domain.items())[:1]:
            points = ["1", "1/2", "2", "0", "-1", "1/3", "2/3", "3", "1/4", "3/4", "4"]
            if len(claim.domain) == 1:
                try:
                    points = list(touching(claim.difference, claim, name, self.effort))
                except NotProved:
                    points = points[:3]
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


def _written(atom: Atom) -> dict[str, Any]:
    out: dict[str, Any] = {"name": atom.name, "kind": atom.kind, "argument": [str(p) for p in atom.argument]}
    if atom.kind == "root":
        out["degree"] = atom.degree
    if atom.gauss is not None:
        out["gauss"] = [str(p) for p in atom.gauss]
    if atom.node is not None:
        out["positive"] = atom.node
    return out


def _nested(text: str) -> bool:
    """Whether a logarithm of something with a logarithm occurs."""
    calls = [
        n for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Call) and ast.unparse(n.func) == "log"
    ]
    return any("log(" in ast.unparse(n.args[0]) for n in calls)


def _in_order(atoms: list[dict[str, Any]], divisors: list[list[Any]]) -> list[dict[str, Any]]:
    """Each divisor as soon as all the atoms are known that it or its proof mentions."""
    names, out, waiting = [a["name"] for a in atoms], [], divisors
    for i in range(len(atoms) + 1):
        later = set(names[i:])
        ready = [d for d in waiting if not later & set(re.findall(r"\b[LERTK][0-9]+\b", repr(d)))]
        waiting = [d for d in waiting if d not in ready]
        out += [{"divisor": text, "proof": proof} for text, proof in ready]
        out += atoms[i : i + 1]
    return out
