"""Where the paper's models are drawn: places by width, input dimension and samples."""

from __future__ import annotations

from collections.abc import Sequence

from ..sweep.data import Dataset
from ..sweep.grid import NO_DATA, Grid, Place
from .data import SPHERE

__all__ = ["network_grid", "place"]


def place(m: int, d: int, n: int, data: str = NO_DATA) -> Place:
    """A place at width m and input dimension d with n samples."""
    return Place({"m": m, "d": d, "n": n}, data)


def network_grid(
    widths: Sequence[int] = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096),
    dims: Sequence[int] = (16, 64, 256),
    samples: Sequence[int] = (100,),
    *,
    sphere: bool = True,
    datasets: Sequence[Dataset] = (),
) -> Grid:
    """A sweep over widths, input dimensions and samples of random points of the sphere, and over data sets.

    Parameters
    ----------
    widths, dims, samples : sequence of int
        The last two are those of random points; data sets bring their own.
    sphere : bool
        Whether random points of the sphere of radius √d are among the data.
    datasets : sequence of Dataset

    Examples
    --------
    >>> [place.cell for place in network_grid((16, 32), (8,), (10,)).places()]
    [{'m': 16, 'd': 8, 'n': 10}, {'m': 32, 'd': 8, 'n': 10}]
    """
    sizes = {"m": tuple(widths), "d": tuple(dims), "n": tuple(samples)}
    return Grid(sizes, SPHERE, tuple(datasets), on_inputs=sphere)
