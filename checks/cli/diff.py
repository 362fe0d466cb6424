"""``whp diff``: what changed between two runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from .options import JsonOption

__all__ = ["diff", "differences"]

# What two runs may differ in without a difference in what they found; the rest of ``run.json`` is time and place.
_OPTIONS = ("version", "paper", "seed", "trials", "base", "small", "sizes", "inputs", "data", "ledger")
_NAMES = {"lhs": "left side", "rel": "relation", "rhs": "right side"}
_SHOWN = 12
_Entries = dict[tuple[str, str], dict[str, Any]]


def diff(
    first: Annotated[Path, typer.Argument(metavar="RUN1", help="A finished run, or its verdicts.json.")],
    second: Annotated[Path, typer.Argument(metavar="RUN2", help="The run to compare it with.")],
    as_json: JsonOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when something changed.")] = False,
) -> None:
    """Say what changed between two runs: verdicts, evidence, constants, counterexamples, and the claims themselves.

    Examples: `whp diff whp-run whp-run-2`, `whp diff --strict before/verdicts.json after`.
    """
    before, after = _entries(first), _entries(second)
    found = differences(before.values(), after.values())
    options = _options(first, second)
    if as_json:
        print(json.dumps({**found, "options": options}, indent=1, ensure_ascii=False))
    else:
        both = sum(form != "definition" for _, form in before.keys() & after.keys())
        _show(found, options, both, (first, second))
    if strict and (found["changed"] or found["only_first"] or found["only_second"]):
        raise typer.Exit(1)


def differences(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """What changed between the entries of two ``verdicts.json``.

    Parameters
    ----------
    before, after : iterable of mapping
        As `whp.checks.Result.to_dict` gives them.

    Returns
    -------
    dict
        ``changed``: for each statement its key, form and changes (what, link, before, after); ``only_first`` and
        ``only_second``: keys and forms.

    Examples
    --------
    >>> from whp.checks import check
    >>> small, large = (check("k**2 <= 5*k", size=f"k=1:{high}").to_dict() for high in (5, 9))
    >>> changes = differences([small], [large])["changed"][0]["changes"]
    >>> {c["what"]: c["after"] for c in changes if c["link"] or c["what"] == "verdict"}
    {'verdict': 'refuted', 'counterexample': 'k = 6: 36 against 30'}
    """
    old, new = ({(e["key"], e["form"]): e for e in entries} for entries in (before, after))
    changed = [
        {"key": key, "form": form, "changes": changes}
        for key, form in old
        if (key, form) in new and (changes := list(_changes(old[key, form], new[key, form])))
    ]
    first, second = ([{"key": k, "form": f} for k, f in a if (k, f) not in b] for a, b in ((old, new), (new, old)))
    return {"changed": changed, "only_first": first, "only_second": second}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for what in ("verdict", "evidence", "reading"):
        yield from _change(what, None, old.get(what), new.get(what))
    links = old["links"], new["links"]
    yield from _change("number of links", None, *map(len, links))
    for number, (was, now) in enumerate(zip(*links, strict=False), start=1):
        for side, name in _NAMES.items():
            yield from _change(name, number, was[side], now[side])
        # With one link these are the statement's own.
        for what in ("verdict", "evidence", "reading") if max(map(len, links)) > 1 else ():
            yield from _change(what, number, was.get(what), now.get(what))
        yield from _change("counterexample", number, _cell(was["counterexample"]), _cell(now["counterexample"]))
    constants = _flat(old["constants"]), _flat(new["constants"])
    for name in dict.fromkeys((*constants[0], *constants[1])):
        yield from _change(name, None, constants[0].get(name), constants[1].get(name))


def _change(what: str, link: int | None, before: Any, after: Any) -> Iterator[dict[str, Any]]:
    if before != after:
        yield {"what": what, "link": link, "before": before, "after": after}


def _cell(found: Mapping[str, Any] | None) -> str | None:
    """A counterexample in words, with all its digits."""
    if found is None:
        return None
    cell = ", ".join(f"{name} = {value}" for name, value in found["cell"].items()) or "everywhere"
    sides = " against ".join(text for text in (found["value"], found["bound"]) if text)
    return f"{cell}: {sides}" if sides else cell


def _flat(value: Any, name: str = "constants") -> dict[str, Any]:
    """Every number of a nested description of constants, by the way to it."""
    if isinstance(value, Mapping):
        return {k: v for key, below in value.items() for k, v in _flat(below, f"{name}.{key}").items()}
    if isinstance(value, list):
        return {k: v for i, below in enumerate(value, start=1) for k, v in _flat(below, f"{name}.{i}").items()}
    return {name: value}


def _entries(run: Path) -> _Entries:
    """The entries of a run's ``verdicts.json`` by key and form."""
    from ..verdict import SCHEMA  # keeps --help light

    path = run / "verdicts.json" if run.is_dir() else run
    if not path.is_file():
        below = sorted(p.parent.name for p in run.glob("*/verdicts.json"))
        hint = f"it holds runs of {', '.join(below)}: name one, such as {run / below[0]}" if below else ""
        raise ValueError(f"{run} holds no finished run; {hint or f'`whp verify --out {run}` makes one'}")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = {(row["key"], row["form"]): row for row in rows}
        schemas = {row["schema"] for row in rows}
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise ValueError(f"{path} is no list of verdicts; the verdicts.json of a run is needed") from None
    if schemas - {SCHEMA}:
        raise ValueError(f"{path} has schema {min(schemas - {SCHEMA})}, {SCHEMA} is needed; run `whp verify` again")
    return found


def _options(first: Path, second: Path) -> dict[str, list[Any]]:
    """The options in which two runs differ, where both say theirs."""
    found = []
    for run in (first, second):
        path = (run if run.is_dir() else run.parent) / "run.json"
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}
    old, new = found
    return {name: [old.get(name), new.get(name)] for name in _OPTIONS if old.get(name) != new.get(name)}


def _show(found: Mapping[str, Any], options: Mapping[str, Any], both: int, runs: tuple[Path, Path]) -> None:
    from rich.markup import escape  # keeps --help light

    from .terminal import print_rich  # keeps --help light

    for row in found["changed"]:
        print_rich(f"[bold]{escape(row['key'])}[/bold] ({row['form']})")
        for change in row["changes"][:_SHOWN]:
            link = f"link {change['link']}, " if change["link"] is not None else ""
            sides = " → ".join(_words(change["what"], change[side]) for side in ("before", "after"))
            print_rich(escape(f"  {link}{change['what']}: {sides}"))
        if len(row["changes"]) > _SHOWN:
            print_rich(f"  and {len(row['changes']) - _SHOWN} more changes, which --json lists")
    for run, rows in zip(runs, (found["only_first"], found["only_second"]), strict=True):
        if rows:
            keys = ", ".join(f"{row['key']} ({row['form']})" for row in rows)
            print_rich(escape(f"only in {run}: {keys}"))
    if options:
        print_rich(escape(f"the runs differ in: {', '.join(options)}"))
    print(f"{len(found['changed'])} of {both} statements that are in both runs changed")


def _words(what: str, value: Any) -> str:
    from ..verdict import Verdict  # keeps --help light

    if value is None or value == "":
        return "none"
    return Verdict(value).words if what == "verdict" else str(value)
