"""Which networks are large enough.

Left of a line the separator of Theorem 3.1 fails on some of 1000 inputs with more than the probability written at it.
"""

from matplotlib.figure import Figure
from whp.checks.zhang2023.figures.law import failure_map_data, plot_failure_map

data = failure_map_data([2**k for k in range(3, 13)], [2**k for k in range(3, 11)])
figure = Figure(figsize=(4.5, 3.5))
plot_failure_map(data, figure.subplots(), samples=1000)
