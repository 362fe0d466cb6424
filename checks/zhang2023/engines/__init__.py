"""How the models of zhang2023 run: samplers, measures, exact instances and their cost."""

from __future__ import annotations

from ...sweep.engine import Engines
from ..experiments.run import experiment_engines
from .beyond import BEYOND
from .initial import INITIAL
from .random_labels import RANDOM_LABELS
from .section_3_2 import TRAINED

__all__ = ["ENGINES"]

ENGINES = Engines({**INITIAL, **TRAINED, **BEYOND, **RANDOM_LABELS, **experiment_engines()})
