"""The referee of separability certificates: one file, Python integers only; NumPy does nothing but read the bytes.

Run it alone: ``python recheck.py CERT.json DATA.npz``. With rows r_i of R and labels y_i,

* separable: some v has y_i <v, r_i> > 0 for all i; with K classes, <v_{y_i}, r_i> > <v_k, r_i> for all k != y_i;
* inseparable: some L >= 0, L != 0 has sum_i L_i y_i r_i = 0; with K classes, sum L_ik (e_{y_i} - e_k) ⊗ r_i = 0
  over k != y_i (then no v exists: the sum of L_i y_i <v, r_i> would be both positive and zero).

Every number is a pair [mantissa, exponent], a hexadecimal integer times a power of two; v is stored class by class,
L sample by sample. Both conditions ignore positive factors, so common powers of two are dropped.
"""

import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy

FORMAT, VERSIONS = "whp-separability", (1,)
KEYS = {"format", "version", "kind", "n", "d", "classes", "data_sha256", "numbers", "certificate_sha256"}


class Data(NamedTuple):
    n: int
    d: int
    raw: bytes  # n * d little-endian float64, row by row
    labels: list[int]
    classes: list[int]  # [-1, 1] for signs, else the sorted distinct labels
    data_sha256: str


class Ruling(NamedTuple):
    accepted: bool
    reason: str


def read_data(R: Any, y: Any) -> Data:
    """Take the bytes of R (n, d) and y (n,): nothing is computed in floating point."""
    R, y = numpy.asarray(R), numpy.asarray(y)
    if R.ndim != 2 or y.shape != R.shape[:1] or R.size == 0:
        raise ValueError(f"R {R.shape} and y {y.shape} do not fit; R (n, d) and y (n,) with n, d >= 1 are needed")
    if R.dtype.kind not in "biuf" or R.dtype.itemsize > 8 or y.dtype.kind not in "biuf":
        raise TypeError(f"R has dtype {R.dtype} and y {y.dtype}; float64 rows and integer labels are needed")
    (n, d), raw, values = R.shape, R.astype("<f8").tobytes(), y.tolist()
    if any(isinstance(v, float) and not v.is_integer() for v in values):
        raise ValueError("labels must be integers: -1 and +1, or one integer per class")
    labels = [int(v) for v in values]
    classes = [-1, 1] if set(labels) <= {-1, 1} else sorted(set(labels))
    if len(classes) < 2:
        raise ValueError(f"all labels are {classes[0]}; at least two classes are needed, or labels -1 and +1")
    head = f"{FORMAT} data: {n} x {d} float64 rows, labels {','.join(map(str, labels))}\n"
    return Data(n, d, raw, labels, classes, hashlib.sha256(head.encode() + raw).hexdigest())


def fixed_point(pairs: list[tuple[int, int]]) -> list[int]:
    """The numbers mantissa * 2**exponent, all multiplied by the one power of two that makes them integers."""
    least = min((exponent for mantissa, exponent in pairs if mantissa), default=0)
    return [mantissa << (exponent - least) if mantissa else 0 for mantissa, exponent in pairs]


def rows_of(data: Data) -> list[list[int]]:
    """The float64 rows as integers times one common power of two, from their bits (IEEE 754)."""
    pairs = []
    for bits in struct.unpack(f"<{data.n * data.d}Q", data.raw):
        exponent, fraction = bits >> 52 & 0x7FF, bits & (1 << 52) - 1
        if exponent == 0x7FF:
            raise ValueError("R has an infinite or undefined entry; finite numbers are needed")
        mantissa = fraction | (1 << 52) if exponent else fraction
        pairs.append((-mantissa if bits >> 63 else mantissa, max(exponent, 1) - 1075))
    flat = fixed_point(pairs)
    return [flat[i : i + data.d] for i in range(0, len(flat), data.d)]


def digest(document: dict[str, Any]) -> str:
    """SHA-256 of everything in the certificate but the digest itself."""
    content = {key: value for key, value in document.items() if key != "certificate_sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def parse(text: str) -> dict[str, Any]:
    """Read a certificate; refuse what is not one and versions this referee does not know."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the certificate is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f'this is not a certificate: it needs "format": "{FORMAT}"')
    version = document.get("version")
    if type(version) is not int or version not in VERSIONS:
        raise ValueError(f"certificate version {version!r} is unknown; known: {', '.join(map(str, VERSIONS))}")
    return document


def constraints(data: Data) -> Iterator[list[list[tuple[int, int]]]]:
    """For each sample the signed blocks [(block, sign), ...] whose product with r_i a witness makes positive."""
    for label in data.labels:
        own = data.classes.index(label)
        rivals = [k for k in range(len(data.classes)) if k != own]
        yield [[(0, label)]] if data.classes == [-1, 1] else [[(own, 1), (k, -1)] for k in rivals]


def recheck(document: dict[str, Any], R: Any, y: Any) -> Ruling:
    """Accept or reject a parsed certificate for the data (R, y)."""
    data = read_data(R, y)
    if set(document) != KEYS or document["certificate_sha256"] != digest(document):
        return Ruling(False, "the certificate was altered: its content does not match its own SHA-256")
    if any(document[key] != getattr(data, key) for key in ("n", "d", "classes", "data_sha256")):
        return Ruling(False, "the certificate is for other data: shape, classes or SHA-256 differ")
    blocks = 1 if data.classes == [-1, 1] else len(data.classes)
    kind, numbers = document["kind"], document["numbers"]
    length = data.d * blocks if kind == "separable" else data.n * max(1, blocks - 1)
    if kind not in ("separable", "inseparable") or not well_formed(numbers, length):
        return Ruling(False, f"the certificate is malformed: {length} pairs [hexadecimal integer, exponent] are needed")
    values = fixed_point([(int(mantissa, 16), exponent) for mantissa, exponent in numbers])
    return (check_separable if kind == "separable" else check_inseparable)(data, blocks, values)


def well_formed(numbers: Any, length: int) -> bool:
    if not isinstance(numbers, list) or len(numbers) != length:
        return False
    for pair in numbers:
        if not isinstance(pair, list) or [type(part) for part in pair] != [str, int]:
            return False
        if not re.fullmatch("-?0x[0-9a-f]+", pair[0]) or abs(pair[1]) > 2**20:
            return False
    return True


def check_separable(data: Data, blocks: int, values: list[int]) -> Ruling:
    witness = [values[b * data.d : (b + 1) * data.d] for b in range(blocks)]
    for i, (row, sides) in enumerate(zip(rows_of(data), constraints(data), strict=True)):
        scores = [sum(v * r for v, r in zip(block, row, strict=True)) for block in witness]
        if any(sum(sign * scores[block] for block, sign in side) <= 0 for side in sides):
            return Ruling(False, f"the witness does not separate sample {i}")
    return Ruling(True, "separable: the witness separates every sample")


def check_inseparable(data: Data, blocks: int, values: list[int]) -> Ruling:
    if min(values) < 0 or max(values) == 0:
        return Ruling(False, "the combination is not nonnegative and nonzero")
    total, weights = [[0] * data.d for _ in range(blocks)], iter(values)
    for row, sides in zip(rows_of(data), constraints(data), strict=True):
        for side, weight in zip(sides, weights, strict=False):
            for block, sign in side if weight else []:
                total[block] = [t + sign * weight * r for t, r in zip(total[block], row, strict=True)]
    if any(any(block) for block in total):
        return Ruling(False, "the combination does not vanish")
    return Ruling(True, "inseparable: a nonnegative nonzero combination vanishes")


def load(path: str) -> tuple[Any, Any]:
    """The arrays R and y of an .npz file, which must not contain pickles."""
    try:
        with open(path, "rb") as stream, numpy.load(stream, allow_pickle=False) as archive:
            return archive["R"], archive["y"]
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        why = " ".join(str(error).split())
        raise ValueError(f"{path} must be an .npz file of plain arrays R (n, d) and y (n,): {why}") from None


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as stream:
        ruling = recheck(parse(stream.read()), *load(sys.argv[2]))
    print("accepted" if ruling.accepted else "rejected", "-", ruling.reason)
    sys.exit(not ruling.accepted)
