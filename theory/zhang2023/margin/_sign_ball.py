"""The failure probability of one sign step in ball arithmetic (whp S17).

With t² = ρ/(1−ρ), x = 2 log t and M(z) = E e^{−z|Z|} = e^{z²/2} erfc(z/√2) for one standard normal Z,

    P(Q_∞ ≤ 0) = 2^{−m} + ∫ f(x) F(x) dx,    F(x) = P(Z ≤ −t‖z‖₁/√d) = (2πi)^{−1} ∫ e^{λ²/2} M(tλ/√d)^d dλ/λ,
    f(x) = Σ_{k=1}^{m−1} C(m,k) 2^{−m} t^k (1+t²)^{−m/2} / B(k/2, (m−k)/2).

Both integrals are sums over lattices. A trapezoidal rule of step h misses at most (N₊ + N₋)/(e^{2πr/h} − 1), N_± being
the integrals of the modulus along lines at distance r. In λ, |M(z)| ≤ M(Re z) bounds them. In x, |arg t| ≤ π/4 for
r ≤ π/2, so that |F| ≤ ½, and |1 + t²| shrinks at most by cos(r/2)².
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from flint import acb, arb, arb_poly, fmpz

from ...calculus.enclosure import Enclosure, workprec

__all__ = ["LARGEST_CERTIFIED", "expected_normal_below", "normal_below", "sign_failure_enclosure"]

LARGEST_CERTIFIED = 4096
"""Largest width and input dimension whose sign step is certified."""
_BITS = 128
_WANTED = 56
_LEAST_TILT = 3.0
# Steps within an octave, and multiples of the bits that values at nodes have.
_STEPS, _SHARED_BITS = 4, 16
_REACH = 5.0
# From here on e^{z²/2} and erfc leave the range in which their product is accurate.
_FAR = 8


@lru_cache(maxsize=1024)
def sign_failure_enclosure(m: int, d: int, log_guess: float) -> Enclosure:
    """Enclose P(Q_∞ ≤ 0), Q_∞ = √(P/d) ‖z‖₁ + √N Z, for ReLU and a Gaussian readout.

    Parameters
    ----------
    m, d : int
        Width and input dimension, each at most `LARGEST_CERTIFIED`.
    log_guess : float
        Rough log P(Q_∞ ≤ 0); it chooses steps and contours, never the result's validity.

    Raises
    ------
    ValueError
        If a size is beyond `LARGEST_CERTIFIED`.
    """
    if max(m, d) > LARGEST_CERTIFIED:
        raise ValueError(
            f"a certified sign step needs m and d of at most {LARGEST_CERTIFIED}, found m = {m} and d = {d}; "
            "use certified=False, or bound it by sign_noise_exponent(m, d)"
        )
    with workprec(_BITS):
        atom = arb(2) ** fmpz(-m)
        if m == 1:
            return Enclosure.of(atom)
        if d == 1:
            return Enclosure.of(arb(1) / 4 + atom / 2)
        return Enclosure.of(atom + _mixtures([_weights(m)], m, d, log_guess)[0])


def _mixtures(rows: Sequence[list[arb]], m: int, d: int, log_guess: float) -> list[arb]:
    """∫ f F for several f(x) = Σ weights[k] t^k (1+t²)^{−m/2}, each of total mass at most 1; F is evaluated once."""
    wanted = _WANTED * math.log(2) - log_guess
    reach = max(np.linspace(0.05, 1.55, 31), key=lambda r: r / (wanted - m * math.log(math.cos(r / 2.0))))
    shared = _shared_step(2.0 * math.pi * reach / (wanted - m * math.log(math.cos(reach / 2.0))))
    step = arb(shared)
    tolerance = (arb(log_guess)).exp() * arb(2) ** -_WANTED
    polynomials = [arb_poly(weights) for weights in rows]
    totals, outside = [arb(0)] * len(rows), [arb(0)] * len(rows)
    for direction in (-1, 1):
        j = 0 if direction == 1 else -1
        open_ = [*range(len(rows))]
        while open_:
            x = step * j
            t = (x / 2).exp()
            beyond = {i: _beyond(rows[i], m, d, t, step, direction) for i in open_}
            for i in [i for i in open_ if beyond[i] < tolerance]:
                outside[i] += beyond[i]
                open_.remove(i)
            if open_:
                scale = (1 + t * t).rsqrt() ** m
                densities = {i: polynomials[i](t) * scale for i in open_}
                digits = -((tolerance / max(densities.values())).log() / arb(2).log()).mid()
                below = _below(j, shared, d, _SHARED_BITS * math.ceil(float(digits) / _SHARED_BITS))
                for i, density in densities.items():
                    totals[i] += density * below
            j += direction
    missed = (arb(reach) / 2).cos() ** -m / ((2 * arb.pi() * arb(reach) / step).exp() - 1)
    return [total * step + arb(0, (out * step + missed).upper()) for total, out in zip(totals, outside, strict=True)]


def _shared_step(step: float) -> float:
    """A step no larger, of few: lattices of one step have their nodes in common, whatever the width."""
    return math.exp2(math.floor(_STEPS * math.log2(step)) / _STEPS)


@lru_cache(maxsize=2**15)
def _below(j: int, step: float, d: int, bits: int) -> arb:
    """F at the lattice's node j, to about 2^−bits."""
    x = arb(step) * j
    return normal_below((x / 2).exp() / arb(d).sqrt(), d, _tilt(float(x), d), arb(2) ** -bits)


def _beyond(weights: list[arb], m: int, d: int, t: arb, step: arb, direction: int) -> arb:
    """A bound on Σ f F over the lattice from t outwards: F ≤ ½ and F ≤ (2e/π)^{d/2} t^{−d}."""
    total = arb(0)
    for k in range(1, m):
        if weights[k] != 0:
            power = k if direction == -1 else m - k + d
            total += weights[k] * t ** (direction * -power) / (1 - (-step * power / 2).exp())
    return total / 2 if direction == -1 else total * (2 * arb.const_e() / arb.pi()) ** (arb(d) / 2)


def _tilt(x: float, d: int) -> float:
    """Near the saddle u√(d(1−ρ)/ρ), u/h(u) = ρ, by the first term u ~ ρ√(2/π)/√(1−ρ)."""
    return max(_LEAST_TILT, math.sqrt(2.0 * d / math.pi / (1.0 + math.exp(-x))))


def normal_below(scale: arb, d: int, tilt: float, tolerance: arb) -> arb:
    """P(Z ≤ −s‖z‖₁) for d + 1 independent standard normals, on the line Re λ = `tilt`, to about `tolerance`."""
    c, reach = arb(tilt), arb(min(_REACH, 0.75 * tilt))

    def part(lam: acb) -> acb:
        return (lam * lam / 2).exp() * _mills(lam * scale) ** d / lam

    first = part(acb(c)).real
    digits = max((first / tolerance).log().mid(), arb(1)) + 3
    h = (2 * arb.pi() * reach / (digits + reach * reach / 2)).mid()
    last = math.ceil(float((2 * digits).sqrt() / h))
    total = first / 2
    for j in range(1, last + 1):
        total += part(acb(c, j * h)).real
    beyond = first / (2 * arb.pi()).sqrt() * (last * h / arb(2).sqrt()).erfc()
    sides = (part(acb(c - reach)) + part(acb(c + reach))).real
    missed = sides / (2 * arb.pi()).sqrt() / ((2 * arb.pi() * reach / h).exp() - 1)
    return total * h / arb.pi() + arb(0, (beyond + missed).upper())


def _mills(z: acb) -> acb:
    """M(z) = e^{z²/2} erfc(z/√2)."""
    square = z * z / 2
    if z.real > _FAR:
        return square.hypgeom_u(acb(1) / 2, acb(1) / 2) / arb.pi().sqrt()
    return square.exp() * (z / arb(2).sqrt()).erfc()


def _weights(m: int) -> list[arb]:
    """C(m, k) 2^{−m} / B(k/2, (m−k)/2) for k = 0 ... m − 1, that of k = 0 being 0."""
    gammas = [arb(0)] + [(arb(k) / 2).lgamma() for k in range(1, m + 1)]
    found, choose = [arb(0)], arb(2) ** fmpz(-m)
    for k in range(1, m):
        choose = choose * (m - k + 1) / k
        found.append(choose * (gammas[m] - gammas[k] - gammas[m - k]).exp())
    return found


def expected_normal_below(m: int, d: int, k: int) -> arb:
    """E P(Z ≤ −√(ρ/(1−ρ)) ‖z‖₁/√d) for ρ ~ Beta(k/2, (m−k)/2), 0 < k < m, to about 20 digits."""
    return _expected(m, d)[k - 1]


@lru_cache(maxsize=64)
def _expected(m: int, d: int) -> list[arb]:
    """`expected_normal_below` for all k: they differ in the density alone."""
    with workprec(_BITS):
        rows = []
        for k in range(1, m):
            rows.append([arb(0)] * m)
            rows[-1][k] = ((arb(m) / 2).lgamma() - (arb(k) / 2).lgamma() - (arb(m - k) / 2).lgamma()).exp()
        return _mixtures(rows, m, d, -0.25 * d - 2.0)
