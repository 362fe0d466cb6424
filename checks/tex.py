"""Text and numbers as LaTeX that pdflatex understands, and names of macros."""

from __future__ import annotations

import re
import unicodedata

from ..theory.calculus.rounding import in_short

__all__ = ["in_tex", "macro_name", "tex_number", "tex_text"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}",
    "–": "--",
    "—": "---",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "·": r"\ensuremath{\cdot}",
    "×": r"\ensuremath{\times}",
    "√": r"\ensuremath{\surd}",
    "≥": r"\ensuremath{\ge}",
    "≤": r"\ensuremath{\le}",
    "≠": r"\ensuremath{\ne}",
    "±": r"\ensuremath{\pm}",
    "−": r"\ensuremath{-}",
    "→": r"\ensuremath{\to}",
    "⟨": r"\ensuremath{\langle}",
    "⟩": r"\ensuremath{\rangle}",
    "‖": r"\ensuremath{\|}",
    "∇": r"\ensuremath{\nabla}",
    "∈": r"\ensuremath{\in}",
    "∩": r"\ensuremath{\cap}",
    "⇒": r"\ensuremath{\Rightarrow}",
    "∞": r"\ensuremath{\infty}",
    "Σ": r"\ensuremath{\Sigma}",
    "⊥": r"\ensuremath{\perp}",
    "½": r"\ensuremath{\tfrac12}",
    "¼": r"\ensuremath{\tfrac14}",
    "¾": r"\ensuremath{\tfrac34}",
    "ℓ": r"\ensuremath{\ell}",
    "∠": r"\ensuremath{\angle}",
    "∥": r"\ensuremath{\|}",
    "≪": r"\ensuremath{\ll}",
    "≫": r"\ensuremath{\gg}",
    "≈": r"\ensuremath{\approx}",
    "∼": r"\ensuremath{\sim}",
    "∝": r"\ensuremath{\propto}",
    "∂": r"\ensuremath{\partial}",
    "∃": r"\ensuremath{\exists}",
    "∀": r"\ensuremath{\forall}",
}
_CAPITAL_LOOKALIKES = {"Alpha": "A", "Beta": "B", "Chi": "X", "Eta": "H", "Iota": "I", "Kappa": "K", "Mu": "M"}
_ACCENTS = {"̄": "bar", "̃": "tilde", "̂": "hat", "́": "acute", "̀": "grave", "̈": "ddot", "̌": "check"}
_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def tex_text(text: str) -> str:
    """Plain text with Unicode mathematics as LaTeX that pdflatex understands.

    Examples
    --------
    >>> print(tex_text("100 % of Wᵀa, σ ≥ c₂"))
    100 \\% of W\\ensuremath{^{T}}a, \\ensuremath{\\sigma} \\ensuremath{\\ge} c\\ensuremath{_{2}}
    """
    return "".join(_character(part) for part in re.findall(rf"\S[{''.join(_ACCENTS)}]|.", text, re.DOTALL))


def _character(c: str) -> str:
    if c in _SPECIAL:
        return _SPECIAL[c]
    if len(c) == 2:
        return rf"\ensuremath{{\{_ACCENTS[c[1]]}{{{_inner(c[0])}}}}}"
    if ord(c) < 128:
        return c
    parts = unicodedata.decomposition(c).split()
    if len(parts) == 2 and parts[0] in ("<super>", "<sub>"):
        sign = "^" if parts[0] == "<super>" else "_"
        base = {"−": "-"}.get(chr(int(parts[1], 16)), chr(int(parts[1], 16)))
        return rf"\ensuremath{{{sign}{{{base if ord(base) < 128 else _inner(base)}}}}}"
    if len(parts) == 2 and chr(int(parts[1], 16)) in _ACCENTS:
        return _character("".join(chr(int(part, 16)) for part in parts))
    return _greek(c) or f"[U+{ord(c):04X}]"


def _inner(c: str) -> str:
    return _character(c).removeprefix(r"\ensuremath{").removesuffix("}")


def _greek(c: str) -> str | None:
    name = unicodedata.name(c, "")
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name)
    if found is None:
        return None
    letter = found[2].lower().replace("lamda", "lambda")
    if found[1] == "CAPITAL":
        letter = letter.capitalize()
        if letter in _CAPITAL_LOOKALIKES:
            return _CAPITAL_LOOKALIKES[letter]
    return rf"\ensuremath{{\{letter}}}"


def tex_number(text: str) -> str:
    """A number, shortened and rounded outwards, in mathematics where it is one.

    Examples
    --------
    >>> print(tex_number("[7.510796889e-255, 7.51079689e-255]"))
    $[7.51\\cdot 10^{-255}, 7.511\\cdot 10^{-255}]$
    """
    return in_tex(in_short(text))


def in_tex(short: str) -> str:
    """A number that is short already, in mathematics where it is one."""
    if not re.fullmatch(r"[-+\d.e/\[\], ]+", short):
        return tex_text(short)
    return "$" + re.sub(r"(\d)e([+-]?\d+)", lambda m: rf"{m[1]}\cdot 10^{{{int(m[2])}}}", short) + "$"


def macro_name(*parts: str) -> str:
    """A macro's name from words, keys and digits: letters only, as TeX wants them.

    Examples
    --------
    >>> macro_name("eq5.second-step", "value"), macro_name("lem6.1.E2", "k")
    ('whpEqFiveSecondStepValue', 'whpLemSixPointOneETwoK')
    """
    joined = "-".join(parts)
    joined = re.sub(r"(?<=\d)\.(?=\d)", "-Point-", joined)
    words = re.findall(r"[A-Za-z]+|\d", joined)
    return "whp" + "".join(_DIGITS[int(w)] if w.isdigit() else w[0].upper() + w[1:] for w in words)
