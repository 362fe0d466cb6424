"""Laws of index sums for all sizes: normal, chi-square and binomial ones, equal laws, and the margin of masked rows.

Everything rests on what a model says of its tensors: which have independent entries of which law, which are fixed, and
which are functions of others. A law that no rule gives is not refuted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import sympy
from sympy import Expr, Symbol

from ..calculus.forms import Form
from ..language.heads import Binomial, ChiSquare, Law, Normal
from ..language.models import RV, Model, Tensor
from ..laws.moments import gaussian_moment, half_space_moment, symmetric_moment
from .identities import Node, form_text, named, prove_identity, steps_of, symbols_of, tensors_of
from .referee_ends import Rejected
from .referee_identities import SAME, Laws, rejection
from .referee_sums import Sum

__all__ = ["entries_of", "model_lines", "prove_law", "prove_moment", "prove_norm"]

_KINDS = {Normal: "normal", ChiSquare: "chi-square", Binomial: "binomial"}


def entries_of(model: Model) -> dict[str, list[str]]:
    """What the tensors of a model are, as proof objects say it; those of which nothing is said are left out."""
    found = {t.name: _entry(t, model) for t in model.tensors}
    return {name: entry for name, entry in found.items() if entry is not None}


def model_lines(model: Model) -> list[str]:
    """What a model states of its tensors, line by line, as the referee looks for it.

    Examples
    --------
    >>> from whp.theory.language.parameters import size
    >>> m = size("m")
    >>> tensors = (Tensor("x", (m,), of=()), Tensor("D", (m,), marks="x"))
    >>> model_lines(Model("mask", (m,), "", tensors, identities=("D_i*D_i = D_i",)))
    ['tensor x of m', 'tensor D of m', 'where D_i*D_i = D_i', 'tensor x: fixed', 'tensor D: marks, x']
    """
    shapes = [f"tensor {t.name} of {', '.join(map(sympy.sstr, t.shape))}".rstrip() for t in model.tensors]
    entries = [f"tensor {name}: {', '.join(entry)}" for name, entry in entries_of(model).items()]
    return [*shapes, *(f"where {fact}" for fact in model.identities), *entries]


def _entry(tensor: Tensor, model: Model) -> list[str] | None:
    joint = model.joint.get(tensor.group) if tensor.group else None
    if isinstance(joint, half_space_moment):
        return ["normal", "1"] if tensor.name == joint.value else ["marks", joint.value]
    if tensor.group:
        return None
    if tensor.marks:
        return ["marks", tensor.marks]
    if tensor.of is not None:
        return ["function", *tensor.of] if tensor.of else ["fixed"]
    if tensor.variance is not None:
        return ["normal", sympy.sstr(tensor.variance)]
    if isinstance(tensor.moment, gaussian_moment):
        return ["normal", sympy.sstr(tensor.moment.variance)]
    if isinstance(tensor.moment, symmetric_moment):
        return ["symmetric", sympy.sstr(tensor.moment.variance), sympy.sstr(tensor.moment.kurtosis)]
    if tensor.moment is not None:
        first, second, third, fourth = (tensor.moment(p) for p in (1, 2, 3, 4))
        # E(X − X²)² = 0: X is 0 or 1.
        if sympy.simplify(second - 2 * third + fourth) == 0:
            return ["mask", sympy.sstr(first)]
    return None


def prove_law(left: Law, right: Expr, given: Sequence[Any] = ()) -> Node | None:
    """A proof object of the law of forms of one model, accepted by its referee; None where none is found.

    Parameters
    ----------
    left : Law
    right : Law, Normal, ChiSquare or Binomial
    given : sequence of RV
        Each with a form that is one tensor of the model.

    Examples
    --------
    >>> from whp.theory.language.parameters import size
    >>> m = size("m")
    >>> readout = Model("readout", (m,), "", (Tensor("a", (m,), variance=1 / m),))
    >>> norm = RV("norm", readout, "norm", Form.parse("a_i a_i"))
    >>> prove_law(Law(norm), ChiSquare(1 / m, m))["proof"]["root"]
    ['a_i', 'i']
    >>> prove_law(Law(norm), ChiSquare(1 / m, m - 1)) is None
    True
    """
    if not left.args or not all(isinstance(rv, RV) for rv in left.args):
        return None
    model = left.args[0].model
    claim = _claim(left.args, right, given, model)
    if claim is None:
        return None
    for skeleton in _skeletons(claim):
        found = _filled(claim, skeleton)
        if found is not None:
            return found
    return None


def prove_norm(first: RV, second: RV, stated: Expr, given: Sequence[Any] = ()) -> Node | None:
    """A proof object of the sub-exponential norm of a product of two independent centred normals, or None.

    Examples
    --------
    >>> from sympy import pi, sqrt
    >>> from whp.theory.language.parameters import size
    >>> k = size("k")
    >>> two = Model("two", (k,), "", (Tensor("g", (k,), variance=1), Tensor("h", (k,), variance=4 / k)))
    >>> g, h = (RV(n, two, n, Form.parse(f"{n}_i", free="i")) for n in "gh")
    >>> prove_norm(g, h, 4 / (pi * sqrt(k)))["proof"]["variances"]
    ['1', '4/k']
    >>> prove_norm(g, h, 2 / (pi * sqrt(k))) is None
    True
    """
    claim = _claim((first, second), Law(first, *sorted(stated.atoms(RV), key=str)), given, first.model)
    if claim is None:
        return None
    names = named({first, second} | stated.atoms(RV), first.model)
    square = sympy.powdenest((stated * sympy.pi / 2) ** 2, force=True)
    symbols = {rv: Symbol(name, positive=True) for rv, name in names.items()}
    square = sympy.powsimp(sympy.expand_power_base(square.xreplace(symbols), force=True), force=True)
    claim |= symbols_of(first.model, (first, second, stated))
    claim["right"] = ["norm", str(stated.xreplace({rv: Symbol(name) for rv, name in names.items()}))]
    for one, two in _split(square, {*symbols.values()}):
        skeleton = {"rule": "norm", "variances": [str(one), str(two)], "proofs": [{} for _ in range(5)]}
        found = _filled(claim, skeleton)
        if found is not None:
            return found
    return None


def _split(square: Expr, forms: set[Symbol]) -> Iterator[tuple[Expr, Expr]]:
    """Ways to write a product as one of two factors, each with at most one of some symbols."""
    inside = sorted(square.free_symbols & forms, key=str)
    plain = sympy.Mul(*(f for f in sympy.Mul.make_args(square) if not f.free_symbols & forms))
    if len(inside) > 2 or sympy.expand(square / sympy.Mul(plain, *inside)) != 1:
        return
    for shares in (inside, inside[::-1]):
        one, two = (*shares, sympy.S.One, sympy.S.One)[:2]
        for scale in (sympy.sqrt(plain), plain, sympy.S.One):
            yield one * scale, two * plain / scale


def prove_moment(left: Expr, right: Expr, model: Model) -> Node | None:
    """A proof object of a mean or variance of a polynomial in forms, accepted by its referee, or None.

    Examples
    --------
    >>> from whp.theory.language.heads import Var
    >>> from whp.theory.language.parameters import size
    >>> m = size("m")
    >>> readout = Model("readout", (m,), "", (Tensor("a", (m,), variance=1 / m),))
    >>> norm = RV("norm", readout, "norm", Form.parse("a_i a_i"))
    >>> prove_moment(Var(norm), 2 / m, readout)["claim"]["left"]
    'Var(norm)'
    >>> prove_moment(Var(norm), 1 / m, readout) is None
    True
    """
    claim = _texts("moment", left.atoms(RV) | right.atoms(RV), model, (left, right))
    if claim is None:
        return None
    names = named(left.atoms(RV) | right.atoms(RV), model)
    sides = [sympy.sstr(side.xreplace({rv: Symbol(name) for rv, name in names.items()})) for side in (left, right)]
    found = {"claim": {**claim, "left": sides[0], "right": sides[1]}, "proof": dict(SAME)}
    return found if rejection(found) is None else None


def _texts(kind: str, rvs: set[RV], model: Model, exprs: Sequence[Expr] = (), parts: Sequence[str] = ()) -> Node | None:
    """The claim about some forms, without what is said of them."""
    names = named(rvs, model)
    if any(rv.form is None for rv in names):
        return None
    texts = {name: form_text(rv.form, rv.form.free) for rv, name in names.items() if rv.form is not None}
    frees = {name: rv.form.free for rv, name in names.items() if rv.form is not None and rv.form.free}
    entries = entries_of(model)
    closed = {*parts}
    while more := {x for name in (*closed, *_tensors(model, texts.values())) for x in _parts(entries, name)} - closed:
        closed |= more
    claim: Node = {"kind": kind, **tensors_of(model, (*texts.values(), *closed))}
    claim["entries"] = {name: entries[name] for name in claim["tensors"] if name in entries}
    return {**claim, "forms": texts, "frees": frees, **symbols_of(model, (*rvs, *exprs))}


def _tensors(model: Model, texts: Iterable[str]) -> set[str]:
    return {*tensors_of(model, texts)["tensors"]}


def _parts(entries: Mapping[str, list[str]], name: str) -> list[str]:
    kind, *parts = entries.get(name, ["fixed"])
    return parts if kind in ("function", "marks") else []


def _claim(left: Sequence[RV], right: Expr, given: Sequence[Any], model: Model) -> Node | None:
    others = right.atoms(RV)
    scalars = next((rv for rv in others if rv.model.scalars and rv.name in rv.model.values), None)
    if scalars is not None and right != Law(scalars):
        return None
    about = {*left} | (others if scalars is None else set())
    known = [_tensor_of(rv, model) for rv in given]
    if any(rv.model != model for rv in about) or None in known:
        return None
    claim = _texts("law", about, model, (right,), [name for name in known if name])
    if claim is None:
        return None
    names = named(about, model)

    def text(expr: Expr) -> str:
        return str(expr.xreplace({rv: Symbol(name) for rv, name in names.items()}))

    if scalars is not None:
        laws = {str(s): [_KINDS[type(law)], *map(text, law.args)] for s, law in scalars.model.scalars}
        stated: list[Any] = ["scalars", laws, text(scalars.model.values[scalars.name])]
    elif isinstance(right, Law):
        stated = [names[rv] for rv in right.args]
    elif type(right) in _KINDS:
        stated = [_KINDS[type(right)], *map(text, right.args)]
    else:
        return None
    return {**claim, "given": known, "left": [names[rv] for rv in left], "right": stated}


def _tensor_of(rv: Any, model: Model) -> str | None:
    """The tensor that a given variable is, by its form."""
    if not isinstance(rv, RV) or rv.form is None or rv.model != model:
        return None
    for tensor in model.tensors:
        if len(tensor.shape) != len(rv.form.free):
            continue
        word = f"{tensor.name}_{rv.form.free}" if rv.form.free else tensor.name
        if prove_identity(rv, RV(tensor.name, model, "", Form.parse(word, free=rv.form.free)), model) is not None:
            return tensor.name
    return None


class _Finder(Laws):
    """The referee, except that it finds the steps of each identity."""

    def __init__(self, claim: Node) -> None:
        super().__init__(claim)
        self.used: set[int] = set()

    def cancel(self, found: Sum, node: Any) -> None:
        if node.get("rule") == "numbers":
            super().cancel(found, node)
        else:
            node.update(steps_of(self, found) or {})
            self.used |= {step[1] for step in node.get("steps", ())}


def _filled(claim: Node, skeleton: Node) -> Node | None:
    """The proof object with the identities that a skeleton of its rules asks for, and the facts that it needs."""
    kept = claim["facts"]
    found = None
    for _ in range(2):
        tried = {"claim": {**claim, "facts": kept}, "proof": deepcopy(skeleton)}
        finder = _Finder(tried["claim"])
        try:
            finder.check(claim["left"], claim["right"], tried["proof"])
        except (Rejected, ArithmeticError, LookupError, SyntaxError, TypeError, ValueError):
            return found
        if rejection(tried) is not None:
            return found
        found, starts = tried, _asked(skeleton, claim)
        kept = [fact for k, fact in enumerate(kept) if k in finder.used or fact.startswith(starts)]
    return found


def _asked(node: Node, claim: Node) -> tuple[str, ...]:
    """How the facts begin that the rules of a proof ask for."""
    if node["rule"] == "signs":
        _, hidden = claim["entries"][node["mask"]]
        return f"{hidden}_i =", f"{node['input']}_k*{node['input']}_k ="
    return (f"{node['observed']}_pj =",) if node["rule"] == "fresh" else ()


def _skeletons(claim: Node) -> Iterator[Node]:
    """Rules that might prove a law, without the identities they ask for."""
    kind = claim["right"][0]
    if kind == "normal":
        yield {"rule": "normal", "proofs": [{}, {}]}
    elif kind == "binomial":
        yield {"rule": "binomial"}
    elif kind == "chi-square":
        for root in _roots(claim["forms"][claim["left"][0]]):
            yield {"rule": "chi-square", "root": list(root), "multiple": "1", "proofs": [{}, {}, {}, {}]}
    elif kind == "scalars":
        for masked in _masked(claim):
            yield masked
            for signs in _signs(claim):
                yield {**signs, "proof": masked}
    else:
        for wrapped in ({}, *_signs(claim), *_fresh(claim)):
            pairs = len(claim["left"]) * (len(claim["left"]) + 3) // 2
            equal = {"rule": "covariances", "proofs": [{} for _ in range(pairs)]}
            yield {**wrapped, "proof": equal} if wrapped else equal


def _halves(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The summed letters of a product whose factors fall into two parts that share that letter only."""
    factors = text.split("*")
    letters = {word: word.rpartition("_")[2] if "_" in word else "" for word in factors}
    for cut in dict.fromkeys("".join(letters.values())):
        parts: list[list[str]] = []
        for word in factors:
            near = [p for p in parts if {x for w in p for x in letters[w]} & {*letters[word]} - {cut}]
            parts = [p for p in parts if p not in near] + [[w for p in near for w in p] + [word]]
        if len(parts) == 2 and all(any(cut in letters[w] for w in part) for part in parts):
            yield cut, parts


def _roots(text: str) -> Iterator[tuple[str, str]]:
    for cut, parts in _halves(text):
        yield "*".join(parts[0]), cut


def _signs(claim: Node) -> Iterator[Node]:
    entries, shapes = claim["entries"], claim["tensors"]
    for mask, (kind, *parts) in entries.items():
        for fact in claim["facts"] if kind == "marks" else ():
            if not fact.startswith(f"{parts[0]}_i ="):
                continue
            rows, _, rest = fact.partition("=")[2].strip().partition("_ik*")
            found = {"rule": "signs", "mask": mask, "rows": rows, "input": rest.removesuffix("_k")}
            for name in (n for n, e in entries.items() if e[0] in ("normal", "symmetric") and len(shapes[n]) == 1):
                yield {**found, "readout": name}


def _fresh(claim: Node) -> Iterator[Node]:
    """Normal tensors of which only a part is observed: as AX, with a projection P for which AP = A, and Q = I − P."""
    facts = "\n".join(claim["facts"])
    for seen, by, x in re.findall(r"^(\w+)_pj = (\w+)_pi\*(\w+)_ij$", facts, re.MULTILINE):
        for on in re.findall(rf"^{by}_pi\*(\w+)_ij = {by}_pj$", facts, re.MULTILINE):
            for off in re.findall(rf"^(\w+)_ij = I_ij - {on}_ij$", facts, re.MULTILINE):
                found = {"rule": "fresh", "tensor": x, "observed": seen, "by": by, "on": on, "off": off}
                yield {**found, "known": f"{x}known", "copy": f"{x}copy", "proofs": [{}, {}, {}]}


def _masked(claim: Node) -> Iterator[Node]:
    """The margin ⟨V, A⟩ with A the masked part of V, perhaps projected: ‖A‖² + ⟨A, V − A⟩."""
    entries, shapes = claim["entries"], claim["tensors"]
    _, laws, _ = claim["right"]
    for cut, parts in _halves(claim["forms"][claim["left"][0]]):
        for part, other in (parts, parts[::-1]):
            names = dict.fromkeys(word.rpartition("_")[0] for word in (*part, *other))
            kinds = {n: (entries.get(n, [""])[0], len(shapes.get(n, ()))) for n in names}
            masks = [n for n, (kind, _) in kinds.items() if kind in ("marks", "mask")]
            readouts, rows, flat = (
                [n for n in names if kinds[n] == kind] for kind in (("normal", 1), ("normal", 2), ("fixed", 2))
            )
            if not (len(masks) == len(readouts) == len(rows) == 1 and any(w.startswith(masks[0]) for w in part)):
                continue
            first, second = "*".join(part), "*".join(other)
            node: Node = {"rule": "masked", "readout": readouts[0], "mask": masks[0], "multiple": "1"}
            node |= {"scale": entries[rows[0]][1], "dof": laws["R"][2], "first": [first, cut]}
            for through in ("I", *flat):
                whole = second if through == "I" else f"{through}_{cut}z*{second.replace(cut, 'z')}"
                yield {
                    **node,
                    "second": [f"{whole} - {first}", cut],
                    "projection": [f"{through}_uv", "uv"],
                    "proofs": [{} for _ in range(8)],
                }
