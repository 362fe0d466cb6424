"""Re-check proof objects about index sums: identities, laws and moments for all sizes.

Claims about sums are as in `referee_sums`, with its rules steps and sign.

Entries say what a tensor is: independent copies of ``["normal", variance]`` with mean 0, of a ``["mask", p]`` or of a
``["symmetric", variance, kurtosis]`` variable, independent of the other tensors; or it is ``["fixed"]``, a
``["function", tensor, ...]``, or ``["marks", tensor]``: 1 where that is positive, else 0.

normal, covariances: what is affine in normal entries that are not given, with coefficients that are fixed or given, is
normal with the mean and covariance of its parts. chi-square: Σ L_k² for such an L of mean 0 and covariance s·Π, where
Π = Π² has trace k, is s·χ²_k. binomial: the sum of the entries of a mask.
fresh: with P + Q = I and PQᵀ = 0 the parts PX and QX of a normal X are independent, so that a copy may take the place
of X in QX; given PX, what is observed as AX with AQ = 0 is known, and so are its functions.
signs: with a_i of independent fair signs, (sign(a_i) W_i)_i is independent of |a| and of the mask of ⟨W_i, x⟩ > 0, that
is a fair coin per row: in sums where each i occurs evenly in W and a together, the mask may be an independent one.
masked: given a and a mask D, A and B are independent normal vectors of covariances s‖Da‖²Π and s‖(I−D)a‖²Π, and
qA·A + A·B is qsPR + s√(PNR)Z, with R ~ χ² of the rank of Π; given k = Tr D, P and N are independent χ² variables.
norm: sup over p ≥ 1 of (E|gh|^p)^{1/p}/p is at p = 1 for independent standard normals, with the value 2/π.
moments: the mean of a product, by the partitions of its letters into those that coincide.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from math import isqrt
from typing import Any

from flint import arb

from .referee_ends import judged, need
from .referee_sums import DROPPED, MINUS, Letter, Sum, Sums, Term, times

__all__ = ["SAME", "Laws", "rejection"]

SAME = {"rule": "numbers", "steps": []}
HAS = {"kind", "sizes", "tensors", "facts", "forms", "left", "right"}


@judged
def rejection(proof: Any) -> None:
    """Why a proof object is not accepted, or None when it proves its claim.

    Examples
    --------
    >>> claim = {"kind": "identity", "sizes": ["m"], "tensors": {"D": ["m"]}, "facts": ["D_i*D_i = D_i"], "free": ""}
    >>> claim |= {"forms": {"square": "D_i*D_i", "count": "D_i"}, "left": "square", "right": "count"}
    >>> rejection({"claim": claim, "proof": {"rule": "steps", "steps": [[0, 0, {"i": 0}]], "orders": [[1], [0]]}})
    >>> rejection({"claim": claim, "proof": {"rule": "steps", "steps": [], "orders": [[0], [1]]}})
    'terms that do not cancel'
    """
    claim, node = proof["claim"], proof["proof"]
    need(claim["kind"] in ("identity", "moment", "law"), "the kind of the claim")
    more = {"identity": set(), "moment": {"entries"}, "law": {"entries", "given"}}[claim["kind"]]
    need(HAS <= claim.keys() <= HAS | {"symbols", "free", "frees"} | more, "what a claim has")
    if "statement" in proof:
        stated = proof["statement"]["text"].splitlines()
        lines = [f"where {fact}" for fact in claim["facts"]]
        lines += [f"tensor {name} of {', '.join(shape)}".rstrip() for name, shape in claim["tensors"].items()]
        lines += [f"tensor {name}: {', '.join(entry)}" for name, entry in claim.get("entries", {}).items()]
        need(all(line in stated for line in lines), "what the model of the statement says")
    if claim["kind"] == "law":
        Laws(claim).check(claim["left"], claim["right"], node)
    else:
        sums = Sums(claim) if claim["kind"] == "identity" else Laws(claim)
        sign = node["sign"] if node["rule"] == "sign" else 0
        need(sign in (0, 1, -1), "a sign")
        sums.cancel(sums.difference(claim["left"], claim["right"], sign), node["proof"] if sign else node)


class Laws(Sums):
    """Laws and moments of sums, over what the entries of the tensors of a claim are."""

    def __init__(self, claim: Mapping[str, Any]) -> None:
        super().__init__(claim)
        self.entries: dict[str, list[str]] = dict(claim["entries"])
        self.given = {*claim.get("given", ())}
        self.roots = {*self.sizes}
        self.sizes.add("pi")
        marks = [(name, entry[1]) for name, entry in self.entries.items() if entry[0] == "marks"]
        need(all(self.tensors[n] == self.tensors[of] for n, of in marks), "marks of every entry")

    def made_of(self, name: str) -> set[str]:
        """The tensors that one is made of."""
        kind, *parts = self.entries[name]
        return {x for part in parts for x in self.made_of(part)} if kind in ("function", "marks") else {name}

    def known(self) -> set[str]:
        """What is given, and what it is made of."""
        return {x for name in self.given for x in (name, *self.made_of(name))}

    def fixed(self, name: str) -> bool:
        """Whether a tensor is fixed once what is given is known."""
        kind, *parts = self.entries[name]
        known = kind in ("function", "marks") and all(self.fixed(part) for part in parts)
        return kind == "fixed" or name in self.given or known

    def split(self, text: str, free: Mapping[str, Letter]) -> tuple[Sum, list[tuple[Term, str, tuple[Letter, ...]]]]:
        """The fixed terms of a form; of each other one what stands beside its normal factor, then that factor."""
        known, fixed, out = self.known(), [], []
        for c, sizes, factors in self.form(text, free):
            places = [k for k, (n, _) in enumerate(factors) if n != "I" and not self.fixed(n)]
            if not places:
                fixed.append((c, sizes, factors))
                continue
            (place,) = places
            name, letters = factors[place]
            need(self.entries[name][0] == "normal" and name not in known, f"{name} is not normal given the rest")
            out.append(((c, sizes, factors[:place] + factors[place + 1 :]), name, letters))
        need(all(x in self.lengths for x in free.values()), "the length of a free letter")
        return fixed, out

    def covariance(self, one: tuple[str, str], two: tuple[str, str], ends: Any, others: Any) -> Sum:
        """The covariance of two linear forms, a text and its free letters each, with other names for these."""
        out: Sum = []
        second = self.split(two[0], dict(zip(two[1], others, strict=True)))[1]
        for term, name, letters in self.split(one[0], dict(zip(one[1], ends, strict=True)))[1]:
            for other, again, inner in second:
                if again == name:
                    same: Sum = [(Fraction(1), (), tuple(("I", pair) for pair in zip(letters, inner, strict=True)))]
                    variance = self.read(self.entries[name][1])
                    out += times(times(times([term], [other]), same), variance)
        return out

    def centre(self, form: tuple[str, str], ends: Any) -> Sum:
        """The mean of a linear form."""
        return self.split(form[0], dict(zip(form[1], ends, strict=True)))[0]

    def positive(self, text: str) -> bool:
        """Whether a text is a positive multiple of powers of sizes."""
        return [c > 0 and not f and {n for n, _ in p} <= self.sizes for c, p, f in self.read(text)] == [True]

    def equal(self, found: Sum, node: Mapping[str, Any], other: Sum = ()) -> None:  # type: ignore[assignment]
        """Reject unless two sums are equal by the steps of a proof."""
        self.cancel(found + times(list(other), MINUS), node)

    def check(self, left: list[str], right: Any, node: dict[str, Any]) -> None:
        """Reject unless a proof shows that forms have a law."""
        need(all(len(set(free)) == len(free) for free in self.frees.values()), "a free letter twice")
        rules = {"covariances": self._covariances, "signs": self._signs, "fresh": self._fresh}
        if node["rule"] in rules:
            return rules[node["rule"]](left, right, node)
        if node["rule"] == "norm":
            return self._norm(left, right, node)
        (form,), kind = (self.named_forms(left), right[0])
        need(kind == "normal" or not form[1], "a form without free letters")
        need(node["rule"] == {"scalars": "masked"}.get(kind, kind), f"the rule {node['rule']!r}")
        self.start()
        {"normal": self._normal, "chi-square": self._chi_square, "binomial": self._binomial, "scalars": self._masked}[
            kind
        ](form, right[1:], node)

    def named_forms(self, names: list[str]) -> list[tuple[str, str]]:
        """The texts of some forms, each with its free letters."""
        return [(self.forms[name], self.frees.get(name, "")) for name in names]

    def _covariances(self, left: list[str], right: list[str], node: dict[str, Any]) -> None:
        need(len(left) == len(right) > 0, "as many forms on both sides")
        proofs, pairs = iter(node["proofs"]), list(zip(self.named_forms(left), self.named_forms(right), strict=True))
        for i, firsts in enumerate(pairs):
            ends = [f"{x}'" for x in firsts[0][1]]
            self.start()
            self.equal(self.centre(firsts[0], ends), next(proofs), self.centre(firsts[1], ends))
            for seconds in pairs[: i + 1]:
                others = [f'{x}"' for x in seconds[0][1]]
                self.start()
                one, two = (self.covariance(a, b, ends, others) for a, b in zip(firsts, seconds, strict=True))
                self.equal(one, next(proofs), two)

    def _normal(self, form: tuple[str, str], law: list[str], node: dict[str, Any]) -> None:
        self.equal(self.centre(form, form[1]), node["proofs"][0], self.read(law[0], self.forms))
        self.start()
        found = self.covariance(form, form, form[1], form[1])
        self.equal(found, node["proofs"][1], self.read(law[1], self.forms))

    def _norm(self, left: list[str], right: list[str], node: dict[str, Any]) -> None:
        one, two = self.named_forms(left)
        (kind, stated), variances, proofs = right, node["variances"], node["proofs"]
        need(kind == "norm" and one[1] == two[1] and largest_at_one(), "the norm of a product of normals")
        for text, _ in (one, two):
            self.read(text)
        self.symbols |= self.forms.keys()
        for k, (form, variance) in enumerate(zip((one, two), variances, strict=True)):
            ((c, powers, factors),) = self.read(variance)
            rest = {n: p for n, p in powers if n not in self.sizes}
            single = len(rest) < 2 and {*rest.values()} <= {1} and rest.keys() <= self.forms.keys()
            need(c > 0 and not factors and single, "a variance with one form")
            # As a variance is not negative, so is that form.
            self.roots |= rest.keys()
            self.start()
            self.equal(self.centre(form, form[1]), proofs[2 * k])
            self.start()
            found = self.covariance(form, form, form[1], form[1])
            self.equal(found, proofs[2 * k + 1], self.read(variance, self.forms))
        self.start()
        ends = [[f"{x}{mark}" for x in one[1]] for mark in ("'", '"')]
        self.equal(self.covariance(one, two, *ends), proofs[4])
        self.equal(self.read(stated), SAME, self.read(f"2/pi*sqrt({variances[0]})*sqrt({variances[1]})"))

    def _chi_square(self, form: tuple[str, str], law: list[str], node: dict[str, Any]) -> None:
        root, scale, dof, multiple = tuple(node["root"]), law[0], law[1], node["multiple"]
        need(self.positive(multiple), "a multiple that may be 0")

        def letters() -> list[int]:
            return [next(self.fresh) for _ in root[1]]

        shared = letters()
        square = times(*(self.form(root[0], dict(zip(root[1], shared, strict=True))) for _ in "12"))
        self.equal(times(self.read(multiple), self.form(form[0], {})), node["proofs"][0], square)
        self.start()
        self.equal(self.centre(root, letters()), node["proofs"][1])
        self.start()
        scaled = times(self.read(multiple), self.read(scale, self.forms))
        shared, ends = letters(), [[f"{k}{x}" for k in root[1]] for x in ("'", '"')]
        twice = times(self.covariance(root, root, ends[0], shared), self.covariance(root, root, shared, ends[1]))
        self.equal(twice, node["proofs"][2], times(self.covariance(root, root, *ends), scaled))
        self.start()
        shared = letters()
        trace = self.covariance(root, root, shared, shared)
        scaled = times(self.read(multiple), self.read(scale, self.forms))
        self.equal(trace, node["proofs"][3], times(scaled, self.read(dof)))

    def _binomial(self, form: tuple[str, str], law: list[str], node: dict[str, Any]) -> None:
        ((c, sizes, ((name, letters),)),) = self.form(form[0], {})
        plain = c == 1 and not sizes and len(letters) == 1
        need(plain and self.entries[name][0] == "mask", "a sum of a mask's entries")
        need(name not in self.known(), "a mask that is given")
        self.equal(self.read(law[0]), SAME, self.read(self.tensors[name][0]))
        self.equal(self.read(law[1]), SAME, self.read(self.entries[name][1]))

    def _signs(self, left: list[str], right: Any, node: dict[str, Any]) -> None:
        readout, rows, mask = (node[k] for k in ("readout", "rows", "mask"))
        need(self.entries[readout][0] in ("normal", "symmetric"), "a symmetric readout")
        need(self.entries[rows][0] == "normal" and not self.given, "normal rows")
        (length,), (also, width) = self.tensors[readout], self.tensors[rows]
        need(self.tensors[mask] == (length,) == (also,), "a mask and a readout of the rows")
        marks, hidden = self.entries[mask]
        input_ = node["input"]
        need(marks == "marks" and self.entries[input_] == ["fixed"], "the mask of the rows' products with an input")
        need(self.positive(self.entries[rows][1]), "rows that vary")
        wanted = self._fact(f"{hidden}_i", f"{rows}_ik*{input_}_k")
        norms = [fact for fact in self.facts if fact[0] == self._fact(f"{input_}_k*{input_}_k", "0")[0]]
        need(wanted in self.facts and self.tensors[input_] == (width,), "the mask of the rows' products with an input")
        norm = [b[0] for _, b, _ in norms if len(b) == 1]
        need(any(c > 0 and not f and {n for n, _ in powers} <= self.sizes for c, powers, f in norm), "an input of 0")
        for name in [*left, *(right if node["proof"]["rule"] in ("covariances", "signs") else ())]:
            self.start()
            for _, _, factors in self.form(self.forms[name], {x: x for x in self.frees.get(name, "")}):
                odd = [letters[0] for n, letters in factors if n in (readout, rows)]
                need(all(odd.count(x) % 2 == 0 for x in odd), "a sign that stays")
                others = {n for n, _ in factors} - {readout, rows, mask, "I"}
                need(all(self.entries[n] == ["fixed"] for n in others), "another random tensor")
        self.entries[mask] = ["mask", "1/2"]
        kept = [{n for term in (a, *b) for n, _ in term[2]} for a, b, _ in self.facts]
        # Of the facts stay, each at its place, those about the mask alone and those about what is fixed.
        for k, names in enumerate(kept):
            if names - {mask, "I"} and not all(n == "I" or self.entries[n] == ["fixed"] for n in names):
                self.facts[k] = DROPPED
        self.check(left, right, node["proof"])

    def _fresh(self, left: list[str], right: Any, node: dict[str, Any]) -> None:
        x, on, off, seen, known, copy = (node[k] for k in ("tensor", "on", "off", "observed", "known", "copy"))
        (rows, columns), through = self.tensors[x], self._fact(f"{seen}_pj", f"{node['by']}_pi*{x}_ij")
        need(self.entries[x][0] == "normal" and not self.given and through in self.facts, "what is observed of it")
        taken = self.tensors.keys() | self.sizes | self.symbols | {"I"}
        need(known.isidentifier() and copy.isidentifier() and known != copy, "new names")
        need(not {known, copy} & taken, "new names")
        need(all(self.entries[p] == ["fixed"] for p in (on, off, node["by"])), "fixed projections")
        need(self.tensors[on] == self.tensors[off] == (rows, rows), "projections of the rows")
        for text, whole, proof in zip(
            (f"{on}_ij + {off}_ij", f"{on}_ik*{off}_jk", f"{node['by']}_ik*{off}_kj"),
            ("I_ij", "0", "0"),
            node["proofs"],
            strict=True,
        ):
            self.start()
            self.equal(self.form(text, {"i": "i", "j": "j"}), proof, self.form(whole, {"i": "i", "j": "j"}))
        affected = {n for n in self.entries if n not in (x, seen) and self.entries[n][0] in ("function", "marks")}
        self.entries |= {known: ["known"], copy: self.entries[x], seen: ["function", known]}
        self.entries[x] = ["function", known, copy]
        need(all(x not in self.entries[n] for n in affected), "a function of what is not observed")
        self.tensors |= {known: (rows, columns), copy: (rows, columns)}
        self.given = {known}

        class Put(ast.NodeTransformer):
            def visit_Name(self, name: ast.Name) -> ast.expr:
                tensor, _, letters = name.id.rpartition("_")
                if tensor != x:
                    return name
                spare.append(next(z for z in "abcdefghijklmnopqrstuvwxyz" if z not in "".join(spare)))
                kept = f"{known}_{letters} + {off}_{letters[0]}{spare[-1]}"
                return ast.parse(f"{kept}*{copy}_{spare[-1]}{letters[1]}", mode="eval").body

        for name in [*left, *right]:
            spare = [self.forms[name]]
            self.forms = {**self.forms, name: ast.unparse(Put().visit(ast.parse(self.forms[name], mode="eval")))}
        self.facts = [DROPPED if x in {n for t in (a, *b) for n, _ in t[2]} else (a, b, c) for a, b, c in self.facts]
        self.facts += [
            self._fact(f"{seen}_pj", f"{node['by']}_pi*{known}_ij"),
            self._fact(f"{on}_ik*{known}_kj", f"{known}_ij"),
        ]
        self.check(left, right, node["proof"])

    def _masked(self, form: tuple[str, str], law: list[Any], node: dict[str, Any]) -> None:
        a, mask, q, s, dof = (node[k] for k in ("readout", "mask", "multiple", "scale", "dof"))
        one, two, middle = (tuple(node[k]) for k in ("first", "second", "projection"))
        need(self.entries[a][0] == "normal" and self.entries[mask][0] == "mask" and not self.given, "a masked readout")
        (length,) = self.tensors[a]
        need(self.tensors[mask] == (length,), "a mask of the readout")
        self.given = {a, mask}
        on, off = f"{a}_i*{a}_i*{mask}_i", f"{a}_i*{a}_i - {a}_i*{a}_i*{mask}_i"
        proofs, ends = node["proofs"], (f"{one[1]}'", f'{one[1]}"')

        def at(text: tuple[str, str], *letters: Letter) -> Sum:
            return self.form(text[0], dict(zip(text[1], letters, strict=True)))

        self.start()
        x, y = next(self.fresh), next(self.fresh)
        whole = times(self.read(q), times(at(one, x), at(one, x))) + times(at(one, y), at(two, y))
        self.equal(self.form(form[0], {}), proofs[0], whole)
        long = self.lengths[x]
        for k, (u, v, norm) in enumerate(((one, one, on), (two, two, off), (one, two, "0")), 1):
            self.start()
            wanted = times(times(self.read(s), self.form(norm, {})), at(middle, *ends))
            self.equal(self.covariance(u, v, ends[:1], ends[1:]), proofs[k], wanted)
        for k, u in ((6, one), (7, two)):
            self.start()
            self.equal(self.centre(u, ends[:1]), proofs[k])
        self.start()
        x = next(self.fresh)
        squared = times(at(middle, ends[0], x), at(middle, x, ends[1]))
        self.equal(squared, proofs[4], at(middle, *ends))
        self.start()
        self.lengths[y] = long
        self.equal(at(middle, y, y), proofs[5], self.read(dof))
        need(all(self.entries[n] == ["fixed"] for _, _, f in self.read(middle[0]) for n, _ in f if n != "I"), "Π fixed")
        scalars, value = law
        active, p, n, r, z = scalars
        expected = {active: ["binomial", length, self.entries[mask][1]], z: ["normal", "0", "1"]}
        square = (self.entries[a][1], active), (self.entries[a][1], f"{length} - {active}"), ("1", dof)
        expected |= {name: ["chi-square", *terms] for name, terms in zip((p, n, r), square, strict=True)}
        need(not expected.keys() & (self.sizes | self.tensors.keys()), "the names of the scalars")
        self.roots |= {*expected}
        self.symbols |= {*expected}
        for name, (kind, *stated) in scalars.items():
            known, *wanted_ = expected[name]
            need(kind == known, "the laws of the scalars")
            for one_, two_ in zip(stated, wanted_, strict=True):
                self.equal(self.read(one_), SAME, self.read(two_))
        self.equal(self.read(value), SAME, self.read(f"({q})*({s})*{p}*{r} + ({s})*sqrt({p}*{n}*{r})*{z}"))

    def call(self, name: str, argument: ast.expr, named: Callable[[str], Sum]) -> Sum:
        """A mean, a variance, or the square root of a product of symbols."""
        inner = self.value(argument, named)
        if name == "sqrt":
            ((c, sizes, factors),) = inner
            root = Fraction(isqrt(abs(c.numerator)), isqrt(c.denominator))
            known = all(n in self.roots for n, _ in sizes)
            need(root * root == c and not factors and known, "a root of what is not negative")
            return times([(root, (), ())], [(Fraction(1), tuple((f"sqrt({n})", p) for n, p in sizes), ())])
        need(name in ("E", "Var"), f"the function {name}")
        mean = self.mean(inner)
        if name == "E":
            return mean
        again = self.value(argument, named)
        return self.mean(times(inner, again)) + times(times(mean, mean), MINUS)

    def mean(self, terms: Sum) -> Sum:
        """The mean of a sum without free letters."""
        out: Sum = []
        for c, sizes, factors in self.cleaned(terms):
            lengths: dict[str, list[Letter]] = {}
            for x in dict.fromkeys(x for _, letters in factors for x in letters):
                need(isinstance(x, int), "a free letter in a mean")
                lengths.setdefault(self.lengths[x], []).append(x)
            for choice in product(*(partitions(letters) for letters in lengths.values())):
                block = {x: b for part in choice for x, b in part.items()}
                powers = Counter((n, tuple(block[x] for x in letters)) for n, letters in factors)
                value: Sum = [(c, sizes, ())]
                for length, part in zip(lengths, choice, strict=True):
                    for b in range(max(part.values()) + 1):
                        value = times(value, self.read(f"({length}) - {b}"))
                out += times(value, self.entry_moments(powers))
        return out

    def entry_moments(self, powers: Mapping[tuple[str, Any], int]) -> Sum:
        """The mean of a product of powers of entries, each tensor and index once."""
        value: Sum = [(Fraction(1), (), ())]
        open_ = False
        for (name, at), p in powers.items():
            kind, *parts = self.entries[name]
            if kind == "mask":
                value = times(value, self.read(parts[0]))
            elif kind == "marks":
                marked = self.entries[parts[0]]
                need(marked[0] == "normal" and self.positive(marked[1]), "the mask of a normal variable")
                need(
                    [self.entries[n] for n, i in powers if i == at].count([kind, *parts]) == 1, "one mask of a variable"
                )
                open_ |= powers.get((parts[0], at), 0) % 2 == 1
                value = times(value, self.read("1/2"))
            else:
                need(kind in ("normal", "symmetric"), f"the moments of {name}")
                halved = any(self.entries[n] == ["marks", name] for n, i in powers if i == at)
                if p % 2 and not halved:
                    return []
                need(kind == "normal" or p <= 4, f"the moment of order {p} of {name}")
                for k in range(1, p, 2):
                    value = times(value, self.read(f"({parts[0]})*({k if kind == 'normal' or k == 1 else parts[1]})"))
        need(not open_, "an odd moment of half of a variable")
        return value


def largest_at_one() -> bool:
    """Whether F(p) = log 2 + (2/p)(log Γ((p+1)/2) − ½ log π) − log p is largest at 1 on p ≥ 1.

    p² F'(p) < 0 up to 64 in balls; beyond, log Γ(x) ≤ (x − ½) log x − x + ½ log 2π + 1/(12x) at x = (p+1)/2 gives
    F(p) ≤ −1 + (log 2)/p + 1/(3p²).
    """
    pending = [(arb(k), arb(k + 1)) for k in range(1, 64)]
    while pending:
        low, high = pending.pop()
        p = low.union(high)
        x = (p + 1) / 2
        if not p * x.digamma() - 2 * x.lgamma() + arb.pi().log() - p < 0:
            if high - low < arb(2) ** -12:
                return False
            pending += [(low, (low + high) / 2), ((low + high) / 2, high)]
    return bool(-1 + arb(2).log() / 64 + arb(1) / (3 * 64**2) < (2 / arb.pi()).log())


def partitions(items: list[Letter]) -> list[dict[Letter, int]]:
    """The partitions of some letters, as the block of each."""
    found: list[dict[Letter, int]] = [{}]
    for x in items:
        found = [{**old, x: b} for old in found for b in range(max(old.values(), default=-1) + 2)]
    return found
