"""Reproduce one case, or run a range of seeds: ``python -m soundness KIND SEED`` or ``KIND FIRST:LAST``."""

from __future__ import annotations

import sys
import time
from collections import Counter

from .cases import run
from .generators import make


def main(kind: str, seeds: str) -> int:
    """Print what is said of each case; 1 where something is wrong."""
    first, _, last = seeds.partition(":")
    wrong, counts, started, clear, decided = 0, Counter[str](), time.perf_counter(), 0, 0
    for seed in range(int(first), int(last or int(first) + 1)):
        case = make(kind, seed)
        judged = run(case)
        counts[f"{judged.verdict} {judged.evidence}".strip()] += 1
        clear += case.clear
        decided += case.clear and judged.verdict in ("holds", "refuted", "vacuous")
        if judged.faults:
            wrong += 1
            print(f"FAULT {judged}", flush=True)
        if not last:
            print(case)
            print("truth:", judged.truth, "verdict:", judged.verdict, judged.evidence, judged.reason)
            print("domain:", [dict(c) for c in case.domain], [case.true_at(c) for c in case.domain])
        elif case.clear and judged.verdict not in ("holds", "refuted", "vacuous") and "-v" in sys.argv:
            print(f"OPEN {judged.reason} :: {case}")
    took = time.perf_counter() - started
    print(f"{dict(counts)} in {took:.0f} s; {wrong} wrong; clear ones decided: {decided} of {clear}")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2]))
