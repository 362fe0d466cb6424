"""Sizes, seeds, stores, statistics and data sets: the parts a sweep is made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from whp.checks import Grid, Store, load_digits, load_npz, parse_sizes, random_sphere
from whp.checks.registry import engine
from whp.checks.seeds import seed_sequence
from whp.checks.stats import clopper_pearson, ks_two_sample, trials_needed
from whp.checks.sweep import BUDGET, trials_for
from whp.theory import ledger
from whp.theory.zhang2023.model import INIT


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("64", (64,)),
        ("64,16,64", (16, 64)),
        ("16:4096:x2", (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)),
        ("10:35:+10", (10, 20, 30)),
        ("1,10:20:+5", (1, 10, 15, 20)),
    ],
)
def test_sizes_are_read(text, sizes):
    assert parse_sizes(text, "--widths") == sizes


@pytest.mark.parametrize("text", ["", "0", "-3", "a", "1:2", "16:4:x1", "1:9:+0", "0:8:x2", "1:8:*2", "1.5"])
def test_bad_sizes_are_named_in_one_line(text):
    with pytest.raises(ValueError, match="--widths: found"):
        parse_sizes(text, "--widths")


def test_cells_are_those_where_the_statement_applies():
    grid = Grid(widths=(8, 32), dims=(4, 16), samples=(2,), datasets=(load_digits(),))
    chebyshev = ledger()["chebyshev"][0]
    cells = list(grid.cells(chebyshev))
    assert cells
    assert all(10 * cell["m"] > 12 * cell["d"] + 20 for cell in cells)
    assert {cell["d"] for cell in grid.cells(ledger()["S5"][0])} <= {4, 16, 64}
    assert {(c["d"], c["n"]) for c in grid.cells(ledger()["thm3.1"][0])} == {(4, 2), (16, 2), (64, 1797)}


def test_streams_differ_by_label_and_block_and_repeat():
    states = {
        tuple(seed_sequence(seed, label, block).generate_state(4))
        for seed in (0, 1)
        for label in ("a", "b")
        for block in (None, 0, 1)
    }
    assert len(states) == 12
    assert np.array_equal(seed_sequence(3, "x", 2).generate_state(4), seed_sequence(3, "x", 2).generate_state(4))


def test_expensive_cells_get_fewer_trials():
    cheap, dear = {"m": 16, "d": 16, "n": 10}, {"m": 4096, "d": 4096, "n": 10**5}
    network = engine(INIT)
    assert trials_for(network, cheap, 1000) == 1000
    assert trials_for(network, dear, 1000) == 32
    assert trials_for(network, dear, 7) == 7
    middle = {"m": 4096, "d": 512, "n": 200}
    assert trials_for(network, middle, 10**6) == int(BUDGET / network.cost(middle))


def test_the_store_keeps_json_and_arrays_and_refuses_other_runs(tmp_path):
    path = tmp_path / "results.sqlite"
    with Store(path, {"seed": 0}) as store:
        store.put("a", {"value": [1, None, "x"]})
        store.put("b", {"x": np.arange(3.0), "y": np.array([np.nan])})
    with Store(path, {"seed": 0}, resume=True) as store:
        assert store.get("a") == {"value": [1, None, "x"]}
        assert np.array_equal(store.get("b")["x"], np.arange(3.0))
        assert store.get("gone") is None
    with pytest.raises(ValueError, match="seed = 0, this one 1"):
        Store(path, {"seed": 1}, resume=True)
    with pytest.raises(ValueError, match="already holds a run"):
        Store(path, {"seed": 0})


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "results.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ValueError, match="no results file of whp"):
        Store(path, {}, resume=True)


@given(st.integers(1, 200), st.data())
def test_clopper_pearson_covers_exactly(trials, data):
    failures = data.draw(st.integers(0, trials))
    alpha = 1e-3
    low, high = clopper_pearson(failures, trials, alpha)
    assert low <= failures / trials <= high
    if failures:
        assert binom.sf(failures - 1, trials, low) == pytest.approx(alpha / 2, rel=1e-6)
    if failures < trials:
        assert binom.cdf(failures, trials, high) == pytest.approx(alpha / 2, rel=1e-6)


def test_trials_needed_is_the_first_that_decides():
    needed = trials_needed(0.01, 1e-6)
    assert clopper_pearson(0, needed, 1e-6)[1] <= 0.01 < clopper_pearson(0, needed - 1, 1e-6)[1]
    assert trials_needed(0.0, 1e-6) is None


def test_the_two_sample_test_keeps_its_level_and_its_power():
    """200 repetitions at level 0.05: more than 30 false alarms would have probability below 1e-6."""
    rng = np.random.default_rng(1)
    alarms = sum(ks_two_sample(rng.random(200), rng.random(300), 0.05).rejected for _ in range(200))
    assert alarms <= 30
    test = ks_two_sample(rng.random(2000), rng.random(2000), 1e-6)
    shifted = ks_two_sample(rng.random(2000), rng.random(2000) + test.missed, 1e-6)
    assert not test.rejected
    assert shifted.rejected


def test_data_lie_on_the_sphere():
    digits = load_digits()
    assert digits.X.shape == (1797, 64)
    assert set(digits.y) == {-1.0, 1.0}
    for data in (digits, random_sphere(50, 7, np.random.default_rng(0))):
        norms = np.linalg.norm(data.X, axis=1)
        assert np.allclose(norms, np.sqrt(data.X.shape[1]), rtol=1e-12)
    assert digits.sha256 == load_digits().sha256


def _save(path, **arrays):
    np.savez(path, **arrays)
    return path


GOOD = {"X": np.array([[1.0, 1.0], [1.0, -1.0]]), "y": np.array([1.0, -1.0])}


def test_a_users_file_is_read(tmp_path):
    data = load_npz(_save(tmp_path / "mine.npz", **GOOD))
    assert (data.name, data.X.shape) == ("mine", (2, 2))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": GOOD["X"]}, "no array 'y'"),
        ({**GOOD, "y": np.array([1.0, 0.0])}, "labels must be -1 or \\+1, found 0.0"),
        ({**GOOD, "X": 2 * GOOD["X"]}, "normalize"),
        ({**GOOD, "X": np.array([[np.nan, 1.0], [1.0, 1.0]])}, "finite"),
        ({**GOOD, "X": GOOD["X"][0]}, "shape"),
        ({**GOOD, "X": np.array([[{}, {}]], dtype=object)}, "pickle"),
    ],
)
def test_a_users_bad_file_is_refused_with_what_is_needed(tmp_path, arrays, message):
    with pytest.raises((ValueError, TypeError), match=message):
        load_npz(_save(tmp_path / "bad.npz", **arrays))


def test_a_file_that_is_no_npz_is_refused(tmp_path):
    path = tmp_path / "text.npz"
    path.write_text("hello")
    with pytest.raises(ValueError, match="no npz file"):
        load_npz(path)
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    with pytest.raises(ValueError, match="single array"):
        load_npz(tmp_path / "array.npz")
    with pytest.raises(ValueError, match="no file"):
        load_npz(tmp_path / "gone.npz")


def test_normalize_rescales(tmp_path):
    data = load_npz(_save(tmp_path / "far.npz", X=3 * GOOD["X"], y=GOOD["y"]), normalize=True)
    assert np.allclose(np.linalg.norm(data.X, axis=1), np.sqrt(2.0))
