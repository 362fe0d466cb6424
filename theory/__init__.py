"""Statements, exact laws and sharp bounds: no randomness."""

from .calculus.enclosure import Enclosure, compare
from .calculus.evaluate import enclose, number
from .calculus.forms import Form
from .language.cells import Regime
from .language.events import Event, Joint
from .language.heads import BigO, E, Law, Normal, P, Psi1, Theta, Var
from .language.law_of import LawOf
from .language.ledger import Ledger
from .language.models import RV, Model, Tensor
from .language.parameters import constant, real, size, sizes
from .language.statements import Claim, Constants, Hypothesis, Implication, Link, Source, Statement
from .laws.protocol import ScalarLaw

__all__ = [
    "RV",
    "BigO",
    "Claim",
    "Constants",
    "E",
    "Enclosure",
    "Event",
    "Form",
    "Hypothesis",
    "Implication",
    "Joint",
    "Law",
    "LawOf",
    "Ledger",
    "Link",
    "Model",
    "Normal",
    "P",
    "Psi1",
    "Regime",
    "ScalarLaw",
    "Source",
    "Statement",
    "Tensor",
    "Theta",
    "Var",
    "compare",
    "constant",
    "enclose",
    "number",
    "real",
    "size",
    "sizes",
]
