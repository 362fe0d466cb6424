"""Any terminal will do: other encodings, no width, no capabilities, readers that have gone."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from whp.checks.cli.main import main
from whp.checks.cli.terminal import plain

WHP = Path(sys.executable).parent / "whp"
CLAIM = "P(Normal(0,1) >= 1) <= 1/2"


def whp(*args, **environment):
    env = {**os.environ, **environment}
    return subprocess.run([str(WHP), *args], capture_output=True, timeout=200, check=False, env=env)


def printed(code, encoding):
    """What a program with the command's streams prints."""
    start = "import json\nfrom whp.checks.cli.terminal import prepare, print_rich\n"
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", start + code], capture_output=True, timeout=100, check=True, env=env)
    assert done.stderr == b""
    return done.stdout.decode(encoding)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", "P <= sqrt2 - 1\n|margin| >= theta\n"),
        ("cp1252", "P <= sqrt2 – 1\n|margin| >= theta\n"),
        ("utf-8", "P ≤ √2 – 1\n|margin| ≥ θ\n"),
    ],
)
def test_signs_that_an_encoding_lacks_are_written_plainly(encoding, expected):
    code = "prepare(False)\nprint('P \u2264 \u221a2 \u2013 1')\nprint_rich('|margin| \u2265 \u03b8')\n"
    assert printed(code, encoding) == expected


def test_blanks_at_the_ends_of_lines_are_not_written_in_a_pipe():
    code = "prepare(False)\nprint('a  ', end=' ')\nprint(' b \\n\\n  c', end='  ', flush=True)\nprint()\nprint('d ')\n"
    assert printed(code, "utf-8") == "a    b\n\n  c\nd\n"
    twice = "prepare(True)\nprepare(False)\nprint(' ≤ ')\n"
    assert printed(twice, "ascii") == " <=\n"


def test_json_is_escaped_and_not_spelt_plainly():
    text = printed("prepare(True)\nprint(json.dumps(['\u2264 \u00e9', '\U0001d53c'], ensure_ascii=False))\n", "ascii")
    assert json.loads(text) == ["≤ é", "𝔼"]
    assert text == '["\\u2264 \\u00e9", "\\ud835\\udd3c"]\n'


def test_a_command_ends_as_it_does_elsewhere():
    done = whp("show", "lem3.4", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"?" not in done.stdout


def test_errors_are_written_plainly_and_keep_their_exit_code():
    done = whp("check", "P(Normal(0,1) ⩾ 1) <= 1/2", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert done.stderr.startswith(b"whp: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ≤ b, ‖x‖² ≥ −1", "a <= b, ||x||2 >= -1"),
        ("σ(θ) → ∞, Ω, ς", "sigma(theta) -> oo, Omega, sigma"),
        ("Erdős–Rényi…", "Erdos-Renyi..."),
        ("\N{SNOWMAN}", "?"),
        ("ascii | only", "ascii | only"),
    ],
)
def test_plain_text(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize("columns", ["0", "1", "20", "-5", "wide", "", "1000000"])
def test_any_columns_will_do(columns, monkeypatch, capsys):
    for words in (["check", CLAIM], ["verify", "--help"], ["statements", "--paper", "classics"]):
        monkeypatch.setenv("COLUMNS", columns)
        with pytest.raises(SystemExit) as stop:
            main(words)
        shown = capsys.readouterr()
        assert stop.value.code == 0
        assert shown.out.strip()
        assert shown.err == ""
        assert not [line for line in shown.out.splitlines() if line.endswith(" ")]
        if columns in ("1", "20"):
            # A word that is longer than the line is all that may stick out.
            assert max(len(line) for line in shown.out.splitlines() if " " in line.strip()) <= 40


def on_a_terminal(words, **environment):
    """What a program writes to a terminal, and its exit code."""
    leader, follower = pty.openpty()
    env = {**os.environ, **environment}
    done = subprocess.Popen([str(WHP), *words], stdout=follower, stderr=follower, stdin=subprocess.DEVNULL, env=env)
    os.close(follower)
    written = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        written += piece
    os.close(leader)
    return written.decode(), done.wait(timeout=100)


def test_a_dumb_terminal_gets_no_escapes(tmp_path):
    words = ["verify", "laurent-massart.upper", "--quick", "--jobs", "1", "--out", str(tmp_path / "run")]
    text, code = on_a_terminal(words, TERM="dumb")
    assert code == 0
    assert "\x1b" not in text
    assert "holds" in text


@pytest.mark.parametrize("words", [["statements"], ["--help"], ["statements", "--json"]])
def test_a_reader_that_has_gone_is_no_error(words):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([str(WHP), *words], stdout=write, stderr=subprocess.PIPE, timeout=100, check=False)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 141


def test_closed_streams_swallow_what_they_get():
    for closed, code in ((">&-", 0), (">&- 2>&-", 0)):
        done = subprocess.run(f"'{WHP}' statements {closed}", shell=True, capture_output=True, timeout=100, check=False)
        assert done.returncode == code
        assert done.stderr == b""
    bad = subprocess.run(f"'{WHP}' check nonsense 2>&-", shell=True, capture_output=True, timeout=100, check=False)
    assert bad.returncode == 2


def test_a_file_that_ends_too_early_is_no_interrupt(monkeypatch, capsys):
    def cut(*args, **options):
        raise EOFError("Ran out of input")

    monkeypatch.setattr("whp.checks.cli.notebook.check", cut)
    with pytest.raises(SystemExit) as stop:
        main(["check", CLAIM])
    assert stop.value.code == 2
    assert capsys.readouterr().err.strip() == "whp: a file ends too early: Ran out of input"
