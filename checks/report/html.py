"""The audit as one HTML page that needs nothing else: mathematics as MathML, figures inside, no network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from sympy import Symbol, latex

from ...theory.calculus.rounding import Towards, against, against_words, exact_first, in_short
from ...theory.language.cells import Regime, cell_order
from ..verdict import Evidence, LinkResult, Outcome, Result, Verdict
from ..verify.explain import constant_sides, counterexample_words, exact_numbers, named_constants, plain_counts
from .audit import Audit
from .dag import statement_kind
from .drawings import Figures
from .layout import drawing, outline
from .mathml import mathml
from .words import LEVELS, MEANING, OURS, TRUSTED_BASE, best_words, regime_tex, sided, with_signs

__all__ = ["page"]

_PAGE_BUDGET = 4_900_000  # bytes

_MOST_CELLS = 12

_WORDS = {str(verdict): verdict.words for verdict in Verdict}


def _number(text: str) -> Markup:
    """A number, shortened, powers of ten raised, the full text on demand; words stay words."""
    return _shown(in_short(text), text)


def _shown(short: str, text: str) -> Markup:
    """A number as it is shown, with all that is known of it on demand."""
    raised = re.sub(r"(\d)e([+-]?\d+)", _power_of_ten, escape(short))
    if re.search(r"[A-Za-z]{2,}|_", text):
        return Markup(raised) if short != text else _reason(text)
    title = f' title="{escape(text)}"' if short != text else ""
    return Markup(f'<span class="n"{title}>{raised.replace("-", "−")}</span>')


def _pair(outcome: Outcome, link: LinkResult) -> tuple[Markup, Markup]:
    """Both deciding numbers of an outcome, each rounded towards the other."""
    value, bound = exact_numbers(link.link, outcome)
    if not (value and bound):
        return _number(value) if value else Markup("–"), _number(bound) if bound else Markup("–")
    first, second = against(value, bound)
    return _shown(first, outcome.value), _shown(second, outcome.bound)


def _numbers(outcome: Outcome, link: LinkResult) -> Markup:
    """Both deciding numbers in a sentence, with what they are."""
    value, bound = exact_numbers(link.link, outcome)
    words = against_words(value, bound) if value and bound else ""
    names = _labels(link)
    if words and " against " not in words:
        return Markup("{}, {}: {}").format(*names, _shown(words, f"{outcome.value} {outcome.bound}"))
    first, second = _pair(outcome, link)
    return Markup("{} {}, {} {}").format(names[0], first, names[1], second)


def _power_of_ten(match: re.Match[str]) -> str:
    return f"{match[1]}·10<sup>{int(match[2])}</sup>"


def _regime(regime: Regime) -> Markup:
    """What grows, and what stays fixed, as mathematics."""
    grows, fixed = regime_tex(regime)
    held = Markup(" at fixed {}").format(Markup(", ").join(Markup(mathml(tex)) for tex in fixed)) if fixed else ""
    return Markup("as {}{}").format(Markup(mathml(grows)), held)


def _reason(text: str) -> Markup:
    """A reason with its SymPy formulas closer to how people write them, powers of ten and squares raised."""
    plain = escape(with_signs(plain_counts(text)))
    plain = re.sub(r"(?<![\w.])(\d[\d.]*)e([+-]?\d+)(?!\w)", _in_prose, plain)
    plain = re.sub(r"(?<=[\w)])\^(-?\d+|[A-Za-z])(?!\w)", r"<sup>\1</sup>", plain)
    plain = re.sub(r"(?<=[\w)])\^\{([^{}<>]*)\}", r"<sup>\1</sup>", plain)
    return Markup(re.sub(r"(?<=[^\W\d_]|⊥)_([A-Za-z]|\d{1,2})(?!\w)", r"<sub>\1</sub>", plain))


def _in_prose(match: re.Match[str]) -> str:
    """A number in a sentence: in decimals unless it is small or large."""
    if -3 <= int(match[2]) <= 3:
        return f"{Decimal(match[0]):f}"
    return _power_of_ten(match).replace("-", "−")


def _cell(cell: Mapping[str, Any]) -> Markup:
    pairs = [Markup('<span class="n">{}&nbsp;=&nbsp;{}</span>').format(_symbol(k), str(v)) for k, v in cell.items()]
    return Markup(", ").join(pairs)


def _anchor(result: Result) -> str:
    s = result.statement
    return re.sub(r"[^\w.-]", "-", s.key if s.form != "repaired" else f"{s.key}.repaired")


_LABELS = {
    "probability": ("probability of what is excluded", "claimed bound on it"),
    "rate": ("slope", "admitted"),
    "asymptotic": ("log of the ratio", "claimed limit"),
    "scalar": ("left side", "right side"),
    "identity": ("left side", "right side"),
}


def _labels(link: LinkResult) -> tuple[str, str]:
    """What the two deciding numbers of a link are called."""
    if link.link.kind == "law" and link.evidence is Evidence.SAMPLED:
        return "distance of the samples", "its limit"
    return _LABELS.get(link.link.kind, ("value", "claimed"))


def _cells(link: LinkResult) -> list[Outcome]:
    """The cells worth showing: refuting ones first, then the smallest and the largest."""
    with_numbers = [o for o in link.outcomes if o.cell and (o.value or o.bound)]
    ordered = sorted(with_numbers, key=lambda o: (o.verdict is not Verdict.REFUTED, cell_order(o.cell, link.sizes)))
    if len(ordered) <= _MOST_CELLS:
        return ordered
    half = _MOST_CELLS // 2
    return [*ordered[:half], *ordered[-half:]]


def _statement_row(audit: Audit, result: Result, figures: Figures) -> dict[str, Any]:
    s, dag = result.statement, audit.dag
    index = 0
    claims = []
    for claim in s.claims:
        links = result.links[index : index + len(claim.links)]
        index += len(claim.links)
        claims.append(
            {
                "exists": [latex(c) for c in claim.exists],
                "regime": claim.regime,
                "links": [_link_row(link) for link in links],
                "tex": [link.latex for link in claim.links],
            }
        )
    return {
        "s": s,
        "result": result,
        "anchor": _anchor(result),
        "kind": statement_kind(s),
        "claims": claims,
        "uses": [u for u in dict.fromkeys(dag.book.resolve(k) for k in s.uses)],
        "users": dag.users[s.key] if s.form != "repaired" else (),
        "dependents": len(dag.dependents(s.key)) if s.form != "repaired" else 0,
        "repairs": [r for r in dag.repairs_of(s.key)] if s.form != "repaired" else [],
        "figure": figures.of(result),
        "best": [best_words(row) for row in result.constants.get("best", ())],
        "named": _named(result),
    }


def _link_row(link: LinkResult) -> dict[str, Any]:
    labels = _labels(link)
    decided = link.counterexample or (link.deciding[-1] if link.deciding else None)
    return {
        "link": link,
        "verdict": str(link.verdict),
        "evidence": str(link.evidence or ""),
        "labels": labels,
        "decided": decided if decided is not None and (decided.value or decided.bound) else None,
        "failing": counterexample_words(link.counterexample).partition(":")[0] if link.counterexample else "",
        "remarks": list(dict.fromkeys(o.remark for o in link.outcomes if o.remark)),
        "cells": _cells(link),
        "total": sum(1 for o in link.outcomes if o.cell and (o.value or o.bound)),
    }


def _table(rows: Sequence[Mapping[str, Any]], sides: Mapping[str, Towards]) -> dict[str, Any]:
    columns = list(dict.fromkeys(k for row in rows for k in row))
    cells = [[_constant(str(row.get(c, "")), sides.get(c, "out")) for c in columns] for row in rows]
    safe = [c for c in columns if sides.get(c, "out") != "out"]
    return {"columns": columns, "rows": cells, "safe": safe}


def _constant(text: str, side: Towards) -> Markup:
    """A constant rounded to the side on which the claim with it is the weaker one."""
    return _number(text) if side == "out" else _shown(sided(text, side), text)


def _named(result: Result) -> list[Markup]:
    """The named constants of a result: exact forms first, decimals on the safe side."""
    sides = constant_sides(result.statement)
    return [
        # A constant that depends on a parameter is no number.
        Markup("{}&nbsp;=&nbsp;{}").format(
            _symbol(name),
            escape(text) if "(" in name else _shown(exact_first(exact, text, towards=sides.get(name, "out")), text),
        )
        for name, exact, text in named_constants(result)
    ]


def _constants(audit: Audit, figures: Figures) -> list[dict[str, Any]]:
    """Every table and value of constants the evidence admits, with the statement it belongs to."""
    found = []
    for result in audit.results:
        given = {k: v for k, v in result.constants.items() if k != "best"}
        sides = constant_sides(result.statement)
        if not given:
            continue
        lines: list[tuple[str, str | Markup]] = []
        for name, value in given.items():
            words = name.replace("_", " ")
            if name == "condition":
                lines.append((words, _condition(result, str(value))))
            elif name == "named":
                lines.append((words, Markup(", ").join(_named(result))))
            elif isinstance(value, Mapping):
                pairs = [Markup("{}&nbsp;=&nbsp;{}").format(_symbol(str(k)), _number(str(v))) for k, v in value.items()]
                lines.append((words, Markup(", ").join(pairs)))
            elif not isinstance(value, list):
                lines.append((words, _number(str(value))))
        tables = {k: _table(v, sides) for k, v in given.items() if isinstance(v, list) and v}
        found.append({"result": result, "lines": lines, "tables": tables, "figure": figures.of(result, 1)})
    return found


def _condition(result: Result, text: str) -> Markup:
    """The admitted region in mathematics, from the statement's own expression."""
    region = next((i.admitted for i in result.statement.implied_by if i.admitted is not None), None)
    if region is None:
        return _reason(text)
    ratio = latex(region.ratio)
    first, second = latex(region.first), latex(region.second)
    tex = rf"{first} \le {latex(region.largest)},\quad {ratio} = {first} / {second}"
    return Markup(f'<div class="formula">{mathml(tex, block=True)}</div>')


def _symbol(name: str) -> Markup:
    """A constant's name as mathematics, a word as a word."""
    if re.fullmatch(r"[A-Za-z](_?\w{1,2})?|[a-z]{2,7}(?=_)\w*", name):
        return Markup(mathml(latex(Symbol(name))))
    return Markup(escape(name.replace("_", " ")))


def page(audit: Audit, figures: Path) -> str:
    """The page.

    Parameters
    ----------
    audit : Audit
    figures : Path
        Folder of ``KEY.svg`` drawings with their captions; missing ones are left out.

    Returns
    -------
    str
        HTML with its style and script inside.
    """
    templates = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "math": lambda tex: Markup(mathml(tex)),
        "display": lambda tex: Markup(mathml(tex, block=True)),
        "symbol": _symbol,
        "reason": _reason,
        "number": _number,
        "pair": _pair,
        "regime": _regime,
        "short": in_short,
        "numbers": _numbers,
        "words": lambda verdict: _WORDS.get(str(verdict), str(verdict)),
        "cell": _cell,
        "anchor": _anchor,
        "kind": statement_kind,
    }
    drawn = Figures(figures, audit.results, audit.studies, {s.stem: s.figure for s in audit.sections})
    text = environment.get_template("report.html").render(
        audit=audit,
        printed=audit.by_verdict("printed"),
        evidence=audit.counts("printed"),
        ours=audit.by_verdict("repaired", "sharp"),
        levels=LEVELS,
        meaning=MEANING,
        base=TRUSTED_BASE,
        anchors={r.statement.key: _anchor(r) for r in reversed(audit.results) if r.statement.form != "repaired"},
        rows=[_statement_row(audit, r, drawn) for r in audit.results],
        drawings=[d for root in audit.dag.roots if (d := drawing(audit.dag, root))],
        outlines={root: outline(audit.dag, root) for root in audit.dag.roots},
        constants=_constants(audit, drawn),
        studies=[figure for stem in audit.studies if (figure := drawn.named(stem))],
        sections=[(section, drawn.named(section.stem)) for section in audit.sections],
        labels=_labels,
        papers=[p for p in audit.papers if p != OURS],
        reference={cite: reference.text for cite, reference in audit.references.items()},
        bibtex=audit.bibtex,
        style=Markup((templates / "report.css").read_text(encoding="utf-8")),
        script=Markup((templates / "report.js").read_text(encoding="utf-8")),
        release=version("whp"),
    )
    return drawn.place(text, _PAGE_BUDGET)
