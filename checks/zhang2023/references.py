"""How the paper is cited, and the figures of its studies."""

from __future__ import annotations

REFERENCES = {
    "zhang2023": "H. Zhang, D. Yu, Y. Lu, D. He: Adversarial Noises Are Linearly Separable for (Nearly) Random Neural "
    "Networks. AISTATS 2023."
}

"""Citation key → the paper in one line."""

_BIBTEX = {
    "zhang2023": """@inproceedings{zhang2023,
  title     = {Adversarial Noises Are Linearly Separable for (Nearly) Random Neural Networks},
  author    = {Zhang, Huishuai and Yu, Da and Lu, Yiping and He, Di},
  booktitle = {Proceedings of the 26th International Conference on Artificial Intelligence and Statistics},
  series    = {Proceedings of Machine Learning Research},
  volume    = {206},
  pages     = {2792--2804},
  year      = {2023},
  note      = {arXiv:2206.04316}
}""",
    "whp": """@software{whp,
  title   = {whp: theory papers, checked by running them},
  author  = {{The whp developers}},
  version = {%s}
}""",
}

STUDY_FIGURES = ("ntk.displacement", "ntk.terms", "ntk.witnesses")

"""Names of the figures of Section 3.2 that belong to no single statement."""
