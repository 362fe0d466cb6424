"""Noises made with labels that are independent of the data, and the mean noise of each class (whp S19)."""

from __future__ import annotations

from ...language.models import RV
from ..symbols import d, m, n
from .common import model

__all__ = ["LABELLED", "LABELLED_MEANS", "label_margin", "mean_label_margin"]

_DRAWN = (
    r"W, A \text{ at initialisation, two outputs; orthogonal inputs},\ \mathbb{P}(y = 0) = \mathbb{P}(y = 1) = \tfrac12"
)
_MARGIN = r"\langle \bar r_y - \bar r_{1-y}, r \rangle"

LABELLED = model("random-labels", (m, d), _DRAWN + r"\text{, one noise of each class at norm } \sqrt d")
label_margin = RV("label_margin", LABELLED, _MARGIN)

LABELLED_MEANS = model(
    "random-labels-means", (m, d, n), _DRAWN + r"\text{, } n \text{ noises of each class},\ T = \infty"
)
mean_label_margin = RV("label_margin", LABELLED_MEANS, _MARGIN)
