"""The numbers behind the figures of S17-S21: sign steps and descent, rank, test noises, many classes, depth.

Every study draws its own networks from one seed, so that a figure can be made without a sweep and again to the byte.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, softmax

from ....kernels import input_gradients, noises_of_gradients, sample_network
from ....kernels.attacks import pgd
from ....kernels.multiclass import class_outputs, sample_class_network
from ....kernels.training import train
from ....kernels.validate import network_at, sign_labels
from ....kernels.zhang2023 import class_margins, sample_masked_cosines, separation_radius
from ....theory.zhang2023.margin.law import failure_probability
from ....theory.zhang2023.margin.sharp import log_agreement_failure, rate, sign_noise_exponent, sign_noise_rate
from ...separability.certificate import separate
from ...sweep.seeds import seed_sequence
from ..data import random_sphere
from ..engines.beyond import ProbedNoises
from ..experiments.data import load
from ..experiments.probes import accuracy, fit_linear, on_common_sphere
from ..tables import cover_share

__all__ = [
    "AngleStudy",
    "Explanation",
    "PgdStudy",
    "RankStudy",
    "SignStudy",
    "TemperatureStudy",
    "TransferStudy",
    "angle_study",
    "digits_transfer",
    "masked_failure",
    "pgd_study",
    "rank_study",
    "sign_study",
    "temperature_study",
    "transfer_study",
    "why_separable",
]

Array = NDArray[np.float64]
Reason = Literal["rank", "witness", "other", "none", "undecided"]
# Singular values below this share of the largest one count as 0.
_RANK = 1e-10


def _rng(seed: int, label: str, index: int) -> np.random.Generator:
    return np.random.default_rng(seed_sequence(seed, f"beyond/{label}", index))


@dataclass(frozen=True, eq=False)
class SignStudy:
    """log10 of exact failure probabilities at m = d, and exponents over m/d.

    Attributes
    ----------
    sizes : tuple of int
    gradient, sign, sign_witness, bound : ndarray of float64, shape (sizes,)
        Of the L2 and the L∞ step with the witness Wᵀa, of the L∞ step with sign(Wᵀa), and S17's bound.
    ratios, gradient_rate, sign_rate : ndarray of float64, shape (ratios,)
        m/d, I(m/d) and I_∞(m/d).
    """

    sizes: tuple[int, ...]
    gradient: Array
    sign: Array
    sign_witness: Array
    bound: Array
    ratios: Array
    gradient_rate: Array
    sign_rate: Array


def sign_study(sizes: Sequence[int] = (2, 4, 8, 16, 32, 64, 128, 256, 512)) -> SignStudy:
    """The exact laws of both noises and both witnesses; nothing is drawn.

    Examples
    --------
    >>> study = sign_study((8, 64))
    >>> bool((study.gradient < study.sign).all() and (study.sign < study.sign_witness).all())
    True
    """
    ln10 = math.log(10)
    ratios = np.logspace(-2, 3, 51)
    return SignStudy(
        tuple(sizes),
        np.array([failure_probability(m, m, log=True) / ln10 for m in sizes]),
        np.array([failure_probability(m, m, noise="sign", log=True) / ln10 for m in sizes]),
        np.array([log_agreement_failure(m, m) / ln10 for m in sizes]),
        np.array([-sign_noise_exponent(m, m) / ln10 for m in sizes]),
        ratios,
        np.array([rate(r) for r in ratios]),
        np.array([sign_noise_rate(r) for r in ratios]),
    )


@dataclass(frozen=True, eq=False)
class PgdStudy:
    """Share of single inputs of which the noise of several steps is separated by −Wᵀa.

    Attributes
    ----------
    m, d, steps : int
    radii : tuple of float
        Relative to ‖x‖ = √d, for L∞ the radius at which the ball's corners lie there.
    certified, l2, linf : ndarray of float64, shape (radii,)
        Share whose certified radius is at least this one, and shares found by attacks.
    """

    m: int
    d: int
    steps: int
    radii: tuple[float, ...]
    certified: Array
    l2: Array
    linf: Array


def pgd_study(
    *,
    m: int = 128,
    d: int = 32,
    steps: int = 10,
    radii: Sequence[float] = (0.01, 0.03, 0.1, 0.3, 1.0),
    networks: int = 20,
    inputs_each: int = 5,
    seed: int = 0,
) -> PgdStudy:
    """Descend on random inputs of random networks in balls of several radii, in both norms.

    Examples
    --------
    >>> study = pgd_study(m=32, d=8, radii=(0.01, 1.0), networks=2)
    >>> bool((study.certified <= study.l2).all())
    True
    """
    counts = np.zeros((3, len(radii)))
    for j in range(networks):
        rng = _rng(seed, "pgd", j)
        W, a = sample_network(m, d, rng)
        data = random_sphere(inputs_each, d, rng)
        certified, witness = separation_radius(W, a, data.X), W.T @ a
        for i, share in enumerate(radii):
            counts[0, i] += np.count_nonzero(certified >= share * d**0.5)
            for row, norm in ((1, "l2"), (2, "linf")):
                radius = share * (d**0.5 if norm == "l2" else 1.0)
                found = pgd(W, a, data.X, data.y, radius=radius, step=2.5 * radius / steps, steps=steps, norm=norm)
                counts[row, i] += np.count_nonzero(-data.y * ((found - data.X) @ witness) > 0.0)
    return PgdStudy(m, d, steps, tuple(radii), *(counts / (networks * inputs_each)))


@dataclass(frozen=True)
class Explanation:
    """Why noises are separable, or which of them are in the way.

    Attributes
    ----------
    by : {"rank", "witness", "other", "none", "undecided"}
        "rank": the active parts D_i a of the readout are nonzero and span, with W of full row rank on them, no more
        than d dimensions, so that W⁺a (or another v with margins ‖D_i a‖²) separates; "witness": −Wᵀa does; "other":
        some witness does; "none": none does.
    margins : tuple of float
        The exact margins ‖D_i a‖² where the reason is rank and m ≤ d.
    conflict : tuple of int
        Where there is none: a minimal set of samples that no witness separates.
    """

    by: Reason
    margins: tuple[float, ...] = ()
    conflict: tuple[int, ...] = ()


def why_separable(W: ArrayLike, a: ArrayLike, X: ArrayLike, y: ArrayLike | None = None) -> Explanation:
    """Say why the adversarial noises of a network at inputs are separable (whp S18).

    Parameters
    ----------
    W : array_like of float64, shape (m, d)
        Hidden weights, dimensionless.
    a : array_like of float64, shape (m,)
        Readout weights, dimensionless.
    X : array_like of float64, shape (n, d)
        Inputs, dimensionless.
    y : array_like of float64, shape (n,), optional
        Labels that the noises are paired with, each −1 or +1, times those that made them; by default 1: their own.

    Returns
    -------
    Explanation

    Raises
    ------
    ValueError, TypeError
        If an array is malformed or a label is not ±1.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> narrow, wide = (sample_network(m, 8, rng) for m in (6, 2000))
    >>> X = rng.standard_normal((12, 8))
    >>> why_separable(*narrow, X).by, why_separable(*wide, X).by
    ('rank', 'witness')
    >>> why_separable(*wide, X[:1].repeat(2, 0), [1, -1]).conflict
    (0, 1)
    """
    W, a, X = network_at(W, a, X)
    labels = np.ones(len(X)) if y is None else sign_labels(y, len(X))
    gradients = input_gradients(W, a, X)
    if (labels == labels[0]).all():
        readouts = np.where(X @ W.T > 0.0, a, 0.0)
        if _by_rank(W, readouts):
            narrow = len(a) <= W.shape[1]
            return Explanation("rank", tuple(np.vecdot(readouts, readouts).tolist()) if narrow else ())
        if (labels[0] * (gradients @ (W.T @ a)) > 0.0).all():
            return Explanation("witness")
    found = separate(gradients, labels)
    if found.separable is None:
        return Explanation("undecided")
    return Explanation("other") if found.separable else Explanation("none", conflict=found.conflict or ())


def _by_rank(W: Array, readouts: Array) -> bool:
    """Whether all readouts D_i a are nonzero and Wᵀ keeps their linear relations: some v has margins ‖D_i a‖²."""
    if not np.any(readouts != 0.0, axis=1).all():
        return False
    singular = np.linalg.svd(readouts, compute_uv=False)
    rank = int(np.count_nonzero(singular > _RANK * singular[0]))
    if rank > W.shape[1]:
        return False
    images = np.linalg.svd(readouts @ W, compute_uv=False)
    return int(np.count_nonzero(images > _RANK * images[0])) == rank


@dataclass(frozen=True, eq=False)
class RankStudy:
    """Why noises are separable across widths, before and after training, and the shuffled-label control.

    Attributes
    ----------
    d, n, networks : int
    widths : tuple of int
    reasons : mapping of str to ndarray of float64, shape (widths,)
        Share of networks for each reason of `Explanation`, after training.
    shuffled : ndarray of float64, shape (widths,)
        Share separable with labels that are independent of the noises.
    cover : float
        What Cover counts for vectors in general position.
    """

    d: int
    n: int
    networks: int
    widths: tuple[int, ...]
    reasons: dict[str, Array]
    shuffled: Array
    cover: float


def rank_study(
    widths: Sequence[int] = (4, 8, 16, 32, 64, 128),
    *,
    d: int = 16,
    n: int = 64,
    networks: int = 6,
    steps: int = 300,
    seed: int = 0,
) -> RankStudy:
    """Train networks of widths below, at and above d, and say why their noises are separable.

    Examples
    --------
    >>> study = rank_study((4, 64), d=8, n=24, networks=2, steps=20)
    >>> float(study.reasons["rank"][1])
    0.0
    """
    reasons = {name: np.zeros(len(widths)) for name in ("rank", "witness", "other", "none", "undecided")}
    shuffled = np.zeros(len(widths))
    for i, m in enumerate(widths):
        for j in range(networks):
            rng = _rng(seed, f"rank/{m}", j)
            data = random_sphere(n, d, rng)
            after = train(*sample_network(m, d, rng), data.X, data.y, steps=steps)
            gradients = input_gradients(after.W, after.a, data.X)
            # A noise of 0, where no neuron is active, is no vector to separate.
            alive = np.any(gradients != 0.0, axis=1)
            reasons[why_separable(after.W, after.a, data.X[alive]).by][i] += 1.0 / networks
            labels = rng.choice([-1.0, 1.0], int(alive.sum()))
            shuffled[i] += separate(gradients[alive], labels).separable is True
    return RankStudy(d, n, networks, tuple(widths), reasons, shuffled / networks, cover_share(n, d))


@dataclass(frozen=True, eq=False)
class TransferStudy:
    """Accuracies of linear models of n training noises on n test noises, over the dimension at m = 2d.

    Attributes
    ----------
    dims, samples : tuple of int
    mean, fitted : ndarray of float64, shape (samples, dims)
        Of the sum Σ y_i r_i and of 50 L-BFGS steps.
    least : ndarray of float64, shape (samples, dims)
        Share of networks of which every single training noise classifies all test noises.
    """

    dims: tuple[int, ...]
    samples: tuple[int, ...]
    mean: Array
    fitted: Array
    least: Array


def transfer_study(
    dims: Sequence[int] = (4, 8, 16, 32, 64),
    samples: Sequence[int] = (1, 4, 16),
    *,
    networks: int = 20,
    seed: int = 0,
) -> TransferStudy:
    """Accuracies on random points of the sphere.

    Examples
    --------
    >>> study = transfer_study((4, 64), (4,), networks=4)
    >>> bool(study.mean[0, 1] > 0.9)
    True
    """
    found = np.zeros((3, len(samples), len(dims)))
    for i, n in enumerate(samples):
        for k, d in enumerate(dims):
            for j in range(networks):
                drawn = ProbedNoises(2 * d, d, n, _rng(seed, f"transfer/{n}/{d}", j))
                found[:, i, k] += (drawn.mean_probe, drawn.fitted_probe, drawn.least_product > 0.0)
    return TransferStudy(tuple(dims), tuple(samples), *(found / networks))


def digits_transfer(m: int, n: int, *, networks: int = 5, seed: int = 0) -> tuple[float, float]:
    """Mean accuracy of both linear models of n noises on those of 400 other digits, 0-4 against 5-9.

    Examples
    --------
    >>> mean, fitted = digits_transfer(256, 50, networks=1)
    >>> min(mean, fitted) > 0.9
    True
    """
    totals = np.zeros(2)
    for j in range(networks):
        rng = _rng(seed, f"digits/{m}/{n}", j)
        split = load("digits", rng=rng, training=n, test=400)
        X, y = np.vstack([split.X, split.X_test]), np.where(np.append(split.y, split.y_test) < 5, -1.0, 1.0)
        W, a = sample_network(m, X.shape[1], rng)
        noises = noises_of_gradients(X, y, input_gradients(W, a, X))
        v = noises[:n].T @ y[:n]
        classes = (y > 0.0).astype(np.int64)
        V = fit_linear(on_common_sphere(noises[:n]), classes[:n], 2)
        totals += float(np.mean(y[n:] * (noises[n:] @ v) > 0.0)), accuracy(V, noises[n:], classes[n:])
    return float(totals[0] / networks), float(totals[1] / networks)


def masked_failure(cosines: Array, d: int) -> Array:
    """Failure probability given the cosine above the input dimension, and 1 where the gradient is 0 (whp S20, S21).

    Examples
    --------
    >>> masked_failure(np.array([0.0, 1.0, np.nan]), 8).tolist()
    [0.5, 0.0, 1.0]
    """
    tail = 0.5 * betainc(d / 2, 0.5, 1.0 - np.nan_to_num(cosines) ** 2)
    return np.where(np.isnan(cosines), 1.0, np.where(cosines > 0.0, tail, 1.0 - tail))


@dataclass(frozen=True, eq=False)
class AngleStudy:
    """log10 failure probabilities at m = d, averaged over the exact law of the angle.

    Attributes
    ----------
    sizes : tuple of int
    depths : tuple of int
    deep : ndarray of float64, shape (depths, sizes)
    classes : tuple of int
    warm, cold : ndarray of float64, shape (classes, sizes)
        One rival class of K, at p = 1/K and at the worst angle.
    """

    sizes: tuple[int, ...]
    depths: tuple[int, ...]
    deep: Array
    classes: tuple[int, ...]
    warm: Array
    cold: Array


def angle_study(
    sizes: Sequence[int] = (2, 4, 8, 16, 32, 64),
    *,
    depths: Sequence[int] = (1, 2, 3),
    classes: Sequence[int] = (2, 3, 10),
    draws: int = 20_000,
    seed: int = 0,
) -> AngleStudy:
    """Deep networks and networks with several outputs at m = d.

    Examples
    --------
    >>> study = angle_study((8, 16), depths=(1, 2), classes=(3,), draws=2000)
    >>> bool((study.deep[0] < study.deep[1]).all() and (study.warm < study.cold).all())
    True
    """

    def average(m: int, layers: int, start: float, label: str) -> float:
        cosines = sample_masked_cosines((m,) * layers, draws, _rng(seed, f"{label}/{m}", layers), start=start)
        return math.log10(max(float(masked_failure(cosines, m).mean()), 1e-300))

    deep = [[average(m, depth, 1.0, "deep") for m in sizes] for depth in depths]
    warm = [[average(m, 1, (K / (2.0 * (K - 1.0))) ** 0.5, f"warm/{K}") for m in sizes] for K in classes]
    cold = [[average(m, 1, 0.5 if K > 2 else 1.0, f"cold/{K}") for m in sizes] for K in classes]
    return AngleStudy(tuple(sizes), tuple(depths), np.array(deep), tuple(classes), np.array(warm), np.array(cold))


@dataclass(frozen=True, eq=False)
class TemperatureStudy:
    """How many noises of random networks the witnesses v_k = −WᵀA_k misclassify, by the temperature of the softmax.

    Attributes
    ----------
    temperatures : tuple of float
    failing : ndarray of int64, shape (temperatures,)
        Of the same samples at each temperature.
    worst, samples : int
        Those that some p misclassifies, and all.
    """

    temperatures: tuple[float, ...]
    failing: NDArray[np.int64]
    worst: int
    samples: int


def temperature_study(
    m: int,
    d: int,
    K: int,
    *,
    temperatures: Sequence[float] = (0.01, 0.1, 1.0, 10.0, math.inf),
    networks: int = 400,
    inputs_each: int = 5,
    seed: int = 0,
) -> TemperatureStudy:
    """Noises of the same networks at several temperatures; a label is drawn for each input.

    Examples
    --------
    >>> study = temperature_study(8, 8, 4, networks=50)
    >>> bool((study.failing <= study.worst).all())
    True
    """
    failing, worst = np.zeros(len(temperatures), dtype=np.int64), 0
    for j in range(networks):
        rng = _rng(seed, f"temperature/{m}/{d}/{K}", j)
        W, A = sample_class_network(m, d, K, rng)
        X, y = random_sphere(inputs_each, d, rng).X, rng.integers(K, size=inputs_each)
        F = class_outputs(W, A, X)
        margins = [class_margins(W, A, X, y, softmax(F / T, axis=1)) for T in temperatures]
        failing += np.count_nonzero(np.array(margins) <= 0.0, axis=1)
        worst += int(np.count_nonzero(class_margins(W, A, X, y) <= 0.0))
    return TemperatureStudy(tuple(temperatures), failing, worst, networks * inputs_each)
