"""Which statements about probabilities are proved for all sizes, of the classics and of the corpus, and in how long.

    python benchmarks/bench_tails.py

Prints a row for each link with a probability and no unnamed constant, and how many of the true statements are proved;
exits with 1 if a false statement is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from classics.truths import TRUE
from corpus import ENTRIES
from whp.checks.deciders.theorem import proved_tail
from whp.theory.classics import LEDGER
from whp.theory.language.statements import Statement


def _statements() -> Iterator[tuple[str, Statement, bool]]:
    for key in LEDGER:
        for statement in LEDGER[key]:
            yield "classics", statement, key in TRUE
    for entry in ENTRIES:
        yield "corpus", entry.statement, entry.truth


def main() -> int:
    """Look for a proof of every statement and print what came out."""
    proved, true, wrong = 0, 0, []
    for book, statement, truth in _statements():
        links = [a for a in statement.links if a.kind == "probability"]
        if not links:
            continue
        start = time.perf_counter()
        found = [proved_tail(statement, link) for link in links]
        seconds = time.perf_counter() - start
        held = all(f is not None for f in found)
        true += truth
        proved += held and truth
        wrong += [statement.key] if held and not truth else []
        method = found[0].method if held and found[0] is not None else ""
        print(f"{book:9}{statement.key:29}{truth!s:6}{'proved' if held else '':8}{seconds:6.2f}  {method}")
    print(f"{proved} of {true} true statements are proved; false ones that are: {', '.join(wrong) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
