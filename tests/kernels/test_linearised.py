"""The linearised network is the first-order expansion, and its flows solve their equations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles import reference
from oracles.samples import setting
from scipy.integrate import solve_ivp
from whp.kernels import LinearisedNetwork, forward, input_gradients

Array = NDArray[np.float64]


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


def test_bad_input_raises_one_clear_error() -> None:
    W, a, X, y = setting()
    linear = LinearisedNetwork(W, a, X)
    with pytest.raises(ValueError, match='layers must be "both" or "hidden"'):
        LinearisedNetwork(W, a, X, layers="readout")
    with pytest.raises(ValueError, match="t must be at least 0"):
        linear.squared_flow(y, -1.0)
    with pytest.raises(ValueError, match="alpha has shape"):
        linear.outputs(np.zeros(3))
