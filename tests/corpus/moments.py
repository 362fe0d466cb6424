"""Means, variances, kernels, matrices."""

from __future__ import annotations

from sympy import oo, pi
from whp.theory import Regime, real, size

from .entry import typed

__all__ = ["ENTRIES"]

n = size("n")
_PAIR = ("X = Normal(0, 1)", "Y = Normal(0, 1)")
_ANGLE = "E(Max(X, 0)*Max(cos(th)*X + sin(th)*Y, 0)) = (sin(th) + (pi - th)*cos(th))/({}*pi)"

ENTRIES = (
    typed(
        "pl01",
        True,
        "k in {1,2,...}",
        "E(gaussian_vector(k).norm)*E(gaussian_vector(k + 1).norm) = k",
        parameters=(size("k"),),
    ),
    typed(
        "pl05",
        False,
        "N in {1,2,...}; s in (0,inf)",
        "E(sqrt(s)*gaussian_vector(N).norm) = s*sqrt(2)*gamma((N + 1)/2)/gamma(N/2)",
        parameters=(size("N"), real("s", 0, oo)),
    ),
    typed(
        "pl06",
        False,
        "m,d in {1,2,...}; unit x",
        "E((sum(iid(Sign()*Max(gaussian_vector(d).coordinate(1), 0), m))/sqrt(m))**4) = 3/4",
        parameters=(size("m"), size("d")),
        reading="a unit x may be the first coordinate",
    ),
    typed(
        "pl14",
        True,
        "d in {1,2,...}; unit x,y; th in [0,pi]",
        _ANGLE.format(2),
        let=_PAIR,
        parameters=(real("th", 0, pi, "both"),),
        reading="w.x and w.y typed as two normal variables at the angle th",
    ),
    typed(
        "pl60",
        False,
        "d in {1,2,...}; unit x,y; th in [0,pi]",
        _ANGLE.format(1),
        let=_PAIR,
        parameters=(real("th", 0, pi, "both"),),
        reading="w.x and w.y typed as two normal variables at the angle th",
    ),
    typed(
        "pl15",
        True,
        "n in {1,2,...}; eps in [0,inf)",
        "P(gaussian_matrix(n, n).smin <= eps/sqrt(n)) <= eps",
        parameters=(n, real("eps", 0, oo, "left")),
        slow=True,
    ),
    typed("pl34", True, "n in {1,2,...}", "E(iid_matrix(Sign, n, n).det**2) = factorial(n)", parameters=(n,)),
    typed(
        "pl38",
        False,
        "m,n in {2,3,...}",
        "E(gaussian_matrix(m, n).cond) < n/(abs(n - m) + 1) + 2.258",
        parameters=(size("m", 2), size("n", 2)),
    ),
    typed(
        "pl48",
        False,
        "limit n -> infinity",
        "E(uniform_spacings(n, n).max) ~ 1/(n + 1)",
        parameters=(n,),
        regime=Regime(n),
    ),
    typed(
        "pl54",
        True,
        "n in {1,2,...}",
        "E(max(iid(Exponential(1), n))) = harmonic(n)",
        "Var(max(iid(Exponential(1), n))) < pi**2/6",
        parameters=(n,),
    ),
)
