"""Public data sets beside what is published of them; `python benchmarks/bench_public_separability.py [--json]`.

For each set: the exact answer with an intercept and the estimates that are infinite, next to the published answers of
R's detectseparation and what statsmodels' Logit (if it is installed) and scikit-learn's LogisticRegression without
penalty say. The data are small npz files in `separability_data`, each with its source, and scikit-learn's iris. The
exit code is 1 when an exact answer differs from a published one.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from whp.checks.separability import separate
from whp.checks.separability.estimates import estimates
from whp.checks.separability.files import Table, read_table

FOLDER = Path(__file__).resolve().parent / "separability_data"
README = "detectseparation's README"
TESTS = "detectseparation's tests"
EXAMPLE = "detectseparation's example, which names no sign"


class Case(NamedTuple):
    """Data, the published kind or None, the published infinite estimates or None, and who published them."""

    read: Callable[[], Table]
    kind: str | None
    infinite: dict[str, str] | None
    source: str


def shipped(name: str) -> Table:
    """One of the files of this folder."""
    return read_table(FOLDER / f"{name}.npz")


def iris_pair(one: int, other: int) -> Table:
    """Two species of scikit-learn's iris; its measurements are decimals of one digit, read as such."""
    bunch = load_iris()
    chosen = np.isin(bunch.target, [one, other])
    tenths = np.rint(10 * bunch.data[chosen]).astype(np.int64)
    names = tuple(str(name) for name in bunch.feature_names)
    return Table(tenths, bunch.target[chosen], names, tuple(map(str, np.flatnonzero(chosen))), "species")


CASES = {
    "endometrial": Case(lambda: shipped("endometrial"), "quasi", {"NV": "+inf"}, README),
    "lizards": Case(lambda: shipped("lizards"), "overlap", {}, TESTS),
    "MurderRates": Case(lambda: shipped("murder_rates"), None, {"southernyes": "infinite"}, EXAMPLE),
    "birthwt": Case(lambda: shipped("birthwt"), None, None, ""),
    "Agresti, complete": Case(lambda: shipped("agresti_complete"), "separable", {"x": "+inf"}, "Agresti (2013), 6.5.1"),
    "Agresti, quasi": Case(lambda: shipped("agresti_quasi"), "quasi", {"x": "+inf"}, "Agresti (2013), 6.5.1"),
    "UCLA, complete": Case(lambda: shipped("ucla_complete"), "separable", {"X1": "+inf"}, "SAS, by UCLA's FAQ"),
    "UCLA, quasi": Case(lambda: shipped("ucla_quasi"), "quasi", {"X1": "+inf"}, "SAS, by UCLA's FAQ"),
    "iris: setosa, versicolor": Case(lambda: iris_pair(0, 1), None, None, ""),
    "iris: setosa, virginica": Case(lambda: iris_pair(0, 2), None, None, ""),
    "iris: versicolor, virginica": Case(lambda: iris_pair(1, 2), None, None, ""),
}


def as_floats(table: Table) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The rows with a column of ones, and labels 0 and 1."""
    X = np.array([[float(x) for x in row] for row in table.X.tolist()])
    labels = np.array(table.y.tolist())
    return np.column_stack([X, np.ones(len(X))]), (labels == labels.max()).astype(np.int64)


def said_by(fit: Callable[[], Any]) -> str:
    """Names of the warnings or the error of a fit, or that it says nothing."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fit()
        except Exception as error:
            return type(error).__name__
    return ", ".join(sorted({warning.category.__name__ for warning in caught})) or "nothing"


def statsmodels_says(table: Table) -> str:
    if importlib.util.find_spec("statsmodels") is None:
        return "not installed"
    from statsmodels.api import Logit

    X, y = as_floats(table)
    return said_by(lambda: Logit(y, X).fit(disp=0))


def scikit_learn_says(table: Table) -> str:
    X, y = as_floats(table)
    return said_by(lambda: LogisticRegression(C=np.inf, fit_intercept=False).fit(X, y))


def agrees(case: Case, kind: str, infinite: dict[str, str]) -> bool | None:
    """Whether the exact answer is the published one; None where nothing is published.

    What is published of separable data is one direction, so its names need only be among ours.
    """
    if case.kind is None and case.infinite is None:
        return None
    right = case.kind is None or case.kind == kind
    if case.infinite is None:
        return right
    if kind == "separable":
        return right and all(infinite.get(name) in (where, "either") for name, where in case.infinite.items())
    columns = {name: where for name, where in infinite.items() if name != "(intercept)"}
    return (
        right
        and {k: "infinite" if case.infinite.get(k) == "infinite" else w for k, w in columns.items()} == case.infinite
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    for name, case in CASES.items():
        table = case.read()
        begun = time.perf_counter()
        certificate = separate(table.X, table.y, intercept=True)
        seconds = time.perf_counter() - begun
        found = estimates(table.X, table.y, intercept=True, certificate=certificate)
        names = [*table.columns, "(intercept)"]
        infinite = {column: where for column, where in zip(names, found, strict=True) if where != "finite"}
        results.append(
            {
                "set": name,
                "n": certificate.n,
                "d": certificate.d,
                "kind": certificate.kind,
                "infinite": infinite,
                "published": {"kind": case.kind, "infinite": case.infinite, "by": case.source},
                "agrees": agrees(case, certificate.kind, infinite),
                "statsmodels": statsmodels_says(table),
                "scikit-learn": scikit_learn_says(table),
                "seconds": round(seconds, 3),
            }
        )
    if options.json:
        print(json.dumps(results))
    else:
        print("| set | n | d | exact answer | infinite estimates | published | statsmodels | scikit-learn |")
        print("|---|---|---|---|---|---|---|---|")
        for row in results:
            known = row["published"]
            parts = [known["kind"] or "", ", ".join(f"{k} {v}" for k, v in (known["infinite"] or {}).items())]
            shown = f"{' '.join(filter(None, parts)) or 'infinite: none'} ({known['by']})" if known["by"] else "–"
            where = ", ".join(f"{k} {v}" for k, v in row["infinite"].items()) or "none"
            cells = [row["set"], row["n"], row["d"], row["kind"], where, shown, row["statsmodels"], row["scikit-learn"]]
            print(f"| {' | '.join(map(str, cells))} |")
    return 1 if any(row["agrees"] is False for row in results) else 0


if __name__ == "__main__":
    sys.exit(main())
