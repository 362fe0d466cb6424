"""Rates given by a minimum or an integral, as SymPy functions with certified values (whp S6, S8, S11)."""

from __future__ import annotations

from typing import Any

from flint import acb, arb
from sympy import Expr, Symbol, log

from ...calculus.evaluate import CertifiedFunction, enclose
from ...calculus.functions import PRECISION, convex_minimum
from ._sharp_forms import J_expr, entropy_expr, threshold_cost_expr

__all__ = ["example_failure", "sign_readout_exponent", "threshold_rate"]

_RHO, _T, _GAMMA = Symbol("rho"), Symbol("t"), Symbol("gamma")


class threshold_rate(CertifiedFunction):
    """I^q_t(γ) = min over t ≤ ρ ≤ ½ of c_t(ρ) + γ J(ρ) (whp S6).

    Examples
    --------
    >>> from sympy import Rational
    >>> from ...calculus.evaluate import number
    >>> round(number(threshold_rate(Rational(1, 32), 1)), 8)
    0.14816626
    """

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        t, gamma = (printer._print(a) for a in self.args)
        return rf"I^q_{{{t}}}\left({gamma}\right)"

    @staticmethod
    def in_balls(t: arb, gamma: arb) -> arb:
        return _threshold_rate(t, gamma)


class sign_readout_exponent(CertifiedFunction):
    """A_R(m, d) = min over ρ of −(d/2) log(1−ρ) + m (log 2 − H(ρ)), H the binary entropy (whp S8).

    Examples
    --------
    >>> from ...calculus.evaluate import number
    >>> round(number(sign_readout_exponent(64, 64)), 6)
    16.581047
    """

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        m, d = (printer._print(a) for a in self.args)
        return rf"A_R\left({m}, {d}\right)"

    @staticmethod
    def in_balls(m: arb, d: arb) -> arb:
        return _sign_readout(m, d)


class example_failure(CertifiedFunction):
    """P((g₁+g₂)/√2 > (η/2) κ(g₁/√2)), κ(z) = 1/(1+e^z): what S11's failure tends to as m and d grow."""

    nargs = 1

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return rf"q_\infty\left({printer._print(self.args[0])}\right)"

    @staticmethod
    def in_balls(eta: arb) -> arb:
        return _example_failure(eta)


def _at(expr: Expr, **values: arb) -> arb:
    return enclose(expr, values, PRECISION)


def _threshold_rate(t: arb, gamma: arb) -> arb:
    total = threshold_cost_expr(_RHO, _T) + _GAMMA * J_expr(_RHO)
    return convex_minimum(lambda rho: _at(total, rho=rho, t=t, gamma=gamma), t, arb(1) / 2)


def _sign_readout(m: arb, d: arb) -> arb:
    total = -Symbol("d") * log(1 - _RHO) / 2 + Symbol("m") * entropy_expr(_RHO)
    return convex_minimum(lambda rho: _at(total, rho=rho, m=m, d=d), arb(0), arb(1) / 2)


def _example_failure(eta: arb) -> arb:
    root = arb(2).sqrt()

    def integrand(g: acb, _analytic: bool) -> acb:
        kappa = 1 / (1 + (g / root).exp())
        above = (eta * kappa / root - g) / root
        return (-g * g / 2).exp() * above.erfc() / 2

    # Outside [-16, 16] the normal density leaves P(|g| > 16).
    inner = acb.integral(integrand, acb(-16), acb(16)).real / (2 * arb.pi()).sqrt()
    return inner + arb(0).union((16 / root).erfc())
