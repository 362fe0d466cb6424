"""Sizes are read, and cells are those where a statement applies."""

import pytest
from whp.checks import Grid
from whp.checks.sweep.grid import parse_sizes
from whp.checks.zhang2023 import load_digits, network_grid
from whp.theory import Claim, Hypothesis, Link, Source, Statement, size
from whp.theory.zhang2023 import LEDGER


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("64", (64,)),
        ("64,16,64", (16, 64)),
        ("16:4096:x2", (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)),
        ("10:35:+10", (10, 20, 30)),
        ("1,10:20:+5", (1, 10, 15, 20)),
    ],
)
def test_sizes_are_read(text, sizes):
    assert parse_sizes(text, "--widths") == sizes


@pytest.mark.parametrize("text", ["", "0", "-3", "a", "1:2", "16:4:x1", "1:9:+0", "0:8:x2", "1:8:*2", "1.5"])
def test_bad_sizes_are_named_in_one_line(text):
    with pytest.raises(ValueError, match="--widths: found"):
        parse_sizes(text, "--widths")


def test_cells_are_those_where_the_statement_applies():
    grid = network_grid(widths=(8, 32), dims=(4, 16), samples=(2,), datasets=(load_digits(),))
    chebyshev = LEDGER["chebyshev"][0]
    cells = list(grid.cells(chebyshev))
    assert cells
    assert all(10 * cell["m"] > 12 * cell["d"] + 20 for cell in cells)
    assert {cell["d"] for cell in grid.cells(LEDGER["S5"][0])} <= {4, 16, 64}
    assert {(c["d"], c["n"]) for c in grid.cells(LEDGER["thm3.1"][0])} == {(4, 2), (16, 2), (64, 1797)}


k, r = size("k"), size("r", 2)


def _statement(link, **more):
    return Statement("s", "sharp", "t", Source("test", "here"), (Claim((link,)),), **more)


def test_a_statement_with_other_sizes_gets_values_for_those_the_grid_lacks():
    tall = _statement(Link(k, ">=", r), hypotheses=(Hypothesis(k >= r, "k ≥ r"),))
    given = Grid({"k": (3, 5)}).covering(tall.parameters)
    assert given.sizes["k"] == (3, 5)
    assert min(given.sizes["r"]) >= 2
    cells = list(Grid({k: 4, r: (2, 3, 9)}).cells(tall))
    assert cells == [{"k": 4, "r": 2}, {"k": 4, "r": 3}]


def test_a_grid_keeps_only_the_sizes_of_the_statement_and_each_cell_once():
    narrow = _statement(Link(k, ">", 0))
    assert list(Grid({"k": (1, 2), "unused": (7, 8, 9)}).cells(narrow)) == [{"k": 1}, {"k": 2}]


def test_values_outside_a_sizes_domain_are_no_cells():
    assert list(Grid({"r": (0, 1, 2)}).cells(_statement(Link(r, ">", 0)))) == [{"r": 2}]


@pytest.mark.parametrize("values", [(), (-1,), (1.5,), (True,)])
def test_values_that_are_no_sizes_are_refused(values):
    with pytest.raises(ValueError, match="the values of k must be integers of at least 0"):
        Grid({"k": values})
