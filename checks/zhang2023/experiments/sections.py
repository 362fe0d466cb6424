"""What a report shows of ``whp experiment``: each figure, with random labels beside the data's, claims and controls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from ...sections import Section
from ...tables import Table
from .settings import EXPERIMENTS

__all__ = ["sections"]

_CONTROL = {True: "as it must", False: "not so", None: "shown"}


def sections(folder: Path) -> tuple[Section, ...]:
    """A section for each figure that ``whp experiment FIG --out FOLDER`` left in a folder.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ValueError
        When a file is not what the command writes today.
    """
    return tuple(_section(folder, key) for key in EXPERIMENTS if (folder / f"{key}.json").is_file())


def _section(folder: Path, key: str) -> Section:
    path = folder / f"{key}.json"
    missing = [suffix for suffix in ("svg", "pdf") if not (folder / f"{key}.{suffix}").is_file()]
    if missing:
        raise ValueError(f"{path} has no {key}.{missing[0]} beside it; {_anew(folder, key)}")
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
        about = f"{answer['network']}; {answer['data']}; {answer['settings']['words']}; {answer['scope']}"
        tables = _beside(key, answer["beside"]), _claims(key, answer["claims"], answer["controls"])
        return Section(key, f"{key}: {answer['words']}", answer["learnt"], about, folder / key, tables)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not what whp experiment writes ({type(error).__name__}: {error}); {_anew(folder, key)}"
        ) from None


def _anew(folder: Path, key: str) -> str:
    return f"whp experiment {key} --out {folder} --resume writes it anew"


def _beside(key: str, measured: Sequence[Mapping[str, Any]]) -> Table:
    rows = tuple((m["what"], m["where"], _spread(m["true"]), _spread(m["random"])) for m in measured)
    return Table(
        f"{key}.labels",
        "The data's labels beside random ones",
        "Median (least to largest) over the draws. Random labels are drawn without looking at the data; they are given "
        "to the attack, and to be told from its noises.",
        ("measured", "after", "the data's labels", "random labels"),
        ("measured", "after", "true", "random"),
        rows,
    )


def _spread(values: Sequence[float]) -> str:
    if not values:
        return ""
    low, middle, high = (f"{value:.4g}" for value in (min(values), median(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"


def _claims(key: str, claims: Sequence[Mapping[str, Any]], controls: Sequence[Mapping[str, Any]]) -> Table:
    rows = [(c["verdict"], "the paper's figure" if c["printed"] else "ours", c["claim"], c["evidence"]) for c in claims]
    rows += [(_CONTROL[c["passed"]], "control", c["control"], c["found"]) for c in controls]
    return Table(
        f"{key}.claims",
        "Claims and controls",
        "Each is decided for the networks and the data that were run, and for no others; comparisons by the exact sign "
        "test over the draws at level 0.05.",
        ("verdict", "whose", "claim", "evidence"),
        ("verdict", "whose", "claim", "evidence"),
        tuple(rows),
    )
