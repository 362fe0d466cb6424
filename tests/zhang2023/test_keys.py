"""Every key of the paper has its row in the ledger, in the paper's order, and every statement says where it stands."""

import math
from pathlib import Path

import pytest
from whp.checks.verify.plan import plan
from whp.checks.zhang2023 import PAPER
from whp.theory.zhang2023 import LEDGER

BOOK = LEDGER
ROWS = [line.split() for line in Path(__file__).with_name("keys.txt").read_text().splitlines() if line[:1] != "#"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_key_has_a_row_as_printed_or_as_definition(row):
    keys = [k for k in row if k != "D"]
    first = BOOK[keys[0]][0]
    assert first.form == ("definition" if row[-1] == "D" else "printed")
    assert first.key == keys[0]
    assert all(BOOK.resolve(k) == keys[0] for k in keys)
    assert set(keys[1:]) <= set(first.aliases)


def test_the_ledger_follows_the_papers_order():
    order = [row[0] for row in ROWS if row[-1] != "D"]
    assert [s.key for s in BOOK.statements if s.form == "printed" and s.key in order] == order


def test_nothing_printed_is_in_the_ledger_but_not_on_the_page():
    keys = {k for row in ROWS for k in row}
    found = {s.key for s in BOOK.statements if s.source.cite == "zhang2023"}
    # A row may be decided in parts, such as lem3.5.rate.
    assert all(key in keys or key.rpartition(".")[0] in keys for key in found)


def test_every_statement_names_its_source_and_its_own_key_once():
    for s in BOOK.statements:
        assert s.source.where
        if s.form != "definition":
            assert s.source.cite == ("zhang2023" if s.form == "printed" else "whp"), (s.key, s.form)
        assert len(s.aliases) == len(set(s.aliases))


def test_every_repaired_statement_stands_beside_the_printed_one():
    for s in BOOK.statements:
        if s.form == "repaired":
            assert s.repairs == s.key
            assert BOOK[s.key][0].form == "printed"


def test_every_model_says_what_a_draw_costs_at_each_of_its_places():
    planned = plan(BOOK.statements, PAPER.grid, PAPER.engines, trials=100, seed=0)
    assert len({drawing.model.name for drawing in planned.drawings}) > 20
    for drawing in planned.drawings:
        assert 0 < PAPER.engines[drawing.model].cost({**drawing.place.cell, **drawing.task.cell}) < math.inf
