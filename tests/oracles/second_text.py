"""A second referee of proof objects of relations: expressions as nested tuples, and their intervals."""

from __future__ import annotations

import ast
from fractions import Fraction as F

import mpmath
from mpmath import iv

__all__ = [
    "DIGITS",
    "FUNCTIONS",
    "NAMES_WITH_A_MEANING",
    "Objection",
    "exact",
    "fraction_of",
    "function",
    "interval",
    "logarithm",
    "must",
    "plain",
    "rational",
    "read",
    "sign_of",
    "swap",
    "variables",
]

DIGITS = 110
FUNCTIONS = ("log", "exp", "erfc")
NAMES_WITH_A_MEANING = {
    *("cosh", "sinh", "tanh", "erf", "sqrt", "Phi"),
    *FUNCTIONS,
    "Min",
    "Max",
    "Abs",
    "pi",
    "E",
    "oo",
    "loggamma",
    "factorial",
    "binomial",
}


class Objection(Exception):
    """Why a proof object proves nothing."""


def must(condition, why):
    if not condition:
        raise Objection(why)


# Expressions as tuples: ("num", n), ("var", name), (op, a, b) for + - * / **, ("neg", a), ("call", name, arguments…).

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def read(text):
    def of(node):
        if isinstance(node, ast.Constant):
            must(type(node.value) is int, "a number that is no integer")
            return ("num", node.value)
        if isinstance(node, ast.Name):
            return ("var", node.id)
        if isinstance(node, ast.UnaryOp):
            must(isinstance(node.op, ast.USub), "an operator")
            return ("neg", of(node.operand))
        if isinstance(node, ast.BinOp):
            must(type(node.op) in OPERATORS, "an operator")
            return (OPERATORS[type(node.op)], of(node.left), of(node.right))
        must(isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords, "an expression")
        return ("call", node.func.id, *map(of, node.args))

    return of(ast.parse(text.strip(), mode="eval").body)


def swap(tree, old, new):
    if tree == old:
        return new
    return tuple(swap(part, old, new) if isinstance(part, tuple) else part for part in tree)


def variables(tree):
    if tree[0] == "var":
        return {tree[1]} - {"pi", "E"}
    return set().union(*(variables(part) for part in tree if isinstance(part, tuple)))


def plain(tree):
    """Write short functions out."""
    if tree == ("var", "E"):
        return ("call", "exp", ("num", 1))
    tree = tuple(plain(part) if isinstance(part, tuple) else part for part in tree)
    if tree[0] != "call":
        return tree
    _, name, *arguments = tree
    must(len(arguments) == (2 if name == "binomial" else 1), "a call")
    u, *more = arguments

    def factorials(v):
        return ("call", "loggamma", ("+", v, ("num", 1)))

    if name == "binomial":
        (k,) = more
        return ("call", "exp", ("-", ("-", factorials(u), factorials(k)), factorials(("-", u, k))))
    if name == "log" and ("call", "loggamma") in {part[:2] for part in parts_of(u)}:
        return logarithm(u)
    e, minus = ("call", "exp", u), ("call", "exp", ("neg", u))
    double = ("call", "exp", ("*", ("num", 2), u))
    half = ("/", ("num", 1), ("num", 2))
    long = {
        "cosh": ("/", ("+", e, minus), ("num", 2)),
        "sinh": ("/", ("-", e, minus), ("num", 2)),
        "tanh": ("/", ("-", double, ("num", 1)), ("+", double, ("num", 1))),
        "erf": ("-", ("num", 1), ("call", "erfc", u)),
        "sqrt": ("**", u, half),
        "Phi": ("/", ("call", "erfc", ("/", ("neg", u), ("**", ("num", 2), half))), ("num", 2)),
        "gamma": ("call", "exp", ("call", "loggamma", u)),
        "factorial": ("call", "exp", factorials(u)),
    }
    must(name in long or name in FUNCTIONS or name == "loggamma", f"the function {name}")
    return long.get(name, tree)


def parts_of(tree):
    """A tree and all that it is made of."""
    return [tree, *(inner for part in tree if isinstance(part, tuple) for inner in parts_of(part))]


def logarithm(tree):
    """The logarithm of a plain tree, by its factors."""
    if tree[0] in ("*", "/"):
        return ("+" if tree[0] == "*" else "-", logarithm(tree[1]), logarithm(tree[2]))
    if tree[0] == "**":
        return ("*", tree[2], logarithm(tree[1]))
    return tree[2] if tree[:2] == ("call", "exp") else ("call", "log", tree)


def fraction_of(tree):
    """The rational number a tree is by its four operations, or None."""
    kind = tree[0]
    if kind == "num":
        return F(tree[1])
    if kind == "neg":
        inner = fraction_of(tree[1])
        return None if inner is None else -inner
    if kind in ("+", "-", "*", "/", "**"):
        a, b = fraction_of(tree[1]), fraction_of(tree[2])
        if a is None or b is None or (kind == "/" and b == 0):
            return None
        if kind == "**":
            return a ** int(b) if b.denominator == 1 and 0 <= b <= 60 else None
        return {"+": a + b, "-": a - b, "*": a * b}[kind] if kind != "/" else a / b
    return None


def rational(text):
    value = fraction_of(read(text))
    must(value is not None, f"a rational number: {text}")
    return value


def interval(tree, values):
    """An interval around the values of a plain tree."""
    kind = tree[0]
    if kind == "num":
        return iv.mpf(tree[1])
    if kind == "var":
        return iv.pi if tree[1] == "pi" else values[tree[1]]
    if kind == "neg":
        return -interval(tree[1], values)
    if kind == "call":
        return function(tree[1], interval(tree[2], values))
    a, b = interval(tree[1], values), interval(tree[2], values)
    if kind == "**":
        whole = fraction_of(tree[2])
        if whole is not None and whole.denominator == 1:
            return a ** int(whole)
        return iv.exp(b * function("log", a))
    if kind == "/":
        must(not (b.a <= 0 <= b.b), "division by an interval around zero")
    return {"+": a + b, "-": a - b, "*": a * b}[kind] if kind != "/" else a / b


def function(name, a):
    if name == "exp":
        return iv.exp(a)
    if name == "log":
        must(a.a > 0, "the logarithm of an interval that is not positive")
        return iv.log(a)
    if name == "loggamma":
        must(a.a > 0, "the logarithm of a gamma function of what is not positive")
        return iv.loggamma(a)
    # erfc falls; mpmath's value is widened by far more than its error.
    with mpmath.workprec(2 * DIGITS):
        low, high = mpmath.erfc(mpmath.mpf(a.b)), mpmath.erfc(mpmath.mpf(a.a))
        w = mpmath.mpf(2) ** (-DIGITS - 10)
        return iv.mpf([low * (1 - w), high * (1 + w)])


def exact(c):
    c = F(int(c.numerator), int(c.denominator)) if not isinstance(c, F) else c
    return iv.mpf(c.numerator) / c.denominator


def sign_of(x):
    return 1 if x.a > 0 else -1 if x.b < 0 else 0
