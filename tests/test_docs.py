"""README and the documentation: commands run and print what is shown, links lead somewhere, nothing is stale."""

from __future__ import annotations

import doctest
import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from repository import ROOT
from whp.checks import check
from whp.theory.zhang2023 import LEDGER

# What is written when the documentation is built.
_GENERATED = "api/"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if p.relative_to(ROOT / "docs").parts[0] not in ("api", "_build")),
    ROOT / "benchmarks" / "README.md",
]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#]+?)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"^\$ (whp .*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)
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


def commands(page: Path) -> list[tuple[str, str]]:
    """The commands of a page's terminals, each with what is printed there below it."""
    return _COMMAND.findall(page.read_text(encoding="utf-8"))


def printed_as_shown(shown: str, found: str) -> bool:
    """Whether a command printed what a page shows, where ... stands for anything and spaces are one."""
    return not shown or doctest.OutputChecker().check_output(
        shown, found, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    whp = str(Path(sys.executable).with_name("whp"))
    terminal = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1"}
    for command, shown in commands(page):
        words = shlex.split(command, comments=True)[1:]
        done = subprocess.run([whp, *words], cwd=tmp_path, env=terminal, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert done.stdout
        assert printed_as_shown(shown, done.stdout), f"{command}: shown\n{shown}\nfound\n{done.stdout}"


def test_other_output_than_shown_is_caught() -> None:
    assert printed_as_shown("holds, proved\n  ...\n", "holds,   proved\n  for all d\n")
    assert not printed_as_shown("holds, proved\n...\n", "refuted, certified\n  at d = 58\n")


def module(name: str) -> Iterator[ModuleType]:
    """A module of the documentation, which lies in no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield importlib.import_module(name)


@pytest.fixture(scope="module")
def generated() -> Iterator[ModuleType]:
    yield from module("generated")


@pytest.fixture(scope="module")
def reference() -> Iterator[ModuleType]:
    yield from module("commands")


@pytest.fixture(scope="module")
def gallery() -> Iterator[ModuleType]:
    yield from module("gallery")


@pytest.fixture(scope="module")
def ledger() -> Iterator[ModuleType]:
    yield from module("ledger")


@pytest.fixture(scope="module")
def offline() -> Iterator[ModuleType]:
    yield from module("offline")


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


def guide() -> list[Path]:
    return [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]


def test_the_page_of_commands_has_every_option_with_an_example(reference: ModuleType) -> None:
    text = reference.commands_page(guide())
    sections = dict(re.findall(r"^## whp (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    found = reference.commands()
    assert list(sections) == list(found)
    assert {"check", "verify", "law"} <= set(found)
    for name, command in found.items():
        rows = [row for row in sections[name].splitlines() if row.startswith("| `-")]
        options = [p for p in command.params if p.param_type_name == "option"]
        assert [row.split("`")[1] for row in rows] == [option.opts[0] for option in options]
        assert [row for row in rows if row.endswith("|  |")] == [], f"no example of an option of whp {name}"


def test_every_command_line_that_is_shown_can_be_read(reference: ModuleType) -> None:
    found = reference.commands()
    texts = [*(command.help for command in found.values()), *(p.read_text(encoding="utf-8") for p in guide())]
    lines = [line for text in texts for line in reference.uses(text) if line.split()[1] in found]
    assert len(lines) > 60
    why = [why for line in lines if (why := reference.refused(line, found[line.split()[1]]))]
    # Within a sentence a command may be named without what it needs.
    assert [w for w in why if "Missing argument" not in w and "requires an argument" not in w] == []
    assert "No such option: --sizes" in reference.refused("whp check k --sizes k=1", found["check"])


def test_the_gallery_has_a_dozen_figures_with_words_and_code(gallery: ModuleType, tmp_path: Path) -> None:
    parts = [gallery.words_and_code(script) for script in gallery.scripts()]
    assert len(parts) >= 12
    assert all(title and words and "figure = " in code and '"""' not in code[:3] for title, words, code in parts)
    bad = tmp_path / "bad.py"
    bad.write_text('"""Title.\n\nWords.\n"""\n\nfigure = 1\n', encoding="utf-8")
    with pytest.raises(TypeError, match=r"bad\.py: found figure = 1"):
        gallery.draw(bad, tmp_path / "bad.png")


def test_the_ledger_page_has_verdicts_of_statements_as_they_are(generated: ModuleType, ledger: ModuleType) -> None:
    rows = ledger.kept()
    text = generated.ledger_page()
    every = [s for paper in generated.own_papers() for s in paper.ledger.statements]
    lacking = [s.key for s in every if "Not checked" in ledger.verdict_line(s, rows)]
    assert len(lacking) < len(every) / 10, f"`python docs/ledger.py RUN` is due: {lacking}"
    assert text.count("**Holds**") > 100
    assert "**Refuted**, certified: smallest counterexample at m = 2, d = 1." in text
    printed = LEDGER["eq9"][0]
    assert ledger.verdict_line(replace(printed, claims=LEDGER["eq9"][1].claims), rows) == "Not checked for this page."


@pytest.mark.parametrize("key", ["eq9", "lem3.3"])
def test_a_verdict_on_the_ledger_page_is_what_is_found_today(ledger: ModuleType, key: str) -> None:
    rows = ledger.kept()
    for statement in LEDGER[key]:
        result = check(statement)
        row = rows[key, statement.form, ledger.claimed(statement)]
        assert (row["verdict"], row["evidence"]) == (str(result.verdict), str(result.evidence))


def test_a_page_that_asks_another_host_is_found(offline: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="https://host/">a link</a><img src="b.png">', encoding="utf-8")
    (tmp_path / "b.html").write_text('<script async src="https://host/mathjax.js"></script>', encoding="utf-8")
    (tmp_path / "c.css").write_text("@import 'https://host/d.css'; a { background: url(d.png) }", encoding="utf-8")
    (tmp_path / "e.html").write_text('<link rel="stylesheet" href="//host/e.css">', encoding="utf-8")
    found = [(path.name, address) for path, address in offline.asks_elsewhere(tmp_path)]
    assert found == [
        ("b.html", "https://host/mathjax.js"),
        ("c.css", "https://host/d.css"),
        ("e.html", "//host/e.css"),
    ]


def test_the_tutorial_is_kept_without_outputs_and_is_shown() -> None:
    notebook = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) >= 6
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert "\napi/tutorial\n" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
