"""The command line: what it prints, what it writes, and one line for everything that is wrong."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from whp import checks

WHP = Path(sys.executable).parent / "whp"
SMALL = ["--widths", "8,32", "--dims", "9", "--samples", "4", "--data", "sphere", "--trials", "40"]


def whp(*args, **options):
    return subprocess.run(
        [str(WHP), *map(str, args)], capture_output=True, text=True, timeout=300, check=False, **options
    )


def test_help_is_fast_because_nothing_heavy_is_loaded():
    code = (
        "import sys; sys.argv = ['whp', '--help']\n"
        "from whp.checks.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "heavy = {'numba', 'sympy', 'scipy', 'sklearn', 'matplotlib', 'numpy', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "verify" in done.stdout


def test_statements_lists_the_ledger_as_json():
    rows = json.loads(whp("statements", "--json").stdout)
    by_key = {(r["key"], r["form"]): r for r in rows}
    assert set(rows[0]) == {"key", "aliases", "form", "kinds", "source", "latex"}
    assert by_key["lem3.3", "printed"]["aliases"] == ["eq13"]
    assert r"1 - e^{\frac{m}{7}}" in by_key["lem3.3", "printed"]["latex"]
    assert by_key["eq9", "printed"]["kinds"] == ["moment"]


def test_show_prints_a_statement_and_its_tree():
    shown = whp("show", "eq13").stdout
    assert "lem3.3 · printed" in shown
    assert "lem3.3 · repaired" in shown
    tree = whp("show", "lem3.4", "--tree").stdout
    assert "eq12.laws" in tree
    assert "lem3.2" in tree


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "out"
    done = whp("verify", "eq9", "S4", "lem3.3", "--out", out, "--seed", 3, "--jobs", 1, "--profile", *SMALL)
    assert done.returncode == 0, done.stderr
    return out, done


def test_a_profile_says_what_each_statement_took(run):
    out, done = run
    spent = json.loads((out / "run.json").read_text())["cpu_seconds"]
    assert {"eq9 printed", "lem3.3 printed", "S4 sharp", "draws"} <= {*spent}
    assert {*spent["draws"]} == {"draws"}
    total = sum(seconds for parts in spent.values() for seconds in parts.values())
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("all ")]
    assert abs(float(row.split()[1]) - total) <= 0.051


def test_verify_writes_verdicts_tables_and_figures(run):
    out, done = run
    assert "refuted" in done.stdout
    assert done.stderr == ""
    verdicts = json.loads((out / "verdicts.json").read_text())
    assert {v["schema"] for v in verdicts} == {3}
    found = {(v["key"], v["form"]): v["verdict"] for v in verdicts}
    assert found["eq9", "printed"] == "refuted"
    assert found["lem3.3", "printed"] == "vacuous"
    assert found["S4", "sharp"] == "holds"
    eq9 = next(v for v in verdicts if v["key"] == "eq9" and v["form"] == "printed")
    smallest = {"cell": {"m": "2", "d": "1"}, "value": "5/2", "bound": "21/8", "smallest": True}
    assert eq9["links"][0]["counterexample"] == smallest
    assert (out / "cells.csv").read_text().startswith("key,form,link")
    assert "init" in (out / "draws.csv").read_text()
    for suffix in ("pdf", "svg", "png", "txt"):
        assert (out / "figures" / f"S4.{suffix}").stat().st_size > 0
    description = json.loads((out / "run.json").read_text())
    assert (description["seed"], description["trials"], description["alpha"]) == (3, 40, 1e-6)
    text = (out / "verdicts.json").read_text()
    assert str(out) not in text
    assert str(time.gmtime().tm_year) not in text.replace("zhang2023", "")


def test_plot_and_explain_read_the_stored_run(run):
    out, _ = run
    before = (out / "figures" / "S4.pdf").read_bytes()
    (out / "figures" / "S4.pdf").unlink()
    assert whp("plot", out, "S4").returncode == 0
    assert (out / "figures" / "S4.pdf").read_bytes() == before
    told = json.loads(whp("explain", "S4", "--out", out, "--json").stdout)
    assert told[0]["verdict"] == "holds"
    assert "bound / truth" in told[0]["links"][0]["tightest"]


@pytest.mark.slow
def test_the_same_bytes_at_any_number_of_workers_and_after_a_kill(run, tmp_path):
    out, _ = run
    args = ["verify", "eq9", "S4", "lem3.3", "--seed", 3, *SMALL]
    other = tmp_path / "two"
    assert whp(*args, "--jobs", 2, "--out", other).returncode == 0
    assert (other / "verdicts.json").read_bytes() == (out / "verdicts.json").read_bytes()
    killed = tmp_path / "killed"
    process = subprocess.Popen(
        [str(WHP), *map(str, args), "--jobs", "1", "--out", str(killed)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    store = killed / "results.sqlite"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None and not _finished(store):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "verdicts.json").exists()
    assert _finished(store)
    refused = whp(*args, "--out", killed)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    assert whp(*args, "--jobs", 2, "--out", killed, "--resume").returncode == 0
    assert (killed / "verdicts.json").read_bytes() == (out / "verdicts.json").read_bytes()


def _finished(store):
    import sqlite3

    if not store.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM finished").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_resume_refuses_other_options(run):
    out, _ = run
    done = whp("verify", "S4", "--out", out, "--resume", "--seed", 4, *SMALL)
    assert done.returncode == 2
    assert "seed = 3, this one 4" in done.stderr


def test_resume_refuses_other_statements_and_names_them(run):
    out, _ = run
    verdicts = (out / "verdicts.json").read_bytes()
    done = whp("verify", "S4", "--out", out, "--resume", "--seed", 3, *SMALL)
    assert done.returncode == 2
    assert done.stderr.startswith("whp: the stored run is of other statements (")
    assert "eq9 printed" in done.stderr
    assert "only in the stored run); resume with the same statements or choose another --out" in done.stderr
    assert len(done.stderr) < 300
    assert (out / "verdicts.json").read_bytes() == verdicts


@pytest.mark.parametrize("command", ["check", "verify", "prove", "plot", "certify", "diff"])
def test_help_has_examples(command):
    words = " ".join(whp(command, "--help", env={**os.environ, "COLUMNS": "200"}).stdout.split())
    assert f"Examples: whp {command} " in words.replace("`", "").replace("│", "")


def test_diff_compares_finished_runs(run, tmp_path):
    out, _ = run
    done = whp("diff", out, out, "--strict")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 of ")
    missing = whp("diff", out, tmp_path)
    assert missing.returncode == 2
    assert "holds no finished run" in missing.stderr


def test_a_system_error_is_said_in_words(tmp_path):
    done = whp("certify", tmp_path / "none.csv")
    assert done.returncode == 2
    assert done.stderr == f"whp: {tmp_path}/none.csv is not there; a table of samples and labels is needed\n"
    assert "[Errno" not in whp("report", tmp_path / "none").stderr


def test_dry_run_counts_and_writes_nothing(tmp_path):
    done = whp("verify", "--dry-run", "--json", "--out", tmp_path / "never", *SMALL)
    facts = json.loads(done.stdout)
    assert facts["trials"] > 0
    assert facts["minutes"] >= 0
    assert not (tmp_path / "never").exists()


def test_strict_turns_a_refutation_into_exit_1(tmp_path):
    done = whp("verify", "eq9", "--strict", "--json", "--out", tmp_path / "strict", *SMALL)
    assert done.returncode == 1
    assert any(v["verdict"] == "refuted" for v in json.loads(done.stdout))


def _npz(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def _bad_inputs(tmp_path):
    good = {"X": np.array([[1.0, 1.0]]), "y": np.array([1.0])}
    file = tmp_path / "out"
    file.write_text("a file where a folder is needed")
    return [
        (["verify", "eq99"], "nearest key"),
        (["verify", "--widths", "0"], "at least 1"),
        (["verify", "--widths", "banana"], "--widths: found"),
        (["verify", "--trials", "0"], "--trials 0"),
        (["verify", "--seed", "-1"], "--seed -1"),
        (["verify", "--data", "cifar"], "sphere, digits or a file"),
        (["verify", "--data", str(tmp_path / "gone.npz")], "no file"),
        (["verify", "--data", _npz(tmp_path / "a.npz", X=good["X"])], "no array 'y'"),
        (["verify", "--data", _npz(tmp_path / "b.npz", X=2 * good["X"], y=good["y"])], "normalize"),
        (["verify", "--data", _npz(tmp_path / "c.npz", X=good["X"], y=2 * good["y"])], "labels must be"),
        (["verify", "--data", _npz(tmp_path / "d.npz", X=np.array([[None]]), y=good["y"])], "pickle"),
        (["verify", "--out", str(file)], "cannot write to the output folder"),
        (["verify", str(tmp_path / "gone.py")], "no file"),
        (["show", "theorem31"], "nearest key"),
        (["plot", str(tmp_path)], "no finished run"),
        (["explain", "S4", "--out", str(tmp_path)], "no finished run"),
        (["frobnicate"], "No such command"),
        (["verify", "--frobnicate"], "No such option"),
        (["verify", "--widths"], "--widths: found no values"),
        (["verify", "--size", "banana"], "NAME=VALUES is needed"),
        (["verify", "--size", "q=3"], "no statement asked for has"),
        (["verify", "--paper", "nobody1999"], "the nearest is 'zhang2023'"),
    ]


def test_bad_input_is_one_line_and_exit_2(tmp_path, monkeypatch, capsys):
    from whp.checks.cli.main import main

    monkeypatch.chdir(tmp_path)
    for args, message in _bad_inputs(tmp_path):
        with pytest.raises(SystemExit) as stop:
            main(args)
        told = capsys.readouterr().err
        assert stop.value.code == 2, (args, told)
        assert message in told, (args, told)
        assert told.count("\n") == 1, (args, told)


def test_a_real_process_shows_no_traceback_either(tmp_path):
    done = whp("show", "theorem31", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a tiny file system limit")
def test_a_full_disk_is_one_line_and_keeps_what_was_finished(tmp_path):
    out = tmp_path / "full"
    limited = f"ulimit -f 300; exec {WHP} verify S1 --jobs 1 --out {out} " + " ".join(SMALL[:-1]) + " 4000"
    done = subprocess.run(
        ["bash", "-c", "trap '' XFSZ; " + limited], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "kept" in done.stderr
    assert (out / "results.sqlite").exists()


def test_ctrl_c_is_exit_130_and_keeps_what_was_finished(tmp_path):
    out = tmp_path / "stopped"
    process = subprocess.Popen(
        [str(WHP), "verify", "thm3.1", "--out", str(out), "--jobs", "2", *SMALL],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A background job of a shell is born deaf to keyboard interrupts, and so are its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None and _finished(out / "results.sqlite") < 2:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    assert _finished(out / "results.sqlite") >= 2


def test_a_users_own_file_is_checked_like_ours(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from sympy import exp\n"
        "from whp.checks import Engine\n"
        "from whp.theory import RV, Claim, Event, Link, Model, P, Source, Statement, size\n"
        "k = size('k')\n"
        "GAUSS = Model('gauss', (k,), 'g standard normal in R^k')\n"
        "mean = RV('mean', GAUSS, 'mean(g)')\n"
        "ENGINES = {GAUSS: Engine(\n"
        "    lambda cell, rng, size, data: rng.standard_normal((size, cell['k'])).mean(axis=1),\n"
        "    {'mean': lambda block: block}, block_size=lambda cell: 64)}\n"
        "def claim(key, rate):\n"
        "    link = Link(P(Event(mean, '>', 1)), '<=', exp(-rate * k))\n"
        "    return Statement(key, 'printed', 'mean of normals', Source('me2026', 'Lemma 1'), (Claim((link,)),))\n"
        "STATEMENTS = (claim('right', 0), claim('wrong', 3))\n"
    )
    sweep = ["--size", "k=8,32", "--trials", 40, "--jobs", 2]
    done = whp("verify", "mine.py", "--json", "--out", "mine", *sweep, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {v["key"]: (v["verdict"], v["evidence"]) for v in json.loads(done.stdout)}
    assert found["wrong"][0] in ("refuted", "undetermined")
    assert found["right"][0] == "vacuous"
    again = whp("plot", "mine", "mine.py", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    lost = whp("plot", "mine", cwd=tmp_path)
    assert (lost.returncode, "whp plot mine FILE.py" in lost.stderr) == (2, True)
    foreign = whp("verify", "mine.py", "--widths", "8", cwd=tmp_path)
    assert (foreign.returncode, "No such option: --widths" in foreign.stderr) == (2, True)


def test_statements_in_any_sizes_are_verified_from_a_file_without_a_dummy_size(tmp_path):
    (tmp_path / "sizes.py").write_text(
        "from sympy import Rational, exp\n"
        "from whp.theory import *\n"
        "from whp.theory.laws.elementary import ChiSquareLaw\n"
        "k, eps = size('k'), real('eps', 0, 1)\n"
        "X = RV('X', Model('chi', (k,), 'X'), 'X', law=LawOf(ChiSquareLaw, k))\n"
        "tail = P(Event(X, '>=', (1 + eps) * k))\n"
        "points = ({eps: Rational(3, 4)},)\n"
        "a, b, c = sizes('a b c')\n"
        "def of(key, link, **more):\n"
        "    return Statement(key, 'printed', key, Source('me2026', key), (Claim((link,)),), **more)\n"
        "STATEMENTS = (\n"
        "    of('true', Link(tail, '<=', exp(-eps**2 * k / 8)), points=points),\n"
        "    of('false', Link(tail, '<=', exp(-eps**2 * k / 4)), points=points),\n"
        "    of('three', Link(a * b, '<=', c + 5)))\n"
    )
    done = whp("verify", "sizes.py", "--json", "--out", "run", "--size", "k=4:64:x2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {v["key"]: v for v in json.loads(done.stdout)}
    assert (found["true"]["verdict"], found["true"]["evidence"]) == ("holds", "proved")
    worst = {key: found[key]["links"][0]["counterexample"]["cell"] for key in ("false", "three")}
    assert worst == {"false": {"k": "53", "eps": "3/4"}, "three": {"a": "3", "b": "3", "c": "1"}}
    assert whp("report", "run", "sizes.py", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_a_users_file_without_sizes_with_errors_and_with_trends_goes_all_the_way(tmp_path):
    (tmp_path / "odd.py").write_text(
        "from sympy import Rational, Symbol, exp\n"
        "from whp.checks import Engine\n"
        "from whp.theory import *\n"
        "from whp.theory.laws.elementary import ChiSquareLaw\n"
        "k = size('k')\n"
        "C, c = Symbol('C', positive=True), Symbol('c', positive=True)\n"
        "VEC, DIE = Model('vec', (k,), 'g'), Model('die', (), 'D')\n"
        "def draw(cell, rng, size, data):\n"
        "    return rng.standard_normal((size, cell['k']))\n"
        "def roll(cell, rng, size, data):\n"
        "    return rng.integers(1, 7, size).astype(float)\n"
        "ENGINES = {VEC: Engine(draw, {'norm2': lambda g: (g**2).sum(axis=1)}),\n"
        "           DIE: Engine(roll, {'die': lambda block: block})}\n"
        "norm2, D = RV('norm2', VEC, 'X'), RV('die', DIE, 'D')\n"
        "chi = RV('chi', Model('chi', (k,), 'X'), 'X', law=LawOf(ChiSquareLaw, k))\n"
        "def of(key, link, exists=()):\n"
        "    return Statement(key, 'printed', key, Source('me2026', key), (Claim((link,), exists=exists),))\n"
        "STATEMENTS = (\n"
        "    of('law', Link(P(Event(chi, '>=', 2 * k)), '<=', exp(-k / 3))),\n"
        "    of('drawn', Link(P(Event(norm2, '>=', k)), '<=', Rational(1, 20))),\n"
        "    of('mean', Link(E(norm2), '=', k)),\n"
        "    of('cube', Link(E(norm2**3), '<=', k)),\n"
        "    of('rate', Link(P(Event(norm2, '>=', 2 * k)), '<=', C * exp(-c * k)), (C, c)),\n"
        "    of('die', Link(P(Event(D, '>=', 6)), '<=', Rational(1, 20))),\n"
        "    of('die mean', Link(E(D), '<=', 3)),\n"
        "    of('two', Link(Rational(2), '<=', 1)))\n"
    )
    command = ("verify", "odd.py", "--out", "run", "--size", "k=4,16", "--trials", 200, "--jobs", 1)
    pipe = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = whp(*command, cwd=tmp_path, env=pipe)
    assert done.returncode == 0, done.stderr
    rows = {line.split("  ")[0].strip(): line for line in done.stdout.splitlines()}
    assert "a counterexample: k = 1, " in rows["drawn"]
    assert ", claimed 0.05" in rows["drawn"]
    assert re.search(r"smallest counterexample: k = \d+, true 0\.\d{3,6}, claimed 0\.\d{3,6}$", rows["law"])
    assert rows["two"].endswith("left side 2, right side 1")
    assert not any(line.endswith(" ") for line in done.stdout.splitlines())
    assert done.stdout.splitlines()[-2].startswith("8 statements: ")
    for name in ("report", "plot"):
        again = whp(name, "run", "odd.py", cwd=tmp_path)
        assert (again.returncode, again.stderr) == (0, "")
    narrow = whp(*command, "--resume", cwd=tmp_path, env={**pipe, "COLUMNS": "80"})
    assert max(map(len, narrow.stdout.splitlines())) <= 80
    assert not any(line.endswith(" ") for line in narrow.stdout.splitlines())
    assert re.search(r"^    smallest counterexample: k = ", narrow.stdout, re.MULTILINE)


def test_papers_lists_what_is_installed_with_its_own_options():
    (paper,) = [p for p in json.loads(whp("papers", "--json").stdout) if p["key"] == "zhang2023"]
    assert paper["options"] == {"--widths": "m", "--dims": "d", "--samples": "n"}
    assert paper["data"] == ["sphere", "digits"]
    assert "--dims VALUES stands for --size d=VALUES" in whp("papers").stdout


def test_a_papers_own_options_mean_sizes():
    spelled = whp("verify", "eq9", "--paper", "zhang2023", "--widths", "8,32", "--dims=9", "--dry-run", "--json")
    plain = whp("verify", "eq9", "--size", "m=8,32", "--size", "d=9", "--dry-run", "--json")
    assert spelled.returncode == 0, spelled.stderr
    assert json.loads(spelled.stdout) == json.loads(plain.stdout)


def test_the_version_and_the_module_are_the_command():
    assert whp("--version").stdout == f"whp {version('whp')}\n"
    done = subprocess.run(
        [sys.executable, "-m", "whp.checks", "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"whp {version('whp')}\n")
    assert checks.__version__ == version("whp")
