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
sum: parts [small, large, proof], whose differences add up to that of the sides; a part may be multiplied by a fourth
entry, which the fifth proves to be positive. Of a strict relation the first part is strict.
constant: a new variable on an interval around it in the place of pi.
integers: the integers below a bound one by one, in balls or by the proofs of `points`; from it on all reals, or, with
`rise`, induction: for reals from the last of them on the difference of the sides is at least as large at n + 1 as at n.
plain: both sides with what functions are short for; gamma functions, factorials, binomials in terms of log Γ.
gamma: a fact of log Γ (`facts_of_gamma`); `proofs` of what it asks of its arguments.
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
MOST_SHIFTS, MOST_TERMS = 1000, 20
FAR = ("oo", "-oo")
SHORT = {
    "cosh": "(exp(U)+exp(-U))/2",
    "sinh": "(exp(U)-exp(-U))/2",
    "tanh": "(exp(2*U)-1)/(exp(2*U)+1)",
    "erf": "1-erfc(U)",
    "sqrt": "U**(1/2)",
    "Phi": "erfc(-U/sqrt(2))/2",
}
GAMMAS = {"gamma": "exp(loggamma(U))", "factorial": "exp(loggamma(U + 1))"}
RESERVED = {*SHORT, "log", "exp", "erfc", "Min", "Max", "Abs", "pi", "E", "oo", "loggamma", "factorial", "binomial"}


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
    need(all(names_of(text) <= {*domain, *RESERVED, "gamma"} for text in texts), "a name that is no parameter")
    # A parameter may have the name of the gamma function, where that is not called.
    calls = [n for text in texts for n in ast.walk(tree(text)) if isinstance(n, ast.Call)]
    need("gamma" not in domain or all(n.func.id != "gamma" for n in calls), "a function with a parameter's name")  # type: ignore[attr-defined]


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
    if kind in ("logs", "plain"):
        told = _log_text if kind == "logs" else plain_text
        _step(told(small), told(large), strict, domain, step["proof"])
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
        steps |= {"integers": _integers, "gamma": _gamma}
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
    total, parts = f"({large}) - ({small})", [(_one(a), _one(b), *more) for a, b, *more in step["parts"]]
    weights = [_one(more[0]) if more else "1" for _, _, _, *more in parts]
    need(
        _asked(total) <= set().union(*(_asked(f"({b}) - ({a})") for a, b, *_ in parts)), "a part that is not asked for"
    )
    products = [f"({weight})*(({b}) - ({a}))" for weight, (a, b, *_) in zip(weights, parts, strict=True)]
    (top, bottom), (whole, below) = _fractions(total, " + ".join(products))
    need(top * below == whole * bottom, "the sum of the parts")
    for i, (a, b, proof, *more) in enumerate(parts):
        _step(a, b, strict and i == 0, domain, proof)
        if more:
            _step("0", weights[i], True, domain, more[1])


def _one(text: str) -> str:
    """A text that is one expression."""
    return ast.unparse(tree(text))


def _asked(text: str) -> set[str]:
    """What a text names, calls and divides by, numbers apart: where it has a value, all this has."""
    nodes = [n for n in ast.walk(tree(text)) if isinstance(n, ast.BinOp)]
    below = [n.right for n in nodes if isinstance(n.op, ast.Div)]
    below += [n.left for n in nodes if isinstance(n.op, ast.Pow) and isinstance(n.right, ast.UnaryOp)]
    return leaves(text) | names_of(text) | {f"1/({ast.unparse(n)})" for n in below if names_of(ast.unparse(n))}


def leaves(text: str) -> set[str]:
    """The calls and the powers that are no whole ones: what may have no value where arithmetic has one."""

    def whole(node: ast.expr) -> bool:
        return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)

    def leaf(node: ast.AST) -> bool:
        power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        return isinstance(node, ast.Call) or (power and not whole(node.right))  # type: ignore[attr-defined]

    return {ast.unparse(node) for node in ast.walk(tree(text)) if leaf(node)}


def _integers(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    """The integers below a bound one by one; from it on all reals by a proof, or by induction."""
    name, start, points = step["of"], int(step["from"]), step.get("points", {})
    low, high, kind = domain[name]
    least = int(low)
    need(kind == "integers" and high == "oo" and least <= start <= least + MOST_INTEGERS, "the integers of a domain")
    gap = f"({large}) - ({small})"
    here = _plain(gap) if start > least else None
    for n in range(least, start):
        if str(n) in points:
            at = [put_in(side, name, str(n)) for side in (small, large)]
            _step(at[0], at[1], strict, _replaced(domain, name, str(n), {}), points[str(n)])
        else:
            need(enclosed(here, {name: arb(n)}) > 0, f"the relation at {name} = {n}")  # type: ignore[arg-type]
    if "rise" not in step:
        _step(small, large, strict, {**domain, name: (str(start), "oo", "left")}, step["proof"])
        return
    ends = [end for other, ends in domain.items() if other != name for end in ends[:2] if end not in FAR]
    need(start > least and not any(name in names_of(end) for end in ends), "an induction from its first case")
    before = {**domain, name: (str(start - 1), "oo", "left")}
    _step(gap, put_in(gap, name, f"{name} + 1"), False, before, step["rise"])


def facts_of_gamma(step: Step) -> tuple[list[tuple[str, str]], bool, list[tuple[str, str, bool]]]:
    """What a step says of log Γ(u): small and large sides, whether they differ, and what it asks of its arguments.

    shift: log Γ(u) = log Γ(v) + log v + … + log(v + k − 1), where u = v + k; Γ(1) = 1, and Γ(1/2) is the root of pi.
    chord: log Γ is strictly convex: at most log Γ(v) + (u − v) log v if v ≤ u ≤ v + 1, and at least that beyond.
    series: where u > 0, Stirling's with any number of terms errs by less than the next term, in its direction.
    """
    fact, u, v = step["fact"], plain_text(step["of"]), plain_text(step["and"] if "and" in step else step["of"])
    here, there = f"loggamma({u})", {"1": "0", "1 / 2": "log(pi) / 2"}.get(v, f"loggamma({v})")
    if fact == "shift":
        k = _number(f"({u}) - ({v})")
        need(k is not None and k.denominator == 1 and 0 <= k <= MOST_SHIFTS, "arguments that differ by no whole number")
        need(_asked(u) - names_of(u) <= _asked(v), "an argument without a value")
        value = " + ".join([there, *(f"log({v} + {i})" for i in range(int(k or 0)))])
        return [(here, value), (value, here)], False, [("0", v, True)]
    if fact == "chord":
        inside, sharp = step["side"] == "inside", step["sharp"] is True
        value = _one(f"{there} + ({u} - ({v}))*log({v})")
        order = [(v, u, sharp), (u, f"{v} + 1", sharp)] if inside else [(f"{v} + 1", u, sharp)]
        return [(here, value) if inside else (value, here)], sharp, [("0", v, True), *order]
    need(fact == "series" and type(step["terms"]) is int and 0 <= step["terms"] <= MOST_TERMS, "a fact")
    value = f"({u} - 1/2)*log({u}) - ({u}) + log(2*pi)/2"
    for j in range(1, step["terms"] + 1):
        value += f" + ({fmpq.bernoulli(2 * j) / (2 * j * (2 * j - 1))})/({u})**{2 * j - 1}"
    value = _one(value)
    return [(here, value) if step["terms"] % 2 else (value, here)], True, [("0", u, True)]


def _gamma(small: str, large: str, strict: bool, domain: Domain, step: Step) -> None:
    sides, differ, asked = facts_of_gamma(step)
    need((small, large) in sides and strict <= differ, "what a fact says")
    for (a, b, sharp), proof in zip(asked, step["proofs"], strict=True):
        _step(a, b, sharp, domain, proof)


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
        function = node.func.id  # type: ignore[attr-defined]
        return getattr(enclosed(node.args[0], values), "lgamma" if function == "loggamma" else function)()
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
            function, (first, *others) = node.func.id, [self.visit(a) for a in node.args]  # type: ignore[attr-defined]
            u, *more = map(ast.unparse, (first, *others))
            if function == "binomial":
                (k,) = more
                return tree(f"exp(loggamma({u} + 1) - loggamma({k} + 1) - loggamma({u} - ({k}) + 1))")
            need(not more, "a call")
            if function in SHORT or function in GAMMAS:
                return _plain(put_in({**SHORT, **GAMMAS}[function], "U", u))
            if function == "log" and "loggamma" in names_of(u):
                return _log(first)
            need(function in ("log", "exp", "erfc", "loggamma"), f"the function {function}")
            return ast.Call(node.func, [first], [])

        def visit_Name(self, node: ast.Name) -> ast.expr:
            return tree("exp(1)") if node.id == "E" else node

    return Plain().visit(tree(text))  # type: ignore[no-any-return]


def plain_text(text: str) -> str:
    return ast.unparse(_plain(text))


def _log(node: ast.expr) -> ast.expr:
    """log(uv) = log u + log v and log(u^c) = c log u; each factor is shown to be positive where it is read."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        joint = ast.Add() if isinstance(node.op, ast.Mult) else ast.Sub()
        return ast.BinOp(_log(node.left), joint, _log(node.right))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return ast.BinOp(node.right, ast.Mult(), _log(node.left))
    if isinstance(node, ast.Call) and node.func.id == "exp":  # type: ignore[attr-defined]
        return node.args[0]
    return ast.Call(ast.Name("log"), [node], [])


def _log_text(text: str) -> str:
    return ast.unparse(_log(_plain(text)))


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
