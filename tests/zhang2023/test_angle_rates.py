"""The exponents of S20 and S21 are enclosed, and their constants are those of the large-deviation problem."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb
from scipy.optimize import minimize
from whp.theory.zhang2023.margin import angle_rates
from whp.theory.zhang2023.margin.angle_rates import angle_rate
from whp.theory.zhang2023.margin.sharp import rate


def least_cost(masks, start):
    """The exponent from the laws of S20 and S21 as they are stated: of k, two chi-squares, the rest and a normal."""

    def chi(x, k):
        return (x - k - k * math.log(x / k)) / 2

    def cost(point):
        total, rho = 0.0, start
        for raw in np.reshape(point, (masks, 5)):
            k = 1 / (1 + math.exp(-raw[0]))
            x, y, w = (math.exp(v) for v in raw[1:4])
            total += math.log(2) + k * math.log(k) + (1 - k) * math.log(1 - k)
            total += chi(x, k) + (chi(y, k) if rho < 1 else 0.0) + chi(w, 1 - k) + raw[4] ** 2 / 2
            along = rho * math.sqrt(x) + math.sqrt(1 - rho**2) * raw[4]
            rho = along / math.sqrt(along**2 + (1 - rho**2) * y + w)
        return total - math.log1p(-(rho**2)) / 2

    first = np.tile([0.0, math.log(0.5), math.log(0.5), math.log(0.5), 0.0], masks)
    return minimize(cost, first, method="BFGS", options={"gtol": 1e-9}).fun


@pytest.mark.parametrize(("masks", "start"), [(1, 1.0), (1, 0.5), (1, 0.5**0.5), (1, 0.9), (2, 1.0)])
def test_the_enclosure_holds_the_least_cost(masks, start):
    found = angle_rate(masks, start)
    assert float(found.lower) - 1e-9 <= least_cost(masks, start) <= float(found.upper) + 1e-9
    assert found.upper / found.lower < 1.0002


def test_one_mask_and_one_output_have_the_exponent_of_the_paper_s_margin():
    found = angle_rate(1, slack=1e-6)
    assert float(found.lower) <= rate(1.0) <= float(found.upper) * (1 + 1e-12)


@pytest.mark.slow
def test_the_constant_of_three_layers():
    found = angle_rate(3, slack=4e-4)
    assert 1 / found.upper > arb("36.68")
    assert 1 / found.lower < arb("36.7")
    assert float(found.lower) <= least_cost(3, 1.0) <= float(found.upper) + 1e-9


def test_more_than_the_least_cost_is_not_shown(monkeypatch):
    path = angle_rates._path(1, 0.5)
    most = angle_rates._attained(path, arb(0.5))
    monkeypatch.setattr(angle_rates, "_BOXES", 300)
    angle_rates._below(path, arb(0.5), most * arb(0.999))
    with pytest.raises(ValueError, match="not enclosed within 300 boxes"):
        angle_rates._below(path, arb(0.5), most * arb(1.001))


@pytest.mark.parametrize("arguments", [(0,), (1, 0), (1, 1.5), (1, float("nan"))])
def test_what_is_out_of_range_is_one_clear_line(arguments):
    with pytest.raises(ValueError, match=r"^[^\n]*$"):
        angle_rate(*arguments)
