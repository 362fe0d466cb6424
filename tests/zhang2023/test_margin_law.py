"""The O(1) samplers draw what the network itself produces.

Every statistical test states its false-alarm level; seeds are fixed, so each either always passes or always fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from whp.kernels import forward, margins, on_sphere, sample_network
from whp.kernels.zhang2023 import sample_joint_law, sample_margin_law

Array = NDArray[np.float64]
FALSE_ALARM = 1e-6


def network_draws(m: int, d: int, trials: int, seed: int) -> Array:
    """Margin, output and linear output of `trials` independent networks at one fixed input, columns (Q, f, aWx)."""
    rng = np.random.default_rng(seed)
    x = on_sphere(np.arange(1.0, d + 1)[None, :], normalize=True)
    draws = np.empty((trials, 3))
    for row in draws:
        W, a = sample_network(m, d, rng)
        row[:] = margins(W, a, x)[0], forward(W, a, x)[0], a @ (W @ x[0])
    return draws


def leaky_draws(m: int, d: int, trials: int, seed: int, leak: float, readout: str) -> Array:
    """Margins of a leaky network by plain NumPy: ∇f = Wᵀ D a with D = 1 on active neurons and `leak` on the others."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((trials, m, d)) / np.sqrt(d)
    a = rng.standard_normal((trials, m)) if readout == "gaussian" else rng.choice([-1.0, 1.0], (trials, m))
    a /= np.sqrt(m)
    slopes = np.where(W[:, :, 0] > 0, 1.0, leak)
    return np.einsum("tmd,tm,tkd,tk->t", W, a, W, slopes * a, optimize=True)


def same_law(first: Array, second: Array) -> bool:
    """Two-sample Kolmogorov-Smirnov test at level FALSE_ALARM."""
    return bool(stats.ks_2samp(first, second, method="asymp").pvalue > FALSE_ALARM)


@pytest.mark.parametrize(("m", "d"), [(1, 1), (2, 3), (5, 1), (12, 7), (40, 30)])
def test_margin_law_is_that_of_the_network(m: int, d: int) -> None:
    law = sample_margin_law(m, d, 200_000, np.random.default_rng(1))
    direct = network_draws(m, d, 4000, 2)[:, 0]
    # The atom at 0 (no active neuron) makes the KS test conservative, so it is compared on its own.
    assert stats.binomtest(int((direct == 0).sum()), len(direct), 2.0**-m).pvalue > FALSE_ALARM
    assert stats.binomtest(int((law == 0).sum()), len(law), 2.0**-m).pvalue > FALSE_ALARM
    assert same_law(direct[direct != 0], law[law != 0])


@pytest.mark.parametrize(("m", "d"), [(3, 1), (6, 5), (40, 30)])
def test_joint_law_is_that_of_the_network(m: int, d: int) -> None:
    law = np.array(sample_joint_law(m, d, 100_000, np.random.default_rng(3)))
    direct = network_draws(m, d, 3000, 4).T
    # Signs first, the event that matters; then random projections of the three coordinates see the dependence.
    for first, second in ((0, 1), (0, 2), (1, 2)):
        agree = (law[first] * law[second] > 0).mean()
        assert stats.binomtest(int((direct[first] * direct[second] > 0).sum()), 3000, agree).pvalue > FALSE_ALARM
    for u in np.random.default_rng(5).standard_normal((8, 3)):
        assert same_law(u @ direct, u @ law)
    assert same_law(direct[1] * direct[2], law[1] * law[2])
    assert same_law(direct[0] * np.abs(direct[1]), law[0] * np.abs(law[1]))


def test_margin_of_the_joint_law_is_the_margin_law() -> None:
    joint = sample_joint_law(9, 4, 200_000, np.random.default_rng(6))[0]
    assert same_law(joint, sample_margin_law(9, 4, 200_000, np.random.default_rng(7)))


@pytest.mark.parametrize("readout", ["gaussian", "rademacher"])
@pytest.mark.parametrize("leak", [0.0, 0.3])
@pytest.mark.parametrize(("m", "d"), [(1, 1), (3, 2), (8, 5)])
def test_other_readouts_and_slopes_follow_their_networks(m: int, d: int, readout: Any, leak: float) -> None:
    law = sample_margin_law(m, d, 200_000, np.random.default_rng(8), readout=readout, leak=leak)
    direct = leaky_draws(m, d, 20_000, 9, leak, readout)
    assert same_law(direct[direct != 0], law[law != 0])


@pytest.mark.parametrize(("readout", "fourth"), [("gaussian", 3.0), ("rademacher", 1.0)])
def test_moments_match_the_exact_ones(readout: Any, fourth: float) -> None:
    m, d, size = 48, 20, 10**6
    draws = sample_margin_law(m, d, size, np.random.default_rng(10), readout=readout)
    variance = (2 * fourth - 1) / (4 * m) + 3 / (4 * d) + (4 * fourth - 3) / (4 * m * d)
    # Six standard errors: false alarm below 1e-8 each.
    assert abs(draws.mean() - 0.5) < 6 * np.sqrt(variance / size)
    spread = np.sqrt(np.mean((draws - 0.5) ** 4) - variance**2)
    assert abs(np.mean((draws - 0.5) ** 2) - variance) < 6 * spread / np.sqrt(size)


def test_wrong_laws_are_caught() -> None:
    direct = network_draws(20, 3, 4000, 2)[:, 0]
    law = sample_margin_law(20, 3, 200_000, np.random.default_rng(1))
    swapped = sample_margin_law(3, 20, 200_000, np.random.default_rng(1))
    # The last one is W with variance 1/m in place of 1/d.
    for wrong in (swapped, -law, 1.3 * law, law * 3 / 20):
        assert not same_law(direct, wrong)
    law = np.array(sample_joint_law(6, 5, 100_000, np.random.default_rng(3)))
    shuffled = law[0], np.random.default_rng(0).permutation(law[1])
    direct_pair = network_draws(6, 5, 3000, 4).T
    assert not same_law(direct_pair[0] * np.abs(direct_pair[1]), shuffled[0] * np.abs(shuffled[1]))


def test_extreme_sizes_are_finite() -> None:
    for m, d in ((1, 2**53), (2**53, 1), (10**12, 10**9)):
        draws = np.array(sample_joint_law(m, d, 1000, np.random.default_rng(11)))
        assert np.isfinite(draws).all()
        assert np.isfinite(sample_margin_law(m, d, 1000, np.random.default_rng(11), leak=0.5)).all()
    assert abs(draws[0] - 0.5).max() < 1e-3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: sample_margin_law(0, 1, 1, rng), "m must lie"),
        (lambda rng: sample_margin_law(1, 1, -1, rng), "size must lie"),
        (lambda rng: sample_margin_law(1, 1, 1, None), "rng must be a numpy Generator, found NoneType"),
        (lambda rng: sample_margin_law(1, 1, 1, rng, leak=1.0), r"leak must lie in \[0, 1\), found 1.0"),
        (lambda rng: sample_margin_law(1, 1, 1, rng, leak=float("nan")), "leak must lie"),
        (lambda rng: sample_margin_law(1, 1, 1, rng, readout="signs"), "readout must be one of gaussian, rademacher"),
        (lambda rng: sample_joint_law(1, 2.0, 1, rng), "d must be an integer, found 2.0"),
    ],
)
def test_bad_input_gives_one_clear_error(call: Callable[..., Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call(np.random.default_rng())
