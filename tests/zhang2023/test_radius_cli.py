"""``whp radius``: table, JSON, and one-line errors."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner
from whp.checks.zhang2023.cli.radius import radius
from whp.kernels import margins, sample_network
from whp.kernels.zhang2023 import certified_radius


def _run(*arguments):
    import typer

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(radius)
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def network(tmp_path):
    rng = np.random.default_rng(0)
    W, a = sample_network(200, 12, rng)
    X = rng.standard_normal((3, 12))
    X *= np.sqrt(12) / np.linalg.norm(X, axis=1, keepdims=True)
    path = tmp_path / "network.npz"
    np.savez(path, W=W, a=a, X=X)
    return path, W, a, X


def test_json_holds_the_certified_and_the_attacked_radius_of_every_sample(network):
    path, W, a, X = network
    answer = json.loads(_run(path, "--json").stdout)
    np.testing.assert_array_equal([row["certified"] for row in answer["samples"]], certified_radius(W, a, X))
    np.testing.assert_allclose([row["margin"] for row in answer["samples"]], margins(W, a, X), rtol=1e-12)
    assert all(row["certified"] <= row["attacked"] for row in answer["samples"])
    assert answer["certified"] == min(row["certified"] for row in answer["samples"])
    assert (answer["m"], answer["d"], answer["n"]) == (200, 12, 3)


def test_the_span_option_certifies_more_and_claims_no_attack(network):
    path, *_ = network
    plain, span = (json.loads(_run(path, "--json", *more).stdout) for more in ((), ("--span",)))
    assert span["certified"] >= plain["certified"]
    assert span["attacked"] is None


def test_a_fixed_readout_certifies_more(network):
    path, *_ = network
    both, weights = (json.loads(_run(path, "--json", "--readout", value).stdout) for value in (1.0, 0.0))
    assert weights["certified"] > both["certified"]


def test_the_table_names_every_sample(network):
    path, *_ = network
    text = _run(path).stdout
    assert "certified radius" in text
    assert "all 3 samples keep their margins" in text


def test_a_sample_without_a_positive_margin_is_said_so(tmp_path, network):
    _, W, a, X = network
    path = tmp_path / "zero.npz"
    np.savez(path, W=W, a=a, X=np.vstack([X, np.zeros(12)]))
    text = " ".join(_run(path).stdout.split())
    assert "1 of 4 samples have no positive margin to begin with" in text
    assert "keep their margins" not in text


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"W": np.ones((2, 3)), "a": np.ones(2)}, "no array 'X'"),
        ({"W": np.ones((2, 3)), "a": np.ones(3), "X": np.ones((1, 3))}, "a"),
        ({"W": np.ones((2, 3)), "a": np.ones(2), "X": np.full((1, 3), np.nan)}, "finite"),
    ],
)
def test_bad_files_are_one_line_errors(tmp_path, arrays, message):
    path = tmp_path / "bad.npz"
    np.savez(path, **arrays)
    result = _run(path)
    assert isinstance(result.exception, ValueError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_missing_file_is_named(tmp_path):
    result = _run(tmp_path / "none.npz")
    assert "no file" in str(result.exception)
