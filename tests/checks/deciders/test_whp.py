"""P(E) ~ 1: by exact laws along doublings of a tied regime, else by counts along the paths of the sweep."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Rational
from whp.checks.deciders import whp
from whp.theory import RV, Event, Link, Model, P, Regime, real, sizes
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw

k, r = sizes("k r")
share, t = real("share", 0), real("t")
WALK = Model("walk", (k, r), "")
HALF = ({share: Rational(1, 2)},)
BOTH, ALONE = Regime(k, tied={r: share}), Regime(k, fixed=(r,))


def _mean_square(cell):
    return AffineLaw(ChiSquareLaw(int(cell["k"])), Fraction(1, int(cell["k"])))


mean_square = RV("mean_square", WALK, "S", law=_mean_square)
plain = RV("plain", WALK, "X")


def by_law(question, bound, rv=mean_square, regime=BOTH, points=HALF):
    return whp.by_law(question(Link(P(Event(rv, "<", bound)), "~", 1), regime=regime, points=points))


def test_a_failure_that_fades_is_a_trend_up_to_the_largest_size(question):
    found = by_law(question, 2).outcomes[0]
    assert (found.verdict, found.evidence) == ("consistent", "trend")
    assert dict(found.cell) == {"r": 1024, "k": 2048}
    assert "along r/k = 1/2" in found.reason


@pytest.mark.parametrize("bound", [1, Rational(1, 2)])
def test_a_failure_that_stays_speaks_against_where_it_is_first_seen(question, bound):
    found = by_law(question, bound).outcomes[0]
    assert (found.verdict, found.cell["k"]) == ("undetermined", 16)
    assert found.reason.startswith("trend: the sizes asked speak against it")


def test_a_law_is_asked_in_a_tied_regime_with_its_rates_listed_only(question):
    assert by_law(question, 2, regime=ALONE) is None
    assert by_law(question, 2, regime=None) is None
    assert by_law(question, 2, rv=plain) is None
    assert by_law(question, t, points=({t: 2},)) is None


LONG = tuple(4**j for j in range(2, 7))


def by_draws(question, drawn, failed, regime=ALONE, sizes=LONG, trials=400):
    cells = [{"k": s, "r": 1} for s in sizes]
    values = [np.where(np.arange(trials) < failed(s), -1.0, 1.0) for s in sizes]
    draws = drawn(*((plain, cell, v) for cell, v in zip(cells, values, strict=True)))
    return whp.by_draws(question(Link(P(Event(plain, ">", 0)), "~", 1), cells=cells, draws=draws, regime=regime))


@pytest.mark.parametrize(
    ("failed", "verdict", "why"),
    [
        (lambda s: 0, "consistent", "no failures"),
        (lambda s: 1600 / s, "consistent", "failures in the last decade"),
        (lambda s: 40, "undetermined", "trend: the sizes asked speak against it"),
        (lambda s: 400 * (1 - s**-0.5), "undetermined", "trend: the sizes asked speak against it"),
        (lambda s: (3, 1, 3, 1, 2)[LONG.index(s)], "undetermined", "trials"),
    ],
    ids=["never", "fades", "stays", "grows", "unclear"],
)
def test_counts_along_a_path_are_a_trend(question, drawn, failed, verdict, why):
    found = by_draws(question, drawn, failed).outcomes[0]
    assert found.verdict == verdict
    assert found.reason.startswith(why)
    assert found.cell["k"] == LONG[-1]


def test_short_paths_and_missing_regimes_are_said(question, drawn):
    assert (
        "no path of the sweep spans two decades of k"
        in by_draws(question, drawn, lambda s: 0, sizes=(16, 64)).outcomes[0].reason
    )
    assert by_draws(question, drawn, lambda s: 0, regime=None).outcomes[0].reason.startswith("scope")


def test_a_bound_on_a_probability_is_another_deciders(question):
    asked = question(Link(P(Event(plain, ">", 0)), ">=", Rational(1, 2)), regime=ALONE)
    assert whp.by_draws(asked) is whp.by_law(asked) is None
