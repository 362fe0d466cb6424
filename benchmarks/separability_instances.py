"""Random separability instances against a rational oracle; `python benchmarks/separability_instances.py [--count N]`.

Integers up to 2^80, fractions and decimals in every container of NumPy that holds them, with and without intercept, two
to four classes, quasi-separable ones by construction. For each: the answer is the oracle's, the referee accepts the
certificate after a round trip through its file, its numbers prove what it says (checked in fractions), and every
forgery is rejected unless its own numbers prove what it claims. The exit code is 1 when anything fails.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from whp.checks.separability import Certificate, separate
from whp.checks.separability import recheck as referee

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from oracles.separability import forgeries, instance, kind_of, proves, sealed


def trial(seed: int, counts: Counter[str]) -> list[str]:
    """What is wrong with one instance; the counts are added to."""
    case = instance(seed)
    truth = kind_of(case)
    certificate = separate(case.R, case.y, case.intercept)
    counts[truth] += 1
    counts[f"family {case.family}"] += 1
    counts["with intercept"] += case.intercept
    wrong = [] if certificate.kind == truth else [f"{seed}: {certificate.kind}, but it is {truth}"]
    text = certificate.to_json()
    document = referee.parse(text)
    if not Certificate.from_json(text).recheck(case.R, case.y) or not proves(document, case):
        wrong.append(f"{seed}: the certificate of {certificate.kind} proves nothing")
    for forged in forgeries(document, np.random.default_rng(seed)):
        counts["forgeries"] += 1
        if (
            referee.recheck(forged, case.R, case.y).accepted
            and referee.digest(forged) != document["certificate_sha256"]
        ):
            wrong.append(f"{seed}: a certificate with a stale digest was accepted")
        if referee.recheck(sealed(forged), case.R, case.y).accepted:
            counts["accepted because they prove what they say"] += 1
            if not proves(forged, case):
                wrong.append(f"{seed}: a forgery that proves nothing was accepted")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    begun = time.perf_counter()
    for seed in range(options.start, options.start + options.count):
        try:
            wrong += trial(seed, counts)
        except Exception as error:
            wrong.append(f"{seed}: {type(error).__name__}: {error}")
        if (seed + 1 - options.start) % 500 == 0:
            print(f"{seed + 1 - options.start} instances, {len(wrong)} wrong", file=sys.stderr, flush=True)
    found = {"instances": options.count, "wrong": len(wrong), "seconds": round(time.perf_counter() - begun, 1)}
    if options.json:
        print(json.dumps(found | {"counts": dict(sorted(counts.items())), "failures": wrong}))
    else:
        print(", ".join(f"{name} {value}" for name, value in [*found.items(), *sorted(counts.items())]))
        print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
