"""Claims of every common shape, each with the verdict that is right: what once got a wrong one, or none."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb
from scipy import stats
from sympy import Abs, Integer, Max, Min, Rational, binomial, exp, log, pi, sqrt
from whp.checks import Engine, Grid, Result, check
from whp.theory import (
    RV,
    Claim,
    E,
    Enclosure,
    Event,
    Hypothesis,
    Implication,
    Joint,
    LawOf,
    Link,
    Model,
    P,
    Regime,
    ScalarLaw,
    Source,
    Statement,
    Var,
    constant,
    real,
    size,
)
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, NormalLaw
from whp.theory.laws.sign_sum_law import SignSumLaw

m, k = size("m"), size("k")
t, eps = real("t", 0), real("eps", 0)
C, c = constant("C"), constant("c")


def rv(name: str, law: Any, *sizes: Any) -> RV:
    return RV(name, Model(f"of {name}", sizes, name), name, law=law)


Z = rv("Z", LawOf(NormalLaw, 1))
X = rv("X", LawOf(ChiSquareLaw, m), m)
B = rv("B", LawOf(BinomialLaw, m, Rational(1, 2)), m)
S = rv("S", LawOf(AffineLaw, LawOf(SignSumLaw, 20), Rational(1, 20)))
FALLING = rv("A", LawOf(AffineLaw, LawOf(ChiSquareLaw, m), -1 / m, 1), m)


class Floats(ScalarLaw):
    """χ²_3 as a user writes it."""

    def log_probability(self, relation: str, t: float) -> float:
        law = stats.chi2(3)
        return float(law.logsf(t) if relation in (">", ">=") else law.logcdf(t))


F = rv("F", LawOf(Floats))


def decided(*links: Link, exists: Any = (), regime: Regime | None = None, grid: Any = None, **more: Any) -> Result:
    fields = {key: more.pop(key) for key in ("hypotheses", "points", "implied_by") if key in more}
    claim = Claim(links, exists=exists, regime=regime)
    return check(Statement("s", "printed", "", Source("me", "p. 1"), (claim,), **fields), grid, **more)


def where(result: Result) -> dict[str, Any] | None:
    found = next((link.counterexample for link in result.links if link.counterexample is not None), None)
    return None if found is None else dict(found.cell)


def at(parameter: Any, *values: Any) -> tuple[dict[Any, Any], ...]:
    return tuple({parameter: value} for value in values)


HALF, NINE_TENTHS = Rational(1, 2), Rational(9, 10)

HOLDS = {
    "a small ball is small": (Link(P(Event(Abs(Z), "<=", Rational(1, 4))), "<=", NINE_TENTHS), {}),
    "and what is outside of it likely": (Link(P(Event(Abs(Z), ">=", HALF)), ">=", HALF), {}),
    "the small-ball lemma": (
        Link(P(Event(Abs(Z), "<=", t)), "<=", 2 * t / sqrt(2 * pi)),
        {"points": at(t, *(Rational(j, 8) for j in range(1, 9)))},
    ),
    "a bound that cancels to nothing in 192 bits": (
        Link(P(Event(X, ">=", 20 * m)), "<=", 1 - (1 - exp(-7 * m)) ** m),
        {"grid": Grid({"m": (32,)})},
    ),
    "a bound that is 1 but for 250 zeros": (
        Link(P(Event(Z, "<=", t)), "<=", (1 + sqrt(1 - exp(-2 * t**2 / pi))) / 2),
        {"points": at(t, 30)},
    ),
    "a lower bound far out": (
        Link(P(Event(Z, ">", t)), ">=", (1 / t - 1 / t**3) * exp(-(t**2) / 2) / sqrt(2 * pi)),
        {"points": at(t, 30, 2)},
    ),
    "a falling image": (Link(P(Event(FALLING, ">=", HALF)), "<=", exp(-m / 16)), {}),
    "more than nothing": (Link(P(Event(X, ">", m)), ">", 0), {}),
    "less than all": (Link(P(Event(X, ">", m)), "<", 1), {}),
    "almost never": (Link(P(Event(X, "<", 0)), "<=", 0), {}),
    "almost surely": (Link(P(Event(X, ">=", 0)), "=", 1), {}),
    "a multiple of a probability": (Link(2 * P(Event(X, ">=", 4 * m)), "<=", exp(-m / 8)), {}),
    "a complement": (Link(1 - P(Event(X, "<=", 4 * m)), "<=", exp(-m / 8)), {}),
    "a bound on the left": (Link(exp(-m / 8), ">=", P(Event(X, ">=", 4 * m))), {}),
    "a square": (Link(P(Event(Z**2, ">=", 4)), "<=", Rational(5, 100)), {}),
    "a shifted multiple": (Link(P(Event(1 - 2 * Z, ">=", 5)), "<=", Rational(23, 1000)), {}),
    "two events of one variable": (
        Link(P(Joint(Event(Z, ">=", -1), Event(Z, "<=", 1))), ">=", Rational(68, 100)),
        {},
    ),
    "an exact bound met at an atom": (Link(P(Event(B, ">=", m)), "<=", Integer(1) / 2**m), {}),
    "a binomial beyond its end": (Link(binomial(m, m + 1), "<=", 0), {}),
    "a limit": (Link(m + 1, "~", m), {"regime": Regime(m)}),
}


@pytest.mark.parametrize("name", HOLDS)
def test_a_true_claim_holds(name: str) -> None:
    link, more = HOLDS[name]
    result = decided(link, **more)
    assert result.verdict == "holds", result.reason


LATE = Hypothesis(m <= 4, "m ≤ 4")
REFUTED = {
    "a small ball is not so small": (Link(P(Event(Abs(Z), "<=", Rational(1, 4))), "<=", Rational(19, 100)), {}, {}),
    "without the constant of Mills' ratio": (
        Link(P(Event(Z, ">", t)), ">=", exp(-(t**2) / 2) / t / sqrt(2 * pi)),
        {"points": at(t, 30, 2)},
        {"t": 2},
    ),
    "a falling image": (Link(P(Event(FALLING, "<=", -HALF)), "<=", exp(-m / 4) / 100), {}, {"m": 1}),
    "more than nothing, of nothing": (Link(P(Event(X, "<", 0)), ">", 0), {}, {"m": 1}),
    "almost never, by floats": (Link(P(Event(F, "<", 1)), "<=", 0), {}, {}),
    "the atom at 2/5": (Link(P(Event(S, ">=", Rational(2, 5))), "<=", Rational(3, 100)), {}, {}),
    "at k = 5 and a larger deviation first": (
        Link(P(Event(rv("Y", LawOf(ChiSquareLaw, k), k), ">=", (1 + eps) * k)), "<=", exp(-(eps**2) * k / 6)),
        {"points": at(eps, *(Rational(j, 4) for j in range(2, 12)))},
        {"k": 5, "eps": Fraction(11, 4)},
    ),
    "at the smallest size only": (
        Link(P(Event(B, ">=", 3 * m / 4)), "<=", exp(-m / 8) * (1 - HALF * exp(-m + 1))),
        {},
        {"m": 1},
    ),
    "a strict claim that ends in equality": (Link(m**2, ">", m), {}, {"m": 1}),
    "another limit": (Link(2 * m, "~", m), {"regime": Regime(m)}, {"m": 800}),
    "a variable times nothing": (
        Link(P(Event((m - 1) * Z, ">", 0)), ">=", Rational(49, 100)),
        {"hypotheses": (LATE,)},
        {"m": 1},
    ),
    "no rate at all": (Link(P(Event(X, ">=", 0)), "<=", exp(-c * m)), {"exists": (c,)}, {"m": 1}),
}


@pytest.mark.parametrize("name", REFUTED)
def test_a_false_claim_is_refuted_where_it_first_fails(name: str) -> None:
    link, more, cell = REFUTED[name]
    result = decided(link, **more)
    assert (result.verdict, where(result)) == ("refuted", cell), result.reason


@pytest.mark.parametrize("excess", [Rational(1, 50), Rational(1, 10), HALF])
def test_constants_that_exist_are_proved_and_not_refuted_by_a_slope(excess: Any) -> None:
    result = decided(Link(P(Event(X, ">=", (1 + excess) * m)), "<=", C * exp(-c * m)), exists=(C, c))
    assert (result.verdict, result.evidence) == ("holds", "proved"), result.reason
    assert result.reason.startswith("C = 1, c = ")


def test_constants_of_a_binomial_tail_too() -> None:
    result = decided(Link(P(Event(B, ">=", Rational(11, 20) * m)), "<=", C * exp(-c * m)), exists=(C, c))
    assert (result.verdict, result.evidence) == ("holds", "proved"), result.reason


def test_a_rate_that_does_not_exist_is_refuted_by_a_proof() -> None:
    result = decided(Link(P(Event(X, ">=", m / 2)), "<=", C * exp(-c * m)), exists=(C, c))
    assert (result.verdict, result.evidence) == ("refuted", "proved"), result.reason


def test_what_was_implied_wins_over_any_fit() -> None:
    tail = P(Event(X, ">=", 4 * m))
    named = Statement("named", "sharp", "", Source("me", "p. 1"), (Claim((Link(tail, "<=", exp(-m / 2)),)),))
    implied = Implication("named", {C: Integer(1), c: HALF}, (Link(exp(-m / 2), "<=", exp(-m / 2)),))
    claim = Claim((Link(tail, "<=", C * exp(-c * m)),), exists=(C, c))
    wanted = Statement("wanted", "printed", "", Source("me", "p. 2"), (claim,), implied_by=(implied,))
    from whp.checks import check_all

    found = {r.statement.key: r for r in check_all([named, wanted])}
    assert found["named"].verdict == "holds"
    assert (found["wanted"].verdict, found["wanted"].evidence) == ("holds", "proved")
    assert found["wanted"].constants["implied_by"] == "named"


def test_unnamed_constants_in_a_threshold_are_the_first_that_are_proved() -> None:
    result = decided(Link(P(Event(X, ">=", C * m)), "<=", exp(-c * m)), exists=(C, c))
    assert (result.verdict, result.evidence, result.reason[:5]) == ("holds", "proved", "C = 2")
    # Whatever C is, the truth exceeds exp(-c m^2) for large m.
    result = decided(Link(P(Event(X, ">=", C * m)), "<=", exp(-c * m**2)), exists=(C, c))
    assert (result.verdict, result.evidence) == ("refuted", "proved"), result.reason


def test_a_variable_with_another_law_is_another_variable() -> None:
    wide = RV("Z", Z.model, "Z", law=LawOf(NormalLaw, 100))
    assert decided(Link(P(Event(Z, ">=", 2)), "<=", Rational(1, 10))).verdict == "holds"
    assert decided(Link(P(Event(wide, ">=", 2)), "<=", Rational(1, 10))).verdict == "refuted"


@pytest.mark.parametrize("ends", [(arb("0.4"), arb("0.47")), (arb(0), arb(1))])
def test_a_wide_enclosure_establishes_no_equality(ends: tuple[arb, arb]) -> None:
    class Wide(ScalarLaw):
        def enclose(self, relation: str, t: arb) -> Enclosure:
            return Enclosure(*ends) if relation in (">", ">=") else Enclosure(1 - ends[1], 1 - ends[0])

    found = decided(Link(P(Event(rv("W", LawOf(Wide)), ">=", 1)), "=", Rational(45, 100)))
    assert found.verdict == "undetermined"


def test_almost_sure_claims_by_floats_are_not_refuted() -> None:
    assert decided(Link(P(Event(F, "<", 0)), "<=", 0)).verdict == "consistent"
    assert decided(Link(P(Event(F, ">=", 0)), "=", 1)).verdict == "consistent"


def drawn(values: Any, *names: str) -> tuple[dict[Model, Engine], list[RV]]:
    model = Model("drawn", (m,), "drawn")
    measures = {name: (lambda block, i=i: block[i]) for i, name in enumerate(names)}
    engine = Engine(sample=lambda cell, rng, count, data: values(rng, count, cell["m"]), measures=measures)
    return {model: engine}, [RV(name, model, name) for name in names]


NORMALS = lambda rng, count, m: (rng.normal(size=count), rng.normal(size=count))  # noqa: E731


def test_a_measure_without_a_number_is_an_error_of_its_cell() -> None:
    engines, (x,) = drawn(lambda rng, count, m: (np.full(count, np.nan),), "x")
    for relation, bound in (("<=", Rational(1, 10)), (">=", NINE_TENTHS)):
        result = decided(Link(P(Event(x, ">=", 0)), relation, bound), engines=engines, trials=500)
        assert result.verdict == "undetermined"
        assert "'x'" in result.reason


def test_draws_establish_nothing_that_must_always_be_so() -> None:
    engines, (x, y) = drawn(NORMALS, "x", "y")
    grid = Grid({"m": (16,)})
    for link in (Link(x, "<=", 5 + 0 * y), Link(x**2, "<=", 40 + y**2)):
        assert decided(link, engines=engines, grid=grid).verdict == "consistent"
    assert decided(Link(x, "<=", y + 1), engines=engines, grid=grid).verdict == "refuted"


def test_draws_establish_no_limit() -> None:
    engines, (x, _) = drawn(NORMALS, "x", "y")
    sweep = Grid({"m": (16, 64, 256, 1024, 4096)})
    result = decided(Link(P(Event(x, "<=", 5)), "~", 1), regime=Regime(m), engines=engines, grid=sweep)
    assert (result.verdict, result.evidence) == ("consistent", "trend")


def test_an_atom_is_not_lost_to_rounding_in_draws() -> None:
    engines, (x,) = drawn(lambda rng, count, m: (rng.choice([-1.0, 1.0], size=(count, 20)).mean(axis=1),), "x")
    result = decided(Link(P(Event(x, ">=", Rational(2, 5))), "<=", Rational(3, 100)), engines=engines, trials=20_000)
    assert (result.verdict, result.evidence) == ("refuted", "sampled")


def test_several_variables_of_one_model_are_drawn_together() -> None:
    engines, (x, y) = drawn(NORMALS, "x", "y")
    for value in (x - y, Max(x, y), x * y):
        assert decided(Link(P(Event(value, ">=", 9)), "<=", HALF), engines=engines, trials=500).verdict == "holds"
    both = P(Joint(Event(x, ">=", 0), Event(y, ">=", 0)))
    assert decided(Link(both, "<=", Rational(3, 10)), engines=engines, trials=20_000).verdict == "holds"
    assert decided(Link(both, "<=", Rational(2, 10)), engines=engines, trials=20_000).verdict == "refuted"


def test_a_law_against_its_own_sampler_is_told() -> None:
    model = Model("two", (m,), "two")
    wrong = RV("x", model, "x", law=LawOf(ChiSquareLaw, m))
    engine = Engine(
        sample=lambda cell, rng, count, data: rng.chisquare(2 * cell["m"], size=count), measures={"x": lambda b: b}
    )
    result = decided(Link(P(Event(wrong, ">=", 8 * m)), "<=", HALF), engines={model: engine}, trials=2000)
    assert result.verdict == "undetermined"
    assert "contradict each other" in result.reason


def test_a_law_that_raises_costs_its_cell_and_no_more() -> None:
    def broken(cell: Any) -> ScalarLaw:
        if cell["m"] == 32:
            raise ZeroDivisionError("no law at 32")
        return ChiSquareLaw(int(cell["m"]))

    y = RV("y", Model("broken", (m,), ""), "y", law=broken)
    result = decided(Link(P(Event(y, ">=", 4 * m)), "<=", exp(-m / 8)), grid=Grid({"m": (16, 32)}))
    assert result.verdict == "undetermined"
    assert "ZeroDivisionError: no law at 32" in result.reason
    assert {str(o.verdict) for o in result.links[0].outcomes} >= {"holds", "undetermined"}


def test_a_moment_of_a_drawn_variable_says_what_is_missing() -> None:
    engines, (x, _) = drawn(NORMALS, "x", "y")
    for head in (E(x), Var(x)):
        assert decided(Link(head, "<=", 1), engines=engines).verdict == "undetermined"


def test_a_claim_in_no_size_is_refuted_like_any_other() -> None:
    result = decided(Link(P(Event(Z, ">=", log(2))), "<=", Rational(1, 10)))
    assert (result.verdict, where(result)) == ("refuted", {})


def test_what_fails_by_equality_says_that_the_weak_claim_is_true() -> None:
    assert "true with ≥" in decided(Link(m**2, ">", m)).reason
    fair = decided(Link(P(Event(B, ">=", m)), "<", Integer(1) / 2**m))
    assert fair.verdict == "refuted"
    assert "true with ≤" in fair.reason
    above = decided(Link(P(Event(B, ">=", m)), ">", Integer(1) / 2**m))
    assert above.verdict == "refuted"
    assert "true with ≥" in above.reason


def test_a_binomial_coefficient_beyond_its_end_is_0_in_a_bound() -> None:
    wide = rv("V", LawOf(NormalLaw, m + k), m, k)
    bound = Min(binomial(m, k), Rational(6, 10)) + exp(-m) / 10
    result = decided(Link(P(Event(wide, ">=", 0)), "<=", bound), grid=Grid({"m": (16,), "k": (4,)}))
    assert (result.verdict, where(result)) == ("refuted", {"m": 1, "k": 2})


def test_a_law_that_fails_at_a_small_size_leaves_that_size_open() -> None:
    def broken(cell: Any) -> ScalarLaw:
        if cell["m"] == 2:
            raise ValueError("no law at 2")
        return NormalLaw(int(cell["m"]))

    y = RV("y", Model("broken", (m,), ""), "y", law=broken)
    sweep = Grid({"m": (16,)})
    assert decided(Link(P(Event(y, ">=", 0)), "<=", Rational(6, 10)), grid=sweep).verdict == "undetermined"
    found = decided(Link(P(Event(y, ">=", 0)), "<=", Rational(6, 10) - Max(m - 1, 0) / 5), grid=sweep)
    assert found.links[0].counterexample is not None
    assert not found.links[0].counterexample.smallest


def test_where_a_bound_has_no_value_the_claim_is_not_asked() -> None:
    assert decided(Link(P(Event(Z, ">=", m)), "<=", 1 / log(m) ** 2)).verdict == "holds"


def test_far_tails_are_quick() -> None:
    assert decided(Link(P(Event(Z, ">=", 10**13)), "<=", HALF)).verdict == "holds"


def test_a_square_is_not_refuted_by_rounding_and_underflow_holds_nothing() -> None:
    def same(rng: Any, count: int, m: int) -> tuple[Any, Any]:
        values = rng.normal(size=(count, 8))
        return values.sum(axis=1), values[:, ::-1].cumsum(axis=1)[:, -1]

    engines, (x, y) = drawn(same, "x", "y")
    grid = Grid({"m": (4,)})
    assert decided(Link(x**2 - 2 * x * y + y**2, ">=", 0 * x), engines=engines, grid=grid).verdict == "consistent"
    assert decided(Link(P(Event(x - y, ">", 0)), "<=", Rational(1, 10)), engines=engines, grid=grid).verdict == "holds"
    sunk = P(Event(exp(-1000 * x**2), ">", 0))
    assert decided(Link(sunk, "<=", NINE_TENTHS), engines=engines, grid=grid).verdict == "undetermined"


def test_an_implication_by_another_event_or_with_no_constant_implies_nothing() -> None:
    from whp.checks import check_all

    def found(constants: Any, event: Event, first: Any, bound: Any, exists: Any) -> Result:
        source = Source("me", "p. 1")
        named = Statement("named", "sharp", "", source, (Claim((Link(P(Event(X, ">=", 4 * m)), "<=", exp(-m / 2)),)),))
        implied = Implication("named", constants, (Link(first, "<=", bound.subs(constants)),))
        claim = Claim((Link(P(event), "<=", bound),), exists=exists)
        wanted = Statement("wanted", "printed", "", source, (claim,), implied_by=(implied,))
        return {r.statement.key: r for r in check_all([named, wanted])}["wanted"]

    def said(*asked: Any) -> str:
        return str(found(*asked).verdict)

    tail, zero = Event(X, ">=", 4 * m), Event(Z, ">=", 0)
    assert said({C: Integer(1), c: HALF}, tail, exp(-m / 2), C * exp(-c * m), (C, c)) == "holds"
    assert said({C: Integer(1), c: HALF}, zero, exp(-m / 2), C * exp(-c * m), (C, c)) != "holds"
    # True, and proved without the implication, which does not begin at the bound of what implies it.
    ours = found({C: Integer(1)}, tail, exp(-m / 3), C * exp(-m / 3), (C,))
    assert (ours.verdict, ours.evidence) == ("holds", "proved")
    assert "implied by" not in ours.reason
    assert ours.constants == {}
    # The truth is above exp(-m), whatever the constant.
    assert said({C: Integer(1)}, tail, exp(-m), C * exp(-m), (C,)) != "holds"
    assert said({C: exp(m)}, tail, exp(-m / 2), C * exp(-3 * m / 2), (C,)) != "holds"


def test_floats_of_a_user_decide_beyond_a_thousandth_only() -> None:
    truth = math.exp(stats.chi2(3).logsf(9.0))
    for factor, verdict in ((1.02, "holds"), (0.98, "refuted"), (1.0001, "undetermined")):
        bound = Rational(str(round(truth * factor, 12)))
        assert decided(Link(P(Event(F, ">=", 9)), "<=", bound)).verdict == verdict
