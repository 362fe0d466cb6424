"""An error in what a user wrote is one line that says what was raised and where in their file; nothing else stops."""

import numpy as np
import pytest
from whp.checks.sweep.errors import Failed, attempt, error_text
from whp.checks.sweep.processes import run_tasks
from whp.checks.sweep.store import Store


def _theirs():
    return np.linalg.cholesky(np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_the_frame_is_theirs_though_a_library_raised():
    found = attempt(_theirs)
    assert isinstance(found, Failed)
    assert found.text.startswith("error: LinAlgError: Matrix is not positive definite (test_errors.py, line ")
    assert found.text.endswith(", in _theirs)")


def test_without_a_frame_of_theirs_it_is_the_innermost():
    found = attempt(lambda: None)
    assert found is None
    assert error_text(ValueError("no frames")) == "error: ValueError: no frames"


def test_memory_is_an_error_and_an_interrupt_is_none():
    def greedy():
        raise MemoryError

    def stopped():
        raise KeyboardInterrupt

    assert attempt(greedy).text.startswith("error: MemoryError (test_errors.py")
    with pytest.raises(KeyboardInterrupt):
        attempt(stopped)


class Piece:
    """Work that fails for odd numbers."""

    seconds = 0.0

    def __init__(self, number):
        self.number, self.name = number, f"piece {number}"

    def run(self):
        if self.number % 2:
            raise ZeroDivisionError("odd")
        return self.number

    def read(self, stored):
        return stored

    def failed(self, error):
        return -1


def test_a_piece_that_fails_stops_no_other_and_is_tried_again_when_errors_are_forgotten(tmp_path):
    pieces = [Piece(n) for n in range(4)]
    with Store(tmp_path / "x.sqlite", {}) as store:
        done = run_tasks(pieces, store)
        assert [done[p] for p in pieces] == [0, -1, 2, -1]
        assert done.error(pieces[0]) == ""
        assert done.error(pieces[1]).startswith("error: ZeroDivisionError: odd (test_errors.py")
        pieces[1].number = 6
        assert run_tasks(pieces[:2], store)[pieces[1]] == -1
        store.forget_errors()
        assert run_tasks(pieces[:2], store)[pieces[1]] == 6
