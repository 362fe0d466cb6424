"""``whp experiment``: run figures of the paper, or examine a user's noises; numbers, claims, controls and pictures."""

from __future__ import annotations

import csv
import io
import json
import os
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..experiments.runs import Run

__all__ = ["experiment"]

_COLUMNS = (
    "figure", "m", "line", "labels", "quantity", "at", "networks", "least", "median", "largest", "mean",
)  # fmt: skip
_SEEDS, _QUICK_SEEDS = 6, 2
_WIDTH = 80
_NOISES = "noises"
_STYLES = {"holds here": "green", "fails here": "bold red", "open": "magenta"}


def experiment(
    figure: Annotated[str, typer.Argument(metavar="FIG", help="fig1 to fig9 of the paper, all, or noises FILE.npz.")],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.npz]", help="With noises: arrays R and y.")] = None,
    data: Annotated[
        str,
        typer.Option(help="patches, digits, mnist5k, cifar10:DIR, sphere, teacher or FILE.npz; with /parity a task."),
    ] = "patches",
    labels: Annotated[str, typer.Option(help="Labels of the data: true, or random (a control).")] = "true",
    training: Annotated[int | None, typer.Option(help="Training points; 2000 unless given, or all there are.")] = None,
    test: Annotated[int | None, typer.Option(help="Test points; 1000 unless given, or all there are.")] = None,
    pool: Annotated[
        int | None, typer.Option(help="Average images over squares of this side; 2 for images of 32 pixels or more.")
    ] = None,
    network: Annotated[str | None, typer.Option(help="dense, or conv; fig8 has conv unless told otherwise.")] = None,
    width: Annotated[str | None, typer.Option(help="Widths m: 64 or 4,16,64 or 16:256:x2.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of training.")] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Draws of split and network at each width; a sign test needs 5.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Root of every random stream.")] = 0,
    quick: Annotated[
        bool, typer.Option("--quick", help="Two seeds, half the points, a tenth of the epochs, at most three widths.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Worker processes; 0 means one per core.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder for FIG.json, FIG.csv, FIG.txt, the figure and all draws.")] = Path(
        "whp-experiment"
    ),
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the run in --out; finished draws are kept.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what FIG.json holds.")] = False,
) -> None:
    """Run figures of the paper on two-layer ReLU networks, with controls; or examine noises of your own.

    Every claim is decided for what was run: "holds here", "fails here" or "open". What the paper claims of its own
    networks stays with `whp verify FIG`.

    Examples: `whp experiment fig2 --quick`, `whp experiment all --out paper --seed 0`,
    `whp experiment fig5 --data digits --seeds 6`, `whp experiment noises mine.npz`.
    """
    if seed < 0 or jobs < 0 or (seeds is not None and seeds < 1):
        raise ValueError(
            f"found --seed {seed}, --jobs {jobs}, --seeds {seeds}; seed >= 0, jobs >= 0, seeds >= 1 needed"
        )
    if (figure == _NOISES) != (file is not None):
        found = f"FILE {file} with {figure}" if file is not None else "no file"
        raise ValueError(f"found {found}; whp experiment noises FILE.npz, or a figure without a file is needed")
    if file is not None:
        _examine(file, seed, out, as_json)
        return
    runs = _executed(
        _options(figure, network, width, epochs, quick),
        {"data": data, "labels": labels, "training": training, "test": test, "pool": pool},
        seeds or (_QUICK_SEEDS if quick else _SEEDS), seed, jobs or os.cpu_count() or 1, out, resume, quick,
    )  # fmt: skip
    answers = [_answer(run) for run in runs]
    for run, answer in zip(runs, answers, strict=True):
        _write(out, run, answer)
    if as_json:
        typer.echo(json.dumps(answers if figure == "all" else answers[0], ensure_ascii=False))
        return
    from ...cli.terminal import print_rich  # keeps --help light

    for run, answer in zip(runs, answers, strict=True):
        for line in _lines(run, answer):
            print_rich(line)
    names = "FIG" if figure == "all" else figure
    print_rich(f"written to {out}/: {names}.json, .csv, .txt, .pdf, .svg, .png; experiments.sqlite")


def _options(figure: str, network: str | None, width: str | None, epochs: int | None, quick: bool) -> list[Any]:
    from ...sweep.grid import parse_sizes  # keeps --help light
    from ..experiments.networks import NETWORKS  # keeps --help light
    from ..experiments.settings import EXPERIMENTS, chosen_experiment  # keeps --help light

    if network is not None and network not in NETWORKS:
        raise ValueError(f"found --network {network!r}; one of {', '.join(NETWORKS)} is needed")
    widths = None if width is None else tuple(parse_sizes(width, "--width"))
    chosen: Any = network
    keys = tuple(EXPERIMENTS) if figure == "all" else (figure,)
    return [
        chosen_experiment(
            key,
            network=chosen,
            widths=widths,
            epochs=None if figure == "all" and key == "fig1" else epochs,
            quick=quick,
        )
        for key in keys
    ]


def _executed(
    experiments: Sequence[Any],
    asked: dict[str, Any],
    seeds: int,
    seed: int,
    jobs: int,
    out: Path,
    resume: bool,
    quick: bool,
) -> tuple[Run, ...]:
    from ...cli.terminal import progress_bar  # keeps --help light
    from ..experiments.draws import Bench  # keeps --help light
    from ..experiments.runs import execute, prepared  # keeps --help light

    pool = asked.pop("pool")
    if pool is not None and pool < 1:
        raise ValueError(f"found --pool {pool}; at least 1 is needed, which leaves images as they are")
    try:
        bench, sizes = prepared(Bench(**asked), seed, pool=pool, quick=quick)
    except ValueError as error:
        other = "; --data digits needs nothing more" if "pip install" in str(error) else ""
        raise ValueError(f"{error}{other}") from None
    _writable(out)
    with progress_bar() as progress:
        return execute(
            experiments, bench, sizes, seeds=seeds, seed=seed, folder=out, jobs=jobs, resume=resume, progress=progress
        )


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


def _answer(run: Run) -> dict[str, Any]:
    """What FIG.json holds."""
    from ..experiments.claims import controls_of, findings  # keeps --help light
    from ..experiments.learnt import beside, learnt  # keeps --help light
    from ..figures.runs import data_words, network_words, settings_words  # keeps --help light

    experiment = run.experiment
    return {
        "key": experiment.key,
        "words": experiment.words,
        "network": network_words(run),
        "data": data_words(run),
        "scope": "what was run here; not the paper's ResNet-18, VGG-11 and WideResNet on CIFAR-10",
        "settings": {
            "along": experiment.along,
            "widths": list(experiment.widths),
            "learning_rate": experiment.learning_rate,
            "epochs": experiment.epochs,
            "labels": run.bench.labels,
            "training": run.sizes.n,
            "test": run.sizes.test,
            "d": run.sizes.d,
            "classes": run.sizes.classes,
            "pool": run.bench.pool,
            "digest": run.sizes.digest,
            "seeds": run.seeds,
            "seed": run.seed,
            "words": settings_words(run),
            "version": version("whp"),
        },
        "learnt": learnt(run),
        "beside": [asdict(row) for row in beside(run)],
        "claims": [
            {"claim": f.claim, "printed": f.printed, "verdict": f.verdict, "evidence": f.evidence}
            for f in findings(run)
        ],
        "controls": [{"control": c.name, "found": c.found, "passed": c.passed} for c in controls_of(run)],
        "points": list(run.rows()),
    }


def _write(out: Path, run: Run, answer: dict[str, Any]) -> None:
    from ...figures.layout import lay_out  # keeps --help light
    from ...figures.save import save_figure  # keeps --help light
    from ...sweep.store import write_text  # keeps --help light
    from ..figures.runs import run_caption, run_picture  # keeps --help light

    key, text = answer["key"], io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(answer["points"])
    write_text(out / f"{key}.json", json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
    write_text(out / f"{key}.csv", text.getvalue())
    save_figure(lay_out(run_picture(run)), out / key)
    write_text(out / f"{key}.txt", run_caption(run) + "\n")


def _lines(run: Run, answer: dict[str, Any]) -> Iterator[str]:
    """The table of a figure, in 80 columns, with Rich's markup around verdicts."""
    yield from _wrapped(f"{answer['key']}: {answer['words']}")
    yield from _wrapped(f"{answer['network']}; {answer['data']}; {answer['settings']['words']}", "  ")
    if run.bench.labels == "random":
        yield from _wrapped("control: all labels, the data's too, are random", "  ")
    yield from _wrapped(answer["learnt"], "  ")
    for found in answer["claims"]:
        whose = "figure" if found["printed"] else "ours"
        text = f"{whose}: {found['claim']}: {found['evidence']}"
        yield from _row(found["verdict"], _STYLES[found["verdict"]], text)
    for control in answer["controls"]:
        style, word = {True: ("green", "as it must"), False: ("bold red", "NOT so"), None: ("", "shown")}[
            control["passed"]
        ]
        yield from _row(word, style, f"control: {control['control']}: {control['found']}")
    yield ""


def _row(word: str, style: str, text: str) -> Iterator[str]:
    first, *rest = _wrapped(text, " " * 14)
    shown = f"[{style}]{word}[/]" if style else word
    yield f"  {shown}{' ' * (12 - len(word))}{first.lstrip()}"
    yield from rest


def _wrapped(text: str, indent: str = "") -> list[str]:
    from rich.markup import escape  # keeps --help light

    lines = textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent or "  ")
    return [escape(line) for line in lines]


def _examine(file: Path, seed: int, out: Path, as_json: bool) -> None:
    """Measure noises of a user's own."""
    import numpy as np  # keeps --help light

    from ...cli.terminal import print_rich  # keeps --help light
    from ...sweep.seeds import seed_sequence  # keeps --help light
    from ...sweep.store import write_text  # keeps --help light
    from ..experiments.noises import examine, read_noises  # keeps --help light

    rng = np.random.default_rng(seed_sequence(seed, "noises"))
    noises = read_noises(file, rng=rng)
    _writable(out)
    answer = {**examine(noises, rng=rng), "seed": seed, "version": version("whp")}
    write_text(out / "noises.json", json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    held = ", a quarter held out as test noises" if answer["held_out"] else ""
    head = f"{answer['file']}: {answer['n']} + {answer['test']} noises, d = {answer['d']}, {answer['classes']} classes"
    for line in (*_wrapped(head + held), *_wrapped(f"{answer['verdict']}: {answer['sentence']}")):
        print_rich(line)
    for name, values in (("noises", answer["noises"]), ("inputs", answer["inputs"]), *answer["controls"].items()):
        if values is not None and "test" in values:
            few = min((int(key[5:]) for key in values if key.startswith("test_")), default=0)
            one = f"; {few} of each class: {values[f'test_{few}']:.3f}" if few else ""
            print_rich(f"  {name:<18}training {values['train']:.3f}  test {values['test']:.3f}{one}")
    print_rich(f"written to {out}/noises.json")
