"""A second referee of proof objects of relations, written from what the nodes are said to mean, not from the first.

It shares nothing with `whp.theory.proofs`: expressions are nested tuples, polynomials are SymPy's, enclosures are
mpmath's intervals, series near an end are objects with their own arithmetic. It is slow and asks for no speed.
"""

from __future__ import annotations

import ast
from fractions import Fraction as F
from functools import cached_property
from itertools import pairwise, product

import mpmath
from mpmath import iv
from sympy import QQ
from sympy.polys.rings import ring as polynomial_ring

__all__ = ["accepts", "objection"]

DIGITS = 110
FUNCTIONS = ("log", "exp", "erfc")
LETTERS = {"log": "L", "exp": "E", "root": "R", "erfc": "T", "kappa": "K"}
NAMES_WITH_A_MEANING = set("cosh sinh tanh erf sqrt Phi log exp erfc Min Max Abs pi E oo".split())


class Objection(Exception):
    """Why a proof object proves nothing."""


def must(condition, why):
    if not condition:
        raise Objection(why)


def accepts(proof):
    return objection(proof) is None


def objection(proof):
    """Why the second referee does not accept a proof object, or None."""
    before = iv.prec
    iv.prec = DIGITS
    try:
        claim = proof["claim"]
        must(claim["relation"] in ("<", "<=", ">", ">="), "relation")
        box = {name: (low, high, closed) for name, (low, high, closed) in claim["domain"].items()}
        must(not NAMES_WITH_A_MEANING & set(box), "a variable with the name of a function")
        left, right = read(claim["left"]), read(claim["right"])
        strict = claim["relation"] in ("<", ">")
        small, large = (left, right) if claim["relation"][0] == "<" else (right, left)
        Claim(small, large, strict, box).by(proof["proof"])
    except Objection as why:
        return str(why)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, SyntaxError, ArithmeticError) as why:
        return f"unreadable: {why!r}"
    finally:
        iv.prec = before
    return None


# Expressions as tuples: ("num", n), ("var", name), (op, a, b) for + - * / **, ("neg", a), ("call", name, arguments…).

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def read(text):
    def of(node):
        if isinstance(node, ast.Constant):
            must(type(node.value) is int, "a number that is no integer")
            return ("num", node.value)
        if isinstance(node, ast.Name):
            return ("var", node.id)
        if isinstance(node, ast.UnaryOp):
            must(isinstance(node.op, ast.USub), "an operator")
            return ("neg", of(node.operand))
        if isinstance(node, ast.BinOp):
            must(type(node.op) in OPERATORS, "an operator")
            return (OPERATORS[type(node.op)], of(node.left), of(node.right))
        must(isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords, "an expression")
        return ("call", node.func.id, *map(of, node.args))

    return of(ast.parse(text.strip(), mode="eval").body)


def swap(tree, old, new):
    if tree == old:
        return new
    return tuple(swap(part, old, new) if isinstance(part, tuple) else part for part in tree)


def variables(tree):
    if tree[0] == "var":
        return {tree[1]} - {"pi", "E"}
    return set().union(*(variables(part) for part in tree if isinstance(part, tuple)))


def plain(tree):
    """Write short functions out."""
    if tree == ("var", "E"):
        return ("call", "exp", ("num", 1))
    tree = tuple(plain(part) if isinstance(part, tuple) else part for part in tree)
    if tree[0] != "call":
        return tree
    _, name, *arguments = tree
    must(len(arguments) == 1, "a call")
    u = arguments[0]
    e, minus = ("call", "exp", u), ("call", "exp", ("neg", u))
    double = ("call", "exp", ("*", ("num", 2), u))
    half = ("/", ("num", 1), ("num", 2))
    long = {
        "cosh": ("/", ("+", e, minus), ("num", 2)),
        "sinh": ("/", ("-", e, minus), ("num", 2)),
        "tanh": ("/", ("-", double, ("num", 1)), ("+", double, ("num", 1))),
        "erf": ("-", ("num", 1), ("call", "erfc", u)),
        "sqrt": ("**", u, half),
        "Phi": ("/", ("call", "erfc", ("/", ("neg", u), ("**", ("num", 2), half))), ("num", 2)),
    }
    must(name in long or name in FUNCTIONS, f"the function {name}")
    return long.get(name, tree)


def fraction_of(tree):
    """The rational number a tree is by its four operations, or None."""
    kind = tree[0]
    if kind == "num":
        return F(tree[1])
    if kind == "neg":
        inner = fraction_of(tree[1])
        return None if inner is None else -inner
    if kind in ("+", "-", "*", "/", "**"):
        a, b = fraction_of(tree[1]), fraction_of(tree[2])
        if a is None or b is None or (kind == "/" and b == 0):
            return None
        if kind == "**":
            return a ** int(b) if b.denominator == 1 and 0 <= b <= 60 else None
        return {"+": a + b, "-": a - b, "*": a * b}[kind] if kind != "/" else a / b
    return None


def rational(text):
    value = fraction_of(read(text))
    must(value is not None, f"a rational number: {text}")
    return value


def interval(tree, values):
    """An interval around the values of a plain tree."""
    kind = tree[0]
    if kind == "num":
        return iv.mpf(tree[1])
    if kind == "var":
        return iv.pi if tree[1] == "pi" else values[tree[1]]
    if kind == "neg":
        return -interval(tree[1], values)
    if kind == "call":
        return function(tree[1], interval(tree[2], values))
    a, b = interval(tree[1], values), interval(tree[2], values)
    if kind == "**":
        whole = fraction_of(tree[2])
        if whole is not None and whole.denominator == 1:
            return a ** int(whole)
        return iv.exp(b * function("log", a))
    if kind == "/":
        must(not (b.a <= 0 <= b.b), "division by an interval around zero")
    return {"+": a + b, "-": a - b, "*": a * b}[kind] if kind != "/" else a / b


def function(name, a):
    if name == "exp":
        return iv.exp(a)
    if name == "log":
        must(a.a > 0, "the logarithm of an interval that is not positive")
        return iv.log(a)
    # erfc falls; mpmath's value is widened by far more than its error.
    with mpmath.workprec(2 * DIGITS):
        low, high = mpmath.erfc(mpmath.mpf(a.b)), mpmath.erfc(mpmath.mpf(a.a))
        w = mpmath.mpf(2) ** (-DIGITS - 10)
        return iv.mpf([low * (1 - w), high * (1 + w)])


def exact(c):
    c = F(int(c.numerator), int(c.denominator)) if not isinstance(c, F) else c
    return iv.mpf(c.numerator) / c.denominator


def sign_of(x):
    return 1 if x.a > 0 else -1 if x.b < 0 else 0


class Claim:
    """small < large, or ≤, for all values of the variables in their intervals."""

    def __init__(self, small, large, strict, box):
        self.small, self.large, self.strict, self.box = small, large, strict, box

    def same(self, **changes):
        parts = {"small": self.small, "large": self.large, "strict": self.strict, "box": self.box}
        return Claim(**(parts | changes))

    def by(self, step):
        kind = step["step"]
        must(kind in STEPS, f"the step {kind}")
        getattr(self, "by_" + kind)(step)

    def ends(self, name, *, open_only=False):
        low, high, closed = self.box[name]
        must(closed in (("",) if open_only else ("", "left", "right", "both")), "the ends of an interval")
        return low, high, closed

    def put(self, name, tree, box):
        """The claim with a tree for a variable; `box` holds what is new."""
        old = ("var", name)

        def end(text):
            if text in ("oo", "-oo"):
                return text
            whole = swap(read(text), old, tree)
            number = fraction_of(whole)
            return show(whole) if number is None else str(number)

        rest = {k: (end(a), end(b), c) for k, (a, b, c) in self.box.items() if k != name}
        return self.same(small=swap(self.small, old, tree), large=swap(self.large, old, tree), box=box | rest)

    def new(self, name):
        taken = set(self.box) | variables(self.small) | variables(self.large) | NAMES_WITH_A_MEANING
        for low, high, _ in self.box.values():
            for end in (low, high):
                taken |= variables(read(end)) if end not in ("oo", "-oo") else set()
        must(name.isidentifier() and name not in taken, "a name in use")

    def by_cases(self, step):
        name = step["of"]
        low, high, closed = self.ends(name)
        others = set(self.box) - {name}
        # What is left to show is the part of the interval above `here`, `here` itself included if `open_point`.
        here, open_point = low, closed in ("left", "both")
        for piece in step["pieces"]:
            if "at" in piece:
                must(open_point and piece["at"] == here and here not in ("oo", "-oo"), "a point out of place")
                self.put(name, read(here), {}).by(piece["proof"])
                open_point = False
            else:
                must(not open_point and piece["from"] == here, "an interval out of place")
                mark = piece["to"]
                must(mark in ("oo", "-oo") or variables(read(mark)) <= others, "a mark with a free variable")
                self.same(box={**self.box, name: (here, mark, "")}).by(piece["proof"])
                here = mark
                open_point = mark != high or closed in ("right", "both")
        must(here == high and not open_point, "an interval that is not covered")

    def by_put(self, step):
        name, new = step["of"], step["new"]
        self.new(new)
        low, high, _ = self.ends(name, open_only=True)
        top, bottom = read(step["top"]), read(step["bottom"])
        a, b = step["ends"]
        must(b == "oo" or rational(a) < rational(b), "an interval")
        others = {k: v for k, v in self.box.items() if k != name}
        limits = (high, low) if step["turned"] else (low, high)
        for (tree, box), proof in zip(continuous(top, bottom, new, (a, b), limits, others), step["positive"], strict=True):
            number = fraction_of(tree)
            if number is None or number <= 0:
                Claim(("num", 0), tree, True, box).by(proof)
        self.put(name, ("/", top, bottom), {new: (a, b, "")}).by(step["proof"])

    def by_power(self, step):
        name, new, n = step["of"], step["new"], step["degree"]
        self.new(new)
        low, high, closed = self.ends(name)
        must(type(n) is int and n >= 1, "a degree")
        must(interval(plain(read(low)), {}).a >= 0, "a power of what may be negative")
        ends = [e if e in ("0", "1", "oo") else f"({e})**(1/{n})" for e in (low, high)]
        self.put(name, ("**", ("var", new), ("num", n)), {new: (*ends, closed)}).by(step["proof"])

    def by_exponential(self, step):
        name, new, rate = step["of"], step["new"], F(step["rate"])
        self.new(new)
        low, high, closed = self.ends(name)
        must(rate > 0, "a rate")
        ends = [{"-oo": "0", "0": "1", "oo": "oo"}.get(e, f"exp(({e})*({rate}))") for e in (low, high)]
        tree = ("/", ("call", "log", ("var", new)), read(f"({rate})"))
        self.put(name, tree, {new: (*ends, closed)}).by(step["proof"])

    def by_wider(self, step):
        name, (a, b) = step["of"], step["to"]
        low, high, _ = self.ends(name, open_only=True)
        if a not in ("-oo", low):
            must((interval(plain(read(low)), {}) - exact(F(a))).a > 0, "a higher low end")
        if b not in ("oo", high):
            must((exact(F(b)) - interval(plain(read(high)), {})).a > 0, "a lower high end")
        self.same(box={**self.box, name: (a, b, "")}).by(step["proof"])

    def by_logs(self, step):
        def logarithm(tree):
            if tree[0] in ("*", "/"):
                return ("+" if tree[0] == "*" else "-", logarithm(tree[1]), logarithm(tree[2]))
            if tree[0] == "**":
                return ("*", tree[2], logarithm(tree[1]))
            return tree[2] if tree[:2] == ("call", "exp") else ("call", "log", tree)

        self.same(small=logarithm(plain(self.small)), large=logarithm(plain(self.large))).by(step["proof"])

    def by_choice(self, step):
        call = read(step["of"])
        must(call[0] == "call" and call[1] in ("Min", "Max", "Abs"), "a choice")
        least, arguments = call[1] == "Min", list(call[2:])
        if call[1] == "Abs":
            must(len(arguments) == 1, "an absolute value")
            arguments.append(("neg", arguments[0]))
        taken = [read(text) for text in step["take"]]
        for part in step["order"]:
            keep, drop = read(part["for"]), read(part["drop"])
            must(keep in taken and keep in arguments and drop not in taken, "an order")
            Claim(*((keep, drop) if least else (drop, keep)), False, self.box).by(part["proof"])
            arguments = [a for a in arguments if a != drop]
        must(set(arguments) <= set(taken), "an argument left out")
        must(len(taken) == len(step["proofs"]), "a proof for each")
        for tree, proof in zip(taken, step["proofs"], strict=True):
            self.same(small=swap(self.small, call, tree), large=swap(self.large, call, tree)).by(proof)

    def by_sum(self, step):
        parts = [(read(small), read(large), proof) for small, large, proof in step["parts"]]
        total = ("num", 0)
        for small, large, _ in parts:
            total = ("+", total, ("-", large, small))
        difference = ("-", self.large, self.small)
        must(calls(difference) <= calls(total), "a part that is not asked for")
        (a, b), (c, d) = fractions_in_parts([difference, total])[0]
        must(b.is_ground and a * d == c * b, "the sum of the parts")
        for small, large, proof in parts:
            Claim(small, large, self.strict, self.box).by(proof)

    def by_constant(self, step):
        new, (a, b) = step["new"], step["between"]
        self.new(new)
        must(exact(F(a)).b < iv.pi.a and iv.pi.b < exact(F(b)).a, "an interval around pi")
        inner = self.put("pi", ("var", new), {})
        inner.same(box={**inner.box, new: (a, b, "")}).by(step["proof"])

    def by_integers(self, step):
        name, start = step["of"], int(step["from"])
        low, high, closed = self.box[name]
        must(closed == "integers" and high == "oo" and int(low) <= start <= int(low) + 20000, "a range of integers")
        tree = plain(("-", self.large, self.small))
        for n in range(int(low), start):
            must(interval(tree, {name: iv.mpf(n)}).a > 0, f"{name} = {n}")
        self.same(box={**self.box, name: (str(start), "oo", "left")}).by(step["proof"])

    def by_sign(self, step):
        box = {}
        for name in step["in"]:
            low, high, _ = self.ends(name, open_only=True)
            box[name] = rational(low), None if high == "oo" else rational(high)
            must(box[name][1] is None or box[name][0] < box[name][1], "an empty interval")
        room = Room(box, step)
        up, down = room.value(plain(("-", self.large, self.small)))
        above, below = room.known(step["above"]), room.known(step["below"])
        must(not room.vanishes(below) and room.equal(up * below, above * down), "the difference as a fraction")
        first, second = step["proofs"]
        if first == {"rule": "zero"}:
            must(room.vanishes(above) and not self.strict, "equality")
            return
        x = next(iter(box), "")
        top, bottom = room.signs(above, first, x), room.signs(below, second, x)
        must(len(top.signs) == len(bottom.signs) == 1 and not bottom.weak, "one sign")
        must(top.signs[0] == bottom.signs[0] and not (top.weak and self.strict), "the sign that is claimed")


STEPS = "sum cases put power exponential wider logs choice constant integers sign".split()


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


class Signs:
    """The signs of a function along a variable, the intervals in which they change, and whether zeros are left."""

    def __init__(self, signs, roots=(), weak=False, flat=False):
        self.signs, self.roots, self.weak, self.flat = list(signs), list(roots), weak, flat


class Room:
    """The ring of one sign step: variables and atoms, and what is known to be positive or not zero."""

    def __init__(self, box, step):
        self.box, self.reads = box, {read(key): value for key, value in step["reads"].items()}
        atoms = step["atoms"]
        self.names = [*box, *(a["name"] for a in atoms if "name" in a)]
        must(len(set(self.names)) == len(self.names), "a name twice")
        must(not any(n[:1] in "LERTK" and n[1:].isdigit() for n in box), "a variable named like an atom")
        made = polynomial_ring(self.names or ["nothing"], QQ)
        self.ring, self.gen = made[0], dict(zip(self.names, made[1:], strict=False))
        self.one = self.ring.one
        self.kind, self.argument, self.degree, self.gauss = {}, {}, {}, {}
        self.depends = {v: {v} for v in box}
        self.positive, self.nonzero, self.values, self.slopes = [], [], {}, {}
        for atom in atoms:
            if "divisor" in atom:
                p = self.known(atom["divisor"])
                s = self.strict(p, atom["proof"], next(iter(box), ""))
                self.nonzero.append(p)
                if s > 0:
                    self.positive.append(p)
            else:
                self.add(atom)

    # polynomials

    def poly(self, text):
        def of(tree):
            kind = tree[0]
            if kind == "num":
                return self.one * tree[1]
            if kind == "var":
                return self.gen[tree[1]]
            if kind == "neg":
                return -of(tree[1])
            must(kind in ("+", "-", "*", "/", "**"), "a polynomial")
            if kind == "**":
                must(tree[2][0] == "num" and 0 < tree[2][1] <= 5000, "a power")
                return of(tree[1]) ** tree[2][1]
            a, b = of(tree[1]), of(tree[2])
            if kind == "/":
                must(b.is_ground and b != 0, "a polynomial")
                return a.quo_ground(b.LC)
            return {"+": a + b, "-": a - b, "*": a * b}[kind]

        return of(read(text.replace("^", "**")))

    def known(self, text):
        p = self.poly(text)
        must(all(n in self.box or n in self.kind for n in self.used(p)), "an atom before its time")
        return p

    def used(self, p):
        return [n for n, d in zip(self.names, p.degrees(), strict=False) if d > 0] if p else []

    def free(self, p):
        return set().union(*(self.depends[n] for n in self.used(p)))

    def normal(self, p):
        for name, n in self.degree.items():
            i = self.names.index(name)
            while p and p.degrees()[i] >= n:
                low, high = self.ring.zero, self.ring.zero
                for mono, c in p.terms():
                    if mono[i] >= n:
                        high[(*mono[:i], mono[i] - n, *mono[i + 1 :])] = c
                    else:
                        low[mono] = c
                p = low + high * self.argument[name][0]
        return p

    def vanishes(self, p):
        return self.normal(p) == 0

    def equal(self, a, b):
        return self.vanishes(a - b)

    # atoms

    def add(self, atom):
        name, kind = atom["name"], atom["kind"]
        must(kind in LETTERS and name[0] == LETTERS[kind] and name[1:].isdigit(), "the name of an atom")
        top, bottom = map(self.known, atom["argument"])
        if kind in ("log", "root"):
            must(bottom == 1, "a polynomial inside")
            must(self.strict(top, atom["positive"], next(iter(self.box), "")) > 0, "what is not positive")
            self.positive.append(top)
        elif kind == "kappa":
            must(top == bottom == 1, "a constant")
        else:
            self.never_zero(bottom)
        if kind == "root":
            must(type(atom["degree"]) is int and atom["degree"] > 1, "a degree")
        if kind == "erfc":
            must(self.kind.get("K0") == "kappa", "1/√π")
            g, h = map(self.known, atom["gauss"])
            n, d = minus(self.logarithm(g), self.logarithm(h))
            must(self.equal(n * bottom**2, -(top**2) * d), "exp(−h²)")
            self.gauss[name] = g, h
        self.kind[name], self.argument[name] = kind, (top, bottom)
        if kind == "root":
            self.degree[name] = atom["degree"]
        self.depends[name] = self.free(top) | self.free(bottom)

    def sure(self, name):
        """Whether a generator is positive by itself."""
        return self.box[name][0] >= 0 if name in self.box else self.kind[name] != "log"

    def stripped(self, p, factors):
        must(p != 0, "zero")
        for f in [*(self.gen[n] for n in self.used(p) if self.sure(n)), *factors]:
            while not f.is_ground:
                whole, rest = p.div(f)
                if rest:
                    break
                p = whole
        return p

    def never_zero(self, p):
        must(self.stripped(p, [*self.positive, *self.nonzero]).is_ground, f"division by {p}")

    def logarithm(self, p):
        """log p as a fraction: exponentials and roots by their arguments, the rest by the atoms that are logarithms."""
        must(p != 0, "log 0")
        total = self.ring.zero, self.one
        for name in self.used(p):
            e = min(m[self.names.index(name)] for m in p.monoms())
            if e and self.kind.get(name) in ("exp", "root"):
                p = p.quo(self.gen[name] ** e)
                n, d = self.argument[name] if self.kind[name] == "exp" else self.logarithm(self.argument[name][0])
                total = plus(total, (n * e, d * self.degree.get(name, 1)))
        logs = [(self.argument[n][0], self.gen[n]) for n, kind in self.kind.items() if kind == "log"]
        for f, atom in logs:
            while not f.is_ground:
                whole, rest = p.div(f)
                if rest:
                    break
                p, total = whole, plus(total, (atom, self.one))
        must(p.is_ground and p.LC > 0, "the logarithm of an unknown factor")
        c = F(int(p.LC.numerator), int(p.LC.denominator))
        for f, atom in logs:
            if f.is_ground and f.LC > 1 and f.LC.denominator == 1:
                w = int(f.LC)
                while c.numerator % w == 0:
                    c, total = c / w, plus(total, (atom, self.one))
                while c.denominator % w == 0:
                    c, total = c * w, plus(total, (-atom, self.one))
        must(c == 1, "the logarithm of an unknown number")
        return total

    # what the claim says

    def value(self, tree):
        kind = tree[0]
        if kind == "num":
            return self.one * tree[1], self.one
        if kind == "var":
            if tree[1] == "pi":
                must(self.kind.get("K0") == "kappa", "pi without 1/√π")
                return self.one, self.gen["K0"] ** 2
            must(tree[1] in self.box, f"the symbol {tree[1]}")
            return self.gen[tree[1]], self.one
        if kind == "neg":
            a, b = self.value(tree[1])
            return -a, b
        if kind == "call":
            must(tree[1] in FUNCTIONS, "a function")
            return self.transcendental(tree, tree[1], self.value(tree[2]), None)
        a, b = self.value(tree[1])
        c, d = self.value(tree[2])
        if kind == "**":
            q = F(0) if c == 0 else None
            if c.is_ground and d.is_ground and c != 0:
                q = F(int(c.LC.numerator), int(c.LC.denominator)) / F(int(d.LC.numerator), int(d.LC.denominator))
            if q is None or q.denominator > 1:
                return self.transcendental(tree, "power", (a, b), (c, d))
            must(abs(q) <= 5000, "a power")
            if q < 0:
                self.never_zero(a)
                a, b = b, a
            return a ** abs(int(q)), b ** abs(int(q))
        if kind == "/":
            self.never_zero(c)
            return a * d, b * c
        if kind == "*":
            return a * c, b * d
        return plus((a, b), (c if kind == "+" else -c, d))

    def transcendental(self, tree, kind, u, exponent):
        if tree in self.values:
            return self.values[tree]
        top, bottom = map(self.known, self.reads[tree])
        must(not self.vanishes(bottom), "a fraction")
        if u[0] != 0:
            u = cancelled(*u)
        self.faithful(kind, u, exponent, top, bottom)
        self.values[tree] = top, bottom
        return top, bottom

    def faithful(self, kind, u, exponent, top, bottom):
        """Demand that top/bottom is log u, exp u, erfc u or u to a power."""
        if kind == "erfc":
            if top == bottom == 1:
                must(self.vanishes(u[0]), "erfc 0")
                return
            must(bottom == 1 and len(self.used(top)) == 1, "a tail")
            (name,) = self.used(top)
            must(top == self.gen[name] and self.kind[name] == "erfc", "a tail")
            a, b = self.argument[name]
            must(self.equal(a * u[1], b * u[0]), "the argument of a tail")
        elif kind == "power" and exponent[0].is_ground and exponent[1].is_ground:
            q = exponent[0].LC / exponent[1].LC
            p, n = int(q.numerator), int(q.denominator)
            if self.vanishes(u[0]) and p > 0:
                must(self.vanishes(top), "a power of zero")
                return
            must(self.surely_positive(*u) and self.surely_positive(top, bottom), "a root of what is not positive")
            a, b = u if p > 0 else (u[1], u[0])
            must(self.equal(top**n * b ** abs(p), bottom**n * a ** abs(p)), "a root")
        elif kind == "log":
            n, d = self.log_of(*u)
            must(self.equal(n * bottom, top * d), "a logarithm")
        elif kind == "exp":
            n, d = self.log_of(top, bottom)
            must(self.equal(n * u[1], u[0] * d), "an exponential")
        else:
            (a, b), (n, d) = self.log_of(top, bottom), self.log_of(*u)
            must(self.equal(a * exponent[1] * d, b * exponent[0] * n), "a power")

    def surely_positive(self, a, b):
        parts = [self.stripped(self.normal(p), self.positive) for p in (a, b)]
        return all(p.is_ground for p in parts) and parts[0].LC * parts[1].LC > 0

    def log_of(self, a, b):
        """The logarithm of a fraction, both parts positive or both negative."""
        a, b = self.normal(a), self.normal(b)
        must(a != 0 and b != 0, "the logarithm of zero")
        a, b = a.quo_ground(b.LC), b.quo_ground(b.LC)
        if self.stripped(b, self.positive).LC < 0:
            a, b = -a, -b
        return minus(self.logarithm(a), self.logarithm(b))

    # derivatives and enclosures

    def slope(self, name, x):
        if (name, x) not in self.slopes:
            a, b = self.argument[name]
            n, d = self.derivative(a, b, x)
            me, kind = self.gen[name], self.kind[name]
            self.slopes[name, x] = {
                "log": lambda: (n * b, d * a),
                "exp": lambda: (n * me, d),
                "root": lambda: (n * b * me, d * a * self.degree[name]),
                "erfc": lambda: (-2 * self.gen["K0"] * n * self.gauss[name][0], d * self.gauss[name][1]),
            }[kind]()
        return self.slopes[name, x]

    def derivative(self, a, b, x):
        def of(p):
            total = p.diff(self.gen[x]), self.one
            for name in self.used(p):
                if name in self.kind and x in self.depends[name]:
                    n, d = self.slope(name, x)
                    total = cancelled(*plus(total, (p.diff(self.gen[name]) * n, d)))
            return total

        if b == 1:
            return of(a)
        (n, d), (k, m) = of(a), of(b)
        return cancelled(n * m * b - k * d * a, d * m * b**2)

    def at(self, p, point):
        """An interval around the values of a polynomial on a box."""
        values = dict(point)

        def of(name):
            if name not in values:
                if self.kind[name] == "kappa":
                    values[name] = 1 / iv.sqrt(iv.pi)
                else:
                    below = total(self.argument[name][1])
                    must(sign_of(below), "a pole in an enclosure")
                    h = total(self.argument[name][0]) / below
                    root = self.kind[name] == "root"
                    values[name] = (
                        iv.exp(function("log", h) / self.degree[name]) if root else function(self.kind[name], h)
                    )
            return values[name]

        def total(q):
            out = iv.mpf(0)
            for mono, c in q.terms():
                term = exact(c)
                for name, e in zip(self.names, mono, strict=False):
                    if e:
                        term *= of(name) ** e
                out += term
            return out

        return total(p)

    def hull(self, ends):
        return iv.mpf([exact(ends[0]).a, exact(ends[1]).b])

    def sign(self, p, point):
        try:
            return sign_of(self.at(p, point))
        except (Objection, ZeroDivisionError, ValueError):
            return 0

    # rules

    def strict(self, p, node, x):
        found = self.signs(p, node, x)
        must(len(found.signs) == 1 and not found.weak and not found.roots, "one strict sign")
        return found.signs[0]

    def signs(self, p, node, x):
        must(node["rule"] in RULES, f"the rule {node['rule']}")
        must(self.equal(self.known(node["of"]), p) and not self.vanishes(p), "another polynomial")
        return getattr(self, "rule_" + node["rule"])(p, node, x)

    def rule_positive(self, p, node, x):
        must(all(self.sure(n) for n in self.used(p)), "a generator of both signs")
        must(len({c > 0 for c in p.coeffs()}) == 1, "terms of both signs")
        return Signs([1 if p.LC > 0 else -1])

    def rule_orthant(self, p, node, x):
        must(all(n in self.box or not self.depends[n] for n in self.used(p)), "a polynomial in variables")
        return Signs([self.bernstein(p, dict(self.box), node["cuts"])])

    def bernstein(self, p, box, cuts):
        if cuts is not None:
            name, cut, before, at, after = cuts[0], F(cuts[1]), *cuts[2:]
            low, high = box[name]
            must(low < cut and (high is None or cut < high), "a cut")
            i = self.names.index(name)
            here = self.ring.zero
            for mono, c in p.terms():
                here += self.ring.from_dict({(*mono[:i], 0, *mono[i + 1 :]): c * QQ(*cut.as_integer_ratio()) ** mono[i]})
            rest = {v: e for v, e in box.items() if v != name}
            found = {
                self.bernstein(p, box | {name: (low, cut)}, before),
                self.bernstein(here, rest, at),
                self.bernstein(p, box | {name: (cut, high)}, after),
            }
            must(len(found) == 1, "parts of both signs")
            return found.pop()
        for name, (low, high) in box.items():
            i = self.names.index(name)
            if not p or p.degrees()[i] <= 0:
                continue
            n, y = p.degrees()[i], self.gen[name]
            a = QQ(*low.as_integer_ratio())
            # v = a + y, or v = (a + by)/(1 + y) with the denominator cleared
            up, down = (y + a, self.one) if high is None else (y * QQ(*high.as_integer_ratio()) + a, y + 1)
            powers = [up**e * down ** (n - e) for e in range(n + 1)]
            out = self.ring.zero
            for mono, c in p.terms():
                out += powers[mono[i]] * self.ring.from_dict({(*mono[:i], 0, *mono[i + 1 :]): c})
            p = out
        k, groups = len(self.box), {}
        for mono, c in p.terms():
            groups.setdefault(mono[:k], self.ring.zero)
            groups[mono[:k]] += self.ring.from_dict({(*[0] * k, *mono[k:]): c})
        found = {self.sign(c, {}) for c in groups.values() if not self.vanishes(c)}
        must(found in ({1}, {-1}), "coefficients of both signs")
        return found.pop()

    def rule_boxes(self, p, node, x):
        slopes = {}
        for v in self.free(p):
            n, d = self.derivative(p, self.one, v)
            a, b = map(self.known, node["slopes"][v])
            must(not self.vanishes(b) and self.equal(n * b, a * d), "a slope")
            slopes[v] = a, b
            must(self.box[v][1] is not None, "a box without end")
        return Signs([self.covered(p, slopes, {v: self.box[v] for v in slopes}, node["cuts"])])

    def covered(self, p, slopes, box, cuts):
        if cuts is not None:
            name, cut, first, second = cuts[0], F(cuts[1]), *cuts[2:]
            low, high = box[name]
            must(low < cut < high, "a cut")
            found = {
                self.covered(p, slopes, box | {name: (low, cut)}, first),
                self.covered(p, slopes, box | {name: (cut, high)}, second),
            }
            must(len(found) == 1, "parts of both signs")
            return found.pop()
        whole = {v: self.hull(e) for v, e in box.items()}
        s = self.sign(p, whole)
        if not s:
            middle = {v: (a + b) / 2 for v, (a, b) in box.items()}
            total = self.at(p, {v: exact(c) for v, c in middle.items()})
            for v, (a, b) in slopes.items():
                below = self.at(b, whole)
                must(sign_of(below), "a slope without bound")
                total += self.at(a, whole) / below * (whole[v] - exact(middle[v]))
            s = sign_of(total)
        must(s, "an interval around zero")
        return s

    def rule_sum(self, p, node, x):
        parts = [self.known(text) for text, _ in node["parts"]]
        found = {self.strict(part, inner, x) for part, (_, inner) in zip(parts, node["parts"], strict=True)}
        must(len(found) == 1 and self.equal(sum(parts, self.ring.zero), p), "a sum")
        return Signs(found)

    def rule_conjugate(self, p, node, x):
        a, b, norm = map(self.known, node["parts"])
        name = node["root"]
        must(self.kind[name] == "root" and self.degree[name] == 2, "a square root")
        must(self.equal(a + b * self.gen[name], p), "two parts")
        must(self.equal(a**2 - b**2 * self.argument[name][0], norm), "a product of conjugates")
        # |A| > |B|√f if the product is positive, else the other way round: the larger has the sign of the sum.
        larger = a if self.strict(norm, node["proofs"][0], x) > 0 else b
        return Signs([self.strict(larger, node["proofs"][1], x)])

    def rule_product(self, p, node, x):
        c = F(node["constant"])
        total, s, weak, flat, events = self.one * QQ(*c.as_integer_ratio()), 1 if c > 0 else -1, False, False, []
        must(c != 0, "a factor of zero")
        for text, e, inner in node["factors"]:
            f = self.known(text)
            must(type(e) is int and e > 0, "a power")
            total *= f**e
            if inner is None or inner["rule"] == "fibre":
                must(e % 2 == 0, "an odd power without proof")
                weak = True
                flat = flat or inner is None or not self.fibre(f, inner, x)
                continue
            found = self.signs(f, inner, x)
            weak, flat = weak or found.weak, flat or found.flat
            if e % 2:
                s *= found.signs[0]
                events += found.roots
            else:
                weak = weak or bool(found.roots)
        must(self.equal(total, p), "a product")
        events.sort()
        must(all(a[1] < b[0] for a, b in pairwise(events)), "roots that are not apart")
        return Signs([s * (-1) ** k for k in range(len(events) + 1)], events, weak, flat)

    def fibre(self, p, node, x):
        must(node["in"] == x and all(n in self.box for n in self.used(p)), "a fibre")
        coefficient = lead(p, self.names.index(x), node["power"])
        return self.bernstein(coefficient, dict(self.box), node["cuts"]) != 0

    def rule_roots(self, p, node, x):
        must(node["in"] == x and self.used(p) == [x], "a polynomial in one variable")
        (low, high), roots = self.box[x], [(F(a), F(b)) for a, b in node["roots"]]
        must(len(node["cuts"]) == len(roots) + 1 and len(node["slopes"]) == len(roots), "a part for each")
        signs, here = [], low
        for k, cuts in enumerate(node["cuts"]):
            a, b = roots[k] if k < len(roots) else (high, None)
            must(a is None or here < a, "intervals that meet")
            signs.append(self.bernstein(p, {x: (here, a)}, cuts))
            if k < len(roots):
                must(a <= b, "an interval")
                if a < b:
                    self.bernstein(p.diff(self.gen[x]), {x: (a, b)}, node["slopes"][k])
                here = b
        must(not roots or high is None or roots[-1][1] < high, "a root outside")
        must(all(s != t for s, t in pairwise(signs)), "no change of sign")
        return Signs(signs, roots)

    def rule_chain(self, p, node, x):
        y = node["in"]
        m_poly, above, below = (self.known(node[k]) for k in ("multiplier", "above", "below"))
        first, second, third = node["proofs"]
        m, b = self.strict(m_poly, first, y), self.strict(below, second, y)
        n, d = self.derivative(p, m_poly, y)
        must(self.equal(n * below, above * d), "a derivative")
        slope = self.signs(above, third, y)
        rises = [s * b for s in slope.signs]
        if self.free(p) - {y}:
            must(len(rises) == 1, "a monotone quotient")
            return self.from_end(p, node, y, m_poly, m, rises[0], slope.flat)
        must(self.free(p) == {y}, "a function of one variable")
        near = {}
        for high in (False, True):
            near[high] = m * End(self, y, high).sign_of(p)
        end = node["end"]
        if end == "low":
            must(rises == [near[False]], "an end")
            return Signs([near[False] * m])
        if end == "high":
            must(rises == [-near[True]], "an end")
            return Signs([near[True] * m])
        if end == "both":
            must(near[False] and near[False] == near[True] and rises == [near[False], -near[False]], "both ends")
            return Signs([near[False] * m])
        must(end == "values" and not slope.flat and near[False] and near[True], "the ends")
        values = [near[False], *(m * self.sign(p, {y: self.hull(r)}) for r in slope.roots), near[True]]
        must(all(values), "a value at a zero of the derivative")
        pieces = [(a, b) for a, b in pairwise([None, *slope.roots, None])]
        changes = [k for k in range(len(pieces)) if values[k] != values[k + 1]]
        roots = [(F(a), F(b)) for a, b in node["roots"]]
        must(len(roots) == len(changes) and (y == x or not roots), "the changes of sign")
        for k, (a, b) in zip(changes, roots, strict=True):
            left, right = pieces[k]
            low, high = self.box[y]
            must(a <= b and low < a and (high is None or b < high), "a change outside")
            must(left is None or left[1] <= a, "a change before its piece")
            must(right is None or b <= right[0], "a change beyond its piece")
            must(m * self.sign(p, {y: exact(a)}) == values[k], "the sign before a change")
            must(m * self.sign(p, {y: exact(b)}) == values[k + 1], "the sign after a change")
        return Signs([m * values[0], *(m * values[k + 1] for k in changes)], roots)

    def from_end(self, p, node, y, m_poly, m, rise, flat):
        """A monotone quotient of several variables, with a value at a finite end that is zero or of the right sign."""
        must(node["end"] in ("low", "high") and not node["roots"], "an end")
        high = node["end"] == "high"
        end, side = self.box[y][high], -rise if high else rise
        must(end is not None, "a finite end")
        point = {y: (self.one * QQ(*end.as_integer_ratio()), self.one)}
        for name in self.kind:
            if name in node["values"]:
                (a, b), (c, d) = (self.put_in(q, point, y) for q in self.argument[name])
                self.never_zero(c)
                top, bottom = map(self.known, node["values"][name])
                must(not self.vanishes(bottom), "a fraction")
                kind = self.kind[name]
                exponent = self.one, self.one * self.degree.get(name, 1)
                self.faithful("power" if kind == "root" else kind, (a * d, b * c), exponent, top, bottom)
                point[name] = top, bottom
        value = self.put_in(p, point, y)
        if "divisor" in node:
            must(self.vanishes(value[0]), "a value of zero")
            self.sign_there(self.put_in(m_poly, point, y), node["divisor"], y)
            return Signs([side * m], [], flat, flat)
        must(m * self.sign_there(value, node["value"], y) == side, "the sign at an end")
        return Signs([side * m])

    def sign_there(self, value, given, y):
        top, bottom = self.known(given[0]), self.known(given[1])
        must(self.equal(value[0] * bottom, value[1] * top), "a value at an end")
        return self.strict(top, given[2], y) * self.strict(bottom, given[3], y)

    def put_in(self, p, point, y):
        out = self.ring.zero, self.one
        for mono, c in p.terms():
            term = self.one * c, self.one
            for name, e in zip(self.names, mono, strict=False):
                if e:
                    must(name in point or y not in self.depends[name], "an atom without a value")
                    a, b = point.get(name, (self.gen[name], self.one))
                    term = term[0] * a**e, term[1] * b**e
            out = plus(out, term)
        return out


RULES = "positive orthant boxes roots sum product conjugate chain".split()


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


# Near an end: t → 0⁺ is the distance to a finite end, or 1/x.


class Number:
    """A combination over Q of products of constants: powers of e and of whole numbers, and others by name."""

    def __init__(self, terms=None):
        self.terms = {k: v for k, v in (terms or {}).items() if v}

    @staticmethod
    def of(value, power=(), logs=0):
        """value · product of constants · (log t)^logs; whole numbers keep powers below one."""
        value, kept = F(value), {}
        for name, k in power:
            kept[name] = kept.get(name, F(0)) + k
        for name in [n for n in kept if isinstance(n, int)]:
            k = kept.pop(name)
            value *= F(name) ** (k.numerator // k.denominator)
            if k % 1:
                kept[name] = k % 1
        return Number({(logs, tuple(sorted(((n, k) for n, k in kept.items() if k), key=repr))): value})

    def __add__(self, other):
        out = dict(self.terms)
        for k, v in other.terms.items():
            out[k] = out.get(k, F(0)) + v
        return Number(out)

    def __mul__(self, other):
        out = Number()
        for (a, p), v in self.terms.items():
            for (b, q), w in other.terms.items():
                out = out + Number.of(v * w, (*p, *q), a + b)
        return out

    def __bool__(self):
        return bool(self.terms)

    @cached_property
    def rational(self):
        if not self.terms:
            return F(0)
        ((logs, power), value) = next(iter(self.terms.items()))
        return value if len(self.terms) == 1 and not logs and not power else None

    @property
    def logs(self):
        return max((k[0] for k in self.terms), default=0)


ZERO, ONE = Number(), Number.of(1)


class Germ:
    """Σ over poles of e^{poles} t^v (c₀ + c₁t + …), known to `n` coefficients each."""

    def __init__(self, groups):
        self.groups = groups

    def __add__(self, other):
        out = dict(self.groups)
        for key, (v, cs) in other.groups.items():
            if key in out:
                w, ds = out[key]
                low, high = min(v, w), min(v + len(cs), w + len(ds))
                get = lambda s, at, i: s[i - at] if i >= at else ZERO  # noqa: E731
                out[key] = low, [get(cs, v, i) + get(ds, w, i) for i in range(low, high)]
            else:
                out[key] = v, cs
        return Germ(out)

    def __mul__(self, other):
        out = Germ({})
        for (p, (v, cs)), (q, (w, ds)) in product(self.groups.items(), other.groups.items()):
            n = min(len(cs), len(ds))
            es = [ZERO] * n
            for i in range(n):
                if cs[i]:
                    for j in range(n - i):
                        if ds[j]:
                            es[i + j] = es[i + j] + cs[i] * ds[j]
            poles = dict(p)
            for d, k in q:
                poles[d] = poles.get(d, F(0)) + k
            out = out + Germ({tuple(sorted((d, k) for d, k in poles.items() if k)): (v + w, es)})
        return out


class End:
    """The germs of one room's functions at one end of one variable."""

    def __init__(self, room, x, high):
        self.room, self.x, self.high = room, x, high
        self.end = room.box[x][1 if high else 0]

    def sign_of(self, p):
        for self.n in (6, 16):
            self.made, self.named = {}, {"e": lambda: iv.exp(iv.mpf(1))}
            try:
                return self.leading(self.germ(p))
            except (Objection, ZeroDivisionError):
                continue
        return 0

    def leading(self, germ):
        def faster(p, q):
            a, b = dict(p), dict(q)
            for d in sorted({*a, *b}, reverse=True):
                if a.get(d, F(0)) != b.get(d, F(0)):
                    return a.get(d, F(0)) > b.get(d, F(0))
            return False

        best = None
        for key in germ.groups:
            if best is None or faster(key, best):
                best = key
        must(best is not None, "a zero germ")
        for c in germ.groups[best][1]:
            if c:
                logs = c.logs
                part = Number({(0, p): v for (a, p), v in c.terms.items() if a == logs})
                return self.number_sign(part) * (-1 if logs % 2 else 1)
        raise Objection("a germ that vanishes as far as it is known")

    def enclosed(self, c):
        total = iv.mpf(0)
        for (logs, power), v in c.terms.items():
            must(logs == 0, "log t in a constant")
            term = exact(v)
            for name, k in power:
                base = iv.mpf(name) if isinstance(name, int) else self.named[name]()
                term *= base ** int(k) if k.denominator == 1 else iv.exp(function("log", base) * exact(k))
            total += term
        return total

    def number_sign(self, c):
        before = iv.prec
        try:
            for iv.prec in (DIGITS, 600, 2200):
                s = sign_of(self.enclosed(c))
                if s:
                    return s
        finally:
            iv.prec = before
        raise Objection("a constant not told from zero")

    def constant(self, name, enclosure):
        self.named.setdefault(name, enclosure)
        return Number.of(1, ((name, F(1)),))

    def series(self, v, *cs):
        return v, [*cs, *[ZERO] * (self.n - len(cs))]

    def germ(self, p):
        total = Germ({})
        for mono, c in p.terms():
            value = F(int(c.numerator), int(c.denominator))
            term = Germ({(): self.series(0, Number.of(value))})
            for name, e in zip(self.room.names, mono, strict=False):
                for _ in range(e):
                    term = term * self.generator(name)
            total = total + term
        return total

    def one_series(self, p):
        germ = self.germ(p)
        must(set(germ.groups) <= {()}, "an exponential inside an atom")
        return germ.groups.get((), self.series(0))

    def start(self, series):
        v, cs = series
        for i, c in enumerate(cs):
            if c:
                return v + i, cs[i:]
        raise Objection("a series that vanishes as far as it is known")

    def reciprocal_number(self, c):
        must(len(c.terms) == 1 and c.logs == 0 and self.number_sign(c), "one over a sum")
        (((_, power), v),) = c.terms.items()
        return Number.of(1 / v, tuple((n, -k) for n, k in power))

    def inverse(self, series):
        v, cs = self.start(series)
        first = self.reciprocal_number(cs[0])
        out = [first]
        for i in range(1, len(cs)):
            total = ZERO
            for j in range(i):
                total = total + out[j] * cs[i - j]
            out.append(total * first * Number.of(-1))
        return -v, out

    def multiplied(self, a, b):
        return (Germ({(): a}) * Germ({(): b})).groups[()]

    def quotient(self, pair):
        return self.multiplied(self.one_series(pair[0]), self.inverse(self.one_series(pair[1])))

    def generator(self, name):
        if name not in self.made:
            self.made[name] = self.make(name)
        return self.made[name]

    def make(self, name):
        room = self.room
        if name == self.x:
            if self.end is None:
                return Germ({(): self.series(-1, ONE)})
            step = Number.of(-1 if self.high else 1)
            return Germ({(): self.series(0, Number.of(self.end), step) if self.end else self.series(1, step)})
        must(name in room.kind, "another variable")
        kind, pair = room.kind[name], room.argument[name]
        if not room.depends[name]:
            return Germ({(): self.series(0, self.fixed(name, kind, pair))})
        h = self.quotient(pair)
        if kind == "log":
            return Germ({(): self.log(h)})
        if kind == "exp":
            return self.exp(h)
        if kind == "root":
            return Germ({(): self.root(h, room.degree[name])})
        return self.erfc(name, h)

    def fixed(self, name, kind, pair):
        if all(q.is_ground for q in pair) and pair[0] != 0:
            c = F(int(pair[0].LC.numerator), int(pair[0].LC.denominator))
            c /= F(int(pair[1].LC.numerator), int(pair[1].LC.denominator))
            if kind == "exp":
                return Number.of(1, (("e", c),))
            if kind == "log":
                return self.log_of(c)
            if kind == "root":
                return self.root_of(c, self.room.degree[name])
        return self.constant(name, lambda: self.room.at(self.room.gen[name], {}))

    def parts(self, c):
        """Whole numbers and exponents of a positive rational, those that are atoms first, then primes as far as easy."""
        must(c > 0, "a logarithm or root of what is not positive")
        room, out = self.room, {}
        ready = [int(room.argument[n][0].LC) for n, k in room.kind.items() if k in ("log", "root") and room.argument[n][0].is_ground]
        for whole, side in ((c.numerator, 1), (c.denominator, -1)):
            for p in (*ready, *range(2, 2000)):
                while p > 1 and whole % p == 0:
                    whole //= p
                    out[p] = out.get(p, 0) + side
            if whole > 1:
                out[whole] = out.get(whole, 0) + side
        return out

    def log_of(self, c):
        total = ZERO
        for p, k in self.parts(c).items():
            total = total + self.constant(f"log {p}", lambda p=p: iv.log(iv.mpf(p))) * Number.of(k)
        return total

    def root_of(self, c, n):
        return Number.of(1, tuple((p, F(k, n)) for p, k in self.parts(c).items()))

    def log(self, h):
        v, cs = self.start(h)
        c = cs[0]
        must(c.logs == 0, "log log t")
        if c.rational is not None:
            head = self.log_of(c.rational)
        else:
            head = self.constant(f"log({sorted(c.terms.items(), key=repr)})", lambda: function("log", self.enclosed(c)))
        over = self.reciprocal_number(c)
        w = [z * over for z in cs]  # 1 + …
        out = [head + Number.of(v, (), 1)]
        for i in range(1, len(cs)):
            # i y_i = i w_i − Σ j y_j w_{i−j}
            total = w[i] * Number.of(i)
            for j in range(1, i):
                total = total + out[j] * w[i - j] * Number.of(-j)
            out.append(total * Number.of(F(1, i)))
        return 0, out

    def exp(self, h):
        v, cs = h
        poles, rest = {}, []
        for i, c in enumerate(cs):
            if v + i < 0:
                must(c.rational is not None, "a pole with a constant")
                if c:
                    poles[-(v + i)] = c.rational
            else:
                rest.append(c)
        must(rest, "a pole beyond what is known")
        rest = ([ZERO] * max(v, 0) + rest)[: len(rest)]
        head, slope = Number(), F(0)
        for (logs, power), value in rest[0].terms.items():
            if logs == 1 and not power:
                slope = value
            else:
                must(logs == 0, "a power of log t in an exponent")
                head = head + Number({(logs, power): value})
        must(slope.denominator == 1, "a power of t that is not whole")
        if head.rational is not None:
            first = Number.of(1, (("e", head.rational),))
        else:
            first = self.constant(f"exp({sorted(head.terms.items(), key=repr)})", lambda: iv.exp(self.enclosed(head)))
        out = [first]
        for i in range(1, len(rest)):
            total = ZERO
            for j in range(1, i + 1):
                total = total + out[i - j] * rest[j] * Number.of(F(j, i))
            out.append(total)
        return Germ({tuple(sorted(poles.items())): (int(slope), out)})

    def root(self, h, n):
        v, cs = self.start(h)
        c = cs[0].rational
        must(v % n == 0 and c is not None and c > 0, "a root at an end")
        w = [z * Number.of(1 / c) for z in cs]
        out = [ONE]
        for i in range(1, len(cs)):
            total = ZERO
            for j in range(1, i + 1):
                total = total + w[j] * out[i - j] * Number.of(F(j, n) - (i - j))
            out.append(total * Number.of(F(1, i)))
        first = self.root_of(c, n)
        return v // n, [z * first for z in out]

    def erfc(self, name, h):
        v, cs = self.start(h)
        if v < 0:
            must(self.number_sign(cs[0]) > 0, "a tail at minus infinity")
            inverse = self.inverse((v, cs))
            square, term, total = self.multiplied(inverse, inverse), inverse, Germ({(): inverse})
            k = 1
            while -2 * v * k < len(cs):
                w, ds = self.multiplied(term, square)
                term = w, [d * Number.of(F(1 - 2 * k, 2)) for d in ds]
                total, k = total + Germ({(): term}), k + 1
            kappa = self.fixed("K0", "kappa", self.room.argument["K0"])
            g, d = map(self.germ, self.room.gauss[name])
            must(len(g.groups) == len(d.groups) == 1, "a tail with a mixed exponent")
            ((poles, s),) = d.groups.items()
            over = Germ({tuple((a, -b) for a, b in poles): self.inverse(s)})
            return total * Germ({(): self.series(0, kappa)}) * g * over
        must(self.end is not None, "a tail with a limit at infinity")
        c = cs[0]
        name_of = f"erfc({sorted(c.terms.items(), key=repr)})"
        first = ONE if v else self.constant(name_of, lambda: function("erfc", self.enclosed(c)))
        w, ds = self.quotient(self.room.slope(name, self.x))
        must(w >= 0, "a tail with a singular derivative")
        body = [ZERO] * w + ds
        side = -1 if self.high else 1
        return Germ({(): (0, [first, *(d * Number.of(F(side, i + 1)) for i, d in enumerate(body))][: self.n])})
