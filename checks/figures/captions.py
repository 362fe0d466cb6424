"""What a figure shows, in LaTeX."""

from __future__ import annotations

import math

from ...theory.language.heads import E
from ..deciders.stats import ALPHA
from ..verdict import Result
from .margins import DELTA
from .view import printed_bounds, rows_of, subject

__all__ = ["caption"]


def caption(result: Result, *, trials: int, seed: int, version: str, delta: float = DELTA) -> str:
    """What a figure shows, in LaTeX: statement, verdict, n, trials, δ, seed and version.

    Parameters
    ----------
    result : Result
    trials : int
        Trials asked for; cells that got fewer are said to.
    seed : int
    version : str
    delta : float
        That of `figure_for`.

    Returns
    -------
    str
    """
    s = result.statement
    head = f"{s.title} ({s.key}, {s.form}; {s.source}): {result.verdict}"
    if result.evidence is not None:
        head += f", {result.evidence}"
    sentences = [head.replace("_", r"\_")]
    rv = subject(result)
    if rv is None:
        sentences.append("Truth (dotted) against the claimed bound (solid, forbidden side hatched)")
    else:
        rows = rows_of(result, rv)
        direct = [row for row in rows if row["model"] == rv.model.name]
        sentences.append(r"Median, 5--95\,\% band and worst draw across widths")
        sizes = sorted({(row["data"], row["n"]) for row in direct if "n" in row})
        if sizes:
            listed = ", ".join(f"{n} ({data})" for data, n in sizes)
            sentences.append(
                f"$n$ = {listed}; the worst draw is over all samples, the rest one sample; guarantees for all $n$ are "
                "for the largest $n$ of a panel"
            )
        counts = sorted({int(row["trials"]) for row in direct or rows})
        fewer = f" (from {counts[0]} where a cell is costly)" if counts[0] < trials else ""
        sentences.append(f"{trials} trials per cell{fewer}")
        drawn = sorted({int(row["trials"]) for row in rows if row["model"] != rv.model.name})
        if drawn and direct:
            sentences.append(f"{drawn[-1]} draws from the exact law")
        sentences.append(
            f"Exact Clopper--Pearson limits at a joint level $1 - 10^{{{math.log10(ALPHA):.0f}}}$; "
            "an arrow marks the upper limit where no draw failed"
        )
        sentences.append(rf"$\delta = {delta:g}$")
        if any(printed.threshold != 0 for printed in printed_bounds(result, rv)):
            sentences.append("Printed levels are drawn where they are claimed with positive probability")
        if any(isinstance(link.lhs, E) for link in s.links):
            sentences.append("Bars at means are two standard errors")
    sentences.append(f"Seed {seed}, whp {version}")
    return ". ".join(sentences) + "."
