"""Which draws show what a claim excludes: of one sample, of any of them, of either tail, of either event."""

import numpy as np
import pytest
from sympy import Abs, Rational
from whp.checks.deciders.failures import failures
from whp.theory import RV, Event, Joint, Link, Model, P, sizes

k, count = sizes("k count")
MODEL = Model("samples", (k, count), "", samples=count)
X, Y = RV("X", MODEL, "X"), RV("Y", MODEL, "Y")
CELL = {"k": 2, "count": 3}
DRAWN = [[1.0, 1.0, 1.0], [1.0, -3.0, 1.0], [-1.0, 1.0, 1.0], [0.0, 0.0, 5.0]]


def failing(question, drawn, body, relation=">=", both=True):
    link = Link(P(body), relation, 0)
    blocks = [(X, CELL, DRAWN), *([(Y, CELL, [1.0, 1.0, 1.0, -1.0])] if both else [])]
    found = failures(link.excluded, question(link, draws=drawn(*blocks)), CELL)
    return None if found is None else np.flatnonzero(found.flags).tolist()


@pytest.mark.parametrize(
    ("event", "draws"),
    [
        (Event(X, ">", 0), [2, 3]),
        (Event(X, ">=", 0), [2]),
        (Event(X, ">", 0, count), [1, 2, 3]),
        (Event(X, "<=", 2, count), [3]),
        (Event(Abs(X), "<", 2), []),
        (Event(Abs(X), "<", 2, count), [1, 3]),
        (Event(X, ">", -k), []),
        (Event(X, ">", -k, count), [1]),
    ],
    ids=str,
)
def test_a_draw_fails_where_the_event_does_not_happen(question, drawn, event, draws):
    assert failing(question, drawn, event) == draws


def test_an_upper_bound_excludes_the_event_itself(question, drawn):
    assert failing(question, drawn, Event(X, ">", 0), "<=") == [0, 1]


def test_of_a_joint_event_one_that_fails_is_enough(question, drawn):
    assert failing(question, drawn, Joint(Event(X, ">=", 0), Event(Y, ">", 0))) == [2, 3]
    assert failing(question, drawn, Joint(Event(X, ">=", 0), Event(Y, ">", 0)), both=False) is None


def test_events_that_must_happen_together_are_excluded_together(question, drawn):
    assert failing(question, drawn, Joint(Event(X, ">=", 0), Event(Y, ">", 0)), "<=") == [0, 1]
    assert failing(question, drawn, Event(X, ">", 0, count), "<=") == [0]


def test_an_expression_of_several_variables_of_one_model_is_drawn(question, drawn):
    assert failing(question, drawn, Event(X + Y, ">", 1)) == [2, 3]
    assert failing(question, drawn, Event(X * Y, ">=", 1)) == [2, 3]


def test_a_value_rounded_off_its_lattice_is_on_it(question, drawn):
    link = Link(P(Event(X, ">=", Rational(2, 5))), "<=", 0)
    draws = drawn((X, CELL, [0.4, 0.4 * (1 - 2**-52), 0.1 + 0.3, 0.39]))
    assert np.flatnonzero(failures(link.excluded, question(link, draws=draws), CELL).flags).tolist() == [0, 1, 2]


def test_what_was_not_drawn_shows_nothing(question, drawn):
    other = RV("Z", Model("others", (k,), ""), "Z")
    assert failing(question, drawn, Event(X + other, ">", 0)) is None
    assert failing(question, drawn, Event(X + Y, ">", 0), both=False) is None
    assert (
        failures(Link(P(Event(X, ">", 0)), ">=", 0).excluded, question(Link(P(Event(X, ">", 0)), ">=", 0)), CELL)
        is None
    )
