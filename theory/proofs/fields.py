"""Fractions of polynomials over Q in variables and in atoms, with exact derivatives and enclosures.

An atom is log a, exp h, a root, erfc h or 1/√π, its argument a fraction in earlier generators. Logarithms are split
into irreducible factors and exponentials into multiples of a base, so that what is equal is written alike.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb, gcd
from typing import Any

from flint import Ordering, arb, ctx, fmpq, fmpq_mpoly_ctx

from .expressions import Effort, NotProved, fraction, prime_powers, rational, sign_of

__all__ = ["Atom", "End", "Field", "Fraction2", "Poly"]

Poly = Any
Fraction2 = tuple[Poly, Poly]
End = Fraction | None

MOST_WORDS = 1000
SPARE = {"log": 10, "exp": 8, "root": 8, "erfc": 3, "kappa": 1}
LETTER = {"log": "L", "exp": "E", "root": "R", "erfc": "T", "kappa": "K"}
SAMPLES = (Fraction(1, 1000), Fraction(1, 9), Fraction(1, 3), Fraction(1, 2), Fraction(5, 7), Fraction(19, 20))


@dataclass
class Atom:
    """A generator beyond the variables: its kind, argument, degree of a root, and the variables it depends on."""

    name: str
    kind: str
    argument: Fraction2
    degree: int = 0
    gauss: Fraction2 | None = None
    free: frozenset[str] = frozenset()
    node: Any = None


@dataclass
class Field:
    """Fractions of polynomials in variables on an open box and in atoms.

    Attributes
    ----------
    box : dict of str to (Fraction, Fraction or None)
        The open interval of each variable; None is +∞. The lower ends are finite.

    Examples
    --------
    >>> from whp.theory.proofs.expressions import parsed
    >>> ring = Field({"x": (Fraction(0), None)})
    >>> top, bottom = ring.read(parsed("log(2*x/(1 + x)) - log(x)"))
    >>> print(top, "|", bottom), [str(a.argument[0]) for a in ring.atoms]
    -L1 + L2 | 1
    (None, ['x', 'x + 1', '2'])
    """

    box: dict[str, tuple[Fraction, End]]
    bases: dict[str, Fraction] = field(default_factory=dict)
    spare: dict[str, int] = field(default_factory=lambda: dict(SPARE))
    atoms: list[Atom] = field(default_factory=list)
    met: dict[str, set[Fraction]] = field(default_factory=dict)
    reads: dict[str, Fraction2] = field(default_factory=dict)
    divisors: list[Poly] = field(default_factory=list)
    effort: Effort = field(default_factory=Effort)

    def __post_init__(self) -> None:
        if any(name[:1] in "LERTK" and name[1:].isdigit() for name in self.box):
            raise NotProved("a variable with the name of an atom")
        self.names = [*self.box, *(f"{LETTER[kind]}{i}" for kind, n in self.spare.items() for i in range(n))]
        self.ring = fmpq_mpoly_ctx.get(self.names, Ordering.lex)
        self.gen = dict(zip(self.names, self.ring.gens(), strict=True))
        self.place = {name: i for i, name in enumerate(self.names)}
        self.one, self.zero = self.ring.constant(1), self.ring.constant(0)
        self.by_name: dict[str, Atom] = {}
        self._values: dict[str, Any] = {}
        self._place: Mapping[str, tuple[Fraction, Fraction]] | None = None
        self._prec = 0
        middle = {v: low + 1 if high is None else (low + high) / 2 for v, (low, high) in self.box.items()}
        self._middle = {v: (c, c) for v, c in middle.items()}
        self._derivatives: dict[tuple[str, str], Fraction2] = {}

    def words(self, poly: Poly) -> int:
        """Machine words of the longest coefficient."""
        return 1 + max((c.p.bit_length() + c.q.bit_length() for c in poly.coeffs()), default=0) // 64

    def product(self, a: Poly, b: Poly) -> Poly:
        """The product of two polynomials, counted."""
        n = len(a) * len(b)
        if n > 16:
            self.effort.spend(n * (1 + self.words(a) * self.words(b) // 4) // 4)
        return a * b

    def raised(self, a: Poly, n: int) -> Poly:
        """An integer power of a polynomial, counted."""
        if n > 1:
            most = comb(len(a) + n - 1, n) if len(a) > 1 else 1
            self.effort.spend(most * len(a) * (1 + n * self.words(a) // 4))
        return a**n

    def common(self, a: Poly, b: Poly) -> Poly:
        """The greatest common divisor of two polynomials, counted."""
        n = len(a) + len(b)
        if n < 4 or a.is_constant() or b.is_constant():
            self.effort.spend(2)
        else:
            degree = 2 + min(max(map(int, p.degrees())) for p in (a, b))
            self.effort.spend(10 + n * degree * (2 + self.words(a) + self.words(b)) // 8)
        return a.gcd(b)

    def factored(self, poly: Poly) -> tuple[Any, list[tuple[Poly, int]]]:
        """The irreducible factors of a polynomial, counted."""
        degree = max(map(int, poly.degrees()))
        self.effort.spend(20 + len(poly) * (4 + degree) ** 2 * (3 + self.words(poly)) // 16)
        return poly.factor()  # type: ignore[no-any-return]

    def number(self, value: Fraction | int) -> Poly:
        """A constant polynomial."""
        return self.ring.constant(rational(value))

    def used(self, poly: Poly) -> list[str]:
        """The generators that occur in a polynomial."""
        return [n for n, d in zip(self.names, poly.degrees(), strict=True) if d > 0]

    def free(self, *polys: Poly) -> frozenset[str]:
        """The variables on which polynomials depend, also through atoms."""
        out: set[str] = set()
        for name in {n for p in polys for n in self.used(p)}:
            out |= {name} if name in self.box else self.by_name[name].free
        return frozenset(out)

    def plain(self, poly: Poly) -> bool:
        """Whether a polynomial has no atoms."""
        return all(n in self.box for n in self.used(poly))

    def positive(self, name: str) -> bool:
        """Whether a generator is positive by its kind or its domain."""
        if name in self.box:
            return self.box[name][0] >= 0
        return self.by_name[name].kind != "log"

    def reduced(self, top: Poly, bottom: Poly) -> Fraction2:
        """Lowest terms, with powers of roots below their degree and no single root below the line."""
        if bottom.is_zero():
            raise NotProved("division by zero")
        top, bottom = self.unrooted(top), self.unrooted(bottom)
        for name in self.used(bottom):
            atom = self.by_name.get(name)
            if atom and atom.kind == "root" and len(bottom) == 1:
                up = self.gen[name] ** (atom.degree - int(bottom.degrees()[self.place[name]]))
                top, bottom = self.unrooted(top * up), self.unrooted(bottom * up)
        common = self.common(top, bottom)
        if not common.is_constant():
            top, bottom = top // common, bottom // common
        lead = bottom.leading_coefficient()
        return (top / lead, bottom / lead) if lead != 1 else (top, bottom)

    def unrooted(self, poly: Poly) -> Poly:
        """Replace each R^n by its argument, R an n-th root."""
        for atom in self.atoms:
            if atom.kind != "root":
                continue
            i = self.place[atom.name]
            if poly.degrees()[i] < atom.degree:
                continue
            out = self.zero
            self.effort.spend(40 * len(poly))
            for mono, c in poly.to_dict().items():
                whole, rest = divmod(int(mono[i]), atom.degree)
                part = self.ring.from_dict({(*mono[:i], rest, *mono[i + 1 :]): c})
                out += self.product(part, self.raised(atom.argument[0], whole))
            poly = self.unrooted(out)
        return poly

    def times(self, a: Fraction2, b: Fraction2) -> Fraction2:
        """The product of two fractions."""
        return self.reduced(self.product(a[0], b[0]), self.product(a[1], b[1]))

    def plus(self, a: Fraction2, b: Fraction2, sign: int = 1) -> Fraction2:
        """The sum of two fractions, or their difference."""
        top = self.product(a[0], b[1]) + self.product(b[0], a[1]) * sign
        return self.reduced(top, self.product(a[1], b[1]))

    def power(self, a: Fraction2, n: int) -> Fraction2:
        """An integer power."""
        top, bottom = a if n >= 0 else (a[1], a[0])
        return self.reduced(self.raised(top, abs(n)), self.raised(bottom, abs(n)))

    def read(self, node: ast.expr) -> Fraction2:
        """The fraction that a parsed expression stands for."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return self.number(node.value), self.one
        if isinstance(node, ast.Name):
            if node.id == "pi":
                kappa = self.gen[self.atom("kappa", (self.one, self.one)).name]
                return self.one, kappa**2
            if node.id not in self.box:
                raise NotProved(f"the symbol {node.id}")
            return self.gen[node.id], self.one
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            top, bottom = self.read(node.operand)
            return -top, bottom
        if isinstance(node, ast.Call):
            return self._call(node)
        if not isinstance(node, ast.BinOp):
            raise NotProved("an expression that is no arithmetic")
        if isinstance(node.op, ast.Pow):
            return self._raised(node)
        left, right = self.read(node.left), self.read(node.right)
        if isinstance(node.op, ast.Mult):
            return self.times(left, right)
        if isinstance(node.op, ast.Div):
            self.divisors.append(right[0])
            return self.times(left, (right[1], right[0]))
        return self.plus(left, right, 1 if isinstance(node.op, ast.Add) else -1)

    def _call(self, node: ast.Call) -> Fraction2:
        key = ast.unparse(node)
        if key not in self.reads:
            argument = self.read(node.args[0])
            kind = node.func.id  # type: ignore[attr-defined]
            self.reads[key] = getattr(self, "of_" + kind)(argument)
        return self.reads[key]

    def _raised(self, node: ast.BinOp) -> Fraction2:
        base, exponent = self.read(node.left), self.read(node.right)
        if not (exponent[0].is_constant() and exponent[1].is_constant()):
            key = ast.unparse(node)
            self.reads[key] = self.of_exp(self.times(exponent, self.of_log(base)))
            return self.reads[key]
        q = Fraction(0)
        if not exponent[0].is_zero():
            q = fraction(exponent[0].leading_coefficient() / exponent[1].leading_coefficient())
        if q.denominator == 1:
            if q < 0:
                self.divisors.append(base[0])
            single = max(map(len, base)) <= 1
            if abs(q) > 60 and not (single and abs(q) * max(map(self.words, base)) <= MOST_WORDS):
                raise NotProved("a power above 60")
            return self.power(base, int(q))
        self.reads[ast.unparse(node)] = self.of_power(base, q)
        return self.reads[ast.unparse(node)]

    def atom(self, kind: str, argument: Fraction2, degree: int = 0) -> Atom:
        """The atom of a kind with an argument, made when it is new."""
        for old in self.atoms:
            if (old.kind, old.degree) == (kind, degree) and old.argument == argument:
                return old
        count = sum(a.kind == kind for a in self.atoms)
        if count == self.spare[kind]:
            raise NotProved(f"more than {count} atoms of kind {kind}")
        made = Atom(f"{LETTER[kind]}{count}", kind, argument, degree, free=self.free(*argument))
        if kind == "erfc":
            top, bottom = self.times(argument, argument)
            made.gauss = self.of_exp((-top, bottom))
            self.atom("kappa", (self.one, self.one))
        self.atoms.append(made)
        self.by_name[made.name] = made
        return made

    def factors(self, value: Fraction2) -> Iterable[tuple[Poly, int]]:
        """Prime numbers and irreducible positive polynomials whose powers make a positive fraction."""
        constant, out = fmpq(1), []
        for part, side in zip(value, (1, -1), strict=True):
            c, found = self.factored(part)
            constant *= c**side
            for f, e in found:
                if self.sample(f) < 0:
                    f, constant = -f, constant * (-1) ** int(e)
                out.append((f, side * int(e)))
        if constant <= 0:
            raise NotProved("the logarithm or root of what is not positive")
        for whole, side in ((constant.p, 1), (constant.q, -1)):
            for p, e in prime_powers(int(whole)):
                out.append((self.number(p), side * e))
        return out

    def of_log(self, value: Fraction2) -> Fraction2:
        """The logarithm, as a sum over the factors of its argument."""
        out = (self.zero, self.one)
        for f, e in self.factors(value):
            names = self.used(f)
            atom = self.by_name.get(names[0]) if len(names) == 1 and len(f) == 1 else None
            if atom and atom.kind == "exp":
                term = atom.argument
            elif atom and atom.kind == "root":
                term = self.times(self.of_log((atom.argument[0], self.one)), (self.one, self.number(atom.degree)))
            else:
                term = self.gen[self.atom("log", (f, self.one)).name], self.one
            out = self.plus(out, (term[0] * e, term[1]))
        return out

    def of_power(self, value: Fraction2, q: Fraction) -> Fraction2:
        """A rational power of a positive fraction, by roots of its factors; a positive power of zero is zero."""
        if value[0].is_zero() and q > 0:
            return self.zero, self.one
        out = (self.one, self.one)
        for f, e in self.factors(value):
            whole, rest = divmod(e * q, 1)
            names = self.used(f)
            atom = self.by_name.get(names[0]) if len(names) == 1 and len(f) == 1 else None
            if atom and atom.kind == "exp":
                top, bottom = atom.argument
                out = self.times(out, self.of_exp((top * rational(e * q), bottom)))
                continue
            out = self.times(out, self.power((f, self.one), int(whole)))
            if whole:
                self.divisors.append(f)
            if rest:
                root = self.gen[self.atom("root", (f, self.one), rest.denominator).name]
                out = self.times(out, (root**rest.numerator, self.one))
        return out

    def of_exp(self, value: Fraction2) -> Fraction2:
        """The exponential, as a product of integer powers of base exponentials."""
        top, bottom = value
        pieces: list[tuple[Poly, Poly]] = [value] if top else []
        if bottom.is_constant():
            pieces = [(self.ring.from_dict({m: c}), bottom) for m, c in top.to_dict().items()]
        out = (self.one, self.one)
        for up, down in pieces:
            c = fraction(up.leading_coefficient() / down.leading_coefficient())
            up, down = up / up.leading_coefficient(), down / down.leading_coefficient()
            atom = self.by_name.get(str(up)) if down.is_one() else None
            if atom and atom.kind == "log":
                power = self.of_power(atom.argument, c) if c.denominator > 1 else self.power(atom.argument, int(c))
                out = self.times(out, power)
                continue
            key = f"{up}|{down}"
            self.met.setdefault(key, set()).add(c)
            base = self.bases.get(key, c)
            if (c / base).denominator > 1:
                base = c
            made = self.gen[self.atom("exp", (up * rational(base), down)).name]
            out = self.times(out, self.power((made, self.one), int(c / base)))
        return out

    def of_erfc(self, value: Fraction2) -> Fraction2:
        """The complementary error function."""
        if value[0].is_zero():
            return self.one, self.one
        return self.gen[self.atom("erfc", value).name], self.one

    def again(self) -> Field:
        """A field for a second reading: exponentials share bases, and there is little room for further atoms."""
        count = {kind: sum(a.kind == kind for a in self.atoms) for kind in SPARE}
        spare = {kind: n + 2 * (kind in ("log", "root")) + (kind == "exp") for kind, n in count.items()}
        spare = {kind: min(n, SPARE[kind]) for kind, n in spare.items()}
        return Field(self.box, self.common_bases(), spare, effort=self.effort)

    def common_bases(self) -> dict[str, Fraction]:
        """For each exponent met, the rational number of which all its multiples are integer multiples."""
        return {key: _common(found) for key, found in self.met.items()}

    def derivative(self, value: Fraction2, x: str) -> Fraction2:
        """The derivative of a fraction in a variable, in lowest terms."""
        top, bottom = value
        (a, b), (c, d) = self._of_poly(top, x), self._of_poly(bottom, x)
        below = self.product(b, d)
        above = self.product(self.product(a, d), bottom) - self.product(self.product(top, c), b)
        return self.reduced(above, self.product(below, self.product(bottom, bottom)))

    def _of_poly(self, poly: Poly, x: str) -> Fraction2:
        out = poly.derivative(x), self.one
        for atom in self.atoms:
            if x in atom.free:
                c = poly.derivative(atom.name)
                if not c.is_zero():
                    out = self.plus(out, self.times((c, self.one), self.slope(atom, x)))
        return out

    def slope(self, atom: Atom, x: str) -> Fraction2:
        """The derivative of an atom in a variable."""
        key = atom.name, x
        if key not in self._derivatives:
            inner, me = self.derivative(atom.argument, x), (self.gen[atom.name], self.one)
            if atom.kind == "exp":
                out = self.times(inner, me)
            elif atom.kind == "erfc":
                assert atom.gauss is not None
                out = self.times(self.times(inner, atom.gauss), (-2 * self.gen["K0"], self.one))
            else:
                over = self.times(inner, (atom.argument[1], atom.argument[0]))
                scale = (me[0], self.number(atom.degree)) if atom.kind == "root" else (self.one, self.one)
                out = self.times(over, scale)
            self._derivatives[key] = out
        return self._derivatives[key]

    def points(self) -> Iterable[dict[str, Fraction]]:
        """A few points of the box, near its ends and in the middle."""
        for i, u in enumerate(SAMPLES):
            point = {}
            for j, (name, (low, high)) in enumerate(self.box.items()):
                w = SAMPLES[(i + 2 * j) % len(SAMPLES)] if j else u
                point[name] = low + w / (1 - w) if high is None else low + w * (high - low)
            yield point

    def sample(self, poly: Poly) -> int:
        """The sign in the middle of the box, 0 when it is not decided."""
        return sign_of(self.ball(poly, self._middle))

    def ball(self, poly: Poly, at: Mapping[str, tuple[Fraction, Fraction]]) -> Any:
        """An enclosure of a polynomial's values on a box of points."""
        if at is not self._place or ctx.prec != self._prec:
            self._place, self._prec, self._values = at, ctx.prec, {}
        values = self._values
        for v, (low, high) in at.items():
            if v not in values:
                values[v] = arb(rational(low)) if low == high else arb(rational(low)).union(arb(rational(high)))
        total = arb(0)
        self.effort.spend(2 + 15 * len(poly) * (1 + ctx.prec // 256))
        for mono, c in poly.to_dict().items():
            term = arb(c)
            for e, name in zip(mono, self.names, strict=True):
                if e:
                    term *= self._value(name, at, values) ** int(e)
            total += term
        return total

    def _value(self, name: str, at: Mapping[str, tuple[Fraction, Fraction]], values: dict[str, Any]) -> Any:
        if name not in values:
            atom = self.by_name[name]
            h = self.ball(atom.argument[0], at) / self.ball(atom.argument[1], at)
            values[name] = {
                "log": h.log,
                "exp": h.exp,
                "erfc": h.erfc,
                "root": lambda: h.root(atom.degree),
                "kappa": lambda: 1 / arb.pi().sqrt(),
            }[atom.kind]()
        return values[name]


def _common(values: set[Fraction]) -> Fraction:
    top, bottom = 0, 1
    for c in values:
        top, bottom = gcd(top * c.denominator, c.numerator * bottom), bottom * c.denominator
    return Fraction(top, bottom) * (-1 if max(values) < 0 else 1)
