"""Proof graphs laid out for a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..verdict import Verdict
from .dag import ProofDag, reachable

__all__ = ["Layers", "drawing", "layers", "outline"]

_NODE_HEIGHT, _COLUMN_GAP, _ROW_GAP, _LETTER = 28.0, 34.0, 10.0, 7.6  # pixels


@dataclass(frozen=True)
class Layers:
    """Columns of keys, left to right from a root to what it rests on, and the edges between them.

    Attributes
    ----------
    columns : tuple of tuple of str
    edges : tuple of (str, str, bool)
        From a statement to one it uses, or (True) to one that implies it.
    """

    columns: tuple[tuple[str, ...], ...]
    edges: tuple[tuple[str, str, bool], ...]


def layers(dag: ProofDag, root: str) -> Layers:
    """What `root` rests on, laid out for a drawing; definitions are left out.

    A key stands one column right of its furthest user, uses that a longer path implies are dropped, and the keys of a
    column are ordered by the mean place of their users.
    """
    order = {key: i for i, key in enumerate(dag.keys)}
    below: dict[str, dict[str, bool]] = {}
    stack = [root]
    while stack:
        key = stack.pop()
        if key not in below:
            used = dict.fromkeys((u for u in dag.uses[key] if dag.main(u).form != "definition"), False)
            below[key] = used | dict.fromkeys(dag.implied_by(key), True)
            stack += below[key]
    reach = {key: reachable(below, key) for key in below}
    edges = [
        (key, u, implied)
        for key in below
        for u, implied in below[key].items()
        if implied or not any(u in reach[w] for w in below[key] if w != u)
    ]
    depth = dict.fromkeys(below, 0)
    for _ in below:
        for key, u, _implied in edges:
            depth[u] = max(depth[u], depth[key] + 1)
    columns: list[tuple[str, ...]] = []
    place: dict[str, float] = {}
    for column in range(max(depth.values()) + 1):
        keys = [k for k in below if depth[k] == column]
        above = {k: [place[a] for a, b, _ in edges if b == k and a in place] for k in keys}
        keys.sort(key=lambda k: (sum(above[k]) / max(1, len(above[k])), order[k]))
        place |= {k: (i + 0.5) / len(keys) for i, k in enumerate(keys)}
        columns.append(tuple(keys))
    return Layers(tuple(columns), tuple(sorted(edges, key=lambda e: (order[e[0]], order[e[1]]))))


def drawing(dag: ProofDag, root: str) -> dict[str, Any] | None:
    """Places of nodes and edges of the tree under `root`, in pixels; None when there is nothing to draw."""
    laid = layers(dag, root)
    if len(laid.columns) < 2:
        return None
    step = _NODE_HEIGHT + _ROW_GAP
    height = max(map(len, laid.columns)) * step - _ROW_GAP + 2
    nodes: dict[str, tuple[float, float, float]] = {}
    left = 1.0
    for column in laid.columns:
        width = round(max(map(len, column)) * _LETTER) + 18.0
        top = (height - len(column) * step + _ROW_GAP) / 2
        for i, key in enumerate(column):
            nodes[key] = (left, top + i * step, width)
        left += width + _COLUMN_GAP
    lines = []
    for upper, lower, implied in laid.edges:
        x0, y0 = nodes[upper][0] + nodes[upper][2], nodes[upper][1] + _NODE_HEIGHT / 2
        x1, y1 = nodes[lower][0], nodes[lower][1] + _NODE_HEIGHT / 2
        bend = min(_COLUMN_GAP, (x1 - x0) / 2)
        path = f"M{x0:g} {y0:g}C{x0 + bend:g} {y0:g} {x1 - bend:g} {y1:g} {x1:g} {y1:g}"
        lines.append({"path": path, "implied": implied})
    return {
        "root": root,
        "width": left - _COLUMN_GAP + 1,
        "height": height,
        "node_height": _NODE_HEIGHT,
        "nodes": [_node(dag, key, *at) for key, at in nodes.items()],
        "lines": lines,
    }


def _node(dag: ProofDag, key: str, x: float, y: float, width: float) -> dict[str, Any]:
    repaired = any(r.verdict is Verdict.HOLDS for r in dag.repairs_of(key))
    return {"key": key, "x": x, "y": y, "width": width, "verdict": _standing(dag, key), "repaired": repaired}


def _standing(dag: ProofDag, key: str) -> str:
    result = dag.result(key)
    return "unchecked" if result is None else str(result.verdict)


def outline(dag: ProofDag, root: str) -> list[dict[str, Any]]:
    """The nested list under `root`; a key is opened once."""
    opened: set[str] = set()

    def grow(key: str) -> dict[str, Any]:
        first = key not in opened
        opened.add(key)
        below = [u for u in dag.uses[key] if dag.main(u).form != "definition"]
        return {
            "key": key,
            "title": dag.main(key).title,
            "verdict": _standing(dag, key),
            "repaired": dag.repaired(key),
            "below": [grow(u) for u in below] if first else [],
            "again": not first and bool(below),
        }

    return [grow(root)]
