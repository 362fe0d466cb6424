"""Arrays of random variables and what is taken of them: copies, vectors, matrices, empirical distributions, spacings.

A functional follows a dot: ``iid(X, n).max``, ``gaussian_vector(d).norm``, ``gaussian_matrix(m, d).smax``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

from sympy import Expr, Integer, Symbol, latex, sqrt, sstr

from .closure import law_of_copies, law_of_functional
from .families import FAMILIES, Family, exact_expression
from .variables import Origin, Random, atoms_of, fresh

__all__ = [
    "ARRAYS",
    "FUNCTIONALS",
    "Array",
    "Copies",
    "ecdf",
    "gaussian_matrix",
    "gaussian_vector",
    "iid",
    "iid_matrix",
    "quadratic_form",
    "rademacher",
    "sphere",
    "uniform_spacings",
]


class Array:
    """Something drawn once of which functionals are taken.

    Attributes
    ----------
    origin : Origin
    functionals : tuple of str
        What may follow a dot.
    """

    functionals: ClassVar[tuple[str, ...]] = ()

    def __init__(self, origin: Origin, text: str, tex: str) -> None:
        self.origin, self._text, self._tex = origin, text, tex

    def __repr__(self) -> str:
        return self._text

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self._text} has no elements to go through; take {', '.join(self.functionals)} of it")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("origin",):
            raise AttributeError(name)
        raise AttributeError(f"{self._text} has no {name!r}; it has {', '.join(self.functionals)}")

    def _taken(self, functional: str, tex: str, *arguments: Any) -> Random:
        inside = "".join(f", {a}" for a in arguments)
        name = f"{functional}({self._text}{inside})"
        law = law_of_functional(self.origin, functional, arguments)
        return Random(name, tex, self.origin, functional, arguments, law)


class Copies(Array):
    """Independent copies of a random variable; made by `iid`."""

    functionals = ("sum", "mean", "max", "min", "order")

    def __init__(self, origin: Origin, inner: Expr, size: Expr) -> None:
        scale, rest, shift = _linear(inner)
        known = scale.is_positive or scale.is_negative
        # What is copied is the variable without its scale and shift, whatever is taken of the copies.
        self._scale, self._inner, self._shift = (scale, rest, shift) if known else (Integer(1), inner, Integer(0))
        self._size = size
        text = f"iid({sstr(inner)}, {sstr(size)})"
        super().__init__(Origin(origin.kind, (self._inner, size), origin.index), text, text)

    @property
    def sum(self) -> Expr:
        """Their sum."""
        return self._scale * self._copied("sum") + self._shift * self._size

    @property
    def mean(self) -> Expr:
        """Their mean."""
        return self._scale * self._copied("sum") / self._size + self._shift

    @property
    def max(self) -> Expr:
        """The largest."""
        return self._scale * self._copied("max" if self._scale.is_positive else "min") + self._shift

    @property
    def min(self) -> Expr:
        """The smallest."""
        return self._scale * self._copied("min" if self._scale.is_positive else "max") + self._shift

    def order(self, k: Any) -> Expr:
        """The k-th smallest."""
        place = exact_expression(k, "order: k")
        return self._scale * self._copied("order", place if self._scale.is_positive else self._size + 1 - place) + (
            self._shift
        )

    def _copied(self, functional: str, *arguments: Expr) -> Random:
        inside = "".join(f", {sstr(a)}" for a in arguments)
        name = f"{functional}(iid({sstr(self._inner)}, {sstr(self._size)}){inside})"
        law = law_of_copies(functional, self._inner, self._size, arguments)
        tex = _copies_tex(functional, self._inner, self._size, arguments)
        return Random(name, tex, self.origin, functional, arguments, law)


_SIGN_TEX = {"sum": r"\sum", "max": r"\max", "min": r"\min"}


def _copies_tex(functional: str, inner: Expr, size: Expr, arguments: tuple[Expr, ...]) -> str:
    i = Symbol("i")
    at = {v: v.changed(tex=rf"\left({v.tex}\right)_{{{i}}}") for v in atoms_of(inner)}
    body = latex(inner.xreplace(at))
    if functional == "order":
        return rf"\left({latex(inner)}\right)_{{({latex(arguments[0])}:{latex(size)})}}"
    return rf"{_SIGN_TEX[functional]}_{{i \le {latex(size)}}} {body}"


def _linear(inner: Expr) -> tuple[Expr, Expr, Expr]:
    """scale, rest, shift with ``inner = scale rest + shift`` and neither of a random variable."""
    shift, rest = inner.as_independent(*atoms_of(inner), as_Add=True)
    if rest.is_Add:
        return Integer(1), rest, shift
    scale, rest = rest.as_independent(*atoms_of(inner), as_Add=False)
    return scale, rest, shift


def iid(variable: Any, n: Any) -> Copies:
    """n fresh independent copies of a random variable.

    Parameters
    ----------
    variable : expression of random variables
    n : size or integer

    Examples
    --------
    >>> from .families import Normal
    >>> from .parameters import size
    >>> iid(Normal(0, 1), size("n")).max
    max(iid(Normal(0, 1), n))
    """
    if isinstance(variable, Family):
        variable = variable()
    inner = exact_expression(variable, "iid: variable")
    if not atoms_of(inner):
        raise ValueError(f"iid copies a random variable, found {inner}; write one such as Normal(0, 1)")
    count = _count(n, "iid: n")
    return Copies(fresh("iid", inner, count), inner, count)


def _count(value: Any, what: str, least: int = 1) -> Expr:
    found = exact_expression(value, what)
    if found.is_integer is False or (found.is_Integer and found < least):
        raise ValueError(f"{what} must be an integer from {least}, found {found}")
    return found


class GaussianVector(Array):
    """Independent standard normal coordinates."""

    functionals = ("norm", "inner", "coordinate")

    @property
    def norm(self) -> Expr:
        """The Euclidean norm."""
        return sqrt(self._taken("norm2", rf"\|{self._tex}\|^2"))

    def inner(self, other: Any) -> Expr:
        """The inner product with an independent vector of the same length."""
        return _inner(self, other)

    def coordinate(self, i: Any = 1) -> Expr:
        """One coordinate."""
        length = self.origin.parameters[0]
        if (length - exact_expression(i, "coordinate: i")).is_negative:
            raise ValueError(f"coordinate: i must be at most the length {length}, found {i}")
        return self._taken("coordinate", rf"{self._tex}_{{{i}}}", _count(i, "coordinate: i"))


class Sphere(GaussianVector):
    """A uniform point of the unit sphere."""

    functionals = ("norm", "inner", "coordinate")

    @property
    def norm(self) -> Expr:
        """The Euclidean norm, which is 1."""
        return Integer(1)


class Rademacher(GaussianVector):
    """Independent fair signs."""

    functionals = ("norm", "inner", "coordinate")

    @property
    def norm(self) -> Expr:
        """The Euclidean norm, which is √d."""
        return sqrt(self.origin.parameters[0])


def _inner(first: GaussianVector, other: Any) -> Expr:
    if not isinstance(other, GaussianVector):
        raise ValueError(f"inner needs another vector such as gaussian_vector(d), found {other}")
    if other.origin.parameters != first.origin.parameters:
        lengths = [sstr(v.origin.parameters[0]) for v in (first, other)]
        raise ValueError(f"inner needs two vectors of one length, found {lengths[0]} and {lengths[1]}")
    if other.origin == first.origin:
        return first.norm**2
    return first._taken("inner", rf"\langle {first._tex}, {other._tex} \rangle", other.origin)


def gaussian_vector(d: Any) -> GaussianVector:
    """A vector of d independent standard normal coordinates: ``.norm``, ``.inner(other)``, ``.coordinate(i)``.

    Examples
    --------
    >>> from .parameters import size
    >>> gaussian_vector(size("d")).norm
    sqrt(norm2(gaussian_vector(d)))
    """
    length = _count(d, "gaussian_vector: d")
    return GaussianVector(fresh("gaussian_vector", length), f"gaussian_vector({sstr(length)})", "g")


def sphere(d: Any) -> Sphere:
    """A uniform point of the unit sphere of R^d: ``.inner(other)``, ``.coordinate(i)``."""
    length = _count(d, "sphere: d")
    return Sphere(fresh("sphere", length), f"sphere({sstr(length)})", "u")


def rademacher(d: Any) -> Rademacher:
    """A vector of d independent fair signs: ``.inner(other)``, ``.coordinate(i)``."""
    length = _count(d, "rademacher: d")
    return Rademacher(fresh("rademacher", length), f"rademacher({sstr(length)})", r"\varepsilon")


class Matrix(Array):
    """A matrix of independent entries of one law."""

    functionals = ("smax", "smin", "opnorm", "frobenius", "det", "cond")

    @property
    def smax(self) -> Expr:
        """The largest singular value."""
        return self._taken("smax", rf"\sigma_{{\max}}({self._tex})")

    @property
    def opnorm(self) -> Expr:
        """The operator norm: the largest singular value."""
        return self.smax

    @property
    def smin(self) -> Expr:
        """The smallest of the min(m, d) singular values."""
        return self._taken("smin", rf"\sigma_{{\min}}({self._tex})")

    @property
    def frobenius(self) -> Expr:
        """The Frobenius norm."""
        return sqrt(self._taken("frobenius2", rf"\|{self._tex}\|_F^2"))

    @property
    def det(self) -> Expr:
        """The determinant of a square matrix."""
        rows, columns = self.origin.parameters[-2:]
        if rows != columns:
            raise ValueError(f"det needs a square matrix, found {sstr(rows)} x {sstr(columns)}")
        return self._taken("det", rf"\det({self._tex})")

    @property
    def cond(self) -> Expr:
        """The condition number smax/smin."""
        return self._taken("cond", rf"\kappa({self._tex})")


def gaussian_matrix(m: Any, d: Any) -> Matrix:
    """An m x d matrix of independent standard normal entries: ``.smax .smin .opnorm .frobenius .det .cond``."""
    rows, columns = _count(m, "gaussian_matrix: m"), _count(d, "gaussian_matrix: d")
    origin = fresh("gaussian_matrix", rows, columns)
    return Matrix(origin, f"gaussian_matrix({sstr(rows)}, {sstr(columns)})", "G")


def iid_matrix(law: Any, m: Any, d: Any) -> Matrix:
    """An m x d matrix of independent copies of a random variable, as `gaussian_matrix`."""
    variable = law() if isinstance(law, Family) else law
    inner = exact_expression(variable, "iid_matrix: law")
    if not atoms_of(inner):
        raise ValueError(f"iid_matrix copies a random variable, found {inner}; write one such as Sign()")
    rows, columns = _count(m, "iid_matrix: m"), _count(d, "iid_matrix: d")
    origin = fresh("iid_matrix", inner, rows, columns)
    return Matrix(origin, f"iid_matrix({sstr(inner)}, {sstr(rows)}, {sstr(columns)})", "A")


class Ecdf(Array):
    """The empirical distribution function of n uniform variables."""

    functionals = ("sup",)

    def sup(self, side: Any = "two-sided") -> Expr:
        """sup |F_n − F| ("two-sided"), or sup (F_n − F) ("upper")."""
        word = str(side)
        if word not in ("two-sided", "upper"):
            raise ValueError(f"sup is 'two-sided' or 'upper', found {side!r}")
        tex = r"\sup_x |F_n(x) - F(x)|" if word == "two-sided" else r"\sup_x (F_n(x) - F(x))"
        return self._taken("sup", tex, Symbol(word))


def ecdf(n: Any) -> Ecdf:
    """The empirical distribution function F_n of n variables with a continuous one F: ``.sup("two-sided" | "upper")``.

    Examples
    --------
    >>> ecdf(5).sup("upper")
    sup(ecdf(5), upper)
    """
    count = _count(n, "ecdf: n")
    return Ecdf(fresh("ecdf", count), f"ecdf({sstr(count)})", "F_n")


class Spacings(Array):
    """The n + 1 gaps that n uniform points leave on [0, 1]."""

    functionals = ("max", "min", "order")

    @property
    def max(self) -> Expr:
        """The largest gap."""
        return self._taken("max", r"\max_j D_j")

    @property
    def min(self) -> Expr:
        """The smallest gap."""
        return self._taken("min", r"\min_j D_j")

    def order(self, k: Any) -> Expr:
        """The k-th smallest gap."""
        return self._taken("order", rf"D_{{({k})}}", exact_expression(k, "order: k"))


def uniform_spacings(n: Any, first: Any = None) -> Spacings:
    """The n + 1 gaps between 0, n ordered uniform points and 1, or the `first` ones: ``.max``, ``.min``, ``.order(k)``.

    Examples
    --------
    >>> uniform_spacings(5).max, uniform_spacings(5, 5).max
    (max(uniform_spacings(5)), max(uniform_spacings(5, 5)))
    """
    count = _count(n, "uniform_spacings: n")
    given = (count,) if first is None else (count, _count(first, "uniform_spacings: first"))
    return Spacings(fresh("spacings", *given), f"uniform_spacings({', '.join(map(sstr, given))})", "D")


def quadratic_form(*eigenvalues: Any) -> Random:
    """Σ λ_i Z_i² for independent standard normal Z_i and exact numbers λ_i.

    Examples
    --------
    >>> quadratic_form(1, 2)
    quadratic_form(1, 2)
    """
    given = eigenvalues[0] if len(eigenvalues) == 1 and isinstance(eigenvalues[0], list | tuple) else eigenvalues
    values = tuple(exact_expression(v, "quadratic_form: eigenvalue") for v in given)
    if not values or not all(v.is_Rational for v in values):
        raise ValueError(f"quadratic_form needs exact numbers, found {', '.join(map(str, values)) or 'none'}")
    origin = fresh("quadratic_form", *values)
    text = f"quadratic_form({', '.join(map(sstr, values))})"
    terms = " + ".join(rf"{latex(v)} Z_{{{i}}}^2" for i, v in enumerate(values, 1))
    return Random(text, terms, origin, law=law_of_functional(origin, "", ()))


ARRAYS: dict[str, Callable[..., Array]] = {
    "gaussian_vector": gaussian_vector,
    "sphere": sphere,
    "rademacher": rademacher,
    "gaussian_matrix": gaussian_matrix,
    "iid_matrix": iid_matrix,
    "ecdf": ecdf,
    "uniform_spacings": uniform_spacings,
    "iid": iid,
}
"""What makes an array, by name."""

FUNCTIONALS = tuple(
    dict.fromkeys(name for kind in (Copies, GaussianVector, Matrix, Ecdf, Spacings) for name in kind.functionals)
)
"""What may be taken of an array."""

assert set(FAMILIES).isdisjoint(ARRAYS)
