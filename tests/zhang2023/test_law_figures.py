"""The law's figures draw the numbers they are given."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from whp.checks.zhang2023.figures.law import (
    density_data,
    failure_map_data,
    plot_constants,
    plot_density,
    plot_failure_map,
    plot_slack,
    slack_data,
)
from whp.theory.zhang2023.margin.law import failure_probability
from whp.theory.zhang2023.margin.sharp import BOUNDS, exponent, rate

SIZES = (1, 4, 16, 64, 256)


def drawn(ax):
    """Rendering is what finds broken labels and empty axes."""
    FigureCanvasAgg(ax.figure).draw()
    return ax


def line(ax, label):
    return next(found for found in ax.get_lines() if str(found.get_label()).startswith(label))


def point(ax, label):
    bars = next(found for found in ax.containers if str(found.get_label()).startswith(label))
    return bars.lines[0].get_data()


def test_failure_map_holds_the_exact_law_and_its_bound():
    data = failure_map_data(SIZES, SIZES[:3])
    assert data.truth.shape == data.bound.shape == (3, 5)
    assert data.truth[1, 3] == pytest.approx(math.log10(failure_probability(64, 4)))
    bound = math.log10(0.5 * math.exp(-exponent(64, 4)) + 2.0**-65)
    assert data.bound[1, 3] == pytest.approx(bound)
    assert np.all(data.truth <= data.bound + 1e-12)


def test_failure_map_is_drawn_with_its_level_lines():
    data = failure_map_data(SIZES, SIZES)
    ax = drawn(plot_failure_map(data, samples=1000, deltas=(0.1,)))
    assert ax.get_xlabel() == "width $m$"
    exact, sharp = line(ax, "_exact").get_data(), line(ax, "_guaranteed").get_data()
    # At a width of the grid the level is between two of its dimensions, as on the line.
    x, y = (np.asarray(values) for values in exact)
    assert np.all(np.diff(data.truth, axis=0) <= 0)
    for m, d in zip(x, y, strict=True):
        if m in SIZES:
            column = data.truth[:, SIZES.index(int(m))]
            level = np.interp(np.log2(d), np.log2(SIZES), column)
            assert level == pytest.approx(math.log10(0.1 / 1000), abs=1e-6)
    # The bound asks for larger sizes.
    assert min(sharp[1]) > min(y)


def test_constants_lie_on_the_frontier():
    ax = drawn(plot_constants(ratios=(0.5, 1, 2)))
    x, y = line(ax, "_frontier").get_data()
    assert np.allclose(x, [rate(0.5), rate(1), rate(2)])
    assert np.allclose(np.divide(x, y), [0.5, 1, 2])
    for label in ("_printed", "_repaired", "_the same"):
        (c1,), (c2,) = point(ax, label)
        assert c1 < rate(c1 / c2)


def test_density_has_the_mass_of_its_histogram():
    data = density_data([30], 40, np.random.default_rng(0), points=24, draws=20_000)
    ax = drawn(plot_density(data, bins=10))
    x, y = line(ax, "_exact").get_data()
    assert np.trapezoid(y, x) == pytest.approx(0.998, abs=0.01)
    edges, heights = (np.asarray(values) for values in line(ax, "_draws").get_data())
    heights = heights[:-1]
    exact = np.interp((edges[1:] + edges[:-1]) / 2, x, y)
    # Ten bins of 20 000 draws: five standard errors, a false alarm below 1e-5, and 0.02 for the straight lines.
    assert np.all(np.abs(heights - exact) < 5 * np.sqrt(exact / 20_000 / np.diff(edges)) + 0.02 * exact.max())


def test_slack_is_bound_over_truth_where_the_bound_says_something():
    data = slack_data([16, 4096], samples=10)
    exact = failure_probability(4096, 4096, log=True) + math.log(10)
    expected = (BOUNDS["S7"].log_bound(4096, 4096, 10, 0.0) - exact) / math.log(10)
    assert math.isnan(data.slack["S7"][0])
    assert "printed.chebyshev" not in data.slack
    assert data.slack["S7"][1] == pytest.approx(expected)
    assert np.all(data.slack["S4"] > 0)
    ax = drawn(plot_slack(data))
    assert np.allclose(line(ax, "_S4").get_ydata(), data.slack["S4"])


def test_axes_are_drawn_into_when_given():
    ax = plot_constants()
    assert plot_slack(slack_data([64]), ax) is ax
