"""What built documentation asks of other hosts: nothing, or the build warns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["asks_elsewhere", "check_built", "fetched"]

# What a browser fetches by itself: links that a reader may follow are none of these.
_FETCHED = re.compile(r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']([^"']+)|<link\b[^>]*>""")
_STYLE = re.compile(r"""\bhref=["']([^"']+)""")
_CSS = re.compile(r"""url\(["']?([^"')]+)|@import\s+["']([^"']+)""")
_ELSEWHERE = re.compile(r"(?:https?:)?//")


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
    from sphinx.util.logging import getLogger  # Sphinx is needed to build, not to look at what was built

    if exception is None and app.builder.format == "html":
        for path, address in asks_elsewhere(Path(app.outdir)):
            getLogger(__name__).warning("%s asks another host: %s", path, address)
