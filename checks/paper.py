"""A paper: its ledger with everything that makes it run, found by the entry-point group ``whp.papers`` or in a file."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle

from ..theory.language.ledger import Ledger
from ..theory.language.statements import Statement
from .guide import Guides, no_guide
from .sweep.data import DataSources
from .sweep.engine import Engine, Engines
from .sweep.grid import Grid
from .tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .verdict import Result

__all__ = ["GROUP", "Drawing", "Paper", "Reference", "installed_papers", "load_paper", "load_papers", "paper_of"]

GROUP = "whp.papers"
_KEY = re.compile(r"[A-Za-z][\w.-]*")


@dataclass(frozen=True)
class Reference:
    """How a paper is cited.

    Attributes
    ----------
    text : str
        Authors, title, venue and year in one line.
    bibtex : str
        The BibTeX entry, under the paper's key.
    """

    text: str
    bibtex: str = ""


@dataclass(frozen=True)
class Drawing:
    """Figures that a paper adds to those of its statements.

    Attributes
    ----------
    name : str
        For progress.
    draw : callable
        Called without arguments it yields ``(name, figure, caption)``; it travels to a worker process.
    replaces : frozenset of str
        Keys of the statements that get no other figure.
    """

    name: str
    draw: Callable[[], Iterator[tuple[str, Figure, str]]]
    replaces: frozenset[str] = frozenset()


Drawings = Callable[[Sequence["Result"], Grid, int, int], Sequence[Drawing]]
Tables = Callable[[Sequence["Result"]], tuple[Table, ...]]


def _no_drawings(results: Sequence[Result], grid: Grid, trials: int, seed: int) -> Sequence[Drawing]:
    return ()


def _no_tables(results: Sequence[Result]) -> tuple[Table, ...]:
    return ()


@dataclass(frozen=True, eq=False)
class Paper:
    """A paper's ledger with everything that makes it run.

    Attributes
    ----------
    key : str
        Its citation key.
    reference : Reference
    ledger : Ledger
    engines : Engines
        How its models are drawn and measured.
    data : DataSources
        The data a sweep can be run on.
    grid : Grid
        The sizes of a sweep when none are asked for.
    spellings : mapping of str to str
        Options of its own for sizes: ``{"widths": "m"}`` makes ``--widths 16,64`` mean ``--size m=16,64``.
    words : mapping of str to str
        What its sizes are called on axes: ``{"m": "width"}``.
    guides : callable
        ``guides(rv)`` is what is known of a random variable beside its draws (`whp.checks.guide`), or None.
    drawings : callable
        ``drawings(results, grid, trials, seed)`` are the figures that no single statement has.
    tables : callable
        ``tables(results)`` are tables that draws add up to.
    studies : tuple of str
        The names of the figures that a report shows as studies.
    revision : str
        Tells apart what its sources said at different times: a stored run is continued only under the same.
    main : tuple of str
        The keys that are checked, with all they use, when none are asked for; empty for all.

    Raises
    ------
    ValueError
        When something does not fit: a drawn random variable without a measure, an exact identity without its tensors, a
        main key or a spelling that names nothing.
    """

    key: str
    reference: Reference
    ledger: Ledger
    engines: Engines = field(default_factory=Engines)
    data: DataSources = field(default_factory=DataSources)
    grid: Grid = field(default_factory=Grid)
    spellings: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    guides: Guides = no_guide
    drawings: Drawings = _no_drawings
    tables: Tables = _no_tables
    studies: tuple[str, ...] = ()
    revision: str = ""
    main: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"a paper's key must be a word such as 'author2023', found {self.key!r}")
        for key in self.main:
            if key not in self.ledger:
                raise ValueError(f"{self.key}: the main key {key!r} is not in its ledger")
        for option, size in self.spellings.items():
            if size not in self.grid.sizes:
                raise ValueError(f"{self.key}: --{option} stands for the size {size!r}, which its grid does not have")
        for statement in self.ledger.statements:
            self._runs(statement)

    def _runs(self, statement: Statement) -> None:
        """Every random variable of a model with an engine can be measured, or has exact tensors for its form."""
        for rv in (rv for link in statement.links for rv in link.rvs if rv.model in self.engines):
            engine = self.engines[rv.model]
            if rv.name not in engine.measures and rv.form is None and rv.law is None and engine.measures:
                near = difflib.get_close_matches(rv.name, engine.measures, n=1, cutoff=0.0)
                raise ValueError(
                    f"{self.key}, {statement.key}: the engine of model {rv.model.name!r} has no measure {rv.name!r}; "
                    f"the nearest is {near[0]!r}"
                )
            if rv.form is not None and engine.instance is not None:
                known = {tensor.name for tensor in rv.model.tensors}
                missing = sorted({name for term in rv.form.terms for name, _ in term.factors} - known)
                if missing and known:
                    raise ValueError(
                        f"{self.key}, {statement.key}: the form of {rv.name!r} needs the tensor {missing[0]!r}; model "
                        f"{rv.model.name!r} has {sorted(known)}"
                    )

    @property
    def cites(self) -> Mapping[str, Reference]:
        """The references it brings along, by citation key."""
        return {self.key: self.reference}


def installed_papers() -> dict[str, Callable[[], Paper]]:
    """The installed papers by key, each loaded when called."""
    found = {point.name: point.load for point in entry_points(group=GROUP)}
    return {key: _loaded(key, load) for key, load in sorted(found.items())}


def _loaded(key: str, load: Callable[[], Any]) -> Callable[[], Paper]:
    def paper() -> Paper:
        found = load()
        if not isinstance(found, Paper):
            raise TypeError(f"the entry point {key!r} of {GROUP} is a {type(found).__name__}; a Paper is needed")
        if found.key != key:
            raise ValueError(
                f"the entry point {key!r} of {GROUP} holds the paper {found.key!r}; use its key as the name"
            )
        return found

    return paper


def paper_of(key: str | None = None) -> Paper:
    """The installed paper of this key, or the only one there is.

    Raises
    ------
    ValueError
        When there is none, none of that key, or several and no key.
    """
    known = installed_papers()
    if not known:
        raise ValueError(f"no paper is installed; a package offers one by the entry-point group {GROUP}")
    if key is None:
        if len(known) > 1:
            raise ValueError(f"{len(known)} papers are installed ({', '.join(known)}); name one with --paper KEY")
        key = next(iter(known))
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        raise ValueError(f"no paper {key!r} is installed; the nearest is {near[0]!r} (`whp papers` lists all)")
    return known[key]()


def load_paper(path: Path) -> Paper:
    """`load_papers` of one file."""
    return load_papers([path])


def load_papers(paths: Sequence[Path]) -> Paper:
    """Run Python files, on the user's explicit word, and return the paper they define together.

    Parameters
    ----------
    paths : sequence of Path
        Python files. Each defines ``PAPER``, or statements at top level or in ``STATEMENTS``, with the engines of their
        models in ``ENGINES`` (a mapping of Model to Engine).

    Raises
    ------
    ValueError
        When there is no such file, one defines no statement, or two define the same one.
    """
    defined = [_defined(path) for path in paths]
    revision = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    if len(defined) == 1 and isinstance(defined[0].get("PAPER"), Paper):
        paper: Paper = defined[0]["PAPER"]
        return replace(paper, revision=revision)
    statements: list[Statement] = []
    engines: dict[Any, Engine] = {}
    for path, names in zip(paths, defined, strict=True):
        statements += _statements(path, names)
        own = names["PAPER"].engines if isinstance(names.get("PAPER"), Paper) else names.get("ENGINES", {})
        if not isinstance(own, Mapping):
            raise ValueError(f"ENGINES in {path} is a {type(own).__name__}; a mapping of Model to Engine is needed")
        for model, engine in own.items():
            if engines.setdefault(model, engine) is not engine:
                raise ValueError(
                    f"{path} has another engine of the model {model.name!r} than the files before it; give one of the "
                    "models another name"
                )
    key = re.sub(r"[^\w.-]", "-", "-".join(path.stem for path in paths))
    reference = Reference(", ".join(path.name for path in paths))
    key = key if _KEY.fullmatch(key) else f"file-{key}"
    return Paper(key, reference, Ledger(statements), Engines(engines), revision=revision)


def _defined(path: Path) -> dict[str, Any]:
    """What a file defines."""
    if not path.is_file():
        raise ValueError(f"no file {path}; a Python file that defines statements is needed")
    name = f"whp_user_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} cannot be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # Workers cannot import the file by name, so what it defines travels by value.
    cloudpickle.register_pickle_by_value(module)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        if isinstance(error, SyntaxError) and error.filename == spec.origin:
            line = error.lineno
        else:
            own = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == spec.origin]
            line = own[-1] if own else None
        place = f"{path}, line {line}" if line is not None else str(path)
        raise ValueError(f"{place}: {type(error).__name__}: {error}") from error
    return vars(module)


def _statements(path: Path, names: Mapping[str, Any]) -> tuple[Statement, ...]:
    paper = names.get("PAPER")
    if paper is not None and not isinstance(paper, Paper):
        raise ValueError(f"PAPER in {path} is a {type(paper).__name__}; a whp.checks.Paper is needed")
    if paper is not None:
        return paper.ledger.statements
    listed = names.get("STATEMENTS")
    if listed is not None and (isinstance(listed, Statement) or not isinstance(listed, Iterable)):
        raise ValueError(
            f"STATEMENTS in {path} is a {type(listed).__name__}; a sequence of whp.theory.Statement is needed"
        )
    found = tuple(listed) if listed is not None else tuple(v for v in names.values() if isinstance(v, Statement))
    if not found or not all(isinstance(s, Statement) for s in found):
        raise ValueError(f"{path} defines no whp.theory.Statement; define some at top level or list them in STATEMENTS")
    return found
