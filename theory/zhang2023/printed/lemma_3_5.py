"""Lemma 3.5: gradient descent finds a small loss within distance 1/√m of the random initialisation, as printed.

In words: for m ≥ Ω(poly(n) d) and inputs that differ, with probability at least 1 - e^{Ω(log² m)}, descent with
learning rate Θ(d/poly(n)) reaches L ≤ ε while ‖W* - W‖₂ and ‖a* - a‖ stay below 1/√m. The exponent's sign is as
printed, which leaves nothing claimed; `lem3.5.radius` asks for the conclusion with high probability instead.
"""

from __future__ import annotations

from sympy import Rational, exp, log, sqrt

from ...language.cells import Regime
from ...language.events import Event, Joint
from ...language.heads import P, Theta, Tunable
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.trained import root_m_da, root_m_dW, stable_rate, trained_loss
from ..symbols import c1, d, m, n

_FIXED = Regime(m, fixed=(d, n))
# The printed polynomial is unnamed, so verdicts rest on what happens as m grows beyond every one.
WIDE_ENOUGH = Hypothesis(m >= 2 * d, "m ≥ Ω(poly(n)·d), read as m ≥ 2 d")
_EPSILON = Rational(1, 10)
_SMALLEST = Tunable(1, "smallest")


def _found(displacement: object, readout: object) -> Joint:
    return Joint(
        Event(trained_loss, "<=", _EPSILON), Event(root_m_dW, "<=", displacement), Event(root_m_da, "<=", readout)
    )


def _source(where: str) -> Source:
    return Source("zhang2023", where)


LEM_3_5 = Statement(
    "lem3.5",
    "printed",
    "Gradient descent finds L ≤ ε (here 1/10) within distance 1/√m of the initialisation",
    _source("Lemma 3.5, Section 3.2"),
    (Claim((Link(P(_found(1, 1)), ">=", 1 - exp(c1 * log(m) ** 2)),), exists=(c1,), regime=_FIXED),),
    (WIDE_ENOUGH,),
    uses=("init", "data", "eq4", "lem3.5.radius", "lem3.5.rate"),
)

LEM_3_5_REPAIRED = Statement(
    "lem3.5",
    "repaired",
    "Gradient descent finds L ≤ 1/10 with ‖W* - W‖₂ ≤ √(n/m) and ‖a* - a‖ ≤ 20√(n/m)",
    Source("whp", "S15: the radius grows like √n"),
    (Claim((Link(P(_found(sqrt(n), 20 * sqrt(n))), "~", 1),), regime=_FIXED),),
    (WIDE_ENOUGH,),
    uses=("S15",),
    repairs="lem3.5",
)

RADIUS = Statement(
    "lem3.5.radius",
    "printed",
    "The same with the sign of the exponent restored: with high probability",
    _source("Lemma 3.5 as Theorem 3.6 uses it, Section 3.2"),
    (Claim((Link(P(_found(_SMALLEST, _SMALLEST)), "~", 1),), regime=_FIXED),),
    (WIDE_ENOUGH,),
)

RATE = Statement(
    "lem3.5.rate",
    "printed",
    "Descent is stable at learning rate Θ(d/poly(n)): as m grows, at a rate that does not depend on m",
    _source("Lemma 3.5, Section 3.2"),
    (Claim((Link(stable_rate, "=", Theta(d)),), regime=_FIXED),),
    (WIDE_ENOUGH,),
)

STATEMENTS = (LEM_3_5, LEM_3_5_REPAIRED, RADIUS, RATE)
