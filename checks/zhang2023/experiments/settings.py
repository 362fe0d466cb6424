"""What each figure of the paper runs: attacks, series, sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ....kernels.multiclass import class_directions, class_pgd
from ....theory.language.statements import Statement
from ....theory.zhang2023.printed.figures import MODELS

__all__ = ["EXPERIMENTS", "Experiment", "Series", "experiment_of"]

Array = NDArray[np.float64]

Labels = NDArray[np.int64]

CLASSES = 10

EPSILON, STEP, RADIUS = 8 / 255, 2 / 255, 0.5

TRAINING_STEPS = 7

_SHOWN_EPOCHS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)

DIM = 64


@dataclass(frozen=True)
class Attack:
    """How noises are made, as keywords of the kernels; `norm` None means one step along the gradient itself."""

    norm: str | None = None
    steps: int = 1
    temperature: float = 1.0
    targeted: bool = False

    def noises(self, W: Array, A: Array, X: Array, y: Labels, pixel: float) -> Array:
        """Noises of the inputs, up to a positive factor each."""
        target = (y + 1) % CLASSES if self.targeted else None
        if self.norm is None:
            return class_directions(W, A, X, y, temperature=self.temperature, target=target)
        bound, step = (EPSILON, STEP) if self.norm == "linf" else (RADIUS, 2.5 * RADIUS / self.steps)
        options: dict[str, Any] = {"norm": self.norm, "steps": self.steps, "target": target}
        return class_pgd(W, A, X, y, radius=bound * pixel, step=step * pixel, **options) - X

    def witness(self, W: Array, A: Array) -> Array:
        """The theory's v_1, …, v_K of these weights: −WᵀA_k, and WᵀA_{k+1} where class k is sent to k + 1."""
        return np.roll(A, -1, axis=0) @ W if self.targeted else -A @ W


@dataclass(frozen=True)
class Series:
    """One line of a figure.

    Attributes
    ----------
    name : str
        Its label, without a slash.
    attack : Attack
    adversarial : bool
        Whether the network is trained on adversarial examples within the L∞ bound.
    """

    name: str
    attack: Attack
    adversarial: bool = False


@dataclass(frozen=True)
class Experiment:
    """One figure of the paper, with the sizes at which it is run.

    Attributes
    ----------
    key : str
        ``fig1`` to ``fig9``.
    words : str
        What is run, for a reader.
    series : tuple of Series
    widths : tuple of int
    learning_rate : float
    epochs : int
    along : {"epochs", "steps", "classes"}
        What is on the horizontal axis; at "steps" the attacks of the trained network differ in their number of steps,
        at "classes" the initial network's noises are embedded in the plane.
    training, test : int
        Points of either kind.
    shuffled : bool
        Pair the noises with permuted classes: a control, in which nothing is left to separate.
    """

    key: str
    words: str
    series: tuple[Series, ...] = (Series("noises", Attack()),)
    widths: tuple[int, ...] = (256,)
    learning_rate: float = 0.001
    epochs: int = 100
    along: Literal["epochs", "steps", "classes"] = "epochs"
    training: int = 1000
    test: int = 400
    shuffled: bool = False

    @property
    def snapshots(self) -> tuple[int, ...]:
        """The epochs after which the noises are looked at."""
        if self.along == "steps":
            return (self.epochs,)
        return (*(e for e in _SHOWN_EPOCHS if e < self.epochs), self.epochs)

    @property
    def points(self) -> tuple[tuple[Series, str, int], ...]:
        """Series, name of its line and place on the axis."""
        if self.along == "steps":
            return tuple((s, s.name.split(",")[0], s.attack.steps) for s in self.series)
        return tuple((s, s.name, e) for s in self.series for e in self.snapshots)

    @property
    def shown(self) -> tuple[str, ...]:
        """Names ``line/quantity/place`` of what a draw measures for its figure."""
        if self.along == "classes":
            return tuple(f"{what}/{kind}/0" for what in ("inputs", "noises") for kind in ("purity", "embedded"))
        lines = [f"{line}/{quantity}/{at}" for _, line, at in self.points for quantity in QUANTITIES]
        networks = sorted({network_name(s) for s in self.series})
        return (*lines, *(f"{name}/clean/{e}" for name in networks for e in self.snapshots), *ORIGINAL)


QUANTITIES = ("train", "test", "witness", "exact")

ORIGINAL = ("original/train/0", "original/test/0")


def network_name(series: Series) -> str:
    return "adversarial network" if series.adversarial else "network"


_NETWORK = "two-layer ReLU network with ten outputs"

_SIGN = Attack("linf")

_TRAINED_WITH = Attack("linf", TRAINING_STEPS)

EXPERIMENTS = {
    e.key: e
    for e in (
        Experiment("fig1", f"t-SNE of inputs and of their noises at a random {_NETWORK}", along="classes"),
        Experiment("fig2", f"one gradient step on a {_NETWORK}"),
        Experiment(
            "fig3", f"one gradient step on a {_NETWORK}", (Series("noises", Attack()),), (4, 16, 64, 128, 256), 0.01, 50
        ),
        Experiment("fig4", f"one targeted gradient step on a {_NETWORK}", (Series("noises", Attack(targeted=True)),)),
        Experiment(
            "fig5",
            f"one gradient step at two temperatures on a {_NETWORK}",
            (Series("T = 1", Attack()), Series("T = 10", Attack(temperature=10.0))),
            learning_rate=0.1,
        ),
        Experiment(
            "fig6",
            f"PGD on a {_NETWORK} after standard and after adversarial training",
            tuple(
                Series(f"{kind}, {steps} steps", Attack("linf", steps), kind == "adversarial")
                for kind in ("standard", "adversarial")
                for steps in (1, 5, 10, 100)
            ),
            learning_rate=0.1,
            epochs=50,
            along="steps",
        ),
        Experiment(
            "fig7",
            f"PGD of 7 steps on a {_NETWORK} along adversarial training",
            (Series("noises", _TRAINED_WITH, True),),
            learning_rate=0.1,
            epochs=50,
        ),
        Experiment("fig8", f"one sign step on a wider {_NETWORK}", (Series("noises", _SIGN),), (1024,), epochs=50),
        Experiment(
            "fig9", f"PGD of 7 steps in an L2 ball on a {_NETWORK}", (Series("noises", Attack("l2", TRAINING_STEPS)),)
        ),
    )
}


def experiment_of(statement: Statement) -> Experiment | None:
    """The experiment a statement's claims are about, or None."""
    found = [EXPERIMENTS[key] for key, model in MODELS.items() if model in statement.models]
    return found[0] if found else None
