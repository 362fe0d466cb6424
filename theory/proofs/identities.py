"""Identities of index sums for all sizes: facts about the tensors rewrite both sides to a canonical form.

The facts are the model's (`Model.identities`): a mask's square is the mask, a projection is symmetric and its own
square, ‖x‖² = d, W* = W + ΔW. A difference that does not vanish proves nothing: the facts may be too few.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations, product
from math import factorial, prod
from typing import Any

import sympy
from sympy import Abs, Expr, Symbol

from ..calculus.forms import Form
from ..language.models import RV, Model
from .referee_ends import Rejected
from .referee_identities import rejection
from .referee_sums import Letter, Sum, Sums, Term

__all__ = ["Node", "form_text", "named", "prove_identity", "steps_of", "symbols_of", "tensors_of"]

Node = dict[str, Any]

MOST_STEPS = 400
MOST_ORDERS = 5000


def prove_identity(left: Expr, right: Expr, model: Model) -> Node | None:
    """A proof object of an identity between forms of one model, accepted by its referee; None where none is found.

    Examples
    --------
    >>> from whp.theory.language.models import Tensor
    >>> from whp.theory.language.parameters import size
    >>> m = size("m")
    >>> masked = Model("masked", (m,), "", (Tensor("D", (m,)), Tensor("a", (m,))), identities=("D_i*D_i = D_i",))
    >>> twice, once = (RV(n, masked, n, Form.parse(f)) for n, f in (("twice", "a_i D_i D_i a_i"), ("once", "D_i a_i")))
    >>> norm = RV("norm", masked, "norm", Form.parse("D_i a_i a_i"))
    >>> prove_identity(twice, norm, masked)["proof"]["steps"]
    [[0, 0, {'i': 0}]]
    >>> prove_identity(twice, once, masked) is None
    True
    """
    names = named(left.atoms(RV) | right.atoms(RV), model)
    forms = {name: rv.form for rv, name in names.items()}
    if any(form is None for form in forms.values()):
        return None
    free = _common_free([form for form in forms.values() if form is not None])
    if free is None:
        return None
    sides = [sympy.sstr(side.xreplace({rv: Symbol(name) for rv, name in names.items()})) for side in (left, right)]
    texts = {name: form_text(form, free) for name, form in forms.items() if form is not None}
    claim: Node = {"kind": "identity", **tensors_of(model, texts.values())}
    claim |= {"forms": texts, "free": free, "left": sides[0], "right": sides[1]}
    claim |= symbols_of(model, (left, right, *names))
    for sign in (0, 1, -1) if left.has(Abs) or right.has(Abs) else (0,):
        found = _proved(claim, sign)
        if found is not None:
            return found
    return None


def _proved(claim: Node, sign: int) -> Node | None:
    try:
        sums = Sums(claim)
        node = steps_of(sums, sums.difference(claim["left"], claim["right"], sign))
    except (Rejected, ArithmeticError, SyntaxError, ValueError):
        return None
    if node is None:
        return None
    claim = {**claim, "facts": _used(claim["facts"], [node])}
    found = {"claim": claim, "proof": {"rule": "sign", "sign": sign, "proof": node} if sign else node}
    return found if rejection(found) is None else None


def symbols_of(model: Model, parts: Iterable[Expr]) -> Node:
    """The symbols beside the sizes of a model in some expressions, and in the coefficients of forms."""
    found = {s.name for part in parts for s in part.free_symbols if isinstance(s, Symbol)}
    rvs = {rv for part in parts for rv in part.atoms(RV) if rv.form is not None}
    found |= {s.name for rv in rvs for term in rv.form.terms for s in term.coefficient.free_symbols}
    rest = sorted(found - {*model.names})
    return {"symbols": rest} if rest else {}


def _used(facts: Sequence[str], nodes: Iterable[Node]) -> list[str]:
    """The facts that some proofs use, and their steps renumbered in place."""
    steps = [step for node in nodes for step in node["steps"]]
    kept = sorted({step[1] for step in steps})
    for step in steps:
        step[1] = kept.index(step[1])
    return [facts[k] for k in kept]


def named(rvs: Iterable[RV], model: Model) -> dict[RV, str]:
    """A name for each random variable, its own where no other and no size has it."""
    names: dict[RV, str] = {}
    for rv in sorted(rvs, key=lambda rv: (rv.name, str(rv.form))):
        taken = {*names.values(), *model.names}
        name = rv.name if rv.name.isidentifier() else "X"
        names[rv] = next(n for n in (name, *(f"{name}{k}" for k in range(len(taken) + 1))) if n not in taken)
    return names


def _common_free(forms: Sequence[Form]) -> str | None:
    """The free letters of forms, by those of the first that has any; None where their numbers differ."""
    found = [form.free for form in forms if form.free]
    return None if len({len(free) for free in found}) > 1 else found[0] if found else ""


def form_text(form: Form, free: str) -> str:
    """A form as a sum of products, with the given names of its free letters.

    Examples
    --------
    >>> form_text(Form.parse("W_ik x_k", free="i", coefficient=2), "k")
    '2*W_ka*x_a'
    """
    terms = []
    for term in form.terms:
        letters = dict(zip(term.free, free, strict=False))
        used = {x for _, inner in term.factors for x in inner}
        spare = (x for x in "abcdefghijklmnopqrstuvwxyz" if x not in {*free, *used})
        for x in sorted(used - letters.keys()):
            letters[x] = next(spare) if x in free else x
        words = [f"{n}_{''.join(letters[x] for x in inner)}" if inner else n for n, inner in term.factors]
        coefficient = "" if term.coefficient == 1 else f"({sympy.sstr(term.coefficient)})"
        terms.append("*".join([*([coefficient] if coefficient or not words else []), *words]) or "1")
    text = " + ".join(terms)
    return re.sub(r"\((\w+)\)", r"\1", text)


def tensors_of(model: Model, texts: Iterable[str]) -> Node:
    """The tensors that some texts speak of with their lengths, and the facts about them."""
    known = {t.name: t for t in model.tensors}
    used, facts = _mentioned(" ".join(texts), known), []
    left = list(model.identities)
    while found := [f for f in left if _mentioned(f.split("=")[0], known) <= used]:
        facts += found
        left = [f for f in left if f not in found]
        used |= {name for f in found for name in _mentioned(f, known)}
    shapes = {name: [sympy.sstr(length) for length in known[name].shape] for name in known if name in used}
    return {"sizes": list(model.names), "tensors": shapes, "facts": [f for f in model.identities if f in facts]}


def _mentioned(text: str, known: Mapping[str, Any]) -> set[str]:
    words = re.findall(r"[A-Za-z]\w*", text)
    return {name for word in words for name in (word, word.rpartition("_")[0]) if name in known}


def steps_of(sums: Sums, difference: Sum) -> Node | None:
    """Steps that turn a difference into nothing, or None."""
    whole = sums.cleaned(difference)
    plain = {"rule": "steps", "steps": [], "orders": [_canonical(term, {})[1] for term in whole]}
    try:
        Sums.cancel(sums, whole, plain)
    except Rejected:
        pass
    else:
        return plain
    terms: list[Term | None] = [*whole]
    symmetric, steps, todo = _symmetric(sums), [], list(range(len(terms)))

    def use(place: int, fact: int, letters: dict[str, Letter]) -> range:
        steps.append([place, fact, letters])
        before = len(terms)
        sums.use(terms, place, fact, letters)
        return range(before, len(terms))

    while todo:
        place = todo.pop()
        term = terms[place]
        assert term is not None
        found = next(_rewrites(sums, term, symmetric), None)
        if found is None:
            continue
        if len(steps) > MOST_STEPS:
            return None
        turns, fact, letters = found
        for name, actual in turns:
            (place,) = use(place, symmetric[name], _as_in(sums, symmetric[name], actual))
        todo += use(place, fact, letters)
    for place in [k for k, term in enumerate(terms) if term is not None]:
        term = terms[place]
        assert term is not None
        for name, actual in _canonical(term, symmetric)[0]:
            (place,) = use(place, symmetric[name], _as_in(sums, symmetric[name], actual))
    orders = [_canonical(term, symmetric)[1] for term in terms if term is not None]
    return {"rule": "steps", "steps": steps, "orders": orders}


def _as_in(sums: Sums, fact: int, letters: Sequence[Letter]) -> dict[str, Letter]:
    """The letters of a fact about one factor at those of a factor in a term."""
    ((_, inner),) = sums.facts[fact][0][2]
    return {str(x): y for x, y in zip(inner, letters, strict=True)}


def _symmetric(sums: Sums) -> dict[str, int]:
    """The tensors that a fact says are symmetric, with that fact."""
    found = {}
    for place, (left, right, _) in enumerate(sums.facts):
        if len(left[2]) == len(right) == 1 and right[0][:2] == left[:2] and len(right[0][2]) == 1:
            (one, i), (two, j) = left[2][0], right[0][2][0]
            if one == two and len(i) == 2 and i == j[::-1] and i[0] != i[1]:
                found[one] = place
    return found


def _rewrites(
    sums: Sums, term: Term, symmetric: Mapping[str, int]
) -> Iterator[tuple[list[Any], int, dict[str, Letter]]]:
    """Uses of facts inside a term: first the factors to turn, then the fact and its letters."""
    occurrences = Counter(x for _, inner in term[2] for x in inner)
    for fact, (left, _, free) in enumerate(sums.facts):
        if fact in symmetric.values():
            continue
        own = Counter(x for _, inner in left[2] for x in inner)
        for turns, letters in _matches(left[2], term[2], {}, symmetric):
            bound = [letters[str(x)] for x in own if x not in free]
            alone = all(occurrences[letters[str(x)]] == own[x] for x in own if x not in free)
            if alone and all(isinstance(x, int) for x in bound) and len({*bound}) == len(bound):
                yield turns, fact, letters


def _matches(
    wanted: Sequence[Any], there: Sequence[Any], letters: dict[str, Letter], symmetric: Mapping[str, int]
) -> Iterator[tuple[list[Any], dict[str, Letter]]]:
    """The ways in which some factors of a fact occur among those of a term."""
    if not wanted:
        yield [], letters
        return
    (name, inner), *rest = wanted
    for place, (other, actual) in enumerate(there):
        for turned in (False, True) if name == other and name in symmetric else (False,) if name == other else ():
            new = dict(letters)
            if all(new.setdefault(x, y) == y for x, y in zip(inner, actual[::-1] if turned else actual, strict=True)):
                for turns, found in _matches(rest, [*there[:place], *there[place + 1 :]], new, symmetric):
                    yield ([(name, actual), *turns] if turned else turns), found


def _canonical(term: Term, symmetric: Mapping[str, int]) -> tuple[list[Any], list[Letter]]:
    """The factors to turn and an order of the summed letters, the same for all terms that differ by their names."""
    factors = term[2]
    where: dict[Letter, list[Any]] = {}
    for name, inner in factors:
        for place, x in enumerate(inner):
            others = sorted(str(y) for y in inner if isinstance(y, str))
            where.setdefault(x, []).append((name, 0 if name in symmetric else place, others))
    classes: dict[str, list[Letter]] = {}
    for x in where:
        if isinstance(x, int):
            classes.setdefault(str(sorted(where[x])), []).append(x)
    groups = [classes[key] for key in sorted(classes)]
    if prod(factorial(len(group)) for group in groups) > MOST_ORDERS:
        raise ValueError("too many equal letters")
    best: tuple[Any, list[Any], list[Letter]] | None = None
    for choice in product(*(permutations(group) for group in groups)):
        order = [x for part in choice for x in part]
        labels = {x: (0, k, "") for k, x in enumerate(order)} | {x: (1, 0, x) for x in where if isinstance(x, str)}
        key, turns = [], []
        for name, inner in factors:
            label = [labels[x] for x in inner]
            if name in symmetric and label != sorted(label):
                label.sort()
                turns.append((name, inner))
            key.append((name, label))
        key.sort()
        if best is None or key < best[0]:
            best = key, turns, order
    assert best is not None
    return best[1], best[2]
