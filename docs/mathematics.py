"""Mathematics as MathML, which browsers draw without a script and without another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.logging import getLogger
from whp.checks.report.mathml import mathml

__all__ = ["asks_elsewhere", "block", "check_built", "fetched", "inline"]

# What a browser fetches by itself: links that a reader may follow are none of these.
_FETCHED = re.compile(r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']([^"']+)|<link\b[^>]*>""")
_STYLE = re.compile(r"""\bhref=["']([^"']+)""")
_CSS = re.compile(r"""url\(["']?([^"')]+)|@import\s+["']([^"']+)""")
_ELSEWHERE = re.compile(r"(?:https?:)?//")


def inline(translator: Any, node: nodes.math) -> None:
    """Add mathematics within a line to a page."""
    translator.body.append(_drawn(node, block=False))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    """Add displayed mathematics to a page; wide formulas scroll inside themselves."""
    translator.body.append(f'<div class="math">{_drawn(node, block=True)}</div>')
    raise nodes.SkipNode


def _drawn(node: nodes.Element, *, block: bool) -> str:
    """MathML; what cannot be read stays as it is typed, with a warning."""
    try:
        return mathml(node.astext().strip(), block=block)
    except ValueError as error:
        getLogger(__name__).warning("%s", error, location=node)
        return f"<code>{escape(node.astext())}</code>"


def fetched(text: str) -> list[str]:
    """Addresses on other hosts that a browser would ask for this page or style sheet.

    Examples
    --------
    >>> fetched('<script src="https://host/a.js"></script> <a href="https://host">a link</a> <img src="b.png">')
    ['https://host/a.js']
    """
    found = [m[1] or "".join(_STYLE.findall(m[0])[:1]) for m in _FETCHED.finditer(text) if "canonical" not in m[0]]
    return [address for address in found if _ELSEWHERE.match(address)]


def _styles(text: str) -> list[str]:
    found = [first or second for first, second in _CSS.findall(text)]
    return [address for address in found if _ELSEWHERE.match(address)]


def asks_elsewhere(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every page and style sheet of built documentation that asks another host, with the address."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".css"):
            text = path.read_text(encoding="utf-8")
            yield from ((path, address) for address in (_styles if path.suffix == ".css" else fetched)(text))


def check_built(app: Any, exception: Exception | None) -> None:
    """Warn of every built page that is not whole without the network."""
    if exception is None and app.builder.format == "html":
        for path, address in asks_elsewhere(Path(app.outdir)):
            getLogger(__name__).warning("%s asks another host: %s", path, address)
