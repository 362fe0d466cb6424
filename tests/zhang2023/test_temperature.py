"""The temperature of the softmax and the witnesses of several classes at initialisation (S20)."""

from __future__ import annotations

import math

import numpy as np
from whp.checks.zhang2023.studies.beyond import temperature_study


def test_a_higher_temperature_misclassifies_fewer_noises():
    """A fall that pairs of the same samples would show by chance with probability below 1e-9."""
    study = temperature_study(16, 16, 10, temperatures=(0.01, 1.0, math.inf), networks=40)
    cold, one, warm = study.failing / study.samples
    assert cold > one + 0.15
    assert abs(one - warm) < 0.15
    assert study.failing.max() <= study.worst < study.samples


def test_two_classes_do_not_feel_the_temperature():
    study = temperature_study(6, 6, 2, networks=40)
    assert np.ptp(study.failing) == 0
    assert 0 < study.failing[0] == study.worst
