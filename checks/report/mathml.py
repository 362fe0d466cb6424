"""LaTeX as MathML."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from xml.etree import ElementTree

from latex2mathml.converter import convert

__all__ = ["mathml"]

_THIN = '<mspace width="0.167em"/>'


@lru_cache(maxsize=4096)
def mathml(tex: str, *, block: bool = False) -> str:
    """LaTeX as MathML.

    Parameters
    ----------
    tex : str
    block : bool
        Displayed instead of inline.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When a command is not understood: nothing is shown half.

    Examples
    --------
    >>> mathml("x^2")
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    text = re.sub(r"&#x([0-9A-Fa-f]+);", lambda m: escape(chr(int(m[1], 16))), convert(tex))
    lost = re.search(r"\\[A-Za-z]+", text)
    if lost:
        raise ValueError(f"no MathML for {lost.group()} in the formula {tex}")
    text = re.sub(r"<math[^>]*>", '<math display="block">' if block else "<math>", text, count=1)
    # A word is one identifier: separate letters would be spaced as a product.
    text = re.sub(
        r'(?:<mi mathvariant="normal">[^<]</mi>){2,}', lambda m: f"<mi>{re.sub('<[^>]*>', '', m[0])}</mi>", text
    )
    text = re.sub(r"<mo>([A-Za-z]{2,})</mo>", r"<mi>\1</mi>", text)
    text = re.sub(r"(</m(?:i|n|sup|sub|frac|sqrt)>)(<mi>(?:log|exp|min|max)</mi>)", rf"\1{_THIN}\2", text)
    text = text.replace("<mo>⊤</mo>", '<mi mathvariant="normal">⊤</mi>')
    text = text.replace(' fence="true"', "")
    alone = re.compile(r"<mrow>(<m(?:[ino]|text)(?: [^>]*)?>[^<]*</m(?:[ino]|text)>)</mrow>")
    while (fewer := alone.sub(r"\1", text)) != text:
        text = fewer
    text = re.sub(r"^(<math[^>]*>)<mrow>(.*)</mrow></math>$", _unwrapped, text)
    ElementTree.fromstring(text)
    return text


def _unwrapped(match: re.Match[str]) -> str:
    """Drop the outer row where it is one element around everything."""
    body = match[2]
    depth = 0
    for tag in re.finditer(r"<(/?)mrow[^>]*>", body):
        depth += -1 if tag[1] else 1
        if depth < 0:
            return match[0]
    return f"{match[1]}{body}</math>"
