"""Why a verdict is what it is: in a line for a table, and in full with the slack of each bound."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sympy import Expr, sstr

from ...theory.calculus.exact import exact_fraction, exact_value
from ...theory.calculus.rounding import Towards, against, against_words, in_short, rounded, safe_side
from ...theory.language.cells import cell_text
from ...theory.language.heads import P
from ...theory.language.models import RV
from ...theory.language.statements import Link, Statement
from ..verdict import LinkResult, Outcome, Result

__all__ = [
    "constant_sides",
    "constant_words",
    "counterexample_words",
    "exact_numbers",
    "explanation",
    "headline",
    "named_constants",
    "numbers_words",
    "plain_counts",
    "ratio_words",
    "why",
]

_SHORT = 12  # characters of a rational that stands for itself
_READABLE = 40  # characters of an exact form that is read beside its decimals
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def headline(result: Result) -> str:
    """Verdict, evidence and, where a claim has two readings, the one decided and what the other comes to.

    Examples
    --------
    >>> from sympy import Integer
    >>> from whp.theory import Claim, Link, Source
    >>> from whp.checks import Evidence, Verdict
    >>> link = Link(Integer(2), "<=", Integer(1))
    >>> s = Statement("lem1", "printed", "Two is little", Source("me", "p. 1"), (Claim((link,)),))
    >>> found = Outcome(Verdict.REFUTED, Evidence.CERTIFIED, reading="for every outcome of h; on average it holds")
    >>> headline(Result(s, (LinkResult(link, (found,)),)))
    'refuted, certified (for every outcome of h; on average it holds)'
    """
    level = f", {result.evidence}" if result.evidence else ""
    reading = f" ({in_short(result.reading)})" if result.reading else ""
    return f"{result.verdict.words}{level}{reading}"


def exact_numbers(link: Link, outcome: Outcome) -> tuple[str, str]:
    """Value and bound of an outcome as text, a rational in its exact form where the link says that it is one."""
    excluded = link.excluded
    value = outcome.value if link.lhs.atoms(RV) else _exact(link.lhs, outcome, outcome.value)
    return value, _exact(link.rhs if excluded is None else excluded.bound, outcome, outcome.bound)


def _exact(side: Expr, outcome: Outcome, text: str) -> str:
    """The value of a side at a cell where it is a short rational within its enclosure; else the enclosure."""
    if not text.startswith("[") or side.atoms(RV):
        return text
    try:
        exact = exact_value(side, outcome.cell)
        if not exact.is_Rational or len(str(exact)) > _SHORT:
            return text
        low, high = (Fraction(Decimal(end)) for end in text[1:-1].split(", "))
    except (ArithmeticError, TypeError, ValueError):
        return text
    return str(exact) if low <= exact_fraction(exact) <= high else text


def numbers_words(link: Link, outcome: Outcome) -> str:
    """The deciding numbers, each rounded towards the other, and which of them is true; empty where there are none.

    Examples
    --------
    >>> from whp.checks import Verdict
    >>> from sympy import Rational
    >>> from whp.theory import ChiSquare, P, claim
    >>> found = Outcome(Verdict.REFUTED, None, value="1/3", bound="1/4")
    >>> numbers_words(claim(P(ChiSquare(2) >= 2) <= Rational(1, 4)).links[0], found)
    'true 1/3, claimed 1/4'
    >>> numbers_words(claim(P(ChiSquare(2) >= 2) >= Rational(3, 4)).links[0], found)
    'fails with probability 1/3, claimed at most 1/4'
    """
    value, bound = exact_numbers(link, outcome)
    if value and bound:
        words = against_words(value, bound)
        if " against " not in words:
            return words
        true, claimed = against(value, bound)
        on_left, on_right = bool(link.lhs.atoms(RV)), bool(link.rhs.atoms(RV))
        if link.excluded is not None:
            complement = link.relation in ((">", ">=") if isinstance(link.lhs, P) else ("<", "<="))
            if complement:
                return f"fails with probability {true}, claimed at most {claimed}"
            return f"true {true}, claimed {claimed}"
        if on_left != on_right:
            return f"true {true}, claimed {claimed}" if on_left else f"claimed {true}, true {claimed}"
        return f"left side {true}, right side {claimed}"
    return f"claimed {in_short(bound)}" if bound else in_short(value)


def counterexample_words(outcome: Outcome) -> str:
    """What is said of a refuting cell: the smallest only where every cell of smaller sizes was asked.

    Examples
    --------
    >>> from whp.checks import Verdict
    >>> found = Outcome(Verdict.REFUTED, None, {"m": 2, "d": 1}, value="5/2", bound="21/8")
    >>> counterexample_words(found)
    'a counterexample: m = 2, d = 1'
    """
    if not outcome.cell:
        return ""
    return f"{'smallest' if outcome.smallest else 'a'} counterexample: {cell_text(outcome.cell)}"


def why(result: Result) -> str:
    """Why, in a line: where a claim fails and by how much, else the reason; first the reading, where there are two."""
    found = next(((link.link, o) for link in result.links if (o := link.counterexample) is not None), None)
    if found is None:
        words = result.reason
    else:
        link, outcome = found
        numbers = numbers_words(link, outcome) or result.reason
        words = ", ".join(part for part in (counterexample_words(outcome), numbers) if part)
    return "; ".join(part for part in (in_short(result.reading), plain_counts(words)) if part)


def plain_counts(text: str) -> str:
    """Words with counts and probabilities that nobody reads digit by digit shortened: counts up, the others nearest.

    Examples
    --------
    >>> plain_counts("about 2290513626050870636261886 trials, 16384 draws")
    'about 2.3e24 trials, 16384 draws'
    >>> plain_counts("8.751874e-01 at d = 16, 9.953809e-1, 8.710743e-249; limits [3.116757e-01, 8.038222e-01]")
    '8.8e-1 at d = 16, 9.95e-1, 8.7e-249; limits [3.116757e-01, 8.038222e-01]'
    """
    text = re.sub(r"(?<![\d.])\d{16,}(?![\d.])", lambda m: rounded(m[0], 2, "up"), text)
    text = re.sub(r"(?<![\w.])(1\.0)0{3,}(?![\w.])", r"\1", text)
    return re.sub(r"(?<![\w.\[/-])(\d\.\d{4,})e([+-]?\d+)(?![\w\]])(?!, \S*\])", _nearest, text)


def _nearest(found: re.Match[str]) -> str:
    """A number of many digits as one of two; one that would be rounded to 1 keeps those that it needs."""
    digits = 2
    while digits < len(found[1]) - 1 and f"{float(found[1]):.{digits - 1}f}".startswith("10"):
        digits += 1
    return f"{float(found[1]):.{digits - 1}f}e{int(found[2])}"


def ratio_words(log_ratio: float) -> str:
    """How many times a bound is the truth, from the difference of their logarithms.

    Examples
    --------
    >>> ratio_words(math.log(2)), ratio_words(-1000.0)
    ('about 2', 'about 5.1e-435')
    """
    power = math.floor(log_ratio / math.log(10))
    mantissa = f"{math.exp(log_ratio - power * math.log(10)):.1f}"
    if mantissa == "10.0":
        mantissa, power = "1.0", power + 1
    if -3 <= power <= 3:
        return f"about {math.exp(log_ratio):.2g}"
    return f"about {mantissa}e{power}"


def constant_sides(statement: Statement) -> Mapping[str, Towards]:
    """To which side each unnamed constant of a statement is rounded, so that its claims get weaker and never stronger.

    Examples
    --------
    >>> from sympy import Symbol, exp
    >>> from whp.theory import Claim, Event, Link, Model, P, RV, Source, size
    >>> m, C, c = size("m"), Symbol("C", positive=True), Symbol("c", positive=True)
    >>> X = RV("X", Model("model", (m,), "X"), "X")
    >>> claim = Claim((Link(P(Event(X, ">", 0)), ">=", 1 - C * exp(-c * m)),), exists=(C, c))
    >>> constant_sides(Statement("thm1", "printed", "X is positive", Source("me", "p. 1"), (claim,)))
    {'C': 'up', 'c': 'down'}
    """
    sides: dict[str, Towards] = {}
    for claim in statement.claims:
        for constant in claim.exists:
            found = {
                safe_side(excluded.bound, constant)
                for link in claim.links
                if (excluded := link.excluded) is not None and constant in excluded.bound.free_symbols
            }
            name = str(constant)
            side: Towards = found.pop() if len(found) == 1 else "out"
            sides[name] = side if sides.get(name, side) == side else "out"
    return sides


def named_constants(result: Result) -> Iterator[tuple[str, Expr | None, str]]:
    """The named constants that imply a claim which leaves its own unnamed: name, exact form, enclosure."""
    by = result.constants.get("implied_by")
    exact: dict[str, Expr] = {}
    for implication in result.statement.implied_by:
        if by in (None, implication.by):
            exact = {str(s): e for s, e in implication.constants.items()} | exact
    for name, text in result.constants.get("named", {}).items():
        yield name, exact.get(name), str(text)


def constant_words(result: Result, digits: int = 5) -> Iterator[str]:
    """The named constants of a claim that leaves its own unnamed: decimals rounded to the safe side, with exact forms.

    Examples
    --------
    >>> from sympy import log, Symbol
    >>> from whp.theory import Implication, Source
    >>> from whp.theory import Claim, Link
    >>> by, claims = Implication("u", {Symbol("c_1"): log(2) / 3}, ()), (Claim((Link(log(2), "<=", 1),)),)
    >>> s = Statement("t", "printed", "", Source("me", "p. 1"), claims, implied_by=(by,))
    >>> found = Result(s, (), {"implied_by": "u", "named": {"c_1": "[2.3104906018e-1, 2.3104906019e-1]"}})
    >>> list(constant_words(found))
    ['c₁ = [0.23104, 0.23105] (log(2)/3)']
    """
    sides = constant_sides(result.statement)
    for name, exact, text in named_constants(result):
        shown = re.sub(r"_(\d+)$", lambda m: m[1].translate(_LOWERED), name)
        known = "" if exact is None else sstr(exact).replace("(1/2 + sqrt(5)/2)", "φ").replace("**", "^")
        if "(" in name or not _is_number(text):  # a constant that depends on a parameter is no number
            yield f"{shown} = {text}"
        elif exact is not None and exact.is_Integer:
            yield f"{shown} = {known}"
        else:
            beside = f" ({known})" if known and len(known) <= _READABLE else ""
            yield f"{shown} = {rounded(text, digits, sides.get(name, 'out'))}{beside}"


def _is_number(text: str) -> bool:
    try:
        rounded(text)
    except ValueError:
        return False
    return True


def _slack(link: LinkResult, outcome: Outcome) -> float:
    """log(bound / truth); NaN where the numbers are no probabilities."""
    return outcome.bound_float - outcome.value_float if link.link.kind == "probability" else math.nan


def _describe(link: LinkResult, outcome: Outcome) -> str:
    where = f"{cell_text(outcome.cell)}: " if outcome.cell else ""
    ratio = _slack(link, outcome)
    times = f", bound / truth {ratio_words(ratio)}" if math.isfinite(ratio) else ""
    return f"{where}{numbers_words(link.link, outcome)}{times}"


def _link(result: LinkResult) -> dict[str, Any]:
    row: dict[str, Any] = {
        "link": str(result.link),
        "verdict": str(result.verdict),
        "words": result.verdict.words,
        "evidence": None if result.evidence is None else str(result.evidence),
        "reading": result.reading,
        "reason": "; ".join(part for part in (in_short(result.reading), plain_counts(result.reason)) if part),
    }
    worst = result.counterexample
    decided = worst or (result.deciding[-1] if result.deciding else None)
    if worst is not None:
        row["counterexample"] = counterexample_words(worst)
    if decided is not None and decided.value:
        row["decided at"] = _describe(result, decided)
    measured = [o for o in result.outcomes if math.isfinite(_slack(result, o))]
    if len(measured) > 1:
        row["tightest"] = _describe(result, min(measured, key=lambda o: _slack(result, o)))
        row["loosest"] = _describe(result, max(measured, key=lambda o: _slack(result, o)))
    return row


def explanation(result: Result) -> dict[str, Any]:
    """The deciding link and cell of a result, with the slack of its bounds, as plain data."""
    return {
        "key": result.statement.key,
        "form": result.statement.form,
        "verdict": str(result.verdict),
        "words": result.verdict.words,
        "headline": headline(result),
        "evidence": None if result.evidence is None else str(result.evidence),
        "reading": result.reading,
        "links": [_link(link) for link in result.links],
        "constants": dict(result.constants),
    }
