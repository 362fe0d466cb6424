"""Every number NumPy holds, three answers, the intercept, several classes: against a rational oracle and by hand."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas
import pytest
from oracles.separability import Instance, forgeries, instance, kind_of, proves, sealed
from whp.checks.separability import Certificate, maximum_margin, separate
from whp.checks.separability import _classes as classes
from whp.checks.separability import recheck as referee
from whp.checks.separability.estimates import estimates


def check_instance(seed):
    """The answer, the certificate and its forgeries; the true kind."""
    case = instance(seed)
    truth = kind_of(case)
    certificate = separate(case.R, case.y, case.intercept)
    assert certificate.kind == truth, seed
    again = Certificate.from_json(certificate.to_json())
    assert again.recheck(case.R, case.y), seed
    assert proves(again.document(), case), seed
    for forged in forgeries(again.document(), np.random.default_rng(seed)):
        if referee.recheck(sealed(forged), case.R, case.y).accepted:
            assert proves(forged, case), seed
    return truth


def test_random_instances_agree_with_a_rational_oracle():
    kinds = Counter(check_instance(seed) for seed in range(200))
    assert min(kinds[kind] for kind in ("separable", "quasi", "overlap")) >= 20


@pytest.mark.slow
def test_many_random_instances_agree_with_a_rational_oracle():
    for seed in range(200, 3000):
        check_instance(seed)


def test_the_oracle_knows_the_plainest_cases():
    def kind(rows, y, intercept=False):
        return kind_of(Instance("", rows, [[Fraction(x) for x in row] for row in rows], y, intercept))

    assert kind([[1], [2]], [1, 1]) == "separable"
    assert kind([[1], [2]], [1, -1]) == "overlap"
    assert kind([[1], [2]], [-1, 1], True) == "separable"
    assert kind([[1], [1], [2]], [-1, 1, 1], True) == "quasi"
    assert kind([[0, 1], [1, 0], [1, 1]], ["a", "b", "c"]) == "separable"
    assert kind([[1], [1], [1]], ["a", "b", "c"]) == "overlap"


def test_numbers_that_are_the_prime_of_ranks_are_numbers_like_others():
    # 2^61 − 1 is 0 modulo the prime by which ranks are guessed.
    check_instance(17012)
    p = 2**61 - 1
    R = [[p, 0, 0], [-p, 0, 0], [0, p, 1], [0, -p, 1], [0, 0, p]]
    assert separate(R, [1] * 5).kind == "quasi"
    assert estimates(R, [1] * 5) == ("finite", "either", "+inf")


LAST_BIT = [[2**53 + 1, 1], [2**53, 1]]


@pytest.mark.parametrize(
    "R",
    [
        LAST_BIT,
        np.array(LAST_BIT),
        np.array(LAST_BIT, dtype=np.uint64),
        np.array(LAST_BIT, dtype=object),
        np.array([[Fraction(a), Fraction(b)] for a, b in LAST_BIT], dtype=object),
        [[Decimal(a), b] for a, b in LAST_BIT],
        [[2**53 + 1, 1.0], [2**53, 1.0]],
        np.array([[2**63 + 1, 1], [2**63, 1]], dtype=np.uint64),
        [[2**80 + 1, 1], [2**80, 1]],
        [[Fraction(1, 3) + Fraction(1, 2**80), 1], [Fraction(1, 3), 1]],
        pandas.DataFrame({"a": [2**53 + 1, 2**53], "b": [1.0, 1.0]}),
    ],
    ids=range(11),
)
def test_the_last_bit_of_a_number_counts(R):
    certificate = separate(R, [1, -1])
    assert certificate.kind == "separable"
    assert certificate.recheck(R, [1, -1])
    assert separate(R, [1, 1]).kind == "separable"


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="longdouble is no longer than float64 here")
def test_long_doubles_are_decided_as_they_are():
    R = np.array([[1, 1], [1, 1]], dtype=np.longdouble)
    R[0, 0] += np.finfo(np.longdouble).eps
    assert separate(R, [1, -1]).kind == "separable"
    assert separate(R.astype(np.float64), [1, -1]).kind == "overlap"


@pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.int8, np.uint8, np.uint16, np.int32, np.longdouble, object]
)
def test_the_type_of_the_same_numbers_changes_nothing(dtype):
    R = np.random.default_rng(1).integers(0, 8, (9, 4))
    y = np.random.default_rng(2).choice([-1, 1], 9)
    expected, found = separate(R.astype(np.float64), y), separate(R.astype(dtype), y)
    assert found.to_json() == expected.to_json()


def test_truth_values_and_mixed_frames_are_numbers():
    frame = pandas.DataFrame({"is": [True, False, True], "x": [0.5, 1.0, 2.0]})
    assert separate(frame, [True, False, True]).kind == "separable"
    assert separate(frame["is"].to_numpy()[:, None], [1, 1, 1]).kind == "quasi"
    assert separate(frame, pandas.Series(["b", "a", "b"])).classes == ("a", "b")


@pytest.mark.parametrize(
    ("R", "error", "message"),
    [
        (np.ma.masked_array([[1.0], [2.0]], [[False], [True]]), ValueError, "masked array"),
        ([[1.0], [None]], ValueError, r"R\[1, 0\] is missing"),
        ([[1.0], [float("nan")]], ValueError, r"R\[1, 0\] is nan, but R must be finite"),
        (pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")}), ValueError, r"R\[1, 0\] is missing"),
        (np.array([[1], [np.inf]], dtype=np.longdouble), ValueError, "finite"),
        ([[1.0], ["x"]], TypeError, r"R\[1, 0\] is 'x'"),
        ([[1.0], [2, 3]], ValueError, "shape"),
        ([np.ones(2), np.ones((2, 2))], ValueError, "ragged"),
        (np.array([[1j], [2]]), TypeError, "real array"),
        (np.array([["1"], ["2"]]), TypeError, "real array"),
    ],
)
def test_what_is_no_number_is_refused_with_its_place(R, error, message):
    with pytest.raises(error, match=message) as caught:
        separate(R, [1, -1])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (["a", "a"], ValueError, "all labels are 'a'"),
        ([0, 0], ValueError, "all labels are 0"),
        ([True, True], ValueError, "all labels are 1"),
        (["a", 1], TypeError, "integers and strings"),
        ([1, None], ValueError, r"y\[1\] is None"),
        ([1, 0.5], ValueError, r"y\[1\] is 0.5"),
        ([[1], [1]], ValueError, "one label for each row"),
        (np.ma.masked_array([1, 2], [True, False]), ValueError, "masked"),
    ],
)
def test_labels_are_said_and_not_guessed(y, error, message):
    with pytest.raises(error, match=message):
        separate([[1], [2]], y)


def test_the_first_of_two_classes_is_the_negative_one():
    for y in ([0, 1], ["no", "yes"], [-1, 1], [1, 7], [False, True]):
        certificate = separate([[1], [2]], y, intercept=True)
        assert certificate.witness[0] > 0
        assert certificate.witness.shape == (2,)


def test_three_answers_and_what_proves_them():
    R = np.array([[1.0], [2.0], [2.0], [3.0]])
    origin = separate(R, [-1, -1, 1, 1], intercept=False)
    assert (origin.kind, origin.question) == ("overlap", "through the origin")
    quasi = separate(R, [-1, -1, 1, 1], intercept=True)
    assert (quasi.kind, quasi.question, quasi.separable) == ("quasi", "with intercept", False)
    assert quasi.signs.tolist() == [1, -1]
    assert quasi.witness[1] == -2 * quasi.witness[0]
    assert quasi.weights.tolist() == [0.0, 0.5, 0.5, 0.0]
    assert quasi.conflict == (1, 2)
    complete = separate(R[[0, 1, 3]], [-1, -1, 1], intercept=True)
    assert (complete.kind, complete.weights, complete.conflict) == ("separable", None, None)
    overlap = separate(R, [-1, 1, 1, -1], intercept=True)
    assert overlap.kind == "overlap"
    assert overlap.witness is None
    assert overlap.signs is None
    assert (overlap.weights > 0).all()


def test_a_conflicting_set_is_minimal():
    rng = np.random.default_rng(3)
    for _ in range(20):
        R, y = rng.integers(-4, 5, (14, 3)), rng.choice([-1, 1], 14)
        certificate = separate(R, y)
        if certificate.conflict:
            chosen = list(certificate.conflict)
            assert not separate(R[chosen], y[chosen]).separable
            for i in chosen:
                rest = [k for k in chosen if k != i]
                assert not rest or separate(R[rest], y[rest]).separable


def test_only_coefficients_that_must_be_zero_are_zero_along_the_direction():
    allowed = {0: {"finite"}, 1: {"+inf", "either", "unidentified"}, -1: {"-inf", "either", "unidentified"}}
    seen = Counter()
    for seed in range(30):
        case = instance(7 * seed + 6)
        certificate = separate(case.R, case.y, case.intercept)
        if certificate.kind == "quasi" and len(certificate.classes) == 2:
            found = estimates(case.R, case.y, case.intercept, certificate=certificate)
            for where, sign in zip(found, certificate.signs.tolist(), strict=True):
                assert where in allowed[sign]
                seen[where] += 1
    assert seen["finite"] > 3
    assert seen["+inf"] + seen["-inf"] > 3


def test_estimates_of_known_tables():
    assert estimates([[1, 0], [2, 0], [3, 1], [3, 0]], [0, 1, 1, 0], intercept=True) == ("finite", "+inf", "finite")
    assert estimates([[1, 0], [2, 0], [3, -1], [3, 0]], [0, 1, 1, 0], intercept=True) == ("finite", "-inf", "finite")
    assert estimates([[1, 1], [2, 2], [3, 3]], [0, 1, 0]) == ("unidentified", "unidentified")
    assert estimates([[3, 1], [-1, 1], [-1, 2]], [1, 1, 1]) == ("either", "+inf")
    with pytest.raises(ValueError, match="3 classes"):
        estimates([[1], [2], [3]], [0, 1, 2])


def random_classes(n, d, K, right):
    rng = np.random.default_rng([n, d, K])
    R = rng.standard_normal((n, d))
    return R, (R @ rng.standard_normal((d, K))).argmax(axis=1) if right else rng.integers(0, K, n)


@pytest.mark.parametrize(("right", "kind"), [(True, "separable"), (False, "overlap")])
def test_many_classes_need_no_dense_form(right, kind, monkeypatch):
    monkeypatch.setattr(classes, "_DENSE", 0)
    R, y = random_classes(300, 6, 12, right)
    certificate = separate(R, y)
    assert certificate.kind == kind
    assert ("one against one" in certificate.method) is not right


def test_cutting_planes_decide_where_floats_and_pairs_do_not(monkeypatch):
    monkeypatch.setattr(classes, "_softmax", lambda X, labels, K: np.zeros((K, X.shape[1])))
    R, y = random_classes(60, 3, 4, True)
    certificate = separate(R, y)
    assert certificate.kind == "separable"
    assert "cutting planes" in certificate.method
    # Every pair of the three classes is separable, all three together are not: v_1 > v_2 > v_3 > v_1 on the plane.
    R = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1]]
    found = separate([*R, [2, 2]], [0, 1, 2, 0, 1, 2])
    assert found.kind == kind_of(
        Instance("", R, [[Fraction(x) for x in r] for r in [*R, [2, 2]]], [0, 1, 2, 0, 1, 2], False)
    )


def test_classes_that_overlap_pairwise_count_as_one():
    rng = np.random.default_rng(5)
    low, high = rng.standard_normal((60, 2)), rng.standard_normal((30, 2))
    R = np.vstack([np.column_stack([low, np.full(60, -1.0)]), np.column_stack([high, np.ones(30)])])
    y = np.append(rng.integers(0, 2, 60), np.full(30, 2))
    certificate = separate(R, y)
    assert certificate.kind == "quasi"
    assert not certificate.signs[0].any() or (certificate.witness[0] == certificate.witness[1]).all()
    # A third class among the first two: pairs with few samples are separable, and join by the others.
    y[:3] = 3
    assert separate(R, y).kind in ("quasi", "overlap")


def test_a_large_inseparable_set_may_leave_quasi_and_overlap_open(monkeypatch):
    monkeypatch.setattr(classes, "positive_weights", lambda rows: None)
    monkeypatch.setattr(classes, "find_face", lambda rows, circuit, decide: None)
    certificate = separate([[1.0], [-1.0], [3.0]], [1, 1, 1])
    assert (certificate.kind, certificate.separable, certificate.weights) == ("inseparable", False, None)
    assert certificate.recheck([[1.0], [-1.0], [3.0]], [1, 1, 1])
    with pytest.raises(ValueError, match="not known which"):
        estimates([[1.0], [-1.0], [3.0]], [1, 1, 1], certificate=certificate)


def test_faces_are_found_without_a_lucky_float(monkeypatch):
    monkeypatch.setattr(classes, "positive_weights", lambda rows: None)
    kinds = Counter(check_instance(seed) for seed in range(500, 620))
    assert kinds["overlap"] > 10


@pytest.mark.parametrize("mode", ["rows", "columns", "both"])
@pytest.mark.parametrize("shape", [(20, 10), (40, 5), (8, 12), (100, 90)])
def test_the_gap_of_the_margin_closes_on_badly_scaled_data(mode, shape):
    n, d = shape
    rng = np.random.default_rng([n, d])
    R = rng.standard_normal(shape)
    y = np.sign(R @ rng.standard_normal(d))
    if mode != "columns":
        R = R * 10.0 ** rng.uniform(-15, 15, (n, 1))
    if mode != "rows":
        R = R * 10.0 ** rng.uniform(-15, 15, (1, d))
    bounds = maximum_margin(R, y).bounds
    assert bounds.lower > 0
    assert bounds.relative_radius < 1e-9


def test_the_margin_of_integers_beyond_floats_is_theirs():
    # y_i r_i are (1, 1 + 2^-60) 2^60 and (−1, −1) 2^60 + (0, 2), so that the best v is nearly (−1, 1)/√2.
    bounds = maximum_margin([[2**60, 2**60 + 1], [2**60, 2**60 - 2]], [1, -1]).bounds
    assert 0.5 < float(bounds.lower) < 3
    assert bounds.relative_radius < 1e-12


def test_the_margin_of_many_classes_is_closed_by_cutting_planes():
    R, y = random_classes(200, 4, 6, True)
    best = maximum_margin(R, y)
    assert best.bounds.relative_radius < 1e-9
    v = np.array([float(Fraction(x, max(map(abs, best.witness)))) for x in best.witness]).reshape(6, 4)
    scores = R @ v.T
    own = scores[np.arange(200), y].copy()
    scores[np.arange(200), y] = -np.inf
    assert (own - scores.max(axis=1)).min() / np.linalg.norm(v) == pytest.approx(float(best.bounds), rel=1e-9)
    assert len(best.weights) == 200 * 5
