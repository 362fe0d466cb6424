"""The sign of a function near an end of its interval, for the referee: series written a second time, on dictionaries.

With t → 0⁺ the distance to the end (or 1/x), a function is a sum of groups e^{Σ w t^{-d}} · t^v · Σ c_i t^i. A
coefficient is a dictionary from (power of log t, powers of constants) to rationals. The constants are "e", whole
numbers (their powers between 0 and 1), and others by name, each with an enclosure.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cmp_to_key, wraps
from math import floor
from typing import Any

from flint import arb, ctx, fmpq

__all__ = ["Rejected", "judged", "need", "sign_at_end"]

Coefficient = dict[tuple[int, tuple[tuple[str, Fraction], ...]], Any]
Series = tuple[int, list[Coefficient]]
Groups = dict[tuple[tuple[int, Fraction], ...], Series]

PLAIN = (0, ())
LOG_T = (1, ())
TERMS = (6, 16)
PRECISION = 53


class Rejected(Exception):
    """A proof object that does not prove its claim, and why."""


def need(condition: Any, what: str) -> None:
    """Reject unless the condition holds."""
    if not condition:
        raise Rejected(what)


def judged(check: Callable[[Any], None]) -> Callable[[Any], str | None]:
    """A check as a function that says why an object is not accepted, or None when it is."""

    @wraps(check)
    def rejection(proof: Any) -> str | None:
        precision, ctx.prec = ctx.prec, PRECISION
        try:
            check(proof)
        except Rejected as error:
            return str(error)
        except (LookupError, TypeError, ValueError, AttributeError, SyntaxError, StopIteration) as error:
            return f"malformed: {error!r}"
        except (ArithmeticError, RecursionError) as error:
            return f"no value: {error!r}"
        finally:
            ctx.prec = precision
        return None

    return rejection


def sign_at_end(rules: Any, poly: Any, x: str, high: bool) -> int:
    """The sign of a polynomial in atoms near an end of the interval of the only variable, 0 when it stays unknown."""
    for terms in TERMS:
        try:
            end = _End(rules, x, high, terms)
            groups = end.groups(poly)
            return end.sign(groups[max(groups, key=cmp_to_key(_faster))])
        except (Rejected, ZeroDivisionError):
            continue
    return 0


def _number(c: Any) -> Coefficient:
    return {PLAIN: fmpq(c)} if c else {}


def _exact(c: Any) -> Fraction:
    return Fraction(int(c.p), int(c.q))


def _rational(c: Coefficient) -> bool:
    return not c or list(c) == [PLAIN]


def _sum(*parts: Coefficient) -> Coefficient:
    out: Coefficient = {}
    for part in parts:
        for key, v in part.items():
            out[key] = out.get(key, fmpq(0)) + v
    return {key: v for key, v in out.items() if v}


def _mul(a: Coefficient, b: Coefficient) -> Coefficient:
    terms = []
    for (l1, m1), v in a.items():
        for (l2, m2), w in b.items():
            powers, value = dict(m1), v * w
            for name, k in m2:
                powers[name] = powers.get(name, Fraction(0)) + k
            for name in [n for n in powers if n.isdigit()]:
                value *= fmpq(int(name)) ** floor(powers[name])
                powers[name] %= 1
            terms.append({(l1 + l2, tuple(sorted((n, k) for n, k in powers.items() if k))): value})
    return _sum(*terms)


def _times(a: Series, b: Series) -> Series:
    n = min(len(a[1]), len(b[1]))
    return a[0] + b[0], [_sum(*(_mul(a[1][j], b[1][i - j]) for j in range(i + 1))) for i in range(n)]


def _plus(a: Series, b: Series) -> Series:
    low, end = min(a[0], b[0]), min(a[0] + len(a[1]), b[0] + len(b[1]))
    return low, [_sum(*(s[1][i - s[0]] for s in (a, b) if i >= s[0])) for i in range(low, end)]


def _led(a: Series) -> Series:
    skip = next((i for i, c in enumerate(a[1]) if c), None)
    need(skip is not None, "a series that vanishes to its last term")
    return a[0] + (skip or 0), a[1][skip:]


def _joined(p: Any, r: Any, side: int = 1) -> tuple[tuple[int, Fraction], ...]:
    out = dict(p)
    for d, w in r:
        out[d] = out.get(d, Fraction(0)) + side * w
    return tuple(sorted((d, w) for d, w in out.items() if w))


def _faster(p: Any, r: Any) -> int:
    gap = _joined(p, r, -1)
    return 0 if not gap else 1 if gap[-1][1] > 0 else -1


class _End:
    def __init__(self, rules: Any, x: str, high: bool, terms: int) -> None:
        self.rules, self.x, self.high, self.terms = rules, x, high, terms
        self.end = rules.box[x][1 if high else 0]
        self.enclosures: dict[str, Callable[[], Any]] = {"e": lambda: arb(1).exp()}
        self.atoms: dict[str, Groups] = {}
        # Whole numbers whose logarithms and roots are atoms are not split into primes.
        constant = (a[0] for n, a in rules.argument.items() if rules.kind[n] in ("log", "root") and a[0].is_constant())
        self.whole = [int(a.leading_coefficient().p) for a in constant]

    def pad(self, *cs: Coefficient) -> list[Coefficient]:
        return [*cs, *({} for _ in range(self.terms - len(cs)))]

    def constant(self, name: str, enclosure: Callable[[], Any], power: Any = 1) -> Coefficient:
        self.enclosures.setdefault(name, enclosure)
        return _mul({(0, ((name, Fraction(power)),)): fmpq(1)}, _number(1))

    def sign_of(self, c: Coefficient) -> int:
        """The sign of a constant, with as many digits as it takes."""
        before = ctx.prec
        try:
            for ctx.prec in (128, 512, 2048):
                b = self.ball(c)
                if b > 0 or b < 0:
                    return 1 if b > 0 else -1
        finally:
            ctx.prec = before
        raise Rejected("a constant not told from zero")

    def ball(self, c: Coefficient) -> Any:
        out = arb(0)
        for (ell, powers), v in c.items():
            need(ell == 0, "log t in a constant")
            term = arb(v)
            for name, k in powers:
                term *= self.enclosures[name]() ** (arb(fmpq(*k.as_integer_ratio())) if k.denominator > 1 else int(k))
            out += term
        return out

    def sign(self, series: Series) -> int:
        """The sign near the end, by the leading coefficient of the highest power of log t."""
        _, cs = _led(series)
        ell = max(k[0] for k in cs[0])
        s = self.sign_of({(0, m): v for (power, m), v in cs[0].items() if power == ell})
        return -s if ell % 2 else s

    def groups(self, poly: Any) -> Groups:
        out: Groups = {}
        for mono, c in poly.to_dict().items():
            term: Groups = {(): (0, self.pad(_number(c)))}
            for e, name in zip(mono, self.rules.names, strict=True):
                for _ in range(int(e)):
                    term = self.product(term, self.atom(name))
            for key, series in term.items():
                out[key] = _plus(out[key], series) if key in out else series
        return out

    def product(self, a: Groups, b: Groups) -> Groups:
        out: Groups = {}
        for p, s in a.items():
            for r, t in b.items():
                key, series = _joined(p, r), _times(s, t)
                out[key] = _plus(out[key], series) if key in out else series
        return out

    def power(self, a: Series, q: Fraction) -> Series:
        """(c t^v (1 + …))^q; the coefficients of y = u^q are those of u y' = q u' y."""
        v, cs = _led(a)
        need((v * q).denominator == 1 and len(cs[0]) == 1, "a power of a series")
        (((ell, powers), c),) = cs[0].items()
        need(ell == 0 and self.sign_of(cs[0]), "a power of log t")
        inverse: Coefficient = _mul({(0, tuple((n, -k) for n, k in powers)): 1 / c}, _number(1))
        u, out = [_mul(z, inverse) for z in cs], [_number(1)]
        for i in range(1, len(cs)):
            parts = (
                _mul(_mul(u[j], out[i - j]), _number(fmpq(*((q * j - i + j) / i).as_integer_ratio())))
                for j in range(1, i + 1)
            )
            out.append(_sum(*parts))
        first = inverse
        if q != -1:
            need(all(self.sign_of({(0, ((n, Fraction(1)),)): fmpq(1)}) > 0 for n, _ in powers), "a root of a constant")
            first = _mul({(0, tuple((n, k * q) for n, k in powers)): fmpq(1)}, _number(1))
            for p, k in self.factors(c):
                first = _mul(first, self.constant(str(p), lambda p=p: arb(p), k * q))  # type: ignore[misc]
        return int(v * q), [_mul(z, first) for z in out]

    def fraction(self, pair: tuple[Any, Any]) -> Series:
        parts = []
        for groups in map(self.groups, pair):
            need(list(groups) in ([()], []), "an exponential inside an atom")
            parts.append(groups.get((), (0, self.pad())))
        return _times(parts[0], self.power(parts[1], Fraction(-1)))

    def atom(self, name: str) -> Groups:
        if name not in self.atoms:
            self.atoms[name] = self._atom(name)
        return self.atoms[name]

    def _atom(self, name: str) -> Groups:
        rules, step = self.rules, _number(-1 if self.high else 1)
        if name == self.x:
            if self.end is None:
                return {(): (-1, self.pad(_number(1)))}
            start = [_number(fmpq(*self.end.as_integer_ratio()))] if self.end else []
            return {(): (1 - len(start), self.pad(*start, step))}
        need(name not in rules.box, "another variable at an end")
        kind, pair = rules.kind[name], rules.argument[name]
        if not rules.moves[name]:
            return {(): (0, self.pad(self._fixed(name, kind, pair)))}
        h = self.fraction(pair)
        if kind == "root":
            return {(): self.power(h, Fraction(1, rules.degree[name]))}
        return self._erfc(name, h) if kind == "erfc" else self._log(h) if kind == "log" else self._exp(h)

    def _fixed(self, name: str, kind: str, pair: tuple[Any, Any]) -> Coefficient:
        if pair[0].is_constant() and pair[1].is_constant() and not pair[0].is_zero():
            value = pair[0].leading_coefficient() / pair[1].leading_coefficient()
            if kind == "exp":
                return self.constant("e", self.enclosures["e"], _exact(value))
            if kind == "log":
                return self._log_of(value)
            if kind == "root":
                return self.power((0, [_number(value)]), Fraction(1, self.rules.degree[name]))[1][0]
        return self.constant(name, lambda: self.rules.ball(self.rules.gen[name], {}))

    def factors(self, c: Any) -> list[tuple[int, int]]:
        """Whole numbers and the powers in which they make a positive rational number."""
        need(c > 0, "the logarithm or root of what is not positive")
        out: list[tuple[int, int]] = []
        for whole, side in ((int(c.p), 1), (int(c.q), -1)):
            for p in [*self.whole, *range(2, 2000)]:
                while p > 1 and whole % p == 0:
                    whole, out = whole // p, [*out, (p, side)]
            out += [(whole, side)] if whole > 1 else []
        return out

    def _log_of(self, c: Any) -> Coefficient:
        parts = [(self.constant(f"log {p}", lambda p=p: arb(p).log()), k) for p, k in self.factors(c)]  # type: ignore[misc]
        return _sum(*(_mul(part, _number(k)) for part, k in parts))

    def _log_of_name(self, name: str) -> Coefficient:
        if name.isdigit():
            return self._log_of(fmpq(int(name)))
        return _number(1) if name == "e" else self.constant(f"log {name}", lambda: self.enclosures[name]().log())

    def _log(self, h: Series) -> Groups:
        v, cs = _led(h)
        lead = cs[0]
        need(all(k[0] == 0 for k in lead), "log of log t")
        names = [n for _, powers in lead for n, _ in powers]
        if len(lead) == 1 and all(n in ("e", "pi") or n.isdigit() or n.startswith("free ") for n in names):
            (((_, powers), c),) = lead.items()
            head = _sum(
                self._log_of(c), *(_mul(self._log_of_name(n), _number(fmpq(*k.as_integer_ratio()))) for n, k in powers)
            )
        else:
            head = self.constant(f"log {sorted(lead.items())}", lambda: self.ball(lead).log())
        _, over = self.power((0, cs), Fraction(-1))
        # The derivative of the logarithm is h'/h.
        _, slope = _times((0, [_mul(c, _number(i)) for i, c in enumerate(cs)]), (0, over))
        tail = [_mul(c, _number(fmpq(1, i))) for i, c in enumerate(slope) if i]
        return {(): (0, [_sum(head, {LOG_T: fmpq(v)} if v else {}), *tail])}

    def _exp(self, h: Series) -> Groups:
        v, cs = h
        need(all(map(_rational, cs[: max(0, -v)])) and len(cs) > -v, "a pole with a constant, or beyond the kept terms")
        poles = [(-v - i, _exact(c[PLAIN])) for i, c in enumerate(cs[: max(0, -v)]) if c]
        rest = [*({} for _ in range(v)), *cs[max(0, -v) :]][: len(cs)]
        head = dict(rest[0])
        shift = fmpq(head.pop(LOG_T, fmpq(0)))
        need(shift.q == 1 and all(k[0] == 0 for k in head), "a real power of t")
        if _rational(head):
            first = self.constant("e", self.enclosures["e"], _exact(head.get(PLAIN, fmpq(0))))
        else:
            first = self.constant(f"exp {sorted(head.items())}", lambda: self.ball(head).exp())
        out = [first]
        for i in range(1, len(rest)):
            parts = (_mul(_mul(out[i - j], rest[j]), _number(fmpq(j, i))) for j in range(1, i + 1))
            out.append(_sum(*parts))
        return {tuple(sorted(poles)): (int(shift.p), out)}

    def _erfc(self, name: str, h: Series) -> Groups:
        v, cs = _led(h)
        if v < 0:
            # exp(−h²)/(h√π) · Σ (−1)^k (2k−1)!!/(2h²)^k
            need(self.sign_of(cs[0]) > 0, "a tail near minus infinity")
            inverse = whole = term = self.power((v, cs), Fraction(-1))
            for k in range(1, 1 + (len(cs) - 1) // (-2 * v)):
                term = _times(_times(term, _times(inverse, inverse)), (0, self.pad(_number(fmpq(1 - 2 * k, 2)))))
                whole = _plus(whole, term)
            kappa: Groups = {(): (0, self.pad(self._fixed("K0", "kappa", (self.rules.one,) * 2)))}
            up, down = map(self.groups, self.rules.gauss[name])
            need(len(up) == len(down) == 1, "a tail with a mixed exponent")
            ((poles, series),) = down.items()
            below: Groups = {_joined((), poles, -1): self.power(series, Fraction(-1))}
            return self.product(self.product({(): whole}, kappa), self.product(up, below))
        need(self.end is not None, "a tail with a finite limit at infinity")
        lead = cs[0]
        first = _number(1) if v else self.constant(f"erfc {sorted(lead.items())}", lambda: self.ball(lead).erfc())
        w, slope = self.fraction(self.rules.slope(name, self.x))
        need(w >= 0 and not any(k[0] for c in slope for k in c), "a tail with a singular derivative")
        side, body = -1 if self.high else 1, [*({} for _ in range(w)), *slope]
        return {(): (0, [first, *(_mul(c, _number(fmpq(side, i + 1))) for i, c in enumerate(body))][: self.terms])}
