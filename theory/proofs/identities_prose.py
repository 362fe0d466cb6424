"""Proof objects about index sums in words: the forms, the rule of each step, and which facts make the terms cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .referee_identities import Laws
from .referee_sums import Sum, Term

__all__ = ["claim_words", "declared", "proof_words"]

Node = Mapping[str, Any]

_RULES = {
    "normal": "Affine in normal entries that are not given, with coefficients that are: normal, with",
    "covariances": "Both sides are affine in normal entries that are not given: their laws are equal with",
    "chi-square": "Times {multiple} it is Σ L_{free}² with the normal L_{free} = {root}, of covariance a multiple of a "
    "projection:",
    "binomial": "A sum of independent entries that are 0 or 1, of that number and mean.",
    "signs": "{readout}_i has an independent fair sign e_i, and each i occurs evenly in {rows} and {readout} together. "
    "So e_i·{rows}_i may stand for {rows}_i: it is independent of |{readout}| and of {mask}, which has independent "
    "fair coins as entries.",
    "masked": "Given {readout} and {mask} it is {multiple}·A·A + A·B with independent normal vectors A = {first} and "
    "B = {second}:",
    "fresh": "{on}·{tensor} and {off}·{tensor} are independent, and a copy takes the place of {tensor} in the second. "
    "Given the first, {observed} and its functions are known:",
    "norm": "Independent centred normal factors; the supremum over p ≥ 1 is at p = 1, where E|gh| = 2/π, with",
    "numbers": "The mean over the entries, by which letters coincide, is that number for all sizes.",
}
_PARTS = {
    "normal": ("the mean", "the variance"),
    "norm": ("the first mean", "the first variance", "the second mean", "the second variance", "the covariance 0"),
    "chi-square": ("the sum of squares", "the mean 0", "the square of the covariance", "its trace"),
    "fresh": ("the sum of the projections", "the covariance 0", "what is observed of the second"),
    "masked": (
        "the sum",
        "the covariance of A",
        "the covariance of B",
        "the covariance 0 of A and B",
        "the square of the projection",
        "its trace",
    ),
}


def claim_words(claim: Node) -> str:
    """A claim about index sums as a sentence.

    Examples
    --------
    >>> claim_words({"kind": "law", "left": ["n"], "right": ["chi-square", "1/m", "m"], "given": [], "sizes": ["m"]})
    'n has the law of 1/m times chi-square with m degrees of freedom for all m'
    """
    sizes = f" for all {', '.join(claim['sizes'])}"
    lengths = {length for shape in claim.get("tensors", {}).values() for length in shape if not length.isalnum()}
    if lengths:
        sizes += f" with {', '.join(sorted(lengths))} ≥ 0"
    if claim["kind"] != "law":
        return f"{claim['left']} = {claim['right']}{sizes}"
    given = f" given {', '.join(claim['given'])}" if claim["given"] else ""
    kind, *parts = claim["right"]
    if kind == "scalars":
        laws = "; ".join(f"{name} {_law(*law)}" for name, law in parts[0].items())
        law = f"the law of {parts[1]} with {laws}"
    elif kind == "norm":
        return f"the product of {' and '.join(claim['left'])} has sub-exponential norm {parts[0]}{given}{sizes}"
    elif kind in ("normal", "chi-square", "binomial"):
        law = f"the law of {_law(*claim['right'])}"
    else:
        law = f"the law of ({', '.join(claim['right'])})"
    left = ", ".join(claim["left"])
    return f"{left if len(claim['left']) == 1 else f'({left})'} has {law}{given}{sizes}"


def _law(kind: str, *parts: str) -> str:
    if kind == "chi-square":
        return f"{'' if parts[0] == '1' else f'{parts[0]} times '}chi-square with {parts[1]} degrees of freedom"
    return f"{kind} ({', '.join(parts)})"


def declared(claim: Any) -> list[str]:
    """What a claim about index sums takes from its model: the facts, and what its tensors are; else nothing.

    Examples
    --------
    >>> claim = {"kind": "law", "facts": ["D_i*D_i = D_i"], "entries": {"D": ["mask", "1/2"], "x": ["fixed"]}}
    >>> declared(claim)
    ['model: D_i*D_i = D_i', 'model: entries of D independent mask (1/2)', 'model: x fixed']
    """
    if not isinstance(claim, Mapping) or claim.get("kind") not in ("identity", "moment", "law"):
        return []
    found = [f"model: {fact}" for fact in claim["facts"]]
    for name, (kind, *parts) in claim.get("entries", {}).items():
        of = f" ({', '.join(parts)})" if parts else ""
        drawn = kind in ("normal", "mask", "symmetric")
        found.append(f"model: entries of {name} independent {kind}{of}" if drawn else f"model: {name} {kind}{of}")
    return found


def proof_words(proof: Node) -> Iterator[str]:
    """The lines of a proof about index sums: its forms, and each step with the facts that it uses.

    Examples
    --------
    >>> claim = {"kind": "identity", "sizes": ["m"], "tensors": {"D": ["m"]}, "facts": ["D_i*D_i = D_i"], "free": ""}
    >>> claim |= {"forms": {"square": "D_i*D_i", "count": "D_i"}, "left": "square", "right": "count"}
    >>> node = {"rule": "steps", "steps": [[0, 0, {"i": 0}]], "orders": [[1], [0]]}
    >>> print("\\n".join(proof_words({"claim": claim, "proof": node})))
    Here square = D_i*D_i.
    Here count = D_i.
    By D_i*D_i = D_i the term D_a*D_a is D_a.
    The 2 terms that are left cancel.
    """
    claim = proof["claim"]
    for name, text in claim["forms"].items():
        free = claim.get("frees", {}).get(name, claim.get("free", ""))
        yield f"Here {name}{f'_{free}' if free and free in text else ''} = {text}."
    teller = _Teller(claim)
    node = proof["proof"]
    if claim["kind"] == "law":
        teller.check(claim["left"], claim["right"], {**node})
        lines = teller.lines
    elif node["rule"] == "numbers":
        lines = [_RULES["numbers"]]
    else:
        sign = node["sign"] if node["rule"] == "sign" else 0
        if sign:
            yield f"What is inside the absolute values is equal{' up to its sign' if sign < 0 else ''}:"
        teller.cancel(teller.difference(claim["left"], claim["right"], sign), node["proof"] if sign else node)
        lines = teller.lines
    yield from lines


class _Teller(Laws):
    """The referee, which also says what it does."""

    def __init__(self, claim: Node) -> None:
        super().__init__({"entries": {}, **claim})
        self.texts: Sequence[str] = claim["facts"]
        self.lines: list[str] = []
        self.labels: list[str] = []

    def check(self, left: list[str], right: Any, node: dict[str, Any]) -> None:
        rule = node["rule"]
        entries = {k: v for k, v in node.items() if isinstance(v, str)} | {"free": ""}
        for key in ("root", "first", "second"):
            if key in node:
                entries |= {key: node[key][0], "free": node[key][1]}
        self.lines.append(_RULES[rule].format_map(entries))
        self.labels = [*_PARTS.get(rule, ())]
        if rule == "covariances":
            for k, name in enumerate(left):
                self.labels += [
                    f"the mean of {name}",
                    *(f"the covariance of {name} and {other}" for other in left[: k + 1]),
                ]
        super().check(left, right, node)

    def cancel(self, found: Sum, node: Mapping[str, Any]) -> None:
        if node["rule"] == "numbers":
            return
        label = self.labels.pop(0) if self.labels else ""
        indent = ""
        if label:
            self.lines.append(f"  {label}:")
            indent = "    "
        terms: list[Term | None] = [*self.cleaned(found)]
        for place, fact, letters in node["steps"]:
            term, before = terms[place], len(terms)
            assert term is not None
            self.use(terms, place, fact, letters)
            new = " + ".join(_text(t) for t in terms[before:] if t is not None).replace("+ -", "- ") or "0"
            known = self.texts[fact] if fact < len(self.texts) else "what is known"
            self.lines.append(f"{indent}By {known} the term {_text(term)} is {new}.")
        left = sum(t is not None and t[0] != 0 for t in terms)
        self.lines.append(f"{indent}The {left} terms that are left cancel." if left else f"{indent}Nothing is left.")


def _text(term: Term) -> str:
    """A term with letters in the place of the numbers of its summed ones."""
    c, sizes, factors = term
    numbers = list(dict.fromkeys(x for _, letters in factors for x in letters if isinstance(x, int)))
    names: dict[Any, str] = {x: "abcdefghijklmnopqrstuvwxyz"[k % 26] for k, x in enumerate(numbers)}
    words = [f"{n}_{''.join(names.get(x, str(x)) for x in letters)}" if letters else n for n, letters in factors]
    powers = [name if k == 1 else f"{name}^{k}" for name, k in sizes]
    scale = [] if abs(c) == 1 and (words or powers) else [str(abs(c))]
    return ("-" if c < 0 else "") + "*".join([*scale, *powers, *words])
