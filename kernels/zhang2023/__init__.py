"""Kernels that only zhang2023 needs: its exact scalar laws, certified radii and attacks on them, its eight terms."""

from .angle_law import sample_gradient_cosines, sample_masked_cosines
from .class_margin import class_margins
from .margin_law import sample_joint_law, sample_margin_law
from .pgd_radius import separation_radius
from .radius import certified_radius, conditioned_radius, margin_lower_bounds
from .radius_attack import attacked_radius, conditioned_attacked_radius, worst_perturbation
from .sign_margin import sample_sign_agreement_law, sample_sign_margin_law, sign_margins
from .terms import eight_terms

__all__ = [
    "attacked_radius",
    "certified_radius",
    "class_margins",
    "conditioned_attacked_radius",
    "conditioned_radius",
    "eight_terms",
    "margin_lower_bounds",
    "sample_gradient_cosines",
    "sample_joint_law",
    "sample_margin_law",
    "sample_masked_cosines",
    "sample_sign_agreement_law",
    "sample_sign_margin_law",
    "separation_radius",
    "sign_margins",
    "worst_perturbation",
]
