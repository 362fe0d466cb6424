"""Adversarial noises of a PyTorch network, in a file that `whp` measures.

The network here is a small residual network at initialisation, the pictures are random and so are their labels: what a
linear model of the noises tells is the label that the attack was given. Both attacks take any module that maps pictures
(n, channels, height, width) to logits (n, K), such as torchvision.models.resnet18(), trained or not.

Run: ``python examples/torch_noises.py noises.npz``, then ``whp experiment noises noises.npz``
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

BATCH = 128


class Block(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(torch.relu(self.first(x))))


def residual_network(channels: int = 32, blocks: int = 3, classes: int = 10) -> nn.Module:
    """A residual network for colour pictures of any size."""
    stem = nn.Conv2d(3, channels, 3, padding=1, bias=False)
    head = (nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(16 * channels, classes))
    return nn.Sequential(stem, nn.ReLU(), *(Block(channels) for _ in range(blocks)), *head)


def gradient_noises(model: nn.Module, X: Tensor, y: Tensor) -> Tensor:
    """One step: the gradient of each picture's loss in its pixels, shaped as X."""
    # In training mode batch normalisation would mix the gradients of different pictures.
    model.eval()
    found = []
    for pictures, labels in zip(X.split(BATCH), y.split(BATCH), strict=True):
        x = pictures.clone().requires_grad_(True)
        # A sum, so that each picture's gradient is that of its own loss alone.
        loss = nn.functional.cross_entropy(model(x), labels, reduction="sum")
        found.append(torch.autograd.grad(loss, x)[0])
    return torch.cat(found)


def pgd_noises(model: nn.Module, X: Tensor, y: Tensor, *, radius: float, step: float, steps: int) -> Tensor:
    """Projected gradient ascent in an L∞ ball: the last iterate minus X."""
    noise = torch.zeros_like(X)
    for _ in range(steps):
        noise = (noise + step * gradient_noises(model, X + noise, y).sign()).clamp(-radius, radius)
    return noise


def save_noises(path: Path, R: Tensor, X: Tensor, y: Tensor, R_test: Tensor, X_test: Tensor, y_test: Tensor) -> None:
    """Write what `whp experiment noises` reads: plain arrays, no pickles."""
    arrays = {"R": R, "X": X, "y": y, "R_test": R_test, "X_test": X_test, "y_test": y_test}
    np.savez_compressed(path, **{name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()})


def main(path: Path, *, training: int = 1000, test: int = 500, side: int = 16, seed: int = 0) -> None:
    """Noises of one gradient step at random pictures with random labels."""
    torch.manual_seed(seed)
    model = residual_network()
    X, y = torch.randn(training + test, 3, side, side), torch.randint(10, (training + test,))
    R = gradient_noises(model, X, y)
    save_noises(path, R[:training], X[:training], y[:training], R[training:], X[training:], y[training:])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "noises.npz"))
