"""Index sums over the random tensors of a model: one definition for moments, exact identities and measurement.

A form such as ``a_i W_ik W_jk D_j a_j`` is summed over every index that is not free. The same object gives its
moments (`whp.theory.proofs.wick`), its exact value on integer or rational tensors, and its value on float arrays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from sympy import Expr, sympify

from .exact import exact_fraction, exact_value

__all__ = ["Form", "Term"]

_FACTOR = re.compile(r"([A-Za-z]+)(?:_([a-z]+))?")


@dataclass(frozen=True)
class Term:
    """One product of tensor entries with an exact coefficient; `free` lists the indices that are not summed.

    Attributes
    ----------
    coefficient : SymPy expression
        Rational wherever the sizes in it have values.
    factors : tuple of (str, str)
        Tensor names with their indices, one letter each.
    free : str
    """

    coefficient: Expr
    factors: tuple[tuple[str, str], ...]
    free: str = ""


@dataclass(frozen=True)
class Form:
    """A sum of index products.

    Examples
    --------
    >>> import numpy as np
    >>> margin = Form.parse("a_i W_ik W_jk D_j a_j")
    >>> W = np.array([[1, 2], [3, -1]], dtype=object)
    >>> print(margin.evaluate({"W": W, "a": np.array([1, 1], dtype=object), "D": np.array([1, 0], dtype=object)}, {}))
    6
    """

    terms: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str, *, free: str = "", coefficient: Any = 1) -> Form:
        """Read ``a_i W_ik`` style text; a name without indices is a scalar."""
        factors = []
        for word in text.split():
            match = _FACTOR.fullmatch(word)
            if match is None:
                raise ValueError(f"a form is made of factors such as W_ik, found {word!r}")
            factors.append((match.group(1), match.group(2) or ""))
        return cls((Term(sympify(coefficient), tuple(factors), free),))

    @property
    def free(self) -> str:
        """The free indices, the same in every term; empty for a scalar."""
        return self.terms[0].free

    def __add__(self, other: Form) -> Form:
        if self.free != other.free:
            raise ValueError(f"forms with free indices {self.free!r} and {other.free!r} cannot be added")
        return Form(self.terms + other.terms)

    def __rmul__(self, scale: Any) -> Form:
        return Form(tuple(Term(sympify(scale) * t.coefficient, t.factors, t.free) for t in self.terms))

    def evaluate(self, tensors: Mapping[str, Any], cell: Mapping[str, Any]) -> Any:
        """Value on given tensors: exact for object arrays of ints or Fractions, float for float arrays.

        Parameters
        ----------
        tensors : mapping of str to array
            One array per tensor name used; scalars are 0-d arrays or numbers.
        cell : mapping of str to int or Fraction
            Values of the symbols in the coefficients, such as ``{"m": 4, "d": 9}``.

        Returns
        -------
        number, or array over the free indices
        """
        total: Any = None
        for term in self.terms:
            letters: dict[str, str] = {}
            operands, subscripts = [], []
            for name, indices in term.factors:
                if name not in tensors:
                    raise ValueError(f"the form needs tensor {name!r}, found {sorted(tensors)}")
                operands.append(np.asarray(tensors[name]))
                subscripts.append("".join(letters.setdefault(i, i) for i in indices))
            value: Any = np.einsum(",".join(subscripts) + "->" + term.free, *operands)
            if not term.free:
                value = value.item() if isinstance(value, np.ndarray) else value
            value = value * _coefficient(term.coefficient, cell)
            total = value if total is None else total + value
        return total


def _coefficient(expr: Expr, cell: Mapping[str, Any]) -> Fraction:
    """Exact value of a rational coefficient at a cell."""
    value = exact_value(expr, cell)
    if not value.is_Rational:
        raise ValueError(f"the coefficient {expr} is not rational at {dict(cell)}")
    return exact_fraction(value)
