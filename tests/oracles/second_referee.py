"""A second referee of proof objects of relations, written from what the nodes are said to mean, not from the first.

It shares nothing with `whp.theory.proofs`: expressions are nested tuples, polynomials are SymPy's, enclosures are
mpmath's intervals, series near an end are objects with their own arithmetic. It is slow and asks for no speed.
"""

from __future__ import annotations

from fractions import Fraction as F

from mpmath import iv

from .second_parts import calls, continuous, fractions_in_parts, show
from .second_room import Room
from .second_text import (
    DIGITS,
    NAMES_WITH_A_MEANING,
    Objection,
    exact,
    fraction_of,
    interval,
    logarithm,
    must,
    plain,
    rational,
    read,
    swap,
    variables,
)

__all__ = ["accepts", "objection"]

STEPS = (
    *("cases", "put", "power", "exponential", "wider", "logs", "plain"),
    *("choice", "sum", "constant", "integers", "gamma", "sign"),
)
# B(2j) of Stirling's series.
BERNOULLI = [F(text) for text in ("1/6", "-1/30", "1/42", "-1/30", "5/66", "-691/2730", "7/6", "-3617/510")]


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


def equal(a, b):
    """Whether two trees are the same fraction of polynomials in their parts."""
    (p, q), (r, s) = fractions_in_parts([a, b])[0]
    return p * s == r * q


def divisors(tree):
    """What is divided by somewhere in a tree, numbers apart."""
    found = set().union(*(divisors(part) for part in tree if isinstance(part, tuple)))
    if tree[0] == "/" and fraction_of(tree[2]) is None:
        found.add(("1/", tree[2]))
    if tree[0] == "**" and tree[2][0] == "neg":
        found.add(("1/", tree[1]))
    return found


def known_at(v):
    """log Γ(v)."""
    number = fraction_of(v)
    if number == 1:
        return ("num", 0)
    if number == F(1, 2):
        return ("/", ("call", "log", ("var", "pi")), ("num", 2))
    return ("call", "loggamma", v)


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
        for (tree, box), proof in zip(
            continuous(top, bottom, new, (a, b), limits, others), step["positive"], strict=True
        ):
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
        self.same(small=logarithm(plain(self.small)), large=logarithm(plain(self.large))).by(step["proof"])

    def by_plain(self, step):
        self.same(small=plain(self.small), large=plain(self.large)).by(step["proof"])

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
        total, seen = ("num", 0), set()
        for i, (left, right, proof, *factor) in enumerate(step["parts"]):
            small, large = read(left), read(right)
            difference = ("-", large, small)
            seen |= calls(difference) | divisors(difference)
            if factor:
                weight = read(factor[0])
                Claim(("num", 0), weight, True, self.box).by(factor[1])
                difference = ("*", weight, difference)
            total = ("+", total, difference)
            Claim(small, large, self.strict and i == 0, self.box).by(proof)
        difference = ("-", self.large, self.small)
        must(calls(difference) | divisors(difference) <= seen, "a part that is not asked for")
        must(equal(difference, total), "the sum of the parts")

    def by_constant(self, step):
        new, (a, b) = step["new"], step["between"]
        self.new(new)
        must(exact(F(a)).b < iv.pi.a and iv.pi.b < exact(F(b)).a, "an interval around pi")
        inner = self.put("pi", ("var", new), {})
        inner.same(box={**inner.box, new: (a, b, "")}).by(step["proof"])

    def by_integers(self, step):
        name, start, points = step["of"], int(step["from"]), step.get("points", {})
        low, high, closed = self.box[name]
        must(closed == "integers" and high == "oo" and int(low) <= start <= int(low) + 20000, "a range of integers")
        for n in range(int(low), start):
            if str(n) in points:
                self.put(name, ("num", n) if n >= 0 else ("neg", ("num", -n)), {}).by(points[str(n)])
            else:
                tree = plain(("-", self.large, self.small))
                must(interval(tree, {name: iv.mpf(n)}).a > 0, f"{name} = {n}")
        if "rise" in step:
            must(int(low) < start, "an induction without a first case")
            for other, (a, b, _) in self.box.items():
                ends = [read(e) for e in (a, b) if e not in ("oo", "-oo")]
                must(other == name or not any(name in variables(e) for e in ends), "an interval that moves")
            gap = ("-", self.large, self.small)
            after = swap(gap, ("var", name), ("+", ("var", name), ("num", 1)))
            Claim(gap, after, False, {**self.box, name: (str(start - 1), "oo", "left")}).by(step["rise"])
        else:
            self.same(box={**self.box, name: (str(start), "oo", "left")}).by(step["proof"])

    def by_gamma(self, step):
        """log Γ(u) is `more` or `less` than something, or the same, where arguments are in an order."""
        u, fact = plain(read(step["of"])), step["fact"]
        v = plain(read(step.get("and", step["of"])))
        here, there = ("call", "loggamma", u), known_at(v)
        asked = [(("num", 0), v, True)]
        if fact == "shift":
            (a, b), _ = fractions_in_parts([("-", u, v)])[0][0], None
            must(a == 0 or (a.is_ground and b.is_ground), "arguments that differ by no number")
            k = F(0) if a == 0 else F(int(a.LC.numerator), int(a.LC.denominator))
            k /= F(int(b.LC.numerator), int(b.LC.denominator))
            must(k.denominator == 1 and 0 <= k <= 1000, "arguments that differ by no whole number")
            must(divisors(u) <= divisors(v), "an argument without a value")
            for i in range(int(k)):
                there = ("+", there, ("call", "log", ("+", v, ("num", i))))
            order, strict = "same", False
        elif fact == "chord":
            strict, next_v = step["sharp"] is True, ("+", v, ("num", 1))
            there = ("+", there, ("*", ("-", u, v), ("call", "log", v)))
            order = "less" if step["side"] == "inside" else "more"
            asked += [(v, u, strict), (u, next_v, strict)] if order == "less" else [(next_v, u, strict)]
        else:
            n = step["terms"]
            must(fact == "series" and type(n) is int and 0 <= n <= len(BERNOULLI), "a fact")
            half = ("/", ("num", 1), ("num", 2))
            there = ("-", ("*", ("-", u, half), ("call", "log", u)), u)
            there = ("+", there, ("/", ("call", "log", ("*", ("num", 2), ("var", "pi"))), ("num", 2)))
            for j in range(1, n + 1):
                c = BERNOULLI[j - 1] / (2 * j * (2 * j - 1))
                there = ("+", there, ("*", read(f"({c})"), ("/", ("num", 1), ("**", u, ("num", 2 * j - 1)))))
            order, strict = "less" if n % 2 else "more", True
        must(strict or not self.strict, "a fact that is not strict")
        difference = ("-", self.large, self.small)
        must(calls(difference) <= calls(("-", here, there)), "another call")
        fits = {"more": [("-", here, there)], "less": [("-", there, here)]}
        fits["same"] = [*fits["more"], *fits["less"]]
        must(any(equal(difference, fit) for fit in fits[order]), "what a fact says")
        must(len(asked) == len(step["proofs"]), "a proof for all that is asked")
        for (small, large, sharp), proof in zip(asked, step["proofs"], strict=True):
            Claim(small, large, sharp, self.box).by(proof)

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
