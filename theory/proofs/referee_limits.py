"""Re-check proof objects that a claim fails, whatever its constants: at one cell, or far out on a path; no search.

A claim is ``{"kind": "fails", "constants", "claim", "domain", "if"}``: for all positive constants, of which each may
vary with the parameters listed for it, the inner claim is false somewhere in the domain where the conditions "if" hold.
The inner claim is a "statement" as in `referee_claims`, or a relation. A proof has a value of each parameter, "put":

path: as an expression in a new variable s, whole at every whole s for a size, and without s for what a constant may
depend on. All that is asked is asked of large s, and is read off series in 1/s and log s with constants as symbols:
the log of a lower bound of the probability less that of each term of the bound is positive, and tends to infinity
where there are several terms; a bound from below fails as one from above of the opposite event, or by Mills' ratio.
cell: as a number, where balls tell the sides apart; "lower" is a number up to the probability that a relation with the
constants in it needs.

What a probability is at least ("tail"): half: of a symmetric law beyond its centre. mills: of a normal tail,
z φ(z)/(1 + z²). point: of what takes whole values, one of them: C(n, j) ≥ sqrt(n/(8j(n−j))) n^n/(j^j (n−j)^(n−j)), j! ≤
e sqrt(j) (j/e)^j. shape: a chi-square variable with 2k degrees exceeds t as a Poisson variable of mean t/2 stays below
k; more degrees make it larger. pair: a masked pair is at most 0 where independent parts lie on their sides. image, part
(of a union, of several samples): as in `referee_tails`. At a cell, exact: the tail of a family; trivial: 0.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from math import ceil, floor
from typing import Any

from flint import arb, ctx

from .referee import RESERVED, _fractions, _number, enclosed, names_of
from .referee import rejection as relation_rejection
from .referee_atoms import tree
from .referee_ends import Rejected, _led, _plus, judged, need
from .referee_laws import apart, exact_tail, expressions, less, opposite, par, put, read_event, text_of
from .referee_series import Far, chosen
from .referee_tails import half, image

__all__ = ["at_least", "event_of", "exact_at", "inside", "rejection"]

Node = dict[str, Any]
Ask = Any  # (left, relation, right) -> None

TERMS = (5, 10)
PRECISIONS = (64, 256, 1024, 4096)


@judged
def rejection(proof: Any) -> None:
    """Why a proof object is not accepted, or None when it proves that its claim fails.

    Examples
    --------
    >>> event = {"value": "X", "relation": ">=", "bound": "m/2"}
    >>> laws, domain = {"X": {"family": "binomial", "n": "m", "p": "1/2"}}, {"m": ["1", "oo", "integers"]}
    >>> inner = {"kind": "statement", "event": event, "relation": "<=", "bound": "C*exp(-c*m)", "laws": laws}
    >>> claim = {"kind": "fails", "constants": {"C": [], "c": []}, "claim": {**inner, "domain": domain}}
    >>> step = {"rule": "path", "new": "s", "put": {"m": "s"}, "tail": {"rule": "half"}}
    >>> rejection({"claim": {**claim, "domain": domain, "if": []}, "proof": step})
    >>> claim["claim"]["event"]["bound"] = "2*m/3"
    >>> rejection({"claim": {**claim, "domain": domain, "if": []}, "proof": step})
    '2 * s / 3 <= s / 2: a sign'
    """
    ctx.prec = PRECISIONS[0]
    claim, node = proof["claim"], proof["proof"]
    inner = claim["claim"]
    need(claim.keys() == {"kind", "constants", "claim", "domain", "if"}, "what a claim has")
    sides = {"event", "relation", "bound", "laws"} if "event" in inner else {"left", "relation", "right"}
    need(inner.keys() == {"kind", "domain"} | sides and inner["domain"] == claim["domain"], "what a claim has")
    need(inner["kind"] == ("statement" if "event" in inner else "relation"), "what a claim has")
    need(inner["relation"] in ("<", "<=", ">", ">="), "the relation")
    names = [*claim["domain"], *claim["constants"], *([node["new"]] if node["rule"] == "path" else [])]
    need(len(names) == len({*names}) and all(name.isidentifier() for name in names), "the names of parameters")
    need(not {*names} & RESERVED and claim["domain"].keys() == node["put"].keys(), "the names of parameters")
    if "event" in inner:
        apart({**inner, "domain": {name: ["0", "oo", ""] for name in names}})
    need(node["rule"] in ("path", "cell"), f"the rule {node['rule']!r}")
    (_path if node["rule"] == "path" else _cell)(claim, node)


def event_of(inner: Node) -> Node:
    """The event of a claim with the laws of its variables."""
    laws = {text_of(name): law for name, law in inner["laws"].items()}
    need(all(text_of(law.get("name", name)) == name for name, law in laws.items()), "two names of one variable")
    return read_event(inner["event"], laws)


def inside(claim: Node, values: Node, ask: Ask) -> None:
    """Ask that the values of parameters lie in their domains and meet the conditions."""
    for name, (low, high, closed) in claim["domain"].items():
        need(closed in ("", "left", "right", "both", "integers"), "the ends of an interval")
        for end, side in ((low, "left"), (high, "right")):
            if end not in ("oo", "-oo"):
                pair = (_with(end, values), par(values[name]))[:: 1 if side == "left" else -1]
                ask(pair[0], "<=" if closed in (side, "both", "integers") else "<", pair[1])
            need(end != ("oo" if side == "left" else "-oo"), "an interval")
    for left, relation, right in claim["if"]:
        need(relation in ("<", "<=", ">", ">="), "a condition")
        pair = (_with(left, values), _with(right, values))[:: 1 if relation[0] == "<" else -1]
        ask(pair[0], "<" if len(relation) == 1 else "<=", pair[1])


def _with(part: Any, values: Node) -> Any:
    for name, value in values.items():
        part = put(part, name, value)
    return part


def _whole(text: str, names: set[str]) -> bool:
    """Whether an expression is a polynomial in some names with whole coefficients."""
    ((top, bottom),) = _fractions(text)
    need(names_of(text) <= names and not any(isinstance(n, ast.Call) for n in ast.walk(tree(text))), "a polynomial")
    return bool(bottom.is_constant()) and all((c / bottom.leading_coefficient()).q == 1 for c in top.coeffs())


def _path(claim: Node, node: Node) -> None:
    """For whatever constants the claim fails at all large s."""
    new, values = node["new"], node["put"]
    need(all(names_of(value) <= {new} for value in values.values()), "a path of one variable")
    for name, of in claim["constants"].items():
        need({*of} <= claim["domain"].keys(), f"what {name} depends on")
        need(all(not names_of(values[p]) for p in of), f"a path on which {name} is one number")
    for name, ends in claim["domain"].items():
        need(ends[2] != "integers" or _whole(values[name], {new}), f"whole numbers {name}")
    why = ""
    for terms in TERMS:
        try:
            return _beyond(claim, node, Far(new, claim["constants"], terms))
        except Rejected as error:
            why = str(error)
    raise Rejected(why)


def _sides(claim: Node, values: Node, ask: Ask) -> tuple[Node, str, str]:
    """An event that a claim bounds at values in its domain, the relation and the bound; a relation is to fail there."""
    inside(claim, values, ask)
    inner = claim["claim"]
    if "event" in inner:
        return _with(event_of(inner), values), inner["relation"], _with(inner["bound"], values)
    left, right = (
        _with(inner[side], values) for side in ("left", "right")[:: 1 if inner["relation"][0] == ">" else -1]
    )
    ask(left, _failing(inner["relation"]), right)
    return {}, "", ""


def _failing(relation: str) -> str:
    """How a bound stands below what exceeds it, or reaches it where it is strict."""
    return "<=" if len(relation) == 1 else "<"


def _beyond(claim: Node, node: Node, far: Far) -> None:
    event, relation, bound = _sides(claim, node["put"], far.ask)
    if not event:
        return
    if relation[0] == ">" and node["tail"]["rule"] == "below":
        return _below(event, bound, node["tail"], far)
    if relation[0] == ">":
        event, bound = opposite(event), less(bound)
    least = far.log(tree(at_least(event, node["tail"], far.ask, {far.x})))
    terms = [term for term in far.summands(tree(bound)) if not far.vanishes(term)]
    for term in terms:
        v, cs = _led(_plus(least, far.times(far.log(term), -1)))
        grows = v < 0 or (v == 0 and any(ell for ell, _ in cs[0]))
        need(grows or (v == 0 and len(terms) == 1), "a bound that falls as fast")
        need(far.sign((v, cs)) > 0, "a bound that falls faster")


def _below(event: Node, bound: str, node: Node, far: Far) -> None:
    """What is claimed of a normal tail exceeds φ(z)/z, which it does not reach."""
    while node["of"]["rule"] == "image":
        ask: Ask = far.ask
        event, node = image(event, node["of"], ask), node["of"]
    z = _deviation(event, far.ask)
    need(far.sure(tree(bound)) > 0, "a bound that is positive")
    most = far.log(tree(f"exp(-({z})**2/2)/(({z})*sqrt(2*pi))"))
    v, cs = _led(_plus(far.log(tree(bound)), far.times(most, -1)))
    need(v <= 0 and far.sign((v, cs)) > 0, "a bound that is not reached")


def at_least(event: Node, node: Node, ask: Ask, whole: set[str]) -> str:
    """What a probability is at least, where all that is asked holds.

    Examples
    --------
    >>> event = {"law": {"family": "poisson", "mean": "3"}, "relation": ">=", "at": "5"}
    >>> at_least(event, {"rule": "point", "point": "6"}, Far("s", [], 5).ask, set())
    'exp((6) - (3) - 1 - (6)*log((6)/(3)))/sqrt(6)'
    """
    event, node = _rarer(event, node, ask)
    rule, law, t, upper = node["rule"], event["law"], par(event["at"]), event["relation"][0] == ">"
    if rule == "half":
        need(law["family"] != "binomial" or _whole(law["n"], whole), "a law on whole numbers")
        half(event, ask)
        return "1/2"
    if rule == "mills":
        z = _deviation(event, ask)
        return f"exp(-({z})**2/2)*({z})/(1 + ({z})**2)/sqrt(2*pi)"
    if rule == "pair":
        return _pair(event, node, ask, whole)
    if rule == "square":
        need(law["family"] == "chi-square" and upper, "a chi-square variable")
        ask("1", "<=", par(law["dof"]))
        one = {"law": {"family": "normal", "mean": "0", "variance": "1"}, "relation": ">=", "at": f"sqrt{t}"}
        return at_least(one, {"rule": "mills"}, ask, whole)
    j = par(node["point"])
    need(_whole(node["point"], whole), "a whole number")
    if rule == "shape":
        need(law["family"] == "chi-square" and _whole(node["shape"], whole), "a chi-square variable")
        k = par(node["shape"])
        ask("1", "<=", k)
        ask("0", "<", t)
        # P(χ²_2k > t) = P(X < k), X Poisson of mean t/2.
        if upper:
            ask(f"2*{k}", "<=", par(law["dof"]))
            ask(j, "<=", f"{k} - 1")
        else:
            ask(par(law["dof"]), "<=", f"2*{k}")
            ask("0", "<", par(law["dof"]))
            ask(k, "<=", j)
        return _poisson(j, f"({t}/2)", ask)
    need(rule == "point", f"the rule {rule!r} of a tail")
    ask(
        *(
            (t, "<=" if event["relation"] == ">=" else "<", j)
            if upper
            else (j, "<=" if event["relation"] == "<=" else "<", t)
        )
    )
    if law["family"] == "poisson":
        ask("0", "<", par(law["mean"]))
        return _poisson(j, par(law["mean"]), ask)
    need(law["family"] == "binomial" and _whole(law["n"], whole), "a law on whole numbers")
    return _binomial(j, par(law["n"]), par(law["p"]), ask)


def _deviation(event: Node, ask: Ask) -> str:
    """By how many standard deviations a threshold is beyond the mean of a normal variable: more than none."""
    law, t = event["law"], par(event["at"])
    need(law["family"] == "normal", "a normal variable")
    mean, variance = par(law["mean"]), par(law["variance"])
    ask("0", "<", variance)
    low, high = (mean, t) if event["relation"][0] == ">" else (t, mean)
    ask(low, "<", high)
    far = f"({high} - {low})" if mean != "(0)" else high if low == "(0)" else f"(-{low})"
    return far if variance == "(1)" else f"{far}/sqrt{variance}"


def _poisson(j: str, mean: str, ask: Ask) -> str:
    """P(X = j) ≥ e^{j−μ} (μ/j)^j/(e sqrt(j)), or e^{−μ} at 0."""
    if _number(j) == 0:
        return f"exp(-{mean})"
    ask("1", "<=", j)
    return f"exp({j} - {mean} - 1 - {j}*log({j}/{mean}))/sqrt{j}"


def _binomial(j: str, n: str, p: str, ask: Ask) -> str:
    """P(X = j) ≥ sqrt(n/(8j(n−j))) (np/j)^j (n(1−p)/(n−j))^(n−j); p^n and (1−p)^n at the ends."""
    ask("0", "<", p)
    ask(p, "<", "1")
    if _number(j) == 0 or text_of(j) == text_of(n):
        ask("0", "<=", n)
        return f"(1 - {p})**{n}" if _number(j) == 0 else f"{p}**{n}"
    ask("1", "<=", j)
    ask(j, "<=", f"{n} - 1")
    rest = f"({n} - {j})"
    return f"sqrt({n}/(8*{j}*{rest}))*exp(-{j}*log({j}/({n}*{p})) - {rest}*log({rest}/({n}*(1 - {p}))))"


def _pair(event: Node, node: Node, ask: Ask, whole: set[str]) -> str:
    """A masked pair is at most 0 where k are kept, nP ≤ a, nN ≥ b, χ²_d ≤ c and Z ≤ −z with z² b ≥ a c."""
    law = event["law"]
    need(law["family"] == "masked pair" and event["relation"][0] == "<", "a masked pair")
    ask("0", "<=", par(event["at"]))
    k, a, b, c, z = (par(node[key]) for key in ("kept", "a", "b", "c", "z"))
    need(_whole(node["kept"], whole) and _whole(law["n"], whole), "a whole number")
    for x in (a, b, c, z):
        ask("0", "<", x)
    ask(f"{a}*{c}", "<=", f"{z}**2*{b}")
    n = par(law["n"])
    ask("1", "<=", k)
    ask(k, "<=", f"{n} - 1")
    squares = [(k, "<=", a), (f"{n} - {k}", ">=", b), (par(law["d"]), "<=", c)]
    found = [_binomial(k, n, par(law["p"]), ask)]
    for (dof, relation, at), part in zip(squares, node["parts"], strict=True):
        one = {"law": {"family": "chi-square", "dof": dof}, "relation": relation, "at": at}
        found.append(at_least(one, part, ask, whole))
    normal = {"law": {"family": "normal", "mean": "0", "variance": "1"}, "relation": "<=", "at": f"-{z}"}
    return "*".join(f"({part})" for part in (*found, at_least(normal, {"rule": "mills"}, ask, whole)))


def _cell(claim: Node, node: Node) -> None:
    """At one cell the claim fails for whatever constants."""
    values = node["put"]
    for name, ends in claim["domain"].items():
        number = _number(values[name])
        need(not names_of(values[name]) - {"pi"}, "a number")
        need(ends[2] != "integers" or (number is not None and number.denominator == 1), f"a whole number {name}")
    need("event" in claim["claim"] or not claim["constants"], "no constants")
    event, relation, bound = _sides(claim, values, _compared)
    if not event:
        return
    if relation[0] == ">":
        event, bound = opposite(event), less(bound)
    sign = _failing(relation)
    if claim["constants"]:
        domain = {name: ["0", "oo", ""] for name in sorted(claim["constants"].keys() & names_of(bound))}
        lower = par(node["lower"])
        inner = {"left": bound, "relation": sign, "right": lower, "domain": domain}
        why = relation_rejection({"claim": inner, "proof": node["proof"]})
        need(why is None, f"the bound with constants: {why}")
        need(not claim["constants"].keys() & {n for t in expressions(event) for n in names_of(t)}, "a fixed threshold")
        bound, sign = lower, "<="
    for ctx.prec in PRECISIONS:
        most = enclosed(chosen(tree(bound), _compared), {})
        least = exact_at(event, node["tail"])
        if least > most or (sign == "<=" and least >= most):
            return
        need(not least < most, "a bound that holds")
    raise Rejected("a bound not told from the probability")


def _compared(left: str, relation: str, right: str) -> None:
    """Demand a relation between numbers."""
    ((top, _),) = _fractions(f"({right}) - ({left})")
    if not top.is_zero():
        before = ctx.prec
        try:
            for ctx.prec in PRECISIONS:
                gap = enclosed(chosen(tree(f"({right}) - ({left})"), _compared), {})
                if gap > 0 or gap < 0:
                    return need(gap > 0, f"{left} {relation} {right}")
        finally:
            ctx.prec = before
    value = enclosed(tree(f"({right}) - ({left})"), {})
    need(top.is_zero() and relation == "<=" and value.is_finite(), f"{left} {relation} {right}")


def _rarer(event: Node, node: Node, ask: Ask) -> tuple[Node, Node]:
    """What images and parts lead to: an event that is no likelier, and the rule for it."""
    while node["rule"] in ("image", "part"):
        if node["rule"] == "image":
            event = image(event, node, ask)
        elif "some" in event:
            ask("1", "<=", par(event["of"]))
            event = event["some"]
        else:
            event = event["any"][int(node["part"])]
        node = node["of"]
    return event, node


def exact_at(event: Node, node: Node) -> Any:
    """A ball around the probability of a tail without parameters, or of a part of an event; or 0."""
    event, node = _rarer(event, node, _compared)
    if node["rule"] == "trivial":
        return arb(0)
    need(node["rule"] == "exact", f"the rule {node['rule']!r} of a tail at a cell")
    law, relation, at = event["law"], event["relation"], event["at"]
    family, upper = law["family"], relation[0] == ">"
    number = {key: enclosed(tree(law[key]), {}) for key in law.keys() & {"dof", "mean", "n", "p"}}
    if family not in ("chi-square", "binomial", "poisson"):
        tail, exact = exact_tail(law, relation, at, _compared)  # type: ignore[arg-type]
        need(exact, "a bound of a tail")
        return enclosed(tree(tail), {})
    if family == "chi-square":
        for text in (par(at), par(law["dof"])):
            _compared("0", "<", text)
        t, k = enclosed(tree(at), {}) / 2, number["dof"] / 2
        return t.gamma_upper(k, regularized=1) if upper else t.gamma_lower(k, regularized=1)
    # {X ≥ j} or {X ≤ j}
    j = _reached(par(at), relation)
    if family == "poisson":
        _compared("0", "<", par(law["mean"]))
        need(j > 0 if upper else j >= 0, "a threshold inside the support")
        mean = number["mean"]
        return mean.gamma_lower(arb(j), regularized=1) if upper else mean.gamma_upper(arb(j + 1), regularized=1)
    n, p = _number(law["n"]) or Fraction(0), number["p"]
    _compared("0", "<", par(law["p"]))
    _compared(par(law["p"]), "<", "1")
    need(n.denominator == 1 and (0 < j <= n if upper else 0 <= j < n), "a threshold in the support")
    if upper:
        return p.beta_lower(arb(j), arb(int(n) - j + 1), regularized=1)
    return (1 - p).beta_lower(arb(int(n) - j), arb(j + 1), regularized=1)


def _reached(text: str, relation: str) -> int:
    """The first whole number of X ≥ t or X > t, the last of X ≤ t or X < t."""
    number, upper = _number(text), relation[0] == ">"
    if number is None:
        ball = enclosed(tree(text), {})
        whole = (ball.ceil() if upper else ball.floor()).unique_fmpz()
        need(whole is not None, "a threshold that may be whole")
        return int(whole)
    return {">=": ceil(number), ">": floor(number) + 1, "<=": floor(number), "<": ceil(number) - 1}[relation]
