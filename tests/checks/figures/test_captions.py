"""Captions are LaTeX that pdflatex understands, for every statement that is shipped, and plain words beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from whp.checks import Evidence, LinkResult, Result, Verdict
from whp.checks.classics import PAPER as CLASSICS
from whp.checks.deciders.question import outcome
from whp.checks.figures import Axis, Panel, Picture, Series, View, caption
from whp.checks.figures.captions import figure_tex, plain_caption
from whp.checks.zhang2023 import PAPER

# Commands that the LaTeX kernel or amsmath has, as far as captions use them.
COMMANDS = {
    "ensuremath", "surd", "ge", "geq", "le", "leq", "ne", "pm", "to", "langle", "rangle", "nabla", "in", "cap", "infty",
    "perp", "ell", "times", "cdot", "ll", "gg", "approx", "propto", "partial", "angle", "exists", "forall", "tfrac",
    "Rightarrow", "ldots", "textasciitilde", "textasciicircum", "textbackslash", "bar", "tilde", "hat", "acute",
    "grave", "ddot", "check", "delta",
    "alpha", "beta", "gamma", "epsilon", "varepsilon", "eta", "kappa", "lambda", "mu", "nu", "pi", "rho", "sigma",
    "tau", "theta", "phi", "psi", "omega", "xi", "zeta", "chi", "Sigma", "Delta", "Gamma", "Pi", "Phi", "Psi", "Theta",
    "Lambda", "Omega", "mathrm", "frac", "sqrt", "mathbb", "left", "right",
}  # fmt: skip
EVERY = [s for paper in (PAPER, CLASSICS) for s in paper.ledger.statements]
FULL = Picture(
    "",
    (
        Panel(
            "failure", Axis("m", "size"), Axis("p", "exponent"),
            (Series("bound", "claimed", (1, 2), (0, 1), forbidden="above"),
             Series("refuted", "refuted here", (1,), (1,)),
             Series("limit", "no case in the draws: limit", (1,), (1,))),
            notes=("Estimates are from 5 draws, with exact Clopper--Pearson limits at a joint level $1 - 10^{-6}$",),
        ),
    ),
)  # fmt: skip


def compiles(text: str) -> list[str]:
    """What pdflatex would stumble over: signs it lacks, unbalanced braces or dollars, unknown commands, bare marks."""
    wrong = [f"sign {c!r}" for c in text if not 32 <= ord(c) < 127]
    inside, depth, dollars = False, 0, 0
    for previous, c in zip(" " + text, text, strict=False):
        escaped = previous == "\\"
        if c == "$" and not escaped:
            inside, dollars = not inside, dollars + 1
        elif c == "{" and not escaped:
            depth += 1
        elif c == "}" and not escaped:
            depth -= 1
            wrong += ["brace"] if depth < 0 else []
        elif c in "#&%" and not escaped:
            wrong.append(f"bare {c}")
    wrong += ["dollar"] * (dollars % 2) + ["open brace"] * (depth != 0)
    outside = re.sub(r"\$[^$]*\$", "", re.sub(r"\\ensuremath\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "", text))
    wrong += [f"outside mathematics: {c}" for c in re.findall(r"(?<!\\)[_^<>|]", outside)]
    wrong += [f"unknown \\{name}" for name in re.findall(r"\\([A-Za-z]+)", text) if name not in COMMANDS]
    return wrong


def told(statement: Any) -> str:
    links = tuple(LinkResult(link, (outcome(Verdict.HOLDS, Evidence.PROVED),)) for link in statement.links)
    return caption(View(Result(statement, links)), FULL, trials=5, seed=0, version="0.1.0")


@pytest.mark.parametrize("statement", EVERY, ids=lambda s: f"{s.key}-{s.form}")
def test_every_caption_compiles(statement: Any) -> None:
    text = told(statement)
    assert compiles(text) == []
    assert statement.key.replace("_", r"\_") in text
    plain = plain_caption(text)
    assert not set("\\$") & set(plain)
    assert statement.title.split()[0] in plain


def test_what_does_not_compile_is_found() -> None:
    assert compiles("Wᵀa at 5 %") == ["sign 'ᵀ'", "bare %"]
    assert compiles("$x") == ["dollar"]
    assert compiles("{x") == ["open brace"]
    assert compiles(r"c_2 and \wrong") == ["outside mathematics: _", r"unknown \wrong"]
    assert compiles(r"5--95\,\% of $m_{2}$, a\_b, \ensuremath{\surd}d") == []


def test_a_figure_environment_names_its_file_and_label() -> None:
    text = figure_tex("lem3.4", "Lemma.", full=True)
    assert text.splitlines()[0] == r"\begin{figure*}[t]"
    assert r"\includegraphics[width=\linewidth]{{lem3.4}.pdf}" in text
    assert r"\label{fig:whp:lem3.4}" in text
