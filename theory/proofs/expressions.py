"""Text and trees of elementary expressions: reading, substitution, logarithms of products."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpz

__all__ = [
    "DEFAULT",
    "MEANING",
    "Effort",
    "NotProved",
    "fraction",
    "logarithm",
    "names_in",
    "parsed",
    "prime_powers",
    "rational",
    "rational_text",
    "sign_of",
    "substituted",
    "swapped",
]

MEANING = {
    "cosh": "(exp(U)+exp(-U))/2",
    "sinh": "(exp(U)-exp(-U))/2",
    "tanh": "(exp(2*U)-1)/(exp(2*U)+1)",
    "erf": "1-erfc(U)",
    "sqrt": "U**(1/2)",
    "Phi": "erfc(-U/sqrt(2))/2",
}


DEFAULT = 2_500_000
MOST_LETTERS = 10000
DEEPEST_TREE = 100
SMALL_PRIMES = 2000
SHORT_BITS = 128


class NotProved(Exception):
    """The search ends here without a proof; says nothing of the truth."""


@dataclass
class Effort:
    """Steps that a search may take, counted: the same claim is proved or not on every machine and under any load.

    A step is about one term of a polynomial read, or a word of its coefficients multiplied. Costs are counted before
    the work is done; work that alone would take more than a share of the whole is refused, and the search goes on.

    Examples
    --------
    >>> effort = Effort(100)
    >>> effort.spend(10), effort.spent
    (None, 10)
    >>> try:
    ...     effort.spend(60)
    ... except NotProved as error:
    ...     print(error)
    one step of 60 where 100 are left for all
    """

    most: int = DEFAULT
    spent: int = 0

    def spend(self, cost: int) -> None:
        """Count steps, or NotProved when there are none left."""
        if self.spent > self.most:
            raise NotProved("effort")
        if 4 * cost > self.most:
            raise NotProved(f"one step of {cost} where {self.most} are left for all")
        self.spent += cost
        if self.spent > self.most:
            raise NotProved("effort")

    @property
    def over(self) -> bool:
        """Whether all steps are taken."""
        return self.spent >= self.most


def rational(value: Fraction | int) -> Any:
    """A rational number of python-flint."""
    value = Fraction(value)
    return fmpq(value.numerator, value.denominator)


def fraction(value: Any) -> Fraction:
    """The exact fraction of a rational number of python-flint."""
    value = fmpq(value)
    return Fraction(int(value.p), int(value.q))


def sign_of(ball: Any) -> int:
    """The sign of a ball, 0 when it meets zero."""
    return 1 if ball > 0 else -1 if ball < 0 else 0


def parsed(text: str) -> ast.expr:
    """Read arithmetic with log, exp, erfc and what is short for these; nothing is executed."""
    if len(text) > MOST_LETTERS:
        raise NotProved(f"a text of more than {MOST_LETTERS} letters")
    whole = ast.parse(text, mode="eval").body
    _not_deep(whole)
    tree: ast.expr = _Plain().visit(whole)
    return tree


def _not_deep(tree: ast.expr) -> None:
    """Refuse what recursion could not follow from every caller: how deep Python may go depends on the caller."""
    level, depth = [tree], 0
    while level:
        level, depth = [c for n in level for c in ast.iter_child_nodes(n) if isinstance(c, ast.expr)], depth + 1
        if depth > DEEPEST_TREE:
            raise NotProved(f"an expression nested more than {DEEPEST_TREE} deep")


def prime_powers(whole: int) -> Iterator[tuple[int, int]]:
    """Numbers above one and exponents that make a positive integer; primes, but for what is left of a long integer.

    Examples
    --------
    >>> list(prime_powers(720)), len(list(prime_powers(3 * (2**521 - 1) * (2**607 - 1))))
    ([(2, 4), (3, 2), (5, 1)], 2)
    """
    if whole.bit_length() <= SHORT_BITS:
        yield from ((int(p), int(e)) for p, e in (fmpz(whole).factor_smooth(40) if whole > 1 else ()))
        return
    for p in range(2, SMALL_PRIMES):
        e = 0
        while whole % p == 0:
            whole, e = whole // p, e + 1
        if e:
            yield p, e
    if whole > 1:
        yield from prime_powers(whole) if whole.bit_length() <= SHORT_BITS else ((whole, 1),)


class _Plain(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if len(node.args) != 1 or node.keywords:
            raise NotProved(f"a call with {len(node.args)} arguments")
        argument = self.visit(node.args[0])
        if name in MEANING:
            return parsed(ast.unparse(_Put({"U": argument}).visit(ast.parse(MEANING[name], mode="eval").body)))
        if name not in ("log", "exp", "erfc"):
            raise NotProved(f"the function {name}")
        return ast.Call(node.func, [argument], [])

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return parsed("exp(1)") if node.id == "E" else node


class _Put(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text with expressions in the places of variables."""
    trees = {name: ast.parse(value, mode="eval").body for name, value in values.items()}
    return ast.unparse(_Put(trees).visit(ast.parse(text, mode="eval").body))


def swapped(text: str, old: str, new: str) -> str:
    """The text with an expression in the place of a call.

    Examples
    --------
    >>> swapped("2*Min(x, 1) + 1", "Min(x, 1)", "x")
    '2 * x + 1'
    """
    value = ast.parse(new, mode="eval").body

    class Swap(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> Any:
            return value if ast.unparse(node) == old else self.generic_visit(node)

    return ast.unparse(Swap().visit(ast.parse(text, mode="eval").body))


def names_in(*texts: str) -> set[str]:
    """The names of variables in texts."""
    found = set()
    for text in texts:
        todo: list[ast.AST] = [ast.parse(text, mode="eval").body]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Name):
                found.add(node.id)
            todo += node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return found - {"pi", "E"}


def rational_text(text: str) -> str:
    """The text of a rational number in lowest terms where the text is one; else the text itself.

    Examples
    --------
    >>> rational_text("3/6"), rational_text("-(2)"), rational_text("sqrt(2)")
    ('1/2', '-2', 'sqrt(2)')
    """
    try:
        return str(_value(ast.parse(text, mode="eval").body))
    except (NotProved, ZeroDivisionError):
        return text


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return Fraction(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp):
        a, b = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Add | ast.Sub):
            return a + b if isinstance(node.op, ast.Add) else a - b
        if isinstance(node.op, ast.Mult | ast.Div):
            return a * b if isinstance(node.op, ast.Mult) else a / b
    raise NotProved("no rational number")


def logarithm(text: str) -> str:
    """The logarithm of a product of powers and exponentials, factor by factor; each must be positive.

    Examples
    --------
    >>> logarithm("2*x**(d/2)*exp(-x)")
    'log(2) + d / 2 * log(x) + -x'
    """
    return ast.unparse(_log(parsed(text)))


def _log(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Mult | ast.Div):
            joint = ast.Add() if isinstance(node.op, ast.Mult) else ast.Sub()
            return ast.BinOp(_log(node.left), joint, _log(node.right))
        if isinstance(node.op, ast.Pow):
            return ast.BinOp(node.right, ast.Mult(), _log(node.left))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exp":
        return node.args[0]
    return ast.Call(ast.Name("log"), [node], [])
