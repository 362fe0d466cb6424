"""What a Dask cluster costs and how far it scales; `python benchmarks/bench_cluster.py [--pieces N] [--json]`.

Measured on loopback with 1 and 2 workers: the seconds o that this process spends on a piece whatever the workers
do (pieces that compute nothing), and the seconds c that a worker computes on a piece of the paper's sweep. With w
workers N pieces take max(N c/w, N o), so cells per hour grow with w up to w = c/o and no further. Needs whp[cluster].
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

CELLS = 10_000
WORKERS = (1, 2, 8, 32, 128, 512)
PORT = 18_787


def pieces(count: int) -> list[Callable[[], Any]]:
    """Draws of the cells of the main theorem's sweep, as many as asked."""
    from whp.checks.verify.check import planned_for
    from whp.checks.zhang2023.paper import PAPER

    statements = PAPER.ledger["thm3.1"]
    options: dict[str, Any] = {"trials": 100, "base": None, "small": 3, "seed": 0}
    plan = planned_for(statements, PAPER.grid, engines=PAPER.engines, book=PAPER.ledger, **options)
    found = [drawing.task.run for drawing in plan.drawings]
    return (found * (count // len(found) + 1))[:count]


def seconds(cluster: Any, calls: Sequence[Callable[[], Any]]) -> float:
    """Seconds that a cluster takes for some calls."""
    start = time.perf_counter()
    for _ in cluster.run(calls):
        pass
    return time.perf_counter() - start


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
    work, rows, measured = pieces(asked.pieces), [], {}
    try:
        cluster = Cluster(address)
        for count in WORKERS[:2]:
            running.append(subprocess.Popen([*worker, "--no-nanny"], **quiet))
            cluster._client.wait_for_workers(count, timeout=60)
            # Each worker loads what it needs and compiles nothing anew.
            seconds(cluster, work[: 4 * count])
            overhead = seconds(cluster, [partial(os.getpid)] * 500) / 500
            measured[count] = overhead, seconds(cluster, work) / len(work)
        cluster.close()
    finally:
        for process in reversed(running):
            with suppress(OSError):
                process.kill()
            process.wait()
    o, c = min(found[0] for found in measured.values()), measured[1][1]
    for count in WORKERS:
        per_cell = measured[count][1] if count in measured else max(c / count, o)
        kind = "measured" if count in measured else "model"
        rows.append(
            {"workers": count, "cells_per_hour": round(3600 / per_cell), "seconds": round(CELLS * per_cell), "by": kind}
        )
    found = {"overhead": o, "piece": c, "stops_at": round(c / o), "cells": CELLS, "rows": rows}
    if asked.json:
        print(json.dumps(found))
        return 0
    print(f"a piece: {1e3 * c:.1f} ms on one worker, {1e3 * o:.1f} ms here; scaling ends at {c / o:.0f} workers")
    print(f"{'workers':>8} {'cells/hour':>12} {f'{CELLS} cells':>14}")
    for row in rows:
        print(f"{row['workers']:>8} {row['cells_per_hour']:>12} {row['seconds']:>12} s  {row['by']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
