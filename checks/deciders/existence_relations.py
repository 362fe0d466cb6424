"""Unnamed constants of a relation without probabilities: simple numbers with which it is proved."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, product

from sympy import Expr, Rational, Symbol

from ...theory.language.statements import Implication
from ..verdict import Outcome
from .question import Question
from .reduction import named_link, with_constants
from .whole import proved_relation

__all__ = ["relation_with_names"]

_SIMPLE = tuple(map(Fraction, ("1", "2", "1/2", "4", "1/4", "10", "1/10", "100", "1/100", "10000", "1/10000")))
_CHOICES = 40


def relation_with_names(question: Question) -> tuple[Outcome, dict[Symbol, Expr]] | None:
    """The proof that constants of a relation exist, and what they are; None where no simple ones are proved.

    Parameters
    ----------
    question : Question

    Examples
    --------
    >>> from whp.checks import check
    >>> found = check("sqrt(m*d) <= C*(m + d)", exists="C")
    >>> str(found.verdict), str(found.evidence), dict(found.constants["named"])
    ('holds', 'proved', {'C': '1/2'})
    """
    link, constants, s = question.link, question.claim.exists, question.statement
    shared = any(sum(c in other.symbols for other in s.links) > 1 for c in constants)
    if link.kind != "scalar" or link.given or link.scope is not None or not constants or shared:
        return None
    for values in _choices(constants):
        named = named_link(question, Implication(s.key, values, ())).link
        proof = proved_relation(s, named.lhs, named.relation, named.rhs)
        found = None if proof is None else with_constants(question, Implication(s.key, values, ()), proof)
        if found is not None:
            return found, values
    return None


def _choices(constants: tuple[Symbol, ...]) -> Iterator[dict[Symbol, Expr]]:
    """Simple numbers for the constants, the simplest first."""
    ranks = product(range(len(_SIMPLE)), repeat=len(constants))
    for chosen in islice(sorted(ranks, key=sum), _CHOICES):
        yield {c: Rational(str(_SIMPLE[i])) for c, i in zip(constants, chosen, strict=True)}
