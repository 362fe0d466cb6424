"""Why a verdict is what it is: the deciding cell, and the slack of each bound."""

from __future__ import annotations

import math
from typing import Any

from ...theory.language.cells import cell_text
from ..deciders.question import log_text
from ..verdict import LinkResult, Outcome, Result

__all__ = ["explanation"]


def _slack(outcome: Outcome) -> float:
    return outcome.bound_float - outcome.value_float


def _describe(outcome: Outcome) -> str:
    where = f"{cell_text(outcome.cell)}: " if outcome.cell else ""
    ratio = _slack(outcome)
    times = f", bound / truth = {log_text(ratio)}" if math.isfinite(ratio) else ""
    return f"{where}{outcome.value or '–'} against {outcome.bound or '–'}{times}"


def _link(result: LinkResult) -> dict[str, Any]:
    row: dict[str, Any] = {
        "link": str(result.link),
        "verdict": str(result.verdict),
        "evidence": None if result.evidence is None else str(result.evidence),
        "reason": result.reason,
    }
    decided = result.counterexample or (result.deciding[-1] if result.deciding else None)
    if decided is not None and decided.value:
        row["decided at"] = _describe(decided)
    measured = [o for o in result.outcomes if math.isfinite(_slack(o))]
    if result.link.kind == "probability" and len(measured) > 1:
        row["tightest"] = _describe(min(measured, key=_slack))
        row["loosest"] = _describe(max(measured, key=_slack))
    return row


def explanation(result: Result) -> dict[str, Any]:
    """The deciding link and cell of a result, with the slack of its bounds, as plain data."""
    return {
        "key": result.statement.key,
        "form": result.statement.form,
        "verdict": str(result.verdict),
        "evidence": None if result.evidence is None else str(result.evidence),
        "links": [_link(link) for link in result.links],
        "constants": dict(result.constants),
    }
