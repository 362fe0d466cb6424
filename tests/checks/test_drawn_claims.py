"""Random variables and claims that Hypothesis makes up: laws agree with themselves and with draws, verdicts agree."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from sympy import Expr
from whp.checks import check
from whp.checks.deciders.stats import clopper_pearson
from whp.checks.strategies import cells, claims, random_variables
from whp.checks.sweep.sampling import engine_of
from whp.theory import (
    Binomial,
    ChiSquare,
    Exponential,
    Link,
    Max,
    Normal,
    P,
    Rational,
    ScalarLaw,
    Sign,
    Statement,
    claim,
    real,
    size,
)
from whp.theory.language.closure import combined, law_of
from whp.theory.language.events import complement
from whp.theory.language.variables import Random, Space
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw, NormalLaw

QUICK = settings(
    deadline=None, max_examples=60, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
LONG = settings(QUICK, max_examples=200)
SEARCH = settings(QUICK, max_examples=100, phases=[Phase.generate])
# A right law is called wrong by draws with at most this probability at one threshold.
ALPHA = 1e-9
TRIALS = 4000


def drawn(X: Expr, trials: int = TRIALS) -> np.ndarray:
    """Draws of an expression as they are constructed."""
    variable = X if isinstance(X, Random) else combined(X)
    engine = engine_of(Space("drawn", (), "", variables=(variable,)))
    return np.asarray(engine.measures[variable.name](engine.sample({}, np.random.default_rng(0), trials, None)))


def known_law(X: Expr, seconds: float) -> ScalarLaw | None:
    """The law of an expression without parameters, where one is known that answers in about so many seconds."""
    of_cell = law_of(X)
    try:
        law = None if of_cell is None else of_cell({})
    except NotImplementedError:
        return None
    return None if law is None or law.seconds(1.0) > seconds else law


def contradictions(law: ScalarLaw, draws: np.ndarray) -> list[str]:
    """What a law says against itself at a few thresholds, and against draws."""
    found = []
    points = sorted({Fraction(round(8 * x), 8) for x in np.clip(np.quantile(draws, [0.1, 0.5, 0.9]), -1e6, 1e6)})
    tails = {t: {relation: law.enclose_at(relation, t) for relation in ("<", "<=", ">", ">=")} for t in points}
    for t, p in tails.items():
        for one, other in (("<", ">="), ("<=", ">")):
            if p[one].lower + p[other].lower > 1 or p[one].upper + p[other].upper < 1:
                found.append(f"complement at {t}")
        if p["<"].lower > p["<="].upper or p[">"].lower > p[">="].upper:
            found.append(f"strict above weak at {t}")
        for relation in ("<=", ">="):
            near = 1e-9 * (1 + abs(float(t)))
            beyond = [draws >= t + s * near if relation == ">=" else draws <= t - s * near for s in (1, -1)]
            least, most = (clopper_pearson(int(b.sum()), len(draws), ALPHA)[i] for i, b in enumerate(beyond))
            if p[relation].upper < least or p[relation].lower > most:
                found.append(f"draws at {relation} {t}")
    for t, u in itertools.pairwise(points):
        if tails[t][">"].upper < tails[u][">="].lower or tails[u]["<"].upper < tails[t]["<="].lower:
            found.append(f"tails between {t} and {u}")
    try:
        low, high = law.support()
    except NotImplementedError:
        return found
    for end, relation, outside in ((low, "<", draws.min() < low - 1e-9), (high, ">", draws.max() > high + 1e-9)):
        if outside or (isinstance(end, Fraction) and law.enclose_at(relation, end).lower > 0):
            found.append(f"mass {relation} {end}")
    return found


def agrees(X: Expr, seconds: float) -> None:
    law = known_law(X, seconds)
    assume(law is not None)
    assert law is not None
    try:
        found = contradictions(law, drawn(X))
    except NotImplementedError:
        return
    assert found == []


@QUICK
@given(random_variables(depth=0))
def test_laws_of_atoms_agree_with_themselves_and_with_draws(X: Expr) -> None:
    agrees(X, 0.05)


@QUICK
@given(random_variables(depth=2))
def test_laws_of_expressions_agree_with_themselves_and_with_draws(X: Expr) -> None:
    agrees(X, 0.05)


@pytest.mark.slow
@LONG
@given(random_variables(depth=3))
def test_many_laws_of_expressions_agree_with_themselves_and_with_draws(X: Expr) -> None:
    agrees(X, 0.05)


def test_a_product_with_a_shift_has_the_law_of_what_is_shifted() -> None:
    X = 2 * Normal(0, 1) * Sign() + 1
    law = known_law(X, 10)
    assert law is not None
    assert contradictions(law, drawn(X)) == []
    assert claim(P(Max(X, Normal(0, 1)) >= 1) <= Rational(1, 2)).links[0].kind == "probability"


def test_images_of_a_costly_law_are_costly() -> None:
    X = Exponential(3) * Normal(0, 1)
    assert known_law(X, 0.5) is None
    assert known_law(abs(X), 0.5) is None
    assert known_law((X + 1) ** 2, 0.5) is None


@pytest.mark.slow
@settings(LONG, max_examples=10)
@given(random_variables(depth=1, families=["Normal", "Exponential", "Uniform", "Sign", "Beta"]))
def test_laws_by_quadrature_agree_with_themselves_and_with_draws(X: Expr) -> None:
    agrees(X, 1)


@dataclass(frozen=True)
class Planted(ScalarLaw):
    """A law with one error."""

    base: ScalarLaw
    error: str

    def enclose_at(self, relation: str, t: Fraction) -> Any:
        if self.error == "strict for weak":
            relation = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[relation]
        if self.error == "upside down":
            relation = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[relation]
        if self.error == "one atom":
            t = t + (relation in (">", ">="))
        return self.base.enclose_at(relation, t)

    def support(self) -> Any:
        low, high = self.base.support()
        return (low + 1 if self.error == "support" else low), high


BIN = BinomialLaw(6, Fraction(1, 2))


@pytest.mark.parametrize(
    ("name", "law", "said"),
    [
        ("Binomial", Planted(BIN, "strict for weak"), "strict above weak"),
        ("Binomial", Planted(BIN, "upside down"), "tails between"),
        ("Binomial", Planted(BIN, "one atom"), "complement"),
        ("Binomial", Planted(BIN, "support"), "mass <"),
        ("Binomial", AffineLaw(BIN, Fraction(1), Fraction(1)), "draws at"),
        ("ChiSquare", ChiSquareLaw(4), "draws at"),
        ("ChiSquare", AffineLaw(ChiSquareLaw(3), Fraction(2), Fraction(0)), "draws at"),
        ("Normal", NormalLaw(2, 0), "draws at"),
        ("Normal", NormalLaw(1, Fraction(1, 4)), "draws at"),
    ],
)
def test_a_planted_error_is_told(name: str, law: ScalarLaw, said: str) -> None:
    X = {"Binomial": Binomial(6, Fraction(1, 2)), "ChiSquare": ChiSquare(3), "Normal": Normal(0, 1)}[name]
    right = known_law(X, 1)
    assert right is not None
    assert contradictions(right, drawn(X)) == []
    assert any(said in told for told in contradictions(law, drawn(X)))


N, T = size("n", 1, 6), real("t", 0, 3, closed="right")


def turned(link: Link) -> tuple[Statement, Statement]:
    """The denial of P(A) relation bound, and the same claim of the complement of A."""
    (event,) = (e for e in link.lhs.args)
    mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[link.relation]
    denial = claim(Link(link.lhs, complement(link.relation), link.rhs))
    return denial, claim(Link(P(event.complement), mirrored, 1 - link.rhs))


def quick(statement: Statement, seconds: float) -> bool:
    """Whether the laws of its variables answer in about so many seconds at small cells."""
    for rv in statement.links[0].rvs:
        try:
            if rv.law is None or rv.law({"n": 3, "t": Fraction(1)}).seconds(1.0) > seconds:
                return False
        except (NotImplementedError, ValueError):
            return False
    return True


def verdicts_agree(statement: Statement, cell: dict[str, Any]) -> tuple[str, str, str]:
    """Verdicts on a claim, on its denial, and on the claim of the complement, at one cell."""
    at = [f"{name} = {value}" for name, value in cell.items()]
    of = [statement, *turned(statement.links[0])]
    said, denied, again = (str(check(s, at=at, trials=500).verdict) for s in of)
    assert not (said == denied == "holds"), "a claim and its denial both hold"
    assert not (said == denied == "refuted"), "a claim and its denial are both refuted"
    assert {said, again} != {"holds", "refuted"}, "a claim of an event and of its complement differ"
    return said, denied, again


@settings(QUICK, max_examples=20)
@given(st.data())
def test_a_claim_and_its_denial_have_opposite_verdicts(data: st.DataObject) -> None:
    statement = data.draw(claims(sizes=[N], reals=[T], depth=1).filter(lambda s: quick(s, 0.05)))
    verdicts_agree(statement, data.draw(cells(statement)))


@pytest.mark.slow
@settings(LONG, max_examples=200)
@given(st.data())
def test_many_claims_and_their_denials_have_opposite_verdicts(data: st.DataObject) -> None:
    statement = data.draw(claims(sizes=[N], reals=[T], depth=2).filter(lambda s: quick(s, 0.2)))
    verdicts_agree(statement, data.draw(cells(statement)))


def test_claims_are_decided_both_ways() -> None:
    for wanted in ("holds", "refuted"):
        try:
            find(claims(depth=0, families=["Normal"]), lambda s: str(check(s).verdict) == wanted, settings=SEARCH)  # noqa: B023
        except NoSuchExample:
            pytest.fail(f"no claim {wanted}")


@QUICK
@given(claims(sizes=[N], reals=[T], depth=2))
def test_claims_travel(statement: Statement) -> None:
    there = pickle.loads(pickle.dumps(statement))
    assert there == statement
    assert [str(link) for link in there.links] == [str(link) for link in statement.links]
