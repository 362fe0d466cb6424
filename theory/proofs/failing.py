"""Look for a proof that a claim fails, whatever its constants: a path of parameters, or a cell; the referee decides."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import chain, islice, product
from typing import Any

import sympy
from flint import arb, ctx
from sympy import Expr, Rational, Symbol, sympify

from .referee import enclosed
from .referee_atoms import tree
from .referee_ends import Rejected
from .referee_laws import less, opposite, par, put
from .referee_limits import at_least, event_of, exact_at, inside, rejection
from .referee_series import chosen
from .referee_tails import image

__all__ = ["failure_rate", "known_at", "likeliest", "pair_sizes", "prove_failure", "refute_at"]

Node = dict[str, Any]
Domain = Mapping[str, Sequence[str]]

# How many proofs are tried on how many paths.
_PATHS, _TRIES = 160, 600
# Where numbers are looked at first: s = 2^_FAR in so many bits; constants 2^±_SPREAD, 2^±_SLOW for slow bounds.
_FAR, _BITS = 128, 1600
_SPREAD, _SLOW = 20, 4
_NOTHING = (Rejected, ValueError, KeyError, AttributeError, ZeroDivisionError, OverflowError)
_LARGEST_SCALE = 2**64
# Sizes of a masked pair are multiples of this; what is not whole is rounded to so many parts.
_PARTS, _DIGITS = 20_000, 10**9
_SIMPLE = (Fraction(1, 2), Fraction(1), Fraction(2), Fraction(1, 4), Fraction(1, 10))


def prove_failure(
    inner: Node,
    constants: Mapping[str, Sequence[str]],
    conditions: Sequence[Sequence[str]] = (),
    hints: Any = (),
    paths: tuple[int, int] = (0, _PATHS),
) -> Node | None:
    """A proof object that a claim fails for all positive constants, far out on a path; None where none was found.

    Parameters
    ----------
    inner : dict
        The claim, of kind "statement" or "relation", as in `referee_claims`; whole parameters are marked "integers".
    constants : mapping of str to sequence of str
        The unnamed constants with the parameters that each may depend on.
    conditions : sequence of (left, relation, right)
        The hypotheses.
    hints : sequence of mapping of str to str
        Values of real parameters to be tried first.
    paths : (first, last)
        Which of the paths are tried, the simplest first.

    Examples
    --------
    >>> event = {"value": "X", "relation": ">=", "bound": "2*m"}
    >>> laws, domain = {"X": {"family": "chi-square", "dof": "m"}}, {"m": ["1", "oo", "integers"]}
    >>> claim = {"kind": "statement", "event": event, "relation": "<=", "laws": laws, "domain": domain}
    >>> found = prove_failure({**claim, "bound": "C*exp(-c*m**2)"}, {"C": [], "c": []})
    >>> found["proof"]["put"], found["proof"]["tail"]
    ({'m': '2*s'}, {'rule': 'shape', 'shape': 's', 'point': 's - 1'})
    >>> prove_failure({**claim, "bound": "C*exp(-c*m)"}, {"C": [], "c": []}) is None
    True
    """
    inner = _used(inner, conditions)
    domain = inner["domain"]
    claim: Node = {"kind": "fails", "constants": {k: list(of) for k, of in constants.items()}, "claim": inner}
    claim |= {"domain": domain, "if": [list(c) for c in conditions]}
    new = next(n for n in ("s", "s_0", "s_1", "s_2") if n not in {*domain, *constants})
    tries = 0
    precision = ctx.prec
    try:
        for values in islice(_paths(inner, constants, new, hints), *paths):
            ctx.prec = _BITS
            far = _FarOut(claim, values, new)
            bounds = far.bounds()
            if bounds is None:
                continue
            event, tails = _tails_of(inner, values, new)
            for tail in tails:
                tries += 1
                if tries > _TRIES:
                    return None
                if event is not None and tail["rule"] != "below" and not far.may(event, tail, bounds):
                    continue
                proof = {"rule": "path", "new": new, "put": values, **({"tail": tail} if tail else {})}
                if rejection({"claim": claim, "proof": proof}) is None:
                    return {"claim": claim, "proof": proof}
    finally:
        ctx.prec = precision
    return None


def _used(inner: Node, conditions: Sequence[Sequence[str]]) -> Node:
    """A claim whose domain has only what it speaks of, and what ends and conditions speak of."""
    rest = {k: v for k, v in inner.items() if k not in ("kind", "domain", "relation")}
    words = re.findall(r"\w+", str([rest, list(conditions)]))
    names = {*words} & inner["domain"].keys()
    while (
        new := {w for n in names for w in re.findall(r"\w+", str(inner["domain"][n]))} & inner["domain"].keys() - names
    ):
        names |= new
    return {**inner, "domain": {name: list(ends) for name, ends in inner["domain"].items() if name in names}}


class _FarOut:
    """A path at one point far out, in balls, with small and large constants: what no proof is to be tried of."""

    def __init__(self, claim: Node, values: Node, new: str) -> None:
        self.claim, self.values = claim, values
        self.at: dict[str, Any] = {new: arb(2) ** _FAR}
        self.whole = {new}
        bound = str(claim["claim"].get("bound", ""))
        spread = _SPREAD if "exp(" in bound and "log(" not in bound else _SLOW
        ends = product((-spread, spread), repeat=len(claim["constants"]))
        self.choices = [{c: arb(2) ** k for c, k in zip(claim["constants"], part, strict=True)} for part in ends]

    def ask(self, left: str, relation: str, right: str) -> None:
        """Demand a relation at the point."""
        gap = self.value(f"({right}) - ({left})")
        if gap < 0 or (relation == "<" and gap == 0):
            raise ValueError(f"{left} {relation} {right}")

    def value(self, text: str) -> Any:
        """A ball at the point."""
        return enclosed(chosen(tree(text), self.ask), self.at)

    def bounds(self) -> list[Any] | None:
        """What a claim allows for each choice of constants; None where the path leaves the domain or all is allowed."""
        constants, inner = self.claim["constants"], self.claim["claim"]
        self.at |= dict.fromkeys(constants, arb(1))
        try:
            inside(self.claim, self.values, self.ask)
            if "event" not in inner:
                return []
            bound = inner["bound"] if inner["relation"][0] == "<" else less(inner["bound"])
            for name, value in self.values.items():
                bound = put(bound, name, value)
            found = []
            for choice in self.choices:
                self.at |= choice
                found.append(self.value(bound))
        except _NOTHING:
            return None
        return None if any(b > 1 for b in found) else found

    def may(self, event: Node, tail: Node, bounds: list[Any]) -> bool:
        """Whether a tail's lower bound may be above what is allowed."""
        try:
            text = at_least(event, tail, self.ask, self.whole)
            for choice, bound in zip(self.choices, bounds, strict=True):
                self.at |= choice
                if self.value(text) < bound:
                    return False
        except _NOTHING:
            return False
        return True


def refute_at(inner: Node, values: Mapping[str, str], conditions: Sequence[Sequence[str]] = ()) -> Node | None:
    """A proof object that a claim without constants fails at one cell; None where it is not accepted.

    Examples
    --------
    >>> event = {"value": "X", "relation": ">=", "bound": "x"}
    >>> laws, domain = {"X": {"family": "normal", "mean": "0", "variance": "1"}}, {"x": ["0", "oo", "left"]}
    >>> claim = {"kind": "statement", "event": event, "relation": "<=", "laws": laws, "domain": domain}
    >>> refute_at({**claim, "bound": "exp(-x**2)"}, {"x": "2"})["proof"]["tail"]
    {'rule': 'exact'}
    """
    claim = {"kind": "fails", "constants": {}, "claim": inner, "domain": inner["domain"]}
    claim |= {"if": [list(c) for c in conditions]}
    put_in = {name: str(values[name]) for name in inner["domain"]}
    if "event" not in inner:
        found = {"claim": claim, "proof": {"rule": "cell", "put": put_in}}
        return found if rejection(found) is None else None
    event = _excluded(inner, put_in)
    for tail in _exact_parts(event):
        found = {"claim": claim, "proof": {"rule": "cell", "put": put_in, "tail": tail}}
        if rejection(found) is None:
            return found
    return None


def known_at(inner: Node, values: Mapping[str, str]) -> Iterator[tuple[str, Node]]:
    """Numbers that the probability of what a claim excludes is at least at a cell, with the rules that say so."""
    precision, ctx.prec = ctx.prec, _DIGITS.bit_length() * 4
    try:
        event = _excluded(inner, values)
        for tail in _exact_parts(event):
            try:
                least = exact_at(event, tail)
            except (*_NOTHING, TypeError, StopIteration):
                continue
            if least.is_finite() and least > 0:
                yield str(Fraction(int((least.lower() * _DIGITS).floor().unique_fmpz()), _DIGITS)), tail
        yield "0", {"rule": "trivial"}
    finally:
        ctx.prec = precision


def _excluded(inner: Node, values: Mapping[str, str]) -> Node:
    """What a claim bounds from above, with values in the place of parameters."""
    event = event_of(inner)
    for name, value in values.items():
        event = put(event, name, value)
    return event if inner["relation"][0] == "<" else opposite(event)


def _no_question(left: str, relation: str, right: str) -> None:
    """What a rule asks is asked by the referee."""


def _inner_events(event: Node) -> Iterator[tuple[Node, Node]]:
    """Events of which one is at least as rare, with the step to each; "of" is left to be filled in."""
    if "some" in event:
        yield event["some"], {"rule": "part", "part": 0}
    for i, one in enumerate(event.get("any", ())):
        yield one, {"rule": "part", "part": i}
    family = event.get("law", {}).get("family")
    signs = (1,) if family in ("gamma", "exponential", "signs") else (1, -1) if family == "affine" else (0,)
    if family in (
        "affine",
        "gamma",
        "exponential",
        "signs",
        "absolute",
        "square",
        "root",
        "sign",
        "reciprocal",
        "maximum",
        "largest",
    ):
        for sign in signs:
            step = {"rule": "image", **({"sign": sign} if sign else {})}
            try:
                yield image(event, step, _no_question), step  # type: ignore[arg-type]
            except (*_NOTHING, TypeError, StopIteration):
                continue


def _exact_parts(event: Node) -> Iterator[Node]:
    if "law" in event:
        yield {"rule": "exact"}
    for inner, step in _inner_events(event):
        for node in _exact_parts(inner):
            yield {**step, "of": node}


def _tails_of(inner: Node, values: Mapping[str, str], new: str) -> tuple[Node | None, Iterator[Node]]:
    """What a claim bounds from above, on a path, and lower bounds of its probability that may be enough."""
    if "event" not in inner:
        return None, iter([{}])
    event = _excluded(inner, values)
    found = _tails(event, new)
    if inner["relation"][0] == ">" and event.get("law", {}).get("family") == "normal":
        found = chain([{"rule": "below", "of": {"rule": "mills"}}], found)
    return event, found


def _tails(event: Node, new: str) -> Iterator[Node]:
    """Lower bounds of a probability that may be enough."""
    for inner, step in _inner_events(event):
        for node in _tails(inner, new):
            yield {**step, "of": node}
    if "law" not in event:
        return
    law, t, upper = event["law"], par(event["at"]), event["relation"][0] == ">"
    family = law["family"]
    if family in ("normal", "binomial"):
        yield {"rule": "half"}
    if family == "normal":
        yield {"rule": "mills"}
    if family == "binomial":
        mean = f"{par(law['n'])}*{par(law['p'])}"
        for j in _whole_near((t, mean), new):
            yield {"rule": "point", "point": j}
        yield {"rule": "point", "point": law["n"] if upper else "0"}
    if family == "poisson":
        for j in _whole_near((t, par(law["mean"])), new):
            yield {"rule": "point", "point": j}
    if family == "chi-square":
        yield from _of_squares(law, t, upper, new)
    if family == "masked pair":
        yield from _pairs(law, new)


def _of_squares(law: Node, t: str, upper: bool, new: str) -> Iterator[Node]:
    for k in _whole_near((f"{par(law['dof'])}/2",), new, (0, 1)):
        own = f"{k} - 1" if upper else k
        for j in dict.fromkeys((_short(own), *_whole_near((f"{t}/2",), new, (0, -1, 1)))):
            yield {"rule": "shape", "shape": k, "point": j}
    if upper:
        yield {"rule": "square"}


def _short(text: str) -> str:
    return str(sympy.expand(sympify(text)))


def _whole_near(texts: Sequence[str], new: str, shifts: Sequence[int] = (0, 1, -1)) -> list[str]:
    """Polynomials with whole coefficients near some expressions in one variable."""
    return list(dict.fromkeys(near for text in texts for near in _whole_near_one(text, new, tuple(shifts))))


@lru_cache(maxsize=512)
def _whole_near_one(text: str, new: str, shifts: tuple[int, ...]) -> tuple[str, ...]:
    s = Symbol(new, positive=True)
    expr = sympify(text, locals={new: s})
    poly = None if expr.free_symbols - {s} or expr.has(sympy.exp, sympy.log) else _polynomial_part(expr, s)
    return () if poly is None else tuple(str(sympy.expand(poly + shift)) for shift in shifts)


def _polynomial_part(expr: Expr, s: Symbol) -> Expr | None:
    """The part of an expression that is a polynomial, its coefficients rounded up to whole ones."""
    top, bottom = sympy.fraction(sympy.together(sympy.powdenest(expr, force=True)))
    try:
        whole = sympy.div(sympy.Poly(top, s), sympy.Poly(bottom, s))[0]
    except sympy.PolynomialError:
        return None
    if not all(c.is_number and c.is_real for c in whole.all_coeffs()):
        return None
    return sum((sympy.ceiling(c) * s**k for (k,), c in whole.terms()), sympy.Integer(0))


def _paths(inner: Node, constants: Mapping[str, Sequence[str]], new: str, hints: Any) -> Iterator[dict[str, str]]:
    """Values of all parameters, of which some move with a new variable; the simplest first."""
    domain = inner["domain"]
    fixed = {name for of in constants.values() for name in of}
    sizes = [name for name, ends in domain.items() if ends[2] == "integers"]
    reals = [name for name in domain if name not in sizes]
    choices = [_real_values(domain[name], new, name in fixed) for name in reals]
    hinted = [tuple((0, str(h[name])) for name in reals) for h in hints if {*reals} <= h.keys()]
    combined = sorted(product(*choices), key=lambda found: sum(cost for cost, _ in found))
    seen: dict[tuple[str, ...], None] = {}
    ranked: list[tuple[int, dict[str, str]]] = []
    for order, taken in enumerate([*hinted, *combined][:_PATHS]):
        values = dict(zip(reals, (text for _, text in taken), strict=True))
        cost = 0 if order < len(hinted) else 1 + sum(c for c, _ in taken)
        for extra, own in _size_values(inner, sizes, values, fixed, new):
            every = {name: {**values, **own}[name] for name in domain}
            key = tuple(every.values())
            if key not in seen and any(new in re.findall(r"\w+", text) for text in key):
                seen[key] = None
                ranked.append((cost + extra, every))
    yield from (every for _, every in sorted(ranked, key=lambda found: found[0]))


def _real_values(ends: Sequence[str], new: str, fixed: bool) -> list[tuple[int, str]]:
    """Values of a real parameter, fixed or on the way to an end, each with how late it is tried."""
    low, high, closed = ends
    found: list[tuple[int, str]] = []
    finite: list[Any] = [None if end in ("oo", "-oo") else sympify(end) for end in (low, high)]
    if closed in ("left", "both"):
        found.append((0, low))
    if closed in ("right", "both"):
        found.append((1, high))
    if all(end is not None and end.is_Rational for end in finite):
        width, t = finite[1] - finite[0], Symbol(new)
        found += [(1 + i, str(finite[0] + width * x)) for i, x in enumerate(map(Rational, ("1/2", "1/10", "9/10")))]
        moving = [str(end) for end in (finite[0] + width / t, finite[1] - width / t, finite[0] + width / t**2)]
    elif finite[0] is not None:
        found += [(1 + i, f"{low} + {x}" if low != "0" else str(x)) for i, x in enumerate(_SIMPLE)]
        lift = "" if low == "0" else f"{low} + "
        moving = [f"{lift}{new}", f"{lift}1/{new}", f"{lift}{new}**2", f"{lift}1/{new}**2"]
    elif finite[1] is not None:
        found += [(1 + i, f"{high} - {x}") for i, x in enumerate(_SIMPLE)]
        moving = [f"{high} - {new}", f"{high} - 1/{new}", f"{high} - {new}**2"]
    else:
        found += [(1, "0"), (1, "1"), (2, "-1")]
        moving = [new, f"-{new}", f"{new}**2"]
    return found if fixed else [*found, *((3 + i, text) for i, text in enumerate(moving))]


def _size_values(
    inner: Node, sizes: Sequence[str], values: Mapping[str, str], fixed: set[str], new: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Whole values of the sizes: multiples of a power of the new variable, with what divides thresholds in them."""
    scale = _scale(inner, values)
    moving = [(0, f"{scale}*{new}"), (1, f"{2 * scale}*{new}"), (2, f"2*{new} + 1"), (2, f"{scale**2}*{new}**2")]
    moving += [(3, f"{4 * scale**2}*{new}**2"), (4, f"{2 * scale}*{new}**3"), (4, f"{scale}*{new}**4")]
    choices = []
    for name in sizes:
        low = sympify(inner["domain"][name][0])
        least = int(low) if low.is_Integer else 1
        held = [(2 + i, str(least + i)) for i in (0, 1, 3)]
        choices.append(held if name in fixed else [*((c, text.removeprefix("1*")) for c, text in moving), *held])
    for taken in product(*choices):
        yield sum(cost for cost, _ in taken), dict(zip(sizes, (text for _, text in taken), strict=True))


def _scale(inner: Node, values: Mapping[str, str]) -> int:
    """What all denominators in an event divide, and 2."""
    texts = str([inner.get("event"), inner.get("laws")]), *values.values()
    if "masked pair" in texts[0]:
        return _PARTS
    found = [int(b) for text in texts for b in re.findall(r"/\s*(\d+)\b", text) if 0 < int(b) <= _LARGEST_SCALE]
    found += [2] if "chi-square" in texts[0] or "gamma" in texts[0] or not found else []
    scale = math.lcm(*found)
    return scale if scale <= _LARGEST_SCALE else 2


def _pairs(law: Node, new: str) -> Iterator[Node]:
    """The likeliest way in which a masked pair is at most 0, at sizes that are multiples of one square."""
    s = Symbol(new)
    found = [sympify(law[key], locals={new: s}) for key in ("n", "d")]
    if any(not (x / s**2).is_Integer or x.coeff(s, 2) % 2 or x.coeff(s, 2) <= 0 for x in found):
        return
    n, d = (int(x.coeff(s, 2)) for x in found)
    k, *sums = likeliest(1.0, d / n)
    kept = 2 * round(k * n / 2)
    a, b, c = (Fraction(round(x * _DIGITS), _DIGITS) * n for x in sums[:3])
    # z² b ≥ a c, up to what is rounded.
    z = Fraction(math.isqrt(math.ceil(a * c / b * _DIGITS**2)) + 1, _DIGITS)
    shapes = [(kept // 2, 0), ((n - kept) // 2, -1), (d // 2, 0)]
    parts = [{"rule": "shape", "shape": f"{k}*{new}**2", "point": f"{k}*{new}**2 + {j}"} for k, j in shapes]
    texts = {key: f"{x}*{new}**2" for key, x in (("kept", kept), ("a", a), ("b", b), ("c", c))}
    yield {"rule": "pair", **texts, "z": f"{z}*{new}", "parts": parts}


def pair_sizes(law: Node) -> tuple[str, str] | None:
    """The two sizes of a masked pair; None of another law.

    Examples
    --------
    >>> pair_sizes({"family": "masked pair", "n": "k", "p": "1/2", "d": "r", "norm": "S"})
    ('k', 'r')
    """
    return (str(law["n"]), str(law["d"])) if law["family"] == "masked pair" else None


def failure_rate(n: float, d: float) -> float:
    """The sum of rates of the likeliest failure of a masked pair: −log P(Q ≤ 0) up to lower orders.

    Examples
    --------
    >>> round(1 / failure_rate(1, 1), 6)
    5.456585
    """
    return _cost(n, d, likeliest(n, d)[0])[0]


def likeliest(n: float, d: float) -> tuple[float, float, float, float, float]:
    """The likeliest failure: what is kept of n, the sums of squares of it, of the rest and of d normals, a normal one.

    Of k log k and the rates of four tails the sum is least, where the parts meet: z² b = a c.

    Examples
    --------
    >>> round(likeliest(1, 1)[0], 6)
    0.381966
    """
    low, high = 1e-9 * n, n / 2
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        x, y = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, y) if _cost(n, d, x)[0] < _cost(n, d, y)[0] else (x, high)
    k = (low + high) / 2
    return (k, *_cost(n, d, k)[1:])


def _cost(n: float, d: float, k: float) -> tuple[float, float, float, float, float]:
    a, b, c = k, n - k, d
    for _ in range(400):
        a = k / (1 + c / b)
        b = ((n - k) + math.sqrt((n - k) ** 2 + 4 * a * c)) / 2
        c = d / (1 + a / b)

    def rate(x: float, mean: float) -> float:
        return (x - mean - mean * math.log(x / mean)) / 2

    entropy = k * math.log(2 * k / n) + (n - k) * math.log(2 * (n - k) / n)
    return entropy + rate(a, k) + rate(b, n - k) + rate(c, d) + a * c / b / 2, a, b, c, math.sqrt(a * c / b)
