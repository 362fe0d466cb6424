"""The tutorial: a notebook, executed when the documentation is built and shown with what it printed and drew."""

from __future__ import annotations

import base64
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

__all__ = ["executed", "notebook_page"]

_SECONDS = 120
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def executed(notebook: Path) -> Any:
    """The notebook with its outputs; it runs in a new folder.

    Raises
    ------
    CellExecutionError
        When a cell raises an error.
    """
    found = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            found,
            timeout=_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
        )
        # The commands of the environment that builds come first, `whp` among them.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return client.execute(env={**os.environ, "PATH": path, "COLUMNS": "110"})


def notebook_page(notebook: Path, folder: Path) -> str:
    """The page of a notebook; the pictures that it drew are written into `folder`, beside it."""
    lines: list[str] = []
    pictures = 0
    for cell in executed(notebook).cells:
        if cell.cell_type == "markdown":
            lines += [cell.source, ""]
            continue
        lines += [f"```{_language(cell.source)}", cell.source, "```", ""]
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/png" in data:
                pictures += 1
                name = f"{notebook.stem}-{pictures}.png"
                (folder / name).write_bytes(base64.b64decode(data["image/png"]))
                lines += [f"```{{image}} {name}", ":alt: What the cell draws", ":width: 560px", "```", ""]
            else:
                text = _COLOUR.sub("", output.get("text") or data.get("text/plain", ""))
                lines += ["```text", *(line.rstrip() for line in text.rstrip().splitlines()), "```", ""]
    return "\n".join(lines)


def _language(source: str) -> str:
    """What a cell is written in: a cell's first line may say that it is a file, or a shell's."""
    first = source.partition("\n")[0]
    return "text" if first.startswith("%%") and not first.endswith(".py") else "ipython"
