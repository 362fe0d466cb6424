"""The whole file of a lemma: two claims on the chi-square law, the second of them false.

`upper` is the tail that everybody cites; `notes` is a two-sided form seen in lecture notes, which a counterexample
refutes. With t²d/8 in place of t²d/4 it is true.

Run: ``whp verify examples/chi_square.py --out chi-square``, then ``whp explain examples/chi_square.py:notes``
"""

from whp.theory import ChiSquare, P, claim, exp, oo, real, size, sqrt

d = size("d")
t = real("t", 0, oo)
norm2 = ChiSquare(d)

upper = claim(P(norm2 >= d + 2 * sqrt(d * t) + 2 * t) <= exp(-t), source="laurent2000, Lemma 1")
notes = claim(P(abs(norm2 / d - 1) >= t) <= 2 * exp(-(t**2) * d / 4), where=[t < 1], source="lecture notes")
