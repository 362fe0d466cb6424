"""``whp chi2``: a tail beside its bound. Imported to list the commands, so it imports nothing heavy itself."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["chi2"]


def chi2(
    dof: Annotated[int, typer.Argument(help="Degrees of freedom.")],
    x: Annotated[str, typer.Argument(help="x > 0, a whole number or a fraction such as 1/4.")],
) -> None:
    """The upper tail of a chi-square variable at k + 2√(kx) + 2x, enclosed, beside e^-x (laurent2000, eq. 4.3)."""
    from fractions import Fraction

    from whp.theory import Enclosure, enclose

    from . import theory

    cell = {"k": dof, "x": Fraction(x)}
    link = theory.LEDGER["eq4.3"][0].links[0]
    for failed in theory.LEDGER["eq4.3"][0].applies(cell):
        raise ValueError(failed)
    event = link.lhs.args[0]
    tail = theory.X.law(cell).enclose(event.relation, enclose(event.bound, cell))
    print(f"P({event}) is in {tail.decimal(10)}")
    bound = Enclosure.of(enclose(link.rhs, cell))
    print(f"{link.rhs} is in {bound.decimal(10)}")
