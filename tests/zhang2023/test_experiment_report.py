"""The report shows what `whp experiment` left: each figure, random labels beside the data's, claims and controls."""

import json

import pytest
from whp.checks.cli.report import report
from whp.checks.report.write import write_report
from whp.checks.verify.run import Run
from whp.checks.zhang2023 import PAPER
from whp.checks.zhang2023.experiments.sections import sections
from whp.theory.zhang2023 import LEDGER

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="234pt" height="10pt"></svg>'
ANSWER = {
    "words": "one step",
    "network": "a network",
    "data": "the data",
    "scope": "what was run",
    "settings": {"words": "6 seeds"},
    "learnt": "What is learnt.",
    "beside": [{"what": "test noises classified", "where": "2 epochs", "true": [0.9, 0.95, 1.0], "random": [0.5] * 3}],
    "claims": [{"claim": "a > b", "printed": True, "verdict": "fails here", "evidence": "0 of 3"}],
    "controls": [{"control": "permuted", "found": "0.1", "passed": True}],
}


def written(folder, **entries):
    """A folder of experiments that holds fig2."""
    folder.mkdir(exist_ok=True)
    (folder / "fig2.json").write_text(json.dumps(ANSWER | entries))
    (folder / "fig2.svg").write_text(SVG)
    (folder / "fig2.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    statements = tuple(s for s in LEDGER.statements if s.key == "eq14")
    run = Run(folder=folder, statements=statements, paper=PAPER, grid=PAPER.grid, trials=5, seed=0, jobs=1)
    (folder / "figures").mkdir()
    return run, run.execute()


def test_a_section_has_figure_sentence_random_labels_and_verdicts(finished, tmp_path):
    write_report(*finished, sections(written(tmp_path)))
    folder = finished[0].folder / "report"
    html, audited, tex = ((folder / name).read_text() for name in ("index.html", "report.json", "latex/appendix.tex"))
    section = html.partition('<section id="experiments">')[2].partition("</section>")[0]
    assert "What is learnt." in section
    assert 'src="data:image/svg' in section
    assert "<td>0.95 (0.9 to 1)</td><td>0.5</td>" in section
    assert "<td>fails here</td><td>the paper&#39;s figure</td><td>a &gt; b</td><td>0 of 3</td>" in section
    assert "<td>as it must</td><td>control</td>" in section
    found = json.loads(audited)["experiments"]["fig2"]
    assert found["sentence"] == "What is learnt."
    assert len(found["tables"]["fig2.claims"]["rows"]) == 2
    assert "\\includegraphics[width=0.55\\linewidth]{{experiments.fig2}.pdf}" in tex
    assert (folder / "latex" / "figures" / "experiments.fig2.pdf").is_file()


def test_the_section_says_what_the_file_says(tmp_path):
    controls = [{"control": "permuted", "found": "0.9", "passed": False}]
    (found,) = sections(written(tmp_path, learnt="Another sentence.", controls=controls))
    assert found.sentence == "Another sentence."
    assert found.tables[1].rows[-1] == ("not so", "control", "permuted", "0.9")


def test_experiments_are_found_in_the_runs_folder_or_where_they_are_said_to_be(finished, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("whp.checks.verify.run.open_run", lambda *args, **options: finished)
    monkeypatch.setattr("whp.checks.report.write.write_report", lambda run, results, found: shown.append(found) or ())
    folder = finished[0].folder
    report(folder)
    with pytest.raises(ValueError, match="in which zhang2023 finds no experiments"):
        report(folder, experiments=tmp_path / "none")
    report(folder, experiments=written(tmp_path / "elsewhere", learnt="From elsewhere."))
    written(folder / "experiments")
    report(folder)
    assert [[section.sentence for section in found] for found in shown] == [
        [],
        ["From elsewhere."],
        ["What is learnt."],
    ]


def test_files_that_the_command_does_not_write_are_said(tmp_path):
    folder = written(tmp_path, beside=None)
    with pytest.raises(ValueError, match=r"fig2.json is not what whp experiment writes .* writes it anew"):
        sections(folder)
    (folder / "fig2.pdf").unlink()
    with pytest.raises(ValueError, match=r"has no fig2.pdf beside it"):
        sections(folder)
