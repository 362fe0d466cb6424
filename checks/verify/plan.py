"""All the work a set of statements needs on a grid: each question owns its tasks, each model its draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...theory.language.cells import Cell
from ...theory.language.models import Model
from ...theory.language.statements import Claim, Implication, Link, Statement
from ..deciders.pathwise import is_pathwise
from ..deciders.probability import telling_cells
from ..deciders.question import Question
from ..deciders.stats import ALPHA
from ..sweep.draws import DrawTask, trials_for
from ..sweep.engine import Engines
from ..sweep.grid import NO_DATA, Grid, Place
from ..sweep.seeds import draw_label
from .tasks import AdmittedTask, CellTask, CornerTask, DomainTask, SupportTask

__all__ = ["SAMPLED_KINDS", "Asked", "Drawing", "Implied", "Inquiry", "Plan", "plan"]

SAMPLED_KINDS = ("probability", "law", "rate")
# Rough seconds on one core of a question and of one of its cells, beside its draws.
_QUESTION_SECONDS, _CELL_SECONDS = 2.0, 0.3


@dataclass(frozen=True, eq=False)
class Asked:
    """One question and the work it needs.

    Attributes
    ----------
    question : Question
    domain : DomainTask or None
        None for a claim with unnamed constants.
    cells : tuple of CellTask
        What is asked where the domain task settles nothing.
    corner : CornerTask or None
        For a claim with unnamed constants.
    supported : tuple of SupportTask
        For such a claim, one for each implication of its statement.
    """

    question: Question
    domain: DomainTask | None = None
    cells: tuple[CellTask, ...] = ()
    corner: CornerTask | None = None
    supported: tuple[SupportTask, ...] = ()


@dataclass(frozen=True, eq=False)
class Implied:
    """An implication of a statement and the work it needs."""

    implication: Implication
    admitted: AdmittedTask
    steps: tuple[DomainTask, ...]


@dataclass(frozen=True, eq=False)
class Inquiry:
    """A statement with its questions in the order of its links, and with its implications."""

    statement: Statement
    asked: tuple[Asked, ...]
    implied: tuple[Implied, ...]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Draws of a model at a place."""

    model: Model
    place: Place
    task: DrawTask


@dataclass(frozen=True)
class Plan:
    """All the work a set of statements needs on a grid.

    Attributes
    ----------
    inquiries : tuple of Inquiry
    drawings : tuple of Drawing
    """

    inquiries: tuple[Inquiry, ...]
    drawings: tuple[Drawing, ...]

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All questions."""
        return tuple(a for inquiry in self.inquiries for a in inquiry.asked)

    @property
    def seconds(self) -> float:
        """Rough time on one core."""
        cells = sum(_CELL_SECONDS * len(a.question.cells) for a in self.asked if a.question.link.kind == "probability")
        return sum(d.task.seconds for d in self.drawings) + _QUESTION_SECONDS * len(self.asked) + cells

    @property
    def trials(self) -> int:
        return sum(d.task.trials for d in self.drawings)

    @property
    def cells(self) -> int:
        return len(self.drawings) + sum(len(a.question.cells) for a in self.asked)


def plan(statements: Iterable[Statement], grid: Grid, engines: Engines, *, trials: int, seed: int) -> Plan:
    """Lay out questions, draws and constants' tables for `statements` on `grid`."""
    chosen = tuple(s for s in statements if s.form != "definition")
    inquiries = tuple(_inquiry(s, grid, engines, seed) for s in chosen)
    return Plan(inquiries, _drawings(chosen, grid, engines, trials, seed))


def _inquiry(s: Statement, grid: Grid, engines: Engines, seed: int) -> Inquiry:
    own, sweep = engines.of(s.models), grid.covering(s.parameters)
    at = {id(link): _cells(s, link, sweep, engines) for link in s.links}
    alpha = ALPHA / max(1, sum(len(at[id(link)]) for link in s.links))
    asked: list[Asked] = []
    for claim in s.claims:
        for link in claim.links:
            question = Question(s, claim, link, at[id(link)], alpha, seed, own)
            if link.kind == "probability" and not claim.exists:
                question = replace(question, cells=telling_cells(question))
            asked.append(_asked(f"{s.key}/{s.form}/{len(asked)}", question))
    return Inquiry(s, tuple(asked), tuple(_implied(s, i, alpha, seed, own) for i in s.implied_by))


def _cells(s: Statement, link: Link, sweep: Grid, engines: Engines) -> tuple[Cell, ...]:
    """The cells at which a link is asked; none for one with a parameter that has no values."""
    if s.unlisted(link) and link.kind in SAMPLED_KINDS:
        return ()
    return tuple(sweep.cells(s, _places([rv.model for rv in link.rvs], sweep, engines)))


def _asked(name: str, question: Question) -> Asked:
    if question.claim.exists:
        supported = [SupportTask(f"{name}/supported/{i.by}", i, question) for i in question.statement.implied_by]
        return Asked(question, corner=CornerTask(f"{name}/corner", question), supported=tuple(supported))
    cells: list[CellTask] = []
    if question.link.kind == "probability":
        cells = [CellTask(f"{name}/{_cell_label(cell)}", question, cell) for cell in question.cells]
    return Asked(question, DomainTask(name, question), tuple(cells))


def _implied(s: Statement, implication: Implication, alpha: float, seed: int, engines: Engines) -> Implied:
    name = f"{s.key}/{s.form}"
    steps = []
    for i, step in enumerate(implication.steps):
        question = _step(s, step, alpha, seed, engines)
        steps.append(DomainTask(f"{name}/implication/{implication.by}/{i}", question))
    return Implied(implication, AdmittedTask(f"{name}/admitted/{implication.by}", implication), tuple(steps))


def _step(s: Statement, step: Link, alpha: float, seed: int, engines: Engines) -> Question:
    """A step of an implication as a question of its own, under the hypotheses of the statement."""
    bare = replace(s, points=({},), claims=(Claim((step,)),), implied_by=())
    return Question(bare, bare.claims[0], step, (), alpha, seed, engines)


def _cell_label(cell: Cell) -> str:
    return ",".join(f"{k}={v}" for k, v in cell.items())


def _places(models: Iterable[Model], grid: Grid, engines: Engines) -> tuple[Place, ...]:
    """Where draws of these models are made: at places of the first one that names its own, or all over the sweep."""
    for model in models:
        engine = engines.get(model)
        if engine is not None and engine.places is not None:
            return engine.places(grid)
    return grid.places()


def _sweep(s: Statement, model: Model, grid: Grid) -> Grid:
    """The sweep on which a statement's model is drawn: the statement's own, with as few samples as there are."""
    sweep = grid.covering(s.parameters)
    missing = {size.name: (int(size.low),) for size in model.sizes if size.name not in sweep.sizes}
    fixed = {axis for data in grid.datasets for axis in data.axes}
    missing = {name: values for name, values in missing.items() if name not in fixed}
    return replace(sweep, sizes={**sweep.sizes, **missing}) if missing else sweep


def _drawings(
    statements: tuple[Statement, ...], grid: Grid, engines: Engines, trials: int, seed: int
) -> tuple[Drawing, ...]:
    """Draws of each model at each place; models that only appear in settled moments are drawn for their figures."""
    found: dict[str, Drawing] = {}
    models = dict.fromkeys(
        rv.model
        for s in statements
        for link in s.links
        if (link.kind in SAMPLED_KINDS or is_pathwise(link)) and not s.grid
        for rv in link.rvs
    )
    for model in sorted(models, key=lambda model: (model.name, model.paper)):
        engine = engines.get(model)
        if engine is None or not engine.measures:
            continue
        asking = [s for s in statements if model in s.models]
        sweeps = {tuple(sweep.sizes.items()): sweep for s in asking for sweep in [_sweep(s, model, grid)]}
        for place in (place for sweep in sweeps.values() for place in _places((model,), sweep, engines)):
            cell = {k: v for k, v in place.sizes.items() if k in model.names}
            if not all(size.admits(cell[size.name]) for size in model.sizes if size.name in cell):
                continue
            count = trials_for(engine, place.cell, max(1, round(trials * engine.draws_per_trial)))
            data = place.data if engine.on_data else NO_DATA
            label = draw_label(model.name, data, cell)
            name = f"{model.paper}/{label}"
            known = found.get(name)
            if known is None:
                samples = None if model.samples is None else place.cell.get(model.samples.name)
                block = grid.dataset(place, seed) if engine.on_data else None
                found[name] = Drawing(model, place, DrawTask(name, label, engine, cell, block, count, seed, samples))
            elif known.model != model:
                raise ValueError(
                    f"two different models are called {model.name!r}; give one of them another name, since what is "
                    "stored and drawn goes by it"
                )
    return tuple(found.values())
