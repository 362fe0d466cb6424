"""One draw of ``whp experiment``: a split, a network, its training, its noises and the controls beside them.

Values are named ``line/given/quantity/place``. The line is a series of the figure, or "inputs" or "network"; given is
the class that the attack was told and that is to be found again: "true" (the data's), "random" (drawn without looking
at the data), or another control (`controls`); the place is the epoch, or the number of the attack's steps.

The splits of a seed are those of its index alone, so figures, widths and networks are compared on the same points.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ....kernels import on_sphere
from ...sweep.seeds import seed_sequence
from .controls import Attacked, controlled
from .data import Split, load
from .measures import COUNTS, measured
from .networks import NETWORKS, Network
from .run import embedded, trained
from .settings import TRAINING_STEPS, Array, Experiment, Labels

__all__ = ["BOUNDED", "Bench", "DrawTask", "InputTask", "digest", "pooled", "split_of"]

# Points that t-SNE embeds: it takes seconds for these, and a plot shows no more.
_EMBEDDED = 400
# Training and test points whose noises are made by attacks of up to a hundred steps.
_ATTACKED = 1000, 500
# Training vectors of which margins are bounded, at the ends of a line: the cost grows with their square.
BOUNDED = 200
# A control that attacks anew would be a hundred steps more.
_CONTROLS = {
    "epochs": ("own label", "permuted labels", "gaussian", "rank"),
    "steps": ("permuted labels", "gaussian", "rank"),
}
# Measured seconds: of a neuron or a filter in one look of an attack at a point, of the measurements at the ends of a
# line, and of the embeddings of a network. A step of descent takes half a look.
_LOOK, _ENDS, _EMBEDDING = {"dense": 3e-7, "conv": 3e-6}, 4.0, 5.0
Weights = tuple[Array, Array]


@dataclass(frozen=True)
class Bench:
    """On what an experiment is run.

    Attributes
    ----------
    data : str
        As `data.load` takes it.
    labels : {"true", "random"}
        Of the data themselves.
    training, test : int or None
        Numbers of points; None leaves them to the data.
    pool : int
        Images enter as means over squares of this side.
    """

    data: str = "patches"
    labels: Literal["true", "random"] = "true"
    training: int | None = None
    test: int | None = None
    pool: int = 1


def pooled(split: Split, side: int) -> Split:
    """A split of images averaged over squares of `side` × `side` pixels, on the sphere of the smaller dimension.

    Parameters
    ----------
    split : Split
    side : int

    Raises
    ------
    ValueError
        For points that are no images, or a side that does not divide height and width.

    Examples
    --------
    >>> import numpy as np
    >>> split = load("digits", rng=np.random.default_rng(0), training=20, test=10)
    >>> smaller = pooled(split, 2)
    >>> smaller.X.shape, smaller.shape
    ((20, 16), (4, 4, 1))
    """
    if side == 1:
        return split
    if split.shape is None or any(length % side for length in split.shape[:2]):
        found = "points that are no images" if split.shape is None else f"images of shape {split.shape}"
        raise ValueError(f"found {found}, which squares of side {side} do not tile; --pool 1 leaves them as they are")
    height, width, channels = split.shape
    tiles = (-1, height // side, side, width // side, side, channels)
    means = [X.reshape(tiles).mean(axis=(2, 4)).reshape(len(X), -1) for X in (split.X, split.X_test)]
    X, X_test = (on_sphere(part, normalize=True) for part in means)
    grown = math.sqrt(X.shape[1]) / np.linalg.norm(means[0], axis=1)
    shape = height // side, width // side, channels
    return replace(split, X=X, X_test=X_test, pixel=split.pixel * float(grown.mean()), shape=shape)


def split_of(bench: Bench, seed: int, index: int) -> Split:
    """The split that every figure, width and network of this index is run on."""
    rng = np.random.default_rng(seed_sequence(seed, f"split/{bench.data}", index))
    return pooled(load(bench.data, rng=rng, training=bench.training, test=bench.test, labels=bench.labels), bench.pool)


def digest(split: Split) -> str:
    """SHA-256 of a split's points and classes, by which a stored run knows its data."""
    found = hashlib.sha256()
    for array in (split.X, split.y, split.X_test, split.y_test):
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def _named(line: str, given: str, at: int, values: Mapping[str, float]) -> dict[str, float]:
    return {f"{line}/{given}/{quantity}/{at}": float(value) for quantity, value in values.items()}


@dataclass(frozen=True)
class InputTask:
    """What a linear model makes of the inputs themselves, with their labels and with random ones."""

    bench: Bench
    seed: int
    index: int

    @property
    def name(self) -> str:
        return f"inputs/{self.index}"

    @property
    def seconds(self) -> float:
        return 3.0

    def run(self) -> dict[str, Any]:
        """Measure; see `whp.checks.sweep.processes.Task`."""
        split = split_of(self.bench, self.seed, self.index)
        K = len(split.classes)
        rng = np.random.default_rng(seed_sequence(self.seed, f"inputs/{self.bench.data}", self.index))
        drawn = rng.integers(K, size=len(split.y)), rng.integers(K, size=len(split.y_test))
        values: dict[str, float] = {}
        for given, (y, y_test) in {"true": (split.y, split.y_test), "random": drawn}.items():
            options: dict[str, Any] = {"counts": _counts(len(y), K), "bounded": BOUNDED}
            found = measured(split.X, y, split.X_test, y_test, K, rng=rng, **options).values
            values |= _named("inputs", given, 0, found)
        return {"values": values}

    def read(self, stored: Any) -> dict[str, Any]:
        return dict(stored)

    def failed(self, error: str) -> dict[str, Any]:
        return {"values": {}}


@dataclass(frozen=True)
class DrawTask:
    """One network of a figure: drawn, trained and measured."""

    experiment: Experiment
    bench: Bench
    m: int
    seed: int
    index: int

    @property
    def name(self) -> str:
        return f"{self.experiment.key}/m={self.m}/{self.index}"

    @property
    def seconds(self) -> float:
        experiment, n, test = self.experiment, self.bench.training or _ATTACKED[0], self.bench.test or _ATTACKED[1]
        if experiment.along == "classes":
            return _EMBEDDING
        attacked = sum(_ATTACKED) if experiment.along == "steps" else n + test
        descents = {series.adversarial for series in experiment.series}
        looks = n * experiment.epochs * sum(TRAINING_STEPS + 1.5 if adversarial else 0.5 for adversarial in descents)
        # Noises of the data's labels and of random ones; one gradient step is one look.
        attacks = (series.attack for series, _, _ in experiment.points)
        looks += 2 * attacked * sum(1 if attack.norm is None else attack.steps + 1 for attack in attacks)
        return looks * self.m * _LOOK[experiment.network] + _ENDS * len(experiment.lines)

    def run(self) -> dict[str, Any]:
        """Measure; see `whp.checks.sweep.processes.Task`."""
        split = split_of(self.bench, self.seed, self.index)
        network = NETWORKS[self.experiment.network]
        label = f"experiment/{self.experiment.key}/{self.bench.data}/{network.name}/m={self.m}"
        rng = np.random.default_rng(seed_sequence(self.seed, label, self.index))
        start = network.sample(self.m, split.X.shape[1], split.shape, len(split.classes), rng)
        if self.experiment.along == "classes":
            return _pictured(network, start, split, rng)
        return {"values": _measured(self.experiment, network, start, split, rng)}

    def read(self, stored: Any) -> dict[str, Any]:
        return dict(stored)

    def failed(self, error: str) -> dict[str, Any]:
        return {"values": {}}


def _counts(n: int, classes: int) -> tuple[int, ...]:
    """Numbers of vectors of each class below all of them, the same for every draw."""
    return tuple(count for count in COUNTS if count < n / classes)


def _measured(
    experiment: Experiment, network: Network, start: Weights, split: Split, rng: np.random.Generator
) -> dict[str, float]:
    weights = trained(network, start, split, experiment, rng)
    K = len(split.classes)
    if experiment.along == "steps":
        # A hundred steps of an attack cost more than training.
        n, test = _ATTACKED
        split = replace(split, X=split.X[:n], y=split.y[:n], X_test=split.X_test[:test], y_test=split.y_test[:test])
    counts = _counts(len(split.y), K)
    places = {line: [at for _, name, at in experiment.points if name == line] for line in experiment.lines}
    values: dict[str, float] = {}
    for series, line, at in experiment.points:
        epoch = experiment.epochs if experiment.along == "steps" else at
        now = weights[series.adversarial][epoch]

        def attack(X: Array, y: Labels, series: Any = series, now: Weights = now) -> Array:
            noises: Array = series.attack.noises(network, now, X, y, split.pixel)
            return noises

        def own(X: Array, now: Weights = now) -> Labels:
            return np.asarray(np.argmax(network.outputs(*now, X), axis=1))

        end = at in (places[line][0], places[line][-1])
        options: dict[str, Any] = {
            "witness": series.attack.witness(network, start),
            "counts": counts if end else counts[:1],
            "exact": end,
            "bounded": BOUNDED,
        }
        noises = attack(split.X, split.y), attack(split.X_test, split.y_test)
        parts = (noises[0], split.y, noises[1], split.y_test, K)
        values |= _named(line, "true", at, measured(*parts, rng=rng, **options).values)
        controls = ["random labels", *(_CONTROLS[experiment.along] if at == places[line][-1] else ())]
        attacked = Attacked(attack, split.X, split.X_test, own)
        told = controlled(*parts, rng=rng, controls=controls, attacked=attacked, **options)
        for control, beside in told.items():
            values |= _named(line, control.removesuffix(" labels").removesuffix(" label"), at, beside.values)
        name = "adversarial network" if series.adversarial else "network"
        for part, X, y in (("train", split.X, split.y), ("test", split.X_test, split.y_test)):
            values |= _named(name, "true", epoch, {f"clean_{part}": np.mean(own(X) == y)})
    return values


def _pictured(network: Network, start: Weights, split: Split, rng: np.random.Generator) -> dict[str, Any]:
    """Inputs, noises, and noises of random labels in the plane, each point with the label that its attack was told."""
    X, y = split.X_test[:_EMBEDDED], split.y_test[:_EMBEDDED]
    drawn = rng.integers(len(split.classes), size=len(y))
    values: dict[str, float] = {}
    pictures = {}
    for line, given, R, labels in (
        ("inputs", "true", X, y),
        ("noises", "true", network.directions(*start, X, y), y),
        ("noises", "random", network.directions(*start, X, drawn), drawn),
    ):
        plane, purities = embedded(R, labels, rng)
        values |= _named(line, given, 0, purities)
        pictures[f"{line}/{given}"] = {"plane": plane.tolist(), "classes": labels.tolist()}
    return {"values": values, "pictures": pictures}
