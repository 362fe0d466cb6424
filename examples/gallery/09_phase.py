"""Where a claim holds and where it fails.

Markov's inequality for a binomial variable, and the same with half of its bound, in the plane of two sizes.
"""

from matplotlib.figure import Figure
from whp.checks import check
from whp.checks.figures import plot_phase

figure = Figure(figsize=(6, 3), layout="constrained")
for ax, bound in zip(figure.subplots(1, 2), ("n/(2*k)", "n/(4*k)"), strict=True):
    result = check(f"P(Binomial(n, 1/2) >= k) <= {bound}", size=["n=4,8,16,32", "k=2,4,8,16"])
    plot_phase(result, ax).set_title(f"bound {bound}: {result.verdict.words}")
figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
