"""Networks with several classes: noises against their formula, autograd and the binary network; descent and attacks."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from oracles import reference
from whp.kernels import (
    adversarial_noises,
    class_directions,
    class_noises,
    class_outputs,
    class_pgd,
    sample_class_network,
    train_classes,
)


def problem(m=33, d=7, n=20, classes=4, seed=0):
    rng = np.random.default_rng([seed, m, d, n])
    W, A = sample_class_network(m, d, classes, rng)
    return W, A, rng.standard_normal((n, d)), rng.integers(0, classes, n)


def loss(W, A, x, y, temperature=1.0):
    f = anp.dot(anp.maximum(anp.dot(x, W.T), 0.0), A.T) / temperature
    top = anp.max(f, axis=1, keepdims=True)
    logs = f - top - anp.log(anp.sum(anp.exp(f - top), axis=1, keepdims=True))
    return -anp.mean(logs[np.arange(len(y)), y])


@pytest.mark.parametrize("temperature", [1.0, 10.0, 0.3])
@pytest.mark.parametrize(("m", "classes"), [(1, 2), (33, 4), (300, 10)])
def test_noises_are_the_formula_and_the_input_gradient(m, classes, temperature):
    W, A, X, y = problem(m, classes=classes)
    found = class_noises(W, A, X, y, temperature=temperature)
    direct = [reference.class_noise(W, A, x, label, temperature) for x, label in zip(X, y, strict=True)]
    gradient = [autograd.grad(lambda x, i=i: loss(W, A, x[None], y[i : i + 1], temperature))(X[i]) for i in range(20)]
    scale = np.abs(found).max()
    np.testing.assert_allclose(found, direct, rtol=1e-11, atol=1e-12 * scale)
    np.testing.assert_allclose(found, gradient, rtol=1e-11, atol=1e-12 * scale)


def test_two_classes_are_the_logistic_network():
    W, A, X, y = problem(classes=2)
    binary = adversarial_noises(W, A[1] - A[0], X, 2.0 * y - 1.0)
    np.testing.assert_allclose(class_noises(W, A, X, y), binary, rtol=1e-11, atol=1e-13)


def test_outputs_permute_with_the_neurons_and_classes():
    W, A, X, y = problem()
    order, classes = np.random.default_rng(1).permutation(33), np.array([2, 0, 3, 1])
    np.testing.assert_allclose(class_outputs(W[order], A[:, order], X), class_outputs(W, A, X), atol=1e-13)
    renamed = class_noises(W, A[classes], X, np.argsort(classes)[y])
    np.testing.assert_allclose(renamed, class_noises(W, A, X, y), atol=1e-13)


def test_directions_are_positive_multiples_of_noises_and_survive_confidence():
    W, A, X, y = problem()
    noises, directions = class_noises(W, A, X, y), class_directions(W, A, X, y)
    ratio = np.vecdot(directions, noises) / np.vecdot(noises, noises)
    assert (ratio > 0).all()
    np.testing.assert_allclose(directions, ratio[:, None] * noises, rtol=1e-10, atol=1e-12)
    label = np.argmax(class_outputs(W, A, X), axis=1)
    confident = class_directions(W, 1e5 * A, X, label)
    assert not class_noises(W, 1e5 * A, X, label).any(axis=1).all()
    assert confident.any(axis=1).all()
    target = (y + 1) % 4
    np.testing.assert_array_equal(class_directions(W, A, X, y, target=target), -class_directions(W, A, X, target))


def test_one_full_step_of_descent_is_the_gradient():
    W, A, X, y = problem()
    GW, GA = autograd.grad(lambda w: loss(w, A, X, y))(W), autograd.grad(lambda r: loss(W, r, X, y))(A)
    trained = train_classes(W, A, X, y, learning_rate=0.01, epochs=1)
    np.testing.assert_allclose(trained.W, W - 0.01 * GW, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(trained.A, A - 0.01 * GA, rtol=1e-12, atol=1e-14)
    assert trained.losses[0] == pytest.approx(loss(W, A, X, y), rel=1e-12)


def test_batches_are_a_permutation_and_repeat_with_the_seed():
    W, A, X, y = problem()
    options = {"learning_rate": 0.05, "epochs": 3, "batch_size": 6, "snapshots": (0, 2)}
    first = train_classes(W, A, X, y, rng=np.random.default_rng(3), **options)
    again = train_classes(W, A, X, y, rng=np.random.default_rng(3), **options)
    other = train_classes(W, A, X, y, rng=np.random.default_rng(4), **options)
    np.testing.assert_array_equal(first.W, again.W)
    assert not np.array_equal(first.W, other.W)
    assert set(first.snapshots) == {0, 2}
    np.testing.assert_array_equal(first.snapshots[0][0], W)
    seen = []
    train_classes(
        W, A, X, y, rng=np.random.default_rng(3), perturb=lambda W, A, x, labels: seen.append(labels) or x, **options
    )
    assert sorted(np.concatenate(seen[:4])) == sorted(y)
    assert [len(part) for part in seen[:4]] == [6, 6, 6, 2]


def test_pgd_stays_in_its_ball_and_raises_the_loss():
    W, A, X, y = problem(200)
    for norm, length in (("linf", lambda e: np.abs(e).max(axis=1)), ("l2", lambda e: np.linalg.norm(e, axis=1))):
        moved = class_pgd(W, A, X, y, radius=0.2, step=0.05, steps=10, norm=norm)
        assert (length(moved - X) <= 0.2 * (1 + 1e-12)).all()
        assert loss(W, A, moved, y) > loss(W, A, X, y)
        target = (y + 1) % 4
        pulled = class_pgd(W, A, X, y, radius=0.2, step=0.05, steps=10, norm=norm, target=target)
        assert loss(W, A, pulled, target) < loss(W, A, X, target)


def test_adversarial_training_beats_standard_training_under_attack():
    rng = np.random.default_rng(0)
    W, A = sample_class_network(100, 10, 3, rng)
    y = rng.integers(0, 3, 90)
    X = rng.standard_normal((90, 10)) + 1.5 * np.eye(10)[y]

    def attack(W, A, x, labels):
        return class_pgd(W, A, x, labels, radius=0.4, step=0.1, steps=5)

    options = {"learning_rate": 0.1, "epochs": 200}
    standard = train_classes(W, A, X, y, **options)
    robust = train_classes(W, A, X, y, perturb=attack, **options)
    under_attack = [loss(t.W, t.A, attack(t.W, t.A, X, y), y) for t in (standard, robust)]
    assert under_attack[1] < 0.8 * under_attack[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": [0, 4]}, "y must hold classes 0 to 3, found 4 at index 1"),
        ({"y": [0, 0.5]}, "found 0.5 at index 1"),
        ({"A": np.ones((1, 5))}, "at least 2 are needed"),
        ({"A": np.ones((4, 6))}, "A has shape"),
        ({"temperature": 0.0}, "temperature must be positive"),
    ],
)
def test_bad_arrays_are_refused(change, words):
    given = {"W": np.ones((5, 3)), "A": np.ones((4, 5)), "X": np.ones((2, 3)), "y": [0, 1], "temperature": 1.0}
    given |= change
    with pytest.raises(ValueError, match=words):
        class_noises(given["W"], given["A"], given["X"], given["y"], temperature=given["temperature"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 21}, "batch_size must be at most n = 20"),
        ({"snapshots": (3,)}, "snapshots must lie in"),
        ({"learning_rate": 1e9}, "training diverged"),
    ],
)
def test_bad_training_options_are_refused(options, words):
    W, A, X, y = problem()
    with pytest.raises(ValueError, match=words), np.errstate(all="ignore"):
        train_classes(W, A, X, y, **{"learning_rate": 0.1, "epochs": 2, "rng": np.random.default_rng(0), **options})
    with pytest.raises(TypeError, match="rng must be a numpy Generator"):
        train_classes(W, A, X, y, learning_rate=0.1, epochs=1, batch_size=5)
