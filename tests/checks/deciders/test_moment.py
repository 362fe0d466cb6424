"""Moments are computed symbolically; the relation is then a scalar one."""

import pytest
from sympy import Integer, Max, Rational, binomial, cos, factorial, harmonic, log, oo, pi, sin, sqrt
from whp.checks.deciders import moment
from whp.theory import (
    RV,
    Cauchy,
    ChiSquare,
    E,
    Exponential,
    Form,
    FRatio,
    Link,
    Median,
    Model,
    Normal,
    Quantile,
    Regime,
    StudentT,
    Tensor,
    Var,
    gaussian_matrix,
    gaussian_vector,
    iid,
    iid_matrix,
    real,
    size,
)
from whp.theory.language.law_of import LawOf
from whp.theory.laws.binomial_law import BinomialLaw
from whp.theory.laws.elementary import ChiSquareLaw
from whp.theory.laws.gamma_law import ExponentialLaw
from whp.theory.laws.moments import bernoulli_moment, gaussian_moment
from whp.theory.laws.order_law import MaximumLaw
from whp.theory.proofs.objects import trusted
from whp.theory.proofs.referee_claims import rejection

k = size("k")
COINS = Model(
    "weighted coins",
    (k,),
    "k independent coins with normal weights",
    (Tensor("b", (k,), bernoulli_moment(Rational(1, 3))), Tensor("w", (k,), gaussian_moment(1 / k))),
)
heads = RV("heads", COINS, "H", Form.parse("b_i"))
weight = RV("weight", COINS, "W", Form.parse("b_i w_i w_i"))
nameless = RV("nameless", COINS, "N")


def test_a_mean_is_computed_and_proved(question):
    found = moment.decide(question(Link(E(heads), "=", k / 3))).outcomes[0]
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert "computed symbolically is k/3" in found.reason
    assert found.proof["claim"] | {"kind": "moment", "left": "E(heads)", "right": "k/3"} == found.proof["claim"]


def test_the_proof_object_is_of_the_moment_however_the_other_side_is_written(question):
    written = (2 * k + 1) * (1 / k) / 9 - 1 / (9 * k)
    found = moment.decide(question(Link(Var(heads) / k, "=", written))).outcomes[0]
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert found.proof["claim"]["left"] == "Var(heads)/k"
    assert rejection(found.proof) is None


def test_a_wrong_mean_is_refuted_at_the_smallest_size_with_both_values(question):
    found = moment.decide(question(Link(E(heads), "=", k / 2))).outcomes[0]
    assert (found.verdict, dict(found.cell), found.value, found.bound) == ("refuted", {"k": 1}, "1/3", "1/2")
    assert "claimed k/2" in found.reason


def test_a_variance_is_computed_and_bounded(question):
    # E b w² = 1/(3k), E b w⁴ = 1/k²: Var = k (1/k² - 1/(9k²)).
    right, low = (moment.decide(question(Link(Var(weight), "<=", c / k))).outcomes[0] for c in (1, Rational(7, 9)))
    assert (right.verdict, right.evidence) == ("holds", "proved")
    assert (low.verdict, low.value, low.bound) == ("refuted", "8/9", "7/9")


def test_moments_on_both_sides_are_computed(question):
    assert moment.decide(question(Link(E(weight), "=", E(heads) / k))).outcomes[0].evidence == "proved"
    assert moment.decide(question(Link(E(weight), "=", E(heads)))).outcomes[0].verdict == "refuted"


def test_without_an_index_form_nothing_is_said(question):
    assert moment.decide(question(Link(E(nameless), "=", k))) is None


SIZED = Model("sized", (k,), "something of size k")
square = RV("square", SIZED, "X", law=LawOf(ChiSquareLaw, k))
count = RV("count", SIZED, "B", law=LawOf(BinomialLaw, k, Rational(1, 2)))
last = RV("last", SIZED, "M", law=LawOf(MaximumLaw, LawOf(ExponentialLaw, Integer(1)), k))


def _first(question, *link, **fields):
    asked = link[0] if isinstance(link[0], Link) else Link(*link)
    return moment.decide(question(asked, **fields)).outcomes[0]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (E(square), k),
        (Var(square), 2 * k),
        (E((square - k) ** 3), 8 * k),
        (E(abs(Normal(0, 1))), sqrt(2 / pi)),
        (E(sqrt(ChiSquare(k))) * E(sqrt(ChiSquare(k + 1))), k),
        (Var(square + 3 * Normal(1, 2)), 2 * k + 18),
        (E(iid(Exponential(1), k).sum), k),
        (log(E(square)), log(k)),
    ],
)
def test_closed_forms_prove_equalities_and_refute_moved_ones(question, left, right):
    found = _first(question, left, "=", right)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    for moved in (Rational(98, 100), Rational(102, 100)):
        wrong = right * moved if not right.has(log) else right + log(moved)
        assert _first(question, left, "=", wrong).verdict == "refuted"


def test_the_last_of_k_exponentials_has_harmonic_moments_at_all_sizes(question):
    found = _first(question, E(last), "=", harmonic(k))
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert _first(question, E(last), "=", harmonic(k) * Rational(102, 100)).verdict == "refuted"
    assert _first(question, E(last), "=", harmonic(k + 1)).verdict == "refuted"
    found = _first(question, Var(last), "<", pi**2 / 6)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert "below their limits" in found.reason
    assert _first(question, Var(last), "<", pi**2 / 6 * Rational(98, 100), grid={"k": (1, 64)}).verdict == "refuted"


def test_the_last_of_k_normals_is_enclosed_at_cells(question):
    largest = E(iid(Normal(0, 1), k).max)
    found = _first(question, largest, "=", sqrt(k), grid={"k": (5,)})
    assert (found.verdict, found.evidence) == ("refuted", "certified")
    # E of the largest of five: 1.16296447364…
    near = Rational(116296447364, 10**11)
    found = _first(question, largest, "=", near, grid={"k": (5,)})
    assert (found.verdict, found.evidence) == ("consistent", "certified")
    assert "equal to 6 digits" in found.reason
    assert _first(question, largest, "=", near * Rational(100_01, 100_00), grid={"k": (5,)}).verdict == "refuted"


def test_one_copy_is_the_variable_itself(question):
    assert _first(question, E(iid(Normal(0, 1), k).max), "<=", sqrt(2 * log(k)), grid={"k": (1, 4)}).verdict == "holds"
    assert _first(question, E(iid(Normal(0, 1), k).max), "<", sqrt(2 * log(k)), grid={"k": (1, 4)}).verdict == "refuted"


def test_medians_and_quantiles_are_those_of_the_law(question):
    found = _first(question, Median(Exponential(1)), "=", log(2))
    assert (found.verdict, found.evidence) == ("consistent", "certified")
    assert "equal to 30 digits" in found.reason
    assert _first(question, Median(Exponential(1)), "=", log(2) * Rational(102, 100)).verdict == "refuted"
    assert _first(question, Median(count), "<=", k / 2, grid={"k": (1, 2, 9)}).verdict == "holds"
    found = _first(question, Quantile(count, Rational(3, 4)), "<=", k / 2)
    assert (found.verdict, dict(found.cell), found.smallest) == ("refuted", {"k": 1}, True)
    assert _first(question, Median(abs(Normal(0, 1))), "<", Rational(6745, 10_000)).verdict == "holds"
    assert _first(question, Median(abs(Normal(0, 1))), "<", Rational(6744, 10_000)).verdict == "refuted"


@pytest.mark.parametrize("variable", [FRatio(1, 2), StudentT(1) ** 2, abs(Cauchy())])
def test_an_infinite_mean_decides(question, variable):
    found = _first(question, E(variable), "<", 5)
    assert (found.verdict, found.evidence, found.reason) == ("refuted", "certified", "the mean is infinite")
    assert _first(question, E(variable), ">", 10**9).verdict == "holds"


def test_a_mean_that_does_not_exist_refutes_nothing(question):
    found = _first(question, E(Cauchy()), "<", 5)
    assert (found.verdict, found.evidence) == ("undetermined", None)
    assert "does not exist" in found.reason


def test_what_cannot_be_computed_is_left_to_draws(question):
    link = Link(E(sin(square)), "<=", 1)
    assert moment.decide(question(link)) is None
    assert moment.drawn(link)
    assert not moment.drawn(Link(E(square), "<=", k))


def test_an_equivalence_has_its_means_put_in(question):
    regime = Regime(k)
    found = _first(question, E(ChiSquare(k) ** 2), "~", k**2, regime=regime)
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert _first(question, E(ChiSquare(k)), "~", 2 * k, regime=regime).verdict == "refuted"


def test_a_mean_near_another_constant_is_refuted_by_its_limit(question):
    regime = Regime(k)
    norm = E(gaussian_vector(k).norm)
    assert _first(question, norm, "~", sqrt(k), regime=regime).verdict == "holds"
    for moved in (Rational(98, 100), Rational(102, 100)):
        found = _first(question, norm, "~", sqrt(k) * moved, regime=regime)
        assert (found.verdict, found.evidence) == ("refuted", "proved")


def test_what_is_given_is_not_passed_over(question):
    x, y = Normal(0, 1), Normal(0, 1)
    found = _first(question, Link(E(x), "=", 0, given=(x > 1,)))
    assert (found.verdict, found.evidence) == ("undetermined", None)
    assert "given an event" in found.reason
    assert _first(question, Link(E(x), "=", 0, given=(y > 1,))).verdict == "holds"
    assert _first(question, Link(E(square), "=", k, given=(x > 1,))).verdict == "undetermined"


th = real("th", 0, pi, "both")


def _kernel(x, y, constant):
    return E(Max(x, 0) * Max(cos(th) * x + sin(th) * y, 0)), "=", (sin(th) + (pi - th) * cos(th)) / (constant * pi)


def test_the_arc_cosine_kernel_holds_at_every_angle_and_with_no_other_constant(question):
    x, y = Normal(0, 1), Normal(0, 1)
    found = _first(question, *_kernel(x, y, 2))
    assert (found.verdict, found.evidence) == ("holds", "proved")
    for wrong in (1, Rational(204, 100), Rational(196, 100)):
        assert _first(question, *_kernel(x, y, wrong)).verdict == "refuted"


def test_the_mean_of_the_largest_of_three_scaled_normals_is_proved_at_every_scale(question):
    t = real("t", 0, oo)
    x, y, z = Normal(0, 1), Normal(0, 1), Normal(0, 1)
    largest = E(t * Max(x, y, z))
    found = _first(question, largest, "=", t * 3 / (2 * sqrt(pi)))
    assert (found.verdict, found.evidence) == ("holds", "proved")
    assert _first(question, largest, "=", t * Rational(153, 100) / sqrt(pi)).verdict == "refuted"
    far = real("far", 1000, 2000)
    assert _first(question, E(far * Max(x, y, z)), "<=", far * Rational(83, 100)).verdict == "refuted"
    found = _first(question, largest, "<=", t * Rational(85, 100))
    assert (found.verdict, found.evidence) == ("holds", "proved")


@pytest.mark.parametrize("entry", [Normal(0, 1), Normal(1, 2)])
def test_determinants_have_two_moments_at_all_sizes(question, entry):
    mean, variance = (0, 1) if entry.law({}).mean == 0 else (1, 2)
    det = iid_matrix(entry, k, k).det
    right = factorial(k) * variance ** (k - 1) * (variance + k * mean**2)
    assert _first(question, E(det**2), "=", right).verdict == "holds"
    assert _first(question, E(det**2), "=", right * Rational(102, 100)).verdict == "refuted"
    assert _first(question, E(det), "=", 0).verdict == ("holds" if mean == 0 else "refuted")
    assert (
        _first(question, E(gaussian_matrix(k, k).det ** 4), "=", factorial(k) * factorial(k + 2) / 2).verdict == "holds"
    )


def test_a_proof_object_names_the_moments_that_are_taken_from_the_library(question):
    found = moment.decide(question(Link(E(ChiSquare(k)), "=", k))).outcomes[0]
    assert rejection(found.proof) is None
    assert trusted(found.proof) == ["moments: of E(ChiSquare(k)), value k"]
    related = moment.decide(question(Link(E(ChiSquare(k)), "<=", k + 1))).outcomes[0]
    assert trusted(related.proof) == trusted(found.proof)
    rows = [moment.decide(question(Link(E(ChiSquare(k)), "=", bound))).outcomes[0] for bound in (k + 1, 2 * k)]
    assert [row.proof for row in rows] == [None, None]


def test_a_moment_is_not_equal_by_identities_that_fail_at_a_pole():
    """C(n − 1, n) is 0 but for C(−1, 0) = 1."""
    n = size("n", 0)
    assert not moment._identical(Integer(0), binomial(n - 1, n))
    assert moment._identical(Integer(0), binomial(n, n + 1))
