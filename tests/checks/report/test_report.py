"""The audit says what the results say, carries its own figures and mathematics, and lets the DAG judge refutations."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sympy import Integer, Symbol
from whp.checks import Evidence, Grid, LinkResult, Outcome, Result, Verdict
from whp.checks.cli.report import cite, report
from whp.checks.cli.show import tree_with_verdicts
from whp.checks.figures.write import write_figures
from whp.checks.paper import load_paper
from whp.checks.report import html
from whp.checks.report.audit import Audit, Finding
from whp.checks.report.conclusions import conclusions
from whp.checks.report.dag import ProofDag, statement_kind
from whp.checks.report.drawings import compact_svg
from whp.checks.report.html import page
from whp.checks.report.latex import appendix
from whp.checks.report.layout import layers
from whp.checks.report.mathml import mathml
from whp.checks.report.prose import tex_prose
from whp.checks.report.words import bibtex
from whp.checks.report.write import write_report
from whp.checks.tex import macro_name, tex_number, tex_text
from whp.checks.verify.run import Run
from whp.checks.zhang2023 import PAPER, network_grid
from whp.theory import Claim, Implication, Ledger, Link, Source, Statement
from whp.theory.zhang2023 import LEDGER

HOLDS, REFUTED, UNDETERMINED, VACUOUS = Verdict.HOLDS, Verdict.REFUTED, Verdict.UNDETERMINED, Verdict.VACUOUS
CONSISTENT = Verdict.CONSISTENT
C = Symbol("C", positive=True)


def statement(key: str, where: str = "eq. 1", *uses: str, form: Any = "printed", **options: Any) -> Statement:
    claim = Claim((Link(Integer(1), "<=", Integer(2)),))
    return Statement(key, form, f"the claim {key}", Source("test", where), (claim,), uses=uses, **options)


def result(s: Statement, verdict: Verdict, **constants: Any) -> Result:
    evidence = None if verdict is UNDETERMINED else Evidence.PROVED if verdict is VACUOUS else Evidence.CERTIFIED
    found = Outcome(verdict, evidence, {"m": 2}, value="5/2", bound="21/8", reason="scope" if evidence is None else "")
    return Result(s, (LinkResult(s.links[0], (found,)),), constants)


def dag(*results: Result) -> ProofDag:
    return ProofDag(Ledger(r.statement for r in results), results)


STEP, LEMMA, THEOREM = (
    statement("eq1"),
    statement("lem1", "Lemma 1", "eq1"),
    statement("thm1", "Theorem 1", "lem1"),
)
REPAIRED = statement("eq1", form="repaired", repairs="eq1")


# What a refutation brings down


def test_a_theorem_with_no_other_route_falls_with_the_step_below_it() -> None:
    found = dag(result(STEP, REFUTED), result(LEMMA, UNDETERMINED), result(THEOREM, UNDETERMINED))
    assert [(c.statement.key, c.survives) for c in found.consequences("eq1")] == [("thm1", False), ("lem1", False)]


def test_a_repaired_form_that_holds_carries_everything_above() -> None:
    base = [result(LEMMA, UNDETERMINED), result(THEOREM, UNDETERMINED), result(STEP, REFUTED)]
    saved = dag(*base, result(REPAIRED, HOLDS)).consequences("eq1")
    assert all(c.survives for c in saved)
    assert saved[1].words == "survives: its proof goes through eq1 repaired"
    assert not any(c.survives for c in dag(*base, result(REPAIRED, REFUTED)).consequences("eq1"))


def test_a_theorem_survives_when_a_statement_that_holds_implies_it() -> None:
    sharp = statement("S1", form="sharp")
    theorem = replace(THEOREM, implied_by=(Implication("S1", {C: Integer(1)}, ()),))
    found = dag(
        result(STEP, REFUTED),
        result(LEMMA, UNDETERMINED),
        result(theorem, HOLDS, implied_by="S1"),
        result(sharp, HOLDS),
    )
    top, lemma = found.consequences("eq1")
    assert top.words == "survives: implied by S1 (certified)"
    assert not lemma.survives


def test_a_lemma_checked_on_its_own_survives_and_shields_what_rests_on_it() -> None:
    found = dag(result(STEP, REFUTED), result(LEMMA, HOLDS), result(THEOREM, UNDETERMINED))
    top, lemma = found.consequences("eq1")
    assert lemma.words == "survives: its own check holds (certified)"
    assert top.words == "survives: its proof goes through lem1"


@pytest.mark.parametrize("verdict", [REFUTED, VACUOUS])
def test_a_user_that_is_wrong_itself_survives_only_as_repaired(verdict: Verdict) -> None:
    base = [result(STEP, REFUTED), result(LEMMA, verdict), result(REPAIRED, HOLDS)]
    words = {REFUTED: "falls: refuted itself and nothing carries it", VACUOUS: "open: vacuous as printed"}
    assert dag(*base).consequences("eq1")[0].words == words[verdict]
    better = statement("lem1", "Lemma 1", form="repaired", repairs="lem1")
    found = dag(*base, result(better, HOLDS)).consequences("eq1")
    assert found[0].words == f"{verdict} as printed, survives in its repaired form (certified)"


def test_a_repaired_step_is_not_blamed_for_what_another_brings_down() -> None:
    other = statement("eq7", "eq. 7")
    theorem = statement("thm1", "Theorem 1", "eq1", "eq7")
    found = dag(result(STEP, REFUTED), result(REPAIRED, HOLDS), result(other, REFUTED), result(theorem, UNDETERMINED))
    (spared,), (blamed,) = found.consequences("eq1"), found.consequences("eq7")
    assert spared.words == blamed.words == "falls: it rests on eq7 and nothing in the ledger carries that"
    assert not spared.falls_with_it
    assert blamed.falls_with_it
    assert [r.statement.key for r in found.ranked(REFUTED)] == ["eq7", "eq1"]


def test_a_step_that_is_only_undecided_leaves_open_what_rests_on_it() -> None:
    other, third = statement("eq7", "eq. 7"), statement("eq8", "eq. 8")
    theorem = statement("thm1", "Theorem 1", "eq1", "eq7", "eq8")
    base = [result(STEP, REFUTED), result(REPAIRED, HOLDS), result(other, UNDETERMINED), result(theorem, UNDETERMINED)]
    (top,) = dag(*base, result(third, CONSISTENT)).consequences("eq1")
    assert top.words == "open: it rests on eq7, which is undetermined, and on eq8, which is not refuted"
    assert top.open
    assert not top.falls_with_it
    assert not top.survives
    (fallen,) = dag(*base, result(third, REFUTED)).consequences("eq1")
    assert fallen.words == "falls: it rests on eq8 and nothing in the ledger carries that"
    mended = dag(*base, result(third, REFUTED), result(statement("eq8", form="repaired", repairs="eq8"), REFUTED))
    assert mended.consequences("eq1")[0].words.endswith("nothing in the ledger carries that (eq8 repaired is refuted)")
    (unchecked,) = ProofDag(Ledger([STEP, REPAIRED, other, third, theorem]), base).consequences("eq1")
    assert "eq8, which is not checked" in unchecked.words


def test_an_undecided_step_on_a_refuted_one_falls_with_it() -> None:
    found = dag(result(STEP, REFUTED), result(LEMMA, CONSISTENT), result(THEOREM, UNDETERMINED))
    top, lemma = found.consequences("eq1")
    assert top.words == "falls: it rests on lem1 and nothing in the ledger carries that"
    assert lemma.falls_with_it


@pytest.mark.parametrize("verdict", [UNDETERMINED, CONSISTENT])
def test_a_repaired_form_that_trials_left_undecided_lets_nothing_fall(verdict: Verdict) -> None:
    base = [result(STEP, REFUTED), result(LEMMA, UNDETERMINED), result(THEOREM, UNDETERMINED)]
    assert dag(*base).falls("thm1")
    found = dag(*base, result(REPAIRED, verdict))
    top, lemma = found.consequences("eq1")
    assert lemma.words == f"open: it rests on eq1, which is refuted as printed and {verdict.words} as repaired"
    assert top.words == "open: it rests on lem1, which is undetermined"
    assert not any(found.falls(key) for key in ("eq1", "lem1", "thm1"))
    assert dag(*base, result(REPAIRED, REFUTED)).falls("thm1")


def test_a_repaired_form_that_the_run_did_not_ask_lets_nothing_fall() -> None:
    asked = [result(STEP, REFUTED), result(LEMMA, UNDETERMINED)]
    (lemma,) = ProofDag(Ledger([STEP, REPAIRED, LEMMA]), asked).consequences("eq1")
    assert lemma.words == "open: it rests on eq1, which is refuted as printed and not checked as repaired"
    (alone,) = ProofDag(Ledger([STEP, LEMMA]), asked).consequences("eq1")
    assert alone.falls


def test_a_refuted_theorem_waits_for_its_own_repaired_form() -> None:
    better = statement("lem1", "Lemma 1", form="repaired", repairs="lem1")
    base = [result(STEP, REFUTED), result(LEMMA, REFUTED)]
    (left,) = dag(*base, result(better, UNDETERMINED)).consequences("eq1")
    assert left.words == (
        "open: refuted as printed; it rests on eq1, which nothing carries; its repaired form is undetermined"
    )
    (fallen,) = dag(*base, result(better, REFUTED)).consequences("eq1")
    assert fallen.words == "falls: refuted itself and nothing carries it"


@pytest.mark.parametrize(("verdict", "falls"), [(UNDETERMINED, False), (CONSISTENT, False), (REFUTED, True)])
def test_a_theorem_waits_for_an_undecided_statement_that_would_imply_it(verdict: Verdict, falls: bool) -> None:
    theorem = replace(THEOREM, implied_by=(Implication("S1", {C: Integer(1)}, ()),))
    sharp = result(statement("S1", form="sharp"), verdict)
    found = dag(result(STEP, REFUTED), result(LEMMA, UNDETERMINED), result(theorem, UNDETERMINED), sharp)
    top = found.consequences("eq1")[0]
    assert top.falls is falls
    assert falls or top.words == (
        f"open: it rests on lem1, which nothing carries; S1, which would imply it, is {verdict.words}"
    )


def test_a_vacuous_step_brings_nothing_down() -> None:
    found = dag(result(STEP, VACUOUS), result(LEMMA, UNDETERMINED), result(THEOREM, UNDETERMINED))
    top, lemma = found.consequences("eq1")
    assert lemma.words == "open: it rests on eq1, which is vacuous"
    assert top.words == "open: it rests on lem1, which is undetermined"
    assert not any(found.falls(key) for key in ("eq1", "lem1", "thm1"))


def test_a_run_of_some_statements_or_a_quick_one_says_so(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    asked, known = (
        sum(s.form != "definition" for s in statements) for statements in (run.statements, run.book.statements)
    )
    assert Audit(run, results).extent == (f"{asked} of {known} statements asked",)
    whole = replace(run, statements=run.book.statements)
    assert Audit(whole, results).extent == ()
    assert Audit(replace(whole, small=3), results).extent == ("quick run: at most 20 draws of a cell",)
    text = page(Audit(replace(run, small=3), results), run.folder / "figures")
    assert f'<span class="badge partial">{asked} of {known} statements asked</span>' in text
    assert '<span class="badge partial">quick run' in text
    assert "badge partial" not in page(Audit(whole, results), run.folder / "figures")


def test_what_is_not_refuted_establishes_nothing_and_brings_nothing_down() -> None:
    found = dag(result(STEP, CONSISTENT), result(LEMMA, UNDETERMINED), result(THEOREM, HOLDS))
    assert found.routes("eq1") == ()
    assert found.routes("lem1") == ()
    assert not any(found.falls(key) for key in ("eq1", "lem1", "thm1"))
    assert dag(result(STEP, HOLDS), result(LEMMA, CONSISTENT)).routes("lem1")[0].how == "proof"


def test_the_sentence_above_a_refutation_counts_what_falls_and_what_is_open() -> None:
    waits = statement("thm2", "Theorem 2", "eq1", "eq7")
    results = [
        result(STEP, REFUTED),
        result(statement("eq7", "eq. 7"), UNDETERMINED),
        result(LEMMA, UNDETERMINED),
        result(waits, UNDETERMINED),
    ]
    found = dag(*results)
    finding = Finding(results[0], results[0].links[0], found.dependents("eq1"), found.consequences("eq1"), ())
    assert finding.verdict_above == "2 of 2 above it fall with it: thm2, lem1."
    found = dag(*results, result(REPAIRED, HOLDS))
    finding = Finding(results[0], results[0].links[0], found.dependents("eq1"), found.consequences("eq1"), ())
    assert finding.verdict_above == "1 of 2 above it is open: thm2."


def test_a_refuted_statement_that_nothing_uses_waits_for_its_repaired_form() -> None:
    alone = result(STEP, REFUTED)
    finding = Finding(alone, alone.links[0], (), (), (result(REPAIRED, UNDETERMINED),))
    assert finding.verdict_above == "No statement rests on it; its repaired form is undetermined."
    finding = replace(finding, repairs=(result(REPAIRED, REFUTED),))
    assert finding.verdict_above == "No statement rests on it, and nothing in the ledger carries it instead."


def test_a_cycle_of_uses_carries_nothing() -> None:
    one, two = statement("eq1", "eq. 1", "eq2"), statement("eq2", "eq. 2", "eq1")
    found = dag(result(one, UNDETERMINED), result(two, UNDETERMINED))
    assert found.routes("eq1") == ()


def test_a_theorem_comes_before_a_typo_and_weight_decides_among_equations() -> None:
    typo, heavy = statement("eq2", "eq. 2"), statement("eq3", "eq. 3")
    users = [statement(f"eq{i}", f"eq. {i}", "eq3") for i in (4, 5)]
    refuted = [result(s, REFUTED) for s in (typo, heavy, statement("thm9", "Theorem 9"), statement("lem9", "Lemma 9"))]
    found = dag(*refuted, *(result(u, HOLDS) for u in users))
    assert [r.statement.key for r in found.ranked(REFUTED)] == ["thm9", "eq3", "lem9", "eq2"]


def test_kinds_are_read_from_where_a_statement_is_printed() -> None:
    wheres = ("Theorem 3.1, Section 3.1", "proof of Theorem 3.1", "Lemma 3.3 and eq. 13", "eq. 9, Section 3.1", "S4")
    kinds = [statement_kind(statement("k", where)) for where in wheres]
    assert kinds == ["theorem", "step", "lemma", "equation", "step"]


def test_layers_put_every_key_right_of_its_users_and_drop_implied_edges() -> None:
    theorem = replace(THEOREM, uses=("lem1", "eq1"))
    laid = layers(dag(result(STEP, HOLDS), result(LEMMA, HOLDS), result(theorem, HOLDS)), "thm1")
    assert laid.columns == (("thm1",), ("lem1",), ("eq1",))
    assert laid.edges == (("lem1", "eq1", False), ("thm1", "lem1", False))


def test_the_tree_prints_each_verdict_and_opens_a_key_once() -> None:
    from rich.console import Console

    book = LEDGER
    results = [result(s, REFUTED if s.form == "printed" else HOLDS) for s in book["eq9"]]
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.file:
        console.print(tree_with_verdicts(book, "thm3.1", results))
        text = console.export_text()
    assert text.splitlines()[0].startswith("thm3.1 At random initialisation")
    assert "eq9 refuted, certified repaired holds, certified" in text
    assert "implied by S4" in text
    opened = [line for line in text.splitlines() if " lem3.4 " in line and "opened above" not in line]
    assert len(opened) == 1


# Mathematics, numbers, drawings


@pytest.mark.parametrize("s", LEDGER.statements, ids=lambda s: f"{s.key}-{s.form}")
def test_every_formula_of_the_ledger_becomes_mathml(s: Statement) -> None:
    for link in s.links:
        tree = ElementTree.fromstring(mathml(link.latex, block=True))
        assert "\\" not in "".join(tree.itertext())
        assert len(list(tree.iter())) > 3


def test_a_command_without_mathml_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no MathML for \\nosuchthing"):
        mathml(r"\nosuchthing + 1")


def test_relations_survive_as_characters_not_tags() -> None:
    assert "<mo>&lt;</mo>" in mathml("a < b")
    assert "<mi>Bernoulli</mi>" in mathml(r"\mathrm{Bernoulli}(1/2)")


def test_a_compacted_drawing_keeps_colours_shapes_and_links() -> None:
    text = """<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg"><metadata>who</metadata>
    <defs><path id="glyph-1" d="M 0.123456 1 L 2 3.98765 z" transform="scale(0.015625)"/></defs>
    <g id="unused"><use xlink:href="#glyph-1" transform="translate(50 0)"/></g>
    <path clip-path="url(#abc)" style="fill: #ffffff; stroke: #d55e00"/><clipPath id="abc"/></svg>"""
    small = compact_svg(text)
    assert len(small) < 0.7 * len(text)
    assert set(re.findall(r"#[0-9a-f]{6}\b", small)) == {"#ffffff", "#d55e00"}
    assert small.count("<path") == 2
    assert "scale(0.015625)" in small
    assert "metadata" not in small
    assert 'x="50"' in small
    names = set(re.findall(r'id="(\w+)"', small))
    assert {*re.findall(r"(?:url\(|href=\")#(\w+)", small)} == names
    assert len(names) == 2
    ElementTree.fromstring(small)


def test_tex_knows_the_characters_of_the_ledger() -> None:
    words = [w for s in LEDGER.statements for w in (s.title, str(s.source), *(h.words for h in s.hypotheses))]
    unknown = {w: tex_text(w) for w in words if "U+" in tex_text(w)}
    assert not unknown
    assert not [w for w in words if any(ord(c) > 127 for c in tex_text(w))]
    assert not [w for w in words if not tex_prose(w).isascii()]
    assert tex_prose("d^{1/4} and x^{ν}") == (r"d\ensuremath{^{1/4}} and x\textasciicircum{}\{\ensuremath{\nu}\}")


def test_macro_names_are_letters_and_tell_keys_apart() -> None:
    names = [macro_name(key, "value") for key in LEDGER]
    assert all(re.fullmatch("[A-Za-z]+", name) for name in names)
    assert len(set(names)) == len(names)
    assert tex_number("[1.2e-9, 3.4e-7]") == r"$[1.2\cdot 10^{-9}, 3.4\cdot 10^{-7}]$"


# A run and its files


KEYS = ("eq8", "eq9", "chebyshev", "lem3.2", "lem3.3", "S4", "thm3.1")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, tuple[Result, ...]]:
    """A small run of Theorem 3.1 and all below it, with the figures of a few statements."""
    book = LEDGER
    wanted = book.with_dependencies(["thm3.1"])
    folder = tmp_path_factory.mktemp("audit") / "run"
    grid = network_grid(widths=(4, 16), dims=(4,), samples=(3,))
    chosen = tuple(s for s in book.statements if s.key in wanted)
    run = Run(folder=folder, statements=chosen, paper=PAPER, grid=grid, trials=20, seed=0, jobs=1)
    results = run.execute()
    write_figures(run, [r for r in results if r.statement.key in ("eq9", "lem3.3", "thm3.1")])
    write_report(run, results)
    return run, results


def page_of(run: Run) -> str:
    assert run.folder is not None
    return (run.folder / "report" / "index.html").read_text(encoding="utf-8")


class _Page(HTMLParser):
    """Ids, links and sources of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            target = {"id": self.ids, "href": self.links, "src": self.sources}.get(name)
            if target is not None:
                target.append(value or "")


def test_the_page_needs_nothing_else_and_stays_small(finished: tuple[Run, tuple[Result, ...]]) -> None:
    text = page_of(finished[0])
    parsed = _Page(text)
    assert len(text.encode()) < 5_000_000
    assert all(link.startswith(("#", "data:")) for link in parsed.links)
    assert parsed.sources
    assert all(source.startswith("data:image/") for source in parsed.sources)
    assert "@import" not in text
    assert not re.search(r"<link(?! rel=\"icon\" href=\"data:,\")", text)


def test_every_link_of_the_page_has_a_target_and_every_target_one_name(
    finished: tuple[Run, tuple[Result, ...]],
) -> None:
    parsed = _Page(page_of(finished[0]))
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert {link[1:] for link in parsed.links if link.startswith("#")} <= set(parsed.ids)


def test_every_statement_has_a_row_with_its_verdict(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    rows = re.findall(r'<tr role="row" data-form="(\w+)" data-verdict="(\w+)" data-evidence="(\w*)">', page_of(run))
    assert rows == [(r.statement.form, str(r.verdict), str(r.evidence or "")) for r in results]


def test_the_first_screen_counts_the_results(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    text = re.sub(r"<[^>]+>|\s+", " ", page_of(run))
    printed = [str(r.verdict) for r in results if r.statement.form == "printed"]
    head = re.search(
        r"(\d+) printed statements: (\d+) hold , (\d+) refuted , (\d+) vacuous , (\d+) not refuted , (\d+)",
        re.sub(" +", " ", text),
    )
    assert head is not None
    counts = [printed.count(v) for v in ("holds", "refuted", "vacuous", "consistent", "undetermined")]
    assert [int(g) for g in head.groups()] == [len(printed), *counts]


def test_a_refuted_row_shows_cell_value_bound_repair_and_what_survives(
    finished: tuple[Run, tuple[Result, ...]],
) -> None:
    run, results = finished
    audit = Audit(run, results)
    assert [f.result.statement.key for f in audit.refuted] == ["eq9", "eq9.second-moment"]
    finding = audit.refuted[0]
    worst = finding.counterexample
    assert worst is not None
    block = page_of(run).split('<article class="finding">')[1]
    for piece in (worst.value, worst.bound, "eq9 repaired", "thm3.1", "survives: implied by S4"):
        assert piece in block
    assert mathml(finding.link.link.latex, block=True) in block
    assert mathml(finding.repairs[0].statement.links[0].latex, block=True) in block


def test_verdicts_come_from_the_results_alone(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    swapped = tuple(
        replace(r, links=(LinkResult(r.links[0].link, (Outcome(HOLDS, Evidence.PROVED),)),))
        if r.statement.key.startswith("eq9") and r.statement.form == "printed"
        else r
        for r in results
    )
    assert Audit(run, swapped).refuted == ()
    broken = tuple(
        replace(r, links=(LinkResult(r.links[0].link, (Outcome(REFUTED, Evidence.COMPUTED, {"m": 3, "d": 2}),)),))
        if r.statement.key in ("eq8", "S4", "thm3.1")
        else r
        for r in results
    )
    audit = Audit(run, broken)
    assert [f.result.statement.key for f in audit.refuted][:2] == ["thm3.1", "eq8"]
    assert "thm3.1" in audit.refuted[1].verdict_above
    assert "fall" in audit.refuted[1].verdict_above


def test_the_best_constant_of_a_refuted_inequality_is_shown(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    row = {
        "link": "x",
        "printed": "1/11",
        "sense": "largest",
        "best": "[8.6643397e-2, 8.6643398e-2]",
        "cell": "m = 4",
        "cells": "9",
    }
    told = tuple(
        replace(r, constants={"best": [row, {**row, "best": "none"}]}) if r.statement.key == "eq9" else r
        for r in results
    )
    audit = Audit(run, told)
    assert audit.refuted[0].best == (
        "largest value in place of 1/11: 0.0866433 (rounded down), attained at m = 4 among 9 cells",
        "no value in place of 1/11 makes it hold: m = 4 forbids each, among 9 cells",
    )
    assert run.folder is not None
    assert page(audit, run.folder / "figures").count("largest value in place of 1/11: 0.0866433 (rounded down)") >= 2
    numbers = appendix(audit)["numbers.tex"]
    assert r"\newcommand{\whpEqNineBestOneBest}{$0.08664$}" in numbers


def test_drawings_grow_coarser_until_the_page_fits(
    finished: tuple[Run, tuple[Result, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, results = finished
    assert run.folder is not None
    audit, figures = Audit(run, results), run.folder / "figures"
    full = page(audit, figures)
    assert "data:image/png" not in full
    bare = len(re.sub(r'src="data:image[^"]*"', "", full).encode())
    budget = bare + (len(full.encode()) - bare) // 2
    monkeypatch.setattr(html, "_PAGE_BUDGET", budget)
    coarse = page(audit, figures)
    assert len(coarse.encode()) <= budget
    assert "data:image/png" in coarse
    assert coarse.count("<img") == full.count("<img")
    monkeypatch.setattr(html, "_PAGE_BUDGET", bare + 1000)
    with pytest.raises(ValueError, match=r"figures need \d+ bytes, \d+ are left"):
        page(audit, figures)


def test_json_agrees_with_the_stored_verdicts(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    assert run.folder is not None
    report_json = json.loads((run.folder / "report" / "report.json").read_text(encoding="utf-8"))
    stored = json.loads((run.folder / "verdicts.json").read_text(encoding="utf-8"))
    assert [(s["key"], s["form"], s["verdict"]) for s in report_json["statements"]] == [
        (s["key"], s["form"], s["verdict"]) for s in stored
    ]
    counted = sum(n for form in report_json["counts"].values() for row in form.values() for n in row.values())
    assert counted + report_json["definitions"] == len(results)
    assert report_json["refuted"][0]["counterexample"] == stored_counterexample(stored, "eq9")
    assert not re.search(r"20\d\d-\d\d-\d\d", json.dumps(report_json["run"]))


def stored_counterexample(stored: list[dict[str, Any]], key: str) -> Any:
    entry = next(s for s in stored if (s["key"], s["form"]) == (key, "printed"))
    return entry["links"][0]["counterexample"]


def test_the_report_comes_out_the_same_byte_for_byte(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, _ = finished
    assert run.folder is not None

    def files() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in (run.folder / "report").rglob("*") if p.is_file()}

    before = files()
    report(run.folder)
    assert files() == before


def tex_of(run: Run) -> dict[str, str]:
    """The texts of the appendix by name."""
    assert run.folder is not None
    return {p.name: p.read_text(encoding="utf-8") for p in (run.folder / "report" / "latex").glob("*.*")}


def test_every_macro_of_the_appendix_is_defined_once(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    texts = tex_of(run)
    defined = re.findall(r"\\newcommand\{\\(whp\w+)\}", texts["numbers.tex"])
    used = set(re.findall(r"\\(whp[A-Z]\w*)", texts["appendix.tex"]))
    assert len(set(defined)) == len(defined)
    assert used <= set(defined)
    refuted = sum(r.verdict is REFUTED and r.statement.form == "printed" for r in results)
    assert rf"\newcommand{{\whpRefuted}}{{{refuted}}}" in texts["numbers.tex"]


def test_the_appendix_is_whole(finished: tuple[Run, tuple[Result, ...]]) -> None:
    """Braces, references, citations and figures each have what they need, in signs that pdflatex knows."""
    run, _ = finished
    texts = tex_of(run)
    whole = texts["appendix.tex"] + texts["proofs.tex"]
    labels = re.findall(r"\\label\{([^}]*)\}", whole)
    assert len(set(labels)) == len(labels)
    referred = set(re.findall(r"\\ref\{([^}]*)\}", whole))
    assert {"fig:whp:eq9", "stm:whp:eq9"} <= referred <= set(labels)
    cited = set(re.findall(r"\\cite(?:\[(?:\{[^]]*\}|[^]]*)\])?\{([^}]*)\}", whole))
    assert cited == {"zhang2023", "whp"} == set(re.findall(r"@\w+\{(\w+),", texts["references.bib"]))
    assert run.folder is not None
    for name in re.findall(r"\\includegraphics\[[^]]*\]\{\{([^}]*)\}\.pdf\}", whole):
        assert (run.folder / "report" / "latex" / "figures" / f"{name}.pdf").is_file()
    for name, text in texts.items():
        assert text.isascii(), name
        assert "U+" not in text, name
        bare = re.sub(r"\\.|(?m:^%.*)", "", text)
        assert bare.count("{") == bare.count("}"), name
        for begun in re.findall(r"\\begin\{(\w+\*?)\}", text):
            assert text.count(rf"\begin{{{begun}}}") == text.count(rf"\end{{{begun}}}"), (name, begun)


def test_no_table_of_the_appendix_is_wider_than_the_page(finished: tuple[Run, tuple[Result, ...]]) -> None:
    text = tex_of(finished[0])["appendix.tex"]
    assert all(line.lstrip().startswith(r"\whpfit{") for line in text.splitlines() if r"\begin{tabular}" in line)
    long = [line for line in text.splitlines() if r"\begin{longtable}" in line]
    assert len(long) >= 2
    for line in long:
        shares = [float(share) for share in re.findall(r"p\{(0\.\d+)\\linewidth\}", line)]
        assert r"\dimexpr(\linewidth-" in line or 0.5 < sum(shares) < 0.97


def test_words_break_where_a_person_would_break_them() -> None:
    decay = r"C\ensuremath{\cdot}exp(\ensuremath{-}$c_{1}$\ensuremath{\cdot}m\ensuremath{^{2}})"
    assert tex_prose("C*exp(-c_1*m**2) <= 1e-7") == rf"{decay} \ensuremath{{\le}} $1\cdot 10^{{-7}}$"
    long = tex_prose("exp(-alpha*beta*gamma*delta)")
    assert long.count(r"\allowbreak{}") >= 4
    assert long.replace(r"\allowbreak{}", "").startswith(r"exp(\ensuremath{-}alpha\ensuremath{\cdot}beta")
    assert tex_prose("Σ h_r² ∼ 1") == r"\ensuremath{\Sigma} $h_{r}$\ensuremath{^{2}} \ensuremath{\sim} 1"


def test_the_appendix_compiles(finished: tuple[Run, tuple[Result, ...]], tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None or shutil.which("bibtex") is None:
        pytest.skip("no pdflatex with bibtex here (Debian: texlive-latex-recommended)")
    run, _ = finished
    assert run.folder is not None
    shutil.copytree(run.folder / "report" / "latex", tmp_path / "tex")

    def run_tex(*words: str) -> None:
        made = subprocess.run(words, cwd=tmp_path / "tex", capture_output=True, check=False, timeout=120)
        assert made.returncode == 0, made.stdout[-2000:].decode(errors="replace")

    latex = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex")
    run_tex(*latex)
    run_tex("bibtex", "main")
    run_tex(*latex)
    run_tex(*latex)
    assert (tmp_path / "tex" / "main.pdf").stat().st_size > 10_000
    log = (tmp_path / "tex" / "main.log").read_text(encoding="utf-8", errors="replace")
    for complaint in ("Missing character", "Overfull \\hbox", "undefined", "multiply defined"):
        assert complaint not in log


# The main theorems


def concluded(*results: Result) -> Any:
    return {c.result.statement.key: c for c in conclusions(dag(*results))}


def test_main_theorems_are_named_as_printed_and_come_from_the_ledger() -> None:
    found = concluded(result(STEP, HOLDS), result(LEMMA, HOLDS), result(THEOREM, HOLDS))
    assert [c.name for c in found.values()] == ["Theorem 1"]
    assert found["thm1"].truth == "True as printed: certified at every cell asked."
    assert found["thm1"].instead == "Nothing has to change."
    assert found["thm1"].proof == ""
    # Without a theorem, what nothing else rests on.
    assert [*concluded(result(STEP, HOLDS), result(LEMMA, HOLDS))] == ["lem1"]


def test_a_main_theorem_says_what_is_true_and_what_to_write() -> None:
    better = statement("thm1", "Theorem 1, mended", form="repaired", repairs="thm1")
    base = [result(STEP, REFUTED), result(LEMMA, UNDETERMINED)]
    wrong = concluded(*base, result(THEOREM, REFUTED), result(better, HOLDS))["thm1"]
    assert wrong.truth.startswith("False as printed: a counterexample: m = 2, ")
    assert wrong.instead == "Write: the claim thm1 (certified, Theorem 1, mended)."
    assert wrong.proof == "Its printed proof rests on 1 statement that is refuted: eq1."
    alone = concluded(*base, result(THEOREM, REFUTED))["thm1"]
    assert alone.instead == "Nothing in the ledger replaces it."
    left = concluded(*base, result(THEOREM, UNDETERMINED), result(better, CONSISTENT))["thm1"]
    assert left.truth == "Not decided: scope."
    assert left.instead == "Nothing is established yet; its repaired form is not refuted: the claim thm1."
    assert concluded(*base, result(THEOREM, VACUOUS))["thm1"].truth.startswith("Says nothing as printed")


def test_unnamed_constants_are_to_be_written() -> None:
    theorem = replace(THEOREM, implied_by=(Implication("S1", {C: Integer(1) / 3}, ()),))
    named = {"implied_by": "S1", "named": {"C": "[3.33333e-1, 3.33334e-1]"}}
    below = [result(s, HOLDS) for s in (STEP, LEMMA, statement("S1", form="sharp"))]
    found = concluded(*below, result(theorem, HOLDS, **named))["thm1"]
    assert found.truth == "True as printed: certified at every cell asked, by S1."
    assert found.instead == "Write the constants: C = [0.33333, 0.33334] (1/3)."


def test_the_first_screen_begins_with_the_main_theorems(finished: tuple[Run, tuple[Result, ...]]) -> None:
    run, results = finished
    text, audit = page_of(run), Audit(run, results)
    assert [c.name for c in audit.main] == ["Theorem 3.1"]
    first = text.index('<article class="main">')
    assert text.index('id="summary"') < first < text.index("printed statements:") < text.index('id="refuted"')
    block = text[first : text.index("</article>", first)]
    for piece in ("Theorem 3.1", "holds", "True as printed", "c₁ = 0.18326", "eq9, eq9.second-moment"):
        assert piece in block
    stored = json.loads((run.folder / "report" / "report.json").read_text(encoding="utf-8"))  # type: ignore[operator]
    assert [(m["name"], m["verdict"]) for m in stored["main"]] == [("Theorem 3.1", "holds")]


def test_a_theorem_that_another_uses_heads_its_own_graph() -> None:
    corollary = statement("cor1", "Corollary 1", "thm1")
    found = dag(*(result(s, HOLDS) for s in (STEP, LEMMA, THEOREM, corollary)))
    assert found.roots == ("thm1", "cor1")


def test_regimes_and_signs_are_typeset() -> None:
    from whp.theory import Regime, size

    m, d = size("m"), size("d")
    shown = html._regime(Regime(m, fixed=(d,)))
    grows = mathml(r"m \to \infty")
    assert shown == f"as {grows} at fixed {mathml('d')}"
    assert "→" in shown
    assert html._reason("P -> 8.751874e-05 as m -> oo, d^2 >= x_1") == (
        "P → 8.8·10<sup>−5</sup> as m → ∞, d<sup>2</sup> ≥ x<sub>1</sub>"
    )


# The commands


OWN = """
from sympy import Integer
from whp.theory import Claim, Link, Source, Statement, size

k = size("k")
CLAIM = Statement(
    "mine.1", "printed", "Ten is more than k", Source("doe2031", "Theorem 2"), (Claim((Link(k, "<", Integer(10)),)),)
)
"""


def test_a_users_own_statement_is_audited_like_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "my_paper.py"
    file.write_text(OWN)
    paper = load_paper(file)
    folder = tmp_path / "run"
    grid = Grid({"k": (4,)})
    statements = paper.ledger.statements
    Run(folder=folder, statements=statements, paper=paper, grid=grid, trials=5, seed=0, jobs=1).execute()
    report(folder, [file])
    assert "index.html" in capsys.readouterr().out
    text = (folder / "report" / "index.html").read_text(encoding="utf-8")
    assert "Audit of doe2031" in text
    assert "doe2031, Theorem 2" in text
    audited = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    assert audited["refuted"][0]["counterexample"]["cell"] == {"k": "10"}
    assert "k = 4; error budget" in text
    with pytest.raises(ValueError, match=r"name the file it came from: whp report .* FILE\.py"):
        report(folder)


def test_a_folder_without_a_run_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no finished run") as error:
        report(tmp_path)
    assert "\n" not in str(error.value)


def test_cite_prints_the_paper_ourselves_or_a_statements_place(capsys: pytest.CaptureFixture[str]) -> None:
    cite()
    both = capsys.readouterr().out
    assert both.startswith("@inproceedings{zhang2023,")
    assert "@software{whp," in both
    cite("eq14")
    assert capsys.readouterr().out.startswith("% eq14: \\cite[Lemma 3.4 and eq. 14, Section 3.1]{zhang2023}")
    cite("S4", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"place": "S4", "bibtex": {"whp": bibtex("whp")}}
    with pytest.raises(KeyError, match="no statement 'nothing'"):
        cite("nothing")


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    binary, driver = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("no Chromium with chromedriver here (Debian: apt-get install chromium chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium drives the browser")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    profile = tmp_path_factory.mktemp("profile")
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    opened.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    opened.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    yield opened
    opened.quit()


@pytest.fixture
def opened(browser: Any, finished: tuple[Run, tuple[Result, ...]]) -> Iterator[Any]:
    """The page in the browser, offline; closing it finds no console message."""
    folder = finished[0].folder
    assert folder is not None
    browser.get((folder / "report" / "index.html").as_uri())
    yield browser
    assert browser.get_log("browser") == []


def column(browser: Any, number: int) -> list[str]:
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#ledger-table tbody tr')].filter(r => !r.hidden)"
        f".map(r => r.cells[{number}].textContent.trim())"
    )
    return found


def test_the_ledger_sorts_by_keyboard_and_says_so(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    before = column(opened, 3)
    button = opened.find_element("css selector", "#ledger-table .c-verdict button")
    button.send_keys(Keys.ENTER)
    order = ["refuted", "vacuous", "undetermined", "not refuted", "holds", "definition"]

    def place(shown: str) -> int:
        return next(i for i, word in enumerate(order) if shown.startswith(word))

    assert [place(shown) for shown in column(opened, 3)] == sorted(map(place, before))
    assert column(opened, 3) != before
    head = opened.find_element("css selector", "#ledger-table .c-verdict")
    assert head.get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.ENTER)
    assert [place(shown) for shown in column(opened, 3)] == sorted(map(place, before), reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_the_ledger_filters(opened: Any) -> None:
    box = opened.find_element("css selector", "#filter-text")
    box.send_keys("variance")
    titles = column(opened, 1)
    assert titles
    assert all("variance" in title.lower() for title in titles)
    assert opened.find_element("css selector", "#filter-count").text == f"{len(titles)} rows"


def test_every_figure_loads_and_every_formula_has_a_size(opened: Any) -> None:
    opened.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    sizes = opened.execute_script("return [...document.images].map(i => i.complete ? i.naturalWidth : 0)")
    assert sizes
    assert min(sizes) > 100
    flat = opened.execute_script(
        "return [...document.querySelectorAll('math')].filter(e => e.getBoundingClientRect().height < 4).length"
    )
    assert flat == 0


def test_figures_are_drawn_in_their_colours(opened: Any) -> None:
    """A drawing whose colours were lost loads all the same, so look at its pixels: mostly white, never mostly black."""
    light = opened.execute_async_script(
        """const done = arguments[0];
        Promise.all([...document.images].map(async (image) => {
          await image.decode();
          const canvas = document.createElement('canvas');
          canvas.width = 200; canvas.height = 120;
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0, 200, 120);
          const data = context.getImageData(0, 0, 200, 120).data;
          let bright = 0;
          for (let i = 0; i < data.length; i += 4) bright += data[i] + data[i + 1] + data[i + 2] > 600 ? 1 : 0;
          return bright / (200 * 120);
        })).then(done);"""
    )
    assert min(light) > 0.5


def test_a_link_opens_the_statement_it_points_to(opened: Any) -> None:
    opened.execute_script("location.hash = '#eq9'")
    opened.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert opened.execute_script("return document.getElementById('eq9').open")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_spills_over_the_side(opened: Any, width: int) -> None:
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    opened.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    spilled = opened.execute_script("return document.documentElement.scrollWidth")
    counts = opened.execute_script(
        "const t = document.querySelector('.counts'); return [t.offsetWidth, t.parentElement.clientWidth]"
    )
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert spilled <= width
    assert counts[0] <= counts[1]


def test_the_sections_stay_in_sight(opened: Any) -> None:
    opened.execute_script("document.getElementById('ledger').scrollIntoView()")
    top, inside = opened.execute_script(
        "const box = document.querySelector('nav').getBoundingClientRect(); return [box.top, box.bottom <= innerHeight]"
    )
    assert (top, inside) == (0, True)


@pytest.mark.parametrize("width", [390, 1280])
def test_proof_graphs_fit_the_page(opened: Any, width: int) -> None:
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wide, box, text = opened.execute_script(
        "const d = document.querySelector('.dag'), t = d.querySelector('text');"
        "return [d.getBoundingClientRect().width, d.parentElement.clientWidth, t.getBoundingClientRect().height]"
    )
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert text > 8
    assert width < 600 or wide <= box


def test_definitions_are_folded_until_asked_for(opened: Any) -> None:
    shown = opened.execute_script("return [...document.querySelectorAll('#ledger-table tbody tr')].map(r => r.hidden)")
    forms = opened.execute_script(
        "return [...document.querySelectorAll('#ledger-table tbody tr')].map(r => r.dataset.form)"
    )
    assert shown == [form == "definition" for form in forms]
    assert "definition" in forms
    opened.execute_script("document.getElementById('filter-definitions').click()")
    assert len(column(opened, 0)) == len(forms)
    assert not opened.execute_script("return document.querySelector('.definitions').open")


def test_the_printed_page_is_short(opened: Any) -> None:
    printed = opened.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    pages = len(re.findall(rb"/Type\s*/Page\b", b64decode(printed["data"])))
    assert 1 <= pages <= 12


def axe_core() -> str:
    """The text of axe-core, of a folder named by AXE_CORE or as npm installs it for all; skips where there is none."""
    folders = [Path(os.environ["AXE_CORE"])] if "AXE_CORE" in os.environ else []
    if shutil.which("npm") is not None:
        root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False, timeout=60)
        folders.append(Path(root.stdout.strip()) / "axe-core")
    for folder in folders:
        if (folder / "axe.min.js").is_file():
            return (folder / "axe.min.js").read_text(encoding="utf-8")
    pytest.skip("no axe-core here (npm install -g axe-core, or AXE_CORE=FOLDER)")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_no_violation(opened: Any, width: int, scheme: str) -> None:
    script = axe_core()
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    opened.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    opened.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 100))")
    opened.execute_script(script)
    found = opened.execute_async_script(
        "const done = arguments[0]; axe.run({resultTypes: ['violations']})"
        ".then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))))"
    )
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert found == []


def test_the_first_stop_of_the_keyboard_skips_to_the_findings(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    opened.find_element("css selector", "body").send_keys(Keys.TAB)
    first = opened.switch_to.active_element
    assert first.get_attribute("class") == "skip"
    first.send_keys(Keys.ENTER)
    assert opened.switch_to.active_element.get_attribute("id") == "main"
