"""Tables that a run's draws add up to: where Theorem 3.6's conclusion holds, how tight S12 is, what rank explains.

Nothing is decided here: every number is a count or a quantile of draws that the sweep has made and stored.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..tables import Table
from ..verdict import Result

__all__ = ["cover_share", "study_tables"]

_Key = tuple[int, int, int]


def study_tables(results: Iterable[Result]) -> tuple[Table, ...]:
    """The tables for which the results hold draws.

    Parameters
    ----------
    results : iterable of Result
        Of one run; statements share their draws, so each place is counted once.

    Returns
    -------
    tuple of Table
        "ntk.conclusion": at trained networks, the share separated by the paper's witness, by its projection and by any
        witness whatever. "ntk.radius": certified over attacked radius over (d, m). "fig3.rank": what separability at
        small width, for few samples, of several outputs and with shuffled labels says (whp S18).
    """
    drawn: dict[tuple[str, str], dict[_Key, Mapping[str, Any]]] = {}
    for result in results:
        for row in result.draws:
            key = int(row.get("d", 0)), int(row.get("n", 0)), int(row.get("m", 0))
            drawn.setdefault((row["model"], row["rv"]), {})[key] = row
    return tuple(table for table in (_conclusion(drawn), _radius(drawn), _rank(drawn)) if table.rows)


def _share(count: float, trials: float) -> str:
    return f"{count / trials:.3f}"


def _decided(row: Mapping[str, Any]) -> list[str]:
    """Shares with a witness (drawn as 1) and with a combination that proves there is none (0); undecided is ½."""
    trials, none = row["trials"], row["nonpositive"]
    undecided = 2.0 * (trials - none - row["mean"] * trials)
    return [_share(trials - none - undecided, trials), _share(none, trials)]


def _conclusion(drawn: Mapping[tuple[str, str], Mapping[_Key, Mapping[str, Any]]]) -> Table:
    rows = []
    for model, inputs in (("trained", "random"), ("antipodal", "antipodal pairs")):
        separable = drawn.get((model, "separable"), {})
        witness = drawn.get((model, "margin"), {}) or drawn.get((model, "least_margin"), {})
        projected = drawn.get((model, "projected_margin"), {})
        for key in sorted({*separable, *witness}):
            shown = next(found[key] for found in (separable, witness) if key in found)
            trials = shown["trials"]
            d, n, m = key
            some = separable.get(key)
            row = [inputs, str(d), str(n), str(m), f"{trials:.0f}"]
            for found in (witness, projected):
                row.append(_share(trials - found[key]["some_nonpositive"], trials) if key in found else "")
            row += ["", ""] if some is None else _decided(some)
            rows.append(tuple(row))
    return Table(
        "ntk.conclusion",
        "Where the conclusion of Theorem 3.6 holds at trained networks",
        "Share of networks, both layers trained by gradient descent to mean logistic loss at most 1/10, whose "
        "adversarial noises at all n inputs are separated by the paper's witness −Wᵀa, by its projection −Π⊥Wᵀa, by "
        "some witness (an exact certificate), and by none (an exact certificate of inseparability).",
        ("inputs", "d", "n", "m", "networks", "by −Wᵀa", "by −Π⊥Wᵀa", "by some", "by none"),
        ("inputs", "d", "n", "m", "networks", "witness", "projected", "some", "none"),
        tuple(rows),
    )


def _radius(drawn: Mapping[tuple[str, str], Mapping[_Key, Mapping[str, Any]]]) -> Table:
    rows = []
    for (d, _, m), row in sorted(drawn.get(("radii", "radius_ratio"), {}).items()):
        values = (row[name] for name in ("worst", "q05", "median", "q95"))
        rows.append((str(d), str(m), f"{row['trials']:.0f}", *(f"{value:.3f}" for value in values)))
    return Table(
        "ntk.radius",
        "How tight the certified radius of S12 is",
        "Certified over attacked radius at one input of random networks whose margin is positive.",
        ("d", "m", "networks", "least", "5 %", "median", "95 %"),
        ("d", "m", "networks", "least", "low", "median", "high"),
        tuple(rows),
    )


def cover_share(n: int, d: int) -> float:
    """2^{1−n} Σ_{k<d} C(n−1, k): Cover's share of the labellings of n vectors in general position that are separable.

    Examples
    --------
    >>> cover_share(16, 8)
    0.5
    """
    return float(sum(math.comb(n - 1, k) for k in range(d)) / 2 ** (n - 1))


# Random variables of whp S18, and what their share says of Figure 3.
_RANK = {
    (
        "narrow-trained",
        "separable",
    ): "one output, trained, m ≤ d: every witness W⁺a separates, whatever Theorem 3.1 says",
    ("few-orthogonal", "separable"): "one output, orthogonal inputs, n ≤ d: separable unless a gradient is 0",
    ("digits-classes", "two_outputs"): "Figure 3's networks with two outputs, on digits: by W⁺a where m ≤ d",
    ("digits-classes", "one_against_rest"): "Figure 3's networks, each of the ten digits apart from the rest",
    ("digits-classes", "separable"): "Figure 3's networks, all ten digits at once",
    ("digits-classes", "shuffled"): "Figure 3's networks, labels of their own: nothing to explain",
    ("shuffled-classes", "separable"): "ten outputs at initialisation, labels of their own",
    ("shuffled", "separable"): "one output at initialisation, m > d, labels of their own: Cover's count",
}


def _rank(drawn: Mapping[tuple[str, str], Mapping[_Key, Mapping[str, Any]]]) -> Table:
    rows = []
    for (model, rv), words in _RANK.items():
        for (d, n, m), row in sorted(drawn.get((model, rv), {}).items()):
            most = f"{cover_share(n, min(m, d)):.3f}" if rv == "shuffled" or model.startswith("shuffled") else ""
            rows.append((words, str(d), str(n), str(m), f"{row['trials']:.0f}", *_decided(row), most))
    return Table(
        "fig3.rank",
        "What rank says of separability (Figure 3)",
        "Share of networks whose noises some witness separates, and none does, each by an exact certificate. For one "
        "output, and for two, separability up to width d is algebra and says nothing of Theorem 3.1. For the ten of "
        "Figure 3 it is not: W⁺A, in place of W⁺a, has margins (A_y − A_k)ᵀDAᵀ(e_y − p), negative at the worst "
        "softmax with a probability that depends on the width alone (S18.classes), and below width d the noises lie "
        "in m dimensions, in which their labels may be out of reach. Random labels, the control, reach at most "
        "Cover's share in min(m, d) dimensions.",
        ("noises", "d", "n", "m", "networks", "by some", "by none", "Cover's share"),
        ("noises", "d", "n", "m", "networks", "some", "none", "cover"),
        tuple(rows),
    )
