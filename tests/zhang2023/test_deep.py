"""Deep networks and several outputs (S20, S21): gradients against finite algebra, laws against networks, bounds."""

from __future__ import annotations

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from mpmath import mp, mpf
from scipy import special, stats
from whp.kernels import input_gradients, sample_network
from whp.kernels.deep import DeepNetwork, sample_deep_network
from whp.kernels.multiclass import class_noises, class_outputs, sample_class_network
from whp.kernels.zhang2023 import class_margins, sample_gradient_cosines, sample_masked_cosines
from whp.theory.zhang2023 import failure_probability

FALSE_ALARM = 1e-6
SHAPES = [((5,), 3), ((7, 4), 3), ((6, 6, 5), 9), ((3, 8, 2, 7), 4)]


def problem(widths, d, n=5, seed=0):
    rng = np.random.default_rng(seed)
    return sample_deep_network(widths, d, rng), rng.standard_normal((n, d))


def extended_gradient(network: DeepNetwork, x: np.ndarray) -> list[mpf]:
    """Reverse mode by hand at 40 digits."""
    with mp.workdps(40):
        h = [mpf(float(v)) for v in x]
        masks = []
        for W in network.weights:
            z = [mp.fsum(mpf(float(w)) * v for w, v in zip(row, h, strict=True)) for row in W]
            masks.append([v > 0 for v in z])
            h = [max(v, mpf(0)) for v in z]
        g = [mpf(float(v)) for v in network.a]
        for W, mask in zip(reversed(network.weights), reversed(masks), strict=True):
            g = [v if on else mpf(0) for v, on in zip(g, mask, strict=True)]
            g = [mp.fsum(mpf(float(W[i, j])) * g[i] for i in range(W.shape[0])) for j in range(W.shape[1])]
        return g


@pytest.mark.parametrize(("widths", "d"), SHAPES)
def test_gradients_agree_with_extended_precision_and_autodiff(widths, d):
    network, X = problem(widths, d)

    def output(x):
        h = x
        for W in network.weights:
            h = anp.maximum(anp.dot(W, h), 0.0)
        return anp.dot(network.a, h)

    found = network.input_gradients(X)
    for x, row, f in zip(X, found, network.forward(X), strict=True):
        exact = np.array([float(v) for v in extended_gradient(network, x)])
        np.testing.assert_allclose(row, exact, rtol=0, atol=1e-10 * np.abs(exact).max() + 1e-300)
        np.testing.assert_allclose(row, autograd.grad(output)(x), rtol=0, atol=1e-10)
        # f is homogeneous.
        assert f == pytest.approx(float(x @ row), rel=1e-10, abs=1e-13)


def test_one_hidden_layer_is_the_two_layer_network():
    W, a = sample_network(30, 7, np.random.default_rng(1))
    X = np.random.default_rng(2).standard_normal((2000, 7))
    network = DeepNetwork((W,), a)
    np.testing.assert_allclose(network.input_gradients(X), input_gradients(W, a, X), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(network.witness(), W.T @ a, rtol=1e-12)


def test_layers_that_share_their_weights_are_passed_one_by_one():
    W = np.random.default_rng(3).standard_normal((4, 4))
    network, X = DeepNetwork((W, W, W), np.ones(4)), np.random.default_rng(4).standard_normal((3, 4))
    copies = DeepNetwork((W, W.copy(), W.copy()), np.ones(4))
    np.testing.assert_array_equal(network.input_gradients(X), copies.input_gradients(X))


def test_margins_are_inner_products_and_the_mean_gradient_is_along_the_witness():
    network, X = problem((9, 6), 5)
    np.testing.assert_allclose(network.margins(X), network.input_gradients(X) @ network.witness(), rtol=1e-12)
    np.testing.assert_allclose(4 * network.mean_gradient(), network.witness(), rtol=1e-12)
    assert (network.widths, network.d) == ((9, 6), 5)


@pytest.mark.parametrize(
    ("weights", "a", "message"),
    [
        ((), [1.0], "at least one hidden layer"),
        (([[1.0, 2.0]], [[1.0, 1.0]]), [1.0], "W_2 has shape"),
        (([[1.0, 2.0]],), [1.0, 1.0], "a has shape"),
    ],
)
def test_layers_that_do_not_fit_are_refused(weights, a, message):
    with pytest.raises(ValueError, match=message):
        DeepNetwork(weights, a)
    with pytest.raises(ValueError, match="at least one hidden layer"):
        sample_deep_network((), 3, np.random.default_rng(0))


def failure(cosines: np.ndarray, d: int) -> np.ndarray:
    """P(fail) given the cosine above the input dimension: a Student tail, 1 where the gradient is 0."""
    tail = 0.5 * special.betainc(d / 2, 0.5, 1 - np.nan_to_num(cosines) ** 2)
    return np.where(np.isnan(cosines), 1.0, np.where(cosines > 0, tail, 1 - tail))


def test_one_layer_has_the_exact_failure_probability_of_the_paper():
    for m, d in ((3, 4), (12, 9)):
        cosines = sample_masked_cosines((m,), 200_000, np.random.default_rng(m))
        values = failure(cosines, d)
        gap = values.mean() - failure_probability(m, d)
        # Six standard errors: a false alarm in 10⁹.
        assert abs(gap) < 6 * values.std() / math.sqrt(len(values))
        # A squared cosine, which is what (1−ρ)/ρ turned round would be, is far off.
        assert abs(failure(cosines**2, d).mean() - failure_probability(m, d)) > 6 * values.std() / math.sqrt(
            len(values)
        )


def cosines_of_networks(widths, d, draws, seed=5):
    """Cosines of plain networks at x = e₁; -1 where the gradient is 0."""
    rng = np.random.default_rng(seed)
    h, layers = np.zeros((draws, d)), []
    h[:, 0] = 1
    for before, after in zip((d, *widths), widths, strict=False):
        W = rng.standard_normal((draws, after, before))
        h = np.maximum(np.einsum("bij,bj->bi", W, h), 0)
        layers.append((W, h > 0))
    b = u = rng.standard_normal((draws, widths[-1]))
    for W, on in reversed(layers):
        b, u = np.einsum("bi,bij->bj", b * on, W), np.einsum("bi,bij->bj", u, W)
    size = np.linalg.norm(b, axis=1) * np.linalg.norm(u, axis=1)
    return np.divide((b * u).sum(axis=1), size, out=np.full(draws, -1.0), where=size > 0)


@pytest.mark.parametrize(("widths", "d"), [((4, 3), 3), ((8, 5, 6), 4)])
def test_the_recursion_has_the_law_of_networks(widths, d):
    direct = cosines_of_networks(widths, d, 100_000)
    drawn = np.nan_to_num(sample_gradient_cosines(widths, d, 100_000, np.random.default_rng(6)), nan=-1.0)
    assert stats.ks_2samp(direct, drawn).pvalue > FALSE_ALARM
    # Layers in the wrong order, when widths differ, are seen.
    other = np.nan_to_num(sample_gradient_cosines(widths[::-1], d, 100_000, np.random.default_rng(7)), nan=-1.0)
    assert widths[::-1] == widths or stats.ks_2samp(direct, other).pvalue < 1e-3
    fails = (direct <= 0).mean()
    expected = failure(sample_masked_cosines(widths, 200_000, np.random.default_rng(8)), d).mean()
    assert abs(fails - expected) < 6 * math.sqrt(fails * (1 - fails) / 100_000)


def test_the_cosine_falls_by_root_two_per_layer_and_sizes_are_enough():
    for depth, size in ((1, 5.46), (2, 15.4), (3, 36.7)):
        cosines = sample_gradient_cosines((4000,) * depth, 4000, 200, np.random.default_rng(depth))
        assert cosines.mean() == pytest.approx(2 ** (-depth / 2), abs=0.01)
        for m in (1, 2, 4, 8, 16, 32, 64):
            values = failure(sample_masked_cosines((m,) * depth, 40_000, np.random.default_rng(m)), m)
            assert values.mean() - 6 * values.std() / 200 <= math.exp(-m / size)


def test_class_margins_are_inner_products_with_noises():
    rng = np.random.default_rng(9)
    W, A = sample_class_network(12, 5, 4, rng)
    X, y = rng.standard_normal((6, 5)), rng.integers(0, 4, 6)
    F = class_outputs(W, A, X)
    p = np.exp(F - F.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    noises, V = class_noises(W, A, X, y), -A @ W
    for i, margin in enumerate(class_margins(W, A, X, y, p)):
        scores = V @ noises[i]
        assert margin == pytest.approx(min(scores[y[i]] - scores[k] for k in range(4) if k != y[i]), rel=1e-9)


def test_no_probabilities_beat_the_vertices():
    rng = np.random.default_rng(10)
    W, A = sample_class_network(10, 6, 5, rng)
    X, y = rng.standard_normal((8, 6)), rng.integers(0, 5, 8)
    worst = class_margins(W, A, X, y)
    for _ in range(200):
        p = rng.dirichlet(np.full(5, 0.2), 8)
        # The margin is linear in p, and 0 at p = e_y.
        weight = 1 - p[np.arange(8), y]
        assert (class_margins(W, A, X, y, p) >= weight * worst - 1e-9).all()


def test_two_classes_have_the_margin_of_one_output():
    rng, draws, m, d = np.random.default_rng(11), 4000, 3, 9
    W, A = rng.standard_normal((draws, m, d)), rng.standard_normal((draws, 2, m))
    found = np.array([class_margins(w, a, np.eye(d)[:1], [0])[0] for w, a in zip(W, A, strict=True)])
    assert stats.binomtest(int((found <= 0).sum()), 4000, failure_probability(m, d)).pvalue > FALSE_ALARM
    assert stats.binomtest(int((found <= 0).sum()), 4000, failure_probability(d, m)).pvalue < FALSE_ALARM


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_angle_of_a_uniform_softmax_has_its_law(classes):
    rng, draws, m, d = np.random.default_rng(12), 100_000, 6, 4
    W, A = rng.standard_normal((draws, m, d)), rng.standard_normal((draws, classes, m))
    b = np.where(W[:, :, 0] > 0, A[:, 0] - A.mean(axis=1), 0)
    first, second = np.einsum("bi,bid->bd", b, W), np.einsum("bi,bid->bd", A[:, 0] - A[:, 1], W)
    size = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    direct = np.divide((first * second).sum(axis=1), size, out=np.full(draws, -1.0), where=size > 0)
    cosine = math.sqrt(classes / (2 * (classes - 1)))
    drawn, wrong = (
        np.nan_to_num(sample_gradient_cosines((m,), d, draws, rng, start=c), nan=-1.0) for c in (cosine, cosine / 1.2)
    )
    assert stats.ks_2samp(direct, drawn).pvalue > FALSE_ALARM
    assert stats.ks_2samp(direct, wrong).pvalue < FALSE_ALARM
    # theory's form of the failure: Φ(−c χ_k χ_d / √(s²(χ_d² + χ²_{k−1}) + χ²_{m−k})).
    k = rng.binomial(m, 0.5, draws)
    chi2 = lambda degrees: 2 * rng.standard_gamma(np.maximum(degrees, 0) / 2)  # noqa: E731
    on, across, s2 = chi2(k), chi2(np.full(draws, d)), 1 - cosine**2
    spread = np.sqrt(s2 * (across + chi2(k - 1)) + chi2(m - k))
    ratio = np.divide(cosine * np.sqrt(on * across), spread, out=np.full(draws, np.inf), where=spread > 0)
    chance = np.where(k == 0, 1.0, special.ndtr(-ratio))
    fails = (direct <= 0).mean()
    assert abs(fails - chance.mean()) < 6 * math.sqrt(2 * fails * (1 - fails) / draws)


def test_the_sizes_of_many_classes_are_enough_on_a_grid():
    """One pair of classes fails with at most e^{-min(m, d)/C}; a union over the pairs is the rest."""
    rng, draws = np.random.default_rng(14), 10_000
    for m in (1, 3, 16, 64, 160):
        for d in (1, 3, 16, 64, 160):
            for start, size in ((0.5, 50), (math.sqrt(0.5), 25)):
                values = failure(sample_masked_cosines((m,), draws, rng, start=start), d)
                bound = math.exp(-min(m, d) / size)
                assert values.mean() - 6 * values.std() / math.sqrt(draws) <= bound
    # 13 for every p would be too small.
    values = failure(sample_masked_cosines((64,), draws, rng, start=0.5), 64)
    assert values.mean() > math.exp(-64 / 13)


def test_a_higher_temperature_helps_at_initialisation():
    rng = np.random.default_rng(13)
    warm, cold = (
        failure(sample_masked_cosines((24,), 100_000, rng, start=c), 24).mean() for c in (math.sqrt(10 / 18), 0.5)
    )
    assert warm < 0.8 * cold
