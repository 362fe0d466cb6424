"""The families of laws that are typed by name: `Normal(0, 1)`, `Binomial(n, p)`, ...; each call is a new variable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Float, Integer, Rational, Rel, latex, oo, sstr, sympify

from ..laws.beta_law import BetaLaw
from ..laws.binomial_law import BinomialLaw
from ..laws.cauchy_law import CauchyLaw
from ..laws.elementary import ChiSquareLaw, NormalLaw
from ..laws.fratio_law import FRatioLaw
from ..laws.frozen_law import FrozenLaw
from ..laws.gamma_law import ExponentialLaw, GammaLaw
from ..laws.geometric_law import GeometricLaw
from ..laws.hypergeometric_law import HypergeometricLaw
from ..laws.laplace_law import LaplaceLaw
from ..laws.negative_binomial_law import NegativeBinomialLaw
from ..laws.noncentral_law import NoncentralChiSquareLaw
from ..laws.poisson_law import PoissonLaw
from ..laws.sign_sum_law import SignSumLaw
from ..laws.student_law import StudentTLaw
from ..laws.uniform_law import UniformLaw
from .law_of import LawOf
from .parameters import Parameter, real, size
from .variables import Random, fresh

__all__ = [
    "ALIASES",
    "FAMILIES",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Cauchy",
    "ChiSquare",
    "Exponential",
    "FRatio",
    "Family",
    "Gamma",
    "Geometric",
    "Hypergeometric",
    "Laplace",
    "NegativeBinomial",
    "NoncentralChiSquare",
    "Normal",
    "Poisson",
    "Sign",
    "StudentT",
    "Uniform",
    "exact_expression",
    "from_scipy",
    "norm",
]

_DIGITS = 6


@dataclass(frozen=True)
class Family:
    """A family of laws.

    Attributes
    ----------
    name : str
    parameters : tuple of Parameter
        Names and domains, in the order in which they are typed.
    law : callable
        The law as a function of the cell, from the parameters' expressions.
    tex : str
        TeX of the law, with the parameters in braces: ``\\chi^2_{{{k}}}``.
    ordered : tuple of (str, str, bool)
        Pairs of parameters of which the first is at most the second, or less than it.
    """

    name: str
    parameters: tuple[Parameter, ...]
    law: Callable[..., LawOf]
    tex: str
    ordered: tuple[tuple[str, str, bool], ...] = ()

    def admitted(self, values: tuple[Any, ...]) -> tuple[Expr, ...]:
        """The parameters as expressions, each number among them inside its domain.

        Raises
        ------
        ValueError
            For a number outside.
        """
        found = tuple(
            exact_expression(value, f"{self.name}: {p.name}") for p, value in zip(self.parameters, values, strict=True)
        )
        for parameter, value in zip(self.parameters, found, strict=True):
            if value.is_Rational:
                inside = parameter.admits(Rational(value))
            else:
                below, above = value - parameter.low, parameter.high - value
                inside = not (below.is_negative or above.is_negative)
            if not inside:
                raise ValueError(f"{self.name}: {parameter.name} must be {parameter.domain}, found {value}")
        names = [p.name for p in self.parameters]
        for smaller, larger, strict in self.ordered:
            low, high = found[names.index(smaller)], found[names.index(larger)]
            if (low - high).is_positive or (strict and (low - high).is_zero):
                word = "below" if strict else "at most"
                raise ValueError(f"{self.name}: {smaller} must be {word} {larger}, found {low} and {high}")
        return found

    def conditions(self, values: tuple[Expr, ...]) -> Iterator[Any]:
        """Relations between the parameters without which the law does not exist, and which their domains do not imply.

        Examples
        --------
        >>> from .parameters import real, size
        >>> list(Binomial.conditions((size("n"), 2 * real("p", 0, 1)))), list(Poisson.conditions((real("t", 0),)))
        ([2*p <= 1], [])
        """
        for parameter, value in zip(self.parameters, values, strict=True):
            if value.is_number:
                continue
            closed = ("left", "right", "both") if parameter.is_size else (parameter.closed,)
            for end, side, sign in ((parameter.low, "left", 1), (parameter.high, "right", -1)):
                weak = side in closed or "both" in closed
                if end in (oo, -oo) or _beyond(value, end, sign, weak):
                    continue
                yield Rel(value, end, (">=" if weak else ">") if sign > 0 else ("<=" if weak else "<"))
        for smaller, larger, strict in self.ordered:
            names = [p.name for p in self.parameters]
            low, high = values[names.index(smaller)], values[names.index(larger)]
            gap = high - low
            if not (gap.is_positive or (gap.is_nonnegative and not strict)):
                yield Rel(low, high, "<" if strict else "<=")

    def __call__(self, *values: Any, name: str | None = None) -> Random:
        """A new variable of the family with these parameters."""
        if len(values) != len(self.parameters):
            needed = ", ".join(p.name for p in self.parameters) or "no parameters"
            raise TypeError(f"{self.name} needs {needed}, found {len(values)} parameters")
        given = self.admitted(values)
        text = f"{self.name}({', '.join(sstr(v) for v in given)})"
        tex = self.tex.format(**{p.name: latex(v) for p, v in zip(self.parameters, given, strict=True)})
        label = name or text
        return Random(label, name or tex, fresh(self.name, *given), law=self.law(*given))


def _beyond(value: Expr, end: Expr, sign: int, weak: bool) -> bool:
    """Whether an expression lies on the inner side of an end of a domain wherever its parameters are admitted."""
    distance = sign * (value - end)
    if distance.is_positive or (weak and distance.is_nonnegative):
        return True
    free = [s for s in value.free_symbols if isinstance(s, Parameter)]
    if len(free) != 1 or len(value.free_symbols) != 1 or not value.diff(free[0]).is_number:
        return False
    # A linear function of one parameter is extreme at the ends of its interval.
    (p,) = free
    reached = {"left": p.is_size or p.closed in ("left", "both"), "right": p.is_size or p.closed in ("right", "both")}
    for at, side in ((p.low, "left"), (p.high, "right")):
        there = distance.limit(p, at) if at in (oo, -oo) else distance.subs(p, at)
        if not (there.is_positive or there == oo or (there.is_zero and (weak or not reached[side]))):
            return False
    return True


def exact_expression(value: Any, what: str) -> Expr:
    """A number or an expression, with floats read as the short decimals they are typed as.

    Raises
    ------
    ValueError
        For a float of more than six significant digits, such as 1/3 computed in Python.

    Examples
    --------
    >>> exact_expression(0.55, "p")
    11/20
    """
    if isinstance(value, float):
        text = repr(value)
        if len(text.replace(".", "").replace("-", "").strip("0").split("e")[0]) > _DIGITS:
            raise ValueError(f"{what}: found the float {text}; write an exact number, such as Rational(1, 3)")
        return Rational(text)
    if isinstance(value, Fraction):
        return Rational(value.numerator, value.denominator)
    found = sympify(value)
    if found.atoms(Float):
        found = found.xreplace({f: exact_expression(float(f), what) for f in found.atoms(Float)})
    return found


def _whole(name: str, least: int = 1) -> Parameter:
    return size(name, least)


def _positive(name: str) -> Parameter:
    return real(name, 0, oo)


def _chance(name: str, closed: str = "both") -> Parameter:
    return real(name, 0, 1, closed)  # type: ignore[arg-type]


def _of(law: Any) -> Callable[..., LawOf]:
    return lambda *parameters: LawOf(law, *parameters)


def _family(
    name: str, parameters: tuple[Parameter, ...], law: Any, tex: str, ordered: tuple[tuple[str, str, bool], ...] = ()
) -> Family:
    return Family(name, parameters, law if not isinstance(law, type) else _of(law), tex, ordered)


_normal = _family(
    "Normal",
    (real("mean"), _positive("variance")),
    lambda mean, variance: LawOf(NormalLaw, variance, mean),
    r"\mathcal{{N}}({mean}, {variance})",
)


def Normal(mean: Any = 0, variance: Any = None, *, sd: Any = None, name: str | None = None) -> Random:
    """A normal variable by its mean and variance, or by its standard deviation as ``sd``.

    Examples
    --------
    >>> Normal(0, 4) == Normal(0, 4)
    False
    >>> Normal(0, sd=2)
    Normal(0, 4)
    """
    if variance is not None and sd is not None:
        raise TypeError("Normal: found a variance and sd; pass one of them")
    spread = 1 if variance is None else variance
    return _normal(mean, _squared(sd, "Normal: sd") if sd is not None else spread, name=name)


def _squared(sd: Any, what: str) -> Expr:
    """A variance from a standard deviation, which must be positive where it is a number."""
    found = exact_expression(sd, what)
    if found.is_nonpositive:
        raise ValueError(f"{what} must be positive, found {found}")
    return found**2


ChiSquare = _family("ChiSquare", (_whole("k"),), ChiSquareLaw, r"\chi^2_{{{k}}}")
Gamma = _family("Gamma", (_positive("shape"), _positive("scale")), GammaLaw, r"\Gamma({shape}, {scale})")
Exponential = _family("Exponential", (_positive("rate"),), ExponentialLaw, r"\mathrm{{Exp}}({rate})")
Beta = _family("Beta", (_positive("a"), _positive("b")), BetaLaw, r"\mathrm{{Beta}}({a}, {b})")
StudentT = _family("StudentT", (_positive("k"),), StudentTLaw, r"t_{{{k}}}")
FRatio = _family("FRatio", (_positive("a"), _positive("b")), FRatioLaw, r"F_{{{a}, {b}}}")
Laplace = _family("Laplace", (_positive("scale"),), LaplaceLaw, r"\mathrm{{Laplace}}({scale})")
Uniform = _family(
    "Uniform",
    (real("low"), real("high")),
    UniformLaw,
    r"\mathrm{{Unif}}({low}, {high})",
    (("low", "high", True),),
)
Cauchy = _family("Cauchy", (), CauchyLaw, r"\mathrm{{Cauchy}}")
NoncentralChiSquare = _family(
    "NoncentralChiSquare",
    (_whole("k"), real("noncentrality", 0, oo, "left")),
    NoncentralChiSquareLaw,
    r"\chi^2_{{{k}}}({noncentrality})",
)
Bernoulli = _family("Bernoulli", (_chance("p"),), lambda p: LawOf(BinomialLaw, Integer(1), p), r"\mathrm{{Ber}}({p})")
Sign = _family("Sign", (), lambda: LawOf(SignSumLaw, Integer(1)), r"\pm 1")
Binomial = _family("Binomial", (_whole("n", 0), _chance("p")), BinomialLaw, r"\mathrm{{Bin}}({n}, {p})")
Poisson = _family("Poisson", (real("mean", 0, oo, "left"),), PoissonLaw, r"\mathrm{{Poi}}({mean})")
Geometric = _family("Geometric", (_chance("p", "right"),), GeometricLaw, r"\mathrm{{Geo}}({p})")
NegativeBinomial = _family(
    "NegativeBinomial", (_positive("r"), _chance("p", "right")), NegativeBinomialLaw, r"\mathrm{{NB}}({r}, {p})"
)
Hypergeometric = _family(
    "Hypergeometric",
    (_whole("population", 0), _whole("marked", 0), _whole("drawn", 0)),
    HypergeometricLaw,
    r"\mathrm{{Hyp}}({population}, {marked}, {drawn})",
    (("marked", "population", False), ("drawn", "population", False)),
)

FAMILIES: dict[str, Family] = {
    f.name: f
    for f in (
        _normal,
        ChiSquare,
        Gamma,
        Exponential,
        Beta,
        StudentT,
        FRatio,
        Laplace,
        Uniform,
        Cauchy,
        NoncentralChiSquare,
        Bernoulli,
        Sign,
        Binomial,
        Poisson,
        Geometric,
        NegativeBinomial,
        Hypergeometric,
    )
}
"""The families by name."""

ALIASES = {"chi2": "ChiSquare", "binom": "Binomial", "poisson": "Poisson"}
"""Names of scipy's for families with the same parameters."""


def norm(loc: Any = 0, scale: Any = 1) -> Random:
    """A normal variable by mean and standard deviation, as scipy's."""
    return Normal(loc, _squared(scale, "norm: scale"))


def from_scipy(frozen: Any, *, name: str | None = None) -> Random:
    """A variable with a frozen distribution of scipy.stats: its law is known in floats only.

    Examples
    --------
    >>> from scipy.stats import gumbel_r
    >>> from_scipy(gumbel_r(0, 1))
    scipy.stats.gumbel_r 0 1
    """
    law = FrozenLaw(frozen)
    text = name or repr(law)
    tex = name or rf"\text{{{law.identity}}}"
    return Random(text, tex.replace("_", r"\_"), fresh("scipy", law), law=LawOf(FrozenLaw, frozen))
