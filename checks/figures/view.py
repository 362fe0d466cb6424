"""The numbers behind a figure, read once off a result and the exact laws; probabilities are handled by their log10."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any

from sympy import Expr, Rational, Symbol, latex

from ...theory.calculus.evaluate import enclose, enclosure, number
from ...theory.calculus.exact import exact_number
from ...theory.calculus.rounding import Towards, rounded
from ...theory.language.cells import Cell, cell_text
from ...theory.language.events import Event
from ...theory.language.heads import E, P, Var
from ...theory.language.models import RV
from ...theory.language.statements import Claim, Constants, Link, Statement
from ..guide import NOTHING_KNOWN, Guide, Guides, no_guide
from ..sweep.grid import NO_DATA
from ..verdict import LinkResult, Result, Verdict
from ..verify.explain import constant_sides
from .points import Point, asked, evaluated, framed

__all__ = [
    "Drawn",
    "Group",
    "Printed",
    "Row",
    "View",
    "cell_tex",
    "constants_text",
    "group_tex",
    "moment_of",
    "symbol_tex",
    "view_of",
]

Row = Mapping[str, Any]
# The sizes besides the one on the axis, with their values: one colour, or one panel.
Group = tuple[tuple[str, int], ...]

_LOG10 = math.log(10)
_SUMMARY = ("trials", "q05", "median", "q95", "worst", "mean", "variance", "nonpositive", "some_nonpositive")
_NO_SIZES = frozenset({"model", "rv", "data", *_SUMMARY})


@dataclass(frozen=True)
class Printed:
    """A bound P(X ≤ threshold) ≤ 10^log10(cell) that a statement prints, at one of its listed points."""

    label: str
    threshold: float
    log10: Callable[[Cell], float]


@dataclass(frozen=True, eq=False)
class View:
    """A result as figures and captions read it: made once, and everything in it is read off the result once.

    Attributes
    ----------
    result : Result
    guides : callable
        What is known of a random variable beside its draws (`whp.checks.guide`).
    words : mapping of str to str
        What sizes are called on axes.
    """

    result: Result
    guides: Guides = no_guide
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def statement(self) -> Statement:
        return self.result.statement

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The sizes that count no samples: the statement's in their order, then those of its models."""
        models = (name for model in self.statement.models for name in model.names)
        return tuple(s for s in dict.fromkeys([*self.statement.sizes, *models]) if s not in self.statement.counts)

    @cached_property
    def draws(self) -> tuple[Row, ...]:
        """The rows of draws that have all that a figure reads, as numbers."""
        return tuple(row for row in self.result.draws if _readable(row))

    @cached_property
    def counts(self) -> tuple[str, ...]:
        """The sizes that count samples: those of the statement, and what else draws say they were made at."""
        drawn = {name for row in self.draws for name in row if name not in _NO_SIZES}
        return tuple(sorted({*self.statement.counts, *drawn.difference(self.sizes)}))

    def label(self, size: str) -> str:
        """What an axis of a size says."""
        if not size:
            return ""
        word = self.words.get(size, "")
        return f"{word} ${symbol_tex(size)}$".lstrip()

    @cached_property
    def pairs(self) -> tuple[tuple[Claim, LinkResult], ...]:
        """The links with the claims that they are of."""
        claims = [claim for claim in self.statement.claims for _ in claim.links]
        return tuple(zip(claims, self.result.links, strict=False))

    @cached_property
    def named(self) -> Mapping[Any, Expr]:
        """Values of constants that a claim leaves unnamed, where some that imply it were found."""
        if not self.result.constants.get("named") or not self.statement.implied_by:
            return {}
        return self.statement.implied_by[0].constants

    @cached_property
    def _points(self) -> dict[int, tuple[Point, ...]]:
        return {}

    def points(self, link: int) -> tuple[Point, ...]:
        """What is known of a link at cells: where it was asked, and where that is at most one place, along an axis."""
        if link not in self._points:
            claim, found = self.pairs[link]
            known = asked(found)
            frame = framed([p.cell for p in known], self.sizes, sorted(self.counts))
            several = len({frame.at(p.cell) for p in known if p.low == p.low or p.limits}) > 1
            refuted = found.verdict is Verdict.REFUTED and found.link.kind in ("scalar", "moment", "probability")
            if not several or refuted:
                sides = evaluated(self.result, claim, found, self.named)
                # Where draws decided and no law is known, a bound alone at other sizes says nothing.
                known += [p for p in sides if not known or p.low == p.low or not known[0].limits]
            known = known or self._drawn_at(found.link)
            self._points[link] = tuple(known)
        return self._points[link]

    def _drawn_at(self, link: Link) -> list[Point]:
        """The cells at which the variable of a link was drawn, where nothing else is known of it."""
        names = {rv.name for rv in link.rvs} if link.kind == "probability" else set()
        cells = [
            {n: row[n] for n in (*self.sizes, *self.counts) if n in row} for row in self.draws if row["rv"] in names
        ]
        return [Point(cell, math.nan, math.nan, math.nan) for cell in cells]

    @cached_property
    def moments(self) -> tuple[int, ...]:
        """The links that claim a moment of one random variable that was drawn."""
        drawn = {row["rv"] for row in self.draws}
        found = ((i, link, moment_of(link.lhs)) for i, link in enumerate(self.statement.links))
        return tuple(i for i, link, known in found if known is not None and not link.given and known[0].name in drawn)

    @cached_property
    def subject(self) -> RV | None:
        """The random variable whose draws a figure shows, or None when the result speaks of none that was drawn.

        It is the one of which a claim bounds the lower tail, gives a moment or the law; where a statement is implied by
        one on a variable whose law is known throughout, and that was drawn too, it is that one.
        """
        drawn = {row["rv"] for row in self.draws}
        candidates: list[RV] = []
        for implication in self.statement.implied_by:
            if implication.admitted is not None and isinstance(implication.admitted.event.value, RV):
                candidates.append(implication.admitted.event.value)
        for link in self.statement.links:
            event = _lower_tail(link)
            if event is None and link.relation == "=" and isinstance(link.lhs, P):
                event = link.lhs.args[0] if isinstance(link.lhs.args[0], Event) else None
            if event is not None and isinstance(event.value, RV):
                candidates.append(event.value)
            elif link.kind in ("moment", "law") and not link.given:
                candidates += sorted(link.lhs.atoms(RV), key=lambda rv: rv.name)
        return next((rv for rv in candidates if rv.name in drawn), None)

    @cached_property
    def _drawn(self) -> dict[RV, Drawn]:
        return {}

    def draws_of(self, rv: RV) -> Drawn:
        """The draws of a random variable."""
        return self._drawn.setdefault(rv, Drawn(self, rv))

    def drawn(self, name: str | None = None) -> Drawn:
        """The draws of the random variable of this name, or of the `subject`.

        Raises
        ------
        ValueError
            Naming what there is.
        """
        if name is None:
            if self.subject is None:
                raise ValueError(
                    f"{self.statement.key} has no draws of a random variable whose lower tail can be drawn; "
                    f"it has draws of {sorted({r['rv'] for r in self.draws}) or 'nothing'}"
                )
            return self.draws_of(self.subject)
        names = {found.name: found for link in self.statement.links for found in link.rvs}
        if name not in names:
            raise ValueError(f"{self.statement.key} has no random variable {name!r}; it has {sorted(names)}")
        return self.draws_of(names[name])

    @property
    def region(self) -> Constants | None:
        """The constants that are admitted in a claim that does not name them, where a formula for them is known."""
        return next((i.admitted for i in self.statement.implied_by if i.admitted is not None), None)

    @cached_property
    def frontier_label(self) -> str:
        """What bounds the constants of a claim that does not name them."""
        event = None if self.region is None else self.region.event
        guide = self.guides(event.value) if event is not None and isinstance(event.value, RV) else None
        return (guide or NOTHING_KNOWN).frontier_label


@dataclass(frozen=True, eq=False)
class Drawn:
    """The draws of one random variable of a view, with what is known of it beside them."""

    view: View
    rv: RV

    @cached_property
    def guide(self) -> Guide:
        """What the paper knows of it."""
        return self.view.guides(self.rv) or NOTHING_KNOWN

    @cached_property
    def _unordered(self) -> tuple[Row, ...]:
        return tuple(row for row in self.view.draws if row["rv"] == self.rv.name)

    @cached_property
    def _own(self) -> tuple[Row, ...]:
        """The draws of its own model; where there are none, all."""
        return tuple(row for row in self._unordered if row["model"] == self.rv.model.name) or self._unordered

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The sizes it was drawn at that count no samples."""
        return tuple(s for s in self.view.sizes if any(s in row for row in self._own))

    @cached_property
    def axis(self) -> str:
        """The size on the axis: the first that varies, or the first; empty without one."""
        varying = (s for s in self.sizes if len({row.get(s) for row in self._own}) > 1)
        return next(varying, self.sizes[0] if self.sizes else "")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Its draws, those of its own model first, by data, samples, sizes besides the axis, and along it."""
        kept = [row for row in self._unordered if not self.axis or self.axis in row]
        models = list(dict.fromkeys([self.rv.model.name, *(row["model"] for row in kept)]))
        data = list(dict.fromkeys(row["data"] for row in kept))

        def place(row: Row) -> tuple[Any, ...]:
            counted = tuple(row.get(count, 1) for count in self.view.counts)
            return models.index(row["model"]), data.index(row["data"]), counted, self.group_of(row), self.at(row)

        return tuple(sorted(kept, key=place))

    def at(self, row: Row) -> int:
        """Where a draw is on the axis."""
        return int(row.get(self.axis, 1))

    def group_of(self, row: Row) -> Group:
        """The sizes of a draw besides the one on the axis."""
        return tuple((s, int(row[s])) for s in self.sizes if s != self.axis and s in row)

    def groups(self, rows: Iterable[Row] | None = None) -> list[Group]:
        """All sizes besides the one on the axis, in order."""
        return sorted({self.group_of(row) for row in (self.rows if rows is None else rows)})

    def samples_of(self, row: Row) -> int:
        """How many samples a draw has."""
        return max((int(row[count]) for count in self.view.counts if count in row), default=1)

    def along(self, rows: Iterable[Row] | None = None) -> list[int]:
        """The values on the axis."""
        return sorted({self.at(row) for row in (self.rows if rows is None else rows)})

    def cell(self, at: int, group: Group) -> dict[str, int]:
        """The sizes of a draw at a place of the axis."""
        here = {self.axis: at} if self.axis else {}
        named = {**here, **dict(group)}
        return {s: named[s] for s in self.sizes if s in named}

    def choose(self, at: Mapping[str, int] | None, data: str | None) -> list[Row]:
        """The draws at some sizes, on some data.

        Raises
        ------
        ValueError
            When there are none.
        """
        wanted = dict(at or {})
        found = [
            row
            for row in self.rows
            if data in (None, row["data"]) and all(row.get(size) == value for size, value in wanted.items())
        ]
        if not found:
            words = ", ".join(part for part in (cell_text(wanted), f"data = {data}" if data else "") if part)
            where = f" at {words}" if words else ""
            raise ValueError(f"no draws of {self.rv.name}{where}; draw some or ask for others")
        return found

    def own(self, row: Row) -> bool:
        """Whether a draw is one of its own model."""
        return bool(row["model"] == self.rv.model.name)

    def series(self, rows: Iterable[Row]) -> dict[tuple[Any, ...], tuple[str, list[Row]]]:
        """Rows by series (model, data, samples), with the series' name for a legend."""
        found: dict[tuple[Any, ...], tuple[str, list[Row]]] = {}

        def which(row: Row) -> tuple[Any, ...]:
            counted = tuple((count, row[count]) for count in self.view.counts if count in row)
            return row["model"], row["data"], counted

        for key, group in groupby(rows, key=which):
            model, data, _ = key
            if model != self.rv.model.name:
                name = self.guide.series.get(model, model)
            else:
                name = (self.guide.drawn or "draws") if data == NO_DATA else data
            found[key] = name, list(group)
        if len({key[:2] for key in found}) < len(found):
            found = {
                key: (", ".join([name, group_tex(key[2])] if key[2] else [name]), some)
                for key, (name, some) in found.items()
            }
        return found

    def quantiles(self, rows: Iterable[Row], levels: tuple[float, ...]) -> tuple[list[int], list[tuple[float, ...]]]:
        """Places on the axis and, at each, the quantiles of the exact law that the guide knows."""
        known = self.guide.quantiles
        if known is None:
            return [], []
        cells = sorted({(self.at(row), self.group_of(row)) for row in rows})
        found = [(at, values) for at, group in cells if (values := known(self.cell(at, group), levels)) is not None]
        return [at for at, _ in found], [values for _, values in found]

    def guaranteed_from(self, group: Group, samples: int, delta: float) -> int | None:
        """Where on the axis the guide's guarantee starts; None where it knows none along this axis."""
        if self.guide.guaranteed_from is None or self.guide.axis != self.axis:
            return None
        return self.guide.guaranteed_from(dict(group), samples, delta)

    @cached_property
    def printed(self) -> tuple[Printed, ...]:
        """What the statement's own claims say of one sample's lower tail, where all their constants are named."""
        found: list[Printed] = []
        s, constants = self.view.statement, self.view.result.constants
        listed = {symbol for point in s.points for symbol in point}
        for claim in s.claims:
            named: dict[str, Any] = {}
            if claim.exists:
                if not constants.get("named") or not s.implied_by:
                    continue
                named = {symbol.name: value for symbol, value in s.implied_by[0].constants.items()}
            for link in claim.links:
                event, stated = _lower_tail(link), link.excluded
                if event is None or stated is None or stated.bound.free_symbols <= listed:
                    continue
                for point in s.points:
                    values = {**{k.name: v for k, v in point.items()}, **named}
                    words = constants_text(values, constant_sides(s))
                    title = ("printed form" if named else "printed bound") + (f", {words}" if words else "")
                    if {x.name for x in event.bound.free_symbols} <= values.keys():
                        found.append(Printed(title, number(event.bound, values), _bound_at(s, stated.bound, values)))
        return tuple(found)


def view_of(result: Result | View, guides: Guides = no_guide, words: Mapping[str, str] | None = None) -> View:
    """The view of a result; a view is returned as it is."""
    return result if isinstance(result, View) else View(result, guides, words or {})


def _lower_tail(link: Link) -> Event | None:
    """The event a probability link excludes when it is a lower tail of one random variable."""
    claim = link.excluded
    if claim is None or len(claim.events) != 1 or link.given:
        return None
    event = claim.events[0]
    return event if isinstance(event.value, RV) and event.relation in ("<", "<=") else None


def _bound_at(s: Statement, bound: Expr, values: Mapping[str, Any]) -> Callable[[Cell], float]:
    exact = {k: exact_number(v) for k, v in values.items() if _is_rational(v)}
    one_sample = dict.fromkeys(s.counts, 1)

    def log10(cell: Cell) -> float:
        at = {**cell, **one_sample}
        if s.applies({**at, **exact}) or not {x.name for x in bound.free_symbols} <= {*at, *values}:
            return math.nan
        ball = enclose(bound, {**at, **values})
        return float(ball.log().mid()) / _LOG10 if ball > 0 else math.nan

    return log10


def constants_text(values: Mapping[str, Any], sides: Mapping[str, Towards] | None = None) -> str:
    r"""``$C = 1/3$, $c_{1} = c_{2} = 0.183$`` for a legend: exact where short, else three digits on the safe side.

    Parameters
    ----------
    values : mapping of str to number
    sides : mapping of str to {"down", "up", "out"}, optional
        Where each is rounded to; an enclosure unless given.

    Examples
    --------
    >>> from sympy import Rational, log
    >>> constants_text({"C": Rational(1, 3), "c_1": log(2), "c_2": log(2)}, {"c_1": "up", "c_2": "up"})
    '$C = 1/3$, $c_{1} = c_{2} = 0.694$'
    """
    texts: dict[str, list[str]] = {}
    for name, value in values.items():
        texts.setdefault(_short(value, (sides or {}).get(name, "out")), []).append(symbol_tex(name))
    return ", ".join(f"${' = '.join([*names, value])}$" for value, names in texts.items())


def _is_rational(value: Any) -> bool:
    return isinstance(value, int | Fraction | Rational)


def _short(value: Any, side: Towards) -> str:
    if not _is_rational(value):
        return rounded(value if isinstance(value, float) else enclosure(value), 3, side)
    text = str(value)
    return f"10^{{-{len(text) - 3}}}" if len(text) > 6 and text == "1/1" + "0" * (len(text) - 3) else text


def symbol_tex(name: str) -> str:
    """A parameter's name in mathematics."""
    return str(latex(Symbol(name)))


def cell_tex(cell: Mapping[str, Any]) -> str:
    """A cell in mathematics.

    Examples
    --------
    >>> cell_tex({"m": 2, "c_1": Fraction(1, 3)})
    'm = 2, c_{1} = 1/3'
    """
    return ", ".join(f"{symbol_tex(name)} = {value}" for name, value in cell.items())


def moment_of(head: Expr) -> tuple[RV, int] | None:
    """The variable and the power of a mean, second moment or variance, where it is one of a variable itself.

    Examples
    --------
    >>> from whp.theory import Model, size
    >>> X = RV("X", Model("model", (size("m"),), "X"), "X")
    >>> moment_of(E(X**2))[1], moment_of(Var(X))[1], moment_of(E(2 * X)), moment_of(E(X**3))
    (2, 1, None, None)
    """
    if not isinstance(head, E | Var):
        return None
    base, power = head.args[0].as_base_exp()
    known = isinstance(base, RV) and (power == 1 or (power == 2 and isinstance(head, E)))
    return (base, int(power)) if known else None


def _readable(row: Row) -> bool:
    if not {"rv", "model", "data", *_SUMMARY} <= row.keys():
        return False
    return all(isinstance(row[k], int | float) and math.isfinite(row[k]) for k in _SUMMARY) and row["trials"] > 0


def group_tex(group: Group) -> str:
    """Sizes with their values, for a legend or a title.

    Examples
    --------
    >>> group_tex((("k", 16), ("r", 2)))
    '$k = 16$, $r = 2$'
    """
    return ", ".join(f"${symbol_tex(name)} = {value}$" for name, value in group)
