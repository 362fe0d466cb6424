"""What a proof of a tail tries: multipliers, changes of variable, points at which a threshold leaves the support."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import sympy
from sympy import Expr, Integer, Rational, Symbol, sqrt

from .tails_pairs import kept_below, norm_above, norm_below, products_rate, tangent

__all__ = [
    "balance",
    "edges",
    "false_somewhere",
    "free_name",
    "largest_first",
    "multipliers",
    "pieces",
    "rates_of",
    "ratios",
    "rest_of_sum",
    "samples",
    "splits",
    "substitutions",
    "terms_of",
    "transfers",
    "value_of",
]

Choice = tuple[str, Expr, str]

HALF = Rational(1, 2)
NEAR = 10**6
# The denominator of numbers that need not be the best ones.
NUMBERS = 4096
# 1/φ, the best tilt of a masked pair of equal sizes.
EQUAL = "309/500"


def multipliers(goal: Any) -> Iterator[Choice]:
    """The form of a multiplier, its expression, and which bound of the generating function it is for."""
    law, x = goal.event["law"], goal.read(goal.event["at"])
    family, read = law["family"], goal.read
    if family == "chi-square":
        yield "tilt", _short(x / read(law["dof"])), "exact"
        if law["dof"] in goal.domain and goal.domain[law["dof"]][0] not in ("0", "1"):
            yield "tilt", _short(x / read(goal.domain[law["dof"]][0])), "exact"
    elif family == "poisson":
        yield "log", _short(x / read(law["mean"])), "exact"
    elif family == "binomial":
        n, p = read(law["n"]), read(law["p"])
        yield "plain", _short(4 * (x / n - p)), "hoeffding"
        yield "log", _short(x / (n * p)), "poisson"
        yield "log", _short(x * (1 - p) / (p * (n - x))), "exact"
    elif family == "normal products":
        e = _short(x / read(law["n"]))
        yield "plain", e / 2, "exact"
        if e.has(sympy.pi):
            yield "plain", _short(sympy.pi * e / 4), "exact"
            yield "plain", Rational(3, 5), "exact"
        yield "plain", (sqrt(1 + 4 * e**2) - 1) / (2 * e), "exact"
    elif family in ("copies", "sum", "masked"):
        yield from _numeric(goal, x)


def edges(goal: Any) -> Iterator[tuple[str, Expr]]:
    """Variables and points of them at which the threshold reaches an end of the support, where it does."""
    law, x, upper = goal.event["law"], goal.read(goal.event["at"]), goal.event["relation"] in (">", ">=")
    family = law["family"]
    while family == "maximum":
        law, family = law["of"], law["of"]["family"]
    ends: dict[str, Any] = (
        {"sphere coordinate": 1, "spacing": 1}
        if upper
        else dict.fromkeys(("chi-square", "poisson", "binomial", "exponential", "uniform", "root", "square"), 0)
    )
    edge = goal.read(law["n"]) if family == "binomial" and upper else ends.get(family)
    if edge is None:
        return
    text = sympy.sstr(x - edge)
    signs = {v > 0 for v in (value_of(text, at) for at in samples(goal.domain)) if v is not None and v != 0}
    if len(signs) < 2:
        return
    for name in goal.domain:
        symbol = goal.symbol(name)
        if x.has(symbol):
            for point in _solutions(x - edge, symbol):
                yield name, point
                return


def _solutions(expr: Expr, symbol: Symbol) -> list[Expr]:
    try:
        return [s for s in sympy.solve(expr, symbol) if s.is_real is not False]
    except NotImplementedError:
        return []


def substitutions(goal: Any) -> Iterator[dict[str, Any]]:
    """A variable as a multiple of another one, such that the threshold is a multiple of a power of that one."""
    x, law = goal.read(goal.event["at"]), goal.event["law"]
    inner = law["of"] if law["family"] == "absolute" else law
    for name, (low, _, closed) in goal.domain.items():
        if low != "0" or closed == "integers" or not x.has(goal.symbol(name)):
            continue
        t, u = goal.symbol(name), Symbol(f"{name}_u", positive=True)
        slope = sympy.cancel(x / t)
        if inner["family"] == "normal" and not slope.has(t) and goal.read(inner["variance"]).free_symbols:
            factor = sympy.sstr(sympy.simplify(sqrt(goal.read(inner["variance"])) / slope))
            yield {"of": name, "new": free_name(name, goal.domain), "factor": factor, "power": "1"}
        for other in goal.domain:
            s = goal.symbol(other)
            if other == name or not x.has(s):
                continue
            for weight in (Integer(1), HALF, Integer(2)):
                moved = x.subs(t, s**weight * u)
                if _homogeneous(moved, s, u, goal):
                    power = 2 if _has_root(x, t) else 1
                    yield {
                        "of": name,
                        "new": free_name(name, goal.domain),
                        "factor": sympy.sstr(s**weight),
                        "power": str(power),
                    }
                    break


def free_name(name: str, domain: Mapping[str, Any]) -> str:
    return next(n for n in (f"{name}_{i}" for i in range(1, 99)) if n not in domain)


def transfers(goal: Any) -> Iterator[dict[str, Any]]:
    """The tilts of a masked pair: τ for sizes n = d τ²/(1 − τ) and d, 1/φ for sizes that are about equal."""
    law, exponents = goal.event["law"], _exponents(goal.bound)
    n, d = goal.read(law["n"]), goal.read(law["d"])
    for name in goal.domain:
        t = goal.symbol(name)
        if n.has(t) and sympy.cancel(n - d * t**2 / (1 - t)) == 0:
            half = "(1 / 2)" in goal.bound
            if len(exponents) > 1 and not half:
                return
            first = -d / 2 * sympy.log(1 + t**3) - n / 2 * sympy.log(4 * (1 - t + t**2) / (1 + t) ** 2)
            for last in (*exponents, sympy.sstr(first)):
                node = {"rule": "transfer", "tilt": name, "first": sympy.sstr(first), "last": last}
                yield {**node, "size": law["d"], "half": half}
            return
    ratio = sympy.cancel(n / d)
    tilt = _tilt(ratio) if ratio.is_Rational else EQUAL
    for size in dict.fromkeys((law["d"], law["n"])) if len(exponents) == 1 else ():
        node = {"rule": "transfer", "tilt": tilt, "first": exponents[0], "last": exponents[0], "half": False}
        yield {**node, "size": size}


def _tilt(ratio: Expr) -> str:
    """The best tilt of a masked pair whose sizes have a ratio where that is rational, else one for equal sizes."""
    best = (sqrt(ratio**2 + 4 * ratio) - ratio) / 2
    return str(best) if best.is_Rational else EQUAL


def balance(texts: list[str], domain: Mapping[str, Any], name: str) -> tuple[Expr, Expr] | None:
    """Numbers in (0, 1) a little below and above where two expressions are equal, one growing beyond the other.

    Examples
    --------
    >>> balance(["d*t/4", "d*(1 - t)/2"], {"t": ["0", "1", ""], "d": ["1", "oo", "left"]}, "t")
    (333333/500000, 666667/1000000)
    """
    ones = dict.fromkeys(domain, 1.0)

    def gap(t: float) -> float | None:
        first, second = (value_of(text, {**ones, name: t}) for text in texts)
        return None if first is None or second is None else first - second

    low, high = 1e-9, 1 - 1e-9
    at_low, at_high = gap(low), gap(high)
    if len(texts) != 2 or at_low is None or at_high is None or at_low * at_high >= 0:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        here = gap(middle)
        if here is None:
            return None
        low, high = (middle, high) if here * at_low > 0 else (low, middle)
    at = math.floor(low * NEAR)
    return Rational(at, NEAR), Rational(at + 1, NEAR)


def pieces(goal: Any, pair: dict[str, Any]) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Numbers for the four events of a masked pair, and of each the part of the bound that it has."""
    law, t = pair["law"], value_of(pair["at"], {})
    n, d = goal.read(law["n"]), goal.read(law["d"])
    if t is None or t < 0 or law["p"] != "1/2" or not (n.is_Symbol and d.is_Symbol):
        return
    terms = sympy.Add.make_args(sympy.expand_mul(goal.read(goal.bound)))
    of_n, of_d = ([(term, rate) for term in terms if (rate := _rate(term, size)) is not None] for size in (n, d))
    for choice in product(of_n, of_n, of_d, of_d):
        chosen = [term for term, _ in choice]
        norm, kept, share = norm_above(choice[0][1]), kept_below(choice[1][1]), float(norm_below(choice[2][1]))
        if not 0 < kept < norm or share * kept <= t:
            continue
        cross = (share * kept - t) / math.sqrt(kept * (norm - kept))
        if products_rate(cross) < choice[3][1]:
            continue
        numbers = {"norm": norm + 2 / NUMBERS, "kept": kept, "inputs": share, "cross": cross * (1 - 8 / NUMBERS)}
        shown = {key: str(Fraction(math.floor(value * NUMBERS), NUMBERS)) for key, value in numbers.items()}
        yield shown, [sympy.sstr(term / chosen.count(term)) for term in chosen]


def _rate(term: Expr, size: Expr) -> Expr | None:
    """The rate at which a term of a bound falls in a size, where it is a rational multiple of it in one exponential."""
    exponents = [e.exp for e in term.atoms(sympy.exp)]
    rate = -exponents[0].coeff(size) if len(exponents) == 1 else Integer(0)
    return rate if rate.is_Rational and rate.is_positive else None


def rates_of(goal: Any, sizes: tuple[str, str]) -> list[Expr] | None:
    """The rates of the exponentials of a bound in two sizes; None where there are none."""
    found = []
    for name in sizes:
        symbol = goal.symbol(name)
        rates = [-goal.read(text).coeff(symbol) for text in _exponents(goal.bound)]
        rates = [r for r in rates if r.is_positive and r.is_number]
        if not rates:
            return None
        found.append(min(rates))
    return found


def ratios(goal: Any) -> Iterator[dict[str, Any]]:
    """Tangents of the cost of a ratio at a threshold, for either size as the smaller one."""
    law, t = goal.event["law"], value_of(goal.event["at"], {})
    found = None if t is None else tangent(t)
    if found is None:
        return
    cost, slope, at, cells = found
    node: dict[str, Any] = {"rule": "tangent", "cost": str(cost), "slope": str(slope), "at": str(at)}
    node |= {"cells": [[str(end), str(sigma)] for end, sigma in cells]}
    for size in dict.fromkeys((law["d"], law["n"])):
        if size in goal.bound:
            yield {**node, "size": size}


def _exponents(text: str) -> list[str]:
    """The arguments of the exponentials in a text."""
    calls = [n for n in ast.walk(_tree(text)) if isinstance(n, ast.Call)]
    return list(dict.fromkeys(ast.unparse(n.args[0]) for n in calls if ast.unparse(n.func) == "exp"))


def _homogeneous(expr: Expr, s: Symbol, u: Symbol, goal: Any) -> bool:
    """Whether an expression is a constant power of one symbol times what does not have it, at some values."""
    text = sympy.sstr(expr)
    for point in samples({k: v for k, v in goal.domain.items() if k != s.name}, 2):
        values = [value_of(text, {**point, s.name: v, u.name: 0.37}) for v in (2.0, 4.0, 8.0)]
        known = [v for v in values if v]
        if len(known) < 3:
            return False
        first, second = known[1] / known[0], known[2] / known[1]
        if abs(first - second) > 1e-9 * abs(first) or first == 1:
            return False
    return True


def _has_root(expr: Expr, t: Symbol) -> bool:
    return any(p.exp.is_Rational and p.exp.q == 2 and p.base.has(t) for p in expr.atoms(sympy.Pow))


def splits(goal: Any) -> Iterator[Expr]:
    """What a scale may reach: multiples of its mean."""
    events = [goal.event["given"][0]] if "given" in goal.event else goal.event.get("any", [goal.event])
    if goal.read(events[0]["at"]) == 0:
        yield Integer(0)
        return
    by = events[0]["law"]["by"]
    root = by["family"] == "root"
    mean = _mean(goal, by["of"] if root else by)
    for at in ("2", "1/4", "1/2", "4", "3/2", "1") if mean is not None else ():
        yield sqrt(mean * Rational(at)) if root else mean * Rational(at)


def _mean(goal: Any, law: dict[str, Any]) -> Expr | None:
    family, read = law["family"], goal.read
    if family == "chi-square":
        return read(law["dof"])
    if family in ("affine", "copies", "masked"):
        inner = _mean(goal, law["of"])
        if inner is None:
            return None
        return (
            inner * read(law["scale"]) + read(law["shift"])
            if family == "affine"
            else inner * read(law["n" if family == "copies" else "p"])
        )
    return None


def _numeric(goal: Any, x: Expr) -> Iterator[Choice]:
    """A rational multiplier near the best one, where that is the same at all sizes."""
    upper = goal.event["relation"] in (">", ">=")
    found = []
    text = sympy.sstr(x)
    for point in samples(goal.domain, 2):
        at = value_of(text, point)
        if at is None:
            return
        best = _least(lambda r, at=at, point=point: _exponent(goal, r, at, point), upper)
        if best is None:
            return
        found.append(best)
    if not found or abs(found[0] - found[-1]) > 1e-4 * abs(found[0]):
        return
    for most in (5, 20, 100):
        yield "tilt", Rational(*Fraction(found[0]).limit_denominator(most).as_integer_ratio()) ** 2, "exact"


def _least(value: Any, upper: bool) -> float | None:
    """The root r of the w = r² at which an exponent is least, w above 1 or below."""
    low, high = (1.0, 100.0) if upper else (0.01, 1.0)
    golden = (math.sqrt(5) - 1) / 2
    a, b = math.log(low), math.log(high)
    for _ in range(60):
        c, d = b - golden * (b - a), a + golden * (b - a)
        first, second = value(math.exp(c)), value(math.exp(d))
        # Where there is no value the multiplier is too far from 0.
        closer = upper if first is None or second is None else first < second
        a, b = (a, d) if closer else (c, b)
    return math.exp((a + b) / 2)


def _exponent(goal: Any, r: float, x: float, point: dict[str, float]) -> float | None:
    lam = (1 - 1 / r**2) / 2
    log = _log_generating(goal, goal.event["law"], lam, point)
    return None if log is None else log - lam * x


def _log_generating(goal: Any, law: dict[str, Any], lam: float, point: dict[str, float]) -> float | None:
    def number(text: str) -> float:
        found = value_of(text, point)
        if found is None:
            raise ValueError("no value")
        return found

    try:
        family = law["family"]
        if family == "chi-square":
            return -number(law["dof"]) / 2 * math.log(1 - 2 * lam)
        if family == "copies":
            inner = _log_generating(goal, law["of"], lam, point)
            return None if inner is None else number(law["n"]) * inner
        if family in ("masked", "mixture"):
            inner, p = _log_generating(goal, law["of"], lam, point), number(law["p"])
            rest = _log_generating(goal, law["else"], lam, point) if family == "mixture" else 0.0
            return None if inner is None or rest is None else math.log((1 - p) * math.exp(rest) + p * math.exp(inner))
        if family == "sum":
            parts = [_log_generating(goal, part, lam, point) for part in law["of"]]
            return None if None in parts else sum(parts)  # type: ignore[arg-type]
        if family == "affine":
            scale = number(law["scale"])
            inner = _log_generating(goal, law["of"], lam * scale, point)
            return None if inner is None else inner + lam * number(law["shift"])
    except (ValueError, OverflowError):
        return None
    return None


@lru_cache(maxsize=4096)
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


_FUNCTIONS: dict[str, Any] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "erfc": math.erfc,
    "erf": math.erf,
    "Phi": lambda x: math.erfc(-x / math.sqrt(2)) / 2,
}
_OPERATIONS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def value_of(text: str, point: Mapping[str, float]) -> float | None:
    """An expression in floats; None where it has no real value.

    Examples
    --------
    >>> value_of("2*sqrt(x) + 1/4", {"x": 4.0}), value_of("log(-x)", {"x": 4.0})
    (4.25, None)
    """

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return _OPERATIONS[type(node.op)](value(node.left), value(node.right))  # type: ignore[no-any-return]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Min", "Max"):
            return float((min if ast.unparse(node.func) == "Min" else max)(map(value, node.args)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return float(_FUNCTIONS[node.func.id](value(node.args[0])))
        if isinstance(node, ast.Name):
            return point[node.id] if node.id in point else {"pi": math.pi, "E": math.e, "oo": math.inf}[node.id]
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        raise ValueError("no number")

    try:
        found = value(_tree(text))
    except (KeyError, ValueError, OverflowError, ZeroDivisionError, SyntaxError, TypeError):
        return None
    return found if isinstance(found, float) and math.isfinite(found) else None


def false_somewhere(claim: dict[str, Any]) -> bool:
    """Whether a relation is false at one of some values, by more than floats may err."""
    for point in samples(claim["domain"], 9):
        left, right = value_of(claim["left"], point), value_of(claim["right"], point)
        if left is None or right is None:
            continue
        over = left - right if claim["relation"][0] == "<" else right - left
        if over > 1e-9 * (abs(left) + abs(right)) + 1e-13:
            return True
    return False


def samples(domain: Mapping[str, Any], count: int = 12) -> Iterator[dict[str, float]]:
    """Some values of all variables, those first that are ends of others."""
    for i in range(count):
        point: dict[str, float] = {}
        for j, (name, (low, high, _)) in enumerate(reversed([*domain.items()])):
            share = ((i + 1) * (0.618034 + 0.137 * j) + 0.05) % 1.0
            a, b = value_of(low, point), value_of(high, point)
            far = share / (1 - share) * (1.0 if i % 3 else 20.0)
            if a is not None and b is not None:
                point[name] = a + share * (b - a)
            elif a is not None:
                point[name] = a + far
            elif b is not None:
                point[name] = b - far
            else:
                point[name] = (2 * share - 1) / (share * (1 - share))
        yield point


def terms_of(text: str) -> list[tuple[int, str]]:
    """The terms of a sum as they stand, each with its sign; a factor of a sum is one of its terms.

    Examples
    --------
    >>> terms_of("exp(-m/7) - (x - 2*y) - -x*y"), terms_of("n*(x + 2*y)")
    ([(1, 'exp(-m / 7)'), (-1, 'x'), (1, '2 * y'), (1, 'x * y')], [(1, 'n * x'), (1, 'n * (2 * y)')])
    """

    def terms(node: ast.expr, sign: int) -> Iterator[tuple[int, ast.expr]]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield from terms(node.left, sign)
            yield from terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield from terms(node.operand, -sign)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            right = [*terms(node.right, 1)]
            for first, left in terms(node.left, sign):
                for second, part in right:
                    yield first * second, ast.BinOp(left, node.op, part)
        else:
            yield sign, node

    return [(sign, ast.unparse(node)) for sign, node in terms(_tree(text), 1)]


def rest_of_sum(left: str, right: str) -> list[str] | None:
    """What the right side has besides all terms of the left one, none less than 0; None where there is no such rest.

    Examples
    --------
    >>> rest_of_sum("(exp(-m))", "x + exp(-m)"), rest_of_sum("(exp(-m))", "x + 2*exp(-m)")
    (['x'], None)
    >>> rest_of_sum("x + 2*n*y", "x + n*(2*y + z)")
    ['n * z']
    """
    rest = [(_factors(text), sign, text) for sign, text in terms_of(right)]
    for sign, text in terms_of(left):
        same = [one for one in rest if one[:2] == (_factors(text), sign)]
        if not same:
            return None
        rest.remove(same[0])
    return [text for _, _, text in rest] if all(sign > 0 for _, sign, _ in rest) else None


def _factors(text: str) -> list[str]:
    """The factors of a product, in one order."""

    def factors(node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield from factors(node.left)
            yield from factors(node.right)
        else:
            yield ast.unparse(node)

    return sorted(factors(_tree(text)))


def largest_first(terms: list[str], domain: Mapping[str, Any]) -> list[str]:
    """Positive terms by how large they are at some values."""
    points = [*samples(domain, 6)]

    def size(term: str) -> float:
        values = [value_of(term, point) for point in points]
        return sum(math.log(max(v, 1e-300)) for v in values if v is not None)

    return sorted(terms, key=size, reverse=True)


def _short(expr: Expr) -> Expr:
    """An expression without common factors where it is rational in its symbols and their roots."""
    try:
        return sympy.cancel(expr)
    except (sympy.PolynomialError, NotImplementedError):
        return expr
