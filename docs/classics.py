"""The page "Which form should I cite?": ``python docs/classics.py`` checks the classics anew and writes it.

What was found is kept in ``classics.json``; ``python docs/classics.py --page`` writes page and figures from that.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from sympy import oo
from whp.checks import Result, check_all
from whp.checks.classics import PAPER
from whp.checks.deciders import settle_cell, settle_domain
from whp.checks.deciders.question import Question
from whp.checks.deciders.sharp import sharp
from whp.checks.deciders.stats import ALPHA
from whp.checks.figures import Axis, Panel, Picture, Series, lay_out, save_figure
from whp.checks.figures.picture import MOST_CURVES
from whp.theory import Statement
from whp.theory.classics import TOPICS
from whp.theory.language.cells import cell_text
from whp.theory.language.statements import Claim, Link

__all__ = ["checked", "draw", "figure_name", "found_at", "page", "sharpened"]

HERE = Path(__file__).parent
STORED = HERE / "classics.json"
PAGE = HERE / "classics.md"
_CITED = "No single source"
# Sizes at which slack is drawn, by their number, and probabilities down to which it is.
_SIZES, _LEAST = {1: 16}, -12.0
_MORE = 4
_PLACES = 40
_LEAST_SLACK, _MOST_SLACK = -2.0, 6.0
# Rows whose sharp constant takes minutes.
_COSTLY = frozenset({"davidson-szarek.lower", "davidson-szarek.steeper", "dkw.single"})
_WRONG = (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
_LOG10 = math.log(10)

_INTRODUCTION = """# Which form should I cite?

Everybody cites these lemmas, and most have several forms in print: with or without a factor 2, with one constant for
both tails, with a condition that got lost on the way. Here each is beside its source, what
`whp verify --paper classics` says of it, and how far it may be sharpened. A title that names a misprint is a row that
is often seen and not true.

* **Verdict** is of the form as it stands in the row, with its evidence: see [what a verdict says](verdicts.md).
  *Undetermined* means that this program found no answer, not that there is any doubt.
* **Sharp constant**: by what the exponent of the bound, or the whole bound, may be multiplied, where that was found:
  *proved* on both sides for all sizes, or to three digits. For those the smallest sizes and some large ones were looked
  at; a factor that fails does so at a cell, one that holds was decided as the row itself.
* A figure shows how much each bound of a topic gives away: bound over truth (truth over bound, for bounds from below),
  against the true probability. A line at 0 gives nothing away; a line that falls below it is a form that is not true.

The page is written by `python docs/classics.py`, which takes some minutes; `tests/classics` holds it against the
statements.
"""


def checked(results: Sequence[Result]) -> list[dict[str, Any]]:
    """What a run says of each statement, as the page shows it."""
    return [
        {
            "key": r.statement.key,
            "verdict": str(r.verdict),
            "evidence": None if r.evidence is None else str(r.evidence),
            "fails": [cell_text(w.cell) for link in r.links if (w := link.counterexample) is not None],
        }
        for r in results
    ]


def sharpened(statement: Statement, refuted: bool) -> str:
    """How far the constant of a statement's only bound may be moved, in words; empty where that is not known."""
    links = [(c, link) for c in statement.claims for link in c.links]
    reals = [p for p in statement.parameters if not p.is_size]
    if len(links) != 1 or links[0][1].excluded is None:
        return ""
    # Without a real parameter, or with listed values of one, only the cells that are asked would be spoken of.
    if (statement.sizes and len(reals) != 1) or statement.exact_points != ({},):
        return ""
    found = sharp(Question(statement, *links[0], (), ALPHA, 0), settle_domain)
    if found is None:
        return ""
    if found.proved is not None:
        holds, fails = (f"× {float(x):.10g}" for x in (found.proved.holds, found.proved.fails))
        return f"{found.what} {holds} holds, {fails} fails, proved"
    fails = f"× {float(found.fails):.4g} fails"
    if found.holds is not None:
        return f"{found.what} × {float(found.holds):.4g} holds, {fails}"
    # That a form which is not true fails with a larger constant says nothing.
    return "" if refuted else f"{found.what} {fails}"


def found_at(statement: Statement) -> tuple[str, list[tuple[float, float]]]:
    """At which sizes, and log10 of the truth and of the slack of its first bound of a probability along a parameter."""
    reals = [p for p in statement.parameters if not p.is_size]
    axis = reals[0] if len(reals) == 1 else None
    pair = next(((c, k) for c in statement.claims for k in c.links if k.excluded is not None), None)
    if axis is None or pair is None:
        return "", []
    sizes = [p for p in statement.parameters if p.is_size]
    beside = {p.name: max(int(p.low), _SIZES.get(len(sizes), _MORE)) for p in sizes}
    points = []
    for value in _values(axis):
        try:
            here = _slack(statement, *pair, {**beside, axis.name: value})
        except _WRONG:
            continue
        if here is not None:
            points.append(here)
    return cell_text(beside), points


def _values(axis: Any) -> Iterator[Fraction]:
    low = Fraction(0) if axis.low == -oo else Fraction(str(axis.low))
    for i in range(1, _PLACES):
        yield low + (
            Fraction(round(2 ** (i / 3) * 64), 4096)
            if axis.high == oo
            else Fraction(i, _PLACES) * (Fraction(str(axis.high)) - low)
        )


def _slack(statement: Statement, claim: Claim, link: Link, cell: Mapping[str, Any]) -> tuple[float, float] | None:
    """log10 of the probability, and of bound over truth."""
    if statement.applies(cell):
        return None
    # A bound from below is read as one from above, so that both sides are probabilities of the event itself.
    above = link.relation in ("<", "<=")
    upper = link if above else replace(link, relation="<=")
    answer = settle_cell(Question(statement, claim, upper, (), ALPHA, 0), cell)
    if answer is None or not answer.outcomes:
        return None
    found = answer.outcomes[0]
    truth, bound = found.value_float / _LOG10, found.bound_float / _LOG10
    # A probability of 0 or 1 has no place on the axis, nor has a bound from below that claims nothing.
    if not (math.isfinite(truth) and math.isfinite(bound)) or not _LEAST <= truth < 0 or (bound >= 0 and not above):
        return None
    return round(truth, 4), round(bound - truth if above else truth - bound, 4)


def figure_name(topic: str) -> str:
    """The file of a topic's figure, without folder."""
    return f"classics-{re.sub(r'[^a-z]+', '-', topic)}.png"


def draw(topic: str, rows: Sequence[Mapping[str, Any]], path: Path) -> bool:
    """Draw the slack of a topic's bounds into a file; False where there are none."""
    shown = [row for row in rows if len(row["slack"]) > 1]
    if not shown:
        return False
    panels = []
    for start in range(0, len(shown), MOST_CURVES):
        series = []
        for i, row in enumerate(shown[start : start + MOST_CURVES]):
            known = [(x, y) for x, y in sorted(map(tuple, row["slack"])) if _LEAST_SLACK <= y <= _MOST_SLACK]
            if len(known) > 1:
                truth, slack = zip(*known, strict=True)
                at = f", {row['at']}" if row["at"] else ""
                series.append(Series("line", "", truth, slack, curve=i, end=f"{row['key']}{at}"))
        if series:
            ends = min(s.x[0] for s in series), max(s.x[-1] for s in series)
            series.append(Series("level", "", ends, (0.0, 0.0)))
            x, y = Axis("true probability", "probability"), Axis("bound / truth", "ratio")
            panels.append(Panel("slack", x, y, tuple(series)))
    if not panels:
        return False
    save_figure(lay_out(Picture("", tuple(panels))), path.with_suffix(""), [path.suffix.lstrip(".")])
    return True


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The page's text from what was found."""
    found = {row["key"]: row for row in rows}
    lines = [_INTRODUCTION]
    for topic, statements in TOPICS.items():
        lines += [f"## {topic[0].upper()}{topic[1:]}", ""]
        if any(len(found[s.key]["slack"]) > 1 for s in statements):
            lines += [f"```{{figure}} images/{figure_name(topic)}", f":alt: Slack of {topic}", "```", ""]
        lines += ["| statement | source | verdict | sharp constant |", "|---|---|---|---|"]
        lines += [_row(s, found[s.key]) for s in statements]
        lines.append("")
    return "\n".join(lines)


def _row(s: Statement, found: Mapping[str, Any]) -> str:
    text = r",\quad ".join(claim.latex for claim in s.claims)
    where = f" where {', '.join(h.words for h in s.hypotheses)}" if s.hypotheses else ""
    verdict = "not refuted" if found["verdict"] == "consistent" else found["verdict"]
    says = f"**{verdict}**" + (f", {found['evidence']}" if found["evidence"] else "")
    fails = f", at {_plain(found['fails'][0])}" if found["fails"] and found["fails"][0] else ""
    cells = [
        f"`{s.key}`: {_plain(s.title)}. ${_in_table(text)}${_plain(where)}",
        _source(s),
        says + fails,
        _plain(found["sharp"]),
    ]
    return f"| {' | '.join(cells)} |"


def _source(s: Statement) -> str:
    known = PAPER.references.get(s.source.cite)
    if known is None or known.text.startswith(_CITED):
        return _plain(f"no single source: {s.source.where}")
    return _plain(f"{known.text.partition(':')[0]} ({_year(s.source.cite)}), {s.source.where}")


def _year(cite: str) -> str:
    return cite[-4:]


def _in_table(tex: str) -> str:
    """LaTeX with Greek letters, and without the bars and line ends that would end a cell."""
    tex = re.sub(r"\b(eps|lam)\b", lambda name: {"eps": r"\varepsilon", "lam": r"\lambda"}[name[0]], tex)
    tex = tex.replace(r"\left|", r"\left\lvert ").replace(r"\right|", r"\right\rvert ").replace(r"\|", r"\Vert ")
    return tex.replace("|", r"\mid ").replace("\n", " ")


def _plain(text: str) -> str:
    """Words whose signs are no markup."""
    return re.sub(r"([\\*_<|^$`])", r"\\\1", text)


def main() -> None:
    """Check, and write the page with its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="from the stored results, without checking")
    if parser.parse_args().page:
        rows = json.loads(STORED.read_text(encoding="utf-8"))
    else:
        rows = checked(check_all(PAPER.ledger.statements, book=PAPER.ledger, jobs=os.cpu_count() or 1))
        for row, statement in zip(rows, PAPER.ledger.statements, strict=True):
            row["at"], row["slack"] = found_at(statement)
            row["sharp"] = "" if row["key"] in _COSTLY else sharpened(statement, row["verdict"] == "refuted")
        STORED.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    found = {row["key"]: row for row in rows}
    for topic, statements in TOPICS.items():
        draw(topic, [found[s.key] for s in statements], HERE / "images" / figure_name(topic))
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
