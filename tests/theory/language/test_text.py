"""Claims as text: what is read, with which domains, and what one line says of what is not."""

from __future__ import annotations

import pytest
from sympy import Integer, Rational, Symbol, exp, log, pi, sqrt
from whp.theory import claim, constant, real, size
from whp.theory.language.domains import read_constants, read_domain
from whp.theory.language.text import Reader, TextError


def said(text, **options):
    return str(claim(text, **options).links[0])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("P(chi2(d) >= 2*d) <= exp(-d/7)", "P(ChiSquare(d) >= 2*d) <= exp(-d/7)"),
        ("P(abs(Normal(0, 1)) <= R) <= R", "P(Abs(Normal(0, 1)) <= R) <= R"),
        ("P(norm(0, 2) >= 1) <= 1/2", "P(Normal(0, 4) >= 1) <= 1/2"),
        ("P(Normal(1, sd=3) >= 1) <= 1/2", "P(Normal(1, 9) >= 1) <= 1/2"),
        ("P(Normal(mean=1, variance=3) >= 1) <= 1/2", "P(Normal(1, 3) >= 1) <= 1/2"),
        ("P(binom(n, 0.25) > 1) < 0.55", "P(Binomial(n, 1/4) > 1) < 11/20"),
        ("P(1 <= Normal(0, 1) <= 2) >= 1/8", "P(Normal(0, 1) >= 1 and Normal(0, 1) <= 2) >= 1/8"),
        ("P(~(Normal(0, 1) >= 1)) >= 1/8", "P(Normal(0, 1) < 1) >= 1/8"),
        ("P(Poisson(3) == 2) = 9/2*exp(-3)", "P(Poisson(3) >= 2 and Poisson(3) <= 2) = 9*exp(-3)/2"),
        ("P(Poisson(3) != 2) <= 1", "P(Poisson(3) < 2 or Poisson(3) > 2) <= 1"),
        ("P(iid(Normal(0, 1), n).max >= t) <= 1", "P(max(iid(Normal(0, 1), n)) >= t) <= 1"),
        ("P(max(iid(-Normal(0, 1), n)) >= t) <= 1", "P(-min(iid(Normal(0, 1), n)) >= t) <= 1"),
        ("P(mean(iid(Sign, n)) >= t) <= 1", "P(sum(iid(Sign(), n))/n >= t) <= 1"),
        ("P(gaussian_vector(d).norm >= t) <= 1", "P(sqrt(norm2(gaussian_vector(d))) >= t) <= 1"),
        ("P(norm(gaussian_vector(d)) >= t) <= 1", "P(sqrt(norm2(gaussian_vector(d))) >= t) <= 1"),
        ("P(smax(gaussian_matrix(m, d)) >= t) <= 1", "P(smax(gaussian_matrix(m, d)) >= t) <= 1"),
        ("P(ecdf(n).sup('upper') > t) <= 1", "P(sup(ecdf(n), upper) > t) <= 1"),
        ("P(order(iid(Uniform(0, 1), n), k) > t) <= 1", "P(order(iid(Uniform(0, 1), n), k) > t) <= 1"),
        ("E(Max(Normal(0, 1), 0)) = 1/sqrt(2*pi)", "E(Max(0, Normal(0, 1))) = sqrt(2)/(2*sqrt(pi))"),
        ("3 <= E(Exponential(1/4))", "3 <= E(Exponential(1/4))"),
        ("P(Normal(0, 1) >= 1, given=Normal(0, 1) >= 0) <= 1", "P(Normal(0, 1) >= 1, given=Normal(0, 1)' >= 0) <= 1"),
        ("E(max(iid(Exponential(1), n))) ~ log(n)", "E(max(iid(Exponential(1), n))) ~ log(n)"),
    ],
)
def test_a_text_is_read_as_it_is_typed(text, read):
    assert said(text) == read


def test_a_chain_has_a_link_for_each_relation():
    links = claim("0 <= P(Normal(0, 1) >= 1) = 1 - P(Normal(0, 1) < 1) <= 1/2").links
    assert [link.relation for link in links] == ["<=", "=", "<="]


def test_names_get_the_domains_of_what_they_are_in():
    def domains(text):
        return {p.name: p.domain for p in claim(text).assumed}

    assert domains("P(Binomial(j, q) >= k) <= x") == {
        "j": "an integer from 1",
        "q": "in [0, 1]",
        "k": "an integer from 1",
        "x": "in (0, oo)",
    }
    assert domains("P(chi2(a*b) >= 1) <= 1") == {"a": "an integer from 1", "b": "an integer from 1"}
    assert domains("P(Poisson(lam) >= 1) <= e") == {"lam": "in [0, oo)", "e": "in (0, oo)"}
    assert domains("P(max(iid(Normal(0, v), s)) >= 1) <= 1") == {"s": "an integer from 1", "v": "in (0, oo)"}


def test_a_declared_name_wins():
    n, p = size("n", 5), real("p", 0, Rational(1, 2), "right")
    found = claim("P(Binomial(n, p) >= 1) <= 1", parameters=[n, p])
    assert found.assumed == ()
    assert found.parameters == (n, p)


def test_decimals_are_exact_and_e_is_a_name():
    reader = Reader()
    assert reader.expression("0.1 + 0.2") == Rational(3, 10)
    assert reader.expression("log2(8)") == log(8) / log(2)
    assert reader.expression("exp(1)") == exp(1)
    assert reader.expression("2*pi") == 2 * pi
    assert reader.expression("e").is_positive
    assert reader.expression("1e-3") == Rational(1, 1000)


def test_what_is_let_is_one_variable_however_often_it_is_named():
    reader = Reader()
    reader.define("X = Normal(0, 1)")
    reader.define("h(u) = u*log(u) - u")
    assert str(reader.read("P((X >= 1) & (X <= 2)) >= 1/8").links[0]) == "P(X >= 1 and X <= 2) >= 1/8"
    assert reader.expression("h(4)") == 4 * log(4) - 4


def test_two_calls_are_two_variables_and_one_object_is_one():
    (link,) = claim("P(Normal(0, 1) - Normal(0, 1) >= 1) <= 1/2").links
    assert len(link.rvs[0].origins) == 2
    assert link.rvs[0].law({}).variance == 2
    reader = Reader()
    reader.define("X = Normal(0, 1)")
    with pytest.raises(TextError, match="same random variable"):
        reader.read("P(X >= X + 1) <= 1/2")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Quantile(Normal(0, 1), 3/2) <= 1", "the level of a quantile is 3/2; a number between 0 and 1"),
        ("P(chi(3) >= 1) <= 1", "no function or law is called 'chi'; the nearest is 'chi2'"),
        ("P(3) <= 1", "P is of an event"),
        ("P(Normal(0, 1)) <= 1", "P is of an event"),
        ("P(3 >= 1) <= 1", "no random variable"),
        ("P(Binomial(n, 3/2) >= 1) <= 1", r"p must be in \[0, 1\], found 3/2"),
        ("P(Binomial(n, 1/2, 3) >= 1) <= 1", "needs n, p, found 3"),
        ("P(Normal(0, 1, 2) >= 1) <= 1", "Normal"),
        ("P(Normal(0, -1) >= 1) <= 1", r"variance must be in \(0, oo\), found -1"),
        ("P(X >= 1 & Y <= 2) <= 1", r"parentheses: \(X >= 1\) & \(Y <= 2\)"),
        ("P(Normal(0, 1) >= 1 | 2) <= 1", r"given=B.*Or\(A, B\)"),
        ("P(Normal(0, 1).real >= 1) <= 1", "'real' may not follow a dot"),
        ("P(iid(Normal(0, 1), n).smax >= 1) <= 1", "it has no smax; it has sum, mean"),
        ("P(iid(Normal(0, 1), n) >= 1) <= 1", "an array is no number"),
        ("__import__('os').system('true') <= 1", "__import__"),
        ("().__class__.__bases__ <= 1", "no part of a claim|may not follow a dot"),
        ("(lambda: 1)() <= 1", "only functions with a name"),
        ("[x for x in 1] <= 1", "no part of a claim"),
        ("P(Normal(0, 1) >= 1)", "no relation"),
        ("P(Normal(0, 1) >= ) <= 1", "cannot be read, column"),
        ("P(Poisson(n) >= 2n) <= exp(-n/3)", r"column 17: a product is written 2\*n"),
        ("P(chi2(d) >= 2(d + 1)) <= exp(-d/7)", r"a product is written 2\*"),
        ("E(max of n Normal(0, 1)) <= sqrt(2*log(n))", r"is iid\(LAW, n\).max"),
        ("P(|Normal(0, 1)| >= 1) <= 1", r"is written abs\(...\)"),
        ("P(Exponential(1) >= t) <= exp(-t) for all t >= 1", "'for all' is given apart"),
        ("2^3 <= 1", r"a power is written \*\*"),
        ("9**9**9 <= 1", "a power of a number"),
        ("factorial(10**7) <= 1", "factorial of numbers up to"),
        ("P(Normal(0, 1) in 3) <= 1", "an event is made by"),
        ("E(Normal(0, 1) >= 1) <= 1", "an event is no number"),
        ("1/0 <= 1", "division by 0"),
        ("f'{1}' <= 1", "no part of a claim"),
    ],
)
def test_one_line_says_what_cannot_be_read_and_where(text, words):
    with pytest.raises(TextError, match=words) as error:
        claim(text)
    assert "\n" not in str(error.value)


def test_the_place_is_counted_in_characters():
    with pytest.raises(TextError, match=r"'chi\(3\)' \(column 7 of the claim\)"):
        claim("1 + P(chi(3) >= 1) <= 1")


def test_a_domain_is_open_unless_its_brackets_say_otherwise():
    assert read_domain("R=0:oo").domain == "in (0, oo)"
    assert read_domain("t in [0, 1)").domain == "in [0, 1)"
    assert read_domain("t in (0, pi/2]").high == pi / 2
    for bad in ("R", "R=1", "t in 0, 1", "t in [a, b)"):
        with pytest.raises(TextError, match="--real"):
            read_domain(bad)


def test_constants_may_depend_on_parameters():
    eps = real("eps", 0)
    found = read_constants("C, c(eps)", {"eps": eps})
    assert found == (constant("C"), constant("c", of=eps))
    with pytest.raises(TextError, match="delta"):
        read_constants("c(delta)", {"eps": eps})


def test_a_sum_binds_its_index():
    found = Reader().expression("Sum(binomial(n, i), (i, 0, k))")
    assert {s.name for s in found.free_symbols} == {"n", "k"}
    assert found.doit().subs({Symbol("k", integer=True, positive=True): 1}) is not None
    assert Reader().expression("sqrt(4) + abs(-3)") == Integer(5) == sqrt(4) + 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P(Not()) == 1", "Not.A. is of one event"),
        ("P(Not(Normal(0, 1) >= 0, Normal(0, 1) >= 1)) == 1", "Not.A. is of one event"),
        ("E(Gamma(2, 3, shape=5)) == 6", "no parameter shape left"),
        ("E(Normal(0, 1), 3) == 0", "E takes 1 argument"),
        ("E(Normal(0, sd=-1)) == 0", "sd must be positive, found -1"),
        ("E(norm(0, -1)) == 0", "scale must be positive, found -1"),
        ("P(gaussian_vector(3).coordinate(4) >= 0) == 1/2", "at most the length 3, found 4"),
        ("(10**20000)**20000 >= 1", "a power of a number"),
        ("Sum(i, (i, 1, 10**12)) >= 1", "a sum of up to"),
    ],
)
def test_what_an_adversary_typed_is_said_in_one_line(text, words):
    with pytest.raises(TextError, match=words):
        claim(text)


def test_a_function_sees_its_own_arguments_only():
    y = real("y", 0)
    reader = Reader({"y": y})
    reader.define("f(x) = x + y")
    reader.define("g(y) = f(2*y)")
    assert reader.expression("g(1)") == 2 + y
    summed = reader.expression("Sum(f(1), (y, 1, 3))")
    assert y in summed.free_symbols
    reader.define("h(x) = h(x) + 1")
    with pytest.raises(TextError, match="calls itself"):
        reader.expression("h(1)")
