"""Re-check proof objects of relations on intervals: no search, no factoring, nothing shared with the provers.

A proof object is ``{"claim": {left, relation, right, domain}, "proof": step}``; the domain gives each variable its ends
as text and which of them belong ("", left, right, both; or integers). The steps, each with the proof of what remains:

cases: the domain of a variable in open intervals and points that cover it; a point is put in the place of the variable.
affine: low + width·s, s in (0, 1) or (0, ∞), with a proof that the width is positive; high − s if there is no low end.
shift: start + width·s with rationals, for an open interval with rational ends.
power: s^n for a variable that is not negative. exponential: log(s)/rate.
wider: the same claim on a larger open interval. logs: the logarithms of both sides.
integers: the integers below a bound one by one in balls, and all reals from it on.
sign: atoms (`referee_atoms`); the difference of the sides as a fraction of polynomials in them, every division by
what vanishes nowhere; the signs of the two polynomials (`referee_rules`).
"""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from .referee_ends import Rejected, need
from .referee_rules import Rules

__all__ = ["recheck", "rejection"]

Step = dict[str, Any]
Domain = dict[str, tuple[str, str, str]]

MOST_INTEGERS = 20000
PRECISION = 53
SHORT = {
    "cosh": "(exp(U)+exp(-U))/2",
    "sinh": "(exp(U)-exp(-U))/2",
    "tanh": "(exp(2*U)-1)/(exp(2*U)+1)",
    "erf": "1-erfc(U)",
    "sqrt": "U**(1/2)",
    "Phi": "erfc(-U/sqrt(2))/2",
}

RESERVED = {*SHORT, "log", "exp", "erfc", "pi", "E", "oo"}


def recheck(proof: Any) -> bool:
    """Whether a proof object proves its claim.

    Examples
    --------
    >>> claim = {"left": "0", "relation": "<", "right": "1 + x", "domain": {"x": ["0", "oo", ""]}}
    >>> node = {"rule": "orthant", "of": "x + 1", "cuts": None}
    >>> one = {"rule": "number", "of": "1"}
    >>> step = {"step": "sign", "in": ["x"], "atoms": [], "reads": {}, "divisors": []}
    >>> step.update({"above": "x + 1", "below": "1", "proofs": [node, one]})
    >>> recheck({"claim": claim, "proof": step})
    True
    >>> recheck({"claim": {**claim, "right": "x - 1"}, "proof": step})
    False
    """
    return rejection(proof) is None


def rejection(proof: Any) -> str | None:
    """Why a proof object is not accepted, or None when it proves its claim."""
    precision, ctx.prec = ctx.prec, PRECISION
    try:
        claim = proof["claim"]
        need(claim["relation"] in ("<", "<=", ">", ">="), "the relation")
        domain = {str(k): (str(a), str(b), str(c)) for k, (a, b, c) in claim["domain"].items()}
        need(not RESERVED & domain.keys(), "a name with a meaning")
        _step(claim["left"], claim["right"], claim["relation"], domain, proof["proof"])
    except Rejected as error:
        return str(error)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, SyntaxError) as error:
        return f"malformed: {error!r}"
    except (ZeroDivisionError, OverflowError, RecursionError) as error:
        return f"no value: {error!r}"
    finally:
        ctx.prec = precision
    return None


def _put(text: str, name: str, value: str) -> str:
    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse(value, mode="eval").body if node.id == name else node

    return ast.unparse(Put().visit(ast.parse(text, mode="eval").body))


def _names(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Name)}


def _number(text: str) -> Fraction | None:
    """The rational number that a text of +, −, ·, / and integers is."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return Fraction(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.BinOp):
            a, b = value(node.left), value(node.right)
            if isinstance(node.op, ast.Add):
                return a + b
            if isinstance(node.op, ast.Sub):
                return a - b
            if isinstance(node.op, ast.Mult):
                return a * b
            if isinstance(node.op, ast.Div):
                return a / b
        raise Rejected("no rational number")

    if text in ("oo", "-oo"):
        return None
    try:
        return value(ast.parse(text, mode="eval").body)
    except (Rejected, ZeroDivisionError):
        return None


def _replaced(domain: Domain, name: str, value: str, new: Domain) -> Domain:
    out = dict(new)
    for other, (low, high, closed) in domain.items():
        if other != name:
            ends = []
            for end in (low, high):
                if end not in ("oo", "-oo") and name in _names(end):
                    end = _put(end, name, value)
                    end = str(_number(end)) if _number(end) is not None else end
                ends.append(end)
            out[other] = (ends[0], ends[1], closed)
    return out


def _step(left: str, right: str, relation: str, domain: Domain, step: Step) -> None:
    kind = step["step"]
    if kind == "sign":
        _sign(left, right, relation, domain, step)
        return
    if kind == "logs":
        _step(_log_text(left), _log_text(right), relation, domain, step["proof"])
        return
    name = step["of"]
    low, high, closed = domain[name]
    need(
        closed in ("", "left", "right", "both") or (closed, kind) == ("integers", "integers"), "the ends of an interval"
    )
    if kind == "cases":
        _cases(left, right, relation, domain, step)
        return
    if kind == "wider":
        need(not closed, "a closed end in a wider interval")
        for old, new_end, side in zip((low, high), step["to"], (1, -1), strict=True):
            far = new_end == "-oo" if side > 0 else new_end == "oo"
            if not far and new_end != old:
                gap = enclosed(_plain(old), {}) - arb(fmpq(*Fraction(new_end).as_integer_ratio()))
                need(gap * side > 0, "an interval that is not wider")
        part = {**domain, name: (step["to"][0], step["to"][1], "")}
        _step(left, right, relation, part, step["proof"])
        return
    if kind == "integers":
        _integers(left, right, relation, domain, step)
        return
    new = step["new"]
    need(new.isidentifier() and new not in domain and new not in _names(left) | _names(right), "a name in use")
    need(new not in RESERVED, "a name with a meaning")
    if kind == "affine":
        value, ends = _affine(step, domain)
    elif kind == "shift":
        start, width = Fraction(step["start"]), Fraction(step["width"])
        need(width != 0, "a width of zero")
        value = f"({start}) + ({width})*{new}"
        need(not closed, "a closed end in a shift")
        at = [end if end in ("oo", "-oo") else str((Fraction(end) - start) / width) for end in (low, high)]
        if width < 0:
            at = [{"oo": "-oo", "-oo": "oo"}.get(end, end) for end in reversed(at)]
        ends = (at[0], at[1], "")
    elif kind == "power":
        n, least = step["degree"], _number(low)
        need(type(n) is int and n >= 1 and least is not None and least >= 0, "a power of what may be negative")
        roots = [end if end in ("0", "1", "oo") else f"({end})**(1/{n})" for end in (low, high)]
        value, ends = f"{new}**{n}", (roots[0], roots[1], closed)
    else:
        need(kind == "exponential", f"a step {kind!r}")
        rate = Fraction(step["rate"])
        need(rate > 0, "a rate that is not positive")
        images = [{"0": "1", "-oo": "0", "oo": "oo"}.get(end, f"exp(({end})*({rate}))") for end in (low, high)]
        value, ends = f"log({new})/({rate})", (images[0], images[1], closed)
    inner = _replaced(domain, name, value, {new: ends})
    _step(_put(left, name, value), _put(right, name, value), relation, inner, step["proof"])


def _integers(left: str, right: str, relation: str, domain: Domain, step: Step) -> None:
    """The integers below a bound one by one, in balls; all reals from it on by a proof."""
    name, start = step["of"], step["from"]
    low, high, _ = domain[name]
    least = int(low)
    need(high == "oo" and least <= int(start) <= least + MOST_INTEGERS, "the integers of a domain")
    large, small = (right, left) if relation[0] == "<" else (left, right)
    tree = _plain(f"({large}) - ({small})")
    for n in range(least, int(start)):
        need(enclosed(tree, {name: arb(n)}) > 0, f"the relation at {name} = {n}")
    _step(left, right, relation, {**domain, name: (str(int(start)), "oo", "left")}, step["proof"])


def enclosed(node: ast.expr, values: dict[str, Any]) -> Any:
    """A ball around the value of an expression.

    Examples
    --------
    >>> round(float(enclosed(ast.parse("log(x)/2", mode="eval").body, {"x": arb(4)}).mid()), 6)
    0.693147
    """
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return arb(node.value)
    if isinstance(node, ast.Name):
        return arb.pi() if node.id == "pi" else values[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -enclosed(node.operand, values)
    if isinstance(node, ast.Call):
        return getattr(enclosed(node.args[0], values), node.func.id)()  # type: ignore[attr-defined]
    need(isinstance(node, ast.BinOp), "an expression")
    assert isinstance(node, ast.BinOp)
    a, b = enclosed(node.left, values), enclosed(node.right, values)
    if isinstance(node.op, ast.Pow):
        whole = b.unique_fmpz() if b.is_exact() else None
        return a ** int(whole) if whole is not None else (a.log() * b).exp()
    if isinstance(node.op, ast.Mult):
        return a * b
    if isinstance(node.op, ast.Div):
        return a / b
    return a + b if isinstance(node.op, ast.Add) else a - b


def _affine(step: Step, domain: Domain) -> tuple[str, tuple[str, str, str]]:
    low, high, closed = domain[step["of"]]
    width = step["width"]
    others = {k: v for k, v in domain.items() if k != step["of"]}
    _step("0", width, "<", others, step["positive"])
    if low == "-oo":
        need(high != "oo" and width == "1", "an interval without ends")
        return f"({high}) - (1)*{step['new']}", ("0", "oo", "left" if closed == "right" else "")
    if high != "oo":
        need(width == f"({high}) - ({low})", "the width of an interval")
    return f"({low}) + ({width})*{step['new']}", ("0", "oo" if high == "oo" else "1", closed)


def _cases(left: str, right: str, relation: str, domain: Domain, step: Step) -> None:
    name = step["of"]
    low, high, closed = domain[name]
    pieces, here, covered = list(step["pieces"]), low, closed not in ("left", "both")
    inner_marks = [p["at"] for p in pieces if "at" in p and p["at"] not in (low, high)]
    for mark in inner_marks:
        if mark in domain and mark != name:
            need(len(inner_marks) == 1 and domain[mark] == (low, high, ""), "a mark outside the interval")
        else:
            c = _number(mark)
            need(c is not None and (low == "-oo" or Fraction(low) < c), "a mark outside the interval")
            need(c is not None and (high == "oo" or c < Fraction(high)), "a mark outside the interval")
    for piece in pieces:
        if "at" in piece:
            need(piece["at"] == here and not covered and here not in ("oo", "-oo"), "cases that do not meet")
            point = piece["at"]
            inner = _replaced(domain, name, point, {})
            _step(_put(left, name, point), _put(right, name, point), relation, inner, piece["proof"])
            covered = True
        else:
            need(piece["from"] == here and covered, "cases that do not meet")
            to = piece["to"]
            part = {k: (here, to, "") if k == name else v for k, v in domain.items()}
            _step(left, right, relation, part, piece["proof"])
            here, covered = to, to == high and closed not in ("right", "both")
    need(here == high and covered, "cases that do not cover the interval")


def _plain(text: str) -> ast.expr:
    class Plain(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            need(isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords, "a call")
            argument, function = self.visit(node.args[0]), node.func.id  # type: ignore[attr-defined]
            if function in SHORT:
                return _plain(_put(SHORT[function], "U", ast.unparse(argument)))
            need(function in ("log", "exp", "erfc"), f"the function {function}")
            return ast.Call(node.func, [argument], [])

        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse("exp(1)", mode="eval").body if node.id == "E" else node

    return Plain().visit(ast.parse(text, mode="eval").body)  # type: ignore[no-any-return]


def _log_text(text: str) -> str:
    """log(uv) = log u + log v and log(u^c) = c log u; each factor is shown to be positive where it is read."""

    def log(node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            joint = ast.Add() if isinstance(node.op, ast.Mult) else ast.Sub()
            return ast.BinOp(log(node.left), joint, log(node.right))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return ast.BinOp(node.right, ast.Mult(), log(node.left))
        if isinstance(node, ast.Call) and node.func.id == "exp":  # type: ignore[attr-defined]
            return node.args[0]
        return ast.Call(ast.Name("log"), [node], [])

    return ast.unparse(log(_plain(text)))


def _sign(left: str, right: str, relation: str, domain: Domain, step: Step) -> None:
    box: dict[str, tuple[Fraction, Fraction | None]] = {}
    for name in step["in"]:
        low, high, closed = domain[name]
        need(not closed, "a closed end in a sign step")
        box[name] = Fraction(low), None if high == "oo" else Fraction(high)
        need(high == "oo" or Fraction(low) < Fraction(high), "an empty interval")
    rules = Rules(box, step["atoms"], step["divisors"], step["reads"])
    large, small = (right, left) if relation[0] == "<" else (left, right)
    top, bottom = rules.read(_plain(f"({large}) - ({small})"))
    above, below = rules.poly(step["above"]), rules.poly(step["below"])
    need(not rules.zero(below) and rules.same(top * below, above * bottom), "the fraction of the difference")
    if step["proofs"][0] == {"rule": "zero"}:
        need(rules.zero(above) and relation in ("<=", ">="), "equality")
        return
    signs, weak = [], False
    for poly, node in ((above, step["proofs"][0]), (below, step["proofs"][1])):
        found = rules.check(poly, node, step["in"][0] if step["in"] else "")
        need(len(found.signs) == 1, "a change of sign")
        signs.append(found.signs[0])
        weak = found.weak
        need(poly is above or not weak, "a denominator that may vanish")
        if poly is above and weak:
            need(relation in ("<=", ">="), "equality is not excluded")
    need(signs[0] * signs[1] == 1, "the wrong sign")
