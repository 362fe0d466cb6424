"""Descent on the conditioned network is that of the stored one: same path on the same network, same law otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from numpy.typing import NDArray
from oracles.samples import labels, network, on_sphere
from scipy import stats
from whp.kernels import ConditionedDraw, ConditionedNetwork, train, train_conditioned
from whp.kernels.trained import spectral_norm
from whp.kernels.zhang2023.terms import terms

Array = NDArray[np.float64]

# False-alarm probability of each statistical test below; with fixed seeds it was paid once.
LEVEL = 1e-4


def logistic(parameters: tuple[Array, Array], X: Array, y: Array) -> Array:
    W, a = parameters
    f = anp.dot(anp.maximum(anp.dot(X, W.T), 0.0), a)
    return anp.mean(anp.logaddexp(0.0, -y * f))


def test_one_step_follows_the_gradient_of_the_mean_logistic_loss() -> None:
    rng = np.random.default_rng(1)
    X, y = on_sphere(5, 4, rng), labels(5)
    W, a = network(12, 4, rng)
    GW, ga = grad(logistic)((W, a), X, y)
    trained = train(W, a, X, y, learning_rate=0.01, steps=1)
    np.testing.assert_allclose(trained.W, W - 0.01 * GW, rtol=1e-13)
    np.testing.assert_allclose(trained.a, a - 0.01 * ga, rtol=1e-13)
    assert trained.losses[0] == pytest.approx(logistic((W, a), X, y), rel=1e-14)
    assert trained.losses[-1] == pytest.approx(logistic((trained.W, trained.a), X, y), rel=1e-13)
    hidden = train(W, a, X, y, learning_rate=0.01, steps=1, layers="hidden")
    assert (hidden.W == trained.W).all()
    assert (hidden.a == a).all()


def test_momentum_decay_and_batches_follow_their_definitions() -> None:
    rng = np.random.default_rng(2)
    X, y = on_sphere(5, 4, rng), labels(5)
    W, a = network(12, 4, rng)
    eta, mu, decay = 0.05, 0.8, 0.3
    trained = train(
        W,
        a,
        X,
        y,
        learning_rate=eta,
        momentum=mu,
        weight_decay=decay,
        batch_size=2,
        steps=7,
        rng=np.random.default_rng(3),
    )
    batch_rng, Wt, at, VW, va = np.random.default_rng(3), W, a, np.zeros_like(W), np.zeros_like(a)
    order: list[int] = []
    for _ in range(7):
        order = order or batch_rng.permutation(5).tolist()
        batch, order = order[:2], order[2:]
        GW, ga = grad(logistic)((Wt, at), X[batch], y[batch])
        VW, va = mu * VW + GW, mu * va + ga
        Wt, at = (1 - eta * decay) * Wt - eta * VW, (1 - eta * decay) * at - eta * va
    np.testing.assert_allclose(trained.W, Wt, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(trained.a, at, rtol=1e-11, atol=1e-14)
    assert trained.scale == pytest.approx((1 - eta * decay) ** 7, rel=1e-14)


def test_batches_of_all_samples_are_full_descent() -> None:
    rng = np.random.default_rng(24)
    X, y = on_sphere(5, 4, rng), labels(5)
    W, a = network(12, 4, rng)
    whole, batched = train(W, a, X, y, steps=20), train(W, a, X, y, steps=20, batch_size=5, rng=rng)
    np.testing.assert_allclose(batched.W, whole.W, atol=1e-13)
    np.testing.assert_allclose(batched.losses, whole.losses, rtol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"layers": "hidden"},
        {"momentum": 0.9, "weight_decay": 0.02},
        {"batch_size": 2},
        {"loss": 0.05},
        {"displacement": 0.4},
    ],
)
@pytest.mark.parametrize("shape", ["generic", "degenerate", "full rank"])
def test_the_conditioned_path_is_the_stored_one(options: dict[str, Any], shape: str) -> None:
    rng = np.random.default_rng(4)
    X = on_sphere(5, 5 if shape == "full rank" else 9, rng)
    if shape == "degenerate":
        X[1], X[2] = -X[0], X[0]
        X[4] = X[3] + 1e-9 * X[4]
    y = np.array([1.0, -1.0, 1.0, -1.0, 1.0 if shape != "degenerate" else -1.0])
    W, a = network(40, X.shape[1], rng)
    draw = ConditionedDraw.from_network(W, a, X)
    generators = (np.random.default_rng(5), np.random.default_rng(5)) if "batch_size" in options else (None, None)
    stored = train(W, a, X, y, steps=150, snapshots=[0, 3], rng=generators[0], **options)
    reduced = train_conditioned(draw, y, steps=150, snapshots=[0, 3], rng=generators[1], **options)
    assert (stored.steps, stored.stopped) == (reduced.steps, reduced.stopped)
    np.testing.assert_allclose(reduced.losses, stored.losses, rtol=1e-10)
    for name in ("loss", "displacement", "readout_displacement"):
        assert getattr(reduced, name) == pytest.approx(getattr(stored, name), rel=1e-9), name
    for name in ("flips", "outputs", "margins", "readout_cosines"):
        np.testing.assert_allclose(getattr(reduced, name), getattr(stored, name), atol=1e-10, err_msg=name)
    np.testing.assert_allclose(terms(reduced), terms(stored), atol=1e-10)
    # Inputs 1e-9 apart determine the span they share to 1e-7 only.
    tolerance = 1e-6 if shape == "degenerate" else 1e-10
    np.testing.assert_allclose(reduced.projected_margins, stored.projected_margins, atol=tolerance)
    np.testing.assert_allclose(reduced.coefficients @ X, stored.W - stored.scale * W, atol=1e-9)
    if stored.steps >= 3:
        change, readout = reduced.snapshots[3]
        assert spectral_norm(change) == pytest.approx(
            spectral_norm(stored.snapshots[3][0] - (stored.scale ** (3 / stored.steps)) * W), rel=1e-9
        )
        np.testing.assert_allclose(readout, stored.snapshots[3][1], atol=1e-12)
    vectors = reduced.gradient_coordinates(rng)
    np.testing.assert_allclose(vectors[1:] @ vectors[0], stored.margins, atol=1e-10)


def test_margins_of_a_conditioned_training_follow_the_formula_in_the_coefficients() -> None:
    rng = np.random.default_rng(6)
    X = on_sphere(4, 30, rng)
    draw = ConditionedNetwork(X, 50).draw(rng)
    trained = train_conditioned(draw, labels(4), steps=100, weight_decay=0.01)
    H, C, p = draw.preactivations.T, trained.coefficients, draw.p
    H_t = trained.scale * H + C @ (X @ X.T)
    for i in range(4):
        b = np.where(H_t[:, i] > 0, trained.a, 0.0)
        margin = trained.scale * (p @ b) + (H.T @ draw.a) @ (C.T @ b)
        assert trained.margins[i] == pytest.approx(margin, rel=1e-10)


def test_the_eight_terms_are_those_printed_and_sum_to_the_margin() -> None:
    rng = np.random.default_rng(7)
    X, y = on_sphere(4, 6, rng), labels(4)
    W, a = network(30, 6, rng)
    trained = train(W, a, X, y, steps=60, weight_decay=0.05)
    dW, da = trained.W - W, trained.a - a
    for i, x in enumerate(X):
        D, D_t = np.diag((W @ x > 0) * 1.0), np.diag((trained.W @ x > 0) * 1.0)
        dD, left, right = D_t - D, a @ W @ W.T, a @ W @ dW.T
        printed = [left @ D @ a, right @ D @ a, left @ dD @ a, left @ D @ da]
        printed += [right @ dD @ a, right @ D @ da, left @ dD @ da, right @ dD @ da]
        np.testing.assert_allclose(terms(trained)[i], printed, atol=1e-13)
        assert terms(trained)[i].sum() == pytest.approx((a @ W) @ (trained.W.T @ D_t @ trained.a), abs=1e-13)
        assert trained.flips[i] == np.count_nonzero(np.diag(dD))
    np.testing.assert_allclose(terms(trained).sum(axis=1), trained.margins, atol=1e-13)
    assert trained.displacement == pytest.approx(np.linalg.norm(trained.W - trained.scale * W, 2), rel=1e-10)


def law_statistics(trained: Any) -> list[float]:
    return [
        trained.margins.min(),
        trained.projected_margins.min(),
        trained.displacement,
        trained.readout_displacement,
        trained.loss,
        float(trained.flips.sum()),
        terms(trained)[:, 4].max(),
    ]


def smallest_level(first: list[list[float]], second: list[list[float]]) -> float:
    columns = zip(zip(*first, strict=True), zip(*second, strict=True), strict=True)
    values = [stats.ks_2samp(one, two).pvalue for one, two in columns]
    return min(values) * len(values)


def trained_laws(
    X: Array, m: int, size: int, steps: int, seed: int, draw: Callable[[np.random.Generator], ConditionedDraw]
) -> float:
    rng, y = np.random.default_rng(seed), labels(len(X))
    reduced = [law_statistics(train_conditioned(draw(rng), y, steps=steps)) for _ in range(size)]
    stored = [law_statistics(train(*network(m, X.shape[1], rng), X, y, steps=steps)) for _ in range(size)]
    return smallest_level(reduced, stored)


def test_law_after_training_is_that_of_stored_networks() -> None:
    X = on_sphere(4, 7, np.random.default_rng(8))
    assert trained_laws(X, 25, 2000, 40, 9, ConditionedNetwork(X, 25).draw) > LEVEL


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["generic", "antipodal", "full rank"])
def test_law_after_training_at_more_shapes(shape: str) -> None:
    X = on_sphere(4, 4 if shape == "full rank" else 9, np.random.default_rng(10))
    if shape == "antipodal":
        X[1] = -X[0]
        X[2] = X[0]
    assert trained_laws(X, 40, 10_000, 60, 11, ConditionedNetwork(X, 40).draw) > LEVEL / 3


def test_dropping_the_chi_square_is_caught_after_training() -> None:
    X = on_sphere(4, 7, np.random.default_rng(12))
    exact = ConditionedNetwork(X, 25)

    def planted(rng: np.random.Generator) -> ConditionedDraw:
        draw = exact.draw(rng)
        along = draw.a * (draw.a @ draw.p_outside) / (draw.a @ draw.a)
        return ConditionedDraw(exact, draw.Z, draw.a, draw.p_outside - along)

    assert trained_laws(X, 25, 400, 40, 13, planted) < 1e-8


@pytest.mark.parametrize(("m", "d"), [(5, 300), (300, 5), (2000, 2), (40, 40), (1, 1)])
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_the_default_learning_rate_is_stable_at_any_width(m: int, d: int, scale: float) -> None:
    rng = np.random.default_rng(19)
    # Equal inputs make the tangent kernel's largest eigenvalue as large as it can be.
    x = on_sphere(1, d, rng)
    X = scale * np.vstack([np.repeat(x, 5, axis=0), on_sphere(1, d, rng)])
    y = np.array([1.0, 1.0, 1.0, 1.0, 1.0, -1.0])
    for options in ({}, {"layers": "hidden"}, {"momentum": 0.9}):
        trained = train(*network(m, d, rng), X, y, steps=200, **options)
        slack = 1e-12 if "momentum" not in options else 1.0
        assert (np.diff(trained.losses) <= slack * trained.losses[0]).all()


def test_a_tie_moves_nothing() -> None:
    X, y = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([1.0, -1.0])
    W, a = np.array([[0.0, 5.0], [1.0, 0.0]]), np.array([1.0, 1.0])
    trained = train(W, a, X, y, steps=5, learning_rate=0.1)
    assert (trained.W[0] == W[0]).all()
    assert trained.a[0] == a[0]
    assert trained.a[1] != a[1]


def test_descent_stops_where_it_is_told_to() -> None:
    rng = np.random.default_rng(20)
    X, y = on_sphere(4, 8, rng), labels(4)
    W, a = network(200, 8, rng)
    seen: list[tuple[int, float]] = []
    loss = train(W, a, X, y, loss=0.2, progress=lambda step, value: seen.append((step, value)))
    assert loss.stopped == "loss"
    assert loss.losses[-1] <= 0.2 < loss.losses[-2]
    assert [value for _, value in seen] == loss.losses.tolist()
    assert loss.steps == seen[-1][0] == len(loss.losses) - 1
    moved = train(W, a, X, y, displacement=0.05, learning_rate=1e-4, steps=10**5, snapshots=[0, 2])
    assert moved.stopped == "displacement"
    assert 0.05 <= max(moved.displacement, moved.readout_displacement) < 0.051
    assert (moved.snapshots[0][0] == W).all()
    counted = train(W, a, X, y, steps=3, batch_size=3, rng=rng)
    assert (counted.stopped, counted.steps, len(counted.losses)) == ("steps", 3, 3)
    assert train(W, a, X, y, loss=100.0).steps == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"learning_rate": 50.0}, ValueError, r"training diverged: the loss went from .* a rate of 0\.\d+ is stable"),
        ({"learning_rate": 1e200}, ValueError, "training diverged"),
        ({"learning_rate": -1.0}, ValueError, "learning_rate must lie"),
        ({"learning_rate": "big"}, TypeError, "learning_rate must be a real number"),
        ({"momentum": 1.0}, ValueError, "momentum must lie"),
        ({"weight_decay": 100.0, "learning_rate": 0.01}, ValueError, "must stay below 1"),
        ({"batch_size": 2}, TypeError, "rng must be a numpy Generator"),
        ({"batch_size": 9, "rng": np.random.default_rng(0)}, ValueError, "batch_size must be at most n = 4"),
        ({"layers": "readout"}, ValueError, "layers must be one of"),
        ({"update": "adam"}, ValueError, "learning_rate is needed with Adam"),
        ({"steps": 0}, ValueError, "steps must lie"),
        ({"steps": 5, "snapshots": [6]}, ValueError, "snapshots must be at most"),
        ({"loss": math.nan}, ValueError, "loss must lie"),
        ({"step": 5}, TypeError, "step"),
    ],
)
def test_bad_options_raise_one_clear_error(options: dict[str, Any], error: type[Exception], message: str) -> None:
    rng = np.random.default_rng(22)
    X = on_sphere(4, 8, rng)
    with pytest.raises(error, match=message):
        train(*network(30, 8, rng), X, labels(4), **options)


def test_a_step_that_silences_every_neuron_is_divergence() -> None:
    X, y = np.ones((3, 1)), np.array([-1.0, -1.0, 1.0])
    with pytest.raises(ValueError, match="no neuron is active on any input after 1 steps"):
        train([[1.0]], [1.0], X, y, learning_rate=100.0)


def test_bad_data_raise_one_clear_error() -> None:
    rng = np.random.default_rng(23)
    X = on_sphere(3, 8, rng)
    W, a = network(30, 8, rng)
    draw = ConditionedDraw.from_network(W, a, X)
    with pytest.raises(ValueError, match=r"all 3 labels are \+1"):
        train(W, a, X, [1, 1, 1])
    with pytest.raises(ValueError, match=r"all 3 labels are -1"):
        train_conditioned(draw, [-1, -1, -1])
    with pytest.raises(ValueError, match="input 1 is zero"):
        train(W, a, X * np.array([[1.0], [0.0], [1.0]]), [1, -1, 1])
    with pytest.raises(ValueError, match="labels must be -1 or"):
        train_conditioned(draw, [0, 1, 1])
    with pytest.raises(ValueError, match="leaves the span"):
        train_conditioned(draw, [1, -1, 1], update="adam", learning_rate=0.1)
    with pytest.raises(TypeError, match="draw must be a ConditionedDraw"):
        train_conditioned(W, [1, -1, 1])  # type: ignore[arg-type]
