"""Products of masks against the plain products, at sizes that fill no word, no piece and no group of four."""

from __future__ import annotations

import numpy as np
import pytest
from whp.kernels import activation_masks, input_gradients, ntk, ntk_gram
from whp.kernels import masks as certified
from whp.kernels.gated import add_chosen, pack, pieces, weigh_common, words

SIZES = [(1, 1, 1), (3, 31, 5), (2, 32, 32), (7, 33, 64), (40, 130, 67), (65, 257, 33)]


def signs(n: int, m: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, m))


def packed(H: np.ndarray) -> np.ndarray:
    # What was in the room before must not show.
    codes = np.full((len(H), words(H.shape[1])), 0xDEADBEEF, np.uint32)
    pack(H, codes, 0, len(H))
    return codes


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "m", "d"), SIZES)
def test_a_set_bit_is_a_positive_number(n: int, m: int, d: int, kind: type) -> None:
    H = signs(n, m).astype(kind)
    H[0, :: max(1, m // 3)] = 0.0
    H[-1, -1] = -0.0
    bits = np.unpackbits(packed(H).view(np.uint8), axis=1, bitorder="little")
    np.testing.assert_array_equal(bits[:, :m], H > 0)
    assert not bits[:, m:].any()


@pytest.mark.parametrize(("kind", "close"), [(np.float32, 1e-5), (np.float64, 1e-14)])
@pytest.mark.parametrize(("n", "m", "d"), SIZES)
def test_chosen_rows_are_added(n: int, m: int, d: int, kind: type, close: float) -> None:
    rng = np.random.default_rng(1)
    H, V, v = signs(n, m), rng.standard_normal((m, d)).astype(kind), rng.standard_normal(m).astype(kind)
    out = np.ones((n, d), kind)
    add_chosen(packed(H), v, V, out, 0, pieces(V))
    gates = (H > 0) * v.astype(np.float64)
    size = 1.0 + np.abs(gates) @ np.abs(V.astype(np.float64))
    assert np.max(np.abs(out - (1.0 + gates @ V.astype(np.float64))) / size) < close


def test_sums_of_small_integers_are_exact() -> None:
    H = signs(50, 300)
    V = np.random.default_rng(2).integers(-1000, 1000, (300, 70)).astype(np.float64)
    out = np.zeros((50, 70))
    add_chosen(packed(H), np.ones(300), V, out, 0, pieces(V))
    np.testing.assert_array_equal(out, (H > 0).astype(np.int64) @ V.astype(np.int64))


def test_a_row_that_is_not_chosen_may_be_infinite() -> None:
    H = np.array([[1.0, -1.0, 1.0, 0.0, 2.0]])
    V = np.array([[1.0], [np.inf], [2.0], [np.nan], [4.0]])
    out = np.zeros((1, 1))
    add_chosen(packed(H), np.ones(5), V, out, 0, 1)
    assert out[0, 0] == 7.0


@pytest.mark.parametrize(("kind", "close"), [(np.float32, 1e-5), (np.float64, 1e-14)])
@pytest.mark.parametrize(("n", "m", "k"), SIZES)
def test_common_bits_are_weighed(n: int, m: int, k: int, kind: type, close: float) -> None:
    H, other = signs(n, m), signs(k, m, 3)
    weights = np.random.default_rng(4).random(m).astype(kind)
    expected = ((H > 0) * weights.astype(np.float64)) @ (other > 0).T
    out = np.full((n, k), np.nan, kind)
    weigh_common(packed(H), packed(other), weights, out, False, 0, pieces(out))
    np.testing.assert_allclose(out, expected, rtol=close, atol=close)
    half = np.full((n, n), np.nan, kind)
    weigh_common(packed(H), packed(H), weights, half, True, 0, pieces(half))
    whole = ((H > 0) * weights.astype(np.float64)) @ (H > 0).T
    at = np.tril_indices(n)
    np.testing.assert_allclose(half[at], whole[at], rtol=close, atol=close)


def test_threads_share_pieces_without_a_change_of_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    W, a, X = rng.standard_normal((300, 150)), rng.standard_normal(300), rng.standard_normal((130, 150))
    gradients, gram, cross = input_gradients(W, a, X), ntk_gram(W, a, X), ntk_gram(W, a, X, X[:70])
    np.testing.assert_allclose(gradients, (activation_masks(W, X) * a) @ W, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(cross, gram[:, :70], rtol=1e-12)
    monkeypatch.setattr(certified, "_SHARED", 1)
    monkeypatch.setattr(ntk, "_AFTER_PRODUCTS", 1)
    for threads in (2, 3, 7):
        monkeypatch.setattr(certified.numba, "get_num_threads", lambda threads=threads: threads)
        np.testing.assert_array_equal(input_gradients(W, a, X), gradients)
        np.testing.assert_array_equal(ntk_gram(W, a, X), gram)
        np.testing.assert_array_equal(ntk_gram(W, a, X, X[:70]), cross)


def test_an_error_in_a_thread_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certified.numba, "get_num_threads", lambda: 3)

    def part(first: int, last: int) -> None:
        if first > 0:
            raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        certified.share(part, 3, float("inf"))


@pytest.mark.filterwarnings("error")
def test_a_readout_whose_square_overflows_counts_only_where_it_is_active() -> None:
    W, X = [[1.0, 2.0], [-1.0, -2.0]], [[1.0, 1.0], [-1.0, 1.0]]
    np.testing.assert_array_equal(ntk_gram(W, [1.0, 1e200], X), [[11.0, 3.0], [3.0, 3.0]])
    np.testing.assert_array_equal(ntk_gram(W, [1.0, 1e200], X, X[:1]), [[11.0], [3.0]])
    with pytest.raises(ValueError, match=r"the kernel overflows float64 at index \(0, 0\)"):
        ntk_gram(W, [1e200, 1.0], X)
