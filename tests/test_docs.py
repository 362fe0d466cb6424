"""README and the documentation's pages: their commands run and their links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from repository import ROOT

# What is written when the documentation is built.
_GENERATED = "api/"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if p.relative_to(ROOT / "docs").parts[0] not in ("api", "_build")),
    ROOT / "benchmarks" / "README.md",
]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#]+?)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"^\$ (whp .*)$", re.MULTILINE)
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def broken_links(text: str, folder: Path) -> list[str]:
    links = [link for link in _LINK.findall(text) if "://" not in link and not link.startswith(_GENERATED)]
    return [link for link in links if not (folder / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_files(page: Path) -> None:
    assert broken_links(page.read_text(encoding="utf-8"), page.parent) == []


def test_a_dead_link_is_caught() -> None:
    assert broken_links("[a](no-such-page.md), [b](README.md#x), ![c](https://example.org/d.png)", ROOT) == [
        "no-such-page.md"
    ]


def test_readme_has_two_commands_each_in_a_fresh_environment() -> None:
    blocks = _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [block.count("\n") for block in blocks] == [1, 1]
    assert all(block.startswith("python3 -m venv .venv && .venv/bin/pip install ") for block in blocks)
    assert ".venv/bin/whp verify --out " in blocks[0]
    assert blocks[1].endswith(".venv/bin/pytest\n")


def commands(page: Path) -> list[str]:
    return _COMMAND.findall(page.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    whp = str(Path(sys.executable).with_name("whp"))
    for command in commands(page):
        arguments = shlex.split(command, comments=True)[1:]
        done = subprocess.run([whp, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert done.stdout


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated", ROOT / "docs" / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_reaches_every_public_module_and_describes_a_name_once(generated: ModuleType) -> None:
    pages = generated.reference_pages("whp.checks")
    assert {"whp.checks", "whp.checks.separability", "whp.checks.zhang2023.engines.initial"} <= set(pages)
    assert "whp.checks.separability._proposals" not in pages
    linked = [line.strip() for text in pages.values() for line in text.splitlines() if line.startswith("   whp.")]
    assert sorted(["whp.checks", *linked]) == sorted(pages)
    described = "\n".join(pages.values())
    assert described.count(".separate\n") == 1
    assert ".. autofunction:: whp.checks.separability.separate\n" in pages["whp.checks.separability"]


def test_the_ledger_page_has_every_statement(generated: ModuleType) -> None:
    text = generated.ledger_page()
    for paper in generated.own_papers():
        assert f"\n## {paper.key}\n" in text
        assert all(f"\n### {s.key} (" in text for s in paper.ledger.statements)
