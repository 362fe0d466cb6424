"""`whp experiment`: draws that repeat, claims and controls whose words turn, pictures, and bad input in one line."""

import json
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits
from whp.checks.cli.main import main
from whp.checks.sweep.seeds import seed_sequence
from whp.checks.zhang2023.experiments.claims import FAILS, HOLDS, OPEN, compared, controls_of, counted, findings
from whp.checks.zhang2023.experiments.data import pictures
from whp.checks.zhang2023.experiments.draws import Bench, DrawTask, InputTask, digest, pooled, split_of
from whp.checks.zhang2023.experiments.learnt import beside, learnt
from whp.checks.zhang2023.experiments.networks import CONV, DENSE
from whp.checks.zhang2023.experiments.runs import Run, Sizes, execute, prepared
from whp.checks.zhang2023.experiments.sections import sections
from whp.checks.zhang2023.experiments.settings import Attack, chosen_experiment
from whp.checks.zhang2023.figures.runs import run_caption, run_picture

BENCH = Bench("digits", training=60, test=60)
SMALL = replace(chosen_experiment("fig5"), widths=(32,), epochs=2)


@pytest.fixture(scope="module")
def sizes():
    return prepared(BENCH, 0, pool=None, quick=False)[1]


@pytest.fixture(scope="module")
def ran(sizes, tmp_path_factory):
    return execute([SMALL], BENCH, sizes, seeds=5, seed=0, folder=tmp_path_factory.mktemp("run"))[0]


@pytest.fixture
def whp(capsys):
    def run(*args):
        with pytest.raises(SystemExit) as stop:
            main(["experiment", *map(str, args)])
        return stop.value.code, *capsys.readouterr()

    return run


def made(key="fig2", seeds=6, widths=(256,), **levels):
    """A run whose accuracies are set by hand: by name of the quantity, or of the whole value."""
    experiment = replace(chosen_experiment(key), widths=widths)
    usual = {"chance": 0.1, "limit": 0.15, "rank": 256.0, "n": 1000.0, "algebra": 0.0, "exact": 1.0}
    values = {}
    names = [(line, given, at) for _, line, at in experiment.points for given in ("true", "random")]
    names += [(line, given, at) for _, line, at in experiment.points for given in ("permuted", "gaussian", "rank")]
    names += [("inputs", given, 0) for given in ("true", "random")]
    for m in widths:
        for line, given, at in names:
            for quantity in ("train", "test", "test_1", "mean", "witness", *usual):
                low = given in ("permuted", "gaussian") or line == "inputs"
                name = f"{line}/{given}/{quantity}/{at}"
                default = usual.get(quantity, 0.1 if low else 1.0)
                values[m, name] = tuple(levels.get(name, (default,) * seeds))
            for side, margin in (("low", 0.02), ("high", 0.021)):
                name = f"{line}/{given}/margin_{side}/{at}"
                values[m, name] = tuple(levels.get(name, (0.1 * margin if low else margin,) * seeds))
    return Run(experiment, BENCH, Sizes(1000, 400, 64, 10, ""), 0, seeds, values, {})


def words(run):
    return {found.claim: found.verdict for found in findings(run)}


def test_a_claim_of_every_network_turns_with_one_of_them():
    transfer = "test noises classified, least along the axis ≥ 0.9"
    assert words(made())[transfer] == HOLDS
    one = {"noises/true/test/5": (1.0, 1.0, 0.89, 1.0, 1.0, 1.0)}
    found = next(f for f in findings(made(**one)) if f.claim == transfer)
    assert (found.verdict, found.printed) == (FAILS, True)
    assert "5 of 6 networks; furthest 0.890" in found.evidence


def test_a_comparison_turns_with_its_direction_and_is_open_between():
    easier = "test noises classified, least along the axis > test inputs classified"
    assert words(made())[easier] == HOLDS
    assert words(made(**{"inputs/true/test/0": (1.1,) * 6}))[easier] == FAILS
    assert words(made(**{"inputs/true/test/0": (0.5, 0.5, 0.5, 1.1, 1.1, 1.1)}))[easier] == OPEN
    assert words(made(**{"inputs/true/test/0": (1.0,) * 6}))[easier] == OPEN


def test_random_labels_are_a_claim_of_their_own():
    claim = "labels drawn at random: test noises classified, least ≥ 0.9"
    better = "test noises at the end: true labels > random labels"
    assert words(made())[claim] == HOLDS
    assert words(made())[better] == OPEN
    lost = words(made(**{"noises/random/test/100": (0.2,) * 6}))
    assert (lost[claim], lost[better]) == (FAILS, HOLDS)


def test_what_the_data_add_shows_where_few_noises_are_seen():
    claim = "one noise of each class, test noises at the end: true labels > random labels"
    assert words(made())[claim] == OPEN
    assert words(made(**{"noises/random/test_1/100": (0.6,) * 6}))[claim] == HOLDS


def test_few_seeds_decide_no_comparison():
    assert compared("a > b", [1.0] * 4, [0.0] * 4).verdict == OPEN
    assert compared("a > b", [1.0] * 5, [0.0] * 5).verdict == HOLDS
    assert counted("a", "<=", 0.1, [(4, 0.1), (4, 0.2)], printed=True).verdict == FAILS


def test_large_rates_and_temperatures_are_compared():
    degrade, restore = "means of noises, T = 1: start > end", "means of noises at the end: T = 10 > T = 1"
    weak = {"T = 1/true/mean/100": (0.8,) * 6}
    found = words(made("fig5", **weak))
    assert (found[degrade], found[restore]) == (HOLDS, HOLDS)
    found = words(made("fig5", **weak, **{"T = 10/true/mean/100": (0.7,) * 6}))
    assert (found[degrade], found[restore]) == (HOLDS, FAILS)
    printed = "training noises classified at the end (T = 1) < training noises classified at the start (T = 1)"
    assert found[printed] == OPEN
    assert words(made("fig5", **{"T = 1/true/train/100": (0.9,) * 6}))[printed] == HOLDS


def test_margins_show_what_saturated_accuracies_do_not():
    degrade, restore = "certified margin, T = 1: start > end", "certified margin at the end: T = 10 > T = 1"
    assert (words(made("fig5"))[degrade], words(made("fig5"))[restore]) == (OPEN, OPEN)
    narrow = {f"T = 1/true/margin_{side}/100": (0.01,) * 6 for side in ("low", "high")}
    assert (words(made("fig5", **narrow))[degrade], words(made("fig5", **narrow))[restore]) == (HOLDS, HOLDS)


def test_steps_and_adversarial_training_are_compared():
    spread = "spread over numbers of steps, standard training ≤ 0.1"
    gain = "gain by adversarial training, least over numbers of steps > 0"
    assert (words(made("fig6"))[spread], words(made("fig6"))[gain]) == (HOLDS, OPEN)
    found = words(made("fig6", **{"standard/true/train/100": (0.85,) * 6}))
    assert found[spread] == FAILS
    weaker = {f"standard/true/train/{steps}": (0.95,) * 6 for steps in (1, 5, 10, 100)}
    assert words(made("fig6", **weaker))[gain] == HOLDS
    better = "test noises classified, 100 steps: adversarial > standard training"
    assert words(made("fig6"))[better] == OPEN
    assert words(made("fig6", **{"adversarial/true/test/100": (0.9,) * 6}))[better] == FAILS
    assert words(made("fig6", **{"standard/true/test/100": (0.9,) * 6}))[better] == HOLDS


def test_widths_are_compared():
    claim = "test noises classified, least: width 256 > width 4"
    assert words(made("fig3", widths=(4, 256)))[claim] == OPEN
    run = made("fig3", widths=(4, 256))
    run.values[4, "noises/true/test/0"] = (0.5,) * 6
    assert words(run)[claim] == HOLDS


def test_a_control_that_does_not_fall_to_chance_is_said():
    assert all(c.passed for c in controls_of(made()))
    found = {c.name: c.passed for c in controls_of(made(**{"noises/permuted/test/100": (0.1,) * 5 + (0.2,)}))}
    assert found["permuted labels"] is False
    found = {c.name: c.passed for c in controls_of(made(**{"noises/rank/algebra/100": (1.0,) * 6}))}
    assert found["rank of the training noises"] is False
    found = {c.name: c.passed for c in controls_of(made(**{"inputs/random/test/0": (0.5,) * 6}))}
    assert found["inputs with random labels"] is False


def test_separability_is_proved_or_open_and_never_refuted_by_a_missing_bound():
    claim = "training noises at the end are linearly separable, proved"
    assert words(made())[claim] == HOLDS
    one = {"noises/true/exact/100": (1.0, 1.0, 0.0, 1.0, 1.0, 1.0), "noises/true/margin_low/100": (0.0,) * 6}
    found = next(f for f in findings(made(**one)) if f.claim == claim)
    assert found.verdict == OPEN
    assert "5 of 6 networks; margin 0.0000 to 0.0210 of the norm" in found.evidence


def test_margins_are_compared_by_enclosures_that_do_not_meet():
    claim = "certified margin at the end: true labels > random labels"
    assert words(made())[claim] == OPEN
    assert (
        words(made(**{"noises/random/margin_low/100": (0.004,) * 6, "noises/random/margin_high/100": (0.005,) * 6}))[
            claim
        ]
        == HOLDS
    )
    # A lower bound that is larger says nothing while the upper one of the other is larger still.
    assert words(made(**{"noises/random/margin_low/100": (0.0,) * 6}))[claim] == OPEN
    assert (
        words(made(**{"noises/true/margin_low/100": (0.001,) * 6, "noises/true/margin_high/100": (0.002,) * 6}))[claim]
        == FAILS
    )


def test_margins_of_noises_are_compared_with_those_of_inputs():
    claim = "certified margin at the end: noises > inputs"
    assert words(made())[claim] == HOLDS
    assert (
        words(made(**{"noises/true/margin_low/100": (0.0,) * 6, "noises/true/margin_high/100": (0.0019,) * 6}))[claim]
        == FAILS
    )


def test_the_margin_with_permuted_labels_is_a_control():
    name = "margin with permuted labels"
    assert {c.name: c.passed for c in controls_of(made())}[name] is True
    high = {"noises/permuted/margin_high/100": (0.03,) * 6}
    assert {c.name: c.passed for c in controls_of(made(**high))}[name] is False
    none = {"noises/true/margin_low/100": (0.0,) * 6}
    assert {c.name: c.passed for c in controls_of(made(**none))}[name] is None


def test_what_is_learnt_turns_with_the_numbers():
    assert "whether or not the data know it" in learnt(made())
    assert "data's labels are recognised better" in learnt(made(**{"noises/random/test/100": (0.5,) * 6}))
    assert "and so is that of the inputs" in learnt(made(**{"inputs/true/test/0": (1.0,) * 6}))
    mixed = {"noises/random/test/100": (0.5, 1.0, 1.0, 1.0, 1.0, 1.0)}
    assert "not recognised in every network" in learnt(made(**mixed))
    few = "noises/random/test_1/100"
    assert "no sign test says which labels are ahead" in learnt(made())
    assert "the data's labels are ahead of random ones (1.000 against 0.500)" in learnt(made(**{few: (0.5,) * 6}))
    assert "random labels are ahead (0.500 against" in learnt(made(**{"noises/true/test_1/100": (0.5,) * 6}))


def test_measurements_stand_beside_those_of_random_labels_and_margins_are_rounded_down():
    rows = {(row.what, row.where): row for row in beside(made(**{"noises/true/margin_low/100": (0.01999,) * 6}))}
    margin = rows["certified margin of 200 training noises at most", "100 epochs"]
    assert (set(margin.true), set(margin.random)) == ({0.0199}, {0.02})
    assert set(rows["test inputs classified", ""].true) == {0.1}
    assert {row.where for row in beside(made("fig6"))} == {"100 steps (standard)", "100 steps (adversarial)", ""}


def test_a_small_run_transfers_random_labels_and_keeps_its_controls(ran):
    assert words(ran)["labels drawn at random: test noises classified, least ≥ 0.9"] == HOLDS
    assert all(control.passed is not False for control in controls_of(ran))
    inputs = ran.get(32, "inputs", "random", "test", 0)
    assert max(inputs) < 0.4 < 0.9 < min(ran.get(32, "T = 1", "random", "test", 2))
    assert set(ran.get(32, "T = 1", "true", "exact", 2)) <= {0.0, 1.0}


def test_a_draw_is_what_its_kernels_give(ran):
    with threadpool_limits(limits=1):
        found = DrawTask(SMALL, BENCH, 32, 0, 1).run()["values"]
    assert found == {name: ran.values[32, name][1] for name in found}
    assert found != {name: ran.values[32, name][2] for name in found}
    split = split_of(BENCH, 0, 1)
    rng = np.random.default_rng(seed_sequence(0, "experiment/fig5/digits/dense/m=32", 1))
    weights = DENSE.sample(32, 64, None, 10, rng)
    noises = Attack().noises(DENSE, weights, split.X_test, split.y_test, split.pixel)
    hits = np.argmax(noises @ Attack().witness(DENSE, weights).T, axis=1) == split.y_test
    assert found["T = 1/true/witness/0"] == np.mean(hits)
    clean = np.argmax(DENSE.outputs(*weights, split.X), axis=1) == split.y
    assert found["network/true/clean_train/0"] == np.mean(clean)


def test_figures_and_widths_are_run_on_the_same_splits(sizes):
    assert digest(split_of(BENCH, 0, 0)) == sizes.digest
    assert digest(split_of(BENCH, 0, 1)) != sizes.digest
    assert digest(split_of(replace(BENCH, labels="random"), 0, 0)) != sizes.digest


def test_a_run_continues_and_refuses_other_settings(sizes, tmp_path):
    small = replace(SMALL, epochs=1)
    execute([small], BENCH, sizes, seeds=1, seed=0, folder=tmp_path)
    done = []
    options = {"seeds": 2, "seed": 0, "folder": tmp_path, "resume": True}
    execute([small], BENCH, sizes, **options, progress=lambda *found: done.append(found))
    # In estimated seconds: half of the work is there, and at the end all of it.
    assert abs(2 * done[0][0] - done[0][1]) <= 1
    assert done[-1][0] == done[-1][1]
    with pytest.raises(ValueError, match="has fig5, epochs = 1, this one 2; resume with the same options"):
        execute([SMALL], BENCH, sizes, **options)
    with pytest.raises(ValueError, match="already holds a run; continue it with --resume"):
        execute([small], BENCH, sizes, seeds=1, seed=0, folder=tmp_path)


def test_a_draw_that_fails_is_named(sizes):
    with pytest.raises(ValueError, match=r"fig5/m=32/0: ValueError: training diverged"):
        execute([replace(SMALL, learning_rate=1e6)], BENCH, sizes, seeds=1, seed=0)


def test_pooling_takes_means_of_squares():
    split = split_of(BENCH, 0, 0)
    small = pooled(split, 4)
    means = split.X.reshape(-1, 2, 4, 2, 4, 1).mean(axis=(2, 4)).reshape(-1, 4)
    np.testing.assert_allclose(small.X, 2 * means / np.linalg.norm(means, axis=1, keepdims=True))
    assert small.pixel == pytest.approx(split.pixel * np.mean(2 / np.linalg.norm(means, axis=1)))
    with pytest.raises(ValueError, match="squares of side 3 do not tile"):
        pooled(split, 3)


def test_the_convolutional_network_has_the_theorys_witness():
    split = split_of(BENCH, 0, 0)
    weights = CONV.sample(64, 64, split.shape, 10, np.random.default_rng(0))
    noises = Attack().noises(CONV, weights, split.X, split.y, split.pixel)
    right = np.argmax(noises @ Attack().witness(CONV, weights).T, axis=1) == split.y
    assert np.mean(right) > 0.9
    with pytest.raises(ValueError, match="no images; a convolutional network needs"):
        CONV.sample(4, 64, None, 10, np.random.default_rng(0))


def test_inputs_are_measured_once_with_both_labels():
    found = InputTask(BENCH, 0, 0).run()["values"]
    assert found["inputs/true/test/0"] > 0.6
    assert found["inputs/random/test/0"] < 0.4
    assert {name.split("/")[1] for name in found} == {"true", "random"}


def test_the_picture_names_every_curve_and_tells_alike_ones_apart(ran):
    picture = run_picture(ran)
    assert len(picture.panels) == 4
    ends = [{s.end for s in panel.series if s.end} for panel in picture.panels]
    assert {"inputs", "inputs, random"} <= ends[0]
    assert "noises, both" in ends[0]
    counts = next(s for s in picture.panels[2].series if s.end == "inputs")
    assert counts.y[-1] == np.median(ran.get(32, "inputs", "true", "test", 0))
    assert counts.low[-1] == min(ran.get(32, "inputs", "true", "test", 0))
    shown = {(s.label, s.role) for panel in picture.panels for s in panel.series if s.label}
    assert len(shown) == len({label for label, _ in shown}) == len({role for _, role in shown}) <= 6
    words = run_caption(ran)
    assert "least and the largest of 5 draws" in words
    assert "Control, permuted labels" in words


def test_the_command_writes_numbers_claims_and_figures(whp, tmp_path):
    options = ("--data", "digits", "--training", 60, "--test", 60, "--width", "4,16", "--epochs", 1, "--seeds", 1)
    code, out, err = whp("fig3", *options, "--jobs", 1, "--out", tmp_path)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines()[:-1])) <= 80
    answer = json.loads((tmp_path / "fig3.json").read_text())
    assert answer["settings"]["widths"] == [4, 16]
    verdicts = {found["claim"]: found["verdict"] for found in answer["claims"]}
    assert verdicts["training noises classified, least along the axis ≥ 0.95"] == "fails here"
    rows = (tmp_path / "fig3.csv").read_text().splitlines()
    assert rows[0] == "figure,m,line,labels,quantity,at,networks,least,median,largest,mean"
    assert len(rows) == 1 + len(answer["points"])
    for suffix in ("pdf", "svg", "png", "txt"):
        assert (tmp_path / f"fig3.{suffix}").stat().st_size > 0
    (section,) = sections(tmp_path)
    assert section.sentence == answer["learnt"]
    assert [len(table.rows) for table in section.tables] == [
        len(answer["beside"]),
        len(answer["claims"]) + len(answer["controls"]),
    ]
    code, out, err = whp("fig3", *options, "--jobs", 1, "--out", tmp_path, "--resume", "--json")
    assert (code, json.loads(out)) == (0, answer)


@pytest.mark.slow
def test_the_embedding_follows_the_label_that_the_attack_was_given(sizes):
    run = execute([replace(chosen_experiment("fig1"), widths=(256,))], BENCH, sizes, seeds=1, seed=0)[0]
    verdicts = words(run)
    assert verdicts["labels drawn at random: embedded noises whose neighbour has their label ≥ 0.9"] == HOLDS
    assert len(run_picture(run).panels) == 3


@pytest.mark.slow
def test_noises_of_patches_transfer_where_the_patches_do_not():
    bench, sizes = prepared(Bench("patches"), 0, pool=None, quick=True)
    assert (bench.pool, sizes.d, sizes.n, sizes.classes) == (2, 768, 1000, 10)
    run = execute([chosen_experiment("fig2", quick=True)], bench, sizes, seeds=1, seed=0)[0]
    assert run.get(256, "inputs", "true", "test", 0)[0] < 0.7
    assert run.get(256, "noises", "true", "test", 10)[0] > 0.99
    assert run.get(256, "noises", "random", "test", 10)[0] > 0.99
    assert all(control.passed is not False for control in controls_of(run))


def test_noises_of_a_users_own_are_examined(whp, tmp_path):
    rng = np.random.default_rng(0)
    weights = DENSE.sample(300, 20, None, 3, rng)
    X, y = rng.standard_normal((80, 20)), np.arange(80) % 3
    np.savez(tmp_path / "mine.npz", R=DENSE.directions(*weights, X, y), y=y)
    code, out, err = whp("noises", tmp_path / "mine.npz", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "holds: The" in out
    assert "permuted labels" in out
    assert json.loads((tmp_path / "out" / "noises.json").read_text())["verdict"] == "holds"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["fig12"], "found figure 'fig12'; one of fig1 to fig9, all or noises is needed"),
        (["fig3", "--epochs", 0], "found --epochs 0; at least 1 is needed"),
        (["fig1", "--epochs", 3], "fig1 shows untrained networks"),
        (["fig3", "--width", 0], "--width: found '0'"),
        (["fig3", "--seeds", 0], "seeds >= 1 needed"),
        (["fig3", "--network", "deep"], "found --network 'deep'; one of dense, conv is needed"),
        (["fig3", "--data", "digit"], "found no data 'digit', near 'digits'"),
        (["fig3", "--data", "digits", "--training", 5000], "digits has 1797 points, but 5000 to train on"),
        (["fig3", "--data", "digits", "--labels", "none"], "labels must be"),
        (["fig3", "--data", "digits", "--pool", 3], "squares of side 3 do not tile"),
        (["fig3", "--data", "digits", "--pool", 0], "found --pool 0; at least 1"),
        (["fig3", "--data", "sphere", "--network", "conv"], "no images; a convolutional network needs"),
        (["fig3", "--data", "none.npz"], "no file none.npz"),
        (["noises"], "found no file"),
        (["fig3", "mine.npz"], "found FILE mine.npz with fig3"),
        (["noises", "none.npz"], "no file none.npz"),
    ],
)
def test_bad_input_is_one_line(whp, options, expected, tmp_path):
    code, _, err = whp(*options, "--out", tmp_path)
    assert code == 2
    assert err.count("\n") == 1
    assert expected in err


def test_a_package_that_is_not_installed_is_named_with_a_way_out(whp, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)
    pictures._pictures.cache_clear()
    code, _, err = whp("fig2", "--out", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    assert "pip install 'whp[data]'; --data digits needs nothing more" in err


def test_bad_arrays_are_one_line(whp, tmp_path):
    X = np.random.default_rng(0).standard_normal((40, 6))
    for name, y in (("one", np.zeros(40)), ("gaps", 2 * np.ones(40)), ("negative", -np.ones(40))):
        np.savez(tmp_path / f"{name}.npz", X=X, y=y)
    np.savez(tmp_path / "pickled.npz", X=np.array([None] * 40, dtype=object), y=np.arange(40) % 2)
    for name, expected in (
        ("one", "holds the class 0 only"),
        ("gaps", "class"),
        ("negative", "y holds -1"),
        ("pickled", "holds pickled objects"),
    ):
        code, _, err = whp("fig2", "--data", tmp_path / f"{name}.npz", "--out", tmp_path / "out")
        assert (code, err.count("\n")) == (2, 1), err
        assert expected in err
