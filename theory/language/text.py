"""Claims as text: Python's expression syntax read by a whitelist, never evaluated."""

from __future__ import annotations

import ast
import difflib
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Expr, Integer, Rational, Symbol, oo

from .arrays import ARRAYS, FUNCTIONALS, Array, quadratic_form
from .events import Either, Event, Joint, opposite, related
from .families import ALIASES, FAMILIES, Normal, norm
from .heads import P
from .parameters import Parameter, real, size
from .roles import inferred
from .statements import Hypothesis, Link
from .variables import Random
from .vocabulary import CONSTANTS, COUNTS, EVENTS, FUNCTIONS, HEADS, KNOWN, OPERATORS, SIZE_NAMES

__all__ = ["Reader", "TextError", "Typed"]

_LONGEST = 4000
# Numbers that are written out have at most so many digits, and functions of counts go so far.
_LARGEST_POWER, _LARGEST_FACTORIAL, _LARGEST_HARMONIC, _DIGITS = 20_000, 20_000, 2_000, 20_000
_LARGEST_SUM, _DEEPEST = 100_000, 20


class TextError(ValueError):
    """A text that cannot be read; the message says where and what would do."""


@dataclass(frozen=True)
class Typed:
    """What a text says.

    Attributes
    ----------
    links : tuple of Link
    assumed : tuple of Parameter
        Parameters that nothing declared, with the domains they were given.
    """

    links: tuple[Link, ...]
    assumed: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class _Abbreviation:
    """A function that was let."""

    name: str
    arguments: tuple[str, ...]
    body: ast.expr


@dataclass
class Reader:
    """Reads texts with the same names.

    Attributes
    ----------
    declared : mapping of str to Parameter
        Sizes, reals and unnamed constants.
    let : mapping of str
        Names for what was typed before: expressions, arrays, functions.

    Examples
    --------
    >>> typed = Reader().read("P(chi2(d) >= 2*d) <= exp(-d/7)")
    >>> print(typed.links[0])
    P(ChiSquare(d) >= 2*d) <= exp(-d/7)
    >>> [f"{p} is {p.domain}" for p in typed.assumed]
    ['d is an integer from 1']
    """

    declared: Mapping[str, Parameter] = field(default_factory=dict)
    let: dict[str, Any] = field(default_factory=dict)
    _assumed: dict[str, Parameter] = field(default_factory=dict)
    _roles: dict[str, Parameter] = field(default_factory=dict)
    _text: str = ""
    _locals: dict[str, Any] = field(default_factory=dict)
    _depth: int = 0

    def read(self, text: str) -> Typed:
        """A claim: two or more sides with relations between them."""
        parts, relations = _split(text)
        links: list[Link] = []
        sides: list[Any] = []
        for part in parts:
            tree = self.parsed(part)
            if isinstance(tree, ast.Compare) and len(parts) == 1:
                operators = [OPERATORS.get(type(op)) for op in tree.ops]
                if None in operators:
                    raise self._error(tree, "a claim is tied by <= < >= > == only")
                relations = [op for op in operators if op is not None]
                sides = [self._expression(side) for side in (tree.left, *tree.comparators)]
            else:
                sides.append(self._expression(tree))
        if len(sides) < 2:
            raise TextError(f"{text!r} has no relation; a claim is such as P(chi2(d) >= 2*d) <= exp(-d/7)")
        for left, relation, right in zip(sides, relations, sides[1:], strict=False):
            links.append(Link(left, relation, right))
        return Typed(tuple(links), tuple(self._assumed[name] for name in sorted(self._assumed)))

    def expression(self, text: str) -> Expr:
        """An expression in numbers and parameters."""
        found = self._expression(self.parsed(text))
        if not isinstance(found, Expr):
            raise TextError(f"{text!r} is no expression")
        return found

    def hypothesis(self, text: str) -> Hypothesis:
        """A condition such as ``m >= d``."""
        tree = self.parsed(text)
        if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or type(tree.ops[0]) not in OPERATORS:
            raise self._error(tree, "a condition is one relation, such as m >= d")
        left, right = self._expression(tree.left), self._expression(tree.comparators[0])
        operator = OPERATORS[type(tree.ops[0])]
        relation = sympy.Rel(left, right, "==" if operator == "=" else operator)
        return Hypothesis(relation, text.strip())

    def define(self, text: str) -> str:
        """``X = Normal(0, 1)`` or ``h(u) = u*log(u)``: remember what a name stands for, and return the name."""
        name, sign, value = text.partition("=")
        if not sign or value.startswith("="):
            raise TextError(f"{text!r} defines nothing; write NAME = EXPRESSION")
        target = self.parsed(name)
        if isinstance(target, ast.Call) and isinstance(target.func, ast.Name):
            arguments = tuple(a.id if isinstance(a, ast.Name) else "" for a in target.args)
            if not all(arguments) or target.keywords:
                raise TextError(f"{name.strip()!r}: a function's arguments are names")
            label = target.func.id
            self._free(label)
            self.let[label] = _Abbreviation(label, arguments, self.parsed(value))
            return label
        if not isinstance(target, ast.Name):
            raise TextError(f"{name.strip()!r} is no name")
        self._free(target.id)
        found = self._value(self.parsed(value))
        if isinstance(found, Random):
            found = found.changed(name=target.id, tex=target.id)
        self.let[target.id] = found
        return target.id

    def _free(self, name: str) -> None:
        if name in KNOWN or name in self.declared:
            raise TextError(f"{name!r} already means something; choose another name")

    def parsed(self, text: str) -> ast.expr:
        """A text as Python's expression, its names' roles noted."""
        self._text = text.strip()
        if len(self._text) > _LONGEST:
            raise TextError(f"the text has {len(self._text)} characters; {_LONGEST} are read at most")
        try:
            tree = ast.parse(self._text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            column = getattr(error, "offset", None)
            where = f", column {column}" if column else ""
            what = _hint(self._text) or getattr(error, "msg", None) or str(error)
            raise TextError(f"{self._text!r} cannot be read{where}: {what}") from None
        for name, parameter in inferred(tree, self.declared, self.let):
            self._roles.setdefault(name, parameter)
            if parameter.is_size and not self._roles[name].is_size:
                self._roles[name] = parameter
        return tree

    def _error(self, node: ast.AST, why: str) -> TextError:
        column = getattr(node, "col_offset", 0)
        last = getattr(node, "end_col_offset", len(self._text))
        encoded = self._text.encode()
        here = encoded[column:last].decode(errors="replace")
        at = len(encoded[:column].decode(errors="replace")) + 1
        return TextError(f"{here!r} (column {at} of the claim): {why}")

    def _expression(self, node: ast.expr) -> Any:
        found = self._value(node)
        if isinstance(found, Array):
            raise self._error(node, f"an array is no number; take {', '.join(found.functionals)} of it")
        if isinstance(found, Event | Joint | Either):
            raise self._error(node, "an event is no number; P(...) of it is one")
        return found

    def _value(self, node: ast.expr) -> Any:
        try:
            return self._read(node)
        except TextError:
            raise
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            raise self._error(node, str(error)) from None
        except RecursionError:
            raise self._error(node, "nested too deeply") from None

    def _read(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.Compare):
            return self._compared(node)
        if isinstance(node, ast.BoolOp):
            kind = Joint if isinstance(node.op, ast.And) else Either
            return kind(*(self._event(v) for v in node.values))
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        raise self._error(node, "this is no part of a claim: numbers, names, functions, relations are")

    def _number(self, node: ast.Constant) -> Expr:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self._error(node, "a number is needed")
        text = ast.get_source_segment(self._text, node) or repr(node.value)
        return Rational(text.replace("_", "")) if isinstance(node.value, float) else Integer(node.value)

    def _name(self, node: ast.Name) -> Any:
        name = node.id
        if name in self._locals:
            return self._locals[name]
        if name in self.let:
            return self.let[name]
        if name in self.declared:
            return self.declared[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name.startswith("__") or name in KNOWN:
            raise self._error(node, f"{name} is a function, or no name of a parameter")
        if name not in self._assumed:
            known = self._roles.get(name)
            if known is None:
                known = size(name) if name in SIZE_NAMES else real(name, 0, oo)
            self._assumed[name] = known
        return self._assumed[name]

    def _unary(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Invert | ast.Not):
            return opposite(self._event(node.operand))
        value = self._expression(node.operand)
        if isinstance(node.op, ast.USub):
            return -value
        return value

    def _binary(self, node: ast.BinOp) -> Any:
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            sides = [node.left, node.right]
            if not all(_is_event(side) for side in sides):
                if isinstance(node.op, ast.BitAnd):
                    why = "put the relations around & in parentheses: (X >= 1) & (Y <= 2)"
                else:
                    why = "a bare | is not read: a conditional probability is P(A, given=B), one of two events Or(A, B)"
                raise self._error(node, why)
            events = [self._event(side) for side in sides]
            return (Joint if isinstance(node.op, ast.BitAnd) else Either)(*events)
        if isinstance(node.op, ast.BitXor):
            raise self._error(node, "a power is written **")
        left, right = self._expression(node.left), self._expression(node.right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div):
            if right == 0:
                raise self._error(node, "division by 0")
            return left / right
        if isinstance(node.op, ast.Pow):
            if left.is_Rational and right.is_Rational and left not in (0, 1, -1):
                digits = max(int(left.p).bit_length(), int(left.q).bit_length()) * abs(right) / 3
                if abs(right) > _LARGEST_POWER or digits > _DIGITS:
                    raise self._error(node, f"a power of a number up to {_LARGEST_POWER} is read; write exp(...)")
            return left**right
        raise self._error(node, "this operation is not read; + - * / ** are")

    def _event(self, node: ast.expr) -> Event | Joint | Either:
        found = self._value(node)
        if not isinstance(found, Event | Joint | Either):
            raise self._error(node, "an event is needed here, such as X >= 1")
        return found

    def _compared(self, node: ast.Compare) -> Event | Joint | Either:
        sides = [self._expression(side) for side in (node.left, *node.comparators)]
        events: list[Any] = []
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            if isinstance(op, ast.NotEq):
                events.append(opposite(related(left, "=", right)))
            elif type(op) in OPERATORS:
                events.append(related(left, OPERATORS[type(op)], right))
            else:
                raise self._error(node, "an event is made by <= < >= > == !=")
        found: Event | Joint | Either = events[0] if len(events) == 1 else Joint(*events)
        return found

    def _attribute(self, node: ast.Attribute) -> Any:
        base = self._value(node.value)
        if node.attr not in FUNCTIONALS:
            raise self._error(node, f"{node.attr!r} may not follow a dot; {', '.join(FUNCTIONALS)} may")
        if not isinstance(base, Array):
            raise self._error(node, f"{node.attr} is taken of an array, such as iid(X, n)")
        if node.attr not in base.functionals:
            raise self._error(node, f"it has no {node.attr}; it has {', '.join(base.functionals)}")
        return getattr(base, node.attr)

    def _call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute):
            taken = self._attribute(node.func)
            arguments = [self._argument(a) for a in node.args]
            return taken(*arguments) if callable(taken) and not isinstance(taken, Expr) else taken
        if not isinstance(node.func, ast.Name):
            raise self._error(node, "only functions with a name are called; a product is written 2*(...)")
        name = node.func.id
        if name in self.let:
            return self._abbreviated(node, self.let[name])
        if name == "P":
            return self._probability(node)
        if name == "Sum":
            return self._sum(node)
        if name in EVENTS:
            events = [self._event(a) for a in node.args]
            if node.keywords or (len(events) != 1 if name == "Not" else len(events) < 2):
                raise self._error(node, "Not(A) is of one event, And(A, B) and Or(A, B) of two or more")
            if name == "Not":
                return opposite(events[0])
            return (Joint if name == "And" else Either)(*events)
        keywords: dict[str, Any] = {k.arg or "**": self._expression(k.value) for k in node.keywords}
        arguments = [self._argument(a) for a in node.args]
        if name == "Normal":
            return Normal(*arguments, **keywords)
        if name in FUNCTIONALS and len(arguments) >= 1 and isinstance(arguments[0], Array):
            if name == "norm" or name in arguments[0].functionals:
                return self._functional(node, name, arguments)
            raise self._error(node, f"it has no {name}; it has {', '.join(arguments[0].functionals)}")
        if name == "norm":
            return norm(*arguments, **keywords)
        family = FAMILIES.get(ALIASES.get(name, name))
        if family is not None:
            left = family.parameters[len(arguments) :]
            named = {p.name: keywords.pop(p.name) for p in left if p.name in keywords}
            if keywords:
                raise self._error(
                    node, f"{family.name} has no parameter {next(iter(keywords))} left to be given by name"
                )
            rest = [named[p.name] for p in left if p.name in named]
            return family(*arguments, *rest)
        if keywords:
            raise self._error(node, f"{name} takes no argument by name")
        if name in ARRAYS:
            return ARRAYS[name](*arguments)
        if name == "quadratic_form":
            return quadratic_form(*arguments)
        if name in HEADS:
            if any(isinstance(a, Event | Joint | Either) for a in arguments):
                raise self._error(node, "an event is no number; P(...) of it is one")
            wanted = 2 if name == "Quantile" else 1
            if len(arguments) != wanted:
                raise self._error(node, f"{name} takes {wanted} argument(s), found {len(arguments)}")
            return HEADS[name](*arguments)
        if name in ("max", "min"):
            return (sympy.Max if name == "max" else sympy.Min)(*arguments)
        if name in FUNCTIONS:
            return self._function(node, name, arguments)
        near = difflib.get_close_matches(name, [*KNOWN, *FUNCTIONALS, *self.let], n=1, cutoff=0.0)
        raise self._error(node, f"no function or law is called {name!r}; the nearest is {near[0]!r}")

    def _argument(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name) and node.id in FAMILIES and node.id not in self.let:
            return FAMILIES[node.id]
        if isinstance(node, ast.List | ast.Tuple):
            return [self._expression(e) for e in node.elts]
        return self._value(node)

    def _functional(self, node: ast.Call, name: str, arguments: list[Any]) -> Any:
        taken = getattr(arguments[0], name)
        if isinstance(taken, Expr):
            if len(arguments) > 1:
                raise self._error(node, f"{name} takes nothing besides the array")
            return taken
        return taken(*arguments[1:])

    def _function(self, node: ast.Call, name: str, arguments: list[Any]) -> Expr:
        if any(not isinstance(a, Expr) for a in arguments):
            raise self._error(node, f"{name} is taken of numbers")
        if name in COUNTS and len(arguments) != COUNTS[name]:
            raise self._error(node, f"{name} takes {COUNTS[name]} argument(s), found {len(arguments)}")
        most = _LARGEST_HARMONIC if name == "harmonic" else _LARGEST_FACTORIAL
        if name in ("factorial", "gamma", "binomial", "harmonic") and any(
            a.is_Rational and abs(a) > most for a in arguments
        ):
            raise self._error(node, f"{name} of numbers up to {most} is read")
        return FUNCTIONS[name](*arguments)

    def _probability(self, node: ast.Call) -> P:
        given = [k.value for k in node.keywords if k.arg == "given"]
        if len(node.args) != 1 or len(given) != len(node.keywords):
            raise self._error(node, "P is of one event, P(A), or of one given another, P(A, given=B)")
        if not _is_event(node.args[0]):
            raise self._error(node.args[0], "P is of an event, such as X >= 1")
        return P(self._event(node.args[0]), *[self._event(g) for g in given])

    def _sum(self, node: ast.Call) -> Expr:
        parts = node.args
        if len(parts) == 2 and isinstance(parts[1], ast.Tuple):
            parts = [parts[0], *parts[1].elts]
        if len(parts) != 4 or not isinstance(parts[1], ast.Name):
            raise self._error(node, "a sum is written Sum(f, (i, first, last))")
        index = Symbol(parts[1].id, integer=True)
        low, high = self._expression(parts[2]), self._expression(parts[3])
        if low.is_Integer and high.is_Integer and high - low > _LARGEST_SUM:
            raise self._error(node, f"a sum of up to {_LARGEST_SUM} terms is read")
        before = dict(self._locals)
        self._locals[parts[1].id] = index
        try:
            body = self._expression(parts[0])
        finally:
            self._locals = before
        return sympy.Sum(body, (index, low, high))

    def _abbreviated(self, node: ast.Call, known: Any) -> Any:
        if not isinstance(known, _Abbreviation):
            raise self._error(node, "this name is no function")
        if len(node.args) != len(known.arguments) or node.keywords:
            raise self._error(node, f"{known.name} takes {', '.join(known.arguments)}")
        values = [self._expression(a) for a in node.args]
        before, depth = self._locals, self._depth
        # The body sees its own arguments, and no index or argument of what calls it.
        self._locals = dict(zip(known.arguments, values, strict=True))
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise self._error(node, f"{known.name} calls itself, or is nested too deeply")
            return self._expression(known.body)
        finally:
            self._locals, self._depth = before, depth


def _hint(text: str) -> str:
    """What would do in the place of what theorists write and Python does not read, or nothing."""
    if product := re.search(r"(?<![\w.])(\d+)([A-Za-z_]\w*|\()", text):
        return f"a product is written {product[1]}*{product[2]}" + ("..." if product[2] == "(" else "")
    if several := re.search(r"\b(max|min|sum|mean) of\b", text):
        return f"the {several[1]} of n independent copies of a law is iid(LAW, n).{several[1]}"
    if re.search(r"\|[^|]+\|", text):
        return "an absolute value is written abs(...)"
    if condition := re.search(r"\b(for all|for every|for any|where|whenever|with|when)\b", text):
        return f"what follows {condition[1]!r} is given apart from the claim, as a hypothesis or a domain"
    return ""


def _is_event(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitAnd | ast.BitOr)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Invert | ast.Not)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in EVENTS
    return isinstance(node, ast.Compare | ast.BoolOp)


def _split(text: str) -> tuple[list[str], list[str]]:
    """The sides of a text at its single = and ~ on the top level, and those relations; else the whole text."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text.strip()).readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return [text], []
    depth, cuts = 0, []
    before = ""
    for token in tokens:
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        elif depth == 0 and (token.string == "=" or (token.string == "~" and before not in ("", "&", "|", "="))):
            cuts.append((token.start[1], token.end[1], token.string))
        before = token.string or before
    if not cuts:
        return [text], []
    line = text.strip()
    parts, start = [], 0
    for first, last, _ in cuts:
        parts.append(line[start:first])
        start = last
    parts.append(line[start:])
    if any(op in part for part in parts for op in ("<", ">", "==")) and len(cuts) == 1 and cuts[0][2] == "=":
        # A chain such as A = B <= C is one comparison.
        joined = "==".join(parts)
        return [joined], []
    return parts, [cut[2] for cut in cuts]
