"""The rules that prove signs in a sign step, re-checked without search.

A node proves the signs of a polynomial `of` along a variable: strict, or weak (it may also vanish), or flat (it may
vanish on a stretch), with intervals in which the sign changes once.

positive: terms of one sign in positive generators, or a number.
orthant: Bernstein coefficients of one sign, on each part of a box cut as told. boxes: enclosures, on each part of a
bounded box cut as told, of the values or of the middle and the slopes (up/down in each variable); constants too.
roots: a polynomial in one variable by coefficients on the parts between its roots, each in an interval where it is
monotone. sum: parts of one sign.
product: factors with their signs; an even power without proof is weak, and flat unless `fibre` names a coefficient
of one sign. conjugate: A + B√f by the sign of A² − B²f.
chain: f/M with M of one sign, ((f/M)' = above/below), the signs of `above` and `below`, and an end: `low` or `high`
(monotone, and the sign at that end settles it), `both` (up and down again from a sign to the same), `values` (also the
signs at the zeros of the derivative). With several variables: monotone, and the value at a finite end is zero or has
the sign needed there.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb

from .referee_atoms import Atoms, Found, Node, Pair, plus, q
from .referee_ends import need, sign_at_end

__all__ = ["Rules"]


class Rules(Atoms):
    """The rules in the ring of one sign step.

    Examples
    --------
    >>> rules = Rules({"x": (Fraction(0), None)}, [], {})
    >>> rules.check(rules.poly("x^2 + 1"), {"rule": "positive", "of": "x^2 + 1"}, "x").signs
    [1]
    """

    def check(self, p: Any, node: Node, x: str) -> Found:
        """What a node proves of a polynomial along a variable."""
        need(self.same(self.poly(node["of"]), p) and not self.zero(p), "a node about another polynomial")
        return getattr(self, "_rule_" + node["rule"])(p, node, x)  # type: ignore[no-any-return]

    def sure(self, p: Any, node: Node, x: str) -> int:
        """One strict sign."""
        found = self.check(p, node, x)
        need(not found.roots and not found.weak and len(found.signs) == 1, "no strict sign")
        return found.signs[0]

    def _rule_positive(self, p: Any, node: Node, x: str) -> Found:
        need(len({c > 0 for c in p.coeffs()}) == 1, "terms of one sign")
        need(all(self.above_zero(n) for n in self.used(p)), "products of what is positive")
        return Found([1 if p.leading_coefficient() > 0 else -1], [])

    def _rule_orthant(self, p: Any, node: Node, x: str) -> Found:
        return Found([self.orthant(p, self.box, node["cuts"])], [])

    def orthant(self, p: Any, box: dict[str, Any], cuts: Any) -> int:
        """The sign by coefficients after y = v − low or y = (high − v)/(v − low), on each part of a cut box."""
        need(all(m in self.box or not self.moves[m] for m in self.used(p)), "a polynomial in variables")
        return self._cut(box, cuts, lambda part: self._by_coefficients(p, part), points=True)

    def _cut(self, box: dict[str, Any], cuts: Any, leaf: Callable[[dict[str, Any]], int], *, points: bool) -> int:
        """The one sign on all parts of a box; where its parts are open, the `points` between them are parts too."""
        if cuts is None:
            s = leaf(box)
            need(s, "values of both signs, or not told from zero")
            return s
        name, text, *parts = cuts
        cut, (low, high) = Fraction(text), box[name]
        need(low < cut and (high is None or cut < high), "a cut outside the box")
        ends = [(low, cut), *[(cut, cut)] * points, (cut, high)]
        signs = {self._cut({**box, name: e}, c, leaf, points=points) for e, c in zip(ends, parts, strict=True)}
        need(len(signs) == 1, "parts of different sign")
        return signs.pop()

    def _by_coefficients(self, p: Any, box: dict[str, Any]) -> int:
        for name, (low, high) in box.items():
            i = self.place[name]
            degree = int(p.degrees()[i])
            if degree > 0:
                p = self._moved(p, name, low, Fraction(1) if high is None else high - low)
            if degree > 0 and high is not None and high > low:
                # w in (0, 1) is 1/(1 + y): the powers turn round.
                p = self.ring.from_dict({(*m[:i], degree - m[i], *m[i + 1 :]): c for m, c in p.to_dict().items()})
                p = self._moved(p, name, Fraction(1), Fraction(1))
        n, groups = len(self.box), {}  # type: ignore[var-annotated]
        for m, c in p.to_dict().items():
            groups[m[:n]] = groups.get(m[:n], self.ring.constant(0)) + self.ring.from_dict({(*[0] * n, *m[n:]): c})
        signs = {self.sign(c, {}) for c in groups.values() if not self.zero(c)}
        return signs.pop() if len(signs) == 1 else 0

    def _moved(self, p: Any, name: str, start: Fraction, width: Fraction) -> Any:
        """start + width·v in the place of v."""
        values = [g * q(width) + q(start) if m == name else g for m, g in self.gen.items()]
        return p.compose(*values, ctx=self.ring)

    def _rule_boxes(self, p: Any, node: Node, x: str) -> Found:
        slopes = {}
        for v in self.free(p):
            up, down = self.derivative(p, self.one, v)
            slopes[v] = a, b = tuple(self.poly(text) for text in node["slopes"][v])
            need(self.same(a * down, up * b) and not self.zero(b), "a slope")
        box = {v: self.box[v] for v in slopes}
        need(all(high is not None for _, high in box.values()), "enclosures on an unbounded box")
        return Found([self._cut(box, node["cuts"], lambda part: self._enclosed(p, slopes, part), points=False)], [])

    def _enclosed(self, p: Any, slopes: dict[str, Pair], box: dict[str, Any]) -> int:
        """The sign on a closed box, by an enclosure of the values or by that of the middle and the slopes."""
        whole = {v: self._hull(ends) for v, ends in box.items()}
        middle = {v: q((low + high) / 2) for v, (low, high) in box.items()}
        if s := self.sign(p, whole):
            return s
        value = self.ball(p, {v: arb(c) for v, c in middle.items()})
        for v, (up, down) in slopes.items():
            value += self.ball(up, whole) / self.ball(down, whole) * (whole[v] - middle[v])
        return int(value > 0) - int(value < 0)

    def _rule_conjugate(self, p: Any, node: Node, x: str) -> Found:
        root = node["root"]
        a, b, norm = (self.poly(text) for text in node["parts"])
        need(self.kind[root] == "root" and self.degree[root] == 2, "a square root")
        need(root not in self.used(a) + self.used(b) and self.same(a + b * self.gen[root], p), "the parts of a sum")
        need(self.same(a * a - b * b * self.argument[root][0], norm), "the product of conjugates")
        greater = a if self.sure(norm, node["proofs"][0], x) > 0 else b
        return Found([self.sure(greater, node["proofs"][1], x)], [])

    def _rule_sum(self, p: Any, node: Node, x: str) -> Found:
        total, signs = self.ring.constant(0), set()
        for text, inner in node["parts"]:
            part = self.poly(text)
            signs.add(self.sure(part, inner, x))
            total += part
        need(len(signs) == 1 and self.same(total, p), "a sum of parts of one sign")
        return Found([signs.pop()], [])

    def _rule_roots(self, p: Any, node: Node, x: str) -> Found:
        """One strict sign before, between and after intervals, another one after each, and monotone inside them."""
        need(node["in"] == x and self.used(p) == [x], "a polynomial in one variable")
        (low, high), roots = self.box[x], [(Fraction(a), Fraction(b)) for a, b in node["roots"]]
        need(all(a > low and a <= b and (high is None or b < high) for a, b in roots), "an interval outside")
        starts, stops = [low, *(b for _, b in roots)], [*(a for a, _ in roots), high]
        need(all(b is None or a < b for a, b in zip(starts, stops, strict=True)), "intervals that meet")
        parts = zip(starts, stops, node["cuts"], strict=True)
        signs = [self.orthant(p, {x: (a, b)}, cuts) for a, b, cuts in parts]
        need(all(s != t for s, t in pairwise(signs)), "a root without a change of sign")
        for (a, b), cuts in zip(roots, node["slopes"], strict=True):
            if a < b:
                self.orthant(p.derivative(x), {x: (a, b)}, cuts)
        return Found(signs, roots)

    def _rule_product(self, p: Any, node: Node, x: str) -> Found:
        constant = Fraction(node["constant"])
        need(constant != 0, "a factor of zero")
        product, s, weak, flat = self.ring.constant(q(constant)), 1 if constant > 0 else -1, False, False
        odd: list[Found] = []
        for text, e, inner in node["factors"]:
            f = self.poly(text)
            need(type(e) is int and e > 0, "the power of a factor")
            product = product * f**e
            if inner is None or inner["rule"] == "fibre":
                need(e % 2 == 0, "an odd factor without proof")
                weak, flat = True, flat or inner is None or not self._fibre(f, inner, x)
                continue
            found = self.check(f, inner, x)
            weak, flat = weak or found.weak, flat or found.flat
            if e % 2:
                odd.append(found)
                s *= found.signs[0]
            else:
                weak = weak or bool(found.roots)
        need(self.same(product, p), "the factors of a product")
        roots = sorted(r for found in odd for r in found.roots)
        need(all(a[1] < b[0] for a, b in pairwise(roots)), "roots of factors not separated")
        return Found([s * (-1) ** k for k in range(len(roots) + 1)], roots, weak, flat)

    def _fibre(self, p: Any, node: Node, x: str) -> bool:
        need(node["in"] == x and all(n in self.box for n in self.used(p)), "a fibre")
        i, k = self.place[x], node["power"]
        terms = {(*m[:i], 0, *m[i + 1 :]): c for m, c in p.to_dict().items() if int(m[i]) == k}
        return self.orthant(self.ring.from_dict(terms), self.box, node["cuts"]) != 0

    def _rule_chain(self, p: Any, node: Node, x: str) -> Found:
        y = node["in"]
        multiplier, below, above = (self.poly(node[k]) for k in ("multiplier", "below", "above"))
        m, d = self.sure(multiplier, node["proofs"][0], y), self.sure(below, node["proofs"][1], y)
        up, down = self.derivative(p, multiplier, y)
        need(self.same(up * below, above * down), "the derivative")
        slope = self.check(above, node["proofs"][2], y)
        rises = [s * d for s in slope.signs]
        if self.free(p) != {y}:
            need(len(rises) == 1, "several variables: monotone only")
            return self._from_end(p, node, y, multiplier, m, rises[0], slope.flat)
        end = node["end"]
        if end in ("low", "high"):
            s = sign_at_end(self, p, y, end == "high") * m
            need(len(rises) == 1 and s == (rises[0] if end == "low" else -rises[0]), "the sign at an end")
            return Found([s * m], [])
        first, last = (sign_at_end(self, p, y, high) * m for high in (False, True))
        if end == "both":
            need(rises == [first, -first] and first == last and first != 0, "the signs at both ends")
            return Found([first * m], [])
        need(end == "values" and not slope.flat and first and last, "the ends")
        inner = [self.sign(p, {y: self._hull(r)}) * m for r in slope.roots]
        need(all(inner), "a critical value not told from zero")
        values, marks = [first, *inner, last], [None, *slope.roots, None]
        changes = [i for i in range(len(values) - 1) if values[i] != values[i + 1]]
        roots = [(Fraction(a), Fraction(b)) for a, b in node["roots"]]
        need(len(changes) == len(roots) and (not roots or y == x), "the changes of sign")
        low, high = self.box[y]
        for i, (a, b) in zip(changes, roots, strict=True):
            left, right = marks[i], marks[i + 1]
            need(low < a <= b and (high is None or b < high), "a change outside the domain")
            need((left is None or left[1] <= a) and (right is None or b <= right[0]), "a change in another piece")
            for c, v in ((a, values[i]), (b, values[i + 1])):
                need(self.sign(p, {y: self._hull((c, c))}) * m == v, "the signs around a change")
        return Found([values[0] * m, *(values[i + 1] * m for i in changes)], roots)

    def _hull(self, pair: tuple[Fraction, Fraction]) -> Any:
        return arb(q(pair[0])).union(arb(q(pair[1]))) if pair[0] != pair[1] else arb(q(pair[0]))

    def _from_end(self, p: Any, node: Node, y: str, multiplier: Any, m: int, rise: int, flat: bool) -> Found:
        need(node["end"] in ("low", "high") and node["roots"] == [], "an end with parameters")
        high = node["end"] == "high"
        end, side = self.box[y][high], -rise if high else rise
        need(end is not None, "no value at infinity")
        point: dict[str, Pair] = {y: (self.ring.constant(q(end)), self.one)}
        for name in self.kind:
            if name in node["values"]:
                a, b = (self.at(part, point) for part in self.argument[name])
                self.divides(b[0])
                argument = a[0] * b[1], a[1] * b[0]
                value = tuple(self.poly(part) for part in node["values"][name])
                kind, power = self.kind[name], (self.one, self.ring.constant(self.degree.get(name, 1)))
                self.faithful("power" if kind == "root" else kind, argument, power, (value[0], value[1]))
                point[name] = value[0], value[1]
        top, bottom = self.at(p, point)
        if "divisor" in node:
            need(self.zero(top), "the value at an end")
            self._limit(self.at(multiplier, point), node["divisor"], y)
            return Found([side * m], [], flat, flat)
        need(self._limit((top, bottom), node["value"], y) * m == side, "the sign of the value at an end")
        return Found([side * m], [])

    def _limit(self, value: Pair, given: list[Any], y: str) -> int:
        up, down = self.poly(given[0]), self.poly(given[1])
        need(self.same(value[0] * down, up * value[1]), "the value at an end")
        return self.sure(up, given[2], y) * self.sure(down, given[3], y)

    def at(self, p: Any, point: dict[str, Pair]) -> Pair:
        """The value of a polynomial at an end, which every moving generator must have there."""
        y = next(iter(point))
        total: Pair = (self.ring.constant(0), self.one)
        for m, c in p.to_dict().items():
            term: Pair = (self.ring.constant(c), self.one)
            for e, n in zip(m, self.names, strict=True):
                if e:
                    need(n in point or y not in self.moves[n], "an atom without value at an end")
                    a, b = point.get(n, (self.gen[n], self.one))
                    term = term[0] * a ** int(e), term[1] * b ** int(e)
            total = plus(total, term)
        return total
