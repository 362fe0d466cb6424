"""Speed of the direct network's kernels; `python benchmarks/bench_kernels.py [--json] [--repeats N] [--threads 1]`.

Promised at n = 1000, d = 512, m = 4096: `input_gradients` within its two BLAS products and within JAX, in float64 and
in float32; `margins` within 0.25 times JAX's gradients followed by the products in float64, within 0.9 times JAX with
our algorithm in float32; `ntk_gram` within 0.9 times its three BLAS products there and at n = 200; a million draws of
the margin's exact law within 0.5 s. Times are the best of several rounds with the contenders interleaved, so that a
change of clock or of load hits all of them alike; with one thread it is CPU time, which other work on the machine
disturbs less. First calls, which compile or load Numba's cache, are reported apart. JAX is optional, and its masks are
not certified. The exit code is 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numba
import numpy as np
import threadpoolctl
from numpy.typing import NDArray

Array = NDArray[np.float64]
Contender = Callable[[], Any]
Clock = Callable[[], float]

TWO, THREE = "two BLAS products", "three BLAS products"
JAX, JAX_PRODUCTS, JAX_OURS = "jax", "jax, gradients then products", "jax, our algorithm"
GRADIENTS, MARGINS, KERNEL = "input_gradients", "margins", "ntk_gram"
SINGLE, DOUBLE = "float32", "float64"
PROMISES = (
    (f"{GRADIENTS} {DOUBLE}", TWO, 1.0),
    (f"{GRADIENTS} {DOUBLE}", JAX, 1.0),
    (f"{GRADIENTS} {SINGLE}", TWO, 1.0),
    (f"{GRADIENTS} {SINGLE}", JAX, 1.0),
    (f"{MARGINS} {DOUBLE}", JAX_PRODUCTS, 0.25),
    (f"{MARGINS} {SINGLE}", JAX_OURS, 0.9),
    (f"{KERNEL} {DOUBLE}, n = 200", THREE, 0.9),
    (f"{KERNEL} {DOUBLE}, n = 1000", THREE, 0.9),
)
DRAWS_LIMIT = 0.5


def interleaved(contenders: dict[str, Contender], rounds: int, clock: Clock) -> tuple[dict[str, float], float]:
    """Best time of each contender and the first call of the first one, in seconds."""
    first = 0.0
    for position, call in enumerate(contenders.values()):
        start = time.perf_counter()
        call()
        if position == 0:
            first = time.perf_counter() - start
    best = dict.fromkeys(contenders, np.inf)
    for _ in range(rounds):
        for name, call in contenders.items():
            start = clock()
            call()
            best[name] = min(best[name], clock() - start)
    return best, first


def jax_contenders(W: Array, a: Array, X: Array, kind: str) -> tuple[dict[str, Contender], dict[str, Contender]]:
    """JAX on gradients, and on margins both through the gradients and by our algorithm."""
    import jax
    import jax.numpy as jnp

    x, w, b = (jax.device_put(jnp.asarray(v, kind)) for v in (X, W, a))

    def output(point: Any, w: Any, b: Any) -> Any:
        return b @ jax.nn.relu(w @ point)

    gradients = jax.vmap(jax.grad(output), (0, None, None))

    def run(function: Callable[..., Any]) -> Contender:
        compiled = jax.jit(function)
        return lambda: compiled(x, w, b).block_until_ready()

    return (
        {JAX: run(gradients)},
        {
            JAX_PRODUCTS: run(lambda x, w, b: gradients(x, w, b) @ (w.T @ b)),
            JAX_OURS: run(lambda x, w, b: jnp.where(x @ w.T > 0, b * (w @ (w.T @ b)), 0).sum(axis=1)),
        },
    )


def blas_contenders(W: Array, a: Array, X: Array, kind: str) -> tuple[Contender, Contender]:
    """The bare products of `input_gradients` and of `ntk_gram`, by the BLAS that the kernels call."""
    from whp.kernels.jit import kernel

    @kernel
    def two(X: Array, W: Array, M: Array, H: Array, G: Array) -> None:
        np.dot(X, W.T, H)
        np.dot(M, W, G)

    @kernel
    def three(X: Array, W: Array, M: Array, H: Array, K: Array) -> None:
        np.dot(X, W.T, H)
        np.dot(H, H.T, K)
        np.dot(M, M.T, K)

    W, a, X = (v.astype(kind) for v in (W, a, X))
    M, H, G = (X @ W.T > 0) * a, np.empty((len(X), len(W)), kind), np.empty_like(X)
    K = np.empty((len(X),) * 2, kind)
    return lambda: two(X, W, M, H, G), lambda: three(X, W, M, H, K)


def measure(rounds: int, threads: int | None, with_jax: bool) -> dict[str, Any]:
    """Run every contender; the times in seconds, by kernel and contender, and the first calls."""
    clock = time.process_time if threads == 1 else time.perf_counter
    start = time.perf_counter()
    from whp.kernels import input_gradients, margins, ntk_gram, sample_network
    from whp.kernels.zhang2023 import sample_margin_law

    first = {"import": time.perf_counter() - start}
    n, d, m = 1000, 512, 4096
    rng = np.random.default_rng(0)
    W, a = sample_network(m, d, rng)
    X = rng.standard_normal((n, d))
    few = X[:200]
    contenders: dict[str, dict[str, Contender]] = {}
    for kind in (DOUBLE, SINGLE):
        w, b, x = (v.astype(kind) for v in (W, a, X))
        rounded = {"dtype": kind}
        two, _ = blas_contenders(W, a, X, kind)
        contenders[f"{GRADIENTS} {kind}"] = {"whp": partial(input_gradients, w, b, x, **rounded), TWO: two}
        contenders[f"{MARGINS} {kind}"] = {"whp": partial(margins, w, b, x, **rounded)}
        for count in (200, n) if kind == DOUBLE else ():
            few = x[:count]
            _, three = blas_contenders(W, a, few, kind)
            contenders[f"{KERNEL} {kind}, n = {count}"] = {"whp": partial(ntk_gram, w, b, few, **rounded), THREE: three}
        if with_jax:
            gradients, products = jax_contenders(W, a, X, kind)
            contenders[f"{GRADIENTS} {kind}"] |= gradients
            contenders[f"{MARGINS} {kind}"] |= products
    contenders["sample_margin_law"] = {"whp": partial(sample_margin_law, m, d, 10**6, rng)}
    seconds = {}
    if threads is not None:
        numba.set_num_threads(threads)
    with threadpoolctl.threadpool_limits(threads):
        for name, group in contenders.items():
            seconds[name], first[name] = interleaved(group, rounds, clock)
    return {"seconds": seconds, "first": first}


def main() -> int:
    """Measure, print the ratios and say whether the promises are kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument(
        "--threads", type=int, help="threads of the kernels, of every BLAS and of JAX (1 or all); default: all cores"
    )
    parser.add_argument("--no-jax", action="store_true", help="leave JAX out even where it is installed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.threads == 1:
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false"
    jax_version = None
    if not options.no_jax:
        try:
            import jax

            jax.config.update("jax_enable_x64", True)
            jax_version = jax.__version__
        except ImportError:
            print("JAX is not installed: pip install 'whp[bench]' adds the comparison", file=sys.stderr)
    measured = measure(options.repeats, options.threads, jax_version is not None)
    seconds = measured["seconds"]
    promises = [
        {"kernel": kernel, "against": base, "limit": limit, "ratio": seconds[kernel]["whp"] / seconds[kernel][base]}
        for kernel, base, limit in PROMISES
        if base in seconds[kernel]
    ]
    draws = seconds["sample_margin_law"]["whp"]
    promises.append({"kernel": "sample_margin_law", "against": "1 s", "limit": DRAWS_LIMIT, "ratio": draws})
    if options.json:
        about = {"machine": platform.machine(), "python": platform.python_version(), "jax": jax_version}
        print(json.dumps(about | measured | {"promises": promises}))
    else:
        for name, group in seconds.items():
            print(f"{name} (first call {measured['first'][name]:.2f} s)")
            for contender, best in group.items():
                print(f"  {contender:40s} {1e3 * best:8.1f} ms, whp/this {group['whp'] / best:.3f}")
        for promise in promises:
            kept = "kept" if promise["ratio"] <= promise["limit"] else "BROKEN"
            print(f"{promise['kernel']} / {promise['against']}: {promise['ratio']:.3f} ≤ {promise['limit']}: {kept}")
    return 0 if all(promise["ratio"] <= promise["limit"] for promise in promises) else 1


if __name__ == "__main__":
    sys.exit(main())
