"""Multipliers M for the derivative of f/M: the terms of f, those with the same atoms together, and their parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flint import fmpq

from .fields import Field, Poly

__all__ = ["candidates", "groups"]

CANDIDATES = 6


def _outer(field: Field, mono: Any) -> tuple[int, ...]:
    """The powers of exponentials, logarithms and tails in a monomial."""
    by_name = field.by_name
    return tuple(
        int(e) if n in by_name and by_name[n].kind in ("exp", "log", "erfc") else 0
        for e, n in zip(mono, field.names, strict=True)
    )


def groups(field: Field, poly: Poly) -> list[dict[Any, Any]]:
    """The terms of a polynomial, those with the same exponentials, logarithms and tails together.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from whp.theory.proofs.expressions import parsed
    >>> ring = Field({"x": (Fraction(0), None)})
    >>> top, _ = ring.read(parsed("x + 1 + x*log(x) + log(x)"))
    >>> [len(group) for group in groups(ring, top)]
    [2, 2]
    """
    found: dict[tuple[int, ...], dict[Any, Any]] = {}
    field.effort.spend(25 * len(poly))
    for mono, c in poly.to_dict().items():
        found.setdefault(_outer(field, mono), {})[mono] = c
    return list(found.values())


def candidates(field: Field, poly: Poly, x: str) -> Iterator[tuple[Poly, Poly, Poly]]:
    """Multipliers worth a try, each with denominator and numerator of the derivative, simplest first."""
    ring, kinds = field.ring, {n: field.by_name[n].kind for n in field.by_name}
    names, multipliers = field.names, [field.one]
    for group in groups(field, poly):
        key = _outer(field, next(iter(group)))
        only = [
            tuple(e if kinds.get(n) == kind else 0 for e, n in zip(key, names, strict=True)) for kind in ("exp", "erfc")
        ]
        exps, tails = (ring.from_dict({k: fmpq(1)}) for k in only)
        logs = any(e for e, n in zip(key, names, strict=True) if kinds.get(n) in ("log", "erfc"))
        whole = ring.from_dict({only[0] if logs else key: fmpq(1)})
        inner = {tuple(a - b for a, b in zip(m, key, strict=True)): c for m, c in group.items()}
        for m in (ring.from_dict(inner) * whole, whole, exps, tails):
            if not m.is_constant() and m not in multipliers:
                multipliers.append(m)
    scored: list[tuple[tuple[int, int], int, Poly, Poly, Poly]] = []
    for m in multipliers:
        common = field.common(poly, m)
        divisor = m // common
        top, bottom = field.derivative((poly // common, divisor), x)
        if not top.is_zero():
            scored.append((_score(field, top, kinds), len(scored), divisor, bottom, top))
    for _, _, divisor, bottom, top in sorted(scored, key=lambda s: s[:2])[:CANDIDATES]:
        yield divisor, bottom, top


def _score(field: Field, top: Poly, kinds: dict[str, str]) -> tuple[int, int]:
    logs, exponents = 0, set()
    field.effort.spend(8 * len(top))
    for mono in top.monoms():
        pairs = [(int(e), n) for e, n in zip(mono, field.names, strict=True) if e]
        logs += sum(e for e, n in pairs if kinds.get(n) in ("log", "erfc"))
        exponents.add(tuple((e, n) for e, n in pairs if kinds.get(n) == "exp"))
    return 3 * (len(exponents) - 1) + logs, len(top)
