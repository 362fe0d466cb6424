"""Work on a Dask cluster on loopback: the same results, a worker killed, a scheduler lost, other packages."""

import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import cloudpickle
import pytest
from whp.checks.sweep import cluster as module
from whp.checks.sweep.cluster import Cluster, on_cluster
from whp.checks.sweep.processes import in_processes, run_tasks
from whp.checks.sweep.store import Store

pytest.importorskip("distributed")
WHP = Path(sys.executable).parent / "whp"


class Loopback:
    """A scheduler and workers on this machine."""

    def __init__(self, folder, workers):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address, self.folder, self.processes = f"tcp://127.0.0.1:{port}", folder, []
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        self.workers = [self.start_worker() for _ in range(workers)]

    def start(self, *words):
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        # In this folder they find no packages of ours but the installed ones.
        with (self.folder / f"{len(self.processes)}.log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        self.processes.append(process)
        return process

    def start_worker(self):
        return self.start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def wait_for_workers(self, count):
        cluster = Cluster(self.address)
        cluster._client.wait_for_workers(count, timeout=60)
        return cluster

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait(timeout=20)


@pytest.fixture
def loopback(tmp_path):
    made = []

    def start(workers):
        made.append(Loopback(tmp_path, workers))
        return made[-1]

    yield start
    for one in made:
        one.stop()


class Piece:
    """A piece of work that takes a while."""

    def __init__(self, number, seconds=0.0):
        self.number, self.wait = number, seconds

    @property
    def name(self):
        return f"piece {self.number}"

    seconds = 1.0

    def run(self):
        time.sleep(self.wait)
        return self.number**2

    def read(self, stored):
        return stored

    def failed(self, error):
        return error


@pytest.fixture(autouse=True)
def by_value():
    """Pieces of work are sent by value here: workers do not know this file."""
    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    yield
    cloudpickle.unregister_pickle_by_value(here)


def test_pieces_are_computed_by_the_workers_and_stored_here(loopback, tmp_path):
    machines = loopback(2)
    machines.wait_for_workers(2).close()
    pieces, seen = [Piece(k) for k in range(40)], []
    with Store(tmp_path / "results.sqlite", {}) as store:
        with on_cluster(machines.address):
            finished = run_tasks(pieces, store, progress=lambda *args: seen.append(args))
            assert set(in_processes([os.getpid] * 20, 1)) <= {w.pid for w in machines.workers}
        assert list(in_processes([os.getpid] * 2, 1)) == [os.getpid()] * 2
        assert [finished[p] for p in pieces] == [k**2 for k in range(40)]
        assert all(p.name in store for p in pieces)
    assert [done for done, _, _ in seen] == list(range(41))
    assert max(total for _, total, _ in seen) == 40
    # An error of a piece is text in its place, as on one machine.
    with Store(None, {}) as store, on_cluster(machines.address):
        broken = Piece("two")
        assert run_tasks([broken, pieces[3]], store)[broken].startswith("error: TypeError: unsupported operand")


def test_a_killed_worker_loses_nothing(loopback, tmp_path):
    machines = loopback(2)
    machines.wait_for_workers(2).close()
    pieces = [Piece(k, 0.15) for k in range(40)]

    def kill(done, total, name):
        if done == 6:
            machines.workers[0].send_signal(signal.SIGKILL)

    with Store(tmp_path / "results.sqlite", {}) as store, on_cluster(machines.address):
        finished = run_tasks(pieces, store, progress=kill)
        assert [finished[p] for p in pieces] == [k**2 for k in range(40)]
    assert machines.workers[0].wait(timeout=10) == -signal.SIGKILL


def test_a_lost_scheduler_is_one_line_and_leaves_the_store_intact(loopback, tmp_path):
    machines = loopback(1)
    machines.wait_for_workers(1).close()
    pieces = [Piece(k, 0.1) for k in range(60)]

    def kill(done, total, name):
        if done == 5:
            machines.scheduler.send_signal(signal.SIGKILL)

    path = tmp_path / "results.sqlite"
    with (
        pytest.raises(OSError, match=r"^the scheduler at tcp://\S+ is lost; what was finished is kept: continue with"),
        Store(path, {}) as store,
        on_cluster(machines.address),
    ):
        run_tasks(pieces, store, progress=kill)
    with Store(path, {}, resume=True) as store:
        kept = [p for p in pieces if p.name in store]
        assert 5 <= len(kept) < 60
        # The rest is computed here, and nothing twice.
        ran = []
        for piece in pieces:
            piece.run = partial(lambda k: ran.append(k) or k**2, piece.number)
        assert [run_tasks(pieces, store)[p] for p in pieces] == [k**2 for k in range(60)]
        assert len(ran) == 60 - len(kept)


def test_workers_with_other_packages_are_refused(loopback, monkeypatch):
    machines = loopback(1)
    cluster = machines.wait_for_workers(1)
    theirs = dict(module.packages())
    monkeypatch.setattr(module, "packages", lambda: tuple((theirs | {"numpy": "1.0"}).items()))
    with pytest.raises(RuntimeError, match=r"the worker on \S+ has numpy \S+ where 1\.0 is needed; install the same"):
        list(cluster.run([partial(pow, 2, 3)]))
    cluster.close()


def test_no_worker_for_too_long_is_said(loopback):
    machines = loopback(0)
    cluster = Cluster(machines.address, patience=2.0)
    with pytest.raises(OSError, match="has had no worker for 2 s; start some: dask worker tcp://"):
        list(cluster.run([partial(pow, 2, 3)] * 3))
    # One that comes later is used.
    machines.start_worker()
    assert sorted(Cluster(machines.address).run([partial(pow, 2, k) for k in range(3)])) == [1, 2, 4]
    cluster.close()


def test_nothing_there_and_nothing_installed_are_one_line(monkeypatch):
    monkeypatch.setattr(module, "_ANSWER", 1.0)
    with pytest.raises(OSError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9 within 1 s"):
        Cluster("tcp://127.0.0.1:9")
    # Before there is a client, whose end would be loud.
    monkeypatch.setattr(module.distributed, "Client", None)
    for address in ("nonsense://x", "nonsense"):
        with pytest.raises(ValueError, match=f"found '{address}'"):
            Cluster(address)
    monkeypatch.setattr(module, "distributed", None)
    with pytest.raises(ValueError, match=r"pip install 'whp\[cluster\]'"):
        Cluster("tcp://127.0.0.1:9")


def test_what_travels_is_small():
    from whp.checks.verify.check import planned_for
    from whp.checks.zhang2023.paper import PAPER

    grid = PAPER.grid
    statements = [s for s in PAPER.ledger.statements if s.key == "eq17"]
    plan = planned_for(
        statements, grid, engines=PAPER.engines, book=PAPER.ledger, trials=20_000, base=None, small=None, seed=0
    )
    tasks = plan.early
    assert tasks
    assert max(len(cloudpickle.dumps(task)) for task in tasks) < 100_000


@pytest.mark.slow
def test_a_sweep_has_the_same_bytes_on_a_cluster_with_a_worker_killed(loopback, tmp_path):
    machines = loopback(2)
    machines.wait_for_workers(2).close()
    sizes = ["--widths", "8,32", "--dims", "9", "--samples", "4", "--data", "sphere", "--trials", "40"]
    words = ["eq17", *sizes, "--seed", "3"]
    here = [str(WHP), "verify", *words, "--jobs", "1", "--out", str(tmp_path / "here")]
    there = [str(WHP), "verify", *words, "--scheduler", machines.address, "--out", str(tmp_path / "there")]
    running = subprocess.Popen(there, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    store = tmp_path / "there" / "results.sqlite"
    while running.poll() is None and not (store.exists() and store.stat().st_size > 40_000):
        time.sleep(0.2)
    machines.workers[0].kill()
    _, errors = running.communicate(timeout=900)
    assert running.returncode == 0, errors
    subprocess.run(here, check=True, capture_output=True, timeout=900)
    for name in ("verdicts.json", "cells.csv", "draws.csv"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
