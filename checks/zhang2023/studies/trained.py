"""The numbers behind the figures of Section 3.2: trained networks across widths, along training, and at one size.

Every study draws its own networks from one seed, so that a figure can be made without a sweep and again to the byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....kernels.conditioned import ConditionedNetwork
from ....kernels.trained import TrainedNetwork
from ....kernels.training import train, train_conditioned
from ....kernels.zhang2023.radius import conditioned_radius
from ....kernels.zhang2023.radius_attack import conditioned_attacked_radius
from ....kernels.zhang2023.terms import terms
from ...deciders.stats import slope_interval
from ...sweep.seeds import seed_sequence
from ..data import random_sphere
from ..engines.trained import LOSS, RetrainedDraw, TrainedDraw, balanced_labels

__all__ = [
    "FisherStudy",
    "PathStudy",
    "RadiusStudy",
    "WidthStudy",
    "fisher_study",
    "fitted_slope",
    "path_study",
    "radius_study",
    "width_study",
]

Array = NDArray[np.float64]


def _rng(seed: int, label: str, index: int) -> np.random.Generator:
    return np.random.default_rng(seed_sequence(seed, f"ntk/{label}", index))


def fitted_slope(widths: Sequence[int], values: Array) -> tuple[float, float, float]:
    """Slope of log(median) in log m with its 99 % interval over the widths where the median is positive.

    Parameters
    ----------
    widths : sequence of int
    values : ndarray of float64, shape (widths, networks)

    Returns
    -------
    slope, low, high : float
        nan where fewer than three medians are positive.

    Examples
    --------
    >>> import numpy as np
    >>> widths = [16, 64, 256, 1024]
    >>> [round(x, 6) for x in fitted_slope(widths, np.array([[m**-0.5] for m in widths]))]
    [-0.5, -0.5, -0.5]
    """
    medians = np.median(values, axis=1)
    kept = medians > 0.0
    if np.count_nonzero(kept) < 3:
        return float("nan"), float("nan"), float("nan")
    x, y = np.log(np.asarray(widths, dtype=float)[kept]), np.log(medians[kept])
    low, high = slope_interval(x.tolist(), y.tolist(), 0.99)
    return float(np.polyfit(x, y, 1)[0]), low, high


@dataclass(frozen=True, eq=False)
class WidthStudy:
    """Trained networks across widths at fixed inputs.

    Attributes
    ----------
    d, n : int
    widths : tuple of int
    displacement, readout, flips : ndarray of float64, shape (widths, networks)
        √m‖ΔW‖₂, √m‖Δa‖ and the share of neurons that flipped, averaged over the samples.
    margins : ndarray of float64, shape (widths, networks)
        Mean over the samples of the margin of v = −W_0ᵀa_0.
    terms : ndarray of float64, shape (widths, networks, 8)
        Means over the samples of the eight terms of zhang2023, eq. 17.
    sizes : ndarray of float64, shape (widths, networks, 8)
        Root mean squares over the samples of the same.
    """

    d: int
    n: int
    widths: tuple[int, ...]
    displacement: Array
    readout: Array
    flips: Array
    margins: Array
    terms: Array
    sizes: Array


def width_study(widths: Sequence[int], *, d: int = 16, n: int = 16, networks: int = 40, seed: int = 0) -> WidthStudy:
    """Train `networks` conditioned networks at every width on n random points of the √d-sphere until the loss is 1/10.

    Examples
    --------
    >>> study = width_study((32, 64), d=4, n=2, networks=3)
    >>> study.terms.shape, bool(abs(study.terms.sum(axis=2) - study.margins).max() < 1e-12)
    ((2, 3, 8), True)
    """
    data = random_sphere(n, d, np.random.default_rng(seed_sequence(seed, f"sphere/{d}/{n}")))
    shape = (len(widths), networks)
    scalars = {name: np.empty(shape) for name in ("displacement", "readout", "flips", "margins")}
    means, sizes = np.empty((*shape, 8)), np.empty((*shape, 8))
    for i, m in enumerate(widths):
        for k in range(networks):
            draw = TrainedDraw({"m": m, "d": d, "n": n}, _rng(seed, f"widths/{m}", k), 1, data)
            values = draw.root_m_dW, draw.root_m_da, draw.flip_share, float(draw.margin.mean())
            for array, value in zip(scalars.values(), values, strict=True):
                array[i, k] = value
            means[i, k], sizes[i, k] = terms(draw.after).mean(axis=0), draw.sizes
    return WidthStudy(d, n, tuple(widths), **scalars, terms=means, sizes=sizes)


@dataclass(frozen=True, eq=False)
class PathStudy:
    """The witnesses along training.

    Attributes
    ----------
    m, d, n : int
    steps : tuple of int
    witness, projected : ndarray of float64, shape (steps, networks)
        Share of the samples on the right side of −W_0ᵀa_0 and of its projection −Π⊥_X W_0ᵀa_0.
    losses : ndarray of float64, shape (steps, networks)
        Mean logistic loss, in nats.
    """

    m: int
    d: int
    n: int
    steps: tuple[int, ...]
    witness: Array
    projected: Array
    losses: Array


def path_study(
    *,
    m: int = 512,
    d: int = 64,
    n: int = 40,
    steps: Sequence[int] = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    networks: int = 40,
    seed: int = 0,
) -> PathStudy:
    """Train with snapshots and count the samples that each witness gets right.

    Examples
    --------
    >>> study = path_study(m=64, d=16, n=4, steps=(0, 4), networks=2)
    >>> study.witness.shape, bool(study.losses[1].max() < study.losses[0].max())
    ((2, 2), True)
    """
    data = random_sphere(n, d, np.random.default_rng(seed_sequence(seed, f"sphere/{d}/{n}")))
    network, labels = ConditionedNetwork(data.X, m), balanced_labels(n)
    found = np.empty((3, len(steps), networks))
    for k in range(networks):
        trained = train_conditioned(
            network.draw(_rng(seed, f"path/{m}", k)), labels, steps=max(steps), snapshots=tuple(steps)
        )
        for i, step in enumerate(steps):
            change, a = trained.snapshots[step]
            now = replace(trained, change=change, a=a)
            found[:, i, k] = np.mean(now.margins > 0.0), np.mean(now.projected_margins > 0.0), now.loss
    return PathStudy(m, d, n, tuple(steps), *found)


@dataclass(frozen=True, eq=False)
class RadiusStudy:
    """Certified and attacked radius of the initial network, and how far training went.

    Attributes
    ----------
    d, n : int
    widths : tuple of int
    certified, within_span, attacked, moved : ndarray of float64, shape (widths, networks)
        Least radius over the samples: certified in general, certified for changes within span X, attacked; and
        max(‖ΔW‖₂, ‖Δa‖) at loss 1/10.
    """

    d: int
    n: int
    widths: tuple[int, ...]
    certified: Array
    within_span: Array
    attacked: Array
    moved: Array


def radius_study(widths: Sequence[int], *, d: int = 64, n: int = 8, networks: int = 6, seed: int = 0) -> RadiusStudy:
    """Radii of whp S12 and the displacement of training, on one conditioned network after the other.

    Examples
    --------
    >>> study = radius_study((64,), d=16, n=2, networks=2)
    >>> bool((study.certified <= study.attacked).all())
    True
    """
    data = random_sphere(n, d, np.random.default_rng(seed_sequence(seed, f"sphere/{d}/{n}")))
    found = np.empty((4, len(widths), networks))
    for i, m in enumerate(widths):
        network = ConditionedNetwork(data.X, m)
        for k in range(networks):
            draw = network.draw(_rng(seed, f"radius/{m}", k))
            trained = train_conditioned(draw, balanced_labels(n), loss=LOSS, steps=100_000)
            found[:, i, k] = (
                conditioned_radius(draw).min(),
                conditioned_radius(draw, span=True).min(),
                conditioned_attacked_radius(draw).min(),
                max(trained.displacement, trained.readout_displacement),
            )
    return RadiusStudy(d, n, tuple(widths), *found)


class _AdamDraw(RetrainedDraw):
    def _trained(self) -> TrainedNetwork:
        return train(self.W, self.a, self.X, balanced_labels(len(self.X)), steps=40, update="adam", learning_rate=0.02)


@dataclass(frozen=True, eq=False)
class FisherStudy:
    """Draws of what whp S14 says is F_{ν,ν}.

    Attributes
    ----------
    m, d, n : int
        ν = d − n.
    descent, adam : ndarray of float64, shape (networks,)
        After gradient descent, where the law is exact, and after Adam, which leaves span X.
    """

    m: int
    d: int
    n: int
    descent: Array
    adam: Array


def fisher_study(*, m: int = 400, d: int = 14, n: int = 6, networks: int = 400, seed: int = 0) -> FisherStudy:
    """Retrain networks of which every weight is stored, by gradient descent and by Adam.

    Examples
    --------
    >>> fisher_study(m=40, networks=2).descent.shape
    (2,)
    """
    data = random_sphere(n, d, np.random.default_rng(seed_sequence(seed, f"sphere/{d}/{n}")))
    cell = {"m": m, "d": d, "n": n}
    found = [
        np.array([kind(cell, _rng(seed, f"fisher/{kind.__name__}", k), 1, data).fisher_ratio for k in range(networks)])
        for kind in (RetrainedDraw, _AdamDraw)
    ]
    return FisherStudy(m, d, n, *found)
