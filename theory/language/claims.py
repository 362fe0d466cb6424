"""`claim`: a statement from the relation it says, typed in SymPy or as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sympy import Abs, Add, Eq, Expr, Float, Mul, Ne, Pow, Rel, Symbol, sstr
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, true

from .cells import Regime
from .closure import combined
from .events import Event
from .families import FAMILIES, exact_expression
from .models import RV
from .parameters import Parameter, size
from .statements import Claim, Hypothesis, Link, Source, Statement, StatementForm
from .text import Reader, Typed
from .variables import Origin, Random, Space, atoms_of, random_atoms

__all__ = ["claim", "placed"]


def claim(
    relation: Any,
    *more: Any,
    where: Iterable[Any] = (),
    exists: Iterable[Symbol] = (),
    regime: Regime | None = None,
    source: Source | str = "",
    title: str = "",
    key: str = "claim",
    form: StatementForm = "printed",
    points: tuple[Mapping[Symbol, Any], ...] = ({},),
    grid: Mapping[Any, tuple[int, ...]] | None = None,
    let: Mapping[str, Any] | None = None,
    parameters: Iterable[Parameter] = (),
    **others: Any,
) -> Statement:
    """A statement from the relation it says.

    Parameters
    ----------
    relation : SymPy relation or str
        Such as ``P(X >= 2*d) <= exp(-d/7)``, or its text where SymPy would evaluate it away. Equality is ``Eq(a, b)``.
    *more : SymPy relation or str
        Further relations of the same statement.
    where : iterable of SymPy relation or str
        Hypotheses.
    exists : iterable of Symbol
        Unnamed constants; those made by `constant` are found.
    regime : Regime, optional
        What grows, where a relation is a limit.
    source : Source or str
        Where it is printed, such as "laurent2000, Lemma 1".
    title, key, form, points, grid
        As of `Statement`; a file that defines statements gives them their names as keys.
    let : mapping of str, optional
        Names for random variables and expressions in texts.
    parameters : iterable of Parameter
        Parameters that texts may name.
    **others
        Further fields of `Statement`, such as ``repairs`` and ``uses``.

    Raises
    ------
    TypeError
        For what is no relation.
    ValueError
        For a relation that SymPy decided at once, or a text that cannot be read.

    Examples
    --------
    >>> from sympy import exp
    >>> from .families import ChiSquare
    >>> from .heads import P
    >>> from .parameters import size
    >>> d = size("d")
    >>> print(claim(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7)).links[0])
    P(ChiSquare(d) >= 2*d) <= exp(-d/7)
    >>> print(claim("P(chi2(d) >= 2*d) <= exp(-d/7)").links[0])
    P(ChiSquare(d) >= 2*d) <= exp(-d/7)
    """
    reader = Reader({p.name: p for p in parameters}, dict(let or {}))
    typed = [_typed(r, reader) for r in (relation, *more)]
    hypotheses = tuple(_hypothesis(w, reader) for w in ((where,) if isinstance(where, Relational | str) else where))
    links = placed(tuple(link for t in typed for link in t.links))
    said = {h.relation for h in hypotheses}
    hypotheses = (*hypotheses, *(h for h in _existing(links) if h.relation not in said))
    constants = tuple(dict.fromkeys([*exists, *_constants(links)]))
    groups: list[Claim] = []
    start = 0
    for t in typed:
        own = links[start : start + len(t.links)]
        start += len(t.links)
        used = {s for link in own for s in link.symbols}
        groups.append(Claim(own, tuple(c for c in constants if c in used), regime))
    assumed = {p.name: p for t in typed for p in t.assumed}
    return Statement(
        key,
        form,
        title,
        _source(source),
        tuple(groups),
        hypotheses,
        points=points,
        grid=grid or {},
        assumed=tuple(assumed[name] for name in sorted(assumed)),
        **others,
    )


def _source(source: Source | str) -> Source:
    if isinstance(source, Source):
        return source
    cite, comma, where = source.partition(",")
    return Source(cite.strip(), where.strip()) if comma else Source("", source.strip())


def _typed(relation: Any, reader: Reader) -> Typed:
    if isinstance(relation, str):
        return reader.read(relation)
    if isinstance(relation, bool | BooleanAtom):
        raise ValueError(
            f"the claim was {relation} before it was read: SymPy decides what it can; give it as text, such as "
            'claim("P(chi2(d) >= 2*d) <= exp(-d/7)")'
        )
    if isinstance(relation, Link):
        return Typed((relation,))
    if not isinstance(relation, Relational) or isinstance(relation, Ne):
        raise TypeError(f"a claim is a relation such as P(X >= 1) <= 1/2, or its text; found {relation!r}")
    sides = [exact_expression(side, "claim") for side in (relation.lhs, relation.rhs)]
    operator = "=" if isinstance(relation, Eq) else relation.rel_op
    return Typed((Link(sides[0], operator, sides[1]),))


def _hypothesis(condition: Any, reader: Reader) -> Hypothesis:
    if isinstance(condition, Hypothesis):
        return condition
    if isinstance(condition, str):
        return reader.hypothesis(condition)
    if isinstance(condition, bool):
        raise ValueError(f"a hypothesis was {condition} before it was read: the domains imply or exclude it")
    if condition.atoms(Float) if hasattr(condition, "atoms") else False:
        condition = condition.func(*[exact_expression(a, "where") for a in condition.args])
    if not isinstance(condition, Relational | BooleanAtom):
        raise TypeError(f"a hypothesis is a relation such as m >= d, or its text; found {condition!r}")
    if condition.atoms(RV):
        raise ValueError(f"the hypothesis {condition} is random; P(A, given=B) conditions on an event")
    return Hypothesis(condition, sstr(condition))


def _existing(links: Iterable[Link]) -> Iterator[Hypothesis]:
    """That the laws exist, where the parameters' domains do not say so: Binomial(n, 2*p) needs 2*p <= 1."""
    variables = list(random_atoms(side for link in links for side in (link.lhs, link.rhs)))
    relations: dict[Any, None] = {}
    for origin in sorted(_all_origins(variables), key=lambda o: o.index):
        if origin.kind in FAMILIES:
            relations |= dict.fromkeys(FAMILIES[origin.kind].conditions(origin.parameters))
    for variable in variables:
        if variable.functional in ("order", "coordinate") and variable.origin is not None:
            place, last = variable.arguments[0], variable.origin.parameters[-1]
            if variable.origin.kind == "spacings":
                last = last if len(variable.origin.parameters) > 1 else last + 1
            if not (last - place).is_nonnegative:
                relations[Rel(place, last, "<=")] = None
    for relation in relations:
        if relation != true:
            yield Hypothesis(relation, sstr(relation))


def _constants(links: Iterable[Link]) -> list[Parameter]:
    """Unnamed constants in the links, by name."""
    found = {s for link in links for s in link.symbols if isinstance(s, Parameter) and s.role == "constant"}
    return sorted(found, key=lambda s: s.name)


def placed(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Links with their random variables taken up by one space: numbered by their place, named apart, combined."""
    joined = [_several(link) for link in links]
    variables = list(random_atoms(side for link in joined for side in (link.lhs, link.rhs)))
    if not variables:
        return tuple(joined)
    origins: dict[Origin, int] = {}
    for origin in sorted(_all_origins(variables), key=lambda o: o.index):
        origins[origin] = len(origins)
    names = _Names(origins)
    renamed = [names.of(v) for v in variables]
    sizes: dict[str, Parameter] = {}
    for v in renamed:
        sizes |= {p.name: p for p in v.parameters if p.is_size}
    space = Space(
        _space_name(renamed),
        tuple(sizes[name] for name in sorted(sizes, key=lambda n: (sizes[n].rank, n))),
        r",\ ".join(dict.fromkeys(v.tex for v in renamed)),
        variables=tuple(renamed),
    )
    new = {v: n.changed(model=space) for v, n in zip(variables, renamed, strict=True)}
    return tuple(
        Link(link.lhs.xreplace(new), link.relation, link.rhs.xreplace(new), link.given, link.scope) for link in joined
    )


def _space_name(variables: list[Random]) -> str:
    """The variables by name, with whatever else tells their space from another one of these names.

    That is which of them share what is drawn, and domains of parameters other than the usual ones.
    """
    made = [sorted(o.index for o in v.origins) for v in variables]
    name = ", ".join(v.name for v in variables)
    if len({i for of in made for i in of}) < sum(map(len, made)):
        name += f" of {'; '.join(' '.join(map(str, of)) for of in made)}"
    unusual = {p.name: p for v in variables for p in v.parameters if p != size(p.name)}
    if unusual:
        domains = (f"{p} {p.domain}" + (f", place {p.rank}" if p.rank else "") for _, p in sorted(unusual.items()))
        name += f" for {'; '.join(domains)}"
    return name


def _several(link: Link) -> Link:
    """A link in whose events an expression of several random variables is one of its own."""
    found: dict[Any, Any] = {}
    for side in (link.lhs, link.rhs):
        for event in side.atoms(Event):
            if len(atoms_of(event.value)) > 1:
                value = _one(event.value)
                found[event] = Event(value, event.relation, event.bound, event.args[3])
    if not found:
        return link
    return Link(link.lhs.xreplace(found), link.relation, link.rhs.xreplace(found), link.given, link.scope)


def _one(value: Expr) -> Expr:
    """`value` with its smallest part that holds all its random variables made one of its own."""
    known = atoms_of(value)
    if isinstance(value, Add | Mul):
        outside, rest = value.as_independent(*known, as_Add=isinstance(value, Add))
        parts = rest.args if isinstance(rest, type(value)) else (rest,)
        if len(parts) == 1 and rest != value:
            return value.func(outside, _one(rest))
        if rest != value:
            return value.func(outside, combined(rest))
    elif isinstance(value, Abs):
        return Abs(_one(value.args[0]))
    elif isinstance(value, Pow) and atoms_of(value.base) == known and not atoms_of(value.exp):
        return Pow(_one(value.base), value.exp)
    return combined(value)


def _all_origins(variables: Iterable[Random]) -> set[Origin]:
    """Origins, with those of the variables that are copied inside others."""
    found: set[Origin] = set()
    stack: list[Any] = list(variables)
    while stack:
        part = stack.pop()
        if isinstance(part, Random):
            stack += [*part.arguments, *([] if part.origin is None else [part.origin])]
        elif isinstance(part, Origin):
            if part not in found:
                found.add(part)
                stack += part.parameters
        elif hasattr(part, "atoms"):
            stack += list(part.atoms(Random))
    return found


class _Names:
    """Random variables with the indices of their statement and names that tell them apart."""

    def __init__(self, origins: Mapping[Origin, int]) -> None:
        self._origins = origins
        self._known: dict[Random, Random] = {}
        self._taken: set[str] = set()

    def of(self, variable: Random) -> Random:
        """A variable at the top of a statement or inside one."""
        if variable not in self._known:
            arguments = tuple(self._part(a) for a in variable.arguments)
            name, tex = variable.name, variable.tex
            if variable.functional == "expression":
                fresh = combined(arguments[0])
                name, tex = fresh.name, fresh.tex
            mark = ""
            while name + mark in self._taken:
                mark += "'"
            self._taken.add(name + mark)
            origin = None if variable.origin is None else self._origin(variable.origin)
            tex = f"{{{tex}}}{mark}" if mark else tex
            self._known[variable] = variable.changed(name=name + mark, tex=tex, origin=origin, arguments=arguments)
        return self._known[variable]

    def _origin(self, origin: Origin) -> Origin:
        inside = tuple(self._inner(p) for p in origin.parameters)
        return Origin(origin.kind, inside, self._origins[origin])

    def _part(self, part: Any) -> Any:
        if isinstance(part, Origin):
            return self._origin(part)
        found = list(random_atoms([part]))  # in order: names are given to the first one first
        return part.xreplace({v: self.of(v) for v in found}) if found else part

    def _inner(self, part: Any) -> Any:
        """A copied expression: its variables are numbered and keep their names."""
        found = atoms_of(part)
        if not found:
            return part
        return part.xreplace({v: v.changed(origin=None if v.origin is None else self._origin(v.origin)) for v in found})
