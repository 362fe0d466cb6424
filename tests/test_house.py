"""The house keeps its floors: who imports whom, which names cross a wall, and what engine rooms may not know.

Every rule is a function over a mapping of paths to sources that lists its breaches, so that planted ones can be seen.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import pytest
from repository import ROOT

Files = Mapping[str, str]
Rule = Callable[[Files], list[str]]

ENGINE_ROOMS = {"theory": ("calculus", "laws", "language", "proofs"), "kernels": ()}
# What is no room of a user's paper in `checks`.
CHECK_ROOMS = ("sweep", "deciders", "verify", "figures", "report", "separability", "strategies", "cli")

# From the ground up, the rooms of one floor in a tuple: a file imports from its own room and from floors below it. The
# longest prefix is a file's room; {paper} is the package of each paper.
FLOORS = {
    "theory": (
        ("theory/calculus/",),
        ("theory/laws/",),
        ("theory/language/",),
        ("theory/proofs/",),
        ("theory/__init__.py",),
        ("theory/{paper}/symbols.py",),
        ("theory/{paper}/margin/",),
        ("theory/{paper}/models/",),
        ("theory/{paper}/printed/",),
        ("theory/{paper}/ours/",),
        ("theory/{paper}/ledger.py",),
        ("theory/{paper}/",),
    ),
    "kernels": (("kernels/",), ("kernels/{paper}/",)),
    "checks": (
        ("checks/verdict.py", "checks/sweep/", "checks/separability/", "checks/tables.py", "checks/tex.py"),
        ("checks/deciders/",),
        # What a paper gives to figures and reports is typed where the paper is, below what draws and writes.
        ("checks/guide.py", "checks/sections.py", "checks/figures/picture.py"),
        ("checks/paper.py",),
        ("checks/verify/",),
        ("checks/figures/", "checks/strategies/"),
        ("checks/report/",),
        ("checks/cli/",),
        ("checks/{paper}/",),
        ("checks/{paper}/cli/",),
        ("checks/__init__.py", "checks/__main__.py"),
    ),
}
FORBIDDEN = {"theory": ("kernels", "checks", "numba"), "kernels": ("theory", "checks", "sympy")}
# Where an import may wait until it is needed, with a comment that says that this keeps the command line light.
LIGHT_PLACES = (
    "checks/cli/",
    "checks/__init__.py",
    "checks/{paper}/__init__.py",
    "checks/{paper}/cli/",
    "checks/{paper}/data.py",
    "checks/{paper}/experiments/",
    "checks/{paper}/figures/__init__.py",
    "checks/{paper}/figures/guides.py",
    "theory/{paper}/__init__.py",
)
# What a paper's model, variable or statement is called and anybody may say.
ORDINARY = frozenset(
    {
        "angle",
        "antipodal",
        "certificate",
        "certified",
        "chebyshev",
        "chi-square",
        "cross",
        "data",
        "edges",
        "hoeffding",
        "kappa",
        "loss",
        "margin",
        "separable",
        "shift",
        "start",
        "symmetric",
        "trained",
        "wide",
        "witness",
    }
)
# Where n and d are the shape of arrays that a user hands over, and not sizes that a sweep ranges over.
SHAPES = ("kernels/", "checks/separability/", "checks/cli/certify.py")
# Where the names are what is typed: parameters of laws, and the names that are sizes where nothing declares them.
TYPED = (
    "theory/language/",
    "theory/laws/",
    "theory/proofs/",
    "checks/deciders/falling.py",
    "checks/sweep/sampling.py",
    "checks/strategies/",
)


@cache
def house() -> Files:
    """Every Python file of the three packages."""
    paths = [p for room in FLOORS for p in (ROOT / room).rglob("*.py")]
    return {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in sorted(paths)}


def papers(files: Files) -> tuple[str, ...]:
    """The packages of papers: those of `theory` that are no rooms of the engine."""
    inner = {path.split("/")[1] for path in files if path.startswith("theory/") and path.count("/") > 1}
    return tuple(sorted(inner - set(ENGINE_ROOMS["theory"])))


def paper_of(path: str, files: Files) -> str | None:
    """The paper that a file belongs to, or None."""
    known = papers(files)
    return next((part for part in path.split("/")[1:-1] if part in known), None)


def prefixes(patterns: tuple[str, ...], files: Files) -> tuple[str, ...]:
    """Patterns of paths, one for each paper where a pattern has a place for it."""
    known = papers(files)
    return tuple(p.format(paper=paper) for p in patterns for paper in (known if "{paper}" in p else ("",)))


def rooms(files: Files) -> dict[str, tuple[str, int]]:
    """The room of every file that has one, and its floor."""
    named = {
        prefix: floor
        for floors in FLOORS.values()
        for floor, patterns in enumerate(floors)
        for prefix in prefixes(patterns, files)
    }
    found = {}
    for path in files:
        room = max((prefix for prefix in named if path.startswith(prefix)), key=len, default=None)
        if room is not None:
            found[path] = room, named[room]
    return found


@dataclass(frozen=True)
class Import:
    """One name that a file imports.

    Attributes
    ----------
    path : str
        The file that imports.
    line : int
    module : str
        What it imports from, dotted from the root of the house, or a package from elsewhere.
    name : str
        The imported name; empty where a module is imported whole.
    bound : str
        What it is called in the file.
    target : str or None
        The file of the house that answers; None for a package from elsewhere.
    inside : bool
        Whether a function imports it when it is called.
    """

    path: str
    line: int
    module: str
    name: str
    bound: str
    target: str | None
    inside: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {'.'.join(filter(None, (self.module, self.name)))}"


def _file(module: str, files: Files) -> str | None:
    stem = module.replace(".", "/")
    return next((p for p in (f"{stem}.py", f"{stem}/__init__.py") if p in files), None)


def _absolute(node: ast.ImportFrom, path: str) -> str:
    """The module an import names, without the leading ``whp``."""
    if node.level == 0:
        return (node.module or "").removeprefix("whp.")
    package = path.split("/")[:-1]
    above = package[: len(package) - (node.level - 1)]
    return ".".join([*above, *((node.module or "").split(".") if node.module else [])])


@cache
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


def _inside(tree: ast.Module) -> set[ast.AST]:
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    return {node for function in functions for node in ast.walk(function)}


@cache
def _named(path: str, source: str) -> tuple[tuple[int, str, str, str, bool], ...]:
    """Line, module, name, what it is bound to and whether a function does it, of every import of a file."""
    tree = _tree(source)
    inside, found = _inside(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.split(".")[0]
                found.append((node.lineno, alias.name.removeprefix("whp."), "", bound, node in inside))
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, path)
            found += [(node.lineno, module, a.name, a.asname or a.name, node in inside) for a in node.names]
    return tuple(found)


def imports(path: str, files: Files) -> Iterator[Import]:
    """Every import of a file, those of functions and for type checking too."""
    for line, module, name, bound, inside in _named(path, files[path]):
        target = (_file(f"{module}.{name}", files) if name else None) or _file(module, files)
        yield Import(path, line, module, name, bound, target, inside)


def all_imports(files: Files) -> Iterator[Import]:
    for path in files:
        yield from imports(path, files)


def circles(files: Files) -> list[str]:
    """Files that import each other, directly or round about."""
    below: dict[str, set[str]] = {path: set() for path in files}
    for found in all_imports(files):
        if found.target is not None and found.target != found.path:
            below[found.path].add(found.target)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        stack = [start]
        while stack:
            for path in below[stack.pop()] - seen:
                seen.add(path)
                stack.append(path)
        return seen

    everywhere = {path: reached(path) for path in files}
    rings = {
        tuple(sorted({path, *(q for q in everywhere[path] if path in everywhere[q])}))
        for path in files
        if path in everywhere[path]
    }
    return [f"circle: {' <-> '.join(ring)}" for ring in sorted(rings)]


def upward(files: Files) -> list[str]:
    """Imports of a room on the same floor or above, and files that have no room."""
    known = rooms(files)
    found = [f"{path} has no floor" for path in files if path not in known]
    for one in all_imports(files):
        if one.target is None or one.path.split("/")[0] != one.target.split("/")[0]:
            continue
        here, there = known.get(one.path), known.get(one.target)
        if here is not None and there is not None and here[0] != there[0] and there[1] >= here[1]:
            found.append(f"{one}, of {there[0]}, which is no floor below {here[0]}")
    return found


def foreign(files: Files) -> list[str]:
    """Imports of what a package must do without."""
    return [
        str(one)
        for one in all_imports(files)
        if one.module.split(".")[0] in FORBIDDEN.get(one.path.split("/")[0], ())
        or (not one.module and one.name in FORBIDDEN.get(one.path.split("/")[0], ()))
    ]


def papers_from_engine_rooms(files: Files) -> list[str]:
    """Imports of a paper by a file that belongs to none, and of one paper by another."""
    owner = {path: paper_of(path, files) for path in files}
    return [
        str(one)
        for one in all_imports(files)
        if one.target is not None and owner[one.target] is not None and owner[one.target] != owner[one.path]
    ]


def _package(path: str) -> str:
    return path.rsplit("/", 1)[0]


@cache
def _reached(source: str) -> tuple[tuple[int, str, str], ...]:
    """Line, object and name of every private attribute of something that has a name itself."""
    nodes = [n for n in ast.walk(_tree(source)) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    private = [n for n in nodes if n.attr.startswith("_") and not n.attr.startswith("__")]
    return tuple((n.lineno, n.value.id, n.attr) for n in private if isinstance(n.value, ast.Name))


def private_across_rooms(files: Files) -> list[str]:
    """Private names and modules of another package, imported or reached through an imported module."""
    found = []
    for path in files:
        modules: dict[str, str] = {}
        for one in imports(path, files):
            if one.target is None or _package(one.target) == _package(path):
                continue
            parts = [*one.module.split("."), one.name]
            if any(part.startswith("_") and not part.startswith("__") for part in parts):
                found.append(str(one))
            # What is bound is a module itself, not a name of one.
            if one.target == _file(".".join(filter(None, (one.module, one.name))), files):
                modules[one.bound] = one.target
        found += [f"{path}:{line} reaches {of}.{name}" for line, of, name in _reached(files[path]) if of in modules]
    return found


def late_imports(files: Files) -> list[str]:
    """Imports inside functions that do not keep the command line light, or do not say so."""
    found, light = [], prefixes(LIGHT_PLACES, files)
    for path in files:
        allowed = path.startswith(light)
        lines = files[path].splitlines()
        for one in imports(path, files):
            if not one.inside:
                continue
            first = one.line
            # One comment stands for a block of imports.
            while lines[first - 2].strip().startswith(("from ", "import ")):
                first -= 1
            said = any("#" in line and "light" in line.split("#", 1)[1] for line in lines[first - 2 : one.line])
            if not allowed:
                found.append(f"{one} inside a function")
            elif not said:
                found.append(f"{one} inside a function, and no comment says that it keeps the command line light")
    return list(dict.fromkeys(found))


@cache
def words_of_papers() -> dict[str, str]:
    """What engine rooms may not name: sizes, models, random variables and keys of the papers, and what each is."""
    found: dict[str, str] = {}
    for key in papers(house()):
        for s in import_module(f"whp.theory.{key}.ledger").LEDGER.statements:
            found |= {p.name: "a size" for p in s.parameters if p.is_size}
            found |= {size: "a size" for size in s.counts}
            found |= {model.name: "a model" for model in s.models}
            found |= {rv.name: "a random variable" for link in s.links for rv in link.rvs if len(rv.name) > 1}
            found |= dict.fromkeys((s.key, *s.aliases), "a statement")
    return found


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    owners = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)]
    first = [n.body[0] for n in owners if n.body and isinstance(n.body[0], ast.Expr)]
    return {expression.value for expression in first}


@cache
def _strings(source: str) -> tuple[tuple[int, str, bool], ...]:
    """Line and text of every string literal, and whether it is more than a docstring or a piece of an f-string."""
    tree = _tree(source)
    parts = _docstrings(tree) | {n for f in ast.walk(tree) if isinstance(f, ast.JoinedStr) for n in f.values}
    literals = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return tuple((n.lineno, n.value, n not in parts) for n in literals)


def words_in_engine_rooms(files: Files) -> list[str]:
    """String literals of engine rooms that name a paper (docstrings too) or what is a paper's."""
    words, keys = words_of_papers(), papers(files)
    found = []
    for path in (p for p in files if paper_of(p, files) is None):
        for line, text, whole in _strings(files[path]):
            found += [f"{path}:{line} names the paper {key}" for key in keys if key in text]
            what = words.get(text) if whole and text not in ORDINARY else None
            if what is not None and not (what == "a size" and path.startswith((*SHAPES, *TYPED))):
                found.append(f"{path}:{line} names {text!r}, {what} of a paper")
    return found


def asked_what_they_have(files: Files) -> list[str]:
    """Calls of hasattr in deciders: a law says itself what it cannot answer."""
    return [
        f"{path}:{node.lineno} asks hasattr"
        for path in files
        if path.startswith("checks/deciders/")
        for node in ast.walk(_tree(files[path]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr"
    ]


RULES: tuple[Rule, ...] = (
    circles,
    upward,
    foreign,
    papers_from_engine_rooms,
    private_across_rooms,
    late_imports,
    words_in_engine_rooms,
    asked_what_they_have,
)


@cache
def standing(rule: Rule) -> frozenset[str]:
    """The breaches of the house as it stands."""
    return frozenset(rule(house()))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule):
    assert sorted(standing(rule)) == []


def test_every_room_that_is_named_exists():
    files = house()
    patterns = [p for floors in FLOORS.values() for floor in floors for p in floor]
    gone = [p for p in patterns if not any(path.startswith(prefixes((p,), files)) for path in files)]
    assert gone == []
    assert papers(files)
    assert {path.split("/")[1] for path in files if path.startswith("checks/") and path.count("/") > 1} == {
        *CHECK_ROOMS,
        *papers(files),
    }


DECIDER = "checks/deciders/moment.py"
PLANTS = [
    (circles, "theory/calculus/exact.py", "from .evaluate import enclose"),
    (circles, "checks/sweep/seeds.py", "def f():\n    from .draws import Draws"),
    (upward, "theory/calculus/exact.py", "from ..language.cells import Cell"),
    (upward, "checks/sweep/seeds.py", "from ..deciders.stats import ALPHA"),
    (upward, "checks/sweep/seeds.py", "from whp.checks.verdict import Verdict"),
    (upward, "checks/separability/recheck.py", "from ..sweep.grid import Grid"),
    (upward, DECIDER, "import whp.checks.verify.plan"),
    (upward, "checks/verify/plan.py", "from ..figures import style"),
    (upward, "checks/somewhere_else.py", "x = 1"),
    (upward, "theory/zhang2023/models/common.py", "from ..ledger import LEDGER"),
    (upward, "kernels/masks.py", "from .zhang2023 import radius"),
    (foreign, "theory/laws/moments.py", "import numba"),
    (foreign, "theory/laws/moments.py", "from ...kernels import margins"),
    (foreign, "theory/__init__.py", "from .. import checks"),
    (foreign, "kernels/masks.py", "from sympy import Symbol"),
    (foreign, "kernels/zhang2023/terms.py", "from ...theory import size"),
    (papers_from_engine_rooms, DECIDER, "from ...theory.zhang2023.symbols import m"),
    (papers_from_engine_rooms, "checks/cli/main.py", "def f():\n    from ..zhang2023 import data  # light"),
    (private_across_rooms, DECIDER, "from .." + "sweep.draws import _RATE"),
    (private_across_rooms, DECIDER, "from ..sweep import draws\nx = draws._RATE"),
    (private_across_rooms, DECIDER, "from ..separability import _margins"),
    (late_imports, DECIDER, "def f():\n    import json  # light"),
    (late_imports, "checks/cli/show.py", "def f():\n    x = 1\n    import json"),
    (words_in_engine_rooms, DECIDER, "x = 'm'"),
    (words_in_engine_rooms, DECIDER, "x = 'eq9'"),
    (words_in_engine_rooms, DECIDER, "x = ['simplified']"),
    (words_in_engine_rooms, DECIDER, "x = {'norm_h2': 1}"),
    (words_in_engine_rooms, "kernels/masks.py", "def f():\n    '''As zhang2023 says.'''"),
    (words_in_engine_rooms, "checks/tables.py", "x = f'{__name__} of zhang2023'"),
    (asked_what_they_have, DECIDER, "x = hasattr(1, 'given')"),
]


@pytest.mark.parametrize(("rule", "path", "source"), PLANTS, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_a_planted_breach_is_reported_where_it_is(rule, path, source):
    before = house()
    after = {**before, path: f"{before.get(path, '')}\n{source}\n"}
    new = set(rule(after)) - standing(rule)
    assert any(path in breach for breach in new), new


NO_BREACHES = [
    (circles, "theory/calculus/evaluate.py", "from .exact import Number"),
    (upward, DECIDER, "from ..sweep.draws import BUDGET\nfrom . import stats\nfrom ...theory import size"),
    (foreign, "checks/verdict.py", "import sympy\nimport numba"),
    (private_across_rooms, "checks/separability/certificate.py", "from ._margins import __all__"),
    (private_across_rooms, DECIDER, "from numpy import _core"),
    (late_imports, "checks/cli/show.py", "def f():\n    # Keeps `whp show` light.\n    import json\n    import csv"),
    (words_in_engine_rooms, DECIDER, "def f():\n    '''m'''\n    return f'm {f}', 'm = d'"),
    (words_in_engine_rooms, "checks/zhang2023/places.py", "x = 'm'"),
    (asked_what_they_have, "checks/verify/plan.py", "x = hasattr(1, 'given')"),
]


@pytest.mark.parametrize(("rule", "path", "source"), NO_BREACHES, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_what_is_allowed_is_not_reported(rule, path, source):
    before = house()
    after = {**before, path: f"{before[path]}\n{source}\n"}
    assert set(rule(after)) == standing(rule)


def test_ordinary_words_are_words_of_a_paper():
    assert set(words_of_papers()) >= ORDINARY
