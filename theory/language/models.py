"""Models, their tensors, and the random variables made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import AtomicExpr, Expr, Integer

from ..calculus.forms import Form
from ..laws.protocol import ScalarLaw
from .cells import Cell
from .parameters import Parameter

__all__ = ["RV", "Model", "Tensor", "model_of"]

_SYMBOL_TEX = re.compile(r"\\?\w+(_\w|_\{\w+\})?")


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
    values : tuple of int
        The values a fixed scalar takes, such as (1, -1) for a label: exact instances go through them in turn.
    of : tuple of str, optional
        The tensors it is a function of, ``()`` for a fixed one; None where nothing is said.
    marks : str
        The tensor whose positive entries it marks by 1, the others by 0.
    """

    name: str
    shape: tuple[Any, ...]
    moment: Callable[[int], Expr] | None = None
    group: str | None = None
    variance: Any = None
    values: tuple[int, ...] = ()
    of: tuple[str, ...] | None = None
    marks: str = ""


@dataclass(frozen=True)
class Model:
    """A probability model: what is random and how it is drawn.

    Attributes
    ----------
    name : str
        Unique within its paper.
    sizes : tuple of Parameter
        The sizes it needs, such as ``(m, d, n)``.
    tex : str
        The model in words and TeX.
    tensors : tuple of Tensor
        The arrays its random variables are made of.
    joint : mapping of str to callable
        ``joint[group]({tensor: power})`` is the joint moment of one entry of each tensor of a group.
    samples : Parameter, optional
        The one of `sizes` that only counts how many samples a draw has: claims on one sample do not depend on it.
    paper : str
        Key of the paper it belongs to.
    identities : tuple of str
        What holds of its tensors for all sizes, such as ``D_i*D_i = D_i`` of a mask or ``x_k*x_k = d`` of a norm, the
        longer or defined side on the left. A letter on both sides, or once on the left, is free, and the others are
        summed; ``I_ij`` is the identity matrix, ``I_i`` a vector of ones.
    scalars : tuple of (Symbol, law)
        For a model without tensors: what is drawn, one after the other, each with a law (`Binomial`, `ChiSquare` or
        `Normal`) in those before it, independent of them otherwise.
    values : mapping of str to expression
        Random variables, by name, in these scalars.
    """

    name: str
    sizes: tuple[Parameter, ...]
    tex: str
    tensors: tuple[Tensor, ...] = ()
    joint: Mapping[str, Callable[[Mapping[str, int]], Expr]] = field(default_factory=dict, hash=False)
    samples: Parameter | None = None
    paper: str = ""
    identities: tuple[str, ...] = ()
    scalars: tuple[tuple[Any, Expr], ...] = ()
    values: Mapping[str, Expr] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        wrong = [s for s in self.sizes if not (isinstance(s, Parameter) and s.is_size)]
        if wrong:
            raise TypeError(f"the sizes of model {self.name!r} must be made by size(...), found {wrong[0]!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its sizes: the cell entries it needs."""
        return tuple(s.name for s in self.sizes)

    @property
    def reals(self) -> tuple[Parameter, ...]:
        """The real parameters that a draw needs, by name."""
        return ()

    def tensor(self, name: str) -> Tensor:
        """The tensor called `name` (``KeyError`` naming the ones there are)."""
        for tensor in self.tensors:
            if tensor.name == name:
                return tensor
        raise KeyError(f"model {self.name!r} has no tensor {name!r}; it has {[t.name for t in self.tensors]}")


@dataclass(frozen=True)
class _Identity:
    """What decides a verdict on a random variable besides its name.

    SymPy sorts equal-named variables by it: by its text, since functions have no order.
    """

    model: Model
    form: Form | None
    law: Callable[[Cell], ScalarLaw] | None

    def _text(self) -> str:
        return f"{self.form} {getattr(self.law, '__qualname__', repr(self.law))}"

    def __lt__(self, other: _Identity) -> bool:
        return self._text() < other._text()

    def __gt__(self, other: _Identity) -> bool:
        return other < self


class RV(AtomicExpr):
    """A random scalar (or array) of a model, printed with its own TeX.

    Parameters
    ----------
    name : str
        Key of its measure in the model's engine.
    model : Model
    tex : str
    form : Form, optional
        The index sum it is; gives moments and exact identities.
    law : callable, optional
        ``law(cell)`` returns a `ScalarLaw`.

    Examples
    --------
    >>> coin = Model("coin", (), "a fair coin")
    >>> RV("X", coin, "X") == RV("X", coin, "X"), RV("X", coin, "X") == RV("X", coin, "X", law=lambda cell: None)
    (True, False)
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
        obj: RV = super().__new__(cls)
        obj.name, obj.model, obj.tex, obj.form, obj.law = name, model, tex, form, law
        # A compound TeX is put in parentheses when it is raised to a power, a single symbol is not.
        obj.precedence = 1000 if _SYMBOL_TEX.fullmatch(tex) else 55
        return obj

    @property
    def parameters(self) -> frozenset[Parameter]:
        """The parameters of its own law, beside the sizes of its model."""
        return frozenset()

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.name, self.model, self.tex, self.form, self.law)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name, self.model.name, self.tex, _Identity(self.model, self.form, self.law))

    def sort_key(self, order: Any = None) -> Any:
        return (2, 0, self.name), (1, (self.name,)), Integer(1).sort_key(), Integer(1)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return self.tex if exp is None else f"\\left({self.tex}\\right)^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return self.name


def model_of(rvs: Iterable[RV]) -> Model | None:
    """The one model of some random variables; None where there are none or several."""
    models = dict.fromkeys(rv.model for rv in rvs)
    return next(iter(models)) if len(models) == 1 else None
