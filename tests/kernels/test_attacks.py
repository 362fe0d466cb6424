"""Attacks on inputs follow the paper's formulas, stay in their balls, and do what they are for."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles import reference
from whp.kernels import (
    class_outputs,
    class_pgd,
    forward,
    gradient_step,
    input_gradients,
    margins,
    pgd,
    sample_class_network,
    sign_step,
)
from whp.kernels._ball import displaced, project
from whp.kernels.attacks import fooled
from whp.kernels.multiclass import class_fooled
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
    assert (sizes <= 0.3).all()
    single = pgd(W, a, X, y, step=0.3, steps=1, **(options | {"rng": None}))
    assert (losses(W, a, moved, y) >= losses(W, a, single, y) - 1e-6).mean() >= 0.8
    assert (losses(W, a, moved, y) > losses(W, a, X, y)).all()


def test_one_projected_step_is_the_sign_step_or_the_normalised_one() -> None:
    W, a, X, y = setting()
    step = sign_step(W, a, X, y, 0.2)
    np.testing.assert_allclose(pgd(W, a, X, y, radius=0.2, step=0.2, steps=1), step, rtol=0, atol=1e-15)
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


def lengths(E: Array, norm: str) -> Array:
    """Norms as users compute them, the largest of several sums."""
    if norm == "linf":
        return np.abs(E).max(axis=1)
    sums = [np.linalg.norm(E, axis=1), np.sqrt((E * E).sum(axis=1)), np.sqrt(np.vecdot(E, E))]
    return np.max([*sums, [np.linalg.norm(e) for e in E], [math.hypot(*e) for e in E]], axis=0)


def inside_exactly(X: Array, moved: Array, radii: Array, norm: str) -> bool:
    rows = zip(X.tolist(), moved.tolist(), radii.tolist(), strict=True)
    for x, z, radius in rows:
        E = [Fraction(q) - Fraction(p) for p, q in zip(x, z, strict=True)]
        size = max(map(abs, E)) ** 2 if norm == "linf" else sum(e * e for e in E)
        if size > Fraction(radius) ** 2:
            return False
    return True


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("radius", [1e-200, 3e-155, 1e-17, 1e-16, 3e-10, 0.1, 1 / 3, 8 / 255, 7.0])
@pytest.mark.parametrize("size", [1.0, 1e6, 1e-30])
def test_no_rounding_leaves_the_ball(norm: str, radius: float, size: float) -> None:
    W, a, X, y = setting(m=30, d=17, n=9, seed=3)
    X *= size
    for rng in (None, np.random.default_rng(5)):
        moved = pgd(
            W, a, X, y, radius=radius, step=radius / 3, steps=5, norm=norm, rng=rng, restarts=1 if rng is None else 2
        )
        assert (lengths(moved - X, norm) <= radius).all()
        assert inside_exactly(X, moved, np.full(len(X), radius), norm)


def test_a_tiny_ball_around_zero_is_used_in_full() -> None:
    W, a, _, _ = setting(m=30, d=5, n=1)
    X, y = np.full((1, 5), 1e-201), np.ones(1)
    moved = pgd(W, a, X, y, radius=1e-200, step=1e-200, steps=3, norm="l2") - X
    assert 0.99e-200 < math.hypot(*moved[0]) <= 1e-200


def test_displacements_round_towards_the_input_in_exact_arithmetic() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 40)) * 10.0 ** rng.integers(-20, 20, (50, 40))
    E = rng.standard_normal((50, 40)) * 10.0 ** rng.integers(-20, 20, (50, 40))
    moved = displaced(X, E)
    for x, e, z in zip(X.ravel().tolist(), E.ravel().tolist(), moved.ravel().tolist(), strict=True):
        exact = Fraction(z) - Fraction(x)
        assert abs(exact) <= abs(Fraction(e))
        assert exact * Fraction(e) >= 0
        assert abs(Fraction(z) - Fraction(x) - Fraction(e)) <= Fraction(math.ulp(z))
    # The plain sum does leave: the rounding is not for nothing.
    assert any(
        abs(Fraction(x + e) - Fraction(x)) > abs(Fraction(e)) for x, e in zip(X[0].tolist(), E[0].tolist(), strict=True)
    )


def test_projections_are_nearest_points() -> None:
    E = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [3e-200, 4e-200], [3e200, 4e200]])
    radii = np.array([1.0, 1.0, 0.0, 2.5e-200, 1.0])
    expected = np.array([[0.6, 0.8], [0.3, 0.4], [0.0, 0.0], [1.5e-200, 2e-200], [0.6, 0.8]])
    np.testing.assert_allclose(project(E, radii, "l2"), expected, rtol=1e-14)
    clipped = [[1.0, 1.0], [0.3, 0.4], [0.0, 0.0], [2.5e-200, 2.5e-200], [1.0, 1.0]]
    np.testing.assert_array_equal(project(E, radii, "linf"), clipped)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_radii_are_per_sample_and_zero_moves_nothing(norm: str) -> None:
    W, a, X, y = setting()
    radii = np.array([0.0, 1e-3, 0.1, 0.0, 0.5])
    moved = pgd(W, a, X, y, radius=radii, step=np.full(5, 0.1), steps=6, norm=norm, rng=np.random.default_rng(0))
    assert (lengths(moved - X, norm) <= radii).all()
    assert (moved[radii == 0.0] == X[radii == 0.0]).all()
    assert (moved[radii > 0.0] != X[radii > 0.0]).any(axis=1).all()
    alone = [pgd(W, a, X[[i]], y[[i]], radius=radii[i], step=0.1, steps=6, norm=norm)[0] for i in range(5)]
    together = pgd(W, a, X, y, radius=radii, step=0.1, steps=6, norm=norm)
    np.testing.assert_allclose(together, alone, atol=1e-12)
    assert (pgd(W, a, X, y, radius=0, step=0.1, steps=6, norm=norm) == X).all()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_bounds_hold_beside_the_ball(norm: str) -> None:
    W, a, X, y = setting()
    X = np.clip(X, 0.0, 1.0)
    moved = pgd(W, a, X, y, radius=0.4, step=0.1, steps=12, norm=norm, bounds=(0.0, 1.0))
    assert moved.min() >= 0.0
    assert moved.max() <= 1.0
    assert (lengths(moved - X, norm) <= 0.4).all()
    free = pgd(W, a, X, y, radius=0.4, step=0.1, steps=12, norm=norm)
    assert free.min() < 0.0
    high = np.linspace(1.0, 1.2, 12)
    assert (pgd(W, a, X, y, radius=0.4, step=0.1, steps=12, norm=norm, bounds=(X, high)) <= high).all()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_best_point_met_is_kept(norm: str) -> None:
    W, a, X, y = setting(m=40, d=6, n=60, seed=8)
    # Steps as long as the ball overshoot: the last point is often worse than an earlier one.
    reached = [losses(W, a, pgd(W, a, X, y, radius=2.0, step=1.9, steps=k, norm=norm), y) for k in range(1, 12)]
    assert all((later >= earlier - 1e-13).all() for earlier, later in itertools.pairwise(reached))
    assert (reached[0] >= losses(W, a, X, y) - 1e-13).all()
    rng = np.random.default_rng
    options: dict[str, Any] = {"radius": 2.0, "step": 0.5, "steps": 4, "norm": norm}
    one = losses(W, a, pgd(W, a, X, y, rng=rng(1), **options), y)
    five = losses(W, a, pgd(W, a, X, y, rng=rng(1), restarts=5, **options), y)
    assert (five >= one - 1e-13).all()
    assert (five > one + 1e-6).any()
    np.testing.assert_array_equal(
        pgd(W, a, X, y, rng=rng(1), restarts=3, **options), pgd(W, a, X, y, rng=rng(1), restarts=3, **options)
    )


def test_success_is_said_of_every_input() -> None:
    W, a, X, y = setting()
    f = forward(W, a, X)
    np.testing.assert_array_equal(fooled(W, a, X, y), y * f <= 0)
    np.testing.assert_array_equal(fooled(W, a, X, y, target=-y), -y * f > 0)
    labels = np.sign(f)
    moved = pgd(W, a, X, labels, radius=3.0, step=0.5, steps=30)
    assert not fooled(W, a, X, labels).any()
    assert fooled(W, a, moved, labels).all()
    # An output of 0 is of no class.
    assert fooled(W, a, np.zeros((1, 12)), [1]).all()
    assert not fooled(W, a, np.zeros((1, 12)), [-1], target=[1]).any()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_several_classes_have_the_same_attack(norm: str) -> None:
    rng = np.random.default_rng(2)
    W, A = sample_class_network(80, 9, 4, rng)
    X = rng.standard_normal((12, 9))
    y = class_outputs(W, A, X).argmax(axis=1)
    radii = np.linspace(0.0, 2.0, 12)
    options: dict[str, Any] = {"radius": radii, "step": 0.2, "steps": 15, "norm": norm}
    moved = class_pgd(W, A, X, y, restarts=3, rng=np.random.default_rng(0), **options)
    assert (lengths(moved - X, norm) <= radii).all()
    assert inside_exactly(X, moved, radii, norm)
    assert (moved[0] == X[0]).all()
    success = class_fooled(W, A, moved, y)
    np.testing.assert_array_equal(success, class_outputs(W, A, moved).argmax(axis=1) != y)
    assert success.any()
    assert not class_fooled(W, A, X, y).any()
    target = (y + 1) % 4
    pulled = class_pgd(W, A, X, y, target=target, **options)
    np.testing.assert_array_equal(
        class_fooled(W, A, pulled, y, target=target), class_outputs(W, A, pulled).argmax(axis=1) == target
    )
    # Two equal outputs decide for neither class.
    assert class_fooled(W, A, np.zeros((1, 9)), [0]).all()
    assert not class_fooled(W, A, np.zeros((1, 9)), [0], target=[1]).any()


@pytest.mark.parametrize("factor", [1e200, 1e308])
def test_what_overflows_is_an_error(factor: float) -> None:
    W, a, X, y = setting()
    W, X = W / np.abs(W).max(), X / np.abs(X).max()
    options: dict[str, Any] = {"radius": 0.1, "step": 0.1, "steps": 2}
    with np.errstate(over="ignore"):
        calls = [
            lambda: forward(factor * W, a, factor * X),
            lambda: pgd(factor * W, a, factor * X, y, **options),
            lambda: pgd(factor * W, factor * a, X, y, **options),
            lambda: gradient_step(factor * W, factor * a, X, y, 1.0),
            lambda: sign_step(factor * W, factor * a, X, y, 1.0),
            lambda: margins(factor * W, factor * a, X),
            lambda: class_outputs(factor * W, np.outer([1.0, -1.0], a), factor * X),
            lambda: class_pgd(factor * W, factor * np.outer([1.0, -1.0], a), X, y > 0, **options),
        ]
        for call in calls:
            with pytest.raises(ValueError, match="overflows float64"):
                call()


def test_opposite_infinities_are_no_zero() -> None:
    W, X = np.array([[1e200, -1e200]]), np.array([[1e200, 1e200]])
    with pytest.raises(ValueError, match="preactivation of input 0 and neuron 0 overflows float64"):
        forward(W, [1.0], X)
    # Far apart but in range: nothing to complain of.
    np.testing.assert_array_equal(forward([[1e200, 1e-200]], [1.0], [[1e-200, 1e200]]), [2.0])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"radius": -0.1, "step": 0.1, "steps": 1}, ValueError, "radius must be"),
        ({"radius": [0.1] * 4 + [-1], "step": 0.1, "steps": 1}, ValueError, "radius must be at least 0, found -1.0 at"),
        ({"radius": [0.1, 0.2], "step": 0.1, "steps": 1}, ValueError, r"radius has shape \(2,\)"),
        ({"radius": math.nan, "step": 0.1, "steps": 1}, ValueError, "radius must be positive and finite"),
        (
            {"radius": 0.1, "step": [0.1] * 4 + [0.0], "steps": 1},
            ValueError,
            "step must be positive, found 0.0 at index 4",
        ),
        ({"radius": 0.1, "step": 0.1, "steps": 1, "restarts": 2}, ValueError, "restarts = 2 need random starts"),
        ({"radius": 0.1, "step": 0.1, "steps": 1, "bounds": (0.0, 1.0)}, ValueError, "X must lie within bounds, found"),
        ({"radius": 0.1, "step": 0.1, "steps": 1, "bounds": 1.0}, ValueError, r"bounds must be \(low, high\)"),
        ({"radius": 0.1, "step": 0.1, "steps": 1, "bounds": ([0.0], 1.0)}, ValueError, r"bounds: low has shape \(1,\)"),
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
