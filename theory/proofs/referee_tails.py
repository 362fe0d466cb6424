"""Re-check proof objects of probabilities of tails: generating functions, exact tails, unions; nothing is searched.

A claim is ``{"kind": "tail", event, relation, bound, domain, laws}`` as in `referee_claims`, with laws as in
`referee_laws`. What an event says of a variable is read as ``{law, relation, at}``. A node has a rule, and in "asks" a
proof for every relation that the rule needs.

chernoff: P(X ≥ t) ≤ E e^{λ(X−t)}, λ ≥ 0 in the domain of the generating function; strict where λ > 0 and X varies.
chebyshev: P(X ≤ E X − s) ≤ Var X/s². exact: the tail in closed form. outside: beyond the support. trivial: 0 ≤ P ≤ 1.
symmetric: either side of the mean. image: the event of an image as one of what it is made of. union: P(A ∪ B) ≤ P(A) +
P(B); of RY with R ≥ 0, of n variables, of two tails. given: with R ≤ a the tails of RY are at most those of aY.
count: given how many are kept. complement: 1 − P. weaker: a larger bound. closer: a larger event. cases: the domain
split at a point. put: a variable as c·u^k or c·u^k/(1 − u). turned: x < y as y > x. transfer, tangent, pieces: masked
pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from .referee import RESERVED, names_of
from .referee_ends import judged, need
from .referee_identities import rejection as moment_rejection
from .referee_laws import (
    MIRROR,
    SQUARE,
    Asked,
    affine,
    apart,
    exact_tail,
    exponent,
    expressions,
    less,
    not_negative,
    opposite,
    outside,
    par,
    put,
    read_event,
    text_of,
    variables,
)

__all__ = [
    "bijection",
    "cases",
    "check",
    "counted",
    "half",
    "image",
    "parts",
    "pieces",
    "rejection",
    "symmetric",
    "value_of",
]

Node = dict[str, Any]
Domain = dict[str, list[str]]


@judged
def rejection(proof: Any) -> None:
    """Why a proof object is not accepted, or None when it proves its claim.

    Examples
    --------
    >>> event = {"value": "U", "relation": "<", "bound": "-1"}
    >>> claim = {"kind": "tail", "event": event, "relation": "<=", "bound": "0", "domain": {}}
    >>> claim["laws"] = {"U": {"family": "uniform", "low": "0", "high": "1"}}
    >>> rejection({"claim": claim, "proof": {"rule": "guess"}})
    "a rule 'guess'"
    """
    claim = proof["claim"]
    need(claim.keys() == {"kind", "event", "relation", "bound", "domain", "laws"}, "what a claim has")
    apart(claim)
    domain = {str(name): [str(part) for part in ends] for name, ends in claim["domain"].items()}
    need(all(law.get("name", name) == name for name, law in claim["laws"].items()), "two names of one variable")
    event = read_event(claim["event"], {text_of(name): law for name, law in claim["laws"].items()})
    check(event, claim["relation"], claim["bound"], domain, proof["proof"], Asked)


def image(event: Node, node: Node, ask: Asked) -> Node:
    """An event of a function of a variable as one of the variable."""
    if "some" in event:
        return {**event, "some": image(event["some"], node, ask)}
    law, relation, t = event["law"], event["relation"], par(event["at"])
    family, upper = law["family"], relation in (">", ">=")
    if family in ("square", "root"):
        ask("0", "<=", t)
        if family == "root":
            not_negative(law["of"], ask)
        of = {"family": "absolute", "of": law["of"]} if family == "square" else law["of"]
        return {"law": of, "relation": relation, "at": f"sqrt{t}" if family == "square" else f"{t}**2"}
    if family == "masked pair":
        norm = {"family": "affine", "of": {"family": "chi-square", "dof": law["n"]}, "scale": f"1/{par(law['n'])}"}
        by = {**norm, "shift": "0", "name": law["norm"]}
        ratio = {"family": "pair ratio", **{k: law[k] for k in ("n", "p", "d")}}
        return {**event, "law": {"family": "scaled", "by": by, "of": ratio}}
    if family == "sign":
        need(t == "(0)", "a threshold other than 0")
        return {**event, "law": law["of"]}
    if family == "reciprocal":
        # Of what is not negative, and +∞ where that is 0.
        not_negative(law["of"], ask)
        ask("0", "<", t)
        return {"law": law["of"], "relation": MIRROR[relation], "at": f"1/{t}"}
    if family == "squares' ratio":
        # Of as many squares A and B: (B − A)/(A + B) is a coordinate of a uniform point on a sphere.
        need(text_of(law["a"]) == text_of(law["b"]), "as many squares above and below")
        ask("0", "<", par(law["a"]))
        ask("0", "<=", t)
        sphere = {"family": "sphere coordinate", "d": f"{par(law['a'])} + 1"}
        return {"law": sphere, "relation": MIRROR[relation], "at": f"(1 - {t})/(1 + {t})"}
    if family == "ratio":
        # A/B ≤ t where A − tB ≤ 0: over a mask, A sums what is kept and B the rest; t > 0.
        need(not upper, "a large ratio")
        not_negative(law["of"], ask)
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
    of, scale, shift, _sign = affine(law)
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
        ask("0", "<", par(event["of"]))
        return [event["some"]], [par(event["of"])]
    if event.get("law", {}).get("family") == "absolute":
        inner = event["law"]["of"]
        need(symmetric(inner) and event["relation"] in (">", ">="), "two tails alike")
        return [{**event, "law": inner}], ["2"]
    given = event["given"][1] if "given" in event else None
    event = event["given"][0] if given else event
    events = list(event["any"]) if "any" in event else [event]
    if "scale" not in node:
        need("any" in event and not given, "an event of several")
        return events, ["1"] * len(events)
    # RY ≤ t only where R ≤ a or Y ≤ t/a, and RY > t > 0 only where R > a or Y > t/a; one R may be shared. RY ≤ 0 only
    # where R ≤ 0 or Y ≤ 0.
    a, by = par(node["scale"]), events[0]["law"]["by"]
    lower = events[0]["relation"] in ("<", "<=")
    need(len(events) == 1 or (not lower and _one_variable(by)), "a scale that is shared")
    null = lower and a == "(0)"
    if not null:
        ask("0", "<", a)
    if not lower:
        not_negative(by, ask)
    found = [{"law": by, "relation": events[0]["relation"], "at": node["scale"]}]
    for one in events:
        law, t = one["law"], par(one["at"])
        need(law["family"] in ("scaled", "dominated") and law["by"] == by, "the same scale")
        need(not variables(by) & variables(law["of"]), "a scale that depends on what it scales")
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


def half(event: Node, ask: Asked) -> None:
    """Ask that a threshold lies at the centre of a symmetric law or before it: with probability 1/2 at least."""
    law, t = event["law"], par(event["at"])
    need(event["relation"] in ("<=", ">=") or law["family"] == "normal", "a centre that may be hit")
    if law["family"] == "normal":
        ask("0", "<", par(law["variance"]))
        centre = par(law["mean"])
    elif law["family"] == "binomial":
        need(text_of(law["p"]) == "1 / 2", "a symmetric law")
        centre = f"({par(law['n'])}/2)"
    else:
        need(symmetric(law), "a symmetric law")
        centre = "0"
    ask(*((t, "<=", centre) if event["relation"][0] == ">" else (centre, "<=", t)))


def counted(event: Node, node: Node, domain: Domain) -> tuple[Node, Domain]:
    """An event given how many are kept, for any such number, and where that lies."""
    inner, known = event["given"]
    new, size = node["new"], known["law"]["n"]
    need(new.isidentifier() and new not in domain and new not in RESERVED, "a name in use")
    side = {">": "right", ">=": "both", "<": "left", "<=": "both"}[known["relation"]]
    ends = [known["at"], size, side] if known["relation"][0] == ">" else ["0", known["at"], side]
    return {**inner, "law": _counted(inner["law"], known["law"], new)}, {new: ends, **domain}


def _counted(law: Node, count: Node, new: str) -> Node:
    """The law of what masks keep of squares of standard normals, given how many are kept."""
    if law["family"] == "affine":
        return {**law, "of": _counted(law["of"], count, new)}
    need(law["family"] == "copies" and law["of"]["family"] == "masked", "a sum over a mask")
    need(law.get("count") == count and "name" in count and count["family"] == "binomial", "the number of what is kept")
    alike = text_of(count["n"]) == text_of(law["n"]) and text_of(count["p"]) == text_of(law["of"]["p"])
    need(alike, "the number of what is kept")
    need(law["of"]["of"] == {"family": "chi-square", "dof": "1"}, "squares of standard normals")
    return {"family": "chi-square", "dof": new}


def _one_variable(law: Node) -> bool:
    """Whether a law is that of a function of one variable with a name."""
    while law["family"] in ("root", "affine") and "name" not in law:
        law = law["of"]
    return "name" in law


def _reached(law: Node, given: Node, ask: Asked) -> str:
    """What an increasing function of a variable is at most where the variable is."""
    if law == given["law"]:
        need("name" in law, "what is given")
        return par(given["at"])
    if law["family"] == "root":
        return f"sqrt({_reached(law['of'], given, ask)})"
    need(law["family"] == "affine", "a function of what is given")
    ask("0", "<", par(law["scale"]))
    return f"({_reached(law['of'], given, ask)}*{par(law['scale'])} + {par(law['shift'])})"


def _unused(name: str, parts: Any) -> None:
    need(not any(name in names_of(text) for text in expressions(parts)), "a name in use")


def bijection(step: Node, domain: Domain, ask: Asked) -> Domain:
    """The domain of u where what is not negative is c·u^k, or c·u^k/(1 − u); c > 0, k a positive rational."""
    name, new, factor, power = step["of"], step["new"], par(step["factor"]), Fraction(step["power"])
    low, high, closed = domain[name]
    rest = {other: ends for other, ends in domain.items() if other != name}
    need(new.isidentifier() and new not in domain and new not in RESERVED and power > 0, "a name in use")
    need(closed in ("", "left", "right", "both") and name not in names_of(factor), "a variable")
    need(all(name not in names_of(end) for ends in rest.values() for end in ends[:2]), "an end that moves")
    ask.domain = rest
    ask("0", "<", factor)
    if text_of(low) == text_of(step["factor"]):
        if step.get("over"):
            least = Fraction(step["from"])
            need(0 < least < 1 and least.denominator < 1000 and least**power <= 1 - least, "where u^k/(1 - u) is 1")
            return {new: [str(least), "1", "left"], **rest}
        need(power == 1, "a power of what is at least 1")
        return {new: ["1", "oo" if high == "oo" else f"{par(high)}/{factor}", closed], **rest}
    if step.get("over"):
        need(Fraction(low) > 0 or (Fraction(low) == 0 and closed in ("", "right")), "a variable that may be 0")
        return {new: ["0", "1", ""], **rest}
    need(Fraction(low) >= 0, "a variable that may be negative")
    end = "oo" if high == "oo" else f"({par(high)}/{factor})**(1/({power}))"
    wider = {"": "left", "right": "both"}.get(closed, closed)
    return {new: ["0", end, closed if low == "0" else wider], **rest}


def value_of(step: Node) -> str:
    """What is put in the place of a variable."""
    value = f"{par(step['factor'])}*{step['new']}**({Fraction(step['power'])})"
    return f"{value}/(1 - {step['new']})" if step.get("over") else value


def cases(step: Node, domain: Domain) -> Iterator[tuple[Domain, str | None, str]]:
    """The domain below a point, at it and above it; the point may be an expression in the other variables."""
    name, at = step["of"], step["at"]
    low, high, closed = domain[name]
    need(names_of(at) <= domain.keys() | RESERVED, "a name that is no parameter")
    rest = {other: ends for other, ends in domain.items() if other != name}
    need(
        name not in names_of(at) and all(name not in names_of(e) for ends in rest.values() for e in ends[:2]), "a point"
    )
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
    need({n for shape in about["tensors"].values() for n in shape} <= set(about["sizes"]), "lengths that are sizes")
    for head, side, proof in zip(("E", "Var"), ("mean", "variance"), node["moments"], strict=True):
        claim = {**about, "kind": "moment", "left": f"{head}({form})", "right": node[side]}
        why = moment_rejection({"claim": claim, "proof": proof})
        need(why is None, f"the {side}: {why}")


def _transfer(event: Node, relation: str, b: str, node: Node, ask: Asked) -> None:
    """P(Q ≤ 0) ≤ 2^{−n−1} + ½ E u^{d/2}, u = N/(P + N), for a masked pair.

    Given u, Q ≤ 0 where a normal variable is below −√(1/u − 1) χ_d: with probability u^{d/2}/2 at most, but for P = 0,
    and the same for any smaller d. With v = 1 + T³ and log x ≤ x − 1, u^{d/2} ≤ v^{−d/2} (1 − (d/n)(uv − 1))^{−n/2}.
    That is a mean of exponentials of P + N, which is independent of u: E u^{d/2} is v^{−d/2} M^n at most.
    """
    law = event["law"]
    need(law["family"] == "masked pair" and text_of(law["p"]) == "1 / 2" and event["relation"] in ("<", "<="), "a pair")
    n, d, tilt = par(law["n"]), par(node["size"]), par(node["tilt"])
    first, last = par(node["first"]), par(node["last"])
    ask(par(event["at"]), "<=", "0")
    for positive in (n, d, tilt):
        ask("0", "<", positive)
    ask(d, "<=", par(law["d"]))
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
    law, t, s = event["law"], par(event["at"]), par(node["size"])
    need(law["family"] == "pair ratio" and text_of(law["p"]) == "1 / 2" and event["relation"] in ("<", "<="), "a ratio")
    ask("0", "<", s)
    for size in (law["n"], law["d"]):
        ask(s, "<=", par(size))
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


def pieces(event: Node, node: Node, ask: Asked) -> Node:
    """Four events of which one happens where a masked pair is at most t ≥ 0, the first once for all samples.

    Where S = P + N < κ, P > α and χ²_d > βd, Q ≤ t needs χ_d Z/d < −(βP − t)/√(PN), which grows in P and falls in S in
    absolute value: below −ε if ε√(α(κ − α)) ≤ βα − t. And −χ_d Z is a sum of d products of normals.
    """
    one = event.get("some", event)
    law, t = one["law"], par(one["at"])
    need(law["family"] == "masked pair" and one["relation"] in ("<", "<="), "a pair")
    n, d = law["n"], law["d"]
    kept, share, norm, cross = (par(node[k]) for k in ("kept", "inputs", "norm", "cross"))
    for least, greater in (
        ("0", t),
        (kept, norm),
        (f"{cross}*sqrt({kept}*({norm} - {kept}))", f"{share}*{kept} - {t}"),
    ):
        ask(least, "<=", greater)
    for positive in (kept, share, cross):
        ask("0", "<", positive)
    masked = {"family": "copies", "of": {"family": "masked", "of": SQUARE, "p": law["p"]}, "n": n}
    laws = (masked, {"family": "chi-square", "dof": d}, {"family": "normal products", "n": d})
    ends = (("<=", f"{kept}*{par(n)}"), ("<=", f"{share}*{par(d)}"), (">", f"{cross}*{par(d)}"))
    found = [{"law": of, "relation": sign, "at": at} for of, (sign, at) in zip(laws, ends, strict=True)]
    large = {"law": {"family": "chi-square", "dof": n}, "relation": ">=", "at": f"{norm}*{par(n)}"}
    return {"any": [large, *({**event, "some": e} if "some" in event else e for e in found)]}


def check(event: Node, relation: str, bound: str, domain: Domain, node: Node, asked: Callable[..., Asked]) -> None:
    """Follow one rule, and the nodes below it."""
    rule, ask, b = node["rule"], asked(domain, node), par(bound)
    if rule == "cases":
        for inside, at, key in cases(node, domain):
            here = (event, bound) if at is None else (put(event, node["of"], at), put(bound, node["of"], at))
            check(here[0], relation, here[1], inside, node[key], asked)
    elif rule == "put":
        value = value_of(node)
        _unused(node["new"], [event, bound, node["factor"]])
        moved = bijection(node, domain, ask)
        check(put(event, node["of"], value), relation, put(bound, node["of"], value), moved, node["proof"], asked)
    elif rule == "count":
        _unused(node["new"], [event, bound])
        inner, within = counted(event, node, domain)
        check(inner, relation, bound, within, node["proof"], asked)
    elif rule == "closer":
        upper, at = event["relation"] in (">", ">="), par(node["at"])
        need(relation in ("<", "<="), "a bound from above")
        ask(*((at, "<=", par(event["at"])) if upper else (par(event["at"]), "<=", at)))
        check({**event, "at": node["at"]}, relation, bound, domain, node["proof"], asked)
    elif rule == "turned":
        # low ≤ x < y is x ≥ low and y > x.
        name, (low, other, closed) = node["of"], domain[node["of"]]
        need(other in domain and closed in ("", "left"), "an end that is a variable")
        need(all(other not in names_of(end) for k, ends in domain.items() if k != name for end in ends[:2]), "one end")
        need(domain[other][1] == "oo", "a variable without an upper end")
        turned = {other: [name, "oo", ""], **{k: ends for k, ends in domain.items() if k != other}}
        turned[name] = [low, "oo", closed]
        check(event, relation, bound, turned, node["proof"], asked)
    elif rule == "complement":
        check(opposite(event), MIRROR[relation], less(bound), domain, node["proof"], asked)
    elif rule == "image":
        check(image(event, node, ask), relation, bound, domain, node["proof"], asked)
    elif rule == "exact":
        tail, exact = exact_tail(event["law"], event["relation"], event["at"], ask)
        need(exact or relation in ("<", "<="), "a bound on the other side")
        ask(tail, relation, b)
    elif rule == "symmetric":
        half(event, ask)
        need(relation in (">", ">="), "a bound from below")
        ask("1/2", relation, b)
    elif rule == "trivial":
        ask("1" if relation in ("<", "<=") else "0", relation, b)
    else:
        need(relation in ("<", "<="), f"a rule {rule!r}")
        if rule == "outside":
            outside(event["law"], event["relation"], event["at"], ask)
            ask("0", relation, b)
        elif rule == "chebyshev":
            mean, variance = (par(node[side]) for side in ("mean", "variance"))
            _moments(event["law"], node, domain)
            for size in event["law"]["of"]["sizes"]:
                ask("1", "<=", size)
            low, high = (par(event["at"]), mean) if event["relation"] in ("<", "<=") else (mean, par(event["at"]))
            ask(low, "<", high)
            ask("0", relation, f"{b} - {variance}/({high} - {low})**2")
        elif rule == "transfer":
            _transfer(event, relation, b, node, ask)
        elif rule == "tangent":
            _tangent(event, relation, b, node, ask)
        elif rule == "pieces":
            check(pieces(event, node, ask), relation, bound, domain, node["proof"], asked)
        elif rule == "chernoff":
            strict = node["strict"] is True
            ask(f"exp({exponent(event, node, ask, strict)})", "<=" if strict else relation, b)
        else:
            need(rule in ("union", "weaker"), f"a rule {rule!r}")
            several, counts = parts(event, node, ask) if rule == "union" else ([event], ["1"])
            total = []
            for part, count, one in zip(several, counts, node["parts"], strict=True):
                need(one["relation"] in ("<", "<="), "a bound from above")
                check(part, one["relation"], one["bound"], domain, one["proof"], asked)
                total.append(par(one["bound"]) if count == "1" else f"{count}*{par(one['bound'])}")
            strict = any(one["relation"] == "<" for one in node["parts"])
            if "given" in event and node.get("strict") is True:
                # R < a but for a null set, and the tails of aY are those of a density that is positive everywhere.
                bare = [one["law"]["of"] if one["law"]["family"] == "absolute" else one["law"] for one in several]
                need(all(law["family"] == "normal" for law in bare), "a strict tail")
                need(event["given"][1]["law"]["family"] == "chi-square", "a null set")
                strict = True
            ask(" + ".join(total), "<=" if strict else relation, b)
