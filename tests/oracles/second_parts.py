"""A second referee of proof objects of relations: fractions of polynomials in parts that stay as they are."""

from __future__ import annotations

from fractions import Fraction as F

from sympy import QQ
from sympy.polys.rings import ring as polynomial_ring

from .second_text import must, read

__all__ = ["calls", "cancelled", "continuous", "fractions_in_parts", "lead", "minus", "plus", "show"]


def show(tree):
    kind = tree[0]
    if kind in ("num", "var"):
        return f"({tree[1]})" if kind == "num" and tree[1] < 0 else str(tree[1])
    if kind == "neg":
        return f"(-{show(tree[1])})"
    if kind == "call":
        return f"{tree[1]}({', '.join(map(show, tree[2:]))})"
    return f"({show(tree[1])}{kind}{show(tree[2])})"


def calls(tree):
    if not isinstance(tree, tuple):
        return set()
    inner = set().union(*map(calls, tree))
    return inner | {tree} if tree[0] in ("call", "var") else inner


def fractions_in_parts(trees):
    """Trees as fractions of polynomials in the parts that are no sum, product, quotient or whole power."""
    opaque = {}

    def look(tree):
        if tree[0] in ("+", "-", "*", "/"):
            return (tree[0], look(tree[1]), look(tree[2]))
        if tree[0] == "neg":
            return ("neg", look(tree[1]))
        if tree[0] == "**" and tree[2][0] == "num" and 0 <= tree[2][1] <= 60:
            return ("**", look(tree[1]), tree[2])
        if tree[0] != "num":
            opaque.setdefault(tree, f"g{len(opaque)}")
            return ("var", opaque[tree])
        return tree

    looked = [look(t) for t in trees]
    names = list(opaque.values())
    _, *gens = polynomial_ring(names or ["nothing"], QQ)
    field = dict(zip(names, gens, strict=False))
    one = gens[0] ** 0

    def value(tree):
        if tree[0] == "num":
            return one * tree[1], one
        if tree[0] == "var":
            return field[tree[1]], one
        a, b = value(tree[1])
        if tree[0] == "neg":
            return -a, b
        if tree[0] == "**":
            return a ** tree[2][1], b ** tree[2][1]
        c, d = value(tree[2])
        if tree[0] == "/":
            must(c != 0, "division by zero")
            return a * d, b * c
        return {"+": (a * d + c * b, b * d), "-": (a * d - c * b, b * d), "*": (a * c, b * d)}[tree[0]]

    return [value(t) for t in looked], opaque, names, one


def continuous(top, bottom, new, ends, limits, others):
    """What must be positive for top/bottom to be continuous on an interval with these limits at its ends.

    A function with limits at both ends takes every value between them.
    """
    goals = [read(e) if e not in ("oo", "-oo") else ("num", 0) for e in limits]
    found, opaque, names, one = fractions_in_parts([top, bottom, ("var", new), *goals])
    s = opaque["var", new]
    (a, b), (c, d), _, *goals = found
    upper, lower = a * d, b * c
    back = {v: k for k, v in opaque.items()}

    def tree_of(p):
        out = ("num", 0)
        for mono, coefficient in p.terms():
            k = F(int(coefficient.numerator), int(coefficient.denominator))
            term = ("/", ("num", k.numerator), ("num", k.denominator))
            for name, e in zip(names, mono, strict=True):
                if e:
                    term = ("*", term, ("**", back[name], ("num", e)))
            out = ("+", out, term)
        return out

    yield tree_of(lower), {new: (*ends, ""), **others}
    i = names.index(s)
    for end, limit, goal in zip(ends, limits, goals, strict=True):
        if end == "oo":
            n = max(m[i] for p in (upper, lower) for m in p.monoms())
            p, q = (lead(part, i, n) for part in (upper, lower))
        else:
            p, q = (part.evaluate(i, QQ(*F(end).as_integer_ratio())) for part in (upper, lower))
            p, q = (part.set_ring(one.ring) if hasattr(part, "set_ring") else one * part for part in (p, q))
        if limit in ("oo", "-oo"):
            must(q == 0, "an infinite limit")
            yield tree_of(p if limit == "oo" else -p), others
        else:
            must(p * goal[1] == q * goal[0], "a limit")
            yield tree_of(q), others


def lead(p, i, n):
    out = p.ring.zero
    for mono, c in p.terms():
        if mono[i] == n:
            out[(*mono[:i], 0, *mono[i + 1 :])] = c
    return out


def cancelled(a, b):
    """A fraction in lower terms; the sign of the denominator's leading coefficient stays as it is."""
    if a == 0:
        return a, a.ring.one
    g = a.gcd(b)
    return (a, b) if g.is_ground else (a.quo(g), b.quo(g))


def plus(a, b):
    return (a[0] + b[0], a[1]) if a[1] == b[1] else (a[0] * b[1] + b[0] * a[1], a[1] * b[1])


def minus(a, b):
    return plus(a, (-b[0], b[1]))
