"""Which draws show what a claim excludes: of one sample, of any of them, of either tail, of either event."""

import numpy as np
import pytest
from sympy import Abs
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
    return None if found is None else np.flatnonzero(found).tolist()


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


def test_what_was_not_drawn_shows_nothing(question, drawn):
    assert failing(question, drawn, Event(X + Y, ">", 0)) is None
    assert (
        failures(Link(P(Event(X, ">", 0)), ">=", 0).excluded, question(Link(P(Event(X, ">", 0)), ">=", 0)), CELL)
        is None
    )
