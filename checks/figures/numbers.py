"""The numbers behind figures as LaTeX macros, safe in a caption: each stands for plain text and mathematics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from ..tex import macro_name, tex_number, tex_text
from ..verdict import Result
from ..verify.explain import exact_numbers, named_constants
from .view import View

__all__ = ["numbers_of", "numbers_tex"]


def numbers_tex(pairs: Iterable[tuple[str, str]], version: str) -> str:
    r"""The file of macros of some names and texts.

    Examples
    --------
    >>> print(numbers_tex([("whpFigA", "1"), ("whpFigA", "2")], "1"))
    % One macro per number, written by whp 1.
    \newcommand{\whpFigA}{1}
    \newcommand{\whpFigAAgain}{2}
    <BLANKLINE>
    """
    named: dict[str, str] = {}
    for name, text in pairs:
        # Keys may differ in punctuation only.
        while name in named:
            name += "Again"
        named[name] = text
    lines = [f"% One macro per number, written by whp {version}."]
    lines += [rf"\newcommand{{\{name}}}{{{text}}}" for name, text in named.items()]
    return "\n".join(lines) + "\n"


def numbers_of(view: View) -> Iterator[tuple[str, str]]:
    r"""The macros of one result: its verdict, counterexample, named constants, and how far bounds are from the truth.

    Examples
    --------
    >>> from whp.checks import check
    >>> dict(numbers_of(View(check("k**2 <= 5*k"))))["whpFigClaimAtK"]
    '\\ensuremath{6}'
    """
    result: Result = view.result
    s = result.statement
    key = ("fig", s.key) if s.form in ("printed", "sharp") else ("fig", s.key, s.form)
    yield macro_name(*key, "verdict"), tex_text(result.verdict.words)
    if result.evidence is not None:
        yield macro_name(*key, "evidence"), tex_text(str(result.evidence))
    link = next((link for link in result.links if link.counterexample is not None), None)
    worst = None if link is None else link.counterexample
    if link is not None and worst is not None:
        for name, value in worst.cell.items():
            yield macro_name(*key, "at", name), _safe(tex_number(str(value)))
        value_text, bound_text = exact_numbers(link.link, worst)
        if value_text and bound_text:
            yield macro_name(*key, "value"), _safe(tex_number(value_text))
            yield macro_name(*key, "bound"), _safe(tex_number(bound_text))
    for name, exact, text in named_constants(result):
        yield macro_name(*key, name), _safe(tex_number(text if exact is None or not exact.is_Rational else str(exact)))
    for i, found in enumerate(result.links, start=1):
        if found.link.kind != "probability":
            continue
        slack = [p.bound - p.high for p in view.points(i - 1) if math.isfinite(p.bound - p.high) and p.bound <= 0]
        if slack:
            ends = (macro_name(*key, f"{i}", word) for word in ("tightest", "loosest"))
            yield from zip(ends, (_factor(min(slack)), _factor(max(slack))), strict=True)


def _factor(log10: float) -> str:
    """A quotient of bound and truth in mathematics."""
    power = math.floor(log10)
    mantissa = f"{10 ** (log10 - power):.1f}"
    if mantissa == "10.0":
        mantissa, power = "1.0", power + 1
    if -3 <= power <= 3:
        return rf"\ensuremath{{{10**log10:.2g}}}" if log10 < 3 else rf"\ensuremath{{{10**log10:.0f}}}"
    return rf"\ensuremath{{{mantissa}\cdot 10^{{{power}}}}}"


def _safe(text: str) -> str:
    r"""Mathematics as ``\ensuremath``, which is robust in captions and stands in formulas too."""
    return rf"\ensuremath{{{text[1:-1]}}}" if len(text) > 2 and text[0] == text[-1] == "$" else text
