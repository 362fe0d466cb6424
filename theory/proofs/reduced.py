"""What the referee runs when it re-checks given proofs, and its text without the rest.

A file that is read to trust one proof need not hold the rules of others. Functions and branches that did not run stay
out of it; where one would be needed, it refuses to judge, so that such a file accepts nothing that the whole referee
rejects.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence
from types import FrameType
from typing import Any

from . import referee_claims

__all__ = ["LEFT_OUT", "lines_run", "without"]

LEFT_OUT = '''
class LeftOut(Exception):
    """A rule that this file is without."""


def left_out(*_: Any, **__: Any) -> Any:
    """Refuse to judge."""
    raise LeftOut("this file holds what the proofs need that it was written with, and no more")
'''


def lines_run(proofs: Iterable[Any], modules: Sequence[str]) -> dict[str, set[int]]:
    """The lines of the referee's modules that run while it re-checks proofs.

    Raises
    ------
    ValueError
        A proof is not accepted.
    """
    package = __name__.rpartition(".")[0]
    # The modules before the last are loaded with it.
    ran: dict[str, set[int]] = {str(sys.modules[f"{package}.{name}"].__file__): set() for name in modules}

    def enter(frame: FrameType, event: str, arg: Any) -> Any:
        found = ran.get(frame.f_code.co_filename)
        if found is None:
            return None

        def step(frame: FrameType, event: str, arg: Any) -> Any:
            found.add(frame.f_lineno)
            return step

        return step

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        for proof in proofs:
            why = referee_claims.rejection(proof)
            if why is not None:
                raise ValueError(f"a proof that is not accepted: {why}; accepted ones needed")
    finally:
        sys.settrace(before)
    return dict(zip(modules, ran.values(), strict=True))


def without(text: str, ran: set[int]) -> str:
    """The text of a module with a refusal in the place of functions, and of ends of blocks, of which no line ran.

    Examples
    --------
    >>> print(without("def f(x):\\n    if x:\\n        a = 1\\n        return a\\n    return 0\\n", {2, 5}))
    def f(x):
        if x:
            left_out()
        return 0
    <BLANKLINE>
    """
    lines: list[str | None] = [*text.splitlines(), ""]

    def unused(*nodes: ast.stmt) -> bool:
        return ran.isdisjoint(range(nodes[0].lineno, (nodes[-1].end_lineno or 0) + 1))

    def put(first: int, last: int, *instead: str) -> None:
        if last - first + 1 > len(instead):
            lines[first - 1 : last] = [*instead, *[None] * (last - first + 1 - len(instead))]

    def block(body: Sequence[ast.stmt]) -> None:
        """A refusal from the first statement on after which nothing ran."""
        last = max((i for i, node in enumerate(body) if _documents(node) or not unused(node)), default=-1)
        for node in body[: last + 1]:
            for field in ("body", "orelse", "finalbody"):
                block(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                block(handler.body)
        if rest := body[last + 1 :]:
            first, indent = rest[0].lineno, " " * rest[0].col_offset
            chained = str(lines[first - 1]).lstrip().startswith("elif ")
            refusal = [indent + "else:", indent + "    left_out()"] if chained else [indent + "left_out()"]
            put(first, rest[-1].end_lineno or first, *refusal)

    def functions(body: Sequence[ast.stmt]) -> None:
        """One assignment of the refusal to the names of all functions of a class or module that did not run."""
        gone: list[ast.FunctionDef] = []
        for node in body:
            if isinstance(node, ast.ClassDef):
                functions(node.body)
            elif isinstance(node, ast.FunctionDef) and unused(*node.body) and not node.decorator_list:
                put(node.lineno, node.end_lineno or 0)
                gone.append(node)
            elif isinstance(node, ast.FunctionDef):
                block(node.body)
        if gone:
            names = [node.name for node in gone]
            lines[gone[0].lineno - 1] = " " * gone[0].col_offset + " = ".join([*names, "left_out"])

    functions(ast.parse(text).body)
    return "\n".join(line for line in lines if line is not None)


def _documents(node: ast.stmt) -> bool:
    """Whether a statement is a docstring, or another constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
