"""Truths about the ledger's random variables in plain NumPy, SciPy and exact rationals: no law or evaluator of whp."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, optimize, special, stats

Array = NDArray[np.float64]


def _double_factorial(p: int) -> int:
    """E g^p of a standard normal: (p - 1)!! for even p, 0 for odd."""
    return 0 if p % 2 else math.prod(range(p - 1, 0, -2))


@lru_cache(maxsize=64)
def margin_moment(m: int, d: int, power: int, kurtosis: Fraction = Fraction(3)) -> Fraction:
    """E Q^power, power 1 or 2, of the simplified model, summed over every index with exact moments of its entries.

    The readout is symmetric with E a² = 1/m and E a⁴ = kurtosis/m², W Gaussian, the mask a fair coin.
    """
    readout = {0: Fraction(1), 2: Fraction(1, m), 4: kurtosis / m**2}
    total = Fraction(0)
    for indices in product(product(range(m), range(m), range(d)), repeat=power):
        a: dict[int, int] = {}
        w: dict[tuple[int, int], int] = {}
        coins = set()
        for i, j, k in indices:
            for r in (i, j):
                a[r] = a.get(r, 0) + 1
                w[r, k] = w.get((r, k), 0) + 1
            coins.add(j)
        if any(c % 2 for c in a.values()) or any(c % 2 for c in w.values()):
            continue
        value = Fraction(1, 2 ** len(coins))
        for c in a.values():
            value *= readout[c]
        for c in w.values():
            value *= Fraction(_double_factorial(c), d ** (c // 2))
        total += value
    return total


def margin_variance(m: int, d: int, kurtosis: Fraction = Fraction(3)) -> Fraction:
    """Var Q, exactly."""
    return margin_moment(m, d, 2, kurtosis) - margin_moment(m, d, 1, kurtosis) ** 2


@lru_cache(maxsize=1)
def _legendre(count: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(count)


def margin_failure(m: int, d: int, readout: str = "gaussian") -> float:
    """P(Q ≤ 0): a binomial mixture of a normal tail integrated over what it is scaled with.

    Given k active neurons, P = χ²_k/m and N = χ²_{m-k}/m (k/m and 1 - k/m for a readout of signs), Q ≤ 0 iff
    √P χ_d + √N Z ≤ 0, a Student-t tail at -√(d P/N).
    """
    k = np.arange(1, m)[:, None]
    weights = stats.binom.pmf(k, m, 0.5)
    if readout == "signs":
        return float(2.0**-m + np.sum(weights * special.betainc(d / 2, 0.5, 1 - k / m) / 2))
    # ρ = sin² of the angle has the law Beta(k/2, (m-k)/2).
    nodes, scale = _legendre(160)
    angle = (nodes + 1) * math.pi / 4
    log_beta = special.betaln(k / 2, (m - k) / 2)
    density = 2 * np.exp((k - 1) * np.log(np.sin(angle)) + (m - k - 1) * np.log(np.cos(angle)) - log_beta)
    # The Student-t tail at √d tan(angle).
    tails = special.betainc(d / 2, 0.5, np.cos(angle) ** 2) / 2
    return float(2.0**-m + np.sum(weights * density * tails * scale) * math.pi / 4)


def margin_below(m: int, d: int, t: float, relative: bool = False, trials: int = 20_000) -> float:
    """P(Q ≤ t), or P(Q ≤ t‖a‖²), as a mean of normal tails over draws of P, N and χ²_d."""
    rng = np.random.default_rng(16)
    squares, coins = rng.standard_normal((trials, m)) ** 2 / m, rng.integers(0, 2, (trials, m))
    on, off = (squares * coins).sum(axis=1), (squares * (1 - coins)).sum(axis=1)
    norm = rng.chisquare(d, trials) / d
    threshold = t * (on + off) if relative else np.full(trials, t)
    spread = np.sqrt(on * off * norm / d)
    return float(np.mean(stats.norm.cdf((threshold - on * norm) / np.maximum(spread, 1e-300))))


def exponent(m: float, d: float) -> float:
    """min over ρ ≤ 1/2 of -(d/2) log(1-ρ) + m J(ρ), J the rate of the active share, by a scalar search."""

    def cost(rho: float) -> float:
        mask = math.log(2) - 1.5 * math.log(rho ** (1 / 3) + (1 - rho) ** (1 / 3))
        return -d / 2 * math.log1p(-rho) + m * mask

    return float(optimize.minimize_scalar(cost, bounds=(1e-12, 0.5), method="bounded", options={"xatol": 1e-12}).fun)


def masked_below(m: int, t: float) -> float:
    """P(‖Da‖² ≤ t): a binomial mixture of chi-squares, an atom at 0 included."""
    k = np.arange(1, m + 1)
    return float(2.0**-m + stats.binom.pmf(k, m, 0.5) @ stats.chi2.cdf(t * m, k))


def image_below(m: int, d: int, t: float) -> float:
    """P(‖WᵀDa‖² ≤ t): a binomial mixture of chi-squares, integrated over another chi-square's quantiles."""
    k = np.arange(1, m + 1)
    weights = stats.binom.pmf(k, m, 0.5)

    def at(u: float) -> float:
        return 2.0**-m + float(weights @ stats.chi2.cdf(t * m * d / stats.chi2.ppf(u, d), k))

    return float(integrate.quad(at, 0, 1, limit=400)[0])


def excess_below(m: int, d: int) -> float:
    """P(‖WᵀDa‖² ≤ ‖Da‖²/2): D = 0, or a chi-square of d below half its mean."""
    return float(2.0**-m + (1 - 2.0**-m) * stats.chi2.cdf(d / 2, d))


def share_below(m: int, ratio: float) -> float:
    """P(‖a_D‖²/‖a_D̄‖² < ratio), a binomial mixture of beta variables."""
    k = np.arange(1, m)
    x = ratio / (1 + ratio)
    return float(2.0**-m + stats.binom.pmf(k, m, 0.5) @ stats.beta.cdf(x, k / 2, (m - k) / 2))


def readout_beyond(m: int, x: float) -> float:
    """P(|aᵀh| ≥ x): given ‖h‖² = χ²_m a normal of variance ‖h‖²/m."""

    def at(u: float) -> float:
        return float(2 * stats.norm.sf(x / math.sqrt(stats.chi2.ppf(u, m) / m)))

    return float(integrate.quad(at, 0, 1, limit=200)[0])


def products_beyond(d: int, x: float) -> float:
    """P(|Σ g_k h_k| ≥ x) over d independent pairs: half the difference of two chi-squares of d."""

    def at(u: float) -> float:
        return float(stats.chi2.sf(2 * x + stats.chi2.ppf(u, d), d))

    return float(2 * integrate.quad(at, 0, 1, limit=400)[0])


def product_rate(x: float) -> float:
    """Cramér's rate of a product of two independent normals, maximised over the tilt by a scalar search."""

    def value(tilt: float) -> float:
        return -(tilt * x + 0.5 * math.log1p(-(tilt**2)))

    found = optimize.minimize_scalar(value, bounds=(0, 1 - 1e-15), method="bounded", options={"xatol": 1e-14})
    return -float(found.fun)


def sign_readout_rate(m: float, d: float) -> float:
    """The exponent of a readout of signs, by a scalar search over the active share."""

    def cost(rho: float) -> float:
        return -d / 2 * math.log1p(-rho) + m * (math.log(2) + rho * math.log(rho) + (1 - rho) * math.log1p(-rho))

    return float(optimize.minimize_scalar(cost, bounds=(1e-12, 0.5), method="bounded", options={"xatol": 1e-12}).fun)


@lru_cache(maxsize=64)
def networks(m: int, d: int, trials: int, seed: int = 0, n: int = 1, leak: float = 0.0) -> dict[str, Array]:
    """Plain draws of networks at n inputs of norm √d: margins, aᵀh, aᵀDh, projected margins and norms, (trials, n)."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    X *= math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True)
    across = np.eye(d) - np.linalg.pinv(X) @ X
    found: dict[str, list[Array]] = {
        name: [] for name in ("margin", "projected", "a_h", "a_Dh", "norm_h2", "norm_Da2", "norm_Wa", "example")
    }
    for _ in range(trials):
        W, a = rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m)
        H = W @ X.T
        D = np.where(H > 0, 1.0, leak)
        gradients = W.T @ (D * a[:, None])
        witness = W.T @ a
        f = a @ (D * H)
        found["margin"].append(witness @ gradients)
        found["projected"].append(witness @ across @ gradients)
        found["a_h"].append(a @ H)
        found["a_Dh"].append(f)
        found["norm_h2"].append((H**2).sum(axis=0))
        found["norm_Da2"].append(((D * a[:, None]) ** 2).sum(axis=0))
        found["norm_Wa"].append(np.full(n, np.linalg.norm(witness)))
        # ⟨v', x + r⟩ with v' = -Π⊥Wᵀa, labels -1 and η = 1.
        noise = (1 / (1 + np.exp(-f)))[None, :] * gradients
        found["example"].append(-(witness @ across) @ (X.T + noise))
    return {name: np.array(values) for name, values in found.items()}


def surely(share: float, trials: int, limit: float) -> bool:
    """Whether a frequency seen in `trials` draws exceeds `limit` by six standard deviations of a fair coin."""
    return share > limit + 3 / math.sqrt(trials)


@dataclass(frozen=True)
class Ball:
    """One plain network at one input, and what its ball of radius 1/√m can do there (suprema of Section 3.2)."""

    term2: float
    term4: float
    term5: float
    flip_norm: float
    flip_loss: float
    norm_p: float
    output: float


@lru_cache(maxsize=16)
def ball(m: int, d: int) -> Ball:
    """Suprema over ‖ΔW‖₂, ‖Δa‖ ≤ 1/√m; neurons flip in the order of |h_r| until their h_r² add up to d/m."""
    rng = np.random.default_rng(20)
    W, a = rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m)
    x = np.full(d, 1.0)
    h, witness = W @ x, W.T @ a
    p, on = W @ witness, h > 0
    order = np.argsort(h**2)
    flipped = order[: int(np.searchsorted(np.cumsum(h[order] ** 2), d / m, side="right"))]
    harmful = np.where(on, p * a, -p * a)[flipped]
    radius, norm = 1 / math.sqrt(m), float(np.linalg.norm(witness))
    flip_norm = float(np.linalg.norm(a[flipped]))
    return Ball(
        term2=radius * norm * float(np.linalg.norm(a[on])),
        term4=radius * float(np.linalg.norm(p[on])),
        term5=radius * norm * flip_norm,
        flip_norm=flip_norm,
        flip_loss=float(np.maximum(harmful, 0).sum()),
        norm_p=float(np.linalg.norm(p)),
        output=radius * (float(np.linalg.norm(h[on])) + float(np.linalg.norm(a)) * math.sqrt(d)),
    )


@dataclass(frozen=True)
class Trained:
    """A two-layer network after plain gradient descent on both layers, with what the oracles read off it."""

    X: Array
    y: Array
    W0: Array
    a0: Array
    W: Array
    a: Array

    @property
    def gradients(self) -> Array:
        """∇f(x_i) at the trained weights, (n, d)."""
        return ((self.W @ self.X.T > 0) * self.a[:, None]).T @ self.W

    @property
    def projected(self) -> Array:
        """⟨Π⊥_X W₀ᵀa₀, ∇f(x_i)⟩ at the trained weights."""
        across = np.eye(self.X.shape[1]) - np.linalg.pinv(self.X) @ self.X
        return self.gradients @ across @ (self.W0.T @ self.a0)

    @property
    def moved(self) -> float:
        return float(np.linalg.norm(self.a - self.a0))

    @property
    def rotated(self) -> float:
        return float(np.linalg.norm(self.W - self.W0, 2))

    @property
    def capacity(self) -> float:
        return self.rotated**2 * self.X.shape[1]

    @property
    def flip_weight(self) -> float:
        before, after = self.W0 @ self.X.T, self.W @ self.X.T
        return float(np.max(np.sum(before**2 * ((before > 0) != (after > 0)), axis=0)))

    @property
    def slack(self) -> float:
        """Least over samples of Q* minus a number that no certificate of S12 exceeds."""
        witness = self.W0.T @ self.a0
        p, on = self.W0 @ witness, self.W0 @ self.X.T > 0
        start = (on * (self.a0 * p)[:, None]).sum(axis=0)
        most = start - self.moved * np.sqrt((on * p[:, None] ** 2).sum(axis=0))
        most = most - self.rotated * np.linalg.norm(witness) * np.sqrt((on * self.a0[:, None] ** 2).sum(axis=0))
        return float(np.min(self.gradients @ witness - most))

    @property
    def jensen(self) -> float:
        """What Jensen's inequality asks of the readout's move."""
        hidden = np.maximum(self.W0 @ self.X.T, 0)
        outputs, n = self.y * (self.a0 @ hidden), self.y.size
        loss = float(np.mean(np.logaddexp(0, -self.y * (self.a @ np.maximum(self.W @ self.X.T, 0)))))
        lost = (np.linalg.norm(self.a0) + self.moved) * self.rotated * math.sqrt(self.X.shape[1])
        asked = n * (-math.log(math.expm1(loss)) - float(np.mean(outputs)) - lost)
        return float(asked / np.linalg.norm(hidden @ self.y))

    def _term(self, mask: Array) -> float:
        witness = (self.W0.T @ self.a0) @ (self.W - self.W0).T
        return float(np.sqrt(np.mean((witness @ (mask * self.a0[:, None])) ** 2)))

    @property
    def term2(self) -> float:
        """Root mean square of aᵀW ΔWᵀ D_x a."""
        return self._term(1.0 * (self.W0 @ self.X.T > 0))

    @property
    def term5(self) -> float:
        """Root mean square of aᵀW ΔWᵀ ΔD_x a."""
        return self._term(1.0 * (self.W @ self.X.T > 0) - 1.0 * (self.W0 @ self.X.T > 0))


@lru_cache(maxsize=16)
def trained(m: int, d: int, n: int, steps: int = 20_000, pairs: bool = False, seed: int = 21) -> Trained:
    """Plain full-batch gradient descent on both layers, at a rate far below stability, until L ≤ 1/10."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    X *= math.sqrt(d) / np.linalg.norm(X, axis=1, keepdims=True)
    y = np.where(np.arange(n) % 2, 1.0, -1.0)
    if pairs:
        X = np.concatenate([X, -X])
        y = np.concatenate([y, y])
    W0, a0 = rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m)
    W, a = W0.copy(), a0.copy()
    rate = 1.0 / m * (y.size if pairs else 1)
    for _ in range(steps):
        H = W @ X.T
        active = np.maximum(H, 0)
        f = a @ active
        if np.mean(np.logaddexp(0, -y * f)) <= 0.1:
            break
        slope = -y / (1 + np.exp(y * f)) / y.size
        down = (H > 0) * np.outer(a, slope)
        a = a - rate * (active @ slope)
        W = W - rate * (down @ X)
    return Trained(X, y, W0, a0, W, a)


def witness_fails_on_pairs(seeds: int = 8) -> float:
    """Share of plain networks trained on five antipodal pairs, d = 6, at which -W₀ᵀa₀ leaves some noise unseparated."""
    found = (trained(120, 6, 5, pairs=True, seed=seed) for seed in range(seeds))
    return float(np.mean([np.min(net.gradients @ (net.W0.T @ net.a0)) <= 0 for net in found]))


def _knapsack(values: Array, weights: Array, capacity: float) -> float:
    """The fractional knapsack, by sorting."""
    order = np.argsort(-values / weights)
    before = np.cumsum(weights[order]) - weights[order]
    taken = np.clip((capacity - before) / weights[order], 0, 1)
    return float(np.maximum(values[order], 0) @ taken)


def radius_gap(m: int, d: int) -> float:
    """1 - certificate/attack of one plain network: the bound of S12 against the straight rank-one attack."""
    rng = np.random.default_rng(22)
    W, a, x = rng.standard_normal((m, d)) / math.sqrt(d), rng.standard_normal(m) / math.sqrt(m), np.ones(d)
    h, g = W @ x, W.T @ a
    p, on, size = W @ g, h > 0, float(np.linalg.norm(g))

    def certified(r: float) -> float:
        room, off = r * r * d, ~on
        lost = _knapsack(np.where(on, p * a, -p * a), h**2, room)
        kept_a = np.sum(a[on] ** 2) + _knapsack(a[off] ** 2, h[off] ** 2, room)
        kept_p = np.sum(p[on] ** 2) + _knapsack(p[off] ** 2, h[off] ** 2, room)
        return float(np.sum((p * a)[on]) - lost - r * size * math.sqrt(kept_a) - r * math.sqrt(kept_p) - r * r * size)

    def attacked(r: float) -> float:
        moved = W - r * np.outer(on * a, g) / (np.linalg.norm(on * a) * size)
        changed = a - r * on * p / np.linalg.norm(on * p)
        return float((moved @ g)[moved @ x > 0] @ changed[moved @ x > 0])

    inner, outer = (optimize.brentq(f, 0, 2) for f in (certified, attacked))
    return 1 - inner / outer


def separable_pairs() -> bool:
    """Whether some v separates the gradients at 24 antipodal pairs, d = 6, one label a pair, by linear programming."""
    found = trained(120, 6, 24, pairs=True)
    signed = -found.gradients
    answer = optimize.linprog(np.zeros(6), A_ub=-signed, b_ub=-np.ones(len(signed)), bounds=[(None, None)] * 6)
    return bool(answer.status == 0)
