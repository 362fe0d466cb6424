"""The sign of a function near an end of its interval, for the referee: series written a second time, on dictionaries.

With t → 0⁺ the distance to the end (or 1/x), a function is a sum of groups e^{Σ w t^{-d}} · t^v · Σ c_i t^i. A
coefficient is a dictionary from (power of log t, q of e^q, powers of other constants) to rationals.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

from flint import arb, ctx, fmpq

__all__ = ["Rejected", "need", "sign_at_end"]

Coefficient = dict[tuple[int, Fraction, tuple[tuple[str, int], ...]], Any]
Series = tuple[int, list[Coefficient]]
Groups = dict[tuple[tuple[int, Fraction], ...], Series]

PLAIN = (0, Fraction(0), ())
TERMS = (6, 16)


class Rejected(Exception):
    """A proof object that does not prove its claim, and why."""


def need(condition: Any, what: str) -> None:
    """Reject unless the condition holds."""
    if not condition:
        raise Rejected(what)


def sign_at_end(rules: Any, poly: Any, x: str, high: bool) -> int:
    """The sign of a polynomial in atoms near an end of the interval of the only variable, 0 when it stays unknown.

    Examples
    --------
    >>> from whp.theory.proofs.referee_rules import Rules
    >>> rules = Rules({"x": (Fraction(0), None)}, [], [], {})
    >>> sign_at_end(rules, rules.poly("x^2 - x"), "x", False), sign_at_end(rules, rules.poly("x^2 - x"), "x", True)
    (-1, 1)
    """
    for terms in TERMS:
        try:
            return _End(rules, x, high, terms).sign(poly)
        except (Rejected, ZeroDivisionError):
            continue
    return 0


def number(c: Any) -> Coefficient:
    """A rational coefficient."""
    return {PLAIN: fmpq(c)} if c else {}


def exact(c: Any) -> Fraction:
    """The fraction of a rational number of python-flint."""
    return Fraction(int(c.p), int(c.q))


def is_rational(c: Coefficient) -> bool:
    """Whether no constant and no log t occurs."""
    return not c or list(c) == [PLAIN]


def add(a: Coefficient, b: Coefficient) -> Coefficient:
    """The sum of coefficients."""
    out = dict(a)
    for k, v in b.items():
        out[k] = out.get(k, fmpq(0)) + v
        if out[k] == 0:
            del out[k]
    return out


class _End:
    def __init__(self, rules: Any, x: str, high: bool, terms: int) -> None:
        self.rules, self.x, self.high, self.terms = rules, x, high, terms
        self.end = rules.box[x][1 if high else 0]
        self.enclosures: dict[str, Callable[[], Any]] = {}
        self.roots: dict[str, tuple[int, Any]] = {}
        self.atoms: dict[str, Groups] = {}
        self.integers = [
            int(a[0].leading_coefficient().p)
            for n, a in rules.argument.items()
            if rules.kind[n] == "log" and a[0].is_constant()
        ]

    def mul(self, a: Coefficient, b: Coefficient) -> Coefficient:
        out: Coefficient = {}
        for (l1, e1, m1), v in a.items():
            for (l2, e2, m2), w in b.items():
                powers, value = dict(m1), v * w
                for name, k in m2:
                    powers[name] = powers.get(name, 0) + k
                for name, (degree, argument) in self.roots.items():
                    while powers.get(name, 0) >= degree:
                        powers[name] -= degree
                        value = value * argument
                key = l1 + l2, e1 + e2, tuple(sorted((n, k) for n, k in powers.items() if k))
                out = add(out, {key: value})
        return out

    def product(self, a: Series, b: Series) -> Series:
        n = min(len(a[1]), len(b[1]))
        out: list[Coefficient] = [{} for _ in range(n)]
        for i in range(n):
            for j in range(n - i):
                if a[1][i] and b[1][j]:
                    out[i + j] = add(out[i + j], self.mul(a[1][i], b[1][j]))
        return a[0] + b[0], out

    def total(self, a: Series, b: Series) -> Series:
        low, end = min(a[0], b[0]), min(a[0] + len(a[1]), b[0] + len(b[1]))
        out: list[Coefficient] = [{} for _ in range(end - low)]
        for v, cs in (a, b):
            for i, c in enumerate(cs):
                if v + i < end:
                    out[v + i - low] = add(out[v + i - low], c)
        return low, out

    def scaled(self, a: Series, c: Coefficient) -> Series:
        return a[0], [self.mul(z, c) for z in a[1]]

    def led(self, a: Series) -> Series:
        skip = next((i for i, c in enumerate(a[1]) if c), None)
        need(skip is not None, "a series that vanishes to its last term")
        return a[0] + (skip or 0), a[1][skip:]

    def reciprocal(self, c: Coefficient) -> Coefficient:
        need(len(c) == 1, "one over a sum of constants")
        (((ell, e, powers), v),) = c.items()
        need(ell == 0, "one over log t")
        out: Coefficient = {(0, -e, ()): 1 / v}
        for name, k in powers:
            need(name in self.roots, "one over a constant")
            degree, argument = self.roots[name]
            out = self.mul(out, {(0, Fraction(0), ((name, degree - k),)): 1 / argument})
        return out

    def over(self, a: Series) -> Series:
        v, cs = self.led(a)
        first = self.reciprocal(cs[0])
        out = [first]
        for i in range(1, len(cs)):
            c: Coefficient = {}
            for j in range(i):
                c = add(c, self.mul(out[j], cs[i - j]))
            out.append(self.mul(self.mul(c, first), number(-1)))
        return -v, out

    def times(self, a: Groups, b: Groups) -> Groups:
        out: Groups = {}
        for p, s in a.items():
            for r, t in b.items():
                joined = dict(p)
                for d, w in r:
                    joined[d] = joined.get(d, Fraction(0)) + w
                key = tuple(sorted((d, w) for d, w in joined.items() if w))
                series = self.product(s, t)
                out[key] = self.total(out[key], series) if key in out else series
        return out

    def groups(self, poly: Any) -> Groups:
        out: Groups = {}
        for mono, c in poly.to_dict().items():
            term: Groups = {(): (0, self.pad(number(c)))}
            for e, name in zip(mono, self.rules.names, strict=True):
                for _ in range(int(e)):
                    term = self.times(term, self.atom(name))
            for key, series in term.items():
                out[key] = self.total(out[key], series) if key in out else series
        return out

    def pad(self, *cs: Coefficient) -> list[Coefficient]:
        return [*cs, *({} for _ in range(self.terms - len(cs)))]

    def constant(self, name: str, enclosure: Callable[[], Any]) -> Coefficient:
        self.enclosures.setdefault(name, enclosure)
        return {(0, Fraction(0), ((name, 1),)): fmpq(1)}

    def ball(self, c: Coefficient) -> Any:
        out = arb(0)
        for (ell, e, powers), v in c.items():
            need(ell == 0, "log t in a constant")
            term = arb(v) * arb(fmpq(e.numerator, e.denominator)).exp()
            for name, k in powers:
                term *= self.enclosures[name]() ** k
            out += term
        return out

    def constant_sign(self, c: Coefficient) -> int:
        before = ctx.prec
        try:
            for prec in (128, 512, 2048):
                ctx.prec = prec
                b = self.ball(c)
                if b > 0 or b < 0:
                    return 1 if b > 0 else -1
        finally:
            ctx.prec = before
        raise Rejected("a constant not told from zero")

    def sign(self, poly: Any) -> int:
        groups = self.groups(poly)

        def faster(p: Any, r: Any) -> int:
            a, b = dict(p), dict(r)
            for d in sorted({*a, *b}, reverse=True):
                gap = a.get(d, Fraction(0)) - b.get(d, Fraction(0))
                if gap:
                    return 1 if gap > 0 else -1
            return 0

        _, cs = self.led(groups[max(groups, key=cmp_to_key(faster))])
        ell = max(k[0] for k in cs[0])
        lead: Coefficient = {(0, e, m): v for (power, e, m), v in cs[0].items() if power == ell}
        return self.constant_sign(lead) * (-1 if ell % 2 else 1)

    def fraction(self, pair: tuple[Any, Any]) -> Series:
        parts = []
        for p in pair:
            groups = self.groups(p)
            need(list(groups) in ([()], []), "an exponential inside an atom")
            parts.append(groups.get((), (0, self.pad())))
        return self.product(parts[0], self.over(parts[1]))

    def atom(self, name: str) -> Groups:
        if name not in self.atoms:
            self.atoms[name] = self._atom(name)
        return self.atoms[name]

    def _atom(self, name: str) -> Groups:
        rules = self.rules
        if name == self.x:
            if self.end is None:
                return {(): (-1, self.pad(number(1)))}
            step = number(-1 if self.high else 1)
            if self.end == 0:
                return {(): (1, self.pad(step))}
            return {(): (0, self.pad(number(fmpq(self.end.numerator, self.end.denominator)), step))}
        need(name not in rules.box, "another variable at an end")
        kind, pair = rules.kind[name], rules.argument[name]
        if not rules.moves[name]:
            return {(): (0, self.pad(self._fixed(name, kind, pair)))}
        h = self.fraction(pair)
        if kind == "log":
            return self._log(h)
        if kind == "exp":
            return self._exp(h)
        return self._root(h, rules.degree[name]) if kind == "root" else self._erfc(name, h)

    def _fixed(self, name: str, kind: str, pair: tuple[Any, Any]) -> Coefficient:
        rational = pair[0].is_constant() and pair[1].is_constant() and not pair[0].is_zero()
        value = pair[0].leading_coefficient() / pair[1].leading_coefficient() if rational else None
        if kind == "exp" and value is not None:
            return {(0, exact(value), ()): fmpq(1)}
        if kind == "log" and value is not None:
            return self._log_of(value)
        if kind == "root" and value is not None:
            self.roots[name] = self.rules.degree[name], value
        return self.constant(name, lambda: self.rules.ball(self.rules.gen[name], {}))

    def _log_of(self, c: Any) -> Coefficient:
        need(c > 0, "the logarithm of what is not positive")
        out: Coefficient = {}
        for whole, side in ((int(c.p), 1), (int(c.q), -1)):
            for p in [*self.integers, *range(2, 2000)]:
                while p > 1 and whole % p == 0:
                    whole, out = whole // p, add(out, self._scaled_log(p, side))
            if whole > 1:
                out = add(out, self._scaled_log(whole, side))
        return out

    def _scaled_log(self, p: int, side: int) -> Coefficient:
        return self.mul(self.constant(f"log {p}", lambda: arb(p).log()), number(side))

    def _log(self, h: Series) -> Groups:
        v, cs = self.led(h)
        if is_rational(cs[0]):
            head = self._log_of(cs[0][PLAIN])
        else:
            lead = cs[0]
            need(all(k[0] == 0 for k in lead), "log of log t")
            head = self.constant(f"log {sorted(lead.items())}", lambda: self.ball(lead).log())
        u = [self.mul(c, self.reciprocal(cs[0])) for c in cs]
        out = [add(head, {(1, Fraction(0), ()): fmpq(v)} if v else {})]
        for i in range(1, len(cs)):
            c = self.mul(u[i], number(i))
            for j in range(1, i):
                c = add(c, self.mul(self.mul(out[j], u[i - j]), number(-j)))
            out.append(self.mul(c, number(fmpq(1, i))))
        return {(): (0, out)}

    def _exp(self, h: Series) -> Groups:
        v, cs = h
        poles, rest = [], list(cs)
        while v < 0:
            need(rest and is_rational(rest[0]), "a pole with a constant, or beyond the kept terms")
            c = rest.pop(0)
            if c:
                poles.append((-v, exact(c[PLAIN])))
            v += 1
        rest = [*({} for _ in range(v)), *rest][: max(len(rest), 1)]
        need(rest, "a pole beyond the kept terms")
        head = dict(rest[0])
        shift = head.pop((1, Fraction(0), ()), fmpq(0))
        need(fmpq(shift).q == 1 and all(k[0] == 0 for k in head), "a real power of t")
        if is_rational(head):
            first: Coefficient = {(0, exact(head.get(PLAIN, fmpq(0))), ()): fmpq(1)}
        else:
            first = self.constant(f"exp {sorted(head.items())}", lambda: self.ball(head).exp())
        out = [first]
        for i in range(1, len(rest)):
            c = {}
            for j in range(1, i + 1):
                c = add(c, self.mul(self.mul(out[i - j], rest[j]), number(fmpq(j, i))))
            out.append(c)
        return {tuple(sorted(poles)): (int(fmpq(shift).p), out)}

    def _root(self, h: Series, n: int) -> Groups:
        v, cs = self.led(h)
        need(v % n == 0 and is_rational(cs[0]), "a fractional power at an end")
        c = cs[0][PLAIN]
        need(c > 0, "a root of what is not positive")
        first = number(1)
        if c != 1:
            name = f"root {c} {n}"
            self.roots[name] = n, c
            first = self.constant(name, lambda: arb(c).root(n))
        u, out = [self.mul(z, number(1 / c)) for z in cs], [number(1)]
        for i in range(1, len(cs)):
            c_i: Coefficient = {}
            for j in range(1, i + 1):
                # y = u^{1/n}: n u y' = u' y
                c_i = add(c_i, self.mul(self.mul(u[j], out[i - j]), number(fmpq(j - n * (i - j), n * i))))
            out.append(c_i)
        return {(): self.scaled((v // n, out), first)}

    def _erfc(self, name: str, h: Series) -> Groups:
        v, cs = self.led(h)
        top, bottom = self.rules.gauss[name]
        if v < 0:
            need(self.constant_sign(cs[0]) > 0, "a tail near minus infinity")
            inverse = self.over((v, cs))
            square, term = self.product(inverse, inverse), inverse
            whole, count = inverse, 1
            while -2 * v * count < len(cs):
                term = self.scaled(self.product(term, square), number(fmpq(1 - 2 * count, 2)))
                whole, count = self.total(whole, term), count + 1
            out: Groups = {(): self.product(whole, (0, self.pad(self._fixed("K0", "kappa", (self.rules.one,) * 2))))}
            up, down = self.groups(top), self.groups(bottom)
            need(len(up) == 1 and len(down) == 1, "a tail with a mixed exponent")
            ((poles, series),) = down.items()
            return self.times(self.times(out, up), {tuple((d, -w) for d, w in poles): self.over(series)})
        need(self.end is not None, "a tail with a finite limit at infinity")
        lead = cs[0]
        first = number(1) if v else self.constant(f"erfc {sorted(lead.items())}", lambda: self.ball(lead).erfc())
        w, slope = self.fraction(self.rules.slope(name, self.x))
        need(w >= 0, "a tail with a singular derivative")
        body = [*({} for _ in range(w)), *slope]
        side = -1 if self.high else 1
        return {(): (0, [first, *(self.mul(c, number(fmpq(side, i + 1))) for i, c in enumerate(body))][: self.terms])}
