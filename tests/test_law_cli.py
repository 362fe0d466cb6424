"""``whp law``: exact numbers over any exponent range, tables of required sizes, one line for what is wrong."""

import json
import math

import pytest
from whp.checks.cli import main
from whp.theory.law import failure_probability


def _run(capsys, *args):
    with pytest.raises(SystemExit) as stop:
        main(["law", *map(str, args)])
    out = capsys.readouterr()
    return stop.value.code, out.out, out.err


def test_the_number_is_the_exact_law(capsys):
    code, out, _ = _run(capsys, "--width", 1024, "--dim", 64, "--samples", 50_000, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["log_probability"] == failure_probability(1024, 64, samples=50_000, log=True)
    assert answer["union_bound"] is True


def test_a_number_below_every_double_is_printed(capsys):
    _, out, _ = _run(capsys, "--width", 100_000, "--dim", 100_000)
    assert "e-79" in out


def test_a_certified_number_is_an_interval_around_the_float(capsys):
    _, out, _ = _run(capsys, "--width", 64, "--dim", 64, "--certified", "--json")
    low, high = (float(x) for x in json.loads(out)["probability"].strip("[]").split(","))
    value = failure_probability(64, 64)
    assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


def test_options_change_the_law(capsys):
    answers = set()
    for extra in ([], ["--readout", "rademacher"], ["--leak", 0.1], ["--projected", 10], ["--threshold", 0.05]):
        _, out, _ = _run(capsys, "--width", 40, "--dim", 30, "--json", *extra)
        answers.add(json.loads(out)["log_probability"])
    assert len(answers) == 5


def test_required_sizes_meet_their_promise(capsys):
    code, out, _ = _run(capsys, "--required", "--samples", 1000, "--delta", 0.01, "--json")
    rows = {row["bound"]: row for row in json.loads(out)["required"]}
    assert code == 0
    exact, sharp = rows["exact"], rows["S4"]
    assert exact["m"] == exact["d"] <= sharp["m"]
    m = exact["m"]
    assert failure_probability(m, m, samples=1000, log=True) <= math.log(0.01)
    assert failure_probability(m - 1, m - 1, samples=1000, log=True) > math.log(0.01)
    assert rows["S7"]["m"] > sharp["m"]
    _, text, _ = _run(capsys, "--required", "--samples", 1000, "--delta", 0.01)
    assert str(m) in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--width", 0, "--dim", 3], "width m"),
        (["--width", 3], "needs both"),
        (["--width", 3, "--dim", 3, "--projected", 4], "projected rank R"),
        (["--width", 3, "--dim", 3, "--threshold", "nan"], "threshold"),
        (["--width", 2**54, "--dim", 3], "2**53"),
        (["--width", 3, "--dim", 3, "--leak", 1], "leak"),
        (["--width", 3, "--dim", 3, "--readout", "cauchy"], "readout"),
        (["--required", "--delta", 0], "delta"),
        (["--required", "--threshold", 0.5], "threshold"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(capsys, args, message):
    code, _, err = _run(capsys, *args)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
