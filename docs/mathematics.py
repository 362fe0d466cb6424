"""Mathematics as MathML, which browsers draw without a script and without another host."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.util.logging import getLogger
from whp.checks.report.mathml import mathml

__all__ = ["block", "inline"]


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
