"""What a figure shows, in LaTeX that pdflatex understands, and in plain words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from ..guide import Guides, no_guide
from ..tex import tex_text
from ..verdict import Result
from ..verify.explain import headline
from .compose import picture_of
from .picture import Picture
from .view import View, cell_tex, view_of

__all__ = ["caption", "figure_tex", "plain_caption"]

# How the labels of what was drawn at random can be told.
_DRAWN = "draw"
_HATCHED = "The forbidden side of a claimed bound is hatched"
_PLAIN: Mapping[str, str] = {
    r"\,\%": " %", r"\%": "%", r"\_": "_", r"\&": "&", r"\|": "‖", "--": "–", "~": " ", r"\ldots{}": "…",
    r"\tfrac12": "½", r"\textasciicircum{}": "^", r"\textasciitilde{}": "∼", r"\#": "#",
}  # fmt: skip
_SIGNS: Mapping[str, str] = {
    "surd": "√", "ge": "≥", "geq": "≥", "le": "≤", "leq": "≤", "ne": "≠", "pm": "±", "to": "→", "langle": "⟨",
    "rangle": "⟩", "nabla": "∇", "in": "∈", "cap": "∩", "infty": "∞", "perp": "⊥", "ell": "ℓ", "times": "×",
    "cdot": "·", "ll": "≪", "gg": "≫", "approx": "≈", "propto": "∝", "partial": "∂", "angle": "∠", "mid": "|",
}  # fmt: skip
_ACCENTS: Mapping[str, str] = {
    "bar": "\u0304", "tilde": "\u0303", "hat": "\u0302", "acute": "\u0301", "grave": "\u0300", "ddot": "\u0308",
    "check": "\u030c",
}  # fmt: skip
_RAISED = str.maketrans("-0123456789T", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def caption(
    result: Result | View,
    picture: Picture | None = None,
    *,
    trials: int,
    seed: int,
    version: str,
    guides: Guides = no_guide,
    words: Mapping[str, str] | None = None,
) -> str:
    """What a figure shows, in LaTeX: statement, verdict, what is drawn, trials, seed and version.

    Parameters
    ----------
    result : Result or View
    picture : Picture, optional
        What is drawn; default that of the statement's own claim.
    trials : int
        Trials asked for.
    seed : int
    version : str
    guides, words : optional
        Those of `figure_for`; a view has its own.

    Returns
    -------
    str

    Examples
    --------
    >>> from whp.checks import check
    >>> print(caption(check("k**2 <= 5*k"), trials=1, seed=0, version="1"))  # doctest: +ELLIPSIS
    The claim (claim, printed): refuted, certified. The smallest counterexample: $k = 6$. ...
    """
    view = view_of(result, guides, words)
    s, found = view.statement, view.result
    picture = picture_of(view) if picture is None else picture
    where = f"; {s.source}" if str(s.source) else ""
    sentences = [tex_text(f"{s.title or 'The claim'} ({s.key}, {s.form}{where}): {headline(found)}")]
    worst = next((o for link in found.links if (o := link.counterexample) is not None and o.cell), None)
    if worst is not None:
        which = "The smallest" if worst.smallest else "A"
        sentences.append(f"{which} counterexample: ${cell_tex(worst.cell)}$")
    if picture is not None:
        sentences += _of_picture(picture)
    if picture is not None and any(_DRAWN in s.label for panel in picture.panels for s in panel.series):
        sentences.append(f"At most {trials} draws of a cell at once")
    sentences.append(f"Seed {seed}, whp {tex_text(version)}")
    return ". ".join(sentences) + "."


def _of_picture(picture: Picture) -> list[str]:
    series = [s for panel in picture.panels for s in panel.series]
    found = [_HATCHED] if any(s.forbidden for s in series) else []
    if any(s.role == "refuted" for s in series):
        found.append("A cross marks a cell at which the claim is refuted")
    if any(axis.scale == "exponent" for panel in picture.panels for axis in (panel.x, panel.y)):
        found.append("Exponents are on a logarithmic scale")
    found += dict.fromkeys(note for panel in picture.panels for note in panel.notes)
    return [*found, *picture.notes]


def plain_caption(text: str) -> str:
    """A caption in plain words.

    Examples
    --------
    >>> plain_caption(r"Lemma 1 (a\\_b): 5--95\\,\\% at $m = 2$, level $1 - 10^{-6}$")
    'Lemma 1 (a_b): 5–95 % at m = 2, level 1 - 10⁻⁶'
    """
    for tex, words in _PLAIN.items():
        text = text.replace(tex, words)
    # A brace that is printed must outlast those that group.
    text = text.replace(r"\{", "\ue000").replace(r"\}", "\ue001")
    text = re.sub(r"\\ensuremath\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", lambda m: _plain(m[1]), text)
    text = re.sub(r"\$([^$]*)\$", lambda m: _plain(m[1]), text)
    text = re.sub(r"\{([^{}]*)\}", r"\1", text).replace("\ue000", "{").replace("\ue001", "}")
    return unicodedata.normalize("NFC", text)


def _plain(tex: str) -> str:
    """A formula in plain signs."""
    tex = re.sub(r"\^\{(-?\d+|T)\}", lambda m: m[1].translate(_RAISED), tex)
    tex = re.sub(r"_\{(\d+)\}", lambda m: m[1].translate(_LOWERED), tex)
    tex = re.sub(r"\\([a-z]+)\{(\w)\}", lambda m: m[2] + _ACCENTS[m[1]] if m[1] in _ACCENTS else m[0], tex)
    tex = re.sub(r"\\([A-Za-z]+)", lambda m: _sign(m[1]), tex)
    return re.sub(r"\{([^{}]*)\}", r"\1", tex)


def _sign(name: str) -> str:
    """A command of mathematics as the sign it stands for."""
    if name in _SIGNS:
        return _SIGNS[name]
    kind = "SMALL" if name[0].islower() else "CAPITAL"
    try:
        return unicodedata.lookup(f"GREEK {kind} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return name if len(name) > 1 else ""


def figure_tex(name: str, text: str, *, full: bool = False) -> str:
    r"""A figure environment around the PDF of this name, with its caption.

    Examples
    --------
    >>> print(figure_tex("lem3.4", "Lemma 3.4: holds."))
    \begin{figure}[t]
      \centering
      \includegraphics[width=\linewidth]{{lem3.4}.pdf}
      \caption{Lemma 3.4: holds.}
      \label{fig:whp:lem3.4}
    \end{figure}
    """
    star = "*" if full else ""
    lines = [
        rf"\begin{{figure{star}}}[t]",
        r"  \centering",
        rf"  \includegraphics[width=\linewidth]{{{{{name}}}.pdf}}",
        rf"  \caption{{{text}}}",
        rf"  \label{{fig:whp:{name}}}",
        rf"\end{{figure{star}}}",
    ]
    return "\n".join(lines)
