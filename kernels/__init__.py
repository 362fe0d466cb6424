"""Arrays in, arrays out: exact gradients, margins, tangent kernels and samplers of two-layer random ReLU networks."""

# The BLAS that the JIT calls is SciPy's; loaded here, a thread limit set after this import reaches it.
import scipy.linalg.cython_blas as _blas  # noqa: F401

from .attacks import gradient_step, pgd, sign_step
from .conditioned import ConditionedDraw, ConditionedNetwork, MarginSample
from .direct import (
    adversarial_noises,
    forward,
    input_gradients,
    margins,
    noises_of_gradients,
    preactivations,
    sample_network,
)
from .limits import limit_ntk_gram
from .linearised import LinearisedNetwork
from .masks import activation_masks
from .multiclass import (
    ClassTraining,
    class_directions,
    class_noises,
    class_outputs,
    class_pgd,
    sample_class_network,
    train_classes,
)
from .ntk import ntk_features, ntk_gram
from .trained import ConditionedTraining, TrainedNetwork
from .training import Descent, train, train_conditioned
from .validate import on_sphere

__all__ = [
    "ClassTraining",
    "ConditionedDraw",
    "ConditionedNetwork",
    "ConditionedTraining",
    "Descent",
    "LinearisedNetwork",
    "MarginSample",
    "TrainedNetwork",
    "activation_masks",
    "adversarial_noises",
    "class_directions",
    "class_noises",
    "class_outputs",
    "class_pgd",
    "forward",
    "gradient_step",
    "input_gradients",
    "limit_ntk_gram",
    "margins",
    "noises_of_gradients",
    "ntk_features",
    "ntk_gram",
    "on_sphere",
    "pgd",
    "preactivations",
    "sample_class_network",
    "sample_network",
    "sign_step",
    "train",
    "train_classes",
    "train_conditioned",
]
