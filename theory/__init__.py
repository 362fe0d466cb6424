"""Statements, exact laws and sharp bounds: no randomness."""

from .core import (
    RV,
    BigO,
    Claim,
    Constants,
    E,
    Event,
    Hypothesis,
    Implication,
    Joint,
    Law,
    Link,
    Model,
    Normal,
    P,
    Psi1,
    ScalarLaw,
    Source,
    Statement,
    Tensor,
    Theta,
    Var,
)  # fmt: skip
from .enclosure import Enclosure, compare
from .evaluate import enclose, number
from .forms import Form
from .ledger import Ledger, ledger, register

__all__ = [
    "RV", "BigO", "Claim", "Constants", "E", "Enclosure", "Event", "Form", "Hypothesis", "Implication", "Joint",
    "Law", "Ledger", "Link", "Model", "Normal", "P", "Psi1", "ScalarLaw", "Source", "Statement", "Tensor", "Theta",
    "Var", "compare", "enclose", "ledger", "number", "register",
]  # fmt: skip
