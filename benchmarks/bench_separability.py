"""Time to a rechecked certificate; `python benchmarks/bench_separability.py [--json] [--repeats N]`.

Promised on two cores: n = 1000, d = 784 separable within 10 s, n = 1000, d = 64 inseparable within 5 s; 1797 × 65 in 10
classes and 5000 × 11 in 50 within 10 s; all cases together 1 GB. Each time is the best of several runs of `separate`,
which ends with the referee's own recheck; the referee is also timed apart. Times are CPU time of all threads, which is
at least the time on an idle machine and does not count what other work takes. The exit code is 1 when a promise is
broken.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from whp.checks.separability import maximum_margin, separate
from whp.kernels import adversarial_noises, on_sphere, sample_network

Data = tuple[NDArray[np.float64], NDArray[np.float64]]


class Case(NamedTuple):
    """Data, the answer that is known for them, and the promised seconds, if any."""

    make: Callable[[], Data]
    separable: bool
    limit: float | None


def gaussian(n: int, d: int) -> Data:
    """Gaussian rows with random labels: separable below n = 2d, where Cover's transition is, inseparable far above."""
    rng = np.random.default_rng([n, d])
    return rng.standard_normal((n, d)), rng.choice([-1.0, 1.0], n)


def noises(n: int, d: int, m: int) -> Data:
    """Noises of a random network on random inputs with random labels."""
    rng = np.random.default_rng([n, d, m])
    W, a = sample_network(m, d, rng)
    y = rng.choice([-1.0, 1.0], n)
    return adversarial_noises(W, a, on_sphere(rng.standard_normal((n, d)), normalize=True), y), y


def thin(n: int, d: int) -> Data:
    """Opposite rows that only a push of 2**-30 in some, 1 in others, separates."""
    rng = np.random.default_rng([n, d, 30])
    p = rng.integers(-(2**16), 2**16, (n // 2, d - 2)).astype(float)
    push = np.where(np.arange(n // 2) % 2, 1.0, 2.0**-30)
    G = np.column_stack([p, -p.sum(axis=1), push])
    return np.vstack([G, G * np.append(-np.ones(d - 1), 1.0)]), np.ones(2 * (n // 2))


def classes(n: int, d: int, K: int, right: bool) -> Data:
    """Gaussian rows, in the classes of random scores or in random ones."""
    rng = np.random.default_rng([n, d, K])
    R = rng.standard_normal((n, d))
    y = (R @ rng.standard_normal((d, K))).argmax(axis=1) if right else rng.integers(0, K, n)
    return R, y.astype(np.float64)


def ten_digits() -> Data:
    """scikit-learn's digits with a column of ones."""
    X, y = load_digits(return_X_y=True)
    return np.column_stack([X, np.ones(len(X))]), y.astype(np.float64)


CASES = {
    "network noises, n=1000 d=784 m=1000": Case(partial(noises, 1000, 784, 1000), True, 10.0),
    "Gaussian, n=1000 d=784": Case(partial(gaussian, 1000, 784), True, 10.0),
    "thin margin 2^-30, n=1000 d=784": Case(partial(thin, 1000, 784), True, None),
    "Gaussian, n=1000 d=64": Case(partial(gaussian, 1000, 64), False, 5.0),
    "thin margin 2^-30, n=1000 d=64": Case(partial(thin, 1000, 64), True, None),
    "Gaussian, n=1000 d=300": Case(partial(gaussian, 1000, 300), False, None),
    "digits, n=1797 d=65 K=10": Case(ten_digits, True, 10.0),
    "random classes, n=1797 d=65 K=10": Case(partial(classes, 1797, 65, 10, False), False, 10.0),
    "classes of scores, n=5000 d=11 K=50": Case(partial(classes, 5000, 11, 50, True), True, 10.0),
    "random classes, n=5000 d=11 K=50": Case(partial(classes, 5000, 11, 50, False), False, 10.0),
}


def best_of(call: Callable[[], object], repeats: int) -> float:
    """Smallest wall time, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    results, kept = [], True
    for name, case in CASES.items():
        R, y = case.make()
        certificate = separate(R, y)
        right = certificate.separable is case.separable
        seconds = best_of(partial(separate, R, y), options.repeats)
        recheck = best_of(partial(certificate.recheck, R, y), options.repeats)
        kept &= right and (case.limit is None or seconds <= case.limit)
        entry = {"case": name, "kind": certificate.kind, "right": right, "method": certificate.method}
        entry |= {"seconds": round(seconds, 3), "recheck": round(recheck, 3), "limit": case.limit}
        if certificate.separable and "thin" not in name and "scores" not in name:
            entry["margin"] = round(best_of(partial(maximum_margin, R, y), 1), 3)
        results.append(entry)
        if not options.json:
            print(", ".join(f"{key} {value}" for key, value in entry.items()), flush=True)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    kept &= gigabytes <= 1.0
    if not options.json:
        print(f"largest memory {gigabytes:.2f} GB")
    else:
        machine = {"machine": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"gigabytes": round(gigabytes, 2), **machine, "results": results}))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
