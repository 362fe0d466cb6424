"""Arrays in, arrays out: exact gradients, margins, tangent kernels and samplers of two-layer random ReLU networks."""

# The BLAS that the JIT calls is SciPy's; loaded here, a thread limit set after this import reaches it.
import scipy.linalg.cython_blas as _blas  # noqa: F401

from ._validate import on_sphere
from .direct import adversarial_noises, forward, input_gradients, margins, preactivations, sample_network
from .margin_law import sample_joint_law, sample_margin_law
from .masks import activation_masks
from .ntk import limit_ntk_gram, ntk_features, ntk_gram

__all__ = [
    "activation_masks",
    "adversarial_noises",
    "forward",
    "input_gradients",
    "limit_ntk_gram",
    "margins",
    "ntk_features",
    "ntk_gram",
    "on_sphere",
    "preactivations",
    "sample_joint_law",
    "sample_margin_law",
    "sample_network",
]
