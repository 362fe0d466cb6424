"""Re-check proof objects of relations on intervals: no search, no factoring, nothing shared with the provers.

A proof object is ``{"claim": {left, relation, right, domain}, "proof": step}``; the domain gives each variable its ends
as text and which of them belong ("", left, right, both; or integers). The steps, each with the proof of what remains:

cases: points, and the open intervals between them and the ends; a point is put in the place of the variable.
put: top/bottom, a fraction of polynomials in a new variable on an open interval; bottom is positive; at its two ends
it has those of the old variable as limits (a positive bottom there, or a bottom of zero and a top of one sign), if
`turned` the other way round; `positive` holds the proofs. Polynomials may hold other expressions as they stand.
power: s^n for a variable that is not negative. exponential: log(s)/rate.
wider: the same claim on a larger open interval. logs: the logarithms of both sides.
choice: every value that a Min, Max or Abs may take in its place, but for those that `order` shows to be never needed.
sum: parts [small, large, proof], whose differences add up to that of the sides.
constant: a new variable on an interval around it in the place of pi.
integers: the integers below a bound one by one in balls, and all reals from it on.
sign: atoms (`referee_atoms`); the difference of the sides as a fraction of polynomials in them, every division by
what vanishes nowhere; the signs of the two polynomials (`referee_rules`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fractions import Fraction
from operator import add, mul, sub, truediv
from typing import Any

from flint import Ordering, arb, fmpq, fmpq_mpoly_ctx

from .referee_atoms import fraction, tree
from .referee_ends import Rejected, judged, need
from .referee_rules import Rules

__all__ = ["FAR", "RESERVED", "enclosed", "known", "leaves", "names_of", "onto", "put_in", "recheck", "rejection"]

Step = dict[str, Any]
Domain = dict[str, tuple[str, str, str]]

MOST_INTEGERS = 20000
FAR = ("oo", "-oo")
SHORT = {
    "cosh": "(exp(U)+exp(-U))/2",
    "sinh": "(exp(U)-exp(-U))/2",
    "tanh": "(exp(2*U)-1)/(exp(2*U)+1)",
    "erf": "1-erfc(U)",
    "sqrt": "U**(1/2)",
    "Phi": "erfc(-U/sqrt(2))/2",
}
RESERVED = {*SHORT, "log", "exp", "erfc", "Min", "Max", "Abs", "pi", "E", "oo"}


def recheck(proof: Any) -> bool:
    """Whether a proof object proves its claim.

    Examples
    --------
    >>> claim = {"left": "0", "relation": "<", "right": "1 + x", "domain": {"x": ["0", "oo", ""]}}
    >>> step = {"step": "sign", "in": ["x"], "atoms": [], "reads": {}, "above": "x + 1", "below": "1"}
    >>> step["proofs"] = [{"rule": "positive", "of": "x + 1"}, {"rule": "positive", "of": "1"}]
    >>> recheck({"claim": claim, "proof": step})
    True
    >>> recheck({"claim": {**claim, "right": "x - 1"}, "proof": step})
    False
    """
    return rejection(proof) is None


@judged
def rejection(proof: Any) -> None:
    """Why a proof object is not accepted, or None when it proves its claim."""
    claim = proof["claim"]
    need(claim.keys() - {"kind"} == {"left", "relation", "right", "domain"}, "what a claim has")
    need(claim["relation"] in ("<", "<=", ">", ">="), "the relation")
    known(claim["domain"], [claim["left"], claim["right"]])
    domain = {name: tuple(ends) for name, ends in claim["domain"].items()}
    small, large = (claim[k] for k in (("left", "right") if claim["relation"][0] == "<" else ("right", "left")))
    _step(small, large, claim["relation"] in ("<", ">"), domain, proof["proof"])


def known(domain: Any, texts: Iterable[str]) -> None:
    """Demand that parameters have names and intervals, and that texts name nothing else."""
    for name, (_, _, closed) in domain.items():
        need(name.isidentifier() and name not in RESERVED, "the names of parameters")
        need(closed in ("", "left", "right", "both", "integers"), "the ends of an interval")
    texts = [*texts, *(end for ends in domain.values() for end in ends[:2])]
    need(all(names_of(text) <= domain.keys() | RESERVED for text in texts), "a name that is no parameter")


def put_in(text: str, old: str, new: str) -> str:
    """A text with an expression in the place of a name or of a call."""
    value = tree(new)

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            same = isinstance(node, ast.Name | ast.Call) and ast.unparse(node) == old
            return value if same else self.generic_visit(node)

    return ast.unparse(Put().visit(tree(text)))


def names_of(text: str) -> set[str]:
    return {n.id for n in ast.walk(tree(text)) if isinstance(n, ast.Name)}


def _fractions(*texts: str) -> list[tuple[Any, Any]]:
    """Fractions of polynomials in whatever is no sum, product, quotient or whole power, each such part by its text."""
    nodes = [n for text in texts for n in ast.walk(tree(text))]
    names = {ast.unparse(n) for n in nodes if isinstance(n, ast.Name | ast.Call | ast.BinOp)}
    ring = fmpq_mpoly_ctx.get([f"({name})" for name in sorted(names)], Ordering.lex)
    gens, one = dict(zip(sorted(names), ring.gens(), strict=True)), ring.constant(1)

    def divides(p: Any) -> None:
        need(not p.is_zero(), "division by zero")

    return [fraction(tree(text), lambda n: (gens[ast.unparse(n)], one), one, divides) for text in texts]


def _number(text: str) -> Fraction | None:
    """The rational number that a text of +, −, ·, / and integers is."""
    if text in FAR:
        return None
    try:
        top, bottom = _fractions(text)[0]
        need(not leaves(text), "a number")
    except Rejected:
        return None
    value = top.leading_coefficient() / bottom.leading_coefficient() if top else fmpq(0)
    return Fraction(int(value.p), int(value.q)) if top.is_constant() and bottom.is_constant() else None


def _end(text: str, name: str, value: str) -> str:
    """An end of another variable's interval with a value put in, as a number where it is one."""
    if text in FAR or name not in names_of(text):
        return text
    text = put_in(text, name, value)
    number = _number(text)
    return text if number is None else str(number)


def _replaced(domain: Domain, name: str, value: str, new: Domain) -> Domain:
    rest = {k: (_end(a, name, value), _end(b, name, value), c) for k, (a, b, c) in domain.items() if k != name}
    return {**new, **rest}


def _step(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    kind = step["step"]
    if kind == "logs":
        _step(_log_text(small), _log_text(large), strict, domain, step["proof"])
    elif kind == "constant":
        new, (low, high) = step["new"], step["between"]
        _fresh(new, small, large, domain)
        need(arb(fmpq(*Fraction(low).as_integer_ratio())) < arb.pi(), "an interval around pi")
        need(arb.pi() < arb(fmpq(*Fraction(high).as_integer_ratio())), "an interval around pi")
        inner = {**_replaced(domain, "pi", new, {}), new: (low, high, "")}
        _step(put_in(small, "pi", new), put_in(large, "pi", new), strict, inner, step["proof"])
    elif kind in ("power", "exponential", "put"):
        _changed(small, large, strict, domain, step)
    else:
        steps = {"sign": _sign, "cases": _cases, "wider": _wider, "choice": _choice, "sum": _sum}
        steps["integers"] = _integers
        need(kind in steps, f"a step {kind!r}")
        steps[kind](small, large, strict, domain, step)


def _fresh(new: str, small: str, large: str, domain: Domain) -> None:
    ends = {n for ends in domain.values() for end in ends[:2] if end not in FAR for n in names_of(end)}
    need(new.isidentifier() and new not in {*domain, *names_of(small), *names_of(large), *ends}, "a name in use")
    need(new not in RESERVED, "a name with a meaning")


def _changed(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    """Another variable in the place of one."""
    name, new = step["of"], step["new"]
    _fresh(new, small, large, domain)
    low, high, closed = domain[name]
    need(closed in ("", "left", "right", "both"), "the ends of an interval")
    if step["step"] == "power":
        n = step["degree"]
        need(type(n) is int and n >= 1 and enclosed(_plain(low), {}) >= 0, "a power of what may be negative")
        roots = [end if end in ("0", "1", "oo") else f"({end})**(1/{n})" for end in (low, high)]
        value, ends = f"{new}**{n}", (roots[0], roots[1], closed)
    elif step["step"] == "exponential":
        rate = Fraction(step["rate"])
        need(rate > 0, "a rate that is not positive")
        images = [{"0": "1", "-oo": "0", "oo": "oo"}.get(end, f"exp(({end})*({rate}))") for end in (low, high)]
        value, ends = f"log({new})/({rate})", (images[0], images[1], closed)
    else:
        need(not closed, "a closed end in a change of variable")
        value, ends = f"({step['top']})/({step['bottom']})", (*step["ends"], "")
        for (text, box), proof in zip(onto(step, domain), step["positive"], strict=True):
            if not (number := _number(text)) or number < 0:
                _step("0", text, True, box, proof)
    inner = _replaced(domain, name, value, {new: ends})
    _step(put_in(small, name, value), put_in(large, name, value), strict, inner, step["proof"])


def onto(step: Step, domain: Domain) -> list[tuple[str, Domain]]:
    """What must be positive for a fraction to be continuous with two limits, and so take every value between them."""
    new, ends = step["new"], step["ends"]
    limits = domain[step["of"]][1::-1] if step["turned"] else domain[step["of"]][:2]
    others = {k: v for k, v in domain.items() if k != step["of"]}
    goals = ["0" if end in FAR else end for end in limits]
    (a, b), (c, d), (s, _), *pairs = _fractions(step["top"], step["bottom"], new, *goals)
    top, bottom = a * d, b * c
    atoms = {n for p in (top, bottom) for n, e in zip(s.context().names(), p.degrees(), strict=True) if e}
    need(all(n == f"({new})" or new not in names_of(n) for n in atoms), "a fraction of polynomials")
    need(ends[1] == "oo" or Fraction(ends[0]) < Fraction(ends[1]), "an interval")
    positive = [(bottom, {new: (ends[0], ends[1], ""), **others})]
    for end, limit, (up, down) in zip(ends, limits, pairs, strict=True):
        p, r = _at(top, bottom, s, end)
        need(r.is_zero() if limit in FAR else p * down == r * up, "the limit at an end")
        positive.append((r if limit not in FAR else p if limit == "oo" else -p, others))
    return [(str(p).replace("^", "**"), box) for p, box in positive]


def _at(top: Any, bottom: Any, s: Any, end: str) -> tuple[Any, Any]:
    """Two polynomials at an end, or their coefficients of the highest power of s among them."""
    ring, i = s.context(), next(i for i, d in enumerate(s.degrees()) if d)
    if end != "oo":
        at = [ring.constant(fmpq(*Fraction(end).as_integer_ratio())) if g == s else g for g in ring.gens()]
        return top.compose(*at, ctx=ring), bottom.compose(*at, ctx=ring)
    most = max(int(p.degrees()[i]) for p in (top, bottom))
    leads = [{(*m[:i], 0, *m[i + 1 :]): c for m, c in p.to_dict().items() if int(m[i]) == most} for p in (top, bottom)]
    return ring.from_dict(leads[0]), ring.from_dict(leads[1])


def _wider(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    name, to = step["of"], step["to"]
    low, high, closed = domain[name]
    need(not closed, "a closed end in a wider interval")
    for old, new, side in zip((low, high), to, (1, -1), strict=True):
        if new != old and new != ("-oo" if side > 0 else "oo"):
            gap = enclosed(_plain(old), {}) - arb(fmpq(*Fraction(new).as_integer_ratio()))
            need(gap * side > 0, "an interval that is not wider")
    _step(small, large, strict, {**domain, name: (to[0], to[1], "")}, step["proof"])


def _choice(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    """Min, Max or |U| = Max(U, −U) is one of its arguments: all of them, or those that are never another's equal."""
    call = tree(step["of"])
    need(isinstance(call, ast.Call), "a choice")
    function, arguments = call.func.id, [ast.unparse(a) for a in call.args]  # type: ignore[attr-defined]
    if function == "Abs" and len(arguments) == 1:
        function, arguments = "Max", [*arguments, f"-({arguments[0]})"]
    need(function in ("Min", "Max") and arguments, "a choice")
    arguments = list(dict.fromkeys(arguments))
    for part in step["order"]:
        sides = (part["for"], part["drop"]) if function == "Min" else (part["drop"], part["for"])
        need(part["for"] in step["take"] and part["for"] in arguments, "an argument in the place of another")
        _step(*sides, False, domain, part["proof"])
        arguments = [a for a in arguments if a != part["drop"]]
    need(arguments == step["take"], "an argument left out")
    for argument, proof in zip(arguments, step["proofs"], strict=True):
        put = [put_in(side, ast.unparse(call), argument) for side in (small, large)]
        _step(put[0], put[1], strict, domain, proof)


def _sum(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    differences = [f"({b}) - ({a})" for a, b, _ in step["parts"]]
    parts = set().union(*(leaves(text) | names_of(text) for text in differences))
    need(leaves(f"({large}) - ({small})") | names_of(f"{large} - ({small})") <= parts, "a part that is not asked for")
    (top, bottom), (total, below) = _fractions(f"({large}) - ({small})", " + ".join(differences))
    need(bottom.is_constant() and top * below == total * bottom, "the sum of the parts")
    for a, b, proof in step["parts"]:
        _step(a, b, strict, domain, proof)


def leaves(text: str) -> set[str]:
    """The calls and the powers that are no whole ones: what may have no value where arithmetic has one."""

    def whole(node: ast.expr) -> bool:
        return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)

    def leaf(node: ast.AST) -> bool:
        power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        return isinstance(node, ast.Call) or (power and not whole(node.right))  # type: ignore[attr-defined]

    return {ast.unparse(node) for node in ast.walk(tree(text)) if leaf(node)}


def _integers(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    """The integers below a bound one by one, in balls; all reals from it on by a proof."""
    name, start = step["of"], step["from"]
    low, high, kind = domain[name]
    least = int(low)
    need(
        kind == "integers" and high == "oo" and least <= int(start) <= least + MOST_INTEGERS, "the integers of a domain"
    )
    gap = _plain(f"({large}) - ({small})")
    for n in range(least, int(start)):
        need(enclosed(gap, {name: arb(n)}) > 0, f"the relation at {name} = {n}")
    _step(small, large, strict, {**domain, name: (str(int(start)), "oo", "left")}, step["proof"])


def enclosed(node: ast.expr, values: dict[str, Any]) -> Any:
    """A ball around the value of an expression.

    Examples
    --------
    >>> round(float(enclosed(ast.parse("log(x)/2", mode="eval").body, {"x": arb(4)}).mid()), 6)
    0.693147
    """
    if isinstance(node, ast.Constant):
        return arb(str(node.value))
    if isinstance(node, ast.Name):
        return arb.pi() if node.id == "pi" else values[node.id]
    if isinstance(node, ast.UnaryOp):
        return -enclosed(node.operand, values)
    if isinstance(node, ast.Call):
        return getattr(enclosed(node.args[0], values), node.func.id)()  # type: ignore[attr-defined]
    assert isinstance(node, ast.BinOp)
    a, b = enclosed(node.left, values), enclosed(node.right, values)
    if isinstance(node.op, ast.Pow):
        whole = b.unique_fmpz() if b.is_exact() else None
        return a ** int(whole) if whole is not None else (a.log() * b).exp()
    return {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv}[type(node.op)](a, b)


def _cases(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    """Whatever the marks are, a number in the interval is one of them, or between two that follow each other."""
    name = step["of"]
    low, high, closed = domain[name]
    need(closed in ("", "left", "right", "both"), "the ends of an interval")
    here, covered = low, closed not in ("left", "both")
    for piece in step["pieces"]:
        if "at" in piece:
            point = piece["at"]
            need(point == here and not covered and point not in FAR, "cases that do not meet")
            inner = _replaced(domain, name, point, {})
            _step(put_in(small, name, point), put_in(large, name, point), strict, inner, piece["proof"])
            covered = True
        else:
            need(piece["from"] == here and covered, "cases that do not meet")
            here = piece["to"]
            need(here in FAR or names_of(here) - RESERVED <= domain.keys() - {name}, "a mark with a free variable")
            part = {**domain, name: (piece["from"], here, "")}
            _step(small, large, strict, part, piece["proof"])
            covered = here == high and closed not in ("right", "both")
    need(here == high and covered, "cases that do not cover the interval")


def _plain(text: str) -> ast.expr:
    class Plain(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            need(len(node.args) == 1, "a call")
            argument, function = self.visit(node.args[0]), node.func.id  # type: ignore[attr-defined]
            if function in SHORT:
                return _plain(put_in(SHORT[function], "U", ast.unparse(argument)))
            need(function in ("log", "exp", "erfc"), f"the function {function}")
            return ast.Call(node.func, [argument], [])

        def visit_Name(self, node: ast.Name) -> ast.expr:
            return tree("exp(1)") if node.id == "E" else node

    return Plain().visit(tree(text))  # type: ignore[no-any-return]


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


def _sign(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    box: dict[str, tuple[Fraction, Fraction | None]] = {}
    for name in step["in"]:
        low, high, closed = domain[name]
        need(not closed, "a closed end in a sign step")
        box[name] = Fraction(low), None if high == "oo" else Fraction(high)
        need(high == "oo" or Fraction(low) < Fraction(high), "an empty interval")
    rules = Rules(box, step["atoms"], step["reads"])
    top, bottom = rules.read(_plain(f"({large}) - ({small})"))
    above, below = rules.poly(step["above"]), rules.poly(step["below"])
    need(not rules.zero(below) and rules.same(top * below, above * bottom), "the fraction of the difference")
    if step["proofs"][0] == {"rule": "zero"}:
        need(rules.zero(above) and not strict, "equality")
        return
    x = step["in"][0] if step["in"] else ""
    found, below_sign = rules.check(above, step["proofs"][0], x), rules.sure(below, step["proofs"][1], x)
    need(found.signs == [below_sign], "the wrong sign, or a change of sign")
    need(not (strict and found.weak), "equality is not excluded")
