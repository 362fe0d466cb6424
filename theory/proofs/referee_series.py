"""Series in 1/s and log s as s tends to infinity, with constants as symbols: what the referee reads limits off."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from .referee import _fractions, _number
from .referee_atoms import tree
from .referee_ends import PLAIN, Rejected, _End, _led, _mul, _plus, _times, need
from .referee_ends import _number as _plain
from .referee_laws import text_of

__all__ = ["Far", "Series", "chosen"]

MOST_POWER = 100
Series = tuple[int, list[dict[Any, Any]]]


def chosen(node: Any, ask: Any) -> Any:
    """An expression with the argument that Min or Max is in its place, as some relations tell."""

    class Chosen(ast.NodeTransformer):
        def visit_Call(self, call: ast.Call) -> ast.expr:
            arguments = [self.visit(a) for a in call.args]
            name, best = call.func.id, arguments[0]  # type: ignore[attr-defined]
            if name not in ("Min", "Max"):
                return ast.Call(call.func, arguments, [])
            for other in arguments[1:]:
                sides = [ast.unparse(side) for side in ((best, other) if name == "Min" else (other, best))]
                try:
                    ask(sides[0], "<=", sides[1])
                except (Rejected, ValueError):
                    ask(sides[1], "<=", sides[0])
                    best = other
            return best  # type: ignore[no-any-return]

    return Chosen().visit(node)


class Far(_End):
    """Series in t = 1/s as s tends to infinity, whose coefficients may have constants: any positive numbers.

    Examples
    --------
    >>> Far("s", ["c"], 5).ask("s/2", "<", "s*(1 + c)")
    >>> Far("s", ["c"], 5).sign(Far("s", ["c"], 5).log(tree("exp(-c*s)*s")))
    -1
    """

    def __init__(self, new: str, constants: Any, terms: int) -> None:
        self.x, self.terms, self.whole = new, terms, []
        self.free = {*constants}
        self.enclosures = {"e": lambda: arb(1).exp(), "pi": arb.pi}

    def ask(self, left: str, relation: str, right: str) -> None:
        """Demand a relation for all large s."""
        ((top, _),) = _fractions(f"({right}) - ({left})")
        words = f"{text_of(left)} {relation} {text_of(right)}"
        try:
            if top.is_zero():
                # What is taken off on both sides must have a value.
                self.series(tree(left)), self.series(tree(right))
                return need(relation == "<=", "equality")
            positive = self.sign(self.series(tree(f"({right}) - ({left})"))) > 0
        except Rejected as error:
            raise Rejected(f"{words}: {error}") from error
        need(positive, f"{words}: a sign")

    def sign_of(self, c: Any) -> int:
        """One sign for all monomials in the constants."""
        groups: dict[Any, Any] = {}
        for (ell, powers), v in c.items():
            need(not any(name.startswith("log free ") for name, _ in powers), "a sign that depends on the constants")
            free = tuple(p for p in powers if p[0].startswith("free "))
            groups.setdefault(free, {})[ell, tuple(p for p in powers if p not in free)] = v
        signs = {_End.sign_of(self, part) for part in groups.values()}
        need(len(signs) == 1, "a sign that depends on the constants")
        return signs.pop()

    def times(self, a: Series, number: Any) -> Series:
        return a[0], [_mul(c, _plain(number)) for c in a[1]]

    def series(self, node: Any) -> Series:
        """An expression in s, constants and numbers."""
        if isinstance(node, ast.Constant):
            return 0, self.pad(_plain(node.value))
        if isinstance(node, ast.Name):
            if node.id == self.x:
                return -1, self.pad(_plain(1))
            need(node.id in self.free or node.id == "pi", f"the symbol {node.id}")
            name = "pi" if node.id == "pi" else f"free {node.id}"
            return 0, self.pad({(0, ((name, Fraction(1)),)): fmpq(1)})
        if isinstance(node, ast.UnaryOp):
            return self.times(self.series(node.operand), -1)
        if isinstance(node, ast.Call):
            return self._call(node.func.id, node.args)  # type: ignore[attr-defined]
        a = self.series(node.left)
        if isinstance(node.op, ast.Pow):
            q = _number(ast.unparse(node.right)) or Fraction(0)
            need(0 < abs(q) <= MOST_POWER, "a power of a series")
            if q.denominator > 1:
                return self.power(a, q)
            return self._repeated(a if q >= 0 else self.power(a, Fraction(-1)), abs(int(q)))
        b = self.series(node.right)
        if isinstance(node.op, ast.Div):
            return _times(a, self.power(b, Fraction(-1)))
        if isinstance(node.op, ast.Mult):
            return _times(a, b)
        return _plus(a, b if isinstance(node.op, ast.Add) else self.times(b, -1))

    def _repeated(self, a: Series, n: int) -> Series:
        out: Series = (0, self.pad(_plain(1)))
        for _ in range(n):
            out = _times(out, a)
        return out

    def _call(self, name: str, arguments: list[Any]) -> Series:
        if name in ("Min", "Max"):
            return self.series(chosen(ast.Call(ast.Name(name), arguments, []), self.ask))
        (argument,) = arguments
        if name == "sqrt":
            return self.power(self.series(argument), Fraction(1, 2))
        if name == "log":
            logarithm: Series = self._log(self.series(argument))[()]
            return logarithm
        need(name == "exp", f"the function {name}")
        v, cs = _led(self.series(argument))
        need(v >= 0 and all(_only(c) for c in cs), "an exponential of what grows")
        exponential: Series = self._exp((v, cs))[()]
        return exponential

    def _log(self, h: Series) -> Any:
        need(self.sign(h) > 0, "the logarithm of what is not positive")
        return _End._log(self, h)

    def log(self, node: Any) -> Series:
        """The logarithm of the absolute value of an expression, taken apart."""
        if isinstance(node, ast.UnaryOp):
            return self.log(node.operand)
        if isinstance(node, ast.Call) and node.func.id == "exp":  # type: ignore[attr-defined]
            return self.series(node.args[0])
        if isinstance(node, ast.Call) and node.func.id == "sqrt":  # type: ignore[attr-defined]
            need(self.sure(node.args[0]) > 0, "a root of what is not positive")
            return self.times(self.log(node.args[0]), fmpq(1, 2))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            return _plus(
                self.log(node.left), self.times(self.log(node.right), 1 if isinstance(node.op, ast.Mult) else -1)
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            whole = _number(ast.unparse(node.right))
            need((whole is not None and whole.denominator == 1) or self.sure(node.left) > 0, "a power")
            return _times(self.series(node.right), self.log(node.left))
        h = self.series(node)
        found: Series = self._log(h if self.sign(h) > 0 else self.times(h, -1))[()]
        return found

    def summands(self, node: Any) -> list[Any]:
        """The terms of a sum, those of products of sums among them."""
        if isinstance(node, ast.UnaryOp):
            return self.summands(node.operand)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            return [*self.summands(node.left), *self.summands(node.right)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            right = self.summands(node.right) if isinstance(node.op, ast.Mult) else [node.right]
            return [ast.BinOp(a, node.op, b) for a in self.summands(node.left) for b in right]
        return [node]

    def sure(self, node: Any) -> int:
        """The sign of an expression, taken apart, for all large s."""
        if isinstance(node, ast.Call) and node.func.id == "exp":  # type: ignore[attr-defined]
            return 1
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            return self.sure(node.left) * self.sure(node.right)
        return self.sign(self.series(node))

    def vanishes(self, node: Any) -> bool:
        """Whether an expression is 0 by arithmetic."""
        ((top, _),) = _fractions(ast.unparse(node))
        return bool(top.is_zero()) and not any(isinstance(n, ast.Call) for n in ast.walk(node))


def _only(c: Any) -> bool:
    return all(key == PLAIN for key in c)
