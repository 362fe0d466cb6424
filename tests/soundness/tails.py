"""Random claims about probabilities: exact laws, users' laws in balls and in floats, and draws alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import sympy
from sympy import Abs, Expr, Integer, Rational, S, exp, expand, log, sqrt
from whp.checks import Engine
from whp.theory import RV, Claim, Event, Hypothesis, LawOf, Link, Model, P, Source, Statement, real, size
from whp.theory.language.events import Joint
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, NegatedLaw
from whp.theory.laws.poisson_law import PoissonLaw
from whp.theory.laws.sign_sum_law import SignSumLaw

from . import oracle
from .cases import Case
from .laws import BallLaw, FloatLaw, distribution, normal_law
from .oracle import Probability, at, compare, relation_holds

__all__ = ["claim"]

MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
SHAPES = (
    "plain",
    "plain",
    "plain",
    "flipped",
    "scaled",
    "complemented",
    "negated",
    "moved",
    "both",
    "signed",
    "squared",
    "halved",
)
# Those that a decider is asked to read.
READ = frozenset(SHAPES) - {"signed", "squared", "halved"}
m, t, b = size("m"), real("t"), real("b")


@dataclass(frozen=True)
class Variable:
    """A random variable with its distribution at a cell: ``scale X + shift`` of a family's X."""

    family: str
    parameters: tuple[Any, ...]
    scale: Any = S.One
    shift: Any = S.Zero

    def base(self, cell: dict[str, Any]) -> oracle.Distribution:
        return distribution(self.family, *(_fraction(at(p, cell)) for p in self.parameters))

    def affine(self, cell: dict[str, Any]) -> tuple[Fraction, Fraction]:
        return _fraction(at(self.scale, cell)), _fraction(at(self.shift, cell))


def _fraction(value: Any) -> Fraction:
    value = sympy.sympify(value)
    return Fraction(int(value.p), int(value.q))


def _pick(rng: Random, *choices: Any) -> Any:
    return rng.choice(choices)


def _variable(rng: Random) -> Variable:
    family = _pick(rng, "chi2", "chi2", "normal", "normal", "binomial", "signs", "poisson")
    p = _pick(rng, Rational(1, 2), Rational(1, 3), Rational(1, 10), Rational(9, 10), Rational(3, 8))
    parameters = {
        "chi2": (_pick(rng, m, 2 * m, m + 1, Integer(3), Integer(2), Integer(1)),),
        "normal": (_pick(rng, Integer(1), m, Rational(1, 4), Integer(4), 1 / m, Rational(1, 3)),),
        "binomial": (_pick(rng, m, 2 * m, Integer(5), m + 3), p),
        "signs": (_pick(rng, m, 2 * m, Integer(4), m + 1),),
        "poisson": (_pick(rng, Integer(1), m, Rational(1, 2), Integer(3), m / 3),),
    }[family]
    if rng.random() < 0.55:
        return Variable(family, parameters)
    scale = _pick(rng, Integer(1), Integer(-1), Integer(2), Rational(-1, 2), 1 / m, Integer(-3), Rational(1, 3), -1 / m)
    if rng.random() < 0.15:
        scale = _pick(rng, m - 2, m - 1, 3 - m)
    return Variable(family, parameters, scale, _pick(rng, Integer(0), Integer(0), Integer(1), Rational(-1, 2), m, -m))


def _law(rng: Random, v: Variable, how: str) -> Any:
    """The law of the base variable as a user would give it."""
    lattice = v.family in ("binomial", "signs")
    if how in ("floats", "naive"):
        return LawOf(FloatLaw, v.family, *v.parameters, *([None] * (2 - len(v.parameters))), how == "naive")
    if how == "balls" and lattice:
        return LawOf(BallLaw, v.family, *v.parameters)
    made = {
        "chi2": ChiSquareLaw,
        "normal": normal_law,
        "binomial": BinomialLaw,
        "signs": SignSumLaw,
        "poisson": PoissonLaw,
    }[v.family]
    return LawOf(made, *v.parameters)


def _mean_and_spread(v: Variable) -> tuple[Expr, Expr]:
    a = v.parameters
    return {
        "chi2": lambda: (a[0], sqrt(2 * a[0])),
        "normal": lambda: (S.Zero, sqrt(a[0])),
        "binomial": lambda: (a[0] * a[1], sqrt(a[0] * a[1] * (1 - a[1]))),
        "signs": lambda: (S.Zero, sqrt(a[0])),
        "poisson": lambda: (a[0], sqrt(a[0])),
    }[v.family]()


def _threshold(rng: Random, v: Variable) -> Expr:
    """A threshold of the base variable."""
    mean, spread = _mean_and_spread(v)
    z = _pick(rng, *(Rational(k, 4) for k in (-12, -6, -4, -1, 0, 1, 2, 4, 6, 8, 12, 20)))
    near = mean + z * spread
    return _pick(
        rng,
        Integer(rng.randint(-2, 6)),
        Rational(rng.randint(-5, 13), 2),
        Rational(rng.randint(-5, 13), 3),
        2 * mean + rng.randint(0, 3),
        mean,
        mean / 2,
        mean + t,
        t * m,
        (1 + t) * mean,
        near,
        near,
        m,
        m - 1,
        3 * m,
        sqrt(m),
        log(m + 1),
        _disguised(rng) + rng.randint(0, 1),
        _disguised(rng) * _pick(rng, 1, 2, m),
        mean + rng.randint(1, 3) * m,
        Integer(rng.randint(10, 60)),
    )


def _disguised(rng: Random) -> Expr:
    """A rational number that its expression hides."""
    return _pick(
        rng,
        log(4) / log(2),
        log(2) / log(4),
        log(8) / log(4),
        sqrt(3 + 2 * sqrt(2)) - sqrt(2),
        (sqrt(3 + 2 * sqrt(2)) - sqrt(2)) / 2,
        sympy.sin(1) ** 2 + sympy.cos(1) ** 2,
        exp(2 * log(3) - log(3)),
        log(27) / log(9) - Rational(1, 2),
    )


def _relations(rng: Random) -> tuple[str, str]:
    return _pick(rng, "<", "<=", ">", ">="), _pick(
        rng, "<", "<=", "<=", ">", ">=", ">=", "=" if rng.random() < 0.4 else "<="
    )


def _rounded(value: Any, up: bool, digits: int) -> Rational:
    """A rational with so many digits just beside a positive number."""
    exponent = int(mpmath.floor(mpmath.log10(value)))
    with mpmath.mp.workdps(digits + abs(exponent) + 30):
        scaled = mpmath.mpf(value) * mpmath.mpf(10) ** (digits - exponent)
        whole = int(mpmath.ceil(scaled) if up else mpmath.floor(scaled))
    return Rational(whole) * Rational(10) ** (exponent - digits)


def _close(rng: Random, truth: Probability) -> Expr:
    """The truth times 1 ± ε, or 1 − (1 − truth)(1 ± ε), or the truth."""
    value, _ = truth.value(60)
    kind = rng.random()
    if truth.exact is not None and kind < 0.35:
        return truth.exact
    if not 0 < value < 1:
        return _pick(rng, S.Zero, S.One, Rational(1, 10**30), 1 - Rational(1, 10**30))
    epsilon = _pick(
        rng, Rational(1, 100), Rational(1, 100), Rational(1, 10**6), Rational(1, 10**12), Rational(1, 10**35)
    )
    sign = _pick(rng, 1, -1)
    if truth.exact is not None and truth.exact.is_Rational:
        if kind < 0.8:
            return truth.exact * (1 + sign * epsilon)
        return 1 - (1 - truth.exact) * (1 + sign * epsilon)
    with mpmath.mp.workdps(80):
        if kind < 0.8 or value > 1 - mpmath.mpf(10) ** -40:
            return _rounded(value * (1 + sign * mpmath.mpf(epsilon.p) / epsilon.q), sign > 0, 45)
        return 1 - _rounded((1 - value) * (1 + sign * mpmath.mpf(epsilon.p) / epsilon.q), sign > 0, 45)


def _interpolated(values: dict[int, Expr]) -> Expr:
    return sympy.interpolate(list(values.items()), m)


def _bound(rng: Random, at_cells: dict[int, Probability] | None, single: Probability | None) -> Expr:
    """A bound: simple, exponential, extreme, or close to the truth."""
    kind = rng.random()
    if single is not None and kind < 0.6:
        return _close(rng, single)
    if (
        at_cells is not None
        and kind < 0.3
        and all(p.exact is not None and p.exact.is_Rational for p in at_cells.values())
    ):
        off = _pick(rng, S.Zero, S.Zero, Rational(1, 100), Rational(-1, 100), Rational(1, 10**9), Rational(-1, 10**9))
        return _interpolated({k: p.exact * (1 + off) for k, p in at_cells.items()})
    c = Rational(rng.randint(1, 8), rng.randint(1, 12))
    if at_cells is not None and kind < 0.6:
        # An exponential through the truth at one cell, give or take a hundredth.
        where = rng.choice(list(at_cells))
        value, _ = at_cells[where].value(60)
        if 0 < value < 1:
            off = _pick(rng, -1, 1)
            rate = _rounded(-mpmath.log(value) / where, off < 0, 8) * (1 + off * _pick(rng, 0, Rational(1, 100)))
            return exp(-rate * m)
    return _pick(
        rng,
        S.Zero,
        S.One,
        Rational(1, rng.randint(2, 9)),
        Rational(rng.randint(1, 19), 20),
        exp(-c * m),
        exp(-c * m),
        2 * exp(-c * m),
        1 - exp(-c * m),
        1 - exp(-c * m),
        1 - 2 * exp(-c * m),
        1 - Rational(1, 10 ** rng.choice((5, 18, 40, 400))),
        Rational(1, 10 ** rng.choice((5, 18, 40, 400))),
        1 - exp(-Integer(rng.choice((30, 300, 3000)))),
        exp(-Integer(rng.choice((30, 300, 3000))) * m),
        1 / m,
        1 - 1 / (m + 1),
        Rational(3, 2),
        Rational(-1, 2),
        1 / sqrt(m + 1),
        t**2 / (1 + t**2),
        b,
    )


def _wrapped(rng: Random, probability: Expr, relation: str, bound: Expr, shape: str) -> Link:
    """The same claim in another shape."""
    c = _pick(rng, Integer(2), Rational(1, 3), Integer(7), m, m**2, Rational(5, 2))
    if shape == "flipped":
        return Link(bound, MIRROR[relation], probability)
    if shape == "scaled":
        return Link(c * probability, relation, expand(c * bound))
    if shape == "complemented":
        return Link(1 - probability, MIRROR[relation], 1 - bound)
    if shape == "negated":
        return Link(-c * probability, MIRROR[relation], expand(-c * bound))
    if shape == "squared":
        return Link(probability**2, relation, expand(bound**2))
    if shape == "moved":
        return Link(probability - bound, relation, 0)
    if shape == "both":
        return (
            Link(1 - c * bound, relation, 1 - c * probability)
            if rng.random() < 0.5
            else Link(bound + probability, relation, 2 * bound)
        )
    return Link(probability, relation, bound)


# Coefficients that vanish or change sign with m.
SIGNED = (m - 2, m - 1, 3 - m, (m - 1) * (m - 2), m * (m - 1) / 2, (-1) ** m)


def _drawn(v: Variable) -> Callable[..., Any]:
    def sample(cell: Any, rng: Any, count: int, data: Any) -> Any:
        values = [_fraction(at(p, dict(cell))) for p in v.parameters]
        if v.family == "chi2":
            return rng.chisquare(int(values[0]), count)
        if v.family == "normal":
            return rng.normal(0.0, float(values[0]) ** 0.5, count)
        if v.family == "binomial":
            return rng.binomial(int(values[0]), float(values[1]), count).astype(float)
        if v.family == "signs":
            return 2.0 * rng.binomial(int(values[0]), 0.5, count) - float(values[0])
        return rng.poisson(float(values[0]), count).astype(float)

    return sample


def _affine_on_the_left(v: Variable, x: RV) -> Expr:
    return v.scale * x + v.shift


def claim(rng: Random, kind: str, seed: int) -> Case | None:
    """A random claim; None where it makes none, or the oracle cannot tell.

    Parameters
    ----------
    rng : random.Random
    kind : {"tails", "floats", "drawn"}
        Exact laws (some of them a user's, in balls), a user's laws in floats, draws without a law.
    seed : int
    """
    v = _variable(rng)
    how = {"tails": "balls" if rng.random() < 0.15 else "package", "floats": "floats"}.get(kind, "none")
    if kind == "floats" and rng.random() < 0.15:
        how = "naive"
    if kind == "drawn" and (v.scale.free_symbols or v.shift.free_symbols):
        v = Variable(v.family, v.parameters)
    low = rng.choice((1, 1, 1, 2, 5, 20))
    domain_mode = rng.choice(("hypotheses", "grid", "sweep", "part"))
    width = rng.choice((1, 1, 2, 4)) if domain_mode != "grid" else rng.choice((1, 1, 3))
    sizes_at = range(low, low + width)
    inner, outer = _relations(rng)
    in_law = (rng.random() < 0.6 or kind == "drawn") and not isinstance(v.scale, sympy.Add)
    absolute = rng.random() < 0.2
    powered = absolute and rng.random() < 0.4
    two = rng.random() < 0.08 and not absolute
    raw = _threshold(rng, v)
    threshold = expand(v.scale * raw + v.shift)
    if rng.random() < 0.15:
        threshold = raw
    width_up = Rational(rng.randint(-1, 6), 2)
    # The values of the real parameters.
    listed = [Rational(rng.randint(-1, 6), rng.choice((1, 2, 3, 4))) for _ in range(rng.choice((1, 1, 2)))]

    model = Model("model", (m,), "a random variable")
    name = "X"
    law = None if how == "none" else _law(rng, v, how)
    if v.scale == 1 and v.shift == 0:
        x: Any = RV(name, model, name, law=law)
        value = x
    elif in_law and law is not None:
        if v.scale == -1 and v.shift == 0 and rng.random() < 0.7:
            x = RV(name, model, name, law=LawOf(NegatedLaw, law))
        else:
            x = RV(name, model, name, law=LawOf(AffineLaw, law, *_fractions(v)))
        value = x
    else:
        x = RV(name, model, name, law=law)
        value = _affine_on_the_left(v, x)

    def intervals(cell: dict[str, Any]) -> list[oracle.Interval]:
        at_t = at(threshold, cell)
        found = oracle.event_set(inner, at_t, absolute=absolute)
        if two:
            other = oracle.event_set(second, at_t + (width_up if "<" in second else -width_up))
            found = [oracle.intersection(found[0], other[0])]
        return oracle.pulled_back(found, *v.affine(cell))

    second = _pick(rng, "<", "<=") if ">" in inner else _pick(rng, ">", ">=")
    cache: dict[Any, Probability] = {}

    def probability(cell: dict[str, Any]) -> Probability:
        key = tuple(sorted((k, str(w)) for k, w in cell.items() if k != "b"))
        if key not in cache:
            cache[key] = v.base(cell).of(intervals(cell))
        return cache[key]

    uses_t = t in threshold.free_symbols
    ts = listed if uses_t or rng.random() < 0.1 else [None]
    cells_t = [{"m": k, **({} if w is None else {"t": _fraction(w)})} for k in sizes_at for w in ts]
    single = probability(cells_t[0]) if len(cells_t) == 1 else None
    at_cells = {c["m"]: probability(c) for c in cells_t} if len(ts) == 1 and len(cells_t) > 1 else None
    bound = _bound(rng, at_cells, single)
    if t in bound.free_symbols and ts == [None]:
        ts = listed
    points: list[dict[Any, Any]] = [{} if w is None else {t: w} for w in ts]
    if b in bound.free_symbols:
        at_point = [{"m": low, **({} if w is None else {"t": _fraction(w)})} for w in ts]
        values = [_close(rng, probability(c)) for c in at_point]
        if not all(w.is_Rational for w in values):
            return None
        points = [{**p, b: w} for p, w in zip(points, values, strict=True)]
    domain = tuple({"m": k, **{s.name: _exact(w) for s, w in p.items()}} for k in sizes_at for p in points)
    shape = rng.choice(SHAPES)
    event: Any = Event(Abs(value) if absolute else value, inner, threshold)
    if powered:
        event = Event(value**2, inner, expand(threshold**2))
        if any(oracle.sign_of(at(threshold, c)) < 0 for c in domain):
            return None
    if two:
        event = Joint(event, Event(value, second, threshold + (width_up if "<" in second else -width_up)))
    factor: Expr = S.One
    if shape == "signed":
        factor = _pick(rng, *SIGNED)
        link = Link(factor * P(event), outer, factor * bound)
    elif shape == "halved" and not two:
        link = Link(P(event) - P(event.complement), outer, 2 * bound - 1)
    elif shape == "squared" and any(oracle.sign_of(at(bound, c)) < 0 for c in domain):
        return None
    else:
        link = _wrapped(rng, P(event), outer, bound, shape)
    if not link.lhs.has(P) and not link.rhs.has(P):
        return None
    if kind == "drawn" and rng.random() < 0.15:
        link = replace(link, scope="all inputs")
    hypotheses = [Hypothesis(m <= low + width - 1, "m is small")]
    if low > 1:
        hypotheses.append(Hypothesis(m >= low, "m is not too small"))
    statement = Statement(
        "s",
        "printed",
        "",
        Source("me", "p. 1"),
        (Claim((link,)),),
        tuple(hypotheses),
        points=tuple(points),
        grid={"m": tuple(sizes_at)} if domain_mode == "grid" else {},
    )
    if any(not p.admits(cell[p.name]) for cell in domain for p in statement.parameters if p.name in cell):
        return None
    signs = {_cell(c): compare(probability(c), at(bound, c)) for c in domain}

    def sign(cell: dict[str, Any]) -> int:
        key = _cell(cell)
        if key not in signs:
            signs[key] = compare(probability(dict(cell)), at(bound, cell))
        return signs[key]

    def direction(cell: dict[str, Any]) -> int:
        return oracle.sign_of(at(factor, cell))

    vanishing = isinstance(v.scale, sympy.Add)
    clear = how == "package" and shape in READ and not powered and not vanishing and outer != "="
    options: dict[str, Any] = {}
    if domain_mode == "sweep":
        options["grid"] = {"m": tuple(sizes_at)}
    elif domain_mode == "part":
        # The small sizes are asked beside the sweep's.
        options["grid"] = {"m": (rng.choice(sizes_at),)}
    if kind == "drawn":
        options |= {"engines": {model: Engine(_drawn(v), {name: lambda block: block})}, "trials": 2000, "seed": seed}
    return Case(
        kind,
        seed,
        statement,
        domain,
        true_at=lambda cell: relation_holds(outer, direction(cell) * sign(cell)),
        excludes_at=lambda cell: (
            _excludes(MIRROR[outer] if direction(cell) < 0 else outer, at(bound, cell))
            if direction(cell)
            else not relation_holds(outer, 0)
        ),
        options=options,
        clear=clear and all(_clear(probability(c), at(bound, c)) for c in domain),
        sampled=kind == "drawn",
    )


def _fractions(v: Variable) -> tuple[Any, Any]:
    return tuple(x if x.free_symbols else _fraction(x) for x in (v.scale, v.shift))


def _cell(cell: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted((k, Fraction(w)) for k, w in cell.items()))


def _exact(value: Rational) -> Any:
    found = _fraction(value)
    return found.numerator if found.denominator == 1 else found


def _excludes(relation: str, bound: Expr) -> bool:
    """Whether ``P relation bound`` says anything that is not true of every probability."""
    side = compare(Probability(lambda digits: (mpmath.mpf(1), mpmath.mpf(0)), S.One), bound)
    if relation == "<=":
        return side > 0
    if relation == "<":
        return side >= 0
    zero = compare(Probability(lambda digits: (mpmath.mpf(0), mpmath.mpf(0)), S.Zero), bound)
    if relation == ">=":
        return zero < 0
    if relation == ">":
        return zero <= 0
    return True


def _clear(truth: Probability, bound: Expr) -> bool:
    """Whether truth and bound, or their complements, differ by a hundredth."""
    value, _ = truth.value(60)
    other = oracle.digits_of(bound, 60)
    return any(abs(x - y) >= mpmath.mpf("0.0099") * max(abs(x), abs(y)) for x, y in ((value, other),))
