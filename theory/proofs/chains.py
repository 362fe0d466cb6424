"""Sign patterns by chains of derivatives: the sign of f from that of (f/M)', a multiplier M > 0, and from the ends.

Between two zeros of (f/M)' the quotient f/M is monotone; its signs at the ends of the interval (exact series) and at
those zeros (balls) settle the signs of f. With several variables one is moved, the others stand for every value.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as holding
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import Any

from flint import arb

from .ends import at_end, crossing
from .expressions import Effort, NotProved, rational, sign_of
from .fields import Field, Poly
from .germs import Germs
from .multipliers import candidates, groups
from .signs import Roots, orthant, real_roots

__all__ = ["Budget", "Chains", "Pattern"]

PIECES = 64
DEEPEST_CUT = 20
MOST_SHARES = 8
MOST_TERMS = 250
MOST_DEGREE = 120
STEP = 30
TERMS = (6, 16)


@dataclass
class Pattern:
    """The signs of a function along an interval, the places where they change, and the node that proves it.

    Attributes
    ----------
    signs : list of int
    roots : list of (Fraction, Fraction)
        One change of sign in each; there is one sign more than roots.
    node : dict
        The step of the proof object.
    weak : bool
        It may also vanish without changing sign.
    flat : bool
        It may vanish on a whole interval (for some value of the other variables).
    """

    signs: list[int]
    roots: Roots
    node: dict[str, Any]
    weak: bool = False
    flat: bool = False

    @property
    def sure(self) -> int:
        """The one strict sign, or 0."""
        return self.signs[0] if not self.roots and not self.weak else 0


@dataclass
class Budget:
    """What a search may spend: nodes for each attempt, and steps for all of them."""

    effort: Effort = holding(default_factory=Effort)
    nodes: int = 0
    most: int = 400

    def spend(self) -> None:
        """Count one node."""
        self.nodes += 1
        self.effort.spend(STEP)
        if self.nodes > self.most:
            raise NotProved("budget")


@dataclass
class Chains:
    """The search for sign patterns in one field.

    Examples
    --------
    >>> from whp.theory.proofs.expressions import parsed
    >>> ring = Field({"x": (Fraction(0), None)})
    >>> top, _ = ring.read(parsed("x - log(1 + x)"))
    >>> pattern = Chains(ring, Budget()).pattern(top, "x", 3)
    >>> pattern.signs, pattern.node["rule"]
    ([1], 'chain')
    """

    field: Field
    budget: Budget
    balls: bool = False
    known: dict[tuple[str, str], Pattern] = holding(default_factory=dict)
    failed: dict[tuple[str, str], int] = holding(default_factory=dict)
    _germs: dict[tuple[str, bool, int], Germs] = holding(default_factory=dict)

    def pattern(self, poly: Poly, x: str, depth: int) -> Pattern:
        """The pattern of a polynomial of the field along x, or NotProved."""
        self.budget.effort.spend(len(poly))
        key = str(poly), x
        if key in self.known:
            return self.known[key]
        if self.failed.get(key, -1) >= depth:
            raise NotProved("tried")
        self.budget.spend()
        try:
            self.known[key] = self._pattern(poly, x, depth)
        except NotProved:
            if self.budget.nodes <= self.budget.most and not self.budget.effort.over:
                self.failed[key] = depth
            raise
        return self.known[key]

    def sure(self, poly: Poly, x: str, depth: int) -> tuple[int, dict[str, Any]]:
        """One strict sign and its proof, or NotProved."""
        found = self.pattern(poly, x, depth)
        if not found.sure:
            raise NotProved("no strict sign")
        return found.sure, found.node

    def _pattern(self, poly: Poly, x: str, depth: int) -> Pattern:
        if poly.is_zero():
            raise NotProved("identically zero")
        lead = 1 if poly.leading_coefficient() > 0 else -1
        if poly.is_constant():
            return Pattern([lead], [], {"rule": "positive", "of": str(poly)})
        if len({c > 0 for c in poly.coeffs()}) == 1 and all(self.field.positive(n) for n in self.field.used(poly)):
            return Pattern([lead], [], {"rule": "positive", "of": str(poly)})
        free = self.field.free(poly)
        if not free:
            if s := sign_of(self.field.ball(poly, {})):
                return Pattern([s], [], {"rule": "boxes", "of": str(poly), "slopes": {}, "cuts": None})
            raise NotProved("a constant not told from zero")
        if len(poly) > MOST_TERMS or max(poly.degrees()) > MOST_DEGREE:
            raise NotProved("a polynomial too large")
        constant, factors = self.field.factored(poly)
        if len(factors) > 1 or factors[0][1] > 1:
            return self._product(poly, constant, factors, x, depth)
        if self.field.plain(poly) and free == {x}:
            return self._polynomial(poly, x)
        found = orthant(self.field, poly, self.field.box)
        if found:
            return Pattern([found[0]], [], {"rule": "orthant", "of": str(poly), "cuts": found[1]})
        if by_conjugate := self._by_conjugate(poly, x, depth):
            return by_conjugate
        if self.balls and (by_boxes := self.by_boxes(poly)):
            return by_boxes
        if self.field.plain(poly):
            raise NotProved("a polynomial of both signs")
        if depth == 0:
            raise NotProved("depth")
        if self.balls and (by_shares := self._by_shares(poly, x, depth)):
            return by_shares
        for y in [x] * (x in free) + sorted(free - {x}):
            try:
                found_here = self._chain(poly, y, depth)
            except NotProved:
                continue
            if y == x or not found_here.roots:
                return found_here
        raise NotProved("no chain")

    def _polynomial(self, poly: Poly, x: str) -> Pattern:
        roots = real_roots(self.field, poly, x)
        low, high = self.field.box[x]
        first = roots[0][0] if roots else high
        point = low + 1 if first is None else (low + first) / 2
        s = sign_of(self.field.ball(poly, {x: (point, point)}))
        if not s:
            raise NotProved("a sample of no sign")
        signs = [s * (-1) ** i for i in range(len(roots) + 1)]
        node: dict[str, Any] = {
            "rule": "roots",
            "of": str(poly),
            "in": x,
            "roots": _text(roots),
            "cuts": [],
            "slopes": [],
        }
        for a, b in zip([low, *(r[1] for r in roots)], [*(r[0] for r in roots), high], strict=True):
            node["cuts"].append(self._cuts(poly, x, (a, b)))
        for a, b in roots:
            node["slopes"].append(self._cuts(poly.derivative(x), x, (a, b)) if a < b else None)
        return Pattern(signs, roots, node)

    def _cuts(self, poly: Poly, x: str, part: tuple[Fraction, Fraction | None]) -> Any:
        found = orthant(self.field, poly, {x: part}, DEEPEST_CUT)
        if found is None:
            raise NotProved("coefficients of both signs")
        return found[1]

    def _by_conjugate(self, poly: Poly, x: str, depth: int) -> Pattern | None:
        """A + B·√f from the signs of A² − B²f and of the greater of the two parts."""
        for atom in self.field.atoms:
            place = self.field.place[atom.name]
            if atom.kind != "root" or atom.degree != 2 or poly.degrees()[place] != 1 or not atom.free:
                continue
            b = poly.derivative(atom.name)
            a = poly - b * self.field.gen[atom.name]
            product = self.field.product
            norm = self.field.unrooted(product(a, a) - product(product(b, b), atom.argument[0]))
            if not self.field.plain(norm):
                continue
            try:
                s, node = self.sure(norm, x, depth)
                side, part = self.sure(a if s > 0 else b, x, depth)
            except NotProved:
                continue
            out = {"rule": "conjugate", "of": str(poly), "root": atom.name, "parts": [str(a), str(b), str(norm)]}
            return Pattern([side], [], {**out, "proofs": [node, part]})
        return None

    def by_boxes(self, poly: Poly, pieces: int = PIECES) -> Pattern | None:
        """One sign on a bounded box, by enclosures of the values, or of a value and the slopes, on a few parts."""
        free, box = self.field.free(poly), self.field.box
        if any(box[v][1] is None for v in free):
            return None
        try:
            slopes = {v: self.field.derivative((poly, self.field.one), v) for v in box if v in free}
            signs: set[int] = set()
            cuts = self._cut(poly, slopes, {v: box[v] for v in slopes}, signs, [pieces], 0)  # type: ignore[misc]
        except NotProved:
            return None
        written = {v: [str(part) for part in slope] for v, slope in slopes.items()}
        return Pattern([signs.pop()], [], {"rule": "boxes", "of": str(poly), "slopes": written, "cuts": cuts})

    def _cut(
        self,
        poly: Poly,
        slopes: dict[str, tuple[Poly, Poly]],
        box: dict[str, tuple[Fraction, Fraction]],
        signs: set[int],
        left: list[int],
        depth: int,
    ) -> list[Any] | None:
        middle = {v: ((low + high) / 2,) * 2 for v, (low, high) in box.items()}
        at_middle = self.field.ball(poly, middle)
        signs.add(sign_of(at_middle))
        left[0] -= 1
        if 0 in signs or len(signs) > 1 or not left[0] or depth == DEEPEST_CUT:
            raise NotProved("enclosures do not decide")
        if sign_of(self.field.ball(poly, box)):
            return None
        reach = {}
        for v, (up, down) in slopes.items():
            half = rational((box[v][1] - box[v][0]) / 2)
            reach[v] = self.field.ball(up, box) / self.field.ball(down, box) * arb(0, 1) * half
        if sign_of(sum(reach.values(), at_middle)):
            return None
        widths = {v: float(r.rad()) if r.is_finite() else float(box[v][1] - box[v][0]) * 1e9 for v, r in reach.items()}
        widest = max(widths, key=lambda v: widths[v])
        low, high = box[widest]
        cut = (low + high) / 2
        parts = [
            self._cut(poly, slopes, {**box, widest: ends}, signs, left, depth + 1) for ends in ((low, cut), (cut, high))
        ]
        return [widest, str(cut), *parts]

    def _by_shares(self, poly: Poly, x: str, depth: int) -> Pattern | None:
        """A sum of parts of one sign: each lesser term with a share of the greatest one."""
        found = groups(self.field, poly)
        if not 3 <= len(found) <= MOST_SHARES:
            return None
        terms = [self.field.ring.from_dict(group) for group in found]
        sizes = []
        for point in self.field.points():
            at = {v: (c, c) for v, c in point.items() if v in self.field.free(poly)}
            sizes.append([float(self.field.ball(t, at).mid()) for t in terms])
        if any(not all(map(isfinite, row)) for row in sizes):
            return None
        first = max(range(len(terms)), key=lambda i: min(abs(row[i]) for row in sizes))
        rest = [i for i in range(len(terms)) if i != first]
        if any(row[first] == 0 for row in sizes):
            return None
        need = {i: max(-row[i] / row[first] for row in sizes) for i in rest}
        slack = (1 - sum(max(0.0, w) for w in need.values())) / len(rest)
        if slack <= 0:
            return None
        parts, left = [], self.field.number(1)
        for i in rest:
            share = Fraction(max(0.0, need[i]) + slack * (0.9 if need[i] > 0 else 0.1)).limit_denominator(1000)
            parts.append(terms[i] + terms[first] * rational(share))
            left = left - rational(share)
        if left.is_zero() or left.leading_coefficient() < 0:
            return None
        parts.append(terms[first] * left)
        try:
            proofs = [(part, *self.sure(part, x, min(depth, 2))) for part in parts]
        except NotProved:
            return None
        if len({s for _, s, _ in proofs}) > 1:
            return None
        node = {"rule": "sum", "of": str(poly), "parts": [[str(part), node] for part, _, node in proofs]}
        return Pattern([proofs[0][1]], [], node)

    def _product(self, poly: Poly, constant: Any, factors: list[tuple[Poly, int]], x: str, depth: int) -> Pattern:
        parts: list[Pattern] = []
        nodes, weak, flat = [], False, False
        for f, e in factors:
            if e % 2:
                part = self.pattern(f, x, depth)
                parts.append(part)
                weak, flat = weak or part.weak, flat or part.flat
                nodes.append([str(f), int(e), part.node])
                continue
            try:
                part = self.pattern(f, x, depth)
                weak, flat = weak or part.weak or bool(part.roots), flat or part.flat
                nodes.append([str(f), int(e), part.node])
            except NotProved:
                fibre = self._fibre(f, x)
                weak, flat = True, flat or fibre is None
                nodes.append([str(f), int(e), fibre])
        events = sorted({r for part in parts for r in part.roots})
        if any(b[0] <= a[1] for a, b in pairwise(events)):
            raise NotProved("roots of factors not separated")
        s = 1 if constant > 0 else -1
        for part in parts:
            s *= part.signs[0]
        signs, roots = [s], []
        for event in events:
            if sum(event in part.roots for part in parts) % 2:
                s = -s
                signs.append(s)
                roots.append(event)
            else:
                weak = True
        node = {"rule": "product", "of": str(poly), "constant": str(constant), "factors": nodes}
        return Pattern(signs, roots, node, weak, flat)

    def _fibre(self, poly: Poly, x: str) -> dict[str, Any] | None:
        """A coefficient in x of one sign: no fibre on which the polynomial vanishes identically."""
        if not self.field.plain(poly):
            return None
        i = self.field.place[x]
        powers: dict[int, dict[Any, Any]] = {}
        for m, c in poly.to_dict().items():
            powers.setdefault(int(m[i]), {})[(*m[:i], 0, *m[i + 1 :])] = c
        for k, terms in powers.items():
            found = orthant(self.field, self.field.ring.from_dict(terms), self.field.box)
            if found:
                return {"rule": "fibre", "in": x, "power": k, "cuts": found[1]}
        return None

    def _chain(self, poly: Poly, x: str, depth: int) -> Pattern:
        for multiplier, bottom, top in candidates(self.field, poly, x):
            try:
                m, m_node = self.sure(multiplier, x, depth - 1)
                d, d_node = self.sure(bottom, x, depth - 1)
                slope = self.pattern(top, x, depth - 1)
                out = self._assembled(poly, x, multiplier, m, [s * d for s in slope.signs], slope)
            except NotProved:
                continue
            out.node = {
                "rule": "chain",
                "of": str(poly),
                "in": x,
                "multiplier": str(multiplier),
                "below": str(bottom),
                "above": str(top),
                "proofs": [m_node, d_node, slope.node],
                **out.node,
                "roots": _text(out.roots),
            }
            return out
        raise NotProved("no multiplier")

    def _assembled(self, poly: Poly, x: str, multiplier: Poly, m: int, rises: list[int], slope: Pattern) -> Pattern:
        if self.field.free(poly) != {x}:
            if len(rises) > 1:
                raise NotProved("several variables: monotone only")
            return self._from_end(poly, x, multiplier, m, rises[0], slope.flat)
        first, last = (s and s * m for s in (self._end(poly, x, False), self._end(poly, x, True)))
        if len(rises) == 1 and first == rises[0]:
            return Pattern([first * m], [], {"end": "low"})
        if len(rises) == 1 and last == -rises[0]:
            return Pattern([last * m], [], {"end": "high"})
        if len(rises) == 2 and first and first == last == rises[0] == -rises[1]:
            return Pattern([first * m], [], {"end": "both"})
        if slope.flat or not first or not last:
            raise NotProved("an end without a sign")
        values = [first]
        for root in slope.roots:
            s = sign_of(self.field.ball(poly, {x: root}))
            if not s:
                raise NotProved("a critical value not told from zero")
            values.append(s * m)
        values.append(last)
        low, high = self.field.box[x]
        ends: list[Any] = [(low, low), *slope.roots, (high, high)]
        signs, roots = [values[0] * m], []
        for i in range(len(values) - 1):
            if values[i] != values[i + 1]:
                left = ends[i][1] if i else None
                right = ends[i + 1][0] if i + 2 < len(values) else None
                roots.append(crossing(self.field, poly, x, left, right, values[i] * m, values[i + 1] * m))
                signs.append(values[i + 1] * m)
        return Pattern(signs, roots, {"end": "values"})

    def _end(self, poly: Poly, x: str, high: bool) -> int:
        """The sign near an end, 0 when it stays unknown."""
        for terms in TERMS:
            key = x, high, terms
            if key not in self._germs:
                self._germs[key] = Germs(self.field, x, high, terms)
            try:
                return self._germs[key].sign(poly)
            except NotProved:
                continue
        return 0

    def _from_end(self, poly: Poly, x: str, multiplier: Poly, m: int, rise: int, flat: bool) -> Pattern:
        """Several variables: a monotone quotient with a value at a finite end that is zero or has the sign needed."""
        for high, side in ((False, rise), (True, -rise)):
            try:
                values, top, bottom = at_end(self.field, poly, x, high)
                node: dict[str, Any] = {"end": "high" if high else "low", "values": values}
                if top.is_zero():
                    _, up, down = at_end(self.field, multiplier, x, high)
                    node["divisor"] = [str(up), str(down), *self._sides(up, down, x)[1]]
                    return Pattern([side * m], [], node, flat, flat)
                s, node["value"] = self._sides(top, bottom, x)
                node["value"] = [str(top), str(bottom), *node["value"]]
                if s * m == side:
                    return Pattern([side * m], [], node)
            except NotProved:
                continue
        raise NotProved("an end with parameters")

    def _sides(self, top: Poly, bottom: Poly, x: str) -> tuple[int, list[dict[str, Any]]]:
        (s, above), (t, below) = (self.sure(p, x, 2) for p in (top, bottom))
        return s * t, [above, below]


def _text(roots: Roots) -> list[list[str]]:
    return [[str(a), str(b)] for a, b in roots]
