"""Exact moments of index sums over independent tensors, as expressions in the sizes (Isserlis/Wick).

E of a product of forms is a sum over set partitions of the indices of each range: indices in one block coincide,
indices in different blocks differ, so the partition with b blocks of a range of length L occurs
L (L-1) ... (L-b+1) times and the expectation factorises over the distinct tensor entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from sympy import Expr, Integer, expand, factor, ff, together
from sympy import Symbol as _Symbol

from ..calculus.forms import Form, Term
from ..language.heads import E, Var
from ..language.models import RV, Model, model_of

__all__ = ["expectation", "moment_value"]


def _partitions(items: Sequence[Any]) -> Iterator[dict[Any, int]]:
    """Set partitions of `items` as maps item -> block number."""
    if not items:
        yield {}
        return
    for rest in _partitions(items[:-1]):
        blocks = max(rest.values(), default=-1) + 1
        for block in range(blocks + 1):
            yield {**rest, items[-1]: block}


def _expect_product(terms: Sequence[Term], model: Model) -> Expr:
    entries: list[tuple[str, tuple[Any, ...]]] = []
    ranges: dict[Any, list[Any]] = {}
    coefficient: Expr = Integer(1)
    for copy, term in enumerate(terms):
        coefficient *= term.coefficient
        for name, letters in term.factors:
            shape = model.tensor(name).shape
            if len(shape) != len(letters):
                raise ValueError(f"tensor {name} has {len(shape)} indices, found {letters!r}")
            index = tuple((copy, letter) for letter in letters)
            for i, length in zip(index, shape, strict=True):
                members = ranges.setdefault(length, [])
                if i not in members:
                    members.append(i)
            entries.append((name, index))
    total: Expr = Integer(0)
    for choice in product(*(_partitions(members) for members in ranges.values())):
        block = {i: b for partition in choice for i, b in partition.items()}
        distinct: dict[Any, dict[str, int]] = {}
        for name, index in entries:
            tensor = model.tensor(name)
            powers = distinct.setdefault((tensor.group or name, tuple(block[i] for i in index)), {})
            powers[name] = powers.get(name, 0) + 1
        value: Expr = Integer(1)
        for (owner, _), powers in distinct.items():
            value *= model.joint[owner](powers) if owner in model.joint else _single(model, owner, powers)
            if value == 0:
                break
        if value != 0:
            for length, partition in zip(ranges, choice, strict=True):
                value *= ff(length, max(partition.values()) + 1)
            total += value
    return expand(coefficient * expand(total, func=True))


def _single(model: Model, name: str, powers: Mapping[str, int]) -> Expr:
    moment = model.tensor(name).moment
    if moment is None:
        raise ValueError(f"tensor {name!r} of model {model.name!r} is given without moments")
    return moment(powers[name])


def expectation(forms: Sequence[Form], model: Model) -> Expr:
    """E of the product of scalar `forms` under `model`, exact in the model's sizes.

    Examples
    --------
    The expected squared norm of a vector with m independent N(0, 1/m) entries is 1, and its variance 2/m:

    >>> from whp.theory import Tensor, size
    >>> from whp.theory.laws.moments import gaussian_moment
    >>> m = size("m")
    >>> readout = Model("readout", (m,), "", (Tensor("a", (m,), gaussian_moment(1 / m)),))
    >>> square = Form.parse("a_i a_i")
    >>> expectation([square], readout), expectation([square, square], readout)
    (1, 1 + 2/m)
    """
    total: Expr = Integer(0)
    for terms in product(*(form.terms for form in forms)):
        total += _expect_product(terms, model)
    return expand(total)


def moment_value(head: Expr) -> Expr:
    """Evaluate ``E(...)`` or ``Var(...)`` of a polynomial in RVs of one model with forms.

    Raises
    ------
    ValueError
        When an RV has no form, or the RVs live in different models.
    """
    body = head.args[0]
    if isinstance(head, Var):
        mean = moment_value(E(body))
        return _tidy(moment_value(E(expand(body**2))) - mean**2)
    rvs = sorted(body.atoms(RV), key=lambda rv: rv.name)
    model = model_of(rvs)
    if model is None:
        raise ValueError(f"a moment needs RVs of one model, found {sorted({rv.model.name for rv in rvs})}")
    dummies = {rv: _Symbol(f"rv_{i}") for i, rv in enumerate(rvs)}
    polynomial = expand(body.xreplace(dummies)).as_poly(*dummies.values())
    total: Expr = Integer(0)
    for powers, coefficient in polynomial.terms():
        forms: list[Form] = []
        for rv, power in zip(rvs, powers, strict=True):
            if power and rv.form is None:
                raise ValueError(f"{rv.name} has no index form, so its moments cannot be computed")
            if rv.form is not None:
                forms += [rv.form] * power
        total += coefficient * (expectation(forms, model) if forms else 1)
    return _tidy(total)


def _tidy(expr: Expr) -> Expr:
    return expand(factor(together(expr)))
