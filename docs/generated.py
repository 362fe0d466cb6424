"""Pages that are written from the code: references of packages and commands, ledgers, gallery and tutorial."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from commands import commands_page
from gallery import gallery_page
from ledger import kept, verdict_line
from whp.checks import Paper
from whp.checks.paper import GROUP
from whp.theory import Statement

__all__ = ["escape_bars", "ledger_page", "own_papers", "reference_pages", "write_pages"]

HERE = Path(__file__).parent
PACKAGES = ("whp.theory", "whp.kernels", "whp.checks")
_FORMS = {"printed": "as printed", "repaired": "repaired", "sharp": "sharp", "definition": "definition"}


def write_pages(folder: Path) -> None:
    """Write every generated page into `folder`; a page that did not change keeps its date, so builds stay quick."""
    from notebook import notebook_page  # Jupyter is needed to build, not to test the other pages

    folder.mkdir(exist_ok=True)
    for stale in folder.glob("*.png"):
        stale.unlink()
    pages = {
        "ledger.md": ledger_page(),
        "commands.md": commands_page([*sorted(HERE.glob("*.md")), HERE.parent / "README.md"]),
        "gallery.md": gallery_page(folder),
        "tutorial.md": notebook_page(HERE / "tutorial.ipynb", folder),
    }
    for package in PACKAGES:
        pages |= {f"{name}.rst": text for name, text in reference_pages(package).items()}
    for page in folder.iterdir():
        if page.suffix != ".png" and page.name not in pages:
            page.unlink()
    for name, text in pages.items():
        page = folder / name
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _title(text: str) -> list[str]:
    return [text, "=" * len(text), ""]


def reference_pages(package: str) -> dict[str, str]:
    """One page for each public module below a package; a package's page lists what is in it.

    A name is described where it is imported from: with the highest package that exports it, else with its module.
    """
    found = pkgutil.walk_packages(import_module(package).__path__, package + ".")
    public = {i.name: i.ispkg for i in found if not any(part.startswith("_") for part in i.name.split("."))}
    modules = {package: True, **public}
    exported: dict[int, str] = {}
    for name in sorted((name for name, is_package in modules.items() if is_package), key=lambda name: name.count(".")):
        for export in _described(import_module(name)):
            exported.setdefault(id(getattr(import_module(name), export)), f"{name}.{export}")
    return {name: _module_page(import_module(name), exported, _children(name, modules)) for name in modules}


def _children(package: str, modules: Iterable[str]) -> list[str]:
    return [name for name in modules if name.rpartition(".")[0] == package]


def _described(module: ModuleType) -> list[str]:
    """The exported names that have a description of their own: classes and functions, not data such as symbols.

    What SymPy describes is not described again.
    """
    values = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    ours = {name: v for name, v in values.items() if not str(getattr(v, "__module__", "")).startswith("sympy.")}
    return [name for name, value in ours.items() if inspect.isclass(value) or inspect.isroutine(value)]


def _module_page(module: ModuleType, exported: dict[int, str], children: list[str]) -> str:
    name, described = module.__name__, _described(module)
    lines = [*_title(name), f".. automodule:: {name}"]
    # A function of a package may bear its module's name: the function keeps the index entry.
    lines += ["   :no-index:", ""] if name in exported.values() else [""]
    data = [export for export in getattr(module, "__all__", ()) if export not in described]
    homes = {export: exported.get(id(getattr(module, export)), f"{name}.{export}") for export in described}
    elsewhere = [home for export, home in homes.items() if home != f"{name}.{export}"]
    if data:
        lines += ["Data: " + ", ".join(f"``{export}``" for export in data) + ".", ""]
    if elsewhere:
        lines += ["Described with the package: " + ", ".join(f":py:obj:`{home}`" for home in elsewhere) + ".", ""]
    for export in sorted(described, key=str.lower) if children else described:
        if homes[export] == f"{name}.{export}":
            lines += _entry(module, export)
    if children:
        lines += [".. rubric:: Modules", "", ".. toctree::", "   :maxdepth: 1", ""]
        lines += [*(f"   {child}" for child in children), ""]
    return "\n".join(lines)


def _entry(module: ModuleType, name: str) -> list[str]:
    """The directive that describes a class or a function."""
    if inspect.isclass(getattr(module, name)):
        return [f".. autoclass:: {module.__name__}.{name}", "   :members:", "   :show-inheritance:", ""]
    return [f".. autofunction:: {module.__name__}.{name}", ""]


def escape_bars(lines: list[str]) -> list[str]:
    """A docstring whose bars are absolute values and never substitutions; code is left alone.

    Examples
    --------
    >>> escape_bars(["P(|X| > t), see ``a | b``", ">>> 1 | 2"])
    ['P(\\\\|X\\\\| > t), see ``a | b``', '>>> 1 | 2']
    """
    escaped, example = [], False
    for line in lines:
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            parts = line.split("``")
            parts[::2] = [part.replace("|", "\\|") for part in parts[::2]]
            line = "``".join(parts)
        escaped.append(line)
    return escaped


def own_papers() -> list[Paper]:
    """The papers that come with this project, not those that happen to be installed beside it."""
    points = entry_points(group=GROUP)
    return [point.load() for point in sorted(points, key=lambda p: p.name) if point.value.split(".")[0] == "whp"]


def ledger_page() -> str:
    """Every statement of each paper's ledger with its claims in TeX and its verdict, in the ledger's order."""
    lines = [
        "# The ledger",
        "",
        "Every statement the tool knows, in its paper's order, with its verdict in a stored run of "
        "`whp verify --all`. `whp show KEY` prints one, `whp verify KEY` checks it. "
        "[What a verdict says](../verdicts.md) tells what the words are worth; a statement that claims something else "
        "than it did in that run has none.",
        "",
    ]
    rows = kept()
    for paper in own_papers():
        lines += [f"## {paper.key}", "", f"{paper.reference.text}", ""]
        for statement in paper.ledger.statements:
            lines += _statement_lines(statement, verdict_line(statement, rows))
    return "\n".join(lines)


def _statement_lines(s: Statement, verdict: str) -> list[str]:
    lines = [f"### {s.key} ({_FORMS[s.form]})", "", f"{s.title}.", ""]
    if s.claims:
        rows = r" \\ ".join(claim.latex for claim in s.claims)
        lines += ["$$", rf"\begin{{gathered}} {rows} \end{{gathered}}", "$$", ""]
    if s.hypotheses:
        lines += ["If " + " and ".join(h.words for h in s.hypotheses) + ".", ""]
    uses = f" Uses {', '.join(f'`{key}`' for key in s.uses)}." if s.uses else ""
    return [*lines, verdict, "", f"*{s.source}.*{uses}", ""]
