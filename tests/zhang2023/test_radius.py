"""The certified radius is never violated, never vacuous, and close to what an explicit attack reaches."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from whp.kernels import ConditionedDraw, ConditionedNetwork, train
from whp.kernels.zhang2023 import (
    attacked_radius,
    certified_radius,
    conditioned_attacked_radius,
    conditioned_radius,
    margin_lower_bounds,
    worst_perturbation,
)
from whp.kernels.zhang2023.radius import knapsack_by_price, knapsack_by_sort

Array = NDArray[np.float64]


def network(m: int, d: int, rng: np.random.Generator) -> tuple[Array, Array]:
    return rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m)


def on_sphere(n: int, d: int, rng: np.random.Generator) -> Array:
    X = rng.standard_normal((n, d))
    return X * (math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True))


def margin(g: Array, W: Array, a: Array, x: Array) -> float:
    return float(g @ (W.T @ np.where(W @ x > 0, a, 0.0)))


def perturbations(W: Array, a: Array, x: Array, count: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """(ΔW, Δa) of spectral norm and length 1: random, of rank one along x, along g or towards flips, and mixtures."""
    m, d = W.shape
    g, h = W.T @ a, W @ x
    p, active = W @ g, h > 0
    for k in range(count):
        kind = k % 5
        dW, da = rng.standard_normal((m, d)), rng.standard_normal(m)
        if kind == 1:
            dW = np.outer(rng.standard_normal(m), x)
        elif kind == 2:
            dW, da = np.outer(-np.where(active, a, 0.0), g), -np.where(active, p, 0.0)
        elif kind == 3:
            harm = np.where(active, p * a, -p * a)
            chosen = (harm > 0) & (np.abs(h) < rng.exponential(1.0))
            dW, da = np.outer(np.where(chosen, -h, 0.0), x), -np.where(active ^ chosen, p, 0.0)
        elif kind == 4:
            u = np.where(rng.random(m) < 0.3, -np.sign(h), 0.0)
            dW = np.outer(u, x) - 0.3 * np.outer(np.where(active, a, 0.0), g) * np.linalg.norm(u)
        size = np.linalg.norm(dW, 2)
        yield (dW / size if size else dW), da / np.linalg.norm(da)


def test_knapsacks_agree_with_linear_programming() -> None:
    rng = np.random.default_rng(1)
    for k in range(30):
        v, w = rng.exponential(size=12), rng.exponential(size=12) ** 3
        v[rng.random(12) < 0.2], w[rng.random(12) < 0.2] = 0.0, 0.0
        by_sort, by_price = knapsack_by_sort(v, w), knapsack_by_price(v, w)
        for capacity in (0.0, 0.01 * k, w.sum() * k / 29, 2 * w.sum()):
            program = linprog(-v, A_ub=w[np.newaxis], b_ub=[capacity], bounds=(0, 1))
            assert by_sort(capacity) == pytest.approx(-program.fun, rel=1e-8, abs=1e-8)
            assert by_price(capacity) == pytest.approx(by_sort(capacity), rel=1e-12, abs=1e-12)
    assert knapsack_by_sort(np.zeros(0), np.zeros(0))(1.0) == knapsack_by_price(np.zeros(0), np.zeros(0))(1.0) == 0.0


def test_the_change_of_a_margin_is_the_exact_sum() -> None:
    rng = np.random.default_rng(2)
    W, a = network(80, 9, rng)
    x = on_sphere(1, 9, rng)[0]
    g = W.T @ a
    p, D = W @ g, W @ x > 0
    for dW, da in perturbations(W, a, x, 200, rng):
        rho = rng.exponential()
        W_star, a_star = W + rho * dW, a + rho * da
        D_star = W_star @ x > 0
        epsilon, delta = (W_star - W) @ g, a_star - a
        change = ((D_star * 1.0 - D) * p * a).sum() + (D_star * (epsilon * a + p * delta + epsilon * delta)).sum()
        before, after = margin(g, W, a, x), margin(g, W_star, a_star, x)
        assert after - before == pytest.approx(change, abs=1e-12 * max(1.0, abs(after)))
        flipped = D_star != D
        assert ((W @ x)[flipped] ** 2).sum() <= rho**2 * (x @ x) * (1 + 1e-12)


def test_no_perturbation_violates_the_lower_bound() -> None:
    rng = np.random.default_rng(3)
    tried = 0
    for m, d in ((40, 6), (100, 10), (15, 15), (300, 4)):
        W, a = network(m, d, rng)
        x = on_sphere(1, d, rng)[0]
        g = W.T @ a
        for rho_W, rho_a in ((0.01, 0.0), (0.05, 0.05), (0.3, 0.1), (1.0, 2.0), (0.0, 0.5)):
            bound = margin_lower_bounds((W, a, x[np.newaxis]), rho_W, rho_a)[0]
            for dW, da in perturbations(W, a, x, 520, rng):
                assert margin(g, W + rho_W * dW, a + rho_a * da, x) >= bound - 1e-12
                tried += 1
    assert tried >= 10_000


def test_forgetting_the_flips_would_be_noticed() -> None:
    rng = np.random.default_rng(4)
    W, a = network(2000, 6, rng)
    x = on_sphere(1, 6, rng)[0]
    g = W.T @ a
    radius, W_star, a_star = worst_perturbation(W, a, x)
    active = W @ x > 0
    length, A, P = np.linalg.norm(g), np.linalg.norm(a[active]), np.linalg.norm((W @ g)[active])
    without_flips = margin(g, W, a, x) - radius * (length * A + P) - radius**2 * length
    assert margin(g, W_star, a_star, x) < without_flips - 0.05


@pytest.mark.parametrize("readout", [1.0, 0.0, 0.3])
def test_certificate_and_attack_bracket_the_truth(readout: float) -> None:
    rng = np.random.default_rng(5)
    for m, d in ((30, 5), (200, 12), (1000, 30)):
        W, a = network(m, d, rng)
        X = on_sphere(4, d, rng)
        certified = certified_radius(W, a, X, readout=readout)
        attacked = attacked_radius(W, a, X, readout=readout)
        g = W.T @ a
        for x, low, high in zip(X, certified, attacked, strict=True):
            radius, W_star, a_star = worst_perturbation(W, a, x, readout=readout)
            assert radius == high
            assert np.linalg.norm(W_star - W, 2) <= radius * (1 + 1e-9)
            assert np.linalg.norm(a_star - a) <= readout * radius * (1 + 1e-9)
            if margin(g, W, a, x) <= 0:
                assert low == high == 0.0
                continue
            assert margin(g, W_star, a_star, x) <= 1e-8
            assert 0.3 * high < low < high
            assert margin_lower_bounds((W, a, x[np.newaxis]), low, readout * low)[0] >= 0.0
            assert margin_lower_bounds((W, a, x[np.newaxis]), 1.001 * low, 1.001 * readout * low)[0] < 0.0


def test_certificate_over_attack_rises_with_the_width() -> None:
    rng = np.random.default_rng(6)
    for d in (8, 32):
        ratios = []
        for m in (100, 1000, 10_000):
            W, a = network(m, d, rng)
            X = on_sphere(6, d, rng)
            certified, attacked = certified_radius(W, a, X), attacked_radius(W, a, X)
            positive = certified > 0
            ratios.append(float(np.median(certified[positive] / attacked[positive])))
        assert 0.7 < ratios[0] < ratios[1] < ratios[2] < 1.0


def test_both_knapsack_solvers_certify_the_same_radius() -> None:
    rng = np.random.default_rng(7)
    W, a = network(500, 12, rng)
    X = on_sphere(5, 12, rng)
    by_sort, by_price = certified_radius(W, a, X), certified_radius(W, a, X, method="price")
    np.testing.assert_allclose(by_price, by_sort, rtol=1e-9)


def test_a_conditioned_draw_has_the_radius_of_its_network() -> None:
    rng = np.random.default_rng(8)
    W, a = network(300, 20, rng)
    X = on_sphere(3, 20, rng)
    draw = ConditionedDraw.from_network(W, a, X)
    for span in (False, True):
        np.testing.assert_allclose(conditioned_radius(draw, span=span), certified_radius(W, a, X, span=span), rtol=1e-6)
    np.testing.assert_allclose(conditioned_attacked_radius(draw), attacked_radius(W, a, X), rtol=1e-4)
    bounds = margin_lower_bounds(draw, 0.1, 0.2)
    np.testing.assert_allclose(bounds, margin_lower_bounds((W, a, X), 0.1, 0.2), rtol=1e-6)


def test_descent_stays_separated_inside_the_radius_for_its_span() -> None:
    rng = np.random.default_rng(9)
    W, a = network(4000, 64, rng)
    X, y = on_sphere(4, 64, rng), np.array([1.0, -1.0, 1.0, -1.0])
    wide, narrow = certified_radius(W, a, X, span=True), certified_radius(W, a, X)
    assert (wide > narrow).all()
    trained = train(W, a, X, y, displacement=0.96 * wide.min(), learning_rate=2e-4, steps=10**5)
    assert narrow.min() < max(trained.displacement, trained.readout_displacement) < wide.min()
    assert (trained.margins > 0).all()
    bounds = margin_lower_bounds((W, a, X), trained.displacement, trained.readout_displacement, span=True)
    assert (trained.margins >= bounds).all()
    # The sharper bound is for changes within span X only: an attack of the same size that leaves it does better.
    outside = [margin_lower_bounds((W, a, X), r, r).min() for r in (narrow.min(), wide.min())]
    assert outside[1] < 0.0 <= outside[0]


def test_a_neuron_on_the_boundary_flips_for_free() -> None:
    # Two neurons are silent by σ'(0) = 0; any push however small switches on the harmful one alone.
    W, X = np.array([[1.0, -3.0], [0.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    push = np.array([[0.0, 0.0], [1e-9, 0.0], [0.0, 0.0]])
    for harmful, before, after in ((5.0, 7.0, -3.0), (1.0, 19.0, 13.0)):
        a = np.array([1.0, harmful, -4.0])
        g = W.T @ a
        assert margin(g, W, a, X[0]) == pytest.approx(before)
        assert margin(g, W + push, a, X[0]) == pytest.approx(after, rel=1e-6)
        assert margin_lower_bounds((W, a, X), 0.0, 0.0)[0] == pytest.approx(after, rel=1e-12)
        assert (certified_radius(W, a, X)[0] > 0.0) == (after > 0.0)


def test_margins_that_are_not_positive_have_radius_zero() -> None:
    W, a, X = np.array([[1.0, 0.0], [-3.0, 0.0]]), np.array([1.0, 1.0]), np.array([[1.0, 0.0], [0.0, 0.0]])
    assert certified_radius(W, a, X).tolist() == [0.0, 0.0]
    assert attacked_radius(W, a, X).tolist() == [0.0, 0.0]


def test_a_witness_across_the_input_leaves_flips_alone_to_do_harm() -> None:
    # g = (0, 2) and x = (1, 0): within span X only a flip changes the margin 2, and the first costs ‖ΔW‖ = 1.
    W, a, X = np.array([[1.0, 1.0], [-1.0, 1.0]]), np.ones(2), np.array([[1.0, 0.0]])
    draw = ConditionedDraw.from_network(W, a, X)
    for radius in (certified_radius(W, a, X, span=True, readout=0.0), conditioned_radius(draw, span=True, readout=0.0)):
        np.testing.assert_allclose(radius, [1.0], rtol=1e-6)
    np.testing.assert_allclose(attacked_radius(W, a, X, readout=0.0), [1.0], rtol=1e-6)
    # Without the harmful neuron nothing within span X can turn it.
    alone = ConditionedDraw.from_network(np.array([[0.0, 1.0], [-1.0, 1.0]]), -a, X)
    assert conditioned_radius(alone, span=True, readout=0.0).tolist() == [0.0]


def test_networks_of_zeros_have_radius_zero() -> None:
    W, a, X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.ones(3), np.ones((1, 2))
    for weights, readout in ((W, 0 * a), (0 * W, a), (0 * W, 0 * a)):
        draw = ConditionedDraw.from_network(weights, readout, X)
        for radius in (certified_radius(weights, readout, X), conditioned_radius(draw)):
            assert radius.tolist() == [0.0]
        for radius in (attacked_radius(weights, readout, X), conditioned_attacked_radius(draw)):
            assert radius.tolist() == [0.0]


def test_a_ball_as_large_as_floats_allow_has_the_trivial_bound() -> None:
    rng = np.random.default_rng(12)
    W, a = network(20, 3, rng)
    for method in ("sort", "price"):
        bounds = margin_lower_bounds((W, a, on_sphere(2, 3, rng)), 1e300, 1e300, method=method)
        assert (bounds == -math.inf).all()


def test_the_radius_scales_with_the_weights() -> None:
    rng = np.random.default_rng(10)
    W, a = network(60, 6, rng)
    X = on_sphere(2, 6, rng)
    base, attacked = certified_radius(W, a, X), attacked_radius(W, a, X)
    for scale in (1e-60, 1e60):
        np.testing.assert_allclose(certified_radius(scale * W, scale * a, X), scale * base, rtol=1e-9)
        np.testing.assert_allclose(certified_radius(W, a, scale * X), base, rtol=1e-9)
        np.testing.assert_allclose(certified_radius(W, scale * a, X, readout=scale), base, rtol=1e-9)
        np.testing.assert_allclose(attacked_radius(scale * W, a, X, readout=1 / scale), scale * attacked, rtol=1e-6)


def test_bad_options_raise_one_clear_error() -> None:
    W, a, X = np.eye(2), np.ones(2), np.ones((1, 2))
    with pytest.raises(ValueError, match='method must be "sort" or "price"'):
        certified_radius(W, a, X, method="greedy")
    with pytest.raises(ValueError, match="readout must be a finite number"):
        attacked_radius(W, a, X, readout=-1.0)
    with pytest.raises(ValueError, match="rho_a must be a finite number"):
        margin_lower_bounds((W, a, X), 0.1, math.inf)


@pytest.mark.slow
def test_the_whole_ball_is_safe_at_the_least_dimension_of_the_repaired_theorem() -> None:
    # whp S13 with n = 1, δ = 1/2, C = 1: the smallest d, and the smallest m for it.
    n, delta, C = 1, 0.5, 1.0
    t = math.log(27 * n / delta)
    d = math.ceil(max(22 * t, 64 * C**2))
    m = math.ceil(max(1000 * d, 2e7 * C**4 / d))
    while math.sqrt(d * m) < 400 * t * (t + math.log(m)):
        m += 1000
    assert 1.1e7 < m < 1.4e7
    rng = np.random.default_rng(11)
    network_ = ConditionedNetwork.from_gram([[1.0]], m, d)
    for _ in range(8):
        bound = margin_lower_bounds(network_.draw(rng), C / math.sqrt(m), C / math.sqrt(m), method="price")
        assert bound[0] >= 1 / 32


def test_a_margin_within_its_own_rounding_has_an_attacked_radius_and_no_certified_one() -> None:
    # a_3 is the float next to where two active neurons and a silent one cancel.
    W, x = np.array([[1.0, 0.3], [0.2, 1.0], [-1.0, -0.7]]), np.array([[1.0, 1.0]])
    b = W[0] + W[1]
    found = []
    for ulps in range(-4, 5):
        a = np.array([1.0, 1.0, -(b @ b) / (W[2] @ b) * (1.0 + ulps * 2.0**-52)])
        certified, attacked = certified_radius(W, a, x)[0], attacked_radius(W, a, x)[0]
        assert certified <= attacked < 1e-12
        found.append(certified == 0.0 < attacked)
    assert any(found)
