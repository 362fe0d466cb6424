"""The pytest plugin: each statement of a file is a test, and nobody else notices that it is there."""

import re
import subprocess
import sys

import pytest

CLAIMS = """from whp.theory import *

d = size("d")
upper = claim(P(ChiSquare(d) >= 2*d) <= exp(-d/7))
greedy = claim(P(ChiSquare(d) >= 2*d) <= exp(-d/5))
"""
# No law of the range is known here, and the bound is too close to the truth for so few draws.
OPEN = """from whp.theory import *

copies = iid(Uniform(0, 1), size("n", 4))
loose = claim(P(copies.max - copies.min <= Rational(7, 10)) <= Rational(1, 2))
"""


@pytest.fixture
def project(tmp_path):
    """A project with a file of claims outside its tests, and a way to run pytest in it."""

    def run(*arguments, claims=CLAIMS, settings="whp_claims = paper/claims.py\ntestpaths = tests", test="", at="."):
        for folder in ("paper", "tests"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "paper" / "claims.py").write_text(claims)
        (tmp_path / "tests" / "test_own.py").write_text(test or "def test_own():\n    assert True\n")
        (tmp_path / "pytest.ini").write_text(f"[pytest]\n{settings}\n")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, cwd=tmp_path / at, capture_output=True, text=True, timeout=120, check=False)

    return run


def outcomes(done):
    """What became of each test, by its name."""
    return dict(re.findall(r"^(\S+::\S+) (PASSED|FAILED|ERROR)", done.stdout, re.MULTILINE))


def test_each_statement_is_a_test_and_a_refuted_one_fails_with_its_reason_in_a_line(project):
    done = project("-v")
    assert outcomes(done) == {
        "tests/test_own.py::test_own": "PASSED",
        "paper/claims.py::upper": "PASSED",
        "paper/claims.py::greedy": "FAILED",
    }, done.stdout + done.stderr
    assert done.returncode == 1
    reason = "greedy: refuted, certified; smallest counterexample: d = 58, true 9.487e-6, claimed 9.167e-6"
    assert reason in done.stdout.splitlines()
    assert "Traceback" not in done.stdout
    assert "_pytest_plugin" not in done.stdout


def test_a_statement_is_picked_by_its_key_and_a_path_leaves_the_file_out(project):
    assert outcomes(project("-v", "paper/claims.py::upper")) == {"paper/claims.py::upper": "PASSED"}
    assert outcomes(project("-v", "tests")) == {"tests/test_own.py::test_own": "PASSED"}
    assert "1 passed" in project(at="tests").stdout


def test_without_testpaths_the_file_is_found_once(project):
    done = project("-v", settings="whp_claims = paper/claims.py")
    assert sorted(outcomes(done)) == [
        "paper/claims.py::greedy",
        "paper/claims.py::upper",
        "tests/test_own.py::test_own",
    ]
    assert "3 items" in done.stdout


def test_workers_run_each_statement_once(project):
    done = project("-n", "1")
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr


def test_strict_fails_what_is_not_established_and_only_strict_does(project):
    settings = "whp_claims = paper/claims.py\nwhp_trials = 300"
    done = project("-v", "paper", claims=OPEN, settings=settings)
    assert outcomes(done) == {"paper/claims.py::loose": "PASSED"}, done.stdout + done.stderr
    done = project("-v", "paper", claims=OPEN, settings=settings + "\nwhp_strict = true")
    assert outcomes(done) == {"paper/claims.py::loose": "FAILED"}
    assert re.search(r"^loose: undetermined; ", done.stdout, re.MULTILINE), done.stdout


FIXTURE = """def test_a_true_one(whp_check):
    assert whp_check("P(chi2(d) >= 2*d) <= exp(-d/7)").verdict == "holds"


def test_a_false_one(whp_check):
    whp_check("P(chi2(d) >= 2*d) <= exp(-d/5)")


def test_what_is_open(whp_check):
    assert whp_check("P(X > 0) = 1/2", let="X = Normal(0, 1)", strict=True)
"""


def test_the_fixture_checks_and_fails_where_it_is_called(project):
    done = project("-v", settings="testpaths = tests", test=FIXTURE)
    found = {name.rpartition("::")[2]: outcome for name, outcome in outcomes(done).items()}
    assert found == {"test_a_true_one": "PASSED", "test_a_false_one": "FAILED", "test_what_is_open": "PASSED"}, (
        done.stdout
    )
    assert re.search(r"^E +Failed: claim: refuted, certified; smallest counterexample: d = 58", done.stdout, re.M)
    assert "_pytest_plugin" not in done.stdout


def test_a_file_that_is_not_there_or_does_not_load_is_one_line(project):
    done = project(settings="whp_claims = paper/none.py")
    assert done.returncode == 4
    assert re.search(r"^ERROR: whp_claims: there is no file \S+none\.py$", done.stderr, re.MULTILINE)
    done = project(settings="whp_claims = paper/claims.py\nwhp_trials = none")
    assert "ERROR: whp_trials: found 'none'; a number from 1 is needed" in done.stderr
    done = project("-v", claims="x = 1\n")
    assert done.returncode == 2
    assert re.search(r"^whp: .*claims\.py.*", done.stdout, re.MULTILINE), done.stdout


def test_who_has_no_setting_pays_nothing(tmp_path):
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert True\n")
    code = (
        "import sys, pytest\n"
        "assert pytest.main(['-q', '-p', 'no:cacheprovider']) == 0\n"
        "assert 'whp.checks.cli._pytest_plugin' in sys.modules\n"
        "heavy = {'numba', 'sympy', 'scipy', 'numpy', 'matplotlib', 'pandas', 'typer'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "own = [m for m in sys.modules if m.startswith('whp.')]\n"
        "assert len(own) == 3, own\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
