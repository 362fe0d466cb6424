"""The words of an audit: verdicts, evidence, what one trusts, and numbers as a reader wants them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from sympy import latex

from ...theory.calculus.rounding import Towards, in_short, rounded
from ..verdict import Evidence, Verdict

if TYPE_CHECKING:
    from ...theory.language.cells import Regime
    from ..paper import Reference

__all__ = [
    "LEVELS",
    "MEANING",
    "OURS",
    "TRUSTED_BASE",
    "VERDICTS",
    "best_words",
    "bibtex",
    "constant_side",
    "regime_tex",
    "sided",
    "with_signs",
]

# Our own citation key.
OURS = "whp"
_OURS = """@software{whp,
  title   = {whp: theory papers, checked by running them},
  author  = {{The whp developers}},
  version = {%s}
}"""

VERDICTS = (Verdict.HOLDS, Verdict.REFUTED, Verdict.VACUOUS, Verdict.CONSISTENT, Verdict.UNDETERMINED)

LEVELS = tuple(map(str, Evidence))

# Evidence level → (decided by, covers, you trust).
TRUSTED_BASE: Mapping[str, tuple[str, str, str]] = {
    "proved": (
        "a symbolic computation, or balls on whole intervals",
        "every value the hypotheses allow",
        "SymPy's algebra; this package's formula for the moments; that the ledger says what the paper says",
    ),
    "certified": (
        "ball arithmetic, or exact integers and rationals",
        "the listed cells, or a whole interval of a parameter; for identities random exact instances",
        "Arb through python-flint; the exact law the numbers come from; for identities the Schwartz–Zippel error that "
        "the reason states",
    ),
    "computed": (
        "an exact law in floating point, beyond the gap",
        "the listed cells",
        "in addition float64 quadrature or a user's own floats, whose error is tested and not proved",
    ),
    "sampled": (
        "Monte Carlo with limits that are valid at every look, or a two-sample test",
        "the listed cells, up to the error budget",
        "in addition NumPy's generator, the kernels, and luck: each statement may err with probability 10⁻⁶",
    ),
    "trend": (
        "numbers along a path of sizes",
        "that path: a limit, a rate or constants for all sizes are not established by it",
        "that the path goes on as it began",
    ),
}

# Verdict → (it says, it does not say).
MEANING: Mapping[str, tuple[str, str]] = {
    "holds": ("every link was decided in its favour, with the evidence named", "more than that evidence"),
    "refuted": (
        "a link is false at a named cell within the hypotheses, with value and bound; or every choice of its constants "
        "was shown to fail, or the limit to be another one",
        "that the theorem's idea is wrong: look for the repaired form and for what carries the conclusion",
    ),
    "vacuous": (
        "every link was proved to exclude nothing on its whole domain, or no cell meets the hypotheses",
        "that it is false",
    ),
    "consistent": (
        "nothing found speaks against it, and what was tried is said; what was tried cannot establish it",
        "that the claim holds",
    ),
    "undetermined": ("nobody could decide, with the reason", "that there is any doubt, or none"),
}


def bibtex(cite: str, cites: Mapping[str, Reference] | None = None) -> str:
    """The BibTeX entry of ``whp`` itself, in the version installed, or of one of the works that a paper cites.

    Parameters
    ----------
    cite : str
        A citation key.
    cites : mapping of str to Reference, optional
        Those of a paper (`whp.checks.paper.Paper.cites`).

    Raises
    ------
    KeyError
        For a citation key without an entry: a user's own paper is cited by its author.
    """
    if cite == OURS:
        return _OURS % version("whp")
    known = {key: reference.bibtex for key, reference in (cites or {}).items() if reference.bibtex}
    if cite not in known:
        raise KeyError(f"no BibTeX for {cite!r}; there are entries for {' and '.join([*known, OURS])}")
    return known[cite]


def best_words(row: Mapping[str, str]) -> str:
    """A row of ``constants["best"]`` (`whp.checks.deciders.smallest`) as a sentence."""
    cells = f"among {row['cells']} cells" if "cells" in row else ""
    if "words" in row:
        return row["words"]
    if row["best"] == "none":
        return f"no value in place of {row['printed']} makes it hold: {row['cell']} forbids each, {cells}".strip(", ")
    side = constant_side(row["sense"])
    value = f"{rounded(row['best'], 6, side)} (rounded {side})"
    return f"{row['sense']} value in place of {row['printed']}: {value}, attained at {row['cell']} {cells}".strip()


def constant_side(sense: str) -> Towards:
    """To which side the largest or smallest constant with which a claim holds is rounded so that it still does."""
    return "down" if sense == "largest" else "up"


def sided(text: str, side: Towards, digits: int = 4) -> str:
    """A constant rounded to a side; a short exact form and words as they are.

    Examples
    --------
    >>> sided("1/3", "up"), sided("[1.8326479e-1, 1.8326480e-1]", "down"), sided("none", "up")
    ('1/3', '0.1832', 'none')
    """
    try:
        return in_short(text, digits) if side == "out" or in_short(text) == text else rounded(text, digits, side)
    except ValueError:
        return text


_SIGNS = (("**", "^"), ("->", "→"), ("<=", "≤"), (">=", "≥"), ("!=", "≠"), (" ~ ", " ∼ "))


def with_signs(text: str) -> str:
    """Text of SymPy with the signs that people write.

    Examples
    --------
    >>> with_signs("as m -> oo, C*exp(-c*m**2) <= 1")
    'as m → ∞, C·exp(−c·m^2) ≤ 1'
    """
    for typed, sign in _SIGNS:
        text = text.replace(typed, sign)
    text = re.sub(r"\boo\b", "∞", text)
    text = re.sub(r"(?<![\w)\]-])-(?=[\w(])", "−", text)
    return re.sub(r"(?<=[\w)])\*(?=[\w(])", "·", text)


def regime_tex(regime: Regime) -> tuple[str, tuple[str, ...]]:
    r"""What grows, and what stays fixed while it does, each in LaTeX.

    Examples
    --------
    >>> from whp.theory import Regime, real, sizes
    >>> m, d, n = sizes("m d n")
    >>> regime_tex(Regime(d, fixed=(n,), tied={m: real("gamma", 0)}))
    ('d \\to \\infty', ('m / d', 'n'))
    """
    grows = latex(regime.size)
    ratios = tuple(f"{latex(tied)} / {grows}" for tied in regime.tied)
    return rf"{grows} \to \infty", (*ratios, *map(latex, regime.fixed))
