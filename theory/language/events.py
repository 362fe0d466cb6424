"""Events, what they complement, and several at once."""

from __future__ import annotations

from typing import Any, Literal

from sympy import Abs, AtomicExpr, Basic, Expr, sympify

from .models import RV

__all__ = ["Event", "Joint", "complement"]

_COMPLEMENT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

_REL_TEX = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "=": "=", "=_d": r"\overset{d}{=}", "~": r"\sim"}


def complement(relation: str) -> str:
    """The relation that holds exactly when `relation` does not."""
    return _COMPLEMENT[relation]


class _Text(AtomicExpr):
    """A word inside a SymPy tree (a relation sign, a quantifier)."""

    text: str

    def __new__(cls, text: str) -> _Text:
        obj = super().__new__(cls)
        obj.text = text
        return obj

    def __getnewargs__(self) -> tuple[str]:
        return (self.text,)

    def _hashable_content(self) -> tuple[str]:
        return (self.text,)

    def _sympystr(self, printer: Any) -> str:
        return self.text


Over = Literal["one sample", "all n", "sup u"]


class Event(Basic):
    """The event ``value relation bound``; `over` says for how many samples it is asked at once.

    Parameters
    ----------
    value : RV or SymPy expression of RVs
    relation : {"<", "<=", ">", ">="}
    bound : SymPy expression
    over : {"one sample", "all n", "sup u"}
    """

    def __new__(cls, value: Any, relation: Any, bound: Any, over: Any = "one sample") -> Event:
        word = relation.text if isinstance(relation, _Text) else relation
        if word not in _COMPLEMENT:
            raise ValueError(f"an event's relation must be one of {sorted(_COMPLEMENT)}, found {word!r}")
        scope = over.text if isinstance(over, _Text) else over
        if scope not in ("one sample", "all n", "sup u"):
            raise ValueError(f"over must be 'one sample', 'all n' or 'sup u', found {scope!r}")
        return super().__new__(cls, sympify(value), _Text(word), sympify(bound), _Text(scope))

    @property
    def value(self) -> Expr:
        return self.args[0]

    @property
    def relation(self) -> str:
        return self.args[1].text

    @property
    def bound(self) -> Expr:
        return self.args[2]

    @property
    def over(self) -> str:
        return self.args[3].text

    def _latex(self, printer: Any) -> str:
        body = f"{printer._print(self.value)} {_REL_TEX[self.relation]} {printer._print(self.bound)}"
        scope = {"one sample": "", "all n": r"\ \text{for all } i \in [n]", "sup u": r"\ \text{for all } u"}[self.over]
        return body + scope

    def _sympystr(self, printer: Any) -> str:
        scope = "" if self.over == "one sample" else f", {self.over}"
        return f"{printer._print(self.value)} {self.relation} {printer._print(self.bound)}{scope}"


class Joint(Basic):
    """Several events at once: all of them happen."""

    def __new__(cls, *events: Event) -> Joint:
        if len(events) < 2:
            raise ValueError("a joint event needs at least two events")
        return super().__new__(cls, *events)

    def _latex(self, printer: Any) -> str:
        return r"\ \text{and}\ ".join(printer._print(e) for e in self.args)

    def _sympystr(self, printer: Any) -> str:
        return " and ".join(printer._print(e) for e in self.args)


def two_sided(value: Expr) -> RV | None:
    """The RV inside ``Abs(rv)``, or None."""
    return value.args[0] if isinstance(value, Abs) and isinstance(value.args[0], RV) else None
