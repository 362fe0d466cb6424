"""``whp law`` prints what the library computes, and bad input is one clear line."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner
from whp.checks.zhang2023.cli.law import law
from whp.theory.zhang2023.margin.law import failure_probability
from whp.theory.zhang2023.margin.sharp import required_size

SIGN = ("--delta", "0.01", "--noise", "sign")

app = typer.Typer()
app.command("law")(law)
app.command("other")(lambda: None)


def run(*arguments: str):
    return CliRunner().invoke(app, ["law", *arguments])


def as_json(*arguments: str):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_json_holds_the_exact_law():
    answer = as_json("--width", "64", "--dim", "32", "--samples", "10", "--certified")
    exact = failure_probability(64, 32, samples=10, log=True)
    assert answer["log_failure"] == exact
    assert answer["failure"] == pytest.approx(math.exp(exact))
    assert answer["meaning"] == "union bound"
    assert float(answer["certified"]["lower"]) <= math.exp(exact) * (1 + 1e-12)
    assert answer["certified"]["relative_radius"] < 1e-20
    assert all(bound >= answer["log10_failure"] for name, bound in answer["bounds"].items() if name != "printed")


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("--readout", "rademacher"), {"readout": "rademacher"}),
        (("--leak", "0.25"), {"leak": 0.25}),
        (("--projected", "4"), {"projected": 4}),
        (("--threshold", "1/32"), {"threshold": 1 / 32}),
        (("--noise", "sign"), {"noise": "sign"}),
        (("--noise", "sign", "--readout", "rademacher"), {"noise": "sign", "readout": "rademacher"}),
    ],
)
def test_options_reach_the_library(arguments, options):
    answer = as_json("-m", "20", "-d", "24", *arguments)
    assert answer["log_failure"] == pytest.approx(failure_probability(20, 24, log=True, **options), rel=1e-12)
    assert all(bound >= answer["log10_failure"] for bound in answer["bounds"].values())


def test_text_speaks_of_the_event():
    result = run("-m", "1024", "-d", "64")
    assert "P(margin ≤ 0) = 6.38783e-11" in result.output
    assert "S4" in result.output
    assert "≤ 3.19392e-06" in run("-m", "1024", "-d", "64", "-n", "50000").output.replace("e-6", "e-06")


def test_numbers_beyond_floats_are_printed():
    answer = as_json("-m", "100000", "-d", "100000")
    assert answer["failure"] == 0.0
    assert answer["log10_failure"] == pytest.approx(-7961.711367969523)
    assert "e-7962" in run("-m", "100000", "-d", "100000").output


def test_required_sizes_are_a_table():
    answer = as_json("--required", "--samples", "50000", "--delta", "0.01")
    rows = {row["bound"]: row for row in answer["rows"]}
    assert rows["exact"]["width"] == required_size(50_000, 0.01).m == 71
    assert rows["S4"]["width"] == 81
    assert rows["printed.chebyshev"]["width"] is None
    text = run("--required", "--samples", "50000", "--delta", "0.01").output
    assert "smallest m = d at which P(some of 50000 margins ≤ 0) ≤ 0.01" in text
    assert "none" in text
    at_width = as_json("--required", "-n", "10", "--delta", "0.1", "-m", "500")
    assert {row["width"] for row in at_width["rows"]} <= {500, None}


def test_sign_noise_fails_more_often_and_needs_larger_sizes():
    gradient, sign = (as_json("-m", "64", "-d", "64", "--certified", *more) for more in ((), ("--noise", "sign")))
    assert sign["log_failure"] > gradient["log_failure"] + 1
    assert float(sign["certified"]["lower"]) <= sign["failure"] * (1 + 1e-10)
    assert sign["failure"] <= float(sign["certified"]["upper"]) * (1 + 1e-10)
    assert {*sign["bounds"]} == {"S17", "S17.sizes"}
    assert all(bound >= sign["log10_failure"] for bound in sign["bounds"].values())
    rows = {row["bound"]: row["width"] for row in as_json("--required", "-n", "50000", *SIGN)["rows"]}
    assert rows == {"exact.sign": 91, "S17": 104, "S17.sizes": 109}
    assert "P(some of 50000 sign margins ≤ 0) ≤ 0.01" in run("--required", "-n", "50000", *SIGN).output
    assert "P(sign margin ≤ 0) = 1.04821e-5" in run("-m", "64", "-d", "64", "--noise", "sign").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--width", "3"), "found no --dim"),
        ((), "--width and --dim"),
        (("-m", "0", "-d", "3"), "width m must lie in"),
        (("-m", "3", "-d", "3", "--threshold", "nan"), "--threshold must be a decimal or a fraction"),
        (("-m", "3", "-d", "3", "--leak", "2"), "leak must lie in"),
        (("-m", "3", "-d", "3", "--readout", "uniform"), "readout must be one of"),
        (("-m", "3", "-d", "3", "--delta", "0.1"), "add --required"),
        (("-m", "3", "-d", "3", "--noise", "linf"), "noise must be one of"),
        (("-m", "3", "-d", "3", "--noise", "sign", "-t", "1/8"), "sign noise needs threshold 0"),
        (("-m", "3", "-d", "3", "--noise", "sign", "--projected", "1"), "sign noise needs threshold 0"),
        (("--required", "--delta", "0.1", "--noise", "sign", "-t", "1/8"), "--noise sign is for threshold 0"),
        (("--required", "--delta", "0.1", "--noise", "linf"), "noise must be one of"),
        (("--plot", "map", "--noise", "sign"), "--plot is for"),
        (("--required", "-n", "10"), "--required needs --delta"),
        (("--required", "--delta", "0"), "delta must lie in"),
        (("--required", "--delta", "0.1", "-t", "0.5"), "strictly between 0 and 1/2"),
        (("--required", "--delta", "0.1", "--certified"), "leave those out"),
        (("--required", "--delta", "0.1", "-m", "3", "-d", "3"), "at most one of m and d"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, words):
    result = run(*arguments)
    assert result.exit_code != 0
    assert isinstance(result.exception, ValueError)
    assert words in str(result.exception)
    assert "\n" not in str(result.exception)


def test_importing_the_command_loads_nothing_heavy():
    code = (
        "import sys; import whp.checks.zhang2023.cli.law; "
        "heavy = {'numba', 'sympy', 'scipy', 'matplotlib'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).returncode == 0
