"""The classics as a paper: every row has a source that is cited in full, and papers are told apart."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from classics.truths import FALSE
from whp.checks import Paper, Reference
from whp.checks.classics import PAPER
from whp.checks.cli.main import main
from whp.checks.cli.options import asked_sizes
from whp.checks.paper import paper_of
from whp.checks.report.words import bibtex
from whp.theory.classics import LEDGER, TOPICS


def test_every_row_has_a_source_with_a_place_and_every_work_is_cited() -> None:
    cited = {s.source.cite for s in LEDGER.statements}
    assert cited == set(PAPER.references)
    assert all(s.source.where and s.title for s in LEDGER.statements)
    assert len(LEDGER.statements) == sum(map(len, TOPICS.values())) >= 40


@pytest.mark.parametrize("cite", sorted(set(PAPER.references) - {"folklore"}))
def test_a_reference_names_author_title_and_the_year_of_its_key(cite: str) -> None:
    reference = PAPER.references[cite]
    year = cite[-4:]
    fields = dict(re.findall(r"^  (\w+) += \{(.*)\},?$", reference.bibtex, re.MULTILINE))
    assert fields["year"] == year
    assert f"({year})" in reference.text
    assert fields["title"].strip("{}") in reference.text
    assert fields["author"].split(",")[0] in reference.text
    assert reference.bibtex.startswith("@")
    assert bibtex(cite, PAPER.cites) == reference.bibtex


def test_misprints_are_folklore_and_say_so() -> None:
    assert {LEDGER[key][0].source.cite for key in FALSE} == {"folklore"}


def test_a_paper_brings_the_works_it_cites() -> None:
    mine = Paper("mine", Reference("me"), LEDGER, references={"other1999": Reference("another")})
    assert dict(mine.cites) == {"mine": Reference("me"), "other1999": Reference("another")}


def test_the_paper_without_a_key_is_the_one_with_a_main_job(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paper_of().key == "zhang2023"
    assert not PAPER.main
    monkeypatch.setattr("whp.checks.paper.installed_papers", lambda: {"a": lambda: PAPER, "b": lambda: PAPER})
    with pytest.raises(ValueError, match=r"2 papers are installed \(a, b\); name one with --paper KEY"):
        paper_of()
    monkeypatch.setattr("whp.checks.paper.installed_papers", lambda: {"a": lambda: PAPER})
    assert paper_of() is PAPER


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    out = capsys.readouterr()
    return stop.value.code, out.out, out.err


def test_a_bare_verify_says_which_papers_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, "verify", "--dry-run", "--widths", "8", "--dims", "9")
    assert (code, err) == (0, "")
    assert out.startswith("the main job of zhang2023; other papers: --paper classics")
    code, out, _ = told(capsys, "verify", "hoeffding", "--dry-run")
    assert code == 0
    assert "main job" not in out
    assert out.startswith("1 statements")


def test_a_paper_s_own_options_are_known_where_no_paper_is_named() -> None:
    assert asked_sizes((), ["--widths", "8"], None)[0] == {"m": (8,)}
    assert asked_sizes((), ["--widths", "8"], "zhang2023")[0] == {"m": (8,)}
    with pytest.raises(ValueError, match="No such option: --widths"):
        asked_sizes((), ["--widths", "8"], "classics")


def test_a_row_is_cited_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "cite", "hoeffding", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["place"] == "Theorem 1"
    assert "Wassily" in found["bibtex"]["hoeffding1963"]
    code, out, _ = told(capsys, "cite", "classics")
    assert code == 0
    assert out.count("@") >= 30
    assert "folklore" not in out


@pytest.mark.slow
def test_all_rows_are_verified_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, "verify", "--paper", "classics", "--jobs", "2", "--out", str(tmp_path / "run"))
    assert (code, err) == (0, "")
    assert "106 statements: " in out
    assert {path.stem for path in (tmp_path / "run" / "figures").glob("*.pdf")} >= {"arc-cosine.zero", "stirling"}
