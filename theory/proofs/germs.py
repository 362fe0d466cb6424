"""Exact signs near an end: truncated series in t → 0⁺ and log t, graded by exponentials of poles.

A function is Σ exp(w₁ t^{-d₁} + …) · t^v · (c₀ + c₁ t + …), each c a polynomial over Q in log t and in constants such
as log 2 or e^{1/3}. A coefficient counts as zero only when it cancels as a polynomial.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

from flint import Ordering, arb, ctx, fmpq, fmpq_mpoly_ctx

from .expressions import NotProved, fraction, prime_powers, rational, sign_of
from .fields import Atom, Field

__all__ = ["Germs"]

Coefficient = Any
Polar = tuple[tuple[int, Fraction], ...]
Series = tuple[int, list[Coefficient]]
Germ = dict[Polar, Series]

SPARE = 16


class Germs:
    """Series of the functions of one field at one end of one variable.

    Parameters
    ----------
    field : Field
    variable : str
    high : bool
        The upper end, not the lower one.
    terms : int
        How many coefficients are kept.

    Examples
    --------
    >>> from whp.theory.proofs.expressions import parsed
    >>> from whp.theory.proofs.fields import Field
    >>> ring = Field({"x": (Fraction(0), None)})
    >>> top, _ = ring.read(parsed("x - log(1 + x) - x**2/2"))
    >>> Germs(ring, "x", False, 6).sign(top), Germs(ring, "x", True, 6).sign(top)
    (-1, -1)
    """

    def __init__(self, field: Field, variable: str, high: bool, terms: int) -> None:
        self.field, self.x, self.high, self.terms = field, variable, high, terms
        self.end = field.box[variable][1 if high else 0]
        self.ring = fmpq_mpoly_ctx.get(["ell", *(f"c{i}" for i in range(SPARE))], Ordering.lex)
        self.gens = self.ring.gens()
        self.zero, self.one = self.ring.constant(0), self.ring.constant(1)
        self.known: dict[Any, int] = {}
        self.enclose: list[Callable[[], Any]] = []
        self.roots: list[tuple[int, int, Coefficient]] = []
        self.done: dict[tuple[str, int], Germ] = {}

    def sign(self, poly: Any) -> int:
        """The sign of a polynomial of the field near the end."""
        return self.leading(self.of(poly))

    def leading(self, germ: Germ) -> int:
        """The sign of the first coefficient of the fastest group."""
        for polar in sorted(germ, key=cmp_to_key(_slower), reverse=True):
            for c in germ[polar][1]:
                if c.is_zero():
                    continue
                ell = max(int(m[0]) for m in c.monoms())
                lead = self.ring.from_dict({(0, *m[1:]): v for m, v in c.to_dict().items() if m[0] == ell})
                return -self._constant_sign(lead) if ell % 2 else self._constant_sign(lead)
            raise NotProved("a series that vanishes to its last term")
        raise NotProved("a zero series")

    def _constant_sign(self, c: Coefficient) -> int:
        old = ctx.prec
        try:
            for prec in (128, 512, 2048):
                ctx.prec = prec
                if s := sign_of(self._ball(c)):
                    return s
        finally:
            ctx.prec = old
        raise NotProved("a constant not told from zero")

    def _ball(self, c: Coefficient) -> Any:
        total = arb(0)
        self.field.effort.spend(2 + 10 * len(c) * (1 + ctx.prec // 256))
        for mono, v in c.to_dict().items():
            term = arb(v)
            for i, e in enumerate(mono[1:]):
                if e:
                    term *= self.enclose[i]() ** int(e)
            total += term
        return total

    def constant(self, key: Any, enclose: Callable[[], Any]) -> Coefficient:
        """The generator that stands for a constant."""
        if key not in self.known:
            if len(self.enclose) == SPARE:
                raise NotProved("too many constants at an end")
            self.known[key] = len(self.enclose)
            self.enclose.append(enclose)
        return self.gens[1 + self.known[key]]

    def _clean(self, c: Coefficient) -> Coefficient:
        for i, degree, value in self.roots:
            if c.degrees()[i] >= degree:
                out = self.zero
                for m, v in c.to_dict().items():
                    whole, rest = divmod(int(m[i]), degree)
                    out += self.ring.from_dict({(*m[:i], rest, *m[i + 1 :]): v}) * value**whole
                c = out
        return c

    def _trim(self, v: int, cs: list[Coefficient]) -> Series | None:
        cs = [self._clean(c) for c in cs] if self.roots else cs
        skip = next((i for i, c in enumerate(cs) if not c.is_zero()), None)
        return None if skip is None else (v + skip, cs[skip:])

    def _product_of(self, p: Coefficient, q: Coefficient) -> Coefficient:
        self.field.effort.spend(2 + len(p) * len(q))
        return p * q

    def times(self, a: Series, b: Series) -> Series:
        """The product of two series."""
        n = min(len(a[1]), len(b[1]))
        out = [self.zero] * n
        for i, p in enumerate(a[1][:n]):
            if not p.is_zero():
                for j in range(n - i):
                    q = b[1][j]
                    if not q.is_zero():
                        out[i + j] = out[i + j] + self._product_of(p, q)
        return a[0] + b[0], [self._clean(c) for c in out] if self.roots else out

    def plus(self, a: Series, b: Series) -> Series:
        """The sum of two series, as long as both are known."""
        low, end = min(a[0], b[0]), min(a[0] + len(a[1]), b[0] + len(b[1]))
        pick = [lambda i, s=s: s[1][i - s[0]] if i >= s[0] else self.zero for s in (a, b)]
        return low, [pick[0](i) + pick[1](i) for i in range(low, end)]

    def inverse(self, a: Series) -> Series:
        """One over a series with an invertible first coefficient."""
        trimmed = self._trim(*a)
        if trimmed is None:
            raise NotProved("division by a series that vanishes")
        v, cs = trimmed
        first = self._inverse(cs[0])
        out = [first]
        for i in range(1, len(cs)):
            total = sum((self._product_of(out[j], cs[i - j]) for j in range(i)), self.zero)
            out.append(self._clean(self._product_of(-first, total)))
        return -v, out

    def _inverse(self, c: Coefficient) -> Coefficient:
        if len(c) != 1:
            raise NotProved("an end with a sum of constants below the line")
        ((mono, v),) = c.to_dict().items()
        out = self.ring.constant(1 / v)
        for i, degree, value in self.roots:
            if mono[i]:
                if not value.is_constant():
                    raise NotProved("a nested root at an end")
                out *= self.gens[i] ** (degree - int(mono[i])) / value.leading_coefficient()
                mono = (*mono[:i], 0, *mono[i + 1 :])
        for key, place in list(self.known.items()):
            if key[0] == "e" and mono[1 + place]:
                out *= self._e_to(-key[1] * int(mono[1 + place]))
                mono = (*mono[: 1 + place], 0, *mono[2 + place :])
        if any(mono):
            raise NotProved("an end with a transcendental constant below the line")
        return out

    def of(self, poly: Any) -> Germ:
        """The germ of a polynomial of the field."""
        out: Germ = {}
        self.field.effort.spend(20 * len(poly))
        for mono, c in poly.to_dict().items():
            term: Germ = {(): (0, [self.ring.constant(c), *[self.zero] * (self.terms - 1)])}
            for name, e in zip(self.field.names, mono, strict=True):
                if e:
                    term = self._product(term, self._power(name, int(e)))
            for polar, series in term.items():
                out[polar] = self.plus(out[polar], series) if polar in out else series
        # A group that vanishes identically to its last term stays, so that `leading` stops at it.
        return out

    def _product(self, a: Germ, b: Germ) -> Germ:
        out: Germ = {}
        for p, s in a.items():
            for q, t in b.items():
                key, series = _joined(p, q), self.times(s, t)
                out[key] = self.plus(out[key], series) if key in out else series
        return out

    def _power(self, name: str, e: int) -> Germ:
        if (name, e) not in self.done:
            lower = self._power(name, e - 1) if e > 1 else {}
            self.done[name, e] = self._product(lower, self._power(name, 1)) if e > 1 else self._generator(name)
        return self.done[name, e]

    def _pad(self, *cs: Coefficient) -> list[Coefficient]:
        return [*cs, *[self.zero] * (self.terms - len(cs))]

    def _generator(self, name: str) -> Germ:
        if name == self.x:
            if self.end is None:
                return {(): (-1, self._pad(self.one))}
            step = self.ring.constant(-1 if self.high else 1)
            if self.end == 0:
                return {(): (1, self._pad(step))}
            return {(): (0, self._pad(self.ring.constant(rational(self.end)), step))}
        if name in self.field.box:
            raise NotProved("a parameter at an end")
        atom = self.field.by_name[name]
        if not atom.free:
            return {(): (0, self._pad(self._fixed(atom)))}
        series = self._single(atom.argument)
        if atom.kind == "erfc":
            return self._erfc(atom, series)
        if atom.kind == "root":
            return self._root(series, atom.degree)
        return self._log(series) if atom.kind == "log" else self._exp(series)

    def _fixed(self, atom: Atom) -> Coefficient:
        field = self.field
        if atom.kind == "exp":
            top, bottom = atom.argument
            if top.is_constant() and bottom.is_constant():
                return self._e_to(fraction(top.leading_coefficient() / bottom.leading_coefficient()))
        new = ("atom", atom.name) not in self.known
        c = self.constant(("atom", atom.name), lambda: field.ball(field.gen[atom.name], {}))
        if new and atom.kind == "root":
            value = self._single(atom.argument)[1][0]
            self.roots.append((1 + self.known["atom", atom.name], atom.degree, value))
        return c

    def _e_to(self, q: Fraction) -> Coefficient:
        if q == 0:
            return self.one
        for key in [k for k in self.known if k[0] == "e"]:
            ratio = q / key[1]
            if ratio.denominator == 1 and ratio > 0:
                return self.gens[1 + self.known[key]] ** int(ratio)
        return self.constant(("e", q), lambda: arb(rational(q)).exp())

    def _single(self, value: tuple[Any, Any]) -> Series:
        top, bottom = (self._one_group(self.of(p)) for p in value)
        out = self._trim(*self.times(top, self.inverse(bottom)))
        return out if out else (0, self._pad())

    def _one_group(self, germ: Germ) -> Series:
        if list(germ) not in ([()], []):
            raise NotProved("an exponential inside an atom at an end")
        return germ.get((), (0, self._pad()))

    def _log(self, a: Series) -> Germ:
        v, cs = a
        if cs[0].is_zero():
            raise NotProved("log of a series that vanishes")
        if cs[0].is_constant():
            first = self._log_of(fraction(cs[0].leading_coefficient()))
            over = self.ring.constant(1 / cs[0].leading_coefficient())
        else:
            lead = cs[0]
            if lead.degrees()[0] > 0:
                raise NotProved("log of log at an end")
            over = self._inverse(lead)
            first = self.constant(("log", str(lead)), lambda: self._ball(lead).log())
        u = [c * over for c in cs]
        out = [first + self.gens[0] * v]
        for i in range(1, len(cs)):
            total = u[i] * i
            for j in range(1, i):
                total -= self._product_of(out[j], u[i - j]) * j
            out.append(self._clean(total) / i)
        return {(): (0, out)}

    def _log_of(self, c: Fraction) -> Coefficient:
        if c <= 0:
            raise NotProved("log of what is not positive at an end")
        out = self.zero
        for whole, side in ((c.numerator, 1), (c.denominator, -1)):
            for p, e in prime_powers(whole):
                out += self._log_atom(p) * (side * e)
        return out

    def _log_atom(self, p: int) -> Coefficient:
        for atom in self.field.atoms:
            if atom.kind == "log" and atom.argument[0] == p:
                return self._fixed(atom)
        return self.constant(("logp", p), lambda: arb(p).log())

    def _exp(self, a: Series) -> Germ:
        v, cs = a
        if v > 0:
            cs, v = [*[self.zero] * v, *cs][: len(cs)], 0
        polar, rest = [], cs[-v:]
        for i, c in enumerate(cs[:-v] if v else []):
            if not c.is_constant():
                raise NotProved("an exponent with a constant that is not rational")
            if not c.is_zero():
                polar.append((-(i + v), fraction(c.leading_coefficient())))
        if not rest:
            raise NotProved("a pole beyond the kept terms")
        ell, shift = rest[0].to_dict().get((1, *[0] * SPARE), fmpq(0)), 0
        if ell:
            if fmpq(ell).q != 1:
                raise NotProved("a real power at an end")
            shift = int(fmpq(ell).p)
        head = rest[0] - self.gens[0] * ell
        if head.degrees()[0] > 0:
            raise NotProved("an exponent with powers of log t")
        if head.is_constant():
            first = self._e_to(fraction(head.leading_coefficient()) if head else Fraction(0))
        else:
            first = self.constant(("exp", str(head)), lambda: self._ball(head).exp())
        out = [first]
        for i in range(1, len(rest)):
            total = self.zero
            for j in range(1, i + 1):
                total += self._product_of(out[i - j], rest[j]) * j
            out.append(self._clean(total) / i)
        return {tuple(polar): (shift, out)}

    def _root(self, a: Series, degree: int) -> Germ:
        v, cs = a
        if v % degree or cs[0].is_zero():
            raise NotProved("a fractional power at an end")
        if not cs[0].is_constant():
            raise NotProved("a root of a constant at an end")
        c = cs[0].leading_coefficient()
        if c < 0:
            raise NotProved("a root of what is not positive at an end")
        first = self._root_of(fraction(c), degree)
        u, out = [z / c for z in cs], [self.one]
        # n i y_i = Σ_j (j − n (i − j)) u_j y_{i−j}: the differential equation of y = u^{1/n}
        for i in range(1, len(cs)):
            total = self.zero
            for j in range(1, i + 1):
                total += self._product_of(u[j], out[i - j]) * fmpq(j - degree * (i - j), degree)
            out.append(total / i)
        return {(): (v // degree, [z * first for z in out])}

    def _root_of(self, c: Fraction, degree: int) -> Coefficient:
        out = self.one
        for whole, side in ((c.numerator, 1), (c.denominator, -1)):
            for p, e in prime_powers(whole):
                power, rest = divmod(side * e, degree)
                out *= rational(Fraction(p) ** power)
                if rest:
                    out *= self._root_atom(p, degree) ** rest
        return out

    def _root_atom(self, p: int, degree: int) -> Coefficient:
        for atom in self.field.atoms:
            if atom.kind == "root" and atom.degree == degree and atom.argument[0] == p:
                return self._fixed(atom)
        new = ("root", p, degree) not in self.known
        out = self.constant(("root", p, degree), lambda: arb(p).root(degree))
        if new:
            self.roots.append((1 + self.known["root", p, degree], degree, self.ring.constant(p)))
        return out

    def _erfc(self, atom: Atom, h: Series) -> Germ:
        v, cs = h
        if v < 0:
            if self._constant_sign(cs[0]) < 0:
                raise NotProved("erfc near minus infinity")
            # exp(−h²)/(h√π) · Σ (−1)^k (2k−1)!! / (2h²)^k, an asymptotic series
            over = self.inverse(h)
            square = self.times(over, over)
            term = total = over
            for k in range(1, 1 + len(cs) // (-2 * v)):
                term = self.times(term, square)
                term = term[0], [c * fmpq(1 - 2 * k, 2) for c in term[1]]
                total = self.plus(total, term)
            total = total[0], total[1][: -2 * v * (1 + len(cs) // (-2 * v))]
            kappa = self._fixed(self.field.by_name["K0"])
            front: Germ = {(): (total[0], [c * kappa for c in total[1]])}
            top, bottom = (self.of(p) for p in atom.gauss or ())
            if len(top) != 1 or len(bottom) != 1:
                raise NotProved("a tail with a mixed exponent")
            ((p, s),), ((q, t),) = top.items(), bottom.items()
            inverse: Germ = {tuple((d, -w) for d, w in q): self.inverse(t)}
            return self._product(front, self._product({p: s}, inverse))
        if self.end is None:
            raise NotProved("a tail with a finite limit at infinity")
        if v == 0:
            lead = cs[0]
            first = self.constant(("erfc", str(lead)), lambda: self._ball(lead).erfc())
        else:
            first = self.one
        slope = self.field.slope(atom, self.x)
        s = self._single(slope)
        side = -1 if self.high else 1
        body = [self.zero] * max(0, s[0]) + s[1]
        if s[0] < 0:
            raise NotProved("a tail with a singular derivative")
        return {(): (0, [first, *(c * fmpq(side, i + 1) for i, c in enumerate(body))][: self.terms])}


def _joined(p: Polar, q: Polar) -> Polar:
    out = dict(p)
    for d, w in q:
        out[d] = out.get(d, Fraction(0)) + w
    return tuple(sorted(((d, w) for d, w in out.items() if w), reverse=True))


def _slower(p: Polar, q: Polar) -> int:
    left, right = dict(p), dict(q)
    for d in sorted({*left, *right}, reverse=True):
        gap = left.get(d, Fraction(0)) - right.get(d, Fraction(0))
        if gap:
            return 1 if gap > 0 else -1
    return 0
