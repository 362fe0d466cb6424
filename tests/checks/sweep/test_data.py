"""Data lie on the sphere, a user's file is read safely, and a sweep's data are chosen by name."""

import numpy as np
import pytest
from whp.checks.sweep.data import DataSources, RandomInputs
from whp.checks.zhang2023 import load_digits, load_npz, random_sphere


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
    other = load_npz(_save(tmp_path / "mine.npz", R=GOOD["X"], y=GOOD["y"]))
    assert other.sha256 == data.sha256


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


NOISE = RandomInputs("noise", ("p", "q"), lambda sizes, rng: random_sphere(sizes["q"], sizes["p"], rng))


def test_random_inputs_are_fixed_by_their_own_sizes_and_the_seed():
    first = NOISE.at({"p": 3, "q": 5, "width": 8}, 0)
    assert first.X.shape == (5, 3)
    assert np.array_equal(first.X, NOISE.at({"p": 3, "q": 5, "width": 64}, 0).X)
    assert not np.array_equal(first.X, NOISE.at({"p": 3, "q": 5, "width": 8}, 1).X)


def test_a_sweeps_data_are_chosen_by_name(tmp_path):
    named = {"digits": load_digits}
    sources = DataSources(NOISE, named, read=lambda path, normalize: load_npz(path), default=("noise",))
    assert sources.chosen(()) == (True, ())
    given = _save(tmp_path / "mine.npz", **GOOD)
    random, found = sources.chosen(("digits", str(given)))
    assert not random
    assert [data.name for data in found] == ["digits", "mine"]
    with pytest.raises(ValueError, match=r"found 'digit'; needed: noise, digits or a file ending in \.npz"):
        sources.chosen(("digit",))
    with pytest.raises(ValueError, match="the same name"):
        sources.chosen(("digits", "digits"))
