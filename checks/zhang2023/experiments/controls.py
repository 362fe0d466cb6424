"""Controls of the experiments on noises, and exact tests of paired draws.

Which part of an accuracy comes from the data, from the labels that the attack was given, or from counting dimensions?
The same measurements are made of noises in which one of them is taken away.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from ...separability.exact import decompose, dyadic_integers
from .measures import Measured, measured
from .probes import on_common_sphere

__all__ = ["CONTROLS", "NETWORK_FREE", "Attacked", "Paired", "chance_limit", "controlled", "paired", "rank_of"]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Attack = Callable[[Array, Labels], Array]

NETWORK_FREE = ("permuted labels", "gaussian", "rank")
CONTROLS = ("random labels", "own label", *NETWORK_FREE)
# Pairs of which all changes of signs are gone through.
_FLIPPED = 20


@dataclass(frozen=True, eq=False)
class Attacked:
    """A network under attack, for controls that make noises anew.

    Attributes
    ----------
    attack : callable
        ``attack(X, labels)`` returns noises.
    X, X_test : ndarray of float64, shapes (n, d') and (N, d')
        The inputs.
    own : callable, optional
        ``own(X)``: the classes that the network itself says; "own label" needs it.
    """

    attack: Attack
    X: Array
    X_test: Array
    own: Callable[[Array], Labels] | None = None


def controlled(
    R: Array,
    y: Labels,
    R_test: Array,
    y_test: Labels,
    classes: int,
    *,
    rng: np.random.Generator,
    controls: Sequence[str] = NETWORK_FREE,
    attacked: Attacked | None = None,
    **options: Any,
) -> dict[str, Measured]:
    """Measure noises under each control.

    Parameters
    ----------
    R, y, R_test, y_test, classes, rng
        As in `measured`.
    controls : sequence of str
        "random labels": the attack is given labels drawn without looking at the data, and these are to be told.
        "own label": the attack is given what the network says, and this is to be told.
        "permuted labels": the training noises are paired with permuted labels. "gaussian": with their labels, but
        normal vectors of the noises' norms in their place. In both, test labels are drawn uniformly, so that hits are
        binomial with ``chance`` and stay below ``limit`` (`chance_limit`), however unequal the classes are.
        "rank": ``rank``, ``n`` and ``algebra``, 1 where the training noises are linearly independent, so that they
        would be separable with any labels (whp S18).
    attacked : Attacked, optional
        What the first two need.
    options
        Of `measured`.

    Returns
    -------
    dict of str to Measured

    Raises
    ------
    ValueError
        For an unknown control, or one that needs a network where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.multiclass import class_directions, sample_class_network
    >>> rng = np.random.default_rng(0)
    >>> W, A = sample_class_network(200, 50, 3, rng)
    >>> X, y = rng.standard_normal((60, 50)), rng.integers(0, 3, 60)
    >>> network = Attacked(lambda X, labels: class_directions(W, A, X, labels), X[:40], X[40:])
    >>> R = network.attack(X, y)
    >>> found = controlled(
    ...     R[:40], y[:40], R[40:], y[40:], 3, rng=rng, controls=("random labels", "rank"), attacked=network,
    ...     counts=(1,),
    ... )
    >>> found["random labels"].values["mean_1"], found["rank"].values["algebra"]
    (1.0, 1.0)
    """
    _known(controls, attacked)
    found: dict[str, Measured] = {}
    for name in controls:
        if name == "rank":
            rank = rank_of(R)
            values = {"rank": float(rank), "n": float(len(R)), "algebra": float(rank == len(R))}
        elif attacked is not None and name not in NETWORK_FREE:
            values = dict(measured(*_attacked(name, attacked, classes, rng), classes, rng=rng, **options).values)
        else:
            parts = _unrelated(name, R, y, R_test, classes, rng)
            values = {**measured(*parts, classes, rng=rng, **options).values, "chance": 1.0 / classes}
            values["limit"] = chance_limit(len(y_test), classes)
        found[name] = Measured(values)
    return found


def _known(controls: Sequence[str], attacked: Attacked | None) -> None:
    known = NETWORK_FREE if attacked is None else CONTROLS
    unknown = [name for name in controls if name not in known]
    if unknown:
        raise ValueError(f"found control {unknown[0]!r}; one of {', '.join(known)} is needed")
    if "own label" in controls and attacked is not None and attacked.own is None:
        raise ValueError('the control "own label" needs own=, what the network says of inputs; leave one out')


_Parts = tuple[Array, Labels, Array, Labels]


def _attacked(name: str, attacked: Attacked, classes: int, rng: np.random.Generator) -> _Parts:
    """Noises made with other labels than the data's, training and test points, each with these labels."""
    X, X_test = attacked.X, attacked.X_test
    if name == "own label" and attacked.own is not None:
        told, told_test = attacked.own(X), attacked.own(X_test)
    else:
        told, told_test = rng.integers(0, classes, len(X)), rng.integers(0, classes, len(X_test))
    return attacked.attack(X, told), told, attacked.attack(X_test, told_test), told_test


def _unrelated(name: str, R: Array, y: Labels, R_test: Array, classes: int, rng: np.random.Generator) -> _Parts:
    """Vectors and labels that have nothing to do with each other."""
    if name == "gaussian":
        R, R_test = _gaussian(R, rng), _gaussian(R_test, rng)
    else:
        y = rng.permutation(y)
    return R, y, R_test, rng.integers(0, classes, len(R_test))


def _gaussian(R: Array, rng: np.random.Generator) -> Array:
    G = rng.standard_normal(R.shape)
    scaled: Array = G * (np.linalg.norm(R, axis=1) / np.linalg.norm(G, axis=1))[:, None]
    return scaled


def chance_limit(trials: int, classes: int, level: float = 1e-6) -> float:
    """The least share of hits that guessing uniform labels exceeds with probability at most `level`, exactly binomial.

    Examples
    --------
    >>> chance_limit(1000, 10)
    0.148
    """
    hits = bisect_left(range(trials + 1), True, key=lambda k: bool(bdtrc(k, trials, 1.0 / classes) <= level))
    return hits / trials


def rank_of(R: Array) -> int:
    """Rank of the vectors at norm √d; a direction below 10⁻⁶ of the largest is the rounding of single precision.

    Examples
    --------
    >>> rank_of(np.array([[1.0, 2.0], [1e-9, 2e-9], [0.0, 0.0]]))
    1
    """
    R = on_common_sphere(R)
    values = np.linalg.eigvalsh(R @ R.T if len(R) <= R.shape[1] else R.T @ R)
    return int(np.count_nonzero(values > 1e-12 * values[-1])) if values[-1] > 0.0 else 0


@dataclass(frozen=True)
class Paired:
    """Exact one-sided tests that the first of a pair exceeds the second.

    Attributes
    ----------
    wins, losses, ties : int
        Pairs whose first is larger, smaller, equal.
    difference : float
        Mean of first − second.
    p_value : float
        Of the sign test: the probability of so many wins among wins and losses if a win were at most as likely as a
        loss.
    p_permuted : float or None
        Of the permutation test: the share of all 2^n exchanges within pairs whose mean difference is as large; None of
        more than 20 pairs.
    level : float
        A p-value at most this decides.
    """

    wins: int
    losses: int
    ties: int
    difference: float
    p_value: float
    p_permuted: float | None
    level: float

    @property
    def decided(self) -> bool:
        """Whether the sign test says that the first exceeds the second."""
        return self.p_value <= self.level


def paired(first: Sequence[float], second: Sequence[float], *, level: float = 0.05) -> Paired:
    """Test whether the first of each pair of draws exceeds the second.

    Parameters
    ----------
    first, second : sequence of float
        One number of each seed.
    level : float

    Returns
    -------
    Paired

    Raises
    ------
    ValueError
        Sequences of different lengths, or too few pairs for the level: n wins of n have p = 2^-n.

    Examples
    --------
    >>> found = paired([1.0, 0.9, 1.0, 0.8, 1.0, 0.9], [0.5, 0.4, 0.6, 0.5, 0.5, 0.6])
    >>> found.wins, found.p_value, found.p_permuted, found.decided
    (6, 0.015625, 0.015625, True)
    """
    if len(first) != len(second):
        raise ValueError(f"found {len(first)} and {len(second)} numbers; pairs are needed")
    if not all(math.isfinite(x) for x in (*first, *second)):
        raise ValueError("found a number that is not finite; pairs of finite numbers are needed")
    needed = math.ceil(-math.log2(level))
    if len(first) < needed:
        raise ValueError(
            f"found {len(first)} pairs; at level {level:g} at least {needed} are needed, as n wins have 2^-n"
        )
    values = np.array([first, second], dtype=np.float64)
    integers, _ = dyadic_integers(*decompose(values))
    gaps = [a - b for a, b in zip(integers[: len(first)], integers[len(first) :], strict=True)]
    wins, losses = sum(g > 0 for g in gaps), sum(g < 0 for g in gaps)
    p_value = sum(math.comb(wins + losses, k) for k in range(wins, wins + losses + 1)) / 2 ** (wins + losses)
    difference = float(np.mean(values[0] - values[1]))
    return Paired(wins, losses, len(gaps) - wins - losses, difference, p_value, _permuted(gaps), level)


def _permuted(gaps: list[int]) -> float | None:
    if len(gaps) > _FLIPPED:
        return None
    sums = [0]
    for gap in gaps:
        sums = [total + signed for total in sums for signed in (gap, -gap)]
    observed = sum(gaps)
    return sum(total >= observed for total in sums) / len(sums)
