"""A user's own file: names as keys, places of errors, modules beside it, several papers at once; `whp new`."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from whp.checks import Grid, check_all
from whp.checks.cli.main import main
from whp.checks.paper import load_paper, load_papers

WHP = Path(sys.executable).parent / "whp"
LEMMA = """\
from whp.theory import *

d = size("d")
t = real("t", 0, oo)
X = ChiSquare(d)

upper = claim(P(X >= d + 2*sqrt(d*t) + 2*t) <= exp(-t), source="laurent2000, Lemma 1")
notes = claim(P(abs(X/d - 1) >= t) <= 2*exp(-t**2*d/4), where=[t < 1], source="lecture notes")
"""
GAUSS = """\
from whp.checks import Engine
from whp.theory import *
k = size("k", 0)
GAUSS = Model("gauss", (k,), "g")
mean = RV("{measure}", GAUSS, "mean(g)")
ENGINES = {{GAUSS: Engine(
    lambda cell, rng, size, data: rng.standard_normal((size, cell["k"] + 1)),
    {{"mean": {body}}}, block_size=lambda cell: 64)}}
positive = claim(P(mean >= 0) >= Rational(1, 4), source="me")
"""


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command in this process: its exit code, what it prints and what it complains of."""
    monkeypatch.chdir(tmp_path)

    def called(*args):
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in args])
        told = capsys.readouterr()
        return stop.value.code, told.out, told.err

    return called


def test_the_first_example_of_the_language_is_verified_as_it_stands(run, tmp_path):
    (tmp_path / "lemma.py").write_text(LEMMA)
    assert len([line for line in LEMMA.splitlines() if line]) <= 8
    code, out, err = run("verify", "lemma.py", "--json", "--jobs", 1)
    assert (code, err) == (0, "")
    found = {v["key"]: v for v in json.loads(out)}
    assert list(found) == ["upper", "notes"]
    assert found["upper"]["verdict"] == "holds"
    assert found["upper"]["source"] == "laurent2000, Lemma 1"
    assert found["notes"]["verdict"] == "refuted"
    # What the run says is what the other commands read of it.
    code, out, _ = run("explain", "lemma.py:notes", "--out", "whp-run")
    assert code == 0
    assert "notes (printed): refuted, certified" in out
    assert "    refuted: " in out
    assert "upper" not in out
    code, out, _ = run("explain", "notes", "--out", "whp-run")
    assert code == 2
    assert "upper holds" in run("show", "lemma.py:upper", "--tree", "--out", "whp-run")[1]
    both = run("show", "lemma.py")[1]
    assert "upper · printed" in both
    assert "notes · printed" in both
    assert "t is in (0, oo)" in both


def test_the_refuted_constant_holds_when_it_is_halved(tmp_path):
    path = tmp_path / "right.py"
    path.write_text(LEMMA.replace("t**2*d/4", "t**2*d/8"))
    notes = load_paper(path).ledger["notes"]
    assert str(check_all(notes)[0].verdict) == "holds"


def test_one_statement_of_a_file_is_picked(run, tmp_path):
    (tmp_path / "lemma.py").write_text(LEMMA)
    for words in (["lemma.py", "--statement", "notes"], ["lemma.py:notes"]):
        code, out, _ = run("verify", *words, "--dry-run", "--json")
        assert (code, json.loads(out)["statements"]) == (0, 1)
    code, _, err = run("verify", "lemma.py", "--statement", "note")
    assert (code, "the nearest key is 'notes'" in err) == (2, True)
    code, _, err = run("verify", "lemma.py", "--all")
    assert (code, "next to --all" in err) == (2, True)


def test_a_files_figures_are_drawn_after_a_quick_check(run, tmp_path):
    (tmp_path / "lemma.py").write_text(LEMMA)
    code, _, err = run("plot", "lemma.py:upper", "--out", "drawn")
    assert (code, err) == (0, "")
    assert {p.name for p in (tmp_path / "drawn").iterdir()} == {
        *(f"upper.{suffix}" for suffix in ("pdf", "svg", "png", "csv", "tex", "txt")),
        "whp-numbers.tex",
    }


def test_a_key_with_all_is_refused(run):
    code, _, err = run("verify", "eq9", "--all", "--paper", "zhang2023", "--dry-run")
    assert (code, err.count("\n")) == (2, 1)
    assert "found eq9 next to --all" in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bad = claim(P(Normal(0, 1) <= 2)", r"mine\.py, line 2: SyntaxError"),
        ("bad = claim(P(Binomial(3, Rational(3, 2)) >= 1) <= 1)", r"line 2, bad: ValueError: .*p must be in \[0, 1\]"),
        ("\nbad = claim(1 < 2)", r"line 3, bad: ValueError: the claim was True"),
        ('bad = claim("P(chi3(d) >= 1) <= 1")', r"line 2, bad: TextError: 'chi3\(d\)' \(column 3"),
        (
            "a = claim('k <= 2*k', key='one')\nb = claim('k <= 3*k', key='one')",
            r"line 3, b: .*'one' is already defined",
        ),
        ("ENGINES = 5\na = claim('k <= 2*k')", r"line 2, ENGINES is a int"),
        ("ENGINES = {1: 2}\na = claim('k <= 2*k')", r"line 2, ENGINES: engines map"),
        ("STATEMENTS = [1]", "but a int in STATEMENTS"),
        ("PAPER = 3\na = claim('k <= 2*k')", r"line 2, PAPER is a int"),
    ],
)
def test_errors_name_the_file_the_line_and_the_object(tmp_path, text, words):
    path = tmp_path / "mine.py"
    path.write_text(f"from whp.theory import *\n{text}\n")
    with pytest.raises(ValueError, match=words):
        load_papers([path])


def test_a_misspelt_measure_is_an_error_before_any_draw(run, tmp_path):
    (tmp_path / "mine.py").write_text(GAUSS.format(measure="meen", body="lambda g: open('drawn', 'w')"))
    code, _, err = run("verify", "mine.py")
    assert code == 2
    assert "mine.py, line 9, positive: the engine of model 'gauss' has no measure 'meen'" in err
    assert "the nearest is 'mean'" in err
    assert not (tmp_path / "drawn").exists()


def test_a_wrong_shape_names_the_measure_the_shape_found_and_the_shape_needed(run, tmp_path):
    (tmp_path / "mine.py").write_text(GAUSS.format(measure="mean", body="lambda g: g.mean(axis=0)"))
    code, out, err = run("verify", "mine.py", "--size", "k=4", "--trials", 40, "--json", "--jobs", 1, "--strict")
    assert (code, err) == (1, "")
    reason = json.loads(out)[0]["reason"]
    assert "the measure of 'mean'" in reason
    assert "shape (5,)" in reason
    assert "needed" in reason


def test_a_size_may_be_0_where_its_domain_starts_there(run, tmp_path):
    (tmp_path / "mine.py").write_text(GAUSS.format(measure="mean", body="lambda g: g.mean(axis=1)"))
    sizes = ["--size", "k=0", "--size", "k=3"]
    code, out, err = run("verify", "mine.py", *sizes, "--trials", 400, "--json", "--jobs", 1)
    assert (code, err) == (0, "")
    asked = {cell["cell"]["k"] for cell in json.loads(out)[0]["links"][0]["cells"]}
    assert {"0", "3"} <= asked  # both, and not the last one only
    (tmp_path / "lemma.py").write_text(LEMMA)
    code, _, err = run("verify", "lemma.py", "--size", "d=0")
    assert (code, "found 0; every value must be at least 1" in err) == (2, True)
    code, _, err = run("verify", "lemma.py", "--size", "d=1:9999999999:+1")
    assert (code, "more than 1000 values" in err) == (2, True)


@pytest.mark.parametrize("name", ["lambda", "c_1", "d'", "n-hat", "α"])
def test_a_size_may_have_any_name(run, tmp_path, name):
    (tmp_path / "mine.py").write_text(
        f"from whp.theory import *\nx = size({name!r})\none = claim(Link(x, '<=', 2*x), grid=None)\n"
    )
    code, _, err = run("verify", "mine.py", "--size", f"{name}=2,5", "--dry-run")
    assert (code, err) == (0, "")


def test_names_and_folders_with_markup_are_printed_as_they_are(run, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from whp.theory import *\none = claim('k <= 2*k', key='a[bold]b', title='[red]t', source='[dim]me, p')\n"
    )
    code, out, err = run("verify", "mine.py", "--out", "[bold]run", "--jobs", 1)
    assert (code, err) == (0, "")
    assert "written to [bold]run/" in out
    assert "a[bold]b" in out
    assert "a[bold]b" in run("explain", "mine.py")[1]
    shown = run("show", "mine.py")[1]
    for text in ("a[bold]b", "[red]t", "[dim]me"):
        assert text in shown
    assert "a[bold]b" in run("show", "mine.py", "--tree")[1]


def test_statements_have_the_names_they_are_bound_to(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from whp.theory import *\n"
        "first = same = claim('k <= 2*k')\n"
        "named = claim('k <= 3*k', key='mine.3')\n"
        "k = size('k')\n"
        "wrong = claim(k <= k**2 - 1)\n"
        "right = claim(k <= k**2, form='repaired', repairs='wrong', key='wrong')\n"
    )
    assert [(s.key, s.form) for s in load_paper(path).ledger.statements] == [
        ("first", "printed"),
        ("mine.3", "printed"),
        ("wrong", "printed"),
        ("wrong", "repaired"),
    ]
    path.write_text(
        "from whp.theory import *\na = claim('k <= 2*k')\nSTATEMENTS = [a, *map(claim, ('k <= 3', 'k <= 4'))]"
    )
    assert [s.key for s in load_paper(path).ledger.statements] == ["a", "claim.1", "claim.2"]


def test_modules_beside_a_file_are_found_in_workers_too(run, tmp_path):
    (tmp_path / "draws_of_mine.py").write_text("SCALE = 1\ndef mean(g):\n    return SCALE * g.mean(axis=1)\n")
    text = GAUSS.format(measure="mean", body="mean_of")
    (tmp_path / "mine.py").write_text("from draws_of_mine import mean as mean_of\n" + text)
    code, out, err = run("verify", "mine.py", "--size", "k=3,4", "--trials", 400, "--json", "--jobs", 2)
    assert (code, err) == (0, "")
    assert json.loads(out)[0]["verdict"] == "holds"
    first = load_paper(tmp_path / "mine.py").revision
    (tmp_path / "draws_of_mine.py").write_text("SCALE = -1\ndef mean(g):\n    return SCALE * g.mean(axis=1)\n")
    paper = load_paper(tmp_path / "mine.py")
    assert paper.revision != first
    (engine,) = paper.engines.values()
    import numpy as np

    assert engine.measures["mean"](np.ones((1, 2))) == -1


def test_files_in_two_folders_have_each_their_own_helpers(tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "helper_of_mine.py").write_text(f"KEY = {name!r}\n")
        (folder / f"{name}.py").write_text(
            "from helper_of_mine import KEY\nfrom whp.theory import *\ns = claim('k <= 2*k', key=KEY)\n"
        )
    paper = load_papers([tmp_path / "one" / "one.py", tmp_path / "two" / "two.py"])
    assert list(paper.ledger) == ["one", "two"]


PAPER = """\
from whp.checks import Engine, Grid, Paper, Reference
from whp.checks.guide import Guide
from whp.checks.paper import Drawing
from whp.theory import *
{name}_s = claim("{size} <= 2*{size}", key="{name}")
def guides(rv):
    return Guide(frontier_label="{name}") if rv == "{name}" else None
def drawings(results, grid, trials, seed):
    return (Drawing("{name}", tuple),)
def tables(results):
    return ("{name}",)
PAPER = Paper("{name}", Reference("{name}"), Ledger([{name}_s]), guides=guides, drawings=drawings, tables=tables,
              grid=Grid({{"{size}": (3, 5)}}), words={{"{size}": "{name} size"}}, spellings={{"{name}s": "{size}"}},
              studies=("{name} study",), main=("{name}",))
"""


def test_two_papers_keep_what_each_brings(tmp_path):
    paths = [tmp_path / f"{name}.py" for name in ("one", "two")]
    for path, size in zip(paths, ("k", "r"), strict=True):
        path.write_text(PAPER.format(name=path.stem, size=size))
    paper = load_papers(paths)
    assert dict(paper.grid.sizes) == {"k": (3, 5), "r": (3, 5)}
    assert dict(paper.words) == {"k": "one size", "r": "two size"}
    assert dict(paper.spellings) == {"ones": "k", "twos": "r"}
    assert paper.main == ("one", "two")
    assert paper.studies == ("one study", "two study")
    assert [paper.guides(name).frontier_label for name in ("one", "two")] == ["one", "two"]
    assert paper.guides("three") is None
    assert [d.name for d in paper.drawings((), Grid(), 1, 0)] == ["one", "two"]
    assert paper.tables(()) == ("one", "two")
    paths[1].write_text(PAPER.format(name="two", size="k").replace("two size", "another"))
    with pytest.raises(ValueError, match="different things of 'k' in words"):
        load_papers(paths)


def test_a_paper_and_statements_in_one_file_are_both_checked(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PAPER.format(name="one", size="k") + "more = claim('k <= 3*k')\nSTATEMENTS = [more, one_s]\n")
    paper = load_paper(path)
    assert list(paper.ledger) == ["one", "more"]
    assert dict(paper.words) == {"k": "one size"}


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """An installed paper that cannot be imported."""
    folder = tmp_path / "site" / "broken-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[whp.papers]\nbroken2026 = no_such_package:PAPER\n")
    monkeypatch.syspath_prepend(str(folder.parent))
    assert "broken2026" in {point.name for point in metadata.entry_points(group="whp.papers")}


@pytest.mark.parametrize("args", [["papers"], ["show", "eq9"], ["statements"], ["cite", "eq9"]], ids=lambda a: a[0])
def test_a_paper_that_cannot_be_imported_is_one_line_and_the_others_work(run, broken, args):
    code, out, err = run(*args)
    assert code == 0
    assert out
    assert err.count("\n") == 1
    assert "the paper 'broken2026' cannot be loaded: ModuleNotFoundError" in err


def test_a_paper_that_is_asked_for_and_cannot_be_imported_is_an_error(run, broken):
    code, _, err = run("verify", "--paper", "broken2026")
    assert (code, err.count("\n")) == (2, 1)
    assert "broken2026" in err


@pytest.mark.slow
def test_new_writes_a_file_that_runs_as_it_is_and_its_test(run, tmp_path):
    code, out, err = run("new", "my_lemma")
    assert (code, err) == (0, "")
    assert "whp verify my_lemma.py" in out
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_my_lemma.py"],
        capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    code, out, err = run("verify", "my_lemma.py", "--json", "--jobs", 1, "--size", "d=16,64")
    assert (code, err) == (0, "")
    found = {v["key"]: v["verdict"] for v in json.loads(out)}
    assert found == {"upper": "holds", "notes": "refuted", "drawn": "holds"}


def test_new_overwrites_nothing(run, tmp_path):
    (tmp_path / "test_mine.py").write_text("mine")
    code, _, err = run("new", "mine")
    assert (code, "test_mine.py exists" in err) == (2, True)
    assert [p.name for p in tmp_path.iterdir()] == ["test_mine.py"]
    assert (tmp_path / "test_mine.py").read_text() == "mine"
    assert run("new", "mine", "--out", "lemmas")[0] == 0
    assert {p.name for p in (tmp_path / "lemmas").iterdir()} == {"mine.py", "test_mine.py"}
    assert run("new", "1a")[0] == 2
