"""Proofs about masked pairs: tilts, tangents of a ratio's cost, and four events of which one happens."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr

from . import referee_tails
from .tails_choices import balance, free_name, pieces, rates_of, transfers, value_of
from .tails_goals import Goal, Moves, Nothing, shown, union
from .tails_pairs import norm_below

__all__ = ["MaskedPairs"]

Node = dict[str, Any]


class MaskedPairs(Moves):
    """The part of a search that speaks of masked pairs; what is below them it leaves to the whole."""

    def pairs(self, goal: Goal) -> Iterator[Node]:
        """A masked pair: with the best tilt where its sizes are in the bound, else below and above equal sizes."""
        n, d = goal.event["law"]["n"], goal.event["law"]["d"]
        ends = {name: goal.domain.get(name, ["", "", ""]) for name in (n, d)}
        smaller = d if ends[n][0] == d else n if ends[d][0] == n else ""
        least = f"Min({min(n, d)}, {max(n, d)})"
        bound = goal.read(goal.bound)
        multiples = [e for e in bound.atoms(sympy.Min) if str(e) != least]
        if "Min(" in goal.bound and not bound.atoms(sympy.Min):
            yield from self.without(goal, bound, goal.read(goal.event["at"]))
            return
        if multiples and d in goal.domain:
            yield from self._of_multiples(goal, multiples[0])
        elif n != d and smaller and least in goal.bound:
            yield from self.without(goal, goal.read(goal.bound.replace(least, smaller)), goal.read(goal.event["at"]))
        elif n == d or n not in goal.domain or d not in goal.domain or ends[d][0] == n:
            yield from transfers(goal)
            yield from self.weaker(goal)
        elif ends[d][1] == n:
            yield from self._turned(goal, n, d)
        elif ends[n][0] == d:
            step = {"of": n, "new": free_name("tau", goal.domain), "factor": d, "power": "2", "over": True}
            yield from self.put(goal, {**step, "from": "144/233"})
            yield from self.weaker(goal)
        elif goal.read(goal.bound).has(sympy.log):
            step = {"of": n, "new": free_name("tau", goal.domain), "factor": d, "power": "2", "over": True}
            yield from self.put(goal, step)
        elif goal.cuts:
            yield from self.cut(goal, d, goal.symbol(n))

    def _of_multiples(self, goal: Goal, least: Expr) -> Iterator[Node]:
        """A minimum of multiples of both sizes: below and above a tilt, the argument that is smaller there."""
        n, d = goal.event["law"]["n"], goal.event["law"]["d"]
        if n in goal.domain:
            step = {"of": n, "new": free_name("tau", goal.domain), "factor": d, "power": "2", "over": True}
            yield from self.put(goal, step) if goal.puts else ()
            return
        names = [name for name in goal.domain if name != d and least.has(goal.symbol(name))]
        low, high, _ = goal.domain[names[0]] if names else ("1", "1", "")
        ends = balance([shown(a) for a in least.args], goal.domain, names[0]) if names else None
        if ends is not None and high == "1" and low in ("0", str(ends[0])):
            if goal.cuts:
                yield from self.cut(goal, names[0], ends[low != "0"])
            return
        inside = {**dict.fromkeys(goal.domain, 1.0), **{name: float(Fraction(low)) + 1e-9 for name in names}}
        smaller = min(least.args, key=lambda a: value_of(shown(a), inside) or 0.0)
        if ends is not None and (low, high) == tuple(map(str, ends)):
            # Between two numbers: what grows, at the upper one, is at least both.
            smaller = smaller.subs(goal.symbol(names[0]), ends[1])
        bound = goal.read(goal.bound).xreplace({least: smaller})
        yield from self.without(goal, bound, goal.read(goal.event["at"]))

    def _turned(self, goal: Goal, n: str, d: str) -> Iterator[Node]:
        low, _, closed = goal.domain[d]
        rest = {name: ends for name, ends in goal.domain.items() if name != n}
        inner = self.find(goal.but(domain={n: [d, "oo", ""], **rest, d: [low, "oo", closed]}))
        if inner is not None:
            yield {"rule": "turned", "of": d, "proof": inner}

    def thresholds(self, goal: Goal) -> Iterator[Node]:
        """A masked pair at a positive threshold: its norm, once for all samples, and its ratio; equal sizes divide."""
        pair = goal.event.get("some", goal.event)
        n, d = pair["law"]["n"], pair["law"]["d"]
        if n not in goal.domain or d not in goal.domain:
            return
        if n != d and goal.domain[d][1] == n:
            yield from self._turned(goal, n, d)
        elif n != d and goal.domain[d][0] != n and goal.domain[n][0] != d:
            yield from self.cut(goal, d, goal.symbol(n))
        else:
            yield from self._of_norm(goal, pair, n, n if n == d or goal.domain[d][0] == n else d)

    def _of_norm(self, goal: Goal, pair: Node, n: str, least: str) -> Iterator[Node]:
        rates = rates_of(goal, (n, least))
        scale = None if rates is None else norm_below(float(rates[0]))
        if scale is None or rates is None:
            return
        node: Node = {"scale": str(scale)}
        event = referee_tails.image(goal.event, {}, Nothing())
        of_norm, of_ratio = referee_tails.parts(event, node, Nothing())[0]
        count = f"{goal.event['of']}*" if "some" in goal.event else ""
        bounds = [f"exp(-({rates[0]})*{n})", f"{count}exp(-({rates[1]})*{least})"]
        inner = [self.find(goal.but(event=e, bound=b)) for e, b in zip((of_norm, of_ratio), bounds, strict=True)]
        if inner[0] is not None and inner[1] is not None:
            both = {**node, **union([("<=", b, p) for b, p in zip(bounds, inner, strict=True) if p])}
            yield {"rule": "image", "sign": 1, "proof": both}

    def pieces(self, goal: Goal) -> Iterator[Node]:
        """A masked pair by its norm, what its mask keeps, and two sums over inputs: a part of the bound for each."""
        if goal.cuts < Goal.cuts:
            return
        for numbers, bounds in pieces(goal, goal.event.get("some", goal.event)):
            node: Node = {"rule": "pieces", **numbers}
            events = referee_tails.pieces(goal.event, node, Nothing())["any"]
            parts = []
            for event, bound in zip(events, bounds, strict=True):
                inner = self.find(goal.but(event=event, bound=bound))
                if inner is None:
                    break
                parts.append(("<=", bound, inner))
            else:
                yield {**node, "proof": union(parts)}
