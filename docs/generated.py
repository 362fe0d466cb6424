"""Pages that are written from the code: the reference of the three packages and the ledger."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType

__all__ = ["escape_bars", "ledger_page", "reference_pages", "write_pages"]

PACKAGES = ("whp.theory", "whp.kernels", "whp.checks")
_FORMS = {"printed": "as printed", "repaired": "repaired", "sharp": "sharp", "definition": "definition"}


def write_pages(folder: Path) -> None:
    """Write every generated page into `folder`; a page that did not change keeps its date, so builds stay quick."""
    pages = {"ledger.md": ledger_page()}
    for package in PACKAGES:
        pages |= {f"{name}.rst": text for name, text in reference_pages(package).items()}
    folder.mkdir(exist_ok=True)
    for stale in {page.name for page in folder.iterdir()} - set(pages):
        (folder / stale).unlink()
    for name, text in pages.items():
        page = folder / name
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _title(text: str) -> list[str]:
    return [text, "=" * len(text), ""]


def reference_pages(package: str) -> dict[str, str]:
    """One page for the package with the names it exports, one for each public module with the others."""
    root = import_module(package)
    modules = [
        info.name
        for info in pkgutil.walk_packages(root.__path__, package + ".")
        if not any(part.startswith("_") for part in info.name.split("."))
    ]
    exported = {id(getattr(root, name)): f"{package}.{name}" for name in root.__all__}
    lines = [*_title(package), f".. automodule:: {package}", ""]
    for name in sorted(root.__all__, key=str.lower):
        lines += _entry(root, name)
    lines += [".. rubric:: Modules", "", ".. toctree::", "   :maxdepth: 1", "", *[f"   {name}" for name in modules], ""]
    pages = {package: "\n".join(lines)}
    for name in modules:
        pages[name] = _module_page(import_module(name), exported)
    return pages


def _module_page(module: ModuleType, exported: dict[int, str]) -> str:
    lines = [*_title(module.__name__), f".. automodule:: {module.__name__}"]
    # A function of the package may bear its module's name (ledger): the function keeps the index entry.
    lines += ["   :no-index:", ""] if module.__name__ in exported.values() else [""]
    names = getattr(module, "__all__", ())
    elsewhere = [exported[id(getattr(module, n))] for n in names if id(getattr(module, n)) in exported]
    if elsewhere:
        lines += ["Described with the package: " + ", ".join(f":py:obj:`{name}`" for name in elsewhere) + ".", ""]
    for name in names:
        if id(getattr(module, name)) not in exported:
            lines += _entry(module, name)
    return "\n".join(lines)


def _entry(module: ModuleType, name: str) -> list[str]:
    """The directive that describes one name; plain data such as symbols have no description of their own."""
    value = getattr(module, name)
    if inspect.isclass(value):
        return [f".. autoclass:: {module.__name__}.{name}", "   :members:", "   :show-inheritance:", ""]
    if inspect.isroutine(value):
        return [f".. autofunction:: {module.__name__}.{name}", ""]
    return []


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


def ledger_page() -> str:
    """Every statement of the paper's ledger with its claims in TeX, in the ledger's order."""
    from whp.theory import ledger

    lines = [
        "# The ledger",
        "",
        "Every statement the tool knows, in the paper's order. `whp show KEY` prints one, `whp verify KEY` checks it. "
        "This page says what is claimed, not what is true: see [what a verdict says](../verdicts.md).",
        "",
    ]
    for s in ledger().statements:
        lines += [f"## {s.key} ({_FORMS[s.form]})", "", f"{s.title}.", ""]
        if s.claims:
            rows = r" \\ ".join(claim.latex for claim in s.claims)
            lines += ["$$", rf"\begin{{gathered}} {rows} \end{{gathered}}", "$$", ""]
        if s.hypotheses:
            lines += ["If " + " and ".join(h.words for h in s.hypotheses) + ".", ""]
        uses = f" Uses {', '.join(f'`{key}`' for key in s.uses)}." if s.uses else ""
        lines += [f"*{s.source}.*{uses}", ""]
    return "\n".join(lines)
