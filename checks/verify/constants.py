"""Claims with unnamed constants, put together from implications, corners and draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...theory.language.cells import cell_text
from ...theory.language.statements import Implication, Statement
from ..deciders.admitted import named_constants
from ..deciders.corners import corner_by_draws
from ..deciders.question import Question
from ..deciders.smallest import best_thresholds
from ..verdict import Evidence, LinkResult, Outcome, Result, Verdict, weakest
from .plan import Plan, _statement_label, _Table
from .settle import _relevant


def _existential(
    s: Statement,
    planned: Plan,
    payloads: Mapping[str, Any],
    results: Mapping[tuple[str, str], Result],
    links: Mapping[str, list[LinkResult]],
    rows: tuple[Mapping[str, Any], ...],
    table: _Table,
) -> Result:
    """A claim with unnamed constants: implied by a named one, refuted by a corner, or undetermined."""
    label = f"{s.key}/{s.form}"
    constants: dict[str, Any] = {}
    held: dict[str, tuple[Implication, Evidence | None]] = {}
    broken: dict[str, list[str]] = {}
    best: list[dict[str, str]] = []
    existential = [a for a in planned.asked if _statement_label(a.name) == label and a.existential]
    for implication in s.implied_by:
        others = [r for (key, _), r in results.items() if key == implication.by]
        steps = [payloads[f"{label}/implication/{implication.by}/{i}"] for i in range(len(implication.steps))]
        outcomes = [Outcome.from_dict(o) for step in steps for o in (step or ())]
        carried = [r for r in others if r.verdict is Verdict.HOLDS]
        proved = bool(carried and outcomes and all(o.verdict is Verdict.HOLDS for o in outcomes))
        words = ", ".join(str(r.verdict) for r in others) or "unchecked"
        for a in existential:
            against = payloads[f"{a.name}/supported/{implication.by}"]
            if not proved or against is not None:
                why = f"{implication.by} ({words}) does not imply it" if not proved else against
                broken.setdefault(a.name, []).append(why)
            elif a.name not in held:
                held[a.name] = implication, weakest([carried[0].evidence, *(o.evidence for o in outcomes)])
        if proved and all(a.name in held for a in existential):
            constants = payloads[f"{label}/admitted/{implication.by}"]
    collected = iter(links.get(label, ()))
    final: list[LinkResult] = []
    for a in (a for a in planned.asked if _statement_label(a.name) == label):
        if not a.existential:
            final.append(next(collected))
            continue
        stored = payloads[f"{a.name}/corner"]
        against = corner_by_draws(replace(a.question, draws=table)) if stored is None else Outcome.from_dict(stored)
        if against is not None:
            final.append(LinkResult(a.question.link, (against,)))
            if against.verdict is Verdict.REFUTED:
                best += [_no_constants(a.question, against), *best_thresholds(replace(a.question, draws=table))]
        elif a.name in held:
            implication, evidence = held[a.name]
            reason = f"implied by {implication.by} with {named_constants(implication.constants)}"
            final.append(LinkResult(a.question.link, (Outcome(Verdict.HOLDS, evidence, reason=reason),)))
        else:
            found = "".join(f"; {why}" for why in broken.get(a.name, ()))
            reason = f"constants: no statement with named constants implies it{found}"
            final.append(LinkResult(a.question.link, (Outcome(Verdict.UNDETERMINED, None, reason=reason),)))
    if best:
        constants = {**constants, "best": best}
    return Result(s, tuple(final), constants, _relevant(s, planned, rows))


def _no_constants(question: Question, against: Outcome) -> dict[str, str]:
    """The row that says that no choice of a claim's unnamed constants makes it hold."""
    names = ", ".join(str(c) for c in question.claim.exists)
    row = {"link": str(question.link), "printed": names, "sense": "positive"}
    return {**row, "best": "none", "cell": f"the path to {cell_text(against.cell)}"}
