"""Which law a construction has: families closed under sums, extremes of copies, functionals of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sympy import Abs, Add, Expr, Integer, Max, Min, Mul, Pow, Symbol, latex, simplify, sstr

from ..laws.binomial_law import BinomialLaw
from ..laws.cauchy_law import CauchyLaw
from ..laws.convolution import ProductLaw, QuotientLaw, SumLaw
from ..laws.elementary import AffineLaw, ChiSquareLaw, NormalLaw
from ..laws.gamma_law import ExponentialLaw, GammaLaw
from ..laws.geometric_law import GeometricLaw
from ..laws.image import AbsoluteLaw, SquareLaw
from ..laws.irwin_hall_law import IrwinHallLaw
from ..laws.kolmogorov import KolmogorovLaw, OneSidedKolmogorovLaw
from ..laws.largest_law import LargestLaw, SmallestLaw
from ..laws.lattice_sum_law import LatticeSumLaw
from ..laws.mixtures import ProductSumLaw
from ..laws.negative_binomial_law import NegativeBinomialLaw
from ..laws.noncentral_law import NoncentralChiSquareLaw
from ..laws.order_law import MaximumLaw, MinimumLaw, OrderLaw
from ..laws.poisson_law import PoissonLaw
from ..laws.protocol import ScalarLaw
from ..laws.quadratic_form import QuadraticFormLaw
from ..laws.sign_sum_law import SignSumLaw
from ..laws.singular import ConditionNumberLaw, LargestSingularLaw, SmallestSingularLaw
from ..laws.spacings import MaximumSpacingLaw, MinimumSpacingLaw, OrderedSpacingLaw
from ..laws.sphere import SphereCoordinateLaw
from ..laws.uniform_law import UniformLaw
from .law_of import LawOf
from .variables import Origin, Random, atoms_of, origins_of

__all__ = ["combined", "law_of", "law_of_copies", "law_of_functional"]

Law = Callable[..., ScalarLaw]


def law_of(expr: Expr) -> Law | None:
    """The law of an expression of random variables, where it is known; None elsewhere."""
    if isinstance(expr, Random):
        return expr.law
    variables = atoms_of(expr)
    if not variables:
        return None
    if len(variables) == 1:
        return _image(expr, next(iter(variables)))
    return _of_several(expr)


def _independent(parts: Sequence[Expr]) -> bool:
    """Whether no two parts are made of the same draw: each variable stands in one of them only."""
    made = [origins_of(part) for part in parts]
    return len(frozenset().union(*made)) == sum(map(len, made))


def combined(expr: Expr) -> Random:
    """An expression of several random variables as one of its own.

    Examples
    --------
    >>> from .families import Normal
    >>> combined(Normal(0, 1) + 2 * Normal(1, 1)).law({})
    NormalLaw(variance=5, mean=2)
    """
    return Random(sstr(expr), latex(expr), None, "expression", (expr,), law_of(expr))


def _split(expr: Expr, *, add: bool) -> tuple[Expr, Expr]:
    """What has no random variable in a sum (or product), and the rest."""
    known, rest = expr.as_independent(*atoms_of(expr), as_Add=add)
    return known, rest


def _image(expr: Expr, variable: Random) -> Law | None:
    """The law of a function of one random variable."""
    if expr == variable:
        return variable.law
    if variable.law is None:
        return None
    if isinstance(expr, Add):
        shift, rest = _split(expr, add=True)
        return _affine(_image(rest, variable), Integer(1), shift) if not rest.is_Add else None
    if isinstance(expr, Mul):
        scale, rest = _split(expr, add=False)
        return _affine(_image(rest, variable), scale, Integer(0)) if not rest.is_Mul else None
    if isinstance(expr, Abs):
        inner = _image(expr.args[0], variable)
        return None if inner is None else LawOf(AbsoluteLaw, inner)
    if isinstance(expr, Pow) and expr.exp == 2:
        inner = _image(expr.base, variable)
        normal = _parameters(inner, NormalLaw)
        if normal is not None and normal[1] == 0:
            return _affine(LawOf(ChiSquareLaw, Integer(1)), normal[0], Integer(0))
        return None if inner is None else LawOf(SquareLaw, inner)
    return None


def _affine(law: Law | None, scale: Expr, shift: Expr) -> Law | None:
    if law is None or (scale == 1 and shift == 0):
        return law
    if isinstance(law, LawOf) and law.law is AffineLaw:
        inner, first, second = law.parameters
        return LawOf(AffineLaw, inner, scale * first, scale * second + shift)
    normal = _parameters(law, NormalLaw)
    if normal is not None:
        return LawOf(NormalLaw, normal[0] * scale**2, normal[1] * scale + shift)
    return LawOf(AffineLaw, law, scale, shift)


def _parameters(law: Law | None, kind: Any) -> tuple[Expr, ...] | None:
    """The parameters of a law of one class."""
    return law.parameters if isinstance(law, LawOf) and law.law is kind else None


def law_of_copies(functional: str, inner: Expr, n: Expr, arguments: Sequence[Expr]) -> Law | None:
    """The law of the sum, the largest, the smallest or the k-th smallest of n independent copies."""
    base = law_of(inner)
    if base is None:
        return None
    if functional == "sum":
        return _sum_of_copies(base, n)
    if functional == "order":
        return LawOf(OrderLaw, base, n, arguments[0])
    return LawOf(MaximumLaw if functional == "max" else MinimumLaw, base, n)


def _sum_of_copies(base: Law, n: Expr) -> Law | None:
    if not isinstance(base, LawOf):
        return None
    kind, p = base.law, base.parameters
    if kind is AffineLaw:
        inner, scale, shift = p
        return _affine(_sum_of_copies(inner, n), scale, n * shift)
    closed: dict[Any, Callable[[], Law | None]] = {
        NormalLaw: lambda: LawOf(NormalLaw, n * p[0], n * p[1]),
        ChiSquareLaw: lambda: LawOf(ChiSquareLaw, n * p[0]),
        GammaLaw: lambda: LawOf(GammaLaw, n * p[0], p[1]),
        ExponentialLaw: lambda: LawOf(GammaLaw, n, 1 / p[0]),
        BinomialLaw: lambda: LawOf(BinomialLaw, n * p[0], p[1]),
        SignSumLaw: lambda: LawOf(SignSumLaw, n * p[0]),
        PoissonLaw: lambda: LawOf(PoissonLaw, n * p[0]),
        GeometricLaw: lambda: _affine(LawOf(NegativeBinomialLaw, n, p[0]), Integer(1), n),
        NegativeBinomialLaw: lambda: LawOf(NegativeBinomialLaw, n * p[0], p[1]),
        NoncentralChiSquareLaw: lambda: LawOf(NoncentralChiSquareLaw, n * p[0], n * p[1]),
        CauchyLaw: lambda: _affine(base, n, Integer(0)),
        UniformLaw: lambda: _affine(LawOf(IrwinHallLaw, n), p[1] - p[0], n * p[0]),
    }
    if kind in closed:
        return closed[kind]()
    return LawOf(LatticeSumLaw, base, n)


def _of_several(expr: Expr) -> Law | None:
    """The law of an expression of several independent random variables."""
    if isinstance(expr, Add):
        shift, rest = _split(expr, add=True)
        return _affine(_sum(Add.make_args(rest)), Integer(1), shift)
    if isinstance(expr, Mul):
        scale, rest = _split(expr, add=False)
        return _affine(_product(rest), scale, Integer(0))
    if isinstance(expr, Max | Min):
        return _extreme(expr)
    if isinstance(expr, Abs) and len(atoms_of(expr.args[0])) > 1:
        inner = law_of(expr.args[0])
        return None if inner is None else LawOf(AbsoluteLaw, inner)
    if isinstance(expr, Pow) and expr.exp == 2:
        inner = law_of(expr.base)
        return None if inner is None else _image_square(inner)
    return None


def _image_square(inner: Law) -> Law:
    normal = _parameters(inner, NormalLaw)
    if normal is not None and normal[1] == 0:
        square = _affine(LawOf(ChiSquareLaw, Integer(1)), normal[0], Integer(0))
        assert square is not None
        return square
    return LawOf(SquareLaw, inner)


def _extreme(expr: Expr) -> Law | None:
    if not _independent(expr.args):
        return None
    parts = [law_of(a) for a in expr.args]
    if any(p is None for p in parts):
        return None
    if all(p == parts[0] for p in parts):
        return LawOf(MaximumLaw if isinstance(expr, Max) else MinimumLaw, parts[0], Integer(len(parts)))
    return LawOf(_largest if isinstance(expr, Max) else _smallest, *parts)


def _largest(*laws: ScalarLaw) -> ScalarLaw:
    return LargestLaw(laws)


def _smallest(*laws: ScalarLaw) -> ScalarLaw:
    return SmallestLaw(laws)


def _sum(terms: Sequence[Expr]) -> Law | None:
    """The law of a sum of independent terms."""
    if not _independent(terms):
        return None
    laws: list[Law] = []
    for term in terms:
        found = law_of(term)
        if found is None:
            return None
        laws.append(found)
    for closed in (_normals, _gammas, _counts, _cauchys):
        total = closed(laws)
        if total is not None:
            return total
    if len(laws) > 2:
        return None
    return laws[0] if len(laws) == 1 else LawOf(SumLaw, *laws)


def _normals(laws: Sequence[Law]) -> Law | None:
    found = [_parameters(law, NormalLaw) for law in laws]
    if any(p is None for p in found):
        return None
    known = [p for p in found if p is not None]
    return LawOf(NormalLaw, Add(*[p[0] for p in known]), Add(*[p[1] for p in known]))


def _unscaled(law: Law) -> tuple[Law, Expr, Expr]:
    """A law as scale and shift of one that has neither."""
    affine = _parameters(law, AffineLaw)
    return (law, Integer(1), Integer(0)) if affine is None else (affine[0], affine[1], affine[2])


def _as_gamma(law: Law) -> tuple[Expr, Expr] | None:
    """Shape and scale of a law that is a gamma law."""
    if (p := _parameters(law, ChiSquareLaw)) is not None:
        return p[0] / 2, Integer(2)
    if (p := _parameters(law, GammaLaw)) is not None:
        return p[0], p[1]
    if (p := _parameters(law, ExponentialLaw)) is not None:
        return Integer(1), 1 / p[0]
    return None


def _gammas(laws: Sequence[Law]) -> Law | None:
    """Chi-square, gamma and exponential variables of one scale."""
    shape, shifts, scales = Integer(0), Integer(0), []
    for law in laws:
        inner, scale, shift = _unscaled(law)
        read = _as_gamma(inner)
        if read is None or not scale.is_positive:
            return None
        shape, shifts = shape + read[0], shifts + shift
        scales.append(scale * read[1])
    if any(simplify(s - scales[0]) != 0 for s in scales[1:]):
        return None
    if (2 * shape).is_integer:
        return _affine(LawOf(ChiSquareLaw, 2 * shape), scales[0] / 2, shifts)
    return _affine(LawOf(GammaLaw, shape, scales[0]), Integer(1), shifts)


def _counts(laws: Sequence[Law]) -> Law | None:
    """Poisson, binomial, negative binomial and sign sums that add up to one of their kind."""
    for kind, add, shared in (
        (PoissonLaw, 0, None),
        (BinomialLaw, 0, 1),
        (NegativeBinomialLaw, 0, 1),
        (SignSumLaw, 0, None),
    ):
        found = [_parameters(law, kind) for law in laws]
        known = [p for p in found if p is not None]
        if len(known) < len(found):
            continue
        if shared is not None and any(simplify(p[shared] - known[0][shared]) != 0 for p in known[1:]):
            return None
        total = Add(*[p[add] for p in known])
        return LawOf(kind, total) if shared is None else LawOf(kind, total, known[0][shared])
    return None


def _cauchys(laws: Sequence[Law]) -> Law | None:
    scales, shifts = Integer(0), Integer(0)
    for law in laws:
        inner, scale, shift = _unscaled(law)
        if _parameters(inner, CauchyLaw) is None:
            return None
        scales, shifts = scales + abs(scale), shifts + shift
    return _affine(LawOf(CauchyLaw), scales, shifts)


def _product(expr: Expr) -> Law | None:
    """The law of a product or a quotient of two independent terms."""
    above = [f for f in Mul.make_args(expr) if not (isinstance(f, Pow) and f.exp == -1)]
    below = [f.base for f in Mul.make_args(expr) if isinstance(f, Pow) and f.exp == -1]
    if not _independent([*above, *below]):
        return None
    laws = [law_of(f) for f in (*above, *below)]
    if len(laws) != 2 or any(law is None for law in laws) or not above:
        return None
    return LawOf(QuotientLaw if below else ProductLaw, *laws)


def law_of_functional(origin: Origin, functional: str, arguments: Sequence[Any]) -> Law | None:
    """The law of what is taken of a vector, a matrix or another array; None where none is known."""
    kind, p = origin.kind, origin.parameters
    if kind == "quadratic_form":
        return LawOf(_quadratic_form, *p)
    if kind == "gaussian_vector":
        if functional == "norm2":
            return LawOf(ChiSquareLaw, p[0])
        if functional == "coordinate":
            return LawOf(NormalLaw, Integer(1), Integer(0))
        return _inner_law(origin, arguments[0])
    if kind == "sphere":
        if functional == "coordinate":
            return LawOf(SphereCoordinateLaw, p[0])
        return _inner_law(origin, arguments[0])
    if kind == "rademacher":
        return LawOf(SignSumLaw, Integer(1)) if functional == "coordinate" else _inner_law(origin, arguments[0])
    if kind == "ecdf":
        upper = arguments[0] == Symbol("upper")
        return LawOf(OneSidedKolmogorovLaw if upper else KolmogorovLaw, p[0])
    if kind == "spacings":
        if functional == "order":
            return LawOf(OrderedSpacingLaw, p[0], arguments[0], *p[1:])
        return LawOf(MaximumSpacingLaw if functional == "max" else MinimumSpacingLaw, *p)
    if kind == "gaussian_matrix":
        if functional == "frobenius2":
            return LawOf(ChiSquareLaw, p[0] * p[1])
        known = {"smax": LargestSingularLaw, "smin": SmallestSingularLaw, "cond": ConditionNumberLaw}
        return LawOf(known[functional], *p) if functional in known else None
    if kind == "iid_matrix" and functional == "frobenius2":
        square = law_of(p[0] ** 2)
        return None if square is None else _sum_of_copies(square, p[1] * p[2])
    return None


def _quadratic_form(*eigenvalues: Any) -> ScalarLaw:
    return QuadraticFormLaw(tuple(eigenvalues))


def _inner_law(origin: Origin, other: Origin) -> Law | None:
    """The law of the inner product of two independent vectors."""
    kinds = {origin.kind, other.kind}
    length = origin.parameters[0]
    if kinds == {"gaussian_vector"}:
        return LawOf(ProductSumLaw, length)
    if kinds == {"rademacher"}:
        return LawOf(SignSumLaw, length)
    if kinds == {"gaussian_vector", "sphere"}:
        return LawOf(NormalLaw, Integer(1), Integer(0))
    if kinds == {"gaussian_vector", "rademacher"}:
        return LawOf(NormalLaw, length, Integer(0))
    if kinds == {"sphere"}:
        return LawOf(SphereCoordinateLaw, length)
    return None
