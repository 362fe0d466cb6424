"""The public Hypothesis strategies give what their documentation says."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from sympy import Eq, Rational, pi, sqrt
from whp.checks import strategies
from whp.checks.strategies import (
    KINDS,
    cells,
    claim_texts,
    claims,
    dyadics,
    inputs,
    labels,
    networks,
    random_variables,
    signed_permutations,
)
from whp.checks.strategies.claims import _Algebra, _typed_claims
from whp.kernels import on_sphere
from whp.theory import Abs, Claim, Hypothesis, Link, Max, Min, Source, Statement, claim, oo, real, size, sizes
from whp.theory.language.families import FAMILIES
from whp.theory.language.variables import Random, atoms_of
from whp.theory.zhang2023 import LEDGER

RELAXED = settings(deadline=None, max_examples=60, derandomize=True, database=None)
SEARCH = settings(RELAXED, max_examples=150, phases=[Phase.generate])


def quickly_found(strategy, condition):
    """Whether some example meets the condition (a bounded, repeatable search)."""
    try:
        find(strategy, condition, settings=SEARCH)
    except NoSuchExample:
        return False
    return True


@RELAXED
@given(networks())
def test_network_weights_are_short_dyadics(net):
    assert net.a.shape == (len(net.W),)
    for value in [*net.W.ravel().tolist(), *net.a.tolist()]:
        assert 16 % Fraction(value).denominator == 0
        assert abs(value) <= 4


@RELAXED
@given(networks(m=5, d=3, readout="signs", dead=False, duplicates=False))
def test_network_options_are_respected(net):
    assert net.W.shape == (5, 3)
    assert (np.abs(net.a) == 1).all()
    assert net.W.any(axis=1).all()


@pytest.mark.parametrize("readout", strategies.READOUTS)
def test_readouts_are_of_their_kind(readout):
    def strange(net):
        return {"dyadic": False, "signs": (np.abs(net.a) != 1).any(), "positive": (net.a <= 0).any()}[readout]

    assert not quickly_found(networks(readout=readout), strange)


def test_networks_include_dead_mute_and_twin_neurons():
    assert quickly_found(networks(), lambda net: not net.W.any(axis=1).all())
    assert quickly_found(networks(), lambda net: not net.a.all())
    assert quickly_found(networks(), lambda net: len(net.a) > 1 and (net.W[0] == net.W[1]).all() and net.W[0].any())


@RELAXED
@given(inputs())
def test_inputs_lie_on_the_sphere(drawn):
    on_sphere(drawn.X)


def gram(X):
    return X @ X.T / X.shape[1]


@RELAXED
@given(inputs(n=6, d=4, kinds=("repeated", "antipodal", "orthogonal", "clustered", "near-collinear")))
def test_input_kinds_have_their_geometry(drawn):
    X, kind = drawn
    if kind == "repeated":
        assert len(np.unique(X, axis=0)) <= 3
    elif kind == "antipodal":
        assert (X[0::2] == -X[1::2]).all()
    elif kind == "orthogonal":
        assert len(X) == 4
        assert (gram(X) == np.diag(np.diag(gram(X)))).all()
    elif kind == "clustered":
        # Six inputs around three centres: some two share one.
        assert np.sort(gram(X), axis=1)[:, -2].max() > 0.9
    else:
        assert np.abs(gram(X)).min() > 1 - 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_inputs_can_be_had_alone(kind):
    assert quickly_found(inputs(n=4, d=3, kinds=(kind,)), lambda drawn: drawn.kind == kind)


@RELAXED
@given(st.data())
def test_labels_have_the_length_and_values_asked_for(data):
    n = data.draw(st.integers(2, 6))
    signs = data.draw(labels(n))
    assert signs.shape == (n,)
    assert set(signs.tolist()) <= {-1.0, 1.0}
    classes = data.draw(labels(n, classes=3))
    assert set(classes.tolist()) <= {0, 1, 2}
    assert len(set(classes.tolist())) > 1


def test_classes_need_two_samples():
    with pytest.raises(ValueError, match="two classes need at least two samples"):
        labels(1, classes=3)


PLAIN = settings(deadline=None, max_examples=25, derandomize=True, database=None)


@PLAIN
@given(networks(m=64, d=64), inputs(n=100, d=64), labels(100), labels(300, classes=10), signed_permutations(64))
def test_ordinary_sizes_pass_every_health_check(net, drawn, signs, classes, Q):
    assert net.W.shape == (64, 64)
    assert (np.round(net.W * 16) == net.W * 16).all()
    assert np.abs(net.W).max() <= 4
    on_sphere(drawn.X)
    assert len(drawn.X) == (64 if drawn.kind == "orthogonal" else 100)
    assert signs.shape == (100,)
    assert set(signs.tolist()) <= {-1.0, 1.0}
    assert len(set(classes.tolist())) > 1
    assert (np.eye(64) == Q @ Q.T).all()


SIMPLE = ("generic", "repeated")
SHRINK = settings(deadline=None, derandomize=True, database=None, max_examples=1000)


@pytest.mark.parametrize(
    ("strategy", "condition", "simplest"),
    [
        # One entry that differs from the simplest array. Where the shrinker ends depends on the constants that
        # Hypothesis gathers from the modules imported so far: the bounds leave room for that.
        (networks(m=64, d=64), lambda net: net.W[3, 7] > 1, lambda net: np.count_nonzero(net.W) <= 80),
        (networks(m=64, d=64, dead=False), lambda net: net.W.sum() > 200, lambda net: net.W.sum() < 230),
        (inputs(n=100, d=64), lambda drawn: (drawn.X[70:71, 5] < -1).any(), lambda drawn: drawn.kind in SIMPLE),
        (labels(100), lambda y: y[40] < 0, lambda y: (y < 0).sum() == 1),
        (signed_permutations(64), lambda Q: Q[0, 0] == 0, lambda Q: Q.min() == 0),
    ],
)
def test_large_arrays_shrink_in_few_calls(strategy, condition, simplest):
    calls = []

    def counted(drawn):
        calls.append(None)
        return condition(drawn)

    assert simplest(find(strategy, counted, settings=SHRINK))
    # A call takes about a millisecond: seconds at most.
    assert len(calls) < 2500


def test_large_networks_include_dead_mute_and_twin_neurons():
    large = networks(m=64, d=16)
    assert quickly_found(large, lambda net: not net.W.any(axis=1).all())
    assert quickly_found(large, lambda net: not net.a.all())
    assert quickly_found(large, lambda net: len(np.unique(net.W, axis=0)) < 40)
    assert quickly_found(large, lambda net: len(np.unique(net.W, axis=0)) == 64)


@pytest.mark.parametrize("kind", KINDS)
def test_large_inputs_of_every_kind_have_their_geometry(kind):
    @PLAIN
    @given(inputs(n=60, d=48, kinds=(kind,)))
    def of_kind(drawn):
        X = drawn.X
        on_sphere(X)
        if kind == "repeated":
            assert len(np.unique(X, axis=0)) <= 3
        elif kind == "antipodal":
            assert (X[0::2] == -X[1::2]).all()
        elif kind == "orthogonal":
            assert (gram(X) == np.diag(np.diag(gram(X)))).all()
        elif kind == "near-collinear":
            assert np.abs(gram(X)).min() > 1 - 1e-3

    of_kind()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: networks(m=0), "m must be at least 1, found 0"),
        (lambda: networks(d=0), "d must be at least 1, found 0"),
        (lambda: networks(readout="sign"), "readout must be one of dyadic, signs, positive, found 'sign'"),
        (lambda: inputs(n=0), "n must be at least 1, found 0"),
        (lambda: inputs(d=-3), "d must be at least 1, found -3"),
        (lambda: inputs(kinds=("generic", "colinear")), "found 'colinear'"),
        (lambda: inputs(kinds="generic"), "kinds are a tuple of some of generic, .*, found 'generic'"),
        (lambda: inputs(kinds=()), "found none"),
        (lambda: labels(0), "n must be at least 1, found 0"),
        (lambda: signed_permutations(0), "d must be at least 1, found 0"),
        (lambda: find(networks(m=st.just(0)), bool, settings=RELAXED), "m must be at least 1, found 0"),
        (lambda: find(inputs(n=st.just(0)), bool, settings=RELAXED), "n must be at least 1, found 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_size_that_is_no_integer_is_refused():
    with pytest.raises(TypeError, match=r"m must be an integer or a strategy of integers, found 2\.5"):
        networks(m=2.5)


@RELAXED
@given(signed_permutations(4))
def test_signed_permutations_are_orthogonal_and_exact(Q):
    assert (np.eye(4) == Q @ Q.T).all()


@RELAXED
@given(cells(sizes=("k", "r"), largest=1000, delta=st.just(Fraction(1, 100))))
def test_cells_hold_what_is_named(cell):
    assert set(cell) == {"k", "r", "delta"}
    assert all(1 <= cell[name] <= 1000 for name in ("k", "r"))


def test_cells_of_nothing_are_refused():
    with pytest.raises(ValueError, match="a statement or the names of sizes"):
        cells()


def _under(*hypotheses, sizes):
    """A statement in some sizes that applies where all hypotheses hold."""
    link = Link(sum(sizes), ">=", 0)
    return Statement("made", "printed", "", Source("me", "p. 1"), (Claim((link,)),), hypotheses)


K, R = sizes("k r")
WIDE = _under(Hypothesis(K >= 1000 * R, "k ≥ 1000 r"), Hypothesis(R >= 20, "r ≥ 20"), sizes=(K, R))
NEVER = _under(Hypothesis(K < R, "k < r"), Hypothesis(R < K, "r < k"), sizes=(K, R))


@RELAXED
@given(cells(WIDE))
def test_rare_hypotheses_are_met(cell):
    assert WIDE.applies(cell) == []
    assert max(cell.values()) <= 2**20


def test_cells_of_one_statement_differ():
    assert quickly_found(cells(WIDE), lambda cell: cell["k"] % 2 == 1)
    assert quickly_found(cells(WIDE), lambda cell: cell["r"] > 64)


def test_sizes_start_where_their_domain_does():
    late = _under(sizes=(size("k", 5), size("r", 0)))
    assert quickly_found(cells(late), lambda cell: cell == {"k": 5, "r": 0})
    assert not quickly_found(cells(late, largest=64), lambda cell: cell["k"] < 5)


def test_hypotheses_that_nothing_meets_are_refused_with_the_reason():
    with pytest.raises(ValueError, match=r"no cell .*(k < r|r < k) fails"):
        cells(NEVER)


def test_statements_of_the_ledger_get_cells_where_they_apply():
    (chebyshev,) = [s for s in LEDGER["chebyshev"] if s.form == "printed"]
    assert chebyshev.applies({"m": 1, "d": 1})
    strategy = cells(chebyshev, largest=4096, delta=st.just(Fraction(1, 10)))

    @RELAXED
    @given(strategy)
    def all_apply(cell):
        assert chebyshev.applies(cell) == []
        assert cell["m"] > Fraction(6, 5) * cell["d"] + 2

    all_apply()


@RELAXED
@given(dyadics(largest=2, bits=3))
def test_dyadics_have_few_bits(x):
    assert abs(x) <= 2
    assert 8 % Fraction(x).denominator == 0


def _real_cell(parameter, *hypotheses):
    """A statement in a size and a real parameter."""
    where = tuple(Hypothesis(h, str(h)) for h in hypotheses)
    return _under(*where, sizes=(size("n", 1, 100), parameter))


@pytest.mark.parametrize(
    "domain",
    [
        real("t"),
        real("t", 0),
        real("t", 2, 3),
        real("t", 0, 1, closed="left"),
        real("t", -oo, -1, closed="right"),
        real("t", -1, 1, closed="both"),
        real("t", sqrt(2), pi),
        real("t", Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**9)),
        real("t", 5, 5, closed="both"),
    ],
    ids=lambda t: t.domain,
)
def test_reals_are_exact_values_of_their_domain_and_sizes_have_their_upper_end(domain):
    statement = _real_cell(domain)

    @RELAXED
    @given(cells(statement))
    def inside(cell):
        assert set(cell) == {"n", "t"}
        assert 1 <= cell["n"] <= 100
        assert isinstance(cell["t"], int | Fraction)
        assert domain.admits(cell["t"])
        assert statement.applies(cell) == []

    inside()


def test_reals_come_to_their_ends_and_go_far():
    unit, half = cells(_real_cell(real("t", 0, 1, closed="right"))), cells(_real_cell(real("t", 0)))
    assert quickly_found(unit, lambda cell: cell["t"] == 1)
    assert quickly_found(unit, lambda cell: cell["t"] < Fraction(1, 1000))
    assert quickly_found(unit, lambda cell: Fraction(999, 1000) < cell["t"] < 1)
    assert not quickly_found(unit, lambda cell: cell["t"] <= 0)
    assert quickly_found(half, lambda cell: cell["t"] > 10**6)
    assert quickly_found(half, lambda cell: cell["t"] < Fraction(1, 10**6))
    assert quickly_found(half, lambda cell: cell["t"].denominator == 3)
    assert quickly_found(cells(_real_cell(real("t"))), lambda cell: cell["t"] < -1000)
    assert quickly_found(unit, lambda cell: cell["n"] == 100)


def test_simple_reals_come_first():
    first = settings(RELAXED, phases=[Phase.generate, Phase.shrink])
    assert find(cells(_real_cell(real("t", 0, 1))), lambda cell: True, settings=first)["t"] == Fraction(1, 2)
    assert find(cells(_real_cell(real("t", 0))), lambda cell: True, settings=first) == {"n": 1, "t": 1}


T, N = real("t", 0), size("n", 1, 100)


@pytest.mark.parametrize(
    "hypothesis",
    [T < 1, T * N >= 5000, Eq(T * N, 7), T <= 1 / (3 * N), N > 64 * T**2, Rational(1, 10**4) > (T - 1) ** 2],
)
def test_hypotheses_on_reals_are_met(hypothesis):
    statement = _real_cell(T, hypothesis)

    @RELAXED
    @given(cells(statement))
    def all_apply(cell):
        assert statement.applies(cell) == []

    all_apply()


def test_a_real_is_tried_where_a_hypothesis_becomes_an_equation():
    assert quickly_found(cells(_real_cell(T, T * N <= 7)), lambda cell: cell["t"] * cell["n"] == 7)
    assert not quickly_found(cells(_real_cell(T, T * N < 7)), lambda cell: cell["t"] * cell["n"] == 7)


def test_hypotheses_on_reals_that_nothing_meets_are_refused():
    with pytest.raises(ValueError, match="no cell with n ≤ 1048576 meets the hypotheses"):
        cells(_real_cell(T, T < N, T > 2 * N))


def test_listed_reals_are_left_to_their_lists():
    eps = real("eps", 0, 1)
    bound = Claim((Link(N, ">=", eps),))
    listed = Statement("s", "printed", "", Source("me", "p. 1"), (bound,), points=({eps: Rational(1, 2)},))
    assert not quickly_found(cells(listed), lambda cell: "eps" in cell)


P01, TEXT_SIZES = real("p", 0, 1), (size("n"), size("d"))
TEXT_REALS = (real("t", 0), P01)
ALL = dict(sizes=TEXT_SIZES, reals=TEXT_REALS)


def test_the_simplest_random_variable_is_standard_normal():
    first = settings(RELAXED, phases=[Phase.generate, Phase.shrink])
    for strategy in (random_variables(), random_variables(depth=0), random_variables(**ALL)):
        assert str(find(strategy, lambda X: True, settings=first)) == "Normal(0, 1)"
    assert str(find(random_variables(families=["Poisson"]), lambda X: True, settings=first)) == "Poisson(1)"
    assert str(find(random_variables(), lambda X: X.has(Abs), settings=first)) == "Abs(Normal(0, 1))"


WANTED = {
    "a negative scale": lambda X: (-X).could_extract_minus_sign() is False and X.is_Mul and X.args[0].is_negative,
    "a square": lambda X: X.is_Pow and X.exp == 2,
    "a largest": lambda X: X.has(Max),
    "a smallest": lambda X: X.has(Min),
    "a sum": lambda X: X.is_Add and len(atoms_of(X)) == 2,
    "a product": lambda X: X.is_Mul and len(atoms_of(X)) == 2,
    "a norm": lambda X: "norm2" in str(X),
    "an inner product": lambda X: "inner" in str(X),
    "a parameter": lambda X: any(p.name == "p" for v in atoms_of(X) for p in v.parameters),
    "many copies": lambda X: "iid" in str(X) and str(X).endswith("n))"),
}


@pytest.mark.parametrize("kind", WANTED)
def test_random_variables_are_of_every_kind(kind):
    families = ("Normal", "Binomial", *strategies.VECTORS)
    generous = settings(SEARCH, max_examples=1500)
    assert find(random_variables(families=families, **ALL), WANTED[kind], settings=generous) is not None


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_drawn_with_admitted_parameters(family):
    @RELAXED
    @given(random_variables(families=[family], depth=0, **ALL))
    def admitted(X):
        assert isinstance(X, Random)
        assert str(X).startswith(family)
        assert list(FAMILIES[family].conditions(X.origin.parameters)) == []

    admitted()


def test_unknown_families_are_refused():
    with pytest.raises(ValueError, match="found 'Gumbel'"):
        random_variables(families=["Gumbel"])


def test_two_draws_of_one_strategy_are_independent():
    @RELAXED
    @given(st.tuples(random_variables(depth=1), random_variables(depth=1)))
    def apart(pair):
        X, Y = pair
        assert not {o for v in atoms_of(X) for o in v.origins} & {o for v in atoms_of(Y) for o in v.origins}

    apart()


def parts(statement):
    """What a statement says, as text and as TeX."""
    return [(str(link), link.latex) for link in statement.links], [str(h.relation) for h in statement.hypotheses]


MANY = settings(RELAXED, max_examples=80, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(_typed_claims(_Algebra.of(*ALL.values(), None), 2))
def test_a_text_says_what_is_typed_in_python(typed):
    read = claim(typed.text, parameters=[*TEXT_SIZES, *TEXT_REALS])
    assert parts(read) == parts(claim(typed.value))


@MANY
@given(claim_texts(depth=2, **ALL))
def test_texts_are_read_alike_each_time_and_travel(text):
    read, again = (claim(text, parameters=[*TEXT_SIZES, *TEXT_REALS]) for _ in range(2))
    assert parts(read) == parts(again)
    there = pickle.loads(pickle.dumps(read))
    assert there == read
    assert parts(there) == parts(read)


@MANY
@given(claims(**ALL))
def test_claims_are_of_one_probability_and_one_bound(statement):
    (link,) = statement.links
    assert link.kind == "probability"
    assert not atoms_of(link.rhs)
    assert {p.name for p in statement.parameters} <= {"n", "d", "t", "p"}
