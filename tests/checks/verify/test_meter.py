"""Progress is told in expected work: what is stored counts, what is skipped does not, and the end is the whole."""

from dataclasses import dataclass

from whp.checks.sweep.processes import run_tasks
from whp.checks.sweep.store import Store
from whp.checks.verify.meter import Meter


@dataclass(frozen=True, eq=False)
class Work:
    name: str
    seconds: float

    def run(self):
        return 1

    def read(self, stored):
        return stored

    def failed(self, error):
        return error


def test_progress_is_in_expected_work_over_passes():
    told, store = [], Store(None, {})
    tasks = [Work("long", 9.0), Work("short", 0.5), Work("known", 0.5)]
    store.put("known", 1)
    meter = Meter(lambda *words: told.append(words), store)
    run_tasks(tasks, store, progress=meter.over(tasks, later=5000))
    assert told == [(500, 15000, ""), (9500, 15000, "long"), (10000, 15000, "short")]
    # Less is left than was expected.
    late = [Work("late", 2.0)]
    run_tasks(late, store, progress=meter.over(late))
    assert told[3:] == [(10000, 12000, ""), (12000, 12000, "late")]
    meter.end()
    assert told[-1] == (12000, 12000, "")


def test_nobody_is_told_where_nobody_asked():
    meter = Meter(None, Store(None, {}))
    assert meter.over([Work("a", 1.0)]) is None
    meter.end()
