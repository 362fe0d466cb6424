"""Outputs, gradients, margins and noises of the network itself: against the paper's formulas, autodiff and algebra."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import reference
from whp.kernels import (
    activation_masks,
    adversarial_noises,
    forward,
    input_gradients,
    margins,
    on_sphere,
    preactivations,
    sample_network,
)

Array = NDArray[np.float64]
Problem = tuple[Array, Array, Array]
SHAPES = [(1, 1, 1), (2, 1, 3), (1, 5, 2), (7, 3, 4), (33, 20, 50), (300, 11, 40), (64, 64, 100)]


def problem(m: int, d: int, n: int, seed: int = 0) -> Problem:
    rng = np.random.default_rng([seed, m, d, n])
    W, a = sample_network(m, d, rng)
    return W, a, on_sphere(rng.standard_normal((n, d)), normalize=True)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    m, d, n = draw(st.integers(1, 40)), draw(st.integers(1, 12)), draw(st.integers(1, 40))
    return problem(m, d, n, draw(st.integers(0, 2**32 - 1)))


def assert_relative(found: Array, expected: Array, tolerance: float = 1e-12) -> None:
    """Agreement relative to the largest entry of each row: a single entry may cancel."""
    expected = np.asarray(expected)
    scale = np.abs(expected).max(axis=-1, keepdims=True) if expected.ndim > 1 else np.abs(expected).max()
    assert (np.abs(found - expected) <= tolerance * np.maximum(scale, 1e-300)).all()


@pytest.mark.parametrize(("m", "d", "n"), SHAPES)
def test_every_kernel_agrees_with_the_papers_formula(m: int, d: int, n: int) -> None:
    W, a, X = problem(m, d, n)
    y = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    assert_relative(preactivations(W, X), np.array([W @ x for x in X]))
    assert_relative(forward(W, a, X), np.array([reference.output(W, a, x) for x in X]))
    assert_relative(input_gradients(W, a, X), np.array([reference.gradient(W, a, x) for x in X]))
    assert_relative(margins(W, a, X), np.array([reference.margin(W, a, x) for x in X]))
    assert_relative(
        adversarial_noises(W, a, X, y), np.array([reference.noise(W, a, *p) for p in zip(X, y, strict=True)])
    )
    np.testing.assert_array_equal(activation_masks(W, X), np.array([reference.mask(W, x) for x in X]) == 1.0)


@pytest.mark.parametrize(("m", "d", "n"), SHAPES[3:])
def test_gradients_and_noises_agree_with_autodiff_away_from_kinks(m: int, d: int, n: int) -> None:
    W, a, X = problem(m, d, n)
    y = np.where(np.arange(n) % 3 == 0, 1.0, -1.0)
    assert np.abs(X @ W.T).min() > 1e-9

    def output(x: Any) -> Any:
        return anp.dot(a, anp.maximum(anp.dot(W, x), 0.0))

    def loss(x: Any, label: float) -> Any:
        return anp.log1p(anp.exp(-label * output(x)))

    assert_relative(input_gradients(W, a, X), np.array([autograd.grad(output)(x) for x in X]))
    assert_relative(
        adversarial_noises(W, a, X, y), np.array([autograd.grad(loss)(x, s) for x, s in zip(X, y, strict=True)])
    )


def test_margins_match_gradient_inner_products() -> None:
    W, a, X = problem(257, 31, 90)
    u = np.random.default_rng(1).standard_normal(31)
    gradients = input_gradients(W, a, X)
    assert_relative(margins(W, a, X), gradients @ (W.T @ a))
    assert_relative(margins(W, a, X, u), gradients @ u)


def test_margins_of_another_direction_or_sign_differ() -> None:
    W, a, X = problem(64, 16, 40)
    assert (margins(W, a, X) > 0).mean() > 0.9
    assert (margins(W, a, X, -(W.T @ a)) < 0).mean() > 0.9


@settings(deadline=None, max_examples=40)
@given(problems())
def test_output_is_input_times_gradient(p: Problem) -> None:
    W, a, X = p
    f = forward(W, a, X)
    scale = np.abs(a) @ np.abs(W) @ np.abs(X).T
    assert (np.abs((X * input_gradients(W, a, X)).sum(axis=1) - f) <= 1e-13 * scale).all()
    np.testing.assert_allclose(margins(W, a, X[:1], X[0])[0], f[0], rtol=0.0, atol=1e-13 * scale[0])


@settings(deadline=None, max_examples=40)
@given(problems(), st.integers(-60, 60))
def test_scaling_by_a_power_of_two_is_exact(p: Problem, power: int) -> None:
    W, a, X = p
    c = 2.0**power
    gradients = input_gradients(W, a, X)
    np.testing.assert_array_equal(input_gradients(W, a, X * c), gradients)
    np.testing.assert_array_equal(forward(W, a, X * c), forward(W, a, X) * c)
    np.testing.assert_array_equal(input_gradients(W * c, a, X), gradients * c)
    np.testing.assert_array_equal(margins(W, a * c, X), margins(W, a, X) * c * c)


@settings(deadline=None, max_examples=40)
@given(problems(), st.randoms(use_true_random=False))
def test_neurons_may_be_permuted(p: Problem, random: Any) -> None:
    W, a, X = p
    order = list(range(len(a)))
    random.shuffle(order)
    assert_relative(input_gradients(W[order], a[order], X), input_gradients(W, a, X), 1e-11)
    np.testing.assert_array_equal(activation_masks(W[order], X), activation_masks(W, X)[:, order])


@settings(deadline=None, max_examples=40)
@given(problems())
def test_rotating_the_inputs_rotates_the_gradients(p: Problem) -> None:
    W, a, X = p
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((W.shape[1],) * 2))[0]
    steady = (np.abs(X @ W.T) > 1e-10).all(axis=1)
    X = X[steady] if steady.any() else np.ones_like(X[:1]) * W[0]
    rotated = input_gradients(W @ rotation, a, X @ rotation)
    # Relative to the terms: all active neurons may cancel.
    scale = np.abs(a) @ np.linalg.norm(W, axis=1)
    assert (np.abs(rotated - input_gradients(W, a, X) @ rotation) <= 1e-12 * scale).all()
    assert (np.abs(margins(W @ rotation, a, X @ rotation) - margins(W, a, X)) <= 1e-12 * scale**2).all()


def test_opposite_inputs_share_the_neurons_between_them() -> None:
    W, a, X = problem(50, 8, 40)
    assert_relative(input_gradients(W, a, X) + input_gradients(W, a, -X), np.tile(W.T @ a, (40, 1)))


def test_noises_stay_accurate_for_large_outputs() -> None:
    W, a = np.array([[1.0], [-1.0]]), np.array([1.0, -1.0])
    X = np.array([[700.0], [-700.0], [40.0], [1e4], [-1e4], [1e300]])
    noise = adversarial_noises(W, a, X, np.ones(6))[:, 0]
    np.testing.assert_allclose(noise[:3], [-np.exp(-700.0), -1.0, -np.exp(-40.0)], rtol=1e-13)
    assert noise[3:].tolist() == [0.0, -1.0, 0.0]
    np.testing.assert_allclose(adversarial_noises(W, a, X, -np.ones(6))[:3, 0], [1.0, np.exp(-700.0), 1.0], rtol=1e-13)


def test_gradient_is_zero_at_a_kink() -> None:
    W, a = np.array([[1.0, -1.0]]), np.array([2.0])
    X = np.array([[1.0, 1.0], [1.0, np.nextafter(1.0, 0.0)], [0.0, 0.0]])
    assert input_gradients(W, a, X).tolist() == [[0.0, 0.0], [2.0, -2.0], [0.0, 0.0]]
    assert margins(W, a, X).tolist() == [0.0, 8.0, 0.0]


def test_tiles_that_split_inputs_and_neurons_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    W, a, X = problem(230, 9, 101)
    whole = forward(W, a, X), margins(W, a, X), input_gradients(W, a, X), activation_masks(W, X)
    for rows, entries in ((40, 40 * 33), (7, 7 * 230), (1, 10)):
        monkeypatch.setattr("whp.kernels.masks.TILE_ROWS", rows)
        monkeypatch.setattr("whp.kernels.masks.TILE_ENTRIES", entries)
        tiled = forward(W, a, X), margins(W, a, X), input_gradients(W, a, X), activation_masks(W, X)
        for part, full in zip(tiled, whole, strict=True):
            np.testing.assert_allclose(part, full, rtol=0.0, atol=1e-13)


def test_results_repeat_byte_for_byte() -> None:
    W, a, X = problem(700, 40, 300)
    for kernel in (forward, margins, input_gradients):
        assert kernel(W, a, X).tobytes() == kernel(W, a, X).tobytes()


def test_inputs_are_left_alone_and_may_be_read_only_or_strided() -> None:
    W, a, X = problem(20, 6, 40)
    expected = input_gradients(W, a, X)
    for array in (W, a, X):
        array.flags.writeable = False
    np.testing.assert_array_equal(input_gradients(W, a, X), expected)
    np.testing.assert_array_equal(input_gradients(np.asfortranarray(W), a, np.repeat(X, 2, axis=0)[::2]), expected)
    np.testing.assert_array_equal(input_gradients(W.tolist(), a.tolist(), X.tolist()), expected)


def test_initialisation_has_the_stated_variances() -> None:
    W, a = sample_network(3000, 200, np.random.default_rng(0))
    # Each sample variance is within 6 standard deviations: false alarm below 1e-8.
    assert abs(200 * W.var() - 1.0) < 6 * np.sqrt(2 / W.size)
    assert abs(3000 * a.var() - 1.0) < 6 * np.sqrt(2 / a.size)
    assert abs(W.mean()) < 6 / np.sqrt(200 * W.size)
    again = sample_network(3000, 200, np.random.default_rng(0))
    assert (again[0] == W).all()
    assert (again[1] == a).all()


NETWORK = (np.ones((3, 2)), np.ones(3), np.ones((4, 2)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda W, a, X: margins(W, a[:2], X), r"a has shape \(2,\), but shape \(3,\) is needed"),
        (lambda W, a, X: margins(W, a, X[:, :1]), r"X has shape \(4, 1\), but shape \(·, 2\) is needed"),
        (lambda W, a, X: margins(W[0], a, X), r"W has shape \(2,\), but shape \(·, ·\) is needed"),
        (lambda W, a, X: margins(W, a, X, a), r"u has shape \(3,\), but shape \(2,\) is needed"),
        (lambda W, a, X: margins(W[:0], a[:0], X), r"W is empty with shape \(0, 2\)"),
        (lambda W, a, X: input_gradients(W, a, X[:0]), r"X is empty with shape \(0, 2\)"),
        (lambda W, a, X: input_gradients(W * np.nan, a, X), r"W must be finite, found nan at index \(0, 0\)"),
        (lambda W, a, X: forward(W, a, X + np.array([0.0, np.inf])), r"X must be finite, found inf at index \(0, 1\)"),
        (lambda W, a, X: adversarial_noises(W, a, X, [1, 1, 0, 1]), r"labels must be -1 or \+1, found 0\.0 at index 2"),
        (lambda W, a, X: adversarial_noises(W, a, X, [1, 1]), r"y has shape \(2,\), but shape \(4,\) is needed"),
        (lambda W, a, X: preactivations(W, X.astype(complex)), "X must be a real array"),
        (lambda W, a, X: activation_masks("W", X), "W must be a real array, found str"),
        (lambda W, a, X: sample_network(0, 2, np.random.default_rng()), r"m must lie in \[1, 2\*\*53\], found 0"),
        (lambda W, a, X: sample_network(2, -1, np.random.default_rng()), r"d must lie in \[1, 2\*\*53\], found -1"),
        (lambda W, a, X: sample_network(2, 1.5, np.random.default_rng()), "d must be an integer, found 1.5"),
        (lambda W, a, X: sample_network(2, 2, 0), "rng must be a numpy Generator, found int"),
    ],
)
def test_bad_input_gives_one_clear_error(call: Callable[..., Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        call(*NETWORK)
    assert "\n" not in str(caught.value)


def test_sphere_check_names_the_worst_row_and_by_how_much() -> None:
    X = np.ones((3, 4))
    X[1] *= 1 + 5e-9
    X[2] *= 1.5
    with pytest.raises(
        ValueError, match=r"√d = 2 within 1e-09 relative, found 3 in row 2, off by 0\.5 relative; .*norm"
    ):
        on_sphere(X)
    assert on_sphere(X[:1] * (1 + 9e-10)).shape == (1, 4)
    with pytest.raises(ValueError, match="row 0, off by 5e-09"):
        on_sphere(X[1:2])


def test_rescaling_to_the_sphere_survives_huge_and_tiny_rows() -> None:
    X = np.array([[3e200, 4e200], [3e-300, -4e-300], [1e308, 1e308], [5e-324, 0.0]])
    on_sphere(on_sphere(X, normalize=True))
    with pytest.raises(ValueError, match="row 1 of X is zero"):
        on_sphere([[1.0, 1.0], [0.0, -0.0]], normalize=True)


LIMITS = """
    import numpy as np, threadpoolctl
    from whp.kernels import margins
    def threads():
        return {i["filepath"]: i["num_threads"] for i in threadpoolctl.threadpool_info() if i["user_api"] == "blas"}
    with threadpoolctl.threadpool_limits(1):
        before = threads()
        margins(np.ones((2, 2)), np.ones(2), np.ones((2, 2)))
        after = threads()
    assert after == before and set(after.values()) == {1}, (before, after)
"""


def test_a_thread_limit_reaches_the_blas_that_the_jit_calls() -> None:
    # In a fresh process: a BLAS that is loaded only at the first call would escape a limit set before it.
    subprocess.run([sys.executable, "-c", textwrap.dedent(LIMITS)], check=True)


PEAK = """
    import sys
    import numpy as np
    from whp.kernels import forward, input_gradients, margins
    n, d, m = map(int, sys.argv[1:4])
    rng = np.random.default_rng(0)
    W, a, X = rng.standard_normal((m, d)), rng.standard_normal(m), rng.standard_normal((n, d))
    kernel = {k.__name__: k for k in (forward, input_gradients, margins)}[sys.argv[4]]
    # Compiles both precisions and lets the BLAS touch the buffers that it keeps for the life of the process.
    size = min(d, 600)
    w, b, x = rng.standard_normal((600, size)), np.ones(600), rng.standard_normal((600, size))
    kernel(w, b, x), kernel(w[:2], b[:2], x[:2])
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    now = int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])
    out = kernel(W, a, X)
    peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
    print((peak - now) * 1024 - out.nbytes)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak resident size from /proc")
@pytest.mark.slow
@pytest.mark.parametrize("name", ["forward", "margins", "input_gradients"])
@pytest.mark.parametrize(
    ("n", "d", "m"),
    [
        (1000, 512, 4096),
        (3000, 4096, 1000),
        (20_000, 16, 20_000),
        (40, 200_000, 60),
        (3, 40, 2_000_000),
        (900, 5000, 900),
    ],
)
def test_memory_beyond_inputs_and_output_is_bounded(n: int, d: int, m: int, name: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PEAK), str(n), str(d), str(m), name]
    used = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert used <= 64 * 2**20 + 24 * (m + d)
