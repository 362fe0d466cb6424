"""|X| and X²: balls around 0 enclose every threshold inside them."""

from __future__ import annotations

import pytest
from flint import arb
from scipy import stats
from whp.theory.laws.elementary import NormalLaw
from whp.theory.laws.image import AbsoluteLaw, SquareLaw

LAWS = [(AbsoluteLaw(NormalLaw(1)), stats.halfnorm()), (SquareLaw(NormalLaw(1)), stats.chi2(1))]


@pytest.mark.parametrize(("law", "known"), LAWS, ids=["absolute", "square"])
@pytest.mark.parametrize("ball", [arb(0, 1e-3), arb("0.1", 0.3), arb("-0.1", 0.3), arb(0, arb(2) ** -200)], ids=str)
@pytest.mark.parametrize("relation", ["<", "<=", ">", ">="])
def test_a_ball_around_zero_encloses_its_points(law, known, ball, relation):
    found = law.enclose(relation, ball)
    for t in (float(ball.lower()), float(ball.mid()), float(ball.upper())):
        truth = known.cdf(t) if relation in ("<", "<=") else known.sf(t)
        assert float(found.lower) <= truth + 1e-12
        assert float(found.upper) >= truth - 1e-12


@pytest.mark.parametrize(("law", "known"), LAWS, ids=["absolute", "square"])
def test_tails_are_those_of_another_route_and_a_factor_two_would_be_seen(law, known):
    for t in (0.25, 1.0, 4.0):
        for relation, truth in ((">", known.sf(t)), ("<=", known.cdf(t))):
            found = float(law.enclose(relation, arb(t)).ball.mid())
            assert found == pytest.approx(truth, rel=1e-12)
            assert abs(found - 2 * truth) > 1e-3 * truth
