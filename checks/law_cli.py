"""``whp law``: the exact failure probability at any size, and the sizes a guarantee needs."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any

import typer

__all__ = ["law"]


def law(
    width: Annotated[int | None, typer.Option(help="Width m.")] = None,
    dim: Annotated[int | None, typer.Option(help="Input dimension d.")] = None,
    samples: Annotated[int, typer.Option(help="Samples n; above 1 a union bound.")] = 1,
    threshold: Annotated[float, typer.Option(help="t in P(margin <= t).")] = 0.0,
    readout: Annotated[str, typer.Option(help="gaussian or rademacher.")] = "gaussian",
    leak: Annotated[float, typer.Option(help="Slope of a leaky ReLU, in [0, 1).")] = 0.0,
    projected: Annotated[int, typer.Option(help="R: project the witness off R-dimensional inputs.")] = 0,
    certified: Annotated[bool, typer.Option("--certified", help="Enclose the number in ball arithmetic.")] = False,
    required: Annotated[
        bool, typer.Option("--required", help="The smallest sizes at which each bound guarantees --delta.")
    ] = False,
    delta: Annotated[float, typer.Option(help="Failure probability allowed, with --required.")] = 0.01,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How likely is it really that the claim fails: P(some margin <= t), exact for one sample.

    With --required: the smallest m = d (or m at a given --dim, or d at a given --width) that each bound asks for.
    """
    if required:
        _required(samples, delta, width, dim, threshold, as_json)
        return
    if width is None or dim is None:
        raise ValueError("found no --width or no --dim; `whp law` needs both, or --required")
    from ..theory.law import failure_probability

    where: dict[str, Any] = {
        "threshold": threshold,
        "samples": samples,
        "projected": projected,
        "readout": readout,
        "leak": leak,
    }
    answer: dict[str, Any] = {"m": width, "d": dim, **where, "union_bound": samples > 1}
    if certified:
        enclosure = failure_probability(width, dim, certified=True, **where)
        answer["probability"] = enclosure.decimal(20)
    else:
        answer["log_probability"] = failure_probability(width, dim, log=True, **where)
        answer["probability"] = _decimal(answer["log_probability"])
    if as_json:
        print(json.dumps(answer))
        return
    event = f"some of {samples} margins <= {threshold:g}" if samples > 1 else f"margin <= {threshold:g}"
    relation = "<=" if samples > 1 else "in" if certified else "="
    print(f"P({event}) {relation} {answer['probability']} at m = {width}, d = {dim}" + _conditions(where))
    if samples > 1:
        print("union bound over the samples; the truth is at least the value for one sample")


def _conditions(where: dict[str, Any]) -> str:
    words = []
    if where["readout"] != "gaussian":
        words.append(f"{where['readout']} readout")
    if where["leak"]:
        words.append(f"leak {where['leak']:g}")
    if where["projected"]:
        words.append(f"witness projected off {where['projected']} dimensions")
    return f" ({', '.join(words)})" if words else ""


def _decimal(log_value: float) -> str:
    """exp(log_value) to ten digits over any exponent range; the logarithm carries the full double."""
    if log_value == -math.inf:
        return "0"
    power = math.floor(log_value / math.log(10))
    mantissa = math.exp(log_value - power * math.log(10))
    return f"{mantissa:.9f}e{power:+d}" if power < -4 else f"{math.exp(log_value):.10g}"


def _required(n: int, delta: float, width: int | None, dim: int | None, threshold: float, as_json: bool) -> None:
    from ..theory.sharp import BOUNDS, required_sizes

    rows = required_sizes(n, delta, m=width, d=dim, threshold=threshold)
    if as_json:
        table = [
            {
                "bound": row.bound,
                "words": BOUNDS[row.bound].words,
                "m": row.m,
                "d": row.d,
                "log_failure": None if math.isnan(row.log_failure) else row.log_failure,
            }
            for row in rows
        ]
        print(json.dumps({"samples": n, "delta": delta, "threshold": threshold, "required": table}))
        return
    from rich.console import Console
    from rich.table import Table

    shape = f"at m = {width}" if width else f"at d = {dim}" if dim else "with m = d"
    title = f"smallest size {shape} for P(some of {n} margins <= {threshold:g}) <= {delta:g}"
    table_of_rows = Table(title=title, box=None, header_style="bold", pad_edge=False, title_justify="left")
    for column in ("bound", "what it is"):
        table_of_rows.add_column(column)
    for column in ("m", "d", "bound there"):
        table_of_rows.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        sizes = ("none", "none", "–") if row.m is None else (str(row.m), str(row.d), _decimal(row.log_failure))
        table_of_rows.add_row(row.bound, BOUNDS[row.bound].words, *sizes)
    Console().print(table_of_rows)
