"""The domains of names that nothing declares: what laws and arrays take in their places."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from sympy import oo

from .arrays import ARRAYS
from .families import ALIASES, FAMILIES, Family
from .parameters import Parameter, real, size
from .vocabulary import KNOWN, SIZE_NAMES

__all__ = ["inferred"]


def inferred(
    tree: ast.expr, declared: Mapping[str, Parameter], let: Mapping[str, Any]
) -> Iterator[tuple[str, Parameter]]:
    """The domains that laws give to names in their parameters; a name of a size that is any positive number is one."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        name = node.func.id
        family = FAMILIES.get(ALIASES.get(name, name))
        for parameter, argument in _placed(node, name, family):
            if isinstance(argument, ast.Name):
                names = [argument.id]
            elif parameter.is_size:
                names = [n.id for n in ast.walk(argument) if isinstance(n, ast.Name)]
            else:
                continue
            for found in names:
                if found in declared or found in let or found in KNOWN:
                    continue
                if parameter.is_size or (found in SIZE_NAMES and (parameter.low, parameter.high) == (0, oo)):
                    yield found, size(found)
                else:
                    yield found, real(found, parameter.low, parameter.high, parameter.closed)


def _placed(node: ast.Call, name: str, family: Family | None) -> Iterator[tuple[Parameter, ast.expr]]:
    """The arguments of a call with the parameters that they are."""
    counted = size("n")
    if family is not None:
        yield from zip(family.parameters, node.args, strict=False)
        for keyword in node.keywords:
            for parameter in family.parameters:
                if parameter.name == keyword.arg:
                    yield parameter, keyword.value
    elif name in ("iid", "iid_matrix", "order"):
        for argument in node.args[1:]:
            yield counted, argument
    elif name in ARRAYS:
        for argument in node.args:
            yield counted, argument
