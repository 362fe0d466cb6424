"""How far the squared norm of a Gaussian vector strays from its mean: a lecture-note form, and the right one.

For g ~ N(0, I_d) one often reads P(|‖g‖²/d - 1| ≥ ε) ≤ 2 exp(-ε² d / 4). The lower tail obeys it; the upper tail does
not, because χ² has exponential tails. The form behind the Johnson-Lindenstrauss lemma, 2 exp(-(ε²/2 - ε³/3) d / 2) for
0 < ε < 1, holds (Dasgupta and Gupta 2003, Lemma 2.2).

Run: ``whp verify examples/gaussian_norm.py --size d=8:4096:x2 --out gaussian-norm``
"""

from fractions import Fraction

from sympy import Abs, Rational, exp
from whp.checks import Engine
from whp.theory import RV, Claim, Event, Link, Model, P, Source, Statement, real, size
from whp.theory.laws.elementary import AffineLaw, ChiSquareLaw

d = size("d")
eps = real("epsilon", 0)
GAUSS = Model("gauss", (d,), r"g \sim \mathcal{N}(0, I_d)")
deviation = RV(
    "deviation",
    GAUSS,
    r"\|g\|^2/d - 1",
    law=lambda cell: AffineLaw(ChiSquareLaw(int(cell["d"])), Fraction(1, int(cell["d"])), Fraction(-1)),
)
ENGINES = {
    GAUSS: Engine(
        sample=lambda cell, rng, draws, data: rng.chisquare(cell["d"], draws) / cell["d"] - 1,
        measures={"deviation": lambda block: block},
        block_size=lambda cell: 4096,
        draws_per_trial=100,
    )
}
POINTS = tuple({eps: Rational(k, 4)} for k in (1, 2, 3))
STRAYS = P(Event(Abs(deviation), ">=", eps))

STATEMENTS = (
    Statement(
        "norm.notes",
        "printed",
        "Two-sided concentration of the squared norm with the constant 1/4",
        Source("lecture-notes", "a common form"),
        (Claim((Link(STRAYS, "<=", 2 * exp(-(eps**2) * d / 4)),)),),
        points=POINTS,
    ),
    Statement(
        "norm.notes",
        "repaired",
        "Two-sided concentration of the squared norm with the cubic correction",
        Source("dasgupta2003", "Lemma 2.2"),
        (Claim((Link(STRAYS, "<=", 2 * exp(-(eps**2 / 2 - eps**3 / 3) * d / 2)),)),),
        points=POINTS,
        repairs="norm.notes",
    ),
)
