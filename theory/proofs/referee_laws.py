"""The laws of random variables as the referee of tails reads them: families, generating functions, exact tails.

A law is a tree: its family, and its parameters as text or as further laws. `KEYS` is the whole library; what a family
means stands where its generating function or its tail is given. A claim says that its parameters are admitted.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from .referee import FAR, known, names_of, put_in
from .referee import rejection as relation_rejection
from .referee_atoms import tree
from .referee_ends import need

__all__ = [
    "KEYS",
    "MIRROR",
    "OPPOSITE",
    "POSITIVE",
    "SQUARE",
    "Asked",
    "affine",
    "apart",
    "exact_tail",
    "exponent",
    "expressions",
    "less",
    "not_negative",
    "opposite",
    "outside",
    "par",
    "put",
    "read_event",
    "text_of",
    "variables",
]

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
    # The ratio of the means of a and of b independent squares of standard normals.
    "squares' ratio": {"a", "b"},
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

# Of an event or a law, what is no expression.
WORDS = ("family", "relation", "name", "norm")
SQUARE = {"family": "chi-square", "dof": "1"}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def text_of(text: str) -> str:
    """An expression in one way of writing it."""
    return ast.unparse(tree(text))


def par(text: str) -> str:
    """An expression in parentheses, whatever its text."""
    return f"({text_of(text)})"


def read_event(event: Any, laws: Node) -> Node:
    """An event with the laws of its variables."""
    if isinstance(event, dict):
        need(event["relation"] in OPPOSITE, "the relation of an event")
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
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("Abs", "sqrt"):
        need(len(value.args) == 1 and not value.keywords, f"the law of {text}")
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
    of, other = _law(value.left if left else value.right, laws), par(ast.unparse(value.right if left else value.left))
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
    # Of what masks keep, "count" is the law of how many are 1.
    optional = {"family", "name", "count"} if law["family"] == "copies" else {"family", "name"}
    need(law.keys() - optional == KEYS[law["family"]], f"the parameters of {law['family']!r}")
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


def expressions(part: Any) -> Iterator[str]:
    """The expressions in an event or a law; of a sum over tensors, its sizes and symbols."""
    if isinstance(part, dict) and part.get("family") == "moments":
        yield from (*part["of"]["sizes"], *part["of"].get("symbols", ()))
    elif isinstance(part, str):
        yield part
    else:
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            if key not in WORDS:
                yield from expressions(inner)


def put(part: Any, name: str, value: str) -> Any:
    """Everything that is an expression, with another one in the place of a variable."""
    if isinstance(part, dict) and part.get("family") == "moments":
        need(name not in {*expressions(part)}, "a name in a sum over tensors")
        return part
    if isinstance(part, dict):
        return {k: v if k in WORDS else put(v, name, value) for k, v in part.items()}
    if isinstance(part, list):
        return [put(inner, name, value) for inner in part]
    return put_in(part, name, value) if isinstance(part, str) and part not in FAR else part


def apart(claim: Node) -> None:
    """Ask that parameters have names, of their own, and that no random variable stands where a number does."""
    parameters, laws = {*claim["domain"]}, claim["laws"]
    need(claim["relation"] in OPPOSITE if "relation" in claim else True, "the relation")
    # A variable without a name of its own is written as its law, with parameters in it.
    random = {text for text in laws if text.isidentifier()} | {n for law in laws.values() for n in variables(law)}
    need(not random & parameters, "a random variable called like a parameter")
    random |= {name for text in laws for name in names_of(text)} - {"Abs", "sqrt"} - parameters
    need(len({text_of(text) for text in laws}) == len(laws), "two laws of one variable")
    texts = [
        claim.get("bound", "0"),
        *_thresholds(claim["event"]),
        *(t for law in laws.values() for t in expressions(law)),
    ]
    need(not any(names_of(text) & random for text in texts), "a random variable in the place of a number")
    known(claim["domain"], texts)


def _thresholds(event: Any) -> Iterator[str]:
    """The thresholds of an event, and its numbers of samples."""
    if isinstance(event, dict):
        need(event.keys() == {"value", "relation", "bound"} and event["relation"] in OPPOSITE, "an event")
        yield event["bound"]
    else:
        word, *parts = event
        if word in ("every", "some"):
            yield parts.pop(0)
        need(word in ("any", "all") or len(parts) == {"every": 1, "some": 1, "given": 2}.get(word), "an event")
        for part in parts:
            yield from _thresholds(part)


def variables(law: Any) -> set[str]:
    """The names of the random variables in a law."""
    if isinstance(law, list):
        return {name for part in law for name in variables(part)}
    if not isinstance(law, dict):
        return set()
    inner = {name for key, part in law.items() if key != "count" for name in variables(part)}
    return inner | {law[key] for key in ("name", "norm") if key in law}


def not_negative(law: Node, ask: Asked) -> None:
    """Ask that a law has no values below 0."""
    family = law["family"]
    if family in ("copies", "masked", "root", "maximum", "largest"):
        return not_negative(law["of"], ask)
    if family == "affine":
        ask("0", "<=", par(law["scale"]))
        ask("0", "<=", par(law["shift"]))
        return not_negative(law["of"], ask)
    if family == "uniform":
        return ask("0", "<=", par(law["low"]))
    need(family in POSITIVE, "what may be negative")


class Asked:
    """Relations that a rule needs, proved by the nodes at hand in turn."""

    def __init__(self, domain: Domain, node: Node) -> None:
        self.domain, self.proofs = domain, iter(node.get("asks", ()))

    def claim(self, left: str, relation: str, right: str) -> Node:
        """The relation as a claim, with what its variables range over."""
        used, known = names_of(left) | names_of(right), set[str]()
        domain = {name: self.wider(name, used) for name in self.domain}
        while new := (used & domain.keys()) - known:
            known |= new
            used |= {n for name in new for end in domain[name][:2] for n in names_of(end)}
        ends = {name: self.real(ends) for name, ends in domain.items() if name in known}
        return {"left": left, "relation": relation, "right": right, "domain": ends}

    def wider(self, name: str, used: set[str]) -> list[str]:
        """The domain of a variable, without an end that is a variable which the relation does not mention."""
        low, high, closed = self.domain[name]
        if low in self.domain and low not in used:
            low = self.domain[low][0]
        if high in self.domain and high not in used:
            high = self.domain[high][1]
        if high == "oo" and closed in ("right", "both"):
            closed = {"right": "", "both": "left"}[closed]
        return [low, high, closed]

    def real(self, ends: list[str]) -> list[str]:
        """The reals between the ends of a domain of integers."""
        return ends if ends[2] != "integers" else [*ends[:2], "left" if ends[1] == "oo" else "both"]

    @staticmethod
    def same(left: str, relation: str, right: str) -> bool:
        """Whether a text is asked to be at most itself."""
        return relation == "<=" and text_of(left) == text_of(right)

    def __call__(self, left: str, relation: str, right: str) -> None:
        if self.same(left, relation, right):
            return
        why = relation_rejection({"claim": self.claim(left, relation, right), "proof": next(self.proofs)})
        need(why is None, f"{left} {relation} {right}: {why}")


class Multiplier:
    """λ as an expression, as log w, or as (1 − 1/w)/2, times a scale."""

    def __init__(self, form: str, w: str, scale: str = "") -> None:
        need(form in ("plain", "log", "tilt"), "the form of a multiplier")
        self.form, self.w, self.scale = form, par(w), scale
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


# log E e^{λX}, or a bound of it, as power·log(base), or as the power alone of e; L is λ and W is e^λ. Before it stands
# what it needs: "?" is ≤, or < for X to vary.
GENERATING = {
    "normal": (["0 ? {variance}"], "{mean}*{L} + {variance}*{L}**2/2", ""),
    "chi-square": (["0 ? {dof}", "2*{L} < 1"], "-{dof}/2", "1 - 2*{L}"),
    "tilt": (["0 ? {dof}", "0 < {w}"], "{dof}/2", "{w}"),
    "poisson": (["0 ? {mean}"], "{mean}*({W} - 1)", ""),
    "binomial": (["0 ? {n}", "0 ? {p}", "{p} ? 1"], "{n}", "1 - {p} + {p}*{W}"),
    # Hoeffding's lemma for values in [0, 1]; 1 + u ≤ e^u.
    "binomial by hoeffding": (["0 ? {n}", "0 ? {p}", "{p} ? 1"], "{n}*({p}*{L} + {L}**2/8)", ""),
    "binomial by poisson": (["0 ? {n}", "0 ? {p}", "{p} ? 1"], "{n}*{p}*({W} - 1)", ""),
    "normal products": (["0 ? {n}", "{L}**2 < 1"], "-{n}/2", "1 - {L}**2"),
}

# P(X ≥ t) and P(X ≤ t) in closed form, after what they need.
TAILS: dict[str, tuple[list[str], str, str]] = {
    "normal": (
        ["0 < {variance}"],
        "erfc(({t} - {mean})/sqrt(2*{variance}))/2",
        "erfc(({mean} - {t})/sqrt(2*{variance}))/2",
    ),
    "absolute": (
        ["0 <= {t}", "0 < {variance}"],
        "erfc({t}/sqrt(2*{variance}))",
        "1 - erfc({t}/sqrt(2*{variance}))",
    ),
    "exponential": (["0 <= {t}", "0 < {rate}"], "exp(-{rate}*{t})", "1 - exp(-{rate}*{t})"),
    "uniform": (
        ["{low} <= {t}", "{t} <= {high}"],
        "({high} - {t})/({high} - {low})",
        "({t} - {low})/({high} - {low})",
    ),
    # One of the n + 1 gaps that n uniform points leave.
    "spacing": (["0 < {n}", "0 <= {t}", "{t} <= 1"], "(1 - {t})**{n}", ""),
    # Z/sqrt(Z² + V), V chi-square with d − 1 degrees: P(Z ≥ s·sqrt(V)) ≤ E e^{−s²V/2}/2 at s² = t²/(1 − t²).
    "sphere coordinate": (["0 <= {t}", "{t} < 1"], "(1 - {t}**2)**(({d} - 1)/2)/2", ""),
}


def _asked(rows: list[str], words: dict[str, str], ask: Asked, strict: bool = False) -> None:
    """Ask what the rows of a table say, with the parameters of a law in it."""
    for row in rows:
        left, sign, right = row.split()
        ask(left.format(**words), ("<" if strict else "<=") if sign == "?" else sign, right.format(**words))


def _generating(law: Node, lam: Multiplier, by: str, ask: Asked, strict: bool) -> tuple[str, str]:
    """log E e^{λX} or a bound of it, and its exponential; asks for λ in the domain, and for X not constant."""
    family, at = law["family"], lam.value
    tilted = family == "chi-square" and lam.form == "tilt" and not lam.scale
    key = "tilt" if tilted else f"{family} by {by}" if family == "binomial" and by != "exact" else family
    if key in GENERATING:
        rows, power, base = GENERATING[key]
        words = {k: par(law[k]) for k in KEYS[family]} | {"L": at, "W": lam.exponential, "w": lam.w}
        _asked(rows, words, ask, strict)
        power, base = (f"({text.format(**words)})" for text in (power, base))
        return (f"({power}*log{base})", f"{base}**{power}") if base != "()" else (power, f"exp{power}")
    if family == "copies":
        ask("0", "<" if strict else "<=", par(law["n"]))
        need(not variables(law["of"]), "copies of one variable")
        log, plain = _generating(law["of"], lam, by, ask, strict)
        return f"({par(law['n'])}*{log})", f"({plain})**{par(law['n'])}"
    if family == "sum":
        names = [name for part in law["of"] for name in variables(part)]
        need(len(names) == len({*names}), "parts of a sum that share a variable")
        parts = [_generating(part, lam, by, ask, strict) for part in law["of"]]
        return f"({' + '.join(p[0] for p in parts)})", f"({'*'.join(p[1] for p in parts)})"
    if family in ("masked", "mixture"):
        p = par(law["p"])
        ask("0", "<" if strict else "<=", p)
        ask(p, "<=", "1")
        rest = f"*{_generating(law['else'], lam, by, ask, strict)[1]}" if family == "mixture" else ""
        inner = f"((1 - {p}){rest} + {p}*{_generating(law['of'], lam, by, ask, strict)[1]})"
        return f"log{inner}", inner
    of, scale, shift, _sign = affine(law)
    if strict:
        ask("0", "<", f"{scale}**2")
    inner_lam = Multiplier(lam.form, lam.w, f"({lam.scale}*{scale})" if lam.scale else scale)
    log, plain = _generating(of, inner_lam, by, ask, strict)
    return f"({log} + {at}*{shift})", f"({plain}*exp({at}*{shift}))"


def exponent(event: Node, node: Node, ask: Asked, strict: bool) -> str:
    """log E e^{λX} − λt, or a bound of it, for a λ of the right sign."""
    law, t, upper = event["law"], par(event["at"]), event["relation"] in (">", ">=")
    if node["multiplier"] == "best":
        # λ = (t − mean)/variance
        need(law["family"] == "normal", "the best multiplier")
        mean, variance = par(law["mean"]), par(law["variance"])
        ask("0", "<", variance)
        ask(*((mean, "<" if strict else "<=", t) if upper else (t, "<" if strict else "<=", mean)))
        return f"-({t} - {mean})**2/(2*{variance})" if mean != "(0)" else f"-{t}**2/(2*{variance})"
    lam = Multiplier(node["multiplier"], node["w"])
    lam.sign(ask, upper, strict)
    return f"{_generating(law, lam, node['by'], ask, strict)[0]} - {lam.value}*{t}"


def affine(law: Node) -> tuple[Node, str, str, int]:
    """A law as scale·Y + shift: Y, scale, shift, and the sign of the scale where it is known."""
    family = law["family"]
    if family == "affine":
        return law["of"], par(law["scale"]), par(law["shift"]), 0
    if family == "gamma":
        return {"family": "chi-square", "dof": f"2*{par(law['shape'])}"}, f"({par(law['scale'])}/2)", "0", 0
    if family == "exponential":
        return {"family": "chi-square", "dof": "2"}, f"(1/(2*{par(law['rate'])}))", "0", 0
    need(family == "signs", f"the family {family!r}")
    return {"family": "binomial", "n": law["n"], "p": "1/2"}, "2", f"(-{par(law['n'])})", 1


def exact_tail(law: Node, relation: str, at: str, ask: Asked) -> tuple[str, bool]:
    """The probability of a tail in closed form, or a bound of it; and whether it is one."""
    family, upper, t = law["family"], relation in (">", ">="), par(at)
    rows, *tails = TAILS.get(family, ([], "", ""))
    if tail := tails[not upper]:
        of = law["of"] if family == "absolute" else law
        need(family != "absolute" or (of["family"] == "normal" and of["mean"] == "0"), "two tails alike")
        words = {k: par(of[k]) for k in KEYS[of["family"]]} | {"t": t}
        _asked(rows, words, ask)
        return tail.format(**words), family != "sphere coordinate"
    if family == "binomial" and upper:
        # All of them.
        ask(par(law["n"]), "<=", t)
        return f"{par(law['p'])}**{par(law['n'])}", relation == ">=" and t == par(law["n"])
    if family in ("binomial", "poisson", "copies") and not upper:
        # None of them; and a sum of what is positive where a mask is 1 vanishes where nothing is kept.
        mask = law["of"] if family == "copies" else law
        need(family != "copies" or (mask["family"] == "masked" and mask["of"] == SQUARE), "a sum that vanishes")
        ask(t, "<=", "0")
        none = f"exp(-{par(law['mean'])})" if family == "poisson" else f"(1 - {par(mask['p'])})**{par(law['n'])}"
        return none, relation == "<=" and t == "(0)"
    need(family == "maximum" and not upper, f"the tail of {family!r} in closed form")
    need(not variables(law["of"]), "copies of one variable")
    inner, exact = exact_tail(law["of"], relation, at, ask)
    need(exact, "a power of a bound")
    return f"({inner})**{par(law['n'])}", True


def outside(law: Node, relation: str, at: str, ask: Asked) -> None:
    """Ask that a threshold lies beyond the support of a law."""
    while law["family"] in ("maximum", "largest"):
        law = law["of"]
    family = law["family"]
    if relation in (">", ">="):
        top = {"binomial": law.get("n"), "sphere coordinate": "1", "uniform": law.get("high"), "spacing": "1"}[family]
        ask(par(str(top)), "<" if relation == ">=" else "<=", par(at))
        return
    need(family in POSITIVE, "a law that is bounded below")
    if family == "root":
        not_negative(law["of"], ask)
    # A law with a density does not reach its end.
    open_end = family in ("chi-square", "gamma", "exponential", "uniform")
    if open_end and relation == "<=":
        least, most = "0", {"chi-square": "dof", "gamma": "shape", "exponential": "rate", "uniform": "high"}[family]
        ask(par(law["low"]) if family == "uniform" else least, "<", par(law[most]))
    ask(par(at), "<" if relation == "<=" and not open_end else "<=", par(law.get("low", "0")))
