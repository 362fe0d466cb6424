"""The linearised network is the first-order expansion, and its flows solve their equations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import reference
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from whp.checks.linearised import logistic_flow
from whp.kernels import forward, input_gradients
from whp.kernels.linearised import LinearisedNetwork
from whp.kernels.training import train

Array = NDArray[np.float64]


def setting(m: int = 40, d: int = 6, n: int = 5, seed: int = 1) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    X *= math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True)
    y = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    return rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m), X, y


def test_outputs_are_the_first_order_expansion_in_the_weights() -> None:
    W, a, X, _ = setting()
    Y = setting(seed=2)[2]
    alpha = np.random.default_rng(3).standard_normal(5)
    linear = LinearisedNetwork(W, a, X)
    dW, da = linear.weight_changes(alpha)
    step = np.concatenate([da, dW.ravel()])
    expected = [reference.output(W, a, x) + reference.tangent_features(W, a, x) @ step for x in Y]
    np.testing.assert_allclose(linear.outputs(alpha, Y), expected, rtol=1e-12)
    np.testing.assert_allclose(linear.outputs(alpha), linear.outputs(alpha, X), rtol=1e-12)
    # Homogeneity: moving the weights by a tiny multiple changes the true network by that much of the linear one.
    t = 1e-7
    moved = (forward(W + t * dW, a + t * da, Y) - forward(W, a, Y)) / t
    np.testing.assert_allclose(moved, linear.outputs(alpha, Y) - linear.outputs(0 * alpha, Y), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layers", ["both", "hidden"])
def test_the_gram_matrix_is_that_of_the_tangent_features(layers: str) -> None:
    W, a, X, _ = setting()
    features = np.array([reference.tangent_features(W, a, x) for x in X])
    if layers == "hidden":
        features = features[:, len(a) :]
    np.testing.assert_allclose(LinearisedNetwork(W, a, X, layers=layers).gram, features @ features.T, rtol=1e-12)


@pytest.mark.parametrize("layers", ["both", "hidden"])
def test_input_gradients_are_those_of_the_outputs(layers: str) -> None:
    W, a, X, _ = setting()
    Y = setting(seed=4)[2]
    linear = LinearisedNetwork(W, a, X, layers=layers)
    alpha = np.random.default_rng(5).standard_normal(5)
    gradients, step = linear.input_gradients(alpha, Y), 1e-6
    for k in range(Y.shape[1]):
        E = np.zeros_like(Y)
        E[:, k] = step
        slope = (linear.outputs(alpha, Y + E) - linear.outputs(alpha, Y - E)) / (2 * step)
        np.testing.assert_allclose(gradients[:, k], slope, atol=1e-7)
    np.testing.assert_allclose(linear.input_gradients(0 * alpha, Y), input_gradients(W, a, Y), atol=1e-14)
    np.testing.assert_allclose(linear.input_gradients(alpha), linear.input_gradients(alpha, X), atol=1e-13)


@pytest.mark.parametrize("layers", ["both", "hidden"])
def test_the_squared_flow_solves_its_equation(layers: str) -> None:
    W, a, X, y = setting()
    linear = LinearisedNetwork(W, a, X, layers=layers)
    times = [0.01, 0.3, 5.0]
    solution = solve_ivp(
        lambda _, alpha: (y - linear.outputs(alpha)) / len(y), (0, 5), np.zeros(5), t_eval=times, rtol=1e-10, atol=1e-12
    )
    for t, alpha in zip(times, solution.y.T, strict=True):
        np.testing.assert_allclose(linear.squared_flow(y, t), alpha, rtol=1e-7, atol=1e-9)
    assert not linear.squared_flow(y, 0.0).any()
    np.testing.assert_allclose(linear.outputs(linear.squared_flow(y, math.inf)), y, atol=1e-9)


def test_repeated_inputs_with_opposite_targets_stay_finite() -> None:
    W, a, X, y = setting()
    X[1] = X[0]
    linear = LinearisedNetwork(W, a, X)
    for t in (1e-9, 1.0, 1e3, math.inf):
        assert np.isfinite(linear.squared_flow(y, t)).all()
    outputs = linear.outputs(linear.squared_flow(y, math.inf))
    np.testing.assert_allclose(outputs, [0.0, 0.0, 1.0, -1.0, 1.0], atol=1e-9)


def test_the_logistic_flow_is_the_limit_of_small_gradient_steps() -> None:
    W, a, X, y = setting()
    linear = LinearisedNetwork(W, a, X)
    times = np.array([0.05, 0.5, 2.0])
    flow = logistic_flow(linear, y, times)
    errors = []
    for rate in (2e-3, 1e-3):
        alpha, states = np.zeros(5), []
        for step in range(1, round(2.0 / rate) + 1):
            alpha = alpha + rate * y / (1 + np.exp(y * linear.outputs(alpha))) / 5
            if round(step * rate, 9) in times:
                states.append(alpha)
        errors.append(np.abs(np.array(states) - flow.states).max())
    assert errors[0] < 1e-2 * np.abs(flow.states).max()
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.1)
    assert (np.diff(flow.losses) < 0).all()


def test_the_logistic_flow_stops_at_a_loss() -> None:
    W, a, X, y = setting()
    linear = LinearisedNetwork(W, a, X)
    for loss in (0.3, 1e-3):
        flow = logistic_flow(linear, y, loss=loss)
        assert flow.losses[-1] == pytest.approx(loss, rel=1e-6)
        again = logistic_flow(linear, y, [flow.times[-1]])
        np.testing.assert_allclose(again.states[-1], flow.states[-1], rtol=1e-5)
    assert logistic_flow(linear, y, loss=10.0).times.tolist() == [0.0]
    X[1] = X[0]
    with pytest.raises(ValueError, match=r"the loss 0\.1 is not reached"):
        logistic_flow(LinearisedNetwork(W, a, X), y, loss=0.1)


def test_a_wide_network_trains_like_its_linearisation() -> None:
    gaps = []
    for m in (100, 4000):
        W, a, X, y = setting(m=m, d=10, n=4, seed=6)
        flow = logistic_flow(LinearisedNetwork(W, a, X), y, loss=0.3)
        rate = 0.05 / m
        trained = train(W, a, X, y, learning_rate=rate, steps=round(flow.times[-1] / rate))
        linear = LinearisedNetwork(W, a, X).outputs(flow.states[-1])
        gaps.append(np.abs(trained.outputs - linear).max())
    assert gaps[1] < 0.1
    assert gaps[1] < gaps[0] / 2.5


def test_bad_input_raises_one_clear_error() -> None:
    W, a, X, y = setting()
    linear = LinearisedNetwork(W, a, X)
    with pytest.raises(ValueError, match='layers must be "both" or "hidden"'):
        LinearisedNetwork(W, a, X, layers="readout")
    with pytest.raises(ValueError, match="t must be at least 0"):
        linear.squared_flow(y, -1.0)
    with pytest.raises(ValueError, match="alpha has shape"):
        linear.outputs(np.zeros(3))
    with pytest.raises(ValueError, match="exactly one of times and loss"):
        logistic_flow(linear, y)
    with pytest.raises(ValueError, match="times must increase"):
        logistic_flow(linear, y, [1.0, 0.5])
    with pytest.raises(ValueError, match="labels must be -1 or"):
        logistic_flow(linear, 2 * y, [1.0])
    with pytest.raises(ValueError, match="loss must be positive"):
        logistic_flow(linear, y, loss=0.0)
