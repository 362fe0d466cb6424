"""Sphinx configuration; pages that speak of code are written from the code itself, so they cannot lag behind."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

project = "whp"
author = "The whp developers"
copyright = "The whp developers"
release = importlib.metadata.version("whp")

extensions = ["sphinx.ext.autodoc", "numpydoc", "myst_parser"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "new-paper"]
myst_enable_extensions = ["dollarmath", "amsmath"]
templates_path = ["_templates"]

html_theme = "pydata_sphinx_theme"
html_title = "whp"
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["whp.css"]
# One navigation: all pages at the left, which a phone folds behind a button.
html_sidebars = {"**": ["navigation.html"]}
html_theme_options = {
    "show_toc_level": 1,
    "navigation_with_keys": False,
    "navbar_center": [],
    "secondary_sidebar_items": ["page-toc"],
}

# The numpydoc sections name types, shapes and units; a signature that repeats them is only long.
autodoc_typehints = "none"
python_maximum_signature_line_length = 100
numpydoc_show_class_members = False


def _write_generated(app: Any) -> None:
    from generated import write_pages

    write_pages(Path(app.srcdir) / "api")


def _escape_bars(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    from generated import escape_bars

    lines[:] = escape_bars(lines)


def setup(app: Any) -> None:
    """Write the generated pages before Sphinx lists its sources, and read docstrings as plain mathematics."""
    from mathematics import block, inline
    from navigation import add_navigation
    from offline import check_built

    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    app.connect("builder-inited", _write_generated)
    # Before numpydoc, which listens to the same event at the default priority.
    app.connect("autodoc-process-docstring", _escape_bars, priority=100)
    app.connect("html-page-context", add_navigation)
    app.connect("build-finished", check_built)
