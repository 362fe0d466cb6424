"""All the work a set of statements needs on a grid: each question owns its tasks, each model its draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...theory.language.cells import Cell
from ...theory.language.heads import Tunable
from ...theory.language.models import Model
from ...theory.language.parameters import Parameter
from ...theory.language.statements import Claim, Implication, Link, Statement
from ...theory.language.variables import Space
from ..deciders import moment
from ..deciders.interval import tried_points
from ..deciders.pathwise import is_pathwise
from ..deciders.probability import telling_cells
from ..deciders.question import Question
from ..deciders.smallest import largest_small
from ..deciders.stats import ALPHA
from ..sweep.draws import FIRST, DrawTask, Looks, affordable, looks_for
from ..sweep.engine import Engines
from ..sweep.grid import NO_DATA, Grid, Place
from ..sweep.processes import Task
from ..sweep.seeds import draw_label
from .tasks import AdmittedTask, CellTask, CornerTask, DomainTask, NamedTask, SmallTask, SupportTask

__all__ = ["SAMPLED_KINDS", "Asked", "Drawing", "Implied", "Inquiry", "Plan", "base_of", "by_looks", "name_of", "plan"]

SAMPLED_KINDS = ("probability", "law", "rate")
# Draws that every cell gets at once for links that are not decided by looks, unless more is asked for: then a share.
_AT_ONCE, _SHARE = 1000, 20
# Small sizes at which a link is drawn: as many as a first look at all of them costs so many multiply-adds at most.
_LARGEST, _MULTIPLY_ADDS = 64, 2e9
# Simple values of open real parameters at which a link that no law decides is drawn.
_SIMPLE = 4


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
    small : SmallTask or None
        What is asked of small sizes where the domain task settles nothing.
    named : tuple of NamedTask
        For a claim with unnamed constants, one for each implication of its statement.
    """

    question: Question
    domain: DomainTask | None = None
    cells: tuple[CellTask, ...] = ()
    corner: CornerTask | None = None
    supported: tuple[SupportTask, ...] = ()
    small: SmallTask | None = None
    named: tuple[NamedTask, ...] = ()

    @property
    def later(self) -> tuple[CellTask | SmallTask, ...]:
        """The work that is left where the domain task settles nothing."""
        return self.cells if self.small is None else (*self.cells, self.small)


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
    """Draws of a model at a place, piece by piece.

    Attributes
    ----------
    model : Model
    place : Place
    pieces : tuple of DrawTask
        One for each look, of one stream.
    base : int
        The pieces that make up a fixed number of draws.
    fixed : bool
        Whether some link wants that number.
    shown : bool
        Whether tables and figures show it: the small sizes beside a sweep are asked and not shown.
    """

    model: Model
    place: Place
    pieces: tuple[DrawTask, ...]
    base: int
    fixed: bool
    shown: bool = True

    @property
    def task(self) -> DrawTask:
        """The first piece."""
        return self.pieces[0]

    @property
    def at_once(self) -> tuple[DrawTask, ...]:
        """The pieces that are drawn before anything is judged."""
        return self.pieces[: self.base if self.fixed else 1]


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
    def early(self) -> tuple[Task[Any], ...]:
        """The work that is done whatever is found."""
        found: list[Task[Any]] = []
        for inquiry in self.inquiries:
            for a in inquiry.asked:
                found += [task for task in (a.domain, a.corner, *a.supported, *a.named) if task is not None]
            for implied in inquiry.implied:
                found += [implied.admitted, *implied.steps]
        return (*found, *(piece for drawing in self.drawings for piece in drawing.at_once))

    @property
    def seconds(self) -> float:
        """Rough time on one core: what is done in any case, and all cells of what no proof may settle."""
        later = (task for a in self.asked for task in a.later)
        return sum(task.seconds for task in self.early) + sum(task.seconds for task in later)

    @property
    def trials(self) -> int:
        """The draws made before anything is judged."""
        return sum(piece.trials for drawing in self.drawings for piece in drawing.at_once)

    @property
    def cells(self) -> int:
        return len(self.drawings) + sum(len(a.question.cells) for a in self.asked)


def _sampled(link: Link) -> bool:
    """Whether limits of draws say something of a link: of moments only where they have no closed form."""
    return link.kind in SAMPLED_KINDS or (link.kind == "moment" and moment.drawn(link))


def base_of(trials: int) -> int:
    """The fixed number of draws where a cell may take `trials`: all up to 1000, more only as a twentieth of them.

    Examples
    --------
    >>> base_of(50), base_of(20_000), base_of(100_000)
    (50, 1000, 5000)
    """
    return min(trials, max(_AT_ONCE, trials // _SHARE))


def by_looks(claim: Claim, link: Link) -> bool:
    """Whether draws are judged as they come, until they decide: P of an event, or a moment without a closed form,
    against a bound all of whose constants are named.
    """
    judged = link.kind == "probability" or (link.kind == "moment" and moment.drawn(link))
    return judged and not claim.exists and link.relation != "~"


def plan(
    statements: Iterable[Statement],
    grid: Grid,
    engines: Engines,
    *,
    trials: int,
    seed: int,
    base: int | None = None,
    small: int | None = None,
) -> Plan:
    """Lay out questions, draws and constants' tables for `statements` on `grid`.

    Parameters
    ----------
    statements : iterable of Statement
    grid : Grid
    engines : Engines
    trials : int
        The most draws a cell may take.
    seed : int
    base : int, optional
        The draws of a cell for links that are decided from a fixed number; default `base_of`.
    small : int, optional
        The largest of the small sizes that are asked by exact laws; default as many as there are.
    """
    chosen = tuple(s for s in statements if s.form != "definition")
    inquiries = tuple(_inquiry(s, grid, engines, seed, small) for s in chosen)
    return Plan(inquiries, _drawings(chosen, grid, engines, trials, base or base_of(trials), seed, small))


def _inquiry(s: Statement, grid: Grid, engines: Engines, seed: int, small: int | None) -> Inquiry:
    own, sweep = engines.of(s.models), grid.covering(s.parameters)
    questions: list[Question] = []
    for claim in s.claims:
        for link in claim.links:
            cells = _cells(s, link, sweep, engines)
            near = _near(s, claim, link, sweep, engines, small)
            if near is not None:
                known = {tuple(sorted(cell.items())) for cell in cells}
                at = near.cells(s, near.places())
                cells = (*(cell for cell in at if tuple(sorted(cell.items())) not in known), *cells)
            question = Question(s, claim, link, cells, ALPHA, seed, own)
            if link.kind == "probability" and not claim.exists:
                question = replace(question, cells=telling_cells(question))
            questions.append(question)
    # Half of the error budget is for the listed cells, the other half for cells that are searched.
    alpha = ALPHA / 2 / max(1, sum(len(q.cells) for q in questions if _sampled(q.link)))
    name = name_of(s)
    asked = tuple(_asked(f"{name}/{i}", replace(q, alpha=alpha), small) for i, q in enumerate(questions))
    return Inquiry(s, asked, tuple(_implied(s, i, alpha, seed, own) for i in s.implied_by))


def name_of(s: Statement) -> str:
    """What the store calls a statement: two papers may have one key."""
    return f"{s.source.cite}/{s.key}/{s.form}"


def _cells(s: Statement, link: Link, sweep: Grid, engines: Engines) -> tuple[Cell, ...]:
    """The cells at which a link is asked; none for one with a parameter that has no values and that laws decide.

    One that needs draws is asked at simple values of its real parameters, where it can be refuted.
    """
    if s.unlisted(link) and link.kind in SAMPLED_KINDS:
        reals = tuple(p for p in s.parameters if p.name in s.unlisted(link) and p.role == "real")
        if link.kind != "probability" or len(reals) != len(s.unlisted(link)) or _lawful(link):
            return ()
        simple = tried_points(reals)[:_SIMPLE]
        s = replace(s, points=tuple({**point, **tried} for point in s.points for tried in simple))
    return tuple(sweep.cells(s, _places([rv.model for rv in link.rvs], sweep, engines)))


def _lawful(link: Link) -> bool:
    return all(rv.law is not None for rv in link.rvs)


def _near(s: Statement, claim: Claim, link: Link, sweep: Grid, engines: Engines, small: int | None) -> Grid | None:
    """The small sizes, or the statement's own, at which a link is drawn too that no law decides.

    None for a link that is not decided by looks, for models that are drawn on data or at places of their own, and where
    the first look at so many cells would be costly.
    """
    if not by_looks(claim, link) or s.unlisted(link) or all(rv.law is not None for rv in link.rvs):
        return None
    used = [engines.get(rv.model) for rv in link.rvs]
    if not used or any(e is None or not e.measures or e.places is not None or e.on_data for e in used):
        return None
    if s.grid:
        return Grid({name: s.grid.get(name, (least,)) for name, least in s.least.items()})
    for most in range(min(small or _LARGEST, largest_small(s)), 0, -1):
        sizes = {
            name: sweep.sizes.get(name, (least,))[:1] if name in s.counts else tuple(range(least, max(least, most) + 1))
            for name, least in s.least.items()
        }
        near = Grid(sizes)
        cells = [place.cell for place in near.places()]
        if sum(e.cost(cell) for e in used if e is not None for cell in cells) * FIRST < _MULTIPLY_ADDS:
            return near
    return None


def _asked(name: str, question: Question, largest: int | None) -> Asked:
    if question.claim.exists:
        supported = [SupportTask(f"{name}/supported/{i.by}", i, question) for i in question.statement.implied_by]
        named = [
            NamedTask(f"{name}/named/{j}", question, implication=i)
            for j, i in enumerate([*question.statement.implied_by, None])
        ]
        corner = CornerTask(f"{name}/corner", question)
        return Asked(question, corner=corner, supported=tuple(supported), named=tuple(named))
    cells: list[CellTask] = []
    looked, likely = by_looks(question.claim, question.link), question.link.kind == "probability"
    if looked or likely:
        cells = [CellTask(f"{name}/{_cell_label(cell)}", question, cell) for cell in question.cells]
    small = SmallTask(f"{name}/small", question, largest) if looked and likely else None
    return Asked(question, DomainTask(name, question), tuple(cells), small=small)


def _implied(s: Statement, implication: Implication, alpha: float, seed: int, engines: Engines) -> Implied:
    name = name_of(s)
    steps = []
    for i, step in enumerate(implication.steps):
        question = _step(s, step, alpha, seed, engines)
        steps.append(DomainTask(f"{name}/implication/{implication.by}/{i}", question))
    return Implied(implication, AdmittedTask(f"{name}/admitted/{implication.by}", implication), tuple(steps))


def _step(s: Statement, step: Link, alpha: float, seed: int, engines: Engines) -> Question:
    """A step of an implication as a question of its own, under the hypotheses of the statement."""
    # A symbol that is no parameter has no domain but its listed values.
    plain = [{k: v for k, v in point.items() if not isinstance(k, Parameter)} for point in s.points]
    points = tuple({tuple(sorted(p.items(), key=str)): p for p in plain}.values())
    bare = replace(s, points=points, claims=(Claim((step,)),), implied_by=())
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


def _fixed(claim: Claim, link: Link) -> bool:
    """Whether a link is read off a fixed number of draws."""
    tuned = link.marked_lhs is not None and bool(link.marked_lhs.atoms(Tunable))
    return not by_looks(claim, link) or tuned


def _drawings(
    statements: tuple[Statement, ...],
    grid: Grid,
    engines: Engines,
    trials: int,
    base: int,
    seed: int,
    small: int | None,
) -> tuple[Drawing, ...]:
    """Draws of each model at each place; models that only appear in settled moments are drawn for their figures."""
    found: dict[str, Drawing] = {}
    drawn = [
        (claim, link)
        for s in statements
        for claim in s.claims
        for link in claim.links
        if (_sampled(link) or is_pathwise(link))
        and (not s.grid or _near(s, claim, link, grid, engines, small) is not None)
    ]
    models = dict.fromkeys(rv.model for _, link in drawn for rv in link.rvs)
    fixed = {rv.model for claim, link in drawn if _fixed(claim, link) for rv in link.rvs}
    for model in sorted(models, key=lambda model: (model.name, model.paper)):
        engine = engines.get(model)
        if engine is None or not engine.measures:
            continue
        asking = [s for s in statements if model in s.models]
        sweeps = {tuple(sweep.sizes.items()): sweep for s in asking for sweep in [_sweep(s, model, grid)]}
        places = [place for sweep in sweeps.values() for place in _places((model,), sweep, engines)]
        beside: list[Place] = []
        for s in asking:
            for claim in s.claims:
                for link in claim.links:
                    near = _near(s, claim, link, _sweep(s, model, grid), engines, small)
                    beside += [] if near is None else _sweep(s, model, near).places()
        for place, cell in _drawn_at(model, asking, (*places, *beside)):
            # A space is drawn without anybody having chosen its sizes: not where a first look takes minutes.
            if isinstance(model, Space) and not affordable(engine, cell):
                continue
            data = place.data if engine.on_data else NO_DATA
            label = draw_label(model.name, data, cell)
            name = f"{model.paper}/{label}"
            known = found.get(name)
            if known is None:
                samples = None if model.samples is None else place.cell.get(model.samples.name)
                block = grid.dataset(place, seed) if engine.on_data else None
                first = DrawTask(name, label, engine, cell, block, 0, seed, samples)
                looks = looks_for(engine, {**place.cell, **cell}, trials, base)
                shown = place in places
                found[name] = Drawing(model, place, _pieces(first, looks), looks.base, model in fixed, shown)
            elif known.model != model:
                raise ValueError(
                    f"two different models are called {model.name!r}; give one of them another name, since what is "
                    "stored and drawn goes by it"
                )
    return tuple(found.values())


def _drawn_at(model: Model, asking: Iterable[Statement], places: Iterable[Place]) -> Iterator[tuple[Place, Cell]]:
    """The cells of a model at some places: its sizes, and each of the listed values of the reals that a draw needs."""
    reals = [p.name for p in model.reals] if isinstance(model, Space) else []
    for place in places:
        cell = {k: v for k, v in place.sizes.items() if k in model.names}
        if not all(size.admits(cell[size.name]) for size in model.sizes if size.name in cell):
            continue
        if not reals:
            yield place, cell
            continue
        # A draw at a point at which no statement applies would be of nothing.
        listed = [
            tuple((name, point[name]) for name in reals)
            for s in asking
            for point in s.exact_points
            if all(name in point for name in reals) and not s.applies({**place.cell, **point})
        ]
        for values in dict.fromkeys(listed):
            yield place, {**cell, **dict(values)}


def _pieces(first: DrawTask, looks: Looks) -> tuple[DrawTask, ...]:
    """The piece that each look adds to a stream."""
    found: list[DrawTask] = []
    drawn = kept = 0
    for count, keep in zip(looks.draws, looks.kept, strict=True):
        earlier = tuple(piece.trials for piece in found)
        name = f"{first.name}/draws {drawn + 1}-{count}"
        found.append(replace(first, name=name, trials=count - drawn, earlier=earlier, kept=keep - kept))
        drawn, kept = count, keep
    return tuple(found)
