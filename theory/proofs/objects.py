"""Proof objects as they are stored: the canonical text of a link, and the claim that is tied to it by a hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import oo, sstr

from ..language.events import Either, Event, Joint
from ..language.parameters import Parameter
from ..language.statements import Claim, Link, Statement
from .identities_laws import model_lines
from .identities_prose import declared
from .referee import put_in
from .referee_claims import digest

__all__ = ["PROOF_SCHEMA", "canonical_text", "domain_of", "event_json", "in_text", "stored", "trusted", "with_values"]

PROOF_SCHEMA = 1


def in_text(expr: Any) -> str:
    """An expression as the referee reads it: SymPy's text, terms in the order that SymPy settles.

    Examples
    --------
    >>> from sympy import Symbol, sqrt
    >>> in_text(sqrt(Symbol("c") * Symbol("d")) / 2)
    'sqrt(c*d)/2'
    """
    return str(sstr(expr))


def with_values(text: str, values: Mapping[str, str]) -> str:
    """A text with expressions in the place of names, as the referee puts them there.

    Examples
    --------
    >>> with_values("exp(-c*d)", {"c": "1/7"})
    'exp(-(1 / 7) * d)'
    """
    for name, value in values.items():
        text = put_in(text, name, value)
    return text


def event_json(event: Event | Joint | Either) -> Any:
    """An event as the referee compares it.

    Examples
    --------
    >>> from ..language.models import RV, Model
    >>> coin = RV("X", Model("coin", (), "a fair coin"), "X")
    >>> event_json(Joint(Event(coin, ">", 0), Event(coin, "<", 2)))
    ['all', {'value': 'X', 'relation': '>', 'bound': '0'}, {'value': 'X', 'relation': '<', 'bound': '2'}]
    """
    if not isinstance(event, Event):
        return ["all" if isinstance(event, Joint) else "any", *map(event_json, event.args)]
    atom = {"value": in_text(event.value), "relation": event.relation, "bound": in_text(event.bound)}
    return atom if event.samples is None else ["every", event.samples.name, atom]


def domain_of(parameters: Any) -> dict[str, list[str]]:
    """The domains of parameters as claims have them: a size is marked as one.

    Examples
    --------
    >>> from ..language.parameters import real, size
    >>> domain_of([size("m"), real("t", 0, 1)])
    {'m': ['1', 'oo', 'integers'], 't': ['0', '1', '']}
    """
    return {
        p.name: [in_text(p.low), "oo" if p.high == oo else in_text(p.high), "integers" if p.is_size else p.closed]
        for p in parameters
    }


def canonical_text(statement: Statement, link: Link, number: int = 0, moved: str = "") -> str:
    """A link with everything it means: its parameters' domains, hypotheses, constants, and random variables' models.

    Listed values are left out where a parameter has a domain: what is proved holds on all of it. Of a link whose
    constant is moved it says by what.

    Examples
    --------
    >>> from ..language.parameters import size
    >>> from ..language.statements import Claim, Hypothesis, Source
    >>> m = size("m")
    >>> square = Link(m, "<", m**2)
    >>> print(canonical_text(Statement("s", "printed", "", Source("me", "p. 1"), (Claim((square,)),)), square))
    me, p. 1: s (printed), link 1 of 1
    for m an integer from 1
    claim m < m**2
    """
    claim = _claim(statement, link)
    number = number or statement.links.index(link) + 1
    lines = [f"{statement.source}: {statement.key} ({statement.form}), link {number} of {len(statement.links)}"]
    lines += [f"with the constant {moved}"] if moved else []
    lines += [f"for {p.name} {p.domain}" for p in statement.parameters]
    plain = sorted({s for point in statement.points for s in point if not isinstance(s, Parameter)}, key=str)
    lines += ["for " + ", ".join(f"{s} = {in_text(point[s])}" for s in plain) for point in statement.points if plain]
    lines += [f"if {in_text(h.relation)}" for h in statement.hypotheses]
    for c in claim.exists if claim is not None else ():
        of = ", ".join(p.name for p in c.of) if isinstance(c, Parameter) and c.of else ""
        lines.append(f"exists {c.name} > 0" + (f" that may depend on {of}" if of else ""))
    if claim is not None and claim.regime is not None:
        lines.append(f"as {claim.regime}")
    lines.append(f"claim {link}")
    if link.scope is not None:
        lines.append(f"of {link.scope}")
    for rv in link.rvs:
        law = "" if rv.law is None else f", law {getattr(rv.law, '__qualname__', repr(rv.law))}"
        form = "" if rv.form is None else f", form {rv.form}"
        lines.append(f"where {rv.name} is {rv.tex} of model {rv.model.name}{form}{law}")
    for model in statement.models:
        lines += [f"model {model.name}: {model.tex}", *model_lines(model)]
    return "\n".join(lines)


def _claim(statement: Statement, link: Link) -> Claim | None:
    return next((c for c in statement.claims if any(link is known or link == known for known in c.links)), None)


def stored(
    statement: Statement, link: Link, proof: Mapping[str, Any], number: int = 0, moved: str = ""
) -> dict[str, Any]:
    """A proof object with the statement it is of, as it is written to a file.

    Parameters
    ----------
    statement : Statement
    link : Link
    proof : mapping
        ``{"claim": ..., "proof": ...}``.
    number : int
        Of the link in its statement, where equal ones stand in several places; default: the first.
    moved : str
        The constant that stands in the link in the place of the statement's own.
    """
    number = number or statement.links.index(link) + 1
    about = {
        "key": statement.key,
        "form": statement.form,
        "link": number,
        "text": canonical_text(statement, link, number, moved),
        **({"constant": moved} if moved else {}),
    }
    return {
        "schema": PROOF_SCHEMA,
        "statement": about,
        "sha256": digest(about, proof["claim"]),
        "claim": proof["claim"],
        "proof": proof["proof"],
        "trusted": trusted(proof),
    }


# Rules of nodes that take something from the library and prove nothing of it.
_TRUSTED = ("generating function", "law", "moments", "independence", "lemma", "definition", "model")


def trusted(proof: Any) -> list[str]:
    """What a proof takes for granted, each entry once: of the nodes whose rule is a library's, and of index sums."""
    found = []
    for node in _nodes(proof):
        found += declared(node.get("claim"))
        if node.get("rule") in _TRUSTED:
            rest = ", ".join(f"{k} {v}" for k, v in sorted(node.items()) if k != "rule" and isinstance(v, str | int))
            found.append(f"{node['rule']}: {rest}" if rest else node["rule"])
    return list(dict.fromkeys(found))


def _nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, Mapping):
        yield dict(part)
        part = list(part.values())
    for inner in part if isinstance(part, list | tuple) else ():
        yield from _nodes(inner)
