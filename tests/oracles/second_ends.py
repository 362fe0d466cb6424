"""A second referee of proof objects of relations: the sign of a function near an end."""

from __future__ import annotations

from fractions import Fraction as F
from functools import cached_property
from itertools import product

from mpmath import iv

from .second_text import DIGITS, Objection, exact, function, must, sign_of

__all__ = ["End"]

# Near an end: t → 0⁺ is the distance to a finite end, or 1/x.


class Number:
    """A combination over Q of products of constants: powers of e and of whole numbers, and others by name."""

    def __init__(self, terms=None):
        self.terms = {k: v for k, v in (terms or {}).items() if v}

    @staticmethod
    def of(value, power=(), logs=0):
        """value · product of constants · (log t)^logs; whole numbers keep powers below one."""
        value, kept = F(value), {}
        for name, k in power:
            kept[name] = kept.get(name, F(0)) + k
        for name in [n for n in kept if isinstance(n, int)]:
            k = kept.pop(name)
            value *= F(name) ** (k.numerator // k.denominator)
            if k % 1:
                kept[name] = k % 1
        return Number({(logs, tuple(sorted(((n, k) for n, k in kept.items() if k), key=repr))): value})

    def __add__(self, other):
        out = dict(self.terms)
        for k, v in other.terms.items():
            out[k] = out.get(k, F(0)) + v
        return Number(out)

    def __mul__(self, other):
        out = Number()
        for (a, p), v in self.terms.items():
            for (b, q), w in other.terms.items():
                out = out + Number.of(v * w, (*p, *q), a + b)
        return out

    def __bool__(self):
        return bool(self.terms)

    @cached_property
    def rational(self):
        if not self.terms:
            return F(0)
        ((logs, power), value) = next(iter(self.terms.items()))
        return value if len(self.terms) == 1 and not logs and not power else None

    @property
    def logs(self):
        return max((k[0] for k in self.terms), default=0)


ZERO, ONE = Number(), Number.of(1)


class Germ:
    """Σ over poles of e^{poles} t^v (c₀ + c₁t + …), known to `n` coefficients each."""

    def __init__(self, groups):
        self.groups = groups

    def __add__(self, other):
        out = dict(self.groups)
        for key, (v, cs) in other.groups.items():
            if key in out:
                w, ds = out[key]
                low, high = min(v, w), min(v + len(cs), w + len(ds))
                get = lambda s, at, i: s[i - at] if i >= at else ZERO  # noqa: E731
                out[key] = low, [get(cs, v, i) + get(ds, w, i) for i in range(low, high)]
            else:
                out[key] = v, cs
        return Germ(out)

    def __mul__(self, other):
        out = Germ({})
        for (p, (v, cs)), (q, (w, ds)) in product(self.groups.items(), other.groups.items()):
            n = min(len(cs), len(ds))
            es = [ZERO] * n
            for i in range(n):
                if cs[i]:
                    for j in range(n - i):
                        if ds[j]:
                            es[i + j] = es[i + j] + cs[i] * ds[j]
            poles = dict(p)
            for d, k in q:
                poles[d] = poles.get(d, F(0)) + k
            out = out + Germ({tuple(sorted((d, k) for d, k in poles.items() if k)): (v + w, es)})
        return out


class End:
    """The germs of one room's functions at one end of one variable."""

    def __init__(self, room, x, high):
        self.room, self.x, self.high = room, x, high
        self.end = room.box[x][1 if high else 0]

    def sign_of(self, p):
        for self.n in (6, 16):
            self.made, self.named = {}, {"e": lambda: iv.exp(iv.mpf(1))}
            try:
                return self.leading(self.germ(p))
            except (Objection, ZeroDivisionError):
                continue
        return 0

    def leading(self, germ):
        def faster(p, q):
            a, b = dict(p), dict(q)
            for d in sorted({*a, *b}, reverse=True):
                if a.get(d, F(0)) != b.get(d, F(0)):
                    return a.get(d, F(0)) > b.get(d, F(0))
            return False

        best = None
        for key in germ.groups:
            if best is None or faster(key, best):
                best = key
        must(best is not None, "a zero germ")
        for c in germ.groups[best][1]:
            if c:
                logs = c.logs
                part = Number({(0, p): v for (a, p), v in c.terms.items() if a == logs})
                return self.number_sign(part) * (-1 if logs % 2 else 1)
        raise Objection("a germ that vanishes as far as it is known")

    def enclosed(self, c):
        total = iv.mpf(0)
        for (logs, power), v in c.terms.items():
            must(logs == 0, "log t in a constant")
            term = exact(v)
            for name, k in power:
                base = iv.mpf(name) if isinstance(name, int) else self.named[name]()
                term *= base ** int(k) if k.denominator == 1 else iv.exp(function("log", base) * exact(k))
            total += term
        return total

    def number_sign(self, c):
        before = iv.prec
        try:
            for iv.prec in (DIGITS, 600, 2200):
                s = sign_of(self.enclosed(c))
                if s:
                    return s
        finally:
            iv.prec = before
        raise Objection("a constant not told from zero")

    def constant(self, name, enclosure):
        self.named.setdefault(name, enclosure)
        return Number.of(1, ((name, F(1)),))

    def series(self, v, *cs):
        return v, [*cs, *[ZERO] * (self.n - len(cs))]

    def germ(self, p):
        total = Germ({})
        for mono, c in p.terms():
            value = F(int(c.numerator), int(c.denominator))
            term = Germ({(): self.series(0, Number.of(value))})
            for name, e in zip(self.room.names, mono, strict=False):
                for _ in range(e):
                    term = term * self.generator(name)
            total = total + term
        return total

    def one_series(self, p):
        germ = self.germ(p)
        must(set(germ.groups) <= {()}, "an exponential inside an atom")
        return germ.groups.get((), self.series(0))

    def start(self, series):
        v, cs = series
        for i, c in enumerate(cs):
            if c:
                return v + i, cs[i:]
        raise Objection("a series that vanishes as far as it is known")

    def reciprocal_number(self, c):
        must(len(c.terms) == 1 and c.logs == 0 and self.number_sign(c), "one over a sum")
        (((_, power), v),) = c.terms.items()
        return Number.of(1 / v, tuple((n, -k) for n, k in power))

    def inverse(self, series):
        v, cs = self.start(series)
        first = self.reciprocal_number(cs[0])
        out = [first]
        for i in range(1, len(cs)):
            total = ZERO
            for j in range(i):
                total = total + out[j] * cs[i - j]
            out.append(total * first * Number.of(-1))
        return -v, out

    def multiplied(self, a, b):
        return (Germ({(): a}) * Germ({(): b})).groups[()]

    def quotient(self, pair):
        return self.multiplied(self.one_series(pair[0]), self.inverse(self.one_series(pair[1])))

    def generator(self, name):
        if name not in self.made:
            self.made[name] = self.make(name)
        return self.made[name]

    def make(self, name):
        room = self.room
        if name == self.x:
            if self.end is None:
                return Germ({(): self.series(-1, ONE)})
            step = Number.of(-1 if self.high else 1)
            return Germ({(): self.series(0, Number.of(self.end), step) if self.end else self.series(1, step)})
        must(name in room.kind, "another variable")
        kind, pair = room.kind[name], room.argument[name]
        if not room.depends[name]:
            return Germ({(): self.series(0, self.fixed(name, kind, pair))})
        h = self.quotient(pair)
        if kind == "log":
            return Germ({(): self.log(h)})
        if kind == "exp":
            return self.exp(h)
        if kind == "root":
            return Germ({(): self.root(h, room.degree[name])})
        return self.erfc(name, h)

    def fixed(self, name, kind, pair):
        if all(q.is_ground for q in pair) and pair[0] != 0:
            c = F(int(pair[0].LC.numerator), int(pair[0].LC.denominator))
            c /= F(int(pair[1].LC.numerator), int(pair[1].LC.denominator))
            if kind == "exp":
                return Number.of(1, (("e", c),))
            if kind == "log":
                return self.log_of(c)
            if kind == "root":
                return self.root_of(c, self.room.degree[name])
        return self.constant(name, lambda: self.room.at(self.room.gen[name], {}))

    def parts(self, c):
        """Whole numbers and exponents of a positive rational: those that are atoms, then primes as far as easy."""
        must(c > 0, "a logarithm or root of what is not positive")
        room, out = self.room, {}
        ready = [
            int(room.argument[n][0].LC)
            for n, k in room.kind.items()
            if k in ("log", "root") and room.argument[n][0].is_ground
        ]
        for whole, side in ((c.numerator, 1), (c.denominator, -1)):
            for p in (*ready, *range(2, 2000)):
                while p > 1 and whole % p == 0:
                    whole //= p
                    out[p] = out.get(p, 0) + side
            if whole > 1:
                out[whole] = out.get(whole, 0) + side
        return out

    def log_of(self, c):
        total = ZERO
        for p, k in self.parts(c).items():
            total = total + self.constant(f"log {p}", lambda p=p: iv.log(iv.mpf(p))) * Number.of(k)
        return total

    def root_of(self, c, n):
        return Number.of(1, tuple((p, F(k, n)) for p, k in self.parts(c).items()))

    def log(self, h):
        v, cs = self.start(h)
        c = cs[0]
        must(c.logs == 0, "log log t")
        if c.rational is not None:
            head = self.log_of(c.rational)
        else:
            head = self.constant(f"log({sorted(c.terms.items(), key=repr)})", lambda: function("log", self.enclosed(c)))
        over = self.reciprocal_number(c)
        w = [z * over for z in cs]  # 1 + …
        out = [head + Number.of(v, (), 1)]
        for i in range(1, len(cs)):
            # i y_i = i w_i − Σ j y_j w_{i−j}
            total = w[i] * Number.of(i)
            for j in range(1, i):
                total = total + out[j] * w[i - j] * Number.of(-j)
            out.append(total * Number.of(F(1, i)))
        return 0, out

    def exp(self, h):
        v, cs = h
        poles, rest = {}, []
        for i, c in enumerate(cs):
            if v + i < 0:
                must(c.rational is not None, "a pole with a constant")
                if c:
                    poles[-(v + i)] = c.rational
            else:
                rest.append(c)
        must(rest, "a pole beyond what is known")
        rest = ([ZERO] * max(v, 0) + rest)[: len(rest)]
        head, slope = Number(), F(0)
        for (logs, power), value in rest[0].terms.items():
            if logs == 1 and not power:
                slope = value
            else:
                must(logs == 0, "a power of log t in an exponent")
                head = head + Number({(logs, power): value})
        must(slope.denominator == 1, "a power of t that is not whole")
        if head.rational is not None:
            first = Number.of(1, (("e", head.rational),))
        else:
            first = self.constant(f"exp({sorted(head.terms.items(), key=repr)})", lambda: iv.exp(self.enclosed(head)))
        out = [first]
        for i in range(1, len(rest)):
            total = ZERO
            for j in range(1, i + 1):
                total = total + out[i - j] * rest[j] * Number.of(F(j, i))
            out.append(total)
        return Germ({tuple(sorted(poles.items())): (int(slope), out)})

    def root(self, h, n):
        v, cs = self.start(h)
        c = cs[0].rational
        must(v % n == 0 and c is not None and c > 0, "a root at an end")
        w = [z * Number.of(1 / c) for z in cs]
        out = [ONE]
        for i in range(1, len(cs)):
            total = ZERO
            for j in range(1, i + 1):
                total = total + w[j] * out[i - j] * Number.of(F(j, n) - (i - j))
            out.append(total * Number.of(F(1, i)))
        first = self.root_of(c, n)
        return v // n, [z * first for z in out]

    def erfc(self, name, h):
        v, cs = self.start(h)
        if v < 0:
            must(self.number_sign(cs[0]) > 0, "a tail at minus infinity")
            inverse = self.inverse((v, cs))
            square, term, total = self.multiplied(inverse, inverse), inverse, Germ({(): inverse})
            k = 1
            while -2 * v * k < len(cs):
                w, ds = self.multiplied(term, square)
                term = w, [d * Number.of(F(1 - 2 * k, 2)) for d in ds]
                total, k = total + Germ({(): term}), k + 1
            kappa = self.fixed("K0", "kappa", self.room.argument["K0"])
            g, d = map(self.germ, self.room.gauss[name])
            must(len(g.groups) == len(d.groups) == 1, "a tail with a mixed exponent")
            ((poles, s),) = d.groups.items()
            over = Germ({tuple((a, -b) for a, b in poles): self.inverse(s)})
            return total * Germ({(): self.series(0, kappa)}) * g * over
        must(self.end is not None, "a tail with a limit at infinity")
        c = cs[0]
        name_of = f"erfc({sorted(c.terms.items(), key=repr)})"
        first = ONE if v else self.constant(name_of, lambda: function("erfc", self.enclosed(c)))
        w, ds = self.quotient(self.room.slope(name, self.x))
        must(w >= 0, "a tail with a singular derivative")
        body = [ZERO] * w + ds
        side = -1 if self.high else 1
        return Germ({(): (0, [first, *(d * Number.of(F(side, i + 1)) for i, d in enumerate(body))][: self.n])})
