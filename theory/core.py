"""The ledger's vocabulary: models, random variables, events, links, claims and statements.

Everything is immutable. An `RV` and an `Event` are SymPy objects, so a claim's LaTeX, number and enclosure come from
one expression. What a link says is its `kind`, read off the head of its left side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol

from flint import arb
from sympy import Abs, AtomicExpr, Basic, Expr, Integer, Max, Min, Rational, Symbol, latex, sstr, sympify
from sympy.core.relational import Relational

from .enclosure import Enclosure, compare
from .forms import Form

__all__ = [
    "RV",
    "BigO",
    "Binomial",
    "Cell",
    "ChiSquare",
    "Claim",
    "Constants",
    "E",
    "Event",
    "Hypothesis",
    "Implication",
    "Joint",
    "Law",
    "Link",
    "Model",
    "Normal",
    "P",
    "Psi1",
    "ScalarLaw",
    "Source",
    "Statement",
    "Tensor",
    "Theta",
    "Tunable",
    "Var",
    "complement",
]  # fmt: skip

_SYMBOL_TEX = re.compile(r"\\?\w+(_\w|_\{\w+\})?")
Number = int | Fraction
Cell = Mapping[str, Number]
StatementForm = Literal["printed", "repaired", "sharp", "definition"]

_COMPLEMENT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_REL_TEX = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "=": "=", "=_d": r"\overset{d}{=}", "~": r"\sim"}


def complement(relation: str) -> str:
    """The relation that holds exactly when `relation` does not."""
    return _COMPLEMENT[relation]


@dataclass(frozen=True)
class Tensor:
    """A random (or fixed) array of a model with independent, identically distributed entries.

    Attributes
    ----------
    name : str
        The name used in forms.
    shape : tuple of SymPy expressions
        Lengths in the model's parameters; ``()`` for a scalar.
    moment : callable, optional
        ``moment(p)`` is E[entry^p] as a SymPy expression; None for a tensor no moment is asked of.
    group : str, optional
        Tensors of one group share their entries' joint law (`Model.joint`); entries at different indices are
        independent.
    variance : SymPy expression, optional
        Given when the entries are Gaussian with mean 0: linear images are then decided by covariances.
    """

    name: str
    shape: tuple[Any, ...]
    moment: Callable[[int], Expr] | None = None
    group: str | None = None
    variance: Any = None


@dataclass(frozen=True)
class Model:
    """A probability model: what is random and how it is drawn.

    Attributes
    ----------
    name : str
        Key of its sampler in `whp.checks.registry`.
    params : tuple of str
        The cell entries it needs, such as ``("m", "d", "n")``.
    tex : str
        The model in words and TeX.
    tensors : tuple of Tensor
        The arrays its random variables are made of.
    joint : mapping of str to callable
        ``joint[group]({tensor: power})`` is the joint moment of one entry of each tensor of a group.
    """

    name: str
    params: tuple[str, ...]
    tex: str
    tensors: tuple[Tensor, ...] = ()
    joint: Mapping[str, Callable[[Mapping[str, int]], Expr]] = field(default_factory=dict, hash=False, compare=False)

    def tensor(self, name: str) -> Tensor:
        """The tensor called `name` (``KeyError`` naming the ones there are)."""
        for tensor in self.tensors:
            if tensor.name == name:
                return tensor
        raise KeyError(f"model {self.name!r} has no tensor {name!r}; it has {[t.name for t in self.tensors]}")


class ScalarLaw(Protocol):
    """The exact law of a random scalar at one cell; ``NotImplementedError`` from a method means it has no answer."""

    def log_probability(self, relation: str, t: float) -> float:
        """log P(X relation t) in floats."""
        ...

    def enclose(self, relation: str, t: arb) -> Enclosure:
        """Certified enclosure of P(X relation t); it may be wide, never wrong."""
        ...


class RV(AtomicExpr):
    """A random scalar (or array) of a model, printed with its own TeX.

    Parameters
    ----------
    name : str
        Key of its measure in `whp.checks.registry`.
    model : Model
    tex : str
    form : Form, optional
        The index sum it is; gives moments and exact identities.
    law : callable, optional
        ``law(cell)`` returns a `ScalarLaw`.

    Examples
    --------
    >>> from sympy import latex
    >>> coin = Model("coin", (), "a fair coin")
    >>> latex(P(Event(RV("X", coin, "X"), ">", 0)))
    '\\\\mathbb{P}\\\\left(X > 0\\\\right)'
    """

    is_commutative = True
    is_extended_real = True
    name: str
    model: Model
    tex: str
    form: Form | None
    law: Callable[[Cell], ScalarLaw] | None
    precedence: int

    def __new__(
        cls,
        name: str,
        model: Model,
        tex: str,
        form: Form | None = None,
        law: Callable[[Cell], ScalarLaw] | None = None,
    ) -> RV:
        obj = super().__new__(cls)
        obj.name, obj.model, obj.tex, obj.form, obj.law = name, model, tex, form, law
        # A compound TeX is put in parentheses when it is raised to a power, a single symbol is not.
        obj.precedence = 1000 if _SYMBOL_TEX.fullmatch(tex) else 55
        return obj

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.name, self.model, self.tex, self.form, self.law)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name, self.model.name, self.tex)

    def sort_key(self, order: Any = None) -> Any:
        return (2, 0, self.name), (1, (self.name,)), Integer(1).sort_key(), Integer(1)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return self.tex if exp is None else f"\\left({self.tex}\\right)^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return self.name


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


class _Head(Expr):
    """A functional of random objects; its class is the kind of the link it heads."""

    kind: ClassVar[str]
    tex: ClassVar[str]
    is_commutative = True

    def __new__(cls, *args: Any) -> Any:
        return super().__new__(cls, *[sympify(a) for a in args])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = f"{self.tex}\\left({', '.join(printer._print(a) for a in self.args)}\\right)"
        return body if exp is None else f"{body}^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(printer._print(a) for a in self.args)})"


class P(_Head):
    """Probability of an `Event` or a `Joint` event."""

    kind, tex, is_extended_real = "probability", r"\mathbb{P}", True


class E(_Head):
    """Expectation of an expression of RVs."""

    kind, tex, is_extended_real = "moment", r"\mathbb{E}", True


class Var(_Head):
    """Variance of an expression of RVs."""

    kind, tex, is_extended_real = "moment", r"\operatorname{Var}", True


class Law(_Head):
    """Joint law of one or more RVs."""

    kind, tex = "law", r"\mathcal{L}"


class Normal(_Head):
    """The law N(mean, variance) on the right of a law link."""

    kind, tex = "law", r"\mathcal{N}"


class ChiSquare(_Head):
    """The law of ``scale`` times a chi-square variable with ``dof`` degrees of freedom, on the right of a law link."""

    kind, tex = "law", r"\chi^2"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        scale, dof = (printer._print(a) for a in self.args)
        return rf"{scale}\, \chi^2_{{{dof}}}"


class Binomial(_Head):
    """The law Bin(count, probability) on the right of a law link."""

    kind, tex = "law", r"\mathrm{Bin}"


class Psi1(_Head):
    """Sub-exponential norm ``sup_p p^-1 (E|X|^p)^(1/p)`` of an RV."""

    kind, tex, is_extended_real = "norm", r"\psi_1", True


class BigO(_Head):
    """Upper rate O(.)."""

    kind, tex = "rate", "O"


class Theta(_Head):
    """Two-sided rate Θ(.)."""

    kind, tex = "rate", r"\Theta"


class Tunable(Expr):
    """A constant of a bound that may be turned: ``Tunable(Rational(1, 7), "largest")`` stands for 1/7 in a link.

    Where the link is refuted, the largest (smallest) constant with which it holds at the listed cells is computed.
    """

    is_commutative = True
    is_positive = True

    def __new__(cls, value: Any, sense: Any) -> Tunable:
        word = sense.text if isinstance(sense, _Text) else sense
        if word not in ("largest", "smallest"):
            raise ValueError(f"a tunable constant is wanted 'largest' or 'smallest', found {word!r}")
        return super().__new__(cls, sympify(value), _Text(word))

    @property
    def value(self) -> Expr:
        return self.args[0]

    @property
    def sense(self) -> str:
        return self.args[1].text


def _plain(expr: Expr) -> Expr:
    """`expr` with every tunable constant replaced by its printed value."""
    return expr.xreplace({t: t.value for t in expr.atoms(Tunable)})


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
    >>> from whp.theory.symbols import d, m
    >>> Hypothesis(m > 6 * d / 5 + 2, "m > 1.2 d + 2").failure({"m": 3, "d": 1})
    'm > 1.2 d + 2 fails: 3 > 16/5 is false'
    >>> Hypothesis(m > 6 * d / 5 + 2, "m > 1.2 d + 2").failure({"m": 4, "d": 1}) is None
    True
    """

    relation: Relational
    words: str

    def failure(self, cell: Cell) -> str | None:
        """None when the condition holds at `cell`, else the sentence that says why not."""
        from .evaluate import enclose

        left, right = self.relation.lhs, self.relation.rhs
        missing = sorted(s.name for s in self.relation.free_symbols if s.name not in cell)
        if missing:
            return f"{self.words} cannot be evaluated: the cell has no value for {', '.join(missing)}"
        decided = compare(enclose(left, cell), self.relation.rel_op, enclose(right, cell))
        if decided is None:  # equal numbers that no ball can separate are compared exactly
            decided = bool(self.relation.func(_at(left, cell), _at(right, cell)))
        if decided:
            return None
        return f"{self.words} fails: {_show(left, cell)} {self.relation.rel_op} {_show(right, cell)} is false"


def _at(expr: Expr, cell: Cell) -> Expr:
    return expr.subs({s: Rational(str(cell[s.name])) for s in expr.free_symbols})


def _show(expr: Expr, cell: Cell) -> str:
    value = _at(expr, cell)
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
        if self.relation not in _REL_TEX:
            raise ValueError(f"a link's relation must be one of {sorted(_REL_TEX)}, found {self.relation!r}")
        left, right = sympify(self.lhs), sympify(self.rhs)
        object.__setattr__(self, "lhs", _plain(left))
        object.__setattr__(self, "rhs", _plain(right))
        object.__setattr__(self, "marked", right if right.has(Tunable) else None)
        object.__setattr__(self, "marked_lhs", left if left.has(Tunable) else None)

    @property
    def kind(self) -> str:
        """probability, moment, law, norm, rate, identity (pathwise in RVs) or scalar."""
        for side in (self.lhs, self.rhs):
            heads = sorted(side.atoms(_Head), key=lambda h: h.kind)
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

    @property
    def latex(self) -> str:
        text = f"{_tex(self.lhs)} {_REL_TEX[self.relation]} {_tex(self.rhs)}"
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
    """

    links: tuple[Link, ...]
    exists: tuple[Symbol, ...] = ()
    regime: str | None = None

    @classmethod
    def chain(cls, first: Any, *rest: Any, given: tuple[Any, ...] = (), regime: str | None = None) -> Claim:
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
        parts = [link.latex for link in self.links]
        for i in range(1, len(self.links)):
            if self.links[i].lhs == self.links[i - 1].rhs and not self.links[i].given:
                parts[i] = f"{_REL_TEX[self.links[i].relation]} {_tex(self.links[i].rhs)}"
            else:
                parts[i] = r",\quad " + parts[i]
        text = " ".join(parts)
        if self.exists:
            text = r"\exists\, " + ", ".join(latex(c) for c in self.exists) + r":\quad " + text
        return text


@dataclass(frozen=True)
class Source:
    """Where a statement is printed: ``Source("zhang2023", "eq. 9, Section 3.1")``."""

    cite: str
    where: str

    def __str__(self) -> str:
        return f"{self.cite}, {self.where}"


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
    bound : SymPy expression
        The claimed failure bound for one sample as a function of the constants, at named prefactor.
    event : Event
        The failure whose exact law judges both sides of the frontier.
    """

    first: Symbol
    second: Symbol
    ratio: Symbol
    largest: Expr
    bound: Expr
    event: Event


@dataclass(frozen=True)
class Implication:
    """Another statement that implies this one with named constants, and the links that make it so."""

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
        Listed values of the symbols beyond the grid's m, d, n.
    domain : mapping of Symbol to smallest value
        Integer symbols range upwards from here (default 1).
    grid : mapping of str to tuple of int, optional
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
    domain: Mapping[Symbol, int] = field(default_factory=dict, hash=False)
    grid: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.form == "definition" and any(h.kind in ("probability", "rate") for h in self.links):
            raise ValueError(f"{self.key}: a definition has no verdict, so it claims no probability and no rate")
        if self.form in ("printed", "sharp") and not self.claims:
            raise ValueError(f"{self.key}: a {self.form} statement needs at least one claim")
        if (self.repairs is not None) != (self.form == "repaired"):
            raise ValueError(f"{self.key}: a repaired statement, and no other, names the printed one it repairs")

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(link for claim in self.claims for link in claim.links)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its links, each once, in order."""
        return tuple(dict.fromkeys(link.kind for link in self.links))

    @property
    def symbols(self) -> frozenset[str]:
        """Names of the free symbols of its claims and hypotheses that are not unnamed constants."""
        bound = {s for claim in self.claims for s in claim.exists}
        free: set[Any] = set()
        for link in self.links:
            free |= link.lhs.free_symbols | link.rhs.free_symbols
        for hypothesis in self.hypotheses:
            free |= hypothesis.relation.free_symbols
        return frozenset(s.name for s in free - bound)

    @property
    def models(self) -> tuple[Model, ...]:
        """The models its random variables live in, by name."""
        found = {rv.model.name: rv.model for link in self.links for rv in link.rvs}
        return tuple(found[name] for name in sorted(found))

    @property
    def latex(self) -> str:
        return r" \\ ".join(claim.latex for claim in self.claims)

    def applies(self, cell: Cell) -> list[str]:
        """The hypotheses that fail at `cell`, in words with the value found; empty when the statement applies."""
        return [why for h in self.hypotheses if (why := h.failure(cell)) is not None]


def two_sided(value: Expr) -> RV | None:
    """The RV inside ``Abs(rv)``, or None."""
    return value.args[0] if isinstance(value, Abs) and isinstance(value.args[0], RV) else None
