"""``whp certify``: write a separability certificate, or recheck one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..separability.certificate import Certificate
    from ..separability.files import Table

# Work of telling the sign of every infinite estimate that is done without being asked.
_ESTIMATES = 10**6
_SHOWN = 12


def certify(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="CSV or TSV with a header, npz with X (n, d) and y (n,), npy or parquet; labels: two or more.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="CERT.json", help="Write the certificate here.")
    ] = None,
    recheck: Annotated[
        Path | None, typer.Option("--recheck", metavar="CERT.json", help="Recheck this certificate against the data.")
    ] = None,
    intercept: Annotated[
        bool, typer.Option("--intercept", help="Append a 1 to every row; without, hyperplanes go through the origin.")
    ] = False,
    label: Annotated[
        str | None, typer.Option("--label", metavar="COLUMN", help="The column of the labels (default: y).")
    ] = None,
    one_hot: Annotated[
        bool, typer.Option("--one-hot", help="One 0/1 column for each category of a column with text.")
    ] = False,
    npz: Annotated[
        Path | None,
        typer.Option("--npz", metavar="FILE.npz", help="Also write the numbers as read, for the referee alone."),
    ] = None,
    margin: Annotated[
        bool, typer.Option("--margin", help="Also bound the maximum margin, through the origin.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Decide exactly whether labelled rows are separable, quasi-separable or overlap, or recheck a certificate.

    Exit code 0: certified, or the recheck accepts. 1: undetermined, or the recheck rejects.

    Examples: `whp certify noises.npz -o cert.json`, `whp certify noises.npz --recheck cert.json`,
    `whp certify patients.csv --label died --intercept --one-hot`.
    """
    if recheck is not None and (output is not None or margin or intercept or npz is not None):
        raise ValueError(
            "--recheck was combined with --output, --margin, --npz or --intercept; a recheck takes data and a "
            "certificate, which says whether there is an intercept"
        )
    if margin and intercept:
        raise ValueError("--margin was combined with --intercept; the margin is bounded through the origin only")
    _readable(data, "a table of samples and labels")
    if recheck is not None:
        _readable(recheck, "a JSON certificate")
    for option, path in (("--output", output), ("--npz", npz)):
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            what = "is a folder" if path.is_dir() else f"is to be written into {path.parent}, which is no folder"
            raise ValueError(f"{option}: {path} {what}; a file in a folder that exists is needed")
    if recheck is not None:
        answer, accepted = _recheck(recheck, data, label, one_hot)
    else:
        answer, accepted = _certify(data, output, label, one_hot, intercept, margin, npz)
    _show(answer, as_json)
    if not accepted:
        raise typer.Exit(1)


def _readable(path: Path, needed: str) -> None:
    """Refuse what is no file before anything is computed."""
    if not path.is_file():
        raise ValueError(f"{path} is {'a folder' if path.is_dir() else 'not there'}; {needed} is needed")


def _recheck(certificate: Path, data: Path, label: str | None, one_hot: bool) -> tuple[dict[str, Any], bool]:
    # The referee and the reader of files alone, without the solver that made the certificate.
    from ..separability import recheck as referee  # keeps --help light
    from ..separability.files import read_table  # keeps --help light

    document = referee.parse(_text(certificate))
    table = read_table(data, label, one_hot=one_hot, reference=document.get("intercept") is True)
    ruling = referee.recheck(document, table.X, table.y)
    return {"accepted": ruling.accepted, "reason": ruling.reason}, ruling.accepted


def _certify(
    data: Path, output: Path | None, label: str | None, one_hot: bool, intercept: bool, margin: bool, npz: Path | None
) -> tuple[dict[str, Any], bool]:
    from ..separability.certificate import maximum_margin, separate  # keeps --help light
    from ..separability.files import read_table, save_npz  # keeps --help light

    table = read_table(data, label, one_hot=one_hot, reference=intercept)
    certificate = separate(table.X, table.y, intercept)
    answer: dict[str, Any] = {
        "kind": certificate.kind,
        "separable": certificate.separable,
        "question": certificate.question,
        "n": certificate.n,
        "d": certificate.d,
        "label": table.label,
        "classes": list(certificate.classes),
        "data_sha256": certificate.data_sha256,
        "method": certificate.method,
    }
    if len(certificate.classes) == 2 and certificate.classes != (-1, 1):
        answer["signs"] = {str(c): sign for c, sign in zip(certificate.classes, ("-1", "+1"), strict=True)}
    answer |= _estimates(table, certificate)
    if certificate.conflict is not None:
        answer["conflict"] = [table.rows[i] for i in certificate.conflict]
    if margin:
        answer["maximum_margin"] = maximum_margin(table.X, table.y).bounds.decimal(12)
    if npz is not None:
        save_npz(npz, table)
        answer["npz"] = str(npz)
    if certificate.separable is not None and output is not None:
        certificate.to_json(output)
        answer["certificate"] = str(output)
    return answer, certificate.separable is not None


def _estimates(table: Table, certificate: Certificate) -> dict[str, Any]:
    """Estimates of logistic regression that are not finite, by the names of their columns."""
    from ..separability.estimates import estimates  # keeps --help light

    names = [*table.columns, *["(intercept)"] * certificate.intercept]
    two, known = len(certificate.classes) == 2, certificate.kind in ("separable", "quasi", "overlap")
    if not two or not known or certificate.n * len(names) ** 2 > _ESTIMATES:
        return {}
    found = estimates(table.X, table.y, certificate.intercept, certificate=certificate)
    return {"estimates": {name: where for name, where in zip(names, found, strict=True) if where != "finite"}}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file; a JSON certificate is needed") from None


def _show(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer))
        return
    from rich.console import Console  # keeps --help light

    console = Console(highlight=False, soft_wrap=True)
    for name, value in answer.items():
        console.print(f"{name.replace('_', ' '):<15} {_words(name, value)}", markup=False)


def _words(name: str, value: Any) -> str:
    """A list or mapping as a person reads it."""
    if name == "estimates":
        return ", ".join(f"{column} {where}" for column, where in value.items()) or "all finite"
    if name == "signs":
        return ", ".join(f"{sign} is {label}" for label, sign in value.items())
    if isinstance(value, list):
        shown = ", ".join(map(str, value[:_SHOWN]))
        return f"{shown} and {len(value) - _SHOWN} more" if len(value) > _SHOWN else shown
    return str(value)
