"""What a proof of a tail tries: multipliers, changes of variable, points at which a threshold leaves the support."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr, Integer, Rational, Symbol, oo, sqrt

__all__ = ["edges", "multipliers", "splits", "substitutions"]

Choice = tuple[str, Expr, str]

HALF = Rational(1, 2)


def multipliers(goal: Any) -> Iterator[Choice]:
    """The form of a multiplier, its expression, and which bound of the generating function it is for."""
    law, x = goal.event["law"], goal.read(goal.event["at"])
    family, read = law["family"], goal.read
    if family == "normal":
        yield "plain", _short((x - read(law["mean"])) / read(law["variance"])), "exact"
    elif family == "chi-square":
        yield "tilt", _short(x / read(law["dof"])), "exact"
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
        yield "plain", (sqrt(1 + 4 * e**2) - 1) / (2 * e), "exact"
    elif family in ("copies", "sum", "masked"):
        yield from _numeric(goal, x)


def edges(goal: Any) -> Iterator[tuple[str, Expr]]:
    """Variables and points of them at which the threshold reaches an end of the support, where it does."""
    law, x, upper = goal.event["law"], goal.read(goal.event["at"]), goal.event["relation"] in (">", ">=")
    family = law["family"]
    ends: dict[str, Any] = {"sphere coordinate": 1, "spacing": 1} if upper else dict.fromkeys(
        ("chi-square", "poisson", "binomial", "exponential", "uniform"), 0
    )
    edge = goal.read(law["n"]) if family == "binomial" and upper else ends.get(family)
    if edge is None:
        return
    signs = {v > 0 for v in (_value(x - edge, at) for at in samples(goal.domain)) if v is not None and v != 0}
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
    x = goal.read(goal.event["at"])
    for name, (low, _, closed) in goal.domain.items():
        if low != "0" or closed == "integers" or not x.has(goal.symbol(name)):
            continue
        t, u = goal.symbol(name), Symbol(f"{name}_u", positive=True)
        for other in goal.domain:
            s = goal.symbol(other)
            if other == name or not x.has(s):
                continue
            for weight in (Integer(1), HALF, Integer(2)):
                moved = x.subs(t, s**weight * u)
                if _homogeneous(moved, s, u, goal):
                    power = 2 if _has_root(x, t) else 1
                    new = next(n for n in (f"{name}_{i}" for i in range(1, 99)) if n not in goal.domain)
                    yield {"of": name, "new": new, "factor": sympy.sstr(s**weight), "power": str(power)}
                    break


def _homogeneous(expr: Expr, s: Symbol, u: Symbol, goal: Any) -> bool:
    """Whether an expression is a constant power of one symbol times what does not have it, at some values."""
    for point in samples({k: v for k, v in goal.domain.items() if k != s.name}, 2):
        values = [_value(expr, {**point, s.name: v, u.name: 0.37}) for v in (2.0, 4.0, 8.0)]
        if any(v is None or v == 0 for v in values):
            return False
        first, second = values[1] / values[0], values[2] / values[1]
        if abs(first - second) > 1e-9 * abs(first) or first == 1:
            return False
    return True


def _has_root(expr: Expr, t: Symbol) -> bool:
    return any(p.exp.is_Rational and p.exp.q == 2 and p.base.has(t) for p in expr.atoms(sympy.Pow))


def splits(goal: Any) -> Iterator[tuple[Expr, Expr]]:
    """Two factors of a threshold: what a scale may reach, and what it then leaves."""
    events = goal.event["any"] if "any" in goal.event else [goal.event]
    t = goal.read(events[0]["at"])
    roots = events[0]["law"]["by"]["family"] == "root"
    for at in ("2", "1", "1/8", "1/2", "1/4", "4"):
        scale = sqrt(Rational(at)) if roots else Rational(at)
        yield scale, _short(t / scale)
    if t == 0:
        yield Integer(0), Integer(0)


def _numeric(goal: Any, x: Expr) -> Iterator[Choice]:
    """A rational multiplier near the best one, where that is the same at all sizes."""
    upper = goal.event["relation"] in (">", ">=")
    found = []
    for point in samples(goal.domain, 2):
        at = _value(x, point)
        if at is None:
            return
        best = _least(lambda r, at=at, point=point: _exponent(goal, r, at, point), upper)  # type: ignore[misc]
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
        if first is None and second is None:
            return None
        if second is None or (first is not None and first < second):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)


def _exponent(goal: Any, r: float, x: float, point: dict[str, float]) -> float | None:
    lam = (1 - 1 / r**2) / 2
    log = _log_generating(goal, goal.event["law"], lam, point)
    return None if log is None else log - lam * x


def _log_generating(goal: Any, law: dict[str, Any], lam: float, point: dict[str, float]) -> float | None:
    def number(text: str) -> float:
        found = _value(goal.read(text), point)
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
        if family == "masked":
            inner, p = _log_generating(goal, law["of"], lam, point), number(law["p"])
            return None if inner is None else math.log(1 - p + p * math.exp(inner))
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


def samples(domain: dict[str, list[str]], count: int = 12) -> Iterator[dict[str, float]]:
    """Some values of all variables, in the order in which their ends are known."""
    for i in range(count):
        point: dict[str, float] = {}
        for j, (name, (low, high, _)) in enumerate(reversed(domain.items())):
            share = ((i + 1) * (0.618034 + 0.137 * j) + 0.05) % 1.0
            a, b = (None if e in ("oo", "-oo") else _value(sympy.sympify(e, locals=_plain(domain)), point) for e in (low, high))
            if a is not None and b is not None:
                point[name] = a + share * (b - a)
            elif a is not None:
                point[name] = a + share / (1 - share)
            elif b is not None:
                point[name] = b - share / (1 - share)
            else:
                point[name] = (2 * share - 1) / (share * (1 - share))
        yield point


def _plain(domain: dict[str, list[str]]) -> dict[str, Symbol]:
    return {name: Symbol(name) for name in domain}


def _value(expr: Expr, point: dict[str, float]) -> float | None:
    """An expression in floats; None where it has no real value."""
    try:
        found = complex(sympy.sympify(expr).subs({s: point[s.name] for s in sympy.sympify(expr).free_symbols}))
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return found.real if abs(found.imag) < 1e-12 and math.isfinite(found.real) else None


def _short(expr: Expr) -> Expr:
    """An expression without common factors where it is rational in its symbols and their roots."""
    try:
        return sympy.cancel(expr)
    except (sympy.PolynomialError, NotImplementedError):
        return expr
