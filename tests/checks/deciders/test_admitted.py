"""What the evidence admits of unnamed constants, and what keeps an implication from reaching a claim."""

import pytest
from flint import arb
from sympy import Integer, Rational, exp
from whp.checks.deciders import admitted
from whp.theory import RV, Constants, Enclosure, Event, Implication, Link, Model, P, ScalarLaw, constant, real, sizes

k, r, count = sizes("k r count")
c, e = constant("c"), constant("e")
ratio = real("ratio", 0)
MODEL = Model("sums", (k, r, count), "", samples=count)


class Tail(ScalarLaw):
    """-log P(X <= 0) is a number of one's own, in floats."""

    def __init__(self, rate):
        self.rate = rate

    def log_probability(self, relation, t):
        return -self.rate


class Below(ScalarLaw):
    """Bounded from above only, by e^-k."""

    def __init__(self, k):
        self.k = k

    def enclose(self, relation, t):
        if relation in (">", ">="):
            raise NotImplementedError("bounded from above only")
        return Enclosure(arb(0), (-arb(self.k)).exp().upper())


X = RV("X", MODEL, "X", law=lambda cell: Tail(float(cell["k"] + cell["r"])))
ONLY_ABOVE = RV("Y", MODEL, "Y", law=lambda cell: Below(cell["k"]))
FAILS = Event(X, "<=", 0)
# The truth is e^{-k-r}: e^{-ck-er} bounds it where both constants are at most one.


def _implication(values, step=None, region=None, by="named"):
    bound = exp(-c * k - e * r).subs(values)
    return Implication(by, values, (step or Link(exp(-k - r), "<=", bound),), region)


def test_named_constants_are_enclosed():
    found = admitted.admitted(_implication({c: Rational(1, 3), e: Integer(1)}))
    assert found == {"implied_by": "named", "named": {"c": "[3.33333333333e-1, 3.33333333334e-1]", "e": "[1, 1]"}}


def test_the_frontier_has_the_truth_on_both_of_its_sides():
    # With first = second * ratio, ratio <= 1: the first constant is at most ratio.
    region = Constants(c, e, ratio, (k, r), ratio, exp(-c * k - e * r), FAILS)
    table = admitted.admitted(_implication({c: Integer(1), e: Integer(1)}, region=region))
    assert table["condition"] == "c <= c/e"
    rows = {row["ratio"]: row for row in table["frontier"]}
    assert list(rows) == ["1/16", "1/8", "1/4", "1/2", "1", "2", "4", "8", "16"]
    equal = rows["1"]
    inside, outside = (float(equal[side].split()[2]) for side in ("inside", "outside"))
    assert inside < 0 < outside
    assert "largest log(truth/bound)" in equal["outside"]


def supported(question, values, event=FAILS, bound=None, over=(), step=None):
    bound = exp(-c * k - e * r) if bound is None else bound
    link = Link(P(Event(event.value, ">", event.bound, *over)), ">=", 1 - bound)
    return admitted.unsupported(_implication(values, step), question(link, exists=(c, e), cells=[{"k": 2, "r": 2}]))


ONES = {c: Integer(1), e: Integer(1)}
HALVES = {c: Rational(1, 2), e: Rational(1, 2)}


def test_constants_that_the_law_confirms_speak_for_the_claim(question):
    assert supported(question, HALVES) is None


def test_constants_that_the_law_denies_are_told_with_the_cell(question):
    why = supported(question, {c: Integer(2), e: Integer(1)})
    assert why.startswith(
        "the constants from named fail at k = 2, r = 2, where the excluded has probability 1.831564e-2"
    )


def test_steps_must_end_at_the_claims_bound(question):
    elsewhere = Link(exp(-k - r), "<=", exp(-k))
    assert supported(question, HALVES, step=elsewhere) == "the steps from named do not end at its bound"


def test_a_claim_on_all_samples_may_be_their_number_times_the_step(question):
    times = count * exp(-c * k - e * r)
    link = Link(P(Event(X, ">", 0, count)), ">=", 1 - times)
    asked = question(link, exists=(c, e), cells=[{"k": 2, "r": 2, "count": 3}])
    assert admitted.unsupported(_implication(HALVES), asked) is None
    single = question(Link(P(Event(X, ">", 0)), ">=", 1 - times), exists=(c, e))
    assert "do not end" in admitted.unsupported(_implication(HALVES), single)


@pytest.mark.parametrize(("values", "broken"), [(HALVES, False), ({c: Integer(2), e: Rational(1, 2)}, True)])
def test_a_law_that_bounds_from_above_must_confirm(question, values, broken):
    why = supported(
        question, values, Event(ONLY_ABOVE, "<=", 0), exp(-c * k), step=Link(k, "<=", exp(-c * k).subs(values))
    )
    assert (why is not None and "does not confirm the constants from named" in why) is broken


def test_without_a_law_the_steps_are_enough_and_a_limit_is_not_such_a_claim(question):
    assert supported(question, {c: Integer(5), e: Integer(5)}, Event(RV("Z", MODEL, "Z"), "<=", 0)) is None
    limit = question(Link(P(FAILS), "~", 1), exists=(c,))
    assert admitted.unsupported(_implication(ONES), limit) == "named is no statement about such a claim"


def test_constants_are_named_for_a_reader():
    assert admitted.named_constants({c: Rational(1, 3), e: Integer(2)}) == "c = 1/3, e = 2"
