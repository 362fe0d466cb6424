"""The verdicts that the ledger's page shows: ``python docs/ledger.py RUN...`` takes them from finished runs.

``whp verify --paper KEY --all --out RUN`` makes such a run. What was found is kept in ``ledger.json``, each verdict
with a hash of the claims it is of: the page shows none for a statement that claims something else now.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from sympy.printing.str import sstr
from whp.theory import Statement

__all__ = ["STORED", "claimed", "kept", "taken", "verdict_line"]

STORED = Path(__file__).parent / "ledger.json"
Rows = Mapping[tuple[str, str, str], Mapping[str, Any]]


def _links(statement: Statement) -> list[tuple[str, str, str]]:
    """A statement's claims, as runs write them."""
    return [(sstr(link.lhs, order="none"), link.relation, sstr(link.rhs, order="none")) for link in statement.links]


def claimed(statement: Statement) -> str:
    """A hash of what a statement claims under which hypotheses."""
    words = [_links(statement), [h.words for h in statement.hypotheses]]
    return sha256(json.dumps(words).encode()).hexdigest()[:16]


def taken(run: Path, statements: Iterable[Statement]) -> list[dict[str, Any]]:
    """The verdict of each of some statements that a finished run has and that claims the same today."""
    entries = {(e["key"], e["form"]): e for e in json.loads((run / "verdicts.json").read_text(encoding="utf-8"))}
    rows = []
    for statement in statements:
        entry = entries.get((statement.key, statement.form), {"links": []})
        links = [(link["lhs"], link["rel"], link["rhs"]) for link in entry["links"]]
        if links and links == _links(statement):
            row = {name: entry[name] for name in ("key", "form", "verdict", "evidence")}
            rows.append({**row, "claimed": claimed(statement), "words": _words(entry)})
    return rows


def _words(entry: Mapping[str, Any]) -> str:
    """Where a statement fails, or what an answer lacks."""
    found = [link["counterexample"] for link in entry["links"] if link["counterexample"] is not None]
    if entry["verdict"] == "refuted" and found:
        cell = ", ".join(f"{name} = {value}" for name, value in found[0]["cell"].items())
        return (
            ("smallest counterexample " if found[0]["smallest"] else "a counterexample ") + f"at {cell}" if cell else ""
        )
    return str(entry["reason"]).split("; ")[0] if entry["verdict"] == "undetermined" else ""


def kept() -> Rows:
    """What is kept, by key, form and hash of the claims."""
    rows: Sequence[Mapping[str, Any]] = json.loads(STORED.read_text(encoding="utf-8"))
    return {(row["key"], row["form"], row["claimed"]): row for row in rows}


def verdict_line(statement: Statement, rows: Rows) -> str:
    """The verdict of a statement in words, or that there is none."""
    if statement.form == "definition":
        return "A definition: it claims nothing."
    row = rows.get((statement.key, statement.form, claimed(statement)))
    if row is None:
        return "Not checked for this page."
    verdict = "not refuted" if row["verdict"] == "consistent" else row["verdict"]
    evidence = f", {row['evidence']}" if row["evidence"] else ""
    words = f": {row['words']}" if row["words"] else ""
    return f"**{verdict[0].upper()}{verdict[1:]}**{evidence}{words}.".replace("$", "")


def main(runs: Iterable[Path]) -> None:
    """Put the verdicts of finished runs in the place of those kept; of statements that are no more, keep none."""
    from generated import own_papers

    rows = dict(kept()) if STORED.is_file() else {}
    every = [s for paper in own_papers() for s in paper.ledger.statements]
    rows |= {(row["key"], row["form"], row["claimed"]): row for run in runs for row in taken(run, every)}
    current = [rows[place] for s in every if (place := (s.key, s.form, claimed(s))) in rows]
    STORED.write_text(json.dumps(current, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(run) for run in sys.argv[1:])
