"""Words with formulas in them as LaTeX whose lines can be broken anywhere a person would."""

from __future__ import annotations

import re

from ..tex import in_tex, tex_text
from ..verify.explain import plain_counts
from .words import with_signs

__all__ = ["tex_key", "tex_prose"]

_POWER = r"(?<![\w.])-?\d[\d.]*e[+-]?\d+(?!\w)"
_INDEXED = r"(?<![\w_])[A-Za-z]_[A-Za-z0-9]{1,3}(?![A-Za-z0-9_])"
_RAISED = r"\^(?:-?\d+|[({][A-Za-z0-9+*/.,-]*[)}])"
_FORMULA = re.compile(f"({_POWER}|{_INDEXED}|{_RAISED})")

_LONG = 20  # signs without a space from which on a word may be broken
_BREAK = re.compile(r"(?<=[,;(\[+*/=·≤≥<>.-])(?=[^\s,;)\].])")
_ALLOWED = "\ue000"


def tex_prose(text: str) -> str:
    r"""Words with formulas as SymPy writes them, as LaTeX.

    Examples
    --------
    >>> print(tex_prose("at most 8.8e-05, c_1 = m**2"))
    at most $8.8\cdot 10^{-5}$, $c_{1}$ = m\ensuremath{^{2}}
    """
    broken = "".join(map(_breakable, re.split(r"(\s+)", with_signs(plain_counts(text)))))
    return "".join(map(_piece, _FORMULA.split(broken))).replace(_ALLOWED, r"\allowbreak{}")


def tex_key(key: str) -> str:
    """A key, which may be broken after its dots and hyphens.

    Examples
    --------
    >>> print(tex_key("eq9.second-moment"))
    eq9.\\allowbreak{}second-\\allowbreak{}moment
    """
    return re.sub(r"(?<=[.-])(?=.)", r"\\allowbreak{}", tex_text(key))


def _breakable(word: str) -> str:
    return _BREAK.sub(_ALLOWED, word) if len(word) > _LONG else word


def _piece(text: str) -> str:
    plain = text.replace(_ALLOWED, "")
    if re.fullmatch(_POWER, plain):
        return in_tex(plain)
    if re.fullmatch(_INDEXED, plain):
        name, _, index = plain.partition("_")
        return f"${name}_{{{index}}}$"
    if re.fullmatch(_RAISED, plain):
        return rf"\ensuremath{{^{{{plain[1:].strip('(){}')}}}}}"
    return _ALLOWED.join(map(tex_text, text.split(_ALLOWED)))
