"""Every example in the docstrings of the installed packages and on the documentation's pages runs as printed."""

from __future__ import annotations

import doctest
import pkgutil
import re
from importlib import import_module

import pytest
from repository import ROOT

PACKAGES = ("whp.theory", "whp.kernels", "whp.checks")
_FENCE = re.compile(r"^ *```.*$", re.MULTILINE)


def modules() -> list[str]:
    found = list(PACKAGES)
    for package in PACKAGES:
        path = import_module(package).__path__
        found += [info.name for info in pkgutil.walk_packages(path, package + ".")]
    # Importing what `python -m` runs would run it.
    return sorted(name for name in found if not name.endswith(".__main__"))


def pages() -> list[str]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    return sorted(str(p.relative_to(ROOT)) for p in found if p.is_file() and ">>>" in p.read_text(encoding="utf-8"))


def page_test(text: str, name: str) -> doctest.DocTest:
    # A closing fence would count as expected output; blanked, it ends the example and keeps the line numbers.
    return doctest.DocTestParser().get_doctest(_FENCE.sub("", text), {}, name, name, 0)


@pytest.mark.parametrize("name", modules())
def test_examples_of_a_module_run(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


@pytest.mark.parametrize("name", pages())
def test_examples_of_a_page_run(name: str) -> None:
    test = page_test((ROOT / name).read_text(encoding="utf-8"), name)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_a_wrong_example_on_a_page_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    text = "Some words.\n\n```python\n>>> 1 + 1\n3\n```\n"
    assert doctest.DocTestRunner().run(page_test(text, "planted")).failed == 1
    assert "line 4" in capsys.readouterr().out
