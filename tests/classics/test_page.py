"""The page "Which form should I cite?" says what its stored results say, of the rows as they stand."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType
from typing import Any

import pytest
from classics.truths import FALSE, OPEN
from repository import ROOT
from whp.checks import check
from whp.theory.classics import LEDGER, TOPICS

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("classics_page", DOCS / "classics.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return json.loads((DOCS / "classics.json").read_text(encoding="utf-8"))


def test_the_page_is_what_the_script_writes(script: ModuleType, rows: list[dict[str, Any]]) -> None:
    assert (DOCS / "classics.md").read_text(encoding="utf-8") == script.page(rows)


def test_no_stored_verdict_is_wrong(rows: list[dict[str, Any]]) -> None:
    assert [row["key"] for row in rows] == list(LEDGER)
    for row in rows:
        expected = {"refuted"} if row["key"] in FALSE else {"holds"}
        if row["key"] in OPEN:
            expected |= {"consistent", "undetermined"}
        assert row["verdict"] in expected, row["key"]


def test_every_topic_has_a_table_and_figures_where_there_is_slack(
    script: ModuleType, rows: list[dict[str, Any]]
) -> None:
    text = script.page(rows)
    found = {row["key"]: row for row in rows}
    for topic, statements in TOPICS.items():
        section = text.partition(f"\n## {topic[0].upper()}{topic[1:]}\n")[2].partition("\n## ")[0]
        assert all(f"| `{s.key}`: " in section for s in statements)
        drawn = any(len(found[s.key]["slack"]) > 1 for s in statements)
        assert (script.figure_name(topic) in section) == drawn
        assert not drawn or (DOCS / "images" / script.figure_name(topic)).is_file()
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(lines) == len(LEDGER)
    assert all(line.replace(r"\|", "").count("|") == 5 for line in lines)


def test_slack_is_positive_for_true_bounds_and_negative_somewhere_for_misprints(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        slack = [y for _, y in row["slack"]]
        if row["key"] not in FALSE:
            assert all(y >= 0 for y in slack), row["key"]
    falling = {row["key"] for row in rows if any(y < 0 for _, y in row["slack"])}
    assert {"laurent-massart.short", "mills.bare", "normal.steeper", "hoeffding.doubled"} <= falling


def test_slack_is_bound_over_truth(script: ModuleType) -> None:
    at, points = script.found_at(LEDGER["exponential.mean"][0])
    assert at == "n = 16"
    import math

    from scipy.stats import gamma

    # The mean of 16 exponentials is a gamma variable over 16; u is found back from its tail.
    for truth, slack in points[::6]:
        u = gamma.isf(10**truth, 16) / 16 - 1
        assert slack == pytest.approx(-16 * (u - math.log1p(u)) / math.log(10) - truth, abs=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(LEDGER))
def test_a_stored_row_is_what_is_found_today(script: ModuleType, rows: list[dict[str, Any]], key: str) -> None:
    stored = next(row for row in rows if row["key"] == key)
    (now,) = script.checked([check(LEDGER[key][0], book=LEDGER)])
    assert now["verdict"] == stored["verdict"]
