"""Links, claims and statements, with their sources and hypotheses.

Everything is immutable. An `RV` and an `Event` are SymPy objects, so a claim's LaTeX, number and enclosure come from
one expression. What a link says is its `kind`, read off the head of its left side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from sympy import Expr, Max, Min, Symbol, latex, sstr, sympify
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, true

from ..calculus.enclosure import compare
from ..calculus.evaluate import enclose
from ..calculus.exact import Number, exact_number, exact_value
from .cells import Cell, Regime
from .events import RELATION_TEX, Event
from .excluded import Excluded, read_excluded, read_failure
from .heads import Head, Tunable, plain
from .models import RV, Model
from .parameters import Parameter, ordered_names

__all__ = ["Claim", "Constants", "Hypothesis", "Implication", "Link", "Source", "Statement", "StatementForm"]

StatementForm = Literal["printed", "repaired", "sharp", "definition"]


@dataclass(frozen=True)
class Hypothesis:
    """A condition on a cell that executes exactly and explains itself when it fails.

    Attributes
    ----------
    relation : SymPy relational
        Such as ``m > 6*d/5 + 2``.
    words : str
        The same for a reader.

    Examples
    --------
    >>> from whp.theory import sizes
    >>> m, d = sizes("m d")
    >>> Hypothesis(m > 6 * d / 5 + 2, "m > 1.2 d + 2").failure({"m": 3, "d": 1})
    'm > 1.2 d + 2 fails: 3 > 16/5 is false'
    >>> Hypothesis(m > 6 * d / 5 + 2, "m > 1.2 d + 2").failure({"m": 4, "d": 1}) is None
    True
    """

    relation: Relational | BooleanAtom
    words: str

    def failure(self, cell: Cell) -> str | None:
        """None when the condition holds at `cell`, else the sentence that says why not."""
        if isinstance(self.relation, BooleanAtom):
            # SymPy answers a relation that the domains imply or exclude at once.
            return None if self.relation == true else f"{self.words} fails: the domains exclude it"
        left, right = self.relation.lhs, self.relation.rhs
        missing = sorted(s.name for s in self.relation.free_symbols if s.name not in cell)
        if missing:
            return f"{self.words} cannot be evaluated: the cell has no value for {', '.join(missing)}"
        relation = self.relation.rel_op
        decided = None if relation in ("==", "!=") else compare(enclose(left, cell), relation, enclose(right, cell))
        if decided is None:  # equal numbers that no ball can separate are compared exactly
            decided = bool(self.relation.func(exact_value(left, cell), exact_value(right, cell)))
        if decided:
            return None
        return f"{self.words} fails: {_show(left, cell)} {self.relation.rel_op} {_show(right, cell)} is false"


def _show(expr: Expr, cell: Cell) -> str:
    value = exact_value(expr, cell)
    return str(value) if value.is_Rational else str(value.evalf(6))


def _tex(expr: Expr) -> str:
    """LaTeX with the terms in the order they are stored: 1 - x, not -x + 1."""
    # SymPy cannot print an exponential of a minimum of quotients; a symbol of the same TeX stands in for it.
    extremes = {e: Symbol(f"{{{latex(e, order='none')}}}") for e in expr.atoms(Min, Max)}
    return str(latex(expr.xreplace(extremes), order="none"))


def _text(expr: Expr) -> str:
    return str(sstr(expr, order="none"))


@dataclass(frozen=True)
class Link:
    """One relation between two sides.

    Attributes
    ----------
    lhs, rhs : SymPy expression
    relation : {"<", "<=", ">", ">=", "=", "=_d", "~"}
        ``=_d`` is equality in law, ``~`` asymptotic equivalence in the claim's regime.
    given : tuple of RV or Event, optional
        What is conditioned on; read *for every outcome of it*.
    scope : str, optional
        The class the link quantifies over when no engine exhausts it, in words; instances can still refute it.
    marked : SymPy expression, optional
        The right side with its `Tunable` constant still marked; `rhs` holds the printed value.
    marked_lhs : SymPy expression, optional
        The same of the left side, whose events may have bounds with one such constant each.
    """

    lhs: Any
    relation: str
    rhs: Any
    given: tuple[Any, ...] = ()
    scope: str | None = None
    marked: Any = field(default=None, init=False, compare=False, repr=False)
    marked_lhs: Any = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.relation not in RELATION_TEX:
            raise ValueError(f"a link's relation must be one of {sorted(RELATION_TEX)}, found {self.relation!r}")
        left, right = sympify(self.lhs), sympify(self.rhs)
        object.__setattr__(self, "lhs", plain(left))
        object.__setattr__(self, "rhs", plain(right))
        object.__setattr__(self, "marked", right if right.has(Tunable) else None)
        object.__setattr__(self, "marked_lhs", left if left.has(Tunable) else None)

    @property
    def kind(self) -> str:
        """probability, moment, law, norm, rate, identity (pathwise in RVs) or scalar."""
        for side in (self.lhs, self.rhs):
            heads: list[Head] = sorted(side.atoms(Head), key=lambda h: h.kind)
            if heads:
                return heads[0].kind
        if self.relation == "~":
            return "asymptotic"
        return "identity" if self.lhs.atoms(RV) | self.rhs.atoms(RV) else "scalar"

    @property
    def rvs(self) -> tuple[RV, ...]:
        """The random variables it mentions, by name."""
        found = self.lhs.atoms(RV) | self.rhs.atoms(RV)
        return tuple(sorted(found, key=lambda rv: rv.name))

    @cached_property
    def excluded(self) -> Excluded | None:
        """What it excludes and its bound on that, where it is ``P(...) relation bound``; None for other links."""
        return read_excluded(self.lhs, self.relation, self.rhs)

    @cached_property
    def failure(self) -> Excluded | None:
        """What must fade, where it says that a probability tends to 1; None for other links."""
        return read_failure(self.lhs, self.relation, self.rhs)

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """The symbols of both sides, those of the random variables' laws among them."""
        found: set[Any] = self.lhs.free_symbols | self.rhs.free_symbols
        for rv in self.rvs:
            found |= rv.parameters
        return frozenset(found)

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that are given."""
        return tuple(g for g in self.given if isinstance(g, Event))

    @property
    def latex(self) -> str:
        """Both sides, the relation and what is given, in the order in which the terms were written."""
        text = f"{_tex(self.lhs)} {RELATION_TEX[self.relation]} {_tex(self.rhs)}"
        if self.given:
            text += r"\quad \text{given } " + ", ".join(latex(g) for g in self.given)
        return text

    def __str__(self) -> str:
        given = f" given {', '.join(map(str, self.given))}" if self.given else ""
        return f"{_text(self.lhs)} {self.relation} {_text(self.rhs)}{given}"


@dataclass(frozen=True)
class Claim:
    """A chain of links, possibly with unnamed constants and in a named regime.

    ``A >= B > C`` is ``Claim.chain(A, ">=", B, ">", C)`` and has two links.

    Attributes
    ----------
    links : tuple of Link
    exists : tuple of Symbol
        Unnamed constants of which the claim says that they exist.
    regime : Regime, optional
        What grows, where the claim is about a limit.
    """

    links: tuple[Link, ...]
    exists: tuple[Symbol, ...] = ()
    regime: Regime | None = None

    @classmethod
    def chain(cls, first: Any, *rest: Any, given: tuple[Any, ...] = (), regime: Regime | None = None) -> Claim:
        """Build the links of ``first rel second rel third ...``."""
        if len(rest) < 2 or len(rest) % 2:
            raise ValueError("a chain alternates expressions and relations: chain(A, '>=', B, '>', C)")
        links, left = [], first
        for relation, right in zip(rest[::2], rest[1::2], strict=True):
            links.append(Link(left, relation, right, given=given))
            left = right
        return cls(tuple(links), regime=regime)

    @property
    def latex(self) -> str:
        """The chain with each side once, after the constants that exist."""
        parts = [link.latex for link in self.links]
        for i in range(1, len(self.links)):
            if self.links[i].lhs == self.links[i - 1].rhs and not self.links[i].given:
                parts[i] = f"{RELATION_TEX[self.links[i].relation]} {_tex(self.links[i].rhs)}"
            else:
                parts[i] = r",\quad " + parts[i]
        text = " ".join(parts)
        if self.exists:
            text = r"\exists\, " + ", ".join(latex(c) for c in self.exists) + r":\quad " + text
        return text


@dataclass(frozen=True)
class Source:
    """Where a statement is printed: ``Source("author2024", "eq. 9, Section 3.1")``.

    Attributes
    ----------
    cite : str
        A key of the bibliography.
    where : str
        The place in it.

    Examples
    --------
    >>> print(Source("author2024", "eq. 9, Section 3.1"))
    author2024, eq. 9, Section 3.1
    """

    cite: str
    where: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.cite, self.where) if part)


@dataclass(frozen=True)
class Constants:
    """Which unnamed constants the truth admits: ``condition`` on `ratio = first / second`, in closed form.

    Attributes
    ----------
    first, second : Symbol
        The two rate constants.
    largest : SymPy expression in `ratio`
        The largest admitted `first` when first/second = ratio.
    ratio : Symbol
    along : pair of Parameter
        The sizes whose quotient is `ratio` where the bound is tightest.
    bound : SymPy expression
        The claimed failure bound for one sample as a function of the constants, at named prefactor.
    event : Event
        The failure whose exact law judges both sides of the frontier.
    """

    first: Symbol
    second: Symbol
    ratio: Symbol
    along: tuple[Parameter, Parameter]
    largest: Expr
    bound: Expr
    event: Event


@dataclass(frozen=True)
class Implication:
    """Another statement that implies this one with named constants, and the links that make it so.

    Attributes
    ----------
    by : str
        Key of the statement that implies this one.
    constants : mapping of Symbol to SymPy expression
        Values of the unnamed constants.
    steps : tuple of Link
        The links that lead from that statement to this one.
    admitted : Constants, optional
        All constants that the truth admits, where they are known.
    """

    by: str
    constants: Mapping[Symbol, Expr] = field(hash=False)
    steps: tuple[Link, ...]
    admitted: Constants | None = None


@dataclass(frozen=True)
class Statement:
    """One ledger entry.

    Attributes
    ----------
    key : str
        The ledger key, such as ``eq9``; `aliases` are the row's other keys.
    form : {"printed", "repaired", "sharp", "definition"}
    title : str
        The statement in words.
    source : Source
    claims : tuple of Claim
    hypotheses : tuple of Hypothesis
    uses : tuple of str
        Keys this statement's proof rests on.
    repairs : str, optional
        Key of the printed statement a repaired one stands for.
    implied_by : tuple of Implication
    points : tuple of mappings from Symbol to exact value
        Listed values of the parameters that are no sizes.
    assumed : tuple of Parameter
        Parameters that nothing declared: a verdict repeats the domains they were given.
    grid : mapping of str (or of Parameter) to tuple of int, optional
        Sizes to use instead of the sweep's where the statement is about something else than wide networks.
    """

    key: str
    form: StatementForm
    title: str
    source: Source
    claims: tuple[Claim, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    uses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    repairs: str | None = None
    implied_by: tuple[Implication, ...] = ()
    points: tuple[Mapping[Symbol, Any], ...] = field(default=({},), hash=False)
    assumed: tuple[Parameter, ...] = ()
    grid: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.form == "definition" and any(h.kind in ("probability", "rate") for h in self.links):
            raise ValueError(f"{self.key}: a definition has no verdict, so it claims no probability and no rate")
        if self.form in ("printed", "sharp") and not self.claims:
            raise ValueError(f"{self.key}: a {self.form} statement needs at least one claim")
        if (self.repairs is not None) != (self.form == "repaired"):
            raise ValueError(f"{self.key}: a repaired statement, and no other, names the printed one it repairs")
        names = {(size.name if isinstance(size, Parameter) else size): values for size, values in self.grid.items()}
        object.__setattr__(self, "grid", names)
        if self.form != "definition":
            self._declared()
            self._known_sizes()

    def _declared(self) -> None:
        """Every symbol has a domain or listed values, and one name means one parameter."""
        listed = {symbol for point in self.points for symbol in point}
        named: dict[str, Symbol] = {}
        of_models = {size for model in self.models for size in model.sizes}
        for symbol in sorted(self._symbols | listed | of_models, key=lambda s: s.name):
            if named.setdefault(symbol.name, symbol) != symbol:
                raise ValueError(
                    f"{self.key}: two different symbols are called {symbol.name} ({_declaration(named[symbol.name])}; "
                    f"{_declaration(symbol)}); declare it once and use that everywhere"
                )
            if not isinstance(symbol, Parameter) and symbol not in listed:
                raise ValueError(
                    f"{self.key}: {symbol} has no domain; declare it with size({symbol.name!r}) or "
                    f"real({symbol.name!r}, low, high), or list its values in points"
                )
        for point in self.points:
            for symbol, value in point.items():
                if isinstance(symbol, Parameter) and not symbol.admits(value):
                    raise ValueError(f"{self.key}: the listed value {symbol} = {value} is not {symbol.domain}")

    def _known_sizes(self) -> None:
        """Its own grid speaks of a size that it has."""
        if self.grid and not {*self.grid} & {*self.needed_sizes}:
            raise ValueError(
                f"{self.key}: its grid has values of {', '.join(map(repr, self.grid))}, which is no size of it; it has "
                f"{', '.join(self.needed_sizes) or 'none'}"
            )

    @property
    def links(self) -> tuple[Link, ...]:
        """The links of all its claims, in order."""
        return tuple(link for claim in self.claims for link in claim.links)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its links, each once, in order."""
        return tuple(dict.fromkeys(link.kind for link in self.links))

    @cached_property
    def _symbols(self) -> frozenset[Symbol]:
        """The free symbols of its claims and hypotheses that are not unnamed constants."""
        bound = {s for claim in self.claims for s in claim.exists}
        free: set[Any] = set()
        for link in self.links:
            free |= link.symbols
        for hypothesis in self.hypotheses:
            free |= hypothesis.relation.free_symbols
        return frozenset(free - bound)

    @property
    def symbols(self) -> frozenset[str]:
        """Names of the free symbols of its claims and hypotheses that are not unnamed constants."""
        return frozenset(s.name for s in self._symbols)

    @property
    def exact_points(self) -> tuple[dict[str, Number], ...]:
        """The listed values by name, as ints and Fractions."""
        return tuple({s.name: exact_number(v) for s, v in point.items()} for point in self.points)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters by name: those of its claims and hypotheses, and the sizes its models need."""
        found = {s.name: s for s in self._symbols if isinstance(s, Parameter)}
        for model in self.models:
            for parameter in model.sizes:
                if parameter != model.samples:
                    found.setdefault(parameter.name, parameter)
        return tuple(found[name] for name in sorted(found))

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The names of its sizes in the order that settles ties between cells."""
        return ordered_names(p for p in self.parameters if p.is_size)

    def unlisted(self, link: Link) -> tuple[str, ...]:
        """Names of the parameters of a link and of the hypotheses that are no sizes and have no listed values."""
        exists = {c for claim in self.claims if link in claim.links for c in claim.exists}
        free: set[Any] = set(link.symbols)
        for hypothesis in self.hypotheses:
            free |= hypothesis.relation.free_symbols
        listed = {symbol for symbol in free if all(symbol in point for point in self.points)}
        return tuple(sorted(s.name for s in free - exists - listed if not (isinstance(s, Parameter) and s.is_size)))

    @cached_property
    def least(self) -> dict[str, int]:
        """The smallest value of each of its sizes, in the order of `sizes`."""
        low = {p.name: int(p.low) for p in self.parameters if p.is_size}
        return {name: low[name] for name in self.sizes}

    @property
    def needed_sizes(self) -> tuple[str, ...]:
        """The names of its sizes and of all sizes of its models, those that only count samples among them."""
        return tuple(dict.fromkeys([*self.sizes, *(name for model in self.models for name in model.names)]))

    @cached_property
    def counts(self) -> frozenset[str]:
        """Names of the sizes that count samples."""
        events = (e for link in self.links for e in link.lhs.atoms(Event) | link.rhs.atoms(Event))
        counted = [*(m.samples for m in self.models), *(e.samples for e in events)]
        return frozenset(s.name for s in counted if s is not None)

    @property
    def models(self) -> tuple[Model, ...]:
        """The models its random variables live in, by name."""
        found = dict.fromkeys(rv.model for link in self.links for rv in link.rvs)
        return tuple(sorted(found, key=lambda model: model.name))

    @property
    def latex(self) -> str:
        """Its claims, one a line."""
        return r" \\ ".join(claim.latex for claim in self.claims)

    def applies(self, cell: Cell) -> list[str]:
        """The domains and hypotheses that fail at `cell`, in words with the value found; empty where it applies."""
        outside = [
            f"{p} must be {p.domain}, found {cell[p.name]}"
            for p in self.parameters
            if p.name in cell and not p.admits(cell[p.name])
        ]
        return outside + [why for h in self.hypotheses if (why := h.failure(cell)) is not None]


def _declaration(symbol: Symbol) -> str:
    if not isinstance(symbol, Parameter):
        return "a plain symbol"
    return f"{symbol.domain}, number {symbol.rank + 1} of its sizes" if symbol.is_size else symbol.domain
