"""What is measured of noises, and of inputs beside them, in numbers that do not all lie on the line 1.

A linear model is fitted to 1, 2, 5, … vectors of each class and asked about test vectors, beside the mean of each
class, which fits nothing, and the theory's own witness. Of all training vectors: the steps that the linear model needs,
whether they are separable, and certified bounds of their margin. All vectors enter at norm √d, so that a margin is an
angle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .margins import MARGIN_ROWS, one_against_rest
from .probes import STEPS, accuracy, fit, gap, on_common_sphere, separates_exactly

__all__ = ["COUNTS", "Measured", "class_means", "measured", "quantities"]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

COUNTS = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, eq=False)
class Measured:
    """Numbers by name, those of `quantities`.

    Attributes
    ----------
    values : mapping of str to float
        Dimensionless.
    """

    values: Mapping[str, float]


def quantities(
    n: int, counts: Sequence[int] = COUNTS, *, witness: bool = False, exact: bool = True, bounded: int | None = None
) -> tuple[str, ...]:
    """The names that `measured` gives numbers of n training vectors, in their order."""
    curves = [f"{kind}_{count}" for kind in ("test", "mean") for count in counts]
    fixed = ["witness_train", "witness"] if witness else []
    margins = ["margin_low", "margin_high"] if 0 < _bounded(n, bounded) <= MARGIN_ROWS else []
    proved = ["exact", *margins] if exact else []
    return ("train", "test", "mean", "steps", "gap", *curves, *fixed, *proved)


def _bounded(n: int, bounded: int | None) -> int:
    return n if bounded is None else min(n, bounded)


def measured(
    R: Array,
    y: Labels,
    R_test: Array,
    y_test: Labels,
    classes: int,
    *,
    rng: np.random.Generator,
    witness: Array | None = None,
    counts: Sequence[int] = COUNTS,
    exact: bool = True,
    bounded: int | None = None,
) -> Measured:
    """Measure training and test vectors with their classes.

    Parameters
    ----------
    R, R_test : ndarray of float64, shapes (n, d) and (N, d)
        Noises, or inputs.
    y, y_test : ndarray of int64, shapes (n,) and (N,)
        Classes from 0 to `classes` − 1.
    classes : int
    rng : numpy.random.Generator
        Chooses which vectors of each class are seen first.
    witness : ndarray of float64, shape (K, d), optional
        The theory's v_1, …, v_K.
    counts : sequence of int
        Vectors of each class that a linear model sees; a class with fewer gives all it has.
    exact : bool
        Decide separability in exact arithmetic and bound margins.
    bounded : int, optional
        Of how many training vectors, as many of each class, margins are bounded; all unless given, and 0 for none.

    Returns
    -------
    Measured
        ``train``, ``test``: accuracies of the linear model of all training vectors; ``steps``: after how many L-BFGS
        steps it first had every training vector right, at most STEPS; ``gap``: by what sine it has the worst of them
        right (`probes.gap`); ``test_c``: accuracy on test vectors when it has seen c of each class; ``mean_c``,
        ``mean``: that of v_k = mean of class k; ``witness_train``, ``witness``: of the witness; ``exact``: 1 where the
        training vectors are proved separable; ``margin_low``, ``margin_high``: certified bounds of the least over k of
        max_v min_i ±⟨v, r_i⟩/(‖v‖ √d), class k against the rest, of `bounded`, which are at most MARGIN_ROWS vectors.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(30) % 3
    >>> R = np.eye(3)[y] + 0.1 * rng.standard_normal((30, 3))
    >>> values = measured(R[:15], y[:15], R[15:], y[15:], 3, rng=rng, counts=(1,)).values
    >>> values["mean_1"], values["exact"], values["margin_low"] > 0.4
    (1.0, 1.0, True)
    """
    R, R_test = on_common_sphere(R), on_common_sphere(R_test)
    order = _ranks(y, classes, rng)
    found = fit(R, y, classes)
    train = accuracy(found.V, R, y)
    values = {
        "train": train,
        "test": accuracy(found.V, R_test, y_test),
        "mean": accuracy(class_means(R, y, classes), R_test, y_test),
        "steps": float(STEPS if found.steps is None else found.steps),
        "gap": gap(found.V, R, y),
    }
    for count in counts:
        seen = order < count
        values[f"test_{count}"] = accuracy(fit(R[seen], y[seen], classes).V, R_test, y_test)
        values[f"mean_{count}"] = accuracy(class_means(R[seen], y[seen], classes), R_test, y_test)
    if witness is not None:
        values |= {"witness_train": accuracy(witness, R, y), "witness": accuracy(witness, R_test, y_test)}
    if exact:
        values["exact"] = float(train == 1.0 and separates_exactly(found.V, R, y))
        chosen = np.sort(np.argsort(order, kind="stable")[: _bounded(len(R), bounded)])
        if 0 < len(chosen) <= MARGIN_ROWS:
            # A stream of its own: what is measured besides does not depend on it.
            bounds = one_against_rest(R[chosen], y[chosen], classes, rng=rng.spawn(1)[0])
            values["margin_low"] = min(bound.low for bound in bounds)
            values["margin_high"] = min(bound.high for bound in bounds)
            if len(chosen) == len(R):
                # v_1, …, v_K of which each tells its class from the rest separate.
                values["exact"] = float(values["exact"] == 1.0 or values["margin_low"] > 0.0)
    names = quantities(len(R), counts, witness=witness is not None, exact=exact, bounded=bounded)
    return Measured({name: values[name] for name in names})


def _ranks(y: Labels, classes: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The place of every vector within its class, in a random order."""
    ranks = np.empty(len(y), dtype=np.int64)
    shuffled = rng.permutation(len(y))
    for k in range(classes):
        own = shuffled[y[shuffled] == k]
        ranks[own] = np.arange(len(own))
    return ranks


def class_means(R: Array, y: Labels, classes: int) -> Array:
    """The mean vector of each class, (K, d), and 0 for a class without one.

    Examples
    --------
    >>> import numpy as np
    >>> class_means(np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]]), np.array([0, 0, 1]), 2).tolist()
    [[2.0, 0.0], [0.0, 5.0]]
    """
    members = (y == np.arange(classes)[:, None]).astype(np.float64)
    found: Array = members @ R / np.maximum(members.sum(axis=1, keepdims=True), 1.0)
    return found
