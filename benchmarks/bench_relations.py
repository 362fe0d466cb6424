"""How many random relations of exponentials and logarithms are proved, and that no false one is.

    python benchmarks/bench_relations.py --count 5000 --mutants 3

Each relation of `tests/oracles/random_relations.py` is judged by an oracle, then given to `prove_relation`. Every proof
is checked by both referees; some changed proof objects too, and one that is accepted must claim what the oracle does
not refute. Prints a table, every disagreement, and the longest search; exits with 1 on any disagreement.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from oracles.random_relations import judged, random_relation
from oracles.second_referee import objection
from oracles.tampering import counterexample, mutants
from whp.theory.proofs.expressions import DEFAULT
from whp.theory.proofs.intervals import prove_relation
from whp.theory.proofs.referee import rejection


def main() -> int:
    """Run the seeds asked for and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--mutants", type=int, default=3, help="changed proof objects for each proof")
    parser.add_argument("--effort", type=int, default=DEFAULT, help="steps of one search")
    parser.add_argument("--confirm", type=int, default=0, help="true relations confirmed by enclosures on a cover")
    asked = parser.parse_args()
    table: Counter[tuple[str, ...]] = Counter()
    faults, longest, unproved = [], (0.0, -1), []
    # An interrupt ends the run, and what is known by then is printed.
    with suppress(KeyboardInterrupt):
        for seed in range(asked.start, asked.start + asked.count):
            if seed % 100 == 0:
                print(f"{seed}: {sum(n for key, n in table.items() if key[-1] == 'proved')} proved", flush=True)
            relation = random_relation(seed)
            verdict = judged(relation, confirm=table["confirmed",] + table["not confirmed",] < asked.confirm)
            if verdict.truth == "true" and table["confirmed",] + table["not confirmed",] < asked.confirm:
                table["confirmed" if verdict.confirmed else "not confirmed",] += 1
            (x, (low, high)), *rest = relation.box.items()
            began = time.process_time()
            proof = prove_relation(
                *(relation.f, relation.relation, 0, x, low, high),
                parameters={v: (a, b, "") for v, (a, b) in rest},
                effort=asked.effort,
            )
            longest = max(longest, (time.process_time() - began, seed))
            kind = f"{len(relation.box)} variable{'s' * (len(relation.box) > 1)}, {relation.kind}"
            table[kind, verdict.truth, "proved" if proof else "not"] += 1
            if proof is None:
                unproved += [seed] if verdict.truth == "true" else []
                continue
            if verdict.truth == "false":
                faults.append(f"seed {seed}: a false relation is proved")
            written = json.loads(json.dumps(proof.to_json()))
            for name, why in (("first", rejection(written)), ("second", objection(written))):
                if why is not None:
                    faults.append(f"seed {seed}: the {name} referee rejects: {why}")
            for path, mutant in mutants(written, seed, asked.mutants):
                accepted = [judge(mutant) is None for judge in (rejection, objection)]
                table["mutants", "accepted by " + {0: "none", 1: "one", 2: "both"}[sum(accepted)]] += 1
                if any(accepted) and path[0] == "claim" and counterexample(mutant["claim"]) is not None:
                    faults.append(f"seed {seed}: a changed claim is accepted: {path} {mutant['claim']}")
    proved = sum(n for key, n in table.items() if key[1:] == ("true", "proved"))
    true = proved + sum(n for key, n in table.items() if key[1:] == ("true", "not"))
    for key, n in sorted(table.items()):
        print(f"{n:6d}  {', '.join(key)}")
    print(f"{proved} of {true} true relations proved; longest {longest[0]:.1f} s of processor time (seed {longest[1]})")
    print("true and not proved:", unproved)
    print(*faults or ["no disagreement"], sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
