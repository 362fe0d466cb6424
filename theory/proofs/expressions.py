"""Text and trees of elementary expressions: reading, substitution, logarithms of products."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq

__all__ = [
    "MEANING",
    "NotProved",
    "fraction",
    "logarithm",
    "names_in",
    "parsed",
    "rational",
    "rational_text",
    "sign_of",
    "substituted",
]

MEANING = {
    "cosh": "(exp(U)+exp(-U))/2",
    "sinh": "(exp(U)-exp(-U))/2",
    "tanh": "(exp(2*U)-1)/(exp(2*U)+1)",
    "erf": "1-erfc(U)",
    "sqrt": "U**(1/2)",
    "Phi": "erfc(-U/sqrt(2))/2",
}


class NotProved(Exception):
    """The search ends here without a proof; says nothing of the truth."""


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
    tree: ast.expr = _Plain().visit(ast.parse(text, mode="eval").body)
    return tree


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


def names_in(*texts: str) -> set[str]:
    """The names of variables in texts."""
    calls, found = set(), set()
    for text in texts:
        for node in ast.walk(ast.parse(text, mode="eval")):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                calls.add(id(node.func))
            elif isinstance(node, ast.Name) and id(node) not in calls:
                found.add(node.id)
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
