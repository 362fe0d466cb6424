"""Expensive cells get fewer trials."""

from whp.checks.sweep.draws import BUDGET, trials_for
from whp.checks.sweep.engine import engine
from whp.theory.zhang2023.models.initial import INIT


def test_expensive_cells_get_fewer_trials():
    cheap, dear = {"m": 16, "d": 16, "n": 10}, {"m": 4096, "d": 4096, "n": 10**5}
    network = engine(INIT)
    assert trials_for(network, cheap, 1000) == 1000
    assert trials_for(network, dear, 1000) == 32
    assert trials_for(network, dear, 7) == 7
    middle = {"m": 4096, "d": 512, "n": 200}
    assert trials_for(network, middle, 10**6) == int(BUDGET / network.cost(middle))
