"""What two bounds of one tail give away.

Bound over truth of the upper tail of a chi-square variable: 1 would be sharp. Both claims hold.
"""

from matplotlib.figure import Figure
from whp.checks import check
from whp.checks.figures import plot_slack

figure = Figure(figsize=(6, 3), layout="constrained")
for ax, exponent in zip(figure.subplots(1, 2), ("d/7", "3*d/20"), strict=True):
    plot_slack(check(f"P(chi2(d) >= 2*d) <= exp(-{exponent})", size="d=16:512"), ax)
    ax.set(title=f"exp(-{exponent})", ylim=(-0.3, 4.3))
