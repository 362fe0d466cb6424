"""Claims that fail whatever their constants, with a proof object that a referee re-checks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice, product
from typing import Any

import sympy
from sympy import Symbol

from ...theory.language.models import RV
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Link, Statement
from ...theory.proofs.failing import known_at, prove_failure
from ...theory.proofs.objects import domain_of, in_text
from ...theory.proofs.referee import names_of
from ...theory.proofs.referee_laws import less, put
from ...theory.proofs.referee_limits import rejection
from ...theory.proofs.tails_laws import law_json
from ..verdict import Evidence, Outcome, Verdict
from .question import Question, outcome
from .theorem import stated
from .whole import proved_text

__all__ = ["Encoded", "encoded", "refuted_at_a_cell", "refuted_for_all_constants"]

Node = dict[str, Any]
# Of the paths, how many are tried before constants are looked for, and how many at all.
_SIMPLE, _ALL = 12, 160
_CELLS = 24
_WORDS = {
    "half": "the symmetry of its law",
    "mills": "Mills' ratio",
    "below": "Mills' ratio",
    "point": "the probability of one value",
    "shape": "the probability of one value of a Poisson variable",
    "square": "Mills' ratio",
    "pair": "independent parts that make it fail",
}


class Encoded:
    """A link of a statement as a claim for the referee, with the listed values of one point in it.

    Attributes
    ----------
    claim : dict
        Of kind "statement" or "relation"; sizes are marked "integers".
    conditions : list of [left, relation, right]
        The hypotheses that speak of its parameters.
    """

    def __init__(self, claim: Node, conditions: list[list[str]]) -> None:
        self.claim, self.conditions = claim, conditions


def encoded(
    statement: Statement, link: Link, point: Mapping[Symbol, Any], exists: Iterable[Symbol] = ()
) -> Encoded | None:
    """A link as a claim for the referee, or None for a shape that it does not know.

    Parameters
    ----------
    statement : Statement
    link : Link
    point : mapping of Symbol to exact value
        One of the statement's; its values are put in.
    exists : iterable of Symbol
        The unnamed constants.
    """
    if link.given or link.scope is not None or not all(sympy.sympify(v).is_Rational for v in point.values()):
        return None
    values = {s.name: in_text(sympy.sympify(v)) for s, v in point.items()}
    conditions = _conditions(statement)
    body = _body(link)
    if body is None or conditions is None:
        return None
    for name, value in values.items():
        body = put(body, name, f"({value})")
        conditions = [[put(a, name, f"({value})"), sign, put(b, name, f"({value})")] for a, sign, b in conditions]
    names = {s.name for s in exists} | values.keys()
    parameters = [p for p in dict.fromkeys((*statement.parameters, *link.symbols)) if isinstance(p, Parameter)]
    domain = domain_of(sorted((p for p in parameters if p.name not in names), key=lambda p: p.name))
    return Encoded({**body, "domain": domain}, conditions)


def _body(link: Link) -> Node | None:
    if link.kind == "scalar" and link.relation in ("<", "<=", ">", ">="):
        return {"kind": "relation", "left": in_text(link.lhs), "relation": link.relation, "right": in_text(link.rhs)}
    if link.kind != "probability":
        return None
    found = stated(link)
    if found is None or link.rhs.atoms(RV):
        return None
    event, relation, bound = found
    try:
        laws = {rv.name: law_json(rv) for rv in sorted(link.lhs.atoms(RV), key=str)}
    except NotImplementedError:
        return None
    return {"kind": "statement", "event": event, "relation": relation, "bound": bound, "laws": laws}


def _conditions(statement: Statement) -> list[list[str]] | None:
    """The hypotheses as relations; None where one is none."""
    found = []
    for h in statement.hypotheses:
        if h.relation == sympy.true:
            continue
        if getattr(h.relation, "rel_op", "") not in ("<", "<=", ">", ">="):
            return None
        found.append([in_text(h.relation.lhs), h.relation.rel_op, in_text(h.relation.rhs)])
    return found


def refuted_for_all_constants(question: Question, *, simple: bool | None = None) -> Outcome | None:
    """The proof that a link fails for all positive values of its unnamed constants, far out on a path; or None.

    Parameters
    ----------
    question : Question
    simple : bool, optional
        Whether the simplest paths alone are tried, or all but these; default: all.

    Examples
    --------
    >>> from whp.checks import check
    >>> found = check("P(Binomial(n, 1/2) >= n/2) <= C*exp(-c*n)", exists="C, c")
    >>> str(found.verdict), str(found.evidence)
    ('refuted', 'proved')
    """
    exists = question.claim.exists
    paths = {True: (0, _SIMPLE), False: (_SIMPLE, _ALL), None: (0, _ALL)}[simple]
    allowed = {c.name: [p.name for p in c.of] if isinstance(c, Parameter) else [] for c in exists}
    for point in question.statement.points:
        of = {c: [n for n in names if n not in {s.name for s in point}] for c, names in allowed.items()}
        found = encoded(question.statement, question.link, point, exists)
        proof = None if found is None else prove_failure(found.claim, of, found.conditions, paths=paths)
        if proof is not None:
            return outcome(Verdict.REFUTED, Evidence.PROVED, reason=_reason(proof, point), proof=proof)
    return None


def refuted_at_a_cell(question: Question) -> Outcome | None:
    """The proof that no positive constants are enough at one cell, where the bound stays below a number; or None.

    Parameters
    ----------
    question : Question
    """
    names = [c.name for c in question.claim.exists]
    for point in question.statement.points:
        found = encoded(question.statement, question.link, point, question.claim.exists)
        if found is None or "event" not in found.claim or {*names} & {*re.findall(r"\w+", str(found.claim["event"]))}:
            return None
        domain = found.claim["domain"]
        for chosen in islice(product(*(_simple_values(ends) for ends in domain.values())), _CELLS):
            values = dict(zip(domain, chosen, strict=True))
            for lower, tail in known_at(found.claim, values):
                proof = _below_everywhere(found, names, values, lower)
                if proof is None:
                    continue
                node = {"rule": "cell", "put": values, "lower": lower, "tail": tail, "proof": proof}
                claim = {"kind": "fails", "constants": {name: [] for name in names}, "claim": found.claim}
                whole = {"claim": {**claim, "domain": domain, "if": found.conditions}, "proof": node}
                if rejection(whole) is None:
                    where = ", ".join(f"{name} = {value}" for name, value in values.items())
                    why = f"no positive {', '.join(names)} are enough: at {where} the bound is less than {lower}"
                    return outcome(
                        Verdict.REFUTED, Evidence.PROVED, reason=f"{why}, the probability is not", proof=whole
                    )
    return None


def _simple_values(ends: list[str]) -> list[str]:
    """Whole numbers from the lower end on, or simple values of a real parameter and the ends that belong to it."""
    low, high, closed = ends
    if closed == "integers":
        return [str(int(low) + i) for i in range(3)] if sympy.sympify(low).is_Integer else []
    shares = [Fraction(1, 2), Fraction(1, 10), Fraction(9, 10)]
    first, last = sympy.sympify(low), sympy.sympify(high)
    if not (first.is_Rational and (last.is_Rational or high == "oo")):
        return []
    inside = [str(first + (last - first) * sympy.Rational(str(x))) for x in shares] if last.is_Rational else []
    inside = inside or [str(first + x) for x in (1, 2, 4)]
    at_ends = [low] * (closed in ("left", "both")) + [high] * (closed in ("right", "both"))
    return [*at_ends, *inside]


def _below_everywhere(found: Encoded, names: list[str], values: Node, lower: str) -> Any:
    """The steps that prove a bound at a cell to be less than a number whatever the constants."""
    inner = found.claim
    bound = inner["bound"] if inner["relation"][0] == "<" else less(inner["bound"])
    for name, value in values.items():
        bound = put(bound, name, value)
    read = sympy.sympify(bound, locals={n: sympy.Symbol(n) for n in names})
    if read.has(sympy.zoo, sympy.nan):
        return None
    largest = sympy.lambdify([sympy.Symbol(n) for n in names], read)
    try:
        spread = [float(largest(*at)) for at in product((1e-9, 1.0, 1e9), repeat=len(names))]
    except (OverflowError, TypeError, ValueError, NameError):
        return None
    if not max(spread) <= float(Fraction(lower)):
        return None
    domain = {name: ["0", "oo", ""] for name in sorted({*names} & names_of(bound))}
    proof = proved_text(bound, "<" if len(inner["relation"]) == 2 else "<=", f"({lower})", domain)
    return None if proof is None else proof["proof"]


def _reason(proof: Node, point: Mapping[Symbol, Any]) -> str:
    claim, node = proof["claim"], proof["proof"]
    values = {**node["put"], **{s.name: str(v) for s, v in point.items()}}
    path = ", ".join(f"{name} = {value}" for name, value in values.items())
    names = ", ".join(claim["constants"])
    whatever = f"no positive {names} are enough: " if names else ""
    tail = node.get("tail", {})
    while "of" in tail:
        tail = tail["of"]
    by = f", by {_WORDS[tail['rule']]}" if tail else ""
    inner = claim["claim"]
    what = "the probability of what is excluded exceeds the bound" if "event" in inner else "it is false"
    return f"{whatever}along {path} {what} for all large {node['new']}{by}"
