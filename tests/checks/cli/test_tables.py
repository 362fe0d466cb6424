"""Tables in a pipe and on a terminal, sentences about constants, words of tasks, what a shell completes."""

import io

import pytest
from rich.console import Console
from sympy import Symbol, log, sqrt
from whp.checks import Evidence, LinkResult, Outcome, Result, Verdict
from whp.checks.cli import show as shown
from whp.checks.cli.lines import constant_lines
from whp.checks.cli.options import complete_paper, complete_target
from whp.checks.cli.tables import aligned, print_table, print_verdicts, totals, verdict_table
from whp.checks.cli.terminal import task_words
from whp.theory import Claim, Implication, Link, Source, Statement, size

k = size("k")
WHY = "a reason of many words " * 20


def result(key, verdict, reason="", form="printed", **more):
    claim = Claim((Link(k, "<=", 2 * k),))
    found = Outcome(verdict, Evidence.CERTIFIED, {"k": 2}, value="5/2", bound="1", reason=reason)
    statement = Statement(key, form, key, Source("me", "p. 1"), (claim,), **more)
    return Result(statement, (LinkResult(claim.links[0], (found,)),))


RESULTS = [
    result("lem1", Verdict.HOLDS, WHY),
    result("a-longer-key", Verdict.REFUTED),
    result("lem2", Verdict.HOLDS, "short\nof it"),
]


@pytest.fixture
def pipe(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)


def test_a_pipe_gets_one_line_for_a_statement_and_no_blanks_at_its_end(pipe, capsys):
    print_verdicts(RESULTS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines == [line.rstrip() for line in lines]
    assert lines[1].endswith(WHY.strip())
    assert lines[2].endswith("a counterexample: k = 2, left side 5/2, right side 1")
    assert lines[3].endswith("short of it")
    assert lines[4] == "3 statements: 2 hold, 1 refuted"
    assert len({line.index("certified") for line in lines[1:4]}) == 1


def test_a_table_of_other_words_does_the_same(pipe, capsys):
    print_table(("key", "title"), [("lem1", WHY), ("lem2", "")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["key   title", f"lem1  {WHY.strip()}", "lem2"]
    assert aligned([("a", "bb"), ("ccc", "")]) == ["a    bb", "ccc"]


@pytest.mark.parametrize("width", [60, 80, 110, 150])
def test_a_terminal_gets_lines_that_fit(width):
    console = Console(width=width, file=io.StringIO())
    console.print(verdict_table(RESULTS, width))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert text.rstrip().endswith("3 statements: 2 hold, 1 refuted")


def test_totals_leave_definitions_out():
    assert totals([result("one", Verdict.HOLDS), Result(RESULTS[0].statement, ())][:1]) == "1 statement: 1 holds"


def test_constants_are_told_in_sentences_with_decimals_beside_exact_forms():
    phi = (1 + sqrt(5)) / 2
    by = Implication("S4", {Symbol("c_1"): log(16 / phi**5) / 2}, ())
    known = result("thm", Verdict.HOLDS, implied_by=(by,))
    constants = {
        "implied_by": "S4",
        "named": {"c_1": "[1.8326479847e-1, 1.83264798471e-1]"},
        "condition": "c_1 <= A(m, d)",
        "frontier": [{"ratio": "1/2"}, {"ratio": "2"}],
    }
    told = [*constant_lines(Result(known.statement, known.links, constants))]
    assert told == [
        "true with c₁ = [0.18326, 0.18327] (log(16/φ^5)/2), by S4",
        "true for all constants with c_1 ≤ A(m, d)",
        "the largest such constants at 2 ratios are in a report, or printed with --json",
    ]
    assert [*constant_lines(known)] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("me/thm/printed/0", "thm for all sizes"),
        ("me/thm/printed/0/small", "thm for small sizes"),
        ("me/thm/sharp/1/named/2", "thm for constants"),
        ("me/thm/printed/0/m=4,c=1/4", "thm at m = 4, c = 1/4"),
        ("me/thm/repaired/0/law of X/m = 4/50 draws", "thm repaired: the law of X against draws"),
        ("me/draws/vector/sphere/m=4/draws 0-9", "drawing vector at sphere, m = 4"),
        ("some work of a paper", "some work of a paper"),
        ("", ""),
    ],
)
def test_work_is_called_in_words(name, words):
    assert task_words(name) == words


def test_show_defines_its_variables_and_models(pipe, capsys):
    shown.show("eq9", "zhang2023")
    text = capsys.readouterr().out
    assert r"margin = a^\top W W^\top D a, with the law MarginLaw(m, d), of the model simplified" in text
    assert r"the model simplified: W_{ij} \sim \mathcal{N}(0, 1/d)" in text
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "│" not in text


def test_a_shell_completes_keys_files_and_papers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "eq_mine.py").write_text("")
    assert complete_target("eq9") == ["eq9", "eq9.second-moment"]
    assert complete_target("eq_") == ["eq_mine.py"]
    assert complete_paper("zh") == ["zhang2023"]
