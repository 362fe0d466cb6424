"""A model of one's own.

How often a walk of m fair steps climbs above 2√m, from a sampler that is three lines long.
"""

from whp.checks import Engine, Grid, check
from whp.theory import RV, Model, P, Rational, claim, size, sqrt

m = size("m")
walk = Model("walk", (m,), "a fair walk of m steps")
highest = RV("highest", walk, r"\max_k S_k")


def steps(cell, rng, size, data):
    """Paths of walks, one a row."""
    return rng.choice([-1.0, 1.0], size=(size, cell["m"])).cumsum(axis=1)


engine = Engine(steps, {"highest": lambda path: path.max(axis=1)})
reflection = claim(P(highest >= 2 * sqrt(m)) <= Rational(1, 5))
result = check(reflection, Grid({"m": (16, 32, 64, 128, 256)}), engines={walk: engine}, trials=4000, small=2)
figure = result.figure()
