"""A ~ B along the doublings of a regime: the log-ratio fades, or stays."""

import pytest
from sympy import EulerGamma, Sum, binomial, exp, log, pi, sqrt
from whp.checks.deciders import asymptotic
from whp.theory import Link, Regime, real, size

k, j, t = size("k"), size("j"), real("t", 0)


def decided(question, left, right, regime=Regime(k), **fields):  # noqa: B008
    return asymptotic.decide(question(Link(left, "~", right), regime=regime, **fields))


@pytest.mark.parametrize("left", [k + 3, k + sqrt(k)])
def test_a_limit_that_the_numbers_agree_with_proves(question, left):
    found = decided(question, left, k).outcomes[0]
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert "the quotient tends to 1" in found.reason


def test_numbers_without_a_limit_are_a_trend(question):
    harmonic = Sum(1 / j, (j, 1, k))
    found = decided(question, harmonic, log(k) + EulerGamma).outcomes[0]
    assert (found.verdict, found.evidence) == ("consistent", "trend")
    broken = decided(question, harmonic, 2 * (log(k) + EulerGamma)).outcomes[0]
    assert (broken.verdict, broken.reason.startswith("trend: the sizes asked speak against it")) == (
        "undetermined",
        True,
    )


def test_stirling_holds_with_its_constant_and_not_without(question):
    central = binomial(2 * k, k)
    assert decided(question, central, 4**k / sqrt(pi * k)).outcomes[0].verdict == "holds"
    assert decided(question, central, 4**k / sqrt(k)).outcomes[0].verdict == "refuted"


def test_a_constant_factor_or_another_power_is_refuted(question):
    assert decided(question, 2 * k, k).outcomes[0].verdict == "refuted"
    assert decided(question, k * sqrt(k), k).outcomes[0].verdict == "refuted"


def test_every_listed_point_is_followed(question):
    found = decided(question, k + t, k, points=({t: 1}, {t: 2})).outcomes
    assert [dict(o.cell) for o in found] == [{"k": 800, "t": 1}, {"k": 800, "t": 2}]
    broken = decided(question, t * (k + 1), k, points=({t: 100}, {t: 1})).outcomes
    assert [str(o.verdict) for o in broken] == ["refuted", "holds"]


def test_what_fades_too_slowly_to_tell_is_no_proof(question):
    found = decided(question, k * (1 + 1 / log(k + exp(1))), k).outcomes[0]
    assert found.verdict == "undetermined"


def test_without_a_regime_nothing_is_said(question):
    assert decided(question, k + 1, k, regime=None) is None


def test_sides_that_are_equal_are_equivalent(question):
    assert decided(question, k, k).outcomes[0].verdict == "holds"
