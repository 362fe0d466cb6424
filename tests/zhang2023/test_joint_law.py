"""The correlation between forward and backward pass costs nothing: S1 in full strength, and where it stops.

The margin Q, the output f(x) and the linear output aᵀWx of the network itself are compared with draws from
the scalar law, in which the active units are coins independent of everything. Every test rejects with probability at
most `FALSE_ALARM` if the laws agree (Bonferroni over its comparisons); seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from whp.kernels import forward, margins, sample_network
from whp.kernels.zhang2023 import sample_joint_law, sample_margin_law
from whp.theory.zhang2023.margin.law import failure_probability

Array = NDArray[np.float64]
Readout = Callable[[np.random.Generator, tuple[int, int]], Array]
FALSE_ALARM = 1e-6
TRIALS = 20_000


def gaussian(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.standard_normal(shape)


def signs(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.choice([-1.0, 1.0], shape)


def ones(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.ones(shape)


def half_normal(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.abs(rng.standard_normal(shape))


def network_draws(m: int, d: int, seed: int, readout: Readout) -> Array:
    """(Q, f, aᵀWx) of independent networks at one fixed input of norm √d, by plain NumPy, shape (3, TRIALS)."""
    rng = np.random.default_rng(seed)
    x = np.sqrt(d) * (lambda v: v / np.linalg.norm(v))(np.arange(1.0, d + 1))
    W = rng.standard_normal((TRIALS, m, d)) / np.sqrt(d)
    a = readout(rng, (TRIALS, m)) / np.sqrt(m)
    h = W @ x
    active = a * (h > 0)
    gradient = np.einsum("tmd,tm->td", W, active)
    witness = np.einsum("tmd,tm->td", W, a)
    return np.array([np.sum(gradient * witness, axis=1), np.sum(active * h, axis=1), np.sum(a * h, axis=1)])


def same_joint_law(first: Array, second: Array) -> bool:
    """Compare two samples of (Q, f, aᵀWx), shapes (3, trials), by Kolmogorov-Smirnov on what could tell them apart.

    The coordinates, eight fixed linear combinations, and the products that see dependence without correlation; the sign
    of yf Q has an atom nowhere but at Q = 0, which both samples share.
    """
    directions = np.random.default_rng(0).standard_normal((8, 3))
    statistics: list[Callable[[Array], Array]] = [lambda z, i=i: z[i] for i in range(3)]
    statistics += [lambda z, u=u: u @ z for u in directions]
    statistics += [
        lambda z: z[0] * z[1] ** 2,
        lambda z: z[0] * z[1] * z[2],
        lambda z: z[1] * (z[2] - z[1]),
        lambda z: np.where(z[1] > 0, z[0], -z[0]),
    ]
    smallest = min(stats.ks_2samp(s(first), s(second), method="asymp").pvalue for s in statistics)
    return bool(smallest > FALSE_ALARM / len(statistics))


def same_law(first: Array, second: Array) -> bool:
    return bool(stats.ks_2samp(first, second, method="asymp").pvalue > FALSE_ALARM)


@pytest.mark.parametrize(("m", "d"), [(1, 1), (2, 3), (5, 1), (6, 5), (20, 12), (12, 40)])
def test_network_has_the_joint_law_of_independent_coins(m, d):
    law = np.array(sample_joint_law(m, d, 10**5, np.random.default_rng(1)))
    assert same_joint_law(network_draws(m, d, 2, gaussian), law)


@pytest.mark.parametrize(("m", "d"), [(2, 3), (6, 5), (20, 12)])
def test_every_symmetric_readout_has_the_law_given_its_sizes(m, d):
    law = sample_margin_law(m, d, 10**5, np.random.default_rng(3), readout="rademacher")
    assert same_law(network_draws(m, d, 4, signs)[0], law)


@pytest.mark.parametrize(("m", "d"), [(6, 5), (20, 12), (12, 40)])
def test_a_readout_without_sign_symmetry_has_another_law(m, d):
    # Same |a| as above, but all signs equal: given D, e_i w_i is then no longer Gaussian.
    constant = sample_margin_law(m, d, 10**5, np.random.default_rng(3), readout="rademacher")
    assert not same_law(network_draws(m, d, 4, ones)[0], constant)
    law = np.array(sample_joint_law(m, d, 10**5, np.random.default_rng(1)))
    assert not same_joint_law(network_draws(m, d, 2, half_normal), law)


@pytest.mark.parametrize("change", ["margin of another network", "output's sign", "twice the dimension"])
def test_a_planted_dependence_error_is_caught(change):
    law = np.array(sample_joint_law(6, 5, 10**5, np.random.default_rng(1)))
    if change == "margin of another network":
        law[0] = np.roll(law[0], 1)
    elif change == "output's sign":
        law[1] = np.abs(law[1])
    else:
        law = np.array(sample_joint_law(6, 10, 10**5, np.random.default_rng(1)))
    assert not same_joint_law(network_draws(6, 5, 2, gaussian), law)


def test_kernels_give_the_same_three_numbers():
    m, d = 7, 4
    rng = np.random.default_rng(5)
    x = np.full((1, d), 1.0)
    for _ in range(20):
        W, a = sample_network(m, d, rng)
        h = W @ x[0]
        active = a * (h > 0)
        assert margins(W, a, x)[0] == pytest.approx((W.T @ active) @ (W.T @ a), rel=1e-12)
        assert forward(W, a, x)[0] == pytest.approx(active @ h, rel=1e-12, abs=1e-15)


def test_without_sign_symmetry_a_wide_network_fails_half_of_the_time():
    # whp S8 (c): a_i = 1/√m and m ≫ d². The symmetric readout fails with probability about 0.1 there.
    m, d, trials = 4000, 3, 2000
    rng = np.random.default_rng(6)
    x = np.sqrt(d) * np.eye(d)[:1]
    failed = {"ones": 0, "signs": 0}
    for _ in range(trials):
        W, _ = sample_network(m, d, rng)
        for name, a in (("ones", np.ones(m)), ("signs", rng.choice([-1.0, 1.0], m))):
            failed[name] += int(margins(W, a / np.sqrt(m), x)[0] <= 0)
    exact = failure_probability(m, d, readout="rademacher")
    assert stats.binomtest(failed["signs"], trials, exact).pvalue > FALSE_ALARM
    assert stats.binomtest(failed["ones"], trials, exact).pvalue < FALSE_ALARM
    assert failed["ones"] / trials == pytest.approx(0.5, abs=0.06)
