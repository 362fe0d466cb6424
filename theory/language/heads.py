"""What a link says of random variables: P, E, Var, laws, norms and rates; and constants that may be turned."""

from __future__ import annotations

from typing import Any, ClassVar

from sympy import Expr, sympify

from .events import Word, event_of

__all__ = [
    "BigO",
    "Binomial",
    "ChiSquare",
    "E",
    "Head",
    "Law",
    "Median",
    "Normal",
    "P",
    "Psi1",
    "Quantile",
    "Theta",
    "Tunable",
    "Var",
    "plain",
]


class Head(Expr):
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


class P(Head):
    """Probability of an event, also given another one: P(A, given=B) is P(A and B)/P(B).

    Parameters
    ----------
    event : Event, Joint, Either or a SymPy relation between random variables
    given : the same, optional
    """

    kind, tex, is_extended_real = "probability", r"\mathbb{P}", True

    def __new__(cls, event: Any, given: Any = None) -> P:
        made: P = super().__new__(cls, *[event_of(e) for e in (event, given) if e is not None])
        return made

    @property
    def event(self) -> Any:
        """What may happen."""
        return self.args[0]

    @property
    def given(self) -> Any:
        """What is known to happen, or None."""
        return self.args[1] if len(self.args) > 1 else None

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        inner = r" \mid ".join(printer._print(a) for a in self.args)
        body = f"{self.tex}\\left({inner}\\right)"
        return body if exp is None else f"{body}^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return f"P({', given='.join(printer._print(a) for a in self.args)})"


class E(Head):
    """Expectation of an expression of RVs."""

    kind, tex, is_extended_real = "moment", r"\mathbb{E}", True


class Var(Head):
    """Variance of an expression of RVs."""

    kind, tex, is_extended_real = "moment", r"\operatorname{Var}", True


class Median(Head):
    """Median of an expression of RVs: the least of its medians where there are several."""

    kind, tex, is_extended_real = "moment", r"\operatorname{Median}", True


class Quantile(Head):
    """Quantile(X, q): the least value t with P(X ≤ t) ≥ q, for a level q between 0 and 1."""

    kind, tex, is_extended_real = "moment", r"\operatorname{Quantile}", True

    def __new__(cls, value: Any, level: Any) -> Quantile:
        if (q := sympify(level)).is_number and not 0 < q < 1:
            raise ValueError(f"the level of a quantile is {q}; a number between 0 and 1, both excluded, is needed")
        made: Quantile = super().__new__(cls, value, q)
        return made


class Law(Head):
    """Joint law of one or more RVs."""

    kind, tex = "law", r"\mathcal{L}"


class Normal(Head):
    """The law N(mean, variance) on the right of a law link."""

    kind, tex = "law", r"\mathcal{N}"


class ChiSquare(Head):
    """The law of ``scale`` times a chi-square variable with ``dof`` degrees of freedom, on the right of a law link."""

    kind, tex = "law", r"\chi^2"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        scale, dof = (printer._print(a) for a in self.args)
        return rf"{scale}\, \chi^2_{{{dof}}}"


class Binomial(Head):
    """The law Bin(count, probability) on the right of a law link."""

    kind, tex = "law", r"\mathrm{Bin}"


class Psi1(Head):
    """Sub-exponential norm ``sup_p p^-1 (E|X|^p)^(1/p)`` of an RV."""

    kind, tex, is_extended_real = "norm", r"\psi_1", True


class BigO(Head):
    """Upper rate O(.)."""

    kind, tex = "rate", "O"


class Theta(Head):
    """Two-sided rate Θ(.)."""

    kind, tex = "rate", r"\Theta"


class Tunable(Expr):
    """A constant of a bound that may be turned: ``Tunable(Rational(1, 7), "largest")`` stands for 1/7 in a link.

    Where the link is refuted, the largest (smallest) constant with which it holds at the listed cells is computed.

    Parameters
    ----------
    value : exact positive number
    sense : {"largest", "smallest"}

    Raises
    ------
    ValueError
        For another sense.

    Examples
    --------
    >>> from sympy import Rational, Symbol
    >>> plain(Symbol("x", positive=True) / Tunable(Rational(1, 7), "largest"))
    7*x
    """

    is_commutative = True
    is_positive = True

    def __new__(cls, value: Any, sense: Any) -> Tunable:
        word = sense.text if isinstance(sense, Word) else sense
        if word not in ("largest", "smallest"):
            raise ValueError(f"a tunable constant is wanted 'largest' or 'smallest', found {word!r}")
        constant: Tunable = super().__new__(cls, sympify(value), Word(word))
        return constant

    @property
    def value(self) -> Expr:
        """The constant as printed."""
        return self.args[0]

    @property
    def sense(self) -> str:
        """Which constant is wanted where the printed one fails: "largest" or "smallest"."""
        return str(self.args[1].text)


def plain(expr: Expr) -> Expr:
    """`expr` with every tunable constant replaced by its printed value."""
    return expr.xreplace({t: t.value for t in expr.atoms(Tunable)})
