"""A second referee of proof objects of relations: atoms, what they stand for, derivatives and enclosures."""

from __future__ import annotations

from fractions import Fraction as F

from mpmath import iv
from sympy import QQ
from sympy.polys.rings import ring as polynomial_ring

from .second_parts import cancelled, minus, plus
from .second_text import FUNCTIONS, Objection, exact, function, must, read, sign_of

__all__ = ["Atoms"]

LETTERS = {"log": "L", "exp": "E", "root": "R", "erfc": "T", "kappa": "K"}


class Atoms:
    """The ring of one sign step: variables and atoms, and what is known to be positive or not zero."""

    def __init__(self, box, step):
        self.box, self.reads = box, {read(key): value for key, value in step["reads"].items()}
        atoms = step["atoms"]
        self.names = [*box, *(a["name"] for a in atoms if "name" in a)]
        must(len(set(self.names)) == len(self.names), "a name twice")
        must(not any(n[:1] in "LERTK" and n[1:].isdigit() for n in box), "a variable named like an atom")
        made = polynomial_ring(self.names or ["nothing"], QQ)
        self.ring, self.gen = made[0], dict(zip(self.names, made[1:], strict=False))
        self.one = self.ring.one
        self.kind, self.argument, self.degree, self.gauss = {}, {}, {}, {}
        self.depends = {v: {v} for v in box}
        self.positive, self.nonzero, self.values, self.slopes = [], [], {}, {}
        for atom in atoms:
            if "divisor" in atom:
                p = self.known(atom["divisor"])
                s = self.strict(p, atom["proof"], next(iter(box), ""))
                self.nonzero.append(p)
                if s > 0:
                    self.positive.append(p)
            else:
                self.add(atom)

    # polynomials

    def poly(self, text):
        def of(tree):
            kind = tree[0]
            if kind == "num":
                return self.one * tree[1]
            if kind == "var":
                return self.gen[tree[1]]
            if kind == "neg":
                return -of(tree[1])
            must(kind in ("+", "-", "*", "/", "**"), "a polynomial")
            if kind == "**":
                must(tree[2][0] == "num" and 0 < tree[2][1] <= 5000, "a power")
                return of(tree[1]) ** tree[2][1]
            a, b = of(tree[1]), of(tree[2])
            if kind == "/":
                must(b.is_ground and b != 0, "a polynomial")
                return a.quo_ground(b.LC)
            return {"+": a + b, "-": a - b, "*": a * b}[kind]

        return of(read(text.replace("^", "**")))

    def known(self, text):
        p = self.poly(text)
        must(all(n in self.box or n in self.kind for n in self.used(p)), "an atom before its time")
        return p

    def used(self, p):
        return [n for n, d in zip(self.names, p.degrees(), strict=False) if d > 0] if p else []

    def free(self, p):
        return set().union(*(self.depends[n] for n in self.used(p)))

    def normal(self, p):
        for name, n in self.degree.items():
            i = self.names.index(name)
            while p and p.degrees()[i] >= n:
                low, high = self.ring.zero, self.ring.zero
                for mono, c in p.terms():
                    if mono[i] >= n:
                        high[(*mono[:i], mono[i] - n, *mono[i + 1 :])] = c
                    else:
                        low[mono] = c
                p = low + high * self.argument[name][0]
        return p

    def vanishes(self, p):
        return self.normal(p) == 0

    def equal(self, a, b):
        return self.vanishes(a - b)

    # atoms

    def add(self, atom):
        name, kind = atom["name"], atom["kind"]
        must(kind in LETTERS and name[0] == LETTERS[kind] and name[1:].isdigit(), "the name of an atom")
        top, bottom = map(self.known, atom["argument"])
        if kind in ("log", "root"):
            must(bottom == 1, "a polynomial inside")
            must(self.strict(top, atom["positive"], next(iter(self.box), "")) > 0, "what is not positive")
            self.positive.append(top)
        elif kind == "kappa":
            must(top == bottom == 1, "a constant")
        else:
            self.never_zero(bottom)
        if kind == "root":
            must(type(atom["degree"]) is int and atom["degree"] > 1, "a degree")
        if kind == "erfc":
            must(self.kind.get("K0") == "kappa", "1/√π")
            g, h = map(self.known, atom["gauss"])
            n, d = minus(self.logarithm(g), self.logarithm(h))
            must(self.equal(n * bottom**2, -(top**2) * d), "exp(−h²)")
            self.gauss[name] = g, h
        self.kind[name], self.argument[name] = kind, (top, bottom)
        if kind == "root":
            self.degree[name] = atom["degree"]
        self.depends[name] = self.free(top) | self.free(bottom)

    def sure(self, name):
        """Whether a generator is positive by itself."""
        return self.box[name][0] >= 0 if name in self.box else self.kind[name] != "log"

    def stripped(self, p, factors):
        must(p != 0, "zero")
        for f in [*(self.gen[n] for n in self.used(p) if self.sure(n)), *factors]:
            while not f.is_ground:
                whole, rest = p.div(f)
                if rest:
                    break
                p = whole
        return p

    def never_zero(self, p):
        must(self.stripped(p, [*self.positive, *self.nonzero]).is_ground, f"division by {p}")

    def logarithm(self, p):
        """log p as a fraction: exponentials and roots by their arguments, the rest by the atoms that are logarithms."""
        must(p != 0, "log 0")
        total = self.ring.zero, self.one
        for name in self.used(p):
            e = min(m[self.names.index(name)] for m in p.monoms())
            if e and self.kind.get(name) in ("exp", "root"):
                p = p.quo(self.gen[name] ** e)
                n, d = self.argument[name] if self.kind[name] == "exp" else self.logarithm(self.argument[name][0])
                total = plus(total, (n * e, d * self.degree.get(name, 1)))
        logs = [(self.argument[n][0], self.gen[n]) for n, kind in self.kind.items() if kind == "log"]
        for f, atom in logs:
            while not f.is_ground:
                whole, rest = p.div(f)
                if rest:
                    break
                p, total = whole, plus(total, (atom, self.one))
        must(p.is_ground and p.LC > 0, "the logarithm of an unknown factor")
        c = F(int(p.LC.numerator), int(p.LC.denominator))
        for f, atom in logs:
            if f.is_ground and f.LC > 1 and f.LC.denominator == 1:
                w = int(f.LC)
                while c.numerator % w == 0:
                    c, total = c / w, plus(total, (atom, self.one))
                while c.denominator % w == 0:
                    c, total = c * w, plus(total, (-atom, self.one))
        must(c == 1, "the logarithm of an unknown number")
        return total

    # what the claim says

    def value(self, tree):
        kind = tree[0]
        if kind == "num":
            return self.one * tree[1], self.one
        if kind == "var":
            if tree[1] == "pi":
                must(self.kind.get("K0") == "kappa", "pi without 1/√π")
                return self.one, self.gen["K0"] ** 2
            must(tree[1] in self.box, f"the symbol {tree[1]}")
            return self.gen[tree[1]], self.one
        if kind == "neg":
            a, b = self.value(tree[1])
            return -a, b
        if kind == "call":
            must(tree[1] in FUNCTIONS, "a function")
            return self.transcendental(tree, tree[1], self.value(tree[2]), None)
        a, b = self.value(tree[1])
        c, d = self.value(tree[2])
        if kind == "**":
            q = F(0) if c == 0 else None
            if c.is_ground and d.is_ground and c != 0:
                q = F(int(c.LC.numerator), int(c.LC.denominator)) / F(int(d.LC.numerator), int(d.LC.denominator))
            if q is None or q.denominator > 1:
                return self.transcendental(tree, "power", (a, b), (c, d))
            must(abs(q) <= 5000, "a power")
            if q < 0:
                self.never_zero(a)
                a, b = b, a
            return a ** abs(int(q)), b ** abs(int(q))
        if kind == "/":
            self.never_zero(c)
            return a * d, b * c
        if kind == "*":
            return a * c, b * d
        return plus((a, b), (c if kind == "+" else -c, d))

    def transcendental(self, tree, kind, u, exponent):
        if tree in self.values:
            return self.values[tree]
        top, bottom = map(self.known, self.reads[tree])
        must(not self.vanishes(bottom), "a fraction")
        if u[0] != 0:
            u = cancelled(*u)
        self.faithful(kind, u, exponent, top, bottom)
        self.values[tree] = top, bottom
        return top, bottom

    def faithful(self, kind, u, exponent, top, bottom):
        """Demand that top/bottom is log u, exp u, erfc u or u to a power."""
        if kind == "erfc":
            if top == bottom == 1:
                must(self.vanishes(u[0]), "erfc 0")
                return
            must(bottom == 1 and len(self.used(top)) == 1, "a tail")
            (name,) = self.used(top)
            must(top == self.gen[name] and self.kind[name] == "erfc", "a tail")
            a, b = self.argument[name]
            must(self.equal(a * u[1], b * u[0]), "the argument of a tail")
        elif kind == "power" and exponent[0].is_ground and exponent[1].is_ground:
            q = exponent[0].LC / exponent[1].LC
            p, n = int(q.numerator), int(q.denominator)
            if self.vanishes(u[0]) and p > 0:
                must(self.vanishes(top), "a power of zero")
                return
            must(self.surely_positive(*u) and self.surely_positive(top, bottom), "a root of what is not positive")
            a, b = u if p > 0 else (u[1], u[0])
            must(self.equal(top**n * b ** abs(p), bottom**n * a ** abs(p)), "a root")
        elif kind == "log":
            n, d = self.log_of(*u)
            must(self.equal(n * bottom, top * d), "a logarithm")
        elif kind == "exp":
            n, d = self.log_of(top, bottom)
            must(self.equal(n * u[1], u[0] * d), "an exponential")
        else:
            (a, b), (n, d) = self.log_of(top, bottom), self.log_of(*u)
            must(self.equal(a * exponent[1] * d, b * exponent[0] * n), "a power")

    def surely_positive(self, a, b):
        parts = [self.stripped(self.normal(p), self.positive) for p in (a, b)]
        return all(p.is_ground for p in parts) and parts[0].LC * parts[1].LC > 0

    def log_of(self, a, b):
        """The logarithm of a fraction, both parts positive or both negative."""
        a, b = self.normal(a), self.normal(b)
        must(a != 0 and b != 0, "the logarithm of zero")
        a, b = a.quo_ground(b.LC), b.quo_ground(b.LC)
        if self.stripped(b, self.positive).LC < 0:
            a, b = -a, -b
        return minus(self.logarithm(a), self.logarithm(b))

    # derivatives and enclosures

    def slope(self, name, x):
        if (name, x) not in self.slopes:
            a, b = self.argument[name]
            n, d = self.derivative(a, b, x)
            me, kind = self.gen[name], self.kind[name]
            self.slopes[name, x] = {
                "log": lambda: (n * b, d * a),
                "exp": lambda: (n * me, d),
                "root": lambda: (n * b * me, d * a * self.degree[name]),
                "erfc": lambda: (-2 * self.gen["K0"] * n * self.gauss[name][0], d * self.gauss[name][1]),
            }[kind]()
        return self.slopes[name, x]

    def derivative(self, a, b, x):
        def of(p):
            total = p.diff(self.gen[x]), self.one
            for name in self.used(p):
                if name in self.kind and x in self.depends[name]:
                    n, d = self.slope(name, x)
                    total = cancelled(*plus(total, (p.diff(self.gen[name]) * n, d)))
            return total

        if b == 1:
            return of(a)
        (n, d), (k, m) = of(a), of(b)
        return cancelled(n * m * b - k * d * a, d * m * b**2)

    def at(self, p, point):
        """An interval around the values of a polynomial on a box."""
        values = dict(point)

        def of(name):
            if name not in values:
                if self.kind[name] == "kappa":
                    values[name] = 1 / iv.sqrt(iv.pi)
                else:
                    below = total(self.argument[name][1])
                    must(sign_of(below), "a pole in an enclosure")
                    h = total(self.argument[name][0]) / below
                    root = self.kind[name] == "root"
                    values[name] = (
                        iv.exp(function("log", h) / self.degree[name]) if root else function(self.kind[name], h)
                    )
            return values[name]

        def total(q):
            out = iv.mpf(0)
            for mono, c in q.terms():
                term = exact(c)
                for name, e in zip(self.names, mono, strict=False):
                    if e:
                        term *= of(name) ** e
                out += term
            return out

        return total(p)

    def hull(self, ends):
        return iv.mpf([exact(ends[0]).a, exact(ends[1]).b])

    def sign(self, p, point):
        try:
            return sign_of(self.at(p, point))
        except (Objection, ZeroDivisionError, ValueError):
            return 0
