"""Random variables by their construction: atoms with laws, arrays of independent copies, and expressions of them.

What is drawn once is an `Origin`; a `Random` is a scalar made of one, or an expression of several. Two calls make two
independent variables, one object used twice is one. Law, sampler, LaTeX and text come from the construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from sympy import Expr, Symbol

from ..laws.protocol import ScalarLaw
from .cells import Cell
from .models import RV, Model
from .parameters import Parameter

__all__ = ["UNPLACED", "Origin", "Random", "Space", "atoms_of", "fresh", "origins_of", "random_atoms"]

_COUNT = count()


@dataclass(frozen=True)
class Origin:
    """What is drawn once.

    Attributes
    ----------
    kind : str
        A family such as "Normal", or an array such as "iid" or "gaussian_matrix".
    parameters : tuple
        SymPy expressions in the cell; of copies the expression that is copied comes first.
    index : int
        Tells apart independent ones of the same kind.
    """

    kind: str
    parameters: tuple[Any, ...]
    index: int

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(map(str, self.parameters))})"


def fresh(kind: str, *parameters: Any) -> Origin:
    """A new origin, independent of all others."""
    return Origin(kind, parameters, next(_COUNT))


@dataclass(frozen=True)
class Space(Model):
    """The model of a statement whose random variables are given by their construction.

    Attributes
    ----------
    variables : tuple of Random
        In the order in which they are drawn and named.
    """

    variables: tuple[Random, ...] = ()

    @property
    def reals(self) -> tuple[Parameter, ...]:
        """The real parameters that a draw needs, by name."""
        found = {s.name: s for v in self.variables for s in v.parameters if not s.is_size}
        return tuple(found[name] for name in sorted(found))


UNPLACED = Model("unplaced", (), "")
"""Where a random variable lives before a statement takes it up."""


class Random(RV):
    """A random scalar given by its construction.

    Parameters
    ----------
    name, tex : str
    origin : Origin or None
        None for an expression of several random variables.
    functional : str
        What is taken of the origin: "" for an atom itself, "max", "norm", ...; "expression" without an origin.
    arguments : tuple
        Of the functional: SymPy expressions and origins.
    law : callable, optional
        ``law(cell)`` returns a `ScalarLaw`.
    model : Model, optional

    Attributes
    ----------
    origins : frozenset of Origin
        What it is made of: variables without a common origin are independent.
    """

    origin: Origin | None
    functional: str
    arguments: tuple[Any, ...]

    def __new__(
        cls,
        name: str,
        tex: str,
        origin: Origin | None,
        functional: str = "",
        arguments: tuple[Any, ...] = (),
        law: Callable[[Cell], ScalarLaw] | None = None,
        model: Model = UNPLACED,
    ) -> Random:
        made: Random = super().__new__(cls, name, model, tex, law=law)
        made.origin, made.functional, made.arguments = origin, functional, arguments
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.name, self.tex, self.origin, self.functional, self.arguments, self.law, self.model)

    def _hashable_content(self) -> tuple[Any, ...]:
        # SymPy orders equal-named variables by this: by numbers and texts only.
        index = -1 if self.origin is None else self.origin.index
        return (self.name, self.model.name, self.tex, self.functional, index, str(self.arguments), str(self.law))

    @property
    def origins(self) -> frozenset[Origin]:
        """What it is made of."""
        found = set() if self.origin is None else {self.origin}
        for argument in self.arguments:
            found |= origins_of(argument)
        return frozenset(found)

    @property
    def parameters(self) -> frozenset[Parameter]:
        """The parameters that a draw of it needs."""
        found: set[Any] = set()
        for part in (*(o for o in self.origins), *self.arguments):
            found |= _symbols(part)
        return frozenset(s for s in found if isinstance(s, Parameter))

    def changed(self, **changes: Any) -> Random:
        """The same variable with another name, TeX, origin, arguments, law or model."""
        names = ("name", "tex", "origin", "functional", "arguments", "law", "model")
        return Random(**{**{name: getattr(self, name) for name in names}, **changes})


def _symbols(part: Any) -> set[Symbol]:
    """The free symbols of an expression, an origin or a random variable inside one."""
    if isinstance(part, Origin):
        return {s for p in part.parameters for s in _symbols(p)}
    if not isinstance(part, Expr):
        return set()
    found = {s for s in part.free_symbols if isinstance(s, Symbol)}
    for inner in part.atoms(Random):
        found |= set(inner.parameters)
    return found


def atoms_of(expr: Any) -> frozenset[Random]:
    """The random variables given by their construction in an expression, an event or a relation."""
    return frozenset(expr.atoms(Random)) if hasattr(expr, "atoms") else frozenset()


def origins_of(part: Any) -> frozenset[Origin]:
    """The origins of an expression, a random variable or an origin."""
    if isinstance(part, Origin):
        return frozenset({part})
    return frozenset(o for v in atoms_of(part) for o in v.origins)


def random_atoms(parts: Iterable[Any]) -> Iterator[Random]:
    """The random variables of some expressions, each once, those that were made first coming first."""
    found = {v for part in parts for v in atoms_of(part)}
    yield from sorted(found, key=lambda v: (min((o.index for o in v.origins), default=-1), v.name, str(v.arguments)))
