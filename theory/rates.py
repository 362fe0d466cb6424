"""Rates given by a minimum or an integral, as SymPy functions with certified values (whp S6, S8, S11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import acb, arb
from sympy import Expr, Function, Symbol, betainc_regularized, log

from .enclosure import workprec
from .evaluate import enclose, register_function
from .sharp import J_expr, entropy_expr, threshold_cost_expr

__all__ = ["Phi", "example_failure", "sign_readout_exponent", "threshold_rate"]

_PREC = 256
_REACH = 45
_TRISECTIONS = 200
_RHO, _T, _GAMMA = Symbol("rho"), Symbol("t"), Symbol("gamma")


class Phi(Function):
    """The standard normal distribution function."""

    nargs = 1

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return rf"\Phi\left({printer._print(self.args[0])}\right)"


class threshold_rate(Function):
    """I^q_t(γ) = min over t ≤ ρ ≤ ½ of c_t(ρ) + γ J(ρ) (whp S6)."""

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        t, gamma = (printer._print(a) for a in self.args)
        return rf"I^q_{{{t}}}\left({gamma}\right)"


class sign_readout_exponent(Function):
    """A_R(m, d) = min over ρ of −(d/2) log(1−ρ) + m (log 2 − H(ρ)), H the binary entropy (whp S8)."""

    nargs = 2

    def _latex(self, printer: Any, exp: Any = None) -> str:
        m, d = (printer._print(a) for a in self.args)
        return rf"A_R\left({m}, {d}\right)"


class example_failure(Function):
    """P((g₁+g₂)/√2 > (η/2) κ(g₁/√2)), κ(z) = 1/(1+e^z): what S11's failure tends to as m and d grow."""

    nargs = 1

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return rf"q_\infty\left({printer._print(self.args[0])}\right)"


def convex_minimum(value: Callable[[arb], arb], low: arb, high: arb) -> arb:
    """Enclose the minimum of a convex function on [low, high], attained inside.

    Trisection proposes a point c; the chords through (c − r, c) and (c, c + r), falling and rising, bound a convex
    function from below on all of [low, high].
    """
    with workprec(_PREC):
        left, right = low.mid(), high.mid()
        for _ in range(_TRISECTIONS):
            third = (right - left) / 3
            first, second = (left + third).mid(), (right - third).mid()
            if value(first) < value(second):
                right = second
            else:
                left = first
        centre = ((left + right) / 2).mid()
        # Small against the interval and against the distance to its lower end, where curvature may be large.
        reach = ((high - low).mid() * arb(2) ** -_REACH).min((centre - low.mid()) / 2**10).mid()
        before, at, after = (value(x) for x in (centre - reach, centre, centre + reach))
        falling, rising = (at - before) / reach, (after - at) / reach
        if not (low < centre - reach and centre + reach < high and falling <= 0 and rising >= 0):
            raise ValueError(f"no minimum inside the interval was found: trisection stopped at {float(centre)}")
        drop = (reach * (falling.abs_upper() + rising.abs_upper())).upper()
        return (at - drop).union(at)


def _at(expr: Expr, **values: arb) -> arb:
    return enclose(expr, values, _PREC)


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


def _betainc(a: arb, b: arb, low: arb, high: arb) -> arb:
    return high.beta_lower(a, b, True) - (arb(0) if low == 0 else low.beta_lower(a, b, True))


register_function(Phi, lambda x: (-x / arb(2).sqrt()).erfc() / 2)
register_function(betainc_regularized, _betainc)
register_function(threshold_rate, _threshold_rate)
register_function(sign_readout_exponent, _sign_readout)
register_function(example_failure, _example_failure)
