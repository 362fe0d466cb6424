"""A variance as printed, and as it is.

Eq. 9 of zhang2023 against the moment that is computed symbolically; a cross marks each size at which they differ.
"""

from whp.checks import Grid, check
from whp.theory.zhang2023 import LEDGER

printed = LEDGER["eq9"][0]
result = check(printed, Grid({"m": (4, 16, 64, 256), "d": (4, 16, 64), "n": (10,)}))
figure = result.figure()
