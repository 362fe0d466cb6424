"""``whp experiment``: run one figure of the paper on digits, and write its numbers, its verdict and its picture."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ...verdict import Result
    from ..experiments.settings import Experiment

__all__ = ["experiment"]

_COLUMNS = ("figure", "m", "line", "quantity", "at", "networks", "q05", "median", "q95", "mean")


def experiment(
    figure: Annotated[str, typer.Argument(metavar="FIG", help="fig1 to fig9 of the paper.")],
    width: Annotated[str | None, typer.Option(help="Widths m: 64 or 4,16,64 or 16:256:x2.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of training.")] = None,
    networks: Annotated[int | None, typer.Option(help="Networks per width, each with its own split.")] = None,
    shuffled: Annotated[
        bool, typer.Option("--shuffled", help="Control: pair the noises with permuted classes.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Root of every random stream.")] = 0,
    quick: Annotated[
        bool, typer.Option("--quick", help="One network, at most three widths, a tenth of the epochs.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for FIG.json, FIG.csv, FIG.txt and the figure.")] = Path(
        "whp-experiment"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print what FIG.json holds.")] = False,
) -> None:
    """Run one figure of the paper on two-layer ReLU networks and scikit-learn's digits.

    The paper's own data and architectures are not available: see what a verdict about them can say in the output.
    """
    chosen = _chosen(figure, width, epochs, shuffled, quick)
    if seed < 0 or (networks is not None and networks < 1):
        raise ValueError(f"found --seed {seed}, --networks {networks}; seed >= 0 and networks >= 1 needed")
    draws = networks or (1 if quick else 3)
    _writable(out)
    result = _result(chosen, draws, seed)
    table = _rows(result, chosen.key)
    answer = {
        **{
            k: v
            for k, v in result.to_dict().items()
            if k in ("key", "title", "verdict", "evidence", "reason", "source")
        },
        "settings": {**_settings(chosen), "networks": draws, "seed": seed, "version": version("whp")},
        "links": _links(result),
        "points": table,
    }
    _write(out, chosen, result, answer, table, seed)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _show(answer, out)


def _chosen(figure: str, width: str | None, epochs: int | None, shuffled: bool, quick: bool) -> Experiment:
    from ...sweep.grid import parse_sizes  # keeps --help light
    from ..experiments.settings import EXPERIMENTS  # keeps --help light

    if figure not in EXPERIMENTS:
        near = f"fig{found[0]}" if (found := re.findall(r"[1-9]", figure)) else "fig3"
        raise ValueError(f"found figure {figure!r}; one of fig1 to fig9 is needed, such as {near}")
    chosen = EXPERIMENTS[figure]
    if epochs is not None and (epochs < 1 or chosen.along == "classes"):
        needed = "fig1 shows untrained networks, leave --epochs out" if epochs >= 1 else "at least 1 is needed"
        raise ValueError(f"found --epochs {epochs}; {needed}")
    widths = chosen.widths if width is None else parse_sizes(width, "--width")
    trained = epochs or chosen.epochs
    if quick:
        widths = tuple(sorted({widths[0], widths[len(widths) // 2], widths[-1]}))
        trained = epochs or max(1, trained // 10)
    return replace(chosen, widths=widths, epochs=trained, shuffled=shuffled)


def _writable(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".whp-probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise OSError(
            f"cannot write to the output folder {out} ({error.strerror}); choose another --out or free space"
        ) from None


def _result(chosen: Experiment, draws: int, seed: int) -> Result:
    """Check the figure's statement with this experiment in the place of the one that ``whp verify`` runs."""
    from ....theory.zhang2023.ledger import LEDGER  # keeps --help light
    from ....theory.zhang2023.printed.figures import MODELS  # keeps --help light
    from ...cli.terminal import progress_bar  # keeps --help light
    from ...verify.check import check  # keeps --help light
    from ..engines import ENGINES  # keeps --help light
    from ..experiments.run import engine_of  # keeps --help light

    total, done = draws * len(chosen.widths), 0
    with progress_bar() as report:

        def finished() -> None:
            nonlocal done
            done += 1
            if report is not None:
                report(done, total, f"{chosen.key}: networks")

        if report is not None:
            report(0, total, f"{chosen.key}: networks")
        # As many draws as were asked for, however long they take.
        engine = replace(engine_of(chosen, drawn=finished), cost=lambda cell: 1.0)
        engines = ENGINES.replaced({MODELS[chosen.key]: engine})
        return check(LEDGER[chosen.key][0], engines=engines, book=LEDGER, trials=draws, seed=seed)


def _settings(chosen: Experiment) -> dict[str, Any]:
    found = {k: getattr(chosen, k) for k in ("words", "along", "training", "test", "shuffled")}
    found["widths"] = list(chosen.widths)
    if chosen.along != "classes":
        found |= {"learning_rate": chosen.learning_rate, "epochs": chosen.epochs}
    return found


def _links(result: Result) -> list[dict[str, Any]]:
    return [
        {
            "link": str(link.link),
            "verdict": str(link.verdict),
            "reason": link.reason,
            "cells": [
                {"m": o.cell.get("m"), "value": _decimal(o.value), "bound": _decimal(o.bound)}
                for o in link.outcomes
                if o.value
            ],
        }
        for link in result.links
    ]


def _decimal(text: str) -> str:
    return f"{float(text):g}"


def _rows(result: Result, key: str) -> list[dict[str, Any]]:
    """One row per width, line, quantity and place on the axis."""
    found = []
    for row in result.draws:
        if row["rv"].count("/") == 2:
            line, quantity, at = row["rv"].split("/")
            values = {k: row[k] for k in ("q05", "median", "q95", "mean")}
            place = {"figure": key, "m": row["m"], "line": line, "quantity": quantity, "at": int(at)}
            found.append({**place, "networks": int(row["trials"]), **values})
    return found


def _write(
    out: Path, chosen: Experiment, result: Result, answer: dict[str, Any], table: list[dict[str, Any]], seed: int
) -> None:
    from ...figures.save import save_figure  # keeps --help light
    from ...sweep.store import write_text  # keeps --help light
    from ..figures.experiments import experiment_caption, experiment_figure  # keeps --help light

    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    write_text(out / f"{chosen.key}.json", json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
    write_text(out / f"{chosen.key}.csv", text.getvalue())
    drawn = experiment_figure(result, seed=seed, experiment=chosen)
    if drawn is not None:
        save_figure(drawn, out / chosen.key)
        words = experiment_caption(result, seed=seed, version=answer["settings"]["version"], experiment=chosen)
        write_text(out / f"{chosen.key}.txt", words + "\n")


def _show(answer: dict[str, Any], out: Path) -> None:
    from rich.console import Console  # keeps --help light
    from rich.table import Table  # keeps --help light

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{answer['key']}: {answer['title']}", markup=False)
    console.print(f"run: {answer['settings']['words']}", markup=False)
    if answer["settings"]["shuffled"]:
        console.print("control: noises are paired with permuted classes", markup=False)
    if answer["settings"]["along"] != "classes":
        console.print(
            "accuracies: the linear model on noises of training and of test points, the least along the axis; the "
            "witnesses of the initial weights; separations proved exactly",
            markup=False,
        )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for i, column in enumerate(("width", "line", *_HEADS[answer["settings"]["along"]])):
        table.add_column(column, justify="left" if i == 1 else "right")
    for row in _summary(answer["points"], answer["settings"]["along"]):
        table.add_row(*row)
    console.print(table)
    for link in answer["links"]:
        console.print(f"{link['verdict']}: {link['link']}: {link['reason']}", markup=False)
    console.print(f"written to {out}/: {answer['key']}.json, .csv, .txt, .pdf, .svg, .png", markup=False)


_HEADS = {
    "epochs": ("training", "test", "witnesses", "exact"),
    "classes": ("neighbours of one class", "embedded"),
}
_HEADS["steps"] = _HEADS["epochs"]


def _summary(points: list[dict[str, Any]], along: str) -> list[tuple[str, ...]]:
    """Per width and line: the linear model's least accuracies, the witnesses' first and last, exact separations."""
    grouped: dict[tuple[int, str], dict[str, list[dict[str, Any]]]] = {}
    for row in sorted(points, key=lambda row: row["at"]):
        grouped.setdefault((row["m"], row["line"]), {}).setdefault(row["quantity"], []).append(row)
    found = []
    for (m, line), rows in sorted(grouped.items(), key=lambda item: item[0][0]):
        medians = {quantity: [row["median"] for row in some] for quantity, some in rows.items()}
        if along == "classes":
            cells = [f"{medians[k][0]:.3f}" for k in ("purity", "embedded")]
        elif line == "original":
            cells = [f"{medians[k][0]:.3f}" for k in ("train", "test")]
            line = "inputs themselves"
        elif "clean" in medians:
            cells = ["", f"{medians['clean'][0]:.3f} → {medians['clean'][-1]:.3f}"]
            line += ", clean"
        else:
            witness, exact = medians["witness"], rows["exact"]
            proved = sum(row["mean"] * row["networks"] for row in exact)
            cells = [f"≥ {min(medians['train']):.3f}", f"≥ {min(medians['test']):.3f}"]
            cells += [f"{witness[0]:.3f} → {witness[-1]:.3f}", f"{proved:.0f}/{sum(row['networks'] for row in exact)}"]
        found.append((str(m), line, *cells))
    return found
