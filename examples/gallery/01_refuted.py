"""A bound that is too good to be true.

A proof uses that a chi-square variable is at least twice its mean with probability at most exp(−d/5). The truth crosses
that line: the claim is false from d = 58 on, and the first point at which it fails is found and certified.
"""

from matplotlib.figure import Figure
from whp.checks import check
from whp.checks.figures import plot_failure

result = check("P(chi2(d) >= 2*d) <= exp(-d/5)", size="d=16:256")
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
ax = plot_failure(result, figure.subplots())
ax.set(title=r"claimed: $P(\chi^2_d \geq 2d) \leq e^{-d/5}$", xlabel="dimension $d$", ylabel="probability")
first = result.links[0].counterexample.cell["d"]
thin, red = {"arrowstyle": "-", "lw": 0.6}, {"arrowstyle": "->", "color": "C3"}
ax.annotate("the claimed bound:\nthe truth may not lie above", (95, -8.4), (17, -13), va="center", arrowprops=thin)
ax.annotate("the truth", (160, -12.8), (170, -8), va="center", arrowprops=thin)
ax.annotate(f"false from d = {first} on", (first, -4.8), (88, -3.2), va="center", color="C3", arrowprops=red)
