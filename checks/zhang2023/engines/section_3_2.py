"""How the models of Section 3.2 run (zhang2023): samplers, measures, exact instances and their cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ....theory.language.models import Model
from ....theory.zhang2023.models import trained as models
from ...sweep.engine import Engine, Measure
from . import ball, trained
from .instances import INSTANCES, exact, perturbed_network

__all__ = ["TRAINED"]


def _attributes(names: Iterable[str]) -> dict[str, Measure]:
    def read(name: str) -> Measure:
        return lambda block: np.asarray(getattr(block, name), dtype=np.float64)

    return {name: read(name) for name in names}


def _term_size(k: int) -> Measure:
    return lambda block: block.sizes[k - 1 : k]


def _one(cell: Any) -> int:
    return 1


TRAINED: dict[Model, Engine] = {
    models.PERTURBED: Engine(
        lambda cell, rng, size, data: None, {}, _one, instance=exact(perturbed_network), instances=INSTANCES
    ),
    models.BALL: Engine(
        ball.sample_ball,
        _attributes(ball.BALL_NAMES),
        _one,
        cost=lambda cell: 1e3 * float(cell["m"]),
        draws_per_trial=1 / 5,
        places=ball.ball_places,
    ),
    models.EDGES: Engine(
        ball.sample_edges,
        {"norm_product": lambda block: block},
        _one,
        cost=lambda cell: 1e4 * float(cell["d"]),
        places=ball.edge_places,
    ),
    models.THEOREM_BALL: Engine(
        ball.sample_theorem_ball,
        {"certificate": lambda block: block},
        _one,
        cost=lambda cell: 7e2 * float(cell["m"]),
        draws_per_trial=1 / 30,
        places=ball.theorem_place,
    ),
    models.TRAINED: Engine(
        trained.TrainedDraw,
        _attributes(trained.TRAINED_NAMES) | {f"rms_term{k}": _term_size(k) for k in range(1, 9)},
        _one,
        on_data=True,
        cost=lambda cell: 3e2 * float(cell["m"] * cell["n"] * min(cell["n"], cell["d"])),
        draws_per_trial=1 / 5,
        places=trained.trained_places,
    ),
    models.WIDE: Engine(
        trained.WideDraw,
        _attributes(trained.WIDE_NAMES),
        _one,
        on_data=True,
        cost=lambda cell: 1e3 * float(cell["m"] * cell["n"] ** 2),
        draws_per_trial=1 / 10,
        places=trained.wide_places,
    ),
    models.RETRAINED: Engine(
        trained.RetrainedDraw,
        _attributes(trained.RETRAINED_NAMES),
        _one,
        on_data=True,
        cost=lambda cell: 1e2 * float(cell["m"] * cell["n"] * cell["d"]),
        draws_per_trial=2,
        places=trained.retrained_places,
    ),
    models.FISHER: Engine(
        trained.sample_fisher,
        {"fisher": lambda block: block},
        lambda cell: 2**16,
        draws_per_trial=100,
        places=trained.retrained_places,
    ),
    models.PAIRS: Engine(
        trained.AntipodalDraw,
        _attributes(trained.PAIR_NAMES),
        _one,
        cost=lambda cell: 1e3 * float(cell["m"] * cell["n"] * cell["d"]),
        draws_per_trial=1 / 12,
        places=trained.pair_places,
    ),
    models.RADII: Engine(
        trained.RadiiDraw,
        _attributes(trained.RADII_NAMES),
        _one,
        cost=lambda cell: 1e4 * float(cell["m"]),
        draws_per_trial=1 / 50,
        places=trained.radii_places,
    ),
}
