"""Models, their tensors, and the random variables made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sympy import AtomicExpr, Expr, Integer

from ..calculus.forms import Form
from ..laws.protocol import ScalarLaw

__all__ = ["RV", "Cell", "Model", "Tensor"]

_SYMBOL_TEX = re.compile(r"\\?\w+(_\w|_\{\w+\})?")

Number = int | Fraction

Cell = Mapping[str, Number]


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
