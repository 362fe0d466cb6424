"""The order in which pieces of work are done."""

from dataclasses import dataclass

from whp.checks.sweep.processes import run_tasks
from whp.checks.sweep.store import Store

ORDER = []


@dataclass(frozen=True)
class Piece:
    name: str
    seconds: float
    jitted: bool = False

    def run(self):
        ORDER.append(self.name)

    def read(self, stored):
        return stored

    def failed(self, error):
        return error


def test_the_first_jitted_piece_is_followed_by_all_that_are_not():
    ORDER.clear()
    pieces = [Piece("a", 1.0), Piece("b", 9.0, True), Piece("c", 2.0), Piece("d", 7.0, True), Piece("e", 8.0, True)]
    with Store(None, {}) as store:
        run_tasks(pieces, store)
    assert ORDER == ["b", "c", "a", "e", "d"]


def test_what_a_piece_took_is_stored_beside_it():
    with Store(None, {}) as store:
        run_tasks([Piece("a", 1.0)], store)
        ((name, spent),) = store.spent()
    assert (name, spent.kind) == ("a", "Piece")
    assert 0 <= spent.seconds < 60
