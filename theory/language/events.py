"""Events, what they complement, and several at once."""

from __future__ import annotations

from typing import Any

from sympy import Abs, AtomicExpr, Basic, Expr, sympify

from .models import RV
from .parameters import Parameter

__all__ = ["EVERYWHERE", "ONE_SAMPLE", "RELATION_TEX", "Event", "Joint", "Word", "complement", "variable"]

ONE_SAMPLE, EVERYWHERE = "one sample", "sup u"
_COMPLEMENT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

RELATION_TEX = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "=": "=", "=_d": r"\overset{d}{=}", "~": r"\sim"}


def complement(relation: str) -> str:
    """The relation that holds exactly when `relation` does not.

    Examples
    --------
    >>> complement("<")
    '>='
    """
    return _COMPLEMENT[relation]


class Word(AtomicExpr):
    """A word inside a SymPy tree (a relation sign, a quantifier)."""

    text: str

    def __new__(cls, text: str) -> Word:
        obj: Word = super().__new__(cls)
        obj.text = text
        return obj

    def __getnewargs__(self) -> tuple[str]:
        return (self.text,)

    def _hashable_content(self) -> tuple[str]:
        return (self.text,)

    def _sympystr(self, printer: Any) -> str:
        return self.text


class Event(Basic):
    """The event ``value relation bound``; `over` says for how many samples it is asked at once.

    Parameters
    ----------
    value : RV or SymPy expression of RVs
    relation : {"<", "<=", ">", ">="}
    bound : SymPy expression
    over : {"one sample", "sup u"} or Parameter
        A size means: for all samples, of which there are so many.
    """

    def __new__(cls, value: Any, relation: Any, bound: Any, over: Any = ONE_SAMPLE) -> Event:
        word = relation.text if isinstance(relation, Word) else relation
        if word not in _COMPLEMENT:
            raise ValueError(f"an event's relation must be one of {sorted(_COMPLEMENT)}, found {word!r}")
        scope = over.text if isinstance(over, Word) else over
        if not isinstance(scope, Parameter) and scope not in (ONE_SAMPLE, EVERYWHERE):
            raise ValueError(f"over must be {ONE_SAMPLE!r}, {EVERYWHERE!r} or a size, found {scope!r}")
        if isinstance(scope, Parameter) and not scope.is_size:
            raise ValueError(f"over counts samples, so it must be a size, found {scope}, {scope.domain}")
        last = scope if isinstance(scope, Parameter) else Word(scope)
        event: Event = super().__new__(cls, sympify(value), Word(word), sympify(bound), last)
        return event

    @property
    def value(self) -> Expr:
        """The random quantity that is compared."""
        return self.args[0]

    @property
    def relation(self) -> str:
        """One of < <= > >=."""
        return str(self.args[1].text)

    @property
    def bound(self) -> Expr:
        """What it is compared with."""
        return self.args[2]

    @property
    def samples(self) -> Parameter | None:
        """The size that counts the samples, where the event is asked of all of them."""
        return self.args[3] if isinstance(self.args[3], Parameter) else None

    @property
    def everywhere(self) -> bool:
        """Whether the event is asked of a supremum."""
        return isinstance(self.args[3], Word) and self.args[3].text == EVERYWHERE

    @property
    def complement(self) -> Event:
        """The event that happens exactly when this one does not, for the same samples."""
        return Event(self.value, complement(self.relation), self.bound, self.args[3])

    def _latex(self, printer: Any) -> str:
        body = f"{printer._print(self.value)} {RELATION_TEX[self.relation]} {printer._print(self.bound)}"
        if self.samples is not None:
            return body + rf"\ \text{{for all }} i \in [{printer._print(self.samples)}]"
        return body + (r"\ \text{for all } u" if self.everywhere else "")

    def _sympystr(self, printer: Any) -> str:
        scope = f", all {self.samples}" if self.samples is not None else f", {EVERYWHERE}" if self.everywhere else ""
        return f"{printer._print(self.value)} {self.relation} {printer._print(self.bound)}{scope}"


class Joint(Basic):
    """Several events at once: all of them happen.

    Parameters
    ----------
    *events : Event
        Two at least (``ValueError`` for fewer).
    """

    def __new__(cls, *events: Event) -> Joint:
        if len(events) < 2:
            raise ValueError("a joint event needs at least two events")
        joint: Joint = super().__new__(cls, *events)
        return joint

    def _latex(self, printer: Any) -> str:
        return r"\ \text{and}\ ".join(printer._print(e) for e in self.args)

    def _sympystr(self, printer: Any) -> str:
        return " and ".join(printer._print(e) for e in self.args)


def variable(value: Expr) -> RV | None:
    """The random variable of ``rv`` or ``Abs(rv)``, or None for any other value."""
    inner = value.args[0] if isinstance(value, Abs) else value
    return inner if isinstance(inner, RV) else None
