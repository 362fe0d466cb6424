"""Sub-exponential norms: the product of two independent centred normals, in closed form at every p.

E|gh|^p = (E|g|^p)² = (2^{p/2} Γ((p+1)/2)/√π)² for standard normals, so ‖gh‖_ψ1 = exp(sup_{p ≥ 1} F(p)) with
F(p) = log 2 + (2/p)(log Γ((p+1)/2) − ½ log π) − log p. Ball arithmetic shows F' < 0 on [1, 64]; beyond, Stirling's
bound gives F(p) ≤ −1 + (log 2)/p + 1/(3p²), below F(1) = log(2/π). Hence the supremum is E|gh| = 2/π, at p = 1.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy
from flint import arb
from sympy import Expr, Mul, pi

from ...theory.calculus.enclosure import workprec
from ...theory.calculus.exact import rational
from ...theory.language.heads import Psi1
from ...theory.language.models import RV
from ...theory.proofs.identities_laws import prove_norm
from ..verdict import Evidence, Verdict
from .identity import evaluate
from .instances import exact_instances, largest_instance
from .law import covariance, fixed_tensors
from .question import Answer, Question, outcome

__all__ = ["decide", "first_moment_dominates"]

_PREC = 128
_LAST = 64
_NARROWEST = arb(2) ** -12


def _slope_numerator(p: arb) -> arb:
    """p² F'(p) = p ψ((p+1)/2) − 2 log Γ((p+1)/2) + log π − p."""
    x = (p + 1) / 2
    return p * x.digamma() - 2 * x.lgamma() + arb.pi().log() - p


@lru_cache(maxsize=1)
def first_moment_dominates() -> bool:
    """Whether p^{-1}(E|gh|^p)^{1/p} is certified to be largest at p = 1."""
    with workprec(_PREC):
        pending = [(arb(k), arb(k + 1)) for k in range(1, _LAST)]
        while pending:
            low, high = pending.pop()
            if _slope_numerator(low.union(high)) < 0:
                continue
            if high - low < _NARROWEST:
                return False
            middle = (low + high) / 2
            pending += [(low, middle), (middle, high)]
        beyond = -1 + arb(2).log() / _LAST + arb(1) / (3 * _LAST**2)
        return bool(beyond < (2 / arb.pi()).log())


def decide(question: Question) -> Answer | None:
    """Decide ``Psi1(u v) relation K`` for u, v normal and independent given what is given; None otherwise."""
    link = question.link
    factors = _factors(link.lhs)
    if factors is None or link.relation != "=":
        return None
    proof = prove_norm(*factors, link.rhs, link.given)
    if proof is not None:
        why = "independent normal factors with these variances for all sizes; the supremum over p ≥ 1 is at p = 1"
        return Answer.of(outcome(Verdict.HOLDS, Evidence.PROVED, reason=why, proof=proof))
    if not first_moment_dominates():
        return None
    model, fixed = factors[0].model, fixed_tensors(link.given)
    asked = False
    for instance in exact_instances(question, model):
        asked = True
        try:
            spread = covariance(factors, model, instance, fixed)
        except NotImplementedError:
            return None
        size = spread.shape[0] // 2
        if np.any(spread[:size, size:] != 0):
            return None
        # Entry k of u times entry k of v: every k must have the claimed norm.
        for k in range(size):
            truth = 2 / pi * sympy.sqrt(rational(spread[k, k]) * rational(spread[size + k, size + k]))
            claimed = evaluate(link.rhs, instance.tensors, instance.cell)
            if sympy.simplify(truth - claimed) != 0:
                shown = f"{float(truth):.12e}", f"{float(claimed):.12e}"
                why = "differs on an exact rational instance; the supremum over p ≥ 1 is attained at p = 1"
                return Answer.of(outcome(Verdict.REFUTED, Evidence.CERTIFIED, instance.cell, *shown, why))
    if not asked:
        return None
    sizes, count = largest_instance(question, model)
    why = (
        f"independent normal factors, whose variances are exact on random instances at {count} sizes; the supremum "
        "over p ≥ 1 is attained at p = 1, certified in ball arithmetic"
    )
    return Answer.of(outcome(Verdict.HOLDS, Evidence.CERTIFIED, sizes, reason=why))


def _factors(lhs: Expr) -> tuple[RV, RV] | None:
    body = lhs.args[0] if isinstance(lhs, Psi1) else None
    if not isinstance(body, Mul) or len(body.args) != 2 or not all(isinstance(a, RV) for a in body.args):
        return None
    first, second = body.args
    return (first, second) if first.model == second.model else None
