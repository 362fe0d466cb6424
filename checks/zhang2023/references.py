"""How the paper is cited, and the figures of its studies."""

from __future__ import annotations

from ..paper import Reference

__all__ = ["REFERENCE", "STUDIES"]

REFERENCE = Reference(
    "H. Zhang, D. Yu, Y. Lu, D. He: Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks. "
    "AISTATS 2023.",
    """@inproceedings{zhang2023,
  title     = {Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks},
  author    = {Zhang, Huishuai and Yu, Da and Lu, Yiping and He, Di},
  booktitle = {Proceedings of the 26th International Conference on Artificial Intelligence and Statistics},
  series    = {Proceedings of Machine Learning Research},
  volume    = {206},
  pages     = {2792--2804},
  year      = {2023},
  note      = {arXiv:2206.04316}
}""",
)

# The figures of Section 3.2 and of S17-S21 that belong to no single statement.
STUDIES = (
    "ntk.displacement",
    "ntk.terms",
    "ntk.witnesses",
    "beyond.sign-noise",
    "beyond.rank",
    "beyond.transfer",
    "beyond.multiclass",
    "beyond.depth",
)
