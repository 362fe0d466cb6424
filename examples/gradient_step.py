"""A single gradient step finds adversarial examples on random two-layer networks (arXiv:2104.03863).

Bubeck, Cherapanamjeri, Gidel and Tachet des Combes (2021): for f(x) = m^{-1/2} Σ a_r ψ(w_r · x) with w_r ~ N(0, I_d/d),
fair signs a_r, ‖x‖ = √d and ReLU ψ, the output is of order 1 while one gradient step of constant size, far below ‖x‖,
flips its sign with high probability. Here the step that flips is measured along the ray and asked for its law.

Run: ``whp verify examples/gradient_step.py --size d=64 --trials 6000 --out gradient-step``
"""

import numpy as np
from sympy import Abs, Integer, Rational, exp, sqrt
from whp.checks import Engine
from whp.kernels import sample_network
from whp.theory import RV, Claim, Event, Hypothesis, Link, Model, P, Regime, Source, Statement, Theta, real, sizes

m, d = sizes("m d")
eta = real("eta", 0)
SIGNS = Model(
    "sign-readout",
    (m, d),
    r"W_{ij} \sim \mathcal{N}(0, 1/d),\ a_r = \pm 1/\sqrt{m} \text{ fair},\ \|x\| = \sqrt{d}",
)
output = RV("output", SIGNS, "f(x)")
gradient_norm = RV("gradient_norm", SIGNS, r"\|\nabla f(x)\|")
step = RV("step", SIGNS, r"\min\{t : f(x) f(x - t\, \mathrm{sign}(f) \nabla f / \|\nabla f\|) \le 0\}")

_STEPS = np.linspace(0.0, 32.0, 257)


def sample(cell, rng, draws, data):
    """Rows (f(x), ‖∇f(x)‖, smallest flipping step) of independent networks; the input is the same up to rotation."""
    rows = []
    for _ in range(draws):
        W, _ = sample_network(int(cell["m"]), int(cell["d"]), rng)
        a = rng.choice([-1.0, 1.0], size=W.shape[0]) / np.sqrt(W.shape[0])
        hidden = W.sum(axis=1)  # W x at x = (1, ..., 1)
        f = a @ np.maximum(hidden, 0.0)
        gradient = W.T @ (a * (hidden > 0))
        norm = np.linalg.norm(gradient)
        if norm == 0.0 or f == 0.0:
            rows.append((f, norm, 0.0 if f == 0.0 else np.inf))
            continue
        along = np.sign(f) * (W @ gradient) / norm
        path = np.sign(f) * (np.maximum(hidden - _STEPS[:, None] * along, 0.0) @ a)
        crossed = np.flatnonzero(path <= 0.0)
        if crossed.size == 0:
            rows.append((f, norm, np.inf))
            continue
        j = crossed[0]
        share = path[j - 1] / (path[j - 1] - path[j])
        rows.append((f, norm, _STEPS[j - 1] + share * (_STEPS[j] - _STEPS[j - 1])))
    return np.array(rows)


ENGINES = {
    SIGNS: Engine(
        sample=sample,
        measures={
            "output": lambda block: block[:, 0],
            "gradient_norm": lambda block: block[:, 1],
            "step": lambda block: np.minimum(block[:, 2], 1e6),
        },
        block_size=lambda cell: 16,
        cost=lambda cell: float(cell["m"] * (100 * cell["d"] + 1000)),
    )
}
SOURCE = "bubeck2021"
WIDE = Regime(m, fixed=(d,))

STATEMENTS = (
    Statement(
        "output.order",
        "printed",
        "The output is of order 1 at every width",
        Source(SOURCE, "Section 1"),
        (Claim((Link(Abs(output), "=", Theta(Integer(1))),), regime=WIDE),),
    ),
    Statement(
        "gradient.order",
        "printed",
        "The gradient has norm of order 1 at every width",
        Source(SOURCE, "Section 1"),
        (Claim((Link(gradient_norm, "=", Theta(Integer(1))),), regime=WIDE),),
    ),
    Statement(
        "step.flips",
        "printed",
        "One gradient step of size η flips the sign but for a Gaussian tail in η",
        Source("whp", "after bubeck2021, Theorem 1, with named constants"),
        (Claim((Link(P(Event(step, "<=", eta)), ">=", 1 - 2 * exp(-(eta**2) / 4)),)),),
        (Hypothesis(m >= 64, "m ≥ 64"), Hypothesis(d >= 64, "d ≥ 64")),
        points=({eta: Integer(2)}, {eta: Integer(3)}, {eta: Integer(4)}),
    ),
    Statement(
        "step.vanishing",
        "printed",
        "A step of size d^{-1/2} would do: it does not",
        Source("whp", "a claim to refute"),
        (Claim((Link(P(Event(step, "<=", 1 / sqrt(d))), ">=", Rational(1, 2)),)),),
    ),
)
