"""The gallery: each script in `examples/gallery/` is run, and its figure shown beside its code."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

__all__ = ["SCRIPTS", "draw", "gallery_page", "scripts", "words_and_code"]

SCRIPTS = Path(__file__).parent.parent / "examples" / "gallery"
_DPI = 150


def scripts() -> list[Path]:
    """The gallery's scripts in its order."""
    return sorted(SCRIPTS.glob("*.py"))


def words_and_code(script: Path) -> tuple[str, str, str]:
    """Title, words and code of a script whose docstring has the first two."""
    text = script.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""
    title, _, words = docstring.partition("\n\n")
    code = text.partition('"""')[2].partition('"""')[2].strip()
    return title.rstrip("."), words, code


def draw(script: Path, image: Path) -> None:
    """Run a script and save what it calls `figure`.

    Raises
    ------
    TypeError
        When it has no figure of that name.
    """
    with rc_context():
        figure = runpy.run_path(str(script)).get("figure")
        if not isinstance(figure, Figure):
            raise TypeError(f"{script.name}: found figure = {figure!r}; a Matplotlib figure of that name is needed")
        figure.savefig(image, dpi=_DPI, bbox_inches="tight", metadata={"Software": None})


def gallery_page(folder: Path) -> str:
    """The page; its figures are drawn into `folder`, beside it."""
    lines = [
        "# Gallery",
        "",
        "Each figure is drawn by the code below it when this documentation is built. The scripts are in "
        '`examples/gallery/`; `figure.savefig("figure.pdf")` makes a file of any of them, and `whp plot` and '
        "`whp check --plot` draw figures of results from a shell. How a figure is read is said under "
        "[Figures](../figures.md).",
        "",
    ]
    for script in scripts():
        title, words, code = words_and_code(script)
        image = f"gallery-{script.stem}.png"
        draw(script, folder / image)
        lines += [f"## {title}", "", f"```{{image}} {image}", f":alt: {title}", ":width: 560px", "```", "", words, ""]
        lines += ["```python", code, "```", ""]
    return "\n".join(lines)
