"""``whp certify`` writes certificates and rechecks them, with the promised exit codes."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner
from whp.checks.cli.certify import certify
from whp.checks.separability import certificate

RUNNER = CliRunner()
RNG = np.random.default_rng(31)
R = RNG.standard_normal((12, 5))
SEPARABLE, INSEPARABLE = np.sign(R[:, 0]), RNG.choice([-1.0, 1.0], 12)
INSEPARABLE[:2] = 1.0


@pytest.fixture
def app():
    app = typer.Typer()
    app.command("certify")(certify)
    # A second command keeps "certify" a subcommand, as it is in `whp`.
    app.command("other")(lambda: None)
    return app


@pytest.fixture
def files(tmp_path):
    rows = R.copy()
    rows[1] = -rows[0]
    np.savez(tmp_path / "separable.npz", R=R, y=SEPARABLE)
    np.savez(tmp_path / "inseparable.npz", R=rows, y=INSEPARABLE)
    return tmp_path


def run(app, *arguments):
    return RUNNER.invoke(app, ["certify", *map(str, arguments)])


@pytest.mark.parametrize("kind", ["separable", "inseparable"])
def test_a_certificate_is_written_and_accepted(app, files, kind):
    written = run(app, files / f"{kind}.npz", "-o", files / "cert.json", "--json")
    assert written.exit_code == 0, written.output
    answer = json.loads(written.stdout)
    assert answer["kind"] == kind
    assert answer["separable"] is (kind == "separable")
    rechecked = run(app, "--recheck", files / "cert.json", files / f"{kind}.npz")
    assert rechecked.exit_code == 0
    assert kind in rechecked.stdout


def test_a_certificate_for_other_data_is_rejected_with_exit_code_1(app, files):
    run(app, files / "separable.npz", "-o", files / "cert.json")
    rejected = run(app, "--recheck", files / "cert.json", files / "inseparable.npz", "--json")
    assert rejected.exit_code == 1
    assert json.loads(rejected.stdout) == {
        "accepted": False,
        "reason": "the certificate is for other data: shape, classes or SHA-256 differ",
    }


def test_a_tampered_certificate_is_rejected_with_exit_code_1(app, files):
    run(app, files / "inseparable.npz", "-o", files / "cert.json")
    document = json.loads((files / "cert.json").read_text())
    where = next(k for k, (mantissa, _) in enumerate(document["numbers"]) if mantissa != "0x0")
    document["numbers"][where][0] = hex(int(document["numbers"][where][0], 16) ^ 1)
    (files / "cert.json").write_text(json.dumps(document))
    assert run(app, "--recheck", files / "cert.json", files / "inseparable.npz").exit_code == 1


def test_the_margin_is_printed_on_request(app, files):
    answer = json.loads(run(app, files / "separable.npz", "--margin", "--json").stdout)
    lower, upper = json.loads(answer["maximum_margin"])
    assert 0 < lower <= upper


def test_undetermined_data_exit_with_1_and_leave_no_file(app, files, monkeypatch):
    undecided = replace(certificate.separate(R, SEPARABLE), kind="undetermined", numbers=(), method="gave up")
    monkeypatch.setattr(certificate, "separate", lambda rows, labels: undecided)
    ended = run(app, files / "separable.npz", "-o", files / "cert.json")
    assert ended.exit_code == 1
    assert "undetermined" in ended.stdout
    assert not (files / "cert.json").exists()


def test_bad_input_is_one_line_of_what_was_wrong_found_and_needed(app, files):
    (files / "noise.json").write_bytes(b"\xff\xfe\x00")
    (files / "other.json").write_text('{"format": "whp-separability", "version": 9}')
    np.savez(files / "pickled.npz", R=np.array([[None]]), y=np.array([1]))
    data = files / "separable.npz"
    for arguments, message in [
        ((files / "pickled.npz",), "plain arrays"),
        (("--recheck", files / "noise.json", data), "not a text file"),
        (("--recheck", files / "other.json", data), "version 9 is unknown; known: 1"),
        (("--recheck", files / "other.json", data, "--margin"), "combined"),
    ]:
        error = run(app, *arguments).exception
        assert isinstance(error, ValueError)
        assert message in str(error)
        assert "\n" not in str(error)
    assert isinstance(run(app, files / "missing.npz").exception, OSError)


def test_importing_the_command_is_light():
    heavy = "numba sympy scipy matplotlib highspy numpy"
    code = f"import sys, whp.checks.cli.certify; print([m for m in {heavy.split()!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_but_json_reaches_the_standard_output(files):
    # Without the first proposal the linear program runs, whose solver likes to print a banner.
    code = (
        "import typer; from whp.checks.separability import certificate; certificate.nearest_point = lambda G: None; "
        "from whp.checks.cli.certify import certify; app = typer.Typer(); app.command()(certify); app()"
    )
    command = [sys.executable, "-c", code, str(files / "separable.npz"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["method"] == "linear program"
