"""The atoms of a sign step, re-checked: what they stand for, readings of the claim, derivatives, enclosures.

log a and root a of a polynomial that a node shows to be positive; exp h and erfc h of a fraction whose lower part
vanishes nowhere, erfc h with the product of exponentials that is exp(−h²); kappa = 1/√π. Each uses earlier ones only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import Ordering, arb, fmpq, fmpq_mpoly_ctx

from .referee_ends import need

__all__ = ["Atoms", "Found", "Node", "Pair", "fraction", "plus", "q", "tree"]

OPERATORS = (ast.UnaryOp, ast.USub, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
ALLOWED = (ast.Constant, ast.Name, ast.Load, ast.Call, *OPERATORS)
KINDS = {"L": "log", "E": "exp", "R": "root", "T": "erfc", "K": "kappa"}
MOST = 5000
Pair = tuple[Any, Any]
Node = dict[str, Any]


def q(c: Fraction) -> Any:
    """A rational number of python-flint."""
    return fmpq(c.numerator, c.denominator)


def tree(text: str) -> ast.expr:
    """Read arithmetic and calls of one argument or more; nothing is executed."""
    out = ast.parse(text.strip(), mode="eval").body
    for node in ast.walk(out):
        need(isinstance(node, ALLOWED), f"an expression with {type(node).__name__}")
        need(not isinstance(node, ast.Constant) or type(node.value) is int, "a number that is not whole")
        need(not isinstance(node, ast.Call) or (isinstance(node.func, ast.Name) and not node.keywords), "a call")
    return out


def plus(a: Pair, b: Pair, sign: int = 1) -> Pair:
    """The sum of two fractions, or their difference."""
    return (a[0] + b[0] * sign, a[1]) if a[1] == b[1] else (a[0] * b[1] + b[0] * a[1] * sign, a[1] * b[1])


def fraction(node: Any, leaf: Callable[[Any], Pair], one: Any, divides: Callable[[Any], None]) -> Pair:
    """An expression as a fraction of polynomials, from its parts that are no arithmetic; `divides` may refuse."""
    if isinstance(node, ast.Constant):
        return one * node.value, one
    if isinstance(node, ast.UnaryOp):
        a, b = fraction(node.operand, leaf, one, divides)
        return -a, b
    if not isinstance(node, ast.BinOp):
        return leaf(node)
    (a, b), (c, d) = (fraction(side, leaf, one, divides) for side in (node.left, node.right))
    if isinstance(node.op, ast.Pow):
        k = c.leading_coefficient() / d.leading_coefficient() if not c.is_zero() else fmpq(0)
        if not (c.is_constant() and d.is_constant() and k.q == 1):
            return leaf(node)
        need(abs(k) <= MOST, "a power too high")
        if k < 0:
            divides(a)
            a, b = b, a
        return a ** abs(int(k.p)), b ** abs(int(k.p))
    if isinstance(node.op, ast.Div):
        divides(c)
        return a * d, b * c
    return (
        (a * c, b * d)
        if isinstance(node.op, ast.Mult)
        else plus((a, b), (c, d), 1 if isinstance(node.op, ast.Add) else -1)
    )


@dataclass
class Found:
    """What a node proves: signs along a variable, the intervals of change, zeros without change, zeros on a stretch."""

    signs: list[int]
    roots: list[tuple[Fraction, Fraction]]
    weak: bool = False
    flat: bool = False


class Atoms:
    """The polynomial ring of one sign step, with its atoms, divisors that vanish nowhere, and readings of the claim."""

    def __init__(self, box: dict[str, Any], atoms: list[Node], reads: dict[str, Any]) -> None:
        self.box = box
        self.names = [*box, *(a["name"] for a in atoms if "name" in a)]
        need(len(set(self.names)) == len(self.names), "a name twice")
        need(not any(re.fullmatch("[LERTK][0-9]+", v) for v in box), "a variable named like an atom")
        self.ring = fmpq_mpoly_ctx.get(self.names, Ordering.lex)
        self.gen = dict(zip(self.names, self.ring.gens(), strict=True))
        self.one, self.place = self.ring.constant(1), {n: i for i, n in enumerate(self.names)}
        self.kind: dict[str, str] = {}
        self.argument: dict[str, Pair] = {}
        self.degree: dict[str, int] = {}
        self.gauss: dict[str, Pair] = {}
        self.moves: dict[str, set[str]] = {v: {v} for v in box}
        self.known = set(box)
        self.positive: list[Any] = []
        self.nonzero: list[Any] = []
        self.reads, self.trusted = reads, {}  # type: ignore[var-annotated]
        self.slopes: dict[tuple[str, str], Pair] = {}
        self.texts: dict[str, Any] = {}
        for atom in atoms:
            if "divisor" in atom:
                poly = self.poly(atom["divisor"])
                if self.sure(poly, atom["proof"], next(iter(box), "")) > 0:
                    self.positive.append(poly)
                self.nonzero.append(poly)
            else:
                self._atom(atom)

    def sure(self, p: Any, node: Node, x: str) -> int:
        """One strict sign; `Rules` says how."""
        raise NotImplementedError

    def _atom(self, atom: Node) -> None:
        name, kind = atom["name"], atom["kind"]
        need(re.fullmatch("[LERTK][0-9]+", name) is not None and KINDS[name[0]] == kind, "the name of an atom")
        top, bottom = (self.poly(p) for p in atom["argument"])
        if kind in ("log", "root"):
            need(bottom == 1, "the argument of an atom")
            need(self.sure(top, atom["positive"], next(iter(self.box), "")) > 0, "an argument that is not positive")
            self.positive.append(top)
        elif kind == "kappa":
            need(top == 1 and bottom == 1, "the argument of a constant")
        else:
            self.divides(bottom)
        if kind == "root":
            need(type(atom["degree"]) is int and atom["degree"] >= 2, "the degree of a root")
            self.degree[name] = atom["degree"]
        if kind == "erfc":
            need("K0" in self.known and self.kind["K0"] == "kappa", "1/√π before erfc")
            up, down = (self.poly(p) for p in atom["gauss"])
            a, b = plus(self.log(up), self.log(down), -1)
            need(self.same(a * bottom**2, -(top**2) * b), "the exponential of erfc")
            self.gauss[name] = up, down
        self.kind[name], self.argument[name] = kind, (top, bottom)
        self.moves[name] = {v for p in (top, bottom) for n in self.used(p) for v in self.moves[n]}
        self.known.add(name)

    def poly(self, text: str) -> Any:
        """Read a polynomial in known generators."""
        if text not in self.texts:
            top, bottom = fraction(
                tree(text.replace("^", "**")), lambda n: (self.gen[n.id], self.one), self.one, self.constant
            )
            self.texts[text] = top / bottom.leading_coefficient()
        out = self.texts[text]
        need(set(self.used(out)) <= self.known, "an atom used before it is known")
        return out

    def constant(self, p: Any) -> None:
        """Demand a number that is not zero."""
        need(p.is_constant() and not p.is_zero(), "division in a polynomial")

    def used(self, p: Any) -> list[str]:
        """The generators of a polynomial."""
        return [n for n, d in zip(self.names, p.degrees(), strict=True) if d > 0]

    def free(self, p: Any) -> set[str]:
        """The variables a polynomial depends on."""
        return {v for n in self.used(p) for v in self.moves[n]}

    def zero(self, p: Any) -> bool:
        """Whether a polynomial vanishes, R^n = a counted."""
        return bool(self.normal(p).is_zero())

    def normal(self, p: Any) -> Any:
        """A polynomial with R^n = a put in."""
        for name, n in self.degree.items():
            i = self.place[name]
            while int(p.degrees()[i]) >= n:
                out = self.ring.constant(0)
                for m, c in p.to_dict().items():
                    high = int(m[i]) >= n
                    term = self.ring.from_dict({(*m[:i], int(m[i]) - n * high, *m[i + 1 :]): c})
                    out += term * self.argument[name][0] if high else term
                p = out
        return p

    def same(self, a: Any, b: Any) -> bool:
        """Equality of polynomials."""
        return self.zero(a - b)

    def above_zero(self, name: str) -> bool:
        """Whether a generator is positive by its kind or its interval."""
        return self.box[name][0] >= 0 if name in self.box else self.kind[name] != "log"

    def _stripped(self, p: Any, by: list[Any]) -> Any:
        """What is left of a polynomial after division by others and by positive generators, as often as it goes."""
        need(not p.is_zero(), "division of zero")
        gens = [self.gen[n] for n in self.used(p) if self.above_zero(n)]
        for f in [*gens, *by]:
            if f.is_constant():
                continue
            while True:
                whole, rest = divmod(p, f)
                if not rest.is_zero():
                    break
                p = whole
        return p

    def divides(self, p: Any) -> None:
        """Demand that a polynomial vanishes nowhere."""
        left = self._stripped(p, [*self.nonzero, *self.positive])
        need(left.is_constant() and not left.is_zero(), f"division by {p}")

    def log(self, p: Any) -> Pair:
        """The logarithm of a positive polynomial, from the atoms that are logarithms of its factors."""
        need(not p.is_zero(), "the logarithm of zero")
        total: Pair = (self.ring.constant(0), self.one)
        for name in [n for n in self.used(p) if self.kind.get(n) in ("exp", "root")]:
            e = 0
            while divmod(p, self.gen[name])[1].is_zero():
                p, e = p // self.gen[name], e + 1
            if e:
                a, b = self.argument[name] if self.kind[name] == "exp" else self.log(self.argument[name][0])
                total = plus(total, (a * e, b * self.degree.get(name, 1)))
        logs = [(self.argument[n][0], self.gen[n]) for n in self.kind if self.kind[n] == "log"]
        for f, gen in logs:
            while not f.is_constant() and divmod(p, f)[1].is_zero():
                p, total = p // f, plus(total, (gen, self.one))
        need(p.is_constant(), "the logarithm of an unknown factor")
        c = p.leading_coefficient()
        need(c > 0, "the logarithm of what is not positive")
        for f, gen in logs:
            if f.is_constant() and f.leading_coefficient() > 1:
                for side in (1, -1):
                    while (c.p if side > 0 else c.q) % f.leading_coefficient().p == 0:
                        c = c / f.leading_coefficient() ** side
                        total = plus(total, (gen * side, self.one))
        need(c == 1, "the logarithm of an unknown number")
        return total

    def read(self, node: ast.expr) -> Pair:
        """The fraction that an expression stands for, every division checked."""
        return fraction(node, self._leaf, self.one, self.divides)

    def _leaf(self, node: Any) -> Pair:
        """A variable, or a call or power with the fraction that it is said to be."""
        if isinstance(node, ast.Name):
            need(node.id in self.box or node.id == "pi", f"the symbol {node.id}")
            return (self.gen[node.id], self.one) if node.id != "pi" else (self.one, self.gen["K0"] ** 2)
        key = ast.unparse(node)
        if key not in self.trusted:
            power = isinstance(node, ast.BinOp)
            u, exponent = self.read(node.left if power else node.args[0]), self.read(node.right) if power else None
            common = u[0].gcd(u[1])
            common = common * u[1].leading_coefficient() / common.leading_coefficient()
            u = (u[0] // common, u[1] // common) if not u[0].is_zero() else u
            value = self.poly(self.reads[key][0]), self.poly(self.reads[key][1])
            self.faithful("power" if power else node.func.id, u, exponent, value)
            self.trusted[key] = value
        return self.trusted[key]  # type: ignore[no-any-return]

    def faithful(self, kind: str, u: Pair, exponent: Pair | None, value: Pair) -> None:
        """Demand that a fraction is the logarithm, exponential, power or tail that it is said to be."""
        need(not self.zero(value[1]), "a zero denominator")
        if kind == "erfc":
            if value == (self.one, self.one):
                need(self.zero(u[0]), "erfc of zero")
                return
            (name,) = self.used(value[0])
            need(value == (self.gen[name], self.one) and self.kind[name] == "erfc", "a tail")
            a, b = self.argument[name]
            need(self.same(a * u[1], u[0] * b), "the argument of a tail")
            return
        if kind == "power" and exponent is not None and exponent[0].is_constant() and exponent[1].is_constant():
            c = (exponent[0] / exponent[1].leading_coefficient()).leading_coefficient()
            p, n = abs(int(c.p)), int(c.q)
            if c > 0 and self.zero(u[0]):
                need(self.zero(value[0]), "a power of zero")
                return
            over = u if c > 0 else (u[1], u[0])
            need(self._positive(*u) and self._positive(*value), "a root of what is not shown to be positive")
            need(self.same(value[0] ** n * over[1] ** p, over[0] ** p * value[1] ** n), "the value of a root")
            return
        if kind == "log":
            inside, outside = u, value
        elif kind == "exp":
            inside, outside = value, u
        else:
            need(kind == "power", f"the function {kind}")
            assert exponent is not None
            a, b = plus(self.log(u[0]), self.log(u[1]), -1)
            inside, outside = value, (exponent[0] * a, exponent[1] * b)
        # log(−p/−q) = log(p/q): the sign of the lower part is moved
        if self._stripped(inside[1], self.positive).leading_coefficient() < 0:
            inside = -inside[0], -inside[1]
        a, b = plus(self.log(self.normal(inside[0])), self.log(self.normal(inside[1])), -1)
        need(self.same(a * outside[1], outside[0] * b), f"the value of a {kind}")

    def _positive(self, top: Any, bottom: Any) -> bool:
        a, b = (self._stripped(self.normal(part), self.positive) for part in (top, bottom))
        constant = a.is_constant() and b.is_constant()
        return bool(constant and a.leading_coefficient() * b.leading_coefficient() > 0)

    def slope(self, name: str, x: str) -> Pair:
        """The derivative of an atom."""
        if (name, x) not in self.slopes:
            a, b = self.argument[name]
            up, down = self.derivative(a, b, x)
            kind, me = self.kind[name], self.gen[name]
            if kind == "log":
                up, down = up * b, down * a
            elif kind == "root":
                up, down = up * b * me, down * a * self.degree[name]
            elif kind == "exp":
                up = up * me
            else:
                up, down = -2 * self.gen["K0"] * up * self.gauss[name][0], down * self.gauss[name][1]
            self.slopes[name, x] = up, down
        return self.slopes[name, x]

    def derivative(self, top: Any, bottom: Any, x: str) -> Pair:
        """The derivative of a fraction, not in lowest terms."""
        moving = [n for n in dict.fromkeys(self.used(top) + self.used(bottom)) if n in self.kind and x in self.moves[n]]
        slopes = {n: self.slope(n, x) for n in moving}
        common = self.one
        for _, down in slopes.values():
            common = common * down
        parts = []
        for p in (top, bottom):
            total = p.derivative(x) * common
            for n, (up, down) in slopes.items():
                total += p.derivative(n) * up * (common // down)
            parts.append(total)
        return parts[0] * bottom - top * parts[1], common * bottom * bottom

    def ball(self, p: Any, at: dict[str, Any]) -> Any:
        """An enclosure of a polynomial where variables have the values given."""
        values: dict[str, Any] = dict(at)

        def of(name: str) -> Any:
            if name not in values:
                if self.kind[name] == "kappa":
                    values[name] = 1 / arb.pi().sqrt()
                else:
                    h = total(self.argument[name][0]) / total(self.argument[name][1])
                    kind = self.kind[name]
                    values[name] = h.root(self.degree[name]) if kind == "root" else getattr(h, kind)()
            return values[name]

        def total(poly: Any) -> Any:
            out = arb(0)
            for m, c in poly.to_dict().items():
                term = arb(c)
                for e, n in zip(m, self.names, strict=True):
                    if e:
                        term *= of(n) ** int(e)
                out += term
            return out

        return total(p)

    def sign(self, p: Any, at: dict[str, Any]) -> int:
        """The sign of an enclosure, 0 when it is not decided."""
        b = self.ball(p, at)
        return 1 if b > 0 else -1 if b < 0 else 0
