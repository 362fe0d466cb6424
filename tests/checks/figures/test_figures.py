"""Figures show the result's numbers, hide nothing, and come out the same byte for byte."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from whp.checks import Evidence, LinkResult, Outcome, Result, Verdict
from whp.checks.deciders.admitted import admitted
from whp.checks.deciders.question import outcome
from whp.checks.deciders.stats import ALPHA, clopper_pearson
from whp.checks.figures import (
    caption,
    figure_for,
    plot_bound,
    plot_failure,
    plot_frontier,
    plot_margins,
    plot_moment,
    save_figure,
)
from whp.checks.figures.frontier import frontier_caption, frontier_figure
from whp.checks.figures.view import View
from whp.checks.guide import Guide
from whp.checks.zhang2023 import PAPER
from whp.checks.zhang2023.figures.guides import guides, sharp_log10, sharp_width
from whp.checks.zhang2023.figures.quantiles import quick_margin_quantiles
from whp.theory import RV, Claim, E, Event, Link, Model, P, Source, Statement, Var, real, size, sizes
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.margin.law import failure_probability, margin_logcdf
from whp.theory.zhang2023.margin.sharp import rate_expr

WIDTHS = (16, 64, 256)


def row(
    model: str, rv: str, m: int, d: int, *, data: str = "-", n: int | None = None, failed: int = 0
) -> dict[str, Any]:
    spread = 1 / math.sqrt(min(m, d))
    sizes = {"m": m, "d": d} if n is None else {"m": m, "d": d, "n": n}
    return {
        "model": model, "rv": rv, "data": data, **sizes, "trials": 200.0, "q05": 0.5 - spread, "median": 0.49,
        "q95": 0.5 + spread, "worst": 0.4 - 2 * spread, "mean": 0.5, "variance": spread**2,
        "nonpositive": float(failed), "some_nonpositive": float(failed),
    }  # fmt: skip


def rows(model: str = "init", rv: str = "margin", widths: tuple[int, ...] = WIDTHS) -> tuple[dict[str, Any], ...]:
    found = [row(model, rv, m, d, data="sphere", n=20, failed=3 * (m == 16)) for d in (16, 64) for m in widths]
    found += [row(model, rv, m, 64, data="digits", n=50) for m in widths]
    return tuple(found)


LAW = tuple(row("scalar-law", "margin", m, d, failed=1) for d in (16, 64) for m in WIDTHS)


def result_of(key: str, form: str = "", draws: tuple[dict[str, Any], ...] = (), **changes: Any) -> Result:
    statement = next(s for s in LEDGER[key] if not form or s.form == form)
    links = tuple(LinkResult(link, (outcome(Verdict.HOLDS, Evidence.PROVED),)) for link in statement.links)
    return replace(Result(statement, links, {}, draws), **changes)


@pytest.fixture(scope="module")
def theorem() -> Result:
    statement = LEDGER["thm3.1"][0]
    return result_of("thm3.1", draws=rows() + LAW, constants=admitted(statement.implied_by[0]))


def bounded(points: tuple[Any, ...] = (1, Fraction(1, 8)), verdict: Verdict = Verdict.HOLDS) -> Result:
    """Lemma 3.4 with made-up truths: one enclosed, one a number, one vacuous."""
    result = result_of("lem3.4")
    outcomes = []
    for c_2 in points:
        for d in (16, 64):
            for m in WIDTHS:
                cell = {"m": m, "d": d, "c_2": c_2}
                outcomes.append(Outcome(verdict, Evidence.CERTIFIED, cell, f"[{m}e-{d + 400}, {m}e-{d + 390}]", "",
                                        value_float=-d - 3.0, bound_float=-d / 8.0))  # fmt: skip
    vacuous = Outcome(Verdict.VACUOUS, Evidence.CERTIFIED, {"m": 512, "d": 16, "c_2": points[0]}, bound_float=1.0)
    return replace(result, links=(LinkResult(result.statement.links[0], (*outcomes, vacuous)),))


def axes() -> Axes:
    return Figure().subplots()


def seen(result: Result) -> View:
    """The result as its paper shows it."""
    return View(result, PAPER.guides, PAPER.words)


def line(ax: Axes, label: str) -> Any:
    found = [one for one in ax.get_lines() if one.get_label() == label]
    assert len(found) == 1, (label, [one.get_label() for one in ax.get_lines()])
    return found[0]


def test_each_panel_is_drawn_into_the_axes_it_is_given(theorem: Result) -> None:
    moment = result_of("eq9", draws=rows("simplified"))
    for plot, result in (
        (plot_margins, theorem), (plot_failure, theorem), (plot_bound, bounded()), (plot_moment, moment),
        (plot_frontier, theorem),
    ):  # fmt: skip
        ax = axes()
        assert plot(result, ax) is ax
        assert isinstance(plot(seen(result)), Axes)


def test_margins_show_the_medians_the_band_and_the_worst_draws(theorem: Result) -> None:
    ax = plot_margins(seen(theorem), axes(), at={"d": 64})
    drawn = [r for r in theorem.draws if r["d"] == 64 and r["data"] == "sphere"]
    median, worst = line(ax, "sphere: median"), line(ax, "sphere: worst draw")
    assert list(median.get_xdata()) == list(WIDTHS)
    assert list(median.get_ydata()) == [r["median"] for r in drawn]
    assert list(worst.get_ydata()) == [r["worst"] for r in drawn]
    band = next(c for c in ax.collections if c.get_label() == "sphere: 5–95 % band")
    corners = {tuple(v) for v in band.get_paths()[0].vertices}
    assert {(r["m"], r["q05"]) for r in drawn} | {(r["m"], r["q95"]) for r in drawn} <= corners
    digits = [r for r in theorem.draws if r["data"] == "digits"]
    assert list(line(ax, "digits: worst draw").get_ydata()) == [r["worst"] for r in digits]
    assert ax.get_xscale() == "log"


def test_margins_show_the_exact_law_and_the_sharp_guarantees(theorem: Result) -> None:
    ax = plot_margins(theorem, axes(), at={"d": 64}, delta=0.05, guides=guides)
    quantiles = [quick_margin_quantiles(m, 64, (0.05, 0.5, 0.95)) for m in WIDTHS]
    assert list(line(ax, "exact law: median").get_ydata()) == [q[1] for q in quantiles]
    assert list(line(ax, "exact law: 5 %, 95 %").get_ydata()) == [q[0] for q in quantiles]
    assert list(line(ax, "_upper quantile").get_ydata()) == [q[2] for q in quantiles]
    union = line(ax, r"exact law: all $n$ margins above w.p. $\geq 0.95$")
    assert list(union.get_ydata()) == [quick_margin_quantiles(m, 64, (0.05 / 50,))[0] for m in WIDTHS]
    start = sharp_width(64, 50, 0.05)
    guarantee = line(ax, r"whp S4: all $n$ margins $> 0$ w.p. $\geq 0.95$")
    assert start is not None
    assert guarantee.get_xdata()[0] == max(start, WIDTHS[0])
    assert set(guarantee.get_ydata()) == {0}


def test_the_sharp_guarantee_starts_at_the_first_width_that_has_it() -> None:
    start = sharp_width(64, 100, 0.01)
    assert start is not None
    assert sharp_log10(start, 64) <= math.log10(0.01 / 100) < sharp_log10(start - 1, 64)
    assert sharp_width(4, 100, 0.01) is None


def test_figure_quantiles_are_those_of_the_exact_law() -> None:
    levels = (1e-6, 0.05, 0.5, 0.95)
    for m, d in ((16, 16), (64, 16), (512, 64)):
        for level, t in zip(levels, quick_margin_quantiles(m, d, levels), strict=True):
            assert margin_logcdf(m, d, t) == pytest.approx(math.log(level), rel=2e-4, abs=2e-4)


def test_failure_shows_the_exact_probability_and_the_sharp_bound_above_it(theorem: Result) -> None:
    ax = plot_failure(seen(theorem), axes())
    for d in (16, 64):
        exact, bound = line(ax, f"_exact, d = {d}").get_ydata(), line(ax, f"_whp S4, d = {d}").get_ydata()
        truth = [failure_probability(m, d, log=True) / math.log(10) for m in WIDTHS]
        assert list(exact) == pytest.approx(truth, rel=1e-12)
        assert all(b > t for b, t in zip(bound, truth, strict=True))
        expected = [math.log10(math.exp(-d * float(rate_expr(Fraction(m, d)))) / 2 + 2.0 ** -(m + 1)) for m in WIDTHS]
        assert list(bound) == pytest.approx(expected, rel=1e-9)


def test_estimates_carry_exact_limits_and_no_failure_is_an_upper_limit(theorem: Result) -> None:
    ax = plot_failure(seen(theorem), axes())
    alpha = ALPHA / len(theorem.draws)
    low, high = clopper_pearson(3, 200, alpha)
    bars = [c for c in ax.containers if c.get_label() == "_sphere, d = 16"]
    assert len(bars) == 1
    point, _, (bar,) = bars[0].lines
    assert point.get_ydata() == pytest.approx([math.log10(3 / 200)])
    assert bar.get_segments()[0][:, 1] == pytest.approx([math.log10(low), math.log10(high)])
    limits = [one for one in ax.get_lines() if one.get_label() == "_digits, limit"]
    top = math.log10(clopper_pearson(0, 200, alpha)[1])
    assert [float(one.get_ydata()[0]) for one in limits] == pytest.approx([top] * len(WIDTHS))
    assert sum(a.arrow_patch is not None for a in ax.texts) == len([r for r in rows() if r["nonpositive"] == 0]) - 2


def test_failures_beyond_the_range_of_floats_are_drawn() -> None:
    draws = tuple(row("init", "margin", m, 4096, data="sphere", n=10) for m in (4096, 65536))
    ax = plot_failure(seen(result_of("S4", draws=draws)), axes())
    exact = line(ax, "_exact, d = 4096").get_ydata()
    assert max(exact) < -308
    assert all(map(math.isfinite, exact))
    assert ax.get_ylim()[0] < min(exact)


def test_the_printed_bound_is_drawn_only_with_its_constants_named(theorem: Result) -> None:
    label = "_printed form, $C = 1/3$, $c_{1} = c_{2} = 0.183$, d = 16"
    ax = plot_failure(seen(theorem), axes())
    rate = float(rate_expr(1))
    expected = [math.log10(math.exp(-16 * rate) + math.exp(-m * rate)) for m in WIDTHS]
    assert list(line(ax, label).get_ydata()) == pytest.approx(expected, rel=1e-9)
    bare = plot_failure(seen(replace(theorem, constants={})), axes())
    assert not any("printed" in str(one.get_label()) for one in bare.get_lines())


def test_chebyshev_is_drawn_where_it_applies_and_says_something() -> None:
    result = result_of("chebyshev", draws=tuple(row("simplified", "margin", m, 64) for m in WIDTHS))
    quarter = next(p for p in seen(result).drawn().printed if p.threshold == 0.25)
    assert quarter.log10({"m": 256, "d": 64}) == pytest.approx(math.log10(2 / (0.25**2 * 64)))
    assert math.isnan(quarter.log10({"m": 64, "d": 64}))  # m > 1.2 d + 2 fails
    printed = line(plot_margins(seen(result), axes()), r"printed bound, $\delta = 1/4$: above 0.25")
    assert set(printed.get_ydata()) == {0.25}
    assert printed.get_xdata()[0] == 256


def test_claims_show_both_ends_of_the_truth_and_the_bound() -> None:
    result = bounded()
    ax = plot_bound(seen(result), axes(), point={"c_2": Fraction(1, 8)})
    bound = line(ax, "_claimed bound, $d = 64$")
    assert list(bound.get_ydata()) == pytest.approx([-8 / math.log(10)] * 3)
    truth = line(ax, "truth, $d = 64$")
    assert list(truth.get_ydata()) == pytest.approx([math.log10(m) - 454 for m in WIDTHS])
    (known,) = seen(result).bounds
    assert known.enclosed(known.outcomes[0]) == pytest.approx((math.log10(16) - 416, math.log10(16) - 406))
    assert math.isnan(known.enclosed(known.outcomes[-1])[0])
    assert [known.axis, *known.points] == ["m", {"c_2": 1}, {"c_2": Fraction(1, 8)}]


def test_a_refuted_cell_is_crossed() -> None:
    assert "refuted" not in plot_bound(bounded(), axes()).get_legend_handles_labels()[1]
    assert "refuted" in plot_bound(bounded(verdict=Verdict.REFUTED), axes()).get_legend_handles_labels()[1]


def test_moments_show_the_claim_next_to_the_computed_value_and_the_draws() -> None:
    draws = tuple(row("simplified", "margin", m, 64) for m in WIDTHS)
    ax = plot_moment(seen(result_of("eq9", "printed", draws)), axes())
    assert "drawn networks, $d = 64$" in ax.get_legend_handles_labels()[1]
    claimed = [1.25 / m + 1 / 64 + 2 / (64 * m) for m in WIDTHS]
    computed = [1.25 / m + 0.75 / 64 + 2.25 / (64 * m) for m in WIDTHS]
    assert list(line(ax, "_claimed, d = 64").get_ydata()) == pytest.approx(claimed, rel=1e-12)
    assert list(line(ax, "_computed, d = 64").get_ydata()) == pytest.approx(computed, rel=1e-12)
    (bars,) = ax.containers
    assert list(bars.lines[0].get_ydata()) == [r["variance"] for r in draws]


def test_the_frontier_is_the_exact_one(theorem: Result) -> None:
    ax = plot_frontier(seen(theorem), axes())
    assert [ax.get_xlabel(), ax.get_ylabel()] == ["$c_{1}$ (rate in $d$)", "$c_{2}$ (rate in $m$)"]
    frontier = line(ax, "frontier $c_1 = I(c_1/c_2)$")
    for x, y in list(zip(frontier.get_xdata(), frontier.get_ydata(), strict=True))[::40]:
        assert x == pytest.approx(float(rate_expr(float(x / y))), rel=1e-6)
    points = line(ax, "checked against the exact law")
    assert len(points.get_xdata()) == len(theorem.constants["frontier"])
    assert isinstance(frontier_figure(theorem), Figure)
    with pytest.raises(ValueError, match="no table of admitted constants"):
        plot_frontier(result_of("S4"))


def test_statements_get_the_figures_they_deserve(theorem: Result) -> None:
    assert len(figure_panels(theorem)) == 3
    assert len(figure_panels(result_of("eq9", draws=rows("simplified")))) == 4
    assert len(figure_panels(result_of("S3", draws=rows()))) == 3
    assert len(figure_panels(bounded())) == 2
    for key in ("eq6", "eq10", "S5.pairs", "thm3.1.reduction"):
        assert figure_for(result_of(key, draws=rows())) is None


def figure_panels(result: Result) -> list[Axes]:
    figure = figure_for(result, guides=guides)
    assert figure is not None
    return figure.axes


def test_a_theorem_on_the_noises_shows_the_margins_whose_law_is_known(theorem: Result) -> None:
    found = seen(theorem).subject
    assert found is not None
    assert found.name == "margin"
    noises = seen(replace(theorem, draws=rows(rv="noise_margin")))
    found = noises.subject
    assert found is not None
    assert found.name == "noise_margin"
    labels = plot_margins(noises, axes()).get_legend_handles_labels()[1]
    assert not any("exact law" in label for label in labels)
    assert any("S4" in label for label in labels)
    assert figure_for(noises) is not None


def test_a_single_width_and_a_variable_without_a_law_are_drawn() -> None:
    one = figure_for(seen(result_of("S4", draws=rows(widths=(64,)))))
    assert one is not None
    one.draw_without_rendering()
    coin = RV("X", Model("coin", sizes("m d"), "a coin"), "X")
    link = Link(P(Event(coin, "<=", 0)), "<=", Fraction(1, 2))
    statement = Statement("mine", "sharp", "A user's own", Source("me", "p. 1"), (Claim((link,)),))
    mine = Result(statement, (LinkResult(link, ()),), {}, tuple(row("coin", "X", m, 8, failed=40) for m in WIDTHS))
    figure = figure_for(mine)
    assert figure is not None
    figure.draw_without_rendering()
    labels = plot_failure(mine).get_legend_handles_labels()[1]
    assert "draws: estimate and limits" in labels
    assert "exact probability $p_0$" not in labels


def test_files_are_identical_byte_for_byte(theorem: Result, tmp_path: Any) -> None:
    first, second = figure_for(seen(theorem)), figure_for(theorem, guides=guides, words=PAPER.words)
    assert first is not None
    assert second is not None
    written = save_figure(first, tmp_path / "one")
    again = save_figure(second, tmp_path / "thm3.1")
    assert [p.name for p in again] == ["thm3.1.pdf", "thm3.1.svg", "thm3.1.png"]
    for a, b in zip(written, again, strict=True):
        assert a.read_bytes() == b.read_bytes()
    assert save_figure(first, tmp_path / "one")[0].read_bytes() == again[0].read_bytes()
    pdf = again[0].read_bytes()
    assert b"CreationDate" not in pdf
    assert b"/Type3" not in pdf
    moved = figure_for(seen(replace(theorem, draws=tuple({**r, "median": r["median"] + 0.01} for r in theorem.draws))))
    assert moved is not None
    assert save_figure(moved, tmp_path / "moved")[0].read_bytes() != pdf


def test_no_global_setting_changes(theorem: Result, tmp_path: Any) -> None:
    before = dict(mpl.rcParams)
    figure = figure_for(seen(theorem))
    assert figure is not None
    save_figure(figure, tmp_path / "figure")
    plot_moment(result_of("eq8", draws=rows("simplified")))
    assert dict(mpl.rcParams) == before


def test_nothing_runs_off_the_page(theorem: Result) -> None:
    for result in (theorem, bounded(), result_of("eq9", draws=rows("simplified"))):
        figure = figure_for(seen(result))
        assert figure is not None
        figure.draw_without_rendering()
        renderer = FigureCanvasAgg(figure).get_renderer()
        width, height = figure.bbox.width, figure.bbox.height
        parts = [*figure.legends, *(legend for sub in figure.subfigs for legend in sub.legends), *figure.axes]
        for part in parts:
            box = part.get_tightbbox(renderer)
            assert box.x0 >= -1
            assert box.y0 >= -1
            assert box.x1 <= width + 1
            assert box.y1 <= height + 1


def test_captions_state_samples_trials_level_seed_and_version(theorem: Result) -> None:
    text = caption(seen(theorem), trials=1000, seed=7, version="0.1.0")
    for words in (
        "worst draw across widths",
        "20 (sphere)",
        "50 (digits)",
        "1000 trials",
        "from 200",
        r"\delta = 0.01",
        "Seed 7",
        "whp 0.1.0",
    ):
        assert words in text
    assert "Seed 3" in caption(bounded(), trials=5, seed=3, version="0.1.0")


def test_the_caption_of_the_constants_speaks_of_them(theorem: Result) -> None:
    text = frontier_caption(theorem, seed=7, version="0.1.0")
    assert "9 points" in text
    assert "thm3.1" in text
    assert "Seed 7, whp 0.1.0." in text


def test_missing_draws_are_named() -> None:
    with pytest.raises(ValueError, match="no draws of margin at d = 5; draw some"):
        plot_margins(result_of("S4", draws=rows()), at={"d": 5})
    with pytest.raises(ValueError, match="has no draws of a random variable"):
        plot_failure(result_of("S5.pairs"))
    with pytest.raises(ValueError, match="has no random variable 'speed'"):
        plot_margins(result_of("S4", draws=rows()), rv="speed")
    with pytest.raises(ValueError, match="0 links with truth and bound"):
        plot_bound(result_of("S5.pairs"))
    with pytest.raises(ValueError, match="is no moment"):
        plot_moment(result_of("S4", draws=rows()))


# Papers in other sizes


K, EPS = size("k"), real("eps", 0, 1)


def drawn_at(rv: RV, **named: int) -> dict[str, Any]:
    found = row(rv.model.name, rv.name, 16, 16, failed=named.get("k", 8) // 8)
    return {**{key: v for key, v in found.items() if key not in ("m", "d")}, **named}


def user_result(rv: RV, claims: tuple[Claim, ...], cells: list[dict[str, Any]], points: Any = ({},)) -> Result:
    """A statement of a user's own with draws at the sizes of the cells and made-up truths."""
    statement = Statement("mine", "sharp", "A claim", Source("me", "p. 1"), claims, points=points)
    links = tuple(
        LinkResult(
            link,
            tuple(Outcome(Verdict.HOLDS, Evidence.COMPUTED, cell, "1.5e-3", "", value_float=-6.5, bound_float=-2.0)
                  for cell in cells)
            if link.kind == "probability" else (),
            statement.sizes,
        )
        for link in statement.links
    )  # fmt: skip
    named = [{s: cell[s] for s in statement.sizes} for cell in cells]
    draws = tuple(drawn_at(rv, **at) for at in {tuple(c.items()): c for c in named}.values())
    return Result(statement, links, {}, draws)


def every_kind(rv: RV, names: tuple[str, ...]) -> tuple[Claim, ...]:
    """A probability of a lower tail, a mean and a variance, each with the listed point in it."""
    k = next(p for p in rv.model.sizes if p.name == "k")
    assert {p.name for p in rv.model.sizes} == set(names)
    return (
        Claim((Link(P(Event(rv, "<=", 0)), "<=", EPS / k),)),
        Claim((Link(P(Event(rv, "<=", EPS)), "<=", 2 / k),)),
        Claim((Link(E(rv), "=", EPS),)),
        Claim((Link(Var(rv), "<=", 1 / k),)),
    )


@pytest.mark.parametrize("names", [("k",), ("k", "r", "s")])
def test_a_statement_in_any_sizes_gets_every_panel(names: tuple[str, ...]) -> None:
    measured = RV("X", Model("mine", sizes(" ".join(names)), "mine"), r"\|X\|_{\text{no}}^{2}")
    points = ({EPS: Fraction(1, 4)}, {EPS: Fraction(1, 2)})
    others = [dict(zip(names[1:], v, strict=True)) for v in ((2, 3), (4, 3))] if len(names) > 1 else [{}]
    cells = [{"k": k, **at, "eps": point[EPS]} for k in (8, 32) for at in others for point in points]
    result = user_result(measured, every_kind(measured, names), cells, points)
    view = View(result, words={"k": "rank"})
    assert view.drawn().axis == "k"
    assert len(view.drawn().groups()) == len(others)
    for plot in (plot_margins, plot_failure, plot_bound):
        ax = plot(view)
        assert ax.get_xlabel() == "rank $k$"
        assert plot(result).get_xlabel() == "$k$"
        ax.figure.draw_without_rendering()
    labels = {label for link in (2, 3) for label in plot_moment(view, link=link).get_legend_handles_labels()[1]}
    assert "claimed" in labels
    assert "computed exactly" not in labels
    figure = figure_for(view)
    assert figure is not None
    figure.draw_without_rendering()
    assert "across ranks" in caption(view, trials=200, seed=0, version="0")
    assert "across values of $k$" in caption(result, trials=200, seed=0, version="0")
    title = plot_margins(view, at={"r": 4} if others[0] else None).get_title()
    assert title == ("$r = 4$, $s = 3$" if others[0] else "")


def test_the_first_size_that_varies_is_on_the_axis() -> None:
    measured = RV("X", Model("mine", sizes("k r"), "mine"), "X")
    k, r = measured.model.sizes
    claim = Claim((Link(P(Event(measured, "<=", 0)), "<=", k / r),))
    view = View(user_result(measured, (claim,), [{"k": 8, "r": at} for at in (2, 4, 8)]))
    assert (view.drawn().axis, view.bounds[0].axis) == ("r", "r")
    assert plot_bound(view).get_xlabel() == "$r$"
    assert plot_margins(view).get_title() == "$k = 8$"


def test_a_variable_of_no_size_and_one_of_samples_are_drawn() -> None:
    coin = RV("X", Model("coin", (), "a coin"), "X")
    figure = figure_for(user_result(coin, (Claim((Link(P(Event(coin, "<=", 0)), "<=", Fraction(1, 2)),)),), [{}]))
    assert figure is not None
    figure.draw_without_rendering()
    (many,) = sizes("q")
    counted = RV("Y", Model("counted", (K, many), "counted", samples=many), "Y")
    claim = Claim((Link(P(Event(counted, ">", 0, over=many)), ">=", 1 - many / K),))
    view = View(user_result(counted, (claim,), [{"k": at, "q": 5} for at in (8, 16)]))
    assert (view.sizes, view.counts) == (("k",), ("q",))
    assert "$q$ = 5 (-); the worst draw" in caption(view, trials=200, seed=0, version="0")
    assert view.bounds[0].enclosed(view.bounds[0].outcomes[0])[1] == pytest.approx(math.log10(5 * 1.5e-3))


def test_a_papers_guide_appears() -> None:
    measured = RV("X", Model("mine", (K,), "mine"), "X")

    def guide(rv: RV) -> Guide | None:
        return Guide(
            "gap", "matrices", {"other": "our law"}, "k", "T7", "T7: $p \\leq 2^{-k}$",
            log10_bound=lambda cell: -cell["k"] * math.log10(2),
            guaranteed_from=lambda cell, samples, delta: math.ceil(math.log2(samples / delta)),
            quantiles=lambda cell, levels: tuple(cell["k"] * level for level in levels),
            slope=-0.5, slope_label="half a decade",
        ) if rv == measured else None  # fmt: skip

    claim = Claim((Link(P(Event(measured, "<=", 0)), "<=", 1 / K),))
    made = user_result(measured, (claim,), [{"k": at} for at in (8, 16)])
    view = View(replace(made, draws=(*made.draws, {**made.draws[0], "model": "other"})), guide)
    panel = plot_margins(view, delta=1 / 512)
    assert list(line(panel, "exact law: median").get_ydata()) == [4.0, 8.0]
    assert line(panel, r"T7: gap $> 0$ w.p. $\geq 0.998046875$").get_xdata()[0] == 9
    assert "matrices: median" in panel.get_legend_handles_labels()[1]
    failure = plot_failure(view)
    assert line(failure, "half a decade").get_ydata()[0] == pytest.approx(-4)
    assert failure.get_ylabel() == r"$\mathbb{P}(\mathrm{gap} \leq 0)$"
    assert "our law: estimate and limits" in failure.get_legend_handles_labels()[1]
    unknown = plot_failure(made).get_legend_handles_labels()[1]
    assert not any("T7" in label or "matrices" in label for label in unknown)
