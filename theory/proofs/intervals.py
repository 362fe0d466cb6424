"""Proofs of relations in one real variable, and parameters, over whole intervals."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sympy
from flint import ctx
from sympy import Expr, Symbol

from .claims import Claim
from .exponentials import dominated
from .expressions import DEFAULT, MEANING, Effort, NotProved, rational_text
from .referee import rejection
from .search import Search

__all__ = ["IntervalProof", "prove_integer_relation", "prove_relation"]

Step = dict[str, Any]
Closed = Literal["", "left", "right", "both"]

MOST_INTEGERS = 20000
PRECISION = 53
RESERVED = {*MEANING, "log", "exp", "erfc", "Min", "Max", "Abs", "pi", "E", "oo"}


@dataclass(frozen=True)
class IntervalProof:
    """A proof that a relation holds for all values of its variables.

    Attributes
    ----------
    method : str
        The proof in one line.
    strict : bool
        Equality is excluded everywhere.
    claim, proof : dict
        The claim as text and its tree of steps; `recheck` in `referee` reads both.
    """

    method: str
    strict: bool
    claim: dict[str, Any]
    proof: Step

    def to_json(self) -> dict[str, Any]:
        """The proof object: what is claimed, and the steps."""
        return {"claim": self.claim, "proof": self.proof}


def prove_relation(
    lhs: Expr,
    relation: str,
    rhs: Expr,
    variable: Symbol,
    low: Any,
    high: Any,
    *,
    closed: Closed = "",
    parameters: Mapping[Symbol, tuple[Any, Any, Closed]] | None = None,
    effort: int = DEFAULT,
) -> IntervalProof | None:
    """Prove ``lhs relation rhs`` for all values of a variable and of parameters, or return None.

    Parameters
    ----------
    lhs, rhs : SymPy expression
        Sums, products, quotients and powers; exp, log, sqrt, cosh, sinh, tanh, erf, erfc and Phi; exact numbers.
    relation : {"<", "<=", ">", ">="}
    variable : Symbol
    low, high : SymPy number, or expression in the parameters
        Ends of the interval; `oo` and `-oo` where there is none.
    closed : {"", "left", "right", "both"}
        Which ends belong to the interval.
    parameters : mapping of Symbol to (low, high, closed), optional
        Further variables; integers are proved for all reals between.
    effort : int
        The search gives up after so many steps (see `Effort`): the same on every machine, a second or two on most.

    Notes
    -----
    A proof object is re-checked by `recheck`, which shares no code with the search, before it is returned.

    Examples
    --------
    >>> from sympy import Rational, log, oo
    >>> u = Symbol("u", positive=True)
    >>> prove_relation((1 + u) * log(1 + u) - u, ">=", u**2 / (2 + 2 * u / 3), u, 0, oo, closed="left").strict
    False
    >>> prove_relation((1 + u) * log(1 + u) - u, ">=", u**2 / (2 + Rational(65, 100) * u), u, 0, oo) is None
    True
    """
    _check_relation(relation)
    return _within(Effort(effort), lhs, relation, rhs, {variable: (low, high, closed), **(parameters or {})})


def _within(
    effort: Effort, lhs: Expr, relation: str, rhs: Expr, domain: Mapping[Symbol, tuple[Any, Any, str]]
) -> IntervalProof | None:
    precision, ctx.prec = ctx.prec, PRECISION
    try:
        return _found(effort, _as_text(lhs, relation, rhs, domain))
    except (NotProved, ArithmeticError, RecursionError, SyntaxError, ValueError):
        return None
    finally:
        ctx.prec = precision


def _found(effort: Effort, claim: Claim) -> IntervalProof | None:
    search = Search(effort)
    proof = search.proof(claim)
    written: dict[str, Any] = {"left": claim.left, "relation": claim.relation, "right": claim.right}
    written["domain"] = {name: list(ends) for name, ends in claim.domain.items()}
    strict = search.strict and rejection({"claim": {**written, "relation": claim.relation[0]}, "proof": proof}) is None
    if not strict and rejection({"claim": written, "proof": proof}) is not None:
        return None
    return IntervalProof(_in_words(proof), strict, written, proof)


def prove_integer_relation(
    lhs: Expr, relation: str, rhs: Expr, size: Symbol, least: int, *, effort: int = DEFAULT
) -> IntervalProof | None:
    """Prove ``lhs relation rhs`` for every integer from a least one on, or return None.

    Where the relation fails between integers, or is tight for small ones, those below some bound are evaluated one by
    one in balls, and the rest is proved for all reals from the bound on.

    Parameters
    ----------
    lhs, rhs : SymPy expression
        As in `prove_relation`; sums of terms polynomial · exponential are always decided when no two sides tie.
    relation : {"<", "<=", ">", ">="}
    size : Symbol
    least : int
    effort : int
        As in `prove_relation`, for all attempts together.

    Examples
    --------
    >>> from sympy import exp
    >>> m = Symbol("m", positive=True, integer=True)
    >>> proof = prove_integer_relation(2 * m**2 * exp(-m / 7), "<=", exp(-m / 8), m, 786)
    >>> proof.claim["domain"], prove_integer_relation(2 * m**2 * exp(-m / 7), "<=", exp(-m / 8), m, 785)
    ({'m': ['786', 'oo', 'integers']}, None)
    """
    _check_relation(relation)
    if found := _by_dominance(lhs, relation, rhs, size, int(least), effort):
        return found
    left, step = effort, 0
    while step <= MOST_INTEGERS and left > 0:
        start = int(least) + step
        attempt = Effort(min(left, effort // 2))
        inner = _within(attempt, lhs, relation, rhs, {size: (start, sympy.oo, "left")})
        left -= attempt.spent
        if inner is not None:
            claim = {
                **inner.claim,
                "domain": {name: [str(int(least)), "oo", "integers"] for name in inner.claim["domain"]},
            }
            proof = {"step": "integers", "of": next(iter(inner.claim["domain"])), "from": start, "proof": inner.proof}
            if rejection({"claim": claim, "proof": proof}) is not None:
                return None
            words = f"each integer below {start} in balls; from there on: " if step else ""
            return IntervalProof(words + inner.method, inner.strict, claim, proof)
        step = max(1, 2 * step)
    return None


def _by_dominance(lhs: Expr, relation: str, rhs: Expr, size: Symbol, least: int, effort: int) -> IntervalProof | None:
    """Sums of polynomials times exponentials: all of them, unless the bound is too large."""

    def prove(small: str, large: str, start: int) -> Step | None:
        claim = Claim(small, "<", large, {name: (str(start), "oo", "left")})
        try:
            return Search(Effort(effort)).steps(claim)
        except (NotProved, ArithmeticError, ValueError):
            return None

    precision, ctx.prec = ctx.prec, PRECISION
    try:
        claim = _as_text(lhs, relation, rhs, {size: (least, sympy.oo, "left")})
        name = next(iter(claim.domain))
        plain = {size: Symbol(name, positive=True)}
        f = sympy.sympify(rhs if relation[0] == "<" else lhs) - sympy.sympify(lhs if relation[0] == "<" else rhs)
        found = dominated(f.xreplace(plain), plain[size], least, prove)
    except (NotProved, ArithmeticError, SyntaxError, TypeError, ValueError):
        return None
    finally:
        ctx.prec = precision
    if found is None:
        return None
    start, step = found
    written: dict[str, Any] = {"left": claim.left, "relation": claim.relation, "right": claim.right}
    written |= {"domain": {name: [str(least), "oo", "integers"]}}
    proof = {"step": "integers", "of": name, "from": start, "proof": step}
    if rejection({"claim": {**written, "relation": relation[0]}, "proof": proof}) is not None:
        return None
    words = f"the leading term exceeds the negative ones from {start} on"
    return IntervalProof(
        f"each integer below {start} in balls; {words}" if start > least else words, True, written, proof
    )


def _check_relation(relation: str) -> None:
    if relation not in ("<", "<=", ">", ">="):
        raise ValueError(f"the relation is {relation!r}; one of '<', '<=', '>', '>=' is needed")


def _as_text(lhs: Expr, relation: str, rhs: Expr, domain: Mapping[Symbol, tuple[Any, Any, str]]) -> Claim:
    plain, taken = {}, {s.name for s in domain}
    for i, symbol in enumerate(domain):
        name = symbol.name
        if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) or keyword.iskeyword(name) or name in RESERVED:
            name = next(n for n in (f"v{j}" for j in range(i, i + len(taken) + 1)) if n not in taken)
            taken.add(name)
        plain[symbol] = Symbol(name, positive=symbol.is_positive, real=True)
    texts = []
    for expr in (lhs, rhs, *(end for low, high, _ in domain.values() for end in (low, high))):
        expr = sympy.sympify(expr)
        if expr.has(sympy.Float, sympy.nan, sympy.zoo) or not expr.free_symbols <= plain.keys():
            raise NotProved("a float, or a symbol without a domain")
        texts.append(sympy.sstr(expr.xreplace(plain)))
    if max(map(len, texts)) > 4000:
        raise NotProved("a text of more than 4000 letters")
    ends = [rational_text(t) for t in texts[2:]]
    named = {
        plain[s].name: (ends[2 * i], ends[2 * i + 1], closed) for i, (s, (_, _, closed)) in enumerate(domain.items())
    }
    return Claim(texts[0], relation, texts[1], named)


def _in_words(proof: Step) -> str:
    """One line for a reader: what was put, and which kinds of arguments settle the signs."""
    nodes = list(_nodes(proof))
    steps = [n["step"] for n in nodes if "step" in n]
    rules = [n["rule"] for n in nodes if "rule" in n]
    moved = list(dict.fromkeys(n["in"] for n in nodes if n.get("rule") == "chain"))
    words = []
    if "logs" in steps:
        words.append("logarithms of both sides")
    if "cases" in steps:
        words.append(f"{sum(len(n['pieces']) for n in nodes if n.get('step') == 'cases')} cases")
    for step, text in (("power", "{}^{}"), ("exponential", "log({})/{}"), ("put", "({})/({})")):
        for n in nodes:
            if n.get("step") == step:
                parts = (n["top"], n["bottom"]) if step == "put" else (n["new"], n.get("degree", n.get("rate")))
                words.append(f"{n['of']} as " + text.format(*parts))
    if count := rules.count("chain"):
        words.append(f"{count} derivative{'s' * (count > 1)} of known sign in {', '.join(moved)}, ends by exact series")
    elif "roots" in rules:
        words.append("polynomials without sign change")
    elif "orthant" in rules:
        words.append("polynomial coefficients of one sign")
    if "boxes" in rules:
        words.append("enclosures on pieces")
    return "; ".join(dict.fromkeys(words)) or "the sign of every term"


def _nodes(part: Any) -> Iterator[Step]:
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from _nodes(inner)
