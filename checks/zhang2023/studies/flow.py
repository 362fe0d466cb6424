"""Gradient flow of the linearised network on the logistic loss, by a stiff ODE solver.

With the state α of `LinearisedNetwork` and outputs u = f + Kα on the training inputs (zhang2023, eqs. 4 and 5)

    dα_i/dt = y_i (1 − s(y_i u_i)) / n,

n equations whatever the width and dimension. The loss falls to 0 only as t → ∞, so the flow is followed to given times
or until the loss reaches a value.

See Also
--------
whp.kernels.linearised : the network and its closed-form flow on the squared loss.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.special import expit

from ....kernels.linearised import LinearisedNetwork

Array = NDArray[np.float64]

_LONGEST = 1e12
_PATIENCE = 100.0
_STALLED = 1e-6
_NULL = 1e-12


class LogisticFlow(NamedTuple):
    """Gradient flow on the mean logistic loss.

    Attributes
    ----------
    times : ndarray of float64, shape (k,)
        Times, in the unit in which a gradient step of rate η takes η.
    states : ndarray of float64, shape (k, n)
        α at those times.
    losses : ndarray of float64, shape (k,)
        Mean logistic loss in nats.
    """

    times: Array
    states: Array
    losses: Array


def logistic_flow(
    network: LinearisedNetwork,
    y: ArrayLike,
    times: ArrayLike | None = None,
    *,
    loss: float | None = None,
    tolerance: float = 1e-9,
) -> LogisticFlow:
    """Follow the linearised network's gradient flow on the mean logistic loss from α = 0.

    Parameters
    ----------
    network : LinearisedNetwork
        Linearised network with its training inputs.
    y : array_like of float64, shape (n,)
        Labels, each −1 or +1.
    times : array_like of float64, shape (k,), optional
        Increasing nonnegative times to report.
    loss : float, optional
        Instead of `times`: stop when the mean loss has fallen to this value; start and end are reported.
    tolerance : float
        Relative tolerance of the solver (Radau).

    Returns
    -------
    LogisticFlow

    Raises
    ------
    ValueError
        If the labels or times are malformed, not exactly one of `times` and `loss` is given, or the loss is not reached
        (repeated inputs with opposite labels keep it away from 0).

    Examples
    --------
    >>> import numpy as np
    >>> from whp.checks.zhang2023 import logistic_flow
    >>> from whp.kernels import sample_network
    >>> from whp.kernels.linearised import LinearisedNetwork
    >>> W, a = sample_network(50, 4, np.random.default_rng(0))
    >>> flow = logistic_flow(LinearisedNetwork(W, a, 2 * np.eye(4)), [1, -1, 1, -1], loss=0.1)
    >>> round(float(flow.losses[-1]), 6)
    0.1
    """
    labels = np.asarray(y, dtype=float)
    n = len(network.X)
    if labels.shape != (n,) or (np.abs(labels) != 1.0).any():
        raise ValueError(f"labels must be -1 or +1 in shape ({n},), found {y!r}; map the classes to ±1")
    if (times is None) == (loss is None):
        raise ValueError("exactly one of times and loss must be given; pass times to report or a loss to reach")

    # The outputs are followed beside α, not computed from it: along a null direction of K (one input, both labels)
    # α grows for ever and K α would be a difference of huge numbers.
    gram, initial = network.gram, network.outputs(np.zeros(n))

    def speed(_: float, state: Array) -> Array:
        rate = labels * expit(-labels * state[:n]) / n
        return np.concatenate([gram @ rate, rate])

    def jacobian(_: float, state: Array) -> Array:
        kappa = expit(-labels * state[:n])
        slopes = np.diag(-kappa * (1.0 - kappa) / n)
        return np.block([[gram @ slopes, np.zeros((n, n))], [slopes, np.zeros((n, n))]])

    def mean_loss(state: Array) -> float:
        return float(np.logaddexp(0.0, -labels * state[:n]).mean())

    start = np.concatenate([initial, np.zeros(n)])
    scales = np.concatenate([np.ones(n), np.full(n, 1.0 / max(np.abs(gram).max(), 1e-300))])
    options: dict[str, Any] = {"method": "Radau", "jac": jacobian, "rtol": tolerance, "atol": tolerance * scales}
    if times is not None:
        grid = np.asarray(times, dtype=float)
        if grid.ndim != 1 or not grid.size or grid[0] < 0.0 or not (np.diff(grid) > 0.0).all() or grid[-1] == 0.0:
            raise ValueError(f"times must increase from at least 0 to a positive one, found {times!r}; sort them")
        result = solve_ivp(speed, (0.0, grid[-1]), start, t_eval=grid, **options)
        if not result.success:
            raise ValueError(f"the flow was not followed to t = {grid[-1]}: {result.message}; raise the tolerance")
        states = result.y.T
        return LogisticFlow(grid, states[:, n:], np.array([mean_loss(state) for state in states]))
    assert loss is not None
    first = mean_loss(start)
    if not loss > 0.0:
        raise ValueError(f"loss must be positive, found {loss}; the flow reaches 0 only after infinite time")
    if first <= loss:
        return LogisticFlow(np.zeros(1), np.zeros((1, n)), np.array([first]))

    def reached(_: float, state: Array) -> float:
        return math.log(mean_loss(state) / loss)

    # Towards 0 the loss falls like 1/t, towards a positive bound faster and then not at all; before the slowest
    # direction has had its time a plateau says nothing.
    values = np.linalg.eigvalsh(gram)
    settled = _PATIENCE * n / max(float(values[values > _NULL * values[-1]].min(initial=math.inf)), 1e-300)

    def stalled(t: float, state: Array) -> float:
        if t < settled:
            return 1.0
        rate = labels * expit(-labels * state[:n]) / n
        return t * float(rate @ gram @ rate) / mean_loss(state) - _STALLED

    reached.terminal = stalled.terminal = True  # type: ignore[attr-defined]
    horizon = max(_LONGEST / max(float(np.diag(gram).max()), 1e-300), 10.0 * settled)
    result = solve_ivp(speed, (0.0, horizon), start, events=(reached, stalled), **options)
    if not result.t_events or not result.y_events or not result.t_events[0].size:
        raise ValueError(
            f"the loss {loss} is not reached by t = {result.t[-1]:.3g}, where it is {mean_loss(result.y[:, -1]):.6g}; "
            "raise it (repeated inputs with opposite labels bound it from below)"
        )
    states = np.stack([start, result.y_events[0][0]])
    losses = np.array([mean_loss(state) for state in states])
    return LogisticFlow(np.array([0.0, result.t_events[0][0]]), states[:, n:], losses)
