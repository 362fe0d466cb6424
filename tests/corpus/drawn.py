"""Statements about quantities without a law here, which are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Abs, Integer, Rational, Sum, Symbol, cos, exp, factorial, log, pi, sin, sqrt
from whp.checks import Engine, Grid
from whp.theory import RV, E, Event, Link, Model, P, Regime, Var, real, size

from .entry import typed

__all__ = ["ENTRIES"]

n = size("n")
low, rows = size("n", 2), size("m", 2)
j = size("j", 0)
i = Symbol("i", integer=True)
eps, delta, L = real("eps", 0), real("delta", 0, 1), real("L", 0)
m = size("m")
samples = size("n")


def _angles(cell: Any, rng: Any, count: int, data: Any) -> Any:
    theta = np.pi * min(int(cell["j"]), 4) / 4
    g = rng.standard_normal((count, 2))
    along = np.cos(theta) * g[:, 0] + np.sin(theta) * g[:, 1]
    return np.maximum(g[:, 0], 0.0) * np.maximum(along, 0.0)


def _values(block: Any) -> Any:
    return block


ANGLE = Model("pair", (j,), r"w \sim \mathcal{N}(0, I_d), unit x, y at the angle \pi j / 4")
product = RV("product", ANGLE, r"(w^\top x)_+ (w^\top y)_+")
_theta = pi * j / 4
_kernel = sin(_theta) + (pi - _theta) * cos(_theta)
_PAIR = {ANGLE: Engine(_angles, {"product": _values})}


def _square(cell: Any, rng: Any, count: int, data: Any) -> Any:
    return rng.standard_normal((count, int(cell["n"]), int(cell["n"])))


SQUARE = Model("square", (n,), "G an n x n matrix with standard normal entries")
smallest = RV("smallest", SQUARE, r"\sigma_{\min}(G)")
_SQUARE = {SQUARE: Engine(_square, {"smallest": lambda g: np.linalg.svd(g, compute_uv=False)[:, -1]})}


def _signs(cell: Any, rng: Any, count: int, data: Any) -> Any:
    return rng.choice([-1.0, 1.0], size=(count, int(cell["n"]), int(cell["n"])))


SIGNS = Model("signs", (n,), "R an n x n matrix of fair signs")
squared = RV("squared", SIGNS, r"\det(R)^2")
_SIGNS = {SIGNS: Engine(_signs, {"squared": lambda r: np.linalg.det(r).round() ** 2})}


def _rectangle(cell: Any, rng: Any, count: int, data: Any) -> Any:
    return rng.standard_normal((count, int(cell["m"]), int(cell["n"])))


def _condition(g: Any) -> Any:
    values = np.linalg.svd(g, compute_uv=False)
    return values[:, 0] / values[:, -1]


RECTANGLE = Model("rectangle", (rows, low), "G an m x n matrix with standard normal entries")
kappa = RV("kappa", RECTANGLE, r"\kappa(G)")
_RECTANGLE = {RECTANGLE: Engine(_rectangle, {"kappa": _condition})}


def _uniforms(cell: Any, rng: Any, count: int, data: Any) -> Any:
    return np.sort(rng.random((count, int(cell["n"]))), axis=1)


def _distance(u: Any) -> Any:
    steps = np.arange(1, u.shape[1] + 1) / u.shape[1]
    return np.maximum((steps - u).max(axis=1), (u - steps + 1 / u.shape[1]).max(axis=1))


def _gap(u: Any) -> Any:
    return np.diff(np.concatenate([np.zeros((len(u), 1)), u], axis=1), axis=1).max(axis=1)


UNIFORMS = Model("uniforms", (n,), "n uniform variables on [0, 1]")
distance, gap = RV("distance", UNIFORMS, r"\sup|F_n - F|"), RV("gap", UNIFORMS, r"\max_j D_j")
_UNIFORMS = {UNIFORMS: Engine(_uniforms, {"distance": _distance, "gap": _gap})}


def _exponentials(cell: Any, rng: Any, count: int, data: Any) -> Any:
    return rng.standard_exponential((count, int(cell["n"]))).max(axis=1)


EXPONENTIALS = Model("exponentials", (n,), "n standard exponential variables")
largest = RV("largest", EXPONENTIALS, r"\max_i X_i")
_EXPONENTIALS = {EXPONENTIALS: Engine(_exponentials, {"largest": _values})}


def _gram(cell: Any, rng: Any, count: int, data: Any) -> Any:
    """‖H − E H‖_F for n equally spaced unit vectors of the plane."""
    angles = 2 * np.pi * np.arange(int(cell["n"])) / int(cell["n"])
    inputs = np.stack([np.cos(angles), np.sin(angles)])
    inner = inputs.T @ inputs
    mean = inner * (np.pi - np.arccos(np.clip(inner, -1.0, 1.0))) / (2 * np.pi)
    found = np.empty(count)
    for row in range(count):
        active = (rng.standard_normal((int(cell["m"]), 2)) @ inputs >= 0).astype(float)
        found[row] = np.linalg.norm(inner * (active.T @ active) / int(cell["m"]) - mean)
    return found


GRAM = Model("gram", (m, samples), "the tangent Gram matrix of m half-spaces at n unit vectors")
deviation = RV("deviation", GRAM, r"\|H - H^\infty\|_F")
_GRAM = {GRAM: Engine(_gram, {"deviation": _values}, block_size=lambda cell: 64)}

ENTRIES = (
    typed(
        "pl14",
        True,
        "For a Gaussian vector w and unit x, y at angle θ: E (w·x)₊ (w·y)₊ = (sin θ + (π − θ) cos θ)/(2π).",
        Link(E(product), "=", _kernel / (2 * pi)),
        where=(j <= 4,),
        engines=_PAIR,
        reading="θ at the multiples of π/4; drawn",
    ),
    typed(
        "pl60",
        False,
        "The same with 1/π.",
        Link(E(product), "=", _kernel / pi),
        where=(j <= 4,),
        engines=_PAIR,
        reading="θ at the multiples of π/4; drawn",
    ),
    typed(
        "pl15",
        True,
        "A square Gaussian matrix of size n: P(σ_min ≤ ε/√n) ≤ ε.",
        Link(P(Event(smallest, "<=", eps / sqrt(n))), "<=", eps),
        points=({eps: Rational(1, 10)}, {eps: Rational(1, 2)}, {eps: Rational(9, 10)}),
        engines=_SQUARE,
        options={"trials": 4000, "grid": Grid({"n": (1, 2, 4, 8)})},
        reading="drawn; ε at listed values, n at 1, 2, 4, 8",
        slow=True,
    ),
    typed(
        "pl34",
        True,
        "A square matrix of fair signs of size n: E det(R)² = n!.",
        Link(E(squared), "=", factorial(n)),
        where=(n <= 6,),
        engines=_SIGNS,
        reading="drawn; n up to 6",
    ),
    typed(
        "pl38",
        False,
        "A Gaussian m x n matrix: E κ < n/(|n − m| + 1) + 2.258.",
        Link(E(kappa), "<", low / (Abs(low - rows) + 1) + Rational(2258, 1000)),
        where=(rows <= 4, low <= 4),
        engines=_RECTANGLE,
        reading="drawn; m and n up to 4",
    ),
    typed(
        "pl20",
        False,
        "The empirical distribution function of n uniform variables: P(sup |F_n − F| > ε) ≤ exp(−2 n ε²).",
        Link(P(Event(distance, ">", eps)), "<=", exp(-2 * n * eps**2)),
        points=({eps: Rational(1, 4)},),
        engines=_UNIFORMS,
        reading="drawn; ε = 1/4",
        slow=True,
    ),
    typed(
        "pl48",
        False,
        "The largest gap of n uniform variables from 0 on: E max D_j = (1 + o(1))/(n + 1).",
        Link(E(gap), "~", 1 / (n + 1)),
        regime=Regime(n),
        engines=_UNIFORMS,
        reading="drawn",
    ),
    typed(
        "pl54",
        True,
        "The largest of n standard exponential variables has mean 1 + 1/2 + ... + 1/n and variance below π²/6.",
        Link(E(largest), "=", Sum(1 / i, (i, 1, n))),
        Link(Var(largest), "<", pi**2 / 6),
        engines=_EXPONENTIALS,
        reading="drawn",
    ),
    typed(
        "pl62",
        True,
        "If m ≥ 8 n² log(2 n²/δ)/L² then P(‖H − E H‖_F > L/4) ≤ δ for the tangent Gram matrix at n unit inputs.",
        Link(P(Event(deviation, ">", L / 4)), "<=", delta, scope="all unit vectors; drawn at equally spaced ones"),
        where=(m >= 8 * samples**2 * log(2 * samples**2 / delta) / L**2,),
        points=({L: Integer(1), delta: Rational(1, 10)}, {L: Integer(2), delta: Rational(1, 2)}),
        engines=_GRAM,
        options={"trials": 1000, "grid": Grid({"m": (40, 160, 640), "n": (1, 2, 3)})},
        reading="drawn at equally spaced inputs; L and δ at listed values",
        slow=True,
    ),
)
