"""Scalar relations proved on the whole domain of a statement, with the proof objects that a referee re-checks."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import cycle, takewhile
from typing import Any

import sympy
from flint import ctx
from sympy import Expr, Min, Symbol, oo

from ...theory.calculus.evaluate import CertifiedFunction
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Statement
from ...theory.proofs.claims import Claim as TextClaim
from ...theory.proofs.expressions import Effort, NotProved
from ...theory.proofs.intervals import prove_integer_relation, prove_relation
from ...theory.proofs.referee_claims import rejection
from ...theory.proofs.search import Search

__all__ = ["domains", "proved_relation", "proved_text", "written_out"]

Ends = dict[Symbol, tuple[Any, Any, Any]]
Proof = dict[str, Any]
_PRECISION = 53
_GAMMAS = (sympy.gamma, sympy.loggamma, sympy.factorial, sympy.binomial)
# Steps of a search for a relation with gamma functions; those that are proved take a third.
_EFFORT = 1_000_000
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def proved_relation(statement: Statement, lhs: Any, relation: str, rhs: Any) -> Proof | None:
    """The proof object of a relation without random variables, for all values that a statement's domains admit.

    Parameters
    ----------
    statement : Statement
        Whose parameters' domains and hypotheses are used; listed values are not.
    lhs, rhs : SymPy expression
    relation : {"<", "<=", ">", ">=", "="}

    Returns
    -------
    dict or None
        What the referee accepts; None where no proof was found, or a symbol has no domain.

    Examples
    --------
    >>> from whp.theory import Claim, Hypothesis, Link, Source, sizes
    >>> m, d = sizes("m d")
    >>> link, source = Link(1 / m, "<", 1 / d), Source("me", "p. 1")
    >>> wide = Statement("wide", "printed", "", source, (Claim((link,)),), (Hypothesis(m > d, "m > d"),))
    >>> proved_relation(wide, 1 / m, "<", 1 / d)["claim"]["domain"]["m"]
    ['d', 'oo', '']
    >>> proved_relation(wide, 1 / m, "<", 1 / (2 * d)) is None
    True
    """
    lhs, rhs = written_out(sympy.sympify(lhs)), written_out(sympy.sympify(rhs))
    symbols = lhs.free_symbols | rhs.free_symbols
    if not all(isinstance(s, Parameter) for s in symbols) or len({s.name for s in symbols}) < len(symbols):
        return None
    if lhs.has(sympy.Float) or rhs.has(sympy.Float):
        return None
    return _remembered(statement, lhs, relation, rhs)


def written_out(expr: Expr) -> Expr:
    """An expression with what its functions are short for."""
    return expr.replace(lambda e: isinstance(e, CertifiedFunction), lambda e: e.closed_form())


def proved_text(left: str, relation: str, right: str, domain: Mapping[str, Sequence[str]]) -> Proof | None:
    """The proof object of a relation between texts, as they stand, on a domain as claims have it; None without one.

    Examples
    --------
    >>> proved_text("exp(-(2*c)*m/c)", "<=", "exp(-2*m)", {"c": ["0", "oo", ""], "m": ["1", "oo", "left"]}) is not None
    True
    """
    ends = {
        name: (low, high, "left" if closed == "integers" else closed) for name, (low, high, closed) in domain.items()
    }
    precision, ctx.prec = ctx.prec, _PRECISION
    try:
        steps = Search(Effort()).proof(TextClaim(left, relation, right, ends))
    except (NotProved, ArithmeticError, RecursionError, SyntaxError, ValueError):
        return None
    finally:
        ctx.prec = precision
    claim = {"left": left, "relation": relation, "right": right, "domain": {k: list(v) for k, v in ends.items()}}
    return _accepted({"claim": claim, "proof": steps})


@lru_cache(maxsize=512)
def _remembered(statement: Statement, lhs: Expr, relation: str, rhs: Expr) -> Proof | None:
    if lhs == rhs and relation in ("<=", ">=", "="):
        ends = next(domains(statement, lhs.free_symbols))
        claim = {**_sides(lhs, relation, rhs), "domain": _written(ends)}
        return _accepted({"claim": claim, "proof": {"rule": "identical"}})
    if relation == "=":
        parts = [_proved(statement, lhs, sign, rhs) for sign in ("<=", ">=")]
        if parts[0] is None or parts[1] is None or parts[0]["claim"]["domain"] != parts[1]["claim"]["domain"]:
            return None
        claim = {**parts[0]["claim"], "relation": "="}
        return _accepted({"claim": claim, "proof": {"rule": "sides", "of": parts}})
    return _proved(statement, lhs, relation, rhs) if relation in _MIRROR else None


def _accepted(proof: Proof) -> Proof | None:
    return proof if rejection(proof) is None else None


def _proved(statement: Statement, lhs: Expr, relation: str, rhs: Expr) -> Proof | None:
    for ends in domains(statement, lhs.free_symbols | rhs.free_symbols):
        if _fails(ends, lhs, relation, rhs):
            continue
        for way in (_in_product, _of_reals, None, _by_choices):
            found = _on(ends, lhs, relation, rhs) if way is None else way(statement, lhs, relation, rhs)
            if found is not None:
                return found
    return None


# Where an interval is looked at before anything is proved on it, as shares of it or distances from its finite end.
_LOOKS = (Fraction(1, 8), Fraction(1, 2), Fraction(7, 8), Fraction(5), Fraction(99))


def _fails(ends: Ends, lhs: Expr, relation: str, rhs: Expr) -> bool:
    """Whether a relation is seen to fail somewhere on a domain: then no proof is looked for."""
    for looks in (*((x,) * len(ends) for x in _LOOKS), _LOOKS, _LOOKS[::-1]):
        at: dict[Any, Any] = {}
        for (p, (low, high, _)), x in zip(reversed(ends.items()), cycle(looks)):
            low, high = low.subs(at), high.subs(at)
            share = low + (high - low) * x if x < 1 else (low + high) / 2
            value = share if low.is_finite and high.is_finite else low + x if low.is_finite else high - x
            at[p] = sympy.ceiling(value) if getattr(p, "is_size", False) else value
        try:
            gap = float((lhs - rhs).subs(at).evalf(12)) * (1 if relation[0] == "<" else -1)
        except (TypeError, ValueError, AttributeError):
            return False
        if gap > 1e-6:
            return True
    return False


def _on(ends: Ends, lhs: Expr, relation: str, rhs: Expr) -> Proof | None:
    """A relation on given domains; of one size, at the integers only where need be."""
    if not ends:
        # A relation of numbers is one on an interval of a variable that it does not mention.
        ends = {Symbol("v0"): (sympy.S.Zero, sympy.S.One, "")}
    (first, (low, high, closed)), *rest = ends.items()
    try:
        if lhs.has(*_GAMMAS) or rhs.has(*_GAMMAS):
            return _with_gammas(ends, lhs, relation, rhs)
        if not rest and isinstance(first, Parameter) and first.is_size and low.is_Integer and high == oo:
            found = prove_integer_relation(lhs, relation, rhs, first, int(low))
        else:
            others = dict(rest) or None
            found = prove_relation(lhs, relation, rhs, first, low, high, closed=closed, parameters=others)
    except (ValueError, TypeError, NotImplementedError, ArithmeticError):
        return None
    return None if found is None else found.to_json()


def _with_gammas(ends: Ends, lhs: Expr, relation: str, rhs: Expr) -> Proof | None:
    """A relation with gamma functions, for all reals or for the integers that one of the sizes may be."""
    sizes = [p for p, (low, high, _) in ends.items() if getattr(p, "is_size", False) and low.is_Integer and high == oo]
    for size in (None, *sizes):
        put: Any = {p: (low, high, "integers" if p is size else closed) for p, (low, high, closed) in ends.items()}
        (first, (low, high, closed)), *rest = put.items()
        others = dict(rest) or None
        found = prove_relation(lhs, relation, rhs, first, low, high, closed=closed, parameters=others, effort=_EFFORT)
        if found is not None:
            return found.to_json()
    return None


def _of_reals(_: Statement, lhs: Expr, relation: str, rhs: Expr) -> Proof | None:
    """A relation with roots in several sizes, for all positive numbers: a ratio of theirs takes all values then."""
    sizes = [p for p in lhs.free_symbols | rhs.free_symbols if isinstance(p, Parameter) and p.is_size]
    roots = [e for e in lhs.atoms(sympy.Pow) | rhs.atoms(sympy.Pow) if e.exp.is_Rational and e.exp.q == 2]
    if {*sizes} != lhs.free_symbols | rhs.free_symbols or not any(len(e.free_symbols) > 1 for e in roots):
        return None
    if lhs.has(*_GAMMAS) or rhs.has(*_GAMMAS):
        return None
    return _on({p: (sympy.S.Zero, oo, "") for p in sorted(sizes, key=str)}, lhs, relation, rhs)


def _in_product(statement: Statement, lhs: Expr, relation: str, rhs: Expr) -> Proof | None:
    """A relation in which two positive parameters stand as their product only."""
    free = sorted(lhs.free_symbols | rhs.free_symbols, key=lambda p: (not p.is_size, p.name))
    if len(free) != 2 or not all(p.is_positive for p in free):
        return None
    t, (p, q) = Parameter("t_0", "real", 0, oo), free
    sides = [sympy.powdenest(side.subs(p, t / q), force=True) for side in (lhs, rhs)]
    if any(side.has(q) for side in sides):
        return None
    part = _proved(statement, sides[0], relation, sides[1])
    if part is None:
        return None
    ends = _dependent_first({s: ends for s, ends in list(domains(statement, free))[-1].items()})
    positive = _on(ends, sympy.S.Zero, "<", p * q)
    claim = {**_sides(lhs, relation, rhs), "domain": _written(ends)}
    node = {"rule": "instance", "parameter": "t_0", "value": str(p * q), "of": [part], "ends": [positive]}
    return None if positive is None else _accepted({"claim": claim, "proof": node})


def _by_choices(statement: Statement, lhs: Expr, relation: str, rhs: Expr) -> Proof | None:
    """A relation with a minimum in it that holds with each of its arguments, wherever that is least."""
    for ends in domains(statement, lhs.free_symbols | rhs.free_symbols):
        for least in sorted(lhs.atoms(Min) | rhs.atoms(Min), key=lambda e: (sympy.count_ops(e), str(e))):
            arguments = sorted(least.args, key=sympy.default_sort_key)
            cases = ((lhs.xreplace({least: a}), rhs.xreplace({least: a})) for a in arguments)
            parts = [p for p in takewhile(bool, (_on(ends, a, relation, b) for a, b in cases)) if p is not None]
            if len(parts) == len(arguments):
                take = [ast.unparse(ast.parse(str(a))) for a in arguments]
                node = {"step": "choice", "of": str(least), "order": [], "take": take}
                claim = {**_sides(lhs, relation, rhs), "domain": _written(ends)}
                return _accepted({"claim": claim, "proof": {**node, "proofs": [p["proof"] for p in parts]}})
    return None


def _sides(lhs: Expr, relation: str, rhs: Expr) -> Proof:
    return {"left": str(lhs), "relation": relation, "right": str(rhs)}


def _written(ends: Ends) -> dict[str, list[str]]:
    return {p.name: [str(low), str(high), closed] for p, (low, high, closed) in ends.items()}


def domains(statement: Statement, needed: Iterable[Any]) -> Iterator[Ends]:
    """Domains of what is needed, as cut by hypotheses and without them; what others bound stands first."""
    wide: Ends = {}
    names = {*needed, *(s for p in needed for end in (p.low, p.high) for s in end.free_symbols)}
    for p in sorted(names, key=lambda p: (p.is_size, p.name)):
        wide[p] = (p.low, p.high, ("left" if p.high == oo else "both") if p.is_size else p.closed)
    cut = _cut(statement, wide)
    if cut != wide:
        yield cut
    yield _dependent_first(wide)


def _cut(statement: Statement, wide: Ends) -> Ends:
    """Each hypothesis that is affine in one of the parameters bounds that one, unless others already bound it."""
    ends = dict(wide)
    for h in statement.hypotheses:
        relation = h.relation
        if getattr(relation, "rel_op", "") not in _MIRROR:
            continue
        names = relation.free_symbols
        if not names <= ends.keys():
            continue
        # An end that names others is given to one that no other end names.
        free = [p for p in names if not any(p in _names(e) for q, e in ends.items() if q != p)]
        for p in sorted(free, key=lambda p: (p.is_size and len(names) == 1, p.name), reverse=True):
            bound = _solved(relation, p)
            if bound is not None and (new := _tighter(ends[p], *bound)) is not None:
                ends[p] = new
                break
    return _dependent_first(ends)


def _dependent_first(ends: Ends) -> Ends:
    bounded = [p for p in ends if _names(ends[p])]
    return {p: ends[p] for p in (*bounded, *(q for q in ends if q not in bounded))}


def _names(end: tuple[Any, Any, Any]) -> set[Any]:
    return {s for side in end[:2] for s in side.free_symbols}


def _solved(relation: Any, p: Symbol) -> tuple[str, Expr] | None:
    """``p > edge`` from a relation that is affine in p with a slope of known sign."""
    difference = sympy.expand(relation.lhs - relation.rhs)
    slope = sympy.expand(difference.coeff(p, 1))
    rest = sympy.expand(difference - slope * p)
    if rest.has(p) or slope.has(p) or not (slope.is_positive or slope.is_negative):
        return None
    return relation.rel_op if slope.is_positive else _MIRROR[relation.rel_op], sympy.expand(-rest / slope)


def _tighter(old: tuple[Any, Any, Any], sign: str, edge: Expr) -> tuple[Any, Any, Any] | None:
    """An interval cut by ``p > edge``; None where the end it has is as good, or they cannot be compared."""
    low, high, closed = old
    mine, other = (low, high) if sign[0] == ">" else (high, low)
    if mine.free_symbols or (other.is_finite and other.free_symbols):
        return None
    if mine.is_finite and not edge.free_symbols and not (edge > mine if sign[0] == ">" else edge < mine):
        return None
    shut = {"left": sign == ">=", "right": closed in ("right", "both")}
    if sign[0] == "<":
        shut = {"left": closed in ("left", "both"), "right": sign == "<="}
    word = "both" if all(shut.values()) else next((k for k, v in shut.items() if v), "")
    return (edge, high, word) if sign[0] == ">" else (low, edge, word)
