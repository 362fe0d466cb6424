"""Arrays in, arrays out: exact gradients, margins, tangent kernels and samplers of two-layer random ReLU networks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

# Names load on first use, so that what needs one module, such as the validation of arrays, compiles no other.
_HOMES = {
    "ClassTraining": "multiclass",
    "ConditionedDraw": "conditioned",
    "ConditionedNetwork": "conditioned",
    "ConditionedTraining": "trained",
    "Descent": "training",
    "LinearisedNetwork": "linearised",
    "MarginSample": "conditioned",
    "TrainedNetwork": "trained",
    "activation_masks": "masks",
    "adversarial_noises": "direct",
    "class_directions": "multiclass",
    "class_noises": "multiclass",
    "class_outputs": "multiclass",
    "class_pgd": "multiclass",
    "forward": "direct",
    "gradient_step": "attacks",
    "input_gradients": "direct",
    "limit_ntk_gram": "limits",
    "margins": "direct",
    "noises_of_gradients": "direct",
    "ntk_features": "ntk",
    "ntk_gram": "ntk",
    "on_sphere": "validate",
    "pgd": "attacks",
    "preactivations": "direct",
    "sample_class_network": "multiclass",
    "sample_network": "direct",
    "sign_step": "attacks",
    "train": "training",
    "train_classes": "multiclass",
    "train_conditioned": "training",
}

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


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
