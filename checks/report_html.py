"""The audit as one HTML page that needs nothing else: mathematics as MathML, figures inside, no network."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import jinja2
from latex2mathml.converter import convert
from markupsafe import Markup
from sympy import Symbol, latex

from .report import (
    LEVELS,
    MEANING,
    REFERENCES,
    STUDY_FIGURES,
    TRUSTED_BASE,
    Audit,
    best_words,
    bibtex,
    figure_stems,
    short_number,
)
from .report_dag import ProofDag, layers, statement_kind
from .verdict import Evidence, LinkResult, Outcome, Result, Verdict, cell_order

__all__ = ["compact_svg", "mathml", "page"]

_PAGE_BUDGET = 4_900_000  # bytes
_COARSER = (3, 4)  # reductions of the PNG that replaces the largest drawings when a page grows too heavy
_MOST_CELLS = 12
_COLUMN = 300.0  # points: a wider drawing scrolls on a phone instead of shrinking
_THIN = '<mspace width="0.167em"/>'


@lru_cache(maxsize=4096)
def mathml(tex: str, *, block: bool = False) -> str:
    """LaTeX as MathML.

    Parameters
    ----------
    tex : str
    block : bool
        Displayed instead of inline.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When a command is not understood: nothing is shown half.

    Examples
    --------
    >>> mathml("x^2")
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    text = re.sub(r"&#x([0-9A-Fa-f]+);", lambda m: escape(chr(int(m[1], 16))), convert(tex))
    lost = re.search(r"\\[A-Za-z]+", text)
    if lost:
        raise ValueError(f"no MathML for {lost.group()} in the formula {tex}")
    text = re.sub(r"<math[^>]*>", '<math display="block">' if block else "<math>", text, count=1)
    # A word is one identifier: separate letters would be spaced as a product.
    text = re.sub(
        r'(?:<mi mathvariant="normal">[^<]</mi>){2,}', lambda m: f"<mi>{re.sub('<[^>]*>', '', m[0])}</mi>", text
    )
    text = re.sub(r"<mo>([A-Za-z]{2,})</mo>", r"<mi>\1</mi>", text)
    text = re.sub(r"(</m(?:i|n|sup|sub|frac|sqrt)>)(<mi>(?:log|exp|min|max)</mi>)", rf"\1{_THIN}\2", text)
    text = text.replace("<mo>⊤</mo>", '<mi mathvariant="normal">⊤</mi>')
    text = text.replace(' fence="true"', "")
    alone = re.compile(r"<mrow>(<m(?:[ino]|text)(?: [^>]*)?>[^<]*</m(?:[ino]|text)>)</mrow>")
    while (fewer := alone.sub(r"\1", text)) != text:
        text = fewer
    text = re.sub(r"^(<math[^>]*>)<mrow>(.*)</mrow></math>$", _unwrapped, text)
    ElementTree.fromstring(text)
    return text


def _unwrapped(match: re.Match[str]) -> str:
    """Drop the outer row where it is one element around everything."""
    body = match[2]
    depth = 0
    for tag in re.finditer(r"<(/?)mrow[^>]*>", body):
        depth += -1 if tag[1] else 1
        if depth < 0:
            return match[0]
    return f"{match[1]}{body}</math>"


def compact_svg(text: str) -> str:
    """An SVG drawing without metadata, unused names and digits beyond a hundredth of a point."""
    text = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    reference = r"(url\(|href=\")#([^)\"]*)"
    names = {name: f"g{i:x}" for i, name in enumerate(sorted({m[2] for m in re.finditer(reference, text)}))}
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", text)
    text = re.sub(reference, lambda m: f"{m[1]}#{names[m[2]]}", text)
    # A scale is one small factor and keeps its digits.
    text = re.sub(r"scale\([^)]*\)|-?\d+\.\d{3,}", lambda m: m[0] if m[0][0] == "s" else _hundredths(m[0]), text)
    text = re.sub(
        r'(<use xlink:href="[^"]*") transform="translate\((-?[\d.]+) (-?[\d.]+)\)"/>', r'\1 x="\2" y="\3"/>', text
    ).replace(' y="0"/>', "/>")
    text = text.replace("xlink:href", "href")
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"> <", "><", text)
    text = re.sub(r" ?([MLHVCQz]) ", r"\1", text)
    text = re.sub(r"([:;]) ", r"\1", text)
    while (fewer := re.sub(r"<g>((?:<use[^>]*/>)?)</g>", r"\1", text)) != text:
        text = fewer
    return text.strip()


def _hundredths(text: str) -> str:
    return f"{float(text):.2f}".rstrip("0").rstrip(".")


def _svg_source(path: Path) -> str:
    text = compact_svg(path.read_text(encoding="utf-8"))
    # Single quotes need no escape; a drawing that has some keeps its double ones, escaped.
    quoted = text if "'" in text else text.replace('"', "'")
    return "data:image/svg+xml," + quote(quoted, safe=" /:=,;()'<>@!$*+?[]|.-_~")


def _width(path: Path) -> float:
    """The width of a drawing in points."""
    with path.open(encoding="utf-8") as file:
        found = re.search(r'<svg[^>]* width="([\d.]+)pt"', file.read(2000))
    return float(found[1]) if found else 0.0


def _png_source(path: Path, factor: int) -> str:
    from PIL import Image

    with Image.open(path) as image:
        small = image.convert("RGB").reduce(factor).quantize(32, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode()


class _Figures:
    """The figures of a run by name: each drawing once, placed in the finished page as large as it can bear."""

    def __init__(self, folder: Path, results: Sequence[Result]) -> None:
        stems = [*(stem for r in results for stem in figure_stems(r.statement)), *STUDY_FIGURES]
        self._paths = {stem: folder / f"{stem}.svg" for stem in stems if (folder / f"{stem}.svg").is_file()}
        self._sources = {stem: _svg_source(path) for stem, path in self._paths.items()}
        first: dict[str, str] = {}
        for stem, source in self._sources.items():
            first.setdefault(source, stem)
        self._shown_as = {stem: first[source] for stem, source in self._sources.items()}

    def of(self, result: Result, which: int = 0) -> dict[str, Any] | None:
        """Placeholder, caption and name of a result's figure (1: of its constants), or of the twin it was shown as."""
        return self.named(figure_stems(result.statement)[which])

    def named(self, stem: str) -> dict[str, Any] | None:
        """The same of a figure by its name."""
        path = self._paths.get(stem)
        if path is None:
            return None
        return {
            "stem": stem,
            "source": f"figure:{stem}",
            "caption": _plain_caption(path.with_suffix(".txt")),
            "same": "" if self._shown_as[stem] == stem else self._shown_as[stem],
            "wide": _width(path) > _COLUMN,
        }

    def place(self, text: str, budget: int) -> str:
        """Put the drawings where their placeholders are; the largest become coarser until the page fits.

        Raises
        ------
        ValueError
            When even the coarsest drawings do not fit.
        """
        sources = {stem: source for stem, source in self._sources.items() if self._shown_as[stem] == stem}
        left = budget - len(text.encode())
        for factor in _COARSER:
            for stem in sorted(sources, key=lambda s: -len(sources[s])):
                if sum(map(len, sources.values())) <= left:
                    break
                raster = self._paths[stem].with_suffix(".png")
                if raster.is_file() and len(coarser := _png_source(raster, factor)) < len(sources[stem]):
                    sources[stem] = coarser
        needed = sum(map(len, sources.values()))
        if needed > left:
            raise ValueError(f"{len(sources)} figures need {needed} bytes, {left} are left of {budget}; report fewer")
        return re.sub(r'src="figure:([^"]*)"', lambda m: f'src="{sources[unescape(m[1])]}"', text)


def _plain_caption(path: Path) -> str:
    """A LaTeX caption as plain text."""
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8").strip()
    for tex, plain in (("--", "–"), (r"\,\%", " %"), (r"\_", "_"), (r"\delta", "δ"), (r"\%", "%"), ("~", " ")):
        text = text.replace(tex, plain)
    text = re.sub(r"10\^\{(-?\d+)\}", lambda m: "10" + m[1].translate(_SUPERSCRIPTS), text)
    return text.replace("$", "")


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _number(text: str) -> Markup:
    """A deciding number, shortened, powers of ten raised, the full text on demand; words stay words."""
    if re.search(r"[A-Za-z]{2,}|_", text):
        return _reason(text)
    short = escape(short_number(text))
    shown = re.sub(r"(\d)e([+-]?\d+)", _power_of_ten, short).replace("-", "−")
    title = f' title="{escape(text)}"' if short != text else ""
    return Markup(f'<span class="n"{title}>{shown}</span>')


def _power_of_ten(match: re.Match[str]) -> str:
    return f"{match[1]}·10<sup>{int(match[2])}</sup>"


def _reason(text: str) -> Markup:
    """A reason with its SymPy formulas closer to how people write them."""
    plain = re.sub(r"(?<=[\w)])\*(?=[\w(])", "·", text.replace("**", "^"))
    return Markup(escape(plain))


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
    ordered = sorted(with_numbers, key=lambda o: (o.verdict is not Verdict.REFUTED, cell_order(o.cell)))
    if len(ordered) <= _MOST_CELLS:
        return ordered
    half = _MOST_CELLS // 2
    return [*ordered[:half], *ordered[-half:]]


def _statement_row(audit: Audit, result: Result, figures: _Figures) -> dict[str, Any]:
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
        "named": result.constants.get("named", {}),
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
        "remarks": list(dict.fromkeys(o.remark for o in link.outcomes if o.remark)),
        "cells": _cells(link),
        "total": sum(1 for o in link.outcomes if o.cell and (o.value or o.bound)),
    }


_NODE_HEIGHT, _COLUMN_GAP, _ROW_GAP, _LETTER = 28.0, 34.0, 10.0, 7.6  # pixels


def _drawing(dag: ProofDag, root: str) -> dict[str, Any] | None:
    """Places of nodes and edges of the tree under `root`, in pixels; None when there is nothing to draw."""
    laid = layers(dag, root)
    if len(laid.columns) < 2:
        return None
    step = _NODE_HEIGHT + _ROW_GAP
    height = max(map(len, laid.columns)) * step - _ROW_GAP + 2
    nodes: dict[str, tuple[float, float, float]] = {}
    left = 1.0
    for column in laid.columns:
        width = round(max(map(len, column)) * _LETTER) + 18.0
        top = (height - len(column) * step + _ROW_GAP) / 2
        for i, key in enumerate(column):
            nodes[key] = (left, top + i * step, width)
        left += width + _COLUMN_GAP
    lines = []
    for upper, lower, implied in laid.edges:
        x0, y0 = nodes[upper][0] + nodes[upper][2], nodes[upper][1] + _NODE_HEIGHT / 2
        x1, y1 = nodes[lower][0], nodes[lower][1] + _NODE_HEIGHT / 2
        bend = min(_COLUMN_GAP, (x1 - x0) / 2)
        path = f"M{x0:g} {y0:g}C{x0 + bend:g} {y0:g} {x1 - bend:g} {y1:g} {x1:g} {y1:g}"
        lines.append({"path": path, "implied": implied})
    return {
        "root": root,
        "width": left - _COLUMN_GAP + 1,
        "height": height,
        "node_height": _NODE_HEIGHT,
        "nodes": [_node(dag, key, *at) for key, at in nodes.items()],
        "lines": lines,
    }


def _node(dag: ProofDag, key: str, x: float, y: float, width: float) -> dict[str, Any]:
    repaired = any(r.verdict is Verdict.HOLDS for r in dag.repairs_of(key))
    return {"key": key, "x": x, "y": y, "width": width, "verdict": _standing(dag, key), "repaired": repaired}


def _standing(dag: ProofDag, key: str) -> str:
    result = dag.result(key)
    return "unchecked" if result is None else str(result.verdict)


def _outline(dag: ProofDag, root: str) -> list[dict[str, Any]]:
    """The nested list under `root`; a key is opened once."""
    opened: set[str] = set()

    def grow(key: str) -> dict[str, Any]:
        first = key not in opened
        opened.add(key)
        below = [u for u in dag.uses[key] if dag.main(u).form != "definition"]
        return {
            "key": key,
            "title": dag.main(key).title,
            "verdict": _standing(dag, key),
            "repaired": dag.repaired(key),
            "below": [grow(u) for u in below] if first else [],
            "again": not first and bool(below),
        }

    return [grow(root)]


def _table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    columns = list(dict.fromkeys(k for row in rows for k in row))
    return {"columns": columns, "rows": [[str(row.get(c, "")) for c in columns] for row in rows]}


def _constants(audit: Audit, figures: _Figures) -> list[dict[str, Any]]:
    """Every table and value of constants the evidence admits, with the statement it belongs to."""
    found = []
    for result in audit.results:
        given = {k: v for k, v in result.constants.items() if k != "best"}
        if not given:
            continue
        lines: list[tuple[str, str | Markup]] = []
        for name, value in given.items():
            words = name.replace("_", " ")
            if name == "condition":
                lines.append((words, _condition(result, str(value))))
            elif isinstance(value, Mapping):
                pairs = [Markup("{}&nbsp;=&nbsp;{}").format(_symbol(str(k)), _number(str(v))) for k, v in value.items()]
                lines.append((words, Markup(", ").join(pairs)))
            elif not isinstance(value, list):
                lines.append((words, _number(str(value))))
        tables = {k: _table(v) for k, v in given.items() if isinstance(v, list) and v}
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
        "cell": _cell,
        "anchor": _anchor,
        "kind": statement_kind,
    }
    drawn = _Figures(figures, audit.results)
    papers = [p for p in audit.papers if p != "whp"]
    known = {cite: _try_bibtex(cite) for cite in (*papers, "whp")}
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
        drawings=[d for root in audit.dag.roots if (d := _drawing(audit.dag, root))],
        outlines={root: _outline(audit.dag, root) for root in audit.dag.roots},
        constants=_constants(audit, drawn),
        studies=[figure for stem in STUDY_FIGURES if (figure := drawn.named(stem))],
        labels=_labels,
        papers=papers,
        reference={cite: REFERENCES[cite] for cite in papers if cite in REFERENCES},
        bibtex={cite: entry for cite, entry in known.items() if entry},
        style=Markup((templates / "report.css").read_text(encoding="utf-8")),
        script=Markup((templates / "report.js").read_text(encoding="utf-8")),
        release=version("whp"),
    )
    return drawn.place(text, _PAGE_BUDGET)


def _try_bibtex(cite: str) -> str | None:
    try:
        return bibtex(cite)
    except KeyError:
        return None
