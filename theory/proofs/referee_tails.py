"""Re-check proof objects of probabilities of tails: generating functions, exact tails, unions; nothing is searched.

A claim is ``{"kind": "tail", event, relation, bound, domain, laws}`` as in `referee_claims`; a law is a tree with a
family and its parameters as text, which the claim says are admitted. What an event says of a variable is read as
``{law, relation, at}``. A node has a rule, and in "asks" a proof for every relation that the rule needs.

chernoff: P(X ≥ t) ≤ E e^{λ(X−t)}, λ ≥ 0 in the domain of the generating function; strict where λ > 0 and X varies.
chebyshev: P(X ≤ E X − s) ≤ Var X/s². exact: the tail in closed form. outside: no value of the law is in the event. trivial: 0 ≤ P ≤ 1.
image: the event of an affine image, a square, a root, a maximum as one of what it is made of.
union: P(A ∪ B) ≤ P(A) + P(B); of a product RY with R ≥ 0, of n variables. complement: 1 − P.
given: with R ≤ a the tails of RY are at most those of aY. cases: the domain split at a point. closer: a larger event. put: a variable as c·u^k.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from .referee import rejection as relation_rejection
from .referee_ends import Rejected, need
from .referee_identities import rejection as moment_rejection

__all__ = [
    "Asked",
    "bijection",
    "cases",
    "check",
    "image",
    "less",
    "opposite",
    "parts",
    "put",
    "read_event",
    "rejection",
    "text_of",
    "value_of",
]

RESERVED = {"exp", "log", "sqrt", "erfc", "erf", "Phi", "cosh", "sinh", "tanh", "pi", "E", "oo"}
POSITIVE = {"chi-square", "gamma", "exponential", "poisson", "binomial", "uniform", "absolute", "root", "square"}

# The parameters of a family; a law may have a name besides, by which two uses of it are one variable.
KEYS = {
    "normal": {"mean", "variance"},
    "chi-square": {"dof"},
    "gamma": {"shape", "scale"},
    "exponential": {"rate"},
    "poisson": {"mean"},
    "binomial": {"n", "p"},
    "signs": {"n"},
    "normal products": {"n"},
    "uniform": {"low", "high"},
    "spacing": {"n"},
    "sphere coordinate": {"d"},
    "copies": {"of", "n"},
    "maximum": {"of", "n"},
    # The largest of n variables of one law, however dependent.
    "largest": {"of", "n"},
    "sum": {"of"},
    "masked": {"of", "p"},
    "mixture": {"of", "p", "else"},
    "ratio": {"of", "p", "n"},
    "affine": {"of", "scale", "shift"},
    "scaled": {"by", "of"},
    "dominated": {"by", "of"},
    "absolute": {"of"},
    "square": {"of"},
    "root": {"of"},
    "reciprocal": {"of"},
    # What has the sign of a variable.
    "sign": {"of"},
    # (P χ²_d + √(PN) χ_d Z)/d: of n independent squares of standard normals nP sums what a mask keeps, nN the rest; and
    # the same over P + N. "norm" names P + N, which all samples share.
    "masked pair": {"n", "p", "d", "norm"},
    "pair ratio": {"n", "p", "d"},
    # A sum over tensors, as a claim of `referee_identities` about one form without its two sides.
    "moments": {"of"},
}

Node = dict[str, Any]
Domain = dict[str, list[str]]

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def rejection(proof: Any) -> str | None:
    """Why a proof object is not accepted, or None when it proves its claim.

    Examples
    --------
    >>> event = {"value": "U", "relation": "<", "bound": "-1"}
    >>> claim = {"kind": "tail", "event": event, "relation": "<=", "bound": "0", "domain": {}}
    >>> claim["laws"] = {"U": {"family": "uniform", "low": "0", "high": "1"}}
    >>> rejection({"claim": claim, "proof": {"rule": "guess"}})
    "a rule 'guess'"
    """
    try:
        claim = proof["claim"]
        need(claim.keys() == {"kind", "event", "relation", "bound", "domain", "laws"}, "what a claim has")
        need(claim["relation"] in OPPOSITE and not RESERVED & claim["domain"].keys(), "the claim")
        domain = {str(name): [str(part) for part in ends] for name, ends in claim["domain"].items()}
        need(all(law.get("name", name) == name for name, law in claim["laws"].items()), "two names of one variable")
        event = read_event(claim["event"], {text_of(name): law for name, law in claim["laws"].items()})
        check(event, claim["relation"], claim["bound"], domain, proof["proof"], Asked)
    except Rejected as error:
        return str(error)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, SyntaxError, StopIteration) as error:
        return f"malformed: {error!r}"
    except (ZeroDivisionError, OverflowError, RecursionError) as error:
        return f"no value: {error!r}"
    return None


def text_of(text: str) -> str:
    """An expression in one way of writing it."""
    return ast.unparse(ast.parse(text, mode="eval").body)


def _(text: str) -> str:
    """An expression in parentheses, whatever its text."""
    return f"({text_of(text)})"


def read_event(event: Any, laws: Node) -> Node:
    """An event with the laws of its variables."""
    if isinstance(event, dict):
        law = _law(ast.parse(event["value"], mode="eval").body, laws)
        return {"law": law, "relation": event["relation"], "at": event["bound"]}
    if event[0] in ("some", "every"):
        return {event[0]: read_event(event[2], laws), "of": event[1]}
    need(event[0] in ("any", "all", "given"), "the word of an event")
    return {event[0]: [read_event(one, laws) for one in event[1:]]}


def _law(value: ast.expr, laws: Node) -> Node:
    """The law of an expression of one random variable."""
    text = ast.unparse(value)
    if text in laws:
        return _known(laws[text])
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("Abs", "sqrt") and len(value.args) == 1:
        of = _law(value.args[0], laws)
        if ast.unparse(value.func) == "sqrt":
            return {"family": "root", "of": of}
        if of["family"] in ("scaled", "dominated"):
            return {**of, "of": {"family": "absolute", "of": of["of"]}}
        return {"family": "absolute", "of": of}
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        return {"family": "affine", "of": _law(value.operand, laws), "scale": "-1", "shift": "0"}
    need(isinstance(value, ast.BinOp), f"the law of {text}")
    assert isinstance(value, ast.BinOp)
    left, right = (_random(side, laws) for side in (value.left, value.right))
    need(left != right, f"one random side in {text}")
    of, other = _law(value.left if left else value.right, laws), _(ast.unparse(value.right if left else value.left))
    if isinstance(value.op, ast.Pow):
        need(left and other in ("(2)", "(-2)"), f"the law of {text}")
        square = {"family": "square", "of": of}
        return square if other == "(2)" else {"family": "reciprocal", "of": square}
    if isinstance(value.op, ast.Add | ast.Sub):
        minus = isinstance(value.op, ast.Sub)
        scale, shift = "-1" if minus and right else "1", f"-{other}" if minus and left else other
        return {"family": "affine", "of": of, "scale": scale, "shift": shift}
    need(isinstance(value.op, ast.Mult) or (isinstance(value.op, ast.Div) and left), f"the law of {text}")
    return {
        "family": "affine",
        "of": of,
        "scale": other if isinstance(value.op, ast.Mult) else f"1/{other}",
        "shift": "0",
    }


def _known(law: Node) -> Node:
    """A law with the parameters of its family, and no others."""
    need(law.keys() - {"family", "name"} == KEYS[law["family"]], f"the parameters of {law['family']!r}")
    for part in law.values() if law["family"] != "moments" else ():
        for inner in part if isinstance(part, list) else [part]:
            if isinstance(inner, dict):
                _known(inner)
    return law


def _random(value: ast.expr, laws: Node) -> bool:
    return any(ast.unparse(node) in laws for node in ast.walk(value) if isinstance(node, ast.expr))


def opposite(event: Node) -> Node:
    """What happens exactly when an event does not."""
    if "law" in event:
        return {**event, "relation": OPPOSITE[event["relation"]]}
    if "given" in event:
        return {"given": [opposite(event["given"][0]), event["given"][1]]}
    turned = {"any": "all", "all": "any", "some": "every", "every": "some"}
    (word,) = event.keys() & turned.keys()
    if word in ("some", "every"):
        return {turned[word]: opposite(event[word]), "of": event["of"]}
    return {turned[word]: [opposite(one) for one in event[word]]}


def less(bound: str) -> str:
    """1 − bound; what is left of ``1 - a - b`` is ``a + b``."""

    def terms(node: ast.expr, sign: int) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield from terms(node.left, sign)
            yield from terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)
        else:
            yield sign, ast.unparse(node)

    found = list(terms(ast.parse(bound, mode="eval").body, 1))
    if (1, "1") not in found:
        return f"1 - ({text_of(bound)})"
    found.remove((1, "1"))
    return text_of(" + ".join(f"({text})" if sign < 0 else f"(-({text}))" for sign, text in found) or "0")


def _names(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Name)}


class Asked:
    """Relations that a rule needs, proved by the nodes at hand in turn."""

    def __init__(self, domain: Domain, node: Node) -> None:
        self.domain, self.proofs = domain, iter(node.get("asks", ()))

    def claim(self, left: str, relation: str, right: str) -> Node:
        """The relation as a claim, with what its variables range over."""
        used, known = _names(left) | _names(right), set()
        while new := (used & self.domain.keys()) - known:
            known |= new
            used |= {n for name in new for end in self.domain[name][:2] for n in _names(end)}
        ends = {name: self.real(ends) for name, ends in self.domain.items() if name in known}
        return {"left": left, "relation": relation, "right": right, "domain": ends}

    def real(self, ends: list[str]) -> list[str]:
        """The reals between the ends of a domain of integers."""
        return ends if ends[2] != "integers" else [*ends[:2], "left" if ends[1] == "oo" else "both"]

    def __call__(self, left: str, relation: str, right: str) -> None:
        if relation == "<=" and left == right:
            return
        why = relation_rejection({"claim": self.claim(left, relation, right), "proof": next(self.proofs)})
        need(why is None, f"{left} {relation} {right}: {why}")


class _Multiplier:
    """λ as an expression, as log w, or as (1 − 1/w)/2, times a scale."""

    def __init__(self, form: str, w: str, scale: str = "") -> None:
        need(form in ("plain", "log", "tilt"), "the form of a multiplier")
        self.form, self.w, self.scale = form, _(w), scale
        value = {"plain": self.w, "log": f"log{self.w}", "tilt": f"((1 - 1/{self.w})/2)"}[form]
        self.value = f"({value}*{scale})" if scale else value

    @property
    def exponential(self) -> str:
        """e^λ."""
        if self.form != "log":
            return f"exp({self.value})"
        return f"{self.w}**{self.scale}" if self.scale else self.w

    def sign(self, ask: Asked, upper: bool, strict: bool) -> None:
        """Ask that λ is not negative, or not positive; and not 0 where it must not be."""
        neutral = "0" if self.form == "plain" else "1"
        if self.form != "plain" and not upper:
            ask("0", "<", self.w)
        ask(*((neutral, "<" if strict else "<=", self.w) if upper else (self.w, "<" if strict else "<=", neutral)))


def _generating(law: Node, lam: _Multiplier, by: str, ask: Asked, strict: bool) -> tuple[str, str]:
    """log E e^{λX} or a bound of it, and its exponential; asks for λ in the domain, and for X not constant."""
    family, at = law["family"], lam.value
    if family == "normal":
        mean, variance = _(law["mean"]), _(law["variance"])
        ask("0", "<" if strict else "<=", variance)
        found = f"({mean}*{at} + {variance}*{at}**2/2)"
    elif family == "chi-square":
        k = _(law["dof"])
        ask("0", "<" if strict else "<=", k)
        if lam.form == "tilt" and not lam.scale:
            ask("0", "<", lam.w)
            return f"({k}/2*log{lam.w})", f"{lam.w}**({k}/2)"
        ask(f"2*{at}", "<", "1")
        return f"(-{k}/2*log(1 - 2*{at}))", f"(1 - 2*{at})**(-{k}/2)"
    elif family == "poisson":
        ask("0", "<" if strict else "<=", _(law["mean"]))
        found = f"({_(law['mean'])}*({lam.exponential} - 1))"
    elif family == "binomial":
        n, p = _(law["n"]), _(law["p"])
        ask("0", "<" if strict else "<=", n)
        ask("0", "<" if strict else "<=", p)
        ask(p, "<" if strict else "<=", "1")
        if by == "exact":
            inner = f"(1 - {p} + {p}*{lam.exponential})"
            return f"({n}*log{inner})", f"{inner}**{n}"
        # Hoeffding's lemma for values in [0, 1]; 1 + u ≤ e^u.
        need(by in ("hoeffding", "poisson"), "a bound of a generating function")
        found = f"({n}*({p}*{at} + {at}**2/8))" if by == "hoeffding" else f"({n}*{p}*({lam.exponential} - 1))"
    elif family == "normal products":
        ask("0", "<" if strict else "<=", _(law["n"]))
        ask(f"{at}**2", "<", "1")
        return f"(-{_(law['n'])}/2*log(1 - {at}**2))", f"(1 - {at}**2)**(-{_(law['n'])}/2)"
    elif family == "copies":
        ask("0", "<" if strict else "<=", _(law["n"]))
        log, plain = _generating(law["of"], lam, by, ask, strict)
        return f"({_(law['n'])}*{log})", f"({plain})**{_(law['n'])}"
    elif family == "sum":
        parts = [_generating(part, lam, by, ask, strict) for part in law["of"]]
        return f"({' + '.join(p[0] for p in parts)})", f"({'*'.join(p[1] for p in parts)})"
    elif family in ("masked", "mixture"):
        p = _(law["p"])
        ask("0", "<" if strict else "<=", p)
        ask(p, "<=", "1")
        rest = f"*{_generating(law['else'], lam, by, ask, strict)[1]}" if family == "mixture" else ""
        inner = f"((1 - {p}){rest} + {p}*{_generating(law['of'], lam, by, ask, strict)[1]})"
        return f"log{inner}", inner
    else:
        of, scale, shift, _sign = _affine(law)
        if strict:
            ask("0", "<", f"{scale}**2")
        inner_lam = _Multiplier(lam.form, lam.w, f"({lam.scale}*{scale})" if lam.scale else scale)
        log, plain = _generating(of, inner_lam, by, ask, strict)
        return f"({log} + {at}*{shift})", f"({plain}*exp({at}*{shift}))"
    return found, f"exp{found}"


def _exponent(event: Node, node: Node, ask: Asked, strict: bool) -> str:
    """log E e^{λX} − λt, or a bound of it, for a λ of the right sign."""
    law, t, upper = event["law"], _(event["at"]), event["relation"] in (">", ">=")
    if node["multiplier"] == "best":
        # λ = (t − mean)/variance
        need(law["family"] == "normal", "the best multiplier")
        mean, variance = _(law["mean"]), _(law["variance"])
        ask("0", "<", variance)
        ask(*((mean, "<" if strict else "<=", t) if upper else (t, "<" if strict else "<=", mean)))
        return f"-({t} - {mean})**2/(2*{variance})" if mean != "(0)" else f"-{t}**2/(2*{variance})"
    lam = _Multiplier(node["multiplier"], node["w"])
    lam.sign(ask, upper, strict)
    return f"{_generating(law, lam, node['by'], ask, strict)[0]} - {lam.value}*{t}"


def _affine(law: Node) -> tuple[Node, str, str, int]:
    """A law as scale·Y + shift: Y, scale, shift, and the sign of the scale where it is known."""
    family = law["family"]
    if family == "affine":
        return law["of"], _(law["scale"]), _(law["shift"]), 0
    if family == "gamma":
        return {"family": "chi-square", "dof": f"2*{_(law['shape'])}"}, f"({_(law['scale'])}/2)", "0", 0
    if family == "exponential":
        return {"family": "chi-square", "dof": "2"}, f"(1/(2*{_(law['rate'])}))", "0", 0
    need(family == "signs", f"the family {family!r}")
    return {"family": "binomial", "n": law["n"], "p": "1/2"}, "2", f"(-{_(law['n'])})", 1


def _exact(law: Node, relation: str, at: str, ask: Asked) -> tuple[str, bool]:
    """The probability of a tail in closed form, or a bound of it; and whether it is one."""
    family, upper, t = law["family"], relation in (">", ">="), _(at)
    if family == "normal":
        ask("0", "<", _(law["variance"]))
        far = f"({t} - {_(law['mean'])})" if upper else f"({_(law['mean'])} - {t})"
        return f"erfc({far}/sqrt(2*{_(law['variance'])}))/2", True
    if family == "absolute" and law["of"]["family"] == "normal" and law["of"]["mean"] == "0":
        ask("0", "<=", t)
        ask("0", "<", _(law["of"]["variance"]))
        tail = f"erfc({t}/sqrt(2*{_(law['of']['variance'])}))"
        return tail if upper else f"1 - {tail}", True
    if family == "exponential":
        ask("0", "<=", t)
        return f"exp(-{_(law['rate'])}*{t})" if upper else f"1 - exp(-{_(law['rate'])}*{t})", True
    if family == "uniform":
        low, high = _(law["low"]), _(law["high"])
        ask(low, "<=", t)
        ask(t, "<=", high)
        return f"({high} - {t})/({high} - {low})" if upper else f"({t} - {low})/({high} - {low})", True
    if family == "spacing" and upper:
        # One of the n + 1 gaps that n uniform points leave.
        ask("0", "<=", t)
        ask(t, "<=", "1")
        return f"(1 - {t})**{_(law['n'])}", True
    if family == "sphere coordinate" and upper:
        # Z/sqrt(Z² + V), V chi-square with d − 1 degrees: P(Z ≥ s·sqrt(V)) ≤ E e^{−s²V/2}/2 at s² = t²/(1 − t²).
        ask("0", "<=", t)
        ask(t, "<", "1")
        return f"(1 - {t}**2)**(({_(law['d'])} - 1)/2)/2", False
    if family == "copies" and law["of"]["family"] == "masked" and not upper:
        # A sum of what is positive where a mask is 1.
        need(law["of"]["of"] == {"family": "chi-square", "dof": "1"}, "a sum that vanishes")
        ask(t, "<=", "0")
        return f"(1 - {_(law['of']['p'])})**{_(law['n'])}", True
    need(family == "maximum" and not upper, f"the tail of {family!r} in closed form")
    inner, exact = _exact(law["of"], relation, at, ask)
    need(exact, "a power of a bound")
    return f"({inner})**{_(law['n'])}", True


def _outside(law: Node, relation: str, at: str, ask: Asked) -> None:
    """Ask that a threshold lies beyond the support of a law."""
    while law["family"] in ("maximum", "largest"):
        law = law["of"]
    family = law["family"]
    if relation in (">", ">="):
        top = {"binomial": law.get("n"), "sphere coordinate": "1", "uniform": law.get("high"), "spacing": "1"}[family]
        ask(_(top), "<" if relation == ">=" else "<=", _(at))
        return
    need(family in POSITIVE, "a law that is bounded below")
    # A law with a density does not reach its end.
    open_end = family in ("chi-square", "gamma", "exponential", "uniform")
    ask(_(at), "<" if relation == "<=" and not open_end else "<=", _(law.get("low", "0")))


def image(event: Node, node: Node, ask: Asked) -> Node:
    """An event of a function of a variable as one of the variable."""
    if "some" in event:
        return {**event, "some": image(event["some"], node, ask)}
    law, relation, t = event["law"], event["relation"], _(event["at"])
    family, upper = law["family"], relation in (">", ">=")
    if family in ("square", "root"):
        ask("0", "<=", t)
        of = {"family": "absolute", "of": law["of"]} if family == "square" else law["of"]
        return {"law": of, "relation": relation, "at": f"sqrt{t}" if family == "square" else f"{t}**2"}
    if family == "masked pair":
        norm = {"family": "affine", "of": {"family": "chi-square", "dof": law["n"]}, "scale": f"1/{_(law['n'])}"}
        by = {**norm, "shift": "0", "name": law["norm"]}
        ratio = {"family": "pair ratio", **{k: law[k] for k in ("n", "p", "d")}}
        return {**event, "law": {"family": "scaled", "by": by, "of": ratio}}
    if family == "sign":
        need(t == "(0)", "a threshold other than 0")
        return {**event, "law": law["of"]}
    if family == "reciprocal":
        # Of what is not negative, and +∞ where that is 0.
        need(law["of"]["family"] in POSITIVE, "the reciprocal of what has a sign")
        ask("0", "<", t)
        return {"law": law["of"], "relation": MIRROR[relation], "at": f"1/{t}"}
    if family == "ratio":
        # A/B ≤ t where A − tB ≤ 0: over a mask, A sums what is kept and B the rest; t > 0.
        need(not upper, "a large ratio")
        ask("0", "<", t)
        other = {"family": "affine", "of": law["of"], "scale": f"-{t}", "shift": "0"}
        mixed = {"family": "mixture", "p": law["p"], "of": law["of"], "else": other}
        return {"law": {"family": "copies", "of": mixed, "n": law["n"]}, "relation": relation, "at": "0"}
    if family == "absolute":
        need(upper, "an event on one side")
        other = {"law": law["of"], "relation": MIRROR[relation], "at": f"-{t}"}
        return {"any": [{"law": law["of"], "relation": relation, "at": event["at"]}, other]}
    if family in ("maximum", "largest"):
        need(upper, "an event of all")
        return {"some": {**event, "law": law["of"]}, "of": law["n"]}
    of, scale, shift, sign = _affine(law)
    ask(*(("0", "<", scale) if node["sign"] == 1 else (scale, "<", "0")))
    turned = relation if node["sign"] == 1 else MIRROR[relation]
    return {"law": of, "relation": turned, "at": f"({t} - {shift})/{scale}"}


def parts(event: Node, node: Node, ask: Asked) -> tuple[list[Node], list[str]]:
    """Events whose union holds an event, and how often each counts."""
    if "some" in event and "scale" in node:
        # One scale for all samples.
        inner, counts = parts(event["some"], node, ask)
        need("law" in event["some"] and _one_variable(event["some"]["law"]["by"]), "a scale that is shared")
        return [inner[0], {**event, "some": inner[1]}], counts
    if "some" in event:
        ask("0", "<", _(event["of"]))
        return [event["some"]], [_(event["of"])]
    if event.get("law", {}).get("family") == "absolute":
        inner = event["law"]["of"]
        need(symmetric(inner) and event["relation"] in (">", ">="), "two tails alike")
        return [{**event, "law": inner}], ["2"]
    given = event["given"][1] if "given" in event else None
    event = event["given"][0] if given else event
    events = list(event["any"]) if "any" in event else [event]
    if "scale" not in node:
        need("any" in event, "an event of several")
        return events, ["1"] * len(events)
    # RY ≤ t only where R ≤ a or Y ≤ t/a, and RY > t > 0 only where R > a or Y > t/a; one R may be shared. RY ≤ 0 only
    # where R ≤ 0 or Y ≤ 0.
    a, by = _(node["scale"]), events[0]["law"]["by"]
    lower = events[0]["relation"] in ("<", "<=")
    need(len(events) == 1 or (not lower and _one_variable(by)), "a scale that is shared")
    null = lower and a == "(0)"
    if not null:
        ask("0", "<", a)
    if not lower:
        _not_negative(by, ask)
    found = [{"law": by, "relation": events[0]["relation"], "at": node["scale"]}]
    for one in events:
        law, t = one["law"], _(one["at"])
        need(law["family"] in ("scaled", "dominated") and law["by"] == by, "the same scale")
        need((one["relation"] in ("<", "<=")) == lower, "the side of a tail")
        need(not lower or law["family"] == "scaled", "a lower tail of what is dominated")
        if null:
            ask(t, "<=", "0")
        else:
            ask("0", "<=" if lower else "<", t)
        found.append({**one, "law": law["of"], "at": "0" if null else f"{t}/{a}"})
    if given:
        need(not lower and given["relation"] in ("<", "<="), "a scale that is bounded")
        ask(_reached(by, given, ask), "<=", a)
        found = found[1:]
    return found, ["1"] * len(found)


def symmetric(law: Node) -> bool:
    """Whether a law is symmetric about 0."""
    if law["family"] == "affine":
        return text_of(law["shift"]) == "0" and symmetric(law["of"])
    return law["family"] == "normal products" or (law["family"] == "normal" and text_of(law["mean"]) == "0")


def _one_variable(law: Node) -> bool:
    """Whether a law is that of a function of one variable with a name."""
    while law["family"] in ("root", "affine") and "name" not in law:
        law = law["of"]
    return "name" in law


def _not_negative(law: Node, ask: Asked) -> None:
    """Ask that a law has no values below 0."""
    if law["family"] in ("copies", "masked"):
        return _not_negative(law["of"], ask)
    if law["family"] == "affine":
        ask("0", "<=", _(law["scale"]))
        ask("0", "<=", _(law["shift"]))
        return _not_negative(law["of"], ask)
    need(law["family"] in POSITIVE - {"uniform"}, "a scale that may be negative")


def _reached(law: Node, given: Node, ask: Asked) -> str:
    """What an increasing function of a variable is at most where the variable is."""
    if law == given["law"]:
        need("name" in law, "what is given")
        return _(given["at"])
    if law["family"] == "root":
        return f"sqrt({_reached(law['of'], given, ask)})"
    need(law["family"] == "affine", "a function of what is given")
    ask("0", "<", _(law["scale"]))
    return f"({_reached(law['of'], given, ask)}*{_(law['scale'])} + {_(law['shift'])})"


def put(part: Any, name: str, value: str) -> Any:
    """Everything that is text, with an expression in the place of a variable."""
    if isinstance(part, dict) and part.get("family") == "moments":
        need(name not in part["of"]["sizes"], "a size in a sum over tensors")
        return part
    if isinstance(part, dict):
        return {k: v if k in ("family", "relation", "name", "norm") else put(v, name, value) for k, v in part.items()}
    if isinstance(part, list):
        return [put(inner, name, value) for inner in part]

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse(value, mode="eval").body if node.id == name else node

    if not isinstance(part, str) or part in ("oo", "-oo"):
        return part
    return ast.unparse(Put().visit(ast.parse(part, mode="eval").body))


def bijection(step: Node, domain: Domain, ask: Asked) -> Domain:
    """The domain of u where a variable that is not negative is c·u^k, or c·u^k/(1 − u); c > 0, k a positive rational."""
    name, new, factor, power = step["of"], step["new"], _(step["factor"]), Fraction(step["power"])
    low, high, closed = domain[name]
    rest = {other: ends for other, ends in domain.items() if other != name}
    need(new.isidentifier() and new not in domain and new not in RESERVED and power > 0, "a name in use")
    need(closed in ("", "left", "right", "both") and name not in _names(factor), "a variable")
    need(all(name not in _names(end) for ends in rest.values() for end in ends[:2]), "an end that moves")
    ask.domain = rest
    ask("0", "<", factor)
    if text_of(low) == text_of(step["factor"]):
        if step.get("over"):
            least = Fraction(step["from"])
            need(0 < least < 1 and least.denominator < 100 and least**power <= 1 - least, "where u^k/(1 - u) is 1")
            return {new: [str(least), "1", "left"], **rest}
        need(power == 1, "a power of what is at least 1")
        return {new: ["1", "oo" if high == "oo" else f"{_(high)}/{factor}", closed], **rest}
    if step.get("over"):
        need(Fraction(low) > 0 or closed in ("", "right"), "a variable that may be 0")
        return {new: ["0", "1", ""], **rest}
    need(Fraction(low) >= 0, "a variable that may be negative")
    end = "oo" if high == "oo" else f"({_(high)}/{factor})**(1/({power}))"
    return {new: ["0", end, closed if low == "0" or closed in ("left", "both") else "left"], **rest}


def value_of(step: Node) -> str:
    """What is put in the place of a variable."""
    value = f"{_(step['factor'])}*{step['new']}**({Fraction(step['power'])})"
    return f"{value}/(1 - {step['new']})" if step.get("over") else value


def cases(step: Node, domain: Domain) -> Iterator[tuple[Domain, str | None, str]]:
    """The domain below a point, at it and above it; the point may be an expression in the other variables."""
    name, at = step["of"], step["at"]
    low, high, closed = domain[name]
    rest = {other: ends for other, ends in domain.items() if other != name}
    need(name not in _names(at) and all(name not in _names(e) for ends in rest.values() for e in ends[:2]), "a point")
    need(closed in ("", "left", "right", "both"), "the ends of an interval")
    below, above = "left" * (closed in ("left", "both")), "right" * (closed in ("right", "both"))
    yield {name: [low, at, below], **rest}, None, "below"
    yield rest, at, "point"
    yield {name: [at, high, above], **rest}, None, "above"


def _moments(law: Node, node: Node, domain: Domain) -> None:
    """The mean and the variance of a sum over tensors, as the referee of such sums accepts them."""
    need(law["family"] == "moments", "a law with moments")
    about = law["of"]
    (form,) = about["forms"]
    need(not {"kind", "left", "right"} & about.keys() and set(about["sizes"]) <= domain.keys(), "a sum over tensors")
    for head, side, proof in zip(("E", "Var"), ("mean", "variance"), node["moments"], strict=True):
        claim = {**about, "kind": "moment", "left": f"{head}({form})", "right": node[side]}
        why = moment_rejection({"claim": claim, "proof": proof})
        need(why is None, f"the {side}: {why}")


def _transfer(event: Node, relation: str, b: str, node: Node, ask: Asked) -> None:
    """P(Q ≤ 0) ≤ 2^{−n−1} + ½ E u^{d/2}, u = N/(P + N), for a masked pair.

    Given u, Q ≤ 0 where a normal variable is below −√(1/u − 1) χ_d: at most u^{d/2}/2 but for P = 0, and
    that for any smaller d. With v = 1 + T³, u^{d/2} ≤ v^{−d/2} (1 − (d/n)(uv − 1))^{−n/2} by log x ≤ x − 1. That is a mean of exp(λ(N − u* P − u* N)) over
    P + N, which is independent of u; so E u^{d/2} is at most v^{−d/2} times a generating function.
    """
    law = event["law"]
    need(law["family"] == "masked pair" and text_of(law["p"]) == "1 / 2" and event["relation"] in ("<", "<="), "a pair")
    n, d, tilt = _(law["n"]), _(node["size"]), _(node["tilt"])
    first, last = _(node["first"]), _(node["last"])
    ask(_(event["at"]), "<=", "0")
    for positive in (n, d, tilt):
        ask("0", "<", positive)
    ask(d, "<=", _(law["d"]))
    ask(f"{d}/{n}*{tilt}**3", "<", "1")
    mean = f"((1 + {d}/{n})**(-1/2) + (1 - {d}/{n}*{tilt}**3)**(-1/2))/2"
    ask(f"-{d}/2*log(1 + {tilt}**3) + {n}*log({mean})", "<=", first)
    ask(first, "<=", last)
    if node["half"] is True:
        ask(f"(1/2)**({n} + 1) + exp{last}/2", relation, b)
    else:
        ask(f"-{n}*log(2)", "<=", last)
        ask(f"exp{last}", relation, b)


def _tangent(event: Node, relation: str, b: str, node: Node, ask: Asked) -> None:
    """P(Q ≤ tS) ≤ e^{−s c} M^s for a pair ratio and any s ≤ n, d, where M = E exp(κ(u − v)·(P + N)) of one square.

    Given ρ = P/S, P(Q ≤ tS) ≤ exp(d(σt − log(1 + 2σρ − σ²ρ(1 − ρ))/2)) for every σ ≥ 0, which cells of ρ show to be at
    most exp(−d(c + κ(ρ − r))). Then e^{sκ(u − v)} ≤ (1 − 2sκ(u − v)/n)^{−n/2}, u = 1 − ρ, v = 1 − r, is a mean over S,
    which is independent of ρ; and n log E e^{(c/n)Y} falls in n.
    """
    law, t, s = event["law"], _(event["at"]), _(node["size"])
    need(law["family"] == "pair ratio" and text_of(law["p"]) == "1 / 2" and event["relation"] in ("<", "<="), "a ratio")
    ask("0", "<", s)
    for size in (law["n"], law["d"]):
        ask(s, "<=", _(size))
    cost, slope, r = (Fraction(node[k]) for k in ("cost", "slope", "at"))
    need(0 < r < 1 and slope >= 0 and 2 * slope * r < 1, "a tangent")
    domain, here = ask.domain, Fraction(0)
    need("ratio" not in domain, "a name in use")
    for end, sigma in ((Fraction(a), Fraction(b)) for a, b in node["cells"]):
        need(end > here and sigma >= 0, "cells that meet")
        ask.domain = {"ratio": [str(here), str(end), "both"], **domain}
        inside = f"(1 + 2*({sigma})*ratio - ({sigma})**2*ratio*(1 - ratio))"
        line = f"({cost}) + ({slope})*(ratio - ({r}))"
        if sigma:
            ask("0", "<", inside)
            ask(f"({sigma})*{t} - log{inside}/2 + {line}", "<=", "0")
        else:
            ask(line, "<=", "0")
        here = end
    need(here == 1, "cells that cover the ratio")
    ask.domain = domain
    mean = f"((1 + {2 * slope * (1 - r)})**(-1/2) + (1 - {2 * slope * r})**(-1/2))/2"
    ask(f"exp({s}*(log({mean}) - ({cost})))", relation, b)


def check(event: Node, relation: str, bound: str, domain: Domain, node: Node, asked: Callable[..., Asked]) -> None:
    """Follow one rule, and the nodes below it."""
    rule, ask, b = node["rule"], asked(domain, node), _(bound)
    if rule == "cases":
        for part, at, key in cases(node, domain):
            here = (event, bound) if at is None else (put(event, node["of"], at), put(bound, node["of"], at))
            check(here[0], relation, here[1], part, node[key], asked)
    elif rule == "put":
        value = value_of(node)
        inside = bijection(node, domain, ask)
        check(put(event, node["of"], value), relation, put(bound, node["of"], value), inside, node["proof"], asked)
    elif rule == "closer":
        upper, at = event["relation"] in (">", ">="), _(node["at"])
        ask(*((at, "<=", _(event["at"])) if upper else (_(event["at"]), "<=", at)))
        check({**event, "at": node["at"]}, relation, bound, domain, node["proof"], asked)
    elif rule == "turned":
        # low ≤ x < y is x ≥ low and y > x.
        name, (low, other, closed) = node["of"], domain[node["of"]]
        need(other in domain and closed in ("", "left"), "an end that is a variable")
        need(all(other not in _names(end) for k, ends in domain.items() if k != name for end in ends[:2]), "one end")
        need(domain[other][1] == "oo", "a variable without an upper end")
        turned = {other: [name, "oo", ""], **{k: ends for k, ends in domain.items() if k != other}}
        turned[name] = [low, "oo", closed]
        check(event, relation, bound, turned, node["proof"], asked)
    elif rule == "complement":
        check(opposite(event), MIRROR[relation], less(bound), domain, node["proof"], asked)
    elif rule == "image":
        check(image(event, node, ask), relation, bound, domain, node["proof"], asked)
    elif rule == "exact":
        found, exact = _exact(event["law"], event["relation"], event["at"], ask)
        need(exact or relation in ("<", "<="), "a bound on the other side")
        ask(found, relation, b)
    elif rule == "symmetric":
        # A law that is symmetric about its mean lies on either side of it with probability 1/2 at least.
        law, upper = event["law"], event["relation"] in (">", ">=")
        need(law["family"] in ("normal", "binomial") and event["relation"] in ("<=", ">="), "a symmetric law")
        need(law["family"] == "normal" or text_of(law["p"]) == "1 / 2", "a symmetric law")
        mean = _(law["mean"]) if law["family"] == "normal" else f"{_(law['n'])}/2"
        ask(*((_(event["at"]), "<=", mean) if upper else (mean, "<=", _(event["at"]))))
        need(relation in (">", ">="), "a bound from below")
        ask("1/2", relation, b)
    elif rule == "trivial":
        ask("1" if relation in ("<", "<=") else "0", relation, b)
    else:
        need(relation in ("<", "<="), f"a rule {rule!r}")
        if rule == "outside":
            _outside(event["law"], event["relation"], event["at"], ask)
            ask("0", relation, b)
        elif rule == "chebyshev":
            mean, variance = (_(node[side]) for side in ("mean", "variance"))
            _moments(event["law"], node, domain)
            low, high = (_(event["at"]), mean) if event["relation"] in ("<", "<=") else (mean, _(event["at"]))
            ask(low, "<", high)
            ask("0", relation, f"{b} - {variance}/({high} - {low})**2")
        elif rule == "transfer":
            _transfer(event, relation, b, node, ask)
        elif rule == "tangent":
            _tangent(event, relation, b, node, ask)
        elif rule == "chernoff":
            strict = node["strict"] is True
            exponent = _exponent(event, node, ask, strict)
            ask(f"exp({exponent})", "<=" if strict else relation, b)
        else:
            need(rule in ("union", "weaker"), f"a rule {rule!r}")
            found, counts = parts(event, node, ask) if rule == "union" else ([event], ["1"])
            total = []
            for part, count, one in zip(found, counts, node["parts"], strict=True):
                need(one["relation"] in ("<", "<="), "a bound from above")
                check(part, one["relation"], one["bound"], domain, one["proof"], asked)
                total.append(_(one["bound"]) if count == "1" else f"{count}*{_(one['bound'])}")
            strict = any(one["relation"] == "<" for one in node["parts"])
            if "given" in event and node.get("strict") is True:
                # R < a but for a null set, and the tails of aY are those of a density that is positive everywhere.
                bare = [one["law"]["of"] if one["law"]["family"] == "absolute" else one["law"] for one in found]
                need(all(law["family"] == "normal" for law in bare), "a strict tail")
                need(event["given"][1]["law"]["family"] == "chi-square", "a null set")
                strict = True
            ask(" + ".join(total), "<=" if strict else relation, b)
