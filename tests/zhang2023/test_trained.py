"""Section 3.2 in the ledger: verdicts at trained networks and over the ball, and planted errors that turn them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sympy import Rational
from whp.checks import Engine, Evidence, Verdict, check, check_all
from whp.checks.zhang2023 import PAPER, network_grid
from whp.checks.zhang2023.engines.ball import BALL_NAMES, BallDraw, ball_places, sample_edges, theorem_place
from whp.checks.zhang2023.engines.trained import TrainedDraw, balanced_labels
from whp.checks.zhang2023.places import place
from whp.checks.zhang2023.studies.trained import fisher_study, path_study, width_study
from whp.kernels.zhang2023.radius import knapsack_by_sort
from whp.theory import RV, Joint, Law
from whp.theory.zhang2023 import LEDGER
from whp.theory.zhang2023.models import trained as rv
from zhang2023.mutants import MUTANTS

BOOK = LEDGER
GRID = network_grid(widths=(16, 64, 256, 1024, 2048), dims=(16,), samples=(4,))
DRAWN = [mutant for mutant in MUTANTS if mutant.draws and not mutant.beyond]

# What is said of each: the verdict, and of an undetermined one how its reason begins.
EXPECTED = {
    ("lem3.5", "printed"): "vacuous",
    ("lem3.5", "repaired"): "consistent",
    ("lem3.5.radius", "printed"): "undetermined: trend",
    ("lem3.5.rate", "printed"): "undetermined: trend",
    ("thm3.6", "printed"): "undetermined: trend",
    ("thm3.6", "repaired"): "holds",
    ("eq17", "printed"): "holds",
    ("eq18", "printed"): "holds",
    ("eq19.norms", "printed"): "undetermined: trend",
    ("eq19.norms", "repaired"): "consistent",
    ("eq21.sparsity", "printed"): "holds",
    ("eq21.norm", "printed"): "undetermined: trend",
    ("eq21.norm", "repaired"): "consistent",
    ("lem3.7", "printed"): "undetermined: trend",
    ("eq21", "printed"): "consistent",
    ("thm3.6.rest", "printed"): "consistent",
    ("S12", "sharp"): "consistent",
    ("S12.flips", "sharp"): "consistent",
    ("S12.identity", "sharp"): "holds",
    ("S12.ratio", "sharp"): "consistent",
    ("S12.sparsity", "sharp"): "holds",
    ("S13", "sharp"): "holds",
    ("S13.necessary", "sharp"): "consistent",
    ("S14.bound", "sharp"): "holds",
    ("S14.cosine", "sharp"): "holds",
    ("S15", "sharp"): "consistent",
    ("S15.output", "sharp"): "consistent",
    ("S16", "sharp"): "holds",
    ("S16.pairs", "sharp"): "holds",
    ("S16.witness", "sharp"): "holds",
    ("S16.few", "sharp"): "consistent",
    ("S16.full", "sharp"): "consistent",
}


# These need the whole sweep: their failures fade late, or their slopes need nine widths.
WIDE_ONLY = {
    ("lem3.5", "repaired"),
    ("lem3.5.rate", "printed"),
    ("eq21.norm", "repaired"),
    ("eq21", "printed"),
    ("S15.output", "sharp"),
}
RATES = {
    ("eq19", "printed"): "consistent",
    ("eq22", "printed"): "consistent",
    ("lem3.7", "repaired"): "consistent",
    ("S12.scaling", "sharp"): "consistent",
    ("eq17.trained", "sharp"): "consistent",
    ("S14", "sharp"): "consistent",
}


def _said(result):
    """As in `EXPECTED`: where no refutation is possible, the reason tells a claim from its mutant."""
    open_ = result.verdict is Verdict.UNDETERMINED
    return f"{result.verdict}: {result.reason.split(':')[0]}" if open_ else str(result.verdict)


def _statement(key, form):
    return next(s for s in BOOK[key] if s.form == form)


def _narrower(grid):
    """The places of the model "ball" up to half the default's last doublings."""
    return tuple(p for p in ball_places(grid) if p.sizes["m"] <= 2**16)


def _few_radii(grid):
    return tuple(place(m, 8, 1) for m in (64, 256, 1024, 4096, 16384))


def _quicker():
    """Narrower paths and more of the costly draws per trial, so that a check takes seconds."""
    per_trial = {rv.BALL: 1, rv.RADII: 0.2, rv.WIDE: 1.2, rv.PAIRS: 1, rv.RETRAINED: 0.2, rv.TRAINED: 1}
    per_trial[rv.THEOREM_BALL] = 1 / 3
    changed = {model: {"draws_per_trial": x} for model, x in per_trial.items()}
    changed[rv.BALL]["places"], changed[rv.RADII]["places"] = _narrower, _few_radii
    return PAPER.engines.replaced({model: replace(PAPER.engines[model], **c) for model, c in changed.items()})


ENGINES = _quicker()


@pytest.fixture(scope="module")
def verdicts():
    """The quick statements and the mutants that draws decide, in one sweep."""
    asked = [_statement(*key) for key in EXPECTED if key not in WIDE_ONLY]
    asked += [mutant.statement for mutant in DRAWN]
    asked.append(replace(_statement("eq21.sparsity", "printed"), key="eq21.sparsity~alone", implied_by=()))
    results = check_all(asked, GRID, engines=ENGINES, book=BOOK, trials=75, seed=3)
    return {(r.statement.key, r.statement.form): r for r in results}


@pytest.mark.parametrize(("key", "form"), [key for key in EXPECTED if key not in WIDE_ONLY])
def test_the_statement_has_its_verdict(verdicts, key, form):
    result = verdicts[key, form]
    assert _said(result) == EXPECTED[key, form], result.reason


@pytest.mark.parametrize("mutant", DRAWN, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_the_verdict(verdicts, mutant):
    before, after = (EXPECTED | RATES)[mutant.key, mutant.form], verdicts[mutant.statement.key, mutant.form]
    assert _said(after) != before, after.reason
    if mutant.truth:
        assert before in ("refuted", "undetermined: trend", "vacuous")
        assert _said(after) not in ("refuted", "undetermined: trend"), after.reason
    else:
        assert after.verdict in (Verdict.REFUTED, Verdict.UNDETERMINED), after.reason


def test_sparsity_stands_on_what_implies_it(verdicts):
    assert _said(verdicts["eq21.sparsity~alone", "printed"]) == "undetermined: constants"


def test_trends_against_a_claim_name_their_corner(verdicts):
    assert "corner m -> oo at d = 4, n = 4" in verdicts["thm3.6", "printed"].reason
    assert "corner m -> oo" in verdicts["lem3.7", "printed"].reason
    assert verdicts["lem3.5", "printed"].reason.startswith("the bound is at least 1")
    assert "implied by S12.sparsity" in verdicts["eq21.sparsity", "printed"].reason


def test_what_nothing_refutes_has_no_best_constants(verdicts):
    """A best constant says that no better one is true, which a trend does not."""
    against = [key for key, said in EXPECTED.items() if said == "undetermined: trend" and key not in WIDE_ONLY]
    assert len(against) == 5
    for key in against:
        assert "best" not in verdicts[key].constants
        assert verdicts[key].evidence is None
        assert all(link.counterexample is None for link in verdicts[key].links)


def test_what_is_not_refuted_says_whether_by_draws_or_by_a_trend(verdicts):
    said = {key: verdicts[key].evidence for key, said in EXPECTED.items() if said == "consistent" and key in verdicts}
    sure = {("S12", "sharp"), ("S12.flips", "sharp"), ("S15", "sharp")}
    assert {key for key, evidence in said.items() if evidence is Evidence.SAMPLED} == sure
    assert {evidence for key, evidence in said.items() if key not in sure} == {Evidence.TREND}


@pytest.mark.slow
def test_every_verdict_on_the_whole_sweep():
    wanted = EXPECTED | RATES
    asked = [_statement(*key) for key in wanted]
    results = check_all(asked, PAPER.grid, engines=PAPER.engines, book=BOOK, trials=1000)
    assert {(r.statement.key, r.statement.form): _said(r) for r in results} == wanted


def test_fishers_law_is_refuted_for_adam_and_for_another_freedom():
    study = fisher_study(networks=800, seed=5)
    # Kolmogorov-Smirnov, false-alarm level 1e-6.
    law = stats.f(study.d - study.n, study.d - study.n).cdf
    assert stats.kstest(study.descent, law).pvalue > 1e-6
    assert stats.kstest(study.adam, law).pvalue < 1e-6
    assert stats.kstest(study.descent, stats.f(100, 100).cdf).pvalue < 1e-6


def test_the_ledger_refutes_fishers_law_with_a_wrong_sampler():
    wrong = Engine(
        lambda cell, rng, size, data: rng.f(200, 200, size),
        {"fisher": lambda block: block},
        lambda cell: 2**16,
        draws_per_trial=100,
        places=PAPER.engines[rv.FISHER].places,
    )
    engines = PAPER.engines.replaced({rv.FISHER: wrong})
    assert check(_statement("S14", "sharp"), GRID, engines=engines, book=BOOK, trials=300).verdict is Verdict.REFUTED


def test_suprema_over_the_ball_agree_with_plain_sums():
    for width, dim in ((16, 16), (300, 5), (4096, 16)):
        draw = BallDraw(width, dim, np.random.default_rng(width))
        capacity = dim / width
        order = np.argsort(draw.squares)
        assert draw.flips == np.searchsorted(np.cumsum(draw.squares[order]), capacity, side="right")
        harm = np.maximum(np.where(draw.on, draw.products, -draw.products), 0.0)
        assert draw.knapsack == pytest.approx(knapsack_by_sort(harm, draw.squares)(capacity), rel=1e-12)
        count = int(np.ceil(width / np.log(width) ** 2))
        assert draw.sparse_p == pytest.approx(np.sqrt(np.sort(draw.p**2)[-count:].sum()), rel=1e-12)
        assert all(np.isfinite(float(getattr(draw, name))) for name in BALL_NAMES)


def test_no_sparse_direction_beats_the_supremum_of_lemma_3_7():
    draw = BallDraw(256, 8, np.random.default_rng(1))
    rng = np.random.default_rng(2)
    count = int(np.ceil(256 / np.log(256) ** 2))
    for _ in range(200):
        u = np.zeros(256)
        u[rng.choice(256, count, replace=False)] = rng.standard_normal(count)
        assert abs(draw.p @ u) <= draw.sparse_p * np.linalg.norm(u) * (1 + 1e-12)


def test_the_bidiagonal_form_has_the_law_of_full_networks():
    # Two-sample Kolmogorov-Smirnov, false-alarm level 1e-6.
    rng, size = np.random.default_rng(3), {"m": 24, "d": 6, "n": 1}
    fast = np.array([sample_edges(size, rng, 1, None)[0] for _ in range(1500)])
    direct = []
    for _ in range(1500):
        W, a = rng.standard_normal((24, 6)) / np.sqrt(6), rng.standard_normal(24) / np.sqrt(24)
        direct.append(np.linalg.norm(W.T @ a) * np.linalg.norm(W, 2) / np.sqrt(24))
    assert stats.ks_2samp(fast, direct).pvalue > 1e-6
    assert stats.ks_2samp(1.15 * fast, direct).pvalue < 1e-6


def test_studies_are_reproducible_and_balanced():
    first, again = (width_study((32,), d=4, n=2, networks=2, seed=9) for _ in range(2))
    np.testing.assert_array_equal(first.terms, again.terms)
    assert path_study(m=32, d=8, n=2, steps=(0, 3), networks=1).witness.shape == (2, 1)
    assert balanced_labels(5).sum() == -1.0


def test_a_trained_draw_without_data_is_refused():
    with pytest.raises(ValueError, match="needs a data set"):
        TrainedDraw({"m": 4, "d": 2, "n": 2}, np.random.default_rng(0), 1, None)


def test_theorem_applies_at_its_smallest_place_and_not_below():
    least = theorem_place(GRID)[0].sizes
    statement = _statement("S13", "sharp")
    cell = {"m": least["m"], "d": least["d"], "n": 1, "delta": Rational(1, 2)}
    assert statement.applies(cell) == []
    assert statement.applies({**cell, "d": cell["d"] - 1}) != []
    # No dimension at all will do one neuron below.
    near = range(cell["d"] - 3, cell["d"] + 4)
    assert all(statement.applies({**cell, "m": cell["m"] - 1, "d": d}) != [] for d in near)


def test_joint_events_and_laws_print():
    for key in ("lem3.5", "thm3.6", "eq17", "lem3.7", "S12", "S14", "S16"):
        for statement in BOOK[key]:
            assert statement.latex
    assert isinstance(_statement("lem3.5", "printed").links[0].lhs.args[0], Joint)
    assert isinstance(_statement("S14", "sharp").links[0].lhs, Law)
    assert all(isinstance(term, RV) for term in rv.TERM_FORMS)
