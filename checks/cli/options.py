"""What the commands have in common: options, the papers they speak of, and the sweep that options ask for."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ...theory.language.parameters import Parameter
    from ...theory.language.statements import Statement
    from ..paper import Paper
    from ..sweep.grid import Grid

__all__ = [
    "Chosen",
    "JsonOption",
    "KeysArgument",
    "PaperOption",
    "TargetArgument",
    "all_papers",
    "asked_sizes",
    "chosen",
    "files_and_words",
    "paper_of_run",
    "paper_with",
    "sweep_of",
    "target",
]


def complete_target(incomplete: str) -> list[str]:
    """Statement keys, and files with statements, that begin so: what a shell offers at the TAB key."""
    keys = [s.key for paper in all_papers() for s in paper.ledger.statements]
    files = [str(path) for path in Path().glob("*.py")]
    return [word for word in dict.fromkeys([*files, *keys]) if word.startswith(incomplete)]


def complete_paper(incomplete: str) -> list[str]:
    """The installed papers that begin so."""
    from ..paper import installed_papers  # keeps --help light

    return [key for key in installed_papers() if key.startswith(incomplete)]


JsonOption = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
KeysArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Statement keys, or a Python file with your own.", autocompletion=complete_target),
]
TargetArgument = Annotated[
    str,
    typer.Argument(
        metavar="KEY|FILE[:KEY]",
        help="Statement key, or a Python file with your own.",
        autocompletion=complete_target,
    ),
]
PaperOption = Annotated[
    str | None,
    typer.Option("--paper", help="Key of an installed paper; `whp papers` lists them.", autocompletion=complete_paper),
]

# Commands whose run is named by --out.
_OUT = ("explain", "show")


@dataclass(frozen=True)
class Chosen:
    """Statements of one paper that a command is about."""

    paper: Paper
    statements: tuple[Statement, ...]


def all_papers(key: str | None = None) -> tuple[Paper, ...]:
    """The installed papers, or the one of this key; one that cannot be loaded is warned of and left out."""
    from ..paper import installed_papers, paper_of  # keeps --help light

    if key is not None:
        return (paper_of(key),)
    found = []
    for load in installed_papers().values():
        try:
            found.append(load())
        except (TypeError, ValueError) as error:
            print("whp: left out: " + " ".join(str(error).split()), file=sys.stderr)
    return tuple(found)


def paper_with(statement: str, key: str | None = None, papers: Sequence[Paper] | None = None) -> Paper:
    """The installed paper (of this key, if one is given, or of those that were loaded) whose ledger has a statement.

    Raises
    ------
    KeyError
        When none has it, with the nearest key, or several have.
    """
    from ...theory.language.ledger import nearest  # keeps --help light

    papers = all_papers(key) if papers is None else papers
    # A key as it is written comes before one that differs in case or spelling.
    found = [paper for paper in papers if paper.ledger.has(statement)]
    found = found or [paper for paper in papers if statement in paper.ledger]
    if len(found) > 1:
        names = ", ".join(paper.key for paper in found)
        raise KeyError(f"{statement!r} is a statement of {names}; say which with --paper")
    if not found:
        known = [name for paper in papers for s in paper.ledger.statements for name in (s.key, *s.aliases)]
        near = nearest(statement, known)
        words = f"the nearest key is {near!r} " if near else ""
        raise KeyError(f"no statement {statement!r}; {words}(`whp statements` lists all)")
    return found[0]


def _file_and_key(word: str) -> tuple[Path, str | None] | None:
    """``FILE.py`` or ``FILE.py:KEY``; None for another word."""
    if word.endswith(".py"):
        return Path(word), None
    file, colon, key = word.rpartition(".py:")
    return (Path(f"{file}.py"), key) if colon and key else None


def files_and_words(words: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Python files among some words, and the other words with the keys that follow files."""
    files: list[Path] = []
    rest: list[str] = []
    for word in words:
        found = _file_and_key(word)
        if found is None:
            rest.append(word)
            continue
        files += [found[0]] if found[0] not in files else []
        rest += [found[1]] if found[1] is not None else []
    return files, rest


def target(word: str, key: str | None) -> tuple[Paper, tuple[str, ...]]:
    """What ``KEY``, ``FILE.py`` or ``FILE.py:KEY`` names: a paper, and one key of its ledger or all of a file's.

    Raises
    ------
    ValueError
        When a file stands next to --paper.
    KeyError
        When nothing has the key.
    """
    from ..paper import load_paper  # keeps --help light

    found = _file_and_key(word)
    if found is None:
        paper = paper_with(word, key)
        return paper, (paper.ledger.resolve(word),)
    file, name = found
    if key is not None:
        raise ValueError(f"found the file {file} next to --paper {key}; name one or the other")
    paper = load_paper(file)
    return paper, tuple(paper.ledger) if name is None else (paper.ledger.resolve(name),)


def chosen(
    words: Sequence[str], key: str | None, everything: bool, statements: Sequence[str] = ()
) -> tuple[Chosen, ...]:
    """What to check: a user's files, keys with all they use, whole papers, or the main job of the only paper."""
    from ..paper import load_papers, paper_of  # keeps --help light

    files, names = files_and_words(words)
    of_files = [named[1] for word in words if (named := _file_and_key(word)) is not None and named[1] is not None]
    other = next((name for name in names if name not in of_files), key)
    if files and (other is not None or everything):
        raise ValueError(f"found the file {files[0]} next to {other or '--all'}; check one or the other")
    if files:
        paper = load_papers(files)
        picked = [*of_files, *statements]
        return (_with_dependencies(paper, picked) if picked else Chosen(paper, paper.ledger.statements),)
    names += [name for name in statements if name not in names]
    if everything and names:
        raise ValueError(f"found {names[0]} next to --all, which checks whole ledgers; leave one of them out")
    if everything:
        return tuple(Chosen(paper, paper.ledger.statements) for paper in all_papers(key))
    if not names:
        paper = paper_of(key)
        return (_with_dependencies(paper, paper.main or tuple(paper.ledger)),)
    asked: dict[str, tuple[Paper, list[str]]] = {}
    for name in names:
        paper = paper_with(name, key)
        asked.setdefault(paper.key, (paper, []))[1].append(name)
    return tuple(_with_dependencies(paper, keys) for paper, keys in asked.values())


def _with_dependencies(paper: Paper, keys: Sequence[str]) -> Chosen:
    wanted = paper.ledger.with_dependencies(keys)
    return Chosen(paper, tuple(s for s in paper.ledger.statements if s.key in wanted))


def paper_of_run(command: str, folder: Path, files: Sequence[Path] = ()) -> Paper:
    """The paper a finished run is of: an installed one, or that of a user's files.

    Raises
    ------
    ValueError
        When it is neither.
    """
    from ..paper import installed_papers, load_papers  # keeps --help light
    from ..verify.run import paper_key  # keeps --help light

    if files:
        return load_papers(files)
    key, known = paper_key(folder), installed_papers()
    if key not in known:
        named = f"FILE.py:KEY --out {folder}" if command in _OUT else f"{folder} FILE.py"
        raise ValueError(
            f"the run in {folder} is of {key}, which is not installed; name the file it came from: whp {command} "
            f"{named}"
        )
    return known[key]()


def asked_sizes(
    sizes: Sequence[str], words: Sequence[str], key: str | None
) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Sizes from ``--size NAME=VALUES`` and from a paper's own spellings among some words, and the other words.

    Parameters
    ----------
    sizes : sequence of str
        Such as ``k=16:4096:x2``.
    words : sequence of str
        Positional words, among them options that no command declares.
    key : str, optional
        Of the paper whose spellings are known; default all that are installed. A user's file declares none.

    Raises
    ------
    ValueError
        For an option that is no spelling of the paper's, or one without values.
    """
    from ..sweep.grid import parse_sizes  # keeps --help light

    found: dict[str, tuple[int, ...]] = {}
    for text in sizes:
        # A parameter may have any name, and values have no sign of equality.
        name, sign, values = text.rpartition("=")
        name = name.strip()
        if not sign or not name:
            raise ValueError(f"--size: found {text!r}; NAME=VALUES is needed, such as k=64 or k=16:4096:x2")
        found[name] = tuple(sorted({*found.get(name, ()), *parse_sizes(values, f"--size {name}", 0)}))
    spelled = _spellings(words, key)
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        option, sign, values = word.partition("=")
        if not word.startswith("-"):
            rest.append(word)
        elif option not in spelled:
            own = f", or {', '.join(spelled)}" if spelled else ""
            raise ValueError(f"No such option: {option}; sizes are --size NAME=VALUES{own}")
        elif not sign and not left:
            raise ValueError(f"{option}: found no values; such as {option} 64 or {option} 16:4096:x2 are needed")
        else:
            name = spelled[option]
            found[name] = tuple(sorted({*found.get(name, ()), *parse_sizes(values if sign else left.pop(0), option)}))
    return found, rest


def _spellings(words: Sequence[str], key: str | None) -> dict[str, str]:
    """The options of papers' own for their sizes, where there is an option among the words."""
    found: dict[str, str] = {}
    if files_and_words(words)[0] or not any(word.startswith("-") for word in words):
        return found
    for paper in all_papers(key):
        for option, size in paper.spellings.items():
            if found.setdefault(f"--{option}", size) != size:
                raise ValueError(f"--{option} stands for other sizes in other papers; name one with --paper KEY")
    return found


def _sizes_of(statement: Statement) -> tuple[Parameter, ...]:
    """Its sizes, and those of its models."""
    return (*(p for p in statement.parameters if p.is_size), *(p for m in statement.models for p in m.sizes))


def sweep_of(
    item: Chosen, sizes: Mapping[str, tuple[int, ...]], data: Sequence[str], *, normalize: bool, quick: bool
) -> Grid:
    """The sweep that options ask for: the paper's own sizes with those given instead, on the data named.

    Raises
    ------
    ValueError
        For a size that neither the paper's sweep nor a statement has, or data that are not known.
    """
    from ..sweep.grid import Grid  # keeps --help light

    paper = item.paper
    known = [*paper.grid.sizes, *(name for s in item.statements for name in s.needed_sizes)]
    for name, values_of in sizes.items():
        if name not in known:
            needed = ", ".join(dict.fromkeys(known)) or "none"
            raise ValueError(f"--size: found {name!r}, which no statement asked for has; their sizes are {needed}")
        lows = [int(p.low) for s in item.statements for p in _sizes_of(s) if p.name == name]
        if lows and values_of[0] < min(lows):
            raise ValueError(f"--size {name}: found {values_of[0]}; every value must be at least {min(lows)}")
    on_inputs, datasets = paper.data.chosen(data, normalize=normalize)
    values = {**paper.grid.sizes, **sizes}
    if quick and values:
        first = next(iter(values))
        some = values[first]
        values[first] = tuple(sorted({some[0], some[len(some) // 2], some[-1]}))
    return Grid(values, paper.data.random, datasets, on_inputs or paper.data.random is None)
