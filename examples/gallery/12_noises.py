"""Adversarial noises are linearly separable.

Left: random inputs with random labels, seen in the direction that separates their noises best. Right: the adversarial
noises of a random network at these inputs. Those of one label lie on one side, of the other on the other.
"""

import numpy as np
from matplotlib.figure import Figure
from whp.kernels import adversarial_noises, on_sphere, sample_network

rng = np.random.default_rng(0)
W, a = sample_network(1024, 256, rng)
X = on_sphere(rng.standard_normal((100, 256)), normalize=True)
y = rng.choice([-1.0, 1.0], 100)
noises = adversarial_noises(W, a, X, y)
witness = W.T @ a / np.linalg.norm(W.T @ a)
beside = rng.standard_normal(256)
beside -= (beside @ witness) * witness
beside /= np.linalg.norm(beside)
axes = Figure(figsize=(6, 3)).subplots(1, 2)
for ax, points, title in zip(axes, (X, noises), ("inputs", "their adversarial noises"), strict=True):
    for label, mark in ((-1, "o"), (1, "^")):
        some = points[y == label]
        ax.scatter(some @ witness, some @ beside, marker=mark, s=14, label=f"label {label:+d}")
    ax.axvline(0, color="0.4", lw=0.8)
    ax.set(title=title, xlabel="along the separator", yticks=[])
axes[0].legend(frameon=False, fontsize=7)
figure = axes[0].figure
