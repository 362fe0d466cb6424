"""Lemmas about separability as property tests, exact wherever the data allow it."""

from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from whp.checks.separability import margin_of, maximum_margin, separate
from whp.checks.strategies import dyadics, inputs, labels, networks, signed_permutations
from whp.kernels import activation_masks, adversarial_noises, input_gradients

RELAXED = settings(deadline=None, max_examples=80, derandomize=True, database=None)


@st.composite
def samples(draw, largest_n=9, largest_d=4):
    """Rows with few-bit dyadic entries and signs; zeros, duplicates and collinear rows come up often."""
    n, d = draw(st.integers(1, largest_n)), draw(st.integers(1, largest_d))
    entry = st.integers(-3, 3).map(float) | dyadics()
    R = np.array([[draw(entry) for _ in range(d)] for _ in range(n)])
    return R, draw(labels(n))


def positive_by_elimination(G):
    """Whether G v > 0 has a solution, by Fourier–Motzkin elimination in rationals: no solver, no certificates."""
    system = [[Fraction(x) for x in row] for row in G.tolist()]
    for _ in range(G.shape[1]):
        above = [[x / row[0] for x in row[1:]] for row in system if row[0] > 0]
        below = [[x / -row[0] for x in row[1:]] for row in system if row[0] < 0]
        flat = [row[1:] for row in system if row[0] == 0]
        system = flat + [[p + q for p, q in zip(a, b, strict=True)] for a in above for b in below]
        # Positive multiples of one inequality say the same; without this the system squares at every step.
        system = [
            list(row)
            for row in {tuple(x / max(map(abs, row), default=1) if any(row) else x for x in row) for row in system}
        ]
    return not system


@RELAXED
@given(samples(largest_n=7, largest_d=3))
@example((np.array([[0.0]]), np.array([1.0])))
@example((np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([1.0, -1.0])))
def test_definition_1_holds_iff_the_certificate_says_so(data):
    R, y = data
    assert separate(R, y).separable is positive_by_elimination(y[:, None] * R)


@RELAXED
@given(samples(), st.data())
def test_positive_scaling_of_samples_changes_nothing(data, draw):
    R, y = data
    powers = np.array([[draw.draw(st.integers(-900, 900))] for _ in y])
    assert separate(np.ldexp(R, powers), y).separable is separate(R, y).separable


@RELAXED
@given(samples(), st.data())
def test_order_of_samples_changes_nothing(data, draw):
    R, y = data
    order = draw.draw(st.permutations(range(len(y))))
    assert separate(R[order], y[order]).separable is separate(R, y).separable


@RELAXED
@given(samples(), st.data())
def test_signed_permutations_of_coordinates_change_neither_answer_nor_margin(data, draw):
    R, y = data
    turned = R @ draw.draw(signed_permutations(R.shape[1]))
    assert separate(turned, y).separable is separate(R, y).separable
    one, other = maximum_margin(R, y).bounds, maximum_margin(turned, y).bounds
    assert one.lower <= other.upper
    assert other.lower <= one.upper


@RELAXED
@given(samples(), st.integers(0, 2**32 - 1))
def test_rotations_keep_clear_margins(data, seed):
    R, y = data
    d = R.shape[1]
    Q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))
    bounds = maximum_margin(R, y).bounds
    rotated = maximum_margin(R @ Q, y).bounds
    # Each rotated entry is off by at most d·2**-52 times the row's norm, and so is every margin.
    slack = d * 2.0**-50 * np.linalg.norm(R, axis=1).max()
    assert abs(float(rotated) - float(bounds)) <= slack + 1e-8 * float(bounds)
    if float(bounds.lower) > 2 * slack:
        assert separate(R @ Q, y).separable is True


@RELAXED
@given(samples())
def test_flipping_all_labels_or_all_samples_changes_nothing(data):
    R, y = data
    assert separate(R, -y).separable is separate(-R, y).separable is separate(R, y).separable


@RELAXED
@given(samples(), st.data())
def test_adding_a_sample_never_makes_an_inseparable_set_separable(data, draw):
    R, y = data
    extra = np.array([[draw.draw(dyadics()) for _ in range(R.shape[1])]])
    label = draw.draw(st.sampled_from([1.0, -1.0]))
    more = np.vstack([R, extra]), np.append(y, label)
    if separate(R, y).separable is False:
        assert separate(*more).separable is False
    assert maximum_margin(*more).bounds.lower <= maximum_margin(R, y).bounds.upper


@RELAXED
@given(samples(), st.data())
def test_a_sample_and_its_antipode_with_one_label_are_inseparable(data, draw):
    R, y = data
    i = draw.draw(st.integers(0, len(y) - 1))
    assert separate(np.vstack([R, -R[i]]), np.append(y, y[i])).separable is False


@RELAXED
@given(samples())
def test_some_witness_lies_in_the_span_of_the_samples(data):
    R, y = data
    best = maximum_margin(R, y)
    if separate(R, y).separable:
        G = [[int(sign) * Fraction(x) for x in row] for row, sign in zip(R.tolist(), y, strict=True)]
        # Σ λ_i y_i r_i with the best margin's own λ: a combination of samples by construction.
        v = [sum(w * row[j] for w, row in zip(best.weights, G, strict=True)) for j in range(R.shape[1])]
        assert all(sum(a * b for a, b in zip(row, v, strict=True)) > 0 for row in G)


@RELAXED
@given(networks(), st.data())
def test_gradients_at_antipodes_sum_to_the_paper_s_witness(net, draw):
    # Whp S16: ∇f(x) + ∇f(−x) = Wᵀa, less the neurons with w·x = 0, which are silent at both.
    X, _ = draw.draw(inputs(n=3, d=net.W.shape[1]))
    total = input_gradients(net.W, net.a, X) + input_gradients(net.W, net.a, -X)
    silent = ~(activation_masks(net.W, X) | activation_masks(net.W, -X))
    assert (total == (net.a * ~silent) @ net.W).all()
    if not silent.any():
        assert (total == net.W.T @ net.a).all()


@RELAXED
@given(networks(), st.data())
def test_labels_of_noises_do_not_matter_for_separability(net, draw):
    # Whp S16: {(r_i, y_i)} is inseparable iff 0 is in the convex hull of the gradients, whatever the labels.
    X, _ = draw.draw(inputs(d=net.W.shape[1]))
    G = input_gradients(net.W, net.a, X)
    answer = separate(G, np.ones(len(X))).separable
    for _ in range(2):
        y = draw.draw(labels(len(X)))
        assert separate(-y[:, None] * G, y).separable is answer
    noises = adversarial_noises(net.W, net.a, X, y)
    if not G.any(axis=1).all():
        assert separate(noises, y).separable is False


@RELAXED
@given(networks(dead=False), st.data())
def test_an_antipodal_pair_without_silent_neurons_needs_the_witness_to_be_nonzero(net, draw):
    # If Wᵀa = 0 then the two gradients cancel and no witness exists.
    X, _ = draw.draw(inputs(n=2, d=net.W.shape[1], kinds=("antipodal",)))
    W, a = np.vstack([net.W, net.W]), np.append(net.a, -net.a)
    assert separate(input_gradients(W, a, X), [1.0, 1.0]).separable is False


@RELAXED
@given(samples())
def test_the_best_witness_has_the_best_margin(data):
    R, y = data
    best = maximum_margin(R, y)
    if best.bounds.lower > 0:
        scale = max(map(abs, best.witness))
        v = np.array([float(Fraction(x, scale)) for x in best.witness])
        found = margin_of(v, R, y, best=best)
        assert float(found.relative.lower) > 1 - 1e-7
