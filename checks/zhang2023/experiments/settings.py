"""What each figure of the paper runs: attacks, series, sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ....theory.language.statements import Statement
from ....theory.zhang2023.printed.figures import MODELS
from .networks import Network, NetworkName

__all__ = ["EXPERIMENTS", "Attack", "Experiment", "Series", "chosen_experiment", "experiment_of"]

Array = NDArray[np.float64]

Labels = NDArray[np.int64]

CLASSES = 10

EPSILON, STEP, RADIUS = 8 / 255, 2 / 255, 0.5

TRAINING_STEPS = 7

_SHOWN_EPOCHS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)

DIM = 64

FILTERS = 64

ADVERSARIAL_EPOCHS = 20


@dataclass(frozen=True)
class Attack:
    """How noises are made, as keywords of the kernels; `norm` None means one step along the gradient itself."""

    norm: str | None = None
    steps: int = 1
    temperature: float = 1.0
    targeted: bool = False

    def noises(self, network: Network, weights: tuple[Array, Array], X: Array, y: Labels, pixel: float) -> Array:
        """Noises of the inputs, up to a positive factor each.

        Parameters
        ----------
        network : Network
        weights : (ndarray, ndarray)
            (W, A).
        X : ndarray of float64, shape (n, d)
        y : ndarray of int64, shape (n,)
            The classes that the attack is given.
        pixel : float
            What a pixel's range is in X: bounds are in units of it.
        """
        target = (y + 1) % len(weights[1]) if self.targeted else None
        if self.norm is None:
            return network.directions(*weights, X, y, temperature=self.temperature, target=target)
        bound, step = (EPSILON, STEP) if self.norm == "linf" else (RADIUS, 2.5 * RADIUS / self.steps)
        options: dict[str, Any] = {"norm": self.norm, "steps": self.steps, "target": target}
        return network.pgd(*weights, X, y, radius=bound * pixel, step=step * pixel, **options) - X

    def witness(self, network: Network, weights: tuple[Array, Array]) -> Array:
        """The theory's v_1, …, v_K of these weights: −WᵀA_k, and WᵀA_{k+1} where class k is sent to k + 1."""
        M = network.matrix(*weights)
        return np.roll(M, -1, axis=0) if self.targeted else -M


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
        What is done to the network, for a reader.
    series : tuple of Series
    widths : tuple of int
    learning_rate : float
    epochs : int
    along : {"epochs", "steps", "classes"}
        What is on the horizontal axis; at "steps" the attacks of the trained network differ in their number of steps,
        at "classes" the initial network's noises are embedded in the plane.
    training, test : int
        Points of either kind that ``whp verify`` takes of the digits.
    shuffled : bool
        Pair the noises with permuted classes: a control, in which nothing is left to separate.
    network : {"dense", "conv"}
        What ``whp experiment`` trains; ``whp verify`` trains dense networks only.
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
    network: NetworkName = "dense"

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
    def lines(self) -> tuple[str, ...]:
        """Names of the lines, in order."""
        return tuple(dict.fromkeys(line for _, line, _ in self.points))

    @property
    def shown(self) -> tuple[str, ...]:
        """Names ``line/quantity/place`` of what a draw of ``whp verify`` measures for its figure."""
        if self.along == "classes":
            return tuple(f"{what}/{kind}/0" for what in ("inputs", "noises") for kind in ("purity", "embedded"))
        lines = [f"{line}/{quantity}/{at}" for _, line, at in self.points for quantity in QUANTITIES]
        networks = sorted({network_name(s) for s in self.series})
        return (*lines, *(f"{name}/clean/{e}" for name in networks for e in self.snapshots), *ORIGINAL)


QUANTITIES = ("train", "test", "witness", "exact")

ORIGINAL = ("original/train/0", "original/test/0")


def network_name(series: Series) -> str:
    return "adversarial network" if series.adversarial else "network"


_SIGN = Attack("linf")

_TRAINED_WITH = Attack("linf", TRAINING_STEPS)

EXPERIMENTS = {
    e.key: e
    for e in (
        Experiment("fig1", "t-SNE of inputs and of their noises at initialisation", along="classes"),
        Experiment("fig2", "one gradient step along training"),
        Experiment(
            "fig3",
            "one gradient step along training, by width",
            widths=(4, 16, 64, 128, 256),
            learning_rate=0.01,
            epochs=50,
        ),
        Experiment("fig4", "one targeted gradient step along training", (Series("noises", Attack(targeted=True)),)),
        Experiment(
            "fig5",
            "one gradient step at two temperatures along training",
            (Series("T = 1", Attack()), Series("T = 10", Attack(temperature=10.0))),
            learning_rate=0.1,
        ),
        Experiment(
            "fig6",
            "PGD after standard and after adversarial training",
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
            "PGD of 7 steps along adversarial training",
            (Series("noises", _TRAINED_WITH, True),),
            learning_rate=0.1,
            epochs=50,
        ),
        Experiment(
            "fig8",
            "one sign step along training of another architecture",
            (Series("noises", _SIGN),),
            (1024,),
            epochs=50,
            network="conv",
        ),
        Experiment(
            "fig9", "PGD of 7 steps in an L2 ball along training", (Series("noises", Attack("l2", TRAINING_STEPS)),)
        ),
    )
}


def chosen_experiment(
    key: str,
    *,
    network: NetworkName | None = None,
    widths: tuple[int, ...] | None = None,
    epochs: int | None = None,
    quick: bool = False,
) -> Experiment:
    """The experiment of a figure as ``whp experiment`` runs it.

    Parameters
    ----------
    key : str
        ``fig1`` to ``fig9``.
    network : {"dense", "conv"}, optional
        By default dense, and convolutional in Figure 8, which is about another architecture.
    widths : tuple of int, optional
        By default the figure's, and FILTERS filters where there is one width.
    epochs : int, optional
        By default the figure's, and at most ADVERSARIAL_EPOCHS of adversarial training.
    quick : bool
        A tenth of the epochs, and at most three widths.

    Raises
    ------
    ValueError
        For another figure, or epochs where nothing is trained.

    Examples
    --------
    >>> chosen_experiment("fig3", quick=True).widths, chosen_experiment("fig8").widths
    ((4, 64, 256), (64,))
    """
    if key not in EXPERIMENTS:
        near = f"fig{found[0]}" if (found := re.findall(r"[1-9]", key)) else "fig3"
        raise ValueError(f"found figure {key!r}; one of fig1 to fig9, all or noises is needed, such as {near}")
    known = EXPERIMENTS[key]
    if epochs is not None and (epochs < 1 or known.along == "classes"):
        needed = "fig1 shows untrained networks, leave --epochs out" if epochs >= 1 else "at least 1 is needed"
        raise ValueError(f"found --epochs {epochs}; {needed}")
    network = network or known.network
    usual = (FILTERS,) if network == "conv" and len(known.widths) == 1 else known.widths
    widths = usual if widths is None else widths
    adversarial = any(series.adversarial for series in known.series)
    trained = epochs or (min(known.epochs, ADVERSARIAL_EPOCHS) if adversarial else known.epochs)
    if quick:
        widths = tuple(sorted({widths[0], widths[len(widths) // 2], widths[-1]}))
        trained = epochs or max(1, trained // 10)
    return replace(known, network=network, widths=widths, epochs=trained)


def experiment_of(statement: Statement) -> Experiment | None:
    """The experiment a statement's claims are about, or None."""
    found = [EXPERIMENTS[key] for key, model in MODELS.items() if model in statement.models]
    return found[0] if found else None
