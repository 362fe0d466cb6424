"""A claim as it is typed at a shell or in a notebook: its text and what options say of it become a statement."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

from sympy import Eq, oo

from ...theory.calculus.exact import exact_number
from ...theory.language.cells import Regime, staggered
from ...theory.language.claims import claim
from ...theory.language.domains import read_constants, read_domain
from ...theory.language.parameters import Parameter, constant, real, size
from ...theory.language.statements import Claim, Hypothesis, Statement
from ...theory.language.text import Reader
from ..sweep.grid import Grid, parse_sizes
from ..verdict import Result

__all__ = ["Asked", "ask", "refused"]

# More listed values of a size than these are asked for as a range.
_MOST_LISTED = 64
_SIZE_NEEDED = "NAME=low:high or NAME=16,64 is needed, such as k=1:100 or k=64"

# What a decider says of a mean that its law does not have.
_MISSING = re.compile(r"scope: (.+) does not exist")

Texts = str | Iterable[Any] | Mapping[str, Any] | None


@dataclass(frozen=True)
class Asked:
    """A statement and the sweep on which it is checked.

    Attributes
    ----------
    statement : Statement
    grid : Grid or None
        None where nothing was said of its sizes.
    """

    statement: Statement
    grid: Grid | None


def ask(
    what: Any,
    *,
    let: Texts = None,
    size: Texts = None,
    real: Texts = None,
    exists: Texts = None,
    where: Texts = None,
    at: Texts = None,
    regime: str = "",
    key: str = "claim",
) -> Asked:
    """Read a claim with what options say of its names.

    Parameters
    ----------
    what : str, SymPy relation or Statement
    let : "X = Normal(0, 1)" or "h(u) = u*log(u)", several of them, or a mapping of names to texts or random variables
    size : "n=1:100" (ends included) or "m=64,256", several, or a mapping of names to (low, high) or a list of values
    real : "t=0:5" (open) or "t in [0, 1)", several, or a mapping of names to (low, high)
    exists : "C, c(eps)"
    where : "m >= d", several, or SymPy relations
    at : "t=1/2,1", several, or a mapping of names to values
    regime : "n -> oo" or "n -> oo at fixed d"
    key : str

    Raises
    ------
    ValueError
        For what cannot be read, with its place; for an option that names nothing of the claim.

    Examples
    --------
    >>> asked = ask("P(chi2(k) >= 2*k) <= exp(-c*k)", size="k=8:64", real="c=0:1/7")
    >>> print(asked.statement.links[0], [p.domain for p in asked.statement.parameters])
    P(ChiSquare(k) >= 2*k) <= exp(-c*k) ['in (0, 1/7)', 'an integer from 8 to 64']
    """
    sizes, reals, values = _sizes(size), _reals(real), _values(at)
    if isinstance(what, Statement):
        given = {"let": let, "size": size, "real": real, "exists": exists, "where": where, "regime": regime}
        wrong = next((name for name, option in given.items() if option), None)
        if wrong is not None:
            raise ValueError(f"found {wrong} next to a statement, which says that itself; give the claim's text")
        statement = what
    elif isinstance(what, str):
        statement = _read(what, let, {**{s.parameter.name: s.parameter for s in sizes}, **reals}, exists, where, key)
    else:
        if let or sizes or reals or isinstance(exists, str):
            raise ValueError("let, size, real and exists name what is in a text; a relation has its own parameters")
        statement = claim(what, where=_many(where), exists=tuple(exists or ()), key=key)
    _named("size", (s.parameter.name for s in sizes), statement)
    _named("real", reals, statement)
    if not isinstance(what, Statement):
        statement = _in_regime(statement, regime)
    statement, listed = _at(statement, values)
    listed = {**{s.parameter.name: s.listed for s in sizes if s.listed}, **listed}
    known = {p.name: p for p in statement.parameters}
    more = [h for name, kept in listed.items() if name in known for h in _one_of(known[name], kept)]
    statement = replace(statement, hypotheses=(*statement.hypotheses, *more))
    return Asked(statement, _grid(statement, listed))


def refused(text: str, result: Result) -> str | None:
    """What is wrong with a claim on a mean that does not exist, with its place in the text; None for other claims."""
    told = [_MISSING.fullmatch(o.reason) for link in result.links for o in link.outcomes]
    missing = {m[1] for m in told if m is not None}
    if not missing:
        return None
    try:
        tree: ast.AST = ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        tree = ast.Module([], [])  # a claim with a single = or with ~ is no expression of Python's
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in ("E", "Var"):
            continue
        segment = ast.get_source_segment(text.strip(), node) or ""
        of = " and ".join(sorted(missing))
        return f"{segment!r} (column {node.col_offset + 1} of the claim): {of} does not exist"
    return f"{' and '.join(sorted(missing))} does not exist"


def _many(texts: Texts) -> list[Any]:
    """One or several as a list."""
    if texts is None:
        return []
    if isinstance(texts, str) or not isinstance(texts, Iterable) or hasattr(texts, "free_symbols"):
        return [texts]
    return list(texts)


@dataclass(frozen=True)
class _Size:
    """What was said of a size: its domain, and its values where some are listed."""

    parameter: Parameter
    listed: tuple[int, ...] = ()


def _one_of(parameter: Parameter, values: Sequence[int]) -> tuple[Hypothesis, ...]:
    """That a size is one of some values in order, the least and the largest of its domain: in no gap between them."""
    words = f"{parameter} is one of {', '.join(map(str, values))}"
    gaps = [(a, b) for a, b in pairwise(values) if b > a + 1]
    return tuple(Hypothesis((parameter - a) * (parameter - b) >= 0, words) for a, b in gaps)


def _sizes(given: Texts) -> list[_Size]:
    pairs = (
        [(name, values, f"{name} = {values}") for name, values in given.items()] if isinstance(given, Mapping) else []
    )
    found: dict[str, _Size] = {}
    for text in [] if isinstance(given, Mapping) else _many(given):
        if isinstance(text, Parameter):
            found[text.name] = _Size(text)
            continue
        name, sign, values = str(text).rpartition("=")
        if not sign or not name.strip():
            raise ValueError(f"--size: found {text!r}; {_SIZE_NEEDED}")
        pairs.append((name.strip(), values.strip(), str(text)))
    for name, values, text in pairs:
        one = _size(name, values, text)
        known = found.get(name)
        if known is not None and not (known.listed and one.listed):
            raise ValueError(f"--size: {name} is given twice, once as a range; give one range or listed values")
        found[name] = one if known is None else _listed(name, (*known.listed, *one.listed))
    return list(found.values())


def _size(name: str, values: Any, text: str) -> _Size:
    if isinstance(values, tuple) and len(values) == 2:
        low, high = values
    elif isinstance(values, str) and values.count(":") == 1:
        low, high = (end.strip() for end in values.split(":"))
    elif isinstance(values, str):
        return _listed(name, parse_sizes(values, f"--size {name}", 0))
    elif isinstance(values, int):
        return _listed(name, (values,))
    else:
        return _listed(name, tuple(values))
    try:
        least, most = int(low), None if high in ("oo", oo, None, "") else int(high)
    except (TypeError, ValueError):
        raise ValueError(f"--size: found {text!r}; {_SIZE_NEEDED}") from None
    if most is not None and most < least:
        raise ValueError(f"--size: found {text!r}, which is empty; low <= high is needed")
    return _Size(size(name, least, most))


def _listed(name: str, values: Sequence[int]) -> _Size:
    kept = tuple(sorted(set(values)))
    if not kept or any(not isinstance(v, int) for v in kept):
        raise ValueError(f"--size: found the values {list(values)} of {name}; {_SIZE_NEEDED}")
    if len(kept) > _MOST_LISTED and len(kept) != kept[-1] - kept[0] + 1:
        raise ValueError(f"--size: found {len(kept)} values of {name}; list at most {_MOST_LISTED}, or give a range")
    return _Size(size(name, kept[0], kept[-1]), kept)


def _reals(given: Texts) -> dict[str, Parameter]:
    if isinstance(given, Mapping):
        texts: list[Any] = [
            real(name, *(_exact(end) for end in ends))
            if isinstance(ends, tuple)
            else (f"{name} in {ends}" if str(ends).strip()[:1] in "([" else f"{name}={ends}")
            for name, ends in given.items()
        ]
    else:
        texts = _many(given)
    found: dict[str, Parameter] = {}
    for text in texts:
        one = text if isinstance(text, Parameter) else read_domain(str(text))
        if one.name in found:
            raise ValueError(f"--real: {one.name} is given twice; give one interval")
        found[one.name] = one
    return found


def _exact(value: Any) -> Any:
    """A number or its text, exactly."""
    return Reader().expression(str(value))


def _values(given: Texts) -> dict[str, list[Any]]:
    pairs = list(given.items()) if isinstance(given, Mapping) else []
    for text in [] if isinstance(given, Mapping) else _many(given):
        name, sign, value = str(text).partition("=")
        if not sign or not name.strip() or not value.strip():
            raise ValueError(f"--at: found {text!r}; NAME=value is needed, such as t=1/2")
        pairs.append((name.strip(), value.split(",")))
    found: dict[str, list[Any]] = {}
    for name, values in pairs:
        for value in values if isinstance(values, list | tuple) else [values]:
            exact = _exact(value)
            if exact.free_symbols:
                raise ValueError(f"--at: found {name} = {value}; a number is needed, such as 1/2")
            if exact not in found.setdefault(name, []):
                found[name].append(exact)
    return found


def _read(text: str, let: Texts, declared: dict[str, Parameter], exists: Texts, where: Texts, key: str) -> Statement:
    constants = _constants(text, let, declared, exists)
    reader = Reader({**declared, **{c.name: c for c in constants}})
    _define(reader, let)
    links = reader.read(text).links
    own = {s.name for link in links for side in (link.lhs, link.rhs) for s in side.free_symbols}
    hypotheses = [h for condition in _many(where) for h in _conditions(condition, reader)]
    statement = claim(*links, where=hypotheses, exists=constants, key=key)
    # What is assumed is known when everything has been read.
    assumed = reader.read("0 <= 1").assumed
    known = {*own, *statement.symbols, *(p.name for p in statement.parameters), *declared}
    for h in hypotheses:
        stray = {s.name for s in h.relation.free_symbols} & {p.name for p in assumed} - own
        stray -= {p.name for v in statement.links for rv in v.rvs for p in getattr(rv, "parameters", ())}
        if stray:
            raise ValueError(_nothing("where", sorted(stray)[0], known - stray))
    used = {s for link in statement.links for side in (link.lhs, link.rhs) for s in side.free_symbols}
    missing = [c.name for c in constants if c not in used]
    if missing:
        raise ValueError(_nothing("exists", missing[0], known - set(missing)))
    return replace(
        statement,
        claims=(Claim(statement.links, tuple(constants)),),
        assumed=tuple(p for p in assumed if p.name in {q.name for q in statement.parameters}),
    )


def _define(reader: Reader, let: Texts) -> None:
    if isinstance(let, Mapping):
        for name, value in let.items():
            if isinstance(value, str):
                reader.define(f"{name} = {value}")
            else:
                reader.let[name] = value
        return
    for text in _many(let):
        reader.define(text)


def _constants(text: str, let: Texts, declared: Mapping[str, Parameter], exists: Texts) -> tuple[Parameter, ...]:
    """Unnamed constants; what one may depend on can be a name that only the claim's text gives a domain."""
    if exists is None or exists == "":
        return ()
    if not isinstance(exists, str) and all(isinstance(c, Parameter) for c in exists):
        return tuple(exists)
    joined = exists if isinstance(exists, str) else ", ".join(map(str, exists))
    try:
        return read_constants(joined, declared)
    except ValueError:
        names = [node.id for node in ast.walk(ast.parse(f"({joined},)", mode="eval")) if isinstance(node, ast.Name)]
        scout = Reader({**declared, **{n: constant(n) for n in names if n not in declared and f"{n}(" in joined}})
        _define(scout, let)
        assumed = {p.name: p for p in scout.read(text).assumed}
        return read_constants(joined, {**declared, **assumed})


def _conditions(condition: Any, reader: Reader) -> list[Hypothesis]:
    """The relations of a condition: a chain such as ``1 <= k <= n`` has two, and ``A and B`` has those of both."""
    if isinstance(condition, Hypothesis):
        return [condition]
    if not isinstance(condition, str):
        return [half for half in _halves(Hypothesis(condition, str(condition)))]
    found = [reader.hypothesis(part) for part in _relations(condition)]
    return [half for h in found for half in _halves(h)]


def _halves(h: Hypothesis) -> tuple[Hypothesis, ...]:
    """An equation as the two inequalities that balls can tell."""
    if not isinstance(h.relation, Eq):
        return (h,)
    left, right = h.relation.lhs, h.relation.rhs
    return Hypothesis(left <= right, h.words), Hypothesis(left >= right, h.words)


def _relations(text: str) -> list[str]:
    line = text.strip()
    try:
        tree = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [line]  # the reader says what is wrong with it
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in _relations(ast.get_source_segment(line, value) or "")]
    if isinstance(tree, ast.Compare) and len(tree.ops) > 1:
        ends = [ast.get_source_segment(line, side) or "" for side in (tree.left, *tree.comparators)]
        signs = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}
        return [f"{a} {signs.get(type(op), '!=')} {b}" for a, op, b in zip(ends, tree.ops, ends[1:], strict=False)]
    return [line]


def _nothing(option: str, name: str, known: Iterable[str]) -> str:
    """That an option names nothing of the claim."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
    has = f"it has {', '.join(names)}" if names else "it has no parameter"
    nearest = f"; the nearest is {near[0]!r}" if len(names) > 1 and near else ""
    return f"--{option}: found {name!r}, which the claim does not have; {has}{nearest}"


def _named(option: str, names: Iterable[str], statement: Statement) -> None:
    known = {p.name for p in statement.parameters} | set(statement.needed_sizes)
    for name in names:
        if name not in known:
            raise ValueError(_nothing(option, name, known))


def _in_regime(statement: Statement, text: str) -> Statement:
    """The statement with the regime that is named; the only size grows in a limit that names none."""
    limits = any(link.relation == "~" for link in statement.links)
    if not text and not limits:
        return statement
    known = {p.name: p for p in statement.parameters}
    if text:
        words, _, held = text.partition(" at fixed ")
        name, arrow, end = words.partition("->")
        if not arrow or end.strip() != "oo":
            raise ValueError(f"--regime: found {text!r}; 'NAME -> oo' is needed, or 'NAME -> oo at fixed OTHER'")
        named = [name.strip(), *(part.strip() for part in held.split(",") if part.strip())]
        for one in named:
            if one not in known:
                raise ValueError(_nothing("regime", one, known))
    else:
        named = [p.name for p in statement.parameters if p.is_size]
        if len(named) != 1:
            raise ValueError("a limit needs a regime, which nothing names here: --regime 'NAME -> oo at fixed OTHER'")
    grows, *others = (known[one] for one in named)
    regime = Regime(grows, tuple(others))
    return replace(statement, claims=tuple(replace(c, regime=regime) for c in statement.claims))


def _at(statement: Statement, values: Mapping[str, list[Any]]) -> tuple[Statement, dict[str, tuple[int, ...]]]:
    """The statement at listed values of its real parameters, and those of its sizes."""
    known = {p.name: p for p in statement.parameters}
    for name in values:
        if name not in known:
            raise ValueError(_nothing("at", name, known))
    listed: dict[str, tuple[int, ...]] = {}
    symbols: list[Parameter] = []
    for name, found in values.items():
        parameter = known[name]
        wrong = next((v for v in found if v.is_Rational and not parameter.admits(v)), None)
        if wrong is not None:
            raise ValueError(f"--at: found {name} = {wrong}; {name} is {parameter.domain}")
        if parameter.is_size:
            listed[name] = tuple(sorted(int(exact_number(v)) for v in found))
            ends = (parameter >= listed[name][0], parameter <= listed[name][-1])
            words = f"{name} is one of {', '.join(map(str, listed[name]))}"
            statement = replace(
                statement, hypotheses=(*statement.hypotheses, *(Hypothesis(end, words) for end in ends))
            )
        else:
            symbols.append(parameter)
    if symbols:
        points = tuple(
            {**point, **dict(zip(symbols, chosen, strict=True))}
            for point in statement.points
            for chosen in product(*(values[p.name] for p in symbols))
        )
        statement = replace(statement, points=points)
    return statement, listed


def _grid(statement: Statement, listed: Mapping[str, tuple[int, ...]]) -> Grid | None:
    """Values for the sizes where some are listed or end somewhere; None where nothing is said of them."""
    known = {p.name: p for p in statement.parameters if p.is_size}
    if not listed and all(p.high == oo for p in known.values()):
        return None
    values: dict[str, tuple[int, ...]] = {}
    free = {name: int(p.low) for name, p in known.items() if name not in listed}
    usual = staggered(free)
    for name, p in known.items():
        if name in listed:
            values[name] = listed[name]
        elif p.high == oo:
            values[name] = usual[name]
        else:
            top = int(p.high)
            further = [top] if len(free) > 1 else [*(2**j for j in range(4, top.bit_length())), top]
            values[name] = tuple(sorted({v for v in (*usual[name], *further) if int(p.low) <= v <= top}))
    return Grid(values)
