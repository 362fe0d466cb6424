"""For a printer without colours, in a venue's column.

The same claim in grey, as wide as a column of ICML.
"""

from whp.checks import check
from whp.checks.figures import figure_for

result = check("P(chi2(d) >= 2*d) <= exp(-d/5)", size="d=16:512")
figure = figure_for(result, venue="icml2025", column="half", style="grey")
