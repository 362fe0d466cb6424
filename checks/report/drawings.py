"""Figures inside a page, as small as they can be."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image

from ..figures.names import figure_names
from ..verdict import Result

__all__ = ["Figures", "compact_svg"]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_COARSER = (3, 4)  # reductions of the PNG that replaces the largest drawings when a page grows too heavy

_COLUMN = 300.0  # points: a wider drawing scrolls on a phone instead of shrinking


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
    with Image.open(path) as image:
        small = image.convert("RGB").reduce(factor).quantize(32, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode()


class Figures:
    """The figures of a run by name: each drawing once, placed in the finished page as large as it can bear."""

    def __init__(
        self,
        folder: Path,
        results: Sequence[Result],
        studies: Sequence[str] = (),
        others: Mapping[str, Path] | None = None,
    ) -> None:
        stems = [*(stem for r in results for stem in figure_names(r.statement)), *studies]
        paths = {stem: folder / f"{stem}.svg" for stem in stems} | {
            stem: path.with_name(f"{path.name}.svg") for stem, path in (others or {}).items()
        }
        self._paths = {stem: path for stem, path in paths.items() if path.is_file()}
        self._sources = {stem: _svg_source(path) for stem, path in self._paths.items()}
        first: dict[str, str] = {}
        for stem, source in self._sources.items():
            first.setdefault(source, stem)
        self._shown_as = {stem: first[source] for stem, source in self._sources.items()}

    def of(self, result: Result, which: int = 0) -> dict[str, Any] | None:
        """Placeholder, caption and name of a result's figure (1: of its constants), or of the twin it was shown as."""
        return self.named(figure_names(result.statement)[which])

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
