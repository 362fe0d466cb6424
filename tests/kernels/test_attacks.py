"""Attacks on inputs follow the paper's formulas, stay in their balls, and do what they are for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles import reference
from whp.kernels import forward, gradient_step, input_gradients, margins, pgd, sign_step
from whp.kernels.zhang2023.radius import knapsack_by_sort

Array = NDArray[np.float64]


def setting(m: int = 60, d: int = 12, n: int = 5, seed: int = 1) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    X *= math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True)
    y = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    return rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m), X, y


def losses(W: Array, a: Array, X: Array, y: Array) -> Array:
    return np.logaddexp(0.0, -y * forward(W, a, X))


def test_steps_follow_the_papers_noise() -> None:
    W, a, X, y = setting()
    noise = np.array([reference.noise(W, a, x, label) for x, label in zip(X, y, strict=True)])
    np.testing.assert_allclose(gradient_step(W, a, X, y, 0.7), X + 0.7 * noise, atol=1e-13)
    np.testing.assert_allclose(sign_step(W, a, X, y, 0.7), X + 0.7 * np.sign(noise), atol=1e-13)
    target = -y
    towards = np.array([reference.noise(W, a, x, label) for x, label in zip(X, target, strict=True)])
    np.testing.assert_allclose(gradient_step(W, a, X, y, 0.7, target=target), X - 0.7 * towards, atol=1e-13)
    np.testing.assert_allclose(sign_step(W, a, X, y, 0.7, target=target), X - 0.7 * np.sign(towards), atol=1e-13)


def test_untargeted_steps_raise_the_loss_and_targeted_ones_lower_the_targets() -> None:
    W, a, X, y = setting()
    for step in (gradient_step, sign_step):
        assert (losses(W, a, step(W, a, X, y, 1e-4), y) > losses(W, a, X, y)).all()
        assert (losses(W, a, step(W, a, X, y, 1e-4, target=y), y) < losses(W, a, X, y)).all()
        # With two classes, reaching the other label and leaving one's own is the same direction.
        away, towards = step(W, a, X, y, 1e-3) - X, step(W, a, X, y, 1e-3, target=-y) - X
        cosines = np.vecdot(away, towards) / np.linalg.norm(away, axis=1) / np.linalg.norm(towards, axis=1)
        np.testing.assert_allclose(cosines, 1.0, rtol=1e-9)


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("start", [False, True])
@pytest.mark.parametrize("targeted", [False, True])
def test_projected_descent_stays_in_its_ball_and_beats_one_step(norm: str, start: bool, targeted: bool) -> None:
    W, a, X, y = setting()
    rng = np.random.default_rng(2) if start else None
    options: dict[str, Any] = {"radius": 0.3, "norm": norm, "rng": rng, "target": -y if targeted else None}
    moved = pgd(W, a, X, y, step=0.1, steps=20, **options)
    sizes = np.abs(moved - X).max(axis=1) if norm == "linf" else np.linalg.norm(moved - X, axis=1)
    assert (sizes <= 0.3 * (1 + 1e-12)).all()
    single = pgd(W, a, X, y, step=0.3, steps=1, **(options | {"rng": None}))
    assert (losses(W, a, moved, y) >= losses(W, a, single, y) - 1e-6).mean() >= 0.8
    assert (losses(W, a, moved, y) > losses(W, a, X, y)).all()


def test_one_projected_step_is_the_sign_step_or_the_normalised_one() -> None:
    W, a, X, y = setting()
    np.testing.assert_array_equal(pgd(W, a, X, y, radius=0.2, step=0.2, steps=1), sign_step(W, a, X, y, 0.2))
    G = -y[:, np.newaxis] * input_gradients(W, a, X)
    unit = G / np.linalg.norm(G, axis=1, keepdims=True)
    np.testing.assert_allclose(pgd(W, a, X, y, radius=0.2, step=0.5, steps=1, norm="l2"), X + 0.2 * unit, atol=1e-14)


def test_direction_survives_where_the_noise_underflows() -> None:
    W, a, X, _ = setting(n=1)
    W, a = 1e3 * W, 1e3 * a
    y = np.sign(forward(W, a, X))
    assert abs(forward(W, a, X)[0]) > 800
    assert (gradient_step(W, a, X, y, 1.0) == X).all()
    expected = X - y[:, np.newaxis] * np.sign(input_gradients(W, a, X))
    np.testing.assert_array_equal(sign_step(W, a, X, y, 1.0), expected)
    assert abs(forward(W, a, pgd(W, a, X, y, radius=0.1, step=0.1, steps=1, norm="l2"))[0]) < forward(W, a, X)[0] * y[0]


def test_an_input_without_active_neurons_does_not_move() -> None:
    W, a, X, y = np.array([[-1.0, 0.0]]), np.ones(1), np.array([[1.0, 2.0]]), np.ones(1)
    for moved in (
        gradient_step(W, a, X, y, 1.0),
        sign_step(W, a, X, y, 1.0),
        pgd(W, a, X, y, radius=1.0, step=1.0, steps=3),
        pgd(W, a, X, y, radius=1.0, step=1.0, steps=3, norm="l2"),
    ):
        assert (moved == X).all()


def test_projected_descent_keeps_the_margin_that_the_knapsack_guarantees() -> None:
    # whp S17: in a ball of radius Δ around x at most the neurons of a knapsack of capacity ‖W‖₂²Δ² flip.
    W, a, X, y = setting(m=400, d=10, n=6)
    g = W.T @ a
    p, spectral = W @ g, np.linalg.norm(W, 2)
    for radius in (0.01, 0.1, 0.5, 2.0):
        moved = pgd(W, a, X, y, radius=radius, step=radius / 3, steps=7, norm="l2")
        for x, kept in zip(X, margins(W, a, moved), strict=True):
            h = W @ x
            harm = np.maximum(np.where(h > 0, p * a, -p * a), 0.0)
            assert kept >= reference.margin(W, a, x) - knapsack_by_sort(harm, h * h)((spectral * radius) ** 2) - 1e-12


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"radius": 0.0, "step": 0.1, "steps": 1}, ValueError, "radius must be positive"),
        ({"radius": 0.1, "step": math.inf, "steps": 1}, ValueError, "step must be positive and finite"),
        ({"radius": 0.1, "step": "1", "steps": 1}, TypeError, "step must be a real number"),
        ({"radius": 0.1, "step": 0.1, "steps": 0}, ValueError, "steps must lie"),
        ({"radius": 0.1, "step": 0.1, "steps": 1, "norm": "l1"}, ValueError, "norm must be"),
        ({"radius": 0.1, "step": 0.1, "steps": 1, "rng": 3}, TypeError, "rng must be a numpy Generator"),
        ({"radius": 0.1, "step": 0.1, "steps": 1, "target": [2, 1, 1, 1, 1]}, ValueError, "target: labels must be"),
    ],
)
def test_bad_options_raise_one_clear_error(options: dict[str, Any], error: type[Exception], message: str) -> None:
    W, a, X, y = setting()
    with pytest.raises(error, match=message):
        pgd(W, a, X, y, **options)
