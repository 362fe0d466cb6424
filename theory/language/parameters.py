"""Parameters of statements: sizes, reals and unnamed constants, each a SymPy symbol that carries its domain."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

from sympy import Expr, Symbol, oo, sympify

from ..calculus.exact import exact_number

__all__ = ["Parameter", "constant", "ordered_names", "real", "size", "sizes"]

Role = Literal["size", "real", "constant"]
Closed = Literal["", "left", "right", "both"]


class Parameter(Symbol):
    """A symbol with a domain; made by `size`, `sizes`, `real` and `constant`.

    Attributes
    ----------
    role : {"size", "real", "constant"}
    low, high : SymPy number
        Ends of the domain; `oo` and `-oo` where there is none.
    closed : {"", "left", "right", "both"}
        Which ends belong to a real interval; those of integers always do.
    of : tuple of Parameter
        What an unnamed constant may depend on.
    rank : int
        The place among sizes declared together, which settles ties between cells.
    """

    role: Role
    low: Expr
    high: Expr
    closed: Closed
    of: tuple[Parameter, ...]
    rank: int
    _ends: tuple[Any, Any]

    def __new__(
        cls, name: str, role: Role, low: Any, high: Any, closed: Closed = "", of: Iterable[Symbol] = (), rank: int = 0
    ) -> Parameter:
        if not isinstance(name, str) or not name:
            raise TypeError(f"a parameter's name must be a nonempty string, found {name!r}; pass one such as 'm'")
        low, high = sympify(low), sympify(high)
        obj: Parameter = Symbol.__xnew__(cls, name, **_assumptions(role, low, high, closed))
        obj.role, obj.low, obj.high, obj.closed, obj.of, obj.rank = role, low, high, closed, tuple(of), rank
        obj._ends = _end(low), _end(high)
        return obj

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.name, self.role, self.low, self.high, self.closed, self.of, self.rank), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        of = ",".join(s.name for s in self.of)
        identity = f"{self.role} {self.low} {self.high} {self.closed} {of} {self.rank}"
        return (*super()._hashable_content(), identity)

    @property
    def is_size(self) -> bool:
        """Whether it is a size: an integer the sweep ranges over."""
        return self.role == "size"

    @property
    def domain(self) -> str:
        """The domain in words.

        Examples
        --------
        >>> size("k", 2).domain, real("t", 0, 1, closed="left").domain, real("x").domain
        ('an integer from 2', 'in [0, 1)', 'real')
        """
        if self.role == "size":
            return f"an integer from {self.low}" + ("" if self.high == oo else f" to {self.high}")
        if self.role == "constant":
            return "a positive constant"
        if self.low == -oo and self.high == oo:
            return "real"
        left = "[" if self.closed in ("left", "both") else "("
        right = "]" if self.closed in ("right", "both") else ")"
        return f"in {left}{self.low}, {self.high}{right}"

    def admits(self, value: Any) -> bool:
        """Whether an exact value lies in the domain.

        Examples
        --------
        >>> from fractions import Fraction
        >>> size("k").admits(0), real("t", 0, 1).admits(Fraction(1, 2)), real("t", 0, 1).admits(1)
        (False, True, False)
        """
        number = exact_number(value)
        if self.role == "size" and not isinstance(number, int):
            return False
        low, high = self._ends
        above = number > low or (number == low and (self.is_size or self.closed in ("left", "both")))
        below = number < high or (number == high and (self.is_size or self.closed in ("right", "both")))
        return bool(above and below)


# SymPy orders the terms of sums and products by the name of their class: a parameter must sort as the symbol it is, or
# every formula would print in another order than with plain symbols.
Parameter.__name__ = "Symbol"


def _end(value: Expr) -> Any:
    """An end of a domain as a Python number where it is rational or infinite: every cell is compared with it."""
    if value in (oo, -oo):
        return math.inf if value == oo else -math.inf
    return exact_number(value) if value.is_Rational else value


def _assumptions(role: Role, low: Expr, high: Expr, closed: Closed) -> dict[str, bool]:
    """What SymPy may know of the symbol."""
    if role == "size":
        return {"integer": True, **({"positive": True} if low >= 1 else {"nonnegative": True} if low >= 0 else {})}
    if low > 0 or (low == 0 and closed not in ("left", "both")):
        return {"positive": True}
    if low == 0:
        return {"nonnegative": True}
    if high < 0 or (high == 0 and closed not in ("right", "both")):
        return {"negative": True}
    return {"nonpositive": True} if high == 0 else {"real": True}


def size(name: str, least: int = 1, most: int | None = None) -> Parameter:
    """An integer size from `least` upwards, or up to `most`, which is included.

    Parameters
    ----------
    name : str
    least : int
        The smallest admitted value.
    most : int, optional
        The largest one.

    Examples
    --------
    >>> size("d"), size("d").is_positive, size("d", 0).is_positive
    (d, True, None)
    """
    if isinstance(least, bool) or not isinstance(least, int):
        raise TypeError(f"the least value of the size {name} must be an integer, found {least!r}")
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < least):
        raise ValueError(f"the most value of the size {name} must be an integer from {least} up, found {most!r}")
    return Parameter(name, "size", least, oo if most is None else most)


def sizes(names: str) -> tuple[Parameter, ...]:
    """Several sizes from 1 upwards; ties between cells are settled in the order in which they are named.

    Examples
    --------
    >>> m, d = sizes("m d")
    >>> m.rank, d.rank
    (0, 1)
    """
    return tuple(Parameter(name, "size", 1, oo, rank=i) for i, name in enumerate(names.replace(",", " ").split()))


def real(name: str, low: Any = -oo, high: Any = oo, closed: Closed = "") -> Parameter:
    """A real parameter in an interval, open unless `closed` says "left", "right" or "both".

    Raises
    ------
    ValueError
        When the interval is empty, or `closed` is another word.

    Examples
    --------
    >>> real("t", 0, 1).is_positive, real("x").is_positive
    (True, None)
    """
    if closed not in ("", "left", "right", "both"):
        raise ValueError(f"closed must be 'left', 'right' or 'both', found {closed!r}; leave it out for an open end")
    low, high = sympify(low), sympify(high)
    if not (low < high or (low == high and closed == "both")):
        raise ValueError(f"{name} must range over an interval, found low = {low} and high = {high}; pass low < high")
    return Parameter(name, "real", low, high, closed)


def constant(name: str, of: Symbol | Iterable[Symbol] = ()) -> Parameter:
    """An unnamed positive constant, which may depend on the parameters `of`.

    Examples
    --------
    >>> constant("c", of=real("eps", 0, 1)).of
    (eps,)
    """
    return Parameter(name, "constant", 0, oo, of=(of,) if isinstance(of, Symbol) else tuple(of))


def ordered_names(parameters: Iterable[Parameter]) -> tuple[str, ...]:
    """Names, each once, in the order that settles ties: as declared together, else by name.

    Examples
    --------
    >>> m, d = sizes("m d")
    >>> ordered_names([d, m, d, size("k")])
    ('k', 'm', 'd')
    """
    found = {(p.rank, p.name) for p in parameters}
    return tuple(dict.fromkeys(name for _, name in sorted(found)))
