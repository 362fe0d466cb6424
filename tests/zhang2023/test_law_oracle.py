"""The exact failure probability against mpmath at 30 digits, by the route the float code does not take.

The oracles are written from whp S3's formulas alone: (i) the recurrence in d, (ii) the double contour integral, and the
sum over k of an integral over ρ. They share no code with the library.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from flint import arb
from mpmath import mp, mpf
from numpy.typing import NDArray
from scipy import integrate, special, stats
from whp.theory.zhang2023.margin.law import failure_probability, margin_cdf, margin_logsf
from whp.theory.zhang2023.margin.sharp import exponent, tau

Array = NDArray[np.float64]
TOLERANCE = 1e-10


def recurrence(m: int, d: int) -> mpf:
    """log p₀ by whp S3 (i), with the digits that cancel added to the 30 that remain."""
    with mp.workdps(30 + math.ceil(exponent(m, d) / math.log(10)) + len(str(m * d))):
        start = d % 2
        p = mpf(1) / 2 if start == 0 else mpf(1) / 4 + mpf(2) ** (-m - 1)
        terms = []
        for k in range(1, m):
            beta = mp.beta(mpf(k + 1) / 2, mpf(m - k + start) / 2) / mp.beta(mpf(k) / 2, mpf(m - k) / 2)
            terms.append(mpf(math.comb(m, k)) * mpf(2) ** (-m - 1) * beta)
        step = 1 / (mpf(start) / 2 * mp.beta(mpf(start) / 2, mpf(1) / 2)) if start else mpf(1)
        for j in range(start, d, 2):
            p -= step * mp.fsum(terms)
            # B(a, b + 1) = B(a, b) b/(a + b), and (d/2)B(d/2, 1/2) = Γ(d/2 + 1)Γ(1/2)/Γ((d + 1)/2).
            terms = [t * (m - k + j) / (m + 1 + j) for k, t in enumerate(terms, start=1)]
            step = step * (j + 1) / (j + 2)
        return mp.log(p)


def contour(m: int, d: int) -> mpf:
    """log p₀ by whp S3 (ii): the contour lies left of the pole for s ≤ 1 and right of it for s > 1."""
    with mp.workdps(30):
        log_scale = mp.loggamma(mpf(d + 1) / 2) - mp.loggamma(mpf(d) / 2) - mp.log(mp.pi) / 2

        def log_density(x: mpf) -> mpf:
            return log_scale + x - mpf(d + 1) / 2 * mp.log1p(mp.exp(2 * x))

        # P ≤ s²N turns from impossible to certain over a few multiples of 1/√m around s = 1; f_d lives on 1/√d.
        likely = 1.5 * math.log(tau(m / d))
        # The two factors bend by about m and 2ds² nats there.
        step = 0.35 / math.sqrt(m + 2 * d * tau(m / d) ** 3)
        total, top = mpf(0), None
        for direction in (1, -1):
            x = mpf(likely) if direction == 1 else mpf(likely) - step
            while True:
                log_weight = log_density(x)
                term = mp.exp(log_weight) * _below(x, m)
                total += term
                top = term if top is None or term > top else top
                # Beyond both peaks (x = 0 for the mass of f_d, `likely` for the product) terms only fall.
                if term < top * mpf(10) ** -26 and not min(likely, 0) - step <= x <= max(likely, 0) + step:
                    break
                x += direction * step
        return mp.log(total * step + mpf(2) ** (-m - 1))


def _below(x: mpf, m: int) -> mpf:
    """P(Σ a_i²(D_i − s²(1−D_i)) ≤ 0) at s = e^x."""
    s2 = mp.exp(2 * x)
    q = s2 ** (mpf(2) / 3)
    saddle = (1 - q) / (2 * (s2 + q))

    def log_transform(z: mpf) -> mpf:
        return mp.log((1 / mp.sqrt(1 - 2 * z) + 1 / mp.sqrt(1 + 2 * s2 * z)) / 2)

    first, second = 1 / mp.sqrt(1 + 2 * saddle), 1 / mp.sqrt(1 - 2 * s2 * saddle)
    # M''/M at the saddle, where M' = 0.
    width = 1 / mp.sqrt(3 * m * (first**5 + s2**2 * second**5) / (first + second))
    # The contour keeps off the pole at 0, on the side where the saddle is.
    side = 1 if saddle >= 0 else -1
    tilt = side * max(abs(saddle), 3 * width)
    top = m * log_transform(-tilt).real
    if top < -80 and side == -1:
        return mpf(1)
    total, node, h = mpf(0), 0, mpf(1) / 5
    while True:
        y, slope = 4 * width * mp.sinh(node * h / 4), width * mp.cosh(node * h / 4)
        value = mp.exp(m * log_transform(-tilt + 1j * y) - top) / (tilt - 1j * y) * slope
        total += value.real * h / (1 if node else 2)
        if node and abs(value) < abs(total) * mpf(10) ** -27:
            break
        node += 1
    inside = mp.exp(top) * total / mp.pi
    return inside if side == 1 else 1 + inside


def mixture(m: int, d: int) -> mpf:
    """log p₀ as Σ_k ∫ over x = log(ρ/(1−ρ)); a sum over every s-th k is exact to exp(−2π²(σ/s)²), σ its width."""
    with mp.workdps(30):
        ratio = mpf(tau(m / d)) ** 3
        centre, share = mp.log(ratio), mp.cbrt(ratio) / (1 + mp.cbrt(ratio))
        spread = mp.sqrt(m * share * (1 - share))
        stride = max(1, int(spread / 3))
        half = int(14 * spread / stride)
        step, reach = mpf(1) / 4 / mp.sqrt(m), 90
        weights = {}
        for j in range(-half, half + 1):
            k = int(m * share) + j * stride
            if 1 <= k <= m - 1:
                weights[k] = (
                    mp.loggamma(m + 1) - mp.loggamma(k + 1) - mp.loggamma(m - k + 1) - m * mp.log(2)
                    + mp.loggamma(mpf(m) / 2) - mp.loggamma(mpf(k) / 2) - mp.loggamma(mpf(m - k) / 2)
                )  # fmt: skip
        total, reference = mpf(0), None
        for i in range(-reach, reach + 1):
            x = centre + i * step
            log_rho, log_rest = -mp.log1p(mp.exp(-x)), -mp.log1p(mp.exp(x))
            tail = _log_half_incomplete_beta(d, log_rho, log_rest)
            logs = [w + mpf(k) / 2 * log_rho + mpf(m - k) / 2 * log_rest + tail for k, w in weights.items()]
            reference = max(logs) if reference is None else reference
            total += mp.fsum(mp.exp(value - reference) for value in logs)
        return mp.log(total * stride * step) + reference


def _log_half_incomplete_beta(d: int, log_rho: mpf, log_rest: mpf) -> mpf:
    """log ½ I_{1−ρ}(d/2, ½), by the series u^a (1−u)^½ Σ (a+½)_n/(a+1)_n u^n / (a B(a, ½)), a = d/2."""
    a, u = mpf(d) / 2, mp.exp(log_rest)
    total = term = mpf(1)
    n = 0
    while term > total * mpf(10) ** -30:
        term *= (a + mpf(1) / 2 + n) / (a + 1 + n) * u
        total += term
        n += 1
    log_beta = mp.loggamma(a) + mp.loggamma(mpf(1) / 2) - mp.loggamma(a + mpf(1) / 2)
    return a * log_rest + log_rho / 2 + mp.log(total) - mp.log(2 * a) - log_beta


CELLS: list[tuple[int, int, Callable[[int, int], mpf]]] = [
    (1, 1, recurrence),
    (2, 1, recurrence),
    (3, 40, recurrence),
    (40, 3, recurrence),
    (64, 64, recurrence),
    (100, 30, recurrence),
]
SLOW_CELLS: list[tuple[int, int, Callable[[int, int], mpf]]] = [
    (256, 3072, recurrence),
    (4096, 512, recurrence),
    (10**5, 10**5, mixture),
    (10**6, 100, contour),
    (100, 10**6, contour),
]


@pytest.mark.parametrize(("m", "d", "oracle"), CELLS)
def test_failure_probability_agrees_with_an_independent_oracle(m, d, oracle):
    assert abs(failure_probability(m, d, log=True) / oracle(m, d) - 1) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize(("m", "d", "oracle"), SLOW_CELLS)
def test_failure_probability_agrees_with_an_independent_oracle_at_large_sizes(m, d, oracle):
    assert abs(failure_probability(m, d, log=True) / oracle(m, d) - 1) < TOLERANCE


@pytest.mark.parametrize(("m", "d"), [(120, 80), (400, 20)])
def test_contour_and_recurrence_agree(m, d):
    assert abs(contour(m, d) / recurrence(m, d) - 1) < 1e-20


@pytest.mark.slow
def test_contour_and_mixture_agree():
    assert abs(mixture(2000, 2000) / contour(2000, 2000) - 1) < 1e-13


def test_oracle_notices_a_wrong_law():
    assert abs(failure_probability(65, 64, log=True) / recurrence(64, 64) - 1) > 1e-3


@pytest.mark.parametrize(("m", "d"), [(2, 2), (7, 12), (33, 5), (64, 64)])
def test_enclosures_hold_the_oracle(m, d):
    enclosure = failure_probability(m, d, certified=True)
    with mpmath.workdps(40):
        value = arb(mpmath.nstr(mp.exp(recurrence(m, d)), 28)) * (1 + arb(0, 1e-26))
    assert enclosure.ball.overlaps(value)
    assert enclosure.relative_radius < 1e-20


def thresholded(m: int, d: int, t: float) -> float:
    """P(Q ≤ t), t > 0, as E Φ((td − PG)/√(PNG)) over k and independent P, N, G, by Gauss-Legendre in their roots."""
    x, w = np.polynomial.legendre.leggauss(32)
    nodes = np.concatenate([(i + (x + 1) / 2) / 4 for i in range(4)])
    weights = np.tile(w / 8, 4)

    def chi_square(k: int) -> tuple[Array, Array]:
        top = math.sqrt(k) + 8.5
        r = top * nodes
        return r * r, weights * top * stats.chi.pdf(r, k)

    gain, of_gain = chi_square(d)
    norm, of_norm = chi_square(m)
    # No active unit: Q = 0. All active: Q = S G/d.
    total = 2.0**-m * (1.0 + np.sum(of_norm * special.gammainc(d / 2, t * d * m / norm / 2)))
    for k in range(1, m):
        (p, of_p), (q, of_q) = chi_square(k), chi_square(m - k)
        p, q, g = p[:, None, None] / m, q[None, :, None] / m, gain[None, None, :]
        inner = special.ndtr((t * d - p * g) / np.sqrt(p * q * g))
        total += math.comb(m, k) * 2.0**-m * np.einsum("i,j,l,ijl->", of_p, of_q, of_gain, inner)
    return float(total)


@pytest.mark.parametrize(("m", "d", "t"), [(4, 6, 0.2), (6, 9, 0.05), (5, 3, 1.0)])
def test_distribution_function_agrees_with_nested_quadrature(m, d, t):
    # The reference's integrand is steep near P = N = 0, which costs it about 3e-5.
    reference = thresholded(m, d, t)
    assert abs(margin_cdf(m, d, t) - reference) < 6e-5
    assert abs(margin_cdf(m, d, 1.01 * t) - reference) > 3e-4


def polar(m: int, d: int, t: float) -> float:
    """P(Q > t), t > 0, with √G and Z in polar coordinates: given P, N and the angle, Q is a multiple of χ²_{d+1}."""
    x, w = np.polynomial.legendre.leggauss(20)

    def panels(top: float, count: int) -> tuple[Array, Array]:
        nodes = np.concatenate([(i + (x + 1) / 2) * top / count for i in range(count)])
        return nodes, np.tile(w / 2 * top / count, count)

    radius, weight = panels(9.5, 8)
    share, of_share = panels(1.0, 6)
    total = 2.0**-m * integrate.quad(lambda r: stats.chi.pdf(r, m) * stats.chi2.sf(t * d * m / r**2, d), 0, 12)[0]
    for k in range(1, m):
        p, q = radius[:, None] ** 2 / m, radius[None, :] ** 2 / m
        arc = math.pi - np.arctan2(np.sqrt(q), np.sqrt(p))[..., None]
        gain = np.sqrt(p * (p + q))[..., None] * np.sin(arc * share) * np.sin(arc * (1 - share))
        density = np.sin(arc * (1 - share)) ** (d - 1) / special.beta(0.5, d / 2) * arc
        inner = np.sum(special.gammaincc((d + 1) / 2, t * d / gain / 2) * density * of_share, axis=-1)
        outer = (stats.chi.pdf(radius, k) * weight)[:, None] * (stats.chi.pdf(radius, m - k) * weight)[None, :]
        total += math.comb(m, k) * 2.0**-m * float(np.sum(outer * inner))
    return total


@pytest.mark.parametrize(("m", "d", "t"), [(2, 1, 0.5), (2, 2, 3.0), (3, 40, 0.5)])
def test_upper_tail_agrees_with_a_polar_quadrature(m, d, t):
    assert abs(math.exp(margin_logsf(m, d, t)) / polar(m, d, t) - 1) < 1e-8
