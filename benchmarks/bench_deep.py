"""Speed of deep networks' gradients; `python benchmarks/bench_deep.py [--json] [--repeats N] [--threads 1]`.

Promised at n = 1000, d = 512 and L = 1, 2, 3 hidden layers of width 1024: `DeepNetwork.input_gradients` within
the 2L BLAS products of its formula, forwards and backwards, by the BLAS that it calls. Times are those of
`bench_kernels.py`: the best of interleaved rounds, CPU time with one thread. The exit code is 1 when a promise is
broken.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from typing import Any

import numpy as np
import threadpoolctl
from bench_kernels import Contender, interleaved
from numpy.typing import NDArray

Array = NDArray[np.float64]

N, D, WIDTH, DEPTHS = 1000, 512, 1024, (1, 2, 3)
LIMIT = 1.0
PRODUCTS = "its BLAS products"


def bare_products(weights: tuple[Array, ...], X: Array) -> Contender:
    """The products of `input_gradients`, one forwards and one backwards for each layer, into buffers that are there."""
    from whp.kernels.jit import kernel

    @kernel
    def forwards(X: Array, W: Array, H: Array) -> None:
        np.dot(X, W.T, H)

    @kernel
    def backwards(M: Array, W: Array, G: Array) -> None:
        np.dot(M, W, G)

    layers = [X]
    for W in weights:
        layers.append(np.maximum(layers[-1] @ W.T, 0.0))
    buffers = [np.empty_like(H) for H in layers]

    def run() -> None:
        for H, W, out in zip(layers, weights, buffers[1:], strict=False):
            forwards(H, W, out)
        for H, W, out in zip(reversed(layers), reversed(weights), reversed(buffers[:-1]), strict=False):
            backwards(H, W, out)

    return run


def measure(rounds: int, threads: int | None) -> dict[int, dict[str, float]]:
    """Seconds of both contenders at each depth."""
    from whp.kernels.deep import sample_deep_network

    clock = time.process_time if threads == 1 else time.perf_counter
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, D))
    found = {}
    with threadpoolctl.threadpool_limits(threads):
        for depth in DEPTHS:
            network = sample_deep_network((WIDTH,) * depth, D, rng)
            contenders: dict[str, Contender] = {
                "whp": lambda network=network: network.input_gradients(X),
                PRODUCTS: bare_products(network.weights, X),
            }
            found[depth], _ = interleaved(contenders, rounds, clock)
    return found


def main() -> int:
    """Measure, print the ratios and say whether the promise is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--threads", type=int, help="threads of every BLAS (1 or all); default: all cores")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    seconds = measure(options.repeats, options.threads)
    ratios = {depth: times["whp"] / times[PRODUCTS] for depth, times in seconds.items()}
    if options.json:
        about: dict[str, Any] = {"machine": platform.machine(), "python": platform.python_version(), "limit": LIMIT}
        print(json.dumps(about | {"seconds": seconds, "ratios": ratios}))
    else:
        for depth, ratio in ratios.items():
            times = ", ".join(f"{name} {1e3 * best:.1f} ms" for name, best in seconds[depth].items())
            kept = "kept" if ratio <= LIMIT else "BROKEN"
            print(f"L = {depth}: {times}; {ratio:.3f} ≤ {LIMIT}: {kept}")
    return 0 if max(ratios.values()) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
