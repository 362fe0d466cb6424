"""Parameters carry their domains, keep them in a pickle, and print as the symbols they are."""

import pickle
from fractions import Fraction

import cloudpickle
import pytest
from sympy import Integer, Rational, Symbol, exp, latex, oo
from whp.theory import constant, real, size, sizes
from whp.theory.language.parameters import Parameter, ordered_names

eps = real("eps", 0, 1)
MADE = [
    size("k"),
    size("k", 0),
    size("k", 2),
    *sizes("a b"),
    eps,
    real("eps", 0, 1, closed="both"),
    real("x"),
    real("x", -oo, 0),
    constant("c"),
    constant("c", of=eps),
]


@pytest.mark.parametrize("loads", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize("parameter", MADE, ids=lambda p: f"{p} {p.domain}")
def test_a_pickle_keeps_a_parameter_equal_with_its_domain(parameter, loads):
    back = pickle.loads(loads(parameter))
    assert back == parameter
    assert hash(back) == hash(parameter)
    assert (back.domain, back.role, back.of, back.rank) == (
        parameter.domain,
        parameter.role,
        parameter.of,
        parameter.rank,
    )
    assert back - parameter == 0


def test_parameters_of_other_domains_are_other_parameters():
    assert len(set(MADE)) == len(MADE)
    assert size("k") == size("k")
    assert size("k") != Symbol("k", integer=True, positive=True)


@pytest.mark.parametrize(
    ("parameter", "inside", "outside"),
    [
        (size("k"), [1, Integer(5)], [0, -1, Fraction(3, 2)]),
        (size("k", 0), [0, 1], [-1]),
        (size("k", 2), [2, 10**9], [1, 0]),
        (real("t", 0, 1), [Fraction(1, 2), Rational(1, 3)], [0, 1, 2, -1]),
        (real("t", 0, 1, closed="left"), [0, Fraction(1, 2)], [1]),
        (real("t", 0, 1, closed="right"), [1, Fraction(1, 2)], [0]),
        (real("t", 0, 1, closed="both"), [0, 1], [Fraction(-1, 100)]),
        (real("x"), [0, -(10**9)], []),
        (constant("c"), [1, Fraction(1, 1000)], [0, -1]),
    ],
    ids=str,
)
def test_a_domain_admits_its_values_and_no_others(parameter, inside, outside):
    assert [v for v in inside if not parameter.admits(v)] == []
    assert [v for v in outside if parameter.admits(v)] == []


def test_sympy_knows_only_what_the_domain_says():
    assert size("k").is_positive
    assert size("k", 0).is_nonnegative
    assert size("k", 0).is_positive is None
    assert size("k", -1).is_nonnegative is None
    assert real("t", 0).is_positive
    assert real("t", 0, closed="left").is_positive is None
    assert real("t", 2, 3).is_positive
    assert real("t", -1, 1).is_positive is None
    assert real("t", -oo, 0).is_negative
    assert real("t", -oo, 0, closed="right").is_nonpositive
    assert all(p.is_real for p in MADE)


def test_formulas_print_as_with_plain_symbols():
    names = ("b", "k", "a")
    for make in (size, constant):
        ours = {name: make(name) for name in names}
        plain = {name: Symbol(name, **ours[name].assumptions0) for name in names}
        for build in (
            lambda s: s["b"] + s["a"] + 1 / s["k"],
            lambda s: exp(-s["k"] * s["a"]) * s["b"] ** 2 + s["a"] * s["b"],
            lambda s: (s["a"] + s["k"]) / (s["b"] - s["a"]) - 3 * s["k"],
        ):
            assert str(build(ours)) == str(build(plain))
            assert latex(build(ours)) == latex(build(plain))


def test_a_parameter_among_plain_symbols_sorts_by_name():
    assert str(size("k") + Symbol("a", positive=True) + Symbol("z", positive=True)) == "a + k + z"
    assert Parameter.__name__ == "Symbol"


def test_ties_are_settled_as_declared_together_and_then_by_name():
    m, d = sizes("m d")
    assert ordered_names([size("z"), d, m, size("a"), d]) == ("a", "m", "z", "d")
    assert ordered_names(sizes("q, p")) == ("q", "p")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: size("k", Fraction(1, 2)), "must be an integer"),
        (lambda: size("k", True), "must be an integer"),
        (lambda: size(""), "nonempty string"),
        (lambda: size(3), "nonempty string"),
        (lambda: real("t", 1, 0), "found low = 1 and high = 0"),
        (lambda: real("t", 1, 1), "pass low < high"),
        (lambda: real("t", 0, 1, closed="open"), "closed must be"),
    ],
)
def test_what_is_no_domain_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_a_single_point_is_a_closed_interval():
    assert real("t", 1, 1, closed="both").admits(1)


def test_a_constant_says_what_it_may_depend_on():
    assert constant("c", of=(eps, size("k"))).of == (eps, size("k"))
    assert constant("c", of=eps) != constant("c")
