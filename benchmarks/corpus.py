"""What the checks say of statements of other sources, with known truth.

Promise: no verdict contradicts the truth. The table has one row for each statement: id, truth, verdict, evidence,
seconds, reason, and how it was typed where that is less than what it says.

    python benchmarks/corpus.py --out corpus.csv
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from corpus import ENTRIES, Entry

COLUMNS = ("id", "truth", "verdict", "evidence", "seconds", "right", "typed", "reason")
# What the language or the laws do not have yet, and so is not typed.
MISSING: dict[str, str] = {}


def right(truth: bool, verdict: str) -> str:
    """``yes``, ``open`` where nothing is claimed, or ``WRONG``."""
    if verdict in ("holds", "refuted"):
        return "yes" if (verdict == "holds") == truth else "WRONG"
    return "open" if verdict in ("undetermined", "consistent") else "WRONG"


def row(entry: Entry) -> dict[str, str]:
    """One line of the table."""
    started = time.perf_counter()
    try:
        result = entry.check()
        verdict, evidence, reason = str(result.verdict), str(result.evidence or ""), result.reason
    except Exception as error:
        verdict, evidence, reason = "error", "", f"{type(error).__name__}: {error}"
    return {
        "id": entry.key,
        "truth": str(entry.truth).lower(),
        "verdict": verdict,
        "evidence": evidence,
        "seconds": f"{time.perf_counter() - started:.1f}",
        "right": right(entry.truth, verdict),
        "typed": entry.reading,
        "reason": reason,
    }


def main() -> int:
    """Check the statements; 1 where a verdict contradicts the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="write the table here, as CSV")
    parser.add_argument("--only", nargs="*", help="ids of the statements to check")
    chosen = parser.parse_args()
    rows = []
    for entry in ENTRIES:
        if chosen.only and entry.key not in chosen.only:
            continue
        rows.append(row(entry))
        last = rows[-1]
        words = f"{last['verdict']} {last['evidence']}"
        print(
            f"{last['id']:5} {last['truth']:5} {words:24} {last['right']:5} {last['seconds']:>6} s",
            last["reason"][:110],
            flush=True,
        )
    for key, why in MISSING.items():
        print(f"{key:5} not typed: {why}")
    if chosen.out is not None:
        with chosen.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    counts = {word: sum(r["right"] == word for r in rows) for word in ("yes", "open", "WRONG")}
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return int(counts["WRONG"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
