"""Figures that only zhang2023 has, and what its margin's law adds to those of any paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from ....theory.zhang2023.models.trained import TRAINED
from ....theory.zhang2023.printed.figures import MODELS
from ...paper import Drawing
from ...sweep.grid import Grid
from ...verdict import Result
from .guides import guides

if TYPE_CHECKING:
    from ...figures.picture import Picture

__all__ = ["drawings", "guides"]

# The statements beyond the paper whose check runs a study, and its section.
_BEYOND = {
    "S17": "sign-noise",
    "S18.trained": "rank",
    "S19": "transfer",
    "S20": "multiclass",
    "S21": "depth",
}


def drawings(results: Sequence[Result], grid: Grid, trials: int, seed: int) -> tuple[Drawing, ...]:
    """The figures of Section 3.2, where trained networks were drawn, of S17-S21, and of the paper's own figures.

    Parameters
    ----------
    results : sequence of Result
    grid : Grid
        Its widths are those at which networks are trained.
    trials, seed : int

    Returns
    -------
    tuple of Drawing
    """
    found: list[Drawing] = []
    if any(TRAINED in result.statement.models for result in results):
        found.append(Drawing("trained networks", partial(_studies, grid.sizes.get("m", ()), trials, seed)))
    for result in results:
        section = _BEYOND.get(result.statement.key)
        if section is not None:
            found.append(Drawing(f"beyond {section}", partial(_beyond, section, trials, seed)))
    run = frozenset(MODELS.values())
    for result in results:
        if run & frozenset(result.statement.models):
            key = result.statement.key
            found.append(Drawing(key, partial(_experiment, result, seed), frozenset({key})))
    return tuple(found)


def _studies(widths: Sequence[int], trials: int, seed: int) -> Iterator[tuple[str, Picture, str]]:
    # matplotlib and the studies load when they are drawn: the command line stays light
    from .trained import ntk_figures

    for name, (picture, words) in ntk_figures(widths, trials=trials, seed=seed).items():
        yield name, picture, words


def _beyond(section: str, trials: int, seed: int) -> Iterator[tuple[str, Picture, str]]:
    # matplotlib and the studies load when they are drawn: the command line stays light
    from .beyond import beyond_figures

    for name, (picture, words) in beyond_figures((section,), trials=trials, seed=seed).items():
        yield name, picture, words


def _experiment(result: Result, seed: int) -> Iterator[tuple[str, Picture, str]]:
    # matplotlib loads when it is drawn: the command line stays light
    from ...figures.names import figure_name
    from .experiments import experiment_caption, experiment_picture

    drawn = experiment_picture(result, seed=seed)
    if drawn is not None:
        words = experiment_caption(result, seed=seed, version=version("whp"))
        yield figure_name(result.statement), drawn, words
