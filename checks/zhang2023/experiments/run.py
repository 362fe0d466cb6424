"""The experiments of zhang2023, Section 4 and Appendix 7, on two-layer ReLU networks and scikit-learn's digits.

A draw is one split of the digits, one random network with ten outputs and one training of it: descent on both layers in
batches of 128, as in the paper. At snapshots the adversarial noises of training and of test points are computed with
the class of each, a linear model is fitted to those of the training points (`probes`), and its accuracy on
both is kept, beside what the theory's own witnesses v_k = −W_0ᵀA_k of the initial weights classify right (whp S20), the
accuracy of the network and that of a linear model on the original features. Noises enter with norm √d.

Bounds of attacks are the printed ones in units of a pixel's range; images are not clipped to that range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ....kernels.multiclass import class_directions, class_outputs, class_pgd, sample_class_network, train_classes
from ....theory.language.cells import Cell
from ....theory.language.models import Model
from ....theory.zhang2023.printed.figures import MODELS
from ...sweep.data import Dataset
from ...sweep.engine import Engine, Measure
from ...sweep.grid import NO_DATA, Grid, Place
from ...sweep.seeds import draw_label, seed_sequence
from ..places import place
from .digits import DigitClasses, load_digit_classes
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

__all__ = ["Drawn", "engine_of", "experiment_engines", "first_draw", "run_experiment"]

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


@lru_cache(maxsize=1)
def _digits() -> DigitClasses:
    return load_digit_classes()


def _attacked(pixel: float) -> Callable[[Array, Array, Array, Labels], Array]:
    return partial(class_pgd, radius=EPSILON * pixel, step=STEP * pixel, steps=TRAINING_STEPS)


def run_experiment(experiment: Experiment, m: int, rng: np.random.Generator) -> Drawn:
    """Draw a split and a network of width m, train it and measure its noises.

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
    digits = _digits()
    order = rng.permutation(len(digits.y))[: experiment.training + experiment.test]
    train, test = np.split(order, [experiment.training])
    W, A = sample_class_network(m, DIM, CLASSES, rng)
    paired = digits.y.copy()
    if experiment.shuffled:
        paired[order] = rng.permutation(paired[order])
    if experiment.along == "classes":
        return _embedded(W, A, digits, test, paired[test], rng)
    X, y = digits.X[train], digits.y[train]
    trained = {
        adversarial: train_classes(
            W,
            A,
            X,
            y,
            learning_rate=experiment.learning_rate,
            epochs=experiment.epochs,
            batch_size=min(_BATCH, len(y)),
            rng=rng,
            snapshots=experiment.snapshots,
            perturb=_attacked(digits.pixel) if adversarial else None,
        ).snapshots
        for adversarial in sorted({s.adversarial for s in experiment.series})
    }
    values: dict[str, float] = {}
    probe = fit_linear(X, y, CLASSES)
    for name, part in zip(ORIGINAL, (train, test), strict=True):
        values[name] = accuracy(probe, digits.X[part], digits.y[part])
    for series, line, at in experiment.points:
        epoch = experiment.epochs if experiment.along == "steps" else at
        weights = trained[series.adversarial][epoch]
        first, second = (
            on_common_sphere(series.attack.noises(*weights, digits.X[part], digits.y[part], digits.pixel))
            for part in (train, test)
        )
        witness = series.attack.witness(W, A)
        for quantity, value in _measured(first, second, paired[train], paired[test], witness).items():
            values[f"{line}/{quantity}/{at}"] = value
        clean = np.argmax(class_outputs(*weights, digits.X[test]), axis=1) == digits.y[test]
        values[f"{network_name(series)}/clean/{epoch}"] = float(np.mean(clean))
    return Drawn(values | _CLAIMED[experiment.key](experiment, values))


def _measured(train: Array, test: Array, y_train: Labels, y_test: Labels, witness: Array) -> dict[str, float]:
    probe = fit_linear(train, y_train, CLASSES)
    found = accuracy(probe, train, y_train)
    return {
        "train": found,
        "test": accuracy(probe, test, y_test),
        "witness": accuracy(witness, test, y_test),
        "exact": float(found == 1.0 and separates_exactly(probe, train, y_train)),
    }


def _embedded(
    W: Array, A: Array, digits: DigitClasses, test: NDArray[np.int64], y: Labels, rng: np.random.Generator
) -> Drawn:
    """Inputs and noises of the initial network in the plane (t-SNE), with the classes of nearest neighbours."""
    from sklearn.manifold import TSNE  # scikit-learn takes a second: keeps the command line light

    noises = on_common_sphere(class_directions(W, A, digits.X[test], digits.y[test]))
    values, pictures = {}, {}
    for what, R in (("inputs", digits.X[test]), ("noises", noises)):
        embedding = TSNE(init="pca", random_state=int(rng.integers(2**31)))
        # scikit-learn's own threads start with its import, which may be later than the limit of a sweep.
        with threadpool_limits(limits=1):
            plane = embedding.fit_transform(R).astype(np.float64)
        values[f"{what}/purity/0"] = neighbour_purity(R, y)
        values[f"{what}/embedded/0"] = neighbour_purity(plane, y)
        pictures[what] = plane, y
    return Drawn(values | {"noises_embedded": values["noises/embedded/0"]}, pictures)


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


_CLAIMED: dict[str, Claimed] = {key: {"fig5": _ends, "fig6": _steps}.get(key, _least) for key in MODELS}

_NAMES = dict.fromkeys(MODELS, ("least_train", "least_test", "original_test")) | {
    "fig1": ("noises_embedded",),
    "fig5": ("first_train", "last_train", "warm_train"),
    "fig6": ("spread_standard", "spread_adversarial", "least_gain"),
}

_COSTLY = ("fig1", "fig6", "fig7")


def _named(name: str) -> Measure:
    return lambda drawn: np.array([drawn.values[name]])


def engine_of(
    experiment: Experiment, *, draws_per_trial: float = 1.0, drawn: Callable[[], object] | None = None
) -> Engine:
    """The engine that runs an experiment, one network a draw.

    Parameters
    ----------
    experiment : Experiment
    draws_per_trial : float
    drawn : callable, optional
        Called after every draw.
    """

    def sample(cell: Cell, rng: np.random.Generator, size: int, data: Dataset | None) -> Drawn:
        found = run_experiment(experiment, int(cell["m"]), rng)
        if drawn is not None:
            drawn()
        return found

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
