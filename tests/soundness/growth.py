"""Claims about growth with known truth: rates, limits of probabilities, equivalence, unnamed constants."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sympy import Abs, Expr, Integer, Rational, S, exp, log, sqrt
from whp.checks import Engine
from whp.theory import (
    RV,
    BigO,
    Claim,
    Event,
    Hypothesis,
    LawOf,
    Link,
    Model,
    P,
    Regime,
    Source,
    Statement,
    Theta,
    constant,
    real,
    sizes,
)
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ChiSquareLaw

from .cases import Case
from .laws import normal_law

__all__ = ["constants", "equivalence", "limit", "rate"]

m, d = sizes("m d")
gamma = real("gamma", 0)
c, C = constant("c"), constant("C")


def _statement(link: Link, *, regime: Regime | None = None, exists: Any = (), **more: Any) -> Statement:
    claim = Claim((link,), exists=exists, regime=regime)
    return Statement("s", "printed", "", Source("me", "p. 1"), (claim,), **more)


def _growing(power: Rational, logs: int) -> Callable[..., Any]:
    def sample(cell: Any, rng: Any, count: int, data: Any) -> Any:
        size = float(cell["m"])
        import math

        return rng.standard_normal(count) * size ** float(power) * math.log(size + 2) ** logs

    return sample


def rate(rng: Random, kind: str, seed: int) -> Case | None:
    """|X| = O(·) or Θ(·), where X is m^p log^q(m + 2) times a standard normal."""
    p, q = Rational(rng.randint(-2, 4), 2), rng.choice((0, 0, 1, 2))
    r, s = p + Rational(rng.randint(-1, 1), rng.choice((2, 10, 50))), rng.choice((0, 0, q))
    head = rng.choice((BigO, Theta))
    scale = rng.choice((1, 1, Rational(1, 1000), 1000))
    model = Model("growing", (m,), "a growing variable")
    x = RV("X", model, "X")
    link = Link(Abs(x), "=", head(scale * m**r * log(m + 2) ** s))
    truth = (p, q) == (r, s) if head is Theta else (p, q) <= (r, s)
    engine = Engine(_growing(p, q), {"X": lambda block: block})
    options = {"engines": {model: engine}, "grid": {"m": (8, 32, 128, 512, 2048)}, "trials": 400, "seed": seed}
    return Case(
        kind, seed, _statement(link, regime=Regime(m)), (), lambda cell: True, options=options, pointwise=False,
        whole=truth, limit=True,
    )  # fmt: skip


def limit(rng: Random, kind: str, seed: int) -> Case | None:
    """P(X ≤ threshold) ~ 1 for laws whose fluctuations are known."""
    model = Model("fluctuating", (m,), "a fluctuating variable")
    a = Rational(rng.randint(1, 8), rng.choice((1, 2, 10)))
    slack, more = rng.choice(
        [
            (a * m, True),
            (a * m ** Rational(3, 5), True),
            (a * sqrt(m), False),
            (a * sqrt(m) * log(m), True),
            (a * sqrt(m) * log(log(m + 3)), True),
            (a * m ** Rational(49, 100), False),
            (20 * sqrt(m), False),
            (-a * sqrt(m), False),
            (sqrt(m) * log(m) / 1000, True),
            (S.Zero, False),
            (100 + a, False),
            (m ** Rational(51, 100) / 10, True),
        ]
    )
    mean, law = rng.choice(
        [
            (m, LawOf(ChiSquareLaw, m)),
            (m / 2, LawOf(BinomialLaw, m, Rational(1, 2))),
            (S.Zero, LawOf(normal_law, m)),
            (m / 3, LawOf(BinomialLaw, m, Rational(1, 3))),
        ]
    )
    x = RV("X", model, "X", law=law)
    points: Any = ({},)
    regime = Regime(m)
    if rng.random() < 0.5:
        regime, points = Regime(d, tied={m: gamma}), ({gamma: Integer(2)}, {gamma: Rational(1, 2)})
    event = Event(x, rng.choice(("<", "<=")), mean + slack)
    link = rng.choice((Link(P(event), "~", 1), Link(P(event.complement), "~", 0)))
    if rng.random() < 0.9:
        link = Link(P(event), "~", 1)
    return Case(
        kind, seed, _statement(link, regime=regime, points=points), (), lambda cell: True, pointwise=False, whole=more,
        limit=True,
    )  # fmt: skip


def equivalence(rng: Random, kind: str, seed: int) -> Case | None:
    """A ~ B with known truth, some of it far beyond any path."""
    a = Rational(rng.randint(1, 9), rng.choice((1, 2, 10)))
    pairs: list[tuple[Expr, Expr, bool]] = [
        (m + a * sqrt(m), m, True),
        (m + m**2 / 10**9, m, False),
        (m + m ** Rational(99, 100), m, True),
        (m * (1 + a / log(m + 2)), m, True),
        (m * (1 + a / log(log(m + 20))), m, True),
        (m + a * m, m, False),
        (m * log(m + a), m * log(m), True),
        (m ** (1 + Rational(1, 1000)), m, False),
        (exp(m + a / m), exp(m), True),
        (exp(m + a), exp(m), False),
        (sqrt(m**2 + a * m), m, True),
        (m + Rational(1, 10**6) * m, m, False),
        (log(m), log(m**2), False),
        (m + exp(-m), m, True),
        ((1 + a / m) ** m, exp(a), True),
        ((1 + a / m) ** m, exp(a) + Rational(1, 10**4), False),
        (a * m * m, a * m**2, True),
        (m + 10**9, m, True),
    ]
    left, right, truth = rng.choice(pairs)
    if rng.random() < 0.4:
        left, right = right, left
    return Case(
        kind, seed, _statement(Link(left, "~", right), regime=Regime(m)), (), lambda cell: True, pointwise=False,
        whole=truth, limit=True,
    )  # fmt: skip


def constants(rng: Random, kind: str, seed: int) -> Case | None:
    """Unnamed constants: there are some, or there are none."""
    model = Model("squares", (m, d), "sums of squares")
    x, y = RV("X", model, "X", law=LawOf(ChiSquareLaw, m)), RV("Y", model, "Y", law=LawOf(normal_law, m))
    b = RV("B", model, "B", law=LawOf(BinomialLaw, m, Rational(1, 2)))
    more = Hypothesis(d <= m, "d is at most m")
    small = Hypothesis(m <= 5, "m is small")
    late = Hypothesis(m >= 5, "m is at least 5")
    known: list[tuple[Link, tuple[Any, ...], tuple[Any, ...], bool]] = [
        (Link(P(Event(x, ">=", 2 * m)), "<=", C * exp(-c * m)), (C, c), (), True),
        (Link(P(Event(x, ">=", 2 * m)), "<=", exp(-c * m)), (c,), (), True),
        (Link(P(Event(x, ">=", m)), "<=", C * exp(-c * m)), (C, c), (), False),
        (Link(P(Event(x, ">=", m)), "<=", C * exp(-c * m)), (C, c), (small,), True),
        (Link(P(Event(x, ">=", 2 * m)), "<=", C * exp(-c * m**2)), (C, c), (), False),
        (Link(P(Event(x, ">=", 2 * m)), "<=", C * exp(-c * m * d)), (C, c), (), False),
        (Link(P(Event(x, ">=", 2 * m)), "<=", C * exp(-c * m * d)), (C, c), (more, small), True),
        (Link(P(Event(x, ">=", 2 * m)), "<=", C * exp(-c * d)), (C, c), (more,), True),
        (Link(P(Event(x, ">=", 2 * m)), "<=", C * exp(-c * d)), (C, c), (), False),
        (Link(P(Event(x, "<=", m / 2)), "<=", C * exp(-c * m)), (C, c), (), True),
        (Link(P(Event(x, "<=", m / 2)), "<=", exp(-c * m)), (c,), (late,), True),
        (Link(P(Event(x, "<=", 2 * m)), ">=", 1 - C * exp(-c * m)), (C, c), (), True),
        (Link(P(Event(x, "<=", m)), ">=", 1 - C * exp(-c * m)), (C, c), (), False),
        (Link(P(Event(y, ">=", sqrt(m * d))), "<=", C * exp(-c * d)), (C, c), (), True),
        (Link(P(Event(y, ">=", sqrt(m) * log(d + 1))), "<=", C * exp(-c * d)), (C, c), (), False),
        (Link(P(Event(b, ">=", 3 * m / 4)), "<=", exp(-c * m)), (c,), (), True),
        (Link(P(Event(b, ">=", m / 2)), "<=", exp(-c * m)), (c,), (), False),
        (Link(P(Event(b, ">=", m / 2 + 1)), "<=", C / sqrt(m)), (C,), (), False),
        (Link(P(Event(b, ">=", m)), "<=", C / m), (C,), (), True),
        (Link(P(Event(b, ">=", m)), "<=", exp(-c * m)), (c,), (), True),
        (Link(P(Event(b, ">=", 0)), "<=", exp(-c * m)), (c,), (), False),
        (Link(P(Event(b, ">=", 0)), "<=", exp(-c * m)), (c,), (small,), False),
        (Link(P(Event(x, ">=", 10 * m)), "<=", exp(-c * m)), (c,), (late,), True),
        (Link(P(Event(x, ">", 0)), "<=", 1 - exp(-c * m)), (c,), (), False),
        (Link(m**2 + m, "<=", C * m**2), (C,), (), True),
        (Link(m**2, "<=", C * m), (C,), (), False),
        (Link(m**2, "<=", C * m), (C,), (small,), True),
        (Link(log(m + 1), "<=", C * m ** Rational(1, 5)), (C,), (), True),
    ]
    link, exists, hypotheses, truth = rng.choice(known)
    return Case(
        kind, seed, _statement(link, exists=exists, hypotheses=hypotheses), (), lambda cell: True, pointwise=False,
        whole=truth, limit=True,
    )  # fmt: skip
