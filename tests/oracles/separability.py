"""Separability by a simplex of integers alone, random instances of every sort, and forged certificates.

Nothing here is shared with the package: the oracle maximises Σ t_i under ⟨v, g_i⟩ ≥ t_i, 0 ≤ t_i ≤ 1 by Bland's rule.
An optimal t_i is 1 where some v that is nowhere negative is positive, and 0 elsewhere.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from whp.checks.separability import recheck as referee

__all__ = ["FAMILIES", "Instance", "forgeries", "instance", "kind_of", "proves", "signed_rows"]

Row = list[Fraction]


class Instance(NamedTuple):
    """Rows as they are handed over, the same numbers as fractions, labels, and whether there is an intercept."""

    family: str
    R: Any
    exact: list[Row]
    y: Any
    intercept: bool


def signed_rows(exact: list[Row], y: list[Any], intercept: bool) -> list[Row]:
    """The rows that a witness must make positive: y_i r_i, or those of Kesler's construction with a block per class."""
    rows = [[*row, Fraction(1)] if intercept else list(row) for row in exact]
    classes = [-1, 1] if set(y) <= {-1, 1} else sorted(set(y))
    if len(classes) == 2:
        return [row if label == classes[1] else [-x for x in row] for row, label in zip(rows, y, strict=True)]
    found = []
    for row, label in zip(rows, y, strict=True):
        for rival in classes:
            if rival != label:
                signs = [(c == label) - (c == rival) for c in classes]
                found.append([sign * x for sign in signs for x in row])
    return found


def largest_positive_part(G: list[Row]) -> list[bool]:
    """Which rows are positive for some v with G v ≥ 0."""
    n, d = len(G), len(G[0])
    integers = []
    for row in G:
        common = np.lcm.reduce([x.denominator for x in row], dtype=object)
        integers.append([int(x * common) for x in row])
    # Columns: v⁺, v⁻, t, slack of ⟨v, g_i⟩ ≥ t_i, slack of t_i ≤ 1, right-hand side.
    table = []
    for i, row in enumerate(integers):
        unit = [int(k == i) for k in range(n)]
        table.append([*(-x for x in row), *row, *unit, *unit, *[0] * n, 0])
    for i in range(n):
        unit = [int(k == i) for k in range(n)]
        table.append([*[0] * (2 * d), *unit, *[0] * n, *unit, 1])
    price = [*[0] * (2 * d), *[1] * n, *[0] * (2 * n), 0]
    basis = list(range(2 * d + n, 2 * d + 3 * n))
    last = 1
    while True:
        enter = next((c for c in range(len(price) - 1) if price[c] > 0), None)
        if enter is None:
            break
        ratios = [(Fraction(line[-1], line[enter]), basis[r], r) for r, line in enumerate(table) if line[enter] > 0]
        leave = min(ratios)[2]
        pivot = table[leave]
        lead = pivot[enter]
        for r, line in enumerate(table):
            if r != leave:
                factor = line[enter]
                table[r] = [(x * lead - factor * p) // last for x, p in zip(line, pivot, strict=True)]
        factor = price[enter]
        price = [(x * lead - factor * p) // last for x, p in zip(price, pivot, strict=True)]
        basis[leave], last = enter, lead
    value = {c: line[-1] for c, line in zip(basis, table, strict=True)}
    return [value.get(2 * d + i, 0) > 0 for i in range(n)]


def kind_of(case: Instance) -> str:
    """The true answer."""
    positive = largest_positive_part(signed_rows(case.exact, list(case.y), case.intercept))
    return "separable" if all(positive) else "quasi" if any(positive) else "overlap"


def proves(document: dict[str, Any], case: Instance) -> bool:
    """Whether a certificate's numbers prove the kind it claims, in fractions."""
    G = signed_rows(case.exact, list(case.y), document["intercept"])
    kind = document["kind"]

    def numbers(entries: Any) -> list[Fraction]:
        return [int(entry[-2], 16) * Fraction(2) ** entry[-1] for entry in entries]

    def cancel(weights: dict[int, Fraction]) -> bool:
        return all(sum(w * G[i][j] for i, w in weights.items()) == 0 for j in range(len(G[0])))

    products = [Fraction(0)] * len(G)
    if kind in ("separable", "quasi"):
        v = numbers(document["witness"])
        products = [sum((a * b for a, b in zip(row, v, strict=True)), Fraction(0)) for row in G]
    if kind == "separable":
        return min(products) > 0
    conflict = dict(zip([entry[0] for entry in document["conflict"]], numbers(document["conflict"]), strict=True))
    if not conflict or min(conflict.values()) <= 0 or not cancel(conflict):
        return False
    # One row fewer, and they are separable: the set is minimal.
    for left_out in conflict:
        rest = [G[i] for i in conflict if i != left_out]
        if rest and not all(largest_positive_part(rest)):
            return False
    if kind == "inseparable":
        return True
    weights = dict(enumerate(numbers(document["weights"])))
    tight = {i for i, product in enumerate(products) if product == 0}
    if min(products) < 0 or (kind == "quasi" and not any(products)):
        return False
    return all((w > 0) == (i in tight) and w >= 0 for i, w in weights.items()) and cancel(weights)


def forgeries(document: dict[str, Any], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Altered certificates with a fresh digest, as a forger would write them."""
    kinds = ["separable", "quasi", "overlap", "inseparable"]
    for key in ("witness", "weights", "conflict"):
        if document[key]:
            for change in ("bit", "negative", "zero", "exponent", "drop", "swap"):
                forged = copy.deepcopy(document)
                entries = forged[key]
                k = int(rng.integers(len(entries)))
                mantissa = int(entries[k][-2], 16)
                if change == "bit":
                    entries[k][-2] = hex(mantissa ^ (1 << int(rng.integers(0, mantissa.bit_length() + 2))))
                elif change == "negative":
                    entries[k][-2] = hex(-mantissa)
                elif change == "zero":
                    entries[k][-2] = "0x0"
                elif change == "exponent":
                    entries[k][-1] += int(rng.choice([-1, 1]))
                elif change == "drop":
                    del entries[k]
                else:
                    other = int(rng.integers(len(entries)))
                    entries[k], entries[other] = entries[other], entries[k]
                yield forged
    for kind in kinds:
        if kind != document["kind"]:
            yield copy.deepcopy(document) | {"kind": kind}
    yield copy.deepcopy(document) | {"kind": "inseparable", "witness": None, "weights": None}
    yield copy.deepcopy(document) | {"kind": "overlap", "witness": None}
    yield copy.deepcopy(document) | {"intercept": not document["intercept"]}


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"certificate_sha256": referee.digest(document)}


def _big(rng: np.random.Generator, bits: int) -> int:
    """A random integer of at most so many bits and sign."""
    value = int.from_bytes(rng.bytes(-(-bits // 8)), "little") >> (-bits % 8)
    return value if rng.random() < 0.5 else -value


def _labels(rng: np.random.Generator, n: int) -> list[int]:
    return [int(x) for x in rng.choice([-1, 1], n)]


def _flipped(rows: list[list[Any]], y: list[int]) -> list[list[Any]]:
    return [[x * label for x in row] for row, label in zip(rows, y, strict=True)]


def _small(rng: np.random.Generator, n: int, d: int) -> list[list[Any]]:
    return [[int(x) for x in row] for row in rng.integers(-3, 4, (n, d))]


def _long(rng: np.random.Generator, n: int, d: int) -> list[list[Any]]:
    bits = int(rng.integers(50, 81))
    return [[_big(rng, bits) for _ in range(d)] for _ in range(n)]


def _close(rng: np.random.Generator, n: int, d: int) -> list[list[Any]]:
    """Integers that differ in their last bits only."""
    base = [1 << int(rng.integers(53, 81)) for _ in range(d)]
    return [[b + int(rng.integers(-2, 3)) for b in base] for _ in range(n)]


def _low_rank(rng: np.random.Generator, n: int, d: int) -> list[list[Any]]:
    few = _long(rng, int(rng.integers(1, d + 1)), d)
    mixed = rng.integers(-2, 3, (n, len(few))).tolist()
    return [[sum(c * row[j] for c, row in zip(line, few, strict=True)) for j in range(d)] for line in mixed]


def _fractions(rng: np.random.Generator, n: int, d: int) -> list[list[Any]]:
    return [
        [Fraction(_big(rng, 30), int(rng.integers(1, 2 ** int(rng.integers(1, 41))))) for _ in range(d)]
        for _ in range(n)
    ]


def _decimals(rng: np.random.Generator, n: int, d: int) -> list[list[Any]]:
    return [[Fraction(int(x), 10) for x in row] for row in rng.integers(-9, 10, (n, d))]


def _quasi(rng: np.random.Generator, n: int, d: int) -> list[list[Any]]:
    """Rows orthogonal to a direction that cancel, and others on its positive side."""
    bits = int(rng.choice([2, 30, 78 // 2]))
    v = [_big(rng, bits) for _ in range(d)]
    v[-1] = 1
    flat = [[_big(rng, bits) for _ in range(d - 1)] for _ in range(max(1, n // 2))]
    flat = [[*row, -sum(a * b for a, b in zip(row, v[:-1], strict=True))] for row in flat]
    weights = [int(x) for x in rng.integers(0 if rng.random() < 0.5 else 1, 4, len(flat))]
    flat.append([-sum(w * row[j] for w, row in zip(weights, flat, strict=True)) for j in range(d)])
    above = []
    for _ in range(n - len(flat)):
        row = [_big(rng, bits) for _ in range(d - 1)]
        above.append([*row, int(rng.integers(1, 3)) - sum(a * b for a, b in zip(row, v[:-1], strict=True))])
    return [*flat, *above]


FAMILIES = {
    "small": _small,
    "long": _long,
    "close": _close,
    "low rank": _low_rank,
    "fractions": _fractions,
    "decimals": _decimals,
    "quasi": _quasi,
}


def _stored(rng: np.random.Generator, rows: list[list[Any]]) -> Any:
    """The rows in some container that holds them exactly."""
    flat = [x for row in rows for x in row]
    whole = all(isinstance(x, int) for x in flat)
    ways = ["list", "object"]
    if whole and all(-(2**63) <= x < 2**63 for x in flat):
        ways.append("int64")
    if whole and all(0 <= x < 2**64 for x in flat):
        ways.append("uint64")
    if whole and all(abs(x) < 2**63 for x in flat) and np.finfo(np.longdouble).nmant >= 63:
        ways.append("longdouble")
    if whole and all(abs(x) <= 2**53 for x in flat):
        ways.append("float64")
    if whole and all(abs(x) <= 2**11 for x in flat):
        ways.append("float16")
    way = str(rng.choice(ways))
    if way == "list":
        return rows
    if way == "longdouble":
        return np.array(rows, dtype=np.int64).astype(np.longdouble)
    return np.array(rows, dtype=object if way == "object" else way)


def instance(seed: int) -> Instance:
    """A random instance; every fifth has more than two classes."""
    rng = np.random.default_rng([20221215, seed])
    family = list(FAMILIES)[seed % len(FAMILIES)]
    n, d = int(rng.integers(1, 11)), int(rng.integers(1, 5))
    intercept = bool(rng.random() < 0.5)
    rows = FAMILIES[family](rng, n, d)
    n = len(rows)
    if seed % 5 == 4 and n >= 4:
        K = int(rng.integers(3, 5))
        y: list[Any] = [*range(min(K, n)), *(int(x) for x in rng.integers(0, K, n))][:n]
        if rng.random() < 0.3:
            y = [f"class {label}" for label in y]
    else:
        y = _labels(rng, n)
        if family == "quasi" or rng.random() < 0.5:
            rows = _flipped(rows, y)
        if len(set(y)) == 2 and rng.random() < 0.3:
            y = [(label + 1) // 2 for label in y]
    order = rng.permutation(n).tolist()
    rows, y = [rows[i] for i in order], [y[i] for i in order]
    exact = [[Fraction(x) for x in row] for row in rows]
    return Instance(family, _stored(rng, rows), exact, y, intercept)
