"""``whp check``: one claim, typed at the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import JsonOption
from .terminal import STYLE, columns, print_rich, progress_bar

__all__ = ["check"]

_TRIALS = 20_000
_Repeated = list[str] | None


def check(
    text: Annotated[str, typer.Argument(metavar="TEXT", help='A claim: "P(chi2(d) >= 2*d) <= exp(-d/7)".')],
    let: Annotated[_Repeated, typer.Option(help='A name: "X = Normal(0,1)", "h(u) = u*log(u)"; repeatable.')] = None,
    size: Annotated[
        _Repeated, typer.Option(help="An integer: NAME=low:high (ends included) or NAME=64,256; repeatable.")
    ] = None,
    real: Annotated[
        _Repeated, typer.Option(help='A real: NAME=low:high (open; oo) or "NAME in [0, 1)"; repeatable.')
    ] = None,
    exists: Annotated[_Repeated, typer.Option(help='Unnamed constants: "C, c(eps)".')] = None,
    where: Annotated[_Repeated, typer.Option(help='A hypothesis: "m >= d"; repeatable.')] = None,
    regime: Annotated[str, typer.Option(help='What grows in a limit: "n -> oo", "n -> oo at fixed d".')] = "",
    at: Annotated[_Repeated, typer.Option(help="Listed values, NAME=value or NAME=1/2,1; repeatable.")] = None,
    trials: Annotated[int, typer.Option(help="The most draws of a cell, where draws decide.")] = _TRIALS,
    seed: Annotated[int, typer.Option(help="Root of every random stream.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw bound and truth: FILE.pdf, .svg or .png.")] = None,
    as_json: JsonOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when it is refuted or an error.")] = False,
) -> None:
    """Check one claim, typed as it is printed.

    Names that no option declares are integers from 1 where they are a law's integer parameter or one of m, d, n, k, N,
    K; a law's parameter has that law's domain; all others are positive reals. The verdict repeats what was assumed.

    Examples: `whp check "P(chi2(d) >= 2*d) <= exp(-d/7)"`,
    `whp check "P(X >= t) <= exp(-t**2/2)" --let "X = Normal(0, 1)" --real t=0:oo`,
    `whp check "E(X**4) = 3" --let "X = Normal(0, 1)" --json`.
    """
    from ..verify.tasks import erred  # keeps --help light
    from .lines import result_lines  # keeps --help light
    from .notebook import check as checked  # keeps --help light

    if seed < 0 or trials < 1:
        raise ValueError(f"found --seed {seed}, --trials {trials}; seed >= 0, trials >= 1 needed")
    if plot is not None and plot.suffix not in (".pdf", ".svg", ".png"):
        raise ValueError(f"--plot: found {str(plot)!r}; a name that ends in .pdf, .svg or .png is needed")
    with progress_bar() as progress:
        result = checked(
            text,
            let=let,
            size=size,
            real=real,
            exists=exists and ", ".join(exists),
            where=where,
            at=at,
            regime=regime,
            trials=trials,
            seed=seed,
            progress=progress,
        )
    if as_json:
        print(result.to_json())
    else:
        from rich.text import Text  # keeps --help light

        verdict = result.verdict.words
        for line in result_lines(result, columns()):
            shown = Text(line)
            if line.startswith(verdict):
                shown.stylize(STYLE[str(result.verdict)], 0, len(verdict))
            print_rich(shown)
    if plot is not None:
        from .curves import save_drawn  # keeps --help light

        save_drawn(result, plot)
    if strict and (result.verdict == "refuted" or any(erred(o) for link in result.links for o in link.outcomes)):
        raise typer.Exit(1)
