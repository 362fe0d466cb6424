"""A paper: its ledger with everything that makes it run, found by the entry-point group ``whp.papers`` or in a file."""

from __future__ import annotations

import ast
import difflib
import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle

from ..theory.language.ledger import Ledger
from ..theory.language.models import RV, Model
from ..theory.language.statements import Statement
from .guide import Guides, no_guide
from .sections import Section
from .sweep.data import DataSources
from .sweep.engine import Engine, Engines
from .sweep.grid import Grid
from .tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .figures.picture import Picture
    from .verdict import Result

__all__ = ["GROUP", "Drawing", "Paper", "Reference", "installed_papers", "load_paper", "load_papers", "paper_of"]

GROUP = "whp.papers"
# The key of a statement that was given none.
UNNAMED = "claim"
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
        Called without arguments it yields ``(name, drawn, caption)``, the caption in LaTeX; it travels to a worker
        process. What is drawn is a `whp.checks.figures.Picture`, whose numbers are written too, or a finished figure.
    replaces : frozenset of str
        Keys of the statements that get no other figure.
    """

    name: str
    draw: Callable[[], Iterator[tuple[str, Picture | Figure, str]]]
    replaces: frozenset[str] = frozenset()


Drawings = Callable[[Sequence["Result"], Grid, int, int], Sequence[Drawing]]
Tables = Callable[[Sequence["Result"]], tuple[Table, ...]]
Sections = Callable[[Path], tuple[Section, ...]]


def _no_drawings(results: Sequence[Result], grid: Grid, trials: int, seed: int) -> Sequence[Drawing]:
    return ()


def _no_tables(results: Sequence[Result]) -> tuple[Table, ...]:
    return ()


def _no_sections(folder: Path) -> tuple[Section, ...]:
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
        How its models are drawn and measured; `Engines.later` where loading them takes long, and then what does not fit
        is said when they are loaded.
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
    sections : callable
        ``sections(folder)`` are the sections of a report on experiments that its own commands left in a folder.
    revision : str
        Tells apart what its sources said at different times: a stored run is continued only under the same.
    main : tuple of str
        The keys that are checked, with all they use, when none are asked for; empty for all.
    references : mapping of str to Reference
        How other works that its statements cite are cited, by citation key.

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
    sections: Sections = _no_sections
    revision: str = ""
    main: tuple[str, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"a paper's key must be a word such as 'author2023', found {self.key!r}")
        for key in self.main:
            if key not in self.ledger:
                raise ValueError(f"{self.key}: the main key {key!r} is not in its ledger")
        for option, size in self.spellings.items():
            if size not in self.grid.sizes:
                raise ValueError(f"{self.key}: --{option} stands for the size {size!r}, which its grid does not have")
        object.__setattr__(self, "engines", self.engines.checked(self._fitting))

    def _fitting(self, engines: Engines) -> None:
        for statement in self.ledger.statements:
            why = _broken(statement, engines)
            if why is not None:
                raise ValueError(f"{self.key}, {statement.key}: {why}")

    @property
    def cites(self) -> Mapping[str, Reference]:
        """The references it brings along, by citation key."""
        return {self.key: self.reference, **self.references}


def _broken(statement: Statement, engines: Mapping[Model, Engine]) -> str | None:
    """Why some random variable of a model with an engine cannot be measured, or lacks tensors for its form; or None."""
    for rv in (rv for link in statement.links for rv in link.rvs if rv.model in engines):
        why = _unmeasured(rv, engines[rv.model]) or _formless(rv, engines[rv.model])
        if why is not None:
            return why
    return None


def _unmeasured(rv: RV, engine: Engine) -> str | None:
    if rv.name in engine.measures or rv.form is not None or rv.law is not None or not engine.measures:
        return None
    near = difflib.get_close_matches(rv.name, engine.measures, n=1, cutoff=0.0)
    return f"the engine of model {rv.model.name!r} has no measure {rv.name!r}; the nearest is {near[0]!r}"


def _formless(rv: RV, engine: Engine) -> str | None:
    if rv.form is None or engine.instance is None:
        return None
    known = {tensor.name for tensor in rv.model.tensors}
    missing = sorted({name for term in rv.form.terms for name, _ in term.factors} - known)
    if not missing or not known:
        return None
    return f"the form of {rv.name!r} needs the tensor {missing[0]!r}; model {rv.model.name!r} has {sorted(known)}"


def installed_papers() -> dict[str, Callable[[], Paper]]:
    """The installed papers by key, each loaded when called."""
    found = {point.name: point.load for point in entry_points(group=GROUP)}
    return {key: _loaded(key, load) for key, load in sorted(found.items())}


def _loaded(key: str, load: Callable[[], Any]) -> Callable[[], Paper]:
    def paper() -> Paper:
        try:
            found = load()
        except Exception as error:
            raise ValueError(f"the paper {key!r} cannot be loaded: {type(error).__name__}: {error}") from error
        if not isinstance(found, Paper):
            raise TypeError(f"the entry point {key!r} of {GROUP} is a {type(found).__name__}; a Paper is needed")
        if found.key != key:
            raise ValueError(
                f"the entry point {key!r} of {GROUP} holds the paper {found.key!r}; use its key as the name"
            )
        return found

    return paper


def paper_of(key: str | None = None) -> Paper:
    """The installed paper of this key; without a key the only one there is, or the only one that has a main job.

    Raises
    ------
    ValueError
        When there is none, none of that key, or several and no key.
    """
    known = installed_papers()
    if not known:
        raise ValueError(f"no paper is installed; a package offers one by the entry-point group {GROUP}")
    if key is None:
        mains = [name for name, load in known.items() if _has_main(load)] if len(known) > 1 else list(known)
        if len(mains) != 1:
            raise ValueError(f"{len(known)} papers are installed ({', '.join(known)}); name one with --paper KEY")
        (key,) = mains
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        raise ValueError(f"no paper {key!r} is installed; the nearest is {near[0]!r} (`whp papers` lists all)")
    return known[key]()


def _has_main(load: Callable[[], Paper]) -> bool:
    """Whether a paper has a main job; one that cannot be loaded has none."""
    try:
        return bool(load().main)
    except (TypeError, ValueError):
        return False


def load_paper(path: Path) -> Paper:
    """`load_papers` of one file."""
    return load_papers([path])


def load_papers(paths: Sequence[Path]) -> Paper:
    """Run Python files, on the user's explicit word, and return the paper they define together.

    Parameters
    ----------
    paths : sequence of Path
        Python files. Each defines ``PAPER``, or statements at top level or in ``STATEMENTS``, with the engines of their
        models in ``ENGINES`` (a mapping of Model to Engine). A statement made by `claim` without a key has the name it
        is bound to.

    Raises
    ------
    ValueError
        When there is no such file, one defines no statement, two define the same one, or something in one does not fit;
        it names the file, the line and the object.
    """
    files = [_File.run(path) for path in paths]
    revision = hashlib.sha256(b"".join(file.source for file in files)).hexdigest()
    papers = [file.paper for file in files if file.paper is not None]
    engines: dict[Any, Engine] = {}
    taken: dict[tuple[str, str], str] = {}
    statements: list[Statement] = []
    named = [file.statements for file in files]
    for file, found in zip(files, named, strict=True):
        for model, engine in file.engines.items():
            if engines.setdefault(model, engine) is not engine:
                raise ValueError(
                    f"{file.path} has another engine of the model {model.name!r} than the files before it; give one of "
                    "the models another name"
                )
        for name, statement in found:
            place = file.place(name)
            why = _broken(statement, file.engines)
            if why is not None:
                raise ValueError(f"{place}: {why}")
            first = taken.setdefault((statement.key, statement.form), place)
            if first != place:
                raise ValueError(
                    f"{place}: the {statement.form} statement {statement.key!r} is already defined in {first}; give "
                    "one of them another key"
                )
            statements.append(statement)
    if len(files) == 1 and papers:
        (paper,) = papers
        return replace(paper, ledger=_ledger(files, statements), engines=Engines(engines), revision=revision)
    key = re.sub(r"[^\w.-]", "-", "-".join(path.stem for path in paths))
    reference = Reference(", ".join(path.name for path in paths))
    key = key if _KEY.fullmatch(key) else f"file-{key}"
    ledger = _ledger(files, statements)
    mains = [key for paper in papers for key in paper.main]
    return Paper(
        key,
        reference,
        ledger,
        Engines(engines),
        data=_data(papers),
        grid=Grid(_merged("the grid", [dict(paper.grid.sizes) for paper in papers])),
        spellings=_merged("spellings", [dict(paper.spellings) for paper in papers]),
        words=_merged("words", [dict(paper.words) for paper in papers]),
        guides=_Guides(tuple(paper.guides for paper in papers)) if papers else no_guide,
        drawings=_Drawings(tuple(paper.drawings for paper in papers)) if papers else _no_drawings,
        tables=_Tables(tuple(paper.tables for paper in papers)) if papers else _no_tables,
        studies=tuple(dict.fromkeys(study for paper in papers for study in paper.studies)),
        revision=revision,
        # Where one of them has no main job, all of it is.
        main=tuple(dict.fromkeys(mains)) if len(papers) == len(files) and all(p.main for p in papers) else (),
    )


def _ledger(files: Sequence[_File], statements: Sequence[Statement]) -> Ledger:
    try:
        return Ledger(statements)
    except ValueError as error:
        raise ValueError(f"{', '.join(str(file.path) for file in files)}: {error}") from error


def _merged(what: str, mappings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One mapping of several that agree."""
    found: dict[str, Any] = {}
    for mapping in mappings:
        for name, value in mapping.items():
            if found.setdefault(name, value) != value:
                raise ValueError(f"two papers say different things of {name!r} in {what}; check their files one by one")
    return found


def _data(papers: Sequence[Paper]) -> DataSources:
    known = [paper.data for paper in papers if paper.data != DataSources()]
    if any(data != known[0] for data in known):
        raise ValueError("two papers bring different data; check their files one by one")
    return known[0] if known else DataSources()


@dataclass(frozen=True)
class _Guides:
    """The guides of several papers: the first that knows a random variable."""

    parts: tuple[Guides, ...]

    def __call__(self, rv: RV) -> Any:
        return next((found for guides in self.parts if (found := guides(rv)) is not None), None)


@dataclass(frozen=True)
class _Drawings:
    """The drawings of several papers."""

    parts: tuple[Drawings, ...]

    def __call__(self, results: Sequence[Result], grid: Grid, trials: int, seed: int) -> Sequence[Drawing]:
        return tuple(d for drawings in self.parts for d in drawings(results, grid, trials, seed))


@dataclass(frozen=True)
class _Tables:
    """The tables of several papers."""

    parts: tuple[Tables, ...]

    def __call__(self, results: Sequence[Result]) -> tuple[Table, ...]:
        return tuple(table for tables in self.parts for table in tables(results))


@dataclass(frozen=True)
class _File:
    """A user's file that was run.

    Attributes
    ----------
    path : Path
    names : mapping of str
        What it defines.
    source : bytes
        Its text, with that of the modules beside it which it imports.
    """

    path: Path
    names: Mapping[str, Any]
    source: bytes

    @classmethod
    def run(cls, path: Path) -> _File:
        names, helpers = _defined(path)
        return cls(path, names, b"".join(p.read_bytes() for p in (path, *helpers)))

    def place(self, name: str) -> str:
        """Where a name is bound, in words."""
        line = _line_of(self.path, name)
        return f"{self.path}{f', line {line}' if line else ''}{f', {name}' if name else ''}"

    @property
    def paper(self) -> Paper | None:
        """The paper that it defines, if any."""
        found = self.names.get("PAPER")
        if found is not None and not isinstance(found, Paper):
            raise ValueError(f"{self.place('PAPER')} is a {type(found).__name__}; a whp.checks.Paper is needed")
        return found

    @property
    def engines(self) -> Mapping[Model, Engine]:
        """Those of its paper, and those in ENGINES."""
        own = self.names.get("ENGINES", {})
        if not isinstance(own, Mapping):
            raise ValueError(
                f"{self.place('ENGINES')} is a {type(own).__name__}; a mapping of Model to Engine is needed"
            )
        try:
            return Engines({**({} if self.paper is None else self.paper.engines), **own})
        except TypeError as error:
            raise ValueError(f"{self.place('ENGINES')}: {error}") from error

    @property
    def statements(self) -> list[tuple[str, Statement]]:
        """Its statements with the names they are bound to: of PAPER and STATEMENTS, or else at top level."""
        listed = self.names.get("STATEMENTS")
        if listed is not None and (isinstance(listed, Statement) or not isinstance(listed, Iterable)):
            raise ValueError(
                f"{self.place('STATEMENTS')} is a {type(listed).__name__}; a sequence of whp.theory.Statement is needed"
            )
        listed = None if listed is None else tuple(listed)
        top: dict[int, str] = {}
        for name, value in self.names.items():
            if isinstance(value, Statement):
                top.setdefault(id(value), name)
        chosen: list[Any] = [] if self.paper is None else list(self.paper.ledger.statements)
        chosen += [s for s in listed or () if not any(s is known for known in chosen)]
        if listed is None and self.paper is None:
            chosen = [self.names[name] for name in top.values()]
        wrong = next((s for s in chosen if not isinstance(s, Statement)), None)
        if not chosen or wrong is not None:
            what = "" if wrong is None else f" but a {type(wrong).__name__} in STATEMENTS"
            raise ValueError(
                f"{self.path} defines no whp.theory.Statement{what}; define some at top level or list them in "
                "STATEMENTS"
            )
        unnamed = [s for s in chosen if s.key == UNNAMED and id(s) not in top]
        found = []
        for s in chosen:
            name = top.get(id(s), "STATEMENTS" if any(s is known for known in listed or ()) else "PAPER")
            if s.key == UNNAMED and id(s) in top:
                s = replace(s, key=name)
            elif s.key == UNNAMED and len(unnamed) > 1:
                s = replace(s, key=f"{UNNAMED}.{next(i for i, u in enumerate(unnamed, 1) if u is s)}")
            found.append((name, s))
        return found


def _line_of(path: Path, name: str) -> int | None:
    """The line that binds a name at the top level of a file, the last one where there are several."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    found = None
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        names = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = {alias.asname or alias.name for alias in node.names}
        if name in names:
            found = node.lineno
    return found


def _defined(path: Path) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """What a file defines, and the files beside it that it imports."""
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
    folder = path.resolve().parent
    with _beside(folder):
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            if isinstance(error, SyntaxError) and error.filename == spec.origin:
                line = error.lineno
            else:
                own = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == spec.origin]
                line = own[-1] if own else None
            place = f"{path}, line {line}" if line is not None else str(path)
            bound = _bound_at(path, line)
            raise ValueError(f"{place}{f', {bound}' if bound else ''}: {type(error).__name__}: {error}") from error
    helpers = _helpers(folder)
    for helper in helpers:
        cloudpickle.register_pickle_by_value(sys.modules[helper])
    return vars(module), tuple(sorted(Path(sys.modules[helper].__file__ or "") for helper in helpers))


def _bound_at(path: Path, line: int | None) -> str:
    """The name that a statement of a file's top level binds at a line; empty where it binds none."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return ""
    for node in tree.body:
        if line is not None and node.lineno <= line <= (node.end_lineno or node.lineno):
            targets = node.targets if isinstance(node, ast.Assign) else []
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            return names[0] if names else ""
    return ""


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """While a file runs, its folder comes first where modules are sought, as when Python runs it; then last."""
    # A module that stood beside another file, or was edited since, is not the one that is meant here.
    for name in list(cloudpickle.list_registry_pickle_by_value()):
        known = sys.modules.get(name)
        if known is not None and not name.startswith("whp_user_") and _is_file(folder, name):
            del sys.modules[name]
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        if str(folder) not in sys.path:
            sys.path.append(str(folder))


def _is_file(folder: Path, name: str) -> bool:
    stem = folder.joinpath(*name.split("."))
    return stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file()


def _helpers(folder: Path) -> list[str]:
    """The modules of a folder that are loaded under a name of their own."""
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is None or name.startswith("whp_user_") or name == "__main__" or not _is_file(folder, name):
            continue
        stem = folder.joinpath(*name.split("."))
        if Path(file).resolve() in (stem.with_suffix(".py"), stem / "__init__.py"):
            found.append(name)
    return sorted(found)
