"""Where no law is known, draws.

The range of n uniform variables: marks are shares of draws, bars their exact limits at the error budget.
"""

from whp.checks import check
from whp.theory import P, Rational, Uniform, claim, iid, size

copies = iid(Uniform(0, 1), size("n", 2, 32))
narrow = claim(P(copies.max - copies.min <= Rational(1, 2)) <= Rational(17, 20))
result = check(narrow, trials=1000)
figure = result.figure()
