"""A law with atoms.

Hoeffding's inequality for a fair coin: three quarters heads, or more, among n.
"""

from whp.checks import check

result = check("P(Binomial(n, 1/2) >= 3*n/4) <= exp(-n/8)", size="n=4:256")
figure = result.figure()
