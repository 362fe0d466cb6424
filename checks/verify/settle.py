"""From finished work to outcomes of links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...theory.language.models import RV
from ...theory.language.statements import Statement
from ..deciders import settle_draws, settle_path
from ..deciders.question import DrawSummary, Question
from ..deciders.smallest import best_thresholds
from ..sweep.engine import engine
from ..sweep.processes import Task, run_tasks
from ..sweep.store import Store
from ..verdict import LinkResult, Outcome, Verdict
from .plan import _SAMPLED_KINDS, Plan, _Asked, _cell_label, _statement_label, _Table
from .tasks import RefutedTask


def _refined(
    planned: Plan, links: dict[str, list[LinkResult]], store: Store, jobs: int, table: _Table
) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Shrink the counterexamples of refuted links in place; return the best constants by statement label."""
    places: dict[str, tuple[str, int]] = {}
    tasks: list[Task] = []
    best: dict[str, dict[str, list[dict[str, str]]]] = {}
    counted: dict[str, int] = {}
    for a in (a for a in planned.asked if not a.existential):
        label = _statement_label(a.name)
        index = counted.setdefault(label, 0)
        counted[label] += 1
        found = links[label][index]
        if found.verdict is Verdict.REFUTED:
            name = f"{a.name}/refuted"
            places[name] = label, index
            tasks.append(RefutedTask(name, a.question, found.outcomes))
            if rows := best_thresholds(replace(a.question, draws=table)):
                best.setdefault(label, {}).setdefault("best", []).extend(rows)
    payloads = run_tasks(tasks, store, jobs=jobs)
    for name, (label, index) in places.items():
        payload = payloads[name]
        if payload["smallest"] is not None:
            known = links[label][index]
            smallest = Outcome.from_dict(payload["smallest"])
            links[label][index] = LinkResult(known.link, (*known.outcomes, smallest))
        if payload["best"] is not None:
            best.setdefault(label, {}).setdefault("best", []).append(payload["best"])
    return best


def _settled(asked: _Asked, question: Question, payloads: Mapping[str, Any]) -> LinkResult:
    link = question.link
    whole = payloads[asked.name]
    if whole is not None:
        return LinkResult(link, tuple(Outcome.from_dict(o) for o in whole))
    along = settle_path(question)
    if along is not None:
        return LinkResult(link, along)
    if link.scope is not None and link.rvs and all(engine(rv.model) is None for rv in link.rvs):
        return LinkResult(link, (Outcome(Verdict.UNDETERMINED, None, reason=f"scope: {link.scope}"),))
    outcomes = []
    for cell in question.cells:
        payload = payloads.get(f"{asked.name}/{_cell_label(cell)}")
        found = None if payload is None else Outcome.from_dict(payload)
        if found is None or (found.verdict is Verdict.UNDETERMINED and link.kind in _SAMPLED_KINDS):
            drawn = settle_draws(question, cell)
            if found is None or (drawn is not None and drawn.verdict is not Verdict.UNDETERMINED):
                found = drawn or found
        if found is None:
            reason = f"no decider answers a {link.kind} link here: no law, no form and no draws"
            found = Outcome(Verdict.UNDETERMINED, None, dict(cell), reason=reason)
        outcomes.append(found)
    return LinkResult(link, tuple(outcomes))


def _draw_table(planned: Plan, payloads: Mapping[str, Any]) -> _Table:
    table: _Table = {}
    for _, task in planned.draws:
        arrays = payloads[task.name]
        for rv in task.engine.measures:
            first = arrays[f"{rv}/first"]
            least, largest = arrays.get(f"{rv}/least", first), arrays.get(f"{rv}/largest", first)
            drawn = (task.cell, DrawSummary(first, least, largest))
            table[task.model, rv] = (*table.get((task.model, rv), ()), drawn)
    return table


_SUMMARY = ("trials", "q05", "median", "q95", "worst", "mean", "variance", "nonpositive", "some_nonpositive")


def _draw_rows(planned: Plan, payloads: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    rows = []
    for place, task in planned.draws:
        for rv in task.engine.measures:
            summary: np.ndarray = payloads[task.name][f"{rv}/summary"]
            values = dict(zip(_SUMMARY, (float(v) for v in summary), strict=True))
            rows.append(
                {"model": task.model, "rv": rv, "data": place.data if task.data else "-", **task.cell, **values}
            )
    return tuple(rows)


def _relevant(s: Statement, planned: Plan, rows: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """The draws of the random variables a statement speaks of, and of those the sweep compares with them in law."""
    names = {(rv.model.name, rv.name) for link in s.links for rv in link.rvs}
    judged = [i.admitted.event for i in s.implied_by if i.admitted is not None]
    names |= {(rv.model.name, rv.name) for event in judged for rv in event.atoms(RV)}
    models = {model.name for model in s.models}
    names |= {(task.model, rv) for _, task in planned.draws if task.model in models for rv in task.engine.shown}
    for other in planned.statements:
        for link in other.links:
            pair = {(rv.model.name, rv.name) for rv in link.rvs}
            if link.relation == "=_d" and len(pair) == 2 and pair & names:
                names |= pair
    return tuple(r for r in rows if (r["model"], r["rv"]) in names)
