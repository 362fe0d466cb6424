"""``whp new``: a file of one's own statements that runs as it is, and its test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["new"]

_FILE = '''"""My statements.

Check them:   whp verify {name}.py
One of them:  whp verify {name}.py --statement upper
Look at one:  whp explain {name}.py:notes
Draw one:     whp plot {name}.py:upper
"""

from whp.checks import Engine
from whp.theory import *

# A size is a positive integer; size("k", 2) starts at 2. A real parameter lies in an open interval.
d = size("d")
t = real("t", 0, oo)

# A random variable is given by its law. Two calls are two independent variables; iid(X, n) are n copies of one.
X = ChiSquare(d)

# A claim has the name it is bound to as its key.
upper = claim(P(X >= d + 2 * sqrt(d * t) + 2 * t) <= exp(-t), source="laurent2000, Lemma 1")

# This one is false: `whp verify` finds a counterexample. With t**2*d/8 it is true.
notes = claim(P(abs(X / d - 1) >= t) <= 2 * exp(-(t**2) * d / 4), where=[t < 1], source="lecture notes")

# What no law describes is drawn: a model, how to draw it, and what is measured of a draw.
WALK = Model("walk", (d,), r"S_1, \\ldots, S_d \\text{{ a walk of fair signs}}")
highest = RV("highest", WALK, r"\\max_k S_k")


def draw_walks(cell, rng, draws, data):
    """A block of independent walks, one a row."""
    steps = 2 * rng.integers(0, 2, (draws, cell["d"])) - 1
    return steps.cumsum(axis=1)


ENGINES = {{
    WALK: Engine(
        sample=draw_walks,
        # One number for each row of the block, under the name of the random variable.
        measures={{"highest": lambda walks: walks.max(axis=1)}},
        # Rough multiply-adds of one draw.
        cost=lambda cell: 10 * cell["d"],
    )
}}
drawn = claim(P(highest >= 4 * sqrt(d)) <= Rational(1, 100), source="me, a first guess")
'''

_TEST = '''"""What my statements are found to be; run it with pytest."""

from pathlib import Path

import pytest
from whp.checks import Grid, check_all
from whp.checks.paper import load_paper


@pytest.fixture(scope="module")
def verdicts():
    paper = load_paper(Path(__file__).with_name("{name}.py"))
    grid = Grid({{"d": (16, 64)}})
    results = check_all(paper.ledger.statements, grid, engines=paper.engines, book=paper.ledger)
    return {{result.statement.key: str(result.verdict) for result in results}}


def test_the_bound_for_the_upper_tail_holds(verdicts):
    assert verdicts["upper"] == "holds"


def test_the_constant_of_the_lecture_notes_is_refuted(verdicts):
    assert verdicts["notes"] == "refuted"


def test_the_drawn_claim_is_not_refuted(verdicts):
    assert verdicts["drawn"] in ("holds", "undetermined")
'''


def new(
    name: Annotated[str, typer.Argument(help="Name of the file, without .py: letters, digits and _.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
) -> None:
    """Write a commented file of statements that runs as it is, and its test.

    Examples: `whp new my_lemma`, `whp new my_lemma --out paper`.
    """
    stem = name.removesuffix(".py")
    if not stem.isidentifier():
        raise ValueError(f"found the name {name!r}; a name such as my_lemma is needed")
    files = {out / f"{stem}.py": _FILE, out / f"test_{stem}.py": _TEST}
    for path in files:
        if path.exists():
            raise ValueError(f"{path} exists and is left as it is; choose another name or --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text.format(name=stem), encoding="utf-8")
    except OSError as error:
        raise OSError(f"cannot write to {out} ({error.strerror}); choose another --out") from None
    print(f"written: {' and '.join(map(str, files))}; check it with `whp verify {out / stem}.py`")
