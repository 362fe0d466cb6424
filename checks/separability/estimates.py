"""Which maximum-likelihood estimates of logistic regression are infinite, and with which sign: exact answers."""

from __future__ import annotations

from typing import Any, Literal

from flint import fmpz_mat
from numpy.typing import ArrayLike

from ._decide import decide_integers
from ._faces import span_of
from ._samples import read_samples
from .certificate import Certificate, separate
from .exact import scale_rows

__all__ = ["Estimate", "estimates"]

Estimate = Literal["finite", "+inf", "-inf", "either", "unidentified"]
_ROUNDS = 10


def estimates(
    R: ArrayLike, y: ArrayLike, intercept: bool = False, *, certificate: Certificate | None = None
) -> tuple[Estimate, ...]:
    """For each coefficient of the model of two classes, where its maximum-likelihood estimate goes.

    Parameters
    ----------
    R, y, intercept
        As in `separate`, with two classes.
    certificate : Certificate, optional
        ``separate(R, y, intercept)`` if already known.

    Returns
    -------
    tuple of {"finite", "+inf", "-inf", "either", "unidentified"}
        One for each column, the intercept last. "+inf" and "-inf": it has this sign along every direction v in which
        as many samples as possible are fitted without bound; "either": it is unbounded, with a sign that depends on
        the direction; "unidentified": other columns can take its place, as with a repeated column.

    Raises
    ------
    ValueError
        More than two classes, or data of which the kind is undetermined.

    Notes
    -----
    Let T be the rows on which every v with y_i⟨v, r_i⟩ ≥ 0 for all i is 0. An estimate is finite iff its unit vector
    lies in the span of T; else it is unbounded, and two more separability questions tell its sign.

    Examples
    --------
    >>> estimates([[0, 1], [0, 2], [1, 3], [0, 3]], [-1, 1, 1, -1], intercept=True)
    ('+inf', 'finite', 'finite')
    >>> estimates([[1], [2], [2], [3]], [-1, -1, 1, 1], intercept=True)
    ('+inf', '-inf')
    """
    data = read_samples(R, y, intercept)
    if not data.two:
        raise ValueError(f"y has {len(data.classes)} classes; estimates are told of two")
    found = separate(R, y, intercept) if certificate is None else certificate
    if found.kind in ("undetermined", "inseparable"):
        raise ValueError(f"the data are {found.kind}, so that it is not known which estimates are infinite")
    rows = scale_rows(data.table.take(slice(None), data.signs)).integers
    everything = list(range(data.n))
    tight = everything if found.kind == "overlap" else []
    if found.weight_numbers is not None:
        tight = [i for i, (mantissa, _) in enumerate(found.weight_numbers) if mantissa]
    aliased = span_of(rows, everything)[1].table()
    null = span_of(rows, tight)[1]
    moving = set(everything) - set(tight)
    table = rows.table()
    quotient = (fmpz_mat([table[i] for i in sorted(moving)]) * null).table() if moving else []
    return tuple(_estimate(quotient, a, line) for a, line in zip(aliased, null.table(), strict=True))


def _estimate(quotient: list[Any], aliased: list[Any], line: list[Any]) -> Estimate:
    if any(aliased):
        return "unidentified"
    if not any(line):
        return "finite"
    up, down = (_possible(quotient, [sign * x for x in line]) for sign in (1, -1))
    return "either" if up and down else "+inf" if up else "-inf"


def _possible(quotient: list[Any], line: list[Any]) -> bool:
    """Whether a witness of the quotient is positive on one more row."""
    decision = decide_integers(fmpz_mat([*quotient, line]), _ROUNDS, True)
    return decision is not None and decision.kind == "separable"
