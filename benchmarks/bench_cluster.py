"""What a Dask cluster costs and how far it scales; `python benchmarks/bench_cluster.py [--pieces N] [--json]`.

Measured on loopback with 1 and 2 workers: the seconds o that this process or the scheduler spends on a piece whatever
the workers do (pieces that compute nothing), and the seconds c that a worker computes on a piece of the paper's sweep.
Both are CPU time, which other work on the machine disturbs less; the wall time stands beside them. With w workers N
pieces take max(N c/w, N o), so cells per hour grow with w up to w = c/o and no further. Needs whp[cluster].
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

CELLS = 10_000
WORKERS = (1, 2, 8, 32, 128, 512)
EMPTY = 200
PORT = 18_787


def pieces(count: int) -> list[Callable[[], Any]]:
    """Draws of the cells of the main theorem's sweep, as many as asked, each under one thread as a sweep runs them."""
    from whp.checks.sweep.processes import single_threaded
    from whp.checks.verify.check import planned_for
    from whp.checks.zhang2023.paper import PAPER

    statements = PAPER.ledger["thm3.1"]
    options: dict[str, Any] = {"trials": 100, "base": None, "small": 3, "seed": 0}
    plan = planned_for(statements, PAPER.grid, engines=PAPER.engines, book=PAPER.ledger, **options)
    found = [partial(single_threaded, number, drawing.task) for number, drawing in enumerate(plan.drawings)]
    return (found * (count // len(found) + 1))[:count]


class Spent(NamedTuple):
    """Seconds for one piece: wall time, CPU time of the workers together, and of the busier of scheduler and client."""

    wall: float
    workers: float
    overhead: float


def clocks(client: Any) -> tuple[float, float, float, float]:
    """Wall time, and the CPU time of the workers, of the scheduler and of this process."""
    workers = sum(client.run(time.process_time).values())
    return time.perf_counter(), workers, client.run_on_scheduler(time.process_time), time.process_time()


def spent(cluster: Any, calls: Sequence[Callable[[], Any]]) -> Spent:
    """What some calls cost on a cluster, each."""
    client = cluster._client
    before = clocks(client)
    for _ in cluster.run(calls):
        pass
    wall, workers, scheduler, here = ((b - a) / len(calls) for a, b in zip(before, clocks(client), strict=True))
    return Spent(wall, workers, max(scheduler, here))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    from whp.checks.sweep.cluster import Cluster

    address = f"tcp://127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(PORT)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen([*command, "--no-dashboard"], **quiet)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    # The processes end with this one, also when it is told to.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    work = pieces(asked.pieces)
    empty, full = {}, {}
    try:
        cluster = Cluster(address)
        for count in WORKERS[:2]:
            running.append(subprocess.Popen([*worker, "--no-nanny"], **quiet))
            cluster._client.wait_for_workers(count, timeout=120)
            # Each worker loads what it needs and compiles nothing anew.
            spent(cluster, work[: 4 * count])
            empty[count] = spent(cluster, [partial(os.getpid)] * EMPTY)
            full[count] = spent(cluster, work)
        cluster.close()
    finally:
        for process in reversed(running):
            with suppress(OSError):
                process.kill()
            process.wait()
    o, c = min(found.overhead for found in empty.values()), min(found.workers for found in full.values())
    rows = []
    for count in WORKERS:
        each = max(c / count, o)
        row = {"workers": count, "cells_per_hour": round(3600 / each), "minutes": round(CELLS * each / 60, 1)}
        rows.append(row | ({"wall": full[count].wall} if count in full else {}))
    found = {"overhead": o, "piece": c, "stops_at": round(c / o), "cells": CELLS, "rows": rows}
    if asked.json:
        print(json.dumps(found))
        return 0
    print(f"a piece: {1e3 * c:.0f} ms of a worker, {1e3 * o:.1f} ms here; scaling ends at {c / o:.0f} workers")
    print(f"{'workers':>8} {'cells/hour':>12} {f'{CELLS} cells':>14}")
    for row in rows:
        wall = f"  measured {1e3 * row['wall']:.0f} ms of wall time a piece" if "wall" in row else ""
        print(f"{row['workers']:>8} {row['cells_per_hour']:>12} {row['minutes']:>10} min{wall}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
