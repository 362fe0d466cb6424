"""Claims that once got a wrong verdict or a traceback, each with the right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sympy import Integer, Rational, exp, log, sqrt
from whp.checks import Engine, Grid, check, check_all
from whp.checks.paper import load_papers
from whp.theory import (
    RV,
    Claim,
    Event,
    Hypothesis,
    LawOf,
    Link,
    Model,
    P,
    Regime,
    Source,
    Statement,
    constant,
    real,
    size,
    sizes,
)
from whp.theory.laws.elementary import ChiSquareLaw
from whp.theory.proofs.referee_claims import rejection

_THOUSAND = Integer(1000)


def _statement(*links: Link, key: str = "s", exists: Any = (), regime: Regime | None = None, **more: Any) -> Statement:
    claim = Claim(links, exists=exists, regime=regime)
    return Statement(key, "printed", "", Source("me", "p. 1"), (claim,), **more)


def _normals(model: Model, shape: Callable[[Any, int], Any]) -> dict[Model, Engine]:
    engine = Engine(
        sample=lambda cell, rng, count, data: rng.normal(size=shape(cell, count)),
        measures={"Y": lambda drawn: drawn},
        cost=lambda cell: 1,
    )
    return {model: engine}


def _late_single() -> Statement:
    k = size("k", 70)
    return _statement(Link(exp(k / _THOUSAND), ">=", exp(Rational(71, 1000))))


def _late_third() -> Statement:
    m, d = sizes("m d")
    n = size("n", 20)
    return _statement(Link(sqrt(m * d * n) + log(n), ">=", 5 + log(n)))


def _late_four() -> Statement:
    a, b, c, e = (size(name, 7) for name in "abce")
    return _statement(Link(exp(a / _THOUSAND) * b * c * e, ">=", exp(Rational(7, 1000)) * 344))


@pytest.mark.parametrize(
    ("statement", "smallest"),
    [
        (_late_single(), {"k": 70}),
        (_late_third(), {"m": 1, "d": 1, "n": 20}),
        (_late_four(), {"a": 7, "b": 7, "c": 7, "e": 7}),
    ],
)
def test_sizes_that_start_late_are_asked_where_they_start(statement: Statement, smallest: dict[str, int]) -> None:
    result = check(statement)
    found = result.links[0].counterexample
    assert result.verdict == "refuted"
    assert found is not None
    assert dict(found.cell) == smallest


def test_a_corner_outside_the_hypotheses_refutes_nothing() -> None:
    m, k = sizes("m k")
    c = constant("C")
    x = RV("X", Model("g", (m, k), "g"), "X", law=LawOf(ChiSquareLaw, k))
    link = Link(P(Event(x, ">=", 3 * k)), "<=", exp(-c * m))
    # k stays and m grows.
    found = check(_statement(link, exists=(c,)))
    assert (found.verdict, found.evidence, len(found.proofs)) == ("refuted", "proved", 1)
    inside = _statement(link, exists=(c,), hypotheses=(Hypothesis(k >= m, "k is at least m"),))
    assert check(inside).verdict == "consistent"


def test_a_path_to_a_corner_stays_in_the_domain() -> None:
    m, k, c = size("m"), size("k", 5), constant("C")
    x = RV("X", Model("g", (m, k), "g"), "X", law=LawOf(ChiSquareLaw, k))
    found = check(_statement(Link(P(Event(x, ">=", 3 * k)), "<=", exp(-c * m)), exists=(c,)))
    assert (found.verdict, found.evidence) == ("refuted", "proved")
    path = found.links[0].proof
    assert path is not None
    assert rejection(path) is None
    assert rejection({**path, "proof": {**path["proof"], "put": {**path["proof"]["put"], "k": "4"}}}) is not None


def test_a_path_that_the_hypotheses_exclude_refutes_nothing() -> None:
    m, d, gamma = *sizes("m d"), real("gamma", 0)
    y = RV("Y", Model("h", (m,), "h"), "Y", law=LawOf(ChiSquareLaw, m))
    link, regime = Link(P(Event(y, "<=", m - sqrt(m))), "~", 1), Regime(d, tied={m: gamma})
    points = ({gamma: 2},)
    assert check(_statement(link, regime=regime, points=points)).reason.startswith("trend: the sizes asked speak")
    excluded = (Hypothesis(m <= d, "m is at most d"),)
    left = check(_statement(link, regime=regime, points=points, hypotheses=excluded))
    assert not left.reason.startswith("trend")


@pytest.mark.parametrize("fixed", [True, False])
def test_a_claim_with_a_fixed_size_has_no_path_of_its_own(fixed: bool) -> None:
    m, d, n, gamma = *sizes("m d n"), real("gamma", 0)
    y = RV("Y", Model("h", (m,), "h"), "Y", law=LawOf(ChiSquareLaw, m))
    if fixed:
        statement = _statement(Link(m + n, "~", m), regime=Regime(m, fixed=(n,)))
    else:
        regime = Regime(d, fixed=(n,), tied={m: gamma})
        statement = _statement(Link(P(Event(y, "<=", 2 * m + n)), "~", 1), regime=regime, points=({gamma: 2},))
    # Whatever n is, the probability that is left fades as the path goes on; the scalar has no path.
    assert check(statement).verdict == ("undetermined" if fixed else "holds")


def test_equivalence_along_a_tied_regime() -> None:
    m, d, gamma = *sizes("m d"), real("gamma", 0)
    regime, points = Regime(d, tied={m: gamma}), ({gamma: 2},)
    assert check(_statement(Link(m + d + 1, "~", m + d), regime=regime, points=points)).verdict == "holds"
    assert check(_statement(Link(m + 2 * d, "~", m + d), regime=regime, points=points)).verdict == "refuted"


def test_a_size_from_0_grows_from_1_on() -> None:
    k = size("k", 0)
    model = Model("z", (k,), "z")
    link = Link(P(Event(RV("Y", model, "Y"), "<=", k + 9)), "~", 1)
    result = check(
        _statement(link, regime=Regime(k)),
        Grid({"k": (0, 1, 10, 100)}),
        engines=_normals(model, lambda cell, count: count),
    )
    assert (result.verdict, result.evidence) == ("consistent", "trend")


def test_all_samples_need_draws_of_samples() -> None:
    m, n = sizes("m n")
    model = Model("u", (m,), "u")
    statement = _statement(Link(P(Event(RV("Y", model, "Y"), "<=", 2, n)), ">=", Rational(1, 2)))
    engines = _normals(model, lambda cell, count: count)
    assert check(statement, Grid({"m": (4,), "n": (4096,)}), engines=engines).verdict == "undetermined"


def test_a_measure_has_one_value_for_each_sample() -> None:
    m, n = sizes("m n")
    model = Model("u", (m, n), "u", samples=n)
    statement = _statement(Link(P(Event(RV("Y", model, "Y"), "<=", 2, n)), ">=", Rational(1, 2)))
    grid = Grid({"m": (4,), "n": (64,)})
    wrong = check(statement, grid, engines=_normals(model, lambda cell, count: (count, 3)))
    assert wrong.verdict == "undetermined"
    assert "64 samples" in wrong.reason
    each = _normals(model, lambda cell, count: (count, cell["n"]))
    assert check(statement, grid, engines=each).verdict == "refuted"


def test_a_model_is_drawn_where_its_statement_is_asked() -> None:
    m, d, n = sizes("m d n")
    model = Model("v", (m, d, n), "v", samples=n)
    statement = _statement(Link(P(Event(RV("Y", model, "Y"), "<=", m * d)), ">=", Rational(1, 2)))
    engines = _normals(model, lambda cell, count: (count, cell["n"]))
    result = check(statement, engines=engines)
    assert result.verdict == "holds"
    assert len(result.links[0].outcomes) == 16 + 16**2 - 1


def test_a_model_is_not_drawn_outside_its_domain() -> None:
    k = size("k", 2)
    model, seen = Model("w", (k,), "w"), []

    def drawn(cell: Any, count: int) -> int:
        seen.append(cell["k"])
        return count

    statement = _statement(Link(P(Event(RV("Y", model, "Y"), "<=", k)), ">=", Rational(1, 2)))
    check(statement, Grid({"k": (1, 4)}), engines=_normals(model, drawn))
    assert set(seen) == {*range(2, 65)}


def test_samples_start_where_their_domain_does() -> None:
    m, n = size("m"), size("n", 2)
    y = RV("Y", Model("h", (m,), "h"), "Y", law=LawOf(ChiSquareLaw, m))
    statement = _statement(Link(P(Event(y, "<=", 20 * m, n)), ">=", 1 - n * exp(-m)))
    assert check(statement, Grid({"m": (1,), "n": (64,)})).verdict == "holds"


def test_a_real_that_only_a_hypothesis_names_is_tried() -> None:
    m, x = size("m"), real("x", 0)
    link = Link(exp(m / _THOUSAND), ">=", exp(Rational(2, 1000)))
    result = check(_statement(link, hypotheses=(Hypothesis(m >= 2 + x, "m is at least 2 + x"),)))
    assert result.verdict == "holds"
    beyond = replace(link, relation=">", rhs=exp(Rational(3, 1000)))
    result = check(_statement(beyond, hypotheses=(Hypothesis(m >= 2 + x, "m is at least 2 + x"),)))
    assert (result.verdict, result.links[0].counterexample.cell["m"]) == ("refuted", 3)


def test_a_grid_of_its_own_takes_parameters_and_knows_its_sizes() -> None:
    k = size("k")
    link = Link(exp(k / _THOUSAND), "<=", exp(1 / _THOUSAND))
    assert check(_statement(link, grid={k: (8, 9)})).verdict == "refuted"
    with pytest.raises(ValueError, match="'zz', which is no size of it; it has k"):
        _statement(link, grid={"zz": (8, 9)})


def test_one_key_means_one_statement() -> None:
    k = size("k")
    x = RV("X", Model("g", (k,), "g"), "X", law=LawOf(ChiSquareLaw, k))
    right = _statement(Link(P(Event(x, ">=", 3 * k)), "<=", exp(-k / Integer(100))), key="lem1")
    wrong = _statement(Link(P(Event(x, ">=", k)), "<=", exp(-k)), key="lem1")
    with pytest.raises(ValueError, match="'lem1'"):
        check_all([right, wrong])
    assert [r.verdict for r in check_all([right, right])] == ["holds", "holds"]


def test_one_name_means_one_size_in_a_model_too() -> None:
    low, high = size("k"), size("k", 5)
    x = RV("X", Model("g", (high,), "g"), "X", law=LawOf(ChiSquareLaw, high))
    with pytest.raises(ValueError, match="two different symbols are called k"):
        _statement(Link(P(Event(x, ">=", 3 * high)), "<=", exp(-low)))


_FILE = """
from whp.checks import Engine
from whp.theory import RV, Claim, Event, Link, Model, P, Source, Statement, size

k = size("k")
model = Model("g", (k,), "g")
{key} = Statement(
    "{key}", "printed", "", Source("me", "p. 1"), (Claim((Link(P(Event(RV("Y", model, "Y"), "<=", 9)), ">=", 0.5),)),)
)
ENGINES = {{
    model: Engine(
        sample=lambda cell, rng, count, data: rng.normal(size=count),
        measures={{"Y": lambda drawn: drawn + {shift}}},
        cost=lambda cell: 1,
    )
}}
"""


def test_two_files_cannot_give_one_model_two_engines(tmp_path: Path) -> None:
    paths = [tmp_path / "one.py", tmp_path / "two.py"]
    for path, key, shift in zip(paths, ("a", "b"), (0, 100), strict=True):
        path.write_text(_FILE.format(key=key, shift=shift), encoding="utf-8")
    with pytest.raises(ValueError, match=r"two\.py has another engine of the model 'g'"):
        load_papers(paths)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ndef f(:", "line 2: SyntaxError"),
        ("import nosuchmodule", "line 1: ModuleNotFoundError"),
        ("\n\n1 / 0", "line 3: ZeroDivisionError"),
        ("STATEMENTS = 5", "STATEMENTS"),
        ("from whp.theory import *\nENGINES = 5", "defines no"),
    ],
)
def test_a_file_that_does_not_run_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        load_papers([path])


def test_a_file_that_changed_is_another_revision(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(_FILE.format(key="a", shift=0), encoding="utf-8")
    first = load_papers([path]).revision
    path.write_text(_FILE.format(key="a", shift=100), encoding="utf-8")
    assert load_papers([path]).revision != first
