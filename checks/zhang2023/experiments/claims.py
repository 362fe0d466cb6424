"""What a run says of its figure's claims and of its controls, for the networks and data that were run and no others.

Three words: a claim "holds here" or "fails here", or it is "open". A claim about every network is counted: it holds
here if it is true of each that was drawn. A claim that one number exceeds another is tested over the seeds with the
exact sign test of `controls.paired`: it holds here if that decides for it, and fails here if that decides for the
opposite. Neither says anything about the paper's networks; `whp verify FIG` keeps the verdict of the printed row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ....theory.calculus.evaluate import number
from ....theory.language.models import RV
from ....theory.language.statements import Link
from ....theory.zhang2023.ledger import LEDGER
from ....theory.zhang2023.printed.figures import CIFAR
from .controls import chance_limit, paired
from .run import claimed
from .runs import Run
from .settings import ORIGINAL

__all__ = ["FAILS", "HOLDS", "MOST", "OPEN", "Control", "Finding", "compared", "controls_of", "findings", "ranged"]

Word = Literal["holds here", "fails here", "open"]
HOLDS: Word = "holds here"
FAILS: Word = "fails here"
OPEN: Word = "open"
MOST = 0.9
LEVEL = 0.05
# Wins of as many pairs are needed for a sign test at LEVEL.
_PAIRS = 5

_NAMES = {
    "least_train": "training noises classified, least along the axis",
    "least_test": "test noises classified, least along the axis",
    "original_test": "test inputs classified",
    "first_train": "training noises classified at the start (T = 1)",
    "last_train": "training noises classified at the end (T = 1)",
    "warm_train": "training noises classified at the end (T = 10)",
    "spread_standard": "spread over numbers of steps, standard training",
    "spread_adversarial": "spread over numbers of steps, adversarial training",
    "least_gain": "gain by adversarial training, least over numbers of steps",
    "noises_embedded": "embedded noises whose nearest neighbour has their class",
}
_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


@dataclass(frozen=True)
class Finding:
    """What a run says of one claim.

    Attributes
    ----------
    claim : str
    printed : bool
        Whether the paper's figure claims it of its own networks; otherwise it is ours.
    verdict : {"holds here", "fails here", "open"}
    evidence : str
        The numbers behind it.
    """

    claim: str
    printed: bool
    verdict: Word
    evidence: str


@dataclass(frozen=True)
class Control:
    """What a control found.

    Attributes
    ----------
    name : str
    found : str
    passed : bool or None
        Whether it is as it must be; None where either outcome is possible and informs.
    """

    name: str
    found: str
    passed: bool | None


def counted(claim: str, relation: str, bound: float, values: Sequence[tuple[int, float]], *, printed: bool) -> Finding:
    """A claim about every network: true of how many of those that were drawn.

    Parameters
    ----------
    claim : str
    relation : str
    bound : float
    values : sequence of (int, float)
        Width and number of every draw.
    printed : bool

    Examples
    --------
    >>> found = counted("right", ">=", 0.9, [(64, 1.0), (64, 0.8)], printed=False)
    >>> found.verdict, found.evidence
    ('fails here', '1 of 2 networks; furthest 0.800 at width 64')
    """
    true = [_COMPARED[relation](value, bound) for _, value in values]
    furthest = (min if relation in (">", ">=") else max)(values, key=lambda pair: pair[1])
    evidence = f"{sum(true)} of {len(true)} networks; furthest {furthest[1]:.3f} at width {furthest[0]}"
    return Finding(f"{claim} {_SIGNS[relation]} {bound:g}", printed, HOLDS if all(true) else FAILS, evidence)


def compared(claim: str, first: Sequence[float], second: Sequence[float], *, printed: bool = False) -> Finding:
    """A claim that the first number of each pair exceeds the second, by the exact sign test over seeds.

    Parameters
    ----------
    claim : str
    first, second : sequence of float
        One number of each seed.
    printed : bool

    Examples
    --------
    >>> compared("a > b", [0.9] * 6, [0.5] * 6).evidence
    '6 wins, 0 losses, 0 ties; p = 0.016; mean difference 0.400'
    >>> compared("a > b", [0.5] * 6, [0.9] * 6).verdict, compared("a > b", [1.0] * 6, [1.0] * 6).verdict
    ('fails here', 'open')
    """
    if len(first) < _PAIRS:
        gap = sum(a - b for a, b in zip(first, second, strict=True)) / len(first)
        return Finding(claim, printed, OPEN, f"{len(first)} seeds, {_PAIRS} needed; mean difference {gap:.3f}")
    found, against = paired(first, second, level=LEVEL), paired(second, first, level=LEVEL)
    verdict = HOLDS if found.decided else FAILS if against.decided else OPEN
    p = min(found.p_value, against.p_value)
    evidence = f"{found.wins} wins, {found.losses} losses, {found.ties} ties; p = {p:.2g}"
    return Finding(claim, printed, verdict, f"{evidence}; mean difference {found.difference:.3f}")


def apart(
    first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]]
) -> tuple[list[float], list[float]]:
    """Numbers in place of enclosures: the ends that face each other where two do not meet, equal ones where they do.

    Parameters
    ----------
    first, second : sequence of (float, float)
        Enclosures, one pair of each seed.

    Examples
    --------
    >>> apart([(2.0, 3.0), (1.0, 4.0)], [(0.0, 1.0), (2.0, 3.0)])
    ([2.0, 0.0], [1.0, 0.0])
    """
    found = []
    for (low, high), (other_low, other_high) in zip(first, second, strict=True):
        found.append((low, other_high) if low > other_high else (high, other_low) if high < other_low else (0.0, 0.0))
    return [a for a, _ in found], [b for _, b in found]


def findings(run: Run) -> tuple[Finding, ...]:
    """The claims of a figure, those printed first, decided by what was run.

    Parameters
    ----------
    run : Run
    """
    return (*_printed(run), *(_clusters(run) if run.experiment.along == "classes" else _ours(run)))


def _numbers(run: Run, m: int) -> list[dict[str, float]]:
    """The random variables of the figure's statement, one mapping for each draw at width m."""
    if run.experiment.along == "classes":
        return [{"noises_embedded": value} for value in run.get(m, "noises", "true", "embedded", 0)]
    flat: list[dict[str, float]] = [{} for _ in range(run.seeds)]
    for (width, name), values in run.values.items():
        line, given, quantity, at = name.split("/")
        if width == m and given == "true":
            key = f"original/{quantity}/{at}" if line == "inputs" else f"{line}/{quantity}/{at}"
            for column, value in zip(flat, values, strict=True):
                column[key] = value
    return [claimed(run.experiment, column) | {name: column[name] for name in ORIGINAL} for column in flat]


def _printed(run: Run) -> Iterator[Finding]:
    widest = max(run.experiment.widths)
    known = {m: _numbers(run, m) for m in run.experiment.widths}
    for link in LEDGER[run.experiment.key][0].links:
        if any(rv.model == CIFAR for rv in link.lhs.atoms(RV)):
            continue
        name = link.lhs.name
        if link.relation in (">", "<"):
            first = [column[name] for column in known[widest]]
            second = [column[link.rhs.name] if isinstance(link.rhs, RV) else 0.0 for column in known[widest]]
            larger, smaller = (first, second) if link.relation == ">" else (second, first)
            yield compared(_words(link), larger, smaller, printed=True)
        else:
            values = [(m, column[name]) for m, columns in known.items() for column in columns]
            yield counted(_NAMES[name], link.relation, float(number(link.rhs, {})), values, printed=True)


def _words(link: Link) -> str:
    right = _NAMES[link.rhs.name] if isinstance(link.rhs, RV) else f"{float(number(link.rhs, {})):g}"
    return f"{_NAMES[link.lhs.name]} {_SIGNS[link.relation]} {right}"


def _least(run: Run, m: int, given: str, quantity: str) -> tuple[float, ...]:
    """The least of a quantity along the axis and over the lines, for each draw."""
    columns = [run.get(m, line, given, quantity, at) for _, line, at in run.experiment.points]
    return tuple(map(min, zip(*columns, strict=True)))


def _ours(run: Run) -> Iterator[Finding]:
    experiment, widest = run.experiment, max(run.experiment.widths)
    inputs = run.get(widest, "inputs", "true", "test", 0)
    if experiment.key != "fig2":
        yield compared(
            "test noises classified, least > test inputs classified", _least(run, widest, "true", "test"), inputs
        )
    random = [(m, value) for m in experiment.widths for value in _least(run, m, "random", "test")]
    yield counted("labels drawn at random: test noises classified, least", ">=", MOST, random, printed=False)
    line = experiment.lines[0]
    start, end = _ends(run, line)
    true, drawn = (run.get(widest, line, given, "test", end) for given in ("true", "random"))
    yield compared("test noises at the end: true labels > random labels", true, drawn)
    if experiment.along == "epochs":
        one = [run.get(widest, line, "true", "test_1", at) for at in (start, end)]
        at_start = [(m, v) for m in experiment.widths for v in run.get(m, line, "true", "test_1", start)]
        yield counted("one noise of each class, at the start: test noises", ">=", MOST, at_start, printed=False)
        yield compared("one noise of each class, test noises: start > end", *one)
        few = run.get(widest, line, "random", "test_1", end)
        yield compared("one noise of each class, test noises at the end: true labels > random labels", one[1], few)
    yield from _separation(run)
    if experiment.key == "fig3" and len(experiment.widths) > 1:
        narrow = _least(run, min(experiment.widths), "true", "test")
        words = f"test noises classified, least: width {widest} > width {min(experiment.widths)}"
        yield compared(words, _least(run, widest, "true", "test"), narrow)
    if experiment.key == "fig5":
        cold, warm = (run.get(widest, name, "true", "mean", end) for name in experiment.lines)
        yield compared("means of noises, T = 1: start > end", run.get(widest, line, "true", "mean", start), cold)
        yield compared("means of noises at the end: T = 10 > T = 1", warm, cold)
        early, late, warm_late = (
            _margins(run, widest, name, "true", at)
            for name, at in ((line, start), (line, end), (experiment.lines[1], end))
        )
        yield from _wider("certified margin, T = 1: start > end", early, late)
        yield from _wider("certified margin at the end: T = 10 > T = 1", warm_late, late)
    if experiment.key == "fig6":
        standard, adversarial = experiment.lines
        for words, quantity, at in (
            (f"test noises classified, {end} steps", "test", end),
            (f"initial witnesses, test noises of {start} step", "witness", start),
        ):
            claim = f"{words}: adversarial > standard training"
            trained = (run.get(widest, name, "true", quantity, at) for name in (adversarial, standard))
            yield compared(claim, *trained)


def _separation(run: Run) -> Iterator[Finding]:
    """What is proved of the training noises at the end: separability, and margins relative to the norm."""
    widest, line = max(run.experiment.widths), run.experiment.lines[0]
    for name in run.experiment.lines:
        end = _ends(run, name)[1]
        exact = [value for m in run.experiment.widths for value in run.get(m, name, "true", "exact", end)]
        if exact:
            proved = sum(value == 1.0 for value in exact)
            margins = _margins(run, widest, name, "true", end)
            room = f"; margin {_enclosed(margins)} of the norm at width {widest}" if margins else ""
            evidence = f"{proved} of {len(exact)} networks{room}"
            claim = f"training noises at the end{_of(run, name)} are linearly separable, proved"
            yield Finding(claim, False, HOLDS if proved == len(exact) else OPEN, evidence)
    start, end = _ends(run, line)
    for words, at in (("start", start), ("end", end)) if run.experiment.along == "epochs" else (("end", end),):
        true, random = (_margins(run, widest, line, given, at) for given in ("true", "random"))
        yield from _wider(f"certified margin at the {words}{_of(run, line)}: true labels > random labels", true, random)
    inputs = _margins(run, widest, "inputs", "true", 0)
    yield from _wider(f"certified margin at the end{_of(run, line)}: noises > inputs", true, inputs)


def _wider(
    claim: str, first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]]
) -> Iterator[Finding]:
    if first and second:
        yield compared(claim, *apart(first, second))


def _of(run: Run, line: str) -> str:
    """The name of a line, where there are several."""
    return f" ({line})" if len(run.experiment.lines) > 1 else ""


def _margins(run: Run, m: int, line: str, given: str, at: int) -> list[tuple[float, float]]:
    ends = (run.get(m, line, given, f"margin_{side}", at) for side in ("low", "high"))
    return list(zip(*ends, strict=True))


def _enclosed(margins: Sequence[tuple[float, float]]) -> str:
    """The least and the largest that margins can be, rounded outwards."""
    low, high = min(low for low, _ in margins), max(high for _, high in margins)
    return f"{math.floor(1e4 * low) / 1e4:.4f} to {math.ceil(1e4 * high) / 1e4:.4f}"


def _ends(run: Run, line: str) -> tuple[int, int]:
    places = [at for _, name, at in run.experiment.points if name == line]
    return places[0], places[-1]


def _clusters(run: Run) -> Iterator[Finding]:
    m = run.experiment.widths[0]
    noises, random, inputs = (
        run.get(m, line, given, "embedded", 0)
        for line, given in (("noises", "true"), ("noises", "random"), ("inputs", "true"))
    )
    yield counted(
        "labels drawn at random: embedded noises whose neighbour has their label", ">=", MOST,
        [(m, value) for value in random], printed=False,
    )  # fmt: skip
    yield compared("neighbours of one class: embedded noises > embedded inputs", noises, inputs)


def controls_of(run: Run) -> tuple[Control, ...]:
    """The controls at the end of each line, at the largest width.

    Parameters
    ----------
    run : Run
    """
    return tuple(_controls(run)) if run.experiment.along != "classes" else ()


def _controls(run: Run) -> Iterator[Control]:
    m, K = max(run.experiment.widths), run.sizes.classes
    inputs = run.get(m, "inputs", "random", "test", 0)
    yield _at_chance("inputs with random labels", inputs, chance_limit(run.sizes.test, K))
    for line in run.experiment.lines:
        end = _ends(run, line)[1]
        limit = run.get(m, line, "permuted", "limit", end)[0]
        named = _of(run, line)
        yield _at_chance(f"permuted labels{named}", run.get(m, line, "permuted", "test", end), limit)
        yield _at_chance(f"Gaussian noises{named}", run.get(m, line, "gaussian", "test", end), limit)
        permuted, true = (_margins(run, m, line, given, end) for given in ("permuted", "true"))
        if permuted and true:
            least, most = min(low for low, _ in true), max(high for _, high in permuted)
            words = f"{_enclosed(permuted)} of the norm, with their own {_enclosed(true)}"
            yield Control(f"margin with permuted labels{named}", words, most < least if least > 0.0 else None)
        own = run.get(m, line, "own", "test", end)
        if own:
            yield Control(f"the network's own label{named}", f"{ranged(own)} of test noises classified", None)
        ranks, counts = (run.get(m, line, "rank", quantity, end) for quantity in ("rank", "n"))
        algebra = any(run.get(m, line, "rank", "algebra", end))
        words = "any labels are separable: algebra" if algebra else "separability is not algebra"
        yield Control(
            f"rank of the training noises{named}", f"{max(ranks):.0f} of {counts[0]:.0f}: {words}", not algebra
        )


def ranged(values: Sequence[float]) -> str:
    """The least and the largest number, or the only one."""
    low, high = min(values), max(values)
    return f"{low:.3f}" if low == high else f"{low:.3f} to {high:.3f}"


def _at_chance(name: str, values: Sequence[float], limit: float) -> Control:
    return Control(name, f"{ranged(values)}, chance is at most {limit:.3f}", max(values) <= limit)
