"""Kernels of infinitely wide networks: exact in expectation, at hard geometry, over several layers and with biases."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray
from whp.kernels import limit_ntk_gram, ntk_gram, on_sphere, sample_network
from whp.kernels.limits import limit_diagonals, limit_kernels

Array = NDArray[np.float64]
SETTINGS = [(1, 1.0, 0.0), (1, 1.5, 0.3), (2, math.sqrt(2), 0.0), (3, 1.2, 0.7), (2, (1.1, 0.9, 1.3), (0.2, 0.0, 0.5))]


def hard_inputs(d: int) -> Array:
    """Repeated, antipodal, nearly parallel and nearly antipodal inputs."""
    X = np.random.default_rng(0).standard_normal((3, d))
    nudge = np.random.default_rng(1).standard_normal((3, d))
    return on_sphere(np.vstack([X, X, -X, X + 1e-9 * nudge, -X + 1e-9 * nudge]), normalize=True)


def expected_entry(x: Array, y: Array, m: int) -> float:
    """The expectation in 60 digits; at x = ±y the angle itself is exact."""
    with mpmath.workdps(60):
        p, q = mpmath.matrix(x.tolist()), mpmath.matrix(y.tolist())
        inner, norms = mpmath.fdot(p, q), mpmath.norm(p) * mpmath.norm(q)
        angle = mpmath.acos(max(min(inner / norms, mpmath.mpf(1)), mpmath.mpf(-1)))
        arc = (mpmath.sin(angle) + (mpmath.pi - angle) * mpmath.cos(angle)) / (2 * mpmath.pi)
        gates = len(x) * mpmath.cos(angle) * (mpmath.pi - angle) / (2 * mpmath.pi)
        return float(norms / len(x) * (m * arc + gates))


def of_pair(x: Array, y: Array, hidden: int, weights: Any, biases: Any, digits: int = 40) -> tuple[float, float]:
    """Both kernels by the textbook recursion on covariances, in many digits."""
    weights, biases = (np.broadcast_to(v, hidden + 1).tolist() for v in (weights, biases))
    with mpmath.workdps(digits):
        p, q = mpmath.matrix(x.tolist()), mpmath.matrix(y.tolist())
        kxx, kyy, kxy = (mpmath.fdot(u, v) / len(x) for u, v in ((p, p), (q, q), (p, q)))
        tangent = mpmath.mpf(0)
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            if layer > 0:
                scale = mpmath.sqrt(kxx * kyy)
                cosine = max(min(kxy / scale, mpmath.mpf(1)), mpmath.mpf(-1)) if scale else mpmath.mpf(0)
                angle = mpmath.acos(cosine)
                kxy = scale * (mpmath.sin(angle) + (mpmath.pi - angle) * cosine) / (2 * mpmath.pi)
                tangent *= (mpmath.pi - angle) / (2 * mpmath.pi)
                kxx, kyy = kxx / 2, kyy / 2
            w2, b2 = mpmath.mpf(w) ** 2, mpmath.mpf(b) ** 2
            kxx, kyy, kxy = (w2 * k + b2 for k in (kxx, kyy, kxy))
            tangent = kxy + w2 * tangent
        return float(kxy), float(tangent)


def by_quadrature(x: Array, y: Array, hidden: int, w: float, b: float) -> tuple[float, float]:
    """Both kernels without the arc-cosine formulas: the Gaussian integrals themselves, by conditioning on one input.

    Given z, z' is normal with mean ρz and deviation τ, so E relu(z') and P(z' > 0) are a normal density and a tail, and
    one integral over z > 0 remains.
    """

    def integral(a: float, c: float, k: float, inner: Callable[[Any, Any], Any]) -> Any:
        slope, spread = k / a, mpmath.sqrt(c - k * k / a)
        return mpmath.quad(
            lambda z: inner(z, (slope * z, spread)) * mpmath.npdf(z, 0, mpmath.sqrt(a)),
            [0, mpmath.sqrt(a), 12 * mpmath.sqrt(a)],
        )

    def relus(z: Any, other: Any) -> Any:
        mean, spread = other
        return z * (mean * mpmath.ncdf(mean / spread) + spread * mpmath.npdf(mean / spread))

    def gates(z: Any, other: Any) -> Any:
        return mpmath.ncdf(other[0] / other[1])

    with mpmath.workdps(20):
        a, c, k = (mpmath.mpf(float(np.dot(u, v))) / len(x) for u, v in ((x, x), (y, y), (x, y)))
        a, c, k = (w * w * v + b * b for v in (a, c, k))
        tangent = k
        for _ in range(hidden):
            slopes = integral(a, c, k, gates)
            k = w * w * integral(a, c, k, relus) + b * b
            a, c = (w * w * v / 2 + b * b for v in (a, c))
            tangent = k + w * w * tangent * slopes
        return float(k), float(tangent)


@pytest.mark.parametrize("d", [1, 2, 40])
def test_expectation_is_right_at_hard_geometry(d: int) -> None:
    X = np.vstack([hard_inputs(d), np.random.default_rng(2).standard_normal((3, d)), 1e-150 * hard_inputs(d)[:1]])
    m = 1000
    expected = np.array([[expected_entry(x, y, m) for y in X] for x in X])
    found = limit_ntk_gram(X, m=m)
    scale = np.outer(np.sqrt(np.diag(expected)), np.sqrt(np.diag(expected)))
    assert (np.abs(found - expected) <= 1e-14 * d * scale).all()
    np.testing.assert_allclose(limit_ntk_gram(X, X[:2], m=m), found[:, :2], rtol=1e-13)


def test_expectation_on_the_diagonal_and_between_antipodes_is_exact() -> None:
    X = on_sphere(np.random.default_rng(3).standard_normal((5, 16)), normalize=True)
    found = limit_ntk_gram(np.vstack([X, -X]), m=64)
    np.testing.assert_allclose(np.diag(found), (64 + 16) / 2, rtol=1e-15 * 16)
    assert (np.diag(found[:5, 5:]) == 0.0).all()
    zero = limit_ntk_gram(np.vstack([X, np.zeros(16)]), m=64)
    assert (zero[5] == 0.0).all()
    assert (zero[:, 5] == 0.0).all()


def test_expectation_is_homogeneous() -> None:
    X = np.random.default_rng(4).standard_normal((6, 8))
    np.testing.assert_allclose(limit_ntk_gram(3.0 * X, X, m=5), 3.0 * limit_ntk_gram(X, m=5), rtol=1e-14)


@pytest.mark.parametrize(("m", "d"), [(1, 2), (7, 3), (3, 9)])
def test_expectation_is_the_mean_over_networks(m: int, d: int) -> None:
    rng = np.random.default_rng(5)
    X = on_sphere(rng.standard_normal((4, d)), normalize=True)
    draws = np.array([ntk_gram(*sample_network(m, d, rng), X) for _ in range(6000)])
    error = draws.std(axis=0) / np.sqrt(len(draws))
    # Six standard errors in each of ten entries: false alarm below 1e-7.
    assert (np.abs(draws.mean(axis=0) - limit_ntk_gram(X, m=m)) < 6 * error).all()
    # A planted error: the wrong width is seen.
    assert (np.abs(draws.mean(axis=0) - limit_ntk_gram(X, m=m + 1)) > 6 * error).any()


@pytest.mark.slow
def test_kernel_approaches_its_expectation_at_rate_one_over_root_m() -> None:
    d, widths = 24, np.array([100, 300, 1000, 3000, 10_000, 30_000, 100_000])
    X = hard_inputs(d)
    errors = []
    for m in widths:
        limit = limit_ntk_gram(X, m=int(m)) / m
        rng = np.random.default_rng([6, m])
        gaps = [np.abs(ntk_gram(*sample_network(int(m), d, rng), X) / m - limit).mean() for _ in range(12)]
        errors.append(np.mean(gaps))
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    # The mean of twelve gaps has about 15% spread, the slope over three decades then about 0.03.
    assert abs(slope + 0.5) < 0.08
    assert errors[-1] < 0.01


@pytest.mark.parametrize(("hidden", "weights", "biases"), SETTINGS)
def test_kernels_follow_the_recursion_in_many_digits(hidden: int, weights: Any, biases: Any) -> None:
    rng = np.random.default_rng(1)
    X = np.vstack([hard_inputs(7), 100.0 * rng.standard_normal((3, 7)), np.zeros((1, 7)), 1e-3 * np.eye(7)[:2]])
    options = {"hidden": hidden, "weight_scale": weights, "bias_scale": biases}
    found = limit_kernels(X, **options)
    expected = np.array([[of_pair(x, y, hidden, weights, biases) for y in X] for x in X])
    for kernel, values in zip(found, np.moveaxis(expected, -1, 0), strict=True):
        scale = np.sqrt(np.outer(np.diag(values), np.diag(values)))
        assert (np.abs(kernel - values) <= 3e-14 * scale).all()
        assert (kernel == kernel.T).all()
    across = limit_kernels(X, X[:4], **options)
    for kernel, part in zip(found, across, strict=True):
        np.testing.assert_allclose(part, kernel[:, :4], rtol=1e-12, atol=1e-15)
    for kernel, diagonal in zip(found, limit_diagonals(X, **options), strict=True):
        np.testing.assert_allclose(diagonal, np.diag(kernel), rtol=1e-13)


def test_angles_below_the_square_root_of_the_rounding_unit_survive_layers() -> None:
    # 1 − cos θ is 5e-21 here, far below the rounding of cos θ.
    x = np.array([1.0, 0.0])
    y = np.array([1.0, 1e-10])
    for hidden in (1, 2, 4):
        kernels = limit_kernels(np.array([x, y]), hidden=hidden, weight_scale=math.sqrt(2))
        gates = [of_pair(x, y, hidden, math.sqrt(2), 0.0, 60), of_pair(x, x, hidden, math.sqrt(2), 0.0, 60)]
        # What θ takes from the tangent kernel is of order θ/π = 3e-11, and is right to five digits.
        lost, expected = kernels.ntk[0, 0] - kernels.ntk[0, 1], gates[1][1] - gates[0][1]
        assert expected > 1e-11
        assert lost == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize(("hidden", "w", "b"), [(1, 1.0, 0.0), (1, 1.4, 0.5), (3, 1.3, 0.4)])
def test_kernels_agree_with_gaussian_integrals(hidden: int, w: float, b: float) -> None:
    X = np.random.default_rng(2).standard_normal((3, 5))
    nngp, ntk = limit_kernels(X, hidden=hidden, weight_scale=w, bias_scale=b)
    for i, j in ((0, 1), (1, 2), (0, 2)):
        assert (nngp[i, j], ntk[i, j]) == pytest.approx(by_quadrature(X[i], X[j], hidden, w, b), rel=1e-12)


def wide_network(X: Array, m: int, hidden: int, w: float, b: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """The last hidden layer's kernel and the tangent kernel of one drawn network of width m."""
    n, d = X.shape
    weights = [rng.standard_normal((m, d if k == 0 else m)) for k in range(hidden)] + [rng.standard_normal((1, m))]
    biases = [rng.standard_normal(len(v)) for v in weights]
    states, gates = [X], []
    for V, beta in zip(weights, biases, strict=True):
        z = w / math.sqrt(V.shape[1]) * states[-1] @ V.T + b * beta
        gates.append(z > 0)
        states.append(np.maximum(z, 0.0))
    back, tangent = np.ones((n, 1)), np.zeros((n, n))
    for k in reversed(range(hidden + 1)):
        fan = weights[k].shape[1]
        tangent += (back @ back.T) * (w * w / fan * states[k] @ states[k].T + b * b)
        back = (w / math.sqrt(fan) * back @ weights[k]) * (gates[k - 1] if k > 0 else 1.0)
    return w * w * states[-2] @ states[-2].T / m + b * b, tangent


@pytest.mark.parametrize(("hidden", "w", "b"), [(1, 1.2, 0.4), (2, math.sqrt(2), 0.3)])
def test_wide_networks_have_these_kernels(hidden: int, w: float, b: float) -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((4, 6))
    limits = limit_kernels(X, hidden=hidden, weight_scale=w, bias_scale=b)
    draws = [wide_network(X, 1200, hidden, w, b, rng) for _ in range(25)]
    for index in (0, 1):
        sample = np.array([draw[index] for draw in draws])
        error = sample.std(axis=0) / math.sqrt(len(sample))
        bias = 5 * np.sqrt(np.outer(np.diag(limits[index]), np.diag(limits[index]))) / 1200
        # Six standard errors and a bias of order 1/m in each of ten entries: false alarm below 1e-6.
        assert (np.abs(sample.mean(axis=0) - limits[index]) < 6 * error + bias).all()
        # A planted error: another scale of the biases is seen.
        other = limit_kernels(X, hidden=hidden, weight_scale=w, bias_scale=b + 0.2)[index]
        assert (np.abs(sample.mean(axis=0) - other) > 6 * error + bias).any()


def test_published_values() -> None:
    # Arora et al. 2019: on the unit sphere with c_σ = 2 the kernel with L hidden layers has Θ(x, x) = L + 1.
    x = math.sqrt(3) * np.eye(3)[:1]
    for hidden in range(1, 6):
        scales = [1.0] + [math.sqrt(2)] * hidden
        assert limit_kernels(x, hidden=hidden, weight_scale=scales).ntk[0, 0] == pytest.approx(hidden + 1, rel=1e-14)
    # Cho & Saul 2009: J_1(π/2) = 1 and J_1(π) = 0, the kernel of degree one being ‖x‖‖y‖ J_1/π.
    X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    arc = 2 * limit_kernels(X, weight_scale=(math.sqrt(2), 1.0)).nngp
    np.testing.assert_allclose(arc[0], [1.0, 1 / math.pi, 0.0], rtol=1e-15)


def test_the_finite_width_kernel_is_made_of_the_limits() -> None:
    X = np.random.default_rng(6).standard_normal((5, 4))
    nngp, ntk = limit_kernels(X)
    np.testing.assert_allclose(limit_ntk_gram(X, m=50), 50 * nngp + 4 * (ntk - nngp), rtol=1e-13)


@pytest.mark.parametrize("n", [2, 17, 150])
def test_kernels_are_symmetric_to_the_bit(n: int) -> None:
    X = np.random.default_rng(n).standard_normal((n, 33))
    for kernel in (
        limit_ntk_gram(X, m=100),
        limit_ntk_gram(X, X.copy(), m=100),
        *limit_kernels(X, hidden=3, bias_scale=0.1),
    ):
        assert (kernel == kernel.T).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda X: limit_ntk_gram(X, m=0), "m must lie in"),
        (lambda X: limit_ntk_gram(X[0], m=1), r"X has shape \(3,\)"),
        (lambda X: limit_ntk_gram(X, X[:, :1], m=1), r"Y has shape \(5, 1\), but shape \(·, 3\) is needed"),
        (lambda X: limit_ntk_gram(1e200 * X, m=1), "the kernel overflows float64"),
        (lambda X: limit_kernels(X, hidden=0), "hidden must lie in"),
        (lambda X: limit_kernels(X, weight_scale=0.0), "weight_scale must be positive, found 0.0"),
        (lambda X: limit_kernels(X, bias_scale=-1.0), "bias_scale must be at least 0, found -1.0"),
        (
            lambda X: limit_kernels(X, hidden=3, bias_scale=[0.1, 0.2]),
            "bias_scale has 2 values, but 1 or one per layer, 4",
        ),
        (lambda X: limit_kernels(1e200 * X), "the kernel overflows float64"),
        (lambda X: limit_diagonals(1e200 * X), "the kernel overflows float64"),
    ],
)
def test_bad_input_gives_one_clear_error(call: Callable[..., Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call(np.random.default_rng(0).standard_normal((5, 3)))
