"""What is said of a result in lines of text: the claim as it was read, its verdict, and what the verdict rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from sympy import latex

from ...theory.calculus.rounding import against, in_short
from ...theory.language.cells import cell_text
from ...theory.language.heads import P
from ...theory.language.statements import Link
from ..report.words import best_words, with_signs
from ..verdict import LinkResult, Outcome, Result, Verdict
from ..verify.explain import constant_words, exact_numbers, headline, numbers_words, plain_counts

__all__ = ["WIDTH", "cells_words", "claim_latex", "constant_lines", "result_lines", "sides_words", "verdict_line"]

WIDTH = 80
# A list of more values than these is shortened, and digits kept of 1 minus a small number.
_LISTED, _DIGITS = 7, 400
_FELL = {Verdict.HOLDS: "holds", Verdict.REFUTED: "fails", Verdict.CONSISTENT: "not refuted"}
_FELL |= {Verdict.UNDETERMINED: "undetermined", Verdict.VACUOUS: "says nothing"}


def result_lines(result: Result, width: int = WIDTH) -> list[str]:
    """The claim as it was read, its verdict with the domains that were assumed, and what it rests on.

    Parameters
    ----------
    result : Result
    width : int
        Columns to fill.
    """
    s = result.statement
    lines: list[str] = []

    def say(text: str, first: str = "", then: str = "  ") -> None:
        lines.extend(
            textwrap.wrap(
                text,
                width,
                initial_indent=first,
                subsequent_indent=then,
                break_long_words=False,
                break_on_hyphens=False,
            )
            or [first]
        )

    for claim in s.claims:
        for link in claim.links:
            say(f"{link}", "claim: ", "       ")
    for words in _conditions(result):
        say(words, "       ", "         ")
    say(verdict_line(result), then="  ")
    for number, found in enumerate(result.links, start=1):
        indent = "  "
        if len(result.links) > 1:
            say(f"relation {number}: {found.verdict.words}{_level(found)}", "  ", "    ")
            indent = "    "
        for text in _link_lines(found):
            say(text, indent, indent + "  ")
    for text in constant_lines(result):
        say(text, "  ", "    ")
    return lines


def verdict_line(result: Result) -> str:
    """Verdict and evidence, and every domain that nothing declared."""
    assumed = [f"{p} is {p.domain}" for p in result.statement.assumed]
    return headline(result) + (f"; assumed: {', '.join(assumed)}" if assumed else "")


def _level(link: LinkResult) -> str:
    return f", {link.evidence}" if link.evidence else ""


def _conditions(result: Result) -> Iterable[str]:
    s = result.statement
    if s.hypotheses:
        yield f"where {', '.join(dict.fromkeys(h.words for h in s.hypotheses))}"
    exists = [
        f"{c}({', '.join(map(str, of))})" if (of := getattr(c, "of", ())) else str(c)
        for claim in s.claims
        for c in claim.exists
    ]
    if exists:
        yield f"for some {', '.join(dict.fromkeys(exists))}"
    for regime in dict.fromkeys(str(claim.regime) for claim in s.claims if claim.regime is not None):
        yield f"as {regime}"
    declared = [p for p in s.parameters if p not in s.assumed]
    if declared:
        yield f"for {', '.join(f'{p} {p.domain}' for p in declared)}"
    points = [cell_text(point) for point in s.exact_points if point]
    if points:
        yield f"at {'; '.join(points if len(points) <= _LISTED else [*points[:3], '…', points[-1]])}"


def _link_lines(result: LinkResult) -> Iterable[str]:
    worst = result.counterexample
    said = [] if worst is None else [_counterexample(result.link, worst)]
    said += [in_short(plain_counts(result.reason))]
    yield from filter(None, said)
    for verdict in (Verdict.REFUTED, Verdict.UNDETERMINED, Verdict.CONSISTENT, Verdict.HOLDS, Verdict.VACUOUS):
        cells = [o.cell for o in result.outcomes if o.verdict is verdict and o.cell]
        # A single cell may have been named already.
        if not cells or (len(cells) == 1 and any(cell_text(cells[0]) in text for text in said)):
            continue
        if verdict is Verdict.HOLDS and result.verdict is Verdict.REFUTED:
            yield _met(result, cells)
        else:
            yield f"{_FELL[verdict]} at {cells_words(cells)}"


def _met(result: LinkResult, cells: Sequence[Mapping[str, Any]]) -> str:
    """Where a refuted link is true all the same, in words that do not read like support for it."""
    what = "inequality" if result.link.relation in ("<", "<=", ">", ">=") else "claim"
    failing = [o.cell for o in result.outcomes if o.verdict is Verdict.REFUTED and o.cell]
    beyond = all(any(_is_beyond(cell, met) for cell in failing) for met in cells) if failing else True
    rest = "; the counterexample lies beyond" if beyond else ""
    return f"the {what} is met at the listed {cells_words(cells)}{rest}"


def _is_beyond(cell: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a cell is further out than another in some size, and as far in all others."""
    sizes = [name for name, value in other.items() if isinstance(value, int) and isinstance(cell.get(name), int)]
    return cell != other and bool(sizes) and all(cell[name] >= other[name] for name in sizes)


def _counterexample(link: Link, outcome: Outcome) -> str:
    which = "smallest counterexample: " if outcome.smallest and outcome.cell else "counterexample: "
    parts = [cell_text(outcome.cell), sides_words(link, outcome)]
    return (which if outcome.cell else "") + "; ".join(part for part in parts if part)


def sides_words(link: Link, outcome: Outcome) -> str:
    """Both sides of a link at a cell, each rounded towards the other.

    Examples
    --------
    >>> from whp.theory import ChiSquare, P, claim
    >>> at_least = claim(P(ChiSquare(2) >= 2) >= 1).links[0]
    >>> found = Outcome(Verdict.REFUTED, None, value="[6.321205588e-1, 6.321205589e-1]", bound="0")
    >>> sides_words(at_least, found)
    'left side 0.3679, right side 1'
    """
    value, bound = exact_numbers(link, outcome)
    if not value or not bound:
        return numbers_words(link, outcome)
    if link.excluded is not None:
        on_left, on_right = isinstance(link.lhs, P), isinstance(link.rhs, P)
        known: tuple[str | None, str | None] = value, bound
        # What a lower bound on a probability excludes is the complement.
        if link.relation in ((">", ">=") if on_left else ("<", "<=")):
            known = _rest(value), _rest(bound)
        if on_left == on_right or known[0] is None or known[1] is None:
            return f"what it excludes has probability {numbers_words(link, outcome)}"
        value, bound = (known[0], known[1]) if on_left else (known[1], known[0])
    left, right = against(value, bound)
    return f"left side {left}, right side {right}"


def _rest(text: str) -> str | None:
    """1 minus a number or an enclosure that is given as text; None for other text."""
    try:
        if not text.startswith("["):
            return str(1 - Fraction(text))
        with localcontext() as context:
            context.prec = _DIGITS
            low, high = (Decimal(end) for end in text.strip("[]").split(", "))
            return f"[{1 - high:f}, {1 - low:f}]"
    except (ArithmeticError, ValueError):
        return None


def cells_words(cells: Sequence[Mapping[str, Any]]) -> str:
    """Cells in a line: values of the one parameter that varies, else how many, with the first and the last.

    Examples
    --------
    >>> cells_words([{"d": 1}, {"d": 2}, {"d": 3}, {"d": 8}])
    'd = 1 to 3, 8'
    >>> cells_words([{"d": 1, "t": 2}, {"d": 2, "t": 2}]), cells_words([{"d": 1, "t": 2}, {"d": 2, "t": 3}])
    ('d = 1, 2, t = 2', '2 cells, from d = 1, t = 2 to d = 2, t = 3')
    """
    unique = list({tuple(cell.items()): cell for cell in cells}.values())
    names = list(dict.fromkeys(name for cell in unique for name in cell))
    values = {name: list(dict.fromkeys(cell.get(name) for cell in unique)) for name in names}
    varying = [name for name in names if len(values[name]) > 1]
    if len(varying) > 1 or any(None in found for found in values.values()):
        return f"{len(unique)} cells, from {cell_text(unique[0])} to {cell_text(unique[-1])}"
    return ", ".join(f"{name} = {_values(values[name])}" for name in names)


def _values(values: Sequence[Any]) -> str:
    """Numbers in order, those that follow each other as a run, and few of many."""
    runs: list[list[Any]] = []
    for value in sorted(values):
        if runs and isinstance(value, int) and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    parts = [part for run in runs for part in (map(str, run) if len(run) < 3 else [f"{run[0]} to {run[-1]}"])]
    if len(parts) > _LISTED:
        parts = [*parts[:3], "…", parts[-1]]
        return f"{', '.join(parts)} ({len(values)} values)"
    return ", ".join(parts)


def constant_lines(result: Result) -> Iterable[str]:
    """The sharp constants, where they are known, and those that make a claim with unnamed ones true, as sentences."""
    for row in result.constants.get("best", ()):
        yield f"sharp: {best_words(row)}"
    named = [*constant_words(result)]
    by = result.constants.get("implied_by")
    if named:
        yield f"true with {', '.join(named)}" + (f", by {by}" if by else "")
    if "condition" in result.constants:
        yield f"true for all constants with {with_signs(result.constants['condition'])}"
    if rows := result.constants.get("frontier", ()):
        yield f"the largest such constants at {len(rows)} ratios are in a report, or printed with --json"
    known = {"best", "named", "implied_by", "frontier", "condition"}
    for name, value in result.constants.items():
        if name not in known and isinstance(value, str | int | Fraction):
            yield f"{name}: {in_short(str(value))}"


def claim_latex(result: Result) -> str:
    """The claim, what it supposes and its verdict, in LaTeX without dollar signs."""
    s = result.statement
    text = s.latex
    if s.hypotheses:
        text += r"\quad\text{where }" + r",\ ".join(latex(h.relation) for h in s.hypotheses)
    return rf"{text}\qquad\text{{{headline(result)}}}"
