"""Convolutional networks: outputs, noises and descent against sums over pixels, exact rationals, autograd and SciPy."""

from fractions import Fraction

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from scipy.signal import correlate2d
from whp.kernels import activation_masks, class_noises, class_outputs
from whp.kernels.convolution import (
    convolution_directions,
    convolution_matrix,
    convolution_noises,
    convolution_outputs,
    convolution_pgd,
    sample_convolution,
    train_convolution,
)

CASES = [
    pytest.param((4, 6, 3), 3, 1, id="3x3"),
    pytest.param((6, 4, 2), 5, 1, id="5x5"),
    pytest.param((4, 6, 1), 3, 2, id="stride 2"),
    pytest.param((3, 6, 2), 5, 3, id="stride 3"),
    pytest.param((2, 2, 3), 5, 1, id="filters wider than the image"),
    pytest.param((3, 5, 2), 1, 1, id="1x1"),
]


def problem(shape=(4, 6, 3), side=3, stride=1, filters=5, classes=4, n=7, seed=0):
    rng = np.random.default_rng([seed, *shape, side, stride])
    W, A = sample_convolution(filters, shape, classes, rng, side=side, stride=stride)
    return W, A, rng.standard_normal((n, int(np.prod(shape)))), rng.integers(0, classes, n)


def outputs(W, A, X, stride):
    """f(x) as its definition reads: shifted pictures times one weight of the filters each."""
    side = W.shape[1]
    shape = A.shape[1] * stride, A.shape[2] * stride, W.shape[3]
    reach = side // 2
    padded = anp.pad(anp.reshape(X, (-1, *shape)), ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="constant")
    total = 0.0
    for p in range(side):
        for q in range(side):
            shifted = padded[:, p : p + shape[0] : stride, q : q + shape[1] : stride]
            total = total + anp.einsum("nuvc,kc->nuvk", shifted, W[:, p, q])
    return anp.einsum("nuvk,luvk->nl", anp.maximum(total, 0.0), A)


def loss(W, A, X, y, stride, temperature=1.0):
    f = outputs(W, A, X, stride) / temperature
    top = anp.max(f, axis=1, keepdims=True)
    logs = f - top - anp.log(anp.sum(anp.exp(f - top), axis=1, keepdims=True))
    return -anp.mean(logs[np.arange(len(y)), y])


@pytest.mark.parametrize(("shape", "side", "stride"), CASES)
def test_outputs_and_noises_are_those_of_the_definition_and_of_autodiff(shape, side, stride):
    W, A, X, y = problem(shape, side, stride)
    np.testing.assert_allclose(convolution_outputs(W, A, X, stride=stride), outputs(W, A, X, stride), atol=1e-12)
    for temperature in (1.0, 0.3):
        found = convolution_noises(W, A, X, y, temperature=temperature, stride=stride)
        gradient = len(X) * autograd.grad(lambda x, T=temperature: loss(W, A, x, y, stride, T))(X)
        np.testing.assert_allclose(found, gradient, rtol=1e-10, atol=1e-10 * np.abs(found).max())


def test_hidden_units_are_scipys_correlations():
    W, _, X, _ = problem((4, 6, 3), 3, filters=1, n=1)
    image = X.reshape(4, 6, 3)
    hidden = sum(correlate2d(image[:, :, c], W[0, :, :, c], mode="same") for c in range(3))
    unit = np.zeros((2, 4, 6, 1))
    for u in range(4):
        for v in range(6):
            unit[:] = 0.0
            unit[0, u, v] = 1.0
            assert convolution_outputs(W, unit, X)[0, 0] == pytest.approx(max(hidden[u, v], 0.0), abs=1e-12)


def slope_in_rationals(W, a, x):
    """∇f(x) of one output with readout a (h, w, k) at stride 1, summed pixel by pixel in exact arithmetic."""
    k, side, _, C = W.shape
    h, w, _ = a.shape
    reach = side // 2
    pixels = {(u, v, c): Fraction(x[(u * w + v) * C + c]) for u in range(h) for v in range(w) for c in range(C)}
    slope = dict.fromkeys(pixels, Fraction(0))
    for u in range(h):
        for v in range(w):
            for j in range(k):
                seen = {
                    (u + p - reach, v + q - reach, c): Fraction(W[j, p, q, c])
                    for p in range(side)
                    for q in range(side)
                    for c in range(C)
                    if (u + p - reach, v + q - reach, c) in pixels
                }
                if sum(weight * pixels[at] for at, weight in seen.items()) > 0:
                    for at, weight in seen.items():
                        slope[at] += Fraction(a[u, v, j]) * weight
    return list(slope.values())


def test_directions_are_exact_where_floats_are():
    rng = np.random.default_rng(0)
    # Sums of so few small dyadic numbers round nowhere; zeros make many exact ties.
    W, A = rng.integers(-3, 4, (3, 3, 3, 2)) / 4.0, rng.integers(-3, 4, (2, 3, 4, 3)) / 8.0
    X = rng.integers(-2, 3, (6, 24)) / 2.0
    directions = convolution_directions(W, A, X, np.zeros(6, np.int64))
    for x, direction in zip(X, directions, strict=True):
        # With two classes the direction away from class 0 is ∇(f_1 − f_0).
        assert [Fraction(r) for r in direction] == slope_in_rationals(W, A[1] - A[0], x)


def test_a_tie_is_an_exact_zero():
    W, A = np.array([1.0, 2.0**-60, -1.0]).reshape(1, 1, 1, 3), np.array([1.0, -1.0]).reshape(2, 1, 1, 1)
    assert convolution_directions(W, A, [[1.0, 1.0, 1.0]], [0]).any()
    assert not convolution_directions(W, A, [[1.0, 0.0, 1.0]], [0]).any()


def test_a_filter_as_large_as_its_image_is_a_dense_layer_at_the_centre():
    """With a readout at the centre alone, a 3×3 filter on a 3×3 image is one neuron of a dense network."""
    W, A, X, y = problem((3, 3, 2), 3, filters=8)
    A[:, np.arange(9).reshape(3, 3) != 4] = 0.0
    dense = W.reshape(8, 18), np.ascontiguousarray(A[:, 1, 1])
    np.testing.assert_allclose(convolution_outputs(W, A, X), class_outputs(*dense, X), atol=1e-13)
    np.testing.assert_allclose(convolution_noises(W, A, X, y), class_noises(*dense, X, y), atol=1e-13)


@pytest.mark.parametrize(("shape", "side", "stride"), CASES)
def test_the_matrix_is_the_network_without_relu(shape, side, stride):
    W, A, X, _ = problem(shape, side, stride)
    # σ(h) − σ(−h) = h.
    linear = convolution_outputs(W, A, X, stride=stride) - convolution_outputs(-W, A, X, stride=stride)
    np.testing.assert_allclose(X @ convolution_matrix(W, A, stride=stride).T, linear, atol=1e-12)


def test_pieces_change_nothing(monkeypatch):
    W, A, X, y = problem(n=9)
    options = {"learning_rate": 0.3, "epochs": 2, "batch_size": 4}
    noises = convolution_noises(W, A, X, y)
    trained = train_convolution(W, A, X, y, rng=np.random.default_rng(0), **options)
    monkeypatch.setattr("whp.kernels.convolution._PIECE", 2 * 24 * (5 + 27))
    np.testing.assert_allclose(convolution_noises(W, A, X, y), noises, atol=1e-14)
    again = train_convolution(W, A, X, y, rng=np.random.default_rng(0), **options)
    np.testing.assert_allclose(again.W, trained.W, atol=1e-14)
    np.testing.assert_allclose(again.losses, trained.losses, atol=1e-14)


@pytest.mark.parametrize(("shape", "side", "stride"), CASES)
def test_two_steps_with_momentum_are_those_of_autodiff(shape, side, stride):
    W, A, X, y = problem(shape, side, stride)
    trained = train_convolution(W, A, X, y, learning_rate=0.2, epochs=2, momentum=0.5, snapshots=(0, 1), stride=stride)

    def slopes(W, A):
        hidden, readout = autograd.grad(lambda pair: loss(*pair, X, y, stride))((W, A))
        return {"W": hidden, "A": readout}

    first = slopes(W, A)
    after = {"W": W - 0.2 * first["W"], "A": A - 0.2 * first["A"]}
    second = slopes(**after)
    for name, at in (("W", 0), ("A", 1)):
        np.testing.assert_allclose(trained.snapshots[1][at], after[name], rtol=1e-12, atol=1e-13)
        last = after[name] - 0.2 * (0.5 * first[name] + second[name])
        np.testing.assert_allclose(getattr(trained, name), last, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(trained.snapshots[0][0], W)
    assert trained.losses[0] == pytest.approx(loss(W, A, X, y, stride), rel=1e-12)


def test_directions_are_positive_multiples_of_noises_and_survive_confidence():
    W, A, X, y = problem()
    noises, directions = convolution_noises(W, A, X, y), convolution_directions(W, A, X, y)
    ratio = np.vecdot(directions, noises) / np.vecdot(noises, noises)
    assert (ratio > 0).all()
    np.testing.assert_allclose(directions, ratio[:, None] * noises, rtol=1e-10, atol=1e-12)
    label = np.argmax(convolution_outputs(W, A, X), axis=1)
    assert convolution_directions(W, 1e5 * A, X, label).any(axis=1).all()
    assert not convolution_noises(W, 1e5 * A, X, label).any(axis=1).all()
    target = (y + 1) % 4
    away = convolution_directions(W, A, X, target)
    np.testing.assert_array_equal(convolution_directions(W, A, X, y, target=target), -away)


def test_pgd_stays_in_its_ball_and_raises_the_loss():
    W, A, X, y = problem(filters=30)
    for norm, length in (("linf", lambda e: np.abs(e).max(axis=1)), ("l2", lambda e: np.linalg.norm(e, axis=1))):
        moved = convolution_pgd(W, A, X, y, radius=0.2, step=0.05, steps=10, norm=norm)
        assert (length(moved - X) <= 0.2 * (1 + 1e-12)).all()
        assert loss(W, A, moved, y, 1) > loss(W, A, X, y, 1)
        target = (y + 1) % 4
        pulled = convolution_pgd(W, A, X, y, radius=0.2, step=0.05, steps=10, norm=norm, target=target)
        assert loss(W, A, pulled, target, 1) < loss(W, A, X, target, 1)


def test_adversarial_training_beats_standard_training_under_attack():
    rng = np.random.default_rng(0)
    W, A = sample_convolution(12, (3, 3, 1), 3, rng)
    y = rng.integers(0, 3, 60)
    X = rng.standard_normal((60, 9)) + 1.5 * np.eye(9)[3 * y]

    def attack(W, A, x, labels):
        return convolution_pgd(W, A, x, labels, radius=0.4, step=0.1, steps=5)

    options = {"learning_rate": 0.1, "epochs": 150, "momentum": 0.5}
    standard = train_convolution(W, A, X, y, **options)
    robust = train_convolution(W, A, X, y, perturb=attack, **options)
    under_attack = [loss(t.W, t.A, attack(t.W, t.A, X, y), y, 1) for t in (standard, robust)]
    assert under_attack[1] < 0.8 * under_attack[0]


def test_at_initialisation_preactivations_are_of_order_one():
    W, A = sample_convolution(400, (8, 8, 3), 10, np.random.default_rng(0), side=5, stride=2)
    assert W.var() == pytest.approx(1 / 75, rel=0.05)
    assert A.var() == pytest.approx(1 / (400 * 16), rel=0.05)


def test_gates_are_the_certified_ones():
    W, A, X, _ = problem((1, 1, 4), 1, filters=6)
    gates = activation_masks(W.reshape(6, 4), X)
    rays = convolution_noises(W, A, X, np.zeros(len(X), np.int64))
    np.testing.assert_allclose(rays, class_noises(W.reshape(6, 4), A.reshape(4, 6), X, np.zeros(len(X))), atol=1e-14)
    assert gates.any()
    assert not gates.all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"W": np.ones((5, 2, 2, 3))}, "squares of odd side are needed"),
        ({"W": np.ones((5, 3, 1, 3))}, "W has filters of 3×1 pixels"),
        ({"W": np.ones((5, 27))}, "W has shape"),
        ({"A": np.ones((1, 4, 6, 5))}, "at least 2 are needed"),
        ({"A": np.ones((4, 4, 6, 3))}, "A has shape"),
        ({"X": np.ones((7, 71))}, "X has shape"),
        ({"y": [4] * 7}, "y must hold classes 0 to 3, found 4 at index 0"),
        ({"stride": 2}, "X has shape"),
        ({"stride": 0}, "stride must lie in"),
        ({"temperature": 0.0}, "temperature must be positive"),
    ],
)
def test_bad_arrays_are_refused(change, words):
    W, A, X, y = problem()
    given = {"W": W, "A": A, "X": X, "y": y, **change}
    with pytest.raises(ValueError, match=words):
        convolution_noises(**given)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"side": 2}, "side must be odd, found 2"),
        ({"stride": 3}, "stride must divide height and width, found 3 for 4×6 pixels"),
        ({"classes": 1}, "classes must be at least 2"),
        ({"shape": (4, 6)}, "shape must be"),
    ],
)
def test_bad_sizes_are_refused(sizes, words):
    given = {"shape": (4, 6, 3), "classes": 4, **sizes}
    with pytest.raises(ValueError, match=words):
        sample_convolution(5, given.pop("shape"), given.pop("classes"), np.random.default_rng(0), **given)


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_momentum_outside_its_range_is_refused(momentum):
    W, A, X, y = problem()
    with pytest.raises(ValueError, match="momentum must lie in"):
        train_convolution(W, A, X, y, learning_rate=0.1, epochs=1, momentum=momentum)
