"""The public Hypothesis strategies give what their documentation says."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from whp.checks import strategies
from whp.checks.strategies import KINDS, cells, dyadics, inputs, labels, networks, signed_permutations
from whp.kernels import on_sphere
from whp.theory import Claim, Hypothesis, Link, Source, Statement, size, sizes
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
