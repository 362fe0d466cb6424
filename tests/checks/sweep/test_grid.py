"""Sizes are read, and cells are those where a statement applies."""

import pytest
from whp.checks import Grid, load_digits, parse_sizes
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
    grid = Grid(widths=(8, 32), dims=(4, 16), samples=(2,), datasets=(load_digits(),))
    chebyshev = LEDGER["chebyshev"][0]
    cells = list(grid.cells(chebyshev))
    assert cells
    assert all(10 * cell["m"] > 12 * cell["d"] + 20 for cell in cells)
    assert {cell["d"] for cell in grid.cells(LEDGER["S5"][0])} <= {4, 16, 64}
    assert {(c["d"], c["n"]) for c in grid.cells(LEDGER["thm3.1"][0])} == {(4, 2), (16, 2), (64, 1797)}
