"""A tail along a real parameter.

The threshold t is no list of values: the claim is proved on the whole half-line.
"""

from whp.checks import check

result = check("P(Normal(0, 1) >= t) <= exp(-t**2/2)/2", real="t=0:oo")
figure = result.figure()
