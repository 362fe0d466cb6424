"""Adversarial noises that a user made with any framework: the experiments' measurements, controls and a verdict.

A file holds noises R and the classes y that their attack was given, and may hold the inputs X they were made at and the
same of test points. Nothing of the network is needed. `examples/torch_noises.py` writes such a file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.validate import generator
from ...deciders.stats import ALPHA, clopper_pearson
from ...separability.certificate import Certificate, separate
from ...sweep.data import read_arrays
from ...verdict import Verdict
from .controls import controlled
from .measures import COUNTS, measured
from .probes import gap, on_common_sphere

__all__ = ["Noises", "examine", "read_noises"]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

_WANTED = "R (n, …) and y (n,), and if known X, R_test, y_test, X_test"
# Numbers n·d·(K − 1) up to which separability is decided both ways, with a certificate that can be rechecked.
CERTIFIED = 100_000
# Of unit vectors: a smaller gap can be the rounding of noises in single precision.
_ROUNDING = 1e-7


@dataclass(frozen=True, eq=False)
class Noises:
    """Noises with the classes that their attack was given.

    Attributes
    ----------
    name : str
        Of the file.
    R, R_test : ndarray of float64, shapes (n, d) and (N, d)
    y, y_test : ndarray of int64, shapes (n,) and (N,)
        Classes from 0 to K − 1.
    X, X_test : ndarray of float64, shapes (n, d') and (N, d'), or None
        The inputs that the noises were made at.
    held_out : bool
        Whether the test noises are a part of the file's R, held out here.
    """

    name: str
    R: Array
    y: Labels
    R_test: Array
    y_test: Labels
    X: Array | None = None
    X_test: Array | None = None
    held_out: bool = False

    @property
    def classes(self) -> int:
        """K."""
        return int(self.y.max()) + 1


def read_noises(path: str | Path, *, rng: np.random.Generator) -> Noises:
    """Read noises from an npz file; pickled objects are never loaded.

    Parameters
    ----------
    path : str or Path
        Holds ``R`` (n, …) and ``y`` (n,); ``X`` (n, …) if the inputs are known; ``R_test``, ``y_test`` and ``X_test``
        likewise. Pictures are read row by row into vectors.
    rng : numpy.random.Generator
        Chooses the quarter of the noises that is held out where there is no ``R_test``.

    Returns
    -------
    Noises

    Raises
    ------
    ValueError
        Where the file is missing, no npz, or lacks an array, or an array is pickled, empty, of a wrong shape, not real
        or not finite, or the classes are not 0, 1, 2, … in which there are at least two and none without a noise.
    """
    generator(rng)
    path = Path(path).expanduser()
    stored: dict[str, NDArray[Any]] = read_arrays(path, ("R", "y"), _WANTED)
    with np.load(path, allow_pickle=False) as archive:
        more = tuple(name for name in ("X", "R_test", "y_test", "X_test") if name in archive)
    stored |= read_arrays(path, more, _WANTED)
    for first, second in (("R_test", "y_test"), ("y_test", "R_test"), ("X_test", "R_test"), ("X_test", "X")):
        if first in stored and second not in stored:
            raise ValueError(f"{path.name} has {first} but no {second}; save both or neither")
    if "X" in stored and "R_test" in stored and "X_test" not in stored:
        raise ValueError(f"{path.name} has X and R_test but no X_test; save the inputs of all noises or of none")
    vectors = {name: _vectors(path, name, stored[name]) for name in stored if not name.startswith("y")}
    y = _classes(path, "y", stored["y"], len(vectors["R"]))
    counts = np.bincount(y)
    if len(counts) < 2:
        raise ValueError(f"{path.name}: y holds class 0 only; at least 2 classes are needed")
    if not counts.all():
        raise ValueError(
            f"{path.name}: y has classes up to {len(counts) - 1} but no noise of class {int(np.argmin(counts))}; "
            "number the classes from 0 without gaps"
        )
    for name, fits in (("X", "R"), ("X_test", "R_test")):
        if name in vectors and len(vectors[name]) != len(vectors[fits]):
            raise ValueError(
                f"{path.name}: {name} has {len(vectors[name])} rows, but {fits} has {len(vectors[fits])}; one input "
                "for each noise is needed"
            )
    for name, fits in (("R_test", "R"), ("X_test", "X")):
        if name in vectors and vectors[name].shape[1] != vectors[fits].shape[1]:
            raise ValueError(
                f"{path.name}: {name} has {vectors[name].shape[1]} numbers a row, but {fits} has "
                f"{vectors[fits].shape[1]}"
            )
    if "R_test" not in vectors:
        return _held_out(path, vectors["R"], y, vectors.get("X"), rng)
    y_test = _classes(path, "y_test", stored["y_test"], len(vectors["R_test"]))
    if y_test.max() >= len(counts):
        raise ValueError(
            f"{path.name}: y_test holds class {y_test.max()} at index {int(np.argmax(y_test))}, but y has classes 0 to "
            f"{len(counts) - 1}"
        )
    return Noises(path.name, vectors["R"], y, vectors["R_test"], y_test, vectors.get("X"), vectors.get("X_test"))


def _vectors(path: Path, name: str, stored: NDArray[Any]) -> Array:
    if stored.dtype.kind not in "biuf" or stored.ndim < 2 or not stored.size:
        raise ValueError(
            f"{path.name}: {name} holds {stored.dtype} of shape {stored.shape}; real numbers of shape (n, d) or "
            "(n, channels, height, width) are needed"
        )
    rows = np.ascontiguousarray(stored.reshape(len(stored), -1), dtype=np.float64)
    bad = np.argwhere(~np.isfinite(rows))
    if len(bad):
        i, j = map(int, bad[0])
        raise ValueError(f"{path.name}: {name} holds {rows[i, j]} in row {i}, number {j}; finite numbers are needed")
    if not rows.any():
        raise ValueError(f"{path.name}: {name} is 0 everywhere; noises and inputs need a direction")
    return rows


def _classes(path: Path, name: str, stored: NDArray[Any], n: int) -> Labels:
    if stored.ndim != 1 or len(stored) != n:
        raise ValueError(
            f"{path.name}: {name} has shape {stored.shape}, but there are {n} noises; one class for each is needed"
        )
    if stored.dtype.kind not in "biuf":
        raise ValueError(f"{path.name}: {name} holds {stored.dtype}; classes 0, 1, 2, … are needed")
    bad = np.flatnonzero(~((stored >= 0) & (stored < max(n, 2**20)) & (stored == np.floor(stored))))
    if bad.size:
        raise ValueError(f"{path.name}: {name} holds {stored[bad[0]]} at index {bad[0]}; classes 0, 1, 2, … are needed")
    return stored.astype(np.int64)


def _held_out(path: Path, R: Array, y: Labels, X: Array | None, rng: np.random.Generator) -> Noises:
    """A quarter of each class, rounded down, becomes test noises; one noise of each class stays."""
    order = rng.permutation(len(y))
    test = np.zeros(len(y), dtype=np.bool_)
    for k in range(int(y.max()) + 1):
        own = order[y[order] == k]
        test[own[: len(own) // 4]] = True
    if not test.any():
        raise ValueError(
            f"{path.name} has no R_test and at most {np.bincount(y).max()} noises of a class; save test noises, or at "
            "least 4 of one class, of which a quarter is held out"
        )
    X, X_test = (None, None) if X is None else (X[~test], X[test])
    return Noises(path.name, R[~test], y[~test], R[test], y[test], X, X_test, held_out=True)


def examine(noises: Noises, *, rng: np.random.Generator, counts: Sequence[int] = COUNTS) -> dict[str, Any]:
    """Measure noises, inputs and controls, and say whether the training noises are separable (Definition 1).

    Parameters
    ----------
    noises : Noises
    rng : numpy.random.Generator
    counts : sequence of int
        Noises of each class that a linear model sees, at least one number.

    Returns
    -------
    dict
        Ready for JSON: ``file``, sizes, ``zero`` (training noises that are 0 and thus classified wrong), ``verdict``
        and its ``sentence``, ``noises``, ``inputs`` (None where unknown) and ``controls`` by name, with the numbers of
        `measured`; ``certificate``, which `whp.checks.separability.recheck` accepts for the noises at norm √d, or None
        where the question is larger than CERTIFIED numbers.

    Notes
    -----
    "holds": a linear model classifies all training noises right, in exact arithmetic, and by more than single precision
    rounds. "refuted": a certificate that none does. Else "undetermined", with the reason. Lower limits in the sentence
    are exact at the error 10⁻⁶ each.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.kernels.multiclass import class_directions, sample_class_network
    >>> rng = np.random.default_rng(0)
    >>> W, A = sample_class_network(300, 20, 3, rng)
    >>> X, y = rng.standard_normal((200, 20)), rng.integers(0, 3, 200)
    >>> R = class_directions(W, A, X, y)
    >>> found = examine(Noises("mine", R[:150], y[:150], R[150:], y[150:]), rng=rng, counts=(1,))
    >>> found["verdict"], found["noises"]["exact"], found["controls"]["permuted labels"]["exact"]
    ('holds', 1.0, 0.0)
    """
    if not counts:
        raise ValueError("counts is empty; numbers of noises of each class such as (1, 10) are needed")
    K = noises.classes
    found = measured(noises.R, noises.y, noises.R_test, noises.y_test, K, rng=rng, counts=counts).values
    inputs = None
    if noises.X is not None and noises.X_test is not None:
        inputs = dict(measured(noises.X, noises.y, noises.X_test, noises.y_test, K, rng=rng, counts=counts).values)
    controls = controlled(noises.R, noises.y, noises.R_test, noises.y_test, K, rng=rng, counts=counts)
    R = on_common_sphere(noises.R)
    certificate = separate(R, noises.y) if R.size * (K - 1) <= CERTIFIED else None
    verdict, reason = _decided(found, certificate, R, noises.y)
    values = {name: dict(control.values) for name, control in controls.items()}
    return {
        "file": noises.name,
        "n": len(R),
        "test": len(noises.R_test),
        "held_out": noises.held_out,
        "d": R.shape[1],
        "classes": K,
        "zero": int(np.count_nonzero(~noises.R.any(axis=1))),
        "verdict": str(verdict),
        "sentence": f"{reason} {_transferred(noises, found, inputs, values, counts[0])}",
        "noises": dict(found),
        "inputs": inputs,
        "controls": values,
        "certificate": None if certificate is None or certificate.separable is None else certificate.document(),
    }


def _decided(found: Mapping[str, float], certificate: Certificate | None, R: Array, y: Labels) -> tuple[Verdict, str]:
    what = f"{len(R)} training noises"
    if certificate is not None and certificate.separable is False:
        return Verdict.REFUTED, f"The {what} are not linearly separable, with a certificate."
    sides = [found["gap"] if found["exact"] == 1.0 else 0.0, found.get("margin_low", 0.0)]
    if certificate is not None and certificate.witness is not None:
        w = certificate.witness
        sides.append(gap(np.stack([-w, w]) if w.ndim == 1 else w, R, y))
    if max(sides) > _ROUNDING:
        return Verdict.HOLDS, f"The {what} are linearly separable, in exact arithmetic, by a gap of {max(sides):.2g}."
    if found["exact"] == 1.0 or (certificate is not None and certificate.separable):
        return Verdict.UNDETERMINED, f"The {what} are linearly separable by less than single precision rounds."
    return (
        Verdict.UNDETERMINED,
        f"No linear model was found that classifies all {what} (one has {found['train']:.1%} right), and they are too "
        "many to prove that none does.",
    )


def _transferred(
    noises: Noises,
    found: Mapping[str, float],
    inputs: Mapping[str, float] | None,
    controls: Mapping[str, Mapping[str, float]],
    few: int,
) -> str:
    N, rank, chance = len(noises.y_test), controls["rank"], controls["permuted labels"]
    if rank["algebra"]:
        algebra = "Their rank is their number: with any other classes they would be separable too."
    elif chance["exact"] == 1.0:
        algebra = f"Their rank is {rank['rank']:.0f}, and with permuted classes they are separable too."
    else:
        algebra = f"Their rank is {rank['rank']:.0f}; with permuted classes {chance['train']:.1%} are classified."
    beside = "" if inputs is None else f", of the inputs themselves {inputs['test']:.1%}"
    return (
        f"{algebra} Of {N} test noises the linear model of all classifies {_hits(found['test'], N)}{beside}, and the "
        f"mean of {few} of each class {_hits(found[f'mean_{few}'], N)}; after permuted classes {chance['test']:.1%}, "
        f"where guessing has at most {chance['limit']:.1%}."
    )


def _hits(share: float, trials: int) -> str:
    """A share with its exact lower limit, rounded down."""
    low = clopper_pearson(round(share * trials), trials, 2 * ALPHA)[0]
    return f"{share:.1%} (at least {math.floor(1000 * low) / 10}%)"
