"""Laws of random variables as trees of families, as `referee_tails` reads them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sympy import Expr, Integer, sstr

from ..language.heads import E, Var
from ..language.law_of import LawOf
from ..language.models import RV
from .identities_laws import prove_moment
from .wick import moment_value

__all__ = ["law_json", "moments_of", "names_of"]

Node = dict[str, Any]


def _affine(of: Any, scale: Any, shift: Any = 0) -> Node:
    return {"family": "affine", "of": of, "scale": scale, "shift": shift}


def _scale_mixture(m: Any, mixing: Any = None) -> Node:
    """A centred normal whose variance is a chi-square variable over m."""
    by = {"family": "chi-square", "dof": m} if mixing is None else mixing
    scale = {"family": "root", "of": _affine(by, 1 / m)}
    return {"family": "scaled", "by": scale, "of": {"family": "normal", "mean": 0, "variance": 1}}


def _dominated(base: Any) -> Node:
    """Given its scale it is no larger than the base with that scale."""
    tree = _tree(base)
    if tree["family"] != "scaled":
        raise NotImplementedError("a law dominated by one without a random scale")
    return {**tree, "family": "dominated"}


def _quadratic_form(*weights: Any) -> Node:
    """A sum of independent squares of standard normals with weights."""
    return {"family": "sum", "of": [_affine({"family": "chi-square", "dof": 1}, w) for w in weights]}


_READ: dict[str, Callable[..., Node]] = {
    "NormalLaw": lambda variance, mean=0: {"family": "normal", "mean": mean, "variance": variance},
    "ChiSquareLaw": lambda k: {"family": "chi-square", "dof": k},
    "GammaLaw": lambda shape, scale: {"family": "gamma", "shape": shape, "scale": scale},
    "ExponentialLaw": lambda rate: {"family": "exponential", "rate": rate},
    "PoissonLaw": lambda mean: {"family": "poisson", "mean": mean},
    "BinomialLaw": lambda n, p: {"family": "binomial", "n": n, "p": p},
    "SignSumLaw": lambda n: {"family": "signs", "n": n},
    "ProductSumLaw": lambda d: {"family": "normal products", "n": d},
    "UniformLaw": lambda low, high: {"family": "uniform", "low": low, "high": high},
    "SphereCoordinateLaw": lambda d: {"family": "sphere coordinate", "d": d},
    "FRatioLaw": lambda a, b: {"family": "squares' ratio", "a": a, "b": b},
    "AffineLaw": _affine,
    "NegatedLaw": lambda base: _affine(base, -1),
    "SignLaw": lambda base: {"family": "sign", "of": base},
    "AbsoluteLaw": lambda base: {"family": "absolute", "of": base},
    "SquareLaw": lambda base: {"family": "square", "of": base},
    "MaximumLaw": lambda base, n: {"family": "maximum", "of": base, "n": n},
    "MaximumSpacingLaw": lambda n: {"family": "largest", "of": {"family": "spacing", "n": n}, "n": n + 1},
    "ScaleMixtureLaw": _scale_mixture,
    "DominatedLaw": _dominated,
    "_quadratic_form": _quadratic_form,
}
"""Of the library's laws, by the name of the class; a law of a paper says it itself, by a function `described`."""


def law_json(rv: RV, given: tuple[str, ...] = ()) -> Node:
    """The law of a random variable as a tree with text at its leaves; of a paper's own variable also given others.

    Parameters
    ----------
    rv : RV
    given : tuple of str
        The names of the variables that are given, in order.

    Raises
    ------
    NotImplementedError
        For a law that is no tree of known families.

    Examples
    --------
    >>> from ..language.families import Gamma
    >>> law_json(Gamma(2, 3))
    {'family': 'gamma', 'shape': '2', 'scale': '3'}
    """
    law = rv.law
    if given:
        read = getattr(law.law, "described_given", None) if isinstance(law, LawOf) else None
        if read is None or getattr(law.law, "given_names", None) != given:  # type: ignore[union-attr]
            raise NotImplementedError("no law given other variables")
        return _written(read(*law.parameters))  # type: ignore[no-any-return, union-attr]
    found: Node = _written(_tree(law))
    return found


@lru_cache(maxsize=64)
def moments_of(rv: RV) -> Node | None:
    """The mean and the variance of an index sum with their proofs, and its law as a tree; None where none is known.

    Examples
    --------
    >>> from sympy import Integer
    >>> from ..calculus.forms import Form
    >>> from ..language.models import Model, Tensor
    >>> from ..language.parameters import size
    >>> from ..laws.moments import gaussian_moment
    >>> n = size("n")
    >>> vector = Model("vector", (n,), "", (Tensor("g", (n,), gaussian_moment(Integer(1)), variance=Integer(1)),))
    >>> found = moments_of(RV("norm", vector, "norm", Form.parse("g_i g_i")))
    >>> found["mean"], found["variance"], found["law"]["family"]
    ('n', '2*n', 'moments')
    """
    if rv.form is None or rv.form.free:
        return None
    try:
        mean, variance = moment_value(E(rv)), moment_value(Var(rv))
    except (ValueError, KeyError):
        return None
    proofs = [prove_moment(head(rv), value, rv.model) for head, value in ((E, mean), (Var, variance))]
    if proofs[0] is None or proofs[1] is None:
        return None
    about = {k: v for k, v in proofs[1]["claim"].items() if k not in ("kind", "left", "right")}
    sides = {"mean": proofs[0]["claim"]["right"], "variance": proofs[1]["claim"]["right"]}
    return {**sides, "moments": [p["proof"] for p in proofs if p], "law": {"family": "moments", "of": about}}


def _tree(law: Any) -> Node:
    if not isinstance(law, LawOf):
        own = getattr(law, "described", None)
        if own is None:
            raise NotImplementedError("a law that hides its parameters")
        return own()  # type: ignore[no-any-return]
    name = getattr(law.law, "__name__", "")
    read = getattr(law.law, "described", None) or _READ.get(name)
    if read is None:
        raise NotImplementedError(f"no tree of families for {name}")
    try:
        found: Node = read(*law.parameters)
    except TypeError:
        raise NotImplementedError(f"no tree of families for {law}") from None
    return found


def _written(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: v if k in ("family", "name", "norm") else _written(v) for k, v in part.items()}
    if isinstance(part, list):
        return [_written(inner) for inner in part]
    if isinstance(part, LawOf):
        return _written(_tree(part))
    if isinstance(part, RV):
        return {**law_json(part), "name": part.name}
    if not isinstance(part, Expr | int):
        raise NotImplementedError(f"no text for the parameter {part!r}")
    return sstr(Integer(part) if isinstance(part, int) else part)


def names_of(law: Any) -> set[str]:
    """The names of the variables in the tree of a law."""
    if isinstance(law, list):
        return {name for inner in law for name in names_of(inner)}
    if not isinstance(law, dict):
        return set()
    own = {str(law["name"])} if "name" in law else set()
    return own | {name for inner in law.values() for name in names_of(inner)}
