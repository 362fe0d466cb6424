"""Exact separability: known answers, degenerate data, every stage of the decision, margins, digits."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpz_mat
from whp.checks.separability import Certificate, exact, margin_of, maximum_margin, separate
from whp.checks.separability import _decide as deciding
from whp.checks.separability._proposals import refine
from whp.checks.zhang2023 import load_digits
from whp.kernels import adversarial_noises, input_gradients, on_sphere, sample_network, train


def exact_rows(R, y):
    return [[int(sign) * Fraction(entry) for entry in row] for row, sign in zip(R.tolist(), y, strict=True)]


def exact_dot(row, v):
    return sum(a * b for a, b in zip(row, v, strict=True))


def shuffled(rng, G):
    """Rows in random order with random labels: (R, y) with y_i r_i = g_i."""
    y = rng.choice([-1, 1], len(G))
    return rng.permutation(G) * y[:, None], y


def wide(rng, G):
    """The same rows times random powers of two from about 1e-270 to 1e270."""
    return np.ldexp(G, rng.integers(-900, 880, (len(G), 1)))


def thin_separable(rng):
    """Rows on a hyperplane in general position, pushed off it by multiples of 2**-j, some by 1."""
    n, d, j = int(rng.integers(2, 26)), int(rng.integers(2, 11)), int(rng.integers(1, 61))
    u = rng.integers(-4, 5, d - 2).astype(float)
    p = rng.integers(-(2**20), 2**20, (n, d - 2)).astype(float)
    push = np.where(rng.random(n) < 0.7, np.ldexp(rng.integers(1, 4, n).astype(float), -j), 1.0)
    G = np.column_stack([p, -(p @ u), push])
    # Opposite rows leave only the thin direction to separate them.
    G = np.vstack([G, G * np.append(-np.ones(d - 1), 1.0)])
    witness = [*map(Fraction, u), 1, 1]
    assert all(exact_dot(row, witness) > 0 for row in exact_rows(G, [1] * len(G)))
    return G, True


def cancelling_separable(rng):
    """⟨(u, 1), g⟩ is a multiple of 2**-j left over after cancellation of all higher bits."""
    n, d, j = int(rng.integers(1, 26)), int(rng.integers(2, 11)), int(rng.integers(20, 50))
    u = rng.choice([-1.0, 0.0, 1.0], d - 1)
    p = np.ldexp(rng.integers(-(2**48), 2**48, (n, d - 1)).astype(float), -j)
    p /= 8
    last = np.ldexp(rng.integers(1, 3, n).astype(float), -j) - p @ u
    G = np.column_stack([p, last])
    witness = [*map(Fraction, u), Fraction(1)]
    keep = [exact_dot(row, witness) > 0 for row in exact_rows(G, [1] * n)]
    return (G[keep], True) if any(keep) else thin_separable(rng)


def gordan_inseparable(rng):
    """A last row that cancels a positive combination of the others exactly."""
    n, d = int(rng.integers(1, 26)), int(rng.integers(1, 11))
    rows = rng.integers(-(2**18), 2**18, (n, d))
    weights = rng.integers(0, 2**12, n)
    closing = -(weights @ rows)
    others = rng.integers(-(2**18), 2**18, (int(rng.integers(0, 6)), d))
    return np.vstack([rows, closing, others]).astype(float), False


def rank_deficient(rng):
    """Few dimensions seen in more coordinates: repeated, negated, doubled and zero columns."""
    G, answer = (thin_separable if rng.random() < 0.5 else gordan_inseparable)(rng)
    factors = np.array([1.0, -1.0, 2.0, 0.0])
    chosen = rng.integers(0, G.shape[1], 4)
    return np.column_stack([G, G[:, chosen] * factors]), answer


def degenerate(rng):
    d = int(rng.integers(1, 8))
    g = rng.standard_normal(d)
    kind = int(rng.integers(6))
    if kind == 0:
        return np.vstack([rng.standard_normal((int(rng.integers(1, 5)), d)), np.zeros(d)]), False
    if kind == 1:
        return np.vstack([g, rng.standard_normal((2, d)), -g]), False
    if kind == 2:
        return np.outer(rng.integers(1, 9, 7), g * 2.0**-3), True
    if kind == 3:
        return np.outer([1.0, 2.0, -4.0], g), False
    if kind == 4:
        return g[None, :], True
    signs = rng.choice([-1.0, 1.0], 5)
    return (signs * rng.random(5) + signs * 1e-300)[:, None], len(set(signs)) == 1


FAMILIES = (thin_separable, cancelling_separable, gordan_inseparable, rank_deficient, degenerate)


def known_answer(seed):
    rng = np.random.default_rng([20220604, seed])
    G, answer = FAMILIES[seed % len(FAMILIES)](rng)
    if rng.random() < 0.3:
        G = wide(rng, G)
    return *shuffled(rng, G), answer


def certified_method(seed):
    """Check one instance with a known answer; return which stage settled it."""
    R, y, answer = known_answer(seed)
    certificate = separate(R, y)
    assert certificate.separable is answer, (seed, certificate.kind, certificate.method)
    assert Certificate.from_json(certificate.to_json()).recheck(R, y), seed
    return certificate.method


def test_known_answers_are_certified_and_recheck():
    methods = Counter(certified_method(seed) for seed in range(2500))
    # Every early stage must have had its turn, or the suite tests less than it says.
    for stage in ("zero row", "nearest point", "support", "row coordinates"):
        assert any(stage in method for method in methods), (stage, methods)


@pytest.mark.parametrize(
    ("broken", "stages"),
    [
        ("row_coordinates", ["linear program", "refinement", "exact simplex"]),
        ("nearest_point", ["linear program", "refinement", "basis", "exact simplex"]),
    ],
)
def test_known_answers_without_the_first_proposals(broken, stages, monkeypatch):
    monkeypatch.setattr(deciding, broken, lambda *arguments: None)
    methods = Counter(certified_method(seed) for seed in range(600))
    for stage in stages:
        assert any(stage in method for method in methods), (stage, methods)


@pytest.mark.slow
def test_known_answers_are_certified_and_recheck_at_full_size():
    for seed in range(2500, 30_000):
        certified_method(seed)


def thin_rows(j, n=24, d=7, seed=3):
    """Opposite rows pushed off a hyperplane by 2**-j, half of them by 1."""
    rng = np.random.default_rng(seed)
    p = rng.integers(-(2**20), 2**20, (n, d - 2)).astype(float)
    push = np.where(np.arange(n) % 2, 1.0, 2.0**-j)
    G = np.column_stack([p, -p.sum(axis=1), push])
    return np.vstack([G, G * np.append(-np.ones(d - 1), 1.0)])


@pytest.mark.parametrize("j", [1, 20, 40, 60, 200, 900])
def test_margins_of_any_smallness_are_found(j):
    G = thin_rows(j)
    assert separate(G, np.ones(len(G))).separable is True
    G[0, -1] = -G[0, -1]
    assert separate(G, np.ones(len(G))).separable is False


@pytest.mark.parametrize("priced", [20, 0])
def test_exact_simplex_decides_alone_from_a_useless_start(priced, monkeypatch):
    monkeypatch.setattr(exact, "PRICED_PIVOTS", priced)
    for seed in range(200):
        R, y, answer = known_answer(seed)
        G = R * y[:, None]
        if G.any(axis=1).all():
            rows = exact.scale_rows(exact.Dyadics.of_floats(G)).integers
            decision = exact.decide_exactly(rows, range(len(G)))
            assert (decision.kind == "separable") is answer, seed


def test_low_rank_data_with_rounding_noise_are_decided():
    rng = np.random.default_rng(5)
    R = rng.standard_normal((120, 4)) @ rng.standard_normal((4, 20))
    certificate = separate(R, rng.choice([-1, 1], 120))
    assert certificate.separable is False
    assert "row coordinates" in certificate.method
    assert np.linalg.matrix_rank(R) == 4


@pytest.mark.parametrize("shape", [(100, 100), (400, 25), (2500, 4), (50, 200), (10, 1000), (1, 10_000), (10_000, 1)])
def test_everything_up_to_the_promised_size_is_decided(shape):
    n, d = shape
    rng = np.random.default_rng(shape)
    y = rng.choice([-1.0, 1.0], n)
    thin = thin_rows(50, n // 2, d) if min(n, d) > 2 else np.ones(shape)
    low_rank = rng.standard_normal((n, 2)) @ rng.standard_normal((2, d))
    assert separate(thin, np.ones(len(thin))).separable is True
    for R in (rng.standard_normal(shape), low_rank, wide(rng, low_rank)):
        assert separate(R, y).separable is not None


def test_a_rank_missed_by_a_prime_is_noticed_and_repaired(monkeypatch):
    G = np.array([[3.0, 0.0], [0.0, 3.0], [-3.0, -3.0]])
    monkeypatch.setattr(exact, "PRIMES", (3,))
    assert separate(G, [1, 1, 1]).separable is False


def test_lying_proposals_cannot_make_a_wrong_certificate(monkeypatch):
    def liar(G):
        # Never a witness: its inner product with the sum of the rows is negative.
        return -G.sum(axis=0), np.full(len(G), 1 / len(G))

    monkeypatch.setattr(deciding, "nearest_point", liar)
    monkeypatch.setattr(deciding, "row_coordinates", lambda rows, order: None)
    monkeypatch.setattr(deciding, "refine", lambda rows, rounds: iter(()))
    for seed in range(100):
        assert "exact" in certified_method(seed) or known_answer(seed)[2] is False


def test_refinement_gains_digits_that_the_linear_program_lacks():
    margins = [proposal.margin for proposal in refine(exact.scale_rows(exact.Dyadics.of_floats(thin_rows(30))), 3)]
    assert len(margins) == 4
    assert abs(margins[3] - margins[2]) <= 1e-15 * abs(margins[3])


def test_giving_up_says_undetermined_and_writes_nothing(monkeypatch):
    monkeypatch.setattr(deciding, "nearest_point", lambda G: None)
    monkeypatch.setattr(deciding, "refine", lambda rows, rounds: iter(()))
    monkeypatch.setattr(deciding, "WORK_BEYOND", 0)
    R = np.random.default_rng(0).standard_normal((60, 12))
    certificate = separate(R, np.ones(60), exact_size=0)
    assert certificate.separable is None
    assert certificate.witness_numbers is certificate.conflict_numbers is None
    with pytest.raises(ValueError, match="undetermined data set has no certificate"):
        certificate.to_json()
    assert separate(R, np.ones(60)).separable is False


@pytest.mark.parametrize("power", [-1000, -300, 300, 1000])
def test_powers_of_two_on_rows_and_columns_change_no_answer(power):
    rng = np.random.default_rng(7)
    for n, answer in ((6, True), (40, False)):
        R = rng.standard_normal((n, 6))
        scaled = np.ldexp(R, power * (np.arange(n)[:, None] % 2))
        assert separate(scaled, np.ones(n)).separable is answer
        assert separate(np.ldexp(R, power * (np.arange(6) % 2)), np.ones(n)).separable is answer


def test_denormal_numbers_count():
    tiny = 5e-324
    assert separate([[1.0, tiny], [-1.0, 0.0], [0.0, -tiny]], [1, 1, 1]).separable is False
    assert separate([[1.0, tiny], [-1.0, 0.0], [0.0, tiny]], [1, 1, 1]).separable is True


def multiclass_data(rng, separable):
    n, d, K = int(rng.integers(8, 20)), int(rng.integers(1, 5)), int(rng.integers(3, 6))
    R = rng.integers(-9, 10, (n, d)).astype(float)
    y = rng.integers(0, K, n)
    if separable:
        scores = R @ rng.integers(-9, 10, (d, K))
        best = np.sort(scores, axis=1)
        clear = best[:, -1] > best[:, -2]
        R, y = R[clear], scores.argmax(axis=1)[clear]
    else:
        R, y = np.vstack([R, 2 * R[:1]]), np.append(y, (y[0] + 1) % K)
    return R, y * 10 - 5


def test_several_classes_are_decided_in_the_argmax_sense():
    rng = np.random.default_rng(11)
    decided = Counter()
    while min(decided[True], decided[False]) < 40:
        answer = bool(rng.random() < 0.5)
        R, y = multiclass_data(rng, answer)
        if len(set(y.tolist())) < 3:
            continue
        certificate = separate(R, y)
        assert certificate.separable is answer
        assert certificate.recheck(R, y)
        if answer:
            scores = R @ certificate.witness.T
            assert (np.array(certificate.classes)[scores.argmax(axis=1)] == y).all()
        decided[answer] += 1


def test_two_integer_classes_agree_with_signs():
    rng = np.random.default_rng(12)
    for n in (5, 12, 30):
        R, y = rng.standard_normal((n, 6)), np.append([0, 1], rng.integers(0, 2, n - 2))
        assert separate(R, y).separable is separate(R, 2 * y - 1).separable


def test_the_best_margin_of_known_configurations():
    cases = [([[3.0, 4.0], [-3.0, 4.0]], 4.0), (np.eye(5), 5**-0.5), ([[0.0, 0.125]], 0.125), ([[6.0], [2.0]], 2.0)]
    for R, expected in cases:
        bounds = maximum_margin(R, np.ones(len(R))).bounds
        assert float(bounds.lower) == pytest.approx(expected, rel=1e-15)
        assert bounds.lower <= bounds.upper
        assert bounds.relative_radius < 1e-9


def test_margin_bounds_enclose_every_margin_and_meet():
    rng = np.random.default_rng(13)
    for _ in range(40):
        n, d = int(rng.integers(2, 12)), int(rng.integers(6, 14))
        R, y = rng.standard_normal((n, d)), rng.choice([-1, 1], n)
        best = maximum_margin(R, y)
        if separate(R, y).separable:
            assert best.bounds.relative_radius < 1e-9
            for v in (rng.standard_normal(d), y @ R, np.array(best.witness, dtype=float)):
                found = margin_of(v, R, y, best=best)
                assert found.margin.lower <= best.bounds.upper
                assert found.relative.upper <= 1
                exact = min(exact_dot(row, map(Fraction, v.tolist())) for row in exact_rows(R, y))
                assert float(found.margin) == pytest.approx(float(exact) / np.linalg.norm(v), rel=1e-12)


def test_exact_active_set_closes_the_gap_of_tiny_margins():
    for j in (30, 60):
        R = thin_rows(j)
        bounds = maximum_margin(R, np.ones(len(R))).bounds
        assert bounds.lower > 0
        assert bounds.relative_radius < 1e-12


def test_the_best_margin_of_inseparable_data_is_zero():
    best = maximum_margin([[1.0, 2.0], [-2.0, -4.0]], [1, 1])
    assert best.bounds.lower == 0 == best.bounds.upper
    assert margin_of([1.0, 0.0], [[1.0, 2.0], [-2.0, -4.0]], [1, 1], best=best).relative is None


def test_margins_of_several_classes_use_all_blocks():
    # Three unit vectors, one per class: v_k = e_k − mean is best by symmetry, with margin 1/‖v‖ = 1/√2.
    bounds = maximum_margin(np.eye(3), [0, 1, 2]).bounds
    assert float(bounds) == pytest.approx(2**-0.5, rel=1e-12)
    found = margin_of(np.eye(3), np.eye(3), [0, 1, 2])
    assert float(found.margin) == pytest.approx(3**-0.5, rel=1e-12)
    assert found.relative.compare("<", arb(1)) is True


@pytest.mark.parametrize("m", [16, 64, 256, 1024])
def test_noises_on_digits_are_separable_at_initialisation(m):
    digits = load_digits()
    W, a = sample_network(m, 64, np.random.default_rng(m))
    noises = adversarial_noises(W, a, digits.X, digits.y)
    certificate = separate(noises, digits.y)
    assert certificate.separable is True
    paper = margin_of(-W.T @ a, noises, digits.y)
    assert paper.margin.lower > 0
    assert 0.3 < float(paper.relative) <= 1
    assert paper.best.relative_radius < 1e-9
    # 1 − s > 0 only scales the rows, so the gradients alone give the same answer.
    directions = -digits.y[:, None] * input_gradients(W, a, digits.X)
    assert separate(directions, digits.y).separable is True


def test_original_digits_are_inseparable():
    digits = load_digits()
    certificate = separate(digits.X, digits.y)
    assert certificate.separable is False
    assert len(certificate.conflict) <= 65
    # Pixels that only ever light up for one class push it to infinity.
    assert certificate.kind == "quasi"
    assert np.count_nonzero(certificate.signs) == 8
    assert np.count_nonzero(certificate.weights) == 1774
    weights = certificate.weights
    assert np.abs(weights @ (digits.y[:, None] * digits.X)).max() < 1e-12


@pytest.mark.slow
def test_ten_classes_of_original_digits_are_separable():
    from sklearn.datasets import load_digits as bundled

    digits = bundled()
    certificate = separate(digits.data, digits.target)
    assert certificate.separable is True
    assert (np.argmax(digits.data @ certificate.witness.T, axis=1) == digits.target).all()


@pytest.mark.parametrize("seed", range(3))
def test_training_on_antipodal_pairs_destroys_separability(seed):
    # Whp S16: 4d pairs with one random label each, both layers trained until the loss is small.
    rng = np.random.default_rng(seed)
    half = on_sphere(rng.standard_normal((40, 10)), normalize=True)
    X, y = np.vstack([half, -half]), np.tile(rng.choice([-1.0, 1.0], 40), 2)
    W, a = sample_network(300, 10, rng)
    assert separate(adversarial_noises(W, a, X, y), y).separable is True
    trained = train(W, a, X, y, loss=0.1)
    noises = adversarial_noises(trained.W, trained.a, X, y)
    assert separate(noises, y).separable is False
    assert margin_of(-W.T @ a, noises, y).margin.upper < 0


@pytest.mark.parametrize(
    ("R", "y", "message"),
    [
        ([[1.0, np.nan]], [1], "R must be finite"),
        ([[1.0, np.inf]], [1], "R must be finite"),
        ([1.0, 2.0], [1, 1], "shape"),
        ([[1.0], [2.0]], [1], "do not fit"),
        (np.zeros((0, 3)), [], "empty"),
        ([[1.0], [2.0]], [1.5, 1], "labels must be integers or strings"),
        ([[1.0], [2.0]], [np.nan, 1], "labels must be integers or strings"),
        ([[1.0], [2.0]], [3, 3], "at least two classes"),
    ],
)
def test_bad_data_are_refused_in_one_line(R, y, message):
    with pytest.raises(ValueError, match=message) as caught:
        separate(R, y)
    assert "\n" not in str(caught.value)


def test_bad_types_and_witnesses_are_refused():
    with pytest.raises(TypeError, match="real array"):
        separate([["a"]], [1])
    with pytest.raises(TypeError, match="integers and strings"):
        separate([[1.0], [2.0]], ["cat", 1])
    with pytest.raises(ValueError, match="has no direction"):
        margin_of([0.0], [[1.0]], [1])
    with pytest.raises(ValueError, match="shape"):
        margin_of([1.0, 2.0], [[1.0]], [1])


def test_integer_views_of_floats_are_exact():
    rng = np.random.default_rng(14)
    values = np.ldexp(rng.standard_normal(200), rng.integers(-1070, 1000, 200))
    mantissa, exponent = exact.decompose(np.append(values, [0.0, -0.0, 5e-324, 1.5, -(2.0**1023)]))
    rebuilt = [Fraction(m) * Fraction(2) ** e for m, e in zip(mantissa.tolist(), exponent.tolist(), strict=True)]
    assert rebuilt == [Fraction(v) for v in [*values.tolist(), 0.0, 0.0, 5e-324, 1.5, -(2.0**1023)]]
    assert not exact.is_gordan(fmpz_mat([[1], [-1]]), [0, 0])
    assert not exact.is_gordan(fmpz_mat([[1], [1]]), [1, -1])
    assert not exact.is_gordan(fmpz_mat([[1], [-1]]), [1, 2])
