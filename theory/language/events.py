"""Events, what they complement, and several at once."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from sympy import Abs, Add, And, AtomicExpr, Basic, Eq, Expr, Ne, Not, Or, sympify
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom

from .models import RV
from .parameters import Parameter

__all__ = [
    "EVERYWHERE",
    "ONE_SAMPLE",
    "RELATION_TEX",
    "Either",
    "Event",
    "Joint",
    "Word",
    "complement",
    "event_of",
    "opposite",
    "related",
    "variable",
]

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


class _Several(Basic):
    """Events tied by one word."""

    word: ClassVar[str]

    def __new__(cls, *events: Event | Joint | Either) -> Self:
        if len(events) < 2:
            raise ValueError(f"events tied by {cls.word!r} are two at least, found {len(events)}")
        made: Self = super().__new__(cls, *events)
        return made

    def _part(self, printer: Any, event: Basic) -> str:
        text = str(printer._print(event))
        return f"({text})" if isinstance(event, _Several) else text

    def _latex(self, printer: Any) -> str:
        return rf"\ \text{{{self.word}}}\ ".join(self._part(printer, e) for e in self.args)

    def _sympystr(self, printer: Any) -> str:
        return f" {self.word} ".join(self._part(printer, e) for e in self.args)


class Joint(_Several):
    """Several events at once: all of them happen.

    Parameters
    ----------
    *events : Event, Joint or Either
        Two at least (``ValueError`` for fewer).
    """

    word = "and"


class Either(_Several):
    """Several events of which one at least happens.

    Parameters
    ----------
    *events : Event, Joint or Either
        Two at least (``ValueError`` for fewer).
    """

    word = "or"


def opposite(event: Event | Joint | Either) -> Event | Joint | Either:
    """What happens exactly when `event` does not.

    Examples
    --------
    >>> from .models import Model
    >>> X = RV("X", Model("coin", (), "a fair coin"), "X")
    >>> opposite(Joint(Event(X, ">=", 0), Event(X, "<", 1)))
    X < 0 or X >= 1
    """
    if isinstance(event, Event):
        return event.complement
    turned: Joint | Either = (Either if isinstance(event, Joint) else Joint)(*map(opposite, event.args))
    return turned


def variable(value: Expr) -> RV | None:
    """The random variable of ``rv`` or ``Abs(rv)``, or None for any other value."""
    inner = value.args[0] if isinstance(value, Abs) else value
    return inner if isinstance(inner, RV) else None


def event_of(body: Any) -> Event | Joint | Either:
    """An event from a relation between random variables, or from such relations tied by and, or, not.

    Raises
    ------
    ValueError
        For a relation that SymPy decided before, or one without a random variable.
    TypeError
        For what is no relation.

    Examples
    --------
    >>> from .models import Model
    >>> X = RV("X", Model("coin", (), "a fair coin"), "X")
    >>> event_of((X >= 1) & (X < 2)), event_of(3 >= 2 * X)
    (X >= 1 and X < 2, 2*X <= 3)
    """
    if isinstance(body, Event | _Several):
        return body
    if isinstance(body, bool | BooleanAtom):
        raise ValueError(
            f"the event was {body} before it was read: SymPy decides what it can; give the claim as text, such as "
            'claim("P(X >= 0) == 1")'
        )
    if isinstance(body, And | Or):
        tied: Joint | Either = (Joint if isinstance(body, And) else Either)(*map(event_of, body.args))
        return tied
    if isinstance(body, Not):
        return opposite(event_of(body.args[0]))
    if isinstance(body, Ne):
        return opposite(related(body.lhs, "=", body.rhs))
    if not isinstance(body, Relational):
        raise TypeError(f"a probability is of an event, found {body}; write a relation such as X >= 1")
    return related(body.lhs, "=" if isinstance(body, Eq) else body.rel_op, body.rhs)


_MIRROR = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "="}


def related(lhs: Expr, relation: str, rhs: Expr) -> Event | Joint:
    """The event that two sides stand in a relation: what is random is moved to the left, what is not to the right.

    Raises
    ------
    ValueError
        Where nothing random is left.
    """
    left, right = bool(lhs.atoms(RV)), bool(rhs.atoms(RV))
    if not left and not right:
        raise ValueError(f"the event {lhs} {relation} {rhs} has no random variable")
    if not left:
        lhs, relation, rhs = rhs, _MIRROR[relation], lhs
    elif right:
        terms = Add.make_args(lhs - rhs)
        lhs = Add(*[term for term in terms if term.atoms(RV)])
        rhs = -Add(*[term for term in terms if not term.atoms(RV)])
        if not lhs.atoms(RV):
            raise ValueError("both sides of the event are the same random variable")
    if relation == "=":
        both: Joint = Joint(Event(lhs, ">=", rhs), Event(lhs, "<=", rhs))
        return both
    return Event(lhs, relation, rhs)
