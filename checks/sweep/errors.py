"""Errors of what users write, as text that a verdict can carry: what was raised, and where in their file."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = ["ERROR", "Failed", "attempt", "error_text"]

_T = TypeVar("_T")
ERROR = "error: "
# The three packages, as they are imported and as they lie on disk, and the folders of libraries.
_ROOTS = {Path(__file__).parents[2], Path(__file__).resolve().parents[2]}
_OURS = {str(root / name) for root in _ROOTS for name in ("checks", "theory", "kernels")}
_LIBRARIES = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}


@dataclass(frozen=True)
class Failed:
    """What a piece of work left that raised an error."""

    text: str


def _of_user(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    path = Path(filename)
    parents = {str(p) for p in (*path.parents, *path.resolve().parents)}
    return not parents & (_OURS | _LIBRARIES)


def error_text(error: BaseException) -> str:
    """An exception's type and message, with the innermost frame in a user's file, else the innermost one.

    Examples
    --------
    >>> try:
    ...     {}["k"]
    ... except KeyError as error:
    ...     error_text(error).startswith("error: KeyError: 'k' (")
    True
    """
    frames = traceback.extract_tb(error.__traceback__)
    said = str(error).strip()
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if not frames:
        return ERROR + what
    frame = next((f for f in reversed(frames) if _of_user(f.filename)), frames[-1])
    return f"{ERROR}{what} ({Path(frame.filename).name}, line {frame.lineno}, in {frame.name})"


def attempt(call: Callable[[], _T]) -> _T | Failed:
    """What a call returns, or the error it raised; only what stops a program, such as an interrupt, goes through."""
    try:
        return call()
    except Exception as error:
        return Failed(error_text(error))
