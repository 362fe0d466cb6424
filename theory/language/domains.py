"""Domains of parameters and unnamed constants as text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from .parameters import Parameter, constant, real
from .text import Reader, TextError

__all__ = ["read_constants", "read_domain"]


def read_domain(text: str, what: str = "--real") -> Parameter:
    """``t=0:5`` (an open interval) or ``t in [0, 1)`` as a real parameter.

    Examples
    --------
    >>> read_domain("R=0:oo").domain, read_domain("t in [0, 1)").domain
    ('in (0, oo)', 'in [0, 1)')
    """
    name, sign, ends = text.partition("=")
    closed: Any = ""
    if sign:
        low, colon, high = ends.partition(":")
    else:
        name, sign, ends = text.partition(" in ")
        ends = ends.strip()
        if not sign or ends[:1] not in "([" or ends[-1:] not in ")]" or not ends:
            raise TextError(f"{what}: found {text!r}; NAME=low:high (open) or 'NAME in [low, high)' is needed")
        closed = {(True, False): "left", (False, True): "right", (True, True): "both"}.get(
            (ends[0] == "[", ends[-1] == "]"), ""
        )
        low, colon, high = ends[1:-1].partition(",")
    name = name.strip()
    if not colon or not name.isidentifier():
        raise TextError(f"{what}: found {text!r}; NAME=low:high (open) or 'NAME in [low, high)' is needed")
    values = [Reader().expression(end) for end in (low, high)]
    if any(v.free_symbols for v in values):
        raise TextError(f"{what}: the ends of {name} must be numbers, found {text!r}")
    return real(name, values[0], values[1], closed)


def read_constants(text: str, names: Mapping[str, Parameter]) -> tuple[Parameter, ...]:
    """``C, c(eps)``: unnamed constants, and what each may depend on."""
    tree = Reader().parsed(f"({text},)")
    found: list[Parameter] = []
    for node in tree.elts if isinstance(tree, ast.Tuple) else ():
        if isinstance(node, ast.Name):
            found.append(constant(node.id))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            of = [a.id for a in node.args if isinstance(a, ast.Name)]
            unknown = [name for name in of if name not in names]
            if unknown or len(of) != len(node.args):
                raise TextError(f"--exists: {node.func.id} depends on {unknown or 'what'}, which no parameter is")
            found.append(constant(node.func.id, of=[names[name] for name in of]))
        else:
            raise TextError(f"--exists: found {text!r}; names such as C or c(eps) are needed")
    if not found:
        raise TextError(f"--exists: found {text!r}; names such as C or c(eps) are needed")
    return tuple(found)
