"""Training of networks with several classes beside PyTorch; `python benchmarks/bench_training.py --help` lists options.

Promised on two cores: 50 epochs in batches of 128 of the dense network with 256 neurons on patches of colour pictures
(n = 3000, d = 3072) within 60 s, and on data of MNIST's size (n = 5000, d = 784) within 20 s. PyTorch on the CPU takes
the same steps in the same batches from the same weights, in float64 as here and in float32; both arrive at the same
losses, which is checked in float64. With `--threads 1` the promises are about CPU time, which other work on the machine
disturbs less. A convolutional network is measured without a promise. PyTorch is optional; it is left out where it is
not installed. The exit code is 1 when a promise is broken or the losses differ.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from whp.checks.zhang2023.experiments.data import Split, load
from whp.kernels import sample_class_network, train_classes
from whp.kernels.convolution import sample_convolution, train_convolution

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Weights = tuple[Array, Array]

SEED, BATCH, RATE, MOMENTUM = 2023, 128, 0.01, 0.9
AGREEMENT = 1e-6


def order_of_batches(n: int, epochs: int) -> list[Labels]:
    """The batches that `train_classes` draws from this seed."""
    rng = np.random.default_rng(SEED)
    orders = [rng.permutation(n) for _ in range(epochs)]
    return [order[start : start + BATCH] for order in orders for start in range(0, n, BATCH)]


def options(epochs: int) -> dict[str, Any]:
    """What every contender is told."""
    return {"learning_rate": RATE, "momentum": MOMENTUM, "epochs": epochs, "batch_size": BATCH}


def dense_with_torch(weights: Weights, split: Split, epochs: int, double: bool) -> Array:
    """Losses of each epoch of the same descent in PyTorch."""
    import torch

    kind = torch.float64 if double else torch.float32
    W, A = (torch.nn.Parameter(torch.tensor(w, dtype=kind)) for w in weights)
    return descent_with_torch((W, A), lambda x: torch.relu(x @ W.T) @ A.T, split.X, split.y, epochs, kind)


def convolution_with_torch(weights: Weights, split: Split, epochs: int, stride: int, double: bool) -> Array:
    """The same of the convolutional network."""
    import torch

    kind = torch.float64 if double else torch.float32
    filters, readout = weights[0].transpose(0, 3, 1, 2), weights[1].transpose(0, 3, 1, 2).reshape(len(weights[1]), -1)
    W, A = (torch.nn.Parameter(torch.tensor(np.ascontiguousarray(w), dtype=kind)) for w in (filters, readout))
    reach = filters.shape[2] // 2

    def outputs(x: Any) -> Any:
        hidden = torch.nn.functional.conv2d(x, W, stride=stride, padding=reach)
        return torch.relu(hidden).flatten(1) @ A.T

    images = np.ascontiguousarray(split.X.reshape(-1, *split.shape).transpose(0, 3, 1, 2))
    return descent_with_torch((W, A), outputs, images, split.y, epochs, kind)


def descent_with_torch(
    weights: Any, outputs: Callable[[Any], Any], X: Array, y: Labels, epochs: int, kind: Any
) -> Array:
    import torch

    points, labels = torch.tensor(X, dtype=kind), torch.tensor(y)
    step = torch.optim.SGD(weights, lr=RATE, momentum=MOMENTUM)
    found = []
    for batch in order_of_batches(len(y), epochs):
        chosen = torch.from_numpy(batch)
        loss = torch.nn.functional.cross_entropy(outputs(points[chosen]), labels[chosen])
        step.zero_grad()
        loss.backward()
        step.step()
        found.append(float(loss.detach()) * len(batch))
    return np.array(found).reshape(epochs, -1).sum(axis=1) / len(y)


def timed(run: Callable[[], Array]) -> tuple[float, float, Array]:
    """Seconds, CPU seconds and losses."""
    start, busy = time.perf_counter(), time.process_time()
    losses = run()
    return time.perf_counter() - start, time.process_time() - busy, losses


def dense(split: Split, m: int, epochs: int) -> dict[str, Callable[[], Array]]:
    """The contenders on a dense network."""
    weights = sample_class_network(m, split.X.shape[1], 10, np.random.default_rng(SEED))

    def ours(epochs: int = epochs, points: int = len(split.y)) -> Array:
        rng = np.random.default_rng(SEED)
        return train_classes(*weights, split.X[:points], split.y[:points], rng=rng, **options(epochs)).losses

    # What is compiled or read from a cache is not timed.
    ours(1, BATCH)
    found: dict[str, Callable[[], Array]] = {"whp": ours}
    if find_spec("torch") is not None:
        found["torch float64"] = lambda: dense_with_torch(weights, split, epochs, True)
        found["torch float32"] = lambda: dense_with_torch(weights, split, epochs, False)
    return found


def convolution(split: Split, filters: int, stride: int, epochs: int) -> dict[str, Callable[[], Array]]:
    """The contenders on a convolutional network."""
    rng = np.random.default_rng(SEED)
    weights = sample_convolution(filters, split.shape, 10, rng, stride=stride)

    def ours(epochs: int = epochs, points: int = len(split.y)) -> Array:
        rng = np.random.default_rng(SEED)
        X, y = split.X[:points], split.y[:points]
        return train_convolution(*weights, X, y, rng=rng, stride=stride, **options(epochs)).losses

    ours(1, BATCH)
    found: dict[str, Callable[[], Array]] = {"whp": ours}
    if find_spec("torch") is not None:
        found["torch float64"] = lambda: convolution_with_torch(weights, split, epochs, stride, True)
        found["torch float32"] = lambda: convolution_with_torch(weights, split, epochs, stride, False)
    return found


def cases(epochs: int) -> dict[str, tuple[Callable[[], dict[str, Callable[[], Array]]], float | None]]:
    """What is run, and the seconds promised for it."""
    rng = np.random.default_rng(SEED)
    patches = load("patches", rng=rng)
    numbers = load("sphere:784", rng=rng, training=5000, test=1)
    return {
        f"dense, m=256, patches (3000 × 3072), {epochs} epochs": (lambda: dense(patches, 256, epochs), 60.0),
        f"dense, m=256, MNIST's size (5000 × 784), {epochs} epochs": (lambda: dense(numbers, 256, epochs), 20.0),
        "convolution, 16 filters of 3×3, stride 2, patches, 2 epochs": (lambda: convolution(patches, 16, 2, 2), None),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--repeats", type=int, default=2, help="runs of each contender, of which the best counts")
    parser.add_argument("--threads", type=int, help="threads of every contender")
    parser.add_argument("--epochs", type=int, default=50, help="epochs of the dense networks; promises are for 50")
    arguments = parser.parse_args()
    has_torch = find_spec("torch") is not None
    if has_torch and arguments.threads:
        import torch

        torch.set_num_threads(arguments.threads)
    if not has_torch and not arguments.json:
        print("torch is not installed: its times are left out")
    kept, rows = True, {}
    with threadpool_limits(limits=arguments.threads):
        for case, (prepare, promised) in cases(arguments.epochs).items():
            contenders = prepare()
            runs = {name: [timed(run) for _ in range(arguments.repeats)] for name, run in contenders.items()}
            losses = {name: found[0][2] for name, found in runs.items()}
            row = {
                name: {"seconds": min(r[0] for r in found), "cpu_seconds": min(r[1] for r in found)}
                for name, found in runs.items()
            }
            spent = row["whp"]["cpu_seconds" if arguments.threads == 1 else "seconds"]
            fine = promised is None or spent <= promised * arguments.epochs / 50
            if has_torch:
                fine &= bool(np.allclose(losses["whp"], losses["torch float64"], rtol=AGREEMENT, atol=0.0))
            kept &= fine
            rows[case] = {**row, "loss": float(losses["whp"][-1]), "kept": fine}
            if not arguments.json:
                print(f"{case}: loss {losses['whp'][0]:.4f} to {losses['whp'][-1]:.4f}{'' if fine else '  BROKEN'}")
                for name, times in row.items():
                    print(f"  {name:>13}  {times['seconds']:8.2f} s  {times['cpu_seconds']:8.2f} s of CPU")
    if arguments.json:
        machine = {"machine": platform.machine(), "python": platform.python_version(), "torch": has_torch}
        print(json.dumps({**machine, "cases": rows, "kept": kept}, indent=1))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
