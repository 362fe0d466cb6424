"""Draws of constructions follow scipy's laws, share what is drawn once, and are the same in every process."""

import math
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from sympy import Abs, Max, Min, Rational, exp, floor, gamma, log, sqrt
from whp.checks.sweep.draws import Drawn, DrawTask
from whp.checks.sweep.grid import Grid
from whp.checks.sweep.sampling import engine_of
from whp.checks.verify.check import check, planned_for
from whp.theory import real, size
from whp.theory.language.arrays import (
    ecdf,
    gaussian_matrix,
    gaussian_vector,
    iid,
    iid_matrix,
    quadratic_form,
    rademacher,
    sphere,
    uniform_spacings,
)
from whp.theory.language.claims import claim
from whp.theory.language.closure import combined
from whp.theory.language.families import (
    FAMILIES,
    Bernoulli,
    Beta,
    Binomial,
    Cauchy,
    ChiSquare,
    Exponential,
    FRatio,
    Gamma,
    Geometric,
    Hypergeometric,
    Laplace,
    NegativeBinomial,
    NoncentralChiSquare,
    Normal,
    Poisson,
    Sign,
    StudentT,
    Uniform,
)
from whp.theory.language.heads import P
from whp.theory.language.variables import Space, atoms_of

# Every comparison is made once with fixed seeds, at this level.
LEVEL = 1e-4
COUNT = 20_000
n, d, t = size("n"), size("d"), real("t", 0, 1)


def space(*variables):
    """A space of some random variables and expressions of them, named apart."""
    chosen = [v if v in atoms_of(v) else combined(v) for v in variables]
    made = tuple(v.changed(name=f"{i}: {v.name}") for i, v in enumerate(chosen))
    sizes = {p.name: p for v in made for p in v.parameters if p.is_size}
    return Space("a test", tuple(sizes[name] for name in sorted(sizes)), "", variables=made)


def drawn(*variables, count=COUNT, seed=0, **cell):
    """Draws of each variable."""
    made = space(*variables)
    engine = engine_of(made)
    block = engine.sample(cell, np.random.default_rng(seed), count, None)
    return [engine.measures[v.name](block) for v in made.variables]


def p_value(values, law):
    """Of a KS test where the law is continuous, of a chi-square test over its atoms where it is not."""
    if hasattr(law.dist, "pdf"):
        return stats.kstest(values, law.cdf).pvalue
    # Bins of at least eight expected draws, the last one open.
    edges, k, before = [], math.ceil(law.ppf(1e-9)) - 1, 0.0
    while law.sf(k) * values.size >= 8:
        k += 1
        if (law.cdf(k) - before) * values.size >= 8 and law.sf(k) * values.size >= 8:
            edges.append(k)
            before = law.cdf(k)
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    chances = np.diff([0, *law.cdf(edges), 1])
    return stats.chisquare(counts, chances * values.size).pvalue


LAWS = {
    "Normal": (lambda: Normal(-1, Rational(9, 4)), stats.norm(-1, 1.5)),
    "ChiSquare": (lambda: ChiSquare(3), stats.chi2(3)),
    "Gamma": (lambda: Gamma(Rational(1, 2), 3), stats.gamma(0.5, scale=3)),
    "Exponential": (lambda: Exponential(4), stats.expon(scale=0.25)),
    "Beta": (lambda: Beta(Rational(1, 2), 3), stats.beta(0.5, 3)),
    "StudentT": (lambda: StudentT(3), stats.t(3)),
    "FRatio": (lambda: FRatio(3, 9), stats.f(3, 9)),
    "Laplace": (lambda: Laplace(2), stats.laplace(scale=2)),
    "Uniform": (lambda: Uniform(-1, 3), stats.uniform(-1, 4)),
    "Cauchy": (Cauchy, stats.cauchy()),
    "NoncentralChiSquare": (lambda: NoncentralChiSquare(2, 3), stats.ncx2(2, 3)),
    "Bernoulli": (lambda: Bernoulli(Rational(1, 3)), stats.bernoulli(1 / 3)),
    "Sign": (Sign, stats.rv_discrete(values=((-1, 1), (0.5, 0.5)))()),
    "Binomial": (lambda: Binomial(7, Rational(1, 3)), stats.binom(7, 1 / 3)),
    "Poisson": (lambda: Poisson(Rational(5, 2)), stats.poisson(2.5)),
    "Geometric": (lambda: Geometric(Rational(1, 3)), stats.geom(1 / 3)),
    "NegativeBinomial": (lambda: NegativeBinomial(Rational(5, 2), Rational(1, 3)), stats.nbinom(2.5, 1 / 3)),
    "Hypergeometric": (lambda: Hypergeometric(20, 7, 6), stats.hypergeom(20, 7, 6)),
}


def test_every_family_has_draws():
    assert set(LAWS) == set(FAMILIES)


@pytest.mark.parametrize("name", LAWS)
def test_draws_of_a_family_follow_its_law(name):
    made, law = LAWS[name]
    (values,) = drawn(made())
    assert values.dtype == np.float64
    assert p_value(values, law) > LEVEL
    mean, variance = law.stats("mv")
    if np.isfinite(variance) and name != "StudentT":
        deviation = math.sqrt(variance / COUNT)
        assert abs(values.mean() - mean) < 4.5 * deviation
        fourth = float(np.mean((values - mean) ** 4))
        assert abs(np.mean((values - mean) ** 2) - variance) <= 4.5 * math.sqrt((fourth - variance**2) / COUNT)


@pytest.mark.parametrize(
    ("variable", "wrong"),
    [
        (ChiSquare(3), stats.chi2(4)),
        (Normal(0, 2), stats.norm(0, 2)),
        (Exponential(4), stats.expon(scale=4)),
        (Geometric(Rational(1, 3)), stats.geom(1 / 3, loc=-1)),
        (NegativeBinomial(2, Rational(1, 3)), stats.nbinom(2, 2 / 3)),
        (Hypergeometric(20, 7, 5), stats.hypergeom(20, 5, 6)),
    ],
    ids=lambda value: str(value).partition(" object at ")[0],
)
def test_another_degree_of_freedom_scale_or_atom_is_seen(variable, wrong):
    assert p_value(drawn(variable)[0], wrong) < LEVEL


def test_parameters_are_expressions_in_the_cell():
    values = drawn(Normal(d, d * t), d=3, t=Fraction(1, 3))[0]
    assert p_value(values, stats.norm(3, 1)) > LEVEL
    # A parameter need not be rational.
    assert p_value(drawn(Exponential(sqrt(d)), d=2)[0], stats.expon(scale=1 / math.sqrt(2))) > LEVEL


@pytest.mark.parametrize(
    ("variable", "law"),
    [
        (iid(Normal(0, 1), n).sum, stats.norm(0, math.sqrt(5))),
        (iid(Uniform(0, 1), n).min, stats.beta(1, 5)),
        (iid(Uniform(0, 1), n).max, stats.beta(5, 1)),
        (iid(Uniform(0, 1), n).order(2), stats.beta(2, 4)),
        (iid(Uniform(0, 1), n).order(4), stats.beta(4, 2)),
        (iid(Bernoulli(Rational(1, 3)), n).sum, stats.binom(5, 1 / 3)),
        (iid(Normal(0, 1) ** 2 + Normal(0, 1) ** 2, n).sum, stats.chi2(10)),
        (gaussian_vector(n).norm ** 2, stats.chi2(5)),
        (gaussian_vector(n).coordinate(2), stats.norm()),
        (gaussian_vector(n).inner(sphere(n)), stats.norm()),
        ((1 + sphere(n).coordinate(1)) / 2, stats.beta(2, 2)),
        ((1 + sphere(n).inner(sphere(n))) / 2, stats.beta(2, 2)),
        ((5 + rademacher(n).inner(rademacher(n))) / 2, stats.binom(5, 0.5)),
        (gaussian_matrix(n, 1).smax ** 2, stats.chi2(5)),
        (gaussian_matrix(1, n).smin ** 2, stats.chi2(5)),
        (gaussian_matrix(n, 2).frobenius ** 2, stats.chi2(10)),
        (iid_matrix(Normal(0, 1), n, 3).frobenius ** 2, stats.chi2(15)),
        (ecdf(n).sup(), stats.kstwo(5)),
        (ecdf(n).sup("upper"), stats.ksone(5)),
        ((n + 1) * uniform_spacings(n).min, stats.beta(1, 5)),
        (quadratic_form(Rational(1, 2), Rational(1, 2)), stats.expon()),
    ],
    ids=lambda value: str(value).partition(" object at ")[0],
)
def test_what_is_taken_of_arrays_follows_its_law(variable, law):
    (values,) = drawn(variable, n=5)
    assert p_value(values, law) > LEVEL


def test_the_largest_of_exponential_variables_follows_the_power_of_their_law():
    (values,) = drawn(iid(Exponential(1), n).max, n=5)
    assert stats.kstest(values, lambda x: (1 - np.exp(-x)) ** 5).pvalue > LEVEL
    assert stats.kstest(values, lambda x: (1 - np.exp(-x)) ** 6).pvalue < LEVEL


def test_the_largest_and_ordered_gaps_have_their_means():
    gaps = uniform_spacings(n)
    largest, second = drawn(gaps.max, gaps.order(2), n=3)
    # E of the k-th smallest of n + 1 gaps is the sum of 1/(n + 2 - j) over j ≤ k, divided by n + 1.
    for values, mean in ((largest, (1 / 4 + 1 / 3 + 1 / 2 + 1) / 4), (second, (1 / 4 + 1 / 3) / 4)):
        assert abs(values.mean() - mean) < 4.5 * values.std() / math.sqrt(COUNT)


def test_singular_values_and_determinants_are_of_one_matrix():
    G = gaussian_matrix(d, d)
    smax, smin, cond, det, square = drawn(G.smax, G.smin, G.cond, G.det, G.frobenius**2, d=2, count=500)
    assert np.allclose(cond, smax / smin)
    assert np.allclose(np.abs(det), smax * smin)
    assert np.allclose(square, smax**2 + smin**2)
    # E det(G)² = d!.
    squares = drawn(gaussian_matrix(d, d).det, d=3)[0] ** 2
    assert abs(squares.mean() - 6) < 4.5 * squares.std() / math.sqrt(COUNT)


def test_singular_sign_matrices_are_exactly_singular():
    A = iid_matrix(Sign(), d, d)
    det, smin, cond = drawn(A.det, A.smin, A.cond, d=3, count=4000)
    assert set(det) == {-4.0, 0.0, 4.0}
    assert np.array_equal(det == 0, smin == 0)
    assert np.array_equal(det == 0, np.isinf(cond))
    # 320 of the 512 sign matrices of size 3 are singular.
    assert stats.binomtest(int(np.sum(det == 0)), 4000, 320 / 512).pvalue > LEVEL


def test_variables_of_one_origin_read_the_same_draws():
    X, Y = Normal(0, 1), Normal(0, 1)
    x, square, total, y = drawn(X, X**2, X + Y, Y)
    assert np.array_equal(x**2, square)
    assert np.array_equal(x + y, total)
    assert abs(np.corrcoef(x, y)[0, 1]) < 4.5 / math.sqrt(COUNT)


def test_the_extremes_of_one_array_are_dependent_and_of_two_are_not():
    one, other = iid(Uniform(0, 1), n), iid(Uniform(0, 1), n)
    largest, smallest, total, second, apart = drawn(one.max, one.min, one.sum, one.order(2), other.min, n=3)
    assert (smallest < second).all()
    assert (second < largest).all()
    assert np.allclose(total, largest + smallest + second)
    # The correlation of the extremes of three uniform variables is 1/3.
    assert abs(np.corrcoef(largest, smallest)[0, 1] - 1 / 3) < 0.05
    assert abs(np.corrcoef(largest, apart)[0, 1]) < 4.5 / math.sqrt(COUNT)


def test_copies_are_independent_of_what_is_copied():
    X = Normal(0, 1)
    x, total = drawn(X, iid(X, n).sum, n=4)
    assert abs(np.corrcoef(x, total)[0, 1]) < 4.5 / math.sqrt(COUNT)
    # The same template inside a copied expression is one variable in each copy.
    (same,) = drawn(iid(X + X**2, n).sum, n=4)
    assert abs(same.var() - 4 * 3) < 1


def test_vectors_share_their_coordinates():
    g, h = gaussian_vector(d), gaussian_vector(d)
    inner, first, second, norm2 = drawn(g.inner(h), g.coordinate(1), h.coordinate(1), g.norm**2, d=1)
    assert np.allclose(inner, first * second)
    assert np.allclose(norm2, first**2)


def test_expressions_are_taken_value_by_value():
    X, Y = Exponential(1), Uniform(1, 2)
    x, y, *found = drawn(
        X,
        Y,
        Max(X, Y, 1) + Min(X, Y),
        exp(-X) * log(Y) / Y,
        Abs(X - Y) ** Rational(3, 2),
        sqrt(X) / sqrt(Y),
        floor(2 * X + Y) - d,
        Y**X,
        Rational(1, 3) * X * Y,
        d=2,
    )
    wanted = [
        np.maximum(np.maximum(x, y), 1) + np.minimum(x, y),
        np.exp(-x) * np.log(y) / y,
        np.abs(x - y) ** 1.5,
        np.sqrt(x / y),
        np.floor(2 * x + y) - 2,
        y**x,
        x * y / 3,
    ]
    for values, other in zip(found, wanted, strict=True):
        assert np.allclose(values, other, rtol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 30, 69, 70])
def test_copies_drawn_in_parts_have_the_same_sums_and_order(monkeypatch, k):
    made = iid(Uniform(0, 1), n)
    whole = drawn(made.order(k), made.sum, made.max, made.min, n=70, count=1, seed=3)
    monkeypatch.setattr("whp.checks.sweep.sampling._MOST", 9)
    parts = drawn(made.order(k), made.sum, made.max, made.min, n=70, count=1, seed=3)
    assert np.allclose(whole, parts, rtol=1e-14)


def test_copied_arrays_are_drawn_in_parts_too(monkeypatch):
    made = iid(gaussian_vector(d).norm ** 2, n)
    whole = drawn(made.sum, n=7, d=3, count=1, seed=3)
    monkeypatch.setattr("whp.checks.sweep.sampling._MOST", 6)
    assert np.allclose(whole, drawn(made.sum, n=7, d=3, count=1, seed=3), rtol=1e-14)


def test_an_engine_travels_and_draws_the_same_bytes():
    made = space(Normal(0, 1) * Gamma(d, 2), iid(Sign(), n).sum, ecdf(n).sup())
    engine, cell = engine_of(made), {"d": 2, "n": 9}
    first = engine.sample(cell, np.random.default_rng(5), 50, None)
    travelled = pickle.loads(pickle.dumps(engine))
    again = travelled.sample(cell, np.random.default_rng(5), 50, None)
    assert travelled == engine_of(made)
    assert list(first) == [v.name for v in made.variables]
    assert all(np.array_equal(first[name], again[name]) for name in first)
    other = engine.sample(cell, np.random.default_rng(6), 50, None)
    assert not any(np.array_equal(first[name], other[name]) for name in first)


def test_bytes_hang_on_blocks_and_not_on_who_draws_them():
    made = space(iid(Normal(0, 1), n).max)
    engine = replace(engine_of(made), block_size=lambda cell: 64)
    name = made.variables[0].name
    first = DrawTask("a", "maxima", engine, {"n": 3}, None, 128, 0)
    second = replace(first, trials=72, earlier=(128,))
    whole = replace(first, trials=200)
    joined = Drawn.joined([task.read(task.run()) for task in (first, second)])
    assert np.array_equal(joined.of(name).first, whole.read(whole.run()).of(name).first)


def test_blocks_shrink_and_costs_grow_with_what_is_drawn():
    engine = engine_of(space(iid(gaussian_vector(d).norm ** 2, n).max))
    small, large = {"n": 4, "d": 4}, {"n": 2**10, "d": 2**4}
    assert engine.block_size(small) == 2**14
    assert engine.block_size(large) == 16
    assert engine.block_size({"n": 2**20, "d": 2**20}) == 1
    assert engine.cost(large) > 500 * engine.cost(small)
    matrix = engine_of(space(gaussian_matrix(d, n).smax))
    assert matrix.cost({"n": 512, "d": 512}) > 10 * 512**3


@pytest.mark.parametrize(
    ("variable", "cell", "words"),
    [
        (Binomial(d, t * 3), {"d": 2, "t": Fraction(1, 2)}, "Binomial: p must be in"),
        (Uniform(t, 1 - t), {"t": Fraction(3, 4)}, "low must be below high"),
        (iid(Normal(0, 1), n).order(4), {"n": 3}, "order: k must be an integer from 1 to 3, found 4"),
        (iid(Normal(0, 1), n / 2).max, {"n": 3}, "iid: n must be an integer from 1, found 3/2 at n = 3"),
        (gaussian_vector(n).coordinate(4), {"n": 3}, "at most the length 3, found 4"),
        (gamma(Normal(0, 1)), {}, "no draw is made of gamma in gamma"),
        (Normal(0, d), {}, "d"),
    ],
)
def test_what_cannot_be_drawn_says_why(variable, cell, words):
    with pytest.raises(ValueError, match=words):
        drawn(variable, count=3, **cell)


def test_a_statement_of_constructions_needs_no_engine():
    X, Y = Laplace(1), Gamma(Rational(1, 2), 3)
    product = claim(P(t <= X * Y**3) <= Rational(1, 2), points=({t: Rational(1, 4)}, {t: Rational(1, 2)}))
    # P(X Y³ ≥ t) < P(X > 0) = 1/2.
    assert str(check(product, trials=500).verdict) != "refuted"
    wrong = claim(P(-t <= X * Y**3) <= Rational(1, 2), points=({t: Rational(1, 4)}, {t: Rational(1, 2)}))
    assert str(check(wrong, trials=2000).verdict) == "refuted"


def test_a_space_is_drawn_at_every_listed_value_of_its_reals():
    s = claim(
        P(Normal(0, d) * Gamma(t, 1) ** 3 >= t) <= 1,
        where=t <= Rational(1, 2),
        points=({t: Rational(1, 4)}, {t: Rational(1, 2)}, {t: Rational(3, 4)}),
    )
    options = {"engines": None, "book": None, "trials": 100, "base": None, "small": 1, "seed": 0}
    planned = planned_for([s], Grid({"d": (4,)}), **options)
    drawn_at = [drawing.task.cell for drawing in planned.drawings if drawing.shown]
    # No statement applies at t = 3/4.
    assert [dict(cell) for cell in drawn_at][:2] == [{"d": 4, "t": Fraction(1, 4)}, {"d": 4, "t": Fraction(1, 2)}]
    assert len({drawing.task.label for drawing in planned.drawings}) == len(planned.drawings)
    assert all(cell["t"] != Fraction(3, 4) for cell in drawn_at)
    assert any("t=1/4" in drawing.task.label for drawing in planned.drawings)


def test_sizes_are_not_drawn_where_a_first_look_takes_minutes():
    s = claim(P(iid_matrix(Sign(), d, d).smax >= 3 * sqrt(d)) <= 1)
    options = {"engines": None, "book": None, "trials": 100, "base": None, "small": 1, "seed": 0}
    planned = planned_for([s], Grid({"d": (4, 4096)}), **options)
    assert {drawing.task.cell["d"] for drawing in planned.drawings} <= {1, 4}


def test_a_law_with_another_degree_of_freedom_is_held_against_the_draws():
    wrong = ChiSquare(3).changed(law=ChiSquare(6).law)
    (found, right) = (check(_tail(v), trials=1000).links[0] for v in (wrong, ChiSquare(3)))
    assert "its draws contradict each other" in found.outcomes[0].reason
    assert str(right.verdict) == "holds"


def _tail(variable):
    return claim(P(variable >= t) <= Rational(999, 1000), points=({t: Rational(1, 2)},))


def test_two_variables_of_one_name_are_an_error():
    X = Normal(0, 1)
    with pytest.raises(ValueError, match="two variables of a space are called 'Normal"):
        engine_of(Space("twins", (), "", variables=(X, X.changed(origin=Normal(0, 1).origin))))
