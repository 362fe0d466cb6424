"""The referee: integers only, alone, and not to be fooled."""

import ast
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from oracles.separability import Instance, forgeries, proves
from whp.checks.separability import Certificate, separate
from whp.checks.separability import recheck as referee

SOURCE = Path(referee.__file__)
RNG = np.random.default_rng(21)
SEPARABLE = (RNG.standard_normal((6, 4)), np.array([1, -1, 1, 1, -1, -1]))
INSEPARABLE = (np.vstack([SEPARABLE[0], SEPARABLE[0][:1]]), np.append(SEPARABLE[1], -SEPARABLE[1][0]))
CLASSES = (RNG.standard_normal((7, 5)), np.array([0, 1, 2, 0, 1, 2, 2]))
# Twice a row is exact; three times a row would be rounded, and separable.
CLASHING = (np.vstack([CLASSES[0], 2 * CLASSES[0][:1]]), np.append(CLASSES[1], 1))
OVERLAP = (np.array([[1, 2], [2, 1], [3, 3], [1, 0], [0, 1]]), np.array([1, 1, -1, 1, -1]))
HUGE = (np.array([[2**53 + 1, 1], [2**53, 1], [2**53, 1]], dtype=object), np.array(["yes", "no", "yes"]))
CASES = {
    "separable": (*SEPARABLE, "separable"),
    "quasi": (*INSEPARABLE, "quasi"),
    "overlap": (*OVERLAP, "overlap"),
    "huge": (*HUGE, "quasi"),
    "classes": (*CLASSES, "separable"),
    "clashing classes": (*CLASHING, "quasi"),
}


@pytest.fixture(params=sorted(CASES))
def case(request):
    R, y, kind = CASES[request.param]
    certificate = separate(R, y)
    assert certificate.kind == kind
    return R, y, certificate


def accepts(text, R, y):
    """Whether the referee accepts; refusing to read counts as not accepting."""
    try:
        return referee.recheck(referee.parse(text), R, y).accepted
    except (ValueError, TypeError):
        return False


def resealed(document):
    """The altered certificate with a fresh digest, as a forger would write it."""
    return document | {"certificate_sha256": referee.digest(document)}


def test_honest_certificates_are_accepted(case):
    R, y, certificate = case
    ruling = referee.recheck(referee.parse(certificate.to_json()), R, y)
    assert ruling.accepted
    assert ruling.reason.startswith(certificate.kind)


def test_every_flipped_bit_of_the_file_is_refused(case):
    R, y, certificate = case
    data = certificate.to_json().encode()
    for position in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        try:
            text = flipped.decode()
        except UnicodeDecodeError:
            continue
        # A lost final newline is no change of content.
        assert not accepts(text, R, y) or text.strip() == certificate.to_json().strip(), position


def test_every_flipped_bit_of_the_data_is_refused(case):
    R, y, certificate = case
    if R.dtype != np.float64:
        R = R.astype(np.float64)
        certificate = separate(R, y)
    text = certificate.to_json()
    for position in range(64 * R.size):
        if not np.ravel(R)[position // 64] and position % 64 == 63:
            continue  # there is one zero
        bits = np.ascontiguousarray(R).view(np.uint64).copy()
        bits.ravel()[position // 64] ^= np.uint64(1) << np.uint64(position % 64)
        assert not accepts(text, bits.view(np.float64), y)
    for i in range(len(y)):
        other = y.copy()
        other[i] = next(label for label in certificate.classes if label != y[i])
        assert not accepts(text, R, other)


def test_a_certificate_for_other_data_is_rejected(case):
    R, y, certificate = case
    document = referee.parse(certificate.to_json())
    ruling = referee.recheck(document, R[::-1].copy(), y)
    assert not ruling.accepted
    assert "other data" in ruling.reason
    assert not referee.recheck(document, R[:, :-1], y).accepted


def test_forgeries_with_a_fresh_digest_are_rejected_unless_they_prove_what_they_say(case):
    R, y, certificate = case
    exact = [[Fraction(x) for x in row] for row in R.tolist()]
    instance = Instance("", R, exact, y.tolist(), False)
    document = certificate.document()
    assert proves(document, instance)
    accepted = Counter()
    for seed in range(20):
        for forged in forgeries(document, np.random.default_rng(seed)):
            ruling = referee.recheck(resealed(forged), R, y)
            accepted[ruling.accepted] += 1
            assert not ruling.accepted or proves(forged, instance), ruling.reason
    assert accepted[False] > 10


def test_only_nonnegative_nonzero_combinations_count():
    R, y = np.array([[1.0], [2.0]]), [1, 1]
    document = separate(R, y).document() | {"kind": "inseparable", "witness": None}
    for conflict in ([[0, "0x0", 0], [1, "0x0", 0]], [[0, "0x2", 0], [1, "-0x1", 0]]):
        ruling = referee.recheck(resealed(document | {"conflict": conflict}), R, y)
        assert not ruling.accepted
        assert "positive weights" in ruling.reason
    for conflict in ([[0, "0x1", 0], [0, "0x1", 0]], [[2, "0x1", 0]], [[-1, "0x1", 0]]):
        ruling = referee.recheck(resealed(document | {"conflict": conflict}), R, y)
        assert not ruling.accepted
        assert "names a row twice" in ruling.reason


def test_a_conflicting_set_with_a_row_too_many_is_rejected():
    R, y = np.array([[1.0], [-1.0], [2.0]]), [1, 1, 1]
    document = separate(R, y).document() | {"kind": "inseparable", "weights": None}
    assert referee.recheck(resealed(document), R, y).accepted
    conflict = [[0, "0x1", 0], [1, "0x3", 0], [2, "0x1", 0]]
    ruling = referee.recheck(resealed(document | {"conflict": conflict}), R, y)
    assert not ruling.accepted
    assert "fewer" in ruling.reason


def test_weights_must_be_positive_just_where_the_witness_is_not():
    R, y = np.array([[1.0, 0.0], [-1.0, 0.0], [5.0, 1.0]]), [1, 1, 1]
    document = separate(R, y).document()
    assert document["kind"] == "quasi"
    for weights in ([["0x1", 0], ["0x1", 0], ["0x1", 0]], [["0x1", 0], ["0x0", 0], ["0x0", 0]]):
        ruling = referee.recheck(resealed(document | {"weights": weights}), R, y)
        assert not ruling.accepted
        assert "just where" in ruling.reason
    unequal = [["0x1", 0], ["0x2", 0], ["0x0", 0]]
    assert "vanish" in referee.recheck(resealed(document | {"weights": unequal}), R, y).reason


def test_a_zero_margin_does_not_separate():
    R, y = np.array([[1.0, 0.0], [0.0, 1.0]]), [1, 1]
    document = separate(R, y).document()
    assert referee.recheck(resealed(document | {"witness": [["0x1", 0], ["0x1", -5000]]}), R, y).accepted
    assert not referee.recheck(resealed(document | {"witness": [["0x1", 0], ["0x0", 0]]}), R, y).accepted


def test_the_intercept_is_part_of_what_is_proved():
    R, y = np.array([[1], [2]]), [-1, 1]
    document = separate(R, y, intercept=True).document()
    assert "with intercept" in referee.recheck(document, R, y).reason
    assert not referee.recheck(resealed(document | {"intercept": False}), R, y).accepted
    assert "through the origin" in referee.recheck(separate(R, [1, 1]).document(), R, [1, 1]).reason


@pytest.mark.parametrize(
    "numbers",
    [
        None,
        [["0x1", 0]],
        [["0x1", 0], ["1", 0]],
        [["0x1", 0], [1, 0]],
        [["0x1", 0], ["0x1", 0.0]],
        [["0x1", 0], ["0x1", True]],
        [["0x1", 0], ["0x1", 2**21]],
        [["0x1", 0], ["0x1_0", 0]],
        [["0x1", 0], ["0x1", 0, 0]],
    ],
)
def test_malformed_numbers_are_rejected(numbers):
    R, y = np.array([[1.0, 0.0], [0.0, 1.0]]), [1, 1]
    ruling = referee.recheck(resealed(separate(R, y).document() | {"witness": numbers}), R, y)
    assert not ruling.accepted
    assert "malformed" in ruling.reason


def test_extra_and_missing_keys_are_rejected():
    R, y = np.array([[1.0]]), [1]
    document = separate(R, y).document()
    assert not referee.recheck(resealed(document | {"note": "trust me"}), R, y).accepted
    assert not referee.recheck(resealed({k: v for k, v in document.items() if k != "n"}), R, y).accepted
    assert not referee.recheck(resealed(document | {"kind": "both"}), R, y).accepted


def test_unknown_versions_are_refused_with_the_known_ones():
    document = separate([[1.0]], [1]).document()
    for version in (1, "1", None, 1.0, True):
        with pytest.raises(ValueError, match=r"version .* is unknown; known: 2"):
            referee.parse(json.dumps(document | {"version": version}))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"format": "other",  "version": 2}', "[" * 100_000])
def test_what_is_no_certificate_is_refused(text):
    with pytest.raises(ValueError, match="certificate"):
        referee.parse(text)


def test_files_with_pickles_are_refused(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, R=np.array([[1.0]], dtype=object), y=np.array([1]))
    with pytest.raises(ValueError, match="plain arrays"):
        referee.load(str(path))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"not a zip", b"\x80\x04K\x01."])
def test_unreadable_data_files_are_refused(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="plain arrays X"):
        referee.load(str(path))


def test_data_files_without_the_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "data.npz", A=np.eye(2), y=np.ones(2))
    with pytest.raises(ValueError, match="plain arrays X"):
        referee.load(str(tmp_path / "data.npz"))
    np.save(tmp_path / "data.npy", np.eye(2))
    with pytest.raises(ValueError, match="plain arrays X"):
        referee.load(str(tmp_path / "data.npy"))
    with pytest.raises(FileNotFoundError):
        referee.load(str(tmp_path / "none.npz"))


def test_bits_decode_to_the_very_numbers():
    values = np.ldexp(
        np.random.default_rng(3).standard_normal(300), np.random.default_rng(4).integers(-1073, 1000, 300)
    )
    values = np.concatenate([values, [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]])
    data = referee.read_data(values[:, None], np.ones(len(values)))
    assert [Fraction(v) for v in values.tolist()] == [
        Fraction(row[0]) * Fraction(2) ** exponent / factor for row, exponent, factor in data.rows
    ]


def test_bytes_do_not_depend_on_memory_order_or_precision_of_the_labels():
    R, y = SEPARABLE
    digests = {
        referee.read_data(X, labels).data_sha256
        for X in (R, np.asfortranarray(R), R.astype(">f8"))
        for labels in (y, y.astype(np.int8), y.astype(float), y.tolist())
    }
    assert len(digests) == 1


def test_the_referee_is_one_file_of_integers():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module])
    }
    assert modules - set(sys.stdlib_module_names) == {"numpy"}
    used = {
        n.attr
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "numpy"
    }
    assert used == {"asarray", "bool_", "load", "ma"}
    assert not any(isinstance(node, (ast.Div, ast.Pow)) and isinstance(node, ast.Div) for node in ast.walk(tree))
    assert not any(isinstance(node, ast.Constant) and isinstance(node.value, float) for node in ast.walk(tree))


def test_the_referee_runs_alone(tmp_path):
    R, y = SEPARABLE
    np.savez(tmp_path / "data.npz", R=R, y=y)
    separate(R, y).to_json(tmp_path / "cert.json")
    np.savez(tmp_path / "other.npz", R=R + 1, y=y)
    copy = tmp_path / "referee.py"
    copy.write_text(SOURCE.read_text(encoding="utf-8"), encoding="utf-8")
    for name, code, word in (("data", 0, "accepted"), ("other", 1, "rejected")):
        command = [sys.executable, str(copy), str(tmp_path / "cert.json"), str(tmp_path / f"{name}.npz")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.split()[0]) == (code, word), done.stderr


def test_a_certificate_survives_its_file(case):
    R, y, certificate = case
    again = Certificate.from_json(certificate.to_json())
    assert replace(again, method=certificate.method) == certificate
    assert again.to_json() == certificate.to_json()
    assert again.recheck(R, y)
