"""Symbolic moments against exact enumeration of small discrete models, and against the split of eq. 11."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from sympy import Integer, Rational, expand, simplify
from whp.theory import RV, E, Form, Model, Tensor, Var
from whp.theory.laws.moments import bernoulli_moment, half_space_moment
from whp.theory.proofs.wick import moment_value
from whp.theory.zhang2023.models.initial import SIMPLIFIED, WITNESS_MARGIN, margin_simplified, margin_symmetric
from whp.theory.zhang2023.symbols import d, m, mu4


def _rademacher(p):
    return Integer(0) if p % 2 else Integer(1)


def _discrete():
    tensors = (
        Tensor("W", (m, d), _rademacher),
        Tensor("a", (m,), _rademacher),
        Tensor("D", (m,), bernoulli_moment(Rational(1, 2))),
    )
    model = Model("signs", (m, d), "", tensors)
    return RV("Q", model, "Q", Form.parse(WITNESS_MARGIN))


@pytest.mark.parametrize(("width", "dimension"), [(1, 1), (1, 3), (2, 1), (2, 2), (3, 1)])
def test_moments_equal_exact_enumeration_of_all_outcomes(width, dimension):
    form = Form.parse(WITNESS_MARGIN)
    values = []
    for w in product((-1, 1), repeat=width * dimension):
        for a in product((-1, 1), repeat=width):
            for mask in product((0, 1), repeat=width):
                tensors = {
                    "W": np.array(w, dtype=object).reshape(width, dimension),
                    "a": np.array(a, dtype=object),
                    "D": np.array(mask, dtype=object),
                }
                values.append(Fraction(form.evaluate(tensors, {})))
    mean = sum(values, Fraction(0)) / len(values)
    variance = sum((v * v for v in values), Fraction(0)) / len(values) - mean**2
    q = _discrete()
    at = {m: width, d: dimension}
    assert moment_value(E(q)).subs(at) == Rational(mean.numerator, mean.denominator)
    assert moment_value(Var(q)).subs(at) == Rational(variance.numerator, variance.denominator)


def test_the_split_along_x_has_the_moments_of_the_simplified_model():
    gaussian = {mu4: 3}
    assert moment_value(E(margin_symmetric)) == moment_value(E(margin_simplified))
    difference = moment_value(Var(margin_symmetric)).subs(gaussian) - moment_value(Var(margin_simplified))
    assert simplify(difference) == 0


def test_moments_of_polynomials_are_linear():
    q = margin_simplified
    expected = moment_value(E(q**2)) - 2 * moment_value(E(q)) + 1
    assert expand(moment_value(E((q - 1) ** 2)) - expected) == 0


def test_half_space_moments_are_those_of_a_folded_normal():
    from scipy.integrate import quad
    from scipy.stats import norm

    moment = half_space_moment("h", "D")
    for p in range(5):
        value, _ = quad(lambda h, p=p: h**p * norm.pdf(h), 0, np.inf)
        assert float(moment({"h": p, "D": 2})) == pytest.approx(value, rel=1e-10)
        assert float(moment({"h": p})) == pytest.approx(2 * value if p % 2 == 0 else 0.0, rel=1e-10)


def test_a_variable_without_a_form_is_refused():
    with pytest.raises(ValueError, match="no index form"):
        moment_value(E(RV("mystery", SIMPLIFIED, "x")))
