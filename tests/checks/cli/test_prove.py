"""``whp prove`` and ``whp show --proof``: what they write, what a referee without whp says of it, and what is open."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from whp.checks.cli.main import main

FILE = """
from sympy import exp

from whp.theory import ChiSquare, P, claim, size

d = size("d")

STATEMENTS = [
    claim(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7), key="twice", source="me"),
    claim(exp(-d) <= 1 / (1 + d), key="slow", source="me"),
    claim(exp(-d) <= 1 / (2 + d), key="false", source="me"),
]
"""


@pytest.fixture
def statements(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FILE, encoding="utf-8")
    return path


def run(capsys, *words):
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    return stopped.value.code, capsys.readouterr().out


def test_proofs_are_written_with_their_referee(statements, tmp_path, capsys):
    out = tmp_path / "proofs"
    code, text = run(capsys, "prove", statements, "--out", out, "--jobs", 1)
    assert code == 1
    exponent = "times the exponent"
    assert f"sharp: holds with c = 1.073984 {exponent}, fails with c = 1.073985 {exponent}" in " ".join(text.split())
    assert "false (printed): not proved" in text
    assert "2 of 3 printed statements proved" in text
    assert sorted(p.name for p in out.iterdir()) == ["recheck_proof.py", "slow.json", "twice.json"]
    command = [sys.executable, "-I", "recheck_proof.py", "slow.json", "twice.json"]
    ran = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.count("accepted"), ran.stderr) == (0, 4, "")
    proof, holds, fails = json.loads((out / "twice.json").read_text(encoding="utf-8"))
    assert proof["claim"]["bound"] == "exp(-d/7)"
    # The two proofs of the sharp constant, each of its own bound.
    assert "with the constant c = 1.073984 times the exponent" in holds["statement"]["text"]
    assert (holds["claim"]["kind"], holds["claim"]["bound"]) == ("tail", "exp(-16781*d/109375)")
    assert (fails["claim"]["kind"], fails["claim"]["claim"]["bound"]) == ("fails", "exp(-214797*d/1400000)")
    (out / "moved.json").write_text(json.dumps({**fails, "statement": holds["statement"]}), encoding="utf-8")
    command = [sys.executable, "-I", "recheck_proof.py", "moved.json"]
    ran = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (1, "rejected: the hash of the statement and its claim")


def test_a_named_statement_alone_is_proved(statements, tmp_path, capsys):
    out = tmp_path / "one"
    code, text = run(capsys, "prove", f"{statements}:slow", "--out", out, "--jobs", 1, "--json")
    (row,) = json.loads(text)
    assert (code, row["key"], row["proved"]) == (0, "slow", True)
    referee = out / "recheck_proof.py"
    alone = referee.read_text(encoding="utf-8")
    assert "left_out()" in alone
    run(capsys, "prove", f"{statements}:twice", "--out", out, "--jobs", 1, "--json")
    whole = referee.read_text(encoding="utf-8")
    # What the folder held before is accepted still.
    assert "left_out()" not in whole
    assert len(whole.splitlines()) > 1.5 * len(alone.splitlines())
    command = [sys.executable, "-I", referee.name, "slow.json", "twice.json"]
    assert subprocess.run(command, cwd=out, check=False, capture_output=True).returncode == 0
    referee.write_text(alone, encoding="utf-8")
    ran = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)
    judged = [line for line in ran.stdout.splitlines() if line.startswith(("accepted", "rejected"))]
    assert [line.split(":")[0] for line in judged] == ["accepted", "rejected", "rejected", "rejected"]
    assert all("this file holds what the proofs need" in line for line in judged[1:])


def test_nothing_to_prove_is_said(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["prove"])
    assert stopped.value.code == 2
    assert "nothing to prove" in capsys.readouterr().err


def test_a_proof_is_shown_in_words(statements, capsys):
    code, text = run(capsys, "show", f"{statements}:slow", "--proof")
    assert code == 0
    assert "Claim: exp(-d) ≤ 1/(d + 1) for d an integer from 1" in text
    assert "The difference of the sides is" in text
    _, text = run(capsys, "show", f"{statements}:twice", "--proof")
    assert "twice (printed), link 1, with the constant c = 1.073984 times the exponent\n  Claim: P(" in text
    assert "with the constant c = 1.073985 times the exponent\n  Claim: it is false that P(" in text
    _, text = run(capsys, "show", f"{statements}:false", "--proof")
    assert "link 1: not proved" in text
