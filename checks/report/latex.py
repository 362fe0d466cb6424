"""The audit as a paper's LaTeX appendix: text, tables, figures, and one macro per number for papers to ``\\input``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from sympy import Symbol, latex

from ...theory.calculus.rounding import against, in_short
from ...theory.language.cells import Regime
from ...theory.language.statements import Source
from ...theory.proofs.prose import in_words
from ..figures.captions import figure_tex
from ..figures.names import figure_names
from ..tex import in_tex, macro_name, tex_number
from ..verdict import Result, Verdict
from ..verify.explain import (
    constant_sides,
    exact_numbers,
    headline,
    named_constants,
)
from .audit import Audit
from .dag import statement_kind
from .prose import tex_key, tex_prose
from .words import LEVELS, OURS, TRUSTED_BASE, constant_side, regime_tex, sided

__all__ = ["appendix", "proofs_tex", "shown_figures"]


def _numbers(audit: Audit) -> Iterable[tuple[str, str]]:
    """Name and TeX of every number: counts, counterexamples, constants."""
    yield macro_name("statements"), str(sum(audit.by_verdict("printed").values()))
    for verdict, row in audit.counts("printed").items():
        yield macro_name(verdict), str(sum(row.values()))
        for level, count in row.items():
            yield macro_name(verdict, level), str(count)
    yield macro_name("definitions"), str(len(audit.of_form("definition")))
    for form in ("repaired", "sharp"):
        yield macro_name(form), str(len(audit.of_form(form)))
    for finding in (*audit.refuted, *audit.vacuous):
        key = finding.result.statement.key
        yield macro_name(key, "above"), str(len(finding.dependents))
        if (worst := finding.counterexample) is not None:
            for name, at in worst.cell.items():
                yield macro_name(key, "at", name), tex_number(str(at))
            if worst.value:
                value, bound = against(*exact_numbers(finding.link.link, worst))
                yield macro_name(key, "value"), in_tex(value)
                yield macro_name(key, "bound"), in_tex(bound)
    for result in audit.results:
        yield from _constants(result)
    for table in (*audit.tables, *(table for section in audit.sections for table in section.tables)):
        for i, texts in enumerate(table.rows, start=1):
            for column, text in zip(table.names, texts, strict=True):
                yield macro_name(table.name, str(i), column), tex_number(text) if text else "--"


def _constants(result: Result) -> Iterable[tuple[str, str]]:
    """Macros of the constants of a result, each exact or rounded to the side on which its claim is the weaker one."""
    key, sides = result.statement.key, constant_sides(result.statement)
    for name, exact, text in named_constants(result):
        short = sided(text if exact is None or not exact.is_Rational else str(exact), sides.get(name, "out"))
        yield macro_name(key, name), in_tex(short)
    for name, value in result.constants.items():
        if isinstance(value, Mapping) and name != "named":
            yield from ((macro_name(key, str(k)), tex_number(str(v))) for k, v in value.items())
        elif isinstance(value, list):
            for i, row in enumerate(value, start=1):
                kept = {k: str(v) for k, v in row.items() if k != "link"}
                if "sense" in kept:
                    kept["best"] = sided(kept["best"], constant_side(kept["sense"]))
                yield from (
                    (macro_name(key, name, str(i), k), in_tex(sided(v, sides.get(k, "out")))) for k, v in kept.items()
                )
        elif isinstance(value, str) and name not in ("implied_by", "condition"):
            yield macro_name(key, name), tex_number(value)


def _tables(audit: Audit) -> list[dict[str, Any]]:
    """The tables of admitted constants as rows of macros, columns of words left to the page."""
    found = []
    for result in audit.results:
        for name, rows in result.constants.items():
            if name == "best" or not isinstance(rows, list) or not rows:
                continue
            columns = [c for c in rows[0] if not re.search(r"[A-Za-z]{2,}", str(rows[0][c]))]
            key = result.statement.key
            lines = [[macro_name(key, name, str(i), c) for c in columns] for i in range(1, len(rows) + 1)]
            heads = [f"${latex(Symbol(c))}$" if "_" in c else tex_prose(c) for c in columns]
            found.append({"result": result, "name": name.replace("_", " "), "heads": heads, "lines": lines})
    return found


def _macros(audit: Audit) -> list[tuple[str, str]]:
    named: dict[str, str] = {}
    for name, value in _numbers(audit):
        unique = name
        while unique in named:  # keys that differ in punctuation only
            unique += "Again"
        named[unique] = value
    return list(named.items())


def _formula(tex: str) -> str:
    return re.sub(r"[^\x00-\x7f]", lambda m: tex_prose(m[0]), tex)


def _cell(cell: Mapping[str, Any]) -> str:
    return ", ".join(f"${latex(Symbol(k))} = {v}$" for k, v in cell.items())


def _instead(result: Result) -> str:
    return tex_prose(headline(result))


def _regime(regime: Regime) -> str:
    grows, fixed = regime_tex(regime)
    held = f" at fixed {', '.join(f'${tex}$' for tex in fixed)}" if fixed else ""
    return f"as ${grows}${held}"


def _figure(text: str) -> str:
    """A figure's environment on a page of one column: what was drawn for a column is not as wide as the text."""
    return text.replace(r"width=\linewidth", r"width=0.55\linewidth") if r"\begin{figure}" in text else text


def _label(kind: str, key: str) -> str:
    """A label: TeX minds some signs in it."""
    return f"{kind}:whp:{re.sub(r'[^A-Za-z0-9.:-]', '-', key)}"


def shown_figures(audit: Audit, folder: Path) -> tuple[str, ...]:
    """The names of the figures of the appendix: of main theorems, of what is refuted or vacuous, and of studies.

    Parameters
    ----------
    audit : Audit
    folder : Path
        Of the run's figures; those without a PDF and a caption there are left out.
    """
    told = [c.result for c in audit.main] + [f.result for f in (*audit.refuted, *audit.vacuous)]
    stems = dict.fromkeys((*(stem for r in told for stem in figure_names(r.statement)), *audit.studies))
    return tuple(s for s in stems if all((folder / f"{s}.{ending}").is_file() for ending in ("pdf", "tex")))


def appendix(audit: Audit, figures: Path | None = None) -> dict[str, str]:
    """The texts of an appendix.

    ``main.tex`` compiles as it is; it inputs ``numbers.tex`` (macros), ``appendix.tex`` (text, tables and figures) and
    ``proofs.tex``, and ``references.bib`` has what is cited.

    Parameters
    ----------
    audit : Audit
    figures : Path, optional
        Folder of the run's figures; without it none is shown.

    Returns
    -------
    dict
        File name → content.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    shown = shown_figures(audit, figures) if figures is not None else ()
    entries = audit.bibtex

    def cited(source: Source) -> str:
        where = tex_prose(source.where)
        return rf"\cite[{{{where}}}]{{{source.cite}}}" if source.cite in entries else tex_prose(str(source))

    environment.filters |= {
        "text": tex_prose,
        "key": tex_key,
        "short": in_short,
        "number": tex_number,
        "cell": _cell,
        "formula": _formula,
        "instead": _instead,
        "regime": _regime,
        "cited": cited,
        "kind": statement_kind,
        "words": lambda verdict: Verdict(verdict).words,
        "headline": headline,
        "figures": lambda result: [stem for stem in figure_names(result.statement) if stem in shown],
        "drawing": lambda section: _figure(figure_tex(section.stem, tex_prose(section.about))),
        "drawn": lambda stem: _figure(((figures or Path()) / f"{stem}.tex").read_text(encoding="utf-8")),
    }
    environment.globals |= {"macro": macro_name, "label": _label}
    values = {
        "audit": audit,
        "numbers": _macros(audit),
        "tables": _tables(audit),
        "levels": LEVELS,
        "base": TRUSTED_BASE,
        "evidence": audit.counts("printed"),
        "papers": [p for p in audit.papers if p != OURS],
        "told": {f.result.statement.key for f in (*audit.refuted, *audit.vacuous)},
        "shown": shown,
        "entries": entries,
        "release": version("whp"),
    }
    names = ("numbers.tex", "appendix.tex", "main.tex")
    files = {name: environment.get_template(name).render(values) for name in names}
    return {**files, "proofs.tex": proofs_tex(audit.results), "references.bib": "\n\n".join(entries.values()) + "\n"}


def proofs_tex(results: Iterable[Result]) -> str:
    r"""Every proof object of some results, line by line as a person reads it, for ``\input``.

    Examples
    --------
    >>> print(proofs_tex([]).splitlines()[-1])
    \section{Proofs}\label{sec:whp:proofs}
    """
    lines = [_LINE, r"\section{Proofs}\label{sec:whp:proofs}"]
    for proof in (p for result in results for p in result.proofs):
        about = proof["statement"]
        lines.append(rf"\paragraph{{\texttt{{{tex_key(about['key'])}}} ({about['form']}), relation {about['link']}.}}")
        for line in in_words(proof):
            depth = (len(line) - len(line.lstrip())) // 2
            lines.append(rf"\whpline{{{depth}}}{{{tex_prose(line.lstrip())}}}")
        lines += [rf"\whpline{{0}}{{Given: {tex_prose(entry)}.}}" for entry in proof["trusted"]]
    return "\n".join(lines) + "\n"


# A line of a proof, indented, that wraps.
_LINE = r"""\providecommand{\whpline}[2]{\par{\footnotesize\raggedright\hangafter=1\hangindent=\dimexpr#1em+2em\relax
  \noindent\hspace*{#1em}#2\par}}"""
