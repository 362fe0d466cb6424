"""The density of a variable with its threshold.

The claim excludes what lies right of the line.
"""

from whp.checks import check
from whp.checks.figures import figure_for

result = check("P(chi2(d) >= 2*d) <= exp(-d/7)", size="d=16")
figure = figure_for(result, kind="density")
