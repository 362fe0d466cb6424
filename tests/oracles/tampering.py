"""Proof objects with one number, relation or end of a domain changed, and points at which a claim fails."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from . import second_text as second

__all__ = ["counterexample", "mutants"]

Path = tuple[Any, ...]
OTHER = {"<": (">", "<="), "<=": (">=", "<"), ">": ("<", ">="), ">=": ("<=", ">")}
WEIGHTS = [Fraction(k, 64) for k in (1, 3, 8, 16, 24, 32, 40, 48, 56, 61, 63)]


def mutants(proof: dict[str, Any], seed: Any, count: int) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Some of the proof objects that differ from one in one number, in the relation, or in an end of the domain."""
    rng = random.Random(f"mutants {seed}")
    changes = list(_changes(proof))
    for path, value in rng.sample(changes, min(count, len(changes))):
        out = copy.deepcopy(proof)
        spot: Any = out
        for key in path[:-1]:
            spot = spot[key]
        spot[path[-1]] = value
        yield path, out


def _changes(proof: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    for relation in OTHER[proof["claim"]["relation"]]:
        yield ("claim", "relation"), relation
    for name, (low, high, closed) in proof["claim"]["domain"].items():
        for a in {str(Fraction(low) - 1), str(Fraction(low) - Fraction(1, 1000))} if _plain(low) else ():
            yield ("claim", "domain", name), [a, high, closed]
        for b in {str(Fraction(high) + 1), str(Fraction(high) + Fraction(1, 1000)), "oo"} if _plain(high) else ():
            yield ("claim", "domain", name), [low, b, closed if b != "oo" else closed.replace("both", "left")]
        for other in {"", "left", "right", "both"} - {closed}:
            yield ("claim", "domain", name), [low, high, other]
    for path, value in _leaves(proof, ()):
        if isinstance(value, int):
            yield path, value + 1
            yield path, value - 1
            continue
        for match in re.finditer(r"(?<![A-Za-z0-9_])[0-9]+(?![A-Za-z0-9_])", value):
            for to in (int(match.group()) + 1, max(int(match.group()) - 1, 0)):
                yield path, value[: match.start()] + str(to) + value[match.end() :]
        for sign, to in (("+", "-"), ("-", "+"), ("*", "+")):
            if (at := value.find(f" {sign} ")) >= 0:
                yield path, value[:at] + f" {to} " + value[at + 3 :]


def _plain(end: str) -> bool:
    return re.fullmatch(r"-?\d+(/\d+)?", end) is not None


def _leaves(tree: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, key))
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield (*path, key), value


def counterexample(claim: dict[str, Any], rng: random.Random | None = None) -> dict[str, Fraction] | None:
    """A point of the domain at which intervals show that the relation fails, or None."""
    small, large = second.read(claim["left"]), second.read(claim["right"])
    if claim["relation"][0] == ">":
        small, large = large, small
    strict, axes = claim["relation"] in ("<", ">"), []
    for low, high, closed in claim["domain"].values():
        axis: list[Fraction] = []
        if closed == "integers":
            axis = [Fraction(int(low) + k) for k in (*range(40), 100, 1000, 10000)]
        elif low == "-oo":
            axis = [Fraction(k, 4) for k in range(-60, 60)]
            if high != "oo":
                axis = [Fraction(high) - w / (1 - w) for w in WEIGHTS]
        elif high == "oo":
            axis = [Fraction(low) + w / (1 - w) for w in WEIGHTS] + [Fraction(low) + 10**k for k in (2, 4, 6)]
        elif _plain(low) and _plain(high):
            axis = [Fraction(low) + w * (Fraction(high) - Fraction(low)) for w in WEIGHTS]
        axis += [Fraction(e) for e, side in ((low, "left"), (high, "right")) if closed in (side, "both") and _plain(e)]
        axes.append(axis)
    for point in product(*axes):
        values = {v: second.exact(c) for v, c in zip(claim["domain"], point, strict=True)}
        try:
            gap = second.interval(second.plain(("-", large, small)), values)
        except (second.Objection, ArithmeticError, ValueError, KeyError):
            continue
        if gap.b < 0 or (strict and gap.a == gap.b == 0):
            return dict(zip(claim["domain"], point, strict=True))
    return None
