"""The experiments of zhang2023, Section 4 and Appendix 7, as ``whp verify`` runs them: dense networks on digits.

A draw is one split of the data, one random network and one training of it: descent on both layers in batches of 128,
as in the paper. At snapshots the adversarial noises of training and of test points are computed with the class of
each, a linear model is fitted to those of the training points (`probes`), and its accuracy on both is kept, beside
what the theory's own witnesses v_k = −W_0ᵀA_k of the initial weights classify right (whp S20), the accuracy of the
network and that of a linear model on the original features. Noises enter with norm √d.

Bounds of attacks are the printed ones in units of a pixel's range; images are not clipped to that range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from ....theory.language.cells import Cell
from ....theory.language.models import Model
from ....theory.zhang2023.printed.figures import MODELS
from ...sweep.data import Dataset
from ...sweep.engine import Engine, Measure
from ...sweep.grid import NO_DATA, Grid, Place
from ...sweep.seeds import draw_label, seed_sequence
from ..places import place
from .data import Split, load
from .networks import DENSE, Network
from .probes import accuracy, fit_linear, neighbour_purity, on_common_sphere, separates_exactly
from .settings import (
    CLASSES,
    DIM,
    EPSILON,
    EXPERIMENTS,
    ORIGINAL,
    STEP,
    TRAINING_STEPS,
    Array,
    Experiment,
    Labels,
    network_name,
)

__all__ = ["Drawn", "claimed", "embedded", "engine_of", "experiment_engines", "first_draw", "run_experiment", "trained"]

_BATCH = 128


@dataclass(frozen=True, eq=False)
class Drawn:
    """What one draw measured.

    Attributes
    ----------
    values : mapping of str to float
        `Experiment.shown` and the random variables of the figure's statement, all dimensionless.
    pictures : mapping of str to (ndarray of float64, shape (n, 2), ndarray of int64, shape (n,))
        Embedded points with their classes, where the figure is an embedding.
    """

    values: Mapping[str, float]
    pictures: Mapping[str, tuple[Array, Labels]] = field(default_factory=dict)


def trained(
    network: Network,
    weights: tuple[Array, Array],
    split: Split,
    experiment: Experiment,
    rng: np.random.Generator,
) -> dict[bool, dict[int, tuple[Array, Array]]]:
    """Weights at the snapshots, of standard (False) and of adversarial training (True), where a series asks for it.

    Parameters
    ----------
    network : Network
    weights : (ndarray, ndarray)
        (W, A) at initialisation.
    split : Split
    experiment : Experiment
    rng : numpy.random.Generator
    """

    def attacked(W: Array, A: Array, X: Array, y: Labels) -> Array:
        radius, step = EPSILON * split.pixel, STEP * split.pixel
        return network.pgd(W, A, X, y, radius=radius, step=step, steps=TRAINING_STEPS)

    return {
        adversarial: network.train(
            *weights,
            split.X,
            split.y,
            learning_rate=experiment.learning_rate,
            epochs=experiment.epochs,
            batch_size=min(_BATCH, len(split.y)),
            rng=rng,
            snapshots=experiment.snapshots,
            perturb=attacked if adversarial else None,
        ).snapshots
        for adversarial in sorted({s.adversarial for s in experiment.series})
    }


def run_experiment(experiment: Experiment, m: int, rng: np.random.Generator) -> Drawn:
    """Draw a split of the digits and a dense network of width m, train it and measure its noises.

    Parameters
    ----------
    experiment : Experiment
    m : int
    rng : numpy.random.Generator

    Returns
    -------
    Drawn

    Examples
    --------
    >>> from dataclasses import replace
    >>> import numpy as np
    >>> small = replace(EXPERIMENTS["fig2"], epochs=2, training=200, test=100)
    >>> drawn = run_experiment(small, 64, np.random.default_rng(0))
    >>> drawn.values["least_train"], drawn.values["noises/exact/2"]
    (1.0, 1.0)
    """
    split = load("digits", rng=rng, training=experiment.training, test=experiment.test)
    start = DENSE.sample(m, DIM, None, CLASSES, rng)
    paired = np.concatenate([split.y, split.y_test])
    if experiment.shuffled:
        paired = rng.permutation(paired)
    y, y_test = np.split(paired, [experiment.training])
    if experiment.along == "classes":
        noises = DENSE.directions(*start, split.X_test, split.y_test)
        return _clustered({"inputs": split.X_test, "noises": noises}, y_test, rng)
    weights = trained(DENSE, start, split, experiment, rng)
    probe = fit_linear(split.X, split.y, CLASSES)
    parts = ((split.X, split.y), (split.X_test, split.y_test))
    values = {name: accuracy(probe, *part) for name, part in zip(ORIGINAL, parts, strict=True)}
    for series, line, at in experiment.points:
        epoch = experiment.epochs if experiment.along == "steps" else at
        now = weights[series.adversarial][epoch]
        first, second = (on_common_sphere(series.attack.noises(DENSE, now, *part, split.pixel)) for part in parts)
        witness = series.attack.witness(DENSE, start)
        for quantity, value in _measured(first, second, y, y_test, witness).items():
            values[f"{line}/{quantity}/{at}"] = value
        clean = np.argmax(DENSE.outputs(*now, split.X_test), axis=1) == split.y_test
        values[f"{network_name(series)}/clean/{epoch}"] = float(np.mean(clean))
    return Drawn(values | claimed(experiment, values))


def _measured(train: Array, test: Array, y_train: Labels, y_test: Labels, witness: Array) -> dict[str, float]:
    probe = fit_linear(train, y_train, CLASSES)
    found = accuracy(probe, train, y_train)
    return {
        "train": found,
        "test": accuracy(probe, test, y_test),
        "witness": accuracy(witness, test, y_test),
        "exact": float(found == 1.0 and separates_exactly(probe, train, y_train)),
    }


def _clustered(points: Mapping[str, Array], y: Labels, rng: np.random.Generator) -> Drawn:
    values: dict[str, float] = {}
    pictures = {}
    for what, R in points.items():
        plane, found = embedded(R, y, rng)
        values |= {f"{what}/{kind}/0": value for kind, value in found.items()}
        pictures[what] = plane, y
    return Drawn(values | {"noises_embedded": values["noises/embedded/0"]}, pictures)


def embedded(R: Array, y: Labels, rng: np.random.Generator) -> tuple[Array, dict[str, float]]:
    """Vectors in the plane (t-SNE), and the shares of nearest neighbours of one class before and after.

    Parameters
    ----------
    R : ndarray of float64, shape (n, d)
        They enter at norm √d.
    y : ndarray of int64, shape (n,)
    rng : numpy.random.Generator

    Returns
    -------
    plane : ndarray of float64, shape (n, 2)
    purities : dict
        ``purity`` of the vectors and ``embedded`` of the plane (`probes.neighbour_purity`).
    """
    from sklearn.manifold import TSNE  # scikit-learn takes a second: keeps the command line light

    R = on_common_sphere(R)
    embedding = TSNE(init="pca", random_state=int(rng.integers(2**31)))
    # scikit-learn's own threads start with its import, which may be later than the limit of a sweep.
    with threadpool_limits(limits=1):
        plane = embedding.fit_transform(R).astype(np.float64)
    return plane, {"purity": neighbour_purity(R, y), "embedded": neighbour_purity(plane, y)}


Claimed = Callable[[Experiment, Mapping[str, float]], dict[str, float]]


def _least(experiment: Experiment, values: Mapping[str, float]) -> dict[str, float]:
    found = {
        f"least_{part}": min(values[f"{line}/{part}/{at}"] for _, line, at in experiment.points)
        for part in ("train", "test")
    }
    return found | {"original_test": values[ORIGINAL[1]]}


def _ends(experiment: Experiment, values: Mapping[str, float]) -> dict[str, float]:
    cold, warm = (series.name for series in experiment.series)
    return {
        "first_train": values[f"{cold}/train/0"],
        "last_train": values[f"{cold}/train/{experiment.epochs}"],
        "warm_train": values[f"{warm}/train/{experiment.epochs}"],
    }


def _steps(experiment: Experiment, values: Mapping[str, float]) -> dict[str, float]:
    found = {
        kind: np.array([values[f"{kind}/train/{at}"] for _, line, at in experiment.points if line == kind])
        for kind in ("standard", "adversarial")
    }
    spread = {f"spread_{kind}": float(np.ptp(accuracies)) for kind, accuracies in found.items()}
    return spread | {"least_gain": float(np.min(found["adversarial"] - found["standard"]))}


def claimed(experiment: Experiment, values: Mapping[str, float]) -> dict[str, float]:
    """The random variables of a figure's statement, from ``line/quantity/place`` and the original features.

    Parameters
    ----------
    experiment : Experiment
        Of any figure but the first.
    values : mapping of str to float
    """
    named: dict[str, Claimed] = {"fig5": _ends, "fig6": _steps}
    return named.get(experiment.key, _least)(experiment, values)


_NAMES = dict.fromkeys(MODELS, ("least_train", "least_test", "original_test")) | {
    "fig1": ("noises_embedded",),
    "fig5": ("first_train", "last_train", "warm_train"),
    "fig6": ("spread_standard", "spread_adversarial", "least_gain"),
}

_COSTLY = ("fig1", "fig6", "fig7")


def _named(name: str) -> Measure:
    return lambda drawn: np.array([drawn.values[name]])


def engine_of(experiment: Experiment, *, draws_per_trial: float = 1.0) -> Engine:
    """The engine that runs an experiment on digits, one network a draw.

    Parameters
    ----------
    experiment : Experiment
    draws_per_trial : float
    """

    def sample(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Drawn:
        return run_experiment(experiment, int(cell["m"]), rng)

    names = (*_NAMES[experiment.key], *experiment.shown)
    return Engine(
        sample,
        {name: _named(name) for name in names},
        lambda cell: 1,
        cost=lambda cell: 3e9 + 2e7 * float(cell["m"]),
        draws_per_trial=draws_per_trial,
        places=partial(_places, experiment),
        shown=experiment.shown,
    )


def _places(experiment: Experiment, grid: Grid) -> tuple[Place, ...]:
    return tuple(place(m, DIM, experiment.training, "digits") for m in experiment.widths)


def first_draw(experiment: Experiment, m: int, seed: int) -> Drawn:
    """The first draw that a run of this seed makes at width m, made again in one thread as sweeps do."""
    cell = {"m": m, "d": DIM, "n": experiment.training}
    label = draw_label(MODELS[experiment.key].name, NO_DATA, cell)
    with threadpool_limits(limits=1):
        return run_experiment(experiment, m, np.random.default_rng(seed_sequence(seed, label, 0)))


def experiment_engines() -> dict[Model, Engine]:
    """The engines of the nine figures' models: two draws for a thousand trials, one of the costly figures."""
    return {MODELS[k]: engine_of(e, draws_per_trial=1 / (500 * (1 + (k in _COSTLY)))) for k, e in EXPERIMENTS.items()}
