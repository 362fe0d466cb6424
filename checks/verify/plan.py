"""All the work a set of statements needs on a grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...theory.language.models import Cell, Model
from ...theory.language.statements import Claim, Statement
from ..deciders.pathwise import is_pathwise
from ..deciders.probability import telling_cells
from ..deciders.question import DrawSummary, Question
from ..deciders.stats import ALPHA
from ..sweep.draws import DrawTask, trials_for
from ..sweep.engine import engine
from ..sweep.grid import Grid, Place
from ..sweep.processes import Task
from ..sweep.seeds import draw_label
from .tasks import AdmittedTask, CornerTask, DomainTask, SupportTask

__all__ = ["Plan"]

_Table = dict[tuple[str, str], tuple[tuple[Mapping[str, int], DrawSummary], ...]]

_SAMPLED_KINDS = ("probability", "law", "rate")


@dataclass(frozen=True)
class _Asked:
    """A question with the name its work is stored under."""

    name: str
    question: Question
    existential: bool


@dataclass(frozen=True)
class Plan:
    """All the work a set of statements needs on a grid.

    Attributes
    ----------
    statements : tuple of Statement
    draws : tuple of (Place, DrawTask)
    first, second : tuple of tasks
        `second` holds the cell tasks of links that `first` may settle without them.
    """

    statements: tuple[Statement, ...]
    asked: tuple[_Asked, ...]
    draws: tuple[tuple[Place, DrawTask], ...]
    extra: tuple[Task, ...]

    @property
    def seconds(self) -> float:
        """Rough time on one core."""
        cells = sum(0.3 * len(a.question.cells) for a in self.asked if a.question.link.kind == "probability")
        return sum(t.seconds for _, t in self.draws) + 2.0 * len(self.asked) + cells

    @property
    def trials(self) -> int:
        return sum(t.trials for _, t in self.draws)

    @property
    def cells(self) -> int:
        return len(self.draws) + sum(len(a.question.cells) for a in self.asked)


def plan(statements: Iterable[Statement], grid: Grid, *, trials: int, seed: int) -> Plan:
    """Lay out questions, draws and constants' tables for `statements` on `grid`."""
    chosen = tuple(s for s in statements if s.form != "definition")
    asked: list[_Asked] = []
    extra: list[Task] = []
    for s in chosen:
        at = [tuple(grid.cells(s, _places([rv.model for rv in link.rvs], grid))) for link in s.links]
        alpha = ALPHA / max(1, sum(len(cells) for cells in at))
        label = f"{s.key}/{s.form}"
        index = 0
        for claim in s.claims:
            for link in claim.links:
                question = Question(s, claim, link, at[index], alpha, seed)
                if link.kind == "probability" and not claim.exists:
                    question = replace(question, cells=telling_cells(question))
                asked.append(_Asked(f"{label}/{index}", question, bool(claim.exists)))
                if claim.exists:
                    extra.append(CornerTask(f"{label}/{index}/corner", question))
                    extra += [SupportTask(f"{label}/{index}/supported/{i.by}", i, question) for i in s.implied_by]
                index += 1
        for implication in s.implied_by:
            extra.append(AdmittedTask(f"{label}/admitted/{implication.by}", implication))
            for i, step in enumerate(implication.steps):
                bare = replace(s, points=({},), claims=(Claim((step,)),), implied_by=())
                question = Question(bare, bare.claims[0], step, (), alpha, seed)
                extra.append(DomainTask(f"{label}/implication/{implication.by}/{i}", question))
    return Plan(chosen, tuple(asked), _draws(chosen, grid, trials, seed), tuple(extra))


def _places(models: Iterable[Model], grid: Grid) -> tuple[Place, ...]:
    """Where draws of these models are made: at places of the first one that names its own, or all over the sweep."""
    for model in models:
        found = engine(model)
        if found is not None and found.places is not None:
            return found.places(grid)
    return grid.places()


def _draws(statements: tuple[Statement, ...], grid: Grid, trials: int, seed: int) -> tuple[tuple[Place, DrawTask], ...]:
    """One draw task per model and place; models that only appear in settled moments are drawn for their figures."""
    tasks: dict[str, tuple[Place, DrawTask]] = {}
    models = {
        rv.model.name: rv.model
        for s in statements
        for link in s.links
        if (link.kind in _SAMPLED_KINDS or is_pathwise(link)) and not s.grid
        for rv in link.rvs
    }
    for name in sorted(models):
        found = engine(models[name])
        if found is None or not found.measures:
            continue
        for place in _places((models[name],), grid):
            cell = {k: v for k, v in place.cell.items() if k in models[name].params}
            count = trials_for(found, place.cell, max(1, round(trials * found.draws_per_trial)))
            data = place.data if found.on_data else "-"
            label = draw_label(name, data, cell)
            if label not in tasks:
                block = grid.dataset(place, seed) if found.on_data else None
                tasks[label] = (place, DrawTask(label, name, found, cell, block, count, seed))
    return tuple(tasks.values())


def _statement_label(name: str) -> str:
    return name.rsplit("/", 1)[0]


def _cell_label(cell: Cell) -> str:
    return ",".join(f"{k}={v}" for k, v in cell.items())
