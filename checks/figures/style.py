"""How figures look: the sizes and fonts of a venue, colours and greys, markers and dashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
from cycler import cycler
from matplotlib.mathtext import MathTextParser
from tueplots import axes as line_widths
from tueplots import figsizes, fontsizes

__all__ = ["INK", "VENUES", "Look", "Style", "looks", "math_text", "settings", "style"]

INK = "0.15"
# Okabe and Ito's colours, safe for every common colour blindness; markers tell them apart in grey.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#8C6D00", "#56B4E9", "#000000")
_GREYS = ("0.0", "0.35", "0.5", "0.2", "0.42", "0.6", "0.1")
_MARKERS = ("o", "s", "D", "^", "P", "h", "*")
_DASHES: tuple[Any, ...] = ("-", (0, (4, 1.2)), (0, (1.2, 1)), (0, (4, 1, 1, 1)), (0, (6, 2)), (0, (2, 2)), "-")
# A formula of more characters fits no axis.
_LONGEST = 40

# Venue → what tueplots calls its widths and its font sizes, and the face of its mathematics.
VENUES: dict[str, tuple[str, str, str]] = {
    "aistats2025": ("aistats2025", "aistats2025", "stix"),
    "icml2025": ("icml2024", "icml2024", "stix"),
    "neurips2025": ("neurips2024", "neurips2024", "stix"),
    "iclr2025": ("iclr2023", "iclr2024", "stix"),
    "colt": ("jmlr2001", "jmlr2001", "cm"),
    "jmlr": ("jmlr2001", "jmlr2001", "cm"),
    "tmlr": ("tmlr2023", "tmlr2023", "stix"),
}


@dataclass(frozen=True)
class Style:
    """How a figure is to look.

    Attributes
    ----------
    venue : str
        Whose widths and font sizes it has.
    column : {"half", "full"}
        One column of two (half a page's width where a venue has one column), or the width of the page.
    style : {"light", "grey"}
        With colours, or without.

    Raises
    ------
    ValueError
        For a venue, a column or a style that there is not.

    Examples
    --------
    >>> Style("icml2025", "half").width, Style("tmlr").width, Style("tmlr", "half").width
    (3.25, 6.5, 3.25)
    """

    venue: str = "aistats2025"
    column: Literal["half", "full"] = "full"
    style: Literal["light", "grey"] = "light"

    def __post_init__(self) -> None:
        for name, known in (("venue", tuple(VENUES)), ("column", ("half", "full")), ("style", ("light", "grey"))):
            if getattr(self, name) not in known:
                raise ValueError(f"found {name} {getattr(self, name)!r}; one of {', '.join(known)} is needed")

    @property
    def width(self) -> float:
        """Inches."""
        name = VENUES[self.venue][0]
        found = getattr(figsizes, f"{name}_{self.column}", None)
        if found is not None:
            return float(found()["figure.figsize"][0])
        whole = float(getattr(figsizes, name)()["figure.figsize"][0])
        return whole / 2 if self.column == "half" else whole

    @property
    def grey(self) -> bool:
        """Whether it has no colours."""
        return self.style == "grey"


class Look:
    """Colour, marker and dash of one series."""

    def __init__(self, index: int, *, grey: bool = False) -> None:
        i = index % len(_MARKERS)
        self.colour = INK if index < 0 else (_GREYS if grey else _COLOURS)[i]
        self.marker = "" if index < 0 else _MARKERS[i]
        self.dash = "-" if index < 0 else _DASHES[i]


def looks(keys: Iterable[Any], *, grey: bool = False) -> dict[Any, Look]:
    """One look per key, in order."""
    return {key: Look(i, grey=grey) for i, key in enumerate(keys)}


def settings(chosen: Style) -> dict[str, Any]:
    """Matplotlib's settings for a style: the venue's font sizes, no TeX, editable text in PDFs, fixed names in SVGs."""
    _, sizes, face = VENUES[chosen.venue]
    return {
        **getattr(fontsizes, sizes)(),
        **line_widths.lines(),
        # The face itself: a generic family would be looked up again wherever the figure is shown.
        "font.family": "STIXGeneral",
        "mathtext.fontset": face,
        "text.usetex": False,
        "axes.unicode_minus": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=_COLOURS),
        "legend.frameon": False,
        "legend.handlelength": 2.0,
        "legend.columnspacing": 1.2,
        "legend.labelspacing": 0.35,
        "lines.markersize": 3.5,
        "hatch.linewidth": 0.5,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "whp",
        "savefig.dpi": 300,
        "savefig.bbox": None,
        "savefig.facecolor": "white",
        "figure.facecolor": "white",
        "pgf.texsystem": "pdflatex",
        "pgf.rcfonts": False,
    }


@contextmanager
def style(chosen: Style | None = None) -> Iterator[None]:
    """The settings of a style, for the time of a context."""
    with mpl.rc_context():
        # Matplotlib's own settings first: nothing of the user's shows in a figure.
        mpl.rcdefaults()
        mpl.rcParams.update(settings(chosen or Style()))  # type: ignore[arg-type]
        yield


def math_text(tex: str, instead: str, longest: int = _LONGEST) -> str:
    """A formula as matplotlib sets it, or other words where it is long or beyond what matplotlib understands."""
    if len(tex) < longest:
        try:
            MathTextParser("path").parse(f"${tex}$")
        except ValueError:
            return instead
        return f"${tex}$"
    return instead
