"""The referee of separability certificates: one file, Python integers only; NumPy does nothing but read the bytes.

Run it alone: ``python recheck.py CERT.json DATA.npz``. With rows r_i of X (a 1 appended where the certificate says
intercept) and labels, of two classes the first counts as y_i = -1 and the second as +1, it accepts

* separable: some v has y_i <v, r_i> > 0 for all i;
* quasi: some v has y_i <v, r_i> >= 0 for all i and > 0 for some; weights, positive where it is 0 and zero elsewhere,
  have sum_i L_i y_i r_i = 0, so that no v makes more of them positive;
* overlap: positive weights on all rows have sum_i L_i y_i r_i = 0, so that every v >= 0 everywhere is 0 everywhere;
* inseparable: not separable, and no more is claimed.

All but the first hold a minimal conflicting set: rows with positive weights whose combination vanishes and of which no
fewer conflict, since all but one are linearly independent (shown modulo a prime, where ranks can only fall). With K
classes y_i <v, r_i> is read as <v_{y_i} - v_k, r_i> for each rival k != y_i, and y_i r_i as (e_{y_i} - e_k) ⊗ r_i.

Every number is a pair [mantissa, exponent], a hexadecimal integer times a power of two; v is stored class by class,
weights sample by sample. All conditions ignore positive factors, so common powers of two are dropped.
"""

import hashlib
import json
import math
import re
import struct
import sys
import zipfile
import zlib
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any, NamedTuple

import numpy

FORMAT, VERSIONS = "whp-separability", (2,)
PROOFS = {
    "separable": {"witness"},
    "quasi": {"witness", "weights", "conflict"},
    "overlap": {"weights", "conflict"},
    "inseparable": {"conflict"},
}
HEAD = {"format", "version", "kind", "n", "d", "intercept", "classes", "data_sha256", "certificate_sha256"}
KEYS = HEAD | {"witness", "weights", "conflict"}
PRIMES = (2**61 - 1, 2**64 - 59, 2**31 - 1)
FURTHEST = 5000  # decimal exponents of numbers written as text


class Data(NamedTuple):
    n: int
    d: int
    rows: list[tuple[list[int], int, int]]  # row i is its integers times 2**exponent, divided by an odd factor
    labels: list[int]  # positions in classes
    classes: list[int] | list[str]  # [-1, 1] for signs, else the sorted distinct labels
    data_sha256: str


class Ruling(NamedTuple):
    accepted: bool
    reason: str


def array_of(values: Any, name: str) -> Any:
    """An array that holds every number as it is: mixed numbers stay apart, nothing is rounded to a common type."""
    if isinstance(values, numpy.ma.MaskedArray):
        raise ValueError(f"{name} is a masked array; fill in or drop what is masked")
    if hasattr(values, "to_numpy"):
        return values.to_numpy(dtype=object)
    if hasattr(values, "__array__"):
        return numpy.asarray(values)
    try:
        return numpy.asarray(values, dtype=object)
    except ValueError:
        raise ValueError(f"{name} is ragged; rows of one length are needed") from None


def ratio(value: Any, i: int, j: int) -> tuple[int, int]:
    """Numerator and positive denominator of the number stored in row i, column j."""
    if isinstance(value, numpy.bool_):
        return int(value), 1
    if not isinstance(value, float) and isinstance(value, Rational):
        return int(value.numerator), int(value.denominator)
    try:
        numerator, denominator = value.as_integer_ratio()
        return numerator, denominator
    except (ValueError, OverflowError):
        raise ValueError(f"R[{i}, {j}] is {value}, but R must be finite; a missing value has to be filled in") from None
    except (AttributeError, TypeError):
        pass
    if value is None or type(value).__name__ in ("NAType", "NaTType", "MaskedConstant"):
        raise ValueError(f"R[{i}, {j}] is missing, but R must be finite; fill it in or drop the row")
    raise TypeError(f"R[{i}, {j}] is {value!r}, but R must be a real array; pass numbers")


def dyadic(numerator: int, denominator: int) -> tuple[int, int, int]:
    """numerator / denominator = mantissa * 2**exponent / factor with odd mantissa and factor (0: 0, 0, 1)."""
    if not numerator:
        return 0, 0, 1
    up, down = (numerator & -numerator).bit_length() - 1, (denominator & -denominator).bit_length() - 1
    return numerator >> up, up - down, denominator >> down


def read_rows(R: Any) -> tuple[list[tuple[list[int], int, int]], int, str, bytes]:
    """Rows as integers, their number of columns, and what the digest says of them: a word and bytes.

    Numbers that float64 can hold are digested as float64 whatever their type, others as hexadecimal fractions.
    """
    table = array_of(R, "R")
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"R has shape {table.shape}, but n rows of d >= 1 numbers are needed; it may not be empty")
    kind = table.dtype.kind
    if kind not in "biufO":
        raise TypeError(f"R has dtype {table.dtype}, but a real array is needed")
    short = kind == "f" and table.dtype.itemsize <= 8
    short = short or kind == "b" or (kind in "iu" and table.min() >= -(2**53) and table.max() <= 2**53)
    if short:
        table = table.astype("<f8")
        table[table == 0] = 0  # one zero
    rows, fits, parts = [], True, []
    for i, line in enumerate(table.tolist()):
        pairs = [ratio(value, i, j) for j, value in enumerate(line)]
        common = math.lcm(*(denominator for _, denominator in pairs))
        down = (common & -common).bit_length() - 1
        rows.append(([numerator * (common // q) for numerator, q in pairs], -down, common >> down))
        if not short:
            parts.append([dyadic(*pair) for pair in pairs])
            fits = fits and all(
                f == 1 and m.bit_length() <= 53 and e >= -1074 and m.bit_length() + e <= 1024 for m, e, f in parts[-1]
            )
    if fits:
        flat = [] if short else [math.ldexp(m, e) for entries in parts for m, e, _ in entries]
        return rows, table.shape[1], "float64", table.tobytes() if short else struct.pack(f"<{len(flat)}d", *flat)
    text = ";".join(",".join(f"{m:x}p{e}/{f:x}" for m, e, f in entries) for entries in parts)
    return rows, table.shape[1], "exact", text.encode()


def read_labels(y: Any) -> tuple[list[int], list[int] | list[str]]:
    """Positions of the labels in the sorted classes, and the classes: [-1, 1] for signs."""
    array = array_of(y, "y")
    if array.ndim != 1:
        raise ValueError(f"y has shape {array.shape}; one label for each row is needed")
    labels = [plain_label(value, i) for i, value in enumerate(array.tolist())]
    if len({type(label) for label in labels}) > 1:
        raise TypeError("y mixes integers and strings; labels of one sort are needed")
    true = array.dtype.kind == "b" or any(isinstance(value, (bool, numpy.bool_)) for value in array.tolist())
    classes = sorted(set(labels)) if true or not set(labels) <= {-1, 1} else [-1, 1]
    if len(classes) == 1:
        raise ValueError(f"all labels are {classes[0]!r}; at least two classes are needed, or labels -1 and +1")
    position = {label: k for k, label in enumerate(classes)}
    return [position[label] for label in labels], classes


def plain_label(value: Any, i: int) -> Any:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (Integral, numpy.bool_)):
        return int(value)
    try:
        numerator, denominator = value.as_integer_ratio()
    except (ValueError, OverflowError, AttributeError, TypeError):
        denominator = None
    if denominator != 1:
        error = TypeError if denominator is None and not isinstance(value, float) and value is not None else ValueError
        raise error(f"y[{i}] is {value!r}; labels must be integers or strings: -1 and +1, or one per class")
    return int(numerator)


def read_data(R: Any, y: Any) -> Data:
    """The exact numbers of R (n, d) and the labels y (n,): nothing is computed in floating point."""
    rows, d, sort, raw = read_rows(R)
    labels, classes = read_labels(y)
    if len(labels) != len(rows):
        raise ValueError(f"R has {len(rows)} rows and y {len(labels)} labels, which do not fit")
    names = json.dumps([classes[k] for k in labels], separators=(",", ":"))
    head = f"{FORMAT} data: {len(rows)} x {d} {sort} rows, labels {names}\n"
    return Data(len(rows), d, rows, labels, classes, hashlib.sha256(head.encode() + raw).hexdigest())


def with_intercept(data: Data) -> Data:
    """The same data with a 1 appended to every row."""
    rows = [([*integers, factor << -exponent], exponent, factor) for integers, exponent, factor in data.rows]
    return data._replace(d=data.d + 1, rows=rows)


def fixed_point(pairs: list[tuple[int, int]]) -> list[int]:
    """The numbers mantissa * 2**exponent, all multiplied by the one power of two that makes them integers."""
    least = min((exponent for mantissa, exponent in pairs if mantissa), default=0)
    return [mantissa << (exponent - least) if mantissa else 0 for mantissa, exponent in pairs]


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


def sides(K: int) -> list[list[list[tuple[int, int]]]]:
    """For each class its conditions: signed blocks [(block, sign), ...] whose product with r_i a witness signs."""
    if K == 2:
        return [[[(0, -1)]], [[(0, 1)]]]
    return [[[(label, 1), (k, -1)] for k in range(K) if k != label] for label in range(K)]


def recheck(document: dict[str, Any], R: Any, y: Any) -> Ruling:
    """Accept or reject a parsed certificate for the data (R, y)."""
    data = read_data(R, y)
    if set(document) != KEYS or document["certificate_sha256"] != digest(document):
        return Ruling(False, "the certificate was altered: its content does not match its own SHA-256")
    if any(document[key] != getattr(data, key) for key in ("n", "d", "classes", "data_sha256")):
        return Ruling(False, "the certificate is for other data: shape, classes or SHA-256 differ")
    kind, intercept = document["kind"], document["intercept"]
    if not isinstance(kind, str) or kind not in PROOFS or type(intercept) is not bool:
        return Ruling(
            False, f"the certificate is malformed: kind is one of {', '.join(PROOFS)}, intercept true or false"
        )
    if intercept:
        data = with_intercept(data)
    blocks = 1 if len(data.classes) == 2 else len(data.classes)
    lengths = {"witness": data.d * blocks, "weights": data.n * max(1, blocks - 1), "conflict": None}
    for key, length in lengths.items():
        if (document[key] is not None) != (key in PROOFS[kind]):
            return Ruling(False, f"the certificate is malformed: {kind} needs {', '.join(sorted(PROOFS[kind]))}")
        if document[key] is not None and not well_formed(document[key], length):
            return Ruling(False, f"the certificate is malformed: {key} must be {length or 'some'} numbers")
    tight: set[int] = set(range(lengths["weights"] or 0))
    if "witness" in PROOFS[kind]:
        products = scores(data, blocks, fixed_point([(int(m, 16), e) for m, e in document["witness"]]))
        worst = min(range(len(products)), key=products.__getitem__)
        if products[worst] < 0 or (kind == "separable" and not products[worst]) or not any(products):
            return Ruling(False, f"the witness does not separate sample {worst // max(1, blocks - 1)}")
        tight = {k for k, product in enumerate(products) if not product}
    if "weights" in PROOFS[kind]:
        weights = {k: (int(m, 16), e) for k, (m, e) in enumerate(document["weights"]) if int(m, 16)}
        if set(weights) != tight or not tight or min(m for m, _ in weights.values()) < 0:
            return Ruling(False, "the weights are not positive just where the witness is not")
        if not vanishes(data, blocks, weights):
            return Ruling(False, "the combination does not vanish")
    if "conflict" in PROOFS[kind]:
        conflict = {k: (int(m, 16), e) for k, m, e in document["conflict"]}
        if len(conflict) != len(document["conflict"]) or not set(conflict) <= set(range(lengths["weights"] or 0)):
            return Ruling(False, "the conflicting set names a row twice, or one that does not exist")
        if min(m for m, _ in conflict.values()) <= 0 or not vanishes(data, blocks, conflict):
            return Ruling(False, "the conflicting rows do not cancel with positive weights")
        if not minimal(data, blocks, sorted(conflict)):
            return Ruling(False, "fewer of the conflicting rows conflict")
    return Ruling(True, f"{kind}: {REASONS[kind]}, {'with intercept' if intercept else 'through the origin'}")


REASONS = {
    "separable": "the witness separates every sample",
    "quasi": "the witness separates some samples and is 0 on the others, which cancel with positive weights",
    "overlap": "all samples cancel with positive weights",
    "inseparable": "some samples cancel with positive weights",
}


def well_formed(numbers: Any, length: int | None) -> bool:
    """Pairs [hexadecimal integer, exponent]; without a length, at least one, each with a position before it."""
    if not isinstance(numbers, list) or (len(numbers) != length if length else not numbers):
        return False
    for entry in numbers:
        types = [str, int] if length else [int, str, int]
        if not isinstance(entry, list) or [type(part) for part in entry] != types:
            return False
        if not re.fullmatch("-?0x[0-9a-f]+", entry[-2]) or abs(entry[-1]) > 2**20:
            return False
    return True


def scores(data: Data, blocks: int, values: list[int]) -> list[int]:
    """The product of every condition, up to a positive factor of its sample."""
    witness = [values[b * data.d : (b + 1) * data.d] for b in range(blocks)]
    found, conditions = [], sides(len(data.classes))
    for (row, _, _), label in zip(data.rows, data.labels, strict=True):
        each = [sum(v * r for v, r in zip(block, row, strict=True)) for block in witness]
        found += [sum(sign * each[block] for block, sign in side) for side in conditions[label]]
    return found


def vanishes(data: Data, blocks: int, weights: dict[int, tuple[int, int]]) -> bool:
    """Whether the combination of the conditions' rows is 0 in every block and column."""
    total = [[0] * data.d for _ in range(blocks)]
    each, conditions = max(1, blocks - 1), sides(len(data.classes))
    order = sorted(weights)
    scaled = fixed_point([(weights[k][0], weights[k][1] + data.rows[k // each][1]) for k in order])
    summed: dict[tuple[int, int], Any] = {}  # sample and block: what multiplies the row there
    for k, weight in zip(order, scaled, strict=True):
        i = k // each
        factor = data.rows[i][2]
        share = weight // factor if weight % factor == 0 else Fraction(weight, factor)
        for block, sign in conditions[data.labels[i]][k % each]:
            summed[i, block] = summed.get((i, block), 0) + sign * share
    for (i, block), share in summed.items():
        if share:
            total[block] = [t + share * r for t, r in zip(total[block], data.rows[i][0], strict=True)]
    return not any(any(block) for block in total)


def minimal(data: Data, blocks: int, conflict: list[int]) -> bool:
    """Whether the rows of a conflict, which are dependent, have rank one less than their number."""
    each, conditions, chosen = max(1, blocks - 1), sides(len(data.classes)), []
    for k in conflict:
        line = [0] * (blocks * data.d)
        for block, sign in conditions[data.labels[k // each]][k % each]:
            line[block * data.d : (block + 1) * data.d] = [sign * x for x in data.rows[k // each][0]]
        chosen.append(line)
    used = [j for j in range(blocks * data.d) if any(line[j] for line in chosen)]
    common = [math.gcd(*line) or 1 for line in chosen]
    chosen = [[line[j] // factor for j in used] for line, factor in zip(chosen, common, strict=True)]
    return any(rank(chosen, prime) == len(chosen) - 1 for prime in PRIMES)


def rank(rows: list[list[int]], prime: int) -> int:
    """Rank modulo a prime, never above the rank of the integers."""
    pivots: list[tuple[int, list[int]]] = []
    for row in rows:
        for column, pivot in pivots:
            if row[column] % prime:
                lead = row[column]
                row = [(x - lead * p) % prime for x, p in zip(row, pivot, strict=True)]
        column = next((j for j, x in enumerate(row) if x % prime), -1)
        if column >= 0:
            inverse = pow(row[column], -1, prime)
            pivots.append((column, [x * inverse % prime for x in row]))
    return len(pivots)


def exact_number(text: str) -> Fraction:
    """The number that a decimal or a fraction writes, such as "-1.5e3" or "1/3"; ValueError for any other text."""
    found = re.fullmatch(r"\s*[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)([eE]([+-]?\d+))?)\s*", text)
    if not found or (found[4] and (len(found[4]) > 6 or abs(int(found[4])) > FURTHEST)):
        raise ValueError(f"{text!r} is no number")
    return Fraction(text.strip())


def load(path: str) -> tuple[Any, Any]:
    """The arrays X (or R) and y of an .npz file, which must not contain pickles; an X of strings is read exactly."""
    try:
        with open(path, "rb") as stream, numpy.load(stream, allow_pickle=False) as archive:
            names = [name for name in ("X", "R") if name in archive]
            if len(names) != 1 or "y" not in archive:
                raise ValueError(f"it has {', '.join(sorted(archive.files)) or 'nothing'}")
            X, y = archive[names[0]], archive["y"]
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        why = " ".join(str(error).split())
        raise ValueError(f"{path} must be an .npz file of plain arrays X (n, d), or R, and y (n,): {why}") from None
    if X.dtype.kind == "U":
        X = numpy.asarray([[exact_number(text) for text in line] for line in X.tolist()], dtype=object)
    return X, y


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as stream:
        ruling = recheck(parse(stream.read()), *load(sys.argv[2]))
    print("accepted" if ruling.accepted else "rejected", "-", ruling.reason)
    sys.exit(not ruling.accepted)
