"""A second referee of proof objects of relations: the rules of signs."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import pairwise

from sympy import QQ

from .second_atoms import Atoms
from .second_ends import End
from .second_parts import lead, plus
from .second_text import exact, must, sign_of

__all__ = ["Room"]

RULES = ("positive", "orthant", "boxes", "roots", "sum", "product", "conjugate", "chain")


class Signs:
    """The signs of a function along a variable, the intervals in which they change, and whether zeros are left."""

    def __init__(self, signs, roots=(), weak=False, flat=False):
        self.signs, self.roots, self.weak, self.flat = list(signs), list(roots), weak, flat


class Room(Atoms):
    """The rules in the ring of one sign step."""

    def strict(self, p, node, x):
        found = self.signs(p, node, x)
        must(len(found.signs) == 1 and not found.weak and not found.roots, "one strict sign")
        return found.signs[0]

    def signs(self, p, node, x):
        must(node["rule"] in RULES, f"the rule {node['rule']}")
        must(self.equal(self.known(node["of"]), p) and not self.vanishes(p), "another polynomial")
        return getattr(self, "rule_" + node["rule"])(p, node, x)

    def rule_positive(self, p, node, x):
        must(all(self.sure(n) for n in self.used(p)), "a generator of both signs")
        must(len({c > 0 for c in p.coeffs()}) == 1, "terms of both signs")
        return Signs([1 if p.LC > 0 else -1])

    def rule_orthant(self, p, node, x):
        must(all(n in self.box or not self.depends[n] for n in self.used(p)), "a polynomial in variables")
        return Signs([self.bernstein(p, dict(self.box), node["cuts"])])

    def bernstein(self, p, box, cuts):
        if cuts is not None:
            name, cut, before, at, after = cuts[0], F(cuts[1]), *cuts[2:]
            low, high = box[name]
            must(low < cut and (high is None or cut < high), "a cut")
            i = self.names.index(name)
            here = self.ring.zero
            for mono, c in p.terms():
                here += self.ring.from_dict(
                    {(*mono[:i], 0, *mono[i + 1 :]): c * QQ(*cut.as_integer_ratio()) ** mono[i]}
                )
            rest = {v: e for v, e in box.items() if v != name}
            found = {
                self.bernstein(p, box | {name: (low, cut)}, before),
                self.bernstein(here, rest, at),
                self.bernstein(p, box | {name: (cut, high)}, after),
            }
            must(len(found) == 1, "parts of both signs")
            return found.pop()
        for name, (low, high) in box.items():
            i = self.names.index(name)
            if not p or p.degrees()[i] <= 0:
                continue
            n, y = p.degrees()[i], self.gen[name]
            a = QQ(*low.as_integer_ratio())
            # v = a + y, or v = (a + by)/(1 + y) with the denominator cleared
            up, down = (y + a, self.one) if high is None else (y * QQ(*high.as_integer_ratio()) + a, y + 1)
            powers = [up**e * down ** (n - e) for e in range(n + 1)]
            out = self.ring.zero
            for mono, c in p.terms():
                out += powers[mono[i]] * self.ring.from_dict({(*mono[:i], 0, *mono[i + 1 :]): c})
            p = out
        k, groups = len(self.box), {}
        for mono, c in p.terms():
            groups.setdefault(mono[:k], self.ring.zero)
            groups[mono[:k]] += self.ring.from_dict({(*[0] * k, *mono[k:]): c})
        found = {self.sign(c, {}) for c in groups.values() if not self.vanishes(c)}
        must(found in ({1}, {-1}), "coefficients of both signs")
        return found.pop()

    def rule_boxes(self, p, node, x):
        slopes = {}
        for v in self.free(p):
            n, d = self.derivative(p, self.one, v)
            a, b = map(self.known, node["slopes"][v])
            must(not self.vanishes(b) and self.equal(n * b, a * d), "a slope")
            slopes[v] = a, b
            must(self.box[v][1] is not None, "a box without end")
        return Signs([self.covered(p, slopes, {v: self.box[v] for v in slopes}, node["cuts"])])

    def covered(self, p, slopes, box, cuts):
        if cuts is not None:
            name, cut, first, second = cuts[0], F(cuts[1]), *cuts[2:]
            low, high = box[name]
            must(low < cut < high, "a cut")
            found = {
                self.covered(p, slopes, box | {name: (low, cut)}, first),
                self.covered(p, slopes, box | {name: (cut, high)}, second),
            }
            must(len(found) == 1, "parts of both signs")
            return found.pop()
        whole = {v: self.hull(e) for v, e in box.items()}
        s = self.sign(p, whole)
        if not s:
            middle = {v: (a + b) / 2 for v, (a, b) in box.items()}
            total = self.at(p, {v: exact(c) for v, c in middle.items()})
            for v, (a, b) in slopes.items():
                below = self.at(b, whole)
                must(sign_of(below), "a slope without bound")
                total += self.at(a, whole) / below * (whole[v] - exact(middle[v]))
            s = sign_of(total)
        must(s, "an interval around zero")
        return s

    def rule_sum(self, p, node, x):
        parts = [self.known(text) for text, _ in node["parts"]]
        found = {self.strict(part, inner, x) for part, (_, inner) in zip(parts, node["parts"], strict=True)}
        must(len(found) == 1 and self.equal(sum(parts, self.ring.zero), p), "a sum")
        return Signs(found)

    def rule_conjugate(self, p, node, x):
        a, b, norm = map(self.known, node["parts"])
        name = node["root"]
        must(self.kind[name] == "root" and self.degree[name] == 2, "a square root")
        must(self.equal(a + b * self.gen[name], p), "two parts")
        must(self.equal(a**2 - b**2 * self.argument[name][0], norm), "a product of conjugates")
        # |A| > |B|√f if the product is positive, else the other way round: the larger has the sign of the sum.
        larger = a if self.strict(norm, node["proofs"][0], x) > 0 else b
        return Signs([self.strict(larger, node["proofs"][1], x)])

    def rule_product(self, p, node, x):
        c = F(node["constant"])
        total, s, weak, flat, events = self.one * QQ(*c.as_integer_ratio()), 1 if c > 0 else -1, False, False, []
        must(c != 0, "a factor of zero")
        for text, e, inner in node["factors"]:
            f = self.known(text)
            must(type(e) is int and e > 0, "a power")
            total *= f**e
            if inner is None or inner["rule"] == "fibre":
                must(e % 2 == 0, "an odd power without proof")
                weak = True
                flat = flat or inner is None or not self.fibre(f, inner, x)
                continue
            found = self.signs(f, inner, x)
            weak, flat = weak or found.weak, flat or found.flat
            if e % 2:
                s *= found.signs[0]
                events += found.roots
            else:
                weak = weak or bool(found.roots)
        must(self.equal(total, p), "a product")
        events.sort()
        must(all(a[1] < b[0] for a, b in pairwise(events)), "roots that are not apart")
        return Signs([s * (-1) ** k for k in range(len(events) + 1)], events, weak, flat)

    def fibre(self, p, node, x):
        must(node["in"] == x and all(n in self.box for n in self.used(p)), "a fibre")
        coefficient = lead(p, self.names.index(x), node["power"])
        return self.bernstein(coefficient, dict(self.box), node["cuts"]) != 0

    def rule_roots(self, p, node, x):
        must(node["in"] == x and self.used(p) == [x], "a polynomial in one variable")
        (low, high), roots = self.box[x], [(F(a), F(b)) for a, b in node["roots"]]
        must(len(node["cuts"]) == len(roots) + 1 and len(node["slopes"]) == len(roots), "a part for each")
        signs, here = [], low
        for k, cuts in enumerate(node["cuts"]):
            a, b = roots[k] if k < len(roots) else (high, None)
            must(a is None or here < a, "intervals that meet")
            signs.append(self.bernstein(p, {x: (here, a)}, cuts))
            if k < len(roots):
                must(a <= b, "an interval")
                if a < b:
                    self.bernstein(p.diff(self.gen[x]), {x: (a, b)}, node["slopes"][k])
                here = b
        must(not roots or high is None or roots[-1][1] < high, "a root outside")
        must(all(s != t for s, t in pairwise(signs)), "no change of sign")
        return Signs(signs, roots)

    def rule_chain(self, p, node, x):
        y = node["in"]
        m_poly, above, below = (self.known(node[k]) for k in ("multiplier", "above", "below"))
        first, second, third = node["proofs"]
        m, b = self.strict(m_poly, first, y), self.strict(below, second, y)
        n, d = self.derivative(p, m_poly, y)
        must(self.equal(n * below, above * d), "a derivative")
        slope = self.signs(above, third, y)
        rises = [s * b for s in slope.signs]
        if self.free(p) - {y}:
            must(len(rises) == 1, "a monotone quotient")
            return self.from_end(p, node, y, m_poly, m, rises[0], slope.flat)
        must(self.free(p) == {y}, "a function of one variable")
        near = {}
        for high in (False, True):
            near[high] = m * End(self, y, high).sign_of(p)
        end = node["end"]
        if end == "low":
            must(rises == [near[False]], "an end")
            return Signs([near[False] * m])
        if end == "high":
            must(rises == [-near[True]], "an end")
            return Signs([near[True] * m])
        if end == "both":
            must(near[False] and near[False] == near[True] and rises == [near[False], -near[False]], "both ends")
            return Signs([near[False] * m])
        must(end == "values" and not slope.flat and near[False] and near[True], "the ends")
        values = [near[False], *(m * self.sign(p, {y: self.hull(r)}) for r in slope.roots), near[True]]
        must(all(values), "a value at a zero of the derivative")
        pieces = [(a, b) for a, b in pairwise([None, *slope.roots, None])]
        changes = [k for k in range(len(pieces)) if values[k] != values[k + 1]]
        roots = [(F(a), F(b)) for a, b in node["roots"]]
        must(len(roots) == len(changes) and (y == x or not roots), "the changes of sign")
        for k, (a, b) in zip(changes, roots, strict=True):
            left, right = pieces[k]
            low, high = self.box[y]
            must(a <= b and low < a and (high is None or b < high), "a change outside")
            must(left is None or left[1] <= a, "a change before its piece")
            must(right is None or b <= right[0], "a change beyond its piece")
            must(m * self.sign(p, {y: exact(a)}) == values[k], "the sign before a change")
            must(m * self.sign(p, {y: exact(b)}) == values[k + 1], "the sign after a change")
        return Signs([m * values[0], *(m * values[k + 1] for k in changes)], roots)

    def from_end(self, p, node, y, m_poly, m, rise, flat):
        """A monotone quotient of several variables, with a value at a finite end that is zero or of the right sign."""
        must(node["end"] in ("low", "high") and not node["roots"], "an end")
        high = node["end"] == "high"
        end, side = self.box[y][high], -rise if high else rise
        must(end is not None, "a finite end")
        point = {y: (self.one * QQ(*end.as_integer_ratio()), self.one)}
        for name in self.kind:
            if name in node["values"]:
                (a, b), (c, d) = (self.put_in(q, point, y) for q in self.argument[name])
                self.never_zero(c)
                top, bottom = map(self.known, node["values"][name])
                must(not self.vanishes(bottom), "a fraction")
                kind = self.kind[name]
                exponent = self.one, self.one * self.degree.get(name, 1)
                self.faithful("power" if kind == "root" else kind, (a * d, b * c), exponent, top, bottom)
                point[name] = top, bottom
        value = self.put_in(p, point, y)
        if "divisor" in node:
            must(self.vanishes(value[0]), "a value of zero")
            self.sign_there(self.put_in(m_poly, point, y), node["divisor"], y)
            return Signs([side * m], [], flat, flat)
        must(m * self.sign_there(value, node["value"], y) == side, "the sign at an end")
        return Signs([side * m])

    def sign_there(self, value, given, y):
        top, bottom = self.known(given[0]), self.known(given[1])
        must(self.equal(value[0] * bottom, value[1] * top), "a value at an end")
        return self.strict(top, given[2], y) * self.strict(bottom, given[3], y)

    def put_in(self, p, point, y):
        out = self.ring.zero, self.one
        for mono, c in p.terms():
            term = self.one * c, self.one
            for name, e in zip(self.names, mono, strict=False):
                if e:
                    must(name in point or y not in self.depends[name], "an atom without a value")
                    a, b = point.get(name, (self.gen[name], self.one))
                    term = term[0] * a**e, term[1] * b**e
            out = plus(out, term)
        return out
