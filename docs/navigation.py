"""The one navigation: every page of the guide under its caption, and below a page of the reference what is in it."""

from __future__ import annotations

from html import escape
from typing import Any

from sphinx.addnodes import toctree

__all__ = ["add_navigation"]


def add_navigation(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Hand a page's navigation to its template.

    Sphinx's own function resolves the whole reference anew for each page, which takes as long as writing it.
    """
    context["navigation"] = "".join(
        f'<p class="caption"><span class="caption-text">{escape(caption)}</span></p>{_list(app, pages, pagename)}'
        for caption, pages in _captions(app)
    )


def _captions(app: Any) -> list[tuple[str, list[str]]]:
    """The captions of the first page with their pages; read once."""
    if not hasattr(app, "whp_captions"):
        trees = app.env.get_doctree(app.config.root_doc).findall(toctree)
        app.whp_captions = [(tree["caption"], tree["includefiles"]) for tree in trees]
    found: list[tuple[str, list[str]]] = app.whp_captions
    return found


def _list(app: Any, pages: list[str], shown: str, level: int = 1) -> str:
    items = []
    for page in pages:
        below = app.env.toctree_includes.get(page, [])
        open_ = page == shown or shown.startswith(f"{page}.") or shown in below
        address = "#" if page == shown else app.builder.get_relative_uri(shown, page)
        current = " current active" if page == shown else ""
        title = escape(app.env.titles[page].astext())
        link = f'<a class="reference internal{current}" href="{escape(address)}">{title}</a>'
        inner = _list(app, below, shown, level + 1) if below and open_ else ""
        items.append(f'<li class="toctree-l{level}{current}">{link}{inner}</li>')
    return f'<ul class="nav bd-sidenav">{"".join(items)}</ul>' if level == 1 else f"<ul>{''.join(items)}</ul>"
