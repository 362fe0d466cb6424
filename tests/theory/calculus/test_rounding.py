"""No number reaches a person rounded past what was established."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, Symbol, exp, log, sin
from whp.theory.calculus.enclosure import Enclosure
from whp.theory.calculus.rounding import against, against_words, exact_first, in_short, rounded, safe_side

fractions = st.fractions(max_denominator=10**6)
numerators, exponents = st.integers(-(10**12), 10**12), st.integers(-40, 40)


def value(text: str) -> Fraction:
    """What a person reads, exactly."""
    if text.startswith("1 - ") or text.startswith("1 + "):
        return 1 + (-1 if text[2] == "-" else 1) * value(text[4:])
    return Fraction(text) if "/" in text else Fraction(Decimal(text))


def ends(text: str) -> tuple[Fraction, Fraction]:
    parts = text.strip("[]").split(", ")
    return value(parts[0]), value(parts[-1])


@given(fractions, st.integers(1, 12))
def test_a_rational_goes_to_its_side_by_less_than_a_unit_of_the_last_digit(x: Fraction, digits: int) -> None:
    low, high = value(rounded(x, digits, "down")), value(rounded(x, digits, "up"))
    assert low <= x <= high
    assert high - low <= abs(x) * Fraction(10) ** (1 - digits)
    assert ends(rounded(x, digits)) == (low, high)


@given(numerators, exponents, st.integers(1, 8))
def test_decimal_text_and_balls_go_the_same_way(numerator: int, exponent: int, digits: int) -> None:
    text = f"{numerator}e{exponent}"
    assert rounded(text, digits, "down") == rounded(Fraction(Decimal(text)), digits, "down")
    ball = Enclosure.of(arb(numerator) / 7)
    low, high = ends(rounded(ball, digits))
    assert low <= Fraction(numerator, 7) <= high


@pytest.mark.parametrize(
    ("x", "digits", "towards", "shown"),
    [
        ("[1.8326479847e-1, 1.83264798471e-1]", 4, "down", "0.1832"),
        ("[1.8326479847e-1, 1.83264798471e-1]", 4, "up", "0.1833"),
        (Fraction(1, 3), 4, "down", "0.3333"),
        (Fraction(1, 3), 4, "up", "0.3334"),
        ("[1.83299999e-1, 1.833e-1]", 4, "down", "0.1832"),
        ("[1.83299999e-1, 1.833e-1]", 4, "up", "0.1833"),
        ("[1.833e-1, 1.83300001e-1]", 4, "down", "0.1833"),
        ("[1.833e-1, 1.83300001e-1]", 4, "up", "0.1834"),
        ("-2.00001", 4, "down", "-2.001"),
        ("-2.00001", 4, "up", "-2"),
        ("9.9999", 2, "up", "10"),
        (0.3, 4, "down", "0.3"),
        (0.1, 17, "up", "0.1"),
        ("3.991721186e-83458", 4, "down", "3.991e-83458"),
        ("1e4343000000", 4, "out", "1e4343000000"),
        (arb("-10000").exp(), 3, "out", "[1.13e-4343, 1.14e-4343]"),
        ("0", 4, "out", "0"),
        (123456, 4, "down", "123400"),
        (1234567, 4, "up", "1.235e6"),
    ],
)
def test_numbers_at_the_edges(x: object, digits: int, towards: str, shown: str) -> None:
    assert rounded(x, digits, towards) == shown  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "nan", "inf", "N(0.5, 1)", "1/0", "[1, nan]", "at most 0.02"])
def test_what_is_no_number_is_not_rounded(text: str) -> None:
    with pytest.raises(ValueError, match="number is needed"):
        rounded(text)
    assert in_short(text) == text
    assert against(text, "1/2") == (text, "1/2")


def test_a_planted_constant_just_above_an_edge_turns_the_digit_with_its_side() -> None:
    above, below = "[2.50000001e-1, 2.50000002e-1]", "[2.49999998e-1, 2.49999999e-1]"
    assert [rounded(above, 4, side) for side in ("down", "up")] == ["0.25", "0.2501"]
    assert [rounded(below, 4, side) for side in ("down", "up")] == ["0.2499", "0.25"]


@given(fractions, fractions, st.integers(1, 6))
def test_two_numbers_are_told_apart_and_the_gap_shown_is_at_most_the_true_one(
    x: Fraction, y: Fraction, digits: int
) -> None:
    shown = against(x, y, digits)
    (a, above), (b, beyond) = ends(shown[0]), ends(shown[1])
    if x < y:
        assert x <= above < b <= y or {shown} == {(str(x), str(y))}
    elif y < x:
        assert x >= a > beyond >= y or {shown} == {(str(x), str(y))}
    else:
        assert shown[0] == shown[1]


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(10, 60))
def test_numbers_close_to_one_are_told_apart_by_what_is_missing(p: int, q: int, power: int) -> None:
    x, y = 1 - Fraction(p, 10 ** (power + 6)), 1 - Fraction(q, 10 ** (power + 6))
    first, second = against(x, y)
    if p == q:
        assert first == second
        return
    assert (value(first) < value(second)) == (x < y)
    assert max(len(first), len(second)) < 24


def test_enclosures_that_meet_are_never_set_against_each_other() -> None:
    same = "[9.999999999e-1, 1.000000001]"
    assert "against" not in against_words(same, same)
    assert "against" not in against_words("[9.999999999e-1, 1.000000001]", "[9.9999999991e-1, 1.0000000001]")
    assert against_words("[1, 1]", "[1, 1]") == "1 on both sides"
    assert against_words("[1e-1, 2e-1]", "[1.5e-1, 3e-1]") == "[0.1, 0.2] against [0.15, 0.3]"


def test_wide_enclosures_and_limits_keep_both_ends_outwards() -> None:
    assert against("[1.426152453e-9, 1.426152454e-7]", "[5e-1, 5e-1]") == ("[1.426e-9, 1.427e-7]", "0.5")
    limits = "0/50, limits [0.000000e+00, 2.723238e-01]"
    assert in_short(limits) == "0/50, limits [0, 0.2724]"
    assert against(limits, "[2.72331e-1, 2.72331e-1]") == ("0/50, limits [0, 0.272324]", "0.272331")
    assert against(limits, "0 in the limit") == ("0/50, limits [0, 0.2724]", "0 in the limit")


def test_limits_close_to_the_bound_get_the_digits_that_decide() -> None:
    shown, bound = against("3/9, limits [1.234561e-01, 5e-01]", "[1.23454e-1, 1.23455e-1]")
    low = re.search(r"\[([\d.]+),", shown)
    assert low is not None
    assert Decimal(low[1]) > Decimal(bound)


def test_the_exact_form_comes_first() -> None:
    assert exact_first(Rational(1, 3), "[3.333e-1, 3.334e-1]", towards="down") == "1/3 (0.3333 rounded down)"
    assert exact_first(Rational(1, 4), "[2.5e-1, 2.5e-1]", towards="down") == "1/4"
    assert exact_first(None, "[1.832647e-1, 1.832648e-1]", towards="down") == "0.1832 (rounded down)"
    assert exact_first(log(2), "[6.931e-1, 6.932e-1]", towards="up") == "0.6932 (rounded up)"


def test_the_safe_side_of_a_constant_is_that_of_the_weaker_claim() -> None:
    C, c, d, m, n = map(Symbol, ("C", "c", "d", "m", "n"))
    bound = C * exp(-c * m - d * n)
    assert [safe_side(bound, x) for x in (C, c, d)] == ["up", "down", "down"]
    assert [safe_side(1 - bound, x, upper=False) for x in (C, c, d)] == ["up", "down", "down"]
    assert safe_side(sin(c * m), c) == "out"
    assert safe_side(m, c) == "out"
