"""`whp diff` tells what changed between two runs, and nothing else."""

import json
from copy import deepcopy

import pytest
import typer
from typer.testing import CliRunner
from whp.checks import check
from whp.checks.cli.diff import diff, differences

RUNNER = CliRunner()
APP = typer.Typer()
APP.command("diff")(diff)
# A second command keeps "diff" a subcommand, as it is in `whp`.
APP.command("other")(lambda: None)


@pytest.fixture(scope="module")
def entries():
    found = [check(text).to_dict() | {"key": key} for key, text in (("upper", "k <= 2*k"), ("square", "k**2 <= 5*k"))]
    found[0]["constants"] = {"named": {"C": "1/3"}, "table": [{"m": "8", "best": "2"}]}
    return found


@pytest.fixture
def runs(entries, tmp_path):
    """Two finished runs with the same verdicts."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "verdicts.json").write_text(json.dumps(entries))
        (tmp_path / name / "run.json").write_text(json.dumps({"seed": 0, "seconds": len(name), "sizes": {}}))
    return tmp_path / "one", tmp_path / "two"


def run(*arguments):
    return RUNNER.invoke(APP, ["diff", *map(str, arguments)])


def rewritten(folder, change):
    path = folder / "verdicts.json"
    rows = json.loads(path.read_text())
    change(rows)
    path.write_text(json.dumps(rows))


def test_equal_runs_have_no_differences(runs):
    done = run(*runs, "--strict")
    assert done.exit_code == 0, done.output
    assert done.stdout == "0 of 2 statements that are in both runs changed\n"
    empty = {"changed": [], "only_first": [], "only_second": [], "options": {}}
    assert json.loads(run(*runs, "--json").stdout) == empty


def _verdict(rows):
    rows[1] |= {"verdict": "undetermined", "evidence": None}


def _counterexample(rows):
    rows[1]["links"][0]["counterexample"]["cell"]["k"] = "7"


def _constant(rows):
    rows[0]["constants"]["named"]["C"] = "1/2"


def _table(rows):
    rows[0]["constants"]["table"][0]["best"] = "3"


def _claim(rows):
    rows[0]["links"][0]["rhs"] = "3*k"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (_verdict, "  verdict: refuted → undetermined"),
        (_verdict, "  evidence: certified → none"),
        (_counterexample, "  link 1, counterexample: k = 6: 36 against 30 → k = 7: 36 against 30"),
        (_constant, "  constants.named.C: 1/3 → 1/2"),
        (_table, "  constants.table.1.best: 2 → 3"),
        (_claim, "  link 1, right side: 2*k → 3*k"),
    ],
)
def test_what_changed_is_said_and_fails_only_when_strict(runs, change, line):
    rewritten(runs[1], change)
    done = run(*runs)
    assert done.exit_code == 0, done.output
    assert line in done.stdout.splitlines()
    assert done.stdout.endswith("1 of 2 statements that are in both runs changed\n")
    assert run(*runs, "--strict").exit_code == 1
    assert run(*runs, "--strict", "--json").exit_code == 1


def test_reasons_and_cells_beside_the_counterexample_are_no_change(entries):
    other = deepcopy(entries)
    other[0]["reason"] = other[0]["links"][0]["reason"] = "in other words"
    other[0]["links"][0]["cells"] = []
    assert differences(entries, other)["changed"] == []


def test_statements_of_one_run_alone_are_listed(runs):
    rewritten(runs[1], lambda rows: rows.pop(0))
    done = run(*runs, "--strict")
    assert done.exit_code == 1
    assert f"only in {runs[0]}: upper (printed)" in done.stdout.replace("\n", " ").replace("  ", " ")
    assert json.loads(run(*reversed(runs), "--json").stdout)["only_second"] == [{"key": "upper", "form": "printed"}]


def test_definitions_are_no_statements_that_could_change(runs):
    for folder in runs:
        rewritten(folder, lambda rows: rows.append({**rows[0], "key": "X", "form": "definition", "links": []}))
    assert run(*runs).stdout == "0 of 2 statements that are in both runs changed\n"


def test_other_options_are_named_and_no_change(runs):
    (runs[1] / "run.json").write_text(json.dumps({"seed": 1, "seconds": 9, "sizes": {}}))
    done = run(runs[0] / "verdicts.json", runs[1], "--strict")
    assert done.exit_code == 0
    assert "the runs differ in: seed" in done.stdout
    assert json.loads(run(*runs, "--json").stdout)["options"] == {"seed": [0, 1]}


def test_what_is_no_run_is_refused_in_a_line(runs, tmp_path):
    (tmp_path / "no").mkdir()
    assert "no holds no finished run; `whp verify" in str(run(runs[0], tmp_path / "no").exception)
    assert "it holds runs of one, two: name one" in str(run(tmp_path, runs[0]).exception)
    (runs[1] / "verdicts.json").write_text("{")
    assert "is no list of verdicts" in str(run(*runs).exception)
    (runs[1] / "verdicts.json").write_text("[3]")
    assert "is no list of verdicts" in str(run(*runs).exception)
    (runs[1] / "verdicts.json").write_text('[{"key": "a", "form": "printed", "schema": 1}]')
    assert "has schema 1, 3 is needed" in str(run(*runs).exception)
