"""Claims of several links in two sizes, and probabilities of index sums that only a variance speaks of."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

from sympy import Expr, Integer, Rational, S, exp, sqrt
from whp.theory import RV, Claim, Event, Form, Hypothesis, LawOf, Link, Model, P, Source, Statement, sizes
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ChiSquareLaw

from . import forms, oracle
from .cases import Case
from .oracle import at, compare, relation_holds, sign_of

__all__ = ["chain", "deviation"]

m, d = sizes("m d")


def _bound(rng: Random) -> Expr:
    c = Rational(rng.randint(1, 6), rng.randint(1, 8))
    return rng.choice(
        [
            exp(-c * m),
            exp(-c * d),
            exp(-c * m * d),
            2 * exp(-c * (m + d)),
            1 / (m + d),
            Rational(1, rng.randint(2, 6)),
            c / (c + m),
            S.One,
            1 + c,
            exp(-c * sqrt(m * d)),
            Rational(1, 2) ** m,
            Rational(1, 2) ** (m + d),
        ]
    )


def chain(rng: Random, kind: str, seed: int) -> Case | None:
    """P(event) <= b <= c, or its mirror image, at all sizes up to 3 or 4 under hypotheses on both."""
    model = Model("chain", (m, d), "a random variable")
    binomial = rng.random() < 0.5
    law = LawOf(BinomialLaw, m + d, Rational(1, 2)) if binomial else LawOf(ChiSquareLaw, m)
    x = RV("X", model, "X", law=law)
    inner = rng.choice((">=", ">")) if rng.random() < 0.8 else rng.choice(("<=", "<"))
    threshold = rng.choice((2 * m, m + d, 3 * d, m * d, Integer(rng.randint(0, 4)), Rational(1, 2) * m))
    first, second = _bound(rng), _bound(rng)
    below = rng.random() < 0.7
    relations = [rng.choice(("<=", "<=", "<")), rng.choice(("<=", "<=", "<"))]
    sides: list[Expr] = [P(Event(x, inner, threshold)), first, second]
    if not below:
        relations = [{"<": ">", "<=": ">="}[r] for r in relations]
        sides = [sides[0], 1 - first, 1 - second]
    high = rng.choice((1, 2, 3, 4))
    hypotheses = [Hypothesis(m <= high, "m is small"), Hypothesis(d <= high, "d is small")]
    cells = [{"m": i, "d": j} for i in range(1, high + 1) for j in range(1, high + 1)]
    extra = rng.choice(("", "", "below", "above", "sum"))
    if extra == "below":
        hypotheses.append(Hypothesis(d <= m, "d is at most m"))
        cells = [c for c in cells if c["d"] <= c["m"]]
    elif extra == "above":
        hypotheses.append(Hypothesis(d >= m, "d is at least m"))
        cells = [c for c in cells if c["d"] >= c["m"]]
    elif extra == "sum":
        hypotheses.append(Hypothesis(m + d >= 3, "m + d is at least 3"))
        cells = [c for c in cells if c["m"] + c["d"] >= 3]
    if not cells:
        return None
    links = (Link(sides[0], relations[0], sides[1]), Link(sides[1], relations[1], sides[2]))
    claims = (Claim(links),) if rng.random() < 0.5 else tuple(Claim((link,)) for link in links)
    if rng.random() < 0.4:
        links, claims = links[:1], (Claim(links[:1]),)
    statement = Statement("s", "printed", "", Source("me", "p. 1"), claims, tuple(hypotheses))

    def probability(cell: dict[str, Any]) -> oracle.Probability:
        total = int(cell["m"]) + int(cell["d"])
        law_at = oracle.Binomial(total, Fraction(1, 2)) if binomial else oracle.ChiSquare(int(cell["m"]))
        return law_at.of(oracle.event_set(inner, at(threshold, cell)))

    known: dict[Any, bool] = {}

    def true_at(cell: dict[str, Any]) -> bool:
        key = (int(cell["m"]), int(cell["d"]))
        if key not in known:
            one = relation_holds(relations[0], compare(probability(cell), at(sides[1], cell)))
            two = relation_holds(relations[1], sign_of(at(sides[1], cell) - at(sides[2], cell)))
            known[key] = one and (two or len(links) == 1)
        return known[key]

    def excludes_at(cell: dict[str, Any]) -> bool:
        # Of two bounds one is always a relation that could be false.
        side = sign_of(at(first, cell) - 1)
        return len(links) > 1 or side < 0 or (side == 0 and "=" not in relations[0])

    return Case(kind, seed, statement, tuple(cells), true_at, excludes_at, pointwise=len(links) == 1)


_TEXTS = ("a_i", "a_i b_i", "a_i a_i", "a_i a_j", "a_i b_j", "s a_i")


def _chances(form: Form, cell: dict[str, int], laws: Any) -> dict[Fraction, Fraction]:
    """The law of a form of entries with two values each, by going through them all."""
    polynomial = forms.expanded(form, cell)
    entries = sorted({e for key in polynomial for e in key})
    two = {"sign": ((Fraction(1, 2), 1), (Fraction(1, 2), -1))}
    found: dict[Fraction, Fraction] = {}
    choices = []
    for entry in entries:
        law, p = laws[entry[0]]
        choices.append(two.get(law, ((p, 1), (1 - p, 0))))
    for chosen in product(*choices):
        values = dict(zip(entries, (v for _, v in chosen), strict=True))
        weight = Fraction(1)
        for chance, _ in chosen:
            weight *= chance
        total = Fraction(0)
        for key, coefficient in polynomial.items():
            term = coefficient
            for entry in key:
                term *= values[entry]
            total += term
        found[total] = found.get(total, Fraction(0)) + weight
    return found


def deviation(rng: Random, kind: str, seed: int) -> Case | None:
    """P(X ≥ t) ≤ b for an index sum of two-valued entries without a law, with b near Chebyshev's bound or not."""
    laws = {name: rng.choice((("sign", Fraction(1)), ("bernoulli", Fraction(1, 3)))) for name in forms.SHAPES}
    model = forms.model_of(laws)
    form = Form.parse(rng.choice(_TEXTS), coefficient=rng.choice((1, 1, 1 / m, 2)))
    x = RV("X", model, "X", form=form)
    cells: list[dict[str, Any]] = [{"m": i, "d": 1} for i in (1, 2, 3)]
    chances = {c["m"]: _chances(form, c, laws) for c in cells}
    mean = {k: sum((v * w for v, w in law.items()), Fraction(0)) for k, law in chances.items()}
    spread = {k: sum(((v - mean[k]) ** 2 * w for v, w in law.items()), Fraction(0)) for k, law in chances.items()}
    away = rng.choice((Integer(1), Rational(1, 2), m, 2 * m, Integer(2)))
    inner = rng.choice((">=", ">", "<=", "<"))
    centre = forms.interpolated({(k, 1): v for k, v in mean.items()})
    threshold = centre + away if ">" in inner else centre - away
    exact = forms.interpolated({(k, 1): v for k, v in spread.items()}) / away**2
    bound = exact * rng.choice((1, 1, Rational(99, 100), Rational(1, 2), Rational(1, 10), 2))
    bound = rng.choice((bound, bound, bound, bound / (1 + bound)))
    outer = rng.choice(("<=", "<=", "<"))
    event = Event(x, inner, threshold)
    link = Link(P(event), outer, bound)
    if rng.random() < 0.4:
        link = Link(P(event.complement), {"<": ">", "<=": ">="}[outer], 1 - bound)
    hypotheses = (Hypothesis(m <= 3, "m is small"), Hypothesis(d <= 1, "d is 1"))
    grid = {"m": (1, 2, 3), "d": (1,)} if rng.random() < 0.7 else {}
    statement = Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), hypotheses, grid=grid)

    def true_at(cell: dict[str, Any]) -> bool:
        t = at(threshold, cell)
        edge = Fraction(int(t.p), int(t.q))
        pairs = chances[int(cell["m"])].items()
        total = sum((w for v, w in pairs if relation_holds(inner, (v > edge) - (v < edge))), Fraction(0))
        return relation_holds(outer, sign_of(Rational(total.numerator, total.denominator) - at(bound, cell)))

    def excludes_at(cell: dict[str, Any]) -> bool:
        side = sign_of(at(bound, cell) - 1)
        return side < 0 or (side == 0 and outer == "<")

    return Case(kind, seed, statement, tuple(cells), true_at, excludes_at)
