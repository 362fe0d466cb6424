"""Speed of draws of typed random variables; `python benchmarks/bench_sampling.py [--json] [--repeats N]`.

Promised: a million draws of a variable given by its construction, block by block as a sweep makes them, within 1.5
times the NumPy that one would write by hand, which draws the same numbers in parts of about a million. Times are the
best of several rounds with the contenders interleaved, in CPU time of one thread, so that a change of clock or of load
hits both alike. The exit code is 1 when the promise is broken.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import threadpoolctl
from numpy.typing import NDArray

Array = NDArray[np.float64]
Hand = Callable[[np.random.Generator, int], Array]
LIMIT = 1.5
DRAWS = 10**6
# Numbers that the hand-written draws hold at once.
PART = 2**20


def contenders() -> dict[str, tuple[Any, dict[str, int], int, Hand]]:
    """The variable, the cell, the numbers of one draw, and the same draws by hand."""
    from whp.theory import size
    from whp.theory.language.arrays import ecdf, gaussian_matrix, gaussian_vector, iid
    from whp.theory.language.closure import combined
    from whp.theory.language.families import Binomial, ChiSquare, Exponential, Normal, Sign

    n, d = size("n"), size("d")
    return {
        "Normal(1, 4)": (Normal(1, 4), {}, 1, lambda rng, count: rng.normal(1, 2, count)),
        "Binomial(n, 1/4), n = 100": (
            Binomial(n, 0.25),
            {"n": 100},
            1,
            lambda rng, count: rng.binomial(100, 0.25, count).astype(float),
        ),
        "Normal² + 2 χ²(d)/(1 + Exp), d = 5": (
            combined(Normal() ** 2 + 2 * ChiSquare(d) / (1 + Exponential(1))),
            {"d": 5},
            3,
            lambda rng, count: (
                rng.standard_normal(count) ** 2 + 2 * rng.chisquare(5, count) / (1 + rng.standard_exponential(count))
            ),
        ),
        "max of 20 normals": (
            iid(Normal(), n).max,
            {"n": 20},
            20,
            lambda rng, count: rng.standard_normal((count, 20)).max(axis=1),
        ),
        "sum of 50 signs": (
            iid(Sign(), n).sum,
            {"n": 50},
            50,
            lambda rng, count: (2 * rng.integers(0, 2, (count, 50)) - 1).sum(axis=1).astype(float),
        ),
        "⟨g, h⟩, d = 16": (
            gaussian_vector(d).inner(gaussian_vector(d)),
            {"d": 16},
            32,
            lambda rng, count: (rng.standard_normal((count, 16)) * rng.standard_normal((count, 16))).sum(axis=1),
        ),
        "sup |F_n − F|, n = 10": (ecdf(n).sup(), {"n": 10}, 20, deviation),
        "σ_max of 3 × 2": (
            gaussian_matrix(d, 2).smax,
            {"d": 3},
            6,
            lambda rng, count: np.linalg.svd(rng.standard_normal((count, 3, 2)), compute_uv=False)[:, 0],
        ),
    }


def deviation(rng: np.random.Generator, count: int) -> Array:
    """The two-sided Kolmogorov statistic of ten uniform variables."""
    points = np.sort(rng.random((count, 10)), axis=1)
    steps = np.arange(11) / 10
    return np.maximum((steps[1:] - points).max(axis=1), (points - steps[:-1]).max(axis=1))


def by_hand(draw: Hand, numbers: int) -> None:
    """A million draws by hand."""
    rng = np.random.default_rng(0)
    part = max(1, PART // numbers)
    np.concatenate([draw(rng, min(part, DRAWS - start)) for start in range(0, DRAWS, part)])


def by_engine(variable: Any, cell: dict[str, int]) -> Callable[[], Any]:
    """A million draws by the engine that is read off a variable, with a stream for each block."""
    from whp.checks.sweep.sampling import engine_of
    from whp.checks.sweep.seeds import seed_sequence
    from whp.theory.language.variables import Space

    engine = engine_of(Space("bench", (), "", variables=(variable,)))
    measure, size = engine.measures[variable.name], engine.block_size(cell)

    def run() -> None:
        parts = []
        for block, start in enumerate(range(0, DRAWS, size)):
            rng = np.random.default_rng(seed_sequence(0, "bench", block))
            parts.append(measure(engine.sample(cell, rng, min(size, DRAWS - start), None)))
        np.concatenate(parts)

    return run


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """The best time of each contender in seconds, by variable."""
    found: dict[str, dict[str, float]] = {}
    with threadpoolctl.threadpool_limits(1):
        for name, (variable, cell, numbers, hand) in contenders().items():
            runs: dict[str, Callable[[], Any]] = {
                "whp": by_engine(variable, cell),
                "NumPy": lambda hand=hand, numbers=numbers: by_hand(hand, numbers),  # type: ignore[misc]
            }
            best = dict.fromkeys(runs, np.inf)
            for _ in range(rounds):
                for contender, run in runs.items():
                    start = time.process_time()
                    run()
                    best[contender] = min(best[contender], time.process_time() - start)
            found[name] = best
    return found


def main() -> int:
    """Measure, print the ratios and say whether the promise is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    seconds = measure(options.repeats)
    ratios = {name: best["whp"] / best["NumPy"] for name, best in seconds.items()}
    if options.json:
        about = {"machine": platform.machine(), "python": platform.python_version(), "numpy": np.__version__}
        print(json.dumps(about | {"seconds": seconds, "ratios": ratios, "limit": LIMIT}))
    else:
        print(f"{'10^6 draws of':36s} {'whp':>9s} {'NumPy':>9s}  ratio")
        for name, best in seconds.items():
            kept = "" if ratios[name] <= LIMIT else f" BROKEN: more than {LIMIT}"
            print(f"{name:36s} {best['whp']:7.3f} s {best['NumPy']:7.3f} s  {ratios[name]:.2f}{kept}")
    return 0 if all(ratio <= LIMIT for ratio in ratios.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
