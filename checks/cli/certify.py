"""``whp certify``: write a separability certificate, or recheck one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def certify(
    data: Annotated[
        Path, typer.Argument(metavar="DATA.npz", help="Arrays R (n, d) and y (n,): ±1, or class integers.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="CERT.json", help="Write the certificate here.")
    ] = None,
    recheck: Annotated[
        Path | None, typer.Option("--recheck", metavar="CERT.json", help="Recheck this certificate against the data.")
    ] = None,
    margin: Annotated[bool, typer.Option("--margin", help="Also bound the maximum margin.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Decide exactly whether the rows of R with labels y are linearly separable, or recheck a certificate.

    Exit code 0: certified, or the recheck accepts. 1: undetermined, or the recheck rejects.
    """
    if recheck is not None:
        if output is not None or margin:
            raise ValueError("--recheck was combined with --output or --margin; a recheck takes a certificate and data")
        answer, accepted = _recheck(recheck, data)
    else:
        answer, accepted = _certify(data, output, margin)
    _show(answer, as_json)
    if not accepted:
        raise typer.Exit(1)


def _recheck(certificate: Path, data: Path) -> tuple[dict[str, Any], bool]:
    # The referee alone, without the solver that made the certificate.
    from ..separability import recheck as referee  # keeps --help light

    document = referee.parse(_text(certificate))
    ruling = referee.recheck(document, *referee.load(str(data)))
    return {"accepted": ruling.accepted, "reason": ruling.reason}, ruling.accepted


def _certify(data: Path, output: Path | None, margin: bool) -> tuple[dict[str, Any], bool]:
    from ..separability import recheck as referee  # keeps --help light
    from ..separability.certificate import maximum_margin, separate  # keeps --help light

    R, y = referee.load(str(data))
    certificate = separate(R, y)
    answer: dict[str, Any] = {
        "kind": certificate.kind,
        "separable": certificate.separable,
        "n": certificate.n,
        "d": certificate.d,
        "classes": list(certificate.classes),
        "data_sha256": certificate.data_sha256,
        "method": certificate.method,
    }
    if margin:
        answer["maximum_margin"] = maximum_margin(R, y).bounds.decimal(12)
    if certificate.separable is not None and output is not None:
        certificate.to_json(output)
        answer["certificate"] = str(output)
    return answer, certificate.separable is not None


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
        console.print(f"{name.replace('_', ' '):<15} {value}", markup=False)
