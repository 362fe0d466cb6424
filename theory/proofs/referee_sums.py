"""Sums of products of entries of tensors, for the referee: read from text, rewritten by facts, compared.

A claim names its sizes, which are at least 1, other symbols, its tensors with the lengths of their indices, the facts
that hold of them ("D_i*D_i = D_i") and its forms; it is about all sizes at which no length is negative. Letters that
are not free are summed; I_ij is 1 for i = j, else 0, and I_i is 1. A letter that is free in a fact is on its right
too, or once on its left.

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

__all__ = ["DROPPED", "MINUS", "Letter", "Sum", "Sums", "Term", "times"]

Letter = int | str
Term = tuple[Fraction, tuple[tuple[str, int], ...], tuple[tuple[str, tuple[Letter, ...]], ...]]
Sum = list[Term]

MINUS: Sum = [(Fraction(-1), (), ())]
MEANT = {"I", "E", "Var", "Abs", "sqrt", "pi"}
# In the place of a fact that no longer stands: no tensor has this name.
DROPPED: Any = ((Fraction(1), (), (("", ()),)), [], set())


class Sums:
    """Sums of products of entries, over the tensors, facts and forms of a claim."""

    def __init__(self, claim: Mapping[str, Any]) -> None:
        self.tensors = {name: tuple(shape) for name, shape in claim["tensors"].items()}
        # Sizes are at least 1: only by them may a sum be divided.
        self.sizes, self.symbols = {*claim["sizes"]}, {*claim.get("symbols", ())}
        self.forms: dict[str, str] = claim["forms"]
        names = [*self.sizes, *self.symbols, *self.tensors]
        need(
            len({*names}) == len(names) and not (self.sizes | self.symbols) & self.forms.keys(),
            "one name of two things",
        )
        names += self.forms
        need(all(n.isidentifier() for n in names) and not MEANT & {*names}, "the names of a claim")
        shaped = [n.rpartition("_")[0] for n in names if n not in self.forms]
        need(not {"I", *self.tensors} & {*shaped}, "a name that is an entry")
        self.free, self.frees = claim.get("free", ""), claim.get("frees", {})
        self.start()
        self.facts = [self._fact(*fact.split("=")) for fact in claim["facts"]]

    def start(self) -> None:
        """Forget the letters of the last sum."""
        self.lengths: dict[Letter, str] = {}
        self.fresh = count()

    def _fact(self, left: str, right: str) -> tuple[Term, Sum, set[Letter]]:
        (one,), found = self.read(left), self.read(right)
        need(one[0] == 1 and not one[1], "a fact about a multiple")
        once = [x for _, letters in one[2] for x in letters]
        free = {x for term in found for _, letters in term[2] for x in letters} | {
            x for x in once if once.count(x) == 1
        }
        return one, found, free & set(once)

    def read(self, text: str, forms: Mapping[str, str] | None = None) -> Sum:
        """The sum a text stands for; with forms their summed letters are numbered, without them all letters stay."""

        def named(name: str) -> Sum:
            if forms is not None:
                free = self.frees.get(name, self.free)
                return self.form(forms[name], dict(zip(free, free, strict=True))) if name in forms else size(name)
            tensor, _, letters = name.rpartition("_")
            known = tensor in self.tensors or (tensor == "I" and letters)
            if name in self.tensors or known:
                tensor, letters = (tensor, letters) if known else (name, "")
                need(tensor == "I" or len(letters) == len(self.tensors[tensor]), f"the indices of {name}")
                return [(Fraction(1), (), ((tensor, tuple(letters)),))]
            return size(name)

        def size(name: str) -> Sum:
            need(name in self.sizes | self.symbols, f"the name {name}")
            return [(Fraction(1), ((name, 1),), ())]

        return self.value(ast.parse(text.strip(), mode="eval").body, named)

    def value(self, node: ast.expr, named: Callable[[str], Sum]) -> Sum:
        """The sum that an expression of sums is."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return [(Fraction(node.value), (), ())]
        if isinstance(node, ast.Name):
            return named(node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return times(self.value(node.operand, named), MINUS)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self.call(node.func.id, alone(node), named)
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
            bare = {s.removeprefix("sqrt(").removesuffix(")") for s, _ in sizes}
            need(c and not factors and bare <= self.sizes, "a divisor that is no product of sizes")
            b = [(1 / c, tuple((s, -p) for s, p in sizes), ())]
        if isinstance(node.op, ast.Mult | ast.Div):
            return times(a, b)
        need(isinstance(node.op, ast.Add | ast.Sub), "an expression of sums")
        return a + (b if isinstance(node.op, ast.Add) else times(b, MINUS))

    def call(self, name: str, argument: ast.expr, named: Callable[[str], Sum]) -> Sum:
        """A function of a sum."""
        raise Rejected(f"the function {name}")

    def difference(self, left: str, right: str, sign: int = 0) -> Sum:
        """One side less the other; with a sign both are products of absolute values, and what is inside is compared."""
        self.start()
        if sign:
            left, right = (self._inside(ast.parse(side, mode="eval").body) for side in (left, right))
        return self.read(f"({left}) - ({sign or 1})*({right})", self.forms)

    def form(self, text: str, free: Mapping[str, Letter]) -> Sum:
        """A form with names for its free letters, and numbers for the others."""
        return self.numbered(self.read(text), free)

    def numbered(self, terms: Sum, names: Mapping[str, Letter]) -> Sum:
        """The terms with a new number for every letter that has no name."""
        out: Sum = []
        for c, sizes, factors in terms:
            here: dict[Any, Letter] = dict(names)
            for name, letters in factors:
                for place, letter in enumerate(letters):
                    x = here[letter] = here[letter] if letter in here else next(self.fresh)
                    if name != "I":
                        length = self.tensors[name][place]
                        need(self.lengths.setdefault(x, length) == length, f"the length of an index of {name}")
            out.append((c, sizes, tuple((n, tuple(here[x] for x in letters)) for n, letters in factors)))
        return out

    def cleaned(self, terms: Sum) -> Sum:
        """The terms without the I that can be summed."""
        return [done for term in terms if term[0] for done in self.clean(term)]

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
                return self.cleaned(times(once, self.read(self.lengths[first])) if alone else once)
            if isinstance(first, int) or isinstance(last, int):
                gone, kept = (first, last) if isinstance(first, int) else (last, first)
                found = {self.lengths[x] for x in letters if x in self.lengths}
                need(len(found) < 2, "the lengths of the indices of I")
                if found:
                    self.lengths[kept] = found.pop()
                return self.clean((c, sizes, tuple((n, tuple(kept if x == gone else x for x in i)) for n, i in rest)))
            if letters != (turned := tuple(sorted(letters, key=str))):
                return self.clean((c, sizes, (*rest, (name, turned))))
        return [term]

    def use(self, terms: list[Term | None], place: int, fact: int, letters: Mapping[str, Letter]) -> None:
        """Replace the left of a fact inside a term by its right."""
        term, (left, right, free) = terms[place], self.facts[fact]
        need(term is not None, "a term that is used up")
        assert term is not None
        there = {x: x for _, inner in term[2] for x in inner}
        letters = {x: there[y] for x, y in letters.items()}
        rest = list(term[2])
        for name, inner in left[2]:
            rest.remove((name, tuple(letters[x] for x in inner)))  # type: ignore[index]
        seen = {x for _, inner in rest for x in inner} | {letters[x] for x in free}  # type: ignore[index]
        bound = [letters[x] for x in {x for _, inner in left[2] for x in inner} - free]  # type: ignore[index]
        need(len(set(bound)) == len(bound) and not seen & set(bound), "a summed letter that occurs elsewhere")
        need(all(isinstance(x, int) for x in bound), "a free letter in the place of a summed one")
        # A free letter that its right lacks is still summed, or free.
        around: Sum = [(term[0], term[1], (*rest, *(("I", (letters[x],)) for x in free)))]  # type: ignore[index]
        found = self.numbered(right, {str(x): letters[x] for x in free})  # type: ignore[index]
        terms[place] = None
        terms.extend(self.cleaned(times(around, found)))

    def cancel(self, found: Sum, node: Mapping[str, Any]) -> None:
        """Reject unless the steps of a proof turn a sum into nothing."""
        need(node["rule"] in ("steps", "numbers"), f"the rule {node['rule']!r}")
        terms: list[Term | None] = [*self.cleaned(found)]
        for step in node["steps"]:
            self.use(terms, *step)
        left = [t for t in terms if t is not None]
        total: dict[Any, Fraction] = {}
        orders = node["orders"] if node["rule"] == "steps" else [[] for _ in left]
        for (c, sizes, factors), order in zip(left, orders, strict=True):
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
            return ast.unparse(alone(node))
        positive = isinstance(node, ast.Constant) and type(node.value) is int and node.value > 0
        need(positive or (isinstance(node, ast.Name) and node.id in self.sizes), "a factor of unknown sign")
        return ast.unparse(node)


def alone(node: ast.Call) -> ast.expr:
    """The one argument of a call."""
    need(len(node.args) == 1 and not node.keywords, "a call")
    return node.args[0]


def times(a: Sum, b: Sum) -> Sum:
    """The product of two sums whose summed letters differ."""
    out = []
    for c, p, f in a:
        for e, q, g in b:
            powers = dict(p)
            for name, power in q:
                powers[name] = powers.get(name, 0) + power
            for name in [n for n, k in powers.items() if n.startswith("sqrt(") and k not in (0, 1)]:
                inner, whole = name[5:-1], powers[name] // 2
                powers |= {name: powers[name] % 2, inner: powers.get(inner, 0) + whole}
            out.append((c * e, tuple(sorted((n, k) for n, k in powers.items() if k)), f + g))
    return out
