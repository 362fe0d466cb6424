"""The numbers behind a figure, read off a result and the exact laws; probabilities are handled by their log10."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from typing import Any

from sympy import latex

from ...theory.calculus.evaluate import enclose, number
from ...theory.language.events import Event
from ...theory.language.excluded import excluded
from ...theory.language.heads import P
from ...theory.language.models import RV, Cell
from ...theory.language.statements import Link, Statement
from ...theory.laws.protocol import ScalarLaw
from ..verdict import LinkResult, Outcome, Result

__all__ = [
    "Printed",
    "Row",
    "bound_links",
    "chosen_rv",
    "constants_text",
    "data_names",
    "dims_of",
    "enclosed",
    "log10_failure",
    "point_of",
    "point_text",
    "points_of",
    "printed_bounds",
    "rows_of",
    "subject",
]

Row = Mapping[str, Any]

_LOG10 = math.log(10)


def _lower_tail(link: Link) -> Event | None:
    """The event a probability link excludes when it is a lower tail of one random variable."""
    claim = excluded(link)
    if claim is None or len(claim.events) != 1 or link.given:
        return None
    event = claim.events[0]
    return event if isinstance(event.value, RV) and event.relation in ("<", "<=") else None


def subject(result: Result) -> RV | None:
    """The random variable whose draws a figure shows, or None when the result speaks of none that was drawn.

    It is the one of which a claim bounds the lower tail, gives a moment or the law; where a statement is implied by one
    on a variable whose law is known throughout, and that was drawn too, it is that one.
    """
    drawn = {row["rv"] for row in result.draws}
    candidates: list[RV] = []
    for implication in result.statement.implied_by:
        if implication.admitted is not None and isinstance(implication.admitted.event.value, RV):
            candidates.append(implication.admitted.event.value)
    for link in result.statement.links:
        event = _lower_tail(link)
        if event is None and link.relation == "=" and isinstance(link.lhs, P) and isinstance(link.lhs.args[0], Event):
            event = link.lhs.args[0]
        if event is not None and isinstance(event.value, RV):
            candidates.append(event.value)
        elif link.kind in ("moment", "law") and not link.given:
            candidates += sorted(link.lhs.atoms(RV), key=lambda rv: rv.name)
    return next((rv for rv in candidates if rv.name in drawn), None)


def chosen_rv(result: Result, rv: str | None) -> RV:
    """The random variable called `rv`, or the result's `subject`; ``ValueError`` naming what there is."""
    names = {found.name: found for link in result.statement.links for found in link.rvs}
    if rv is None:
        found = subject(result)
        if found is None:
            raise ValueError(
                f"{result.statement.key} has no draws of a random variable whose margin can be drawn; "
                f"it has draws of {sorted({r['rv'] for r in result.draws}) or 'nothing'}"
            )
        return found
    if rv not in names:
        raise ValueError(f"{result.statement.key} has no random variable {rv!r}; it has {sorted(names)}")
    return names[rv]


def dims_of(rows: Iterable[Row]) -> list[int]:
    """The input dimensions of some draws."""
    return sorted({row["d"] for row in rows})


def rows_of(result: Result, rv: RV, *, data: str | None = None, d: int | None = None) -> list[Row]:
    """The draws of `rv` by model, data, n, d and width."""
    rows = [
        row
        for row in result.draws
        if row["rv"] == rv.name and (data is None or row["data"] == data) and (d is None or row["d"] == d)
    ]
    return sorted(rows, key=lambda r: (r["model"] != rv.model.name, r["data"] != "sphere", r["data"], *_sizes(r)))


def _sizes(row: Row) -> tuple[int, int, int]:
    return row.get("n", 1), row["d"], row["m"]


def data_names(rows: Iterable[Row], rv: RV) -> dict[tuple[str, str, int], tuple[str, list[Row]]]:
    """Rows by series (model, data, n), with the series' name for a legend."""
    series: dict[tuple[str, str, int], tuple[str, list[Row]]] = {}
    for (model, data, n), group in groupby(rows, key=lambda r: (r["model"], r["data"], r.get("n", 1))):
        if model != rv.model.name:
            name = "law S1" if model == "scalar-law" else model
        else:
            name = "networks" if data == "-" else data
        series[model, data, n] = (name, list(group))
    sampled = {(model, data) for model, data, _ in series}
    if len(sampled) < len(series):
        series = {key: (f"{name}, $n = {key[2]}$", rows) for key, (name, rows) in series.items()}
    return series


@lru_cache(maxsize=4096)
def _log10_at_most_zero(law: Any) -> float:
    return law.log_probability("<=", 0.0) / _LOG10


def _law(rv: RV, cell: Cell) -> ScalarLaw | None:
    return None if rv.law is None else rv.law(cell)


def log10_failure(rv: RV, cell: Cell) -> float:
    """log10 P(rv ≤ 0) by its exact law; NaN without one."""
    law: Any = _law(rv, cell)
    try:
        return math.nan if law is None else _log10_at_most_zero(law)
    except NotImplementedError:
        return math.nan


@dataclass(frozen=True)
class Printed:
    """A bound P(rv ≤ threshold) ≤ 10^log10(cell) that a statement prints, at one of its listed points."""

    label: str
    threshold: float
    log10: Callable[[Cell], float]


def printed_bounds(result: Result, rv: RV) -> tuple[Printed, ...]:
    """What the statement's own claims say of one sample's lower tail, where all their constants are named."""
    found: list[Printed] = []
    s = result.statement
    for claim in s.claims:
        named: dict[str, Any] = {}
        if claim.exists:
            if not result.constants.get("named") or not s.implied_by:
                continue
            named = {symbol.name: value for symbol, value in s.implied_by[0].constants.items()}
        for link in claim.links:
            event, stated = _lower_tail(link), excluded(link)
            if event is None or stated is None or stated.bound.free_symbols <= _listed(s):
                continue
            for point in s.points:
                values = {**{k.name: v for k, v in point.items()}, **named}
                words = constants_text(values)
                found.append(
                    Printed(
                        ("printed form" if named else "printed bound") + (f", {words}" if words else ""),
                        number(event.bound, values),
                        _bound_at(s, stated.bound, values),
                    )
                )
    return tuple(found)


def _listed(s: Statement) -> set[Any]:
    return {symbol for point in s.points for symbol in point}


def _bound_at(s: Statement, bound: Any, values: Mapping[str, Any]) -> Callable[[Cell], float]:
    exact = {k: Fraction(str(v)) for k, v in values.items() if getattr(v, "is_Rational", isinstance(v, int))}

    def log10(cell: Cell) -> float:
        at = {**cell, "n": 1}
        if s.applies({**at, **exact}):
            return math.nan
        ball = enclose(bound, {**at, **values})
        return float(ball.log().mid()) / _LOG10 if ball > 0 else math.nan

    return log10


def constants_text(values: Mapping[str, Any]) -> str:
    r"""``$C = 1/3$, $c_{1} = c_{2} = 0.183$`` for a legend: exact where short, three digits where not.

    Examples
    --------
    >>> from sympy import Rational, log
    >>> constants_text({"C": Rational(1, 3), "c_1": log(2), "c_2": log(2)})
    '$C = 1/3$, $c_{1} = c_{2} = 0.693$'
    """
    texts: dict[str, list[str]] = {}
    for name, value in values.items():
        texts.setdefault(_short(value), []).append(_symbol(name))
    return ", ".join(f"${' = '.join([*names, value])}$" for value, names in texts.items())


def _short(value: Any) -> str:
    if not getattr(value, "is_Rational", isinstance(value, int | Fraction)):
        return f"{number(value):.3g}"
    text = str(value)
    return f"10^{{-{len(text) - 3}}}" if len(text) > 6 and text == "1/1" + "0" * (len(text) - 3) else text


def _symbol(name: str) -> str:
    from sympy import Symbol

    return latex(Symbol(name))


def point_text(cell: Cell) -> str:
    """The entries of a cell that are no sizes, for a panel's title."""
    return constants_text({k: v for k, v in cell.items() if k not in ("m", "d", "n")})


def bound_links(result: Result) -> tuple[LinkResult, ...]:
    """The links of which truth and bound are known at cells: those a truth-versus-bound panel can show."""
    return tuple(
        link
        for link in result.links
        if excluded(link.link) is not None and any(o.cell and math.isfinite(o.bound_float) for o in link.outcomes)
    )


def enclosed(outcome: Outcome, link: Link) -> tuple[float, float]:
    """log10 of the least and of the largest value the excluded event's probability can have; NaN where unknown.

    A union over samples or over two events lies between the largest of its parts and their sum.
    """
    text = outcome.value.strip("[]")
    try:
        ends = [Decimal(part) for part in text.split(", ")]
    except ArithmeticError:
        return math.nan, math.nan
    if not text or any(not end.is_finite() or end <= 0 for end in ends):
        return math.nan, math.nan
    low, high = (float(end.log10()) for end in (ends[0], ends[-1]))
    claim = excluded(link)
    if len(ends) == 1 and claim is not None:
        parts = len(claim.events) * (int(outcome.cell.get("n", 1)) if claim.some_sample else 1)
        high += math.log10(parts)
    return low, min(high, 0.0)


def point_of(o: Outcome) -> dict[str, Any]:
    """The entries of an outcome's cell beyond the sizes."""
    return {k: v for k, v in o.cell.items() if k not in ("m", "d", "n")}


def points_of(result: Result, link: int) -> list[dict[str, Any]]:
    """The points at which one of the `bound_links` was asked, in order."""
    found: list[dict[str, Any]] = []
    for o in bound_links(result)[link].outcomes:
        if o.cell and point_of(o) not in found:
            found.append(point_of(o))
    return found
