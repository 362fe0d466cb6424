"""The files of an audit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..sweep.store import write_text
from ..verdict import Result
from .audit import Audit
from .html import page
from .latex import appendix, shown_figures

if TYPE_CHECKING:
    from ..sections import Section
    from ..verify.run import Run

__all__ = ["write_report"]


def write_report(run: Run, results: Sequence[Result], sections: Sequence[Section] = ()) -> tuple[Path, ...]:
    """Write ``report/`` into the run's folder: ``index.html``, ``report.json``, and the appendix in ``latex/``.

    Each file is written beside the old one and then put in its place, so a reader never sees half a file.

    Parameters
    ----------
    run : Run
        With a folder; the figures that ``whp verify`` left there are put into the page.
    results : sequence of Result
    sections : sequence of Section
        What the paper shows of experiments beside its statements.

    Returns
    -------
    tuple of Path

    Raises
    ------
    ValueError
        When the run has no folder.
    OSError
        When the folder cannot be written.
    """
    if run.folder is None:
        raise ValueError("a report needs a run with an output folder")
    audit, figures = Audit(run, results, sections), run.folder / "figures"
    files = {
        "index.html": page(audit, figures),
        "report.json": json.dumps(audit.to_dict(), indent=1, ensure_ascii=False) + "\n",
        **{f"latex/{name}": text for name, text in appendix(audit, figures).items()},
    }
    folder = run.folder / "report"
    drawn = folder / "latex" / "figures"
    try:
        drawn.mkdir(parents=True, exist_ok=True)
        for stem in shown_figures(audit, figures):
            shutil.copyfile(figures / f"{stem}.pdf", drawn / f"{stem}.pdf")
        for section in sections:
            shutil.copyfile(section.figure.with_name(f"{section.figure.name}.pdf"), drawn / f"{section.stem}.pdf")
        for name, text in files.items():
            write_text(folder / name, text)
    except OSError as error:
        raise OSError(f"cannot write {folder} ({error.strerror}); free space or make the folder writable") from None
    return tuple(folder / name for name in files)
