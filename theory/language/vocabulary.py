"""The names that a typed claim may use: functions, constants, functionals of random variables, events, laws, arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable

import sympy
from sympy import Expr, oo

from .arrays import ARRAYS
from .families import ALIASES, FAMILIES
from .heads import E, Head, Median, Quantile, Var

__all__ = ["CONSTANTS", "COUNTS", "EVENTS", "FUNCTIONS", "HEADS", "KNOWN", "OPERATORS", "SIZE_NAMES"]

SIZE_NAMES = ("m", "d", "n", "k", "N", "K")
OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "=",
}
FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "abs": sympy.Abs,
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "log": sympy.log,
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "gamma": sympy.gamma,
    "loggamma": sympy.loggamma,
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "factorial": sympy.factorial,
    "binomial": sympy.binomial,
    "harmonic": sympy.harmonic,
    "floor": sympy.floor,
    "ceiling": sympy.ceiling,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "atan": sympy.atan,
    "acos": sympy.acos,
    "Max": sympy.Max,
    "Min": sympy.Min,
}
COUNTS = {"abs": 1, "exp": 1, "sqrt": 1, "log": 1, "log2": 1, "gamma": 1, "loggamma": 1, "erf": 1, "erfc": 1}
COUNTS |= {"factorial": 1, "binomial": 2, "harmonic": 1, "floor": 1, "ceiling": 1, "sin": 1, "cos": 1}
COUNTS |= {"atan": 1, "acos": 1}
CONSTANTS: dict[str, Expr] = {"pi": sympy.pi, "oo": oo}
HEADS: dict[str, type[Head]] = {"E": E, "Var": Var, "Median": Median, "Quantile": Quantile}
EVENTS = ("And", "Or", "Not")
KNOWN = (
    *FUNCTIONS,
    *CONSTANTS,
    *HEADS,
    *EVENTS,
    "P",
    "Sum",
    *FAMILIES,
    *ALIASES,
    "norm",
    *ARRAYS,
    "quadratic_form",
)
