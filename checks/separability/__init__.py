"""Linear separability decided exactly, with certificates that a third party rechecks."""

from .certificate import (
    Certificate,
    MaximumMargin,
    WitnessMargin,
    margin_of,
    maximum_margin,
    separate,
)
from .estimates import estimates

__all__ = ["Certificate", "MaximumMargin", "WitnessMargin", "estimates", "margin_of", "maximum_margin", "separate"]
