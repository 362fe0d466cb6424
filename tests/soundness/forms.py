"""Random index sums: moments, pathwise identities and equalities in law, with polynomials expanded entry by entry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import numpy as np
from sympy import Expr, Integer, Rational, S, expand
from whp.checks import Engine
from whp.theory import (
    RV,
    Claim,
    E,
    Form,
    Hypothesis,
    Law,
    Link,
    Model,
    Normal,
    Source,
    Statement,
    Tensor,
    Var,
    sizes,
)
from whp.theory.language.heads import Binomial, ChiSquare
from whp.theory.laws.moments import bernoulli_moment, gaussian_moment

from .cases import Case
from .oracle import at, relation_holds, sign_of

__all__ = ["SHAPES", "equality_in_law", "expanded", "identity", "interpolated", "model_of", "moment"]

m, d = sizes("m d")
SHAPES = {"a": (m,), "b": (m,), "W": (m, d), "x": (d,), "s": ()}
TEXTS = (
    "a_i",
    "a_i a_i",
    "a_i b_i",
    "a_i W_ik x_k",
    "W_ik W_ik",
    "a_i a_j",
    "a_i b_j",
    "W_ik x_k W_il x_l",
    "s a_i",
    "b_j",
)
LINEAR = ("a_i", "b_i", "a_j", "b_j")
# A polynomial: from the sorted entries of a product to its coefficient.
Polynomial = dict[tuple[Any, ...], Fraction]


def expanded(form: Form, cell: Mapping[str, int]) -> Polynomial:
    """A scalar form as a polynomial in the entries of its tensors."""
    total: Polynomial = {}
    for term in form.terms:
        letters: dict[str, int] = {}
        for name, indices in term.factors:
            for letter, length in zip(indices, SHAPES[name], strict=True):
                letters[letter] = cell[length.name]
        coefficient = at(term.coefficient, dict(cell))
        value = Fraction(int(coefficient.p), int(coefficient.q))
        for chosen in product(*(range(n) for n in letters.values())):
            index = dict(zip(letters, chosen, strict=True))
            key = tuple(sorted((name, *(index[i] for i in indices)) for name, indices in term.factors))
            total[key] = total.get(key, Fraction(0)) + value
    return {key: value for key, value in total.items() if value}


def times(first: Polynomial, second: Polynomial) -> Polynomial:
    """The product of two polynomials."""
    total: Polynomial = {}
    for (left, x), (right, y) in product(first.items(), second.items()):
        key = tuple(sorted((*left, *right)))
        total[key] = total.get(key, Fraction(0)) + x * y
    return {key: value for key, value in total.items() if value}


def plus(first: Polynomial, second: Polynomial, scale: Fraction = Fraction(1)) -> Polynomial:
    """The first polynomial and a multiple of the second."""
    total = dict(first)
    for key, value in second.items():
        total[key] = total.get(key, Fraction(0)) + scale * value
    return {key: value for key, value in total.items() if value}


def mean(polynomial: Polynomial, laws: Mapping[str, tuple[str, Fraction]]) -> Fraction:
    """Its expectation over independent entries of the named laws."""
    total = Fraction(0)
    for key, value in polynomial.items():
        found = value
        for entry in set(key):
            found *= _entry_moment(*laws[entry[0]], key.count(entry))
        total += found
    return total


def _entry_moment(law: str, parameter: Fraction, p: int) -> Fraction:
    if law == "bernoulli":
        return parameter
    if p % 2:
        return Fraction(0)
    return Fraction(1) if law == "sign" else parameter ** (p // 2) * math.prod(range(1, p, 2))


def _laws(rng: Random) -> dict[str, tuple[str, Fraction]]:
    choices = [("gaussian", Fraction(1)), ("gaussian", Fraction(1, 2)), ("gaussian", Fraction(3))]
    choices += [("sign", Fraction(1)), ("bernoulli", Fraction(1, 2)), ("bernoulli", Fraction(1, 3))]
    return {name: rng.choice(choices) for name in SHAPES}


def _sign_moment(p: int) -> Expr:
    return Integer(1 - p % 2)


def _tensor(name: str, law: str, parameter: Fraction) -> Tensor:
    value = Rational(parameter.numerator, parameter.denominator)
    if law == "gaussian":
        return Tensor(name, SHAPES[name], gaussian_moment(value), variance=value)
    return Tensor(name, SHAPES[name], _sign_moment if law == "sign" else bernoulli_moment(value))


def model_of(laws: Mapping[str, tuple[str, Fraction]]) -> Model:
    """A model of tensors whose entries have these laws."""
    return Model("forms", (m, d), "tensors", tuple(_tensor(name, *law) for name, law in laws.items()))


def _form(rng: Random, texts: tuple[str, ...] = TEXTS) -> Form:
    found = Form.parse(rng.choice(texts), coefficient=rng.choice((1, 1, 1 / m, 2, Rational(-1, 2), m)))
    if rng.random() < 0.3:
        found = found + Form.parse(rng.choice(texts), coefficient=rng.choice((1, -1, 1 / m)))
    return found


def interpolated(values: Mapping[tuple[int, int], Fraction]) -> Expr:
    """The polynomial in m and d through the values at all cells of a rectangle."""
    rows, columns = ({key[i] for key in values} for i in (0, 1))
    total: Any = S.Zero
    for (i, j), value in values.items():
        term: Any = Rational(value.numerator, value.denominator)
        for a in rows - {i}:
            term *= (m - a) / Integer(i - a)
        for c in columns - {j}:
            term *= (d - c) / Integer(j - c)
        total += term
    return expand(total)


def moment(rng: Random, kind: str, seed: int) -> Case | None:
    """E or Var of an index sum against its true value, or something close, at m up to 3 and d up to 2."""
    laws = _laws(rng)
    model = model_of(laws)
    f, g = (RV(name, model, name, form=_form(rng)) for name in ("F", "G"))
    cells = [{"m": i, "d": j} for i in (1, 2, 3) for j in (1, 2)]
    head = rng.choice((E(f), E(f**2), Var(f), E(f * g), E(2 * f - g), E(f**2) - E(f) ** 2, Var(f + 3)))
    if len(f.form.terms) + len(g.form.terms) > 3 and head.has(f**2):
        return None

    def value(cell: dict[str, int]) -> Fraction:
        p, q = expanded(f.form, cell), expanded(g.form, cell)
        first = mean(p, laws)
        if head == E(f):
            return first
        if head == E(f**2):
            return mean(times(p, p), laws)
        if head == E(f * g):
            return mean(times(p, q), laws)
        if head == E(2 * f - g):
            return 2 * first - mean(q, laws)
        return mean(times(p, p), laws) - first**2

    known = {(c["m"], c["d"]): value(c) for c in cells}
    right = interpolated(known)
    right += rng.choice((S.Zero, S.Zero, Rational(1, 10**9), Rational(-1, 10**9), (m - 1) * (d - 2), m - 2, S.One))
    relation = rng.choice(("=", "=", "<=", ">=", "<", ">"))
    hypotheses = (Hypothesis(m <= 3, "m is small"), Hypothesis(d <= 2, "d is small"))
    claim = Claim((Link(head, relation, right),))
    statement = Statement("s", "printed", "", Source("me", "p. 1"), (claim,), hypotheses)

    def true_at(cell: dict[str, Any]) -> bool:
        truth = known[int(cell["m"]), int(cell["d"])]
        return relation_holds(relation, sign_of(Rational(truth.numerator, truth.denominator) - at(right, cell)))

    return Case(kind, seed, statement, tuple(cells), true_at)


def _instance(sizes_at: Mapping[str, int], rng: np.random.Generator) -> dict[str, Any]:
    found = {}
    for name, shape in SHAPES.items():
        lengths = tuple(sizes_at[s.name] for s in shape)
        numbers = [Fraction(int(v), 7) for v in rng.integers(-(2**30), 2**30, int(np.prod(lengths, dtype=int)))]
        found[name] = np.array(numbers, dtype=object).reshape(lengths)
    return found


def _engine(cells: list[dict[str, int]]) -> Engine:
    return Engine(lambda cell, rng, size, data: None, {}, instance=_instance, instances=tuple(cells))


def identity(rng: Random, kind: str, seed: int) -> Case | None:
    """A pathwise identity of index sums at m and d up to 2 or 3: true, or perturbed at some sizes or all."""
    model = model_of(_laws(rng))
    cells = [{"m": i, "d": j} for i in (1, 2, 3) for j in (1, 2)]
    pairs = [
        ("a_i", 2, "a_i a_j", 1),
        ("a_i b_i", 2, "a_i b_i a_j b_j", 1),
        ("W_ik x_k W_il x_l", 1, "W_ik W_il x_k x_l", 1),
        ("a_i W_ik x_k", 2, "a_i W_ik x_k a_j W_jl x_l", 1),
        ("s a_i", 2, "s s a_i a_j", 1),
        ("a_i", 1, "a_j", 1),
        ("a_i a_i", 1, "a_i a_j", 1),
        ("a_i b_i", 1, "b_i a_i", 1),
        ("a_i", 3, "a_i a_j a_k", 1),
    ]
    first, p, second, q = rng.choice(pairs)
    if rng.random() < 0.2:
        second = rng.choice(TEXTS)
    if "k" in second and second == "a_i a_j a_k":
        second = "a_i a_j a_l"
    f, g = RV("F", model, "F", form=Form.parse(first)), RV("G", model, "G", form=Form.parse(second))
    h = RV("H", model, "H", form=_form(rng))
    off: Any = rng.choice(
        (S.Zero, S.Zero, S.Zero, Rational(1, 10**6), m - 2, (m - 1) * (m - 2) * (m - 3), d - 1, m - d)
    )
    link = Link(f**p, "=", g**q + off * h)
    hypotheses = (Hypothesis(m <= 3, "m is small"), Hypothesis(d <= 2, "d is small"))
    statement = Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), hypotheses)

    def true_at(cell: dict[str, Any]) -> bool:
        left = expanded(f.form, cell)
        for _ in range(p - 1):
            left = times(left, expanded(f.form, cell))
        scale = at(off, cell)
        right = plus(expanded(g.form, cell), expanded(h.form, cell), Fraction(int(scale.p), int(scale.q)))
        return left == right

    return Case(
        kind, seed, statement, tuple(cells), true_at, options={"engines": {model: _engine(cells)}, "seed": seed}
    )


def _covariance(forms: tuple[Form, ...], cell: dict[str, int], laws: Any) -> list[Fraction]:
    polynomials = [expanded(f, cell) for f in forms]
    return [mean(times(p, q), laws) for p in polynomials for q in polynomials]


def equality_in_law(rng: Random, kind: str, seed: int) -> Case | None:
    """Laws of Gaussian images, of multiples of projections, of sums of Bernoulli variables: right and wrong ones."""
    cells = [{"m": i, "d": 1} for i in (2, 3, 4)]
    variance = rng.choice((Fraction(1), Fraction(1, 2), Fraction(3)))
    v = Rational(variance.numerator, variance.denominator)
    laws = {name: ("gaussian", variance) for name in SHAPES}
    chosen = rng.choice(("images", "images", "normal", "chi2", "binomial"))
    if chosen == "binomial":
        laws["a"] = ("bernoulli", Fraction(1, 3))
    model = model_of(laws)
    off = rng.choice((S.One, S.One, 1 + Rational(1, 10**8), Rational(2), m / 3, m - 1))
    hypotheses = (Hypothesis(m <= 4, "m is small"), Hypothesis(m >= 2, "m is at least 2"))
    f = RV("F", model, "F", form=Form.parse("a_i"))
    if chosen == "images":

        def linear(i: int) -> RV:
            total = Form.parse(rng.choice(LINEAR), coefficient=rng.choice((1, 2, -1, 1 / m)))
            if rng.random() < 0.5:
                total = total + Form.parse(rng.choice(LINEAR), coefficient=rng.choice((1, -1, Rational(1, 2))))
            return RV(f"F{i}", model, f"F_{i}", form=total)

        pool = [linear(i) for i in range(3)]
        count = rng.choice((1, 2))
        left = tuple(rng.choice(pool) for _ in range(count))
        right = tuple(reversed(left)) if rng.random() < 0.4 else tuple(rng.choice(pool) for _ in range(count))
        link = Link(Law(*left), "=_d", Law(*right))

        def true_at(cell: dict[str, Any]) -> bool:
            first, second = (_covariance(tuple(rv.form for rv in side), cell, laws) for side in (left, right))
            return first == second

    elif chosen == "normal":
        link = Link(Law(f), "=_d", Normal(0, off * v * m))

        def true_at(cell: dict[str, Any]) -> bool:
            return bool(at(off, cell) == 1)

    elif chosen == "chi2":
        centred = rng.random() < 0.5
        form = Form.parse("a_i a_i")
        if centred:
            form = form + Form.parse("a_i a_j", coefficient=-1 / m)
        dof = (m - 1 if centred else m) + rng.choice((0, 0, 0, 1))
        link = Link(Law(RV("F", model, "F", form=form)), "=_d", ChiSquare(off * v, dof))

        def true_at(cell: dict[str, Any]) -> bool:
            right_dof = cell["m"] - 1 if centred else cell["m"]
            return bool(at(off, cell) == 1 and at(dof, cell) == right_dof)

    else:
        count = m + rng.choice((0, 0, 0, 1))
        p = rng.choice((Rational(1, 3), Rational(1, 3), Rational(1, 3) + Rational(1, 10**9)))
        link = Link(Law(f), "=_d", Binomial(count, p))

        def true_at(cell: dict[str, Any]) -> bool:
            return bool(at(count, cell) == cell["m"] and p == Rational(1, 3))

    statement = Statement("s", "printed", "", Source("me", "p. 1"), (Claim((link,)),), hypotheses)
    options = {"engines": {model: _engine(cells)}, "seed": seed}
    return Case(kind, seed, statement, tuple({"m": c["m"]} for c in cells), true_at, options=options)
