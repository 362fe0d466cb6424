"""A figure as numbers: panels of series, from which drawing, table and caption are made."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["MOST_CURVES", "MOST_PANELS", "Axis", "Panel", "Picture", "Role", "Scale", "Series"]

# More curves or panels than these cannot be told apart at a column's width.
MOST_CURVES, MOST_PANELS = 6, 4

Scale = Literal["linear", "log", "size", "steps", "probability", "exponent", "ratio"]
Role = Literal[
    "bound", "sharp", "truth", "draws", "worst", "estimate", "limit", "refuted", "guide", "level", "line", "second",
    "third", "step", "point", "named",
]  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """One axis: what it says, and how it is scaled.

    Attributes
    ----------
    label : str
    scale : str
        "linear"; "log"; "size" for whole numbers on a base-2 logarithm; "steps" for counts from 0 on; "probability" for
        log10 of probabilities; "exponent" for the same with a logarithmic exponent, which the label announces; "ratio"
        for log10 of quotients.
    name : str
        What a table calls it; the label unless given.
    """

    label: str
    scale: Scale = "linear"
    name: str = ""


@dataclass(frozen=True)
class Series:
    """Numbers that are drawn as one.

    Attributes
    ----------
    role : str
        What they are: it decides between line, points and marks. A curve that has several lines, such as one on each of
        two sets or at two times, has a "line", a "second" and a "third".
    label : str
        What the legend says; the same for all curves of a role.
    x, y : tuple of float
    low, high : tuple of float
        Ends of a band or of bars, empty where there are none.
    curve : int
        The look: series of the same curve share colour and marker; -1 is ink, for what belongs to no curve.
    end : str
        What is written where it ends.
    forbidden : {"", "above", "below"}
        The side that a claim excludes, which is hatched.
    marker : str
        A mark of its own instead of its curve's.
    """

    role: Role
    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    curve: int = -1
    end: str = ""
    forbidden: Literal["", "above", "below"] = ""
    marker: str = ""

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            if len(getattr(self, name)) not in (0, len(self.x)):
                raise ValueError(
                    f"series {self.label!r} has {len(self.x)} points and {len(getattr(self, name))} {name}"
                )
        if len(self.x) != len(self.y):
            raise ValueError(
                f"series {self.label!r} has {len(self.x)} places and {len(self.y)} values; one each needed"
            )


@dataclass(frozen=True)
class Panel:
    """One question: series over one pair of axes.

    Attributes
    ----------
    kind : str
        "failure", "margin", "slack", "terms", "frontier", "density", "phase" or "trend".
    x, y : Axis
    series : tuple of Series
    title : str
    notes : tuple of str
        What the caption says of it, in LaTeX.
    """

    kind: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A figure: its panels, with a line above them in words.

    Attributes
    ----------
    heading : str
        What is claimed where, and the verdict.
    panels : tuple of Panel
    notes : tuple of str
        What the caption says of all panels, in LaTeX.
    """

    heading: str
    panels: tuple[Panel, ...]
    notes: tuple[str, ...] = field(default=())

    def rows(self) -> Iterator[dict[str, str]]:
        """The numbers that are drawn, one point a row."""
        for i, panel in enumerate(self.panels):
            for series in panel.series:
                for j, (x, y) in enumerate(zip(series.x, series.y, strict=True)):
                    yield {
                        "panel": chr(ord("a") + i),
                        "what": series.label or series.role,
                        "curve": series.end,
                        "x is": panel.x.name or panel.x.label,
                        "y is": panel.y.name or panel.y.label,
                        "x": repr(float(x)),
                        "y": repr(float(y)),
                        "low": repr(float(series.low[j])) if series.low else "",
                        "high": repr(float(series.high[j])) if series.high else "",
                    }

    def to_csv(self) -> str:
        """The table of `rows`.

        Examples
        --------
        >>> line = Series("line", "truth", (1, 2), (0.5, 0.25))
        >>> print(Picture("", (Panel("trend", Axis("k"), Axis("p"), (line,)),)).to_csv())
        panel,what,curve,x is,y is,x,y,low,high
        a,truth,,k,p,1.0,0.5,,
        a,truth,,k,p,2.0,0.25,,
        <BLANKLINE>
        """
        text = io.StringIO()
        columns = ["panel", "what", "curve", "x is", "y is", "x", "y", "low", "high"]
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        return text.getvalue()
