"""``check`` as one calls it in a notebook: a claim in any form, and a result that shows itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ..verdict import Result
from ..verify.check import check_all
from .lines import claim_latex, result_lines, verdict_line
from .typed import Texts, ask, refused

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..sweep.grid import Grid

__all__ = ["Checked", "check"]


class Checked(Result):
    """A result that prints itself, and draws itself in a notebook.

    Examples
    --------
    >>> print(check("P(chi2(k) >= 2*k) <= exp(-k/4)", size="k=1:16"))  # doctest: +ELLIPSIS
    claim: P(ChiSquare(k) >= 2*k) <= exp(-k/4)
    ...
    """

    def __str__(self) -> str:
        return "\n".join(result_lines(self))

    def __repr__(self) -> str:
        return f"<{self.statement.key}: {verdict_line(self)}>"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {claim_latex(self)}$"

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line.strip())}</li>" for line in result_lines(self, 10**6)[1:])
        return f"<p>${escape(self.statement.latex)}$</p>{super()._repr_html_()}<ul>{lines}</ul>"

    def figure(self) -> Figure:
        """Bound against truth as a Matplotlib figure.

        Raises
        ------
        ValueError
            Where there is nothing to draw.
        """
        from .curves import drawn  # keeps `check` light: Matplotlib is for figures only

        return drawn(self)


def check(
    claim: Any,
    grid: Grid | None = None,
    *,
    let: Texts = None,
    size: Texts = None,
    real: Texts = None,
    exists: Texts = None,
    where: Texts = None,
    at: Texts = None,
    regime: str = "",
    **options: Any,
) -> Checked:
    """Check one claim.

    Parameters
    ----------
    claim : Statement, SymPy relation or str
        A text is read as `whp check` reads it.
    grid : Grid, optional
        Default: values of its own for every size that the statement has.
    let, size, real, exists, where, at, regime
        What a text's names mean, as the options of `whp check`; several as a sequence or a mapping.
    **options
        As for `check_all`: engines, book, trials, base, small, seed, jobs, store, progress.

    Returns
    -------
    Checked
        A `Result` that prints and draws itself.

    Raises
    ------
    ValueError
        For what cannot be read, with its place in the text.

    Examples
    --------
    >>> from whp.checks import check
    >>> result = check("k**2 <= 5*k")
    >>> str(result.verdict), str(result.evidence), dict(result.links[0].counterexample.cell)
    ('refuted', 'certified', {'k': 6})
    >>> from whp.theory import Claim, Link, Source, Statement, size
    >>> k = size("k")
    >>> square = Statement("square", "printed", "", Source("me", "p. 1"), (Claim((Link(k**2, "<=", 5 * k),)),))
    >>> check(square).links[0].counterexample.bound
    '30'
    """
    asked = ask(claim, let=let, size=size, real=real, exists=exists, where=where, at=at, regime=regime)
    (found,) = check_all([asked.statement], asked.grid if grid is None else grid, **options)
    if isinstance(claim, str) and (why := refused(claim, found)) is not None:
        raise ValueError(why)
    return Checked(found.statement, found.links, found.constants, found.draws)
