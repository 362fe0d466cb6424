"""A margin of random networks, drawn and exact.

The histogram is 4000 networks; the line is the exact law, which nothing was fitted to.
"""

import numpy as np
from matplotlib.figure import Figure
from whp.kernels.zhang2023 import sample_margin_law
from whp.theory.zhang2023.margin.law import margin_pdf

m, d = 64, 32
draws = sample_margin_law(m, d, 4000, np.random.default_rng(0))
places = np.linspace(0.02, 1.4, 18)
ax = Figure(figsize=(4.5, 3)).subplots()
ax.hist(draws, bins=60, density=True, color="0.8", label="4000 networks")
ax.plot(places, [margin_pdf(m, d, q) for q in places], color="C0", label="exact law")
ax.axvline(0, color="k", lw=0.8)
ax.set_xlabel("margin")
ax.legend(frameon=False)
figure = ax.figure
