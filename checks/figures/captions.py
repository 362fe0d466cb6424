"""What a figure shows, in LaTeX."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ...theory.language.heads import E
from ..deciders.stats import ALPHA
from ..guide import Guides, no_guide
from ..verdict import Result
from ..verify.explain import headline
from .margins import DELTA
from .view import View, cell_tex, symbol_tex, view_of

__all__ = ["caption"]


def caption(
    result: Result | View,
    *,
    trials: int,
    seed: int,
    version: str,
    delta: float = DELTA,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> str:
    """What a figure shows, in LaTeX: statement, verdict, samples, trials, δ, seed and version.

    Parameters
    ----------
    result : Result or View
    trials : int
        Trials asked for; cells that got fewer are said to.
    seed : int
    version : str
    delta : float
        That of `figure_for`.
    guides, words : optional
        Those of `figure_for`; a view has its own.

    Returns
    -------
    str
    """
    view = view_of(result, guides, words)
    s, found = view.statement, view.result
    sentences = [f"{s.title} ({s.key}, {s.form}; {s.source}): {headline(found)}".replace("_", r"\_")]
    worst = next((o for link in found.links if (o := link.counterexample) is not None and o.cell), None)
    if worst is not None:
        which = "The smallest" if worst.smallest else "A"
        sentences.append(f"{which} counterexample: ${cell_tex(worst.cell)}$")
    if view.subject is None:
        sentences += _bounds(view)
    else:
        sentences += _drawn(view, trials, delta)
    sentences.append(f"Seed {seed}, whp {version}")
    return ". ".join(sentences) + "."


def _bounds(view: View) -> list[str]:
    """What is said of panels of truth against bound."""
    outcomes = [(bounded, o) for bounded in view.bounds for o in bounded.outcomes]
    exact = any(math.isfinite(bounded.enclosed(o)[1]) for bounded, o in outcomes)
    sampled = any(bounded.limits(o) is not None for bounded, o in outcomes)
    shown = [
        *(["Truth (dotted)"] if exact else []),
        *(
            ["limits of draws at the error budget (bars)" if exact else "Limits of draws at the error budget (bars)"]
            * sampled
        ),
    ]
    claimed = "claimed bound (solid, forbidden side hatched)"
    return [f"{' and '.join(shown)} against the {claimed}" if shown else f"The {claimed}; what it bounds is not known"]


def _drawn(view: View, trials: int, delta: float) -> list[str]:
    """What is said of draws."""
    drawn = view.drawn()
    direct = [row for row in drawn.rows if drawn.own(row)]
    across = f" across {view.plural(drawn.axis)}" if drawn.axis else ""
    sentences = [rf"Median, 5--95\,\% band and worst draw{across}"]
    for count in view.counts:
        sizes = sorted({(row["data"], row[count]) for row in direct if count in row})
        if sizes:
            name = f"${symbol_tex(count)}$"
            listed = ", ".join(f"{n} ({data})" for data, n in sizes)
            sentences.append(
                f"{name} = {listed}; the worst draw is over all samples, the rest one sample; guarantees for all "
                f"{name} are for the largest {name} of a panel"
            )
    trials_of = sorted({int(row["trials"]) for row in direct or drawn.rows})
    fewer = f" (from {trials_of[0]} where a cell is costly)" if trials_of[0] < trials else ""
    sentences.append(f"{trials} trials per cell{fewer}")
    compared = sorted({int(row["trials"]) for row in drawn.rows if not drawn.own(row)})
    if compared and direct:
        sentences.append(f"{compared[-1]} draws from the exact law")
    if drawn.failures_shown:
        sentences.append(
            f"Exact Clopper--Pearson limits at a joint level $1 - 10^{{{math.log10(ALPHA):.0f}}}$; "
            "an arrow marks the upper limit where no draw failed"
        )
    if drawn.guide.log10_bound is not None:
        sentences.append(rf"$\delta = {delta!r}$")
    if any(printed.threshold != 0 for printed in drawn.printed):
        sentences.append("Printed levels are drawn where they are claimed with positive probability")
    if any(isinstance(link.lhs, E) for link in view.statement.links):
        sentences.append("Bars at means are two standard errors")
    return sentences
