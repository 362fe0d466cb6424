"""K classes without the dense form of Kesler's construction, whose n (K − 1) rows have K d entries, mostly zeros.

Separable: a witness of the softmax loss, or of the few rows that matter (cutting planes), checked on all rows by one
product of integer matrices. Not: two classes that no v separates settle it (one against one), and where every such pair
overlaps and spans all columns, v_a = v_b follows on all data, so that classes joined by such pairs count as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from flint import fmpz_mat
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ._decide import decide, decide_integers
from ._faces import Basis, basis_of, express, find_face, positive_weights
from ._proposals import float_numerators
from ._samples import scaled_kesler_rows
from .exact import ScaledRows

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

_STEPS = 400
# Entries of a dense form that is still cheap.
_DENSE = 2 * 10**6


class Answer(NamedTuple):
    """What was found, in numbers for the scaled rows.

    Attributes
    ----------
    kind : str
        "separable", "quasi", "overlap", "inseparable" or "undetermined".
    direction : list of int or None
        v, class by class.
    weights : list of int or None
        Of all rows, 0 where the direction is positive.
    conflict : dict or None
        Row and weight of a minimal conflicting set.
    method : str
    """

    kind: str
    direction: list[int] | None
    weights: list[int] | None
    conflict: dict[int, int] | None
    method: str


def support_of(weights: list[int]) -> dict[int, int]:
    """The positive ones among some weights."""
    return {i: w for i, w in enumerate(weights) if w}


def decide_two(rows: ScaledRows, rounds: int, always: bool) -> Answer:
    """The answer for rows that are already multiplied by their signs."""
    decision, method = decide(rows, rounds, always)
    if decision is None:
        return Answer("undetermined", None, None, None, method)
    if decision.kind == "separable":
        return Answer("separable", decision.numbers, None, None, method)
    conflict = support_of(decision.numbers)
    weights = positive_weights(rows)
    if weights is not None:
        return Answer("overlap", None, weights, conflict, method)
    face = find_face(rows.integers, decision.numbers, lambda left: decide_integers(left, rounds, always))
    if face is None:
        return Answer("inseparable", None, None, conflict, method)
    kind = "overlap" if face.direction is None else "quasi"
    return Answer(kind, face.direction, face.weights, conflict, method)


class _Classes:
    """Scaled samples (n, d) of K classes."""

    def __init__(self, scaled: ScaledRows, labels: Labels, K: int, rounds: int, always: bool) -> None:
        self.scaled, self.labels, self.K, self.rounds, self.always = scaled, labels, K, rounds, always
        self.n, self.d = scaled.floats.shape
        self.table = scaled.integers.table()
        self.rank = int(scaled.integers.rank())

    def row(self, i: int, rival: int) -> int:
        """The position of a sample against a rival."""
        return i * (self.K - 1) + rival - (rival > int(self.labels[i]))

    def violated(self, V: list[int]) -> tuple[NDArray[np.int64], bool]:
        """Rows that v does not make positive, the worst of each sample first, and whether there are none."""
        blocks = len(V) // self.d
        products = (
            self.scaled.integers * fmpz_mat(blocks, self.d, V).transpose() if blocks else fmpz_mat(self.n, 0)
        ).table()
        found = []
        for i, (line, own) in enumerate(zip(products, self.labels.tolist(), strict=True)):
            scores = [int(x) for x in line] + [0] * (self.K - blocks)
            bad = [k for k in range(self.K) if k != own and scores[k] >= scores[own]]
            found += [self.row(i, max(bad, key=scores.__getitem__))] if bad else []
        return np.array(found, dtype=np.int64), not found

    def pair(self, a: int, b: int) -> tuple[NDArray[np.int64], ScaledRows]:
        """The samples of two classes, and their rows with a positive and b negative."""
        chosen = np.flatnonzero((self.labels == a) | (self.labels == b))
        sign = np.where(self.labels[chosen] == a, 1, -1)
        lines = [
            [x if s > 0 else -x for x in self.table[i]] for i, s in zip(chosen.tolist(), sign.tolist(), strict=True)
        ]
        rows = ScaledRows(
            fmpz_mat(lines),
            self.scaled.floats[chosen] * sign[:, None],
            self.scaled.row[chosen],
            self.scaled.float_row[chosen],
            self.scaled.column,
        )
        return chosen, rows


@dataclass(frozen=True, eq=False)
class _Edge:
    """Two classes that overlap: their samples, rows, positive weights, a basis, and whether they span all columns."""

    a: int
    b: int
    samples: list[int]
    rows: fmpz_mat
    weights: list[int]
    basis: Basis
    full: bool


def decide_classes(scaled: ScaledRows, labels: Labels, K: int, rounds: int, always: bool) -> Answer:
    """The answer for K > 2 classes."""
    data = _Classes(scaled, labels, K, rounds, always)
    V = _softmax(scaled.floats, labels, K)
    numbers = float_numerators(V.ravel())
    _, done = data.violated(numbers)
    if done:
        return Answer("separable", numbers, None, None, "softmax")
    group, edges, conflict, method = _one_against_one(data, V)
    pairs = {frozenset((edge.a, edge.b)) for edge in edges}
    if all(group[a] == group[b] or frozenset((a, b)) in pairs for a in range(K) for b in range(a)):
        return Answer("overlap", None, _overlap_weights(data, edges, group), conflict, method)
    answer = None if conflict else _cutting_planes(data, V)
    if answer is not None and answer.kind != "inseparable":
        return answer
    if conflict is None and answer is not None:
        conflict, method = answer.conflict, answer.method
    if conflict is None:
        return Answer("undetermined", None, None, None, "cutting planes")
    return _face_of_classes(data, group, edges, conflict, method)


def _softmax(X: Array, labels: Labels, K: int) -> Array:
    """Float witnesses (K, d) by the softmax loss, stopped as soon as they seem to separate."""
    n, d = X.shape
    samples = np.arange(n)
    best = np.zeros((K, d))

    def loss(flat: Array) -> tuple[float, Array]:
        F = X @ flat.reshape(K, d).T
        F -= F[samples, labels][:, None]
        top = F.max(axis=1)
        P = np.exp(F - top[:, None])
        total = P.sum(axis=1)
        value = float(np.sum(top + np.log(total)))
        P /= total[:, None]
        P[samples, labels] -= 1.0
        return value, (P.T @ X).ravel()

    def stop(flat: Array) -> None:
        nonlocal best
        best = flat.reshape(K, d).copy()
        F = X @ best.T
        own = F[samples, labels].copy()
        F[samples, labels] = -np.inf
        if (own - F.max(axis=1)).min() > 1e-9 * np.abs(own).max():
            raise StopIteration

    options = {"maxiter": _STEPS}
    minimize = scipy.optimize.minimize  # loaded before threads are limited, to be limited too
    try:
        # Small products: threads would only wait for each other.
        with threadpool_limits(1, "blas"):
            minimize(loss, best.ravel(), jac=True, method="L-BFGS-B", callback=stop, options=options)
    except StopIteration:
        pass
    return best


def _confusions(data: _Classes, V: Array) -> list[tuple[int, int]]:
    """Pairs of classes, those first whose samples V confuses most."""
    F = data.scaled.floats @ V.T
    samples = np.arange(data.n)
    own = F[samples, data.labels][:, None]
    worse = own <= F
    worse[samples, data.labels] = False
    count = np.zeros((data.K, data.K))
    np.add.at(count, data.labels, worse.astype(float))
    count += count.T
    pairs = [(a, b) for a in range(data.K) for b in range(a)]
    return sorted(pairs, key=lambda pair: -count[pair])


def _one_against_one(data: _Classes, V: Array) -> tuple[list[int], list[_Edge], dict[int, int] | None, str]:
    """Groups that full overlapping pairs of classes join, all overlapping pairs, one conflicting set, its method."""
    group = list(range(data.K))
    edges: list[_Edge] = []
    conflict, method = None, ""
    for a, b in _confusions(data, V):
        chosen, rows = data.pair(a, b)
        weights = None if conflict is None else positive_weights(rows)
        if weights is None:
            answer = decide_two(rows, data.rounds, data.always)
            if answer.conflict is None:
                continue
            weights = answer.weights if answer.kind == "overlap" else None
            if conflict is None:
                places = {i: data.row(int(chosen[i]), a + b - int(data.labels[chosen[i]])) for i in answer.conflict}
                conflict = {places[i]: w for i, w in answer.conflict.items()}
                method = f"one against one, {answer.method}"
        if weights is not None:
            basis = basis_of(rows.integers, list(range(len(chosen))))
            full = len(basis.rows) == data.rank
            edges.append(_Edge(a, b, chosen.tolist(), rows.integers, weights, basis, full))
            if full:
                old, new = group[b], group[a]
                group = [new if g == old else g for g in group]
    return group, edges, conflict, method


def _overlap_weights(data: _Classes, edges: list[_Edge], group: list[int]) -> list[int]:
    """Positive weights of all rows within the groups, whose combination vanishes; 0 for the other rows.

    Pairs that are edges bring their own. Rows of other pairs get weight 1; what they leave in the blocks is carried
    along a forest of full edges, from the leaves on, and cancelled by the basis of each edge.
    """
    K, d = data.K, data.d
    direct = {frozenset((edge.a, edge.b)) for edge in edges}
    left = [[0] * d for _ in range(K)]
    alone: list[int] = []
    for i, own in enumerate(data.labels.tolist()):
        for k in range(K):
            if k != own and group[k] == group[own] and frozenset((k, own)) not in direct:
                alone.append(data.row(i, k))
                left[own] = [t + int(x) for t, x in zip(left[own], data.table[i], strict=True)]
                left[k] = [t - int(x) for t, x in zip(left[k], data.table[i], strict=True)]
    scale = 1
    found = {edge: edge.weights for edge in edges}
    waiting = _forest(edges, K) if alone else []
    while waiting:
        degree = [sum(c in (edge.a, edge.b) for edge in waiting) for c in range(K)]
        edge = next(edge for edge in waiting if 1 in (degree[edge.a], degree[edge.b]))
        waiting.remove(edge)
        leaf, other = (edge.a, edge.b) if degree[edge.a] == 1 else (edge.b, edge.a)
        if not any(left[leaf]):
            continue
        sign = -1 if leaf == edge.a else 1
        correction, factor = express(edge.rows, edge.basis, [sign * x for x in left[leaf]])
        scale *= factor
        found = {e: [w * factor for w in weights] for e, weights in found.items()}
        left = [[x * factor for x in line] for line in left]
        left[other] = [x + y for x, y in zip(left[other], left[leaf], strict=True)]
        left[leaf] = [0] * d
        needed = zip(edge.basis.rows, correction, strict=True)
        times = max(1, *(-c // edge.weights[i] + 1 for i, c in needed))
        corrected = [times * w for w in edge.weights]
        for i, c in zip(edge.basis.rows, correction, strict=True):
            corrected[i] += c
        found[edge] = corrected
    full = [0] * (data.n * (K - 1))
    for k in alone:
        full[k] = scale
    for edge, weights in found.items():
        for i, w in zip(edge.samples, weights, strict=True):
            full[data.row(i, edge.a + edge.b - int(data.labels[i]))] = w
    return full


def _forest(edges: list[_Edge], K: int) -> list[_Edge]:
    """As few full edges as join what all of them join."""
    group, kept = list(range(K)), []
    for edge in edges:
        if edge.full and group[edge.a] != group[edge.b]:
            kept.append(edge)
            group = [group[edge.a] if g == group[edge.b] else g for g in group]
    return kept


def _cutting_planes(data: _Classes, V: Array) -> Answer | None:
    """Decide on some rows and add those that the witness misses, until none is missed or the rows are inseparable."""
    K, d = data.K, data.d
    F = data.scaled.floats @ V.T
    samples = np.arange(data.n)
    own = F[samples, data.labels].copy()
    F[samples, data.labels] = np.inf
    gaps = own[:, None] - F
    gaps[samples, data.labels] = np.inf
    rival = gaps.argmin(axis=1)
    first = np.argsort(gaps[samples, rival], kind="stable")[: 2 * (K - 1) * d]
    active = {data.row(int(i), int(rival[i])) for i in first}
    while True:
        chosen = np.array(sorted(active), dtype=np.int64)
        rows, _ = scaled_kesler_rows(data.scaled, data.labels, K, chosen)
        decision, method = decide(rows, data.rounds, data.always)
        if decision is None:
            return None
        if decision.kind == "inseparable":
            conflict = {int(chosen[i]): w for i, w in support_of(decision.numbers).items()}
            return Answer("inseparable", None, None, conflict, f"cutting planes, {method}")
        missed, done = data.violated(decision.numbers)
        if done:
            return Answer("separable", [*decision.numbers, *[0] * d], None, None, f"cutting planes, {method}")
        active |= set(missed.tolist())


def _face_of_classes(
    data: _Classes, group: list[int], edges: list[_Edge], conflict: dict[int, int], method: str
) -> Answer:
    """Quasi or overlap, where that costs little; else only that the classes are inseparable."""
    K, d = data.K, data.d
    unknown = Answer("inseparable", None, None, conflict, f"{method}; too large to tell quasi from overlap")
    names = sorted(set(group))
    if 1 < len(names) < K:
        # Classes of a group have the same v on all data.
        merged = np.array([names.index(group[c]) for c in data.labels.tolist()])
        found = _decide_merged(data, merged, len(names))
        if found is not None:
            direction = [
                x for c in range(K) for x in found[names.index(group[c]) * d : (names.index(group[c]) + 1) * d]
            ]
            return Answer("quasi", direction, _overlap_weights(data, edges, group), conflict, method)
    size = data.n * (K - 1)
    if size * (K - 1) * d > _DENSE:
        return unknown
    rows, _ = scaled_kesler_rows(data.scaled, data.labels, K, np.arange(size))
    circuit = [conflict.get(k, 0) for k in range(size)]
    face = find_face(rows.integers, circuit, lambda left: decide_integers(left, data.rounds, data.always))
    if face is None:
        return unknown
    if face.direction is None:
        return Answer("overlap", None, face.weights, conflict, method)
    return Answer("quasi", [*face.direction, *[0] * d], face.weights, conflict, method)


def _decide_merged(data: _Classes, labels: Labels, K: int) -> list[int] | None:
    """A witness of merged classes, class by class, or None when there is none."""
    if K == 2:
        sign = 2 * labels - 1
        lines = [[x * s for x in line] for line, s in zip(data.table, sign.tolist(), strict=True)]
        rows = data.scaled
        decision, _ = decide(
            ScaledRows(fmpz_mat(lines), rows.floats * sign[:, None], rows.row, rows.float_row, rows.column),
            data.rounds,
            data.always,
        )
        if decision is None or decision.kind != "separable":
            return None
        return [*(-x for x in decision.numbers), *decision.numbers]
    answer = decide_classes(data.scaled, labels, K, data.rounds, data.always)
    return answer.direction if answer.kind == "separable" else None
