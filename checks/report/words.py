"""The words of an audit: verdicts, evidence, what one trusts, and numbers as a reader wants them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING

from ..verdict import Verdict

if TYPE_CHECKING:
    from ..paper import Reference

__all__ = ["LEVELS", "MEANING", "OURS", "TRUSTED_BASE", "VERDICTS", "best_words", "bibtex", "short_number"]

# Our own citation key.
OURS = "whp"
_OURS = """@software{whp,
  title   = {whp: theory papers, checked by running them},
  author  = {{The whp developers}},
  version = {%s}
}"""

VERDICTS = (Verdict.HOLDS, Verdict.REFUTED, Verdict.VACUOUS, Verdict.CONSISTENT, Verdict.UNDETERMINED)

LEVELS = ("proved", "certified", "computed", "sampled", "trend")

# Evidence level → (decided by, covers, you trust).
TRUSTED_BASE: Mapping[str, tuple[str, str, str]] = {
    "proved": (
        "a symbolic computation",
        "every value the hypotheses allow",
        "SymPy's algebra; this package's formula for the moments; that the ledger says what the paper says",
    ),
    "certified": (
        "ball arithmetic, or exact integers and rationals",
        "the listed cells, or random exact instances",
        "Arb through python-flint; the exact law the numbers come from; for identities the Schwartz–Zippel error that "
        "the reason states",
    ),
    "computed": (
        "the exact law in floating point, beyond the gap",
        "the listed cells",
        "in addition float64 quadrature, whose error is tested and not proved",
    ),
    "sampled": (
        "Monte Carlo with exact Clopper–Pearson limits, or a two-sample test",
        "the listed cells, up to the error budget",
        "in addition NumPy's generator, the kernels, and luck: each statement may err with probability 10⁻⁶",
    ),
    "trend": (
        "numbers along a path of sizes",
        "the listed cells: a limit, a rate or constants for all sizes are not established by it",
        "that the path goes on as it began",
    ),
}

# Verdict → (it says, it does not say).
MEANING: Mapping[str, tuple[str, str]] = {
    "holds": ("every link was decided in its favour, with the evidence named", "more than that evidence"),
    "refuted": (
        "a link is false at a named cell within the hypotheses; value and bound are given",
        "that the theorem's idea is wrong: look for the repaired form and for what carries the conclusion",
    ),
    "vacuous": (
        "the claim says nothing in any cell: a probability of at least something negative, or hypotheses no cell meets",
        "that it is false",
    ),
    "consistent": (
        "nothing found speaks against it, and what was tried is said; it cannot establish the claim",
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


def short_number(text: str, digits: int = 4) -> str:
    """A deciding number as a reader wants it: enclosures to their common digits, long fractions in decimal.

    Examples
    --------
    >>> short_number("[9.832707078e-3, 9.832707079e-3]"), short_number("21/8"), short_number("[1.2e-9, 3.4e-7]")
    ('0.009833', '21/8', '[1.2e-9, 3.4e-7]')
    """
    parts = text[1:-1].split(", ") if text.startswith("[") and text.endswith("]") else [text]
    try:
        rounded = [_rounded(part, digits) for part in parts]
    except (InvalidOperation, ValueError, ZeroDivisionError):
        return text
    if len(parts) == 1:
        return text if len(text) <= 12 else rounded[0]
    if rounded[0] == rounded[1] or _close(parts[0], parts[1], digits):
        return rounded[0]
    return f"[{rounded[0]}, {rounded[1]}]"


def _decimal(text: str) -> Decimal:
    if "/" in text:
        value = Fraction(text)
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(text)


def _close(low: str, high: str, digits: int) -> bool:
    a, b = _decimal(low), _decimal(high)
    return abs(b - a) < abs(b).scaleb(-digits)


def _rounded(text: str, digits: int) -> str:
    value = _decimal(text)
    if not value.is_finite():
        return text
    if value == 0:
        return "0"
    power = value.adjusted()
    if -4 <= power < 6:
        plain = f"{value:.{max(0, digits - 1 - power)}f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    mantissa = f"{value.scaleb(-power):.{digits - 1}f}".rstrip("0").rstrip(".")
    if mantissa.lstrip("-") == "10":
        mantissa, power = mantissa.replace("10", "1"), power + 1
    return f"{mantissa}e{power}"


def best_words(row: Mapping[str, str]) -> str:
    """A row of ``constants["best"]`` (`whp.checks.deciders.smallest`) as a sentence."""
    cells = f"among {row['cells']} cells" if "cells" in row else ""
    if row["best"] == "none":
        return f"no value in place of {row['printed']} makes it hold: {row['cell']} forbids each, {cells}".strip(", ")
    value = short_number(row["best"], 6)
    return f"{row['sense']} value in place of {row['printed']}: {value}, attained at {row['cell']} {cells}".strip()
