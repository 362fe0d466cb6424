"""``whp radius``: how far the weights of one network may move before a sample's margin can turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

_WANTED = "W (m, d), a (m,) and X (n, d)"


def radius(
    network: Annotated[Path, typer.Argument(metavar="FILE.npz", help=f"Arrays {_WANTED}.")],
    readout: Annotated[
        float, typer.Option(help="Radius of the readout over that of the weights; 0 moves the weights alone.")
    ] = 1.0,
    span: Annotated[
        bool, typer.Option("--span", help="Certify changes of W within span X only, as gradient descent makes them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Certified and attacked radius of every sample of a network.

    No (W*, a*) with ||W* - W||_2 and ||a* - a|| up to the certified radius turns the margin of v = -W^T a at that
    sample; one within the attacked radius does.
    """
    answer = _radii(network, readout, span)
    if as_json:
        typer.echo(json.dumps(answer))
        return
    _show(answer)


def _radii(file: Path, readout: float, span: bool) -> dict[str, Any]:
    from ....kernels.direct import margins  # keeps --help light
    from ....kernels.zhang2023.radius import certified_radius  # keeps --help light
    from ....kernels.zhang2023.radius_attack import attacked_radius  # keeps --help light
    from ...sweep.data import read_arrays  # keeps --help light

    arrays = read_arrays(file, ("W", "a", "X"), _WANTED)
    W, a, X = arrays["W"], arrays["a"], arrays["X"]
    found = certified_radius(W, a, X, readout=readout, span=span)
    # The attack leaves span X: beside a certificate within it, it bounds nothing.
    broken = None if span else attacked_radius(W, a, X, readout=readout)
    samples = [
        {
            "sample": i,
            "margin": float(margin),
            "certified": float(found[i]),
            "attacked": None if broken is None else float(broken[i]),
        }
        for i, margin in enumerate(margins(W, a, X))
    ]
    return {
        "m": W.shape[0],
        "d": W.shape[1],
        "n": len(samples),
        "readout": readout,
        "span": span,
        "certified": float(found.min()),
        "attacked": None if broken is None else float(broken.min()),
        "samples": samples,
    }


def _show(answer: dict[str, Any]) -> None:
    from rich.console import Console  # keeps --help light
    from rich.table import Table  # keeps --help light

    from ....theory.calculus.rounding import rounded  # keeps --help light

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("sample", "margin", "certified radius", "attacked radius", "ratio"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in answer["samples"]:
        attacked = row["attacked"]
        ratio = "–" if not attacked else f"{row['certified'] / attacked:.3f}"
        shown = "–" if attacked is None else rounded(attacked, 6, "up")
        table.add_row(str(row["sample"]), f"{row['margin']:.6g}", rounded(row["certified"], 6, "down"), shown, ratio)
    console = Console()
    console.print(table)
    lost = [row for row in answer["samples"] if not row["margin"] > 0.0]
    if lost:
        whole = (
            f"{len(lost)} of {answer['n']} samples have no positive margin to begin with: nothing to certify for all"
        )
    else:
        whole = f"all {answer['n']} samples keep their margins up to radius {rounded(answer['certified'], 6, 'down')}"
        if answer["attacked"] is not None:
            whole += f"; one loses its margin at {rounded(answer['attacked'], 6, 'up')}"
    console.print(whole, highlight=False)
