"""Noises of a user's own: what is read, what is refused in one line, and verdicts that turn."""

from __future__ import annotations

import importlib.util
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from repository import ROOT
from whp.checks.separability import Certificate, separate
from whp.checks.zhang2023.experiments import noises as module
from whp.checks.zhang2023.experiments.noises import examine, read_noises
from whp.checks.zhang2023.experiments.probes import on_common_sphere
from whp.kernels.multiclass import class_directions, sample_class_network


def made(n=160, d=20, seed=0):
    """Noises of a random network with random labels, and their inputs."""
    rng = np.random.default_rng(seed)
    W, A = sample_class_network(400, d, 3, rng)
    X, y = rng.standard_normal((n, d)), rng.integers(0, 3, n)
    return {"R": class_directions(W, A, X, y), "y": y, "X": X}


@pytest.fixture
def save(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "mine.npz", **arrays)
        return tmp_path / "mine.npz"

    return write


def rng():
    return np.random.default_rng(0)


def examined(path):
    return examine(read_noises(path, rng=rng()), rng=rng(), counts=(1, 5))


def test_a_network_s_noises_hold_and_the_answer_is_json(save):
    found = examined(save(**made()))
    assert json.loads(json.dumps(found)) == found
    assert (found["verdict"], found["classes"], found["held_out"]) == ("holds", 3, True)
    assert (found["n"], found["test"]) == (121, 39)
    assert found["noises"]["test"] == 1.0
    assert found["inputs"]["test"] < 0.6
    assert found["controls"]["permuted labels"]["test"] <= found["controls"]["permuted labels"]["limit"]
    assert set(found["controls"]) == {"permuted labels", "gaussian", "rank"}
    assert found["sentence"].startswith("The 121 training noises are linearly separable, in exact arithmetic")
    assert "Their rank is 20; with permuted classes" in found["sentence"]
    few = made(n=60, d=40)
    found = examined(save(**few))
    # Forty-five noises of three classes in forty dimensions: permuted ones are separable too, and that is said.
    assert (found["controls"]["rank"]["algebra"], found["controls"]["permuted labels"]["exact"]) == (0.0, 1.0)
    assert "and with permuted classes they are separable too" in found["sentence"]


def test_the_certificate_is_accepted_for_the_noises_at_their_norm(save):
    path = save(**made())
    found = examined(path)
    noises = read_noises(path, rng=rng())
    certificate = Certificate.from_json(json.dumps(found["certificate"]))
    R = on_common_sphere(noises.R)
    assert certificate.recheck(R, noises.y)
    assert not certificate.recheck(R, (noises.y + 1) % 3)


def test_permuted_classes_turn_the_verdict(save):
    arrays = made()
    arrays["y"] = np.random.default_rng(1).permutation(arrays["y"])
    found = examined(save(**arrays))
    assert (found["verdict"], found["noises"]["exact"]) == ("refuted", 0.0)
    assert "not linearly separable, with a certificate" in found["sentence"]


def test_one_wrong_label_among_equal_noises_turns_the_verdict(save):
    arrays = made(n=60, d=40)
    del arrays["X"]
    arrays["R_test"], arrays["y_test"] = arrays["R"][30:], arrays["y"][30:]
    arrays["R"], arrays["y"] = arrays["R"][:30].copy(), arrays["y"][:30]
    right = examined(save(**arrays))
    assert (right["verdict"], right["controls"]["rank"]["algebra"]) == ("holds", 1.0)
    assert "with any other classes they would be separable too" in right["sentence"]
    arrays["R"][0] = arrays["R"][np.flatnonzero(arrays["y"] != arrays["y"][0])[0]]
    assert examined(save(**arrays))["verdict"] == "refuted"


def test_what_is_too_large_to_refute_is_undetermined(save, monkeypatch):
    monkeypatch.setattr(module, "CERTIFIED", 0)
    assert examined(save(**made()))["verdict"] == "holds"
    arrays = made()
    arrays["y"] = np.random.default_rng(1).permutation(arrays["y"])
    found = examined(save(**arrays))
    assert (found["verdict"], found["certificate"]) == ("undetermined", None)
    assert "too many to prove that none does" in found["sentence"]
    # A question that exact arithmetic gave up on is open too.
    lost = replace(separate(np.eye(2), [0, 1]), kind="undetermined", witness_numbers=None)
    monkeypatch.setattr(module, "CERTIFIED", 10**6)
    monkeypatch.setattr(module, "separate", lambda R, y: lost)
    found = examined(save(**arrays))
    assert (found["verdict"], found["certificate"]) == ("undetermined", None)
    assert "too many to prove that none does" in found["sentence"]


def test_separation_within_rounding_is_no_separation(save):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    # Labels are told by the last bits only: the noises are independent of them but for 10⁻¹².
    R = np.column_stack([np.ones(60) + rng.random(60), 1e-12 * (2.0 * y - 1.0)])
    found = examined(save(R=R, y=y, R_test=R, y_test=y))
    assert found["verdict"] == "undetermined"
    assert "less than single precision rounds" in found["sentence"]
    R[:, 1] *= 1e10
    assert examined(save(R=R, y=y, R_test=R, y_test=y))["verdict"] == "holds"


def test_pictures_single_precision_and_given_test_noises_are_read(save):
    arrays = made()
    pictures = {k: v.reshape(-1, 5, 2, 2).astype(np.float32) for k, v in arrays.items() if k != "y"}
    found = read_noises(
        save(
            R=pictures["R"][:120],
            X=pictures["X"][:120],
            y=arrays["y"][:120].astype(np.uint8),
            R_test=pictures["R"][120:],
            X_test=pictures["X"][120:],
            y_test=arrays["y"][120:].astype(float),
        ),
        rng=rng(),
    )
    assert (found.R.shape, found.R_test.shape, found.held_out) == ((120, 20), (40, 20), False)
    np.testing.assert_array_equal(found.R, arrays["R"][:120].astype(np.float32).astype(float))
    assert examine(found, rng=rng(), counts=(1,))["verdict"] == "holds"


def test_a_quarter_of_each_class_is_held_out(save):
    arrays = made()
    found = read_noises(save(**arrays), rng=rng())
    for k in range(3):
        total = int((arrays["y"] == k).sum())
        assert int((found.y_test == k).sum()) == total // 4
    both = np.vstack([found.R, found.R_test])
    np.testing.assert_array_equal(both[np.lexsort(both.T)], arrays["R"][np.lexsort(arrays["R"].T)])
    again = read_noises(save(**arrays), rng=np.random.default_rng(1))
    assert not np.array_equal(found.R, again.R)


def test_no_counts_are_refused(save):
    with pytest.raises(ValueError, match="counts is empty"):
        examine(read_noises(save(**made()), rng=rng()), rng=rng(), counts=())


def test_zero_noises_are_counted(save):
    arrays = made()
    arrays["R"][:9] = 0.0
    found = examined(save(**arrays))
    assert found["zero"] > 0
    assert (found["verdict"], found["noises"]["exact"]) == ("refuted", 0.0)


def broken(**changes):
    arrays = {**made(), **changes}
    return {k: v for k, v in arrays.items() if v is not None}


NAN = made()["R"].copy()
NAN[3, 4] = np.nan


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        (broken(R=None), "has no array 'R'"),
        (broken(y=None), "has no array 'y'"),
        (broken(R=NAN), "R holds nan in row 3, number 4"),
        (broken(R=np.full((160, 2), np.inf)), "R holds inf in row 0, number 0"),
        (broken(R=np.zeros(160)), r"R holds float64 of shape \(160,\)"),
        (broken(R=np.zeros((160, 20))), "R is 0 everywhere"),
        (broken(R=np.ones((160, 3), dtype=complex)), "R holds complex128"),
        (broken(R=np.array([["a"]] * 160)), "R holds <U1"),
        (broken(y=np.zeros(160, dtype=int)), "y holds class 0 only; at least 2 classes"),
        (broken(y=np.arange(160) % 3 - 1), "y holds -1 at index 0; classes 0, 1, 2"),
        (broken(y=np.full(160, 0.5)), "y holds 0.5 at index 0"),
        (broken(y=2 * (np.arange(160) % 2)), "no noise of class 1; number the classes from 0 without gaps"),
        (broken(y=np.zeros(159, dtype=int)), r"y has shape \(159,\), but there are 160 noises"),
        (broken(y=np.array(["cat"] * 160)), "y holds <U3; classes 0, 1, 2"),
        (broken(X=np.ones((5, 20))), "X has 5 rows, but R has 160"),
        (broken(R_test=np.ones((9, 20))), "has R_test but no y_test"),
        (broken(y_test=np.ones(9)), "has y_test but no R_test"),
        (broken(X_test=np.ones((9, 20))), "has X_test but no R_test"),
        (broken(R_test=np.ones((9, 20)), y_test=np.ones(9)), "has X and R_test but no X_test"),
        (broken(X=None, R_test=np.ones((9, 7)), y_test=np.ones(9)), "R_test has 7 numbers a row, but R has 20"),
        (
            broken(X=None, R_test=np.ones((9, 20)), y_test=np.full(9, 3)),
            "y_test holds class 3 at index 0, but y has classes 0 to 2",
        ),
        ({"R": np.eye(3), "y": np.arange(3)}, "has no R_test and at most 1 noises of a class"),
    ],
)
def test_bad_files_are_refused_in_one_line(save, arrays, words):
    with pytest.raises(ValueError, match=words) as error:
        read_noises(save(**arrays), rng=rng())
    assert "\n" not in str(error.value)
    assert "mine.npz" in str(error.value)


def test_pickles_and_other_files_are_never_loaded(save, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    arrays = made()
    for name in ("R", "X"):
        objects = np.empty(160, dtype=object)
        objects[:] = [Bomb()] * 160
        with pytest.raises(ValueError, match="pickled objects, which are never loaded"):
            read_noises(save(**{**arrays, name: objects}), rng=rng())
    (tmp_path / "bomb.npz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match=r"bomb\.npz is no npz file"):
        read_noises(tmp_path / "bomb.npz", rng=rng())
    np.save(tmp_path / "one.npy", arrays["R"])
    with pytest.raises(ValueError, match="holds a single array"):
        read_noises(tmp_path / "one.npy", rng=rng())
    with pytest.raises(ValueError, match="no file"):
        read_noises(tmp_path / "none.npz", rng=rng())


def test_noises_of_a_torch_network_are_exported_and_examined(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; the example exports a network's noises")
    spec = importlib.util.spec_from_file_location("torch_noises", ROOT / "examples" / "torch_noises.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    example.main(tmp_path / "noises.npz", training=100, test=60, side=8)
    noises = read_noises(tmp_path / "noises.npz", rng=rng())
    assert (noises.R.shape, noises.X_test.shape, noises.classes) == ((100, 192), (60, 192), 10)
    found = examine(noises, rng=rng(), counts=(1,))
    assert found["verdict"] == "holds"
    assert found["noises"]["test"] > 0.9 > 0.3 > found["inputs"]["test"]
    # Each noise is the gradient at its own picture, in whatever batch it was.
    torch.manual_seed(0)
    model = example.residual_network()
    X, y = torch.randn(130, 3, 8, 8), torch.randint(10, (130,))
    torch.testing.assert_close(
        example.gradient_noises(model, X, y)[129:], example.gradient_noises(model, X[129:], y[129:])
    )
    steps = example.pgd_noises(model, X[:4], y[:4], radius=0.1, step=0.05, steps=3)
    assert float(steps.abs().max()) <= 0.1 + 1e-6
    assert model(X[:4] + steps)[range(4), y[:4]].sum() < model(X[:4])[range(4), y[:4]].sum()
