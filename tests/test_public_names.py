"""The page of public names: it lists exactly what the packages export, few at the top, and each with an example."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from repository import ROOT

PAGE = ROOT / "docs" / "public-names.md"
TOP = ("whp.theory", "whp.kernels", "whp.checks")
PACKAGES = (
    *TOP,
    "whp.checks.figures",
    "whp.checks.separability",
    "whp.checks.zhang2023",
    "whp.theory.zhang2023",
    "whp.kernels.zhang2023",
)
MOST = 110
_SECTION = re.compile(r"^## (\S+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


def listed(text: str) -> dict[str, dict[str, str]]:
    """The names of each section of the page, with what is said of them."""
    return {package: dict(_ROW.findall(body)) for package, body in _SECTION.findall(text)}


def used(text: str) -> set[str]:
    """The names that examples use; an import alone shows nothing."""
    sources = (example.source for example in doctest.DocTestParser().get_examples(text.replace("```", "")))
    return {word for source in sources if "import " not in source for word in re.findall(r"\w+", source)}


def docstrings(value: Any) -> Iterator[str]:
    """The docstrings of an object of its own, of its methods, and of its module."""
    module = inspect.getmodule(value)
    yield inspect.getdoc(value) or ""
    if inspect.isclass(value):
        yield from (inspect.getdoc(member) or "" for member in vars(value).values() if callable(member))
    yield (module.__doc__ or "") if module else ""


def own(package: str) -> list[str]:
    """The names that a package exports, without SymPy's, which are there to be typed."""
    module = import_module(package)
    values = {name: getattr(module, name) for name in module.__all__}
    home = {n: getattr(v, "__module__", None) or type(v).__module__ for n, v in values.items()}
    return [name for name in module.__all__ if not home[name].startswith("sympy.")]


def without_example(package: str) -> set[str]:
    """The names of a package that neither a docstring nor a page's example shows."""
    shown = set().union(*(used(page.read_text(encoding="utf-8")) for page in (ROOT / "docs").glob("*.md")))
    module = import_module(package)
    lacking = {n for n in own(package) if not any(">>>" in text for text in docstrings(getattr(module, n)))}
    return {f"{package}.{name}" for name in lacking - shown}


PAGE_NAMES = listed(PAGE.read_text(encoding="utf-8"))


def test_the_page_has_a_section_for_each_package() -> None:
    assert tuple(PAGE_NAMES) == PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_the_page_lists_exactly_what_a_package_exports(package: str) -> None:
    module = import_module(package)
    assert sorted(PAGE_NAMES[package]) == sorted(own(package))
    assert all(hasattr(module, name) for name in module.__all__)


def test_the_top_level_is_small() -> None:
    assert sum(len(own(package)) for package in TOP) < MOST


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_has_an_example(package: str) -> None:
    assert without_example(package) == set()


def test_a_missing_row_and_a_mere_import_are_caught() -> None:
    assert listed("## whp.a\n\n| name | |\n|---|---|\n| `f` | does it |\n") == {"whp.a": {"f": "does it"}}
    assert used(">>> from whp import f, g\n>>> f(1)\n1\n") == {"f", "1"}
