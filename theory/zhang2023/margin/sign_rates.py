"""Exponents of sign steps as SymPy functions with certified values (whp S17).

With h(u) = φ(u)/Φ(−u) and u/h(u) = ρ the rate of a negative sign margin given ρ is c_∞(ρ) = −log(2Φ(−u)) − u h(u)/2,
convex with c_∞' = h²/2. The sum of c_∞ and γJ is convex in ρ, so that a point and its tangent enclose the minimum.
"""

from __future__ import annotations

from typing import Any

from flint import acb, arb, fmpz
from sympy import Expr, Rational, Symbol, erfc, exp, log, pi, sqrt, sympify

from ...calculus.enclosure import workprec
from ...calculus.evaluate import CertifiedFunction, enclose
from ...calculus.exact import exact_integer
from ...calculus.functions import PRECISION, convex_minimum
from ._sharp_forms import J_expr
from ._sign_ball import expected_normal_below
from ._sign_floats import sign_minimiser

__all__ = [
    "agreement_rate",
    "expected_sign_tail",
    "hazard_expr",
    "share_exponent",
    "share_transform",
    "sign_cost_expr",
    "sign_noise_rate",
]

_RHO, _U, _GAMMA = Symbol("rho"), Symbol("u"), Symbol("gamma")
_HALF = Rational(1, 2)


def hazard_expr(u: Any) -> Expr:
    """h(u) = φ(u)/Φ(−u), with 2Φ(−u) = erfc(u/√2)."""
    u = sympify(u)
    return sqrt(2 / pi) * exp(-(u**2) / 2) / erfc(u / sqrt(2))


def sign_cost_expr(u: Any) -> Expr:
    """c_∞ = −log(2Φ(−u)) − u h(u)/2 as a function of u, where ρ = u/h(u)."""
    u = sympify(u)
    return -log(erfc(u / sqrt(2))) - u * hazard_expr(u) / 2


class sign_noise_rate(CertifiedFunction):
    """I_∞(γ) = min over ρ ≤ ½ of c_∞(ρ) + γJ(ρ), the exponent of a failure of the sign step (whp S17).

    Examples
    --------
    >>> from ...calculus.evaluate import number
    >>> round(number(sign_noise_rate(1)), 8)
    0.14188414
    """

    nargs = 1

    def _latex(self, printer: Any, exp: Any = None) -> str:
        body = rf"I_\infty\left({printer._print(self.args[0])}\right)"
        return body if exp is None else f"{body}^{{{exp}}}"

    @staticmethod
    def in_balls(gamma: arb) -> arb:
        return _sign_rate(gamma)


class agreement_rate(CertifiedFunction):
    """min over ρ ≤ ½ of −½ log(4q(1−q)) + γJ(ρ), q = 1 − arccos(√ρ)/π: the exponent with the witness sign(Wᵀa).

    Examples
    --------
    >>> from ...calculus.evaluate import number
    >>> round(1 / number(agreement_rate(1)), 3)
    9.819
    """

    nargs = 1

    def _latex(self, printer: Any, exp: Any = None) -> str:
        body = rf"I_\pm\left({printer._print(self.args[0])}\right)"
        return body if exp is None else f"{body}^{{{exp}}}"

    @staticmethod
    def in_balls(gamma: arb) -> arb:
        def value(rho: arb) -> arb:
            q = 1 - rho.sqrt().acos() / arb.pi()
            return enclose(_GAMMA * J_expr(_RHO), {"rho": rho, "gamma": gamma}, PRECISION) - (4 * q * (1 - q)).log() / 2

        return convex_minimum(value, arb(0), arb(1) / 2)


class share_exponent(CertifiedFunction):
    """min over ρ ≤ ½ of sρ + mJ(ρ), in (m, s): E e^{−sρ} is at most e to minus it (whp S17, transfer)."""

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        m, s = (printer._print(a) for a in self.args)
        return rf"\min_{{\rho \le 1/2}}\left[{s} \rho + {m} J(\rho)\right]"

    @staticmethod
    def in_balls(m: arb, s: arb) -> arb:
        total = Symbol("s") * _RHO + Symbol("m") * J_expr(_RHO)
        return convex_minimum(lambda rho: enclose(total, {"rho": rho, "s": s, "m": m}, PRECISION), arb(0), arb(1) / 2)


class share_transform(CertifiedFunction):
    """E e^{−sρ} in (m, s), ρ = P/S: Σ C(m,k) 2^{−m} ₁F₁(k/2, m/2, −s)."""

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        m, s = (printer._print(a) for a in self.args)
        return rf"\mathbb{{E}}_{{{m}}}\, e^{{-{s} \rho}}"

    @staticmethod
    def in_balls(m: arb, s: arb) -> arb:
        width = exact_integer(m, "m")
        total, weight = arb(0), arb(2) ** fmpz(-width)
        for k in range(width + 1):
            # At k = 0 no neuron is active and ρ = 0.
            total += weight * (acb(-s).hypgeom_1f1(acb(k) / 2, acb(width) / 2).real if k else arb(1))
            weight = weight * (width - k) / (k + 1)
        return total


class expected_sign_tail(CertifiedFunction):
    """2 E Φ(−√(ρ/(1−ρ)) ‖z‖₁/√d) for ρ ~ Beta(k/2, (m−k)/2), z ~ N(0, I_d), as a function of (m, d, k)."""

    nargs = 3

    def _latex(self, printer: Any, exp: Any = None) -> str:
        m, d, k = (printer._print(x) for x in self.args)
        body = (
            rf"2\,\mathbb{{E}}\, \Phi\left(-\sqrt{{\tfrac{{\rho}}{{1-\rho}}}} \tfrac{{\|z\|_1}}{{\sqrt{{{d}}}}}\right)"
        )
        return body + rf"\Big|_{{\rho \sim \mathrm{{Beta}}({k}/2,\, ({m}-{k})/2)}}"

    @staticmethod
    def in_balls(m: arb, d: arb, k: arb) -> arb:
        return 2 * expected_normal_below(exact_integer(m, "m"), exact_integer(d, "d"), exact_integer(k, "k"))


def _sign_rate(gamma: arb) -> arb:
    slope = hazard_expr(_U) ** 2 / 2 + _GAMMA * J_expr(_RHO).diff(_RHO)
    ratio = float(gamma)

    def slope_at(u: arb) -> tuple[arb, arb]:
        rho = u / enclose(hazard_expr(_U), {"u": u}, PRECISION)
        return rho, enclose(slope, {"u": u, "rho": rho, "gamma": gamma}, PRECISION)

    with workprec(PRECISION):
        start = arb(sign_minimiser(ratio))
        points = [start, start * (1 + arb(2) ** -30)]
        values = [slope_at(u)[1].mid() for u in points]
        for _ in range(5):
            # Secants: every step adds the digits of the two before it.
            if values[-1] == values[-2]:
                break
            move = values[-1] * (points[-1] - points[-2]) / (values[-1] - values[-2])
            points.append((points[-1] - move).mid())
            values.append(slope_at(points[-1])[1].mid())
        u = points[-1]
        rho, tangent = slope_at(u)
        value = enclose(sign_cost_expr(_U), {"u": u}, PRECISION)
        value += enclose(_GAMMA * J_expr(_RHO), {"rho": rho, "gamma": gamma}, PRECISION)
        # A convex function is at least its tangent on all of [0, ½].
        drop = (abs(tangent) * rho.max(arb(1) / 2 - rho)).upper()
        return (value - drop).union(value)
