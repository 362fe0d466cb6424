"""Conditioned networks have the law of networks stored in full, at any input dimension and for degenerate inputs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles.samples import degenerate_inputs, on_sphere
from scipy import stats
from whp.kernels import ConditionedDraw, ConditionedNetwork, conditioned

Array = NDArray[np.float64]

# False-alarm probability of each group of two-sample tests together, split evenly; with fixed seeds it was paid once.
LEVEL = 1e-4


def direct_network(m: int, d: int, rng: np.random.Generator) -> tuple[Array, Array]:
    return rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m)


def direct_statistics(W: Array, a: Array, X: Array) -> list[float]:
    gradients = np.where(X @ W.T > 0.0, a, 0.0) @ W
    g = W.T @ a
    basis = np.linalg.svd(X, full_matrices=False)
    basis = basis[2][basis[1] > 1e-12 * basis[1][0]]
    outside = g - basis.T @ (basis @ g) if len(basis) < X.shape[1] else np.zeros_like(g)
    f = np.maximum(X @ W.T, 0.0) @ a
    return [
        (gradients @ g).min(),
        (gradients @ outside).min(),
        f.max(),
        g @ g,
        gradients[0] @ gradients[1],
        np.linalg.norm(gradients.sum(axis=0)),
    ]


def drawn_statistics(draw: ConditionedDraw, rng: np.random.Generator) -> list[float]:
    gram = draw.gradient_gram(rng)
    return [
        draw.margins.min(),
        draw.projected_margins.min(),
        draw.outputs.max(),
        gram[0, 0],
        gram[1, 2],
        math.sqrt(gram[1:, 1:].sum()),
    ]


def smallest_level(first: list[list[float]], second: list[list[float]]) -> float:
    """Smallest two-sample Kolmogorov-Smirnov p-value over the columns, times their number (Bonferroni)."""
    columns = zip(zip(*first, strict=True), zip(*second, strict=True), strict=True)
    values = [stats.ks_2samp(one, two).pvalue for one, two in columns]
    return min(values) * len(values)


def compare_laws(X: Array, m: int, size: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    network = ConditionedNetwork(X, m)
    drawn = [drawn_statistics(network.draw(rng), rng) for _ in range(size)]
    direct = [direct_statistics(*direct_network(m, X.shape[1], rng), X) for _ in range(size)]
    return smallest_level(drawn, direct)


def test_reduction_of_a_stored_network_keeps_every_quantity() -> None:
    rng = np.random.default_rng(1)
    for X in (on_sphere(4, 9, rng), degenerate_inputs(9, rng), on_sphere(5, 5, rng), on_sphere(9, 5, rng)):
        W, a = direct_network(40, X.shape[1], rng)
        draw = ConditionedDraw.from_network(W, a, X)
        gradients = np.where(X @ W.T > 0.0, a, 0.0) @ W
        g = W.T @ a
        np.testing.assert_allclose(draw.preactivations, X @ W.T, atol=1e-13)
        np.testing.assert_allclose(draw.p, W @ g, atol=1e-14)
        np.testing.assert_allclose(draw.margins, gradients @ g, atol=1e-14)
        np.testing.assert_allclose(draw.outputs, np.maximum(X @ W.T, 0.0) @ a, atol=1e-13)
        if X.shape[1] == draw.network.rank:
            assert not draw.projected_margins.any()


def test_law_at_initialisation_is_that_of_stored_networks() -> None:
    rng = np.random.default_rng(2)
    assert compare_laws(on_sphere(3, 6, rng), 25, 2000, 3) > LEVEL / 2
    assert compare_laws(degenerate_inputs(7, rng), 25, 2000, 4) > LEVEL / 2


@pytest.mark.slow
def test_law_at_initialisation_over_more_shapes_and_networks() -> None:
    rng = np.random.default_rng(5)
    shapes = [on_sphere(6, 6, rng), on_sphere(8, 5, rng), on_sphere(2, 40, rng), degenerate_inputs(20, rng)]
    for seed, X in enumerate(shapes):
        assert compare_laws(X, 60, 10_000, seed) > LEVEL / len(shapes)


class Planted(ConditionedNetwork):
    """A network whose part outside the span of the inputs is drawn with an error."""

    kind: str

    def _outside(self, a: Array, rng: np.random.Generator) -> Array:
        kind, freedom, square = self.kind, self.d - self.rank, float(a @ a)
        z = rng.standard_normal(self.m)
        r = math.sqrt(rng.chisquare(freedom))
        across = z if kind == "unprojected" else z - a * (float(a @ z) / square)
        if kind == "mean":
            r = math.sqrt(freedom)
        along = 0.0 if kind == "dropped" else r * r / self.d
        return along * a + (math.sqrt(square) * r / self.d) * across


@pytest.mark.parametrize("kind", ["dropped", "mean", "unprojected"])
def test_a_planted_error_in_the_part_outside_the_span_is_caught(kind: str) -> None:
    rng = np.random.default_rng(6)
    X, m, size = on_sphere(3, 6, rng), 25, 2000
    network = Planted(X, m)
    network.kind = kind
    draws = [network.draw(rng) for _ in range(size)]
    drawn = [[draw.margins.min(), draw.projected_margins.min()] for draw in draws]
    direct = [direct_statistics(*direct_network(m, 6, rng), X)[:2] for _ in range(size)]
    assert smallest_level(drawn, direct) < 1e-6


def test_sampled_margins_have_the_law_of_draws_for_any_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    network = ConditionedNetwork(degenerate_inputs(7, rng), 25)
    draws = [network.draw(rng) for _ in range(3000)]
    kept = [[d.margins.min(), d.projected_margins.min(), d.outputs.max()] for d in draws]
    for entries in (2**20, 40):
        monkeypatch.setattr(conditioned, "BLOCK_ENTRIES", entries)
        sample = network.sample(3000, rng)
        rows = zip(sample.margins.min(1), sample.projected_margins.min(1), sample.outputs.max(1), strict=True)
        assert smallest_level(kept, [list(row) for row in rows]) > LEVEL / 2


def test_the_same_seed_gives_the_same_sample() -> None:
    network = ConditionedNetwork.from_gram(np.eye(3), 50, 10**12)
    first, second = (network.sample(2, np.random.default_rng(8)) for _ in range(2))
    assert all((one == two).all() for one, two in zip(first, second, strict=True))
    assert np.isfinite(first.margins).all()


def test_repeated_and_antipodal_inputs_behave_as_such() -> None:
    rng = np.random.default_rng(9)
    X = degenerate_inputs(7, rng)
    for network in (ConditionedNetwork(X, 30), ConditionedNetwork.from_gram(X @ X.T / 7, 30, 7)):
        assert (network.factor[2] == network.factor[0]).all()
        assert (network.factor[3] == -network.factor[1]).all()
        draw = network.draw(rng)
        margins = draw.margins
        assert margins[2] == pytest.approx(margins[0], abs=1e-14)
        assert margins[1] + margins[3] == pytest.approx(draw.a @ draw.p, abs=1e-13)
        gradients = draw.gradient_gram(rng)
        assert gradients[1] == pytest.approx(gradients[3], abs=1e-13)
    # The angle of 1e-9 is real in X and invisible in the Gram matrix.
    assert ConditionedNetwork(X, 30).rank == 3
    assert ConditionedNetwork.from_gram(X @ X.T / 7, 30, 7).rank == 2


def test_factor_reproduces_the_gram_matrix() -> None:
    rng = np.random.default_rng(10)
    for X in (on_sphere(5, 3, rng), on_sphere(4, 12, rng), degenerate_inputs(7, rng)):
        gram = X @ X.T / X.shape[1]
        for network in (ConditionedNetwork(X, 3), ConditionedNetwork.from_gram(gram, 3, X.shape[1])):
            np.testing.assert_allclose(network.factor @ network.factor.T, gram, atol=1e-13)


def test_short_inputs_keep_their_direction() -> None:
    rng = np.random.default_rng(18)
    X = on_sphere(4, 6, rng)
    W, a = direct_network(30, 6, rng)
    for scales in (np.array([1.0, 1e-30, 1e30, 1.0]), np.full(4, 1e-150), np.full(4, 1e150)):
        draw = ConditionedDraw.from_network(W, a, X * scales[:, np.newaxis])
        np.testing.assert_allclose(draw.preactivations / scales[:, np.newaxis], X @ W.T, atol=1e-12)
        assert draw.network.rank == 4


def test_full_rank_inputs_leave_nothing_outside() -> None:
    rng = np.random.default_rng(11)
    network = ConditionedNetwork(on_sphere(7, 4, rng), 20)
    assert network.rank == 4
    assert not network.draw(rng).p_outside.any()
    assert not network.sample(3, rng).projected_margins.any()
    assert network.draw(rng).gradient_gram(rng).shape == (8, 8)


def test_coordinates_agree_with_what_the_draw_already_fixes() -> None:
    rng = np.random.default_rng(12)
    for d in (5, 6, 7, 200):
        draw = ConditionedNetwork(on_sphere(4, d, rng), 30).draw(rng)
        gram = draw.gradient_gram(rng)
        np.testing.assert_allclose(gram[0, 1:], draw.margins, atol=1e-13)
        assert gram[0, 0] == pytest.approx(draw.a @ draw.p, abs=1e-13)
        assert np.linalg.matrix_rank(gram, tol=1e-10) <= min(5, d)


def test_degenerate_networks_have_gradients_too() -> None:
    rng = np.random.default_rng(21)
    X = on_sphere(2, 5, rng)
    W, a = direct_network(6, 5, rng)
    for weights, readout in ((W, 0 * a), (0 * W, a)):
        gram = ConditionedDraw.from_network(weights, readout, X).gradient_gram(rng)
        np.testing.assert_allclose(gram[0], 0.0, atol=1e-14)
        assert np.isfinite(gram).all()
    # At width 1 the whole of W̄ is known from p̄.
    W, a = direct_network(1, 5, rng)
    gram = ConditionedDraw.from_network(W, a, np.vstack([X, -X])).gradient_gram(rng)
    active = np.concatenate([[True], np.vstack([X, -X]) @ W[0] > 0])
    np.testing.assert_allclose(gram, np.outer(active, active) * a[0] ** 2 * (W @ W.T), atol=1e-14)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ConditionedNetwork.from_gram(np.eye(64), 10, 40), ValueError, "rank 64 but d = 40"),
        (lambda: ConditionedNetwork.from_gram([[1.0, 1.5], [1.5, 1.0]], 10, 4), ValueError, "eigenvalue -0.5"),
        (lambda: ConditionedNetwork.from_gram([[1.0, 0.2], [0.1, 1.0]], 10, 4), ValueError, "differ by 0.1"),
        (lambda: ConditionedNetwork.from_gram(7 * np.eye(2), 10, 7), ValueError, "unit diagonal.*divide by d"),
        (lambda: ConditionedNetwork.from_gram(np.diag([1.0, 0.0]), 10, 4), ValueError, "input 1 is zero"),
        (lambda: ConditionedNetwork.from_gram(np.ones((2, 3)), 10, 4), ValueError, "square"),
        (lambda: ConditionedNetwork([[1.0, 1.0], [0.0, 0.0]], 10), ValueError, "input 1 is zero"),
        (lambda: ConditionedNetwork([[1.0, np.nan]], 10), ValueError, "must be finite"),
        (lambda: ConditionedNetwork([[1.0, 1.0]], 0), ValueError, "m must lie"),
        (lambda: ConditionedNetwork([[1.0, 1.0]], 3).draw(0), TypeError, "numpy Generator"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_raises_one_clear_error(make: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
