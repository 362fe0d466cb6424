"""Scale of the conditioned network; `python benchmarks/bench_conditioned.py --help` lists its options.

Promised on two cores: training with m = 10⁵, n = 32, d = 10⁶ for 300 steps within 30 s and 2 GiB, inputs included, and
one draw of all margins at m = 10⁶, n = 64, d = 10⁹ within 10 s and 512 MiB. Each runs in a process of its own, so that
its peak memory is its own; compilation is paid before on a small case. Then the cost at fixed (m, n) is measured
against d, in numbers and, if asked, as a figure: the dearest dimension may cost at most half more than the cheapest.
The exit code is 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from whp.kernels import ConditionedNetwork, train_conditioned

Array = NDArray[np.float64]
SEED = 2023
FLAT_DIMENSIONS = (64, 10**3, 10**4, 10**6, 10**9, 10**12)
FLAT_SIZES = (20_000, 32)
# Largest time over smallest along these dimensions: what the clock of a busy machine allows.
FLAT_LIMIT = 1.5


def labels(n: int) -> Array:
    """Alternating labels."""
    return np.where(np.arange(n) % 2 == 0, 1.0, -1.0)


def sphere(n: int, d: int) -> Array:
    """Random inputs of norm √d, without a second copy of them."""
    X = np.random.default_rng(SEED).standard_normal((n, d))
    for x in X:
        x *= np.sqrt(d) / np.sqrt(np.vecdot(x, x))
    return X


def training(m: int = 10**5, n: int = 32, d: int = 10**6, steps: int = 300) -> str:
    """Train one draw on inputs that are stored in full."""
    trained = train_conditioned(
        ConditionedNetwork(sphere(n, d), m).draw(np.random.default_rng(SEED)), labels(n), steps=steps
    )
    return f"loss {trained.losses[0]:.4f} to {trained.losses[-1]:.4f}, smallest margin {trained.margins.min():.4f}"


def training_from_gram(m: int = 10**5, n: int = 32, d: int = 10**6, steps: int = 300) -> str:
    """The same from a Gram matrix."""
    draw = ConditionedNetwork.from_gram(np.eye(n), m, d).draw(np.random.default_rng(SEED))
    trained = train_conditioned(draw, labels(n), steps=steps)
    return f"loss {trained.losses[0]:.4f} to {trained.losses[-1]:.4f}, smallest margin {trained.margins.min():.4f}"


def margins(m: int = 10**6, n: int = 64, d: int = 10**9) -> str:
    """All margins of one network."""
    sample = ConditionedNetwork.from_gram(np.eye(n), m, d).sample(1, np.random.default_rng(SEED))
    return f"margins in [{sample.margins.min():.4f}, {sample.margins.max():.4f}]"


# Seconds and MiB that are promised.
CASES: dict[str, tuple[Callable[..., str], float, float]] = {
    "training, m=1e5 n=32 d=1e6, 300 steps": (training, 30.0, 2048.0),
    "training from the Gram matrix, same sizes": (training_from_gram, 30.0, 2048.0),
    "all margins, m=1e6 n=64 d=1e9": (margins, 10.0, 512.0),
}


def measure(case: str, pipe: Connection) -> None:
    """Run one case in this process; send seconds, CPU seconds, peak MiB and what came out."""
    run = CASES[case][0]
    run(m=32, n=4, d=64)
    start, busy = time.perf_counter(), time.process_time()
    outcome = run()
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    pipe.send((seconds, busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, outcome))


def in_own_process(case: str) -> tuple[float, float, float, str]:
    """Seconds, CPU seconds, peak MiB and outcome of one case."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=measure, args=(case, sender))
    process.start()
    sender.close()
    result: tuple[float, float, float, str] = receiver.recv()
    process.join()
    return result


def flatness(m: int, n: int, repeats: int) -> dict[int, dict[str, float]]:
    """Best seconds of a draw with 20 steps and of one sample of margins, against d, the dimensions interleaved."""
    best = {d: {"training": np.inf, "margins": np.inf} for d in FLAT_DIMENSIONS}
    for _ in range(repeats + 1):
        for d in FLAT_DIMENSIONS:
            network = ConditionedNetwork.from_gram(np.eye(n), m, d)
            start = time.perf_counter()
            train_conditioned(network.draw(np.random.default_rng(SEED)), labels(n), steps=20)
            middle = time.perf_counter()
            network.sample(1, np.random.default_rng(SEED))
            end = time.perf_counter()
            best[d]["training"] = min(best[d]["training"], middle - start)
            best[d]["margins"] = min(best[d]["margins"], end - middle)
    return best


def draw_flatness(flat: dict[int, dict[str, float]], file: Path) -> None:
    """Seconds against the input dimension, both axes logarithmic."""
    from whp.checks.figures import Axis, Panel, Picture, Series, Style, lay_out, save_figure

    m, n = FLAT_SIZES
    names = {"training": "a draw and 20 gradient steps", "margins": "one draw of all margins"}
    at = tuple(float(d) for d in flat)
    series = tuple(
        Series("line", words, at, tuple(times[name] for times in flat.values()), curve=i)
        for i, (name, words) in enumerate(names.items())
    )
    label = f"seconds, $m = {m}$, $n = {n}$"
    panel = Panel("trend", Axis("input dimension $d$", "log"), Axis(label, "log"), series)
    figure = lay_out(Picture("", (panel,)), Style(column="half"))
    save_figure(figure, file.with_suffix(""), [file.suffix.lstrip(".")])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each case, of which the best counts")
    parser.add_argument(
        "--figure", type=Path, metavar="FILE", help="draw the cost against d into FILE (.pdf, .svg or .png)"
    )
    arguments = parser.parse_args()
    report: dict[str, object] = {"machine": platform.machine(), "python": platform.python_version()}
    kept = True
    rows = {}
    for case, (_, seconds, mebibytes) in CASES.items():
        runs = [in_own_process(case) for _ in range(arguments.repeats)]
        best, busy, peak = min(run[0] for run in runs), min(run[1] for run in runs), max(run[2] for run in runs)
        fine = best <= seconds and peak <= mebibytes
        kept &= fine
        rows[case] = {"seconds": best, "cpu_seconds": busy, "peak_MiB": peak, "kept": fine, "outcome": runs[0][3]}
        if not arguments.json:
            spent = f"{best:.2f} s of {seconds:g} ({busy:.2f} s of CPU), {peak:.0f} MiB of {mebibytes:g}"
            print(f"{case}: {spent}; {runs[0][3]}")
    flat = flatness(*FLAT_SIZES, 2 * arguments.repeats)
    spread = {
        name: max(times[name] for times in flat.values()) / min(times[name] for times in flat.values())
        for name in ("training", "margins")
    }
    kept &= max(spread.values()) <= FLAT_LIMIT
    if arguments.figure is not None:
        draw_flatness(flat, arguments.figure)
    report |= {"cases": rows, "flat_in_d": flat, "largest_over_smallest": spread, "kept": kept}
    if arguments.json:
        print(json.dumps(report, indent=1))
    else:
        m, n = FLAT_SIZES
        print(f"cost against d at m={m}, n={n}: d, seconds of a draw with 20 steps, seconds of one draw of all margins")
        for d, times in flat.items():
            print(f"  {d:>14}  {times['training']:.4f}  {times['margins']:.4f}")
        print("largest over smallest: " + ", ".join(f"{name} {ratio:.3f}" for name, ratio in spread.items()))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
