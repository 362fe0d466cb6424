"""`check` in a notebook: every form of a claim, and a result that prints and draws itself."""

import pickle

import pytest
from matplotlib.figure import Figure
from sympy import exp
from whp.checks import Result, check
from whp.checks.cli.check import check as command
from whp.theory import ChiSquare, Normal, P, claim, real, size

CHI = "P(chi2(d) >= 2*d) <= exp(-d/7)"


def test_text_relation_and_statement_are_the_same_claim():
    d = size("d")
    relation = P(ChiSquare(d) >= 2 * d) <= exp(-d / 7)
    found = [check(CHI), check(relation), check(claim(relation)), check(claim(CHI))]
    assert {(str(r.verdict), str(r.evidence)) for r in found} == {("holds", "proved")}
    assert len({tuple(map(str, r.statement.links)) for r in found}) == 1
    assert all(isinstance(r, Result) for r in found)


def test_what_is_printed_is_what_the_shell_prints(capsys):
    command(CHI)
    shell = capsys.readouterr().out
    print(check(CHI))
    assert capsys.readouterr().out == shell


def test_keywords_mirror_the_options():
    texts = check("P(X >= t) <= exp(-t**2/2)", let="X = Normal(0,1)", real="t=0:3", at="t=1,2")
    mappings = check("P(X >= t) <= exp(-t**2/2)", let={"X": "Normal(0,1)"}, real={"t": (0, 3)}, at={"t": [1, 2]})
    objects = check("P(X >= t) <= exp(-t**2/2)", let={"X": Normal(0, 1)}, real=[real("t", 0, 3)], at={"t": [1, 2]})
    for result in (texts, mappings, objects):
        assert result.verdict == "holds"
        assert [p.domain for p in result.statement.parameters] == ["in (0, 3)"]
        assert result.statement.exact_points == ({"t": 1}, {"t": 2})
    sizes = [check("k**2 <= 5*k", size=s) for s in ("k=1:5", {"k": (1, 5)}, ["k=1,2,3,4,5"], {"k": [1, 2, 3, 4, 5]})]
    assert {str(r.verdict) for r in sizes} == {"holds"}
    assert check("k**2 <= 5*k", size={"k": [1, 6]}).links[0].counterexample.cell == {"k": 6}


def test_a_relation_brings_its_own_parameters():
    d = size("d")
    with pytest.raises(ValueError, match="its own parameters"):
        check(P(ChiSquare(d) >= 2 * d) <= exp(-d / 7), size="d=1:5")
    with pytest.raises(ValueError, match="found where next to a statement"):
        check(claim(CHI), where="d >= 2")
    assert check(P(ChiSquare(d) >= 2 * d) <= exp(-d / 6), where=[d <= 200]).verdict == "holds"


def test_it_shows_itself_with_its_verdict_and_what_was_assumed():
    result = check("P(chi2(d) >= 2*d) <= exp(-d/6)")
    html = result._repr_html_()
    assert "refuted" in html
    assert "assumed: d is an integer from 1" in html
    assert "<script" not in check("k <= 2", where="k < 3")._repr_html_()
    assert "k &lt; 3" in check("k <= 2", where="k < 3")._repr_html_()
    latex = result._repr_latex_()
    assert latex.startswith("$")
    assert latex.endswith("$")
    assert r"\le" in latex
    assert repr(result) == "<claim: refuted, certified; assumed: d is an integer from 1>"


def test_it_travels_and_keeps_its_own_class():
    result = check(CHI)
    again = pickle.loads(pickle.dumps(result))
    assert str(again) == str(result)
    assert again.to_dict() == result.to_dict()


DRAWN = [
    CHI,
    "P(chi2(d) >= d + 2*sqrt(d*t) + 2*t) <= exp(-t)",
    "P(abs(Normal(0,1)) <= R) <= 2*R/sqrt(2*pi)",
    "2*P(Normal(0,1) >= t) <= exp(-t**2/2)",
    "log(1 + x) <= x",
    "k**2 <= 5*k",
]
EMPTY = ["2 <= 3", "E(Normal(0,1)) <= 1", "E(chi2(2)) == 2"]


@pytest.mark.parametrize("text", DRAWN)
def test_bound_and_truth_are_drawn(text):
    figure = check(text).figure()
    assert isinstance(figure, Figure)
    assert any(ax.lines for ax in figure.axes)


@pytest.mark.parametrize("text", EMPTY)
def test_what_has_nothing_to_draw_says_so(text):
    with pytest.raises(ValueError, match="there is nothing to draw"):
        check(text).figure()


def test_the_curves_are_the_two_sides():
    import math

    from scipy.stats import norm

    (ax,) = check("P(Normal(0,1) >= t) <= exp(-t**2/2)").figure().axes
    named = {str(line.get_label()): line for line in ax.lines}
    bound, truth = named["_claimed: at most"], named["_exact"]
    for x, y in zip(truth.get_xdata(), truth.get_ydata(), strict=True):
        assert y == pytest.approx(norm.logsf(x) / math.log(10), rel=1e-6)
    for x, y in zip(bound.get_xdata(), bound.get_ydata(), strict=True):
        assert y == pytest.approx(-(x**2) / 2 / math.log(10), rel=1e-6)
