"""Re-check proof objects about index sums: identities for all sizes.

A claim names its tensors with the lengths of their indices, the facts that hold of them ("D_i*D_i = D_i") and its
forms. Letters that are not free are summed; I_ij is 1 for i = j, else 0, and I_i is 1. A letter that is free in a fact
occurs on its right too, or once on its left.

steps: the difference of two sides as a list of terms; ``[term, fact, letters]`` replaces the left of a fact inside a
term by its right, at the end of the list; `orders` numbers the summed letters of what is left, and all must cancel.
sign: |u| = |v| follows from u = v or u = −v.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import count
from typing import Any

from .referee_ends import Rejected, need

__all__ = ["Sums", "rejection"]

Letter = int | str
Term = tuple[Fraction, tuple[tuple[str, int], ...], tuple[tuple[str, tuple[Letter, ...]], ...]]
Sum = list[Term]


def rejection(proof: Any) -> str | None:
    """Why a proof object is not accepted, or None when it proves its claim.

    Examples
    --------
    >>> claim = {"kind": "identity", "tensors": {"D": ["m"]}, "facts": ["D_i*D_i = D_i"], "free": ""}
    >>> claim |= {"forms": {"square": "D_i*D_i", "count": "D_i"}, "left": "square", "right": "count"}
    >>> rejection({"claim": claim, "proof": {"rule": "steps", "steps": [[0, 0, {"i": 0}]], "orders": [[1], [0]]}})
    >>> rejection({"claim": claim, "proof": {"rule": "steps", "steps": [], "orders": [[0], [1]]}})
    'terms that do not cancel'
    """
    try:
        claim = proof["claim"]
        need(claim["kind"] == "identity", "the kind of the claim")
        _identity(Sums(claim), claim["left"], claim["right"], proof["proof"])
    except Rejected as error:
        return str(error)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, SyntaxError) as error:
        return f"malformed: {error!r}"
    except (ZeroDivisionError, OverflowError, RecursionError) as error:
        return f"no value: {error!r}"
    return None


def _identity(sums: Sums, left: str, right: str, node: dict[str, Any]) -> None:
    if node["rule"] == "sign":
        need(node["sign"] in (1, -1), "a sign")
        sums.cancel(sums.difference(left, right, node["sign"]), node["proof"])
    else:
        sums.cancel(sums.difference(left, right), node)


class Sums:
    """Sums of products of entries, over the tensors, facts and forms of a claim."""

    def __init__(self, claim: Mapping[str, Any]) -> None:
        self.tensors = {name: tuple(shape) for name, shape in claim["tensors"].items()}
        need("I" not in self.tensors, "a tensor called I")
        # Lengths are at least 1: only by them may a sum be divided.
        self.sizes = {length for shape in self.tensors.values() for length in shape if length.isidentifier()}
        self.forms: dict[str, str] = claim["forms"]
        self.free = tuple(claim["free"])
        self.lengths: dict[Letter, str] = {}
        self.fresh = count()
        self.facts = [self._fact(*fact.split("=")) for fact in claim["facts"]]

    def _fact(self, left: str, right: str) -> tuple[Term, Sum, set[Letter]]:
        (one,), found = self.read(left), self.read(right)
        need(one[:2] == (1, ()), "a fact about a multiple")
        once = [x for _, letters in one[2] for x in letters]
        free = {x for term in found for _, letters in term[2] for x in letters} | {
            x for x in once if once.count(x) == 1
        }
        return one, found, free & set(once)

    def read(self, text: str, forms: Mapping[str, str] | None = None) -> Sum:
        """The sum a text stands for; with forms their summed letters are numbered, without them all letters stay."""

        def named(name: str) -> Sum:
            if forms is not None:
                found = self.numbered(self.read(forms[name]), self.free) if name in forms else size(name)
                return [done for term in found for done in self.clean(term)]
            tensor, _, letters = name.rpartition("_")
            known = tensor in self.tensors or (tensor == "I" and letters)
            if name in self.tensors or known:
                tensor, letters = (tensor, letters) if known else (name, "")
                need(tensor == "I" or len(letters) == len(self.tensors[tensor]), f"the indices of {name}")
                return [(Fraction(1), (), ((tensor, tuple(letters)),))]
            return size(name)

        def size(name: str) -> Sum:
            return [(Fraction(1), ((name, 1),), ())]

        return self.value(ast.parse(text.strip(), mode="eval").body, named)

    def value(self, node: ast.expr, named: Callable[[str], Sum]) -> Sum:
        """The sum that an expression of sums is."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return [(Fraction(node.value), (), ())]
        if isinstance(node, ast.Name):
            return named(node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return times(self.value(node.operand, named), [(Fraction(-1), (), ())])
        need(isinstance(node, ast.BinOp), "an expression of sums")
        assert isinstance(node, ast.BinOp)
        a = self.value(node.left, named)
        if isinstance(node.op, ast.Pow):
            need(isinstance(node.right, ast.Constant) and type(node.right.value) is int, "a power")
            power: Sum = [(Fraction(1), (), ())]
            for _ in range(node.right.value):  # type: ignore[attr-defined]
                power = times(power, self.value(node.left, named))
            return power
        b = self.value(node.right, named)
        if isinstance(node.op, ast.Div):
            ((c, sizes, factors),) = b
            need(c and not factors and {s for s, _ in sizes} <= self.sizes, "a divisor that is no product of sizes")
            b = [(1 / c, tuple((s, -p) for s, p in sizes), ())]
        if isinstance(node.op, ast.Mult | ast.Div):
            return times(a, b)
        need(isinstance(node.op, ast.Add | ast.Sub), "an expression of sums")
        return a + (b if isinstance(node.op, ast.Add) else times(b, [(Fraction(-1), (), ())]))

    def difference(self, left: str, right: str, sign: int = 0) -> Sum:
        """One side less the other; with a sign both are products of absolute values, and what is inside is compared."""
        if sign:
            left, right = (self._inside(ast.parse(side, mode="eval").body) for side in (left, right))
        return self.read(f"({left}) - ({sign or 1})*({right})", self.forms)

    def numbered(self, terms: Sum, free: Any, names: Mapping[Letter, Letter] | None = None) -> Sum:
        """The terms with a new number for every letter that has no name and is not free."""
        out: Sum = []
        for c, sizes, factors in terms:
            here: dict[Letter, Letter] = {**{x: x for x in free}, **(names or {})}
            for name, letters in factors:
                for place, letter in enumerate(letters):
                    x = here[letter] = here[letter] if letter in here else next(self.fresh)
                    if name != "I":
                        length = self.tensors[name][place]
                        need(self.lengths.setdefault(x, length) == length, f"the length of an index of {name}")
            out.append((c, sizes, tuple((n, tuple(here[x] for x in letters)) for n, letters in factors)))
        return out

    def clean(self, term: Term) -> Sum:
        """The term without the I that can be summed."""
        c, sizes, factors = term
        for place, (name, letters) in enumerate(factors):
            rest = factors[:place] + factors[place + 1 :]
            if name != "I":
                continue
            need(len(letters) in (1, 2), "the indices of I")
            first, last = letters[0], letters[-1]
            if first == last:
                alone = isinstance(first, int) and not any(first in inner for _, inner in rest)
                once = [(c, sizes, rest)]
                found = times(once, self.read(self.lengths[first])) if alone else once
                return [done for one in found for done in self.clean(one)]
            if isinstance(first, int) or isinstance(last, int):
                gone, kept = (first, last) if isinstance(first, int) else (last, first)
                length = self.lengths.get(gone) or self.lengths[kept]
                need(self.lengths.setdefault(kept, length) == length, "the lengths of the indices of I")
                return self.clean((c, sizes, tuple((n, tuple(kept if x == gone else x for x in i)) for n, i in rest)))
        return [term]

    def use(self, terms: list[Term | None], place: int, fact: int, letters: Mapping[str, Letter]) -> None:
        """Replace the left of a fact inside a term by its right."""
        term, (left, right, free) = terms[place], self.facts[fact]
        need(term is not None, "a term that is used up")
        assert term is not None
        rest = list(term[2])
        for name, inner in left[2]:
            rest.remove((name, tuple(letters[x] for x in inner)))  # type: ignore[index]
        seen = {x for _, inner in rest for x in inner} | {letters[x] for x in free}  # type: ignore[index]
        bound = [letters[x] for x in {x for _, inner in left[2] for x in inner} - free]  # type: ignore[index]
        need(len(set(bound)) == len(bound) and not seen & set(bound), "a summed letter that occurs elsewhere")
        need(all(isinstance(x, int) for x in bound), "a free letter in the place of a summed one")
        around: Sum = [(term[0], term[1], tuple(rest))]
        found = self.numbered(right, (), {x: letters[x] for x in free})  # type: ignore[index]
        terms[place] = None
        terms.extend(done for one in times(around, found) for done in self.clean(one))

    def cancel(self, found: Sum, node: Mapping[str, Any]) -> None:
        """Reject unless the steps of a proof turn a sum into nothing."""
        need(node["rule"] == "steps", f"the rule {node['rule']!r}")
        terms: list[Term | None] = list(found)
        for step in node["steps"]:
            self.use(terms, *step)
        left = [t for t in terms if t is not None]
        total: dict[Any, Fraction] = {}
        for (c, sizes, factors), order in zip(left, node["orders"], strict=True):
            summed = {x for _, letters in factors for x in letters if isinstance(x, int)}
            need(len(order) == len(summed) and set(order) == summed, "the summed letters of a term")
            named = (f"{n}_{[order.index(x) if isinstance(x, int) else x for x in letters]}" for n, letters in factors)
            key = (sizes, tuple(sorted(named)))
            total[key] = total.get(key, Fraction(0)) + c
        need(not any(total.values()), "terms that do not cancel")

    def _inside(self, node: ast.expr) -> str:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            sign = "*" if isinstance(node.op, ast.Mult) else "/"
            return f"({self._inside(node.left)}){sign}({self._inside(node.right)})"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Abs":
            return ast.unparse(node.args[0])
        positive = isinstance(node, ast.Constant) and type(node.value) is int and node.value > 0
        need(positive or (isinstance(node, ast.Name) and node.id in self.sizes), "a factor of unknown sign")
        return ast.unparse(node)


def times(a: Sum, b: Sum) -> Sum:
    """The product of two sums whose summed letters differ."""
    out = []
    for c, p, f in a:
        for e, q, g in b:
            powers = dict(p)
            for name, power in q:
                powers[name] = powers.get(name, 0) + power
            out.append((c * e, tuple(sorted((n, k) for n, k in powers.items() if k)), f + g))
    return out
