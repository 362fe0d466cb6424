"""The failure probability of given inputs, and of trained networks, without the union bound.

At initialisation every input fails with the same probability p₀ (whp S3), so for n given inputs

    P(some margin ≤ 0) = n p₀ · E[1/S | x_I fails],      I uniform on the inputs, S the number that fail,

which lies in [p₀, n p₀] whatever the draws are. The network is drawn *given that x_I fails*, exactly and however rare
that is: by whp S1 failure depends on four scalars (k, ρ, b, R) alone, which one rejection step draws from their exact
conditional law, and given them the rest of W is Gaussian under two linear constraints, seen through span X only (as in
zhang2023, Lemma 3.2). So the cost does not depend on d, and the relative accuracy does not depend on p₀.

After training by gradient descent the failure probability given (X W_0ᵀ, a_0) is a tail of Fisher's law (whp S14).

See Also
--------
whp.kernels.conditioned : draws that are not conditioned on failure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betaincc, betaincinv, betaln, gammaln, logsumexp

from ....kernels.conditioned import ConditionedNetwork
from ....theory.laws.special import log_betainc
from ....theory.zhang2023.margin.law import failure_probability

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FailureEstimate:
    """Probability that some of n given inputs fails, with its interval; logarithms because it may be e^-1000.

    Attributes
    ----------
    log_estimate, log_lower, log_upper : float
        Natural logarithms of the estimate and of the limits, which cover with probability ≥ 1 − `error`. The limits lie
        between `log_single` and that plus log n, and at most 0.
    log_single : float
        Natural logarithm of p₀, the failure probability of one input, exact.
    inputs, draws : int
        n, and the number of networks drawn given that a random input fails.
    error : float
        False-alarm level of the interval.
    """

    log_estimate: float
    log_lower: float
    log_upper: float
    log_single: float
    inputs: int
    draws: int
    error: float

    @property
    def estimate(self) -> float:
        """The estimate itself; 0 where it underflows."""
        return math.exp(self.log_estimate)

    @property
    def lower(self) -> float:
        """Lower limit; 0 where it underflows."""
        return math.exp(self.log_lower)

    @property
    def upper(self) -> float:
        """Upper limit; 0 where it underflows."""
        return math.exp(self.log_upper)


class _Failures(NamedTuple):
    """What makes one input fail: k active neurons with the share ρ of ‖a‖², and the angle and length of the noise.

    With Z ~ N(0, 1) and χ_d independent the input fails iff Z < 0 and b = Z²/R² ≥ ρ, where R² = Z² + χ_d².
    """

    active: NDArray[np.int64]
    share: Array
    angle: Array
    length: Array


def _pick(batch: _Failures, chosen: NDArray[np.int64]) -> _Failures:
    return _Failures(batch.active[chosen], batch.share[chosen], batch.angle[chosen], batch.length[chosen])


class _Proposal:
    """Rejection sampler of `_Failures` from their exact joint law given failure.

    The target is C(m,k) 2^−m · Beta(k/2, (m−k)/2)(dρ) · ½ Beta(1/2, d/2)(db) on b ≥ ρ. With b = 1 − (1−ρ)t and
    b^(−1/2) ≤ ρ^(−1/2) the envelope factorises into Beta((k−1)/2, (m−k+d)/2)(dρ) · t^(d/2−1) dt, accepted with
    probability √(ρ/b); k = 1, where that Beta is improper, uses P(b ≥ ρ) ≤ (1−ρ)^(d/2) instead, and k = 0 always fails.
    """

    def __init__(self, m: int, d: int) -> None:
        self.m, self.d = m, d
        k = np.arange(m, dtype=float)
        log_binomial = gammaln(m + 1) - gammaln(k + 1) - gammaln(m - k + 1) - m * math.log(2.0)
        self.log_masses = log_binomial
        if m > 1:
            self.log_masses[1] += betaln(0.5, (m - 1 + d) / 2) - betaln(0.5, (m - 1) / 2) - math.log(2.0)
        k = k[2:]
        self.log_masses[2:] += betaln((k - 1) / 2, (m - k + d) / 2) - betaln(k / 2, (m - k) / 2)
        self.log_masses[2:] -= betaln(d / 2, 0.5) + math.log(d)
        self.log_mass = float(logsumexp(self.log_masses))
        self._cumulative = np.cumsum(np.exp(self.log_masses - self.log_mass))

    def draw(self, size: int, rng: np.random.Generator) -> tuple[_Failures, int]:
        """`size` failures, and how many proposals they took: p₀ is the mass of the envelope times their ratio."""
        kept: list[_Failures] = []
        found = proposed = 0
        while found < size:
            count = 2 * (size - found) + 16
            batch, accepted = self._propose(count, rng)
            missing = size - found
            if len(accepted) > missing:
                accepted = accepted[:missing]
                count = int(accepted[-1]) + 1
            kept.append(_pick(batch, accepted))
            found += len(accepted)
            proposed += count
        together = _Failures(
            np.concatenate([part.active for part in kept]),
            np.concatenate([part.share for part in kept]),
            np.concatenate([part.angle for part in kept]),
            np.concatenate([part.length for part in kept]),
        )
        return together, proposed

    def _propose(self, count: int, rng: np.random.Generator) -> tuple[_Failures, NDArray[np.int64]]:
        m, d = self.m, self.d
        k = np.searchsorted(self._cumulative, rng.random(count) * self._cumulative[-1], side="right")
        first = np.where(k > 1, k - 1, 1) / 2
        share = np.where(k == 0, 0.0, rng.beta(first, (m - k + d) / 2))
        t = rng.random(count) ** (2.0 / d)
        angle = 1.0 - (1.0 - share) * t
        chance = np.sqrt(share / angle)
        one = k == 1
        if one.any():
            tail = betaincc(0.5, d / 2, share[one])
            chance[one] = tail * np.exp(-(d / 2) * np.log1p(-share[one]))
            angle[one] = 1.0 - betaincinv(d / 2, 0.5, tail * rng.random(int(one.sum())))
        chance[k == 0] = 1.0
        length = np.sqrt(rng.chisquare(d + 1, count))
        return _Failures(k, share, angle, length), np.flatnonzero(rng.random(count) < chance)


def _count_failures(
    network: ConditionedNetwork, chosen: int, event: _Failures, index: int, projected: bool, rng: np.random.Generator
) -> int:
    """Draw one network given that input `chosen` fails as event `index` says; return how many inputs fail."""
    m, d, L = network.m, network.d, network.factor
    rank, freedom = network.rank, network.d - network.rank
    k, share = int(event.active[index]), float(event.share[index])
    beside = min(freedom, 2)
    size = rng.chisquare(m) / m
    on, off = size * share, size * (1.0 - share)
    moduli = np.abs(rng.standard_normal(m))
    for part, square in ((slice(0, k), on), (slice(k, m), off)):
        moduli[part] *= math.sqrt(square / max(float(np.sum(moduli[part] ** 2)), 1e-300))
    # Coordinates: span X, then the direction of B outside it, then the rest of C.
    kept = 0 if projected else rank
    unit, noise = np.zeros(kept + beside), np.zeros(kept + beside)
    unit[:kept], noise[:kept] = rng.standard_normal(kept), rng.standard_normal(kept)
    if freedom:
        unit[kept] = math.sqrt(rng.chisquare(freedom))
        noise[kept] = rng.standard_normal()
    if freedom > 1:
        noise[kept + 1] = math.sqrt(rng.chisquare(freedom - 1))
    unit /= math.sqrt(float(np.sum(unit * unit)))
    along = rng.standard_normal()
    B = np.zeros_like(unit)
    if k:
        along = -event.length[index] * math.sqrt(event.angle[index])
        B = math.sqrt(on / d) * event.length[index] * math.sqrt(1.0 - event.angle[index]) * unit
    C = math.sqrt(off / d) * (noise + (along - float(np.sum(noise * unit))) * unit)
    rows = rng.standard_normal((m, rank + beside)) / math.sqrt(d)
    # A projected failure says nothing about W inside span X.
    bound = rows[:, rank - kept :]
    for part, total, square in ((slice(0, k), B, on), (slice(k, m), C, off)):
        if square > 0.0:
            bound[part] += np.outer(moduli[part], (total - moduli[part] @ bound[part]) / square)
    weights = moduli * (bound @ (B + C))
    signs = rows[:, :rank] @ L.T
    own = signs[:, chosen] > 0.0
    # The sign of a_r is the one that makes the first k neurons active at the chosen input and the others not.
    masks = np.where((own == (np.arange(m) < k))[:, np.newaxis], signs > 0.0, signs < 0.0)
    failing = weights @ masks <= 0.0
    # The chosen input fails by construction and so does every copy of it, whatever the rounding of a margin near 0.
    failing |= (masks == masks[:, [chosen]]).all(axis=0)
    return int(np.count_nonzero(failing))


def _mean_limits(mean: float, draws: int, error: float) -> tuple[float, float]:
    """Chernoff-Hoeffding limits of the mean of variables in [0, 1], each missed with probability ≤ error/2."""
    budget = math.log(2.0 / error) / draws

    def excess(q: float) -> float:
        kl = 0.0
        for x, y in ((mean, q), (1.0 - mean, 1.0 - q)):
            if x > 0.0:
                kl += x * math.log(x / y) if y > 0.0 else math.inf
        return kl - budget

    # Close to 0 or 1 a mean may be within the budget of every number that is left to search.
    least, most = 1e-300, 1.0 - 2.0**-53
    lower = float(brentq(excess, least, mean)) if mean > least and excess(least) > 0.0 else 0.0
    upper = float(brentq(excess, mean, most)) if mean < most and excess(most) > 0.0 else 1.0
    return lower, upper


def failure_probability_for(
    X: ArrayLike | None,
    m: int,
    *,
    gram: ArrayLike | None = None,
    d: int | None = None,
    projected: bool = False,
    draws: int = 10_000,
    error: float = 1e-6,
    rng: np.random.Generator,
) -> FailureEstimate:
    """Probability over a random network of width m that some of *these* n inputs fails.

    Parameters
    ----------
    X : array_like of float64, shape (n, d), or None
        Nonzero inputs, dimensionless.
    m : int
        Width.
    gram : array_like of float64, shape (n, n), optional
        ``XXᵀ/d`` with unit diagonal, instead of `X`; then `d` is needed.
    d : int, optional
        Input dimension, with `gram`.
    projected : bool
        Failure of the witness of zhang2023, Corollary 3.4.1, ``⟨Π⊥_X Wᵀa, ∇f(x_i)⟩ ≤ 0``, instead of Theorem 3.1's
        ``⟨Wᵀa, ∇f(x_i)⟩ ≤ 0``.
    draws : int
        Number of networks drawn given that a random input fails.
    error : float
        False-alarm level of the interval (Chernoff-Hoeffding, so it holds at every number of draws).
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    FailureEstimate

    Raises
    ------
    ValueError, TypeError
        If the inputs are malformed, both or neither of `X` and `gram` are given, or an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from whp.checks.zhang2023 import failure_probability_for
    >>> result = failure_probability_for(None, 200, gram=np.eye(10), d=150, draws=200, rng=np.random.default_rng(0))
    >>> result.log_single <= result.log_lower <= result.log_estimate <= result.log_upper
    True
    """
    if (X is None) == (gram is None):
        raise ValueError("exactly one of X and gram must be given; pass the inputs, or gram = XXᵀ/d together with d")
    if gram is not None:
        if d is None:
            raise ValueError("d is missing: a Gram matrix does not tell the input dimension; pass d")
        network = ConditionedNetwork.from_gram(gram, m, d)
    else:
        assert X is not None
        network = ConditionedNetwork(X, m)
        if d is not None and d != network.d:
            raise ValueError(f"d = {d} disagrees with X of shape {(network.n, network.d)}; leave d out")
    if not 0.0 < error < 1.0:
        raise ValueError(f"error must lie in (0, 1), found {error}; pass a false-alarm level such as 1e-6")
    if not isinstance(draws, (int, np.integer)) or isinstance(draws, bool) or draws < 1:
        raise ValueError(f"draws must be a positive integer, found {draws!r}; pass the number of networks to draw")
    dimension = network.d - (network.rank if projected else 0)
    n, count = network.n, int(draws)
    if dimension == 0:
        return FailureEstimate(0.0, 0.0, 0.0, 0.0, n, 0, error)
    log_single = float(failure_probability(network.m, dimension, log=True))
    if n == 1:
        return FailureEstimate(log_single, log_single, log_single, log_single, 1, 0, error)
    events, _ = _Proposal(network.m, dimension).draw(count, rng)
    chosen = rng.integers(n, size=count)
    failing = [_count_failures(network, int(chosen[j]), events, j, projected, rng) for j in range(count)]
    mean = float(np.mean((1.0 / np.array(failing) - 1.0 / n) / (1.0 - 1.0 / n)))
    lower, upper = _mean_limits(mean, count, error)
    # n p₀ may exceed 1, and then so may what is estimated without bias.
    estimate, low, high = (min(log_single + math.log1p((n - 1.0) * value), 0.0) for value in (mean, lower, upper))
    return FailureEstimate(estimate, low, high, log_single, n, count, error)


def trained_failure_probability(cosines: ArrayLike, freedom: int, *, log: bool = False) -> Array:
    """Failure probability of the witness −Π⊥_X W_0ᵀa_0 after gradient descent, given (X W_0ᵀ, a_0) (whp S14).

    Parameters
    ----------
    cosines : array_like of float64, shape (n,)
        ``cos∠(a_0, D_{t,i} a_t)``, the `readout_cosines` of a trained network; nan (no active neuron) fails surely.
    freedom : int
        ν = d − rank X; at 0 failure is sure.
    log : bool
        Return natural logarithms.

    Returns
    -------
    ndarray of float64, shape (n,)
        ``P(F_{ν,ν} ≤ (1 − r)/(1 + r)) = I_{(1−r)/2}(ν/2, ν/2)``.

    Raises
    ------
    ValueError
        If a cosine lies outside [−1, 1] or `freedom` is negative.

    Examples
    --------
    >>> from whp.checks.zhang2023 import trained_failure_probability
    >>> trained_failure_probability([0.0, 1.0], 8)
    array([0.5, 0. ])
    """
    r = np.asarray(cosines, dtype=float)
    if freedom < 0:
        raise ValueError(f"freedom must be at least 0, found {freedom}; pass d minus the rank of the inputs")
    if (np.abs(r) > 1.0 + 1e-12).any():
        raise ValueError(f"cosines must lie in [-1, 1], found {r[np.abs(r) > 1.0 + 1e-12][0]}; pass cos∠(a_0, D a)")
    x = np.where(np.isnan(r), 1.0, np.clip((1.0 - r) / 2, 0.0, 1.0))
    if freedom == 0:
        x = np.ones_like(x)
    half = max(freedom, 1) / 2
    # (1 + r)/2 is passed on its own: 1 − x would lose it where r is close to −1.
    logs = np.asarray(log_betainc(half, half, x, np.where(x < 1.0, (1.0 + r) / 2, 0.0)), dtype=float)
    return logs if log else np.exp(logs)
