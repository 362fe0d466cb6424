"""Figures show the result's numbers, hide nothing, and come out the same byte for byte."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from whp.checks import Evidence, LinkResult, Outcome, Result, Verdict
from whp.checks.deciders import settle_cell
from whp.checks.deciders.admitted import admitted
from whp.checks.deciders.question import outcome
from whp.checks.deciders.stats import ALPHA, clopper_pearson
from whp.checks.figures import (
    KINDS,
    View,
    caption,
    figure_for,
    picture_of,
    plot_density,
    plot_failure,
    plot_frontier,
    plot_margin,
    plot_phase,
    plot_slack,
    plot_terms,
    plot_trend,
    save_figure,
)
from whp.checks.figures.layout import lay_out
from whp.checks.figures.margins import margin_panel
from whp.checks.figures.panels import place_axis
from whp.checks.figures.points import asked
from whp.checks.guide import Guide
from whp.checks.zhang2023 import PAPER
from whp.checks.zhang2023.figures.guides import guides, sharp_log10, sharp_width
from whp.checks.zhang2023.figures.quantiles import quick_margin_quantiles
from whp.theory import RV, Claim, E, Event, Link, Model, P, Source, Statement, Var, real, size, sizes
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.margin.law import failure_probability, margin_logcdf
from whp.theory.zhang2023.margin.scalar_laws import MarginLaw
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
    return result_of(
        "thm3.1", draws=rows() + rows(rv="noise_margin") + LAW, constants=admitted(statement.implied_by[0])
    )


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


def lines(ax: Axes, label: str) -> list[Any]:
    return [one for one in ax.get_lines() if one.get_label() == label]


def test_each_panel_is_drawn_into_the_axes_it_is_given(theorem: Result) -> None:
    moment = result_of("eq9", draws=rows("simplified"))
    for plot, result in (
        (plot_margin, theorem), (plot_failure, theorem), (plot_failure, bounded()), (plot_trend, moment),
        (plot_frontier, theorem), (plot_slack, bounded()), (plot_terms, theorem), (plot_phase, bounded()),
        (plot_density, result_of("lem6.1.E1")),
    ):  # fmt: skip
        ax = axes()
        assert plot(result, ax) is ax
        assert isinstance(plot(seen(result), venue="icml2025", style="grey"), Axes)
        with pytest.raises(ValueError, match="found 'colour'; the options of a style are venue, column and style"):
            plot(result, colour="red")


def test_margins_show_the_medians_the_band_and_the_worst_draws(theorem: Result) -> None:
    ax = plot_margin(seen(theorem), axes(), at={"d": 64})
    drawn = [r for r in theorem.draws if r["d"] == 64 and r["data"] == "sphere" and r["rv"] == "margin"]
    name = "_sphere"
    median, worst = line(ax, f"{name}: median, 5–95 %"), line(ax, f"{name}: worst draw")
    assert list(median.get_xdata()) == list(WIDTHS)
    assert list(median.get_ydata()) == [r["median"] for r in drawn]
    assert list(worst.get_ydata()) == [r["worst"] for r in drawn]
    band = next(c for c in ax.collections if str(c.get_label()).endswith("band"))
    corners = {tuple(v) for v in band.get_paths()[0].vertices}
    assert {(r["m"], r["q05"]) for r in drawn} | {(r["m"], r["q95"]) for r in drawn} <= corners
    digits = [r for r in theorem.draws if r["data"] == "digits" and r["rv"] == "margin"]
    assert list(line(ax, "_digits: worst draw").get_ydata()) == [r["worst"] for r in digits]
    assert ax.get_xscale() == "log"


def test_margins_show_the_exact_law_and_the_sharp_guarantees(theorem: Result) -> None:
    ax = plot_margin(theorem, axes(), at={"d": 64}, delta=0.05, guides=guides)
    quantiles = [quick_margin_quantiles(m, 64, (0.05, 0.5, 0.95)) for m in WIDTHS]
    low, middle, high = lines(ax, "_exact law: 5, 50, 95 %")
    assert list(middle.get_ydata()) == [q[1] for q in quantiles]
    assert list(low.get_ydata()) == [q[0] for q in quantiles]
    assert list(high.get_ydata()) == [q[2] for q in quantiles]
    start = sharp_width(64, 50, 0.05)
    guarantee = line(ax, r"_whp S4: all $n$ margins $> 0$ w.p. $\geq 0.95$")
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


def test_failure_shows_the_exact_probability_and_the_bounds_above_it(theorem: Result) -> None:
    """Theorem 3.1 is about all n samples: truth lies between that of one and n times it."""
    picture = picture_of(seen(theorem))
    assert picture is not None
    (panel,) = picture.panels
    truth = {s.end: s for s in panel.series if s.role == "truth"}
    sharp = {s.end: s for s in panel.series if s.role == "sharp"}
    assert set(truth) == {"$d = 16$", "$d = 64$"}
    for d in (16, 64):
        exact, bound = truth[f"$d = {d}$"], sharp[f"$d = {d}$"]
        for m, low, high in zip(exact.x, exact.low, exact.high, strict=True):
            one = failure_probability(int(m), d, log=True) / math.log(10)
            assert low == pytest.approx(one, rel=1e-6)
            assert high == pytest.approx(min(one + math.log10(20), 0), rel=1e-6, abs=1e-9)
        for m, value in zip(bound.x, bound.y, strict=True):
            a = d * float(rate_expr(Fraction(int(m), d)))
            assert value == pytest.approx(math.log10(20 * (math.exp(-a) / 2 + 2.0 ** -(m + 1))), rel=1e-9)
    (claimed,) = (s for s in panel.series if s.role == "bound" and s.end == "$d = 64$")
    rate = float(rate_expr(1))
    for m, value in zip(claimed.x, claimed.y, strict=True):
        assert value == pytest.approx(math.log10(20 * (math.exp(-64 * rate) + math.exp(-m * rate))), rel=1e-9)


def test_a_law_with_good_floats_is_drawn_by_them_and_another_is_decided_anew(
    theorem: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_cells: list[Any] = []

    def decided(question: Any, cell: Any) -> Any:
        asked_cells.append(cell)
        return settle_cell(question, cell)

    monkeypatch.setattr("whp.checks.figures.points.settle_cell", decided)
    fine = seen(theorem).points(0)
    assert len(fine) > 5
    assert not asked_cells
    monkeypatch.setattr(MarginLaw, "log_gap", 1e-3)
    coarse = seen(theorem).points(0)
    assert len(asked_cells) == len(coarse) == len(fine)
    for a, b in zip(fine, coarse, strict=True):
        assert (a.low, a.high, a.bound) == pytest.approx((b.low, b.high, b.bound), rel=1e-9)


def test_estimates_carry_exact_limits_and_no_failure_is_an_upper_limit(theorem: Result) -> None:
    ax = plot_failure(seen(theorem), axes())
    shown = [r for r in theorem.draws if r["data"] == "sphere" and r["rv"] == "noise_margin"]
    low, high = clopper_pearson(3, 200, ALPHA / len(shown))
    bars = {c.get_label(): c for c in ax.containers}
    point, _, (bar,) = bars["_draws: share, limits, $d = 16$"].lines
    assert point.get_ydata() == pytest.approx([math.log10(3 / 200)])
    assert bar.get_segments()[0][:, 1] == pytest.approx([math.log10(low), math.log10(high)])
    limit = line(ax, "_no case in the draws: limit, $d = 16$")
    top = math.log10(clopper_pearson(0, 200, ALPHA / len(shown))[1])
    assert list(limit.get_xdata()) == [64, 256]
    assert list(limit.get_ydata()) == pytest.approx([top, top])


def test_failures_beyond_the_range_of_floats_are_drawn() -> None:
    draws = tuple(row("init", "margin", m, 4096, data="sphere", n=10) for m in (4096, 65536))
    ax = plot_failure(seen(result_of("S4", draws=draws)), axes())
    exact = line(ax, "_exact").get_ydata()
    assert max(exact) < -308
    assert all(map(math.isfinite, exact))
    assert ax.get_ylim()[0] < min(exact)
    assert "exponents on a log scale" in ax.get_ylabel()


def test_a_claim_that_names_no_constants_has_no_bound_drawn(theorem: Result) -> None:
    bare = picture_of(seen(replace(theorem, constants={})))
    assert bare is not None
    roles = {s.role for panel in bare.panels for s in panel.series}
    assert "bound" not in roles
    assert roles & {"estimate", "limit"}
    assert "names no bound" in " ".join(bare.panels[0].notes)


def test_chebyshev_is_drawn_where_it_applies_and_says_something() -> None:
    result = result_of("chebyshev", draws=tuple(row("simplified", "margin", m, 64) for m in WIDTHS))
    quarter = next(p for p in seen(result).drawn().printed if p.threshold == 0.25)
    assert quarter.log10({"m": 256, "d": 64}) == pytest.approx(math.log10(2 / (0.25**2 * 64)))
    assert math.isnan(quarter.log10({"m": 64, "d": 64}))  # m > 1.2 d + 2 fails
    picture = picture_of(seen(result))
    assert picture is not None
    for panel in picture.panels:
        for s in panel.series:
            if s.role == "bound":
                assert all(y <= 0 for y in s.y)


def test_claims_show_both_ends_of_the_truth_and_the_bound() -> None:
    result = bounded()
    picture = picture_of(seen(result))
    assert picture is not None
    assert [panel.title for panel in picture.panels] == ["$c_{2} = 1/8$", "$c_{2} = 1$"]
    series = {(s.role, s.end): s for s in picture.panels[0].series}
    assert series["bound", "$d = 64$"].y == pytest.approx([-8 / math.log(10)] * 3)
    truth = series["truth", "$d = 64$"]
    assert truth.low == pytest.approx([math.log10(m) - 464 for m in WIDTHS])
    assert truth.high == pytest.approx([math.log10(m) - 454 for m in WIDTHS])
    ax = plot_failure(seen(result), axes(), part=0)
    assert list(line(ax, "_claimed: at most, $d = 64$").get_ydata()) == list(series["bound", "$d = 64$"].y)


def test_a_refuted_cell_is_crossed_and_never_left_out() -> None:
    def crosses(result: Result) -> int:
        picture = picture_of(seen(result))
        assert picture is not None
        return sum(len(s.x) for panel in picture.panels for s in panel.series if s.role == "refuted")

    points = tuple(Fraction(1, k) for k in range(1, 9))
    assert crosses(bounded(points)) == 0
    one = bounded(points)
    (link,) = one.links
    wrong = [replace(o, verdict=Verdict.REFUTED) if o.cell["c_2"] == points[5] and o.cell["m"] == 64 else o
             for o in link.outcomes]  # fmt: skip
    refuted = replace(one, links=(replace(link, outcomes=tuple(wrong)),))
    picture = picture_of(seen(refuted))
    assert picture is not None
    assert len(picture.panels) == 4
    assert "$c_{2} = 1/6$" in {panel.title for panel in picture.panels}
    assert crosses(refuted) == 2


def test_a_refutation_by_draws_is_seen() -> None:
    result = bounded((1,))
    (link,) = result.links
    sampled = tuple(
        replace(o, value="19/20, limits [7.5e-1, 9.9e-1]", verdict=Verdict.REFUTED) for o in link.outcomes[:-1]
    )
    picture = picture_of(seen(replace(result, links=(replace(link, outcomes=sampled),))))
    assert picture is not None
    series = {s.role: s for panel in picture.panels for s in panel.series if s.role in ("estimate", "refuted")}
    assert series["estimate"].y == pytest.approx([math.log10(0.95)] * 3)
    assert series["refuted"].y == pytest.approx([math.log10(0.75)] * 3)


def test_moments_show_the_claim_next_to_the_computed_value_and_the_draws() -> None:
    draws = tuple(row("simplified", "margin", m, 64) for m in WIDTHS)
    ax = plot_trend(seen(result_of("eq9", "printed", draws)), axes())
    claimed = [1.25 / m + 1 / 64 + 2 / (64 * m) for m in WIDTHS]
    computed = [1.25 / m + 0.75 / 64 + 2.25 / (64 * m) for m in WIDTHS]
    picture = picture_of(seen(result_of("eq9", "printed", draws)))
    assert picture is not None
    series = {(s.label, s.end): s for s in picture.panels[0].series}
    assert series["claimed", ""].y == pytest.approx(claimed)
    assert series["exact", ""].y == pytest.approx(computed)
    assert series["draws", ""].y == tuple(r["variance"] for r in draws)
    assert list(line(ax, "_claimed").get_ydata()) == pytest.approx(claimed)


def test_the_frontier_is_the_exact_one(theorem: Result) -> None:
    ax = plot_frontier(seen(theorem), axes())
    assert [ax.get_xlabel(), ax.get_ylabel()] == ["$c_{1}$ (rate in $d$)", "$c_{2}$ (rate in $m$)"]
    frontier = line(ax, "_frontier $c_1 = I(c_1/c_2)$")
    for x, y in list(zip(frontier.get_xdata(), frontier.get_ydata(), strict=True))[::40]:
        assert x == pytest.approx(float(rate_expr(float(x / y))), rel=1e-6)
    (points,) = (c for c in ax.containers if c.get_label() == "_checked against the exact law")
    assert len(points.lines[0].get_xdata()) == len(theorem.constants["frontier"])
    assert isinstance(figure_for(seen(theorem), kind="frontier"), Figure)
    with pytest.raises(ValueError, match="no table of admitted constants"):
        plot_frontier(result_of("S4"))


def kinds(result: Result) -> list[str]:
    picture = picture_of(seen(result))
    return [] if picture is None else [panel.kind for panel in picture.panels]


def test_statements_get_the_figure_of_their_own_claim(theorem: Result) -> None:
    assert kinds(theorem) == ["failure"]
    assert kinds(result_of("eq8", draws=rows("simplified"))) == ["trend"]
    assert kinds(result_of("eq9", draws=rows("simplified"))) == ["trend"]
    assert kinds(bounded()) == ["failure", "failure"]
    assert kinds(result_of("S4", draws=rows())) == ["failure", "trend"]
    assert kinds(result_of("lem6.1.sum")) == ["trend"]
    for key in ("eq6", "eq10"):
        assert figure_for(result_of(key, draws=rows())) is None


def test_the_four_statements_on_the_margin_have_figures_of_their_own() -> None:
    shown = {key: picture_of(seen(result_of(key, draws=rows()))) for key in ("S3", "S4", "S7")}
    texts = {key: picture.to_csv() for key, picture in shown.items() if picture is not None}
    assert len(set(texts.values())) == len(texts) == 3


def test_panels_of_several_links_say_which() -> None:
    picture = picture_of(seen(result_of("lem6.1.E3")))
    assert picture is not None
    titles = [panel.title for panel in picture.panels]
    assert len(set(titles)) == len(titles) == 2
    assert all("link" in title or "$" in title for title in titles)


def test_a_statement_in_another_parameter_is_labelled_by_it() -> None:
    picture = picture_of(seen(result_of("S7.product-sharp")))
    assert picture is not None
    assert {panel.x.label for panel in picture.panels} == {"$x$"}


def test_a_rate_is_drawn_beside_the_claimed_one() -> None:
    result = result_of("rem1.small")
    rv = result.statement.links[0].lhs
    draws = tuple(
        {**row(rv.model.name, rv.name, 64, d), "median": 3 * d**-0.5, "q05": 2 * d**-0.5, "q95": 4 * d**-0.5}
        for d in (16, 256, 4096)
    )
    picture = picture_of(seen(replace(result, draws=draws)))
    assert picture is not None
    series = {s.role: s for s in picture.panels[0].series}
    assert series["draws"].y == pytest.approx([r["median"] for r in draws])
    assert series["bound"].y[0] == pytest.approx(series["draws"].y[0])
    assert series["bound"].y[-1] / series["bound"].y[0] == pytest.approx((4096 / 16) ** -0.25)


def test_every_kind_can_be_asked_for(theorem: Result) -> None:
    found = {kind: picture_of(seen(theorem), kind) for kind in KINDS}
    assert {kind for kind, picture in found.items() if picture is not None} >= {
        "failure", "frontier", "margin", "slack", "terms",
    }  # fmt: skip
    with pytest.raises(ValueError, match="found kind 'pie'; one of margin, "):
        picture_of(seen(theorem), "pie")


def test_slack_is_bound_over_truth_and_terms_add_up(theorem: Result) -> None:
    slack = picture_of(seen(bounded((1,))), "slack")
    assert slack is not None
    (panel,) = slack.panels
    own = {(s.role, s.end): s for s in panel.series}
    claimed = picture_of(seen(bounded((1,))))
    assert claimed is not None
    parts = {(s.role, s.end): s for s in claimed.panels[0].series}
    gap = [b - t for b, t in zip(parts["bound", "$d = 64$"].y, parts["truth", "$d = 64$"].high, strict=True)]
    assert own["line", "$d = 64$"].y == pytest.approx(gap)
    terms = picture_of(seen(theorem), "terms")
    assert terms is not None
    series = terms.panels[0].series
    total = next(s for s in series if s.label == "their sum")
    for i in range(len(total.x)):
        added = sum(10 ** s.y[i] for s in series if s.label != "their sum")
        assert math.log10(added) == pytest.approx(total.y[i], abs=1e-9)


def test_a_density_has_mass_one() -> None:
    picture = picture_of(seen(result_of("a-norm")), "density")
    assert picture is not None
    for s in picture.panels[0].series:
        if s.role == "line":
            width = s.x[1] - s.x[0]
            assert sum(s.y) * width == pytest.approx(0.998, abs=2e-3)


def test_the_heading_says_the_verdict_in_words() -> None:
    wrong = picture_of(seen(bounded(verdict=Verdict.REFUTED)))
    assert wrong is not None
    assert wrong.heading.startswith("lem3.4 (printed): refuted, certified: a counterexample: m = 16, d = 16")


def test_the_table_has_exactly_the_numbers_that_are_drawn(theorem: Result) -> None:
    picture = picture_of(seen(theorem))
    assert picture is not None
    table = list(csv.DictReader(io.StringIO(picture.to_csv())))
    ax = plot_failure(seen(theorem), axes())
    drawn = {str(one.get_label()): one for one in ax.get_lines()}
    for what in ("exact (in the band)", "sharp bound (whp S4)", "claimed: at most"):
        for end in ("$d = 16$", "$d = 64$"):
            kept = [r for r in table if (r["what"], r["curve"]) == (what, end)]
            if kept:
                found = drawn[f"_{what}, {end}"]
                assert [float(r["x"]) for r in kept] == list(found.get_xdata())
                assert [float(r["y"]) for r in kept] == list(found.get_ydata())
    assert {r["panel"] for r in table} == {"a"}
    assert {r["y is"] for r in table} == {"log10 of the probability"}


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
    moved = figure_for(seen(replace(theorem, draws=tuple({**r, "some_nonpositive": 9.0} for r in theorem.draws))))
    assert moved is not None
    assert save_figure(moved, tmp_path / "moved")[0].read_bytes() != pdf


def test_no_global_setting_changes(theorem: Result, tmp_path: Any) -> None:
    before = dict(mpl.rcParams)
    figure = figure_for(seen(theorem))
    assert figure is not None
    save_figure(figure, tmp_path / "figure")
    plot_trend(result_of("eq8", draws=rows("simplified")))
    assert dict(mpl.rcParams) == before


def test_captions_state_trials_level_seed_and_version(theorem: Result) -> None:
    text = caption(seen(theorem), trials=1000, seed=7, version="0.1.0")
    for words in ("Estimates are from 200 draws", "1 - 10^{-6}", "hatched", "1000 draws", "Seed 7", "whp 0.1.0"):
        assert words in text
    bare = caption(bounded(), trials=5, seed=3, version="0.1.0")
    assert "Seed 3" in bare
    assert "draws" not in bare


def test_the_caption_of_the_constants_speaks_of_them(theorem: Result) -> None:
    view = seen(theorem)
    text = caption(view, picture_of(view, "frontier"), trials=1, seed=7, version="0.1.0")
    assert "9 points" in text
    assert "thm3.1" in text
    assert "Seed 7, whp 0.1.0." in text


def test_missing_draws_are_named() -> None:
    with pytest.raises(ValueError, match="no draws of margin at d = 5; draw some"):
        plot_margin(result_of("S4", draws=rows()), at={"d": 5})
    with pytest.raises(ValueError, match="has no draws of a random variable"):
        plot_margin(result_of("S6.constants"))
    with pytest.raises(ValueError, match="has no link 0 about a probability; such are none"):
        plot_failure(result_of("S6.constants"))
    with pytest.raises(ValueError, match="has no random variable 'speed'"):
        plot_margin(result_of("S4", draws=rows()), rv="speed")
    with pytest.raises(ValueError, match="has 2 panels of truth and bound at cells, found 7"):
        plot_failure(bounded(), part=7)
    with pytest.raises(ValueError, match="no link 0 about numbers"):
        plot_trend(result_of("S3", draws=rows()))
    with pytest.raises(ValueError, match="no link has truth and bound"):
        plot_slack(result_of("S6.constants"))
    with pytest.raises(ValueError, match="was not decided at cells"):
        plot_phase(result_of("eq8"))
    with pytest.raises(ValueError, match="no variable whose exact law"):
        plot_density(result_of("eq8"))


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
    for plot in (plot_margin, plot_failure, plot_slack):
        ax = plot(view)
        assert ax.get_xlabel() == "rank $k$"
        assert plot(result).get_xlabel() == "$k$"
        ax.figure.draw_without_rendering()
    trends = picture_of(view, "trend")
    assert trends is not None
    labels = {s.label for panel in trends.panels for s in panel.series}
    assert "claimed" in labels
    assert "exact" not in labels
    figure = figure_for(view)
    assert figure is not None
    figure.draw_without_rendering()
    title = margin_panel(view, at={"r": 4} if others[0] else None).title
    assert title == ("$r = 4$, $s = 3$" if others[0] else "")


def test_the_first_size_that_varies_is_on_the_axis() -> None:
    measured = RV("X", Model("mine", sizes("k r"), "mine"), "X")
    k, r = measured.model.sizes
    claim = Claim((Link(P(Event(measured, "<=", 0)), "<=", k / r),))
    view = View(user_result(measured, (claim,), [{"k": 8, "r": at} for at in (2, 4, 8)]))
    assert view.drawn().axis == "r"
    assert plot_failure(view).get_xlabel() == "$r$"
    assert margin_panel(view).title == "$k = 8$"


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
    assert view.points(0)[0].high == pytest.approx(math.log10(5 * 1.5e-3))


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
    made = user_result(measured, (claim,), [{"k": at} for at in (8, 32)])
    view = View(replace(made, draws=(*made.draws, {**made.draws[0], "model": "other"})), guide)
    panel = plot_margin(view, delta=1 / 512)
    assert [list(one.get_ydata()) for one in lines(panel, "_exact law: 5, 50, 95 %")][1] == [4.0, 16.0]
    assert line(panel, r"_T7: gap $> 0$ w.p. $\geq 0.998046875$").get_xdata()[0] == 9
    assert line(panel, "_matrices: median, 5–95 %")
    failure = plot_failure(view)
    assert list(line(failure, "_sharp bound (T7)").get_ydata()) == pytest.approx(
        [-8 * math.log10(2), -32 * math.log10(2)]
    )
    unknown = [str(one.get_label()) for one in plot_failure(made).get_lines()]
    assert not any("T7" in label or "matrices" in label for label in unknown)


def test_a_correlation_that_draws_were_made_at_is_no_size() -> None:
    X = RV("X", Model("mine", (), "mine"), "X")
    cells: list[dict[str, Any]] = [{"rho": Fraction(at, 2)} for at in (-1, 0, 1)]
    made = user_result(X, (Claim((Link(P(Event(X, "<=", 0)), "<=", 1),)),), cells)
    view = View(replace(made, draws=tuple(drawn_at(X, **cell) for cell in cells)))
    assert view.counts == ("rho",)
    assert place_axis(view, "rho", (-0.5, 0.0, 0.5)).scale == "linear"
    assert place_axis(view, "rho", (1.0, 2.0)).scale == "size"
    picture = picture_of(view)
    assert picture is not None
    assert lay_out(picture)


def test_numbers_beyond_any_decimal_context_are_infinite_and_not_drawn() -> None:
    n = size("n")
    claim = Claim((Link(n, "<=", n**n),))
    statement = Statement("mine", "sharp", "A claim", Source("me", "p. 1"), (claim,))
    ends = "[1.5e+5000000, 1.6e+5000000]"
    cells = (
        Outcome(Verdict.HOLDS, Evidence.CERTIFIED, {"n": 2}, "2", "4"),
        Outcome(Verdict.HOLDS, Evidence.CERTIFIED, {"n": 2**20}, ends, ends),
        Outcome(Verdict.HOLDS, Evidence.CERTIFIED, {"n": 2**21}, f"1/{7**10}", "1" + 10**6 * "0" + "/7"),
    )
    found = asked(LinkResult(claim.links[0], cells, ("n",)))
    assert [p.cell["n"] for p in found] == [2, 2**20]
    assert (found[0].bound, found[1].high, found[1].bound) == (4, math.inf, math.inf)
    assert picture_of(Result(statement, (LinkResult(claim.links[0], cells, ("n",)),)))
