"""The figures of the exact law draw the library's numbers and come out the same byte for byte."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from whp.checks.figure_style import save_figure
from whp.checks.law_figures import law_figures, plot_constants, plot_density, plot_failure_map, plot_slack
from whp.kernels import sample_margin_law
from whp.theory.law import failure_probability, margin_cdf, margin_pdf
from whp.theory.sharp import BOUNDS, admits, exponent, rate, required_size

LOG10 = math.log(10)
GRID = (8, 32, 128, 512)
PLOTS: tuple[Callable[[Axes | None], Axes], ...] = (
    lambda ax: plot_failure_map(ax, m=GRID, d=GRID, samples=(1, 1000), delta=0.1),
    plot_constants,
    lambda ax: plot_density(ax, widths=(128, 512), d=16, draws=2000, seed=3),
    lambda ax: plot_slack(ax, widths=(64, 1024), ratio=2),
)


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return law_figures(seed=1)


def axes() -> Axes:
    return Figure().subplots()


def line(ax: Axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    found = [one for one in ax.get_lines() if one.get_label() == label]
    assert len(found) == 1, (label, [one.get_label() for one in ax.get_lines()])
    return np.asarray(found[0].get_xdata(), dtype=float), np.asarray(found[0].get_ydata(), dtype=float)


def test_each_panel_is_drawn_into_the_axes_it_is_given() -> None:
    for plot in PLOTS:
        ax = axes()
        assert plot(ax) is ax
        assert isinstance(plot(None), Axes)


def test_the_map_shows_the_exact_failure_probability(figures: dict[str, Figure]) -> None:
    ax = plot_failure_map(axes(), m=GRID, d=GRID[:3])
    (mesh,) = (one for one in ax.collections if isinstance(one, QuadMesh))
    values = np.asarray(mesh.get_array()).reshape(3, len(GRID))
    for i, j in ((0, 0), (2, 1), (1, 3)):
        assert values[i, j] == pytest.approx(-failure_probability(GRID[j], GRID[i], log=True) / LOG10, rel=1e-12)
    assert figures["failure-map"].axes[0].get_xlim() == (4, 4096)


def test_the_level_lines_pass_through_the_smallest_sizes_that_the_law_and_the_bound_ask_for(
    figures: dict[str, Figure],
) -> None:
    ax = figures["failure-map"].axes[0]
    for n in (1, 1000, 50_000):
        m, d = line(ax, f"_exact, n = {n}")
        for dim in (64, 256, 2048):
            at = math.exp(np.interp(math.log(dim), np.log(d[np.argsort(d)]), np.log(m[np.argsort(d)])))
            needed = required_size(n, 0.01, d=dim).m
            assert needed is not None
            # The line is continuous and interpolated between half-octaves, the size an integer.
            assert needed - 1.3 <= at <= needed + 0.3
        m, d = line(ax, f"_S4, n = {n}")
        for x, y in list(zip(m, d, strict=True))[::50]:
            assert y * rate(x / y) == pytest.approx(math.log(n / 0.01), rel=1e-12)
    assert exponent(100, 100) == pytest.approx(100 * rate(1))


def test_the_frontier_separates_the_constants_the_law_admits(figures: dict[str, Figure]) -> None:
    ax = figures["constants"].axes[0]
    x, y = line(ax, "frontier $c_1 = I(c_1/c_2)$")
    for c1, c2 in list(zip(x, y, strict=True))[::60]:
        assert admits(0.999 * c1, 0.999 * c2)
        assert not admits(1.001 * c1, 1.001 * c2)
    assert line(ax, "equal constants, 0.1833")[0] == pytest.approx(0.5 * math.log(16 * ((1 + 5**0.5) / 2) ** -5))


def test_the_rates_of_the_papers_route_are_those_of_its_bounds(figures: dict[str, Figure]) -> None:
    ax = figures["constants"].axes[0]
    c1, c2 = (float(v[0]) for v in line(ax, "paper's route, repaired (S7)"))
    assert (c1, c2) == pytest.approx((1 / 557, 1 / 42), rel=1e-9)
    assert [float(v[0]) for v in line(ax, "the same through S1's law")] == pytest.approx([1 / 557, 1 / 9], rel=1e-9)
    # A prefactor times e^{−c₁d} + e^{−c₂m} bounds the repaired route, and no larger rate would.
    bound = BOUNDS["S7"].log_bound
    for m, d in ((100, 100), (10**4, 300), (300, 10**4), (10**5, 10**5)):
        assert bound(m, d, 1, 0.0) <= math.log(20) + np.logaddexp(-c1 * d, -c2 * m)
    assert bound(10**9, 10**6, 1, 0.0) > math.log(20) - 1.01 * c1 * 10**6


def test_the_density_is_that_of_the_exact_law() -> None:
    ax = plot_density(axes(), widths=(16, 256), d=64, draws=1000)
    for m, points in ((16, (0.2, 0.9)), (256, (0.35, 0.5))):
        t, density = line(ax, f"$m = {m}$")
        for x in points:
            at = float(np.interp(x, t, density))
            assert at == pytest.approx(margin_pdf(m, 64, x), abs=1e-3 * density.max())
        assert np.trapezoid(density, t) == pytest.approx(1.0, abs=1e-3)


def test_the_histogram_is_that_of_the_draws_and_agrees_with_the_law() -> None:
    draws = 40_000
    ax = plot_density(axes(), widths=(512, 128), d=16, draws=draws, seed=5)
    sequence = np.random.SeedSequence(5).spawn(2)[1]
    sample = sample_margin_law(128, 16, draws, np.random.default_rng(sequence))
    (steps,) = (p for p in ax.patches if p.get_label() == "_draws, m = 128")
    heights, edges, _ = steps.get_data()  # type: ignore[attr-defined]
    counts = heights * draws * np.diff(edges)
    assert counts == pytest.approx(np.histogram(sample, edges)[0])
    # Two bins at 5 standard deviations: a false alarm below 2e-6.
    for i in (12, 20):
        low, high = np.atleast_1d(margin_cdf(128, 16, edges[i : i + 2]))
        expected = draws * (high - low)
        assert abs(counts[i] - expected) < 5 * math.sqrt(expected)


def test_the_slack_is_bound_over_truth() -> None:
    widths = (64, 512, 2048)
    ax = plot_slack(axes(), widths=widths, ratio=2)
    truth = [failure_probability(m, m // 2, log=True) for m in widths]
    for key in ("S4", "S5", "printed.chebyshev"):
        values = line(ax, f"{key}: {BOUNDS[key].words}")[1]
        expected = [(BOUNDS[key].log_bound(m, m // 2, 1, 0.0) - p) / LOG10 for m, p in zip(widths, truth, strict=True)]
        assert values == pytest.approx(expected, rel=1e-12)
    repaired = line(ax, f"S7: {BOUNDS['S7'].words}")[1]
    assert np.isnan(repaired).tolist() == [True, True, False]
    assert line(ax, "a bound that says nothing (1)")[1] == pytest.approx([-p / LOG10 for p in truth], rel=1e-12)


def test_every_bound_at_zero_is_shown_and_none_is_below_the_truth(figures: dict[str, Figure]) -> None:
    ax = figures["slack"].axes[0]
    for key, bound in BOUNDS.items():
        if key != "exact" and bound.covers(0.0):
            assert np.nanmin(line(ax, f"{key}: {bound.words}")[1]) > 0
    assert ax.get_ylim()[0] == 0


def test_a_bound_below_the_truth_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = BOUNDS["S4"].__class__("too small", lambda m, d, n, t: -2.0 * exponent(m, d), lambda t: True)
    monkeypatch.setitem(BOUNDS, "S4", wrong)
    ax = plot_slack(axes(), widths=(64, 256), d=64)
    lowest = float(line(ax, "S4: too small")[1].min())
    assert lowest < 0
    assert ax.get_ylim()[0] < lowest


def test_files_are_identical_byte_for_byte(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    for i, plot in enumerate(PLOTS):
        written = []
        for j in range(2):
            figure = plot(None).figure
            assert isinstance(figure, Figure)
            written.append(save_figure(figure, tmp_path / f"{i}-{j}"))
        for a, b in zip(*written, strict=True):
            assert a.read_bytes() == b.read_bytes()
    assert dict(mpl.rcParams) == before


def test_another_seed_draws_another_histogram() -> None:
    def heights(seed: int) -> Any:
        ax = plot_density(axes(), widths=(128,), d=16, draws=500, seed=seed)
        return ax.patches[0].get_data()[0]  # type: ignore[attr-defined]

    assert np.array_equal(heights(0), heights(0))
    assert not np.array_equal(heights(0), heights(1))


def test_nothing_runs_off_the_page(figures: dict[str, Figure]) -> None:
    assert list(figures) == ["failure-map", "constants", "density", "slack"]
    for figure in figures.values():
        figure.draw_without_rendering()
        renderer = FigureCanvasAgg(figure).get_renderer()
        for part in (*figure.legends, *figure.axes):
            box = part.get_tightbbox(renderer)
            assert box is not None
            assert box.x0 >= -1
            assert box.y0 >= -1
            assert box.x1 <= figure.bbox.width + 1
            assert box.y1 <= figure.bbox.height + 1


def test_bad_requests_are_named() -> None:
    with pytest.raises(ValueError, match=r"delta must lie in \(0, 1\).*found delta = 1"):
        plot_failure_map(m=GRID, d=GRID, delta=1)
    with pytest.raises(ValueError, match="m must be at least two increasing sizes"):
        plot_failure_map(m=(8, 8), d=GRID)
    with pytest.raises(ValueError, match="widths must be at least 16, found"):
        plot_density(widths=(8, 64), d=4)
    with pytest.raises(ValueError, match="exactly one of d and ratio"):
        plot_slack(widths=(8,), d=4, ratio=1)
    with pytest.raises(ValueError, match="ratio m/d must be positive"):
        plot_slack(widths=(8,), ratio=0)
