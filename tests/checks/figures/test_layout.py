"""Figures are legible: no words on words, nothing cut, at both widths, with one curve and with six, of every kind."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import CARETDOWNBASE
from whp.checks.figures import KINDS, VENUES, Axis, Panel, Picture, Series, Style, lay_out
from whp.checks.figures.draw import draw_panel, entries
from whp.checks.figures.layout import most_entries
from whp.checks.figures.ticks import plain

_SPEC = importlib.util.spec_from_file_location("boxes", Path(__file__).with_name("boxes.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
boxes = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(boxes)

SIZES = (16.0, 256.0, 4096.0, 2.0**20)
WIDTH, PROBABILITY = Axis("width $m$", "size"), "failure probability\n(exponents on a log scale)"
MARKS = ("o", "s", "D", "^", "P", "*", CARETDOWNBASE)
HEADING = "lem6.1.E2 (printed): refuted, certified (for every outcome of the given event; averaged over it: holds)"


def failures(curve: int, role: Any = "truth", label: str = "exact", up: float = 0.0, **more: Any) -> Series:
    y = tuple(-(4.0**k) * (1 + max(curve, 0)) + up for k in range(4))
    end = f"$d = {2**curve}$, $n = 1797$" if curve >= 0 else ""
    return Series(role, label, SIZES, y, curve=curve, end=end, **more)


def panel(kind: str, curves: int) -> Panel:
    """A panel of a kind with as much in it as there can be."""
    numbers = range(curves) if curves > 1 else [-1]
    series: list[Series] = []
    for i in numbers:
        if kind in ("failure", "slack", "terms"):
            series.append(failures(i, "bound", "claimed: at most", 0.5, forbidden="above"))
            series.append(failures(i, low=failures(i).y, high=failures(i, up=0.4).y))
            series.append(failures(i, "sharp", "sharp bound (whp S4)", 0.2))
        elif kind == "density":
            series.append(
                Series("line", "exact density", (-1, 0, 1), (0, 1 + i, 0), curve=i, end=f"$k = {i}$" if i >= 0 else "")
            )
        elif kind == "frontier":
            series.append(
                Series("bound", "frontier $c_1 = I(c_1/c_2)$", (0.1, 0.2, 0.3), (0.9, 0.5, 0.0), forbidden="above")
            )
            series.append(Series("point", f"route {i}", (0.1,), (0.1 * (i + 2),), curve=i))
        elif kind == "phase":
            series.append(Series("point", f"verdict {i}", SIZES, (float(i + 2),) * 4, curve=i))
        else:
            y = tuple(0.5 + 1 / (k + 2 + max(i, 0)) for k in range(4))
            end = f"$d = {2**i}$" if i >= 0 else ""
            series.append(
                Series(
                    "draws",
                    "draws: median, 5–95 %",
                    SIZES,
                    y,
                    tuple(v - 0.1 for v in y),
                    tuple(v + 0.1 for v in y),
                    i,
                    end,
                )
            )
    if kind == "failure":
        series += [
            Series("refuted", "refuted here", (16.0,), (-1.0,)),
            Series("estimate", "draws: share, limits", (256.0,), (-3.0,), (-math.inf,), (-1.0,)),
            Series("limit", "no case in the draws: limit", (4096.0,), (-2.0,)),
        ]
    y = {"failure": Axis(PROBABILITY, "exponent"), "slack": Axis("bound / truth", "exponent"),
         "terms": Axis(PROBABILITY, "exponent"), "trend": Axis("Kolmogorov–Smirnov distance and more of it", "linear"),
         "phase": Axis("input dimension $d$", "linear")}.get(kind, Axis("value"))  # fmt: skip
    x = WIDTH if kind not in ("density", "frontier") else Axis("value")
    return Panel(kind, x, y, tuple(series), f"link 1 of 3, $n = 100$, $\\delta = 1/1000000$, {kind}")


@pytest.mark.parametrize("curves", [1, 6])
@pytest.mark.parametrize("column", ["half", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_words_lie_on_others_or_leave_the_canvas(kind: str, column: Any, curves: int) -> None:
    figure = lay_out(Picture(HEADING, (panel(kind, curves),) * 3), Style(column=column))
    assert boxes.faults(figure) == []
    assert figure.get_figwidth() == pytest.approx({"half": 3.25, "full": 6.75}[column])


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_panel_is_as_legible(kind: str) -> None:
    figure = lay_out(Picture("", (panel(kind, 6),)), Style(column="half", style="grey"))
    assert boxes.faults(figure) == []
    assert len(figure.axes) == 1


@pytest.mark.parametrize("venue", VENUES)
def test_every_venue_has_legible_figures_of_its_widths(venue: str) -> None:
    for column in ("half", "full"):
        chosen = Style(venue, column)  # type: ignore[arg-type]
        figure = lay_out(Picture(HEADING, (panel("failure", 6), panel("slack", 6))), chosen)
        assert figure.get_figwidth() == pytest.approx(chosen.width)
        assert boxes.faults(figure) == []


def test_the_widths_are_those_of_the_venues() -> None:
    found = {venue: (Style(venue, "half").width, Style(venue, "full").width) for venue in VENUES}
    assert found["icml2025"] == found["aistats2025"] == (3.25, 6.75)
    assert found["neurips2025"] == found["iclr2025"] == (2.75, 5.5)
    assert found["jmlr"] == found["colt"] == (3.0, 6.0)
    assert found["tmlr"] == (3.25, 6.5)


def test_overlaps_and_cuts_are_found() -> None:
    figure = Figure(figsize=(3, 2))
    figure.text(0.5, 0.5, "one word")
    figure.text(0.52, 0.5, "another")
    figure.text(0.99, 0.1, "cut")
    assert ["lies on" in fault for fault in boxes.faults(figure)] == [False, True]
    labelled = lay_out(Picture("", (panel("failure", 6),)), Style(column="half"))
    assert {"$d = 1$, $n = 1797$", "$d = 32$, $n = 1797$"} <= {text for text, _ in boxes.words(labelled)}


def test_curves_are_named_at_their_ends_and_the_legend_has_six_entries_at_most() -> None:
    full = panel("failure", 6)
    labels = [label for _, label in entries(full)]
    assert len(labels) == len(set(labels)) == 6 == most_entries()
    figure = lay_out(Picture("", (full, full)))
    assert len(figure.legends) == 1
    assert [ax.get_title(loc="left")[:3] for ax in figure.axes] == ["(a)", "(b)"]


def test_panels_keep_the_fonts_of_axes_that_are_given() -> None:
    ax = Figure().subplots()
    ax.tick_params(labelsize=13)
    ax.xaxis.label.set_size(17)
    draw_panel(panel("failure", 6), ax)
    assert ax.xaxis.label.get_size() == 17
    assert {label.get_size() for label in ax.get_xticklabels()} == {13}
    ends = next(part for part in ax.get_children() if type(part).__name__ == "EndLabels")
    assert {text.get_size() for text in ends.get_children() if hasattr(text, "get_text")} == {13}


def test_grey_figures_have_no_colour_and_tell_curves_apart_by_marks() -> None:
    figure = lay_out(Picture("", (panel("failure", 6),)), Style(style="grey"))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    rgb = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    assert (rgb.max(axis=2) - rgb.min(axis=2)).max() == 0
    marks = {line.get_marker() for line in figure.axes[0].lines if str(line.get_label()).startswith("_exact")}
    assert len(marks) == 6


def test_the_exact_law_and_draws_differ_without_colour() -> None:
    roles: tuple[Any, ...] = ("truth", "estimate")
    series = tuple(Series(role, role, (1.0, 2.0), (-1.0, -2.0), curve=0) for role in roles)
    ax = draw_panel(Panel("failure", Axis("x"), Axis("p", "probability"), series), Figure().subplots())
    exact = next(line for line in ax.lines if line.get_label() == "_truth")
    (bars,) = ax.containers
    drawn = bars.lines[0]
    assert exact.get_marker() == drawn.get_marker() == "o"
    assert exact.get_markerfacecolor() == exact.get_color()
    assert drawn.get_markerfacecolor() == "none"
    assert exact.get_markersize() < 0.6 * drawn.get_markersize()


def test_several_lines_of_a_curve_differ_without_colour() -> None:
    roles: tuple[Any, ...] = ("line", "truth", "second", "third", "draws")
    series = tuple(Series(role, role, SIZES, (float(i),) * 4, curve=c) for i, role in enumerate(roles) for c in (0, 1))
    handles = [handle for handle, _ in entries(Panel("trend", WIDTH, Axis("y"), series), grey=True)]
    looks = {(str(h._dash_pattern), h.get_markersize(), h.get_markerfacecolor() == h.get_color()) for h in handles}
    assert len(looks) == len(roles)
    ax = draw_panel(Panel("trend", WIDTH, Axis("y"), series), Figure().subplots())
    drawn = {str(line.get_label()): line for line in ax.lines}
    assert drawn["_second"].get_zorder() > drawn["_line"].get_zorder()
    assert drawn["_second"].get_markerfacecolor() == "white"


@pytest.mark.parametrize("role", ["truth", "line", "second", "third", "draws"])
def test_a_curve_is_named_beside_the_mark_that_it_carries(role: Any) -> None:
    series = tuple(Series(role, role, (1.0, 2.0), (-1.0, -k), curve=k, end=f"d = {k}") for k in range(2))
    ax = draw_panel(Panel("trend", Axis("x"), Axis("y"), series), Figure().subplots())
    ends = next(part for part in ax.get_children() if type(part).__name__ == "EndLabels")
    marks = [part for part in ends.get_children() if isinstance(part, Line2D)]
    lines = [line for line in ax.lines if str(line.get_label()).startswith(f"_{role}, d = ")]
    assert len(marks) == len(lines) == 2

    def look(line: Line2D) -> tuple[Any, ...]:
        return line.get_marker(), line.get_markersize(), line.get_markerfacecolor(), line.get_color()

    assert list(map(look, marks)) == list(map(look, lines))


def test_draws_of_two_curves_that_touch_stand_side_by_side() -> None:
    def apart(y: float) -> float:
        series = tuple(Series("limit", "limit", (1.0, 2.0), (at, -9.0 - at), curve=i) for i, at in enumerate((-2.0, y)))
        ax = draw_panel(Panel("failure", Axis("x"), Axis("p", "probability"), series), Figure().subplots())
        one, other = (line for line in ax.lines if line.get_label() == "_limit")
        at = [float(line.get_transform().transform((1.0, -2.0))[0]) for line in (one, other)]
        return at[1] - at[0]

    assert apart(-2.0) == pytest.approx(4.5 / 72 * 100)
    assert apart(-4.0) == 0


@pytest.mark.parametrize("column", ["half", "full"])
def test_no_mark_touches_an_end_of_its_axis(column: Any) -> None:
    several = tuple(
        Series(role, role, (16.0, 4096.0), (-1.0, -2.0), curve=i)
        for i, role in enumerate(("estimate", "limit", "estimate", "limit", "estimate"))
    )
    star = Series("named", "named", (16.0,), (-1.5,))
    figure = lay_out(
        Picture("", tuple(Panel("failure", WIDTH, Axis("p", "exponent"), s) for s in (several, (star,), several))),
        Style(column=column),
    )
    for ax in figure.axes:
        lines = [line for line in ax.lines if str(line.get_label()).startswith("_") and line.get_marker() in MARKS]
        assert lines
        for line in lines:
            x = line.get_transform().transform(np.column_stack(line.get_data()).astype(float))[:, 0]
            half = line.get_markersize() / 2 * figure.dpi / 72
            assert x.min() - half > ax.bbox.x0
            assert x.max() + half < ax.bbox.x1


def test_forbidden_sides_are_hatched_away_from_honest_data() -> None:
    bound = Series("bound", "claimed", (1.0, 2.0, 3.0, 4.0), (-1.0, -1.0, -1.0, -1.0), curve=0, forbidden="above")
    other = Series("truth", "exact", (1.0, 2.0, 2.5), (-0.98, -0.98, -0.98), curve=1)
    low = Series("truth", "exact", (1.0, 4.0), (-3.0, -3.0), curve=0)

    def hatched(*series: Series) -> list[tuple[float, float]]:
        ax = draw_panel(Panel("failure", Axis("x"), Axis("p", "probability"), series), Figure().subplots())
        lines = [line for line in ax.lines if line.get_label() == "_hatch"]
        return [(min(line.get_xdata()), max(line.get_xdata())) for line in lines]

    assert hatched(bound, low) == [(1.0, 4.0)]
    ((start, end),) = hatched(bound, low, other)
    assert start >= 2.5
    assert end == 4.0


def test_long_numbers_are_powers() -> None:
    assert [plain(v) for v in (2**21, 2.0**20, 1e7, 3e-5, 16)] == [
        "$2^{21}$", "$2^{20}$", "$10^{7}$", "$3\\cdot 10^{-5}$", "16",
    ]  # fmt: skip
    figure = lay_out(Picture("", (panel("failure", 1),)))
    assert not any("e+" in text for text, _ in boxes.words(figure))


def test_a_logarithm_of_exponents_is_announced() -> None:
    labels = " ".join(text for text, _ in boxes.words(lay_out(Picture("", (panel("failure", 1),)))))
    assert "exponents on a log scale" in labels.replace("\n", " ")


def test_a_series_of_unequal_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="2 places and 1 values"):
        Series("line", "truth", (1, 2), (1,))
    with pytest.raises(ValueError, match="2 points and 1 low"):
        Series("line", "truth", (1, 2), (1, 2), low=(0,))
    with pytest.raises(ValueError, match="found venue 'nature'; one of aistats2025, "):
        Style("nature")
