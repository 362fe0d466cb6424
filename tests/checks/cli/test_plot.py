"""`whp plot`: a run, keys or a file, in the size and style of a venue; the same bytes again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner
from whp.checks.cli.main import app

FILE = """
from sympy import exp
from whp.theory import Claim, Link, Source, Statement, size
k = size("k")
square = Statement("square", "printed", "Squares are small", Source("me", "p. 1"), (Claim((Link(k**2, "<=", 5 * k),)),))
"""


def run(*words: str | Path) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, ["plot", *map(str, words)])
    return found.exit_code, found.output, str(found.exception or "")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_file_is_drawn_in_the_style_asked_for(file: Path, tmp_path: Path) -> None:
    options = ("--venue", "tmlr", "--column", "half", "--format", "pdf,svg", "--style", "grey")
    code, out, error = run(file, *options, "-o", tmp_path / "one")
    assert (code, error) == (0, "")
    assert "1 figures in" in out
    written = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert written == ["square.csv", "square.pdf", "square.svg", "square.tex", "square.txt", "whp-numbers.tex"]
    svg = (tmp_path / "one" / "square.svg").read_text(encoding="utf-8")
    assert 'width="234pt"' in svg
    colours = {m.lower() for m in re.findall(r"#([0-9a-fA-F]{6})", svg)}
    assert all(c[:2] == c[2:4] == c[4:] for c in colours)
    run(file, *options, "-o", tmp_path / "two")
    for name in written:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_one_kind_and_a_contact_sheet(file: Path, tmp_path: Path) -> None:
    code, out, _ = run(file, "--kind", "trend", "--sheet", "-o", tmp_path / "out")
    assert code == 0
    assert "1 contact sheets" in out
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {"square.trend.png", "contact-sheet-1.png"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--kind", "pie"), "--kind: found 'pie'; one of margin, "),
        (("--venue", "nature"), "found venue 'nature'; one of aistats2025, "),
        (("--column", "third"), "found column 'third'; one of half, full"),
        (("--format", "gif"), "--format: found 'gif'; some of pdf, svg, png, pgf"),
        (("--kind", "margin"), "there is nothing to draw of kind margin of square"),
    ],
)
def test_what_cannot_be_drawn_is_said(file: Path, tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    code, _, error = run(file, *options, "-o", tmp_path / "out")
    assert code != 0
    assert words in error


def test_help_loads_no_drawing_library() -> None:
    code = (
        "import sys\nfrom whp.checks.cli.plot import plot\nprint({'matplotlib', 'sympy', 'numpy'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_a_stored_run_is_drawn_without_compiled_kernels() -> None:
    code = (
        "import sys\nimport whp.checks.figures.write, whp.checks.verify.run, whp.checks.zhang2023.paper\n"
        "print(sorted({'numba', 'pandas', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
