"""``whp law``: the exact failure probability, its bounds, and the sizes they ask for."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["law"]

_LN10 = math.log(10)


def law(
    width: Annotated[int | None, typer.Option("--width", "-m", help="Width m.")] = None,
    dim: Annotated[int | None, typer.Option("--dim", "-d", help="Input dimension d.")] = None,
    samples: Annotated[int, typer.Option("--samples", "-n", help="Number of samples n; above 1, a union bound.")] = 1,
    threshold: Annotated[
        str, typer.Option("--threshold", "-t", help="t in P(margin ≤ t): a decimal or a fraction such as 1/32.")
    ] = "0",
    readout: Annotated[str, typer.Option("--readout", help="Law of the readout: gaussian or rademacher.")] = "gaussian",
    leak: Annotated[str, typer.Option("--leak", help="Slope of a leaky ReLU, in [0, 1).")] = "0",
    noise: Annotated[
        str, typer.Option("--noise", help="Step of the attack: gradient, or sign (the one-step L∞ attack).")
    ] = "gradient",
    projected: Annotated[
        int, typer.Option("--projected", help="Rank R of the inputs that the witness is projected away from.")
    ] = 0,
    certified: Annotated[bool, typer.Option("--certified", help="Enclose the answer in ball arithmetic.")] = False,
    required: Annotated[
        bool, typer.Option("--required", help="Table of the sizes at which each bound guarantees the claim.")
    ] = False,
    delta: Annotated[float | None, typer.Option("--delta", help="Failure probability allowed, in (0, 1].")] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot",
            help="Draw a figure instead: map (sizes that suffice for --samples), slack (bound over truth, at --dim or "
            "m = d), density (of the margin at --dim), frontier (of the constants).",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the figure.")] = Path("figures"),
    venue: Annotated[str, typer.Option(help="As of `whp plot`.")] = "aistats2025",
    column: Annotated[str, typer.Option(help="half or full width.")] = "half",
    formats: Annotated[str, typer.Option("--format", help="Any of pdf, svg, png, pgf, with commas.")] = "pdf,svg,png",
    style: Annotated[str, typer.Option(help="light or grey.")] = "light",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Exact probability that a margin is at most a threshold at initialisation, or the sizes that make it rare.

    The margin is of the noise of one step along the gradient, or with --noise sign along its sign (at threshold 0).
    Without --required: --width and --dim are needed. With it: --samples and --delta, and at most one of --width, --dim.
    With --plot: nothing, or --dim, --samples and --delta.
    """
    if plot is not None:
        from .law_plot import draw_law  # keeps --help light

        if (width, threshold, readout, leak, noise, projected, certified, required) != (
            None, "0", "gaussian", "0", "gradient", 0, False, False,
        ):  # fmt: skip
            raise ValueError(
                "--plot is for a Gaussian readout, ReLU, the gradient and threshold 0 at many sizes; of the law's "
                "options it takes --dim, --samples and --delta"
            )
        options = {"venue": venue, "column": column, "style": style}
        for path in draw_law(plot, out, formats, options, dim=dim, samples=samples, delta=delta):
            typer.echo(str(path))
        return
    if required:
        if readout != "gaussian" or leak != "0" or projected or certified:
            raise ValueError(
                "--required is for a Gaussian readout and ReLU, found --readout, --leak, --projected or --certified; "
                "leave those out"
            )
        if delta is None:
            raise ValueError("--required needs --delta, found none; pass a failure probability such as --delta 0.01")
        answer = _required(samples, delta, width, dim, threshold, noise)
        show = _show_required
    else:
        if width is None or dim is None:
            missing = " and ".join(name for name, v in (("--width", width), ("--dim", dim)) if v is None)
            raise ValueError(f"the law needs a width and a dimension, found no {missing}; pass both or use --required")
        if delta is not None:
            raise ValueError("--delta belongs to --required, found it alone; add --required or leave it out")
        answer = _law(width, dim, samples, threshold, readout, leak, noise, projected, certified)
        show = _show_law
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        show(answer)


def _law(
    m: int, d: int, n: int, threshold: str, readout: str, leak: str, noise: str, projected: int, certified: bool
) -> dict[str, Any]:
    from ....theory.zhang2023.margin.law import failure_probability  # keeps --help light

    t, slope = _number(threshold, "--threshold"), _number(leak, "--leak")
    options: dict[str, Any] = {
        "threshold": t,
        "projected": projected,
        "readout": readout,
        "leak": slope,
        "noise": noise,
    }
    log_p = failure_probability(m, d, samples=n, log=True, **options)
    answer: dict[str, Any] = {
        "width": m,
        "dim": d,
        "samples": n,
        "threshold": str(t),
        "readout": readout,
        "leak": str(slope),
        "noise": noise,
        "projected": projected,
        "meaning": _meaning(n, t, readout),
        "log_failure": _finite(log_p),
        "log10_failure": _finite(log_p / _LN10),
        "failure": math.exp(log_p),
    }
    if certified:
        enclosure = failure_probability(m, d, samples=n, certified=True, **options)
        lower, upper = enclosure.decimal(21)[1:-1].split(", ")
        answer["certified"] = {"lower": lower, "upper": upper, "relative_radius": enclosure.relative_radius}
    if projected < d:
        answer["bounds"] = _bounds(m, d - projected, n, t * d / (d - projected), readout, slope, noise)
    else:
        answer["bounds"] = {}
    return answer


def _meaning(n: int, t: Any, readout: str) -> str:
    if n == 1:
        return "exact"
    return "union bound sharing the norm of a" if t > 0 and readout == "gaussian" else "union bound"


def _bounds(m: int, d: int, n: int, t: Any, readout: str, leak: Any, noise: str) -> dict[str, float]:
    """log10 of the bounds that cover these options."""
    from ....theory.zhang2023.margin.sharp import BOUNDS, SIGN_BOUNDS, sign_exponent  # keeps --help light

    if leak:
        # whp S8: ½((1−c)/(1+c))^d at every width.
        log_bound = math.log(n / 2) + d * (math.log1p(-float(leak)) - math.log1p(float(leak)))
        return {"S8.b": log_bound / _LN10} if t == 0 else {}
    if readout == "rademacher":
        if noise == "sign":
            return {}
        return {"S8.a": (math.log(n) - sign_exponent(m, d)) / _LN10} if t == 0 else {}
    if not 0 <= t < 0.5:
        return {}
    found = {}
    for name, bound in (SIGN_BOUNDS if noise == "sign" else BOUNDS).items():
        if not name.startswith("exact") and bound.covers(float(t)):
            value = bound.log_bound(m, d, n, float(t)) / _LN10
            if math.isfinite(value):
                found[name] = value
    return found


def _required(n: int, delta: float, m: int | None, d: int | None, threshold: str, noise: str) -> dict[str, Any]:
    from ....theory.zhang2023.margin.sharp import BOUNDS, SIGN_BOUNDS, required_sizes  # keeps --help light

    t = _number(threshold, "--threshold")
    if noise == "sign" and t:
        raise ValueError(f"--noise sign is for threshold 0, found --threshold {threshold}; leave it out")
    rows = required_sizes(n, delta, m=m, d=d, threshold=float(t), noise=noise)
    words = {name: bound.words for name, bound in (BOUNDS | SIGN_BOUNDS).items()}
    return {
        "samples": n,
        "delta": delta,
        "threshold": str(t),
        "noise": noise,
        "asked": "m = d" if m is None and d is None else f"d at m = {m}" if d is None else f"m at d = {d}",
        "rows": [
            {
                "bound": row.bound,
                "words": words[row.bound],
                "width": row.m,
                "dim": row.d,
                "log10_failure": _finite(row.log_failure / _LN10),
            }
            for row in rows
        ],
    }


def _show_law(answer: dict[str, Any]) -> None:
    from rich.console import Console  # keeps --help light
    from rich.table import Table  # keeps --help light

    console = Console(highlight=False, soft_wrap=True)
    kind = _kind(answer)
    event = f"{kind}margin ≤ {answer['threshold']}"
    if answer["samples"] > 1:
        event = f"some of {answer['samples']} {kind}margins ≤ {answer['threshold']}"
    console.print(
        f"width m = {answer['width']}, input dimension d = {answer['dim']}, {answer['readout']} readout"
        + (f", leaky slope {answer['leak']}" if answer["leak"] != "0" else "")
        + (f", witness projected away from rank {answer['projected']}" if answer["projected"] else ""),
        markup=False,
    )
    relation = "=" if answer["meaning"] == "exact" else "≤"
    shown = _power(answer["log10_failure"], up=relation != "=")
    console.print(f"P({event}) {relation} {shown}   ({answer['meaning']})", markup=False)
    if "certified" in answer:
        ends = answer["certified"]
        console.print(f"certified: between {ends['lower']} and {ends['upper']}", markup=False)
    if answer["bounds"]:
        table = Table(box=None, header_style="bold", pad_edge=False)
        table.add_column("bound")
        table.add_column("at most", justify="right")
        table.add_column("bound / exact", justify="right")
        for name, value in answer["bounds"].items():
            slack = "" if answer["log10_failure"] is None else _power(value - answer["log10_failure"])
            table.add_row(name, _power(value, up=True), slack)
        console.print(table)


def _show_required(answer: dict[str, Any]) -> None:
    from rich.console import Console  # keeps --help light
    from rich.table import Table  # keeps --help light

    console = Console(highlight=False, soft_wrap=True)
    goal = "is below 1" if answer["delta"] == 1.0 else f"≤ {answer['delta']}"
    console.print(
        f"smallest {answer['asked']} at which "
        f"P(some of {answer['samples']} {_kind(answer)}margins ≤ {answer['threshold']}) {goal}",
        markup=False,
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("bound", "m", "d", "guarantees", ""):
        table.add_column(column, justify="right" if column in ("m", "d", "guarantees") else "left")
    for row in answer["rows"]:
        sizes = [str(row[k]) if row[k] is not None else "none" for k in ("width", "dim")]
        table.add_row(row["bound"], *sizes, _power(row["log10_failure"], up=True), row["words"])
    console.print(table)


def _kind(answer: dict[str, Any]) -> str:
    return "sign " if answer["noise"] == "sign" else ""


def _number(text: str, option: str) -> Any:
    """An exact rational: floats in a shell are decimals, so 0.1 means 1/10."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{option} must be a decimal or a fraction, found {text!r}; pass 0.03 or 1/32") from None


def _finite(value: float) -> float | None:
    """JSON has no infinity and no NaN."""
    return value if math.isfinite(value) else None


def _power(log10: float | None, *, up: bool = False) -> str:
    """A power of ten as a decimal with an exponent of any size; with `up` one that it does not exceed."""
    if log10 is None:
        return "–"
    exponent = math.floor(log10)
    mantissa = 10 ** (log10 - exponent)
    if up:
        from ....theory.calculus.rounding import rounded  # keeps --help light

        return rounded(f"{mantissa!r}e{exponent}", 6, "up")
    return f"{10**log10:.6g}" if -4 < log10 < 6 else f"{mantissa:.5f}e{exponent:+d}"
