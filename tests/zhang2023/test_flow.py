"""The logistic flow of a linearised network is the limit of small gradient steps, and wide networks follow it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles.samples import setting
from whp.checks.zhang2023.studies.flow import logistic_flow
from whp.kernels import LinearisedNetwork, train

Array = NDArray[np.float64]


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
    with pytest.raises(ValueError, match="exactly one of times and loss"):
        logistic_flow(linear, y)
    with pytest.raises(ValueError, match="times must increase"):
        logistic_flow(linear, y, [1.0, 0.5])
    with pytest.raises(ValueError, match="labels must be -1 or"):
        logistic_flow(linear, 2 * y, [1.0])
    with pytest.raises(ValueError, match="loss must be positive"):
        logistic_flow(linear, y, loss=0.0)
